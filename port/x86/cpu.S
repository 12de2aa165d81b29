/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64: the way into a trap and out of it, and the calls that a trap can leave.
 *
 * The processor pushes ss, rsp, rflags, cs, rip and, for some exceptions, an error code; a stub for each
 * vector makes the frames alike and says which one it is.  The stack is aligned to 16 bytes by the
 * processor, and 22 words keep it so.
 */
#include "frame.h"

	.code64
	.text

/* -- into a trap -- */

	.balign	16
	.global	quire_x86_stubs
quire_x86_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector >= 32 || ((X86_WITH_CODE >> (vector & 31)) & 1) == 0
	pushq	$0
	.endif
	pushq	$vector
	jmp	common
	.set	vector, vector + 1
	.endr

common:
	.irp	register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	pushq	%\register
	.endr
	cld
	movq	%rsp, %rdi
	call	quire_x86_trap
	testq	%rax, %rax
	jnz	leave
	.irp	register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	popq	%\register
	.endr
	addq	$16, %rsp
	iretq

/* -- out of a probe or user mode -- */

	.macro	enter
	pushfq
	.irp	register, rbp, rbx, r12, r13, r14, r15
	pushq	%\register
	.endr
	movq	%rsp, (%rdi)
	.endm

leave:					/* rax: the stack when it was entered */
	movq	%rax, %rsp
	movl	$1, %eax
out:
	.irp	register, r15, r14, r13, r12, rbx, rbp
	popq	%\register
	.endr
	popfq
	ret

/* rdi: where the stack is kept, rsi: function, rdx: its argument. */
	.global	quire_x86_call
	.type	quire_x86_call, @function
quire_x86_call:
	enter
	movq	%rdi, %rbx
	movq	%rdx, %rdi
	call	*%rsi
	movq	$0, (%rbx)		/* it cannot be left any more */
	xorl	%eax, %eax
	jmp	out

/* rdi: where the stack is kept, rsi: task segment, rdx: pc, rcx: user's stack, r8: argument.  Returns
   by `leave`. */
	.global	quire_x86_user
	.type	quire_x86_user, @function
quire_x86_user:
	enter
	movq	%rsp, 4(%rsi)		/* its stack for privilege level 0 */
	pushfq
	popq	%rax
	andl	$0x200, %eax		/* interrupts as they are, nothing else */
	orl	$2, %eax
	pushq	$X86_USER_DATA
	pushq	%rcx
	pushq	%rax
	pushq	$X86_USER_CODE
	pushq	%rdx
	movq	%r8, %rdi
	.irp	register, eax, ebx, ecx, edx, esi, ebp
	xorl	%\register, %\register
	.endr
	.irp	register, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	xorl	%\register, %\register
	.endr
	iretq

/* -- segments and gates -- */

	.global	quire_x86_segments
	.type	quire_x86_segments, @function
quire_x86_segments:
	lgdt	(%rdi)
	lidt	(%rsi)
	movl	$X86_KERNEL_DATA, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	$X86_TASK, %eax
	ltr	%ax
	popq	%rax
	pushq	$X86_KERNEL_CODE
	pushq	%rax
	lretq

	.section .note.GNU-stack, "", @progbits
