/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processor under QEMU as a target of the tests: its kernel's space, with the image mapped by
 * quire_boot_map(), the MMU on, and traps handled.
 *
 *   image    text, rodata, data, stacks between guards, the rest of RAM: where the image runs
 *   devices  one to one
 *   stub     the page of this program that user mode runs, and one that it shares with the kernel
 *   arena    what the tests map
 */
#ifndef BOARD_HOST_H
#define BOARD_HOST_H

#include "board.h"
#include "quire/port/tables.h"
#include "suite/suite.h"
#include "target.h"

#define BOARD_FRAMES 0 /* targets */
#define BOARD_BIG    1

/* Faults that are put in on purpose: what the processor's flushes leave out (seed.c). */
enum board_seed {
	SEED_NONE,
	SEED_PAGES, /* flush_pages does nothing */
	SEED_ASID,  /* flush_asid of one ASID does nothing */
	SEED_ALL,   /* flush_asid of all does nothing */
	SEED_SHOOT, /* other CPUs are not told */
};
extern const unsigned board_seed;

/* What several CPUs need; all zero for one. */
struct board_options {
	struct quire_lock lock;
	void (*shoot)(void *ctx, const struct quire_shot *shot);
	void (*interrupt)(void); /* BOARD_IPI came */
};

/* What user mode is to do; the kernel fills it in. */
struct board_order {
	uint64_t value;
	uintptr_t va;
	uint32_t access; /* QUIRE_READ or QUIRE_WRITE */
	uint32_t bytes;
};

/* What user mode runs (board_user.c). */
void board_user_code(struct board_order *order);

struct board_host {
	struct target target;
	struct quire_space space;
	struct quire_walker walker;
	struct quire_tables tables;
	struct quire_boot image;
	quire_pa free;    /* RAM is free from here to the frames */
	uintptr_t offset; /* a physical address is seen at itself plus this */
	quire_va stub;    /* where user mode sees board_user_code() */
	quire_va shared;  /* and the page it shares with the kernel */
	quire_pa shared_pa;
	struct board_order *order;  /* the kernel's view of it */
	struct quire_space *active; /* whose faults are resolved: `space`, or a user's */
	/* Root entries that hold the image, the devices and the stub: what all spaces share.  None
	   where the kernel's half has a root of its own. */
	quire_va shared_walk[QUIRE_WINDOWS_MAX];
	quire_size shared_size[QUIRE_WINDOWS_MAX];
	unsigned shared_count;
};
extern struct board_host host;

/* Everything, up to the MMU being on.  False: it said why. */
bool board_host_start(const struct board_options *options);

/* The same for another CPU: the MMU and traps. */
void board_host_join(void);

/* The processor's functions, with the fault that was put in. */
extern struct quire_cpu_ops board_cpu;

/* `size` bytes of RAM, cleared, at a multiple of `align`: the physical address. */
quire_pa board_take(quire_size size, quire_size align);

/* A physical address of RAM as the program sees it. */
void *board_at(quire_pa pa);

/* A pool of tables of this many bytes for a walker. */
void board_pool(struct quire_walker *walker, quire_size bytes);

/* Where a program's address is in the tree. */
quire_va board_walk(quire_va va);

/* Take traps with another handler; NULL: with that of the tests again. */
void board_host_traps(quire_trap_fn handler);

/* Tests of what only a processor has; the last are those of one port, where it has any. */
extern const struct suite_list board_boot, board_spaces, board_port;

#endif
