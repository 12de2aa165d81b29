/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program compiled against Zephyr's headers takes for granted: names, numbers, signatures.  Most of
 * it is proved by the compiler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <kernel_arch_interface.h>
#include <mmu.h>
#include <zephyr/app_memory/app_memdomain.h>
#include <zephyr/app_memory/partitions.h>
#include <zephyr/cache.h>
#include <zephyr/drivers/mm/system_mm.h>
#include <zephyr/kernel/mm.h>
#include <zephyr/kernel/mm/demand_paging.h>
#include <zephyr/linker/linker-defs.h>
#include <zephyr/linker/sections.h>
#include <zephyr/sys/device_mmio.h>
#include <zephyr/sys/mem_manage.h>

/* Flags. */
BUILD_ASSERT(K_MEM_CACHE_WB == 0 && K_MEM_CACHE_WT == 1 && K_MEM_CACHE_NONE == 2);
BUILD_ASSERT(K_MEM_CACHE_MASK == 7);
BUILD_ASSERT(K_MEM_ARM_DEVICE_nGnRnE == 2 && K_MEM_ARM_DEVICE_nGnRE == 3);
BUILD_ASSERT(K_MEM_ARM_DEVICE_GRE == 4 && K_MEM_ARM_NORMAL_NC == 5);
BUILD_ASSERT(K_MEM_PERM_RW == 1u << 3 && K_MEM_PERM_EXEC == 1u << 4 && K_MEM_PERM_USER == 1u << 5);
BUILD_ASSERT(K_MEM_DIRECT_MAP == 1u << 6);
BUILD_ASSERT(K_MEM_MAP_UNINIT == 1u << 16 && K_MEM_MAP_LOCK == 1u << 17);
BUILD_ASSERT(K_MEM_MAP_UNPAGED == 1u << 18);
BUILD_ASSERT(SYS_MM_MEM_CACHE_WB == K_MEM_CACHE_WB && SYS_MM_MEM_CACHE_WT == K_MEM_CACHE_WT);
BUILD_ASSERT(SYS_MM_MEM_CACHE_NONE == K_MEM_CACHE_NONE);
BUILD_ASSERT(SYS_MM_MEM_CACHE_MASK == K_MEM_CACHE_MASK);
BUILD_ASSERT(SYS_MM_MEM_PERM_RW == K_MEM_PERM_RW && SYS_MM_MEM_PERM_EXEC == K_MEM_PERM_EXEC);
BUILD_ASSERT(SYS_MM_MEM_PERM_USER == K_MEM_PERM_USER);

/* Frames: Zephyr's bits, which are quire's. */
BUILD_ASSERT(K_MEM_PAGE_FRAME_FREE == 1u << 0 && K_MEM_PAGE_FRAME_RESERVED == 1u << 1);
BUILD_ASSERT(K_MEM_PAGE_FRAME_PINNED == 1u << 2 && K_MEM_PAGE_FRAME_MAPPED == 1u << 3);
BUILD_ASSERT(K_MEM_PAGE_FRAME_BUSY == 1u << 4 && K_MEM_PAGE_FRAME_BACKED == 1u << 5);
BUILD_ASSERT(sizeof(struct k_mem_page_frame) == sizeof(uintptr_t));

/* Demand paging, when it comes. */
BUILD_ASSERT(ARCH_DATA_PAGE_ACCESSED == 1 && ARCH_DATA_PAGE_DIRTY == 2);
BUILD_ASSERT(ARCH_DATA_PAGE_LOADED == 4 && ARCH_DATA_PAGE_NOT_MAPPED == 8);
BUILD_ASSERT(offsetof(struct k_mem_paging_stats_t, eviction) == 4 * sizeof(unsigned long));
BUILD_ASSERT(ARRAY_SIZE(((struct k_mem_paging_histogram_t *)0)->counts) == 10);

/* The configuration. */
BUILD_ASSERT(CONFIG_MMU == 1 && CONFIG_MMU_PAGE_SIZE == 0x1000 && K_MEM_VM_RESERVED == 0);
BUILD_ASSERT(IS_ENABLED(CONFIG_USERSPACE) && !IS_ENABLED(CONFIG_DEMAND_PAGING));
BUILD_ASSERT(COND_CODE_1(CONFIG_MMU, (3), (4)) == 3);
BUILD_ASSERT(COND_CODE_1(CONFIG_DEMAND_PAGING, (3), (4)) == 4);

/* The older names. */
BUILD_ASSERT(Z_PAGE_FRAME_PINNED == K_MEM_PAGE_FRAME_PINNED);
BUILD_ASSERT(sizeof(struct z_page_frame) == sizeof(struct k_mem_page_frame));

/* Signatures. */
static void *(*const map)(size_t, uint32_t)__unused = k_mem_map;
static void (*const unmap)(void *, size_t) __unused = k_mem_unmap;
static int (*const update)(void *, size_t, uint32_t) __unused = k_mem_update_flags;
static size_t (*const free_get)(void) __unused = k_mem_free_get;
static size_t (*const align)(uintptr_t *, size_t *, uintptr_t, size_t,
			     size_t) __unused = k_mem_region_align;
static void *(*const map_guard)(uintptr_t, size_t, uint32_t, bool)__unused = k_mem_map_phys_guard;
static void (*const unmap_guard)(void *, size_t, bool) __unused = k_mem_unmap_phys_guard;
static void (*const map_bare)(uint8_t **, uintptr_t, size_t, uint32_t) __unused = z_phys_map;
static void (*const unmap_bare)(uint8_t *, size_t) __unused = z_phys_unmap;
static uintptr_t (*const phys)(void *) __unused = z_mem_phys_addr;
static void *(*const virt)(uintptr_t)__unused = z_mem_virt_addr;
static int (*const arch_map)(void *, uintptr_t, size_t, uint32_t) __unused = arch_mem_map;
static int (*const arch_unmap)(void *, size_t) __unused = arch_mem_unmap;
static int (*const arch_phys)(void *, uintptr_t *) __unused = arch_page_phys_get;
static size_t (*const arch_align)(uintptr_t, size_t) __unused = arch_virt_region_align;
static int (*const validate)(const void *, size_t, int) __unused = arch_buffer_validate;
static void (*const device)(mm_reg_t *, uintptr_t, size_t, uint32_t) __unused = device_map;
static int (*const domain_init)(struct k_mem_domain *, uint8_t,
				struct k_mem_partition *[]) __unused = k_mem_domain_init;
static int (*const drv_page)(void *, uintptr_t, uint32_t) __unused = sys_mm_drv_map_page;
static int (*const drv_array)(void *, uintptr_t *, size_t,
			      uint32_t) __unused = sys_mm_drv_map_array;
static int (*const drv_move)(void *, size_t, void *, uintptr_t *,
			     size_t) __unused = sys_mm_drv_move_array;

K_MEM_PARTITION_DEFINE(named, 0x1000, 0x2000, K_MEM_PARTITION_P_RW_U_RW);

/* Numbers that the program reads when it runs. */
static void the_map_is_the_machines(void **state)
{
	(void)state;
	quire_zephyr_map.vm_base = 0x40000000;
	quire_zephyr_map.vm_size = 0x800000;
	quire_zephyr_map.vm_offset = 0x1000;
	quire_zephyr_map.ram_base = 0x80000000;
	quire_zephyr_map.ram_size = 0x400000;
	quire_zephyr_map.image_start = 0x40001000;
	quire_zephyr_map.image_end = 0x40041000;
	assert_int_equal(K_MEM_PHYS_RAM_START, 0x80000000);
	assert_int_equal(K_MEM_PHYS_RAM_SIZE, 0x400000);
	assert_int_equal(K_MEM_PHYS_RAM_END, 0x80400000);
	assert_ptr_equal(K_MEM_VIRT_RAM_START, (void *)0x40000000);
	assert_int_equal(K_MEM_VIRT_RAM_SIZE, 0x800000);
	assert_ptr_equal(K_MEM_VIRT_RAM_END, (void *)0x40800000);
	assert_ptr_equal(K_MEM_KERNEL_VIRT_START, (void *)0x40001000);
	assert_ptr_equal(K_MEM_KERNEL_VIRT_END, z_mapped_end);
	assert_int_equal(K_MEM_KERNEL_VIRT_SIZE, 0x40000);
	assert_ptr_equal(K_MEM_VM_FREE_START, (void *)0x40041000);
	assert_ptr_equal(K_MEM_SCRATCH_PAGE, (void *)0x407ff000);
	assert_int_equal(K_MEM_NUM_PAGE_FRAMES, 0x400);
	assert_int_equal(K_MEM_VIRT_OFFSET, (uintptr_t)0x40001000 - 0x80000000);
	assert_int_equal(K_MEM_BOOT_VIRT_TO_PHYS(0x40001000), 0x80000000);
	assert_ptr_equal(K_MEM_BOOT_PHYS_TO_VIRT(0x80000000), (void *)0x40001000);
	assert_int_equal(K_MEM_PHYS_ADDR(0x40001000), 0x80000000);
	assert_int_equal(K_MEM_VIRT_ADDR(0x80000000), 0x40001000);
	assert_int_equal(named.start + named.size, 0x3000);
}

static void ranges_are_rounded_outwards(void **state)
{
	uintptr_t start;
	size_t size;

	(void)state;
	assert_int_equal(k_mem_region_align(&start, &size, 0x1234, 0x1000, 0x1000), 0x234);
	assert_int_equal(start, 0x1000);
	assert_int_equal(size, 0x2000);
	assert_int_equal(k_mem_region_align(&start, &size, 0x1000, 0x1000, 0x1000), 0);
	assert_int_equal(start, 0x1000);
	assert_int_equal(size, 0x1000);
	assert_int_equal(k_mem_region_align(&start, &size, 50, 1, 30), 20);
	assert_int_equal(start, 30);
	assert_int_equal(size, 30);
}

static void before_the_machine_nothing_works(void **state)
{
	(void)state;
	assert_int_equal(k_mem_free_get(), 0);
	assert_int_equal(k_mem_update_flags((void *)0x1000, 0x1000, 0), -14);
	assert_int_equal(arch_page_phys_get((void *)0x1000, NULL), -14);
	assert_int_equal(quire_zephyr_unmap_phys_guard((void *)0x1000, 0x1000, true), -22);
	assert_int_equal(quire_zephyr_unmap_phys_bare((void *)0x1000, 0x1000), -22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_map_is_the_machines),
		cmocka_unit_test(ranges_are_rounded_outwards),
		cmocka_unit_test(before_the_machine_nothing_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
