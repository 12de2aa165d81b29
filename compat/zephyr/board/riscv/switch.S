/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanging threads on RISC-V: what a function must keep is put into the context, as words 0 (ra),
 * 1 (sp), 2 to 13 (s0 to s11).
 */
	.macro each_saved operation
	\operation s0, 16(a0)
	\operation s1, 24(a0)
	\operation s2, 32(a0)
	\operation s3, 40(a0)
	\operation s4, 48(a0)
	\operation s5, 56(a0)
	\operation s6, 64(a0)
	\operation s7, 72(a0)
	\operation s8, 80(a0)
	\operation s9, 88(a0)
	\operation s10, 96(a0)
	\operation s11, 104(a0)
	.endm

	.text

/* void quire_arch_context_switch(struct quire_arch_context *from, struct quire_arch_context *to); */
	.globl quire_arch_context_switch
quire_arch_context_switch:
	sd ra, 0(a0)
	sd sp, 8(a0)
	each_saved sd
	mv a0, a1
	ld ra, 0(a0)
	ld sp, 8(a0)
	each_saved ld
	ret

/* Where a new context begins: s0 is to be called with s1. */
	.globl zephyr_board_begin
zephyr_board_begin:
	mv a0, s1
	jalr s0
	call quire_kernel_ended

/* _Noreturn void zephyr_board_on_stack(uintptr_t top, void (*function)(void)); */
	.globl zephyr_board_on_stack
zephyr_board_on_stack:
	mv sp, a0
	jalr a1
1:	j 1b
