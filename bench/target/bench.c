/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables, counted: instructions, entries written and flushes of map, protect and unmap, for 1 to
 * 65,536 pages, on a board.
 *
 * Each row is measured on the second time, when the book has its shape; the space is otherwise as small
 * as the image of this program.  What two readings of the counter cost is taken off.  Memory is as large
 * as entries can name, and only the first pages are there: nothing is touched.
 *
 *   small   the physical address is one page out of step: no entry can be larger than a page
 *   large   both are aligned to all sizes
 *
 * A row:  op  kind  pages  instructions  entries  at least  flushes  at least
 */
#include "board_host.h"
#include "common/print.h"
#include "quire/error.h"

#define COUNTS 4u

enum op { MAP, PROTECT, UNMAP, OPS };

struct measured {
	uint64_t instructions;
	uint32_t entries, flushes, tables;
};

static quire_va va;
static quire_pa pa;

static int call(enum op op, quire_size size)
{
	struct target *t = &host.target;

	switch (op) {
	case MAP:
		return suite_map_big(t, va, pa, size, RW);
	case PROTECT:
		return quire_space_protect(t->space, va, size, QUIRE_READ, 0);
	default:
		return quire_space_unmap(t->space, va);
	}
}

/* Not inlined: the code around the call is always the same. */
static __attribute__((noinline)) int measure(enum op op, quire_size size, struct measured *out)
{
	struct quire_walker *w = host.target.walker;
	struct quire_walk_counts before = w->counts;
	uint32_t tables = w->pool.free;
	uint64_t start = board_instructions(), end;
	int result = call(op, size);

	end = board_instructions();
	out->instructions = end - start;
	out->entries = w->counts.entries - before.entries;
	out->flushes = w->counts.flushes - before.flushes;
	out->tables = tables > w->pool.free ? tables - w->pool.free : w->pool.free - tables;
	return result;
}

/* What reading the counter twice costs. */
static uint64_t empty(void)
{
	uint64_t least = ~(uint64_t)0;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t start = board_instructions();
		uint64_t cost = board_instructions() - start;

		least = cost < least ? cost : least;
	}
	return least;
}

/*
 * Entries and flushes that cannot be done without: the leaves; for each table that comes or goes the
 * entry that points to it; a flush where something valid changes, or invalid entries are remembered.
 */
static void print_row(enum op op, const char *kind, quire_size pages, const struct measured *m)
{
	static const char *const names[OPS] = {"map", "protect", "unmap"};
	const struct target *t = &host.target;
	uint32_t leaves = suite_fewest(t->mmu, va, pa, pages * t->page);
	bool flush = op != MAP || (t->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP);

	board_print("row\t%s\t%s\t%u\t%u\t%u\t%u\t%u\t%u\n", names[op], kind, (uint64_t)pages,
		    m->instructions, (uint64_t)m->entries, (uint64_t)leaves + m->tables,
		    (uint64_t)m->flushes, (uint64_t)flush);
}

static bool rows(const char *kind)
{
	static const quire_size counts[COUNTS] = {1, 16, 512, 65536};
	uint64_t nothing = empty();

	for (unsigned i = 0; i < COUNTS; i++) {
		quire_size size = counts[i] * host.target.page;
		struct measured m[OPS];

		if (size > host.target.big_size - pa || size > host.target.arena_size)
			continue;
		for (unsigned round = 0; round < 2; round++) {
			for (enum op op = MAP; op < OPS; op++) {
				int result = measure(op, size, &m[op]);

				if (result != QUIRE_OK) {
					board_print("not ok 1 - %s\n", quire_error_name(result));
					return false;
				}
				m[op].instructions -= nothing;
			}
		}
		for (enum op op = MAP; op < OPS; op++)
			print_row(op, kind, counts[i], &m[op]);
	}
	return true;
}

int board_main(void)
{
	static const struct board_options one;
	quire_size large = (quire_size)1 << 28;

	if (!board_host_start(&one))
		return 2;
	board_print("1..1\n# page %u\n", (uint64_t)host.target.page);
	/* All larger pages that there is room for. */
	if (host.target.arena_size > (quire_size)1 << 36)
		large = (quire_size)1 << 34;
	va = (host.target.arena + large - 1) & ~(large - 1);
	pa = host.target.page;
	if (!rows("small"))
		return 1;
	pa = 0;
	if (!rows("large"))
		return 1;
	board_text("ok 1 - counted\n");
	return 0;
}
