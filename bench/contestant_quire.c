/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire as a contestant: one window, one memory, one table of one level, and the public calls with
 * all they do: argument checks, the lock, references and the physical conflict check.  Filling in
 * the request is part of what is measured, as it is for a user.
 */
#include "quire/space.h"

#include "bench.h"

struct self {
	struct quire_space space;
	struct quire_walker walker;
	struct quire_mmu mmu;
	struct bench_table table;
};

#define VALID ((quire_entry)1)

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, unsigned target, quire_pa pa,
			unsigned attr)
{
	(void)mmu;
	(void)level;
	(void)target;
	(void)attr;
	return (pa >> BENCH_PAGE_SHIFT) << 1 | VALID;
}

static quire_entry table_entry(const struct quire_mmu *mmu, quire_pa table)
{
	(void)table;
	return mmu->invalid;
}

static void decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		   struct quire_decoded *out)
{
	(void)mmu;
	(void)level;
	out->kind = entry & VALID ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
	out->pa = (quire_pa)(entry >> 1) << BENCH_PAGE_SHIFT;
	out->target = 0;
	out->attr = QUIRE_READ | QUIRE_WRITE;
}

static quire_entry port_read(void *ctx, quire_pa table, unsigned index)
{
	(void)table;
	return ((struct bench_table *)ctx)->entry[index];
}

static void port_write(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		       quire_entry step)
{
	(void)table;
	bench_table_write(ctx, index, first, count, step);
}

static void port_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	(void)ctx;
	(void)walk;
	(void)size;
	(void)what;
}

static const struct quire_format format = {
	.leaf = leaf,
	.table = table_entry,
	.decode = decode,
};
static const struct quire_port port = {.read = port_read, .write = port_write, .flush = port_flush};

static int lock_nothing(void *ctx)
{
	(void)ctx;
	return 0;
}

static void unlock_nothing(void *ctx)
{
	(void)ctx;
}

static const struct quire_window *window(const struct bench_arena *arena)
{
	static struct quire_window w;

	w = (struct quire_window){.name = "window",
				  .base = BENCH_WINDOW_BASE,
				  .exec_base = BENCH_WINDOW_BASE,
				  .size = arena->pages * BENCH_PAGE,
				  .caps = QUIRE_CAP_MASK,
				  .targets = QUIRE_TARGET_BIT(0)};
	return &w;
}

static const struct quire_memory *memory(const struct bench_arena *arena)
{
	static struct quire_memory m;

	m = (struct quire_memory){
		.name = "memory", .size = arena->memory_pages * BENCH_PAGE, .caps = QUIRE_CAP_MASK};
	return &m;
}

static struct quire_space_config config(const struct bench_arena *arena)
{
	return (struct quire_space_config){.windows = window(arena),
					   .memories = memory(arena),
					   .window_count = 1,
					   .memory_count = 1,
					   .walker_count = 1,
					   .lock = {lock_nothing, unlock_nothing, NULL}};
}

static size_t round8(size_t size)
{
	return (size + 7) / 8 * 8;
}

static size_t need(const struct bench_arena *arena)
{
	struct quire_space_config c = config(arena);

	return round8(sizeof(struct self)) +
	       round8(bench_entry_count(arena) * sizeof(quire_entry)) +
	       (size_t)quire_space_memory_size(&c, arena->mappings);
}

static uint8_t log2_of(uint32_t power)
{
	uint8_t bits = 0;

	while (power >> bits > 1)
		bits++;
	return bits;
}

/* Lay out self, entries and book in `raw`, and open the space. */
static void *open_with(const struct bench_arena *arena, void *raw, struct quire_lock lock)
{
	struct self *self = raw;
	struct quire_space_config c = config(arena);
	uint32_t entries = bench_entry_count(arena);
	char *next = (char *)raw + round8(sizeof *self);

	self->table = (struct bench_table){(quire_entry *)(void *)next, arena->writes};
	for (uint32_t i = 0; i < entries; i++)
		self->table.entry[i] = 0;
	self->mmu = (struct quire_mmu){.name = "plain array",
				       .format = &format,
				       .level = {{BENCH_PAGE_SHIFT, log2_of(entries), true, 0}},
				       .levels = 1,
				       .pa_bits = QUIRE_WIDTH == 16 ? 32 : 44};
	self->walker =
		(struct quire_walker){.mmu = &self->mmu, .port = &port, .port_ctx = &self->table};
	c.walkers = &self->walker;
	c.lock = lock;
	c.memory = next + round8(entries * sizeof(quire_entry));
	c.memory_size = quire_space_memory_size(&c, arena->mappings);
	return quire_space_init(&self->space, &c) < 0 ? NULL : self;
}

static void *open(const struct bench_arena *arena, void *raw)
{
	return open_with(arena, raw, (struct quire_lock){lock_nothing, unlock_nothing, NULL});
}

static int map(void *self, quire_pa pa, quire_size size, quire_va *va)
{
	struct quire_want want = {.pa = pa, .size = size, .attr = QUIRE_READ | QUIRE_WRITE};
	struct quire_got got;
	int result = quire_space_map(&((struct self *)self)->space, &want, &got);

	if (result >= 0)
		*va = got.va;
	return result;
}

static int map_at(void *self, quire_va va, quire_pa pa, quire_size size)
{
	struct quire_want want = {.pa = pa, .size = size, .attr = QUIRE_READ | QUIRE_WRITE};
	struct quire_got got;

	return quire_space_map_at(&((struct self *)self)->space, va, &want, &got);
}

static int unmap(void *self, quire_va va, quire_size size)
{
	(void)size;
	return quire_space_unmap(&((struct self *)self)->space, va);
}

static int query(void *self, quire_va va)
{
	struct quire_extent_info info;

	return quire_space_query(&((struct self *)self)->space, va, &info);
}

static int translate(void *self, quire_va va, quire_pa *pa)
{
	return quire_space_to_physical(&((struct self *)self)->space, va, pa, NULL);
}

static int reverse(void *self, quire_pa pa, quire_va *va)
{
	struct quire_alias_cursor cursor = {0};

	return quire_space_to_virtual(&((struct self *)self)->space, 0, pa, &cursor, va);
}

struct quire_space *bench_quire_space(void *self)
{
	return &((struct self *)self)->space;
}

#define CALLS need, open, map, map_at, unmap, query, translate, reverse

#if QUIRE_WIDTH == 16
#define NAME "quire16"
#else
#define NAME "quire32"
#endif

const struct bench_contestant bench_quire = {NAME, false, CALLS};

#ifndef BENCH_BARE
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int lock_mutex(void *ctx)
{
	return -pthread_mutex_lock(ctx);
}

static void unlock_mutex(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

static void *open_mutex(const struct bench_arena *arena, void *raw)
{
	return open_with(arena, raw, (struct quire_lock){lock_mutex, unlock_mutex, &mutex});
}

const struct bench_contestant *bench_quire_mutex(void)
{
	static struct bench_contestant with_mutex;

	with_mutex = bench_quire;
	with_mutex.name = NAME "+mutex";
	with_mutex.open = open_mutex;
	return &with_mutex;
}
#endif
