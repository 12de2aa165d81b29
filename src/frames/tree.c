/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free frames: a bit each, and a tree above the words of bits.
 *
 *     node 1                [            longest 40            ]
 *     nodes 2, 3            [     suffix 12    |  prefix 28    ]
 *     ...
 *     leaves                |64|64|64|64| ...                       one a word of bits
 *
 * Each node knows the free run at its start, the one at its end, and the longest inside, so what
 * two neighbours make together follows from the two.  The tree is an array, its height the same
 * everywhere; behind the last word come leaves in which nothing is free.
 *
 * A search begins at any frame: it goes up from there, taking each right-hand neighbour as a whole,
 * with the length of the free run that ends where the neighbour begins, until one holds what is
 * wanted; then down into that one.
 *
 * Frames that need not lie side by side are found without the tree, in a set of the words that have any
 * (set.c).  So what changes is only noted, in a set of the words that the tree does not know of yet, and the
 * tree catches up when a run is looked for: who never asks for one never pays for it.
 */
#include "frames/private.h"

#define ALL_FREE (~(uint64_t)0)

/* -- one word -- */

unsigned frame_bits_lowest(uint64_t bits)
{
#if QUIRE_HAVE_CLZ
	return (unsigned)__builtin_ctzll(bits);
#else
	unsigned n = 0;

	for (unsigned half = FRAME_BITS / 2; half != 0; half /= 2)
		if ((bits & (((uint64_t)1 << half) - 1)) == 0) {
			bits >>= half;
			n += half;
		}
	return n;
#endif
}

static unsigned bits_highest(uint64_t bits)
{
#if QUIRE_HAVE_CLZ
	return FRAME_BITS - 1u - (unsigned)__builtin_clzll(bits);
#else
	unsigned n = 0;

	for (unsigned half = FRAME_BITS / 2; half != 0; half /= 2)
		if (bits >> half != 0) {
			bits >>= half;
			n += half;
		}
	return n;
#endif
}

/* The bits with which `count` set ones begin, 1 .. 64.  Each step doubles what is known. */
static uint64_t bits_beginning(uint64_t bits, uint32_t count)
{
	for (uint32_t have = 1; have < count;) {
		uint32_t step = have < count - have ? have : count - have;

		bits &= bits >> step;
		have += step;
	}
	return bits;
}

/* The longest run in a word that is neither empty nor full, from the top bit of its length down. */
static uint32_t bits_longest(uint64_t bits)
{
	uint32_t length = 0;

	for (uint32_t step = FRAME_BITS / 2; step != 0; step /= 2)
		if (bits_beginning(bits, length + step) != 0)
			length += step;
	return length;
}

struct quire_frame_node frame_node_of_word(uint64_t bits)
{
	if (bits == 0)
		return (struct quire_frame_node){0, 0, 0};
	if (bits == ALL_FREE)
		return (struct quire_frame_node){FRAME_BITS, FRAME_BITS, FRAME_BITS};
	return (struct quire_frame_node){
		.prefix = frame_bits_lowest(~bits),
		.suffix = FRAME_BITS - 1u - bits_highest(~bits),
		.longest = bits_longest(bits),
	};
}

/* -- the tree -- */

struct quire_frame_node frame_node_of_halves(const struct quire_frame_node *left,
					     const struct quire_frame_node *right, uint32_t size)
{
	uint32_t across = left->suffix + right->prefix;
	uint32_t longest = left->longest > right->longest ? left->longest : right->longest;

	return (struct quire_frame_node){
		.prefix = left->prefix == size ? across : left->prefix,
		.suffix = right->suffix == size ? across : right->suffix,
		.longest = across > longest ? across : longest,
	};
}

void frame_bits_mark(struct quire_frame_pool_bank *b, uint32_t first, uint32_t count, bool free)
{
	uint32_t end = first + count;

	while (first < end) {
		uint32_t rest = FRAME_BITS - first % FRAME_BITS;
		uint32_t step = rest < end - first ? rest : end - first;
		uint64_t mask = ALL_FREE >> (FRAME_BITS - step) << first % FRAME_BITS;

		if (free)
			b->bits[first / FRAME_BITS] |= mask;
		else
			b->bits[first / FRAME_BITS] &= ~mask;
		frame_word_note(b, first / FRAME_BITS);
		first += step;
	}
}

void frame_word_note(struct quire_frame_pool_bank *b, uint32_t word)
{
	frame_set_add(&b->stale, word);
	if (b->bits[word] == 0)
		frame_set_remove(&b->some, word);
	else
		frame_set_add(&b->some, word);
}

uint32_t frame_bits_next(const struct quire_frame_pool_bank *b, uint32_t from)
{
	uint32_t word = from / FRAME_BITS;
	uint64_t bits;

	if (from >= b->frames)
		return NO_FRAME;
	bits = b->bits[word] & ALL_FREE << from % FRAME_BITS;
	if (bits == 0) {
		word = frame_set_next(&b->some, word + 1u);
		if (word == NO_FRAME)
			return NO_FRAME;
		bits = b->bits[word];
	}
	return word * FRAME_BITS + frame_bits_lowest(bits);
}

/* Make the tree agree with words [first, end) of bits. */
static void tree_refresh(struct quire_frame_pool_bank *b, uint32_t first, uint32_t end)
{
	uint32_t low = b->leaves + first, high = b->leaves + end - 1u;

	for (uint32_t i = low; i <= high; i++)
		b->node[i] = frame_node_of_word(b->bits[i - b->leaves]);
	for (uint32_t size = FRAME_BITS; low > 1; size *= 2) {
		low /= 2;
		high /= 2;
		for (uint32_t i = low; i <= high; i++)
			b->node[i] =
				frame_node_of_halves(&b->node[2 * i], &b->node[2 * i + 1], size);
	}
}

void frame_tree_catch_up(struct quire_frame_pool_bank *b)
{
	uint32_t words = frame_words(b->frames), first = frame_set_next(&b->stale, 0);

	while (first != NO_FRAME) {
		uint32_t end = first;

		while (end < words && frame_set_has(&b->stale, end))
			frame_set_remove(&b->stale, end++);
		tree_refresh(b, first, end);
		first = frame_set_next(&b->stale, end);
	}
}

/* -- searches -- */

/* The first run of `count` below a node that has one; the node begins with frame `at`. */
static uint32_t find_below(const struct quire_frame_pool_bank *b, uint32_t node, uint32_t size,
			   uint32_t at, uint32_t count)
{
	while (node < b->leaves) {
		const struct quire_frame_node *left = &b->node[2 * node], *right = left + 1;

		size /= 2;
		node *= 2;
		if (left->longest >= count)
			continue;
		at += size;
		if (left->suffix + right->prefix >= count)
			return at - left->suffix;
		node++;
	}
	return at + frame_bits_lowest(bits_beginning(b->bits[node - b->leaves], count));
}

uint32_t frame_tree_find(const struct quire_frame_pool_bank *b, uint32_t from, uint32_t count)
{
	uint32_t word = from / FRAME_BITS, at = word * FRAME_BITS;
	uint32_t node = b->leaves + word, end = 2 * b->leaves;
	struct quire_frame_node part;
	uint64_t bits;
	uint32_t run;

	if (from >= b->frames || count > b->node[1].longest)
		return NO_FRAME;
	bits = b->bits[word] & ALL_FREE << from % FRAME_BITS;
	part = frame_node_of_word(bits);
	if (part.longest >= count)
		return at + frame_bits_lowest(bits_beginning(bits, count));
	run = part.suffix;
	at += FRAME_BITS;
	node++;
	for (uint32_t size = FRAME_BITS; node < end; size *= 2, node /= 2, end /= 2) {
		if (node % 2 == 0)
			continue;
		part = b->node[node];
		if (run + part.prefix >= count)
			return at - run;
		if (part.longest >= count)
			return find_below(b, node, size, at, count);
		run = part.prefix == size ? run + size : part.suffix;
		at += size;
		node++;
	}
	return NO_FRAME;
}

uint32_t frame_tree_end(const struct quire_frame_pool_bank *b, uint32_t from)
{
	uint32_t word = from / FRAME_BITS, at = (word + 1u) * FRAME_BITS;
	uint32_t node = b->leaves + word + 1u, end = 2 * b->leaves;
	uint64_t taken = ~b->bits[word] >> from % FRAME_BITS;

	if (taken != 0)
		return from + frame_bits_lowest(taken);
	for (uint32_t size = FRAME_BITS; node < end; size *= 2, node /= 2, end /= 2) {
		if (node % 2 == 0)
			continue;
		if (b->node[node].prefix != size)
			return at + b->node[node].prefix;
		at += size;
		node++;
	}
	return at;
}

static uint64_t align_up(uint32_t from, uint64_t phase, uint64_t unit)
{
	return from <= phase ? phase : phase + ((from - phase + unit - 1u) & ~(unit - 1u));
}

uint32_t frame_tree_find_aligned(const struct quire_frame_pool_bank *b, uint32_t from,
				 uint32_t count, uint64_t phase, uint64_t unit)
{
	uint64_t next = align_up(from, phase, unit);

	while (next < b->frames) {
		uint32_t begin = frame_tree_find(b, (uint32_t)next, count), end;

		if (begin == NO_FRAME)
			return NO_FRAME;
		next = align_up(begin, phase, unit);
		if (next == begin)
			return begin;
		end = frame_tree_end(b, begin);
		if (next + count <= end)
			return (uint32_t)next;
		next = align_up(end, phase, unit);
	}
	return NO_FRAME;
}
