/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of both cores: supervisor mode, nothing interrupts, a stack.  Caches are
 * off, and are kept coherent with the other core from here on (ACTLR.SMP; Cortex-A7 and A15 want it
 * before any cache is on).
 *
 * An image for the upper half (BOARD_HIGH) is entered where it was loaded, and first turns the MMU on
 * with a table of its own: RAM at both places, devices where they are, everything allowed.  Entries
 * are of the kind that port/arm makes, and so are the attributes that go with them.
 */
#define PRRR 0x070b006a
#define NMRR 0x00090009
#define RAM_SECTION 0x10402		/* S, AF, region 0 */
#define DEVICE_SECTION 0x1041e		/* the same, never executed, region 3 */
#define SCTLR_SET 0x30001805		/* M, C, Z, I, TRE, AFE */
#define SCTLR_CLEAR 0x40002002		/* A, V, TE */
#define OFFSET 0x80000000
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

	.macro	climb name
#ifdef BOARD_HIGH
	ldr	r0, =boot_root - OFFSET
	mcr	p15, 0, r0, c2, c0, 0	@ TTBR0
	mov	r1, #0
	mcr	p15, 0, r1, c2, c0, 2	@ TTBCR
	mov	r1, #1
	mcr	p15, 0, r1, c3, c0, 0	@ DACR
	ldr	r1, =PRRR
	mcr	p15, 0, r1, c10, c2, 0
	ldr	r1, =NMRR
	mcr	p15, 0, r1, c10, c2, 1
	mov	r1, #0
	mcr	p15, 0, r1, c8, c7, 0	@ TLBIALL
	dsb
	isb
	mrc	p15, 0, r0, c1, c0, 0
	ldr	r1, =SCTLR_SET
	orr	r0, r0, r1
	ldr	r1, =SCTLR_CLEAR
	bic	r0, r0, r1
	mcr	p15, 0, r0, c1, c0, 0	@ SCTLR
	isb
	ldr	pc, =\name
\name:
#endif
	.endm

	.global	_start
_start:
	settle
	climb	up
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
	climb	up1
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

#ifdef BOARD_HIGH
	.ltorg
	.data
	.balign	0x4000
boot_root:
	.set	i, 0
	.rept	0x1000
	.if	i >= 0x400 && i < 0x480
	.word	i << 20 | RAM_SECTION
	.elseif i >= 0xc00 && i < 0xc80
	.word	((i - 0x800) << 20) | RAM_SECTION
	.elseif i >= 0x080 && i < 0x0a0
	.word	i << 20 | DEVICE_SECTION
	.else
	.word	0
	.endif
	.set	i, i + 1
	.endr
#endif
