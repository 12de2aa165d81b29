/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash as memory (spi_flash_mmap.h).
 *
 * A handle stands for one or several *runs* of consecutive pages, each a mapping of the space of
 * which it holds one reference.  Whoever asks for pages that are mapped gets a reference to that
 * mapping, so that it goes when the last one is given back, and never before.
 *
 * Pages in any order are several runs that must stand one after the other.  Room for all is reserved
 * first, then each run is mapped at its place, as an alias if it has to be; all under the machine's
 * lock, so that nobody can take a part of the room in between.
 */
#include "spi_flash_mmap.h"
#include "esp_log.h"
#include "esp_mmu_map.h"
#include "esp_private/flash_mmap.h"
#include "handles.h"
#include "mmap_lock.h"
#include "refusal.h"

#include <string.h>

#define FLAGS (SPI_FLASH_MMAP_FLAG_INST | SPI_FLASH_MMAP_FLAG_BLOCKS_WRITE)

/* What can be mapped with addresses of 24 bits. */
#define NEAR 0x1000000u

static const char TAG[] = "flash_mmap";

struct run {
	quire_pa pa;
	quire_size size;
	quire_va mapping;
};

/* What a handle stands for. */
struct map {
	struct quire_esp_hold hold;
	spi_flash_mmap_flag_t flags;
	size_t runs;
	struct run run[];
};

static struct quire_esp_handles handles;

static bool blocks_write(const struct map *map)
{
	return (map->flags & SPI_FLASH_MMAP_FLAG_BLOCKS_WRITE) != 0;
}

static unsigned caps_of(unsigned flags)
{
	return flags & SPI_FLASH_MMAP_FLAG_INST ? MMU_MEM_CAP_EXEC | MMU_MEM_CAP_32BIT
						: MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT;
}

/* Whether the machine maps so far up. */
static bool in_reach(const struct quire_esp *m, size_t address, size_t size)
{
	return m->flash_32bit || (address < NEAR && size <= NEAR - address);
}

/* -- mapping all of its runs, and none -- */

static struct quire_want want_of(const struct quire_esp *m, const struct map *map,
				 const struct run *run)
{
	struct quire_want want = quire_esp_want(m, caps_of(map->flags), QUIRE_FLASH0);

	want.pa = run->pa;
	want.size = run->size;
	want.flags = QUIRE_SHARED;
	return want;
}

static void unmap_runs(struct quire_esp *m, const struct map *map, size_t runs)
{
	for (size_t i = 0; i < runs; i++) {
		int result = quire_keep_unmap(&m->keep, map->run[i].mapping);

		if (result < 0)
			ESP_LOGE(TAG, "0x%llx cannot be unmapped: %s",
				 (unsigned long long)map->run[i].mapping, quire_error_text(result));
	}
}

/* Room for all runs of a map. */
static int find_room(struct quire_esp *m, const struct map *map, quire_va *out)
{
	struct run all = {.pa = 0, .size = 0};
	struct quire_want want;

	for (size_t i = 0; i < map->runs; i++)
		all.size += map->run[i].size;
	want = want_of(m, map, &all);
	return quire_esp_find_room(m, &want, out);
}

static int map_in_place(struct quire_esp *m, struct map *map, quire_va *out)
{
	struct quire_got got = {0};
	quire_va va;
	int result = find_room(m, map, &va);

	for (size_t i = 0; i < map->runs && result >= 0; i++) {
		struct quire_want want = want_of(m, map, &map->run[i]);

		result = quire_keep_map_at(&m->keep, va, &want, &got);
		if (result < 0)
			unmap_runs(m, map, i);
		map->run[i].mapping = got.mapping;
		*out = i == 0 ? got.va : *out;
		va += want.size;
	}
	return result;
}

static int map_runs(struct quire_esp *m, struct map *map, quire_va *out)
{
	struct quire_want want = want_of(m, map, &map->run[0]);
	struct quire_got got;
	int result;

	if (map->runs > 1)
		return map_in_place(m, map, out);
	result = quire_keep_map(&m->keep, &want, &got);
	if (result < 0)
		return result;
	map->run[0].mapping = got.mapping;
	*out = got.va;
	return result;
}

/* -- handles -- */

static struct map *map_new(struct quire_esp *m, spi_flash_mmap_flag_t flags, size_t runs)
{
	struct map *map;

	if (runs > (SIZE_MAX - sizeof(*map)) / sizeof(map->run[0]))
		return NULL;
	map = quire_esp_allocate(m, sizeof(*map) + runs * sizeof(map->run[0]));
	if (map == NULL)
		return NULL;
	memset(map, 0, sizeof(*map) + runs * sizeof(map->run[0]));
	map->flags = flags;
	return map;
}

/* Whether the machine maps so far up, and a sentence if it does not. */
static bool in_reach_or_say(const struct quire_esp *m, size_t address, size_t size)
{
	bool reach = in_reach(m, address, size);

	if (!reach)
		ESP_LOGE(TAG,
			 "%zu bytes of flash from 0x%zx on cannot be mapped: addresses end at "
			 "0x%x",
			 size, address, NEAR);
	return reach;
}

/* Map, and make a handle for it; with the machine locked. */
static esp_err_t open_map(struct quire_esp *m, struct map *map, const void **out_ptr,
			  spi_flash_mmap_handle_t *out_handle, struct quire_esp_refusal *refusal)
{
	struct quire_want want = want_of(m, map, &map->run[0]);
	uint32_t handle = quire_esp_handle_new(m, &handles, map);
	quire_va va = 0;
	int result;

	if (handle == 0)
		return quire_esp_refuse(refusal, ESP_ERR_NO_MEM, "there is no memory for a handle");
	result = map_runs(m, map, &va);
	if (result < 0) {
		quire_esp_handle_end(&handles, handle);
		return quire_esp_answer(m, &want, result, refusal);
	}
	*out_ptr = (const void *)(uintptr_t)va;
	*out_handle = handle;
	return ESP_OK;
}

/* The same in its turn; the map is freed if it comes to nothing. */
static esp_err_t open_in_turn(struct quire_esp *m, struct map *map, const void **out_ptr,
			      spi_flash_mmap_handle_t *out_handle)
{
	struct quire_esp_refusal refusal = {""};
	esp_err_t err;

	quire_esp_lock(m);
	quire_esp_mmap_enter(m, blocks_write(map));
	err = open_map(m, map, out_ptr, out_handle, &refusal);
	if (err == ESP_OK && blocks_write(map))
		quire_esp_mmap_hold(m, &map->hold);
	else
		quire_esp_mmap_leave(m);
	quire_esp_unlock(m);
	if (err == ESP_OK)
		return ESP_OK;
	ESP_LOGE(TAG, "flash from 0x%llx on cannot be mapped: %s",
		 (unsigned long long)map->run[0].pa, refusal.why);
	quire_esp_release(m, map);
	return err;
}

esp_err_t spi_flash_mmap(size_t src_addr, size_t size, spi_flash_mmap_flag_t flags,
			 const void **out_ptr, spi_flash_mmap_handle_t *out_handle)
{
	struct quire_esp *m = quire_esp_machine();
	struct map *map;

	if (m == NULL)
		return ESP_FAIL;
	if (out_ptr == NULL || out_handle == NULL || ((unsigned)flags & ~(unsigned)FLAGS) ||
	    !in_reach_or_say(m, src_addr, size))
		return ESP_ERR_INVALID_ARG;
	map = map_new(m, flags, 1);
	if (map == NULL)
		return ESP_ERR_NO_MEM;
	map->runs = 1;
	map->run[0].pa = src_addr;
	map->run[0].size = size;
	return open_in_turn(m, map, out_ptr, out_handle);
}

static bool pages_in_reach(const struct quire_esp *m, const int *pages, size_t count)
{
	size_t page = quire_esp_page_size(m, QUIRE_FLASH0);

	for (size_t i = 0; i < count; i++)
		if (pages[i] < 0 || (size_t)pages[i] > UINT32_MAX / page ||
		    !in_reach_or_say(m, (size_t)pages[i] * page, page))
			return false;
	return true;
}

/* How many runs these pages are. */
static size_t count_runs(const int *pages, size_t count)
{
	size_t runs = 1;

	for (size_t i = 1; i < count; i++)
		runs += pages[i] != pages[i - 1] + 1;
	return runs;
}

static void add_page(struct map *map, quire_pa pa, quire_size size)
{
	struct run *last = &map->run[map->runs];

	if (map->runs > 0 && last[-1].pa + last[-1].size == pa) {
		last[-1].size += size;
		return;
	}
	last->pa = pa;
	last->size = size;
	map->runs++;
}

esp_err_t spi_flash_mmap_pages(const int *pages, size_t page_count, spi_flash_mmap_flag_t flags,
			       const void **out_ptr, spi_flash_mmap_handle_t *out_handle)
{
	struct quire_esp *m = quire_esp_machine();
	struct map *map;
	size_t page;

	if (m == NULL)
		return ESP_FAIL;
	if (out_ptr == NULL || out_handle == NULL || pages == NULL || page_count == 0 ||
	    ((unsigned)flags & ~(unsigned)FLAGS) || !pages_in_reach(m, pages, page_count))
		return ESP_ERR_INVALID_ARG;
	map = map_new(m, flags, count_runs(pages, page_count));
	if (map == NULL)
		return ESP_ERR_NO_MEM;
	page = quire_esp_page_size(m, QUIRE_FLASH0);
	for (size_t i = 0; i < page_count; i++)
		add_page(map, (quire_pa)pages[i] * page, page);
	return open_in_turn(m, map, out_ptr, out_handle);
}

void spi_flash_munmap(spi_flash_mmap_handle_t handle)
{
	struct quire_esp *m = quire_esp_machine();
	struct map *map;

	if (m == NULL)
		return;
	quire_esp_lock(m);
	map = quire_esp_handle_end(&handles, handle);
	if (map != NULL) {
		unmap_runs(m, map, map->runs);
		if (blocks_write(map))
			quire_esp_mmap_drop(m, &map->hold);
	}
	quire_esp_unlock(m);
	if (map == NULL)
		ESP_LOGE(TAG, "munmap: 0x%08x is no handle, or has been given back already",
			 (unsigned)handle);
	else
		quire_esp_release(m, map);
}

bool flash_mmap_remain(void)
{
	struct quire_esp *m = quire_esp_machine();
	bool remain;

	if (m == NULL)
		return false;
	quire_esp_lock(m);
	remain = handles.used > 0;
	quire_esp_unlock(m);
	return remain;
}

void quire_esp_flash_stop(struct quire_esp *m)
{
	struct map *map;

	while ((map = quire_esp_handle_any(&handles)) != NULL)
		quire_esp_release(m, map);
	quire_esp_handles_free(m, &handles);
	quire_esp_mmap_reset();
}

/* -- looking -- */

void spi_flash_mmap_dump(void)
{
	esp_mmu_map_dump_mapped_blocks(stdout);
}

uint32_t spi_flash_mmap_get_free_pages(spi_flash_mmap_memory_t memory)
{
	struct quire_esp *m = quire_esp_machine();
	size_t bytes = 0;

	if (m == NULL || esp_mmu_map_get_max_consecutive_free_block_size(
				 (mmu_mem_caps_t)caps_of(memory), MMU_TARGET_FLASH0, &bytes))
		return 0;
	return (uint32_t)(bytes / quire_esp_page_size(m, QUIRE_FLASH0));
}

size_t spi_flash_cache2phys(const void *cached)
{
	esp_paddr_t address;
	mmu_target_t target;

	if (esp_mmu_vaddr_to_paddr((void *)(uintptr_t)cached, &address, &target) != ESP_OK ||
	    target != MMU_TARGET_FLASH0)
		return SPI_FLASH_CACHE2PHYS_FAIL;
	return address;
}

const void *spi_flash_phys2cache(size_t phys_offs, spi_flash_mmap_memory_t memory)
{
	mmu_vaddr_t bus = memory & SPI_FLASH_MMAP_INST ? MMU_VADDR_INSTRUCTION : MMU_VADDR_DATA;
	void *address;

	if (phys_offs > UINT32_MAX ||
	    esp_mmu_paddr_to_vaddr((esp_paddr_t)phys_offs, MMU_TARGET_FLASH0, bus, &address) !=
		    ESP_OK)
		return NULL;
	return address;
}
