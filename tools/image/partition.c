/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables: reading the rows, and checking what they say.
 *
 * The rows are read to the end first, MD5 included, and only then compared with each other: what is
 * said of a damaged table is that it is damaged.  The checks serve tables from text as well, which
 * have never been rows of bytes.
 */
#include "image/bytes.h"
#include "image/partition_parts.h"

#include <nettle/md5.h>
#include <stdio.h>
#include <string.h>

uint32_t image_partition_alignment(unsigned type)
{
	return type == IMAGE_TYPE_APP ? 0x10000u : IMAGE_TABLE_SECTOR;
}

bool image_partition_may_be_low(unsigned type)
{
	return type == IMAGE_TYPE_LOADER || type == IMAGE_TYPE_TABLE;
}

uint32_t image_table_end(const struct image_table_options *options)
{
	uint32_t offset = options->table_offset ? options->table_offset : IMAGE_TABLE_OFFSET;

	return offset <= UINT32_MAX - IMAGE_TABLE_SECTOR ? offset + IMAGE_TABLE_SECTOR : UINT32_MAX;
}

void image_md5(const uint8_t *bytes, size_t size, uint8_t out[16])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, size, bytes);
	md5_digest(&ctx, MD5_DIGEST_SIZE, out);
}

/* Where a row stands, for sentences. */
struct place {
	char text[40];
};

static struct place place_of(const struct image_partition *row)
{
	struct place place;

	if (row->line != 0)
		snprintf(place.text, sizeof place.text, "line %u", row->line);
	else
		snprintf(place.text, sizeof place.text, "row at offset 0x%llx",
			 (unsigned long long)row->row_offset);
	return place;
}

/* The same as a number. */
static uint64_t offset_of(const struct image_partition *row, enum image_row_field field)
{
	return row->line != 0 ? row->line : row->row_offset + field;
}

static unsigned long long end_of(const struct image_partition *row)
{
	return (unsigned long long)row->offset + row->size;
}

static bool check_bounds(const struct image_partition *row,
			 const struct image_table_options *options, struct image_report *report)
{
	if (row->size == 0)
		return image_fail(report, IMAGE_FAULT_VALUE, offset_of(row, IMAGE_ROW_LENGTH),
				  "partition \"%s\": size 0 (%s), expected at least 1", row->label,
				  place_of(row).text);
	if (row->offset < image_table_end(options) && !image_partition_may_be_low(row->type))
		return image_fail(report, IMAGE_FAULT_OVERLAP, offset_of(row, IMAGE_ROW_OFFSET),
				  "partition \"%s\": begins at 0x%x (%s), expected "
				  "at or behind 0x%x, the end of the partition table",
				  row->label, row->offset, place_of(row).text,
				  image_table_end(options));
	if (end_of(row) > (options->flash_size ? options->flash_size : UINT64_C(0x100000000)))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, offset_of(row, IMAGE_ROW_LENGTH),
				  "partition \"%s\": ends at 0x%llx (%s), behind "
				  "the end of flash at 0x%llx",
				  row->label, end_of(row), place_of(row).text,
				  options->flash_size ? (unsigned long long)options->flash_size
						      : 0x100000000ull);
	return true;
}

static bool check_alignment(const struct image_partition *row, struct image_report *report)
{
	uint32_t alignment = image_partition_alignment(row->type);

	if (row->offset % alignment != 0)
		return image_fail(report, IMAGE_FAULT_ALIGNMENT, offset_of(row, IMAGE_ROW_OFFSET),
				  "partition \"%s\": begins at 0x%x (%s), expected "
				  "a multiple of 0x%x",
				  row->label, row->offset, place_of(row).text, alignment);
	if (row->size % IMAGE_TABLE_SECTOR != 0)
		image_warn(report, IMAGE_FAULT_ALIGNMENT, offset_of(row, IMAGE_ROW_LENGTH),
			   "partition \"%s\": size 0x%x (%s) is not a multiple of "
			   "0x%x, so its last sector cannot be erased alone",
			   row->label, row->size, place_of(row).text, IMAGE_TABLE_SECTOR);
	return true;
}

/* The loader reads two sectors of otadata. */
static bool check_otadata(const struct image_partition *row, struct image_report *report)
{
	if (row->type != IMAGE_TYPE_DATA || row->subtype != IMAGE_DATA_OTA ||
	    row->size >= 2 * IMAGE_TABLE_SECTOR)
		return true;
	return image_fail(report, IMAGE_FAULT_VALUE, offset_of(row, IMAGE_ROW_LENGTH),
			  "partition \"%s\": size 0x%x (%s), expected 0x%x for "
			  "otadata",
			  row->label, row->size, place_of(row).text, 2 * IMAGE_TABLE_SECTOR);
}

/* Two subtypes name one partition each: whoever looks for it finds the first. */
static bool is_singular(const struct image_partition *row)
{
	return row->type == IMAGE_TYPE_APP ||
	       (row->type == IMAGE_TYPE_DATA && row->subtype == IMAGE_DATA_OTA);
}

static bool check_same_subtype(const struct image_partition *a, const struct image_partition *b,
			       struct image_report *report)
{
	const char *name = image_subtype_name(b->type, b->subtype);

	if (a->type != b->type || a->subtype != b->subtype || name == NULL || !is_singular(b))
		return true;
	if (b->type == IMAGE_TYPE_DATA)
		return image_fail(report, IMAGE_FAULT_OVERLAP, offset_of(b, IMAGE_ROW_TYPE),
				  "partition \"%s\": a second otadata (%s) after "
				  "\"%s\", expected one at most",
				  b->label, place_of(b).text, a->label);
	image_warn(report, IMAGE_FAULT_OVERLAP, offset_of(b, IMAGE_ROW_TYPE),
		   "partition \"%s\": a second %s (%s) after \"%s\"", b->label, name,
		   place_of(b).text, a->label);
	return true;
}

static bool check_pair(const struct image_partition *a, const struct image_partition *b,
		       struct image_report *report)
{
	if (a->offset < end_of(b) && b->offset < end_of(a))
		return image_fail(report, IMAGE_FAULT_OVERLAP, offset_of(b, IMAGE_ROW_OFFSET),
				  "partition \"%s\": 0x%x to 0x%llx (%s) overlaps "
				  "\"%s\", 0x%x to 0x%llx",
				  b->label, b->offset, end_of(b), place_of(b).text, a->label,
				  a->offset, end_of(a));
	if (strcmp(a->label, b->label) == 0)
		image_warn(report, IMAGE_FAULT_OVERLAP, offset_of(b, IMAGE_ROW_LABEL),
			   "partition \"%s\": a second one of that label (%s)", b->label,
			   place_of(b).text);
	return check_same_subtype(a, b, report);
}

static bool check_pairs(const struct image_table *table, struct image_report *report)
{
	for (unsigned j = 1; j < table->count; j++)
		for (unsigned i = 0; i < j; i++)
			if (!check_pair(&table->row[i], &table->row[j], report))
				return false;
	return true;
}

bool image_table_check(const struct image_table *table, const struct image_table_options *options,
		       struct image_report *report)
{
	static const struct image_table_options none;

	if (options == NULL)
		options = &none;
	for (unsigned i = 0; i < table->count; i++)
		if (!check_bounds(&table->row[i], options, report) ||
		    !check_alignment(&table->row[i], report) ||
		    !check_otadata(&table->row[i], report))
			return false;
	return check_pairs(table, report);
}

static void read_row(const uint8_t *bytes, uint64_t place, struct image_table *table,
		     struct image_report *report)
{
	struct image_partition *row = &table->row[table->count++];

	row->type = bytes[IMAGE_ROW_TYPE];
	row->subtype = bytes[IMAGE_ROW_SUBTYPE];
	row->offset = image_get32(bytes + IMAGE_ROW_OFFSET);
	row->size = image_get32(bytes + IMAGE_ROW_LENGTH);
	row->flags = image_get32(bytes + IMAGE_ROW_FLAGS);
	row->row_offset = place;
	if (!image_copy_text(row->label, bytes + IMAGE_ROW_LABEL, IMAGE_LABEL_MAX))
		image_warn(report, IMAGE_FAULT_VALUE, place + IMAGE_ROW_LABEL,
			   "partition \"%s\": the label at offset 0x%llx has bytes that are not "
			   "printable UTF-8",
			   row->label, (unsigned long long)place + IMAGE_ROW_LABEL);
}

/* The MD5 row at `at`: the digest of all that is above it. */
static bool check_md5(const struct image_view *view, uint32_t at, struct image_report *report)
{
	const uint8_t *row = view->bytes + at;
	unsigned long long place = view->base + at;
	uint8_t digest[16];

	if (!image_is_filled(row + 2, IMAGE_ROW_DIGEST - 2, 0xff))
		return image_fail(report, IMAGE_FAULT_VALUE, place + 2,
				  "MD5 row: bytes at offset 0x%llx are not the 14 times 0xff that "
				  "follow its magic",
				  place + 2);
	image_md5(view->bytes, at, digest);
	if (memcmp(row + IMAGE_ROW_DIGEST, digest, sizeof digest) != 0)
		return image_fail(report, IMAGE_FAULT_CHECKSUM, place + IMAGE_ROW_DIGEST,
				  "MD5 row: digest %02x%02x%02x%02x... at offset 0x%llx, but the "
				  "0x%x bytes before the row give %02x%02x%02x%02x...",
				  row[16], row[17], row[18], row[19], place + IMAGE_ROW_DIGEST, at,
				  digest[0], digest[1], digest[2], digest[3]);
	return true;
}

static void check_rest(const struct image_view *view, uint32_t at, struct image_report *report)
{
	size_t size = view->size < IMAGE_TABLE_SIZE ? view->size : IMAGE_TABLE_SIZE;

	if (!image_is_filled(view->bytes + at, size - at, 0xff))
		image_warn(report, IMAGE_FAULT_VALUE, view->base + at,
			   "end row: bytes that are not 0xff follow it, from offset 0x%llx to "
			   "0x%llx",
			   (unsigned long long)view->base + at,
			   (unsigned long long)view->base + size);
}

enum row_kind { ROW_PARTITION, ROW_MD5, ROW_END, ROW_BAD };

static enum row_kind kind_of_row(const uint8_t *row)
{
	if (image_get16(row) == IMAGE_ROW_MAGIC)
		return ROW_PARTITION;
	if (image_get16(row) == IMAGE_MD5_MAGIC)
		return ROW_MD5;
	return image_is_filled(row, IMAGE_ROW_SIZE, 0xff) ? ROW_END : ROW_BAD;
}

static bool fail_row(const struct image_view *view, uint32_t at, const struct image_table *table,
		     struct image_report *report)
{
	unsigned long long place = view->base + at;

	if (table->has_md5)
		return image_fail(report, IMAGE_FAULT_MAGIC, place,
				  "row %u: bytes %02x %02x at offset 0x%llx, expected the end row "
				  "(0xff) after the MD5 row",
				  at / IMAGE_ROW_SIZE, view->bytes[at], view->bytes[at + 1], place);
	return image_fail(report, IMAGE_FAULT_MAGIC, place,
			  "row %u: bytes %02x %02x at offset 0x%llx, expected aa 50 (a partition), "
			  "eb eb (the MD5) or 32 times ff (the end)",
			  at / IMAGE_ROW_SIZE, view->bytes[at], view->bytes[at + 1], place);
}

/* No end row: either the bytes end too early, or the table is too long. */
static bool fail_endless(const struct image_view *view, struct image_report *report)
{
	if (view->size < IMAGE_TABLE_SIZE)
		return image_fail(report, IMAGE_FAULT_TRUNCATED, view->base + view->size,
				  "partition table: no end row before the end of %s (0x%llx bytes)",
				  view->whole, (unsigned long long)view->size);
	return image_fail(report, IMAGE_FAULT_LIMIT, view->base + IMAGE_TABLE_SIZE,
			  "partition table: no end row before offset 0x%llx, where it must end",
			  (unsigned long long)view->base + IMAGE_TABLE_SIZE);
}

static bool read_rows(const struct image_view *view, struct image_table *table,
		      struct image_report *report)
{
	uint32_t at = 0;

	for (; at < IMAGE_TABLE_SIZE && image_has(view, at, IMAGE_ROW_SIZE); at += IMAGE_ROW_SIZE) {
		const uint8_t *row = view->bytes + at;
		enum row_kind kind = kind_of_row(row);

		if (kind == ROW_END) {
			table->length = at + IMAGE_ROW_SIZE;
			check_rest(view, table->length, report);
			return true;
		}
		if (kind == ROW_BAD || table->has_md5)
			return fail_row(view, at, table, report);
		if (kind == ROW_MD5) {
			if (!check_md5(view, at, report))
				return false;
			table->has_md5 = true;
		} else if (table->count < IMAGE_PARTITIONS_MAX) {
			read_row(row, view->base + at, table, report);
		}
	}
	return fail_endless(view, report);
}

bool image_table_read(const struct image_view *view, const struct image_table_options *options,
		      struct image_table *out, struct image_report *report)
{
	memset(out, 0, sizeof *out);
	if (!read_rows(view, out, report))
		return false;
	if (out->count == 0)
		return image_fail(
			report, IMAGE_FAULT_ABSENT, view->base,
			"partition table: no partitions at offset 0x%llx, expected one at "
			"least",
			(unsigned long long)view->base);
	if (!out->has_md5)
		image_warn(
			report, IMAGE_FAULT_ABSENT, view->base,
			"partition table: no MD5 row at offset 0x%llx, so nothing speaks for its "
			"contents",
			(unsigned long long)view->base + out->length - IMAGE_ROW_SIZE);
	return image_table_check(out, options, report);
}
