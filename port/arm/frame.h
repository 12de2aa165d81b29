/* SPDX-License-Identifier: Apache-2.0 */
/* What cpu.S and cpu.c agree on. */
#ifndef QUIRE_ARM_FRAME_H
#define QUIRE_ARM_FRAME_H

/* Processor modes and bits of the status register. */
#define ARM_USR  0x10
#define ARM_SVC  0x13
#define ARM_ABT  0x17
#define ARM_SYS  0x1f
#define ARM_MODE 0x1f
#define ARM_T    0x20
#define ARM_F    0x40
#define ARM_I    0x80

/* Exceptions, by the number of their vector. */
#define ARM_UNDEFINED       1
#define ARM_SUPERVISOR_CALL 2
#define ARM_PREFETCH_ABORT  3
#define ARM_DATA_ABORT      4
#define ARM_INTERRUPT       6
#define ARM_FAST_INTERRUPT  7
#define ARM_STACK_ABORT     8 /* a data abort on the way into another */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* What was interrupted, on its stack; pc and cpsr as SRS leaves them. */
struct arm_frame {
	uint32_t r[13];
	uint32_t lr;
	uint32_t pc;
	uint32_t cpsr;
};

extern char quire_arm_vectors[];

/* Returns 0 to go on with the frame, or the stack of what is left. */
uint32_t quire_arm_trap(struct arm_frame *frame, unsigned vector);

/* Both keep in `*stack` what they are left by.  They return 1 if they were left, 0 if not. */
uint32_t quire_arm_touch(uint32_t *stack, uint32_t va, uint32_t how, uint32_t *value);
uint32_t quire_arm_user(uint32_t *stack, uint32_t pc, uint32_t sp, uint32_t argument);
#endif

#endif
