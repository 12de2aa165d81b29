/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book's verbs: put an extent in, take one out, find a place, cut and join.
 *
 * Each keeps one promise: an extent's gap is exactly what is free before it, it hangs in the gap
 * tree when that is not zero, and in the physical tree when it shows physical pages.
 */
#include "extents/extents.h"

enum { FIT_PROBES = 16 };

static unsigned bits_of(quire_page n)
{
	unsigned bits = 1;

	while (n >>= 1)
		bits++;
	return bits;
}

void book_init(struct quire_space *s, struct quire_book *b, quire_page pages, unsigned page_shift)
{
	quire_link end = extent_take(s);
	struct quire_extent *e = extent_at(s, end);

	b->pages = pages;
	b->page_bits = (uint8_t)bits_of((quire_page)(pages - 1u));
	b->page_shift = (uint8_t)page_shift;
	b->end = b->last_hit = end;
	e->start = e->gap = pages;
	e->pages = 1;
	extent_set_kind(e, EXTENT_END, 0, false);
	tree_insert_gap(s, b, end);
}

quire_link extent_take(struct quire_space *s)
{
	quire_link node = s->free;

	s->free = link_get(extent_at(s, node), QUIRE_BY_ADDRESS, 0);
	s->free_count--;
	return node;
}

void extent_give(struct quire_space *s, quire_link node)
{
	struct quire_extent *e = extent_at(s, node);

	e->pages = 0; /* covers nothing: see book_covering */
	e->link[QUIRE_BY_ADDRESS][0] = s->free;
	extent_set_kind(e, EXTENT_FREE, 0, false);
	s->free = node;
	s->free_count++;
}

quire_link book_covering(struct quire_space *s, struct quire_book *b, quire_page page)
{
	const struct quire_extent *hit = extent_at(s, b->last_hit);
	quire_link found;

	if ((quire_page)(page - hit->start) < hit->pages)
		return b->last_hit;
	found = tree_covering(s, b, page);
	if (found != NONE)
		b->last_hit = found;
	return found;
}

quire_link book_at_or_behind(struct quire_space *s, struct quire_book *b, quire_page page)
{
	quire_link found = book_covering(s, b, page);

	return found != NONE ? found : tree_behind(s, b, page);
}

/* Change the gap before an extent, and its place in the gap tree. */
static void set_gap(struct quire_space *s, struct quire_book *b, quire_link node, quire_page gap)
{
	struct quire_extent *e = extent_at(s, node);

	if (e->gap != 0)
		tree_remove_gap(s, b, node);
	e->gap = gap;
	if (gap != 0)
		tree_insert_gap(s, b, node);
}

void book_add(struct quire_space *s, struct quire_book *b, quire_link node, quire_link next)
{
	struct quire_extent *e = extent_at(s, node);
	const struct quire_extent *behind = extent_at(s, next);
	quire_page before = (quire_page)(e->start - (behind->start - behind->gap));

	set_gap(s, b, next, (quire_page)(behind->start - extent_end(e)));
	e->gap = before;
	if (before != 0)
		tree_insert_gap(s, b, node);
	tree_insert_address(s, b, node);
	if (extent_kind(e) == EXTENT_MAPPED)
		tree_insert_physical(s, b, node);
}

void book_drop(struct quire_space *s, struct quire_book *b, quire_link node, quire_link next)
{
	const struct quire_extent *e = extent_at(s, node);
	quire_page freed = (quire_page)(e->gap + e->pages);

	tree_remove_address(s, b, node);
	if (extent_kind(e) == EXTENT_MAPPED)
		tree_remove_physical(s, b, node);
	if (e->gap != 0)
		tree_remove_gap(s, b, node);
	set_gap(s, b, next, (quire_page)(extent_at(s, next)->gap + freed));
	if (b->last_hit == node)
		b->last_hit = b->end;
}

/* The physical page that an extent shows so many pages on; what a claim has there does not count. */
static quire_page phys_at(const struct quire_extent *e, quire_page distance)
{
	return (quire_page)(extent_kind(e) == EXTENT_CLAIMED ? e->phys : e->phys + distance);
}

void book_reshape(struct quire_space *s, struct quire_book *b, quire_link node, quire_page start,
		  quire_page pages)
{
	struct quire_extent *e = extent_at(s, node);
	quire_link next = book_next(s, b, node);

	book_drop(s, b, node, next);
	e->phys = phys_at(e, (quire_page)(start - e->start));
	e->start = start;
	e->pages = pages;
	book_add(s, b, node, next);
}

void book_show(struct quire_space *s, struct quire_book *b, quire_link node, enum extent_kind kind,
	       unsigned target, quire_page phys)
{
	struct quire_extent *e = extent_at(s, node);

	if (extent_kind(e) == EXTENT_MAPPED)
		tree_remove_physical(s, b, node);
	extent_set_kind(e, kind, target, false);
	e->phys = phys;
	if (kind == EXTENT_MAPPED)
		tree_insert_physical(s, b, node);
}

/*
 * How many of a gap's first pages must be left out to stand at a multiple of `align` pages.
 */
static quire_size padding(quire_page first, quire_size align, quire_size phase)
{
	return (align - ((first + phase) & (align - 1))) & (align - 1);
}

/* Whether `pages` aligned pages fit before an extent; if so, where. */
static bool fits(const struct quire_extent *e, quire_page pages, quire_size align, quire_size phase,
		 quire_page *start)
{
	quire_page first = (quire_page)(e->start - e->gap);
	quire_size skip = padding(first, align, phase);

	if (skip + pages > e->gap)
		return false;
	*start = (quire_page)(first + skip);
	return true;
}

/*
 * Look at gaps in their tree's order from *from on, at most `probes` of them; NONE if none of them
 * fits. *from is then the one looked at last, or NONE at the end.
 */
static quire_link probe(struct quire_space *s, struct quire_book *b, quire_link *from,
			unsigned probes, quire_page pages, quire_size align, quire_size phase,
			quire_page *start)
{
	while (*from != NONE && probes-- > 0) {
		const struct quire_extent *e = extent_at(s, *from);

		if (fits(e, pages, align, phase, start))
			return *from;
		*from = tree_gap_after(s, b, *from, pages);
	}
	return NONE;
}

quire_link book_fit(struct quire_space *s, struct quire_book *b, quire_page pages, quire_size align,
		    quire_size phase, quire_page *start)
{
	quire_link from = tree_gap(s, b, pages);
	unsigned probes = align == 1 ? 1 : b->highest_first ? ~0u : FIT_PROBES;
	quire_link found = probe(s, b, &from, probes, pages, align, phase, start);
	quire_size enough = pages + (align - 1);

	if (found != NONE || from == NONE)
		return found;
	if (enough <= QUIRE_PAGES_MAX) {
		found = tree_gap(s, b, (quire_page)enough);
		if (found != NONE && fits(extent_at(s, found), pages, align, phase, start))
			return found;
	}
	return probe(s, b, &from, ~0u, pages, align, phase, start);
}

void book_split(struct quire_space *s, struct quire_book *b, quire_link node, quire_page at)
{
	struct quire_extent *left = extent_at(s, node);
	quire_link next = book_next(s, b, node);
	quire_link right_node = extent_take(s);
	struct quire_extent *right = extent_at(s, right_node);
	quire_page kept = (quire_page)(at - left->start);

	book_drop(s, b, node, next);
	*right = *left;
	right->start = at;
	right->pages = (quire_page)(left->pages - kept);
	right->phys = phys_at(left, kept);
	right->gap = 0;
	extent_set_kind(right, extent_kind(left), extent_target(left), true);
	left->pages = kept;
	if (extent_kind(left) == EXTENT_CLAIMED) { /* each guard stays where it is */
		left->phys &= ~(quire_page)CLAIM_GUARD_ABOVE;
		right->phys &= ~(quire_page)CLAIM_GUARD_BELOW;
	}
	book_add(s, b, right_node, next);
	book_add(s, b, node, right_node);
}

bool book_join(struct quire_space *s, struct quire_book *b, quire_link node)
{
	struct quire_extent *left = extent_at(s, node);
	quire_link right_node = book_next(s, b, node);
	const struct quire_extent *right = extent_at(s, right_node);
	quire_page pages = (quire_page)(left->pages + right->pages), guard = right->phys;
	quire_link next;

	if (!extent_is_part(right) || extent_attr(left) != extent_attr(right))
		return false;
	next = book_next(s, b, right_node);
	book_drop(s, b, right_node, next);
	extent_give(s, right_node);
	book_drop(s, b, node, next);
	left->pages = pages;
	if (extent_kind(left) == EXTENT_CLAIMED)
		left->phys |= guard;
	book_add(s, b, node, next);
	return true;
}
