/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's supervisor mode, at 32 and 64 bits.
 *
 * SFENCE.VMA has four forms, and what each of them forgets decides everything in here:
 *
 *   address  ASID
 *   any      any     tables and leaves, global ones too
 *   any      one     tables and leaves of that ASID; not the global leaves
 *   one      any     the leaves that translate the address; no table above them
 *   one      one     the same, of that ASID; not the global one
 *
 * So where tables came or went an address is not enough.  Where only leaves changed, pages are
 * forgotten whatever ASID they belong to: a caller need not know whether one of them is global, and
 * what other spaces have at the same address is soon read again.  A fence also orders this CPU's
 * earlier stores to tables before its later walks; other CPUs have to fence by themselves.
 *
 * Source: The RISC-V Instruction Set Manual, volume II: SFENCE.VMA ("Supervisor Memory-Management Fence
 * Instruction"), satp, scause ("Supervisor-Level ISA"); cbo.* (volume I, "CMO Extensions").
 */
#include "quire/port/cpu.h"

#include "private.h"
#include "quire/error.h"
#include "quire/port/riscv.h"

#define SPARE_BYTES 4096u
#define MET_MAX     512u

#if __riscv_xlen == 64
#define SATP_MODE_SHIFT 60
#define SATP_ASID_SHIFT 44
#define SATP_ASID_BITS  16
#else
#define SATP_MODE_SHIFT 31
#define SATP_ASID_SHIFT 22
#define SATP_ASID_BITS  9
#endif
#define SATP_ASID_MASK   ((((uintptr_t)1 << SATP_ASID_BITS) - 1) << SATP_ASID_SHIFT)
#define PAGE_SHIFT       12
#define CAUSE_INTERRUPT  ((uintptr_t)1 << (__riscv_xlen - 1))
#define CAUSE_ECALL_USER 8
#define CAUSE_ECALL      9
#define CAUSES           16

/* The registers of whoever was interrupted (cpu.S). */
struct frame {
	uintptr_t word[FRAME_WORDS];
};

/* What a probe or quire_cpu_user() needs to be left (cpu.S), and the one outside of it. */
struct leave {
	uintptr_t word[LEAVE_WORDS];
};

/* One CPU, by its number.  sscratch points to the entry. */
struct cpu {
	uintptr_t entry[ENTRY_WORDS];
	quire_trap_fn handler;
	void *ctx;
	struct leave *leave;        /* the innermost, NULL: there is nothing to leave */
	uint32_t met[MET_MAX / 32]; /* bit n: ASID n was loaded since all was forgotten */
	uint64_t spare[SPARE_BYTES / 8] __attribute__((aligned(16))); /* a stack */
};

struct touched {
	uintptr_t value;
	uintptr_t left;
};

extern char quire_riscv_vector[];
struct touched quire_riscv_touch(uintptr_t va, uintptr_t value, unsigned how, struct leave **leave,
				 struct quire_trap *trap);
void quire_riscv_user(uintptr_t pc, uintptr_t stack, uintptr_t argument, struct leave **leave,
		      struct quire_trap *trap);
struct leave *quire_riscv_trap(struct frame *frame, uintptr_t overflow);

static struct cpu cpus[QUIRE_RISCV_CPUS];
static uintptr_t satp_mode; /* of the MMU that is on, in its place */

/* -- translations -- */

/* The store buffer is emptied, so that walks of this CPU see entries, and others see them before they
   see that they are told.  (Formally only a fence of the kind that flushes orders walks.) */
static void publish(void)
{
	__asm__ volatile("fence rw, rw" ::: "memory");
}

static void flush_asid(uint32_t asid)
{
	if (asid != QUIRE_ASID_ALL) {
		__asm__ volatile("sfence.vma zero, %0" ::"r"((uintptr_t)asid) : "memory");
		return;
	}
	for (unsigned i = 0; i < MET_MAX / 32; i++)
		cpus[quire_cpu_number()].met[i] = 0;
	__asm__ volatile("sfence.vma zero, zero" ::: "memory");
}

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	uintptr_t at = (uintptr_t)va, end = (uintptr_t)(va + size);

	if (tables)
		flush_asid(asid);
	if (tables && asid == QUIRE_ASID_ALL)
		return;
	for (; at != end; at += (uintptr_t)1 << shift)
		__asm__ volatile("sfence.vma %0, zero" ::"r"(at) : "memory");
}

/* MODE, ASID and the root's page number are written at once. */
static uintptr_t satp_of(quire_pa root, uint32_t asid)
{
	return satp_mode | ((uintptr_t)asid << SATP_ASID_SHIFT & SATP_ASID_MASK) |
	       (uintptr_t)(root >> PAGE_SHIFT);
}

/* Whether this CPU loads an ASID for the first time since it has forgotten all; always, of those that are
   not counted. */
static bool is_new(uint32_t asid)
{
	uint32_t *met = &cpus[quire_cpu_number()].met[asid % MET_MAX / 32], bit = 1u << asid % 32;

	if (asid < MET_MAX && (*met & bit))
		return false;
	*met |= asid < MET_MAX ? bit : 0;
	return true;
}

/*
 * Writing satp orders nothing, and while a space has no ASID nobody fences for changes of its tables.  So
 * this CPU fences when it loads an ASID that it has not had before; from then on changes come with a
 * flush.  That the number may belong to another space comes with a flush of all.
 */
static void load(quire_pa root, uint32_t asid)
{
	__asm__ volatile("csrw satp, %0" ::"r"(satp_of(root, asid)) : "memory");
	if (is_new(asid))
		flush_asid(asid);
}

unsigned quire_riscv_cache_block;

/* One block of the cache: what Zicbom calls cbo.inval, cbo.clean and cbo.flush, for assemblers that do
   not know them. */
static void sync_block(uintptr_t va, unsigned how)
{
	if (how == QUIRE_SYNC_INVALIDATE)
		__asm__ volatile(".insn i 0x0f, 2, x0, %0, 0" ::"r"(va) : "memory");
	else if (how == QUIRE_SYNC_WRITE_BACK)
		__asm__ volatile(".insn i 0x0f, 2, x0, %0, 1" ::"r"(va) : "memory");
	else
		__asm__ volatile(".insn i 0x0f, 2, x0, %0, 2" ::"r"(va) : "memory");
}

/* All blocks of a range.  Of those that it has only a part of, the rest must not be lost. */
static void sync_blocks(uintptr_t first, uintptr_t last, unsigned how)
{
	uintptr_t block = quire_riscv_cache_block, at = first & ~(block - 1);

	for (uintptr_t n = (last - at) / block + 1; n > 0; n--, at += block) {
		bool whole = at >= first && at + (block - 1) <= last;

		sync_block(at, whole ? how : how | QUIRE_SYNC_WRITE_BACK);
	}
}

/* Caches agree with memory by themselves, or block by block; what this CPU has fetched of code agrees
   with neither.  cbo.* are checked as loads and stores are, so user mode's pages need SUM. */
static void sync(quire_va va, quire_size size, unsigned how)
{
	uintptr_t status;

	__asm__ volatile("fence iorw, iorw" ::: "memory");
	if (quire_riscv_cache_block != 0) {
		__asm__ volatile("csrrs %0, sstatus, %1"
				 : "=r"(status)
				 : "r"((uintptr_t)STATUS_SUM)
				 : "memory");
		sync_blocks((uintptr_t)va, (uintptr_t)(va + (size - 1)), how);
		__asm__ volatile("fence iorw, iorw" ::: "memory");
		if (!(status & STATUS_SUM))
			__asm__ volatile("csrc sstatus, %0" ::"r"((uintptr_t)STATUS_SUM)
					 : "memory");
	}
	if (how & QUIRE_SYNC_INVALIDATE)
		__asm__ volatile("fence.i" ::: "memory");
}

const struct quire_cpu_ops quire_cpu = {
	.name = __riscv_xlen == 64 ? "riscv64" : "riscv32",
	.publish = publish,
	.flush_pages = flush_pages,
	.flush_asid = flush_asid,
	.load = load,
	.sync = sync,
	.broadcasts = false,
	.flush_most = 64,
	.asid_bits = SATP_ASID_BITS,
};

/*
 * Those bits stick that are there.  With the MMU on, only this code is translated for the ASID that is
 * tried, and that is forgotten again.  With the MMU off the architecture says nothing of the bits; they
 * are tried in the same way.
 */
unsigned quire_cpu_asid_bits(void)
{
	bool on = quire_cpu_interrupts(false);
	uintptr_t before, probed;
	unsigned bits = 0;

	__asm__ volatile("csrr %0, satp\n\t"
			 "or %1, %0, %2\n\t"
			 "csrw satp, %1\n\t"
			 "csrr %1, satp\n\t"
			 "csrw satp, %0"
			 : "=&r"(before), "=&r"(probed)
			 : "r"(SATP_ASID_MASK)
			 : "memory");
	flush_asid(QUIRE_ASID_ALL);
	for (probed = (probed & SATP_ASID_MASK) >> SATP_ASID_SHIFT; probed != 0; probed >>= 1)
		bits++;
	quire_cpu_interrupts(on);
	return bits;
}

/* A mode that the machine does not have leaves satp as it was: there is no going on then. */
void quire_cpu_mmu_on(const struct quire_mmu *mmu, quire_pa root, uint32_t asid)
{
	uintptr_t mode = __riscv_xlen == 32 ? 1u : mmu->levels + 5u; /* Sv39 is 8, Sv48 9 */
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER, .number = mode};
	uintptr_t satp;

	satp_mode = mode << SATP_MODE_SHIFT;
	flush_asid(QUIRE_ASID_ALL);
	load(root, asid);
	flush_asid(QUIRE_ASID_ALL);
	__asm__ volatile("csrr %0, satp" : "=r"(satp));
	if (satp >> SATP_MODE_SHIFT != mode)
		quire_cpu_fatal(&trap);
}

/* -- traps -- */

void quire_cpu_traps(quire_trap_fn handler, void *ctx)
{
	unsigned number = quire_cpu_number();
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER, .number = number};
	struct cpu *cpu = &cpus[number];

	if (number >= QUIRE_RISCV_CPUS)
		quire_cpu_fatal(&trap);
	cpu->handler = handler;
	cpu->ctx = ctx;
	cpu->entry[ENTRY_NUMBER] = number;
	cpu->entry[ENTRY_SPARE] = (uintptr_t)(cpu->spare + SPARE_BYTES / 8);
	cpu->entry[ENTRY_BUSY] = 0;
	__asm__ volatile("csrw sscratch, %0\n\t"
			 "csrw stvec, %1" ::"r"(cpu->entry),
			 "r"(quire_riscv_vector)
			 : "memory");
}

/* What scause means, for the causes that are about an access. */
static const struct {
	uint8_t access;
	uint8_t cause;
} faults[CAUSES] = {
	[0] = {QUIRE_EXEC, QUIRE_CAUSE_ALIGN},    [1] = {QUIRE_EXEC, QUIRE_CAUSE_BUS},
	[4] = {QUIRE_READ, QUIRE_CAUSE_ALIGN},    [5] = {QUIRE_READ, QUIRE_CAUSE_BUS},
	[6] = {QUIRE_WRITE, QUIRE_CAUSE_ALIGN},   [7] = {QUIRE_WRITE, QUIRE_CAUSE_BUS},
	[12] = {QUIRE_EXEC, QUIRE_CAUSE_UNKNOWN}, [13] = {QUIRE_READ, QUIRE_CAUSE_UNKNOWN},
	[15] = {QUIRE_WRITE, QUIRE_CAUSE_UNKNOWN}};

static void fault_of(uintptr_t cause, struct quire_trap *trap)
{
	uintptr_t va;

	__asm__ volatile("csrr %0, stval" : "=r"(va));
	trap->reason = QUIRE_TRAP_FAULT;
	trap->fault.va = va;
	trap->fault.access = faults[cause].access;
	trap->fault.cause = faults[cause].cause;
	trap->fault.user = trap->user;
}

static void trap_of(const struct frame *frame, struct quire_trap *trap)
{
	uintptr_t cause;

	__asm__ volatile("csrr %0, scause" : "=r"(cause));
	*trap = (struct quire_trap){.reason = QUIRE_TRAP_OTHER, .number = cause};
	trap->user = (frame->word[FRAME_STATUS] & STATUS_SPP) == 0;
	trap->pc = frame->word[FRAME_PC];
	trap->stack = frame->word[2];
	if (cause & CAUSE_INTERRUPT) {
		trap->reason = QUIRE_TRAP_INTERRUPT;
		trap->number = QUIRE_RISCV_INTERRUPT + (cause & ~CAUSE_INTERRUPT);
	} else if (cause == CAUSE_ECALL_USER || cause == CAUSE_ECALL) {
		trap->reason = QUIRE_TRAP_CALL;
		trap->pc += 4;
		trap->number = frame->word[17];   /* a7 */
		trap->argument = frame->word[10]; /* a0 */
	} else if (cause < CAUSES && faults[cause].access != 0) {
		fault_of(cause, trap);
	}
}

/* Give up what a probe or quire_cpu_user() runs, and tell it why; without either that is the end. */
static struct leave *give_up(struct cpu *cpu, const struct quire_trap *trap)
{
	struct leave *leave = cpu->leave;

	if (leave) {
		struct quire_trap *told = (struct quire_trap *)leave->word[LEAVE_TRAP];

		if (told)
			*told = *trap;
		cpu->leave = (struct leave *)leave->word[LEAVE_PREVIOUS];
		return leave;
	}
	quire_cpu_fatal(trap);
}

/*
 * Called by the vector; what it returns is left, NULL means to go on.  Inside of the handler there is
 * nothing to leave, unless it probes something itself.  A call gets its argument back as its result.
 *
 * After an overflow there is no going on, whatever the handler says: the stack had no room for another
 * trap's frame, and where that one came from is no longer known.
 */
struct leave *quire_riscv_trap(struct frame *frame, uintptr_t overflow)
{
	struct cpu *cpu = &cpus[quire_cpu_number()];
	struct leave *leave = cpu->leave;
	enum quire_trap_verdict verdict;
	struct quire_trap trap;

	cpu->leave = NULL;
	trap_of(frame, &trap);
	verdict = cpu->handler(cpu->ctx, &trap);
	cpu->leave = leave;
	if (verdict == QUIRE_TRAP_LEAVE)
		return give_up(cpu, &trap);
	if (overflow)
		quire_cpu_fatal(&trap);
	frame->word[FRAME_PC] = (uintptr_t)trap.pc;
	if (trap.reason == QUIRE_TRAP_CALL)
		frame->word[10] = (uintptr_t)trap.argument;
	return NULL;
}

/* -- probes and user mode -- */

/* Which way to touch; negative if there is none. */
static int way_of(unsigned access, unsigned bytes)
{
	int size = bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;

	if (access == QUIRE_EXEC)
		return TOUCH_CALL;
	if ((1u << size) != bytes || bytes > sizeof(uintptr_t))
		return -1;
	return access == QUIRE_READ    ? TOUCH_LOAD + size
	       : access == QUIRE_WRITE ? TOUCH_STORE + size
				       : -1;
}

int quire_cpu_probe(quire_va va, unsigned access, unsigned bytes, uint64_t *value,
		    struct quire_trap *trap)
{
	struct cpu *cpu = &cpus[quire_cpu_number()];
	int way = way_of(access, bytes);
	struct touched touched;

	if (way < 0)
		return QUIRE_EFLAG;
	touched = quire_riscv_touch((uintptr_t)va, access == QUIRE_WRITE ? (uintptr_t)*value : 0u,
				    (unsigned)way, &cpu->leave, trap);
	if (touched.left)
		return QUIRE_EPORT;
	if (access == QUIRE_READ && bytes < 8)
		*value = touched.value & (((uint64_t)1 << (8 * bytes)) - 1);
	else if (access != QUIRE_WRITE)
		*value = touched.value;
	return QUIRE_OK;
}

void quire_cpu_user(quire_va pc, quire_va stack, uint64_t argument, struct quire_trap *trap)
{
	struct cpu *cpu = &cpus[quire_cpu_number()];

	quire_riscv_user((uintptr_t)pc, (uintptr_t)stack, (uintptr_t)argument, &cpu->leave, trap);
}

/* -- several CPUs -- */

unsigned quire_cpu_number(void)
{
	uintptr_t number;

	__asm__("mv %0, tp" : "=r"(number));
	return (unsigned)number;
}

bool quire_cpu_interrupts(bool on)
{
	uintptr_t before;

	if (on)
		__asm__ volatile("csrrsi %0, sstatus, %1"
				 : "=r"(before)
				 : "i"(STATUS_SIE)
				 : "memory");
	else
		__asm__ volatile("csrrci %0, sstatus, %1"
				 : "=r"(before)
				 : "i"(STATUS_SIE)
				 : "memory");
	return (before & STATUS_SIE) != 0;
}
