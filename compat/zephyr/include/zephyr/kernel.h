/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel, as far as programs that are about memory need one: threads, what they wait for, time,
 * and a heap.
 *
 * Threads have priorities as in Zephyr: below 0 they are cooperative, from 0 on a thread gives way as soon
 * as it has made one ready that goes before it.  Nothing else preempts: there is no time slice and no
 * interrupt, so that every run is like the last.
 *
 * What user mode may not do (k_mem_map(), domains, creating a thread) is not there for it: such a call ends in
 * a fault of the thread.  Calls marked [user] may be made from there.
 */
#ifndef ZEPHYR_KERNEL_H
#define ZEPHYR_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if __has_include(<string.h>)
#include <string.h>
#endif

#include "zephyr/app_memory/app_memdomain.h"
#include "zephyr/fatal.h"
#include "zephyr/irq.h"
#include "zephyr/kernel/mm.h"
#include "zephyr/kernel/thread.h"
#include "zephyr/kernel_structs.h"
#include "zephyr/linker/sections.h"
#include "zephyr/spinlock.h"
#include "zephyr/sys/__assert.h"
#include "zephyr/sys/printk.h"
#include "zephyr/sys/util.h"
#include "zephyr/sys_clock.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K_PRIO_COOP(x)                    (-(CONFIG_NUM_COOP_PRIORITIES - (x)))
#define K_PRIO_PREEMPT(x)                 (x)
#define K_HIGHEST_THREAD_PRIO             (-CONFIG_NUM_COOP_PRIORITIES)
#define K_LOWEST_THREAD_PRIO              CONFIG_NUM_PREEMPT_PRIORITIES
#define K_IDLE_PRIO                       K_LOWEST_THREAD_PRIO
#define K_HIGHEST_APPLICATION_THREAD_PRIO (K_HIGHEST_THREAD_PRIO)
#define K_LOWEST_APPLICATION_THREAD_PRIO  (K_LOWEST_THREAD_PRIO - 1)
#define K_ANY                             NULL
#define K_END                             NULL

/* -- threads -- */

/*
 * A thread that begins with entry(p1, p2, p3) in `delay`; in user mode if `options` has K_USER.  `stack`
 * is one of K_THREAD_STACK_DEFINE()'s.  The kernel is told off (K_ERR_KERNEL_OOPS) if the machine has
 * no room for it.
 */
k_tid_t k_thread_create(struct k_thread *new_thread, k_thread_stack_t *stack, size_t stack_size,
			k_thread_entry_t entry, void *p1, void *p2, void *p3, int prio,
			uint32_t options, k_timeout_t delay);

/* [user] Go on in user mode with a stack that begins anew. */
FUNC_NORETURN void k_thread_user_mode_enter(k_thread_entry_t entry, void *p1, void *p2, void *p3);

void k_thread_start(k_tid_t thread); /* [user] */
int k_thread_join(struct k_thread *thread,
		  k_timeout_t timeout);               /* [user] 0, -EBUSY, -EAGAIN, -EDEADLK */
void k_thread_abort(k_tid_t thread);                  /* [user] */
void k_thread_suspend(k_tid_t thread);                /* [user] */
void k_thread_resume(k_tid_t thread);                 /* [user] */
int32_t k_sleep(k_timeout_t timeout);                 /* [user] milliseconds that were left */
int32_t k_msleep(int32_t ms);                         /* [user] */
int32_t k_usleep(int32_t us);                         /* [user] microseconds that were left */
void k_busy_wait(uint32_t usec_to_wait);              /* [user] */
void k_yield(void);                                   /* [user] */
void k_wakeup(k_tid_t thread);                        /* [user] */
k_tid_t k_current_get(void);                          /* [user] */
k_tid_t k_sched_current_thread_query(void);           /* [user] */
int k_thread_priority_get(k_tid_t thread);            /* [user] */
void k_thread_priority_set(k_tid_t thread, int prio); /* [user] */
int k_thread_name_set(k_tid_t thread, const char *name);
const char *k_thread_name_get(k_tid_t thread);
const char *k_thread_state_str(k_tid_t thread, char *buf, size_t size);
int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused);
void k_thread_foreach(k_thread_user_cb_t user_cb, void *user_data);
void k_thread_custom_data_set(void *value);
void *k_thread_custom_data_get(void);
void k_thread_system_pool_assign(struct k_thread *thread);
void k_sched_lock(void);
void k_sched_unlock(void);
bool k_can_yield(void);
bool k_is_in_isr(void);
bool k_is_preempt_thread(void); /* [user] */
bool k_is_pre_kernel(void);
bool k_is_user_context(void); /* [user] */

/* Threads may use what they are pointed to: there are no permissions but those of memory.  That the
   objects are there is seen to. */
void z_object_access_grant(const void *object, const struct k_thread *thread);
#define k_object_access_grant(object, thread)  z_object_access_grant(object, thread)
#define k_object_access_revoke(object, thread) z_object_access_grant(object, thread)
#define k_object_access_all_grant(object)      z_object_access_grant(object, k_current_get())
#define k_thread_access_grant(thread, ...)                                                         \
	do {                                                                                       \
		const void *const z_objects_[] = {__VA_ARGS__};                                    \
		for (size_t z_i_ = 0; z_i_ < ARRAY_SIZE(z_objects_); z_i_++)                       \
			z_object_access_grant(z_objects_[z_i_], thread);                           \
	} while (false)

/* A stack from the heap: NULL if there is no memory. */
k_thread_stack_t *k_thread_stack_alloc(size_t size, int flags);
int k_thread_stack_free(k_thread_stack_t *stack); /* 0, -EBUSY, -EINVAL */

/* A thread that is there from the start. */
struct z_static_thread {
	struct k_thread *thread;
	k_thread_stack_t *stack;
	size_t stack_size;
	k_thread_entry_t entry;
	void *p1, *p2, *p3;
	int prio;
	uint32_t options;
	k_ticks_t delay_ms;
	const char *name;
};

#define Z_THREAD_DEFINE(name, stack_symbol, size, entry, p1, p2, p3, prio, options, delay)         \
	struct k_thread z_thread_obj_##name;                                                       \
	static const struct z_static_thread z_thread_data_##name = {                               \
		&z_thread_obj_##name, stack_symbol, size,    entry, (void *)(p1), (void *)(p2),    \
		(void *)(p3),         prio,         options, delay, #name};                        \
	__attribute__((__used__,                                                                   \
		       __section__("quire_threads"))) static const struct z_static_thread          \
		*const z_thread_entry_##name = &z_thread_data_##name;                              \
	__attribute__((__unused__)) const k_tid_t name = &z_thread_obj_##name
#define K_THREAD_DEFINE(name, stack_size, entry, p1, p2, p3, prio, options, delay)                 \
	static K_THREAD_STACK_DEFINE(z_thread_stack_##name, stack_size);                           \
	Z_THREAD_DEFINE(name, z_thread_stack_##name, K_THREAD_STACK_SIZEOF(z_thread_stack_##name), \
			entry, p1, p2, p3, prio, options, delay)
#define K_KERNEL_THREAD_DEFINE K_THREAD_DEFINE

/* -- semaphores -- */

struct k_sem {
	_wait_q_t wait_q;
	unsigned int count;
	unsigned int limit;
};

#define K_SEM_MAX_LIMIT UINT_MAX
#define Z_SEM_INITIALIZER(obj, initial, most)                                                      \
	{                                                                                          \
		{NULL}, initial, most                                                              \
	}
#define K_SEM_DEFINE(name, initial, most) struct k_sem name = Z_SEM_INITIALIZER(name, initial, most)

int k_sem_init(struct k_sem *sem, unsigned int initial_count,
	       unsigned int limit);                     /* [user] 0, -EINVAL */
int k_sem_take(struct k_sem *sem, k_timeout_t timeout); /* [user] 0, -EBUSY, -EAGAIN */
void k_sem_give(struct k_sem *sem);                     /* [user] */
void k_sem_reset(struct k_sem *sem);                    /* [user] */
unsigned int k_sem_count_get(struct k_sem *sem);        /* [user] */

/* -- mutexes: the owner has at least the priority of who waits -- */

struct k_mutex {
	_wait_q_t wait_q;
	struct k_thread *owner;
	uint32_t lock_count;
	int owner_orig_prio;
};

#define Z_MUTEX_INITIALIZER(obj)                                                                   \
	{                                                                                          \
		{NULL}, NULL, 0, 0                                                                 \
	}
#define K_MUTEX_DEFINE(name) struct k_mutex name = Z_MUTEX_INITIALIZER(name)

int k_mutex_init(struct k_mutex *mutex);                      /* [user] */
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout); /* [user] 0, -EBUSY, -EAGAIN */
int k_mutex_unlock(struct k_mutex *mutex);                    /* [user] 0, -EPERM, -EINVAL */

/* -- a heap -- */

void *k_malloc(size_t size);
void *k_calloc(size_t nmemb, size_t size);
void *k_aligned_alloc(size_t align, size_t size);
void k_free(void *ptr);

/* -- the end -- */

/* What user mode asks for that it may not have, or a thread cannot do, is a thread's end; a panic the
   system's. */
void z_oops(unsigned int reason);
#define k_oops()                z_oops(K_ERR_KERNEL_OOPS)
#define k_panic()               z_oops(K_ERR_KERNEL_PANIC)
#define z_except_reason(reason) z_oops(reason)

#ifdef __cplusplus
}
#endif

#include "zephyr/syscall.h"

/* In a Linux process variables share a page with words of the host's linker, unless they begin one, and with
   the host's heap, unless the last page is another's: one, however many files there are. */
#if defined __linux__ && !defined QUIRE_ZEPHYR_LIBRARY && CONFIG_MMU_PAGE_SIZE > 4096
__asm__(".pushsection .data\n\t.balign " STRINGIFY(CONFIG_MMU_PAGE_SIZE) "\n\t.popsection");
__asm__(".pushsection quire_end,\"awG\",@nobits,quire_end,comdat\n\t.balign " STRINGIFY(
	CONFIG_MMU_PAGE_SIZE) "\n\t.zero " STRINGIFY(CONFIG_MMU_PAGE_SIZE) "\n\t.popsection");
#endif

#endif
