/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move, move_at and compact: the same physical pages at other addresses.
 *
 * The new entries are written first, then what is left of the old ones is cleared, so the new
 * range may overlap the old.  Physical pages are known from the book, never read back from the
 * tables.
 */
#include "space/private.h"

/* The part of [start, start + pages) that [to, to + pages) does not cover. */
static void uncovered(const struct whole *m, bool same_window, quire_page to, quire_page *start,
		      quire_page *pages)
{
	quire_page distance = (quire_page)(to > m->start ? to - m->start : m->start - to);

	*start = m->start;
	*pages = m->pages;
	if (!same_window || distance >= m->pages)
		return;
	*pages = distance;
	if (to < m->start)
		*start = (quire_page)(to + m->pages);
}

/* The entries of one part of a mapping at the mapping's new place. */
static struct quire_run part_run(struct quire_space *s, const struct whole *m, unsigned window,
				 quire_page to, const struct quire_extent *part)
{
	quire_page at = (quire_page)(to + (part->start - m->start));
	struct quire_run run = run_of(s, m->window, part, part->start, part->pages, at);

	run.walk = walk_address(s, window, at);
	return run;
}

/*
 * Whether the pool can serve all parts at their new place.  The whole has a bound that is good
 * for any division into parts; if that is too much, each part is forecast behind the one before.
 */
static bool move_has_tables(struct quire_space *s, const struct whole *m, unsigned window,
			    quire_page to)
{
	struct quire_walker *w = walker_of(s, window);
	struct quire_walk_forecast forecast = {.known = 0};
	bool enough = true;

	if (quire_walk_tables_needed(w, walk_address(s, window, to),
				     (quire_size)m->pages << m->book->page_shift) <= w->pool.free)
		return true;
	for (quire_link node = m->head; node != m->next && enough; node = part_next(s, m, node)) {
		struct quire_run run = part_run(s, m, window, to, extent_at(s, node));

		enough = quire_walk_can_set_next(w, &run, &forecast);
	}
	return enough;
}

/*
 * Ask the port about each part, since their attributes differ, and, if the mapping leaves one
 * walker for another, that walker's port about the leaving.
 */
static int move_prepare(struct quire_space *s, const struct whole *m, unsigned window,
			quire_page to)
{
	struct quire_run old =
		run_of(s, m->window, extent_at(s, m->head), m->start, m->pages, m->start);
	int err = QUIRE_OK;

	if (walker_of(s, window) != walker_of(s, m->window))
		err = port_prepare(s, m->window, QUIRE_CHANGE_UNMAP, &old);
	for (quire_link node = m->head; node != m->next && !err; node = part_next(s, m, node)) {
		struct quire_run run = part_run(s, m, window, to, extent_at(s, node));

		err = port_prepare(s, window, QUIRE_CHANGE_MOVE, &run);
	}
	return err;
}

/*
 * What is left of the old range needs no table to be cleared: its ends are the mapping's own, or
 * the new range's, where `set` has split what had to be.
 */
int move_plan(struct quire_space *s, const struct whole *m, unsigned window, quire_page to)
{
	if (!move_has_tables(s, m, window, to))
		return QUIRE_ETABLES;
	return move_prepare(s, m, window, to);
}

/* Write the entries of all parts at their new place, then clear what is left of the old. */
static void move_entries(struct quire_space *s, const struct whole *m, unsigned window,
			 quire_page to)
{
	quire_link node = m->head;
	quire_page start, pages;

	write_back(s, m->window, m->head, m->start, (quire_page)(m->start + m->pages));
	uncovered(m, window == m->window, to, &start, &pages);
	while (node != m->next) {
		struct quire_run run = part_run(s, m, window, to, extent_at(s, node));

		quire_walk_set(walker_of(s, window), &run,
			       pages < m->pages ? QUIRE_SET_ANEW : QUIRE_SET_FRESH);
		node = part_next(s, m, node);
	}
	quire_walk_clear(walker_of(s, m->window), walk_address(s, m->window, start),
			 (quire_size)pages << m->book->page_shift);
}

void move_commit(struct quire_space *s, const struct whole *m, unsigned window, quire_page to)
{
	struct quire_book *b = &s->book[window];
	quire_link node = m->head, chain = NONE, next;
	quire_page start = m->start;

	move_entries(s, m, window, to);
	do { /* all parts out, the last one on top of the chain */
		next = part_next(s, m, node);
		book_drop(s, m->book, node, next);
		extent_at(s, node)->link[QUIRE_BY_ADDRESS][0] =
			(extent_at(s, node)->link[QUIRE_BY_ADDRESS][0] & ~LINK_MASK) | chain;
		chain = node;
		node = next;
	} while (node != m->next);
	while (chain != NONE) {
		struct quire_extent *e = extent_at(s, chain);

		node = chain;
		chain = link_get(e, QUIRE_BY_ADDRESS, 0);
		e->start = (quire_page)(to + (e->start - start));
		book_add(s, b, node, tree_behind(s, b, e->start));
	}
	s->generation++;
}

/* A mapping that may be moved. */
static int movable_find(struct quire_space *s, quire_va va, struct whole *m)
{
	int err = whole_find_mapping(s, va, m);

	if (err)
		return err;
	return extent_refs(extent_at(s, m->head)) > 1 ? QUIRE_EREFERENCED : QUIRE_OK;
}

static int move(struct quire_space *s, quire_va va, quire_size align, quire_va *out)
{
	struct whole m;
	quire_page to;
	int err = movable_find(s, va, &m);

	if (err)
		return err;
	if ((align & (align - 1)) != 0)
		return QUIRE_EALIGN;
	if (place_fit(s, m.window, m.pages, 0, align >> m.book->page_shift, &to) == NONE)
		return QUIRE_ESPACE;
	err = move_plan(s, &m, m.window, to);
	if (err)
		return err;
	*out = visible_address(s, m.window, to, extent_attr(extent_at(s, m.head)));
	move_commit(s, &m, m.window, to);
	return QUIRE_OK;
}

/* Whether a window can do what every part of a mapping does.  QUIRE_ECAPS, QUIRE_EMODE. */
static int window_suits(struct quire_space *s, const struct whole *m, unsigned window)
{
	unsigned target = extent_target(extent_at(s, m->head));
	int result = QUIRE_OK;

	if (s->book[window].page_shift != m->book->page_shift)
		return QUIRE_ECAPS;
	for (quire_link node = m->head; node != m->next; node = part_next(s, m, node)) {
		unsigned attr = extent_attr(extent_at(s, node));

		if (window_can(s, window, target, attr, 0))
			continue;
		result = window_refusal(s, window, target, attr, 0);
		if (result == QUIRE_ECAPS)
			break;
	}
	return result;
}

/* Whether a range is free but for the mapping that is to move there. */
static bool free_for(struct quire_space *s, const struct whole *m, unsigned window, quire_page to)
{
	struct quire_book *b = &s->book[window];
	quire_link node = book_at_or_behind(s, b, to);

	while (extent_at(s, node)->start < to + m->pages) {
		quire_page start = extent_at(s, node)->start;

		if (window != m->window || (quire_page)(start - m->start) >= m->pages)
			return false;
		node = book_next(s, b, node);
	}
	return true;
}

static int move_at(struct quire_space *s, quire_va va, quire_va to)
{
	struct whole m;
	struct place at;
	int err = movable_find(s, va, &m);
	int found = place_find(s, to, &at);
	quire_size size;

	if (err)
		return err;
	size = (quire_size)m.pages << m.book->page_shift;
	if ((to & (page_size(&s->book[found ? m.window : at.window]) - 1)) != 0)
		return QUIRE_EALIGN;
	if (to + (size - 1) < to)
		return QUIRE_EWRAP;
	if (found || m.pages > (quire_page)(s->book[at.window].pages - at.page))
		return QUIRE_EFOREIGN;
	err = window_suits(s, &m, at.window);
	if (err)
		return err;
	if (at.window == m.window && at.page == m.start)
		return QUIRE_OK;
	if (!free_for(s, &m, at.window, at.page))
		return QUIRE_ETAKEN;
	err = move_plan(s, &m, at.window, at.page);
	if (!err)
		move_commit(s, &m, at.window, at.page);
	return err;
}

/* -- public -- */

int quire_space_move(struct quire_space *space, quire_va va, quire_size align, quire_va *out)
{
	int err = space_enter(space, out != NULL);

	return err ? err : space_leave(space, move(space, va, align, out));
}

int quire_space_move_at(struct quire_space *space, quire_va va, quire_va to)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, move_at(space, va, to));
}
