/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compact: slide the mappings of a window towards its start, one a step, each a move of its own.
 *
 * The lock is taken for each step anew, so others get their turn between two moves; the cursor
 * is a page number, which stays good whatever they do.
 */
#include "space/private.h"

/* Move one mapping down against what stands before it, if it may and the user agrees; *page gets
 * behind it. */
static int slide(struct quire_space *s, const struct whole *m, quire_page *page, quire_move_fn ask,
		 void *ctx, uint32_t *moved)
{
	const struct quire_extent *head = extent_at(s, m->head);
	quire_page to = (quire_page)(m->start - head->gap);
	unsigned attr = extent_attr(head);
	struct quire_move move = {
		.from = visible_address(s, m->window, m->start, attr),
		.to = visible_address(s, m->window, to, attr),
		.size = (quire_size)m->pages << m->book->page_shift,
		.tag = (uint16_t)extent_tag(head),
	};
	int err;

	*page = (quire_page)(m->start + m->pages);
	if (head->gap == 0 || extent_kind(head) != EXTENT_MAPPED || extent_refs(head) > 1)
		return QUIRE_OK;
	if (ask && ask(ctx, &move) != 0)
		return QUIRE_OK;
	err = move_plan(s, m, m->window, to);
	if (err)
		return err;
	move_commit(s, m, m->window, to);
	*page = (quire_page)(to + m->pages);
	++*moved;
	return QUIRE_OK;
}

/* One step from `*page` on; QUIRE_EUNMAPPED at the window's end. */
static int step(struct quire_space *s, unsigned window, quire_page *page, quire_move_fn ask,
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

int quire_space_compact(struct quire_space *space, quire_va va, quire_move_fn ask, void *ctx,
			uint32_t *moved)
{
	struct place at;
	quire_page page = 0;
	uint32_t count = 0;
	int err = space_enter(space, true);

	if (err)
		return err;
	err = space_leave(space, place_find(space, va, &at));
	if (err)
		return err;
	do {
		err = space_enter(space, true);
		if (!err)
			err = space_leave(space, step(space, at.window, &page, ask, ctx, &count));
	} while (!err);
	if (moved)
		*moved = count;
	return err == QUIRE_EUNMAPPED ? QUIRE_OK : err;
}
