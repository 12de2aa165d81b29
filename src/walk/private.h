/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the walker's files share: geometry, entries, descents, and the record of a change.
 *
 * A *shape* is a kind of leaf: its level, and whether it is one of a cluster.  For every page of a run
 * the walker uses the largest shape that alignment and length allow; shape_at() says which, for the
 * writing, the joining, the forecasts and the check alike.
 */
#ifndef QUIRE_WALK_PRIVATE_H
#define QUIRE_WALK_PRIVATE_H

#include "quire/mmu.h"

/* -- geometry -- */

static inline quire_size entry_size(const struct quire_mmu *mmu, unsigned level)
{
	return (quire_size)1 << mmu->level[level].shift;
}

static inline unsigned index_in(const struct quire_mmu *mmu, unsigned level, quire_va walk)
{
	return (unsigned)(walk >> mmu->level[level].shift) & ((1u << mmu->level[level].bits) - 1u);
}

/* Whether a run goes on where another ends, in the same memory and with the same attributes. */
static inline bool goes_on(const struct quire_run *run, const struct quire_run *more)
{
	return more->walk == run->walk + run->size && more->pa == run->pa + run->size &&
	       more->target == run->target && more->attr == run->attr;
}

/* Shorten the front of a run. */
static inline void advance(struct quire_run *run, quire_size size)
{
	run->walk += size;
	run->pa += size;
	run->size -= size;
}

/* -- entries -- */

static inline quire_entry entry_read(struct quire_walker *w, quire_pa table, unsigned index)
{
	w->counts.reads++;
	return w->port->read(w->port_ctx, table, index);
}

static inline void entries_write(struct quire_walker *w, quire_pa table, unsigned index,
				 quire_entry first, unsigned count, quire_entry step)
{
	w->counts.runs++;
	w->counts.entries += count;
	w->port->write(w->port_ctx, table, index, first, count, step);
}

static inline void walk_flush(struct quire_walker *w, quire_va walk, quire_size size, unsigned what)
{
	w->counts.flushes++;
	w->port->flush(w->port_ctx, walk, size, what);
}

static inline bool must_break(const struct quire_walker *w)
{
	return w->mmu->flags & QUIRE_MMU_BREAK_BEFORE_MAKE;
}

/* log2 of what the leaf that stands for `at` in a run covers, if all is as set writes it. */
unsigned walk_leaf_shift(struct quire_walker *w, const struct quire_run *hull, quire_va at);

/* -- shapes -- */

struct shape {
	uint8_t level;
	uint8_t cluster; /* log2 of the entries that form one page; 0: each is one */
};

/* log2 of the bytes that a shape covers. */
static inline unsigned shape_shift(const struct quire_mmu *mmu, struct shape shape)
{
	return mmu->level[shape.level].shift + shape.cluster;
}

/* -- descending (descend.c) -- */

/* Where a descent has arrived: the table and index at each level on the way down. */
struct descent {
	quire_pa table[QUIRE_LEVELS_MAX];
	unsigned index[QUIRE_LEVELS_MAX];
	unsigned level;            /* of the last table entered */
	quire_va walk;             /* an address that this one translates */
	struct quire_decoded here; /* what its entry says */
	quire_entry entry;
	quire_entry ahead;    /* an entry of that table that has been read already, */
	unsigned ahead_index; /* and its index; 0: none has */
};

/* A change in progress: what its flush is to say, and the tables that have left the tree.  Those may
   still be walked until the flush, so they are emptied and given back only then. */
struct change {
	struct quire_walker *w;
	unsigned what;                   /* enum quire_flush */
	uint32_t gone[QUIRE_LEVELS_MAX]; /* of each level: number of the first one, from 1 on */
};

/* Read the entry for an address in the table entered last. */
void look(struct quire_walker *w, struct descent *d, quire_va walk);

/* A descent that has not left the root. */
static inline struct descent at_root(const struct quire_walker *w)
{
	struct descent d = {.level = 0};

	d.table[0] = w->root;
	return d;
}

/* Go up to the table that an address has in common with the one looked for last. */
static inline void rise(const struct quire_mmu *mmu, struct descent *d, quire_va walk)
{
	while (d->level > 0 && (d->walk ^ walk) >> mmu->level[d->level - 1].shift != 0)
		d->level--;
}

/* Entries of the cluster that a leaf is one of; 1 if of none. */
static inline unsigned entries_alike(const struct quire_mmu *mmu, const struct descent *d)
{
	return d->here.cluster ? 1u << mmu->level[d->level].cluster : 1u;
}

/* log2 of the bytes that the leaf reached covers, its cluster as a whole. */
static inline unsigned leaf_shift(const struct quire_mmu *mmu, const struct descent *d)
{
	return mmu->level[d->level].shift + (d->here.cluster ? mmu->level[d->level].cluster : 0u);
}

/* The physical address of the first byte of that. */
static inline quire_pa leaf_base(const struct quire_mmu *mmu, const struct descent *d)
{
	return d->here.pa & ~(((quire_pa)1 << leaf_shift(mmu, d)) - 1);
}

/* How much of [walk, walk + size) the entry reached decides about: a leaf's whole cluster does. */
quire_size part_size(const struct quire_mmu *mmu, const struct descent *d, quire_va walk,
		     quire_size size);

/* What the leaf reached shows there. */
struct quire_run leaf_part(const struct quire_mmu *mmu, const struct descent *d, quire_va walk,
			   quire_size size);

/* Write `count` leaves of a shape that show the run's pages, marked as `used`. */
void leaves_write(struct quire_walker *w, quire_pa table, unsigned index, struct shape shape,
		  const struct quire_run *run, unsigned count, unsigned used);

/* Write a run's leaves over a flat table's. */
void flat_write(struct quire_walker *w, const struct quire_run *run);

#if QUIRE_LEVELS_MAX > 1

/* The largest shape that may show the page at `at` of a run (its hull). */
struct shape shape_at(struct quire_walker *w, const struct quire_run *hull, quire_va at);

/* Follow the tables that exist, at most to `level`: from where a descent stands, or from the root. */
void follow(struct quire_walker *w, struct descent *d, quire_va walk, unsigned level);
void descend(struct quire_walker *w, struct descent *d, quire_va walk, unsigned level);

/* The same by way of the tables on the way to the address looked for last, which none below `level` may
   have in common with this one. */
static inline void descend_on(struct quire_walker *w, struct descent *d, quire_va walk,
			      unsigned level)
{
	rise(w->mmu, d, walk);
	look(w, d, walk);
	follow(w, d, walk, level);
}

/* Go down to `level` from where a descent stands, creating the tables that are missing and splitting
   large pages. */
void make_down(struct change *c, struct descent *d, quire_va walk, unsigned level);

/* Let an entry, and no cluster's inside, begin at an address; by way of a descent. */
void split_at(struct change *c, struct descent *d, quire_va walk);

/* Whether nothing can reach across the ends of a range, as far as that can be told by its start: then there
   is nothing to split. */
bool ends_are_plain(struct quire_walker *w, struct descent *d, quire_va walk, quire_size size);

/* Write a run's leaves, in the largest shapes, over whatever whole leaves and tables are there; by way
   of a descent.  `fresh`: nothing is. */
void set_over(struct change *c, struct descent *d, struct quire_run run, bool fresh);

/* Give back the table reached if it holds nothing, and its parents likewise. */
void prune(struct change *c, struct descent *d);

/* -- the pool (pool.c) -- */

#define SLOT_KEPT 0x80000000u /* in next_or_used: never to be given back */

quire_pa table_take(struct quire_table_pool *pool);
void table_give(struct quire_table_pool *pool, quire_pa table);

static inline struct quire_table_slot *slot_of(const struct quire_table_pool *pool, quire_pa table)
{
	return &pool->slots[(table - pool->base) / pool->table_bytes];
}

/* Count entries of a table in or out. The root is not counted. */
static inline void table_count(struct quire_walker *w, const struct descent *d, unsigned level,
			       uint32_t in, uint32_t out)
{
	if (level > 0) {
		struct quire_table_slot *slot = slot_of(&w->pool, d->table[level]);

		slot->next_or_used = slot->next_or_used + in - out;
	}
}

/* Whether one of `count` root entries points to a table that is kept. */
bool root_keeps(struct quire_walker *w, unsigned index, unsigned count);

/* `count` entries from the one reached on will be overwritten: the tables below leave the tree. How
   many of the entries were valid. */
unsigned take_over(struct change *c, const struct descent *d, unsigned count);

/* Empty the tables that have left; give them back. */
void gone_clean(struct change *c);
void gone_give(struct change *c);

/* -- joining (join.c) -- */

/* Whether a descent has arrived at a leaf of this shape. */
static inline bool has_shape(const struct descent *d, struct shape shape)
{
	return d->level == shape.level && d->here.kind == QUIRE_ENTRY_LEAF &&
	       d->here.cluster == (shape.cluster != 0);
}

/* Put one leaf or cluster in the place of what shows the same pages in smaller ones; the run begins
   there.  What is flushed before is noted in the change. */
void chunk_join(struct change *c, const struct descent *d, struct shape shape,
		const struct quire_run *run);

/* Flush a range, and be done with what has left the tree. */
void change_flush(struct change *c, quire_va walk, quire_size size, unsigned what);

#else /* a flat table has no others, and its leaves are all of one size */

static inline void descend_on(struct quire_walker *w, struct descent *d, quire_va walk,
			      unsigned level)
{
	(void)level;
	look(w, d, walk);
}

static inline void set_over(struct change *c, struct descent *d, struct quire_run run, bool fresh)
{
	(void)d, (void)fresh;
	flat_write(c->w, &run);
}

static inline void split_at(struct change *c, struct descent *d, quire_va walk)
{
	(void)c, (void)d, (void)walk;
}

static inline bool ends_are_plain(struct quire_walker *w, struct descent *d, quire_va walk,
				  quire_size size)
{
	(void)w, (void)d, (void)walk, (void)size;
	return true;
}

static inline void table_count(struct quire_walker *w, const struct descent *d, unsigned level,
			       uint32_t in, uint32_t out)
{
	(void)w, (void)d, (void)level, (void)in, (void)out;
}

static inline void prune(struct change *c, struct descent *d)
{
	(void)c, (void)d;
}

static inline void change_flush(struct change *c, quire_va walk, quire_size size, unsigned what)
{
	walk_flush(c->w, walk, size, what);
}

#endif /* QUIRE_LEVELS_MAX > 1 */

#endif
