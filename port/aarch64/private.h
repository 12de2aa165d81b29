/* SPDX-License-Identifier: Apache-2.0 */
/* What cpu.c and cpu.S share. */
#ifndef QUIRE_A64_PRIVATE_H
#define QUIRE_A64_PRIVATE_H

/* Processors that take traps, by the lowest affinity field of MPIDR_EL1, the others being 0: a power of
   two. */
#ifndef QUIRE_A64_CPUS
#define QUIRE_A64_CPUS 4
#endif

/* log2 of the bytes of each one's spare stack. */
#define SPARE_SHIFT 13

#endif
