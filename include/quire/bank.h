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
 * in an array of the owner's.  All memory is the caller's.  Calls but init and close are safe from
 * any number of threads if the configuration has a lock; the space has its own, which is taken
 * while this one is held.
 *
 * Errors are listed in the order in which they are looked for.  All calls return QUIRE_ENULL for a
 * NULL they cannot use or a pool that is closed, then the lock's own error if it fails; these two
 * are not repeated below.  A call that returns an error has changed nothing.
 */
#ifndef QUIRE_BANK_H
#define QUIRE_BANK_H

#include "quire/space.h"

#define QUIRE_BANK_MAX 65534u /* banks of a pool; and places */

typedef uint16_t quire_bank; /* number of a bank, or of a place */

struct quire_bank_config {
	struct quire_space *space;
	uint8_t target;  /* whose memory the banks are */
	uint8_t attr;    /* the most that a place may allow: QUIRE_READ | QUIRE_WRITE */
	quire_pa pa;     /* of bank 0; a multiple of the page */
	uint32_t banks;  /* 1 .. QUIRE_BANK_MAX */
	quire_va va;     /* of place 0, a multiple of the page; 0 for anywhere */
	uint32_t places; /* 1 .. QUIRE_BANK_MAX */
	uint8_t caps;    /* that the places must have, as in quire_want */
	uint16_t tag;    /* as in quire_want */
	void *memory;    /* quire_bank_memory_size(banks, places) bytes, 8-byte aligned */
	quire_size memory_size;
	struct quire_lock lock;
};

#include "quire/bank_state.h"

/* Bytes of memory that a pool needs: some two for a bank, three for a place; 0 if a count is 0 or
   above QUIRE_BANK_MAX.  Pure. */
quire_size quire_bank_memory_size(uint32_t banks, uint32_t places);

/*
 * Make a pool: all banks free, all places free and reserved in the space, which needs a descriptor
 * for each.  The size of a bank is the page of the window that the places are in.
 * QUIRE_EFLAG     a count is 0 or above QUIRE_BANK_MAX
 * QUIRE_EPOOL     config->memory_size is less than quire_bank_memory_size
 * QUIRE_ETARGET   there is no memory config->target
 * QUIRE_EFLAG, EWX, ECAPS of attr, caps and the memory as in quire_space_map
 * QUIRE_EFOREIGN  va is in no window
 * QUIRE_ECAPS     that window, or with va 0 every window, cannot do what is asked
 * QUIRE_EMODE     as in quire_space_map
 * QUIRE_EALIGN    pa or va is not a multiple of the page
 * QUIRE_EBEYOND   the memory has not so many banks behind pa
 * QUIRE_EFOREIGN  the places run past the end of that window
 * QUIRE_ESPACE    with va 0: no gap is large enough
 * QUIRE_ETAKEN, EPOOL as in quire_space_reserve_at
 * With va 0, the places stand where quire_space_reserve would put them, and are found by looking at
 * the whole map: if others take addresses meanwhile, QUIRE_ETAKEN can be the result.
 * Not thread-safe.  Cost: linear in the banks and the map, and a reservation for each place.
 */
int quire_bank_init(struct quire_bank_pool *pool, const struct quire_bank_config *config);

/*
 * Give the places back to the space; the pool is closed then.
 * QUIRE_EREFERENCED a bank is owned, or a place in a range
 * or what quire_space_release returns.
 * Not thread-safe.  Cost: a release for each place.
 */
int quire_bank_close(struct quire_bank_pool *pool);

/*
 * Take `count` free banks and write their numbers to `banks`, the lowest first.
 * QUIRE_EZERO     count is 0
 * QUIRE_ESPACE    there are not so many
 * Cost: linear in count, and a word for each 1,024 banks of the pool.
 */
int quire_bank_take(struct quire_bank_pool *pool, quire_bank *banks, uint32_t count);

/*
 * Give banks back.
 * QUIRE_EZERO     count is 0
 * QUIRE_EBEYOND   a number is no bank's
 * QUIRE_EREFERENCED one is shown at a place
 * QUIRE_EUNMAPPED one is nobody's, or in the list twice
 * Cost: linear in count.
 */
int quire_bank_give(struct quire_bank_pool *pool, const quire_bank *banks, uint32_t count);

/*
 * Take a range: `count` neighbouring free places, the lowest there are; `*first` gets the number of
 * its first and `*va` (may be NULL) the address of that.
 * QUIRE_EZERO     count is 0
 * QUIRE_ESPACE    there are not so many in a row
 * Cost: linear in the places (a bit each, looked at a word at a time).
 */
int quire_bank_range_take(struct quire_bank_pool *pool, uint32_t count, quire_bank *first,
			  quire_va *va);

/*
 * Give a range back as it was taken; `first` is its first place.
 * QUIRE_EUNMAPPED no range begins there
 * QUIRE_EREFERENCED a bank is shown in it
 * Cost: linear in the range.
 */
int quire_bank_range_give(struct quire_bank_pool *pool, quire_bank first);

/*
 * Show `count` banks, one after the other, at the places from `place` on, which are in one range;
 * `*va` (may be NULL) gets the address.  `attr` says what is allowed there, and is some of what the
 * configuration allows; 0 stands for all of that.
 * QUIRE_EZERO     count is 0
 * QUIRE_EFLAG     attr has a bit that the configuration's has not
 * QUIRE_EUNMAPPED `place` is in no range
 * QUIRE_EBEYOND   its range ends before
 * QUIRE_EBEYOND   a number is no bank's
 * QUIRE_EUNMAPPED a bank is nobody's
 * QUIRE_ETAKEN    a place shows a bank already
 * QUIRE_EREFERENCED a bank is shown somewhere, or in the list twice
 * or what quire_space_switch returns: QUIRE_EOVERLAP if others show a bank's memory in a window
 * that can do what is asked.
 * If the port (or the space's lock) refuses one of several, those before it are hidden again; if it
 * refuses that too, they stay shown, and can be hidden later.
 * Cost: a switch each.
 */
int quire_bank_show(struct quire_bank_pool *pool, const quire_bank *banks, uint32_t count,
		    quire_bank place, unsigned attr, quire_va *va);

/*
 * Stop showing the banks at `count` places from `place` on, which are in one range.
 * QUIRE_EZERO     count is 0
 * QUIRE_EUNMAPPED `place` is in no range
 * QUIRE_EBEYOND   its range ends before
 * QUIRE_EUNMAPPED one of them shows nothing
 * or what quire_space_switch returns.
 * If the port (or the space's lock) refuses one of several, those before it are shown again; if it
 * refuses that too, they stay hidden.
 * Cost: a switch each.
 */
int quire_bank_hide(struct quire_bank_pool *pool, quire_bank place, uint32_t count);

/* What there is. */
struct quire_bank_stats {
	uint32_t banks, banks_free, banks_shown;
	uint32_t places, places_free;
	uint32_t longest;     /* the longest run of free places */
	quire_size bank_size; /* bytes; of a place too */
	quire_va va;          /* of place 0 */
};

/* The same, copied.  Cost: linear in the places, as range_take. */
int quire_bank_stats(struct quire_bank_pool *pool, struct quire_bank_stats *out);

/*
 * Prove the pool: owners, free banks, ranges and places agree with each other, and the places with
 * the space.
 * QUIRE_ECORRUPT, and `*what` (may be NULL) says what is wrong; or what quire_space_query returns.
 * Cost: linear in banks and places, and a query for each place.  For tests and for doubt.
 */
int quire_bank_check(struct quire_bank_pool *pool, const char **what);

#endif
