/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What check() must find: every bit of the bits, trees and counts is flipped by itself, and the
 * words are given each state that contradicts the rest.
 */
#include "yard.h"

#include <string.h>

static const struct quire_frame_bank banks[] = {
	{"a", 0x80000000, 150 * PAGE, 2, 0, 1},
	{"b", 0x90000000, PAGE, 1, QUIRE_FRAME_DMA, 2},
	{"c", 0xa0000000, 65 * PAGE, 1, 0, 0},
};

static struct yard yard;
static struct yard_image sound;
static struct quire_frame_list list;

static int open_it(void **unused)
{
	const struct quire_frame_want want = {.count = 7, .align = 2 * PAGE};
	struct quire_frames *f = &yard.frames;

	(void)unused;
	yard_open(&yard, banks, 3, PAGE);
	assert_int_equal(quire_frames_reserve(f, 0x80010000, 5 * PAGE), 0);
	assert_int_equal(quire_frames_hold(f, 0x80030000, 50 * PAGE, 0x40000000, 1), 0);
	assert_int_equal(quire_frames_take(f, &want, &list), 0);
	assert_int_equal(quire_frames_promise(f, 20), 0);
	yard_check(&yard);
	yard_image_take(&yard, &sound);
	return 0;
}

static int close_it(void **unused)
{
	(void)unused;
	yard_image_free(&sound);
	yard_close(&yard);
	return 0;
}

/* It is found; put it back. */
static void found(void)
{
	const char *what = NULL;

	assert_int_equal(quire_frames_check(&yard.frames, &what), QUIRE_ECORRUPT);
	assert_non_null(what);
	assert_int_equal(quire_frames_check(&yard.frames, NULL), QUIRE_ECORRUPT);
	yard_image_put_back(&yard, &sound);
	yard_check(&yard);
}

static void flip_all(void *at, size_t bytes)
{
	uint8_t *byte = at;

	for (size_t i = 0; i < bytes * 8; i++) {
		byte[i / 8] ^= (uint8_t)(1u << i % 8);
		found();
	}
}

static void bits_and_trees(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 3; i++) {
		struct quire_frame_pool_bank *b = &yard.frames.bank[i];

		flip_all(b->bits, frame_words(b->frames) * sizeof(*b->bits));
		flip_all(b->some.level[0], frame_set_words(frame_words(b->frames)) * 8);
		flip_all(&b->node[1], (2 * (size_t)b->leaves - 1) * sizeof(*b->node));
	}
}

static void counts(void **unused)
{
	struct quire_frames *f = &yard.frames;

	(void)unused;
	for (unsigned i = 0; i < 3; i++) {
		struct quire_frame_pool_bank *b = &f->bank[i];

		flip_all(&b->first, sizeof(b->first));
		flip_all(&b->frames, sizeof(b->frames));
		flip_all(&b->free, sizeof(b->free));
		flip_all(&b->reserved, sizeof(b->reserved));
		flip_all(&b->leaves, sizeof(b->leaves));
		flip_all(&f->order[i], sizeof(f->order[i]));
	}
	flip_all(&f->bank_count, sizeof(f->bank_count));
	flip_all(&f->page_shift, sizeof(f->page_shift));
	flip_all(&f->count, sizeof(f->count));
	flip_all(&f->free, sizeof(f->free));
	f->promised = f->free + 1;
	found();
	f->bank[0].leaves *= 2;
	found();
	f->order[0] = 0; /* each bank once, but not by rank */
	f->order[1] = 2;
	f->order[2] = 1;
	found();
}

static void words(void **unused)
{
	struct quire_frames *f = &yard.frames;
	const uint32_t reserved = frame_of(f, 0x80010000), mapped = frame_of(f, 0x80030000);
	const uint32_t nobodys = frame_of(f, 0x90000000);
	const uint32_t frame[] = {list.first, list.last, reserved, mapped, nobodys};
	const uintptr_t flip[] = {QUIRE_FRAME_FREE, QUIRE_FRAME_RESERVED, QUIRE_FRAME_MAPPED,
				  QUIRE_FRAME_BUSY, QUIRE_FRAME_SHARED,   0x80};

	(void)unused;
	for (unsigned i = 0; i < 5; i++)
		for (unsigned j = 0; j < (frame[i] == nobodys ? 1 : 6); j++) {
			f->word[frame[i]] ^= flip[j];
			found();
		}
	f->word[nobodys] |= ~(uintptr_t)0; /* of a free one only that it is free means anything */
	yard_check(&yard);
	yard_image_put_back(&yard, &sound);
	f->word[reserved] = QUIRE_FRAME_SHARED;
	found();
	f->word[mapped] = QUIRE_FRAME_RESERVED;
	found();
	f->word[list.first] = (uintptr_t)f->count << QUIRE_FRAME_LINK_SHIFT | QUIRE_FRAME_BUSY;
	found();
}

static void addresses_of_larger_pages(void **unused)
{
	struct yard large;
	const struct quire_frame_bank bank = {"large", 0, 0x100000, 0, 0, 0};
	const char *what = NULL;

	(void)unused;
	yard_open(&large, &bank, 1, 16 * PAGE);
	assert_int_equal(quire_frames_hold(&large.frames, 0, 1, 0x10000, 0), 0);
	yard_check(&large);
	large.frames.word[0] += 0x1000;
	assert_int_equal(quire_frames_check(&large.frames, &what), QUIRE_ECORRUPT);
	assert_string_equal(what, "a word's address is not that of a page");
	yard_close(&large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bits_and_trees, open_it, close_it),
		cmocka_unit_test_setup_teardown(counts, open_it, close_it),
		cmocka_unit_test_setup_teardown(words, open_it, close_it),
		cmocka_unit_test(addresses_of_larger_pages),
	};

	return cmocka_run_group_tests_name("frames damage", tests, NULL, NULL);
}
