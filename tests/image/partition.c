/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables: every rule broken in turn, and the whole table cut and turned.
 */
#include "toolkit.h"

#include <stdio.h>
#include <string.h>

static struct made made;
static struct image_table table;
static struct heard heard;

static bool read_table(const struct image_table_options *options)
{
	struct image_view view = view_of(&made, made.size);
	bool done;

	heard_begin(&heard);
	done = image_table_read(&view, options, &table, &heard.report);
	view_free(&view);
	return done;
}

static void refused(const char *sentence)
{
	assert_false(read_table(NULL));
	says(&heard, sentence);
}

static void accepted(unsigned warnings)
{
	if (!read_table(NULL))
		fail_msg("%s", heard.report.error.text);
	assert_int_equal(heard.report.warnings, warnings);
}

/* Two rows that are right, and one to be tried. */
static void with_row(unsigned type, unsigned subtype, uint32_t offset, uint32_t size,
		     const char *label)
{
	made.size = 0;
	table_row(&made, 1, 2, 0x9000, 0x6000, "nvs");
	table_row(&made, 0, 0, 0x10000, 0x100000, "factory");
	table_row(&made, type, subtype, offset, size, label);
	table_md5(&made);
	table_end(&made);
}

static void good(void)
{
	with_row(1, 0x83, 0x110000, 0x10000, "assets");
}

static void a_good_table(void **state)
{
	(void)state;
	good();
	accepted(0);
	assert_int_equal(table.count, 3);
	assert_true(table.has_md5);
	assert_int_equal(table.length, 5 * 32);
	assert_string_equal(table.row[2].label, "assets");
	assert_int_equal(table.row[2].offset, 0x110000);
	assert_int_equal(table.row[2].size, 0x10000);
	assert_int_equal(table.row[2].row_offset, 0x40);
	assert_ptr_equal(image_partition_by_label(&table, "assets"), &table.row[2]);
	assert_ptr_equal(image_partition_by_type(&table, 1, 2), &table.row[0]);
	assert_null(image_partition_by_label(&table, "asset"));
	assert_null(image_partition_by_type(&table, 1, 0x82));
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(image_type_name(0), "app");
	assert_string_equal(image_type_name(1), "data");
	assert_null(image_type_name(4));
	assert_string_equal(image_subtype_name(0, 0x00), "factory");
	assert_string_equal(image_subtype_name(0, 0x10), "ota_0");
	assert_string_equal(image_subtype_name(0, 0x1f), "ota_15");
	assert_string_equal(image_subtype_name(1, 0x00), "ota");
	assert_string_equal(image_subtype_name(1, 0x83), "littlefs");
	assert_null(image_subtype_name(1, 0x20));
}

static void a_label_of_16_bytes(void **state)
{
	(void)state;
	with_row(1, 0x81, 0x110000, 0x1000, "sixteen bytes ok");
	accepted(0);
	assert_string_equal(table.row[2].label, "sixteen bytes ok");
}

static void an_unprintable_label(void **state)
{
	(void)state;
	with_row(1, 0x81, 0x110000, 0x1000, "a\x1b[1m\xc3\xa4");
	accepted(1);
	warns(&heard,
	      "partition \"a?[1m\xc3\xa4\": the label at offset 0x4c has bytes that are not "
	      "printable UTF-8");
}

static void wrong_magic(void **state)
{
	(void)state;
	good();
	made.bytes[0x20] = 0xab;
	refused("row 1: bytes ab 50 at offset 0x20, expected aa 50 (a partition), eb eb (the MD5) "
		"or "
		"32 times ff (the end)");
}

static void wrong_md5(void **state)
{
	char sentence[160];
	const uint8_t *digest = made.bytes + 0x70;

	(void)state;
	good();
	made.bytes[0x70] ^= 1;
	snprintf(
		sentence, sizeof sentence,
		"MD5 row: digest %02x%02x%02x%02x... at offset 0x70, but the 0x60 bytes before the "
		"row give %02x%02x%02x%02x...",
		digest[0], digest[1], digest[2], digest[3], digest[0] ^ 1, digest[1], digest[2],
		digest[3]);
	refused(sentence);
	good();
	made.bytes[0x64] = 0;
	refused("MD5 row: bytes at offset 0x62 are not the 14 times 0xff that follow its magic");
}

static void rows_after_the_md5(void **state)
{
	(void)state;
	made.size = 0;
	table_row(&made, 0, 0, 0x10000, 0x100000, "factory");
	table_md5(&made);
	table_row(&made, 1, 2, 0x9000, 0x6000, "nvs");
	table_end(&made);
	refused("row 2: bytes aa 50 at offset 0x40, expected the end row (0xff) after the MD5 row");
}

static void no_md5(void **state)
{
	(void)state;
	made.size = 0;
	table_row(&made, 0, 0, 0x10000, 0x100000, "factory");
	table_end(&made);
	accepted(1);
	assert_false(table.has_md5);
	warns(&heard, "partition table: no MD5 row at offset 0x20, so nothing speaks for its "
		      "contents");
}

static void no_partitions(void **state)
{
	(void)state;
	made.size = 0;
	table_end(&made);
	refused("partition table: no partitions at offset 0x0, expected one at least");
}

static void no_end(void **state)
{
	(void)state;
	made.size = 0;
	for (unsigned i = 0; i < 96; i++)
		table_row(&made, 1, 2, 0x9000 + i * 0x1000, 0x1000, "row");
	refused("partition table: no end row before offset 0xc00, where it must end");
	good();
	made.size = 0x80;
	refused("partition table: no end row before the end of the file (0x80 bytes)");
}

/* 94 rows, MD5 and end fill 0xc00 bytes exactly. */
static void the_longest_table(void **state)
{
	char label[8];

	(void)state;
	made.size = 0;
	for (unsigned i = 0; i < 94; i++) {
		snprintf(label, sizeof label, "p%u", i);
		table_row(&made, 1, 0x40, 0x9000 + i * 0x1000, 0x1000, label);
	}
	table_md5(&made);
	table_end(&made);
	accepted(0);
	assert_int_equal(table.count, 94);
	assert_int_equal(table.length, 0xc00);
}

static void rests_behind_the_end(void **state)
{
	(void)state;
	good();
	made.bytes[0xbff] = 0;
	accepted(1);
	warns(&heard, "end row: bytes that are not 0xff follow it, from offset 0xa0 to 0xc00");
}

static void no_size(void **state)
{
	(void)state;
	with_row(1, 0x81, 0x110000, 0, "empty");
	refused("partition \"empty\": size 0 (row at offset 0x40), expected at least 1");
}

static void over_the_table(void **state)
{
	(void)state;
	with_row(1, 0x81, 0x8000, 0x1000, "low");
	refused("partition \"low\": begins at 0x8000 (row at offset 0x40), expected at or behind "
		"0x9000, the end of the partition table");
	with_row(3, 0, 0x8000, 0x1000, "table"); /* the table itself may be a partition */
	accepted(0);
}

static void past_flash(void **state)
{
	struct image_table_options options = {.flash_size = 0x11ffff};

	(void)state;
	good();
	assert_false(read_table(&options));
	says(&heard,
	     "partition \"assets\": ends at 0x120000 (row at offset 0x40), behind the end of "
	     "flash at 0x11ffff");
	options.flash_size = 0x120000;
	assert_true(read_table(&options));
	with_row(1, 0x81, 0xfffff000, 0x2000, "wrap");
	refused("partition \"wrap\": ends at 0x100001000 (row at offset 0x40), behind the end of "
		"flash at 0x100000000");
}

static void alignment(void **state)
{
	(void)state;
	with_row(0, 0x10, 0x118000, 0x10000, "ota_0");
	refused("partition \"ota_0\": begins at 0x118000 (row at offset 0x40), expected a multiple "
		"of "
		"0x10000");
	with_row(1, 0x81, 0x110800, 0x10000, "fat");
	refused("partition \"fat\": begins at 0x110800 (row at offset 0x40), expected a multiple "
		"of "
		"0x1000");
	with_row(1, 0x81, 0x110000, 0x1234, "fat");
	accepted(1);
	warns(&heard, "partition \"fat\": size 0x1234 (row at offset 0x40) is not a multiple of "
		      "0x1000, so its last sector cannot be erased alone");
}

static void overlaps(void **state)
{
	(void)state;
	with_row(1, 0x81, 0x10f000, 0x2000, "fat");
	refused("partition \"fat\": 0x10f000 to 0x111000 (row at offset 0x40) overlaps "
		"\"factory\", "
		"0x10000 to 0x110000");
	with_row(1, 0x81, 0x20000, 0x1000, "inside");
	refused("partition \"inside\": 0x20000 to 0x21000 (row at offset 0x40) overlaps "
		"\"factory\", "
		"0x10000 to 0x110000");
}

static void duplicates(void **state)
{
	(void)state;
	with_row(1, 0x81, 0x110000, 0x1000, "nvs");
	accepted(1);
	warns(&heard, "partition \"nvs\": a second one of that label (row at offset 0x40)");
	with_row(0, 0, 0x110000, 0x10000, "spare");
	accepted(1);
	warns(&heard,
	      "partition \"spare\": a second factory (row at offset 0x40) after \"factory\"");
	with_row(1, 2, 0x110000, 0x1000, "nvs2");
	accepted(0);
}

static void otadata(void **state)
{
	(void)state;
	with_row(1, 0, 0x110000, 0x1000, "otadata");
	refused("partition \"otadata\": size 0x1000 (row at offset 0x40), expected 0x2000 for "
		"otadata");
	made.size = 0;
	table_row(&made, 1, 0, 0x9000, 0x2000, "otadata");
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_row(&made, 1, 0, 0x20000, 0x2000, "more");
	table_md5(&made);
	table_end(&made);
	refused("partition \"more\": a second otadata (row at offset 0x40) after \"otadata\", "
		"expected one at most");
}

/* A table elsewhere in flash, and elsewhere in a file. */
static void another_offset(void **state)
{
	struct image_table_options options = {.table_offset = 0x10000};

	(void)state;
	good();
	assert_false(read_table(&options));
	says(&heard,
	     "partition \"nvs\": begins at 0x9000 (row at offset 0x0), expected at or behind "
	     "0x11000, the end of the partition table");
	options.table_offset = 0xfffff000;
	assert_false(read_table(&options));
}

/* Cut anywhere up to the end row: truncated; behind it nothing is missing. */
static void cut_off_everywhere(void **state)
{
	size_t whole = 0xc00;

	(void)state;
	good();
	for (made.size = 0; made.size < whole; made.size++) {
		bool done = read_table(NULL);

		assert_int_equal(done, made.size >= 5 * 32);
		if (!done)
			assert_int_equal(heard.report.error.fault, IMAGE_FAULT_TRUNCATED);
	}
	made.size = whole;
}

/* Each bit of rows and MD5 row is noticed; one of the end row and behind is, too. */
static void any_bit_turned(void **state)
{
	(void)state;
	good();
	for (size_t bit = 0; bit < made.size * 8; bit++) {
		bool done;

		made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		done = read_table(NULL);
		if (bit / 8 < 5 * 32)
			assert_false(done);
		else
			assert_int_equal(heard.report.warnings, 1);
		made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void kind(void **state)
{
	struct image_view view;

	(void)state;
	good();
	view = view_of(&made, made.size);
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_TABLE);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_table),
		cmocka_unit_test(names),
		cmocka_unit_test(a_label_of_16_bytes),
		cmocka_unit_test(an_unprintable_label),
		cmocka_unit_test(wrong_magic),
		cmocka_unit_test(wrong_md5),
		cmocka_unit_test(rows_after_the_md5),
		cmocka_unit_test(no_md5),
		cmocka_unit_test(no_partitions),
		cmocka_unit_test(no_end),
		cmocka_unit_test(the_longest_table),
		cmocka_unit_test(rests_behind_the_end),
		cmocka_unit_test(no_size),
		cmocka_unit_test(over_the_table),
		cmocka_unit_test(past_flash),
		cmocka_unit_test(alignment),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(otadata),
		cmocka_unit_test(another_offset),
		cmocka_unit_test(cut_off_everywhere),
		cmocka_unit_test(any_bit_turned),
		cmocka_unit_test(kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
