/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trap handler can put right: marks, on Sv39, bit by bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/fault.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"

#define TABLES 0x88000000u
#define START  0x40000000u
#define PAGE   0x1000u
#define RW     (QUIRE_READ | QUIRE_WRITE)

enum { A = 0x40, D = 0x80 }; /* of an entry */

static uint64_t tables[4][512];
static uint64_t book[1024];
static struct quire_sim sim;
static struct quire_table_slot slots[3];
static struct quire_walker walker;
static struct quire_mmu mmu;
static struct quire_space space;
static int lock_result;

static int lock(void *ctx)
{
	(void)ctx;
	return lock_result;
}

static void unlock(void *ctx)
{
	(void)ctx;
}

static void map(quire_va va, unsigned attr)
{
	const struct quire_want want = {
		.pa = 0x80000000 + va - START, .size = 2 * PAGE, .attr = (uint8_t)attr};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&space, va, &want, &got), 0);
}

/* Read and write at page 0, read at 2, read and execute at 4, user's data at 6 and code at 10; 8 is
   reserved. */
static void start(void)
{
	static const struct quire_window window = {.name = "all",
						   .base = START,
						   .exec_base = START,
						   .walk = START,
						   .size = 16 * PAGE,
						   .caps = QUIRE_CAP_MASK,
						   .targets = 1};
	static const struct quire_memory memory = {
		.name = "ram", .base = 0x80000000, .size = 0x1000000, .caps = QUIRE_CAP_MASK};
	const struct quire_space_config config = {.windows = &window,
						  .memories = &memory,
						  .walkers = &walker,
						  .window_count = 1,
						  .memory_count = 1,
						  .walker_count = 1,
						  .lock = {lock, unlock, NULL},
						  .memory = book,
						  .memory_size = sizeof(book)};
	const struct quire_sim_config machine = {.mmu = &mmu,
						 .memory = tables,
						 .base = TABLES,
						 .bytes = sizeof(tables),
						 .root = TABLES,
						 .entry_bytes = 8};

	lock_result = 0;
	mmu = quire_mmu_sv39;
	assert_int_equal(quire_sim_init(&sim, &machine), 0);
	walker = (struct quire_walker){
		.mmu = &mmu, .port = &quire_sim_port, .port_ctx = &sim, .root = TABLES};
	quire_table_pool_init(&walker.pool, slots, TABLES + 4096, 4096, 3);
	assert_int_equal(quire_space_init(&space, &config), 0);
	map(START, RW);
	map(START + 2 * PAGE, QUIRE_READ);
	map(START + 4 * PAGE, QUIRE_READ | QUIRE_EXEC);
	map(START + 6 * PAGE, RW | QUIRE_USER);
	map(START + 10 * PAGE, QUIRE_READ | QUIRE_EXEC | QUIRE_USER);
	assert_int_equal(quire_space_reserve_at(&space, START + 8 * PAGE, PAGE, 0), 0);
	(void)quire_walk_used(&walker, START, 8 * PAGE, QUIRE_USED_MASK);
}

static unsigned marks(unsigned page)
{
	return (unsigned)tables[2][page] & (A | D);
}

static struct quire_fault_raw attempt(unsigned page, unsigned access, bool user)
{
	return (struct quire_fault_raw){
		.va = START + page * PAGE + 0x123, .access = (uint8_t)access, .user = user};
}

static void resolves(unsigned page, unsigned access, bool user, int expected)
{
	const struct quire_fault_raw raw = attempt(page, access, user);

	assert_int_equal(quire_fault_resolve(&space, &raw), expected);
}

static void explains(unsigned page, unsigned access, enum quire_fault_kind kind)
{
	const struct quire_fault_raw raw = attempt(page, access, false);
	struct quire_fault fault;

	assert_int_equal(quire_fault_explain(&space, &raw, &fault), 0);
	assert_int_equal(fault.kind, kind);
}

/* A read marks as accessed, a write as dirty too, and only that page. */
static void test_marks(void **state)
{
	(void)state;
	start();
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(marks(i), 0);
	explains(0, QUIRE_READ, QUIRE_FAULT_MARK);
	resolves(0, QUIRE_READ, false, 0);
	assert_int_equal(marks(0), A);
	explains(0, QUIRE_READ, QUIRE_FAULT_STALE);
	explains(0, QUIRE_WRITE, QUIRE_FAULT_MARK);
	resolves(0, QUIRE_WRITE, false, 0);
	assert_int_equal(marks(0), A | D);
	explains(0, QUIRE_WRITE, QUIRE_FAULT_STALE);
	explains(0, 0, QUIRE_FAULT_STALE);
	explains(1, 0, QUIRE_FAULT_MARK);
	resolves(5, QUIRE_EXEC, false, 0);
	assert_int_equal(marks(5), A);
	resolves(7, QUIRE_WRITE, true, 0);
	assert_int_equal(marks(7), A | D);
	for (unsigned i = 1; i < 7; i++)
		assert_int_equal(marks(i), i == 5 ? A : 0);
	assert_int_equal(quire_space_check(&space, NULL), 0);
}

/* Again, when all is well: the tables are left as they are. */
static void test_again(void **state)
{
	uint32_t written;

	(void)state;
	start();
	resolves(0, QUIRE_WRITE, false, 0);
	written = walker.counts.entries;
	resolves(0, QUIRE_WRITE, false, 0);
	resolves(0, QUIRE_READ, false, 0);
	assert_int_equal(walker.counts.entries, written);
}

static void fetches(unsigned cause, enum quire_fault_kind kind, int result)
{
	struct quire_fault_raw raw = attempt(10, QUIRE_EXEC, false);
	struct quire_fault fault;

	raw.cause = (uint8_t)cause;
	assert_int_equal(quire_fault_explain(&space, &raw, &fault), 0);
	assert_int_equal(fault.kind, kind);
	assert_int_equal(quire_fault_resolve(&space, &raw), result);
}

/* User mode's code, run by the kernel: that is the reason if there is no other. */
static void test_kernel(void **state)
{
	(void)state;
	start();
	fetches(QUIRE_CAUSE_UNKNOWN, QUIRE_FAULT_KERNEL, QUIRE_ECAPS);
	fetches(QUIRE_CAUSE_DENIED, QUIRE_FAULT_KERNEL, QUIRE_ECAPS);
	fetches(QUIRE_CAUSE_MISSING, QUIRE_FAULT_STALE, 0);
	fetches(QUIRE_CAUSE_MARK, QUIRE_FAULT_STALE, 0);
	mmu.flags |= QUIRE_MMU_KERNEL_RUNS_USER;
	fetches(QUIRE_CAUSE_UNKNOWN, QUIRE_FAULT_STALE, 0);
	fetches(QUIRE_CAUSE_DENIED, QUIRE_FAULT_STALE, 0);
	(void)quire_walk_used(&walker, START + 10 * PAGE, 2 * PAGE, QUIRE_USED_MASK);
	fetches(QUIRE_CAUSE_UNKNOWN, QUIRE_FAULT_MARK, 0);
	assert_int_equal(marks(10), A);
	mmu.flags = quire_mmu_sv39.flags;
	fetches(QUIRE_CAUSE_UNKNOWN, QUIRE_FAULT_KERNEL, QUIRE_ECAPS);
	(void)quire_walk_used(&walker, START + 10 * PAGE, 2 * PAGE, QUIRE_USED_MASK);
	fetches(QUIRE_CAUSE_UNKNOWN, QUIRE_FAULT_MARK, 0);
	fetches(QUIRE_CAUSE_UNKNOWN, QUIRE_FAULT_KERNEL, QUIRE_ECAPS);
	assert_int_equal(marks(10), A);
	tables[2][10] = 0;
	fetches(QUIRE_CAUSE_DENIED, QUIRE_FAULT_STALE, QUIRE_ECORRUPT);
}

static void test_refused(void **state)
{
	struct quire_fault_raw raw = attempt(0, QUIRE_READ, false);
	uint64_t before[4][512];
	uint32_t generation;

	(void)state;
	start();
	memcpy(before, tables, sizeof(before));
	generation = space.generation;
	resolves(0, 0, false, QUIRE_EFLAG);
	resolves(0, RW, false, QUIRE_EFLAG);
	resolves(0, QUIRE_USER, false, QUIRE_EFLAG);
	resolves(0, QUIRE_EXEC, false, QUIRE_ECAPS);
	resolves(2, QUIRE_WRITE, false, QUIRE_ECAPS);
	resolves(4, QUIRE_WRITE, false, QUIRE_ECAPS);
	resolves(0, QUIRE_READ, true, QUIRE_ECAPS);
	resolves(10, QUIRE_EXEC, false, QUIRE_ECAPS); /* user mode's code is not the kernel's */
	resolves(8, QUIRE_READ, false, QUIRE_ERESERVED);
	resolves(9, QUIRE_READ, false, QUIRE_EUNMAPPED);
	resolves(16, QUIRE_READ, false, QUIRE_EFOREIGN);
	raw.cause = QUIRE_CAUSE_ALIGN;
	assert_int_equal(quire_fault_resolve(&space, &raw), QUIRE_EPORT);
	raw.cause = QUIRE_CAUSE_BUS;
	assert_int_equal(quire_fault_resolve(&space, &raw), QUIRE_EPORT);
	assert_int_equal(quire_fault_resolve(&space, NULL), QUIRE_ENULL);
	assert_int_equal(quire_fault_resolve(NULL, &raw), QUIRE_ENULL);
	lock_result = -1234;
	resolves(0, QUIRE_READ, false, -1234);
	assert_memory_equal(tables, before, sizeof(before));
	assert_int_equal(space.generation, generation);
}

/* Somebody has written into the tables. */
static void test_damage(void **state)
{
	(void)state;
	start();
	tables[2][0] = 0;
	resolves(0, QUIRE_READ, false, QUIRE_ECORRUPT);
	resolves(1, QUIRE_READ, false, 0);
	explains(0, QUIRE_READ, QUIRE_FAULT_STALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks),  cmocka_unit_test(test_again),
		cmocka_unit_test(test_kernel), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("fault_resolve", tests, NULL, NULL);
}
