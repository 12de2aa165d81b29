/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same quire by way of Zephyr's words: k_mem_map(), k_mem_unmap(), k_mem_free_get().
 *
 * A machine is what they stand on, and this is one of plain memory: the window and the frames of
 * vm_quire.c, no image, no lock, and no threads.  Of the library only the words are linked.
 */
#include "machine.h"
#include "vm_quire.h"
#include "zephyr/kernel.h"
#include "zephyr/kernel/mm.h"
#include "zephyr/sys/__assert.h"

#include <stdlib.h>

struct zephyr_machine zephyr_machine;
struct quire_zephyr_map quire_zephyr_map;

/* -- what the words want of a kernel -- */

/* Refusals are said in words, and expected here. */
void k_str_out(char *c, size_t n)
{
	(void)c, (void)n;
}

static void fatal(unsigned reason, const char *message)
{
	(void)reason, (void)message;
	abort();
}

void assert_post_action(const char *file, unsigned int line)
{
	(void)file, (void)line;
	abort();
}

k_tid_t k_current_get(void)
{
	return NULL;
}

/* -- the contestant -- */

static void *open_self(const struct vm_arena *arena)
{
	struct vm_quire *self = vm_quire.open(arena);

	if (!self)
		return NULL;
	quire_zephyr_map = (struct quire_zephyr_map){
		.page = VM_PAGE,
		.vm_base = VM_BASE,
		.vm_size = (size_t)arena->pages * VM_PAGE,
		.ram_base = VM_RAM,
		.ram_size = (size_t)arena->frames * VM_PAGE,
		.image_start = VM_BASE,
		.image_end = VM_BASE,
		.frame = self->frames.word,
	};
	zephyr_machine = (struct zephyr_machine){
		.space = &self->space,
		.vm = &self->vm,
		.frames = &self->frames,
		.memory = &self->memory,
		.memory_count = 1,
		.put = NULL,
		.fatal = fatal,
	};
	return self;
}

static void close_self(void *raw)
{
	zephyr_machine.space = NULL;
	vm_quire.close(raw);
}

static uint64_t map(void *raw, uint32_t pages)
{
	const struct vm_quire *self = raw;
	uint32_t flags = K_MEM_PERM_RW | (self->ram ? 0u : K_MEM_MAP_UNINIT);

	return (uint64_t)(uintptr_t)k_mem_map((size_t)pages * VM_PAGE, flags);
}

/* Whether it did anything Zephyr's call does not say. */
static bool unmap(void *raw, uint64_t va, uint32_t pages)
{
	(void)raw;
	k_mem_unmap((void *)(uintptr_t)va, (size_t)pages * VM_PAGE);
	return true;
}

static uint64_t free_bytes(void *raw)
{
	(void)raw;
	return k_mem_free_get();
}

static uint64_t shows(void *raw, uint64_t va)
{
	return vm_quire.shows(raw, va);
}

const struct vm_contestant vm_zephyr = {"k_mem", open_self,  close_self, map,
					unmap,   free_bytes, shows};
