/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a keep-list is made of, complete so that it can stand in static memory.  Nothing in here is
 * for users to touch.  How it works is told in src/keep/keep.c.
 */
#ifndef QUIRE_KEEP_STATE_H
#define QUIRE_KEEP_STATE_H

#include "quire/types.h"

/* One mapping that the list knows. */
struct quire_keep_slot {
	quire_pa pa;
	quire_size size;     /* whole pages; 0 in a slot that is free */
	quire_size align;    /* as it was asked for */
	quire_va va;         /* of its first byte, on the side that attr asks for */
	quire_va other;      /* and on the other side */
	uint16_t same_shown; /* the next slot in the bucket of what it shows; 0 is none */
	uint16_t same_place; /* and in that of where it stands */
	uint16_t older;      /* in its ring, or the next free slot */
	uint16_t newer;
	uint16_t holders; /* 0: it is kept */
	uint16_t tag;
	uint8_t target;
	uint8_t attr;
	uint8_t caps;
	uint8_t window;
	uint8_t windows; /* bit w: window w can do what was asked */
	bool alone;      /* no other mapping in use shows any of its pages in these windows */
};

struct quire_keep {
	struct quire_space *space;
	struct quire_lock lock;
	struct quire_keep_slot *slot; /* 0 and 1 are the heads of the rings */
	uint16_t *shown;              /* buckets, by what is shown */
	uint16_t *place;              /* buckets, by address */
	quire_size page_mask[QUIRE_TARGETS_MAX];
	uint32_t slots; /* that may be kept */
	uint32_t kept;
	uint32_t used; /* in use, and known */
	uint32_t hits;
	uint32_t misses;
	uint32_t drops;
	uint16_t free;
	uint8_t shift;   /* of a hash, down to the number of a bucket */
	uint8_t targets; /* bit t: mappings of memory t are kept */
	uint8_t uneven;  /* bit t: windows that may show memory t differ in what they can do */
};

#endif
