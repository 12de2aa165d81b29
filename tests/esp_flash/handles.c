/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: how long a stale one stays stale, how many there can be, and no memory for more.
 */
#include "rig.h"

#include <stdlib.h>

#include "handles.h"

#define ROUND 16777216u /* what handles.h promises */
#define MOST  65535u

static bool no_memory;
static int thing;

static void *allocate(void *ctx, size_t size)
{
	(void)ctx;
	return no_memory ? NULL : malloc(size);
}

static void release(void *ctx, void *memory)
{
	(void)ctx;
	free(memory);
}

static const struct quire_esp_board board = {.allocate = allocate, .release = release};
static struct quire_esp machine = {.board = &board};

/* With so many others in use. */
static void expect_stale_for_a_round(unsigned in_use)
{
	struct quire_esp_handles handles = {0};
	uint32_t stale, again = 0;

	for (unsigned i = 0; i < in_use; i++)
		assert_int_not_equal(quire_esp_handle_new(&machine, &handles, &thing), 0);
	stale = quire_esp_handle_new(&machine, &handles, &thing);
	assert_ptr_equal(quire_esp_handle_end(&handles, stale), &thing);
	for (uint32_t i = 0; i < ROUND - 1; i++) {
		uint32_t handle = quire_esp_handle_new(&machine, &handles, &thing);

		again += handle == stale;
		if (quire_esp_handle_end(&handles, handle) != &thing)
			fail();
	}
	assert_int_equal(again, 0);
	assert_null(quire_esp_handle_find(&handles, stale));
	assert_int_equal(handles.used, in_use);
	quire_esp_handles_free(&machine, &handles);
}

static void test_stale_for_sixteen_million(void **state)
{
	(void)state;
	expect_stale_for_a_round(0);
	expect_stale_for_a_round(511); /* as many as fit, nearly, before there are more slots */
}

/* Each stands for its own thing, and none is 0; the last slots are used, too. */
static void test_as_many_as_there_are(void **state)
{
	struct quire_esp_handles handles = {0};
	uint32_t *all = calloc(MOST, sizeof(*all));

	(void)state;
	assert_non_null(all);
	for (uint32_t i = 0; i < MOST; i++) {
		all[i] = quire_esp_handle_new(&machine, &handles, &all[i]);
		assert_int_not_equal(all[i], 0);
	}
	assert_int_equal(quire_esp_handle_new(&machine, &handles, &thing), 0);
	for (uint32_t i = 0; i < MOST; i++)
		assert_ptr_equal(quire_esp_handle_find(&handles, all[i]), &all[i]);
	for (uint32_t i = 0; i < MOST; i += 2)
		assert_ptr_equal(quire_esp_handle_end(&handles, all[i]), &all[i]);
	for (uint32_t i = 0; i < MOST; i++)
		assert_ptr_equal(quire_esp_handle_find(&handles, all[i]),
				 i % 2 == 0 ? NULL : &all[i]);
	while (quire_esp_handle_any(&handles) != NULL)
		continue;
	assert_int_equal(handles.used, 0);
	quire_esp_handles_free(&machine, &handles);
	free(all);
}

/* What there is is used up, then there are no more until one ends. */
static void test_no_memory_for_more(void **state)
{
	struct quire_esp_handles handles = {0};
	uint32_t handle, last = 0;
	unsigned count = 0;

	(void)state;
	no_memory = true;
	assert_int_equal(quire_esp_handle_new(&machine, &handles, &thing), 0);
	no_memory = false;
	last = quire_esp_handle_new(&machine, &handles, &thing);
	no_memory = true;
	for (; (handle = quire_esp_handle_new(&machine, &handles, &thing)) != 0; last = handle)
		count++;
	assert_true(count >= QUIRE_ESP_HANDLES_FREE);
	assert_ptr_equal(quire_esp_handle_end(&handles, last), &thing);
	handle = quire_esp_handle_new(&machine, &handles, &thing);
	assert_int_not_equal(handle, 0);
	assert_int_not_equal(handle, last);
	no_memory = false;
	assert_int_not_equal(quire_esp_handle_new(&machine, &handles, &thing), 0);
	quire_esp_handles_free(&machine, &handles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stale_for_sixteen_million),
		cmocka_unit_test(test_as_many_as_there_are),
		cmocka_unit_test(test_no_memory_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
