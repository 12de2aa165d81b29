/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanging threads on x86-64: what a function must keep is put into the context, as words 0 (rip),
 * 1 (rsp), 2 to 7 (rbx, rbp, r12 to r15).
 */
	.code64
	.text

/* void quire_arch_context_switch(struct quire_arch_context *from, struct quire_arch_context *to); */
	.global	quire_arch_context_switch
quire_arch_context_switch:
	popq	%rax
	movq	%rax, (%rdi)
	movq	%rsp, 8(%rdi)
	movq	%rbx, 16(%rdi)
	movq	%rbp, 24(%rdi)
	movq	%r12, 32(%rdi)
	movq	%r13, 40(%rdi)
	movq	%r14, 48(%rdi)
	movq	%r15, 56(%rdi)
	movq	8(%rsi), %rsp
	movq	16(%rsi), %rbx
	movq	24(%rsi), %rbp
	movq	32(%rsi), %r12
	movq	40(%rsi), %r13
	movq	48(%rsi), %r14
	movq	56(%rsi), %r15
	jmp	*(%rsi)

/* Where a new context begins: rbx is to be called with rbp. */
	.global	zephyr_board_begin
zephyr_board_begin:
	movq	%rbp, %rdi
	xorl	%ebp, %ebp
	call	*%rbx
	call	quire_kernel_ended

/* _Noreturn void zephyr_board_on_stack(uintptr_t top, void (*function)(void)); */
	.global	zephyr_board_on_stack
zephyr_board_on_stack:
	movq	%rdi, %rsp
	call	*%rsi
1:	jmp	1b

	.section .note.GNU-stack, "", @progbits
