/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight threads, one chip: each maps pages of its own part of PSRAM wherever there is room, proves
 * the bytes through both sides, writes, moves and unmaps, while the others do the same and one
 * reads histories.  Nobody ever sees a byte of anybody else.
 */
#include "helpers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define RW      (QUIRE_READ | QUIRE_WRITE)
#define THREADS 8u
#define ROUNDS  400u
#define PART    MIB(1)
#define PAGE    KIB(64)

static struct quire_linux *machine;
static atomic_uint wrong;
static atomic_bool stop;

static void expect(bool condition)
{
	if (!condition)
		atomic_fetch_add(&wrong, 1);
}

static void write_pattern(quire_va va, quire_size size, quire_pa pa, unsigned seed)
{
	volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)va;

	for (quire_size i = 0; i < size / 4; i += 256)
		word[i] = pattern(QUIRE_PSRAM0, pa + 4 * i, seed);
}

static bool has_pattern(quire_va va, quire_size size, quire_pa pa, unsigned seed)
{
	const volatile uint32_t *word = (const volatile uint32_t *)(uintptr_t)va;

	for (quire_size i = 0; i < size / 4; i += 256)
		if (word[i] != pattern(QUIRE_PSRAM0, pa + 4 * i, seed))
			return false;
	return true;
}

static void one_round(unsigned number, unsigned round, uint32_t *random)
{
	struct quire_space *space = quire_linux_space(machine);
	quire_size pages = 1 + (*random = *random * 1664525u + 1013904223u) % 8;
	struct quire_want want = {
		.pa = number * PART, .size = pages * PAGE, .target = QUIRE_PSRAM0, .attr = RW};
	struct quire_extent_info info;
	struct quire_got got;
	quire_va moved;

	expect(quire_space_map(space, &want, &got) == QUIRE_OK);
	write_pattern(got.va, want.size, want.pa, round);
	expect(quire_space_query(space, got.va, &info) == QUIRE_OK);
	expect(has_pattern(info.exec_va, want.size, want.pa, round));
	if (quire_space_move(space, got.va, 0, &moved) == QUIRE_OK)
		got.va = moved;
	expect(has_pattern(got.va, want.size, want.pa, round));
	expect(quire_space_unmap(space, got.va) == QUIRE_OK);
}

static void *work(void *argument)
{
	unsigned number = *(const unsigned *)argument;
	uint32_t random = number;
	char label[QUIRE_LINUX_LABEL];

	for (unsigned round = 0; round < ROUNDS; round++) {
		snprintf(label, sizeof(label), "worker %u round %u", number, round);
		quire_linux_label(label);
		one_round(number, round, &random);
	}
	return NULL;
}

/* Every note that is read is whole: the label belongs to the number in it. */
static void *read_histories(void *argument)
{
	struct quire_linux_who who;
	unsigned number, round, seen = 0;

	while (!atomic_load(&stop)) {
		for (quire_va va = 0x3c000000; va < 0x3c400000; va += PAGE) {
			expect(quire_linux_history(machine, va, NULL, &who) == QUIRE_OK);
			if (who.change == 0)
				continue;
			seen++;
			expect(sscanf(who.label, "worker %u round %u", &number, &round) == 2);
			expect(number < THREADS && round < ROUNDS && who.thread > 0);
		}
	}
	*(unsigned *)argument = seen;
	return NULL;
}

static void test_threads(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1), .psram_size = THREADS * PART};
	pthread_t thread[THREADS], reader;
	unsigned number[THREADS], seen = 0;
	struct quire_linux_counts counts;

	(void)state;
	machine = open_chip("esp32s3", &options);
	assert_int_equal(pthread_create(&reader, NULL, read_histories, &seen), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		number[i] = i;
		assert_int_equal(pthread_create(&thread[i], NULL, work, &number[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(reader, NULL), 0);
	assert_int_equal(atomic_load(&wrong), 0);
	assert_int_equal(quire_space_check(quire_linux_space(machine), NULL), QUIRE_OK);
	assert_int_equal(quire_linux_counts(machine, &counts), QUIRE_OK);
	assert_int_equal(counts.mappings, 2);
	assert_in_range(counts.changes, 2 * THREADS * ROUNDS, 4 * THREADS * ROUNDS);
	close_chip(machine);
}

/* Chips are opened and closed by many threads at once: each gets the addresses or a clear no. */
static void *open_and_close(void *argument)
{
	const struct quire_linux_options options = {.flash_size = KIB(64)};
	unsigned *opened = argument;

	for (unsigned i = 0; i < 50; i++) {
		struct quire_linux *mine = NULL;
		char why[QUIRE_LINUX_TEXT] = "";
		int result = quire_linux_open(&mine, quire_chip_by_name("esp32c3"), &options, why);

		expect(result == QUIRE_OK || (result == QUIRE_ETAKEN && why[0] != '\0'));
		if (result != QUIRE_OK)
			continue;
		map_pages_at(mine, 0x3c000000, QUIRE_FLASH0, 0, PAGE, QUIRE_READ, 0);
		expect(*at(0x3c000000) == 0xff);
		++*opened;
		quire_linux_close(mine);
	}
	return NULL;
}

static void test_open_together(void **state)
{
	pthread_t thread[THREADS];
	unsigned opened[THREADS] = {0}, total = 0;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, open_and_close, &opened[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		total += opened[i];
	}
	assert_true(total > 0);
	assert_int_equal(atomic_load(&wrong), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_threads, close_all),
		cmocka_unit_test_teardown(test_open_together, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
