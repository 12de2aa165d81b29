/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unmap, unmap_part, release: giving addresses back.
 *
 * A whole mapping needs neither descriptor nor table to go, so only the port can refuse.  A part
 * needs a descriptor if it is cut out of the middle of an extent.
 */
#include "space/private.h"

static int unmap(struct quire_space *s, quire_va va)
{
	struct whole m;
	struct quire_run run;
	int err = whole_find_mapping(s, va, &m);
	unsigned refs;

	if (err)
		return err;
	refs = extent_refs(extent_at(s, m.head));
	if (refs > 1) {
		extent_set_refs(extent_at(s, m.head), refs - 1);
		s->generation++;
		return QUIRE_OK;
	}
	run = run_of(s, m.window, extent_at(s, m.head), m.start, m.pages, m.start);
	err = port_prepare(s, m.window, QUIRE_CHANGE_UNMAP, &run);
	if (err)
		return err;
	write_back(s, m.window, m.head, m.start, (quire_page)(m.start + m.pages));
	quire_walk_clear(walker_of(s, m.window), run.walk, run.size);
	parts_drop(s, &m, m.head);
	s->generation++;
	return QUIRE_OK;
}

static int release(struct quire_space *s, quire_va va)
{
	struct whole m;
	int err = whole_find(s, va, &m);

	if (err)
		return err;
	if (extent_kind(extent_at(s, m.head)) == EXTENT_CLAIMED)
		return QUIRE_ECLAIMED;
	if (extent_kind(extent_at(s, m.head)) != EXTENT_RESERVED)
		return QUIRE_ERESERVED;
	parts_drop(s, &m, m.head);
	s->generation++;
	return QUIRE_OK;
}

/* Whether a range is the middle of one extent, so that taking it out leaves two. */
static bool is_middle(const struct quire_space *s, const struct range *r)
{
	const struct quire_extent *e = extent_at(s, r->node);

	return e->start < r->start && extent_end(e) > r->end;
}

/* Take a range out of the book; what is left behind it becomes a mapping of its own. */
static void range_drop(struct quire_space *s, const struct range *r)
{
	struct quire_extent *e = extent_at(s, r->node);
	quire_link node = r->node;

	if (is_middle(s, r))
		book_split(s, r->book, node, r->end);
	if (e->start < r->start) {
		book_reshape(s, r->book, node, e->start, (quire_page)(r->start - e->start));
		node = book_next(s, r->book, node);
	}
	for (e = extent_at(s, node); e->start < r->end && extent_end(e) <= r->end;) {
		quire_link next = book_next(s, r->book, node);

		book_drop(s, r->book, node, next);
		extent_give(s, node);
		node = next;
		e = extent_at(s, node);
	}
	if (e->start < r->end)
		book_reshape(s, r->book, node, r->end, (quire_page)(extent_end(e) - r->end));
	if (extent_is_part(e))
		extent_set_kind(e, EXTENT_MAPPED, extent_target(e), false);
	s->generation++;
}

static int unmap_part(struct quire_space *s, quire_va va, quire_size size)
{
	struct range r;
	struct quire_run run;
	quire_page pages;
	int err = range_find(s, va, size, &r);

	if (err)
		return err;
	pages = (quire_page)(r.end - r.start);
	run = run_of(s, r.window, extent_at(s, r.node), r.start, pages, r.start);
	if (is_middle(s, &r) && s->free_count == 0)
		return QUIRE_EPOOL;
	if (!quire_walk_can_clear(walker_of(s, r.window), run.walk, run.size))
		return QUIRE_ETABLES;
	err = port_prepare(s, r.window, QUIRE_CHANGE_UNMAP, &run);
	if (err)
		return err;
	write_back(s, r.window, r.node, r.start, r.end);
	quire_walk_clear(walker_of(s, r.window), run.walk, run.size);
	range_drop(s, &r);
	return QUIRE_OK;
}

/* -- public -- */

int quire_space_unmap(struct quire_space *space, quire_va va)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, unmap(space, va));
}

int quire_space_unmap_part(struct quire_space *space, quire_va va, quire_size size)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, unmap_part(space, va, size));
}

int quire_space_release(struct quire_space *space, quire_va va)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, release(space, va));
}
