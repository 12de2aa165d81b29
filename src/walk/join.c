/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining: large pages and clusters that were split become whole again.
 *
 * Who calls knows from the book that a stretch is uniform, so no entry is compared.  Only a page across
 * an end of what was written last can have become possible: what lies on either side by itself is as
 * large as it can be already.
 */
#include "walk/private.h"

#if QUIRE_LEVELS_MAX > 1

void change_flush(struct change *c, quire_va walk, quire_size size, unsigned what)
{
	walk_flush(c->w, walk, size, c->what | what);
	if (c->what & QUIRE_FLUSH_TABLES) {
		gone_clean(c);
		gone_give(c);
	}
	c->what = 0;
}

/*
 * On a machine that must break before it makes, tables that left are emptied before the flush: nobody
 * sees these addresses meanwhile.  On others what they say stays true until it.
 */
void chunk_join(struct change *c, const struct descent *d, struct shape shape,
		const struct quire_run *run)
{
	struct quire_walker *w = c->w;
	unsigned count = 1u << shape.cluster;

	(void)take_over(c, d, count);
	if (must_break(w)) {
		entries_write(w, d->table[d->level], d->index[d->level], w->mmu->invalid, count, 0);
		gone_clean(c);
		walk_flush(w, run->walk, (quire_size)1 << shape_shift(w->mmu, shape), c->what);
		gone_give(c);
	}
	leaves_write(w, d->table[d->level], d->index[d->level], shape, run, count, QUIRE_USED_MASK);
}

/* Join across one address, if it lies inside the hull and inside a larger page of it. */
static void join_at(struct quire_walker *w, const struct quire_run *hull, quire_va at)
{
	struct quire_run run = *hull;
	struct change c = {.w = w};
	struct shape shape;
	struct descent d;
	quire_size size;

	if (at - hull->walk - 1 >= hull->size - 1)
		return;
	shape = shape_at(w, hull, at);
	size = (quire_size)1 << shape_shift(w->mmu, shape);
	if ((at & (size - 1)) == 0)
		return;
	advance(&run, (at & ~(size - 1)) - hull->walk);
	descend(w, &d, run.walk, shape.level);
	if (has_shape(&d, shape))
		return;
	chunk_join(&c, &d, shape, &run);
	if (!must_break(w) || (w->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP))
		change_flush(&c, run.walk, size, 0);
}

void quire_walk_join(struct quire_walker *w, const struct quire_run *hull, quire_va walk,
		     quire_size size)
{
	if (quire_mmu_last_level(w->mmu) == 0)
		return;
	join_at(w, hull, walk);
	join_at(w, hull, walk + size);
}

#else

void quire_walk_join(struct quire_walker *w, const struct quire_run *hull, quire_va walk,
		     quire_size size)
{
	(void)w, (void)hull, (void)walk, (void)size;
}

#endif /* QUIRE_LEVELS_MAX > 1 */
