/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash images from parts: put them where they belong, and refuse what cannot be true.
 */
#include "image/build.h"
#include "image/bytes.h"

#include <stdlib.h>
#include <string.h>

static unsigned long long end_of(const struct image_part *part)
{
	return (unsigned long long)part->offset + part->size;
}

static bool check_part(const struct image_part *part, uint64_t flash_size,
		       struct image_report *report)
{
	if (part->offset <= flash_size && part->size <= flash_size - part->offset)
		return true;
	return image_fail(report, IMAGE_FAULT_TRUNCATED, part->offset,
			  "%s: 0x%llx bytes at offset 0x%llx run past the end of flash (0x%llx "
			  "bytes)",
			  part->name, (unsigned long long)part->size,
			  (unsigned long long)part->offset, (unsigned long long)flash_size);
}

static bool check_pair(const struct image_part *a, const struct image_part *b,
		       struct image_report *report)
{
	if (a->size == 0 || b->size == 0 || a->offset >= end_of(b) || b->offset >= end_of(a))
		return true;
	return image_fail(report, IMAGE_FAULT_OVERLAP, b->offset,
			  "%s: 0x%llx to 0x%llx overlaps %s, 0x%llx to 0x%llx", b->name,
			  (unsigned long long)b->offset, end_of(b), a->name,
			  (unsigned long long)a->offset, end_of(a));
}

static bool check_parts(const struct image_part *parts, unsigned count, uint64_t flash_size,
			struct image_report *report)
{
	for (unsigned j = 0; j < count; j++) {
		if (!check_part(&parts[j], flash_size, report))
			return false;
		for (unsigned i = 0; i < j; i++)
			if (!check_pair(&parts[i], &parts[j], report))
				return false;
	}
	return true;
}

bool image_build_flash(const struct image_part *parts, unsigned count, uint64_t flash_size,
		       struct image_buffer *out, struct image_report *report)
{
	uint8_t *bytes;

	if (flash_size == 0 || flash_size > UINT32_MAX)
		return image_fail(report, IMAGE_FAULT_VALUE, 0,
				  "flash size: 0x%llx, expected 1 to 0xffffffff",
				  (unsigned long long)flash_size);
	if (!check_parts(parts, count, flash_size, report))
		return false;
	bytes = malloc((size_t)flash_size);
	if (bytes == NULL)
		return image_fail(report, IMAGE_FAULT_MEMORY, 0,
				  "flash image: no memory for 0x%llx bytes",
				  (unsigned long long)flash_size);
	memset(bytes, 0xff, (size_t)flash_size);
	for (unsigned i = 0; i < count; i++)
		if (parts[i].size != 0)
			memcpy(bytes + parts[i].offset, parts[i].bytes, parts[i].size);
	*out = (struct image_buffer){.bytes = bytes, .size = (size_t)flash_size};
	return true;
}
