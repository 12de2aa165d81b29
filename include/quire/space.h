/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A space: one address space, and the verbs on it.
 *
 * A space joins windows (where), memories (what) and walkers (how) with one book of who owns
 * which addresses.  Every verb first validates and finds its place, then makes sure of its
 * descriptors and tables and asks the port, and only then acts, which cannot fail: a call that
 * returns a negative result has changed nothing, not even its outputs, unless it says otherwise.
 *
 *   window  |####......####==####::::......|     # mapped   = part of the mapping on its left
 *               gap       parts   reserved       : reserved . gap
 *
 * Besides mappings and reservations there are *claims*: addresses that a service (vm.h) has taken, and
 * whose pages it puts there one by one.  They are in the way of everything here, and every verb but tag
 * leaves them alone: those that change what is at an address say QUIRE_ECLAIMED, and compact passes
 * them by.  What they show is in the tables only, so that it counts neither for sharing nor as an overlap.
 *
 * All calls but init are safe from any number of threads if the configuration has a lock, and
 * from interrupts if that lock is.  The lock is held for the whole of a verb, and by calls that
 * only look (query.h) for one search at a time.  A *search* is one walk down a tree; its depth
 * is at most the bits of a page number (9 for 512 entries; of two page numbers for gaps and
 * physical pages) and about log2 of the number of mappings.
 *
 * Addresses and sizes are in bytes.  An address may be given on the data or the instruction side
 * of a window, whichever is at hand; sizes are rounded up to whole pages.
 *
 * Errors are listed in the order in which they are looked for.  All calls return QUIRE_ENULL for
 * a
 * NULL they cannot use, then the lock's own error if it fails; these two are not repeated below.
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
	quire_size align; /* of the address on the data side: a power of two, or 0 for the page */
	uint8_t target;   /* which memory */
	uint8_t attr;     /* enum quire_attr; 0 access maps addresses that may not be touched */
	uint8_t caps;     /* enum quire_cap of the window beyond those that attr implies */
	uint8_t flags;    /* enum quire_flag */
	uint16_t tag;     /* the caller's, kept and shown */
};

/* Where it is. */
struct quire_got {
	quire_va va;      /* of the bytes asked for: instruction side if attr has QUIRE_EXEC */
	quire_va mapping; /* of the mapping they are in: what unmap takes */
};

/*
 * One move that compact() proposes.  Return 0 to let it happen, anything else to leave the
 * mapping where it is.  Called with the space locked: it may not call the space.
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
 * Bytes of memory that a space of this configuration needs for up to `mappings` extents:
 * mappings, reservations, and one more for each part that protect or unmap_part cuts off.
 * 0 if the configuration is NULL or that is more than QUIRE_EXTENTS_MAX.  Pure.
 */
quire_size quire_space_memory_size(const struct quire_space_config *config, uint32_t mappings);

/*
 * Make a space.  All memory it will ever use is `config->memory`; tables must hold invalid
 * entries.
 * QUIRE_EFLAG     a count is 0 or above its maximum, a walker, target, capability, place or cache
 *                 mode does not exist, or an MMU's levels are not as mmu.h wants them
 * QUIRE_EALIGN    a window or memory is not whole pages, or a memory has two page sizes
 * QUIRE_EWRAP     a window or memory runs past the end of the address type
 * QUIRE_EBEYOND   a window is larger than its tables, a memory larger than entries can name
 * QUIRE_ETAKEN    two windows share addresses or entries
 * QUIRE_EPOOL     config->memory_size is less than quire_space_memory_size(config, 0)
 * The description is looked at window by window.  Not thread-safe.  Cost: linear in the memory.
 */
int quire_space_init(struct quire_space *space, const struct quire_space_config *config);

/*
 * Map want->size bytes from physical address want->pa on, anywhere.  Among the windows that can
 * do what is asked, the first in the configuration with a gap is taken, and in it the smallest
 * gap that fits, the lowest on ties; the mapping begins where the gap does, or, in a window of
 * QUIRE_PLACE_HIGH, ends where it ends, as near as the alignment allows.  With an alignment above the
 * page, the 16 smallest gaps that are long enough are tried in that order, then the smallest that fits
 * whatever its phase, then the rest.  In a window of QUIRE_PLACE_FIRST_HIGH the mapping goes to the
 * highest addresses that are free and aligned, whatever is free below them.
 *
 * If one mapping in a window that can do what is asked shows all these pages, with at least the
 * access asked for and the same cache mode, nothing is mapped: the result is QUIRE_IDENTICAL or
 * QUIRE_ENCLOSED, `got` says where, and it has one holder more.  Of several, the one with the
 *                 lowest
 * physical start in the first window is taken.  A mapping in parts is not shared.  If some of the
 * pages are mapped in such a window in any other way, that is an overlap.  (The rules are those
 * of
 * ESP-IDF's esp_mmu_map, made independent of the order in which mappings were made.)
 *
 * With QUIRE_TELL the result is the same and nobody becomes a holder: the mapping is only told of,
 * and may be gone as soon as its holders wish; a mapping with 65,535 holders is told of too.
 *
 * QUIRE_EZERO     want->size is 0
 * QUIRE_EROUND    it rounds up to 0
 * QUIRE_EALIGN    want->pa is not a multiple of the page, want->align not a power of two
 * QUIRE_EWRAP     the physical range runs past the end of the address type
 * QUIRE_ETARGET   there is no memory want->target
 * QUIRE_EBEYOND   the range is not inside that memory
 * QUIRE_EFLAG     attr, caps or flags have a bit that does not exist
 * QUIRE_EWX       write and execute together, without QUIRE_WX
 * QUIRE_ECAPS     the memory does not allow what attr says, or every window that may show it lacks
 *                 a capability
 * QUIRE_EMODE     the entries of every window that has them cannot say the cache mode (a window that
 *                 cannot is passed over), and it is not the memory's own (quire_memory.mode)
 * QUIRE_EREFS     the mapping to share has 65,535 holders
 * QUIRE_EOVERLAP  an overlap, without QUIRE_SHARED
 * QUIRE_ESPACE    no gap is large enough
 * QUIRE_EPOOL     no descriptor is left
 * QUIRE_ETABLES   not enough table pages are left
 * or what the port's prepare returned.
 * Cost: up to eight searches, one more for each mapping that shows the pages and cannot be
 * shared, one more for each gap that is long enough and in which no aligned place is, and the entries
 * written.  (With QUIRE_PLACE_FIRST_HIGH these are the gaps above the place: none of them is as long as
 * size and alignment together.)
 */
int quire_space_map(struct quire_space *space, const struct quire_want *want,
		    struct quire_got *got);

/*
 * Map at a chosen address, a multiple of the page and of want->align.  A mapping is shared, as in
 * map, only if it shows the pages at `va`; anywhere else it is an overlap.  With QUIRE_TELL it is
 * told of wherever it is, and the chosen address does not matter then.
 * QUIRE_EZERO, EROUND, EALIGN (va too), EWRAP (va too), ETARGET, EBEYOND, EFLAG, EWX and ECAPS
 * of the memory as in map, then
 * QUIRE_EFOREIGN  va is in no window, or the range leaves it
 * QUIRE_ECAPS     that window cannot do what is asked
 * QUIRE_EMODE     its entries cannot say the cache mode, and it is not the memory's own
 * QUIRE_EREFS, EOVERLAP as in map
 * QUIRE_ETAKEN    some of the addresses are in use
 * QUIRE_EPOOL, ETABLES, or the port's.  Cost: as map.
 */
int quire_space_map_at(struct quire_space *space, quire_va va, const struct quire_want *want,
		       struct quire_got *got);

/*
 * Reserve addresses without mapping anything, where map would put want->size bytes of
 * want->target with want's align, attr, caps and tag; want->pa is not looked at.  Tables and
 * port are not touched.
 * QUIRE_EZERO, EROUND, EALIGN, ETARGET, EFLAG, EWX, ECAPS, EMODE, ESPACE, EPOOL as in map.
 * Cost: up to six searches.
 */
int quire_space_reserve(struct quire_space *space, const struct quire_want *want, quire_va *out);

/*
 * Reserve chosen addresses, from `va`, a multiple of the page, for `size` bytes; `tag` as in
 * quire_want.
 * QUIRE_EZERO, EROUND, EALIGN, EWRAP, EFOREIGN, ETAKEN, EPOOL as in map_at.
 * Cost: up to six searches.
 */
int quire_space_reserve_at(struct quire_space *space, quire_va va, quire_size size, uint16_t tag);

/*
 * Give a reservation back; `va` is its first address.
 * QUIRE_EFOREIGN  va is in no window
 * QUIRE_EUNMAPPED nothing is there
 * QUIRE_EINTERIOR va is not its first address
 * QUIRE_ERESERVED it is a mapping
 * QUIRE_ECLAIMED  it is a claim
 * Cost: up to five searches.
 */
int quire_space_release(struct quire_space *space, quire_va va);

/*
 * Change what [va, va + size) allows, to `attr` (enum quire_attr); `flags` is 0 or QUIRE_WX.
 * The range lies inside one mapping.  A piece with other attributes becomes an extent of its
 * own, still part of the mapping; parts that are alike again are joined.  What may be dirty in
 * the cache and will not be looked for there later is written back first.  Nothing is asked or
 * done if all is so already.
 * QUIRE_EZERO, EROUND, EALIGN, EWRAP as in map_at
 * QUIRE_EFOREIGN  va is in no window
 * QUIRE_EUNMAPPED nothing is mapped at va, or the mapping ends before the range
 * QUIRE_ERESERVED the range is only reserved
 * QUIRE_ECLAIMED  it is in a claim
 * QUIRE_EREFERENCED the mapping has other holders
 * QUIRE_EFLAG, EWX, ECAPS as in map, EMODE as in map_at
 * QUIRE_EPOOL     a descriptor is needed for each end of the range that lies inside an extent
 *                 with other attributes, and there are fewer
 * QUIRE_ETABLES, or the port's.
 * Cost: up to fifteen searches, some for each part in the range, and the entries written.
 */
int quire_space_protect(struct quire_space *space, quire_va va, quire_size size, unsigned attr,
			unsigned flags);

/*
 * Move a mapping, parts and all, to where map would put it in its window now, at a multiple of `align` (as
 * in quire_want); `*out` gets the new address.  `va` is the mapping's first address.  The old
 * addresses are unmapped when the call returns.  The port is asked for each part.
 * QUIRE_EFOREIGN, EUNMAPPED, EINTERIOR as in release
 * QUIRE_ERESERVED, ECLAIMED  it is a reservation, or a claim
 * QUIRE_EREFERENCED the mapping has other holders
 * QUIRE_EALIGN    align is not a power of two
 * QUIRE_ESPACE    no gap is large enough
 * QUIRE_ETABLES, or the port's.
 * Cost: up to twenty searches, some for each further part, and the entries written at both
 * places.
 */
int quire_space_move(struct quire_space *space, quire_va va, quire_size align, quire_va *out);

/*
 * Move a mapping to a chosen address, in any window with the same page size that can do what it
 * does.  The new range may overlap the old; moving to where it is does nothing.
 * As move up to QUIRE_EREFERENCED, then QUIRE_EALIGN, EWRAP, EFOREIGN of `to`, ECAPS, EMODE (that
 * window; EMODE if it can do all else), ETAKEN, ETABLES, or the port's.  Cost: as move.
 */
int quire_space_move_at(struct quire_space *space, quire_va va, quire_va to);

/*
 * Make a mapping or a reservation `size` bytes long, where it stands.  Growing takes the
 * physical pages and the addresses that follow; shrinking gives both back.  New pages allow what
 * the last part does.
 * QUIRE_EZERO, EROUND, EWRAP, then EFOREIGN, EUNMAPPED, EINTERIOR as in release
 * QUIRE_ECLAIMED  it is a claim
 * QUIRE_EREFERENCED the mapping has other holders
 * QUIRE_EBEYOND   the memory ends before
 * QUIRE_EOVERLAP  some of the new physical pages are mapped, in a window that can do what this
 *                 does
 * QUIRE_ETAKEN    the addresses behind it are in use, or the window ends
 * QUIRE_ETABLES, or the port's.
 * Cost: up to fourteen searches, some for each part given up, and the entries written.
 */
int quire_space_resize(struct quire_space *space, quire_va va, quire_size size);

/*
 * Let an extent show other physical pages, in place: want->pa and what follows of want->target,
 * with want's attr and tag, for the mapping or reservation whose first address is `va`, as long as
 * that is (want->size, align and QUIRE_TELL are not looked at).  It is one mapping in one piece
 * afterwards, with one holder.  With `want` NULL it shows nothing, and is a reservation with the
 * tag it had.  What was there before is written back first, and nobody sees the addresses free in
 * between: this is how a window is used for one bank after the other.  Pages that it shows itself
 * are not in its way.  Needs no descriptor.
 * QUIRE_EFOREIGN, EUNMAPPED, EINTERIOR as in release
 * QUIRE_ECLAIMED  it is a claim
 * QUIRE_EREFERENCED the mapping has other holders
 * QUIRE_EALIGN, EWRAP, ETARGET, EBEYOND, EFLAG, EWX, ECAPS, EMODE of want as in map_at
 * QUIRE_EOVERLAP  others show some of these pages, in a window that can do what is asked, without
 *                 QUIRE_SHARED
 * QUIRE_ETABLES, or the port's.
 * Cost: one search for each window, up to four more, some for each part given up, and the entries
 * written.
 */
int quire_space_switch(struct quire_space *space, quire_va va, const struct quire_want *want);

/*
 * Give a mapping, reservation or claim another tag; `va` is its first address.
 * QUIRE_EFOREIGN, EUNMAPPED, EINTERIOR as in release.  Cost: one search or two, two for each
 * further part.
 */
int quire_space_tag(struct quire_space *space, quire_va va, uint16_t tag);

/*
 * Make cache and memory agree about [va, va + size), any bytes of one window, mapped or not; `how`
 * is enum quire_sync, one or both.  Where the port has no cache to speak of, nothing happens.
 * Pages that go are written back without being asked, if they may be dirty and the machine could
 * not do so later (QUIRE_MMU_WRITE_BACK_FIRST): those that a program may write through a
 * write-back cache.
 * On page tables (port/tables.h) the processor finds cache lines by the program's addresses, in the
 * tables that it has loaded: the space must be the one that this CPU runs, or the kernel's.
 * QUIRE_EZERO     size is 0
 * QUIRE_EFLAG     `how` is 0 or has a bit that does not exist
 * QUIRE_EWRAP     the range runs past the end of the address type
 * QUIRE_EFOREIGN  it is not inside one window
 * Cost: constant, and the port's.
 */
int quire_space_sync(struct quire_space *space, quire_va va, quire_size size, unsigned how);

/*
 * Give up one holder's share; the last one unmaps the whole mapping, parts and all.  `va` is its
 * first address, quire_got.mapping.  Needs no descriptor and no table.
 * QUIRE_EFOREIGN, EUNMAPPED, EINTERIOR as in release
 * QUIRE_ERESERVED, ECLAIMED  it is a reservation, or a claim
 * or the port's (not asked while there are other holders).
 * Cost: up to six searches, some for each further part, and the entries written.
 */
int quire_space_unmap(struct quire_space *space, quire_va va);

/*
 * Unmap [va, va + size), which lies inside one mapping.  What is left behind it becomes a
 * mapping of its own, with one holder and the same tag.
 * As protect up to QUIRE_EREFERENCED, then
 * QUIRE_EPOOL     the middle of an extent is cut out, and no descriptor is left
 * QUIRE_ETABLES   a large page must be split, and no table page is left
 * or the port's.  Cost: up to fourteen searches, some for each further part, and the entries
 * written.
 */
int quire_space_unmap_part(struct quire_space *space, quire_va va, quire_size size);

/*
 * Slide the mappings of the window that contains `va` towards its start, or, in a window of
 * QUIRE_PLACE_HIGH or QUIRE_PLACE_FIRST_HIGH, towards its end, the last one first.  `ask` is told each
 * move and may refuse it; NULL lets all happen.  Reservations, claims, and mappings with
 * several holders, stay.  An alignment above the page is not kept unless `ask` sees to it.  `*moved`,
 * which may be NULL, gets the number of moves, also when the call stops at an error; moves made
 * stay made.
 * QUIRE_EFOREIGN, ETABLES, or the port's.
 * The lock is taken for each move anew.  Cost: for each mapping two searches, and for each move
 * those of move.
 */
int quire_space_compact(struct quire_space *space, quire_va va, quire_move_fn ask, void *ctx,
			uint32_t *moved);

#include "quire/query.h"

#endif
