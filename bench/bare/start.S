/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest start: one hart, M-mode, a stack, .bss cleared.  The machine jumps to the first word
   of RAM, so this is linked first. */
	.option arch, +zicsr
	.section .start, "ax"
	.globl _start
_start:
	csrr	t0, mhartid
park:
	bnez	t0, park
	la	sp, stack_top
	la	t0, trap
	csrw	mtvec, t0
	la	t0, bss_start
	la	t1, bss_end
clear:
	bgeu	t0, t1, run
	sw	zero, 0(t0)
	addi	t0, t0, 4
	j	clear
run:
	call	bench_main
	.align	2
trap:	/* nothing here may trap: leave with status 3 */
	li	t0, 0x100000
	li	t1, 0x33333
	sw	t1, 0(t0)
	j	trap
