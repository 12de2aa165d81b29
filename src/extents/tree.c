/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three digital search trees of the book (extents.h tells what they are for).
 *
 * Each tree has a *path*, the key's bits from the top down, which says where a node hangs, and an
 * *order*, the same key as a plain number, by which nodes are compared.  The path is shifted left
 * so that its first bit is the first that can differ: a window of 512 pages has trees ten deep, not
 * sixteen.
 *
 *      root            path bit 31 = 0: left, 1: right
 *      |- left         path bit 30 ...
 *      |  |- left
 *      |  `- right     all nodes below share the bits that led here
 *      `- right
 *
 * So everything in a right subtree is greater than everything in the left one beside it, while the
 * node on top of both may be any that shares their common bits.  A search therefore looks at every
 * node on its way down; and of the subtrees it passes by on the right, only the last one can
 * matter.
 */
#include "extents/extents.h"

#define W       QUIRE_WIDTH
#define TOP_BIT ((quire_key)1 << (2 * W - 1))

static inline unsigned floor_log2(uint32_t n)
{
#ifdef __GNUC__
	return 31u - (unsigned)__builtin_clz(n);
#else
	unsigned bits = 0;

	while (n >>= 1)
		bits++;
	return bits;
#endif
}

/* -- keys ----------------------------------------------------------------------------------------
 */

static inline quire_key pair(quire_page high, quire_page low)
{
	return (quire_key)high << W | low;
}

static inline quire_page last_page(const struct quire_extent *e)
{
	return (quire_page)(e->start + e->pages - 1u);
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

static inline quire_key path_of(const struct quire_book *b, enum quire_tree tree,
				const struct quire_extent *e)
{
	switch (tree) {
	case QUIRE_BY_ADDRESS:
		return path_by_address(b, last_page(e));
	case QUIRE_BY_GAP:
		return path_by_gap(b, floor_log2(e->gap), e->gap, e->start);
	default:
		return path_by_physical(b, extent_target(e), e->phys, e->start);
	}
}

static inline quire_key order_of(enum quire_tree tree, const struct quire_extent *e)
{
	switch (tree) {
	case QUIRE_BY_ADDRESS:
		return last_page(e);
	case QUIRE_BY_GAP:
		return pair(e->gap, e->start);
	default:
		return pair(e->phys, e->start);
	}
}

/* What the physical tree keeps its greatest of on top: the physical page behind the mapping. */
static inline quire_page height_of(const struct quire_extent *e)
{
	return (quire_page)(e->phys + e->pages);
}

static inline quire_link *root_of(struct quire_book *b, enum quire_tree tree,
				  const struct quire_extent *e)
{
	switch (tree) {
	case QUIRE_BY_ADDRESS:
		return &b->by_address;
	case QUIRE_BY_GAP:
		return &b->by_gap[floor_log2(e->gap)];
	default:
		return &b->by_physical[extent_target(e)];
	}
}

/* -- links ---------------------------------------------------------------------------------------
 */

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

/* Whether `a` must stand above `b`. */
static inline bool stands_above(enum quire_tree tree, const struct quire_extent *a,
				const struct quire_extent *b)
{
	return tree == QUIRE_BY_PHYSICAL && height_of(a) > height_of(b);
}

/* Let `node` take the place of the one in `slot`, children and all; returns the one displaced. */
static inline quire_link displace(struct quire_space *s, enum quire_tree tree, quire_link *slot,
				  quire_link node)
{
	quire_link old = slot_get(slot);
	struct quire_extent *e = extent_at(s, node);

	slot_set(&e->link[tree][0], link_get(extent_at(s, old), tree, 0));
	slot_set(&e->link[tree][1], link_get(extent_at(s, old), tree, 1));
	slot_set(slot, node);
	return old;
}

/* -- insert, remove, search: written once, for each tree ------------------------------------------
 */

static inline void insert(struct quire_space *s, const struct quire_book *b, enum quire_tree tree,
			  quire_link *slot, quire_link node)
{
	quire_key path = path_of(b, tree, extent_at(s, node));
	unsigned depth = 0;

	while (slot_get(slot) != NONE) {
		if (stands_above(tree, extent_at(s, node), extent_at(s, slot_get(slot)))) {
			node = displace(s, tree, slot, node);
			path = path_of(b, tree, extent_at(s, node)) << depth;
		}
		slot = &extent_at(s, slot_get(slot))->link[tree][side_of(path)];
		path <<= 1;
		depth++;
	}
	slot_set(slot, node);
	slot_set(&extent_at(s, node)->link[tree][0], NONE);
	slot_set(&extent_at(s, node)->link[tree][1], NONE);
	s->searches++;
}

/* The side of the child that moves up when its parent goes; the parent has one. */
static inline unsigned heir_side(struct quire_space *s, enum quire_tree tree, quire_link left,
				 quire_link right)
{
	if (left == NONE || right == NONE)
		return left == NONE;
	return stands_above(tree, extent_at(s, right), extent_at(s, left));
}

static inline void remove_node(struct quire_space *s, const struct quire_book *b,
			       enum quire_tree tree, quire_link *slot, quire_link node)
{
	quire_key path = path_of(b, tree, extent_at(s, node));
	quire_link child[2];

	while (slot_get(slot) != node) {
		slot = &extent_at(s, slot_get(slot))->link[tree][side_of(path)];
		path <<= 1;
	}
	/* The hole sinks: each heir moves up one level, until the hole has no child. */
	child[0] = link_get(extent_at(s, node), tree, 0);
	child[1] = link_get(extent_at(s, node), tree, 1);
	while (child[0] != NONE || child[1] != NONE) {
		unsigned side = heir_side(s, tree, child[0], child[1]);
		quire_link heir = child[side];
		struct quire_extent *e = extent_at(s, heir);
		quire_link other = child[!side];

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
 * The node with the least order that is at least `x`, among those of height `y` or more (the
 * physical tree only).  `path` is the path of `x`.
 */
static inline quire_link search(struct quire_space *s, enum quire_tree tree, quire_link root,
				quire_key path, quire_key x, quire_page y)
{
	quire_link best = NONE, passed = NONE, node = root;
	quire_key least = 0;

#define TOO_LOW(node) (tree == QUIRE_BY_PHYSICAL && height_of(extent_at(s, node)) < y)
	s->searches++;
	while (node != NONE && !TOO_LOW(node)) {
		const struct quire_extent *e = extent_at(s, node);
		quire_key order = order_of(tree, e);

		if (order >= x) {
			passed = NONE; /* what was passed before is greater than this */
			if (best == NONE || order < least) {
				best = node;
				least = order;
			}
		}
		if (side_of(path)) {
			node = link_get(e, tree, 1);
		} else {
			quire_link right = link_get(e, tree, 1);

			if (right != NONE && !TOO_LOW(right))
				passed = right;
			node = link_get(e, tree, 0);
		}
		path <<= 1;
	}
	/* Everything in the subtree passed last is wanted: find its least. */
	for (node = passed; node != NONE;) {
		const struct quire_extent *e = extent_at(s, node);
		quire_key order = order_of(tree, e);
		quire_link left = link_get(e, tree, 0);

		if (best == NONE || order < least) {
			best = node;
			least = order;
		}
		node = left != NONE && !TOO_LOW(left) ? left : link_get(e, tree, 1);
		if (node != NONE && TOO_LOW(node))
			node = NONE;
	}
#undef TOO_LOW
	return best;
}

/* -- the trees -----------------------------------------------------------------------------------
 */

void tree_insert(struct quire_space *s, struct quire_book *b, enum quire_tree tree, quire_link node)
{
	quire_link *root = root_of(b, tree, extent_at(s, node));

	if (tree == QUIRE_BY_ADDRESS) {
		insert(s, b, QUIRE_BY_ADDRESS, root, node);
	} else if (tree == QUIRE_BY_GAP) {
		insert(s, b, QUIRE_BY_GAP, root, node);
		b->classes |= (uint32_t)1 << floor_log2(extent_at(s, node)->gap);
	} else {
		insert(s, b, QUIRE_BY_PHYSICAL, root, node);
	}
}

void tree_remove(struct quire_space *s, struct quire_book *b, enum quire_tree tree, quire_link node)
{
	quire_link *root = root_of(b, tree, extent_at(s, node));

	if (tree == QUIRE_BY_ADDRESS) {
		remove_node(s, b, QUIRE_BY_ADDRESS, root, node);
	} else if (tree == QUIRE_BY_GAP) {
		remove_node(s, b, QUIRE_BY_GAP, root, node);
		if (*root == NONE)
			b->classes &= ~((uint32_t)1 << floor_log2(extent_at(s, node)->gap));
	} else {
		remove_node(s, b, QUIRE_BY_PHYSICAL, root, node);
	}
}

quire_link tree_at_or_behind(struct quire_space *s, struct quire_book *b, quire_page page)
{
	return search(s, QUIRE_BY_ADDRESS, b->by_address, path_by_address(b, page), page, 0);
}

quire_link tree_gap(struct quire_space *s, struct quire_book *b, quire_page gap, quire_page start)
{
	unsigned class = floor_log2(gap);
	uint32_t above = b->classes >> class >> 1;
	quire_link found = NONE;

	if (b->by_gap[class] != NONE)
		found = search(s, QUIRE_BY_GAP, b->by_gap[class], path_by_gap(b, class, gap, start),
			       pair(gap, start), 0);
	if (found == NONE && above != 0) {
		class += 1 + floor_log2(above & (0u - above));
		found = search(s, QUIRE_BY_GAP, b->by_gap[class], 0, 0, 0);
	}
	return found;
}

quire_link tree_largest_gap(struct quire_space *s, struct quire_book *b)
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

quire_link tree_physical(struct quire_space *s, struct quire_book *b, unsigned target,
			 quire_page phys, quire_page start, quire_page end)
{
	return search(s, QUIRE_BY_PHYSICAL, b->by_physical[target],
		      path_by_physical(b, target, phys, start), pair(phys, start), end);
}
