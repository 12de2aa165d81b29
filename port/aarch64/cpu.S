/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What C cannot say on AArch64: the vector table, leaving the middle of something, entering user mode,
 * and exchanging the tables that the running code stands on.
 */

#include "private.h"

/* A trap's frame, as struct frame in cpu.c: x0..x30, SP_EL0, ELR, SPSR, SP. */
#define FRAME 288
#define ELR   256
#define SP    272

/* What quire_a64_try() and quire_a64_user() save: x19..x30 and DAIF. */
#define SAVED 112

	.text

/* -- traps -- */

/*
 * Sixteen entries of 128 bytes: four kinds, from EL1 on SP_EL0, from EL1 on SP_EL1, from EL0 in
 * 64-bit state, from EL0 in 32-bit state.  (Arm ARM, D1.4.1 Vector tables.)
 *
 * The kernel's stack may be why there is a trap: it has run into its guard, or its page lacks a mark.
 * And a fault while the frame is written would overwrite ELR, SPSR and ESR, which are not saved yet.
 * So the MMU is asked first whether it may be written (AT), at both ends of the frame, since it may
 * reach into a second page; if not, a spare one is taken.  TPIDR_EL1 holds x0 meanwhile, and on the
 * way to the spare stack TPIDRRO_EL0 holds x1.
 */
.macro vector number
	.balign	128
	.if	\number >= 4
	msr	tpidr_el1, x0
	sub	x0, sp, #FRAME
	at	s1e1w, x0
	isb
	mrs	x0, par_el1
	tbnz	x0, #0, 1f
	sub	x0, sp, #8
	at	s1e1w, x0
	isb
	mrs	x0, par_el1
	tbnz	x0, #0, 1f
	mrs	x0, tpidr_el1
	.endif
	sub	sp, sp, #FRAME
	stp	x0, x1, [sp]
	add	x1, sp, #FRAME
	str	x1, [sp, #SP]
	mov	x0, #\number
	b	trapped
	.if	\number >= 4
1:	msr	tpidrro_el0, x1
	mov	x1, sp
	mrs	x0, mpidr_el1
	and	x0, x0, #QUIRE_A64_CPUS - 1
	add	x0, x0, #1
	lsl	x0, x0, #SPARE_SHIFT
	b	spare_\number
	.endif
.endm

/* x0 is how far the end of the spare stack is from the start of all. */
.macro spare number
spare_\number:
	mov	sp, x0
	adrp	x0, quire_a64_spare
	add	x0, x0, #:lo12:quire_a64_spare
	add	sp, sp, x0
	sub	sp, sp, #FRAME
	str	x1, [sp, #SP]
	mrs	x0, tpidr_el1
	mrs	x1, tpidrro_el0
	msr	tpidrro_el0, xzr
	stp	x0, x1, [sp]
	mov	x0, #\number
	b	trapped
.endm

	.balign	2048
	.global	quire_a64_vectors
quire_a64_vectors:
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\number
	.endr

	.balign	128
	.irp	number, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	spare	\number
	.endr
trapped:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #ELR]
	mov	x1, sp
	bl	quire_a64_trap
	ldp	x1, x2, [sp, #ELR]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x30, x2, [sp, #240]
	msr	sp_el0, x2
	mov	x1, sp
	ldr	x2, [x1, #SP]
	mov	sp, x2
	ldp	x28, x29, [x1, #224]
	ldp	x26, x27, [x1, #208]
	ldp	x24, x25, [x1, #192]
	ldp	x22, x23, [x1, #176]
	ldp	x20, x21, [x1, #160]
	ldp	x18, x19, [x1, #144]
	ldp	x16, x17, [x1, #128]
	ldp	x14, x15, [x1, #112]
	ldp	x12, x13, [x1, #96]
	ldp	x10, x11, [x1, #80]
	ldp	x8, x9, [x1, #64]
	ldp	x6, x7, [x1, #48]
	ldp	x4, x5, [x1, #32]
	ldp	x2, x3, [x1, #16]
	ldp	x0, x1, [x1]
	eret

/* -- leaving the middle of something -- */

/* Save what a function must, and where that is to *\slot. */
.macro save slot
	stp	x29, x30, [sp, #-SAVED]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x9, daif
	str	x9, [sp, #96]
	mov	x10, sp
	str	x10, [\slot]
.endm

/* bool quire_a64_try(void (*function)(void *), void *argument, uintptr_t *slot): true if the function
   came back, false if quire_a64_leave(*slot) did. */
	.global	quire_a64_try
quire_a64_try:
	save	x2
	mov	x9, x0
	mov	x0, x1
	blr	x9
	mov	x0, #1
	b	back

/* void quire_a64_leave(uintptr_t slot), in a trap. */
	.global	quire_a64_leave
quire_a64_leave:
	mov	sp, x0
	ldr	x9, [sp, #96]
	msr	daif, x9
	mov	x0, #0
back:
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #SAVED
	ret

/* void quire_a64_user(pc, stack, argument, uintptr_t *slot): comes back by quire_a64_leave(*slot).
   SPSR: EL0, 64-bit, interrupts as they are.  The user finds no register of the kernel's. */
	.global	quire_a64_user
quire_a64_user:
	save	x3
	msr	daifset, #15
	msr	elr_el1, x0
	msr	sp_el0, x1
	msr	spsr_el1, x9
	mov	x0, x2
	.irp	number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
	mov	x\number, #0
	.endr
	.irp	number, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\number, #0
	.endr
	eret

/* -- the MMU -- */

/*
 * void quire_a64_exchange(mair, tcr, ttbr0, ttbr1, sctlr): the MMU on with these tables, whatever was
 * before, and nothing remembered of that.
 *
 * Tables with another granule cannot be exchanged under running code, nor leaves for larger or
 * smaller ones: the MMU is off in between, and everything runs where memory is.  Code of the lower
 * half is there already.  Code of the upper half finds out where it is (AT), and goes on there, which
 * the old tables must allow: TTBR0 has it one to one.  The old TTBR0 stays until the new TTBR1 has
 * brought it back up.  Nothing touches memory in between.
 */
#define TCR_EPD0 0x80 /* no walks of TTBR0's tables */

	.global	quire_a64_exchange
quire_a64_exchange:
	mrs	x9, daif
	msr	daifset, #15
	adr	x10, above
	mrs	x6, sctlr_el1
	tbz	x6, #0, below
	adr	x7, below
	at	s1e1r, x7
	isb
	mrs	x8, par_el1
	tbnz	x8, #0, nowhere
	ubfx	x8, x8, #12, #36
	bfi	x7, x8, #12, #52
	br	x7
below:
	mov	x7, #0x1005			/* I, C, M */
	bic	x6, x6, x7
	msr	sctlr_el1, x6
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	mov	x8, x1
	tbz	x10, #63, 1f
	mrs	x7, tcr_el1
	bfi	x8, x7, #0, #16			/* what is TTBR0's: T0SZ to TG0 */
	b	2f
1:	msr	ttbr0_el1, x2
2:	msr	ttbr1_el1, x3
	msr	mair_el1, x0
	msr	tcr_el1, x8
	isb
	msr	sctlr_el1, x4
	isb
	br	x10
above:
	tbz	x10, #63, 3f
	orr	x8, x8, #TCR_EPD0
	msr	tcr_el1, x8
	isb
	msr	ttbr0_el1, x2
	isb
	msr	tcr_el1, x1
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
3:	msr	daif, x9
	ret
nowhere:
	brk	#0

	.section .note.GNU-stack, "", %progbits
