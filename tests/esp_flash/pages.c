/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spi_flash_mmap_pages(): any pages in any order, one after the other, and never a wrong byte.
 *
 * The random test keeps a fragmented window and a list of what every pointer must show.
 */
#include "rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MOST 12u /* pages of one handle */
#define LIVE 24u

static void expect_pages(const void *p, const int *pages, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		expect_pattern((const uint8_t *)p + i * PAGE, (uint32_t)pages[i] * PAGE, PAGE);
}

static const void *pages_ok(const int *pages, unsigned count, spi_flash_mmap_flag_t flags,
			    spi_flash_mmap_handle_t *handle)
{
	const void *p = NULL;

	assert_int_equal(spi_flash_mmap_pages(pages, count, flags, &p, handle), ESP_OK);
	expect_pages(p, pages, count);
	return p;
}

static void test_arguments(void **state)
{
	static const int good[] = {1, 3}, negative[] = {1, -1}, beyond[] = {1, 64},
			 far[] = {256, 1}, farther[] = {0x7fffffff, 1};
	const void *p = &p;
	spi_flash_mmap_handle_t handle = 9;

	(void)state;
	start("esp32s3");
	assert_int_equal(spi_flash_mmap_pages(NULL, 2, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(good, 0, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(good, 2, DATA, NULL, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(good, 2, DATA, &p, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(good, 2, (spi_flash_mmap_flag_t)8, &p, &handle),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(negative, 2, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(beyond, 2, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(far, 2, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(spi_flash_mmap_pages(farther, 2, DATA, &p, &handle), ESP_ERR_INVALID_ARG);
	assert_int_equal(handle, 9);
	assert_ptr_equal(p, &p);
	check_space();
}

/* Upstream: 0x103. */
static void test_same_page_twice(void **state)
{
	static const int twice[] = {60, 60}, woven[] = {7, 8, 7, 8, 7};
	spi_flash_mmap_handle_t handle[2];

	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		start(chips[i]);
		fill(0, MIB(4));
		pages_ok(twice, 2, DATA, &handle[0]);
		pages_ok(woven, 5, INST, &handle[1]);
		spi_flash_munmap(handle[0]);
		spi_flash_munmap(handle[1]);
		check_space();
		stop();
	}
}

/* Upstream: ESP_OK, and ptr + 0, 1, 2 show pages 50, 2, 3. */
static void test_hole_of_one_page(void **state)
{
	static const int pages[] = {50, 40, 30};
	spi_flash_mmap_handle_t below, hole, above, handle;

	(void)state;
	start("esp32s3");
	fill(0, MIB(4));
	map_ok(0, PAGE, DATA, &below);
	map_ok(10 * PAGE, PAGE, DATA, &hole);
	map_ok(2 * PAGE, 2 * PAGE, DATA, &above);
	spi_flash_munmap(hole);
	pages_ok(pages, 3, DATA, &handle);
	spi_flash_munmap(handle);
	spi_flash_munmap(below);
	spi_flash_munmap(above);
}

/* One run is a plain mapping, shared as such. */
static void test_ascending_pages_are_one_mapping(void **state)
{
	static const int pages[] = {4, 5, 6, 7};
	spi_flash_mmap_handle_t handle[2];
	const void *p;

	(void)state;
	start("esp32s3");
	fill(0, MIB(4));
	p = map_ok(4 * PAGE, 4 * PAGE, DATA, &handle[0]);
	assert_ptr_equal(pages_ok(pages, 4, DATA, &handle[1]), p);
	spi_flash_munmap(handle[0]);
	expect_pages(p, pages, 4);
	spi_flash_munmap(handle[1]);
}

/* Pages that others show, as mappings of their own, are shown a second time. */
static void test_pages_that_are_mapped_already(void **state)
{
	static const int pages[] = {9, 3, 4, 1};
	spi_flash_mmap_handle_t others[3], handle;
	const void *p;

	(void)state;
	start("esp32s3");
	fill(0, MIB(4));
	map_ok(PAGE, PAGE, DATA, &others[0]);
	map_ok(0, 8 * PAGE, DATA, &others[1]);
	map_ok(9 * PAGE, PAGE, INST, &others[2]);
	p = pages_ok(pages, 4, DATA, &handle);
	for (unsigned i = 0; i < 3; i++)
		spi_flash_munmap(others[i]);
	expect_pages(p, pages, 4);
	spi_flash_munmap(handle);
	check_space();
}

/* One descriptor too few at each run in turn: nothing stays behind. */
static void test_undone_if_one_run_fails(void **state)
{
	static const int pages[] = {9, 7, 5, 3};
	spi_flash_mmap_handle_t handle = 0;
	struct quire_space_stats stats;
	const void *p = NULL;

	(void)state;
	for (unsigned room = 1; room <= 4; room++) {
		struct quire_esp_options options = options_for("esp32s3");

		options.mappings = room;
		options.keep = 0;
		start_with(&options);
		fill(0, PAGE * 10);
		assert_int_equal(spi_flash_mmap_pages(pages, 4, DATA, &p, &handle),
				 room < 4 ? ESP_ERR_NO_MEM : ESP_OK);
		assert_int_equal(quire_space_stats(quire_esp_space(), &stats), QUIRE_OK);
		assert_int_equal(stats.mappings, room < 4 ? 0 : 4);
		assert_int_equal(flash_mmap_remain(), room == 4);
		check_space();
		stop();
	}
}

static int refusals;

static void *refuse_map(void *ctx, void *address, size_t size, int protection, int flags, int fd,
			off_t offset)
{
	(void)ctx;
	if (refusals > 0 && fd >= 0) {
		refusals--;
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return mmap(address, size, protection, flags, fd, offset);
}

/* The host is out of memory in the middle: an error, and nothing stays behind. */
static void test_the_host_refuses(void **state)
{
	static const struct quire_linux_system system = {.map = refuse_map};
	static const int pages[] = {9, 7, 5, 3};
	struct quire_esp_options options = options_for("esp32s3");
	spi_flash_mmap_handle_t handle = 0;
	struct quire_space_stats stats;
	const void *p = NULL;

	(void)state;
	options.keep = 0;
	options.system = &system;
	start_with(&options);
	fill(0, MIB(1));
	refusals = 1000000;
	assert_int_equal(spi_flash_mmap_pages(pages, 4, DATA, &p, &handle), ESP_FAIL);
	assert_int_equal(spi_flash_mmap(0, PAGE, DATA, &p, &handle), ESP_FAIL);
	assert_int_equal(handle, 0);
	refusals = 0;
	assert_int_equal(quire_space_stats(quire_esp_space(), &stats), QUIRE_OK);
	assert_int_equal(stats.mappings, 0);
	pages_ok(pages, 4, DATA, &handle);
	spi_flash_munmap(handle);
}

/* -- at random -- */

struct live {
	spi_flash_mmap_handle_t handle;
	const void *p;
	int pages[MOST];
	unsigned count;
};

static uint32_t dice(uint32_t below)
{
	static uint64_t state = 20;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

/* Runs, steps back and repetitions, as they come. */
static void choose_pages(struct live *live)
{
	int page = (int)dice(64);

	live->count = 1 + dice(dice(4) == 0 ? MOST : 4);
	for (unsigned i = 0; i < live->count; i++) {
		live->pages[i] = page;
		page = dice(3) ? (page + 1) % 64 : (int)dice(64);
	}
}

/* A failure must be for want of room. */
static bool try_pages(struct live *live, spi_flash_mmap_flag_t flags)
{
	esp_err_t err;

	choose_pages(live);
	err = spi_flash_mmap_pages(live->pages, live->count, flags, &live->p, &live->handle);
	if (err == ESP_OK)
		return true;
	assert_int_equal(err, ESP_ERR_NOT_FOUND);
	assert_true(spi_flash_mmap_get_free_pages(flags) < live->count);
	return false;
}

static void check_all(const struct live *live)
{
	for (unsigned i = 0; i < LIVE; i++)
		if (live[i].handle != 0)
			expect_pages(live[i].p, live[i].pages, live[i].count);
}

static void random_pages(const char *chip, unsigned rounds)
{
	struct live live[LIVE] = {0};
	unsigned failed = 0;

	start(chip);
	fill(0, MIB(4));
	for (unsigned round = 0; round < rounds; round++) {
		struct live *one = &live[dice(LIVE)];

		if (one->handle != 0) {
			expect_pages(one->p, one->pages, one->count);
			spi_flash_munmap(one->handle);
			one->handle = 0;
		} else if (try_pages(one, dice(4) ? DATA : INST)) {
			expect_pages(one->p, one->pages, one->count);
		} else {
			failed++;
		}
		if (round % 256 == 255) {
			check_all(live);
			check_space();
		}
	}
	if (strcmp(chip, "esp32") == 0)
		assert_true(failed > 0); /* it was tight enough to tell something */
	for (unsigned i = 0; i < LIVE; i++)
		if (live[i].handle != 0)
			spi_flash_munmap(live[i].handle);
	check_space();
	stop();
}

static void test_any_pages_in_any_order(void **state)
{
	const char *ops = getenv("QUIRE_TEST_OPS");
	unsigned rounds = ops != NULL ? (unsigned)atoi(ops) : 1500;

	(void)state;
	for (unsigned i = 0; i < CHIPS; i++)
		random_pages(chips[i], rounds < 1500 ? rounds : 1500);
}

#define TEST(name) cmocka_unit_test_teardown(name, stop_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_arguments),
		TEST(test_same_page_twice),
		TEST(test_hole_of_one_page),
		TEST(test_ascending_pages_are_one_mapping),
		TEST(test_pages_that_are_mapped_already),
		TEST(test_undone_if_one_run_fails),
		TEST(test_the_host_refuses),
		TEST(test_any_pages_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
