/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine of a board by itself: arch.h without the threads that stand on it.
 *
 * This file is the kernel that the machine calls: contexts are exchanged by hand, and whoever faults is
 * left for ever.  It prints TAP.
 */
#include "arch.h"

#include <string.h>

#include "board.h"
#include "board_machine.h"
#include "common/print.h"
#include "quire/error.h"

#define PAGE         4096u
#define STACK        (4u * PAGE)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RW           (QUIRE_READ | QUIRE_WRITE)

static struct quire_arch_context home, first, second;
static struct quire_arch_stack kernel_stack[2], user_stack[2];
static uint64_t *user_page; /* user mode reads and writes it */

/* What the last fault was. */
static struct {
	struct quire_fault_raw raw;
	uintptr_t pc, stack;
	unsigned count, exceptions, calls, ended;
	quire_va mend; /* a fault there is put right */
} seen;

/* -- the kernel -- */

enum { CALL_ADD, CALL_EXCHANGE, CALL_FAULT };

static struct quire_arch_context *exchange_from, *exchange_to;

intptr_t quire_kernel_call(unsigned number, uintptr_t argument)
{
	struct quire_arch_context *from = exchange_from, *to = exchange_to;

	seen.calls++;
	if (number == CALL_FAULT)
		*(volatile char *)argument = 1;
	if (number != CALL_EXCHANGE)
		return (intptr_t)argument + 1;
	exchange_from = to;
	exchange_to = from;
	quire_arch_context_switch(from, to);
	return (intptr_t)argument + 2;
}

_Noreturn void quire_kernel_ended(void)
{
	static struct quire_arch_context lost;

	seen.ended++;
	for (;;)
		quire_arch_context_switch(&lost, &home);
}

bool quire_kernel_fault(const struct quire_fault_raw *raw, uintptr_t pc, uintptr_t stack)
{
	static struct quire_arch_context lost;
	const struct quire_vm_want want = {.size = PAGE, .attr = RW};

	seen.stack = stack;
	seen.raw = *raw;
	seen.pc = pc;
	seen.count++;
	if (seen.mend != 0 && raw->va - seen.mend < PAGE)
		return quire_vm_map_at(zephyr_machine.vm, seen.mend, &want) == QUIRE_OK;
	quire_arch_context_switch(&lost, &home);
	return false;
}

bool quire_kernel_exception(const char *what, bool user, uintptr_t pc)
{
	static struct quire_arch_context lost;

	(void)what;
	(void)pc;
	seen.exceptions += user ? 1 : 100;
	quire_arch_context_switch(&lost, &home);
	return false;
}

void zephyr_board_fatal(unsigned reason, const char *message)
{
	(void)reason;
	board_print("Bail out! %s\n", message ? message : "");
	quire_arch_stop(1);
}

bool zephyr_board_phys_of(uintptr_t va, uintptr_t *phys)
{
	*phys = va;
	return false;
}

/* -- what the tests share -- */

static void *map(size_t size, unsigned attr)
{
	const struct quire_vm_want want = {
		.size = size, .attr = (uint8_t)attr, .flags = QUIRE_VM_GUARDS};
	quire_va va = 0;

	return quire_vm_map(zephyr_machine.vm, &want, &va) == QUIRE_OK ? (void *)(uintptr_t)va
								       : NULL;
}

static bool unmap(void *at, size_t size)
{
	return quire_vm_unmap(zephyr_machine.vm, (uintptr_t)at, size) == QUIRE_OK;
}

static bool make_stack(struct quire_arch_stack *stack, unsigned attr)
{
	stack->base = (uintptr_t)map(STACK, attr);
	stack->size = STACK;
	return stack->base != 0;
}

static bool begin(void)
{
	memset(&seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 2; i++) {
		if (!make_stack(&kernel_stack[i], RW) ||
		    !make_stack(&user_stack[i], RW | QUIRE_USER))
			return false;
	}
	user_page = map(PAGE, RW | QUIRE_USER);
	return user_page != NULL;
}

static bool end(void)
{
	const char *what = "";
	bool good = unmap(user_page, PAGE);

	for (unsigned i = 0; i < 2; i++)
		good = unmap((void *)kernel_stack[i].base, STACK) &&
		       unmap((void *)user_stack[i].base, STACK) && good;
	if (quire_vm_check(zephyr_machine.vm, &what) == QUIRE_OK)
		return good;
	board_print("# %s\n", what);
	return false;
}

/* Run a function on a stack of its own, until something comes back here. */
static void run(void (*function)(void *), void *argument)
{
	quire_arch_context_init(&first, &kernel_stack[0], function, argument);
	quire_arch_context_switch(&home, &first);
}

/* -- user mode's part -- */

static void user_adds(void *a, void *page, void *b)
{
	uint64_t *out = page;

	out[0] = (uintptr_t)a + (uintptr_t)b;
	out[1] = quire_arch_is_user();
	out[2] = (uint64_t)quire_arch_call(CALL_ADD, 41);
	out[3] = quire_arch_time();
	out[4] = quire_arch_time();
	out[5] = strlen("constants can be read");
}

static void user_reads(void *at, void *page, void *unused)
{
	uint64_t *out = page;

	(void)unused;
	out[0] = *(volatile char *)at;
	out[1] = 1;
}

static void user_writes(void *at, void *page, void *unused)
{
	uint64_t *out = page;

	(void)unused;
	*(volatile char *)at = 1;
	out[1] = 1;
}

static void user_calls(void *at, void *page, void *unused)
{
	uint64_t *out = page;

	(void)unused;
	((void (*)(void))(uintptr_t)at)();
	out[1] = 1;
}

static void user_exchanges(void *index, void *page, void *unused)
{
	uint64_t *out = page;
	uint64_t mine = 1000 * (uintptr_t)index, sum = 0;

	(void)unused;
	for (uint64_t i = 0; i < 10; i++)
		sum += (uint64_t)quire_arch_call(CALL_EXCHANGE, mine + i);
	out[(uintptr_t)index] = sum;
}

static void user_orders_a_fault(void *at, void *page, void *unused)
{
	uint64_t *out = page;

	(void)unused;
	quire_arch_call(CALL_FAULT, (uintptr_t)at);
	out[1] = 1;
}

static void user_overflows(void *unused, void *unused2, void *unused3)
{
	(void)unused;
	(void)unused2;
	(void)unused3;
#if defined(__riscv)
	__asm__ volatile("li sp, 0; sd zero, 0(sp)");
#elif defined(__aarch64__)
	__asm__ volatile("mov x9, #16; mov sp, x9; str xzr, [sp]");
#else
	__asm__ volatile("xorl %%esp, %%esp; pushq $0" ::: "memory");
#endif
}

static void user_is_privileged(void *unused, void *unused2, void *unused3)
{
	(void)unused;
	(void)unused2;
	(void)unused3;
#if defined(__riscv)
	__asm__ volatile("csrw satp, zero");
#elif defined(__aarch64__)
	__asm__ volatile("msr ttbr0_el1, xzr");
#else
	__asm__ volatile("cli");
#endif
}

struct visit {
	void (*entry)(void *, void *, void *);
	void *argument;
	unsigned index;
};

static void visit_user(void *argument)
{
	const struct visit *visit = argument;

	quire_arch_user_enter(visit->entry, visit->argument, user_page, (void *)3,
			      &kernel_stack[visit->index], &user_stack[visit->index]);
}

static void run_user(void (*entry)(void *, void *, void *), void *argument)
{
	struct visit visit = {entry, argument, 0};

	run(visit_user, &visit);
}

/* -- tests -- */

static bool memory_comes_and_goes(void)
{
	quire_size before = quire_frames_free(zephyr_machine.frames);
	unsigned char *va = map(3 * PAGE, RW), *again;

	if (!va || quire_frames_free(zephyr_machine.frames) != before - 3 * PAGE)
		return false;
	for (unsigned i = 0; i < 3 * PAGE; i++) {
		if (va[i] != 0)
			return false;
		va[i] = (unsigned char)i;
	}
	if (!unmap(va, 3 * PAGE))
		return false;
	again = map(3 * PAGE, RW);
	for (unsigned i = 0; i < 3 * PAGE; i++) {
		if (again[i] != 0)
			return false;
	}
	return again == va && unmap(again, 3 * PAGE) &&
	       quire_frames_free(zephyr_machine.frames) == before;
}

static void count_and_return(void *argument)
{
	unsigned *count = argument;

	for (;;) {
		++*count;
		quire_arch_context_switch(&first, &home);
	}
}

static bool contexts_are_exchanged(void)
{
	unsigned count = 0;

	run(count_and_return, &count);
	for (unsigned i = 1; i < 100; i++) {
		if (count != i)
			return false;
		quire_arch_context_switch(&home, &first);
	}
	return count == 100;
}

static bool user_mode_works(void)
{
	run_user(user_adds, (void *)1);
	return !quire_arch_is_user() && user_page[0] == 4 && user_page[1] == 1 &&
	       user_page[2] == 42 && user_page[3] <= user_page[4] && user_page[5] == 21 &&
	       seen.calls == 1 && seen.ended == 1 && seen.count == 0;
}

static bool refused(void *at, unsigned access)
{
	return seen.count == 1 && seen.raw.user && seen.raw.va == (uintptr_t)at &&
	       seen.raw.access == access && user_page[1] == 0 &&
	       seen.stack - user_stack[0].base < STACK;
}

static bool user_does_not_read_the_kernels(void)
{
	run_user(user_reads, &seen);
	return refused(&seen, QUIRE_READ);
}

static bool user_does_not_write_the_kernels(void)
{
	run_user(user_writes, (void *)kernel_stack[1].base);
	return refused((void *)kernel_stack[1].base, QUIRE_WRITE);
}

static bool user_does_not_write_constants(void)
{
	run_user(user_writes, board_rodata_start);
	return refused(board_rodata_start, QUIRE_WRITE);
}

static bool user_does_not_run_the_kernel(void)
{
	run_user(user_calls, (void *)(uintptr_t)quire_arch_stop);
	return refused((void *)(uintptr_t)quire_arch_stop, QUIRE_EXEC);
}

static bool user_does_not_run_its_data(void)
{
	run_user(user_calls, user_page);
	return refused(user_page, QUIRE_EXEC);
}

static bool user_is_not_privileged(void)
{
	run_user(user_is_privileged, NULL);
	return seen.exceptions == 1 && user_page[1] == 0;
}

static bool user_stack_can_be_anything(void)
{
	run_user(user_overflows, NULL);
	return seen.count == 1 && seen.raw.user && seen.raw.access == QUIRE_WRITE;
}

static bool call_may_fault(void)
{
	run_user(user_orders_a_fault, (void *)(user_stack[0].base - 1));
	return seen.count == 1 && !seen.raw.user && seen.raw.va == user_stack[0].base - 1 &&
	       user_page[1] == 0 && !quire_arch_is_user();
}

/* Two of them, each in the middle of a call while the other runs. */
static bool users_take_turns(void)
{
	struct visit visit = {user_exchanges, (void *)1, 0}, other = {user_exchanges, (void *)2, 1};

	exchange_from = &first;
	exchange_to = &second;
	quire_arch_context_init(&second, &kernel_stack[1], visit_user, &other);
	run(visit_user, &visit);
	if (user_page[1] != 10 * 1000 + 45 + 20 || seen.ended != 1)
		return false;
	exchange_from = &second;
	exchange_to = &home;
	quire_arch_context_switch(&home, &second);
	return user_page[2] == 10 * 2000 + 45 + 20 && seen.ended == 2 && seen.calls == 20;
}

static void read_byte(void *at)
{
	(void)*(volatile char *)at;
	seen.ended = 99;
	quire_kernel_ended();
}

static bool guards_fault(void)
{
	char *va = map(PAGE, RW), *edge[] = {va - 1, va + PAGE};

	for (unsigned i = 0; i < COUNT(edge); i++) {
		run(read_byte, edge[i]);
		if (seen.count != i + 1 || seen.raw.user || seen.raw.va != (uintptr_t)edge[i] ||
		    seen.raw.access != QUIRE_READ || seen.ended != 0)
			return false;
	}
	return unmap(va, PAGE);
}

static bool faults_are_put_right(void)
{
	char *va = map(PAGE, RW);

	if (!unmap(va, PAGE))
		return false;
	seen.mend = (uintptr_t)va;
	run(read_byte, va);
	return seen.count == 1 && seen.ended == 100 && unmap(va, PAGE);
}

static void recurse(void *argument)
{
	volatile char room[64];

	room[0] = *(volatile char *)argument;
	if (seen.ended == 0) /* for ever */
		recurse((void *)(uintptr_t)room);
	room[1] = 1;
}

static bool stacks_end_at_their_guards(void)
{
	char byte = 0;

	for (unsigned i = 1; i < 4; i++) {
		run(recurse, &byte);
		if (seen.count != i || seen.raw.access != QUIRE_WRITE ||
		    kernel_stack[0].base - seen.raw.va > PAGE ||
		    seen.stack + PAGE - kernel_stack[0].base > 2 * PAGE)
			return false;
	}
	return true;
}

/* On a stack, rights of a page beside those in use are changed: no large page is taken away for that. */
static void change_below(void *argument)
{
	const struct quire_arch_stack *stack = argument;

	if (quire_vm_protect(zephyr_machine.vm, stack->base, PAGE, RW | QUIRE_USER, 0) ==
		    QUIRE_OK &&
	    quire_vm_protect(zephyr_machine.vm, stack->base, PAGE, RW, 0) == QUIRE_OK)
		quire_kernel_ended();
	seen.exceptions++;
	quire_kernel_ended();
}

static bool stacks_stay_while_pages_change(void)
{
	const quire_size size = 3 * 65536;
	const struct quire_vm_want want = {.size = size,
					   .align = 65536,
					   .attr = RW,
					   .flags =
						   QUIRE_VM_GUARDS | QUIRE_VM_RUN | QUIRE_VM_LARGE};
	struct quire_arch_stack stack;
	quire_va va;

	if (quire_vm_map(zephyr_machine.vm, &want, &va) != QUIRE_OK)
		return false;
	stack = (struct quire_arch_stack){(uintptr_t)va, 65536};
	quire_arch_context_init(&first, &stack, change_below, &stack);
	quire_arch_context_switch(&home, &first);
	return seen.count == 0 && seen.exceptions == 0 && seen.ended == 1 &&
	       unmap((void *)(uintptr_t)va, size);
}

static bool last_frame(void)
{
	quire_size all = quire_frames_free(zephyr_machine.frames);
	uint64_t *va = map(all, RW), other = 0;

	for (quire_size i = 0; va && i < all / 8; i += PAGE / 8) {
		other |= va[i];
		va[i] = i;
	}
	for (quire_size i = 0; va && i < all / 8; i += PAGE / 8)
		other |= va[i] ^ i;
	return va && other == 0 && quire_frames_free(zephyr_machine.frames) == 0 &&
	       !map(PAGE, RW) && unmap(va, all) && quire_frames_free(zephyr_machine.frames) == all;
}

static const struct {
	const char *name;
	bool (*run)(void);
} tests[] = {
	{"memory comes zeroed, and goes", memory_comes_and_goes},
	{"contexts are exchanged", contexts_are_exchanged},
	{"user mode runs, calls and ends", user_mode_works},
	{"user mode does not read what is the kernel's", user_does_not_read_the_kernels},
	{"user mode does not write what is the kernel's", user_does_not_write_the_kernels},
	{"user mode does not write constants", user_does_not_write_constants},
	{"user mode does not run the kernel", user_does_not_run_the_kernel},
	{"user mode does not run its data", user_does_not_run_its_data},
	{"user mode is not privileged", user_is_not_privileged},
	{"user mode's stack can be anywhere", user_stack_can_be_anything},
	{"a call may fault", call_may_fault},
	{"two in user mode take turns", users_take_turns},
	{"guards fault", guards_fault},
	{"a fault that is put right", faults_are_put_right},
	{"stacks end at their guards", stacks_end_at_their_guards},
	{"stacks stay while pages change", stacks_stay_while_pages_change},
	{"the last frame", last_frame},
};

int quire_kernel_start(void)
{
	unsigned failed = 0;

	board_print("1..%u\n", (uint64_t)COUNT(tests));
	for (unsigned i = 0; i < COUNT(tests); i++) {
		bool good = begin() && tests[i].run();

		good = end() && good;
		failed += !good;
		board_print("%s %u - %s\n", good ? "ok" : "not ok", (uint64_t)i + 1, tests[i].name);
	}
	return failed != 0;
}
