/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that several roots share: the upper part of every process, say.
 *
 * Where root entries point to tables that never go, another root can hold the same entries for good;
 * whatever changes below them is seen through both.
 */
#include "walk/private.h"

#if QUIRE_LEVELS_MAX > 1

/* The table that a root entry points to; false if there is none. */
static bool root_table(struct quire_walker *w, unsigned index, quire_pa *table)
{
	struct quire_decoded out;

	w->mmu->format->decode(w->mmu, 0, entry_read(w, w->root, index), &out);
	*table = out.pa;
	return out.kind == QUIRE_ENTRY_TABLE;
}

bool quire_walk_keep_tables(struct quire_walker *w, quire_va walk, quire_size size)
{
	unsigned count = (unsigned)(size >> w->mmu->level[0].shift), missing = 0;
	unsigned first = index_in(w->mmu, 0, walk);
	struct change c = {.w = w};
	quire_pa table;

	if (quire_mmu_last_level(w->mmu) == 0)
		return true;
	for (unsigned i = 0; i < count; i++)
		missing += !root_table(w, first + i, &table);
	if (missing > w->pool.free)
		return false;
	for (unsigned i = 0; i < count; i++) {
		struct quire_table_slot *slot;
		struct descent d = at_root(w);

		make_down(&c, &d, walk + i * entry_size(w->mmu, 0), 1);
		slot = slot_of(&w->pool, d.table[1]);
		w->kept += !(slot->next_or_used & SLOT_KEPT);
		slot->next_or_used |= SLOT_KEPT;
	}
	if (c.what != 0)
		change_flush(&c, walk, size, 0);
	return true;
}

void quire_walk_share_tables(struct quire_walker *from, quire_pa root, quire_va walk,
			     quire_size size)
{
	unsigned count = (unsigned)(size >> from->mmu->level[0].shift);
	unsigned index = index_in(from->mmu, 0, walk);

	for (; count > 0; count--, index++)
		entries_write(from, root, index, entry_read(from, from->root, index), 1, 0);
}

#else /* a flat table has no others */

bool quire_walk_keep_tables(struct quire_walker *w, quire_va walk, quire_size size)
{
	(void)w, (void)walk, (void)size;
	return true;
}

void quire_walk_share_tables(struct quire_walker *from, quire_pa root, quire_va walk,
			     quire_size size)
{
	(void)from, (void)root, (void)walk, (void)size;
}

#endif /* QUIRE_LEVELS_MAX > 1 */
