/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two floors.  "array" writes the entries of each request and decides nothing: what the
 * hardware would cost anybody.  "nothing" is an empty function: what calling costs, to be
 * subtracted where instructions are counted.
 */
#include "bench.h"

struct self {
	struct bench_table table;
	uint32_t pages;
};

#define HEAD 64u /* bytes before the entries */

static size_t need(const struct bench_arena *arena)
{
	return HEAD + arena->pages * sizeof(quire_entry);
}

static void *open(const struct bench_arena *arena, void *memory)
{
	struct self *self = memory;

	self->table.entry = (quire_entry *)(void *)((char *)memory + HEAD);
	self->table.writes = arena->writes;
	self->pages = arena->pages;
	return self;
}

/* Some place that depends on the physical page: everywhere in the window over time. */
static int map(void *raw, quire_pa pa, quire_size size, quire_va *va)
{
	struct self *self = raw;
	uint32_t phys = (uint32_t)(pa >> BENCH_PAGE_SHIFT);
	uint32_t pages = (uint32_t)(size >> BENCH_PAGE_SHIFT);
	uint32_t start = (uint32_t)((uint64_t)(phys * 2654435769u) * (self->pages - 16) >> 32);

	bench_table_write(&self->table, start, (quire_entry)phys << 1 | 1, pages, 2);
	*va = BENCH_WINDOW_BASE + start * BENCH_PAGE;
	return 0;
}

static int unmap(void *raw, quire_va va, quire_size size)
{
	struct self *self = raw;

	bench_table_write(&self->table, (uint32_t)((va - BENCH_WINDOW_BASE) >> BENCH_PAGE_SHIFT), 0,
			  (uint32_t)(size >> BENCH_PAGE_SHIFT), 0);
	return 0;
}

static int nothing_map(void *self, quire_pa pa, quire_size size, quire_va *va)
{
	(void)self;
	(void)pa;
	(void)size;
	(void)va;
	return 0;
}

static int nothing_map_at(void *self, quire_va va, quire_pa pa, quire_size size)
{
	(void)self;
	(void)va;
	(void)pa;
	(void)size;
	return 0;
}

static int nothing_unmap(void *self, quire_va va, quire_size size)
{
	(void)self;
	(void)va;
	(void)size;
	return 0;
}

static int nothing_query(void *self, quire_va va)
{
	(void)self;
	(void)va;
	return 0;
}

static int nothing_translate(void *self, quire_va va, quire_pa *pa)
{
	(void)self;
	(void)va;
	(void)pa;
	return 0;
}

const struct bench_contestant bench_array = {"array", false, need, open, map,
					     NULL,    unmap, NULL, NULL, NULL};

const struct bench_contestant bench_nothing = {"nothing",
					       false,
					       need,
					       open,
					       nothing_map,
					       nothing_map_at,
					       nothing_unmap,
					       nothing_query,
					       nothing_translate,
					       nothing_translate};
