/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARMv7-A's short descriptors (Arm ARM, ARMv7-A and R edition, B3.5.1).
 *
 *                31         24 23   20 19 18 17 16 15 14 12 11 10 9 8     5 4  3 2 1 0
 *               +-------------+-------+--+--+--+--+--+-----+-----+-+-------+--+-+-+---+
 *  section      |  physical address   | 0| 0|nG| S|AP| TEX |AP AF|0| 0 0 0 0|XN|C|B|1 0|
 *  supersection |  pa         | 0 0 0 0 0| 1|nG| S|AP| TEX |AP AF|0| 0 0 0 0|XN|C|B|1 0|
 *               +-------------+-------+--+--+--+--+--+-----+-----+-+-------+--+-+-+---+
 *  table        |  physical address, 31 to 10              |     |0| 0 0 0 0| 0|0|0|0 1|
 *               +------------------------------------------------+-+-------+--+-+-+---+
 *
 *                31               16 15 14 12 11 10  9 8   6 5  4 3 2 1 0
 *               +-------------------+--+-----+--+--+--+-----+-----+-+-+--+--+
 *  large page   |  physical address |XN| TEX |nG| S|AP| 0 0 0|AP AF|C|B| 0  1|
 *  small page   |  physical address, 31..12  |nG| S|AP| TEX |AP AF|C|B| 1|XN|
 *               +----------------------------+--+--+-----+-----+-+-+--+--+
 *
 * With SCTLR.TRE the region (how memory is cached) is TEX[0], C and B, and TEX[2:1] are software's;
 * the region's number is the cache mode's.  With SCTLR.AFE, AP[0] is the access flag.  TEX[2] says that
 * a leaf may be written: with AP[2] set all the same, it is clean, and the first write faults.
 *
 * A leaf that allows nothing has the type of an invalid entry, 00, in which all other bits are
 * software's.  S, which every leaf has, marks it, and TEX[1] of a small page that it is one of a
 * cluster.
 *
 * Level 0 and level 1 have the same fields in other places.  So entries are put together as a small
 * page, which has all of them, and the fields are moved to where the kind of leaf wants them.
 */
#include "quire/port/arm.h"

/* Fields of a small page. */
enum {
	XN = 1u << 0,
	SMALL = 1u << 1,
	REGION_SHIFT = 2, /* C and B */
	AF = 1u << 4,
	USER = 1u << 5,     /* AP[1] */
	CLUSTER = 1u << 7,  /* TEX[1]: of a leaf that allows nothing, and on its way */
	WRITABLE = 1u << 8, /* TEX[2] */
	TEX = 7u << 6,
	RO = 1u << 9, /* AP[2] */
	S = 1u << 10,
	NG = 1u << 11,
	FIELDS = 0xfff,
	CACHE_SHIFT = 4, /* of QUIRE_CACHE_MASK */
};

/* What stands elsewhere in other entries. */
enum {
	TYPE = 3u,
	TABLE = 1u,
	SECTION = 2u,
	LARGE = 1u,
	SECTION_XN = 1u << 4,
	SECTION_UP = 6, /* nG, S, AP and TEX are that much further up than in a small page */
	SUPER = 1u << 18,
	DOMAIN = 15u << 5,
	LARGE_XN = 1u << 15,
	LARGE_TEX_UP = 6,
};

#define RUN_BITS 4 /* 16 alike make a larger one */

/* -- from attributes to the fields, and back -- */

static uint32_t fields_of(unsigned attr)
{
	uint32_t fields = S | AF | (attr & QUIRE_CACHE_MASK) >> CACHE_SHIFT << REGION_SHIFT;

	fields |= (attr & QUIRE_WRITE) ? WRITABLE : RO;
	fields |= (attr & QUIRE_EXEC) ? 0u : XN;
	fields |= (attr & QUIRE_USER) ? USER : 0u;
	fields |= (attr & QUIRE_LEAF_GLOBAL) ? 0u : NG;
	fields |= (attr & QUIRE_LEAF_CLUSTER) ? CLUSTER : 0u;
	return fields | ((attr & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC)) ? SMALL : 0u);
}

static void attr_of(uint32_t fields, struct quire_decoded *out)
{
	unsigned attr = fields >> REGION_SHIFT << CACHE_SHIFT & QUIRE_CACHE_MASK;

	attr |= (fields & USER) ? QUIRE_USER : 0u;
	if (fields & SMALL)
		attr |= QUIRE_READ | ((fields & WRITABLE) ? QUIRE_WRITE : 0u) |
			((fields & XN) ? 0u : QUIRE_EXEC);
	out->attr = (uint8_t)attr;
	out->used = (uint8_t)(((fields & AF) ? QUIRE_ACCESSED : 0u) |
			      ((fields & RO) ? 0u : QUIRE_DIRTY));
	out->cluster = (fields & CLUSTER) != 0;
}

/* -- from the fields to each kind of leaf, and back -- */

static uint32_t to_section(uint32_t f)
{
	return (f & (NG | S | RO | (TEX & ~CLUSTER) | USER | AF)) << SECTION_UP |
	       (f & (3u << REGION_SHIFT)) | ((f & SMALL) ? SECTION : 0u) |
	       ((f & XN) ? SECTION_XN : 0u) | ((f & CLUSTER) ? SUPER : 0u);
}

static uint32_t of_section(uint32_t entry)
{
	return (entry >> SECTION_UP & (NG | S | RO | (TEX & ~CLUSTER) | USER | AF)) |
	       (entry & (3u << REGION_SHIFT)) | ((entry & SECTION) ? SMALL : 0u) |
	       ((entry & SECTION_XN) ? XN : 0u) | ((entry & SUPER) ? CLUSTER : 0u);
}

static uint32_t to_large(uint32_t f)
{
	return (f & ~(uint32_t)(TEX | XN | SMALL)) | (f & WRITABLE) << LARGE_TEX_UP |
	       ((f & XN) ? LARGE_XN : 0u) | LARGE;
}

static uint32_t of_large(uint32_t entry)
{
	return (entry & FIELDS & ~(uint32_t)(TEX | TYPE)) | (entry >> LARGE_TEX_UP & WRITABLE) |
	       ((entry & LARGE_XN) ? XN : 0u) | SMALL | CLUSTER;
}

/* A leaf that allows nothing: 00, whatever the page. */
static uint32_t to_page(uint32_t f)
{
	if (!(f & SMALL))
		return f & ~(uint32_t)XN;
	return (f & CLUSTER) ? to_large(f) : f;
}

static uint32_t of_page(uint32_t entry)
{
	return (entry & TYPE) == LARGE ? of_large(entry) : entry & FIELDS;
}

/* -- the format -- */

static uint32_t assemble(unsigned level, uint32_t fields)
{
	return level == 0 ? to_section(fields) : to_page(fields);
}

static uint32_t take_apart(unsigned level, uint32_t entry)
{
	return level == 0 ? of_section(entry) : of_page(entry);
}

/* The bits of an address that a leaf names. */
static uint32_t address_mask(const struct quire_mmu *mmu, unsigned level, bool cluster)
{
	return ~(uint32_t)0 << (mmu->level[level].shift + (cluster ? RUN_BITS : 0));
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	bool cluster = (attr & QUIRE_LEAF_CLUSTER) != 0;

	(void)target;
	return ((uint32_t)pa & address_mask(mmu, level, cluster)) |
	       assemble(level, fields_of(attr));
}

static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	(void)mmu;
	return ((uint32_t)pa & ~(uint32_t)0x3ff) | TABLE;
}

static enum quire_entry_kind kind_of(unsigned level, uint32_t entry)
{
	if (level == 0 && (entry & TYPE) == TABLE)
		return entry & DOMAIN ? QUIRE_ENTRY_INVALID : QUIRE_ENTRY_TABLE;
	if (level == 0 && (entry & DOMAIN))
		return QUIRE_ENTRY_INVALID; /* the core faults: only domain 0 is open */
	if ((entry & TYPE) == 0)
		return take_apart(level, entry) & S ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
	return QUIRE_ENTRY_LEAF;
}

static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	uint32_t word = (uint32_t)entry;

	out->kind = kind_of(level, word);
	out->target = QUIRE_RAM; /* there is one memory, and no room for its number */
	attr_of(take_apart(level, word), out);
	if (out->kind == QUIRE_ENTRY_TABLE)
		out->pa = word & ~(uint32_t)0x3ff;
	else
		out->pa = word & address_mask(mmu, level, out->cluster);
}

/* Dirty can only be what may be written. */
static quire_entry mark(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			unsigned used)
{
	uint32_t word = (uint32_t)entry, fields = take_apart(level, word);
	uint32_t pa = word & address_mask(mmu, level, (fields & CLUSTER) != 0);

	fields = (fields & ~(uint32_t)AF) | RO | ((used & QUIRE_ACCESSED) ? AF : 0u);
	if ((used & QUIRE_DIRTY) && (fields & WRITABLE))
		fields &= ~(uint32_t)RO;
	return pa | assemble(level, fields);
}

const struct quire_format quire_format_armv7 = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
	.mark = mark,
};

static const struct quire_armv7_detail whole = {false}, half = {true};

/* Invalid entries are not cached (B3.9); what is valid must go before another takes its place
   (B3.10.1). */
const struct quire_mmu quire_mmu_armv7 = {
	.name = "armv7",
	.format = &quire_format_armv7,
	.detail = &whole,
	.level = {{20, 12, true, RUN_BITS}, {12, 8, true, RUN_BITS}},
	.levels = 2,
	.flags = QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_KERNEL_RUNS_USER,
	.pa_bits = 32,
	.entry_bytes = 4,
};

const struct quire_mmu quire_mmu_armv7_kernel = {
	.name = "armv7-kernel",
	.format = &quire_format_armv7,
	.detail = &half,
	.level = {{20, 12, true, RUN_BITS}, {12, 8, true, RUN_BITS}},
	.levels = 2,
	.flags = QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_KERNEL_RUNS_USER,
	.pa_bits = 32,
	.entry_bytes = 4,
};

const struct quire_mmu quire_mmu_armv7_user = {
	.name = "armv7-user",
	.format = &quire_format_armv7,
	.detail = &half,
	.level = {{20, 11, true, RUN_BITS}, {12, 8, true, RUN_BITS}},
	.levels = 2,
	.flags = QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_KERNEL_RUNS_USER,
	.pa_bits = 32,
	.entry_bytes = 4,
};
