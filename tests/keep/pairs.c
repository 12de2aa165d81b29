/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping and unmapping again and again: what is a hit, what it costs, which mappings are kept and
 * for how long.
 */
#include "keep/desk.h"

static void a_pair_again_costs_nothing(void **state)
{
	struct desk *d = desk_open(8, 4);
	uint64_t work;

	(void)state;
	desk_pair(d, 2, 5, 'a');
	desk_is(d, "AA......");
	work = desk_work(d);
	d->rig->lock_in = 1; /* the space must not even be locked */
	d->rig->lock_error = QUIRE_EPORT;
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(desk_map(d, 2, 5, R, 0, 'a'), QUIRE_OK);
		assert_int_equal(d->got.va, VA(0));
		assert_int_equal(d->got.mapping, VA(0));
		assert_int_equal(quire_keep_unmap(&d->keep, VA(0)), QUIRE_OK);
	}
	d->rig->lock_in = 0;
	assert_int_equal(desk_work(d), work);
	assert_int_equal(desk_stats(d).hits, 1000);
	assert_int_equal(desk_stats(d).misses, 1);
	desk_close(d);
}

static void sides_are_the_space_s(void **state)
{
	struct desk *d = desk_open(8, 4);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(desk_map(d, 1, 5, RX, 0, 'x'), QUIRE_OK);
		assert_int_equal(d->got.va, XA(0));
		assert_int_equal(d->got.mapping, XA(0));
		assert_false(quire_keep_has(&d->keep, XA(0)));
		/* Either side will do, for each call. */
		assert_int_equal(quire_keep_tag(&d->keep, i % 2 ? XA(0) : VA(0), 'x'), QUIRE_OK);
		assert_int_equal(quire_keep_unmap(&d->keep, i % 2 ? XA(0) : VA(0)), QUIRE_OK);
		assert_true(quire_keep_has(&d->keep, XA(0)));
		assert_true(quire_keep_has(&d->keep, VA(0)));
	}
	assert_int_equal(desk_stats(d).hits, 2);
	/* Borrowed for reading it is on the data side, and the mapping too. */
	assert_int_equal(desk_map(d, 1, 5, RX, 0, 'x'), QUIRE_OK);
	assert_int_equal(desk_map(d, 1, 5, R, 0, 'r'), QUIRE_IDENTICAL);
	assert_int_equal(d->got.mapping, VA(0));
	assert_int_equal(quire_keep_unmap(&d->keep, VA(0)), QUIRE_OK);
	desk_is(d, "x.......");
	assert_int_equal(quire_keep_unmap(&d->keep, VA(0)), QUIRE_OK);
	desk_is(d, "X.......");
	desk_close(d);
}

static void size_is_rounded(void **state)
{
	struct desk *d = desk_open(8, 4);
	struct quire_want want = desk_want(2, 5, R, 0, 'a');

	(void)state;
	want.size = PAGE + 1;
	assert_int_equal(quire_keep_map(&d->keep, &want, &d->got), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_pair(d, 2, 5, 'a');
	assert_int_equal(desk_stats(d).hits, 1);
	desk_close(d);
}

/* A request with one thing other than the one that is kept. */
static void expect_no_hit(void (*change)(struct quire_want *want))
{
	struct desk *d = desk_open(16, 4);
	struct quire_want want = desk_want(2, 4, R, 0, 'a');

	desk_pair(d, 2, 4, 'a');
	change(&want);
	assert_int_equal(quire_keep_map(&d->keep, &want, &d->got), QUIRE_OK);
	assert_int_equal(desk_stats(d).hits, 0);
	desk_close(d);
}

static void other_pa(struct quire_want *w)
{
	w->pa += PAGE;
}
static void other_size(struct quire_want *w)
{
	w->size += PAGE;
}
static void other_target(struct quire_want *w)
{
	w->target = 1;
	w->pa = 4 * PAGE;
}
static void other_attr(struct quire_want *w)
{
	w->attr = RW;
}
static void other_cache(struct quire_want *w)
{
	w->attr |= QUIRE_UNCACHED;
}
static void other_caps(struct quire_want *w)
{
	w->caps = QUIRE_CAP_8BIT;
}
static void other_align(struct quire_want *w)
{
	w->align = 2 * PAGE;
}
static void other_tag(struct quire_want *w)
{
	w->tag = 'b';
}

static void only_the_same_request_hits(void **state)
{
	(void)state;
	expect_no_hit(other_pa);
	expect_no_hit(other_size);
	expect_no_hit(other_target);
	expect_no_hit(other_attr);
	expect_no_hit(other_cache);
	expect_no_hit(other_caps);
	expect_no_hit(other_align);
	expect_no_hit(other_tag);
}

static void flags_of_a_hit(void **state)
{
	struct desk *d = desk_open(8, 4);

	(void)state;
	desk_pair(d, 1, 5, 'a');
	/* Told of, it would be mapped anew; and nobody is in the way that SHARED could allow. */
	for (unsigned flags = 0; flags <= QUIRE_FLAG_MASK; flags++) {
		assert_int_equal(desk_map(d, 1, 5, R, flags, 'a'), QUIRE_OK);
		assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	}
	assert_int_equal(desk_stats(d).hits, QUIRE_FLAG_MASK + 1);
	assert_int_equal(desk_map(d, 1, 5, R, QUIRE_FLAG_MASK + 1, 'a'), QUIRE_EFLAG);
	/* Writing and executing must be meant each time. */
	assert_int_equal(desk_map(d, 1, 7, RW | X, QUIRE_WX, 'w'), QUIRE_OK);
	assert_int_equal(quire_keep_unmap(&d->keep, d->got.mapping), QUIRE_OK);
	assert_int_equal(desk_map(d, 1, 7, RW | X, 0, 'w'), QUIRE_EWX);
	assert_int_equal(desk_map(d, 1, 7, RW | X, QUIRE_WX, 'w'), QUIRE_OK);
	desk_close(d);
}

static void a_chosen_address_hits_where_it_stands(void **state)
{
	struct desk *d = desk_open(8, 4);
	struct quire_want want = desk_want(2, 5, RX, 0, 'a');

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(quire_keep_map_at(&d->keep, i % 2 ? XA(3) : VA(3), &want, &d->got),
				 QUIRE_OK);
		assert_int_equal(d->got.va, XA(3));
		assert_int_equal(quire_keep_unmap(&d->keep, XA(3)), QUIRE_OK);
		assert_int_equal(desk_stats(d).hits, i);
	}
	assert_int_equal(quire_keep_map_at(&d->keep, VA(4), &want, &d->got), QUIRE_OK);
	assert_int_equal(desk_stats(d).hits, 3);
	desk_is(d, "....aa..");
	desk_close(d);
}

/* On the instruction side pages 0 to 7 are at multiples of other numbers than on the data side. */
static struct desk *askew(void)
{
	struct desk *d = desk_plan(8);

	d->s->plan.window[0].exec_base = XA(1);
	desk_build(d, 4);
	return d;
}

static void a_chosen_address_must_be_aligned_each_time(void **state)
{
	struct desk *d = askew();
	struct quire_want want = desk_want(1, 5, R, 0, 'a');

	(void)state;
	want.align = 2 * PAGE;
	assert_int_equal(quire_keep_map_at(&d->keep, VA(2), &want, &d->got), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	assert_int_equal(quire_keep_map_at(&d->keep, XA(3), &want, &d->got), QUIRE_EALIGN);
	assert_int_equal(quire_keep_map_at(&d->keep, VA(2), &want, &d->got), QUIRE_OK);
	desk_close(d);
}

/* Chosen on the instruction side, it may stand where map would not put it. */
static void what_is_aligned_on_the_other_side_only_is_not_kept(void **state)
{
	struct desk *d = askew();
	struct quire_want want = desk_want(1, 5, R, 0, 'a');

	(void)state;
	want.align = 2 * PAGE;
	assert_int_equal(quire_keep_map_at(&d->keep, XA(4), &want, &d->got), QUIRE_OK);
	assert_int_equal(d->got.va, VA(3));
	assert_int_equal(desk_unmap(d, 3), QUIRE_OK);
	desk_is(d, "........");
	assert_int_equal(quire_keep_map(&d->keep, &want, &d->got), QUIRE_OK);
	assert_int_equal(d->got.va & (want.align - 1), 0);
	desk_close(d);
}

static void the_last_holder_counts(void **state)
{
	struct desk *d = desk_open(8, 4);

	(void)state;
	assert_int_equal(desk_map(d, 3, 5, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map(d, 3, 5, R, 0, 'b'), QUIRE_IDENTICAL);
	assert_int_equal(desk_map(d, 1, 6, R, 0, 'c'), QUIRE_ENCLOSED);
	assert_int_equal(d->got.va, VA(1));
	assert_int_equal(d->got.mapping, VA(0));
	assert_int_equal(desk_map(d, 1, 6, R, QUIRE_TELL, 'c'), QUIRE_ENCLOSED);
	assert_int_equal(sketch_refs(d->s, 0), 3);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
		desk_is(d, "aaa.....");
	}
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "AAA.....");
	assert_int_equal(desk_unmap(d, 0), QUIRE_EUNMAPPED);
	desk_close(d);
}

static void the_least_recently_used_goes_first(void **state)
{
	struct desk *d = desk_open(8, 3);

	(void)state;
	desk_pair(d, 1, 0, 'a');
	desk_pair(d, 1, 1, 'b');
	desk_pair(d, 1, 2, 'c');
	desk_is(d, "ABC.....");
	desk_pair(d, 1, 0, 'a');
	desk_pair(d, 1, 3, 'd');
	desk_is(d, "A.CD....");
	desk_pair(d, 1, 4, 'e');
	desk_is(d, "AE.D....");
	desk_pair(d, 1, 3, 'd');
	desk_pair(d, 1, 5, 'f');
	desk_is(d, ".EFD....");
	assert_int_equal(desk_stats(d).drops, 3);
	assert_int_equal(desk_stats(d).kept, 3);
	desk_close(d);
}

/* Used is when it was given up, not when it was asked for. */
static void order_is_that_of_giving_up(void **state)
{
	struct desk *d = desk_open(8, 2);

	(void)state;
	assert_int_equal(desk_map(d, 1, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map(d, 1, 1, R, 0, 'b'), QUIRE_OK);
	assert_int_equal(desk_map(d, 1, 2, R, 0, 'c'), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 1), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	desk_is(d, "aBC.....");
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "A.C.....");
	desk_close(d);
}

static void mappings_that_stay_do_not_push_out_kept_ones(void **state)
{
	struct desk *d = desk_open(64, 2);

	(void)state;
	desk_pair(d, 1, 100, 'y');
	desk_pair(d, 1, 101, 'z');
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(desk_map(d, 1, i, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_stats(d).kept, 2);
	assert_int_equal(desk_stats(d).tracked, 2);
	desk_pair(d, 1, 100, 'y');
	desk_pair(d, 1, 101, 'z');
	desk_pair(d, 1, 100, 'y');
	assert_int_equal(desk_stats(d).hits, 3);
	assert_int_equal(desk_stats(d).drops, 0);
	/* Those that were forgotten meanwhile are unmapped as ever. */
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 2), QUIRE_EUNMAPPED);
	assert_int_equal(desk_stats(d).kept, 2);
	desk_close(d);
}

static void pairs_among_mappings_that_stay_hit(void **state)
{
	struct desk *d = desk_open(64, 4);

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(desk_map(d, 1, i, R, 0, 'a'), QUIRE_OK);
	for (unsigned round = 0; round < 10; round++)
		for (unsigned i = 0; i < 4; i++)
			desk_pair(d, 1, 100 + i, 'z');
	assert_int_equal(desk_stats(d).hits, 36);
	desk_close(d);
}

/* Nested, more deeply than there are slots: those given up last are kept, and hit next time. */
static void nested_pairs_are_kept_as_far_as_slots_go(void **state)
{
	struct desk *d = desk_open(16, 4);

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(desk_map(d, 1, i, R, 0, 'a'), QUIRE_OK);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(desk_unmap(d, i), QUIRE_OK);
		desk_is(d, "AAAA............");
	}
	assert_int_equal(desk_stats(d).hits, 8);
	desk_close(d);
}

static void without_slots_every_call_goes_to_the_space(void **state)
{
	struct desk *d = desk_open(8, 0);
	struct quire_extent_info row;
	uint32_t dropped = 7;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		desk_pair(d, 2, 5, 'a');
		desk_is(d, "........");
	}
	assert_int_equal(desk_map(d, 2, 5, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map(d, 1, 6, R, 0, 'a'), QUIRE_ENCLOSED);
	assert_int_equal(quire_keep_tag(&d->keep, VA(0), 'b'), QUIRE_OK);
	assert_int_equal(quire_keep_query(&d->keep, VA(1), &row), QUIRE_OK);
	assert_int_equal(row.refs, 2);
	assert_int_equal(row.tag, 'b');
	assert_false(quire_keep_has(&d->keep, VA(0)));
	assert_int_equal(quire_keep_drop_all(&d->keep, &dropped), QUIRE_OK);
	assert_int_equal(dropped, 0);
	assert_int_equal(desk_stats(d).misses, 7);
	assert_int_equal(desk_stats(d).kept, 0);
	desk_close(d);
}

static void a_kept_mapping_looks_like_a_gap(void **state)
{
	struct desk *d = desk_open(8, 4);
	struct quire_extent_info row;

	(void)state;
	assert_int_equal(desk_map_at(d, 2, 3, 5, RX, 0, 'a'), QUIRE_OK);
	assert_int_equal(quire_keep_query(&d->keep, XA(2), &row), QUIRE_OK);
	assert_int_equal(row.kind, QUIRE_MAPPED);
	assert_int_equal(row.va, VA(2));
	assert_int_equal(row.exec_va, XA(2));
	assert_int_equal(row.size, 3 * PAGE);
	assert_int_equal(row.pa, PA(5));
	assert_int_equal(row.attr, RX);
	assert_int_equal(row.refs, 1);
	assert_int_equal(row.tag, 'a');
	assert_int_equal(row.caps, QUIRE_CAP_MASK);
	assert_int_equal(desk_unmap(d, 2), QUIRE_OK);
	for (unsigned i = 0; i < 2; i++) { /* its first page, and one inside */
		assert_int_equal(quire_keep_query(&d->keep, VA(2 + i), &row), QUIRE_OK);
		assert_int_equal(row.kind, QUIRE_GAP);
		assert_int_equal(row.va, VA(2));
		assert_int_equal(row.exec_va, XA(2));
		assert_int_equal(row.size, 3 * PAGE);
		assert_int_equal(row.refs, 0);
		assert_int_equal(row.tag, 0);
	}
	assert_int_equal(quire_keep_query(&d->keep, VA(6), &row), QUIRE_OK);
	assert_int_equal(row.va, VA(5));
	desk_close(d);
}

static void a_new_tag_is_part_of_what_is_kept(void **state)
{
	struct desk *d = desk_open(8, 4);

	(void)state;
	assert_int_equal(desk_map(d, 1, 5, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(quire_keep_tag(&d->keep, VA(0), 'b'), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "B.......");
	desk_pair(d, 1, 5, 'b');
	assert_int_equal(desk_stats(d).hits, 1);
	desk_pair(d, 1, 5, 'a');
	assert_int_equal(desk_stats(d).hits, 1);
	desk_is(d, "A.......");
	desk_close(d);
}

static void only_the_sole_holder_with_the_tag_unmaps(void **state)
{
	struct desk *d = desk_open(8, 2);

	(void)state;
	assert_int_equal(desk_map(d, 1, 5, R, 0, 3), QUIRE_OK);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 4), QUIRE_EREFERENCED);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 5), QUIRE_EREFERENCED);
	assert_int_equal(desk_map(d, 1, 5, R, 0, 3), QUIRE_IDENTICAL);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 1), QUIRE_EREFERENCED);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 2), QUIRE_OK);
	assert_true(quire_keep_has(&d->keep, VA(0)));
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 4), QUIRE_EUNMAPPED);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(200), 0), QUIRE_EFOREIGN);
	assert_int_equal(quire_keep_unmap_sole(NULL, VA(0), 0), QUIRE_ENULL);
	desk_close(d);
}

/* The same for mappings that the list has forgotten. */
static void also_of_what_is_forgotten(void **state)
{
	struct desk *d = desk_open(8, 1);

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(desk_map(d, 2, 10 * i, R, 0, 3), QUIRE_OK);
	assert_int_equal(desk_stats(d).tracked, 2);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(1), 4), QUIRE_EINTERIOR);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 4), QUIRE_EREFERENCED);
	assert_int_equal(desk_map(d, 2, 0, R, 0, 3), QUIRE_IDENTICAL);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 3), QUIRE_EREFERENCED);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, XA(0), 3), QUIRE_OK);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 0), QUIRE_EUNMAPPED);
	assert_int_equal(quire_keep_reserve_at(&d->keep, VA(0), PAGE, 0), QUIRE_OK);
	assert_int_equal(quire_keep_unmap_sole(&d->keep, VA(0), 0), QUIRE_ERESERVED);
	desk_close(d);
}

/* Of the memories that the configuration names, mappings are kept; of others not. */
static void memories_can_be_left_out(void **state)
{
	struct desk *d = desk_open(8, 2);
	struct quire_want other = {.size = PAGE, .target = 1, .attr = R, .tag = 'o'};
	struct quire_keep_config config = {.space = d->space,
					   .slots = 2,
					   .memory = d->memory,
					   .memory_size = quire_keep_memory_size(2),
					   .targets = QUIRE_TARGET_BIT(1)};

	(void)state;
	assert_int_equal(quire_keep_init(&d->keep, &config), QUIRE_OK);
	desk_pair(d, 1, 5, 'a');
	desk_is(d, "........");
	assert_int_equal(quire_keep_map(&d->keep, &other, &d->got), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "O.......");
	desk_close(d);
}

static void sixty_five_thousand_holders(void **state)
{
	struct desk *d = desk_open(8, 4);

	(void)state;
	assert_int_equal(desk_map(d, 1, 5, R, 0, 'a'), QUIRE_OK);
	for (unsigned i = 1; i < 65535; i++)
		assert_int_equal(desk_map(d, 1, 5, R, 0, 'a'), QUIRE_IDENTICAL);
	assert_int_equal(desk_map(d, 1, 5, R, 0, 'a'), QUIRE_EREFS);
	assert_int_equal(desk_map(d, 1, 5, R, QUIRE_TELL, 'a'), QUIRE_IDENTICAL);
	desk_check(d);
	for (unsigned i = 0; i < 65535; i++)
		assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, "A.......");
	desk_close(d);
}

/* Thousands of slots, each found. */
static void many_slots(void **state)
{
	struct desk *d = desk_plan(255);

	(void)state;
	d->s->plan.mappings = 300;
	desk_build(d, QUIRE_KEEP_MAX);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned p = 0; p < PAGES0; p++)
			desk_pair(d, 1, p, 'a');
	assert_int_equal(desk_stats(d).hits, 2 * PAGES0);
	assert_int_equal(desk_stats(d).kept, PAGES0);
	desk_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_again_costs_nothing),
		cmocka_unit_test(sides_are_the_space_s),
		cmocka_unit_test(size_is_rounded),
		cmocka_unit_test(only_the_same_request_hits),
		cmocka_unit_test(flags_of_a_hit),
		cmocka_unit_test(a_chosen_address_hits_where_it_stands),
		cmocka_unit_test(a_chosen_address_must_be_aligned_each_time),
		cmocka_unit_test(what_is_aligned_on_the_other_side_only_is_not_kept),
		cmocka_unit_test(the_last_holder_counts),
		cmocka_unit_test(the_least_recently_used_goes_first),
		cmocka_unit_test(order_is_that_of_giving_up),
		cmocka_unit_test(mappings_that_stay_do_not_push_out_kept_ones),
		cmocka_unit_test(pairs_among_mappings_that_stay_hit),
		cmocka_unit_test(nested_pairs_are_kept_as_far_as_slots_go),
		cmocka_unit_test(without_slots_every_call_goes_to_the_space),
		cmocka_unit_test(a_kept_mapping_looks_like_a_gap),
		cmocka_unit_test(a_new_tag_is_part_of_what_is_kept),
		cmocka_unit_test(only_the_sole_holder_with_the_tag_unmaps),
		cmocka_unit_test(also_of_what_is_forgotten),
		cmocka_unit_test(memories_can_be_left_out),
		cmocka_unit_test(sixty_five_thousand_holders),
		cmocka_unit_test(many_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
