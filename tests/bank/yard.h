/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A yard for bank pools: a space on a simulated table MMU whose port, lock and pool's lock can be
 * told to fail, and which notes what it is told to write back.
 *
 *   "code"  8 pages at 0x1000000   read and fetch   flash
 *   "words" 8 pages at 0x2000000   read and write, no bytes   flash, psram
 *   "data"  at YARD_DATA           read and write   flash, psram
 *
 * Pages have 4 KiB; psram begins at YARD_PSRAM.
 */
#ifndef BANK_YARD_H
#define BANK_YARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/bank.h"
#include "quire/chip.h"
#include "quire/port/sim.h"
#include "quire/quire.h"

#define PAGE       ((quire_size)0x1000)
#define YARD_CODE  ((quire_va)0x1000000)
#define YARD_WORDS ((quire_va)0x2000000)
#define YARD_DATA  ((quire_va)0x40000000)
#define YARD_PSRAM ((quire_pa)0x100000)
#define YARD_TAG   77u
#define YARD_SYNCS 64u
#define RW         (QUIRE_READ | QUIRE_WRITE)
#define REFUSAL    (-1234) /* no number of ours: errors of port and locks are passed on */

/* What to build. */
struct yard_plan {
	uint32_t pages;      /* of the window "data" */
	uint32_t psram;      /* pages of the memory */
	uint32_t banks;      /* of the pool; 0: make no pool */
	uint32_t places;     /* of the pool */
	uint32_t first_bank; /* page of psram that bank 0 is */
	uint32_t mappings;   /* descriptors; 0: one a page */
	unsigned mmu_flags;
	bool anywhere; /* the pool finds its places itself; else they begin at YARD_DATA */
};

/* Something that fails: after `in` more uses, for as many times as `times`. */
struct yard_fault {
	uint32_t in; /* 0: never */
	uint32_t times;
	uint32_t fired;
};

struct yard_sync {
	quire_va walk;
	quire_size size;
	unsigned how;
	bool alive; /* all of it was mapped at the time */
};

struct yard {
	struct yard_plan plan;
	struct quire_chip_entry entry;
	struct quire_mmu mmu;
	struct quire_sim sim;
	struct quire_walker walker;
	struct quire_space space;
	struct quire_bank_config config;
	struct quire_bank_pool pool;
	uint32_t *table;
	void *space_memory;
	struct yard_fault port_fault, space_lock, pool_lock;
	struct yard_sync sync[YARD_SYNCS];
	uint32_t syncs;
	unsigned space_locked, pool_locked;
};

void yard_open(struct yard *yard, const struct yard_plan *plan);
void yard_close(struct yard *yard);

/* The pool's configuration as the plan says, for tests that make pools themselves. */
struct quire_bank_config yard_config(struct yard *yard);

/* Both structures are sound, and no lock is held. */
void yard_check(struct yard *yard);

/* Make something fail from now on: its n-th use, and so many after it; n 0 takes that back. */
void yard_fail(struct yard_fault *fault, uint32_t n, uint32_t times);

/* What an access of a page of "data" gets: its bank's number, or -1 for a fault. */
int yard_read(struct yard *yard, quire_va va);
bool yard_writable(struct yard *yard, quire_va va);

/* All that pool and space are, to see whether it changed. */
struct yard_image {
	struct quire_extent_info *row;
	uint32_t rows;
	uint32_t *table;
	unsigned char *pool; /* the struct, then its memory */
};
void yard_image_take(struct yard *yard, struct yard_image *image);
void yard_image_free(struct yard_image *image);

/* Fail unless everything is as in the image. */
void yard_unchanged(struct yard *yard, const struct yard_image *image);

/* A random number below `below`; the same everywhere (xorshift64*). */
uint32_t yard_random(uint64_t *state, uint32_t below);

#endif
