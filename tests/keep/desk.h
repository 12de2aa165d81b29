/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keep-list on a drawn space (core/sketch.h), for tests that one can follow with a pencil.  In a
 * drawing, a capital letter is a mapping that is kept:
 *
 *	"aaB.c:"    a, c in use; b kept; a reservation
 */
#ifndef KEEP_DESK_H
#define KEEP_DESK_H

#include "core/sketch.h"
#include "quire/keep.h"

struct desk {
	struct sketch *s;
	struct rig *rig;
	struct quire_space *space;
	struct quire_keep keep;
	void *memory;
	struct quire_got got; /* of the last map */
	unsigned lock_in;     /* the list's lock fails after so many; 0: never */
	unsigned locked;
};

#define DESK_NO_LOCK (-1002) /* what it fails with */

/* A window of so many pages, all free, and a list of so many slots.  One desk at a time. */
struct desk *desk_open(unsigned pages, uint32_t slots);
/* The same on another machine: change d->s->plan between these two. */
struct desk *desk_plan(unsigned pages);
void desk_build(struct desk *d, uint32_t slots);

/* Prove that list and space are sound, and close it. */
void desk_close(struct desk *d);
void desk_check(struct desk *d);

/* The drawing of the first window as it is now. */
const char *desk_draw(struct desk *d);
#define desk_is(d, drawing) assert_string_equal(desk_draw(d), drawing)

/* A request for n pages of memory 0 from page p on. */
struct quire_want desk_want(unsigned n, unsigned p, unsigned attr, unsigned flags, char tag);

/* Map them anywhere, or at page v. */
int desk_map(struct desk *d, unsigned n, unsigned p, unsigned attr, unsigned flags, char tag);
int desk_map_at(struct desk *d, unsigned v, unsigned n, unsigned p, unsigned attr, unsigned flags,
		char tag);
/* Unmap what begins at page v. */
int desk_unmap(struct desk *d, unsigned v);

/* Map and unmap them, which must work: they are kept now, if they can be. */
void desk_pair(struct desk *d, unsigned n, unsigned p, char tag);

/* All that machine and book have had to do so far. */
uint64_t desk_work(struct desk *d);

struct quire_keep_stats desk_stats(struct desk *d);

#endif
