/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spaces on tables in memory, and two processors whose TLBs keep everything that they ever looked
 * up, valid or not, until they are told to forget it: for each address and ASID by itself.
 *
 * The tables are read by the software MMU's own walk.  After each change, whatever is left in a TLB
 * must be what the tables say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "quire/port/tables.h"
#include "quire/quire.h"

#define BASE   0x80000000u
#define PAGES  1536u /* of the window, from the middle of a leaf table on: three leaf tables */
#define START  0x40180000u
#define ASIDS  3u
#define CPUS   2u
#define ROUNDS 20000u

/* What a TLB knows of one page. */
struct known {
	bool any;
	enum quire_sim_fault fault; /* of a read */
	quire_pa pa;
};

static struct known tlb[CPUS][ASIDS][PAGES];
static uint64_t tables[8][512];
static uint64_t book[8192];
static struct quire_sim sim;
static struct quire_walker walker;
static struct quire_tables port;
static struct quire_space space;
static struct quire_table_slot slots[7];
static struct quire_context context;
static struct quire_contexts contexts;
static unsigned here; /* the processor that runs */
static uint32_t asid_now;
static uint64_t seed;

uint32_t quire_context_asid(const struct quire_contexts *all, const struct quire_context *one)
{
	(void)all;
	(void)one;
	return asid_now;
}

static unsigned dice(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % sides;
}

static void publish(void)
{
}

static void forget(uint32_t asid, unsigned first, unsigned end)
{
	for (unsigned a = 0; a < ASIDS; a++)
		for (unsigned p = first; p < end; p++)
			if (asid == QUIRE_ASID_ALL || asid == a)
				tlb[here][a][p].any = false;
}

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool table)
{
	(void)table;
	assert_int_equal(shift, 12);
	assert_true(va % 4096 == 0 && va >= START && va + size <= START + PAGES * 4096);
	forget(asid, (unsigned)((va - START) >> 12), (unsigned)((va + size - START) >> 12));
}

static void flush_asid(uint32_t asid)
{
	forget(asid, 0, PAGES);
}

static const struct quire_cpu_ops cpu = {.name = "elephant",
					 .publish = publish,
					 .flush_pages = flush_pages,
					 .flush_asid = flush_asid,
					 .flush_most = 16,
					 .asid_bits = 8};

/* The other processor does as it is told. */
static void shoot(void *ctx, const struct quire_shot *shot)
{
	(void)ctx;
	here ^= 1;
	quire_shot_do(&cpu, shot);
	here ^= 1;
}

static void start(void)
{
	static const struct quire_window window = {.name = "all",
						   .base = START,
						   .exec_base = START,
						   .walk = START,
						   .size = PAGES * 4096,
						   .caps = QUIRE_CAP_MASK,
						   .targets = 1};
	static const struct quire_memory memory = {
		.name = "ram", .base = 0xc0000000, .size = 0x1000000, .caps = QUIRE_CAP_MASK};
	const struct quire_space_config config = {.windows = &window,
						  .memories = &memory,
						  .walkers = &walker,
						  .window_count = 1,
						  .memory_count = 1,
						  .walker_count = 1,
						  .memory = book,
						  .memory_size = sizeof(book)};
	const struct quire_sim_config machine = {.mmu = &quire_mmu_sv39,
						 .memory = tables,
						 .base = BASE,
						 .bytes = sizeof(tables),
						 .root = BASE,
						 .entry_bytes = 8};

	assert_int_equal(quire_sim_init(&sim, &machine), 0);
	port = (struct quire_tables){.cpu = &cpu,
				     .mmu = &quire_mmu_sv39,
				     .offset = (uintptr_t)tables - BASE,
				     .shoot = shoot};
	walker = (struct quire_walker){.mmu = &quire_mmu_sv39,
				       .port = &quire_tables_port,
				       .port_ctx = &port,
				       .root = BASE};
	quire_table_pool_init(&walker.pool, slots, BASE + 4096, 4096, 7);
	assert_int_equal(quire_space_init(&space, &config), 0);
	memset(tlb, 0, sizeof(tlb));
	seed = 0x9e3779b97f4a7c15;
	here = 0;
	asid_now = 1;
}

static struct known look_up(unsigned page)
{
	struct known now = {.any = true};

	now.fault =
		quire_sim_translate(&sim, START + (quire_va)page * 4096, QUIRE_READ, &now.pa, NULL);
	return now;
}

/* Both processors look at some pages, as the space's ASID. */
static void run_programs(void)
{
	for (unsigned i = 0; i < 64; i++) {
		unsigned page = dice(PAGES);

		tlb[dice(CPUS)][asid_now][page] = look_up(page);
	}
}

/* One change of any kind; most are refused for one reason or other, which is all right. */
static void change(void)
{
	const quire_size size = (quire_size)(dice(4) ? 1 + dice(20) : 1 + dice(700)) * 4096;
	const quire_va va = START + (quire_va)dice(PAGES) * 4096;
	const struct quire_want want = {.pa = 0xc0000000 + (quire_pa)dice(2048) * 4096,
					.size = size,
					.attr = (uint8_t)dice(4),
					.flags = QUIRE_SHARED};
	struct quire_extent_info there;
	struct quire_got got;

	if (quire_space_query(&space, va, &there) != 0)
		return;
	if (there.kind == QUIRE_GAP)
		(void)quire_space_map_at(&space, va, &want, &got);
	else if (dice(3) == 0)
		(void)quire_space_unmap(&space, there.va);
	else if (dice(2) == 0)
		(void)quire_space_unmap_part(&space, va, size);
	else
		(void)quire_space_protect(&space, va, size, dice(4), 0);
}

/* How many of the pages that a processor remembers for an ASID have become something else. */
static unsigned wrong(unsigned which, uint32_t asid, bool invalid_too)
{
	unsigned found = 0;

	for (unsigned p = 0; p < PAGES; p++) {
		const struct known *old = &tlb[which][asid][p];
		struct known now = look_up(p);

		if (!old->any || (!invalid_too && old->fault == QUIRE_SIM_UNMAPPED))
			continue;
		found += old->fault != now.fault || (now.fault == 0 && old->pa != now.pa);
	}
	return found;
}

static void test_nothing_stale(void **state)
{
	(void)state;
	start();
	for (unsigned i = 0; i < ROUNDS; i++) {
		run_programs();
		here = dice(CPUS);
		change();
		if (i % 8 == 0) {
			assert_int_equal(wrong(0, 1, true), 0);
			assert_int_equal(wrong(1, 1, true), 0);
		}
	}
	assert_int_equal(quire_space_check(&space, NULL), 0);
}

/* With an ASID of its own, only that is forgotten; and what is new may be missed by the other
   CPU, which then knows nothing of a page that is there. */
static void test_asids(void **state)
{
	(void)state;
	start();
	port.context = &context;
	port.contexts = &contexts;
	port.lazy_fresh = true;
	for (unsigned p = 0; p < PAGES; p++)
		tlb[0][2][p] = tlb[1][2][p] = (struct known){.any = true};
	for (unsigned i = 0; i < ROUNDS; i++) {
		run_programs();
		here = dice(CPUS);
		change();
		if (i % 8 == 0) {
			assert_int_equal(wrong(0, 1, false), 0);
			assert_int_equal(wrong(1, 1, false), 0);
		}
	}
	assert_true(wrong(0, 1, true) + wrong(1, 1, true) > 0);
	for (unsigned p = 0; p < PAGES; p++)
		assert_true(tlb[0][2][p].any && tlb[1][2][p].any);
}

/* A space that no processor runs changes without a flush. */
static void test_nobody(void **state)
{
	(void)state;
	start();
	port.context = &context;
	port.contexts = &contexts;
	asid_now = QUIRE_CONTEXT_NONE;
	for (unsigned a = 0; a < ASIDS; a++)
		for (unsigned p = 0; p < PAGES; p++)
			tlb[0][a][p] = tlb[1][a][p] = (struct known){.any = true};
	for (unsigned i = 0; i < ROUNDS / 10; i++)
		change();
	assert_true(walker.counts.flushes > 100);
	for (unsigned a = 0; a < ASIDS; a++)
		for (unsigned p = 0; p < PAGES; p++)
			assert_true(tlb[0][a][p].any && tlb[1][a][p].any);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_stale),
		cmocka_unit_test(test_asids),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
