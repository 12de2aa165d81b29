/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's page tables, as descriptions.
 *
 *   Sv39   three levels of 512 entries of 8 bytes: leaves of 1 GiB, 2 MiB and 4 KiB, 56-bit memory
 *   Sv32   two levels of 1,024 entries of 4 bytes: leaves of 4 MiB and 4 KiB, 34-bit memory
 *
 * Walk addresses are the low 39 or 32 bits of a virtual address; a port that uses the upper half of
 * Sv39 subtracts its start.
 *
 * A and D are preset, so that no machine has to trap or to write them.  Writable means readable.
 * Without Svpbmt the kind of memory is the machine's affair: a cache mode is kept in the entry's
 * two software bits, so that splitting a large page loses nothing, and has no effect.  A leaf
 * without any access is an entry without V that the format still knows for a leaf.
 *
 * A port's flush must use SFENCE.VMA without an address whenever tables may have gone: the form
 * with one orders leaf entries only.
 */
#ifndef QUIRE_PORT_RISCV_H
#define QUIRE_PORT_RISCV_H

#include "quire/mmu.h"

#if QUIRE_WIDTH != 32 || QUIRE_LEVELS_MAX < 3
#error "RISC-V's page tables need QUIRE_WIDTH 32 and QUIRE_LEVELS_MAX 3"
#endif

extern const struct quire_format quire_format_riscv;
extern const struct quire_mmu quire_mmu_sv39;
extern const struct quire_mmu quire_mmu_sv32;

#endif
