/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls against a model that is a picture of the addresses, one letter a page.
 *
 * The model gives addresses as Zephyr's documentation says: from the top, the first hole that has room
 * for the pages and a guard on either side.  After each call, address, free memory and contents are
 * those of the model.
 */
#include <mmu.h>
#include <string.h>
#include <zephyr/kernel/internal/mm.h>

#include "touch.h"

#ifndef RANDOM_CALLS
#define RANDOM_CALLS 100000
#endif

#define PAGE  CONFIG_MMU_PAGE_SIZE
#define LIVE  160
#define PAGES 65536 /* of addresses that the model can picture */

ZTEST_SUITE(random, NULL, NULL, NULL, NULL, NULL);

struct mapping {
	uint8_t *va;
	uint32_t pages;
	uint8_t mark;
	bool writable;
};

static struct mapping live[LIVE];
static unsigned int live_count;
static uint8_t taken[PAGES / 8]; /* page i below the end of the addresses */
static uint32_t room;
static size_t free_pages;

static uint32_t random_below(uint32_t n)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % n);
}

static bool is_taken(uint32_t page)
{
	return taken[page / 8] >> page % 8 & 1;
}

static void take(uint32_t page, uint32_t pages, bool on)
{
	for (; pages > 0; page++, pages--)
		taken[page / 8] = (uint8_t)((taken[page / 8] & ~(1u << page % 8)) |
					    (unsigned int)on << page % 8);
}

/* The first hole of `pages` from the top: its number from the top, or `room`. */
static uint32_t first_fit(uint32_t pages)
{
	uint32_t length = 0;

	for (uint32_t i = 0; i < room; i++) {
		length = is_taken(i) ? 0 : length + 1;
		if (length == pages)
			return i + 1 - pages;
	}
	return room;
}

static uint8_t *top(void)
{
	return (uint8_t *)K_MEM_VIRT_RAM_END - K_MEM_VM_RESERVED;
}

static void map_some(void)
{
	uint32_t pages = 1 + random_below(random_below(4) ? 4 : 40);
	uint32_t hole = first_fit(pages + 2);
	uint32_t flags = (random_below(4) ? K_MEM_PERM_RW : 0) |
			 (random_below(4) ? 0 : K_MEM_PERM_USER) |
			 (random_below(8) ? 0 : K_MEM_MAP_LOCK);
	struct mapping *m = &live[live_count];

	m->va = k_mem_map(pages * PAGE, flags);
	if (hole == room || pages > free_pages) {
		zassert_is_null(m->va);
		return;
	}
	zassert_equal_ptr(m->va, top() - (size_t)(hole + pages + 1) * PAGE);
	zassert_equal(m->va[0] | m->va[(pages - 1) * PAGE], 0);
	m->pages = pages;
	m->writable = flags & K_MEM_PERM_RW;
	m->mark = m->writable ? (uint8_t)(1 + random_below(255)) : 0;
	if (m->writable)
		for (uint32_t i = 0; i < pages; i++)
			m->va[i * PAGE + 7] = m->mark;
	take(hole, pages + 2, true);
	free_pages -= pages;
	live_count++;
}

static void unmap_some(void)
{
	uint32_t which = random_below(live_count);
	struct mapping m = live[which];

	for (uint32_t i = 0; i < m.pages; i++)
		zassert_equal(m.va[i * PAGE + 7], m.mark);
	k_mem_unmap(m.va, m.pages * PAGE);
	take((uint32_t)((size_t)(top() - m.va) / PAGE) - m.pages - 1, m.pages + 2, false);
	free_pages += m.pages;
	live[which] = live[--live_count];
}

static void unmap_wrongly(void)
{
	struct mapping m = live[random_below(live_count)];

	if (random_below(2))
		k_mem_unmap(m.va, (m.pages + 1) * PAGE);
	else
		k_mem_unmap(m.va + PAGE, m.pages * PAGE);
}

static void update_some(void)
{
	struct mapping *m = &live[random_below(live_count)];

	zassert_ok(k_mem_update_flags(m->va, m->pages * PAGE, m->writable ? 0 : K_MEM_PERM_RW));
	m->writable = !m->writable;
}

ZTEST(random, test_random_calls_do_what_a_picture_says)
{
	room = (uint32_t)(((uintptr_t)top() - (uintptr_t)K_MEM_VM_FREE_START) / PAGE);
	free_pages = k_mem_free_get() / PAGE;
	zassert_true(room <= PAGES, "the model is too small for these addresses");
	for (unsigned int i = 0; i < RANDOM_CALLS; i++) {
		uint32_t what = random_below(16);

		if (live_count == 0 || (what < 8 && live_count < LIVE))
			map_some();
		else if (what < 13)
			unmap_some();
		else if (what < 15)
			update_some();
		else if (i % 64 == 0) /* each is reported: not too many */
			unmap_wrongly();
		zassert_equal(k_mem_free_get(), free_pages * PAGE);
	}
	while (live_count)
		unmap_some();
}
