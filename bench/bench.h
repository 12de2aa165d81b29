/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench: what is measured, and against what.
 *
 * A *contestant* manages one window of equal pages over one physical memory: quire through its
 * public calls, and a few yardsticks written for the bench.  All of them write their entries into
 * the same plain array and are driven by the same *workload*, whose random numbers depend on
 * nothing but the seed, so that every contestant sees the same requests in the same order.
 *
 * Everything in this header runs on a host and on bare metal alike: no heap, no library.  What is
 * measured, in nanoseconds or in instructions, is the business of the programs (host_*.c, bare/).
 * They print *rows*: six fields between tabs, see bench_row().
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quire/types.h"

/* The machine that everybody is measured on: one window, one memory, one kind of page. */
#if QUIRE_WIDTH == 16
#define BENCH_PAGE_SHIFT  16u
#define BENCH_WINDOW_BASE 0x10000000u
#else
#define BENCH_PAGE_SHIFT  12u
#define BENCH_WINDOW_BASE 0x4000000000u
#endif
#define BENCH_PAGE ((quire_size)1 << BENCH_PAGE_SHIFT)

struct bench_arena {
	uint32_t pages;        /* of the window */
	uint32_t memory_pages; /* of the physical memory */
	uint32_t mappings;     /* at most so many at one time */
	bool writes;           /* all entries are written; else the first of each run alone */
};

/* The array of entries that stands for the hardware. */
struct bench_table {
	quire_entry *entry;
	bool writes;
};

/* Write `count` entries, as a table MMU's port would.  The first one is always written, because a
   manager may look at the table to see what is there. */
static inline void bench_table_write(const struct bench_table *table, uint32_t index,
				     quire_entry first, uint32_t count, quire_entry step)
{
	volatile quire_entry *entry = table->entry + index;

	if (!table->writes && count > 1)
		count = 1;
	for (; count > 0; count--, first += step)
		*entry++ = first;
}

/*
 * One contestant.  `need` says how many bytes `open` will want for an arena; `open` returns what
 * the other calls take as `self`, or NULL.  Addresses and sizes are bytes, as in quire's own calls.
 * Results below 0 mean refused.  Calls that a contestant does not have are NULL.
 */
struct bench_contestant {
	const char *name;
	bool linear; /* its time grows with what is mapped: measured with fewer pairs */
	size_t (*need)(const struct bench_arena *arena);
	void *(*open)(const struct bench_arena *arena, void *memory);
	int (*map)(void *self, quire_pa pa, quire_size size, quire_va *va);
	int (*map_at)(void *self, quire_va va, quire_pa pa, quire_size size);
	int (*unmap)(void *self, quire_va va, quire_size size);
	int (*query)(void *self, quire_va va);                   /* the mapping at an address */
	int (*translate)(void *self, quire_va va, quire_pa *pa); /* virtual to physical */
	int (*reverse)(void *self, quire_pa pa, quire_va *va);   /* physical to virtual */
};

extern const struct bench_contestant bench_quire;       /* a lock that does nothing */
extern const struct bench_contestant bench_list;        /* address-ordered list, first fit */
extern const struct bench_contestant bench_bitmap;      /* one bit a page, first fit */
extern const struct bench_contestant bench_array;       /* only the entries */
extern const struct bench_contestant bench_nothing;     /* an empty function, to be subtracted */
const struct bench_contestant *bench_quire_mutex(void); /* with a pthread mutex; host only */
struct quire_space *bench_quire_space(void *self);      /* for what only quire can do */
uint32_t bench_entry_count(const struct bench_arena *arena); /* a power of two */

/* Random numbers: xorshift, 64 bits of state, never 0. */
struct bench_random {
	uint64_t state;
};
void bench_random_seed(struct bench_random *r, uint32_t seed);
uint32_t bench_random_below(struct bench_random *r, uint32_t limit);

/* What sizes a workload asks for, in pages. */
enum bench_sizes {
	BENCH_SIZES_POWER, /* 1 to 16, P(s) ~ 1/s: 4.7 on average */
	BENCH_SIZES_MIXED, /* nine single pages for each 64 */
};
uint32_t bench_size(struct bench_random *r, enum bench_sizes sizes);
uint32_t bench_size_max(enum bench_sizes sizes);

/* One live mapping, and the physical pages it may use: a slot as long as the largest request. */
struct bench_live {
	quire_va va;
	quire_size size; /* 0: nothing is mapped here just now */
	quire_pa pa;
	uint32_t slot;
};

/* One pair that is going to be run: unmap the victim, map this instead. */
struct bench_pair {
	uint32_t victim;
	quire_pa pa;
	quire_size size;
};

#define BENCH_SCRIPT 1024u /* pairs planned at a time */

/*
 * Churn (workload W1): `count` live mappings in a window of twice their pages; then again and again
 * one of them, at random, gives way to another.  Pairs are planned before they are run, so that
 * choosing them costs nothing while the clock is ticking.
 */
struct bench_churn {
	struct bench_random random;
	uint32_t count;
	uint32_t spares; /* physical slots beyond those in use */
	uint32_t refused;
	struct bench_live *live;
	uint32_t *spare;
	struct bench_pair script[BENCH_SCRIPT];
};

struct bench_arena bench_churn_arena(uint32_t count, bool writes);
size_t bench_churn_need(uint32_t count);
void bench_churn_open(struct bench_churn *churn, uint32_t count, void *memory);
void bench_churn_fill(struct bench_churn *churn, const struct bench_contestant *who, void *self);
void bench_churn_plan(struct bench_churn *churn, uint32_t pairs);

/* The two halves of planned pair `i`; both return what the contestant returned. */
int bench_churn_unmap(struct bench_churn *churn, uint32_t i, const struct bench_contestant *who,
		      void *self);
int bench_churn_map(struct bench_churn *churn, uint32_t i, const struct bench_contestant *who,
		    void *self);

/* Plan and run `pairs` pairs. */
void bench_churn_run(struct bench_churn *churn, uint32_t pairs, const struct bench_contestant *who,
		     void *self);

/*
 * Checkerboard: `count` single pages with a free page behind each.  The k-th mapping is at page 2k
 * and shows physical page 2k.
 */
struct bench_arena bench_board_arena(uint32_t count, bool writes);
int bench_board_fill(uint32_t count, const struct bench_contestant *who, void *self);
static inline quire_va bench_board_va(uint32_t k)
{
	return BENCH_WINDOW_BASE + 2u * (quire_va)k * BENCH_PAGE;
}

#endif
