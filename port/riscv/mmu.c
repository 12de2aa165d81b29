/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's page tables: the same tree at two sizes.
 *
 *      63     54 53                  10  9 8  7 6 5 4 3 2 1 0
 *     +---------+----------------------+----+-+-+-+-+-+-+-+-+
 *     |reserved |  physical page       | sw |D|A|G|U|X|W|R|V|      Sv32: page in bits 31..10
 *     +---------+----------------------+----+-+-+-+-+-+-+-+-+
 *
 * V with none of R, W, X points to a table; V with W but not R is reserved, and so is a table at
 * the last level: hardware faults on both, and decode() calls them invalid.
 *
 * A leaf that allows nothing cannot have V, or it would point to a table.  Without V all other bits
 * are software's, and A marks it: no entry without V has A for any other reason.
 */
#include "quire/port/riscv.h"

enum {
	V = 0x01,
	R = 0x02,
	W = 0x04,
	X = 0x08,
	U = 0x10,
	A = 0x40,
	D = 0x80,
	SOFTWARE_SHIFT = 8,
	PAGE_SHIFT = 12,
	PPN_SHIFT = 10,
	CACHE_SHIFT = 4, /* of QUIRE_CACHE_MASK */
};

/* The one thing the sizes differ in: how many bits a physical page number has. */
struct riscv_detail {
	uint8_t ppn_bits;
};

static quire_entry ppn_mask(const struct quire_mmu *mmu)
{
	const struct riscv_detail *detail = mmu->detail;

	return (((quire_entry)1 << detail->ppn_bits) - 1) << PPN_SHIFT;
}

static quire_entry ppn(const struct quire_mmu *mmu, quire_pa pa)
{
	return (pa >> PAGE_SHIFT << PPN_SHIFT) & ppn_mask(mmu);
}

static quire_entry access_bits(unsigned attr)
{
	return ((attr & QUIRE_READ) ? V | R : 0u) | ((attr & QUIRE_WRITE) ? V | R | W : 0u) |
	       ((attr & QUIRE_EXEC) ? V | X : 0u) | ((attr & QUIRE_USER) ? U : 0u);
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	quire_entry mode = (attr & QUIRE_CACHE_MASK) >> CACHE_SHIFT;

	(void)level;
	(void)target;
	return ppn(mmu, pa) | mode << SOFTWARE_SHIFT | A | D | access_bits(attr);
}

static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	return ppn(mmu, pa) | V;
}

static unsigned attr_of(quire_entry entry)
{
	unsigned mode = (unsigned)(entry >> SOFTWARE_SHIFT) << CACHE_SHIFT & QUIRE_CACHE_MASK;

	return mode | ((entry & U) ? QUIRE_USER : 0u) | ((entry & R) ? QUIRE_READ : 0u) |
	       ((entry & W) ? QUIRE_WRITE : 0u) | ((entry & X) ? QUIRE_EXEC : 0u);
}

static enum quire_entry_kind kind_of(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	const quire_entry low = ((quire_entry)1 << PPN_SHIFT) - 1;

	if (!(entry & V))
		return (entry & (A | R | W | X)) == A ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
	if ((entry & ~(ppn_mask(mmu) | low)) || (entry & (R | W)) == W)
		return QUIRE_ENTRY_INVALID;
	if (entry & (R | X))
		return QUIRE_ENTRY_LEAF;
	return level + 1 < mmu->levels ? QUIRE_ENTRY_TABLE : QUIRE_ENTRY_INVALID;
}

/* There is one memory, whose target number the port chooses; the entry has no room for it. */
static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	out->kind = kind_of(mmu, level, entry);
	out->pa = (entry & ppn_mask(mmu)) >> PPN_SHIFT << PAGE_SHIFT;
	out->target = QUIRE_RAM;
	out->attr = (uint8_t)attr_of(entry);
}

const struct quire_format quire_format_riscv = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
};

static const struct riscv_detail sv39 = {.ppn_bits = 44};
static const struct riscv_detail sv32 = {.ppn_bits = 22};

/* Invalid entries may be cached, by the architecture's leave. */
const struct quire_mmu quire_mmu_sv39 = {
	.name = "sv39",
	.format = &quire_format_riscv,
	.detail = &sv39,
	.level = {{30, 9, true, 0}, {21, 9, true, 0}, {12, 9, true, 0}},
	.levels = 3,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 56,
};

const struct quire_mmu quire_mmu_sv32 = {
	.name = "sv32",
	.format = &quire_format_riscv,
	.detail = &sv32,
	.level = {{22, 10, true, 0}, {12, 10, true, 0}},
	.levels = 2,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 34,
};
