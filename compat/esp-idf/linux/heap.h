/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A heap: a run of memory, handed out in pieces.
 *
 * This is quire once more: the memory is a window of pages of 16 bytes, a piece is a reservation in
 * it, and best fit, coalescing, growth in place and the proof of the whole structure are the
 * book's.  The book stands outside the memory, so that a program that writes past its piece hurts
 * the next piece and never the heap.
 *
 * Calls are not safe from several threads at once; esp_heap_caps.c has the lock.
 */
#ifndef QUIRE_ESP_HEAP_H
#define QUIRE_ESP_HEAP_H

#include "board.h"

#define QUIRE_ESP_HEAP_UNIT 16u

struct quire_esp_heap {
	struct quire_space space;
	struct quire_walker walker;
	struct quire_mmu mmu;
	void *book; /* NULL: not open */
	size_t book_size;
	uintptr_t base;
	size_t size;
	size_t used;
	size_t most_used;
	size_t blocks;
};

/* Open a heap over `size` bytes, a multiple of the unit, at `base`, a multiple of it too.  False if
   there is no memory for the book: as much as there can be pieces, touched as it is used. */
bool quire_esp_heap_open(struct quire_esp_heap *heap, uintptr_t base, size_t size);
void quire_esp_heap_close(struct quire_esp_heap *heap);

/* Whether an address is in its memory. */
bool quire_esp_heap_owns(const struct quire_esp_heap *heap, const void *ptr);

/* `size` bytes at a multiple of `align`, a power of two; NULL if there is no such gap or size is 0.
 */
void *quire_esp_heap_take(struct quire_esp_heap *heap, size_t size, size_t align);

/* Make a piece larger or smaller where it is; false if it cannot be. */
bool quire_esp_heap_resize(struct quire_esp_heap *heap, void *ptr, size_t size);

/* Bytes of a piece; 0 if none begins there. */
size_t quire_esp_heap_size_of(struct quire_esp_heap *heap, const void *ptr);

/* Give a piece back; false if none begins there. */
bool quire_esp_heap_give(struct quire_esp_heap *heap, void *ptr);

/* The largest gap; and how many gaps there are, which looks at every piece. */
size_t quire_esp_heap_largest(struct quire_esp_heap *heap);
size_t quire_esp_heap_gaps(struct quire_esp_heap *heap);

/* Prove it; false, and what is wrong. */
bool quire_esp_heap_check(struct quire_esp_heap *heap, const char **what);

#endif
