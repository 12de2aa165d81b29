/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire_space_check is believed by all other tests, so it is shown damage.
 *
 * On a map that has everything (parts, aliases, reservations, gaps of equal and of different sizes)
 * every number of every extent, every link, every root, every count and every entry is spoilt, one
 * at a time, and each of it must be found.  What the check cannot know is the caller's: tags and
 * the number of holders.  Links that lead in a circle are left out: the searches that the check
 * makes assume that there are none.  All of it is done again where the gaps hang in one tree by place.
 */
#include "core/sketch.h"

#include <string.h>

static enum quire_place place;

static struct sketch *full_map(void)
{
	struct sketch *s = sketch_plan(32);

	s->plan.window[0].place = (uint8_t)place;
	sketch_build(s, "aaA..bb.::cCc...dd..ee.f........");
	assert_int_equal(sketch_map(s, 2, 5, R, QUIRE_SHARED, 'b'), QUIRE_IDENTICAL);
	assert_int_equal(sketch_map(s, 3, 4, R, QUIRE_SHARED, 'g'), 0);
	assert_int_equal(quire_space_unmap(s->space, VA(23)), 0);
	assert_int_equal(quire_space_check(s->space, NULL), 0);
	return s;
}

/* The check must find damage now, and say what it is. */
static void found(struct sketch *s)
{
	const char *what = NULL;

	assert_int_equal(quire_space_check(s->space, &what), QUIRE_ECORRUPT);
	assert_non_null(what);
	assert_int_equal(quire_space_check(s->space, NULL), QUIRE_ECORRUPT);
}

static void entries(void **unused)
{
	struct sketch *s = full_map();

	(void)unused;
	for (unsigned page = 0; page < 32; page++) {
		quire_entry *entry = &s->rig.hw[0].tables[page];
		quire_entry good = *entry;

		*entry = good ? 0 : 3;
		assert_int_equal(quire_space_check(s->space, NULL), QUIRE_ECORRUPT);
		*entry = good ^ 0x1000; /* another physical page */
		assert_int_equal(quire_space_check(s->space, NULL), good ? QUIRE_ECORRUPT : 0);
		*entry = good ^ 0x8; /* another attribute */
		assert_int_equal(quire_space_check(s->space, NULL), good ? QUIRE_ECORRUPT : 0);
		*entry = good;
	}
	sketch_close(s);
}

/* The extent that stands for none must look like none: searches do not ask whether it is. */
static void none(void **unused)
{
	struct sketch *s = full_map();

	(void)unused;
	s->space->extent[0].pages = 1;
	found(s);
	s->space->extent[0].pages = 0;
	s->space->extent[0].phys = 1;
	found(s);
	s->space->extent[0].phys = 0;
	s->space->extent[0].gap = 1;
	found(s);
	s->space->extent[0].gap = 0;
	sketch_close(s);
}

/* Reservations have no physical page. */
static bool extent_is_reserved(struct sketch *s, uint32_t i)
{
	struct quire_extent_info info;
	quire_va va = VA(s->space->extent[i].start);

	return quire_space_query(s->space, va, &info) == 0 && info.kind == QUIRE_RESERVED;
}

/* The numbers of every extent in the map. */
static void numbers(void **unused)
{
	struct sketch *s = full_map();

	(void)unused;
	for (uint32_t i = 1; i < s->space->extent_count; i++) {
		struct quire_extent *e = &s->space->extent[i];
		quire_page *const fields[] = {&e->start, &e->gap, &e->pages, &e->phys};
		bool end = i == s->space->book[0].end, free_phys = end || extent_is_reserved(s, i);

		if (e->pages == 0)
			continue; /* a free one */
		for (unsigned f = 0; f < 4; f++) {
			bool meaningless = (f == 3 && free_phys) || (f == 2 && end);
			quire_page good = *fields[f];

			for (unsigned bit = 0; bit < 6; bit++) {
				int result;

				*fields[f] = (quire_page)(good ^ 1u << bit);
				result = quire_space_check(s->space, NULL);
				if (!meaningless)
					assert_int_equal(result, QUIRE_ECORRUPT);
			}
			*fields[f] = good;
		}
	}
	sketch_close(s);
}

/* Every link that leads somewhere, and every root. */
static void links(void **unused)
{
	struct sketch *s = full_map();
	struct quire_book *b = s->space->book;
	quire_link *roots[1 + QUIRE_GAP_CLASSES + 1];
	unsigned count = 0, spoilt = 0;

	(void)unused;
	roots[count++] = &b->by_address;
	roots[count++] = &b->by_physical[0];
	for (unsigned c = 0; c < QUIRE_GAP_CLASSES; c++)
		if (b->by_gap[c] != 0)
			roots[count++] = &b->by_gap[c];
	for (unsigned i = 0; i < count; i++) {
		quire_link good = *roots[i];

		*roots[i] = 0;
		found(s);
		*roots[i] = good;
	}
	for (uint32_t i = 1; i < s->space->extent_count; i++) {
		struct quire_extent *e = &s->space->extent[i];

		for (unsigned l = 0; l < 6 && e->pages != 0; l++) {
			quire_link *link = &e->link[l / 2][l % 2], good = *link;
			quire_link mask = (quire_link)(((quire_size)1 << QUIRE_LINK_BITS) - 1);

			if ((good & mask) == 0 || (i == b->end && l < 2))
				continue; /* a window's end hangs in the gap tree alone */
			if (l / 2 == QUIRE_BY_GAP && e->gap == 0)
				continue; /* and what has no gap before it does not */
			*link = (quire_link)(good & ~mask);
			found(s);
			*link = good;
			spoilt++;
		}
	}
	assert_true(spoilt > 14);
	sketch_close(s);
}

static void counts(void **unused)
{
	struct sketch *s = full_map();
	struct quire_space good = *s->space;
	uint32_t classes = s->space->book->classes;

	(void)unused;
	s->space->free_count++;
	found(s);
	s->space->free_count -= 2;
	found(s);
	*s->space = good;
	s->space->free = s->space->book->by_address;
	found(s);
	*s->space = good;
	for (unsigned c = 0; c < QUIRE_GAP_CLASSES; c++) {
		if (!(classes >> c & 1))
			continue; /* setting one is an invitation to follow a root of nothing */
		s->space->book->classes = classes ^ (1u << c);
		found(s);
	}
	s->space->book->classes = classes;
	assert_int_equal(quire_space_check(s->space, NULL), 0);
	sketch_close(s);
}

/* Page tables and their pool. */
static void tables(void **unused)
{
	struct sketch *s = sketch_plan(8);
	struct quire_table_pool *pool = &s->rig.walker[0].pool;
	quire_entry *entry;

	(void)unused;
	s->plan.mmu[0] = (struct quire_mmu)RIG_TREE(0);
	s->plan.tables = 4;
	sketch_build(s, "aa.b....");
	pool->free--;
	found(s);
	pool->free += 2;
	found(s);
	pool->free--;
	entry = s->rig.hw[0].tables;
	for (size_t i = 0; i < s->rig.hw[0].entries; i++) {
		quire_entry good = entry[i];

		if (good == 0)
			continue;
		entry[i] = 0; /* an entry gone, at whatever level */
		found(s);
		entry[i] = good & ~(quire_entry)2; /* a leaf that calls itself a table */
		if (entry[i] != good)
			found(s);
		entry[i] = good;
	}
	sketch_close(s);
}

/* In the first of two windows. */
static void two_windows(void **unused)
{
	struct sketch *s = sketch_plan(8);
	quire_page *gap;

	(void)unused;
	s->plan.window[1] = s->plan.window[0];
	s->plan.window[1].base = s->plan.window[1].exec_base = 0x200000;
	s->plan.window[1].walk = 0x10000;
	sketch_build(s, "..aa....");
	for (unsigned n = 0; n < 2; n++) {
		gap = &s->space->extent[s->space->book[n].end].gap;
		*gap = (quire_page)(*gap ^ 1);
		found(s);
		*gap = (quire_page)(*gap ^ 1);
	}
	sketch_close(s);
}

/* Where the largest gap stands on top: two that change places, each still on its path. */
static void heights(void **unused)
{
	struct sketch *s = sketch_plan(32);
	struct quire_book *b;
	quire_link mask = (quire_link)(((quire_size)1 << QUIRE_LINK_BITS) - 1), top, below;
	const char *what = NULL;

	(void)unused;
	s->plan.window[0].place = (uint8_t)place;
	sketch_build(
		s,
		"aaaaaaaaaaaaaaaaaaa...b..ccccccc"); /* both gaps in the lower half of the tree */
	b = s->space->book;
	top = b->by_gap[0];
	below = s->space->extent[top].link[QUIRE_BY_GAP][0] & mask;
	assert_int_equal(s->space->extent[top].gap, 3);
	assert_int_equal(s->space->extent[below].gap, 2);
	b->by_gap[0] = below;
	s->space->extent[top].link[QUIRE_BY_GAP][0] &= (quire_link)~mask;
	s->space->extent[below].link[QUIRE_BY_GAP][0] |= top;
	assert_int_equal(quire_space_check(s->space, &what), QUIRE_ECORRUPT);
	assert_string_equal(what, "a gap is not in its tree");
	rig_close(&s->rig);
}

static int put_low(void **unused)
{
	(void)unused;
	place = QUIRE_PLACE_LOW;
	return 0;
}

static int put_first_high(void **unused)
{
	(void)unused;
	place = QUIRE_PLACE_FIRST_HIGH;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none),        cmocka_unit_test(entries), cmocka_unit_test(numbers),
		cmocka_unit_test(links),       cmocka_unit_test(counts),  cmocka_unit_test(tables),
		cmocka_unit_test(two_windows),
	};
	const struct CMUnitTest by_place[] = {
		cmocka_unit_test(none),   cmocka_unit_test(numbers), cmocka_unit_test(links),
		cmocka_unit_test(counts), cmocka_unit_test(heights),
	};
	int failed = cmocka_run_group_tests_name("damage", tests, put_low, NULL);

	return failed +
	       cmocka_run_group_tests_name("damage by place", by_place, put_first_high, NULL);
}
