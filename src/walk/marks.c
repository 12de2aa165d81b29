/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks: what has been done through a leaf.
 *
 * Any entry of a cluster may carry the marks of the whole, so they are read together and written
 * alike.  Marks are never lost to a change of shape: what a large page has been used for, its pieces
 * have (or all marks, where hardware sets them meanwhile), and what is written anew counts as used in
 * every way.
 */
#include "walk/private.h"

#if QUIRE_LEVELS_MAX > 1

/* Put an entry in the place of one that was read; false if hardware has marked that meanwhile. */
static bool entry_exchange(struct quire_walker *w, quire_pa table, unsigned index, quire_entry was,
			   quire_entry entry)
{
	if (!w->port->exchange) {
		entries_write(w, table, index, entry, 1, 0);
		return true;
	}
	if (!w->port->exchange(w->port_ctx, table, index, was, entry))
		return false;
	w->counts.runs++;
	w->counts.entries++;
	return true;
}

/* Let one entry be marked with what it has, less `less`, and `more`; what it had.  `*changed` if it was
   written.  Hardware only adds marks, so there are no more attempts than there are marks. */
static unsigned entry_mark(struct quire_walker *w, quire_pa table, unsigned index, unsigned level,
			   unsigned less, unsigned more, bool *changed)
{
	const struct quire_mmu *mmu = w->mmu;
	quire_entry entry, marked;
	struct quire_decoded out;

	do {
		entry = entry_read(w, table, index);
		mmu->format->decode(mmu, level, entry, &out);
		marked = mmu->format->mark(mmu, level, entry, (out.used & ~less) | more);
		if (marked == entry || (less | more) == 0)
			return out.used;
	} while (!entry_exchange(w, table, index, entry, marked));
	*changed = true;
	return out.used;
}

/* Let the leaf reached, its whole cluster, be marked with what it has, less `less`, and `more`; what it
   had.  `*changed` if an entry was written. */
static unsigned leaf_mark(struct quire_walker *w, quire_pa table, unsigned index, unsigned level,
			  unsigned count, unsigned less, unsigned more, bool *changed)
{
	unsigned used = 0;

	for (unsigned i = index & ~(count - 1u), n = count; n > 0; i++, n--)
		used |= entry_mark(w, table, i, level, less, more, changed);
	return used;
}

unsigned quire_walk_used(struct quire_walker *w, quire_va walk, quire_size size, unsigned clear)
{
	quire_va at = walk, end = walk + size;
	unsigned used = 0;
	bool changed = false;
	struct descent d = at_root(w);

	if (!w->mmu->format->mark)
		return QUIRE_USED_MASK;
	while (at - walk < size) {
		quire_size mask;

		descend_on(w, &d, at, quire_mmu_last_level(w->mmu));
		do {
			mask = ((quire_size)1 << leaf_shift(w->mmu, &d)) - 1;
			used |= leaf_mark(w, d.table[d.level], d.index[d.level], d.level,
					  entries_alike(w->mmu, &d),
					  (at & ~mask) - walk < size &&
							  end - 1 - walk >= (at | mask) - walk
						  ? clear
						  : 0u,
					  0, &changed);
			at = (at | mask) + 1;
			if (at - walk >= size || index_in(w->mmu, d.level, at) == 0)
				break;
			look(w, &d, at);
		} while (d.here.kind == QUIRE_ENTRY_LEAF);
	}
	if (changed)
		walk_flush(w, walk, size, 0);
	return used;
}

bool quire_walk_mark(struct quire_walker *w, quire_va walk, unsigned used)
{
	bool changed = false;
	struct descent d;

	descend(w, &d, walk, quire_mmu_last_level(w->mmu));
	if (d.here.kind != QUIRE_ENTRY_LEAF)
		return false;
	if (!(d.here.attr & QUIRE_WRITE)) /* nobody can have written there */
		used &= ~(unsigned)QUIRE_DIRTY;
	if (w->mmu->format->mark)
		(void)leaf_mark(w, d.table[d.level], d.index[d.level], d.level,
				entries_alike(w->mmu, &d), 0, used, &changed);
	return true;
}

#else /* no table MMU has any */

unsigned quire_walk_used(struct quire_walker *w, quire_va walk, quire_size size, unsigned clear)
{
	(void)w, (void)walk, (void)size, (void)clear;
	return QUIRE_USED_MASK;
}

bool quire_walk_mark(struct quire_walker *w, quire_va walk, unsigned used)
{
	struct quire_decoded leaf;

	(void)used;
	quire_walk_get(w, walk, &leaf);
	return leaf.kind == QUIRE_ENTRY_LEAF;
}

#endif /* QUIRE_LEVELS_MAX > 1 */
