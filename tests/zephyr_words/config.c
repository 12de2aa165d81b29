/* SPDX-License-Identifier: Apache-2.0 */
/* A program that was compiled with other choices than the library: it gets what it has chosen. */
#include <errno.h>
#include <string.h>

#include "rig.h"

#include "machine.h"
#include <mmu.h>
#include <zephyr/app_memory/mem_domain.h>

/* Two pages are kept back (CMakeLists.txt), and can still be had. */
static void some_pages_are_not_free(void **state)
{
	size_t all = RAM_SIZE - IMAGE, free = all - 2 * PAGE;
	struct quire_frame_want want = {.count = (uint32_t)(all / PAGE - 3)};
	struct quire_frame_list list;
	uint8_t *va;

	(void)state;
	assert_int_equal(k_mem_free_get(), free);
	assert_int_equal(quire_frames_take(zephyr_machine.frames, &want, &list), 0);
	assert_int_equal(k_mem_free_get(), PAGE);
	va = k_mem_map(3 * PAGE, K_MEM_PERM_RW);
	assert_non_null(va);
	assert_int_equal(k_mem_free_get(), 0);
	k_mem_unmap(va, 3 * PAGE);
	assert_int_equal(quire_frames_give(zephyr_machine.frames, &list), 0);
}

static void partitions_may_be_written_to_and_run(void **state)
{
	struct k_mem_partition part = {VM_BASE, PAGE, K_MEM_PARTITION_P_RWX_U_RWX},
			       *parts[] = {&part};
	struct k_mem_domain domain = {0};

	(void)state;
	assert_int_equal(k_mem_domain_init(&domain, 1, parts), 0);
	z_mem_domain_switch(NULL, &domain);
	assert_true(rig_works((void *)VM_BASE, X | U));
	assert_true(rig_works((void *)VM_BASE, W | U));
	assert_int_equal(k_mem_domain_deinit(&domain), 0);
	assert_false(rig_works((void *)VM_BASE, R | U));
}

/* A machine with other pages is no machine for the program. */
static void pages_must_be_those_of_the_machine(void **state)
{
	(void)state;
	quire_zephyr_map.page = 4 * PAGE;
	assert_true(rig_ends(z_mem_manage_init()));
	quire_zephyr_map.page = PAGE;
	(void)rig_said();
	assert_non_null(strstr(rig_last(), "CONFIG_MMU_PAGE_SIZE"));
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		test(some_pages_are_not_free),
		test(partitions_may_be_written_to_and_run),
		test(pages_must_be_those_of_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
