/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other order of the tree of gaps: by place, for windows that are filled from the top, first fit
 * (QUIRE_PLACE_FIRST_HIGH).
 *
 * There is one tree, whatever the sizes: the highest gap is the least, and the largest of a subtree stands
 * on top of it, so that the highest gap of n pages or more is one search.  It is a file of its own so that
 * the trees that nearly every window has stay as small and as fast as they are without it.
 */
#include "extents/digital.h"

void tree_insert_place(struct quire_space *s, struct quire_book *b, quire_link node)
{
	insert(s, b, BY_PLACE, &b->by_gap[0], node, path_of_place(b, extent_at(s, node)));
	b->classes = 1;
}

void tree_remove_place(struct quire_space *s, struct quire_book *b, quire_link node)
{
	remove_node(s, BY_PLACE, &b->by_gap[0], node, path_of_place(b, extent_at(s, node)));
	b->classes = b->by_gap[0] != NONE;
}

quire_link tree_place(struct quire_space *s, const struct quire_book *b, quire_page gap)
{
	return search(s, BY_PLACE, b->by_gap[0], 0, 0, gap);
}

/* The least from a gap's own order on, or from the one behind it. */
static quire_link from(struct quire_space *s, const struct quire_book *b, quire_link node,
		       unsigned behind, quire_page gap)
{
	const struct quire_extent *e = extent_at(s, node);

	return search(s, BY_PLACE, b->by_gap[0], path_of_place(b, e),
		      order_of(BY_PLACE, e) + behind, gap);
}

quire_link tree_place_after(struct quire_space *s, const struct quire_book *b, quire_link node,
			    quire_page gap)
{
	return from(s, b, node, 1, gap);
}

bool tree_place_hangs(struct quire_space *s, const struct quire_book *b, quire_link node)
{
	return from(s, b, node, 0, extent_at(s, node)->gap) == node;
}
