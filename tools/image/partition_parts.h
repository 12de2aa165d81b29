/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the partition-table reader and builder: where things stand in a row, and shared rules.
 */
#ifndef IMAGE_PARTITION_PARTS_H
#define IMAGE_PARTITION_PARTS_H

#include "image/partition.h"

#define IMAGE_ROW_MAGIC 0x50aau
#define IMAGE_MD5_MAGIC 0xebebu
#define IMAGE_LABEL_MAX 16u

enum image_row_field {
	IMAGE_ROW_TYPE = 2,
	IMAGE_ROW_SUBTYPE = 3,
	IMAGE_ROW_OFFSET = 4,
	IMAGE_ROW_LENGTH = 8,
	IMAGE_ROW_LABEL = 12,
	IMAGE_ROW_FLAGS = 28,
	IMAGE_ROW_DIGEST = 16 /* of the MD5 row */
};

/* What the offset of a partition of this type must be a multiple of. */
uint32_t image_partition_alignment(unsigned type);

/* Whether a partition of this type may stand below the end of the table. */
bool image_partition_may_be_low(unsigned type);

/* Where the first partition may begin. */
uint32_t image_table_end(const struct image_table_options *options);

/* The type or subtype that has this name; -1 if none has. */
int image_type_by_name(const char *name);
int image_subtype_by_name(unsigned type, const char *name);

/* The MD5 of some bytes. */
void image_md5(const uint8_t *bytes, size_t size, uint8_t out[16]);

#endif
