/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread is. */
#ifndef ZEPHYR_KERNEL_THREAD_H
#define ZEPHYR_KERNEL_THREAD_H

#include "zephyr/kernel/thread_stack.h"
#include "zephyr/sys_clock.h"
#include "zephyr/types.h"

#define CONFIG_THREAD_MAX_NAME_LEN 32

/* Threads in the order in which they get what they wait for. */
typedef struct {
	struct k_thread *first;
} _wait_q_t;
#define Z_WAIT_Q_INIT(q)                                                                           \
	{                                                                                          \
		NULL                                                                               \
	}

/* States. */
#define _THREAD_DUMMY     (1U << 0)
#define _THREAD_PENDING   (1U << 1) /* waits for something */
#define _THREAD_SLEEPING  (1U << 2)
#define _THREAD_DEAD      (1U << 3)
#define _THREAD_SUSPENDED (1U << 4)
#define _THREAD_PRESTART  (1U << 5) /* not started yet */
#define _THREAD_QUEUED    (1U << 7) /* could run */

struct _thread_base {
	uint8_t user_options;
	uint8_t thread_state;
	int8_t prio;
	uint8_t sched_locked;
	k_ticks_t wake_at; /* if it waits for a time */
};

/* The stack as a thread sees it. */
struct _thread_stack_info {
	uintptr_t start;
	size_t size;
	size_t delta; /* bytes at its end that it does not use */
	struct {
		void *addr; /* of the mapping between guards, NULL: there is none */
		size_t sz;
	} mapped;
};

struct k_mem_domain;
struct _mem_domain_info {
	struct k_mem_domain *mem_domain;
};

struct z_thread_entry {
	void (*pEntry)(void *p1, void *p2, void *p3);
	void *parameter1;
	void *parameter2;
	void *parameter3;
};

struct k_thread {
	struct _thread_base base;
	struct z_thread_entry entry;
	struct _thread_stack_info stack_info;
	struct _mem_domain_info mem_domain_info;
	k_thread_stack_t *stack_obj;
	size_t stack_reserved; /* bytes at its start for calls of user mode */
	_wait_q_t join_queue;
	_wait_q_t *waits_in;     /* the queue that it is in, NULL: none */
	struct k_thread *next;   /* in a queue, or among those that could run */
	struct k_thread *later;  /* among those that wait for a time */
	struct k_thread *others; /* all threads */
	struct k_thread *maker;  /* the one that made it */
	int swap_result;
	uint8_t irq_locked;
	bool timed;
	bool user; /* has entered user mode */
	void *custom_data;
	void *resource_pool;
	char name[CONFIG_THREAD_MAX_NAME_LEN];
	uintptr_t context[16]; /* struct quire_arch_context */
};

typedef struct k_thread *k_tid_t;
typedef void (*k_thread_entry_t)(void *p1, void *p2, void *p3);
typedef void (*k_thread_user_cb_t)(const struct k_thread *thread, void *user_data);

/* Options. */
#define K_ESSENTIAL      BIT(0) /* its end is the system's */
#define K_FP_REGS        BIT(1)
#define K_USER           BIT(2) /* in user mode */
#define K_INHERIT_PERMS  BIT(3)
#define K_CALLBACK_STATE BIT(4)

#endif
