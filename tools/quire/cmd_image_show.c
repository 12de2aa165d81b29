/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire image show: what is in a file.
 */
#include "cmd_image.h"
#include "number.h"
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct ink ink;
	const char *path;
	const struct quire_chip *chip;
	uint32_t table_offset;
};

enum { KEY_TABLE_OFFSET = 256 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t value = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'c':
		o->chip = quire_chip_by_name(arg);
		if (!o->chip)
			argp_error(state, "there is no chip called '%s'; 'quire chips' lists them",
				   arg);
		return 0;
	case KEY_TABLE_OFFSET:
		if (!number_parse(arg, &value) || value > UINT32_MAX)
			argp_error(state, "'%s' is not an offset such as 0x8000", arg);
		o->table_offset = (uint32_t)value;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one file at a time");
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "a file is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool show_partitions(const struct image_table *table, const struct ink *ink)
{
	static const char *const heading[] = {"partition", "type", "subtype",
					      "offset",    "size", "flags"};
	struct table t;

	table_init(&t, heading, "lllrrl");
	for (unsigned i = 0; i < table->count; i++) {
		const struct image_partition *p = &table->row[i];
		const char *type = image_type_name(p->type);
		const char *subtype = image_subtype_name(p->type, p->subtype);

		table_cell(&t, "%s", p->label);
		table_style(&t, "1");
		type ? table_cell(&t, "%s", type) : table_cell(&t, "0x%02x", p->type);
		subtype ? table_cell(&t, "%s", subtype) : table_cell(&t, "0x%02x", p->subtype);
		table_cell(&t, "0x%" PRIX32, p->offset);
		table_cell(&t, "%s", number_human(p->size).text);
		table_cell(&t, "%s%s%s", p->flags & IMAGE_PARTITION_ENCRYPTED ? "encrypted" : "",
			   p->flags & IMAGE_PARTITION_ENCRYPTED &&
					   p->flags & IMAGE_PARTITION_READONLY
				   ? " "
				   : "",
			   p->flags & IMAGE_PARTITION_READONLY ? "readonly" : "");
	}
	printf("partition table: %u rows, %s\n\n", table->count,
	       table->has_md5 ? "MD5 matches" : "no MD5");
	return table_print(&t, stdout, 2, ink);
}

static void show_facts(const struct image_app *app)
{
	const struct image_description *d = &app->description;

	printf("  chip        %s, revision %u.%u to ", app->chip->title, app->min_revision / 100,
	       app->min_revision % 100);
	if (app->max_revision == 0 || app->max_revision == UINT16_MAX)
		printf("any\n");
	else
		printf("%u.%u\n", app->max_revision / 100, app->max_revision % 100);
	printf("  flash       %s, %s of full speed, %s\n", image_spi_mode_name(app->spi_mode),
	       image_spi_speed_name(app->spi_speed),
	       app->flash_size ? number_human(app->flash_size).text : "size not known");
	printf("  entry       %s\n", number_address(app->entry).text);
	printf("  size        %s bytes, pages of %s\n", number_grouped(app->length).text,
	       number_human(app->page_size).text);
	printf("  checksum    0x%02x, %s\n", app->checksum,
	       app->has_digest ? "SHA-256 matches" : "no SHA-256");
	if (d->present)
		printf("  project     %s %s, %s %s, %s\n", d->project, d->version, d->date, d->time,
		       d->idf);
	if (app->is_loader)
		printf("  loader      %s\n", app->loader_idf);
}

static bool show_app(const struct image_app *app, const char *what, const struct ink *ink)
{
	static const char *const heading[] = {"segment",     "address", "bytes",
					      "file offset", "kind",    "use"};
	struct table t;

	printf("%s at 0x%" PRIX64 "\n", what, app->base);
	show_facts(app);
	putchar('\n');
	table_init(&t, heading, "rlrlll");
	for (unsigned i = 0; i < app->segment_count; i++) {
		const struct image_segment *s = &app->segment[i];

		table_cell(&t, "%u", i);
		table_cell(&t, "%s", number_address(s->address).text);
		table_cell(&t, "%s", number_grouped(s->length).text);
		table_cell(&t, "0x%" PRIX64, app->base + s->offset);
		table_cell(&t, "%s", image_segment_kind_name(s->kind));
		table_cell(&t, "%s", s->use == IMAGE_USE_NONE ? "" : image_use_name(s->use));
	}
	return table_print(&t, stdout, 2, ink);
}

static bool show_flash(const struct image_flash *flash, const struct ink *ink)
{
	bool good = show_app(&flash->loader, "second-stage loader", ink);

	putchar('\n');
	good = show_partitions(&flash->table, ink) && good;
	printf("\n\"%s\" is booted: %s\n\n", flash->app_partition->label, image_choice_text(flash));
	return show_app(&flash->app, "application", ink) && good;
}

static bool show_elf(const struct image_elf *elf, const struct ink *ink)
{
	static const char *const heading[] = {"address", "bytes", "file offset", "may", "section"};
	uint32_t chips = image_elf_chips(elf);
	struct image_piece piece;
	unsigned cursor = 0;
	struct table t;

	printf("ELF for %s, entry %s, may be for:",
	       elf->machine == IMAGE_MACHINE_XTENSA ? "Xtensa" : "RISC-V",
	       number_address(elf->entry).text);
	for (unsigned i = 0; i < quire_chip_count(); i++)
		if (chips & 1u << i)
			printf(" %s", quire_chip_at(i)->name);
	printf("%s\n\n", chips ? "" : " no chip that quire knows");
	table_init(&t, heading, "lrlll");
	while (image_elf_next(elf, &cursor, &piece)) {
		char name[64];

		snprintf(name, sizeof name, "%s", piece.name);
		name_clean(name);
		table_cell(&t, "%s", number_address(piece.address).text);
		table_cell(&t, "%s", number_grouped(piece.length).text);
		table_cell(&t, "0x%" PRIX32, piece.offset);
		table_cell(&t, "r%c%c", piece.write ? 'w' : '-', piece.execute ? 'x' : '-');
		table_cell(&t, "%s", name);
	}
	return table_print(&t, stdout, 2, ink);
}

static int show(const struct options *o, const uint8_t *bytes, size_t size,
		struct image_report *report, struct sentence *why)
{
	struct image_view view = image_view_of_file(bytes, size);
	struct image_app_options app_options = {.chip = o->chip};
	struct image_flash_options flash_options = {.chip = o->chip,
						    .table_offset = o->table_offset};
	struct room {
		struct image_flash flash;
		struct image_table table;
		struct image_app app;
		struct image_elf elf;
	} *r = calloc(1, sizeof *r);
	bool read, good = true;

	if (!r)
		return sentence_memory(why);
	switch (image_kind_of(&view, o->table_offset)) {
	case IMAGE_KIND_FLASH:
		read = image_flash_read(&view, &flash_options, &r->flash, report);
		good = !read || show_flash(&r->flash, &o->ink);
		break;
	case IMAGE_KIND_TABLE:
		read = image_table_read(&view, NULL, &r->table, report);
		good = !read || show_partitions(&r->table, &o->ink);
		break;
	case IMAGE_KIND_ELF:
		read = image_elf_read(&view, &r->elf, report);
		good = !read || show_elf(&r->elf, &o->ink);
		break;
	default:
		read = image_app_read(&view, &app_options, &r->app, report);
		good = !read ||
		       show_app(&r->app, r->app.is_loader ? "second-stage loader" : "application",
				&o->ink);
	}
	free(r);
	if (!read)
		return image_found(o->path, report, why);
	return good ? CLI_OK : sentence_memory(why);
}

static const struct argp_option argp_options[] = {
	{"chip", 'c', "CHIP", 0, "The image must be for this chip", 0},
	{"table-offset", KEY_TABLE_OFFSET, "OFFSET", 0, "Where the partition table stands (0x8000)",
	 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Check an image, a flash dump, a partition table or an ELF, and show what is in it.",
	.children = children,
};

int cmd_image_show(int argc, char **argv)
{
	struct options o = {.path = NULL};
	struct image_report report = {.warn = image_print_warning, .ctx = argv[0]};
	struct sentence why;
	uint8_t *bytes = NULL;
	size_t size = 0;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	status = file_read(o.path, &bytes, &size, &why);
	if (status == CLI_OK)
		status = show(&o, bytes, size, &report, &why);
	free(bytes);
	return status == CLI_OK ? status : complain(argv[0], status, &why);
}
