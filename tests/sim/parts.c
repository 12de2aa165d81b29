/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a mapping in parts, with every number of tables in the pool.
 *
 * As a whole it would be one large page at its new place and take no table; in parts it takes one.  So
 * the plan must look at the parts, and it must neither take what is not there nor refuse what is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "quire/space.h"

enum { TABLES = 8, BASE = 0x40000000, LARGE = 2 << 20, PAGE = 4096 };

static uint64_t table[TABLES + 1][512];
static uint64_t book[256];
static struct quire_table_slot slots[TABLES];
static struct quire_sim_tlb tlb[4];
static struct quire_sim sim;
static struct quire_walker walker;
static struct quire_space space;

/* A space over Sv39 with so many tables beside the root. */
static void open_with(uint32_t tables)
{
	const struct quire_window window = {
		.name = "all", .size = (quire_size)1 << 32, .caps = QUIRE_CAP_MASK, .targets = 1};
	const struct quire_memory memory = {
		.name = "ram", .base = 0x80000000, .size = 1 << 30, .caps = QUIRE_CAP_MASK};
	const struct quire_sim_config hardware = {.mmu = &quire_mmu_sv39,
						  .memory = table,
						  .base = BASE,
						  .bytes = sizeof(table),
						  .root = BASE,
						  .entry_bytes = 8,
						  .tlb = tlb,
						  .tlb_entries = 4};
	const struct quire_space_config config = {.windows = &window,
						  .memories = &memory,
						  .walkers = &walker,
						  .window_count = 1,
						  .memory_count = 1,
						  .walker_count = 1,
						  .memory = book,
						  .memory_size = sizeof(book)};

	memset(table, 0, sizeof(table));
	assert_int_equal(quire_sim_init(&sim, &hardware), QUIRE_OK);
	walker = (struct quire_walker){
		.mmu = &quire_mmu_sv39, .port = &quire_sim_port, .port_ctx = &sim, .root = BASE};
	quire_table_pool_init(&walker.pool, slots, BASE + PAGE, PAGE, tables);
	assert_int_equal(quire_space_init(&space, &config), QUIRE_OK);
}

static void assert_sound(void)
{
	const char *what = "";

	if (quire_space_check(&space, &what) != QUIRE_OK)
		fail_msg("%s", what);
	assert_int_equal(quire_sim_stale(&sim, NULL), 0);
}

/* A large page at 2 MiB whose first page may be written; in Sv39 that takes two tables. */
static void large_page_in_parts(void)
{
	const struct quire_want want = {.pa = 0x80000000, .size = LARGE, .attr = QUIRE_READ};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&space, LARGE, &want, &got), QUIRE_OK);
	assert_int_equal(quire_space_protect(&space, LARGE, PAGE, QUIRE_READ | QUIRE_WRITE, 0),
			 QUIRE_OK);
}

/* `needed` tables on top of the two must be enough for the move, and one less must not. */
static void move_needs(quire_va to, uint32_t needed)
{
	for (uint32_t tables = 2; tables <= TABLES; tables++) {
		uint32_t before;
		int result;

		open_with(tables);
		large_page_in_parts();
		before = walker.pool.free;
		result = quire_space_move_at(&space, LARGE, to);
		assert_int_equal(result, tables < 2 + needed ? QUIRE_ETABLES : QUIRE_OK);
		if (result != QUIRE_OK)
			assert_int_equal(walker.pool.free, before);
		assert_sound();
		assert_int_equal(quire_space_unmap(&space, result ? LARGE : to), QUIRE_OK);
		assert_int_equal(walker.pool.free, tables);
	}
}

static void test_under_the_same_table(void **state)
{
	(void)state;
	move_needs(4 * LARGE, 1);
}

static void test_under_another_table(void **state)
{
	(void)state;
	move_needs((quire_va)1 << 30, 2);
}

static void test_not_at_a_large_page(void **state)
{
	(void)state;
	move_needs(((quire_va)1 << 30) - PAGE, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_under_the_same_table),
		cmocka_unit_test(test_under_another_table),
		cmocka_unit_test(test_not_at_a_large_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
