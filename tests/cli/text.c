/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, names, places and tables, by themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "number.h"
#include "place.h"
#include "table.h"

static void numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{"0", 0},
		{"12M", 12u << 20},
		{"64k", 65536},
		{"1G", 1u << 30},
		{"8KiB", 8192},
		{"8MB", 8u << 20},
		{"0x3D000000", 0x3D000000},
		{"0xffffffffffffffff", UINT64_MAX},
		{"18446744073709551615", UINT64_MAX},
		{"1_000", 1000},
		{"0x1_0000", 0x10000},
		{"0x10K", 16384},
	};
	static const char *const bad[] = {"",
					  "M",
					  "12X",
					  "0x",
					  "-1",
					  "1.5M",
					  "12M ",
					  " 12",
					  "1__0",
					  "_1",
					  "1_",
					  "12MBx",
					  "0x1h",
					  "12iB",
					  "12Mi",
					  "12MiBs",
					  "+1",
					  "18446744073709551616",
					  "0x10000000000000000",
					  "17179869184G"};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(number_parse(good[i].text, &value));
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (number_parse(bad[i], &value))
			fail_msg("'%s' was read as a number", bad[i]);
}

/* What is printed to be typed again reads as the same number. */
static void exact_numbers_come_back(void **state)
{
	uint64_t random = 1, value;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t number;

		random = random * 6364136223846793005u + 1442695040888963407u;
		number = random >> (random & 63);
		if (i % 3 == 0)
			number &= ~(uint64_t)0 << (i % 40);
		assert_true(number_parse(number_exact(number).text, &value));
		assert_int_equal(value, number);
		assert_true(number_parse(number_address(number).text, &value));
		assert_int_equal(value, number);
	}
}

static void numbers_are_shown(void **state)
{
	(void)state;
	assert_string_equal(number_human(0).text, "0 B");
	assert_string_equal(number_human(1023).text, "1023 B");
	assert_string_equal(number_human(65536).text, "64 KiB");
	assert_string_equal(number_human(12u << 20).text, "12 MiB");
	assert_string_equal(number_human((12u << 20) + 600000).text, "12.6 MiB");
	assert_string_equal(number_grouped(0).text, "0");
	assert_string_equal(number_grouped(999).text, "999");
	assert_string_equal(number_grouped(1000).text, "1,000");
	assert_string_equal(number_grouped(UINT64_MAX).text, "18,446,744,073,709,551,615");
	assert_string_equal(number_address(0x3c).text, "0x0000003C");
	assert_string_equal(number_access(QUIRE_READ | QUIRE_EXEC).text, "r-x");
	assert_string_equal(number_exact(11840u << 10).text, "11840K");
}

/* No byte that a terminal would take for a command is left, and good UTF-8 stays. */
static void names_are_cleaned(void **state)
{
	char escape[] = "a\033[31mb", umlaut[] = "B\xc3\xa4r", broken[] = "x\xc3",
	     c1[] = "\xc2\x9b"
		    "m",
	     overlong[] = "\xc0\xaf", surrogate[] = "\xed\xa0\x80", high[] = "\xf4\x90\x80\x80",
	     four[] = "\xf0\x9f\x93\x96";

	(void)state;
	name_clean(escape);
	assert_string_equal(escape, "a?[31mb");
	name_clean(umlaut);
	assert_string_equal(umlaut, "B\xc3\xa4r");
	assert_int_equal(name_width(umlaut), 3);
	name_clean(broken);
	assert_string_equal(broken, "x?");
	name_clean(c1);
	assert_string_equal(c1, "??m");
	name_clean(overlong);
	assert_string_equal(overlong, "??");
	name_clean(surrogate);
	assert_string_equal(surrogate, "???");
	name_clean(high);
	assert_string_equal(high, "????");
	name_clean(four);
	assert_string_equal(four, "\xf0\x9f\x93\x96");
}

static void places_are_read(void **state)
{
	static const char *const bad[] = {"assets",      "=0x1000",      "a=b",
					  "a=any:q",     "a=any:",       "a=any:rr",
					  "0x1000+=any", "0x1000+0=any", "0x10+4K+1=any",
					  "a=0x1000 "};
	struct sentence why;
	struct place p;

	(void)state;
	assert_int_equal(place_parse(&p, "assets=0x3D000000", &why), CLI_OK);
	assert_string_equal(p.name, "assets");
	assert_true(p.fixed && p.va == 0x3D000000 && p.attr == QUIRE_READ);
	assert_int_equal(place_parse(&p, "0x110000+64K=any:rx", &why), CLI_OK);
	assert_true(!p.fixed && p.offset == 0x110000 && p.size == 65536);
	assert_int_equal(p.attr, QUIRE_READ | QUIRE_EXEC);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (place_parse(&p, bad[i], &why) != CLI_USAGE)
			fail_msg("'%s' was read as a place", bad[i]);
	assert_int_equal(place_parse_psram(&p, "8M@0x3C800000", &why), CLI_OK);
	assert_true(p.fixed && p.va == 0x3C800000 && p.size == 8u << 20);
	assert_int_equal(place_parse_psram(&p, "8M@", &why), CLI_USAGE);
	assert_int_equal(place_parse_psram(&p, "x", &why), CLI_USAGE);
}

/* Columns are as wide as their widest cell, empty ones vanish, no line ends in a space. */
static void tables_are_tidy(void **state)
{
	static const char *const heading[] = {"name", "size", "nothing", "end"};
	const struct ink plain = {false, false}, colour = {true, false};
	char *text = NULL;
	size_t size = 0;
	struct table t;

	(void)state;
	for (int round = 0; round < 2; round++) {
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		table_init(&t, heading, "lrll");
		table_cell(&t, "%s", "B\xc3\xa4r");
		table_style(&t, "1");
		table_cell(&t, "%d", 12345);
		table_end_row(&t);
		table_cell(&t, "%s", "a longer one");
		table_cell(&t, "%d", 1);
		table_cell(&t, "%s", "");
		table_cell(&t, "%s", "z");
		assert_true(table_print(&t, out, 1, round ? &colour : &plain));
		fclose(out);
		if (round == 0)
			assert_string_equal(text, " name           size  end\n"
						  " B\xc3\xa4r           12345\n"
						  " a longer one      1  z\n");
		else
			assert_non_null(
				strstr(text, " \033[1mB\xc3\xa4r\033[0m           12345\n"));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read),  cmocka_unit_test(exact_numbers_come_back),
		cmocka_unit_test(numbers_are_shown), cmocka_unit_test(names_are_cleaned),
		cmocka_unit_test(places_are_read),   cmocka_unit_test(tables_are_tidy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
