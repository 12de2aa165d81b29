/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of small numbers: a bit each, and above every 64 bits one that says whether any of them is set.
 *
 *     level 2    1
 *     level 1    1.1.
 *     level 0    ..1.....  ........  ...1..1.  ........
 *
 * The next member from a number on is found by going up until a word has one further on, and down again
 * by the lowest bits: at most four steps each way for all the words of bits that a bank can have.
 * Adding and removing go up only as far as a word stops, or begins, to be empty.
 */
#include "frames/private.h"

#define ALL (~(uint64_t)0)

static uint32_t words_for(uint32_t numbers)
{
	return numbers / FRAME_BITS + (numbers % FRAME_BITS != 0);
}

uint32_t frame_set_words(uint32_t numbers)
{
	uint32_t sum = 0;

	do {
		numbers = words_for(numbers);
		sum += numbers;
	} while (numbers > 1);
	return sum;
}

void frame_set_init(struct quire_frame_set *set, uint32_t numbers, uint64_t *words)
{
	uint32_t all = frame_set_words(numbers);

	for (uint32_t i = 0; i < all; i++)
		words[i] = 0;
	set->levels = 0;
	do {
		numbers = words_for(numbers);
		set->level[set->levels] = words;
		set->words[set->levels++] = numbers;
		words += numbers;
	} while (numbers > 1);
}

void frame_set_add(struct quire_frame_set *set, uint32_t number)
{
	for (unsigned l = 0; l < set->levels; l++) {
		uint64_t *word = &set->level[l][number / FRAME_BITS], before = *word;

		*word = before | (uint64_t)1 << number % FRAME_BITS;
		if (before != 0)
			return;
		number /= FRAME_BITS;
	}
}

void frame_set_remove(struct quire_frame_set *set, uint32_t number)
{
	for (unsigned l = 0; l < set->levels; l++) {
		uint64_t *word = &set->level[l][number / FRAME_BITS];

		*word &= ~((uint64_t)1 << number % FRAME_BITS);
		if (*word != 0)
			return;
		number /= FRAME_BITS;
	}
}

uint32_t frame_set_next(const struct quire_frame_set *set, uint32_t from)
{
	for (unsigned l = 0; l < set->levels; l++) {
		uint32_t word = from / FRAME_BITS;
		uint64_t bits;

		if (word >= set->words[l])
			return NO_FRAME;
		bits = set->level[l][word] & ALL << from % FRAME_BITS;
		if (bits == 0) {
			from = word + 1u;
			continue;
		}
		from = word * FRAME_BITS + frame_bits_lowest(bits);
		while (l-- > 0)
			from = from * FRAME_BITS + frame_bits_lowest(set->level[l][from]);
		return from;
	}
	return NO_FRAME;
}

bool frame_set_has(const struct quire_frame_set *set, uint32_t number)
{
	return set->level[0][number / FRAME_BITS] >> number % FRAME_BITS & 1u;
}

bool frame_set_sound(const struct quire_frame_set *set, uint32_t numbers)
{
	for (unsigned l = 0; l < set->levels; l++) {
		uint32_t words = words_for(numbers);

		if (set->words[l] != words ||
		    (numbers % FRAME_BITS != 0 &&
		     set->level[l][words - 1u] >> numbers % FRAME_BITS != 0))
			return false;
		for (uint32_t i = 0; l > 0 && i < numbers; i++)
			if ((set->level[l - 1u][i] != 0) !=
			    (set->level[l][i / FRAME_BITS] >> i % FRAME_BITS & 1u))
				return false;
		numbers = words;
	}
	return numbers == 1;
}
