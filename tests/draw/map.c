/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory map, line for line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/rig.h"
#include "quire/draw.h"
#include "space/private.h"

#define PAGE 0x1000u
#define RW   (QUIRE_READ | QUIRE_WRITE)

static const struct rig_plan plan = {
	.name = "two windows",
	.mmu = {RIG_TREE(0), RIG_TABLE(12, 5)},
	.window = {{.name = "ram",
		    .base = 0x80000000,
		    .exec_base = 0x80000000,
		    .walk = 0x80000000,
		    .size = 0x1000000,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 3},
		   {.base = 0x8000,
		    .exec_base = 0x108000,
		    .walker = 1,
		    .size = 32 * PAGE,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 3}},
	.memory = {{.name = "ram", .base = 0x80000000, .size = 0x1000000, .caps = QUIRE_CAP_MASK},
		   {.base = 0x1000, .size = 0x100000, .caps = QUIRE_CAP_MASK}},
	.mappings = 16,
	.tables = 8,
};

static struct rig rig;
static char drawn[4000];

static void line(void *ctx, const char *text)
{
	assert_ptr_equal(ctx, &rig);
	assert_int_equal(rig.locked, 0);
	strncat(drawn, text, sizeof(drawn) - strlen(drawn) - 1);
	strncat(drawn, "\n", sizeof(drawn) - strlen(drawn) - 1);
}

static const char *name_of(void *ctx, uint16_t tag)
{
	static const char *const name[] = {NULL, "text", "stack", "firmware"};

	assert_ptr_equal(ctx, drawn);
	return tag < 4 ? name[tag] : NULL;
}

static const struct quire_draw with_names = {line, &rig, name_of, drawn};
static const struct quire_draw without = {line, &rig, NULL, NULL};

static void draws(const struct quire_draw *draw, const char *expected)
{
	drawn[0] = '\0';
	assert_int_equal(quire_draw_map(&rig.space, draw), 0);
	assert_string_equal(drawn, expected);
}

static void map(quire_va va, quire_pa pa, quire_size size, unsigned attr, uint16_t tag,
		unsigned target)
{
	const struct quire_want want = {.pa = pa,
					.size = size,
					.target = (uint8_t)target,
					.attr = (uint8_t)attr,
					.tag = tag,
					.flags = QUIRE_WX};
	struct quire_got got;

	assert_true(quire_space_map_at(&rig.space, va, &want, &got) >= 0);
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	draws(&without, "window ram 0x80000000..0x81000000, 16 MiB\n"
			"  0x80000000     16 MiB  free\n"
			"window 0x8000..0x28000, 128 KiB, code from 0x108000\n"
			"  0x08000    128 KiB  free\n");
	rig_close(&rig);
}

/* Guards, parts, holders, names and numbers, and every kind of attribute. */
static void test_everything(void **state)
{
	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x80000000, 4 * PAGE, 3), 0);
	map(0x80004000, 0x80004000, 6 * PAGE, QUIRE_READ | QUIRE_EXEC, 1, 0);
	map(0x80004000, 0x80004000, 6 * PAGE, QUIRE_READ | QUIRE_EXEC, 1, 0);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x8000a000, PAGE, 2), 0);
	map(0x8000b000, 0x8000b000, 2 * PAGE, RW, 2, 0);
	assert_int_equal(quire_space_protect(&rig.space, 0x8000c000, PAGE, QUIRE_READ, 0), 0);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x8000d000, 2 * PAGE, 2), 0);
	map(0x80200000, 0x11000, PAGE, RW | QUIRE_DEVICE_IO, 77, 1);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x80201000, PAGE, 77), 0);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x80202000, PAGE, 0), 0);
	map(0x8000, 0x80020000, PAGE, QUIRE_ACCESS_MASK | QUIRE_CACHE_WT, 0, 0);
	map(0x27000, 0x80030000, PAGE, QUIRE_UNCACHED, 4, 0);
	draws(&with_names,
	      "window ram 0x80000000..0x81000000, 16 MiB\n"
	      "  0x80000000     16 KiB  reserved  firmware\n"
	      "  0x80004000     24 KiB  r-x- wb   text          = ram 0x80004000, 2 holders\n"
	      "  0x8000a000      4 KiB  guard     stack\n"
	      "  0x8000b000      4 KiB  rw-- wb   stack         = ram 0x8000b000\n"
	      "+ 0x8000c000      4 KiB  r--- wb   stack         = ram 0x8000c000\n"
	      "  0x8000d000      8 KiB  guard     stack\n"
	      "  0x8000f000   1988 KiB  free\n"
	      "  0x80200000      4 KiB  rw-- io   #77           = memory 0x00011000\n"
	      "  0x80201000      4 KiB  guard     #77\n"
	      "  0x80202000      4 KiB  reserved\n"
	      "  0x80203000   13.9 MiB  free\n"
	      "  mapped 36 KiB, reserved 36 KiB, free 15.9 MiB\n"
	      "window 0x8000..0x28000, 128 KiB, code from 0x108000\n"
	      "  0x08000      4 KiB  rwxu wt                 = ram 0x80020000\n"
	      "  0x09000    120 KiB  free\n"
	      "  0x27000      4 KiB  ---- nc   #4            = ram 0x80030000\n"
	      "  mapped 8 KiB, free 120 KiB\n");
	rig_close(&rig);
}

/* Without a name and without a number nobody is anybody's guard. */
static void test_nameless(void **state)
{
	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	map(0x8000, 0x80020000, 31 * PAGE, QUIRE_READ, 0, 0);
	assert_int_equal(quire_space_reserve_at(&rig.space, 0x27000, PAGE, 0), 0);
	draws(&without, "window ram 0x80000000..0x81000000, 16 MiB\n"
			"  0x80000000     16 MiB  free\n"
			"window 0x8000..0x28000, 128 KiB, code from 0x108000\n"
			"  0x08000    124 KiB  r--- wb                 = ram 0x80020000\n"
			"  0x27000      4 KiB  reserved\n"
			"  mapped 124 KiB, reserved 4 KiB\n");
	rig_close(&rig);
}

static void claim(uint32_t page, uint32_t pages, unsigned attr, unsigned flags, uint16_t tag)
{
	const struct quire_want want = {.attr = (uint8_t)attr, .tag = tag};
	struct quire_book *b = rig.space.book;

	extent_new(&rig.space, b, tree_behind(&rig.space, b, (quire_page)page), (quire_page)page,
		   (quire_page)pages, EXTENT_CLAIMED, &want, (quire_page)flags);
}

/* Claims are memory, and their guards are guards, in whichever window and however many parts. */
static void test_claims(void **state)
{
	struct range r;

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	claim(0, 6, RW, CLAIM_GUARDS, 2);
	claim(6, 2, QUIRE_READ, CLAIM_GUARD_BELOW, 0);
	claim(8, 1, QUIRE_READ, CLAIM_GUARD_ABOVE, 9);
	claim(4095, 1, RW, CLAIM_ANONYMOUS, 1);
	assert_int_equal(claim_range_find(&rig.space, 0x80003000, 2 * PAGE, &r), 0);
	claim_range_widen(&rig.space, &r);
	range_set_attr(&rig.space, &r, QUIRE_READ | QUIRE_USER);
	draws(&with_names, "window ram 0x80000000..0x81000000, 16 MiB\n"
			   "  0x80000000      4 KiB  guard     stack\n"
			   "  0x80001000      8 KiB  rw-- wb   stack         = page by page\n"
			   "+ 0x80003000      8 KiB  r--u wb   stack         = page by page\n"
			   "  0x80005000      4 KiB  guard     stack\n"
			   "  0x80006000      4 KiB  guard\n"
			   "  0x80007000      4 KiB  r--- wb                 = page by page\n"
			   "  0x80008000      4 KiB  guard     #9\n"
			   "  0x80009000   15.9 MiB  free\n"
			   "  0x80fff000      4 KiB  rw-- wb   text          = page by page\n"
			   "  mapped 24 KiB, reserved 16 KiB, free 15.9 MiB\n"
			   "window 0x8000..0x28000, 128 KiB, code from 0x108000\n"
			   "  0x08000    128 KiB  free\n");
	rig_close(&rig);
}

/* The lock may fail at any row; what was drawn is what it would have been. */
static void test_errors(void **state)
{
	static const struct quire_draw nowhere = {0};
	char whole[sizeof(drawn)];

	(void)state;
	assert_int_equal(rig_open(&rig, &plan), 0);
	map(0x80004000, 0x80004000, 6 * PAGE, QUIRE_READ, 1, 0);
	assert_int_equal(quire_draw_map(NULL, &with_names), QUIRE_ENULL);
	assert_int_equal(quire_draw_map(&rig.space, NULL), QUIRE_ENULL);
	assert_int_equal(quire_draw_map(&rig.space, &nowhere), QUIRE_ENULL);
	drawn[0] = '\0';
	assert_int_equal(quire_draw_map(&rig.space, &with_names), 0);
	strcpy(whole, drawn);
	for (unsigned n = 1; n <= 5; n++) {
		drawn[0] = '\0';
		rig.lock_in = n;
		rig.lock_error = -1234;
		assert_int_equal(quire_draw_map(&rig.space, &with_names), -1234);
		assert_memory_equal(drawn, whole, strlen(drawn));
		assert_true(strlen(drawn) < strlen(whole));
	}
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),    cmocka_unit_test(test_everything),
		cmocka_unit_test(test_nameless), cmocka_unit_test(test_claims),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests_name("draw_map", tests, NULL, NULL);
}
