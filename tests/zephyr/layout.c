/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zephyr's memory map: where things are, and that addresses are given from the top down, first fit.
 */
#include <mmu.h>
#include <zephyr/kernel/internal/mm.h>

#include "touch.h"

#define PAGE CONFIG_MMU_PAGE_SIZE

ZTEST_SUITE(layout, NULL, NULL, NULL, NULL, NULL);

static uint8_t __aligned(PAGE) image_page[PAGE];

static uint8_t *map(size_t pages)
{
	uint8_t *va = k_mem_map(pages * PAGE, K_MEM_PERM_RW | K_MEM_MAP_UNINIT);

	zassert_not_null(va);
	return va;
}

ZTEST(layout, test_first_comes_the_image_then_what_is_free)
{
	zassert_equal_ptr((void *)K_MEM_VIRT_RAM_END,
			  (uint8_t *)K_MEM_VIRT_RAM_START + (size_t)K_MEM_VIRT_RAM_SIZE);
	zassert_true((uintptr_t)K_MEM_VIRT_RAM_START <= (uintptr_t)K_MEM_KERNEL_VIRT_START);
	zassert_true((uintptr_t)K_MEM_KERNEL_VIRT_START < (uintptr_t)K_MEM_KERNEL_VIRT_END);
	zassert_true((uintptr_t)K_MEM_KERNEL_VIRT_END <= (uintptr_t)K_MEM_VM_FREE_START);
	zassert_equal(K_MEM_VM_RESERVED, 0, "the scratch page is for who pages");
}

/* Nothing is mapped yet: the highest mapping ends a guard below the end. */
ZTEST(layout, test_mappings_grow_down_from_the_top)
{
	uint8_t *end = (uint8_t *)K_MEM_VIRT_RAM_END - K_MEM_VM_RESERVED;
	uint8_t *one = map(1), *three = map(3), *two = map(2);

	zassert_equal_ptr(one, end - 2 * PAGE);
	zassert_equal_ptr(three, end - (3 + 4) * PAGE);
	zassert_equal_ptr(two, end - (3 + 5 + 3) * PAGE);
	k_mem_unmap(three, 3 * PAGE);
	zassert_equal_ptr(map(4), end - (3 + 5 + 4 + 5) * PAGE, "does not fit the hole");
	zassert_equal_ptr(map(3), three, "fits it");
	k_mem_unmap(three, 3 * PAGE);
	zassert_equal_ptr(map(1), end - (3 + 2) * PAGE, "first fit: the top of the highest hole");
	k_mem_unmap(end - (3 + 2) * PAGE, PAGE);
	k_mem_unmap(end - (3 + 5 + 4 + 5) * PAGE, 4 * PAGE);
	k_mem_unmap(two, 2 * PAGE);
	k_mem_unmap(one, PAGE);
}

/* A bare mapping has no guards, and keeps its offset into the page. */
ZTEST(layout, test_a_bare_mapping_takes_its_pages_alone)
{
	uint8_t *end = (uint8_t *)K_MEM_VIRT_RAM_END - K_MEM_VM_RESERVED;
	uint8_t *bare;

	image_page[100] = 7;
	k_mem_map_phys_bare(&bare, k_mem_phys_addr(image_page) + 100, 200, K_MEM_PERM_RW);
	zassert_equal_ptr(bare, end - PAGE + 100);
	zassert_equal(*bare, 7);
	k_mem_unmap_phys_bare(bare, 200);
}

ZTEST(layout, test_the_image_is_mapped_and_pinned)
{
	uintptr_t phys = k_mem_phys_addr(image_page);
	struct k_mem_page_frame *frame = k_mem_phys_to_page_frame(phys);

	zassert_true(k_mem_is_page_frame(phys));
	zassert_true(k_mem_page_frame_is_mapped(frame));
	zassert_true(k_mem_page_frame_is_pinned(frame));
	zassert_false(k_mem_page_frame_is_available(frame));
	zassert_equal_ptr(k_mem_virt_addr(phys), image_page);
	zassert_equal(K_MEM_PHYS_ADDR(K_MEM_VIRT_ADDR(phys)), phys);
}

ZTEST(layout, test_regions_are_aligned)
{
	uintptr_t base;
	size_t size;

	zassert_equal(k_mem_region_align(&base, &size, 3 * PAGE + 5, 10, PAGE), 5);
	zassert_equal(base, 3 * PAGE);
	zassert_equal(size, PAGE);
	zassert_equal(k_mem_region_align(&base, &size, 3 * PAGE + 5, PAGE, PAGE), 5);
	zassert_equal(size, 2 * PAGE);
}
