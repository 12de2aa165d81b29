/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages at chosen addresses: arch_mem_map() and sys_mm_drv_*(), what they refuse, and that they take back what they
 * have done when they fail.
 */
#include <errno.h>
#include <string.h>

#include "rig.h"

#include <kernel_arch_interface.h>
#include <mmu.h>
#include <zephyr/drivers/mm/system_mm.h>

#define RW   K_MEM_PERM_RW
#define USER K_MEM_PERM_USER
#define FREE ((uint8_t *)(VM_BASE + IMAGE))
#define RAM  (RAM_BASE + IMAGE)

/* Page n of the free addresses, of RAM behind the image. */
static void *at(unsigned n)
{
	return FREE + (size_t)n * PAGE;
}

static uintptr_t ram(unsigned n)
{
	return RAM + (uintptr_t)n * PAGE;
}

/* Which page of RAM behind the image is seen there; -1: none. */
static int seen(unsigned n)
{
	uintptr_t phys;

	if (sys_mm_drv_page_phys_get(at(n), &phys) != 0)
		return -1;
	return (int)((phys - RAM) / PAGE);
}

static unsigned pages_seen(unsigned from, unsigned to)
{
	unsigned count = 0;

	for (unsigned n = from; n < to; n++)
		count += seen(n) >= 0;
	return count;
}

/* -- the kernel's interface -- */

static void architectures_map(void **state)
{
	(void)state;
	assert_int_equal(arch_mem_map(at(0), ram(0), 2 * PAGE, RW), 0);
	assert_int_equal(seen(1), 1);
	assert_true(rig_works(at(1), W));
	assert_int_equal(arch_mem_map(at(0), ram(0), PAGE, USER), 0); /* other flags */
	assert_true(rig_works(at(0), R | U));
	assert_false(rig_works(at(0), W));
	assert_true(rig_works(at(1), W));
	assert_int_equal(arch_mem_map(at(1), ram(5), PAGE, RW), 0); /* another page */
	assert_int_equal(seen(0), 0);
	assert_int_equal(seen(1), 5);
	assert_int_equal(arch_mem_map(at(0), ram(8), 2 * PAGE, RW), -EBUSY); /* not one mapping */
	assert_int_equal(arch_mem_map(at(1), ram(8), 2 * PAGE, RW), -EBUSY);
	assert_int_equal(arch_mem_unmap(at(0), PAGE), 0);
	assert_int_equal(arch_mem_unmap(at(0), PAGE), 0); /* nothing is there */
	assert_int_equal(arch_mem_unmap(at(1), PAGE), 0);
	assert_int_equal(pages_seen(0, 2), 0);
}

static void architectures_refuse(void **state)
{
	uint8_t *va = k_mem_map(PAGE, RW);

	(void)state;
	assert_int_equal(arch_mem_map(at(0), ram(0), 0, RW), -EINVAL);
	assert_int_equal(arch_mem_map(at(0), ram(0) + 1, PAGE, RW), -EINVAL);
	assert_int_equal(arch_mem_map(FREE + 1, ram(0), PAGE, RW), -EINVAL);
	assert_int_equal(arch_mem_map(at(0), ram(0), PAGE + 1, RW), -EINVAL);
	assert_int_equal(arch_mem_map((void *)0x1000, ram(0), PAGE, RW), -EFAULT);
	assert_int_equal(arch_mem_map(at(0), 0x1000, PAGE, RW), -EFAULT);
	assert_int_equal(arch_mem_map(va, ram(50), PAGE, RW), -EBUSY);
	assert_int_equal(arch_mem_map(va - PAGE, ram(50), PAGE, RW), -EBUSY);
	assert_int_equal(arch_mem_map((void *)VM_BASE, ram(50), PAGE, RW), -EBUSY);
	assert_int_equal(arch_mem_map(at(0), DEVICE, PAGE, K_MEM_PERM_EXEC), -EINVAL);
	assert_int_equal(arch_mem_unmap(va, PAGE), -EBUSY);
	assert_int_equal(arch_mem_unmap(FREE - PAGE, 2 * PAGE), -EBUSY);
	assert_int_equal(arch_mem_unmap(FREE, 0), -EINVAL);
	assert_int_equal(arch_mem_unmap((void *)0x1000, PAGE), -EFAULT);
	assert_int_equal(arch_mem_map((void *)VM_BASE, RAM_BASE, PAGE, RW), 0); /* as it is */
	assert_true(rig_works(va, W));
	k_mem_unmap(va, PAGE);
}

/* -- the driver -- */

static void drivers_map_and_unmap_any_pages(void **state)
{
	uintptr_t array[] = {ram(9), ram(10), ram(3), ram(7)};

	(void)state;
	assert_int_equal(sys_mm_drv_map_page(at(0), ram(0), RW), 0);
	assert_int_equal(sys_mm_drv_map_region(at(1), ram(1), 3 * PAGE, RW), 0);
	assert_int_equal(sys_mm_drv_map_array(at(4), array, 4, USER), 0);
	assert_int_equal(seen(0), 0);
	assert_int_equal(seen(3), 3);
	assert_int_equal(seen(5), 10);
	assert_int_equal(seen(7), 7);
	assert_true(rig_works(at(7), R | U));
	assert_int_equal(sys_mm_drv_map_page(at(7), ram(20), RW), -EFAULT);
	assert_int_equal(sys_mm_drv_map_region(at(7), ram(20), 2 * PAGE, RW), -EFAULT);
	assert_int_equal(seen(8), -1);
	assert_int_equal(sys_mm_drv_unmap_page(at(2)), 0);
	assert_int_equal(sys_mm_drv_unmap_page(at(2)), -EFAULT);
	assert_int_equal(sys_mm_drv_unmap_region(at(1), 3 * PAGE), -EFAULT);
	assert_int_equal(pages_seen(0, 8), 7);
	assert_int_equal(sys_mm_drv_unmap_region(at(3), 4 * PAGE), 0);
	assert_int_equal(pages_seen(0, 8), 3);
	assert_int_equal(sys_mm_drv_unmap_region(at(0), 2 * PAGE), 0);
	assert_int_equal(sys_mm_drv_unmap_page(at(7)), 0);
	/* The same page at two places, and at a place where it is already. */
	assert_int_equal(sys_mm_drv_map_page(at(0), ram(0), RW), 0);
	assert_int_equal(sys_mm_drv_map_page(at(1), ram(0), 0), 0);
	assert_int_equal(sys_mm_drv_map_page(at(0), ram(0), RW), -EFAULT);
	assert_int_equal(sys_mm_drv_unmap_region(at(0), 2 * PAGE), 0);
}

static void drivers_refuse(void **state)
{
	uintptr_t array[] = {ram(0), ram(1) + 1, 0x1000};
	uint8_t *va = k_mem_map(PAGE, RW);

	(void)state;
	assert_int_equal(sys_mm_drv_map_page(FREE + 1, ram(0), RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_page(at(0), ram(0) + 1, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_page(at(0), 0x1000, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_page(at(0), ram(0), 6), -EINVAL);
	assert_int_equal(sys_mm_drv_map_page(at(0), ram(0), K_MEM_DIRECT_MAP), -EINVAL);
	assert_int_equal(sys_mm_drv_map_region(at(0), ram(0), 0, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_region(at(0), ram(0), PAGE + 1, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_region(at(0), ram(0), RAM_SIZE, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_region(at(0), ~(uintptr_t)(PAGE - 1), 2 * PAGE, RW),
			 -EINVAL);
	assert_int_equal(sys_mm_drv_map_array(at(0), NULL, 1, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_array(at(0), array, 0, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_array(at(0), array, 2, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_array(at(0), array + 2, 1, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_array(at(0), array, SIZE_MAX / 2, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_map_page((void *)0x1000, ram(0), RW), -EFAULT);
	assert_int_equal(sys_mm_drv_map_page(va, ram(0), RW), -EFAULT);
	assert_int_equal(sys_mm_drv_map_page(va - PAGE, ram(0), RW), -EFAULT);
	assert_int_equal(sys_mm_drv_unmap_page(va), -EFAULT);
	assert_int_equal(sys_mm_drv_unmap_page((void *)VM_BASE), -EFAULT);
	assert_int_equal(sys_mm_drv_unmap_page(va + 1), -EINVAL);
	assert_int_equal(sys_mm_drv_unmap_region(va, 0), -EINVAL);
	assert_int_equal(sys_mm_drv_page_phys_get(at(0), NULL), -EFAULT);
	assert_int_equal(sys_mm_drv_page_phys_get(FREE + 1, NULL), -EINVAL);
	assert_int_equal(sys_mm_drv_page_phys_get(va, NULL), 0);
	k_mem_unmap(va, PAGE);
}

static void drivers_remap(void **state)
{
	uintptr_t array[] = {ram(9), ram(10), ram(3), ram(7)};

	(void)state;
	assert_int_equal(sys_mm_drv_map_array(at(4), array, 4, RW), 0);
	assert_int_equal(sys_mm_drv_update_page_flags(at(5), USER), 0);
	assert_int_equal(sys_mm_drv_remap_region(at(4), 4 * PAGE, at(6)), -EINVAL);
	assert_int_equal(sys_mm_drv_remap_region(at(4), 4 * PAGE, at(4)), -EINVAL);
	assert_int_equal(sys_mm_drv_remap_region(at(4), 4 * PAGE, FREE + 1), -EINVAL);
	assert_int_equal(sys_mm_drv_remap_region(at(4), 5 * PAGE, at(20)), -EFAULT);
	assert_int_equal(sys_mm_drv_remap_region(at(4), 4 * PAGE, (void *)VM_BASE), -EFAULT);
	assert_int_equal(pages_seen(0, 30), 4);
	assert_int_equal(sys_mm_drv_remap_region(at(4), 4 * PAGE, at(8)), 0);
	assert_int_equal(pages_seen(0, 8), 0);
	assert_int_equal(seen(8), 9);
	assert_int_equal(seen(9), 10);
	assert_int_equal(seen(11), 7);
	assert_true(rig_works(at(8), W));
	assert_true(rig_works(at(9), R | U));
	assert_int_equal(sys_mm_drv_unmap_region(at(8), 4 * PAGE), 0);
}

static void drivers_change_flags(void **state)
{
	(void)state;
	assert_int_equal(sys_mm_drv_map_region(at(0), ram(0), 3 * PAGE, RW), 0);
	assert_int_equal(sys_mm_drv_update_page_flags(at(1), USER), 0);
	assert_false(rig_works(at(1), W));
	assert_true(rig_works(at(2), W));
	assert_int_equal(sys_mm_drv_update_region_flags(at(0), 3 * PAGE, K_MEM_PERM_EXEC), 0);
	assert_true(rig_works(at(2), X));
	assert_int_equal(sys_mm_drv_update_region_flags(at(0), 4 * PAGE, RW), -EFAULT);
	assert_int_equal(sys_mm_drv_update_region_flags(at(0), 0, RW), -EINVAL);
	assert_int_equal(sys_mm_drv_update_page_flags(at(0), 7), -EINVAL);
	assert_int_equal(seen(2), 2);
	assert_int_equal(sys_mm_drv_unmap_region(at(0), 3 * PAGE), 0);
}

static void regions_are_what_is_free_at_boot(void **state)
{
	const struct sys_mm_drv_region *regions = sys_mm_drv_query_memory_regions(), *r;
	unsigned count = 0;

	(void)state;
	SYS_MM_DRV_MEMORY_REGION_FOREACH(regions, r)
	{
		assert_ptr_equal(r->addr, FREE);
		assert_int_equal(r->size, VM_SIZE - IMAGE);
		count++;
	}
	assert_int_equal(count, 1);
	sys_mm_drv_query_memory_regions_free(regions);
}

/* -- failures -- */

/* Nothing but what was there: pages 4 to 7 of the array, page 5 for user mode. */
static void assert_as_before(const uintptr_t *array)
{
	assert_int_equal(pages_seen(0, 40), 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ram((unsigned)seen(4 + i)), array[i]);
	assert_true(rig_works(at(4), W));
	assert_true(rig_works(at(5), R | U));
	assert_false(rig_works(at(5), W));
	rig_check();
}

static int try(unsigned what)
{
	uintptr_t more[] = {ram(30), ram(32), ram(34)};

	switch (what) {
	case 0:
		return sys_mm_drv_map_array(at(20), more, 3, RW);
	case 1:
		return sys_mm_drv_remap_region(at(4), 4 * PAGE, at(20));
	case 2:
		return sys_mm_drv_unmap_region(at(4), 4 * PAGE);
	case 3:
		return arch_mem_map(at(6), ram(40), PAGE, RW);
	case 4:
		return sys_mm_drv_update_region_flags(at(4), 4 * PAGE, K_MEM_PERM_EXEC);
	default:
		return arch_mem_map(at(20), ram(40), 3 * PAGE, RW);
	}
}

enum { CASES = 6 };

static void begin(uintptr_t array[4])
{
	const uintptr_t pages[] = {ram(9), ram(10), ram(3), ram(7)};

	memcpy(array, pages, sizeof(pages));
	assert_int_equal(sys_mm_drv_map_array(at(4), array, 4, RW), 0);
	assert_int_equal(sys_mm_drv_update_page_flags(at(5), USER), 0);
}

static void clean(void)
{
	for (unsigned n = 0; n < 40; n++)
		(void)sys_mm_drv_unmap_page(at(n));
	assert_int_equal(pages_seen(0, 40), 0);
}

/* The port refuses the n-th change. */
static void what_a_port_refuses_changes_nothing(void **state)
{
	uintptr_t array[4];

	(void)state;
	for (unsigned what = 0; what < CASES; what++) {
		for (unsigned n = 1; n < 40; n++) {
			int result;

			begin(array);
			rig_fail_port = n;
			result = try(what);
			if (rig_fail_port == 0 && result != 0)
				assert_as_before(array);
			else if (result == 0 && rig_fail_port != 0)
				n = 40; /* all have been gone through */
			rig_fail_port = 0;
			clean();
		}
	}
}

/* With few descriptors. */
static void what_finds_no_descriptor_changes_nothing(void **state)
{
	uintptr_t array[4];

	(void)state;
	for (unsigned what = 0; what < CASES; what++) {
		unsigned worked = 0;

		for (unsigned mappings = 9; mappings < 20; mappings++) {
			int result;

			rig_start(&(struct rig_plan){.mappings = mappings, .tables = 32});
			begin(array);
			result = try(what);
			worked += result == 0;
			if (result != 0)
				assert_as_before(array);
			clean();
			rig_stop();
		}
		assert_true(worked > 4);
	}
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		test(architectures_map),
		test(architectures_refuse),
		test(drivers_map_and_unmap_any_pages),
		test(drivers_refuse),
		test(drivers_remap),
		test(drivers_change_flags),
		test(regions_are_what_is_free_at_boot),
		test(what_a_port_refuses_changes_nothing),
		cmocka_unit_test(what_finds_no_descriptor_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
