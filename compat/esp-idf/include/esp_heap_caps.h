/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory by what it can do.
 *
 * There are two heaps.  *Internal* memory is as large as the chip's; what an application has
 * besides, its code, its stacks and what it gets from malloc(), is the host's and takes nothing of
 * it.  *PSRAM*'s is mapped into the chip's window when the first request needs it: QUIRE_PSRAM_HEAP
 * bytes, less if the application has mapped so much before that they find no addresses.  So a
 * pointer to it is one that the chip could have: what is written stands in the simulated PSRAM as
 * soon as the cache says so.
 *
 *   internal   INTERNAL 8BIT 32BIT DMA DEFAULT
 *   PSRAM      SPIRAM   8BIT 32BIT     DEFAULT
 *
 * A request goes to the first of them that has all it asks for, and to the next if there is no
 * room.  The smallest gap that fits is taken, the lowest of equals; sizes count in units of 16
 * bytes, which is also the alignment, and nothing is lost to headers.  free() and realloc() take
 * these pointers too, but not under valgrind, which has its own and reports such a call: a program
 * that is to run there gives this memory to heap_caps_free() and heap_caps_realloc().
 *
 * All calls are safe from any thread, and cost a few searches in the map of the heap.
 */
#ifndef ESP_HEAP_CAPS_H
#define ESP_HEAP_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "multi_heap.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MALLOC_CAP_EXEC          (1u << 0) /* nothing: the host executes nothing of the chip's */
#define MALLOC_CAP_32BIT         (1u << 1)
#define MALLOC_CAP_8BIT          (1u << 2)
#define MALLOC_CAP_DMA           (1u << 3)
#define MALLOC_CAP_PID2          (1u << 4)
#define MALLOC_CAP_PID3          (1u << 5)
#define MALLOC_CAP_PID4          (1u << 6)
#define MALLOC_CAP_PID5          (1u << 7)
#define MALLOC_CAP_PID6          (1u << 8)
#define MALLOC_CAP_PID7          (1u << 9)
#define MALLOC_CAP_SPIRAM        (1u << 10)
#define MALLOC_CAP_INTERNAL      (1u << 11)
#define MALLOC_CAP_DEFAULT       (1u << 12)
#define MALLOC_CAP_IRAM_8BIT     (1u << 13)
#define MALLOC_CAP_RETENTION     (1u << 14)
#define MALLOC_CAP_RTCRAM        (1u << 15)
#define MALLOC_CAP_TCM           (1u << 16)
#define MALLOC_CAP_DMA_DESC_AHB  (1u << 17)
#define MALLOC_CAP_DMA_DESC_AXI  (1u << 18)
#define MALLOC_CAP_CACHE_ALIGNED (1u << 19) /* granted: at the chip's cache line, whole lines */
#define MALLOC_CAP_SIMD          (1u << 20)
#define MALLOC_CAP_INVALID       (1u << 31) /* never granted */

/* Memory that has all of `caps`; NULL if there is none, or size is 0. */
void *heap_caps_malloc(size_t size, uint32_t caps);

/* The same, zeroed; NULL also if n * size overflows. */
void *heap_caps_calloc(size_t n, size_t size, uint32_t caps);

/* Another size, in place if the memory has all of `caps` and there is room behind it; contents go
   along.  NULL leaves the old memory as it is.  A NULL ptr is malloc; a size of 0 is free, and
   NULL.  What came from malloc() stays with the host, and cannot go to PSRAM: NULL. */
void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps);

/* Give memory back; NULL is allowed.  A pointer that is none of ours is given to the host's
   free(). */
void heap_caps_free(void *ptr);

/* At a multiple of `alignment`, a power of two; NULL if it is not one. */
void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps);
void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps);
void heap_caps_aligned_free(void *ptr);

/* Try each of `num` sets of capabilities (uint32_t) in turn. */
void *heap_caps_malloc_prefer(size_t size, size_t num, ...);
void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...);
void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...);

/*
 * Sums over the heaps that have all of `caps`.  What is free can be had in one piece only up to
 * the largest block.  The least that was free is summed up over the heaps, each at its own moment.
 * PSRAM counts before it is mapped, as much as could be mapped at that moment.
 */
size_t heap_caps_get_total_size(uint32_t caps);
size_t heap_caps_get_free_size(uint32_t caps);
size_t heap_caps_get_minimum_free_size(uint32_t caps);
size_t heap_caps_get_largest_free_block(uint32_t caps);
void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps);
void heap_caps_print_heap_info(uint32_t caps);

/* Bytes behind a pointer, which may be more than were asked for; 0 if it is none of ours. */
size_t heap_caps_get_allocated_size(void *ptr);

/* Prove the maps of heaps: those that have all of `caps`, or all.  What is wrong is said on stderr
   if `print_errors`.  Costs a look at every unit. */
bool heap_caps_check_integrity(uint32_t caps, bool print_errors);
bool heap_caps_check_integrity_all(bool print_errors);

/* Called when a request finds no memory, in the thread that asked; one at a time is remembered.
   ESP_ERR_INVALID_ARG for NULL. */
typedef void (*esp_alloc_failed_hook_t)(size_t size, uint32_t caps, const char *function_name);
esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback);

#ifdef __cplusplus
}
#endif

#endif
