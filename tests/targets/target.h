/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portable tests run on: one space, and a way to touch addresses as its programs would.
 *
 * A host fills this in and calls suite_run(): board_host.c for a processor under QEMU, whose MMU
 * translates what is touched; sim_host.c for the software MMU; linux_host.c for a chip as a process.
 * The tests know nothing but this, and are the same everywhere.
 *
 *   arena    addresses of one window that are free, with nothing else in them
 *   frames   physical memory that is there, and belongs to the tests
 *   big      a memory from 0 on, as large as entries can name: for large pages, of which only the part
 *            that is frames can be touched
 */
#ifndef TARGET_H
#define TARGET_H

#include "quire/fault.h"
#include "quire/quire.h"

/* What a machine can do. */
enum target_fact {
	TARGET_USER = 0x01,  /* user mode is told from the kernel's */
	TARGET_EXEC = 0x02,  /* code can be run, and pages say whether it may */
	TARGET_MARKS = 0x04, /* marks are set by accesses */
	TARGET_WALKS = 0x08, /* `walker` is there to be looked at */
};

struct target {
	const char *name;
	struct quire_space *space;
	struct quire_walker *walker; /* of the arena */
	const struct quire_mmu *mmu;
	unsigned facts; /* enum target_fact */
	quire_size page;

	quire_va arena;
	quire_va walk; /* of its first byte, as the tables number it */
	quire_size arena_size;

	unsigned frames_target;
	quire_pa frames;
	quire_size frames_size;
	unsigned big_target;
	quire_size big_size; /* 0: there is none */

	/*
	 * Touch an address: `access` is one of QUIRE_READ, WRITE, EXEC, and QUIRE_USER for user mode;
	 * 1, 2, 4 or 8 bytes.  True if it worked: `*value` was read or written (for QUIRE_EXEC: what
	 * the function there returned).  If not, `*raw` says what the machine said.
	 */
	bool (*touch)(struct target *t, unsigned access, quire_va va, unsigned bytes,
		      uint64_t *value, struct quire_fault_raw *raw);
	/* The word in memory at a physical address of the frames; to write it, and to be able to run
	   it (publish: what was written is code). */
	uint32_t (*peek)(struct target *t, quire_pa pa);
	void (*poke)(struct target *t, quire_pa pa, uint32_t word);
	/* Code of a function that returns TARGET_ANSWER, and how many words it has. */
	const uint32_t *code;
	unsigned code_words;
	/* Whether the machine has anything to complain about: NULL, or what.  May be NULL. */
	const char *(*complaint)(struct target *t);

	uint32_t operations; /* of the random test */
	void *host;
};

#define TARGET_ANSWER 42u

/* A place for one character of what is printed. */
void board_put(char c);

#endif
