/* SPDX-License-Identifier: Apache-2.0 */
/* What cpu.c and cpu.S say to each other.  Offsets are in registers (of XLEN bits). */
#ifndef QUIRE_RISCV_PRIVATE_H
#define QUIRE_RISCV_PRIVATE_H

/* A trap frame: registers by their number (0 is not there), then status and pc; a multiple of 16
   bytes at either width. */
#define FRAME_STATUS 32
#define FRAME_PC     33
#define FRAME_WORDS  36

/* What a CPU keeps for the way into a trap: sp, t0 and t1 of the interrupted, the stack that user mode's
   traps use, the spare one, how many frames are being written, the CPU's number. */
#define ENTRY_SP     0
#define ENTRY_T0     1
#define ENTRY_T1     2
#define ENTRY_STACK  3
#define ENTRY_SPARE  4
#define ENTRY_BUSY   5
#define ENTRY_NUMBER 6
#define ENTRY_WORDS  7

/* What is kept to leave a probe or user mode: ra, tp, sstatus, the one before it, where the trap is to
   be told, s0 to s11. */
#define LEAVE_RA       0
#define LEAVE_TP       1
#define LEAVE_STATUS   2
#define LEAVE_PREVIOUS 3
#define LEAVE_TRAP     4
#define LEAVE_SAVED    5
#define LEAVE_WORDS    20

/* sstatus */
#define STATUS_SIE  0x002
#define STATUS_SPIE 0x020
#define STATUS_SPP  0x100
#define STATUS_SUM  0x40000

/* Ways to touch an address: loads of 1, 2, 4 and 8 bytes, stores, a call. */
#define TOUCH_LOAD  0
#define TOUCH_STORE 4
#define TOUCH_CALL  8

#endif
