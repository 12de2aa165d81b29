/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing what is mapped: protect, resize, unmap_part, release; and what it costs in descriptors.
 */
#include "core/sketch.h"

#include <string.h>

static int protect(struct sketch *s, unsigned v, unsigned n, unsigned attr)
{
	return quire_space_protect(s->space, VA(v), n * PAGE, attr, 0);
}

static int unmap_part(struct sketch *s, unsigned v, unsigned n)
{
	return quire_space_unmap_part(s->space, VA(v), n * PAGE);
}

static int resize(struct sketch *s, unsigned v, unsigned n)
{
	return quire_space_resize(s->space, VA(v), n * PAGE);
}

static uint32_t extents(struct sketch *s)
{
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(s->space, &stats), 0);
	assert_int_equal(stats.mappings + stats.descriptors_free, s->rig.capacity);
	return stats.mappings;
}

static void parts_split_and_join(void **unused)
{
	/* one mapping of eight pages; each line is done to what the line before left */
	static const struct {
		unsigned v, n, attr;
		const char *after;
		unsigned extents;
	} steps[] = {
		{2, 2, RW, "aaAAAAaa", 3}, /* capitals: rows marked as parts */
		{2, 2, RW, "aaAAAAaa", 3}, /* nothing new */
		{3, 2, RW, "aaAAAAAa", 3}, {4, 1, R, "", 3},
		{0, 1, RW, "", 4},         {0, 8, RW, "aaaaaaaa", 1},
		{7, 1, R, "aaaaaaaA", 2},  {0, 7, R | QUIRE_UNCACHED, "aaaaaaaA", 2},
		{0, 8, 0, "aaaaaaaa", 1},  {1, 6, RX, "aAAAAAAA", 3},
		{2, 4, R, "aAAAAAAA", 5},  {0, 8, R, "aaaaaaaa", 1},
	};
	struct sketch *s = sketch_open("aaaaaaaa");

	(void)unused;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(protect(s, steps[i].v, steps[i].n, steps[i].attr), 0);
		if (i > 5)
			sketch_is(s, steps[i].after);
		assert_int_equal(extents(s), steps[i].extents);
		assert_int_equal(quire_space_check(s->space, NULL), 0);
	}
	sketch_close(s);
}

/* What query says of the parts, and that their physical pages go on. */
static void parts_described(void **unused)
{
	struct sketch *s = sketch_open("..aaAAa.");
	struct quire_extent_info info;

	(void)unused;
	for (unsigned v = 2; v < 7; v++) {
		unsigned first = v < 4 ? 2 : v < 6 ? 4 : 6;

		assert_int_equal(quire_space_query(s->space, VA(v) + 5, &info), 0);
		assert_int_equal(info.va, VA(first));
		assert_int_equal(info.exec_va, XA(first));
		assert_int_equal(info.pa, PA(first));
		assert_int_equal(info.size, first == 6 ? PAGE : 2 * PAGE);
		assert_int_equal(info.part, first != 2);
		assert_int_equal(info.attr, first == 4 ? RW : R);
		assert_int_equal(info.refs, 1);
		assert_int_equal(info.tag, 'a');
		assert_int_equal(info.kind, QUIRE_MAPPED);
	}
	assert_int_equal(quire_space_unmap(s->space, VA(4)), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_unmap(s->space, VA(2)), 0);
	sketch_is(s, "........");
	sketch_close(s);
}

static void neighbours_are_not_joined(void **unused)
{
	struct sketch *s = sketch_open("aabb....");

	(void)unused;
	assert_int_equal(protect(s, 2, 2, RW), 0);
	assert_int_equal(protect(s, 0, 2, RW), 0);
	assert_int_equal(extents(s), 2);
	assert_int_equal(protect(s, 1, 2, R), QUIRE_EUNMAPPED);
	sketch_is(s, "aabb....");
	sketch_close(s);
}

/* A part goes; what is left on the right is a mapping of its own. */
static void parts_unmapped(void **unused)
{
	static const struct {
		const char *before;
		unsigned v, n;
		const char *after;
		unsigned extents;
	} cuts[] = {
		{".aaaaaa.", 1, 6, "........", 0}, {".aaaaaa.", 1, 2, "...aaaa.", 1},
		{".aaaaaa.", 5, 2, ".aaaa...", 1}, {".aaaaaa.", 3, 2, ".aa..aa.", 2},
		{".aaAAaa.", 2, 2, ".a..Aaa.", 3}, {".aaAAaa.", 3, 2, ".aa..aa.", 2},
		{".aaAAaa.", 1, 3, "....Aaa.", 2}, {".aaAAaa.", 2, 4, ".a....a.", 2},
		{".aaAAAA.", 4, 1, ".aaA.AA.", 3},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct sketch *s = sketch_open(cuts[i].before);
		const char *now;
		unsigned rest = cuts[i].v + cuts[i].n;

		assert_int_equal(unmap_part(s, cuts[i].v, cuts[i].n), 0);
		assert_int_equal(extents(s), cuts[i].extents);
		now = sketch_draw(s);
		for (unsigned p = 0; p < 8; p++)
			assert_int_equal(now[p] == '.', cuts[i].after[p] == '.');
		if (cuts[i].after[rest] != '.') { /* the rest begins there, and goes as one */
			assert_int_equal(now[rest], 'a');
			assert_int_equal(quire_space_unmap(s->space, VA(rest)), 0);
			assert_int_equal(sketch_draw(s)[rest], '.');
			assert_int_equal(sketch_draw(s)[6], '.');
		}
		sketch_close(s);
	}
}

static void grow_and_shrink(void **unused)
{
	static const struct {
		const char *before;
		unsigned v, n;
		int result;
		const char *after;
	} cases[] = {
		{"..aa..b.", 2, 4, 0, "..aaaab."},
		{"..aa..b.", 2, 5, QUIRE_EOVERLAP, "..aa..b."}, /* the physical pages of b */
		{"..aa..:.", 2, 5, QUIRE_ETAKEN, "..aa..:."},
		{"..aa....", 2, 6, 0, "..aaaaaa"},
		{"..aa....", 2, 7, QUIRE_ETAKEN, "..aa...."},
		{"..aa..b.", 2, 1, 0, "..a...b."},
		{"..aa..b.", 2, 2, 0, "..aa..b."},
		{"..aaAA..", 2, 6, 0, "..aaAAAA"}, /* the last part grows */
		{"..aaAA..", 2, 3, 0, "..aaA..."},
		{"..aaAA..", 2, 2, 0, "..aa...."}, /* a part goes */
		{"..aaAA..", 2, 1, 0, "..a....."},
		{"..::..b.", 2, 4, 0, "..::::b."},
		{"..::..b.", 2, 5, QUIRE_ETAKEN, "..::..b."},
		{"..::..b.", 2, 1, 0, "..:...b."},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sketch *s = sketch_open(cases[i].before);

		assert_int_equal(resize(s, cases[i].v, cases[i].n), cases[i].result);
		sketch_is(s, cases[i].after);
		sketch_close(s);
	}
}

/* Growing ends where the memory does, and where somebody else shows what follows. */
static void growth_has_limits(void **unused)
{
	struct sketch *s = sketch_open("................");

	(void)unused;
	assert_int_equal(sketch_map_at(s, 0, 2, PAGES0 - 3, R, 0, 'a'), 0);
	assert_int_equal(resize(s, 0, 4), QUIRE_EBEYOND);
	assert_int_equal(resize(s, 0, 3), 0);
	assert_int_equal(sketch_map_at(s, 8, 2, 20, R, 0, 'b'), 0);
	assert_int_equal(sketch_map_at(s, 12, 2, 23, RW, 0, 'c'), 0);
	assert_int_equal(resize(s, 8, 3), 0);
	assert_int_equal(resize(s, 8, 4), QUIRE_EOVERLAP);
	assert_int_equal(quire_space_unmap(s->space, VA(12)), 0);
	assert_int_equal(resize(s, 8, 4), 0);
	/* an alias may grow over pages that only it shows, not over those of the other */
	assert_int_equal(sketch_map_at(s, 4, 2, 18, R, 0, 'd'), 0);
	assert_int_equal(resize(s, 4, 3), QUIRE_EOVERLAP);
	sketch_is(s, "aaa.dd..bbbb....");
	sketch_close(s);
}

/* What has other holders stays as it is. */
static void referenced(void **unused)
{
	struct sketch *s = sketch_open("..aaaa..");
	quire_va to;

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 3, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(protect(s, 2, 1, RW), QUIRE_EREFERENCED);
	assert_int_equal(unmap_part(s, 2, 1), QUIRE_EREFERENCED);
	assert_int_equal(resize(s, 2, 5), QUIRE_EREFERENCED);
	assert_int_equal(resize(s, 2, 4), QUIRE_EREFERENCED);
	assert_int_equal(quire_space_move(s->space, VA(2), 0, &to), QUIRE_EREFERENCED);
	assert_int_equal(quire_space_move_at(s->space, VA(2), VA(0)), QUIRE_EREFERENCED);
	assert_int_equal(quire_space_unmap(s->space, VA(2)), 0);
	assert_int_equal(resize(s, 2, 5), 0);
	sketch_is(s, "..aaaaa.");
	sketch_close(s);
}

/* With no descriptor left, what needs none still works. */
static void descriptors_needed(void **unused)
{
	struct sketch *s = sketch_plan(12);

	(void)unused;
	s->plan.mappings = 3;
	sketch_build(s, "..aaaaa.bb..");
	assert_int_equal(s->rig.capacity, 3);
	assert_int_equal(protect(s, 3, 1, RW), QUIRE_EPOOL); /* needs two, one is left */
	assert_int_equal(protect(s, 2, 1, RW), 0);           /* needs that one */
	assert_int_equal(unmap_part(s, 4, 1), QUIRE_EPOOL);
	assert_int_equal(protect(s, 3, 2, RW), QUIRE_EPOOL); /* its end splits before it joins */
	assert_int_equal(protect(s, 2, 5, R), 0);            /* gives it back */
	assert_int_equal(protect(s, 2, 3, RW), 0);
	assert_int_equal(protect(s, 3, 3, RW), QUIRE_EPOOL);
	assert_int_equal(quire_space_unmap(s->space, VA(8)), 0);
	assert_int_equal(protect(s, 3, 3, RW), 0); /* only one end cuts, so one is enough */
	assert_int_equal(protect(s, 2, 5, R), 0);
	assert_int_equal(sketch_map_at(s, 8, 2, 8, R, 0, 'b'), 0);
	assert_int_equal(protect(s, 2, 2, RW), 0);
	assert_int_equal(unmap_part(s, 3, 2), 0); /* the ends of two parts */
	assert_int_equal(sketch_map(s, 1, 50, R, 0, 'c'), QUIRE_EPOOL);
	assert_int_equal(quire_space_reserve_at(s->space, VA(0), PAGE, 0), QUIRE_EPOOL);
	assert_int_equal(sketch_map(s, 1, 8, R, 0, 'c'), QUIRE_ENCLOSED);
	assert_int_equal(resize(s, 2, 1), 0);
	assert_int_equal(quire_space_unmap(s->space, VA(2)), 0);
	assert_int_equal(extents(s), 2);
	sketch_is(s, ".....aa.bb..");
	sketch_close(s);
}

static void reservations(void **unused)
{
	struct sketch *s = sketch_open("..::..aa");
	struct quire_extent_info info;

	(void)unused;
	assert_int_equal(quire_space_query(s->space, VA(3), &info), 0);
	assert_true(info.kind == QUIRE_RESERVED && info.va == VA(2) && info.refs == 1);
	assert_int_equal(info.size, 2 * PAGE);
	assert_int_equal(quire_space_unmap(s->space, VA(2)), QUIRE_ERESERVED);
	assert_int_equal(protect(s, 2, 1, R), QUIRE_ERESERVED);
	assert_int_equal(unmap_part(s, 2, 1), QUIRE_ERESERVED);
	assert_int_equal(quire_space_release(s->space, VA(6)), QUIRE_ERESERVED);
	assert_int_equal(quire_space_release(s->space, VA(3)), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_reserve_at(s->space, XA(4), 2 * PAGE - 1, '+'), 0);
	sketch_is(s, "..::++aa");
	assert_int_equal(quire_space_release(s->space, XA(2)), 0);
	assert_int_equal(quire_space_release(s->space, VA(4)), 0);
	sketch_is(s, "......aa");
	assert_int_equal(s->rig.hw[0].prepares, 1); /* the port heard of the mapping alone */
	sketch_close(s);
}

/* Write and execute together are refused unless meant. */
static void write_and_execute(void **unused)
{
	struct sketch *s = sketch_open("aa......");
	unsigned rwx = RW | X;

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 9, rwx, 0, 'b'), QUIRE_EWX);
	assert_int_equal(sketch_map_at(s, 4, 1, 9, rwx, QUIRE_SHARED, 'b'), QUIRE_EWX);
	assert_int_equal(quire_space_protect(s->space, VA(0), PAGE, rwx, 0), QUIRE_EWX);
	assert_int_equal(quire_space_protect(s->space, VA(0), PAGE, rwx, QUIRE_SHARED),
			 QUIRE_EFLAG);
	assert_int_equal(quire_space_protect(s->space, VA(0), PAGE, rwx, QUIRE_WX), 0);
	assert_int_equal(sketch_map(s, 1, 9, rwx, QUIRE_WX, 'b'), 0);
	sketch_is(s, "aAb.....");
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_split_and_join),
		cmocka_unit_test(parts_described),
		cmocka_unit_test(neighbours_are_not_joined),
		cmocka_unit_test(parts_unmapped),
		cmocka_unit_test(grow_and_shrink),
		cmocka_unit_test(growth_has_limits),
		cmocka_unit_test(referenced),
		cmocka_unit_test(descriptors_needed),
		cmocka_unit_test(reservations),
		cmocka_unit_test(write_and_execute),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
