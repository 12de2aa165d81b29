/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MMU, described as data, and the walker that serves them all.
 *
 * Every MMU is a table of tables; the ESP32's is a tree of depth one.  `quire_mmu` says how many
 * levels there are, how many index bits each takes, where a leaf may stand and how an entry is
 * written.  `quire_port` says how entries are reached on one machine: a plain array, two
 * registers behind a lock, an mmap() call.  `quire_walker` is one tree of tables, live: its
 * root, its port and the pool its table pages come from.
 *
 *   address as the tables number it
 *   +----------------+----------+----------+--------------+
 *   |    (unused)    | level 0  | level 1  | offset       |
 *   +----------------+----------+----------+--------------+
 *                     `- bits    `- bits    `- level[last].shift
 *
 * The walker neither locks nor allocates from anywhere but its pool, and never recurses.
 */
#ifndef QUIRE_MMU_H
#define QUIRE_MMU_H

#include "quire/types.h"

struct quire_mmu;

/* One level of an MMU's tables. */
struct quire_level {
	uint8_t shift; /* an entry at this level covers 1 << shift bytes */
	uint8_t bits;  /* a table at this level has 1 << bits entries */
	bool leaf;     /* a leaf may stand here */
};

/* What an entry says. */
enum quire_entry_kind { QUIRE_ENTRY_INVALID, QUIRE_ENTRY_TABLE, QUIRE_ENTRY_LEAF };

/* A decoded entry: a leaf's target, physical address and attributes, or the table it points to. */
struct quire_decoded {
	enum quire_entry_kind kind;
	quire_pa pa;
	uint8_t target;
	uint8_t attr;
	uint8_t shift; /* quire_walk_get: the entry covers 1 << shift bytes; decode leaves it alone
			*/
};

/*
 * How entries are encoded.  All functions are pure; `mmu` gives access to `detail`.
 * `leaf` must be linear in pa: consecutive pages differ by a constant, so that a run of entries
 * is a first value, a count and a step.  `decode` must tell a leaf without any access from an
 * invalid entry, except on an MMU of one level.  Where entries do not name the memory, any
 * target will do, as long as it is always the same.
 */
struct quire_format {
	quire_entry (*leaf)(const struct quire_mmu *mmu, unsigned level, unsigned target,
			    quire_pa pa, unsigned attr);
	quire_entry (*table)(const struct quire_mmu *mmu, quire_pa table);
	void (*decode)(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		       struct quire_decoded *out);
};

/* Habits of a machine. */
enum quire_mmu_flag {
	/* Invalid entries may be cached: making one valid needs a flush. */
	QUIRE_MMU_FLUSH_ON_MAP = 0x01,
	/* A valid entry may only be replaced by way of an invalid one and a flush. */
	QUIRE_MMU_BREAK_BEFORE_MAKE = 0x02,
	/* Dirty cache lines find their memory through the entry: they are written back while it
	   still stands.  (A cache that is looked up by virtual address, as all of ESP's are.) */
	QUIRE_MMU_WRITE_BACK_FIRST = 0x04,
};

/* What cache and memory are to agree on. */
enum quire_sync {
	QUIRE_SYNC_WRITE_BACK = 0x01, /* memory gets what the cache holds newer */
	QUIRE_SYNC_INVALIDATE = 0x02, /* then the cache forgets, and memory is read again */
	QUIRE_SYNC_MASK = 0x03,
};

/*
 * A machine's MMU.  A leaf may stand at the last level; from the first level on that allows one,
 * all do.
 */
struct quire_mmu {
	const char *name;
	const struct quire_format *format;
	const void *detail; /* constants of the format: which bits mean what */
	struct quire_level level[QUIRE_LEVELS_MAX];
	uint8_t levels;
	uint8_t flags;       /* enum quire_mmu_flag */
	uint8_t pa_bits;     /* physical addresses (inside a memory) an entry can hold */
	quire_entry invalid; /* what an empty entry holds */
};

/* The kinds of change a port is told about. */
enum quire_change_kind {
	QUIRE_CHANGE_MAP,
	QUIRE_CHANGE_UNMAP,
	QUIRE_CHANGE_PROTECT,
	QUIRE_CHANGE_MOVE
};

/*
 * A change about to be made: [walk, walk + size) is to show `pa` of `target` with `attr`.
 * Each part of a moving mapping is a change of its own; after an unmap nothing is shown.  A move
 * also gives up the range that the mapping leaves; the port is told so, as an unmap, if another
 * walker's tables are left.  A switch is a map, and the range may be mapped until then.  A change
 * that was agreed to may still not come.
 */
struct quire_change {
	enum quire_change_kind kind;
	quire_va walk;
	quire_size size;
	quire_pa pa;
	uint8_t target;
	uint8_t attr;
};

/*
 * How one machine's entries are reached.  `table` is the physical address of a table page (the
 * root's for a table MMU).  Called with the space's lock held.
 */
struct quire_port {
	/* Asked before anything is changed; a negative result refuses the verb, which returns it.
	   May be NULL.  After it has said yes, `write` must be able to make the change. */
	int (*prepare)(void *ctx, const struct quire_change *change);
	quire_entry (*read)(void *ctx, quire_pa table, unsigned index);
	/* Write `count` entries from `index` on: first, first + step, first + 2 step, ... */
	void (*write)(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		      quire_entry step);
	/* Entries for [walk, walk + size) have changed: forget what was cached of them. */
	void (*flush)(void *ctx, quire_va walk, quire_size size);
	/* Make cache and memory agree, as `how` (enum quire_sync) says, about [walk, walk + size),
	   of which some may not be mapped.  NULL where they always do. */
	void (*sync)(void *ctx, quire_va walk, quire_size size, unsigned how);
};

/* One table page of a pool: while free, the next free one; while used, how many entries it holds.
 */
struct quire_table_slot {
	uint32_t next_or_used;
};

/* Table pages for the walker: `count` tables of equal size from `base` on, and a slot for each. */
struct quire_table_pool {
	struct quire_table_slot *slots;
	quire_pa base;
	uint32_t table_bytes;
	uint32_t count;
	uint32_t free;       /* tables left */
	uint32_t first_free; /* index of the first one */
};

/* What a walker has done since it was made. */
struct quire_walk_counts {
	uint32_t entries; /* entries written */
	uint32_t runs;    /* calls of port->write */
	uint32_t reads;   /* calls of port->read */
	uint32_t flushes; /* calls of port->flush */
	uint32_t syncs;   /* calls of port->sync */
};

/* One tree of tables, live.  Fill in the first four (and `pool`), zero the rest. */
struct quire_walker {
	const struct quire_mmu *mmu;
	const struct quire_port *port;
	void *port_ctx;
	quire_pa root;
	struct quire_table_pool pool; /* unused by one-level MMUs */
	struct quire_walk_counts counts;
};

/* A run of pages for the walker: all addresses and sizes are multiples of the page. */
struct quire_run {
	quire_va walk;
	quire_size size;
	quire_pa pa;
	uint8_t target;
	uint8_t attr;
};

/*
 * Make a pool of `count` tables.  `slots` holds one slot a table and belongs to the pool.
 * The table pages must hold invalid entries.
 */
void quire_table_pool_init(struct quire_table_pool *pool, struct quire_table_slot *slots,
			   quire_pa base, uint32_t table_bytes, uint32_t count);

/* The number of the last level.  A build for table MMUs alone (QUIRE_LEVELS_MAX 1) knows it. */
static inline unsigned quire_mmu_last_level(const struct quire_mmu *mmu)
{
	return QUIRE_LEVELS_MAX == 1 ? 0 : mmu->levels - 1u;
}

/* Bytes of the smallest page. */
quire_size quire_mmu_page_size(const struct quire_mmu *mmu);

/*
 * An upper bound of the tables that `quire_walk_set` of this range can take, splits of large
 * pages included.  Cost: constant in the levels.
 */
uint32_t quire_walk_tables_needed(const struct quire_walker *w, quire_va walk, quire_size size);

/*
 * Whether the pool can serve `set` of this range; walks the tables only if the upper bound is
 * more than what is free.
 */
bool quire_walk_can_set(struct quire_walker *w, const struct quire_run *run);

/* A forecast of several runs that will be set one after the other; zero it to begin. */
struct quire_walk_forecast {
	quire_va entered[QUIRE_LEVELS_MAX]; /* the table counted last, at each level */
	unsigned known;                     /* up to which level that is meant */
	uint32_t missing;                   /* tables that all runs so far will take */
};

/* As can_set, for one more run behind those that the forecast has seen, in ascending order. */
bool quire_walk_can_set_next(struct quire_walker *w, const struct quire_run *run,
			     struct quire_walk_forecast *forecast);

/* Whether the pool can serve the splits that `clear` of this range may need. */
bool quire_walk_can_clear(struct quire_walker *w, quire_va walk, quire_size size);

/*
 * Make the run's entries say what the run says.  `replace` must be true if any of them may be
 * valid now.  Cannot fail once quire_walk_can_set has said yes.  Flushes once, if the MMU asks
 * for it or with `replace`.
 */
void quire_walk_set(struct quire_walker *w, const struct quire_run *run, bool replace);

/* Make the range, all of which is mapped, invalid, give empty tables back to the pool, flush once. */
void quire_walk_clear(struct quire_walker *w, quire_va walk, quire_size size);

/* Make cache and memory agree about a range, if the port can tell them apart. */
void quire_walk_sync(struct quire_walker *w, quire_va walk, quire_size size, unsigned how);

/* The leaf that translates an address; `out->kind` is INVALID where there is none. */
void quire_walk_get(struct quire_walker *w, quire_va walk, struct quire_decoded *out);

#endif
