/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: pages of RAM that are handed out.
 *
 * A *frame* is one page of managed RAM.  A pool of frames has one or more banks, runs of RAM that
 * need not lie side by side, each with traits (a DMA reaches it, it can be powered down) and a rank
 * that says which bank is used first.  Who takes frames asks for a number of them, scattered or in
 * one run, and for traits; the pool gives exactly that, or nothing.
 *
 *     bank "sram"            0x80000000  |RRpppMMMM--MM----|    R reserved   p pinned
 *     bank "psram" (last)    0x3c000000  |MM--------------|    M mapped     - free
 *
 * There is one word a frame.  While a frame is in use, the word says what for: flags in the low
 * bits, and the address at which it is mapped in the high ones (the numbers are those of Zephyr's
 * page frame database).  A list of frames that are in nobody's tables yet is kept in their words,
 * so a list needs no memory.
 *
 *     word   | address of the page, or next frame of the list    | owner | flags |
 *             page bits                                       8..11    0..7
 *
 * What is free is kept in a bit a frame; a set knows which words of bits are not empty, and finds a
 * free frame in a few steps.  Runs are found in a tree above the words that knows, for each part of a
 * bank, the free run at its start, at its end, and the longest; it catches up with what has changed
 * when somebody asks for a run, and then finds one, or the longest there is, in one descent.
 *
 * Nothing else comes out of the pool: tables, books and the pool's own words are the caller's, so
 * what quire_frames_stats() calls free can be had to the last frame.
 *
 * All memory is the caller's.  Calls but init are safe from any number of threads, and from
 * interrupts, if the configuration has a lock and that lock is; it is held for the frames of one
 * call and never while memory is touched.  A space's lock comes before it.  Errors are listed in
 * the order in which they are looked for; all calls return QUIRE_ENULL for a NULL they cannot use,
 * then the lock's own error.  A call that returns an error has changed nothing.
 */
#ifndef QUIRE_FRAMES_H
#define QUIRE_FRAMES_H

#include "quire/space.h"

#define QUIRE_FRAME_BANKS_MAX 8u
/* Frames of all banks: their numbers must fit into the high bits of a word, which has 20 of them on
   machines of 32 bits. */
#if UINTPTR_MAX > 0xffffffffu
#define QUIRE_FRAMES_MAX (1u << 28)
#else
#define QUIRE_FRAMES_MAX (1u << 20)
#endif

/* What a frame is; in the low bits of its word.  Exactly one of FREE, RESERVED, MAPPED, BUSY and
   SHARED is set. */
enum quire_frame_flag {
	QUIRE_FRAME_FREE = 0x01,     /* nobody's; the other bits mean nothing */
	QUIRE_FRAME_RESERVED = 0x02, /* the hardware's or the firmware's: never given out */
	QUIRE_FRAME_PINNED = 0x04,   /* stays where it is, under its page */
	QUIRE_FRAME_MAPPED = 0x08,   /* seen at the word's address, in the space of its owner */
	QUIRE_FRAME_BUSY = 0x10,     /* in a list: taken, and not in the tables (any more) */
	QUIRE_FRAME_BACKED = 0x20,   /* a backing store has what is in it; for who pages */
	QUIRE_FRAME_SHARED = 0x40,   /* seen at several addresses: the word has none */
	QUIRE_FRAME_FLAGS = 0x7f,
};

/* What a bank is like; what a request needs. */
enum quire_frame_trait {
	QUIRE_FRAME_DMA = 0x01,        /* devices reach it */
	QUIRE_FRAME_POWER_DOWN = 0x02, /* it may be switched off when it is empty */
	QUIRE_FRAME_TRAITS = 0x03,
};

/* Which banks are used first.  Among equals the first in the configuration. */
enum quire_frame_rank { QUIRE_FRAME_PREFER, QUIRE_FRAME_NORMAL, QUIRE_FRAME_AVOID };

/* A run of RAM. */
struct quire_frame_bank {
	const char *name;
	quire_pa base;   /* a multiple of the page */
	quire_size size; /* bytes, whole pages */
	uint8_t target;  /* the space's memory that it is part of */
	uint8_t traits;  /* enum quire_frame_trait */
	uint8_t rank;    /* enum quire_frame_rank */
};

struct quire_frames_config {
	const struct quire_frame_bank *banks; /* copied */
	uint8_t bank_count;                   /* 1 .. QUIRE_FRAME_BANKS_MAX */
	quire_size page;                      /* bytes of a frame: a power of two, 4,096 or more */
	struct quire_lock lock;
	void *memory; /* quire_frames_memory_size() bytes, 8-byte aligned */
	quire_size memory_size;
};

/* What is wanted. */
struct quire_frame_want {
	uint32_t count;   /* frames */
	quire_size align; /* of a run's first byte: a power of two, or 0 for the page */
	uint8_t needs;    /* enum quire_frame_trait: banks without these are not looked at */
	bool run;         /* all in one run; otherwise in runs as long as can be had */
};

/* Frames that belong to the caller and are in nobody's tables: numbers of the first and the last
   one, each word naming the next.  count 0 is an empty list.  Numbers go up through one bank after
   the other, in the order of the configuration. */
struct quire_frame_list {
	uint32_t first, last;
	uint32_t count;
};

/* Frames of a list that lie side by side. */
struct quire_frame_run {
	quire_pa pa;
	quire_size size;
	uint8_t target;
};

#include "quire/frames_state.h"

/* Bytes of memory that a pool of these banks needs; 0 if the configuration is NULL or cannot be.
   Pure. */
quire_size quire_frames_memory_size(const struct quire_frames_config *config);

/*
 * Make a pool: all frames free.
 * QUIRE_EFLAG     a count is 0 or too large, or a target, trait or rank does not exist
 * QUIRE_EALIGN    the page is no power of two from 4,096 on, or a bank is not whole pages
 * QUIRE_EZERO     a bank is empty
 * QUIRE_EWRAP     a bank runs past the end of the address type
 * QUIRE_EBEYOND   there are more than QUIRE_FRAMES_MAX frames, or more bytes than can be counted
 * QUIRE_ETAKEN    two banks share addresses
 * QUIRE_EPOOL     config->memory_size is less than quire_frames_memory_size()
 * Not thread-safe.  Cost: linear in the frames.
 */
int quire_frames_init(struct quire_frames *frames, const struct quire_frames_config *config);

/*
 * Take frames; `*out` becomes the list of them.  Banks with what is needed are looked at in the
 * order of their ranks.  A run is the first that fits in the first bank that has one, at a multiple
 * of the alignment: if there is one, it is found.  Scattered frames are the lowest there are, so
 * that as many as can be lie side by side.  With an alignment above the page, blocks of that size
 * at multiples of it come first, the lowest ones, for as long as so many frames are wanted and
 * there is one in any of the banks; the rest is taken as it comes.
 * QUIRE_EZERO     want->count is 0
 * QUIRE_EALIGN    want->align is no power of two
 * QUIRE_EFLAG     a trait does not exist
 * QUIRE_ESPACE    there are not so many frames (that are not promised), or no such run
 * Cost: linear in count (a word each), and a descent for each 64 frames, run or block; for an
 * aligned run or block also up to two for each run that is long enough but lies badly, or for each
 * multiple of the alignment, whichever is fewer.
 */
int quire_frames_take(struct quire_frames *frames, const struct quire_frame_want *want,
		      struct quire_frame_list *out);

/*
 * Give frames back: all of a list, which is empty then.  An empty one is no error.
 * QUIRE_EUNMAPPED the list is damaged: a frame of it is not in a list, or comes twice, or it ends
 *                 elsewhere than it says
 * Cost: linear in the frames, twice, and a path of the tree for each 64 that lie side by side; for
 * each frame, if the list is in no order.
 */
int quire_frames_give(struct quire_frames *frames, struct quire_frame_list *list);

/*
 * Promise `count` frames that will be taken later, one by one (quire_frames_take_promised), so that
 * those takes cannot fail; and take promises back.
 * A promise is a number, not frames: any bank's may be what is left for it.
 * QUIRE_EZERO, then QUIRE_ESPACE (promise: fewer are free and not promised yet) or QUIRE_EBEYOND
 * (unpromise: fewer are promised).
 * Constant cost.
 */
int quire_frames_promise(struct quire_frames *frames, uint32_t count);
int quire_frames_unpromise(struct quire_frames *frames, uint32_t count);

/* Take one frame of those that were promised: the lowest, as take would.  QUIRE_EBEYOND (none is).
   Cost: a descent for each bank. */
int quire_frames_take_promised(struct quire_frames *frames, struct quire_frame_list *out);

/*
 * Keep free frames from being given out: hardware or firmware owns [pa, pa + size), all of whose
 * frames are of one bank; the range is rounded outwards to pages.
 * QUIRE_EZERO, QUIRE_EWRAP
 * QUIRE_EBEYOND   not in one bank
 * QUIRE_ETAKEN    some are not free
 * QUIRE_ESPACE    fewer than these are not promised
 * Cost: linear in the frames.
 */
int quire_frames_reserve(struct quire_frames *frames, quire_pa pa, quire_size size);

/*
 * Say where free frames are mapped already, a boot image: each is pinned, and seen at `va` and what
 * follows; `owner` is 0..15, size is rounded up to pages.  They can be given back as a list
 * (quire_frames_list_of).
 * QUIRE_EZERO
 * QUIRE_EALIGN    pa or va is not a multiple of the page
 * QUIRE_EFLAG     owner
 * QUIRE_EWRAP     of va, which must fit into a pointer, or of pa
 * QUIRE_EBEYOND, ETAKEN, ESPACE as in reserve.  Cost: as reserve.
 */
int quire_frames_hold(struct quire_frames *frames, quire_pa pa, quire_size size, quire_va va,
		      unsigned owner);

/* Reserved or held frames as a list, so that they can be given back: those that are reserved, or
   both mapped and pinned.  They must be in nobody's tables any more.  QUIRE_EZERO, EALIGN (pa),
   EWRAP, EBEYOND (not in one bank); QUIRE_EUNMAPPED (one is neither).  Linear cost. */
int quire_frames_list_of(struct quire_frames *frames, quire_pa pa, quire_size size,
			 struct quire_frame_list *out);

/* What is known of one frame. */
struct quire_frame_info {
	quire_pa pa;   /* of its first byte */
	quire_va va;   /* where it is mapped; 0 if QUIRE_FRAME_MAPPED is not set */
	uint8_t flags; /* enum quire_frame_flag */
	uint8_t owner; /* 0 .. 15 */
	uint8_t bank;  /* index into the configuration */
	uint8_t target;
};

/* The frame that a byte is in.  QUIRE_EBEYOND (it is in no bank).  Constant cost. */
int quire_frames_info(struct quire_frames *frames, quire_pa pa, struct quire_frame_info *out);

/* Pin the frames of [pa, pa + size), or with `pinned` false let them go; all are mapped.  Pins do
   not nest.  QUIRE_EZERO, EALIGN (pa), EWRAP, EBEYOND (not in one bank); QUIRE_EUNMAPPED (one is
   not mapped).  Cost: linear in the frames. */
int quire_frames_pin(struct quire_frames *frames, quire_pa pa, quire_size size, bool pinned);

/* How many there are of what. */
struct quire_frames_stats {
	uint32_t frames;
	uint32_t free;     /* promised ones included */
	uint32_t promised; /* free, and not to be had */
	uint32_t reserved;
	uint32_t in_use;  /* all others */
	uint32_t longest; /* the longest free run */
};

/* Of the whole pool, or of one bank (where promised is 0).  QUIRE_EBEYOND (no such bank).  Cost: the
   tree's catching up, and otherwise none that depends on the frames. */
int quire_frames_stats(struct quire_frames *frames, struct quire_frames_stats *out);
int quire_frames_bank_stats(struct quire_frames *frames, unsigned bank,
			    struct quire_frames_stats *out);

/* Frames to be had, in bytes: free and not promised.  0 for a NULL or if the lock fails.  Constant
   cost. */
quire_size quire_frames_free(struct quire_frames *frames);

/*
 * Prove the pool: bits, tree, words and counts agree.  QUIRE_ECORRUPT, and `*what` (may be NULL)
 * says what is wrong.  Cost: linear in the frames; the lock is held throughout.
 */
int quire_frames_check(struct quire_frames *frames, const char **what);

#endif
