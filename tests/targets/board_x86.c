/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only x86-64's port can get wrong: what a call gets back, and flushes that an interrupt can come
 * between.
 */
#include "board_host.h"

#include "suite/suite.h"

/* -- calls -- */

static unsigned calls;

static enum quire_trap_verdict add_one(void *ctx, struct quire_trap *trap)
{
	(void)ctx;
	trap->argument++;
	return trap->reason == QUIRE_TRAP_CALL && ++calls < 3 ? QUIRE_TRAP_RESUME
							      : QUIRE_TRAP_LEAVE;
}

/* User mode calls with what the last call gave it. */
static void results(struct target *t)
{
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER};

	t->poke(t, t->frames, 0x894880cd); /* int $0x80; mov %rax, %rdi; jmp to the beginning */
	t->poke(t, t->frames + 4, 0x00f9ebc7);
	MUST(RESULT(suite_map(t, t->arena, t->frames, t->page, RX | USER), QUIRE_OK));
	calls = 0;
	board_host_traps(add_one);
	quire_cpu_user(t->arena, 0, 40, &trap);
	board_host_traps(NULL);
	suite_number_frames(t);
	MUST(SAME(trap.reason, QUIRE_TRAP_CALL));
	MUST(SAME(trap.argument, 43));
}

/* -- flushes -- */

enum { DEBUG = 1 }; /* the trap behind each instruction that TF asks for */

static struct {
	bool off;                  /* the last word was CLI and not STI */
	unsigned flushed, exposed; /* what forgets translations; some of it with interrupts on */
} steps;

/* Whether an instruction is a load of CR3 or CR4, INVLPG or INVPCID. */
static bool forgets(const uint8_t *code)
{
	if (code[0] == 0x66 && code[1] == 0x0f && code[2] == 0x38 && code[3] == 0x82)
		return true;
	if (code[0] == 0x41) /* the register is one of the newer ones */
		code++;
	if (code[0] != 0x0f)
		return false;
	return code[1] == 0x22 || (code[1] == 0x01 && (code[2] >> 3 & 7) == 7);
}

static enum quire_trap_verdict step(void *ctx, struct quire_trap *trap)
{
	const uint8_t *code = (const uint8_t *)(uintptr_t)trap->pc;

	(void)ctx;
	if (trap->reason != QUIRE_TRAP_OTHER || trap->number != DEBUG)
		return QUIRE_TRAP_LEAVE;
	if (code[0] == 0xfa || code[0] == 0xfb)
		steps.off = code[0] == 0xfa;
	if (forgets(code)) {
		steps.flushed++;
		steps.exposed += !steps.off;
	}
	return QUIRE_TRAP_RESUME;
}

static void trace(bool on)
{
	if (on)
		__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
	else
		__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

/* Instruction by instruction: everything that is forgotten is, with interrupts off. */
static void undisturbed(struct target *t)
{
	static const uint32_t asids[] = {0, 1, QUIRE_ASID_ALL};

	steps.off = false;
	steps.flushed = steps.exposed = 0;
	board_host_traps(step);
	for (unsigned i = 0; i < SUITE_COUNT(asids); i++) {
		steps.off = false;
		trace(true);
		quire_cpu.flush_pages(t->arena, 3 * t->page, 12, asids[i], i % 2 != 0);
		trace(false);
		steps.off = false;
		trace(true);
		quire_cpu.flush_asid(asids[i]);
		trace(false);
	}
	board_host_traps(NULL);
	MUST(OK(steps.flushed >= 9 + 3));
	MUST(SAME(steps.exposed, 0));
}

static const struct suite_test tests[] = {
	{"a call gets its result", results, NULL, 0},
	{"no interrupt comes between what is forgotten", undisturbed, NULL, 0},
};

const struct suite_list board_port = {tests, SUITE_COUNT(tests)};
