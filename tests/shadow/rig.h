/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chip on software MMUs, with a kernel's space and a few others on shadows, and a port in front of
 * the hardware that believes nobody.
 *
 * The watch keeps what each entry allows, as told in prepare, and which pages a program has made dirty.
 * It notes an entry that goes while its page is dirty, and while a switch is going on, anything that is
 * done to an entry that does not differ.  What the hardware should show is asked of the books, which
 * know nothing of shadows.
 */
#ifndef QUIRE_TESTS_SHADOW_RIG_H
#define QUIRE_TESTS_SHADOW_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/chip.h"
#include "quire/port/sim.h"
#include "quire/quire.h"
#include "quire/shadow.h"

#define SPACES  4u /* 0 is the kernel's, which is always there */
#define ENTRIES 1024u
#define TLB     128u
#define RW      (QUIRE_READ | QUIRE_WRITE)

/* What stands between everybody and one table. */
struct watch {
	struct quire_sim sim;
	const struct quire_mmu *mmu;
	uint32_t table[ENTRIES];
	struct quire_sim_tlb tlb[TLB];
	uint8_t attr[ENTRIES], promised[ENTRIES];
	bool dirty[ENTRIES];
	/* A switch that is going on, as it began: nothing but what differs may be touched. */
	bool switching;
	uint32_t before[ENTRIES];
	uint8_t attr_before[ENTRIES];
	uint32_t touched[ENTRIES]; /* by sync, flush and write */
	uint32_t prepares, writes, entries, flushes, syncs;
	const char *wrong;
};

extern unsigned rig_fail_in; /* prepares until one is refused; 0: none is */

struct rig {
	struct quire_chip_layout layout;
	struct watch watch[QUIRE_CHIP_WALKERS_MAX];
	struct quire_walker walker[SPACES][QUIRE_CHIP_WALKERS_MAX];
	struct quire_shadow_table table[QUIRE_CHIP_WALKERS_MAX];
	struct quire_shadow shadow[SPACES][QUIRE_CHIP_WALKERS_MAX];
	quire_entry shadows[SPACES][QUIRE_CHIP_WALKERS_MAX][2 * ENTRIES];
	struct quire_space space[SPACES];
	uint64_t memory[SPACES][2048];
	unsigned walkers;
	int seen; /* the space; 0: none */
	unsigned locks, fail_lock;
	unsigned held;
};

/* A chip with a page size, 0 for its default; all flags of its MMUs and `flags`. */
void rig_init(struct rig *r, const struct quire_chip *chip, uint32_t page, unsigned flags);

/* Switch to a space, or 0 to none, with all that a switch promises checked. */
int rig_switch(struct rig *r, int space, uint32_t *written);

/* The hardware shows what the books of the kernel and of the space that is seen say, nothing is stale,
   and nobody has done anything wrong. */
void rig_check(struct rig *r);

/* A program writes what it may, wherever it may: all pages of the space that is seen are dirty. */
void rig_use(struct rig *r);

/* The window of a space: the kernel has the first quarter of each of the chip's. */
struct quire_window rig_window(const struct rig *r, unsigned space, unsigned window);

#endif
