/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esp_flash.h: results, the rules of flash, and that whatever is written can be seen through every
 * mapping, on every kind of chip and cache.
 */
#include "rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "esp_flash_encrypt.h"

#define TEST(name) cmocka_unit_test_teardown(name, stop_all)

static uint8_t buffer[3 * SECTOR];

static void test_read_arguments(void **state)
{
	uint8_t byte = 7;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_flash_read(NULL, NULL, 0, 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read(NULL, &byte, MIB(4), 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read(NULL, &byte, MIB(4) - 1, 2), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read(NULL, &byte, 1, UINT32_MAX), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read(NULL, &byte, UINT32_MAX, 2), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read(NULL, &byte, MIB(4), 0), ESP_OK);
	assert_int_equal(byte, 7);
	assert_int_equal(esp_flash_read(NULL, &byte, MIB(4) - 1, 1), ESP_OK);
	assert_int_equal(byte, 0xff);
	assert_int_equal(esp_flash_read_encrypted(NULL, MIB(4) - 1, &byte, 2),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_flash_read_encrypted(NULL, UINT32_MAX, &byte, 2),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_flash_read_encrypted(NULL, 0, NULL, 0), ESP_OK);
	assert_int_equal(esp_flash_read_encrypted(NULL, 0, NULL, 1), ESP_ERR_INVALID_ARG);
}

static void test_write_and_erase_arguments(void **state)
{
	(void)state;
	start("esp32s3");
	assert_int_equal(esp_flash_write(NULL, NULL, 0, 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write(NULL, buffer, MIB(4), 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write(NULL, buffer, MIB(4) - 1, 2), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write(NULL, buffer, 16, UINT32_MAX - 8), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write(NULL, buffer, MIB(4), 0), ESP_OK);
	assert_int_equal(esp_flash_erase_region(NULL, MIB(4), SECTOR), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_erase_region(NULL, SECTOR, 0u - SECTOR), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_erase_region(NULL, 16, SECTOR), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_erase_region(NULL, SECTOR, 16), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_erase_region(NULL, SECTOR, 0), ESP_OK);
	assert_int_equal(esp_flash_write_encrypted(NULL, 0, buffer, 16), ESP_ERR_NOT_SUPPORTED);
}

static void test_encrypted_write_arguments(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");

	(void)state;
	options.flash_key = key;
	options.cache = QUIRE_LINUX_CACHE_STALE;
	start_with(&options);
	assert_int_equal(esp_flash_write_encrypted(NULL, 0, NULL, 16), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write_encrypted(NULL, 8, buffer, 16), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write_encrypted(NULL, MIB(4), buffer, 16), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_write_encrypted(NULL, MIB(1), buffer, 8), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_flash_write_encrypted(NULL, MIB(1), buffer, 0), ESP_OK);
	fail_malloc(0);
	assert_int_equal(esp_flash_write_encrypted(NULL, MIB(1), buffer, 16), ESP_ERR_NO_MEM);
	fail_malloc(-1);
	esp_partition_unload_all();
	fail_malloc(0); /* who knows what is read-only */
	assert_int_equal(esp_flash_write_encrypted(NULL, MIB(1), buffer, 16), ESP_ERR_NOT_ALLOWED);
	fail_malloc(-1);
	assert_int_equal(esp_flash_write_encrypted(NULL, MIB(1), buffer, 16), ESP_OK);
}

/* A chip that nobody initialised: all calls say so first. */
static void test_other_chips(void **state)
{
	esp_flash_t other = {.size = MIB(16)};
	uint32_t number;
	uint64_t id;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_flash_init(&other), ESP_ERR_NOT_FOUND);
	assert_false(esp_flash_chip_driver_initialized(&other));
	assert_int_equal(esp_flash_read(&other, NULL, 0, 1), ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_write(&other, NULL, 0, 1), ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_erase_region(&other, 1, 1), ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_erase_chip(&other), ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_read_encrypted(&other, 0, NULL, 1),
			 ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_write_encrypted(&other, 0, NULL, 1),
			 ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_get_size(&other, &number), ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_read_id(&other, &number), ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_flash_read_unique_chip_id(&other, &id), ESP_ERR_FLASH_NOT_INITIALISED);
}

static void test_the_default_chip(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	uint32_t number = 0;
	uint64_t id;

	(void)state;
	options.flash_size = MIB(8);
	start_with(&options);
	assert_int_equal(esp_flash_default_chip->size, MIB(8));
	assert_int_equal(esp_flash_init(NULL), ESP_OK);
	assert_int_equal(esp_flash_init(esp_flash_default_chip), ESP_OK);
	assert_true(esp_flash_chip_driver_initialized(NULL));
	assert_int_equal(esp_flash_get_size(NULL, &number), ESP_OK);
	assert_int_equal(number, MIB(8));
	number = 0;
	assert_int_equal(esp_flash_get_physical_size(esp_flash_default_chip, &number), ESP_OK);
	assert_int_equal(number, MIB(8));
	assert_int_equal(esp_flash_read_id(NULL, &number), ESP_OK);
	assert_int_equal(number & 0xff, 23); /* 2^23 bytes */
	assert_int_equal(esp_flash_get_size(NULL, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_get_physical_size(NULL, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read_id(NULL, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_flash_read_unique_chip_id(NULL, &id), ESP_ERR_NOT_SUPPORTED);
	assert_false(esp_flash_encryption_enabled());
}

static void test_zeros_stay_until_erased(void **state)
{
	const uint8_t first = 0xa5, second = 0x5f;
	uint8_t byte;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_flash_write(NULL, &first, MIB(1) + 3, 1), ESP_OK);
	assert_int_equal(esp_flash_write(NULL, &second, MIB(1) + 3, 1), ESP_OK);
	assert_int_equal(esp_flash_read(NULL, &byte, MIB(1) + 3, 1), ESP_OK);
	assert_int_equal(byte, 0x05);
	assert_int_equal(esp_flash_erase_region(NULL, MIB(1), SECTOR), ESP_OK);
	assert_int_equal(esp_flash_read(NULL, &byte, MIB(1) + 3, 1), ESP_OK);
	assert_int_equal(byte, 0xff);
}

static void test_erase_chip(void **state)
{
	uint8_t byte;

	(void)state;
	start("esp32c6");
	fill(MIB(4) - SECTOR, SECTOR);
	assert_int_equal(esp_flash_erase_chip(NULL), ESP_OK);
	for (uint32_t at = 0; at < MIB(4); at += 1021) {
		assert_int_equal(esp_flash_read(NULL, &byte, at, 1), ESP_OK);
		assert_int_equal(byte, 0xff);
	}
}

static void test_counters(void **state)
{
	const esp_flash_counters_t *counters;
	uint8_t byte = 0;

	(void)state;
	start("esp32s3");
	esp_flash_reset_counters();
	assert_int_equal(esp_flash_read(NULL, &byte, 0, 1), ESP_OK);
	assert_int_equal(esp_flash_write(NULL, buffer, MIB(1), 12), ESP_OK);
	assert_int_equal(esp_flash_write(NULL, buffer, MIB(1), 10), ESP_OK);
	assert_int_equal(esp_flash_erase_region(NULL, MIB(1), 2 * SECTOR), ESP_OK);
	counters = esp_flash_get_counters();
	assert_int_equal(counters->read.count, 1);
	assert_int_equal(counters->write.count, 2);
	assert_int_equal(counters->write.bytes, 22);
	assert_int_equal(counters->erase.bytes, 2 * SECTOR);
	esp_flash_dump_counters();
}

/* Also where nobody asked for partitions yet. */
static void test_read_only_partitions_are_protected(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	uint8_t byte;

	(void)state;
	start_with_partitions(&options);
	poke_flash(LOCKED_AT, "x", 1);
	assert_int_equal(esp_flash_write(NULL, buffer, LOCKED_AT, 1), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_flash_write(NULL, buffer, LOCKED_AT - 1, 2), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_flash_write(NULL, NULL, SECRET_AT - 1, 1), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_flash_erase_region(NULL, LOCKED_AT - SECTOR, 2 * SECTOR),
			 ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_flash_erase_chip(NULL), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_flash_write(NULL, buffer, LOCKED_AT - 1, 1), ESP_OK);
	assert_int_equal(esp_flash_write(NULL, buffer, SECRET_AT, 1), ESP_OK);
	peek_flash(LOCKED_AT, &byte, 1);
	assert_int_equal(byte, 'x');
}

/* -- what mappings show -- */

#define WHERE (MIB(2) + PAGE) /* two pages from here are mapped in many ways */
#define WAYS  4u

struct views {
	spi_flash_mmap_handle_t handle[3];
	const volatile uint8_t *p[WAYS];
	void *mmu;
};

/* Data, code, pages in another order, and by esp_mmu_map. */
static void open_views(struct views *v)
{
	static const int pages[] = {WHERE / PAGE + 1, WHERE / PAGE};
	const void *p;

	v->p[0] = map_ok(WHERE, 2 * PAGE, DATA, &v->handle[0]);
	v->p[1] = map_ok(WHERE, 2 * PAGE, INST, &v->handle[1]);
	assert_int_equal(spi_flash_mmap_pages(pages, 2, DATA, &p, &v->handle[2]), ESP_OK);
	v->p[2] = p;
	assert_int_equal(esp_mmu_map(WHERE - PAGE, 4 * PAGE, MMU_TARGET_FLASH0,
				     (mmu_mem_caps_t)(MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT),
				     ESP_MMU_MMAP_FLAG_PADDR_SHARED, &v->mmu),
			 ESP_OK);
	v->p[3] = (const uint8_t *)v->mmu + PAGE;
}

static void close_views(struct views *v)
{
	for (unsigned i = 0; i < 3; i++)
		spi_flash_munmap(v->handle[i]);
	assert_int_equal(esp_mmu_unmap(v->mmu), ESP_OK);
}

/* A byte of the two pages, seen in one of the ways. */
static uint8_t seen(const struct views *v, unsigned way, uint32_t offset)
{
	if (way == 2)
		offset = (offset + PAGE) % (2 * PAGE);
	return v->p[way][offset];
}

static void expect_seen(const struct views *v, uint32_t from, uint32_t size, const uint8_t *expect)
{
	for (unsigned way = 0; way < WAYS; way++)
		for (uint32_t i = 0; i < size; i++)
			if (seen(v, way, from + i) != expect[i])
				fail_msg("byte %u is 0x%02x in way %u, not 0x%02x",
					 (unsigned)(from + i), seen(v, way, from + i), way,
					 expect[i]);
}

/* Across both pages, with an odd start and an odd end. */
static void write_and_look(const struct views *v)
{
	uint32_t from = PAGE - SECTOR - 5;
	uint8_t bytes[2 * SECTOR + 16], erased[2 * SECTOR];

	memset(erased, 0xff, sizeof(erased));
	assert_int_equal(esp_flash_erase_region(NULL, WHERE, 2 * PAGE), ESP_OK);
	expect_seen(v, from, sizeof(erased), erased);
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	assert_int_equal(esp_flash_write(NULL, bytes, WHERE + from, sizeof(bytes)), ESP_OK);
	expect_seen(v, from, sizeof(bytes), bytes);
	assert_int_equal(esp_flash_read(NULL, erased, WHERE + from, sizeof(erased)), ESP_OK);
	assert_memory_equal(erased, bytes, sizeof(erased));
	assert_int_equal(esp_flash_erase_region(NULL, WHERE + PAGE, SECTOR), ESP_OK);
	memset(bytes + SECTOR + 5, 0xff, SECTOR);
	expect_seen(v, from, sizeof(bytes), bytes);
}

static void test_writes_are_seen_through_every_mapping(void **state)
{
	(void)state;
	for (unsigned chip = 0; chip < CHIPS; chip++)
		for (unsigned mode = 0; mode < MODES; mode++) {
			struct quire_esp_options options = options_for(chips[chip]);
			struct views v;

			options.cache = modes[mode];
			start_with(&options);
			fill(MIB(2), MIB(1));
			open_views(&v);
			write_and_look(&v);
			write_and_look(&v);
			close_views(&v);
			check_space();
			stop();
		}
}

/* A mapping that was given up, kept, and is taken up again without a flush. */
static void test_kept_mapping_is_not_stale(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct quire_esp_options options = options_for("esp32s3");
		spi_flash_mmap_handle_t handle;
		const volatile uint8_t *p;
		uint8_t value = 0xff;

		options.cache = modes[mode];
		start_with(&options);
		p = map_ok(WHERE, PAGE, DATA, &handle);
		for (unsigned i = 0; i < 8; i++) {
			assert_int_equal(p[77], value);
			spi_flash_munmap(handle);
			value = (uint8_t)(value << 1);
			assert_int_equal(esp_flash_write(NULL, &value, WHERE + 77, 1), ESP_OK);
			assert_ptr_equal(map_ok(WHERE, PAGE, DATA, &handle), p);
		}
		spi_flash_munmap(handle);
		stop();
	}
}

/* What looks all the time at a byte that nobody writes. */
struct watch {
	const volatile uint8_t *byte;
	atomic_bool over;
	unsigned looks, wrong;
};

static void *look_all_the_time(void *arg)
{
	struct watch *watch = arg;

	while (!atomic_load(&watch->over) || watch->looks == 0) {
		watch->wrong += *watch->byte != 0x11;
		watch->looks++;
	}
	return NULL;
}

/* A chip has its cache off while it writes: nobody sees anything but the old byte or the new one,
   and of those beside it nothing but what they are. */
static void test_bytes_beside_are_right_at_all_times(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct quire_esp_options options = options_for("esp32s3");
		struct watch watch = {.byte = NULL};
		const uint8_t beside = 0x11, zero = 0;
		spi_flash_mmap_handle_t handle;
		const uint8_t *p;
		pthread_t thread;

		options.cache = modes[mode];
		start_with(&options);
		assert_int_equal(esp_flash_write(NULL, &beside, WHERE, 1), ESP_OK);
		p = map_ok(WHERE, PAGE, DATA, &handle);
		watch.byte = p;
		assert_int_equal(pthread_create(&thread, NULL, look_all_the_time, &watch), 0);
		for (uint32_t i = 1; i < 2000; i++)
			assert_int_equal(esp_flash_write(NULL, &zero, WHERE + 1 + i % 15, 1),
					 ESP_OK);
		atomic_store(&watch.over, true);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_true(watch.looks > 0);
		assert_int_equal(watch.wrong, 0);
		assert_int_equal(p[1], 0);
		spi_flash_munmap(handle);
		stop();
	}
}

/* The same with nobody to make the cache forget: what the tests above would show if it were not
   done.  And that is what the public hook is for. */
static void test_flush_hook(void **state)
{
	static const uint8_t expect[MODES] = {0x00, 0xff, 0xff};
	const uint8_t zero = 0;

	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct quire_esp_options options = options_for("esp32s3");
		struct views v;

		options.cache = modes[mode];
		start_with(&options);
		assert_false(spi_flash_check_and_flush_cache(WHERE, SECTOR));
		open_views(&v);
		assert_int_equal(seen(&v, 0, 100), 0xff);
		assert_int_equal(
			quire_linux_flash_program(quire_esp_linux(), WHERE + 100, &zero, 1),
			QUIRE_OK);
		assert_int_equal(seen(&v, 0, 100), expect[mode]);
		assert_true(spi_flash_check_and_flush_cache(WHERE + 100, 1));
		expect_seen(&v, 100, 1, &zero);
		assert_true(spi_flash_check_and_flush_cache(0, SIZE_MAX));
		assert_false(spi_flash_check_and_flush_cache(WHERE, 0));
		assert_false(spi_flash_check_and_flush_cache(MIB(4), SECTOR));
		assert_false(spi_flash_check_and_flush_cache(SIZE_MAX, SIZE_MAX));
		close_views(&v);
		stop();
	}
}

/* Power fails on the way: an error, and what was done until then is what everybody sees. */
static void test_cut_write_is_seen_as_far_as_it_went(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct quire_esp_options options = options_for("esp32s3");
		uint8_t bytes[32] = {0}, there[32];
		struct views v;

		options.cache = modes[mode];
		start_with(&options);
		open_views(&v);
		assert_int_equal(quire_linux_power_cut(quire_esp_linux(), 20, NULL, NULL),
				 QUIRE_OK);
		assert_int_equal(esp_flash_write(NULL, bytes, WHERE, 32), ESP_ERR_FLASH_OP_FAIL);
		peek_flash(WHERE, there, sizeof(there));
		assert_int_equal(there[19], 0);
		assert_int_equal(there[21], 0xff);
		expect_seen(&v, 0, sizeof(there), there);
		assert_int_equal(esp_flash_write(NULL, bytes, WHERE, 1), ESP_ERR_FLASH_OP_FAIL);
		assert_int_equal(esp_flash_erase_region(NULL, WHERE, SECTOR),
				 ESP_ERR_FLASH_OP_FAIL);
		assert_int_equal(esp_flash_read(NULL, bytes, WHERE, 1), ESP_ERR_FLASH_OP_FAIL);
		assert_int_equal(quire_linux_power_on(quire_esp_linux()), QUIRE_OK);
		assert_int_equal(esp_flash_write(NULL, bytes, WHERE, 32), ESP_OK);
		expect_seen(&v, 0, sizeof(bytes), bytes);
		close_views(&v);
		stop();
	}
}

/* Plain to who looks through the cache, cipher to who reads the chip. */
static void test_encrypted_flash(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	uint8_t plain[SECTOR + 48], cipher[sizeof(plain)], again[sizeof(plain)];
	spi_flash_mmap_handle_t handle;
	const void *p;

	(void)state;
	options.flash_key = key;
	for (unsigned mode = 1; mode < MODES; mode++) {
		options.cache = modes[mode];
		start_with(&options);
		assert_true(esp_flash_encryption_enabled());
		p = map_ok(WHERE, PAGE, DATA, &handle);
		assert_int_equal(esp_flash_erase_region(NULL, WHERE, PAGE), ESP_OK);
		for (uint32_t i = 0; i < sizeof(plain); i++)
			plain[i] = pattern(i);
		assert_int_equal(esp_flash_write_encrypted(NULL, WHERE + 16, plain, sizeof(plain)),
				 ESP_OK);
		assert_memory_equal((const uint8_t *)p + 16, plain, sizeof(plain));
		assert_int_equal(esp_flash_read(NULL, cipher, WHERE + 16, sizeof(cipher)), ESP_OK);
		for (uint32_t i = 0; i < sizeof(plain); i += 16)
			assert_memory_not_equal(cipher + i, plain + i, 16);
		assert_int_equal(
			esp_flash_read_encrypted(NULL, WHERE + 17, again, sizeof(again) - 1),
			ESP_OK);
		assert_memory_equal(again, plain + 1, sizeof(again) - 1);
		spi_flash_munmap(handle);
		stop();
	}
}

/* No room for the mapping through which encrypted flash is read. */
static void test_read_encrypted_without_room(void **state)
{
	spi_flash_mmap_handle_t handle;
	const void *p;
	uint8_t byte;

	(void)state;
	start("esp32");
	assert_int_equal(spi_flash_mmap_pages((const int[]){1, 0}, 2, DATA, &p, &handle), ESP_OK);
	map_ok(0, MIB(4) - 2 * PAGE, DATA, &handle);
	assert_int_equal(esp_flash_read_encrypted(NULL, MIB(4) - 1, &byte, 1), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_flash_read_encrypted(NULL, MIB(2), &byte, 1), ESP_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read_arguments),
		TEST(test_write_and_erase_arguments),
		TEST(test_encrypted_write_arguments),
		TEST(test_other_chips),
		TEST(test_the_default_chip),
		TEST(test_zeros_stay_until_erased),
		TEST(test_erase_chip),
		TEST(test_counters),
		TEST(test_read_only_partitions_are_protected),
		TEST(test_writes_are_seen_through_every_mapping),
		TEST(test_kept_mapping_is_not_stale),
		TEST(test_bytes_beside_are_right_at_all_times),
		TEST(test_flush_hook),
		TEST(test_cut_write_is_seen_as_far_as_it_went),
		TEST(test_encrypted_flash),
		TEST(test_read_encrypted_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
