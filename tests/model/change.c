/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that change, move or end what is there; parts need no thought here, as a part is just
 * a run of pages that say the same.
 */
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

/* The mapping (or reservation) that begins at `va`. */
static int find_first(struct model *m, quire_va va, struct place *at)
{
	int result = model_place(m, va, at);

	if (result < 0)
		return result;
	if (at->page != at->first || (va & (model_page_size(at->w) - 1)))
		return QUIRE_EINTERIOR;
	return 0;
}

/* The same, and it is a mapping. */
static int find_mapping(struct model *m, quire_va va, struct place *at)
{
	int result = find_first(m, va, at);

	if (result == 0 && at->w->page[at->page].kind != QUIRE_MAPPED)
		return QUIRE_ERESERVED;
	return result;
}

int model_release(struct model *m, quire_va va)
{
	struct place at;
	int result = find_first(m, va, &at);

	if (result < 0)
		return result;
	if (at.w->page[at.page].kind != QUIRE_RESERVED)
		return QUIRE_ERESERVED;
	model_clear(m, at.w, at.first, at.end);
	return 0;
}

/* A range inside one mapping with a single holder: what protect and unmap_part work on. */
static int find_part(struct model *m, quire_va va, quire_size size, struct place *at,
		     uint32_t *pages)
{
	struct model_window *w;
	uint32_t page;
	int result = model_check_range(m, va, size, &w, &page, pages);

	if (result == 0)
		result = model_place(m, va, at);
	if (result < 0)
		return result;
	if (w->page[page].kind != QUIRE_MAPPED)
		return QUIRE_ERESERVED;
	if (at->page + (uint64_t)*pages > at->end)
		return QUIRE_EUNMAPPED;
	return w->page[page].refs > 1 ? QUIRE_EREFERENCED : 0;
}

/* Whether the end of a range at page `i` cuts a row that is not what the range is to become. */
static uint32_t cuts(const struct model_window *w, uint32_t i, unsigned attr)
{
	return i < w->pages && model_row_start(w, i) < i && w->page[i].attr != attr;
}

int model_protect(struct model *m, quire_va va, quire_size size, unsigned attr, unsigned flags)
{
	struct place at;
	uint32_t pages;
	int result = find_part(m, va, size, &at, &pages);

	if (result < 0)
		return result;
	if ((attr & ~(unsigned)QUIRE_ATTR_MASK) || (flags & ~(unsigned)QUIRE_WX))
		return QUIRE_EFLAG;
	if (model_write_and_execute(attr, flags))
		return QUIRE_EWX;
	if (!model_memory_able(m, at.w->page[at.page].target, model_need(attr, 0)))
		return QUIRE_ECAPS;
	if (!model_able(at.w, at.w->page[at.page].target, model_need(attr, 0)))
		return model_unable(at.w, at.w->page[at.page].target, model_need(attr, 0));
	if (m->extents + cuts(at.w, at.page, attr) + cuts(at.w, at.page + pages, attr) >
	    m->capacity)
		return QUIRE_EPOOL;
	if (!(attr & QUIRE_WRITE) || (attr & QUIRE_CACHE_MASK) != QUIRE_CACHE_WB)
		model_goes(at.w, at.page, at.page + pages);
	for (uint32_t i = 0; i < pages; i++)
		at.w->page[at.page + i].attr = (uint8_t)attr;
	model_changed(m, at.w, at.page, at.page + pages);
	return 0;
}

/* A mapping that may be moved. */
static int find_movable(struct model *m, quire_va va, struct place *at)
{
	int result = find_mapping(m, va, at);

	if (result == 0 && at->w->page[at->page].refs > 1)
		return QUIRE_EREFERENCED;
	return result;
}

int model_move(struct model *m, quire_va va, quire_size align, quire_va *out)
{
	struct place at;
	uint32_t page;
	int result = find_movable(m, va, &at);

	if (result < 0)
		return result;
	if (align & (align - 1))
		return QUIRE_EALIGN;
	if (!model_best_fit(at.w, at.end - at.first, align, &page))
		return QUIRE_ESPACE;
	model_carry(m, &at, at.w, page);
	*out = model_address(at.w, page, at.w->page[page].attr);
	return 0;
}

/* Whether a window can do all that a mapping's parts do: 0, ECAPS, or EMODE if it is only that. */
static int able_for_all(const struct model *m, const struct model_window *w, const struct place *at)
{
	int result = 0;

	for (uint32_t i = at->first; i < at->end; i++) {
		unsigned need = model_need(at->w->page[i].attr, 0);

		if (!model_has_caps(w, at->w->page[i].target, need) ||
		    !model_memory_able(m, at->w->page[i].target, need))
			return QUIRE_ECAPS;
		if (!model_able(w, at->w->page[i].target, need))
			result = QUIRE_EMODE;
	}
	return result;
}

int model_move_at(struct model *m, quire_va va, quire_va to)
{
	struct model_window *w;
	struct place at;
	quire_size size;
	uint32_t page, pages;
	int result = find_movable(m, va, &at);

	if (result < 0)
		return result;
	w = model_locate(m, to, &page);
	pages = at.end - at.first; /* of whatever size: that is asked later */
	size = (quire_size)pages << at.w->shift;
	if (to & (model_page_size(w != NULL ? w : at.w) - 1))
		return QUIRE_EALIGN;
	if ((quire_va)(to + (size - 1)) < to)
		return QUIRE_EWRAP;
	if (w == NULL || (uint64_t)page + pages > w->pages)
		return QUIRE_EFOREIGN;
	if (w->shift != at.w->shift)
		return QUIRE_ECAPS;
	result = able_for_all(m, w, &at);
	if (result < 0)
		return result;
	for (uint32_t i = page; i < page + pages; i++)
		if (w->page[i].mapping != 0 && w->page[i].mapping != at.w->page[at.first].mapping)
			return QUIRE_ETAKEN;
	if (w != at.w || page != at.first)
		model_carry(m, &at, w, page);
	return 0;
}

/* What growing a mapping by `more` pages asks of physical memory. */
static int check_growth(const struct model *m, const struct model_page *last, unsigned shift,
			uint32_t more)
{
	struct pages of = {last->target, last->phys + 1, more};

	if ((uint64_t)of.phys + more > m->memory[last->target].size >> shift)
		return QUIRE_EBEYOND;
	return model_any_overlap(m, &of, model_need(last->attr, 0), 0) ? QUIRE_EOVERLAP : 0;
}

/* Make the mapping or reservation `pages` longer, with the last page as the pattern. */
static int grow(struct model *m, const struct place *at, uint32_t more)
{
	struct model_page as = at->w->page[at->end - 1];
	int result = 0;

	if (as.kind == QUIRE_MAPPED)
		result = check_growth(m, &as, at->w->shift, more);
	if (result < 0)
		return result;
	if (!model_is_free(at->w, at->end, more))
		return QUIRE_ETAKEN;
	as.phys += as.kind == QUIRE_MAPPED;
	model_fill(m, at->w, at->end, more, &as);
	return 0;
}

int model_resize(struct model *m, quire_va va, quire_size size)
{
	struct model_window *w;
	struct place at;
	uint32_t page, pages, has;
	unsigned shift;
	int result;

	w = model_locate(m, va, &page);
	shift = w != NULL ? w->shift : m->window[0].shift;
	result = model_round(shift, size, &pages);
	if (result < 0)
		return result;
	size = (size + (((quire_size)1 << shift) - 1)) >> shift << shift;
	if ((quire_va)(va + (size - 1)) < va)
		return QUIRE_EWRAP;
	result = find_first(m, va, &at);
	if (result < 0)
		return result;
	if (at.w->page[at.page].refs > 1)
		return QUIRE_EREFERENCED;
	has = at.end - at.first;
	if (pages > has)
		return grow(m, &at, pages - has);
	if (pages < has) {
		model_goes(at.w, at.first + pages, at.end);
		model_clear(m, at.w, at.first + pages, at.end);
	}
	return 0;
}

int model_unmap(struct model *m, quire_va va)
{
	struct place at;
	int result = find_mapping(m, va, &at);

	if (result < 0)
		return result;
	if (at.w->page[at.page].refs > 1) {
		for (uint32_t i = at.first; i < at.end; i++)
			at.w->page[i].refs--;
		return 0;
	}
	model_goes(at.w, at.first, at.end);
	model_clear(m, at.w, at.first, at.end);
	return 0;
}

int model_unmap_part(struct model *m, quire_va va, quire_size size)
{
	struct place at;
	uint32_t pages, to, needed;
	int result = find_part(m, va, size, &at, &pages);

	if (result < 0)
		return result;
	to = at.page + pages;
	needed = at.page > at.first && to < at.end && model_row_start(at.w, at.page) < at.page &&
		 model_row_end(at.w, at.page) > to;
	if (m->extents + needed > m->capacity)
		return QUIRE_EPOOL;
	m->mapping++;
	for (uint32_t i = to; i < at.end; i++)
		at.w->page[i].mapping = m->mapping;
	model_goes(at.w, at.page, to);
	model_clear(m, at.w, at.page, to);
	return 0;
}

/* What is wrong with what a mapping is to show from now on; `as` gets its first page. */
static int check_shown(struct model *m, const struct place *at, const struct quire_want *want,
		       struct model_page *as)
{
	const struct quire_memory *memory = &m->memory[want->target % QUIRE_TARGETS_MAX];
	quire_size size = (quire_size)(at->end - at->first) << at->w->shift;
	unsigned need = model_need(want->attr, want->caps);
	struct pages of = {want->target, 0, at->end - at->first};
	int result;

	if (want->pa & (model_page_size(at->w) - 1))
		return QUIRE_EALIGN;
	if ((quire_pa)(want->pa + (size - 1)) < want->pa)
		return QUIRE_EWRAP;
	if (!model_exists(m, want->target))
		return QUIRE_ETARGET;
	if (want->pa - memory->base >= memory->size ||
	    size > memory->size - (want->pa - memory->base))
		return QUIRE_EBEYOND;
	result = model_check_kind(m, want);
	if (result < 0)
		return result;
	if (!model_able(at->w, want->target, need))
		return model_unable(at->w, want->target, need);
	as->phys = of.phys = (uint32_t)((want->pa - memory->base) >> at->w->shift);
	if (!(want->flags & QUIRE_SHARED) && model_any_overlap(m, &of, need, as->mapping))
		return QUIRE_EOVERLAP;
	return 0;
}

int model_switch(struct model *m, quire_va va, const struct quire_want *want)
{
	struct model_page as;
	struct place at;
	int result = find_first(m, va, &at);

	if (result < 0)
		return result;
	as = at.w->page[at.first];
	if (as.refs > 1)
		return QUIRE_EREFERENCED;
	if (want != NULL) {
		result = check_shown(m, &at, want, &as);
		as.kind = QUIRE_MAPPED;
		as.target = want->target;
		as.attr = want->attr;
		as.tag = want->tag;
	} else {
		as = (struct model_page){.mapping = as.mapping, .refs = 1, .tag = as.tag};
		as.kind = QUIRE_RESERVED;
	}
	if (result < 0)
		return result;
	model_goes(at.w, at.first, at.end);
	model_fill(m, at.w, at.first, at.end - at.first, &as);
	return 0;
}

int model_tag(struct model *m, quire_va va, uint16_t tag)
{
	struct place at;
	int result = find_first(m, va, &at);

	for (uint32_t i = at.first; result == 0 && i < at.end; i++)
		at.w->page[i].tag = tag;
	return result;
}

int model_sync(struct model *m, quire_va va, quire_size size, unsigned how, unsigned *walker,
	       quire_va *walk)
{
	struct model_window *w;
	uint32_t page;
	quire_va offset;

	if (size == 0)
		return QUIRE_EZERO;
	if (how == 0 || how > (QUIRE_SYNC_WRITE_BACK | QUIRE_SYNC_INVALIDATE))
		return QUIRE_EFLAG;
	if ((quire_va)(va + (size - 1)) < va)
		return QUIRE_EWRAP;
	w = model_locate(m, va, &page);
	if (w == NULL)
		return QUIRE_EFOREIGN;
	offset = va - w->is.base < w->is.size ? va - w->is.base : va - w->is.exec_base;
	if (size > w->is.size - offset)
		return QUIRE_EFOREIGN;
	*walker = w->is.walker;
	*walk = w->is.walk + offset;
	return 0;
}

/* Offer to move a mapping to `to`; whether it was. */
static bool offer(struct model *m, const struct place *at, uint32_t to, quire_move_fn ask,
		  void *ctx)
{
	const struct model_page *p = &at->w->page[at->first];
	struct quire_move move = {
		.from = model_address(at->w, at->first, p->attr),
		.to = model_address(at->w, to, p->attr),
		.size = (quire_size)(at->end - at->first) << at->w->shift,
		.tag = p->tag,
	};

	if (ask != NULL && ask(ctx, &move) != 0)
		return false;
	model_carry(m, at, at->w, to);
	return true;
}

/* The whole mapping or reservation around page i. */
static struct place whole_at(struct model_window *w, uint32_t i)
{
	struct place at = {w, i, model_row_start(w, i), model_row_end(w, i)};
	uint32_t mapping = w->page[i].mapping;

	while (at.first > 0 && w->page[at.first - 1].mapping == mapping)
		at.first = model_row_start(w, at.first - 1);
	while (at.end < w->pages && w->page[at.end].mapping == mapping)
		at.end = model_row_end(w, at.end);
	return at;
}

static bool is_movable(const struct place *at)
{
	return at->w->page[at->first].kind == QUIRE_MAPPED && at->w->page[at->first].refs == 1;
}

static void compact_down(struct model *m, struct model_window *w, quire_move_fn ask, void *ctx,
			 uint32_t *moved)
{
	uint32_t behind = 0; /* the page behind the last mapping that stays */

	for (uint32_t i = 0; i < w->pages;) {
		struct place at = whole_at(w, i);

		i = at.end;
		if (w->page[at.first].mapping == 0)
			continue;
		if (at.first > behind && is_movable(&at) && offer(m, &at, behind, ask, ctx)) {
			(*moved)++;
			behind += at.end - at.first;
		} else {
			behind = at.end;
		}
	}
}

static void compact_up(struct model *m, struct model_window *w, quire_move_fn ask, void *ctx,
		       uint32_t *moved)
{
	uint32_t before = w->pages; /* the first page of the last mapping that stays */

	for (uint32_t i = w->pages; i > 0;) {
		struct place at = whole_at(w, i - 1);
		uint32_t pages = at.end - at.first;

		i = at.first;
		if (w->page[at.first].mapping == 0)
			continue;
		if (at.end < before && is_movable(&at) && offer(m, &at, before - pages, ask, ctx)) {
			(*moved)++;
			before -= pages;
		} else {
			before = at.first;
		}
	}
}

int model_compact(struct model *m, quire_va va, quire_move_fn ask, void *ctx, uint32_t *moved)
{
	uint32_t page;
	struct model_window *w = model_locate(m, va, &page);

	if (w == NULL)
		return QUIRE_EFOREIGN;
	*moved = 0;
	if (w->is.place != QUIRE_PLACE_LOW)
		compact_up(m, w, ask, ctx, moved);
	else
		compact_down(m, w, ask, ctx, moved);
	return 0;
}
