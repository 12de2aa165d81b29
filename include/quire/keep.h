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
 * A keep-list has a slot for each mapping it may keep; mappings in use have a slot too while there
 * are slots to spare, and those without one are unmapped as ever.  Slots are found by hashes of
 * what they show and of where they stand, so a hit costs the same however many there are.
 *
 * Stale pointers into a kept mapping keep working until it is dropped, as they would on a chip
 * whose cache still holds the lines; who hunts them sets the number of slots to 0.
 *
 * What was mapped through a keep-list is changed through it alone: unmap, and tag.  Calls that only
 * look (query.h) may be used beside it; they see kept mappings as mapped.  Locks are as in space.h;
 * errors are those of the space's call of the same name, looked for in the same order.
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
	struct quire_lock lock; /* of the list; the space has its own */
};

struct quire_keep_stats {
	uint32_t hits;    /* requests that a kept mapping served */
	uint32_t misses;  /* requests that went to the space */
	uint32_t drops;   /* kept mappings that were unmapped after all */
	uint32_t kept;    /* now */
	uint32_t tracked; /* mappings in use that have a slot, now */
};

#include "quire/keep_state.h"

/* Bytes of memory that a list of so many slots needs; 0 if there are more than QUIRE_KEEP_MAX.
   Pure. */
quire_size quire_keep_memory_size(uint32_t slots);

/*
 * Make an empty keep-list.
 * QUIRE_ENULL (config, space, or memory with slots), QUIRE_EFLAG (slots above QUIRE_KEEP_MAX),
 * QUIRE_EPOOL (memory_size).  Not thread-safe.  Cost: linear in the slots.
 */
int quire_keep_init(struct quire_keep *keep, const struct quire_keep_config *config);

/*
 * As quire_space_map.  A kept mapping of exactly these pages, with the same attr, caps, align and
 * tag, is taken up again, with one holder.  No other kept mapping is shared, told of, or an
 * overlap: those in the way are dropped, and so is the least recently used one, and the next, as
 * long as there is no gap, descriptor or table.
 * Cost of a hit: constant.  Of a miss: as map, and as map and unmap for each one dropped.
 */
int quire_keep_map(struct quire_keep *keep, const struct quire_want *want, struct quire_got *got);

/* As quire_space_map_at; a kept mapping is taken up again only if it stands at `va`. */
int quire_keep_map_at(struct quire_keep *keep, quire_va va, const struct quire_want *want,
		      struct quire_got *got);

/* As quire_space_reserve, and as quire_space_reserve_at: kept mappings give way. */
int quire_keep_reserve(struct quire_keep *keep, const struct quire_want *want, quire_va *out);
int quire_keep_reserve_at(struct quire_keep *keep, quire_va va, quire_size size, uint16_t tag);

/*
 * As quire_space_unmap; the last holder's mapping is kept if it has a slot.  A kept mapping is
 * QUIRE_EUNMAPPED.  Cost: constant if it is kept.
 */
int quire_keep_unmap(struct quire_keep *keep, quire_va va);

/* As quire_space_tag; a kept mapping is QUIRE_EUNMAPPED. */
int quire_keep_tag(struct quire_keep *keep, quire_va va, uint16_t tag);

/*
 * As quire_space_query, but a kept mapping is shown as a gap (of its own; gaps beside it are not
 * joined to it).  Cost: as query; constant for the first address of a mapping that has a slot.
 */
int quire_keep_query(struct quire_keep *keep, quire_va va, struct quire_extent_info *out);

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
