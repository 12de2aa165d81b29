/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that put something where nothing was, on pages.  Each reads like its paragraph in
 * quire/space.h: the errors in the order in which they are listed, then the deed, which is a loop
 * over pages.  The verbs that change or end what is there are in change.c.
 */
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

unsigned model_need(unsigned attr, unsigned caps)
{
	return (attr & QUIRE_ACCESS_MASK) | caps | (attr & QUIRE_CACHE_MASK) << NEED_MODE_SHIFT;
}

bool model_memory_able(const struct model *m, unsigned target, unsigned need)
{
	unsigned access = need & QUIRE_ACCESS_MASK;

	return (m->memory[target].caps & access) == access;
}

bool model_write_and_execute(unsigned attr, unsigned flags)
{
	return (attr & QUIRE_WRITE) && (attr & QUIRE_EXEC) && !(flags & QUIRE_WX);
}

int model_check_kind(const struct model *m, const struct quire_want *want)
{
	if ((want->attr & ~QUIRE_ATTR_MASK) || (want->caps & ~QUIRE_CAP_MASK) ||
	    (want->flags & ~QUIRE_FLAG_MASK))
		return QUIRE_EFLAG;
	if (model_write_and_execute(want->attr, want->flags))
		return QUIRE_EWX;
	return model_memory_able(m, want->target, want->attr) ? 0 : QUIRE_ECAPS;
}

bool model_exists(const struct model *m, unsigned target)
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
	if (!model_exists(m, want->target))
		return QUIRE_ETARGET;
	offset = want->pa - m->memory[want->target].base;
	if (offset >= m->memory[want->target].size || size > m->memory[want->target].size - offset)
		return QUIRE_EBEYOND;
	return model_check_kind(m, want);
}

/* Whether any window can do what is wanted; else why not: EMODE if one lacks only that. */
static int any_able(const struct model *m, unsigned target, unsigned need)
{
	int result = QUIRE_ECAPS;

	for (unsigned n = 0; n < m->window_count; n++) {
		if (model_able(&m->window[n], target, need))
			return 0;
		if (model_has_caps(&m->window[n], target, need))
			result = QUIRE_EMODE;
	}
	return result;
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

static bool row_overlaps(const struct model_page *p, uint32_t pages, const struct pages *of)
{
	return p->kind == QUIRE_MAPPED && p->target == of->target &&
	       p->phys < (uint64_t)of->phys + of->count && of->phys < (uint64_t)p->phys + pages;
}

/* Whether any row of a window shows any of these pages, but for those of one mapping. */
static bool window_overlaps(const struct model_window *w, const struct pages *of, uint32_t except)
{
	uint32_t end;

	for (uint32_t i = 0; i < w->pages; i = end) {
		end = model_row_end(w, i);
		if (w->page[i].mapping != except && row_overlaps(&w->page[i], end - i, of))
			return true;
	}
	return false;
}

bool model_any_overlap(const struct model *m, const struct pages *of, unsigned need,
		       uint32_t except)
{
	for (unsigned n = 0; n < m->window_count; n++)
		if (model_able(&m->window[n], of->target, need) &&
		    window_overlaps(&m->window[n], of, except))
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

/* Take a reference to the mapping that begins at `first`, or only say where it is. */
static int share(struct model_window *w, uint32_t first, const struct pages *of,
		 const struct quire_want *want, struct quire_got *got)
{
	uint32_t end = model_row_end(w, first);
	struct model_page *p = &w->page[first];
	bool tell = want->flags & QUIRE_TELL;

	if (p->refs == UINT16_MAX && !tell)
		return QUIRE_EREFS;
	for (uint32_t i = first; i < end; i++)
		w->page[i].refs = (uint16_t)(w->page[i].refs + !tell);
	got->mapping = model_address(w, first, want->attr);
	got->va = model_address(w, first + (of->phys - p->phys), want->attr);
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
	unsigned need = model_need(want->attr, want->caps);

	for (unsigned n = 0; n < m->window_count; n++)
		if (model_able(&m->window[n], want->target, need) &&
		    model_best_fit(&m->window[n], pages, want->align, page))
			return &m->window[n];
	return NULL;
}

/* The first window with a mapping that can be lent, and the page it begins at; NULL if none has. */
static struct model_window *lender(struct model *m, const struct pages *of,
				   const struct quire_want *want, uint32_t *first)
{
	unsigned need = model_need(want->attr, want->caps);

	for (unsigned n = 0; n < m->window_count; n++) {
		struct model_window *w = &m->window[n];

		if (!model_able(w, want->target, need))
			continue;
		*first = enclosing(w, of, want->attr);
		if (*first != UINT32_MAX)
			return w;
	}
	return NULL;
}

int model_map(struct model *m, const struct quire_want *want, struct quire_got *got)
{
	unsigned need = model_need(want->attr, want->caps);
	struct model_window *w;
	struct model_page as;
	struct pages of;
	uint32_t page;
	int result = check_want(m, want, 0, &of.count);

	if (result < 0)
		return result;
	result = any_able(m, want->target, need);
	if (result < 0)
		return result;
	as = page_of(m, want);
	of.target = as.target;
	of.phys = as.phys;
	w = lender(m, &of, want, &page);
	if (w != NULL)
		return share(w, page, &of, want, got);
	if (!(want->flags & QUIRE_SHARED) && model_any_overlap(m, &of, need, 0))
		return QUIRE_EOVERLAP;
	w = find_room(m, want, of.count, &page);
	if (w == NULL)
		return QUIRE_ESPACE;
	result = place_new(m, w, page, of.count, &as);
	if (result == 0)
		got->va = got->mapping = model_address(w, page, want->attr);
	return result;
}

/* The window that holds `size` bytes from `va` on. */
static struct model_window *locate_range(struct model *m, quire_va va, uint64_t size,
					 uint32_t *page)
{
	struct model_window *w = model_locate(m, va, page);
	uint64_t offset;

	if (w == NULL)
		return NULL;
	offset = va - w->is.base < w->is.size ? va - w->is.base : va - w->is.exec_base;
	return size <= w->is.size - offset ? w : NULL;
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
	unsigned need = model_need(want->attr, want->caps);
	struct model_window *w, *from;
	struct model_page as;
	struct pages of;
	uint32_t page, first;
	int result = check_want(m, want, va, &of.count);

	if (result < 0)
		return result;
	as = page_of(m, want);
	of.target = as.target;
	of.phys = as.phys;
	w = locate_range(m, va, (uint64_t)of.count << model_shift(m, want->target), &page);
	if (w == NULL)
		return QUIRE_EFOREIGN;
	if (!model_able(w, want->target, need))
		return model_unable(w, want->target, need);
	from = w;
	if (want->flags & QUIRE_TELL)
		from = lender(m, &of, want, &first);
	else
		first = enclosing_at(w, page, &of, want->attr);
	if (from != NULL && first != UINT32_MAX)
		return share(from, first, &of, want, got);
	if (!(want->flags & QUIRE_SHARED) && model_any_overlap(m, &of, need, 0))
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
	if (!model_exists(m, want->target))
		return QUIRE_ETARGET;
	result = model_check_kind(m, want);
	if (result < 0)
		return result;
	result = any_able(m, want->target, model_need(want->attr, want->caps));
	if (result < 0)
		return result;
	w = find_room(m, want, pages, &page);
	if (w == NULL)
		return QUIRE_ESPACE;
	result = place_new(m, w, page, pages, &as);
	if (result == 0)
		*out = model_address(w, page, want->attr);
	return result;
}

int model_check_range(struct model *m, quire_va va, quire_size size, struct model_window **w,
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
	int result = model_check_range(m, va, size, &w, &page, &pages);

	if (result < 0)
		return result;
	if ((uint64_t)page + pages > w->pages)
		return QUIRE_EFOREIGN;
	if (!model_is_free(w, page, pages))
		return QUIRE_ETAKEN;
	return place_new(m, w, page, pages, &as);
}

int model_largest_free(struct model *m, unsigned target, unsigned attr, unsigned caps,
		       quire_size *out)
{
	quire_size best = 0;

	if (!model_exists(m, target))
		return QUIRE_ETARGET;
	if ((attr & ~(unsigned)QUIRE_ATTR_MASK) || (caps & ~(unsigned)QUIRE_CAP_MASK))
		return QUIRE_EFLAG;
	for (unsigned n = 0; n < m->window_count; n++) {
		const struct model_window *w = &m->window[n];

		if (!model_able(w, target, model_need(attr, caps)) ||
		    !model_memory_able(m, target, attr))
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
