/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A software MMU, for tests.
 *
 * It serves every description: real tables in memory that the caller hands in, addressed by the
 * physical addresses that their entries hold, and beside them a hardware that believes nothing the
 * walker knows.  quire_sim_access() translates as a CPU would.  It reads the tables with a walk of
 * its own and keeps what it read in a TLB: leaves, the tables on the way, and, where the
 * architecture allows it (QUIRE_MMU_FLUSH_ON_MAP), entries found invalid.  Nothing of that is
 * forgotten before the flush that the architecture demands; so a flush that is missing shows as a
 * wrong translation, and a freed table that is used again as a wild one.
 *
 *     space -- walker -- quire_sim_port --writes--> tables (caller's memory)
 *                              |                       ^
 *                              `--flushes--> TLB       | reads
 *                                             ^        |
 *     test ------ quire_sim_access -----------+--------'
 *
 * A flush is taken at its word.  One that is not about tables (QUIRE_FLUSH_TABLES) forgets leaves only,
 * and neither one in whose place a table stands by now nor a table that was cached; one that says that
 * all was invalid before (QUIRE_FLUSH_FRESH) forgets nothing but what was found invalid.  A cluster is
 * one TLB entry, whichever of its entries was read.
 *
 * On a QUIRE_MMU_BREAK_BEFORE_MAKE machine each valid entry that is replaced directly, or before
 * the TLB has forgotten the one before it, is recorded as a violation, unless nothing but access and
 * marks differs.
 *
 * All is deterministic: the TLB is fully associative and replaces its oldest entry.
 */
#ifndef QUIRE_PORT_SIM_H
#define QUIRE_PORT_SIM_H

#include "quire/mmu.h"

/* What an access ends in. */
enum quire_sim_fault {
	QUIRE_SIM_OK,
	QUIRE_SIM_UNMAPPED,  /* an invalid entry, or an address beyond the tables */
	QUIRE_SIM_FORBIDDEN, /* a leaf that does not allow this */
	QUIRE_SIM_MALFORMED, /* a table outside the memory, a leaf or table where none may stand, a
				large page that is not aligned, or a cluster whose entries differ */
	QUIRE_SIM_UNMARKED,  /* a leaf that lacks a mark that this hardware does not set */
};

/* What the hardware does about a leaf without the mark that an access needs. */
enum quire_sim_marks {
	QUIRE_SIM_MARKS_IGNORED, /* nothing: it has none */
	QUIRE_SIM_MARKS_SET,     /* it sets it */
	QUIRE_SIM_MARKS_FAULT, /* it faults, and does not remember leaves that nobody may access */
};

/* One entry of the TLB: an entry of some table as it was when it was read. */
struct quire_sim_tlb {
	quire_va walk; /* an address it was read for */
	quire_pa table;
	unsigned index;
	quire_entry entry;
	struct quire_decoded what;
	uint8_t level;
	bool used;
};

enum quire_sim_wrong {
	QUIRE_SIM_NOTHING,
	QUIRE_SIM_NO_BREAK, /* a valid entry was replaced by another valid one */
	QUIRE_SIM_NO_FLUSH, /* an entry was made valid while the TLB held the one before it */
	QUIRE_SIM_WILD,     /* an entry outside the memory was read or written */
};

struct quire_sim_violation {
	enum quire_sim_wrong wrong;
	quire_pa table;
	unsigned index;
	quire_entry before;
	quire_entry after;
};

struct quire_sim_counts {
	uint32_t prepares;
	uint32_t reads;       /* calls of the port's read */
	uint32_t runs;        /* calls of the port's write */
	uint32_t entries;     /* entries written */
	uint32_t flush_page;  /* flushes of up to one page */
	uint32_t flush_range; /* of more */
	uint32_t flush_all;   /* of all that the tables can translate */
	uint32_t flushed;     /* TLB entries that flushes dropped */
	uint32_t hits;        /* accesses served by the TLB alone */
	uint32_t walks;       /* accesses that were not */
	uint32_t walk_reads;  /* entries read for these */
	uint32_t marked;      /* leaves marked by accesses */
	uint32_t violations;
};

/* What a simulated machine is made of; `memory` and `tlb` stay the caller's, and are used. */
struct quire_sim_config {
	const struct quire_mmu *mmu;
	void *memory;        /* all tables stand in here */
	quire_pa base;       /* the physical address of its first byte */
	quire_size bytes;    /* of it */
	quire_pa root;       /* the physical address of the first table */
	uint8_t entry_bytes; /* 4 or 8, at most sizeof(quire_entry) */
	struct quire_sim_tlb *tlb;
	unsigned tlb_entries; /* 0: no TLB, every access walks */
	uint8_t marks;        /* enum quire_sim_marks */
};

struct quire_sim {
	struct quire_sim_config config;
	struct quire_sim_counts counts;
	struct quire_sim_violation first; /* the first violation */
	struct quire_change change;       /* the last one that was prepared */
	unsigned next;                    /* TLB entry to be replaced */
	uint32_t fail_in;                 /* prepares until one fails, 0: none will */
	int fail_with;
};

/* The port; its context is a struct quire_sim. */
extern const struct quire_port quire_sim_port;

/*
 * Make a machine with an empty TLB, and all of its memory invalid entries.
 * QUIRE_ENULL, QUIRE_EFLAG (entry_bytes, marks), QUIRE_EALIGN (base, root or bytes are not whole entries),
 * QUIRE_EBEYOND (the root table is not inside the memory).
 */
int quire_sim_init(struct quire_sim *sim, const struct quire_sim_config *config);

/*
 * Access an address as the CPU does, TLB first.  `kind` is what is wanted: QUIRE_READ, QUIRE_WRITE,
 * QUIRE_EXEC, QUIRE_USER or a sum of them.  `pa` and `target` are set on QUIRE_SIM_OK only, and may
 * be NULL.
 */
enum quire_sim_fault quire_sim_access(struct quire_sim *sim, quire_va walk, unsigned kind,
				      quire_pa *pa, unsigned *target);

/* The same by the tables alone, as they are now: nothing is cached, used or counted. */
enum quire_sim_fault quire_sim_translate(const struct quire_sim *sim, quire_va walk, unsigned kind,
					 quire_pa *pa, unsigned *target);

/* The n-th prepare from now fails with `error`, once; 1 is the next.  0 takes it back. */
void quire_sim_fail_prepare(struct quire_sim *sim, uint32_t n, int error);

/* How many TLB entries say something else than the tables say now; `first` (may be NULL) gets one
   of them, or NULL.  After a flush that was due there are none. */
unsigned quire_sim_stale(const struct quire_sim *sim, const struct quire_sim_tlb **first);

#endif
