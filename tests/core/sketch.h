/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps drawn as strings, one character a page, for tests that one can follow with a pencil:
 *
 *	"aa..bBb:"   a, b  mappings, named by the letter in their tag
 *	             B     a part of b that continues it with other attributes
 *	             :     a reservation
 *	             .     free
 *
 * A capital shows every row that is marked as a part, so "bBb" is read back as "bBB".  What is
 * drawn shows the physical pages of the same numbers (page 3 of the window, page 3 of memory 0).
 */
#ifndef CORE_SKETCH_H
#define CORE_SKETCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/rig.h"

#define PAGE 0x1000u
#define R    QUIRE_READ
#define RW   (QUIRE_READ | QUIRE_WRITE)
#define RX   (QUIRE_READ | QUIRE_EXEC)
#define X    QUIRE_EXEC

/* Where the drawn window and the memories stand: page n, data side, instruction side; memory. */
#define VA(n)  ((quire_va)0x100000 + (quire_va)(n)*PAGE)
#define XA(n)  ((quire_va)0x800000 + (quire_va)(n)*PAGE)
#define PA(n)  ((quire_pa)0x40000 + (quire_pa)(n)*PAGE)
#define PAGES0 200u /* in memory 0 */
#define PAGES1 64u  /* in memory 1, which can neither execute nor be used by user programs */

struct sketch {
	struct rig_plan plan;
	struct rig rig;
	struct quire_space *space;
	struct quire_got got; /* of the last sketch_map */
};

/* A space with one window of as many pages as are drawn.  All tests use one sketch at a time. */
struct sketch *sketch_open(const char *drawing);
/* The same with other hardware or fewer descriptors: change s->plan between these two. */
struct sketch *sketch_plan(unsigned pages);
void sketch_build(struct sketch *s, const char *drawing);

/* Prove that it is sound, and close it. */
void sketch_close(struct sketch *s);

/* The drawing of a window as it is now. */
const char *sketch_draw(struct sketch *s);
#define sketch_is(s, drawing) assert_string_equal(sketch_draw(s), drawing)

/* Map n pages from physical page p on, anywhere; or at page v. */
int sketch_map(struct sketch *s, unsigned n, unsigned p, unsigned attr, unsigned flags, char tag);
int sketch_map_at(struct sketch *s, unsigned v, unsigned n, unsigned p, unsigned attr,
		  unsigned flags, char tag);

/* How many holders the mapping at a page has. */
unsigned sketch_refs(struct sketch *s, unsigned page);

#endif
