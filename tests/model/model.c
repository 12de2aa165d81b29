/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page array itself: finding rows and gaps, filling and clearing pages, and the questions that
 * change nothing.  The verbs that do are in verbs.c.
 */
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

static bool bit(const uint64_t *map, uint32_t i)
{
	return map[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *map, uint32_t i, bool on)
{
	uint64_t mask = (uint64_t)1 << (i % 64);

	map[i / 64] = on ? map[i / 64] | mask : map[i / 64] & ~mask;
}

bool model_init(struct model *m, const struct quire_space_config *config, uint32_t capacity)
{
	bool ok = true;

	memset(m, 0, sizeof(*m));
	m->window_count = config->window_count;
	m->memory_count = config->memory_count;
	m->capacity = capacity;
	memcpy(m->memory, config->memories, m->memory_count * sizeof(m->memory[0]));
	for (unsigned i = 0; i < m->window_count; i++) {
		struct model_window *w = &m->window[i];
		const struct quire_mmu *mmu = config->walkers[config->windows[i].walker].mmu;

		w->is = config->windows[i];
		w->shift = mmu->level[mmu->levels - 1].shift;
		w->write_back_first = mmu->flags & QUIRE_MMU_WRITE_BACK_FIRST;
		w->missing_modes = mmu->missing_modes;
		w->memory = m->memory;
		w->pages = (uint32_t)(w->is.size >> w->shift);
		w->page = calloc(w->pages, sizeof(*w->page));
		w->head = calloc(w->pages / 64 + 1, sizeof(*w->head));
		w->used = calloc(w->pages / 64 + 1, sizeof(*w->used));
		ok = ok && w->page && w->head && w->used;
		if (ok)
			model_changed(m, w, 0, w->pages);
	}
	return ok;
}

void model_free(struct model *m)
{
	for (unsigned i = 0; i < m->window_count; i++) {
		free(m->window[i].page);
		free(m->window[i].head);
		free(m->window[i].used);
	}
	memset(m, 0, sizeof(*m));
}

uint32_t model_row_start(const struct model_window *w, uint32_t i)
{
	uint64_t word = w->head[i / 64] & (~(uint64_t)0 >> (63 - i % 64));
	uint32_t at = i / 64;

	while (word == 0)
		word = w->head[--at];
	return at * 64 + 63 - (uint32_t)__builtin_clzll(word);
}

uint32_t model_row_end(const struct model_window *w, uint32_t i)
{
	uint32_t at = ++i / 64;
	uint64_t word;

	if (i >= w->pages)
		return w->pages;
	word = w->head[at] & (~(uint64_t)0 << (i % 64));
	while (word == 0 && (at + 1) * 64 < w->pages)
		word = w->head[++at];
	return word == 0 ? w->pages : at * 64 + (uint32_t)__builtin_ctzll(word);
}

/* Whether page i belongs to another row than the page before it. */
static bool begins_row(const struct model_window *w, uint32_t i)
{
	const struct model_page *p = &w->page[i];

	return i == 0 || p[-1].mapping != p->mapping || p[-1].attr != p->attr;
}

void model_changed(struct model *m, struct model_window *w, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i <= to && i < w->pages; i++) {
		bool head = begins_row(w, i);
		bool used = head && w->page[i].mapping != 0;

		m->extents += (uint32_t)used - (uint32_t)bit(w->used, i);
		set_bit(w->head, i, head);
		set_bit(w->used, i, used);
	}
}

void model_fill(struct model *m, struct model_window *w, uint32_t page, uint32_t pages,
		const struct model_page *as)
{
	for (uint32_t i = 0; i < pages; i++) {
		w->page[page + i] = *as;
		w->page[page + i].phys = as->phys + (as->kind == QUIRE_MAPPED ? i : 0);
	}
	model_changed(m, w, page, page + pages);
}

void model_clear(struct model *m, struct model_window *w, uint32_t from, uint32_t to)
{
	memset(&w->page[from], 0, (to - from) * sizeof(w->page[0]));
	model_changed(m, w, from, to);
}

void model_goes(struct model_window *w, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && w->write_back_first; i++)
		if (w->page[i].kind == QUIRE_MAPPED && (w->page[i].attr & QUIRE_WRITE) &&
		    (w->page[i].attr & QUIRE_CACHE_MASK) == QUIRE_CACHE_WB)
			page_set_add(&w->gone, w->is.walk + ((quire_va)i << w->shift));
}

void model_carry(struct model *m, const struct place *from, struct model_window *w, uint32_t page)
{
	uint32_t pages = from->end - from->first;
	struct model_page *copy = malloc(pages * sizeof(*copy));

	if (copy == NULL)
		abort();
	memcpy(copy, &from->w->page[from->first], pages * sizeof(*copy));
	model_goes(from->w, from->first, from->end);
	model_clear(m, from->w, from->first, from->end);
	memcpy(&w->page[page], copy, pages * sizeof(*copy));
	model_changed(m, w, page, page + pages);
	free(copy);
}

unsigned model_shift(const struct model *m, unsigned target)
{
	for (unsigned i = 0; i < m->window_count; i++)
		if (target < QUIRE_TARGETS_MAX &&
		    (m->window[i].is.targets & QUIRE_TARGET_BIT(target)))
			return m->window[i].shift;
	return m->window[0].shift;
}

int model_round(unsigned shift, quire_size size, uint32_t *pages)
{
	quire_size mask = ((quire_size)1 << shift) - 1;

	if (size == 0)
		return QUIRE_EZERO;
	if ((quire_size)(size + mask) < size)
		return QUIRE_EROUND;
	if ((size + mask) >> shift > UINT32_MAX)
		*pages = UINT32_MAX;
	else
		*pages = (uint32_t)((size + mask) >> shift);
	return 0;
}

struct model_window *model_locate(struct model *m, quire_va va, uint32_t *page)
{
	for (unsigned i = 0; i < m->window_count; i++) {
		struct model_window *w = &m->window[i];

		if (va - w->is.base < w->is.size) {
			*page = (uint32_t)((va - w->is.base) >> w->shift);
			return w;
		}
		if (va - w->is.exec_base < w->is.size) {
			*page = (uint32_t)((va - w->is.exec_base) >> w->shift);
			return w;
		}
	}
	return NULL;
}

int model_place(struct model *m, quire_va va, struct place *out)
{
	uint32_t mapping;

	out->w = model_locate(m, va, &out->page);
	if (out->w == NULL)
		return QUIRE_EFOREIGN;
	mapping = out->w->page[out->page].mapping;
	if (mapping == 0)
		return QUIRE_EUNMAPPED;
	out->first = model_row_start(out->w, out->page);
	while (out->first > 0 && out->w->page[out->first - 1].mapping == mapping)
		out->first = model_row_start(out->w, out->first - 1);
	out->end = model_row_end(out->w, out->page);
	while (out->end < out->w->pages && out->w->page[out->end].mapping == mapping)
		out->end = model_row_end(out->w, out->end);
	return 0;
}

quire_va model_address(const struct model_window *w, uint32_t page, unsigned attr)
{
	return ((attr & QUIRE_EXEC) ? w->is.exec_base : w->is.base) + ((quire_va)page << w->shift);
}

bool model_has_caps(const struct model_window *w, unsigned target, unsigned need)
{
	need &= QUIRE_CAP_MASK;
	return (w->is.targets & QUIRE_TARGET_BIT(target)) && (w->is.caps & need) == need;
}

bool model_able(const struct model_window *w, unsigned target, unsigned need)
{
	unsigned mode = need >> NEED_MODE_SHIFT;

	return model_has_caps(w, target, need) &&
	       (mode == w->memory[target].mode || !(w->missing_modes & (1u << mode / 16)));
}

int model_unable(const struct model_window *w, unsigned target, unsigned need)
{
	return model_has_caps(w, target, need) ? QUIRE_EMODE : QUIRE_ECAPS;
}

bool model_is_free(const struct model_window *w, uint32_t page, uint64_t pages)
{
	if (page + pages > w->pages)
		return false;
	for (uint64_t i = page; i < page + pages; i = model_row_end(w, (uint32_t)i))
		if (w->page[i].mapping != 0)
			return false;
	return true;
}

/* A gap, for sorting: the smallest first, then the lowest. */
struct gap {
	uint32_t size;
	uint32_t start;
};

static int compare_gaps(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Collect the gaps of at least `pages`, sorted; the caller frees them. */
static struct gap *sorted_gaps(const struct model_window *w, uint32_t pages, uint32_t *count)
{
	struct gap *gaps = malloc((w->pages / 2 + 1) * sizeof(*gaps));
	uint32_t end;

	if (gaps == NULL)
		abort();
	*count = 0;
	for (uint32_t i = 0; i < w->pages; i = end) {
		end = model_row_end(w, i);
		if (w->page[i].mapping == 0 && end - i >= pages)
			gaps[(*count)++] = (struct gap){end - i, i};
	}
	qsort(gaps, *count, sizeof(*gaps), compare_gaps);
	return gaps;
}

/* The first page of a gap that stands at a multiple of `align` with `pages` behind it. */
static bool fits(const struct model_window *w, const struct gap *gap, uint32_t pages,
		 quire_size align, uint32_t *out)
{
	uint64_t in_pages = align >> w->shift;
	uint64_t number = (w->is.base >> w->shift) + gap->start;
	uint64_t start = gap->start;

	if (in_pages > 1)
		start += (in_pages - number % in_pages) % in_pages;
	*out = (uint32_t)start;
	return start + pages <= (uint64_t)gap->start + gap->size;
}

/* The smallest and then lowest gap of at least `pages`: all there is to it without alignment. */
static bool smallest_gap(const struct model_window *w, uint32_t pages, uint32_t *out)
{
	uint32_t best = UINT32_MAX, end;

	for (uint32_t i = 0; i < w->pages; i = end) {
		end = model_row_end(w, i);
		if (w->page[i].mapping == 0 && end - i >= pages && end - i < best) {
			best = end - i;
			*out = i;
		}
	}
	return best != UINT32_MAX;
}

/*
 * The first 16 candidates in order, then the smallest gap that fits at any phase, then the rest.
 */
static bool best_fit(const struct model_window *w, uint32_t pages, quire_size align, uint32_t *out)
{
	uint64_t any_phase = (uint64_t)pages + (align >> w->shift) - 1;
	struct gap *gaps;
	uint32_t count, i;
	bool found = false;

	if (align <= model_page_size(w))
		return smallest_gap(w, pages, out);
	gaps = sorted_gaps(w, pages, &count);
	for (i = 0; i < count && i < 16 && !found; i++)
		found = fits(w, &gaps[i], pages, align, out);
	for (uint32_t j = i; j < count && !found; j++)
		found = gaps[j].size >= any_phase && fits(w, &gaps[j], pages, align, out);
	for (; i < count && !found; i++)
		found = fits(w, &gaps[i], pages, align, out);
	free(gaps);
	return found;
}

/* The highest aligned place there is, looked for page by page from the top. */
static bool highest_place(const struct model_window *w, uint32_t pages, quire_size align,
			  uint32_t *out)
{
	uint32_t is_free = 0;

	for (uint32_t i = w->pages; i-- > 0;) {
		quire_va va = w->is.base + ((quire_va)i << w->shift);

		is_free = w->page[i].mapping == 0 ? is_free + 1 : 0;
		if (is_free >= pages && (align == 0 || (va & (align - 1)) == 0)) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* The best gap; where mappings are put high, as far up in it as the alignment allows. */
bool model_best_fit(const struct model_window *w, uint32_t pages, quire_size align, uint32_t *out)
{
	uint32_t end;

	if (w->is.place == QUIRE_PLACE_FIRST_HIGH)
		return highest_place(w, pages, align, out);
	if (!best_fit(w, pages, align, out))
		return false;
	if (w->is.place == QUIRE_PLACE_LOW)
		return true;
	end = model_row_end(w, *out) - pages;
	while (align != 0 && ((w->is.base + ((quire_va)end << w->shift)) & (align - 1)) != 0 &&
	       end > *out)
		end--;
	*out = end;
	return true;
}

/* The physical address of a mapped page. */
static quire_pa model_pa(const struct model *m, const struct model_window *w,
			 const struct model_page *p)
{
	return m->memory[p->target].base + ((quire_pa)p->phys << w->shift);
}

/* One row of the map, as query and snapshot show it. */
static void describe(const struct model *m, const struct model_window *w, uint32_t first,
		     struct quire_extent_info *out)
{
	const struct model_page *p = &w->page[first];

	memset(out, 0, sizeof(*out));
	out->va = model_address(w, first, 0);
	out->exec_va = model_address(w, first, QUIRE_EXEC);
	out->size = (quire_size)(model_row_end(w, first) - first) << w->shift;
	out->kind = p->kind;
	out->window = (uint8_t)(w - m->window);
	out->caps = w->is.caps;
	out->refs = p->refs;
	out->tag = p->tag;
	if (p->kind == QUIRE_MAPPED) {
		out->pa = model_pa(m, w, p);
		out->target = p->target;
		out->attr = p->attr;
		out->part = first > 0 && p[-1].mapping == p->mapping;
	}
}

int model_query(struct model *m, quire_va va, struct quire_extent_info *out)
{
	uint32_t page;
	struct model_window *w = model_locate(m, va, &page);

	if (w == NULL)
		return QUIRE_EFOREIGN;
	describe(m, w, model_row_start(w, page), out);
	return 0;
}

uint32_t model_snapshot(const struct model *m, struct quire_extent_info *rows, uint32_t room)
{
	uint32_t count = 0;

	for (unsigned n = 0; n < m->window_count; n++) {
		const struct model_window *w = &m->window[n];

		for (uint32_t i = 0; i < w->pages; i = model_row_end(w, i)) {
			if (count < room)
				describe(m, w, i, &rows[count]);
			count++;
		}
	}
	return count;
}

int model_to_physical(struct model *m, quire_va va, quire_pa *out_pa, unsigned *out_target)
{
	uint32_t page;
	struct model_window *w = model_locate(m, va, &page);
	const struct model_page *p;

	if (w == NULL)
		return QUIRE_EFOREIGN;
	p = &w->page[page];
	if (p->kind != QUIRE_MAPPED)
		return QUIRE_EUNMAPPED;
	*out_pa = model_pa(m, w, p) + (va & (model_page_size(w) - 1));
	*out_target = p->target;
	return 0;
}

/* One alias, for sorting: by the physical, then the virtual start of its row. */
struct alias {
	uint32_t phys;
	uint32_t start;
	quire_va va;
};

static int compare_aliases(const void *a, const void *b)
{
	const struct alias *x = a, *y = b;

	if (x->phys != y->phys)
		return x->phys < y->phys ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* The aliases in one window, unsorted: at most `room`. */
static unsigned aliases_in(const struct model_window *w, unsigned target, quire_pa pa,
			   struct alias *out, unsigned room)
{
	uint32_t phys = (uint32_t)(pa >> w->shift);
	unsigned count = 0;
	uint32_t end;

	for (uint32_t i = 0; i < w->pages && count < room; i = end) {
		const struct model_page *p = &w->page[i];
		unsigned rwx = p->attr & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC);

		end = model_row_end(w, i);
		if (p->kind != QUIRE_MAPPED || p->target != target || phys - p->phys >= end - i)
			continue;
		out[count].phys = p->phys;
		out[count].start = i;
		out[count].va =
			model_address(w, i + (phys - p->phys), rwx == QUIRE_EXEC ? QUIRE_EXEC : 0) +
			(pa & (model_page_size(w) - 1));
		count++;
	}
	return count;
}

int model_aliases(struct model *m, unsigned target, quire_pa pa, quire_va *out, unsigned room)
{
	struct alias found[256];
	unsigned total = 0;

	if (target >= m->memory_count || m->memory[target].size == 0)
		return QUIRE_ETARGET;
	pa -= m->memory[target].base;
	if (pa >= m->memory[target].size)
		return QUIRE_EBEYOND;
	for (unsigned n = 0; n < m->window_count; n++) {
		unsigned count = aliases_in(&m->window[n], target, pa, found, 256);

		qsort(found, count, sizeof(found[0]), compare_aliases);
		for (unsigned i = 0; i < count && total < room; i++)
			out[total++] = found[i].va;
	}
	return (int)total;
}

int model_find_caps(struct model *m, unsigned target, quire_pa pa, unsigned *out)
{
	unsigned caps = 0;
	bool found = false;

	if (target >= m->memory_count || m->memory[target].size == 0)
		return QUIRE_ETARGET;
	pa -= m->memory[target].base;
	if (pa >= m->memory[target].size)
		return QUIRE_EBEYOND;
	for (unsigned n = 0; n < m->window_count; n++) {
		const struct model_window *w = &m->window[n];

		for (uint32_t i = 0; i < w->pages; i = model_row_end(w, i)) {
			const struct model_page *p = &w->page[i];

			if (p->kind != QUIRE_MAPPED || p->target != target ||
			    (pa >> w->shift) - p->phys >= model_row_end(w, i) - i)
				continue;
			caps |= p->attr & QUIRE_ACCESS_MASK;
			found = true;
		}
	}
	if (!found)
		return QUIRE_EUNMAPPED;
	*out = caps;
	return 0;
}

void model_entry(const struct model *m, unsigned walker, quire_va walk, struct quire_decoded *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned n = 0; n < m->window_count; n++) {
		const struct model_window *w = &m->window[n];
		const struct model_page *p;

		if (w->is.walker != walker || walk - w->is.walk >= w->is.size)
			continue;
		p = &w->page[(walk - w->is.walk) >> w->shift];
		if (p->kind != QUIRE_MAPPED)
			return;
		out->kind = QUIRE_ENTRY_LEAF;
		out->pa = model_pa(m, w, p);
		out->target = p->target;
		out->attr = p->attr;
	}
}
