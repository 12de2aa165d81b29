/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three digital search trees of the book (extents.h tells what they are for).
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
 */
#include "extents/extents.h"

#define W       QUIRE_WIDTH
#define TOP_BIT ((quire_key)1 << (2 * W - 1))

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

static inline quire_key order_of(enum quire_tree tree, const struct quire_extent *e)
{
	switch (tree) {
	case QUIRE_BY_ADDRESS:
		return e->start;
	case QUIRE_BY_GAP:
		return pair(e->gap, gap_start(e));
	default:
		return pair(e->phys, e->start);
	}
}

/*
 * What the physical tree keeps its greatest of on top: the physical page behind the mapping.  The
 * extent that stands for NONE is all 0, and so is lower than any other.
 */
static inline quire_page height_of(const struct quire_extent *e)
{
	return (quire_page)(e->phys + e->pages);
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
static inline quire_link link_if(unsigned condition, const struct quire_extent *e,
				 enum quire_tree tree, unsigned side)
{
	return link_get(e, tree, side) & (quire_link)(0u - condition);
}

/* Whether `a` must stand above `b`. */
static inline bool stands_above(enum quire_tree tree, const struct quire_extent *a,
				const struct quire_extent *b)
{
	return tree == QUIRE_BY_PHYSICAL && height_of(a) > height_of(b);
}

/* Let `e`, which is `node`, take the place of `old` in `slot`, children and all. */
static inline void displace(enum quire_tree tree, quire_link *slot, const struct quire_extent *old,
			    quire_link node, struct quire_extent *e)
{
	slot_set(&e->link[tree][0], link_get(old, tree, 0));
	slot_set(&e->link[tree][1], link_get(old, tree, 1));
	slot_set(slot, node);
}

/* -- insert, remove, search: written once, for each tree -- */

static inline void insert(struct quire_space *s, const struct quire_book *b, enum quire_tree tree,
			  quire_link *slot, quire_link node, quire_key path)
{
	struct quire_extent *e = extent_at(s, node);
	quire_link there;
	unsigned depth = 0;

	while ((there = slot_get(slot)) != NONE) {
		struct quire_extent *above = extent_at(s, there);

		if (stands_above(tree, e, above)) {
			struct quire_extent *down = above;

			displace(tree, slot, down, node, e);
			above = e;
			e = down; /* the other goes on down in its stead */
			node = there;
			path = path_of_physical(b, e) << depth;
		}
		slot = &above->link[tree][side_of(path)];
		path <<= 1;
		depth++;
	}
	slot_set(slot, node);
	slot_set(&e->link[tree][0], NONE);
	slot_set(&e->link[tree][1], NONE);
	s->searches++;
}

/* The side of the child that moves up when its parent goes; the parent has one. */
static inline unsigned heir_side(struct quire_space *s, enum quire_tree tree, quire_link left,
				 quire_link right)
{
	if (tree == QUIRE_BY_PHYSICAL)
		return stands_above(tree, extent_at(s, right), extent_at(s, left));
	return left == NONE;
}

static inline void remove_node(struct quire_space *s, enum quire_tree tree, quire_link *slot,
			       quire_link node, quire_key path)
{
	quire_link there, child[2];

	while ((there = slot_get(slot)) != node) {
		slot = &extent_at(s, there)->link[tree][side_of(path)];
		path <<= 1;
	}
	/* The hole sinks: each heir moves up one level, until the hole has no child. */
	child[0] = link_get(extent_at(s, node), tree, 0);
	child[1] = link_get(extent_at(s, node), tree, 1);
	while ((child[0] | child[1]) != NONE) {
		unsigned side = heir_side(s, tree, child[0], child[1]);
		quire_link heir = child[side];
		quire_link other = child[!side];
		struct quire_extent *e = extent_at(s, heir);

		child[0] = link_get(e, tree, 0);
		child[1] = link_get(e, tree, 1);
		slot_set(slot, heir);
		slot_set(&e->link[tree][!side], other);
		slot = &e->link[tree][side];
	}
	slot_set(slot, NONE);
	s->searches++;
}

/*
 * Whether there is nothing of height `y` or more at a node and below.  In the physical tree NONE is
 * like any other node that is too low, and need not be asked for.
 */
static inline bool barren(const struct quire_space *s, enum quire_tree tree, quire_link node,
			  quire_page y)
{
	return tree == QUIRE_BY_PHYSICAL ? height_of(extent_at(s, node)) < y : node == NONE;
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
static inline bool answer_offer(struct answer *a, quire_link node, quire_key order)
{
	quire_key distance = order - a->x;
	bool nearer = distance < a->nearest;

	a->nearest = nearer ? distance : a->nearest;
	a->node = nearer ? node : a->node;
	return nearer;
}

/* Offer the least of a subtree all of which is wanted. */
static inline quire_link least_below(const struct quire_space *s, enum quire_tree tree,
				     quire_link node, quire_page y, struct answer *best)
{
	while (!barren(s, tree, node, y)) {
		const struct quire_extent *e = extent_at(s, node);
		quire_link left = link_get(e, tree, 0);

		answer_offer(best, node, order_of(tree, e));
		node = barren(s, tree, left, y) ? link_get(e, tree, 1) : left;
	}
	return best->node;
}

/*
 * The node with the least order that is at least `x`, among those of height `y` or more (the
 * physical tree only, and y is not 0).  `path` is the path of `x`, or of the key just before it.
 */
static inline quire_link search(struct quire_space *s, enum quire_tree tree, quire_link root,
				quire_key path, quire_key x, quire_page y)
{
	struct answer best = answer_none(x);
	quire_link passed = NONE, node = root;

	s->searches++;
	while (!barren(s, tree, node, y)) {
		const struct quire_extent *e = extent_at(s, node);
		unsigned side = side_of(path);
		quire_link aside = link_if(!side, e, tree, 1);

		/* What was passed before is greater than a node that came after. */
		passed = answer_offer(&best, node, order_of(tree, e)) ? NONE : passed;
		passed = barren(s, tree, aside, y) ? passed : aside;
		node = link_get(e, tree, side);
		path <<= 1;
	}
	return least_below(s, tree, passed, y, &best);
}

/* -- the trees -- */

void tree_insert_address(struct quire_space *s, struct quire_book *b, quire_link node)
{
	insert(s, b, QUIRE_BY_ADDRESS, &b->by_address, node,
	       path_by_address(b, extent_at(s, node)->start));
}

void tree_remove_address(struct quire_space *s, struct quire_book *b, quire_link node)
{
	remove_node(s, QUIRE_BY_ADDRESS, &b->by_address, node,
		    path_by_address(b, extent_at(s, node)->start));
}

void tree_insert_gap(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class = floor_log2(e->gap);

	insert(s, b, QUIRE_BY_GAP, &b->by_gap[class], node,
	       path_by_gap(b, class, e->gap, gap_start(e)));
	b->classes |= (uint32_t)1 << class;
}

void tree_remove_gap(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class = floor_log2(e->gap);

	remove_node(s, QUIRE_BY_GAP, &b->by_gap[class], node,
		    path_by_gap(b, class, e->gap, gap_start(e)));
	if (b->by_gap[class] == NONE)
		b->classes &= ~((uint32_t)1 << class);
}

void tree_insert_physical(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);

	insert(s, b, QUIRE_BY_PHYSICAL, &b->by_physical[extent_target(e)], node,
	       path_of_physical(b, e));
}

void tree_remove_physical(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);

	remove_node(s, QUIRE_BY_PHYSICAL, &b->by_physical[extent_target(e)], node,
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
		quire_link aside = link_if(side, e, QUIRE_BY_ADDRESS, 0);

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
		quire_link aside = link_if(!side, e, QUIRE_BY_ADDRESS, 1);

		found = e->start == page ? node : found;
		passed = answer_offer(&next, node, e->start) ? NONE : passed;
		passed = aside != NONE ? aside : passed;
		node = link_get(e, QUIRE_BY_ADDRESS, side);
		path <<= 1;
	}
	node = least_below(s, QUIRE_BY_ADDRESS, passed, 0, &next);
	*behind = node != NONE ? node : b->end;
	return found;
}

quire_link tree_behind(struct quire_space *s, const struct quire_book *b, quire_page page)
{
	quire_link found = NONE;

	if (page < b->pages) /* a page behind the window has no path */
		found = search(s, QUIRE_BY_ADDRESS, b->by_address, path_by_address(b, page),
			       (quire_key)page + 1u, 0);
	return found != NONE ? found : b->end;
}

quire_link tree_gap(struct quire_space *s, const struct quire_book *b, quire_page gap)
{
	unsigned class = floor_log2(gap);
	uint32_t above = b->classes >> class >> 1;
	quire_link found = NONE;

	if (b->by_gap[class] != NONE)
		found = search(s, QUIRE_BY_GAP, b->by_gap[class], path_by_gap(b, class, gap, 0),
			       pair(gap, 0), 0);
	if (found == NONE && above != 0) {
		class += 1 + floor_log2(above & (0u - above));
		found = search(s, QUIRE_BY_GAP, b->by_gap[class], 0, 0, 0);
	}
	return found;
}

quire_link tree_gap_after(struct quire_space *s, const struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	unsigned class = floor_log2(e->gap);
	quire_link found = search(s, QUIRE_BY_GAP, b->by_gap[class],
				  path_by_gap(b, class, e->gap, gap_start(e)),
				  order_of(QUIRE_BY_GAP, e) + 1u, 0);

	if (found == NONE && b->classes >> class >> 1 != 0)
		found = tree_gap(s, b, (quire_page)((quire_key)2 << class));
	return found;
}

quire_link tree_largest_gap(struct quire_space *s, const struct quire_book *b)
{
	quire_link best, node, right;

	if (b->classes == 0)
		return NONE;
	s->searches++;
	best = b->by_gap[floor_log2(b->classes)];
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
	while (height_of(e) > phys) { /* which that of NONE is not */
		unsigned side = side_of(path);
		quire_link left = link_if(side, e, QUIRE_BY_PHYSICAL, 0);

		if (e->phys < end || height_of(extent_at(s, left)) > phys)
			return true;
		e = extent_at(s, link_get(e, QUIRE_BY_PHYSICAL, side));
		path <<= 1;
	}
	return false;
}

quire_link tree_physical(struct quire_space *s, const struct quire_book *b, unsigned target,
			 quire_page end)
{
	return search(s, QUIRE_BY_PHYSICAL, b->by_physical[target], 0, 0, end);
}

quire_link tree_physical_after(struct quire_space *s, const struct quire_book *b, unsigned target,
			       quire_key after, quire_page end)
{
	return search(s, QUIRE_BY_PHYSICAL, b->by_physical[target],
		      path_by_physical(b, target, (quire_page)(after >> W), (quire_page)after),
		      after + 1u, end);
}

quire_key tree_physical_key(const struct quire_extent *e)
{
	return order_of(QUIRE_BY_PHYSICAL, e);
}
