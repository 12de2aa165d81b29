/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a space is made of, complete so that it can stand in static memory.  Nothing in here is
 * for users to touch.  How the book works is told in src/extents/extents.h.
 */
#ifndef QUIRE_SPACE_STATE_H
#define QUIRE_SPACE_STATE_H

#include "quire/types.h"

/* The three orders in which extents are found. */
enum quire_tree { QUIRE_BY_ADDRESS, QUIRE_BY_GAP, QUIRE_BY_PHYSICAL, QUIRE_TREES };

#define QUIRE_GAP_CLASSES QUIRE_WIDTH /* one tree of gaps for each power of two of pages */

/*
 * One run of used pages, and the gap before it.  With 32-bit widths the six attribute bytes live
 * in the top bytes of the six link words.
 */
struct quire_extent {
	quire_page start; /* first page in the window */
	quire_page gap;   /* free pages before start */
	quire_page pages;
	quire_page phys; /* first page in the memory */
	quire_link link[QUIRE_TREES][2];
#if QUIRE_WIDTH == 16
	uint8_t attribute[6];
#endif
};

/* One window's part of the book. */
struct quire_book {
	quire_link by_address;
	quire_link by_gap[QUIRE_GAP_CLASSES];
	quire_link by_physical[QUIRE_TARGETS_MAX];
	uint32_t classes; /* bit c: by_gap[c] is not empty */
	quire_link last_hit;
	quire_link end;     /* the sentinel behind the last page */
	quire_page pages;   /* of the window */
	uint8_t page_bits;  /* bits of a page number in this window */
	uint8_t page_shift; /* log2 of the page size */
	bool highest_first; /* gaps hang in by_gap[0] alone, by place: QUIRE_PLACE_FIRST_HIGH */
	uint8_t phys_bits[QUIRE_TARGETS_MAX];
};

struct quire_space {
	struct quire_window window[QUIRE_WINDOWS_MAX];
	struct quire_memory memory[QUIRE_TARGETS_MAX];
	struct quire_book *book; /* one a window */
	struct quire_extent *extent;
	struct quire_walker *walker;
	struct quire_lock lock;
	uint32_t extent_count;
	uint32_t free_count;
	quire_link free;
	uint8_t window_count;
	uint8_t memory_count;
	uint8_t walker_count;
	uint32_t generation;
	uint32_t searches;
};

#endif
