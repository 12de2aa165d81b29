/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From QEMU's first instruction to board_main(): EL1, a stack, cleared .bss.
 *
 * CPU 0 begins at _start, CPU 1 at board_second with the function that it is to run in x0.  Both come in
 * EL1, or in EL2 on a machine with virtualization.
 *
 * An image of the upper half (BOARD_HIGH, from start_high.S) is loaded low and starts there, with the
 * MMU off: all addresses are relative to the PC until the MMU is on.  Its first table has two entries,
 * devices and RAM of 1 GiB each, and is TTBR0's and TTBR1's alike: the upper half repeats the lower.
 */
#define SCTLR_RES1 0x30d00800

	.section .text.start, "ax"
	.global	_start
_start:
	bl	to_el1
	mov	x19, x9				/* the level it came in */
	adrp	x0, board_bss_start
	add	x0, x0, #:lo12:board_bss_start
	adrp	x1, board_bss_end
	add	x1, x1, #:lo12:board_bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:
#ifdef BOARD_HIGH
	bl	to_upper_half
#endif
	adrp	x0, board_stack_end
	mov	sp, x0
	adrp	x0, board_started_in
	str	x19, [x0, #:lo12:board_started_in]
	bl	board_main
	bl	board_exit

	.global	board_second
board_second:
	mov	x20, x0
	bl	to_el1
#ifdef BOARD_HIGH
	bl	to_upper_half
#endif
	adrp	x0, board_stack1_end
	mov	sp, x0
	blr	x20
3:	wfi
	b	3b

/* To EL1 with the MMU off and interrupts too; x9 is the level before. */
to_el1:
	mrs	x9, CurrentEL
	ldr	w10, =SCTLR_RES1
	msr	sctlr_el1, x10
	isb
	cmp	x9, #8
	b.ne	4f
	mov	x10, #0x80000000		/* HCR_EL2.RW: EL1 is 64-bit */
	msr	hcr_el2, x10
	mrs	x10, mpidr_el1			/* what EL1 sees of these is EL2's to say */
	msr	vmpidr_el2, x10
	mrs	x10, pmcr_el0			/* all counters are EL1's: HPMN = N */
	ubfx	x10, x10, #11, #5
	msr	mdcr_el2, x10
	mov	x10, #0x3c5			/* EL1h, all masked */
	msr	spsr_el2, x10
	msr	elr_el2, x30
	eret
4:	msr	daifset, #15
	ret

#ifdef BOARD_HIGH
/* Returns in the upper half. */
to_upper_half:
	adrp	x0, first_table
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, x0
	ldr	w0, =0x0444bbff			/* QUIRE_A64_MAIR */
	msr	mair_el1, x0
	ldr	x0, =0x1b51a351a		/* 4 KiB pages, 38 bits a half, 36-bit memory */
	msr	tcr_el1, x0
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	w0, =(SCTLR_RES1 | 0x1005)	/* I, C, M */
	msr	sctlr_el1, x0
	isb
	ldr	x0, =board_offset
	add	x30, x30, x0
	ret
#endif
	.ltorg

#ifdef BOARD_HIGH
/* Valid, AF, inner shareable; devices are attribute 3 and nothing to be executed. */
	.section .data
	.balign	4096
first_table:
	.quad	0x0060000000000000 | 0x70d
	.quad	0x0000000040000000 | 0x701
	.fill	510, 8, 0
#endif

	.section .note.GNU-stack, "", %progbits
