/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables in memory: the port of every machine whose MMU reads its tables itself.
 *
 * It reads and writes entries of 4 or 8 bytes, volatile, and has the processor (cpu.h) publish and
 * forget them; other CPUs are told through `shoot` where the processor does not tell them itself.
 * It is the same for all instruction sets and for hosted tests.
 */
#ifndef QUIRE_PORT_TABLES_H
#define QUIRE_PORT_TABLES_H

#include "quire/context.h"
#include "quire/port/cpu.h"

/* What other CPUs are to forget: as the arguments of flush_pages, or flush_asid if size is 0. */
struct quire_shot {
	quire_va va;
	quire_size size;
	uint32_t asid;
	uint8_t shift;
	bool tables;
};

/* The context of the port: one for each walker.  Zero what is not needed. */
struct quire_tables {
	const struct quire_cpu_ops *cpu;
	const struct quire_mmu *mmu;
	/* A table at physical address p is seen at p + offset. */
	uintptr_t offset;
	/* Walk addresses from upper_from on are the program's minus upper_add: the upper half of a
	   tree that has two (sign-extended addresses), or a tree that is all upper half (0). */
	quire_va upper_from;
	quire_va upper_add;
	/* Whose translations these are: a context, whose ASID may change; NULL for a tree of global
	   leaves. */
	const struct quire_context *context;
	const struct quire_contexts *contexts; /* which knows; NULL if `context` is */
	/* Tell the other CPUs, and return when all have done it (quire_shot_do).  Called with the
	   space's lock held; NULL on one CPU and where the processor broadcasts.  A CPU that waits
	   for that lock with interrupts off must answer shots while it waits, or both wait for ever.
	   The shot is on the caller's stack: it is gone when this returns. */
	void (*shoot)(void *ctx, const struct quire_shot *shot);
	void *shoot_ctx;
	/* Other CPUs that meet an entry that was invalid before may be left to fault: their handler
	   calls quire_fault_resolve() for the space that it runs, and then forgets that page, with
	   `tables` true (flush_pages). */
	bool lazy_fresh;
	/* The walker that this is the context of: sync then passes over what is not mapped, where a
	   processor that looks addresses up (Arm, RISC-V) would fault.  NULL: sync hands over the
	   range as it is.  They are looked up in what this CPU has loaded: sync only the space that
	   it runs, or the kernel's; of another it would clean other lines, or fault with the lock
	   held. */
	struct quire_walker *walker;
};

extern const struct quire_port quire_tables_port; /* 4 or 8 bytes as mmu->entry_bytes says */

/* On the CPU that is told: do it.  Interrupt-safe. */
void quire_shot_do(const struct quire_cpu_ops *cpu, const struct quire_shot *shot);

#endif
