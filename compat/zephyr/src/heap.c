/* SPDX-License-Identifier: Apache-2.0 */
/*
 * k_malloc(): a small heap, first fit, for programs that want one beside their pages.
 *
 * The arena is a row of blocks, each with its size in front; a free one is joined with those behind it
 * when somebody looks for room.  A block's payload may begin behind its start for an alignment's sake; the
 * word before it says where the block is.
 */
#include "kernel.h"

#include <string.h>

#ifndef CONFIG_HEAP_MEM_POOL_SIZE
#define CONFIG_HEAP_MEM_POOL_SIZE 32768
#endif

#define UNIT 16u

struct block {
	size_t size; /* of it all, a multiple of UNIT; the lowest bit: it is in use */
	struct block *self;
};
_Static_assert(sizeof(struct block) <= UNIT, "a block begins with one unit");

static union {
	struct block first;
	uint8_t byte[CONFIG_HEAP_MEM_POOL_SIZE / UNIT * UNIT];
} __aligned(UNIT) arena;
static bool begun;

static struct block *behind(struct block *block)
{
	return (struct block *)(void *)((uint8_t *)block + (block->size & ~(size_t)1));
}

static bool ends(const struct block *block)
{
	return (const uint8_t *)block >= arena.byte + sizeof(arena.byte);
}

static void join(struct block *block)
{
	struct block *next = behind(block);

	while (!ends(next) && (next->size & 1) == 0) {
		block->size += next->size;
		next = behind(block);
	}
}

/* Take `size` bytes off a free block's start. */
static void take(struct block *block, size_t size)
{
	if (block->size > size + UNIT) {
		struct block *rest = (struct block *)(void *)((uint8_t *)block + size);

		rest->size = block->size - size;
		block->size = size;
	}
	block->size |= 1;
}

void *k_aligned_alloc(size_t align, size_t size)
{
	size_t least = align > UNIT ? align : UNIT;

	if (!begun)
		arena.first.size = sizeof(arena.byte);
	begun = true;
	if (size == 0 || size > sizeof(arena.byte) || least > sizeof(arena.byte) ||
	    (least & (least - 1)) != 0)
		return NULL;
	size = (size + UNIT - 1) / UNIT * UNIT;
	for (struct block *block = &arena.first; !ends(block); block = behind(block)) {
		uintptr_t at = ((uintptr_t)block + UNIT + least - 1) & ~(uintptr_t)(least - 1);
		size_t need = (size_t)(at - (uintptr_t)block) + size;

		if ((block->size & 1) != 0)
			continue;
		join(block);
		if (block->size < need)
			continue;
		take(block, need);
		((struct block *)at)[-1].self = block;
		return (void *)at;
	}
	return NULL;
}

void *k_malloc(size_t size)
{
	return k_aligned_alloc(UNIT, size);
}

void *k_calloc(size_t nmemb, size_t size)
{
	void *memory;

	if (size != 0 && nmemb > SIZE_MAX / size)
		return NULL;
	memory = k_malloc(nmemb * size);
	if (memory != NULL)
		memset(memory, 0, nmemb * size);
	return memory;
}

void k_free(void *ptr)
{
	if (ptr != NULL)
		((struct block *)ptr)[-1].self->size &= ~(size_t)1;
}
