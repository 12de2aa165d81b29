/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, user mode and faults in a Linux process (arch.h).
 *
 * One thread of the host is the processor; contexts are ucontext's.  User mode is the user view of the
 * space (linux_ram.h): entering it hides what has no QUIRE_USER, the program's own variables among it, so
 * that nothing here may touch a variable that is not thread-local from the moment the view changes, or
 * before it has changed back.
 *
 * A fault is handled in the signal's handler, on a stack of its own; a thread that ends there is left by
 * switching to another one, and the stack is free again for the next fault.
 */
#include "linux.h"

#include "kernel.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define AGAIN_MOST 1000u

/* AddressSanitizer wants to know of stacks. */
void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size)
	__attribute__((weak));
void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size)
	__attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *address, size_t size) __attribute__((weak));
void __gcov_exit(void) __attribute__((weak));

struct host_context {
	ucontext_t state;
	void (*entry)(void *argument);
	void *argument;
	const void *stack; /* NULL: the host's own */
	size_t size;
	void *fake;
};

static _Thread_local struct {
	struct quire_linux_ram *machine;
	bool user;
	/* what user mode begins with */
	void (*entry)(void *p1, void *p2, void *p3);
	void *parameter[3];
	ucontext_t begin;
} processor;

static struct quire_arch_arguments arguments;
static struct host_context host; /* the thread that the process began with */
static struct host_context *running = &host;
static ucontext_t at_exit;
static bool exiting, exit_done;

static struct host_context *of(const struct quire_arch_context *context)
{
	return (struct host_context *)context->word[0];
}

/* -- threads -- */

static void arrive(void)
{
	if (__sanitizer_finish_switch_fiber != NULL) {
		const void *bottom = NULL;
		size_t size = 0;

		__sanitizer_finish_switch_fiber(running->fake, &bottom, &size);
		if (host.stack == NULL && running != &host) {
			host.stack = bottom;
			host.size = size;
		}
	}
}

static void leave_for(struct host_context *to, void **fake)
{
	running = to;
	if (__sanitizer_start_switch_fiber != NULL)
		__sanitizer_start_switch_fiber(fake, to->stack, to->size);
}

static void first(void)
{
	struct host_context *self = running;

	arrive();
	self->entry(self->argument);
	quire_kernel_ended();
}

bool quire_arch_context_init(struct quire_arch_context *context,
			     const struct quire_arch_stack *stack, void (*entry)(void *argument),
			     void *argument)
{
	struct host_context *made = calloc(1, sizeof(*made));

	context->word[0] = (uintptr_t)made;
	if (made == NULL || getcontext(&made->state) < 0)
		return false;
	made->entry = entry;
	made->argument = argument;
	made->stack = (const void *)stack->base;
	made->size = stack->size;
	if (__asan_unpoison_memory_region != NULL)
		__asan_unpoison_memory_region(made->stack, made->size);
	made->state.uc_stack.ss_sp = (void *)stack->base;
	made->state.uc_stack.ss_size = stack->size;
	made->state.uc_link = NULL;
	makecontext(&made->state, first, 0);
	return true;
}

void quire_arch_context_switch(struct quire_arch_context *from, struct quire_arch_context *to)
{
	struct host_context *old = of(from), *next = of(to);

	if (old == NULL) {
		from->word[0] = (uintptr_t)&host;
		old = &host;
	}
	leave_for(next, &old->fake);
	swapcontext(&old->state, &next->state);
	arrive();
}

void quire_arch_context_drop(struct quire_arch_context *context)
{
	if (of(context) != &host)
		free(of(context));
	context->word[0] = 0;
}

/* -- user mode -- */

static _Noreturn void die(const char *what)
{
	static const char start[] = "quire: ", end[] = "\n";
	ssize_t written = write(STDERR_FILENO, start, sizeof(start) - 1);

	written += write(STDERR_FILENO, what, strlen(what));
	written += write(STDERR_FILENO, end, sizeof(end) - 1);
	(void)written;
	_exit(2);
}

static void enter_user(void)
{
	if (quire_linux_ram_view(processor.machine, true) < 0)
		die("the host could not take the kernel's pages away from user mode");
	processor.user = true;
}

static void leave_user(void)
{
	processor.user = false;
	if (quire_linux_ram_view(processor.machine, false) < 0)
		die("the host could not give the kernel's pages back");
}

static void user_first(void)
{
	void (*entry)(void *, void *, void *) = processor.entry;
	void *p1 = processor.parameter[0], *p2 = processor.parameter[1],
	     *p3 = processor.parameter[2];

	enter_user();
	entry(p1, p2, p3);
	leave_user();
	quire_kernel_ended();
}

_Noreturn void quire_arch_user_enter(void (*entry)(void *p1, void *p2, void *p3), void *p1,
				     void *p2, void *p3, const struct quire_arch_stack *kernel,
				     const struct quire_arch_stack *user)
{
	(void)kernel;
	processor.entry = entry;
	processor.parameter[0] = p1;
	processor.parameter[1] = p2;
	processor.parameter[2] = p3;
	(void)getcontext(&processor.begin);
	processor.begin.uc_stack.ss_sp = (void *)user->base;
	processor.begin.uc_stack.ss_size = user->size;
	processor.begin.uc_link = NULL;
	makecontext(&processor.begin, user_first, 0);
	setcontext(&processor.begin);
	die("the host could not enter user mode");
}

bool quire_arch_is_user(void)
{
	return processor.user;
}

intptr_t quire_arch_call(unsigned number, uintptr_t argument)
{
	intptr_t result;

	leave_user();
	result = quire_kernel_call(number, argument);
	enter_user();
	return result;
}

/* -- faults -- */

/* The access that was tried again last, and how many times in a row. */
static struct {
	quire_va va;
	uintptr_t pc;
	unsigned count;
} retried;

/* The same fault over and over is none that anybody could put right.  One that ended its thread was not
   tried again, and counts for nothing. */
static bool again(const struct quire_linux_ram_fault *fault)
{
	if (fault->raw.va != retried.va || fault->pc != retried.pc)
		retried.count = 0;
	retried.va = fault->raw.va;
	retried.pc = fault->pc;
	return retried.count < AGAIN_MOST;
}

int zephyr_linux_fault(void *ctx, const struct quire_linux_ram_fault *fault)
{
	(void)ctx;
	processor.user = false;
	if (!again(fault)) {
		retried.count = 0;
		(void)quire_kernel_exception("the same fault again and again", fault->raw.user,
					     fault->pc);
		return QUIRE_LINUX_REPORT;
	}
	if (!quire_kernel_fault(&fault->raw, fault->pc, fault->stack))
		return QUIRE_LINUX_REPORT;
	processor.user = fault->raw.user;
	retried.count++;
	return QUIRE_LINUX_RETRY;
}

/* Signals of the processor that are no faults of memory. */
static void take_exception(int number, siginfo_t *info, void *state)
{
	bool user = processor.user;

	(void)state;
	if (user)
		leave_user();
	if (info->si_code > 0)
		(void)quire_kernel_exception(number == SIGILL   ? "illegal instruction"
					     : number == SIGFPE ? "arithmetic exception"
								: "trap",
					     user, (uintptr_t)info->si_addr);
	signal(number, SIG_DFL);
	raise(number);
}

static bool take_exceptions(void)
{
	static const int signals[] = {SIGILL, SIGFPE, SIGTRAP};
	struct sigaction action = {.sa_sigaction = take_exception,
				   .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_NODEFER)};
	bool good = true;

	sigemptyset(&action.sa_mask);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		good &= sigaction(signals[i], &action, NULL) == 0;
	return good;
}

/* -- the rest -- */

void quire_arch_put(const char *text, size_t length)
{
	(void)fflush(stdout); /* whatever a program says with printf() comes in order */
	while (length > 0) {
		ssize_t written = write(STDOUT_FILENO, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		text += written;
		length -= (size_t)written;
	}
}

/* Where main() has returned, the process is ending already, and goes on doing so. */
_Noreturn void quire_arch_stop(int status)
{
	(void)fflush(NULL);
	if (exiting && !exit_done && status == z_kernel.main_status) {
		exit_done = true;
		leave_for(&host, NULL);
		setcontext(&at_exit);
	}
	if (__gcov_exit != NULL)
		__gcov_exit();
	_exit(status);
}

uint64_t quire_arch_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct quire_arch_arguments quire_arch_arguments(void)
{
	return arguments;
}

/* exit() was called, by main()'s end if by nobody else: threads that can run still do. */
static void run_the_rest(int status, void *unused)
{
	(void)unused;
	if (exiting || z_kernel.current != z_kernel.main)
		return;
	exiting = true;
	(void)getcontext(&at_exit);
	if (!exit_done)
		z_kernel_end(status);
	arrive();
}

bool zephyr_linux_arch_begin(struct quire_linux_ram *machine, int count, char **text)
{
	processor.machine = machine;
	arguments.count = count;
	arguments.text = text;
	return take_exceptions() && on_exit(run_the_rest, NULL) == 0;
}
