/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small pools, all of them.
 *
 * First, every set of free frames that there can be in a pool of ten, and every take of it.  Then
 * the same in pools of ten pieces of 32 frames, which are ten halves of words, so that runs lie
 * below every kind of node.  Last, every sequence of five calls in a pool of seven frames in two
 * banks.
 */
#include "pair.h"

#include <stdlib.h>

#define BASE 0x80003000u /* its frames have all kinds of alignments */

static struct pair pair;

/* -- all sets of free frames, all takes -- */

static void try_take(const struct quire_frame_want *want)
{
	struct hand hand;

	if (pair_take(&pair, want, &hand) == 0) {
		pair_compare_counts(&pair);
		pair_give(&pair, &hand);
	}
}

/* With pieces free that `set` has a bit for. */
static void take_all(uint32_t set, uint32_t pieces, uint32_t piece, const uint32_t *counts)
{
	const struct quire_frame_bank bank = {"a", BASE, pieces * piece * PAGE, 0, 0, 0};
	struct quire_frame_want want;

	pair_open(&pair, &bank, 1, PAGE);
	for (uint32_t i = 0; i < pieces; i++)
		if (!(set >> i & 1))
			assert_int_equal(pair_reserve(&pair, BASE + i * piece * PAGE, piece * PAGE),
					 0);
	for (; *counts != 0; counts++)
		for (quire_size align = PAGE; align <= 16 * PAGE; align *= 2)
			for (unsigned run = 0; run < 2; run++) {
				want = (struct quire_frame_want){*counts, align, 0, run != 0};
				try_take(&want);
			}
	pair_compare(&pair);
	pair_close(&pair);
}

static void every_take_of_every_pool_of_ten_frames(void **unused)
{
	const uint32_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0};

	(void)unused;
	for (uint32_t set = 0; set < 1u << 10; set++)
		take_all(set, 10, 1, counts);
}

static void every_take_of_every_pool_of_ten_half_words(void **unused)
{
	const uint32_t counts[] = {1, 31, 32, 33, 64, 65, 96, 97, 160, 256, 288, 320, 321, 0};

	(void)unused;
	for (uint32_t set = 0; set < 1u << 10; set++)
		take_all(set, 10, 32, counts);
}

/* -- all sequences -- */

#define STEPS 5u

struct story {
	struct hand hand[STEPS];
	uint32_t hands;
};

enum {
	TAKE_1,
	TAKE_3,
	TAKE_BLOCK,
	RUN_2,
	GIVE_FIRST,
	GIVE_LAST,
	PROMISE,
	PROMISED,
	RESERVE,
	LIST,
	KINDS
};

static int keep(struct story *s, int result)
{
	s->hands += result == 0;
	return result;
}

static void give(struct story *s, uint32_t n)
{
	if (s->hands == 0)
		return;
	pair_give(&pair, &s->hand[n]);
	for (; n + 1 < s->hands; n++)
		s->hand[n] = s->hand[n + 1];
	s->hands--;
}

static void step(struct story *s, unsigned kind)
{
	static const struct quire_frame_want want[] = {
		[TAKE_1] = {1, 0, 0, false},
		[TAKE_3] = {3, 0, 0, false},
		[TAKE_BLOCK] = {3, 2 * PAGE, 0, false},
		[RUN_2] = {2, 0, 0, true},
	};
	struct hand *next = &s->hand[s->hands];

	if (kind <= RUN_2)
		keep(s, pair_take(&pair, &want[kind], next));
	else if (kind == GIVE_FIRST || kind == GIVE_LAST)
		give(s, kind == GIVE_FIRST ? 0 : s->hands - 1);
	else if (kind == PROMISE)
		pair_promise(&pair, 2);
	else if (kind == PROMISED)
		keep(s, pair_take_promised(&pair, next));
	else if (kind == RESERVE)
		pair_reserve(&pair, BASE + 2 * PAGE, 2 * PAGE);
	else
		keep(s, pair_list_of(&pair, BASE + 2 * PAGE, 2 * PAGE, next));
}

static void every_sequence_of_five_calls(void **unused)
{
	const struct quire_frame_bank banks[] = {
		{"five", BASE, 5 * PAGE, 0, 0, 1},
		{"two", 0x10000000, 2 * PAGE, 1, 0, 0},
	};
	uint32_t all = 1;

	(void)unused;
	for (unsigned i = 0; i < STEPS; i++)
		all *= KINDS;
	for (uint32_t n = 0; n < all; n++) {
		struct story story = {.hands = 0};

		pair_open(&pair, banks, 2, PAGE);
		for (uint32_t i = 0, rest = n; i < STEPS; i++, rest /= KINDS)
			step(&story, rest % KINDS);
		pair_compare(&pair);
		while (story.hands > 0)
			give(&story, 0);
		pair_compare(&pair);
		pair_close(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_take_of_every_pool_of_ten_frames),
		cmocka_unit_test(every_take_of_every_pool_of_ten_half_words),
		cmocka_unit_test(every_sequence_of_five_calls),
	};

	return cmocka_run_group_tests_name("frames exhaustive", tests, NULL, NULL);
}
