/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks: hardware that sets them and hardware that faults for want of them.  What was done to a page is
 * never missed, whatever splits, joins and clears come between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "quire/query.h"
#include "toy.h"

#define RW    (QUIRE_READ | QUIRE_WRITE)
#define BOTH  QUIRE_USED_MASK
#define PA    0x300000u
#define PAGES 256u

static struct {
	struct toy toy;
	struct quire_walker walker;
	struct quire_table_slot slots[TOY_TABLES];
} m;

static void start(unsigned flags, bool alike, unsigned marks)
{
	memset(&m, 0, sizeof(m));
	toy_init_as(&m.toy, toy_mmu_clusters(3, flags, alike), marks);
	m.walker = (struct quire_walker){.mmu = &m.toy.mmu,
					 .port = &quire_sim_port,
					 .port_ctx = &m.toy.sim,
					 .root = TOY_BASE};
	quire_table_pool_init(&m.walker.pool, m.slots, toy_at(1), TOY_TABLE, TOY_TABLES - 1);
}

static void set(quire_va walk, quire_size size, unsigned attr, enum quire_set how)
{
	struct quire_run run = {walk, size, PA + walk, 1, (uint8_t)attr, false};

	assert_true(quire_walk_can_set(&m.walker, &run));
	quire_walk_set(&m.walker, &run, how);
}

static unsigned used(quire_va walk, quire_size size, unsigned clear)
{
	unsigned found = quire_walk_used(&m.walker, walk, size, clear);

	assert_int_equal(quire_sim_stale(&m.toy.sim, NULL), 0);
	assert_int_equal(m.toy.sim.counts.violations, 0);
	return found;
}

static enum quire_sim_fault touch(quire_va walk, unsigned kind)
{
	return quire_sim_access(&m.toy.sim, walk, kind, NULL, NULL);
}

/* Pages of every size: what is read and written is told, once each time. */
static void hardware_sets_them(void **state)
{
	static const quire_size sizes[] = {TOY_PAGE, 4 * TOY_PAGE, TOY_LARGE, 4 * TOY_LARGE,
					   TOY_HUGE};

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		quire_size size = sizes[i / 2];
		quire_va at = size - TOY_PAGE / 2;
		uint32_t flushes;

		start(i % 4 < 2 ? QUIRE_MMU_BREAK_BEFORE_MAKE : 0, i % 2, QUIRE_SIM_MARKS_SET);
		set(0, size, RW, QUIRE_SET_FRESH);
		assert_int_equal(used(0, size, 0), BOTH); /* new ones count as used */
		assert_int_equal(used(0, size, BOTH), BOTH);
		flushes = m.walker.counts.flushes;
		assert_int_equal(used(0, size, BOTH), 0);
		assert_int_equal(m.walker.counts.flushes, flushes); /* nothing to forget */
		assert_int_equal(touch(at, QUIRE_READ), QUIRE_SIM_OK);
		assert_int_equal(used(0, size, BOTH), QUIRE_ACCESSED);
		assert_int_equal(m.walker.counts.flushes, flushes + 1);
		assert_int_equal(touch(at, QUIRE_READ), QUIRE_SIM_OK); /* it was in the TLB */
		assert_int_equal(used(0, size, QUIRE_DIRTY), QUIRE_ACCESSED);
		assert_int_equal(touch(at, QUIRE_WRITE), QUIRE_SIM_OK);
		assert_int_equal(used(0, size, QUIRE_DIRTY), BOTH);
		assert_int_equal(used(0, size, 0), QUIRE_ACCESSED);
		assert_int_equal(touch(at, QUIRE_WRITE), QUIRE_SIM_OK);
		assert_int_equal(used(0, size, 0), BOTH);
	}
}

/* What may not be written is never dirty, and a refused access leaves no mark. */
static void only_what_is_allowed(void **state)
{
	(void)state;
	start(0, false, QUIRE_SIM_MARKS_SET);
	set(0, TOY_PAGE, QUIRE_READ, QUIRE_SET_FRESH);
	assert_int_equal(used(0, TOY_PAGE, BOTH), QUIRE_ACCESSED);
	assert_int_equal(touch(0, QUIRE_WRITE), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(touch(TOY_PAGE, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(used(0, TOY_PAGE, 0), 0);
	assert_true(quire_walk_mark(&m.walker, 5, BOTH));
	toy_flush(&m.toy, 0, TOY_PAGE);
	assert_int_equal(used(0, TOY_PAGE, 0), QUIRE_ACCESSED);
	assert_false(quire_walk_mark(&m.walker, TOY_PAGE, BOTH));
}

/* A large page that the range cuts is told of and left alone. */
static void in_part(void **state)
{
	(void)state;
	for (unsigned alike = 0; alike < 2; alike++) {
		start(QUIRE_MMU_BREAK_BEFORE_MAKE, alike, QUIRE_SIM_MARKS_SET);
		set(0, 2 * TOY_LARGE + 6 * TOY_PAGE, RW, QUIRE_SET_FRESH);
		assert_int_equal(used(TOY_PAGE, 2 * TOY_LARGE + 4 * TOY_PAGE, BOTH), BOTH);
		assert_int_equal(used(0, TOY_LARGE, 0), BOTH);
		assert_int_equal(used(TOY_LARGE, TOY_LARGE + 5 * TOY_PAGE, 0), 0);
		assert_int_equal(used(2 * TOY_LARGE + 5 * TOY_PAGE, TOY_PAGE, 0), BOTH);
		assert_int_equal(used(2 * TOY_LARGE + TOY_PAGE, TOY_PAGE, 0), 0);
		assert_int_equal(used(2 * TOY_LARGE + TOY_PAGE, TOY_PAGE, BOTH), 0);
		(void)touch(2 * TOY_LARGE + 3 * TOY_PAGE, QUIRE_READ);
		assert_int_equal(used(2 * TOY_LARGE + TOY_PAGE, TOY_PAGE, BOTH), QUIRE_ACCESSED);
		assert_int_equal(used(2 * TOY_LARGE, TOY_PAGE, BOTH), QUIRE_ACCESSED);
	}
}

/* Pieces are marked as the whole was; what is joined counts as used. */
static void split_and_joined(void **state)
{
	struct quire_run hull = {0, TOY_HUGE, PA, 1, RW, false};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		start(i < 2 ? QUIRE_MMU_BREAK_BEFORE_MAKE : 0, i % 2, QUIRE_SIM_MARKS_SET);
		set(0, TOY_HUGE, RW, QUIRE_SET_FRESH);
		assert_int_equal(used(0, TOY_HUGE, BOTH), BOTH);
		(void)touch(9 * TOY_PAGE, QUIRE_READ);
		set(9 * TOY_PAGE, TOY_PAGE, QUIRE_READ, QUIRE_SET_ACCESS);
		assert_int_equal(used(0, 9 * TOY_PAGE, 0), QUIRE_ACCESSED);
		assert_int_equal(used(10 * TOY_PAGE, TOY_HUGE - 10 * TOY_PAGE, BOTH),
				 QUIRE_ACCESSED);
		assert_int_equal(used(0, 9 * TOY_PAGE, BOTH), QUIRE_ACCESSED);
		(void)touch(TOY_LARGE + 5 * TOY_PAGE, QUIRE_WRITE);
		set(TOY_LARGE + TOY_PAGE, TOY_PAGE, QUIRE_READ, QUIRE_SET_ACCESS);
		assert_int_equal(used(TOY_LARGE + 8 * TOY_PAGE, TOY_PAGE, 0), BOTH);
		assert_int_equal(used(0, 9 * TOY_PAGE, 0), 0);
		set(9 * TOY_PAGE, TOY_PAGE, RW, QUIRE_SET_ACCESS);
		set(TOY_LARGE + TOY_PAGE, TOY_PAGE, RW, QUIRE_SET_ACCESS);
		hull.size = TOY_HUGE;
		quire_walk_join(&m.walker, &hull, TOY_LARGE + TOY_PAGE, TOY_PAGE);
		assert_int_equal(used(0, TOY_HUGE, 0), BOTH);
		assert_int_equal(m.walker.pool.free, TOY_TABLES - 1);
	}
}

/* Hardware that faults: the handler marks, the access is tried again. */
static void hardware_faults(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		quire_size size = i < 2 ? TOY_PAGE : 4 * TOY_PAGE;

		start(QUIRE_MMU_BREAK_BEFORE_MAKE, i % 2, QUIRE_SIM_MARKS_FAULT);
		set(0, size, RW, QUIRE_SET_FRESH);
		assert_int_equal(touch(8, QUIRE_WRITE), QUIRE_SIM_OK); /* marked from the start */
		assert_int_equal(used(0, size, BOTH), BOTH);
		assert_int_equal(touch(8, QUIRE_READ), QUIRE_SIM_UNMARKED);
		assert_true(quire_walk_mark(&m.walker, 8, QUIRE_ACCESSED));
		assert_int_equal(touch(size - 1, QUIRE_READ), QUIRE_SIM_OK); /* was not cached */
		assert_int_equal(touch(8, QUIRE_WRITE), QUIRE_SIM_UNMARKED);
		assert_true(quire_walk_mark(&m.walker, 8, BOTH));
		toy_flush(&m.toy, 0, size);
		assert_int_equal(touch(8, QUIRE_WRITE), QUIRE_SIM_OK);
		assert_int_equal(used(0, size, 0), BOTH);
	}
}

/* Random use, changes and questions: what has been done since the last clear is always told. */
static void nothing_is_missed(void **state)
{
	static uint8_t done[PAGES];
	uint32_t seed = 12345;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		start(i < 2 ? QUIRE_MMU_BREAK_BEFORE_MAKE : 0, i % 2, QUIRE_SIM_MARKS_SET);
		set(0, TOY_HUGE, RW, QUIRE_SET_FRESH);
		memset(done, 0, sizeof(done));
		for (unsigned n = 0; n < 20000; n++) {
			unsigned page, count, told = 0;

			seed = seed * 1664525u + 1013904223u;
			page = seed >> 24;
			count = 1 + (seed >> 12) % (seed & 0x100 ? 4 : PAGES - page);
			count = count < PAGES - page ? count : PAGES - page;
			if (seed >> 9 & 4) {
				(void)touch((quire_va)page * TOY_PAGE, QUIRE_READ);
				done[page] |= QUIRE_ACCESSED;
			} else if (seed >> 9 & 2) {
				(void)touch((quire_va)page * TOY_PAGE, QUIRE_WRITE);
				done[page] = BOTH;
			} else if ((seed >> 9 & 1) && n % 8 == 0) {
				struct quire_run hull = {0, TOY_HUGE, PA, 1, RW, false};
				quire_va walk = (quire_va)page * TOY_PAGE;
				quire_size size = (quire_size)count * TOY_PAGE;

				set(walk, size, RW | QUIRE_USER, QUIRE_SET_ACCESS);
				if (n % 16 == 0) {
					set(walk, size, RW, QUIRE_SET_ACCESS);
					quire_walk_join(&m.walker, &hull, walk, size);
				} else {
					set(0, TOY_HUGE, RW, QUIRE_SET_ACCESS);
				}
			} else {
				told = used((quire_va)page * TOY_PAGE, (quire_size)count * TOY_PAGE,
					    BOTH);
				for (unsigned k = page; k < page + count; k++) {
					assert_int_equal(done[k] & ~told, 0);
					done[k] = 0;
				}
			}
		}
	}
}

/* A machine without marks: everything counts as used. */
static void without_marks(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	toy_init(&m.toy, 2, 0);
	m.walker = (struct quire_walker){.mmu = &m.toy.mmu,
					 .port = &quire_sim_port,
					 .port_ctx = &m.toy.sim,
					 .root = TOY_BASE};
	quire_table_pool_init(&m.walker.pool, m.slots, toy_at(1), TOY_TABLE, 4);
	set(0, TOY_PAGE, RW, QUIRE_SET_FRESH);
	assert_int_equal(used(0, TOY_PAGE, BOTH), BOTH);
	assert_int_equal(used(0, TOY_PAGE, 0), BOTH);
	assert_true(quire_walk_mark(&m.walker, 0, QUIRE_ACCESSED));
	assert_false(quire_walk_mark(&m.walker, TOY_PAGE, QUIRE_ACCESSED));
}

/* The same through a space: inside one mapping, whoever holds it. */
static void through_a_space(void **state)
{
	static uint64_t memory[512];
	struct quire_window window = {.name = "w",
				      .base = 0x40000000,
				      .exec_base = 0x40000000,
				      .size = TOY_HUGE,
				      .caps = QUIRE_CAP_MASK,
				      .targets = 2};
	struct quire_memory memories[2] = {
		{.name = "none"},
		{.name = "ram", .base = PA, .size = TOY_HUGE, .caps = QUIRE_CAP_MASK}};
	struct quire_want want = {.pa = PA, .size = 5 * TOY_PAGE, .target = 1, .attr = RW};
	struct quire_space_config config = {.windows = &window,
					    .memories = memories,
					    .window_count = 1,
					    .memory_count = 2,
					    .walker_count = 1,
					    .memory = memory,
					    .memory_size = sizeof(memory)};
	struct quire_space space;
	struct quire_got got;
	unsigned found = 99;

	(void)state;
	start(0, false, QUIRE_SIM_MARKS_SET);
	config.walkers = &m.walker;
	assert_int_equal(quire_space_init(&space, &config), 0);
	assert_int_equal(quire_space_map(&space, &want, &got), 0);
	assert_int_equal(quire_space_reserve_at(&space, got.va + 5 * TOY_PAGE, TOY_PAGE, 0), 0);
	assert_int_equal(quire_space_used(NULL, got.va, TOY_PAGE, 0, &found), QUIRE_ENULL);
	assert_int_equal(quire_space_used(&space, got.va, 0, 9, &found), QUIRE_EZERO);
	assert_int_equal(quire_space_used(&space, 3, TOY_PAGE, 9, &found), QUIRE_EALIGN);
	assert_int_equal(quire_space_used(&space, 0, TOY_PAGE, 9, &found), QUIRE_EFOREIGN);
	assert_int_equal(quire_space_used(&space, got.va, 6 * TOY_PAGE, 9, &found),
			 QUIRE_EUNMAPPED);
	assert_int_equal(quire_space_used(&space, got.va + 5 * TOY_PAGE, TOY_PAGE, 9, &found),
			 QUIRE_ERESERVED);
	assert_int_equal(quire_space_used(&space, got.va, TOY_PAGE, 4, &found), QUIRE_EFLAG);
	assert_int_equal(found, 99);
	assert_int_equal(quire_space_used(&space, got.va, 5 * TOY_PAGE, BOTH, &found), 0);
	assert_int_equal(found, BOTH);
	assert_int_equal(touch(4 * TOY_PAGE, QUIRE_READ), QUIRE_SIM_OK);
	assert_int_equal(quire_space_used(&space, got.va + 4 * TOY_PAGE, 1, 0, &found), 0);
	assert_int_equal(found, QUIRE_ACCESSED);
	assert_int_equal(quire_space_map(&space, &want, &got), QUIRE_IDENTICAL);
	assert_int_equal(quire_space_used(&space, got.va, 5 * TOY_PAGE, BOTH, NULL), 0);
	assert_int_equal(quire_space_used(&space, got.va, 5 * TOY_PAGE, 0, &found), 0);
	assert_int_equal(found, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hardware_sets_them),
		cmocka_unit_test(only_what_is_allowed),
		cmocka_unit_test(in_part),
		cmocka_unit_test(split_and_joined),
		cmocka_unit_test(hardware_faults),
		cmocka_unit_test(nothing_is_missed),
		cmocka_unit_test(without_marks),
		cmocka_unit_test(through_a_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
