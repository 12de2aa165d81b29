/* SPDX-License-Identifier: Apache-2.0 */
/* The toy machines' format and short hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "toy.h"

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	(void)mmu;
	(void)level;
	return (pa & 0xfffff000u) | target << 8 | attr << 2 | 3u;
}

static quire_entry table(const struct quire_mmu *mmu, quire_pa pa)
{
	(void)mmu;
	/* Tables are 64 bytes: their address needs six more bits, which stand where attributes do.
	 */
	return (pa & 0xffffffc0u) | 1u;
}

static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	(void)mmu;
	(void)level;
	out->kind = !(entry & 1)  ? QUIRE_ENTRY_INVALID
		    : (entry & 2) ? QUIRE_ENTRY_LEAF
				  : QUIRE_ENTRY_TABLE;
	out->pa = entry & (out->kind == QUIRE_ENTRY_LEAF ? 0xfffff000u : 0xffffffc0u);
	out->target = (uint8_t)(entry >> 8 & 0xf);
	out->attr = (uint8_t)(entry >> 2 & QUIRE_ATTR_MASK);
}

static const struct quire_format format = {
	.leaf = leaf,
	.table = table,
	.decode = decode,
};

#define CLUSTER  (1u << 9)
#define DIRTY    (1u << 10)
#define ACCESSED (1u << 11)

static const char alike_detail[] = "alike";

static quire_entry rich_leaf(const struct quire_mmu *mmu, unsigned level, unsigned target,
			     quire_pa pa, unsigned attr)
{
	const struct quire_level *l = &mmu->level[level];
	quire_entry entry = (target & 1u) << 8 | (attr & QUIRE_ATTR_MASK) << 2 | 3u | ACCESSED |
			    (attr & QUIRE_WRITE ? DIRTY : 0u);

	if (attr & QUIRE_LEAF_CLUSTER) {
		entry |= CLUSTER;
		if (mmu->detail == alike_detail)
			pa &= ~(((quire_pa)1 << (l->shift + l->cluster)) - 1);
	}
	return entry | (pa & 0xfffff000u);
}

static void rich_decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			struct quire_decoded *out)
{
	decode(mmu, level, entry, out);
	out->target = entry >> 8 & 1u;
	out->cluster = (entry & 2u) && (entry & CLUSTER);
	out->used = (uint8_t)((entry & ACCESSED ? QUIRE_ACCESSED : 0u) |
			      (entry & DIRTY ? QUIRE_DIRTY : 0u));
}

static quire_entry rich_mark(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			     unsigned used)
{
	(void)mmu;
	(void)level;
	entry &= ~(quire_entry)(ACCESSED | DIRTY);
	return entry | (used & QUIRE_ACCESSED ? ACCESSED : 0u) | (used & QUIRE_DIRTY ? DIRTY : 0u);
}

static const struct quire_format rich_format = {
	.leaf = rich_leaf,
	.table = table,
	.decode = rich_decode,
	.mark = rich_mark,
};

struct quire_mmu toy_mmu_clusters(unsigned levels, unsigned flags, bool alike)
{
	struct quire_mmu mmu = toy_mmu(levels, flags);

	mmu.format = &rich_format;
	mmu.detail = alike ? alike_detail : NULL;
	for (unsigned l = 0; l < levels && levels > 1; l++)
		mmu.level[l].cluster = 2;
	return mmu;
}

struct quire_mmu toy_mmu(unsigned levels, unsigned flags)
{
	struct quire_mmu mmu = {.name = "toy",
				.format = &format,
				.levels = (uint8_t)levels,
				.flags = (uint8_t)flags,
				.pa_bits = 32};

	for (unsigned l = 0; l < levels; l++)
		mmu.level[l] =
			(struct quire_level){(uint8_t)(12 + 4 * (levels - 1 - l)), 4, true, 0};
	return mmu;
}

quire_entry toy_leaf(quire_pa pa, unsigned target, unsigned attr)
{
	return leaf(NULL, 0, target, pa, attr);
}

quire_entry toy_table(quire_pa at)
{
	return table(NULL, at);
}

void toy_init(struct toy *toy, unsigned levels, unsigned flags)
{
	toy_init_as(toy, toy_mmu(levels, flags), QUIRE_SIM_MARKS_IGNORED);
}

void toy_init_as(struct toy *toy, struct quire_mmu mmu, unsigned marks)
{
	const struct quire_sim_config config = {
		.mmu = &toy->mmu,
		.memory = toy->memory,
		.base = TOY_BASE,
		.bytes = sizeof(toy->memory),
		.root = TOY_BASE,
		.entry_bytes = 4,
		.tlb = toy->tlb,
		.tlb_entries = TOY_TLB,
		.marks = (uint8_t)marks,
	};

	toy->mmu = mmu;
	assert_int_equal(quire_sim_init(&toy->sim, &config), 0);
}

quire_pa toy_at(unsigned n)
{
	return TOY_BASE + n * TOY_TABLE;
}

void toy_write(struct toy *toy, unsigned n, unsigned index, quire_entry entry)
{
	quire_sim_port.write(&toy->sim, toy_at(n), index, entry, 1, 0);
}

void toy_flush(struct toy *toy, quire_va walk, quire_size size)
{
	quire_sim_port.flush(&toy->sim, walk, size, QUIRE_FLUSH_TABLES);
}

quire_pa toy_read(struct toy *toy, quire_va walk)
{
	quire_pa pa = (quire_pa) ~(quire_pa)0;

	(void)quire_sim_access(&toy->sim, walk, QUIRE_READ, &pa, NULL);
	return pa;
}

enum quire_sim_fault toy_fault(struct toy *toy, quire_va walk, unsigned kind)
{
	return quire_sim_access(&toy->sim, walk, kind, NULL, NULL);
}
