/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

struct quire_esp_options options;
size_t block;

const char *const chips[] = {"esp32",   "esp32s2", "esp32s3",  "esp32c5", "esp32c61",
			     "esp32h4", "esp32p4", "esp32s31", NULL};

void choose(const char *chip)
{
	quire_esp_defaults(&options, chip);
}

/* The page that shows PSRAM is the block. */
static size_t page_of_psram(void)
{
	const struct quire_chip_layout *layout = quire_linux_layout(quire_esp_linux());

	for (unsigned i = 0; i < layout->window_count; i++)
		if (layout->window[i].targets & QUIRE_TARGET_BIT(QUIRE_PSRAM0))
			return (size_t)quire_mmu_page_size(&layout->mmu[layout->window[i].walker]);
	return 0;
}

void start(void)
{
	char why[QUIRE_LINUX_TEXT];

	if (!quire_esp_start(&options, why))
		fail_msg("%s: %s", options.chip, why);
	block = page_of_psram();
}

void stop(void)
{
	char why[QUIRE_LINUX_TEXT] = "";
	const char *what = "nothing said";

	if (quire_space_check(quire_esp_space(), &what) != 0)
		fail_msg("%s: %s", options.chip, what);
	if (quire_linux_trouble(quire_esp_linux(), why) || !quire_esp_stop(why))
		fail_msg("%s: %s", options.chip, why);
}

void on_every_chip(void (*test)(void))
{
	for (const char *const *chip = chips; *chip != NULL; chip++) {
		choose(*chip);
		start();
		test();
		stop();
	}
}

esp_himem_handle_t ram(size_t blocks)
{
	esp_himem_handle_t handle = NULL;

	assert_int_equal(esp_himem_alloc(blocks * block, &handle), ESP_OK);
	assert_non_null(handle);
	return handle;
}

esp_himem_rangehandle_t range(size_t blocks)
{
	esp_himem_rangehandle_t handle = NULL;

	assert_int_equal(esp_himem_alloc_map_range(blocks * block, &handle), ESP_OK);
	assert_non_null(handle);
	return handle;
}

uint8_t *map(esp_himem_handle_t handle, esp_himem_rangehandle_t to, size_t from, size_t at,
	     size_t blocks)
{
	void *pointer = NULL;

	assert_int_equal(
		esp_himem_map(handle, to, from * block, at * block, blocks * block, 0, &pointer),
		ESP_OK);
	assert_non_null(pointer);
	return pointer;
}

void unmap(esp_himem_rangehandle_t from, void *at, size_t blocks)
{
	assert_int_equal(esp_himem_unmap(from, at, blocks * block), ESP_OK);
}

void free_both(esp_himem_handle_t handle, esp_himem_rangehandle_t to)
{
	assert_int_equal(esp_himem_free(handle), ESP_OK);
	assert_int_equal(esp_himem_free_map_range(to), ESP_OK);
}

bool readable(const void *at)
{
	uint8_t byte;

	return quire_linux_peek((uintptr_t)at, &byte, 1) == QUIRE_OK;
}

bool writable(const void *at)
{
	uint8_t byte = 0x5a;

	return quire_linux_poke((uintptr_t)at, &byte, 1) == QUIRE_OK;
}
