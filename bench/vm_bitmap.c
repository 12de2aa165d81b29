/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yardstick for virtual memory: a bit a page of addresses, a word a frame, page by page, in the manner of
 * Zephyr's kernel, written for the bench.
 *
 * What it shares with that is what costs.  Bits stand for addresses from the top down (vm_bits.c).  A
 * mapping has a guard page on either side, unmapped when it is made and looked at when it goes.  Each
 * page is a frame from the front of a list and a walk from the root that writes one leaf; each page that
 * goes is a walk that finds the frame, one that clears the leaf, and the frame at the end of the list.
 *
 * What it is spared: tables are all there from the start, entries are stored without any care for other
 * processors, nothing is asserted, locked or flushed.  And it need not know what is mapped: who unmaps
 * half of a mapping, or two at once, is not told.
 */
#include <stdlib.h>
#include <string.h>

#include "vm.h"
#include "vm_bits.h"

#define NO_FRAME UINT32_MAX

enum { FRAME_FREE = 0x01, FRAME_MAPPED = 0x08 };

struct self {
	struct vm_bits bits; /* bit 0 is the last page of the window */
	struct vm_table table;
	uint64_t *word; /* of a frame: address and flags, or its successor in the list and FREE */
	uint32_t first_free, last_free, free;
	uint8_t *ram;
};

static uint64_t window_end(const struct self *self)
{
	return VM_BASE + (uint64_t)self->bits.count * VM_PAGE;
}

/* -- frames -- */

static uint32_t frame_take(struct self *self)
{
	uint32_t frame = self->first_free;

	if (frame == NO_FRAME)
		return frame;
	self->first_free = (uint32_t)(self->word[frame] >> 12) - 1u;
	if (self->first_free == NO_FRAME)
		self->last_free = NO_FRAME;
	self->free--;
	self->word[frame] = 0;
	return frame;
}

/* The successor is kept as its number plus one: 0 is none. */
static void frame_give(struct self *self, uint32_t frame)
{
	self->word[frame] = FRAME_FREE;
	if (self->last_free == NO_FRAME)
		self->first_free = frame;
	else
		self->word[self->last_free] = (uint64_t)(frame + 1u) << 12 | FRAME_FREE;
	self->last_free = frame;
	self->free++;
}

/* -- pages -- */

static bool page_new(struct self *self, uint64_t va, uint32_t flags)
{
	uint32_t frame = frame_take(self);
	uint64_t pa = VM_RAM + (uint64_t)frame * VM_PAGE;

	if (frame == NO_FRAME)
		return false;
	if (!vm_table_map(&self->table, va, pa, VM_PAGE, flags)) {
		frame_give(self, frame);
		return false;
	}
	self->word[frame] = va | FRAME_MAPPED;
	return true;
}

static bool page_drop(struct self *self, uint64_t va)
{
	uint64_t pa, frame;

	if (!vm_table_get(&self->table, va, &pa))
		return false;
	frame = (pa - VM_RAM) / VM_PAGE;
	if (!(self->word[frame] & FRAME_MAPPED))
		return false;
	vm_table_unmap(&self->table, va, VM_PAGE);
	frame_give(self, (uint32_t)frame);
	return true;
}

static bool pages_drop(struct self *self, uint64_t va, uint64_t size)
{
	for (uint64_t done = 0; done < size; done += VM_PAGE)
		if (!page_drop(self, va + done))
			return false;
	return true;
}

static bool pages_new(struct self *self, uint64_t va, uint64_t size, uint32_t flags)
{
	for (uint64_t done = 0; done < size; done += VM_PAGE)
		if (!page_new(self, va + done, flags)) {
			pages_drop(self, va, done);
			return false;
		}
	return true;
}

/* The machine sees memory through its tables; here they have to be asked page by page. */
static void pages_zero(struct self *self, uint64_t va, uint64_t size)
{
	uint64_t pa;

	for (uint64_t done = 0; done < size; done += VM_PAGE)
		if (vm_table_get(&self->table, va + done, &pa))
			memset(self->ram + (pa - VM_RAM), 0, VM_PAGE);
}

/* -- map and unmap -- */

static bool addresses_take(struct self *self, uint64_t size, uint64_t *va)
{
	uint32_t count = (uint32_t)(size / VM_PAGE), bit;

	if (!vm_bits_take(&self->bits, count, &bit))
		return false;
	*va = window_end(self) - (uint64_t)bit * VM_PAGE - size;
	return true;
}

static void addresses_give(struct self *self, uint64_t va, uint64_t size)
{
	(void)vm_bits_give(&self->bits, (uint32_t)((window_end(self) - va - size) / VM_PAGE),
			   (uint32_t)(size / VM_PAGE));
}

static uint64_t map_size(struct self *self, uint64_t size, uint32_t flags, bool zeroed)
{
	uint64_t all = size + (uint64_t)VM_GUARDS * VM_PAGE, guard, va;

	if (size % VM_PAGE != 0 || size == 0 || all < size || !addresses_take(self, all, &guard))
		return 0;
	va = guard + VM_PAGE;
	vm_table_unmap(&self->table, guard, VM_PAGE);
	vm_table_unmap(&self->table, va + size, VM_PAGE);
	if (!pages_new(self, va, size, flags)) {
		addresses_give(self, guard, all);
		return 0;
	}
	if (zeroed)
		pages_zero(self, va, size);
	return va;
}

static bool unmap_size(struct self *self, uint64_t va, uint64_t size)
{
	if (vm_table_get(&self->table, va - VM_PAGE, NULL) ||
	    vm_table_get(&self->table, va + size, NULL))
		return false;
	if (!pages_drop(self, va, size))
		return false;
	addresses_give(self, va - VM_PAGE, size + (uint64_t)VM_GUARDS * VM_PAGE);
	return true;
}

static uint64_t map(void *raw, uint32_t pages)
{
	struct self *self = raw;

	return map_size(self, (uint64_t)pages * VM_PAGE, VM_TABLE_WRITE, self->ram != NULL);
}

static bool unmap(void *raw, uint64_t va, uint32_t pages)
{
	return unmap_size(raw, va, (uint64_t)pages * VM_PAGE);
}

static uint64_t free_bytes(void *raw)
{
	const struct self *self = raw;

	return (uint64_t)self->free * VM_PAGE;
}

static uint64_t shows(void *raw, uint64_t va)
{
	const struct self *self = raw;
	uint64_t pa;

	return vm_table_get(&self->table, va, &pa) ? pa : 0;
}

/* -- open and close -- */

static void close_self(void *raw)
{
	struct self *self = raw;

	vm_bits_close(&self->bits);
	vm_table_close(&self->table);
	free(self->word);
	free(self);
}

static void *open_self(const struct vm_arena *arena)
{
	struct self *self = calloc(1, sizeof *self);

	if (!self)
		return NULL;
	self->ram = arena->ram;
	self->first_free = self->last_free = NO_FRAME;
	self->word = calloc(arena->frames, sizeof *self->word);
	if (!self->word || !vm_bits_open(&self->bits, arena->pages) ||
	    !vm_table_open(&self->table)) {
		close_self(self);
		return NULL;
	}
	for (uint32_t i = 0; i < arena->frames; i++)
		frame_give(self, i);
	return self;
}

const struct vm_contestant vm_bitmap = {"bitmap", open_self,  close_self, map,
					unmap,    free_bytes, shows};
