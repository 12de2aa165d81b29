/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench of virtual memory: the bitmap's parts, each a file of its own as in a kernel: the bits, which
 * are a library's, and the tables, which are the machine's.
 */
#ifndef BENCH_VM_BITS_H
#define BENCH_VM_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* -- bits (vm_bits.c): 1 is in use -- */

struct vm_bits {
	uint32_t *word;
	uint32_t count;
};

bool vm_bits_open(struct vm_bits *bits, uint32_t count);
void vm_bits_close(struct vm_bits *bits);

/* The first `count` clear bits in a row, which are set then; false if there are none. */
bool vm_bits_take(struct vm_bits *bits, uint32_t count, uint32_t *bit);

/* Clear bits; false if one of them is not set. */
bool vm_bits_give(struct vm_bits *bits, uint32_t bit, uint32_t count);

/* -- tables (vm_table.c): three levels, all there from the start -- */

struct vm_table {
	uint64_t *entry; /* root, middle, leaf tables */
	uint32_t flushes;
};

enum { VM_TABLE_WRITE = 0x1, VM_TABLE_EXEC = 0x2, VM_TABLE_USER = 0x4 };

bool vm_table_open(struct vm_table *table);
void vm_table_close(struct vm_table *table);

/* Page by page, each by a walk from the root. */
bool vm_table_map(struct vm_table *table, uint64_t va, uint64_t pa, uint64_t size, uint32_t flags);
void vm_table_unmap(struct vm_table *table, uint64_t va, uint64_t size);

/* The physical address behind a virtual one (`pa` may be NULL); false if there is none. */
bool vm_table_get(const struct vm_table *table, uint64_t va, uint64_t *pa);

#endif
