/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esp_heap_caps.h: two heaps, a lock, and who may have what.
 *
 * Both are opened by the first request for memory, and closed with the machine; only to look opens
 * none.  Internal memory is anonymous memory of this process, as much as the chip has.  PSRAM is a
 * mapping of the bytes from 0 on.  If one is there that shows them all, to be written too, the heap
 * becomes a holder of that; otherwise it gets one of its own, ESP_TAG_HEAP, beside whatever shows
 * some of them.  Of its own nobody is told, as on the chip, where the heap is no block: who maps its
 * pages later sees them at other addresses.
 */
#include "board.h"

#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "heap.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { INTERNAL, PSRAM, HEAPS };

static const uint32_t heap_caps[HEAPS] = {
	[INTERNAL] = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_DMA |
		     MALLOC_CAP_DEFAULT | MALLOC_CAP_CACHE_ALIGNED,
	[PSRAM] = MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_DEFAULT |
		  MALLOC_CAP_CACHE_ALIGNED,
};

static pthread_mutex_t heaps_lock = PTHREAD_MUTEX_INITIALIZER;
static struct quire_esp_heap heaps[HEAPS];
static quire_va psram_mapping;
static _Atomic(esp_alloc_failed_hook_t) failed_hook;

/* Where the memory of open heaps is, for whoever only wants to know whose a pointer is. */
static struct {
	_Atomic uintptr_t base;
	_Atomic uintptr_t size;
} range[HEAPS];

/* -- opening and closing -- */

/* KiB of RAM that a chip has for data, by its data sheet; a program's own share is not taken off,
   since it lies elsewhere here. */
static size_t internal_size(const struct quire_chip *chip)
{
	static const struct {
		const char *chip;
		uint16_t kib;
	} ram[] = {
		{"esp32", 320},    {"esp32s2", 320},  {"esp32s3", 512}, {"esp32c2", 272},
		{"esp32c3", 400},  {"esp32c5", 384},  {"esp32c6", 512}, {"esp32c61", 320},
		{"esp32h2", 320},  {"esp32h21", 320}, {"esp32h4", 384}, {"esp32p4", 768},
		{"esp32s31", 512},
	};

	for (size_t i = 0; i < sizeof(ram) / sizeof(ram[0]); i++)
		if (strcmp(ram[i].chip, chip->name) == 0)
			return ram[i].kib * (size_t)QUIRE_ESP_KIB;
	return 320 * (size_t)QUIRE_ESP_KIB;
}

static bool open_internal(const struct quire_esp *m)
{
	size_t size = internal_size(m->chip);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	if (quire_esp_heap_open(&heaps[INTERNAL], (uintptr_t)memory, size))
		return true;
	munmap(memory, size);
	return false;
}

static struct quire_want psram_wanted(const struct quire_esp *m)
{
	return quire_esp_want(m, MMU_MEM_CAP_READ | MMU_MEM_CAP_WRITE | MMU_MEM_CAP_8BIT,
			      QUIRE_PSRAM0);
}

quire_size quire_esp_heap_window(const struct quire_esp *m)
{
	struct quire_want want = psram_wanted(m);
	quire_size gap = 0;

	(void)quire_space_largest_free(m->space, want.target, want.attr, want.caps, &gap);
	return gap;
}

/* The PSRAM that the heap is to have of the longest run of addresses; less than it should if others
   have mapped so much in the meantime that there is no room for more. */
static quire_size psram_to_map(const struct quire_esp *m, quire_size room)
{
	return room < m->psram_heap ? room : m->psram_heap;
}

/* What it would have now: what is kept would give way, and stays while it is only asked. */
static quire_size psram_to_expect(struct quire_esp *m)
{
	struct quire_want want = psram_wanted(m);
	quire_size room;

	quire_esp_lock(m);
	room = quire_esp_largest_free(m, &want);
	quire_esp_unlock(m);
	return psram_to_map(m, room);
}

static bool open_psram(struct quire_esp *m)
{
	struct quire_want want = psram_wanted(m);
	struct quire_got got;
	bool good;

	if (m->psram_heap == 0)
		return false;
	want.flags = QUIRE_SHARED;
	want.tag |= ESP_TAG_HEAP;
	quire_esp_lock(m);
	/* What is kept gives way; what the port will not give up does not, so the gaps are measured
	   after that. */
	(void)quire_keep_drop_all(&m->keep, NULL);
	want.size = psram_to_map(m, quire_esp_heap_window(m));
	good = want.size != 0 && quire_keep_map(&m->keep, &want, &got) >= 0;
	if (good && !quire_esp_heap_open(&heaps[PSRAM], (uintptr_t)got.va, (size_t)want.size)) {
		(void)quire_keep_unmap(&m->keep, got.mapping);
		good = false;
	}
	quire_esp_unlock(m);
	if (good)
		psram_mapping = got.mapping;
	return good;
}

/* A heap, open; NULL if it cannot be, or there is none.  With the lock held. */
static struct quire_esp_heap *heap_of(struct quire_esp *m, unsigned which)
{
	bool open = heaps[which].book != NULL;

	if (!open) {
		open = which == INTERNAL ? open_internal(m) : open_psram(m);
		atomic_store(&range[which].base, heaps[which].base);
		atomic_store(&range[which].size, heaps[which].size);
	}
	return open ? &heaps[which] : NULL;
}

void quire_esp_heap_stop(struct quire_esp *m)
{
	pthread_mutex_lock(&heaps_lock);
	if (heaps[INTERNAL].book != NULL)
		munmap((void *)heaps[INTERNAL].base, heaps[INTERNAL].size);
	quire_esp_lock(m);
	if (heaps[PSRAM].book != NULL)
		(void)quire_keep_unmap(&m->keep, psram_mapping);
	quire_esp_unlock(m);
	for (unsigned i = 0; i < HEAPS; i++) {
		atomic_store(&range[i].size, 0);
		quire_esp_heap_close(&heaps[i]);
	}
	pthread_mutex_unlock(&heaps_lock);
}

/* The open heap that a pointer is in, NULL if none; with the lock held. */
static struct quire_esp_heap *owner_of(const void *ptr)
{
	for (unsigned i = 0; i < HEAPS; i++)
		if (heaps[i].book != NULL && quire_esp_heap_owns(&heaps[i], ptr))
			return &heaps[i];
	return NULL;
}

QUIRE_ESP_EARLY bool quire_esp_heap_has(const void *ptr)
{
	for (unsigned i = 0; i < HEAPS; i++)
		if ((uintptr_t)ptr - atomic_load(&range[i].base) < atomic_load(&range[i].size))
			return true;
	return false;
}

static bool has_all(unsigned which, uint32_t caps)
{
	return (heap_caps[which] & caps) == caps;
}

/* -- taking -- */

/* In whichever heap can and has it, without a word if none. */
static void *take(size_t size, size_t align, uint32_t caps)
{
	struct quire_esp *m = quire_esp_machine();
	void *memory = NULL;

	if (m == NULL || size > SIZE_MAX / 2)
		return NULL;
	if ((caps & MALLOC_CAP_CACHE_ALIGNED) != 0) {
		align = align > m->chip->cache_line ? align : m->chip->cache_line;
		size = (size + m->chip->cache_line - 1) & ~(size_t)(m->chip->cache_line - 1u);
	}
	pthread_mutex_lock(&heaps_lock);
	for (unsigned i = 0; i < HEAPS && memory == NULL; i++) {
		struct quire_esp_heap *heap = has_all(i, caps) ? heap_of(m, i) : NULL;

		if (heap != NULL)
			memory = quire_esp_heap_take(heap, size, align);
	}
	pthread_mutex_unlock(&heaps_lock);
	return memory;
}

/* The same, and the hook is told if there is none. */
static void *take_or_tell(size_t size, size_t align, uint32_t caps, const char *function)
{
	esp_alloc_failed_hook_t hook = atomic_load(&failed_hook);
	void *memory = take(size, align, caps);

	if (memory == NULL && size != 0 && hook != NULL)
		hook(size, caps, function);
	return memory;
}

static void *zeroed(void *memory, size_t size)
{
	return memory != NULL ? memset(memory, 0, size) : NULL;
}

void *heap_caps_malloc(size_t size, uint32_t caps)
{
	return take_or_tell(size, 1, caps, __func__);
}

void *heap_caps_calloc(size_t n, size_t size, uint32_t caps)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return zeroed(take_or_tell(n * size, 1, caps, __func__), n * size);
}

void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps)
{
	if (alignment == 0 || (alignment & (alignment - 1)) != 0)
		return NULL;
	return take_or_tell(size, alignment, caps, __func__);
}

void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return zeroed(heap_caps_aligned_alloc(alignment, n * size, caps), n * size);
}

/* -- giving back -- */

/* Say that a pointer is not what it should be, and end: the program would go on with two owners of
   the same bytes. */
static void refuse(const void *ptr)
{
	fflush(stdout);
	fprintf(stderr, "heap: no piece of memory begins at %p, or it is free already\n", ptr);
	quire_esp_abort();
}

void heap_caps_free(void *ptr)
{
	struct quire_esp_heap *heap;
	bool good;

	if (!quire_esp_heap_has(ptr)) {
		quire_esp_host_free(ptr);
		return;
	}
	pthread_mutex_lock(&heaps_lock);
	heap = owner_of(ptr);
	good = heap != NULL && quire_esp_heap_give(heap, ptr);
	pthread_mutex_unlock(&heaps_lock);
	if (!good)
		refuse(ptr);
}

void heap_caps_aligned_free(void *ptr)
{
	heap_caps_free(ptr);
}

size_t heap_caps_get_allocated_size(void *ptr)
{
	struct quire_esp_heap *heap;
	size_t size;

	pthread_mutex_lock(&heaps_lock);
	heap = owner_of(ptr);
	size = heap != NULL ? quire_esp_heap_size_of(heap, ptr) : 0;
	pthread_mutex_unlock(&heaps_lock);
	return size;
}

/* -- another size -- */

/* Where it is, if that has what is asked for. */
static bool resize_in_place(void *ptr, size_t size, uint32_t caps)
{
	struct quire_esp_heap *heap;
	bool good;

	pthread_mutex_lock(&heaps_lock);
	heap = owner_of(ptr);
	good = heap != NULL && has_all((unsigned)(heap - heaps), caps) && size <= SIZE_MAX / 2 &&
	       (caps & MALLOC_CAP_CACHE_ALIGNED) == 0 && quire_esp_heap_resize(heap, ptr, size);
	pthread_mutex_unlock(&heaps_lock);
	return good;
}

void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps)
{
	size_t before = heap_caps_get_allocated_size(ptr);
	void *memory;

	if (ptr == NULL)
		return heap_caps_malloc(size, caps);
	if (size == 0) {
		heap_caps_free(ptr);
		return NULL;
	}
	if (before == 0 && quire_esp_heap_has(ptr))
		refuse(ptr);
	if (before == 0)
		return (caps & MALLOC_CAP_SPIRAM) == 0 ? quire_esp_host_realloc(ptr, size) : NULL;
	if (resize_in_place(ptr, size, caps))
		return ptr;
	memory = take_or_tell(size, 1, caps, __func__);
	if (memory != NULL) {
		memcpy(memory, ptr, before < size ? before : size);
		heap_caps_free(ptr);
	}
	return memory;
}

/* -- one set of capabilities after the other -- */

void *heap_caps_malloc_prefer(size_t size, size_t num, ...)
{
	void *memory = NULL;
	va_list sets;

	va_start(sets, num);
	for (; num > 0 && memory == NULL; num--)
		memory = take(size, 1, va_arg(sets, uint32_t));
	va_end(sets);
	return memory;
}

void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...)
{
	void *memory = NULL;
	va_list sets;

	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	va_start(sets, num);
	for (; num > 0 && memory == NULL; num--)
		memory = take(n * size, 1, va_arg(sets, uint32_t));
	va_end(sets);
	return zeroed(memory, n * size);
}

void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...)
{
	void *memory = NULL;
	va_list sets;

	va_start(sets, num);
	for (; num > 0 && memory == NULL; num--) {
		memory = heap_caps_realloc(ptr, size, va_arg(sets, uint32_t));
		num = size == 0 ? 1 : num; /* it is gone: once is enough */
	}
	va_end(sets);
	return memory;
}

esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback)
{
	if (callback == NULL)
		return ESP_ERR_INVALID_ARG;
	atomic_store(&failed_hook, callback);
	return ESP_OK;
}

/* -- looking -- */

/* What a heap that is not open yet would have. */
static size_t size_before_opening(struct quire_esp *m, unsigned which)
{
	return which == INTERNAL ? internal_size(m->chip) : (size_t)psram_to_expect(m);
}

static void add_heap(struct quire_esp *m, unsigned which, multi_heap_info_t *info)
{
	struct quire_esp_heap *heap = &heaps[which];
	size_t largest;

	if (heap->book == NULL) {
		size_t size = size_before_opening(m, which);

		largest = size;
		info->total_free_bytes += size;
		info->minimum_free_bytes += size;
		info->free_blocks += size != 0;
	} else {
		largest = quire_esp_heap_largest(heap);
		info->total_free_bytes += heap->size - heap->used;
		info->minimum_free_bytes += heap->size - heap->most_used;
		info->total_allocated_bytes += heap->used;
		info->allocated_blocks += heap->blocks;
		info->free_blocks += quire_esp_heap_gaps(heap);
	}
	if (largest > info->largest_free_block)
		info->largest_free_block = largest;
}

void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps)
{
	struct quire_esp *m = quire_esp_machine();

	memset(info, 0, sizeof(*info));
	if (m == NULL)
		return;
	pthread_mutex_lock(&heaps_lock);
	for (unsigned i = 0; i < HEAPS; i++)
		if (has_all(i, caps))
			add_heap(m, i, info);
	pthread_mutex_unlock(&heaps_lock);
	info->total_blocks = info->allocated_blocks + info->free_blocks;
}

size_t heap_caps_get_total_size(uint32_t caps)
{
	multi_heap_info_t info;

	heap_caps_get_info(&info, caps);
	return info.total_free_bytes + info.total_allocated_bytes;
}

size_t heap_caps_get_free_size(uint32_t caps)
{
	multi_heap_info_t info;

	heap_caps_get_info(&info, caps);
	return info.total_free_bytes;
}

size_t heap_caps_get_minimum_free_size(uint32_t caps)
{
	multi_heap_info_t info;

	heap_caps_get_info(&info, caps);
	return info.minimum_free_bytes;
}

size_t heap_caps_get_largest_free_block(uint32_t caps)
{
	multi_heap_info_t info;

	heap_caps_get_info(&info, caps);
	return info.largest_free_block;
}

void heap_caps_print_heap_info(uint32_t caps)
{
	static const char *const name[HEAPS] = {"internal", "PSRAM"};
	struct quire_esp *m = quire_esp_machine();

	for (unsigned i = 0; m != NULL && i < HEAPS; i++) {
		multi_heap_info_t info = {0};

		if (!has_all(i, caps))
			continue;
		pthread_mutex_lock(&heaps_lock);
		add_heap(m, i, &info);
		pthread_mutex_unlock(&heaps_lock);
		printf("%-8s  free %zu, the least %zu, the largest block %zu; used %zu in %zu "
		       "blocks\n",
		       name[i], info.total_free_bytes, info.minimum_free_bytes,
		       info.largest_free_block, info.total_allocated_bytes, info.allocated_blocks);
	}
}

bool heap_caps_check_integrity(uint32_t caps, bool print_errors)
{
	const char *what = NULL;
	bool good = true;

	pthread_mutex_lock(&heaps_lock);
	for (unsigned i = 0; i < HEAPS && good; i++)
		if (has_all(i, caps) && heaps[i].book != NULL)
			good = quire_esp_heap_check(&heaps[i], &what);
	pthread_mutex_unlock(&heaps_lock);
	if (!good && print_errors)
		fprintf(stderr, "the map of a heap is damaged: %s\n", what);
	return good;
}

bool heap_caps_check_integrity_all(bool print_errors)
{
	return heap_caps_check_integrity(0, print_errors);
}
