/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protect and resize: changing what a mapping allows, or how long it is, where it stands.
 *
 * A mapping whose parts allow different things is several extents in a row, the later ones marked
 * as parts. They are cut when the first difference appears and joined when the last one goes.
 */
#include "space/private.h"

/* -- protect -- */

/* Whether one end of a range cuts through an extent that will differ from it. */
static bool must_cut(struct quire_space *s, struct quire_book *b, quire_page at, unsigned attr)
{
	quire_link node = tree_covering(s, b, at);
	const struct quire_extent *e = extent_at(s, node);

	return node != NONE && e->start < at && extent_attr(e) != attr;
}

unsigned range_cuts(struct quire_space *s, const struct range *r, unsigned attr)
{
	return (unsigned)must_cut(s, r->book, r->start, attr) + must_cut(s, r->book, r->end, attr);
}

static void cut(struct quire_space *s, struct quire_book *b, quire_page at, unsigned attr)
{
	if (must_cut(s, b, at, attr))
		book_split(s, b, tree_covering(s, b, at), at);
}

bool range_has(struct quire_space *s, const struct range *r, unsigned attr)
{
	quire_link node = r->node;

	while (extent_attr(extent_at(s, node)) == attr) {
		if (extent_end(extent_at(s, node)) >= r->end)
			return true;
		node = book_next(s, r->book, node);
	}
	return false;
}

void range_trim(struct quire_space *s, struct range *r, unsigned attr)
{
	quire_link node;

	while (extent_attr(extent_at(s, r->node)) == attr) {
		r->start = extent_end(extent_at(s, r->node));
		r->node = book_next(s, r->book, r->node);
	}
	while (extent_end(extent_at(s, r->node)) < r->end) {
		node = tree_covering(s, r->book, (quire_page)(r->end - 1u));
		if (extent_attr(extent_at(s, node)) != attr)
			return;
		r->end = extent_at(s, node)->start;
	}
}

bool range_is_cached(struct quire_space *s, const struct range *r, unsigned attr)
{
	quire_link node = r->node;

	while (((extent_attr(extent_at(s, node)) ^ attr) & QUIRE_CACHE_MASK) == 0) {
		if (extent_end(extent_at(s, node)) >= r->end)
			return true;
		node = book_next(s, r->book, node);
	}
	return false;
}

void range_set_attr(struct quire_space *s, const struct range *r, unsigned attr)
{
	quire_link node;

	cut(s, r->book, r->start, attr);
	cut(s, r->book, r->end, attr);
	for (node = tree_covering(s, r->book, r->start); extent_at(s, node)->start < r->end;
	     node = book_next(s, r->book, node))
		byte_set(extent_at(s, node), BYTE_ATTR, attr);
	node = book_at_or_behind(s, r->book, (quire_page)(r->start - (r->start != 0)));
	while (extent_at(s, node)->start < r->end)
		if (!book_join(s, r->book, node))
			node = book_next(s, r->book, node);
	s->generation++;
}

/* Whether a mapping's window and memory can do what is asked of it now. */
static int range_check(const struct quire_space *s, const struct range *r, unsigned attr,
		       unsigned flags)
{
	unsigned target = extent_target(extent_at(s, r->node));
	int err = flags & ~(unsigned)QUIRE_WX ? QUIRE_EFLAG : attr_check(attr, 0, flags);

	if (err)
		return err;
	if (!memory_can(s, target, attr))
		return QUIRE_ECAPS;
	return window_can(s, r->window, target, attr, 0)
		       ? QUIRE_OK
		       : window_refusal(s, r->window, target, attr, 0);
}

static int protect(struct quire_space *s, quire_va va, quire_size size, unsigned attr,
		   unsigned flags)
{
	struct range r;
	struct quire_run run;
	int err = range_find(s, va, size, &r);

	if (!err)
		err = range_check(s, &r, attr, flags);
	if (err || range_has(s, &r, attr))
		return err;
	if (QUIRE_LEVELS_MAX > 1) /* where entries are pages it does not matter */
		range_trim(s, &r, attr);
	if (range_cuts(s, &r, attr) > s->free_count)
		return QUIRE_EPOOL;
	run = run_of(s, r.window, extent_at(s, r.node), r.start, (quire_page)(r.end - r.start),
		     r.start);
	run.attr = (uint8_t)attr;
	if (!quire_walk_can_set(walker_of(s, r.window), &run))
		return QUIRE_ETABLES;
	err = port_prepare(s, r.window, QUIRE_CHANGE_PROTECT, &run);
	if (err)
		return err;
	if (!may_dirty(attr)) /* nobody would look for what is dirty here when the entries go */
		write_back(s, r.window, r.node, r.start, r.end);
	quire_walk_set(walker_of(s, r.window), &run,
		       QUIRE_LEVELS_MAX > 1 && range_is_cached(s, &r, attr) ? QUIRE_SET_ACCESS
									    : QUIRE_SET_ANEW);
	range_set_attr(s, &r, attr);
	entries_join(s, r.window, &run, r.start);
	return QUIRE_OK;
}

/* -- resize -- */

/* Whether the pages behind a mapping can be added to it: physical pages there, and free, and
 * addresses. */
static int grow_check(struct quire_space *s, const struct whole *m, const struct quire_run *run,
		      quire_page more)
{
	const struct quire_extent *last = extent_at(s, m->last);
	const struct quire_memory *memory = &s->memory[run->target];
	quire_size pages = (quire_size)last->phys + last->pages + more;

	if (extent_kind(last) == EXTENT_MAPPED) {
		if (pages > memory->size >> m->book->page_shift)
			return QUIRE_EBEYOND;
		if (others_show(s, m, run, 0))
			return QUIRE_EOVERLAP;
	}
	return more <= extent_at(s, m->next)->gap ? QUIRE_OK : QUIRE_ETAKEN;
}

/* Tables and port for a mapping's new pages. */
static int grow_entries(struct quire_space *s, const struct whole *m, const struct quire_run *run)
{
	int err;

	if (!quire_walk_can_set(walker_of(s, m->window), run))
		return QUIRE_ETABLES;
	err = port_prepare(s, m->window, QUIRE_CHANGE_MAP, run);
	if (!err)
		quire_walk_set(walker_of(s, m->window), run, QUIRE_SET_FRESH);
	return err;
}

static int grow(struct quire_space *s, const struct whole *m, quire_page more)
{
	const struct quire_extent *last = extent_at(s, m->last);
	quire_page end = extent_end(last);
	struct quire_run run = run_of(s, m->window, last, end, more, end);
	int err = grow_check(s, m, &run, more);
	bool mapped = extent_kind(last) == EXTENT_MAPPED;

	if (!err && mapped)
		err = grow_entries(s, m, &run);
	if (err)
		return err;
	book_reshape(s, m->book, m->last, last->start, (quire_page)(last->pages + more));
	if (mapped)
		entries_join(s, m->window, &run, end);
	s->generation++;
	return QUIRE_OK;
}

/* Tables and port for pages that a mapping loses; the last that it keeps is in extent `node`. */
static int shrink_entries(struct quire_space *s, const struct whole *m, quire_link node,
			  quire_page end)
{
	quire_page all = (quire_page)(m->start + m->pages), less = (quire_page)(all - end);
	struct quire_run run = run_of(s, m->window, extent_at(s, m->head), end, less, end);
	int err;

	if (!quire_walk_can_clear(walker_of(s, m->window), run.walk, run.size))
		return QUIRE_ETABLES;
	err = port_prepare(s, m->window, QUIRE_CHANGE_UNMAP, &run);
	if (err)
		return err;
	if (extent_end(extent_at(s, node)) == end)
		node = book_next(s, m->book, node);
	write_back(s, m->window, node, end, all);
	quire_walk_clear(walker_of(s, m->window), run.walk, run.size);
	return QUIRE_OK;
}

static int shrink(struct quire_space *s, const struct whole *m, quire_page pages)
{
	quire_page end = (quire_page)(m->start + pages);
	quire_link node = tree_covering(s, m->book, (quire_page)(end - 1u));
	const struct quire_extent *e = extent_at(s, node);

	if (extent_kind(e) == EXTENT_MAPPED) {
		int err = shrink_entries(s, m, node, end);

		if (err)
			return err;
	}
	book_reshape(s, m->book, node, e->start, (quire_page)(end - e->start));
	if (node != m->last)
		parts_drop(s, m, book_next(s, m->book, node));
	s->generation++;
	return QUIRE_OK;
}

static int resize(struct quire_space *s, quire_va va, quire_size size)
{
	struct whole m;
	struct place at;
	quire_page pages;
	int found = place_find(s, va, &at);
	int err = pages_of(&s->book[found ? 0 : at.window], size, &pages);

	if (!err && va + (size - 1) < va)
		err = QUIRE_EWRAP;
	if (!err)
		err = whole_find(s, va, &m);
	if (err)
		return err;
	if (extent_kind(extent_at(s, m.head)) == EXTENT_CLAIMED)
		return QUIRE_ECLAIMED;
	if (extent_refs(extent_at(s, m.head)) > 1)
		return QUIRE_EREFERENCED;
	if (pages == m.pages)
		return QUIRE_OK;
	return pages > m.pages ? grow(s, &m, (quire_page)(pages - m.pages)) : shrink(s, &m, pages);
}

/* -- public -- */

int quire_space_protect(struct quire_space *space, quire_va va, quire_size size, unsigned attr,
			unsigned flags)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, protect(space, va, size, attr, flags));
}

int quire_space_resize(struct quire_space *space, quire_va va, quire_size size)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, resize(space, va, size));
}
