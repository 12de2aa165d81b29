/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address spaces that CPUs switch between: create, switch, destroy.
 *
 * A space (space.h) is addresses, a book and a tree; a context (context.h) is a root and a number.  This
 * is both together, and the part that all have in common: the kernel's.
 *
 *   kernel's root   |  .  .  .  .  | K K K |      K: entries for tables that are kept, copied into
 *   a user's root   | u  u  .  u  .| K K K |         each root once; what changes below is seen by all
 *
 * On a machine with one root (RISC-V, x86) the kernel's part is some runs of root entries whose tables are
 * made beforehand and never given back, so that a mapping of the kernel's made later is there in every
 * space at once.  Where the kernel has a root of its own (AArch64, ARMv7 with TTBCR.N), there is
 * nothing to share.
 *
 * All memory is the caller's: each space's book, its root, and its tables with their slots.  The port's
 * context can name the space before it is made: a struct quire_tables has
 * `context` = &address_space->context and `walker` = &address_space->walker.
 *
 * Locks are taken in this order: a space's, then that of the contexts, which must keep interrupts away
 * while it is held if they switch too.  Errors are listed in the order in which they are looked for;
 * what is not listed is QUIRE_ENULL for a NULL that cannot be used.
 */
#ifndef QUIRE_ADDRESS_SPACE_H
#define QUIRE_ADDRESS_SPACE_H

#include "quire/context.h"
#include "quire/port/cpu.h"

/* Walk addresses of the kernel's: whole root entries. */
struct quire_address_range {
	quire_va walk;
	quire_size size;
};

/* What all address spaces of a machine have in common.  Fill it in, and leave it alone then. */
struct quire_address_spaces {
	struct quire_contexts *contexts;
	const struct quire_cpu_ops *cpu;
	struct quire_space *kernel; /* its first walker has the tree to share; NULL: none is */
	const struct quire_address_range *shared; /* its part: ranges that do not overlap */
	unsigned shared_count;
	quire_pa idle; /* what a CPU loads that runs no space: the kernel's root, or an empty one */
};

struct quire_address_space {
	struct quire_space space;
	struct quire_walker walker;
	struct quire_context context;
	struct quire_address_spaces *all;
};

/*
 * Begin: see to it that the kernel's part has its tables, one for each root entry.
 * QUIRE_EFLAG     the kernel's tables have only one level (shadow.h is for those)
 * QUIRE_EZERO     a range of size 0
 * QUIRE_EALIGN    a range is not whole root entries
 * QUIRE_EBEYOND   it runs past what the tables can translate
 * or the lock's error, then
 * QUIRE_ETABLES   the kernel's pool has fewer tables; none is made then
 * Without a kernel to share, nothing is looked at but the pointers.  Cost: linear in root entries.
 */
int quire_address_spaces_init(struct quire_address_spaces *all);

/*
 * Make one, in which nothing is mapped but the kernel's part.  `config` is as for quire_space_init(),
 * and its walkers are not looked at: there is one, a copy of `walker` (the same MMU as the kernel's, the
 * port, a root and a pool of tables, all of them holding invalid entries).
 * QUIRE_EFLAG     the MMU is not the kernel's
 * QUIRE_ETAKEN    a window reaches into the kernel's part
 * or the lock's error (the kernel's), or what quire_space_init() returns.  The root is as it was then.
 * Safe beside calls for other address spaces.  Cost: quire_space_init's, and linear in root entries.
 */
int quire_address_space_create(struct quire_address_spaces *all, struct quire_address_space *out,
			       const struct quire_space_config *config,
			       const struct quire_walker *walker);

/*
 * Let CPU `cpu`, which calls this, run a space, or none: get a number for it, load, and forget
 * everything if a generation has ended, or all that is not global if there are no ASIDs, all under the
 * contexts' lock.  (Inside of an address space use `&address_space->space` with the verbs.)
 * QUIRE_EFLAG (there is no such CPU), or the lock's error.
 * Safe from interrupts if the lock is.  Cost: quire_context_use()'s and the load.
 */
int quire_address_space_switch(struct quire_address_space *to, unsigned cpu);
int quire_address_space_leave(struct quire_address_spaces *all, unsigned cpu);

/*
 * Take it apart: all mappings and reservations go, whoever holds them, every table is back in the pool,
 * and all tables and the root hold invalid entries as before create.  The memory is the caller's again.
 * Nothing is flushed: no CPU will use what it may remember of the space.  Nobody may use or switch to it
 * from the call on.
 * The lock's error (the space's), the port's, who is asked about every mapping first,
 * QUIRE_ECLAIMED    a service has claims in it (vm.h), which it must end itself
 * or the contexts' lock's error, or
 * QUIRE_EREFERENCED a CPU runs it
 * and then it is all there still.  Cost: unmap's for each mapping, twice.
 */
int quire_address_space_destroy(struct quire_address_space *address_space);

#endif
