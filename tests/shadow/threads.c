/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads change a space each, and a third switches between them, on the real addresses of an
 * ESP32-S3; in the end each space shows what its book says.  ThreadSanitizer watches.
 */
#include "shadow/s3.h"

#include <pthread.h>
#include <stdatomic.h>

#define ROUNDS 2000u

static atomic_uint wrong;

static void expect(bool holds)
{
	if (!holds)
		atomic_fetch_add(&wrong, 1);
}

static void *change(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;
	uint32_t dice = s + 1;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct quire_want want = {
			.target = QUIRE_PSRAM0, .attr = QUIRE_READ, .flags = QUIRE_SHARED};
		struct quire_extent_info info;
		struct quire_got got;
		quire_va va;

		dice = dice * 1664525u + 1013904223u;
		want.pa = (dice >> 8) % PAGES * PAGE;
		want.size = (1 + (dice >> 16) % 3) * PAGE;
		va = BASE + (dice >> 20) % PAGES * PAGE;
		expect(quire_space_query(&space[s], va, &info) == QUIRE_OK);
		if (info.kind == QUIRE_MAPPED)
			expect(quire_space_unmap(&space[s], info.va) == QUIRE_OK);
		else
			(void)quire_space_map_at(&space[s], va, &want, &got);
	}
	return NULL;
}

static void *switch_over(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++)
		expect(quire_shadow_switch(&shadow[i % SPACES], 1, NULL) == QUIRE_OK);
	return NULL;
}

static void expect_space(unsigned s)
{
	for (quire_va va = BASE; va < BASE + (PAGES + 4) * PAGE; va += PAGE) {
		struct quire_extent_info info;
		uint32_t word = 0;

		assert_int_equal(quire_space_query(&space[s], va, &info), QUIRE_OK);
		assert_int_equal(quire_linux_peek(va, &word, 4),
				 info.kind == QUIRE_MAPPED ? QUIRE_OK : QUIRE_EUNMAPPED);
		if (info.kind == QUIRE_MAPPED)
			assert_int_equal(word, pattern(QUIRE_PSRAM0, info.pa + (va - info.va), 1));
	}
}

static void test_threads(void **unused)
{
	const struct quire_linux_options options = {.psram_size = MIB(8)};
	pthread_t thread[SPACES + 1];

	(void)unused;
	s3_start(&options);
	for (unsigned s = 0; s < SPACES; s++)
		assert_int_equal(pthread_create(&thread[s], NULL, change, (void *)(uintptr_t)s), 0);
	assert_int_equal(pthread_create(&thread[SPACES], NULL, switch_over, NULL), 0);
	for (unsigned s = 0; s <= SPACES; s++)
		pthread_join(thread[s], NULL);
	assert_int_equal(wrong, 0);
	for (unsigned s = 0; s < SPACES; s++) {
		assert_int_equal(quire_shadow_switch(&shadow[s], 1, NULL), QUIRE_OK);
		expect_space(s);
		assert_int_equal(quire_space_check(&space[s], NULL), QUIRE_OK);
	}
	assert_int_equal(quire_shadow_hide(&table, 1, NULL), QUIRE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_threads, close_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
