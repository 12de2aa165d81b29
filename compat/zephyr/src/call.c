/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What user mode may ask the kernel for.
 *
 * A call is a number and a few words on the caller's stack.  They are looked at as what they are, numbers
 * from somebody who is not trusted: the words must lie in memory that user mode may read, and so must text.
 * Which objects a thread may use is not asked (there are no object permissions), so an address that is no
 * object is a fault in the kernel, and the end of the thread that gave it.
 *
 * Every function that may be called from user mode asks where it is, and goes this way if it has to.
 */
#include "kernel.h"
#include "kernel_arch_interface.h"

typedef intptr_t (*call_fn)(const uintptr_t *a);

intptr_t z_ask(enum z_call number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
	const uintptr_t words[Z_CALL_ARGUMENTS] = {a, b, c, d};

	return quire_arch_call(number, (uintptr_t)words);
}

static k_timeout_t timeout_of(uintptr_t word)
{
	return (k_timeout_t){(k_ticks_t)(intptr_t)word};
}

static void refuse(const char *what)
{
	printk("User mode asked for %s.\n", what);
	z_oops(K_ERR_KERNEL_OOPS);
}

static intptr_t call_str_out(const uintptr_t *a)
{
	if (arch_buffer_validate((const void *)a[0], a[1], 0) != 0)
		refuse("text that it may not read");
	k_str_out((char *)a[0], a[1]);
	return 0;
}

static intptr_t call_ended(const uintptr_t *a)
{
	(void)a;
	z_thread_end();
}

static intptr_t call_start(const uintptr_t *a)
{
	k_thread_start((k_tid_t)a[0]);
	return 0;
}

static intptr_t call_join(const uintptr_t *a)
{
	return k_thread_join((k_tid_t)a[0], timeout_of(a[1]));
}

static intptr_t call_abort(const uintptr_t *a)
{
	k_thread_abort((k_tid_t)a[0]);
	return 0;
}

static intptr_t call_suspend(const uintptr_t *a)
{
	k_thread_suspend((k_tid_t)a[0]);
	return 0;
}

static intptr_t call_resume(const uintptr_t *a)
{
	k_thread_resume((k_tid_t)a[0]);
	return 0;
}

static intptr_t call_user_mode(const uintptr_t *a)
{
	const uintptr_t *p = (const uintptr_t *)a[1];

	if (arch_buffer_validate(p, 3 * sizeof(*p), 0) != 0)
		refuse("parameters that it may not read");
	k_thread_user_mode_enter((k_thread_entry_t)a[0], (void *)p[0], (void *)p[1], (void *)p[2]);
}

static intptr_t call_sleep(const uintptr_t *a)
{
	return k_sleep(timeout_of(a[0]));
}

static intptr_t call_usleep(const uintptr_t *a)
{
	return k_usleep((int32_t)a[0]);
}

static intptr_t call_yield(const uintptr_t *a)
{
	(void)a;
	k_yield();
	return 0;
}

static intptr_t call_wakeup(const uintptr_t *a)
{
	k_wakeup((k_tid_t)a[0]);
	return 0;
}

static intptr_t call_current(const uintptr_t *a)
{
	(void)a;
	return (intptr_t)z_kernel.current;
}

static intptr_t call_priority_get(const uintptr_t *a)
{
	return k_thread_priority_get((k_tid_t)a[0]);
}

/* User mode may give way, and not push forward. */
static intptr_t call_priority_set(const uintptr_t *a)
{
	int prio = (int)(intptr_t)a[1];

	if (prio < ((k_tid_t)a[0])->base.prio || prio > K_LOWEST_THREAD_PRIO)
		refuse("a priority that it may not have");
	k_thread_priority_set((k_tid_t)a[0], prio);
	return 0;
}

static intptr_t call_is_preempt(const uintptr_t *a)
{
	(void)a;
	return k_is_preempt_thread();
}

static intptr_t call_uptime(const uintptr_t *a)
{
	(void)a;
	return (intptr_t)k_cycle_get_64();
}

static intptr_t call_sem_init(const uintptr_t *a)
{
	return k_sem_init((struct k_sem *)a[0], (unsigned int)a[1], (unsigned int)a[2]);
}

static intptr_t call_sem_take(const uintptr_t *a)
{
	return k_sem_take((struct k_sem *)a[0], timeout_of(a[1]));
}

static intptr_t call_sem_give(const uintptr_t *a)
{
	k_sem_give((struct k_sem *)a[0]);
	return 0;
}

static intptr_t call_sem_reset(const uintptr_t *a)
{
	k_sem_reset((struct k_sem *)a[0]);
	return 0;
}

static intptr_t call_sem_count(const uintptr_t *a)
{
	return (intptr_t)k_sem_count_get((struct k_sem *)a[0]);
}

static intptr_t call_mutex_init(const uintptr_t *a)
{
	return k_mutex_init((struct k_mutex *)a[0]);
}

static intptr_t call_mutex_lock(const uintptr_t *a)
{
	return k_mutex_lock((struct k_mutex *)a[0], timeout_of(a[1]));
}

static intptr_t call_mutex_unlock(const uintptr_t *a)
{
	return k_mutex_unlock((struct k_mutex *)a[0]);
}

/* A panic is the kernel's to have. */
static intptr_t call_oops(const uintptr_t *a)
{
	z_oops(a[0] == K_ERR_STACK_CHK_FAIL ? K_ERR_STACK_CHK_FAIL : K_ERR_KERNEL_OOPS);
	return 0;
}

static const call_fn calls[Z_CALLS] = {
	[Z_CALL_STR_OUT] = call_str_out,
	[Z_CALL_THREAD_ENDED] = call_ended,
	[Z_CALL_THREAD_START] = call_start,
	[Z_CALL_THREAD_JOIN] = call_join,
	[Z_CALL_THREAD_ABORT] = call_abort,
	[Z_CALL_THREAD_SUSPEND] = call_suspend,
	[Z_CALL_THREAD_RESUME] = call_resume,
	[Z_CALL_THREAD_USER_MODE] = call_user_mode,
	[Z_CALL_SLEEP] = call_sleep,
	[Z_CALL_USLEEP] = call_usleep,
	[Z_CALL_YIELD] = call_yield,
	[Z_CALL_WAKEUP] = call_wakeup,
	[Z_CALL_CURRENT] = call_current,
	[Z_CALL_PRIORITY_GET] = call_priority_get,
	[Z_CALL_PRIORITY_SET] = call_priority_set,
	[Z_CALL_IS_PREEMPT] = call_is_preempt,
	[Z_CALL_UPTIME] = call_uptime,
	[Z_CALL_SEM_INIT] = call_sem_init,
	[Z_CALL_SEM_TAKE] = call_sem_take,
	[Z_CALL_SEM_GIVE] = call_sem_give,
	[Z_CALL_SEM_RESET] = call_sem_reset,
	[Z_CALL_SEM_COUNT] = call_sem_count,
	[Z_CALL_MUTEX_INIT] = call_mutex_init,
	[Z_CALL_MUTEX_LOCK] = call_mutex_lock,
	[Z_CALL_MUTEX_UNLOCK] = call_mutex_unlock,
	[Z_CALL_OOPS] = call_oops,
	[Z_CALL_ZTEST_END] = z_ztest_call_end,
	[Z_CALL_ZTEST_FAULT_VALID] = z_ztest_call_fault_valid,
	[Z_CALL_ZTEST_ASSERT_VALID] = z_ztest_call_assert_valid,
	[Z_CALL_ZTEST_ASSERT_FAILED] = z_ztest_call_assert_failed,
};

intptr_t quire_kernel_call(unsigned number, uintptr_t argument)
{
	uintptr_t words[Z_CALL_ARGUMENTS];

	if (number >= Z_CALLS || calls[number] == NULL)
		refuse("a call that does not exist");
	if (arch_buffer_validate((const void *)argument, sizeof(words), 0) != 0)
		refuse("something, in words that it may not read");
	for (unsigned i = 0; i < Z_CALL_ARGUMENTS; i++)
		words[i] = ((const uintptr_t *)argument)[i];
	return calls[number](words);
}
