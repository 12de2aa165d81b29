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
 *                                    ^
 *   kernel's space -- walker --------'   its entries are invalid in A and in B
 *
 * Entries that both have alike are never touched.  So a part that all share needs nothing: it is a
 * space of its own, on the hardware's port, with windows of its own.
 *
 * Entries of such chips do not say what a mapping allows.  Ports are told in `prepare`, and a shadow
 * keeps it with the entry: the hardware's port is told again when the entry is shown, and it is known
 * which pages may be dirty: those that may be written through a write-back cache.  Two entries are
 * alike if they show the same page and allow the same.
 *
 * All spaces on a table, the kernel's too, have one lock: the one that the table is made with.
 */
#ifndef QUIRE_SHADOW_H
#define QUIRE_SHADOW_H

#include "quire/space.h"

struct quire_shadow;

/* The hardware, and which shadow it shows. */
struct quire_shadow_table {
	const struct quire_mmu *mmu; /* of one level */
	const struct quire_port *port;
	void *port_ctx;
	quire_pa root;
	struct quire_lock lock;
	struct quire_shadow *seen; /* NULL: none, and all entries of shadows are invalid */
	/* By switches. */
	uint32_t entries; /* written, and what an MMU wants broken first is written twice */
	uint32_t runs;    /* calls of port->write */
	uint32_t flushes;
	uint32_t syncs;
};

/* The context of a space's port. */
struct quire_shadow {
	struct quire_shadow_table *table;
	quire_entry *entry; /* one for each of the table's */
	uint8_t *attr;      /* what each allows; 0 where it shows nothing */
	uint8_t *promised;  /* what the last prepare said that it will */
};

/* The port to put into the walkers of such spaces; its context is a struct quire_shadow.  A change in
   a space that is not seen is agreed to, and the hardware's port asked when the space is switched to. */
extern const struct quire_port quire_shadow_port;

/* Bytes of memory that a shadow of a table of this MMU needs: six or ten an entry; 0 for NULL.  Pure. */
size_t quire_shadow_memory_size(const struct quire_mmu *mmu);

/*
 * Begin: the hardware's table, in which no space on a shadow has anything yet.  `lock` is copied, and
 * may be NULL.
 * QUIRE_ENULL, QUIRE_EFLAG (not one level).  Not thread-safe.  Constant cost.
 */
int quire_shadow_table_init(struct quire_shadow_table *table, const struct quire_mmu *mmu,
			    const struct quire_port *port, void *port_ctx, quire_pa root,
			    const struct quire_lock *lock);

/*
 * A shadow of its own, in which all is invalid: `memory` holds quire_shadow_memory_size() bytes, aligned
 * as a quire_entry, and stays.
 * QUIRE_ENULL.  Not thread-safe.  Cost: linear in the entries.
 */
int quire_shadow_init(struct quire_shadow *shadow, struct quire_shadow_table *table, void *memory);

/*
 * Let a space be seen: `to` is its `count` shadows themselves, one for each table of the machine that spaces are
 * switched in (two on an ESP32 with PSRAM), all with one lock.  `*written` (may be NULL) gets how many
 * entries differed.
 *
 * First the hardware's port is asked (prepare) about each run that will be shown or will go; if it
 * refuses one, nothing has changed and its result is returned.  Then what may be dirty behind entries
 * that go is written back, on machines that could not do so later (QUIRE_MMU_WRITE_BACK_FIRST); then
 * the entries are written, and each stretch of them is flushed once (of those that were valid before,
 * where the MMU does not remember invalid ones).
 *
 * The code that calls must be seen through neither, and programs of both spaces must be held until it
 * returns.
 * QUIRE_ENULL, QUIRE_EFLAG (no shadow at all, or two of one table), the lock's, or the port's.
 * Safe as the verbs of a space are.  Cost: linear in the entries, four times.
 */
int quire_shadow_switch(struct quire_shadow *to, unsigned count, uint32_t *written);

/*
 * Let none be seen: all that shadows have written goes.  `tables` are the machine's, as above.  A
 * shadow that is seen may be thrown away after this, or after a switch to another.  All is as in switch.
 */
int quire_shadow_hide(struct quire_shadow_table *tables, unsigned count, uint32_t *written);

#endif
