/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges that are not one run: pages of memory from here and there, or some of them missing.
 *
 * The book says nothing of what such a range shows, so the tables are asked.  One descent serves the
 * whole range: it goes up no further than the table that the next address has in common with the last
 * one, and so each table is walked to once however many runs meet in it.  Entries change in stretches
 * again; a stretch ends where the memory does not go on, and a hole costs the look at its entry.
 *
 * A visitor is told of leaves while they still stand, and may ask for their marks.
 */
#include "walk/private.h"

/* -- setting -- */

/* A source, one run ahead: runs of small pages that go on in the next are handed out as one. */
struct feed {
	const struct quire_walk_source *source;
	struct quire_run ahead;
	bool more;
};

static struct feed feed_begin(const struct quire_walk_source *source)
{
	struct feed feed = {.source = source};

	source->rewind(source->ctx);
	feed.more = source->next(source->ctx, &feed.ahead);
	return feed;
}

static bool feed_next(struct feed *feed, struct quire_run *run)
{
	if (!feed->more)
		return false;
	*run = feed->ahead;
	while ((feed->more = feed->source->next(feed->source->ctx, &feed->ahead)) && run->small &&
	       feed->ahead.small && goes_on(run, &feed->ahead))
		run->size += feed->ahead.size;
	return true;
}

void quire_walk_set_all(struct quire_walker *w, quire_va walk, quire_size size,
			const struct quire_walk_source *source)
{
	struct feed feed = feed_begin(source);
	struct change c = {.w = w};
	struct descent d = at_root(w);
	struct quire_run run;

	if (!feed.more)
		return;
	while (feed_next(&feed, &run))
		set_over(&c, &d, run, true);
	if (w->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP)
		walk_flush(w, walk, size, QUIRE_FLUSH_FRESH | c.what);
}

/* -- telling -- */

/* A visitor, and what it is to be told next. */
struct teller {
	const struct quire_walk_visitor *visitor; /* or NULL */
	struct quire_run run;                     /* size 0: nothing */
};

static void tell_rest(struct teller *t)
{
	if (t->visitor && t->run.size != 0)
		t->visitor->run(t->visitor->ctx, &t->run);
	t->run.size = 0;
}

static void tell(struct teller *t, struct quire_run run)
{
	if (t->run.size != 0 && goes_on(&t->run, &run)) {
		t->run.size += run.size;
		return;
	}
	tell_rest(t);
	t->run = run;
}

/*
 * How many entries from the leaf reached on, of `most` that may be looked at, differ from one to the next by
 * no more than the page that they show: alike, marks too, and contiguous.  They are compared and not
 * decoded, and the first that differs is kept for the next look.  Only among the pages of the last level,
 * where no table can be met.
 */
static unsigned leaves_ahead(struct quire_walker *w, struct descent *d, unsigned most)
{
	const struct quire_mmu *mmu = w->mmu;
	quire_entry expected = d->entry, step;
	unsigned n = 0;

	if (most < 2 || d->here.cluster || d->level != quire_mmu_last_level(mmu))
		return 1;
	step = mmu->format->leaf(mmu, d->level, d->here.target,
				 d->here.pa + entry_size(mmu, d->level), d->here.attr) -
	       mmu->format->leaf(mmu, d->level, d->here.target, d->here.pa, d->here.attr);
	while (++n < most) {
		expected += step;
		d->ahead = entry_read(w, d->table[d->level], d->index[d->level] + n);
		if (d->ahead != expected) {
			d->ahead_index = d->index[d->level] + n;
			break;
		}
	}
	return n;
}

/* Bytes of a range that the entry reached is about, with the leaves that go on where it ends. */
static quire_size stretch_size(struct quire_walker *w, struct descent *d, quire_va walk,
			       quire_size size)
{
	const struct quire_level *l = &w->mmu->level[d->level];
	unsigned room = (1u << l->bits) - d->index[d->level];
	quire_size left = size >> l->shift;
	unsigned n = d->here.kind == QUIRE_ENTRY_LEAF
			     ? leaves_ahead(w, d, left < room ? (unsigned)left : room)
			     : 1;

	return n > 1 ? (quire_size)n << l->shift : part_size(w->mmu, d, walk, size);
}

void quire_walk_each(struct quire_walker *w, quire_va walk, quire_size size,
		     const struct quire_walk_visitor *visitor)
{
	struct teller t = {.visitor = visitor};
	struct descent d = at_root(w);

	while (size != 0) {
		quire_size part;

		descend_on(w, &d, walk, quire_mmu_last_level(w->mmu));
		part = stretch_size(w, &d, walk, size);
		if (d.here.kind == QUIRE_ENTRY_LEAF)
			tell(&t, leaf_part(w->mmu, &d, walk, part));
		walk += part;
		size -= part;
	}
	tell_rest(&t);
}

/* -- taking -- */

/* A range being taken, and what of it there was. */
struct taking {
	struct change c;
	struct teller teller;
	quire_va from, to;
	bool any;
};

/* Tell of the leaf reached, and of those that go on where it ends; how many entries they have. */
static unsigned leaf_take(struct taking *t, const struct descent *d, quire_va walk, quire_size size)
{
	const struct quire_mmu *mmu = t->c.w->mmu;

	tell(&t->teller, leaf_part(mmu, d, walk, size));
	t->from = t->any ? t->from : walk;
	t->to = walk + size;
	t->any = true;
	return d->here.cluster ? entries_alike(mmu, d)
			       : (unsigned)(((size - 1) >> mmu->level[d->level].shift) + 1u);
}

/* Invalidate the leaves of the range that stand in the table reached, up to the next table below it;
   the bytes dealt with. */
static quire_size table_clear(struct taking *t, struct descent *d, quire_va walk, quire_size size)
{
	struct quire_walker *w = t->c.w;
	unsigned first = 0, end = 0, valid = 0;
	quire_size done = 0;

	do {
		quire_size part = stretch_size(w, d, walk + done, size - done);

		if (d->here.kind == QUIRE_ENTRY_LEAF) {
			unsigned count = leaf_take(t, d, walk + done, part);

			first = valid == 0 ? d->index[d->level] : first;
			end = d->index[d->level] + count;
			valid += count;
		}
		done += part;
		if (done == size || index_in(w->mmu, d->level, walk + done) == 0)
			break;
		look(w, d, walk + done);
	} while (d->here.kind != QUIRE_ENTRY_TABLE);
	tell_rest(&t->teller);
	if (valid != 0)
		entries_write(w, d->table[d->level], first, w->mmu->invalid, end - first, 0);
	table_count(w, d, d->level, 0, valid);
	prune(&t->c, d);
	return done;
}

void quire_walk_take(struct quire_walker *w, quire_va walk, quire_size size,
		     const struct quire_walk_visitor *visitor)
{
	struct taking t = {.c = {.w = w}, .teller = {.visitor = visitor}};
	unsigned last = quire_mmu_last_level(w->mmu);
	struct descent d = at_root(w);

	if (!ends_are_plain(w, &d, walk, size)) {
		split_at(&t.c, &d, walk + size); /* this end first: it goes on at the other */
		split_at(&t.c, &d, walk);
	}
	while (size != 0) {
		quire_size done;

		descend_on(w, &d, walk, last);
		done = table_clear(&t, &d, walk, size);
		walk += done;
		size -= done;
	}
	if (t.any)
		change_flush(&t.c, t.from, t.to - t.from, 0);
}
