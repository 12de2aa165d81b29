/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yardstick: the bitmap.  One bit a page, the first run of clear bits that is long enough, found a
 * word at a time.  It knows neither who owns a page nor which physical page it shows: the caller
 * must remember the size, and nobody checks for physical conflicts.
 */
#include "bench.h"

struct self {
	struct bench_table table;
	uint32_t pages;
	uint32_t word[]; /* bit set: used; bits past the end are set */
};

#define TO_PAGES(bytes) ((uint32_t)((bytes) >> BENCH_PAGE_SHIFT))

static size_t table_offset(const struct bench_arena *arena)
{
	return (sizeof(struct self) + (arena->pages / 32 + 1) * 4 + 15) / 16 * 16;
}

static size_t need(const struct bench_arena *arena)
{
	return table_offset(arena) + arena->pages * sizeof(quire_entry);
}

static void *open(const struct bench_arena *arena, void *memory)
{
	struct self *self = memory;

	self->table.entry = (quire_entry *)(void *)((char *)memory + table_offset(arena));
	self->table.writes = arena->writes;
	self->pages = arena->pages;
	for (uint32_t i = 0; i <= arena->pages / 32; i++)
		self->word[i] = 0;
	self->word[arena->pages / 32] = ~0u << arena->pages % 32;
	return self;
}

/* The first page at or behind `page`, and before `end`, whose bit is `used`; else `end`. */
static uint32_t scan(const struct self *self, uint32_t page, uint32_t end, bool used)
{
	uint32_t flip = used ? 0 : ~0u;
	uint32_t bits;

	while (page < end) {
		bits = (self->word[page / 32] ^ flip) >> page % 32;
		if (bits != 0) {
			page += (uint32_t)__builtin_ctz(bits);
			return page < end ? page : end;
		}
		page = (page / 32 + 1) * 32;
	}
	return end;
}

/* Flip `pages` bits that are all alike. */
static void flip(struct self *self, uint32_t page, uint32_t pages)
{
	while (pages > 0) {
		uint32_t room = 32 - page % 32;
		uint32_t count = pages < room ? pages : room;

		self->word[page / 32] ^= (count == 32 ? ~0u : (1u << count) - 1) << page % 32;
		page += count;
		pages -= count;
	}
}

/* The first free run of `pages`, or the number of pages in the window. */
static uint32_t first_fit(const struct self *self, uint32_t pages)
{
	uint32_t start = 0;

	while (start + pages <= self->pages) {
		uint32_t end;

		start = scan(self, start, self->pages, false);
		if (start + pages > self->pages)
			break;
		end = scan(self, start, start + pages, true);
		if (end == start + pages)
			return start;
		start = end;
	}
	return self->pages;
}

static void take(struct self *self, uint32_t start, uint32_t pages, uint32_t phys)
{
	flip(self, start, pages);
	bench_table_write(&self->table, start, (quire_entry)phys << 1 | 1, pages, 2);
}

static int map(void *raw, quire_pa pa, quire_size size, quire_va *va)
{
	struct self *self = raw;
	uint32_t pages = TO_PAGES(size), start = first_fit(self, pages);

	if (pages == 0 || start == self->pages)
		return -1;
	take(self, start, pages, TO_PAGES(pa));
	*va = BENCH_WINDOW_BASE + start * BENCH_PAGE;
	return 0;
}

static int map_at(void *raw, quire_va va, quire_pa pa, quire_size size)
{
	struct self *self = raw;
	uint32_t start = TO_PAGES(va - BENCH_WINDOW_BASE), pages = TO_PAGES(size);

	if (start + pages > self->pages || scan(self, start, start + pages, true) != start + pages)
		return -1;
	take(self, start, pages, TO_PAGES(pa));
	return 0;
}

static int unmap(void *raw, quire_va va, quire_size size)
{
	struct self *self = raw;
	uint32_t start = TO_PAGES(va - BENCH_WINDOW_BASE), pages = TO_PAGES(size);

	flip(self, start, pages);
	bench_table_write(&self->table, start, 0, pages, 0);
	return 0;
}

const struct bench_contestant bench_bitmap = {"bitmap", true,  need, open, map,
					      map_at,   unmap, NULL, NULL, NULL};
