/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLOCKS_WRITE and the mmap lock: who waits for whom.
 *
 * Threads are ordered by semaphores, and by asking the lock how many wait to write.  Where a test
 * could only hope that a thread has come to wait by now, either order is right.
 */
#include "rig.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "mmap_lock.h"

static sem_t went;

static void post(sem_t *sem)
{
	assert_int_equal(sem_post(sem), 0);
}

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static pthread_t run(void *(*f)(void *), void *arg)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, f, arg), 0);
	return thread;
}

static void join(pthread_t thread)
{
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Until somebody waits to write. */
static void wait_for_writer(void)
{
	struct quire_esp *m = quire_esp_machine();
	uint32_t writers;

	do {
		sched_yield();
		quire_esp_lock(m);
		writers = quire_esp_mmap_writers();
		quire_esp_unlock(m);
	} while (writers == 0);
}

/* What the threads did, in order. */
static atomic_int steps;
static atomic_int erased_at, released_at;

static void *erase_one(void *arg)
{
	uint32_t *address = arg;

	if (esp_flash_erase_region(NULL, *address, SECTOR) != ESP_OK)
		return (void *)1;
	erased_at = ++steps;
	return NULL;
}

static void *write_one(void *arg)
{
	uint32_t *address = arg;
	uint8_t zero = 0;

	if (esp_flash_write(NULL, &zero, *address, 1) != ESP_OK)
		return (void *)1;
	erased_at = ++steps;
	return NULL;
}

static int begin(void **state)
{
	assert_int_equal(sem_init(&went, 0, 0), 0);
	steps = erased_at = released_at = 0;
	start(*state != NULL ? *state : "esp32s3");
	fill(PAGE, MIB(1));
	listen();
	return 0;
}

static int end(void **state)
{
	sem_destroy(&went);
	return stop_all(state);
}

static void give_back(spi_flash_mmap_handle_t handle)
{
	released_at = ++steps;
	spi_flash_munmap(handle);
}

static void test_blocks_write_delays_erase_and_write(void **state)
{
	static void *(*const change[])(void *) = {erase_one, write_one};
	uint32_t address = PAGE;
	uint8_t byte;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		spi_flash_mmap_handle_t handle;
		const void *p = map_ok(4 * PAGE, PAGE, BOTH(DATA, BLOCKS), &handle);
		pthread_t other = run(change[i], &address);
		void *failed;

		wait_for_writer();
		assert_int_equal(erased_at, 0);
		expect_pattern(p, 4 * PAGE, PAGE);
		/* Reads go on. */
		assert_int_equal(esp_flash_read(NULL, &byte, PAGE, 1), ESP_OK);
		assert_int_equal(byte, i == 0 ? pattern(PAGE) : 0xff);
		give_back(handle);
		assert_int_equal(pthread_join(other, &failed), 0);
		assert_null(failed);
		assert_true(erased_at > released_at);
		erased_at = 0;
	}
	assert_int_equal(esp_flash_read(NULL, &byte, PAGE, 1), ESP_OK);
	assert_int_equal(byte, 0);
}

/* Every mapping that blocks counts, and from whichever task it is given back. */
static void *give_back_other(void *arg)
{
	give_back(*(spi_flash_mmap_handle_t *)arg);
	return NULL;
}

static void test_last_blocking_handle_lets_go(void **state)
{
	static const int pages[] = {3, 1};
	spi_flash_mmap_handle_t handle[3];
	uint32_t address = PAGE;
	const void *p;
	pthread_t other;

	(void)state;
	map_ok(0, PAGE, BOTH(DATA, BLOCKS), &handle[0]);
	map_ok(0, PAGE, BOTH(INST, BLOCKS), &handle[1]);
	assert_int_equal(spi_flash_mmap_pages(pages, 2, BOTH(DATA, BLOCKS), &p, &handle[2]),
			 ESP_OK);
	other = run(erase_one, &address);
	wait_for_writer();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(erased_at, 0);
		join(run(give_back_other, &handle[i]));
	}
	join(other);
	assert_true(erased_at > released_at);
}

static void test_other_mappings_do_not_block(void **state)
{
	spi_flash_mmap_handle_t handle;
	const uint8_t *p;

	(void)state;
	p = map_ok(PAGE, PAGE, DATA, &handle);
	assert_int_equal(esp_flash_erase_region(NULL, PAGE, SECTOR), ESP_OK);
	assert_int_equal(p[0], 0xff);
	spi_flash_munmap(handle);
}

/* Upstream, for ever. */
static void test_own_blocking_mapping_is_an_error(void **state)
{
	const esp_partition_t *storage = partition("storage1");
	spi_flash_mmap_handle_t handle;
	uint8_t zero[16] = {0};

	(void)state;
	map_ok(0, PAGE, BOTH(DATA, BLOCKS), &handle);
	assert_int_equal(esp_flash_erase_region(NULL, 0, SECTOR), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_flash_erase_chip(NULL), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_flash_write(NULL, zero, 0, 16), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_partition_erase_range(storage, 0, SECTOR), ESP_ERR_INVALID_STATE);
	assert_int_equal(esp_partition_write(storage, 0, zero, 16), ESP_ERR_INVALID_STATE);
	logged();
	flash_mmap_lock_freeze();
	assert_int_equal(logged(), 1);
	flash_mmap_lock_unfreeze(); /* which was not frozen */
	assert_int_equal(logged(), 1);
	spi_flash_munmap(handle);
	assert_int_equal(esp_flash_erase_region(NULL, 0, SECTOR), ESP_OK);
}

/* A task that holds one may map more while a writer waits; so may everybody, for a moment. */
static void *read_mapped(void *arg)
{
	spi_flash_mmap_handle_t handle;
	const void *p;

	(void)arg;
	if (spi_flash_mmap(2 * PAGE, PAGE, DATA, &p, &handle) != ESP_OK)
		return (void *)1;
	spi_flash_munmap(handle);
	return NULL;
}

static void test_waiting_writer_delays_no_read(void **state)
{
	spi_flash_mmap_handle_t handle[2];
	uint32_t address = PAGE;
	pthread_t writer;

	(void)state;
	map_ok(0, PAGE, BOTH(DATA, BLOCKS), &handle[0]);
	writer = run(erase_one, &address);
	wait_for_writer();
	join(run(read_mapped, NULL));
	map_ok(4 * PAGE, PAGE, BOTH(DATA, BLOCKS), &handle[1]);
	assert_int_equal(erased_at, 0);
	spi_flash_munmap(handle[1]);
	assert_int_equal(erased_at, 0);
	give_back(handle[0]);
	join(writer);
}

/* Frozen: a task that maps waits, and the one that froze does not. */
static atomic_int mapped_at, thawed_at;

static void *map_one(void *arg)
{
	spi_flash_mmap_handle_t handle;
	const void *p;

	(void)arg;
	post(&went);
	if (spi_flash_mmap(0, PAGE, DATA, &p, &handle) != ESP_OK)
		return (void *)1;
	mapped_at = ++steps;
	spi_flash_munmap(handle);
	return NULL;
}

static void test_freeze_is_the_tasks_own(void **state)
{
	spi_flash_mmap_handle_t handle;
	pthread_t other;

	(void)state;
	mapped_at = thawed_at = 0;
	flash_mmap_lock_freeze();
	flash_mmap_lock_freeze();
	other = run(map_one, NULL);
	wait_for(&went);
	map_ok(0, PAGE, DATA, &handle);
	spi_flash_munmap(handle);
	assert_int_equal(esp_flash_erase_region(NULL, PAGE, SECTOR), ESP_OK);
	flash_mmap_lock_unfreeze();
	for (unsigned n = 0; n < 1000; n++)
		sched_yield();
	assert_int_equal(mapped_at, 0);
	thawed_at = ++steps;
	flash_mmap_lock_unfreeze();
	join(other);
	assert_true(mapped_at > thawed_at);
	assert_int_equal(logged(), 0);
	flash_mmap_lock_unfreeze();
	assert_int_equal(logged(), 1);
}

static void *unfreeze_only(void *arg)
{
	(void)arg;
	flash_mmap_lock_unfreeze();
	return NULL;
}

static void test_nobody_else_unfreezes(void **state)
{
	(void)state;
	flash_mmap_lock_freeze();
	join(run(unfreeze_only, NULL));
	assert_int_equal(logged(), 1);
	flash_mmap_lock_unfreeze();
	assert_int_equal(logged(), 0);
}

/* -- nobody starves -- */

static atomic_int seen;

static void *map_blocking(void *arg)
{
	uint32_t *address = arg;
	spi_flash_mmap_handle_t handle;
	const void *p;

	post(&went);
	if (spi_flash_mmap(*address, PAGE, BOTH(DATA, BLOCKS), &p, &handle) != ESP_OK)
		return (void *)1;
	seen = *(const volatile uint8_t *)p;
	spi_flash_munmap(handle);
	return NULL;
}

/* Who comes after a writer that waits does not get in before it, and so sees what it did. */
static void test_mappings_queue_behind_a_waiting_writer(void **state)
{
	spi_flash_mmap_handle_t handle;
	uint32_t address = PAGE;
	pthread_t writer, late;

	(void)state;
	map_ok(0, PAGE, BOTH(DATA, BLOCKS), &handle);
	writer = run(erase_one, &address);
	wait_for_writer();
	late = run(map_blocking, &address);
	wait_for(&went);
	for (unsigned n = 0; n < 1000; n++)
		sched_yield();
	spi_flash_munmap(handle);
	join(writer);
	join(late);
	assert_int_not_equal(pattern(address), 0xff);
	assert_int_equal(seen, 0xff);
}

#define TURNS 300

static atomic_bool done;

static void *hold_in_turn(void *arg)
{
	spi_flash_mmap_handle_t handle;
	const void *p;

	(void)arg;
	while (!done) {
		if (spi_flash_mmap(0, PAGE, BOTH(DATA, BLOCKS), &p, &handle) != ESP_OK)
			return (void *)1;
		spi_flash_munmap(handle);
	}
	return NULL;
}

static void *erase_in_turn(void *arg)
{
	(void)arg;
	while (!done)
		if (esp_flash_erase_region(NULL, PAGE, SECTOR) != ESP_OK)
			return (void *)1;
	return NULL;
}

/* However many the others are, each side comes to its turn; otherwise the test hangs. */
static void test_neither_side_starves(void **state)
{
	pthread_t other[4];

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		done = false;
		for (unsigned i = 0; i < 4; i++)
			other[i] = run(side == 0 ? hold_in_turn : erase_in_turn, NULL);
		for (unsigned n = 0; n < TURNS; n++) {
			spi_flash_mmap_handle_t handle;

			if (side == 0) {
				assert_int_equal(esp_flash_erase_region(NULL, PAGE, SECTOR),
						 ESP_OK);
			} else {
				map_ok(0, PAGE, BOTH(DATA, BLOCKS), &handle);
				spi_flash_munmap(handle);
			}
		}
		done = true;
		for (unsigned i = 0; i < 4; i++)
			join(other[i]);
	}
}

/* -- all at once -- */

#define TASKS  4
#define ROUNDS 400

static atomic_uint wrong;

/* While a mapping blocks, what it shows does not change under its holder. */
static void look_twice(uint32_t address)
{
	spi_flash_mmap_handle_t handle;
	const void *p;
	const volatile uint8_t *bytes;
	uint8_t first;

	if (spi_flash_mmap(0, MIB(1), BOTH(DATA, BLOCKS), &p, &handle) != ESP_OK) {
		wrong++;
		return;
	}
	bytes = p;
	first = bytes[address];
	sched_yield();
	wrong += bytes[address] != first;
	spi_flash_munmap(handle);
}

/* Each has a sector of its own, counts down in it, and sees what it wrote. */
static void count_down(uint32_t address, unsigned *value)
{
	spi_flash_mmap_handle_t handle;
	const void *p;
	uint8_t byte;

	if (*value == 0)
		wrong += esp_flash_erase_region(NULL, address, SECTOR) != ESP_OK;
	*value = *value == 0 ? 0xff : *value << 1 & 0xff;
	byte = (uint8_t)*value;
	wrong += esp_flash_write(NULL, &byte, address, 1) != ESP_OK;
	if (spi_flash_mmap(0, MIB(1), DATA, &p, &handle) != ESP_OK) {
		wrong++;
		return;
	}
	wrong += ((const volatile uint8_t *)p)[address] != byte;
	spi_flash_munmap(handle);
}

static void *work(void *arg)
{
	uint32_t own = (uint32_t)(uintptr_t)arg, address = own * SECTOR;
	unsigned value = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if ((i + own) % 3 == 0)
			look_twice((own + 1) % TASKS * SECTOR);
		else
			count_down(address, &value);
	}
	return NULL;
}

static void test_tasks_map_and_write_at_once(void **state)
{
	pthread_t task[TASKS];

	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct quire_esp_options options = options_for("esp32s3");

		stop();
		options.cache = modes[mode];
		start_with(&options);
		wrong = 0;
		for (uintptr_t i = 0; i < TASKS; i++)
			task[i] = run(work, (void *)i);
		for (unsigned i = 0; i < TASKS; i++)
			join(task[i]);
		assert_int_equal(wrong, 0);
		assert_false(flash_mmap_remain());
		check_space();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define ON(name, chip)                                                                             \
	cmocka_unit_test_prestate_setup_teardown(name, begin, end, (void *)(uintptr_t)(chip))

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_blocks_write_delays_erase_and_write),
		ON(test_blocks_write_delays_erase_and_write,
		   "esp32"), /* which has no lock upstream */
		ON(test_blocks_write_delays_erase_and_write, "esp32c6"),
		TEST(test_last_blocking_handle_lets_go),
		TEST(test_other_mappings_do_not_block),
		TEST(test_own_blocking_mapping_is_an_error),
		TEST(test_waiting_writer_delays_no_read),
		TEST(test_freeze_is_the_tasks_own),
		TEST(test_nobody_else_unfreezes),
		TEST(test_mappings_queue_behind_a_waiting_writer),
		TEST(test_neither_side_starves),
		TEST(test_tasks_map_and_write_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
