/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64, as a processor: everything of cpu.h, for code at EL1 and users at EL0.
 *
 * The order of things is the architecture's (Arm ARM, D8.14 TLB maintenance, K11.5):
 *
 *   entry written   DSB ISHST; ISB          walks see it, and nothing runs ahead of that
 *   flush           TLBI ... IS; DSB ISH; ISB      forgotten everywhere, and waited for
 *   root loaded     MSR TTBR0_EL1; ISB      root and ASID in one write
 *
 * TLBI ...IS reaches every CPU of the inner shareable domain, so nobody has to be interrupted.
 * An entry that was invalid is in no TLB, and one without AF neither: making it valid, or setting AF,
 * flushes nothing.
 *
 * The ASID is TTBR0's (TCR_EL1.A1 = 0).  TTBR1, where there is an upper half, is set once: what stands
 * there belongs to everybody.
 */
#include "quire/port/cpu.h"
#include "quire/port/aarch64.h"

#include "private.h"

/* cpu.S */
extern char quire_a64_vectors[];
extern char quire_a64_spare[];
bool quire_a64_try(void (*function)(void *), void *argument, uintptr_t *slot);
void quire_a64_user(quire_va pc, quire_va stack, uint64_t argument, uintptr_t *slot);
_Noreturn void quire_a64_leave(uintptr_t slot);
void quire_a64_exchange(uint64_t mair, uint64_t tcr, uint64_t ttbr0, uint64_t ttbr1,
			uint64_t sctlr);

#define READ_REGISTER(name)                                                                        \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " name : "=r"(value_));                                  \
		value_;                                                                            \
	})
#define WRITE_REGISTER(name, value)                                                                \
	__asm__ volatile("msr " name ", %0; isb" : : "r"((uint64_t)(value)) : "memory")

/* A field of four bits of an ID register. */
static unsigned field(uint64_t id, unsigned shift)
{
	return (unsigned)(id >> shift) & 15u;
}

/* -- tables and translations -- */

static void publish(void)
{
	__asm__ volatile("dsb ishst; isb" : : : "memory");
}

static void flush_end(void)
{
	__asm__ volatile("dsb ish; isb" : : : "memory");
}

/* TLBI's argument: ASID in bits 63..48, bits 55..12 of the address below. */
#define TLBI_EACH(operation, va, end, step, asid)                                                  \
	for (; (va) != (end); (va) += (step))                                                      \
	__asm__ volatile("tlbi " operation ", %0" : : "r"((va) << 8 >> 20 | (asid)) : "memory")

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	quire_va end = va + size, step = (quire_va)1 << shift;
	uint64_t owner = (uint64_t)asid << 48;

	if (asid == QUIRE_ASID_ALL && tables)
		TLBI_EACH("vaae1is", va, end, step, 0);
	else if (asid == QUIRE_ASID_ALL)
		TLBI_EACH("vaale1is", va, end, step, 0);
	else if (tables)
		TLBI_EACH("vae1is", va, end, step, owner);
	else
		TLBI_EACH("vale1is", va, end, step, owner);
	flush_end();
}

static void flush_asid(uint32_t asid)
{
	if (asid == QUIRE_ASID_ALL)
		__asm__ volatile("tlbi vmalle1is" : : : "memory");
	else
		__asm__ volatile("tlbi aside1is, %0" : : "r"((uint64_t)asid << 48) : "memory");
	flush_end();
}

static void load(quire_pa root, uint32_t asid)
{
	WRITE_REGISTER("ttbr0_el1", root | (uint64_t)asid << 48);
}

/* -- caches -- */

/* CTR_EL0: log2 of the smallest line's words, for data at bit 16, for instructions at bit 0. */
static uint64_t line_bytes(unsigned shift)
{
	return (uint64_t)4 << field(READ_REGISTER("ctr_el0"), shift);
}

/* Whether EL1 may write there now: a question to the MMU, whose answer an interrupt might spoil. */
static bool writable(quire_va va)
{
	bool were = quire_cpu_interrupts(false), yes;

	__asm__ volatile("at s1e1w, %0; isb" : : "r"(va) : "memory");
	yes = !(READ_REGISTER("par_el1") & 1);
	quire_cpu_interrupts(were);
	return yes;
}

/*
 * Forget lines.  Those at the ends may hold bytes beside the range, which are written back.  DC IVAC
 * faults where nothing may be written; what is there is not dirty, and CIVAC forgets it as well.
 */
static void data_forget(quire_va va, quire_va end)
{
	const uint64_t bytes = line_bytes(16), smallest_page = 4096;
	bool drop = false;

	for (quire_va line = va & ~(bytes - 1); line < end; line += bytes) {
		if (line <= va || line % smallest_page == 0)
			drop = writable(line);
		if (!drop || line < va || end - line < bytes)
			__asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
		else
			__asm__ volatile("dc ivac, %0" : : "r"(line) : "memory");
	}
}

static void data_write_back(quire_va va, quire_va end, bool forget)
{
	uint64_t bytes = line_bytes(16);

	for (quire_va line = va & ~(bytes - 1); line < end; line += bytes) {
		if (forget)
			__asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
		else
			__asm__ volatile("dc cvac, %0" : : "r"(line) : "memory");
	}
}

/* CTR_EL0.DIC: instruction caches see what is written. */
static void code_forget(quire_va va, quire_va end)
{
	uint64_t bytes = line_bytes(0);

	if (READ_REGISTER("ctr_el0") >> 29 & 1)
		return;
	for (quire_va line = va & ~(bytes - 1); line < end; line += bytes)
		__asm__ volatile("ic ivau, %0" : : "r"(line) : "memory");
}

/*
 * To the point of coherency, where devices read and write.  Forgetting includes instructions, so that
 * both together is what newly written code needs.
 */
static void sync(quire_va va, quire_size size, unsigned how)
{
	if (how & QUIRE_SYNC_WRITE_BACK)
		data_write_back(va, va + size, (how & QUIRE_SYNC_INVALIDATE) != 0);
	else
		data_forget(va, va + size);
	__asm__ volatile("dsb ish" : : : "memory");
	if (how & QUIRE_SYNC_INVALIDATE)
		code_forget(va, va + size);
	flush_end();
}

const struct quire_cpu_ops quire_cpu = {
	.name = "aarch64",
	.publish = publish,
	.flush_pages = flush_pages,
	.flush_asid = flush_asid,
	.load = load,
	.sync = sync,
	.broadcasts = true,
	.flush_most = 64,
	.asid_bits = 16,
};

/* -- turning the MMU on -- */

/* TCR_EL1, SCTLR_EL1: Arm ARM, D17.2.131 and D17.2.118. */
#define TCR_WALKS    ((uint64_t)1 << 8 | 1 << 10 | 3 << 12) /* write-back, inner shareable */
#define TCR_EPD1     ((uint64_t)1 << 23)
#define TCR_IPS      32
#define TCR_AS16     ((uint64_t)1 << 36)
#define TCR_HA       ((uint64_t)1 << 39)
#define TCR_HD       ((uint64_t)1 << 40)
#define SCTLR_RES1   0x30d00800u /* what is 1 where nothing newer is asked for; SPAN among it */
#define SCTLR_MMU_ON 0x1005u     /* I, C, M */

unsigned quire_cpu_asid_bits(void)
{
	return field(READ_REGISTER("id_aa64mmfr0_el1"), 4) == 2 ? 16 : 8;
}

unsigned quire_a64_marks(void)
{
	unsigned have = field(READ_REGISTER("id_aa64mmfr1_el1"), 0);

	return (have >= 1 ? QUIRE_ACCESSED : 0u) | (have >= 2 ? QUIRE_DIRTY : 0u);
}

static unsigned page_shift(const struct quire_mmu *mmu)
{
	return mmu->level[quire_mmu_last_level(mmu)].shift;
}

bool quire_a64_has_pages(const struct quire_mmu *mmu)
{
	uint64_t id = READ_REGISTER("id_aa64mmfr0_el1");

	switch (page_shift(mmu)) {
	case 12:
		return field(id, 28) != 15;
	case 14:
		return field(id, 20) != 0;
	default:
		return field(id, 24) != 15;
	}
}

static bool in_upper_half(void)
{
	return (uintptr_t)quire_a64_vectors >> 63;
}

/* How many bits of addresses each half translates. */
static unsigned half_bits(const struct quire_mmu *mmu)
{
	return mmu->level[0].shift + mmu->level[0].bits - (in_upper_half() ? 1u : 0u);
}

/* Both halves alike; TG0 and TG1 write the same size differently. */
static uint64_t tcr_for(const struct quire_mmu *mmu)
{
	static const uint8_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3}; /* 4, 16, 64 KiB */
	unsigned granule = (page_shift(mmu) - 12u) / 2, marks = quire_a64_marks();
	unsigned range = field(READ_REGISTER("id_aa64mmfr0_el1"), 0);
	uint64_t half = TCR_WALKS | (64u - half_bits(mmu));

	return half | half << 16 | (uint64_t)tg0[granule] << 14 | (uint64_t)tg1[granule] << 30 |
	       (in_upper_half() ? 0 : TCR_EPD1) |
	       (uint64_t)(range < 5 ? range : 5u) << TCR_IPS | /* 5: 48 bits */
	       (quire_cpu_asid_bits() == 16 ? TCR_AS16 : 0) |
	       ((marks & QUIRE_ACCESSED) ? TCR_HA : 0) | ((marks & QUIRE_DIRTY) ? TCR_HD : 0);
}

void quire_cpu_mmu_on(const struct quire_mmu *mmu, quire_pa root, uint32_t asid)
{
	quire_pa upper = root + (in_upper_half() ? (quire_pa)4 << mmu->level[0].bits : 0);

	if (!quire_a64_has_pages(mmu) || half_bits(mmu) <= mmu->level[0].shift)
		quire_cpu_fatal(&(struct quire_trap){.reason = QUIRE_TRAP_OTHER,
						     .pc = (uintptr_t)quire_cpu_mmu_on});
	quire_a64_exchange(QUIRE_A64_MAIR, tcr_for(mmu), root | (uint64_t)asid << 48, upper,
			   SCTLR_RES1 | SCTLR_MMU_ON);
}

/* -- traps -- */

/* What a CPU was in the middle of: where to go when a trap leaves it, and whom to tell why. */
struct landing {
	uintptr_t slot; /* 0: nothing to leave */
	struct quire_trap *trap;
};

static struct {
	quire_trap_fn handler;
	void *ctx;
	struct landing probe, user;
} cpus[QUIRE_A64_CPUS];

/* What the vectors save. */
struct frame {
	uint64_t x[31], sp_el0, elr, spsr, sp;
};

/* For traps of a kernel whose own stack cannot be written. */
char quire_a64_spare[QUIRE_A64_CPUS << SPARE_SHIFT] __attribute__((aligned(16)));

/* Affinity fields 0 to 2: of another cluster it is a number beyond QUIRE_A64_CPUS. */
unsigned quire_cpu_number(void)
{
	return (unsigned)READ_REGISTER("mpidr_el1") & 0xffffffu;
}

bool quire_cpu_interrupts(bool on)
{
	bool were = !(READ_REGISTER("daif") & 0x80);

	if (on)
		__asm__ volatile("msr daifclr, #2" : : : "memory");
	else
		__asm__ volatile("msr daifset, #2" : : : "memory");
	return were;
}

void quire_cpu_traps(quire_trap_fn handler, void *ctx)
{
	unsigned cpu = quire_cpu_number();

	if (cpu >= QUIRE_A64_CPUS)
		quire_cpu_fatal(&(struct quire_trap){.reason = QUIRE_TRAP_OTHER,
						     .pc = (uintptr_t)quire_cpu_traps,
						     .number = cpu});
	cpus[cpu].handler = handler;
	cpus[cpu].ctx = ctx;
	WRITE_REGISTER("vbar_el1", (uintptr_t)quire_a64_vectors);
}

/* ESR_EL1: Arm ARM, D17.2.37.  The class is in bits 31..26, a fault's status in bits 5..0. */
enum {
	CLASS_SVC = 0x15,
	CLASS_FETCH_USER = 0x20,
	CLASS_FETCH = 0x21,
	CLASS_PC_ALIGN = 0x22,
	CLASS_DATA_USER = 0x24,
	CLASS_DATA = 0x25,
};
#define ESR_WRITE 0x040u /* WnR */
#define ESR_CACHE 0x100u /* CM: cache maintenance, which sets WnR and writes nothing */

/* The last two bits of most codes are the level; a TLB conflict (0x30) is nobody's fault but the
   tables', and no fault to be resolved. */
static int cause_of(unsigned status)
{
	switch (status & 0x3cu) {
	case 0x04:
		return QUIRE_CAUSE_MISSING;
	case 0x08:
		return QUIRE_CAUSE_MARK;
	case 0x0c:
		return QUIRE_CAUSE_DENIED;
	case 0x20:
		return QUIRE_CAUSE_ALIGN;
	case 0x30:
		return -1;
	default: /* address too large for the machine, external abort, parity */
		return QUIRE_CAUSE_BUS;
	}
}

static void describe_fault(struct quire_trap *trap, unsigned class, uint64_t esr)
{
	bool fetch = class == CLASS_FETCH_USER || class == CLASS_FETCH || class == CLASS_PC_ALIGN;
	bool write = (esr & ESR_WRITE) && !(esr & ESR_CACHE);
	int cause = class == CLASS_PC_ALIGN ? QUIRE_CAUSE_ALIGN : cause_of(esr & 0x3fu);

	if (cause < 0)
		return;
	trap->reason = QUIRE_TRAP_FAULT;
	trap->fault = (struct quire_fault_raw){
		.va = READ_REGISTER("far_el1"),
		.access = fetch   ? QUIRE_EXEC
			  : write ? QUIRE_WRITE
				  : QUIRE_READ,
		.cause = (uint8_t)cause,
		.user = trap->user,
	};
}

static void describe(struct quire_trap *trap, unsigned vector, const struct frame *frame)
{
	uint64_t esr = READ_REGISTER("esr_el1");
	unsigned class = (unsigned)(esr >> 26) & 63u;

	*trap = (struct quire_trap){.reason = QUIRE_TRAP_OTHER,
				    .user = vector >= 8,
				    .pc = frame->elr,
				    .stack = vector >= 8 ? frame->sp_el0 : frame->sp,
				    .number = esr};
	if (vector % 4 == 1 || vector % 4 == 2) {
		trap->reason = QUIRE_TRAP_INTERRUPT;
		trap->number = quire_a64_interrupt();
	} else if (vector % 4 == 0 && class == CLASS_SVC) {
		trap->reason = QUIRE_TRAP_CALL;
		trap->number = frame->x[8];
		trap->argument = frame->x[0];
	} else if (vector % 4 == 0 &&
		   (class == CLASS_PC_ALIGN || (class & ~5u) == CLASS_FETCH_USER)) {
		describe_fault(trap, class, esr);
	}
}

/* The handler's verdict.  Inside of it there is nothing to leave, unless it probes something itself:
   a fault of its own must not end the probe that it was called in. */
static enum quire_trap_verdict ask(unsigned cpu, struct quire_trap *trap)
{
	const struct landing probe = cpus[cpu].probe, user = cpus[cpu].user;
	enum quire_trap_verdict verdict;

	cpus[cpu].probe.slot = 0;
	cpus[cpu].user.slot = 0;
	verdict = cpus[cpu].handler(cpus[cpu].ctx, trap);
	cpus[cpu].probe = probe;
	cpus[cpu].user = user;
	return verdict;
}

/* Called by the vectors.  A handler that returns RESUME has the interrupted go on; a call gets its
   argument back as its result. */
void quire_a64_trap(unsigned vector, struct frame *frame);
void quire_a64_trap(unsigned vector, struct frame *frame)
{
	unsigned cpu = quire_cpu_number();
	struct landing *landing = vector >= 8 ? &cpus[cpu].user : &cpus[cpu].probe;
	struct quire_trap trap;

	describe(&trap, vector, frame);
	if (ask(cpu, &trap) == QUIRE_TRAP_RESUME) {
		if (trap.reason == QUIRE_TRAP_CALL)
			frame->x[0] = trap.argument;
		return;
	}
	if (landing->slot == 0)
		quire_cpu_fatal(&trap);
	*landing->trap = trap;
	quire_a64_leave(landing->slot);
}

/* -- probes and users -- */

/* One access, tried. */
struct touch {
	quire_va va;
	unsigned access, bytes;
	uint64_t value;
};

static uint64_t touch_read(quire_va va, unsigned bytes)
{
	switch (bytes) {
	case 1:
		return *(const volatile uint8_t *)va;
	case 2:
		return *(const volatile uint16_t *)va;
	case 4:
		return *(const volatile uint32_t *)va;
	default:
		return *(const volatile uint64_t *)va;
	}
}

static void touch_write(quire_va va, unsigned bytes, uint64_t value)
{
	switch (bytes) {
	case 1:
		*(volatile uint8_t *)va = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)va = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)va = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)va = value;
		break;
	}
}

static void touch(void *argument)
{
	struct touch *t = argument;

	if (t->access == QUIRE_READ)
		t->value = touch_read(t->va, t->bytes);
	else if (t->access == QUIRE_WRITE)
		touch_write(t->va, t->bytes, t->value);
	else
		t->value = ((uint64_t(*)(void))t->va)();
}

int quire_cpu_probe(quire_va va, unsigned access, unsigned bytes, uint64_t *value,
		    struct quire_trap *trap)
{
	struct landing *landing = &cpus[quire_cpu_number()].probe, outer = *landing;
	struct touch t = {va, access, bytes, access == QUIRE_WRITE ? *value : 0};
	struct quire_trap unused;
	bool done;

	if (access != QUIRE_EXEC && ((access != QUIRE_READ && access != QUIRE_WRITE) ||
				     bytes == 0 || bytes > 8 || (bytes & (bytes - 1)) != 0))
		return QUIRE_EFLAG;
	landing->trap = trap ? trap : &unused;
	done = quire_a64_try(touch, &t, &landing->slot);
	*landing = outer;
	if (!done)
		return QUIRE_EPORT;
	if (access != QUIRE_WRITE)
		*value = t.value;
	return 0;
}

void quire_cpu_user(quire_va pc, quire_va stack, uint64_t argument, struct quire_trap *trap)
{
	struct landing *landing = &cpus[quire_cpu_number()].user, outer = *landing;

	landing->trap = trap;
	quire_a64_user(pc, stack, argument, &landing->slot);
	*landing = outer;
}
