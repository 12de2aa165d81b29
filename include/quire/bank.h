/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Banks: more physical memory than addresses.
 *
 * A *bank* is one page of a physical memory.  A bank pool owns a run of them, and a row of *places*,
 * one page of addresses each, that it has reserved in a space.  Banks are handed out to whoever
 * needs memory, places to whoever needs addresses, and showing a bank at a place is one verb of the
 * space that never gives the addresses away (quire_space_switch).
 *
 *     banks   [0][1][2][3][4][5] ... [135]         physical, one owner each
 *                    \  \     `-------.
 *     places        [0][1]  [2][3] .. [7]          addresses, in ranges of neighbours
 *
 * A bank is shown at one place at most: a cache of virtual addresses would keep two copies of it.
 * What was written is written back before a bank leaves its place.
 *
 * The interface is that of ESP-IDF's himem, without its heap: the numbers of an owner's banks stand
 * in an array of the owner's.  All memory is the caller's.  Calls are safe from any number of
 * threads if the configuration has a lock; the space has its own.  All return QUIRE_ENULL for a
 * NULL they cannot use, then the lock's error, before what is listed.
 */
#ifndef QUIRE_BANK_H
#define QUIRE_BANK_H

#include "quire/space.h"

#define QUIRE_BANK_MAX 65534u /* banks of a pool; and places */

typedef uint16_t quire_bank; /* number of a bank, or of a place */

struct quire_bank_config {
	struct quire_space *space;
	uint8_t target;  /* whose memory the banks are */
	uint8_t attr;    /* what may be done with a bank that is shown: QUIRE_READ | QUIRE_WRITE */
	quire_pa pa;     /* of bank 0; a multiple of the page */
	uint32_t banks;  /* 1 .. QUIRE_BANK_MAX */
	quire_va va;     /* of place 0, 0 for anywhere; a multiple of the page */
	uint32_t places; /* 1 .. QUIRE_BANK_MAX */
	uint8_t caps;    /* that the places must have, as in quire_want */
	uint16_t tag;    /* as in quire_want */
	void *memory;    /* quire_bank_memory_size(banks, places) bytes, 8-byte aligned */
	quire_size memory_size;
	struct quire_lock lock;
};

#include "quire/bank_state.h"

/* Bytes of memory that a pool needs; 0 if a count is 0 or above QUIRE_BANK_MAX.  Pure. */
quire_size quire_bank_memory_size(uint32_t banks, uint32_t places);

/*
 * Make a pool: all banks free, all places free and reserved in the space.
 * QUIRE_EFLAG (a count), QUIRE_EPOOL (memory_size), what quire_space_reserve or reserve_at returns,
 * or QUIRE_EBEYOND, ETARGET, ECAPS if the memory does not have such banks.
 * Takes a descriptor of the space for each place.  Not thread-safe.  Cost: linear in both counts.
 */
int quire_bank_init(struct quire_bank_pool *pool, const struct quire_bank_config *config);

/*
 * Give the places back to the space.
 * QUIRE_EREFERENCED a bank is owned, or a place in a range.  Not thread-safe.
 */
int quire_bank_close(struct quire_bank_pool *pool);

/*
 * Take `count` free banks and write their numbers to `banks`, the lowest first.
 * QUIRE_EZERO, QUIRE_ESPACE (there are not so many).  Cost: linear in count.
 */
int quire_bank_take(struct quire_bank_pool *pool, quire_bank *banks, uint32_t count);

/*
 * Give banks back.
 * QUIRE_EZERO, QUIRE_EBEYOND (a number is no bank's), QUIRE_EUNMAPPED (one is free already, or in
 * the list twice), QUIRE_EREFERENCED (one is shown at a place).  Nothing is given back then.
 * Cost: linear in count.
 */
int quire_bank_give(struct quire_bank_pool *pool, const quire_bank *banks, uint32_t count);

/*
 * Take `count` neighbouring free places, the lowest there are; `*first` gets the number of the first
 * and `*va` (may be NULL) its address.
 * QUIRE_EZERO, QUIRE_ESPACE.  Cost: linear in the pool's places (a bit each, a word at a time).
 */
int quire_bank_range_take(struct quire_bank_pool *pool, uint32_t count, quire_bank *first,
			  quire_va *va);

/*
 * Give places back: a range as it was taken.
 * QUIRE_EUNMAPPED (no range begins there), QUIRE_EREFERENCED (a bank is shown in it).
 * Cost: linear in the range.
 */
int quire_bank_range_give(struct quire_bank_pool *pool, quire_bank first);

/*
 * Show `count` banks at the places from `place` on, all in one range, and `*va` (may be NULL) gets
 * the address.
 * QUIRE_EZERO, QUIRE_EBEYOND (a number is no bank's; the range ends before), QUIRE_EUNMAPPED (no
 * range has these places; a bank is nobody's), QUIRE_EREFERENCED (a bank is shown somewhere, or in
 * the list twice), QUIRE_ETAKEN (a place shows a bank), or the space's: nothing is shown then.
 * Cost: a switch each.
 */
int quire_bank_show(struct quire_bank_pool *pool, const quire_bank *banks, uint32_t count,
		    quire_bank place, quire_va *va);

/*
 * Stop showing what stands at `count` places from `place` on, all in one range.
 * QUIRE_EZERO, QUIRE_EBEYOND, QUIRE_EUNMAPPED (no range; or one shows nothing), or the space's:
 * nothing has changed then.  Cost: a switch each.
 */
int quire_bank_hide(struct quire_bank_pool *pool, quire_bank place, uint32_t count);

/* What there is. */
struct quire_bank_stats {
	uint32_t banks, banks_free, banks_shown;
	uint32_t places, places_free;
	uint32_t longest; /* the longest run of free places */
	quire_size bank_size;
	quire_va va; /* of place 0 */
};
int quire_bank_stats(struct quire_bank_pool *pool, struct quire_bank_stats *out);

/*
 * Prove the pool: owners, free lists and places agree with each other and with the space.
 * QUIRE_ECORRUPT, and `*what` (may be NULL) says what is wrong.  Cost: linear in both counts.
 */
int quire_bank_check(struct quire_bank_pool *pool, const char **what);

#endif
