/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several threads at once: each switches banks of its own through addresses of its own; and they
 * race for the same ones, where of all who try one wins and the others are told so.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "bench.h"

#define THREADS 2u
#define ROUNDS  300u

static atomic_uint wrong, won, together;

static void expect(bool holds)
{
	if (!holds)
		atomic_fetch_add(&wrong, 1);
}

/* -- each its own -- */

static void *switch_own_banks(void *number)
{
	uint8_t mark = (uint8_t)(1 + (uintptr_t)number * 100);
	esp_himem_handle_t memory;
	esp_himem_rangehandle_t to;
	size_t banks = 16;

	expect(esp_himem_alloc(banks * block, &memory) == ESP_OK);
	expect(esp_himem_alloc_map_range(2 * block, &to) == ESP_OK);
	for (size_t i = 0; i < ROUNDS; i++) {
		size_t bank = i * 7 % banks;
		void *out = NULL;
		uint8_t *at;

		expect(esp_himem_map(memory, to, bank * block, i % 2 * block, block, 0, &out) ==
		       ESP_OK);
		if (out == NULL)
			break;
		at = out;
		expect(i < banks || (at[0] == mark + bank && at[block - 1] == mark));
		at[0] = (uint8_t)(mark + bank);
		at[block - 1] = mark;
		expect(esp_himem_unmap(to, out, block) == ESP_OK);
	}
	expect(esp_himem_free(memory) == ESP_OK);
	expect(esp_himem_free_map_range(to) == ESP_OK);
	return NULL;
}

/* -- the same for all -- */

static esp_himem_handle_t shared_memory;
static esp_himem_rangehandle_t shared_range;

static void *race(void *number)
{
	for (size_t i = 0; i < ROUNDS; i++) {
		size_t place = ((uintptr_t)number + i) % 2;
		void *out = NULL;
		esp_err_t result = esp_himem_map(shared_memory, shared_range, 0, place * block,
						 block, 0, &out);

		expect(result == ESP_OK || result == ESP_ERR_INVALID_STATE);
		if (result != ESP_OK)
			continue;
		atomic_fetch_add(&won, 1);
		expect(atomic_fetch_add(&together, 1) == 0); /* the only one who has it */
		expect(esp_himem_free(shared_memory) == ESP_ERR_INVALID_ARG);
		expect(esp_himem_free_map_range(shared_range) == ESP_ERR_INVALID_ARG);
		atomic_fetch_sub(&together, 1);
		expect(esp_himem_unmap(shared_range, out, block) == ESP_OK);
	}
	return NULL;
}

static void run(void *(*work)(void *))
{
	pthread_t thread[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(atomic_load(&wrong), 0);
}

static void own(void)
{
	run(switch_own_banks);
	assert_int_equal(esp_himem_get_free_size(), esp_himem_get_phys_size());
}

static void two_tasks_switch_banks_of_their_own(void **unused)
{
	(void)unused;
	on_every_chip(own);
}

static void shared(void)
{
	atomic_store(&won, 0);
	shared_memory = ram(1);
	shared_range = range(2);
	run(race);
	assert_true(atomic_load(&won) > 0);
	free_both(shared_memory, shared_range);
}

static void of_two_tasks_that_map_the_same_bank_one_wins(void **unused)
{
	(void)unused;
	on_every_chip(shared);
}

static void *allocate_and_free(void *unused)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		esp_himem_handle_t memory;
		esp_himem_rangehandle_t to;

		if (esp_himem_alloc(esp_himem_get_phys_size(), &memory) == ESP_OK) {
			expect(atomic_fetch_add(&together, 1) == 0);
			atomic_fetch_sub(&together, 1);
			expect(esp_himem_free(memory) == ESP_OK);
		}
		if (esp_himem_alloc_map_range(5 * block, &to) == ESP_OK)
			expect(esp_himem_free_map_range(to) == ESP_OK);
	}
	return unused;
}

static void all_of_it(void)
{
	run(allocate_and_free); /* the first calls make the pool, at once */
	assert_int_equal(esp_himem_get_free_size(), esp_himem_get_phys_size());
}

static void of_two_tasks_that_allocate_all_one_has_it(void **unused)
{
	(void)unused;
	on_every_chip(all_of_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_tasks_switch_banks_of_their_own),
		cmocka_unit_test(of_two_tasks_that_map_the_same_bank_one_wins),
		cmocka_unit_test(of_two_tasks_that_allocate_all_one_has_it),
	};

	return cmocka_run_group_tests_name("himem tasks", tests, NULL, NULL);
}
