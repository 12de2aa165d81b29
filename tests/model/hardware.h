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
 * invalid one where that is forbidden, an entry outside the tables, a cache told to write back what
 * it cannot find any more.  Which pages it was told to write back is kept, to be compared.
 */
#ifndef MODEL_HARDWARE_H
#define MODEL_HARDWARE_H

#include "quire/mmu.h"

#define HARDWARE_TLB 64u /* translations that are remembered */

/* A set of pages, known by its fingerprint: the order in which they came does not matter, and that
   one came twice does. */
struct page_set {
	uint32_t count;
	uint64_t sum;
};

static inline void page_set_add(struct page_set *set, quire_va page)
{
	set->count++;
	set->sum += (page + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* What the port was told last to make cache and memory agree about. */
struct hardware_sync {
	quire_va walk;
	quire_size size;
	unsigned how;
};

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
	unsigned prepare_in;       /* refuse the change after so many; 0: never */
	int refusal;               /* with this result */
	unsigned prepares;         /* changes asked about */
	unsigned writes;           /* calls of write */
	unsigned flushes;          /* calls of flush */
	unsigned syncs;            /* calls of sync */
	struct hardware_sync sync; /* the last one */
	bool asked;                /* the program asks for the next ones: any bytes, any way */
	struct page_set written;   /* pages written back without being asked */
	const char *complaint;     /* the first thing done wrong, or NULL */
};

/* The port to put into a walker; its context is a struct hardware. */
extern const struct quire_port hardware_port;

/* Entries are 1 or 2 words of 32 bits; one format serves every number of levels:
 *
 *   | page number, or number of the table ... | cluster:1 | target:3 | attributes:6 | leaf:1 | valid:1 |
 *
 * An entry of a cluster names its own page; if the description's detail is HARDWARE_ALIKE, the first
 * page of the cluster.
 */
extern const struct quire_format hardware_format;
extern const char hardware_alike[];
#define HARDWARE_ALIKE ((const void *)hardware_alike)

/* Bytes of a table with `bits` index bits. */
uint32_t hardware_table_bytes(unsigned bits);

/* Make the tables: a root for `mmu`, and `count` tables behind it.  False: no memory. */
bool hardware_init(struct hardware *hw, const struct quire_mmu *mmu, uint32_t count);
void hardware_free(struct hardware *hw);

/* Where the table pool begins. */
quire_pa hardware_pool_base(const struct quire_mmu *mmu);

/* Translate as an access does: by the TLB, or by a walk that the TLB then remembers. */
void hardware_access(struct hardware *hw, quire_va walk, struct quire_decoded *out);

/* Translate by the tables alone; `out->shift` says how much the leaf, or its cluster, covers. */
void hardware_walk(const struct hardware *hw, quire_va walk, struct quire_decoded *out);

/* Whether two translations of one page are the same. */
bool hardware_same(const struct quire_decoded *a, const struct quire_decoded *b);

#endif
