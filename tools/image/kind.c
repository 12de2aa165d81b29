/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is: a few magic numbers, and one question about what stands where.
 */
#include "image/kind.h"
#include "image/app_parts.h"
#include "image/bytes.h"
#include "image/loader.h"
#include "image/partition_parts.h"

static bool begins_with_elf(const struct image_view *view)
{
	return image_has(view, 0, 4) && image_get32(view->bytes) == 0x464c457fu;
}

static bool begins_with_table(const struct image_view *view, uint32_t offset)
{
	return image_has(view, offset, IMAGE_ROW_SIZE) &&
	       image_get16(view->bytes + offset) == IMAGE_ROW_MAGIC;
}

/* Whether the image at the view's start has all its segments before `limit`. */
static bool image_ends_before(const struct image_view *view, uint32_t limit)
{
	uint64_t at = IMAGE_APP_HEADER_SIZE;

	for (unsigned i = 0; i < view->bytes[1]; i++) {
		if (!image_has(view, at, IMAGE_SEGMENT_HEADER))
			return false;
		at += IMAGE_SEGMENT_HEADER + (uint64_t)image_get32(view->bytes + at + 4);
	}
	return at <= limit;
}

/* An image that reaches into the table's place is no loader, whatever stands in that place. */
static bool is_dump(const struct image_view *view, uint32_t table_offset)
{
	if (image_has(view, 0, IMAGE_APP_HEADER_SIZE) && view->bytes[0] == IMAGE_APP_MAGIC &&
	    !image_ends_before(view, table_offset))
		return false;
	if (begins_with_table(view, table_offset))
		return true;
	return image_loader_chip(view) != NULL && image_has(view, table_offset, IMAGE_TABLE_SECTOR);
}

enum image_kind image_kind_of(const struct image_view *view, uint32_t table_offset)
{
	if (begins_with_elf(view))
		return IMAGE_KIND_ELF;
	if (begins_with_table(view, 0))
		return IMAGE_KIND_TABLE;
	if (is_dump(view, table_offset ? table_offset : IMAGE_TABLE_OFFSET))
		return IMAGE_KIND_FLASH;
	if (view->size > 0 && view->bytes[0] == IMAGE_APP_MAGIC)
		return IMAGE_KIND_APP;
	return IMAGE_KIND_UNKNOWN;
}

const char *image_kind_name(enum image_kind kind)
{
	static const char *const names[] = {"unknown", "flash dump", "application image",
					    "ELF file", "partition table"};

	return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}
