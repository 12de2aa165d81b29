/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Six threads, one pool: each takes banks and a range, shows, hides and gives back, and knows what
 * it has; nobody ever sees another's.  In the end all is free.
 */
#include <pthread.h>
#include <stdlib.h>

#include "yard.h"

#define THREADS 6u
#define ROUNDS  3000u
#define MOST    4u

static struct yard yard;
static struct quire_bank_pool pool;
static pthread_mutex_t space_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t pool_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t wrong[THREADS];

static int lock(void *ctx)
{
	return pthread_mutex_lock(ctx) == 0 ? 0 : QUIRE_EPORT;
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

/* Show some banks and look whether they are what is seen. */
static bool use(const quire_bank *bank, uint32_t count, quire_bank first)
{
	quire_va va;
	bool good = quire_bank_show(&pool, bank, count, first, 0, &va) == 0;

	for (uint32_t i = 0; good && i < count; i++) {
		struct quire_extent_info row;

		good = quire_space_query(&yard.space, va + i * PAGE, &row) == 0 &&
		       row.kind == QUIRE_MAPPED && row.pa == YARD_PSRAM + bank[i] * PAGE;
	}
	return good && quire_bank_hide(&pool, first, count) == 0;
}

static void *work(void *number)
{
	uint32_t *mine = number;
	uint64_t state = (uint64_t)(mine - wrong) + 1;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t count = 1 + yard_random(&state, MOST);
		quire_bank bank[MOST], first;
		int result = quire_bank_take(&pool, bank, count);

		if (result == QUIRE_ESPACE)
			continue;
		*mine += result != 0;
		result = quire_bank_range_take(&pool, count, &first, NULL);
		if (result == 0)
			*mine += !use(bank, count, first) ||
				 quire_bank_range_give(&pool, first) != 0;
		else
			*mine += result != QUIRE_ESPACE;
		*mine += quire_bank_give(&pool, bank, count) != 0;
	}
	return NULL;
}

static void each_thread_sees_its_own_banks(void **unused)
{
	const struct yard_plan plan = {.pages = 32, .psram = 20};
	struct quire_bank_config config;
	pthread_t thread[THREADS];
	struct quire_bank_stats stats;

	(void)unused;
	yard_open(&yard, &plan);
	yard.space.lock = (struct quire_lock){lock, unlock, &space_mutex};
	yard.plan = (struct yard_plan){.banks = 20, .places = 16};
	config = yard_config(&yard);
	config.lock = (struct quire_lock){lock, unlock, &pool_mutex};
	config.memory = malloc((size_t)config.memory_size);
	assert_int_equal(quire_bank_init(&pool, &config), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, &wrong[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(wrong[i], 0);
	assert_int_equal(quire_bank_check(&pool, NULL), 0);
	assert_int_equal(quire_bank_stats(&pool, &stats), 0);
	assert_true(stats.banks_free == 20 && stats.places_free == 16 && stats.banks_shown == 0);
	assert_int_equal(quire_bank_close(&pool), 0);
	free(config.memory);
	yard_close(&yard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_thread_sees_its_own_banks)};

	return cmocka_run_group_tests_name("bank threads", tests, NULL, NULL);
}
