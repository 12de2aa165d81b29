/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual memory, from inside: what is to be put somewhere, what its pages will show, and steps that
 * several verbs share.
 *
 * Locks: the space's, and inside of it the frames'.  Words of frames in a list are written without the
 * latter, words of frames that leave the tables with it (frames/private.h says why).  So whoever takes
 * pages away first makes a list of their frames, under both, then clears the entries under the space's
 * alone: other CPUs are waited for then, and they may be waiting for the frames' lock.  The list is given
 * back with nothing locked.
 */
#ifndef QUIRE_VM_PRIVATE_H
#define QUIRE_VM_PRIVATE_H

#include "frames/private.h"
#include "quire/vm.h"
#include "space/private.h"

/* What pages show, one after the other: a list of frames, a run from `pa` on (the list is empty), or all
   of them the one page at `pa`. */
struct supply {
	struct quire_frame_list frames;
	quire_pa pa;
	uint8_t target;
	bool repeated;
	bool promised; /* a frame has been promised for each */
};

/* A supply at addresses, as a source for the walker. */
struct feed {
	const struct quire_frames *pool;
	const struct supply *supply;
	quire_va walk;
	quire_size size, page;
	uint8_t attr;
	struct quire_frame_list rest; /* of the list */
	quire_size done;
};

/* What is to be put somewhere. */
struct order {
	const struct quire_vm_want *want;
	quire_page pages; /* without guards */
	unsigned claim;   /* enum claim_flag */
	unsigned targets; /* bit t: it may show memory t */
	quire_size align; /* pages: the first one stands `phase` behind a multiple of that */
	quire_size phase;
	quire_size frame_align; /* bytes */
	unsigned attr;          /* what it is to allow */
	unsigned first_attr;    /* what it allows at first: differs if it is zeroed through that */
	struct place at;        /* of the first page, if that is chosen */
	unsigned first;         /* the first window that can do it, if not */
	struct supply supply;
};

/* A claim's pages, without guards. */
struct pages {
	unsigned window;
	quire_page first, end;
};

/* -- shorthands -- */

static inline int vm_enter(struct quire_vm *vm, bool arguments)
{
	return vm && vm->config.space ? space_enter(vm->config.space, arguments) : QUIRE_ENULL;
}

static inline int vm_leave(struct quire_vm *vm, int result)
{
	return space_leave(vm->config.space, result);
}

static inline quire_size vm_page(const struct quire_vm *vm)
{
	return (quire_size)1 << vm->config.frames->page_shift;
}

static inline bool vm_shares_guards(const struct quire_vm *vm)
{
	return vm->config.guarding == QUIRE_VM_GUARDS_SHARED;
}

/* The memory address of the page of zeros; there is one if `lazy` was configured. */
static inline quire_pa vm_zero_pa(const struct quire_vm *vm)
{
	return frame_pa(vm->config.frames, vm->zero_page.first);
}

static inline bool vm_is_zero_page(const struct quire_vm *vm, quire_pa pa)
{
	return vm->zero_page.count != 0 && pa == vm_zero_pa(vm);
}

static inline quire_size pages_bytes(const struct quire_space *s, unsigned window, quire_page pages)
{
	return (quire_size)pages << s->book[window].page_shift;
}

/* Guards that a claim has of its own, in pages. */
static inline quire_page claim_below(unsigned claim)
{
	return claim & CLAIM_GUARD_BELOW ? 1 : 0;
}

static inline quire_page claim_above(unsigned claim)
{
	return claim & CLAIM_GUARD_ABOVE ? 1 : 0;
}

/* What pages allow while they are zeroed through their addresses. */
static inline unsigned attr_for_zeroing(unsigned attr)
{
	return QUIRE_READ | QUIRE_WRITE | (attr & QUIRE_CACHE_MASK);
}

/* Pages of a claim are there from now on. */
static inline void pages_count_in(struct quire_vm *vm, unsigned claim, quire_page pages)
{
	if (claim & CLAIM_LAZY) {
		vm->lazy += pages;
		vm->promised += pages;
	} else if (claim & CLAIM_ANONYMOUS) {
		vm->anonymous += pages;
	} else {
		vm->physical += pages;
	}
}

static inline bool is_power_of_two(quire_size n)
{
	return (n & (n - 1)) == 0;
}

/* -- supply.c: what pages show -- */

/* Frames, zeroed unless `want` says otherwise or that is done through the mapping; or promises, and
   the page of zeros.  QUIRE_ESPACE, the lock's. */
int supply_take(struct quire_vm *vm, const struct order *o, quire_page pages, struct supply *out);

/* Give back what has not been used. */
void supply_give(struct quire_vm *vm, struct supply *supply, quire_page pages);

/* Have RAM zeroed, run by run. */
void supply_zero(struct quire_vm *vm, const struct supply *supply);

/* A supply that is to stand at pages from `first` on. */
struct feed feed_at(const struct quire_vm *vm, const struct supply *supply, unsigned window,
		    quire_page first, quire_page pages, unsigned attr);
struct quire_walk_source feed_source(struct feed *feed);

/* Secure tables, and ask the port about what an order is to allow at first and later; then write the
   entries, and say in the words of frames where they are.  QUIRE_ETABLES, the port's. */
int feed_put(struct quire_vm *vm, const struct order *o, unsigned window, struct feed *feed);

/* Ask the port for all that a range shows.  The port's. */
int shown_ask(struct quire_space *s, const struct pages *p, enum quire_change_kind kind,
	      unsigned attr);

/* A range is about to leave the tables: make a list of its frames, if they are its own, and count it out.
   The frames' lock's error, with nothing changed. */
int frames_collect(struct quire_vm *vm, const struct pages *p, unsigned claim,
		   struct quire_frame_list *list);

/* Give frames back, with no lock held; once more, if the frames' lock fails. */
void frames_return(struct quire_vm *vm, struct quire_frame_list *list);

/* Zero pages through their addresses. */
void pages_zero(const struct quire_space *s, unsigned window, quire_page first, quire_page pages);

/* -- order.c: what is asked for -- */

/* Bytes to pages, guards not counted.  QUIRE_EZERO, QUIRE_EROUND. */
int size_check(const struct quire_vm *vm, quire_size size, quire_page *out);

/* Memories that frames with these traits are of, a bit each. */
unsigned targets_of(const struct quire_vm *vm, unsigned needs);

/* Whether all of these memories may be used so.  QUIRE_ECAPS. */
int targets_can(const struct quire_space *s, unsigned targets, unsigned attr);

/* Whether a window can show all of them and do what is asked.  QUIRE_ECAPS, QUIRE_EMODE. */
int window_check(const struct quire_vm *vm, unsigned window, unsigned targets, unsigned attr,
		 unsigned caps);

/* Take a request apart: everything about it that does not depend on what is mapped.  `va` is NULL, or the
   address chosen. */
int order_anonymous(struct quire_vm *vm, const struct quire_vm_want *want, const quire_va *va,
		    struct order *out);
int order_physical(struct quire_vm *vm, const struct quire_vm_want *want, unsigned target,
		   quire_pa pa, const quire_va *va, struct order *out);

/* Whether the window can do what is asked of it at first and later. */
int order_window_check(const struct quire_vm *vm, const struct order *o, unsigned window);

/* -- spot.c: where it goes -- */

/* Anywhere, or at o->at.  QUIRE_ESPACE, QUIRE_ETAKEN. */
int order_spot(struct quire_vm *vm, const struct order *o, bool anywhere, struct spot *out);

/* Whether the page at `page`, which is to be a guard of what ends there, shows something. */
bool is_shown(struct quire_space *s, unsigned window, quire_page page);

/* -- change.c: claims that are there -- */

/* Addresses and size of what is to change, in pages.  QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN, QUIRE_EWRAP. */
int range_check(const struct quire_vm *vm, quire_va va, quire_size size, quire_page *pages);

/* The claim that begins at `va`, behind its guard, and has so many pages (0: any number).  As
   claim_find_whole; QUIRE_EUNMAPPED for a guard, or if it has fewer, QUIRE_EINTERIOR, QUIRE_EREFERENCED
   (it is being made). */
int claim_find(struct quire_vm *vm, quire_va va, quire_page pages, struct whole *m,
	       struct pages *p);

/* Take pages of a claim, which begin in extent `node`, out of the tables; the book does not know of it yet.
   `list` gets their frames, if they are its own.  The port's, the frames' lock's. */
int pages_take(struct quire_vm *vm, const struct pages *p, quire_link node, unsigned claim,
	       struct quire_frame_list *list);

/* Whether a page shows the page of zeros. */
bool shows_zeros(struct quire_vm *vm, unsigned window, quire_page page);

/* The pages of a whole claim. */
static inline struct pages whole_pages(const struct quire_space *s, const struct whole *m)
{
	return (struct pages){m->window, claim_start(extent_at(s, m->head)),
			      claim_end(extent_at(s, m->last))};
}

#endif
