/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map, map_at, reserve, reserve_at: putting something at addresses that were free.
 *
 * The plan says where; after it nothing can fail but the pools and the port, which are asked
 * last.
 */
#include "space/private.h"

/* -- validation -- */

/* The book whose pages a request is measured in: of the first window that may show the target. */
static const struct quire_book *book_for_target(const struct quire_space *s, unsigned target)
{
	for (unsigned i = 0; i < s->window_count; i++)
		if (target < s->memory_count && (s->window[i].targets & QUIRE_TARGET_BIT(target)))
			return &s->book[i];
	return &s->book[0];
}

static bool misaligned(quire_va address, quire_size align)
{
	return (address & (align - 1)) != 0;
}

/* Size and alignment of a request, in the pages of one book. */
static int want_check_size(const struct quire_book *b, const struct quire_want *want,
			   quire_page *pages)
{
	int err = pages_of(b, want->size, pages);

	if (err)
		return err;
	return misaligned(want->align, want->align) ? QUIRE_EALIGN : QUIRE_OK;
}

int want_check_kind(const struct quire_space *s, const struct quire_want *want)
{
	int err = attr_check(want->attr, want->caps, want->flags);

	if (err)
		return err;
	return memory_can(s, want->target, want->attr) ? QUIRE_OK : QUIRE_ECAPS;
}

static int want_check_target(const struct quire_space *s, const struct quire_want *want)
{
	return want->target < s->memory_count && s->memory[want->target].size != 0 ? QUIRE_OK
										   : QUIRE_ETARGET;
}

int want_check_physical(const struct quire_space *s, const struct quire_book *b,
			const struct quire_want *want, quire_page pages)
{
	const struct quire_memory *m;
	quire_size offset;
	int err = want_check_target(s, want);

	if (err)
		return err;
	m = &s->memory[want->target];
	offset = want->pa - m->base;
	if (offset >= m->size || (quire_size)pages > (m->size - offset) >> b->page_shift)
		return QUIRE_EBEYOND;
	return QUIRE_OK;
}

/* Everything about a request that does not depend on where it goes.  `va` is 0 or the chosen
 * address. */
static int want_check(const struct quire_space *s, const struct quire_want *want, quire_va va,
		      quire_page *pages)
{
	const struct quire_book *b = book_for_target(s, want->target);
	quire_size page = page_size(b);
	int err = want_check_size(b, want, pages);

	if (err)
		return err;
	if (misaligned(want->pa, page) || misaligned(va, page) ||
	    (want->align != 0 && misaligned(va, want->align)))
		return QUIRE_EALIGN;
	if (want->pa + (want->size - 1) < want->pa || va + (want->size - 1) < va)
		return QUIRE_EWRAP;
	err = want_check_physical(s, b, want, *pages);
	return err ? err : want_check_kind(s, want);
}

/* -- sharing -- */

/* Whether an extent shows a request's pages, whole, with all it asks for, and may be lent. */
static bool can_lend(struct quire_space *s, struct quire_book *b, quire_link node, quire_page phys,
		     quire_page pages, unsigned attr)
{
	const struct quire_extent *e = extent_at(s, node);

	return e->phys <= phys && (quire_size)e->phys + e->pages >= (quire_size)phys + pages &&
	       extent_allows(e, attr) && !extent_is_part(e) &&
	       !extent_is_part(extent_at(s, book_next(s, b, node)));
}

/*
 * A mapping in one window that can be lent for a request: of those that show all its pages the
 * one with the lowest physical start.  If `at` is given, the pages must be seen there.  NONE.
 */
static quire_link lender_find(struct quire_space *s, struct quire_book *b,
			      const struct quire_want *want, quire_page phys, quire_page pages,
			      const quire_page *at)
{
	quire_page end = (quire_page)(phys + pages);
	quire_link node = tree_physical(s, b, want->target, end);

	while (node != NONE && extent_at(s, node)->phys <= phys) {
		const struct quire_extent *e = extent_at(s, node);

		if ((!at || (quire_page)(e->start + (phys - e->phys)) == *at) &&
		    can_lend(s, b, node, phys, pages, want->attr))
			return node;
		node = tree_physical_after(s, b, want->target, tree_physical_key(e), end);
	}
	return NONE;
}

/* Give the caller a reference to a mapping that shows what it wants, or only tell of it. */
static int lend(struct quire_space *s, unsigned window, quire_link node,
		const struct quire_want *want, quire_page phys, quire_page pages,
		struct quire_got *got)
{
	struct quire_extent *e = extent_at(s, node);
	unsigned refs = extent_refs(e);

	if (!(want->flags & QUIRE_TELL)) {
		if (refs == REFS_MAX)
			return QUIRE_EREFS;
		extent_set_refs(e, refs + 1);
		s->generation++;
	}
	got->mapping = visible_address(s, window, e->start, want->attr);
	got->va = visible_address(s, window, (quire_page)(e->start + (phys - e->phys)), want->attr);
	return e->phys == phys && e->pages == pages ? QUIRE_IDENTICAL : QUIRE_ENCLOSED;
}

/*
 * Look for the request's physical pages in one window.  A status if they were lent,
 * QUIRE_EOVERLAP if some are mapped, 0 if none is.
 */
static int conflict_in(struct quire_space *s, unsigned window, const struct quire_want *want,
		       quire_page pages, const quire_page *at, struct quire_got *got)
{
	struct quire_book *b = &s->book[window];
	quire_page phys = physical_page(s, window, want->target, want->pa);
	quire_link lender;

	if (!tree_physical_meets(s, b, want->target, phys, (quire_page)(phys + pages)))
		return QUIRE_OK;
	lender = lender_find(s, b, want, phys, pages, at);
	if (lender != NONE)
		return lend(s, window, lender, want, phys, pages, got);
	return QUIRE_EOVERLAP;
}

/* The page at which a chosen address lies in a window; one that there is not for any other window. */
static const quire_page *where(const struct place *at, unsigned window)
{
	static const quire_page nowhere = (quire_page)~0u;

	return at->window == window ? &at->page : &nowhere;
}

/* What is known after one more window that cannot do what is asked: nothing better than QUIRE_EMODE. */
static int refused(const struct quire_space *s, unsigned window, const struct quire_want *want,
		   int so_far)
{
	return so_far == QUIRE_ECAPS
		       ? window_refusal(s, window, want->target, want->attr, want->caps)
		       : so_far;
}

/*
 * Look for them in all windows that can do what is asked.  A mapping that can be lent wins over
 * an overlap. `at` limits lending to one window and page. QUIRE_ECAPS if there is no such window,
 * QUIRE_EMODE if one could do all but the cache mode.
 */
static int conflict(struct quire_space *s, const struct quire_want *want, quire_page pages,
		    const struct place *at, struct quire_got *got)
{
	int result = QUIRE_ECAPS;

	for (unsigned i = 0; i < s->window_count; i++) {
		int found;

		if (!window_can(s, i, want->target, want->attr, want->caps)) {
			result = refused(s, i, want, result);
			continue;
		}
		found = conflict_in(s, i, want, pages, at ? where(at, i) : NULL, got);
		if (found > 0 || found == QUIRE_EREFS)
			return found;
		if (result != QUIRE_EOVERLAP)
			result = found;
	}
	return result == QUIRE_EOVERLAP && (want->flags & QUIRE_SHARED) ? QUIRE_OK : result;
}

/* -- finding a place -- */

int spot_anywhere(struct quire_space *s, const struct quire_want *want, quire_page pages,
		  quire_page below, struct spot *spot)
{
	int result = QUIRE_ECAPS;

	for (unsigned i = 0; i < s->window_count; i++) {
		struct quire_book *b = &s->book[i];
		quire_size align = want->align >> b->page_shift;

		if (!window_can(s, i, want->target, want->attr, want->caps)) {
			result = refused(s, i, want, result);
			continue;
		}
		result = QUIRE_ESPACE;
		if (pages > b->pages)
			continue;
		spot->next = place_fit(s, i, pages, below, align, &spot->start);
		if (spot->next != NONE) {
			spot->window = i;
			spot->pages = pages;
			return QUIRE_OK;
		}
	}
	return result;
}

int spot_at(struct quire_space *s, const struct place *at, quire_page pages, struct spot *spot)
{
	struct quire_book *b = &s->book[at->window];
	const struct quire_extent *e;

	spot->window = at->window;
	spot->start = at->page;
	spot->pages = pages;
	if (tree_covering(s, b, at->page) != NONE)
		return QUIRE_ETAKEN;
	spot->next = tree_behind(s, b, at->page);
	e = extent_at(s, spot->next);
	return pages <= (quire_page)(e->start - at->page) ? QUIRE_OK : QUIRE_ETAKEN;
}

/* -- commit -- */

/* Secure a descriptor and tables, ask the port, then write the entries and the book. */
static int map_commit(struct quire_space *s, const struct quire_want *want, const struct spot *spot,
		      struct quire_got *got)
{
	struct quire_book *b = &s->book[spot->window];
	struct quire_walker *walker = walker_of(s, spot->window);
	struct quire_run run = run_wanted(s, spot->window, spot->start, spot->pages, want);
	quire_page phys = physical_page(s, spot->window, want->target, want->pa);
	int err;

	if (s->free_count == 0)
		return QUIRE_EPOOL;
	if (!quire_walk_can_set(walker, &run))
		return QUIRE_ETABLES;
	err = port_prepare(s, spot->window, QUIRE_CHANGE_MAP, &run);
	if (err)
		return err;
	quire_walk_set(walker, &run, QUIRE_SET_FRESH);
	extent_new(s, b, spot->next, spot->start, spot->pages, EXTENT_MAPPED, want, phys);
	got->va = got->mapping = visible_address(s, spot->window, spot->start, want->attr);
	return QUIRE_OK;
}

static int reserve_commit(struct quire_space *s, const struct quire_want *want,
			  const struct spot *spot)
{
	if (s->free_count == 0)
		return QUIRE_EPOOL;
	extent_new(s, &s->book[spot->window], spot->next, spot->start, spot->pages, EXTENT_RESERVED,
		   want, 0);
	return QUIRE_OK;
}

/* -- the verbs, locked -- */

static int map(struct quire_space *s, const struct quire_want *want, struct quire_got *got)
{
	struct spot spot;
	quire_page pages;
	int err = want_check(s, want, 0, &pages);

	if (!err)
		err = conflict(s, want, pages, NULL, got);
	if (!err)
		err = spot_anywhere(s, want, pages, 0, &spot);
	return err ? err : map_commit(s, want, &spot, got);
}

static int map_at(struct quire_space *s, quire_va va, const struct quire_want *want,
		  struct quire_got *got)
{
	struct place at;
	struct spot spot;
	quire_page pages;
	int err = want_check(s, want, va, &pages);

	if (!err)
		err = place_find(s, va, &at);
	if (err)
		return err;
	if (leaves_window(s, &at,
			  (quire_size)pages << book_for_target(s, want->target)->page_shift))
		return QUIRE_EFOREIGN;
	if (!window_can(s, at.window, want->target, want->attr, want->caps))
		return window_refusal(s, at.window, want->target, want->attr, want->caps);
	err = conflict(s, want, pages, want->flags & QUIRE_TELL ? NULL : &at, got);
	if (!err)
		err = spot_at(s, &at, pages, &spot);
	return err ? err : map_commit(s, want, &spot, got);
}

static int reserve(struct quire_space *s, const struct quire_want *want, quire_va *out)
{
	struct spot spot;
	quire_page pages;
	int err = want_check_size(book_for_target(s, want->target), want, &pages);

	if (!err)
		err = want_check_target(s, want);
	if (!err)
		err = want_check_kind(s, want);
	if (!err)
		err = spot_anywhere(s, want, pages, 0, &spot);
	if (!err)
		err = reserve_commit(s, want, &spot);
	if (!err)
		*out = visible_address(s, spot.window, spot.start, want->attr);
	return err;
}

static int reserve_at(struct quire_space *s, quire_va va, quire_size size, uint16_t tag)
{
	struct quire_want want = {.size = size, .tag = tag};
	struct place at;
	struct spot spot;
	quire_page pages;
	int found = place_find(s, va, &at);
	int err = pages_of(&s->book[found ? 0 : at.window], size, &pages);

	if (err)
		return err;
	if (misaligned(va, page_size(&s->book[found ? 0 : at.window])))
		return QUIRE_EALIGN;
	if (va + (size - 1) < va)
		return QUIRE_EWRAP;
	if (found || leaves_window(s, &at, (quire_size)pages << s->book[at.window].page_shift))
		return QUIRE_EFOREIGN;
	err = spot_at(s, &at, pages, &spot);
	return err ? err : reserve_commit(s, &want, &spot);
}

/* -- public -- */

int quire_space_map(struct quire_space *space, const struct quire_want *want, struct quire_got *got)
{
	int err = space_enter(space, want && got);

	return err ? err : space_leave(space, map(space, want, got));
}

int quire_space_map_at(struct quire_space *space, quire_va va, const struct quire_want *want,
		       struct quire_got *got)
{
	int err = space_enter(space, want && got);

	return err ? err : space_leave(space, map_at(space, va, want, got));
}

int quire_space_reserve(struct quire_space *space, const struct quire_want *want, quire_va *out)
{
	int err = space_enter(space, want && out);

	return err ? err : space_leave(space, reserve(space, want, out));
}

int quire_space_reserve_at(struct quire_space *space, quire_va va, quire_size size, uint16_t tag)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, reserve_at(space, va, size, tag));
}
