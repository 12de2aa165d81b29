/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool that tables come from, and tables that leave the tree with all that is below them.
 *
 * A table in use counts its valid entries; one that holds none goes back, its entries invalid, as all
 * tables in the pool have.  A table whose place is taken by a leaf leaves with its entries: hardware
 * may still walk it until it is told otherwise, so it waits in the change's list until after the flush.
 */
#include "walk/private.h"

void quire_table_pool_init(struct quire_table_pool *pool, struct quire_table_slot *slots,
			   quire_pa base, uint32_t table_bytes, uint32_t count)
{
	*pool = (struct quire_table_pool){slots, base, table_bytes, count, count, 0};
	for (uint32_t i = 0; i < count; i++)
		slots[i].next_or_used = i + 1;
}

#if QUIRE_LEVELS_MAX > 1

quire_pa table_take(struct quire_table_pool *pool)
{
	uint32_t i = pool->first_free;

	pool->first_free = pool->slots[i].next_or_used;
	pool->slots[i].next_or_used = 0;
	pool->free--;
	return pool->base + (quire_pa)i * pool->table_bytes;
}

void table_give(struct quire_table_pool *pool, quire_pa table)
{
	slot_of(pool, table)->next_or_used = pool->first_free;
	pool->first_free = (uint32_t)((table - pool->base) / pool->table_bytes);
	pool->free++;
}

bool root_keeps(struct quire_walker *w, unsigned index, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct quire_decoded out;

		w->mmu->format->decode(w->mmu, 0, entry_read(w, w->root, index + i), &out);
		if (out.kind == QUIRE_ENTRY_TABLE &&
		    (slot_of(&w->pool, out.pa)->next_or_used & SLOT_KEPT))
			return true;
	}
	return false;
}

static void table_leaves(struct change *c, unsigned level, quire_pa table)
{
	struct quire_table_pool *pool = &c->w->pool;

	slot_of(pool, table)->next_or_used = c->gone[level];
	c->gone[level] = (uint32_t)((table - pool->base) / pool->table_bytes) + 1;
	c->what |= QUIRE_FLUSH_TABLES;
}

/* A table and those below it leave the tree; depth first, each once all its entries are seen. */
static void tables_leave(struct change *c, unsigned top, quire_pa table)
{
	struct quire_walker *w = c->w;
	struct descent d = {.level = top};

	d.table[top] = table;
	for (;;) {
		unsigned level = d.level;

		if (level == quire_mmu_last_level(w->mmu) ||
		    d.index[level] >> w->mmu->level[level].bits != 0) {
			table_leaves(c, level, d.table[level]);
			if (level == top)
				return;
			d.level--;
			continue;
		}
		w->mmu->format->decode(w->mmu, level,
				       entry_read(w, d.table[level], d.index[level]++), &d.here);
		if (d.here.kind == QUIRE_ENTRY_TABLE) {
			d.table[++d.level] = d.here.pa;
			d.index[d.level] = 0;
		}
	}
}

unsigned take_over(struct change *c, const struct descent *d, unsigned count)
{
	struct quire_decoded out = d->here;
	unsigned valid = 0;

	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			c->w->mmu->format->decode(
				c->w->mmu, d->level,
				entry_read(c->w, d->table[d->level], d->index[d->level] + i), &out);
		valid += out.kind != QUIRE_ENTRY_INVALID;
		if (out.kind == QUIRE_ENTRY_TABLE)
			tables_leave(c, d->level + 1, out.pa);
	}
	return valid;
}

void gone_clean(struct change *c)
{
	struct quire_walker *w = c->w;

	for (unsigned level = 1; level < w->mmu->levels; level++)
		for (uint32_t i = c->gone[level]; i != 0; i = w->pool.slots[i - 1].next_or_used)
			entries_write(w, w->pool.base + (quire_pa)(i - 1) * w->pool.table_bytes, 0,
				      w->mmu->invalid, 1u << w->mmu->level[level].bits, 0);
}

void gone_give(struct change *c)
{
	struct quire_table_pool *pool = &c->w->pool;

	for (unsigned level = 1; level < c->w->mmu->levels; level++)
		while (c->gone[level] != 0) {
			uint32_t i = c->gone[level] - 1;

			c->gone[level] = pool->slots[i].next_or_used;
			table_give(pool, pool->base + (quire_pa)i * pool->table_bytes);
		}
}

#endif /* QUIRE_LEVELS_MAX > 1 */
