/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fifteen requirements that Zephyr's draft specification makes of virtual memory, a test each, in
 * their order.  Those that are about demand paging test what of it there is without a backing store,
 * and skip, with a word why, where there is nothing yet.
 */
#include <kernel_arch_interface.h>
#include <mmu.h>
#include <string.h>
#include <zephyr/kernel/internal/mm.h>

#include "touch.h"

#define PAGE CONFIG_MMU_PAGE_SIZE

ZTEST_SUITE(requirements, NULL, NULL, NULL, NULL, NULL);

static uint8_t __aligned(PAGE) buffer[2 * PAGE];

static void *map(size_t pages, uint32_t flags)
{
	void *va = k_mem_map(pages * PAGE, flags);

	zassert_not_null(va);
	return va;
}

/* 1: physical memory can be mapped, with permissions. */
ZTEST(requirements, test_01_physical_memory_is_mapped_with_permissions)
{
	uint8_t *reader, *writer;

	buffer[0] = 0x11;
	buffer[PAGE] = 0x22;
	k_mem_map_phys_bare(&reader, k_mem_phys_addr(buffer), sizeof(buffer), 0);
	k_mem_map_phys_bare(&writer, k_mem_phys_addr(buffer), sizeof(buffer), K_MEM_PERM_RW);
	zassert_equal(reader[0], 0x11);
	zassert_equal(writer[PAGE], 0x22);
	writer[1] = 0x33;
	zassert_equal(reader[1], 0x33);
	zassert_equal(buffer[1], 0x33);
	zassert_faults(reader, TOUCH_WRITE);
	zassert_works(writer + 2, TOUCH_WRITE);
	zassert_user_faults(reader, TOUCH_READ);
	k_mem_unmap_phys_bare(reader, sizeof(buffer));
	k_mem_unmap_phys_bare(writer, sizeof(buffer));
}

/* 2: what was mapped can be unmapped, and is not reachable then. */
ZTEST(requirements, test_02_what_is_unmapped_is_not_reachable)
{
	uint8_t *bare, *own = map(2, K_MEM_PERM_RW);

	k_mem_map_phys_bare(&bare, k_mem_phys_addr(buffer), PAGE, K_MEM_PERM_RW);
	k_mem_unmap_phys_bare(bare, PAGE);
	k_mem_unmap(own, 2 * PAGE);
	zassert_faults(bare, TOUCH_READ);
	zassert_faults(own, TOUCH_READ);
	zassert_faults(own + 2 * PAGE - 1, TOUCH_WRITE);
}

/* 3: the addresses can be used again. */
ZTEST(requirements, test_03_addresses_are_reclaimed)
{
	uint8_t *bare, *again;
	void *first = map(1, K_MEM_PERM_RW);

	for (int i = 0; i < 5000; i++) {
		k_mem_unmap(first, PAGE);
		zassert_equal_ptr(map(1, K_MEM_PERM_RW), first);
	}
	k_mem_unmap(first, PAGE);
	k_mem_map_phys_bare(&bare, k_mem_phys_addr(buffer), PAGE, K_MEM_PERM_RW);
	k_mem_unmap_phys_bare(bare, PAGE);
	k_mem_map_phys_bare(&again, k_mem_phys_addr(buffer), PAGE, K_MEM_PERM_RW);
	zassert_equal_ptr(again, bare);
	k_mem_unmap_phys_bare(again, PAGE);
}

/* 4: anonymous memory can be had, is zero, and goes back. */
ZTEST(requirements, test_04_anonymous_memory_is_zero_and_goes_back)
{
	size_t before = k_mem_free_get();
	uint8_t *va = map(5, K_MEM_PERM_RW);

	zassert_equal(k_mem_free_get(), before - 5 * PAGE);
	zassert_true(all_bytes_are(va, 5 * PAGE, 0));
	memset(va, 0xee, 5 * PAGE);
	k_mem_unmap(va, 5 * PAGE);
	zassert_equal(k_mem_free_get(), before);
	va = map(5, K_MEM_PERM_RW);
	zassert_true(all_bytes_are(va, 5 * PAGE, 0), "zeroed again");
	k_mem_unmap(va, 5 * PAGE);
}

/* 5: guards on both sides. */
ZTEST(requirements, test_05_guards_catch_the_first_and_the_last_byte)
{
	uint8_t *below = map(1, K_MEM_PERM_RW), *va = map(3, K_MEM_PERM_RW);
	uint8_t *above = map(1, K_MEM_PERM_RW | K_MEM_MAP_UNINIT);

	assert_guarded(va, 3 * PAGE);
	assert_guarded(below, PAGE);
	k_mem_unmap(below, PAGE);
	k_mem_unmap(va, 3 * PAGE);
	assert_guarded(above, PAGE);
	k_mem_unmap(above, PAGE);
}

/* 6: memory for user mode. */
ZTEST(requirements, test_06_user_mode_reaches_what_it_may)
{
	uint8_t *both = map(1, K_MEM_PERM_RW | K_MEM_PERM_USER);
	uint8_t *reads = map(1, K_MEM_PERM_USER);
	uint8_t *kernels = map(1, K_MEM_PERM_RW);

	zassert_user_works(both, TOUCH_READ);
	zassert_user_works(both + PAGE - 1, TOUCH_WRITE);
	zassert_equal(both[PAGE - 1], 0x5a);
	zassert_user_works(reads, TOUCH_READ);
	zassert_user_faults(reads, TOUCH_WRITE);
	zassert_user_faults(kernels, TOUCH_READ);
	zassert_user_faults(kernels, TOUCH_WRITE);
	zassert_user_faults(both + PAGE, TOUCH_READ);
	k_mem_unmap(both, PAGE);
	k_mem_unmap(reads, PAGE);
	k_mem_unmap(kernels, PAGE);
}

/* 7: exhaustion is reported. */
ZTEST(requirements, test_07_exhaustion_is_reported)
{
	size_t before = k_mem_free_get();

	zassert_is_null(k_mem_map(before + PAGE, K_MEM_PERM_RW));
	zassert_equal(k_mem_free_get(), before);
	zassert_is_null(k_mem_map((size_t)CONFIG_KERNEL_VM_SIZE, K_MEM_PERM_RW));
	zassert_equal(k_mem_free_get(), before);
}

/* 8: a fault is served or reported, and the system goes on. */
ZTEST(requirements, test_08_a_fault_is_the_end_of_its_thread_alone)
{
	uint8_t *va = map(1, K_MEM_PERM_RW);

	for (int i = 0; i < 10; i++) {
		zassert_faults(va + PAGE, TOUCH_READ);
		zassert_works(va, TOUCH_WRITE);
	}
	k_mem_unmap(va, PAGE);
}

/* 9, 10: pages go out and come in. */
ZTEST(requirements, test_09_a_page_goes_out)
{
	TC_PRINT("no backing store: CONFIG_DEMAND_PAGING is off\n");
	ztest_test_skip();
}

ZTEST(requirements, test_10_a_page_comes_in)
{
	TC_PRINT("no backing store: CONFIG_DEMAND_PAGING is off\n");
	ztest_test_skip();
}

/* The frame of a mapped page. */
static struct k_mem_page_frame *frame_of(void *va)
{
	uintptr_t phys;

	zassert_ok(arch_page_phys_get(va, &phys));
	zassert_true(k_mem_is_page_frame(phys));
	return k_mem_phys_to_page_frame(phys);
}

/* 11: memory can be pinned. */
ZTEST(requirements, test_11_locked_memory_is_pinned)
{
	uint8_t *locked = map(2, K_MEM_PERM_RW | K_MEM_MAP_LOCK);

	for (size_t i = 0; i < 2; i++) {
		struct k_mem_page_frame *frame = frame_of(locked + i * PAGE);

		zassert_true(k_mem_page_frame_is_mapped(frame));
		zassert_true(k_mem_page_frame_is_pinned(frame));
		zassert_false(k_mem_page_frame_is_evictable(frame));
		zassert_equal_ptr(k_mem_page_frame_to_virt(frame), locked + i * PAGE);
	}
	k_mem_unmap(locked, 2 * PAGE);
}

/* 12: and is not for ever: what is not locked may move, what was locked is free again. */
ZTEST(requirements, test_12_what_is_not_locked_is_not_pinned)
{
	uint8_t *locked = map(1, K_MEM_PERM_RW | K_MEM_MAP_LOCK), *plain = map(1, K_MEM_PERM_RW);
	struct k_mem_page_frame *frame = frame_of(locked);

	zassert_false(k_mem_page_frame_is_pinned(frame_of(plain)));
	zassert_true(k_mem_page_frame_is_evictable(frame_of(plain)));
	k_mem_unmap(locked, PAGE);
	zassert_true(k_mem_page_frame_is_free(frame));
	k_mem_unmap(plain, PAGE);
}

/* 13: statistics: what there is without paging is the frames. */
ZTEST(requirements, test_13_frames_are_counted_exactly)
{
	uintptr_t phys;
	struct k_mem_page_frame *frame;
	size_t free = 0;

	K_MEM_PAGE_FRAME_FOREACH(phys, frame)
	{
		if (k_mem_page_frame_is_free(frame))
			free++;
	}
	zassert_equal(free * PAGE, k_mem_free_get());
}

/* 14, 15: for who pages. */
ZTEST(requirements, test_14_histograms)
{
	TC_PRINT("no backing store to time: CONFIG_DEMAND_PAGING is off\n");
	ztest_test_skip();
}

ZTEST(requirements, test_15_sections_on_demand)
{
	TC_PRINT("no backing store to load from: CONFIG_DEMAND_PAGING is off\n");
	ztest_test_skip();
}
