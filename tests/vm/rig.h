/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated machine with RAM in it: virtual memory over the software MMU, and an array of bytes
 * behind what its tables say.
 *
 * RAM is two banks that do not lie side by side, the first reached by a DMA, and a device.  What a test
 * reads and writes it reads and writes as the CPU does, by translating; so what is not mapped cannot be
 * seen, and what was not zeroed is.  Fresh RAM is full of 0xa5.
 */
#ifndef QUIRE_TESTS_VM_RIG_H
#define QUIRE_TESTS_VM_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/sim.h"
#include "quire/quire.h"
#include "quire/vm.h"

#define PAGE   4096u
#define R      QUIRE_READ
#define W      QUIRE_WRITE
#define X      QUIRE_EXEC
#define U      QUIRE_USER
#define RW     (QUIRE_READ | QUIRE_WRITE)
#define GUARDS QUIRE_VM_GUARDS

#define RAM_A  0x80000000u
#define RAM_B  0xc0000000u
#define DEVICE 0xf0000000u

enum { TARGET_A, TARGET_B, TARGET_DEVICE };

#define RIG_FRAMES_MAX   8192u /* of both banks */
#define RIG_TABLES_MAX   96u
#define RIG_MAPPINGS_MAX 2048u
#define RIG_WINDOW       0x40000000u
#define RIG_WINDOW_2     0x7fe00000u

#define RIG_REFUSED   (-1000) /* by the port */
#define RIG_NO_SPACE  (-1001) /* the space's lock */
#define RIG_NO_FRAMES (-1002) /* the frames' lock */

/* What a machine is to be like. */
struct rig_plan {
	const struct quire_mmu *mmu;
	unsigned frames_a, frames_b; /* frames of the two banks */
	unsigned pages;              /* of the window */
	unsigned pages_2; /* of a second one that can neither execute nor be the user's; 0: none */
	unsigned mappings, tables;
	uint8_t place, guarding;
	uint8_t owner;
	bool lazy;
	bool through;  /* no zero callback */
	bool adjacent; /* the second bank goes on where the first ends, and is numbered before it */
	bool as_it_is; /* RAM is not filled */
	quire_va base; /* of the first window; 0: where the tables have it */
	struct quire_frames *pool; /* somebody else's; NULL: its own */
};

struct rig {
	struct rig_plan plan;
	struct quire_sim sim;
	struct quire_sim_tlb tlb[32];
	struct quire_walker walker;
	struct quire_port port; /* the simulator's, with an eye on locks */
	struct quire_table_slot slots[RIG_TABLES_MAX];
	struct quire_space space;
	struct quire_frames own_frames, *frames;
	struct quire_vm vm;
	void *book, *words, *tables;
	size_t words_size;
	/* The locks: how often they are held, and the n-th from now that fails. */
	unsigned space_held, frames_held, fail_space, fail_frames;
	unsigned space_locks, frames_locks;
	void (*on_zero)(struct rig *r, quire_pa pa, quire_size size); /* also told */
	unsigned zeroed;                                              /* pages */
	quire_va got;                                                 /* of the last map */
};

/* Bytes of RAM, all rigs'. */
uint8_t *rig_ram(quire_pa pa);

/* All RAM is filled with 0xa5. */
void rig_start(struct rig *r, const struct rig_plan *plan);
void rig_stop(struct rig *r); /* everything is unmapped, and everything is back */
void rig_free(struct rig *r); /* without a look */

/* All that can be proved. */
void rig_check(struct rig *r);

/* A plan to begin with: 64 pages from the top down, 40 frames, all there is enough of. */
struct rig_plan rig_plan(const struct quire_mmu *mmu);

/* What has been asked for in one line. */
struct quire_vm_want rig_want(unsigned pages, unsigned attr, unsigned flags);
int rig_map(struct rig *r, unsigned pages, unsigned attr, unsigned flags);
int rig_map_at(struct rig *r, quire_va va, unsigned pages, unsigned attr, unsigned flags);

/* An address of page `n` of the first window. */
quire_va rig_va(const struct rig *r, unsigned n);

/* Access bytes as the CPU does: what it ends in. */
enum quire_sim_fault rig_access(struct rig *r, quire_va va, unsigned kind, uint8_t **byte);
void rig_write(struct rig *r, quire_va va, uint8_t value); /* must work; faults are served */
uint8_t rig_read(struct rig *r, quire_va va);
void rig_must_fault(struct rig *r, quire_va va, unsigned kind);

/* The byte of RAM that an address shows, whatever may be done with it. */
uint8_t *rig_behind(struct rig *r, quire_va va);

/* Whether all bytes from va on have a value. */
bool rig_all(struct rig *r, quire_va va, quire_size size, uint8_t value);

struct quire_frames_stats rig_frames(const struct rig *r);
struct quire_vm_stats rig_stats(struct rig *r);

#endif
