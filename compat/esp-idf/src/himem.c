/* SPDX-License-Identifier: Apache-2.0 */
/*
 * himem over a pool of banks (quire/bank.h), which does the work: this file is sizes into counts,
 * handles into banks and ranges, and quire's results into ESP-IDF's.
 *
 * PSRAM above the heap's is himem's.  The pool is made when something is allocated for the first
 * time; sizes can be asked for without it.  One table has the handles of both kinds, so that one
 * kind is never taken for the other.  Every call holds the machine's lock from its first look to its
 * last change, so that the pool needs none of its own.
 */
#include "esp_himem.h"

#include <string.h>

#include "handles.h"

#define RESERVE_MAX 62u /* on the ESP32 the write-back needs two banks of addresses for itself */

/* What a handle stands for: memory, or addresses. */
struct quire_esp_himem {
	bool is_range;
	uint32_t count;    /* banks, or places */
	quire_bank first;  /* of a range */
	quire_va va;       /* of a range */
	quire_bank bank[]; /* of memory: all its banks */
};

static struct {
	struct quire_bank_pool pool; /* closed until it is needed */
	void *memory;                /* the pool's */
	struct quire_esp_handles handles;
} himem;

/* -- the machine's himem -- */

static uint32_t bank_size(const struct quire_esp *m)
{
	return quire_esp_page_size(m, QUIRE_PSRAM0);
}

/* Banks that there are; 0: there is no himem. */
static uint32_t bank_count(const struct quire_esp *m)
{
	quire_size psram = m->layout->memory[QUIRE_PSRAM0].size;

	return psram > m->psram_heap ? (uint32_t)((psram - m->psram_heap) / bank_size(m)) : 0;
}

/* The end of the first window that can do it, less the places; 0 if there is none so large. */
static quire_va last_places(const struct quire_esp *m)
{
	const unsigned caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_8BIT;
	quire_size size = (quire_size)m->himem_reserve * bank_size(m);

	for (unsigned i = 0; i < m->layout->window_count; i++) {
		const struct quire_window *w = &m->layout->window[i];

		if ((w->caps & caps) == caps && (w->targets & QUIRE_TARGET_BIT(QUIRE_PSRAM0)) &&
		    w->size >= size)
			return w->base + (w->size - size);
	}
	return 0;
}

static esp_err_t pool_init(struct quire_esp *m)
{
	const struct quire_memory *psram = &m->layout->memory[QUIRE_PSRAM0];
	struct quire_bank_config config = {
		.space = m->space,
		.target = QUIRE_PSRAM0,
		.attr = QUIRE_READ | QUIRE_WRITE,
		.banks = bank_count(m),
		.va = last_places(m),
		.places = m->himem_reserve,
		.caps = QUIRE_CAP_8BIT,
		.tag = ESP_TAG_HIMEM | MMU_MEM_CAP_READ | MMU_MEM_CAP_WRITE | MMU_MEM_CAP_8BIT,
		.memory = himem.memory,
		.memory_size = quire_bank_memory_size(bank_count(m), m->himem_reserve),
	};
	int err;

	config.pa = psram->base + (psram->size - (quire_size)config.banks * bank_size(m));
	(void)quire_keep_drop_all(&m->keep, NULL); /* they give way, where they can */
	err = quire_bank_init(&himem.pool, &config);
	if (err == QUIRE_ETAKEN) {
		config.va = 0;
		err = quire_bank_init(&himem.pool, &config);
	}
	return err ? ESP_ERR_NO_MEM : ESP_OK;
}

/* Make the pool if there is none yet. */
static esp_err_t pool_ready(struct quire_esp *m)
{
	esp_err_t err;

	if (himem.pool.space != NULL)
		return ESP_OK;
	himem.memory = quire_esp_allocate(
		m, (size_t)quire_bank_memory_size(bank_count(m), m->himem_reserve));
	if (himem.memory == NULL)
		return ESP_ERR_NO_MEM;
	err = pool_init(m);
	if (err != ESP_OK) {
		quire_esp_release(m, himem.memory);
		himem.memory = NULL;
	}
	return err;
}

esp_err_t quire_esp_himem_start(struct quire_esp *m)
{
	memset(&himem, 0, sizeof(himem));
	if (bank_count(m) != 0 && (m->himem_reserve == 0 || m->himem_reserve > RESERVE_MAX))
		return ESP_ERR_INVALID_ARG;
	return ESP_OK;
}

void quire_esp_himem_stop(struct quire_esp *m)
{
	void *thing;

	while ((thing = quire_esp_handle_any(&himem.handles)) != NULL)
		quire_esp_release(m, thing);
	quire_esp_handles_free(m, &himem.handles);
	quire_esp_release(m, himem.memory);
	memset(&himem, 0, sizeof(himem));
}

/* Find the machine, lock it, and say whether there is one. */
static struct quire_esp *enter(void)
{
	struct quire_esp *m = quire_esp_machine();

	if (m != NULL)
		quire_esp_lock(m);
	return m;
}

static esp_err_t leave(struct quire_esp *m, esp_err_t result)
{
	quire_esp_unlock(m);
	return result;
}

/* -- handles -- */

static uint32_t number_of(const void *handle)
{
	uintptr_t number = (uintptr_t)handle;

	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* What a handle stands for, NULL if it is none of this kind. */
static struct quire_esp_himem *thing_of(const void *handle, bool is_range)
{
	struct quire_esp_himem *thing = quire_esp_handle_find(&himem.handles, number_of(handle));

	return thing != NULL && thing->is_range == is_range ? thing : NULL;
}

/* Room for a thing, its list of banks zero. */
static struct quire_esp_himem *thing_new(struct quire_esp *m, bool is_range, uint32_t count)
{
	size_t size = sizeof(struct quire_esp_himem) + (is_range ? 0 : count * sizeof(quire_bank));
	struct quire_esp_himem *thing = quire_esp_allocate(m, size);

	if (thing == NULL)
		return NULL;
	memset(thing, 0, size);
	thing->is_range = is_range;
	thing->count = count;
	return thing;
}

/* The handle's end, and its thing's. */
static void thing_free(struct quire_esp *m, const void *handle)
{
	quire_esp_release(m, quire_esp_handle_end(&himem.handles, number_of(handle)));
}

/* Take from the pool what a thing is to have. */
static int thing_take(struct quire_esp_himem *thing)
{
	if (thing->is_range)
		return quire_bank_range_take(&himem.pool, thing->count, &thing->first, &thing->va);
	return thing->count != 0 ? quire_bank_take(&himem.pool, thing->bank, thing->count)
				 : QUIRE_OK;
}

static int thing_give(const struct quire_esp_himem *thing)
{
	if (thing->is_range)
		return quire_bank_range_give(&himem.pool, thing->first);
	return thing->count != 0 ? quire_bank_give(&himem.pool, thing->bank, thing->count)
				 : QUIRE_OK;
}

/* A new thing's handle; 0 if there is not enough of something. */
static uint32_t allocate(struct quire_esp *m, bool is_range, uint32_t count)
{
	struct quire_esp_himem *thing = thing_new(m, is_range, count);
	uint32_t number;

	if (thing == NULL)
		return 0;
	if (thing_take(thing) != QUIRE_OK) {
		quire_esp_release(m, thing);
		return 0;
	}
	number = quire_esp_handle_new(m, &himem.handles, thing);
	if (number == 0) {
		(void)thing_give(thing);
		quire_esp_release(m, thing);
	}
	return number;
}

static esp_err_t deallocate(struct quire_esp *m, const void *handle, bool is_range)
{
	const struct quire_esp_himem *thing = thing_of(handle, is_range);

	if (thing == NULL || thing_give(thing) != QUIRE_OK)
		return ESP_ERR_INVALID_ARG;
	thing_free(m, handle);
	return ESP_OK;
}

/* -- memory and addresses -- */

static esp_err_t alloc(struct quire_esp *m, size_t size, esp_himem_handle_t *handle_out)
{
	size_t count = size / bank_size(m);
	uint32_t number;

	if (size % bank_size(m) != 0)
		return ESP_ERR_INVALID_SIZE;
	if (count > bank_count(m))
		return ESP_ERR_NO_MEM;
	if (count != 0 && pool_ready(m) != ESP_OK)
		return ESP_ERR_NO_MEM;
	number = allocate(m, false, (uint32_t)count);
	if (number == 0)
		return ESP_ERR_NO_MEM;
	*handle_out = (esp_himem_handle_t)(uintptr_t)number;
	return ESP_OK;
}

static esp_err_t alloc_map_range(struct quire_esp *m, size_t size,
				 esp_himem_rangehandle_t *handle_out)
{
	size_t count = size / bank_size(m);
	uint32_t number;

	if (bank_count(m) == 0)
		return ESP_ERR_INVALID_STATE;
	if (size % bank_size(m) != 0)
		return ESP_ERR_INVALID_SIZE;
	if (count == 0 || count > m->himem_reserve || pool_ready(m) != ESP_OK)
		return ESP_ERR_NO_MEM;
	number = allocate(m, true, (uint32_t)count);
	if (number == 0)
		return ESP_ERR_NO_MEM;
	*handle_out = (esp_himem_rangehandle_t)(uintptr_t)number;
	return ESP_OK;
}

/* -- map and unmap -- */

static bool in_blocks(const struct quire_esp *m, size_t bytes)
{
	return bytes % bank_size(m) == 0;
}

/* Whether [offset, offset + len) is inside a thing. */
static bool inside(const struct quire_esp *m, const struct quire_esp_himem *thing, size_t offset,
		   size_t len)
{
	size_t size = (size_t)thing->count * bank_size(m);

	return offset <= size && len <= size - offset;
}

/* What the pool said to a map. */
static esp_err_t map_result(int result)
{
	switch (result) {
	case QUIRE_ETAKEN:
	case QUIRE_EREFERENCED:
	case QUIRE_EOVERLAP:
		return ESP_ERR_INVALID_STATE;
	default:
		return quire_esp_error(result);
	}
}

/* A map whose arguments have been looked at. */
static esp_err_t show(const struct quire_esp *m, const struct quire_esp_himem *ram,
		      const struct quire_esp_himem *range, size_t ram_offset, size_t range_offset,
		      size_t len, int flags, void **out_ptr)
{
	uint32_t page = bank_size(m);
	quire_va va = range->va + range_offset;
	int result = QUIRE_OK;

	if (len != 0)
		result = quire_bank_show(&himem.pool, &ram->bank[ram_offset / page],
					 (uint32_t)(len / page),
					 (quire_bank)(range->first + range_offset / page),
					 flags & ESP_HIMEM_MAPFLAG_RO ? QUIRE_READ : 0, &va);
	if (result == QUIRE_OK)
		*out_ptr = (void *)(uintptr_t)va;
	return map_result(result);
}

esp_err_t esp_himem_map(esp_himem_handle_t handle, esp_himem_rangehandle_t range, size_t ram_offset,
			size_t range_offset, size_t len, int flags, void **out_ptr)
{
	struct quire_esp *m = enter();
	const struct quire_esp_himem *from, *to;

	if (m == NULL)
		return ESP_ERR_INVALID_STATE;
	if (bank_count(m) == 0)
		return leave(m, ESP_ERR_INVALID_STATE);
	from = thing_of(handle, false);
	to = thing_of(range, true);
	if (from == NULL || to == NULL || out_ptr == NULL)
		return leave(m, ESP_ERR_INVALID_ARG);
	if (!in_blocks(m, ram_offset) || !in_blocks(m, range_offset) || !in_blocks(m, len))
		return leave(m, ESP_ERR_INVALID_ARG);
	if (!inside(m, from, ram_offset, len) || !inside(m, to, range_offset, len))
		return leave(m, ESP_ERR_INVALID_SIZE);
	return leave(m, show(m, from, to, ram_offset, range_offset, len, flags, out_ptr));
}

static esp_err_t unmap(const struct quire_esp *m, const struct quire_esp_himem *range,
		       const void *ptr, size_t len)
{
	size_t offset = (uintptr_t)ptr - (uintptr_t)range->va;
	int result;

	if ((uintptr_t)ptr < range->va || !in_blocks(m, offset) || !in_blocks(m, len) ||
	    !inside(m, range, offset, len))
		return ESP_ERR_INVALID_ARG;
	if (len == 0)
		return ESP_OK;
	result = quire_bank_hide(&himem.pool, (quire_bank)(range->first + offset / bank_size(m)),
				 (uint32_t)(len / bank_size(m)));
	return result == QUIRE_EUNMAPPED ? ESP_ERR_INVALID_ARG : quire_esp_error(result);
}

esp_err_t esp_himem_unmap(esp_himem_rangehandle_t range, void *ptr, size_t len)
{
	struct quire_esp *m = enter();
	const struct quire_esp_himem *thing;

	if (m == NULL)
		return ESP_ERR_INVALID_STATE;
	thing = thing_of(range, true);
	return leave(m, thing != NULL ? unmap(m, thing, ptr, len) : ESP_ERR_INVALID_ARG);
}

/* -- the rest of the interface -- */

esp_err_t esp_himem_alloc(size_t size, esp_himem_handle_t *handle_out)
{
	struct quire_esp *m = enter();

	if (m == NULL)
		return ESP_ERR_INVALID_STATE;
	return leave(m, handle_out != NULL ? alloc(m, size, handle_out) : ESP_ERR_INVALID_ARG);
}

esp_err_t esp_himem_alloc_map_range(size_t size, esp_himem_rangehandle_t *handle_out)
{
	struct quire_esp *m = enter();

	if (m == NULL)
		return ESP_ERR_INVALID_STATE;
	return leave(m, handle_out != NULL ? alloc_map_range(m, size, handle_out)
					   : ESP_ERR_INVALID_ARG);
}

esp_err_t esp_himem_free(esp_himem_handle_t handle)
{
	struct quire_esp *m = enter();

	if (m == NULL)
		return ESP_ERR_INVALID_STATE;
	return leave(m, deallocate(m, handle, false));
}

esp_err_t esp_himem_free_map_range(esp_himem_rangehandle_t handle)
{
	struct quire_esp *m = enter();

	if (m == NULL)
		return ESP_ERR_INVALID_STATE;
	return leave(m, deallocate(m, handle, true));
}

size_t esp_himem_get_phys_size(void)
{
	const struct quire_esp *m = quire_esp_machine();

	return m == NULL ? 0 : (size_t)bank_count(m) * bank_size(m);
}

size_t esp_himem_get_free_size(void)
{
	struct quire_esp *m = enter();
	struct quire_bank_stats stats = {0};

	if (m == NULL)
		return 0;
	if (quire_bank_stats(&himem.pool, &stats) != QUIRE_OK) /* not made yet */
		stats.banks_free = bank_count(m);
	quire_esp_unlock(m);
	return (size_t)stats.banks_free * bank_size(m);
}

size_t esp_himem_reserved_area_size(void)
{
	const struct quire_esp *m = quire_esp_machine();

	return m == NULL || bank_count(m) == 0 ? 0 : (size_t)m->himem_reserve * bank_size(m);
}
