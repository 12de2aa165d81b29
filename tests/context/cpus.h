/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs as contexts see them: a root and an ASID that are loaded, and what has been remembered under
 * each ASID.
 *
 * A CPU here remembers as much as one can.  At each step it translates for whatever is loaded, and keeps
 * that; nothing goes but by a flush.  What it remembers is a context and whether its tables have changed
 * since.  Between quire_context_use() and the load other CPUs may do anything.
 */
#ifndef QUIRE_TESTS_CONTEXT_CPUS_H
#define QUIRE_TESTS_CONTEXT_CPUS_H

#include "quire/context.h"

#define CPUS     4u
#define CONTEXTS 40u
#define ASIDS    64u

/* What a CPU remembers under an ASID. */
struct seen {
	uint8_t context; /* its number from 1 on; 0: nothing */
	bool stale;      /* its tables have changed since */
};

struct cpu {
	struct seen tlb[ASIDS];
	uint8_t loaded; /* the context whose root is loaded, from 1 on; 0: none, and ASID 0 */
	uint32_t asid;
	bool switching; /* told what to load, and has not yet */
	struct quire_context_load load;
};

struct cpus {
	struct quire_contexts all;
	struct quire_context_cpu state[CPUS];
	uint32_t used[QUIRE_CONTEXT_WORDS(6)];
	struct quire_context context[CONTEXTS];
	struct cpu cpu[CPUS];
	unsigned cpus, contexts, bits;
	uint32_t flushes; /* of everything, by all CPUs */
	bool early;       /* they flush before they load, which is as right where there are ASIDs */
	const char *wrong; /* the first thing */
};

void cpus_init(struct cpus *m, unsigned bits, unsigned cpus, unsigned contexts);

/* A CPU is told to run a context, loads it, does both, or goes to a root of nobody's. */
void cpus_use(struct cpus *m, unsigned cpu, unsigned context);
void cpus_load(struct cpus *m, unsigned cpu);
void cpus_switch(struct cpus *m, unsigned cpu, unsigned context);
void cpus_leave(struct cpus *m, unsigned cpu);

/* The tables of a context change, and who remembers it is told to forget. */
void cpus_change(struct cpus *m, unsigned context);

/* End one: true if it went, which must be so if and only if nobody runs it. */
bool cpus_end(struct cpus *m, unsigned context);

#endif
