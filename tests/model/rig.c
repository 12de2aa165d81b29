/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char sentence[512];

uint32_t rig_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

uint32_t rig_below(uint64_t *state, uint32_t below)
{
	return (uint32_t)(((uint64_t)rig_random(state) * below) >> 32);
}

static int lock(void *ctx)
{
	struct rig *rig = ctx;
	void (*meanwhile)(struct rig *) = rig->meanwhile;

	if (meanwhile != NULL) {
		rig->meanwhile = NULL; /* it takes the lock itself */
		meanwhile(rig);
		rig->meanwhile = meanwhile;
	}
	if (rig->lock_in != 0 && --rig->lock_in == 0)
		return rig->lock_error;
	if (rig->locked++ != 0)
		abort(); /* locked twice: no test can go on from there */
	return 0;
}

static void unlock(void *ctx)
{
	struct rig *rig = ctx;

	if (rig->locked-- != 1)
		abort();
}

/* One walker and the hardware below it. */
static bool open_walker(struct rig *rig, unsigned n)
{
	const struct quire_mmu *mmu = &rig->plan->mmu[n];
	struct quire_walker *w = &rig->walker[n];
	uint32_t tables = mmu->levels > 1 ? rig->plan->tables : 0;

	w->mmu = mmu;
	w->port = &hardware_port;
	w->port_ctx = &rig->hw[n];
	rig->slots[n] = calloc(tables + 1u, sizeof(*rig->slots[n]));
	if (!hardware_init(&rig->hw[n], mmu, tables) || rig->slots[n] == NULL)
		return false;
	if (mmu->levels > 1)
		quire_table_pool_init(&w->pool, rig->slots[n], hardware_pool_base(mmu),
				      hardware_table_bytes(mmu->level[1].bits), tables);
	return true;
}

static void fill_config(struct rig *rig)
{
	const struct rig_plan *plan = rig->plan;
	struct quire_space_config *c = &rig->config;

	c->windows = plan->window;
	c->memories = plan->memory;
	c->walkers = rig->walker;
	while (c->window_count < QUIRE_WINDOWS_MAX && plan->window[c->window_count].size != 0)
		c->window_count++;
	for (uint8_t t = 0; t < QUIRE_TARGETS_MAX; t++)
		if (plan->memory[t].size != 0)
			c->memory_count = (uint8_t)(t + 1);
	while (c->walker_count < RIG_WALKERS && plan->mmu[c->walker_count].levels != 0)
		c->walker_count++;
	c->lock = (struct quire_lock){lock, unlock, rig};
}

int rig_open(struct rig *rig, const struct rig_plan *plan)
{
	struct quire_space_stats stats;
	bool ok = true;
	int result;

	memset(rig, 0, sizeof(*rig));
	rig->plan = plan;
	fill_config(rig);
	for (unsigned n = 0; n < rig->config.walker_count; n++)
		ok = ok && open_walker(rig, n);
	rig->config.memory_size = quire_space_memory_size(&rig->config, plan->mappings);
	rig->config.memory = calloc(1, (size_t)rig->config.memory_size + 1);
	if (!ok || rig->config.memory == NULL)
		return QUIRE_EPOOL;
	result = quire_space_init(&rig->space, &rig->config);
	if (result == 0)
		result = quire_space_stats(&rig->space, &stats);
	if (result != 0)
		return result;
	rig->capacity = stats.descriptors_free;
	rig->room = 2 * rig->capacity + 2 * QUIRE_WINDOWS_MAX;
	rig->rows[0] = calloc(rig->room, sizeof(*rig->rows[0]));
	rig->rows[1] = calloc(rig->room, sizeof(*rig->rows[1]));
	if (!model_init(&rig->model, &rig->config, rig->capacity) || rig->rows[0] == NULL ||
	    rig->rows[1] == NULL)
		return QUIRE_EPOOL;
	return 0;
}

void rig_close(struct rig *rig)
{
	for (unsigned n = 0; n < RIG_WALKERS; n++) {
		hardware_free(&rig->hw[n]);
		free(rig->slots[n]);
		free(rig->rows[n]);
	}
	free(rig->config.memory);
	model_free(&rig->model);
	memset(rig, 0, sizeof(*rig));
}

const char *rig_row_difference(const struct quire_extent_info *a, const struct quire_extent_info *b)
{
	if (a->va != b->va || a->exec_va != b->exec_va || a->window != b->window)
		return "address";
	if (a->size != b->size)
		return "size";
	if (a->kind != b->kind)
		return "kind";
	if (a->kind == QUIRE_MAPPED &&
	    (a->pa != b->pa || a->target != b->target || a->attr != b->attr))
		return "physical side";
	if (a->part != b->part)
		return "part";
	if (a->refs != b->refs || a->tag != b->tag)
		return "holders or tag";
	return a->caps == b->caps ? NULL : "capabilities";
}

const char *rig_compare(struct rig *rig)
{
	uint32_t wanted = model_snapshot(&rig->model, rig->rows[1], rig->room);
	uint32_t count = 0;
	struct quire_space_stats stats;
	int result = quire_space_snapshot(&rig->space, rig->rows[0], rig->room, &count);

	if (result != 0 || count != wanted) {
		snprintf(sentence, sizeof(sentence), "snapshot: result %d, %u rows, model %u",
			 result, (unsigned)count, (unsigned)wanted);
		return sentence;
	}
	for (uint32_t i = 0; i < count; i++) {
		const char *what = rig_row_difference(&rig->rows[0][i], &rig->rows[1][i]);

		if (what != NULL) {
			snprintf(sentence, sizeof(sentence),
				 "map: row %u at 0x%llx (model 0x%llx): other %s", (unsigned)i,
				 (unsigned long long)rig->rows[0][i].va,
				 (unsigned long long)rig->rows[1][i].va, what);
			return sentence;
		}
	}
	result = quire_space_stats(&rig->space, &stats);
	if (result != 0 || stats.mappings != rig->model.extents ||
	    stats.mappings + stats.descriptors_free != rig->capacity)
		return "the number of descriptors in use";
	return NULL;
}

const char *rig_check(struct rig *rig)
{
	const char *what = "nothing said";
	int result = quire_space_check(&rig->space, &what);

	if (result != 0) {
		snprintf(sentence, sizeof(sentence), "check: %s: %s", quire_error_name(result),
			 what);
		return sentence;
	}
	for (unsigned n = 0; n < rig->config.walker_count; n++)
		if (rig->hw[n].complaint != NULL)
			return rig->hw[n].complaint;
	return rig->locked == 0 ? NULL : "the lock is still held";
}

static const char *differs(unsigned walker, quire_va walk, const char *who)
{
	snprintf(sentence, sizeof(sentence), "walker %u, page at 0x%llx: %s", walker,
		 (unsigned long long)walk, who);
	return sentence;
}

const char *rig_compare_tlb(struct rig *rig)
{
	struct quire_decoded wanted;

	for (unsigned n = 0; n < rig->config.walker_count; n++)
		for (unsigned i = 0; i < HARDWARE_TLB; i++) {
			const struct hardware_tlb *t = &rig->hw[n].tlb[i];

			if (!t->used)
				continue;
			model_entry(&rig->model, n, t->page, &wanted);
			if (!hardware_same(&t->says, &wanted))
				return differs(n, t->page, "a stale translation");
		}
	return NULL;
}

/* Every page of a window, as the tables have it. */
static const char *compare_tables(struct rig *rig, const struct model_window *w)
{
	unsigned n = w->is.walker;
	struct quire_decoded has, wanted;

	for (uint32_t i = 0; i < w->pages; i++) {
		quire_va walk = w->is.walk + ((quire_va)i << w->shift);

		hardware_walk(&rig->hw[n], walk, &has);
		model_entry(&rig->model, n, walk, &wanted);
		if (!hardware_same(&has, &wanted))
			return differs(n, walk, "the tables say something else than the model");
	}
	return NULL;
}

/* log2 of the largest page that may show page `i` of a row [first, end). */
static unsigned largest_shift(const struct quire_mmu *mmu, const struct model_window *w,
			      uint32_t first, uint32_t end, uint32_t i, quire_pa pa)
{
	quire_va walk = w->is.walk + ((quire_va)i << w->shift);
	quire_va from = w->is.walk + ((quire_va)first << w->shift);
	quire_size size = (quire_size)(end - first) << w->shift;
	unsigned best = w->shift;

	for (unsigned level = 0; level < mmu->levels; level++)
		for (unsigned c = 0; c <= mmu->level[level].cluster;
		     c += mmu->level[level].cluster ? mmu->level[level].cluster : 1u) {
			unsigned shift = mmu->level[level].shift + c;
			quire_size mask = ((quire_size)1 << shift) - 1;

			if (mmu->level[level].leaf && shift > best && ((walk ^ pa) & mask) == 0 &&
			    (walk & ~mask) >= from && (walk | mask) - from < size)
				best = shift;
		}
	return best;
}

/* Mark the tables that a leaf of this size needs above it; how many had no mark yet. */
static uint32_t mark_tables(const struct quire_mmu *mmu, quire_va walk, unsigned shift,
			    uint8_t *mark[])
{
	uint32_t fresh = 0;

	for (unsigned level = 1; level < mmu->levels && mmu->level[level - 1].shift > shift;
	     level++) {
		size_t id = (size_t)(walk >> mmu->level[level - 1].shift);

		if (mmu->level[level - 1].leaf &&
		    shift == (unsigned)mmu->level[level - 1].shift + mmu->level[level - 1].cluster)
			break;
		fresh += !mark[level][id];
		mark[level][id] = 1;
	}
	return fresh;
}

/* Every page of a window stands in the largest leaf that its row allows; `*tables` more are needed. */
static const char *compare_shapes(struct rig *rig, const struct model_window *w, uint8_t *mark[],
				  uint32_t *tables)
{
	unsigned n = w->is.walker;
	struct quire_decoded has, wanted;
	uint32_t end;

	for (uint32_t first = 0; first < w->pages; first = end) {
		end = model_row_end(w, first);
		for (uint32_t i = first; i < end && w->page[i].kind == QUIRE_MAPPED; i++) {
			quire_va walk = w->is.walk + ((quire_va)i << w->shift);

			hardware_walk(&rig->hw[n], walk, &has);
			model_entry(&rig->model, n, walk, &wanted);
			if (has.shift != largest_shift(rig->hw[n].mmu, w, first, end, i, wanted.pa))
				return differs(n, walk, "not in the largest leaf possible");
			*tables += mark_tables(rig->hw[n].mmu, walk, has.shift, mark);
		}
	}
	return NULL;
}

/* The shapes of all leaves below a walker, and that its tables are those that these need. */
static const char *compare_walker(struct rig *rig, unsigned n)
{
	const struct quire_mmu *mmu = rig->hw[n].mmu;
	uint8_t *mark[QUIRE_LEVELS_MAX] = {NULL};
	unsigned all = mmu->level[0].shift + mmu->level[0].bits;
	const char *wrong = NULL;
	uint32_t tables = 0;

	for (unsigned level = 1; level < mmu->levels; level++)
		mark[level] = calloc((size_t)1 << (all - mmu->level[level - 1].shift), 1);
	for (unsigned i = 0; i < rig->model.window_count && wrong == NULL; i++)
		if (rig->model.window[i].is.walker == n)
			wrong = compare_shapes(rig, &rig->model.window[i], mark, &tables);
	for (unsigned level = 1; level < mmu->levels; level++)
		free(mark[level]);
	if (wrong == NULL && tables != rig->walker[n].pool.count - rig->walker[n].pool.free)
		wrong = "not as many tables as the leaves need";
	return wrong;
}

const char *rig_verify(struct rig *rig)
{
	const char *wrong = rig_compare(rig);

	if (wrong == NULL)
		wrong = rig_check(rig);
	if (wrong == NULL)
		wrong = rig_compare_tlb(rig);
	for (unsigned n = 0; n < rig->config.window_count && wrong == NULL; n++)
		wrong = compare_tables(rig, &rig->model.window[n]);
	for (unsigned n = 0; n < rig->config.walker_count && wrong == NULL; n++)
		wrong = compare_walker(rig, n);
	return wrong;
}

void rig_touch(struct rig *rig, unsigned window, uint32_t page)
{
	const struct model_window *w = &rig->model.window[window];
	struct quire_decoded out;

	hardware_access(&rig->hw[w->is.walker], w->is.walk + ((quire_va)page << w->shift), &out);
}

const char *rig_is_pristine(struct rig *rig)
{
	for (unsigned n = 0; n < rig->config.walker_count; n++) {
		const struct hardware *hw = &rig->hw[n];

		if (rig->walker[n].pool.free != rig->walker[n].pool.count)
			return "not all tables are back in the pool";
		for (size_t i = 0; i < hw->entries; i++)
			if (hw->tables[i] != hw->mmu->invalid)
				return "an entry of an unused table is not invalid";
	}
	return rig->model.extents == 0 ? NULL : "the space is not empty";
}
