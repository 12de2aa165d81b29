/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verbs share: finding a window, turning bytes into pages, and the steps of a plan.
 *
 * Functions here neither lock nor check for NULL; the public wrappers in each file do.
 */
#ifndef QUIRE_SPACE_PRIVATE_H
#define QUIRE_SPACE_PRIVATE_H

#include "extents/extents.h"
#include "lock.h"

/* An address, taken apart. */
struct place {
	unsigned window;
	quire_page page;
	quire_size offset; /* in the page */
};

/* A mapping or reservation with all its parts: extents `head` to `last`, `next` behind them. */
struct whole {
	struct quire_book *book;
	unsigned window;
	quire_link head, last, next;
	quire_page start, pages;
};

/* Check that there is a space and that its arguments are there, and lock it. */
static inline int space_enter(struct quire_space *s, bool arguments)
{
	if (!s || !arguments)
		return QUIRE_ENULL;
	return lock_enter(&s->lock);
}

/* Unlock and pass a result on. */
static inline int space_leave(struct quire_space *s, int result)
{
	return lock_leave(&s->lock, result);
}

/* A run of pages inside one mapping or claim, `node` being the extent that covers the first. */
struct range {
	struct quire_book *book;
	unsigned window;
	quire_link node;
	quire_page start, end;
	bool inside; /* its window does not end before it */
};

static inline quire_size page_size(const struct quire_book *b)
{
	return (quire_size)1 << b->page_shift;
}

static inline struct quire_walker *walker_of(const struct quire_space *s, unsigned window)
{
	return &s->walker[s->window[window].walker];
}

/* The address of a page as the tables number it. */
static inline quire_va walk_address(const struct quire_space *s, unsigned window, quire_page page)
{
	return s->window[window].walk + ((quire_va)page << s->book[window].page_shift);
}

/* The address of a page as the program sees it, on the side that these attributes ask for. */
static inline quire_va visible_address(const struct quire_space *s, unsigned window,
				       quire_page page, unsigned attr)
{
	const struct quire_window *w = &s->window[window];

	return (attr & QUIRE_EXEC ? w->exec_base : w->base) +
	       ((quire_va)page << s->book[window].page_shift);
}

/* A memory's page number as a physical address. */
static inline quire_pa physical_address(const struct quire_space *s, unsigned window,
					unsigned target, quire_page page)
{
	return s->memory[target].base + ((quire_pa)page << s->book[window].page_shift);
}

/* The other way round: the number of the page that a physical address is in. */
static inline quire_page physical_page(const struct quire_space *s, unsigned window,
				       unsigned target, quire_pa pa)
{
	return (quire_page)((pa - s->memory[target].base) >> s->book[window].page_shift);
}

/* The leaf that translates a page; its kind is QUIRE_ENTRY_INVALID where there is none. */
static inline void leaf_at(const struct quire_space *s, unsigned window, quire_page page,
			   struct quire_decoded *out)
{
	quire_walk_get(walker_of(s, window), walk_address(s, window, page), out);
}

/* The memory that a leaf shows: the one it names if that can be, or else the first that the window may show
   and that has these bytes (not every MMU's entries name the memory). */
unsigned leaf_target(const struct quire_space *s, unsigned window,
		     const struct quire_decoded *leaf);

/* What the tables will have to say for a request whose pages stand at page `at`. */
static inline struct quire_run run_wanted(const struct quire_space *s, unsigned window,
					  quire_page at, quire_page pages,
					  const struct quire_want *want)
{
	return (struct quire_run){
		.walk = walk_address(s, window, at),
		.size = (quire_size)pages << s->book[window].page_shift,
		.pa = want->pa,
		.target = want->target,
		.attr = want->attr,
	};
}

/* Which window and page an address is in.  QUIRE_EFOREIGN. */
int place_find(const struct quire_space *s, quire_va va, struct place *out);

/* Bytes to whole pages.  QUIRE_EZERO, QUIRE_EROUND.  More pages than a window can have become one
   more than that, which fits nowhere. */
static inline int pages_of(const struct quire_book *b, quire_size size, quire_page *out)
{
	quire_size mask = page_size(b) - 1;
	quire_size pages;

	if (size == 0)
		return QUIRE_EZERO;
	if (size + mask < size)
		return QUIRE_EROUND;
	pages = (size + mask) >> b->page_shift;
	*out = pages <= QUIRE_PAGES_MAX ? (quire_page)pages : (quire_page)(QUIRE_PAGES_MAX + 1u);
	return QUIRE_OK;
}

/* Attributes and what must be able to do them.  QUIRE_EFLAG, QUIRE_EWX. */
static inline int attr_check(unsigned attr, unsigned caps, unsigned flags)
{
	if ((attr & ~(unsigned)QUIRE_ATTR_MASK) || (caps & ~(unsigned)QUIRE_CAP_MASK) ||
	    (flags & ~(unsigned)QUIRE_FLAG_MASK))
		return QUIRE_EFLAG;
	if ((attr & QUIRE_WRITE) && (attr & QUIRE_EXEC) && !(flags & QUIRE_WX))
		return QUIRE_EWX;
	return QUIRE_OK;
}

/* Whether a window may show a memory and has all capabilities that are asked for. */
static inline bool window_has(const struct quire_space *s, unsigned window, unsigned target,
			      unsigned attr, unsigned caps)
{
	const struct quire_window *w = &s->window[window];
	unsigned needed = (attr & QUIRE_ACCESS_MASK) | caps;

	return (w->caps & needed) == needed && (w->targets & QUIRE_TARGET_BIT(target));
}

/* Whether a window's entries can say this cache mode, or the memory is like that of itself. */
static inline bool window_says(const struct quire_space *s, unsigned window, unsigned target,
			       unsigned attr)
{
	unsigned mode = attr & QUIRE_CACHE_MASK;

	return mode == s->memory[target].mode ||
	       !(walker_of(s, window)->mmu->missing_modes >> (mode >> 4) & 1u);
}

/* Whether a window may show a memory and do all that is asked. */
static inline bool window_can(const struct quire_space *s, unsigned window, unsigned target,
			      unsigned attr, unsigned caps)
{
	return window_has(s, window, target, attr, caps) && window_says(s, window, target, attr);
}

/* Why a window cannot: QUIRE_ECAPS, or QUIRE_EMODE if it is only that. */
static inline int window_refusal(const struct quire_space *s, unsigned window, unsigned target,
				 unsigned attr, unsigned caps)
{
	return window_has(s, window, target, attr, caps) ? QUIRE_EMODE : QUIRE_ECAPS;
}

/* Whether a memory may be used so. */
static inline bool memory_can(const struct quire_space *s, unsigned target, unsigned attr)
{
	unsigned needed = attr & QUIRE_ACCESS_MASK;

	return (s->memory[target].caps & needed) == needed;
}

/* Whether a request of this attribute is satisfied by an extent: it allows as much, cached alike.
 */
static inline bool extent_allows(const struct quire_extent *e, unsigned attr)
{
	unsigned has = extent_attr(e);

	return (has & attr & QUIRE_ACCESS_MASK) == (attr & QUIRE_ACCESS_MASK) &&
	       (has & QUIRE_CACHE_MASK) == (attr & QUIRE_CACHE_MASK);
}

/*
 * A place for `pages` pages in a window, of which the one after the first `below` stands at a multiple of
 * `align` pages: the extent behind it, and its first page in `*start`, at the start of the best gap, or at
 * its end where the window says so.  NONE.
 */
static inline quire_link place_fit(struct quire_space *s, unsigned window, quire_page pages,
				   quire_page below, quire_size align, quire_page *start)
{
	struct quire_book *b = &s->book[window];
	quire_size phase = (s->window[window].base >> b->page_shift) + below;
	quire_link next;

	align = align ? align : 1;
	next = book_fit(s, b, pages, align, phase, start);
	if (next != NONE && s->window[window].place != QUIRE_PLACE_LOW) {
		quire_page last = (quire_page)(extent_at(s, next)->start - pages);

		*start = (quire_page)(last - ((last + phase) & (align - 1)));
	}
	return next;
}

/* Whether so many bytes from a place on run past the end of its window. */
static inline bool leaves_window(const struct quire_space *s, const struct place *at,
				 quire_size size)
{
	quire_size before = ((quire_size)at->page << s->book[at->window].page_shift) + at->offset;

	return size > s->window[at->window].size - before;
}

/* Whether anybody but `m` shows some of a run's physical pages, in a window that can do what the run
   does and has `caps`. */
bool others_show(struct quire_space *s, const struct whole *m, const struct quire_run *run,
		 unsigned caps);

/*
 * The mapping or reservation that starts at `va`.
 * QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_EINTERIOR.
 */
int whole_find(struct quire_space *s, quire_va va, struct whole *out);

/* As whole_find, for a mapping: QUIRE_ERESERVED for a reservation, QUIRE_ECLAIMED for a claim. */
int whole_find_mapping(struct quire_space *s, quire_va va, struct whole *out);

/* All parts of the mapping whose first part is `head`. */
void whole_from_head(struct quire_space *s, unsigned window, quire_link head, struct whole *out);

/*
 * A range that lies inside one mapping.  QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN, QUIRE_EWRAP,
 * QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_ERESERVED, QUIRE_ECLAIMED, QUIRE_EREFERENCED.
 */
int range_find(struct quire_space *s, quire_va va, quire_size size, struct range *out);

/*
 * A range that lies inside one claim and meets no guard.  As range_find; QUIRE_ECLAIMED if what is there
 * is no claim, QUIRE_EUNMAPPED for a guard too.
 */
int claim_range_find(struct quire_space *s, quire_va va, quire_size size, struct range *out);

/*
 * The claim that covers `va`, guards and parts and all, and the place of `va`.
 * QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_ECLAIMED (what is there is no claim).
 */
int claim_find_whole(struct quire_space *s, quire_va va, struct whole *out, struct place *at);

/* The flags of a whole claim (enum claim_flag). */
static inline unsigned claim_flags(const struct quire_space *s, const struct whole *m)
{
	return extent_claim(extent_at(s, m->head)) | extent_claim(extent_at(s, m->last));
}

/* A range's pages, and the guards beside them: what is set in the book for pages goes for the guards at
   their side, or there would be parts of guards alone. */
void claim_range_widen(struct quire_space *s, struct range *r);

/* -- what a range allows (change.c) -- */

/* Whether the whole range has these attributes already; whether all of it is cached in this mode. */
bool range_has(struct quire_space *s, const struct range *r, unsigned attr);
bool range_is_cached(struct quire_space *s, const struct range *r, unsigned attr);

/* Leave out what has these attributes already at either end of a range that has others too. */
void range_trim(struct quire_space *s, struct range *r, unsigned attr);

/* The descriptors that it takes to give a range these attributes: one for each end that cuts through an
   extent that will differ from it. */
unsigned range_cuts(struct quire_space *s, const struct range *r, unsigned attr);

/* Change the book: cut both ends, set what lies between, join what is alike. */
void range_set_attr(struct quire_space *s, const struct range *r, unsigned attr);

/* -- finding a place (map.c) -- */

/* Where a new extent goes: into the gap before `next`. */
struct spot {
	unsigned window;
	quire_page start;
	quire_page pages;
	quire_link next;
};

/*
 * A place for `pages` pages in the first window that can do what is asked and has room; the one after the
 * first `below` stands at a multiple of want->align.  QUIRE_ECAPS, QUIRE_EMODE, QUIRE_ESPACE.
 */
int spot_anywhere(struct quire_space *s, const struct quire_want *want, quire_page pages,
		  quire_page below, struct spot *spot);

/* The pages from a place on.  QUIRE_ETAKEN if some are in use, or not in the window. */
int spot_at(struct quire_space *s, const struct place *at, quire_page pages, struct spot *spot);

/* What the tables will have to say for `pages` pages of the mapping that `e` belongs to, from page
   `start` on and standing at page `at`. */
struct quire_run run_of(const struct quire_space *s, unsigned window, const struct quire_extent *e,
			quire_page start, quire_page pages, quire_page at);

/* Ask the port.  QUIRE_OK if it has no say. */
int port_prepare(struct quire_space *s, unsigned window, enum quire_change_kind kind,
		 const struct quire_run *run);

/* A run has been written, from page `start` on: join what its extent shows across the run's ends. */
void entries_join(struct quire_space *s, unsigned window, const struct quire_run *run,
		  quire_page start);

/* Put a fresh extent into the gap before `next`; for a claim `phys` is its flags. */
quire_link extent_new(struct quire_space *s, struct quire_book *b, quire_link next,
		      quire_page start, quire_page pages, enum extent_kind kind,
		      const struct quire_want *want, quire_page phys);

/* The part behind another one of a mapping, `next` behind the last. */
static inline quire_link part_next(struct quire_space *s, const struct whole *m, quire_link node)
{
	return node == m->last ? m->next : book_next(s, m->book, node);
}

/* Take a mapping's extents out of the book, from `node` to its last, and give them back. */
void parts_drop(struct quire_space *s, const struct whole *m, quire_link node);

/* Whether a program can leave data in the cache that memory does not have. */
static inline bool may_dirty(unsigned attr)
{
	return (attr & (QUIRE_WRITE | QUIRE_CACHE_MASK)) == (QUIRE_WRITE | QUIRE_CACHE_WB);
}

/* Have the cache write back what may be dirty in pages [start, end), which begin in extent `node`. */
void write_back_dirty(struct quire_space *s, unsigned window, quire_link node, quire_page start,
		      quire_page end);

/*
 * Before the entries of pages [start, end), which begin in extent `node` of one mapping, go: have
 * the cache write back what may be dirty there, on machines where it could not do so later.
 */
static inline void write_back(struct quire_space *s, unsigned window, quire_link node,
			      quire_page start, quire_page end)
{
	if (walker_of(s, window)->mmu->flags & QUIRE_MMU_WRITE_BACK_FIRST)
		write_back_dirty(s, window, node, start, end);
}

/* The physical range of a request, in the pages of one book.  QUIRE_ETARGET, QUIRE_EBEYOND. */
int want_check_physical(const struct quire_space *s, const struct quire_book *b,
			const struct quire_want *want, quire_page pages);

/* What is asked, and whether the memory allows it.  QUIRE_EFLAG, QUIRE_EWX, QUIRE_ECAPS. */
int want_check_kind(const struct quire_space *s, const struct quire_want *want);

/* Describe an extent, or the gap before it. */
void extent_describe(const struct quire_space *s, unsigned window, quire_link node,
		     struct quire_extent_info *out);
void gap_describe(const struct quire_space *s, unsigned window, quire_link node,
		  struct quire_extent_info *out);

/* The map from a cursor on, one row. QUIRE_EUNMAPPED at the end. */
int row_next(struct quire_space *s, struct quire_cursor *cursor, struct quire_extent_info *out);

/*
 * Moving a mapping to other pages of a window, which are free or its own.  The plan asks the
 * tables and the port (QUIRE_ETABLES, or the port's); the commit cannot fail.
 */
int move_plan(struct quire_space *s, const struct whole *m, unsigned window, quire_page to);
void move_commit(struct quire_space *s, const struct whole *m, unsigned window, quire_page to);

#endif
