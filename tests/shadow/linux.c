/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two spaces of an ESP32-S3 as a process, at the chip's own addresses: after a switch other bytes are
 * there, and no more calls of mmap() have been made than entries differ.
 */
#include <string.h>

#include "shadow/s3.h"

#define RW (QUIRE_READ | QUIRE_WRITE)

static uint64_t state;

static void start(enum quire_linux_cache cache)
{
	struct quire_linux_options options = {.psram_size = MIB(8), .cache = cache};

	watch_faults(&options);
	s3_start(&options);
}

static void stop(void)
{
	assert_int_equal(quire_shadow_hide(&table, 1, NULL), QUIRE_OK);
	close_chip(machine);
}

static void map(unsigned s, quire_va va, unsigned pa_page, unsigned pages, unsigned attr)
{
	const struct quire_want want = {.pa = (quire_pa)pa_page * PAGE,
					.size = (quire_size)pages * PAGE,
					.target = QUIRE_PSRAM0,
					.attr = (uint8_t)attr,
					.flags = QUIRE_SHARED};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&space[s], va, &want, &got), QUIRE_OK);
}

/* Switch; the calls of mmap() that show pages and that take some away, on both sides together. */
static void expect_switch(unsigned s, uint32_t entries, uint64_t maps, uint64_t unmaps)
{
	struct quire_linux_counts before, after;
	uint32_t written = 99;

	assert_int_equal(quire_linux_counts(machine, &before), QUIRE_OK);
	assert_int_equal(quire_shadow_switch(&shadow[s], 1, &written), QUIRE_OK);
	assert_int_equal(quire_linux_counts(machine, &after), QUIRE_OK);
	assert_int_equal(written, entries);
	assert_int_equal(after.maps - before.maps, maps);
	assert_int_equal(after.unmaps - before.unmaps, unmaps);
	assert_int_equal(after.retries + after.failures, 0);
}

static void expect_bytes(quire_va va, unsigned pages, unsigned pa_page)
{
	assert_int_equal(mismatches(va, pages * PAGE, QUIRE_PSRAM0, pa_page * PAGE, 1), 0);
	assert_int_equal(mismatches(va + 0x6000000, pages * PAGE, QUIRE_PSRAM0, pa_page * PAGE, 1),
			 0);
}

static void test_bytes(void **unused)
{
	(void)unused;
	start(QUIRE_LINUX_CACHE_NONE);
	map(0, BASE, 0, 16, RW);
	map(1, BASE, 0, 5, RW);
	map(1, BASE + 5 * PAGE, 32, 2, RW);
	map(1, BASE + 7 * PAGE, 7, 8, RW);
	assert_true(read_faults(BASE));
	expect_switch(0, 16, 2, 0);
	expect_bytes(BASE, 16, 0);
	expect_switch(1, 3, 2, 2);
	expect_bytes(BASE, 5, 0);
	expect_bytes(BASE + 5 * PAGE, 2, 32);
	expect_bytes(BASE + 7 * PAGE, 8, 7);
	assert_true(read_faults(BASE + 15 * PAGE));
	expect_switch(0, 3, 4, 0);
	expect_bytes(BASE, 16, 0);
	/* What one allows to write the other does not. */
	assert_int_equal(quire_space_protect(&space[1], BASE, PAGE, QUIRE_READ, 0), QUIRE_OK);
	assert_false(write_faults(BASE));
	expect_switch(1, 4, 4, 2);
	assert_true(write_faults(BASE));
	assert_false(write_faults(BASE + PAGE));
	stop();
}

/* What one space has written and only the cache has is in the memory when its entry is gone. */
static void test_cache(void **unused)
{
	uint8_t byte = 0;

	(void)unused;
	start(QUIRE_LINUX_CACHE_STALE);
	map(0, BASE, 0, 3, RW);
	map(1, BASE, 0, 1, RW);
	map(1, BASE + PAGE, 1, 1, RW | QUIRE_UNCACHED);
	expect_switch(0, 3, 2, 0);
	for (unsigned i = 0; i < 3; i++)
		*at(BASE + i * PAGE + 9) = (uint8_t)(0xa0 + i);
	expect_switch(1, 2, 2, 2);
	assert_int_equal(quire_linux_read(machine, QUIRE_PSRAM0, PAGE + 9, &byte, 1), QUIRE_OK);
	assert_int_equal(byte, 0xa1);
	assert_int_equal(*at(BASE + PAGE + 9), 0xa1);
	assert_int_equal(quire_linux_read(machine, QUIRE_PSRAM0, 2 * PAGE + 9, &byte, 1), QUIRE_OK);
	assert_int_equal(byte, 0xa2);
	/* The page that both show stayed where it was, in the cache. */
	assert_int_equal(*at(BASE + 9), 0xa0);
	assert_int_equal(quire_linux_read(machine, QUIRE_PSRAM0, 9, &byte, 1), QUIRE_OK);
	assert_int_not_equal(byte, 0xa0);
	expect_switch(0, 2, 2, 0);
	assert_int_equal(*at(BASE + 2 * PAGE + 9), 0xa2);
	stop();
}

static unsigned below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void any_change(unsigned s)
{
	const struct quire_want want = {.pa = below(PAGES) * PAGE,
					.size = (1 + below(4)) * PAGE,
					.target = QUIRE_PSRAM0,
					.attr = below(2) ? QUIRE_READ : RW,
					.flags = QUIRE_SHARED};
	quire_va va = BASE + below(PAGES) * PAGE;
	struct quire_extent_info info;
	struct quire_got got;

	assert_int_equal(quire_space_query(&space[s], va, &info), QUIRE_OK);
	if (info.kind != QUIRE_MAPPED)
		(void)quire_space_map_at(&space[s], va, &want, &got);
	else if (below(2))
		(void)quire_space_unmap(&space[s], info.va);
	else
		(void)quire_space_protect(&space[s], va, PAGE, want.attr, 0);
}

/* All addresses that changes reach, as the book of a space says. */
static void expect_space(unsigned s)
{
	for (quire_va va = BASE; va < BASE + (PAGES + 4) * PAGE; va += PAGE) {
		struct quire_extent_info info;
		uint32_t word = 0;

		assert_int_equal(quire_space_query(&space[s], va, &info), QUIRE_OK);
		if (info.kind != QUIRE_MAPPED) {
			assert_int_equal(quire_linux_peek(va, &word, 4), QUIRE_EUNMAPPED);
			continue;
		}
		assert_int_equal(quire_linux_peek(va, &word, 4), QUIRE_OK);
		assert_int_equal(word, pattern(QUIRE_PSRAM0, info.pa + (va - info.va), 1));
		assert_int_equal(quire_linux_poke(va, &word, 4),
				 info.attr & QUIRE_WRITE ? QUIRE_OK : QUIRE_EUNMAPPED);
	}
}

static void test_random(void **unused)
{
	(void)unused;
	state = 1;
	start(QUIRE_LINUX_CACHE_NONE);
	for (unsigned i = 0; i < 300; i++) {
		unsigned seen = i % SPACES;

		for (unsigned n = below(6); n > 0; n--)
			any_change(below(SPACES));
		assert_int_equal(quire_shadow_switch(&shadow[seen], 1, NULL), QUIRE_OK);
		expect_space(seen);
		any_change(seen);
		expect_space(seen);
	}
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_bytes, close_all),
		cmocka_unit_test_teardown(test_cache, close_all),
		cmocka_unit_test_teardown(test_random, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
