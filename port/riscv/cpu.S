/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking traps, and leaving what a trap put an end to; for 32 and 64 bits.
 *
 * sscratch always points to what this CPU keeps for the way in (ENTRY_*, in cpu.c): three registers are
 * put there first, then the frame is put on the stack of whoever was interrupted:
 *
 *   supervisor code runs       its own
 *   user code runs             that of quire_cpu_user(), with what it keeps to leave
 *   a frame is being written   the spare stack of this CPU: a trap that comes then is about the stack,
 *                              which has run out or lacks a mark.  What the frame was for is lost.
 *
 * Nothing of user mode's is trusted on the way: its sp is a number to keep, never a place to write to.
 * The vector, what this CPU keeps and the spare stack must be there and marked accessed and dirty; a
 * fault about those has no way in at all.
 *
 * tp is the CPU's number while supervisor code runs.  Nothing in here uses gp.
 */
#include "private.h"

#if __riscv_xlen == 64
#define LOAD  ld
#define STORE sd
#define WORD  8
#else
#define LOAD  lw
#define STORE sw
#define WORD  4
#endif

#define FRAME_BYTES (FRAME_WORDS * WORD)
#define LEAVE_BYTES (LEAVE_WORDS * WORD)

	.macro each_register operation /* but zero, sp, t0 and t1 */
	.irp n, 1, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
		25, 26, 27, 28, 29, 30, 31
	\operation x\n, \n * WORD(sp)
	.endr
	.endm

	.macro each_saved operation
	\operation ra, LEAVE_RA * WORD(sp)
	\operation tp, LEAVE_TP * WORD(sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\operation s\n, (LEAVE_SAVED + \n) * WORD(sp)
	.endr
	.endm

	/* Keep what a trap must give back; a3 points to where the frame is to be known, a4 to where the
	   trap is to be told. */
	.macro prepare_to_leave
	addi sp, sp, -LEAVE_BYTES
	each_saved STORE
	csrr t0, sstatus
	STORE t0, LEAVE_STATUS * WORD(sp)
	LOAD t0, 0(a3)
	STORE t0, LEAVE_PREVIOUS * WORD(sp)
	STORE a4, LEAVE_TRAP * WORD(sp)
	STORE sp, 0(a3)
	.endm

	.text

/* stvec points here. */
	.globl quire_riscv_vector
	.balign 4
quire_riscv_vector:
	csrrw t0, sscratch, t0
	STORE sp, ENTRY_SP * WORD(t0)
	STORE t1, ENTRY_T1 * WORD(t0)
	csrrw t1, sscratch, t0 /* from here on a trap finds the way in as it should be */
	STORE t1, ENTRY_T0 * WORD(t0)
	LOAD t1, ENTRY_BUSY * WORD(t0)
	beqz t1, 1f
	LOAD sp, ENTRY_SPARE * WORD(t0)
	j 2f
1:	csrr t1, sstatus
	andi t1, t1, STATUS_SPP
	bnez t1, 2f
	LOAD sp, ENTRY_STACK * WORD(t0)
2:	LOAD t1, ENTRY_BUSY * WORD(t0)
	addi t1, t1, 1
	STORE t1, ENTRY_BUSY * WORD(t0)
	addi sp, sp, -FRAME_BYTES
	each_register STORE
	LOAD t1, ENTRY_SP * WORD(t0)
	STORE t1, 2 * WORD(sp)
	LOAD t1, ENTRY_T0 * WORD(t0)
	STORE t1, 5 * WORD(sp)
	LOAD t1, ENTRY_T1 * WORD(t0)
	STORE t1, 6 * WORD(sp)
	csrr t1, sstatus
	STORE t1, FRAME_STATUS * WORD(sp)
	csrr t1, sepc
	STORE t1, FRAME_PC * WORD(sp)
	LOAD a1, ENTRY_BUSY * WORD(t0)
	STORE zero, ENTRY_BUSY * WORD(t0)
	LOAD tp, ENTRY_NUMBER * WORD(t0)
	addi a1, a1, -1 /* not 0: on the spare stack */
	mv a0, sp
	call quire_riscv_trap
	bnez a0, leave
	LOAD t0, FRAME_STATUS * WORD(sp)
	csrw sstatus, t0 /* first: interrupts are off in it */
	LOAD t1, FRAME_PC * WORD(sp)
	csrw sepc, t1
	andi t0, t0, STATUS_SPP
	bnez t0, 3f
	csrr t0, sscratch
	addi t1, sp, FRAME_BYTES
	STORE t1, ENTRY_STACK * WORD(t0) /* the handler may have run user code of its own */
3:	each_register LOAD
	LOAD t0, 5 * WORD(sp)
	LOAD t1, 6 * WORD(sp)
	LOAD sp, 2 * WORD(sp)
	sret

/* Give back what prepare_to_leave has kept in the frame at a0, and return from there with a1 = 1. */
leave:
	mv sp, a0
	each_saved LOAD
	LOAD t0, LEAVE_STATUS * WORD(sp)
	addi sp, sp, LEAVE_BYTES
	li a1, 1
	csrw sstatus, t0
	ret

/*
 * struct { uintptr_t value, left; } quire_riscv_touch(uintptr_t va, uintptr_t value, unsigned how,
 *						       struct leave **frame, struct quire_trap *trap);
 */
	.globl quire_riscv_touch
	.balign 4
quire_riscv_touch:
	prepare_to_leave
	mv s0, a3
	slli a2, a2, 3
	la t0, ways
	add t0, t0, a2
	jr t0
	.option push
	.option norvc /* so that each way has 8 bytes */
	.option norelax
	.balign 8
ways:	lbu a0, 0(a0)
	j done
	lhu a0, 0(a0)
	j done
	lw a0, 0(a0)
	j done
	LOAD a0, 0(a0)
	j done
	sb a1, 0(a0)
	j done
	sh a1, 0(a0)
	j done
	sw a1, 0(a0)
	j done
	STORE a1, 0(a0)
	j done
	jalr a0
	j done
	.option pop
done:	LOAD t0, LEAVE_PREVIOUS * WORD(sp)
	STORE t0, 0(s0)
	each_saved LOAD
	addi sp, sp, LEAVE_BYTES
	li a1, 0
	ret

/*
 * void quire_riscv_user(uintptr_t pc, uintptr_t stack, uintptr_t argument, struct leave **frame,
 *			 struct quire_trap *trap);
 * User code finds its argument and its stack; all other registers are 0.
 */
	.globl quire_riscv_user
quire_riscv_user:
	prepare_to_leave
	csrrci t0, sstatus, STATUS_SIE /* until sret: sepc is ours */
	li t1, ~(STATUS_SPP | STATUS_SPIE | STATUS_SIE)
	and t1, t0, t1
	andi t0, t0, STATUS_SIE
	slli t0, t0, 4 /* SPIE becomes SIE */
	or t0, t0, t1
	csrw sstatus, t0
	csrw sepc, a0
	csrr t0, sscratch
	STORE sp, ENTRY_STACK * WORD(t0)
	mv sp, a1
	mv a0, a2
	.irp n, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, \
		26, 27, 28, 29, 30, 31
	li x\n, 0
	.endr
	sret
