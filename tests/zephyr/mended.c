/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Zephyr does wrongly and quire does right, a test each.  docs/zephyr.md says what Zephyr does in
 * each case, and why nobody is hurt by the difference.
 */
#include <kernel_arch_interface.h>
#include <mmu.h>
#include <string.h>
#include <zephyr/kernel/internal/mm.h>

#include "touch.h"

#define PAGE CONFIG_MMU_PAGE_SIZE
#define RW   K_MEM_PERM_RW

static uint8_t __aligned(PAGE) buffer[2 * PAGE];
static size_t free_before;

static void before(void *fixture)
{
	ARG_UNUSED(fixture);
	free_before = k_mem_free_get();
}

/* Whatever a test did, nothing is lost. */
static void after(void *fixture)
{
	ARG_UNUSED(fixture);
	zassert_equal(k_mem_free_get(), free_before);
}

ZTEST_SUITE(mended, NULL, NULL, before, after, NULL);

static uint8_t *map(size_t pages, uint32_t flags)
{
	uint8_t *va = k_mem_map(pages * PAGE, flags);

	zassert_not_null(va);
	return va;
}

/* Page `i` holds the number i + 1 in its first and last byte. */
static void number(uint8_t *va, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		va[i * PAGE] = va[(i + 1) * PAGE - 1] = (uint8_t)(i + 1);
}

static void assert_numbered(const volatile uint8_t *va, size_t pages)
{
	for (size_t i = 0; i < pages; i++) {
		zassert_equal(va[i * PAGE], (uint8_t)(i + 1));
		zassert_equal(va[(i + 1) * PAGE - 1], (uint8_t)(i + 1));
	}
}

/* Unmapping what is not a mapping, or not all of one, changes nothing. */
ZTEST(mended, test_unmap_of_a_wrong_size_changes_nothing)
{
	uint8_t *va = map(3, RW);
	size_t free = k_mem_free_get();

	number(va, 3);
	k_mem_unmap(va, PAGE);
	k_mem_unmap(va, 2 * PAGE);
	k_mem_unmap(va, 4 * PAGE);
	k_mem_unmap(va, 0);
	k_mem_unmap(va, SIZE_MAX & ~(size_t)(PAGE - 1));
	zassert_equal(k_mem_free_get(), free);
	assert_numbered(va, 3);
	k_mem_unmap(va, 3 * PAGE);
}

ZTEST(mended, test_unmap_of_a_wrong_address_changes_nothing)
{
	uint8_t *va = map(3, RW);
	size_t free = k_mem_free_get();

	number(va, 3);
	k_mem_unmap(va + PAGE, 2 * PAGE);
	k_mem_unmap(va + PAGE, PAGE);
	k_mem_unmap(va - PAGE, 3 * PAGE);
	k_mem_unmap(va - PAGE, PAGE);
	k_mem_unmap(va + 3 * PAGE, PAGE);
	k_mem_unmap(va + 1, 3 * PAGE);
	k_mem_unmap(NULL, PAGE);
	k_mem_unmap((void *)~(uintptr_t)(PAGE - 1), PAGE);
	zassert_equal(k_mem_free_get(), free);
	assert_numbered(va, 3);
	k_mem_unmap(va, 3 * PAGE);
}

ZTEST(mended, test_unmap_twice_changes_nothing_the_second_time)
{
	uint8_t *va = map(2, RW), *other = map(1, RW);

	number(other, 1);
	k_mem_unmap(va, 2 * PAGE);
	k_mem_unmap(va, 2 * PAGE);
	assert_numbered(other, 1);
	k_mem_unmap(other, PAGE);
	k_mem_unmap(other, PAGE);
}

ZTEST(mended, test_unmap_of_the_wrong_kind_changes_nothing)
{
	uint8_t *bare, *own = map(1, RW);

	number(buffer, 2);
	number(own, 1);
	k_mem_map_phys_bare(&bare, k_mem_phys_addr(buffer), sizeof(buffer), RW);
	k_mem_unmap(bare, sizeof(buffer));
	assert_numbered(bare, 2);
	k_mem_unmap_phys_bare(own, PAGE);
	assert_numbered(own, 1);
	k_mem_unmap_phys_guard(own, PAGE, false);
	assert_numbered(own, 1);
	k_mem_unmap_phys_bare(bare, sizeof(buffer));
	k_mem_unmap(own, PAGE);
}

/* Scattered frames: every other page of what was one mapping each. */
ZTEST(mended, test_new_flags_leave_scattered_frames_where_they_are)
{
	enum { HOLES = 8 };
	uint8_t *one[2 * HOLES], *va;
	uintptr_t phys[HOLES], now;

	for (int i = 0; i < 2 * HOLES; i++)
		one[i] = map(1, RW);
	for (int i = 0; i < 2 * HOLES; i += 2)
		k_mem_unmap(one[i], PAGE);
	va = map(HOLES, RW);
	for (int i = 0; i < HOLES; i++)
		zassert_ok(arch_page_phys_get(va + i * PAGE, &phys[i]));
	number(va, HOLES);
	zassert_ok(k_mem_update_flags(va, HOLES * PAGE, 0));
	assert_numbered(va, HOLES);
	zassert_faults(va + PAGE, TOUCH_WRITE);
	zassert_ok(k_mem_update_flags(va, HOLES * PAGE, RW));
	for (int i = 0; i < HOLES; i++) {
		zassert_ok(arch_page_phys_get(va + i * PAGE, &now));
		zassert_equal(now, phys[i]);
	}
	assert_numbered(va, HOLES);
	k_mem_unmap(va, HOLES * PAGE);
	for (int i = 1; i < 2 * HOLES; i += 2)
		k_mem_unmap(one[i], PAGE);
}

ZTEST(mended, test_new_flags_for_some_pages_are_for_those_alone)
{
	uint8_t *va = map(4, RW);

	number(va, 4);
	zassert_ok(k_mem_update_flags(va + PAGE, 2 * PAGE, 0));
	zassert_works(va, TOUCH_WRITE);
	zassert_faults(va + PAGE, TOUCH_WRITE);
	zassert_faults(va + 3 * PAGE - 1, TOUCH_WRITE);
	zassert_works(va + 3 * PAGE + 1, TOUCH_WRITE);
	zassert_works(va + PAGE, TOUCH_READ);
	zassert_equal(k_mem_update_flags(va + 4 * PAGE, PAGE, RW), -EFAULT);
	k_mem_unmap(va, 4 * PAGE);
}

/* Zeroing never goes through a mapping that forbids it. */
ZTEST(mended, test_a_read_only_mapping_is_zero)
{
	uint8_t *dirty = map(2, RW), *va;

	memset(dirty, 0xee, 2 * PAGE);
	k_mem_unmap(dirty, 2 * PAGE);
	va = map(2, 0);
	zassert_true(all_bytes_are(va, 2 * PAGE, 0));
	zassert_faults(va, TOUCH_WRITE);
	k_mem_unmap(va, 2 * PAGE);
}

ZTEST(mended, test_physical_memory_is_never_zeroed_for_its_owner)
{
	uint8_t *va;

	number(buffer, 2);
	va = k_mem_map_phys_guard(k_mem_phys_addr(buffer), sizeof(buffer), RW, false);
	zassert_not_null(va);
	assert_numbered(va, 2);
	assert_numbered(buffer, 2);
	assert_guarded(va, sizeof(buffer));
	k_mem_unmap_phys_guard(va, sizeof(buffer), false);
	assert_numbered(buffer, 2);
}

/* What user mode finds in new memory is zero, whatever was there before. */
ZTEST(mended, test_user_mappings_are_clean)
{
	uint8_t *dirty = map(4, RW), *va;

	memset(dirty, 0xee, 4 * PAGE);
	k_mem_unmap(dirty, 4 * PAGE);
	va = map(4, RW | K_MEM_PERM_USER);
	zassert_true(all_bytes_are(va, 4 * PAGE, 0));
	k_mem_unmap(va, 4 * PAGE);
	zassert_is_null(k_mem_map(PAGE, RW | K_MEM_PERM_USER | K_MEM_MAP_UNINIT));
}

/* A mapping that is too large for what is left leaves all that is left. */
ZTEST(mended, test_what_fails_is_rolled_back_whole)
{
	size_t free = k_mem_free_get(), size = (free / PAGE / 2 + 1) * PAGE;
	uint8_t *va = k_mem_map(size, RW), *small;

	if (!va)
		ztest_test_skip(); /* fewer addresses than that */
	zassert_is_null(k_mem_map(size, RW));
	zassert_equal(k_mem_free_get(), free - size);
	small = map((free - size) / PAGE > 3 ? 3 : 1, RW);
	zassert_true(small < va);
	k_mem_unmap(small, (free - size) / PAGE > 3 ? 3 * PAGE : PAGE);
	k_mem_unmap(va, size);
}

/* The five checks that Zephyr makes at run time. */
ZTEST(mended, test_what_cannot_be_is_refused)
{
	zassert_is_null(k_mem_map(0, RW));
	zassert_is_null(k_mem_map(PAGE + 1, RW));
	zassert_is_null(k_mem_map(SIZE_MAX & ~(size_t)(PAGE - 1), RW));
	zassert_is_null(k_mem_map(SIZE_MAX - 2 * PAGE + 1, RW));
	zassert_is_null(k_mem_map(PAGE, K_MEM_PERM_USER | K_MEM_MAP_UNINIT));
}

/* A bare mapping of one byte is one (an assertion refuses it in Zephyr). */
ZTEST(mended, test_one_byte_can_be_mapped)
{
	uint8_t *va;

	buffer[PAGE - 1] = 0x42;
	k_mem_map_phys_bare(&va, k_mem_phys_addr(buffer) + PAGE - 1, 1, 0);
	zassert_equal(*va, 0x42);
	k_mem_unmap_phys_bare(va, 1);
}

/* What is exhausted is an error to who can take one, and changes nothing. */
ZTEST(mended, test_a_bare_mapping_that_does_not_fit_is_an_error_to_who_takes_one)
{
	uint8_t *va = buffer;

	zassert_equal(quire_zephyr_map_phys_bare(&va, k_mem_phys_addr(buffer),
						 (size_t)CONFIG_KERNEL_VM_SIZE + PAGE, RW),
		      -ENOMEM);
	zassert_equal_ptr(va, buffer);
}

/* Who cannot take one panics, with a sentence; the thread that asked ends, the system goes on. */
static void map_too_much(void *unused1, void *unused2, void *unused3)
{
	uint8_t *va;

	ARG_UNUSED(unused1);
	ARG_UNUSED(unused2);
	ARG_UNUSED(unused3);
	k_mem_map_phys_bare(&va, k_mem_phys_addr(buffer), (size_t)CONFIG_KERNEL_VM_SIZE + PAGE, RW);
}

static K_THREAD_STACK_DEFINE(panicking_stack, 8192);
static struct k_thread panicking;

ZTEST(mended, test_a_bare_mapping_that_does_not_fit_panics)
{
	ztest_set_fault_valid(true);
	k_thread_create(&panicking, panicking_stack, K_THREAD_STACK_SIZEOF(panicking_stack),
			map_too_much, NULL, NULL, NULL, K_PRIO_PREEMPT(1), 0, K_NO_WAIT);
	k_thread_join(&panicking, K_FOREVER);
	ztest_set_fault_valid(false);
}
