/* SPDX-License-Identifier: Apache-2.0 */
/* k_mem_map() and its kin: results, addresses, rights, frames, and that what fails changes nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

#include <kernel_arch_interface.h>
#include <mmu.h>
#include <zephyr/kernel/mm.h>

#define RW    K_MEM_PERM_RW
#define EXEC  K_MEM_PERM_EXEC
#define USER  K_MEM_PERM_USER
#define WHOLE (~(uintptr_t)(PAGE - 1))

/* -- maps -- */

static void two_guards_from_the_top_down(void **state)
{
	uint8_t *first = k_mem_map(PAGE, RW), *second = k_mem_map(2 * PAGE, RW);

	(void)state;
	assert_ptr_equal(first, (void *)(VM_BASE + VM_SIZE - 2 * PAGE));
	assert_ptr_equal(second, (void *)(VM_BASE + VM_SIZE - 6 * PAGE));
	assert_false(rig_works(first - 1, R));
	assert_true(rig_works(first, R));
	assert_true(rig_works(first + PAGE - 1, W));
	assert_false(rig_works(first + PAGE, R));
	k_mem_unmap(first, PAGE);
	assert_ptr_equal(k_mem_map(PAGE, 0), first);
	k_mem_unmap(first, PAGE);
	k_mem_unmap(second, 2 * PAGE);
}

static void rights_are_what_flags_say(void **state)
{
	static const struct {
		uint32_t flags;
		unsigned allowed;
	} cases[] = {
		{0, R},
		{RW, R | W},
		{EXEC, R | X},
		{RW | EXEC, R | W | X},
		{USER, R | U},
		{RW | USER, R | W | U},
		{RW | K_MEM_MAP_LOCK, R | W},
		{RW | K_MEM_CACHE_NONE, R | W},
		{RW | K_MEM_CACHE_WT, R | W},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t *va = k_mem_map(PAGE, cases[i].flags);

		assert_non_null(va);
		assert_true(rig_works(va, R));
		assert_int_equal(rig_works(va, W), (cases[i].allowed & W) != 0);
		assert_int_equal(rig_works(va, X), (cases[i].allowed & X) != 0);
		assert_int_equal(rig_works(va, R | U), (cases[i].allowed & U) != 0);
		assert_true(rig_all(va, PAGE, 0));
		k_mem_unmap(va, PAGE);
	}
}

static void only_uninit_shows_what_was_there(void **state)
{
	uint8_t *va = k_mem_map(PAGE, RW | K_MEM_MAP_UNINIT);

	(void)state;
	assert_true(rig_all(va, PAGE, 0xa5));
	k_mem_unmap(va, PAGE);
}

static void the_five_checks(void **state)
{
	size_t free = k_mem_free_get();

	(void)state;
	assert_null(k_mem_map(PAGE, RW | USER | K_MEM_MAP_UNINIT));
	assert_null(k_mem_map(PAGE + 1, RW));
	assert_null(k_mem_map(0, RW));
	assert_null(k_mem_map(WHOLE, RW));
	assert_null(k_mem_map(WHOLE - PAGE, RW));
	assert_null(k_mem_map(PAGE, RW | K_MEM_MAP_UNPAGED));
	assert_int_equal(rig_said(), 6);
	assert_null(k_mem_map(WHOLE - 2 * PAGE, RW));
	assert_null(k_mem_map(VM_SIZE, RW));
	assert_null(k_mem_map_phys_guard(RAM_BASE + 1, PAGE, RW, false));
	assert_null(k_mem_map_phys_guard(RAM_BASE - PAGE, 2 * PAGE, RW, false));
	assert_int_equal(rig_said(), 4);
	assert_int_equal(k_mem_free_get(), free);
	rig_check();
}

/* In the order in which Zephyr looks. */
static void the_first_check_that_fails_is_told(void **state)
{
	(void)state;
	assert_null(k_mem_map(PAGE + 1, RW | USER | K_MEM_MAP_UNINIT));
	assert_int_equal(rig_said(), 1);
	assert_non_null(strstr(rig_last(), "user mode"));
	assert_null(k_mem_map(1, RW));
	assert_int_equal(rig_said(), 1);
	assert_non_null(strstr(rig_last(), "multiple"));
	assert_null(k_mem_map(0, RW | K_MEM_MAP_UNPAGED));
	assert_int_equal(rig_said(), 1);
	assert_non_null(strstr(rig_last(), "size is 0"));
}

static void all_frames_can_be_had(void **state)
{
	size_t free = k_mem_free_get();
	uint8_t *most = k_mem_map(free - PAGE, RW), *last;

	(void)state;
	assert_int_equal(free, RAM_SIZE - IMAGE);
	assert_null(most); /* guards do not fit */
	assert_int_equal(rig_said(), 1);
	most = k_mem_map(free - 8 * PAGE, RW);
	assert_non_null(most);
	assert_int_equal(k_mem_free_get(), 8 * PAGE);
	last = k_mem_map(2 * PAGE, RW);
	assert_non_null(last);
	assert_int_equal(k_mem_free_get(), 6 * PAGE);
	assert_null(k_mem_map(7 * PAGE, RW));
	assert_int_equal(rig_said(), 1);
	k_mem_unmap(most, free - 8 * PAGE);
	k_mem_unmap(last, 2 * PAGE);
	assert_int_equal(k_mem_free_get(), free);
}

/* -- physical maps -- */

static void physical_memory_is_left_alone(void **state)
{
	uint8_t *va = k_mem_map_phys_guard(RAM_BASE, 2 * PAGE, RW, false);

	(void)state;
	assert_true(rig_all(va, 2 * PAGE, 0xa5));
	assert_false(rig_works(va - 1, R));
	assert_false(rig_works(va + 2 * PAGE, R));
	*rig_byte(va) = 7;
	assert_int_equal(*rig_ram(RAM_BASE), 7);
	assert_int_equal(*rig_byte((void *)VM_BASE), 7);
	k_mem_unmap_phys_guard(va, 2 * PAGE, false);
	assert_int_equal(*rig_ram(RAM_BASE), 7);
}

/* -- unmap -- */

static void says(const char *why)
{
	char end[160];
	size_t length;
	const char *line;

	assert_int_equal(rig_said(), 1);
	line = rig_last();
	length = (size_t)snprintf(end, sizeof(end), " are not a mapping to unmap: %s\n", why);
	if (strlen(line) < length || strcmp(line + strlen(line) - length, end) != 0)
		fail_msg("%s does not end with %s", line, end);
}

#define says_that_of(call, why, ...)                                                               \
	do {                                                                                       \
		char sentence[128];                                                                \
		call;                                                                              \
		snprintf(sentence, sizeof(sentence), why, __VA_ARGS__);                            \
		says(sentence);                                                                    \
	} while (0)

/* What is wrong is what is said, and what there is instead. */
static void why_it_was_not_unmapped_is_said(void **state)
{
	uint8_t *va = k_mem_map(3 * PAGE, RW), *phys, *bare;

	(void)state;
	phys = k_mem_map_phys_guard(RAM_BASE, PAGE, RW, false);
	k_mem_map_phys_bare(&bare, RAM_BASE, PAGE, RW);
	says_that_of(k_mem_unmap(va, 0), "%s", quire_error_text(QUIRE_EZERO));
	says_that_of(k_mem_unmap(va, WHOLE), "%s", quire_error_text(QUIRE_EWRAP));
	says_that_of(k_mem_unmap(va, PAGE + 1), "%s", quire_error_text(QUIRE_EALIGN));
	says_that_of(k_mem_unmap(va + 1, PAGE), "%s", quire_error_text(QUIRE_EALIGN));
	says_that_of(k_mem_unmap(va, PAGE), "the mapping has more: %u bytes", 3 * PAGE);
	says_that_of(k_mem_unmap(va, 4 * PAGE), "the mapping has fewer: %u bytes", 3 * PAGE);
	says_that_of(k_mem_unmap(va, 9 * PAGE), "the mapping has fewer: %u bytes", 3 * PAGE);
	says_that_of(k_mem_unmap(va + PAGE, 2 * PAGE),
		     "that is inside the mapping of %u bytes at %p", 3 * PAGE, (void *)va);
	says_that_of(k_mem_unmap(va - PAGE, 4 * PAGE),
		     "that is a guard of the mapping of %u bytes at %p", 3 * PAGE, (void *)va);
	says_that_of(k_mem_unmap(va + 3 * PAGE, PAGE),
		     "that is a guard of the mapping of %u bytes at %p", 3 * PAGE, (void *)va);
	says_that_of(k_mem_unmap_phys_guard(va, 3 * PAGE, false), "it was mapped by %s",
		     "k_mem_map()");
	says_that_of(k_mem_unmap(phys, PAGE), "it was mapped by %s", "k_mem_map_phys_guard()");
	says_that_of(k_mem_unmap(bare, PAGE), "it was mapped by %s", "k_mem_map_phys_bare()");
	says_that_of(k_mem_unmap((void *)VM_BASE, IMAGE), "%s",
		     "no call like this one has mapped that");
	says_that_of(k_mem_unmap(NULL, PAGE), "%s", quire_error_text(QUIRE_EFOREIGN));
	says_that_of(k_mem_unmap((void *)(VM_BASE + IMAGE), PAGE), "%s",
		     quire_error_text(QUIRE_EUNMAPPED));
	says_that_of(k_mem_unmap_phys_bare(bare, PAGE + 1), "the mapping has fewer: %u bytes",
		     PAGE);
	says_that_of(k_mem_unmap_phys_bare(bare, 0), "%s", quire_error_text(QUIRE_EZERO));
	k_mem_unmap_phys_bare(bare + 5, 1);
	k_mem_unmap_phys_guard(phys, PAGE, false);
	k_mem_unmap(va, 3 * PAGE);
	assert_int_equal(rig_said(), 0);
}

static void what_is_not_a_mapping_is_not_unmapped(void **state)
{
	uint8_t *va = k_mem_map(3 * PAGE, RW), *phys, *bare;
	size_t free;

	(void)state;
	phys = k_mem_map_phys_guard(RAM_BASE, PAGE, RW, false);
	k_mem_map_phys_bare(&bare, RAM_BASE, PAGE, RW);
	free = k_mem_free_get();
	k_mem_unmap(va, PAGE);
	k_mem_unmap(va, 2 * PAGE);
	k_mem_unmap(va, 4 * PAGE);
	k_mem_unmap(va, 0);
	k_mem_unmap(va, 3 * PAGE - 1);
	k_mem_unmap(va, WHOLE);
	k_mem_unmap(va + PAGE, 2 * PAGE);
	k_mem_unmap(va - PAGE, PAGE);
	k_mem_unmap(va - PAGE, 5 * PAGE);
	k_mem_unmap(va + 3 * PAGE, PAGE);
	k_mem_unmap(va + 1, 3 * PAGE);
	k_mem_unmap(NULL, PAGE);
	k_mem_unmap((void *)WHOLE, PAGE);
	k_mem_unmap((void *)VM_BASE, IMAGE);
	k_mem_unmap_phys_guard(va, 3 * PAGE, false);
	k_mem_unmap(phys, PAGE);
	k_mem_unmap(bare, PAGE);
	k_mem_unmap_phys_guard(bare, PAGE, false);
	assert_int_equal(rig_said(), 18);
	assert_int_equal(quire_zephyr_unmap_phys_guard(va, PAGE, true), -EINVAL);
	assert_int_equal(rig_said(), 0);
	assert_int_equal(k_mem_free_get(), free);
	rig_check();
	for (int i = 0; i < 3; i++)
		assert_true(rig_works(va + (ptrdiff_t)i * PAGE, W));
	k_mem_unmap_phys_bare(va, 3 * PAGE);
	k_mem_unmap_phys_bare(phys, PAGE);
	k_mem_unmap_phys_bare((void *)VM_BASE, IMAGE);
	k_mem_unmap_phys_bare(bare, 0);
	k_mem_unmap_phys_bare(bare, PAGE + 1);
	k_mem_unmap_phys_bare(bare - 1, 1);
	k_mem_unmap_phys_bare(bare, SIZE_MAX);
	assert_int_equal(rig_said(), 7);
	assert_int_equal(quire_zephyr_unmap_phys_bare(bare, PAGE), 0);
	assert_int_equal(quire_zephyr_unmap_phys_guard(phys, PAGE, false), 0);
	k_mem_unmap(va, 3 * PAGE);
	k_mem_unmap(va, 3 * PAGE);
	assert_int_equal(rig_said(), 1);
}

/* -- bare maps -- */

static void bare_maps_are_of_any_bytes(void **state)
{
	uint8_t *va, *again;

	(void)state;
	k_mem_map_phys_bare(&va, RAM_BASE + PAGE + 1238, PAGE + 907, RW);
	assert_int_equal((uintptr_t)va % PAGE, 1238);
	assert_ptr_equal(rig_byte(va), rig_ram(RAM_BASE + PAGE + 1238));
	assert_true(rig_works(va - 1238, R));
	assert_false(rig_works(va - 1239, R));
	assert_true(rig_works(va - 1238 + 2 * PAGE - 1, W));
	assert_true(rig_all(va, PAGE + 907, 0xa5));
	k_mem_unmap_phys_bare(va, PAGE + 907);
	k_mem_map_phys_bare(&again, RAM_BASE + PAGE + 1238, PAGE + 907, 0);
	assert_ptr_equal(again, va);
	assert_false(rig_works(again, W));
	k_mem_unmap_phys_bare(again, PAGE + 907);
	k_mem_map_phys_bare(&va, RAM_BASE + PAGE - 1, 1, 0);
	assert_true(rig_works(va, R));
	k_mem_unmap_phys_bare(va, 1);
}

/* Two of the same bytes are two mappings, with rights of their own, and nothing changes in the first. */
static void every_bare_map_is_a_fresh_one(void **state)
{
	uint8_t *one, *two;

	(void)state;
	k_mem_map_phys_bare(&one, RAM_BASE, PAGE, RW);
	k_mem_map_phys_bare(&two, RAM_BASE, PAGE, 0);
	assert_ptr_not_equal(one, two);
	assert_true(rig_works(one, W));
	assert_false(rig_works(two, W));
	assert_true(rig_works((void *)VM_BASE, W));
	k_mem_unmap_phys_bare(one, PAGE);
	assert_true(rig_works(two, R));
	k_mem_unmap_phys_bare(two, PAGE);
}

static void one_to_one(void **state)
{
	uint8_t *va = NULL, *other = NULL;
	uintptr_t at = RAM_BASE + IMAGE;

	(void)state;
	k_mem_map_phys_bare(&va, at + 5, 2 * PAGE, RW | K_MEM_DIRECT_MAP);
	assert_int_equal((uintptr_t)va, at + 5);
	assert_ptr_equal(rig_byte(va), rig_ram(at + 5));
	assert_int_equal(quire_zephyr_map_phys_bare(&other, at + 2 * PAGE, 1, K_MEM_DIRECT_MAP),
			 -EEXIST);
	assert_int_equal(quire_zephyr_map_phys_bare(&other, DEVICE, 1, K_MEM_DIRECT_MAP),
			 -EADDRNOTAVAIL);
	assert_int_equal(rig_said(), 0);
	assert_true(rig_ends(k_mem_map_phys_bare(&other, at, 1, K_MEM_DIRECT_MAP)));
	(void)rig_said();
	assert_non_null(strstr(rig_last(), "one to one"));
	assert_null(other);
	k_mem_unmap_phys_bare(va, 2 * PAGE);
}

static void devices(void **state)
{
	uint8_t *va;

	(void)state;
	k_mem_map_phys_bare(&va, DEVICE + 0x10, 4, RW | K_MEM_CACHE_NONE);
	assert_true(rig_works(va, W));
	assert_int_equal((uintptr_t)va % PAGE, 0x10);
	k_mem_unmap_phys_bare(va, 4);
	assert_int_equal(quire_zephyr_map_phys_bare(&va, DEVICE, PAGE, K_MEM_PERM_EXEC), -EINVAL);
}

static void what_cannot_be_mapped_is_an_error_or_the_end(void **state)
{
	uint8_t *va = (uint8_t *)1;

	(void)state;
	assert_int_equal(quire_zephyr_map_phys_bare(&va, RAM_BASE, 0, RW), -EINVAL);
	assert_int_equal(quire_zephyr_map_phys_bare(&va, UINTPTR_MAX, 2, RW), -EINVAL);
	assert_int_equal(quire_zephyr_map_phys_bare(&va, 0x1000, 1, RW), -EFAULT);
	assert_int_equal(quire_zephyr_map_phys_bare(&va, RAM_BASE, VM_SIZE, RW), -ENOMEM);
	assert_int_equal(quire_zephyr_map_phys_bare(&va, RAM_BASE, VM_SIZE + PAGE, RW), -ENOMEM);
	assert_ptr_equal(va, (void *)1);
	assert_int_equal(rig_said(), 0);
	assert_true(rig_ends(k_mem_map_phys_bare(&va, RAM_BASE, VM_SIZE, RW)));
	(void)rig_said();
	assert_non_null(strstr(rig_last(), "no gap"));
}

/* As large as the pages allow where a port's largest leaf fits. */
static void large_pages_are_aligned_for(void **state)
{
	uint8_t *va;

	(void)state;
	assert_int_equal(arch_virt_region_align(RAM_BASE, PAGE), PAGE);
	assert_int_equal(arch_virt_region_align(RAM_BASE, 0x200000), 0x200000);
	assert_int_equal(arch_virt_region_align(RAM_BASE + PAGE, 0x200000), PAGE);
	assert_int_equal(arch_virt_region_align(RAM_BASE + PAGE, 0x400000), 0x200000);
	k_mem_map_phys_bare(&va, RAM_BASE, 0x200000, RW);
	assert_int_equal((uintptr_t)va % 0x200000, 0);
	k_mem_unmap_phys_bare(va, 0x200000);
}

/* -- flags -- */

static void flags_of_any_pages(void **state)
{
	uint8_t *va = k_mem_map(4 * PAGE, RW);

	(void)state;
	assert_int_equal(k_mem_update_flags(va + PAGE, 2 * PAGE, EXEC), 0);
	assert_true(rig_works(va, W));
	assert_false(rig_works(va + PAGE, W));
	assert_true(rig_works(va + 2 * PAGE, X));
	assert_true(rig_works(va + 3 * PAGE, W));
	assert_int_equal(k_mem_update_flags(va + 3 * PAGE, 2 * PAGE, 0), -EFAULT);
	assert_int_equal(k_mem_update_flags(va - PAGE, 2 * PAGE, 0), -EFAULT);
	assert_true(rig_works(va, W));
	assert_true(rig_works(va + 3 * PAGE, W));
	assert_int_equal(k_mem_update_flags(va + 1, PAGE, 0), -EINVAL);
	assert_int_equal(k_mem_update_flags(va, PAGE + 1, 0), -EINVAL);
	assert_int_equal(k_mem_update_flags(va, 0, 0), -EINVAL);
	assert_int_equal(k_mem_update_flags((void *)WHOLE, 2 * PAGE, 0), -EINVAL);
	assert_int_equal(k_mem_update_flags((void *)(VM_BASE - PAGE), PAGE, 0), -EFAULT);
	assert_int_equal(k_mem_update_flags((void *)(VM_BASE + IMAGE), PAGE, 0), -EFAULT);
	assert_int_equal(rig_said(), 0);
	k_mem_unmap(va, 4 * PAGE);
}

/* The boot mapping's pages, and pages of two mappings that lie side by side. */
static void flags_of_what_was_mapped_at_boot_and_of_several(void **state)
{
	uint8_t *image = (uint8_t *)VM_BASE, *one, *two;

	(void)state;
	assert_int_equal(k_mem_update_flags(image + PAGE, PAGE, USER), 0);
	assert_false(rig_works(image + PAGE, W));
	assert_true(rig_works(image + PAGE, R | U));
	assert_int_equal(k_mem_update_flags(image, IMAGE, RW), 0);
	k_mem_map_phys_bare(&one, RAM_BASE, 2 * PAGE, RW);
	k_mem_map_phys_bare(&two, DEVICE, 2 * PAGE, RW);
	assert_ptr_equal(two + 2 * PAGE, one);
	assert_int_equal(k_mem_update_flags(two + PAGE, 2 * PAGE, USER), 0);
	assert_true(rig_works(two, W));
	assert_true(rig_works(two + PAGE, R | U));
	assert_false(rig_works(one, W));
	assert_true(rig_works(one + PAGE, W));
	/* A device's memory is not executed, RAM above it might be: neither has changed. */
	assert_int_equal(k_mem_update_flags(two, 4 * PAGE, EXEC), -EINVAL);
	assert_true(rig_works(two + PAGE, R | U));
	assert_true(rig_works(one + PAGE, W));
	k_mem_unmap_phys_bare(one, 2 * PAGE);
	k_mem_unmap_phys_bare(two, 2 * PAGE);
	rig_check();
}

/* The other way round, so that what has been changed already must be changed back. */
static void flags_that_cannot_be_for_all_are_for_none(void **state)
{
	uint8_t *one, *two;

	(void)state;
	k_mem_map_phys_bare(&one, DEVICE, 2 * PAGE, RW);
	k_mem_map_phys_bare(&two, RAM_BASE, 4 * PAGE, RW);
	assert_int_equal(k_mem_update_flags(two + PAGE, PAGE, USER), 0);
	assert_int_equal(k_mem_update_flags(two, 6 * PAGE, EXEC), -EINVAL);
	assert_true(rig_works(two, W));
	assert_false(rig_works(two, X));
	assert_true(rig_works(two + PAGE, R | U));
	assert_false(rig_works(two + PAGE, W));
	assert_true(rig_works(two + 2 * PAGE, W));
	assert_true(rig_works(one, W));
	k_mem_unmap_phys_bare(one, 2 * PAGE);
	k_mem_unmap_phys_bare(two, 4 * PAGE);
	rig_check();
}

/* Pages of a mapping whose frames do not lie side by side. */
static void scattered_frames_stay(void **state)
{
	uint8_t *odd[8], *va;
	uintptr_t before[4], now;

	(void)state;
	for (int i = 0; i < 8; i++)
		odd[i] = k_mem_map(PAGE, RW);
	for (int i = 0; i < 8; i += 2)
		k_mem_unmap(odd[i], PAGE);
	va = k_mem_map(4 * PAGE, RW);
	for (int i = 0; i < 4; i++)
		assert_int_equal(arch_page_phys_get(va + (ptrdiff_t)i * PAGE, &before[i]), 0);
	assert_int_not_equal(before[1], before[0] + PAGE);
	assert_int_equal(k_mem_update_flags(va, 4 * PAGE, USER), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(arch_page_phys_get(va + (ptrdiff_t)i * PAGE, &now), 0);
		assert_int_equal(now, before[i]);
	}
	k_mem_unmap(va, 4 * PAGE);
	for (int i = 1; i < 8; i += 2)
		k_mem_unmap(odd[i], PAGE);
}

/* -- looking -- */

static void physical_addresses(void **state)
{
	uintptr_t phys = 0;

	(void)state;
	assert_int_equal(arch_page_phys_get((void *)(VM_BASE + 3 * PAGE), &phys), 0);
	assert_int_equal(phys, RAM_BASE + 3 * PAGE);
	assert_int_equal(arch_page_phys_get((void *)(VM_BASE + IMAGE), &phys), -EFAULT);
	assert_int_equal(arch_page_phys_get((void *)0x1000, NULL), -EFAULT);
	assert_int_equal(k_mem_phys_addr((void *)VM_BASE), RAM_BASE);
	assert_int_equal(k_mem_phys_addr(rig_program + 5), RAM_BASE + 5);
	assert_ptr_equal(k_mem_virt_addr(RAM_BASE + 5), rig_program + 5);
	assert_ptr_equal(k_mem_virt_addr(RAM_BASE + IMAGE), (void *)(VM_BASE + IMAGE));
	assert_true(rig_ends((void)k_mem_phys_addr((void *)(VM_BASE - 1))));
	assert_true(rig_ends((void)k_mem_phys_addr((void *)(VM_BASE + VM_SIZE))));
	assert_true(rig_ends((void)k_mem_virt_addr(RAM_BASE + RAM_SIZE)));
	(void)rig_said();
}

static void buffers_of_user_mode(void **state)
{
	uint8_t *va = k_mem_map(3 * PAGE, RW | USER);

	(void)state;
	assert_int_equal(arch_buffer_validate(va, 3 * PAGE, 1), 0);
	assert_int_equal(arch_buffer_validate(va + 5, 3 * PAGE - 5, 1), 0);
	assert_int_equal(arch_buffer_validate(va, 3 * PAGE + 1, 0), -EPERM);
	assert_int_equal(arch_buffer_validate(va - 1, 2, 0), -EPERM);
	assert_int_equal(k_mem_update_flags(va + PAGE, PAGE, USER), 0);
	assert_int_equal(arch_buffer_validate(va, 3 * PAGE, 0), 0);
	assert_int_equal(arch_buffer_validate(va, 3 * PAGE, 1), -EPERM);
	assert_int_equal(arch_buffer_validate(va, PAGE, 1), 0);
	assert_int_equal(arch_buffer_validate(va + PAGE - 1, 2, 1), -EPERM);
	assert_int_equal(k_mem_update_flags(va + PAGE, PAGE, RW), 0);
	assert_int_equal(arch_buffer_validate(va, 3 * PAGE, 0), -EPERM);
	assert_int_equal(arch_buffer_validate(va, 0, 1), 0);
	assert_int_equal(arch_buffer_validate(va, SIZE_MAX, 1), -EPERM);
	assert_int_equal(arch_buffer_validate((void *)0x1000, 1, 0), -EPERM);
	k_mem_unmap(va, 3 * PAGE);
}

static void frames_say_where_they_are(void **state)
{
	uint8_t *va = k_mem_map(PAGE, RW), *locked = k_mem_map(PAGE, RW | K_MEM_MAP_LOCK);
	struct k_mem_page_frame *pf;
	uintptr_t phys;
	unsigned pinned = 0, mapped = 0, free = 0;

	(void)state;
	assert_int_equal(arch_page_phys_get(va, &phys), 0);
	pf = k_mem_phys_to_page_frame(phys);
	assert_true(k_mem_page_frame_is_mapped(pf) && !k_mem_page_frame_is_pinned(pf));
	assert_true(k_mem_page_frame_is_evictable(pf) && !k_mem_page_frame_is_free(pf));
	assert_false(k_mem_page_frame_is_available(pf) || k_mem_page_frame_is_reserved(pf));
	assert_false(k_mem_page_frame_is_busy(pf) || k_mem_page_frame_is_backed(pf));
	assert_ptr_equal(k_mem_page_frame_to_virt(pf), va);
	assert_int_equal(k_mem_page_frame_to_phys(pf), phys);
	assert_int_equal(arch_page_phys_get(locked, &phys), 0);
	assert_true(k_mem_page_frame_is_pinned(k_mem_phys_to_page_frame(phys)));
	assert_ptr_equal(k_mem_page_frame_to_virt(k_mem_phys_to_page_frame(RAM_BASE + PAGE)),
			 (void *)(VM_BASE + PAGE));
	K_MEM_PAGE_FRAME_FOREACH(phys, pf)
	{
		if (k_mem_page_frame_is_free(pf)) {
			free++;
			continue;
		}
		pinned += k_mem_page_frame_is_pinned(pf);
		mapped += k_mem_page_frame_is_mapped(pf);
	}
	assert_int_equal(pinned, IMAGE / PAGE + 1);
	assert_int_equal(mapped, IMAGE / PAGE + 2);
	assert_int_equal(free, k_mem_free_get() / PAGE);
	assert_false(k_mem_is_page_frame(RAM_BASE - PAGE) || k_mem_is_page_frame(DEVICE));
	k_mem_unmap(va, PAGE);
	k_mem_page_frames_dump();
	assert_int_equal(rig_said(), 1 + RAM_SIZE / PAGE / 64);
	assert_non_null(strstr(rig_last(), "\nPPPPPPPPPPPPPPPP"));
	assert_non_null(strstr(rig_last(), "\n-P--------------"));
	k_mem_unmap(locked, PAGE);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		test(two_guards_from_the_top_down),
		test(rights_are_what_flags_say),
		test(only_uninit_shows_what_was_there),
		test(the_five_checks),
		test(the_first_check_that_fails_is_told),
		test(all_frames_can_be_had),
		test(physical_memory_is_left_alone),
		test(what_is_not_a_mapping_is_not_unmapped),
		test(why_it_was_not_unmapped_is_said),
		test(bare_maps_are_of_any_bytes),
		test(every_bare_map_is_a_fresh_one),
		test(one_to_one),
		test(devices),
		test(what_cannot_be_mapped_is_an_error_or_the_end),
		test(large_pages_are_aligned_for),
		test(flags_of_any_pages),
		test(flags_of_what_was_mapped_at_boot_and_of_several),
		test(flags_that_cannot_be_for_all_are_for_none),
		test(scattered_frames_stay),
		test(physical_addresses),
		test(buffers_of_user_mode),
		test(frames_say_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
