/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's page tables, as descriptions.
 *
 *   Sv32   two levels of 1,024 entries of 4 bytes: leaves of 4 MiB and 4 KiB, 34-bit memory
 *   Sv39   three levels of 512 entries of 8 bytes: leaves of 1 GiB, 2 MiB and 4 KiB, 56-bit memory
 *   Sv48   four, with leaves of 512 GiB too
 *
 * Walk addresses are the low 32, 39 or 48 bits of a virtual address.  Addresses of Sv39 and Sv48 are
 * sign-extended, so the upper half of a tree is seen at the top of the 64 bits.
 *
 * A and D are preset (D where a leaf may be written), so that no machine has to trap or to write
 * them; with marks taken away, some machines set them again and some fault.  Writable means readable.
 * A leaf without any access is an entry without V that the format still knows for a leaf.
 *
 * The kernel never runs what user mode may run.  It reads and writes what user mode may read and write
 * only while sstatus.SUM is set, which a program sets and clears itself; without that its own access to
 * a page with QUIRE_USER faults.  quire_cpu.sync sets it for as long as it needs it.
 *
 * How memory is cached is the machine's affair without Svpbmt, so a memory is only mapped in its own
 * mode, and an entry keeps that in two bits that are software's.  The descriptions with `_ext` are for
 * machines with Svpbmt, which can say that memory is not cached or is a device (write-through it
 * cannot), and Svnapot, which makes 16 pages one of 64 KiB.  Machine mode must have set menvcfg.PBMTE.
 */
#ifndef QUIRE_PORT_RISCV_H
#define QUIRE_PORT_RISCV_H

#include "quire/mmu.h"

#if QUIRE_WIDTH != 32 || QUIRE_LEVELS_MAX < 4
#error "RISC-V's page tables need QUIRE_WIDTH 32 and QUIRE_LEVELS_MAX 4"
#endif

extern const struct quire_format quire_format_riscv;
extern const struct quire_mmu quire_mmu_sv32;
extern const struct quire_mmu quire_mmu_sv39;
extern const struct quire_mmu quire_mmu_sv48;
extern const struct quire_mmu quire_mmu_sv39_ext;
extern const struct quire_mmu quire_mmu_sv48_ext;

/* Interrupts as quire_trap.number has them: this plus the cause (1 is the software interrupt). */
#define QUIRE_RISCV_INTERRUPT 0x50

/* CPUs have the numbers below this; quire_cpu_traps() on any other ends in quire_cpu_fatal(), with the
   number. */
#define QUIRE_RISCV_CPUS 8u

/*
 * Facts of this instruction set about quire/port/cpu.h:
 *
 * User mode cannot be protected from interrupts: supervisor mode's are always enabled there, whatever
 * sstatus.SIE was when quire_cpu_user() was called.  Only sie masks them.
 *
 * What the way into a trap itself uses has no way in of its own: the text of the port, its data, and
 * every stack that supervisor code runs on.  On a machine that faults for missing marks, never clear the
 * marks of those (quire_space_used).  A stack that lacks one, or has run out, is a trap on the CPU's
 * spare stack of 4 KiB: the handler is told, and may only leave; where the interrupted was is lost.
 */

/*
 * Bytes of a cache block, as the device tree has it (riscv,cbom-block-size), on a machine with Zicbom
 * whose devices do not look into its caches: quire_cpu.sync then works on the blocks of its range.  0,
 * which it is at first: memory and cache always agree.  Of blocks that the range has a part of, what is
 * newer than memory is written back, never thrown away.  Machine mode must have set menvcfg.CBIE and
 * CBCFE.  For a program to set before it uses several CPUs.
 */
extern unsigned quire_riscv_cache_block;

#endif
