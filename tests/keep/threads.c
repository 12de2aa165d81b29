/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight threads on one keep-list, list and space each with a mutex of its own.
 *
 * All map and unmap the same twelve requests, some of which overlap, hold a few at a time, and look
 * at what they hold; one of them drops everything now and then, and one looks around.  What a thread
 * holds shows what it asked for, until it gives it up, whatever the others do.  In the end nothing
 * but kept mappings may be left.  ThreadSanitizer watches.
 *
 * QUIRE_TEST_OPS sets the number of calls of each thread: 20,000, a tenth with a sanitizer.
 */
#include <pthread.h>
#include <stdlib.h>

#include "keep/desk.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLS 2000u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CALLS 2000u
#endif
#endif
#ifndef CALLS
#define CALLS 20000u
#endif

#define THREADS  8u
#define REQUESTS 12u
#define HELD     3u

static struct desk *desk;
static struct quire_keep keep;
static pthread_mutex_t space_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t failure_mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *failure; /* the first thing wrong */
static unsigned calls;

static int lock(void *ctx)
{
	return pthread_mutex_lock(ctx) == 0 ? 0 : QUIRE_EPORT;
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

/* cmocka's assertions are for the first thread only. */
static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	pthread_mutex_lock(&failure_mutex);
	if (failure == NULL)
		failure = what;
	pthread_mutex_unlock(&failure_mutex);
}

/* What a thread holds; size 0: nothing. */
struct held {
	struct quire_want want;
	struct quire_got got;
};

static void take(struct held *h, uint64_t *state)
{
	unsigned n = rig_below(state, REQUESTS);
	int result;

	h->want = desk_want(1 + n % 3, 4 * n + n % 5, n % 4 ? R : RX, rig_below(state, 2), 't');
	result = quire_keep_map(&keep, &h->want, &h->got);
	expect(result >= 0 || result == QUIRE_ESPACE || result == QUIRE_EOVERLAP ||
		       result == QUIRE_EPOOL,
	       "map");
	if (result < 0)
		h->want.size = 0;
}

static void look(const struct held *h)
{
	struct quire_extent_info row;
	quire_pa pa;
	unsigned target;

	expect(quire_space_to_physical(&desk->rig->space, h->got.va + 5, &pa, &target) == 0 &&
		       pa == h->want.pa + 5 && target == h->want.target,
	       "what is held shows something else");
	expect(quire_keep_query(&keep, h->got.mapping, &row) == 0 && row.kind == QUIRE_MAPPED,
	       "what is held is not mapped");
	expect(!quire_keep_has(&keep, h->got.mapping), "what is held is kept");
}

static void give(struct held *h)
{
	expect(quire_keep_unmap(&keep, h->got.mapping) == 0, "unmap");
	h->want.size = 0;
}

static void look_around(uint64_t *state)
{
	struct quire_keep_stats stats;
	struct quire_extent_info row;

	if (rig_below(state, 50) == 0)
		expect(quire_keep_drop_all(&keep, NULL) == 0, "drop_all");
	if (rig_below(state, 10) == 0)
		expect(quire_keep_drop(&keep, 0, PA(0), 20 * PAGE, NULL) == 0, "drop");
	expect(quire_keep_stats(&keep, &stats) == 0 && stats.kept <= 6, "stats");
	expect(quire_keep_query(&keep, VA(rig_below(state, 32)), &row) == 0, "query");
}

static void *work(void *number)
{
	uint64_t state = 77 + *(unsigned *)number;
	struct held held[HELD] = {0};

	for (unsigned i = 0; i < calls; i++) {
		struct held *h = &held[rig_below(&state, HELD)];

		if (h->want.size == 0) {
			take(h, &state);
			continue;
		}
		look(h);
		if (rig_below(&state, 3))
			give(h);
		if (*(unsigned *)number == 0)
			look_around(&state);
	}
	for (unsigned i = 0; i < HELD; i++)
		if (held[i].want.size != 0)
			give(&held[i]);
	return NULL;
}

/* A space and a list with real locks, in place of the desk's own. */
static void lock_for_real(void)
{
	static uint64_t memory[4096];
	struct quire_keep_config config = {.slots = 6,
					   .memory = memory,
					   .memory_size = sizeof(memory),
					   .lock = {lock, unlock, &list_mutex}};

	desk = desk_open(32, 0);
	desk->rig->space.lock = (struct quire_lock){lock, unlock, &space_mutex};
	config.space = desk->space;
	assert_int_equal(quire_keep_init(&keep, &config), QUIRE_OK);
}

static void eight_threads(void **state)
{
	pthread_t thread[THREADS];
	unsigned number[THREADS];
	const char *what = "nothing said";
	struct quire_keep_stats stats;
	struct quire_space_stats left;

	(void)state;
	lock_for_real();
	for (unsigned i = 0; i < THREADS; i++) {
		number[i] = i;
		assert_int_equal(pthread_create(&thread[i], NULL, work, &number[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	if (failure)
		fail_msg("%s", failure);
	if (quire_keep_check(&keep, &what))
		fail_msg("%s", what);
	assert_int_equal(quire_keep_stats(&keep, &stats), 0);
	assert_int_equal(quire_space_stats(desk->space, &left), 0);
	assert_int_equal(stats.tracked, 0);
	assert_int_equal(left.mappings, stats.kept);
	print_message("%u hits, %u misses, %u drops\n", stats.hits, stats.misses, stats.drops);
	assert_true(stats.hits > 0);
	desk_close(desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(eight_threads)};
	const char *ops = getenv("QUIRE_TEST_OPS");

	calls = ops != NULL && *ops != '\0' ? (unsigned)strtoul(ops, NULL, 0) : CALLS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
