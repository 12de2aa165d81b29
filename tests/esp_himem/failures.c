/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out at each allocation, and a machine that refuses: the call says so, nothing has
 * changed, nothing leaks, and it works when the trouble is over.
 */
#define _DEFAULT_SOURCE /* setenv */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

static uint32_t allocations_left = UINT32_MAX;
static bool no_mappings;

static void *allocate(void *ctx, size_t size)
{
	(void)ctx;
	if (allocations_left == 0)
		return NULL;
	if (allocations_left != UINT32_MAX)
		allocations_left--;
	return malloc(size);
}

static void *map_pages(void *ctx, void *address, size_t size, int protection, int flags, int fd,
		       off_t offset)
{
	(void)ctx;
	if (no_mappings && protection != PROT_NONE)
		return MAP_FAILED;
	return mmap(address, size, protection, flags, fd, offset);
}

static const struct quire_linux_system failing = {.map = map_pages, .allocate = allocate};

static void start_failing(const char *chip)
{
	choose(chip);
	options.system = &failing;
	start();
}

/*
 * With no memory twice, then with one allocation twice, and so on until it works; how often it did
 * not.  Twice, because what the first of the two has left (the pool) the second one need not make.
 */
static uint32_t until_it_works(esp_err_t (*call)(void))
{
	size_t left = esp_himem_get_free_size();
	uint32_t tries = 0;
	esp_err_t result;

	do {
		assert_int_equal(esp_himem_get_free_size(), left);
		allocations_left = tries++ / 2;
		result = call();
		allocations_left = UINT32_MAX;
		assert_true(result == ESP_OK || result == ESP_ERR_NO_MEM);
	} while (result != ESP_OK);
	return tries - 1;
}

static esp_himem_handle_t memory;
static esp_himem_rangehandle_t addresses;

static esp_err_t alloc_two(void)
{
	return esp_himem_alloc(2 * block, &memory);
}

static esp_err_t alloc_range_of_two(void)
{
	return esp_himem_alloc_map_range(2 * block, &addresses);
}

static void memory_runs_out_at_each_allocation(void **unused)
{
	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++) {
		uint8_t *at;

		start_failing(*chip);
		assert_int_equal(until_it_works(alloc_two), 4); /* pool, list, handles */
		assert_int_equal(until_it_works(alloc_range_of_two), 2);
		at = map(memory, addresses, 0, 0, 2);
		at[block] = 1;
		unmap(addresses, at, 2);
		free_both(memory, addresses);
		stop();
		start_failing(*chip);
		assert_int_equal(until_it_works(alloc_range_of_two), 4);
		assert_int_equal(until_it_works(alloc_two), 2);
		map(memory, addresses, 0, 0, 2);
		stop(); /* what is left open is freed */
	}
}

static void the_pool_is_used_up_and_nothing_leaks(void **unused)
{
	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++) {
		size_t count, blocks;
		esp_himem_handle_t *all;

		start_failing(*chip);
		blocks = esp_himem_get_phys_size() / block;
		all = calloc(blocks, sizeof(*all));
		for (count = 0; count < blocks; count++)
			all[count] = ram(1);
		assert_int_equal(esp_himem_alloc(block, &memory), ESP_ERR_NO_MEM);
		while (count-- > 0)
			assert_int_equal(esp_himem_free(all[count]), ESP_OK);
		assert_int_equal(esp_himem_get_free_size(), blocks * block);
		assert_int_equal(esp_himem_free(ram(blocks)), ESP_OK);
		free(all);
		stop();
	}
}

static void many_empty_handles_are_told_apart(void **unused)
{
	static esp_himem_handle_t empty[3000];

	(void)unused;
	choose("esp32");
	start();
	for (unsigned i = 0; i < 3000; i++)
		empty[i] = ram(0);
	for (unsigned i = 0; i < 3000; i += 2)
		assert_int_equal(esp_himem_free(empty[i]), ESP_OK);
	for (unsigned i = 0; i < 3000; i++)
		assert_int_equal(esp_himem_free(empty[i]),
				 i % 2 == 0 ? ESP_ERR_INVALID_ARG : ESP_OK);
	stop();
}

/* The host has no room for mappings: the first map finds out, and the next ones are refused. */
static void what_the_machine_refuses_fails_and_changes_nothing(void **unused)
{
	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++) {
		void *out = NULL;
		uint8_t *at;

		start_failing(*chip);
		memory = ram(4);
		addresses = range(4);
		no_mappings = true;
		at = map(memory, addresses, 0, 0, 1);
		assert_false(readable(at));
		assert_int_equal(esp_himem_map(memory, addresses, block, block, 3 * block, 0, &out),
				 ESP_FAIL);
		no_mappings = false; /* one more is refused, so that somebody hears of it */
		assert_int_equal(esp_himem_map(memory, addresses, block, block, 3 * block, 0, &out),
				 ESP_FAIL);
		assert_null(out);
		assert_ptr_equal(map(memory, addresses, 1, 1, 3), at + block);
		assert_true(readable(at) && readable(at + 3 * block));
		unmap(addresses, at, 4);
		free_both(memory, addresses);
		stop();
	}
}

/* The environment asks for what is not: each call says that there is no machine. */
static void without_a_machine_every_call_fails(void **unused)
{
	void *out = NULL;

	(void)unused;
	setenv("QUIRE_CHIP", "esp8266", 1);
	memory = NULL;
	addresses = NULL;
	assert_int_equal(esp_himem_alloc(0, &memory), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_alloc_map_range(0, &addresses), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_map(memory, addresses, 0, 0, 0, 0, &out), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_unmap(addresses, out, 0), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_free(memory), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_free_map_range(addresses), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_himem_get_phys_size(), 0);
	assert_int_equal(esp_himem_get_free_size(), 0);
	assert_int_equal(esp_himem_reserved_area_size(), 0);
	assert_true(memory == NULL && addresses == NULL && out == NULL);
	unsetenv("QUIRE_CHIP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_machine_every_call_fails),
		cmocka_unit_test(memory_runs_out_at_each_allocation),
		cmocka_unit_test(the_pool_is_used_up_and_nothing_leaks),
		cmocka_unit_test(many_empty_handles_are_told_apart),
		cmocka_unit_test(what_the_machine_refuses_fails_and_changes_nothing),
	};

	return cmocka_run_group_tests_name("himem failures", tests, NULL, NULL);
}
