/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of himem, written and verified through windows, with each model of the cache: word by word
 * through one block of addresses, and at random through several, against a copy of it all.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* What the word at an offset is to be. */
static uint32_t word_of(size_t offset)
{
	uint64_t x = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(x >> 32 ^ x);
}

/* Every block, one after the other at the same place; each word is written, or looked at. */
static void every_block(esp_himem_handle_t memory, esp_himem_rangehandle_t to, bool write)
{
	size_t blocks = esp_himem_get_phys_size() / block;

	for (size_t n = 0; n < blocks; n++) {
		uint32_t *at = (uint32_t *)(void *)map(memory, to, n, 0, 1);

		for (size_t i = 0; i < block / 4; i++) {
			if (write)
				at[i] = word_of(n * block + i * 4);
			else if (at[i] != word_of(n * block + i * 4))
				fail_msg("%s: block %zu, word %zu", options.chip, n, i);
		}
		unmap(to, at, 1);
	}
}

static void every_word(void)
{
	esp_himem_handle_t memory = ram(esp_himem_get_phys_size() / block);
	esp_himem_rangehandle_t to = range(1);

	every_block(memory, to, true);
	every_block(memory, to, false);
	free_both(memory, to);
}

static const enum quire_linux_cache caches[] = {QUIRE_LINUX_CACHE_NONE, QUIRE_LINUX_CACHE_STALE,
						QUIRE_LINUX_CACHE_POISON};

static void every_word_of_every_bank_is_kept(void **unused)
{
	(void)unused;
	for (const char *const *chip = chips; *chip != NULL; chip++)
		for (unsigned c = 0; c < 3; c++) {
			choose(*chip);
			options.cache = caches[c];
			start();
			every_word();
			stop();
		}
}

/* -- at random -- */

#define SPOTS 4u /* bytes of a block that are compared */

struct sketch {
	esp_himem_handle_t memory;
	esp_himem_rangehandle_t to;
	uint8_t *base;
	size_t blocks, places;
	uint8_t *copy;   /* SPOTS a block */
	int shown[62];   /* block at each place, or -1 */
	uint64_t random; /* state */
};

static uint32_t below(struct sketch *s, size_t limit)
{
	s->random = s->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((s->random >> 33) % limit);
}

static bool is_shown(const struct sketch *s, int number)
{
	for (size_t i = 0; i < s->places; i++)
		if (s->shown[i] == number)
			return true;
	return false;
}

static uint8_t *spot(const struct sketch *s, size_t place, unsigned n)
{
	return s->base + place * block + n * (block / SPOTS) + 7 * n;
}

/* Show, hide, or use one place. */
static void step(struct sketch *s)
{
	size_t place = below(s, s->places);
	int number = (int)below(s, s->blocks);
	unsigned n = below(s, SPOTS);
	void *out;

	if (s->shown[place] < 0) {
		esp_err_t result = esp_himem_map(s->memory, s->to, (size_t)number * block,
						 place * block, block, 0, &out);

		assert_int_equal(result, is_shown(s, number) ? ESP_ERR_INVALID_STATE : ESP_OK);
		if (result == ESP_OK)
			s->shown[place] = number;
		return;
	}
	number = s->shown[place];
	if (*spot(s, place, n) != s->copy[(size_t)number * SPOTS + n])
		fail_msg("%s: block %d at place %zu", options.chip, number, place);
	*spot(s, place, n) = s->copy[(size_t)number * SPOTS + n] = (uint8_t)below(s, 256);
	if (below(s, 3) == 0) {
		unmap(s->to, s->base + place * block, 1);
		s->shown[place] = -1;
	}
}

static void at_random(void)
{
	struct sketch s = {.blocks = esp_himem_get_phys_size() / block,
			   .places = options.himem_reserve,
			   .random = 1};

	s.memory = ram(s.blocks);
	s.to = range(s.places);
	s.copy = calloc(s.blocks, SPOTS);
	s.base = map(s.memory, s.to, 0, 0, 0);
	for (size_t i = 0; i < s.places; i++)
		s.shown[i] = -1;
	for (size_t i = 0; i < s.blocks; i++) {
		memset(map(s.memory, s.to, i, 0, 1), 0, block);
		unmap(s.to, s.base, 1);
	}
	for (unsigned i = 0; i < 5000; i++)
		step(&s);
	free(s.copy);
}

static void blocks_keep_what_they_hold_wherever_they_are_shown(void **unused)
{
	(void)unused;
	for (unsigned c = 0; c < 3; c++)
		for (const char *const *chip = chips; *chip != NULL; chip++) {
			choose(*chip);
			options.cache = caches[c];
			options.psram_size = 5 * MIB;
			start();
			at_random();
			stop();
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_of_every_bank_is_kept),
		cmocka_unit_test(blocks_keep_what_they_hold_wherever_they_are_shown),
	};

	return cmocka_run_group_tests_name("himem banks", tests, NULL, NULL);
}
