/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Zephyr's threads want of a machine, whichever it is: a Linux process (linux/) or a processor
 * with page tables (board/).  Everything above this header is the same for all of them.
 *
 * There is one CPU and no interrupt that switches threads: a thread runs until it waits, yields, ends,
 * or makes one ready that goes before it.  So none of these functions is ever called while another one
 * runs, but from a fault, which is handled where it happened.
 *
 * A *context* is a thread that does not run: its registers, wherever the machine keeps them.  User mode
 * is a state of the context that runs: quire_arch_user_enter() gives it up for code that may only do
 * what QUIRE_USER mappings allow, and quire_arch_call() from there comes back to the kernel for the
 * time of one call.  The kernel may read and write whatever user mode may.
 *
 * The space itself (windows, memories, tables, the boot mappings) is machine.h's.
 */
#ifndef QUIRE_ZEPHYR_ARCH_H
#define QUIRE_ZEPHYR_ARCH_H

#include "quire/fault.h"

/* A thread that does not run.  Part of struct k_thread, so it is of one size everywhere; all zero is
   none.  Who needs more keeps a pointer in it. */
#define QUIRE_ARCH_CONTEXT_WORDS 16
struct quire_arch_context {
	uintptr_t word[QUIRE_ARCH_CONTEXT_WORDS];
};

/* A run of addresses for a stack. */
struct quire_arch_stack {
	uintptr_t base;
	size_t size;
};

/* -- what the machine does -- */

/* Make a context that calls `entry` with `argument` in the kernel, on `stack`, when it is switched to
   for the first time.  `entry` never returns.  False if the machine has no room for it. */
bool quire_arch_context_init(struct quire_arch_context *context,
			     const struct quire_arch_stack *stack, void (*entry)(void *argument),
			     void *argument);

/* Go on with `to`, and return when somebody switches to `from`.  Called in the kernel only, with the
   space's permissions as `to` wants them already; it may be in the midst of a call from user mode, or of
   a fault (on whatever stack the machine handles those), which is then left for ever. */
void quire_arch_context_switch(struct quire_arch_context *from, struct quire_arch_context *to);

/* A context that will not be switched to any more; it is not the one that runs.  All zero is allowed. */
void quire_arch_context_drop(struct quire_arch_context *context);

/*
 * Leave the kernel: call `entry` with three arguments in user mode, at the top of `user`, all of which
 * has QUIRE_USER already.  From now on `kernel` is the stack for calls and faults of this context
 * (size 0: the machine has its own, or uses the user's).  What was on either stack is lost.  When `entry`
 * returns, that is as if it had made the call quire_kernel_ended().
 */
_Noreturn void quire_arch_user_enter(void (*entry)(void *p1, void *p2, void *p3), void *p1,
				     void *p2, void *p3, const struct quire_arch_stack *kernel,
				     const struct quire_arch_stack *user);

/* Whether user mode runs.  To be asked in either mode: of a register, or of memory that user mode may
   read. */
bool quire_arch_is_user(void);

/* From user mode: what quire_kernel_call(number, argument) returns, in the kernel. */
intptr_t quire_arch_call(unsigned number, uintptr_t argument);

/* Say something; characters as they are, each newline a line's end. */
void quire_arch_put(const char *text, size_t length);

/* End the machine: the process, the emulator. */
_Noreturn void quire_arch_stop(int status);

/* Nanoseconds since whenever, never fewer than before; also asked in user mode. */
uint64_t quire_arch_time(void);

/* What the program was told on its way in, ended by a NULL after `count`; { NULL } on a machine without
   a command line.  arguments[0] is the program's own name. */
struct quire_arch_arguments {
	int count;
	char **text;
};
struct quire_arch_arguments quire_arch_arguments(void);

/* -- what the machine calls, in the kernel -- */

/* Everything: called once, on any stack, when the space is ready and faults are taken.  The caller's
   context is that of the thread "main".  Returns the status to stop with. */
int quire_kernel_start(void);

/* A call from user mode. */
intptr_t quire_kernel_call(unsigned number, uintptr_t argument);

/* User mode's entry has returned, or the context's. */
_Noreturn void quire_kernel_ended(void);

/*
 * A fault.  True: the access is to be tried again.  False: the thread that made it has no future, but it
 * was no thread's (before quire_kernel_start()), so the machine says so and stops.  Otherwise it does not return:
 * another thread runs on.  `pc` is told to people.  `stack` is the stack pointer of whoever faulted.
 */
bool quire_kernel_fault(const struct quire_fault_raw *raw, uintptr_t pc, uintptr_t stack);

/* Any other exception (an illegal instruction, a division): as a fault that nothing can put right. */
bool quire_kernel_exception(const char *what, bool user, uintptr_t pc);

#endif
