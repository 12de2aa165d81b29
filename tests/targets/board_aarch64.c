/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only AArch64's port can get wrong: the way into a trap on a stack that cannot take the frame, what
 * a handler does meanwhile, and what a call gets back.
 */
#include "board_host.h"

#include "quire/error.h"
#include "suite/suite.h"

#define SVC   0xd4000001u
#define AGAIN 0x17ffffffu /* b: to the instruction before */
#define PAGE  t->page

/* -- a trap that finds no room -- */

/* Call on a stack that ends at `sp`. */
static void call_on(quire_va sp, void (*what)(void))
{
	__asm__ volatile("mov x19, sp; mov sp, %0; blr %1; mov sp, x19"
			 :
			 : "r"(sp), "r"(what)
			 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x30", "memory",
			   "cc");
}

/* Read on that stack, without a call. */
static uint32_t read_on(quire_va sp, quire_va va)
{
	uint32_t value;

	__asm__ volatile("mov x19, sp; mov sp, %1; ldr %w0, [%2]; mov sp, x19"
			 : "=&r"(value)
			 : "r"(sp), "r"(va)
			 : "x19", "memory");
	return value;
}

/* A frame that reaches from a stack's page without a mark into one that has it: the fault is the read's,
   and the read is what goes on. */
static void no_mark(struct target *t)
{
	uint32_t number = suite_number(t, t->frames + 2 * PAGE), below, read;
	unsigned used = 0;

	MUST(RESULT(suite_map(t, t->arena, t->frames, 3 * PAGE, RW), QUIRE_OK));
	below = suite_number(t, t->frames + PAGE);
	for (unsigned above = 16; above < 288; above += 16) {
		MUST(RESULT(quire_space_used(t->space, t->arena + PAGE, 2 * PAGE,
					     QUIRE_ACCESSED | QUIRE_DIRTY, &used),
			    QUIRE_OK));
		read = read_on(t->arena + PAGE + above, t->arena + 2 * PAGE);
		t->poke(t, t->frames + PAGE, below);
		MUST(SAME(read, number));
	}
}

static struct {
	quire_va pc;
	struct quire_trap trap;
} visit;

static void visit_user(void)
{
	quire_cpu_user(visit.pc, 0, 40, &visit.trap);
}

/* The stack of quire_cpu_user() has room for what that keeps, but not for a trap's frame as well. */
static void no_room(struct target *t)
{
	const unsigned tight = 256;

	t->poke(t, t->frames, SVC);
	MUST(RESULT(suite_map(t, t->arena, t->frames, PAGE, RX | USER), QUIRE_OK));
	visit.pc = t->arena;
	call_on((uintptr_t)board_stack1_start + tight, visit_user);
	suite_number_frames(t);
	MUST(SAME(visit.trap.reason, QUIRE_TRAP_CALL));
	MUST(SAME(visit.trap.argument, 40));
}

/* -- handlers -- */

static enum quire_trap_verdict add_one(void *ctx, struct quire_trap *trap)
{
	(void)ctx;
	return trap->reason == QUIRE_TRAP_CALL && ++trap->argument < 43 ? QUIRE_TRAP_RESUME
									: QUIRE_TRAP_LEAVE;
}

/* User mode calls with what the last call gave it. */
static void results(struct target *t)
{
	t->poke(t, t->frames, SVC);
	t->poke(t, t->frames + 4, AGAIN);
	MUST(RESULT(suite_map(t, t->arena, t->frames, PAGE, RX | USER), QUIRE_OK));
	visit.pc = t->arena;
	board_host_traps(add_one);
	visit_user();
	board_host_traps(NULL);
	suite_number_frames(t);
	MUST(SAME(visit.trap.reason, QUIRE_TRAP_CALL));
	MUST(SAME(visit.trap.argument, 43));
}

static const struct suite_test tests[] = {
	{"a trap on a stack without a mark", no_mark, NULL, 0},
	{"user mode's trap finds no room", no_room, NULL, 0},
	{"a call gets its result", results, NULL, 0},
};

const struct suite_list board_port = {tests, SUITE_COUNT(tests)};
