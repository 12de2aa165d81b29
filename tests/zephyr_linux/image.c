/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's own variables are in RAM: they have physical addresses, can be mapped again, and are at the
 * start of the kernel's addresses too; and what had been put into them before main() is still there.
 */
#include <mmu.h>
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/ztest.h>

#define PAGE CONFIG_MMU_PAGE_SIZE

static uint8_t __aligned(PAGE) zeros[2 * PAGE];
static volatile int initialised = 0x12345678;
static void *early_mapping;
static char *early_memory;

/* Constructors may map memory already, and the C library works as before. */
__attribute__((constructor)) static void early(void)
{
	early_mapping = k_mem_map(PAGE, K_MEM_PERM_RW);
	early_memory = malloc(10);
	strcpy(early_memory, "early");
}

ZTEST_SUITE(image, NULL, NULL, NULL, NULL, NULL);

ZTEST(image, test_what_was_there_is_there)
{
	char text[32];

	zassert_equal(initialised, 0x12345678);
	zassert_str_equal(early_memory, "early");
	zassert_not_null(early_mapping);
	*(char *)early_mapping = 1;
	snprintf(text, sizeof(text), "%.3f", 1.5);
	zassert_str_equal(text, "1.500");
	zassert_not_null(getenv("PATH"));
}

ZTEST(image, test_variables_have_physical_addresses)
{
	uintptr_t phys = k_mem_phys_addr((void *)(uintptr_t)&initialised);

	zassert_true(phys >= K_MEM_PHYS_RAM_START && phys < K_MEM_PHYS_RAM_END);
	zassert_equal_ptr(k_mem_virt_addr(phys), (void *)(uintptr_t)&initialised);
	zassert_equal(k_mem_phys_addr(zeros) % PAGE, 0);
	zassert_equal(k_mem_phys_addr(zeros + PAGE), k_mem_phys_addr(zeros) + PAGE);
}

ZTEST(image, test_the_image_is_at_the_start_of_the_window_too)
{
	uint8_t *also = (uint8_t *)K_MEM_KERNEL_VIRT_START +
			(k_mem_phys_addr(zeros) - K_MEM_PHYS_RAM_START);

	zassert_equal_ptr((void *)K_MEM_KERNEL_VIRT_START, (void *)K_MEM_VIRT_RAM_START);
	zeros[3] = 9;
	zassert_equal(also[3], 9);
	also[4] = 8;
	zassert_equal(zeros[4], 8);
	zassert_equal(k_mem_phys_addr(also), k_mem_phys_addr(zeros));
}

/* Frames of the image are mapped and pinned; there are as many as it has pages. */
ZTEST(image, test_frames_of_the_image_are_held)
{
	size_t pages = (size_t)K_MEM_KERNEL_VIRT_SIZE / PAGE, held = 0;
	struct k_mem_page_frame *frame;
	uintptr_t phys;

	K_MEM_PAGE_FRAME_FOREACH(phys, frame)
	{
		if (phys < K_MEM_PHYS_RAM_START + pages * PAGE) {
			zassert_true(k_mem_page_frame_is_pinned(frame));
			zassert_true(k_mem_page_frame_is_mapped(frame));
			held++;
		}
	}
	zassert_equal(held, pages);
	zassert_true(k_mem_free_get() <= K_MEM_PHYS_RAM_SIZE - pages * PAGE);
}

ZTEST(image, test_a_variable_is_mapped_again)
{
	uint8_t *again;

	k_mem_map_phys_bare(&again, k_mem_phys_addr(zeros) + 100, PAGE, K_MEM_PERM_RW);
	again[0] = 77;
	zassert_equal(zeros[100], 77);
	zeros[101] = 78;
	zassert_equal(again[1], 78);
	k_mem_unmap_phys_bare(again, PAGE);
}

/* Wherever the addresses are, and however many: stacks take none of them. */
ZTEST(image, test_mappings_are_at_the_end)
{
	uint8_t *next = k_mem_map(PAGE, K_MEM_PERM_RW);

	zassert_equal_ptr(early_mapping, K_MEM_VIRT_RAM_END - 2 * PAGE);
	zassert_equal_ptr(next, (uint8_t *)early_mapping - 3 * PAGE);
	k_mem_unmap(next, PAGE);
}

ZTEST(image, test_numbers_are_the_machines)
{
	uint8_t *va = NULL;

	/* No address is as good as another, the lowest one neither. */
	if (K_MEM_PHYS_RAM_START == 0)
		zassert_equal(quire_zephyr_map_phys_bare(&va, 0, PAGE, K_MEM_DIRECT_MAP),
			      -EADDRNOTAVAIL);
	zassert_is_null(va);
	printk("RAM %zu KiB at 0x%lx, VM %zu KiB at %p\n", (size_t)K_MEM_PHYS_RAM_SIZE / 1024,
	       (unsigned long)K_MEM_PHYS_RAM_START, (size_t)K_MEM_VIRT_RAM_SIZE / 1024,
	       (void *)K_MEM_VIRT_RAM_START);
}
