/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARMv7-A's short descriptors, as descriptions.
 *
 *   level 0   entries of 1 MiB: sections, or tables below; 16 alike are a supersection of 16 MiB
 *   level 1   256 entries of 4 KiB: small pages; 16 alike are a large page of 64 KiB
 *
 * A root of 4,096 entries is 16 KiB, at a multiple of that; tables below it are 1,024 bytes, four to a
 * page (quire_walker.pool.table_bytes).  Entries have 4 bytes and name 32 bits of memory.
 *
 *   quire_mmu_armv7          one tree for all 4 GiB (TTBCR.N = 0)
 *   quire_mmu_armv7_kernel   the same, in two halves (TTBCR.N = 1): quire_cpu_mmu_on() takes its
 *                            upper one for good, and quire_cpu.load() exchanges the lower one.  The
 *                            upper half is the kernel's, in all spaces the same, and nothing of it
 *                            is ever copied
 *   quire_mmu_armv7_user     the lower half of one space: 2,048 entries, 8 KiB, at a multiple of
 *                            that.  The lower half of the kernel's root is one
 *
 * All three are written for SCTLR.TRE and SCTLR.AFE set, which quire_cpu_mmu_on() does.  What the
 * format makes of attributes:
 *   - readable is what every leaf with any access is; to execute means to read as well
 *   - the kernel may do whatever user mode may
 *   - the accessed mark is AP[0]: cores before ARMv8 fault where it is clear, and a handler sets it
 *   - dirty is not the hardware's affair: a leaf that may be written and is clean is read-only to the
 *     core, and a handler sets the mark
 *   - all memory is shareable; the four cache modes are regions 0 to 3 of PRRR and NMRR
 *
 * Supersections are optional in ARMv7 (ID_MMFR3[31:28]); cores with the large physical address
 * extension, such as Cortex-A7 and A15, have them.  A program for a core without them copies the
 * description and sets the cluster of level 0 to 0.
 *
 * Table walks look into the caches where ID_MMFR3[23:20] says so (Cortex-A7, A15).  On a core where
 * they do not, walks are of uncached memory, and tables must be mapped QUIRE_UNCACHED.
 */
#ifndef QUIRE_PORT_ARM_H
#define QUIRE_PORT_ARM_H

#include "quire/mmu.h"

#if QUIRE_WIDTH != 32 || QUIRE_LEVELS_MAX < 2
#error "ARMv7's page tables need QUIRE_WIDTH 32 and QUIRE_LEVELS_MAX 2"
#endif

/* quire_mmu.detail of these. */
struct quire_armv7_detail {
	bool halves; /* TTBR0 has the lower 2 GiB, TTBR1 the upper: TTBCR.N = 1 */
};

extern const struct quire_format quire_format_armv7;
extern const struct quire_mmu quire_mmu_armv7;
extern const struct quire_mmu quire_mmu_armv7_kernel;
extern const struct quire_mmu quire_mmu_armv7_user;

/*
 * A supervisor call has its number in r7, and its argument in r0, where its result is put, as Linux
 * does.  CPUs 0 to 7 take traps, those whose MPIDR has that as its lowest affinity field and no
 * other; quire_cpu_traps() refuses the rest with quire_cpu_fatal().
 */

/*
 * What an interrupt is for quire_trap.number: the board supplies it, since only its interrupt
 * controller knows.  Called once for each interrupt, with interrupts off.
 */
uint32_t quire_arm_interrupt(void);

#endif
