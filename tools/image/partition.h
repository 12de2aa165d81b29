/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables: who owns which bytes of flash.
 *
 *   0     2      3      4        8       12        28      32
 *   +-----+------+------+--------+-------+---------+-------+
 *   | aa  | type | sub- | offset | size  | label,  | flags |   one row a partition
 *   | 50  |      | type |        |       | 16 byte |       |
 *   +-----+------+------+--------+-------+---------+-------+
 *   | eb eb  ff x 14             | MD5 of all rows above   |   at most once
 *   +----------------------------+-------------------------+
 *   | ff x 32                                              |   the end
 *   +------------------------------------------------------+
 */
#ifndef IMAGE_PARTITION_H
#define IMAGE_PARTITION_H

#include "image/report.h"

#define IMAGE_TABLE_OFFSET   0x8000u /* where it stands unless a project says otherwise */
#define IMAGE_TABLE_SIZE     0xc00u  /* the most that a loader reads */
#define IMAGE_TABLE_SECTOR   0x1000u /* what it occupies */
#define IMAGE_ROW_SIZE       32u
#define IMAGE_PARTITIONS_MAX (IMAGE_TABLE_SIZE / IMAGE_ROW_SIZE - 1u)

enum image_partition_type {
	IMAGE_TYPE_APP = 0,
	IMAGE_TYPE_DATA = 1,
	IMAGE_TYPE_LOADER = 2,
	IMAGE_TYPE_TABLE = 3
};

/* Subtypes that something here depends on; image_subtype_name knows the rest. */
enum image_partition_subtype {
	IMAGE_APP_FACTORY = 0x00,
	IMAGE_APP_OTA_0 = 0x10, /* ... to 0x1f */
	IMAGE_APP_TEST = 0x20,
	IMAGE_DATA_OTA = 0x00,
	IMAGE_DATA_NVS = 0x02,
	IMAGE_DATA_UNDEFINED = 0x06 /* what an empty field in a text means */
};

#define IMAGE_PARTITION_ENCRYPTED 0x1u
#define IMAGE_PARTITION_READONLY  0x2u

struct image_partition {
	uint8_t type;
	uint8_t subtype;
	uint32_t offset; /* in flash */
	uint32_t size;   /* bytes */
	uint32_t flags;
	char label[17];      /* printable UTF-8; whatever else was there has become '?' */
	uint64_t row_offset; /* of the row, in the file */
	unsigned line;       /* of the row, in a text; 0: it was read from bytes */
};

struct image_table {
	unsigned count;
	struct image_partition row[IMAGE_PARTITIONS_MAX]; /* in the table's order */
	bool has_md5;
	uint32_t length; /* bytes of rows, MD5 and end row included */
};

struct image_table_options {
	uint64_t flash_size;   /* partitions must end before it; 0: not known, not checked */
	uint32_t table_offset; /* in flash; 0: IMAGE_TABLE_OFFSET */
};

/*
 * Read a table that begins at the view's first byte.  Checked: magic of every row, MD5, the end
 * row, sizes, alignment (64 KiB for applications, 4 KiB for the rest), room between the end of the
 * table and the end of flash, overlaps, one otadata at most.  Warned of: no MD5, duplicate labels
 * and subtypes, unprintable labels, rests behind the end row. `options` may be NULL.  Cost: rows
 * squared.
 */
bool image_table_read(const struct image_view *view, const struct image_table_options *options,
		      struct image_table *out, struct image_report *report);

/*
 * The same checks of rows alone, for a table that was made and not read; they are sorted by nothing
 * and may be in any order.
 */
bool image_table_check(const struct image_table *table, const struct image_table_options *options,
		       struct image_report *report);

/* The first partition with a label, or of a type and subtype; NULL if there is none. */
const struct image_partition *image_partition_by_label(const struct image_table *table,
						       const char *label);
const struct image_partition *image_partition_by_type(const struct image_table *table,
						      unsigned type, unsigned subtype);

/* "app", "ota_0": the name that ESP-IDF gives a type or subtype, NULL if it gives none. */
const char *image_type_name(unsigned type);
const char *image_subtype_name(unsigned type, unsigned subtype);

#endif
