/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of the whole family, in one format.
 *
 * An entry is a page number and a few bits that say whether it counts and which memory it means:
 *
 *     ESP32     .......i vvvvvvvv          i  invalid bit: the entry is empty
 *     ESP32-S3  si vvvvvvvvvvvvvv          V  valid bit: without it the entry is empty
 *     ESP32-C5  .....Vsv vvvvvvvv          s  selects the memory
 *                                          v  physical page
 *
 * Some chips mark the full entries and some the empty ones.  Both are one rule: a valid entry has
 * all bits of `valid` and none of `invalid`.
 *
 * An entry knows no permissions.  What it shows can be read, written and executed as far as the
 * window goes, and decode() says so.  The one thing it can refuse is everything: a leaf without
 * access is an invalid entry that still carries its page number, for whoever dumps the table.
 */
#include "quire/chip.h"

#define ACCESS (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC)

static const struct quire_chip_entry *bits_of(const struct quire_mmu *mmu)
{
	return mmu->detail;
}

/* The bits that tell one memory from another. */
static uint32_t select_mask(const struct quire_chip_entry *bits)
{
	return bits->select[QUIRE_FLASH0] | bits->select[QUIRE_PSRAM0];
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	const struct quire_chip_entry *bits = bits_of(mmu);
	quire_entry page = (pa >> mmu->level[level].shift) & bits->value;
	uint32_t select = target <= QUIRE_PSRAM0 ? bits->select[target] : 0;

	return page | select | ((attr & ACCESS) ? bits->valid : bits->invalid);
}

/* There is one level: no entry points to a table, and this is never called. */
static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	(void)pa;
	return mmu->invalid;
}

/* The memory an entry names, or QUIRE_TARGETS_MAX if its select bits name none. */
static unsigned target_of(const struct quire_chip_entry *bits, quire_entry entry)
{
	uint32_t select = (uint32_t)entry & select_mask(bits);

	for (unsigned t = QUIRE_FLASH0; t <= QUIRE_PSRAM0; t++) {
		if ((bits->targets & QUIRE_TARGET_BIT(t)) && bits->select[t] == select)
			return t;
	}
	return QUIRE_TARGETS_MAX;
}

static bool counts(const struct quire_chip_entry *bits, quire_entry entry)
{
	return (entry & (bits->valid | bits->invalid)) == bits->valid;
}

/* An entry that counts but names no memory shows nothing, and is as good as empty. */
static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	const struct quire_chip_entry *bits = bits_of(mmu);
	unsigned target = target_of(bits, entry);
	bool leaf_there = counts(bits, entry) && target != QUIRE_TARGETS_MAX;

	out->kind = leaf_there ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
	out->pa = (quire_pa)(entry & bits->value) << mmu->level[level].shift;
	out->target = (uint8_t)target;
	out->attr = leaf_there ? ACCESS : 0;
}

const struct quire_format quire_chip_format = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
};
