/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test all of himem: write every block of it through one block of addresses, then read every block
 * back.  The data are pseudo-random, seeded by the block's number and the round's, so a block that
 * shows another one's bytes, or those of the round before, is found out.
 *
 * The program knows ESP-IDF alone, and runs wherever that has himem.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "esp_err.h"
#include "esp_himem.h"

#define ROUNDS 2
#define WORDS  (ESP_HIMEM_BLKSZ / sizeof(uint32_t))

/* The next of a series that never reaches 0 (xorshift32). */
static uint32_t next_random(uint32_t x)
{
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static uint32_t seed_of(size_t block, unsigned round)
{
	return (uint32_t)(block * ROUNDS + round + 1) * 2654435761u;
}

static void fill(uint32_t *words, uint32_t seed)
{
	for (size_t i = 0; i < WORDS; i++)
		words[i] = seed = next_random(seed);
}

/* Whether all words are as they were written; says which one is not. */
static bool verify(const uint32_t *words, uint32_t seed, size_t block)
{
	for (size_t i = 0; i < WORDS; i++) {
		seed = next_random(seed);
		if (words[i] != seed) {
			printf("block %u, byte 0x%x: found 0x%08" PRIx32 ", expected 0x%08" PRIx32
			       "\n",
			       (unsigned)block, (unsigned)(i * sizeof(uint32_t)), words[i], seed);
			return false;
		}
	}
	return true;
}

/* One pass over all blocks, writing or reading. */
static bool pass(esp_himem_handle_t memory, esp_himem_rangehandle_t addresses, size_t blocks,
		 unsigned round, bool write)
{
	bool good = true;

	for (size_t block = 0; block < blocks && good; block++) {
		void *window;

		ESP_ERROR_CHECK(esp_himem_map(memory, addresses, block * ESP_HIMEM_BLKSZ, 0,
					      ESP_HIMEM_BLKSZ, 0, &window));
		if (write)
			fill(window, seed_of(block, round));
		else
			good = verify(window, seed_of(block, round), block);
		ESP_ERROR_CHECK(esp_himem_unmap(addresses, window, ESP_HIMEM_BLKSZ));
	}
	return good;
}

void app_main(void)
{
	size_t size = esp_himem_get_phys_size(), left = esp_himem_get_free_size();
	size_t blocks = left / ESP_HIMEM_BLKSZ;
	esp_himem_rangehandle_t addresses;
	esp_himem_handle_t memory;
	bool good = true;

	printf("himem has %u KiB, and %u KiB of that are free; %u KiB of addresses show them\n",
	       (unsigned)(size / 1024), (unsigned)(left / 1024),
	       (unsigned)(esp_himem_reserved_area_size() / 1024));
	ESP_ERROR_CHECK(esp_himem_alloc(left, &memory));
	ESP_ERROR_CHECK(esp_himem_alloc_map_range(ESP_HIMEM_BLKSZ, &addresses));
	for (unsigned round = 0; round < ROUNDS && good; round++)
		good = pass(memory, addresses, blocks, round, true) &&
		       pass(memory, addresses, blocks, round, false);
	ESP_ERROR_CHECK(esp_himem_free(memory));
	ESP_ERROR_CHECK(esp_himem_free_map_range(addresses));
	if (!good)
		exit(EXIT_FAILURE);
	printf("each of the %u blocks kept what was written\n", (unsigned)blocks);
}
