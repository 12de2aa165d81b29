/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A space: one address space, and the verbs on it.
 *
 * A space joins windows (where), memories (what) and walkers (how) with one book of who owns which
 * addresses.  Every verb first validates and finds its place, then makes sure of its descriptors
 * and tables and asks the port, and only then acts, which cannot fail: a call that returns a
 * negative result has changed nothing, not even its outputs.
 *
 *   window  |####......####==####::::......|     # mapped   = part of the mapping on its left
 *               gap       parts   reserved       : reserved . gap
 *
 * All calls are safe from any number of threads if the configuration has a lock, and from
 * interrupts if that lock is.  Calls that only look hold the lock for one search.  A *search* is
 * one walk down a tree whose depth is at most the bits of a page number (9 for 512 entries, two
 * page numbers for the gap and physical trees) and about log2 of the number of mappings.
 *
 * Addresses may be given on the data or the instruction side of a window, whichever is at hand.
 * Sizes are rounded up to whole pages.  All calls return QUIRE_ENULL for a NULL they cannot use,
 * and the lock's own error if it fails; these two are not repeated below.
 */
#ifndef QUIRE_SPACE_H
#define QUIRE_SPACE_H

#include "quire/error.h"
#include "quire/mmu.h"
#include "quire/types.h"

/* Mutual exclusion, supplied by the user; all NULL for a single thread. */
struct quire_lock {
	int (*lock)(void *ctx); /* 0, or a negative result that the verb returns */
	void (*unlock)(void *ctx);
	void *ctx;
};

/* Everything a space is made of.  Windows and memories are copied; walkers stay where they are. */
struct quire_space_config {
	const struct quire_window *windows;
	const struct quire_memory *memories; /* index = target */
	struct quire_walker *walkers;
	uint8_t window_count; /* 1 .. QUIRE_WINDOWS_MAX */
	uint8_t memory_count; /* 1 .. QUIRE_TARGETS_MAX */
	uint8_t walker_count;
	struct quire_lock lock;
	void *memory; /* for the book: quire_space_memory_size(mappings) bytes, 8-byte aligned */
	quire_size memory_size; /* bytes there */
};

/* What a caller wants mapped. */
struct quire_want {
	quire_pa pa;      /* first byte, inside the memory's addresses; a multiple of the page */
	quire_size size;  /* bytes, rounded up to pages */
	quire_size align; /* of the virtual address: a power of two, or 0 for the page */
	uint8_t target;   /* which memory */
	uint8_t attr;     /* enum quire_attr; 0 access maps addresses that may not be touched */
	uint8_t caps;     /* enum quire_cap beyond those that attr implies */
	uint8_t flags;    /* enum quire_flag */
	uint16_t tag;     /* the caller's, kept and shown */
};

/* Where it is. */
struct quire_got {
	quire_va va;      /* of the bytes asked for: instruction side if attr has QUIRE_EXEC */
	quire_va mapping; /* of the mapping they are in: what unmap takes */
};

enum quire_kind { QUIRE_GAP, QUIRE_RESERVED, QUIRE_MAPPED };

/* One row of the map: a gap, a reservation or a mapping (or a part of one). */
struct quire_extent_info {
	quire_va va;      /* data side */
	quire_va exec_va; /* instruction side; equal to va where there is one bus */
	quire_size size;
	quire_pa pa;          /* mappings only */
	enum quire_kind kind; /* */
	uint8_t window;       /* index into the configuration */
	uint8_t target;       /* mappings only */
	uint8_t attr;         /* mappings only */
	uint8_t caps;         /* of the window */
	bool part;            /* continues the mapping before it, with other attributes */
	uint16_t refs;        /* holders; 1 after map */
	uint16_t tag;
};

/* Counters since init. */
struct quire_space_stats {
	uint32_t searches; /* walks down a tree */
	uint32_t mappings; /* extents in use now, reservations included, window ends not */
	uint32_t descriptors_free;
	uint32_t generation; /* changes made */
};

/*
 * One move that compact() proposes.  Return 0 to let it happen, anything else to leave the mapping
 * where it is.  Called with the space locked: it may not call the space.
 */
struct quire_move {
	quire_va from;
	quire_va to;
	quire_size size;
	uint16_t tag;
};
typedef int (*quire_move_fn)(void *ctx, const struct quire_move *move);

#include "quire/space_state.h"

/*
 * Bytes of memory that a space of this configuration needs for up to `mappings` extents
 * (mappings and reservations, and one more for each part that protect splits off).
 * 0 if the configuration is NULL or `mappings` is more than QUIRE_EXTENTS_MAX allows.  Pure.
 */
quire_size quire_space_memory_size(const struct quire_space_config *config, uint32_t mappings);

/*
 * Make a space.  All memory it will ever use is `config->memory`.  Not thread-safe.
 * QUIRE_EFLAG (a count of zero or above its maximum, a capability that does not exist, a walker or
 * target out of range), QUIRE_EALIGN (a window or memory that is not whole pages), QUIRE_EBEYOND (a
 * memory larger than the MMU's entries can name, a window larger than its tables), QUIRE_EWRAP (an
 * address range that wraps), QUIRE_ETAKEN (two windows overlap), QUIRE_EPOOL (memory_size is too
 * small).
 */
int quire_space_init(struct quire_space *space, const struct quire_space_config *config);

/*
 * Map want->size bytes from want->pa on, anywhere.  Among the windows that can do what is asked,
 * the first in the configuration with a gap is taken, and in it the smallest gap that fits, the
 * lowest one on ties.  With an alignment above the page, the first 16 gaps in that order are tried,
 * then the smallest gap that fits at any phase, then the rest.
 *
 * If one mapping in a window that can do what is asked already shows all these pages with at least
 * the attributes asked for, the result is QUIRE_IDENTICAL or QUIRE_ENCLOSED, `got` says where, and
 * it has one more reference.  If the pages are mapped in such a window in any other way, the result
 * is QUIRE_EOVERLAP, unless QUIRE_SHARED makes another alias.
 *
 * QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN (pa, or align not a power of two), QUIRE_EWRAP,
 * QUIRE_ETARGET, QUIRE_EBEYOND, QUIRE_EFLAG, QUIRE_EWX, QUIRE_ECAPS (no window that may show this
 * memory has the capabilities, or the memory has not), QUIRE_EOVERLAP, QUIRE_EREFS, QUIRE_ESPACE,
 * QUIRE_EPOOL, QUIRE_ETABLES, or what the port's prepare returned.
 * Cost: up to seven searches, plus the entries written.
 */
int quire_space_map(struct quire_space *space, const struct quire_want *want,
		    struct quire_got *got);

/*
 * Map at a chosen address, which must be a multiple of the page (and of want->align).  An identical
 * or enclosing mapping that puts the pages at exactly `va` is shared as in map; one that puts them
 * elsewhere counts as an overlap: QUIRE_EOVERLAP without QUIRE_SHARED.
 *
 * As quire_space_map, and QUIRE_EFOREIGN (va in no window, or the range leaves it), QUIRE_ECAPS
 * (that window cannot do what is asked), QUIRE_ETAKEN; never QUIRE_ESPACE.
 */
int quire_space_map_at(struct quire_space *space, quire_va va, const struct quire_want *want,
		       struct quire_got *got);

/*
 * Reserve addresses without mapping anything: want->size, align, caps, attr and tag count, and
 * want->targets is not looked at beyond want->target, whose window it must be able to show.
 * The tables are not touched.  Errors as map, without those of physical pages.
 */
int quire_space_reserve(struct quire_space *space, const struct quire_want *want, quire_va *out);

/* Reserve chosen addresses, both multiples of the page after rounding the size up.  QUIRE_EZERO,
   QUIRE_EROUND, QUIRE_EALIGN, QUIRE_EWRAP, QUIRE_EFOREIGN, QUIRE_ETAKEN, QUIRE_EPOOL. */
int quire_space_reserve_at(struct quire_space *space, quire_va va, quire_size size, uint16_t tag);

/* Give a reservation back.  `va` is its first address.  QUIRE_EFOREIGN, QUIRE_EUNMAPPED,
   QUIRE_EINTERIOR, QUIRE_ERESERVED (it is a mapping). */
int quire_space_release(struct quire_space *space, quire_va va);

/*
 * Change what [va, va + size) allows; the range lies inside one mapping and may be a part of it.
 * A part with other attributes becomes an extent of its own, still a part of the same mapping;
 * parts that are alike again are joined again.
 * QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN, QUIRE_EWRAP, QUIRE_EFOREIGN, QUIRE_EUNMAPPED (some of it
 * is not in the mapping), QUIRE_ERESERVED, QUIRE_EREFERENCED, QUIRE_EFLAG (attr, or flags other
 * than QUIRE_WX), QUIRE_EWX, QUIRE_ECAPS, QUIRE_EPOOL (at most two descriptors are needed),
 * QUIRE_ETABLES, or the port's. Cost: three searches and one for each part touched, plus the
 * entries written.
 */
int quire_space_protect(struct quire_space *space, quire_va va, quire_size size, unsigned attr,
			unsigned flags);

/*
 * Move a mapping, parts and all, to the best gap of its window (`align` as in quire_want), or to a
 * chosen address of a window that can do what it does.  The new range may overlap the old.
 * The old addresses are unmapped when the call returns.  `va` is the mapping's first address.
 * move: QUIRE_ESPACE.  move_at: QUIRE_ETAKEN, QUIRE_ECAPS.  Both: QUIRE_EFOREIGN, QUIRE_EUNMAPPED,
 * QUIRE_EINTERIOR, QUIRE_ERESERVED, QUIRE_EREFERENCED, QUIRE_EALIGN, QUIRE_EWRAP, QUIRE_ETABLES, or
 * the port's.
 */
int quire_space_move(struct quire_space *space, quire_va va, quire_size align, quire_va *out);
int quire_space_move_at(struct quire_space *space, quire_va va, quire_va to);

/*
 * Make a mapping or a reservation `size` bytes long, at the same address.  Growing takes the
 * physical pages that follow and the addresses that follow; shrinking gives both back.
 * QUIRE_EZERO, QUIRE_EROUND, QUIRE_EWRAP, QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_EINTERIOR,
 * QUIRE_EREFERENCED, QUIRE_EBEYOND, QUIRE_EOVERLAP, QUIRE_ETAKEN (no room behind it),
 * QUIRE_ETABLES, or the port's.
 */
int quire_space_resize(struct quire_space *space, quire_va va, quire_size size);

/*
 * Give up one reference; the last one unmaps the whole mapping, parts included.  `va` is the
 * mapping's first address.  QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_EINTERIOR, QUIRE_ERESERVED, or
 * the port's. Needs no descriptor and no table.  Cost: five searches, plus the entries written.
 */
int quire_space_unmap(struct quire_space *space, quire_va va);

/*
 * Unmap [va, va + size), which lies inside one mapping.  What is left on the right becomes a
 * mapping of its own.  As unmap, and QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN, QUIRE_EWRAP,
 * QUIRE_EREFERENCED, QUIRE_EPOOL (one descriptor), QUIRE_ETABLES (splitting a large page).
 */
int quire_space_unmap_part(struct quire_space *space, quire_va va, quire_size size);

/*
 * Move the mappings of the window that contains `va` towards its start until no gap is left between
 * movable ones.  `ask` is told each move and may refuse it; reservations and mappings with several
 * references stay.  NULL lets everything move.  `*moved` (may be NULL) gets the number of moves.
 * Stops at the first QUIRE_ETABLES or port error and returns it; what was moved stays moved, and
 * `*moved` is set in that case too.  The lock is taken for each move anew.
 * QUIRE_EFOREIGN.
 */
int quire_space_compact(struct quire_space *space, quire_va va, quire_move_fn ask, void *ctx,
			uint32_t *moved);

/* The gap, reservation or mapping at an address.  QUIRE_EFOREIGN.  Cost: one search; none if it is
   the extent found last. */
int quire_space_query(struct quire_space *space, quire_va va, struct quire_extent_info *out);

/* The physical byte behind an address.  `out_target` may be NULL.  QUIRE_EFOREIGN, QUIRE_EUNMAPPED.
   Cost as query. */
int quire_space_to_physical(struct quire_space *space, quire_va va, quire_pa *out_pa,
			    unsigned *out_target);

/* Where an enumeration of aliases stands; zero it to begin. */
struct quire_alias_cursor {
	uint8_t window;
	bool started;
	quire_key after;
};

/*
 * The next address at which byte `pa` of `target` can be seen: all of them, one a call, windows in
 * order, then by physical and by virtual start of the mapping.  The data side is given unless the
 * mapping can only execute.  QUIRE_ETARGET, QUIRE_EBEYOND, QUIRE_EUNMAPPED (no more).
 * Cost: one search for each window without one.
 */
int quire_space_to_virtual(struct quire_space *space, unsigned target, quire_pa pa,
			   struct quire_alias_cursor *cursor, quire_va *out);

/* What can be done with a physical byte through any of its mappings: the union of their access
   attributes.  QUIRE_ETARGET, QUIRE_EBEYOND, QUIRE_EUNMAPPED. */
int quire_space_find_caps(struct quire_space *space, unsigned target, quire_pa pa, unsigned *out);

/*
 * The largest number of bytes that map could place now for these attributes' and capabilities'
 * sake, 0 if no window can.  QUIRE_ETARGET, QUIRE_EFLAG.  Cost: one search a window.
 */
int quire_space_largest_free(struct quire_space *space, unsigned target, unsigned attr,
			     unsigned caps, quire_size *out);

/* Where a walk over the map stands; zero it to begin. */
struct quire_cursor {
	uint8_t window;
	quire_page page;
};

/*
 * Walk the map: `out` gets the gap, reservation or mapping at the cursor, and the cursor moves
 * behind it, to the next window when this one ends.  QUIRE_EUNMAPPED when the map is at its end.
 * Safe against changes between calls.  Cost as query.
 */
int quire_space_next(struct quire_space *space, struct quire_cursor *cursor,
		     struct quire_extent_info *out);

/*
 * The whole map as of one moment: up to `room` rows, gaps included, windows in the configuration's
 * order.
 * `*count` gets how many there are, which may be more than `room`.  The lock is held for 16 rows at
 * a time; if the space keeps changing, QUIRE_EAGAIN after 64 attempts.
 */
int quire_space_snapshot(struct quire_space *space, struct quire_extent_info *rows, uint32_t room,
			 uint32_t *count);

/* Counters, copied. */
int quire_space_stats(struct quire_space *space, struct quire_space_stats *out);

/*
 * Prove the whole structure: every tree, every gap, every descriptor accounted for, and every entry
 * of every table says what the book says.  QUIRE_ECORRUPT, and `*what` (may be NULL) says what is
 * wrong. Cost: linear in mappings and pages; holds the lock throughout.  For tests and for doubt.
 */
int quire_space_check(struct quire_space *space, const char **what);

#endif
