/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping mappings: what is mapped and unmapped again and again is not unmapped at all.
 *
 * A keep-list stands in front of a space.  A mapping that its last holder gives up stays in the
 * tables, *kept*, and the next request for the same pages gets it back: no table write, no flush,
 * no search in the book.  To its users a kept mapping does not exist: its pages can be mapped by
 * others, its addresses be had by others; whatever is in the way of a request is dropped first, the
 * least recently used before the others.
 *
 *     map --hit--> [ kept, most recent ] <-> [ ... ] <-> [ kept, least recent ] --drop--> space
 *      |                 ^                                                                 |
 *      `--miss--> space  `-- unmap, by the last holder        <---------- under pressure --'
 *
 * A keep-list knows each mapping it keeps, and at least as many again of those in use: of these the
 * ones mapped last, and any that it has forgotten is unmapped as ever.  Mappings are found by hashes
 * of what they show and of where they stand, so a hit costs the same however many there are.
 *
 * Stale pointers into a kept mapping keep working until it is dropped, as they would on a chip
 * whose cache still holds the lines; who hunts them sets the number of slots to 0.
 *
 * What was mapped through a keep-list is changed through it alone: map (which shares), unmap and
 * tag; and whoever maps the same pages does so through the same list.  Calls that only look
 * (query.h) may be used beside it; they see kept mappings as mapped.
 *
 * Locks are as in space.h; the space is called with the list's lock held, never the other way round.
 * Errors are those of the space's call of the same name, looked for in the same order; a port or a
 * lock that fails while a kept mapping is dropped makes its own the call's.  A call that returns a
 * negative result has dropped kept mappings, perhaps, and changed nothing else.
 */
#ifndef QUIRE_KEEP_H
#define QUIRE_KEEP_H

#include "quire/query.h"
#include "quire/space.h"

#define QUIRE_KEEP_MAX 4096u

struct quire_keep_config {
	struct quire_space *space;
	uint32_t slots; /* mappings that may be kept: 0 .. QUIRE_KEEP_MAX */
	void *memory;   /* quire_keep_memory_size(slots) bytes, 8-byte aligned; the list's own */
	quire_size memory_size;
	uint8_t targets;        /* bit t: mappings of memory t are kept; 0: of all */
	struct quire_lock lock; /* of the list; the space has its own */
};

struct quire_keep_stats {
	uint32_t hits;    /* requests that a kept mapping served */
	uint32_t misses;  /* requests that went to the space */
	uint32_t drops;   /* kept mappings that were unmapped after all */
	uint32_t kept;    /* now */
	uint32_t tracked; /* mappings in use that the list knows, now */
};

#include "quire/keep_state.h"

/* Bytes of memory that a list of so many slots needs: for each about 90 with 16-bit widths and 140
   with 32-bit ones.  None for 0; 0 also if there are more than QUIRE_KEEP_MAX.  Pure. */
quire_size quire_keep_memory_size(uint32_t slots);

/*
 * Make an empty keep-list for a space that is made already.  With 0 slots it keeps nothing, and
 * every call goes to the space.
 * QUIRE_ENULL     config, its space, or its memory with any slots
 * QUIRE_EFLAG     more slots than QUIRE_KEEP_MAX
 * QUIRE_EPOOL     memory_size is less than quire_keep_memory_size(slots)
 * Not thread-safe.  Cost: linear in the slots.
 */
int quire_keep_init(struct quire_keep *keep, const struct quire_keep_config *config);

/*
 * As quire_space_map.  A kept mapping of exactly these pages, with the same attr, caps, align and
 * tag, is taken up again, with one holder and the result QUIRE_OK.  No other kept mapping is shared,
 * told of, or an overlap: those in the way are dropped, and so is the least recently used one, and
 * the next, as long as there is no gap, descriptor or table.
 * Cost of a hit: constant, and neither the space nor its lock is touched.  Of a miss: as map, and as
 * map and unmap for each one dropped; an overlap, and a memory whose windows can do different things,
 * make it look at each kept one too.  A request that is answered with what others use costs the
 * search for that twice.
 */
int quire_keep_map(struct quire_keep *keep, const struct quire_want *want, struct quire_got *got);

/* As quire_space_map_at; a kept mapping is taken up again only if it stands at `va`. */
int quire_keep_map_at(struct quire_keep *keep, quire_va va, const struct quire_want *want,
		      struct quire_got *got);

/* As quire_space_reserve, and as quire_space_reserve_at: kept mappings give way. */
int quire_keep_reserve(struct quire_keep *keep, const struct quire_want *want, quire_va *out);
int quire_keep_reserve_at(struct quire_keep *keep, quire_va va, quire_size size, uint16_t tag);

/*
 * As quire_space_unmap; what the last holder gives up is kept, in place of the least recently used
 * one if there are too many.  It is unmapped after all if the list has forgotten it, if others use
 * some of its pages (they had QUIRE_SHARED), if mappings of its memory are not kept, or if the port would not give up the one it replaces.
 * A kept mapping is QUIRE_EUNMAPPED.
 * Cost: constant if it is kept and replaces none, and the space is not touched; else as unmap.
 */
int quire_keep_unmap(struct quire_keep *keep, quire_va va);

/*
 * As unmap, but only by the sole holder of a mapping whose tag has all bits of `tag`: a look and the
 * unmap in one step.  QUIRE_EREFERENCED for a mapping that has other holders or another tag; but the
 * port's, the errors of unmap come first.  Cost: as unmap; one search more if the list has forgotten
 * the mapping.
 */
int quire_keep_unmap_sole(struct quire_keep *keep, quire_va va, uint16_t tag);

/* As quire_space_tag; a kept mapping is QUIRE_EUNMAPPED. */
int quire_keep_tag(struct quire_keep *keep, quire_va va, uint16_t tag);

/*
 * As quire_space_query, but a kept mapping is shown as a gap (of its own; gaps beside it are not
 * joined to it).  Cost: as query; constant, and without the space, for the first address of a mapping
 * that the list knows.
 */
int quire_keep_query(struct quire_keep *keep, quire_va va, struct quire_extent_info *out);

/*
 * As quire_space_largest_free, with kept mappings counted as free: what a request would find if all
 * in its way were dropped.  Nothing is.  What others do to the space meanwhile may be seen in part.
 * QUIRE_ETARGET, QUIRE_EFLAG, or the lock's.
 * Cost: as largest_free, and for each kept mapping at most six queries and looks into a hash.
 */
int quire_keep_largest_free(struct quire_keep *keep, unsigned target, unsigned attr, unsigned caps,
			    quire_size *out);

/* Whether `va`, the first address of a mapping, is that of a kept one. Constant cost. */
bool quire_keep_has(struct quire_keep *keep, quire_va va);

/*
 * Drop all kept mappings that show some of [pa, pa + size) of a target, or all there are; afterwards
 * the space holds what is in use and nothing else.  `dropped` may be NULL.
 * QUIRE_EZERO, QUIRE_EWRAP for a range; or what the port returned for the first one that it would
 * not give up (the others are dropped).
 * Cost: as unmap for each; a range also looks at each that is kept.
 */
int quire_keep_drop(struct quire_keep *keep, unsigned target, quire_pa pa, quire_size size,
		    uint32_t *dropped);
int quire_keep_drop_all(struct quire_keep *keep, uint32_t *dropped);

/* The counters, copied.  Constant cost. */
int quire_keep_stats(struct quire_keep *keep, struct quire_keep_stats *out);

/*
 * Prove the list: every slot in its chains, every kept one in its order, and the space says of each
 * what the slot says.  QUIRE_ECORRUPT, and `*what` (may be NULL) says what is wrong.
 * Cost: linear in the slots, and a search for each.
 */
int quire_keep_check(struct quire_keep *keep, const char **what);

#endif
