/* SPDX-License-Identifier: Apache-2.0 */
/* The life of threads: who runs when, and how they end. */
#include <zephyr/ztest.h>

#define STACK 1024

K_THREAD_STACK_ARRAY_DEFINE(stacks, 3, STACK);
static struct k_thread threads[3];
static char said[64]; /* what threads say, in order */
static size_t length;

static void say(char c)
{
	said[length++] = c;
	said[length] = '\0';
}

static void before(void *fixture)
{
	ARG_UNUSED(fixture);
	length = 0;
	said[0] = '\0';
}

static void after(void *fixture)
{
	ARG_UNUSED(fixture);
	for (int i = 0; i < 3; i++)
		k_thread_abort(&threads[i]);
}

static void say_and_end(void *c, void *times, void *unused)
{
	ARG_UNUSED(unused);
	for (intptr_t i = 0; i < (intptr_t)times; i++) {
		say((char)(intptr_t)c);
		k_yield();
	}
	say('.');
}

static k_tid_t start(int n, char c, int times, int prio, k_timeout_t delay)
{
	return k_thread_create(&threads[n], stacks[n], STACK, say_and_end, (void *)(intptr_t)c,
			       (void *)(intptr_t)times, NULL, prio, 0, delay);
}

ZTEST_SUITE(threads, NULL, NULL, before, after, NULL);

ZTEST(threads, test_three_parameters_arrive)
{
	k_tid_t thread = start(0, 'a', 2, 1, K_NO_WAIT);

	zassert_equal_ptr(thread, &threads[0]);
	zassert_ok(k_thread_join(thread, K_FOREVER));
	zassert_str_equal(said, "aa.");
}

ZTEST(threads, test_equals_take_turns)
{
	for (int i = 0; i < 3; i++)
		start(i, (char)('a' + i), 2, 5, K_NO_WAIT);
	for (int i = 0; i < 3; i++)
		zassert_ok(k_thread_join(&threads[i], K_FOREVER));
	zassert_str_equal(said, "abcabc...");
}

ZTEST(threads, test_priority_goes_before_order)
{
	start(0, 'a', 2, 7, K_NO_WAIT);
	start(1, 'b', 2, 3, K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_str_equal(said, "bb.aa.");
}

/* The test itself is cooperative: it is not interrupted, unless it gives way. */
ZTEST(threads, test_cooperative_threads_are_not_preempted)
{
	start(0, 'a', 1, K_HIGHEST_THREAD_PRIO, K_NO_WAIT);
	zassert_str_equal(said, "");
	k_thread_priority_set(k_current_get(), 5);
	zassert_str_equal(said, "a.");
	start(1, 'b', 1, 4, K_NO_WAIT);
	zassert_str_equal(said, "a.b.");
	start(2, 'c', 1, 5, K_NO_WAIT);
	zassert_str_equal(said, "a.b.", "equals do not preempt");
	k_yield();
	zassert_str_equal(said, "a.b.c");
}

ZTEST(threads, test_the_scheduler_can_be_locked)
{
	k_thread_priority_set(k_current_get(), 5);
	k_sched_lock();
	k_sched_lock();
	start(0, 'a', 1, 1, K_NO_WAIT);
	k_sched_unlock();
	zassert_str_equal(said, "");
	k_sched_unlock();
	zassert_str_equal(said, "a.");
}

ZTEST(threads, test_a_thread_can_wait_to_begin)
{
	int64_t since = k_uptime_get();

	start(0, 'a', 0, 1, K_MSEC(100));
	start(1, 'b', 0, 1, K_FOREVER);
	zassert_equal(k_thread_join(&threads[1], K_MSEC(10000)), -EAGAIN);
	zassert_str_equal(said, ".");
	zassert_true(k_uptime_get() - since >= 10000);
	k_thread_start(&threads[1]);
	zassert_ok(k_thread_join(&threads[1], K_FOREVER));
	zassert_str_equal(said, "..");
}

ZTEST(threads, test_join)
{
	zassert_equal(k_thread_join(k_current_get(), K_FOREVER), -EDEADLK);
	start(0, 'a', 1, 1, K_NO_WAIT);
	zassert_equal(k_thread_join(&threads[0], K_NO_WAIT), -EBUSY);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_ok(k_thread_join(&threads[0], K_NO_WAIT));
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
}

ZTEST(threads, test_abort)
{
	start(0, 'a', 5, 1, K_NO_WAIT);
	k_thread_abort(&threads[0]);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_str_equal(said, "", "it never ran");
	k_thread_abort(&threads[0]);
	start(0, 'b', 1, 1, K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_str_equal(said, "b.");
}

ZTEST(threads, test_suspend_and_resume)
{
	char text[16];

	start(0, 'a', 1, 1, K_NO_WAIT);
	k_thread_suspend(&threads[0]);
	zassert_str_equal(k_thread_state_str(&threads[0], text, sizeof(text)), "suspended");
	k_msleep(10);
	zassert_str_equal(said, "");
	k_thread_resume(&threads[0]);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_str_equal(said, "a.");
	zassert_str_equal(k_thread_state_str(&threads[0], text, sizeof(text)), "dead");
}

static void suspend_self(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	say('1');
	k_thread_suspend(k_current_get());
	say('2');
}

ZTEST(threads, test_a_thread_suspends_itself)
{
	k_thread_create(&threads[0], stacks[0], STACK, suspend_self, NULL, NULL, NULL, 1, 0,
			K_NO_WAIT);
	zassert_equal(k_thread_join(&threads[0], K_MSEC(50)), -EAGAIN);
	zassert_str_equal(said, "1");
	k_thread_resume(&threads[0]);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_str_equal(said, "12");
}

static void count_it(const struct k_thread *thread, void *count)
{
	ARG_UNUSED(thread);
	++*(int *)count;
}

ZTEST(threads, test_names_data_and_all_of_them)
{
	int now = 0, later = 0;

	k_thread_foreach(count_it, &now);
	start(0, 'a', 0, 1, K_FOREVER);
	k_thread_foreach(count_it, &later);
	zassert_equal(later, now + 1);
	zassert_ok(k_thread_name_set(&threads[0], "somebody with a name that is far too long"));
	zassert_equal(strlen(k_thread_name_get(&threads[0])), CONFIG_THREAD_MAX_NAME_LEN - 1);
	k_thread_custom_data_set(&now);
	k_yield();
	zassert_equal_ptr(k_thread_custom_data_get(), &now);
	zassert_equal(k_thread_priority_get(&threads[0]), 1);
}

/* -- sleeping -- */

ZTEST(threads, test_sleep_takes_as_long_as_it_says_and_nobody_waits)
{
	int64_t since = k_uptime_get();

	zassert_equal(k_msleep(3600 * 1000), 0);
	zassert_true(k_uptime_get() - since >= 3600 * 1000);
	zassert_true(k_uptime_get() - since < 3700 * 1000, "an hour, and not much more");
	since = k_uptime_get();
	zassert_equal(k_usleep(1), 0);
	zassert_equal(k_sleep(K_NO_WAIT), 0);
	k_busy_wait(5000);
	zassert_true(k_uptime_get() - since >= 5);
}

static void sleep_long(void *left, void *b, void *c)
{
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	*(int32_t *)left = k_msleep(10000);
}

ZTEST(threads, test_a_sleeper_is_woken)
{
	int32_t left = -1;

	k_thread_create(&threads[0], stacks[0], STACK, sleep_long, &left, NULL, NULL, 1, 0,
			K_NO_WAIT);
	k_msleep(1000);
	k_wakeup(&threads[0]);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_between_inclusive(left, 8000, 9001);
	k_wakeup(&threads[0]); /* nobody sleeps */
}

ZTEST(threads, test_sleepers_wake_in_order)
{
	start(0, 'c', 0, 1, K_MSEC(300));
	start(1, 'a', 0, 2, K_MSEC(100));
	start(2, 'b', 0, 3, K_MSEC(200));
	for (int i = 0; i < 3; i++) {
		zassert_equal(strlen(said), (size_t)i);
		k_msleep(100);
		k_msleep(i == 0 ? 5 : 0);
	}
	zassert_str_equal(said, "...");
}

/* -- those that are there from the start -- */

static volatile int early_runs;

static void early(void *a, void *b, void *c)
{
	early_runs += (int)(intptr_t)a + (int)(intptr_t)b + (int)(intptr_t)c;
}

K_THREAD_DEFINE(early_thread, STACK, early, 1, 2, 3, K_HIGHEST_THREAD_PRIO, 0, 0);
K_THREAD_DEFINE(never, STACK, early, 100, 0, 0, 3, 0, -1);

ZTEST(threads, test_defined_threads)
{
	zassert_equal(early_runs, 6, "one has run before main(), the other not");
	zassert_str_equal(k_thread_name_get(early_thread), "early_thread");
	k_thread_start(never);
	zassert_ok(k_thread_join(never, K_FOREVER));
	zassert_equal(early_runs, 106);
}

/* -- broken rules -- */

ZTEST(threads, test_a_thread_that_lives_cannot_be_made_again)
{
	start(0, 'a', 1, 1, K_FOREVER);
	ztest_set_fault_valid(true);
	start(0, 'b', 1, 1, K_NO_WAIT);
	ztest_test_fail();
}

ZTEST(threads, test_nothing_waits_with_interrupts_locked)
{
	(void)irq_lock();
	ztest_set_fault_valid(true);
	k_msleep(1);
	ztest_test_fail();
}

ZTEST(threads, test_a_spinlock_is_not_taken_twice)
{
	struct k_spinlock lock = K_SPINLOCK_INIT;
	k_spinlock_key_t key = k_spin_lock(&lock), other;

	zassert_true(k_spin_is_locked(&lock));
	zassert_equal(k_spin_trylock(&lock, &other), -EBUSY);
	k_spin_unlock(&lock, key);
	zassert_false(k_spin_is_locked(&lock));
	K_SPINLOCK(&lock)
	{
		zassert_true(k_spin_is_locked(&lock));
	}
	zassert_false(k_spin_is_locked(&lock));
	(void)k_spin_lock(&lock);
	ztest_set_fault_valid(true);
	(void)k_spin_lock(&lock);
	ztest_test_fail();
}

ZTEST(threads, test_interrupts_are_unlocked_in_order)
{
	unsigned int a = irq_lock(), b = irq_lock();

	irq_unlock(b);
	irq_unlock(a);
	a = irq_lock();
	(void)irq_lock();
	ztest_set_fault_valid(true);
	irq_unlock(a);
	ztest_test_fail();
}
