/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker against hardware that does not know it: random runs on toy machines of one to three
 * levels, of every habit, with and without clusters, and after each run every page, seen through a TLB
 * that was only told what the walker told it, is where a plain array says, and stands in the largest
 * leaf that the run it was written in allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "toy.h"

#define PAGES_MAX 4096u
#define STEPS     1500u

/* A machine under a walker, and what its pages should show; pa 0 is an unmapped page. */
static struct {
	struct toy toy;
	struct quire_walker walker;
	struct quire_table_slot slots[TOY_TABLES];
	unsigned pages;
	unsigned tables; /* in the pool */
	quire_pa pa[PAGES_MAX];
	uint8_t attr[PAGES_MAX];
	uint32_t run[PAGES_MAX]; /* pages that were set together have one number */
	uint32_t runs;
	uint32_t low; /* the fewest tables that were in the pool when an entry was written */
} m;

static uint32_t seed;

static uint32_t random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

/* The simulated port, watched. */
static void watched_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			  unsigned count, quire_entry step)
{
	m.low = m.walker.pool.free < m.low ? m.walker.pool.free : m.low;
	quire_sim_port.write(ctx, table, index, first, count, step);
}

static struct quire_port port;

/* The machines of a number of levels and habits. */
enum kind { PLAIN, RUNS, ALIKE, KINDS };

static struct quire_mmu machine(enum kind kind, unsigned levels, unsigned flags)
{
	return kind == PLAIN ? toy_mmu(levels, flags)
			     : toy_mmu_clusters(levels, flags, kind == ALIKE);
}

static void start(enum kind kind, unsigned levels, unsigned flags, unsigned tables)
{
	memset(&m, 0, sizeof(m));
	port = quire_sim_port;
	port.write = watched_write;
	toy_init_as(&m.toy, machine(kind, levels, flags), QUIRE_SIM_MARKS_IGNORED);
	m.walker = (struct quire_walker){
		.mmu = &m.toy.mmu, .port = &port, .port_ctx = &m.toy.sim, .root = TOY_BASE};
	quire_table_pool_init(&m.walker.pool, m.slots, toy_at(1), TOY_TABLE, tables);
	m.tables = tables;
	m.pages = 1u << 4 * levels;
	seed = 2463534242u + levels * 16 + flags;
}

/* A page as the hardware sees it. */
static void check_page(unsigned page)
{
	quire_pa pa = 0;
	enum quire_sim_fault fault =
		quire_sim_access(&m.toy.sim, (quire_va)page * TOY_PAGE + 7, 0, &pa, NULL);

	if (m.pa[page] == 0) {
		assert_int_equal(fault, QUIRE_SIM_UNMAPPED);
		return;
	}
	assert_int_equal(fault, QUIRE_SIM_OK);
	assert_true(pa == m.pa[page] + 7);
	fault = quire_sim_access(&m.toy.sim, (quire_va)page * TOY_PAGE, QUIRE_WRITE, NULL, NULL);
	assert_int_equal(fault, m.attr[page] & QUIRE_WRITE ? QUIRE_SIM_OK : QUIRE_SIM_FORBIDDEN);
}

/* Whether a page continues what the one before it shows. */
static bool continues(unsigned page)
{
	return m.run[page] == m.run[page - 1] && m.attr[page] == m.attr[page - 1] &&
	       m.pa[page] == m.pa[page - 1] + TOY_PAGE;
}

/* log2 of the largest leaf for a page of a run [first, end). */
static unsigned largest(unsigned page, unsigned first, unsigned end)
{
	unsigned best = 12;

	for (unsigned level = 0; level < m.toy.mmu.levels; level++)
		for (unsigned c = 0; c <= m.toy.mmu.level[level].cluster; c += 2) {
			unsigned shift = m.toy.mmu.level[level].shift + c;
			unsigned pages = 1u << (shift - 12), from = page & ~(pages - 1);

			if (shift > best && from >= first && from + pages <= end &&
			    (((quire_va)page * TOY_PAGE ^ m.pa[page]) & ((1u << shift) - 1)) == 0)
				best = shift;
		}
	return best;
}

static void check_shapes(void)
{
	for (unsigned first = 0, end; first < m.pages; first = end) {
		for (end = first + 1; end < m.pages && continues(end);)
			end++;
		for (unsigned page = first; page < end && m.pa[page] != 0; page++) {
			struct quire_decoded leaf;

			quire_walk_get(&m.walker, (quire_va)page * TOY_PAGE, &leaf);
			assert_int_equal(leaf.kind, QUIRE_ENTRY_LEAF);
			assert_int_equal(leaf.shift, largest(page, first, end));
			assert_true(leaf.pa + ((quire_va)page * TOY_PAGE &
					       (((quire_va)1 << leaf.shift) - 1)) ==
				    m.pa[page]);
		}
	}
}

/* Nothing stale, nothing wrong, every page right; some of them twice, so that the TLB is warm. */
static void check_all(void)
{
	assert_int_equal(quire_sim_stale(&m.toy.sim, NULL), 0);
	assert_int_equal(m.toy.sim.counts.violations, 0);
	check_shapes();
	for (unsigned page = 0; page < m.pages; page++)
		check_page(page);
	for (unsigned i = 0; i < TOY_TLB; i++)
		check_page(random_below(m.pages));
}

/* How many pages from `page` on are all mapped, or all not; at most `most`. */
static unsigned alike(unsigned page, unsigned most)
{
	unsigned n = 1;

	while (n < most && page + n < m.pages && (m.pa[page + n] == 0) == (m.pa[page] == 0))
		n++;
	return n;
}

/* A physical address with the same place in its large page as the virtual one, half of the time. */
static quire_pa some_pa(unsigned page)
{
	quire_pa pa = (quire_pa)(1 + random_below(64)) * TOY_HUGE;

	return pa + (random_below(2) ? (quire_pa)page * TOY_PAGE % TOY_HUGE
				     : (quire_pa)random_below(256) * TOY_PAGE);
}

/* With how many tables a change (a set of `run`, or a clear where that is NULL) is said to be possible. */
static uint32_t forecast(const struct quire_run *run, quire_va walk, quire_size size)
{
	uint32_t free = m.walker.pool.free;

	m.low = free;
	for (m.walker.pool.free = 0; m.walker.pool.free <= TOY_TABLES; m.walker.pool.free++)
		if (run != NULL ? quire_walk_can_set(&m.walker, run)
				: quire_walk_can_clear(&m.walker, walk, size))
			break;
	size = m.walker.pool.free;
	m.walker.pool.free = free;
	return (uint32_t)size;
}

/* Whether that was what the change took.  Where tables of the range itself are given back before others
   are taken, it may have been fewer. */
static void was_exact(uint32_t forecast, uint32_t free, bool fewer)
{
	if (fewer)
		assert_true(free - m.low <= forecast);
	else
		assert_int_equal(free - m.low, forecast);
}

static bool set(unsigned page, unsigned count, quire_pa pa, unsigned attr, bool replace)
{
	const struct quire_run run = {.walk = (quire_va)page * TOY_PAGE,
				      .size = (quire_size)count * TOY_PAGE,
				      .pa = pa,
				      .target = 1,
				      .attr = (uint8_t)attr};

	uint32_t free = m.walker.pool.free, needed = forecast(&run, 0, 0);

	assert_int_equal(quire_walk_can_set(&m.walker, &run), needed <= free);
	if (needed > free)
		return false;
	quire_walk_set(&m.walker, &run, replace ? QUIRE_SET_ANEW : QUIRE_SET_FRESH);
	was_exact(needed, free, replace && (m.toy.mmu.flags & QUIRE_MMU_BREAK_BEFORE_MAKE));
	m.runs++;
	for (unsigned i = 0; i < count; i++) {
		m.run[page + i] = m.runs;
		m.pa[page + i] = pa + (quire_pa)i * TOY_PAGE;
		m.attr[page + i] = (uint8_t)attr;
	}
	return true;
}

/* Change the access of some pages that were set together; then join what can be. */
static bool protect(unsigned page, unsigned count, unsigned attr)
{
	struct quire_run run = {.walk = (quire_va)page * TOY_PAGE, .pa = m.pa[page], .target = 1};
	unsigned first = page, end;
	uint32_t free, needed;

	for (end = page + 1; end < page + count && m.run[end] == m.run[page] &&
			     m.pa[end] == m.pa[end - 1] + TOY_PAGE;)
		end++;
	run.size = (quire_size)(end - page) * TOY_PAGE;
	run.attr = (uint8_t)attr;
	free = m.walker.pool.free;
	needed = forecast(&run, 0, 0);
	if (!quire_walk_can_set(&m.walker, &run))
		return false;
	quire_walk_set(&m.walker, &run, QUIRE_SET_ACCESS);
	was_exact(needed, free, false);
	assert_int_equal(quire_sim_stale(&m.toy.sim, NULL), 0);
	for (unsigned i = page; i < end; i++)
		m.attr[i] = (uint8_t)attr;
	count = end - page;
	while (first > 0 && continues(first))
		first--;
	while (end < m.pages && continues(end))
		end++;
	run = (struct quire_run){.walk = (quire_va)first * TOY_PAGE,
				 .size = (quire_size)(end - first) * TOY_PAGE,
				 .pa = m.pa[first],
				 .target = 1,
				 .attr = (uint8_t)attr};
	quire_walk_join(&m.walker, &run, (quire_va)page * TOY_PAGE, (quire_size)count * TOY_PAGE);
	return true;
}

static bool clear(unsigned page, unsigned count)
{
	quire_va walk = (quire_va)page * TOY_PAGE;
	quire_size size = (quire_size)count * TOY_PAGE;

	uint32_t free = m.walker.pool.free, needed = forecast(NULL, walk, size);

	assert_int_equal(quire_walk_can_clear(&m.walker, walk, size), needed <= free);
	if (needed > free)
		return false;
	quire_walk_clear(&m.walker, walk, size);
	was_exact(needed, free, false);
	for (unsigned i = 0; i < count; i++)
		m.pa[page + i] = m.run[page + i] = 0;
	return true;
}

/* One random change where the pages are all mapped or all not; whether it was made. */
static bool step(void)
{
	unsigned page = random_below(m.pages);
	unsigned attr = QUIRE_READ | (random_below(2) ? QUIRE_WRITE : 0u);
	unsigned count;

	if (random_below(3) == 0)
		page &= ~0xffu;
	count = alike(page, 1 + random_below(random_below(4) ? 40 : 700));
	if (m.pa[page] == 0)
		return set(page, count, some_pa(page), attr, false);
	switch (random_below(4)) {
	case 0:
		return set(page, count, some_pa(page), attr, true);
	case 1:
		return clear(page, count);
	default:
		return protect(page, count, attr);
	}
}

/* Everything unmapped again: the tables are back in the pool, and empty but for the root. */
static void clear_all(void)
{
	for (unsigned page = 0; page < m.pages;) {
		unsigned n = alike(page, m.pages);

		if (m.pa[page] != 0)
			assert_true(clear(page, n));
		page += n;
	}
	check_all();
	assert_int_equal(m.walker.pool.free, m.tables);
	for (unsigned i = 0; i < TOY_TABLES * TOY_TABLE / 4; i++)
		assert_int_equal(m.toy.memory[i], 0);
}

/* Returns how many of the changes were made; the pool refused the others. */
static unsigned run(enum kind kind, unsigned levels, unsigned flags, unsigned tables)
{
	unsigned made = 0;

	print_message("kind %u, %u levels, flags %u, %u tables\n", kind, levels, flags, tables);
	start(kind, levels, flags, tables);
	for (unsigned i = 0; i < STEPS; i++) {
		made += step();
		if (levels < 3 || i % 8 == 0)
			check_all();
	}
	clear_all();
	return made;
}

static void test_enough_tables(void **state)
{
	(void)state;
	for (enum kind kind = PLAIN; kind < KINDS; kind++)
		for (unsigned levels = 1; levels <= 3; levels++)
			for (unsigned flags = 0; flags < 4; flags++)
				assert_int_equal(run(kind, levels, flags, TOY_TABLES - 1), STEPS);
}

/* What is refused changes nothing, and what is not refused works. */
static void test_few_tables(void **state)
{
	(void)state;
	for (unsigned levels = 2; levels <= 3; levels++) {
		for (unsigned tables = 1; tables <= 30; tables += levels == 2 ? 3 : 9) {
			unsigned flags = tables % 2 ? QUIRE_MMU_BREAK_BEFORE_MAKE : 0;
			unsigned made = run(tables / 3 % KINDS, levels, flags, tables);

			assert_true(made > 0);
			assert_true(made < STEPS || tables >= 16);
		}
	}
}

/* The walker's own counters are the port's. */
static void test_counts_agree(void **state)
{
	(void)state;
	start(RUNS, 3, QUIRE_MMU_FLUSH_ON_MAP, TOY_TABLES - 1);
	for (unsigned i = 0; i < 200; i++)
		(void)step();
	assert_int_equal(m.walker.counts.entries, m.toy.sim.counts.entries);
	assert_int_equal(m.walker.counts.runs, m.toy.sim.counts.runs);
	assert_int_equal(m.walker.counts.reads, m.toy.sim.counts.reads);
	assert_int_equal(m.walker.counts.flushes, m.toy.sim.counts.flush_page +
							  m.toy.sim.counts.flush_range +
							  m.toy.sim.counts.flush_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough_tables),
		cmocka_unit_test(test_few_tables),
		cmocka_unit_test(test_counts_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
