/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire as a contestant of virtual memory: quire_vm_map() and quire_vm_unmap() in one window from the
 * top down, RAM in one bank, RISC-V's Sv39 in plain memory.  Filling in the request is part of what is
 * measured, as it is for a user; so are argument checks, and the book that knows each mapping.
 */
#include <stdlib.h>
#include <string.h>

#include "quire/port/riscv.h"
#include "vm_quire.h"

#define TABLE_BYTES 4096u
#define TARGET      0u
#define GIB         0x40000000u

/* -- tables: an address of one is its place among them -- */

static quire_entry port_read(void *ctx, quire_pa table, unsigned index)
{
	const struct vm_quire *self = ctx;

	return ((const volatile uint64_t *)self->tables)[table / sizeof(uint64_t) + index];
}

static void port_write(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		       quire_entry step)
{
	const struct vm_quire *self = ctx;
	volatile uint64_t *entry = self->tables + table / sizeof(uint64_t) + index;

	for (; count > 0; count--, first += step)
		*entry++ = first;
}

static void port_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	struct vm_quire *self = ctx;

	(void)walk, (void)size, (void)what;
	self->flushes++;
}

static const struct quire_port port = {.read = port_read, .write = port_write, .flush = port_flush};

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	const struct vm_quire *self = ctx;

	memset(self->ram + (pa - VM_RAM), 0, size);
}

/* -- map and unmap -- */

static uint64_t map(void *raw, uint32_t pages)
{
	struct vm_quire *self = raw;
	struct quire_vm_want want = {.size = (quire_size)pages * VM_PAGE,
				     .attr = QUIRE_READ | QUIRE_WRITE,
				     .flags = QUIRE_VM_GUARDS | (self->ram ? 0u : QUIRE_VM_UNINIT)};
	quire_va va;

	return quire_vm_map(&self->vm, &want, &va) == QUIRE_OK ? va : 0;
}

static bool unmap(void *raw, uint64_t va, uint32_t pages)
{
	struct vm_quire *self = raw;

	return quire_vm_unmap(&self->vm, va, (quire_size)pages * VM_PAGE) == QUIRE_OK;
}

static uint64_t free_bytes(void *raw)
{
	struct vm_quire *self = raw;

	return quire_frames_free(&self->frames);
}

static uint64_t shows(void *raw, uint64_t va)
{
	struct vm_quire *self = raw;
	struct quire_decoded leaf;

	quire_walk_get(&self->walker, va, &leaf);
	return leaf.kind == QUIRE_ENTRY_LEAF ? leaf.pa : 0;
}

/* -- open and close -- */

/* One root, whose entry for the window has its table for good, as a kernel's has. */
static bool walker_open(struct vm_quire *self)
{
	self->tables = calloc(1 + VM_TABLES, TABLE_BYTES);
	if (!self->tables)
		return false;
	self->walker =
		(struct quire_walker){.mmu = &quire_mmu_sv39, .port = &port, .port_ctx = self};
	quire_table_pool_init(&self->walker.pool, self->slots, TABLE_BYTES, TABLE_BYTES, VM_TABLES);
	return quire_walk_keep_tables(&self->walker, VM_BASE, GIB);
}

static bool space_open(struct vm_quire *self, const struct vm_arena *arena)
{
	const struct quire_window window = {.name = "vm",
					    .base = VM_BASE,
					    .exec_base = VM_BASE,
					    .walk = VM_BASE,
					    .size = (quire_size)arena->pages * VM_PAGE,
					    .caps = QUIRE_CAP_MASK,
					    .targets = QUIRE_TARGET_BIT(TARGET),
					    .place = QUIRE_PLACE_FIRST_HIGH};
	struct quire_space_config config = {.windows = &window,
					    .memories = &self->memory,
					    .walkers = &self->walker,
					    .window_count = 1,
					    .memory_count = 1,
					    .walker_count = 1};

	self->memory = (struct quire_memory){.name = "ram",
					     .base = VM_RAM,
					     .size = (quire_size)arena->frames * VM_PAGE,
					     .caps = QUIRE_CAP_MASK,
					     .mode = QUIRE_CACHE_WB};
	config.memory_size = quire_space_memory_size(&config, arena->mappings + VM_SPARE);
	config.memory = self->book = malloc(config.memory_size);
	return self->book && quire_space_init(&self->space, &config) == QUIRE_OK;
}

static bool frames_open(struct vm_quire *self, const struct vm_arena *arena)
{
	const struct quire_frame_bank bank = {.name = "ram",
					      .base = VM_RAM,
					      .size = (quire_size)arena->frames * VM_PAGE,
					      .target = TARGET};
	struct quire_frames_config config = {.banks = &bank, .bank_count = 1, .page = VM_PAGE};

	config.memory_size = quire_frames_memory_size(&config);
	config.memory = self->words = malloc(config.memory_size);
	return self->words && quire_frames_init(&self->frames, &config) == QUIRE_OK;
}

static void close_self(void *raw)
{
	struct vm_quire *self = raw;

	free(self->tables);
	free(self->book);
	free(self->words);
	free(self);
}

static void *open_self(const struct vm_arena *arena)
{
	struct vm_quire *self = calloc(1, sizeof *self);
	struct quire_vm_config config;

	if (!self)
		return NULL;
	self->ram = arena->ram;
	config = (struct quire_vm_config){
		.space = &self->space, .frames = &self->frames, .zero = zero, .zero_ctx = self};
	if (walker_open(self) && space_open(self, arena) && frames_open(self, arena) &&
	    quire_vm_init(&self->vm, &config) == QUIRE_OK)
		return self;
	close_self(self);
	return NULL;
}

const struct vm_contestant vm_quire = {"quire", open_self,  close_self, map,
				       unmap,   free_bytes, shows};
