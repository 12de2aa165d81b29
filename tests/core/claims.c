/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims: extents whose pages only the tables know.  The services that make them are elsewhere; here they
 * are made with the book's own functions, and it is shown that all verbs leave them alone, that all looks
 * tell of them, how parts and guards come and go, and that the check knows what is wrong with one.
 *
 * In drawings a claim is a letter like a mapping, guards and all.
 */
#include "core/sketch.h"

#include <string.h>

#include "space/private.h"

#define OWN (CLAIM_ANONYMOUS | CLAIM_GUARDS)

/* Pages [v, v + n) become a claim. */
static void claim(struct sketch *s, unsigned v, unsigned n, unsigned attr, unsigned flags, char tag)
{
	const struct quire_want want = {.attr = (uint8_t)attr, .tag = (uint8_t)tag};
	struct quire_book *b = s->space->book;

	extent_new(s->space, b, tree_behind(s->space, b, (quire_page)v), (quire_page)v,
		   (quire_page)n, EXTENT_CLAIMED, &want, (quire_page)flags);
}

/* Page v shows page p of a memory. */
static void put(struct sketch *s, unsigned v, unsigned n, unsigned target, unsigned p,
		unsigned attr)
{
	const struct quire_run run = {.walk = v * PAGE,
				      .size = n * PAGE,
				      .pa = s->plan.memory[target].base + p * PAGE,
				      .target = (uint8_t)target,
				      .attr = (uint8_t)attr};

	quire_walk_set(&s->rig.walker[0], &run, QUIRE_SET_FRESH);
}

/* A mapping, and a claim with a guard on either side, two of whose three pages are there. */
static struct sketch *one_claim(void)
{
	struct sketch *s = sketch_open("aa..........");

	claim(s, 4, 5, RW, OWN | CLAIM_LAZY, 'c');
	put(s, 5, 1, 0, 40, RW);
	put(s, 7, 1, 1, 3, R);
	sketch_is(s, "aa..ccccc...");
	return s;
}

/* -- verbs -- */

static void verbs_leave_them_alone(void **unused)
{
	struct sketch *s = one_claim();
	struct quire_want want = {.pa = PA(60), .size = PAGE, .attr = R};
	uint32_t generation = s->space->generation;
	quire_va va = 7;
	unsigned used = 7;

	(void)unused;
	assert_int_equal(quire_space_unmap(s->space, VA(4)), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_unmap(s->space, VA(5)), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_release(s->space, VA(4)), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_move(s->space, VA(4), 0, &va), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_move_at(s->space, VA(4), VA(0) + 1), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_resize(s->space, VA(4), PAGE), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_resize(s->space, VA(4), 5 * PAGE), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_switch(s->space, VA(4), NULL), QUIRE_ECLAIMED);
	want.pa++;
	assert_int_equal(quire_space_switch(s->space, VA(4), &want), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_protect(s->space, VA(5), PAGE, 0xff, 0), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_protect(s->space, VA(5), 9 * PAGE, R, 0), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_unmap_part(s->space, VA(5), PAGE), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_used(s->space, VA(5), PAGE, 0, &used), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_reserve_at(s->space, VA(8), PAGE, 1), QUIRE_ETAKEN);
	assert_int_equal(sketch_map_at(s, 4, 1, 60, R, 0, 'x'), QUIRE_ETAKEN);
	assert_int_equal(quire_space_move_at(s->space, VA(0), VA(3)), QUIRE_ETAKEN);
	assert_int_equal(quire_space_resize(s->space, VA(0), 5 * PAGE), QUIRE_ETAKEN);
	assert_int_equal(va, 7);
	assert_int_equal(used, 7);
	assert_int_equal(s->space->generation, generation);
	sketch_is(s, "aa..ccccc...");
	sketch_close(s);
}

/* What a claim shows is nobody's mapping: it is mapped beside it as if it were not there. */
static void shown_pages_do_not_count(void **unused)
{
	struct sketch *s = one_claim();

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 40, R, 0, 'b'), 0);
	assert_int_equal(sketch_map(s, 4, 38, R, 0, 'd'), QUIRE_EOVERLAP); /* with b */
	sketch_is(s, "aab.ccccc...");
	sketch_close(s);
}

static void tags(void **unused)
{
	struct sketch *s = one_claim();
	const struct range r = {.book = s->space->book, .start = 4, .end = 6, .node = NONE};

	(void)unused;
	range_set_attr(s->space, &r, R | QUIRE_USER);
	put(s, 5, 1, 0, 40, R);
	sketch_is(s, "aa..ccCCC...");
	assert_int_equal(quire_space_tag(s->space, VA(6), 'n'), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_tag(s->space, VA(4), 'n'), 0);
	sketch_is(s, "aa..nnNNN...");
	sketch_close(s);
}

static void compact_passes_them_by(void **unused)
{
	struct sketch *s = sketch_open("..aa........bb..");
	uint32_t moved = 0;

	(void)unused;
	claim(s, 6, 4, RW, OWN, 'c');
	assert_int_equal(quire_space_compact(s->space, VA(0), NULL, NULL, &moved), 0);
	assert_int_equal(moved, 2);
	sketch_is(s, "aa....ccccbb....");
	s->space->window[0].place = QUIRE_PLACE_HIGH;
	assert_int_equal(quire_space_compact(s->space, VA(0), NULL, NULL, &moved), 0);
	assert_int_equal(moved, 2);
	sketch_is(s, "....aacccc....bb");
	sketch_close(s);
}

/* -- looks -- */

static void queries(void **unused)
{
	struct sketch *s = one_claim();
	struct quire_extent_info row, rows[8];
	struct quire_space_stats stats;
	uint32_t count = 0;

	(void)unused;
	assert_int_equal(quire_space_query(s->space, XA(8) + 5, &row), 0);
	assert_int_equal(row.kind, QUIRE_CLAIMED);
	assert_int_equal(row.va, VA(4));
	assert_int_equal(row.exec_va, XA(4));
	assert_int_equal(row.size, 5 * PAGE);
	assert_int_equal(row.attr, RW);
	assert_int_equal(row.caps, QUIRE_CAP_MASK);
	assert_int_equal(row.guards, 3);
	assert_int_equal(row.refs, 1);
	assert_int_equal(row.tag, 'c');
	assert_int_equal(row.pa, 0);
	assert_false(row.part);
	assert_int_equal(quire_space_query(s->space, VA(0), &row), 0);
	assert_int_equal(row.guards, 0);
	assert_int_equal(quire_space_snapshot(s->space, rows, 8, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(rows[2].kind, QUIRE_CLAIMED);
	assert_int_equal(quire_space_stats(s->space, &stats), 0);
	assert_int_equal(stats.mappings, 2);
	sketch_close(s);
}

static void to_physical_is(struct sketch *s, quire_va va, int result, quire_pa pa, unsigned target)
{
	quire_pa got = 1;
	unsigned of = 7;

	assert_int_equal(quire_space_to_physical(s->space, va, &got, &of), result);
	assert_int_equal(got, result ? 1 : pa);
	assert_int_equal(of, result ? 7 : target);
	if (!result)
		assert_int_equal(quire_space_to_physical(s->space, va, &got, NULL), 0);
}

static void physical(void **unused)
{
	struct sketch *s = one_claim();
	struct quire_alias_cursor cursor = {0};
	unsigned caps = 0;
	quire_va va;

	(void)unused;
	to_physical_is(s, VA(4) + 9, QUIRE_EUNMAPPED, 0, 0);
	to_physical_is(s, VA(5) + 9, 0, PA(40) + 9, 0);
	to_physical_is(s, VA(6), QUIRE_EUNMAPPED, 0, 0);
	to_physical_is(s, XA(7) + 0xfff, 0, 3 * PAGE + 0xfff, 1);
	to_physical_is(s, VA(8), QUIRE_EUNMAPPED, 0, 0);
	to_physical_is(s, VA(1) + 1, 0, PA(1) + 1, 0);
	assert_int_equal(quire_space_to_virtual(s->space, 0, PA(40), &cursor, &va),
			 QUIRE_EUNMAPPED);
	assert_int_equal(quire_space_find_caps(s->space, 1, 3 * PAGE, &caps), QUIRE_EUNMAPPED);
	sketch_close(s);
}

/* Where entries do not say which memory they show, the first that it can be is told. */
static void memory_of_a_leaf(void **unused)
{
	struct sketch *s = sketch_open("....");
	struct quire_decoded leaf = {.target = 0, .pa = PA(3)};

	(void)unused;
	assert_int_equal(leaf_target(s->space, 0, &leaf), 0);
	leaf.target = 1;
	leaf.pa = PA(0) - 1; /* in memory 1 only */
	assert_int_equal(leaf_target(s->space, 0, &leaf), 1);
	leaf.target = 5;
	assert_int_equal(leaf_target(s->space, 0, &leaf), 1);
	leaf.target = 0;
	assert_int_equal(leaf_target(s->space, 0, &leaf), 1);
	leaf.pa = 64 * PAGE; /* the first of memory 0, behind memory 1 */
	leaf.target = 1;
	assert_int_equal(leaf_target(s->space, 0, &leaf), 0);
	s->space->window[0].targets = 2;
	assert_int_equal(leaf_target(s->space, 0, &leaf), 1); /* nowhere: what it says */
	sketch_close(s);
}

/* -- ranges and wholes -- */

static void ranges(void **unused)
{
	struct sketch *s = one_claim();
	struct range r;

	(void)unused;
	assert_int_equal(quire_space_reserve_at(s->space, VA(10), PAGE, ':'), 0);
	assert_int_equal(claim_range_find(s->space, VA(5), 0, &r), QUIRE_EZERO);
	assert_int_equal(claim_range_find(s->space, VA(5), (quire_size)-1, &r), QUIRE_EROUND);
	assert_int_equal(claim_range_find(s->space, VA(5) + 1, PAGE, &r), QUIRE_EALIGN);
	assert_int_equal(claim_range_find(s->space, (quire_va)0 - PAGE, 2 * PAGE, &r), QUIRE_EWRAP);
	assert_int_equal(claim_range_find(s->space, VA(12), PAGE, &r), QUIRE_EFOREIGN);
	assert_int_equal(claim_range_find(s->space, VA(3), PAGE, &r), QUIRE_EUNMAPPED);
	assert_int_equal(claim_range_find(s->space, VA(0), PAGE, &r), QUIRE_ECLAIMED);
	assert_int_equal(claim_range_find(s->space, VA(10), PAGE, &r), QUIRE_ECLAIMED);
	for (unsigned v = 4; v < 9; v++)
		for (unsigned n = 1; n < 9; n++) {
			int expected = v > 4 && v + n < 9 ? QUIRE_OK : QUIRE_EUNMAPPED;

			assert_int_equal(claim_range_find(s->space, VA(v), n * PAGE, &r), expected);
			if (expected)
				continue;
			assert_int_equal(r.start, v);
			assert_int_equal(r.end, v + n);
			claim_range_widen(s->space, &r);
			assert_int_equal(r.start, v == 5 ? 4 : v);
			assert_int_equal(r.end, v + n == 8 ? 9 : v + n);
		}
	sketch_close(s);
}

static void wholes(void **unused)
{
	struct sketch *s = one_claim();
	struct range r;
	struct whole m;
	struct place at;

	(void)unused;
	assert_int_equal(claim_range_find(s->space, VA(6), PAGE, &r), 0);
	range_set_attr(s->space, &r, R);
	sketch_is(s, "aa..ccCCC...");
	for (unsigned v = 0; v < 12; v++) {
		int expected = v < 2             ? QUIRE_ECLAIMED
			       : v >= 4 && v < 9 ? QUIRE_OK
						 : QUIRE_EUNMAPPED;

		assert_int_equal(claim_find_whole(s->space, VA(v) + 3, &m, &at), expected);
		assert_int_equal(at.page, v);
		assert_int_equal(at.offset, 3);
		if (expected)
			continue;
		assert_int_equal(m.start, 4);
		assert_int_equal(m.pages, 5);
		assert_int_equal(claim_flags(s->space, &m), OWN | CLAIM_LAZY);
	}
	assert_int_equal(claim_find_whole(s->space, VA(12), &m, &at), QUIRE_EFOREIGN);
	sketch_close(s);
}

/* -- parts -- */

enum { LONG = 12 };

/* The rows of a claim of LONG pages at page 1 are the fewest that say what each page allows, and the
   guards stand at its ends. */
static void parts_are(struct sketch *s, const unsigned *attr, unsigned guards)
{
	struct quire_extent_info row;
	unsigned at = 0;

	while (at < LONG) {
		unsigned n = 1, expected = 0;

		while (at + n < LONG && attr[at + n] == attr[at])
			n++;
		if (at == 0)
			expected |= guards & CLAIM_GUARD_BELOW;
		if (at + n == LONG)
			expected |= guards & CLAIM_GUARD_ABOVE;
		assert_int_equal(quire_space_query(s->space, VA(1 + at), &row), 0);
		assert_int_equal(row.kind, QUIRE_CLAIMED);
		assert_int_equal(row.va, VA(1 + at));
		assert_int_equal(row.size, n * PAGE);
		assert_int_equal(row.attr, attr[at]);
		assert_int_equal(row.part, at != 0);
		assert_int_equal(row.guards, expected);
		at += n;
	}
}

static void random_parts(void **unused)
{
	static const unsigned some[] = {R, RW, X, RW | QUIRE_UNCACHED};
	uint64_t state = 0x2545f4914f6cdd1d;
	struct sketch *s;
	struct whole m;
	struct place at;

	(void)unused;
	for (unsigned guards = 0; guards < 4; guards++) {
		unsigned attr[LONG];

		s = sketch_open("..............");
		claim(s, 1, LONG, R, guards | CLAIM_PINNED, 'p');
		for (unsigned i = 0; i < LONG; i++)
			attr[i] = R;
		for (unsigned step = 0; step < 2000; step++) {
			unsigned wanted = some[rig_below(&state, 4)];
			unsigned first = rig_below(&state, LONG);
			unsigned n = 1 + rig_below(&state, LONG - first);
			struct range r;
			int err = claim_range_find(s->space, VA(1 + first), n * PAGE, &r);
			uint32_t room = s->space->free_count;
			unsigned cuts;

			if (err)
				continue;
			claim_range_widen(s->space, &r);
			cuts = range_cuts(s->space, &r, wanted);
			range_set_attr(s->space, &r, wanted);
			assert_true(room <= s->space->free_count + cuts);
			for (unsigned i = r.start - 1u; i < r.end - 1u; i++)
				attr[i] = wanted;
			parts_are(s, attr, guards);
			assert_int_equal(quire_space_check(s->space, NULL), 0);
		}
		assert_int_equal(claim_find_whole(s->space, VA(6), &m, &at), 0);
		assert_int_equal(claim_flags(s->space, &m), guards | CLAIM_PINNED);
		parts_drop(s->space, &m, m.head);
		sketch_is(s, "..............");
		assert_int_equal(s->space->free_count, 64);
		sketch_close(s);
	}
}

/* -- places -- */

enum { WIDE = 9 };

/* Where pages of which that after `below` is aligned go in a map of WIDE pages; WIDE if nowhere. */
static unsigned place_of(unsigned taken, unsigned pages, unsigned below, unsigned align,
			 enum quire_place place)
{
	unsigned best = WIDE, best_gap = WIDE + 1;
	bool high = place != QUIRE_PLACE_LOW;

	for (unsigned first = 0; first < WIDE;) {
		unsigned end = first, found = WIDE;

		while (end < WIDE && !(taken >> end & 1u))
			end++;
		for (unsigned v = first; v + pages <= end; v++)
			if ((v + 3 + below) % align == 0 && (found == WIDE || high))
				found = v;
		if (found != WIDE && (place == QUIRE_PLACE_FIRST_HIGH || end - first < best_gap)) {
			best = found;
			best_gap = end - first;
		}
		first = end + 1;
	}
	return best;
}

/* All maps of WIDE pages. */
static void places(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < (3u << WIDE); i++) {
		unsigned taken = i / 3;
		enum quire_place place = (enum quire_place)(i % 3);
		struct sketch *s = sketch_plan(WIDE);
		struct spot spot;

		s->plan.window[0].base = VA(3);
		s->plan.window[0].place = (uint8_t)place;
		sketch_build(s, "");
		for (unsigned v = 0; v < WIDE; v++)
			if (taken >> v & 1u)
				claim(s, v, 1, R, 0, 'c');
		for (unsigned n = 0; n < WIDE * 3 * 3; n++) {
			unsigned pages = 1 + n % WIDE, below = n / WIDE % 3,
				 align = 1u << n / WIDE / 3;
			const struct quire_want want = {.align = align * PAGE, .attr = R};
			unsigned v = place_of(taken, pages, below, align, place);
			int err = spot_anywhere(s->space, &want, (quire_page)pages,
						(quire_page)below, &spot);

			assert_int_equal(err, v == WIDE ? QUIRE_ESPACE : QUIRE_OK);
			if (err)
				continue;
			assert_int_equal(spot.start, v);
			assert_int_equal(spot.pages, pages);
			assert_int_equal(spot.window, 0);
		}
		sketch_close(s);
	}
}

static void chosen_places(void **unused)
{
	struct sketch *s = one_claim();
	struct spot spot;

	(void)unused;
	for (unsigned v = 0; v < 12; v++)
		for (unsigned n = 1; n < 14; n++) {
			const struct place at = {.page = (quire_page)v};
			bool is_free = (v >= 2 && v + n <= 4) || (v >= 9 && v + n <= 12);

			assert_int_equal(spot_at(s->space, &at, (quire_page)n, &spot),
					 is_free ? QUIRE_OK : QUIRE_ETAKEN);
		}
	sketch_close(s);
}

/* -- the check -- */

static void found(struct sketch *s, const char *expected)
{
	const char *what = NULL;

	assert_int_equal(quire_space_check(s->space, &what), QUIRE_ECORRUPT);
	assert_string_equal(what, expected);
}

static void entries_are_checked(void **unused)
{
	struct sketch *s = one_claim();
	quire_entry *entry = s->rig.hw[0].tables;
	quire_entry good = entry[5];

	(void)unused;
	for (unsigned guard = 4; guard < 9; guard += 4) {
		entry[guard] = good;
		found(s, "an entry maps a guard");
		entry[guard] = 0;
	}
	assert_int_equal(quire_space_check(s->space, NULL), 0);
	entry[5] = good | QUIRE_EXEC << 2;
	found(s, "an entry allows more than its claim");
	entry[5] = good | QUIRE_UNCACHED << 2;
	found(s, "an entry allows more than its claim");
	entry[5] = good & ~(quire_entry)(QUIRE_WRITE << 2);
	assert_int_equal(quire_space_check(s->space, NULL), 0);
	entry[5] = 0;
	assert_int_equal(quire_space_check(s->space, NULL), 0);
	entry[9] = good;
	found(s, "an entry maps what is free");
	entry[9] = 0;
	sketch_close(s);
}

static void flags_are_checked(void **unused)
{
	struct sketch *s = one_claim();
	struct quire_extent *first, *last;
	struct range r;

	(void)unused;
	assert_int_equal(claim_range_find(s->space, VA(6), PAGE, &r), 0);
	range_set_attr(s->space, &r, R);
	first = extent_at(s->space, tree_covering(s->space, s->space->book, 4));
	last = extent_at(s->space, tree_covering(s->space, s->space->book, 7));
	first->phys ^= CLAIM_GUARD_ABOVE;
	found(s, "a guard stands inside a claim");
	first->phys ^= CLAIM_GUARD_ABOVE | 0x100;
	found(s, "a claim has a flag there is not");
	first->phys ^= 0x100;
	last->phys ^= CLAIM_GUARD_BELOW;
	found(s, "a guard stands inside a claim");
	last->phys ^= CLAIM_GUARD_BELOW | CLAIM_PINNED;
	found(s, "the parts of a claim contradict each other");
	last->phys ^= CLAIM_PINNED;
	extent_set_kind(first, EXTENT_RESERVED, 0, false);
	found(s, "a part of a claim has lost it");
	extent_set_kind(first, EXTENT_CLAIMED, 0, false);
	tree_insert_physical(s->space, s->space->book, tree_covering(s->space, s->space->book, 4));
	found(s, "the physical tree holds what is not mapped");
	tree_remove_physical(s->space, s->space->book, tree_covering(s->space, s->space->book, 4));
	sketch_close(s);
}

/* In tables of several levels, a claim may stand in pages of any size. */
static void large_pages(void **unused)
{
	struct sketch *s = sketch_plan(64);
	quire_pa pa;

	(void)unused;
	s->plan.mmu[0] = (struct quire_mmu)RIG_TREE(0);
	s->plan.tables = 16;
	sketch_build(s, "");
	claim(s, 15, 34, RW, OWN, 'l');
	put(s, 16, 16, 0, 64, RW);
	for (unsigned v = 32; v < 48; v++)
		put(s, v, 1, 0, 100 + v % 3, v & 1 ? R : RW);
	assert_int_equal(quire_space_check(s->space, NULL), 0);
	for (unsigned v = 16; v < 32; v++) {
		assert_int_equal(quire_space_to_physical(s->space, VA(v) + v, &pa, NULL), 0);
		assert_int_equal(pa, PA(48 + v) + v);
	}
	assert_int_equal(quire_space_to_physical(s->space, VA(40), &pa, NULL), 0);
	assert_int_equal(pa, PA(101));
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_leave_them_alone),
		cmocka_unit_test(shown_pages_do_not_count),
		cmocka_unit_test(tags),
		cmocka_unit_test(compact_passes_them_by),
		cmocka_unit_test(queries),
		cmocka_unit_test(physical),
		cmocka_unit_test(memory_of_a_leaf),
		cmocka_unit_test(ranges),
		cmocka_unit_test(wholes),
		cmocka_unit_test(random_parts),
		cmocka_unit_test(places),
		cmocka_unit_test(chosen_places),
		cmocka_unit_test(entries_are_checked),
		cmocka_unit_test(flags_are_checked),
		cmocka_unit_test(large_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
