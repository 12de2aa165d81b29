/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <string.h>

#define ACCESS (X | R | W)

void model_init(struct model *m)
{
	memset(m->block, 0, sizeof(m->block));
	for (unsigned w = 0; w < MODEL_WINDOWS; w++)
		for (unsigned p = 0; p < MODEL_PAGES; p++)
			m->owner[w][p] = -1;
}

/* -- what is asked for -- */

/* What a mapping of these capabilities allows. */
static unsigned access_of(const struct model *m, unsigned caps, unsigned target)
{
	unsigned access = caps & ACCESS ? caps & ACCESS : R;

	for (unsigned w = 0; w < m->window_count; w++)
		if (access == X && (m->window[w].caps & (X | R)) == (X | R) &&
		    (m->window[w].targets & target))
			access = X | R;
	if (target == FLASH && (access & W))
		access = (access & ~(unsigned)W) | R;
	return access;
}

static bool window_can(const struct model *m, unsigned w, unsigned caps, unsigned target)
{
	unsigned needed = caps | access_of(m, caps, target);

	return (m->window[w].targets & target) && (m->window[w].caps & needed) == needed;
}

static uint32_t pages_of(const struct model_want *want)
{
	return (uint32_t)((want->size + PAGE - 1) / PAGE);
}

static uint32_t address_of(const struct model *m, unsigned w, uint32_t page, unsigned caps)
{
	return (caps & X ? m->window[w].exec_base : m->window[w].base) + page * PAGE;
}

/* -- room -- */

/* Pages that are free from `page` on. */
static uint32_t gap_at(const struct model *m, unsigned w, uint32_t page)
{
	uint32_t n = 0;

	while (page + n < m->window[w].pages && m->owner[w][page + n] < 0)
		n++;
	return n;
}

/* The smallest gap of a window that fits, the lowest of those; false if none does. */
static bool best_gap(const struct model *m, unsigned w, uint32_t pages, uint32_t *out)
{
	uint32_t best = MODEL_PAGES + 1;

	for (uint32_t page = 0, gap; page < m->window[w].pages; page += gap ? gap : 1) {
		gap = gap_at(m, w, page);
		if (gap >= pages && gap < best) {
			best = gap;
			*out = page;
		}
	}
	return best <= MODEL_PAGES;
}

static esp_err_t spot(const struct model *m, const struct model_want *want, uint32_t *va)
{
	uint32_t page;

	for (unsigned w = 0; w < m->window_count; w++) {
		if (!window_can(m, w, want->caps, want->target) ||
		    !best_gap(m, w, pages_of(want), &page))
			continue;
		*va = address_of(m, w, page, want->caps);
		return ESP_OK;
	}
	return ESP_ERR_NOT_FOUND;
}

uint32_t model_largest(const struct model *m, unsigned caps, unsigned target)
{
	uint32_t largest_gap = 0;

	if (target != FLASH && target != PSRAM)
		return 0;
	for (unsigned w = 0; w < m->window_count; w++)
		for (uint32_t page = 0; page < m->window[w].pages; page++)
			if (window_can(m, w, caps, target) && gap_at(m, w, page) > largest_gap)
				largest_gap = gap_at(m, w, page);
	return largest_gap * PAGE;
}

/* -- conflicts -- */

static bool meets(const struct model_block *b, const struct model_want *want)
{
	return b->used && b->mapped && b->target == want->target &&
	       b->pa < want->pa + pages_of(want) * PAGE && want->pa < b->pa + b->pages * PAGE;
}

/* Whether it shows all of it, and allows all that is asked. */
static bool serves(const struct model *m, const struct model_block *b,
		   const struct model_want *want)
{
	unsigned access = access_of(m, want->caps, want->target);

	return b->pa <= want->pa && want->pa + pages_of(want) * PAGE <= b->pa + b->pages * PAGE &&
	       (b->access & access) == access;
}

/* INVALID_STATE and where, INVALID_ARG, or OK if nothing is in the way. */
static esp_err_t conflict(const struct model *m, const struct model_want *want, uint32_t *va)
{
	esp_err_t result = ESP_OK;

	for (unsigned w = 0; w < m->window_count; w++) {
		const struct model_block *best = NULL;

		for (unsigned i = 0; i < MODEL_BLOCKS; i++) {
			const struct model_block *b = &m->block[i];

			if (b->window != w || !window_can(m, w, want->caps, want->target) ||
			    !meets(b, want))
				continue;
			result = ESP_ERR_INVALID_ARG;
			if (serves(m, b, want) && (!best || b->pa < best->pa ||
						   (b->pa == best->pa && b->page < best->page)))
				best = b;
		}
		if (best) {
			*va = address_of(m, w, best->page, want->caps) + (want->pa - best->pa);
			return ESP_ERR_INVALID_STATE;
		}
	}
	return result;
}

/* -- the calls -- */

static esp_err_t check(const struct model_want *want)
{
	if ((want->caps & X) && (want->caps & (W | BYTES)))
		return ESP_ERR_INVALID_ARG;
	if (want->size == 0 || want->size > UINT32_MAX - (PAGE - 1))
		return ESP_ERR_INVALID_ARG;
	if (want->caps > 31 || want->target > 3)
		return ESP_ERR_NOT_FOUND;
	return want->target == FLASH || want->target == PSRAM ? ESP_OK : ESP_ERR_INVALID_ARG;
}

static bool beyond(const struct model *m, const struct model_want *want)
{
	uint32_t memory = want->target == FLASH ? m->flash : m->psram;

	return want->pa >= memory || want->size > memory - want->pa;
}

static esp_err_t map_anywhere(const struct model *m, const struct model_want *want, uint32_t *va)
{
	esp_err_t err;

	if (beyond(m, want))
		return model_largest(m, want->caps, want->target) < want->size
			       ? ESP_ERR_NOT_FOUND
			       : ESP_ERR_INVALID_ARG;
	err = conflict(m, want, va);
	if (err == ESP_ERR_INVALID_STATE || (err != ESP_OK && !want->shared))
		return err;
	return spot(m, want, va);
}

/* The page of a window that an address means, on either side, with room for what is wanted. */
static bool page_at(const struct model *m, unsigned w, const struct model_want *want,
		    uint32_t *page)
{
	const uint32_t sides[2] = {m->window[w].base, m->window[w].exec_base};

	for (unsigned i = 0; i < 2; i++) {
		if (want->va < sides[i] || (want->va - sides[i]) / PAGE >= m->window[w].pages)
			continue;
		*page = (want->va - sides[i]) / PAGE;
		return pages_of(want) <= m->window[w].pages - *page;
	}
	return false;
}

static esp_err_t map_there(const struct model *m, const struct model_want *want, uint32_t *va)
{
	uint32_t page = 0;
	unsigned w = 0;
	bool reserved = false;
	esp_err_t err;

	while (w < m->window_count &&
	       !(window_can(m, w, want->caps, want->target) && page_at(m, w, want, &page)))
		w++;
	if (w == m->window_count)
		return ESP_ERR_NOT_FOUND;
	for (uint32_t p = page; p < page + pages_of(want); p++) {
		if (m->owner[w][p] >= 0 && m->block[m->owner[w][p]].mapped)
			return ESP_ERR_NOT_FOUND;
		reserved = reserved || m->owner[w][p] >= 0;
	}
	if (beyond(m, want))
		return ESP_ERR_INVALID_ARG;
	err = want->shared ? ESP_OK : conflict(m, want, va);
	if (err != ESP_OK)
		return err;
	if (reserved || want->va != address_of(m, w, page, want->caps))
		return ESP_ERR_INVALID_ARG;
	*va = want->va;
	return ESP_OK;
}

esp_err_t model_map(const struct model *m, const struct model_want *want, uint32_t *va)
{
	esp_err_t err;

	if ((want->target & PSRAM) && !m->psram_maps)
		return ESP_ERR_NOT_SUPPORTED;
	if (want->pa % PAGE != 0 || want->va % PAGE != 0)
		return ESP_ERR_INVALID_ARG;
	err = check(want);
	if (err != ESP_OK)
		return err;
	return want->va == 0 ? map_anywhere(m, want, va) : map_there(m, want, va);
}

esp_err_t model_reserve(const struct model *m, const struct model_want *want, uint32_t *va)
{
	esp_err_t err = check(want);

	return err != ESP_OK ? err : spot(m, want, va);
}

/* -- changes -- */

static bool place_of(const struct model *m, uint32_t va, unsigned *window, uint32_t *page)
{
	for (unsigned w = 0; w < m->window_count; w++) {
		const struct model_window *window_at = &m->window[w];

		for (unsigned side = 0; side < 2; side++) {
			uint32_t base = side ? window_at->exec_base : window_at->base;

			if (va < base || (va - base) / PAGE >= window_at->pages)
				continue;
			*window = w;
			*page = (va - base) / PAGE;
			return true;
		}
	}
	return false;
}

bool model_may_stand(const struct model *m, const struct model_want *want, uint32_t va)
{
	uint32_t page;
	unsigned w;

	return place_of(m, va, &w, &page) && window_can(m, w, want->caps, want->target) &&
	       va == address_of(m, w, page, want->caps) && gap_at(m, w, page) >= pages_of(want);
}

int model_put(struct model *m, const struct model_want *want, uint32_t va, bool mapped)
{
	struct model_block *b;
	int i = 0;

	while (m->block[i].used)
		i++;
	assert_true(i < MODEL_BLOCKS);
	b = &m->block[i];
	*b = (struct model_block){.used = true,
				  .mapped = mapped,
				  .pages = pages_of(want),
				  .pa = want->pa,
				  .target = want->target,
				  .caps = want->caps,
				  .access = access_of(m, want->caps, want->target)};
	assert_true(place_of(m, va, &b->window, &b->page));
	for (uint32_t p = b->page; p < b->page + b->pages; p++) {
		assert_true(m->owner[b->window][p] < 0);
		m->owner[b->window][p] = i;
	}
	return i;
}

int model_find(const struct model *m, uint32_t va, bool mapped)
{
	uint32_t page;
	unsigned w;
	int i;

	if (va % PAGE != 0 || !place_of(m, va, &w, &page))
		return -1;
	i = m->owner[w][page];
	return i >= 0 && m->block[i].page == page && m->block[i].mapped == mapped ? i : -1;
}

void model_take(struct model *m, int block)
{
	struct model_block *b = &m->block[block];

	for (uint32_t p = b->page; p < b->page + b->pages; p++)
		m->owner[b->window][p] = -1;
	b->used = false;
}

/* -- looks -- */

esp_err_t model_to_physical(const struct model *m, uint32_t va, uint32_t *pa, unsigned *target)
{
	const struct model_block *b;
	uint32_t page;
	unsigned w;

	if (!place_of(m, va, &w, &page))
		return ESP_ERR_INVALID_ARG;
	if (m->owner[w][page] < 0 || !m->block[m->owner[w][page]].mapped)
		return ESP_ERR_NOT_FOUND;
	b = &m->block[m->owner[w][page]];
	*pa = b->pa + (page - b->page) * PAGE + va % PAGE;
	*target = b->target;
	return ESP_OK;
}

static bool shows(const struct model_block *b, uint32_t pa, unsigned target)
{
	return b->used && b->mapped && b->target == target && b->pa <= pa &&
	       pa - b->pa < b->pages * PAGE;
}

esp_err_t model_to_virtual(const struct model *m, uint32_t pa, unsigned target, unsigned type,
			   uint32_t *va)
{
	unsigned cap = type == MMU_VADDR_DATA ? R : X;

	for (unsigned w = 0; w < m->window_count; w++) {
		const struct model_block *best = NULL;

		for (unsigned i = 0; i < MODEL_BLOCKS; i++) {
			const struct model_block *b = &m->block[i];

			if (b->window == w && (m->window[w].caps & cap) && shows(b, pa, target) &&
			    (!best || b->pa < best->pa ||
			     (b->pa == best->pa && b->page < best->page)))
				best = b;
		}
		if (best) {
			*va = address_of(m, w, best->page, cap) + (pa - best->pa);
			return ESP_OK;
		}
	}
	return ESP_ERR_NOT_FOUND;
}

esp_err_t model_caps(const struct model *m, uint32_t pa, unsigned target, unsigned *caps)
{
	esp_err_t result = ESP_ERR_NOT_FOUND;
	unsigned all = 0;

	for (unsigned i = 0; i < MODEL_BLOCKS; i++) {
		if (!shows(&m->block[i], pa, target))
			continue;
		all |= m->block[i].caps;
		result = ESP_OK;
	}
	if (result == ESP_OK)
		*caps = all;
	return result;
}
