/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of both CPUs, up to 64 bits with tables that show the first 4 GiB one to one,
 * everything allowed, and a stack.
 *
 * CPU 0 comes by the PVH convention: at the address that a note names, 32 bits, flat segments, no
 * paging.  CPU 1 comes as after reset, 16 bits, in the page that it was told, below 1 MiB: its first
 * instructions are copied there before anything else.
 *
 * An image for the upper half (BOARD_HIGH) is linked at 2^64 - 2^31 and above; the tables show the
 * first 2 GiB there too.  Until then addresses are counted from where it was loaded.
 */
#ifdef BOARD_HIGH
#define OFFSET 0xffffffff80000000
#else
#define OFFSET 0
#endif
#define START1	0x8000			/* page 8: board.c */
#define CODE	0x08
#define DATA	0x10
#define CODE32	0x18
#define EFER	0xc0000080
#define LME	0x100
#define PAE	0x20
#define CR0	0x80000033		/* PG, NE, ET, MP, PE: CD and NW clear */
#define TABLE	0x27			/* A, U/S, R/W, P */
#define PAGE	0xe3			/* PS, D, A, R/W, P */
#define DEVICE	0xfb			/* and not cached */

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 8, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.quad	start32 - OFFSET

	.section .text.start, "ax"
	.global	_start
_start:
	.code32
start32:
	cli
	.macro	out port, value
	movw	$\port, %dx
	movb	$\value, %al
	outb	%al, %dx
	.endm
	out	0x21, 0xff		/* nothing comes from the old interrupt controllers */
	out	0xa1, 0xff
	out	0x3fb, 0x80		/* UART: 115200, 8 bits, no parity */
	out	0x3f8, 1
	out	0x3f9, 0
	out	0x3fb, 3
	xorl	%ebp, %ebp		/* CPU 0 */
	lgdt	segments_at - OFFSET
climb:
	cld
	movl	$root - OFFSET, %eax
	movl	%eax, %cr3
	movl	$PAE, %eax
	movl	%eax, %cr4
	movl	$EFER, %ecx
	rdmsr
	orl	$LME, %eax
	wrmsr
	movl	$CR0, %eax
	movl	%eax, %cr0
	ljmp	$CODE, $start64 - OFFSET

	.code64
start64:
	movl	$DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movabsq	$up, %rax
	jmp	*%rax
up:
	testl	%ebp, %ebp
	jnz	second
	movabsq	$board_stack_end, %rsp
	movabsq	$board_bss_start, %rdi
	movabsq	$board_bss_end, %rcx
	subq	%rdi, %rcx
	xorl	%eax, %eax
	rep stosb
	leaq	start16(%rip), %rsi
	movl	$START1, %edi
	movl	$start16_end - start16, %ecx
	rep movsb
	call	board_main
	movl	%eax, %edi
	call	board_exit

second:
	movabsq	$board_stack1_end, %rsp
	movl	$1, board_arrived1(%rip)
	call	*board_entry1(%rip)
1:	hlt
	jmp	1b

/* CPU 1, at START1. */
	.code16
start16:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	START1 + (start16_segments - start16)
	movl	$1, %ebp
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$CODE32, $second32 - OFFSET
start16_segments:
	.word	segments_end - segments - 1
	.long	segments - OFFSET
start16_end:

	.code32
second32:
	movl	$DATA, %eax
	movl	%eax, %ds
	jmp	climb

	.section .rodata
	.balign	8
segments:
	.quad	0
	.quad	0x00af9b000000ffff	/* code of 64 bits */
	.quad	0x00cf93000000ffff	/* data */
	.quad	0x00cf9b000000ffff	/* code of 32 bits */
segments_end:
segments_at:
	.word	segments_end - segments - 1
	.long	segments - OFFSET

	.data
	.balign	4096
root:
	.quad	lower - OFFSET + TABLE
	.fill	510, 8, 0
#ifdef BOARD_HIGH
	.quad	upper - OFFSET + TABLE
upper:
	.fill	510, 8, 0
	.quad	directories - OFFSET + TABLE
	.quad	directories - OFFSET + 0x1000 + TABLE
#else
	.quad	0
#endif
lower:
	.set	i, 0
	.rept	4
	.quad	directories - OFFSET + (i << 12) + TABLE
	.set	i, i + 1
	.endr
	.fill	508, 8, 0
directories:
	.set	i, 0
	.rept	2048
	.if	i < 1536
	.quad	(i << 21) + PAGE
	.else
	.quad	(i << 21) + DEVICE
	.endif
	.set	i, i + 1
	.endr

	.section .note.GNU-stack, "", @progbits
