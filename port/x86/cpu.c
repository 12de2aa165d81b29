/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64: what its instructions do for the MMU, and its traps.
 *
 * Flushing.  INVLPG forgets one page of the current PCID, that page where it is global, and all that is
 * known of tables (SDM volume 3A, 4.10.4.1); so without PCIDs it is all there is to do page by page.
 * With them, what belongs to another is forgotten by INVPCID.  A processor that has PCIDs and no INVPCID
 * forgets everything instead: to load the other PCID for a moment, as the manual allows, would have the
 * processor note pages of this space under it.  Everything, global pages too, is forgotten when CR4.PGE
 * changes.  What is to be done depends on the PCID that is loaded: an interrupt in between might load
 * another, so a flush lets none through.
 *
 * Stores are seen by other processors, and by the walks of the MMU, in the order of the program, and
 * INVLPG and loading CR3 wait for them: to publish is a matter of the compiler alone.
 *
 * Traps.  Each CPU has its own table of segments (for the task segment, which says where the stack for
 * traps from user mode is) and a stack of last resort: a trap on a stack that has run into its guard
 * cannot be pushed there, and becomes a double fault.  All CPUs have the same gates.
 */
#include "quire/port/cpu.h"
#include "quire/error.h"
#include "quire/port/x86.h"

#include "frame.h"

enum {
	MSR_PAT = 0x277,
	MSR_EFER = 0xc0000080,
	EFER_NXE = 0x800,
	CR0_WP = 0x10000,
	CR4_PGE = 0x80,
	CR4_PCIDE = 0x20000,
	CR4_SMEP = 0x100000,
	PCID_MASK = 0xfff,
	PCID_BITS = 12,
};

#define CR3_KEEP (UINT64_C(1) << 63) /* with PCIDs: forget nothing */

/* -- instructions -- */

#define CONTROL_REGISTER(number)                                                                   \
	static uint64_t cr##number(void)                                                           \
	{                                                                                          \
		uint64_t value;                                                                    \
                                                                                                   \
		__asm__ volatile("mov %%cr" #number ", %0" : "=r"(value)::"memory");               \
		return value;                                                                      \
	}
#define CONTROL_REGISTER_SET(number)                                                               \
	static void cr##number##_set(uint64_t value)                                               \
	{                                                                                          \
		__asm__ volatile("mov %0, %%cr" #number ::"r"(value) : "memory");                  \
	}

CONTROL_REGISTER(0)
CONTROL_REGISTER(2)
CONTROL_REGISTER(3)
CONTROL_REGISTER(4)
CONTROL_REGISTER_SET(0)
CONTROL_REGISTER_SET(3)
CONTROL_REGISTER_SET(4)

static uint64_t msr(uint32_t number)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
	return (uint64_t)high << 32 | low;
}

static void msr_set(uint32_t number, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

struct cpuid {
	uint32_t a, b, c, d;
};

static struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid out;

	__asm__ volatile("cpuid"
			 : "=a"(out.a), "=b"(out.b), "=c"(out.c), "=d"(out.d)
			 : "a"(leaf), "c"(0));
	return out;
}

/* All zero if there is no such leaf. */
static struct cpuid features(uint32_t leaf)
{
	struct cpuid none = {0, 0, 0, 0};

	return cpuid(leaf & 0x80000000).a >= leaf ? cpuid(leaf) : none;
}

static bool has_pcid(void)
{
	return features(1).c >> 17 & 1;
}

static bool has_invpcid(void)
{
	return features(7).b >> 10 & 1;
}

static bool has_smep(void)
{
	return features(7).b >> 7 & 1;
}

bool quire_x86_has_1g_pages(void)
{
	return features(0x80000001).d >> 26 & 1;
}

unsigned quire_cpu_number(void)
{
	return cpuid(1).b >> 24;
}

bool quire_cpu_interrupts(bool on)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	if (on)
		__asm__ volatile("sti" ::: "memory");
	else
		__asm__ volatile("cli" ::: "memory");
	return flags >> 9 & 1;
}

/* -- translations -- */

enum invpcid_type { INVPCID_PAGE = 0, INVPCID_PCID = 1 };

static void invpcid(enum invpcid_type type, uint64_t pcid, quire_va va)
{
	const uint64_t operand[2] = {pcid, va};

	__asm__ volatile("invpcid %1, %0" ::"r"((uint64_t)type), "m"(operand) : "memory");
}

static void invlpg(quire_va va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static void publish(void)
{
	__asm__ volatile("" ::: "memory");
}

static bool uses_pcids(void)
{
	return (cr4() & CR4_PCIDE) != 0;
}

/* Whether this is all that INVLPG and CR3 reach. */
static bool is_current(uint32_t asid)
{
	return asid == (cr3() & PCID_MASK);
}

static void flush_all(void)
{
	uint64_t value = cr4();

	cr4_set(value ^ CR4_PGE);
	cr4_set(value);
}

static void forget_asid(uint32_t asid)
{
	bool pcids = uses_pcids();

	if (asid == QUIRE_ASID_ALL || (pcids && !is_current(asid) && !has_invpcid()))
		flush_all();
	else if (pcids && !is_current(asid))
		invpcid(INVPCID_PCID, asid, 0);
	else
		cr3_set(cr3());
}

/*
 * What belongs to other PCIDs.  INVPCID for one address is not said to forget all that is known of
 * tables, as INVLPG is.
 */
static void forget_pages_elsewhere(quire_va va, quire_size size, unsigned shift, uint32_t asid,
				   bool tables)
{
	if (tables || !has_invpcid()) {
		forget_asid(asid);
		return;
	}
	for (quire_size at = 0; at < size; at += (quire_size)1 << shift)
		invpcid(INVPCID_PAGE, asid, va + at);
}

/* Under PCIDs, INVLPG reaches global pages whoever noted them, and tables that this one knows. */
static void forget_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	bool pcids = uses_pcids();

	if (pcids && tables && asid == QUIRE_ASID_ALL) {
		flush_all();
		return;
	}
	for (quire_size at = 0; at < size; at += (quire_size)1 << shift)
		invlpg(va + at);
	if (pcids && asid != QUIRE_ASID_ALL && !is_current(asid))
		forget_pages_elsewhere(va, size, shift, asid, tables);
}

static void flush_asid(uint32_t asid)
{
	bool before = quire_cpu_interrupts(false);

	forget_asid(asid);
	quire_cpu_interrupts(before);
}

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	bool before = quire_cpu_interrupts(false);

	forget_pages(va, size, shift, asid, tables);
	quire_cpu_interrupts(before);
}

static void load(quire_pa root, uint32_t asid)
{
	cr3_set(uses_pcids() ? root | (asid & PCID_MASK) | CR3_KEEP : root);
}

const struct quire_cpu_ops quire_cpu = {
	.name = "x86-64",
	.publish = publish,
	.flush_pages = flush_pages,
	.flush_asid = flush_asid,
	.load = load,
	.sync = NULL,
	.broadcasts = false,
	.flush_most = 32,
	.asid_bits = PCID_BITS,
};

unsigned quire_cpu_asid_bits(void)
{
	return has_pcid() ? PCID_BITS : 0;
}

/*
 * XD must be a bit before the tables are loaded that use it.  Entries before now used the numbers of the
 * page attribute table that stay as they were, so that changing it takes a flush and no more than that
 * (SDM 12.12.4 is about numbers in use).  CR4.PCIDE can only be set under PCID 0 (SDM 4.10.1).
 */
void quire_cpu_mmu_on(const struct quire_mmu *mmu, quire_pa root, uint32_t asid)
{
	bool smep = has_smep() && !(mmu->flags & QUIRE_MMU_KERNEL_RUNS_USER);

	msr_set(MSR_PAT, QUIRE_X86_PAT);
	msr_set(MSR_EFER, msr(MSR_EFER) | EFER_NXE);
	cr0_set(cr0() | CR0_WP);
	cr3_set(root);
	cr4_set(cr4() | CR4_PGE | (has_pcid() ? CR4_PCIDE : 0) | (smep ? CR4_SMEP : 0));
	load(root, asid);
	flush_all();
}

/* -- traps -- */

enum {
	DOUBLE_FAULT = 8,
	STACK_FAULT = 12,
	PROTECTION_FAULT = 13,
	PAGE_FAULT = 14,
	INTERRUPTS = 32, /* from here on */
	CALL = 0x80,     /* the gate for user mode */
};

/* Bits of a page fault's code (SDM 4.7). */
enum { FAULT_PRESENT = 0x01, FAULT_WRITE = 0x02, FAULT_RESERVED = 0x08, FAULT_FETCH = 0x10 };

enum { LAST_RESORT = 4096, SEGMENTS = 7 };

/* A task segment: all that is left of tasks is stacks. */
struct task {
	uint32_t reserved;
	uint64_t stack[3]; /* by privilege level */
	uint64_t reserved1;
	uint64_t special[7]; /* stacks of gates that ask for one */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t ports; /* no map of ports: user mode may use none */
} __attribute__((packed));

/* A probe. */
struct touch {
	quire_va va;
	unsigned access;
	unsigned bytes;
	uint64_t *value;
};

/* Something that a trap can leave: a probe (`touch`) or user mode. */
struct escape {
	struct escape *outer;
	const struct touch *touch;
	uint64_t stack;
	struct quire_trap trap;
};

static struct x86_cpu {
	uint64_t segment[SEGMENTS];
	struct task task;
	quire_trap_fn handler;
	void *ctx;
	struct escape *escape;
	uint8_t last_resort[LAST_RESORT] __attribute__((aligned(16)));
} cpus[QUIRE_X86_CPUS];

struct gate {
	uint64_t low, high;
};

static struct gate gates[256];

static struct x86_cpu *this_cpu(void)
{
	return &cpus[quire_cpu_number()];
}

static bool is_canonical(quire_va va)
{
	return va < QUIRE_X86_UPPER_FROM || va >= QUIRE_X86_UPPER_FROM + QUIRE_X86_UPPER_ADD;
}

/* The processor's account of a page fault. */
static void page_fault(const struct x86_frame *frame, quire_va va, struct quire_trap *trap)
{
	uint64_t code = frame->code;

	trap->reason = QUIRE_TRAP_FAULT;
	trap->fault.va = va;
	trap->fault.user = trap->user;
	trap->fault.access = (code & FAULT_FETCH)   ? QUIRE_EXEC
			     : (code & FAULT_WRITE) ? QUIRE_WRITE
						    : QUIRE_READ;
	trap->fault.cause = (code & FAULT_RESERVED)  ? QUIRE_CAUSE_UNKNOWN
			    : (code & FAULT_PRESENT) ? QUIRE_CAUSE_DENIED
						     : QUIRE_CAUSE_MISSING;
}

static void missing(quire_va va, unsigned access, struct quire_trap *trap)
{
	trap->reason = QUIRE_TRAP_FAULT;
	trap->fault.va = va;
	trap->fault.user = trap->user;
	trap->fault.access = (uint8_t)access;
	trap->fault.cause = QUIRE_CAUSE_MISSING;
}

/*
 * An address that is not canonical gives no page fault and is not told; it is known if code was to
 * run there, or if a probe touched it.
 */
static void protection_fault(const struct x86_frame *frame, const struct touch *touch,
			     struct quire_trap *trap)
{
	if (!is_canonical(frame->rip))
		missing(frame->rip, QUIRE_EXEC, trap);
	else if (touch && !is_canonical(touch->va))
		missing(touch->va, touch->access, trap);
	else if (touch && touch->access != QUIRE_EXEC &&
		 !is_canonical(touch->va + touch->bytes - 1))
		missing(QUIRE_X86_UPPER_FROM, touch->access, trap);
}

/* A trap could not be pushed: if that is because the stack has ended, say so. */
static void double_fault(const struct x86_frame *frame, quire_va va, struct quire_trap *trap)
{
	if (frame->rsp - va <= 64)
		missing(va, QUIRE_WRITE, trap);
}

/* What a trap is.  `touch` is the probe that is under way, or NULL. */
static void describe(const struct x86_frame *frame, const struct touch *touch,
		     struct quire_trap *trap)
{
	quire_va va = cr2();

	trap->reason = frame->vector == CALL         ? QUIRE_TRAP_CALL
		       : frame->vector >= INTERRUPTS ? QUIRE_TRAP_INTERRUPT
						     : QUIRE_TRAP_OTHER;
	trap->number = frame->vector == CALL ? frame->rax : frame->vector;
	trap->argument = frame->vector == CALL ? frame->rdi : frame->code;
	if (frame->vector == PAGE_FAULT)
		page_fault(frame, va, trap);
	else if (frame->vector == PROTECTION_FAULT || frame->vector == STACK_FAULT)
		protection_fault(frame, touch, trap);
	else if (frame->vector == DOUBLE_FAULT)
		double_fault(frame, va, trap);
}

/* To whoever can be left. */
static uint64_t leave(struct escape *escape, const struct quire_trap *trap)
{
	if (escape) {
		escape->trap = *trap;
		return escape->stack;
	}
	quire_cpu_fatal(trap);
}

/* Inside of the handler there is nothing to leave, unless it probes something itself; and it may have
   run user code of other threads, whose traps had another stack than those of what goes on now. */
uint64_t quire_x86_trap(struct x86_frame *frame)
{
	struct x86_cpu *cpu = this_cpu();
	struct escape *before = cpu->escape, *escape = before;
	struct quire_trap trap = {
		.user = (frame->cs & 3) != 0, .pc = frame->rip, .stack = frame->rsp};
	enum quire_trap_verdict verdict;

	if (escape && (escape->touch == NULL) != trap.user)
		escape = NULL; /* it is not what that is for that was interrupted */
	describe(frame, escape ? escape->touch : NULL, &trap);
	cpu->escape = NULL;
	verdict = cpu->handler(cpu->ctx, &trap);
	cpu->escape = before;
	if (trap.user)
		cpu->task.stack[0] = (uintptr_t)(frame + 1);
	if (verdict == QUIRE_TRAP_RESUME && frame->vector == CALL)
		frame->rax = trap.argument;
	if (verdict == QUIRE_TRAP_RESUME && frame->vector != DOUBLE_FAULT)
		return 0;
	return leave(escape, &trap);
}

/* -- probes and user mode -- */

static void touch_code(const struct touch *touch)
{
	uint64_t (*code)(void) = (uint64_t(*)(void))(uintptr_t)touch->va;

	*touch->value = code();
}

static void touch_read(const struct touch *touch)
{
	uintptr_t va = (uintptr_t)touch->va;

	if (touch->bytes == 1)
		*touch->value = *(const volatile uint8_t *)va;
	else if (touch->bytes == 2)
		*touch->value = *(const volatile uint16_t *)va;
	else if (touch->bytes == 4)
		*touch->value = *(const volatile uint32_t *)va;
	else
		*touch->value = *(const volatile uint64_t *)va;
}

static void touch_write(const struct touch *touch)
{
	uintptr_t va = (uintptr_t)touch->va;

	if (touch->bytes == 1)
		*(volatile uint8_t *)va = (uint8_t)*touch->value;
	else if (touch->bytes == 2)
		*(volatile uint16_t *)va = (uint16_t)*touch->value;
	else if (touch->bytes == 4)
		*(volatile uint32_t *)va = (uint32_t)*touch->value;
	else
		*(volatile uint64_t *)va = *touch->value;
}

static void touch(void *argument)
{
	const struct touch *what = argument;

	if (what->access == QUIRE_EXEC)
		touch_code(what);
	else if (what->access == QUIRE_READ)
		touch_read(what);
	else
		touch_write(what);
}

int quire_cpu_probe(quire_va va, unsigned access, unsigned bytes, uint64_t *value,
		    struct quire_trap *trap)
{
	struct x86_cpu *cpu = this_cpu();
	struct touch what = {va, access, bytes, value};
	struct escape escape = {.outer = cpu->escape, .touch = &what};
	int left;

	if (access != QUIRE_EXEC && ((access != QUIRE_READ && access != QUIRE_WRITE) ||
				     bytes == 0 || bytes > 8 || (bytes & (bytes - 1)) != 0))
		return QUIRE_EFLAG;
	cpu->escape = &escape;
	left = quire_x86_call(&escape.stack, touch, &what);
	cpu->escape = escape.outer;
	if (left && trap)
		*trap = escape.trap;
	return left ? QUIRE_EPORT : QUIRE_OK;
}

void quire_cpu_user(quire_va pc, quire_va stack, uint64_t argument, struct quire_trap *trap)
{
	struct x86_cpu *cpu = this_cpu();
	struct escape escape = {.outer = cpu->escape};
	uint64_t outer_stack = cpu->task.stack[0];

	cpu->escape = &escape;
	quire_x86_user(&escape.stack, &cpu->task, pc, stack, argument);
	cpu->escape = escape.outer;
	cpu->task.stack[0] = outer_stack;
	*trap = escape.trap;
}

/* -- taking traps -- */

/* An interrupt gate; `special` is the stack that it asks for (SDM 6.14.1). */
static struct gate gate_to(uint64_t code, unsigned special, unsigned privilege)
{
	return (struct gate){(code & 0xffff) | X86_KERNEL_CODE << 16 | (uint64_t)special << 32 |
				     UINT64_C(0x8e) << 40 | (uint64_t)privilege << 45 |
				     (code >> 16 & 0xffff) << 48,
			     code >> 32};
}

static void gates_fill(void)
{
	for (unsigned i = 0; i < 256; i++)
		gates[i] = gate_to((uintptr_t)quire_x86_stubs + 16 * i, i == DOUBLE_FAULT,
				   i == CALL ? 3 : 0);
}

/* Flat segments of 64 bits (SDM 3.4.5), and the task segment (7.2.3). */
static void segments_fill(struct x86_cpu *cpu)
{
	uint64_t task = (uintptr_t)&cpu->task;

	cpu->segment[X86_KERNEL_CODE / 8] = UINT64_C(0x00af9b000000ffff);
	cpu->segment[X86_KERNEL_DATA / 8] = UINT64_C(0x00cf93000000ffff);
	cpu->segment[X86_USER_DATA / 8] = UINT64_C(0x00cff3000000ffff);
	cpu->segment[X86_USER_CODE / 8] = UINT64_C(0x00affb000000ffff);
	cpu->segment[X86_TASK / 8] = (sizeof(cpu->task) - 1) | (task & 0xffffff) << 16 |
				     UINT64_C(0x89) << 40 | (task >> 24 & 0xff) << 56;
	cpu->segment[X86_TASK / 8 + 1] = task >> 32;
	cpu->task.special[0] = (uintptr_t)(cpu->last_resort + LAST_RESORT);
	cpu->task.ports = sizeof(cpu->task);
}

void quire_cpu_traps(quire_trap_fn handler, void *ctx)
{
	const struct quire_trap too_many = {.reason = QUIRE_TRAP_OTHER};
	struct x86_descriptor_table segments = {8 * SEGMENTS - 1, 0};
	const struct x86_descriptor_table all_gates = {sizeof(gates) - 1, (uintptr_t)gates};
	struct x86_cpu *cpu;

	if (quire_cpu_number() >= QUIRE_X86_CPUS)
		quire_cpu_fatal(&too_many);
	cpu = this_cpu();
	cpu->handler = handler;
	cpu->ctx = ctx;
	gates_fill();
	segments_fill(cpu);
	segments.base = (uintptr_t)cpu->segment;
	quire_x86_segments(&segments, &all_gates);
}
