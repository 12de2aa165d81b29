/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compact: slide the mappings of a window towards the end that its mappings are put at, one a step, each
 * a move of its own.
 *
 * The lock is taken for each step anew, so others get their turn between two moves; the cursor
 * is a page number, which stays good whatever they do: what lies before it (behind it, where mappings
 * slide up) is done with.
 */
#include "space/private.h"

static bool slides_up(const struct quire_space *s, unsigned window)
{
	return s->window[window].place != QUIRE_PLACE_LOW;
}

/* The page that is done with once a mapping stands at `start`: behind it, or where it begins. */
static quire_page done_at(const struct quire_space *s, const struct whole *m, quire_page start)
{
	return slides_up(s, m->window) ? start : (quire_page)(start + m->pages);
}

/* Move one mapping against what stands before it (behind it), if it may and the user agrees. */
static int slide(struct quire_space *s, const struct whole *m, quire_page *page, quire_move_fn ask,
		 void *ctx, uint32_t *moved)
{
	const struct quire_extent *head = extent_at(s, m->head);
	quire_page to = (quire_page)(slides_up(s, m->window) ? m->start + extent_at(s, m->next)->gap
							     : m->start - head->gap);
	unsigned attr = extent_attr(head);
	struct quire_move move = {
		.from = visible_address(s, m->window, m->start, attr),
		.to = visible_address(s, m->window, to, attr),
		.size = (quire_size)m->pages << m->book->page_shift,
		.tag = (uint16_t)extent_tag(head),
	};
	int err;

	*page = done_at(s, m, m->start);
	if (to == m->start || extent_kind(head) != EXTENT_MAPPED || extent_refs(head) > 1)
		return QUIRE_OK;
	if (ask && ask(ctx, &move) != 0)
		return QUIRE_OK;
	err = move_plan(s, m, m->window, to);
	if (err)
		return err;
	move_commit(s, m, m->window, to);
	*page = done_at(s, m, to);
	++*moved;
	return QUIRE_OK;
}

/* The last extent that begins before a page; NONE. */
static quire_link extent_before(struct quire_space *s, struct quire_book *b, quire_page page)
{
	const struct quire_extent *e;
	quire_link node;

	if (page == 0)
		return NONE;
	node = tree_covering(s, b, (quire_page)(page - 1u));
	if (node != NONE)
		return node;
	e = extent_at(s, tree_behind(s, b, (quire_page)(page - 1u)));
	return e->start == e->gap ? NONE
				  : tree_covering(s, b, (quire_page)(e->start - e->gap - 1u));
}

/* One step up to `*page`, downwards. */
static int step_down(struct quire_space *s, unsigned window, quire_page *page, quire_move_fn ask,
		     void *ctx, uint32_t *moved)
{
	struct quire_book *b = &s->book[window];
	quire_link node = extent_before(s, b, *page);
	struct whole m;

	if (node == NONE)
		return QUIRE_EUNMAPPED;
	while (extent_is_part(extent_at(s, node)))
		node = tree_covering(s, b, (quire_page)(extent_at(s, node)->start - 1u));
	whole_from_head(s, window, node, &m);
	if (m.start + m.pages > *page) { /* changed since the last step: go on before it */
		*page = m.start;
		return QUIRE_OK;
	}
	return slide(s, &m, page, ask, ctx, moved);
}

/* One step from `*page` on, upwards. */
static int step_up(struct quire_space *s, unsigned window, quire_page *page, quire_move_fn ask,
		   void *ctx, uint32_t *moved)
{
	struct whole m;
	quire_link node = book_at_or_behind(s, &s->book[window], *page);

	if (node == s->book[window].end)
		return QUIRE_EUNMAPPED;
	if (extent_is_part(extent_at(s, node))) { /* changed since the last step: go on behind it */
		*page = extent_end(extent_at(s, node));
		return QUIRE_OK;
	}
	whole_from_head(s, window, node, &m);
	return slide(s, &m, page, ask, ctx, moved);
}

/* One step; QUIRE_EUNMAPPED when there is no mapping left to look at. */
static int step(struct quire_space *s, unsigned window, quire_page *page, quire_move_fn ask,
		void *ctx, uint32_t *moved)
{
	return slides_up(s, window) ? step_down(s, window, page, ask, ctx, moved)
				    : step_up(s, window, page, ask, ctx, moved);
}

int quire_space_compact(struct quire_space *space, quire_va va, quire_move_fn ask, void *ctx,
			uint32_t *moved)
{
	struct place at;
	quire_page page;
	uint32_t count = 0;
	int err = space_enter(space, true);

	if (err)
		return err;
	err = space_leave(space, place_find(space, va, &at));
	if (err)
		return err;
	page = slides_up(space, at.window) ? space->book[at.window].pages : 0;
	do {
		err = space_enter(space, true);
		if (!err)
			err = space_leave(space, step(space, at.window, &page, ask, ctx, &count));
	} while (!err);
	if (moved)
		*moved = count;
	return err == QUIRE_EUNMAPPED ? QUIRE_OK : err;
}
