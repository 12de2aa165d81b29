/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a request needs, kept mappings give way: pages, addresses, descriptors, tables.  And no
 * more of them than that.
 */
#include "keep/desk.h"

/* -- physical pages -- */

static void an_overlap_drops_only_what_is_in_the_way(void **state)
{
	struct desk *d = desk_open(16, 4);

	(void)state;
	desk_pair(d, 2, 0, 'a');
	desk_pair(d, 2, 4, 'b');
	desk_pair(d, 2, 8, 'c');
	desk_is(d, "AABBCC..........");
	assert_int_equal(desk_map(d, 4, 3, R, 0, 'd'), QUIRE_OK);
	desk_is(d, "AA..CCdddd......");
	assert_int_equal(desk_unmap(d, 6), QUIRE_OK);
	/* Several at once; that this one may share changes nothing. */
	assert_int_equal(desk_map(d, 9, 0, R, QUIRE_SHARED, 'e'), QUIRE_OK);
	desk_is(d, "eeeeeeeee.......");
	desk_close(d);
}

static void what_is_kept_is_not_shared_or_told_of(void **state)
{
	struct desk *d = desk_open(16, 4);

	(void)state;
	/* Enclosed in what is kept. */
	desk_pair(d, 4, 0, 'a');
	assert_int_equal(desk_map(d, 2, 1, R, 0, 'b'), QUIRE_OK);
	assert_int_equal(d->got.va, d->got.mapping);
	assert_int_equal(quire_keep_unmap(&d->keep, d->got.mapping), QUIRE_OK);
	assert_int_equal(desk_stats(d).drops, 1);
	/* The same pages with another tag, and for being told of. */
	assert_int_equal(desk_map(d, 2, 1, R, QUIRE_TELL, 'c'), QUIRE_OK);
	desk_is(d, "cc..............");
	assert_int_equal(sketch_refs(d->s, 0), 1);
	assert_int_equal(desk_stats(d).drops, 2);
	/* What is in use is told of, and has no holder more. */
	assert_int_equal(desk_map(d, 2, 1, R, QUIRE_TELL, 'd'), QUIRE_IDENTICAL);
	assert_int_equal(sketch_refs(d->s, 0), 1);
	desk_close(d);
}

/* An alias could be lent for what is kept: so neither of the two is. */
static void aliases_are_not_kept(void **state)
{
	struct desk *d = desk_open(16, 4);

	(void)state;
	assert_int_equal(desk_map(d, 2, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map(d, 2, 1, R, QUIRE_SHARED, 'b'), QUIRE_OK);
	desk_is(d, "aabb............");
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "..bb............");
	assert_int_equal(desk_map(d, 2, 0, R, 0, 'a'), QUIRE_EOVERLAP);
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	desk_is(d, "................");
	/* The next one is alone again. */
	desk_pair(d, 2, 0, 'a');
	desk_is(d, "AA..............");
	desk_close(d);
}

static void an_alias_at_a_chosen_address(void **state)
{
	struct desk *d = desk_open(16, 4);

	(void)state;
	assert_int_equal(desk_map(d, 2, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 4, 2, 0, R, 0, 'b'), QUIRE_EOVERLAP);
	assert_int_equal(desk_map_at(d, 4, 2, 0, R, QUIRE_TELL, 'b'), QUIRE_IDENTICAL);
	assert_int_equal(d->got.va, VA(0));
	assert_int_equal(desk_map_at(d, 4, 2, 0, R, QUIRE_SHARED, 'b'), QUIRE_OK);
	desk_is(d, "aa..bb..........");
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 4, 2, 0, R, 0, 'c'), QUIRE_IDENTICAL);
	desk_is(d, "....bb..........");
	desk_close(d);
}

static void another_memory_is_never_in_the_way(void **state)
{
	struct desk *d = desk_open(16, 4);
	struct quire_want want = {.pa = 0, .size = 2 * PAGE, .target = 1, .attr = R, .tag = 'b'};

	(void)state;
	desk_pair(d, 2, 0, 'a');
	assert_int_equal(quire_keep_map(&d->keep, &want, &d->got), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	desk_is(d, "AABB............");
	desk_close(d);
}

/* -- windows that differ -- */

/* Eight pages that can only be read, eight that can be written too. */
static struct desk *uneven(void)
{
	struct desk *d = desk_plan(8);
	struct quire_window *w = d->s->plan.window;

	w[0].caps = QUIRE_CAP_READ;
	w[1] = (struct quire_window){.name = "other",
				     .base = VA(64),
				     .exec_base = VA(64),
				     .walk = 64 * PAGE,
				     .size = 8 * PAGE,
				     .caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE,
				     .targets = 3};
	desk_build(d, 4);
	return d;
}

/* A mapping to write could be lent to one who wants to read. */
static void what_could_be_lent_from_another_window_is_seen(void **state)
{
	struct desk *d = uneven();

	(void)state;
	desk_pair(d, 2, 0, 'a');
	desk_is(d, "AA......");
	assert_int_equal(desk_map(d, 2, 0, RW, 0, 'b'), QUIRE_OK);
	assert_int_equal(d->got.va, VA(64));
	desk_is(d, "........");
	assert_int_equal(desk_map(d, 2, 0, R, 0, 'a'), QUIRE_IDENTICAL);
	assert_int_equal(d->got.va, VA(64));
	desk_close(d);
}

static void what_is_seen_from_another_window_is_not_kept(void **state)
{
	struct desk *d = uneven();

	(void)state;
	assert_int_equal(desk_map(d, 2, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map(d, 2, 0, RW, 0, 'b'), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "........");
	/* The other way round nobody would see it. */
	assert_int_equal(quire_keep_unmap(&d->keep, VA(64)), QUIRE_OK);
	assert_true(quire_keep_has(&d->keep, VA(64)));
	desk_close(d);
}

/* Two windows that cannot do what the other can: each keeps its own. */
static void code_and_data_are_kept_side_by_side(void **state)
{
	struct desk *d = desk_plan(8);
	struct quire_window *w = d->s->plan.window;

	(void)state;
	w[0].caps = QUIRE_CAP_READ;
	w[1] = (struct quire_window){.name = "code",
				     .base = VA(64),
				     .exec_base = VA(64),
				     .walk = 64 * PAGE,
				     .size = 8 * PAGE,
				     .caps = QUIRE_CAP_EXEC,
				     .targets = 3};
	desk_build(d, 4);
	for (unsigned i = 0; i < 3; i++) {
		desk_pair(d, 1, 0, 'd');
		assert_int_equal(desk_map(d, 1, 0, X, 0, 'c'), QUIRE_OK);
		assert_int_equal(d->got.va, VA(64));
		assert_int_equal(quire_keep_unmap(&d->keep, VA(64)), QUIRE_OK);
	}
	assert_int_equal(desk_stats(d).hits, 4);
	assert_int_equal(desk_stats(d).drops, 0);
	desk_close(d);
}

/* -- addresses -- */

static void a_gap_is_made_from_the_oldest_on(void **state)
{
	struct desk *d = desk_open(8, 8);

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		desk_pair(d, 1, 10 + i, (char)('a' + i));
	desk_is(d, "ABCDEFGH");
	desk_pair(d, 1, 10, 'a'); /* now the most recent */
	assert_int_equal(desk_map(d, 2, 50, R, 0, 'x'), QUIRE_OK);
	desk_is(d, "AxxDEFGH");
	assert_int_equal(desk_map(d, 1, 60, R, 0, 'y'), QUIRE_OK);
	desk_is(d, "AxxyEFGH");
	assert_int_equal(desk_stats(d).drops, 3);
	desk_close(d);
}

static void in_vain_all_are_dropped(void **state)
{
	struct desk *d = desk_open(8, 8);

	(void)state;
	desk_pair(d, 1, 10, 'a');
	assert_int_equal(desk_map(d, 1, 11, R, 0, 'b'), QUIRE_OK);
	desk_pair(d, 1, 12, 'c');
	assert_int_equal(desk_map(d, 8, 20, R, 0, 'd'), QUIRE_ESPACE);
	desk_is(d, ".b......");
	desk_close(d);
}

static void a_chosen_address_drops_what_stands_there(void **state)
{
	struct desk *d = desk_open(8, 8);

	(void)state;
	desk_pair(d, 2, 10, 'a');
	desk_pair(d, 2, 20, 'b');
	desk_pair(d, 2, 30, 'c');
	desk_is(d, "AABBCC..");
	assert_int_equal(desk_map_at(d, 1, 2, 40, R, 0, 'd'), QUIRE_OK);
	desk_is(d, ".dd.CC..");
	/* Not if something in use stands there, too: that it would be in vain is known. */
	assert_int_equal(desk_map_at(d, 0, 3, 50, R, 0, 'e'), QUIRE_ETAKEN);
	assert_int_equal(desk_map_at(d, 2, 3, 50, R, 0, 'e'), QUIRE_ETAKEN);
	assert_int_equal(desk_unmap(d, 1), QUIRE_OK);
	/* The same pages, but elsewhere. */
	assert_int_equal(desk_map_at(d, 6, 2, 30, R, 0, 'c'), QUIRE_OK);
	desk_is(d, ".DD...cc");
	desk_close(d);
}

static void reservations_go_before(void **state)
{
	struct desk *d = desk_open(8, 8);
	struct quire_want want = desk_want(5, 0, R, 0, ':');
	quire_va va = 0;

	(void)state;
	desk_pair(d, 2, 10, 'a');
	desk_pair(d, 2, 20, 'b');
	desk_pair(d, 2, 10, 'a');
	assert_int_equal(quire_keep_reserve(&d->keep, &want, &va), QUIRE_OK);
	assert_int_equal(va, VA(2));
	desk_is(d, "AA:::::.");
	desk_close(d);
}

static void reservations_at_a_chosen_address_too(void **state)
{
	struct desk *d = desk_open(8, 8);

	(void)state;
	desk_pair(d, 2, 10, 'a');
	desk_pair(d, 2, 20, 'b');
	assert_int_equal(quire_keep_reserve_at(&d->keep, XA(1), 1, ':'), QUIRE_OK);
	desk_is(d, ".:BB....");
	assert_int_equal(desk_map(d, 7, 30, R, 0, 'c'), QUIRE_ESPACE);
	desk_is(d, ".:......");
	desk_close(d);
}

/* -- descriptors and tables -- */

static void descriptors_are_given_back(void **state)
{
	struct desk *d = desk_plan(16);
	struct quire_want want = desk_want(1, 0, R, 0, ':');
	quire_va va;

	(void)state;
	d->s->plan.mappings = 3;
	desk_build(d, 8);
	desk_pair(d, 1, 0, 'a');
	desk_pair(d, 1, 1, 'b');
	desk_pair(d, 1, 2, 'c');
	desk_is(d, "ABC.............");
	assert_int_equal(desk_map(d, 1, 3, R, 0, 'd'), QUIRE_OK);
	desk_is(d, "dBC.............");
	assert_int_equal(quire_keep_reserve(&d->keep, &want, &va), QUIRE_OK);
	desk_is(d, "d:C.............");
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(5), PAGE, ':'), QUIRE_OK);
	desk_is(d, "d:...:..........");
	assert_int_equal(desk_map(d, 1, 4, R, 0, 'e'), QUIRE_EPOOL);
	desk_close(d);
}

static void tables_are_given_back(void **state)
{
	struct desk *d = desk_plan(8);
	struct quire_window *w = d->s->plan.window;

	(void)state;
	d->s->plan.mmu[0] = (struct quire_mmu)RIG_TREE(0);
	d->s->plan.tables = 3; /* one at level 1, and two for pages */
	for (unsigned i = 0; i < 3; i++)
		w[i] = (struct quire_window){.name = "window",
					     .base = VA(0) + ((quire_va)i << 24),
					     .exec_base = VA(0) + ((quire_va)i << 24),
					     .walk = (quire_va)i << 21,
					     .size = 8 * PAGE,
					     .caps = QUIRE_CAP_MASK,
					     .targets = 3};
	desk_build(d, 8);
	for (unsigned i = 0; i < 3; i++) {
		struct quire_want want = desk_want(1, i, R, 0, 'a');

		assert_int_equal(quire_keep_map_at(&d->keep, w[i].base, &want, &d->got), QUIRE_OK);
		assert_int_equal(quire_keep_unmap(&d->keep, w[i].base), QUIRE_OK);
	}
	assert_false(quire_keep_has(&d->keep, w[0].base));
	assert_true(quire_keep_has(&d->keep, w[1].base));
	assert_true(quire_keep_has(&d->keep, w[2].base));
	desk_close(d);
}

/* -- being told to -- */

static void drop_takes_what_shows_the_range(void **state)
{
	struct desk *d = desk_open(16, 8);
	struct quire_want want = {.pa = 5 * PAGE, .size = PAGE, .target = 1, .attr = R, .tag = 'o'};
	uint32_t dropped = 77;

	(void)state;
	desk_pair(d, 2, 2, 'a');
	desk_pair(d, 2, 4, 'b');
	desk_pair(d, 2, 6, 'c');
	assert_int_equal(desk_map(d, 1, 8, R, 0, 'u'), QUIRE_OK);
	assert_int_equal(quire_keep_map(&d->keep, &want, &d->got), QUIRE_OK);
	assert_int_equal(quire_keep_unmap(&d->keep, d->got.mapping), QUIRE_OK);
	desk_is(d, "AABBCCuO........");
	assert_int_equal(quire_keep_drop(&d->keep, 0, PA(4) - 1, 1, &dropped), QUIRE_OK);
	assert_int_equal(dropped, 1);
	desk_is(d, "..BBCCuO........");
	assert_int_equal(quire_keep_drop(&d->keep, 0, PA(5) + 7, PAGE, &dropped), QUIRE_OK);
	assert_int_equal(dropped, 2);
	desk_is(d, "......uO........");
	assert_int_equal(quire_keep_drop(&d->keep, 0, PA(0), PAGES0 * PAGE, NULL), QUIRE_OK);
	assert_int_equal(quire_keep_drop(&d->keep, 9, PA(0), PAGES0 * PAGE, &dropped), QUIRE_OK);
	assert_int_equal(dropped, 0);
	desk_is(d, "......uO........");
	assert_int_equal(quire_keep_drop_all(&d->keep, &dropped), QUIRE_OK);
	assert_int_equal(dropped, 1);
	desk_is(d, "......u.........");
	desk_close(d);
}

/* What was written through a kept mapping is in memory before its addresses show something else. */
static void dirty_pages_are_written_back_when_dropped(void **state)
{
	struct desk *d = desk_plan(8);

	(void)state;
	d->s->plan.mmu[0] = (struct quire_mmu)RIG_CACHED(12, 8);
	desk_build(d, 2);
	assert_int_equal(desk_map(d, 3, 0, RW, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	assert_int_equal(d->rig->hw[0].written.count, 0);
	assert_int_equal(quire_keep_drop_all(&d->keep, NULL), QUIRE_OK);
	assert_int_equal(d->rig->hw[0].written.count, 3);
	desk_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_overlap_drops_only_what_is_in_the_way),
		cmocka_unit_test(what_is_kept_is_not_shared_or_told_of),
		cmocka_unit_test(aliases_are_not_kept),
		cmocka_unit_test(an_alias_at_a_chosen_address),
		cmocka_unit_test(another_memory_is_never_in_the_way),
		cmocka_unit_test(what_could_be_lent_from_another_window_is_seen),
		cmocka_unit_test(what_is_seen_from_another_window_is_not_kept),
		cmocka_unit_test(code_and_data_are_kept_side_by_side),
		cmocka_unit_test(a_gap_is_made_from_the_oldest_on),
		cmocka_unit_test(in_vain_all_are_dropped),
		cmocka_unit_test(a_chosen_address_drops_what_stands_there),
		cmocka_unit_test(reservations_go_before),
		cmocka_unit_test(reservations_at_a_chosen_address_too),
		cmocka_unit_test(descriptors_are_given_back),
		cmocka_unit_test(tables_are_given_back),
		cmocka_unit_test(drop_takes_what_shows_the_range),
		cmocka_unit_test(dirty_pages_are_written_back_when_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
