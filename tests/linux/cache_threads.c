/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight threads, one chip with a cache: each has PSRAM and flash sectors of its own, stores, syncs,
 * maps and programs them, and never sees a byte that is not its own or not synchronised.  Then all
 * change flash until the power fails under them.
 */
#include "helpers.h"

#include "quire/port/flash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define RW      (QUIRE_READ | QUIRE_WRITE)
#define THREADS 8u
#define ROUNDS  60u
#define PAGE    KIB(64)
#define BYTES   1000u /* written at a time, over many lines */

static struct quire_linux *machine;
static atomic_uint wrong;
static atomic_uint cuts;

static void expect(bool condition)
{
	if (!condition)
		atomic_fetch_add(&wrong, 1);
}

static bool holds(quire_va va, unsigned value)
{
	for (unsigned i = 0; i < BYTES; i++)
		if (*at(va + i) != value)
			return false;
	return true;
}

/* The bytes go to the memory, others come back, and what is left when the page goes is kept. */
static void use_psram(unsigned number, unsigned round)
{
	struct quire_space *space = quire_linux_space(machine);
	struct quire_want want = {
		.pa = number * PAGE, .size = PAGE, .target = QUIRE_PSRAM0, .attr = RW};
	uint8_t bytes[BYTES], expected[BYTES];
	struct quire_got got;
	quire_va moved;

	expect(quire_space_map(space, &want, &got) == QUIRE_OK);
	if (quire_space_move(space, got.va, 0, &moved) == QUIRE_OK)
		got.va = moved;
	expect(round == 0 || holds(got.va, round - 1));
	memset(expected, (int)(round + 100), BYTES);
	memcpy((void *)(uintptr_t)got.va, expected, BYTES);
	expect(quire_space_sync(space, got.va, BYTES, QUIRE_SYNC_WRITE_BACK) == QUIRE_OK);
	expect(quire_linux_read(machine, QUIRE_PSRAM0, want.pa, bytes, BYTES) == QUIRE_OK);
	expect(memcmp(bytes, expected, BYTES) == 0);
	memset(bytes, (int)(round + 50), BYTES);
	expect(quire_linux_write(machine, QUIRE_PSRAM0, want.pa, bytes, BYTES) == QUIRE_OK);
	expect(holds(got.va, 0xa5));
	expect(quire_space_sync(space, got.va, BYTES, QUIRE_SYNC_INVALIDATE) == QUIRE_OK);
	expect(holds(got.va, round + 50));
	memset((void *)(uintptr_t)got.va, (int)round, BYTES);
	expect(quire_space_unmap(space, got.va) == QUIRE_OK);
}

/* Mappings of the page are shared with whoever has the other half of its sectors. */
static void use_flash(unsigned number, unsigned round)
{
	struct quire_space *space = quire_linux_space(machine);
	quire_pa sector = number * (PAGE / 2);
	struct quire_want want = {.pa = sector & ~(PAGE - 1),
				  .size = PAGE,
				  .target = QUIRE_FLASH0,
				  .attr = QUIRE_READ};
	uint8_t bytes[BYTES];
	struct quire_got got;
	quire_va va;

	expect(quire_space_map(space, &want, &got) >= QUIRE_OK);
	va = got.va + (sector - want.pa);
	memset(bytes, (int)round, BYTES);
	expect(quire_linux_flash_erase(machine, sector, QUIRE_LINUX_SECTOR) == QUIRE_OK);
	expect(quire_space_sync(space, va, BYTES, QUIRE_SYNC_INVALIDATE) == QUIRE_OK);
	expect(holds(va, 0xff));
	expect(quire_linux_flash_program(machine, sector, bytes, BYTES) == QUIRE_OK);
	expect(holds(va, 0xff));
	expect(quire_space_sync(space, va, BYTES, QUIRE_SYNC_INVALIDATE) == QUIRE_OK);
	expect(holds(va, round));
	expect(quire_space_unmap(space, got.mapping) == QUIRE_OK);
}

static void *work(void *argument)
{
	unsigned number = *(const unsigned *)argument;

	for (unsigned round = 0; round < ROUNDS; round++) {
		use_psram(number, round);
		use_flash(number, round);
	}
	return NULL;
}

static void *wear_out(void *argument)
{
	unsigned number = *(const unsigned *)argument;
	uint8_t bytes[BYTES] = {0};

	while (quire_linux_flash_erase(machine, number * QUIRE_LINUX_SECTOR, QUIRE_LINUX_SECTOR) ==
		       QUIRE_OK &&
	       quire_linux_flash_program(machine, number * QUIRE_LINUX_SECTOR, bytes, BYTES) ==
		       QUIRE_OK)
		continue;
	expect(!quire_linux_power(machine));
	return NULL;
}

static void all_threads(void *(*function)(void *))
{
	pthread_t thread[THREADS];
	unsigned number[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		number[i] = i;
		assert_int_equal(pthread_create(&thread[i], NULL, function, &number[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(atomic_load(&wrong), 0);
}

static void open_poisoned(void)
{
	struct quire_linux_options options = {.flash_size = MIB(1),
					      .psram_size = THREADS * PAGE,
					      .cache = QUIRE_LINUX_CACHE_POISON};

	machine = open_chip("esp32s3", &options);
}

static void test_threads(void **state)
{
	uint8_t bytes[BYTES], expected[BYTES];

	(void)state;
	open_poisoned();
	all_threads(work);
	assert_int_equal(quire_space_check(quire_linux_space(machine), NULL), QUIRE_OK);
	memset(expected, ROUNDS - 1, BYTES);
	for (unsigned i = 0; i < THREADS; i++) {
		quire_linux_read(machine, QUIRE_PSRAM0, i * PAGE, bytes, BYTES);
		assert_memory_equal(bytes, expected, BYTES);
		quire_linux_read(machine, QUIRE_FLASH0, i * (PAGE / 2), bytes, BYTES);
		assert_memory_equal(bytes, expected, BYTES);
	}
	close_chip(machine);
}

static void count_cut(void *ctx)
{
	(void)ctx;
	atomic_fetch_add(&cuts, 1);
}

/* Just so many bytes have been changed, one thread is told, and all stop. */
static void test_cut(void **state)
{
	struct quire_linux_flash_counts counts;

	(void)state;
	open_poisoned();
	assert_int_equal(quire_linux_power_cut(machine, 543210, count_cut, NULL), QUIRE_OK);
	all_threads(wear_out);
	assert_int_equal(atomic_load(&cuts), 1);
	assert_int_equal(quire_linux_flash_counts(machine, &counts), QUIRE_OK);
	assert_int_equal(counts.bytes, 543210);
	close_chip(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_threads, close_all),
		cmocka_unit_test_teardown(test_cut, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
