/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs, and when.
 *
 * Time is the machine's clock, and what has been skipped: when no thread could run, nobody waits; the
 * clock is moved to where the next one wakes up.  So a test that sleeps takes no time, and all runs are
 * alike.
 */
#include "kernel.h"

struct z_kernel z_kernel;

/* -- queues -- */

void z_queue_put(_wait_q_t *queue, struct k_thread *thread)
{
	struct k_thread **at = &queue->first;

	while (*at != NULL && (*at)->base.prio <= thread->base.prio)
		at = &(*at)->next;
	thread->next = *at;
	*at = thread;
	thread->waits_in = queue;
}

void z_queue_put_first(_wait_q_t *queue, struct k_thread *thread)
{
	struct k_thread **at = &queue->first;

	while (*at != NULL && (*at)->base.prio < thread->base.prio)
		at = &(*at)->next;
	thread->next = *at;
	*at = thread;
	thread->waits_in = queue;
}

void z_queue_take(_wait_q_t *queue, struct k_thread *thread)
{
	struct k_thread **at = &queue->first;

	while (*at != NULL && *at != thread)
		at = &(*at)->next;
	if (*at != NULL)
		*at = thread->next;
	thread->next = NULL;
	thread->waits_in = NULL;
}

static void take_timed(struct k_thread *thread)
{
	struct k_thread **at = &z_kernel.timed;

	while (*at != NULL && *at != thread)
		at = &(*at)->later;
	if (*at != NULL)
		*at = thread->later;
	thread->later = NULL;
	thread->timed = false;
}

void z_ready(struct k_thread *thread)
{
	thread->base.thread_state |= _THREAD_QUEUED;
	z_queue_put(&z_kernel.ready, thread);
}

void z_take_out(struct k_thread *thread)
{
	if (thread->waits_in != NULL)
		z_queue_take(thread->waits_in, thread);
	if (thread->timed)
		take_timed(thread);
	thread->base.thread_state &=
		(uint8_t) ~(_THREAD_QUEUED | _THREAD_PENDING | _THREAD_SLEEPING);
}

/* -- time -- */

static uint64_t now(void)
{
	return quire_arch_time() + z_kernel.skipped;
}

static k_ticks_t ticks_now(void)
{
	return (k_ticks_t)(now() / (NSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC));
}

uint64_t k_cycle_get_64(void)
{
	if (z_is_user())
		return (uint64_t)z_ask(Z_CALL_UPTIME, 0, 0, 0, 0);
	return now();
}

uint32_t k_cycle_get_32(void)
{
	return (uint32_t)k_cycle_get_64();
}

int sys_clock_hw_cycles_per_sec(void)
{
	return (int)NSEC_PER_SEC;
}

int64_t k_uptime_ticks(void)
{
	return (int64_t)(k_cycle_get_64() / (NSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC));
}

int64_t k_uptime_get(void)
{
	return (int64_t)(k_cycle_get_64() / NSEC_PER_MSEC);
}

void k_busy_wait(uint32_t usec_to_wait)
{
	uint64_t until = k_cycle_get_64() + (uint64_t)usec_to_wait * NSEC_PER_USEC;

	if (!z_is_user())
		z_kernel.skipped += (uint64_t)usec_to_wait * NSEC_PER_USEC;
	while (k_cycle_get_64() < until)
		continue;
}

void z_wake_later(struct k_thread *thread, k_ticks_t ticks)
{
	struct k_thread **at = &z_kernel.timed;

	thread->base.wake_at = ticks_now() + ticks + 1;
	while (*at != NULL && (*at)->base.wake_at <= thread->base.wake_at)
		at = &(*at)->later;
	thread->later = *at;
	*at = thread;
	thread->timed = true;
}

/* Those whose time has come are ready; what they waited for did not come. */
static void wake_timed(void)
{
	k_ticks_t at = ticks_now();

	while (z_kernel.timed != NULL && z_kernel.timed->base.wake_at <= at) {
		struct k_thread *thread = z_kernel.timed;

		thread->base.thread_state &= (uint8_t)~_THREAD_PRESTART;
		z_wake(thread, -EAGAIN);
	}
}

/* -- the one that runs -- */

void z_arrive(void)
{
	struct k_thread *dead = z_kernel.dead;

	z_kernel.dead = NULL;
	if (dead != NULL)
		z_thread_clear(dead);
}

static void change_to(struct k_thread *to)
{
	struct k_thread *from = z_kernel.current;

	if (to == from)
		return;
#ifdef CONFIG_USERSPACE
	z_mem_domain_switch(from->mem_domain_info.mem_domain, to->mem_domain_info.mem_domain);
#endif
	z_stack_show(from, false);
	z_stack_show(to, true);
	z_kernel.current = to;
	quire_arch_context_switch((struct quire_arch_context *)from->context,
				  (struct quire_arch_context *)to->context);
	z_arrive();
}

/* Nobody could run: go to where the next one wakes up, or, if there is none, to the end. */
static void skip_to_next(void)
{
	const uint64_t tick = NSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC;
	uint64_t at = now();

	if (z_kernel.timed == NULL) {
		if (z_kernel.main_ended)
			quire_arch_stop(z_kernel.main_status);
		printk("All threads wait, and nothing is left that could wake one up.\n");
		k_fatal_halt(K_ERR_KERNEL_PANIC);
	}
	if ((uint64_t)z_kernel.timed->base.wake_at * tick > at)
		z_kernel.skipped += (uint64_t)z_kernel.timed->base.wake_at * tick - at;
	wake_timed();
}

void z_swap(void)
{
	struct k_thread *to;

	wake_timed();
	while (z_kernel.ready.first == NULL)
		skip_to_next();
	to = z_kernel.ready.first;
	z_take_out(to);
	change_to(to);
}

void z_reschedule(void)
{
	struct k_thread *self = z_kernel.current;
	struct k_thread *first;

	if (self == NULL || z_kernel.in_fault != 0)
		return;
	wake_timed();
	first = z_kernel.ready.first;
	if (first == NULL || self->base.prio < 0 || self->base.sched_locked != 0 ||
	    self->irq_locked != 0 || first->base.prio >= self->base.prio)
		return;
	self->base.thread_state |= _THREAD_QUEUED;
	z_queue_put_first(&z_kernel.ready, self);
	z_swap();
}

int z_wait(_wait_q_t *queue, k_timeout_t timeout, uint8_t state)
{
	struct k_thread *self = z_kernel.current;

	if (z_kernel.in_fault != 0 || self->irq_locked != 0) {
		printk("Nothing can wait %s.\n",
		       z_kernel.in_fault != 0 ? "in a fault's handler" : "with a lock held");
		z_oops(K_ERR_KERNEL_OOPS);
	}
	self->swap_result = -EAGAIN;
	self->base.thread_state |= state;
	if (queue != NULL)
		z_queue_put(queue, self);
	if (timeout.ticks != K_TICKS_FOREVER)
		z_wake_later(self, timeout.ticks);
	z_swap();
	return self->swap_result;
}

void z_wake(struct k_thread *thread, int result)
{
	z_take_out(thread);
	thread->swap_result = result;
	if ((thread->base.thread_state & (_THREAD_SUSPENDED | _THREAD_PRESTART)) == 0)
		z_ready(thread);
}

/* -- calls -- */

void k_yield(void)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_YIELD, 0, 0, 0, 0);
		return;
	}
	if (z_kernel.in_fault != 0)
		return; /* nobody else runs until the handler has returned */
	z_ready(z_kernel.current);
	z_swap();
}

/* Ticks that are left of a sleep. */
static k_ticks_t sleep_ticks(k_ticks_t ticks)
{
	k_ticks_t until = ticks_now() + ticks;
	k_ticks_t left;

	if (ticks == 0) {
		k_yield();
		return 0;
	}
	(void)z_wait(NULL, K_TICKS(ticks), _THREAD_SLEEPING);
	if (ticks == K_TICKS_FOREVER)
		return K_TICKS_FOREVER;
	left = until - ticks_now();
	return left > 0 ? left : 0;
}

int32_t k_sleep(k_timeout_t timeout)
{
	k_ticks_t left;

	if (z_is_user())
		return (int32_t)z_ask(Z_CALL_SLEEP, (uintptr_t)timeout.ticks, 0, 0, 0);
	left = sleep_ticks(timeout.ticks);
	return left == K_TICKS_FOREVER
		       ? (int32_t)K_TICKS_FOREVER
		       : (int32_t)(left * (k_ticks_t)MSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC);
}

int32_t k_msleep(int32_t ms)
{
	return k_sleep(K_MSEC(ms));
}

int32_t k_usleep(int32_t us)
{
	if (z_is_user())
		return (int32_t)z_ask(Z_CALL_USLEEP, (uintptr_t)us, 0, 0, 0);
	return (int32_t)(sleep_ticks(K_USEC(us).ticks) * (k_ticks_t)USEC_PER_SEC /
			 CONFIG_SYS_CLOCK_TICKS_PER_SEC);
}

void k_wakeup(k_tid_t thread)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_WAKEUP, (uintptr_t)thread, 0, 0, 0);
		return;
	}
	if ((thread->base.thread_state & _THREAD_SLEEPING) == 0)
		return;
	z_wake(thread, 0);
	z_reschedule();
}

k_tid_t k_sched_current_thread_query(void)
{
	if (z_is_user())
		return (k_tid_t)z_ask(Z_CALL_CURRENT, 0, 0, 0, 0);
	return z_kernel.current;
}

k_tid_t k_current_get(void)
{
	return k_sched_current_thread_query();
}

struct k_thread *z_current_get(void)
{
	return k_sched_current_thread_query();
}

void k_sched_lock(void)
{
	z_kernel.current->base.sched_locked++;
}

void k_sched_unlock(void)
{
	if (z_kernel.current->base.sched_locked == 0) {
		printk("k_sched_unlock() without k_sched_lock().\n");
		z_oops(K_ERR_KERNEL_OOPS);
		return;
	}
	z_kernel.current->base.sched_locked--;
	z_reschedule();
}

bool k_is_in_isr(void)
{
	return !z_is_user() && z_kernel.in_fault != 0;
}

bool k_is_pre_kernel(void)
{
	return z_kernel.current == NULL;
}

bool k_can_yield(void)
{
	return !k_is_pre_kernel() && !k_is_in_isr();
}

bool k_is_preempt_thread(void)
{
	if (z_is_user())
		return z_ask(Z_CALL_IS_PREEMPT, 0, 0, 0, 0) != 0;
	return z_kernel.in_fault == 0 && z_kernel.current->base.prio >= 0 &&
	       z_kernel.current->base.sched_locked == 0;
}

bool k_is_user_context(void)
{
	return z_is_user();
}

int k_thread_priority_get(k_tid_t thread)
{
	if (z_is_user())
		return (int)z_ask(Z_CALL_PRIORITY_GET, (uintptr_t)thread, 0, 0, 0);
	return thread->base.prio;
}

void k_thread_priority_set(k_tid_t thread, int prio)
{
	_wait_q_t *queue;

	if (z_is_user()) {
		(void)z_ask(Z_CALL_PRIORITY_SET, (uintptr_t)thread, (uintptr_t)prio, 0, 0);
		return;
	}
	queue = thread->waits_in;
	if (queue != NULL)
		z_queue_take(queue, thread);
	thread->base.prio = (int8_t)prio;
	if (queue != NULL)
		z_queue_put(queue, thread);
	z_reschedule();
}
