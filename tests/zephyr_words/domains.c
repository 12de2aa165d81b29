/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory domains: what they may be, who may touch what while whose thread runs, and that a switch never
 * fails.
 */
#include <errno.h>
#include <string.h>

#include "rig.h"

#include <kernel_arch_interface.h>
#include <mmu.h>
#include <zephyr/app_memory/app_memdomain.h>
#include <zephyr/drivers/mm/system_mm.h>
#include <zephyr/kernel.h>

#define RW       K_MEM_PERM_RW
#define USER     K_MEM_PERM_USER
#define RW_RW    K_MEM_PARTITION_P_RW_U_RW
#define RO_RO    K_MEM_PARTITION_P_RO_U_RO
#define RW_NA    K_MEM_PARTITION_P_RW_U_NA
#define RX_RX    K_MEM_PARTITION_P_RX_U_RX
#define RWX_RWX  K_MEM_PARTITION_P_RWX_U_RWX
#define AT(page) (VM_BASE + (uintptr_t)(page)*PAGE)

K_APPMEM_PARTITION_DEFINE(variables);
K_APP_DMEM(variables) int initialised = 7;
K_APP_BMEM(variables) uint8_t many[5000];
K_APPMEM_PARTITION_DEFINE(others);

static struct k_thread thread_a, thread_b;
static struct k_mem_domain a, b;

static struct k_mem_partition part(unsigned page, unsigned pages, k_mem_partition_attr_t attr)
{
	return (struct k_mem_partition){AT(page), (size_t)pages * PAGE, attr};
}

static void *page(unsigned n)
{
	return (void *)AT(n);
}

/* What user mode may do with a page, as letters. */
static const char *user(unsigned n)
{
	return rig_works(page(n), W | U)   ? "rw"
	       : rig_works(page(n), X | U) ? "rx"
	       : rig_works(page(n), R | U) ? "r"
					   : "";
}

static int setup(void **state)
{
	rig_setup(state);
	a = b = (struct k_mem_domain){0};
	thread_a = thread_b = (struct k_thread){0};
	z_mem_manage_init();
	z_mem_domain_init_thread(&thread_a, NULL);
	z_mem_domain_init_thread(&thread_b, &thread_a);
	rig_running = &thread_a;
	return 0;
}

/* All back to the default domain, and no domain left. */
static int teardown(void **state)
{
	struct k_mem_domain *domains[] = {&a, &b};

	z_mem_domain_switch(NULL, &k_mem_domain_default);
	z_mem_domain_exit_thread(&thread_a);
	z_mem_domain_exit_thread(&thread_b);
	for (int i = 0; i < 2; i++)
		(void)k_mem_domain_deinit(domains[i]);
	rig_running = NULL;
	return rig_teardown(state);
}

static void init_two(void)
{
	struct k_mem_partition one = part(1, 2, RW_RW), two = part(5, 1, RO_RO);
	struct k_mem_partition three = part(2, 2, RO_RO);
	struct k_mem_partition *of_a[] = {&one, &two}, *of_b[] = {&three};

	assert_int_equal(k_mem_domain_init(&a, 2, of_a), 0);
	assert_int_equal(k_mem_domain_init(&b, 1, of_b), 0);
}

/* -- what may be -- */

static void variables_are_where_the_linker_put_them(void **state)
{
	uintptr_t end = variables.start + variables.size;

	(void)state;
	assert_int_equal(variables.start % PAGE, 0);
	assert_int_equal(variables.size % PAGE, 0);
	assert_int_equal(variables.size, 2 * PAGE);
	assert_int_equal(others.size, PAGE);
	assert_int_equal(variables.attr, RW_RW);
	assert_true((uintptr_t)&initialised >= variables.start && (uintptr_t)&initialised < end);
	assert_true((uintptr_t)many >= variables.start && (uintptr_t)(many + sizeof(many)) <= end);
	assert_int_equal(initialised, 7);
	assert_true(others.start >= end || others.start + others.size <= variables.start);
}

static void wrong_partitions_are_refused(void **state)
{
	static const struct k_mem_partition wrong[] = {
		{AT(1), 0, RW_RW},
		{AT(1) + 1, PAGE, RW_RW},
		{AT(1), PAGE + 1, RW_RW},
		{~(uintptr_t)(PAGE - 1), 2 * PAGE, RW_RW},
		{AT(1), PAGE, RWX_RWX},          /* write and execute */
		{AT(IMAGE / PAGE), PAGE, RW_RW}, /* nothing is there */
		{AT(IMAGE / PAGE - 1), 2 * PAGE, RW_RW},
		{0x1000, PAGE, RW_RW}, /* no address of the kernel's */
	};

	(void)state;
	assert_int_equal(k_mem_domain_init(&a, 0, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct k_mem_partition p = wrong[i], *list[] = {&p};

		assert_int_equal(k_mem_domain_add_partition(&a, &p), -EINVAL);
		assert_int_equal(k_mem_domain_init(&b, 1, list), -EINVAL);
	}
	assert_int_equal(a.num_partitions, 0);
	assert_int_equal(k_mem_domain_add_partition(&a, NULL), -EINVAL);
	assert_int_equal(k_mem_domain_add_partition(NULL, &variables), -EINVAL);
	assert_int_equal(k_mem_domain_remove_partition(&a, NULL), -EINVAL);
	assert_int_equal(k_mem_domain_remove_partition(NULL, &variables), -EINVAL);
	assert_int_equal(k_mem_domain_remove_partition(&a, &variables), -ENOENT);
	assert_int_equal(k_mem_domain_init(NULL, 0, NULL), -EINVAL);
	assert_int_equal(k_mem_domain_init(&b, 1, NULL), -EINVAL);
	assert_int_equal(k_mem_domain_init(&b, CONFIG_MAX_DOMAIN_PARTITIONS + 1,
					   (struct k_mem_partition *[]){&variables}),
			 -EINVAL);
	assert_int_equal(k_mem_domain_init(&b, 1, (struct k_mem_partition *[]){NULL}), -EINVAL);
	assert_int_equal(k_mem_domain_deinit(NULL), -EINVAL);
	assert_int_equal(k_mem_domain_deinit(&b), -EINVAL);
	assert_int_equal(k_mem_domain_add_thread(NULL, &thread_a), -EINVAL);
	assert_int_equal(k_mem_domain_add_thread(&a, NULL), -EINVAL);
	assert_int_equal(rig_said(), 0);
}

static void partitions_of_one_do_not_overlap(void **state)
{
	struct k_mem_partition first = part(4, 4, RW_RW), p, *list[2] = {&first, &p};

	(void)state;
	assert_int_equal(k_mem_domain_init(&a, 1, list), 0);
	for (unsigned start = 0; start < 12; start++) {
		for (unsigned pages = 1; pages < 10; pages++) {
			bool apart = start + pages <= 4 || start >= 8;

			p = part(start, pages, RO_RO);
			assert_int_equal(k_mem_domain_add_partition(&a, &p), apart ? 0 : -EINVAL);
			if (apart)
				assert_int_equal(k_mem_domain_remove_partition(&a, &p), 0);
			assert_int_equal(k_mem_domain_init(&b, 2, list), apart ? 0 : -EINVAL);
			if (apart)
				assert_int_equal(k_mem_domain_deinit(&b), 0);
		}
	}
	assert_int_equal(a.num_partitions, 1);
}

static void a_domain_can_be_full(void **state)
{
	struct k_mem_partition p;

	(void)state;
	assert_int_equal(arch_mem_domain_max_partitions_get(), CONFIG_MAX_DOMAIN_PARTITIONS);
	assert_int_equal(k_mem_domain_init(&a, 0, NULL), 0);
	for (unsigned i = 0; i < CONFIG_MAX_DOMAIN_PARTITIONS; i++) {
		p = part(2 * i, 1, RW_RW);
		assert_int_equal(k_mem_domain_add_partition(&a, &p), 0);
	}
	p = part(40, 1, RW_RW);
	assert_int_equal(k_mem_domain_add_partition(&a, &p), -ENOSPC);
	p = part(4, 1, RW_RW);
	assert_int_equal(k_mem_domain_remove_partition(&a, &p), 0);
	assert_int_equal(k_mem_domain_remove_partition(&a, &p), -ENOENT);
	p = part(6, 2, RW_RW);
	assert_int_equal(k_mem_domain_remove_partition(&a, &p), -ENOENT);
	p = part(40, 1, RW_RW);
	assert_int_equal(k_mem_domain_add_partition(&a, &p), 0);
}

/* -- who may touch what -- */

static void a_switch_takes_and_gives(void **state)
{
	(void)state;
	init_two();
	assert_string_equal(user(1), "");
	z_mem_domain_switch(&k_mem_domain_default, &a);
	assert_string_equal(user(0), "");
	assert_string_equal(user(1), "rw");
	assert_string_equal(user(2), "rw");
	assert_string_equal(user(3), "");
	assert_string_equal(user(5), "r");
	assert_false(rig_works(page(5), W));
	z_mem_domain_switch(&a, &b);
	assert_string_equal(user(1), "");
	assert_string_equal(user(2), "r");
	assert_string_equal(user(3), "r");
	assert_true(rig_works(page(1), W));
	assert_true(rig_works(page(5), W));
	z_mem_domain_switch(&b, &b);
	assert_string_equal(user(3), "r");
	rig_check();
	z_mem_domain_switch(&b, &k_mem_domain_default);
	for (unsigned i = 0; i < 6; i++) {
		assert_string_equal(user(i), "");
		assert_true(rig_works(page(i), W));
	}
}

static void the_running_domain_changes_at_once(void **state)
{
	struct k_mem_partition p = part(8, 1, RX_RX), kernel = part(9, 1, RW_NA);

	(void)state;
	init_two();
	z_mem_domain_switch(NULL, &a);
	assert_int_equal(k_mem_domain_add_partition(&a, &p), 0);
	assert_string_equal(user(8), "rx");
	assert_string_equal(user(1), "rw");
	assert_int_equal(k_mem_domain_add_partition(&a, &kernel), 0);
	assert_string_equal(user(9), "");
	p.attr = RW_RW; /* the one with this start and size */
	assert_int_equal(k_mem_domain_remove_partition(&a, &p), 0);
	assert_string_equal(user(8), "");
	assert_true(rig_works(page(8), W));
	assert_string_equal(user(1), "rw");
	/* Of another domain nothing is seen yet. */
	assert_int_equal(k_mem_domain_add_partition(&b, &p), 0);
	assert_string_equal(user(8), "");
	z_mem_domain_switch(&a, &b);
	assert_string_equal(user(8), "rw");
}

static void threads_are_of_one_domain(void **state)
{
	(void)state;
	init_two();
	assert_ptr_equal(thread_a.mem_domain_info.mem_domain, &k_mem_domain_default);
	assert_int_equal(k_mem_domain_add_thread(&a, &thread_a), 0);
	assert_ptr_equal(thread_a.mem_domain_info.mem_domain, &a);
	assert_string_equal(user(1), "rw"); /* it runs */
	assert_int_equal(k_mem_domain_add_thread(&b, &thread_b), 0);
	assert_string_equal(user(1), "rw");
	assert_int_equal(k_mem_domain_deinit(&a), -EBUSY);
	assert_int_equal(k_mem_domain_deinit(&b), -EBUSY);
	assert_int_equal(k_mem_domain_add_thread(&b, &thread_a), 0);
	assert_string_equal(user(1), "");
	assert_int_equal(k_mem_domain_deinit(&a), 0);
	z_mem_domain_exit_thread(&thread_b);
	assert_int_equal(k_mem_domain_deinit(&b), -EBUSY);
	z_mem_domain_init_thread(&thread_b, &thread_a);
	assert_ptr_equal(thread_b.mem_domain_info.mem_domain, &b);
}

static void partitions_are_inherited_all_or_none(void **state)
{
	struct k_mem_partition p = part(20, 1, RO_RO);

	(void)state;
	init_two();
	assert_int_equal(k_mem_domain_add_thread(&a, &thread_a), 0);
	assert_int_equal(k_mem_domain_inherit_thread_partitions(&b, &thread_a), -EINVAL);
	assert_int_equal(b.num_partitions, 1); /* pages 2 and 3 are in both */
	assert_int_equal(k_mem_domain_inherit_thread_partitions(NULL, &thread_a), -EINVAL);
	assert_int_equal(k_mem_domain_inherit_thread_partitions(&b, NULL), -EINVAL);
	assert_int_equal(k_mem_domain_deinit(&b), 0);
	assert_int_equal(k_mem_domain_init(&b, 0, NULL), 0);
	assert_int_equal(k_mem_domain_add_partition(&b, &p), 0);
	assert_int_equal(k_mem_domain_inherit_thread_partitions(&b, &thread_a), 0);
	assert_int_equal(b.num_partitions, 3);
	for (unsigned i = 0; i < CONFIG_MAX_DOMAIN_PARTITIONS - 3; i++) {
		p = part(22 + 2 * i, 1, RO_RO);
		assert_int_equal(k_mem_domain_add_partition(&b, &p), 0);
	}
	p = part(1, 2, RW_RW);
	assert_int_equal(k_mem_domain_remove_partition(&b, &p), 0);
	p = part(5, 1, RW_RW);
	assert_int_equal(k_mem_domain_remove_partition(&b, &p), 0);
	p = part(60, 1, RW_RW);
	assert_int_equal(k_mem_domain_add_partition(&b, &p), 0);
	assert_int_equal(k_mem_domain_inherit_thread_partitions(&b, &thread_a), -ENOSPC);
	assert_int_equal(b.num_partitions, CONFIG_MAX_DOMAIN_PARTITIONS - 1);
}

/* -- memory that comes and goes -- */

static void memory_of_k_mem_map_in_partitions(void **state)
{
	uint8_t *va = k_mem_map(4 * PAGE, RW), *again;
	struct k_mem_partition p = {(uintptr_t)va + PAGE, 2 * PAGE, RW_RW}, guard = p;

	(void)state;
	assert_int_equal(k_mem_domain_init(&a, 0, NULL), 0);
	guard.start = (uintptr_t)va - PAGE;
	assert_int_equal(k_mem_domain_add_partition(&a, &guard), -EINVAL);
	guard.start = (uintptr_t)va + 3 * PAGE;
	assert_int_equal(k_mem_domain_add_partition(&a, &guard), -EINVAL);
	assert_int_equal(k_mem_domain_add_partition(&a, &p), 0);
	z_mem_domain_switch(NULL, &a);
	assert_true(rig_works(va + PAGE, W | U));
	assert_false(rig_works(va, R | U));
	/* The whole may go, rights and all, and what is there next is nobody's until a switch. */
	k_mem_unmap(va, 4 * PAGE);
	again = k_mem_map(4 * PAGE, 0);
	assert_ptr_equal(again, va);
	assert_false(rig_works(va + PAGE, R | U));
	z_mem_domain_switch(&a, &k_mem_domain_default);
	assert_false(rig_works(va + PAGE, W));
	assert_true(rig_works(va + PAGE, R));
	k_mem_unmap(va, 4 * PAGE);
	z_mem_domain_switch(NULL, &a); /* denies, and says nothing */
	assert_int_equal(rig_said(), 0);
	assert_false(rig_works(va + PAGE, R));
}

/* New flags are what the mapping allows of itself from now on, and the domain's rights stand above them. */
static void flags_under_a_partition(void **state)
{
	struct k_mem_partition p = part(1, 2, RW_RW);

	(void)state;
	assert_int_equal(k_mem_domain_init(&a, 1, (struct k_mem_partition *[]){&p}), 0);
	z_mem_domain_switch(NULL, &a);
	assert_int_equal(k_mem_update_flags(page(0), 4 * PAGE, 0), 0);
	assert_string_equal(user(1), "rw");
	assert_false(rig_works(page(0), W));
	z_mem_domain_switch(&a, &k_mem_domain_default);
	assert_string_equal(user(1), "");
	assert_false(rig_works(page(1), W));
	assert_true(rig_works(page(1), R));
	/* Pages that are no longer alike have no rights from the domain, until they are again. */
	assert_int_equal(k_mem_update_flags(page(1), PAGE, RW), 0);
	z_mem_domain_switch(NULL, &a);
	assert_string_equal(user(1), "");
	assert_int_equal(k_mem_update_flags(page(0), 4 * PAGE, RW), 0);
	assert_string_equal(user(1), "rw");
	assert_int_equal(rig_said(), 0);
}

static void cache_modes_stay_unless_they_are_named(void **state)
{
	uint8_t *va = k_mem_map(2 * PAGE, RW | K_MEM_CACHE_NONE);
	struct k_mem_partition p = {(uintptr_t)va, PAGE, RW_RW};
	struct quire_extent_info info;

	(void)state;
	assert_int_equal(k_mem_domain_init(&a, 1, (struct k_mem_partition *[]){&p}), 0);
	z_mem_domain_switch(NULL, &a);
	assert_int_equal(quire_space_query(rig_space(), (uintptr_t)va, &info), 0);
	assert_int_equal(info.attr, R | W | U | QUIRE_UNCACHED);
	z_mem_domain_switch(NULL, &k_mem_domain_default);
	assert_int_equal(k_mem_domain_deinit(&a), 0);
	p = part(1, 1, K_MEM_PARTITION_P_RW_U_RW_NOCACHE);
	assert_int_equal(k_mem_domain_init(&a, 1, (struct k_mem_partition *[]){&p}), 0);
	z_mem_domain_switch(NULL, &a);
	assert_int_equal(quire_space_query(rig_space(), p.start, &info), 0);
	assert_int_equal(info.attr, R | W | U | QUIRE_UNCACHED);
	z_mem_domain_switch(NULL, &k_mem_domain_default);
	assert_int_equal(quire_space_query(rig_space(), p.start, &info), 0);
	assert_int_equal(info.attr, R | W);
	k_mem_unmap(va, 2 * PAGE);
}

/* -- a switch never fails -- */

/* Everything that takes descriptors or tables, until nothing is left. */
static unsigned exhaust(void)
{
	unsigned count = 0;
	uint8_t *va;

	while (k_mem_map(PAGE, RW) != NULL)
		count++;
	assert_int_equal(rig_said(), 1);
	while (quire_zephyr_map_phys_bare(&va, RAM_BASE, 1, 0) == 0)
		count++;
	for (unsigned i = 0; i < 20; i++)
		count += sys_mm_drv_map_page(page(IMAGE / PAGE + 3 * i), RAM_BASE, RW) == 0;
	for (unsigned i = 30; i < 60; i += 2)
		(void)k_mem_update_flags(page(i), PAGE, 0);
	return count;
}

static void assert_a_runs(void)
{
	z_mem_domain_switch(NULL, &a);
	for (unsigned i = 0; i < 8; i++)
		assert_string_equal(user(i), i % 2 ? "rw" : "");
}

static void assert_b_runs(void)
{
	z_mem_domain_switch(NULL, &b);
	for (unsigned i = 0; i < 8; i++)
		assert_string_equal(user(i), i == 0 || i == 6 ? "r" : "");
}

static void give_all_back(void)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info row;

	while (quire_space_next(rig_space(), &cursor, &row) == 0) {
		uint8_t *start = (uint8_t *)(uintptr_t)row.va;

		if (row.kind == QUIRE_CLAIMED && row.guards != 0)
			k_mem_unmap(start + PAGE, (size_t)row.size - 2 * PAGE);
		else if (row.kind == QUIRE_CLAIMED)
			k_mem_unmap_phys_bare(start, (size_t)row.size);
		else if (row.kind == QUIRE_MAPPED && row.va >= AT(IMAGE / PAGE))
			assert_int_equal(sys_mm_drv_unmap_page(start), 0);
	}
	assert_int_equal(k_mem_update_flags((void *)VM_BASE, IMAGE, RW), 0);
	assert_int_equal(rig_said(), 0);
}

/* With few descriptors: at each number of them, whatever was used up, and whichever domain ran then. */
static void descriptors_are_kept_for_switches(void **state)
{
	(void)state;
	for (unsigned mappings = 1; mappings < 40; mappings++) {
		struct k_mem_partition p = part(1, 1, RW_RW);
		int result = 0;

		rig_start(&(struct rig_plan){.mappings = mappings, .tables = 32});
		a = b = (struct k_mem_domain){0};
		assert_int_equal(k_mem_domain_init(&a, 0, NULL), 0);
		assert_int_equal(k_mem_domain_init(&b, 0, NULL), 0);
		for (unsigned i = 1; i < 8 && result == 0; i += 2) {
			p = part(i, 1, RW_RW);
			result = k_mem_domain_add_partition(&a, &p);
		}
		for (unsigned i = 0; i < 12 && result == 0; i += 6) {
			p = part(i, 1, RO_RO);
			result = k_mem_domain_add_partition(&b, &p);
		}
		assert_int_equal(result, mappings < 9 ? -ENOSPC : 0);
		for (unsigned round = 0; result == 0 && round < 3; round++) {
			z_mem_domain_switch(NULL, round == 0   ? &a
						  : round == 1 ? &b
							       : &k_mem_domain_default);
			assert_true(exhaust() + 20 > mappings || mappings > 30);
			assert_a_runs();
			assert_b_runs();
			assert_a_runs();
			rig_check();
			z_mem_domain_switch(NULL, &k_mem_domain_default);
			give_all_back();
		}
		z_mem_domain_switch(NULL, &k_mem_domain_default);
		assert_int_equal(k_mem_domain_deinit(&a), 0);
		assert_int_equal(k_mem_domain_deinit(&b), 0);
		assert_int_equal(rig_said(), 0);
		rig_stop();
	}
}

/* Split large pages wherever there are any, until no table is left that may be taken. */
static unsigned split_all(uint8_t *at, size_t size)
{
	unsigned split = 0;

	for (size_t i = 0; i < size; i += 0x200000)
		split += k_mem_update_flags(at + i + 16 * PAGE, PAGE, 0) == 0;
	return split;
}

/* With few tables: two partitions are a few pages of large ones, the second of them added while the domain
   runs or not, and everything else that takes tables is done until it fails. */
static unsigned tables_are_kept(unsigned tables, bool running)
{
	uint8_t *large, *direct;
	struct k_mem_partition p;
	unsigned kept = 0;

	rig_start(&(struct rig_plan){.mappings = 64, .tables = tables});
	a = (struct k_mem_domain){0};
	assert_int_equal(k_mem_domain_init(&a, 0, NULL), 0);
	k_mem_map_phys_bare(&large, RAM_BASE, 0x400000, RW);
	k_mem_map_phys_bare(&direct, RAM_BASE, RAM_SIZE, RW | K_MEM_DIRECT_MAP);
	for (unsigned i = 0; i < 2; i++) {
		p = (struct k_mem_partition){(uintptr_t)large + i * 0x200000 + PAGE, PAGE, RW_RW};
		kept += k_mem_domain_add_partition(&a, &p) == 0;
		if (running)
			z_mem_domain_switch(NULL, &a);
	}
	z_mem_domain_switch(NULL, &k_mem_domain_default);
	if (kept == 2) {
		assert_true(split_all(direct, RAM_SIZE) < 4 || tables > 9);
		z_mem_domain_switch(NULL, &a);
		assert_true(rig_works(large + PAGE, W | U));
		assert_true(rig_works(large + 0x200000 + PAGE, W | U));
		z_mem_domain_switch(NULL, &k_mem_domain_default);
	}
	rig_check();
	k_mem_unmap_phys_bare(direct, RAM_SIZE);
	k_mem_unmap_phys_bare(large, 0x400000);
	assert_int_equal(k_mem_domain_deinit(&a), 0);
	assert_int_equal(rig_said(), 0);
	rig_stop();
	return kept;
}

static void tables_are_kept_for_switches(void **state)
{
	unsigned kept = 0;

	(void)state;
	for (unsigned tables = 4; tables < 14; tables++) {
		unsigned resting = tables_are_kept(tables, false);

		assert_int_equal(tables_are_kept(tables, true), resting);
		kept += resting == 2;
	}
	assert_true(kept > 4);
}

/* Rights that a port does not let be given are not there, and those that it does not let be taken back are
   taken back as soon as it does. */
static void what_a_port_refuses_is_done_later(void **state)
{
	(void)state;
	init_two();
	rig_refuse = true;
	z_mem_domain_switch(NULL, &a);
	assert_int_equal(rig_said(), 1);
	assert_string_equal(user(1), "");
	rig_refuse = false;
	z_mem_domain_switch(&a, &b);
	rig_refuse = true;
	z_mem_domain_switch(&b, &a);
	assert_int_equal(rig_said(), 1);
	assert_string_equal(user(3), "r");
	rig_refuse = false;
	z_mem_domain_switch(&a, &k_mem_domain_default);
	assert_string_equal(user(3), "");
	z_mem_domain_switch(&k_mem_domain_default, &a);
	assert_string_equal(user(1), "rw");
	assert_int_equal(rig_said(), 0);
}

/* Every failure of a change to a domain changes nothing. */
static void changes_that_fail_change_nothing(void **state)
{
	(void)state;
	init_two();
	z_mem_domain_switch(NULL, &a);
	for (unsigned n = 1; n < 40; n++) {
		struct k_mem_partition p = part(8, 2, RW_RW);
		int result;

		rig_fail_port = n;
		result = k_mem_domain_add_partition(&b, &p);
		if (result == 0) {
			assert_int_equal(k_mem_domain_remove_partition(&b, &p), 0);
			rig_fail_port = 0;
		}
		z_mem_domain_switch(&a, &k_mem_domain_default);
		assert_string_equal(user(1), "");
		assert_string_equal(user(5), "");
		z_mem_domain_switch(NULL, &a);
		assert_string_equal(user(1), "rw");
		assert_string_equal(user(5), "r");
		assert_string_equal(user(8), "");
		assert_int_equal(b.num_partitions, 1);
		(void)rig_said();
	}
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(variables_are_where_the_linker_put_them),
		test(wrong_partitions_are_refused),
		test(partitions_of_one_do_not_overlap),
		test(a_domain_can_be_full),
		test(a_switch_takes_and_gives),
		test(the_running_domain_changes_at_once),
		test(threads_are_of_one_domain),
		test(partitions_are_inherited_all_or_none),
		test(memory_of_k_mem_map_in_partitions),
		test(flags_under_a_partition),
		test(cache_modes_stay_unless_they_are_named),
		cmocka_unit_test(descriptors_are_kept_for_switches),
		cmocka_unit_test(tables_are_kept_for_switches),
		test(what_a_port_refuses_is_done_later),
		test(changes_that_fail_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
