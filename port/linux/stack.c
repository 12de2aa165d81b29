/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack for fault reports.
 *
 * A handler runs on the stack of the thread that faulted, unless that thread has set aside another
 * one; if its own is what ran out, it must.  The kernel keeps that per thread, so the stack lives
 * and dies with the thread.
 */
#include "machine.h"

#include <signal.h>
#include <sys/mman.h>

#define STACK_SIZE ((size_t)64 << 10)

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;

static void free_stack(void *stack)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	sigaltstack(&none, NULL);
	munmap(stack, STACK_SIZE);
}

static void make_key(void)
{
	key_made = pthread_key_create(&key, free_stack) == 0;
}

int quire_linux_fault_stack(void)
{
	stack_t stack;
	void *memory;

	pthread_once(&key_once, make_key);
	if (!key_made || sigaltstack(NULL, &stack) < 0)
		return QUIRE_EPORT;
	if ((stack.ss_flags & SS_DISABLE) == 0)
		return QUIRE_OK;
	memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return QUIRE_EPORT;
	stack = (stack_t){.ss_sp = memory, .ss_size = STACK_SIZE};
	if (sigaltstack(&stack, NULL) < 0 || pthread_setspecific(key, memory) != 0) {
		free_stack(memory);
		return QUIRE_EPORT;
	}
	return QUIRE_OK;
}
