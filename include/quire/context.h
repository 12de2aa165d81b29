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
 * What makes it right: within a generation a number belongs to one context, and between two
 * generations a CPU forgets everything before it translates for anybody but who it was running.
 * Whoever runs when a generation begins is in the new one at once, so a context that is not in the
 * generation runs nowhere, and no CPU will use what it may still remember of it.
 *
 * ASID 0 is never given out: it is for what runs before there are contexts, and where there are none.
 * A machine without ASIDs (0 bits) forgets all that is not global whenever it switches to another
 * context.
 *
 * The lock is the user's, as everywhere.  It must keep interrupts away while it is held if they, too,
 * switch; it is taken inside a space's (a flush asks for an ASID), so nobody who holds it may call a
 * space.  All calls but init are safe from any number of threads, CPUs and, so, interrupts.  Each returns
 * QUIRE_ENULL for a NULL it cannot use, then the lock's own error.
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
	struct quire_context *running; /* NULL: none */
	bool flush;                    /* it has yet to forget the last generation */
};

struct quire_contexts {
	struct quire_lock lock;
	struct quire_context_cpu *cpu; /* one each */
	uint32_t *used;                /* a bit for each ASID that is given out */
	uint64_t generation;
	uint32_t next; /* all below are given out */
	uint16_t cpus;
	uint8_t bits;
	uint32_t rollovers; /* generations that have ended */
};

/* What is to be loaded. */
struct quire_context_load {
	quire_pa root;
	uint32_t asid;
	/* Right behind the load forget everything (quire_cpu.flush_asid of QUIRE_ASID_ALL); without
	   ASIDs all that is not global is enough (of ASID 0).  (With ASIDs it may as well be right
	   before.) */
	bool flush;
};

#define QUIRE_CONTEXT_BITS_MAX 16u

/* Words for `used`. */
#define QUIRE_CONTEXT_WORDS(bits) ((((size_t)1 << (bits)) + 31) / 32)

/*
 * Begin: ASIDs of `bits` bits, 0 to 16; `cpus` CPUs, 1 to 65,535, and fewer than there are ASIDs to
 * give out ((1 << bits) - 1, unless bits is 0).  `cpu` and `used` are the caller's and stay; `used` is
 * not looked at if bits is 0.  `lock` may be NULL: one CPU, and no interrupts that switch.
 * QUIRE_ENULL, QUIRE_EFLAG (a number out of range).  Not thread-safe.  Cost: linear in ASIDs and CPUs.
 */
int quire_contexts_init(struct quire_contexts *all, unsigned bits, unsigned cpus,
			struct quire_context_cpu *cpu, uint32_t *used,
			const struct quire_lock *lock);

/*
 * Let a CPU run a context; `*load` says what to load (the caller does: quire_cpu.load, and after it a
 * flush if that is asked for).
 * To be called on that CPU with interrupts off until that is done.  Until then the CPU translates for
 * what it ran before, which counts as running no more: who ends that on another CPU in the meantime
 * must not reuse its tables yet.  (quire_address_space_switch() does it all under the lock, and leaves no
 * such moment.)
 * QUIRE_EFLAG (there is no such CPU).
 * Cost: constant but for the numbers that others kept, at most one a CPU; for one call in as many as
 * there are ASIDs, linear in ASIDs and CPUs.
 */
int quire_context_use(struct quire_contexts *all, unsigned cpu, struct quire_context *context,
		      struct quire_context_load *load);

/*
 * A CPU runs no context any more.  To be called on it when it has loaded a root that is no context's,
 * with ASID 0, and, where there are no ASIDs, has forgotten all that is not global.
 * QUIRE_EFLAG (there is no such CPU).  Constant cost.
 */
int quire_context_leave(struct quire_contexts *all, unsigned cpu);

/*
 * The ASID to flush for changes in a context whose tables say the new by now, or QUIRE_CONTEXT_NONE if
 * no CPU will use what it remembers of it (it never ran, or not in this generation).  If the lock
 * fails, the number it had last: too much is flushed, and not too little.
 * Constant cost; without ASIDs linear in CPUs.
 */
#define QUIRE_CONTEXT_NONE (~(uint32_t)0)
uint32_t quire_context_asid(const struct quire_contexts *all, const struct quire_context *context);

/*
 * A context will not be used again: its ASID stays taken until the generation ends, so that nobody
 * meets what is left of it, and it is as if it had never run.
 * QUIRE_EREFERENCED (a CPU runs it).  Cost: linear in CPUs.
 */
int quire_context_end(struct quire_contexts *all, struct quire_context *context);

/*
 * Prove it: whatever runs is of this generation, its number taken and no other's; the numbers below
 * `next` are given out, and above it only those that were kept.
 * QUIRE_ECORRUPT, and `*what` (may be NULL) says what is wrong.  Cost: linear in ASIDs and in CPUs
 * squared.
 */
int quire_contexts_check(struct quire_contexts *all, const char **what);

#endif
