/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARMv7-A: the way into a trap and out of it, probes, and user mode.
 *
 * Every exception changes to supervisor mode at once, and to its stack, which is the one of whoever
 * was interrupted, or the one that quire_cpu_user() was called on.  Abort mode has no stack: its sp is
 * a scratch register for as long as it takes to see whether the abort came from here, as it does if
 * that stack cannot take the frame.
 */
#include "frame.h"

	.syntax unified
	.arm
	.text

/* -- into a trap -- */

	.balign 32
	.global quire_arm_vectors
quire_arm_vectors:
	b	.			@ reset: never comes here
	b	undefined
	b	supervisor_call
	b	prefetch_abort
	b	data_abort
	b	.			@ hypervisor's
	b	interrupt
	b	fast_interrupt

	.macro	trap vector, back
	.if	\back
	sub	lr, lr, #\back
	.endif
	srsdb	sp!, #ARM_SVC		@ pc and cpsr
	cpsid	if, #ARM_SVC
	push	{r0-r12, lr}
	mov	r1, #\vector
	b	common
	.endm

undefined:
	trap	ARM_UNDEFINED, 0
supervisor_call:
	trap	ARM_SUPERVISOR_CALL, 0
prefetch_abort:
	trap	ARM_PREFETCH_ABORT, 4
interrupt:
	trap	ARM_INTERRUPT, 4
fast_interrupt:
	trap	ARM_FAST_INTERRUPT, 4

data_abort:
	mrs	sp, spsr
	and	sp, sp, #ARM_MODE
	cmp	sp, #ARM_ABT		@ flags are saved in spsr
	beq	stack_abort
	trap	ARM_DATA_ABORT, 8

/* The stack took no frame: on a stack of last resort, only to say so. */
stack_abort:
	cpsid	if, #ARM_SVC
	mov	r2, sp
	ldr	sp, =last_resort_end
	sub	sp, sp, #64
	mov	r0, sp
	str	r2, [r0, #13 * 4]
	mov	r1, #ARM_STACK_ABORT
	bl	quire_arm_trap
	b	.

common:
	clrex				@ a store-exclusive of the interrupted must fail
	mov	r4, sp
	mov	r0, sp
	bic	sp, sp, #7
	bl	quire_arm_trap
	cmp	r0, #0
	bne	leave
	mov	sp, r4
	pop	{r0-r12, lr}
	rfeia	sp!

/* -- out of a probe or user mode -- */

/* Both begin alike: what is the caller's goes onto the stack, and where that is to `*r0`. */
	.macro	enter
	mrs	r12, cpsr
	push	{r4-r12, lr}
	str	sp, [r0]
	.endm

leave:					@ r0: that stack
	mov	sp, r0
	mov	r0, #1
out:
	pop	{r4-r12, lr}
	msr	cpsr_c, r12
	bx	lr

/* r0: where the stack is kept, r1: address, r2: bytes, 8 more to write, 16 to execute, r3: value. */
	.global	quire_arm_touch
	.type	quire_arm_touch, %function
quire_arm_touch:
	enter
	mov	r5, r3
	ldr	r4, [r5]
	cmp	r2, #16
	beq	1f
	cmp	r2, #1
	ldrbeq	r4, [r1]
	cmp	r2, #2
	ldrheq	r4, [r1]
	cmp	r2, #4
	ldreq	r4, [r1]
	cmp	r2, #8 + 1
	strbeq	r4, [r1]
	cmp	r2, #8 + 2
	strheq	r4, [r1]
	cmp	r2, #8 + 4
	streq	r4, [r1]
	b	2f
1:	blx	r1
	mov	r4, r0
2:	str	r4, [r5]
	mov	r0, #0
	b	out

/* r0: where the stack is kept, r1: pc, r2: stack, r3: argument.  Returns by `leave` only. */
	.global	quire_arm_user
	.type	quire_arm_user, %function
quire_arm_user:
	enter
	and	r12, r12, #ARM_I | ARM_F
	orr	r12, r12, #ARM_USR
	tst	r1, #1
	orrne	r12, r12, #ARM_T
	bic	r1, r1, #1
	push	{r1, r12}
	mov	lr, #0
	cps	#ARM_SYS		@ user mode's sp and lr
	mov	sp, r2
	mov	lr, #0
	cps	#ARM_SVC
	mov	r0, r3
	.irp	register, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12
	mov	\register, #0
	.endr
	rfeia	sp!

	.bss
	.balign	8
	.space	4096
last_resort_end:
