/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mapped where, as text.
 *
 * The map is copied under the lock and printed without it, so that what is printed was true at one
 * moment, and a slow stream holds nobody up.  What is kept for next time is a gap to its users, and
 * is printed as one.
 */
#include "machine.h"

#include <inttypes.h>

#include "esp_private/esp_mmu_map_private.h"

#define WINDOW_ROW "%-12s %-12s %-12s %-12s %-6s %s\n"
#define BLOCK_ROW  "%-5u 0x%-11" PRIx32 " 0x%-11" PRIx32 " 0x%-10" PRIx32 " 0x%-4x"

/* A copy of the map. */
struct map {
	struct quire_extent_info *row;
	uint32_t count;
};

/* -- the copy -- */

static esp_err_t copy_rows(struct quire_esp *m, struct map *map)
{
	uint32_t room;
	int result = quire_space_snapshot(m->space, NULL, 0, &room);

	if (result < 0)
		return ESP_FAIL;
	map->row = quire_esp_allocate(m, room * sizeof(*map->row));
	if (map->row == NULL)
		return ESP_ERR_NO_MEM;
	result = quire_space_snapshot(m->space, map->row, room, &map->count);
	if (result < 0 || map->count > room) {
		quire_esp_release(m, map->row);
		return ESP_FAIL;
	}
	return ESP_OK;
}

/* Everything that changes the map holds the lock, so nothing changes between the two snapshots. */
static esp_err_t copy_map(struct quire_esp *m, struct map *map)
{
	esp_err_t err;

	quire_esp_lock(m);
	err = copy_rows(m, map);
	for (uint32_t i = 0; err == ESP_OK && i < map->count; i++)
		if (map->row[i].kind == QUIRE_MAPPED && quire_keep_has(&m->keep, map->row[i].va))
			map->row[i].kind = QUIRE_GAP;
	quire_esp_unlock(m);
	return err;
}

/* -- the text -- */

/* Where the application's own code and constants end. */
static uint32_t free_head(const struct map *map, unsigned window, const struct quire_window *w)
{
	quire_va head = w->base;

	for (uint32_t i = 0; i < map->count; i++)
		if (map->row[i].window == window && map->row[i].va == head &&
		    map->row[i].kind == QUIRE_RESERVED && (map->row[i].tag & ESP_TAG_BOOT))
			head += map->row[i].size;
	return (uint32_t)head;
}

/* The longest run of gaps. */
static uint32_t largest_gap(const struct map *map, unsigned window)
{
	quire_size run = 0, largest = 0;

	for (uint32_t i = 0; i < map->count; i++) {
		if (map->row[i].window != window)
			continue;
		run = map->row[i].kind == QUIRE_GAP ? run + map->row[i].size : 0;
		largest = run > largest ? run : largest;
	}
	return (uint32_t)largest;
}

/* ESP-IDF's number for what quire's capabilities say. */
static unsigned esp_caps(unsigned caps)
{
	return (caps & QUIRE_CAP_EXEC ? (unsigned)MMU_MEM_CAP_EXEC : 0u) |
	       (caps & QUIRE_CAP_READ ? (unsigned)MMU_MEM_CAP_READ : 0u) |
	       (caps & QUIRE_CAP_WRITE ? (unsigned)MMU_MEM_CAP_WRITE : 0u) |
	       (caps & QUIRE_CAP_32BIT ? (unsigned)MMU_MEM_CAP_32BIT : 0u) |
	       (caps & QUIRE_CAP_8BIT ? (unsigned)MMU_MEM_CAP_8BIT : 0u);
}

static const char *use_of(const struct quire_extent_info *row)
{
	if (row->kind == QUIRE_RESERVED)
		return row->tag & ESP_TAG_HIMEM ? "himem" : "reserved";
	if (row->tag & (ESP_TAG_HEAP | ESP_TAG_HIMEM))
		return row->tag & ESP_TAG_HEAP ? "heap" : "himem";
	return "map";
}

/* As they were asked for; a place of himem may be for reading only. */
static unsigned caps_of(const struct quire_extent_info *row)
{
	unsigned caps = row->tag & (unsigned)ESP_TAG_CAPS;
	bool readonly = (row->tag & ESP_TAG_HIMEM) && row->kind == QUIRE_MAPPED &&
			!(row->attr & QUIRE_WRITE);

	return readonly ? caps & ~(unsigned)MMU_MEM_CAP_WRITE : caps;
}

static void print_block(FILE *stream, const struct quire_esp *m, unsigned id,
			const struct quire_extent_info *row)
{
	fprintf(stream, BLOCK_ROW, id, (uint32_t)row->va, (uint32_t)(row->va + row->size),
		(uint32_t)row->size, caps_of(row));
	if (row->kind == QUIRE_MAPPED)
		fprintf(stream, " 0x%-11" PRIx32 " 0x%-11" PRIx32 " %-7s", (uint32_t)row->pa,
			(uint32_t)(row->pa + row->size), m->layout->memory[row->target].name);
	else
		fprintf(stream, " %-13s %-13s %-7s", "-", "-", "-");
	fprintf(stream, " %s\n", use_of(row));
}

static void print_window(FILE *stream, const struct quire_esp *m, const struct map *map,
			 unsigned window)
{
	const struct quire_window *w = &m->layout->window[window];

	fprintf(stream, "region %u:\n", window);
	fprintf(stream, WINDOW_ROW, "Bus ID", "Start", "Free Head", "End", "Caps", "Max Slot Size");
	fprintf(stream,
		"%-12s 0x%-10" PRIx32 " 0x%-10" PRIx32 " 0x%-10" PRIx32 " 0x%-4x 0x%" PRIx32 "\n",
		w->name, (uint32_t)w->base, free_head(map, window, w),
		(uint32_t)(w->base + w->size), esp_caps(w->caps), largest_gap(map, window));
	fprintf(stream, "mapped blocks:\n");
	fprintf(stream, "%-5s %-13s %-13s %-12s %-6s %-13s %-13s %-7s %s\n", "ID", "Vaddr Start",
		"Vaddr End", "Block Size", "Caps", "Paddr Start", "Paddr End", "Target", "Use");
}

static void print_map(FILE *stream, const struct quire_esp *m, const struct map *map)
{
	for (unsigned w = 0; w < m->layout->window_count; w++) {
		unsigned id = 0;

		print_window(stream, m, map, w);
		for (uint32_t i = 0; i < map->count; i++)
			if (map->row[i].window == w && map->row[i].kind != QUIRE_GAP &&
			    !(map->row[i].tag & ESP_TAG_BOOT))
				print_block(stream, m, id++, &map->row[i]);
		fprintf(stream, "\n");
	}
}

esp_err_t esp_mmu_map_dump_mapped_blocks(FILE *stream)
{
	struct quire_esp *m = quire_esp_machine();
	struct map map;
	esp_err_t err;

	if (stream == NULL)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	err = copy_map(m, &map);
	if (err != ESP_OK)
		return err;
	print_map(stream, m, &map);
	quire_esp_release(m, map.row);
	return ferror(stream) ? ESP_FAIL : ESP_OK;
}

esp_err_t esp_mmu_map_dump_mapped_blocks_private(void)
{
	return esp_mmu_map_dump_mapped_blocks(stdout);
}
