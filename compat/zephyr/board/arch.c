/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine of a board: threads, user mode and traps.
 *
 * A thread's registers are in its context, those that a function must keep; the rest is on its stack,
 * also of one that was exchanged in the middle of a call from user mode.  A trap is handled on the stack
 * of the kernel that was interrupted, or on the one that user mode was left with; a thread that ends
 * there leaves its frame behind.
 *
 * Text is the kernel's or shared (link.ld), and what is shared is user mode's while user mode runs: it
 * changes hands on the way in and on the way out, and nothing in between may be shared text.
 */
#include "board.h"
#include "board_machine.h"
#include "common/print.h"
#include "isa.h"

#define AGAIN_MOST          1000u /* of one fault */
#define OWN_STACK           8192u
#define ALIGN_DOWN(address) ((address) & ~(uintptr_t)15)

typedef void (*constructor)(void);
extern constructor zephyr_constructors_start[], zephyr_constructors_end[];

/* -- threads -- */

bool quire_arch_context_init(struct quire_arch_context *context,
			     const struct quire_arch_stack *stack, void (*entry)(void *argument),
			     void *argument)
{
	for (unsigned i = 0; i < QUIRE_ARCH_CONTEXT_WORDS; i++)
		context->word[i] = 0;
	context->word[ISA_PC] = (uintptr_t)zephyr_board_begin;
	context->word[ISA_SP] = ALIGN_DOWN(stack->base + stack->size);
	context->word[ISA_FUNCTION] = (uintptr_t)entry;
	context->word[ISA_ARGUMENT] = (uintptr_t)argument;
	return true;
}

void quire_arch_context_drop(struct quire_arch_context *context)
{
	(void)context; /* all there is of it is in there */
}

/* -- user mode -- */

static struct {
	uintptr_t stack;
	uintptr_t argument;
} entering; /* while stacks are exchanged */

/* For calls of a thread that has no such stack: it can only be the one that everything began with. */
static uint64_t own_stack[OWN_STACK / 8] __attribute__((aligned(16)));

static void enter(void)
{
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER};
	uintptr_t stack = entering.stack, argument = entering.argument;

	zephyr_board_shared_for_user(true);
	isa_user(true);
	quire_cpu_user((uintptr_t)zephyr_board_user, stack, argument, &trap);
	quire_cpu_fatal(&trap); /* no trap of user mode is left by the handler */
}

_Noreturn void quire_arch_user_enter(void (*entry)(void *p1, void *p2, void *p3), void *p1,
				     void *p2, void *p3, const struct quire_arch_stack *kernel,
				     const struct quire_arch_stack *user)
{
	uintptr_t top = ALIGN_DOWN(user->base + user->size - sizeof(struct zephyr_board_start));
	struct zephyr_board_start *start = (struct zephyr_board_start *)top;

	*start = (struct zephyr_board_start){entry, {p1, p2, p3}};
	entering.stack = top;
	entering.argument = top;
	zephyr_board_on_stack(kernel->size != 0 ? ALIGN_DOWN(kernel->base + kernel->size)
						: (uintptr_t)own_stack + OWN_STACK,
			      enter);
}

/* -- traps -- */

/* A fault that is put right so often, by the same instruction and nothing in between, was about something
   that no mapping says (quire_fault_resolve). */
static bool again(const struct quire_trap *trap)
{
	static struct {
		quire_va va, pc;
		unsigned count;
	} last;

	if (trap->fault.va != last.va || trap->pc != last.pc)
		last.count = 0;
	last.va = trap->fault.va;
	last.pc = trap->pc;
	return ++last.count < AGAIN_MOST;
}

static bool fault(const struct quire_trap *trap)
{
	const quire_size page = quire_zephyr_map.page;

	if (!quire_kernel_fault(&trap->fault, (uintptr_t)trap->pc, (uintptr_t)trap->stack))
		return false;
	if (!again(trap))
		return quire_kernel_exception("fault without end", trap->user, (uintptr_t)trap->pc);
	quire_cpu.flush_pages(trap->fault.va & ~(page - 1), page, (unsigned)__builtin_ctzll(page),
			      QUIRE_ASID_ALL, true);
	return true;
}

static bool call(struct quire_trap *trap)
{
	if (!trap->user)
		return quire_kernel_exception("call from the kernel", false, (uintptr_t)trap->pc);
	if (trap->number == ZEPHYR_BOARD_ENDED)
		quire_kernel_ended();
	trap->argument =
		(uint64_t)quire_kernel_call((unsigned)trap->number, (uintptr_t)trap->argument);
	return true;
}

static bool serve(struct quire_trap *trap)
{
	switch (trap->reason) {
	case QUIRE_TRAP_FAULT:
		return fault(trap);
	case QUIRE_TRAP_CALL:
		return call(trap);
	default:
		return quire_kernel_exception(isa_exception(trap->number), trap->user,
					      (uintptr_t)trap->pc);
	}
}

static enum quire_trap_verdict handle(void *ctx, struct quire_trap *trap)
{
	(void)ctx;
	if (trap->user) {
		isa_user(false);
		zephyr_board_shared_for_user(false);
	}
	if (!serve(trap))
		quire_cpu_fatal(trap);
	if (trap->user) {
		zephyr_board_shared_for_user(true);
		isa_user(true);
	}
	return QUIRE_TRAP_RESUME;
}

void zephyr_board_traps(void)
{
	quire_cpu_traps(handle, NULL);
}

/* -- the rest -- */

void quire_arch_put(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		board_put(text[i]);
}

_Noreturn void quire_arch_stop(int status)
{
	board_exit(status);
	for (;;)
		;
}

struct quire_arch_arguments quire_arch_arguments(void)
{
	static char name[] = "zephyr";
	static char *text[] = {name, NULL};

	return (struct quire_arch_arguments){1, text};
}

int board_main(void)
{
	if (!zephyr_board_memory())
		return 2;
	zephyr_board_traps();
	isa_prepare();
	for (constructor *each = zephyr_constructors_start; each != zephyr_constructors_end; each++)
		(*each)();
	return quire_kernel_start();
}
