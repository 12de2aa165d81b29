/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables as bytes, and entries of otadata.
 */
#include "image/build.h"
#include "image/bytes.h"
#include "image/loader.h"
#include "image/partition_parts.h"

#include <stdlib.h>
#include <string.h>

static void put_row(uint8_t *at, const struct image_partition *row)
{
	image_put16(at, IMAGE_ROW_MAGIC);
	at[IMAGE_ROW_TYPE] = row->type;
	at[IMAGE_ROW_SUBTYPE] = row->subtype;
	image_put32(at + IMAGE_ROW_OFFSET, row->offset);
	image_put32(at + IMAGE_ROW_LENGTH, row->size);
	memset(at + IMAGE_ROW_LABEL, 0, IMAGE_LABEL_MAX);
	memcpy(at + IMAGE_ROW_LABEL, row->label, strlen(row->label));
	image_put32(at + IMAGE_ROW_FLAGS, row->flags);
}

/* Rows, then the digest of them; the rest of `bytes` is 0xff already, which is the end row. */
static void put_table(uint8_t *bytes, const struct image_table *table)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < table->count; i++, at += IMAGE_ROW_SIZE)
		put_row(bytes + at, &table->row[i]);
	image_put16(bytes + at, IMAGE_MD5_MAGIC);
	image_md5(bytes, at, bytes + at + IMAGE_ROW_DIGEST);
}

bool image_build_table(const struct image_table *table, const struct image_table_options *options,
		       struct image_buffer *out, struct image_report *report)
{
	struct image_table again;
	struct image_view view;
	uint8_t *bytes;

	if (table->count == 0 || table->count > IMAGE_PARTITIONS_MAX - 1)
		return image_fail(report, IMAGE_FAULT_LIMIT, 0,
				  "partition table: %u partitions, expected 1 to %u", table->count,
				  IMAGE_PARTITIONS_MAX - 1);
	bytes = malloc(IMAGE_TABLE_SIZE);
	if (bytes == NULL)
		return image_fail(report, IMAGE_FAULT_MEMORY, 0,
				  "partition table: no memory for 0x%x bytes", IMAGE_TABLE_SIZE);
	memset(bytes, 0xff, IMAGE_TABLE_SIZE);
	put_table(bytes, table);
	view = image_view_of_file(bytes, IMAGE_TABLE_SIZE);
	if (!image_table_read(&view, options, &again, report)) {
		free(bytes);
		return false;
	}
	*out = (struct image_buffer){.bytes = bytes, .size = IMAGE_TABLE_SIZE};
	return true;
}

void image_build_ota_entry(uint32_t sequence, uint32_t state, uint8_t out[IMAGE_OTA_ENTRY_SIZE])
{
	memset(out, 0xff, IMAGE_OTA_ENTRY_SIZE);
	image_put32(out, sequence);
	image_put32(out + 24, state);
	image_put32(out + 28, image_ota_crc(sequence));
}
