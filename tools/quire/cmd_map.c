/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire map: check a firmware file, boot it on a plain board, show the map.
 */
#include "number.h"
#include "place.h"
#include "table.h"
#include "view_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MAX 32u

struct options {
	struct ink ink;
	const char *path;
	const char *svg;
	bool json;
	bool no_picture;
	struct firmware_options firmware;
	struct place place[PLACES_MAX];
	unsigned places;
	struct place psram; /* size 0: none */
};

enum { KEY_APP_OFFSET = 256, KEY_TABLE_OFFSET, KEY_FLASH, KEY_SHORT, KEY_NO_PICTURE };

static uint64_t number_option(struct argp_state *state, const char *name, const char *arg)
{
	uint64_t value = 0;

	if (!number_parse(arg, &value) || value > UINT32_MAX)
		argp_error(state, "%s takes a number such as 64K or 0x10000, not '%s'", name, arg);
	return value;
}

static void add_place(struct options *o, const char *arg, struct argp_state *state)
{
	struct sentence why;

	if (o->places == PLACES_MAX)
		argp_error(state, "at most %u times --at", PLACES_MAX);
	else if (place_parse(&o->place[o->places++], arg, &why) != CLI_OK)
		argp_error(state, "--at %s", why.text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct sentence why;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'c':
		o->firmware.chip = quire_chip_by_name(arg);
		if (!o->firmware.chip)
			argp_error(state, "there is no chip called '%s'; 'quire chips' lists them",
				   arg);
		return 0;
	case 'a':
		add_place(o, arg, state);
		return 0;
	case 'p':
		o->firmware.page_size = (uint32_t)number_option(state, "--page-size", arg);
		return 0;
	case 'P':
		if (place_parse_psram(&o->psram, arg, &why) != CLI_OK)
			argp_error(state, "--psram %s", why.text);
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 's':
		o->svg = arg;
		return 0;
	case KEY_APP_OFFSET:
		o->firmware.app_offset = number_option(state, "--app-offset", arg);
		return 0;
	case KEY_TABLE_OFFSET:
		o->firmware.table_offset = (uint32_t)number_option(state, "--table-offset", arg);
		return 0;
	case KEY_FLASH:
		o->firmware.flash_size = number_option(state, "--flash", arg);
		return 0;
	case KEY_SHORT:
		o->firmware.may_be_short = true;
		return 0;
	case KEY_NO_PICTURE:
		o->no_picture = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one image at a time");
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "an image is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void warn(void *ctx, const struct image_error *warning)
{
	fprintf(stderr, "quire map: warning: %s: %s.\n", (const char *)ctx, warning->text);
}

/* Fixed places first, then PSRAM, then those that may go anywhere. */
static int map_places(struct options *o, const struct firmware *fw, struct board *b,
		      struct sentence *why)
{
	int status = CLI_OK;

	for (unsigned i = 0; status == CLI_OK && i < o->places; i++)
		status = place_resolve(&o->place[i], fw, why);
	for (unsigned i = 0; status == CLI_OK && i < o->places; i++)
		if (o->place[i].fixed)
			status = place_map(&o->place[i], QUIRE_FLASH0, b, NULL, why);
	if (status == CLI_OK && o->psram.size)
		status = place_map(&o->psram, QUIRE_PSRAM0, b, NULL, why);
	for (unsigned i = 0; status == CLI_OK && i < o->places; i++)
		if (!o->place[i].fixed)
			status = place_map(&o->place[i], QUIRE_FLASH0, b, NULL, why);
	return status;
}

/* What was checked, so that "no error" means something. */
static void print_checked(const struct firmware *fw)
{
	const struct image_app *app = fw->app;

	printf("checked: header, %u segment%s, checksum 0x%02x%s", app->segment_count,
	       app->segment_count == 1 ? "" : "s", app->checksum,
	       app->has_digest ? ", SHA-256" : "; it has no SHA-256");
	if (fw->flash)
		printf("; partition table, %u rows%s; loader, %u segment%s", fw->flash->table.count,
		       fw->flash->table.has_md5 ? ", MD5" : " without MD5",
		       fw->flash->loader.segment_count,
		       fw->flash->loader.segment_count == 1 ? "" : "s");
	putchar('\n');
	if (fw->flash)
		printf("booted:  \"%s\", since %s\n", fw->flash->app_partition->label,
		       image_choice_text(fw->flash));
}

static bool print_segments(const struct firmware *fw, const struct ink *ink)
{
	static const char *const heading[] = {"segment", "address", "size", "in flash at",
					      "at boot"};
	struct table t;

	table_init(&t, heading, "rlrll");
	for (unsigned i = 0; i < fw->app->segment_count; i++) {
		const struct image_segment *s = &fw->app->segment[i];

		table_cell(&t, "%u", i);
		table_cell(&t, "%s", number_address(s->address).text);
		table_cell(&t, "%s", number_human(s->length).text);
		table_cell(&t, "%s", number_address(fw->app_at + s->offset).text);
		if (s->kind == IMAGE_SEGMENT_MAPPED)
			table_cell(&t, "mapped as %s", image_use_name(s->use));
		else
			table_cell(&t, "%s",
				   s->kind == IMAGE_SEGMENT_LOADED ? "copied to RAM"
								   : "skipped: padding");
	}
	return table_print(&t, stdout, 0, ink);
}

static json_t *json_of_segments(const struct image_app *app, uint64_t app_at)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < app->segment_count; i++) {
		const struct image_segment *s = &app->segment[i];

		json_array_append_new(list, json_pack("{s:I, s:I, s:I, s:s, s:s}", "address",
						      (json_int_t)s->address, "size",
						      (json_int_t)s->length, "offset",
						      (json_int_t)(app_at + s->offset), "kind",
						      image_segment_kind_name(s->kind), "use",
						      image_use_name(s->use)));
	}
	return list;
}

static json_t *json_of_image(const struct firmware *fw)
{
	const struct image_app *app = fw->app;
	const struct image_description *d = &app->description;
	char path[400];
	json_t *o;

	snprintf(path, sizeof path, "%s", fw->path);
	name_clean(path);
	o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:i, s:o}", "path", path, "kind",
		      image_kind_name(fw->kind), "flash_size", (json_int_t)fw->flash_size,
		      "app_offset", (json_int_t)fw->app_at, "app_size", (json_int_t)app->length,
		      "entry", (json_int_t)app->entry, "sha256", app->has_digest, "warnings",
		      (int)fw->warnings, "segments", json_of_segments(app, fw->app_at));
	if (d->present && (json_object_set_new(o, "project", json_string(d->project)) != 0 ||
			   json_object_set_new(o, "app_version", json_string(d->version)) != 0)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static bool print_json(const struct firmware *fw, const struct view *v)
{
	json_t *map = view_to_json(v), *image = json_of_image(fw);

	if (!map || !image || json_object_set_new(map, "image", image) != 0) {
		json_decref(map);
		return false;
	}
	return json_print(map, stdout);
}

static int write_svg(const struct view *v, const char *path, struct sentence *why)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool good;
	int status;

	if (!out)
		return sentence_memory(why);
	good = view_print_svg(v, out);
	good = fclose(out) == 0 && good;
	status = good ? file_write(path, text, size, why) : sentence_memory(why);
	free(text);
	return status;
}

static int show(const struct options *o, const struct firmware *fw, struct board *b,
		struct sentence *why)
{
	struct view v;
	char what[150];
	bool good;
	int status = view_take(&v, b, why);

	if (status == CLI_OK && !firmware_regions(fw, &v))
		status = sentence_memory(why);
	if (status == CLI_OK) {
		const char *base = strrchr(fw->path, '/');

		firmware_describe(fw, what, sizeof what);
		snprintf(v.subject, sizeof v.subject, "%.48s: %s", base ? base + 1 : fw->path,
			 what);
		name_clean(v.subject);
		if (o->svg)
			status = write_svg(&v, o->svg, why);
	}
	if (status == CLI_OK && !(o->svg && strcmp(o->svg, "-") == 0)) {
		if (o->json) {
			good = print_json(fw, &v);
		} else {
			puts(v.subject);
			print_checked(fw);
			putchar('\n');
			good = print_segments(fw, &o->ink);
			putchar('\n');
			good = view_print_tables(&v, stdout, &o->ink) && good;
			if (!o->no_picture) {
				putchar('\n');
				view_print_picture(&v, stdout, &o->ink);
			}
		}
		status = good ? CLI_OK : sentence_memory(why);
	}
	view_free(&v);
	return status;
}

static const struct argp_option argp_options[] = {
	{"chip", 'c', "CHIP", 0,
	 "The image must be for this chip; needed for an ELF that may be for several", 0},
	{"at", 'a', "WHAT=WHERE[:ACCESS]", 0,
	 "Map a partition or OFFSET[+SIZE] of flash as well, at an address or 'any'where", 0},
	{"psram", 'P', "SIZE[@ADDRESS]", 0, "The board has this much PSRAM; map all of it", 0},
	{"page-size", 'p', "SIZE", 0, "Page size of the MMU (else as the image says)", 0},
	{"flash", KEY_FLASH, "SIZE", 0, "Size of the flash (else as the image says)", 0},
	{"app-offset", KEY_APP_OFFSET, "OFFSET", 0,
	 "Where in flash an application image or ELF stands (0x10000)", 0},
	{"table-offset", KEY_TABLE_OFFSET, "OFFSET", 0, "Where the partition table stands (0x8000)",
	 0},
	{"short", KEY_SHORT, NULL, 0, "The dump may end before the flash does", 0},
	{"json", 'j', NULL, 0, "Print JSON (see docs/json.md)", 5},
	{"svg", 's', "FILE", 0, "Write the map as a picture too ('-' for standard output)", 5},
	{"no-picture", KEY_NO_PICTURE, NULL, 0, "Leave the picture out", 5},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "IMAGE",
	.doc = "Check a flash dump, an application image or an ELF, and show what the chip's "
	       "loader "
	       "would map.\vExit status: 0 mapped, 1 something asked for does not fit, 2 the image "
	       "is "
	       "damaged or not one.",
	.children = children,
};

int cmd_map(int argc, char **argv)
{
	struct options o = {.json = false};
	struct firmware fw = {0};
	struct board b = {0};
	struct sentence why;
	struct board_parts parts;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	o.firmware.warn = warn;
	o.firmware.warn_ctx = (void *)(uintptr_t)o.path;
	status = firmware_read(&fw, o.path, &o.firmware, &why);
	if (status == CLI_OK) {
		parts = firmware_parts(&fw, o.psram.size);
		status = board_open_plain(&b, &parts, &why);
	}
	if (status == CLI_OK)
		status = firmware_boot(&fw, &b, NULL, &why);
	if (status == CLI_OK)
		status = map_places(&o, &fw, &b, &why);
	if (status == CLI_OK)
		status = show(&o, &fw, &b, &why);
	board_close(&b);
	firmware_free(&fw);
	return status == CLI_OK ? status : complain(argv[0], status, &why);
}
