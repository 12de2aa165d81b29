/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scattered pages against every description there is: random sets, takes and changes of attributes over
 * ranges with holes, on hardware that does not know the walker.  A plain array says what each page
 * shows; after each step every page, seen through a TLB that was only told what the walker told it, does,
 * and what a visitor is told is that array.
 *
 * The port is watched besides: on a machine that must break before it makes no entry becomes valid
 * between the write that took it away and a flush; flushes are counted; and each call finds no more tables
 * in the pool than it asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "toy.h"

#if QUIRE_WIDTH == 32
#include "quire/port/aarch64.h"
#include "quire/port/arm.h"
#include "quire/port/riscv.h"
#include "quire/port/x86.h"
#endif

#define PAGES_MAX 32768u
#define MEMORY    (64u * 65536u)
#define BASE      0x1000000u
#define TLB       16u
#define RUNS_MAX  200u
#define LEVELS    (QUIRE_LEVELS_MAX < 3 ? QUIRE_LEVELS_MAX : 3u) /* of toys */
#define RW        (QUIRE_READ | QUIRE_WRITE)

/* What a page shows; attr NOTHING: nothing. */
struct page {
	quire_pa pa;
	uint8_t attr;
	uint8_t target;
	uint8_t done; /* enum quire_used: with it, since its marks were cleared last */
	bool small;
};

#define NOTHING 0xff

static struct {
	struct quire_mmu mmu;
	struct quire_sim sim;
	struct quire_port port;
	struct quire_walker walker;
	struct quire_sim_tlb tlb[TLB];
	struct quire_table_slot slots[2048];
	uint32_t tables; /* that are there when nothing is mapped */
	uint8_t target;  /* of all pages, or */
	bool targets;    /* of some; others are of 0 */
	quire_va start;  /* of the pages */
	unsigned count;  /* of them */
	unsigned kept;   /* bit i: the root's entry i points to a table that stays */
	struct page page[PAGES_MAX];
} m;

static union {
	uint64_t align;
	unsigned char bytes[MEMORY];
} memory;
static uint8_t gone[MEMORY / 4]; /* entries that were valid at the last flush, and are not now */

static uint32_t seed;

static uint32_t random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return n ? seed % n : 0;
}

/* -- the port, watched -- */

static bool is_valid(quire_entry entry)
{
	struct quire_decoded what = {.kind = QUIRE_ENTRY_INVALID};

	for (unsigned l = 0; l < m.mmu.levels && what.kind == QUIRE_ENTRY_INVALID; l++)
		m.mmu.format->decode(&m.mmu, l, entry, &what);
	return what.kind != QUIRE_ENTRY_INVALID;
}

static void watched_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			  unsigned count, quire_entry step)
{
	unsigned bytes = m.sim.config.entry_bytes;

	assert_true(m.walker.pool.free <=
		    m.walker.pool.count); /* none was taken that is not there */
	for (unsigned i = 0; i < count && (m.mmu.flags & QUIRE_MMU_BREAK_BEFORE_MAKE); i++) {
		quire_entry old = quire_sim_port.read(ctx, table, index + i);
		uint8_t *was = &gone[(table - BASE) / bytes + index + i];
		bool valid = is_valid(first + step * i);

		assert_false(valid && *was);
		*was |= !valid && is_valid(old);
	}
	quire_sim_port.write(ctx, table, index, first, count, step);
}

static void watched_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	assert_true(size != 0);
	if (!(what & QUIRE_FLUSH_FRESH))
		memset(gone, 0, sizeof(gone));
	quire_sim_port.flush(ctx, walk, size, what);
}

/* -- the machine -- */

static quire_size page_size(void)
{
	return quire_mmu_page_size(&m.mmu);
}

/* Pages around a border of all levels, and on either side of it those of a large page at least. */
static void place_pages(void)
{
	unsigned last = m.mmu.levels - 1u, shift = m.mmu.level[last].shift;
	unsigned large = m.mmu.levels == 1 ? 0 : m.mmu.level[last - 1].shift;

	if (m.mmu.levels == 1 || m.mmu.level[0].bits + m.mmu.level[0].shift - shift <= 8) {
		m.count = 1u << (m.mmu.level[0].bits + m.mmu.level[0].shift - shift);
		m.start = 0;
		return;
	}
	m.count = 2u << (large - shift);
	m.count = m.count < 1024 ? 1024 : m.count;
	m.count = m.count > PAGES_MAX ? PAGES_MAX : m.count;
	m.start = ((quire_va)1 << m.mmu.level[0].shift) - m.count / 2 * page_size();
	if (m.mmu.level[0].shift - shift < 10)
		m.start = 0;
}

static void start(struct quire_mmu mmu, unsigned entry_bytes, uint8_t target)
{
	const struct quire_sim_config config = {.mmu = &m.mmu,
						.memory = memory.bytes,
						.base = BASE,
						.bytes = MEMORY,
						.root = BASE,
						.entry_bytes = (uint8_t)entry_bytes,
						.tlb = m.tlb,
						.tlb_entries = TLB,
						.marks = QUIRE_SIM_MARKS_SET};
	uint32_t root = entry_bytes << mmu.level[0].bits;
	uint32_t table = entry_bytes << mmu.level[(mmu.levels > 1) % QUIRE_LEVELS_MAX].bits;

	memset(&m, 0, sizeof(m));
	memset(gone, 0, sizeof(gone));
	m.mmu = mmu;
	m.target = target;
	m.targets = target != QUIRE_RAM;
	assert_int_equal(quire_sim_init(&m.sim, &config), 0);
	m.port = quire_sim_port;
	m.port.write = watched_write;
	m.port.flush = watched_flush;
	m.walker = (struct quire_walker){
		.mmu = &m.mmu, .port = &m.port, .port_ctx = &m.sim, .root = BASE};
	root = (root + table - 1) / table * table;
	m.tables = (MEMORY - root) / table;
	m.tables = m.tables < 2048 ? m.tables : 2048;
	quire_table_pool_init(&m.walker.pool, m.slots, BASE + root, table, m.tables);
	place_pages();
	for (unsigned i = 0; i < m.count; i++)
		m.page[i].attr = NOTHING;
	seed = 2463534242u;
}

static quire_va address(unsigned page)
{
	return m.start + page * page_size();
}

static unsigned page_at(quire_va walk)
{
	assert_true(walk - m.start < m.count * page_size());
	assert_true((walk - m.start) % page_size() == 0);
	return (unsigned)((walk - m.start) / page_size());
}

/* -- what is compared -- */

static void check_page(unsigned i)
{
	const struct page *page = &m.page[i];
	struct quire_decoded leaf;
	quire_pa pa = 0;
	unsigned target;

	quire_walk_get(&m.walker, address(i), &leaf);
	if (page->attr == NOTHING) {
		assert_int_equal(quire_sim_access(&m.sim, address(i) + 5, 0, NULL, NULL),
				 QUIRE_SIM_UNMAPPED);
		return;
	}
	assert_int_equal(quire_sim_access(&m.sim, address(i) + 5, 0, &pa, &target), QUIRE_SIM_OK);
	assert_int_equal(target, page->target);
	assert_true(pa == page->pa + 5);
	assert_int_equal(leaf.attr, page->attr);
	if (page->small)
		assert_true((quire_size)1 << leaf.shift == page_size());
	assert_int_equal(quire_sim_translate(&m.sim, address(i), QUIRE_WRITE, NULL, NULL),
			 page->attr & QUIRE_WRITE ? QUIRE_SIM_OK : QUIRE_SIM_FORBIDDEN);
}

static void check_all(unsigned first, unsigned count)
{
	assert_int_equal(quire_sim_stale(&m.sim, NULL), 0);
	assert_int_equal(m.sim.counts.violations, 0);
	if (m.count <= 4096 || random_below(16) == 0) {
		first = 0;
		count = m.count;
	}
	for (unsigned i = first ? first - 1 : 0; i < first + count + 1 && i < m.count; i++)
		check_page(i);
	for (unsigned i = 0; i < TLB; i++)
		check_page(random_below(m.count));
}

/* -- setting -- */

struct list {
	struct quire_run run[RUNS_MAX];
	unsigned count, at;
};

static void list_rewind(void *ctx)
{
	((struct list *)ctx)->at = 0;
}

static bool list_next(void *ctx, struct quire_run *run)
{
	struct list *list = ctx;

	if (list->at == list->count)
		return false;
	*run = list->run[list->at++];
	return true;
}

static uint8_t random_attr(void)
{
	static const uint8_t access[] = {QUIRE_READ, RW, QUIRE_READ | QUIRE_EXEC, RW | QUIRE_USER};
	static const uint8_t modes[] = {QUIRE_CACHE_WB, QUIRE_CACHE_WB, QUIRE_UNCACHED,
					QUIRE_DEVICE_IO};
	uint8_t mode = modes[random_below(4)];

	if (m.mmu.missing_modes & 1u << (mode >> 4))
		mode = QUIRE_CACHE_WB;
	return access[random_below(4)] | mode;
}

/* Where a run's memory is: behind that of the last, as its address is modulo large, or anywhere. */
static quire_pa random_pa(unsigned page, quire_pa behind)
{
	unsigned top = m.mmu.pa_bits > 31 ? 31 : m.mmu.pa_bits;
	quire_pa mask = ((quire_pa)1 << (top - 1)) - 1;

	switch (random_below(3)) {
	case 0:
		return behind & mask;
	case 1:
		return address(page) & mask;
	default:
		return random_below(1u << 18) * page_size() & mask;
	}
}

/* Runs for holes from `first` on; some of the pages are left out.  The pages that are dealt with. */
static unsigned runs_make(struct list *list, unsigned first)
{
	unsigned most = 1 + random_below(random_below(4) ? 64 : m.count), at = first;
	quire_pa behind = 0;

	list->count = 0;
	while (at < m.count && at - first < most && m.page[at].attr == NOTHING &&
	       list->count < RUNS_MAX) {
		unsigned want = 1 + random_below(random_below(3) ? 4 : most), n = 0;
		struct quire_run *run = &list->run[list->count];

		while (n < want && at + n < m.count && m.page[at + n].attr == NOTHING)
			n++;
		if (random_below(5) != 0) {
			*run = (struct quire_run){
				.walk = address(at),
				.size = n * page_size(),
				.pa = random_pa(at, behind),
				.target = m.targets && random_below(4) == 0 ? 0 : m.target,
				.attr = list->count && random_below(3) ? run[-1].attr
								       : random_attr(),
				.small = random_below(2)};
			behind = run->pa + run->size;
			list->count++;
		}
		at += n;
	}
	return at - first;
}

/* Whether a kept table stands in one of the root's entries for [first, last]. */
static bool touches_kept(quire_va first, quire_va last)
{
	for (; m.kept && first <= last; first += (quire_va)1 << m.mmu.level[0].shift)
		if (m.kept >> (first >> m.mmu.level[0].shift) & 1u)
			return true;
	return false;
}

/* log2 of the largest leaf for a page of a run. */
static unsigned largest(const struct quire_run *run, quire_va walk)
{
	unsigned best = m.mmu.level[m.mmu.levels - 1].shift;

	for (unsigned level = 0; level < m.mmu.levels && !run->small; level++)
		for (unsigned c = 0; c < 2 && m.mmu.level[level].leaf; c++) {
			unsigned shift =
				m.mmu.level[level].shift + (c ? m.mmu.level[level].cluster : 0u);
			quire_size mask = ((quire_size)1 << shift) - 1;

			if (level == 0 && touches_kept(walk & ~mask, walk | mask))
				continue;
			if (shift > best && (walk & ~mask) >= run->walk &&
			    (walk | mask) - run->walk < run->size &&
			    ((run->walk ^ run->pa) & mask) == 0)
				best = shift;
		}
	return best;
}

static void run_note(const struct quire_run *run)
{
	unsigned from = page_at(run->walk), pages = (unsigned)(run->size / page_size());

	for (unsigned i = 0; i < pages; i++) {
		struct quire_decoded leaf;

		m.page[from + i] = (struct page){.pa = run->pa + i * page_size(),
						 .attr = run->attr,
						 .target = run->target,
						 .small = run->small};
		if (i % 16 == 0 || i + 1 == pages) {
			quire_walk_get(&m.walker, address(from + i), &leaf);
			assert_int_equal(leaf.shift, largest(run, address(from + i)));
		}
	}
}

/* The fewest tables with which the walker says that it can. */
static uint32_t tables_for(unsigned first, unsigned count, const struct quire_walk_source *source)
{
	uint32_t all = m.walker.pool.free, needed = 0;

	for (;; needed++) {
		assert_true(needed <= all);
		m.walker.pool.free = needed;
		if (quire_walk_can_set_all(&m.walker, address(first), count * page_size(), source))
			break;
	}
	m.walker.pool.free = all;
	return needed;
}

static void set_some(unsigned first)
{
	static struct list list;
	const struct quire_walk_source source = {list_rewind, list_next, &list};
	unsigned count = runs_make(&list, first);
	uint32_t needed, all = m.walker.pool.free, flushes = m.walker.counts.flushes;

	if (list.count == 0)
		return;
	needed = tables_for(first, count, &source);
	m.walker.pool.free = needed;
	list.at = random_below(list.count);
	quire_walk_set_all(&m.walker, address(first), count * page_size(), &source);
	assert_int_equal(m.walker.pool.free, 0);
	m.walker.pool.free = all - needed;
	assert_int_equal(m.walker.counts.flushes - flushes,
			 (m.mmu.flags & QUIRE_MMU_FLUSH_ON_MAP) != 0);
	for (unsigned i = 0; i < list.count; i++)
		run_note(&list.run[i]);
	check_all(first, count);
}

/* -- telling -- */

struct told {
	unsigned next; /* page that was not told of yet */
	struct quire_run last;
	unsigned pages;
	bool whole; /* runs are as long as they can be */
	bool marks; /* ask for them */
};

static void told_run(void *ctx, const struct quire_run *run)
{
	struct told *t = ctx;
	unsigned from = page_at(run->walk), pages = (unsigned)(run->size / page_size()), done = 0;

	assert_true(pages > 0 && from >= t->next);
	for (; t->next < from; t->next++)
		assert_int_equal(m.page[t->next].attr, NOTHING);
	for (unsigned i = 0; i < pages; i++, t->next++) {
		assert_int_equal(run->attr, m.page[t->next].attr);
		assert_true(run->pa + i * page_size() == m.page[t->next].pa);
		assert_int_equal(run->target, m.page[t->next].target);
		done |= m.page[t->next].done;
	}
	assert_false(t->whole && t->pages && t->last.walk + t->last.size == run->walk &&
		     t->last.pa + t->last.size == run->pa && t->last.attr == run->attr &&
		     t->last.target == run->target);
	if (t->marks)
		assert_int_equal(done & ~quire_walk_used(&m.walker, run->walk, run->size, 0), 0);
	t->last = *run;
	t->pages += pages;
}

/* What is told of must be all that there is. */
static void told_all(struct told *t, unsigned end)
{
	assert_true(t->next <= end);
	for (; t->next < end; t->next++)
		assert_int_equal(m.page[t->next].attr, NOTHING);
}

static void tell_some(unsigned first, unsigned count)
{
	struct told told = {.next = first, .whole = true, .marks = true};
	const struct quire_walk_visitor visitor = {told_run, &told};
	uint32_t runs = m.walker.counts.runs, flushes = m.walker.counts.flushes;

	quire_walk_each(&m.walker, address(first), count * page_size(), &visitor);
	told_all(&told, first + count);
	assert_int_equal(m.walker.counts.runs, runs);
	assert_int_equal(m.walker.counts.flushes, flushes);
}

/* -- changing -- */

/* Whether a leaf stands across the address of a page: on some machines that costs a flush. */
static unsigned cut_at(unsigned page)
{
	struct quire_decoded leaf;

	if (page >= m.count)
		return 0;
	quire_walk_get(&m.walker, address(page), &leaf);
	return leaf.kind == QUIRE_ENTRY_LEAF &&
	       (address(page) & (((quire_va)1 << leaf.shift) - 1)) != 0;
}

/* Flushes for the leaves that the ends of a range cut. */
static unsigned cuts(unsigned first, unsigned count)
{
	return m.mmu.flags & QUIRE_MMU_BREAK_BEFORE_MAKE ? cut_at(first) + cut_at(first + count)
							 : 0;
}

/* Leave no more tables in the pool than splits at the ends of a range take; how many are hidden. */
static uint32_t pool_squeeze(unsigned first, unsigned count)
{
	uint32_t all = m.walker.pool.free;

	m.walker.pool.free = 0;
	while (!quire_walk_can_clear(&m.walker, address(first), count * page_size()))
		m.walker.pool.free++;
	assert_true(m.walker.pool.free <= all);
	return all - m.walker.pool.free;
}

static void take_some(unsigned first, unsigned count)
{
	struct told told = {.next = first, .marks = true};
	const struct quire_walk_visitor visitor = {told_run, &told};
	uint32_t runs = m.walker.counts.runs, flushes = m.walker.counts.flushes;
	unsigned splits = cuts(first, count);
	bool silent = random_below(4) == 0;
	uint32_t hidden = pool_squeeze(first, count);
	unsigned pages = 0;

	quire_walk_take(&m.walker, address(first), count * page_size(), silent ? NULL : &visitor);
	m.walker.pool.free += hidden;
	if (!silent)
		told_all(&told, first + count);
	for (unsigned i = first; i < first + count; i++) {
		pages += m.page[i].attr != NOTHING;
		m.page[i].attr = NOTHING;
	}
	assert_true(m.walker.counts.flushes - flushes <= (pages != 0) + splits);
	assert_true((m.walker.counts.flushes != flushes) == (pages != 0));
	if (pages == 0)
		assert_int_equal(m.walker.counts.runs, runs);
	check_all(first, count);
}

static void allow_some(unsigned first, unsigned count)
{
	uint8_t attr = random_attr();
	uint32_t flushes = m.walker.counts.flushes, runs = m.walker.counts.runs;
	unsigned splits = cuts(first, count), most = 1, stretches = 0;
	bool changes = false, breaks = false;
	uint32_t hidden = pool_squeeze(first, count);

	for (unsigned i = first; i < first + count; i++) {
		uint8_t old = m.page[i].attr;

		if (old == NOTHING || old == attr)
			continue;
		changes = true;
		stretches++;
		breaks = breaks || ((old ^ attr) & QUIRE_CACHE_MASK);
		m.page[i].attr = attr;
		if (!(attr & QUIRE_WRITE)) /* has no room to say that it was written */
			m.page[i].done &= QUIRE_ACCESSED;
	}
	if (breaks && (m.mmu.flags & QUIRE_MMU_BREAK_BEFORE_MAKE))
		most = stretches / 16 + 1 + (m.mmu.flags & QUIRE_MMU_FLUSH_ON_MAP ? 1 : 0);
	quire_walk_allow(&m.walker, address(first), count * page_size(), attr);
	m.walker.pool.free += hidden;
	assert_true(m.walker.counts.flushes - flushes <= most + splits);
	if (!changes) {
		assert_int_equal(m.walker.counts.flushes, flushes);
		assert_int_equal(m.walker.counts.runs, runs);
	}
	check_all(first, count);
}

/* Use a page, or let its marks be forgotten. */
static void use_some(unsigned i)
{
	struct page *page = &m.page[i];
	bool write = random_below(2);

	if (page->attr == NOTHING)
		return;
	if (random_below(3) == 0) {
		unsigned used =
			quire_walk_used(&m.walker, address(i), page_size(), QUIRE_USED_MASK);

		assert_int_equal(page->done & ~used, 0);
		if (page->small) /* others keep what they share with their neighbours */
			page->done = 0;
		return;
	}
	if (quire_sim_access(&m.sim, address(i), write ? QUIRE_WRITE : QUIRE_READ, NULL, NULL) ==
	    QUIRE_SIM_OK)
		page->done |= write ? QUIRE_USED_MASK : QUIRE_ACCESSED;
}

static void random_steps(unsigned steps)
{
	for (unsigned step = 0; step < steps; step++) {
		unsigned first = random_below(m.count), what = random_below(16);
		unsigned count = 1 + random_below(random_below(3) ? 40 : m.count);

		count = count < m.count - first ? count : m.count - first;
		if (what < 6)
			set_some(first);
		else if (what < 8)
			take_some(first, count);
		else if (what < 11)
			allow_some(first, count);
		else if (what < 13)
			tell_some(first, count);
		else
			use_some(first);
	}
	take_some(0, m.count);
	assert_int_equal(m.walker.pool.free, m.tables);
}

/* Some root entries' tables stay from now on. */
static void keep_some(unsigned entries)
{
	quire_size size = (quire_size)1 << m.mmu.level[0].shift;

	for (unsigned i = 0; entries >> i; i++)
		if (entries >> i & 1u) {
			assert_true(quire_walk_keep_tables(&m.walker, i * size, size));
			m.kept |= 1u << i;
			m.tables--;
		}
}

static void test_kept(void **state)
{
	(void)state;
	for (unsigned levels = 2; levels <= LEVELS; levels++)
		for (unsigned flags = 0; flags < 4; flags++) {
			start(toy_mmu_clusters(levels, flags, flags & 1), 4, 1);
			keep_some(0x1082);
			random_steps(1500);
		}
}

static void test_toys(void **state)
{
	(void)state;
	for (unsigned levels = 1; levels <= LEVELS; levels++)
		for (unsigned kind = 0; kind < 3; kind++)
			for (unsigned flags = 0; flags < 4; flags++) {
				start(kind == 0 ? toy_mmu(levels, flags)
						: toy_mmu_clusters(levels, flags, kind == 2),
				      4, 1);
				random_steps(1500);
			}
}

#if QUIRE_WIDTH == 32
static void test_machines(void **state)
{
	static const struct quire_mmu *const all[] = {
		&quire_mmu_sv32,       &quire_mmu_sv39,       &quire_mmu_sv48,
		&quire_mmu_sv39_ext,   &quire_mmu_sv48_ext,   &quire_mmu_a64_4k_39,
		&quire_mmu_a64_4k_48,  &quire_mmu_a64_16k_39, &quire_mmu_a64_16k_48,
		&quire_mmu_a64_64k_39, &quire_mmu_a64_64k_42, &quire_mmu_a64_64k_48,
		&quire_mmu_armv7,      &quire_mmu_armv7_user, &quire_mmu_armv7_kernel,
		&quire_mmu_x86_64,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		start(*all[i], all[i]->entry_bytes, QUIRE_RAM);
		random_steps(600);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_toys),
		cmocka_unit_test(test_kept),
#if QUIRE_WIDTH == 32
		cmocka_unit_test(test_machines),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
