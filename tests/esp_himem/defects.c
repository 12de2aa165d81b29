/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong in ESP-IDF's himem and must not here, one test each, on every chip.
 */
#include <string.h>

#include "bench.h"
#include "esp32/himem.h" /* the old path, which works on every chip */
#include "esp_mmu_map.h"

/* -- handles -- */

static void null_and_made_up_handles(void)
{
	esp_himem_handle_t memory = ram(1);
	esp_himem_rangehandle_t to = range(1);
	const uintptr_t made_up[] = {0,
				     1,
				     2,
				     0x10001,
				     0xffff,
				     UINT32_MAX,
				     UINTPTR_MAX,
				     UINTPTR_MAX / 2 + 2,
				     (uintptr_t)(void *)&to};
	uint8_t *at = map(memory, to, 0, 0, 1);
	void *out = NULL;

	for (unsigned i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++) {
		esp_himem_handle_t no_memory = (esp_himem_handle_t)made_up[i];
		esp_himem_rangehandle_t no_range = (esp_himem_rangehandle_t)made_up[i];

		if (no_memory == memory || (uintptr_t)to == made_up[i])
			continue;
		assert_int_equal(esp_himem_free(no_memory), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_himem_free_map_range(no_range), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_himem_map(no_memory, to, 0, 0, block, 0, &out),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_himem_map(memory, no_range, 0, 0, block, 0, &out),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_himem_unmap(no_range, at, block), ESP_ERR_INVALID_ARG);
	}
	assert_null(out);
	assert_true(readable(at));
}

static void null_and_made_up_handles_are_recognised(void **unused)
{
	(void)unused;
	on_every_chip(null_and_made_up_handles);
}

static void null_outputs(void)
{
	esp_himem_handle_t memory = ram(1);
	esp_himem_rangehandle_t to = range(1);
	size_t left = esp_himem_get_free_size();

	assert_int_equal(esp_himem_alloc(block, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_alloc_map_range(block, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map(memory, to, 0, 0, block, 0, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_get_free_size(), left);
	free_both(memory, to); /* nothing was mapped */
}

static void null_outputs_are_invalid_arguments(void **unused)
{
	(void)unused;
	on_every_chip(null_outputs);
}

static void freed_handles(void)
{
	esp_himem_handle_t memory = ram(1), next;
	esp_himem_rangehandle_t to = range(1), next_range;
	void *out = NULL;

	free_both(memory, to);
	assert_int_equal(esp_himem_free(memory), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free_map_range(to), ESP_ERR_INVALID_ARG);
	next = ram(1); /* may use what the first one used */
	next_range = range(1);
	assert_ptr_not_equal(next, memory);
	assert_ptr_not_equal(next_range, to);
	assert_int_equal(esp_himem_map(memory, next_range, 0, 0, block, 0, &out),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map(next, to, 0, 0, block, 0, &out), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free(memory), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free_map_range(to), ESP_ERR_INVALID_ARG);
	map(next, next_range, 0, 0, 1);
}

static void a_freed_handle_is_not_taken_for_the_next_one(void **unused)
{
	(void)unused;
	on_every_chip(freed_handles);
}

static void handles_of_the_other_kind(void)
{
	esp_himem_handle_t memory = ram(1);
	esp_himem_rangehandle_t to = range(1);
	void *out = NULL;

	assert_int_equal(esp_himem_free((esp_himem_handle_t)(void *)to), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free_map_range((esp_himem_rangehandle_t)(void *)memory),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_map((esp_himem_handle_t)(void *)to, to, 0, 0, block, 0, &out),
			 ESP_ERR_INVALID_ARG);
	free_both(memory, to);
}

static void a_handle_of_one_kind_is_not_taken_for_the_other(void **unused)
{
	(void)unused;
	on_every_chip(handles_of_the_other_kind);
}

/* -- unmap -- */

static void never_mapped(void)
{
	esp_himem_handle_t first = ram(1), second = ram(1); /* bank 0 is in the first */
	esp_himem_rangehandle_t to = range(2);
	uint8_t *at = map(first, to, 0, 0, 1);
	void *out = NULL;

	assert_int_equal(esp_himem_unmap(to, at + block, block), ESP_ERR_INVALID_ARG);
	/* bank 0 still counts as mapped: not a second time, and not to be freed */
	assert_int_equal(esp_himem_map(first, to, 0, block, block, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_free(first), ESP_ERR_INVALID_ARG);
	unmap(to, at, 1);
	assert_int_equal(esp_himem_unmap(to, at, block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_free(first), ESP_OK);
	free_both(second, to);
}

static void unmapping_what_was_never_mapped_is_refused_and_changes_nothing(void **unused)
{
	(void)unused;
	on_every_chip(never_mapped);
}

static void outside_the_range(void)
{
	esp_himem_handle_t memory = ram(3);
	esp_himem_rangehandle_t before = range(1), to = range(1), behind = range(1);
	uint8_t *low = map(memory, before, 0, 0, 1), *at = map(memory, to, 1, 0, 1);
	uint8_t *high = map(memory, behind, 2, 0, 1);

	assert_ptr_equal(low + block, at);
	assert_ptr_equal(at + block, high);
	assert_int_equal(esp_himem_unmap(to, low, block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(to, high, block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(before, low, 2 * block), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_himem_unmap(before, at, block), ESP_ERR_INVALID_ARG);
	assert_true(readable(low) && readable(at) && readable(high));
	unmap(before, low, 1);
	unmap(to, at, 1);
	unmap(behind, high, 1);
}

static void unmapping_before_a_range_or_through_another_one_is_refused(void **unused)
{
	(void)unused;
	on_every_chip(outside_the_range);
}

static void stale_pointers(void)
{
	esp_himem_handle_t memory = ram(2);
	esp_himem_rangehandle_t to = range(2);
	uint8_t *at = map(memory, to, 0, 0, 2);

	assert_true(readable(at) && writable(at));
	unmap(to, at, 1);
	assert_false(readable(at) || writable(at));
	assert_true(readable(at + block) && writable(at + block));
	unmap(to, at + block, 1);
	assert_false(readable(at + block));
}

static void a_pointer_is_dead_after_unmap(void **unused)
{
	(void)unused;
	on_every_chip(stale_pointers);
}

/* What the memory itself holds of himem: its blocks are the last of the PSRAM, in order. */
static uint8_t in_memory(size_t offset)
{
	quire_pa start = options.psram_size - esp_himem_get_phys_size();
	uint8_t byte = 0;

	assert_int_equal(
		quire_linux_read(quire_esp_linux(), QUIRE_PSRAM0, start + offset, &byte, 1), 0);
	return byte;
}

static void written_back(void)
{
	esp_himem_handle_t memory = ram(2);
	esp_himem_rangehandle_t to = range(1);
	uint8_t *at = map(memory, to, 0, 0, 1);

	at[17] = 0x42;
	assert_int_not_equal(in_memory(17), 0x42); /* the cache has it */
	unmap(to, at, 1);
	assert_int_equal(in_memory(17), 0x42);
	at = map(memory, to, 1, 0, 1);
	at[17] = 0x43;
	unmap(to, at, 1);
	assert_int_equal(in_memory(17), 0x42);
	assert_int_equal(in_memory(block + 17), 0x43);
}

static void what_was_written_is_in_memory_after_unmap(void **unused)
{
	(void)unused;
	on_every_chip(written_back);
}

/* -- map -- */

static void pointer_with_offset(void)
{
	esp_himem_handle_t memory = ram(4);
	esp_himem_rangehandle_t to = range(4);
	uint8_t *base = map(memory, to, 0, 0, 1);

	for (size_t i = 1; i < 4; i++)
		assert_ptr_equal(map(memory, to, i, i, 1), base + i * block);
}

static void the_pointer_of_a_map_inside_a_range_is_its_own(void **unused)
{
	(void)unused;
	on_every_chip(pointer_with_offset);
}

static void one_place_only(void)
{
	esp_himem_handle_t memory = ram(2);
	esp_himem_rangehandle_t to = range(2), other = range(2);
	void *out = NULL;
	uint8_t *at = map(memory, to, 0, 0, 1);

	assert_int_equal(esp_himem_map(memory, to, 0, block, block, 0, &out),
			 ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, other, 0, 0, block, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, other, 0, 0, 2 * block, 0, &out),
			 ESP_ERR_INVALID_STATE);
	unmap(to, at, 1);
	map(memory, other, 0, 0, 2);
}

static void a_block_is_mapped_at_one_place_only(void **unused)
{
	(void)unused;
	on_every_chip(one_place_only);
}

/* Memory of himem that is shown past it. */
static void shown_by_others(void)
{
	struct quire_want want = {.size = block,
				  .target = QUIRE_PSRAM0,
				  .attr = QUIRE_READ | QUIRE_WRITE,
				  .caps = QUIRE_CAP_8BIT};
	esp_himem_handle_t memory = ram(1);
	esp_himem_rangehandle_t to = range(1);
	struct quire_got got;
	void *out = NULL;

	want.pa = options.psram_size - esp_himem_get_phys_size();
	assert_int_equal(quire_space_map(quire_esp_space(), &want, &got), 0);
	assert_int_equal(esp_himem_map(memory, to, 0, 0, block, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(quire_space_unmap(quire_esp_space(), got.mapping), 0);
	map(memory, to, 0, 0, 1);
}

static void a_block_that_others_map_is_not_mapped(void **unused)
{
	(void)unused;
	on_every_chip(shown_by_others);
}

/* A pointer of himem means nothing to esp_mmu_unmap(), mapped or not. */
static void unmapped_by_others(void)
{
	esp_himem_handle_t memory = ram(1);
	esp_himem_rangehandle_t to = range(2);
	uint8_t *at = map(memory, to, 0, 0, 1);

	assert_int_equal(esp_mmu_unmap(at), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_unmap(at + block), ESP_ERR_NOT_FOUND);
	assert_true(readable(at));
	unmap(to, at, 1);
	assert_int_equal(esp_mmu_unmap(at), ESP_ERR_NOT_FOUND);
	map(memory, to, 0, 1, 1);
}

static void what_himem_maps_only_himem_unmaps(void **unused)
{
	(void)unused;
	on_every_chip(unmapped_by_others);
}

static void read_only(void)
{
	esp_himem_handle_t memory = ram(1);
	esp_himem_rangehandle_t to = range(1);
	uint8_t *at = map(memory, to, 0, 0, 1);
	void *out = NULL;

	at[3] = 33;
	unmap(to, at, 1);
	assert_int_equal(esp_himem_map(memory, to, 0, 0, block, ESP_HIMEM_MAPFLAG_RO, &out),
			 ESP_OK);
	assert_int_equal(((uint8_t *)out)[3], 33);
	assert_false(writable(out));
	unmap(to, out, 1);
	assert_true(writable(map(memory, to, 0, 0, 1)));
}

static void a_map_for_reading_cannot_be_written(void **unused)
{
	(void)unused;
	on_every_chip(read_only);
}

/* -- sizes -- */

static void sizes_with(const char *chip, uint32_t psram)
{
	size_t heap;

	choose(chip);
	options.psram_size = psram;
	start();
	heap = psram - esp_himem_get_phys_size();
	assert_true(heap <= psram);
	assert_true(heap % block == 0);
	assert_int_equal(esp_himem_get_free_size(), esp_himem_get_phys_size());
	if (esp_himem_get_phys_size() != 0)
		map(ram(1), range(1), 0, 0, 1);
	stop();
}

static void small_psram_gives_small_sizes_and_no_negative_ones(void **unused)
{
	static const uint32_t size[] = {256 * 1024, MIB, 2 * MIB, 3 * MIB, 4 * MIB};

	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++)
		for (unsigned i = 0; i < 5; i++)
			sizes_with(*chip, size[i]);
}

static void every_block_is_himems_or_the_heaps(void **unused)
{
	static const uint32_t heap[] = {0, 0x10000, MIB, 3 * MIB};

	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++)
		for (unsigned i = 0; i < 4; i++) {
			choose(*chip);
			options.psram_heap = heap[i];
			start();
			assert_int_equal(esp_himem_get_phys_size() + heap[i], options.psram_size);
			stop();
		}
}

/* -- addresses -- */

static uint32_t extents_in_use(void)
{
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(quire_esp_space(), &stats), 0);
	return stats.mappings;
}

static void nothing_used(void)
{
	uint32_t before = extents_in_use();
	esp_himem_handle_t memory;

	(void)esp_himem_get_phys_size();
	(void)esp_himem_get_free_size();
	(void)esp_himem_reserved_area_size();
	assert_int_equal(esp_himem_alloc(0, &memory), ESP_OK);
	assert_int_equal(extents_in_use(), before);
	ram(1);
	assert_int_equal(extents_in_use(), before + 8);
}

static void who_never_allocates_loses_no_addresses(void **unused)
{
	(void)unused;
	on_every_chip(nothing_used);
}

/* Reserve every page that could show PSRAM; gives back the last one's address. */
static quire_va take_all_addresses(void)
{
	const struct quire_want want = {.size = block,
					.target = QUIRE_PSRAM0,
					.attr = QUIRE_READ | QUIRE_WRITE,
					.caps = QUIRE_CAP_8BIT};
	quire_va last = 0, one;

	while (quire_space_reserve(quire_esp_space(), &want, &one) == 0)
		last = one;
	return last;
}

static void addresses_taken(void)
{
	quire_va last = take_all_addresses();
	esp_himem_handle_t memory = NULL;
	esp_himem_rangehandle_t to = NULL;

	assert_int_equal(esp_himem_alloc(block, &memory), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_alloc_map_range(block, &to), ESP_ERR_NO_MEM);
	assert_int_equal(esp_himem_get_free_size(), esp_himem_get_phys_size());
	for (size_t i = 1; i <= 8; i++) /* all but the last, where himem would begin to look */
		assert_int_equal(quire_space_release(quire_esp_space(), last - i * block), 0);
	assert_int_equal((uintptr_t)map(ram(1), range(8), 0, 0, 1), last - 8 * block);
}

static void himem_goes_where_there_is_room_or_says_that_there_is_none(void **unused)
{
	(void)unused;
	on_every_chip(addresses_taken);
}

/* Where the range of all himem's addresses is. */
static esp_vaddr_t window_start(void)
{
	return (esp_vaddr_t)(uintptr_t)map(ram(1), range(8), 0, 0, 1);
}

static void mappings_that_are_only_kept_give_way(void **unused)
{
	static const char *const both[] = {"esp32s2", "esp32s3", "esp32c5", "esp32c61", "esp32h4"};

	(void)unused;
	for (unsigned i = 0; i < 5; i++) { /* flash and PSRAM have a window in common */
		esp_vaddr_t at;
		void *flash = NULL;

		choose(both[i]);
		start();
		at = window_start();
		stop();
		start();
		assert_int_equal(esp_mmu_map_virt(at, 0, block, MMU_TARGET_FLASH0, MMU_MEM_CAP_READ,
						  0, &flash),
				 ESP_OK);
		assert_int_equal((uintptr_t)flash, at);
		assert_int_equal(esp_mmu_unmap(flash), ESP_OK);
		assert_int_equal(window_start(), at);
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_and_made_up_handles_are_recognised),
		cmocka_unit_test(null_outputs_are_invalid_arguments),
		cmocka_unit_test(a_freed_handle_is_not_taken_for_the_next_one),
		cmocka_unit_test(a_handle_of_one_kind_is_not_taken_for_the_other),
		cmocka_unit_test(unmapping_what_was_never_mapped_is_refused_and_changes_nothing),
		cmocka_unit_test(unmapping_before_a_range_or_through_another_one_is_refused),
		cmocka_unit_test(a_pointer_is_dead_after_unmap),
		cmocka_unit_test(what_was_written_is_in_memory_after_unmap),
		cmocka_unit_test(the_pointer_of_a_map_inside_a_range_is_its_own),
		cmocka_unit_test(a_block_is_mapped_at_one_place_only),
		cmocka_unit_test(a_block_that_others_map_is_not_mapped),
		cmocka_unit_test(what_himem_maps_only_himem_unmaps),
		cmocka_unit_test(a_map_for_reading_cannot_be_written),
		cmocka_unit_test(small_psram_gives_small_sizes_and_no_negative_ones),
		cmocka_unit_test(every_block_is_himems_or_the_heaps),
		cmocka_unit_test(who_never_allocates_loses_no_addresses),
		cmocka_unit_test(himem_goes_where_there_is_room_or_says_that_there_is_none),
		cmocka_unit_test(mappings_that_are_only_kept_give_way),
	};

	return cmocka_run_group_tests_name("himem defects", tests, NULL, NULL);
}
