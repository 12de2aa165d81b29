/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of both cores: supervisor mode, nothing interrupts, a stack.  Caches are
 * off, and are kept coherent with the other core from here on (ACTLR.SMP; Cortex-A7 and A15 want it
 * before any cache is on).
 */
	.syntax unified
	.arm
	.section .text.start, "ax"

	.macro	settle
	cpsid	aif, #0x13
	mrc	p15, 0, r0, c1, c0, 1
	orr	r0, r0, #1 << 6
	mcr	p15, 0, r0, c1, c0, 1
	isb
	.endm

	.global	_start
_start:
	settle
	ldr	sp, =board_stack_end
	ldr	r0, =board_bss_start
	ldr	r1, =board_bss_end
	mov	r2, #0
1:	cmp	r0, r1
	strlo	r2, [r0], #4
	blo	1b
	bl	board_main
	bl	board_exit

	.global	board_start1
board_start1:
	settle
	ldr	sp, =board_stack1_end
	ldr	r0, =board_entry1
	ldr	r0, [r0]
	blx	r0
1:	wfi
	b	1b

	.global	board_psci
board_psci:				@ as a function of four arguments
	.arch_extension virt
	hvc	#0
	bx	lr

	.global	board_semihosting
board_semihosting:			@ of two; lr is the caller's, and a supervisor call's
	push	{r4, lr}
	svc	#0x123456
	pop	{r4, pc}
