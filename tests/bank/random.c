/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls against the model, in pools of several shapes.  After each call, results, outputs
 * and every place are compared and pool and space prove themselves.
 *
 * QUIRE_TEST_OPS sets the number of calls for each shape.
 */
#include <stdlib.h>

#include "model.h"

static const struct yard_plan shapes[] = {
	{.pages = 72, .psram = 128, .banks = 100, .places = 70, .first_bank = 28},
	{.pages = 16, .psram = 32, .banks = 32, .places = 8},
	{.pages = 64, .psram = 33, .banks = 33, .places = 64},
	{.pages = 4, .psram = 4, .banks = 1, .places = 1},
	{.pages = 4, .psram = 80, .banks = 70, .places = 1},
	{.pages = 40, .psram = 4, .banks = 2, .places = 33},
};

/* One shape; counts the calls of each kind that succeeded, and that failed. */
static void run(const struct yard_plan *plan, uint64_t seed, uint32_t calls, uint32_t done[CALLS],
		uint32_t refused[CALLS])
{
	static struct yard yard;
	static struct call pool, model_call;
	struct model model;
	uint64_t state = seed;

	yard_open(&yard, plan);
	model_init(&model, plan->banks, plan->places);
	for (uint32_t i = 0; i < calls; i++) {
		call_choose(&model, &state, &pool);
		model_call = pool;
		call_pool(&yard, &pool);
		call_model(&model, &model_call);
		call_compare(&pool, &model_call);
		model_compare(&yard, &model);
		yard_check(&yard);
		(pool.result == 0 ? done : refused)[pool.kind]++;
	}
	yard_close(&yard);
}

static void pool_and_model_agree(void **unused)
{
	const char *ops = getenv("QUIRE_TEST_OPS");
	uint32_t calls = ops != NULL ? (uint32_t)strtoul(ops, NULL, 10) : 20000;

	(void)unused;
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		uint32_t done[CALLS] = {0}, refused[CALLS] = {0};

		run(&shapes[i], i + 1, calls, done, refused);
		for (unsigned kind = 0; kind < CALLS && calls >= 5000; kind++)
			assert_true(done[kind] > calls / 400 && refused[kind] > calls / 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(pool_and_model_agree)};

	return cmocka_run_group_tests_name("bank random", tests, NULL, NULL);
}
