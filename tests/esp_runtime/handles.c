/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles on a 64-bit host: 32 bits that are no pointer's, of which none that is stale or made up
 * is taken for one that is alive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "handles.h"
#include "quire_esp.h"
#include "spi_flash_mmap.h"

#define MOST 65535u

static int start(void **state)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	quire_esp_defaults(&options, "esp32s3");
	return quire_esp_start(&options, why) ? 0 : -1;
}

static int stop(void **state)
{
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	return quire_esp_stop(why) ? 0 : -1;
}

static void test_each_thing_has_its_handle_until_none_is_left(void **state)
{
	static char things[MOST];
	static uint32_t handles[MOST];
	struct quire_esp *m = quire_esp_machine();
	struct quire_esp_handles all = {0};

	(void)state;
	for (uint32_t i = 0; i < MOST; i++) {
		handles[i] = quire_esp_handle_new(m, &all, &things[i]);
		assert_int_not_equal(handles[i], 0);
	}
	assert_int_equal(quire_esp_handle_new(m, &all, things), 0);
	for (uint32_t i = 0; i < MOST; i++)
		assert_ptr_equal(quire_esp_handle_find(&all, handles[i]), &things[i]);
	assert_ptr_equal(quire_esp_handle_end(&all, handles[77]), &things[77]);
	assert_null(quire_esp_handle_end(&all, handles[77]));
	assert_null(quire_esp_handle_find(&all, handles[77]));
	assert_int_not_equal(quire_esp_handle_new(m, &all, &things[77]), handles[77]);
	for (uint32_t i = 100; i < MOST; i++)
		assert_ptr_equal(quire_esp_handle_end(&all, handles[i]), &things[i]);
	for (uint32_t i = 0; i < 100; i++)
		assert_non_null(quire_esp_handle_any(&all));
	assert_null(quire_esp_handle_any(&all));
	assert_int_equal(all.used, 0);
	quire_esp_handles_free(m, &all);
}

static void test_a_stale_handle_is_none_however_often_its_place_is_used(void **state)
{
	struct quire_esp *m = quire_esp_machine();
	struct quire_esp_handles all = {0};
	uint32_t first = quire_esp_handle_new(m, &all, m), next = first;
	static const uint32_t made_up[] = {0, 1u << 16, 5, UINT32_MAX, 0x3c000000};

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		assert_ptr_equal(quire_esp_handle_end(&all, next), m);
		next = quire_esp_handle_new(m, &all, m);
		assert_int_not_equal(next, first);
		assert_null(quire_esp_handle_find(&all, first));
	}
	for (unsigned i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++)
		assert_null(quire_esp_handle_find(&all, made_up[i]));
	assert_null(quire_esp_handle_find(&all, (uint32_t)(uintptr_t)m));
	quire_esp_handles_free(m, &all);
}

/* A pointer of the host does not fit, and is not what a handle is made of. */
static void test_no_handle_is_a_truncated_pointer(void **state)
{
	spi_flash_mmap_handle_t handle[3];
	const void *shown[3];
	void *block = malloc(100);

	(void)state;
	assert_true(sizeof(void *) == 4 || (uintptr_t)block > UINT32_MAX);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(spi_flash_mmap(i * 0x20000, 0x10000, SPI_FLASH_MMAP_DATA,
						&shown[i], &handle[i]),
				 ESP_OK);
		assert_int_equal(handle[i], i + 1);
	}
	spi_flash_munmap((uint32_t)(uintptr_t)block);
	spi_flash_munmap((uint32_t)(uintptr_t)shown[0]);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(spi_flash_cache2phys(shown[i]), i * 0x20000);
	spi_flash_munmap(handle[1]);
	spi_flash_munmap(handle[1]);
	assert_int_equal(spi_flash_cache2phys(shown[0]), 0);
	assert_int_equal(spi_flash_cache2phys(shown[2]), 0x40000);
	spi_flash_munmap(handle[0]);
	spi_flash_munmap(handle[2]);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_thing_has_its_handle_until_none_is_left),
		cmocka_unit_test(test_a_stale_handle_is_none_however_often_its_place_is_used),
		cmocka_unit_test(test_no_handle_is_a_truncated_pointer),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
