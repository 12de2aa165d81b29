/* SPDX-License-Identifier: Apache-2.0 */
/* Semaphores, mutexes and the heap. */
#include <zephyr/ztest.h>

#define STACK 1024

K_THREAD_STACK_ARRAY_DEFINE(stacks, 2, STACK);
static struct k_thread threads[2];
K_SEM_DEFINE(defined, 1, 2);
K_MUTEX_DEFINE(mutex);
static struct k_sem sem;
static int results[2];

static void after(void *fixture)
{
	ARG_UNUSED(fixture);
	for (int i = 0; i < 2; i++)
		k_thread_abort(&threads[i]);
	(void)k_mutex_init(&mutex);
}

ZTEST_SUITE(waits, NULL, NULL, NULL, after, NULL);

static void take(void *number, void *ms, void *unused)
{
	ARG_UNUSED(unused);
	results[(intptr_t)number] = k_sem_take(&sem, K_MSEC((intptr_t)ms));
}

static void start_taker(int n, int prio, int ms)
{
	results[n] = 1;
	k_thread_create(&threads[n], stacks[n], STACK, take, (void *)(intptr_t)n,
			(void *)(intptr_t)ms, NULL, prio, 0, K_NO_WAIT);
}

ZTEST(waits, test_semaphores_count)
{
	zassert_equal(k_sem_init(&sem, 0, 0), -EINVAL);
	zassert_equal(k_sem_init(&sem, 3, 2), -EINVAL);
	zassert_equal(k_sem_count_get(&defined), 1);
	k_sem_give(&defined);
	k_sem_give(&defined);
	zassert_equal(k_sem_count_get(&defined), 2, "the limit");
	zassert_ok(k_sem_take(&defined, K_NO_WAIT));
	zassert_ok(k_sem_take(&defined, K_FOREVER));
	zassert_equal(k_sem_take(&defined, K_NO_WAIT), -EBUSY);
	zassert_equal(k_sem_take(&defined, K_MSEC(20)), -EAGAIN);
	k_sem_give(&defined);
	k_sem_reset(&defined);
	zassert_equal(k_sem_count_get(&defined), 0);
}

ZTEST(waits, test_the_more_important_waiter_gets_it_first)
{
	zassert_ok(k_sem_init(&sem, 0, 5));
	start_taker(0, 5, 1000);
	start_taker(1, 3, 1000);
	k_msleep(1);
	k_sem_give(&sem);
	k_msleep(1);
	zassert_equal(results[0], 1);
	zassert_equal(results[1], 0);
	k_sem_give(&sem);
	k_msleep(1);
	zassert_equal(results[0], 0);
	zassert_equal(k_sem_count_get(&sem), 0, "given from hand to hand");
}

ZTEST(waits, test_a_waiter_gives_up_or_is_told_to)
{
	zassert_ok(k_sem_init(&sem, 0, 5));
	start_taker(0, 5, 100);
	start_taker(1, 5, 100000);
	k_msleep(200);
	zassert_equal(results[0], -EAGAIN);
	zassert_equal(results[1], 1);
	k_sem_reset(&sem);
	k_msleep(1);
	zassert_equal(results[1], -EAGAIN);
	k_sem_give(&sem);
	zassert_equal(k_sem_count_get(&sem), 1, "nobody waits any more");
}

ZTEST(waits, test_an_aborted_waiter_is_in_no_queue)
{
	zassert_ok(k_sem_init(&sem, 0, 5));
	start_taker(0, 5, 100000);
	k_msleep(1);
	k_thread_abort(&threads[0]);
	k_sem_give(&sem);
	zassert_equal(k_sem_count_get(&sem), 1);
}

/* -- mutexes -- */

static void lock_it(void *number, void *ms, void *unused)
{
	ARG_UNUSED(unused);
	results[(intptr_t)number] = k_mutex_lock(&mutex, K_MSEC((intptr_t)ms));
	if (results[(intptr_t)number] == 0)
		(void)k_mutex_unlock(&mutex);
}

static void unlock_it(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	results[0] = k_mutex_unlock(&mutex);
}

ZTEST(waits, test_mutexes_nest_and_have_one_owner)
{
	zassert_equal(k_mutex_unlock(&mutex), -EINVAL);
	zassert_ok(k_mutex_lock(&mutex, K_NO_WAIT));
	zassert_ok(k_mutex_lock(&mutex, K_NO_WAIT));
	k_thread_create(&threads[0], stacks[0], STACK, unlock_it, NULL, NULL, NULL, 1, 0,
			K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_equal(results[0], -EPERM);
	zassert_ok(k_mutex_unlock(&mutex));
	zassert_ok(k_mutex_unlock(&mutex));
	zassert_equal(k_mutex_unlock(&mutex), -EINVAL);
}

ZTEST(waits, test_the_owner_has_the_priority_of_who_waits)
{
	k_tid_t self = k_current_get();

	k_thread_priority_set(self, 8);
	zassert_ok(k_mutex_lock(&mutex, K_FOREVER));
	k_thread_create(&threads[0], stacks[0], STACK, lock_it, (void *)0, (void *)1000, NULL, 4, 0,
			K_NO_WAIT);
	zassert_equal(k_thread_priority_get(self), 4);
	zassert_ok(k_mutex_unlock(&mutex));
	zassert_equal(k_thread_priority_get(self), 8);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_equal(results[0], 0);
}

ZTEST(waits, test_who_gives_up_takes_its_priority_along)
{
	k_tid_t self = k_current_get();

	k_thread_priority_set(self, 8);
	zassert_ok(k_mutex_lock(&mutex, K_FOREVER));
	k_thread_create(&threads[0], stacks[0], STACK, lock_it, (void *)0, (void *)50, NULL, 4, 0,
			K_NO_WAIT);
	zassert_equal(k_thread_priority_get(self), 4);
	k_msleep(100);
	zassert_equal(results[0], -EAGAIN);
	zassert_equal(k_thread_priority_get(self), 8);
	zassert_ok(k_mutex_unlock(&mutex));
}

/* -- the heap -- */

ZTEST(waits, test_the_heap_gives_and_takes)
{
	uint8_t *p[64];
	void *large;

	zassert_is_null(k_malloc(0));
	zassert_is_null(k_malloc((size_t)1 << 40));
	zassert_is_null(k_calloc(SIZE_MAX / 2, 3));
	zassert_is_null(k_aligned_alloc(48, 16));
	for (int i = 0; i < 64; i++) {
		p[i] = k_malloc((size_t)i + 1);
		zassert_not_null(p[i]);
		zassert_true(IS_ALIGNED(p[i], 16));
		memset(p[i], i, (size_t)i + 1);
	}
	for (int i = 0; i < 64; i++)
		for (int j = 0; j <= i; j++)
			zassert_equal(p[i][j], i);
	for (int i = 0; i < 64; i += 2)
		k_free(p[i]);
	for (int i = 1; i < 64; i += 2)
		k_free(p[i]);
	k_free(NULL);
	large = k_malloc(16384);
	zassert_not_null(large, "what was given back is one piece again");
	k_free(large);
	large = k_aligned_alloc(4096, 100);
	zassert_true(large != NULL && IS_ALIGNED(large, 4096));
	k_free(large);
	p[0] = k_calloc(10, 10);
	for (int i = 0; i < 100; i++)
		zassert_equal(p[0][i], 0);
	k_free(p[0]);
}
