/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench of virtual memory: what its programs share.
 *
 * A *contestant* has RAM in frames and a window of addresses, and maps so many pages of one into the
 * other, a guard page on either side, from the top down, first fit.  That rule leaves nothing to taste:
 * all contestants must give the same addresses, and `bench_vm check` says whether they do.
 *
 * All have a page table of three levels in memory, nobody has a lock, and a flush costs nobody anything.
 */
#ifndef BENCH_VM_H
#define BENCH_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VM_PAGE   4096u
#define VM_GUARDS 2u          /* pages of addresses a mapping takes besides its own */
#define VM_BASE   0x40000000u /* of the window: 1 GiB, which is as far as it can reach */
#define VM_RAM    0x80000000u /* of the frames, as entries name them */

struct vm_arena {
	uint32_t pages;    /* of the window; no more than 262,144 */
	uint32_t frames;   /* pages of RAM */
	uint32_t mappings; /* at most so many at one time */
	uint8_t *ram;      /* where the frames are seen, to be zeroed; NULL: nobody zeroes */
};

/* `open` returns what the others take as `self`, or NULL; `map` an address, 0 if there is no room. */
struct vm_contestant {
	const char *name;
	void *(*open)(const struct vm_arena *arena);
	void (*close)(void *self);
	uint64_t (*map)(void *self, uint32_t pages);
	bool (*unmap)(void *self, uint64_t va, uint32_t pages);
	uint64_t (*free)(void *self);               /* bytes of RAM that are to be had */
	uint64_t (*shows)(void *self, uint64_t va); /* the physical address there, 0 if none is */
};

extern const struct vm_contestant vm_bitmap;
extern const struct vm_contestant vm_quire;
extern const struct vm_contestant vm_zephyr;  /* one at a time: it is a program's only machine */
extern const struct vm_contestant vm_nothing; /* empty functions, to be subtracted */

#endif
