/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From reset to board_main() on QEMU's `virt`: from machine mode (-bios none), or, with BOARD_SBI,
 * from supervisor mode, where OpenSBI leaves a program.  With BOARD_HIGH the image is linked for the
 * upper half and loaded low: a table of four leaves is switched on before C runs.
 *
 * Without a firmware this file is a very small one: what it sets up is what supervisor mode needs, and
 * its two services (start a hart, interrupt a hart) are called as OpenSBI's are, so that the rest of
 * the board does not know the difference.
 *
 *   machine mode     open memory protection, hand traps and interrupts down, open the counters,
 *                    let entries say how to cache, and caches be cleaned (menvcfg)
 *                    hart 0 goes on, others wait until they are started
 *   supervisor mode  clear .bss, tp = CPU number, stack, [boot table], board_main()
 *
 * Sources: The RISC-V Instruction Set Manual, volume II, "Machine-Level ISA"; RISC-V Supervisor Binary
 * Interface Specification, chapters "IPI Extension" and "Hart State Management Extension".
 */
#if __riscv_xlen == 64
#define LOAD  ld
#define STORE sd
#define WORD  8
#else
#define LOAD  lw
#define STORE sw
#define WORD  4
#endif

#define HARTS        8
#define SAVE_WORDS   4 /* of a hart that is in machine mode */
#define CLINT        0x02000000 /* a word for each hart: its software interrupt */
#define TEST_DEVICE  0x00100000
#define SBI_IPI      0x735049
#define SBI_HSM      0x48534d
#define SBI_NOT_SUPPORTED     -2
#define SBI_INVALID           -3
#define SBI_ALREADY_AVAILABLE -6

#define MENVCFG       0x30a /* the assembler does not know it by name */
#define MENVCFG_PBMTE 62
#define MENVCFG_CBO   0x70 /* CBIE: invalidating is allowed, and means that; CBCFE */
#define HIGH_SHIFT    38 /* the upper half of Sv39 begins at -1 << 38 */

	.section .text.start, "ax"
	.globl _start
_start:
#ifdef BOARD_SBI
	j supervisor
#else
	csrr a0, mhartid
	li t0, HARTS
	bgeu a0, t0, sleep
	la t1, saved
	slli t0, a0, 5
	add t1, t1, t0
	csrw mscratch, t1
	la t0, 1f /* a machine without memory protection traps, and goes on behind it */
	csrw mtvec, t0
	li t0, -1
	csrw pmpaddr0, t0
	li t0, 0x1f
	csrw pmpcfg0, t0
	.balign 4
1:	la t0, 1f /* so does one without menvcfg */
	csrw mtvec, t0
	li t0, MENVCFG_CBO
	csrs MENVCFG, t0
#if __riscv_xlen == 64
	li t0, 1
	slli t0, t0, MENVCFG_PBMTE
	csrs MENVCFG, t0
#endif
	.balign 4
1:	la t0, machine_trap
	csrw mtvec, t0
	li t0, 0xb1ff /* all but calls from supervisor mode */
	csrw medeleg, t0
	li t0, 0x222 /* supervisor mode's software, timer and device interrupts */
	csrw mideleg, t0
	li t0, 7
	csrw mcounteren, t0
	li t0, 8 /* this hart's software interrupt */
	csrw mie, t0
	li t0, 0x1800
	csrc mstatus, t0
	li t0, 0x0800 /* mret goes to supervisor mode */
	csrs mstatus, t0
	csrw satp, zero
	bnez a0, wait
	la t0, supervisor
	csrw mepc, t0
	mret

/* Until another hart has it started: where, and with which argument. */
wait:	la t1, started
	slli t0, a0, 4
	add t1, t1, t0
1:	wfi
	LOAD t0, 0(t1)
	beqz t0, 1b
	fence
	LOAD a1, WORD(t1)
	csrw mepc, t0
	li t1, CLINT
	slli t0, a0, 2
	add t1, t1, t0
	sw zero, 0(t1)
	mret

sleep:	wfi
	j sleep

	.balign 4
machine_trap:
	csrrw sp, mscratch, sp
	STORE t0, 0(sp)
	STORE t1, WORD(sp)
	STORE t2, 2 * WORD(sp)
	STORE t3, 3 * WORD(sp)
	li t3, CLINT
	csrr t0, mcause
	bltz t0, interrupted
	li t1, 9
	bne t0, t1, lost
	csrr t0, mepc
	addi t0, t0, 4
	csrw mepc, t0
	li t0, SBI_IPI
	beq a7, t0, ipi
	li t0, SBI_HSM
	bne a7, t0, 1f
	beqz a6, start
1:	li a0, SBI_NOT_SUPPORTED
back:	li a1, 0
resume:	LOAD t0, 0(sp)
	LOAD t1, WORD(sp)
	LOAD t2, 2 * WORD(sp)
	LOAD t3, 3 * WORD(sp)
	csrrw sp, mscratch, sp
	mret

/* Machine mode's own software interrupt becomes supervisor mode's. */
interrupted:
	csrr t0, mhartid
	slli t0, t0, 2
	add t3, t3, t0
	sw zero, 0(t3)
	csrsi mip, 2
	j resume

/* a0: a mask of harts, from hart a1 on */
ipi:	slli t0, a1, 2
	add t3, t3, t0
	li t1, 1
	fence
1:	beqz a0, back
	andi t0, a0, 1
	beqz t0, 2f
	sw t1, 0(t3)
2:	srli a0, a0, 1
	addi t3, t3, 4
	j 1b

/* a0: a hart, a1: where it begins, a2: its argument.  The word of one that is not there stays 0; one
   that waits does not clear it. */
start:	li t1, HARTS
	bgeu a0, t1, 2f
	slli t0, a0, 2
	add t3, t3, t0
	la t1, started
	slli t0, a0, 4
	add t1, t1, t0
	LOAD t0, 0(t1)
	li a0, SBI_ALREADY_AVAILABLE
	bnez t0, back
	li t0, 1
	sw t0, 0(t3)
	lw t0, 0(t3)
	beqz t0, 2f
	STORE a2, WORD(t1)
	fence
	STORE a1, 0(t1)
	li a0, 0
	j back
2:	li a0, SBI_INVALID
	j back

/* Nothing else should come here: stop with status 127. */
lost:	li t0, TEST_DEVICE
	li t1, 0x7f3333
	sw t1, 0(t0)
	j sleep

	.data
	.balign 16
saved:	.zero HARTS * 32
started:
	.zero HARTS * 16
	.section .text.start, "ax"
#endif

#ifdef BOARD_HIGH
/* One to one and in the upper half; the code goes on there, and `la` with it. */
	.macro go_high
	la t0, boot_table
	srli t0, t0, 12
	li t1, 8
	slli t1, t1, 60
	or t0, t0, t1
	la t1, 1f
	li t2, -1
	slli t2, t2, HIGH_SHIFT
	add t1, t1, t2
	sfence.vma
	csrw satp, t0
	jr t1
1:
	.endm

	.data
	.balign 4096
boot_table: /* leaves of 1 GiB, global, accessed, dirty: devices; RAM; both again from -1 << 38 on */
	.dword 0x000000e7
	.dword 0
	.dword 0x200000ef
	.zero 253 * 8
	.dword 0x000000e7
	.dword 0
	.dword 0x200000ef
	.zero 253 * 8
	.section .text.start, "ax"
#else
	.macro go_high
	.endm
#endif

/* A trap before a program takes traps: stop with status 125. */
	.balign 4
early:	li t0, TEST_DEVICE
	li t1, 0x7d3333
	sw t1, 0(t0)
1:	wfi
	j 1b

	.macro supervisor_state
	la t0, early
	csrw stvec, t0
	csrw sie, zero
	li t0, 0xc0002 /* MXR, SUM and SIE */
	csrc sstatus, t0
	li t0, 7
	csrw scounteren, t0
	.endm

/* a0: the hart that begins */
supervisor:
	supervisor_state
	la t0, board_bss_start
	la t1, board_data_end
1:	STORE zero, 0(t0)
	addi t0, t0, WORD
	bltu t0, t1, 1b
	li tp, 0
	go_high
	la t0, board_boot_hart
	STORE a0, 0(t0)
	la sp, board_stack_end
	call board_main
	call board_exit

/* a1: the number of a CPU that another has started */
	.globl board_second
board_second:
	supervisor_state
	mv tp, a1
	go_high
	la sp, board_stack1_end
	la t0, board_entry
	LOAD t0, 0(t0)
	jalr t0
1:	wfi
	j 1b
