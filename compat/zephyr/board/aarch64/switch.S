/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanging threads on AArch64: what a function must keep is put into the context, as words 0 (x30),
 * 1 (sp), 2 to 12 (x19 to x29).
 */
	.text

/* void quire_arch_context_switch(struct quire_arch_context *from, struct quire_arch_context *to); */
	.global	quire_arch_context_switch
quire_arch_context_switch:
	mov	x9, sp
	stp	x30, x9, [x0]
	stp	x19, x20, [x0, #16]
	stp	x21, x22, [x0, #32]
	stp	x23, x24, [x0, #48]
	stp	x25, x26, [x0, #64]
	stp	x27, x28, [x0, #80]
	str	x29, [x0, #96]
	ldp	x30, x9, [x1]
	mov	sp, x9
	ldp	x19, x20, [x1, #16]
	ldp	x21, x22, [x1, #32]
	ldp	x23, x24, [x1, #48]
	ldp	x25, x26, [x1, #64]
	ldp	x27, x28, [x1, #80]
	ldr	x29, [x1, #96]
	ret

/* Where a new context begins: x19 is to be called with x20. */
	.global	zephyr_board_begin
zephyr_board_begin:
	mov	x0, x20
	blr	x19
	bl	quire_kernel_ended

/* _Noreturn void zephyr_board_on_stack(uintptr_t top, void (*function)(void)); */
	.global	zephyr_board_on_stack
zephyr_board_on_stack:
	mov	sp, x0
	blr	x1
1:	b	1b

	.section .note.GNU-stack, "", %progbits
