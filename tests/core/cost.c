/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls cost: searches, as the header promises them; flushes, one a change at most; tables,
 * exactly as many as a range needs, and all of them given back.
 */
#include "core/sketch.h"

#include "model/ops.h"

/* The most searches that each verb may take, without parts, aliases and alignments, and the most
 * flushes: one, or two for a move onto itself.  0 searches: not measured here. */
struct limit {
	uint32_t searches;
	uint32_t flushes;
};

static const struct limit limits[OP_VERBS] = {
	[OP_MAP] = {8, 0},         [OP_MAP_AT] = {8, 0},      [OP_RESERVE] = {6, 0},
	[OP_RESERVE_AT] = {6, 0},  [OP_RELEASE] = {5, 0},     [OP_UNMAP] = {6, 1},
	[OP_QUERY] = {2, 0},       [OP_TO_PHYSICAL] = {1, 0}, [OP_LARGEST] = {1, 0},
	[OP_UNMAP_PART] = {14, 1}, [OP_RESIZE] = {14, 1},     [OP_MOVE] = {20, 1},
	[OP_MOVE_AT] = {20, 2},    [OP_SWITCH] = {5, 1},      [OP_HIDE] = {2, 1},
	[OP_TAG] = {2, 0},
};

static uint32_t searches(struct sketch *s)
{
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(s->space, &stats), 0);
	return stats.searches;
}

/* One random call, measured. */
static void measure(struct sketch *s, const struct op *op, uint32_t flushes_on_map)
{
	const struct limit *limit = &limits[op->verb];
	uint32_t before = searches(s), flushes = s->rig.hw[0].flushes;

	assert_null(op_apply(&s->rig, op));
	before = searches(s) - before;
	flushes = s->rig.hw[0].flushes - flushes;
	if (limit->searches == 0)
		return;
	if (before > limit->searches || flushes > limit->flushes + flushes_on_map) {
		op_print(stderr, op);
		fail_msg("%u searches, %u flushes", (unsigned)before, (unsigned)flushes);
	}
}

static void measure_many(unsigned flags, uint32_t flushes_on_map, enum quire_place place)
{
	const struct op_mix mix = {.live = 40, .size = 8, .fixed = 4, .again = 3, .wrong = 4};
	struct sketch *s = sketch_plan(200);
	uint64_t state = 1;

	s->plan.mmu[0].flags = (uint8_t)flags;
	s->plan.window[0].place = (uint8_t)place;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	for (unsigned i = 0; i < 100000; i++) {
		struct op op;

		op_choose(&s->rig, &mix, &state, &op);
		measure(s, &op, flushes_on_map);
	}
	sketch_close(s);
}

static void searches_and_flushes(void **unused)
{
	(void)unused;
	measure_many(0, 0, QUIRE_PLACE_LOW);
	measure_many(0, 0, QUIRE_PLACE_FIRST_HIGH);
}

/* A machine that remembers invalid entries: one more flush, for what becomes valid. */
static void flushes_on_map(void **unused)
{
	(void)unused;
	measure_many(QUIRE_MMU_FLUSH_ON_MAP, 1, QUIRE_PLACE_LOW);
}

/* Searches do not grow with the number of mappings, and looking twice costs nothing. */
static void searches_in_a_full_space(void **unused)
{
	struct sketch *s = sketch_plan(180);
	struct quire_extent_info info;
	quire_pa pa;
	uint32_t before;

	(void)unused;
	s->plan.mappings = 180;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	for (unsigned i = 0; i < 180; i++) {
		before = searches(s);
		assert_int_equal(sketch_map(s, 1, i, R, 0, 'a'), 0);
		assert_in_range(searches(s) - before, 1, limits[OP_MAP].searches);
	}
	for (unsigned i = 0; i < 180; i++) {
		assert_int_equal(quire_space_to_physical(s->space, VA(i), &pa, NULL), 0);
		before = searches(s);
		assert_int_equal(quire_space_to_physical(s->space, XA(i) + 9, &pa, NULL), 0);
		assert_int_equal(quire_space_query(s->space, VA(i) + 1, &info), 0);
		assert_int_equal(searches(s), before);
	}
	for (unsigned i = 0; i < 180; i++) {
		before = searches(s);
		assert_int_equal(quire_space_unmap(s->space, VA(i * 7 % 180)), 0);
		assert_in_range(searches(s) - before, 1, limits[OP_UNMAP].searches);
	}
	sketch_close(s);
}

/* -- tables -------------------------------------------------------------------------------------- */

#define LARGE ((quire_size)0x200000)

/* A tree of three levels, its window from `walk` on, and memory aligned to large pages. */
static struct sketch *open_tree(quire_va walk, quire_size size, uint32_t tables)
{
	struct sketch *s = sketch_plan(4);

	s->plan.mmu[0] = (struct quire_mmu)RIG_TREE(0);
	s->plan.window[0].base = s->plan.window[0].exec_base = 0x40000000;
	s->plan.window[0].walk = walk;
	s->plan.window[0].size = size;
	s->plan.window[0].targets = 1;
	s->plan.memory[0].base = 0x80000000;
	s->plan.memory[0].size = 0x4000000;
	s->plan.memory[1].size = 0;
	s->plan.tables = tables;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	return s;
}

static int map_tree(struct sketch *s, quire_va offset, quire_size size, quire_pa phys)
{
	struct quire_want want = {.pa = 0x80000000 + phys, .size = size, .attr = R};

	return quire_space_map_at(s->space, 0x40000000 + offset, &want, &s->got);
}

static uint32_t used(struct sketch *s)
{
	return s->rig.walker[0].pool.count - s->rig.walker[0].pool.free;
}

/* How many tables some ranges take, with exactly as many and with one less. */
static void tables_needed(void **unused)
{
	static const struct {
		quire_va walk, offset;
		quire_size size;
		quire_pa phys;
		uint32_t tables;
	} cases[] = {
		{0, 0, PAGE, 0, 2},
		{0, LARGE - PAGE, PAGE, 0, 2},
		{0, LARGE - PAGE, 2 * PAGE, 0, 3},  /* across two tables of the last level */
		{0, LARGE, LARGE, 0, 1},            /* one large leaf */
		{0, LARGE, LARGE, LARGE + PAGE, 2}, /* memory at the wrong phase */
		{0, PAGE, 2 * LARGE - 2 * PAGE, PAGE, 3},
		{0, PAGE, 3 * LARGE - 2 * PAGE, PAGE, 3}, /* a large leaf between two tables */
		{0, 0, 5 * LARGE, LARGE, 1},
		{0x3fe00000, 0, 2 * LARGE, 0, 2}, /* across two tables of the middle level */
		{0x3fe00000, LARGE - PAGE, 2 * PAGE, 0, 4},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (uint32_t less = 0; less <= 1; less++) {
			struct sketch *s =
				open_tree(cases[i].walk, 6 * LARGE, cases[i].tables - less);
			int result = map_tree(s, cases[i].offset, cases[i].size, cases[i].phys);

			assert_int_equal(result, less ? QUIRE_ETABLES : 0);
			assert_int_equal(used(s), less ? 0 : cases[i].tables);
			if (!less)
				assert_int_equal(quire_space_unmap(s->space, s->got.va), 0);
			assert_int_equal(used(s), 0);
			assert_null(rig_is_pristine(&s->rig));
			sketch_close(s);
		}
}

/* A large leaf is split when a part of it changes, which needs a table, and fails without one. */
static void large_leaves_split(void **unused)
{
	struct quire_decoded leaf;
	struct sketch *s = open_tree(0, 4 * LARGE, 2);
	quire_va va = 0x40000000 + LARGE;

	(void)unused;
	assert_int_equal(map_tree(s, LARGE, 2 * LARGE, 0), 0);
	assert_int_equal(used(s), 1);
	assert_int_equal(quire_space_protect(s->space, va + LARGE - PAGE, 2 * PAGE, RW, 0),
			 QUIRE_ETABLES); /* two would have to be split */
	assert_int_equal(quire_space_protect(s->space, va, LARGE, RW, 0), 0);
	assert_int_equal(used(s), 1);
	assert_int_equal(quire_space_protect(s->space, va + PAGE, PAGE, R, 0), 0);
	assert_int_equal(used(s), 2);
	for (unsigned i = 0; i < 512; i++) {
		hardware_walk(&s->rig.hw[0], LARGE + i * PAGE, &leaf);
		assert_int_equal(leaf.pa, 0x80000000 + (quire_pa)i * PAGE);
		assert_int_equal(leaf.attr, i == 1 ? R : RW);
	}
	assert_int_equal(quire_space_unmap_part(s->space, va + LARGE, PAGE), QUIRE_ETABLES);
	assert_int_equal(quire_space_resize(s->space, va, 2 * LARGE - PAGE), QUIRE_ETABLES);
	assert_int_equal(quire_space_unmap_part(s->space, va, LARGE), 0);
	assert_int_equal(used(s), 1);
	assert_int_equal(quire_space_unmap_part(s->space, va + LARGE, PAGE), 0);
	assert_int_equal(quire_space_unmap(s->space, va + LARGE + PAGE), 0);
	assert_null(rig_is_pristine(&s->rig));
	sketch_close(s);
}

/* What a part of a large leaf was changed to and back, it is again: one leaf, and no table more; and
   growth makes one too. */
static void large_leaves_joined(void **unused)
{
	(void)unused;
	for (unsigned flags = 0; flags < 4; flags++) {
		struct sketch *s = open_tree(0, 4 * LARGE, 3);
		quire_va va = 0x40000000 + LARGE;
		struct quire_decoded leaf;

		rig_close(&s->rig);
		s->plan.mmu[0] = (struct quire_mmu)RIG_CLUSTERS((uint8_t)flags, NULL);
		assert_int_equal(rig_open(&s->rig, &s->plan), 0);
		assert_int_equal(map_tree(s, LARGE, LARGE, LARGE), 0);
		assert_int_equal(quire_space_protect(s->space, va + 3 * PAGE, 2 * PAGE, RW, 0), 0);
		assert_int_equal(used(s), 2);
		hardware_walk(&s->rig.hw[0], LARGE + 15 * PAGE, &leaf);
		assert_int_equal(leaf.shift, 12);
		hardware_walk(&s->rig.hw[0], LARGE + 16 * PAGE, &leaf);
		assert_int_equal(leaf.shift, 16);
		assert_int_equal(quire_space_protect(s->space, va, LARGE, R, 0), 0);
		assert_int_equal(used(s), 1);
		assert_null(rig_check(&s->rig));
		assert_int_equal(quire_space_resize(s->space, va, LARGE - PAGE), 0);
		assert_int_equal(used(s), 2);
		assert_int_equal(quire_space_resize(s->space, va, LARGE), 0);
		assert_int_equal(used(s), 1);
		hardware_walk(&s->rig.hw[0], LARGE + 5 * PAGE, &leaf);
		assert_int_equal(leaf.shift, 21);
		assert_int_equal(quire_space_protect(s->space, va, LARGE / 2, RW, 0), 0);
		assert_int_equal(quire_space_protect(s->space, va, LARGE / 2, RW | QUIRE_USER, 0),
				 0);
		assert_int_equal(quire_space_protect(s->space, va + LARGE / 2, LARGE / 2,
						     RW | QUIRE_USER, 0),
				 0);
		assert_int_equal(used(s), 1);
		assert_null(rig_check(&s->rig));
		assert_int_equal(quire_space_unmap(s->space, va), 0);
		assert_null(rig_is_pristine(&s->rig));
		sketch_close(s);
	}
}

/* What has the attributes already at an end of the range is no reason to split a large page there. */
static void no_table_for_what_is_so(void **unused)
{
	(void)unused;
	for (unsigned flags = 0; flags < 4; flags++) {
		struct sketch *s = open_tree(0, 4 * LARGE, 2);
		quire_va va = 0x40000000;

		rig_close(&s->rig);
		s->plan.mmu[0].flags = (uint8_t)flags;
		assert_int_equal(rig_open(&s->rig, &s->plan), 0);
		assert_int_equal(map_tree(s, 0, 3 * LARGE, 0), 0);
		assert_int_equal(quire_space_protect(s->space, va + LARGE, LARGE / 2, RW, 0), 0);
		assert_int_equal(used(s), 2);
		assert_int_equal(quire_space_protect(s->space, va + LARGE / 2, LARGE, RW, 0),
				 QUIRE_ETABLES);
		assert_int_equal(quire_space_protect(s->space, va + LARGE / 2, 2 * LARGE, R, 0), 0);
		assert_int_equal(used(s), 1);
		assert_null(rig_check(&s->rig));
		sketch_close(s);
	}
}

/* Flushes of a change, on a machine that must break before it makes and on one that need not. */
static void flushes_of_a_tree(void **unused)
{
	static const struct {
		quire_va offset;
		quire_size size;
		unsigned attr;
		unsigned plain, breaking;
	} cases[] = {
		{0, PAGE, RW, 1, 2},    /* one end inside the large page */
		{PAGE, PAGE, RW, 1, 2}, /* the first break leaves the cluster around it open */
		{8 * PAGE, LARGE / 2, RW, 1, 3},      /* both ends */
		{0, LARGE, RW, 1, 1},                 /* access alone */
		{0, LARGE, R | QUIRE_UNCACHED, 1, 1}, /* cleared, flushed, written */
		{0, LARGE / 2, R | QUIRE_UNCACHED, 1, 2},
		{LARGE, LARGE / 2, RW, 1, 1}, /* what stands there are clusters */
	};

	(void)unused;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct sketch *s = open_tree(0, 4 * LARGE, 8);
		bool breaking = i % 2;
		unsigned before;

		rig_close(&s->rig);
		s->plan.mmu[0] = (struct quire_mmu)RIG_CLUSTERS(
			breaking ? QUIRE_MMU_BREAK_BEFORE_MAKE : 0, NULL);
		assert_int_equal(rig_open(&s->rig, &s->plan), 0);
		assert_int_equal(map_tree(s, 0, LARGE + LARGE / 2, 0), 0);
		assert_int_equal(s->rig.hw[0].flushes, 0);
		before = s->rig.hw[0].flushes;
		assert_int_equal(quire_space_protect(s->space, 0x40000000 + cases[i / 2].offset,
						     cases[i / 2].size, cases[i / 2].attr, 0),
				 0);
		assert_int_equal(s->rig.hw[0].flushes - before,
				 breaking ? cases[i / 2].breaking : cases[i / 2].plain);
		sketch_close(s);
	}
}

/* Parts need at their new place what the whole would not: a large leaf for each is too large. */
static void parts_moved(void **unused)
{
	(void)unused;
	for (uint32_t tables = 2; tables <= 3; tables++) {
		struct sketch *s = open_tree(0, 4 * LARGE, tables);
		quire_va va = 0x40000000;
		int result;

		assert_int_equal(map_tree(s, 0, 2 * LARGE, 0), 0);
		assert_int_equal(quire_space_protect(s->space, va + PAGE, PAGE, RW, 0), 0);
		assert_int_equal(used(s), 2);
		result = quire_space_move_at(s->space, va, va + 2 * LARGE);
		assert_int_equal(result, tables == 2 ? QUIRE_ETABLES : 0);
		assert_int_equal(used(s), 2);
		sketch_close(s);
	}
}

/* Growing needs tables as mapping does. */
static void growth_needs_tables(void **unused)
{
	struct sketch *s = open_tree(0, 4 * LARGE, 2);

	(void)unused;
	assert_int_equal(map_tree(s, LARGE - 2 * PAGE, PAGE, 0), 0);
	assert_int_equal(quire_space_resize(s->space, s->got.va, 2 * PAGE), 0);
	assert_int_equal(quire_space_resize(s->space, s->got.va, 3 * PAGE), QUIRE_ETABLES);
	assert_int_equal(used(s), 2);
	sketch_close(s);
}

/* Compact ends where tables do; what it has moved stays moved. */
static void compact_without_tables(void **unused)
{
	struct sketch *s = open_tree(0x3fe00000, 2 * LARGE, 2);
	uint32_t moved = 9;

	(void)unused;
	assert_int_equal(map_tree(s, LARGE + 2 * PAGE, PAGE, 0), 0);
	assert_int_equal(quire_space_compact(s->space, 0x40000000, NULL, NULL, &moved),
			 QUIRE_ETABLES);
	assert_int_equal(moved, 0);
	assert_int_equal(quire_space_move_at(s->space, s->got.va, 0x40000000), QUIRE_ETABLES);
	assert_int_equal(quire_space_move_at(s->space, s->got.va, 0x40000000 + LARGE), 0);
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_and_flushes),     cmocka_unit_test(flushes_on_map),
		cmocka_unit_test(searches_in_a_full_space), cmocka_unit_test(tables_needed),
		cmocka_unit_test(large_leaves_split),       cmocka_unit_test(large_leaves_joined),
		cmocka_unit_test(no_table_for_what_is_so),  cmocka_unit_test(flushes_of_a_tree),
		cmocka_unit_test(compact_without_tables),   cmocka_unit_test(parts_moved),
		cmocka_unit_test(growth_needs_tables),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
