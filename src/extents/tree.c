/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three trees of the book: by address, by gap, by physical page (extents.h tells what they are for,
 * digital.h how such a tree works).  Gaps by place are in place.c.
 */
#include "extents/digital.h"

/* -- the trees -- */

void tree_insert_address(struct quire_space *s, struct quire_book *b, quire_link node)
{
	insert(s, b, BY_ADDRESS, &b->by_address, node,
	       path_by_address(b, extent_at(s, node)->start));
}

void tree_remove_address(struct quire_space *s, struct quire_book *b, quire_link node)
{
	remove_node(s, BY_ADDRESS, &b->by_address, node,
		    path_by_address(b, extent_at(s, node)->start));
}

void tree_insert_gap(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class;

	if (b->highest_first) {
		tree_insert_place(s, b, node);
		return;
	}
	class = floor_log2(e->gap);
	insert(s, b, BY_GAP, &b->by_gap[class], node, path_by_gap(b, class, e->gap, gap_start(e)));
	b->classes |= (uint32_t)1 << class;
}

void tree_remove_gap(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class;

	if (b->highest_first) {
		tree_remove_place(s, b, node);
		return;
	}
	class = floor_log2(e->gap);
	remove_node(s, BY_GAP, &b->by_gap[class], node,
		    path_by_gap(b, class, e->gap, gap_start(e)));
	if (b->by_gap[class] == NONE)
		b->classes &= ~((uint32_t)1 << class);
}

void tree_insert_physical(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);

	insert(s, b, BY_PHYSICAL, &b->by_physical[extent_target(e)], node, path_of_physical(b, e));
}

void tree_remove_physical(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);

	remove_node(s, BY_PHYSICAL, &b->by_physical[extent_target(e)], node,
		    path_of_physical(b, e));
}

/*
 * Extents do not overlap, so the first one met that covers the page is it.  It is on the page's
 * path, or the greatest of the last subtree passed on the left.
 */
quire_link tree_covering(struct quire_space *s, const struct quire_book *b, quire_page page)
{
	quire_key path = path_by_address(b, page);
	quire_link node = b->by_address, passed = NONE;

	s->searches++;
	while (node != NONE) {
		const struct quire_extent *e = extent_at(s, node);
		unsigned side = side_of(path);
		quire_link aside = link_if(side, e, BY_ADDRESS, 0);

		if ((quire_page)(page - e->start) < e->pages)
			return node;
		passed = e->start < page ? NONE : passed; /* that was less than this */
		passed = aside != NONE ? aside : passed;
		node = link_get(e, QUIRE_BY_ADDRESS, side);
		path <<= 1;
	}
	for (node = passed; node != NONE;) {
		const struct quire_extent *e = extent_at(s, node);
		quire_link right = link_get(e, QUIRE_BY_ADDRESS, 1);

		if ((quire_page)(page - e->start) < e->pages)
			return node;
		node = right != NONE ? right : link_get(e, QUIRE_BY_ADDRESS, 0);
	}
	return NONE;
}

/*
 * One descent for both: the extent lies on the path of its first page, and what comes next is
 * found on the way or passed on the right.
 */
quire_link tree_starting_at(struct quire_space *s, const struct quire_book *b, quire_page page,
			    quire_link *behind)
{
	quire_key path = path_by_address(b, page);
	struct answer next = answer_none((quire_key)page + 1u);
	quire_link node = b->by_address, found = NONE, passed = NONE;

	s->searches++;
	while (node != NONE) {
		const struct quire_extent *e = extent_at(s, node);
		unsigned side = side_of(path);
		quire_link aside = link_if(!side, e, BY_ADDRESS, 1);

		found = e->start == page ? node : found;
		passed = answer_offer(&next, node, e->start) ? NONE : passed;
		passed = aside != NONE ? aside : passed;
		node = link_get(e, QUIRE_BY_ADDRESS, side);
		path <<= 1;
	}
	node = least_below(s, BY_ADDRESS, passed, 0, &next);
	*behind = node != NONE ? node : b->end;
	return found;
}

quire_link tree_behind(struct quire_space *s, const struct quire_book *b, quire_page page)
{
	quire_link found = NONE;

	if (page < b->pages) /* a page behind the window has no path */
		found = search(s, BY_ADDRESS, b->by_address, path_by_address(b, page),
			       (quire_key)page + 1u, 0);
	return found != NONE ? found : b->end;
}

quire_link tree_gap(struct quire_space *s, const struct quire_book *b, quire_page gap)
{
	unsigned class = floor_log2(gap);
	uint32_t above = b->classes >> class >> 1;
	quire_link found = NONE;

	if (b->highest_first)
		return tree_place(s, b, gap);
	if (b->by_gap[class] != NONE)
		found = search(s, BY_GAP, b->by_gap[class], path_by_gap(b, class, gap, 0),
			       pair(gap, 0), 0);
	if (found == NONE && above != 0) {
		class += 1 + floor_log2(above & (0u - above));
		found = search(s, BY_GAP, b->by_gap[class], 0, 0, 0);
	}
	return found;
}

quire_link tree_gap_after(struct quire_space *s, const struct quire_book *b, quire_link node,
			  quire_page gap)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class = floor_log2(e->gap);
	quire_link found;

	if (b->highest_first)
		return tree_place_after(s, b, node, gap);
	found = search(s, BY_GAP, b->by_gap[class], path_by_gap(b, class, e->gap, gap_start(e)),
		       order_of(BY_GAP, e) + 1u, 0);
	if (found == NONE && b->classes >> class >> 1 != 0)
		found = tree_gap(s, b, (quire_page)((quire_key)2 << class));
	return found;
}

bool tree_gap_hangs(struct quire_space *s, const struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class = floor_log2(e->gap);

	if (b->highest_first)
		return tree_place_hangs(s, b, node);
	return search(s, BY_GAP, b->by_gap[class], path_by_gap(b, class, e->gap, gap_start(e)),
		      order_of(BY_GAP, e), 0) == node;
}

quire_link tree_largest_gap(struct quire_space *s, const struct quire_book *b)
{
	quire_link best, node, right;

	if (b->classes == 0)
		return NONE;
	s->searches++;
	best = b->by_gap[floor_log2(b->classes)];
	if (b->highest_first) /* it is on top */
		return best;
	for (node = best; node != NONE;) {
		if (extent_at(s, node)->gap > extent_at(s, best)->gap)
			best = node;
		right = link_get(extent_at(s, node), QUIRE_BY_GAP, 1);
		node = right != NONE ? right : link_get(extent_at(s, node), QUIRE_BY_GAP, 0);
	}
	return best;
}

/*
 * The path of the last key before `end` has everything that starts before it on itself or on its
 * left, and of each subtree on the left the top reaches furthest.
 */
bool tree_physical_meets(struct quire_space *s, const struct quire_book *b, unsigned target,
			 quire_page phys, quire_page end)
{
	quire_key path =
		path_by_physical(b, target, (quire_page)(end - 1u), (quire_page)(b->pages - 1u));
	const struct quire_extent *e = extent_at(s, b->by_physical[target]);

	s->searches++;
	while (height_of(BY_PHYSICAL, e) > phys) { /* which that of NONE is not */
		unsigned side = side_of(path);
		quire_link left = link_if(side, e, BY_PHYSICAL, 0);

		if (e->phys < end || height_of(BY_PHYSICAL, extent_at(s, left)) > phys)
			return true;
		e = extent_at(s, link_get(e, QUIRE_BY_PHYSICAL, side));
		path <<= 1;
	}
	return false;
}

quire_link tree_physical(struct quire_space *s, const struct quire_book *b, unsigned target,
			 quire_page end)
{
	return search(s, BY_PHYSICAL, b->by_physical[target], 0, 0, end);
}

quire_link tree_physical_after(struct quire_space *s, const struct quire_book *b, unsigned target,
			       quire_key after, quire_page end)
{
	return search(s, BY_PHYSICAL, b->by_physical[target],
		      path_by_physical(b, target, (quire_page)(after >> W), (quire_page)after),
		      after + 1u, end);
}

quire_key tree_physical_key(const struct quire_extent *e)
{
	return order_of(BY_PHYSICAL, e);
}
