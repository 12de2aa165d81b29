/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book: who owns which pages of a window, and which physical pages they show.
 *
 * Only used pages have descriptors.  A gap is a number in the extent behind it, and each window
 * ends in a sentinel extent that stands one page past its end, so every gap has an owner and
 * every page number has an extent at or behind it:
 *
 *      page  0        4      6          11     14   16
 *            |........AAAAAA|..........BBBBBBB|....|E
 *            gap(A)=4        gap(B)=5          gap(E)=2
 *
 * A new extent costs one descriptor, taking a piece out of the middle of one costs one, and
 * giving a whole one back cannot fail.
 *
 * The same records hang in three trees, one for each question:
 *
 *      tree         ordered by                  answers
 *      address      first page                  which extent covers this page, which comes next?
 *      gap          (gap, its first page), one  which is the smallest gap of n pages or more, the
 *                   tree a power of two         lowest among equals?
 *        or         place, from the top down;   which is the highest gap of n pages or more?
 *                   largest gap on top
 *      physical     (physical page, first       which extents show these physical pages, and is
 *                   page); furthest end on top  one of them large enough?
 *
 * They are digital search trees: a node's key decides bit by bit, from the top, on which side it
 * hangs; which node of a subtree stands at its top is free.  So nothing is ever rebalanced: a new
 * node takes the first empty place on its way down, and a removed one is replaced by its
 * children, one level at a time.  The depth is at most the number of bits in the key and about
 * log2 of the number of nodes.  In the physical tree the freedom is used: the node with the
 * furthest end stands on top (McCreight's radix priority search tree), and that answers the
 * two-sided questions about overlap with no field more.  A window that is filled from the top, first fit,
 * has its gaps in one such tree too, instead of the many: by place, with the largest gap on top.
 *
 * One query serves nearly everything: the least x that is at least x0, among nodes whose y is at
 * least y0.  Nodes are indices into one pool; 0 is none, and the extent there is all 0, so that
 * searches may look at it.  A window's end hangs in the gap tree only.
 */
#ifndef QUIRE_EXTENTS_H
#define QUIRE_EXTENTS_H

#include "quire/space.h"

#define NONE      ((quire_link)0)
#define LINK_MASK ((quire_link)QUIRE_EXTENTS_MAX)

/* The most holders that a mapping can have. */
#define REFS_MAX 0xffffu

/*
 * What an extent is.  FREE ones are in the pool, the END ones close the windows.  A CLAIMED one is
 * addresses whose pages only the tables know, because a service puts them there one by one: it has
 * attributes and parts as a mapping has, `phys` holds its flags, and it hangs in no physical tree.
 */
enum extent_kind { EXTENT_FREE, EXTENT_RESERVED, EXTENT_MAPPED, EXTENT_END, EXTENT_CLAIMED };

/* What a claim is beyond its attributes.  The guards are those of its first part and its last. */
enum claim_flag {
	CLAIM_GUARD_BELOW = 1,  /* its first page is a guard: no entry, ever */
	CLAIM_GUARD_ABOVE = 2,  /* its last page is */
	CLAIM_ANONYMOUS = 4,    /* its pages are frames of its own */
	CLAIM_LAZY = 8,         /* each the page of zeros until it is written to */
	CLAIM_PINNED = 16,      /* frames that stay where they are */
	CLAIM_KEEPS_ABOVE = 32, /* the page behind it is to show nothing: a guard that it shares */
	CLAIM_NEEDS = 0xc0,     /* what its frames must be like (enum quire_frame_trait) */
	CLAIM_GUARDS = 3,
	CLAIM_FLAG_MASK = 0xff,
};

#define CLAIM_NEEDS_SHIFT 6u

/* The six attribute bytes. */
enum { BYTE_ATTR, BYTE_KIND, BYTE_REFS_LOW, BYTE_REFS_HIGH, BYTE_TAG_LOW, BYTE_TAG_HIGH };

static inline quire_link link_get(const struct quire_extent *e, enum quire_tree tree, unsigned side)
{
	return e->link[tree][side] & LINK_MASK;
}

static inline unsigned byte_get(const struct quire_extent *e, unsigned i)
{
#if QUIRE_WIDTH == 16
	return e->attribute[i];
#else
	return e->link[i / 2][i % 2] >> QUIRE_LINK_BITS;
#endif
}

static inline void byte_set(struct quire_extent *e, unsigned i, unsigned value)
{
#if QUIRE_WIDTH == 16
	e->attribute[i] = (uint8_t)value;
#else
	quire_link *word = &e->link[i / 2][i % 2];

	*word = (*word & LINK_MASK) | (quire_link)(value & 0xffu) << QUIRE_LINK_BITS;
#endif
}

static inline unsigned extent_attr(const struct quire_extent *e)
{
	return byte_get(e, BYTE_ATTR);
}

/* Bits of BYTE_KIND: target, kind, and whether the extent continues what is before it. */
static inline unsigned extent_target(const struct quire_extent *e)
{
	return byte_get(e, BYTE_KIND) & 7u;
}

static inline enum extent_kind extent_kind(const struct quire_extent *e)
{
	return (enum extent_kind)(byte_get(e, BYTE_KIND) >> 3 & 7u);
}

static inline bool extent_is_part(const struct quire_extent *e)
{
	return byte_get(e, BYTE_KIND) & 0x40u;
}

static inline void extent_set_kind(struct quire_extent *e, enum extent_kind kind, unsigned target,
				   bool part)
{
	byte_set(e, BYTE_KIND, target | (unsigned)kind << 3 | (part ? 0x40u : 0u));
}

static inline unsigned extent_refs(const struct quire_extent *e)
{
	return byte_get(e, BYTE_REFS_LOW) | byte_get(e, BYTE_REFS_HIGH) << 8;
}

static inline void extent_set_refs(struct quire_extent *e, unsigned refs)
{
	byte_set(e, BYTE_REFS_LOW, refs);
	byte_set(e, BYTE_REFS_HIGH, refs >> 8);
}

static inline unsigned extent_tag(const struct quire_extent *e)
{
	return byte_get(e, BYTE_TAG_LOW) | byte_get(e, BYTE_TAG_HIGH) << 8;
}

static inline void extent_set_tag(struct quire_extent *e, unsigned tag)
{
	byte_set(e, BYTE_TAG_LOW, tag);
	byte_set(e, BYTE_TAG_HIGH, tag >> 8);
}

/* All attributes of a fresh extent. */
static inline void extent_set_all(struct quire_extent *e, enum extent_kind kind,
				  const struct quire_want *want)
{
	bool shows = kind != EXTENT_RESERVED;

	byte_set(e, BYTE_ATTR, shows ? want->attr : 0u);
	extent_set_kind(e, kind, shows ? want->target : 0u, false);
	extent_set_refs(e, 1);
	extent_set_tag(e, want->tag);
}

/* The page behind an extent. */
static inline quire_page extent_end(const struct quire_extent *e)
{
	return (quire_page)(e->start + e->pages);
}

/* The flags of a claim (enum claim_flag); of one of its parts, if it has any. */
static inline unsigned extent_claim(const struct quire_extent *e)
{
	return e->phys;
}

/* The first of a claim's (part's) pages that is no guard, and the one behind the last. */
static inline quire_page claim_start(const struct quire_extent *e)
{
	return (quire_page)(e->start + (extent_claim(e) & CLAIM_GUARD_BELOW ? 1u : 0u));
}

static inline quire_page claim_end(const struct quire_extent *e)
{
	return (quire_page)(extent_end(e) - (extent_claim(e) & CLAIM_GUARD_ABOVE ? 1u : 0u));
}

/* Whether a page of a claim is one of its guards. */
static inline bool claim_guards(const struct quire_extent *e, quire_page page)
{
	return page < claim_start(e) || page >= claim_end(e);
}

/* -- trees (tree.c, place.c) -- */

/* Hang a node into a tree; take it out again.  What its place depends on must not change between.
 */
void tree_insert_address(struct quire_space *s, struct quire_book *b, quire_link node);
void tree_remove_address(struct quire_space *s, struct quire_book *b, quire_link node);
void tree_insert_gap(struct quire_space *s, struct quire_book *b, quire_link node);
void tree_remove_gap(struct quire_space *s, struct quire_book *b, quire_link node);
void tree_insert_physical(struct quire_space *s, struct quire_book *b, quire_link node);
void tree_remove_physical(struct quire_space *s, struct quire_book *b, quire_link node);

/* The extent that covers a page; NONE if it is free. */
quire_link tree_covering(struct quire_space *s, const struct quire_book *b, quire_page page);

/* The extent that starts at a page of the window, NONE if none does, and the one behind that page.
 */
quire_link tree_starting_at(struct quire_space *s, const struct quire_book *b, quire_page page,
			    quire_link *behind);

/* The first extent that starts behind a page: the window's end if there is no other. */
quire_link tree_behind(struct quire_space *s, const struct quire_book *b, quire_page page);

/* The extent behind the smallest gap of at least so many pages, the lowest among equals; or, where the book
   is `highest_first`, behind the highest gap of at least so many.  NONE. */
quire_link tree_gap(struct quire_space *s, const struct quire_book *b, quire_page gap);

/* The next one in that order, of the same size at least; NONE. */
quire_link tree_gap_after(struct quire_space *s, const struct quire_book *b, quire_link node,
			  quire_page gap);

/* Whether the gap before an extent can be found in its tree. */
bool tree_gap_hangs(struct quire_space *s, const struct quire_book *b, quire_link node);

/* What those for gaps call where the book is `highest_first` (place.c). */
void tree_insert_place(struct quire_space *s, struct quire_book *b, quire_link node);
void tree_remove_place(struct quire_space *s, struct quire_book *b, quire_link node);
quire_link tree_place(struct quire_space *s, const struct quire_book *b, quire_page gap);
quire_link tree_place_after(struct quire_space *s, const struct quire_book *b, quire_link node,
			    quire_page gap);
bool tree_place_hangs(struct quire_space *s, const struct quire_book *b, quire_link node);

/* The extent behind the largest gap; NONE if the window is full. */
quire_link tree_largest_gap(struct quire_space *s, const struct quire_book *b);

/* Whether any mapping of `target` shows a physical page of [phys, end). */
bool tree_physical_meets(struct quire_space *s, const struct quire_book *b, unsigned target,
			 quire_page phys, quire_page end);

/*
 * Of the mappings of `target` that end at physical page `end` (which is not 0) or behind it, the
 * first in (physical page, start) order, or the first after a key; NONE.
 */
quire_link tree_physical(struct quire_space *s, const struct quire_book *b, unsigned target,
			 quire_page end);
quire_link tree_physical_after(struct quire_space *s, const struct quire_book *b, unsigned target,
			       quire_key after, quire_page end);
quire_key tree_physical_key(const struct quire_extent *e);

/* -- the book (extents.c) -- */

/* The node behind an index. */
static inline struct quire_extent *extent_at(const struct quire_space *s, quire_link node)
{
	return &s->extent[node];
}

/* Make the window's book, all 0 but for `highest_first`, an empty one: a sentinel with the whole window as
   its gap. */
void book_init(struct quire_space *s, struct quire_book *b, quire_page pages, unsigned page_shift);

/* The pool of descriptors.  take() may only be called when free_count says there is one. */
quire_link extent_take(struct quire_space *s);
void extent_give(struct quire_space *s, quire_link node);

/* As tree_covering, and remembers what it found: the next look at the same place is free. */
quire_link book_covering(struct quire_space *s, struct quire_book *b, quire_page page);

/* The extent behind another one. */
static inline quire_link book_next(struct quire_space *s, const struct quire_book *b,
				   quire_link node)
{
	return tree_behind(s, b, extent_at(s, node)->start);
}

/* The extent that covers a page, or the first one behind it. */
quire_link book_at_or_behind(struct quire_space *s, struct quire_book *b, quire_page page);

/* Put an extent (start, pages, phys, kind set) into the gap before `next`. */
void book_add(struct quire_space *s, struct quire_book *b, quire_link node, quire_link next);

/* Take an extent out, its pages joining the gap before `next`, which follows it. */
void book_drop(struct quire_space *s, struct quire_book *b, quire_link node, quire_link next);

/* Make an extent stand at other pages of itself: [start, start + pages), shrunk at either end or
   grown at its end. */
void book_reshape(struct quire_space *s, struct quire_book *b, quire_link node, quire_page start,
		  quire_page pages);

/* Let an extent show other physical pages, or, as a reservation, none; its own stay as they are. */
void book_show(struct quire_space *s, struct quire_book *b, quire_link node, enum extent_kind kind,
	       unsigned target, quire_page phys);

/* A place for `pages` pages at a multiple of `align` pages (counted from `phase` pages before the
   window): the extent behind it, and its first page in `*start`.  NONE if there is none. */
quire_link book_fit(struct quire_space *s, struct quire_book *b, quire_page pages, quire_size align,
		    quire_size phase, quire_page *start);

/* Cut an extent in two before page `at`; the right half continues the left one. Uses one
 * descriptor. */
void book_split(struct quire_space *s, struct quire_book *b, quire_link node, quire_page at);

/* Join an extent with what follows if that is a part of it and alike; true if so. */
bool book_join(struct quire_space *s, struct quire_book *b, quire_link node);

#endif
