/* SPDX-License-Identifier: Apache-2.0 */
#include "model/hardware.h"

#include <stdlib.h>
#include <string.h>

#define VALID        1u
#define LEAF         2u
#define ATTR_SHIFT   2
#define TARGET_SHIFT 8
#define CLUSTER      (1u << 11)
#define NUMBER_SHIFT 12

static unsigned page_shift(const struct quire_mmu *mmu)
{
	return mmu->level[mmu->levels - 1].shift;
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	bool cluster = attr & QUIRE_LEAF_CLUSTER;

	if (cluster && mmu->detail == HARDWARE_ALIKE)
		pa &= ~(((quire_pa)1 << (mmu->level[level].shift + mmu->level[level].cluster)) - 1);
	return VALID | LEAF | (cluster ? CLUSTER : 0) |
	       (quire_entry)(attr & QUIRE_ATTR_MASK) << ATTR_SHIFT |
	       (quire_entry)target << TARGET_SHIFT |
	       (quire_entry)(pa >> page_shift(mmu)) << NUMBER_SHIFT;
}

/* Tables are numbered in units of 64 bytes, which the smallest of them has. */
static quire_entry table(const struct quire_mmu *mmu, quire_pa address)
{
	(void)mmu;
	return VALID | (quire_entry)(address >> 6) << NUMBER_SHIFT;
}

static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	unsigned unit = entry & LEAF ? page_shift(mmu) : 6;

	(void)level;
	out->kind = !(entry & VALID) ? QUIRE_ENTRY_INVALID
		    : entry & LEAF   ? QUIRE_ENTRY_LEAF
				     : QUIRE_ENTRY_TABLE;
	out->pa = (quire_pa)(entry >> NUMBER_SHIFT) << unit;
	out->target = entry >> TARGET_SHIFT & 7;
	out->attr = entry >> ATTR_SHIFT & 0x3f;
	out->cluster = (entry & LEAF) && (entry & CLUSTER);
	out->used = QUIRE_USED_MASK;
}

const char hardware_alike[] = "alike";

const struct quire_format hardware_format = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
};

uint32_t hardware_table_bytes(unsigned bits)
{
	uint32_t bytes = (uint32_t)sizeof(quire_entry) << bits;

	return bytes < 64 ? 64 : bytes;
}

quire_pa hardware_pool_base(const struct quire_mmu *mmu)
{
	uint32_t root = hardware_table_bytes(mmu->level[0].bits);
	uint32_t unit = mmu->levels > 1 ? hardware_table_bytes(mmu->level[1].bits) : 64;

	return (root + unit - 1) / unit * unit;
}

bool hardware_init(struct hardware *hw, const struct quire_mmu *mmu, uint32_t count)
{
	size_t bytes = hardware_pool_base(mmu);

	if (mmu->levels > 1)
		bytes += (size_t)count * hardware_table_bytes(mmu->level[1].bits);
	memset(hw, 0, sizeof(*hw));
	hw->mmu = mmu;
	hw->entries = bytes / sizeof(quire_entry);
	hw->tables = malloc(bytes);
	hw->broken = calloc(hw->entries, sizeof(quire_entry));
	if (hw->tables == NULL || hw->broken == NULL) {
		hardware_free(hw);
		return false;
	}
	for (size_t i = 0; i < hw->entries; i++)
		hw->tables[i] = mmu->invalid;
	return true;
}

void hardware_free(struct hardware *hw)
{
	free(hw->tables);
	free(hw->broken);
	memset(hw, 0, sizeof(*hw));
}

static void complain(struct hardware *hw, const char *what)
{
	if (hw->complaint == NULL)
		hw->complaint = what;
}

/* The place of an entry in the array, or 0 and a complaint. */
static size_t locate(struct hardware *hw, quire_pa address, unsigned index)
{
	size_t at = (size_t)(address / sizeof(quire_entry)) + index;

	if (at < hw->entries)
		return at;
	complain(hw, "an entry outside of the tables");
	return 0;
}

static int prepare(void *ctx, const struct quire_change *change)
{
	struct hardware *hw = ctx;
	quire_size mask = ((quire_size)1 << page_shift(hw->mmu)) - 1;

	hw->prepares++;
	if (change->size == 0 || (change->walk & mask) || (change->size & mask))
		complain(hw, "a change that is not whole pages");
	if (hw->prepare_in != 0 && --hw->prepare_in == 0)
		return hw->refusal;
	return 0;
}

static quire_entry read(void *ctx, quire_pa address, unsigned index)
{
	struct hardware *hw = ctx;

	return hw->tables[locate(hw, address, index)];
}

/* Whether two valid entries differ in nothing but the access that they allow. */
static bool same_but_access(quire_entry a, quire_entry b)
{
	return (a & LEAF) && ((a ^ b) & ~((quire_entry)QUIRE_ACCESS_MASK << ATTR_SHIFT)) == 0;
}

/* One entry; machines that want break-before-make see whether they got it. */
static void write_one(struct hardware *hw, size_t at, quire_entry entry)
{
	quire_entry old = hw->tables[at];

	if (hw->mmu->flags & QUIRE_MMU_BREAK_BEFORE_MAKE) {
		if ((old & VALID) && (entry & VALID) && old != entry &&
		    !same_but_access(old, entry))
			complain(hw, "a valid entry was replaced by another valid one");
		if (hw->broken[at] && (entry & VALID) && hw->broken[at] != entry)
			complain(hw, "no flush between an entry's end and its replacement");
		if ((old & VALID) && !(entry & VALID))
			hw->broken[at] = old;
	}
	hw->tables[at] = entry;
}

static void write(void *ctx, quire_pa address, unsigned index, quire_entry first, unsigned count,
		  quire_entry step)
{
	struct hardware *hw = ctx;

	hw->writes++;
	for (unsigned i = 0; i < count; i++, first += step)
		write_one(hw, locate(hw, address, index + i), first);
}

/* Whether a flush's range touches what is remembered: a leaf counts for the page alone, as a TLB may
   keep it in pieces; an entry found invalid for all that it covers. */
static bool touches(const struct hardware_tlb *t, quire_va walk, quire_size size)
{
	quire_size span = (quire_size)1 << t->says.shift;
	quire_va start = t->page & ~(span - 1);

	if (t->says.kind == QUIRE_ENTRY_LEAF)
		return t->page - walk < size;
	return walk - start < span || start - walk < size;
}

/* log2 of what the entry by itself covers that a translation was found in. */
static unsigned entry_shift(const struct hardware *hw, const struct quire_decoded *says)
{
	unsigned shift = 0;

	for (unsigned level = 0; level < hw->mmu->levels; level++) {
		const struct quire_level *l = &hw->mmu->level[level];

		if (says->shift == l->shift + (says->cluster ? l->cluster : 0))
			shift = l->shift;
	}
	return shift;
}

/* Whether a flush reaches what is remembered.  One that is not about tables leaves what was found below a
   table that has gone since, or invalid where a table has come; one that is about fresh entries drops
   what was found invalid. */
static bool reaches(const struct hardware *hw, const struct hardware_tlb *t, unsigned what)
{
	struct quire_decoded now;

	if ((what & QUIRE_FLUSH_FRESH) && t->says.kind == QUIRE_ENTRY_LEAF)
		return false;
	if (what & QUIRE_FLUSH_TABLES)
		return true;
	hardware_walk(hw, t->page, &now);
	if (t->says.kind == QUIRE_ENTRY_LEAF) /* found below a table that has gone? */
		return entry_shift(hw, &now) <= entry_shift(hw, &t->says);
	return entry_shift(hw, &now) >= entry_shift(hw, &t->says); /* where a table has come? */
}

static void flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	struct hardware *hw = ctx;

	hw->flushes++;
	for (unsigned i = 0; i < HARDWARE_TLB; i++)
		if (hw->tlb[i].used && touches(&hw->tlb[i], walk, size) &&
		    reaches(hw, &hw->tlb[i], what))
			hw->tlb[i].used = false;
	if (hw->mmu->flags & QUIRE_MMU_BREAK_BEFORE_MAKE)
		memset(hw->broken, 0, hw->entries * sizeof(quire_entry));
}

/* Whether the cache may hold something of a page that memory does not have. */
static bool may_be_dirty(const struct hardware *hw, quire_va page)
{
	struct quire_decoded says;

	hardware_walk(hw, page, &says);
	return says.kind == QUIRE_ENTRY_LEAF && (says.attr & QUIRE_WRITE) &&
	       (says.attr & QUIRE_CACHE_MASK) == QUIRE_CACHE_WB;
}

static void sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	struct hardware *hw = ctx;
	quire_size page = (quire_size)1 << page_shift(hw->mmu);

	hw->syncs++;
	hw->sync = (struct hardware_sync){walk, size, how};
	if (hw->asked)
		return;
	if (how != QUIRE_SYNC_WRITE_BACK || ((walk | size) & (page - 1)) != 0)
		complain(hw, "a sync that nobody asked for");
	for (quire_size done = 0; done < size; done += page) {
		if (!may_be_dirty(hw, walk + done))
			complain(hw, "a page written back that cannot be dirty, or has gone");
		page_set_add(&hw->written, walk + done);
	}
}

const struct quire_port hardware_port = {
	.prepare = prepare, .read = read, .write = write, .flush = flush, .sync = sync};

void hardware_walk(const struct hardware *hw, quire_va walk, struct quire_decoded *out)
{
	const struct quire_mmu *mmu = hw->mmu;
	quire_pa address = 0;

	for (unsigned level = 0; level < mmu->levels; level++) {
		const struct quire_level *l = &mmu->level[level];
		unsigned shift = l->shift;
		quire_va mask;

		size_t at = (size_t)(address / sizeof(quire_entry)) +
			    ((size_t)(walk >> l->shift) & (((size_t)1 << l->bits) - 1));
		memset(out, 0, sizeof(*out));
		decode(mmu, level, hw->tables[at], out);
		if (out->kind == QUIRE_ENTRY_LEAF) {
			shift += out->cluster ? l->cluster : 0u;
			mask = ((quire_va)1 << shift) - 1;
			out->shift = (uint8_t)shift;
			out->pa = (out->pa & ~(quire_pa)mask) +
				  ((walk & mask) >> page_shift(mmu) << page_shift(mmu));
			return;
		}
		out->shift = (uint8_t)shift;
		if (out->kind == QUIRE_ENTRY_INVALID)
			return;
		address = out->pa;
	}
	memset(out, 0, sizeof(*out));
}

void hardware_access(struct hardware *hw, quire_va walk, struct quire_decoded *out)
{
	quire_va page = walk >> page_shift(hw->mmu) << page_shift(hw->mmu);
	uint32_t hash = (uint32_t)(page >> page_shift(hw->mmu)) * 2654435761u;
	struct hardware_tlb *t = &hw->tlb[hash >> 26];

	if (!t->used || t->page != page) {
		t->page = page;
		hardware_walk(hw, page, &t->says);
		t->used = t->says.kind == QUIRE_ENTRY_LEAF ||
			  (hw->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP);
	}
	*out = t->says;
}

bool hardware_same(const struct quire_decoded *a, const struct quire_decoded *b)
{
	if (a->kind != QUIRE_ENTRY_LEAF || b->kind != QUIRE_ENTRY_LEAF)
		return a->kind == b->kind;
	return a->pa == b->pa && a->target == b->target && a->attr == b->attr;
}
