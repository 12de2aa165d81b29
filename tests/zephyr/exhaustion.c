/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To the last frame and back, and to the last address and back, exact to the page.
 */
#include <mmu.h>
#include <string.h>
#include <zephyr/kernel/internal/mm.h>

#include "touch.h"

#define PAGE CONFIG_MMU_PAGE_SIZE

ZTEST_SUITE(exhaustion, NULL, NULL, NULL, NULL, NULL);

/* Mappings linked through their first words. */
static void **all;

static void keep(void *va)
{
	*(void ***)va = all;
	all = va;
}

static size_t give_all_back(size_t size)
{
	size_t count = 0;

	while (all) {
		void *va = all;

		all = *(void ***)va;
		k_mem_unmap(va, size);
		count++;
	}
	return count;
}

/* One mapping takes every frame, if the addresses do. */
ZTEST(exhaustion, test_every_frame_in_one_mapping)
{
	size_t before = k_mem_free_get();
	uint8_t *va = k_mem_map(before, K_MEM_PERM_RW);

	if (!va) { /* there is more memory than addresses */
		zassert_equal(k_mem_free_get(), before);
		ztest_test_skip();
	}
	zassert_equal(k_mem_free_get(), 0);
	zassert_is_null(k_mem_map(PAGE, K_MEM_PERM_RW));
	for (size_t i = 0; i < before; i += PAGE) {
		zassert_equal(va[i] | va[i + PAGE - 1], 0);
		va[i] = (uint8_t)(i / PAGE);
	}
	for (size_t i = 0; i < before; i += PAGE)
		zassert_equal(va[i], (uint8_t)(i / PAGE), "no frame is there twice");
	k_mem_unmap(va, before);
	zassert_equal(k_mem_free_get(), before);
}

/* Page by page, until frames or addresses are gone: every page counted, nothing lost, three times. */
ZTEST(exhaustion, test_page_by_page_to_the_last_and_back)
{
	size_t before = k_mem_free_get(), first = 0;

	for (int round = 0; round < 3; round++) {
		size_t count = 0;
		void *va;

		while ((va = k_mem_map(PAGE, K_MEM_PERM_RW)) != NULL) {
			keep(va);
			count++;
			zassert_equal(k_mem_free_get(), before - count * PAGE);
		}
		if (round == 0)
			first = count;
		zassert_equal(count, first);
		zassert_equal(give_all_back(PAGE), count);
		zassert_equal(k_mem_free_get(), before);
	}
	TC_PRINT("%u mappings of a page, %u frames\n", (unsigned int)first,
		 (unsigned int)(before / PAGE));
}

/* A mapping of one page costs three pages of addresses: the count is exact. */
ZTEST(exhaustion, test_addresses_are_counted_with_two_guards_each)
{
	size_t room = (size_t)(K_MEM_VIRT_RAM_END - K_MEM_VM_RESERVED - K_MEM_VM_FREE_START) / PAGE;
	size_t frames = k_mem_free_get() / PAGE, fit = room / 3, count = 0;
	void *va;

	if (frames < fit) {
		TC_PRINT("frames end before addresses do\n");
		fit = frames;
	}
	while ((va = k_mem_map(PAGE, K_MEM_PERM_RW)) != NULL) {
		keep(va);
		count++;
	}
	zassert_equal(give_all_back(PAGE), count);
	zassert_equal(count, fit);
}
