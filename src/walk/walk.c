/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker: one piece of code that reads and writes every MMU's tables.
 *
 * A range is worked through in runs.  A run is a stretch of entries in one table that can be
 * written by one call of the port: same level, consecutive indices, entries that differ by a
 * constant.  A contiguous mapping on a table MMU is one run; on a page table it is one run a leaf
 * table.  To find the table of the next run the walker descends from the root once, creating
 * tables from the pool and splitting large pages on its way if it has to.
 *
 * Tables count the valid entries they hold; one that holds none goes back to the pool, and its
 * parent's entry with it.  The root belongs to the user and stays.
 *
 * Nothing in here can fail: quire_walk_can_set and quire_walk_can_clear say beforehand whether
 * the pool holds enough.
 */
#include "quire/mmu.h"

/* Where a descent has arrived: the table and index at each level on the way down. */
struct descent {
	quire_pa table[QUIRE_LEVELS_MAX];
	unsigned index[QUIRE_LEVELS_MAX];
	unsigned level;            /* of the last table entered */
	struct quire_decoded here; /* what its entry says */
	quire_entry entry;
};

/* -- geometry -- */

static quire_size entry_size(const struct quire_mmu *mmu, unsigned level)
{
	return (quire_size)1 << mmu->level[level].shift;
}

static unsigned index_in(const struct quire_mmu *mmu, unsigned level, quire_va walk)
{
	return (unsigned)(walk >> mmu->level[level].shift) & ((1u << mmu->level[level].bits) - 1u);
}

quire_size quire_mmu_page_size(const struct quire_mmu *mmu)
{
	return entry_size(mmu, quire_mmu_last_level(mmu));
}

/* The highest level at which the run's next leaf may stand. */
static unsigned leaf_level(const struct quire_mmu *mmu, const struct quire_run *run)
{
	unsigned level = 0;

	while (level < quire_mmu_last_level(mmu) &&
	       (!mmu->level[level].leaf || run->size < entry_size(mmu, level) ||
		((run->walk | run->pa) & (entry_size(mmu, level) - 1)) != 0))
		level++;
	return level;
}

/* Shorten the front of a run. */
static void advance(struct quire_run *run, quire_size size)
{
	run->walk += size;
	run->pa += size;
	run->size -= size;
}

/* -- the pool -- */

void quire_table_pool_init(struct quire_table_pool *pool, struct quire_table_slot *slots,
			   quire_pa base, uint32_t table_bytes, uint32_t count)
{
	*pool = (struct quire_table_pool){slots, base, table_bytes, count, count, 0};
	for (uint32_t i = 0; i < count; i++)
		slots[i].next_or_used = i + 1;
}

static quire_pa table_take(struct quire_table_pool *pool)
{
	uint32_t i = pool->first_free;

	pool->first_free = pool->slots[i].next_or_used;
	pool->slots[i].next_or_used = 0;
	pool->free--;
	return pool->base + (quire_pa)i * pool->table_bytes;
}

static struct quire_table_slot *slot_of(const struct quire_table_pool *pool, quire_pa table)
{
	return &pool->slots[(table - pool->base) / pool->table_bytes];
}

static void table_give(struct quire_table_pool *pool, quire_pa table)
{
	slot_of(pool, table)->next_or_used = pool->first_free;
	pool->first_free = (uint32_t)((table - pool->base) / pool->table_bytes);
	pool->free++;
}

/* Count entries of a table in (by > 0) or out. The root is not counted. */
static void table_count(struct quire_walker *w, const struct descent *d, unsigned level,
			uint32_t in, uint32_t out)
{
	if (level > 0) {
		struct quire_table_slot *slot = slot_of(&w->pool, d->table[level]);

		slot->next_or_used = slot->next_or_used + in - out;
	}
}

/* -- entries -- */

static quire_entry entry_read(struct quire_walker *w, quire_pa table, unsigned index)
{
	w->counts.reads++;
	return w->port->read(w->port_ctx, table, index);
}

static void entries_write(struct quire_walker *w, quire_pa table, unsigned index, quire_entry first,
			  unsigned count, quire_entry step)
{
	w->counts.runs++;
	w->counts.entries += count;
	w->port->write(w->port_ctx, table, index, first, count, step);
}

static void flush(struct quire_walker *w, quire_va walk, quire_size size)
{
	w->counts.flushes++;
	w->port->flush(w->port_ctx, walk, size, QUIRE_FLUSH_TABLES);
}

/* Write `count` leaves that show the run's pages. */
static void leaves_write(struct quire_walker *w, quire_pa table, unsigned index, unsigned level,
			 const struct quire_run *run, unsigned count)
{
	const struct quire_mmu *mmu = w->mmu;
	quire_entry first = mmu->format->leaf(mmu, level, run->target, run->pa, run->attr);
	quire_entry step = 0;

	if (count > 1)
		step = mmu->format->leaf(mmu, level, run->target, run->pa + entry_size(mmu, level),
					 run->attr) -
		       first;
	entries_write(w, table, index, first, count, step);
}

/* -- descending -- */

/* Read the entry for an address in the table entered last. */
static void look(struct quire_walker *w, struct descent *d, quire_va walk)
{
	d->index[d->level] = index_in(w->mmu, d->level, walk);
	d->entry = entry_read(w, d->table[d->level], d->index[d->level]);
	w->mmu->format->decode(w->mmu, d->level, d->entry, &d->here);
}

/* Follow the tables that exist, at most to `level`. */
static void descend(struct quire_walker *w, struct descent *d, quire_va walk, unsigned level)
{
	d->level = 0;
	d->table[0] = w->root;
	look(w, d, walk);
	while (d->level < level && d->here.kind == QUIRE_ENTRY_TABLE) {
		d->level++;
		d->table[d->level] = d->here.pa;
		look(w, d, walk);
	}
}

/* Overwrite an entry that may be valid with one of another kind, the way the machine wants it. */
static void entry_replace(struct quire_walker *w, struct descent *d, quire_va walk,
			  quire_entry entry)
{
	quire_size size = entry_size(w->mmu, d->level);

	if (d->here.kind == QUIRE_ENTRY_LEAF && (w->mmu->flags & QUIRE_MMU_BREAK_BEFORE_MAKE)) {
		entries_write(w, d->table[d->level], d->index[d->level], w->mmu->invalid, 1, 0);
		flush(w, walk & ~(size - 1), size);
	}
	entries_write(w, d->table[d->level], d->index[d->level], entry, 1, 0);
}

/*
 * Put a table below the current entry and enter it: an empty one, or, below a large page, one
 * that shows the same pages.
 */
static void grow_down(struct quire_walker *w, struct descent *d, quire_va walk)
{
	const struct quire_mmu *mmu = w->mmu;
	quire_pa table = table_take(&w->pool);

	if (d->here.kind == QUIRE_ENTRY_LEAF) {
		unsigned count = 1u << mmu->level[d->level + 1].bits;
		struct quire_run run = {
			.pa = d->here.pa, .target = d->here.target, .attr = d->here.attr};

		leaves_write(w, table, 0, d->level + 1, &run, count);
		slot_of(&w->pool, table)->next_or_used = count;
	}
	entry_replace(w, d, walk, mmu->format->table(mmu, table));
	table_count(w, d, d->level, d->here.kind == QUIRE_ENTRY_INVALID, 0);
	d->level++;
	d->table[d->level] = table;
	look(w, d, walk);
}

/* Descend to `level`, or below where tables stand already, creating what is missing. */
static void descend_making(struct quire_walker *w, struct descent *d, quire_va walk, unsigned level)
{
	descend(w, d, walk, quire_mmu_last_level(w->mmu));
	while (d->level < level)
		grow_down(w, d, walk);
}

/* -- runs -- */

/* How many entries from the current one on a range covers in this table. */
static unsigned entries_ahead(const struct quire_walker *w, const struct descent *d,
			      quire_size size)
{
	const struct quire_level *level = &w->mmu->level[d->level];
	quire_size left = size >> level->shift;
	unsigned room = (1u << level->bits) - d->index[d->level];

	return left < room ? (unsigned)left : room;
}

/* How many of the `count` entries from the current one on are no tables, and how many of those are
 * valid. */
static unsigned plain_entries(struct quire_walker *w, const struct descent *d, unsigned count,
			      unsigned *valid)
{
	struct quire_decoded out = d->here;
	unsigned n = 0;

	*valid = 0;
	while (out.kind != QUIRE_ENTRY_TABLE && n < count) {
		*valid += out.kind == QUIRE_ENTRY_LEAF;
		if (++n < count)
			w->mmu->format->decode(
				w->mmu, d->level,
				entry_read(w, d->table[d->level], d->index[d->level] + n), &out);
	}
	return n;
}

/* Invalidate a stretch of valid entries before they are overwritten, where the machine wants that.
 */
static void break_before_make(struct quire_walker *w, quire_pa table, unsigned index,
			      unsigned count, quire_va walk, quire_size size)
{
	if (w->mmu->flags & QUIRE_MMU_BREAK_BEFORE_MAKE) {
		entries_write(w, table, index, w->mmu->invalid, count, 0);
		flush(w, walk, size);
	}
}

/* Write the leaves of the run that stand in the table reached, and shorten it. */
static void set_in_table(struct quire_walker *w, struct descent *d, struct quire_run *run,
			 bool replace)
{
	unsigned count = entries_ahead(w, d, run->size), valid = 0;
	quire_size size;

	if (d->level != quire_mmu_last_level(w->mmu) || replace)
		count = plain_entries(w, d, count, &valid);
	size = (quire_size)count << w->mmu->level[d->level].shift;
	if (replace)
		break_before_make(w, d->table[d->level], d->index[d->level], count, run->walk,
				  size);
	leaves_write(w, d->table[d->level], d->index[d->level], d->level, run, count);
	table_count(w, d, d->level, count - valid, 0);
	advance(run, size);
}

/* A table MMU: the run is one run, and there is no table to find. */
static void set_flat(struct quire_walker *w, const struct quire_run *run, bool replace)
{
	unsigned index = index_in(w->mmu, 0, run->walk);
	unsigned count = (unsigned)(run->size >> w->mmu->level[0].shift);

	if (replace)
		break_before_make(w, w->root, index, count, run->walk, run->size);
	leaves_write(w, w->root, index, 0, run, count);
}

static void set_deep(struct quire_walker *w, const struct quire_run *run, bool replace)
{
	struct quire_run left = *run;
	struct descent d;

	while (left.size != 0) {
		descend_making(w, &d, left.walk, leaf_level(w->mmu, &left));
		set_in_table(w, &d, &left, replace);
	}
}

void quire_walk_set(struct quire_walker *w, const struct quire_run *run, enum quire_set how)
{
	bool replace = how != QUIRE_SET_FRESH;

	if (quire_mmu_last_level(w->mmu) == 0)
		set_flat(w, run, replace);
	else
		set_deep(w, run, replace);
	if (replace || (w->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP))
		flush(w, run->walk, run->size);
}

/* Give back the table reached if it holds nothing, and its parents likewise. */
static void prune(struct quire_walker *w, struct descent *d)
{
	while (d->level > 0 && slot_of(&w->pool, d->table[d->level])->next_or_used == 0) {
		table_give(&w->pool, d->table[d->level]);
		d->level--;
		entries_write(w, d->table[d->level], d->index[d->level], w->mmu->invalid, 1, 0);
		table_count(w, d, d->level, 0, 1);
	}
}

/* Invalidate the leaves of the range that stand in the table reached; returns the bytes dealt with.
 */
static quire_size clear_in_table(struct quire_walker *w, struct descent *d, quire_size size)
{
	unsigned count = entries_ahead(w, d, size), valid = count;

	if (d->level != quire_mmu_last_level(w->mmu))
		count = plain_entries(w, d, count, &valid);
	entries_write(w, d->table[d->level], d->index[d->level], w->mmu->invalid, count, 0);
	size = (quire_size)count << w->mmu->level[d->level].shift;
	table_count(w, d, d->level, 0, valid);
	prune(w, d);
	return size;
}

/* Split the large page that an address lies inside of, until an entry starts there. */
static void split_at(struct quire_walker *w, quire_va walk)
{
	struct descent d;

	descend(w, &d, walk, quire_mmu_last_level(w->mmu));
	while (d.here.kind == QUIRE_ENTRY_LEAF && (walk & (entry_size(w->mmu, d.level) - 1)) != 0)
		grow_down(w, &d, walk);
}

/*
 * Both ends are split before anything is given back: a table that becomes free in here must not
 * be used again before the flush, for as long as the hardware may still follow its old entry.
 */
static void clear_deep(struct quire_walker *w, quire_va walk, quire_size size)
{
	struct descent d;

	split_at(w, walk);
	split_at(w, walk + size);
	while (size != 0) {
		quire_size done;

		descend(w, &d, walk, quire_mmu_last_level(w->mmu));
		done = clear_in_table(w, &d, size);
		walk += done;
		size -= done;
	}
}

void quire_walk_clear(struct quire_walker *w, quire_va walk, quire_size size)
{
	if (quire_mmu_last_level(w->mmu) == 0)
		entries_write(w, w->root, index_in(w->mmu, 0, walk), w->mmu->invalid,
			      (unsigned)(size >> w->mmu->level[0].shift), 0);
	else
		clear_deep(w, walk, size);
	flush(w, walk, size);
}

void quire_walk_sync(struct quire_walker *w, quire_va walk, quire_size size, unsigned how)
{
	if (!w->port->sync)
		return;
	w->port->sync(w->port_ctx, walk, size, how);
	w->counts.syncs++;
}

void quire_walk_get(struct quire_walker *w, quire_va walk, struct quire_decoded *out)
{
	struct descent d;

	descend(w, &d, walk, quire_mmu_last_level(w->mmu));
	*out = d.here;
	out->shift = w->mmu->level[d.level].shift;
	if (out->kind == QUIRE_ENTRY_TABLE)
		out->kind =
			QUIRE_ENTRY_INVALID; /* a table where only a leaf can stand is no mapping */
}

/* -- what a change will need -- */

/* Tables at `level` that a range touches. */
static quire_size tables_touched(const struct quire_mmu *mmu, unsigned level, quire_va walk,
				 quire_size size)
{
	unsigned shift = mmu->level[level - 1].shift;

	return ((walk + (size - 1)) >> shift) - (walk >> shift) + 1;
}

uint32_t quire_walk_tables_needed(const struct quire_walker *w, quire_va walk, quire_size size)
{
	quire_size sum = 0;

	for (unsigned level = 1; level <= quire_mmu_last_level(w->mmu); level++)
		sum += tables_touched(w->mmu, level, walk, size);
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

/*
 * Count the tables that `set` will take: walk as it will, and count each table that is missing
 * once, when its range is first entered.
 */
static void tables_missing(struct quire_walker *w, struct quire_run run,
			   struct quire_walk_forecast *f)
{
	const struct quire_mmu *mmu = w->mmu;
	struct descent d;

	while (run.size != 0) {
		unsigned level = leaf_level(mmu, &run);
		bool in_leaf_table = level > 0 && level == quire_mmu_last_level(mmu);
		quire_size covers = entry_size(mmu, in_leaf_table ? level - 1 : level);
		quire_size step = covers - (run.walk & (covers - 1)); /* the rest needs no more */

		descend(w, &d, run.walk, quire_mmu_last_level(mmu));
		for (unsigned k = d.level + 1; k <= level; k++) {
			quire_va id = run.walk >> mmu->level[k - 1].shift;

			if (k > f->known || f->entered[k] != id)
				f->missing++;
			f->entered[k] = id;
			f->known = k > f->known ? k : f->known;
		}
		advance(&run, step < run.size ? step : run.size);
	}
}

bool quire_walk_can_set_next(struct quire_walker *w, const struct quire_run *run,
			     struct quire_walk_forecast *forecast)
{
	if (quire_mmu_last_level(w->mmu) == 0)
		return true; /* a flat table takes no others */
	tables_missing(w, *run, forecast);
	return forecast->missing <= w->pool.free;
}

bool quire_walk_can_set(struct quire_walker *w, const struct quire_run *run)
{
	struct quire_walk_forecast forecast = {.known = 0};

	return quire_mmu_last_level(w->mmu) == 0 ||
	       quire_walk_tables_needed(w, run->walk, run->size) <= w->pool.free ||
	       quire_walk_can_set_next(w, run, &forecast);
}

/* Whether the leaf around `walk` starts before it and would have to be split at `level`. */
static bool splits_at(struct quire_walker *w, quire_va walk, unsigned level)
{
	struct descent d;

	descend(w, &d, walk, quire_mmu_last_level(w->mmu));
	return d.here.kind == QUIRE_ENTRY_LEAF && d.level <= level &&
	       (walk & (entry_size(w->mmu, level) - 1)) != 0;
}

/* Tables that splitting the large pages around both ends of a range takes. */
static uint32_t split_tables(struct quire_walker *w, quire_va start, quire_va end)
{
	uint32_t tables = 0;

	for (unsigned level = 0; level < quire_mmu_last_level(w->mmu); level++) {
		bool at_start = splits_at(w, start, level), at_end = splits_at(w, end, level);
		unsigned shift = w->mmu->level[level].shift;

		tables += at_start;
		tables += at_end && !(at_start && start >> shift == end >> shift);
	}
	return tables;
}

bool quire_walk_can_clear(struct quire_walker *w, quire_va walk, quire_size size)
{
	if (w->pool.free >= 2 * quire_mmu_last_level(w->mmu))
		return true;
	return split_tables(w, walk, walk + size) <= w->pool.free;
}
