/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each call of himem does and every error it can have, on every chip, in the order in which
 * they are looked for.
 */
#include <string.h>

#include "bench.h"
#include "esp_heap_caps.h"

#define NOBODY ((void *)0x1234)

/* -- sizes -- */

static void sizes(void)
{
	size_t psram = options.psram_size, heap, phys = esp_himem_get_phys_size();
	esp_himem_handle_t some;

	heap = strcmp(options.chip, "esp32") == 0 ? 4 * MIB - 8 * block : 4 * MIB;
	assert_int_equal(phys, psram - heap);
	assert_int_equal(esp_himem_get_free_size(), phys);
	assert_int_equal(esp_himem_reserved_area_size(), 8 * block);
	some = ram(3);
	assert_int_equal(esp_himem_get_phys_size(), phys);
	assert_int_equal(esp_himem_get_free_size(), phys - 3 * block);
	assert_int_equal(esp_himem_free(some), ESP_OK);
	assert_int_equal(esp_himem_get_free_size(), phys);
}

static void sizes_are_those_of_the_psram_less_the_heap(void **unused)
{
	(void)unused;
	on_every_chip(sizes);
}

static void esp32_with_8_mib_and_8_banks_has_what_its_documentation_says(void **unused)
{
	(void)unused;
	choose("esp32");
	start();
	assert_int_equal(esp_himem_get_phys_size(), 4456448);
	assert_int_equal(esp_himem_reserved_area_size(), 262144);
	assert_int_equal(block, 0x8000);
	stop();
}

static void esp32_window_is_the_last_banks_of_its_4_mib(void **unused)
{
	static const uint32_t reserve[] = {1, 8, 62};

	(void)unused;
	for (unsigned i = 0; i < 3; i++) {
		esp_himem_rangehandle_t all;
		esp_himem_handle_t some;
		uint8_t *at;

		choose("esp32");
		options.himem_reserve = reserve[i];
		start();
		all = range(reserve[i]);
		some = ram(1);
		at = map(some, all, 0, 0, 1);
		assert_int_equal((uintptr_t)at, 0x3F800000u + (128u - reserve[i]) * 0x8000u);
		stop();
	}
}

/* -- alloc -- */

static void alloc(void)
{
	size_t all = esp_himem_get_phys_size();
	esp_himem_handle_t handle = NOBODY, rest;

	assert_int_equal(esp_himem_alloc(1, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_alloc(1, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc(block - 1, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc(block + 4096, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc(SIZE_MAX, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc(all + 1, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc(all + block, &handle), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_alloc(SIZE_MAX / block * block, &handle), ESP_ERR_NO_MEM);
	assert_ptr_equal(handle, NOBODY);
	assert_int_equal(esp_himem_alloc(all, &handle), ESP_OK);
	assert_int_equal(esp_himem_get_free_size(), 0);
	rest = NOBODY;
	assert_int_equal(esp_himem_alloc(block, &rest), ESP_ERR_NO_MEM);
	assert_ptr_equal(rest, NOBODY);
	assert_int_equal(esp_himem_alloc(0, &rest), ESP_OK);
	assert_int_equal(esp_himem_free(rest), ESP_OK);
	assert_int_equal(esp_himem_free(handle), ESP_OK);
	assert_int_equal(esp_himem_get_free_size(), all);
}

static void memory_is_allocated_to_the_last_block(void **unused)
{
	(void)unused;
	on_every_chip(alloc);
}

/* -- alloc_map_range -- */

static void alloc_map_range(void)
{
	esp_himem_rangehandle_t handle = NOBODY, two[2];

	assert_int_equal(esp_himem_alloc_map_range(1, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_alloc_map_range(1, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc_map_range(SIZE_MAX, &handle), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc_map_range(0, &handle), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_alloc_map_range(9 * block, &handle), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_alloc_map_range(SIZE_MAX / block * block, &handle),
			 ESP_ERR_NO_MEM);
	assert_ptr_equal(handle, NOBODY);
	two[0] = range(3);
	two[1] = range(4);
	assert_int_equal(esp_himem_free_map_range(two[0]), ESP_OK);
	/* four blocks are free, and not in a row */
	assert_int_equal(esp_himem_alloc_map_range(4 * block, &handle), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_alloc_map_range(3 * block, &handle), ESP_OK);
	assert_int_equal(esp_himem_free_map_range(handle), ESP_OK);
	assert_int_equal(esp_himem_free_map_range(two[1]), ESP_OK);
	assert_int_equal(esp_himem_alloc_map_range(8 * block, &handle), ESP_OK);
}

static void addresses_are_allocated_in_a_row(void **unused)
{
	(void)unused;
	on_every_chip(alloc_map_range);
}

/* -- map -- */

static void map_checks(void)
{
	esp_himem_handle_t memory = ram(4);
	esp_himem_rangehandle_t to = range(3), other = range(2);
	void *out = NOBODY;
	size_t b = block;

	assert_int_equal(esp_himem_map(memory, to, 1, 9 * b, b, 0, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map(memory, to, 1, 9 * b, b, 0, &out), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map(memory, to, 9 * b, 1, b, 0, &out), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map(memory, to, 9 * b, 0, 1, 0, &out), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map(memory, to, 0, 0, SIZE_MAX, 0, &out), ESP_ERR_INVALID_ARG);
	map(memory, other, 1, 0, 1);
	/* beyond memory or range, and in use as well */
	assert_int_equal(esp_himem_map(memory, to, 5 * b, 0, b, 0, &out), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, to, 5 * b, 0, 0, 0, &out), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, other, 1 * b, 0, 4 * b, 0, &out),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, other, 0, b, 2 * b, 0, &out), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, to, 0, 4 * b, 0, 0, &out), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, to, SIZE_MAX / b * b, 0, 2 * b, 0, &out),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, to, 0, SIZE_MAX / b * b, 2 * b, 0, &out),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_map(memory, to, 0, 0, 2 * b, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, to, b, 0, b, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, other, 2 * b, 0, b, 0, &out), ESP_ERR_INVALID_STATE);
	assert_ptr_equal(out, NOBODY);
}

static void map_looks_at_arguments_then_sizes_then_use(void **unused)
{
	(void)unused;
	on_every_chip(map_checks);
}

static void length_zero(void)
{
	esp_himem_handle_t memory = ram(2), empty = ram(0);
	esp_himem_rangehandle_t to = range(2);
	uint8_t *first = map(memory, to, 0, 0, 1);
	void *out = NULL;

	assert_int_equal(esp_himem_map(memory, to, 0, 0, 0, 0, &out), ESP_OK);
	assert_ptr_equal(out, first);
	assert_int_equal(esp_himem_map(empty, to, 0, 2 * block, 0, 0, &out), ESP_OK);
	assert_ptr_equal(out, first + 2 * block);
	assert_int_equal(esp_himem_map(empty, to, 0, block, block, 0, &out), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_unmap(to, first, 0), ESP_OK);
	assert_true(readable(first));
	assert_false(readable(first + block));
}

static void length_zero_maps_nothing_and_is_fine(void **unused)
{
	(void)unused;
	on_every_chip(length_zero);
}

static void whole(void)
{
	esp_himem_handle_t memory = ram(4);
	esp_himem_rangehandle_t to = range(4);
	uint8_t *third = map(memory, to, 3, 3, 1);
	void *out = NOBODY;

	assert_int_equal(esp_himem_map(memory, to, 0, 0, 4 * block, 0, &out),
			 ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, to, 0, 1 * block, 3 * block, 0, &out),
			 ESP_ERR_INVALID_STATE);
	assert_false(readable(third - 3 * block));
	assert_false(readable(third - 2 * block));
	map(memory, to, 0, 0, 3);
	assert_int_equal(esp_himem_unmap(to, third, block), ESP_OK);
	/* the last of them is not mapped */
	assert_int_equal(esp_himem_unmap(to, third - 3 * block, 4 * block), ESP_ERR_INVALID_ARG);
	assert_true(readable(third - 3 * block) && readable(third - 2 * block) &&
		    readable(third - block));
	unmap(to, third - 3 * block, 3);
	free_both(memory, to);
}

static void map_and_unmap_are_whole_or_nothing(void **unused)
{
	(void)unused;
	on_every_chip(whole);
}

static void pieces(void)
{
	esp_himem_handle_t memory = ram(8);
	esp_himem_rangehandle_t to = range(4);
	uint8_t *base = map(memory, to, 0, 0, 4);

	for (size_t i = 0; i < 4; i++)
		base[i * block] = (uint8_t)(10 + i);
	unmap(to, base + block, 2);
	assert_true(readable(base) && readable(base + 3 * block));
	assert_false(readable(base + block) || readable(base + 2 * block));
	assert_ptr_equal(map(memory, to, 1, 2, 1), base + 2 * block);
	assert_int_equal(base[2 * block], 11);
	assert_ptr_equal(map(memory, to, 4, 1, 1), base + block);
	base[block] = 99;
	unmap(to, base, 4);
	assert_ptr_equal(map(memory, to, 1, 0, 4), base);
	assert_int_equal(base[0], 11);
	assert_int_equal(base[block], 12);
	assert_int_equal(base[2 * block], 13);
	assert_int_equal(base[3 * block], 99);
	unmap(to, base, 4);
	free_both(memory, to);
}

static void any_part_can_be_unmapped_and_mapped_elsewhere(void **unused)
{
	(void)unused;
	on_every_chip(pieces);
}

/* -- unmap -- */

static void unmap_checks(void)
{
	esp_himem_handle_t memory = ram(2);
	esp_himem_rangehandle_t to = range(2);
	uint8_t *at = map(memory, to, 0, 0, 2);

	assert_int_equal(esp_himem_unmap(to, at + 1, block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, at, block + 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, at, 3 * block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, at + block, 2 * block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, at + 2 * block, block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, at + block, SIZE_MAX / block * block),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, NULL, block), ESP_ERR_INVALID_ARG);
	assert_true(readable(at) && readable(at + block));
	assert_int_equal(esp_himem_unmap(to, at, 2 * block), ESP_OK);
}

static void unmap_looks_at_its_arguments(void **unused)
{
	(void)unused;
	on_every_chip(unmap_checks);
}

/* -- free -- */

static void free_checks(void)
{
	esp_himem_handle_t memory = ram(3);
	esp_himem_rangehandle_t to = range(3);
	uint8_t *at = map(memory, to, 2, 1, 1);

	assert_int_equal(esp_himem_free(memory), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free_map_range(to), ESP_ERR_INVALID_ARG);
	assert_true(readable(at));
	unmap(to, at, 1);
	assert_int_equal(esp_himem_free(memory), ESP_OK);
	assert_int_equal(esp_himem_free_map_range(to), ESP_OK);
}

static void what_is_mapped_is_not_freed(void **unused)
{
	(void)unused;
	on_every_chip(free_checks);
}

/* -- no himem -- */

static void nothing_works(void)
{
	esp_himem_handle_t memory = NOBODY, empty = NULL;
	esp_himem_rangehandle_t to = NOBODY;
	void *out = NOBODY;

	assert_int_equal(esp_himem_get_phys_size(), 0);
	assert_int_equal(esp_himem_get_free_size(), 0);
	assert_int_equal(esp_himem_reserved_area_size(), 0);
	assert_int_equal(esp_himem_alloc(1, &memory), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_himem_alloc(0x10000, &memory), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_alloc(0, &empty), ESP_OK);
	assert_int_equal(esp_himem_alloc_map_range(1, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_alloc_map_range(1, &to), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_alloc_map_range(0x10000, &to), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, to, 1, 1, 1, 0, NULL), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(NULL, NULL, 0, 0, 0, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_unmap(to, NULL, 0), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free_map_range(to), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free(empty), ESP_OK);
	assert_true(memory == NOBODY && to == NOBODY && out == NOBODY);
}

static void without_psram_there_is_no_himem(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		choose(quire_chip_at(i)->name);
		options.psram_size = 0;
		start();
		nothing_works();
		stop();
	}
}

static void without_psram_beside_the_heap_there_is_no_himem(void **unused)
{
	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++) {
		choose(*chip);
		options.psram_heap = options.psram_size = 4 * MIB; /* which all can address */
		start();
		nothing_works();
		stop();
	}
}

/* -- beside the heap -- */

/* Take most of the heap's PSRAM, and fill it. */
static uint8_t *fill_heap(size_t size)
{
	uint8_t *all = heap_caps_malloc(size, MALLOC_CAP_SPIRAM);

	assert_non_null(all);
	memset(all, 0x77, size);
	return all;
}

static void fill_himem(void)
{
	esp_himem_rangehandle_t to = range(8);
	esp_himem_handle_t memory = ram(esp_himem_get_free_size() / block);

	for (size_t i = 0; i < esp_himem_get_phys_size() / block; i++) {
		uint8_t *at = map(memory, to, i, i % 8, 1);

		memset(at, 0x88, block);
		unmap(to, at, 1);
	}
	map(memory, to, 0, 0, 8);
}

/* Either of them first; neither is in the way of the other, and both keep their bytes. */
static void with_heap_first(bool heap_first)
{
	size_t size = options.psram_size - esp_himem_get_phys_size() - 64 * 1024;
	uint8_t *all = NULL;

	if (heap_first)
		all = fill_heap(size);
	fill_himem();
	if (!heap_first)
		all = fill_heap(size);
	for (size_t i = 0; i < size; i += 512)
		assert_int_equal(all[i], 0x77);
}

static void heap_then_himem(void)
{
	with_heap_first(true);
}

static void himem_then_heap(void)
{
	with_heap_first(false);
}

static void himem_and_the_heap_are_beside_each_other(void **unused)
{
	(void)unused;
	on_every_chip(heap_then_himem);
	on_every_chip(himem_then_heap);
}

/* -- limits -- */

static void all_addresses(void)
{
	esp_himem_rangehandle_t to = range(options.himem_reserve);
	size_t blocks = options.himem_reserve;
	esp_himem_handle_t memory;
	uint8_t *at;

	if (blocks > esp_himem_get_phys_size() / block)
		blocks = esp_himem_get_phys_size() / block;
	memory = ram(blocks);
	at = map(memory, to, 0, 0, blocks);
	for (size_t i = 0; i < blocks; i++)
		at[i * block + block - 1] = (uint8_t)(i + 1);
	unmap(to, at, blocks);
	map(memory, to, 0, 0, blocks);
	for (size_t i = 0; i < blocks; i++)
		assert_int_equal(at[i * block + block - 1], i + 1);
	unmap(to, at, blocks);
	free_both(memory, to);
}

static void one_block_of_addresses_will_do_and_62_are_the_most(void **unused)
{
	static const uint32_t reserve[] = {1, 2, 61, 62};
	char why[QUIRE_LINUX_TEXT];

	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++) {
		for (unsigned i = 0; i < 4; i++) {
			choose(*chip);
			options.himem_reserve = reserve[i];
			start();
			all_addresses();
			stop();
		}
		options.himem_reserve = 0;
		assert_false(quire_esp_start(&options, why));
		options.himem_reserve = 63;
		assert_false(quire_esp_start(&options, why));
	}
}

static void smaller_pages(void **unused)
{
	static const struct {
		const char *chip;
		uint32_t page;
	} is[] = {{"esp32c61", 0x8000}, {"esp32c61", 0x4000}, {"esp32h4", 0x4000},
		  {"esp32h4", 0x8000},  {"esp32h4", 0x2000},  {"esp32s31", 0x8000}};

	(void)unused;
	for (unsigned i = 0; i < sizeof(is) / sizeof(is[0]); i++) {
		choose(is[i].chip);
		options.page_size = is[i].page;
		options.psram_size = 2 * MIB;
		start();
		assert_int_equal(block, is[i].page);
		all_addresses();
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_those_of_the_psram_less_the_heap),
		cmocka_unit_test(esp32_with_8_mib_and_8_banks_has_what_its_documentation_says),
		cmocka_unit_test(esp32_window_is_the_last_banks_of_its_4_mib),
		cmocka_unit_test(memory_is_allocated_to_the_last_block),
		cmocka_unit_test(addresses_are_allocated_in_a_row),
		cmocka_unit_test(map_looks_at_arguments_then_sizes_then_use),
		cmocka_unit_test(length_zero_maps_nothing_and_is_fine),
		cmocka_unit_test(map_and_unmap_are_whole_or_nothing),
		cmocka_unit_test(any_part_can_be_unmapped_and_mapped_elsewhere),
		cmocka_unit_test(unmap_looks_at_its_arguments),
		cmocka_unit_test(what_is_mapped_is_not_freed),
		cmocka_unit_test(without_psram_there_is_no_himem),
		cmocka_unit_test(without_psram_beside_the_heap_there_is_no_himem),
		cmocka_unit_test(himem_and_the_heap_are_beside_each_other),
		cmocka_unit_test(one_block_of_addresses_will_do_and_62_are_the_most),
		cmocka_unit_test(smaller_pages),
	};

	return cmocka_run_group_tests_name("himem calls", tests, NULL, NULL);
}
