/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that stay: what one root shows below them, another shows too, now and later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "toy.h"

#define RW     (QUIRE_READ | QUIRE_WRITE)
#define PA     0x400000u
#define TABLES 60u

static struct {
	struct toy toy;
	struct quire_sim other; /* the same tables, another root */
	struct quire_sim_tlb tlb[TOY_TLB];
	struct quire_walker walker;
	struct quire_table_slot slots[TABLES];
} m;

/* Table 0 is the first root, the last one the second. */
static void start(unsigned flags, uint32_t tables)
{
	struct quire_sim_config config;

	memset(&m, 0, sizeof(m));
	toy_init_as(&m.toy, toy_mmu_clusters(3, flags, false), QUIRE_SIM_MARKS_IGNORED);
	config = m.toy.sim.config;
	config.root = toy_at(TOY_TABLES - 1);
	config.tlb = m.tlb;
	assert_int_equal(quire_sim_init(&m.other, &config), 0);
	m.walker = (struct quire_walker){.mmu = &m.toy.mmu,
					 .port = &quire_sim_port,
					 .port_ctx = &m.toy.sim,
					 .root = TOY_BASE};
	quire_table_pool_init(&m.walker.pool, m.slots, toy_at(1), TOY_TABLE, tables);
}

static void set(quire_va walk, quire_size size)
{
	struct quire_run run = {walk, size, PA + walk, 1, RW, false};

	assert_true(quire_walk_can_set(&m.walker, &run));
	quire_walk_set(&m.walker, &run, QUIRE_SET_FRESH);
}

/* Both see, or do not see, a page. */
static void both_see(quire_va walk, bool mapped)
{
	enum quire_sim_fault wanted = mapped ? QUIRE_SIM_OK : QUIRE_SIM_UNMAPPED;
	quire_pa pa = 0;

	assert_int_equal(quire_sim_translate(&m.toy.sim, walk, QUIRE_READ, &pa, NULL), wanted);
	assert_int_equal(quire_sim_translate(&m.other, walk, QUIRE_READ, &pa, NULL), wanted);
	assert_true(!mapped || pa == PA + walk);
}

/* Mapped before and after it is shared, with pages of every size, and unmapped again. */
static void seen_through_both(void **state)
{
	quire_entry root[16];

	(void)state;
	for (unsigned flags = 0; flags < 4; flags++) {
		start(flags, TABLES);
		set(2 * TOY_HUGE + TOY_PAGE, TOY_PAGE);
		assert_true(quire_walk_keep_tables(&m.walker, 2 * TOY_HUGE, 6 * TOY_HUGE));
		assert_int_equal(m.walker.pool.free, TABLES - 7);
		assert_int_equal(m.walker.kept, 6);
		quire_walk_share_tables(&m.walker, toy_at(TOY_TABLES - 1), 2 * TOY_HUGE,
					6 * TOY_HUGE);
		for (unsigned i = 0; i < 16; i++)
			root[i] = quire_sim_port.read(&m.other, toy_at(TOY_TABLES - 1), i);
		both_see(2 * TOY_HUGE + TOY_PAGE, true);
		set(3 * TOY_HUGE, 5 * TOY_HUGE); /* no root entry becomes a leaf */
		for (unsigned page = 0; page < 5 * 256; page++)
			both_see(3 * TOY_HUGE + page * TOY_PAGE, true);
		set(0, 2 * TOY_HUGE); /* where nothing is kept it does */
		assert_int_equal(m.walker.pool.free, TABLES - 7);
		quire_walk_clear(&m.walker, 3 * TOY_HUGE, 5 * TOY_HUGE);
		quire_walk_clear(&m.walker, 2 * TOY_HUGE + TOY_PAGE, TOY_PAGE);
		both_see(2 * TOY_HUGE + TOY_PAGE, false);
		both_see(4 * TOY_HUGE, false);
		assert_int_equal(m.walker.pool.free, TABLES - 6);
		for (unsigned i = 0; i < 16; i++)
			assert_int_equal(root[i],
					 quire_sim_port.read(&m.other, toy_at(TOY_TABLES - 1), i));
		assert_int_equal(m.toy.sim.counts.violations, 0);
	}
}

/* A large page that stands where a table is to stay is split, its pages as large as can be. */
static void large_page_in_the_way(void **state)
{
	struct quire_decoded leaf;

	(void)state;
	for (unsigned flags = 0; flags < 4; flags++) {
		start(flags, TABLES);
		set(0, 4 * TOY_HUGE);
		assert_true(toy_read(&m.toy, TOY_HUGE) == PA + TOY_HUGE);
		quire_walk_get(&m.walker, 0, &leaf);
		assert_int_equal(leaf.shift, 22); /* a cluster of four root entries */
		assert_true(quire_walk_keep_tables(&m.walker, TOY_HUGE, TOY_HUGE));
		assert_int_equal(quire_sim_stale(&m.toy.sim, NULL), 0);
		assert_int_equal(m.toy.sim.counts.violations, 0);
		quire_walk_get(&m.walker, TOY_HUGE, &leaf);
		assert_int_equal(leaf.shift, 18); /* of four large pages */
		quire_walk_get(&m.walker, 2 * TOY_HUGE, &leaf);
		assert_int_equal(leaf.shift, 20);
		for (unsigned page = 0; page < 4 * 256; page++)
			assert_true(toy_read(&m.toy, page * TOY_PAGE) == PA + page * TOY_PAGE);
		quire_walk_clear(&m.walker, 0, 4 * TOY_HUGE);
		assert_int_equal(m.walker.pool.free, TABLES - 1);
	}
}

/* Too few tables: nothing is made.  Twice is as good as once. */
static void too_few(void **state)
{
	struct quire_run run = {0, 3 * TOY_HUGE, PA, 1, RW, false};

	(void)state;
	start(QUIRE_MMU_FLUSH_ON_MAP, 2);
	assert_false(quire_walk_keep_tables(&m.walker, 0, 3 * TOY_HUGE));
	assert_int_equal(m.walker.pool.free, 2);
	assert_int_equal(m.walker.kept, 0);
	assert_true(quire_walk_keep_tables(&m.walker, 0, 2 * TOY_HUGE));
	assert_true(quire_walk_keep_tables(&m.walker, TOY_HUGE, TOY_HUGE));
	assert_int_equal(m.walker.kept, 2);
	assert_int_equal(m.walker.pool.free, 0);
	assert_true(quire_walk_can_set(&m.walker, &run)); /* two kept tables and a leaf */
	quire_walk_set(&m.walker, &run, QUIRE_SET_FRESH);
	quire_walk_clear(&m.walker, 0, 3 * TOY_HUGE);
	assert_int_equal(m.walker.pool.free, 0);
}

/* Leaves say what the walker notes: here nothing can, so that it is seen in what `leaf` is asked. */
static unsigned asked;

static quire_entry noting_leaf(const struct quire_mmu *mmu, unsigned level, unsigned target,
			       quire_pa pa, unsigned attr)
{
	struct quire_mmu plain = toy_mmu(mmu->levels, mmu->flags);

	asked |= attr;
	return plain.format->leaf(&plain, level, target, pa, attr & QUIRE_ATTR_MASK);
}

static void notes(void **state)
{
	struct quire_format format;

	(void)state;
	for (unsigned levels = 1; levels <= 2; levels++) {
		start(0, TABLES);
		m.toy.mmu = toy_mmu(levels, 0);
		m.toy.sim.config.mmu = &m.toy.mmu;
		format = *m.toy.mmu.format;
		format.leaf = noting_leaf;
		m.toy.mmu.format = &format;
		asked = 0;
		set(0, TOY_PAGE);
		assert_int_equal(asked, RW);
		m.walker.notes = QUIRE_LEAF_GLOBAL;
		set(TOY_PAGE, TOY_PAGE);
		assert_int_equal(asked, RW | QUIRE_LEAF_GLOBAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen_through_both),
		cmocka_unit_test(large_page_in_the_way),
		cmocka_unit_test(too_few),
		cmocka_unit_test(notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
