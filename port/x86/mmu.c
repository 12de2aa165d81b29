/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64's page tables.
 *
 *      63 62   52 51                        12 11 9 8  7  6 5  4   3  2  1  0
 *     +--+-------+----------------------------+----+-+---+-+-+---+---+---+---+-+
 *     |XD|       |  physical page             | sw |G|PAT|D|A|PCD|PWT|U/S|R/W|P|  4 KiB
 *     +--+-------+----------------------+-----+----+-+---+-+-+---+---+---+---+-+
 *     |XD|       |  physical page       | 0 |P| sw |G|PS=1 ...                 |  2 MiB and 1 GiB:
 *     +--+-------+----------------------+-----+----+-+---+-----------------------  P is PAT, bit 12
 *     |XD|       |  physical address of a table    | PS=0, A ...               |  a table
 *
 * (Intel SDM, volume 3A, 4.5.4; AMD APM, volume 2, 5.3.)  In a table's entry R/W, U/S and XD bind all
 * below it; ours bind nothing, so that leaves decide.  A is set in it, or the processor would.
 *
 * Bit 7 says "large page" where tables may stand, and is a bit of the cache mode where they may not;
 * there, that bit is bit 12.  An entry that the processor would refuse for its reserved bits (a large
 * page at the top, a large page that is not aligned) is decoded as invalid.
 *
 * A leaf that allows nothing has no P; all its other bits are software's then, and LEAF marks it.  Its
 * physical address is written inverted: processors with the L1TF flaw read ahead at the address of an
 * entry without P if that is in the cache, and an inverted one is where no memory is.
 */
#include "quire/port/x86.h"

#define P       UINT64_C(0x001)
#define RW      UINT64_C(0x002)
#define US      UINT64_C(0x004)
#define PWT     UINT64_C(0x008)
#define PCD     UINT64_C(0x010)
#define A       UINT64_C(0x020)
#define D       UINT64_C(0x040)
#define PS      UINT64_C(0x080) /* above the last level */
#define PAT     UINT64_C(0x080) /* at the last level */
#define G       UINT64_C(0x100)
#define LEAF    UINT64_C(0x200) /* software's: without P, and a leaf all the same */
#define PAT_BIG UINT64_C(0x1000)
#define XD      (UINT64_C(1) << 63)

#define ADDRESS UINT64_C(0x000ffffffffff000) /* of a table or a page of 4 KiB */

static bool is_last(const struct quire_mmu *mmu, unsigned level)
{
	return level == quire_mmu_last_level(mmu);
}

static quire_entry pat_bit(const struct quire_mmu *mmu, unsigned level)
{
	return is_last(mmu, level) ? PAT : PAT_BIG;
}

/* The bits that hold a leaf's address. */
static quire_entry address_mask(const struct quire_mmu *mmu, unsigned level)
{
	return ADDRESS & ~(((quire_entry)1 << mmu->level[level].shift) - 1);
}

static quire_entry cache_bits(const struct quire_mmu *mmu, unsigned level, unsigned attr)
{
	switch (attr & QUIRE_CACHE_MASK) {
	case QUIRE_CACHE_WT:
		return PWT;
	case QUIRE_UNCACHED:
		return pat_bit(mmu, level);
	case QUIRE_DEVICE_IO:
		return PCD | PWT;
	default:
		return 0;
	}
}

static quire_entry access_bits(unsigned attr)
{
	return ((attr & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC)) ? P : LEAF) |
	       ((attr & QUIRE_WRITE) ? RW | D : 0) | ((attr & QUIRE_EXEC) ? 0 : XD) |
	       ((attr & QUIRE_USER) ? US : 0) | ((attr & QUIRE_LEAF_GLOBAL) ? G : 0);
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	quire_entry bits = access_bits(attr) | cache_bits(mmu, level, attr) | A |
			   (is_last(mmu, level) ? 0 : PS);

	(void)target;
	return bits | (((bits & P) ? pa : ~pa) & address_mask(mmu, level));
}

static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	(void)mmu;
	return (pa & ADDRESS) | P | RW | US | A;
}

/* The modes of PAT, PCD and PWT; the numbers that leaf() does not use mean what the table says. */
static unsigned cache_of(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	if (entry & PCD)
		return QUIRE_DEVICE_IO;
	if (entry & PWT)
		return QUIRE_CACHE_WT;
	return (entry & pat_bit(mmu, level)) ? QUIRE_UNCACHED : QUIRE_CACHE_WB;
}

static unsigned attr_of(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	unsigned attr = cache_of(mmu, level, entry) | ((entry & US) ? QUIRE_USER : 0u);

	if (!(entry & P))
		return attr;
	return attr | QUIRE_READ | ((entry & RW) ? QUIRE_WRITE : 0u) |
	       ((entry & XD) ? 0u : QUIRE_EXEC);
}

static enum quire_entry_kind kind_of(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	if (!(entry & (P | LEAF)))
		return QUIRE_ENTRY_INVALID;
	if (is_last(mmu, level))
		return QUIRE_ENTRY_LEAF;
	if (entry & PS)
		return mmu->level[level].leaf &&
				       !(entry & ADDRESS & ~PAT_BIG & ~address_mask(mmu, level))
			       ? QUIRE_ENTRY_LEAF
			       : QUIRE_ENTRY_INVALID;
	return (entry & P) ? QUIRE_ENTRY_TABLE : QUIRE_ENTRY_INVALID;
}

/* There is one memory, whose target number the port chooses; the entry has no room for it. */
static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	out->kind = kind_of(mmu, level, entry);
	if (out->kind == QUIRE_ENTRY_TABLE)
		out->pa = entry & ADDRESS;
	else
		out->pa = ((entry & P) ? entry : ~entry) & address_mask(mmu, level);
	out->target = QUIRE_RAM;
	out->attr = (uint8_t)attr_of(mmu, level, entry);
	out->used =
		(uint8_t)(((entry & A) ? QUIRE_ACCESSED : 0u) | ((entry & D) ? QUIRE_DIRTY : 0u));
	out->cluster = false;
}

static quire_entry mark(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			unsigned used)
{
	(void)mmu;
	(void)level;
	return (entry & ~(A | D)) | ((used & QUIRE_ACCESSED) ? A : 0) |
	       ((used & QUIRE_DIRTY) ? D : 0);
}

const struct quire_format quire_format_x86 = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
	.mark = mark,
};

/*
 * No flags: an entry without P is not cached (SDM 4.10.2.3 and 4.10.4.3), and one valid entry may take the
 * place of another.  While a page is split or joined the processor may know it at both sizes (SDM
 * 4.10.2.3), which does no harm, since both then say the same; processors with the flaw that SDM calls
 * "machine check on page size change" of code want QUIRE_MMU_BREAK_BEFORE_MAKE in a copy of these.
 */
const struct quire_mmu quire_mmu_x86_64 = {
	.name = "x86-64",
	.format = &quire_format_x86,
	.level = {{39, 9, false, 0}, {30, 9, true, 0}, {21, 9, true, 0}, {12, 9, true, 0}},
	.levels = 4,
	.pa_bits = 52,
	.entry_bytes = 8,
};

const struct quire_mmu quire_mmu_x86_64_2m = {
	.name = "x86-64, 2 MiB pages",
	.format = &quire_format_x86,
	.level = {{39, 9, false, 0}, {30, 9, false, 0}, {21, 9, true, 0}, {12, 9, true, 0}},
	.levels = 4,
	.pa_bits = 52,
	.entry_bytes = 8,
};
