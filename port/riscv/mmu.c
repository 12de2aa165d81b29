/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's page tables: the same tree in three sizes.
 *
 *      63  62 61  60    54 53                  10  9 8  7 6 5 4 3 2 1 0
 *     +--+-------+--------+----------------------+----+-+-+-+-+-+-+-+-+
 *     |N | PBMT  |reserved|  physical page       | sw |D|A|G|U|X|W|R|V|   Sv32: page in bits 31..10
 *     +--+-------+--------+----------------------+----+-+-+-+-+-+-+-+-+
 *
 * V with none of R, W, X points to a table; V with W but not R is reserved, and so are a table at
 * the last level and one with U, A or D: decode() calls all of them invalid, as hardware does or may.
 *
 * PBMT (Svpbmt) says how to cache: 0 as the memory does by itself, 1 not at all, 2 as a device.
 * N (Svnapot) makes one of the 16 entries of a cluster, whose pages then end in the bits 1000; all 16
 * are alike.  On machines without them both are reserved.
 *
 * The software bits hold what entries cannot say: the cache mode without Svpbmt, which is the memory's
 * own then; with it, whether a memory of itself writes through.
 *
 * A leaf that allows nothing cannot have V, or it would point to a table.  Without V all other bits
 * are software's, and X marks it, which no entry without V has for any other reason.
 *
 * Source: The RISC-V Instruction Set Manual, volume II, chapters "Supervisor-Level ISA" (Sv32, Sv39,
 * Sv48), "Svnapot" and "Svpbmt".
 */
#include "quire/port/riscv.h"

enum {
	V = 0x01,
	R = 0x02,
	W = 0x04,
	X = 0x08,
	U = 0x10,
	G = 0x20,
	A = 0x40,
	D = 0x80,
	SOFTWARE_SHIFT = 8,
	PAGE_SHIFT = 12,
	PPN_SHIFT = 10,
	CACHE_SHIFT = 4,    /* of QUIRE_CACHE_MASK */
	CLUSTER_SHIFT = 4,  /* Svnapot: 16 pages */
	CLUSTER_PAGE = 0x8, /* and what their numbers end in */
};

#define N          ((quire_entry)1 << 63)
#define PBMT_SHIFT 61
#define PBMT       ((quire_entry)3 << PBMT_SHIFT)
#define PBMT_NC    ((quire_entry)1 << PBMT_SHIFT)
#define PBMT_IO    ((quire_entry)2 << PBMT_SHIFT)

/* What the sizes differ in besides their levels. */
struct riscv_detail {
	uint8_t ppn_bits; /* of a physical page's number */
	bool extended;    /* Svpbmt and Svnapot */
};

static const struct riscv_detail *detail_of(const struct quire_mmu *mmu)
{
	return mmu->detail;
}

static quire_entry ppn_mask(const struct quire_mmu *mmu)
{
	return (((quire_entry)1 << detail_of(mmu)->ppn_bits) - 1) << PPN_SHIFT;
}

static quire_entry ppn(const struct quire_mmu *mmu, quire_pa pa)
{
	return (pa >> PAGE_SHIFT << PPN_SHIFT) & ppn_mask(mmu);
}

/* The page number of a cluster's entries: all alike. */
static quire_entry cluster_ppn(quire_entry number)
{
	const quire_entry low = (((quire_entry)1 << CLUSTER_SHIFT) - 1) << PPN_SHIFT;

	return (number & ~low) | (quire_entry)CLUSTER_PAGE << PPN_SHIFT;
}

static quire_entry access_bits(unsigned attr)
{
	quire_entry bits = ((attr & QUIRE_READ) ? V | R : 0u) |
			   ((attr & QUIRE_WRITE) ? V | R | W | D : 0u) |
			   ((attr & QUIRE_EXEC) ? V | X : 0u) | ((attr & QUIRE_USER) ? U : 0u);

	return (bits & V) ? bits : bits | X;
}

static quire_entry mode_bits(const struct quire_mmu *mmu, unsigned attr)
{
	unsigned mode = attr & QUIRE_CACHE_MASK;

	if (detail_of(mmu)->extended && mode == QUIRE_UNCACHED)
		return PBMT_NC;
	if (detail_of(mmu)->extended && mode == QUIRE_DEVICE_IO)
		return PBMT_IO;
	return (quire_entry)mode >> CACHE_SHIFT << SOFTWARE_SHIFT;
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	quire_entry entry = A | access_bits(attr) | mode_bits(mmu, attr);

	(void)level;
	(void)target;
	if (attr & QUIRE_LEAF_GLOBAL)
		entry |= G;
	if (attr & QUIRE_LEAF_CLUSTER)
		return entry | N | cluster_ppn(ppn(mmu, pa));
	return entry | ppn(mmu, pa);
}

static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	return ppn(mmu, pa) | V;
}

/* A machine without Svadu or with it switched off faults where a mark is missing; others set it. */
static quire_entry mark(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			unsigned used)
{
	(void)mmu;
	(void)level;
	return (entry & ~(quire_entry)(A | D)) | ((used & QUIRE_ACCESSED) ? A : 0u) |
	       ((used & QUIRE_DIRTY) ? D : 0u);
}

static unsigned mode_of(quire_entry entry)
{
	if (entry & PBMT)
		return (entry & PBMT_NC) ? QUIRE_UNCACHED : QUIRE_DEVICE_IO;
	return (unsigned)(entry >> SOFTWARE_SHIFT) << CACHE_SHIFT & QUIRE_CACHE_MASK;
}

static unsigned attr_of(quire_entry entry)
{
	unsigned access = entry & V ? (unsigned)entry : 0u;

	return mode_of(entry) | ((entry & U) ? QUIRE_USER : 0u) | ((access & R) ? QUIRE_READ : 0u) |
	       ((access & W) ? QUIRE_WRITE : 0u) | ((access & X) ? QUIRE_EXEC : 0u);
}

/* Whether the bits above the page number are as this machine wants them in a leaf. */
static bool top_is_good(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	quire_entry top = entry & ~(ppn_mask(mmu) | (((quire_entry)1 << PPN_SHIFT) - 1));

	if (!detail_of(mmu)->extended)
		return top == 0;
	if ((top & ~(N | PBMT)) || (top & PBMT) == PBMT)
		return false;
	return !(entry & N) || (level + 1u == mmu->levels &&
				(entry & ppn_mask(mmu)) == cluster_ppn(entry & ppn_mask(mmu)));
}

static enum quire_entry_kind kind_of(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	if (!top_is_good(mmu, level, entry))
		return QUIRE_ENTRY_INVALID;
	if (!(entry & V))
		return (entry & (R | W | X)) == X ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
	if (entry & (R | X))
		return (entry & (R | W)) == W ? QUIRE_ENTRY_INVALID : QUIRE_ENTRY_LEAF;
	if ((entry & (W | U | A | D | N | PBMT)) || level + 1u == mmu->levels)
		return QUIRE_ENTRY_INVALID;
	return QUIRE_ENTRY_TABLE;
}

/* The entry has no room for the memory's number: one will do for all. */
static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	quire_entry number = entry & ppn_mask(mmu);

	out->kind = kind_of(mmu, level, entry);
	out->cluster = (entry & N) != 0;
	out->target = QUIRE_RAM;
	if (out->kind == QUIRE_ENTRY_TABLE) { /* all else is about leaves */
		out->pa = number >> PPN_SHIFT << PAGE_SHIFT;
		return;
	}
	if (out->cluster)
		number &= ~((((quire_entry)1 << CLUSTER_SHIFT) - 1) << PPN_SHIFT);
	out->pa = number >> PPN_SHIFT << PAGE_SHIFT;
	out->attr = (uint8_t)attr_of(entry);
	out->used = ((entry & A) ? QUIRE_ACCESSED : 0) | ((entry & D) ? QUIRE_DIRTY : 0);
}

const struct quire_format quire_format_riscv = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
	.mark = mark,
};

static const struct riscv_detail short_pages = {.ppn_bits = 22, .extended = false};
static const struct riscv_detail long_pages = {.ppn_bits = 44, .extended = false};
static const struct riscv_detail extended = {.ppn_bits = 44, .extended = true};

/* Bit (mode >> 4) of each mode that entries cannot say. */
#define MISSING(mode) (1u << ((mode) >> CACHE_SHIFT))
#define MISSING_PLAIN (MISSING(QUIRE_CACHE_WT) | MISSING(QUIRE_UNCACHED) | MISSING(QUIRE_DEVICE_IO))

/* Invalid entries may be cached, by the architecture's leave. */
const struct quire_mmu quire_mmu_sv32 = {
	.name = "sv32",
	.format = &quire_format_riscv,
	.detail = &short_pages,
	.level = {{22, 10, true, 0}, {12, 10, true, 0}},
	.levels = 2,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 34,
	.entry_bytes = 4,
	.missing_modes = MISSING_PLAIN,
};

const struct quire_mmu quire_mmu_sv39 = {
	.name = "sv39",
	.format = &quire_format_riscv,
	.detail = &long_pages,
	.level = {{30, 9, true, 0}, {21, 9, true, 0}, {12, 9, true, 0}},
	.levels = 3,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 56,
	.entry_bytes = 8,
	.missing_modes = MISSING_PLAIN,
};

const struct quire_mmu quire_mmu_sv48 = {
	.name = "sv48",
	.format = &quire_format_riscv,
	.detail = &long_pages,
	.level = {{39, 9, true, 0}, {30, 9, true, 0}, {21, 9, true, 0}, {12, 9, true, 0}},
	.levels = 4,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 56,
	.entry_bytes = 8,
	.missing_modes = MISSING_PLAIN,
};

const struct quire_mmu quire_mmu_sv39_ext = {
	.name = "sv39+svpbmt+svnapot",
	.format = &quire_format_riscv,
	.detail = &extended,
	.level = {{30, 9, true, 0}, {21, 9, true, 0}, {12, 9, true, CLUSTER_SHIFT}},
	.levels = 3,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 56,
	.entry_bytes = 8,
	.missing_modes = MISSING(QUIRE_CACHE_WT),
};

const struct quire_mmu quire_mmu_sv48_ext = {
	.name = "sv48+svpbmt+svnapot",
	.format = &quire_format_riscv,
	.detail = &extended,
	.level = {{39, 9, true, 0},
		  {30, 9, true, 0},
		  {21, 9, true, 0},
		  {12, 9, true, CLUSTER_SHIFT}},
	.levels = 4,
	.flags = QUIRE_MMU_FLUSH_ON_MAP,
	.pa_bits = 56,
	.entry_bytes = 8,
	.missing_modes = MISSING(QUIRE_CACHE_WT),
};
