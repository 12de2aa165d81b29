/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fits where some is kept: the answer is that of a space in which nothing is, and what is kept
 * stays kept.
 */
#include "keep/desk.h"

/* So many pages fit; then drop all, and the space must say the same. */
static void expect_pages(struct desk *d, unsigned attr, unsigned pages)
{
	struct quire_keep_stats before = desk_stats(d);
	quire_size size = 1;

	assert_int_equal(quire_keep_largest_free(&d->keep, 0, attr, 0, &size), QUIRE_OK);
	assert_int_equal(size, pages * PAGE);
	assert_int_equal(desk_stats(d).kept, before.kept);
	assert_int_equal(desk_stats(d).drops, before.drops);
}

static void expect_the_same_without(struct desk *d, unsigned pages)
{
	quire_size size = 1;

	assert_int_equal(quire_keep_drop_all(&d->keep, NULL), QUIRE_OK);
	assert_int_equal(quire_space_largest_free(d->space, 0, R, 0, &size), QUIRE_OK);
	assert_int_equal(size, pages * PAGE);
}

static void gaps_and_kept_ones_are_one_run(void **state)
{
	struct desk *d = desk_open(16, 8);

	(void)state;
	expect_pages(d, R, 16);
	desk_pair(d, 2, 0, 'a');
	expect_pages(d, R, 16);
	assert_int_equal(desk_map_at(d, 4, 1, 10, R, 0, 'b'), QUIRE_OK);
	desk_pair(d, 3, 20, 'c');
	desk_is(d, "AA..bCCC........");
	expect_pages(d, R, 11);
	assert_int_equal(desk_map_at(d, 15, 1, 30, R, 0, 'd'), QUIRE_OK);
	expect_pages(d, R, 10);
	assert_int_equal(desk_map_at(d, 9, 4, 40, R, 0, 'e'), QUIRE_OK);
	desk_is(d, "AA..bCCC.eeee..d");
	expect_pages(d, R, 4);
	expect_the_same_without(d, 4);
	desk_close(d);
}

static void kept_ones_beside_each_other_are_counted_once(void **state)
{
	struct desk *d = desk_open(8, 8);

	(void)state;
	assert_int_equal(desk_map(d, 1, 0, R, 0, 'x'), QUIRE_OK);
	for (unsigned i = 0; i < 7; i++)
		desk_pair(d, 1, 2 + 2 * i, (char)('a' + i));
	desk_is(d, "xABCDEFG");
	expect_pages(d, R, 7);
	/* One of them in use again cuts the run in two. */
	assert_int_equal(desk_map(d, 1, 6, R, 0, 'c'), QUIRE_OK);
	desk_is(d, "xABcDEFG");
	expect_pages(d, R, 4);
	expect_the_same_without(d, 4);
	desk_close(d);
}

static void what_cannot_be_there_has_no_room(void **state)
{
	struct desk *d = desk_plan(16);
	quire_size size = 7;

	(void)state;
	d->s->plan.memory[0].caps = QUIRE_CAP_READ;
	desk_build(d, 4);
	desk_pair(d, 2, 0, 'a');
	expect_pages(d, R, 16);
	expect_pages(d, R | QUIRE_WRITE, 0);
	assert_int_equal(quire_keep_largest_free(&d->keep, 200, R, 0, &size), QUIRE_ETARGET);
	assert_int_equal(quire_keep_largest_free(&d->keep, 256, R, 0, &size), QUIRE_ETARGET);
	assert_int_equal(quire_keep_largest_free(&d->keep, 0, 0x100, 0, &size), QUIRE_EFLAG);
	assert_int_equal(quire_keep_largest_free(&d->keep, 0, R, 0x40, &size), QUIRE_EFLAG);
	assert_int_equal(quire_keep_largest_free(&d->keep, 0, R, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_keep_largest_free(NULL, 0, R, 0, &size), QUIRE_ENULL);
	d->lock_in = 1;
	assert_int_equal(quire_keep_largest_free(&d->keep, 0, R, 0, &size), DESK_NO_LOCK);
	assert_int_equal(size, 7);
	desk_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_and_kept_ones_are_one_run),
		cmocka_unit_test(kept_ones_beside_each_other_are_counted_once),
		cmocka_unit_test(what_cannot_be_there_has_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
