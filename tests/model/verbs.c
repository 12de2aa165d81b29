/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs, on pages.  Each reads like its paragraph in quire/space.h: the errors in the order in
 * which they are listed, then the deed, which is a loop over pages.
 */
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

/* What is asked of a window: access bits of the attributes, and the capabilities. */
static unsigned need_of(unsigned attr, unsigned caps)
{
	return (attr & QUIRE_ACCESS_MASK) | caps;
}

/* Whether a memory exists and may be used so at all. */
static bool memory_able(const struct model *m, unsigned target, unsigned need)
{
	unsigned access = need & QUIRE_ACCESS_MASK;

	return (m->memory[target].caps & access) == access;
}

static bool write_and_execute(unsigned attr, unsigned flags)
{
	return (attr & QUIRE_WRITE) && (attr & QUIRE_EXEC) && !(flags & QUIRE_WX);
}

/* Attributes, capabilities and flags of a request, and whether the memory allows them. */
static int check_kind(const struct model *m, const struct quire_want *want)
{
	if ((want->attr & ~QUIRE_ATTR_MASK) || (want->caps & ~QUIRE_CAP_MASK) ||
	    (want->flags & ~QUIRE_FLAG_MASK))
		return QUIRE_EFLAG;
	if (write_and_execute(want->attr, want->flags))
		return QUIRE_EWX;
	return memory_able(m, want->target, need_of(want->attr, want->caps)) ? 0 : QUIRE_ECAPS;
}

static bool exists(const struct model *m, unsigned target)
{
	return target < m->memory_count && m->memory[target].size != 0;
}

/*
 * The arguments of map and map_at; `va` is 0 for map.  `pages` gets the rounded size.
 */
static int check_want(const struct model *m, const struct quire_want *want, quire_va va,
		      uint32_t *pages)
{
	unsigned shift = model_shift(m, want->target);
	quire_size mask = ((quire_size)1 << shift) - 1;
	quire_size size, offset;
	int result = model_round(shift, want->size, pages);

	if (result < 0)
		return result;
	size = (want->size + mask) & ~mask;
	if ((want->pa & mask) || (want->align & (want->align - 1)) || (va & mask) ||
	    (want->align != 0 && (va & (want->align - 1))))
		return QUIRE_EALIGN;
	if ((quire_pa)(want->pa + (size - 1)) < want->pa || (quire_va)(va + (size - 1)) < va)
		return QUIRE_EWRAP;
	if (!exists(m, want->target))
		return QUIRE_ETARGET;
	offset = want->pa - m->memory[want->target].base;
	if (offset >= m->memory[want->target].size || size > m->memory[want->target].size - offset)
		return QUIRE_EBEYOND;
	return check_kind(m, want);
}

/* Whether any window can do what is wanted. */
static bool any_able(const struct model *m, unsigned target, unsigned need)
{
	for (unsigned n = 0; n < m->window_count; n++)
		if (model_able(&m->window[n], target, need))
			return true;
	return false;
}

/* Whether the row at page i, which ends at `end`, is a whole mapping. */
static bool is_whole(const struct model_window *w, uint32_t i, uint32_t end)
{
	uint32_t mapping = w->page[i].mapping;

	return (i == 0 || w->page[i - 1].mapping != mapping) &&
	       (end == w->pages || w->page[end].mapping != mapping);
}

/* Whether a mapping's attributes are at least those wanted. */
static bool attr_serves(unsigned has, unsigned wanted)
{
	unsigned access = wanted & QUIRE_ACCESS_MASK;

	return (has & access) == access && (has & QUIRE_CACHE_MASK) == (wanted & QUIRE_CACHE_MASK);
}

/* The physical pages a verb is about. */
struct pages {
	unsigned target;
	uint32_t phys;
	uint32_t count;
};

static bool row_overlaps(const struct model_page *p, uint32_t pages, const struct pages *of)
{
	return p->kind == QUIRE_MAPPED && p->target == of->target &&
	       p->phys < (uint64_t)of->phys + of->count && of->phys < (uint64_t)p->phys + pages;
}

/* Whether any row of a window shows any of these pages. */
static bool window_overlaps(const struct model_window *w, const struct pages *of)
{
	uint32_t end;

	for (uint32_t i = 0; i < w->pages; i = end) {
		end = model_row_end(w, i);
		if (row_overlaps(&w->page[i], end - i, of))
			return true;
	}
	return false;
}

static bool any_overlap(const struct model *m, const struct pages *of, unsigned need)
{
	for (unsigned n = 0; n < m->window_count; n++)
		if (model_able(&m->window[n], of->target, need) &&
		    window_overlaps(&m->window[n], of))
			return true;
	return false;
}

/*
 * The mapping of a window that shows all these pages with these attributes: of several the one
 * with the lowest physical start, then the lowest address.  UINT32_MAX if there is none.
 */
static uint32_t enclosing(const struct model_window *w, const struct pages *of, unsigned attr)
{
	uint32_t best = UINT32_MAX, end;

	for (uint32_t i = 0; i < w->pages; i = end) {
		const struct model_page *p = &w->page[i];

		end = model_row_end(w, i);
		if (p->kind != QUIRE_MAPPED || p->target != of->target || p->phys > of->phys ||
		    (uint64_t)of->phys + of->count > (uint64_t)p->phys + (end - i))
			continue;
		if (!attr_serves(p->attr, attr) || !is_whole(w, i, end))
			continue;
		if (best == UINT32_MAX || p->phys < w->page[best].phys)
			best = i;
	}
	return best;
}

/* Take a reference to the mapping that begins at `first`. */
static int share(struct model_window *w, uint32_t first, const struct pages *of, unsigned attr,
		 struct quire_got *got)
{
	uint32_t end = model_row_end(w, first);
	struct model_page *p = &w->page[first];

	if (p->refs == UINT16_MAX)
		return QUIRE_EREFS;
	for (uint32_t i = first; i < end; i++)
		w->page[i].refs++;
	got->mapping = model_address(w, first, attr);
	got->va = model_address(w, first + (of->phys - p->phys), attr);
	return p->phys == of->phys && end - first == of->count ? QUIRE_IDENTICAL : QUIRE_ENCLOSED;
}

/* Put a new mapping or reservation at a place that is known to be free. */
static int place_new(struct model *m, struct model_window *w, uint32_t page, uint32_t pages,
		     struct model_page *as)
{
	if (m->extents == m->capacity)
		return QUIRE_EPOOL;
	as->mapping = ++m->mapping;
	as->refs = 1;
	model_fill(m, w, page, pages, as);
	return 0;
}

static struct model_page page_of(const struct model *m, const struct quire_want *want)
{
	return (struct model_page){
		.phys = (uint32_t)((want->pa - m->memory[want->target].base) >>
				   model_shift(m, want->target)),
		.kind = QUIRE_MAPPED,
		.target = want->target,
		.attr = want->attr,
		.tag = want->tag,
	};
}

/* The best gap of the first able window that has one; NULL if none has. */
static struct model_window *find_room(struct model *m, const struct quire_want *want,
				      uint32_t pages, uint32_t *page)
{
	unsigned need = need_of(want->attr, want->caps);

	for (unsigned n = 0; n < m->window_count; n++)
		if (model_able(&m->window[n], want->target, need) &&
		    model_best_fit(&m->window[n], pages, want->align, page))
			return &m->window[n];
	return NULL;
}

int model_map(struct model *m, const struct quire_want *want, struct quire_got *got)
{
	unsigned need = need_of(want->attr, want->caps);
	struct model_window *w;
	struct model_page as;
	struct pages of;
	uint32_t page;
	int result = check_want(m, want, 0, &of.count);

	if (result < 0)
		return result;
	if (!any_able(m, want->target, need))
		return QUIRE_ECAPS;
	as = page_of(m, want);
	of.target = as.target;
	of.phys = as.phys;
	for (unsigned n = 0; n < m->window_count; n++) {
		w = &m->window[n];
		page = model_able(w, want->target, need) ? enclosing(w, &of, want->attr)
							 : UINT32_MAX;
		if (page != UINT32_MAX)
			return share(w, page, &of, want->attr, got);
	}
	if (!(want->flags & QUIRE_SHARED) && any_overlap(m, &of, need))
		return QUIRE_EOVERLAP;
	w = find_room(m, want, of.count, &page);
	if (w == NULL)
		return QUIRE_ESPACE;
	result = place_new(m, w, page, of.count, &as);
	if (result == 0)
		got->va = got->mapping = model_address(w, page, want->attr);
	return result;
}

/* The window that holds `pages` from `va` on. */
static struct model_window *locate_range(struct model *m, quire_va va, uint64_t pages,
					 uint32_t *page)
{
	struct model_window *w = model_locate(m, va, page);

	return w != NULL && *page + pages <= w->pages ? w : NULL;
}

/* The first page of the mapping that shows exactly these pages from `page` on, or UINT32_MAX. */
static uint32_t enclosing_at(const struct model_window *w, uint32_t page, const struct pages *of,
			     unsigned attr)
{
	const struct model_page *p = &w->page[page];
	uint32_t first = model_row_start(w, page), end = model_row_end(w, page);

	if (p->kind == QUIRE_MAPPED && p->target == of->target && p->phys == of->phys &&
	    end - page >= of->count && attr_serves(p->attr, attr) && is_whole(w, first, end))
		return first;
	return UINT32_MAX;
}

int model_map_at(struct model *m, quire_va va, const struct quire_want *want, struct quire_got *got)
{
	unsigned need = need_of(want->attr, want->caps);
	struct model_window *w;
	struct model_page as;
	struct pages of;
	uint32_t page, first;
	int result = check_want(m, want, va, &of.count);

	if (result < 0)
		return result;
	as = page_of(m, want);
	of.target = as.target;
	of.phys = as.phys;
	w = locate_range(m, va, of.count, &page);
	if (w == NULL)
		return QUIRE_EFOREIGN;
	if (!model_able(w, want->target, need))
		return QUIRE_ECAPS;
	first = enclosing_at(w, page, &of, want->attr);
	if (first != UINT32_MAX)
		return share(w, first, &of, want->attr, got);
	if (!(want->flags & QUIRE_SHARED) && any_overlap(m, &of, need))
		return QUIRE_EOVERLAP;
	if (!model_is_free(w, page, of.count))
		return QUIRE_ETAKEN;
	result = place_new(m, w, page, of.count, &as);
	if (result == 0)
		got->va = got->mapping = model_address(w, page, want->attr);
	return result;
}

int model_reserve(struct model *m, const struct quire_want *want, quire_va *out)
{
	struct model_page as = {.kind = QUIRE_RESERVED, .tag = want->tag};
	struct model_window *w;
	uint32_t pages, page;
	int result = model_round(model_shift(m, want->target), want->size, &pages);

	if (result < 0)
		return result;
	if (want->align & (want->align - 1))
		return QUIRE_EALIGN;
	if (!exists(m, want->target))
		return QUIRE_ETARGET;
	result = check_kind(m, want);
	if (result < 0)
		return result;
	if (!any_able(m, want->target, need_of(want->attr, want->caps)))
		return QUIRE_ECAPS;
	w = find_room(m, want, pages, &page);
	if (w == NULL)
		return QUIRE_ESPACE;
	result = place_new(m, w, page, pages, &as);
	if (result == 0)
		*out = model_address(w, page, want->attr);
	return result;
}

/*
 * The window of [va, va + size), both checked as every verb on a range does; `pages` gets the
 * rounded size.
 */
static int check_range(struct model *m, quire_va va, quire_size size, struct model_window **w,
		       uint32_t *page, uint32_t *pages)
{
	unsigned shift;
	quire_size mask;
	int result;

	*w = model_locate(m, va, page);
	shift = *w != NULL ? (*w)->shift : m->window[0].shift;
	mask = ((quire_size)1 << shift) - 1;
	result = model_round(shift, size, pages);
	if (result < 0)
		return result;
	if (va & mask)
		return QUIRE_EALIGN;
	if ((quire_va)(va + (((size + mask) & ~mask) - 1)) < va)
		return QUIRE_EWRAP;
	return *w == NULL ? QUIRE_EFOREIGN : 0;
}

int model_reserve_at(struct model *m, quire_va va, quire_size size, uint16_t tag)
{
	struct model_page as = {.kind = QUIRE_RESERVED, .tag = tag};
	struct model_window *w;
	uint32_t page, pages;
	int result = check_range(m, va, size, &w, &page, &pages);

	if (result < 0)
		return result;
	if ((uint64_t)page + pages > w->pages)
		return QUIRE_EFOREIGN;
	if (!model_is_free(w, page, pages))
		return QUIRE_ETAKEN;
	return place_new(m, w, page, pages, &as);
}

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
	int result = check_range(m, va, size, &w, &page, pages);

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
	if (write_and_execute(attr, flags))
		return QUIRE_EWX;
	if (!model_able(at.w, at.w->page[at.page].target, need_of(attr, 0)) ||
	    !memory_able(m, at.w->page[at.page].target, need_of(attr, 0)))
		return QUIRE_ECAPS;
	if (m->extents + cuts(at.w, at.page, attr) + cuts(at.w, at.page + pages, attr) >
	    m->capacity)
		return QUIRE_EPOOL;
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

/* Whether a window can do all that a mapping's parts do. */
static bool able_for_all(const struct model *m, const struct model_window *w,
			 const struct place *at)
{
	for (uint32_t i = at->first; i < at->end; i++) {
		unsigned need = need_of(at->w->page[i].attr, 0);

		if (!model_able(w, at->w->page[i].target, need) ||
		    !memory_able(m, at->w->page[i].target, need))
			return false;
	}
	return true;
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
	size = (quire_size)(at.end - at.first) << at.w->shift;
	result = check_range(m, to, size, &w, &page, &pages);
	if (result < 0)
		return result;
	pages = at.end - at.first; /* of whatever size: that is the next question */
	if ((uint64_t)page + pages > w->pages)
		return QUIRE_EFOREIGN;
	if (w->shift != at.w->shift || !able_for_all(m, w, &at))
		return QUIRE_ECAPS;
	for (uint32_t i = page; i < page + pages; i++)
		if (w->page[i].mapping != 0 && w->page[i].mapping != at.w->page[at.first].mapping)
			return QUIRE_ETAKEN;
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
	return any_overlap(m, &of, need_of(last->attr, 0)) ? QUIRE_EOVERLAP : 0;
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
	if (pages < has)
		model_clear(m, at.w, at.first + pages, at.end);
	return 0;
}

int model_unmap(struct model *m, quire_va va)
{
	struct place at;
	int result = find_mapping(m, va, &at);

	if (result < 0)
		return result;
	if (at.w->page[at.page].refs > 1)
		for (uint32_t i = at.first; i < at.end; i++)
			at.w->page[i].refs--;
	else
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
	model_clear(m, at.w, at.page, to);
	return 0;
}

/* Offer to move a mapping down to `to`; whether it was. */
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

int model_compact(struct model *m, quire_va va, quire_move_fn ask, void *ctx, uint32_t *moved)
{
	uint32_t page, behind = 0; /* the page behind the last mapping that stays */
	struct model_window *w = model_locate(m, va, &page);

	if (w == NULL)
		return QUIRE_EFOREIGN;
	*moved = 0;
	for (uint32_t i = 0; i < w->pages;) {
		struct place at = {w, i, i, i};
		uint32_t pages;

		if (w->page[i].mapping == 0) {
			i = model_row_end(w, i);
			continue;
		}
		while (at.end < w->pages && w->page[at.end].mapping == w->page[i].mapping)
			at.end = model_row_end(w, at.end);
		pages = at.end - at.first;
		i = at.end;
		if (at.first > behind && w->page[at.first].kind == QUIRE_MAPPED &&
		    w->page[at.first].refs == 1 && offer(m, &at, behind, ask, ctx)) {
			(*moved)++;
			behind += pages;
		} else {
			behind = at.end;
		}
	}
	return 0;
}

int model_largest_free(struct model *m, unsigned target, unsigned attr, unsigned caps,
		       quire_size *out)
{
	quire_size best = 0;

	if (!exists(m, target))
		return QUIRE_ETARGET;
	if ((attr & ~(unsigned)QUIRE_ATTR_MASK) || (caps & ~(unsigned)QUIRE_CAP_MASK))
		return QUIRE_EFLAG;
	for (unsigned n = 0; n < m->window_count; n++) {
		const struct model_window *w = &m->window[n];

		if (!model_able(w, target, need_of(attr, caps)) ||
		    !memory_able(m, target, need_of(attr, caps)))
			continue;
		for (uint32_t i = 0; i < w->pages; i = model_row_end(w, i)) {
			quire_size size = (quire_size)(model_row_end(w, i) - i) << w->shift;

			if (w->page[i].mapping == 0 && size > best)
				best = size;
		}
	}
	*out = best;
	return 0;
}
