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
	/* 1 << cluster leaves side by side, aligned and all alike but for the address, may be marked
	   to make one larger page (Arm's contiguous hint and 64 KiB pages, RISC-V's Svnapot); 0:
	   they may not. */
	uint8_t cluster;
};

/* What an entry says. */
enum quire_entry_kind { QUIRE_ENTRY_INVALID, QUIRE_ENTRY_TABLE, QUIRE_ENTRY_LEAF };

/* What has been done through a leaf since its marks were last cleared. */
enum quire_used {
	QUIRE_ACCESSED = 0x01, /* read, written or executed */
	QUIRE_DIRTY = 0x02,    /* written */
	QUIRE_USED_MASK = 0x03,
};

/* A decoded entry: a leaf's target, physical address and attributes, or the table it points to. */
struct quire_decoded {
	enum quire_entry_kind kind;
	quire_pa pa; /* of the leaf's first byte; of a cluster's where the entry names no other */
	uint8_t target;
	uint8_t attr;
	uint8_t used;  /* enum quire_used: what it is marked with */
	bool cluster;  /* one of a cluster */
	uint8_t shift; /* quire_walk_get: the entry covers 1 << shift bytes; decode leaves it alone
			*/
};

/* What the walker asks of a leaf beyond the mapping's attributes; in the same word as they. */
enum quire_leaf_note {
	QUIRE_LEAF_CLUSTER = 0x100, /* one of a cluster, in which all must say so */
	QUIRE_LEAF_GLOBAL = 0x200,  /* the same in every space: it belongs to no ASID */
};

/*
 * How entries are encoded.  All functions are pure; `mmu` gives access to `detail`.
 *
 * `leaf` makes an entry for the page at `pa`; `attr` is enum quire_attr and enum quire_leaf_note.  It
 * must be linear in pa: consecutive pages differ by a constant, so that a run of entries is a first
 * value, a count and a step.  (In a cluster whose entries are all alike the step is 0, and each
 * cluster is a run.)  A leaf is marked as accessed, and, if it may be written, as dirty.
 *
 * `mark` gives a leaf the marks `used`, and no others; an access that a leaf is not marked for is
 * then noted by the hardware, or faults.  NULL where the machine can do neither: then all leaves
 * count as used in every way.
 *
 * `decode` must tell a leaf without any access from an invalid entry, except on an MMU of one level.
 * Where entries do not name the memory, any target will do, as long as it is always the same.
 */
struct quire_format {
	quire_entry (*leaf)(const struct quire_mmu *mmu, unsigned level, unsigned target,
			    quire_pa pa, unsigned attr);
	quire_entry (*table)(const struct quire_mmu *mmu, quire_pa table);
	void (*decode)(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
		       struct quire_decoded *out);
	quire_entry (*mark)(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			    unsigned used);
};

/* Habits of a machine. */
enum quire_mmu_flag {
	/* Invalid entries may be cached: making one valid needs a flush. */
	QUIRE_MMU_FLUSH_ON_MAP = 0x01,
	/* A valid entry may only be replaced by way of an invalid one and a flush, unless nothing
	   but the access that it allows changes. */
	QUIRE_MMU_BREAK_BEFORE_MAKE = 0x02,
	/* Dirty cache lines find their memory through the entry: they are written back while it
	   still stands.  (A cache that is looked up by virtual address, as all of ESP's are.) */
	QUIRE_MMU_WRITE_BACK_FIRST = 0x04,
	/* The kernel may run what user mode may run; without it, a kernel's fetch of a user page is
	   refused whatever the entry says (RISC-V, AArch64, x86-64 with SMEP). */
	QUIRE_MMU_KERNEL_RUNS_USER = 0x08,
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
	uint8_t entry_bytes; /* in memory: 4 or 8; 0 where entries are not in memory */
	/* Cache modes that entries cannot say: bit (mode >> 4) of QUIRE_CACHE_MASK.  A memory can
	   then only be mapped in its own (quire_memory.mode). */
	uint8_t missing_modes;
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

/* What a flush is about. */
enum quire_flush {
	QUIRE_FLUSH_TABLES = 0x01, /* tables came or went: what was cached of them goes too */
	QUIRE_FLUSH_FRESH = 0x02,  /* all was invalid before: who does not cache that is done */
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
	/* Entries for [walk, walk + size) have changed: forget what was cached of them.  `what` is
	   enum quire_flush. */
	void (*flush)(void *ctx, quire_va walk, quire_size size, unsigned what);
	/* Make cache and memory agree, as `how` (enum quire_sync) says, about [walk, walk + size),
	   of which some may not be mapped.  NULL where they always do. */
	void (*sync)(void *ctx, quire_va walk, quire_size size, unsigned how);
	/* Write an entry if it still is `expected`, at once; false, and it is as it was, if not.  For
	   tables into which hardware writes marks meanwhile.  NULL where nobody does: then it is read
	   and written. */
	bool (*exchange)(void *ctx, quire_pa table, unsigned index, quire_entry expected,
			 quire_entry entry);
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
	uint16_t notes; /* QUIRE_LEAF_GLOBAL, or 0: what every leaf of this tree says */
	struct quire_walk_counts counts;
	uint32_t kept; /* root entries whose tables are kept (quire_walk_keep_tables) */
};

/* A run of pages for the walker: all addresses and sizes are multiples of the page. */
struct quire_run {
	quire_va walk;
	quire_size size;
	quire_pa pa;
	uint8_t target;
	uint8_t attr;
	bool small; /* in pages of the smallest size only, each with marks of its own */
};

/* Runs that follow one another in walk addresses, wherever their memory is.  `next` fills in one and
   returns true, or false behind the last; `rewind` begins again. */
struct quire_walk_source {
	void (*rewind)(void *ctx);
	bool (*next)(void *ctx, struct quire_run *run);
	void *ctx;
};

/* Who is told what leaves show: a run for each, or for several side by side that are alike and
   contiguous; clipped to the range that was asked for.  `small` is not set, however large they are. */
struct quire_walk_visitor {
	void (*run)(void *ctx, const struct quire_run *run);
	void *ctx;
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

/*
 * Bytes of a table at a level, where entries are in memory; 0 where they are not.  A root (level 0)
 * stands at a multiple of its own (of 64 at least), any other table at a multiple of quire_mmu_table_bytes(mmu, 1), which
 * is what a pool is made of.
 */
static inline uint32_t quire_mmu_table_bytes(const struct quire_mmu *mmu, unsigned level)
{
	return (uint32_t)mmu->entry_bytes << mmu->level[level].bits;
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

/* What quire_walk_set finds. */
enum quire_set {
	QUIRE_SET_FRESH,  /* all is invalid */
	QUIRE_SET_ANEW,   /* some may be valid, and say anything */
	QUIRE_SET_ACCESS, /* all is valid and shows these pages already, cached as the run says:
			     nothing but the access changes */
};

/*
 * Make the run's entries say what the run says, with the largest pages and as few entries as
 * alignment allows.  Cannot fail once quire_walk_can_set has said yes.  Flushes once, if the MMU asks
 * for it or something was replaced; on a machine that must break before it makes, once more for each
 * end of the range that lies inside a large page or a cluster and (QUIRE_SET_ACCESS) for each of
 * either that can stand by now where there were smaller ones, and not a second time with
 * QUIRE_SET_ANEW unless the MMU asks for it.  What is written counts as used in every way.
 */
void quire_walk_set(struct quire_walker *w, const struct quire_run *run, enum quire_set how);

/*
 * Join again what was split: `hull` is a run that all shows (as set would have written it), and
 * [walk, walk + size) the part of it that was written last.  Where a large page or a cluster of the
 * hull could stand across an end of that part, it does afterwards, and tables that it replaces are
 * free.  Needs no table.  Cost: a descent for each level and end, and a table read for each page
 * joined.
 */
void quire_walk_join(struct quire_walker *w, const struct quire_run *hull, quire_va walk,
		     quire_size size);

/*
 * What has been done through the leaves of [walk, walk + size), all of which is mapped; the marks in
 * `clear` (enum quire_used) are taken away, with one flush if there were any.  A large page or a
 * cluster that the range covers in part only is told of and keeps its marks.  All are used in every
 * way where the format cannot tell, and in a build for table MMUs alone.
 *
 * An entry is read and then written: a mark that hardware sets for another CPU in between is lost, here
 * and where a large page is split on a machine that does not break before it makes.  Who must know
 * keeps other CPUs away from the pages, or has the machine fault instead.
 */
unsigned quire_walk_used(struct quire_walker *w, quire_va walk, quire_size size, unsigned clear);

/* Mark the leaf that translates `walk` (its whole cluster) as used so too, as dirty only if it may be
   written; false if nothing translates it.  Nothing is flushed: whoever remembers the leaf without the
   mark is to forget that page. */
bool quire_walk_mark(struct quire_walker *w, quire_va walk, unsigned used);

/*
 * Keep tables: make those that the root's entries for [walk, walk + size) point to, if they are not
 * there, and never give them back, so that these entries do not change any more; large pages there
 * are split, and none will stand in the root.  False if the pool has too few; nothing is made then.
 * The range is whole root entries.  Cost: a descent for each.
 */
bool quire_walk_keep_tables(struct quire_walker *w, quire_va walk, quire_size size);

/*
 * Let another root of the same MMU show what this one shows in a range whose tables are kept: copy
 * the root's entries.  `root` is a table that `from`'s port reaches, and nobody translates with it yet,
 * as nothing is flushed.  Its own walker's windows must leave the range alone.
 */
void quire_walk_share_tables(struct quire_walker *from, quire_pa root, quire_va walk,
			     quire_size size);

/* Make the range, all of which is mapped, invalid, give empty tables back to the pool, flush once. */
void quire_walk_clear(struct quire_walker *w, quire_va walk, quire_size size);

/*
 * The four below are for ranges that are not one run: pages of scattered memory, or some of them missing.
 *
 * Set: make a source's runs, which cover [walk, walk + size) and all of which is invalid, say what they
 * say; each run in the largest pages that its own alignment allows.  Each table on the way is walked to
 * once, and there is one flush at most.  can_set_all as can_set: the source is only gone through (and
 * rewound) if the upper bound is more than what is free; set_all rewinds first.
 */
bool quire_walk_can_set_all(struct quire_walker *w, quire_va walk, quire_size size,
			    const struct quire_walk_source *source);
void quire_walk_set_all(struct quire_walker *w, quire_va walk, quire_size size,
			const struct quire_walk_source *source);

/* Tell a visitor all leaves of a range, in order.  Nothing is changed.  Each table is walked to once. */
void quire_walk_each(struct quire_walker *w, quire_va walk, quire_size size,
		     const struct quire_walk_visitor *visitor);

/* As quire_walk_clear of a range of which some may be missing; a visitor (may be NULL) is told what was
   there, while it still stands: it may ask for marks, and change nothing; nor may the memory be used for
   anything else before the call is back.  One flush if anything was, none if nothing.
   quire_walk_can_clear() as for clear. */
void quire_walk_take(struct quire_walker *w, quire_va walk, quire_size size,
		     const struct quire_walk_visitor *visitor);

/*
 * Let the leaves of a range, of which some may be missing, allow and be cached as `attr` says, and show
 * what they show; large pages across its ends are split (quire_walk_can_clear() says whether the pool can
 * serve that).  What changes counts as used in every way, but what may no longer be written does not say
 * that it was: who must know asks quire_walk_used() before.  One flush, none if nothing changes; on a machine that must break before it makes, if the cache mode changes, one
 * for each 16 runs.
 */
void quire_walk_allow(struct quire_walker *w, quire_va walk, quire_size size, unsigned attr);

/* Make cache and memory agree about a range, if the port can tell them apart. */
void quire_walk_sync(struct quire_walker *w, quire_va walk, quire_size size, unsigned how);

/* The leaf that translates an address; `out->kind` is INVALID where there is none. */
void quire_walk_get(struct quire_walker *w, quire_va walk, struct quire_decoded *out);

#endif
