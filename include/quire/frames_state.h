/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pool of frames is made of, complete so that it can stand in static memory.  Nothing in here is
 * for users to touch, but for the words, which a debugger or an interface like Zephyr's may read.
 */
#ifndef QUIRE_FRAMES_STATE_H
#define QUIRE_FRAMES_STATE_H

#include "quire/types.h"

/* One frame.  Its number is its place in the array: banks follow one another there. */
typedef uintptr_t quire_frame_word;

#define QUIRE_FRAME_OWNER_SHIFT 8u
#define QUIRE_FRAME_LINK_SHIFT  12u

/* The free frames below a node: a run that begins with its first frame, one that ends with its last,
   and the longest. */
struct quire_frame_node {
	uint32_t prefix, suffix, longest;
};

#define QUIRE_FRAME_SET_LEVELS 5

/* A set of numbers: a bit each, and above every 64 bits one. */
struct quire_frame_set {
	uint64_t *level[QUIRE_FRAME_SET_LEVELS];
	uint32_t words[QUIRE_FRAME_SET_LEVELS];
	uint8_t levels;
};

/* One bank, live. */
struct quire_frame_pool_bank {
	struct quire_frame_bank bank;
	uint32_t first;  /* number of its first frame */
	uint32_t frames; /* in it */
	uint32_t free;
	uint32_t reserved;
	uint32_t leaves;               /* words of bits, a power of two */
	uint64_t *bits;                /* 1: free */
	struct quire_frame_set some;   /* words of bits that are not 0 */
	struct quire_frame_set stale;  /* words that the tree does not know of yet */
	struct quire_frame_node *node; /* 1: the root; 2n and 2n+1: below n; leaves + i: bits[i] */
};

struct quire_frames {
	struct quire_frame_pool_bank bank[QUIRE_FRAME_BANKS_MAX];
	uint8_t order[QUIRE_FRAME_BANKS_MAX]; /* banks by rank */
	uint8_t bank_count;
	uint8_t page_shift;
	quire_frame_word *word;
	uint32_t count;
	uint32_t free;
	uint32_t promised;
	struct quire_lock lock;
};

#endif
