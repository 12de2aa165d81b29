/* SPDX-License-Identifier: Apache-2.0 */
/* A heap as a space (heap.h says why).  Nothing is ever mapped in it, so its tables are read as
   empty and never written. */
#include "heap.h"

#include <string.h>
#include <sys/mman.h>

#define UNIT_SHIFT 4
#define READ_WRITE (QUIRE_READ | QUIRE_WRITE)

static quire_entry read_nothing(void *ctx, quire_pa table, unsigned index)
{
	(void)ctx, (void)table, (void)index;
	return 0;
}

static void decode_nothing(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			   struct quire_decoded *out)
{
	(void)mmu, (void)level, (void)entry;
	out->kind = QUIRE_ENTRY_INVALID;
}

static const struct quire_port nothing = {.read = read_nothing};
static const struct quire_format empty = {.decode = decode_nothing};

/* The smallest number of index bits whose entries cover so many units. */
static uint8_t bits_for(size_t units)
{
	uint8_t bits = 1;

	while ((size_t)1 << bits < units)
		bits++;
	return bits;
}

static void *new_book(size_t size)
{
	void *book = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return book == MAP_FAILED ? NULL : book;
}

bool quire_esp_heap_open(struct quire_esp_heap *heap, uintptr_t base, size_t size)
{
	size_t units = size / QUIRE_ESP_HEAP_UNIT;
	struct quire_window window = {.name = "heap",
				      .base = base,
				      .exec_base = base,
				      .size = size,
				      .caps = READ_WRITE,
				      .targets = QUIRE_TARGET_BIT(0)};
	struct quire_memory memory = {.name = "heap", .size = size, .caps = READ_WRITE};
	struct quire_space_config config = {.windows = &window,
					    .memories = &memory,
					    .walkers = &heap->walker,
					    .window_count = 1,
					    .memory_count = 1,
					    .walker_count = 1};

	memset(heap, 0, sizeof(*heap));
	heap->mmu = (struct quire_mmu){.name = "heap",
				       .format = &empty,
				       .level = {{UNIT_SHIFT, bits_for(units), true, 0}},
				       .levels = 1,
				       .pa_bits = 8 * sizeof(quire_pa)};
	heap->walker = (struct quire_walker){.mmu = &heap->mmu, .port = &nothing};
	config.memory_size = quire_space_memory_size(&config, (uint32_t)units);
	heap->book_size = (size_t)config.memory_size;
	heap->book = heap->book_size != 0 ? new_book(heap->book_size) : NULL;
	config.memory = heap->book;
	if (heap->book == NULL || quire_space_init(&heap->space, &config) != QUIRE_OK) {
		quire_esp_heap_close(heap);
		return false;
	}
	heap->base = base;
	heap->size = size;
	return true;
}

void quire_esp_heap_close(struct quire_esp_heap *heap)
{
	if (heap->book != NULL)
		munmap(heap->book, heap->book_size);
	memset(heap, 0, sizeof(*heap));
}

bool quire_esp_heap_owns(const struct quire_esp_heap *heap, const void *ptr)
{
	return (uintptr_t)ptr - heap->base < heap->size;
}

/* A piece became larger (or smaller) by a number of bytes, or there is one more (or less). */
static void count(struct quire_esp_heap *heap, size_t more, size_t less, int blocks)
{
	heap->used += more - less;
	heap->blocks += (size_t)blocks;
	if (heap->used > heap->most_used)
		heap->most_used = heap->used;
}

void *quire_esp_heap_take(struct quire_esp_heap *heap, size_t size, size_t align)
{
	struct quire_want want = {
		.size = size, .align = align > QUIRE_ESP_HEAP_UNIT ? align : 0, .attr = READ_WRITE};
	quire_va va;

	if (quire_space_reserve(&heap->space, &want, &va) != QUIRE_OK)
		return NULL;
	count(heap, (size + QUIRE_ESP_HEAP_UNIT - 1) & ~(size_t)(QUIRE_ESP_HEAP_UNIT - 1), 0, 1);
	return (void *)(uintptr_t)va;
}

size_t quire_esp_heap_size_of(struct quire_esp_heap *heap, const void *ptr)
{
	struct quire_extent_info info;

	if (quire_space_query(&heap->space, (uintptr_t)ptr, &info) != QUIRE_OK ||
	    info.kind != QUIRE_RESERVED || info.va != (uintptr_t)ptr)
		return 0;
	return (size_t)info.size;
}

bool quire_esp_heap_resize(struct quire_esp_heap *heap, void *ptr, size_t size)
{
	size_t before = quire_esp_heap_size_of(heap, ptr);

	if (before == 0 || quire_space_resize(&heap->space, (uintptr_t)ptr, size) != QUIRE_OK)
		return false;
	count(heap, quire_esp_heap_size_of(heap, ptr), before, 0);
	return true;
}

bool quire_esp_heap_give(struct quire_esp_heap *heap, void *ptr)
{
	size_t size = quire_esp_heap_size_of(heap, ptr);

	if (size == 0 || quire_space_release(&heap->space, (uintptr_t)ptr) != QUIRE_OK)
		return false;
	count(heap, 0, size, -1);
	return true;
}

size_t quire_esp_heap_largest(struct quire_esp_heap *heap)
{
	quire_size largest = 0;

	(void)quire_space_largest_free(&heap->space, 0, READ_WRITE, 0, &largest);
	return (size_t)largest;
}

size_t quire_esp_heap_gaps(struct quire_esp_heap *heap)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info info;
	size_t gaps = 0;

	while (quire_space_next(&heap->space, &cursor, &info) == QUIRE_OK)
		gaps += info.kind == QUIRE_GAP;
	return gaps;
}

bool quire_esp_heap_check(struct quire_esp_heap *heap, const char **what)
{
	return quire_space_check(&heap->space, what) == QUIRE_OK;
}
