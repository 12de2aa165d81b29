/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits, first fit.  The first clear one is found a word at a time; from there on, where a bit is in the
 * way, the next try begins behind it.
 */
#include <stdlib.h>

#include "vm_bits.h"

#define WORD_BITS 32u

/* Bits [first, first + count) as words: masks for the first and the last one. */
struct region {
	uint32_t first, last;
	uint32_t first_mask, last_mask;
};

static struct region region_of(uint32_t bit, uint32_t count)
{
	uint32_t end = bit + count - 1;
	struct region r = {bit / WORD_BITS, end / WORD_BITS, ~0u << bit % WORD_BITS,
			   ~0u >> (WORD_BITS - 1 - end % WORD_BITS)};

	if (r.first == r.last)
		r.first_mask &= r.last_mask;
	return r;
}

/* Whether a word has bits of a mask that are not as they should be; if so, the lowest of them. */
static bool differs(const struct vm_bits *bits, uint32_t word, uint32_t mask, uint32_t wanted,
		    uint32_t *bit)
{
	uint32_t wrong = (bits->word[word] ^ wanted) & mask;

	if (wrong == 0)
		return false;
	*bit = word * WORD_BITS + (uint32_t)__builtin_ctz(wrong);
	return true;
}

/* Whether all bits of a region are `wanted` (all ones or none); if not, where one is not.  The ends are
   looked at first. */
static bool matches(const struct vm_bits *bits, const struct region *r, uint32_t wanted,
		    uint32_t *bit)
{
	if (differs(bits, r->first, r->first_mask, wanted, bit))
		return false;
	if (r->first == r->last)
		return true;
	if (differs(bits, r->last, r->last_mask, wanted, bit))
		return false;
	for (uint32_t i = r->first + 1; i < r->last; i++)
		if (differs(bits, i, ~0u, wanted, bit))
			return false;
	return true;
}

static void flip(struct vm_bits *bits, const struct region *r)
{
	bits->word[r->first] ^= r->first_mask;
	if (r->first == r->last)
		return;
	bits->word[r->last] ^= r->last_mask;
	for (uint32_t i = r->first + 1; i < r->last; i++)
		bits->word[i] ^= ~0u;
}

static uint32_t first_clear(const struct vm_bits *bits)
{
	uint32_t words = (bits->count + WORD_BITS - 1) / WORD_BITS, i = 0;

	while (i < words && bits->word[i] == ~0u)
		i++;
	return i == words ? bits->count : i * WORD_BITS + (uint32_t)__builtin_ctz(~bits->word[i]);
}

bool vm_bits_take(struct vm_bits *bits, uint32_t count, uint32_t *bit)
{
	uint32_t wrong = 0;

	if (count == 0 || count > bits->count)
		return false;
	for (*bit = first_clear(bits); *bit <= bits->count - count; *bit = wrong + 1) {
		struct region r = region_of(*bit, count);

		if (matches(bits, &r, 0, &wrong)) {
			flip(bits, &r);
			return true;
		}
	}
	return false;
}

bool vm_bits_give(struct vm_bits *bits, uint32_t bit, uint32_t count)
{
	struct region r;
	uint32_t wrong;

	if (count == 0 || count > bits->count || bit > bits->count - count)
		return false;
	r = region_of(bit, count);
	if (!matches(bits, &r, ~0u, &wrong))
		return false;
	flip(bits, &r);
	return true;
}

bool vm_bits_open(struct vm_bits *bits, uint32_t count)
{
	bits->count = count;
	bits->word = calloc(count / WORD_BITS + 1u, sizeof *bits->word);
	return bits->word != NULL;
}

void vm_bits_close(struct vm_bits *bits)
{
	free(bits->word);
}
