/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when physical pages are asked for that are mapped already: identical, enclosed,
 * overlapping, shared; and how references are counted.
 */
#include "core/sketch.h"

static void identical_and_enclosed(void **unused)
{
	struct sketch *s = sketch_open("..aaaa..");

	(void)unused;
	assert_int_equal(sketch_map(s, 4, 2, R, 0, 'z'), QUIRE_IDENTICAL);
	assert_int_equal(s->got.va, VA(2));
	assert_int_equal(s->got.mapping, VA(2));
	assert_int_equal(sketch_map(s, 2, 3, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.va, VA(3));
	assert_int_equal(s->got.mapping, VA(2));
	assert_int_equal(sketch_map(s, 1, 5, 0, QUIRE_SHARED, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(sketch_refs(s, 2), 4);
	sketch_is(s, "..aaaa..");
	for (unsigned refs = 4; refs > 1; refs--) {
		assert_int_equal(quire_space_unmap(s->space, VA(2)), 0);
		assert_int_equal(sketch_refs(s, 2), refs - 1);
	}
	assert_int_equal(quire_space_unmap(s->space, VA(2)), 0);
	sketch_is(s, "........");
	sketch_close(s);
}

static void overlaps(void **unused)
{
	/* first and last page of what is asked for, while 4 to 7 are mapped */
	static const struct {
		unsigned p, n;
		int result;
	} asked[] = {
		{2, 2, 0},
		{2, 3, QUIRE_EOVERLAP},
		{0, 20, QUIRE_EOVERLAP},
		{4, 4, QUIRE_IDENTICAL},
		{4, 5, QUIRE_EOVERLAP},
		{3, 5, QUIRE_EOVERLAP},
		{7, 1, QUIRE_ENCLOSED},
		{7, 2, QUIRE_EOVERLAP},
		{8, 2, 0},
		{4, 1, QUIRE_ENCLOSED},
		{5, 3, QUIRE_ENCLOSED},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		for (unsigned flags = 0; flags <= QUIRE_SHARED; flags++) {
			struct sketch *s = sketch_open("....aaaa........................");
			int wanted = asked[i].result;

			if (flags == QUIRE_SHARED && wanted == QUIRE_EOVERLAP)
				wanted = 0;
			assert_int_equal(sketch_map(s, asked[i].n, asked[i].p, R, flags, 'z'),
					 wanted);
			assert_int_equal(sketch_refs(s, 4), wanted > 0 ? 2 : 1);
			sketch_close(s);
		}
}

/* A mapping serves a request only if it can do all of it, and is cached alike. */
static void attributes_decide(void **unused)
{
	static const struct {
		unsigned has, wants;
		bool serves;
	} pairs[] = {
		{RW, R, true},
		{RW, RW, true},
		{RW, 0, true},
		{R, RW, false},
		{R, RX, false},
		{R | QUIRE_USER, R, true},
		{R, R | QUIRE_USER, false},
		{RX, X, true},
		{R | QUIRE_CACHE_WT, R, false},
		{R, R | QUIRE_CACHE_WT, false},
		{R | QUIRE_UNCACHED, R | QUIRE_UNCACHED, true},
		{R | QUIRE_DEVICE_IO, R | QUIRE_UNCACHED, false},
		{0, R, false},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct sketch *s = sketch_open("........");

		assert_int_equal(sketch_map(s, 2, 4, pairs[i].has, 0, 'a'), 0);
		assert_int_equal(sketch_map(s, 2, 4, pairs[i].wants, 0, 'b'),
				 pairs[i].serves ? QUIRE_IDENTICAL : QUIRE_EOVERLAP);
		assert_int_equal(sketch_map(s, 1, 5, pairs[i].wants, QUIRE_SHARED, 'b'),
				 pairs[i].serves ? QUIRE_ENCLOSED : 0);
		sketch_is(s, pairs[i].serves ? "aa......" : "aab.....");
		sketch_close(s);
	}
}

/* Of several that serve: the lowest physical start, then the lowest address. */
static void which_of_several(void **unused)
{
	struct sketch *s = sketch_open("................");

	(void)unused;
	assert_int_equal(sketch_map_at(s, 0, 2, 6, R, 0, 'a'), 0);
	assert_int_equal(sketch_map_at(s, 4, 4, 5, R, QUIRE_SHARED, 'b'), 0);
	assert_int_equal(sketch_map(s, 1, 6, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.mapping, VA(4));
	assert_int_equal(sketch_map_at(s, 10, 4, 5, RW, QUIRE_SHARED, 'c'), 0);
	assert_int_equal(sketch_map(s, 1, 8, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.mapping, VA(4));
	assert_int_equal(sketch_map(s, 2, 6, RW, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.mapping, VA(10));
	sketch_is(s, "aa..bbbb..cccc..");
	sketch_close(s);
}

/* Mappings with parts are not lent: their attributes may change below the borrower. */
static void parts_are_not_lent(void **unused)
{
	struct sketch *s = sketch_open("aAa.....");

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 0, R, 0, 'z'), QUIRE_EOVERLAP);
	assert_int_equal(sketch_map(s, 1, 1, R, 0, 'z'), QUIRE_EOVERLAP);
	assert_int_equal(sketch_map(s, 3, 0, R, 0, 'z'), QUIRE_EOVERLAP);
	assert_int_equal(quire_space_protect(s->space, VA(1), PAGE, R, 0), 0);
	assert_int_equal(sketch_map(s, 1, 1, R, 0, 'z'), QUIRE_ENCLOSED);
	sketch_close(s);
}

/* Reservations have no physical pages, and memories are different worlds. */
static void no_conflict(void **unused)
{
	struct sketch *s = sketch_open("::aa....");
	struct quire_want want = {
		.pa = 2 * PAGE, .size = 2 * PAGE, .target = 1, .attr = R, .tag = 'b'};
	struct quire_got got;

	(void)unused;
	assert_int_equal(sketch_map(s, 2, 0, R, 0, 'z'), 0);
	assert_int_equal(quire_space_map(s->space, &want, &got), 0);
	sketch_is(s, "::aazzbb");
	sketch_close(s);
}

static void at_a_chosen_address(void **unused)
{
	struct sketch *s = sketch_open("..aaaa....");

	(void)unused;
	assert_int_equal(sketch_map_at(s, 2, 4, 2, R, 0, 'z'), QUIRE_IDENTICAL);
	assert_int_equal(sketch_map_at(s, 3, 2, 3, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.va, VA(3));
	assert_int_equal(s->got.mapping, VA(2));
	/* the right pages elsewhere, the wrong pages here */
	assert_int_equal(sketch_map_at(s, 6, 2, 3, R, 0, 'z'), QUIRE_EOVERLAP);
	assert_int_equal(sketch_map_at(s, 6, 2, 3, R, QUIRE_SHARED, 'z'), 0);
	assert_int_equal(sketch_map_at(s, 3, 2, 50, R, 0, 'z'), QUIRE_ETAKEN);
	assert_int_equal(sketch_map_at(s, 3, 2, 2, R, QUIRE_SHARED, 'z'), QUIRE_ETAKEN);
	assert_int_equal(sketch_map_at(s, 1, 2, 50, R, 0, 'z'), QUIRE_ETAKEN);
	assert_int_equal(sketch_map_at(s, 7, 3, 50, R, 0, 'y'), QUIRE_ETAKEN);
	assert_int_equal(sketch_map_at(s, 8, 2, 50, R, 0, 'y'), 0);
	sketch_is(s, "..aaaazzyy");
	sketch_close(s);
}

/* A window that lacks a capability neither serves nor stands in the way. */
static void other_windows(void **unused)
{
	struct sketch *s = sketch_plan(8);

	(void)unused;
	s->plan.window[0].caps = QUIRE_CAP_READ;
	s->plan.window[1] = s->plan.window[0];
	s->plan.window[1].base = s->plan.window[1].exec_base = 0x200000;
	s->plan.window[1].walk = 0x10000;
	s->plan.window[1].caps = QUIRE_CAP_MASK;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	assert_int_equal(sketch_map(s, 4, 0, R, 0, 'a'), 0);
	assert_int_equal(sketch_map(s, 4, 0, RW, 0, 'b'),
			 0); /* the first cannot, the second does */
	assert_int_equal(s->got.va, 0x200000);
	assert_int_equal(sketch_map(s, 2, 1, R, 0, 'c'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.va, VA(1)); /* both can: the first in order */
	assert_int_equal(quire_space_unmap(s->space, VA(0)), 0);
	assert_int_equal(quire_space_unmap(s->space, VA(0)), 0);
	assert_int_equal(sketch_map_at(s, 0, 1, 3, R, QUIRE_SHARED, 'd'), 0);
	/* an overlap in the first window, a lender in the second: the lender */
	assert_int_equal(sketch_map(s, 4, 0, R, 0, 'e'), QUIRE_IDENTICAL);
	assert_int_equal(s->got.va, 0x200000);
	sketch_close(s);
}

/* The instruction side is given to those who execute. */
static void sides(void **unused)
{
	struct sketch *s = sketch_open("........");
	struct quire_want want = {.pa = PA(9), .size = PAGE, .attr = X};
	quire_va va;

	(void)unused;
	assert_int_equal(sketch_map(s, 2, 4, RX, 0, 'a'), 0);
	assert_int_equal(s->got.va, XA(0));
	assert_int_equal(sketch_map(s, 1, 5, R, 0, 'a'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.va, VA(1));
	assert_int_equal(s->got.mapping, VA(0));
	assert_int_equal(sketch_map(s, 1, 5, X, 0, 'a'), QUIRE_ENCLOSED);
	assert_int_equal(s->got.va, XA(1));
	assert_int_equal(s->got.mapping, XA(0));
	assert_int_equal(quire_space_reserve(s->space, &want, &va), 0);
	assert_int_equal(va, XA(2));
	assert_int_equal(quire_space_release(s->space, VA(2)), 0);
	for (unsigned i = 0; i < 3; i++) /* either side is understood */
		assert_int_equal(quire_space_unmap(s->space, i == 1 ? VA(0) : XA(0)), 0);
	sketch_is(s, "........");
	sketch_close(s);
}

/* Who only wants to be told is told, of a mapping anywhere, and holds nothing; without one it is
   mapped for them. */
static void told(void **unused)
{
	struct sketch *s = sketch_open("..aaaa..");

	(void)unused;
	assert_int_equal(sketch_map(s, 4, 2, R, QUIRE_TELL, 'z'), QUIRE_IDENTICAL);
	assert_true(s->got.va == VA(2) && s->got.mapping == VA(2));
	assert_int_equal(sketch_map_at(s, 7, 1, 3, R, QUIRE_TELL, 'z'), QUIRE_ENCLOSED);
	assert_true(s->got.va == VA(3) && s->got.mapping == VA(2));
	assert_int_equal(sketch_map_at(s, 7, 1, 3, R, 0, 'z'), QUIRE_EOVERLAP);
	assert_int_equal(sketch_map(s, 4, 3, R, QUIRE_TELL, 'z'), QUIRE_EOVERLAP);
	assert_int_equal(sketch_map_at(s, 2, 1, 9, R, QUIRE_TELL, 'z'), QUIRE_ETAKEN);
	assert_int_equal(sketch_refs(s, 2), 1);
	assert_int_equal(sketch_map_at(s, 7, 1, 9, R, QUIRE_TELL, 'b'), 0);
	assert_int_equal(sketch_map(s, 1, 9, R, QUIRE_TELL, 'z'), QUIRE_IDENTICAL);
	assert_int_equal(sketch_refs(s, 7), 1);
	sketch_is(s, "..aaaa.b");
	sketch_close(s);
}

/* The error is final: another window with room does not help. */
static void references_run_out(void **unused)
{
	struct sketch *s = sketch_plan(8);

	(void)unused;
	s->plan.window[1] = s->plan.window[0];
	s->plan.window[1].base = s->plan.window[1].exec_base = 0x200000;
	s->plan.window[1].walk = 0x10000;
	sketch_build(s, "aa......");
	for (unsigned i = 1; i < 0xffff; i++)
		assert_int_equal(sketch_map(s, 1, 0, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(sketch_refs(s, 0), 0xffff);
	s->got = (struct quire_got){1, 2};
	assert_int_equal(sketch_map(s, 1, 0, R, 0, 'z'), QUIRE_EREFS);
	assert_int_equal(sketch_map(s, 2, 0, R, QUIRE_SHARED, 'z'), QUIRE_EREFS);
	assert_int_equal(sketch_map_at(s, 1, 1, 1, R, 0, 'z'), QUIRE_EREFS);
	assert_int_equal(sketch_map(s, 1, 1, R, QUIRE_TELL, 'z'), QUIRE_ENCLOSED);
	assert_true(s->got.va == VA(1) && s->got.mapping == VA(0));
	s->got = (struct quire_got){1, 2};
	assert_int_equal(sketch_map(s, 2, 1, R, QUIRE_TELL, 'z'), QUIRE_EOVERLAP);
	assert_true(s->got.va == 1 && s->got.mapping == 2);
	assert_int_equal(sketch_refs(s, 0), 0xffff);
	for (unsigned i = 0; i < 0xffff; i++)
		assert_int_equal(quire_space_unmap(s->space, VA(0)), 0);
	assert_int_equal(quire_space_unmap(s->space, VA(0)), QUIRE_EUNMAPPED);
	sketch_is(s, "........");
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identical_and_enclosed),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(attributes_decide),
		cmocka_unit_test(which_of_several),
		cmocka_unit_test(parts_are_not_lent),
		cmocka_unit_test(no_conflict),
		cmocka_unit_test(at_a_chosen_address),
		cmocka_unit_test(other_windows),
		cmocka_unit_test(sides),
		cmocka_unit_test(told),
		cmocka_unit_test(references_run_out),
	};

	return cmocka_run_group_tests_name("physical", tests, NULL, NULL);
}
