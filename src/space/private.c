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

/* -- physical conflicts -- */

/*
 * Whether anybody but `m` shows some of [phys, end) in a window.  All that start before `end` and do
 * not end before `phys` are met in order; `m` is passed by.
 */
static bool others_show_in(struct quire_space *s, unsigned window, const struct whole *m,
			   unsigned target, quire_page phys, quire_page end)
{
	struct quire_book *b = &s->book[window];
	quire_page behind = (quire_page)(phys + 1u);
	quire_link node = tree_physical(s, b, target, behind);

	while (node != NONE && extent_at(s, node)->phys < end) {
		const struct quire_extent *e = extent_at(s, node);

		if (window != m->window || (quire_page)(e->start - m->start) >= m->pages)
			return true;
		node = tree_physical_after(s, b, target, tree_physical_key(e), behind);
	}
	return false;
}

bool others_show(struct quire_space *s, const struct whole *m, const struct quire_run *run,
		 unsigned caps)
{
	for (unsigned i = 0; i < s->window_count; i++)
		if (window_can(s, i, run->target, run->attr, caps) &&
		    others_show_in(s, i, m, run->target, physical_page(s, i, run->target, run->pa),
				   physical_page(s, i, run->target, run->pa + run->size)))
			return true;
	return false;
}

/* -- whole mappings -- */

/* All parts of the mapping whose first part is `head`, with `next` behind that. */
static void whole_complete(struct quire_space *s, unsigned window, quire_link head, quire_link next,
			   struct whole *out)
{
	struct quire_book *b = &s->book[window];

	out->book = b;
	out->window = window;
	out->head = out->last = head;
	while (extent_is_part(extent_at(s, next))) {
		out->last = next;
		next = book_next(s, b, next);
	}
	out->next = next;
	out->start = extent_at(s, head)->start;
	out->pages = (quire_page)(extent_end(extent_at(s, out->last)) - out->start);
}

void whole_from_head(struct quire_space *s, unsigned window, quire_link head, struct whole *out)
{
	whole_complete(s, window, head, book_next(s, &s->book[window], head), out);
}

int whole_find(struct quire_space *s, quire_va va, struct whole *out)
{
	struct place at;
	int err = place_find(s, va, &at);
	struct quire_book *b;
	quire_link node, next;

	if (err)
		return err;
	b = &s->book[at.window];
	node = tree_starting_at(s, b, at.page, &next);
	if (node != NONE && at.offset == 0 && !extent_is_part(extent_at(s, node))) {
		whole_complete(s, at.window, node, next, out);
		return QUIRE_OK;
	}
	return book_covering(s, b, at.page) != NONE ? QUIRE_EINTERIOR : QUIRE_EUNMAPPED;
}

/* Why an extent is no mapping: QUIRE_ERESERVED, QUIRE_ECLAIMED; QUIRE_OK if it is one. */
static int mapping_refusal(const struct quire_extent *e)
{
	switch (extent_kind(e)) {
	case EXTENT_MAPPED:
		return QUIRE_OK;
	case EXTENT_CLAIMED:
		return QUIRE_ECLAIMED;
	default:
		return QUIRE_ERESERVED;
	}
}

int whole_find_mapping(struct quire_space *s, quire_va va, struct whole *out)
{
	int err = whole_find(s, va, out);

	return err ? err : mapping_refusal(extent_at(s, out->head));
}

int claim_find_whole(struct quire_space *s, quire_va va, struct whole *out, struct place *at)
{
	int err = place_find(s, va, at);
	quire_link node;

	if (err)
		return err;
	node = book_covering(s, &s->book[at->window], at->page);
	if (node == NONE)
		return QUIRE_EUNMAPPED;
	if (extent_kind(extent_at(s, node)) != EXTENT_CLAIMED)
		return QUIRE_ECLAIMED;
	while (extent_is_part(extent_at(s, node)))
		node = tree_covering(s, &s->book[at->window],
				     (quire_page)(extent_at(s, node)->start - 1u));
	whole_from_head(s, at->window, node, out);
	return QUIRE_OK;
}

/* -- ranges inside a mapping or a claim -- */

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

/* The extent that a range begins in; its end may be anywhere. */
static int range_begin(struct quire_space *s, quire_va va, quire_size size, struct range *out)
{
	struct place at;
	quire_page pages;
	int err = range_place(s, va, size, &at, &pages);

	if (err)
		return err;
	out->window = at.window;
	out->book = &s->book[at.window];
	out->start = at.page;
	out->end = (quire_page)(at.page + pages);
	out->node = book_covering(s, out->book, at.page);
	out->inside = pages <= (quire_page)(out->book->pages - at.page);
	return out->node == NONE ? QUIRE_EUNMAPPED : QUIRE_OK;
}

int range_find(struct quire_space *s, quire_va va, quire_size size, struct range *out)
{
	int err = range_begin(s, va, size, out);

	if (!err)
		err = mapping_refusal(extent_at(s, out->node));
	if (err)
		return err;
	if (!out->inside || !mapping_reaches(s, out->book, out->node, out->end))
		return QUIRE_EUNMAPPED;
	return extent_refs(extent_at(s, out->node)) > 1 ? QUIRE_EREFERENCED : QUIRE_OK;
}

int claim_range_find(struct quire_space *s, quire_va va, quire_size size, struct range *out)
{
	int err = range_begin(s, va, size, out);
	quire_page last = (quire_page)(out->end - 1u);

	if (err)
		return err;
	if (extent_kind(extent_at(s, out->node)) != EXTENT_CLAIMED)
		return QUIRE_ECLAIMED;
	if (!out->inside || !mapping_reaches(s, out->book, out->node, out->end))
		return QUIRE_EUNMAPPED;
	return claim_guards(extent_at(s, out->node), out->start) ||
			       claim_guards(extent_at(s, tree_covering(s, out->book, last)), last)
		       ? QUIRE_EUNMAPPED
		       : QUIRE_OK;
}

void claim_range_widen(struct quire_space *s, struct range *r)
{
	const struct quire_extent *first = extent_at(s, r->node);
	const struct quire_extent *last =
		extent_at(s, tree_covering(s, r->book, (quire_page)(r->end - 1u)));

	if (r->start == claim_start(first))
		r->start = first->start;
	if (r->end == claim_end(last))
		r->end = extent_end(last);
}

/* -- plan and commit -- */

void parts_drop(struct quire_space *s, const struct whole *m, quire_link node)
{
	while (node != m->next) {
		quire_link next = part_next(s, m, node);

		book_drop(s, m->book, node, next);
		extent_give(s, node);
		node = next;
	}
}

void write_back_dirty(struct quire_space *s, unsigned window, quire_link node, quire_page start,
		      quire_page end)
{
	struct quire_walker *w = walker_of(s, window);

	while (start < end) {
		const struct quire_extent *e = extent_at(s, node);
		quire_page stop = extent_end(e) < end ? extent_end(e) : end;

		if (may_dirty(extent_attr(e)))
			quire_walk_sync(w, walk_address(s, window, start),
					(quire_size)(stop - start) << s->book[window].page_shift,
					QUIRE_SYNC_WRITE_BACK);
		start = stop;
		if (start < end)
			node = book_next(s, &s->book[window], node);
	}
}

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

void entries_join(struct quire_space *s, unsigned window, const struct quire_run *run,
		  quire_page start)
{
	struct quire_walker *w = walker_of(s, window);
	const struct quire_extent *e;
	struct quire_run hull;

	if (quire_mmu_last_level(w->mmu) == 0)
		return;
	e = extent_at(s, tree_covering(s, &s->book[window], start));
	hull = run_of(s, window, e, e->start, e->pages, e->start);
	quire_walk_join(w, &hull, run->walk, run->size);
}

int port_prepare(struct quire_space *s, unsigned window, enum quire_change_kind kind,
		 const struct quire_run *run)
{
	const struct quire_walker *w = walker_of(s, window);
	struct quire_change change;

	if (!w->port->prepare)
		return QUIRE_OK;
	change = (struct quire_change){
		.kind = kind,
		.walk = run->walk,
		.size = run->size,
		.pa = run->pa,
		.target = run->target,
		.attr = run->attr,
	};
	return w->port->prepare(w->port_ctx, &change);
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
	extent_set_all(e, kind, want);
	book_add(s, b, node, next);
	s->generation++;
	return node;
}
