/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Toy machines: page tables of one to three levels that fit a 32-bit entry and a screen, so that
 * tests can write them by hand.
 *
 *     31                 12 11   8 7      2 1 0
 *    | page or table       |target| attr   |L|V|       L: leaf   V: valid
 *
 * Every table has 16 entries of 4 bytes; pages are 4 KiB, large ones 64 KiB and 1 MiB.
 */
#ifndef QUIRE_TESTS_SIM_TOY_H
#define QUIRE_TESTS_SIM_TOY_H

#include "quire/port/sim.h"

#define TOY_PAGE   0x1000u
#define TOY_LARGE  0x10000u
#define TOY_HUGE   0x100000u
#define TOY_TABLE  64u      /* bytes of a table */
#define TOY_BASE   0x80000u /* physical address of the first table, which is the root */
#define TOY_TABLES 300u     /* more than three levels can use */
#define TOY_TLB    8u

/* A description with `levels` levels; large leaves wherever there is a level for them. */
struct quire_mmu toy_mmu(unsigned levels, unsigned flags);

/*
 * The same with clusters of 4 pages and 4 large pages, and marks.  An entry of a cluster names its own
 * page, or, in one that is alike, the cluster's first.
 *
 *     31                 12 11   10   9    8     7      2 1 0
 *    | page or table       |acc.|dirt|clus|targ.| attr   |L|V|
 */
struct quire_mmu toy_mmu_clusters(unsigned levels, unsigned flags, bool alike);

quire_entry toy_leaf(quire_pa pa, unsigned target, unsigned attr);
quire_entry toy_table(quire_pa table);

/* A machine with its memory and TLB. */
struct toy {
	struct quire_mmu mmu;
	struct quire_sim sim;
	uint32_t memory[TOY_TABLES * TOY_TABLE / 4];
	struct quire_sim_tlb tlb[TOY_TLB];
};

void toy_init(struct toy *toy, unsigned levels, unsigned flags);

/* A machine of any of these descriptions, with hardware that does so about marks. */
void toy_init_as(struct toy *toy, struct quire_mmu mmu, unsigned marks);

/* The physical address of the n-th table; 0 is the root. */
quire_pa toy_at(unsigned n);

/* Write one entry of the n-th table, through the port; flush one range. */
void toy_write(struct toy *toy, unsigned n, unsigned index, quire_entry entry);
void toy_flush(struct toy *toy, quire_va walk, quire_size size);

/* What an access ends in, and where: the physical address, or ~0 on a fault. */
quire_pa toy_read(struct toy *toy, quire_va walk);
enum quire_sim_fault toy_fault(struct toy *toy, quire_va walk, unsigned kind);

#endif
