/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a space does, said as stupidly as possible.
 *
 * The core keeps extents in trees; this model keeps one record for each page of each window and
 * looks at all of them.  A mapping is "the pages with this number", a part is "a run of them with
 * equal attributes", a gap is "a run of pages that nobody owns": nothing is split, joined, rotated
 * or cached, so there is next to nothing in here that can be wrong in the way the core can.  Every
 * verb of quire/space.h has its twin, with the same errors in the same order; what the model leaves
 * out is what has no effect on the map (locks, ports, page tables).  It keeps a list of the pages
 * that may be dirty when they go, since somebody must have written them back.
 *
 * The one concession to speed is a bitmap of the pages at which a row of the map begins, so that
 * a scan over 131,072 pages skips from row to row.
 */
#ifndef MODEL_H
#define MODEL_H

#include "model/hardware.h"
#include "quire/space.h"

/* One page of a window. */
struct model_page {
	uint32_t mapping; /* its number, 0 if nobody owns the page */
	uint32_t phys;
	uint16_t refs;
	uint16_t tag;
	uint8_t kind; /* enum quire_kind */
	uint8_t target;
	uint8_t attr;
};

struct model_window {
	struct quire_window is;
	unsigned shift; /* of its page size */
	uint32_t pages;
	struct model_page *page;
	uint64_t *head;                    /* bit i: a row of the map begins at page i */
	uint64_t *used;                    /* bit i: and it is not a gap */
	bool write_back_first;             /* its machine's habit */
	unsigned missing_modes;            /* the cache modes that its entries cannot say */
	const struct quire_memory *memory; /* the model's */
	struct page_set gone;              /* pages that went and may have been dirty */
};

struct model {
	struct model_window window[QUIRE_WINDOWS_MAX];
	struct quire_memory memory[QUIRE_TARGETS_MAX];
	unsigned window_count;
	unsigned memory_count;
	uint32_t mapping;  /* the last number given to one */
	uint32_t extents;  /* rows in use, all windows */
	uint32_t capacity; /* and how many there may be */
};

/* Make an empty model of a configuration; false if there is no memory for it. */
bool model_init(struct model *m, const struct quire_space_config *config, uint32_t capacity);
void model_free(struct model *m);

/* The verbs, as in quire/space.h. */
int model_map(struct model *m, const struct quire_want *want, struct quire_got *got);
int model_map_at(struct model *m, quire_va va, const struct quire_want *want,
		 struct quire_got *got);
int model_reserve(struct model *m, const struct quire_want *want, quire_va *out);
int model_reserve_at(struct model *m, quire_va va, quire_size size, uint16_t tag);
int model_release(struct model *m, quire_va va);
int model_protect(struct model *m, quire_va va, quire_size size, unsigned attr, unsigned flags);
int model_move(struct model *m, quire_va va, quire_size align, quire_va *out);
int model_move_at(struct model *m, quire_va va, quire_va to);
int model_resize(struct model *m, quire_va va, quire_size size);
int model_unmap(struct model *m, quire_va va);
int model_unmap_part(struct model *m, quire_va va, quire_size size);
int model_switch(struct model *m, quire_va va, const struct quire_want *want);
int model_tag(struct model *m, quire_va va, uint16_t tag);
int model_sync(struct model *m, quire_va va, quire_size size, unsigned how, unsigned *walker,
	       quire_va *walk);
int model_compact(struct model *m, quire_va va, quire_move_fn ask, void *ctx, uint32_t *moved);
int model_query(struct model *m, quire_va va, struct quire_extent_info *out);
int model_to_physical(struct model *m, quire_va va, quire_pa *out_pa, unsigned *out_target);
int model_find_caps(struct model *m, unsigned target, quire_pa pa, unsigned *out);
int model_largest_free(struct model *m, unsigned target, unsigned attr, unsigned caps,
		       quire_size *out);

/* All addresses of a physical byte in the order of quire_space_to_virtual: how many there are, the
 * first `room` of them in `out`; or an error. */
int model_aliases(struct model *m, unsigned target, quire_pa pa, quire_va *out, unsigned room);

/* The whole map, gaps included: how many rows there are, the first `room` of them in `rows`. */
uint32_t model_snapshot(const struct model *m, struct quire_extent_info *rows, uint32_t room);

/* What a page of the tables must say, given its address as the tables number it.  Windows of other
 * walkers are not looked at. */
void model_entry(const struct model *m, unsigned walker, quire_va walk, struct quire_decoded *out);

/* For those who choose what to do next: where the row with page i begins, and where it ends. */
uint32_t model_row_start(const struct model_window *w, uint32_t i);
uint32_t model_row_end(const struct model_window *w, uint32_t i);

#endif
