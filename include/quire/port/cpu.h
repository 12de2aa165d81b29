/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only an instruction set knows, in the same words for all of them.
 *
 * The walker reads and writes tables; port/tables reaches them in memory; what is left for a
 * processor is in here: making entries seen, forgetting translations, loading a root, taking a trap,
 * and touching an address without dying of it.  A program for a board is linked with one of
 * port/riscv, port/aarch64, port/arm and port/x86, each of which offers all of this; `quire_cpu` is
 * the one of that program.  (Hosted tests make one of their own, of plain functions.)
 *
 * A translation belongs to an ASID, a number for the space that it came from, or is *global*, the
 * same in all spaces.  Functions may be called with interrupts on or off, on any CPU; all act on
 * the CPU that they run on, and on the others too where `broadcasts` says so.
 */
#ifndef QUIRE_PORT_CPU_H
#define QUIRE_PORT_CPU_H

#include "quire/fault.h"
#include "quire/mmu.h"

/* In place of an ASID: whatever it belongs to, global ones too. */
#define QUIRE_ASID_ALL (~(uint32_t)0)

/* One instruction set.  Addresses are those that a program uses. */
struct quire_cpu_ops {
	const char *name;
	/* Everything written to tables so far is seen by later walks of this CPU, and is ordered
	   before a later flush.  Called once after each run of entries. */
	void (*publish)(void);
	/* Forget leaves for [va, va + size), page by page of 1 << shift bytes, of one ASID and global
	   ones; with `tables`, what is known of tables above them too.  Of QUIRE_ASID_ALL: global
	   ones, and those of the ASID that is loaded. */
	void (*flush_pages)(quire_va va, quire_size size, unsigned shift, uint32_t asid,
			    bool tables);
	/* Forget all that belongs to an ASID, or all (QUIRE_ASID_ALL). */
	void (*flush_asid)(uint32_t asid);
	/* Translate with this root and ASID from now on. Nothing is flushed. */
	void (*load)(quire_pa root, uint32_t asid);
	/* Make cache and memory agree about [va, va + size), as enum quire_sync says. NULL where they
	   always do. */
	void (*sync)(quire_va va, quire_size size, unsigned how);
	bool broadcasts;     /* flushes reach all CPUs that share memory (Arm's inner shareable) */
	uint16_t flush_most; /* pages up to which flushing one by one is cheaper than an ASID */
	uint8_t asid_bits;   /* the most there may be; 0: there are none */
};

/* The instruction set that this program is linked for. */
extern const struct quire_cpu_ops quire_cpu;

/* How many bits of an ASID this CPU has; quire_cpu.asid_bits or fewer. */
unsigned quire_cpu_asid_bits(void);

/*
 * Turn the MMU on: attributes (MAIR, PRRR, PAT, ...) as the description's format uses them, then
 * `root` and `asid`.  The code that calls and its stack must be mapped where they are.  On a CPU
 * whose MMU is on already (x86-64 always), the tables are exchanged.
 */
void quire_cpu_mmu_on(const struct quire_mmu *mmu, quire_pa root, uint32_t asid);

/* -- traps -- */

/* Why the processor stopped what it was doing. */
enum quire_trap_reason {
	QUIRE_TRAP_FAULT,     /* a translation did not work out: `fault` says how */
	QUIRE_TRAP_CALL,      /* the program asked (ecall, svc, int 0x80): `number`, `argument` */
	QUIRE_TRAP_INTERRUPT, /* a device or another CPU: `number` */
	QUIRE_TRAP_OTHER, /* anything else, an illegal instruction say: `number` is the machine's */
};

struct quire_trap {
	enum quire_trap_reason reason;
	bool user;      /* it happened in user mode */
	quire_va pc;    /* the instruction; behind it for a call */
	quire_va stack; /* the stack pointer; ARMv7's is 0 if another abort was being entered */
	uint64_t number;
	uint64_t argument;
	struct quire_fault_raw fault;
};

/* What is to happen then. */
enum quire_trap_verdict {
	QUIRE_TRAP_RESUME, /* the cause is gone: go on (a fault's instruction is run again) */
	QUIRE_TRAP_LEAVE,  /* leave a probe or user mode; anywhere else it is fatal */
};

/*
 * What to do about a trap.  A call that is resumed finds `trap->argument` as its result, where the
 * instruction set has a function's (a0, x0, r0, rax): the argument itself if the handler leaves it.
 * Nothing else in `*trap` is looked at again.
 *
 * A handler may exchange its stack for another thread's (of the same CPU), which may be in a handler of
 * its own or enter user mode, and go on here when it is exchanged back, or never.  Probes do not outlast
 * that, being short; user mode does.
 */
typedef enum quire_trap_verdict (*quire_trap_fn)(void *ctx, struct quire_trap *trap);

/*
 * Take traps on this CPU from now on, with `handler` on the stack of whoever was interrupted (of the
 * last quire_cpu_user() from user mode).  What the handler leaves that is neither a probe's nor user
 * mode's goes to quire_cpu_fatal(), which the board supplies.  Each CPU calls this once, before its
 * MMU is on or after; one that the port has no room for (quire_cpu_number()) is fatal.
 */
void quire_cpu_traps(quire_trap_fn handler, void *ctx);

/* The board's last word: say what happened and stop. */
_Noreturn void quire_cpu_fatal(const struct quire_trap *trap);

/*
 * Touch an address as a program would: read `bytes` (1, 2, 4, or 8 where registers have that), write
 * them, or run code there (a function without arguments; `access` QUIRE_EXEC, `bytes` not looked
 * at, `*value` gets its result).  `access` is one of QUIRE_READ, QUIRE_WRITE, QUIRE_EXEC.
 * 0            it worked; `*value` was read or written
 * QUIRE_EPORT  a trap came instead, the handler left, and, if `va` is a multiple of `bytes`, nothing
 *              was read or written; `*trap` (may be NULL) says what.  (Of a misaligned write across
 *              the end of a page some bytes may have been written.)
 * QUIRE_EFLAG  no such access or size
 */
int quire_cpu_probe(quire_va va, unsigned access, unsigned bytes, uint64_t *value,
		    struct quire_trap *trap);

/*
 * Run user code at `pc` with a stack and one argument until a trap that the handler leaves; that is
 * `*trap`.  Interrupts are as before; but on RISC-V, which lets supervisor interrupts through in user
 * mode whatever sstatus.SIE says (privileged architecture, 4.1.3), only `sie` keeps them away.  Returns
 * then; user registers are lost.
 */
void quire_cpu_user(quire_va pc, quire_va stack, uint64_t argument, struct quire_trap *trap);

/* -- several CPUs -- */

/* This CPU's number, from 0 on.  A port has room for CPUs below 8 (QUIRE_RISCV_CPUS, QUIRE_X86_CPUS;
   ARMv7: of cluster 0) or 4 (AArch64: QUIRE_A64_CPUS); quire_cpu_traps() stops any other. */
unsigned quire_cpu_number(void);

/* Let interrupts through, or not; what was before (true: they came through). */
bool quire_cpu_interrupts(bool on);

#endif
