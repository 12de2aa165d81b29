/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page table of three levels of 512 entries for the bitmap.  All tables of its one GiB are there from
 * the start, so a walk is three loads, and nothing is ever counted, made or given back.
 */
#include <stdlib.h>

#include "vm.h"
#include "vm_bits.h"

#define LEVELS      3u
#define ENTRIES     512u
#define LEAF_TABLES 512u
#define PA_MASK     0x000ffffffffff000ull

/* In an entry; one that points to a table has VALID alone. */
enum { VALID = 0x1, READ = 0x2, WRITE = 0x4, EXEC = 0x8, USER = 0x10 };

/* Where the leaf of an address stands; NULL if a table on the way is missing. */
static uint64_t *walk(const struct vm_table *table, uint64_t va)
{
	uint64_t *at = table->entry;

	for (unsigned level = 0;; level++) {
		unsigned shift = 12u + 9u * (LEVELS - 1u - level);
		uint64_t *entry = &at[va >> shift & (ENTRIES - 1u)];

		if (level == LEVELS - 1u)
			return entry;
		if ((*entry & (VALID | READ | WRITE | EXEC)) != VALID)
			return NULL;
		at = table->entry + (*entry & PA_MASK) / sizeof(uint64_t);
	}
}

static uint64_t bits_of(uint32_t flags)
{
	return VALID | READ | (flags & VM_TABLE_WRITE ? WRITE : 0u) |
	       (flags & VM_TABLE_EXEC ? EXEC : 0u) | (flags & VM_TABLE_USER ? USER : 0u);
}

static bool entry_set(const struct vm_table *table, uint64_t va, uint64_t value)
{
	volatile uint64_t *entry = walk(table, va);

	if (!entry)
		return false;
	*entry = value;
	return true;
}

bool vm_table_map(struct vm_table *table, uint64_t va, uint64_t pa, uint64_t size, uint32_t flags)
{
	uint64_t bits = bits_of(flags);

	for (uint64_t done = 0; done < size; done += VM_PAGE)
		if (!entry_set(table, va + done, (pa + done) | bits))
			return false;
	return true;
}

void vm_table_unmap(struct vm_table *table, uint64_t va, uint64_t size)
{
	for (uint64_t done = 0; done < size; done += VM_PAGE)
		(void)entry_set(table, va + done, 0);
	table->flushes++;
}

bool vm_table_get(const struct vm_table *table, uint64_t va, uint64_t *pa)
{
	const volatile uint64_t *entry = walk(table, va);
	uint64_t value = entry ? *entry : 0;

	if (!(value & VALID))
		return false;
	if (pa)
		*pa = value & PA_MASK;
	return true;
}

/* One root entry, one table below it, and all leaf tables.  An address of a table is its place. */
bool vm_table_open(struct vm_table *table)
{
	table->entry = calloc((2u + LEAF_TABLES) * ENTRIES, sizeof *table->entry);
	if (!table->entry)
		return false;
	table->entry[VM_BASE >> 30] = (uint64_t)1 << 12 | VALID;
	for (uint32_t i = 0; i < LEAF_TABLES; i++)
		table->entry[ENTRIES + i] = (uint64_t)(2u + i) << 12 | VALID;
	return true;
}

void vm_table_close(struct vm_table *table)
{
	free(table->entry);
}
