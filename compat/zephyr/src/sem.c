/* SPDX-License-Identifier: Apache-2.0 */
/* Semaphores and mutexes: what threads wait for. */
#include "kernel.h"

/* -- semaphores -- */

int k_sem_init(struct k_sem *sem, unsigned int initial_count, unsigned int limit)
{
	if (z_is_user())
		return (int)z_ask(Z_CALL_SEM_INIT, (uintptr_t)sem, initial_count, limit, 0);
	if (limit == 0 || initial_count > limit)
		return -EINVAL;
	*sem = (struct k_sem){{NULL}, initial_count, limit};
	return 0;
}

int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
	if (z_is_user())
		return (int)z_ask(Z_CALL_SEM_TAKE, (uintptr_t)sem, (uintptr_t)timeout.ticks, 0, 0);
	if (sem->count > 0) {
		sem->count--;
		return 0;
	}
	if (timeout.ticks == 0)
		return -EBUSY;
	return z_wait(&sem->wait_q, timeout, _THREAD_PENDING);
}

void k_sem_give(struct k_sem *sem)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_SEM_GIVE, (uintptr_t)sem, 0, 0, 0);
		return;
	}
	if (sem->wait_q.first != NULL)
		z_wake(sem->wait_q.first, 0);
	else if (sem->count < sem->limit)
		sem->count++;
	z_reschedule();
}

/* Who waits hears that it was in vain. */
void k_sem_reset(struct k_sem *sem)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_SEM_RESET, (uintptr_t)sem, 0, 0, 0);
		return;
	}
	while (sem->wait_q.first != NULL)
		z_wake(sem->wait_q.first, -EAGAIN);
	sem->count = 0;
	z_reschedule();
}

unsigned int k_sem_count_get(struct k_sem *sem)
{
	if (z_is_user())
		return (unsigned int)z_ask(Z_CALL_SEM_COUNT, (uintptr_t)sem, 0, 0, 0);
	return sem->count;
}

/* -- mutexes -- */

int k_mutex_init(struct k_mutex *mutex)
{
	if (z_is_user())
		return (int)z_ask(Z_CALL_MUTEX_INIT, (uintptr_t)mutex, 0, 0, 0);
	*mutex = (struct k_mutex){{NULL}, NULL, 0, 0};
	return 0;
}

/* The owner goes before all who wait, as long as they do. */
static void lend_priority(struct k_mutex *mutex)
{
	int prio = mutex->owner_orig_prio;

	if (mutex->wait_q.first != NULL && mutex->wait_q.first->base.prio < prio)
		prio = k_thread_priority_get(mutex->wait_q.first);
	if (mutex->owner->base.prio != prio)
		k_thread_priority_set(mutex->owner, prio);
}

static void own(struct k_mutex *mutex, struct k_thread *thread)
{
	mutex->owner = thread;
	mutex->lock_count = 1;
	mutex->owner_orig_prio = k_thread_priority_get(thread);
}

/* Wait in the queue, with the owner told before and after. */
static int wait_for(struct k_mutex *mutex, k_timeout_t timeout)
{
	struct k_thread *self = z_kernel.current;
	int result;

	if (self->base.prio < mutex->owner->base.prio)
		k_thread_priority_set(mutex->owner, self->base.prio);
	result = z_wait(&mutex->wait_q, timeout, _THREAD_PENDING);
	if (result != 0 && mutex->owner != NULL)
		lend_priority(mutex);
	return result;
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	if (z_is_user())
		return (int)z_ask(Z_CALL_MUTEX_LOCK, (uintptr_t)mutex, (uintptr_t)timeout.ticks, 0,
				  0);
	if (mutex->lock_count == 0) {
		own(mutex, z_kernel.current);
		return 0;
	}
	if (mutex->owner == z_kernel.current) {
		mutex->lock_count++;
		return 0;
	}
	if (timeout.ticks == 0)
		return -EBUSY;
	return wait_for(mutex, timeout);
}

int k_mutex_unlock(struct k_mutex *mutex)
{
	struct k_thread *next;

	if (z_is_user())
		return (int)z_ask(Z_CALL_MUTEX_UNLOCK, (uintptr_t)mutex, 0, 0, 0);
	if (mutex->owner == NULL)
		return -EINVAL;
	if (mutex->owner != z_kernel.current)
		return -EPERM;
	if (--mutex->lock_count > 0)
		return 0;
	z_kernel.current->base.prio = (int8_t)mutex->owner_orig_prio;
	next = mutex->wait_q.first;
	mutex->owner = NULL;
	if (next != NULL) {
		z_wake(next, 0);
		own(mutex, next);
	}
	z_reschedule();
	return 0;
}
