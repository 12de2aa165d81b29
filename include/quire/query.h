/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at a space: what is here, what comes next, where can this byte be seen, what fits, the
 * whole map.
 *
 * None of these changes anything (but quire_space_used, marks if asked to).  Each holds the lock for one
 * search at a time (space.h says what that is) or says otherwise; errors and threads are as there.
 */
#ifndef QUIRE_QUERY_H
#define QUIRE_QUERY_H

#include "quire/space.h"

enum quire_kind {
	QUIRE_GAP,
	QUIRE_RESERVED,
	QUIRE_MAPPED,
	QUIRE_CLAIMED, /* pages that a service puts there one by one (vm.h); guards are part of it */
};

/* One row of the map: a gap, a reservation, a mapping or a claim (or a part of one). */
struct quire_extent_info {
	quire_va va;      /* data side */
	quire_va exec_va; /* instruction side; equal to va where there is one bus */
	quire_size size;
	quire_pa pa; /* mappings only */
	enum quire_kind kind;
	uint8_t window; /* index into the configuration */
	uint8_t target; /* mappings only */
	uint8_t attr;   /* mappings and claims */
	uint8_t caps;   /* of the window */
	bool part;      /* continues what is before it, with other attributes */
	uint16_t refs;  /* holders; 1 after map */
	uint16_t tag;
	uint8_t guards; /* claims only: 1 its first page is a guard, 2 its last, 3 both */
};

/*
 * The gap, reservation, mapping or claim at an address; a gap is given whole.
 * QUIRE_EFOREIGN.  Cost: one search or two; none if it is in the extent looked at last.
 */
int quire_space_query(struct quire_space *space, quire_va va, struct quire_extent_info *out);

/*
 * The physical byte behind an address, and its memory; `out_target` may be NULL.  Of a claim the tables
 * are asked: QUIRE_EUNMAPPED where there is no entry, as there is none for a guard.
 * QUIRE_EFOREIGN, QUIRE_EUNMAPPED.  Cost: one search; none if it is in the extent looked at last; for a
 * claim one walk of the tables.
 */
int quire_space_to_physical(struct quire_space *space, quire_va va, quire_pa *out_pa,
			    unsigned *out_target);

/*
 * How the pages of [va, va + size), which lie inside one mapping, have been used: `*used` (may be NULL)
 * gets what enum quire_used says of any of them.  The marks in `clear` are then taken away, so that the
 * next call tells what has happened since; a large page (or cluster) that the range covers in part only
 * is told of, and keeps its marks.  Nothing is missed, but there may be too much: what is written anew
 * (map, protect, move, switch) counts as used in every way, as do all pages on a machine without marks,
 * and the pieces of a large page that is split count as used like the whole, or in every way where
 * hardware sets marks.  What hardware marks while this runs is not missed if the port can exchange entries
 * (mmu.h), as port/tables can.
 * The pages of a stack on which traps are taken must keep their marks on machines that fault for them: a
 * trap's own frame would fault (docs/porting.md).
 * QUIRE_EZERO, EROUND, EALIGN, EWRAP, EFOREIGN, EUNMAPPED, ERESERVED, ECLAIMED as in protect
 * QUIRE_EFLAG     `clear` has a bit that does not exist
 * Cost: up to six searches, an entry read for each page (a large one is one), an entry written for
 * each whose marks go, and one flush if there were any.
 */
int quire_space_used(struct quire_space *space, quire_va va, quire_size size, unsigned clear,
		     unsigned *used);

/* Where an enumeration of aliases stands; zero it to begin. */
struct quire_alias_cursor {
	uint8_t window;
	bool started;
	quire_key after;
};

/*
 * The next address at which byte `pa` of `target` can be seen: all of them, one a call, windows
 * in order, then by physical and by virtual start of the mapping.  The data side is given unless
 * the mapping can only execute.  What claims show is not found: the book does not know it.
 * QUIRE_ETARGET, QUIRE_EBEYOND, QUIRE_EUNMAPPED (no more).  Cost: one search a window, at most.
 */
int quire_space_to_virtual(struct quire_space *space, unsigned target, quire_pa pa,
			   struct quire_alias_cursor *cursor, quire_va *out);

/*
 * What can be done with a physical byte through all its mappings together (claims not counted): their
 * access attributes.
 * QUIRE_ETARGET, QUIRE_EBEYOND, QUIRE_EUNMAPPED.
 * Cost: to_virtual for each alias; the lock is taken for each anew.
 */
int quire_space_find_caps(struct quire_space *space, unsigned target, quire_pa pa, unsigned *out);

/*
 * The largest gap, in bytes, of the windows in which map could place `target` with these
 * attributes and capabilities; 0 if there is none.  It may be larger than the memory.
 * QUIRE_ETARGET, QUIRE_EFLAG.  Cost: one search a window.
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
 * behind it, to the next window when this one ends.  Safe against changes between calls.
 * QUIRE_EUNMAPPED at the end of the map.  Cost: as query.
 */
int quire_space_next(struct quire_space *space, struct quire_cursor *cursor,
		     struct quire_extent_info *out);

/*
 * The whole map as of one moment: up to `room` rows, gaps included, windows in the
 * configuration's order. `*count` gets how many there are, which may be more than `room`; `rows`
 * may be NULL if that is 0.
 * QUIRE_EAGAIN    the map changed during each of 64 attempts; `rows` may hold some of it
 * The lock is held for 16 rows at a time.  Cost: as query for each row.
 */
int quire_space_snapshot(struct quire_space *space, struct quire_extent_info *rows, uint32_t room,
			 uint32_t *count);

/* Counters since init. */
struct quire_space_stats {
	uint32_t searches; /* walks down a tree */
	uint32_t mappings; /* extents in use now, reservations included */
	uint32_t descriptors_free;
	uint32_t generation; /* changes made */
};

/* The counters, copied.  Constant cost. */
int quire_space_stats(struct quire_space *space, struct quire_space_stats *out);

/*
 * Prove the whole structure: every tree, every gap, every descriptor accounted for, and every
 * entry of every table says what the book says.
 * QUIRE_ECORRUPT, and `*what` (may be NULL) says what is wrong.
 * Cost: linear in mappings and pages, and the lock is held throughout.  For tests and for doubt.
 */
int quire_space_check(struct quire_space *space, const char **what);

#endif
