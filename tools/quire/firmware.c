/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a file to a booted board, as the chip's second-stage loader does it: find the application,
 * check it, map the flash pages that its mapped segments stand in at the addresses they were linked
 * for.  Two segments may share a page of flash, which therefore gets two addresses.
 */
#include "firmware.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>

/* What the image reader found, as the sentence of the verb, with the file's name before it. */
static int found(const struct firmware *fw, const struct image_report *report, struct sentence *why)
{
	return sentence_set(why, report->error.fault == IMAGE_FAULT_MEMORY ? CLI_SYSTEM : CLI_BAD,
			    "%s: %s", fw->path, report->error.text);
}

static int read_dump(struct firmware *fw, const struct image_view *view,
		     const struct firmware_options *o, struct image_report *report,
		     struct sentence *why)
{
	struct image_flash_options options = {
		.chip = o->chip,
		.table_offset = o->table_offset,
		.page_size = o->page_size,
		.may_be_short = o->may_be_short,
	};

	fw->flash = calloc(1, sizeof *fw->flash);
	if (!fw->flash)
		return sentence_memory(why);
	if (!image_flash_read(view, &options, fw->flash, report))
		return found(fw, report, why);
	fw->app = &fw->flash->app;
	fw->app_at = fw->app->base;
	fw->flash_size = fw->flash->size;
	return CLI_OK;
}

static int read_app(struct firmware *fw, const struct image_view *view,
		    const struct firmware_options *o, struct image_report *report,
		    struct sentence *why)
{
	struct image_app_options options = {.chip = o->chip, .page_size = o->page_size};
	uint64_t end;

	if (!image_app_read(view, &options, &fw->own, report))
		return found(fw, report, why);
	fw->app = &fw->own;
	fw->app_at = o->app_offset ? o->app_offset : FIRMWARE_APP_OFFSET;
	if (!o->app_offset && fw->app_at < fw->own.page_size)
		fw->app_at = fw->own.page_size;
	if (fw->own.is_loader && !o->app_offset)
		fw->app_at = fw->own.chip->bootloader_offset;
	if (!fw->own.is_loader && fw->app_at % fw->own.page_size != 0)
		return sentence_set(
			why, CLI_BAD,
			"the application's offset 0x%llx in flash is not a multiple of its "
			"page size, %s",
			(unsigned long long)fw->app_at, number_exact(fw->own.page_size).text);
	end = fw->app_at + fw->own.length;
	fw->flash_size = fw->own.flash_size;
	while (fw->flash_size < end)
		fw->flash_size = fw->flash_size ? 2 * fw->flash_size : 1u << 20;
	return CLI_OK;
}

static int read_elf(struct firmware *fw, const struct image_view *view,
		    const struct firmware_options *o, struct image_report *report,
		    struct sentence *why)
{
	struct image_build_options build = {.page_size = o->page_size};
	struct image_elf elf;
	struct image_view image;

	if (!image_elf_read(view, &elf, report))
		return found(fw, report, why);
	build.chip = image_elf_chip(&elf, o->chip, report);
	if (!build.chip || !image_build_from_elf(&elf, &build, &fw->built, report))
		return found(fw, report, why);
	image = image_view_of_file(fw->built.bytes, fw->built.size);
	image.whole = "the image made from the ELF";
	return read_app(fw, &image, o, report, why);
}

static int read_kind(struct firmware *fw, const struct firmware_options *o,
		     struct image_report *report, struct sentence *why)
{
	struct image_view view = image_view_of_file(fw->bytes, fw->size);

	fw->kind = image_kind_of(&view, o->table_offset);
	switch (fw->kind) {
	case IMAGE_KIND_FLASH:
		return read_dump(fw, &view, o, report, why);
	case IMAGE_KIND_APP:
		return read_app(fw, &view, o, report, why);
	case IMAGE_KIND_ELF:
		return read_elf(fw, &view, o, report, why);
	case IMAGE_KIND_TABLE:
		return sentence_set(why, CLI_BAD,
				    "%s: a partition table alone: there is no application in it",
				    fw->path);
	default:
		/* The reader's own sentence says what the first bytes are and what they should be.
		 */
		if (fw->size == 0)
			return sentence_set(why, CLI_BAD, "%s: the file is empty", fw->path);
		return read_app(fw, &view, o, report, why);
	}
}

int firmware_read(struct firmware *fw, const char *path, const struct firmware_options *options,
		  struct sentence *why)
{
	struct image_report report = {.warn = options->warn, .ctx = options->warn_ctx};
	int status;

	memset(fw, 0, sizeof *fw);
	fw->path = path;
	status = file_read(path, &fw->bytes, &fw->size, why);
	if (status == CLI_OK)
		status = read_kind(fw, options, &report, why);
	if (status != CLI_OK)
		return status;
	fw->chip = fw->app->chip;
	fw->warnings = report.warnings;
	if (options->flash_size && options->flash_size < fw->app_at + fw->app->length)
		return sentence_set(why, CLI_BAD,
				    "%s: the application ends at 0x%llx, behind %s of flash", path,
				    (unsigned long long)(fw->app_at + fw->app->length),
				    number_exact(options->flash_size).text);
	if (options->flash_size)
		fw->flash_size = options->flash_size;
	else if (options->any_flash && !fw->flash)
		fw->flash_size = FIRMWARE_ALL;
	return CLI_OK;
}

void firmware_free(struct firmware *fw)
{
	free(fw->bytes);
	free(fw->flash);
	image_buffer_free(&fw->built);
	memset(fw, 0, sizeof *fw);
}

/*
 * A memory is whole pages, and no larger than the entries reach: of a larger flash the rest cannot
 * be mapped, but the board may well have it.
 */
struct board_parts firmware_parts(const struct firmware *fw, uint64_t psram_size)
{
	uint64_t page = fw->app->page_size, reach = fw->app->layout.memory[QUIRE_FLASH0].size;
	uint64_t size = (fw->flash_size + page - 1) / page * page;

	return (struct board_parts){
		.chip = fw->chip,
		.page_size = fw->app->page_size,
		.flash_size = size < reach ? size : reach,
		.psram_size = psram_size == FIRMWARE_ALL ? fw->app->layout.memory[QUIRE_PSRAM0].size
							 : psram_size,
	};
}

/* Code can also be read where the window has a data side; on its own bus it cannot. */
static uint8_t attr_of(const struct board *b, const struct image_mapping *m)
{
	uint8_t caps = b->layout->window[m->window].caps;

	if (m->use != IMAGE_USE_CODE)
		return QUIRE_READ;
	return (uint8_t)(QUIRE_EXEC | (caps & QUIRE_CAP_READ ? QUIRE_READ : 0));
}

int firmware_boot(const struct firmware *fw, struct board *b, unsigned *mapped,
		  struct sentence *why)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fw->app->segment_count; i++) {
		struct image_mapping m;
		struct quire_want want = {.target = QUIRE_FLASH0, .flags = QUIRE_SHARED};
		struct quire_got got;
		int result;

		if (!image_app_mapping(fw->app, i, fw->app_at, &m))
			continue;
		want.pa = m.pa;
		want.size = m.size;
		want.attr = attr_of(b, &m);
		want.tag = board_name(b, m.use == IMAGE_USE_CODE ? "text" : "rodata");
		result = quire_space_map_at(b->space, m.va, &want, &got);
		if (result < 0)
			return sentence_set(why, CLI_BAD,
					    "%s: segment %u cannot be mapped at %s: %s (%s)",
					    fw->path, i, number_address(m.va).text,
					    quire_error_text(result), quire_error_name(result));
		count++;
	}
	if (mapped)
		*mapped = count;
	return CLI_OK;
}

bool firmware_regions(const struct firmware *fw, struct view *v)
{
	if (!fw->flash)
		return view_add_region(v, QUIRE_FLASH0, fw->app_at, fw->app->length,
				       fw->app->is_loader ? "loader" : "application");
	if (!view_add_region(v, QUIRE_FLASH0, fw->flash->loader.base, fw->flash->loader.length,
			     "loader") ||
	    !view_add_region(v, QUIRE_FLASH0, fw->flash->table_offset, IMAGE_TABLE_SECTOR,
			     "partition table"))
		return false;
	for (unsigned i = 0; i < fw->flash->table.count; i++) {
		const struct image_partition *p = &fw->flash->table.row[i];

		if (!view_add_region(v, QUIRE_FLASH0, p->offset, p->size, p->label))
			return false;
	}
	return true;
}

void firmware_describe(const struct firmware *fw, char *text, size_t size)
{
	const struct image_description *d = &fw->app->description;
	int n;

	n = snprintf(text, size, "%s, %s", fw->chip->title, image_kind_name(fw->kind));
	if (fw->flash && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n, " of %s", number_human(fw->size).text);
	if (d->present && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n, ", %s %s", d->project, d->version);
	else if (fw->app->is_loader && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n, ", second-stage loader");
	if (fw->flash && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, " in \"%s\" at 0x%x",
			 fw->flash->app_partition->label, (unsigned)fw->app_at);
	else if (n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, ", taken to stand at 0x%llx in flash",
			 (unsigned long long)fw->app_at);
}
