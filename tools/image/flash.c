/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash dumps: the path from reset to the application, walked over bytes.
 *
 * The ROM looks for the loader at one offset, which one depends on the chip, and the dump does not
 * say the chip; but the loader's header does.  So every offset that some chip uses is tried, and
 * the loader that says it is for a chip that looks there is the one.
 */
#include "image/flash.h"
#include "image/app_parts.h"
#include "image/bytes.h"
#include "image/loader.h"

#include <stdio.h>
#include <string.h>

enum ota_field { AT_SEQUENCE = 0, AT_STATE = 24, AT_CRC = 28 };
enum ota_state { OTA_INVALID = 3, OTA_ABORTED = 4 };

static uint32_t table_offset_of(const struct image_flash_options *options)
{
	return options->table_offset ? options->table_offset : IMAGE_TABLE_OFFSET;
}

const struct quire_chip *image_loader_at(const struct image_view *view, uint32_t offset)
{
	const struct quire_chip *chip;

	if (!image_has(view, offset, IMAGE_APP_HEADER_SIZE) ||
	    view->bytes[offset] != IMAGE_APP_MAGIC)
		return NULL;
	chip = quire_chip_by_image_id(image_get16(view->bytes + offset + 12));
	return chip != NULL && chip->bootloader_offset == offset ? chip : NULL;
}

const struct quire_chip *image_loader_chip(const struct image_view *view)
{
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		uint32_t offset = quire_chip_at(i)->bootloader_offset;
		const struct quire_chip *chip = image_loader_at(view, offset);

		if (chip != NULL)
			return chip;
	}
	return NULL;
}

/* Find out the chip, and read its loader, which ends before the partition table. */
static bool read_loader(const struct image_view *view, const struct image_flash_options *options,
			struct image_flash *out, struct image_report *report)
{
	struct image_app_options expect = {.page_size = options->page_size, .exact = true};
	struct image_view space;

	out->chip = options->chip != NULL ? options->chip : image_loader_chip(view);
	if (out->chip == NULL)
		return image_fail(report, IMAGE_FAULT_ABSENT, view->base,
				  "loader: no image header for a chip that looks for it there at "
				  "offsets 0x0, 0x1000 and 0x2000");
	if (out->chip->bootloader_offset >= out->table_offset)
		return image_fail(report, IMAGE_FAULT_OVERLAP, out->table_offset,
				  "partition table: offset 0x%x, expected one behind the loader's, "
				  "0x%x",
				  out->table_offset, out->chip->bootloader_offset);
	if (!image_has(view, out->table_offset, IMAGE_TABLE_SECTOR))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, out->table_offset,
				  "partition table: its sector at offset 0x%x runs past the end of "
				  "%s (0x%llx bytes)",
				  out->table_offset, view->whole, (unsigned long long)view->size);
	space = image_part_of(view, out->chip->bootloader_offset,
			      out->table_offset - out->chip->bootloader_offset);
	space.whole = "the space before the partition table";
	expect.chip = out->chip;
	return image_app_read(&space, &expect, &out->loader, report);
}

static bool read_table(const struct image_view *view, const struct image_flash_options *options,
		       struct image_flash *out, struct image_report *report)
{
	struct image_view part = image_part_of(view, out->table_offset, IMAGE_TABLE_SECTOR);
	struct image_table_options expect = {.table_offset = out->table_offset};

	out->size = view->size;
	if (options->may_be_short && out->loader.flash_size > out->size)
		out->size = out->loader.flash_size;
	expect.flash_size = out->size;
	part.whole = "its sector";
	if (!image_table_read(&part, &expect, &out->table, report))
		return false;
	for (unsigned i = 0; i < out->table.count; i++) {
		const struct image_partition *row = &out->table.row[i];

		if ((uint64_t)row->offset + row->size > view->size)
			image_warn(
				report, IMAGE_FAULT_TRUNCATED, row->row_offset,
				"partition \"%s\": ends at 0x%llx (row at offset 0x%llx), behind "
				"the end of %s (0x%llx bytes)",
				row->label, (unsigned long long)row->offset + row->size,
				(unsigned long long)row->row_offset, view->whole,
				(unsigned long long)view->size);
	}
	return true;
}

uint32_t image_ota_crc(uint32_t sequence)
{
	uint8_t bytes[4];
	uint32_t crc = 0; /* what a CRC-32 begun at 0xffffffff has inside, once inverted */

	image_put32(bytes, sequence);
	for (unsigned i = 0; i < sizeof bytes; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
	}
	return ~crc;
}

static struct image_ota_entry read_ota_entry(const uint8_t *bytes)
{
	struct image_ota_entry entry = {
		.sequence = image_get32(bytes + AT_SEQUENCE),
		.state = image_get32(bytes + AT_STATE),
	};

	entry.valid = entry.sequence != UINT32_MAX && entry.sequence != 0 &&
		      entry.state != OTA_INVALID && entry.state != OTA_ABORTED &&
		      image_get32(bytes + AT_CRC) == image_ota_crc(entry.sequence);
	return entry;
}

/* Read both entries; of two valid ones the higher sequence decides, the first on a tie. */
static bool read_otadata(const struct image_view *view, struct image_flash *out,
			 struct image_report *report)
{
	const struct image_partition *row =
		image_partition_by_type(&out->table, IMAGE_TYPE_DATA, IMAGE_DATA_OTA);

	out->ota_entry = -1;
	if (row == NULL)
		return true;
	if (!image_has(view, row->offset, 2 * IMAGE_TABLE_SECTOR))
		return image_fail(
			report, IMAGE_FAULT_TRUNCATED, row->row_offset,
			"partition \"%s\": otadata at 0x%x (row at offset 0x%llx) runs past "
			"the end of %s (0x%llx bytes)",
			row->label, row->offset, (unsigned long long)row->row_offset, view->whole,
			(unsigned long long)view->size);
	out->has_otadata = true;
	for (int i = 0; i < 2; i++) {
		out->ota[i] =
			read_ota_entry(view->bytes + row->offset + (size_t)i * IMAGE_TABLE_SECTOR);
		if (out->ota[i].valid &&
		    (out->ota_entry < 0 || out->ota[i].sequence > out->ota[0].sequence))
			out->ota_entry = i;
	}
	return true;
}

static unsigned count_ota(const struct image_table *table)
{
	unsigned count = 0;

	for (unsigned i = 0; i < table->count; i++)
		count += table->row[i].type == IMAGE_TYPE_APP &&
			 (table->row[i].subtype & 0xf0u) == IMAGE_APP_OTA_0;
	return count;
}

/* The subtype that otadata asks for, or factory, or ota_0; says in `choice` why. */
static unsigned choose_subtype(struct image_flash *flash)
{
	unsigned count = count_ota(&flash->table);

	if (flash->ota_entry >= 0 && count > 0) {
		flash->choice = IMAGE_CHOICE_OTA;
		return IMAGE_APP_OTA_0 + (flash->ota[flash->ota_entry].sequence - 1) % count;
	}
	if (image_partition_by_type(&flash->table, IMAGE_TYPE_APP, IMAGE_APP_FACTORY) == NULL) {
		flash->choice = IMAGE_CHOICE_OTA_0;
		return IMAGE_APP_OTA_0;
	}
	flash->choice =
		flash->has_otadata ? IMAGE_CHOICE_FACTORY_BLANK : IMAGE_CHOICE_FACTORY_NO_OTADATA;
	return IMAGE_APP_FACTORY;
}

static bool choose_app(struct image_flash *out, struct image_report *report)
{
	unsigned subtype = choose_subtype(out);

	out->app_partition = image_partition_by_type(&out->table, IMAGE_TYPE_APP, subtype);
	if (out->app_partition != NULL)
		return true;
	if (out->choice == IMAGE_CHOICE_OTA)
		return image_fail(
			report, IMAGE_FAULT_ABSENT, out->table_offset,
			"otadata: sequence %u of entry %d asks for %s, which the partition "
			"table at offset 0x%x has not",
			out->ota[out->ota_entry].sequence, out->ota_entry,
			image_subtype_name(IMAGE_TYPE_APP, subtype), out->table_offset);
	return image_fail(report, IMAGE_FAULT_ABSENT, out->table_offset,
			  "partition table: neither a factory nor an ota_0 application at offset "
			  "0x%x, expected one to boot",
			  out->table_offset);
}

/* The application must end inside its partition, and inside the file. */
static bool read_app(const struct image_view *view, const struct image_flash_options *options,
		     struct image_flash *out, struct image_report *report)
{
	const struct image_partition *row = out->app_partition;
	struct image_app_options expect = {
		.chip = out->chip, .page_size = options->page_size, .exact = true};
	struct image_view part;
	char whole[48];

	if (!image_has(view, row->offset, 1))
		return image_fail(
			report, IMAGE_FAULT_TRUNCATED, row->row_offset,
			"partition \"%s\": begins at 0x%x (row at offset 0x%llx), behind the "
			"end of %s (0x%llx bytes)",
			row->label, row->offset, (unsigned long long)row->row_offset, view->whole,
			(unsigned long long)view->size);
	if (image_has(view, row->offset, row->size)) {
		part = image_part_of(view, row->offset, row->size);
		snprintf(whole, sizeof whole, "partition \"%s\"", row->label);
		part.whole = whole;
	} else {
		part = image_part_of(view, row->offset, view->size - row->offset);
	}
	return image_app_read(&part, &expect, &out->app, report);
}

bool image_flash_read(const struct image_view *view, const struct image_flash_options *options,
		      struct image_flash *out, struct image_report *report)
{
	static const struct image_flash_options none;

	if (options == NULL)
		options = &none;
	memset(out, 0, sizeof *out);
	out->table_offset = table_offset_of(options);
	return read_loader(view, options, out, report) && read_table(view, options, out, report) &&
	       read_otadata(view, out, report) && choose_app(out, report) &&
	       read_app(view, options, out, report);
}

const char *image_choice_text(const struct image_flash *flash)
{
	switch (flash->choice) {
	case IMAGE_CHOICE_FACTORY_NO_OTADATA:
		return "the table has no otadata";
	case IMAGE_CHOICE_FACTORY_BLANK:
		return "otadata has no valid entry";
	case IMAGE_CHOICE_OTA_0:
		return "there is no factory application";
	case IMAGE_CHOICE_OTA:
		break;
	}
	return flash->ota_entry == 0 ? "otadata's first entry is valid and the newer"
				     : "otadata's second entry is valid and the newer";
}
