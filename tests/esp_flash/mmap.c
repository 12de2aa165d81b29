/* SPDX-License-Identifier: Apache-2.0 */
/* spi_flash_mmap() and its handles: results, whose pointer lives how long, and what is looked up. */
#define _POSIX_C_SOURCE 200809L
#include "rig.h"

#include <stdlib.h>
#include <string.h>

static void test_maps_on_every_chip(void **state)
{
	spi_flash_mmap_handle_t data, inst;

	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		start(chips[i]);
		fill(0, MIB(4));
		expect_pattern(map_ok(2 * PAGE, 3 * PAGE, DATA, &data), 2 * PAGE, 3 * PAGE);
		expect_pattern(map_ok(9 * PAGE, PAGE, INST, &inst), 9 * PAGE, PAGE);
		assert_int_not_equal(data, inst);
		spi_flash_munmap(data);
		spi_flash_munmap(inst);
		check_space();
		stop();
	}
}

/* Sizes are rounded up inside pages; the start is not. */
static void test_size_is_rounded_up(void **state)
{
	spi_flash_mmap_handle_t handle;

	(void)state;
	start("esp32s3");
	fill(0, 2 * PAGE);
	expect_pattern(map_ok(0, PAGE + 1, DATA, &handle), 0, 2 * PAGE);
	spi_flash_munmap(handle);
}

struct bad {
	const char *why;
	size_t src, size;
	unsigned flags;
	esp_err_t err;
};

static void test_arguments(void **state)
{
	static const struct bad bad[] = {
		{"start inside a page", 4096, PAGE, 0, ESP_ERR_INVALID_ARG},
		{"size 0", PAGE, 0, 0, ESP_ERR_INVALID_ARG},
		{"start at 16 MiB", MIB(16), PAGE, 0, ESP_ERR_INVALID_ARG},
		{"start beyond 4 GiB", (size_t)1 << 32, PAGE, 0, ESP_ERR_INVALID_ARG},
		{"end beyond 16 MiB", MIB(16) - PAGE, 2 * PAGE, 0, ESP_ERR_INVALID_ARG},
		{"size beyond 16 MiB", 0, MIB(16) + 1, 0, ESP_ERR_INVALID_ARG},
		{"size that wraps", PAGE, SIZE_MAX, 0, ESP_ERR_INVALID_ARG},
		{"end beyond the flash", MIB(4) - PAGE, 2 * PAGE, 0, ESP_ERR_INVALID_ARG},
		{"start beyond the flash", MIB(4), PAGE, 0, ESP_ERR_INVALID_ARG},
		{"no such flag", 0, PAGE, 4, ESP_ERR_INVALID_ARG},
	};
	const void *p = &bad;
	spi_flash_mmap_handle_t handle = 77;

	(void)state;
	start("esp32s3");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (spi_flash_mmap(bad[i].src, bad[i].size, (spi_flash_mmap_flag_t)bad[i].flags, &p,
				   &handle) != bad[i].err)
			fail_msg("%s", bad[i].why);
	assert_int_equal(spi_flash_mmap(0, PAGE, DATA, NULL, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap(0, PAGE, DATA, &p, NULL), ESP_ERR_INVALID_ARG);
	assert_ptr_equal(p, &bad);
	assert_int_equal(handle, 77);
	assert_false(flash_mmap_remain());
}

/* The rule of 16 MiB is the chip's, not quire's. */
static void test_32_bit_flash_is_mapped_beyond_16_mib(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	spi_flash_mmap_handle_t handle;
	const void *p;

	(void)state;
	options.flash_size = MIB(32);
	start_with(&options);
	assert_int_equal(spi_flash_mmap(MIB(16), PAGE, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	stop();
	options.flash_32bit = true;
	start_with(&options);
	fill(MIB(24), PAGE);
	expect_pattern(map_ok(MIB(24), PAGE, DATA, &handle), MIB(24), PAGE);
	assert_int_equal(spi_flash_mmap((size_t)1 << 32, PAGE, DATA, &p, &handle),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap(PAGE, SIZE_MAX, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
}

static void test_no_room_is_not_found(void **state)
{
	spi_flash_mmap_handle_t half, handle = 5;
	const void *p = &p;

	(void)state;
	start("esp32");
	map_ok(0, MIB(4), DATA, &half); /* all of DROM0 */
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 0);
	assert_int_equal(spi_flash_mmap_get_free_pages(INST), 51);
	/* Enclosed: no room is needed. */
	assert_int_equal(spi_flash_mmap(PAGE, PAGE, DATA, &p, &handle), ESP_OK);
	spi_flash_munmap(handle);
	handle = 5;
	p = &p;
	assert_int_equal(spi_flash_mmap_pages((const int[]){1, 3}, 2, DATA, &p, &handle),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(handle, 5);
	assert_ptr_equal(p, &p);
	spi_flash_munmap(half);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 64);
	assert_int_equal(spi_flash_mmap(PAGE, PAGE, DATA, &p, &handle), ESP_OK);
}

/* Both for the handle and for the book. */
static void test_no_memory(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	spi_flash_mmap_handle_t handle[2];
	const void *p;

	(void)state;
	options.mappings = 1;
	options.keep = 0;
	start_with(&options);
	map_ok(0, PAGE, DATA, &handle[0]);
	assert_int_equal(spi_flash_mmap(2 * PAGE, PAGE, DATA, &p, &handle[1]), ESP_ERR_NO_MEM);
	assert_int_equal(spi_flash_mmap_pages((const int[]){5, 3}, 2, DATA, &p, &handle[1]),
			 ESP_ERR_NO_MEM);
	spi_flash_munmap(handle[0]);
	assert_int_equal(spi_flash_mmap_pages((const int[]){5, 3}, 2, DATA, &p, &handle[1]),
			 ESP_ERR_NO_MEM);
	map_ok(2 * PAGE, PAGE, DATA, &handle[1]); /* nothing was left behind */
	check_space();
}

static void test_no_heap(void **state)
{
	spi_flash_mmap_handle_t handle;
	const void *p;
	int i;

	(void)state;
	start("esp32s3");
	for (i = 0;; i++) {
		fail_malloc(i);
		if (spi_flash_mmap(0, PAGE, DATA, &p, &handle) == ESP_OK)
			break;
		fail_malloc(-1);
		assert_false(flash_mmap_remain());
	}
	assert_int_equal(i, 2); /* the map and the first handles */
	fail_malloc(0);
	assert_int_equal(spi_flash_mmap_pages((const int[]){5, 3}, 2, DATA, &p, &handle),
			 ESP_ERR_NO_MEM);
	fail_malloc(-1);
	check_space();
}

/* Upstream, the handle that mapped takes the pointer of the other with it. */
static void test_either_order_of_release(void **state)
{
	spi_flash_mmap_handle_t handle[2];
	const void *p[2];

	(void)state;
	start("esp32s3");
	fill(0, 4 * PAGE);
	for (unsigned first = 0; first < 2; first++) {
		p[0] = map_ok(0, 4 * PAGE, DATA, &handle[0]);
		p[1] = map_ok(PAGE, PAGE, DATA, &handle[1]); /* enclosed */
		assert_ptr_equal(p[1], (const uint8_t *)p[0] + PAGE);
		spi_flash_munmap(handle[first]);
		expect_pattern(p[1 - first], first == 0 ? PAGE : 0, PAGE);
		spi_flash_munmap(handle[1 - first]);
		assert_int_equal(spi_flash_cache2phys(p[0]), SPI_FLASH_CACHE2PHYS_FAIL);
	}
}

/* The keep-list is asked to keep nothing, so that what is unmapped can be seen to be. */
static void test_unmapped_with_the_last_handle(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	spi_flash_mmap_handle_t handle[3];
	const void *p = NULL;

	(void)state;
	options.keep = 0;
	start_with(&options);
	for (unsigned i = 0; i < 3; i++)
		p = map_ok(0, PAGE, DATA, &handle[i]);
	spi_flash_munmap(handle[1]);
	spi_flash_munmap(handle[0]);
	assert_true(readable(p));
	spi_flash_munmap(handle[2]);
	assert_false(readable(p));
}

/* A handle on what esp_mmu_map() has mapped, and the other way round. */
static void test_handles_and_esp_mmu_map(void **state)
{
	mmu_mem_caps_t caps = (mmu_mem_caps_t)(MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT);
	struct quire_esp_options options = options_for("esp32s3");
	spi_flash_mmap_handle_t handle;
	const void *p;
	void *mine;

	(void)state;
	options.keep = 0;
	start_with(&options);
	fill(0, 2 * PAGE);
	assert_int_equal(esp_mmu_map(0, 2 * PAGE, MMU_TARGET_FLASH0, caps, 0, &mine), ESP_OK);
	p = map_ok(PAGE, PAGE, DATA, &handle);
	assert_ptr_equal(p, (uint8_t *)mine + PAGE);
	assert_int_equal(esp_mmu_unmap(mine), ESP_OK);
	expect_pattern(p, PAGE, PAGE);
	spi_flash_munmap(handle);
	assert_false(readable(p));

	p = map_ok(0, PAGE, DATA, &handle);
	assert_int_equal(esp_mmu_map(0, PAGE, MMU_TARGET_FLASH0, caps, 0, &mine),
			 ESP_ERR_INVALID_STATE);
	assert_ptr_equal(mine, p);
	assert_int_equal(esp_mmu_unmap(mine), ESP_ERR_NOT_FOUND); /* it is the handle's */
	expect_pattern(p, 0, PAGE);
	spi_flash_munmap(handle);
	assert_false(readable(p));
}

/* What is asked for as code is code, though it is mapped as data; a block's own caps count. */
static void test_capability_is_honoured(void **state)
{
	spi_flash_mmap_handle_t data, inst;
	const void *p, *q;

	(void)state;
	start("esp32s3");
	fill(0, PAGE);
	p = map_ok(0, PAGE, DATA, &data);
	q = map_ok(0, PAGE, INST, &inst);
	assert_in_range((uintptr_t)p, 0x3c000000, 0x3dffffff);
	assert_in_range((uintptr_t)q, 0x42000000, 0x43ffffff);
	expect_pattern(p, 0, PAGE);
	expect_pattern(q, 0, PAGE);
	spi_flash_munmap(data);
	expect_pattern(q, 0, PAGE);
	spi_flash_munmap(inst);
}

static void test_overlaps_become_aliases(void **state)
{
	spi_flash_mmap_handle_t handle[3];
	const void *p[3];

	(void)state;
	start("esp32s3");
	fill(0, 8 * PAGE);
	p[0] = map_ok(0, 4 * PAGE, DATA, &handle[0]);
	p[1] = map_ok(2 * PAGE, 4 * PAGE, DATA, &handle[1]);
	p[2] = map_ok(0, 8 * PAGE, DATA, &handle[2]);
	expect_pattern(p[0], 0, 4 * PAGE);
	expect_pattern(p[1], 2 * PAGE, 4 * PAGE);
	expect_pattern(p[2], 0, 8 * PAGE);
	for (unsigned i = 0; i < 3; i++)
		spi_flash_munmap(handle[i]);
	check_space();
}

/* 0, a number that was never given, one that was given back, and all the bits. */
static void test_handles_that_mean_nothing(void **state)
{
	spi_flash_mmap_handle_t handle, again;
	const void *p;

	(void)state;
	start("esp32s3");
	listen();
	fill(0, PAGE);
	spi_flash_munmap(0);
	spi_flash_munmap(12345);
	spi_flash_munmap(UINT32_MAX);
	assert_int_equal(logged(), 3);
	map_ok(0, PAGE, DATA, &handle);
	spi_flash_munmap(handle);
	assert_int_equal(logged(), 0);
	p = map_ok(0, PAGE, DATA, &again);
	spi_flash_munmap(handle); /* the old one, whose slot is in use again */
	assert_int_equal(logged(), 1);
	assert_true(last_says("is no handle"));
	expect_pattern(p, 0, PAGE);
	spi_flash_munmap(again);
}

static void test_thousand_handles_on_one_page(void **state)
{
	static spi_flash_mmap_handle_t handle[1000];
	const void *p = NULL;

	(void)state;
	start("esp32s3");
	fill(0, PAGE);
	for (unsigned i = 0; i < 1000; i++)
		p = map_ok(0, PAGE, DATA, &handle[i]);
	assert_true(flash_mmap_remain());
	for (unsigned i = 0; i < 1000; i++) {
		expect_pattern(p, 0, 16);
		spi_flash_munmap(handle[(i * 7) % 1000]);
	}
	assert_false(flash_mmap_remain());
	check_space();
}

static void test_looking_up(void **state)
{
	spi_flash_mmap_handle_t handle;
	const uint8_t *p, *code;

	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		start(chips[i]);
		assert_int_equal(spi_flash_cache2phys(NULL), SPI_FLASH_CACHE2PHYS_FAIL);
		assert_int_equal(spi_flash_cache2phys(&handle), SPI_FLASH_CACHE2PHYS_FAIL);
		assert_null(spi_flash_phys2cache(3 * PAGE, DATA));
		assert_null(spi_flash_phys2cache((size_t)1 << 32, DATA));
		assert_null(spi_flash_phys2cache(UINT32_MAX, DATA));
		p = map_ok(3 * PAGE, 2 * PAGE, DATA, &handle);
		assert_int_equal(spi_flash_cache2phys(p + PAGE + 17), 4 * PAGE + 17);
		assert_ptr_equal(spi_flash_phys2cache(4 * PAGE + 17, DATA), p + PAGE + 17);
		code = map_ok(20 * PAGE, PAGE, INST, &handle);
		assert_int_equal(spi_flash_cache2phys(code + 8), 20 * PAGE + 8);
		assert_ptr_equal(spi_flash_phys2cache(20 * PAGE + 8, INST), code + 8);
		spi_flash_munmap(handle);
		assert_int_equal(spi_flash_cache2phys(code), SPI_FLASH_CACHE2PHYS_FAIL);
		assert_null(spi_flash_phys2cache(20 * PAGE, INST));
		stop();
	}
}

/* An address that shows PSRAM is no address of flash, whatever the number behind it. */
static void test_psram_is_not_flash(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	void *p;

	(void)state;
	options.psram_size = MIB(2);
	start_with(&options);
	assert_int_equal(esp_mmu_map(0, PAGE, MMU_TARGET_PSRAM0,
				     (mmu_mem_caps_t)(MMU_MEM_CAP_READ | MMU_MEM_CAP_WRITE |
						      MMU_MEM_CAP_8BIT),
				     0, &p),
			 ESP_OK);
	assert_int_equal(spi_flash_cache2phys(p), SPI_FLASH_CACHE2PHYS_FAIL);
	assert_null(spi_flash_phys2cache(0, DATA));
	assert_int_equal(esp_mmu_unmap(p), ESP_OK);
}

/* Pages that are only kept are free. */
static void test_free_pages_is_the_longest_run(void **state)
{
	spi_flash_mmap_handle_t handle[64], last;

	(void)state;
	start("esp32");
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 64);
	for (unsigned i = 0; i < 64; i++)
		map_ok(i * PAGE, PAGE, DATA, &handle[i]);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 0);
	for (unsigned i = 0; i < 64; i += 2)
		spi_flash_munmap(handle[i]);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 1); /* of 32 that are free */
	spi_flash_munmap(handle[1]);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 3);
	map_ok(0, 3 * PAGE, DATA, &last);
	for (unsigned i = 3; i < 64; i += 2)
		spi_flash_munmap(handle[i]);
	spi_flash_munmap(last);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 64);
	assert_int_equal(spi_flash_mmap_get_free_pages(INST), 51);
}

/* Mapping the same again and again writes no entry. */
static void test_repeated_maps_write_no_entry(void **state)
{
	struct quire_space *space;
	spi_flash_mmap_handle_t handle;
	uint32_t entries, syncs;
	const void *p;

	(void)state;
	start("esp32s3");
	space = quire_esp_space();
	fill(0, PAGE);
	p = map_ok(0, PAGE, DATA, &handle);
	spi_flash_munmap(handle);
	entries = space->walker[0].counts.entries;
	syncs = space->walker[0].counts.syncs;
	for (unsigned i = 0; i < 1000; i++) {
		assert_ptr_equal(map_ok(0, PAGE, DATA, &handle), p);
		spi_flash_munmap(handle);
	}
	assert_int_equal(space->walker[0].counts.entries, entries);
	assert_int_equal(space->walker[0].counts.syncs, syncs);
}

static void test_stop_ends_handles(void **state)
{
	spi_flash_mmap_handle_t handle;

	(void)state;
	start("esp32s3");
	assert_int_equal(flash_mmap_lock_init(), ESP_OK);
	map_ok(0, PAGE, BOTH(DATA, BLOCKS), &handle);
	stop();
	start("esp32s3");
	assert_false(flash_mmap_remain());
	assert_int_equal(esp_flash_erase_region(NULL, MIB(1), SECTOR), ESP_OK);
}

static void test_dump(void **state)
{
	spi_flash_mmap_handle_t handle;

	(void)state;
	start("esp32s3");
	map_ok(5 * PAGE, PAGE, DATA, &handle);
	spi_flash_mmap_dump();
	spi_flash_munmap(handle);
	spi_flash_mmap_dump();
}

/* Once that has been found out, nothing starts by itself any more: the last test. */
static void test_no_machine(void **state)
{
	spi_flash_mmap_handle_t handle;
	const esp_partition_t *found;
	const void *p;
	uint8_t byte;

	(void)state;
	assert_int_equal(setenv("QUIRE_CHIP", "esp8266", 1), 0);
	assert_int_equal(spi_flash_mmap(0, PAGE, DATA, &p, &handle), ESP_FAIL);
	assert_int_equal(spi_flash_mmap_pages((const int[]){1}, 1, DATA, &p, &handle), ESP_FAIL);
	spi_flash_munmap(1);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 0);
	assert_int_equal(spi_flash_cache2phys(&byte), SPI_FLASH_CACHE2PHYS_FAIL);
	assert_null(spi_flash_phys2cache(0, DATA));
	assert_false(flash_mmap_remain());
	assert_int_equal(flash_mmap_lock_init(), ESP_FAIL);
	flash_mmap_lock_freeze();
	flash_mmap_lock_unfreeze();
	assert_false(spi_flash_check_and_flush_cache(0, SECTOR));
	assert_int_equal(esp_flash_read(NULL, &byte, 0, 1), ESP_FAIL);
	assert_int_equal(esp_flash_init(NULL), ESP_FAIL);
	assert_int_equal(esp_partition_find_first_err(ESP_PARTITION_TYPE_ANY,
						      ESP_PARTITION_SUBTYPE_ANY, NULL, &found),
			 ESP_FAIL);
	assert_true(esp_partition_is_flash_region_writable(0, SECTOR));
	assert_int_equal(esp_partition_register_external(NULL, 0, SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA,
							 ESP_PARTITION_SUBTYPE_DATA_NVS, NULL),
			 ESP_FAIL);
	assert_int_equal(esp_partition_deregister_external(NULL), ESP_FAIL);
	assert_int_equal(esp_partition_mmap(NULL, 0, 1, ESP_PARTITION_MMAP_DATA, &p, &handle),
			 ESP_FAIL);
	assert_int_equal(esp_partition_copy(NULL, 0, NULL, 0, 1), ESP_FAIL);
	assert_int_equal(esp_partition_get_sha256(NULL, &byte), ESP_FAIL);
	esp_partition_unload_all();
}

#define TEST(name) cmocka_unit_test_teardown(name, stop_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_maps_on_every_chip),
		TEST(test_size_is_rounded_up),
		TEST(test_arguments),
		TEST(test_32_bit_flash_is_mapped_beyond_16_mib),
		TEST(test_no_room_is_not_found),
		TEST(test_no_memory),
		TEST(test_no_heap),
		TEST(test_either_order_of_release),
		TEST(test_unmapped_with_the_last_handle),
		TEST(test_handles_and_esp_mmu_map),
		TEST(test_capability_is_honoured),
		TEST(test_overlaps_become_aliases),
		TEST(test_handles_that_mean_nothing),
		TEST(test_thousand_handles_on_one_page),
		TEST(test_looking_up),
		TEST(test_psram_is_not_flash),
		TEST(test_free_pages_is_the_longest_run),
		TEST(test_repeated_maps_write_no_entry),
		TEST(test_stop_ends_handles),
		TEST(test_dump),
		TEST(test_no_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
