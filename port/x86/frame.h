/* SPDX-License-Identifier: Apache-2.0 */
/* What cpu.S and cpu.c agree on. */
#ifndef QUIRE_X86_FRAME_H
#define QUIRE_X86_FRAME_H

/* Selectors: places in the table of segments. */
#define X86_KERNEL_CODE 0x08
#define X86_KERNEL_DATA 0x10
#define X86_USER_DATA   0x1b /* with the privilege level, 3 */
#define X86_USER_CODE   0x23
#define X86_TASK        0x28

/* The exceptions that have an error code, bit n for vector n (SDM 6.15). */
#define X86_WITH_CODE 0x60227d00

#ifndef __ASSEMBLER__
#include <stdint.h>

/* What was interrupted, on the stack; from `vector` on as the stubs and the processor push it. */
struct x86_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector;
	uint64_t code;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* The operand of LGDT and LIDT. */
struct x86_descriptor_table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/* The way into each vector, 16 bytes apart. */
extern char quire_x86_stubs[];

void quire_x86_segments(const struct x86_descriptor_table *segments,
			const struct x86_descriptor_table *gates);

/* Returns 0 to go on with the frame, or the stack of what is left. */
uint64_t quire_x86_trap(struct x86_frame *frame);

/*
 * Call `what`, or go to user mode, where traps will use the stack that `task` names.  While that
 * lasts `*stack` is the stack to leave to.  0: it returned; 1: it was left.
 */
int quire_x86_call(uint64_t *stack, void (*what)(void *argument), void *argument);
int quire_x86_user(uint64_t *stack, void *task, uint64_t pc, uint64_t user_stack,
		   uint64_t argument);
#endif

#endif
