/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own calls: threads that could run, threads that wait, and what user mode may ask for.
 *
 * Exactly one thread runs, `z_kernel.current`.  All others are in one queue each: of those that could run,
 * or of something that they wait for; and who waits for a time only so long is also among the timed ones.
 * A dead thread is left standing on its stack until another one runs, which then takes the stack away.
 */
#ifndef QUIRE_ZEPHYR_KERNEL_H
#define QUIRE_ZEPHYR_KERNEL_H

#include "arch.h"
#include "machine.h"
#include "zephyr/kernel.h"

struct z_kernel {
	struct k_thread *current;
	_wait_q_t ready;        /* by priority, then by time of arrival */
	struct k_thread *timed; /* by the tick at which they wake up */
	struct k_thread *all;
	struct k_thread *dead; /* the one that ran before, if it is dead and still has its stack */
	struct k_thread *main;
	uint64_t skipped;           /* nanoseconds that nobody had to wait for */
	volatile unsigned in_fault; /* asked in user mode whether it is: never read on suspicion */
	bool main_ended;
	int main_status;
};
extern struct z_kernel z_kernel;

/* Entries (pointers) of a list that the linker made of a section. */
#define Z_LIST_COUNT(name) (((uintptr_t)__stop_##name - (uintptr_t)__start_##name) / sizeof(void *))

/* -- sched.c -- */

void z_queue_put(_wait_q_t *queue, struct k_thread *thread);
void z_queue_put_first(_wait_q_t *queue, struct k_thread *thread); /* among its priority */
void z_queue_take(_wait_q_t *queue, struct k_thread *thread);

/* Let a thread run some time; let it have no part in anything (it neither runs nor waits). */
void z_ready(struct k_thread *thread);
void z_take_out(struct k_thread *thread);

/* The current thread waits: for `queue` (NULL: for nothing but time), not longer than `timeout`, which is not
   K_NO_WAIT.  What z_wake() says, or -EAGAIN.  The thread is whatever `state` says meanwhile. */
int z_wait(_wait_q_t *queue, k_timeout_t timeout, uint8_t state);

/* A thread that waits has what it waited for. */
void z_wake(struct k_thread *thread, int result);

/* A thread is to be made ready at a time; `ticks` from now on, and one more, since the current tick has
   begun. */
void z_wake_later(struct k_thread *thread, k_ticks_t ticks);

/* Somebody has become ready: give way if he goes before. */
void z_reschedule(void);

/* Something else runs: the current thread is ready, waits, or is dead already. */
void z_swap(void);

/* What a context that has just been switched to does first. */
void z_arrive(void);

/* -- thread.c, stack.c -- */

bool z_thread_exists(const struct k_thread *thread);
_Noreturn void z_thread_end(void);            /* of the current one */
void z_thread_clear(struct k_thread *thread); /* a dead one: it loses its stack */
void z_threads_start(void);
bool z_stack_make(struct k_thread *thread, k_thread_stack_t *stack, size_t size);
void z_stack_drop(struct k_thread *thread);
void z_stack_show(struct k_thread *thread, bool to_user);
bool z_stack_phys(uintptr_t address, uintptr_t *phys); /* of a mapped stack; false if it is none */
bool z_stack_overflown(const struct k_thread *thread, uintptr_t address);
struct quire_arch_stack z_stack_of_kernel(const struct k_thread *thread);
struct quire_arch_stack z_stack_of_user(const struct k_thread *thread);

/* -- call.c: what user mode may ask for -- */

enum z_call {
	Z_CALL_STR_OUT,
	Z_CALL_THREAD_ENDED,
	Z_CALL_THREAD_START,
	Z_CALL_THREAD_JOIN,
	Z_CALL_THREAD_ABORT,
	Z_CALL_THREAD_SUSPEND,
	Z_CALL_THREAD_RESUME,
	Z_CALL_THREAD_USER_MODE,
	Z_CALL_SLEEP,
	Z_CALL_USLEEP,
	Z_CALL_YIELD,
	Z_CALL_WAKEUP,
	Z_CALL_CURRENT,
	Z_CALL_PRIORITY_GET,
	Z_CALL_PRIORITY_SET,
	Z_CALL_IS_PREEMPT,
	Z_CALL_UPTIME,
	Z_CALL_SEM_INIT,
	Z_CALL_SEM_TAKE,
	Z_CALL_SEM_GIVE,
	Z_CALL_SEM_RESET,
	Z_CALL_SEM_COUNT,
	Z_CALL_MUTEX_INIT,
	Z_CALL_MUTEX_LOCK,
	Z_CALL_MUTEX_UNLOCK,
	Z_CALL_OOPS,
	Z_CALL_ZTEST_END,
	Z_CALL_ZTEST_FAULT_VALID,
	Z_CALL_ZTEST_ASSERT_VALID,
	Z_CALL_ZTEST_ASSERT_FAILED,
	Z_CALLS
};
#define Z_CALL_ARGUMENTS 4

/* Ask the kernel, from user mode. */
intptr_t z_ask(enum z_call number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d);

/* True in user mode, where the rest of a function is the kernel's. */
static inline bool z_is_user(void)
{
	return quire_arch_is_user();
}

/* -- fatal.c -- */

/* zephyr_machine.fatal */
void z_machine_fatal(unsigned reason, const char *message);

/* -- start.c: before main(), and with what it returned -- */

void z_kernel_begin(void);
_Noreturn void z_kernel_end(int status);

/* -- ztest.c, ztest_hook.c: only there in a program that has tests -- */

intptr_t z_ztest_call_end(const uintptr_t *a) __weak;
intptr_t z_ztest_call_fault_valid(const uintptr_t *a) __weak;
intptr_t z_ztest_call_assert_valid(const uintptr_t *a) __weak;
intptr_t z_ztest_call_assert_failed(const uintptr_t *a) __weak;

/* Whether a fatal error, a failed assertion, is what a test is about.  The latter does not return then. */
bool z_ztest_fault_expected(unsigned reason, const struct arch_esf *esf) __weak;
bool z_ztest_assert_expected(void) __weak;

#endif
