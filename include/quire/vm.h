/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual memory: RAM at addresses, between guards.
 *
 * A space maps memory that somebody has; this is for who has none and wants some.  quire_vm_map() takes
 * frames (frames.h), scattered or in one run, sees to it that they are zero, and puts them at addresses
 * with an unmapped page on either side; quire_vm_unmap() gives all of it back.  Memory that is somebody's
 * already (device registers, a buffer) is mapped with quire_vm_map_physical(), guarded or not.
 *
 *	struct quire_vm_want want = {.size = 3 * page, .attr = QUIRE_READ | QUIRE_WRITE,
 *				     .flags = QUIRE_VM_GUARDS};
 *	err = quire_vm_map(&vm, &want, &va);
 *
 *     window  |......................|gggg|####|####|####|gggg|.....|
 *                                          va
 *     frames   --##-------#--#------                   wherever they are free
 *
 * Each mapping is one extent of the book, its guards included: a *claim*, addresses whose pages only the
 * tables know (enum quire_kind, QUIRE_CLAIMED).  The verbs of a space leave claims alone
 * (QUIRE_ECLAIMED); those in here are for them.  Where a window's place is QUIRE_PLACE_FIRST_HIGH,
 * addresses are given as Zephyr gives them: from the top down, first fit.
 *
 * A guard is a page of addresses: no frame, no entry.  A mapping has up to two of its own, or, if the
 * configuration says so, shares them: then it has one below, and the one above is whatever is behind it,
 * which shows nothing and is kept so: a free page, a reservation (the last page of the window is
 * one), or the guard of its neighbour.  What a space maps behind it by itself is not kept away.
 *
 * With QUIRE_VM_LAZY every page is at first the one page of zeros that all share, read only; the first
 * write to it faults, and quire_vm_fault() puts a frame of its own there.  All of them have been promised
 * at the mapping, so that such a fault never fails for want of memory.
 *
 * A call does all or nothing: frames are taken and zeroed before anything is locked or seen, place,
 * descriptor and tables secured and the port asked before anything is written.  Nothing that was not
 * zeroed is ever reachable, unless QUIRE_VM_UNINIT says that it may be; memory of others is never
 * written to.
 *
 * Locks: the space's, and inside of it the frames'.  Several of these may share frames, each with a
 * space and a number of its own (`owner`).  Errors are listed in the order in which they are looked
 * for; all return QUIRE_ENULL for a NULL they cannot use, or for a vm that is not open, and a lock's own
 * error where they need the lock.  (A lock that fails while a call gives back what it took for another
 * failure is beyond help: frames are lost then, or a mapping stays that nobody knows of.)
 */
#ifndef QUIRE_VM_H
#define QUIRE_VM_H

#include "quire/fault.h"
#include "quire/frames.h"

enum quire_vm_flag {
	QUIRE_VM_UNINIT = 0x01, /* not zeroed: whoever can see the mapping sees what was there; not
				   with QUIRE_USER */
	QUIRE_VM_PIN = 0x02,    /* its frames stay where they are; not with LAZY */
	QUIRE_VM_LAZY = 0x04,   /* zero pages until written; not with RUN, nor with needs */
	QUIRE_VM_RUN = 0x08,    /* all frames in one run */
	QUIRE_VM_LARGE = 0x10,  /* align addresses and frames so that the largest pages fit that the
				   size has room for; not with LAZY */
	QUIRE_VM_WX = 0x20,     /* write and execute together is meant */
	QUIRE_VM_GUARD_BELOW = 0x40,
	QUIRE_VM_GUARD_ABOVE = 0x80,
	QUIRE_VM_GUARDS = 0xc0,
	QUIRE_VM_FLAG_MASK = 0xff,
};

/* Whether neighbours share the page between them. */
enum quire_vm_guarding { QUIRE_VM_GUARDS_OWN, QUIRE_VM_GUARDS_SHARED };

struct quire_vm_config {
	struct quire_space *space;   /* of page tables: a window's MMU has levels and permissions */
	struct quire_frames *frames; /* with the page size of that */
	uint8_t owner;               /* 0 .. 15: says whose a frame is, where several share them */
	uint8_t guarding;            /* enum quire_vm_guarding */
	bool lazy; /* QUIRE_VM_LAZY will be used: takes one frame for the zero page */
	/* Zero RAM, `size` bytes in whole pages, which nobody sees meanwhile; in memory, not only in a
	   cache, if mappings of it will be uncached.  NULL: the pages are zeroed through the mapping
	   itself, before it gets its access: the kernel alone can write to it for that time, so window
	   and memory must allow that (QUIRE_ECAPS); the space must be the one that this CPU has loaded, and
	   lazy is false. */
	void (*zero)(void *ctx, quire_pa pa, quire_size size);
	void *zero_ctx;
};

/* What is wanted. */
struct quire_vm_want {
	quire_size size;  /* bytes, rounded up to pages; guards come on top */
	quire_size align; /* of the address: a power of two, or 0 for the page */
	uint8_t attr;     /* enum quire_attr */
	uint8_t caps;     /* enum quire_cap of the window beyond those */
	uint8_t needs;    /* enum quire_frame_trait (not for memory of others) */
	uint8_t flags;    /* enum quire_vm_flag */
	uint16_t tag;     /* kept and shown */
};

#include "quire/vm_state.h"

/*
 * Begin.  With shared guards, the last page of every window is reserved, if it is free; with `lazy`, a
 * frame is taken and zeroed.
 * QUIRE_EFLAG     owner or guarding does not exist, or lazy without `zero`
 * QUIRE_EALIGN    no window has the page size of the frames (others are never used)
 * QUIRE_ETARGET, QUIRE_EBEYOND  a bank's memory does not exist in the space, or does not hold it
 * QUIRE_EPOOL     no descriptor is left for a reserved page
 * QUIRE_ESPACE    no frame is left for the zero page
 * Not thread-safe.  Cost: a reservation a window.
 */
int quire_vm_init(struct quire_vm *vm, const struct quire_vm_config *config);

/* Give back what init took.  QUIRE_EREFERENCED (something is mapped).  Not thread-safe. */
int quire_vm_close(struct quire_vm *vm);

/*
 * Memory of one's own, anywhere: in the first window that has room, of those that can do what is asked and
 * may show every bank that has what is needed, whichever the frames come from in the end.  `*va` gets
 * the address of the first byte, a multiple of want->align; the guard lies before it.
 * QUIRE_EZERO     size is 0
 * QUIRE_EROUND    it, or it and the guards, cannot be counted in pages
 * QUIRE_EALIGN    align is no power of two
 * QUIRE_EFLAG     attr, caps, needs or flags have a bit that does not exist, or flags contradict
 *                 each other (UNINIT with QUIRE_USER; LAZY with UNINIT, PIN, RUN, LARGE or needs, or
 *                 lazy was not configured; device memory, or no access at all)
 * QUIRE_EWX       write and execute together, without QUIRE_VM_WX
 * QUIRE_ECAPS, QUIRE_EMODE  as in quire_space_map
 * QUIRE_ESPACE    not so many frames, no such run, or no gap is large enough
 * QUIRE_EPOOL     no descriptor is left
 * QUIRE_ETABLES   not enough table pages are left
 * or the port's, which is asked for each run of frames.
 * With shared guards, a gap may be passed by that is long enough only without the page between.
 * Cost: quire_frames_take's, the zeroing (with nothing locked), up to four searches, and the entries
 * written: one walk, one flush at most (two if zeroed through the mapping and the access differs).
 * While it is zeroed through itself, a mapping is in the book and every other verb on it returns
 * QUIRE_EREFERENCED.
 */
int quire_vm_map(struct quire_vm *vm, const struct quire_vm_want *want, quire_va *va);

/*
 * The same at a chosen address, a multiple of the page and of want->align, guards before and behind it.
 * QUIRE_EZERO, EROUND as in map
 * QUIRE_EALIGN    (va too), QUIRE_EWRAP
 * QUIRE_EFLAG, QUIRE_EWX, and QUIRE_ECAPS of the memories
 * QUIRE_EFOREIGN  va is in no window, or the range, guards included, leaves it
 * QUIRE_ECAPS, QUIRE_EMODE  that window cannot do what is asked
 * QUIRE_ESPACE    not so many frames, or no such run
 * QUIRE_ETAKEN    some of the addresses are in use, or a guard that a neighbour shares, or the page that
 *                 is to be shared as a guard shows something
 * QUIRE_EPOOL, QUIRE_ETABLES, or the port's.
 */
int quire_vm_map_at(struct quire_vm *vm, quire_va va, const struct quire_vm_want *want);

/*
 * Memory of others: `want->size` bytes from `pa` of a memory on, which is nobody's frame or whose frame
 * stays where it is.  Nothing is zeroed, no frame changes hands, and the same bytes may be seen elsewhere
 * too.  Of the flags only guards, LARGE and WX are meant; UNINIT and PIN do nothing.  With LARGE and no
 * alignment of its own, the address is as far from a multiple of the large page as `pa` is.
 * As map and map_at; after QUIRE_EALIGN (pa too) come QUIRE_EWRAP, QUIRE_ETARGET, QUIRE_EBEYOND as in
 * quire_space_map, QUIRE_EFLAG is for LAZY, RUN or needs, and frames cannot be lacking.
 */
int quire_vm_map_physical(struct quire_vm *vm, unsigned target, quire_pa pa,
			  const struct quire_vm_want *want, quire_va *va);
int quire_vm_map_physical_at(struct quire_vm *vm, quire_va va, unsigned target, quire_pa pa,
			     const struct quire_vm_want *want);

/* What a claim is. */
struct quire_vm_info {
	quire_va va;     /* of its first page, behind the guard */
	quire_size size; /* without guards */
	uint8_t attr;    /* of the page that was asked about */
	uint8_t flags;   /* guards (shared ones too), LAZY and PIN of enum quire_vm_flag */
	bool anonymous;  /* frames of its own: quire_vm_map */
	uint16_t tag;
};

/* What is at an address.  QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_ECLAIMED (it is not a claim).  A guard
   belongs to its mapping.  Cost: one search, one more for each part. */
int quire_vm_info(struct quire_vm *vm, quire_va va, struct quire_vm_info *out);

/*
 * Give a mapping back: [va, va + size) is all of it, without guards.  Frames of its own are free then.
 * QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN (va), QUIRE_EWRAP
 * QUIRE_EFOREIGN  va is in no window
 * QUIRE_EUNMAPPED nothing is there, va is a guard, or the mapping ends before the range
 * QUIRE_ECLAIMED  what is there is not a mapping of this kind
 * QUIRE_EINTERIOR va is not its first address, or the range ends before it does
 * QUIRE_EREFERENCED it is being made
 * or the port's.  Needs no descriptor, table or memory.  Cost: up to five searches, two walks (the frames
 * are noted, then the entries go), one flush, and quire_frames_give's with only the frames locked.
 */
int quire_vm_unmap(struct quire_vm *vm, quire_va va, quire_size size);

/*
 * Change what [va, va + size), inside of one claim or of one mapping of the space, allows and how it is
 * cached; frames stay, scattered or not.  `flags` is 0 or QUIRE_VM_WX.
 * As quire_space_protect, with QUIRE_EUNMAPPED for a guard, and QUIRE_EREFERENCED for what is being made.
 * QUIRE_ECAPS and QUIRE_EMODE are about all memories that the mapping's frames may have come from.
 * A lazy page that has not been written stays the shared page, and its entry as it must be for that.
 * On a machine that must break before it makes, a part of a larger page (or cluster) takes all of that away
 * for a moment: what the walker itself stands on, tables, book, stack and code, is not to be in it.
 * Cost: as quire_space_protect, and one walk more to ask the port, if that has a say; on a machine that
 * must break before it makes, a new cache mode takes a flush for every 16 runs.  In a lazy mapping
 * that is to be written to, a walk for each page, and a flush for each stretch of either kind.
 */
int quire_vm_protect(struct quire_vm *vm, quire_va va, quire_size size, unsigned attr,
		     unsigned flags);

/*
 * Make a mapping of frames of its own (quire_vm_map) larger or smaller where it stands; `size` is the
 * new one.  Growing takes addresses above it, its guard moving up, and allows what its last page does;
 * new pages are zero, or the shared page if it is LAZY.  The new frames are like the old ones as to
 * needs and PIN, and wherever they are found.
 * QUIRE_EZERO, QUIRE_EROUND, QUIRE_EALIGN (va), QUIRE_EWRAP
 * QUIRE_EFOREIGN, QUIRE_EUNMAPPED, QUIRE_ECLAIMED, QUIRE_EINTERIOR, QUIRE_EREFERENCED as in unmap
 * QUIRE_ECLAIMED  these are not frames of its own
 * QUIRE_ETAKEN    the addresses above, or what is to be the guard, are in use, or the window ends
 * QUIRE_ESPACE    not so many frames
 * QUIRE_ECAPS     the new pages are to be zeroed through the mapping, and cannot be written to
 * QUIRE_ETABLES, or the port's.
 * Cost: as map, but for up to ten searches; pages that are zeroed through the mapping are so under the lock.
 */
int quire_vm_resize(struct quire_vm *vm, quire_va va, quire_size size);

/*
 * Put a fault right: a write to a page that is the shared page of zeros gets a frame of its own, and
 * everything that quire_fault_resolve() can put right is.  0: try again, after this CPU has forgotten the
 * translation of that page.  Others' results are quire_fault_resolve()'s: an access that is wrong; or a
 * refusal of the port's.
 * To be called without any lock held.  Frames are zeroed with nothing locked; who else faults on the page
 * meanwhile gets the one frame that is put there first.  If all frames that are left are in the hands
 * of such faults, the result is 0 as well, until one of them is done: who can be preempted
 * in a fault by somebody who faults must let it go on.
 */
int quire_vm_fault(struct quire_vm *vm, const struct quire_fault_raw *raw);

/* What is mapped through this. */
struct quire_vm_stats {
	uint32_t mappings;
	quire_size anonymous; /* bytes in frames of its own */
	quire_size lazy;      /* bytes that are the shared page still */
	quire_size physical;  /* bytes of others' memory */
	quire_size guards;
	uint32_t faults; /* pages that got a frame by a fault */
};
int quire_vm_stats(struct quire_vm *vm, struct quire_vm_stats *out);

/*
 * Prove it: every page of every claim is in the tables as the claim says, every frame in use is seen
 * where its word says and nowhere else in this space, promises are what lazy pages need, and counts
 * agree; then the space (quire_space_check) and the frames (quire_frames_check).
 * QUIRE_ECORRUPT, and `*what` (may be NULL) says what is wrong.  With several owners of the frames each
 * proves its own.  Cost: linear; locks are held throughout.
 */
int quire_vm_check(struct quire_vm *vm, const char **what);

#endif
