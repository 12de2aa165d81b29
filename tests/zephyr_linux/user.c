/* SPDX-License-Identifier: Apache-2.0 */
/* User mode: what it may do, and that it may nothing else. */
#include <zephyr/ztest.h>

#include <kernel_arch_interface.h>

#define STACK 1024

static ZTEST_BMEM volatile int shared;
static ZTEST_DMEM volatile int started = 3;
static volatile int kernels = 7;
K_SEM_DEFINE(sem, 0, 10);
K_MUTEX_DEFINE(mutex);
K_THREAD_STACK_ARRAY_DEFINE(stacks, 2, STACK);
static struct k_thread threads[2];

/* Where a profiler or a sanitizer is in the program, user mode may touch all of its variables. */
extern void __gcov_exit(void) __attribute__((weak));
extern void __asan_init(void) __attribute__((weak));

static void skip_if_open(void)
{
	if (__gcov_exit != NULL || __asan_init != NULL) {
		TC_PRINT("user mode may touch the program's variables here\n");
		ztest_test_skip();
	}
}

ZTEST_SUITE(user, NULL, NULL, NULL, NULL, NULL);

ZTEST_USER(user, test_it_is_user_mode)
{
	zassert_true(k_is_user_context());
	zassert_false(k_is_in_isr());
	printk("%s of %d characters, and some more, so that it takes more than one call: %p\n",
	       "text", 4, k_current_get());
}

ZTEST(user, test_it_is_not)
{
	zassert_false(k_is_user_context());
}

ZTEST_USER(user, test_it_has_its_partition)
{
	shared = 5;
	zassert_equal(shared, 5);
	zassert_equal(started, 3);
	started = 4;
	zassert_equal(started, 4);
}

ZTEST_USER(user, test_it_may_not_read_what_is_the_kernels)
{
	skip_if_open();
	ztest_set_fault_valid(true);
	zassert_equal(kernels, 7);
	ztest_test_fail();
}

ZTEST_USER(user, test_it_may_not_map_memory)
{
	skip_if_open();
	ztest_set_fault_valid(true);
	(void)k_mem_map(CONFIG_MMU_PAGE_SIZE, K_MEM_PERM_RW | K_MEM_PERM_USER);
	ztest_test_fail();
}

ZTEST_USER(user, test_it_may_not_change_domains)
{
	skip_if_open();
	ztest_set_fault_valid(true);
	(void)k_mem_domain_remove_partition(&k_mem_domain_default, &ztest_mem_partition);
	ztest_test_fail();
}

ZTEST_USER(user, test_it_may_not_print_what_it_may_not_read)
{
	skip_if_open();
	ztest_set_fault_valid(true);
	k_str_out((char *)(uintptr_t)&kernels, 4);
	ztest_test_fail();
}

/* Constants are nobody's secret, whoever has them mapped. */
static const char constant[] = "constant text\n";

ZTEST_USER(user, test_it_may_print_constants)
{
	k_str_out((char *)(uintptr_t)constant, sizeof(constant) - 1);
	k_str_out((char *)(uintptr_t) "a literal\n", 10);
}

ZTEST(user, test_what_it_may_read_and_write)
{
	uint8_t *va = k_mem_map(CONFIG_MMU_PAGE_SIZE, K_MEM_PERM_RW | K_MEM_PERM_USER);

	zassert_ok(arch_buffer_validate(constant, sizeof(constant), 0));
	zassert_equal(arch_buffer_validate(constant, sizeof(constant), 1), -EPERM);
	zassert_equal(arch_buffer_validate(constant, (size_t)1 << 30, 0), -EPERM);
	zassert_ok(arch_buffer_validate(va, CONFIG_MMU_PAGE_SIZE, 1));
	zassert_equal(arch_buffer_validate(va, CONFIG_MMU_PAGE_SIZE + 1, 0), -EPERM);
	zassert_equal(arch_buffer_validate(NULL, 1, 0), -EPERM);
	k_mem_unmap(va, CONFIG_MMU_PAGE_SIZE);
	skip_if_open();
	zassert_equal(arch_buffer_validate((const void *)(uintptr_t)&kernels, 4, 0), -EPERM);
}

ZTEST_USER(user, test_it_may_not_push_forward)
{
	k_thread_priority_set(k_current_get(), k_thread_priority_get(k_current_get()) + 1);
	ztest_set_fault_valid(true);
	k_thread_priority_set(k_current_get(), K_HIGHEST_THREAD_PRIO);
	ztest_test_fail();
}

ZTEST_USER(user, test_calls)
{
	int64_t since = k_uptime_get();

	zassert_equal(k_sem_count_get(&sem), 0);
	k_sem_give(&sem);
	zassert_ok(k_sem_take(&sem, K_NO_WAIT));
	zassert_equal(k_sem_take(&sem, K_NO_WAIT), -EBUSY);
	zassert_equal(k_sem_take(&sem, K_MSEC(10)), -EAGAIN);
	k_sem_give(&sem);
	k_sem_reset(&sem);
	zassert_equal(k_sem_count_get(&sem), 0);
	zassert_ok(k_mutex_lock(&mutex, K_FOREVER));
	zassert_ok(k_mutex_unlock(&mutex));
	zassert_equal(k_mutex_unlock(&mutex), -EINVAL);
	zassert_equal(k_msleep(100), 0);
	zassert_equal(k_usleep(100), 0);
	k_yield();
	k_busy_wait(10);
	zassert_true(k_uptime_get() - since >= 110);
	zassert_equal(k_thread_join(k_current_get(), K_FOREVER), -EDEADLK);
}

static void add_twice(void *a, void *b, void *c)
{
	ARG_UNUSED(c);
	for (int i = 0; i < 2; i++) {
		shared += (int)(intptr_t)a * (int)(intptr_t)b;
		k_yield();
	}
}

ZTEST(user, test_user_threads_take_turns)
{
	shared = 0;
	for (int i = 0; i < 2; i++)
		k_thread_create(&threads[i], stacks[i], STACK, add_twice, (void *)(intptr_t)(i + 1),
				(void *)10, NULL, 1, K_USER, K_NO_WAIT);
	for (int i = 0; i < 2; i++)
		zassert_ok(k_thread_join(&threads[i], K_FOREVER));
	zassert_equal(shared, 60);
}

/* -- calls about other threads -- */

static void again_in_user_mode(void *a, void *b, void *c)
{
	ARG_UNUSED(c);
	shared += (int)(intptr_t)a + (int)(intptr_t)b;
}

static void ask_about(void *thread, void *b, void *c)
{
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	shared = k_thread_join(thread, K_NO_WAIT) == -EBUSY;
	k_thread_start(thread);
	k_thread_suspend(thread);
	shared += k_thread_join(thread, K_MSEC(10)) == -EAGAIN;
	k_thread_resume(thread);
	k_wakeup(thread);
	k_thread_priority_set(thread, 5);
	shared += k_thread_priority_get(thread) == 5;
	shared += k_is_preempt_thread();
	k_thread_abort(thread);
	shared += k_thread_join(thread, K_FOREVER) == 0;
	shared += k_sem_init(&sem, 3, 2) == -EINVAL;
	shared += k_sem_init(&sem, 0, 10) == 0;
	shared += k_mutex_init(&mutex) == 0;
	k_thread_user_mode_enter(again_in_user_mode, (void *)100, (void *)200, NULL);
}

ZTEST(user, test_calls_about_threads)
{
	k_thread_create(&threads[0], stacks[0], STACK, add_twice, NULL, NULL, NULL, 3, K_USER,
			K_FOREVER);
	k_thread_create(&threads[1], stacks[1], STACK, ask_about, &threads[0], NULL, NULL, 2,
			K_USER, K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[1], K_FOREVER));
	zassert_equal(shared, 308);
}

static void suspend_and_abort_self(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	shared = 1;
	k_thread_suspend(k_current_get());
	shared = 2;
	k_thread_abort(k_current_get());
	shared = 3;
}

ZTEST(user, test_calls_about_itself)
{
	k_thread_create(&threads[0], stacks[0], STACK, suspend_and_abort_self, NULL, NULL, NULL, 2,
			K_USER, K_NO_WAIT);
	zassert_equal(k_thread_join(&threads[0], K_MSEC(10)), -EAGAIN);
	zassert_equal(shared, 1);
	k_thread_resume(&threads[0]);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_equal(shared, 2);
}

/* An object that is none is a fault, of the one who said it. */
ZTEST_USER(user, test_an_object_that_is_none)
{
	ztest_set_fault_valid(true);
	k_sem_give((struct k_sem *)16);
	ztest_test_fail();
}

/* -- a thread's stack is its own -- */

static ZTEST_BMEM volatile char *volatile others;

static void lend(void *a, void *b, void *c)
{
	volatile char mine = 1;

	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	others = &mine;
	k_sem_give(&sem);
	(void)k_msleep(1000);
	shared = mine;
}

static void write_others(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	*others = 99;
}

ZTEST(user, test_nobody_writes_to_another_threads_stack)
{
	shared = 0;
	k_thread_create(&threads[0], stacks[0], STACK, lend, NULL, NULL, NULL, 1, K_USER,
			K_NO_WAIT);
	zassert_ok(k_sem_take(&sem, K_FOREVER));
	ztest_set_fault_valid(true);
	k_thread_create(&threads[1], stacks[1], STACK, write_others, NULL, NULL, NULL, 1, K_USER,
			K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[1], K_FOREVER));
	ztest_set_fault_valid(false);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_equal(shared, 1);
}

/* -- into user mode, on the way -- */

static void drop(void *a, void *b, void *c)
{
	kernels = 8;
	k_thread_user_mode_enter(add_twice, a, b, c);
}

ZTEST(user, test_a_kernel_thread_becomes_a_user_thread)
{
	shared = 0;
	k_thread_create(&threads[0], stacks[0], STACK, drop, (void *)3, (void *)5, NULL, 1, 0,
			K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	zassert_equal(kernels, 8);
	zassert_equal(shared, 30);
	kernels = 7;
}

ZTEST(user, test_a_dead_thread_is_no_member)
{
	static struct k_mem_domain domain;

	zassert_ok(k_mem_domain_init(&domain, 0, NULL));
	k_thread_create(&threads[0], stacks[0], STACK, add_twice, NULL, NULL, NULL, 1, 0,
			K_FOREVER);
	k_thread_abort(&threads[0]);
	zassert_equal(k_mem_domain_add_thread(&domain, &threads[0]), -EINVAL);
	zassert_ok(k_mem_domain_deinit(&domain));
}

/* The default domain has another partition from here on: its page is nobody's at first. */
K_APPMEM_PARTITION_DEFINE(other);
static K_APP_BMEM(other) volatile int others_own;

static void write_own(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	others_own = 1;
}

ZTEST(user, test_a_domain_is_what_its_threads_may_touch)
{
	static struct k_mem_domain domain;
	struct k_mem_partition *parts[] = {&other};

	skip_if_open();
	zassert_ok(k_mem_domain_init(&domain, 1, parts));
	ztest_set_fault_valid(true);
	k_thread_create(&threads[0], stacks[0], STACK, write_own, NULL, NULL, NULL, 1, K_USER,
			K_NO_WAIT);
	zassert_ok(k_thread_join(&threads[0], K_FOREVER));
	ztest_set_fault_valid(false);
	zassert_equal(others_own, 0);
	k_thread_create(&threads[1], stacks[1], STACK, write_own, NULL, NULL, NULL, 1, K_USER,
			K_FOREVER);
	zassert_ok(k_mem_domain_add_thread(&domain, &threads[1]));
	k_thread_start(&threads[1]);
	zassert_ok(k_thread_join(&threads[1], K_FOREVER));
	zassert_equal(others_own, 1);
	zassert_ok(k_mem_domain_deinit(&domain));
}
