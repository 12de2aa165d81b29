/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a thread: made, started, held up, ended, waited for. */
#include "kernel.h"

#include <string.h>

extern const struct z_static_thread *const __start_quire_threads[] __attribute__((weak));
extern const struct z_static_thread *const __stop_quire_threads[] __attribute__((weak));

bool z_thread_exists(const struct k_thread *thread)
{
	const struct k_thread *t = z_kernel.all;

	while (t != NULL && t != thread)
		t = t->others;
	return t != NULL;
}

static void forget(struct k_thread *thread)
{
	struct k_thread **at = &z_kernel.all;

	while (*at != NULL && *at != thread)
		at = &(*at)->others;
	if (*at != NULL)
		*at = thread->others;
}

/* -- the beginning -- */

static void begin(void *argument)
{
	struct k_thread *self = argument;

	z_arrive();
	if ((self->base.user_options & K_USER) != 0)
		k_thread_user_mode_enter(self->entry.pEntry, self->entry.parameter1,
					 self->entry.parameter2, self->entry.parameter3);
	self->entry.pEntry(self->entry.parameter1, self->entry.parameter2, self->entry.parameter3);
	z_thread_end();
}

static void no_room(struct k_thread *thread, const char *what)
{
	printk("No %s for a new thread.\n", what);
	z_stack_drop(thread);
	z_oops(K_ERR_KERNEL_OOPS);
}

k_tid_t k_thread_create(struct k_thread *new_thread, k_thread_stack_t *stack, size_t stack_size,
			k_thread_entry_t entry, void *p1, void *p2, void *p3, int prio,
			uint32_t options, k_timeout_t delay)
{
	struct k_thread *thread = new_thread;
	struct quire_arch_stack whole;

	if (z_thread_exists(thread)) {
		printk("The thread %p (%s) is still there and cannot begin anew.\n", (void *)thread,
		       thread->name[0] != '\0' ? thread->name : "unknown");
		z_oops(K_ERR_KERNEL_OOPS);
	}
	memset(thread, 0, sizeof(*thread));
	thread->base.prio = (int8_t)prio;
	thread->base.user_options = (uint8_t)options;
	thread->base.thread_state = _THREAD_PRESTART;
	thread->entry = (struct z_thread_entry){entry, p1, p2, p3};
	thread->maker = z_kernel.current;
	if (!z_stack_make(thread, stack, stack_size))
		no_room(thread, "usable stack");
	whole = z_stack_of_user(thread);
	if (!quire_arch_context_init((struct quire_arch_context *)thread->context, &whole, begin,
				     thread))
		no_room(thread, "room");
#ifdef CONFIG_USERSPACE
	z_mem_domain_init_thread(thread, z_kernel.current);
#endif
	thread->others = z_kernel.all;
	z_kernel.all = thread;
	if (delay.ticks == 0)
		k_thread_start(thread);
	else if (delay.ticks != K_TICKS_FOREVER)
		z_wake_later(thread, delay.ticks);
	return thread;
}

void k_thread_start(k_tid_t thread)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_THREAD_START, (uintptr_t)thread, 0, 0, 0);
		return;
	}
	if ((thread->base.thread_state & _THREAD_PRESTART) == 0)
		return;
	thread->base.thread_state &= (uint8_t)~_THREAD_PRESTART;
	z_wake(thread, 0);
	z_reschedule();
}

void k_thread_user_mode_enter(k_thread_entry_t entry, void *p1, void *p2, void *p3)
{
	struct k_thread *self;
	struct quire_arch_stack kernel, user;

	if (z_is_user()) {
		const uintptr_t parameter[] = {(uintptr_t)p1, (uintptr_t)p2, (uintptr_t)p3};

		(void)z_ask(Z_CALL_THREAD_USER_MODE, (uintptr_t)entry, (uintptr_t)parameter, 0, 0);
	}
	self = z_kernel.current;
	kernel = z_stack_of_kernel(self);
	user = z_stack_of_user(self);
	self->base.user_options |= K_USER;
	self->entry = (struct z_thread_entry){entry, p1, p2, p3};
	if (!self->user && user.size == 0) {
		printk("A thread without a stack of its own cannot be in user mode.\n");
		z_oops(K_ERR_KERNEL_OOPS);
	}
	self->user = true;
	z_stack_show(self, true);
	quire_arch_user_enter(entry, p1, p2, p3, &kernel, &user);
}

/* -- the end -- */

void z_thread_clear(struct k_thread *thread)
{
	quire_arch_context_drop((struct quire_arch_context *)thread->context);
#ifdef CONFIG_USERSPACE
	z_mem_domain_exit_thread(thread);
#endif
	z_stack_drop(thread);
}

/* A thread is dead; who waited for that goes on.  One that does not run loses its stack at once. */
static void bury(struct k_thread *thread)
{
	z_take_out(thread);
	thread->base.thread_state = _THREAD_DEAD;
	forget(thread);
	while (thread->join_queue.first != NULL)
		z_wake(thread->join_queue.first, 0);
	if (thread != z_kernel.current)
		z_thread_clear(thread);
}

void z_thread_end(void)
{
	struct k_thread *self = z_kernel.current;

	if ((self->base.user_options & K_ESSENTIAL) != 0) {
		printk("A thread that the system cannot do without, %s, has ended.\n", self->name);
		k_fatal_halt(K_ERR_KERNEL_PANIC);
	}
	bury(self);
	z_kernel.dead = self;
	if (self == z_kernel.main)
		z_kernel.main_ended = true;
	z_swap();
	for (;;)
		continue; /* nobody comes back to the dead */
}

void quire_kernel_ended(void)
{
	z_thread_end();
}

/* In a fault's handler the current thread goes on until the handler has returned. */
void k_thread_abort(k_tid_t thread)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_THREAD_ABORT, (uintptr_t)thread, 0, 0, 0);
		return;
	}
	if ((thread->base.thread_state & _THREAD_DEAD) != 0 || !z_thread_exists(thread))
		return;
	if (thread == z_kernel.current) {
		if (z_kernel.in_fault == 0)
			z_thread_end();
		return;
	}
	if ((thread->base.user_options & K_ESSENTIAL) != 0) {
		printk("A thread that the system cannot do without, %s, was aborted.\n",
		       thread->name);
		k_fatal_halt(K_ERR_KERNEL_PANIC);
	}
	bury(thread);
	z_reschedule();
}

int k_thread_join(struct k_thread *thread, k_timeout_t timeout)
{
	if (z_is_user())
		return (int)z_ask(Z_CALL_THREAD_JOIN, (uintptr_t)thread, (uintptr_t)timeout.ticks,
				  0, 0);
	if ((thread->base.thread_state & _THREAD_DEAD) != 0 || !z_thread_exists(thread))
		return 0;
	if (timeout.ticks == 0)
		return -EBUSY;
	if (thread == z_kernel.current || thread->waits_in == &z_kernel.current->join_queue)
		return -EDEADLK;
	return z_wait(&thread->join_queue, timeout, _THREAD_PENDING);
}

/* -- held up -- */

void k_thread_suspend(k_tid_t thread)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_THREAD_SUSPEND, (uintptr_t)thread, 0, 0, 0);
		return;
	}
	if ((thread->base.thread_state & (_THREAD_SUSPENDED | _THREAD_DEAD)) != 0)
		return;
	if (thread->waits_in == &z_kernel.ready)
		z_take_out(thread);
	thread->base.thread_state |= _THREAD_SUSPENDED;
	if (thread == z_kernel.current && z_kernel.in_fault == 0)
		z_swap();
}

void k_thread_resume(k_tid_t thread)
{
	if (z_is_user()) {
		(void)z_ask(Z_CALL_THREAD_RESUME, (uintptr_t)thread, 0, 0, 0);
		return;
	}
	if ((thread->base.thread_state & _THREAD_SUSPENDED) == 0)
		return;
	thread->base.thread_state &= (uint8_t)~_THREAD_SUSPENDED;
	if (thread->waits_in == NULL && !thread->timed &&
	    (thread->base.thread_state & (_THREAD_PRESTART | _THREAD_PENDING)) == 0)
		z_ready(thread);
	z_reschedule();
}

/* -- what is known of one -- */

int k_thread_name_set(k_tid_t thread, const char *name)
{
	struct k_thread *named = thread != NULL ? thread : z_kernel.current;
	size_t i = 0;

	while (i + 1 < sizeof(named->name) && name[i] != '\0') {
		named->name[i] = name[i];
		i++;
	}
	named->name[i] = '\0';
	return 0;
}

const char *k_thread_name_get(k_tid_t thread)
{
	return thread->name;
}

const char *k_thread_state_str(k_tid_t thread, char *buf, size_t size)
{
	static const struct {
		uint8_t bit;
		const char *text;
	} states[] = {{_THREAD_DEAD, "dead"},         {_THREAD_SUSPENDED, "suspended"},
		      {_THREAD_PRESTART, "prestart"}, {_THREAD_PENDING, "pending"},
		      {_THREAD_SLEEPING, "sleeping"}, {_THREAD_QUEUED, "queued"}};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if ((thread->base.thread_state & states[i].bit) != 0) {
			(void)snprintk(buf, size, "%s", states[i].text);
			return buf;
		}
	(void)snprintk(buf, size, "%s", thread == z_kernel.current ? "queued" : "");
	return buf;
}

/* Bytes at the far end that are still as they were, zero. */
int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused)
{
	const char *stack = (const char *)thread->stack_info.start;
	size_t n = 0;

	while (n < thread->stack_info.size && stack[n] == 0)
		n++;
	*unused = n;
	return 0;
}

void k_thread_foreach(k_thread_user_cb_t user_cb, void *user_data)
{
	for (const struct k_thread *t = z_kernel.all; t != NULL; t = t->others)
		user_cb(t, user_data);
}

void k_thread_custom_data_set(void *value)
{
	z_kernel.current->custom_data = value;
}

void *k_thread_custom_data_get(void)
{
	return z_kernel.current->custom_data;
}

void k_thread_system_pool_assign(struct k_thread *thread)
{
	thread->resource_pool = thread;
}

void z_object_access_grant(const void *object, const struct k_thread *thread)
{
	if (object == NULL || thread == NULL) {
		printk("Access is granted to nothing.\n");
		z_oops(K_ERR_KERNEL_OOPS);
	}
}

/* -- all of them -- */

/* Threads that are there from the start (K_THREAD_DEFINE), in the order of their names in the program;
   they run when main waits, or at once if they go before it. */
void z_threads_start(void)
{
	size_t count = Z_LIST_COUNT(quire_threads);

	k_sched_lock();
	for (size_t i = 0; i < count; i++) {
		const struct z_static_thread *t = __start_quire_threads[i];
		k_timeout_t delay = t->delay_ms < 0 ? K_FOREVER : K_MSEC(t->delay_ms);

		(void)k_thread_create(t->thread, t->stack, t->stack_size, t->entry, t->p1, t->p2,
				      t->p3, t->prio, t->options, delay);
		(void)k_thread_name_set(t->thread, t->name);
	}
	k_sched_unlock();
}
