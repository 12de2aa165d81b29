/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables from text, and as bytes.
 */
#include "toolkit.h"

#include <stdio.h>
#include <string.h>

static struct image_table table;
static struct heard heard;

static bool parse_with(const char *text, const struct image_table_options *options)
{
	heard_begin(&heard);
	return image_table_from_csv(text, strlen(text), options, &table, &heard.report);
}

static void parses(const char *text)
{
	if (!parse_with(text, NULL))
		fail_msg("%s", heard.report.error.text);
}

static void refused(const char *text, const char *sentence)
{
	assert_false(parse_with(text, NULL));
	says(&heard, sentence);
}

static void a_usual_table(void **state)
{
	(void)state;
	parses("# name,  type, subtype, offset, size, flags\n"
	       "\n"
	       "  # indented\n"
	       "nvs,      data, nvs,      0x9000,  24K,\n"
	       "phy_init, data, phy,      ,        4096, encrypted\r\n"
	       "factory,  app,  factory,  ,        1M\n"
	       "ota_0,    app,  ota_0,    ,        0x18000,\n"
	       "store,    data, littlefs, ,        64k, encrypted:readonly\n"
	       "mine,     0x40, 0x1,      4M,      1m,\n"
	       "last,     data, ,         ,        4K");
	assert_int_equal(heard.report.warnings, 0);
	assert_int_equal(table.count, 7);
	assert_int_equal(table.row[0].offset, 0x9000);
	assert_int_equal(table.row[0].size, 0x6000);
	assert_int_equal(table.row[1].offset, 0xf000);
	assert_int_equal(table.row[1].flags, IMAGE_PARTITION_ENCRYPTED);
	assert_int_equal(table.row[2].offset, 0x10000);
	assert_int_equal(table.row[2].size, 0x100000);
	assert_int_equal(table.row[3].subtype, 0x10);
	assert_int_equal(table.row[3].offset, 0x110000);
	assert_int_equal(table.row[4].offset, 0x128000);
	assert_int_equal(table.row[4].subtype, 0x83);
	assert_int_equal(table.row[4].flags, 3);
	assert_int_equal(table.row[5].type, 0x40);
	assert_int_equal(table.row[5].subtype, 1);
	assert_int_equal(table.row[5].offset, 0x400000);
	assert_int_equal(table.row[6].offset, 0x500000);
	assert_int_equal(table.row[6].subtype, 6);
	assert_int_equal(table.row[6].line, 10);
}

/* The first place is behind the table, and applications begin at multiples of 64 KiB. */
static void places(void **state)
{
	struct image_table_options options = {.table_offset = 0x10000};

	(void)state;
	parses("a,data,nvs,,4K\nb,app,factory,,4K\nc,data,fat,,4K\nd,app,ota_0,,64K\n");
	assert_int_equal(table.row[0].offset, 0x9000);
	assert_int_equal(table.row[1].offset, 0x10000);
	assert_int_equal(table.row[2].offset, 0x11000);
	assert_int_equal(table.row[3].offset, 0x20000);
	assert_true(parse_with("a,data,nvs,,4K\nb,app,factory,,4K\n", &options));
	assert_int_equal(table.row[0].offset, 0x11000);
	assert_int_equal(table.row[1].offset, 0x20000);
}

static void fields(void **state)
{
	(void)state;
	refused("nvs,data,nvs,0x9000\n",
		"line 1: 4 fields, expected name, type, subtype, offset, size and perhaps flags");
	refused("\nnvs,data,nvs,0x9000,4K,,\n", "line 2: more than 6 fields, expected name, type, "
						"subtype, offset, size, flags");
	refused("#\n#\nnvs,data,nvs,0123456789012345678901234567890123456789012345678,4K\n",
		"line 3: offset is not text of at most 47 bytes");
	refused(",data,nvs,,4K", "line 1: name \"\", expected 1 to 16 bytes of printable UTF-8");
	refused("seventeen bytes !,data,nvs,,4K",
		"line 1: name \"seventeen bytes !\", expected 1 to "
		"16 bytes of printable UTF-8");
	refused("a\x1b,data,nvs,,4K",
		"line 1: name \"a?\", expected 1 to 16 bytes of printable UTF-8");
	refused("a,date,nvs,,4K", "line 1: type \"date\", expected app, data, bootloader, "
				  "partition_table or a number up to 0xfe");
	refused("a,255,nvs,,4K", "line 1: type \"255\", expected app, data, bootloader, "
				 "partition_table or a number up to 0xfe");
	refused("a,app,nvs,,4K",
		"line 1: subtype \"nvs\", expected a name that goes with the type, "
		"or a number up to 0xfe");
	refused("a,data,nvs,here,4K", "line 1: offset \"here\", expected a number such as 0x10000, "
				      "64K or 1M, or nothing");
	refused("a,data,nvs,,", "line 1: size \"\", expected a number such as 0x10000, 64K or 1M");
	refused("a,data,nvs,,4G",
		"line 1: size \"4G\", expected a number such as 0x10000, 64K or 1M");
	refused("a,data,nvs,,4096M",
		"line 1: size \"4096M\", expected a number such as 0x10000, 64K or 1M");
	refused("a,data,nvs,,99999999999999999999999999",
		"line 1: size \"99999999999999999999999999\", expected a number such as 0x10000, "
		"64K "
		"or 1M");
	refused("a,data,nvs,,0x", "line 1: size \"0x\", expected a number such as 0x10000, 64K or "
				  "1M");
	refused("a,data,nvs,,4K,secret", "line 1: flags \"secret\", expected encrypted, readonly, "
					 "both with a colon between, or nothing");
	refused("a,bootloader,primary,,4K",
		"line 1: offset \"\", expected a number, since no place follows by itself");
	refused("a,data,nvs,0xfffff000,4K\nb,data,nvs,,4K",
		"line 2: offset \"\", expected a number, since no place follows by itself");
	refused("", "partition table: no partitions in 0 lines, expected one at least");
	refused("# nothing\n\n",
		"partition table: no partitions in 2 lines, expected one at least");
}

/* A terminator inside the text is no end of it. */
static void a_zero_inside(void **state)
{
	static const char text[] = "nv\0s,data,nvs,,4K\n";

	(void)state;
	heard_begin(&heard);
	assert_false(image_table_from_csv(text, sizeof text - 1, NULL, &table, &heard.report));
	says(&heard, "line 1: name is not text of at most 47 bytes");
}

/* The checks of all tables hold, and name the line. */
static void checks(void **state)
{
	struct image_table_options options = {.flash_size = 0x400000};

	(void)state;
	refused("a,data,nvs,0x9000,8K\n\nb,data,fat,0xa000,4K\n",
		"partition \"b\": 0xa000 to 0xb000 (line 3) overlaps \"a\", 0x9000 to 0xb000");
	refused("a,app,factory,0x9000,8K\n",
		"partition \"a\": begins at 0x9000 (line 1), expected a multiple of 0x10000");
	assert_false(parse_with("a,data,nvs,,8K\nb,data,fat,3M,2M\n", &options));
	says(&heard,
	     "partition \"b\": ends at 0x500000 (line 2), behind the end of flash at 0x400000");
	assert_int_equal(heard.report.error.offset, 2);
	parses("a,data,nvs,,4K\na,data,fat,,4K\n");
	assert_int_equal(heard.report.warnings, 1);
	warns(&heard, "partition \"a\": a second one of that label (line 2)");
}

/* What is written reads back as what was parsed. */
static void written_and_read(void **state)
{
	struct image_buffer out;
	struct image_view view;
	struct image_table again;

	(void)state;
	parses("nvs,data,nvs,,24K\nphy_\xd0\xb8\xd0\xbd\xd0\xb8\xd1\x82_,data,phy,,4K\n"
	       "factory,app,factory,,1M,encrypted\nsixteen bytes ok,data,spiffs,,64K,readonly\n");
	assert_true(image_build_table(&table, NULL, &out, &heard.report));
	assert_int_equal(out.size, 0xc00);
	view = image_view_of_file(out.bytes, out.size);
	assert_true(image_table_read(&view, NULL, &again, &heard.report));
	assert_int_equal(heard.report.warnings, 0);
	assert_true(again.has_md5);
	assert_int_equal(again.count, table.count);
	for (unsigned i = 0; i < again.count; i++) {
		assert_string_equal(again.row[i].label, table.row[i].label);
		assert_int_equal(again.row[i].type, table.row[i].type);
		assert_int_equal(again.row[i].subtype, table.row[i].subtype);
		assert_int_equal(again.row[i].offset, table.row[i].offset);
		assert_int_equal(again.row[i].size, table.row[i].size);
		assert_int_equal(again.row[i].flags, table.row[i].flags);
		assert_int_equal(again.row[i].row_offset, 32 * i);
	}
	image_buffer_free(&out);
	assert_null(out.bytes);
}

/* The bytes are the ones that the tests' own writer makes. */
static void written_as_specified(void **state)
{
	static struct made made;
	struct image_buffer out;

	(void)state;
	made.size = 0;
	table_row(&made, 1, 2, 0x9000, 0x6000, "nvs");
	table_row(&made, 0, 0, 0x10000, 0x100000, "factory");
	table_md5(&made);
	table_end(&made);
	parses("nvs,data,nvs,,24K\nfactory,app,factory,,1M\n");
	assert_true(image_build_table(&table, NULL, &out, &heard.report));
	assert_memory_equal(out.bytes, made.bytes, 0xc00);
	image_buffer_free(&out);
}

/* A table put together by a program is checked as any other. */
static void a_table_that_cannot_be(void **state)
{
	struct image_buffer out = {0};

	(void)state;
	parses("nvs,data,nvs,,24K\nfactory,app,factory,,1M\n");
	table.row[1].offset = 0x9000;
	assert_false(image_build_table(&table, NULL, &out, &heard.report));
	says(&heard, "partition \"factory\": begins at 0x9000 (row at offset 0x20), expected a "
		     "multiple of 0x10000");
	assert_null(out.bytes);
}

static void lines(unsigned count, char *text, size_t room)
{
	size_t used = 0;

	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, room - used, "p%u,data,0x40,,4K\n", i);
}

static void as_many_as_fit(void **state)
{
	char text[4096];
	struct image_buffer out;

	(void)state;
	lines(94, text, sizeof text);
	parses(text);
	assert_true(image_build_table(&table, NULL, &out, &heard.report));
	image_buffer_free(&out);
	lines(95, text, sizeof text);
	refused(text, "line 95: one partition more than the 94 that a table holds");
	table.count = 95;
	assert_false(image_build_table(&table, NULL, &out, &heard.report));
	says(&heard, "partition table: 95 partitions, expected 1 to 94");
	table.count = 0;
	assert_false(image_build_table(&table, NULL, &out, &heard.report));
	says(&heard, "partition table: 0 partitions, expected 1 to 94");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_table),
		cmocka_unit_test(places),
		cmocka_unit_test(fields),
		cmocka_unit_test(a_zero_inside),
		cmocka_unit_test(checks),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(written_as_specified),
		cmocka_unit_test(a_table_that_cannot_be),
		cmocka_unit_test(as_many_as_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
