/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digital search trees, written once for all orders that the book has (extents.h tells what they are for).
 *
 * Each tree has a *path*, the key's bits from the top down, which says where a node hangs, and an
 * *order*, the same key as a plain number, by which nodes are compared.  The path is shifted left
 * so that its first bit is the first that can differ: a window of 512 pages has trees nine deep,
 * not sixteen.
 *
 *      root            path bit 31 = 0: left, 1: right
 *      |- left         path bit 30 ...
 *      |  |- left
 *      |  `- right     all nodes below share the bits that led here
 *      `- right
 *
 * So everything in a right subtree is greater than everything in the left one beside it, while
 * the node on top of both may be any that shares their common bits.  A search therefore looks at
 * every node on its way down; and of the subtrees it passes by on the right, only the last one
 * can matter.
 *
 * The order is a constant wherever these functions are used, so that each use becomes a function of its own.
 */
#ifndef QUIRE_EXTENTS_DIGITAL_H
#define QUIRE_EXTENTS_DIGITAL_H

#include "extents/extents.h"

#define W       QUIRE_WIDTH
#define TOP_BIT ((quire_key)1 << (2 * W - 1))

/*
 * What a tree is ordered by.  BY_PLACE is the other order of the tree of gaps, for windows that are
 * filled from the top.
 */
enum order {
	BY_ADDRESS = QUIRE_BY_ADDRESS,
	BY_GAP = QUIRE_BY_GAP,
	BY_PHYSICAL = QUIRE_BY_PHYSICAL,
	BY_PLACE,
};

/* Which of a node's links are an order's. */
static inline enum quire_tree links_of(enum order order)
{
	return order == BY_PLACE ? QUIRE_BY_GAP : (enum quire_tree)order;
}

/* Whether its nodes have a height, and the highest of a subtree stands on top of it. */
static inline bool has_heights(enum order order)
{
	return order == BY_PHYSICAL || order == BY_PLACE;
}

/* By halves where the processor has no instruction for it. */
static inline unsigned floor_log2(uint32_t n)
{
#if QUIRE_HAVE_CLZ
	return 31u - (unsigned)__builtin_clz(n);
#else
	unsigned bits = 0;

	for (unsigned half = W / 2; half != 0; half /= 2)
		if (n >> half != 0) {
			n >>= half;
			bits += half;
		}
	return bits;
#endif
}

/* -- keys -- */

static inline quire_key pair(quire_page high, quire_page low)
{
	return (quire_key)high << W | low;
}

static inline quire_page gap_start(const struct quire_extent *e)
{
	return (quire_page)(e->start - e->gap);
}

static inline quire_key path_by_address(const struct quire_book *b, quire_page page)
{
	return (quire_key)page << (2 * W - b->page_bits);
}

/* All gaps of one class have the same highest bit; the path starts with the bits below it. */
static inline quire_key path_by_gap(const struct quire_book *b, unsigned class, quire_page gap,
				    quire_page start)
{
	return (quire_key)gap << (W - class) << W | path_by_address(b, start) >> class;
}

static inline quire_key path_by_physical(const struct quire_book *b, unsigned target,
					 quire_page phys, quire_page start)
{
	unsigned bits = b->phys_bits[target];

	return (quire_key)phys << (2 * W - bits) | path_by_address(b, start) >> bits;
}

static inline quire_key path_of_physical(const struct quire_book *b, const struct quire_extent *e)
{
	return path_by_physical(b, extent_target(e), e->phys, e->start);
}

/* Gaps by their place, counted from the top down: the bits above a page number's fall off the path. */
static inline quire_page from_the_top(const struct quire_extent *e)
{
	return (quire_page)~gap_start(e);
}

static inline quire_key path_of_place(const struct quire_book *b, const struct quire_extent *e)
{
	return path_by_address(b, from_the_top(e));
}

static inline quire_key order_of(enum order order, const struct quire_extent *e)
{
	switch (order) {
	case BY_ADDRESS:
		return e->start;
	case BY_GAP:
		return pair(e->gap, gap_start(e));
	case BY_PLACE:
		return from_the_top(e);
	default:
		return pair(e->phys, e->start);
	}
}

/*
 * What a tree with heights keeps its greatest of on top: the physical page behind a mapping, or the size
 * of a gap.  The extent that stands for NONE is all 0, and so is lower than any other.
 */
static inline quire_page height_of(enum order order, const struct quire_extent *e)
{
	return order == BY_PLACE ? e->gap : (quire_page)(e->phys + e->pages);
}

static inline quire_key path_of(const struct quire_book *b, enum order order,
				const struct quire_extent *e)
{
	return order == BY_PLACE ? path_of_place(b, e) : path_of_physical(b, e);
}

/* -- links -- */

static inline void slot_set(quire_link *slot, quire_link node)
{
	*slot = (quire_link)((*slot & ~LINK_MASK) | node);
}

static inline quire_link slot_get(const quire_link *slot)
{
	return *slot & LINK_MASK;
}

static inline unsigned side_of(quire_key path)
{
	return (path & TOP_BIT) != 0;
}

/* A link, or NONE: chosen without a branch, since which way a path turns cannot be predicted. */
static inline quire_link link_if(unsigned condition, const struct quire_extent *e, enum order order,
				 unsigned side)
{
	return link_get(e, links_of(order), side) & (quire_link)(0u - condition);
}

/* Whether `a` must stand above `b`. */
static inline bool stands_above(enum order order, const struct quire_extent *a,
				const struct quire_extent *b)
{
	return has_heights(order) && height_of(order, a) > height_of(order, b);
}

/* Let `e`, which is `node`, take the place of `old` in `slot`, children and all. */
static inline void displace(enum order order, quire_link *slot, const struct quire_extent *old,
			    quire_link node, struct quire_extent *e)
{
	slot_set(&e->link[links_of(order)][0], link_get(old, links_of(order), 0));
	slot_set(&e->link[links_of(order)][1], link_get(old, links_of(order), 1));
	slot_set(slot, node);
}

/* -- insert, remove, search: written once, for each tree -- */

static inline void insert(struct quire_space *s, const struct quire_book *b, enum order order,
			  quire_link *slot, quire_link node, quire_key path)
{
	struct quire_extent *e = extent_at(s, node);
	quire_link there;
	unsigned depth = 0;

	while ((there = slot_get(slot)) != NONE) {
		struct quire_extent *above = extent_at(s, there);

		if (stands_above(order, e, above)) {
			struct quire_extent *down = above;

			displace(order, slot, down, node, e);
			above = e;
			e = down; /* the other goes on down in its stead */
			node = there;
			path = path_of(b, order, e) << depth;
		}
		slot = &above->link[links_of(order)][side_of(path)];
		path <<= 1;
		depth++;
	}
	slot_set(slot, node);
	slot_set(&e->link[links_of(order)][0], NONE);
	slot_set(&e->link[links_of(order)][1], NONE);
	s->searches++;
}

/* The side of the child that moves up when its parent goes; the parent has one. */
static inline unsigned heir_side(struct quire_space *s, enum order order, quire_link left,
				 quire_link right)
{
	if (has_heights(order))
		return stands_above(order, extent_at(s, right), extent_at(s, left));
	return left == NONE;
}

static inline void remove_node(struct quire_space *s, enum order order, quire_link *slot,
			       quire_link node, quire_key path)
{
	quire_link there, child[2];

	while ((there = slot_get(slot)) != node) {
		slot = &extent_at(s, there)->link[links_of(order)][side_of(path)];
		path <<= 1;
	}
	/* The hole sinks: each heir moves up one level, until the hole has no child. */
	child[0] = link_get(extent_at(s, node), links_of(order), 0);
	child[1] = link_get(extent_at(s, node), links_of(order), 1);
	while ((child[0] | child[1]) != NONE) {
		unsigned side = heir_side(s, order, child[0], child[1]);
		quire_link heir = child[side];
		quire_link other = child[!side];
		struct quire_extent *e = extent_at(s, heir);

		child[0] = link_get(e, links_of(order), 0);
		child[1] = link_get(e, links_of(order), 1);
		slot_set(slot, heir);
		slot_set(&e->link[links_of(order)][!side], other);
		slot = &e->link[links_of(order)][side];
	}
	slot_set(slot, NONE);
	s->searches++;
}

/*
 * Whether there is nothing of height `y` or more at a node and below.  In a tree with heights NONE is
 * like any other node that is too low, and need not be asked for.
 */
static inline bool barren(const struct quire_space *s, enum order order, quire_link node,
			  quire_page y)
{
	return has_heights(order) ? height_of(order, extent_at(s, node)) < y : node == NONE;
}

/*
 * The best answer so far: the node whose order is the least distance above `x`.  A distance
 * counts from x upwards, so that what is less than x wraps to more than `nearest` ever is, and
 * one comparison says it all.
 */
struct answer {
	quire_key x, nearest;
	quire_link node;
};

static inline struct answer answer_none(quire_key x)
{
	return (struct answer){.x = x, .nearest = ~x, .node = NONE};
}

/* Take a node if it is nearer; a choice without a branch, since nobody can predict it. */
static inline bool answer_offer(struct answer *a, quire_link node, quire_key at)
{
	quire_key distance = at - a->x;
	bool nearer = distance < a->nearest;

	a->nearest = nearer ? distance : a->nearest;
	a->node = nearer ? node : a->node;
	return nearer;
}

/* Offer the least of a subtree all of which is wanted. */
static inline quire_link least_below(const struct quire_space *s, enum order order, quire_link node,
				     quire_page y, struct answer *best)
{
	while (!barren(s, order, node, y)) {
		const struct quire_extent *e = extent_at(s, node);
		quire_link left = link_get(e, links_of(order), 0);

		answer_offer(best, node, order_of(order, e));
		node = barren(s, order, left, y) ? link_get(e, links_of(order), 1) : left;
	}
	return best->node;
}

/*
 * The node with the least order that is at least `x`, among those of height `y` or more (in a
 * tree with heights, and y is not 0).  `path` is the path of `x`, or of the key just before it.
 */
static inline quire_link search(struct quire_space *s, enum order order, quire_link root,
				quire_key path, quire_key x, quire_page y)
{
	struct answer best = answer_none(x);
	quire_link passed = NONE, node = root;

	s->searches++;
	while (!barren(s, order, node, y)) {
		const struct quire_extent *e = extent_at(s, node);
		unsigned side = side_of(path);
		quire_link aside = link_if(!side, e, order, 1);

		/* What was passed before is greater than a node that came after. */
		passed = answer_offer(&best, node, order_of(order, e)) ? NONE : passed;
		passed = barren(s, order, aside, y) ? passed : aside;
		node = link_get(e, links_of(order), side);
		path <<= 1;
	}
	return least_below(s, order, passed, y, &best);
}

#endif
