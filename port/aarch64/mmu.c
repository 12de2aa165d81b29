/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64's page tables: one format, three sizes of a page (the granule), and as many levels as the
 * addresses need.
 *
 *    63  59 58 55 54  53  52   51  50 48 47        n 11 10 9  8 7   6   5  4  2  1    0
 *   +------+-----+---+---+----+---+-----+-----------+--+--+----+-------+--+----+----+-----+
 *   |      |  sw |UXN|PXN|cont|DBM|     |  address  |nG|AF| SH |AP 2..1|NS|attr|page|valid|
 *   +------+-----+---+---+----+---+-----+-----------+--+--+----+-------+--+----+----+-----+
 *
 * n is 12, 14 or 16, or where the block starts.  Bit 1 is 1 in a page of the last level and 0 in a
 * block above; a table has it too, above the last level, so that "1 and not the last" is a table,
 * and 0 at the last level is reserved.  (Arm ARM DDI 0487, D8.3 and D8.5.)
 *
 *   attr   index into MAIR_EL1, and the cache mode: the port programs them alike
 *   NS     0: it has no meaning outside the secure state
 *   AP     bit 6: EL0 may; bit 7: nobody writes
 *   SH     3, inner shareable: all CPUs of the machine
 *   AF     accessed
 *   nG     the leaf belongs to an ASID
 *   DBM    may be written, so that bit 7 says no more than "clean" (D8.4.6).  Processors without
 *          the feature ignore the bit and fault on the first write: the same entries serve both.
 *   cont   one of a cluster (D8.6.1)
 *
 * A leaf that allows nothing is not valid, and marked by bit 55: without bit 0 all others are
 * software's.  Its address and attributes stay where they are.
 */
#include "quire/port/aarch64.h"

#define BIT(n) ((quire_entry)1 << (n))

#define VALID      BIT(0)
#define PAGE       BIT(1) /* at the last level; above it, a table */
#define ATTR_SHIFT 2
#define AP_USER    BIT(6)
#define AP_CLEAN   BIT(7) /* not to be written (yet) */
#define SH_INNER   (BIT(8) | BIT(9))
#define AF         BIT(10)
#define NG         BIT(11)
#define DBM        BIT(51)
#define CONTIGUOUS BIT(52)
#define PXN        BIT(53)
#define UXN        BIT(54)
#define NO_ACCESS  BIT(55) /* where VALID is not */

#define CACHE_SHIFT 4 /* of QUIRE_CACHE_MASK */
#define PA_BITS     48

static const unsigned any_access = QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC;

static bool is_last(const struct quire_mmu *mmu, unsigned level)
{
	return level + 1u == mmu->levels;
}

/* The address bits of an entry: those of a table, or of a leaf at `level`. */
static quire_entry address_bits(const struct quire_mmu *mmu, unsigned level)
{
	return BIT(PA_BITS) - BIT(mmu->level[level].shift);
}

static quire_entry access_bits(unsigned attr)
{
	quire_entry user = (attr & QUIRE_USER) ? AP_USER : 0;
	quire_entry write = (attr & QUIRE_WRITE) ? DBM : AP_CLEAN;

	if (!(attr & QUIRE_EXEC))
		return user | write | UXN | PXN;
	return user | write | (user ? PXN : UXN);
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	quire_entry mode = (attr & QUIRE_CACHE_MASK) >> CACHE_SHIFT;

	(void)target;
	return (pa & address_bits(mmu, level)) | mode << ATTR_SHIFT | SH_INNER | AF |
	       access_bits(attr) | (is_last(mmu, level) ? PAGE : 0) |
	       ((attr & any_access) ? VALID : NO_ACCESS) | ((attr & QUIRE_LEAF_GLOBAL) ? 0 : NG) |
	       ((attr & QUIRE_LEAF_CLUSTER) ? CONTIGUOUS : 0);
}

static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	return (pa & address_bits(mmu, mmu->levels - 1u)) | PAGE | VALID;
}

static quire_entry mark(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			unsigned used)
{
	(void)mmu;
	(void)level;
	entry = (used & QUIRE_ACCESSED) ? entry | AF : entry & ~AF;
	if (entry & DBM)
		entry = (used & QUIRE_DIRTY) ? entry & ~AP_CLEAN : entry | AP_CLEAN;
	return entry;
}

static enum quire_entry_kind kind_of(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	bool last = is_last(mmu, level);

	if ((entry & (VALID | PAGE)) == (VALID | PAGE) && !last)
		return QUIRE_ENTRY_TABLE;
	if (!(entry & (VALID | NO_ACCESS)) || !mmu->level[level].leaf)
		return QUIRE_ENTRY_INVALID;
	return last == ((entry & PAGE) != 0) ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
}

static unsigned attr_of(quire_entry entry)
{
	unsigned user = (entry & AP_USER) ? QUIRE_USER : 0u;
	unsigned mode = (unsigned)(entry >> ATTR_SHIFT) << CACHE_SHIFT & QUIRE_CACHE_MASK;
	bool writable = (entry & DBM) || !(entry & AP_CLEAN);

	if (!(entry & VALID))
		return user | mode;
	return user | mode | QUIRE_READ | (writable ? QUIRE_WRITE : 0u) |
	       ((entry & (user ? UXN : PXN)) ? 0u : QUIRE_EXEC);
}

/* There is one memory, whose target number the port chooses; the entry has no room for it. */
static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	out->kind = kind_of(mmu, level, entry);
	out->pa =
		entry & address_bits(mmu, out->kind == QUIRE_ENTRY_LEAF ? level : mmu->levels - 1u);
	out->target = QUIRE_RAM;
	out->attr = (uint8_t)attr_of(entry);
	out->used = ((entry & AF) ? QUIRE_ACCESSED : 0u) | ((entry & AP_CLEAN) ? 0u : QUIRE_DIRTY);
	out->cluster = (entry & CONTIGUOUS) != 0;
}

const struct quire_format quire_format_a64 = {leaf, table, decode, mark};

#define A64(name_, levels_, ...)                                                                   \
	{                                                                                          \
		.name = name_, .format = &quire_format_a64, .level = {__VA_ARGS__},                \
		.levels = levels_, .flags = QUIRE_MMU_BREAK_BEFORE_MAKE, .pa_bits = PA_BITS,       \
		.entry_bytes = 8                                                                   \
	}

/* Where blocks may stand: D8.3, Table D8-16 and following; how many make a cluster: D8.6.1. */
const struct quire_mmu quire_mmu_a64_4k_39 =
	A64("a64_4k_39", 3, {30, 9, true, 4}, {21, 9, true, 4}, {12, 9, true, 4});
const struct quire_mmu quire_mmu_a64_4k_48 = A64(
	"a64_4k_48", 4, {39, 9, false, 0}, {30, 9, true, 4}, {21, 9, true, 4}, {12, 9, true, 4});
const struct quire_mmu quire_mmu_a64_16k_39 =
	A64("a64_16k_39", 3, {36, 3, false, 0}, {25, 11, true, 5}, {14, 11, true, 7});
const struct quire_mmu quire_mmu_a64_16k_48 =
	A64("a64_16k_48", 4, {47, 1, false, 0}, {36, 11, false, 0}, {25, 11, true, 5},
	    {14, 11, true, 7});
const struct quire_mmu quire_mmu_a64_64k_39 =
	A64("a64_64k_39", 2, {29, 10, true, 5}, {16, 13, true, 5});
const struct quire_mmu quire_mmu_a64_64k_42 =
	A64("a64_64k_42", 2, {29, 13, true, 5}, {16, 13, true, 5});
const struct quire_mmu quire_mmu_a64_64k_48 =
	A64("a64_64k_48", 3, {42, 6, false, 0}, {29, 13, true, 5}, {16, 13, true, 5});
