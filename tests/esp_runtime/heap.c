/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heaps: at random against a model that knows every byte, then one question after the other.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "esp_heap_caps.h"
#include "esp_himem.h"
#include "esp_memory_utils.h"
#include "esp_mmu_map.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "quire_esp.h"

#include "heap.h"

#define UNIT QUIRE_ESP_HEAP_UNIT

static uint32_t seed = 1;

static uint32_t dice(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % sides;
}

/* -- a heap against a model -- */

/* The model: who has each unit, 0 for nobody. */
#define UNITS  512u
#define PIECES 64u

static uint8_t owner[UNITS];
static struct piece {
	uint8_t *at;
	uint32_t units;
} pieces[PIECES + 1]; /* 1 .. PIECES */

static _Alignas(4096) uint8_t memory[UNITS * UNIT];

static uint32_t units_of(size_t size)
{
	return (uint32_t)((size + UNIT - 1) / UNIT);
}

/* The best gap for some units at an alignment: the smallest, then the lowest.  UNITS: none. */
static uint32_t best_gap(uint32_t units, uint32_t align)
{
	uint32_t best = UNITS, best_size = UNITS + 1;

	for (uint32_t start = 0; start < UNITS;) {
		uint32_t end = start, at;

		while (end < UNITS && owner[end] == 0)
			end++;
		at = (start + align - 1) / align * align;
		if (end > start && at + units <= end && end - start < best_size) {
			best = at;
			best_size = end - start;
		}
		start = end == start ? end + 1 : end;
	}
	return best;
}

static void mark(const struct piece *p, uint8_t who)
{
	memset(owner + (size_t)(p->at - memory) / UNIT, who, p->units);
}

static void model_take(struct quire_esp_heap *heap, uint8_t who)
{
	size_t size = 1 + dice(20) * dice(60);
	uint32_t align = dice(4) == 0 ? 1u << dice(5) : 1, units = units_of(size);
	uint32_t expected = best_gap(units, align);
	uint8_t *at = quire_esp_heap_take(heap, size, align * UNIT);

	if (expected == UNITS) {
		assert_null(at);
		return;
	}
	assert_non_null(at);
	assert_int_equal((uintptr_t)at % (align * UNIT), 0);
	/* With an alignment any gap may be taken that is large enough; without, it is the best. */
	if (align == 1)
		assert_int_equal((uint32_t)(at - memory) / UNIT, expected);
	pieces[who] = (struct piece){at, units};
	for (uint32_t i = 0; i < units; i++)
		assert_int_equal(owner[(uint32_t)(at - memory) / UNIT + i], 0);
	mark(&pieces[who], who);
	memset(at, who, size);
}

/* Whether the piece could be so long where it is. */
static bool fits(uint8_t who, uint32_t units)
{
	uint32_t start = (uint32_t)(pieces[who].at - memory) / UNIT;

	for (uint32_t i = start + pieces[who].units; i < start + units; i++)
		if (i >= UNITS || owner[i] != 0)
			return false;
	return true;
}

static void model_resize(struct quire_esp_heap *heap, uint8_t who)
{
	size_t size = 1 + dice(600);
	uint32_t units = units_of(size);
	bool expected = fits(who, units);

	assert_int_equal(quire_esp_heap_resize(heap, pieces[who].at, size), expected);
	if (!expected)
		return;
	mark(&pieces[who], 0);
	pieces[who].units = units;
	mark(&pieces[who], who);
	memset(pieces[who].at, who, units * UNIT);
}

static void model_give(struct quire_esp_heap *heap, uint8_t who)
{
	assert_int_equal(pieces[who].at[0], who);
	assert_true(quire_esp_heap_give(heap, pieces[who].at));
	assert_false(quire_esp_heap_give(heap, pieces[who].at));
	mark(&pieces[who], 0);
	pieces[who].at = NULL;
}

static void compare(struct quire_esp_heap *heap)
{
	uint32_t used = 0, largest = 0, run = 0, gaps = 0;
	const char *what = "";

	for (uint32_t i = 0; i < UNITS; i++) {
		used += owner[i] != 0;
		run = owner[i] == 0 ? run + 1 : 0;
		gaps += run == 1;
		largest = run > largest ? run : largest;
	}
	assert_int_equal(heap->used, used * UNIT);
	assert_int_equal(quire_esp_heap_largest(heap), largest * UNIT);
	assert_int_equal(quire_esp_heap_gaps(heap), gaps);
	if (!quire_esp_heap_check(heap, &what))
		fail_msg("%s", what);
	for (unsigned who = 1; who <= PIECES; who++)
		if (pieces[who].at != NULL)
			assert_int_equal(quire_esp_heap_size_of(heap, pieces[who].at),
					 pieces[who].units * UNIT);
}

static void test_random_calls_against_a_model(void **state)
{
	struct quire_esp_heap heap;

	(void)state;
	assert_true(quire_esp_heap_open(&heap, (uintptr_t)memory, sizeof(memory)));
	for (unsigned i = 0; i < 30000; i++) {
		uint8_t who = (uint8_t)(1 + dice(PIECES));

		if (pieces[who].at == NULL)
			model_take(&heap, who);
		else if (dice(3) == 0)
			model_resize(&heap, who);
		else
			model_give(&heap, who);
		if (i % 64 == 0)
			compare(&heap);
	}
	for (uint8_t who = 1; who <= PIECES; who++)
		if (pieces[who].at != NULL)
			model_give(&heap, who);
	compare(&heap);
	assert_int_equal(heap.blocks, 0);
	quire_esp_heap_close(&heap);
}

static void test_what_is_no_piece_is_refused(void **state)
{
	struct quire_esp_heap heap;
	uint8_t *at;

	(void)state;
	assert_true(quire_esp_heap_open(&heap, (uintptr_t)memory, sizeof(memory)));
	assert_null(quire_esp_heap_take(&heap, 0, 1));
	assert_null(quire_esp_heap_take(&heap, sizeof(memory) + 1, 1));
	at = quire_esp_heap_take(&heap, sizeof(memory), 1);
	assert_ptr_equal(at, memory);
	assert_null(quire_esp_heap_take(&heap, 1, 1));
	assert_false(quire_esp_heap_give(&heap, at + UNIT));
	assert_false(quire_esp_heap_give(&heap, at - UNIT));
	assert_false(quire_esp_heap_resize(&heap, at + 1, 5));
	assert_int_equal(quire_esp_heap_size_of(&heap, at + 1), 0);
	assert_true(quire_esp_heap_owns(&heap, at + sizeof(memory) - 1));
	assert_false(quire_esp_heap_owns(&heap, at + sizeof(memory)));
	assert_true(quire_esp_heap_give(&heap, at));
	quire_esp_heap_close(&heap);
}

/* -- esp_heap_caps.h -- */

static void start(const char *chip)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	quire_esp_defaults(&options, chip);
	if (!quire_esp_start(&options, why))
		fail_msg("%s", why);
}

static int stop(void **state)
{
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	return quire_esp_stop(why) ? 0 : -1;
}

static void test_capabilities_choose_the_heap(void **state)
{
	static const uint32_t none[] = {MALLOC_CAP_EXEC,
					MALLOC_CAP_RTCRAM,
					MALLOC_CAP_INVALID,
					MALLOC_CAP_TCM,
					MALLOC_CAP_SPIRAM | MALLOC_CAP_INTERNAL,
					MALLOC_CAP_SPIRAM | MALLOC_CAP_DMA};
	void *internal, *external, *any;

	(void)state;
	start("esp32s3");
	internal = heap_caps_malloc(100, MALLOC_CAP_INTERNAL);
	external = heap_caps_malloc(100, MALLOC_CAP_SPIRAM);
	any = heap_caps_malloc(100, MALLOC_CAP_8BIT);
	assert_true(esp_ptr_internal(internal));
	assert_true(esp_ptr_internal(any));
	assert_false(esp_ptr_external_ram(internal));
	assert_true(esp_ptr_external_ram(external));
	assert_false(esp_ptr_internal(external));
	assert_true(esp_ptr_byte_accessible(external));
	assert_false(esp_ptr_dma_capable(external));
	assert_true((uintptr_t)external >= 0x3c000000 && (uintptr_t)external < 0x3e000000);
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(heap_caps_malloc(16, none[i]));
	heap_caps_free(internal);
	heap_caps_free(external);
	heap_caps_free(any);
	heap_caps_free(NULL);
}

/* PSRAM's heap is a mapping of its bytes from 0 on: what is written is there when it is written
   back; and internal memory that is full is followed by PSRAM. */
static void test_psram_is_the_chips(void **state)
{
	uint32_t *external, word = 0;
	esp_paddr_t pa;
	mmu_target_t target;

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);

		start(chip->name);
		external = heap_caps_malloc(4096, MALLOC_CAP_SPIRAM);
		assert_int_equal(external != NULL, chip->psram);
		if (external != NULL) {
			*external = 0x600d600d;
			assert_int_equal(esp_mmu_vaddr_to_paddr(external, &pa, &target), ESP_OK);
			assert_int_equal(target, MMU_TARGET_PSRAM0);
			assert_int_equal(quire_space_sync(quire_esp_space(), (uintptr_t)external,
							  4096, QUIRE_SYNC_WRITE_BACK),
					 QUIRE_OK);
			assert_int_equal(
				quire_linux_read(quire_esp_linux(), QUIRE_PSRAM0, pa, &word, 4),
				QUIRE_OK);
			assert_int_equal(word, 0x600d600d);
		}
		assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_SPIRAM) != 0, chip->psram);
		assert_int_equal(stop(NULL), 0);
	}
}

static void test_addresses_are_taken_with_the_first_request(void **state)
{
	size_t before, after;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_mmu_map_get_max_consecutive_free_block_size(
				 MMU_MEM_CAP_READ, MMU_TARGET_PSRAM0, &before),
			 ESP_OK);
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_SPIRAM), 4 << 20);
	heap_caps_free(heap_caps_malloc(1, MALLOC_CAP_SPIRAM));
	assert_int_equal(esp_mmu_map_get_max_consecutive_free_block_size(MMU_MEM_CAP_READ,
									 MMU_TARGET_PSRAM0, &after),
			 ESP_OK);
	assert_int_equal(before - after, 4 << 20);
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_SPIRAM), 4 << 20);
}

/* More PSRAM than the windows can show beside himem's places: the heap gets what can be shown, says
   so before and after, and himem can work. */
static void test_what_is_reported_is_what_is_there(void **state)
{
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		static const uint32_t sizes[] = {4 << 20, 8 << 20, 16 << 20, 64 << 20};
		const struct quire_chip *chip = quire_chip_at(i);

		for (unsigned n = 0; n < 4 && chip->psram; n++) {
			struct quire_esp_options options;
			esp_himem_rangehandle_t range;
			esp_himem_handle_t banks;
			size_t before, largest;
			void *all, *bank;

			quire_esp_defaults(&options, chip->name);
			options.psram_size = sizes[n];
			if (sizes[n] > chip->psram_max)
				continue;
			if (!quire_esp_start(&options, why))
				fail_msg("%s: %s", chip->name, why);
			before = heap_caps_get_total_size(MALLOC_CAP_SPIRAM);
			largest = heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM);
			assert_true(before != 0 && before <= sizes[n]);
			assert_int_equal(largest, before);
			assert_int_equal(before + esp_himem_get_phys_size(), sizes[n]);
			all = heap_caps_malloc(largest, MALLOC_CAP_SPIRAM);
			assert_non_null(all);
			assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), before);
			assert_int_equal(esp_himem_alloc(65536, &banks), ESP_OK);
			assert_int_equal(esp_himem_alloc_map_range(65536, &range), ESP_OK);
			assert_int_equal(esp_himem_map(banks, range, 0, 0, 65536, 0, &bank),
					 ESP_OK);
			*(uint32_t *)bank = 1;
			heap_caps_free(all);
			assert_int_equal(stop(NULL), 0);
		}
	}
}

/* Who maps before the heap leaves it less, and it says so. */
static void test_what_others_have_mapped_is_not_promised(void **state)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];
	size_t before;
	void *at;

	(void)state;
	quire_esp_defaults(&options, "esp32s2");
	options.psram_size = 16 << 20;
	if (!quire_esp_start(&options, why))
		fail_msg("%s", why);
	assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), 7 << 20);
	assert_int_equal(esp_mmu_map(8 << 20, 2 << 20, MMU_TARGET_PSRAM0,
				     MMU_MEM_CAP_READ | MMU_MEM_CAP_WRITE | MMU_MEM_CAP_8BIT, 0,
				     &at),
			 ESP_OK);
	before = heap_caps_get_total_size(MALLOC_CAP_SPIRAM);
	assert_int_equal(before, (7 << 20) + (512 << 10) - (2 << 20));
	heap_caps_free(heap_caps_malloc(1, MALLOC_CAP_SPIRAM));
	assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), before);
	assert_int_equal(esp_mmu_unmap(at), ESP_OK);
}

/*
 * Who asks how much there would be takes nothing from those who map the same again and again, even
 * where so much is kept that the heap does not fit beside it.
 */
static void test_asking_for_sizes_gives_nothing_up(void **state)
{
	enum { KEPT = 45, PAGE = 65536 };
	static void *first[KEPT];
	struct quire_linux_counts before, after;
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	quire_esp_defaults(&options, "esp32s2");
	options.psram_size = 16 << 20;
	options.flash_size = 16 << 20;
	if (!quire_esp_start(&options, why))
		fail_msg("%s", why);
	/* What comes after this finds room only where PSRAM would. */
	assert_int_equal(esp_mmu_map(8 << 20, 62 * PAGE, MMU_TARGET_FLASH0,
				     MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT, 0, &first[0]),
			 ESP_OK);
	for (unsigned i = 0; i < KEPT; i++)
		assert_int_equal(esp_mmu_map((1 + i) * PAGE, PAGE, MMU_TARGET_FLASH0,
					     MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT,
					     ESP_MMU_MMAP_FLAG_PADDR_SHARED, &first[i]),
				 ESP_OK);
	for (unsigned i = 0; i < KEPT; i++)
		assert_int_equal(esp_mmu_unmap(first[i]), ESP_OK);
	quire_linux_counts(quire_esp_linux(), &before);
	assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), 7 << 20);
	assert_int_equal(heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM), 7 << 20);
	quire_linux_counts(quire_esp_linux(), &after);
	assert_int_equal(after.changes, before.changes);
}

static void test_numbers_add_up(void **state)
{
	size_t total, least;
	multi_heap_info_t info;
	void *a, *b;

	(void)state;
	start("esp32s3");
	total = heap_caps_get_total_size(MALLOC_CAP_INTERNAL);
	assert_int_equal(total, 512 << 10);
	a = heap_caps_malloc(1000, MALLOC_CAP_INTERNAL);
	b = heap_caps_malloc(16, MALLOC_CAP_INTERNAL);
	assert_int_equal(heap_caps_get_allocated_size(a), 1008);
	assert_int_equal(heap_caps_get_allocated_size((char *)a + 16), 0);
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), total - 1024);
	heap_caps_free(a);
	heap_caps_get_info(&info, MALLOC_CAP_INTERNAL);
	assert_int_equal(info.total_allocated_bytes, 16);
	assert_int_equal(info.allocated_blocks, 1);
	assert_int_equal(info.free_blocks, 2);
	assert_int_equal(info.total_blocks, 3);
	assert_int_equal(info.largest_free_block, total - 1024);
	assert_int_equal(info.minimum_free_bytes, total - 1024);
	least = heap_caps_get_minimum_free_size(MALLOC_CAP_INTERNAL);
	assert_int_equal(least, total - 1024);
	assert_int_equal(esp_get_free_heap_size(), total - 16 + (4 << 20));
	assert_int_equal(esp_get_free_internal_heap_size(), total - 16);
	heap_caps_free(b);
	assert_int_equal(heap_caps_get_largest_free_block(MALLOC_CAP_INTERNAL), total);
	assert_true(heap_caps_check_integrity_all(true));
}

static void test_alignment_zeroes_and_overflow(void **state)
{
	uint8_t *at;

	(void)state;
	start("esp32p4");
	at = heap_caps_malloc(300, MALLOC_CAP_INTERNAL);
	memset(at, 7, 300);
	heap_caps_free(at);
	at = heap_caps_calloc(3, 100, MALLOC_CAP_INTERNAL);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(at[i], 0);
	heap_caps_free(at);
	at = heap_caps_aligned_alloc(4096, 10, MALLOC_CAP_SPIRAM);
	assert_int_equal((uintptr_t)at % 4096, 0);
	heap_caps_aligned_free(at);
	at = heap_caps_aligned_calloc(256, 2, 128, MALLOC_CAP_INTERNAL);
	assert_int_equal((uintptr_t)at % 256, 0);
	assert_int_equal(at[255], 0);
	heap_caps_free(at);
	at = heap_caps_malloc(1, MALLOC_CAP_SPIRAM | MALLOC_CAP_CACHE_ALIGNED);
	assert_int_equal((uintptr_t)at % 128, 0);
	assert_int_equal(heap_caps_get_allocated_size(at), 128);
	heap_caps_free(at);
	assert_null(heap_caps_aligned_alloc(0, 10, MALLOC_CAP_INTERNAL));
	assert_null(heap_caps_aligned_alloc(24, 10, MALLOC_CAP_INTERNAL));
	assert_null(heap_caps_calloc(SIZE_MAX / 2, 3, MALLOC_CAP_INTERNAL));
	assert_null(heap_caps_aligned_calloc(16, SIZE_MAX / 2, 3, MALLOC_CAP_INTERNAL));
	assert_null(heap_caps_malloc(SIZE_MAX, MALLOC_CAP_8BIT));
	assert_null(heap_caps_malloc(0, MALLOC_CAP_8BIT));
}

static void test_realloc_keeps_what_was_there(void **state)
{
	char *at, *moved, *host;

	(void)state;
	start("esp32s3");
	at = heap_caps_realloc(NULL, 32, MALLOC_CAP_INTERNAL);
	strcpy(at, "what was there");
	assert_ptr_equal(heap_caps_realloc(at, 4000, MALLOC_CAP_INTERNAL), at);
	moved = heap_caps_realloc(at, 4000, MALLOC_CAP_SPIRAM);
	assert_true(esp_ptr_external_ram(moved));
	assert_string_equal(moved, "what was there");
	assert_int_equal(heap_caps_get_allocated_size(at), 0);
	assert_null(heap_caps_realloc(moved, 64 << 20, MALLOC_CAP_SPIRAM));
	assert_string_equal(moved, "what was there");
	moved = heap_caps_realloc_prefer(moved, 20, 2, MALLOC_CAP_INVALID, MALLOC_CAP_INTERNAL);
	assert_string_equal(moved, "what was there");
	assert_true(esp_ptr_internal(moved));
	assert_null(heap_caps_realloc(moved, 0, MALLOC_CAP_INTERNAL));
	host = malloc(10);
	strcpy(host, "host");
	assert_null(heap_caps_realloc(host, 20, MALLOC_CAP_SPIRAM));
	host = heap_caps_realloc(host, 20, MALLOC_CAP_8BIT);
	assert_string_equal(host, "host");
	heap_caps_free(host);
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), 512 << 10);
}

static void test_free_and_realloc_of_the_c_library_take_them_too(void **state)
{
	char *internal, *external, *larger;

	(void)state;
	start("esp32s3");
	internal = heap_caps_malloc(64, MALLOC_CAP_INTERNAL);
	external = heap_caps_malloc(64, MALLOC_CAP_SPIRAM);
	strcpy(external, "external");
	larger = realloc(external, 100);
	assert_string_equal(larger, "external");
	assert_true(esp_ptr_external_ram(larger));
	free(internal);
	free(larger);
	free(malloc(10));
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), 512 << 10);
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_SPIRAM), 4 << 20);
}

static void test_the_next_set_of_capabilities_is_tried(void **state)
{
	void *a, *b;

	(void)state;
	start("esp32c3");
	a = heap_caps_malloc_prefer(16, 2, MALLOC_CAP_SPIRAM, MALLOC_CAP_INTERNAL);
	assert_true(esp_ptr_internal(a));
	b = heap_caps_calloc_prefer(2, 16, 3, MALLOC_CAP_SPIRAM, MALLOC_CAP_INVALID,
				    MALLOC_CAP_DEFAULT);
	assert_non_null(b);
	assert_null(heap_caps_malloc_prefer(16, 1, MALLOC_CAP_SPIRAM));
	heap_caps_free(a);
	heap_caps_free(b);
}

static size_t told_size;
static uint32_t told_caps;

static void tell(size_t size, uint32_t caps, const char *function)
{
	assert_string_equal(function, "heap_caps_malloc");
	told_size = size;
	told_caps = caps;
}

static void test_who_asks_for_too_much_is_told_of(void **state)
{
	(void)state;
	start("esp32c3");
	assert_int_equal(heap_caps_register_failed_alloc_callback(NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(heap_caps_register_failed_alloc_callback(tell), ESP_OK);
	assert_null(heap_caps_malloc(1 << 20, MALLOC_CAP_INTERNAL));
	assert_int_equal(told_size, 1 << 20);
	assert_int_equal(told_caps, MALLOC_CAP_INTERNAL);
}

/* -- threads -- */

static SemaphoreHandle_t finished;

static void churn(void *argument)
{
	uint32_t random = (uint32_t)(uintptr_t)argument * 7919 + 1;
	uint8_t *mine[8] = {NULL};
	unsigned wrong = 0;

	for (unsigned i = 0; i < 4000; i++) {
		unsigned n = (random = random * 1664525u + 1013904223u) >> 29;
		size_t size = 1 + (random >> 8) % 2000;

		if (mine[n] != NULL) {
			wrong += mine[n][0] != (uint8_t)(uintptr_t)argument;
			free(mine[n]);
			mine[n] = NULL;
		} else {
			mine[n] = heap_caps_malloc(size,
						   i % 2 ? MALLOC_CAP_SPIRAM : MALLOC_CAP_INTERNAL);
			if (mine[n] != NULL)
				memset(mine[n], (int)(uintptr_t)argument, size);
		}
	}
	for (unsigned n = 0; n < 8; n++)
		free(mine[n]);
	if (wrong != 0)
		abort();
	xSemaphoreGive(finished);
	vTaskDelete(NULL);
}

static void test_four_tasks_share_the_heaps(void **state)
{
	(void)state;
	start("esp32s3");
	finished = xSemaphoreCreateCounting(4, 0);
	for (uintptr_t i = 1; i <= 4; i++)
		assert_int_equal(xTaskCreate(churn, "churn", 4096, (void *)i, 5, NULL), pdPASS);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(xSemaphoreTake(finished, portMAX_DELAY), pdTRUE);
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	vSemaphoreDelete(finished);
	assert_true(heap_caps_check_integrity_all(true));
	assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_DEFAULT),
			 heap_caps_get_total_size(MALLOC_CAP_DEFAULT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_calls_against_a_model),
		cmocka_unit_test(test_what_is_no_piece_is_refused),
		cmocka_unit_test_teardown(test_capabilities_choose_the_heap, stop),
		cmocka_unit_test_teardown(test_psram_is_the_chips, stop),
		cmocka_unit_test_teardown(test_addresses_are_taken_with_the_first_request, stop),
		cmocka_unit_test_teardown(test_what_is_reported_is_what_is_there, stop),
		cmocka_unit_test_teardown(test_what_others_have_mapped_is_not_promised, stop),
		cmocka_unit_test_teardown(test_asking_for_sizes_gives_nothing_up, stop),
		cmocka_unit_test_teardown(test_numbers_add_up, stop),
		cmocka_unit_test_teardown(test_alignment_zeroes_and_overflow, stop),
		cmocka_unit_test_teardown(test_realloc_keeps_what_was_there, stop),
		cmocka_unit_test_teardown(test_free_and_realloc_of_the_c_library_take_them_too,
					  stop),
		cmocka_unit_test_teardown(test_the_next_set_of_capabilities_is_tried, stop),
		cmocka_unit_test_teardown(test_who_asks_for_too_much_is_told_of, stop),
		cmocka_unit_test_teardown(test_four_tasks_share_the_heaps, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
