/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine with Sv39 and two CPUs, whose tables are in memory and whose TLBs keep everything until it
 * is flushed: one software MMU for each CPU and ASID, all on the same memory.  What is loaded is a root
 * and an ASID, so whoever gets another's number without a flush meets the other's pages.
 */
#ifndef QUIRE_TESTS_ADDRESS_SPACE_MACHINE_H
#define QUIRE_TESTS_ADDRESS_SPACE_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/address_space.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "quire/port/tables.h"
#include "quire/quire.h"

#define CPUS   2u
#define BITS   2u
#define ASIDS  (1u << BITS)
#define SPACES 5u /* that there can be at once */
#define ROOM   8u /* tables of each, the root included */
#define PAGE   0x1000u
#define LARGE  0x200000u

#define USER        0x40000000u /* the window of an address space */
#define USER_SIZE   0x40000000u
#define KERNEL      0x4000000000u /* the kernel's */
#define KERNEL_SIZE 0x40000000u
#define SHARED_SIZE 0x80000000u /* two root entries, and one more of the kernel's devices */
#define DEVICES     0x2000000000u
#define RAM         0x100000000u
#define RW          (QUIRE_READ | QUIRE_WRITE)

/* One tree, and what is needed to make a space of it. */
struct tree {
	struct quire_tables tables;
	struct quire_walker walker; /* as it is handed in */
	struct quire_table_slot slots[ROOM - 1];
	uint64_t book[2048];
};

struct machine {
	uint64_t memory[SPACES + 1][ROOM][512];
	struct quire_sim sim[CPUS][ASIDS];
	struct quire_sim_tlb tlb[CPUS][ASIDS][64];
	uint32_t asid[CPUS]; /* that is loaded */
	unsigned here;
	uint32_t full; /* flushes of everything */
	struct quire_contexts contexts;
	struct quire_context_cpu cpu[CPUS];
	uint32_t used[QUIRE_CONTEXT_WORDS(BITS)];
	struct tree tree[SPACES + 1]; /* the last is the kernel's */
	struct quire_space kernel;
	struct quire_walker kernel_walker;
	struct quire_address_range shared[2];
	struct quire_address_spaces all;
	struct quire_address_space space[SPACES];
	bool made[SPACES];
	int running[CPUS]; /* -1: none */
	unsigned locks, fail_lock, fail_prepare;
};

extern struct machine m;

/* A machine whose kernel shares its part, or has a root of its own. */
void machine_init(bool sharing);

/* Make a space from memory that holds invalid entries; switch a CPU to it, -1 to none; take it apart. */
int machine_create(unsigned s);
int machine_switch(unsigned cpu, int s);
int machine_destroy(unsigned s);

/* Map, or the test fails. */
void machine_map(struct quire_space *space, quire_va va, quire_pa pa, quire_size size);

/* What a CPU finds at an address: the physical one, or 0. */
quire_pa machine_look(unsigned cpu, quire_va va);

/* All tables of a space's memory hold invalid entries. */
bool machine_clean(unsigned s);

#endif
