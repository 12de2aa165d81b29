/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64's page tables, as descriptions: four levels of 512 entries of 8 bytes, 48-bit addresses.
 *
 *   quire_mmu_x86_64      leaves of 1 GiB, 2 MiB and 4 KiB
 *   quire_mmu_x86_64_2m   leaves of 2 MiB and 4 KiB, for processors without 1 GiB pages (CPUID
 *                         80000001h, EDX bit 26; quire_x86_has_1g_pages())
 *
 * Walk addresses are the low 48 bits of a virtual address: those of the upper half, from 2^47 on, are
 * the program's minus QUIRE_X86_UPPER_ADD.  Entries hold 52 bits of a physical address; which of them a
 * processor has, CPUID 80000008h says, and a memory must not reach beyond.
 *
 * Read, write, execute and user are the entry's P, R/W, XD (inverted) and U/S.  There is no leaf that
 * can be written or executed and not be read: a mapping that only executes can be read too, and the
 * leaf says so when it is decoded.  A leaf without any access is an entry without P that the format
 * still knows.  A and D are marks that the processor sets.  XD needs EFER.NXE, a read-only page binds
 * the kernel only with CR0.WP, and G needs CR4.PGE: quire_cpu_mmu_on() sets all three, and SMEP where it
 * exists, so that the kernel does not run what user mode may touch.  Where it does not, or if that is not
 * wanted, use a copy of the description with QUIRE_MMU_KERNEL_RUNS_USER.  SMAP stays off: what user mode
 * may read, the kernel may too, as the book has it.
 *
 * Cache modes are numbers of the page attribute table (PAT), which quire_cpu_mmu_on() fills:
 *
 *   QUIRE_CACHE_WB   0  write-back          as after reset
 *   QUIRE_CACHE_WT   1  write-through       as after reset
 *   QUIRE_DEVICE_IO  3  UC, uncacheable     as after reset
 *   QUIRE_UNCACHED   4  WC, write-combining (after reset: write-back)
 *
 * Memory that is not cached is write-combining and not UC-: it is memory, which may be read ahead and
 * written in bursts, and only a fence orders what was written.  UC- would be the same as UC, slow, but
 * for the memory type registers.  What is to be seen in order is a device.
 */
#ifndef QUIRE_PORT_X86_H
#define QUIRE_PORT_X86_H

#include "quire/mmu.h"

#if QUIRE_WIDTH != 32 || QUIRE_LEVELS_MAX < 4
#error "x86-64's page tables need QUIRE_WIDTH 32 and QUIRE_LEVELS_MAX 4"
#endif

extern const struct quire_format quire_format_x86;
extern const struct quire_mmu quire_mmu_x86_64;
extern const struct quire_mmu quire_mmu_x86_64_2m;

/* What is between a walk address of the upper half and the program's; as quire_tables.upper_add. */
#define QUIRE_X86_UPPER_FROM UINT64_C(0x0000800000000000)
#define QUIRE_X86_UPPER_ADD  UINT64_C(0xffff000000000000)

/* What quire_cpu_mmu_on() writes into the page attribute table: WB WT UC- UC WC WT UC- UC. */
#define QUIRE_X86_PAT UINT64_C(0x0007040100070406)

/* User mode calls with int 0x80: the number in rax, the argument in rdi, the result in rax. */

/* CPUs that may take traps: their numbers, which are their local APICs', are below this. */
#ifndef QUIRE_X86_CPUS
#define QUIRE_X86_CPUS 8
#endif

/* Whether this processor has pages of 1 GiB.  Of port/x86/cpu.c: on an x86-64 only. */
bool quire_x86_has_1g_pages(void);

#endif
