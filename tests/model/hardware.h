/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least hardware a space can be tested on: tables in an array, and a TLB with a bad memory for
 * being told.
 *
 * It translates with a walk of its own, which shares nothing with the core's but the description,
 * and it remembers every translation it has made (and, on machines that do that, every failure to
 * make one) until a flush covers the address.  A flush that is missing or too small therefore
 * shows as an access that ends in the wrong place.  It can be told to refuse the n-th change, and
 * it notes what a real machine would not forgive: a valid entry replaced without going through an
 * invalid one where that is forbidden, an entry outside the tables.
 */
#ifndef MODEL_HARDWARE_H
#define MODEL_HARDWARE_H

#include "quire/mmu.h"

#define HARDWARE_TLB 64u /* translations that are remembered */

struct hardware_tlb {
	bool used;
	quire_va page;
	struct quire_decoded says;
};

struct hardware {
	const struct quire_mmu *mmu;
	quire_entry *tables; /* all of them, side by side; address 0 is the root */
	size_t entries;      /* in there */
	quire_entry *broken; /* where a valid entry was made invalid and no flush has followed */
	struct hardware_tlb tlb[HARDWARE_TLB];
	unsigned prepare_in;   /* refuse the change after so many; 0: never */
	int refusal;           /* with this result */
	unsigned prepares;     /* changes asked about */
	unsigned writes;       /* calls of write */
	unsigned flushes;      /* calls of flush */
	const char *complaint; /* the first thing done wrong, or NULL */
};

/* The port to put into a walker; its context is a struct hardware. */
extern const struct quire_port hardware_port;

/* Entries are 1 or 2 words of 32 bits; one format serves every number of levels:
 *
 *   | page number, or number of the table ... | target:3 | attributes:6 | leaf:1 | valid:1 |
 */
extern const struct quire_format hardware_format;

/* Bytes of a table with `bits` index bits. */
uint32_t hardware_table_bytes(unsigned bits);

/* Make the tables: a root for `mmu`, and `count` tables behind it.  False: no memory. */
bool hardware_init(struct hardware *hw, const struct quire_mmu *mmu, uint32_t count);
void hardware_free(struct hardware *hw);

/* Where the table pool begins. */
quire_pa hardware_pool_base(const struct quire_mmu *mmu);

/* Translate as an access does: by the TLB, or by a walk that the TLB then remembers. */
void hardware_access(struct hardware *hw, quire_va walk, struct quire_decoded *out);

/* Translate by the tables alone. */
void hardware_walk(const struct hardware *hw, quire_va walk, struct quire_decoded *out);

/* Whether two translations of one page are the same. */
bool hardware_same(const struct quire_decoded *a, const struct quire_decoded *b);

#endif
