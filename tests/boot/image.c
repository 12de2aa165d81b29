/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A boot image, drawn by hand: what it becomes, what is wrong with it, and whose fault that is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/image.h"
#include "quire/boot.h"

#define PAGE    0x1000u
#define RW      (QUIRE_READ | QUIRE_WRITE)
#define RX      (QUIRE_READ | QUIRE_EXEC)
#define REFUSAL (-1234)

/* RAM and devices side by side in the low window; the upper one shows RAM too. */
static const struct rig_plan plan = {
	.name = "a board",
	.mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP | QUIRE_MMU_BREAK_BEFORE_MAKE)},
	.window = {{.name = "low",
		    .base = 0x10000000,
		    .exec_base = 0x10000000,
		    .walk = 0x10000000,
		    .size = 0x1000000,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 3},
		   {.name = "high",
		    .base = 0xc0000000,
		    .exec_base = 0xc0000000,
		    .walk = 0xc0000000,
		    .size = 0x400000,
		    .caps = QUIRE_CAP_MASK & ~(unsigned)QUIRE_CAP_USER,
		    .targets = 1}},
	.memory = {{.name = "ram", .base = 0x10000000, .size = 0x800000, .caps = QUIRE_CAP_MASK},
		   {.name = "device",
		    .base = 0x10800000,
		    .size = 0x800000,
		    .caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE}},
	.mappings = 32,
	.tables = 8,
};

static struct rig rig;

static struct quire_boot_part part(const char *name, quire_va start, quire_size size, unsigned attr,
				   unsigned flags)
{
	return (struct quire_boot_part){.name = name,
					.start = start,
					.end = start + size,
					.attr = (uint8_t)attr,
					.flags = (uint8_t)flags};
}

/* Walk the map from `*cursor` to the next row that is not free. */
static struct quire_extent_info next_row(struct quire_cursor *cursor)
{
	struct quire_extent_info row;

	do
		assert_int_equal(quire_space_next(&rig.space, cursor, &row), 0);
	while (row.kind == QUIRE_GAP);
	return row;
}

static void row_is(struct quire_cursor *cursor, enum quire_kind kind, quire_va va, quire_size size,
		   quire_pa pa, unsigned attr, unsigned tag)
{
	struct quire_extent_info row = next_row(cursor);

	assert_int_equal(row.kind, kind);
	assert_true(row.va == va && row.size == size && row.pa == pa);
	assert_int_equal(row.attr, attr);
	assert_int_equal(row.tag, tag);
	assert_int_equal(row.refs, 1);
}

static void nothing_more(struct quire_cursor *cursor)
{
	struct quire_extent_info row;
	int err;

	do
		err = quire_space_next(&rig.space, cursor, &row);
	while (!err && row.kind == QUIRE_GAP);
	assert_int_equal(err, QUIRE_EUNMAPPED);
}

/* One to one, with all that a small image has. */
static void test_image(void **state)
{
	const struct quire_boot_part parts[] = {
		part("text", 0x10001000, 0x1234, RX, 0),
		part("rodata", 0x10003000, 0x1000, QUIRE_READ, 0),
		part("empty", 0x10004000, 0, RW, QUIRE_BOOT_GUARD_BELOW),
		part("data", 0x10004000, 0x2fff, RW, 0),
		part("stack", 0x10008000, 0x2000, RW,
		     QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE),
		part("firmware", 0x10000000, 0x1000, 0, QUIRE_BOOT_RESERVE),
		{"uart", 0x10800000, 0x10800100, RW | QUIRE_DEVICE_IO, 1, QUIRE_BOOT_FIXED},
	};
	const struct quire_boot image = {parts, 7, 0, 40};
	struct quire_cursor at = {0};
	unsigned culprit = 99;

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_boot_map(&rig.space, &image, &culprit), 0);
	assert_int_equal(culprit, 99);
	row_is(&at, QUIRE_RESERVED, 0x10000000, PAGE, 0, 0, 45);
	row_is(&at, QUIRE_MAPPED, 0x10001000, 2 * PAGE, 0x10001000, RX, 40);
	row_is(&at, QUIRE_MAPPED, 0x10003000, PAGE, 0x10003000, QUIRE_READ, 41);
	row_is(&at, QUIRE_MAPPED, 0x10004000, 3 * PAGE, 0x10004000, RW, 43);
	row_is(&at, QUIRE_RESERVED, 0x10007000, PAGE, 0, 0, 44);
	row_is(&at, QUIRE_MAPPED, 0x10008000, 2 * PAGE, 0x10008000, RW, 44);
	row_is(&at, QUIRE_RESERVED, 0x1000a000, PAGE, 0, 0, 44);
	row_is(&at, QUIRE_MAPPED, 0x10800000, PAGE, 0x10800000, RW | QUIRE_DEVICE_IO, 46);
	nothing_more(&at);
	assert_null(rig_check(&rig));
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_EOVERLAP);
	rig_close(&rig);
}

/* Up there, and the device where it is. */
static void test_offset(void **state)
{
	const struct quire_boot_part parts[] = {
		part("text", 0xc0000000, 0x200000, RX, QUIRE_BOOT_GUARD_BELOW),
		part("data", 0xc0200000, 0x1000, RW, 0),
		{"uart", 0x10900000, 0x10901000, RW | QUIRE_DEVICE_IO, 1, QUIRE_BOOT_FIXED},
		part("start", 0x10000000, 0x1000, RX, QUIRE_BOOT_FIXED | QUIRE_BOOT_SHARED),
	};
	const struct quire_boot image = {parts, 4, (quire_va)0xb0000000, 0};
	struct quire_cursor at = {0};

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), 0);
	row_is(&at, QUIRE_MAPPED, 0x10000000, PAGE, 0x10000000, RX, 3);
	row_is(&at, QUIRE_MAPPED, 0x10900000, PAGE, 0x10900000, RW | QUIRE_DEVICE_IO, 2);
	row_is(&at, QUIRE_MAPPED, 0xc0000000, 0x200000, 0x10000000, RX, 0);
	row_is(&at, QUIRE_MAPPED, 0xc0200000, PAGE, 0x10200000, RW, 1);
	nothing_more(&at);
	assert_null(rig_check(&rig));
	rig_close(&rig);
}

/* What a window could not do is no overlap with what it shows: as in map. */
static void test_no_overlap(void **state)
{
	const struct quire_boot_part parts[] = {
		part("kernel", 0xc0000000, 0x1000, RW, 0),
		part("user", 0x10000000, 0x1000, QUIRE_READ | QUIRE_USER, QUIRE_BOOT_FIXED),
		part("again", 0x10001000, 0x1000, QUIRE_READ, 0),
	};
	struct quire_boot image = {parts, 2, (quire_va)0xb0000000, 0};
	unsigned culprit;

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), 0);
	rig_close(&rig);
	assert_int_equal(rig_open(&rig, &plan), 0);
	image.count = 3;
	assert_int_equal(quire_boot_map(&rig.space, &image, &culprit), QUIRE_EBEYOND);
	assert_int_equal(culprit, 2);
	rig_close(&rig);
}

/* Two stacks and the page between them; a guard that is reserved already. */
static void test_guards(void **state)
{
	const unsigned both = QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE;
	struct quire_boot_part parts[] = {
		part("one", 0x10002000, 0x1000, RW, both),
		part("two", 0x10004000, 0x1000, RW, both),
		part("three", 0x10006000, 0x1000, RW, QUIRE_BOOT_GUARD_ABOVE),
		part("firmware", 0x10007000, 0x3000, 0, QUIRE_BOOT_RESERVE | both),
		part("last", 0x10fff000, 0x1000, 0, QUIRE_BOOT_RESERVE | both),
	};
	const struct quire_boot image = {parts, 5, 0, 7};
	struct quire_cursor at = {0};
	unsigned culprit;

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x1000a000, 0x2000, 1), 0);
	assert_int_equal(quire_boot_map(&rig.space, &image, &culprit), QUIRE_ETAKEN);
	assert_int_equal(culprit, 3);
	parts[3].flags = QUIRE_BOOT_RESERVE | QUIRE_BOOT_GUARD_ABOVE;
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), 0);
	row_is(&at, QUIRE_RESERVED, 0x10001000, PAGE, 0, 0, 7);
	row_is(&at, QUIRE_MAPPED, 0x10002000, PAGE, 0x10002000, RW, 7);
	row_is(&at, QUIRE_RESERVED, 0x10003000, PAGE, 0, 0, 7);
	row_is(&at, QUIRE_MAPPED, 0x10004000, PAGE, 0x10004000, RW, 8);
	row_is(&at, QUIRE_RESERVED, 0x10005000, PAGE, 0, 0, 8);
	row_is(&at, QUIRE_MAPPED, 0x10006000, PAGE, 0x10006000, RW, 9);
	row_is(&at, QUIRE_RESERVED, 0x10007000, 3 * PAGE, 0, 0, 10);
	row_is(&at, QUIRE_RESERVED, 0x1000a000, 2 * PAGE, 0, 0, 1);
	row_is(&at, QUIRE_RESERVED, 0x10ffe000, PAGE, 0, 0, 11);
	row_is(&at, QUIRE_RESERVED, 0x10fff000, PAGE, 0, 0, 11);
	nothing_more(&at);
	assert_null(rig_check(&rig));
	rig_close(&rig);
}

/* The second of two parts is wrong in some way: nothing is changed, and it is named. */
static void refused(struct quire_boot_part wrong, quire_va offset, int expected)
{
	const struct quire_boot_part parts[] = {
		part("right", 0x10010000, 0x10000, RW, QUIRE_BOOT_FIXED), wrong};
	const struct quire_boot image = {parts, 2, offset, 0};
	struct image before;
	unsigned culprit = 99;

	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_true(image_open(&before, &rig));
	image_take(&before, &rig);
	assert_int_equal(quire_boot_map(&rig.space, &image, &culprit), expected);
	assert_int_equal(culprit, 1);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), expected);
	assert_null(image_differs(&before, &rig));
	image_close(&before);
	rig_close(&rig);
}

static void test_wrong_parts(void **state)
{
	struct quire_boot_part backwards = part("w", 0x10002000, 0, RX, 0);

	(void)state;
	backwards.end -= PAGE;
	refused(backwards, 0, QUIRE_EFLAG);
	refused(part("w", 0x10001000, 1, RX, 0x40), 0, QUIRE_EFLAG);
	refused(part("w", 0x10001000, 1, 0x40 | RX, 0), 0, QUIRE_EFLAG);
	refused((struct quire_boot_part){"w", 0, (quire_va)-1, RX, 0, 0}, 0, QUIRE_EROUND);
	refused(part("w", 0x10001800, 1, RX, 0), 0, QUIRE_EALIGN);
	refused(part("w", 0x10001000, 1, RX, 0), 0x800, QUIRE_EALIGN);
	refused(part("w", 0x20001000, 1, RX, 0), 0, QUIRE_EFOREIGN);
	refused(part("w", 0x10fff000, 0x1001, RX, 0), 0, QUIRE_EFOREIGN);
	refused(part("w", 0x10001000, 0x2000, RX, 0), 0x10002000, QUIRE_EWRAP);
	refused((struct quire_boot_part){"w", 0x10001000, 0x10002000, RX, 5, 0}, 0, QUIRE_ETARGET);
	refused(part("w", 0x10001000, 0x1000, RX, 0), 0x2000, QUIRE_EBEYOND);
	refused(part("w", 0x107ff000, 0x2000, RX, 0), 0, QUIRE_EBEYOND);
	refused(part("w", 0x10001000, 0x1000, RX | RW, 0), 0, QUIRE_EWX);
	refused((struct quire_boot_part){"w", 0x10800000, 0x10801000, RX, 1, 0}, 0, QUIRE_ECAPS);
	refused(part("w", 0xc0000000, 0x1000, QUIRE_READ | QUIRE_USER, 0), 0xb0000000, QUIRE_ECAPS);
	refused(part("w", 0x10001000, 0x1000, RX, 0), -(quire_va)0x1e000, QUIRE_EOVERLAP);
	refused(part("w", 0x10002000, 0x1000, RX, 0), -(quire_va)0xe000, QUIRE_EOVERLAP);
	refused(part("w", 0x10008000, 0x8001, RX, 0), -(quire_va)0x100000, QUIRE_ETAKEN);
	refused(part("w", 0x1001f000, 0x1000, 0, QUIRE_BOOT_RESERVE), 0, QUIRE_ETAKEN);
	refused(part("w", 0x10020000, 0x1000, RW, QUIRE_BOOT_GUARD_BELOW), 0, QUIRE_ETAKEN);
	refused(part("w", 0x1000f000, 0x1000, RW, QUIRE_BOOT_GUARD_ABOVE), 0, QUIRE_ETAKEN);
}

/* The same, beside what stands in the space. */
static void test_taken(void **state)
{
	const struct quire_want want = {.pa = 0x10040000, .size = 0x3000, .attr = RX};
	struct quire_boot_part there = part("there", 0x10022000, 0x1000, RW, 0);
	struct quire_boot image = {&there, 1, 0, 0};
	struct quire_got got;

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_space_map_at(&rig.space, 0x10020000, &want, &got), 0);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_ETAKEN);
	there.start = 0x1001f000;
	there.end = 0x10020001;
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_ETAKEN);
	there.end = 0x10020000;
	there.flags = QUIRE_BOOT_GUARD_ABOVE;
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_ETAKEN);
	there = part("elsewhere", 0x10041000, 0x1000, RX, 0);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_EOVERLAP);
	there.flags = QUIRE_BOOT_SHARED;
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), 0);
	there = part("both", 0x10050000, 0x1000, RX | RW, QUIRE_BOOT_WX);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), 0);
	assert_null(rig_check(&rig));
	rig_close(&rig);
}

static void test_arguments(void **state)
{
	const struct quire_boot_part one = part("text", 0x10001000, 0x1234, RX, 0);
	struct quire_boot image = {&one, 0, 0, 0};

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_boot_map(NULL, &image, NULL), QUIRE_ENULL);
	assert_int_equal(quire_boot_map(&rig.space, NULL, NULL), QUIRE_ENULL);
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_EFLAG);
	image.parts = NULL;
	assert_int_equal(quire_boot_map(&rig.space, &image, NULL), QUIRE_ENULL);
	rig_close(&rig);
}

/* -- running out, and being refused -- */

static const struct quire_boot_part far_parts[] = {
	{"text", 0x10001000, 0x10003000, RX, 0, QUIRE_BOOT_GUARD_BELOW},
	{"data", 0x10401000, 0x10402000, RW, 0, 0},
	{"stack", 0x10209000, 0x1020a000, RW, 0, QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE},
	{"far", 0x10600000, 0x10601000, RW, 0, 0},
	{"uart", 0x10900000, 0x10901000, RW | QUIRE_DEVICE_IO, 1, QUIRE_BOOT_FIXED},
};

/* Run the image on a rig of this plan; whatever happens, it is all or nothing. */
static int try_image(const struct rig_plan *with, unsigned prepare_in, unsigned lock_in,
		     unsigned *culprit)
{
	const struct quire_boot image = {far_parts, 5, 0, 1};
	struct image before;
	int result;

	assert_int_equal(rig_open(&rig, with), 0);
	assert_true(image_open(&before, &rig));
	image_take(&before, &rig);
	rig.hw[0].prepare_in = prepare_in;
	rig.hw[0].refusal = REFUSAL;
	rig.lock_in = lock_in;
	rig.lock_error = REFUSAL;
	*culprit = 99;
	result = quire_boot_map(&rig.space, &image, culprit);
	rig.hw[0].prepare_in = rig.lock_in = 0;
	if (result != 0)
		assert_null(image_differs(&before, &rig));
	else
		assert_null(rig_check(&rig));
	image_close(&before);
	rig_close(&rig);
	return result;
}

/* Five parts and three guards; a table of pages for each 2 MiB and the table above them. */
static void test_every_failure(void **state)
{
	static const unsigned at_descriptor[] = {0, 0, 1, 2, 2, 2, 3, 4};
	static const unsigned at_table[] = {0, 0, 2, 1, 3};
	struct rig_plan scarce = plan;
	unsigned culprit;

	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		scarce.mappings = n;
		assert_int_equal(try_image(&scarce, 0, 0, &culprit), QUIRE_EPOOL);
		assert_int_equal(culprit, at_descriptor[n]);
	}
	scarce.mappings = 8;
	assert_int_equal(try_image(&scarce, 0, 0, &culprit), 0);
	for (unsigned n = 0; n < 6; n++) {
		scarce.tables = n;
		assert_int_equal(try_image(&scarce, 0, 0, &culprit), QUIRE_ETABLES);
		assert_int_equal(culprit, n < 5 ? at_table[n] : 4);
	}
	scarce.tables = 6;
	assert_int_equal(try_image(&scarce, 0, 0, &culprit), 0);
	for (unsigned n = 1; n <= 5; n++) {
		assert_int_equal(try_image(&scarce, n, 0, &culprit), REFUSAL);
		assert_int_equal(culprit, n - 1);
	}
	assert_int_equal(try_image(&scarce, 6, 0, &culprit), 0);
	assert_int_equal(try_image(&scarce, 0, 1, &culprit), REFUSAL);
	assert_int_equal(culprit, 99);
	assert_int_equal(try_image(&scarce, 0, 2, &culprit), 0);
}

static void test_names(void **state)
{
	const struct quire_boot_part parts[] = {part("text", 0x10001000, 1, RX, 0),
						part("data", 0x10002000, 1, RW, 0)};
	struct quire_boot image = {parts, 2, 0, 5};

	(void)state;
	assert_string_equal(quire_boot_name(&image, 5), "text");
	assert_string_equal(quire_boot_name(&image, 6), "data");
	assert_null(quire_boot_name(&image, 7));
	assert_null(quire_boot_name(&image, 4));
	assert_null(quire_boot_name(&image, 0));
}

/* The usual parts, from symbols as a linker script makes them. */
static void test_usual_parts(void **state)
{
	static char symbol[2 * PAGE];
	const struct quire_boot_part parts[] = {
		QUIRE_BOOT_TEXT("text", symbol, symbol + 1),
		QUIRE_BOOT_RODATA("rodata", symbol + PAGE, symbol + PAGE),
		QUIRE_BOOT_DATA("data", symbol, symbol + PAGE),
		QUIRE_BOOT_STACK("stack", symbol, symbol + PAGE),
		QUIRE_BOOT_DEVICE("uart", 0x10000000, 0x100),
	};

	(void)state;
	assert_int_equal(parts[0].attr, RX);
	assert_true(parts[0].end - parts[0].start == 1);
	assert_int_equal(parts[1].attr, QUIRE_READ);
	assert_int_equal(parts[2].attr, RW);
	assert_int_equal(parts[2].target, QUIRE_RAM);
	assert_int_equal(parts[3].flags, QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE);
	assert_int_equal(parts[4].attr, RW | QUIRE_DEVICE_IO);
	assert_true(parts[4].start == 0x10000000 && parts[4].end == 0x10000100);
	assert_int_equal(parts[4].target, QUIRE_DEVICE);
	assert_int_equal(parts[4].flags, QUIRE_BOOT_FIXED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image),       cmocka_unit_test(test_offset),
		cmocka_unit_test(test_no_overlap),  cmocka_unit_test(test_guards),
		cmocka_unit_test(test_wrong_parts), cmocka_unit_test(test_taken),
		cmocka_unit_test(test_arguments),   cmocka_unit_test(test_every_failure),
		cmocka_unit_test(test_names),       cmocka_unit_test(test_usual_parts),
	};

	return cmocka_run_group_tests_name("boot_image", tests, NULL, NULL);
}
