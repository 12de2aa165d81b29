/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARMv7-A with the short descriptors, as cpu.h wants it.  Numbers in parentheses are sections of the
 * Arm Architecture Reference Manual, ARMv7-A and ARMv7-R edition.
 *
 * Translations are tagged with 8 bits of ASID in CONTEXTIDR, and the root is in TTBR0: two registers
 * that cannot be written at once.  Where TTBR0 has the lower half only, its walks are off in between.
 * With one tree ASID 0 is current in between, and what is picked up under it, of either root, is
 * forgotten at the end (B3.10.4).  Another CPU may be at that very point: so who flushes tables flushes
 * them of all ASIDs, or of ASID 0 too.
 *
 * All maintenance is broadcast to the inner shareable domain; a DSB waits for it.
 */
#include "quire/port/cpu.h"
#include "quire/error.h"
#include "quire/port/arm.h"

#include "frame.h"

#define CPUS       8u /* of cluster 0 */
#define PAGE_SHIFT 12u

/* -- system registers -- */

#define READ_CP15(value, op1, crn, crm, op2)                                                       \
	__asm__ volatile("mrc p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 : "=r"(value))
#define WRITE_CP15(value, op1, crn, crm, op2)                                                      \
	__asm__ volatile("mcr p15, " #op1 ", %0, " #crn ", " #crm ", " #op2                        \
			 :                                                                         \
			 : "r"((uint32_t)(value))                                                  \
			 : "memory")
#define ISB()       __asm__ volatile("isb" : : : "memory")
#define DSB(domain) __asm__ volatile("dsb " #domain : : : "memory")

#define WRITE_SCTLR(v)      WRITE_CP15(v, 0, c1, c0, 0)
#define WRITE_TTBR0(v)      WRITE_CP15(v, 0, c2, c0, 0)
#define WRITE_TTBR1(v)      WRITE_CP15(v, 0, c2, c0, 1)
#define WRITE_TTBCR(v)      WRITE_CP15(v, 0, c2, c0, 2)
#define WRITE_DACR(v)       WRITE_CP15(v, 0, c3, c0, 0)
#define WRITE_PRRR(v)       WRITE_CP15(v, 0, c10, c2, 0)
#define WRITE_NMRR(v)       WRITE_CP15(v, 0, c10, c2, 1)
#define WRITE_VBAR(v)       WRITE_CP15(v, 0, c12, c0, 0)
#define WRITE_CONTEXTIDR(v) WRITE_CP15(v, 0, c13, c0, 1)

#define TLBIALLIS()   WRITE_CP15(0, 0, c8, c3, 0)
#define TLBIMVAIS(v)  WRITE_CP15(v, 0, c8, c3, 1)
#define TLBIASIDIS(v) WRITE_CP15(v, 0, c8, c3, 2)
#define TLBIMVAAIS(v) WRITE_CP15(v, 0, c8, c3, 3)
#define TLBIALL()     WRITE_CP15(0, 0, c8, c7, 0)
#define TLBIASID(v)   WRITE_CP15(v, 0, c8, c7, 2)
#define BPIALLIS()    WRITE_CP15(0, 0, c7, c1, 6)
#define BPIALL()      WRITE_CP15(0, 0, c7, c5, 6)
#define ICIALLU()     WRITE_CP15(0, 0, c7, c5, 0)
#define ICIMVAU(v)    WRITE_CP15(v, 0, c7, c5, 1)
#define DCIMVAC(v)    WRITE_CP15(v, 0, c7, c6, 1)
#define DCCMVAC(v)    WRITE_CP15(v, 0, c7, c10, 1)
#define DCCIMVAC(v)   WRITE_CP15(v, 0, c7, c14, 1)

enum {
	SCTLR_M = 1u << 0,
	SCTLR_A = 1u << 1,
	SCTLR_C = 1u << 2,
	SCTLR_Z = 1u << 11,
	SCTLR_I = 1u << 12,
	SCTLR_V = 1u << 13,
	SCTLR_TRE = 1u << 28,
	SCTLR_AFE = 1u << 29,
	SCTLR_TE = 1u << 30,
	TTBCR_N1 = 1u << 0,
	TTBCR_N = 7u << 0,
	TTBCR_PD0 = 1u << 4,
	/* Table walks: inner shareable, write-back, allocated on writes, both caches. */
	TTBR_CACHED = 1u << 1 | 1u << 3 | 1u << 5 | 1u << 6,
	TTBR_SHARED = 1u << 1 | 1u << 5,
	DACR_CLIENT0 = 1u,
	/* Regions 0 to 3: normal, normal, normal, device; shareable where S is set, the inner way. */
	PRRR = 0x070b006a,
	/* Write-back and allocated on writes, write-through, not cached; inner and outer alike. */
	NMRR = 0x00090009,
};

/* -- entries seen, translations forgotten -- */

static void publish(void)
{
	DSB(ishst);
	ISB();
}

/* Wait until all CPUs have done it; branch predictors go by addresses too. */
static void flushed(void)
{
	BPIALLIS();
	DSB(ish);
	ISB();
}

/* By address, the short format forgets on all levels (B3.10.1); `tables` is about ASID 0. */
static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	uint32_t step = 1u << shift, at = (uint32_t)va & ~(step - 1);
	uint32_t count = (((uint32_t)(va + size - 1) - at) >> shift) + 1;

	if (asid == QUIRE_ASID_ALL || tables) {
		for (; count > 0; count--, at += step)
			TLBIMVAAIS(at);
	} else {
		for (; count > 0; count--, at += step)
			TLBIMVAIS(at | asid);
	}
	flushed();
}

static void flush_asid(uint32_t asid)
{
	if (asid == QUIRE_ASID_ALL) {
		TLBIALLIS();
	} else {
		TLBIASIDIS(asid);
		TLBIASIDIS(0);
	}
	flushed();
}

/* -- roots -- */

/* Walks go through the caches where that works; else where tables are: in memory. */
static uint32_t walk_bits(void)
{
	uint32_t mmfr3;

	READ_CP15(mmfr3, 0, c0, c1, 7);
	return (mmfr3 >> 20 & 15) != 0 ? TTBR_CACHED : TTBR_SHARED;
}

/* Two halves: what runs needs none of TTBR0's, so there is none until all is right. */
static void load_half(uint32_t ttbcr, quire_pa root, uint32_t asid)
{
	WRITE_TTBCR(ttbcr | TTBCR_PD0);
	ISB();
	WRITE_CONTEXTIDR(asid);
	WRITE_TTBR0((uint32_t)root | walk_bits());
	ISB();
	WRITE_TTBCR(ttbcr & ~(uint32_t)TTBCR_PD0);
}

/* One tree: what runs is translated alike by the last root and by this one. */
static void load_whole(quire_pa root, uint32_t asid)
{
	WRITE_CONTEXTIDR(0);
	ISB();
	WRITE_TTBR0((uint32_t)root | walk_bits());
	ISB();
	WRITE_CONTEXTIDR(asid);
	ISB();
	TLBIASID(0); /* of either root; its tables may not be there the next time */
}

/* An interrupt in between would find the lower half gone, and devices may be there. */
static void load(quire_pa root, uint32_t asid)
{
	bool on = quire_cpu_interrupts(false);
	uint32_t ttbcr;

	DSB(ish);
	READ_CP15(ttbcr, 0, c2, c0, 2);
	if (ttbcr & TTBCR_N)
		load_half(ttbcr, root, asid);
	else
		load_whole(root, asid);
	BPIALL();
	DSB(nsh);
	ISB();
	quire_cpu_interrupts(on);
}

/*
 * Attributes first, then roots, then the switch.  The caches hold nothing of before: a core
 * whose reset leaves that open has had them invalidated by whoever started it.
 */
void quire_cpu_mmu_on(const struct quire_mmu *mmu, quire_pa root, uint32_t asid)
{
	const struct quire_armv7_detail *detail = mmu->detail;
	uint32_t ttbr = (uint32_t)root | walk_bits(), sctlr;

	DSB(sy);
	ICIALLU();
	TLBIALL();
	DSB(sy);
	WRITE_PRRR(PRRR);
	WRITE_NMRR(NMRR);
	WRITE_DACR(DACR_CLIENT0);
	WRITE_CONTEXTIDR(asid);
	WRITE_TTBR0(ttbr);
	WRITE_TTBR1(ttbr);
	WRITE_TTBCR(detail->halves ? TTBCR_N1 : 0);
	ISB();
	READ_CP15(sctlr, 0, c1, c0, 0);
	sctlr &= ~(uint32_t)(SCTLR_A | SCTLR_V | SCTLR_TE);
	WRITE_SCTLR(sctlr | SCTLR_M | SCTLR_C | SCTLR_Z | SCTLR_I | SCTLR_TRE | SCTLR_AFE);
	ISB();
	TLBIALL();
	BPIALL();
	DSB(nsh);
	ISB();
}

unsigned quire_cpu_asid_bits(void)
{
	return 8;
}

/* -- caches -- */

/* By lines, to where all of the system agrees.  What is only to be forgotten is written back all the
   same where a line reaches beyond the range. */
static void sync_data(uint32_t first, uint32_t last, unsigned how)
{
	uint32_t ctr, line, at;

	READ_CP15(ctr, 0, c0, c0, 1);
	line = 4u << (ctr >> 16 & 15);
	at = first & ~(line - 1);
	for (uint32_t n = (last - at) / line + 1; n > 0; n--, at += line) {
		if (!(how & QUIRE_SYNC_INVALIDATE))
			DCCMVAC(at);
		else if ((how & QUIRE_SYNC_WRITE_BACK) || at < first || last - at < line - 1)
			DCCIMVAC(at);
		else
			DCIMVAC(at);
	}
	DSB(sy);
}

static void sync_instructions(uint32_t first, uint32_t last)
{
	uint32_t ctr, line, at;

	READ_CP15(ctr, 0, c0, c0, 1);
	line = 4u << (ctr & 15);
	at = first & ~(line - 1);
	for (uint32_t n = (last - at) / line + 1; n > 0; n--, at += line)
		ICIMVAU(at);
	flushed();
}

static void sync(quire_va va, quire_size size, unsigned how)
{
	uint32_t first = (uint32_t)va, last = (uint32_t)(va + (size - 1));

	sync_data(first, last, how);
	if (how & QUIRE_SYNC_INVALIDATE)
		sync_instructions(first, last);
}

const struct quire_cpu_ops quire_cpu = {
	.name = "armv7",
	.publish = publish,
	.flush_pages = flush_pages,
	.flush_asid = flush_asid,
	.load = load,
	.sync = sync,
	.broadcasts = true,
	.flush_most = 32,
	.asid_bits = 8,
};

/* -- traps -- */

/* What is under way and may be left: a probe or user mode. */
struct arm_visit {
	uint32_t stack;
	bool user;
	struct quire_trap *trap; /* what it was left by */
	struct arm_visit *before;
};

struct arm_cpu {
	quire_trap_fn handler;
	void *ctx;
	struct arm_visit *visit; /* NULL: none */
};

static struct arm_cpu cpus[CPUS];

/* Affinity fields 0 to 2: of another cluster it is a number beyond CPUS. */
unsigned quire_cpu_number(void)
{
	uint32_t mpidr;

	READ_CP15(mpidr, 0, c0, c0, 5);
	return mpidr & 0xffffffu;
}

static struct arm_cpu *this_cpu(void)
{
	return &cpus[quire_cpu_number()];
}

void quire_cpu_traps(quire_trap_fn handler, void *ctx)
{
	unsigned cpu = quire_cpu_number();
	uint32_t sctlr;

	if (cpu >= CPUS)
		quire_cpu_fatal(&(struct quire_trap){.reason = QUIRE_TRAP_OTHER,
						     .pc = (uintptr_t)quire_cpu_traps,
						     .number = cpu});
	cpus[cpu].handler = handler;
	cpus[cpu].ctx = ctx;
	READ_CP15(sctlr, 0, c1, c0, 0);
	WRITE_SCTLR(sctlr & ~(uint32_t)(SCTLR_V | SCTLR_TE));
	WRITE_VBAR((uintptr_t)quire_arm_vectors);
	ISB();
}

/* Fault status, bits 10 and 3 to 0 of DFSR and IFSR (B3.13.3): what is not in here is the bus's. */
static const struct {
	uint8_t status;
	uint8_t cause;
} causes[] = {
	{0x01, QUIRE_CAUSE_ALIGN},   {0x03, QUIRE_CAUSE_MARK},    {0x06, QUIRE_CAUSE_MARK},
	{0x05, QUIRE_CAUSE_MISSING}, {0x07, QUIRE_CAUSE_MISSING}, {0x09, QUIRE_CAUSE_DENIED},
	{0x0b, QUIRE_CAUSE_DENIED},  {0x0d, QUIRE_CAUSE_DENIED},  {0x0f, QUIRE_CAUSE_DENIED},
	{0x04, QUIRE_CAUSE_UNKNOWN}, /* cache maintenance: the cause is elsewhere */
};

static void decode_fault(struct quire_trap *trap, uint32_t far, uint32_t fsr, unsigned access)
{
	uint32_t status = (fsr & 15) | (fsr >> 6 & 16);

	trap->reason = QUIRE_TRAP_FAULT;
	trap->number = status;
	trap->fault.va = far;
	trap->fault.access = (uint8_t)access;
	trap->fault.user = trap->user;
	trap->fault.cause = QUIRE_CAUSE_BUS;
	for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].status == status)
			trap->fault.cause = causes[i].cause;
	}
}

/* Cache maintenance (CM) sets WnR and writes nothing (B4.1.52, DFSR). */
static void decode_data_abort(struct quire_trap *trap)
{
	const uint32_t wnr = 1u << 11, cm = 1u << 13;
	uint32_t far, fsr;

	READ_CP15(far, 0, c6, c0, 0);
	READ_CP15(fsr, 0, c5, c0, 0);
	decode_fault(trap, far, fsr, (fsr & (wnr | cm)) == wnr ? QUIRE_WRITE : QUIRE_READ);
}

static void decode_prefetch_abort(struct quire_trap *trap)
{
	uint32_t far, fsr;

	READ_CP15(far, 0, c6, c0, 2);
	READ_CP15(fsr, 0, c5, c0, 1);
	decode_fault(trap, far, fsr, QUIRE_EXEC);
}

static void decode_trap(struct quire_trap *trap, const struct arm_frame *frame, unsigned vector)
{
	if (vector == ARM_DATA_ABORT || vector == ARM_STACK_ABORT) {
		decode_data_abort(trap);
	} else if (vector == ARM_PREFETCH_ABORT) {
		decode_prefetch_abort(trap);
	} else if (vector == ARM_SUPERVISOR_CALL) {
		trap->reason = QUIRE_TRAP_CALL;
		trap->number = frame->r[7];
		trap->argument = frame->r[0];
	} else if (vector == ARM_INTERRUPT) {
		trap->reason = QUIRE_TRAP_INTERRUPT;
		trap->number = quire_arm_interrupt();
	} else if (vector == ARM_UNDEFINED) { /* what it left is behind the instruction */
		trap->pc -= (frame->cpsr & ARM_T) ? 2 : 4;
	}
}

/* Interrupts come when they will: one that is left can only be user mode's. */
static bool may_leave(const struct arm_visit *visit, const struct quire_trap *trap)
{
	return visit && visit->user == trap->user &&
	       (trap->user || trap->reason != QUIRE_TRAP_INTERRUPT);
}

/* The stack pointer of what was interrupted: the kernel's is where the frame ends, but on the way into
   another abort. */
static uint32_t stack_of(const struct arm_frame *frame, unsigned vector, bool user)
{
	uint32_t stack = 0;

	if (user)
		__asm__ volatile("stmia %0, {sp}^" : : "r"(&stack) : "memory");
	else if (vector != ARM_STACK_ABORT)
		stack = (uintptr_t)(frame + 1);
	return stack;
}

/* A call gets its argument back as its result. */
uint32_t quire_arm_trap(struct arm_frame *frame, unsigned vector)
{
	struct arm_cpu *cpu = this_cpu();
	struct arm_visit *visit = cpu->visit;
	struct quire_trap trap = {
		.reason = QUIRE_TRAP_OTHER,
		.user = (frame->cpsr & ARM_MODE) == ARM_USR,
		.pc = frame->pc,
		.number = vector,
	};

	trap.stack = stack_of(frame, vector, trap.user);
	decode_trap(&trap, frame, vector);
	if (vector == ARM_STACK_ABORT && cpu->handler)
		cpu->handler(cpu->ctx, &trap); /* it may say more: there is no going on */
	if (vector == ARM_STACK_ABORT || !cpu->handler)
		quire_cpu_fatal(&trap);
	cpu->visit = NULL; /* what the handler does wrong is its own */
	if (cpu->handler(cpu->ctx, &trap) == QUIRE_TRAP_RESUME) {
		cpu->visit = visit;
		if (trap.reason == QUIRE_TRAP_CALL)
			frame->r[0] = (uint32_t)trap.argument;
		return 0;
	}
	if (!may_leave(visit, &trap))
		quire_cpu_fatal(&trap);
	*visit->trap = trap;
	cpu->visit = visit->before;
	return visit->stack;
}

/* -- probes and user mode -- */

int quire_cpu_probe(quire_va va, unsigned access, unsigned bytes, uint64_t *value,
		    struct quire_trap *trap)
{
	struct arm_cpu *cpu = this_cpu();
	struct quire_trap unwanted;
	struct arm_visit visit = {.trap = trap ? trap : &unwanted, .before = cpu->visit};
	uint32_t word = 0, how = bytes;

	if (access == QUIRE_EXEC)
		how = 16;
	else if ((access != QUIRE_READ && access != QUIRE_WRITE) ||
		 (bytes != 1 && bytes != 2 && bytes != 4))
		return QUIRE_EFLAG;
	if (access == QUIRE_WRITE) {
		how |= 8;
		word = (uint32_t)*value;
	}
	cpu->visit = &visit;
	if (quire_arm_touch(&visit.stack, (uint32_t)va, how, &word))
		return QUIRE_EPORT;
	cpu->visit = visit.before;
	if (access != QUIRE_WRITE)
		*value = word;
	return 0;
}

void quire_cpu_user(quire_va pc, quire_va stack, uint64_t argument, struct quire_trap *trap)
{
	struct arm_cpu *cpu = this_cpu();
	struct arm_visit visit = {.user = true, .trap = trap, .before = cpu->visit};

	cpu->visit = &visit;
	quire_arm_user(&visit.stack, (uint32_t)pc, (uint32_t)stack, (uint32_t)argument);
}

/* -- interrupts -- */

bool quire_cpu_interrupts(bool on)
{
	uint32_t cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr) : : "memory");
	if (on)
		__asm__ volatile("cpsie i" : : : "memory");
	else
		__asm__ volatile("cpsid i" : : : "memory");
	return (cpsr & ARM_I) == 0;
}
