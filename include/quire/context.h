/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts: which space a CPU translates for, and the numbers (ASIDs) that keep apart what it
 * remembers of each.
 *
 * There are more spaces than ASIDs.  A context gets one when it is first used, and keeps it as long
 * as the *generation* lasts.  When all are given out a new generation begins: what runs on some CPU
 * at that moment keeps its number, every other context will get a new one when it is used next, and
 * each CPU forgets everything once, when it next switches.  So a switch costs no flush but one in as
 * many as there are ASIDs.
 *
 *   id of a context:  generation (from 1 on) << bits | ASID;  0: it never had one
 *
 * ASID 0 is never given out: it is for what runs before there are contexts.
 */
#ifndef QUIRE_CONTEXT_H
#define QUIRE_CONTEXT_H

#include "quire/space.h"

/* One space's root, and the number it has for now.  Zero `id` before the first use. */
struct quire_context {
	quire_pa root;
	uint64_t id;
};

/* What one CPU does. */
struct quire_context_cpu {
	uint64_t active;   /* id of the context it runs, 0: none */
	uint64_t reserved; /* the one that ran when the generation ended: still taken */
	bool flush;        /* it has yet to forget the last generation */
};

struct quire_contexts {
	struct quire_lock lock;
	struct quire_context_cpu *cpu; /* one each */
	uint32_t *used;                /* a bit for each ASID that is given out */
	uint64_t generation;
	uint32_t next; /* where the search for a free one goes on */
	uint32_t asids;
	uint16_t cpus;
	uint8_t bits;
	uint32_t rollovers; /* generations that have ended */
};

/* What is to be loaded. */
struct quire_context_load {
	quire_pa root;
	uint32_t asid;
	bool flush; /* forget everything first: a generation has ended */
};

/* Words for `used`. */
#define QUIRE_CONTEXT_WORDS(bits) ((((size_t)1 << (bits)) + 31) / 32)

/*
 * Begin: `bits` of an ASID, 1 to 16; `cpus` CPUs, fewer than there are ASIDs to give out; `cpu` and
 * `used` are the caller's and stay.
 * QUIRE_ENULL, QUIRE_EFLAG (a number out of range).  Not thread-safe.
 */
int quire_contexts_init(struct quire_contexts *all, unsigned bits, unsigned cpus,
			struct quire_context_cpu *cpu, uint32_t *used,
			const struct quire_lock *lock);

/*
 * Let a CPU run a context; `*load` says what to load (the caller does: quire_cpu.load).
 * QUIRE_ENULL, QUIRE_EFLAG (there is no such CPU), or the lock's error.
 * To be called on that CPU with interrupts off until the load is done.  Cost: constant, but for one
 * call in as many as there are ASIDs: linear in them and in CPUs.
 */
int quire_context_use(struct quire_contexts *all, unsigned cpu, struct quire_context *context,
		      struct quire_context_load *load);

/*
 * The ASID to flush for changes in a context, or QUIRE_CONTEXT_NONE if no CPU remembers anything of
 * it (it never ran, or not in this generation).  Constant cost.
 */
#define QUIRE_CONTEXT_NONE (~(uint32_t)0)
uint32_t quire_context_asid(const struct quire_contexts *all, const struct quire_context *context);

/*
 * A context will not be used again: its ASID stays taken until the generation ends, so that nobody
 * meets what is left of it.  No CPU may be running it: QUIRE_EREFERENCED.  Cost: linear in CPUs.
 */
int quire_context_end(struct quire_contexts *all, struct quire_context *context);

/* Prove it: no two live ids alike, every active and reserved one taken.  QUIRE_ECORRUPT. */
int quire_contexts_check(struct quire_contexts *all, const char **what);

#endif
