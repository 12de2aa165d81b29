/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64's page tables (VMSAv8-64, stage 1 of EL1 and EL0), as descriptions, and what its port
 * offers beyond cpu.h.
 *
 *   name        page     levels, from the root           larger pages            clusters
 *   a64_4k_39   4 KiB    512, 512, 512                   2 MiB, 1 GiB            16 of each
 *   a64_4k_48   4 KiB    512, 512, 512, 512              2 MiB, 1 GiB            16 of each
 *   a64_16k_39  16 KiB   8, 2048, 2048                   32 MiB                  128 and 32
 *   a64_16k_48  16 KiB   2, 2048, 2048, 2048             32 MiB                  128 and 32
 *   a64_64k_39  64 KiB   1024, 8192                      512 MiB                 32 of each
 *   a64_64k_42  64 KiB   8192, 8192                      512 MiB                 32 of each
 *   a64_64k_48  64 KiB   64, 8192, 8192                  512 MiB                 32 of each
 *
 * A cluster is a group of entries with the contiguous hint, which one entry of a TLB may then hold.
 * All tables of a pool have the size of the page; a root that has fewer entries leaves the rest of
 * its page alone.
 *
 * What may be written or executed may be read as well.  What is the user's may be read, and written if
 * the user may, by the kernel too, and is never executed by it; what is the kernel's is never
 * executed by the user.
 *
 * One description serves processors that set the accessed flag and the dirty state themselves and
 * those that fault for it: writable is bit 51 (DBM), and a page that is writable and clean is
 * read-only beside that.  A leaf that may not be written has no dirty mark.  Where the processor sets
 * marks, one that it sets while the walker changes the same entry is lost: marks of pages that other
 * CPUs write are cleared while they do not.
 *
 * A block or cluster that is split is invalid for a moment (break before make).  What the walker itself
 * stands on, tables, book, stack and code, needs mappings that are not changed in part.
 *
 * One tree serves both halves of the address space in an image that runs in the upper one: TTBR0
 * gets the root, TTBR1 the second half of it, and each of them translates half of the tree's
 * addresses.  The walk address w of the upper half is the program's w - 2^bits, as on RISC-V.  In an
 * image that runs in the lower half, TTBR0 has it all, and there is no upper half.
 * quire_mmu_a64_16k_48 cannot be halved: its root has two entries, and a half would start a level
 * further down.
 */
#ifndef QUIRE_PORT_AARCH64_H
#define QUIRE_PORT_AARCH64_H

#include "quire/mmu.h"

#if QUIRE_WIDTH != 32 || QUIRE_LEVELS_MAX < 4
#error "AArch64's page tables need QUIRE_WIDTH 32 and QUIRE_LEVELS_MAX 4"
#endif

extern const struct quire_format quire_format_a64;
extern const struct quire_mmu quire_mmu_a64_4k_39;
extern const struct quire_mmu quire_mmu_a64_4k_48;
extern const struct quire_mmu quire_mmu_a64_16k_39;
extern const struct quire_mmu quire_mmu_a64_16k_48;
extern const struct quire_mmu quire_mmu_a64_64k_39;
extern const struct quire_mmu quire_mmu_a64_64k_42;
extern const struct quire_mmu quire_mmu_a64_64k_48;

/*
 * The value of MAIR_EL1 that leaves count on: an entry's attribute index is its cache mode,
 * write-back (0xff), write-through (0xbb), not cached (0x44), device nGnRE (0x04).
 * Arm ARM, D17.2.97 MAIR_EL1.
 */
#define QUIRE_A64_MAIR 0x0444bbffu

/*
 * -- the port's own, for programs on the processor (cpu.h has the rest) --
 *
 * A supervisor call has its number in x8, and its argument in x0, where its result is put, as Linux
 * does.  CPUs 0 to 3 take traps, those whose MPIDR_EL1 has that as its lowest affinity field and
 * no other; quire_cpu_traps() refuses the rest with quire_cpu_fatal().  (A build that has more defines
 * QUIRE_A64_CPUS, a power of two.)
 */

/* Whether this processor has the pages of a description.  Arm ARM, ID_AA64MMFR0_EL1.TGran*. */
bool quire_a64_has_pages(const struct quire_mmu *mmu);

/* What of enum quire_used this processor marks by itself; it faults for the rest.  Arm ARM,
   ID_AA64MMFR1_EL1.HAFDBS. */
unsigned quire_a64_marks(void);

/* The board's: take the interrupt that is waiting, and say its number (quire_trap.number). */
uint64_t quire_a64_interrupt(void);

#endif
