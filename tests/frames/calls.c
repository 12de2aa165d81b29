/* SPDX-License-Identifier: Apache-2.0 */
/* What each call does, rule by rule; and large pools. */
#include "pair.h"

#include <stdlib.h>

#define A 0x80000000u

static struct pair pair;
static struct quire_frames *const pool = &pair.yard.frames;

static void open_one(uint32_t frames)
{
	static struct quire_frame_bank bank;

	bank = (struct quire_frame_bank){"a", A, frames * PAGE, 2, 0, 0};
	pair_open(&pair, &bank, 1, PAGE);
}

static void close_it(void)
{
	pair_compare(&pair);
	pair_close(&pair);
}

static struct hand take(uint32_t count)
{
	const struct quire_frame_want want = {.count = count};
	struct hand hand;

	assert_int_equal(pair_take(&pair, &want, &hand), 0);
	return hand;
}

static struct hand take_run(uint32_t count, quire_size align)
{
	const struct quire_frame_want want = {.count = count, .align = align, .run = true};
	struct hand hand;

	assert_int_equal(pair_take(&pair, &want, &hand), 0);
	return hand;
}

static uint32_t longest(void)
{
	struct quire_frames_stats stats;

	assert_int_equal(quire_frames_stats(pool, &stats), 0);
	return stats.longest;
}

/* -- which frames -- */

static void scattered_frames_are_the_lowest(void **unused)
{
	struct hand hand[6], more;
	const uint32_t expected[] = {1, 3, 6};

	(void)unused;
	open_one(10);
	for (unsigned i = 0; i < 6; i++)
		hand[i] = take(1);
	pair_give(&pair, &hand[3]);
	pair_give(&pair, &hand[1]);
	more = take(3);
	assert_memory_equal(more.frame, expected, sizeof(expected));
	pair_give(&pair, &more);
	pair_give(&pair, &hand[0]);
	pair_give(&pair, &hand[2]);
	pair_give(&pair, &hand[4]);
	pair_give(&pair, &hand[5]);
	assert_int_equal(longest(), 10);
	close_it();
}

static void a_run_is_the_first_that_fits_not_the_smallest(void **unused)
{
	struct hand a, b, c, d;

	(void)unused;
	open_one(12);
	a = take_run(4, 0);
	b = take_run(1, 0);
	c = take_run(2, 0);
	d = take_run(1, 0);
	pair_give(&pair, &a);
	pair_give(&pair, &c);
	c = take_run(2, 0);
	assert_int_equal(c.frame[0], 0);
	a = take_run(3, 0);
	assert_int_equal(a.frame[0], 8);
	pair_give(&pair, &a);
	pair_give(&pair, &b);
	pair_give(&pair, &c);
	pair_give(&pair, &d);
	close_it();
}

static void blocks_first_then_the_rest_as_it_comes(void **unused)
{
	const struct quire_frame_want want = {.count = 11, .align = 4 * PAGE};
	const uint32_t expected[] = {4, 5, 6, 7, 12, 13, 14, 15, 1, 2, 3};
	struct hand a, b, c;

	(void)unused;
	open_one(18);
	a = take(1);
	assert_int_equal(quire_frames_reserve(pool, A + 9 * PAGE, 1), 0);
	pair.model.frame[9].flags = QUIRE_FRAME_RESERVED;
	assert_int_equal(pair_take(&pair, &want, &b), 0);
	assert_memory_equal(b.frame, expected, sizeof(expected));
	c = take(5);
	assert_true(quire_frames_free(pool) == 0);
	pair_give(&pair, &a);
	pair_give(&pair, &b);
	pair_give(&pair, &c);
	close_it();
}

static void ranks_and_traits_choose_the_bank(void **unused)
{
	const struct quire_frame_bank banks[] = {
		{"last", 0x10000000, 4 * PAGE, 3, QUIRE_FRAME_DMA, QUIRE_FRAME_AVOID},
		{"then", 0x20000000, 4 * PAGE, 4, 0, QUIRE_FRAME_NORMAL},
		{"then too", 0x30000000, 4 * PAGE, 5, QUIRE_FRAME_DMA, QUIRE_FRAME_NORMAL},
		{"first", 0x40000000, 4 * PAGE, 6, QUIRE_FRAME_POWER_DOWN, QUIRE_FRAME_PREFER},
	};
	const struct quire_frame_want dma = {.count = 5, .needs = QUIRE_FRAME_DMA};
	const struct quire_frame_want run = {.count = 4, .run = true};
	const uint32_t reached[] = {8, 9, 10, 11, 0}, plain[] = {12, 13, 14, 15, 4, 5};
	struct hand a, b, c;

	(void)unused;
	pair_open(&pair, banks, 4, PAGE);
	assert_int_equal(pair_take(&pair, &dma, &a), 0);
	assert_memory_equal(a.frame, reached, sizeof(reached));
	b = take(6);
	assert_memory_equal(b.frame, plain, sizeof(plain));
	pair_compare(&pair);
	assert_int_equal(pair_take(&pair, &run, &c), QUIRE_ESPACE);
	pair_give(&pair, &a);
	assert_int_equal(pair_take(&pair, &run, &c), 0);
	assert_int_equal(c.frame[0], 8);
	pair_give(&pair, &b);
	pair_give(&pair, &c);
	close_it();
}

/* Two banks may be neighbours: they are still two. */
static void no_run_is_in_two_banks(void **unused)
{
	const struct quire_frame_bank banks[] = {
		{"low", A, 3 * PAGE, 2, 0, 0},
		{"high", A + 3 * PAGE, 3 * PAGE, 2, 0, 0},
	};
	const struct quire_frame_want run = {.count = 4, .run = true};
	struct quire_frame_list rest;
	struct quire_frame_run part;
	struct hand hand;

	(void)unused;
	pair_open(&pair, banks, 2, PAGE);
	assert_int_equal(longest(), 3);
	assert_int_equal(pair_take(&pair, &run, &hand), QUIRE_ESPACE);
	assert_int_equal(pair_reserve(&pair, A + 2 * PAGE, 2 * PAGE), QUIRE_EBEYOND);
	hand = take(6);
	rest = hand.list;
	assert_true(frame_list_next_run(pool, &rest, &part) && part.size == 3 * PAGE);
	assert_true(frame_list_next_run(pool, &rest, &part) && part.pa == A + 3 * PAGE);
	assert_false(frame_list_next_run(pool, &rest, &part));
	pair_give(&pair, &hand);
	close_it();
}

/* -- promises -- */

static void what_is_promised_cannot_be_had_otherwise(void **unused)
{
	const struct quire_frame_want one = {.count = 1};
	struct hand a, b;

	(void)unused;
	open_one(6);
	assert_int_equal(pair_promise(&pair, 4), 0);
	a = take(2);
	assert_int_equal(pair_take(&pair, &one, &b), QUIRE_ESPACE);
	assert_int_equal(pair_reserve(&pair, A + 5 * PAGE, 1), QUIRE_ESPACE);
	assert_int_equal(pair_hold(&pair, A + 5 * PAGE, 1, 0, 0), QUIRE_ESPACE);
	assert_int_equal(pair_promise(&pair, 1), QUIRE_ESPACE);
	assert_true(quire_frames_free(pool) == 0);
	assert_int_equal(pair_take_promised(&pair, &b), 0);
	assert_int_equal(b.frame[0], 2);
	pair_compare(&pair);
	pair_give(&pair, &b);
	assert_true(quire_frames_free(pool) == PAGE);
	assert_int_equal(pair_unpromise(&pair, 3), 0);
	assert_int_equal(pair_unpromise(&pair, 1), QUIRE_EBEYOND);
	b = take(4);
	pair_give(&pair, &b);
	pair_give(&pair, &a);
	close_it();
}

/* -- what has an owner from the start -- */

static void an_image_is_held_and_can_be_given_back(void **unused)
{
	struct quire_frame_info info;
	struct hand hand;

	(void)unused;
	open_one(130);
	assert_int_equal(pair_reserve(&pair, A + 100, 2 * PAGE), 0);
	assert_int_equal(pair_hold(&pair, A + 3 * PAGE, 100 * PAGE - 1, 0x40000000, 9), 0);
	pair_compare(&pair);
	assert_int_equal(quire_frames_info(pool, A + 50 * PAGE + 17, &info), 0);
	assert_true(info.pa == A + 50 * PAGE && info.va == 0x40000000 + 47 * PAGE);
	assert_int_equal(info.flags, QUIRE_FRAME_MAPPED | QUIRE_FRAME_PINNED);
	assert_int_equal(info.owner, 9);
	assert_int_equal(pair_list_of(&pair, A + PAGE, 50 * PAGE, &hand), 0);
	pair_compare(&pair);
	pair_give(&pair, &hand);
	assert_int_equal(longest(), 50);
	assert_int_equal(pair_list_of(&pair, A, PAGE, &hand), 0);
	pair_give(&pair, &hand);
	assert_int_equal(longest(), 51);
	close_it();
}

static void a_shared_frame_has_no_address(void **unused)
{
	struct quire_frame_info info;
	struct hand hand;

	(void)unused;
	open_one(3);
	hand = take(1);
	frame_word_shared(pool, hand.frame[0], 5);
	assert_int_equal(quire_frames_info(pool, A, &info), 0);
	assert_int_equal(info.flags, QUIRE_FRAME_SHARED | QUIRE_FRAME_PINNED);
	assert_true(info.va == 0 && info.owner == 5);
	yard_check(&pair.yard);
	assert_int_equal(quire_frames_give(pool, &hand.list), QUIRE_EUNMAPPED);
	pair_unmap(&pair, &hand);
	pair_give(&pair, &hand);
	close_it();
}

/* -- to the last frame -- */

static void every_frame_can_be_had_one_by_one(void **unused)
{
	static const uint32_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 129, 640, 1000};
	const struct quire_frame_want one = {.count = 1};

	(void)unused;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct hand *hand = calloc(sizes[i] + 1, sizeof(*hand));
		uint64_t state = i;

		assert_non_null(hand);
		open_one(sizes[i]);
		for (uint32_t n = 0; n < sizes[i]; n++) {
			hand[n] = take(1);
			assert_int_equal(hand[n].frame[0], n);
		}
		assert_true(quire_frames_free(pool) == 0 && longest() == 0);
		assert_int_equal(pair_take(&pair, &one, &hand[sizes[i]]), QUIRE_ESPACE);
		pair_compare(&pair);
		for (uint32_t n = sizes[i]; n > 0; n--) {
			uint32_t any = yard_random(&state, n);

			pair_give(&pair, &hand[any]);
			hand[any] = hand[n - 1];
			yard_check(&pair.yard);
		}
		assert_int_equal(longest(), sizes[i]);
		close_it();
		free(hand);
	}
}

/* All frames of a large pool, at once, as a run, and by twos that leave nothing but holes of one
   frame. */
static void a_million_frames(void **unused)
{
	const uint32_t frames = 1u << 20, most = frames - 1u;
	struct quire_frame_bank bank = {"large", 0, most * PAGE, 0, 0, 0};
	const struct quire_frame_want all = {.count = most}, run = {.count = most, .run = true};
	const struct quire_frame_want two = {.count = 2, .run = true};
	const struct quire_frame_want blocks = {.count = most, .align = 512 * PAGE};
	struct quire_frame_list list, half = {0, 0, 0}, rest;
	struct quire_frame_run first;
	static struct yard yard;

	(void)unused;
	yard_open(&yard, &bank, 1, PAGE);
	assert_int_equal(quire_frames_take(&yard.frames, &run, &list), 0);
	assert_int_equal(quire_frames_give(&yard.frames, &list), 0);
	assert_int_equal(quire_frames_take(&yard.frames, &blocks, &list), 0);
	rest = list;
	assert_true(frame_list_next_run(&yard.frames, &rest, &first) && rest.count == 0);
	assert_true(first.pa == 0 && first.size == most * PAGE);
	assert_int_equal(quire_frames_give(&yard.frames, &list), 0);
	assert_int_equal(quire_frames_take(&yard.frames, &all, &list), 0);
	for (uint32_t i = 0; i < most; i += 2)
		frame_list_append(&yard.frames, &half, i);
	assert_int_equal(quire_frames_give(&yard.frames, &half), 0);
	yard_check(&yard);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(quire_frames_take(&yard.frames, &two, &list), QUIRE_ESPACE);
	frame_list_append(&yard.frames, &half, most - 2);
	assert_int_equal(quire_frames_give(&yard.frames, &half), 0);
	assert_int_equal(quire_frames_take(&yard.frames, &two, &list), 0);
	assert_int_equal(list.first, most - 3);
	yard_check(&yard);
	yard_close(&yard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scattered_frames_are_the_lowest),
		cmocka_unit_test(a_run_is_the_first_that_fits_not_the_smallest),
		cmocka_unit_test(blocks_first_then_the_rest_as_it_comes),
		cmocka_unit_test(ranks_and_traits_choose_the_bank),
		cmocka_unit_test(no_run_is_in_two_banks),
		cmocka_unit_test(what_is_promised_cannot_be_had_otherwise),
		cmocka_unit_test(an_image_is_held_and_can_be_given_back),
		cmocka_unit_test(a_shared_frame_has_no_address),
		cmocka_unit_test(every_frame_can_be_had_one_by_one),
		cmocka_unit_test(a_million_frames),
	};

	return cmocka_run_group_tests_name("frames calls", tests, NULL, NULL);
}
