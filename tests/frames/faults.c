/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock fails at every call: its result is the call's, nothing has changed, no output is written
 * and the lock is not given back.  And each call takes it once.
 */
#include "yard.h"

static const struct quire_frame_bank banks[] = {
	{"a", 0x80000000, 70 * PAGE, 2, 0, 0},
	{"b", 0x90000000, 3 * PAGE, 2, QUIRE_FRAME_DMA, 1},
};

static struct yard yard;
static struct quire_frame_list list, out;

enum { CALLS = 13 };

static int call(unsigned n)
{
	const struct quire_frame_want want = {.count = 5};
	const struct quire_frame_want run = {.count = 3, .align = 2 * PAGE, .run = true};
	struct quire_frames *f = &yard.frames;
	struct quire_frames_stats stats;
	struct quire_frame_info info;

	switch (n) {
	case 0:
		return quire_frames_take(f, &want, &out);
	case 1:
		return quire_frames_take(f, &run, &out);
	case 2:
		return quire_frames_give(f, &list);
	case 3:
		return quire_frames_promise(f, 1);
	case 4:
		return quire_frames_unpromise(f, 1);
	case 5:
		return quire_frames_take_promised(f, &out);
	case 6:
		return quire_frames_reserve(f, 0x80020000, PAGE);
	case 7:
		return quire_frames_hold(f, 0x80020000, PAGE, 0x1000, 0);
	case 8:
		return quire_frames_list_of(f, 0x90001000, PAGE, &out);
	case 9:
		return quire_frames_info(f, 0x80000000, &info);
	case 10:
		return quire_frames_pin(f, 0x90002000, PAGE, false);
	case 11:
		return quire_frames_stats(f, &stats);
	default:
		return quire_frames_bank_stats(f, 1, &stats);
	}
}

static void open_it(void)
{
	const struct quire_frame_want want = {.count = 7};

	yard_open(&yard, banks, 2, PAGE);
	assert_int_equal(quire_frames_take(&yard.frames, &want, &list), 0);
	assert_int_equal(quire_frames_promise(&yard.frames, 4), 0);
	assert_int_equal(quire_frames_reserve(&yard.frames, 0x90001000, PAGE), 0);
	assert_int_equal(quire_frames_hold(&yard.frames, 0x90002000, PAGE, 0x5000, 7), 0);
	out = (struct quire_frame_list){9, 9, 9};
}

static void each_call_passes_the_locks_error_on(void **unused)
{
	(void)unused;
	for (unsigned n = 0; n < CALLS; n++) {
		struct yard_image before;
		uint32_t locks;

		open_it();
		yard_image_take(&yard, &before);
		yard.refuse = true;
		assert_int_equal(call(n), REFUSAL);
		yard_unchanged(&yard, &before);
		assert_true(out.first == 9 && out.last == 9 && out.count == 9 && list.count == 7);
		yard.refuse = false;
		locks = yard.locks;
		assert_int_equal(call(n), 0);
		assert_int_equal(yard.locks, locks + 1);
		yard_check(&yard);
		yard_image_free(&before);
		yard_close(&yard);
	}
}

static void free_and_check_too(void **unused)
{
	const char *what = NULL;

	(void)unused;
	open_it();
	assert_true(quire_frames_free(&yard.frames) == 60 * PAGE);
	yard.refuse = true;
	assert_true(quire_frames_free(&yard.frames) == 0);
	assert_int_equal(quire_frames_check(&yard.frames, &what), REFUSAL);
	assert_null(what);
	yard_close(&yard);
}

static void without_a_lock_all_is_well(void **unused)
{
	(void)unused;
	for (unsigned n = 0; n < CALLS; n++) {
		open_it();
		yard.frames.lock = (struct quire_lock){NULL, NULL, NULL};
		assert_int_equal(call(n), 0);
		yard_check(&yard);
		yard_close(&yard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_passes_the_locks_error_on),
		cmocka_unit_test(free_and_check_too),
		cmocka_unit_test(without_a_lock_all_is_well),
	};

	return cmocka_run_group_tests_name("frames faults", tests, NULL, NULL);
}
