/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and amounts in words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/text.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static char buffer[100];
static struct text text;

static struct text *fresh(void)
{
	text_begin(&text, buffer, sizeof(buffer));
	return &text;
}

static void is(const char *expected)
{
	assert_string_equal(buffer, expected);
	assert_int_equal(text.length, strlen(expected));
}

static void about(uint64_t bytes, const char *expected)
{
	text_about(fresh(), bytes);
	is(expected);
	assert_int_equal(text_about_length(bytes), strlen(expected));
}

static void exactly(uint64_t bytes, const char *expected)
{
	text_exactly(fresh(), bytes);
	is(expected);
}

static void test_about(void **state)
{
	(void)state;
	about(0, "0 bytes");
	about(1, "1 byte");
	about(1023, "1023 bytes");
	about(KIB, "1 KiB");
	about(KIB + 1, "1025 bytes");
	about(1536, "1.5 KiB");
	about(9999, "9999 bytes");
	about(10001, "9.7 KiB");
	about(4 * KIB, "4 KiB");
	about(1023 * KIB, "1023 KiB");
	about(MIB, "1 MiB");
	about(MIB + 4 * KIB, "1028 KiB");
	about(MIB + 512 * KIB, "1.5 MiB");
	about(127 * MIB + 911 * KIB, "127.8 MiB");
	about(GIB - 1, "1023.9 MiB");
	about(GIB, "1 GiB");
	about(512 * GIB, "512 GiB");
	about(256 * TIB, "256 TiB");
	about(UINT64_MAX, "16777215.9 TiB");
	about(TIB + 1, "1.0 TiB");
}

static void test_exactly(void **state)
{
	(void)state;
	exactly(0, "0 bytes");
	exactly(1, "1 byte");
	exactly(4095, "4095 bytes");
	exactly(4096, "4 KiB");
	exactly(1536, "1536 bytes");
	exactly(3 * MIB, "3 MiB");
	exactly(2 * TIB, "2 TiB");
	exactly(2048 * TIB, "2048 TiB");
	exactly(UINT64_MAX, "18446744073709551615 bytes");
}

static void test_hex(void **state)
{
	(void)state;
	text_hex(fresh(), 0, 0);
	is("0x0");
	text_hex(fresh(), 0x2a, 8);
	is("0x0000002a");
	text_hex(fresh(), UINT64_MAX, 8);
	is("0xffffffffffffffff");
	text_hex(fresh(), 1, 18);
	is("0x000000000000000001");
	assert_int_equal(text_hex_digits(0), 1);
	assert_int_equal(text_hex_digits(15), 1);
	assert_int_equal(text_hex_digits(16), 2);
	assert_int_equal(text_hex_digits(UINT64_MAX), 16);
}

static void test_ranges(void **state)
{
	(void)state;
	text_range(fresh(), 0x1000, 0x234);
	is("0x1000..0x1234");
	text_range(fresh(), UINT64_MAX - 0xfff, 0x1000);
	is("0xfffffffffffff000..0x10000000000000000");
	text_range(fresh(), 0, 0);
	is("0x0..0x0");
}

static void test_columns(void **state)
{
	(void)state;
	text_put(fresh(), "ab");
	text_column(&text, 5);
	text_put_most(&text, "cdef", 2);
	text_column(&text, 3);
	text_number(&text, 10);
	is("ab   cd 10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_about),   cmocka_unit_test(test_exactly),
		cmocka_unit_test(test_hex),     cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests_name("draw_text", tests, NULL, NULL);
}
