/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated hardware against tables made by hand: one, two and three levels, all the chips,
 * and tables that no hardware could follow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "quire/chip.h"
#include "quire/error.h"
#include "toy.h"

#define RW (QUIRE_READ | QUIRE_WRITE)

static struct toy toy;

static void test_one_level(void **state)
{
	unsigned target = 9;
	quire_pa pa = 0;

	(void)state;
	toy_init(&toy, 1, 0);
	toy_write(&toy, 0, 3, toy_leaf(0x7000, 2, RW));
	assert_int_equal(toy.memory[3], 0x7000 | 2 << 8 | RW << 2 | 3);
	assert_int_equal(quire_sim_access(&toy.sim, 0x3123, QUIRE_READ, &pa, &target),
			 QUIRE_SIM_OK);
	assert_true(pa == 0x7123 && target == 2);
	assert_int_equal(toy_fault(&toy, 0x2fff, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(toy_fault(&toy, 0x4000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(toy_fault(&toy, 0x10000 + 0x3000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
}

static void test_two_levels(void **state)
{
	(void)state;
	toy_init(&toy, 2, 0);
	toy_write(&toy, 0, 15, toy_table(toy_at(5)));
	toy_write(&toy, 5, 0, toy_leaf(0x9000, 0, RW));
	toy_write(&toy, 0, 2, toy_leaf(0x40000, 0, RW));
	assert_true(toy_read(&toy, 0xf0001) == 0x9001);
	assert_true(toy_read(&toy, 0x2fffe) == 0x4fffe);
	assert_int_equal(toy_fault(&toy, 0xf1000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(toy_fault(&toy, 0x30000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
}

static void test_three_levels(void **state)
{
	(void)state;
	toy_init(&toy, 3, 0);
	toy_write(&toy, 0, 1, toy_table(toy_at(1)));
	toy_write(&toy, 1, 2, toy_table(toy_at(2)));
	toy_write(&toy, 2, 3, toy_leaf(0xabc000, 1, RW));
	toy_write(&toy, 1, 4, toy_leaf(0x70000, 1, RW));
	toy_write(&toy, 0, 7, toy_leaf(0x300000, 1, RW));
	assert_true(toy_read(&toy, 0x123456) == 0xabc456);
	assert_true(toy_read(&toy, 0x145678) == 0x75678);
	assert_true(toy_read(&toy, 0x7edcba) == 0x3edcba);
	assert_int_equal(toy_fault(&toy, 0x122fff, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(toy_fault(&toy, 0x000000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(toy_fault(&toy, 0x1000000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
}

static void test_permissions(void **state)
{
	quire_pa pa = 5;
	unsigned target = 5;

	(void)state;
	toy_init(&toy, 1, 0);
	toy_write(&toy, 0, 0, toy_leaf(0x1000, 0, QUIRE_READ | QUIRE_EXEC));
	toy_write(&toy, 0, 1, toy_leaf(0x2000, 0, RW | QUIRE_USER));
	toy_write(&toy, 0, 2, toy_leaf(0x3000, 0, 0));
	assert_int_equal(toy_fault(&toy, 0, QUIRE_READ | QUIRE_EXEC), QUIRE_SIM_OK);
	assert_int_equal(toy_fault(&toy, 0, QUIRE_READ | QUIRE_USER), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(toy_fault(&toy, 0x1000, QUIRE_WRITE | QUIRE_USER), QUIRE_SIM_OK);
	assert_int_equal(toy_fault(&toy, 0x1000, QUIRE_EXEC), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(toy_fault(&toy, 0x2000, QUIRE_READ), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(quire_sim_access(&toy.sim, 0, QUIRE_WRITE, &pa, &target),
			 QUIRE_SIM_FORBIDDEN);
	assert_true(pa == 5 && target == 5);
}

/* Each entry that hardware could not follow, with and without the TLB. */
static void malformed(quire_va walk)
{
	assert_int_equal(toy_fault(&toy, walk, QUIRE_READ), QUIRE_SIM_MALFORMED);
	assert_int_equal(toy_fault(&toy, walk, QUIRE_READ), QUIRE_SIM_MALFORMED);
	assert_int_equal(quire_sim_translate(&toy.sim, walk, QUIRE_READ, NULL, NULL),
			 QUIRE_SIM_MALFORMED);
}

static void test_malformed(void **state)
{
	(void)state;
	toy_init(&toy, 3, QUIRE_MMU_FLUSH_ON_MAP);
	toy.mmu.level[0].leaf = false;
	toy_write(&toy, 0, 0, toy_leaf(0x300000, 0, RW));       /* a leaf where none may stand */
	toy_write(&toy, 0, 1, toy_table(toy_at(TOY_TABLES)));   /* a table behind the memory */
	toy_write(&toy, 0, 2, toy_table(TOY_BASE - TOY_TABLE)); /* and before it */
	toy_write(&toy, 0, 3, toy_table(toy_at(1)));
	toy_write(&toy, 1, 0, toy_leaf(0x41000, 0, RW)); /* large, not aligned */
	toy_write(&toy, 1, 1, toy_table(toy_at(2)));
	toy_write(&toy, 2, 0, toy_table(toy_at(3))); /* a table below the last level */
	malformed(0x000000);
	malformed(0x100000);
	malformed(0x200000);
	malformed(0x300000);
	malformed(0x310000);
	assert_int_equal(quire_sim_stale(&toy.sim, NULL), 0);
}

static void test_translate_is_pure(void **state)
{
	struct quire_sim_counts before;
	quire_pa pa = 0;
	unsigned target = 0;

	(void)state;
	toy_init(&toy, 2, QUIRE_MMU_FLUSH_ON_MAP);
	toy_write(&toy, 0, 0, toy_leaf(0x10000, 3, RW));
	before = toy.sim.counts;
	assert_int_equal(quire_sim_translate(&toy.sim, 0x42, QUIRE_READ, &pa, &target),
			 QUIRE_SIM_OK);
	assert_true(pa == 0x10042 && target == 3);
	assert_int_equal(quire_sim_translate(&toy.sim, 0x100000, 0, NULL, NULL),
			 QUIRE_SIM_UNMAPPED);
	assert_memory_equal(&before, &toy.sim.counts, sizeof(before));
	for (unsigned i = 0; i < TOY_TLB; i++)
		assert_false(toy.tlb[i].used);
}

/* Through every window of every chip: what is written is what an access finds. */
static void chip_window(const struct quire_chip_layout *layout, unsigned w)
{
	static uint32_t memory[1024];
	static struct quire_sim_tlb tlb[16];
	const struct quire_window *window = &layout->window[w];
	const struct quire_mmu *mmu = &layout->mmu[window->walker];
	quire_size page = quire_mmu_page_size(mmu);
	unsigned target = window->targets & 2u ? QUIRE_PSRAM0 : QUIRE_FLASH0;
	quire_entry first = mmu->format->leaf(mmu, 0, target, page, QUIRE_READ);
	struct quire_sim sim;
	const struct quire_sim_config config = {.mmu = mmu,
						.memory = memory,
						.base = 0x600c5000,
						.bytes = (quire_size)4 << mmu->level[0].bits,
						.root = 0x600c5000,
						.entry_bytes = 4,
						.tlb = tlb,
						.tlb_entries = 16};

	assert_int_equal(quire_sim_init(&sim, &config), QUIRE_OK);
	/* Pages 1, 2, ... but no more than the smallest memory, C2's 64, can count. */
	quire_sim_port.write(&sim, config.root, (unsigned)(window->walk / page), first, 48, 1);
	for (quire_size at = 0; at < window->size; at += page / 2) {
		unsigned found = 9;
		quire_pa pa = 0;
		enum quire_sim_fault fault =
			quire_sim_access(&sim, window->walk + at, QUIRE_READ, &pa, &found);

		assert_int_equal(fault, at < 48 * page ? QUIRE_SIM_OK : QUIRE_SIM_UNMAPPED);
		if (fault == QUIRE_SIM_OK)
			assert_true(pa == at + page && found == target);
	}
	if (window->walk != 0)
		assert_int_equal(quire_sim_access(&sim, window->walk - 1, QUIRE_READ, NULL, NULL),
				 QUIRE_SIM_UNMAPPED);
}

static void test_chips(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		struct quire_chip_layout layout;

		assert_int_equal(quire_chip_layout(quire_chip_at(c), 0, &layout), QUIRE_OK);
		for (unsigned w = 0; w < layout.window_count; w++)
			chip_window(&layout, w);
	}
}

static void test_init_errors(void **state)
{
	const struct quire_mmu mmu = toy_mmu(1, 0);
	const struct quire_sim_config good = {.mmu = &mmu,
					      .memory = toy.memory,
					      .base = 0x1000,
					      .bytes = TOY_TABLE,
					      .root = 0x1000,
					      .entry_bytes = 4};
	struct quire_sim_config bad = good;
	struct quire_sim sim;

	(void)state;
	assert_int_equal(quire_sim_init(&sim, &good), QUIRE_OK);
	assert_int_equal(quire_sim_init(NULL, &good), QUIRE_ENULL);
	assert_int_equal(quire_sim_init(&sim, NULL), QUIRE_ENULL);
	bad.mmu = NULL;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_ENULL);
	bad = good;
	bad.memory = NULL;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_ENULL);
	bad = good;
	bad.tlb_entries = 1;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_ENULL);
	bad = good;
	bad.entry_bytes = 2;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_EFLAG);
	bad = good;
	bad.root = 0x1002;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_EALIGN);
	bad.root = 0x1004;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_EBEYOND);
	bad.root = 0xffc;
	assert_int_equal(quire_sim_init(&sim, &bad), QUIRE_EBEYOND);
}

static void test_init_empties(void **state)
{
	struct quire_chip_layout layout;
	uint32_t memory[512];
	struct quire_sim sim;
	struct quire_sim_config config = {
		.memory = memory, .bytes = sizeof(memory), .entry_bytes = 4};

	(void)state;
	assert_int_equal(quire_chip_layout(quire_chip_by_name("esp32s3"), 0, &layout), QUIRE_OK);
	config.mmu = &layout.mmu[0];
	memset(memory, 0, sizeof(memory));
	assert_int_equal(quire_sim_init(&sim, &config), QUIRE_OK);
	for (unsigned i = 0; i < 512; i++)
		assert_int_equal(memory[i], 0x4000);
}

static void test_prepare_fails(void **state)
{
	const struct quire_change change = {.kind = QUIRE_CHANGE_MOVE, .walk = 0x3000};

	(void)state;
	toy_init(&toy, 1, 0);
	assert_int_equal(quire_sim_port.prepare(&toy.sim, &change), QUIRE_OK);
	assert_int_equal(toy.sim.change.kind, QUIRE_CHANGE_MOVE);
	assert_true(toy.sim.change.walk == 0x3000);
	quire_sim_fail_prepare(&toy.sim, 3, QUIRE_EPORT);
	assert_int_equal(quire_sim_port.prepare(&toy.sim, &change), QUIRE_OK);
	assert_int_equal(quire_sim_port.prepare(&toy.sim, &change), QUIRE_OK);
	assert_int_equal(quire_sim_port.prepare(&toy.sim, &change), QUIRE_EPORT);
	assert_int_equal(quire_sim_port.prepare(&toy.sim, &change), QUIRE_OK);
	quire_sim_fail_prepare(&toy.sim, 1, QUIRE_EPORT);
	quire_sim_fail_prepare(&toy.sim, 0, 0);
	assert_int_equal(quire_sim_port.prepare(&toy.sim, &change), QUIRE_OK);
	assert_int_equal(toy.sim.counts.prepares, 6);
}

/* Reads and writes outside the memory are recorded, and touch nothing. */
static void test_wild(void **state)
{
	(void)state;
	toy_init(&toy, 1, 0);
	toy.mmu.invalid = 0x100;
	assert_int_equal(quire_sim_port.read(&toy.sim, TOY_BASE - 4, 0), 0x100);
	assert_int_equal(toy.sim.counts.violations, 1);
	assert_int_equal(toy.sim.first.wrong, QUIRE_SIM_WILD);
	assert_true(toy.sim.first.table == TOY_BASE - 4);
	quire_sim_port.write(&toy.sim, toy_at(TOY_TABLES - 1), 15, 3, 2, 1);
	assert_int_equal(toy.memory[TOY_TABLES * 16 - 1], 3);
	assert_int_equal(toy.sim.counts.violations, 2);
	assert_int_equal(quire_sim_port.read(&toy.sim, TOY_BASE + 1, 0), 0x100);
	assert_int_equal(toy.sim.counts.violations, 3);
	assert_int_equal(quire_sim_port.read(&toy.sim, toy_at(TOY_TABLES - 1), 15), 3);
	assert_int_equal(toy.sim.counts.violations, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_level),    cmocka_unit_test(test_two_levels),
		cmocka_unit_test(test_three_levels), cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_malformed),    cmocka_unit_test(test_translate_is_pure),
		cmocka_unit_test(test_chips),        cmocka_unit_test(test_init_errors),
		cmocka_unit_test(test_init_empties), cmocka_unit_test(test_prepare_fails),
		cmocka_unit_test(test_wild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
