/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking traps, and leaving what a trap put an end to; for 32 and 64 bits.
 *
 * The frame is put on the stack of whoever was interrupted.  sscratch says which that is:
 *
 *   supervisor code runs       0: sp is good
 *   user code runs             the stack of quire_cpu_user(), with what it keeps to leave
 *   a frame is being written   the spare stack: a trap that comes then is the stack's overflow, which
 *                              is taken there
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
#define SPARE_BYTES 8192

	.macro each_register operation /* but zero, sp and t0 */
	.irp n, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
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

	.bss
	.balign 16
	.space SPARE_BYTES
spare_end:

	.text

/* stvec points here. */
	.globl quire_riscv_vector
	.balign 4
quire_riscv_vector:
	csrrw sp, sscratch, sp
	bnez sp, 1f
	la sp, spare_end
	csrrw sp, sscratch, sp
	addi sp, sp, -FRAME_BYTES
	STORE t0, 5 * WORD(sp)
	each_register STORE
	addi t0, sp, FRAME_BYTES
	csrw sscratch, zero
	STORE t0, 2 * WORD(sp)
	csrr t0, sstatus
	j 2f
1:	addi sp, sp, -FRAME_BYTES
	STORE t0, 5 * WORD(sp)
	each_register STORE
	csrrw t0, sscratch, zero
	STORE t0, 2 * WORD(sp)
	csrr t0, sstatus
	andi t1, t0, STATUS_SPP
	bnez t1, 2f /* an overflow: tp is good */
	LOAD tp, FRAME_BYTES + LEAVE_TP * WORD(sp)
2:	STORE t0, FRAME_STATUS * WORD(sp)
	csrr t0, sepc
	STORE t0, FRAME_PC * WORD(sp)
	mv a0, sp
	call quire_riscv_trap
	bnez a0, leave
	LOAD t0, FRAME_PC * WORD(sp)
	csrw sepc, t0
	LOAD t0, FRAME_STATUS * WORD(sp)
	csrw sstatus, t0
	andi t0, t0, STATUS_SPP
	bnez t0, 3f
	addi t0, sp, FRAME_BYTES
	csrw sscratch, t0
3:	each_register LOAD
	LOAD t0, 5 * WORD(sp)
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
	csrrci t0, sstatus, STATUS_SIE /* until sret: sepc and sscratch are ours */
	li t1, ~(STATUS_SPP | STATUS_SPIE | STATUS_SIE)
	and t1, t0, t1
	andi t0, t0, STATUS_SIE
	slli t0, t0, 4 /* SPIE becomes SIE */
	or t0, t0, t1
	csrw sstatus, t0
	csrw sepc, a0
	csrw sscratch, sp
	mv sp, a1
	mv a0, a2
	.irp n, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, \
		26, 27, 28, 29, 30, 31
	li x\n, 0
	.endr
	sret
