/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real page tables for Sv39 and Sv32, written word by word as in the architecture's manual, with
 * entries of their real size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/error.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"

#define BASE 0x80000000u

static struct quire_sim sim;
static struct quire_sim_tlb tlb[8];

static void machine(const struct quire_mmu *mmu, void *memory, quire_size bytes, unsigned entry)
{
	const struct quire_sim_config config = {.mmu = mmu,
						.memory = memory,
						.base = BASE,
						.bytes = bytes,
						.root = BASE,
						.entry_bytes = (uint8_t)entry,
						.tlb = tlb,
						.tlb_entries = 8};

	assert_int_equal(quire_sim_init(&sim, &config), QUIRE_OK);
}

static quire_pa shows(quire_va walk, unsigned kind)
{
	quire_pa pa = 1;

	assert_int_equal(quire_sim_access(&sim, walk, kind, &pa, NULL), QUIRE_SIM_OK);
	return pa;
}

static enum quire_sim_fault fault(quire_va walk, unsigned kind)
{
	return quire_sim_access(&sim, walk, kind, NULL, NULL);
}

static void test_sv39(void **state)
{
	static uint64_t table[4][512];

	(void)state;
	machine(&quire_mmu_sv39, table, sizeof(table), 8);
	table[0][1] = (uint64_t)0x80001 << 10 | 0x01; /* table 1 */
	table[1][2] = (uint64_t)0x80002 << 10 | 0x01; /* table 2 */
	table[2][3] = (uint64_t)0xabcde << 10 | 0xc7; /* 4 KiB, read and write */
	table[1][4] = (uint64_t)0x40200 << 10 | 0xcb; /* 2 MiB, read and execute */
	table[0][5] = (uint64_t)0xc0000 << 10 | 0xc3; /* 1 GiB, read */
	table[0][6] = (uint64_t)0xc0200 << 10 | 0xc3; /* 1 GiB, not aligned */
	table[1][5] = (uint64_t)0x40200 << 10 | 0xc8; /* no access: not valid to hardware */
	assert_true(shows(0x40403abc, QUIRE_READ | QUIRE_WRITE) == 0xabcdeabc);
	assert_true(shows(0x409fffff, QUIRE_EXEC) == 0x403fffff);
	assert_true(shows(0x17fffffff, QUIRE_READ) == 0xffffffff);
	assert_int_equal(fault(0x40403abc, QUIRE_EXEC), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(fault(0x40800000, QUIRE_WRITE), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(fault(0x40404000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(fault(0x180000000, QUIRE_READ), QUIRE_SIM_MALFORMED);
	assert_int_equal(fault(0x40a00000, QUIRE_READ), QUIRE_SIM_FORBIDDEN);
	assert_int_equal(fault((quire_va)1 << 39, QUIRE_READ), QUIRE_SIM_UNMAPPED);
}

static void test_sv32(void **state)
{
	static uint32_t table[2][1024];

	(void)state;
	machine(&quire_mmu_sv32, table, sizeof(table), 4);
	table[0][0x3ff] = 0x80001 << 10 | 0x01;   /* table 1 */
	table[1][0x155] = 0x3fffffu << 10 | 0xcf; /* the last page of 16 GiB */
	table[0][2] = 0x300400u << 10 | 0xc3;     /* 4 MiB above 4 GiB */
	assert_true(shows(0xffd55123, QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC) == 0x3fffff123);
	assert_true(shows(0x00bffffc, QUIRE_READ) == 0x3007ffffc);
	assert_int_equal(fault(0xffd56000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(fault(0x100000000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
}

/* The port writes the same words, 4 or 8 bytes each, and leaves the neighbours alone. */
static void test_words(void **state)
{
	static uint64_t wide[512];
	static uint32_t narrow[1024];
	const struct quire_format *format = &quire_format_riscv;

	(void)state;
	machine(&quire_mmu_sv39, wide, sizeof(wide), 8);
	quire_sim_port.write(&sim, BASE, 7, format->leaf(&quire_mmu_sv39, 0, 0, 0x80000000, 1), 2,
			     0x10000000);
	assert_true(wide[6] == 0 && wide[7] == 0x20000043 && wide[8] == 0x30000043 && wide[9] == 0);
	machine(&quire_mmu_sv32, narrow, sizeof(narrow), 4);
	quire_sim_port.write(&sim, BASE, 7, format->leaf(&quire_mmu_sv32, 0, 0, 0x3ffc00000, 1), 2,
			     -(quire_entry)0x100000);
	assert_true(narrow[6] == 0 && narrow[7] == 0xfff00043 && narrow[8] == 0xffe00043 &&
		    narrow[9] == 0);
	assert_true(quire_sim_port.read(&sim, BASE, 8) == 0xffe00043);
}

/* One page in the middle of large ones is closed and opened again: a leaf without access is no
 * table. */
static void test_walker(void **state)
{
	static uint64_t table[8][512];
	struct quire_table_slot slots[7];
	struct quire_walker w = {
		.mmu = &quire_mmu_sv39, .port = &quire_sim_port, .port_ctx = &sim, .root = BASE};
	struct quire_run all = {.walk = 0x40000000,
				.size = 0x600000,
				.pa = 0x80000000,
				.attr = QUIRE_READ | QUIRE_WRITE | QUIRE_CACHE_WT};
	struct quire_run one = {.walk = 0x40201000, .size = 0x1000, .pa = 0x80201000};

	(void)state;
	machine(&quire_mmu_sv39, table, sizeof(table), 8);
	quire_table_pool_init(&w.pool, slots, BASE + 4096, 4096, 7);
	quire_walk_set(&w, &all, QUIRE_SET_FRESH);
	assert_int_equal(w.pool.free, 6);
	assert_true(shows(0x405fffff, QUIRE_WRITE) == 0x805fffff);
	quire_walk_set(&w, &one, QUIRE_SET_ANEW);
	assert_int_equal(w.pool.free, 5);
	assert_int_equal(fault(0x40201000, QUIRE_READ), QUIRE_SIM_FORBIDDEN);
	assert_true((table[2][1] & 1) == 0);
	assert_true(shows(0x40202000, QUIRE_WRITE) == 0x80202000);
	assert_true(table[2][2] == ((uint64_t)0x80202 << 10 | 0x1c7));
	quire_walk_clear(&w, all.walk, all.size);
	assert_int_equal(w.pool.free, 7);
	assert_int_equal(fault(0x40202000, QUIRE_READ), QUIRE_SIM_UNMAPPED);
	assert_int_equal(quire_sim_stale(&sim, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sv39),
		cmocka_unit_test(test_sv32),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_walker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
