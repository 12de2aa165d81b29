/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only RISC-V's port can get wrong: the way into a trap from user mode, whose stack pointer may be
 * anything, and the blocks of the cache.
 */
#include "board_host.h"

#include "quire/error.h"
#include "quire/port/riscv.h"
#include "suite/suite.h"

#define SUM   0x40000u
#define ECALL 0x00000073u
/* Room for what quire_cpu_user() keeps, but not for a trap's frame as well. */
#define TIGHT (28 * sizeof(uintptr_t))

/* -- a trap that finds no room -- */

static struct {
	quire_va pc, stack;
	struct quire_trap trap;
} visit;

static void visit_user(void)
{
	quire_cpu_user(visit.pc, visit.stack, 0, &visit.trap);
}

/* Call on a stack that ends at `sp`. */
static void call_on(void *sp, void (*what)(void))
{
	__asm__ volatile("mv s1, sp\n\t"
			 "mv sp, %0\n\t"
			 "jalr %1\n\t"
			 "mv sp, s1"
			 :
			 : "r"(sp), "r"(what)
			 : "s1", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2",
			   "a3", "a4", "a5", "a6", "a7", "memory");
}

/*
 * User mode calls with a stack pointer into the kernel's data, while the stack of quire_cpu_user() has no
 * room for the frame: the call is left with the fault of that, and what user mode pointed to is as it was.
 */
static void no_room(struct target *t)
{
	static uint32_t victim[1024];
	const unsigned words = SUITE_COUNT(victim);
	quire_va guard = (uintptr_t)board_stack1_start - t->page;

	t->poke(t, t->frames, ECALL);
	MUST(RESULT(suite_map(t, t->arena, t->frames, t->page, RX | USER), QUIRE_OK));
	for (unsigned i = 0; i < words; i++)
		victim[i] = 0x600d0000u + i;
	visit.pc = t->arena;
	visit.stack = (uintptr_t)(victim + words);
	call_on(board_stack1_start + TIGHT, visit_user);
	for (unsigned i = 0; i < words; i++)
		MUST(SAME(victim[i], 0x600d0000u + i));
	MUST(SAME(visit.trap.reason, QUIRE_TRAP_FAULT));
	MUST(OK(!visit.trap.user));
	MUST(OK(visit.trap.fault.va - guard < t->page));
	MUST(SAME(visit.trap.fault.access, QUIRE_WRITE));
	call_on(board_stack1_end, visit_user); /* traps are as good as before */
	MUST(SAME(visit.trap.reason, QUIRE_TRAP_CALL));
}

/* -- blocks of the cache -- */

static struct {
	quire_va va;
	quire_size size;
	unsigned how;
} range;

static uintptr_t status_then;

static enum quire_trap_verdict keep_status(void *ctx, struct quire_trap *trap)
{
	(void)ctx;
	(void)trap;
	__asm__ volatile("csrr %0, sstatus" : "=r"(status_then));
	return QUIRE_TRAP_LEAVE;
}

static void sync_range(void)
{
	quire_cpu.sync(range.va, range.size, range.how);
}

/* The instruction for the first block of a range, by its trap: QEMU 7.2 has none of them.  0 if it has. */
static uint32_t first_block(quire_size from, quire_size size, unsigned how)
{
	static uint64_t memory[16] __attribute__((aligned(64)));
	struct quire_trap trap;
	const uint16_t *code;
	uint64_t value;
	int result;

	range.va = (uintptr_t)memory + from;
	range.size = size;
	range.how = how;
	result = quire_cpu_probe((uintptr_t)sync_range, QUIRE_EXEC, 0, &value, &trap);
	code = (const uint16_t *)(uintptr_t)trap.pc;
	return result == QUIRE_OK ? 0 : code[0] | (uint32_t)code[1] << 16;
}

/* cbo.inval, cbo.clean and cbo.flush differ in their immediate: 0, 1, 2. */
static bool does(quire_size from, quire_size size, unsigned how, unsigned wanted)
{
	uint32_t code = first_block(from, size, how);

	if (code == 0)
		return true;
	NEED(SAME(code & 0x7fff, 0x200f));
	NEED(OK((status_then & SUM) != 0));
	return SAME(code >> 20, wanted);
}

static bool all_blocks(void)
{
	NEED(does(0, 64, QUIRE_SYNC_INVALIDATE, 0));
	NEED(does(0, 128, QUIRE_SYNC_INVALIDATE, 0));
	NEED(does(4, 60, QUIRE_SYNC_INVALIDATE, 2));
	NEED(does(4, 124, QUIRE_SYNC_INVALIDATE, 2));
	NEED(does(0, 63, QUIRE_SYNC_INVALIDATE, 2));
	NEED(does(4, 4, QUIRE_SYNC_WRITE_BACK, 1));
	return does(0, 64, QUIRE_SYNC_WRITE_BACK | QUIRE_SYNC_INVALIDATE, 2);
}

/* Of a block that the range has a part of, nothing is thrown away; user mode's pages are in reach. */
static void blocks(struct target *t)
{
	uintptr_t status;

	(void)t;
	quire_riscv_cache_block = 64;
	board_host_traps(keep_status);
	(void)all_blocks();
	board_host_traps(NULL);
	quire_riscv_cache_block = 0;
	__asm__ volatile("csrr %0, sstatus" : "=r"(status));
	MUST(OK(!(status & SUM)));
}

/* -- loading -- */

static uint64_t cost_of_load(struct target *t, uint32_t asid)
{
	uint64_t before = board_instructions();

	quire_cpu.load(t->walker->root, asid);
	return board_instructions() - before;
}

/* What an ASID translates is ordered when a CPU first loads it, and again once all was forgotten; QEMU
   orders everything, so only that it costs something is seen. */
static void loads(struct target *t)
{
	uint64_t first, again, anew;

	if (quire_cpu_asid_bits() < 3)
		return;
	quire_cpu.flush_asid(QUIRE_ASID_ALL);
	first = cost_of_load(t, 5);
	again = cost_of_load(t, 5);
	quire_cpu.flush_asid(QUIRE_ASID_ALL);
	anew = cost_of_load(t, 5);
	quire_cpu.load(t->walker->root, 0);
	quire_cpu.flush_asid(QUIRE_ASID_ALL);
	board_print("# the first load takes %u instructions, others %u\n", first, again);
	MUST(OK(first > again + 1)); /* counting may count itself for one more */
	MUST(OK(anew > again + 1));
}

static const struct suite_test tests[] = {
	{"user mode's trap finds no room", no_room, NULL, 0},
	{"blocks of the cache", blocks, NULL, 0},
	{"the first load of an ASID is a fence", loads, NULL, 0},
};

const struct suite_list board_port = {tests, SUITE_COUNT(tests)};
