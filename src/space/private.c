/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verbs share (private.h says what each is for).
 */
#include "space/private.h"

/* -- addresses and sizes -- */

int place_find(const struct quire_space *s, quire_va va, struct place *out)
{
	for (unsigned i = 0; i < s->window_count; i++) {
		const struct quire_window *w = &s->window[i];
		quire_va offset = va - w->base;

		if (offset >= w->size)
			offset = va - w->exec_base;
		if (offset < w->size) {
			out->window = i;
			out->page = (quire_page)(offset >> s->book[i].page_shift);
			out->offset = offset & (page_size(&s->book[i]) - 1);
			return QUIRE_OK;
		}
	}
	return QUIRE_EFOREIGN;
}

int place_find_aligned(const struct quire_space *s, quire_va va, struct place *out)
{
	int err = place_find(s, va, out);

	if (err)
		return err;
	return out->offset == 0 ? QUIRE_OK : QUIRE_EALIGN;
}

int pages_of(const struct quire_book *b, quire_size size, quire_page *out)
{
	quire_size mask = page_size(b) - 1;
	quire_size pages;

	if (size == 0)
		return QUIRE_EZERO;
	if (size + mask < size)
		return QUIRE_EROUND;
	pages = (size + mask) >> b->page_shift;
	*out = pages <= QUIRE_PAGES_MAX ? (quire_page)pages : (quire_page)(QUIRE_PAGES_MAX + 1u);
	return QUIRE_OK;
}

/* -- what may be asked, and who can do it -- */

int attr_check(unsigned attr, unsigned caps, unsigned flags)
{
	if ((attr & ~(unsigned)QUIRE_ATTR_MASK) || (caps & ~(unsigned)QUIRE_CAP_MASK) ||
	    (flags & ~(unsigned)QUIRE_FLAG_MASK))
		return QUIRE_EFLAG;
	if ((attr & QUIRE_WRITE) && (attr & QUIRE_EXEC) && !(flags & QUIRE_WX))
		return QUIRE_EWX;
	return QUIRE_OK;
}

bool window_can(const struct quire_space *s, unsigned window, unsigned target, unsigned attr,
		unsigned caps)
{
	const struct quire_window *w = &s->window[window];
	unsigned needed = (attr & QUIRE_ACCESS_MASK) | caps;

	return (w->caps & needed) == needed && (w->targets & QUIRE_TARGET_BIT(target));
}

bool memory_can(const struct quire_space *s, unsigned target, unsigned attr, unsigned caps)
{
	unsigned needed = (attr | caps) & QUIRE_ACCESS_MASK;

	return (s->memory[target].caps & needed) == needed;
}

bool extent_allows(const struct quire_extent *e, unsigned attr)
{
	unsigned has = extent_attr(e);

	return (has & attr & QUIRE_ACCESS_MASK) == (attr & QUIRE_ACCESS_MASK) &&
	       (has & QUIRE_CACHE_MASK) == (attr & QUIRE_CACHE_MASK);
}

/* -- physical conflicts -- */

quire_link overlap_find(struct quire_space *s, struct quire_book *b, unsigned target,
			quire_page phys, quire_page pages)
{
	quire_link node = tree_physical(s, b, target, (quire_page)(phys + 1u));

	if (node != NONE && (quire_size)extent_at(s, node)->phys < (quire_size)phys + pages)
		return node;
	return NONE;
}

bool overlap_anywhere(struct quire_space *s, unsigned target, unsigned attr, unsigned caps,
		      quire_pa pa, quire_size size)
{
	quire_pa offset = pa - s->memory[target].base;

	for (unsigned i = 0; i < s->window_count; i++) {
		struct quire_book *b = &s->book[i];

		if (window_can(s, i, target, attr, caps) &&
		    overlap_find(s, b, target, (quire_page)(offset >> b->page_shift),
				 (quire_page)(size >> b->page_shift)) != NONE)
			return true;
	}
	return false;
}

/* -- whole mappings -- */

void whole_from_head(struct quire_space *s, unsigned window, quire_link head, struct whole *out)
{
	struct quire_book *b = &s->book[window];

	out->book = b;
	out->window = window;
	out->head = out->last = head;
	while (out->next = book_next(s, b, out->last), extent_is_part(extent_at(s, out->next)))
		out->last = out->next;
	out->start = extent_at(s, head)->start;
	out->pages = (quire_page)(extent_end(extent_at(s, out->last)) - out->start);
}

int whole_find(struct quire_space *s, quire_va va, struct whole *out)
{
	struct place at;
	int err = place_find(s, va, &at);
	quire_link node;

	if (err)
		return err;
	node = book_covering(s, &s->book[at.window], at.page);
	if (node == NONE)
		return QUIRE_EUNMAPPED;
	if (at.page != extent_at(s, node)->start || at.offset != 0 ||
	    extent_is_part(extent_at(s, node)))
		return QUIRE_EINTERIOR;
	whole_from_head(s, at.window, node, out);
	return QUIRE_OK;
}

int whole_find_mapping(struct quire_space *s, quire_va va, struct whole *out)
{
	int err = whole_find(s, va, out);

	if (err)
		return err;
	return extent_kind(extent_at(s, out->head)) == EXTENT_MAPPED ? QUIRE_OK : QUIRE_ERESERVED;
}

/* -- ranges inside a mapping -- */

/* Size, alignment and place of a range, before anything is looked up. */
static int range_place(struct quire_space *s, quire_va va, quire_size size, struct place *at,
		       quire_page *pages)
{
	int found = place_find(s, va, at);
	const struct quire_book *b = &s->book[found ? 0 : at->window];
	int err = pages_of(b, size, pages);

	if (err)
		return err;
	if ((va & (page_size(b) - 1)) != 0)
		return QUIRE_EALIGN;
	return va + (size - 1) < va ? QUIRE_EWRAP : found;
}

/* Whether all pages up to `end` are of the mapping that `node` belongs to. */
static bool mapping_reaches(struct quire_space *s, struct quire_book *b, quire_link node,
			    quire_page end)
{
	while (extent_end(extent_at(s, node)) < end) {
		node = book_next(s, b, node);
		if (!extent_is_part(extent_at(s, node)))
			return false;
	}
	return true;
}

int range_find(struct quire_space *s, quire_va va, quire_size size, struct range *out)
{
	struct place at;
	quire_page pages;
	int err = range_place(s, va, size, &at, &pages);
	const struct quire_extent *e;

	if (err)
		return err;
	out->window = at.window;
	out->book = &s->book[at.window];
	out->start = at.page;
	out->end = (quire_page)(at.page + pages);
	out->node = book_covering(s, out->book, at.page);
	if (out->node == NONE)
		return QUIRE_EUNMAPPED;
	e = extent_at(s, out->node);
	if (extent_kind(e) != EXTENT_MAPPED)
		return QUIRE_ERESERVED;
	if (pages > (quire_page)(out->book->pages - at.page) ||
	    !mapping_reaches(s, out->book, out->node, out->end))
		return QUIRE_EUNMAPPED;
	return extent_refs(e) > 1 ? QUIRE_EREFERENCED : QUIRE_OK;
}

/* -- plan and commit -- */

struct quire_run run_of(const struct quire_space *s, unsigned window, const struct quire_extent *e,
			quire_page start, quire_page pages, quire_page at)
{
	unsigned shift = s->book[window].page_shift;
	quire_page phys = (quire_page)(e->phys + (start - e->start));

	return (struct quire_run){
		.walk = walk_address(s, window, at),
		.size = (quire_size)pages << shift,
		.pa = physical_address(s, window, extent_target(e), phys),
		.target = (uint8_t)extent_target(e),
		.attr = (uint8_t)extent_attr(e),
	};
}

int port_prepare(struct quire_space *s, unsigned window, enum quire_change_kind kind,
		 const struct quire_run *run)
{
	struct quire_walker *w = walker_of(s, window);
	struct quire_change change = {
		.kind = kind,
		.walk = run->walk,
		.size = run->size,
		.pa = run->pa,
		.target = run->target,
		.attr = run->attr,
	};

	return w->port->prepare ? w->port->prepare(w->port_ctx, &change) : QUIRE_OK;
}

quire_link extent_new(struct quire_space *s, struct quire_book *b, quire_link next,
		      quire_page start, quire_page pages, enum extent_kind kind,
		      const struct quire_want *want, quire_page phys)
{
	quire_link node = extent_take(s);
	struct quire_extent *e = extent_at(s, node);

	e->start = start;
	e->pages = pages;
	e->phys = phys;
	byte_set(e, BYTE_ATTR, kind == EXTENT_MAPPED ? want->attr : 0);
	extent_set_kind(e, kind, kind == EXTENT_MAPPED ? want->target : 0, false);
	extent_set_refs(e, 1);
	extent_set_tag(e, want->tag);
	book_add(s, b, node, next);
	s->generation++;
	return node;
}
