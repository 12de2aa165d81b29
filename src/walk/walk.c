/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker: one piece of code that reads and writes every MMU's tables.
 *
 * A range is worked through in runs.  A run is a stretch of entries in one table that can be
 * written by one call of the port: same level, consecutive indices, entries that differ by a
 * constant.  A contiguous mapping on a table MMU is one run; on a page table it is one run a leaf
 * table.  To find the table of the next run the walker goes up as far as it has to, and down again,
 * creating tables from the pool on its way.
 *
 * Whatever stands across an end of a range is split before anything else happens (descend.c).  So a
 * range that is changed holds whole leaves only, and no table that is given back can be taken again
 * in the same change, while the hardware may still follow its old entry.
 *
 * Tables count the valid entries they hold; one that holds none goes back to the pool, and its
 * parent's entry with it.  The root belongs to the user and stays.
 *
 * Nothing in here can fail: quire_walk_can_set and quire_walk_can_clear say beforehand whether
 * the pool holds enough (forecast.c).
 */
#include "walk/private.h"

/* Whether a change of this kind takes entries away before it writes them. */
static bool breaks(const struct quire_walker *w, enum quire_set how)
{
	return how == QUIRE_SET_ANEW && must_break(w);
}

/* -- table MMUs: the run is one run, and there is no table to find -- */

static void flat_clear(struct quire_walker *w, quire_va walk, quire_size size)
{
	entries_write(w, w->root, index_in(w->mmu, 0, walk), w->mmu->invalid,
		      (unsigned)(size >> w->mmu->level[0].shift), 0);
	walk_flush(w, walk, size, 0);
}

void flat_write(struct quire_walker *w, const struct quire_run *run)
{
	const struct quire_mmu *mmu = w->mmu;
	unsigned count = (unsigned)(run->size >> mmu->level[0].shift);
	unsigned attr = run->attr | w->notes;
	quire_entry first = mmu->format->leaf(mmu, 0, run->target, run->pa, attr), step = 0;

	if (count > 1)
		step = mmu->format->leaf(mmu, 0, run->target, run->pa + entry_size(mmu, 0), attr) -
		       first;
	entries_write(w, w->root, index_in(mmu, 0, run->walk), first, count, step);
}

static void set_flat(struct quire_walker *w, const struct quire_run *run, enum quire_set how)
{
	const struct quire_mmu *mmu = w->mmu;

	if (breaks(w, how)) {
		flat_clear(w, run->walk, run->size);
		how = QUIRE_SET_FRESH;
	}
	flat_write(w, run);
	if (how != QUIRE_SET_FRESH || (mmu->flags & QUIRE_MMU_FLUSH_ON_MAP))
		walk_flush(w, run->walk, run->size, how == QUIRE_SET_FRESH ? QUIRE_FLUSH_FRESH : 0);
}

#if QUIRE_LEVELS_MAX > 1

/* -- setting -- */

/* How many of `count` root entries come before one that is a table's for good; the first `per` do. */
static unsigned root_entries_ahead(struct quire_walker *w, unsigned index, unsigned per,
				   unsigned count)
{
	unsigned n = per;

	while (n < count && !root_keeps(w, index + n, per))
		n += per;
	return n;
}

/* How many entries from the front of a run on, in one table, have this shape. */
static unsigned entries_ahead(struct quire_walker *w, struct shape shape,
			      const struct quire_run *run, unsigned index)
{
	const struct quire_level *l = &w->mmu->level[shape.level];
	quire_size left = run->size >> l->shift;
	unsigned room = (1u << l->bits) - index, per = 1u << l->cluster;
	unsigned count = left < room ? (unsigned)left : room, before = per - (index & (per - 1u));

	if (shape.cluster != 0)
		count &= ~(per - 1u);
	else if (l->cluster != 0 && !run->small && before < count && left - before >= per &&
		 ((run->walk ^ run->pa) & (((quire_size)1 << (l->shift + l->cluster)) - 1)) == 0)
		count = before; /* a cluster begins there */
	if (shape.level == 0 && w->kept != 0)
		return root_entries_ahead(w, index, 1u << shape.cluster, count);
	return count;
}

/* Go to the table that a run's next leaves stand in; `fresh`: what its entries say does not matter.  Of
   the tables below none can be shared with what was looked for last: these leaves replace them. */
static void go_to(struct change *c, struct descent *d, quire_va walk, unsigned level, bool fresh)
{
	rise(c->w->mmu, d, walk);
	if (d->level < level || !fresh)
		make_down(c, d, walk, level);
	else
		d->index[level] = index_in(c->w->mmu, level, walk);
}

void set_over(struct change *c, struct descent *d, struct quire_run run, bool fresh)
{
	struct quire_walker *w = c->w;

	while (run.size != 0) {
		struct shape shape = shape_at(w, &run, run.walk);
		unsigned count, valid = 0;

		go_to(c, d, run.walk, shape.level, fresh);
		count = entries_ahead(w, shape, &run, d->index[d->level]);
		if (!fresh)
			valid = take_over(c, d, count);
		leaves_write(w, d->table[d->level], d->index[d->level], shape, &run, count,
			     QUIRE_USED_MASK);
		table_count(w, d, d->level, count, valid);
		advance(&run, (quire_size)count << w->mmu->level[d->level].shift);
	}
}

/* How many of `count` entries from the one reached on have this shape already.  The pages of the last
   level have it: nothing smaller can stand there. */
static unsigned entries_shaped(struct quire_walker *w, const struct descent *d, struct shape shape,
			       unsigned count)
{
	struct descent at = *d;
	unsigned done = 0;

	if (shape.level == quire_mmu_last_level(w->mmu) && shape.cluster == 0)
		return count;
	while (has_shape(&at, shape) && (done += 1u << shape.cluster) < count) {
		at.here.cluster = false;
		w->mmu->format->decode(w->mmu, at.level,
				       entry_read(w, d->table[d->level], d->index[d->level] + done),
				       &at.here);
	}
	return done;
}

/* Let a run's leaves, which show its pages already, allow what it says; what could be one page by now
   becomes one. */
static void set_access(struct change *c, struct quire_run run)
{
	struct quire_walker *w = c->w;
	struct descent d = at_root(w);

	while (run.size != 0) {
		struct shape shape = shape_at(w, &run, run.walk);
		unsigned count;

		descend_on(w, &d, run.walk, shape.level);
		count = entries_shaped(w, &d, shape,
				       entries_ahead(w, shape, &run, d.index[d.level]));
		if (count != 0) {
			leaves_write(w, d.table[d.level], d.index[d.level], shape, &run, count,
				     QUIRE_USED_MASK);
		} else {
			count = 1u << shape.cluster;
			chunk_join(c, &d, shape, &run);
		}
		advance(&run, (quire_size)count << w->mmu->level[shape.level].shift);
	}
}

/* -- clearing -- */

/* How many of `most` entries from the one reached on are no tables, and how many of those are valid;
   `all`: the leaves of the last level are. */
static unsigned plain_entries(struct quire_walker *w, const struct descent *d, unsigned most,
			      bool all, unsigned *valid)
{
	struct quire_decoded out = d->here;
	unsigned n = 0;

	*valid = most;
	if (all && d->level == quire_mmu_last_level(w->mmu))
		return most;
	*valid = 0;
	while (out.kind != QUIRE_ENTRY_TABLE && n < most) {
		*valid += out.kind == QUIRE_ENTRY_LEAF;
		if (++n < most)
			w->mmu->format->decode(
				w->mmu, d->level,
				entry_read(w, d->table[d->level], d->index[d->level] + n), &out);
	}
	return n;
}

void prune(struct change *c, struct descent *d)
{
	struct quire_walker *w = c->w;

	while (d->level > 0 && slot_of(&w->pool, d->table[d->level])->next_or_used == 0) {
		table_give(&w->pool, d->table[d->level]);
		d->level--;
		entries_write(w, d->table[d->level], d->index[d->level], w->mmu->invalid, 1, 0);
		table_count(w, d, d->level, 0, 1);
		c->what |= QUIRE_FLUSH_TABLES;
	}
}

/* Invalidate the leaves of the range that stand in the table reached; returns the bytes dealt with.
 */
static quire_size clear_in_table(struct change *c, struct descent *d, quire_size size, bool all)
{
	struct quire_walker *w = c->w;
	const struct quire_level *l = &w->mmu->level[d->level];
	quire_size left = size >> l->shift;
	unsigned room = (1u << l->bits) - d->index[d->level], valid;
	unsigned count = plain_entries(w, d, left < room ? (unsigned)left : room, all, &valid);

	if (valid != 0)
		entries_write(w, d->table[d->level], d->index[d->level], w->mmu->invalid, count, 0);
	size = (quire_size)count << l->shift;
	table_count(w, d, d->level, 0, valid);
	prune(c, d);
	return size;
}

/* Make a range invalid; `all` of it is mapped. */
static void clear_deep(struct change *c, quire_va walk, quire_size size, bool all)
{
	struct descent d = at_root(c->w);

	if (!ends_are_plain(c->w, &d, walk, size)) {
		split_at(c, &d, walk);
		split_at(c, &d, walk + size);
	}
	while (size != 0) {
		quire_size done, covers;

		descend_on(c->w, &d, walk, quire_mmu_last_level(c->w->mmu));
		covers = entry_size(c->w->mmu, d.level) - 1;
		if (d.here.kind == QUIRE_ENTRY_LEAF || d.level == quire_mmu_last_level(c->w->mmu))
			done = clear_in_table(c, &d, size, all);
		else /* there is no table, and the entry may be wider than the range */
			done = covers - (walk & covers) < size ? covers - (walk & covers) + 1
							       : size;
		walk += done;
		size -= done;
	}
}

static void set_deep(struct quire_walker *w, const struct quire_run *run, enum quire_set how)
{
	struct descent d = at_root(w);
	struct change c = {.w = w};

	if (breaks(w, how)) {
		clear_deep(&c, run->walk, run->size, false);
		change_flush(&c, run->walk, run->size, 0);
		how = QUIRE_SET_FRESH;
	}
	if (how != QUIRE_SET_FRESH && !ends_are_plain(w, &d, run->walk, run->size)) {
		split_at(&c, &d, run->walk);
		split_at(&c, &d, run->walk + run->size);
	}
	if (how == QUIRE_SET_ACCESS)
		set_access(&c, *run);
	else
		set_over(&c, &d, *run, how == QUIRE_SET_FRESH);
	if (how != QUIRE_SET_FRESH)
		change_flush(&c, run->walk, run->size, 0);
	else if (w->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP)
		walk_flush(w, run->walk, run->size, QUIRE_FLUSH_FRESH | c.what);
}

#endif /* QUIRE_LEVELS_MAX > 1 */

/* -- public -- */

void quire_walk_set(struct quire_walker *w, const struct quire_run *run, enum quire_set how)
{
#if QUIRE_LEVELS_MAX > 1
	if (quire_mmu_last_level(w->mmu) != 0) {
		set_deep(w, run, how);
		return;
	}
#endif
	set_flat(w, run, how);
}

void quire_walk_clear(struct quire_walker *w, quire_va walk, quire_size size)
{
#if QUIRE_LEVELS_MAX > 1
	if (quire_mmu_last_level(w->mmu) != 0) {
		struct change c = {.w = w};

		clear_deep(&c, walk, size, true);
		change_flush(&c, walk, size, 0);
		return;
	}
#endif
	flat_clear(w, walk, size);
}

void quire_walk_sync(struct quire_walker *w, quire_va walk, quire_size size, unsigned how)
{
	if (!w->port->sync)
		return;
	w->port->sync(w->port_ctx, walk, size, how);
	w->counts.syncs++;
}

#if QUIRE_LEVELS_MAX > 1

void quire_walk_get(struct quire_walker *w, quire_va walk, struct quire_decoded *out)
{
	struct descent d;

	descend(w, &d, walk, quire_mmu_last_level(w->mmu));
	*out = d.here;
	out->shift = (uint8_t)leaf_shift(w->mmu, &d);
	if (out->kind == QUIRE_ENTRY_LEAF)
		out->pa = leaf_base(w->mmu, &d);
	else /* a table where only a leaf can stand is no mapping */
		out->kind = QUIRE_ENTRY_INVALID;
}

unsigned walk_leaf_shift(struct quire_walker *w, const struct quire_run *hull, quire_va at)
{
	if (quire_mmu_last_level(w->mmu) == 0)
		return w->mmu->level[0].shift;
	return shape_shift(w->mmu, shape_at(w, hull, at));
}

#else

void quire_walk_get(struct quire_walker *w, quire_va walk, struct quire_decoded *out)
{
	out->cluster = false;
	out->used = QUIRE_USED_MASK;
	w->mmu->format->decode(w->mmu, 0, entry_read(w, w->root, index_in(w->mmu, 0, walk)), out);
	out->shift = w->mmu->level[0].shift;
	if (out->kind == QUIRE_ENTRY_TABLE)
		out->kind = QUIRE_ENTRY_INVALID;
}

unsigned walk_leaf_shift(struct quire_walker *w, const struct quire_run *hull, quire_va at)
{
	(void)hull, (void)at;
	return w->mmu->level[0].shift;
}

#endif /* QUIRE_LEVELS_MAX > 1 */
