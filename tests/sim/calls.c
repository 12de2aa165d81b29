/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ranges of scattered pages cost, call by call: hand-worked cases, with all that the walker asks of
 * the port written down.
 *
 *     W3   three entries written      F   a flush
 *     -3   three made invalid         Ff  of what was invalid before, Ft: of tables, Fft: both
 *     64*  so often
 *
 * Reads are counted only: their order is nobody's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "quire/port/aarch64.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"

enum { TABLES = 8, BASE = 0x40000000, PAGE = 0x1000, LARGE = 0x200000 };

#define RW    (QUIRE_READ | QUIRE_WRITE)
#define RAM   0x80000000u
#define PAGES 64u

static struct {
	struct quire_mmu mmu;
	struct quire_sim sim;
	struct quire_port port;
	struct quire_walker walker;
	struct quire_table_slot slots[TABLES];
	uint64_t memory[TABLES + 1][512];
	char log[200];
	char last[16]; /* word, not yet in the log */
	unsigned repeated;
} m;

static void last_end(void)
{
	size_t used = strlen(m.log);

	if (m.repeated > 1)
		snprintf(m.log + used, sizeof(m.log) - used, "%u*%s ", m.repeated, m.last);
	else if (m.repeated == 1)
		snprintf(m.log + used, sizeof(m.log) - used, "%s ", m.last);
	m.repeated = 0;
}

static void note(const char *what, unsigned n)
{
	char word[16];

	snprintf(word, sizeof(word), n ? "%s%u" : "%s", what, n);
	if (strcmp(word, m.last) != 0)
		last_end();
	strcpy(m.last, word);
	m.repeated++;
}

static void noted_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			unsigned count, quire_entry step)
{
	note(first == 0 && step == 0 ? "-" : "W", count);
	quire_sim_port.write(ctx, table, index, first, count, step);
}

static void noted_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	static const char *const names[] = {"F", "Ft", "Ff", "Fft"};

	note(names[what], 0);
	quire_sim_port.flush(ctx, walk, size, what);
}

static void start(const struct quire_mmu *mmu)
{
	const struct quire_sim_config config = {.mmu = &m.mmu,
						.memory = m.memory,
						.base = BASE,
						.bytes = sizeof(m.memory),
						.root = BASE,
						.entry_bytes = mmu->entry_bytes};

	memset(&m, 0, sizeof(m));
	m.mmu = *mmu;
	assert_int_equal(quire_sim_init(&m.sim, &config), 0);
	m.port = quire_sim_port;
	m.port.write = noted_write;
	m.port.flush = noted_flush;
	m.walker = (struct quire_walker){
		.mmu = &m.mmu, .port = &m.port, .port_ctx = &m.sim, .root = BASE};
	quire_table_pool_init(&m.walker.pool, m.slots, BASE + PAGE, PAGE, TABLES);
}

/* Begin to write down here. */
static void forget(void)
{
	m.log[0] = '\0';
	m.repeated = 0;
	m.walker.counts.reads = 0;
}

/* What has been asked of the port but reads, since this was asked last. */
static void wrote(const char *expected)
{
	last_end();
	assert_string_equal(m.log, expected);
	assert_int_equal(m.sim.counts.violations, 0);
	forget();
}

/* The same, and so many reads. */
static void asked(unsigned reads, const char *expected)
{
	assert_int_equal(m.walker.counts.reads, reads);
	wrote(expected);
}

/* A source of single pages, `stride` apart in memory. */
struct pages {
	quire_va walk;
	quire_pa pa;
	quire_size stride;
	unsigned count, at;
	bool large; /* they need not be small */
};

static void pages_rewind(void *ctx)
{
	((struct pages *)ctx)->at = 0;
}

static bool pages_next(void *ctx, struct quire_run *run)
{
	struct pages *p = ctx;

	if (p->at == p->count)
		return false;
	*run = (struct quire_run){.walk = p->walk + (quire_size)p->at * PAGE,
				  .size = PAGE,
				  .pa = p->pa + p->at * p->stride,
				  .target = QUIRE_RAM,
				  .attr = RW,
				  .small = !p->large};
	p->at++;
	return true;
}

static void set(quire_va walk, unsigned count, quire_size stride)
{
	struct pages pages = {.walk = walk, .pa = RAM, .stride = stride, .count = count};
	const struct quire_walk_source source = {pages_rewind, pages_next, &pages};
	uint32_t reads = m.walker.counts.reads;

	assert_true(quire_walk_can_set_all(&m.walker, walk, count * PAGE, &source));
	assert_int_equal(m.walker.counts.reads, reads); /* there are tables enough */
	quire_walk_set_all(&m.walker, walk, count * PAGE, &source);
}

/* One run, of pages that go on in memory. */
struct once {
	struct quire_run run;
	bool given;
};

static void once_rewind(void *ctx)
{
	((struct once *)ctx)->given = false;
}

static bool once_next(void *ctx, struct quire_run *run)
{
	struct once *once = ctx;
	bool first = !once->given;

	*run = once->run;
	once->given = true;
	return first;
}

static void set_once(quire_va walk, quire_size size, quire_pa pa, bool small)
{
	struct once once = {.run = {walk, size, pa, QUIRE_RAM, RW, small}};
	const struct quire_walk_source source = {once_rewind, once_next, &once};

	assert_true(quire_walk_can_set_all(&m.walker, walk, size, &source));
	quire_walk_set_all(&m.walker, walk, size, &source);
}

/* -- setting -- */

static void test_set(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set(0, PAGES, 2 * PAGE);
	asked(3, "66*W1 Fft ");
	set(LARGE - 4 * PAGE, 8, 2 * PAGE); /* the last of that table, and another table */
	asked(3 + 2, "9*W1 Fft ");
	set(PAGES * PAGE, 3, 2 * PAGE); /* no new table */
	asked(3, "3*W1 Ff ");
}

static void test_set_neighbours(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set(0, PAGES, PAGE);
	asked(3, "2*W1 W64 Fft ");
	set_once(PAGES * PAGE, PAGES * PAGE, RAM, true);
	asked(3, "W64 Ff ");
	set_once(LARGE, LARGE, RAM, false);
	asked(2, "W1 Ff ");
	set_once(2 * LARGE, LARGE, RAM, true);
	asked(3, "W1 W512 Fft ");
	start(&quire_mmu_a64_4k_39); /* which does not cache what is invalid */
	set(0, PAGES, 0);
	assert_int_equal(m.walker.counts.flushes, 0);
}

static unsigned shift_at(quire_va walk)
{
	struct quire_decoded leaf;

	quire_walk_get(&m.walker, walk, &leaf);
	assert_int_equal(leaf.kind, QUIRE_ENTRY_LEAF);
	return leaf.shift;
}

/* A run that allows it is shown in clusters and large pages, one of small pages in neither. */
static void test_set_shapes(void **state)
{
	struct pages pages = {
		.walk = 3 * LARGE, .pa = RAM, .stride = PAGE, .count = PAGES, .large = true};
	const struct quire_walk_source source = {pages_rewind, pages_next, &pages};

	(void)state;
	start(&quire_mmu_a64_4k_39);
	set_once(0, PAGES * PAGE, RAM, false);
	asked(3, "2*W1 W64 ");
	assert_int_equal(shift_at(0), 16);
	set_once(PAGES * PAGE, PAGES * PAGE, RAM, true);
	asked(6, "W64 "); /* three were the look above */
	assert_int_equal(shift_at(PAGES * PAGE), 12);
	set_once(LARGE, LARGE, RAM, false);
	assert_int_equal(shift_at(LARGE), 21);
	set_once(2 * LARGE, LARGE, RAM, true);
	assert_int_equal(shift_at(2 * LARGE), 12);
	quire_walk_set_all(&m.walker, pages.walk, PAGES * PAGE, &source); /* each run by itself */
	assert_int_equal(shift_at(3 * LARGE), 12);
}

/* With too few tables for the bound, the source is gone through; a table is walked to once. */
static void test_forecast(void **state)
{
	struct pages pages = {.walk = LARGE - 4 * PAGE, .pa = RAM, .stride = 2 * PAGE, .count = 68};
	const struct quire_walk_source source = {pages_rewind, pages_next, &pages};

	(void)state;
	start(&quire_mmu_sv39);
	m.walker.pool.free = 2; /* three are needed */
	assert_false(quire_walk_can_set_all(&m.walker, pages.walk, 68 * PAGE, &source));
	asked(2, "");
	set(0, 1, PAGE);
	forget();
	m.walker.pool.free = 1; /* one is */
	assert_true(quire_walk_can_set_all(&m.walker, pages.walk, 68 * PAGE, &source));
	asked(3 + 2, "");
	m.walker.pool.free = 0;
	assert_false(quire_walk_can_set_all(&m.walker, pages.walk, 68 * PAGE, &source));
}

/* Nothing to set is nothing to do. */
static void test_set_none(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set(0, 0, PAGE);
	asked(0, "");
}

/* -- telling and taking -- */

static unsigned told_runs, told_pages;

static void told(void *ctx, const struct quire_run *run)
{
	(void)ctx;
	assert_false(run->small);
	told_runs++;
	told_pages += (unsigned)(run->size / PAGE);
}

static const struct quire_walk_visitor visitor = {told, NULL};

static void was_told(unsigned runs, unsigned pages)
{
	assert_int_equal(told_runs, runs);
	assert_int_equal(told_pages, pages);
	told_runs = told_pages = 0;
}

static void test_each(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	quire_walk_each(&m.walker, 0, (quire_size)1 << 30, &visitor);
	asked(1, "");
	was_told(0, 0);
	set(0, PAGES, 2 * PAGE);
	set_once(LARGE, LARGE, RAM + LARGE, false);
	asked(3 + 2, "66*W1 Fft W1 Ff ");
	quire_walk_each(&m.walker, PAGE, (PAGES - 2) * PAGE, &visitor);
	asked(3 + PAGES - 3, "");
	was_told(PAGES - 2, PAGES - 2);
	quire_walk_each(&m.walker, LARGE + PAGE, 5 * PAGE, &visitor); /* clipped */
	asked(2, "");
	was_told(1, 5);
	set_once(LARGE - PAGE, PAGE, RAM + LARGE - PAGE, true);
	m.walker.counts.reads = 0;
	quire_walk_each(&m.walker, LARGE - 2 * PAGE, 2 * LARGE, &visitor); /* two leaves, one run */
	was_told(1, 513);
}

static void test_take(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set(0, PAGES, 2 * PAGE);
	forget();
	quire_walk_take(&m.walker, LARGE / 2, LARGE, &visitor); /* nothing there */
	asked(2 + 2 + 1 + 255 + 1, "");
	was_told(0, 0);
	quire_walk_take(&m.walker, PAGE, 3 * PAGE, &visitor);
	asked(3 + 1 + 2, "-3 F ");
	was_told(3, 3);
	quire_walk_take(&m.walker, 0, PAGES * PAGE, NULL);
	asked(3 + 1 + 63, "-64 2*-1 Ft ");
	assert_int_equal(m.walker.pool.free, TABLES);
	quire_walk_take(&m.walker, 0, PAGES * PAGE, NULL);
	asked(4, "");
}

/* Out of the middle of a large page, with the one table that this takes. */
static void test_take_inside(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set_once(0, LARGE, RAM, false);
	forget();
	m.walker.pool.free = 0;
	assert_false(quire_walk_can_clear(&m.walker, 2 * PAGE, 2 * PAGE));
	m.walker.pool.free = 1;
	assert_true(quire_walk_can_clear(&m.walker, 2 * PAGE, 2 * PAGE));
	quire_walk_take(&m.walker, 2 * PAGE, 2 * PAGE, &visitor);
	wrote("W512 W1 -2 Ft ");
	was_told(1, 2);
	assert_int_equal(m.walker.pool.free, 0);
	assert_int_equal(quire_sim_translate(&m.sim, 4 * PAGE, QUIRE_READ, NULL, NULL), 0);
}

/* -- other attributes -- */

static void test_allow(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set(0, PAGES, 2 * PAGE);
	set(LARGE, PAGES, PAGE);
	forget();
	quire_walk_allow(&m.walker, 0, PAGES * PAGE, QUIRE_READ);
	asked(3 + 1 + 1 + 63, "64*W1 F ");
	quire_walk_allow(&m.walker, LARGE, PAGES * PAGE, QUIRE_READ);
	asked(3 + 1 + 1 + 63, "W64 F ");
	quire_walk_allow(&m.walker, LARGE, PAGES * PAGE, QUIRE_READ);
	asked(3 + 1 + 1 + 63, "");
	quire_walk_allow(&m.walker, LARGE - PAGE, 3 * PAGE, RW); /* a hole, and some */
	wrote("W2 F ");
	quire_walk_allow(&m.walker, 4 * LARGE, LARGE, RW);
	asked(2 + 1 + 1, "");
}

/* A large page that says what it should is not split, one that does not is. */
static void test_allow_inside(void **state)
{
	(void)state;
	start(&quire_mmu_sv39);
	set_once(0, LARGE, RAM, false);
	forget();
	quire_walk_allow(&m.walker, PAGE, 2 * PAGE, RW);
	wrote("");
	quire_walk_allow(&m.walker, PAGE, 2 * PAGE, QUIRE_READ);
	wrote("W512 W1 W2 Ft ");
	quire_walk_allow(&m.walker, PAGE, 2 * PAGE, RW); /* nor is it joined */
	wrote("W2 F ");
}

/* Broken before they are made, sixteen at a time; the access alone is written over. */
static void test_allow_breaking(void **state)
{
	(void)state;
	start(&quire_mmu_a64_4k_39);
	set(0, 20, 2 * PAGE);
	forget();
	quire_walk_allow(&m.walker, 0, 20 * PAGE, QUIRE_READ | QUIRE_UNCACHED);
	wrote("16*-1 F 16*W1 4*-1 F 4*W1 ");
	quire_walk_allow(&m.walker, 0, 20 * PAGE, RW | QUIRE_UNCACHED);
	wrote("20*W1 F ");
	set(LARGE, 20, PAGE);
	forget();
	quire_walk_allow(&m.walker, LARGE, 3 * PAGE, RW | QUIRE_UNCACHED);
	wrote("-3 F W3 ");
	quire_walk_allow(&m.walker, LARGE, 20 * PAGE, QUIRE_READ | QUIRE_UNCACHED);
	wrote("W3 -17 F W17 "); /* both in one flush */
}

/* Sixteen are one batch; who caches what is invalid is told when it no longer is. */
static void test_allow_batch(void **state)
{
	(void)state;
	start(&quire_mmu_a64_4k_39);
	set(0, 16, 2 * PAGE);
	forget();
	quire_walk_allow(&m.walker, 0, 16 * PAGE, RW | QUIRE_UNCACHED);
	wrote("16*-1 F 16*W1 ");
	m.mmu.flags |= QUIRE_MMU_FLUSH_ON_MAP;
	quire_walk_allow(&m.walker, 0, 17 * PAGE, RW);
	wrote("16*-1 F 16*W1 Ff ");
	quire_walk_allow(&m.walker, 0, 16 * PAGE, QUIRE_READ);
	wrote("16*W1 F ");
}

/* Both halves of a cluster keep their memory. */
static void test_allow_cluster(void **state)
{
	(void)state;
	start(&quire_mmu_a64_4k_39);
	set_once(0, 16 * PAGE, RAM, false);
	forget();
	quire_walk_allow(&m.walker, 0, 16 * PAGE, QUIRE_READ);
	wrote("W16 F ");
	quire_walk_allow(&m.walker, 0, 8 * PAGE, RW);
	wrote("-16 F W16 W8 F ");
	assert_int_equal(shift_at(8 * PAGE), 12);
}

/* -- root entries whose tables are kept -- */

static void test_kept(void **state)
{
	const quire_size root_entry = (quire_size)1 << 30;
	struct quire_run run = {2 * root_entry, 9 * root_entry, 0, QUIRE_RAM, RW, false};

	(void)state;
	start(&quire_mmu_sv39);
	assert_true(quire_walk_keep_tables(&m.walker, 6 * root_entry, root_entry));
	forget();
	quire_walk_set(&m.walker, &run, QUIRE_SET_FRESH);
	wrote("W4 W512 W4 Ff ");
	quire_walk_set(&m.walker, &run, QUIRE_SET_ANEW);
	wrote("W4 W512 W4 F ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),           cmocka_unit_test(test_set_neighbours),
		cmocka_unit_test(test_set_shapes),    cmocka_unit_test(test_set_none),
		cmocka_unit_test(test_each),          cmocka_unit_test(test_take),
		cmocka_unit_test(test_take_inside),   cmocka_unit_test(test_allow),
		cmocka_unit_test(test_allow_inside),  cmocka_unit_test(test_allow_breaking),
		cmocka_unit_test(test_allow_cluster), cmocka_unit_test(test_allow_batch),
		cmocka_unit_test(test_forecast),      cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
