/* SPDX-License-Identifier: Apache-2.0 */
/* printk(): what the C library's printf says in the same place, and how it comes out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "zephyr/sys/printk.h"

/* Conversions that the compiler would complain of are meant. */
#pragma GCC diagnostic ignored "-Wformat"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif

#define same(...)                                                                                  \
	do {                                                                                       \
		char ours[200], theirs[200];                                                       \
		int length = snprintk(ours, sizeof(ours), __VA_ARGS__);                            \
                                                                                                   \
		assert_int_equal(length, snprintf(theirs, sizeof(theirs), __VA_ARGS__));           \
		assert_string_equal(ours, theirs);                                                 \
	} while (0)

static void numbers(void **state)
{
	(void)state;
	same("%d %i %u", -5, 7, 9u);
	same("%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%08.3d", 42, 42, 42, 42, 42, 7, -7, 9);
	same("%x %X %#x %#X %o %#o %#x", 255, 255, 255, 255, 8, 8, 0);
	same("%ld %lld %lu %llx", -1L, -1LL, 5UL, ~0ULL);
	same("%zu %zx %jd %td", (size_t)-1, (size_t)77, (intmax_t)-3, (ptrdiff_t)-9);
	same("%hhx %hd %hhd %hu", 0x1ff, 0x18000, 0x80, 0x12345);
	same("%lld", INT64_MIN);
	same("%.0d|%.0x|%5.0d|", 0, 0, 0);
	same("%*d|%-*d|%*d|%.*d|", 6, 3, 6, 3, -6, 3, 4, 3);
	same("%p", (void *)0x1234);
}

static void texts(void **state)
{
	(void)state;
	same("%s|%10s|%-10s|%.2s|%*s|%-*s|", "abc", "abc", "abc", "abc", 6, "x", 6, "y");
	same("%c|%3c|%-3c|%%|", 'a', 'b', 'c');
	same("%s%s", "", "end");
	same("plain");
}

static void what_does_not_fit_is_cut(void **state)
{
	char text[5] = "....";

	(void)state;
	assert_int_equal(snprintk(text, sizeof(text), "%d", 123456), 6);
	assert_string_equal(text, "1234");
	assert_int_equal(snprintk(text, 1, "abc"), 3);
	assert_string_equal(text, "");
	assert_int_equal(snprintk(NULL, 0, "abc"), 3);
}

static void odd_formats(void **state)
{
	char text[20];
	const char *nothing = NULL;

	(void)state;
	snprintk(text, sizeof(text), "%s", nothing);
	assert_string_equal(text, "(null)");
	snprintk(text, sizeof(text), "%k|");
	assert_string_equal(text, "%k|");
	snprintk(text, sizeof(text), "a%");
	assert_string_equal(text, "a");
	assert_int_equal(snprintk(text, sizeof(text), "a%cb", 0), 3);
	assert_memory_equal(text, "a\0b", 4);
}

static void long_texts_come_out_whole(void **state)
{
	char line[301];

	(void)state;
	memset(line, 'x', 299);
	line[299] = '\n';
	line[300] = '\0';
	printk("%s", line);
	assert_int_equal(rig_said(), 1);
	assert_string_equal(rig_last(), line);
	printk("one\ntwo %d\n", 2);
	assert_int_equal(rig_said(), 2);
	assert_string_equal(rig_last(), "one\ntwo 2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(odd_formats),
		cmocka_unit_test(long_texts_come_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
