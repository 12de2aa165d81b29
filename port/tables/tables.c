/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables in memory, for all processors.
 *
 * Entries are written in place with one volatile store each, from the first to the last, and
 * published once for the run.  A flush is one of three things, whichever is the least that is
 * enough:
 *
 *   nobody can remember any of it            nothing
 *   no more pages than are worth it          page by page, of the space's ASID
 *   more                                     the whole ASID; all, in a tree of global leaves
 *
 * "Nobody" is what the contexts say: a space that no CPU has run in this generation of ASIDs is in no
 * TLB.  A CPU that comes to run it takes the contexts' lock for that, and so does the question, after
 * the entries are written: either the answer is that it runs, or that CPU finds the new entries.
 *
 * Flushing page by page goes in steps of the smallest page: what a large page was is known only to
 * the entry that is gone.  A range of large pages therefore soon counts as "more".
 */
#include "quire/port/tables.h"

/* -- entries -- */

static uintptr_t place(const struct quire_tables *t, quire_pa table)
{
	return (uintptr_t)table + t->offset;
}

static quire_entry tables_read(void *ctx, quire_pa table, unsigned index)
{
	const struct quire_tables *t = ctx;
	uintptr_t at = place(t, table);

	if (t->mmu->entry_bytes == 4)
		return ((const volatile uint32_t *)at)[index];
	return ((const volatile uint64_t *)at)[index];
}

/* Four instructions an entry where registers are as wide as it: store, two additions, a branch. */
static void write_wide(volatile uint64_t *at, const volatile uint64_t *end, uint64_t entry,
		       uint64_t step)
{
	for (; at != end; entry += step)
		*at++ = entry;
}

static void write_narrow(volatile uint32_t *at, const volatile uint32_t *end, uint32_t entry,
			 uint32_t step)
{
	for (; at != end; entry += step)
		*at++ = entry;
}

static void tables_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			 unsigned count, quire_entry step)
{
	const struct quire_tables *t = ctx;
	uintptr_t at = place(t, table);

	if (t->mmu->entry_bytes == 4) {
		volatile uint32_t *entry = (volatile uint32_t *)at + index;

		write_narrow(entry, entry + count, (uint32_t)first, (uint32_t)step);
	} else {
		volatile uint64_t *entry = (volatile uint64_t *)at + index;

		write_wide(entry, entry + count, first, step);
	}
	t->cpu->publish();
}

static bool swap_narrow(volatile uint32_t *at, uint32_t expected, uint32_t entry)
{
	return __atomic_compare_exchange_n(at, &expected, entry, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* A processor that cannot do this at once has no MMU that sets marks in entries so wide. */
static bool swap_wide(volatile uint64_t *at, uint64_t expected, uint64_t entry)
{
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
	return __atomic_compare_exchange_n(at, &expected, entry, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
#else
	if (*at != expected)
		return false;
	*at = entry;
	return true;
#endif
}

static bool tables_exchange(void *ctx, quire_pa table, unsigned index, quire_entry expected,
			    quire_entry entry)
{
	const struct quire_tables *t = ctx;
	uintptr_t at = place(t, table);
	bool done = t->mmu->entry_bytes == 4
			    ? swap_narrow((volatile uint32_t *)at + index, (uint32_t)expected,
					  (uint32_t)entry)
			    : swap_wide((volatile uint64_t *)at + index, expected, entry);

	if (done)
		t->cpu->publish();
	return done;
}

/* -- flushing -- */

/* Where the program sees an address of the walk. */
static quire_va program_address(const struct quire_tables *t, quire_va walk)
{
	return walk >= t->upper_from ? walk + t->upper_add : walk;
}

void quire_shot_do(const struct quire_cpu_ops *cpu, const struct quire_shot *shot)
{
	if (shot->size != 0)
		cpu->flush_pages(shot->va, shot->size, shot->shift, shot->asid, shot->tables);
	else
		cpu->flush_asid(shot->asid);
}

/* What to forget about a range, of an ASID. */
static struct quire_shot shot_at(const struct quire_tables *t, quire_va walk, quire_size size,
				 unsigned what, uint32_t asid)
{
	unsigned shift = t->mmu->level[quire_mmu_last_level(t->mmu)].shift;
	struct quire_shot shot = {
		.asid = asid, .shift = (uint8_t)shift, .tables = (what & QUIRE_FLUSH_TABLES) != 0};

	if (size >> shift > t->cpu->flush_most)
		return shot;
	shot.va = program_address(t, walk);
	shot.size = size;
	return shot;
}

/* Whose translations they are; QUIRE_CONTEXT_NONE if no CPU has any. */
static uint32_t asid_of(const struct quire_tables *t)
{
	if (!t->context)
		return QUIRE_ASID_ALL;
	return quire_context_asid(t->contexts, t->context);
}

static void tables_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	const struct quire_tables *t = ctx;
	uint32_t asid = asid_of(t);
	struct quire_shot shot;

	if (t->context && asid == QUIRE_CONTEXT_NONE)
		return;
	shot = shot_at(t, walk, size, what, asid);
	quire_shot_do(t->cpu, &shot);
	if (t->shoot && !t->cpu->broadcasts && !(t->lazy_fresh && (what & QUIRE_FLUSH_FRESH)))
		t->shoot(t->shoot_ctx, &shot);
}

/* -- the cache -- */

/* Whether the processor may look this leaf up.  It faults for an accessed mark that it does not set
   itself, and nobody could put that right while the space's lock is held: so the mark is set before. */
static bool may_look(const struct quire_tables *t, quire_va walk, const struct quire_decoded *leaf)
{
	if (leaf->kind != QUIRE_ENTRY_LEAF || !(leaf->attr & QUIRE_READ))
		return false;
	if (t->mmu->format->mark && !(leaf->used & QUIRE_ACCESSED))
		quire_walk_mark(t->walker, walk, QUIRE_ACCESSED);
	return true;
}

/*
 * The processor looks an address up before it looks for it in the cache, and takes a fault where there
 * is none: so only what a program may touch is handed over, leaf by leaf, neighbours together.
 */
static void sync_mapped(const struct quire_tables *t, quire_va walk, quire_size size, unsigned how)
{
	quire_va end = walk + size, start = walk;

	while (walk < end) {
		struct quire_decoded leaf;
		quire_size span;

		quire_walk_get(t->walker, walk, &leaf);
		span = ((quire_size)1 << leaf.shift) - (walk & (((quire_size)1 << leaf.shift) - 1));
		span = span < end - walk ? span : end - walk;
		if (!may_look(t, walk, &leaf)) {
			if (start < walk)
				t->cpu->sync(program_address(t, start), walk - start, how);
			start = walk + span;
		}
		walk += span;
	}
	if (start < end)
		t->cpu->sync(program_address(t, start), end - start, how);
}

static void tables_sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	const struct quire_tables *t = ctx;

	if (!t->cpu->sync)
		return;
	if (t->walker)
		sync_mapped(t, walk, size, how);
	else
		t->cpu->sync(program_address(t, walk), size, how);
}

const struct quire_port quire_tables_port = {
	.read = tables_read,
	.write = tables_write,
	.flush = tables_flush,
	.sync = tables_sync,
	.exchange = tables_exchange,
};
