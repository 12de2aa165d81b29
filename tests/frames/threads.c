/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Six threads, one pool: each takes frames, writes its name on them, and finds it there when it
 * gives them back; a seventh proves the pool meanwhile.  In the end all is free.
 */
#include "yard.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS 6u
#define ROUNDS  4000u
#define FRAMES  300u

static struct yard yard;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint8_t owner[FRAMES]; /* touched by who has the frame alone */
static uint32_t wrong[THREADS + 1];

static int lock(void *ctx)
{
	return pthread_mutex_lock(ctx) == 0 ? 0 : QUIRE_EPORT;
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

/* Write one's name over another in every frame of a list; how many had another one. */
static uint32_t rename_all(const struct quire_frame_list *list, uint8_t from, uint8_t to)
{
	struct quire_frame_list rest = *list;
	uint32_t frame, others = 0;

	while ((frame = frame_list_next(&yard.frames, &rest)) != NO_FRAME) {
		others += owner[frame] != from;
		owner[frame] = to;
	}
	return others;
}

static void *work(void *number)
{
	uint32_t *mine = number;
	uint8_t name = (uint8_t)(mine - wrong + 1);
	uint64_t state = name;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		const struct quire_frame_want want = {.count = 1 + yard_random(&state, 90),
						      .run = yard_random(&state, 2) != 0};
		struct quire_frame_list list;
		int result = quire_frames_take(&yard.frames, &want, &list);

		*mine += result != 0 && result != QUIRE_ESPACE;
		if (result != 0)
			continue;
		*mine += rename_all(&list, 0, name);
		*mine += rename_all(&list, name, 0);
		*mine += quire_frames_give(&yard.frames, &list) != 0;
	}
	return NULL;
}

static void *prove(void *number)
{
	uint32_t *mine = number;

	for (unsigned i = 0; i < 300; i++)
		*mine += quire_frames_check(&yard.frames, NULL) != 0;
	return NULL;
}

static void each_thread_has_its_own_frames(void **unused)
{
	const struct quire_frame_bank banks[] = {
		{"a", 0x80000000, 200 * PAGE, 2, 0, 0},
		{"b", 0x90000000, (FRAMES - 200) * PAGE, 2, 0, 0},
	};
	pthread_t thread[THREADS + 1];

	(void)unused;
	yard_open(&yard, banks, 2, PAGE);
	yard.frames.lock = (struct quire_lock){lock, unlock, &mutex};
	for (unsigned i = 0; i <= THREADS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, i < THREADS ? work : prove, &wrong[i]), 0);
	for (unsigned i = 0; i <= THREADS; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i <= THREADS; i++)
		assert_int_equal(wrong[i], 0);
	assert_true(quire_frames_free(&yard.frames) == FRAMES * PAGE);
	yard_check(&yard);
	yard_close(&yard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_thread_has_its_own_frames)};

	return cmocka_run_group_tests_name("frames threads", tests, NULL, NULL);
}
