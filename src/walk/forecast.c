/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change will need: how many tables it will take from the pool.
 *
 * Tables that the change itself gives back do not count: they may not be used again before its flush.
 */
#include "walk/private.h"

#if QUIRE_LEVELS_MAX > 1

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

/* Whether a forecast knows of the table at `level` on the way to an address: the last of its level. */
static bool entered(const struct quire_mmu *mmu, const struct quire_walk_forecast *f,
		    unsigned level, quire_va walk)
{
	return level == 0 ||
	       (level <= f->known && f->entered[level] == walk >> mmu->level[level - 1].shift);
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
		unsigned level = shape_at(w, &run, run.walk).level;
		bool in_leaf_table = level > 0 && level == quire_mmu_last_level(mmu);
		quire_size covers = entry_size(mmu, in_leaf_table ? level - 1 : level);
		quire_size step = covers - (run.walk & (covers - 1)); /* the rest needs no more */

		if (!entered(mmu, f, level, run.walk)) {
			descend(w, &d, run.walk, level);
			for (unsigned k = 1; k <= level; k++) {
				f->missing += k > d.level && !entered(mmu, f, k, run.walk);
				f->entered[k] = run.walk >> mmu->level[k - 1].shift;
				f->known = k > f->known ? k : f->known;
			}
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

bool quire_walk_can_set_all(struct quire_walker *w, quire_va walk, quire_size size,
			    const struct quire_walk_source *source)
{
	struct quire_walk_forecast forecast = {.known = 0};
	struct quire_run run;

	if (quire_mmu_last_level(w->mmu) == 0 ||
	    quire_walk_tables_needed(w, walk, size) <= w->pool.free)
		return true;
	source->rewind(source->ctx);
	while (source->next(source->ctx, &run))
		if (!quire_walk_can_set_next(w, &run, &forecast))
			return false;
	return true;
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

#else /* a flat table takes no others */

uint32_t quire_walk_tables_needed(const struct quire_walker *w, quire_va walk, quire_size size)
{
	(void)w, (void)walk, (void)size;
	return 0;
}

bool quire_walk_can_set(struct quire_walker *w, const struct quire_run *run)
{
	(void)w, (void)run;
	return true;
}

bool quire_walk_can_set_next(struct quire_walker *w, const struct quire_run *run,
			     struct quire_walk_forecast *forecast)
{
	(void)w, (void)run, (void)forecast;
	return true;
}

bool quire_walk_can_set_all(struct quire_walker *w, quire_va walk, quire_size size,
			    const struct quire_walk_source *source)
{
	(void)w, (void)walk, (void)size, (void)source;
	return true;
}

bool quire_walk_can_clear(struct quire_walker *w, quire_va walk, quire_size size)
{
	(void)w, (void)walk, (void)size;
	return true;
}

#endif /* QUIRE_LEVELS_MAX > 1 */
