/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Down the tree: which shape a leaf has, finding its table, making tables, and splitting what is larger
 * than a change.
 *
 * A large page is split into tables that show the same pages, in the largest shapes that leave an entry
 * boundary at the address in question.  They are complete before the page's own entry points to them,
 * so that the machine sees one change however many levels it takes, and a machine that must break before
 * it makes breaks once.  A cluster is rewritten without the mark; that takes no table.
 */
#include "walk/private.h"

quire_size quire_mmu_page_size(const struct quire_mmu *mmu)
{
	return entry_size(mmu, quire_mmu_last_level(mmu));
}

/* -- shapes -- */

#if QUIRE_LEVELS_MAX > 1

/* Whether a page of 1 << shift bytes around `at` lies in the hull and is aligned on both sides. */
static bool has_room(const struct quire_run *hull, quire_va at, unsigned shift)
{
	quire_size mask = ((quire_size)1 << shift) - 1;
	quire_size before = (at & ~mask) - hull->walk; /* very large if it begins earlier */

	return ((hull->walk ^ hull->pa) & mask) == 0 && before < hull->size &&
	       hull->size - before > mask;
}

/* Whether a leaf may stand in root entries: none of them is a table's for good. */
static bool root_allows(struct quire_walker *w, quire_va at, unsigned cluster)
{
	unsigned count = 1u << cluster;

	return w->kept == 0 || !root_keeps(w, index_in(w->mmu, 0, at) & ~(count - 1u), count);
}

struct shape shape_at(struct quire_walker *w, const struct quire_run *hull, quire_va at)
{
	const struct quire_mmu *mmu = w->mmu;
	unsigned last = quire_mmu_last_level(mmu);

	for (unsigned level = 0; level < last && !hull->small; level++) {
		const struct quire_level *l = &mmu->level[level];

		if (!l->leaf || !has_room(hull, at, l->shift))
			continue;
		if (l->cluster != 0 && has_room(hull, at, l->shift + l->cluster) &&
		    (level > 0 || root_allows(w, at, l->cluster)))
			return (struct shape){(uint8_t)level, l->cluster};
		if (level > 0 || root_allows(w, at, 0))
			return (struct shape){(uint8_t)level, 0};
	}
	if (mmu->level[last].cluster != 0 && !hull->small &&
	    has_room(hull, at, mmu->level[last].shift + mmu->level[last].cluster))
		return (struct shape){(uint8_t)last, mmu->level[last].cluster};
	return (struct shape){(uint8_t)last, 0};
}

#endif /* QUIRE_LEVELS_MAX > 1 */

/* An entry, marked as `used` where it can be. */
static quire_entry leaf_of(const struct quire_mmu *mmu, unsigned level, const struct quire_run *run,
			   quire_pa pa, unsigned attr, unsigned used)
{
	quire_entry entry = mmu->format->leaf(mmu, level, run->target, pa, attr);

	if (used == QUIRE_USED_MASK || !mmu->format->mark)
		return entry;
	return mmu->format->mark(mmu, level, entry, used);
}

void leaves_write(struct quire_walker *w, quire_pa table, unsigned index, struct shape shape,
		  const struct quire_run *run, unsigned count, unsigned used)
{
	const struct quire_mmu *mmu = w->mmu;
	quire_size size = entry_size(mmu, shape.level);
	unsigned attr = run->attr | w->notes | (shape.cluster ? QUIRE_LEAF_CLUSTER : 0u);
	quire_entry first = leaf_of(mmu, shape.level, run, run->pa, attr, used), step = 0;
	unsigned alike = count;

	if (count > 1)
		step = leaf_of(mmu, shape.level, run, run->pa + size, attr, used) - first;
	if (shape.cluster && step == 0) /* entries do not tell where in the cluster they are */
		alike = 1u << shape.cluster;
	entries_write(w, table, index, first, alike, step);
	for (unsigned done = alike; done < count; done += alike)
		entries_write(w, table, index + done,
			      leaf_of(mmu, shape.level, run, run->pa + done * size, attr, used),
			      alike, 0);
}

/* -- descending -- */

void look(struct quire_walker *w, struct descent *d, quire_va walk)
{
	d->walk = walk;
	d->index[d->level] = index_in(w->mmu, d->level, walk);
	if (d->ahead_index != 0 && d->ahead_index == d->index[d->level])
		d->entry = d->ahead;
	else
		d->entry = entry_read(w, d->table[d->level], d->index[d->level]);
	d->ahead_index = 0;
	d->here.cluster = false; /* formats without clusters and marks need not say so */
	d->here.used = QUIRE_USED_MASK;
	w->mmu->format->decode(w->mmu, d->level, d->entry, &d->here);
}

quire_size part_size(const struct quire_mmu *mmu, const struct descent *d, quire_va walk,
		     quire_size size)
{
	unsigned shift =
		d->here.kind == QUIRE_ENTRY_LEAF ? leaf_shift(mmu, d) : mmu->level[d->level].shift;
	quire_size mask = ((quire_size)1 << shift) - 1, after = mask - (walk & mask);

	return after < size ? after + 1 : size;
}

struct quire_run leaf_part(const struct quire_mmu *mmu, const struct descent *d, quire_va walk,
			   quire_size size)
{
	quire_size whole = (quire_size)1 << leaf_shift(mmu, d);

	return (struct quire_run){
		.walk = walk,
		.size = size,
		.pa = leaf_base(mmu, d) + (walk & (whole - 1)),
		.target = d->here.target,
		.attr = d->here.attr,
	};
}

#if QUIRE_LEVELS_MAX > 1

void follow(struct quire_walker *w, struct descent *d, quire_va walk, unsigned level)
{
	while (d->level < level && d->here.kind == QUIRE_ENTRY_TABLE) {
		d->level++;
		d->table[d->level] = d->here.pa;
		look(w, d, walk);
	}
}

void descend(struct quire_walker *w, struct descent *d, quire_va walk, unsigned level)
{
	*d = at_root(w);
	look(w, d, walk);
	follow(w, d, walk, level);
}

/* -- splitting -- */

/* The pages that the entry reached shows. */
static struct quire_run leaf_run(const struct quire_mmu *mmu, const struct descent *d,
				 quire_va walk)
{
	quire_size size = entry_size(mmu, d->level);

	return leaf_part(mmu, d, walk & ~(size - 1), size);
}

/*
 * What the pieces of a page that is split are to be marked with: what it is, of a cluster what any of
 * its entries is.  Where hardware may mark it between this look and the split, everything: too much is
 * written back once, and nothing is lost.
 */
static unsigned leaf_used(struct quire_walker *w, const struct descent *d)
{
	unsigned count = entries_alike(w->mmu, d), first = d->index[d->level] & ~(count - 1u);
	struct quire_decoded out = d->here;
	unsigned used = out.used;

	if (!w->mmu->format->mark || w->port->exchange)
		return QUIRE_USED_MASK;
	for (unsigned i = 0; i < count && count > 1; i++) {
		w->mmu->format->decode(w->mmu, d->level,
				       entry_read(w, d->table[d->level], first + i), &out);
		used |= out.used;
	}
	return used;
}

/* Where the machine wants that: invalidate a leaf, its whole cluster, before it is written anew. */
static void leaf_break(struct quire_walker *w, const struct descent *d, quire_va walk)
{
	unsigned count = entries_alike(w->mmu, d);
	quire_size size = (quire_size)1 << leaf_shift(w->mmu, d);

	if (!must_break(w))
		return;
	entries_write(w, d->table[d->level], d->index[d->level] & ~(count - 1u), w->mmu->invalid,
		      count, 0);
	walk_flush(w, walk & ~(size - 1), size, 0);
}

/* Write entries [from, to) of a table; `run` is what its entry `at` shows, or all from that on. */
static void part_write(struct quire_walker *w, quire_pa table, struct shape shape,
		       struct quire_run run, unsigned at, unsigned from, unsigned to, unsigned used)
{
	if (from == to)
		return;
	run.pa += ((quire_pa)from - at) << w->mmu->level[shape.level].shift;
	leaves_write(w, table, from, shape, &run, to - from, used);
}

/* Write the entries of the cluster reached as pages of their own, but for entry `skip`. */
static void cluster_write(struct quire_walker *w, const struct descent *d, quire_va walk,
			  unsigned skip, unsigned used)
{
	unsigned at = d->index[d->level], count = entries_alike(w->mmu, d);
	unsigned first = at & ~(count - 1u), end = first + count;
	struct shape plain = {(uint8_t)d->level, 0};
	struct quire_run run = leaf_run(w->mmu, d, walk);

	skip = skip < end ? skip : end;
	part_write(w, d->table[d->level], plain, run, at, first, skip, used);
	part_write(w, d->table[d->level], plain, run, at, skip < end ? skip + 1 : end, end, used);
}

/* Rewrite the cluster reached without the mark. */
static void cluster_open(struct change *c, const struct descent *d, quire_va walk)
{
	unsigned used = leaf_used(c->w, d);

	leaf_break(c->w, d, walk);
	cluster_write(c->w, d, walk, ~0u, used);
}

/*
 * Fill a table with what a larger page shows.  The cluster around `walk` stays open, and the entry that
 * `walk` lies inside of empty: each entry is written once.
 */
static void table_fill(struct quire_walker *w, quire_pa table, unsigned level,
		       const struct quire_run *run, quire_va walk, unsigned used)
{
	const struct quire_level *l = &w->mmu->level[level];
	unsigned count = 1u << l->cluster, all = 1u << l->bits,
		 index = index_in(w->mmu, level, walk);
	quire_size size = entry_size(w->mmu, level);
	struct shape large = {(uint8_t)level, l->cluster}, plain = {(uint8_t)level, 0};
	unsigned from = index & ~(count - 1u), to = from + count;

	slot_of(&w->pool, table)->next_or_used = all;
	if ((walk & ((size << l->cluster) - 1)) == 0)
		from = to = index = all;
	part_write(w, table, large, *run, 0, 0, from, used);
	part_write(w, table, plain, *run, 0, from, index, used);
	part_write(w, table, plain, *run, 0, index + ((walk & (size - 1)) != 0), to, used);
	part_write(w, table, large, *run, 0, to, all, used);
}

/* Tables for the levels below a large page, until an entry begins at `walk`; the first of them. */
static quire_pa split_tables_make(struct quire_walker *w, struct quire_run run, unsigned level,
				  quire_va walk, unsigned used)
{
	const struct quire_mmu *mmu = w->mmu;
	quire_pa first = table_take(&w->pool), table = first;

	for (;;) {
		quire_size size = entry_size(mmu, ++level);
		quire_pa below;

		table_fill(w, table, level, &run, walk, used);
		if ((walk & (size - 1)) == 0)
			return first;
		below = table_take(&w->pool);
		entries_write(w, table, index_in(mmu, level, walk), mmu->format->table(mmu, below),
			      1, 0);
		advance(&run, (walk & ~(size - 1)) - run.walk);
		run.size = size;
		table = below;
	}
}

/* Put tables that show the same in the place of the leaf reached, and enter the first. */
static void leaf_split(struct change *c, struct descent *d, quire_va walk)
{
	struct quire_walker *w = c->w;
	unsigned used = leaf_used(w, d), at = d->index[d->level];
	quire_pa table = split_tables_make(w, leaf_run(w->mmu, d, walk), d->level, walk, used);

	leaf_break(w, d, walk);
	if (d->here.cluster)
		cluster_write(w, d, walk, at, used);
	entries_write(w, d->table[d->level], at, w->mmu->format->table(w->mmu, table), 1, 0);
	c->what |= QUIRE_FLUSH_TABLES;
	d->level++;
	d->table[d->level] = table;
	look(w, d, walk);
}

void split_at(struct change *c, struct descent *d, quire_va walk)
{
	const struct quire_mmu *mmu = c->w->mmu;

	descend_on(c->w, d, walk, quire_mmu_last_level(mmu));
	if (d->here.kind != QUIRE_ENTRY_LEAF)
		return;
	if ((walk & (entry_size(mmu, d->level) - 1)) != 0)
		leaf_split(c, d, walk);
	else if ((walk & (((quire_size)1 << leaf_shift(mmu, d)) - 1)) != 0)
		cluster_open(c, d, walk);
}

/* Whether a range lies in what one table of the last level translates and is less than all of that, and no
   page in it is larger than an entry: then nothing reaches across its ends. */
static bool is_of_one_table(const struct quire_mmu *mmu, quire_va walk, quire_size size)
{
	const struct quire_level *last = &mmu->level[quire_mmu_last_level(mmu)];
	quire_size table = (quire_size)1 << (last->shift + last->bits);

	return last->cluster == 0 && size < table && size <= table - (walk & (table - 1));
}

bool ends_are_plain(struct quire_walker *w, struct descent *d, quire_va walk, quire_size size)
{
	unsigned last = quire_mmu_last_level(w->mmu);

	if (!is_of_one_table(w->mmu, walk, size))
		return false;
	descend_on(w, d, walk, last);
	return d->level == last;
}

/* Put an empty table below the invalid entry reached, and enter it. */
static void table_add(struct change *c, struct descent *d, quire_va walk)
{
	struct quire_walker *w = c->w;
	quire_pa table = table_take(&w->pool);

	entries_write(w, d->table[d->level], d->index[d->level],
		      w->mmu->format->table(w->mmu, table), 1, 0);
	table_count(w, d, d->level, 1, 0);
	c->what |= QUIRE_FLUSH_TABLES;
	d->level++;
	d->table[d->level] = table;
	look(w, d, walk);
}

void make_down(struct change *c, struct descent *d, quire_va walk, unsigned level)
{
	look(c->w, d, walk);
	follow(c->w, d, walk, level);
	while (d->level < level) {
		if (d->here.kind == QUIRE_ENTRY_LEAF)
			leaf_split(c, d, walk);
		else
			table_add(c, d, walk);
		follow(c->w, d, walk, level);
	}
}

#endif /* QUIRE_LEVELS_MAX > 1 */
