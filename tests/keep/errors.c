/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call, every error, in the order in which they are looked for.  Where the order is the
 * space's, one request that is wrong in every way is put right one way at a time, and the list must
 * say what the space says.
 */
#include <stdlib.h>
#include <string.h>

#include "keep/desk.h"

static void init_checks_in_order(void **state)
{
	struct desk *d = desk_open(8, 4);
	static uint64_t memory[1024];
	struct quire_keep keep;
	struct quire_keep_config c = {.slots = QUIRE_KEEP_MAX + 1};

	(void)state;
	assert_int_equal(quire_keep_init(NULL, &c), QUIRE_ENULL);
	assert_int_equal(quire_keep_init(&keep, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_init(&keep, &c), QUIRE_ENULL);
	c.space = d->space;
	assert_int_equal(quire_keep_init(&keep, &c), QUIRE_ENULL);
	c.memory = memory;
	assert_int_equal(quire_keep_init(&keep, &c), QUIRE_EFLAG);
	c.slots = 5;
	c.memory_size = quire_keep_memory_size(5) - 1;
	assert_int_equal(quire_keep_init(&keep, &c), QUIRE_EPOOL);
	c.memory_size++;
	assert_int_equal(quire_keep_init(&keep, &c), QUIRE_OK);
	c = (struct quire_keep_config){.space = d->space};
	assert_int_equal(quire_keep_init(&keep, &c), QUIRE_OK);
	desk_close(d);
}

static void memory_size_has_bounds(void **state)
{
	(void)state;
	assert_int_equal(quire_keep_memory_size(0), 0);
	assert_int_equal(quire_keep_memory_size(QUIRE_KEEP_MAX + 1), 0);
	assert_int_equal(quire_keep_memory_size(UINT32_MAX), 0);
	for (uint32_t n = 2; n <= QUIRE_KEEP_MAX; n++)
		assert_true(quire_keep_memory_size(n) > quire_keep_memory_size(n - 1));
}

/* All calls that take a list, with one NULL each. */
static void null_comes_first(void **state)
{
	struct desk *d = desk_open(8, 4);
	struct quire_want want = {0};
	struct quire_extent_info row;
	struct quire_keep_stats stats;
	quire_va va;

	(void)state;
	d->lock_in = 1; /* must not be reached */
	assert_int_equal(quire_keep_map(NULL, &want, &d->got), QUIRE_ENULL);
	assert_int_equal(quire_keep_map(&d->keep, NULL, &d->got), QUIRE_ENULL);
	assert_int_equal(quire_keep_map(&d->keep, &want, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_map_at(NULL, VA(0), &want, &d->got), QUIRE_ENULL);
	assert_int_equal(quire_keep_map_at(&d->keep, VA(0), NULL, &d->got), QUIRE_ENULL);
	assert_int_equal(quire_keep_map_at(&d->keep, VA(0), &want, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_reserve(NULL, &want, &va), QUIRE_ENULL);
	assert_int_equal(quire_keep_reserve(&d->keep, NULL, &va), QUIRE_ENULL);
	assert_int_equal(quire_keep_reserve(&d->keep, &want, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_reserve_at(NULL, VA(0), 0, 0), QUIRE_ENULL);
	assert_int_equal(quire_keep_unmap(NULL, VA(0)), QUIRE_ENULL);
	assert_int_equal(quire_keep_tag(NULL, VA(0), 0), QUIRE_ENULL);
	assert_int_equal(quire_keep_query(NULL, VA(0), &row), QUIRE_ENULL);
	assert_int_equal(quire_keep_query(&d->keep, VA(0), NULL), QUIRE_ENULL);
	assert_false(quire_keep_has(NULL, VA(0)));
	assert_int_equal(quire_keep_drop(NULL, 0, 0, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_drop_all(NULL, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_stats(NULL, &stats), QUIRE_ENULL);
	assert_int_equal(quire_keep_stats(&d->keep, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_check(NULL, NULL), QUIRE_ENULL);
	assert_int_equal(d->lock_in, 1);
	d->lock_in = 0;
	desk_close(d);
}

/* Then the list's own lock, whatever else is wrong. */
static void then_the_lock(void **state)
{
	struct desk *d = desk_open(8, 4);
	struct quire_want want = {0};
	struct quire_extent_info row;
	struct quire_keep_stats stats;
	quire_va va = 5;

	(void)state;
	desk_pair(d, 1, 0, 'a');
#define LOCKED_OUT(call) (d->lock_in = 1, assert_int_equal(call, DESK_NO_LOCK))
	LOCKED_OUT(quire_keep_map(&d->keep, &want, &d->got));
	LOCKED_OUT(quire_keep_map_at(&d->keep, 1, &want, &d->got));
	LOCKED_OUT(quire_keep_reserve(&d->keep, &want, &va));
	LOCKED_OUT(quire_keep_reserve_at(&d->keep, 1, 0, 0));
	LOCKED_OUT(quire_keep_unmap(&d->keep, 1));
	LOCKED_OUT(quire_keep_tag(&d->keep, 1, 0));
	LOCKED_OUT(quire_keep_query(&d->keep, 1, &row));
	LOCKED_OUT(quire_keep_drop(&d->keep, 0, 0, 0, NULL));
	LOCKED_OUT(quire_keep_drop_all(&d->keep, NULL));
	LOCKED_OUT(quire_keep_stats(&d->keep, &stats));
	LOCKED_OUT(quire_keep_check(&d->keep, NULL));
	d->lock_in = 1;
	assert_false(quire_keep_has(&d->keep, VA(0)));
	assert_true(quire_keep_has(&d->keep, VA(0)));
	assert_int_equal(va, 5);
	desk_close(d);
}

/* -- requests -- */

/* Put a request right step by step; every answer on the way is a different error. */
struct step {
	int error;
	void (*mend)(struct quire_want *want, quire_va *va);
};

static void some_size(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->size = ~(quire_size)0;
}
static void right_size(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->size = 2 * PAGE;
}
static void right_align(struct quire_want *w, quire_va *va)
{
	w->align = 0;
	w->pa = ~(quire_pa)(PAGE - 1);
	*va = VA(200);
}
static void right_range(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->pa = PA(PAGES0 - 1);
}
static void right_target(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->target = 0;
}
static void right_pa(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->pa = PA(4);
}
static void right_bits(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->attr = RW | X;
	w->flags = 0;
}
static void right_attr(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->attr = QUIRE_USER | R;
}
static void right_memory(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->attr = R;
}
static void right_place(struct quire_want *w, quire_va *va)
{
	(void)w;
	*va = VA(0);
}
static void right_caps(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->caps = 0;
}
static void right_pages(struct quire_want *w, quire_va *va)
{
	(void)va;
	w->pa = PA(20);
}
static void free_place(struct quire_want *w, quire_va *va)
{
	(void)w;
	*va = VA(6);
}

/* Wrong in every way; memory 0 cannot be a user's, the window has no 32-bit access. */
static const struct quire_want wrong = {.pa = 3,
					.size = 0,
					.align = 3,
					.target = 7,
					.attr = 0x80,
					.caps = QUIRE_CAP_32BIT,
					.flags = 0x80,
					.tag = 'e'};

/* "aaKKb..." with pages 4 to 6 of the memory overlapped by b, and something kept in the middle. */
static struct desk *busy(void)
{
	struct desk *d = desk_plan(8);

	d->s->plan.window[0].caps = QUIRE_CAP_MASK & ~QUIRE_CAP_32BIT;
	d->s->plan.memory[0].caps = QUIRE_CAP_MASK & ~QUIRE_CAP_USER;
	desk_build(d, 4);
	assert_int_equal(desk_map_at(d, 0, 2, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 4, 1, 4, R, 0, 'b'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 2, 2, 60, R, 0, 'k'), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	desk_is(d, "aaKKb...");
	return d;
}

static void map_s_errors_in_order(void **state)
{
	static const struct step steps[] = {
		{QUIRE_EZERO, some_size},      {QUIRE_EROUND, right_size},
		{QUIRE_EALIGN, right_align},   {QUIRE_EWRAP, right_range},
		{QUIRE_ETARGET, right_target}, {QUIRE_EBEYOND, right_pa},
		{QUIRE_EFLAG, right_bits},     {QUIRE_EWX, right_attr},
		{QUIRE_ECAPS, right_memory},   {QUIRE_ECAPS, right_caps},
		{QUIRE_EOVERLAP, right_pages},
	};
	struct desk *d = busy();
	struct quire_want want = wrong;
	struct quire_got got = {1, 2};
	quire_va va;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(quire_keep_map(&d->keep, &want, &got), steps[i].error);
		assert_int_equal(quire_space_map(d->space, &want, &got), steps[i].error);
		steps[i].mend(&want, &va);
	}
	assert_int_equal(got.va, 1);
	assert_int_equal(got.mapping, 2);
	desk_is(d, "aaKKb...");
	want.size = 4 * PAGE;
	assert_int_equal(quire_keep_map(&d->keep, &want, &got), QUIRE_ESPACE);
	desk_is(d, "aa..b...");
	want.size = 2 * PAGE;
	assert_int_equal(quire_keep_map(&d->keep, &want, &got), QUIRE_OK);
	assert_int_equal(got.va, VA(2));
	desk_close(d);
}

static void map_at_s_errors_in_order(void **state)
{
	static const struct step steps[] = {
		{QUIRE_EZERO, some_size},      {QUIRE_EROUND, right_size},
		{QUIRE_EALIGN, right_align},   {QUIRE_EWRAP, right_range},
		{QUIRE_ETARGET, right_target}, {QUIRE_EBEYOND, right_pa},
		{QUIRE_EFLAG, right_bits},     {QUIRE_EWX, right_attr},
		{QUIRE_ECAPS, right_memory},   {QUIRE_EFOREIGN, right_place},
		{QUIRE_ECAPS, right_caps},     {QUIRE_EOVERLAP, right_pages},
		{QUIRE_ETAKEN, free_place},
	};
	struct desk *d = busy();
	struct quire_want want = wrong;
	struct quire_got got = {1, 2};
	quire_va va = VA(200) + 3;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(quire_keep_map_at(&d->keep, va, &want, &got), steps[i].error);
		assert_int_equal(quire_space_map_at(d->space, va, &want, &got), steps[i].error);
		steps[i].mend(&want, &va);
	}
	assert_int_equal(got.va, 1);
	assert_int_equal(got.mapping, 2);
	desk_is(d, "aaKKb...");
	assert_int_equal(quire_keep_map_at(&d->keep, va, &want, &got), QUIRE_OK);
	assert_int_equal(got.va, VA(6));
	desk_close(d);
}

static void reserve_s_errors_in_order(void **state)
{
	static const struct step steps[] = {
		{QUIRE_EZERO, some_size},    {QUIRE_EROUND, right_size},
		{QUIRE_EALIGN, right_align}, {QUIRE_ETARGET, right_target},
		{QUIRE_EFLAG, right_bits},   {QUIRE_EWX, right_attr},
		{QUIRE_ECAPS, right_memory}, {QUIRE_ECAPS, right_caps},
	};
	struct desk *d = busy();
	struct quire_want want = wrong;
	quire_va va = 3, ignored;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(quire_keep_reserve(&d->keep, &want, &va), steps[i].error);
		steps[i].mend(&want, &ignored);
	}
	want.size = 4 * PAGE;
	desk_is(d, "aaKKb...");
	assert_int_equal(quire_keep_reserve(&d->keep, &want, &va), QUIRE_ESPACE);
	assert_int_equal(va, 3);
	desk_close(d);
}

static void reserve_at_s_errors_in_order(void **state)
{
	struct desk *d = busy();

	(void)state;
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(0) + 1, 0, 0), QUIRE_EZERO);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(0) + 1, ~(quire_size)0, 0),
			 QUIRE_EROUND);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(0) + 1, PAGE, 0), QUIRE_EALIGN);
	assert_int_equal(quire_keep_reserve_at(&d->keep, ~(quire_va)(PAGE - 1), 2 * PAGE, 0),
			 QUIRE_EWRAP);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(200), PAGE, 0), QUIRE_EFOREIGN);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(7), 2 * PAGE, 0), QUIRE_EFOREIGN);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(1), PAGE, 0), QUIRE_ETAKEN);
	desk_is(d, "aaKKb...");
	desk_close(d);
}

static void empty_descriptors_are_an_error_in_the_end(void **state)
{
	struct desk *d = desk_plan(8);
	struct quire_want want = desk_want(1, 0, R, 0, ':');
	quire_va va;

	(void)state;
	d->s->plan.mappings = 1;
	desk_build(d, 4);
	assert_int_equal(desk_map(d, 1, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map(d, 1, 1, R, 0, 'b'), QUIRE_EPOOL);
	assert_int_equal(desk_map_at(d, 3, 1, 1, R, 0, 'b'), QUIRE_EPOOL);
	assert_int_equal(quire_keep_reserve(&d->keep, &want, &va), QUIRE_EPOOL);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(3), PAGE, 0), QUIRE_EPOOL);
	desk_close(d);
}

/* -- addresses -- */

/* unmap and tag of addresses where there is nothing that they could take. */
static void addresses_that_will_not_do(void **state)
{
	static const struct {
		quire_va va;
		int unmap, tag;
	} cases[] = {
		{VA(200), QUIRE_EFOREIGN, QUIRE_EFOREIGN},
		{VA(7), QUIRE_EUNMAPPED, QUIRE_EUNMAPPED},
		{VA(1), QUIRE_EINTERIOR, QUIRE_EINTERIOR},
		{VA(0) + 1, QUIRE_EINTERIOR, QUIRE_EINTERIOR},
		{XA(1), QUIRE_EINTERIOR, QUIRE_EINTERIOR},
		/* Kept: there is nothing. */
		{VA(2), QUIRE_EUNMAPPED, QUIRE_EUNMAPPED},
		{XA(2), QUIRE_EUNMAPPED, QUIRE_EUNMAPPED},
		{VA(2) + 1, QUIRE_EUNMAPPED, QUIRE_EUNMAPPED},
		{VA(3), QUIRE_EUNMAPPED, QUIRE_EUNMAPPED},
		{XA(3), QUIRE_EUNMAPPED, QUIRE_EUNMAPPED},
		{VA(6), QUIRE_ERESERVED, QUIRE_OK},
	};
	struct desk *d = busy();

	(void)state;
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(6), PAGE, ':'), QUIRE_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(quire_keep_unmap(&d->keep, cases[i].va), cases[i].unmap);
		assert_int_equal(quire_keep_tag(&d->keep, cases[i].va, ':'), cases[i].tag);
	}
	desk_is(d, "aaKKb.:.");
	desk_close(d);
}

static void query_knows_foreign_addresses(void **state)
{
	struct desk *d = busy();
	struct quire_extent_info row = {.size = 7};

	(void)state;
	assert_int_equal(quire_keep_query(&d->keep, VA(200), &row), QUIRE_EFOREIGN);
	assert_int_equal(row.size, 7);
	assert_false(quire_keep_has(&d->keep, VA(200)));
	assert_false(quire_keep_has(&d->keep, VA(0)));
	assert_true(quire_keep_has(&d->keep, VA(2)));
	assert_false(quire_keep_has(&d->keep, VA(3)));
	desk_close(d);
}

static void drop_checks_its_range(void **state)
{
	struct desk *d = busy();
	uint32_t dropped = 9;

	(void)state;
	assert_int_equal(quire_keep_drop(&d->keep, 0, 0, 0, &dropped), QUIRE_EZERO);
	assert_int_equal(quire_keep_drop(&d->keep, 0, 2, ~(quire_size)0, &dropped), QUIRE_EWRAP);
	assert_int_equal(dropped, 9);
	assert_int_equal(quire_keep_drop(&d->keep, 0, 1, ~(quire_size)0, &dropped), QUIRE_OK);
	assert_int_equal(dropped, 1);
	desk_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_checks_in_order),
		cmocka_unit_test(memory_size_has_bounds),
		cmocka_unit_test(null_comes_first),
		cmocka_unit_test(then_the_lock),
		cmocka_unit_test(map_s_errors_in_order),
		cmocka_unit_test(map_at_s_errors_in_order),
		cmocka_unit_test(reserve_s_errors_in_order),
		cmocka_unit_test(reserve_at_s_errors_in_order),
		cmocka_unit_test(empty_descriptors_are_an_error_in_the_end),
		cmocka_unit_test(addresses_that_will_not_do),
		cmocka_unit_test(query_knows_foreign_addresses),
		cmocka_unit_test(drop_checks_its_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
