/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the model's files share: places, rows, and who may do what.
 */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include "model/model.h"

/* A page of a window, and the mapping around it: [first, end). */
struct place {
	struct model_window *w;
	uint32_t page;
	uint32_t first;
	uint32_t end;
};

/* Bytes of a page in a window. */
static inline quire_size model_page_size(const struct model_window *w)
{
	return (quire_size)1 << w->shift;
}

/* The page size that counts for a target: that of the first window that may show it. */
unsigned model_shift(const struct model *m, unsigned target);

/* Pages of a size: EZERO, EROUND, or 0 with `*pages`. */
int model_round(unsigned shift, quire_size size, uint32_t *pages);

/* The window that holds an address on either side, and the page in it; NULL if none does. */
struct model_window *model_locate(struct model *m, quire_va va, uint32_t *page);

/* The mapping or reservation at an address.  EFOREIGN, EUNMAPPED. */
int model_place(struct model *m, quire_va va, struct place *out);

/* The address of a page: on the instruction side if `attr` can execute. */
quire_va model_address(const struct model_window *w, uint32_t page, unsigned attr);

/* Whether a window can show this memory and do all of `need` (model_need). */
bool model_able(const struct model_window *w, unsigned target, unsigned need);

/* The same but for the cache mode. */
bool model_has_caps(const struct model_window *w, unsigned target, unsigned need);

/* What a window that is not able is refused with. */
int model_unable(const struct model_window *w, unsigned target, unsigned need);

/* Whether [page, page + pages) is in the window and owned by nobody. */
bool model_is_free(const struct model_window *w, uint32_t page, uint64_t pages);

/* The best gap for `pages` at a multiple of `align` bytes; false if there is none. */
bool model_best_fit(const struct model_window *w, uint32_t pages, quire_size align, uint32_t *out);

/* Pages [from, to) have changed: find their rows anew. */
void model_changed(struct model *m, struct model_window *w, uint32_t from, uint32_t to);

/* Make [page, page + pages) pages of `as`, physical pages counting up from as->phys. */
void model_fill(struct model *m, struct model_window *w, uint32_t page, uint32_t pages,
		const struct model_page *as);

/* Make [from, to) nobody's. */
void model_clear(struct model *m, struct model_window *w, uint32_t from, uint32_t to);

/* Note which of [from, to) may be dirty, before these pages show something else, or nothing. */
void model_goes(struct model_window *w, uint32_t from, uint32_t to);

/* Carry the mapping at `from` to page `page` of `w`, which may be the same window and overlap. */
void model_carry(struct model *m, const struct place *from, struct model_window *w, uint32_t page);

/* The physical pages a verb is about. */
struct pages {
	unsigned target;
	uint32_t phys;
	uint32_t count;
};

/* What is asked of a window: access bits of the attributes, the capabilities, and, further up, the
   cache mode. */
#define NEED_MODE_SHIFT 8
unsigned model_need(unsigned attr, unsigned caps);

/* Whether a memory may be used so at all. */
bool model_memory_able(const struct model *m, unsigned target, unsigned need);

/* Whether attributes want both and the flags do not say so. */
bool model_write_and_execute(unsigned attr, unsigned flags);

/* Whether there is such a memory. */
bool model_exists(const struct model *m, unsigned target);

/* Attributes, capabilities and flags of a request, and whether the memory allows them. */
int model_check_kind(const struct model *m, const struct quire_want *want);

/* Whether any window that can do what is asked shows any of these pages; the mapping `except` (0:
   none) does not count. */
bool model_any_overlap(const struct model *m, const struct pages *of, unsigned need,
		       uint32_t except);

/*
 * The window of [va, va + size), both checked as every verb on a range does; `pages` gets the
 * rounded size.  EZERO, EROUND, EALIGN, EWRAP, EFOREIGN.
 */
int model_check_range(struct model *m, quire_va va, quire_size size, struct model_window **w,
		      uint32_t *page, uint32_t *pages);

#endif
