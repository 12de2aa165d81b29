/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several spaces on one table MMU.
 *
 * An ESP chip has one table and no ASIDs: to let another space be seen, its entries must be written.
 * Each space gets a *shadow*, a copy of the table in RAM; its port writes there, and through to the
 * hardware while the space is the one that is seen.  A switch compares the two shadows and writes only
 * the entries that differ, in runs; what may be dirty in the cache behind an entry that goes is written
 * back first, and only those addresses are flushed.
 *
 *   space A -- walker -- shadow A --,
 *                                    >-- hardware port (one table)
 *   space B -- walker -- shadow B --'
 *
 * Entries that both have alike (the shared kernel part) are never touched.
 */
#ifndef QUIRE_SHADOW_H
#define QUIRE_SHADOW_H

#include "quire/mmu.h"

struct quire_shadow;

/* The hardware, and which shadow it shows. */
struct quire_shadow_table {
	const struct quire_mmu *mmu; /* of one level */
	const struct quire_port *port;
	void *port_ctx;
	quire_pa root;
	struct quire_shadow *seen; /* NULL: none yet, and all entries are invalid */
	uint32_t entries_written;  /* by switches */
	uint32_t flushes;
};

/* The context of a space's port. */
struct quire_shadow {
	struct quire_shadow_table *table;
	quire_entry *entry; /* one for each of the table's: the caller's */
};

/* The port to put into the walkers of such spaces; its context is a struct quire_shadow. */
extern const struct quire_port quire_shadow_port;

/* Entries of a table of this MMU. */
uint32_t quire_shadow_entries(const struct quire_mmu *mmu);

/* Begin: the hardware's table must hold invalid entries.  QUIRE_ENULL, QUIRE_EFLAG (not one level). */
int quire_shadow_table_init(struct quire_shadow_table *table, const struct quire_mmu *mmu,
			    const struct quire_port *port, void *port_ctx, quire_pa root);

/* A shadow of its own, empty: `entry` holds quire_shadow_entries().  QUIRE_ENULL. */
int quire_shadow_init(struct quire_shadow *shadow, struct quire_shadow_table *table,
		      quire_entry *entry);

/*
 * Let a shadow be seen; `*written` (may be NULL) gets how many entries differed.  The hardware's port
 * is asked (prepare) for each run that will be shown; if it refuses one, nothing has been changed and
 * its result is returned.  The caller holds the locks of both spaces.
 * QUIRE_ENULL, QUIRE_EFLAG (a shadow of another table), or the port's.
 * Cost: linear in the entries of the table.
 */
int quire_shadow_switch(struct quire_shadow *to, uint32_t *written);

/* Not seen any more: a shadow may only be thrown away after that (its entries are made invalid in the
   hardware).  As switch. */
int quire_shadow_hide(struct quire_shadow_table *table);

#endif
