/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call, and every failure below it: the n-th lock of the space or of the frames that cannot be had,
 * the n-th change that the port refuses, tables and descriptors that run out.  A call either does all that it
 * says or leaves the map, the frames and the tables as they were.
 */
#include <string.h>

#include "rig.h"

#include <kernel_arch_interface.h>
#include <mmu.h>
#include <zephyr/app_memory/mem_domain.h>
#include <zephyr/drivers/mm/system_mm.h>

#define RW   K_MEM_PERM_RW
#define FREE ((uint8_t *)(VM_BASE + IMAGE))

enum { ROWS = 128 };

/* What is there before: three mappings and a domain. */
static struct {
	uint8_t *anonymous, *physical, *bare;
	struct k_mem_domain domain;
} was;

/* All that can be seen of it. */
struct picture {
	struct quire_extent_info row[ROWS];
	uint32_t rows;
	size_t free;
	unsigned descriptors, tables;
};

static void take(struct picture *p)
{
	memset(p, 0, sizeof(*p));
	assert_int_equal(quire_space_snapshot(rig_space(), p->row, ROWS, &p->rows), 0);
	assert_true(p->rows <= ROWS);
	p->free = k_mem_free_get();
	p->descriptors = rig_descriptors();
	p->tables = rig_tables();
}

static void assert_row(const struct quire_extent_info *a, const struct quire_extent_info *b)
{
	assert_int_equal(a->va, b->va);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->attr, b->attr);
	assert_int_equal(a->pa, b->pa);
	assert_int_equal(a->guards, b->guards);
}

static void assert_same(const struct picture *a, const struct picture *b)
{
	assert_int_equal(a->rows, b->rows);
	for (uint32_t i = 0; i < a->rows; i++)
		assert_row(&a->row[i], &b->row[i]);
	assert_int_equal(a->free, b->free);
	assert_int_equal(a->descriptors, b->descriptors);
	assert_int_equal(a->tables, b->tables);
}

static void begin(const struct rig_plan *plan)
{
	struct k_mem_partition part = {VM_BASE + PAGE, PAGE, K_MEM_PARTITION_P_RW_U_RW};
	struct k_mem_partition *parts[] = {&part};

	rig_start(plan);
	was.domain = (struct k_mem_domain){0};
	assert_int_equal(k_mem_domain_init(&was.domain, 1, parts), 0);
	z_mem_domain_switch(NULL, &was.domain);
	was.anonymous = k_mem_map(3 * PAGE, RW);
	was.physical = k_mem_map_phys_guard(RAM_BASE, 2 * PAGE, RW, false);
	k_mem_map_phys_bare(&was.bare, RAM_BASE + PAGE, 2 * PAGE, RW);
}

static void end(void)
{
	z_mem_domain_switch(NULL, NULL);
	assert_int_equal(k_mem_domain_deinit(&was.domain), 0);
	(void)quire_zephyr_unmap_phys_guard(was.anonymous, 3 * PAGE, true);
	(void)quire_zephyr_unmap_phys_guard(was.physical, 2 * PAGE, false);
	(void)quire_zephyr_unmap_phys_bare(was.bare, 2 * PAGE);
	(void)rig_said();
	rig_stop();
}

/* -- the calls: true if it did what it says; `undo` takes that back -- */

struct call {
	const char *name;
	bool (*make)(void);
	void (*undo)(void);
};

static uint8_t *got;

static bool map(void)
{
	got = k_mem_map(2 * PAGE, RW | K_MEM_MAP_LOCK);
	return got != NULL;
}

static void undo_map(void)
{
	assert_int_equal(quire_zephyr_unmap_phys_guard(got, 2 * PAGE, true), 0);
}

static bool map_large(void)
{
	got = k_mem_map(0x400000, RW);
	return got != NULL;
}

static void undo_map_large(void)
{
	assert_int_equal(quire_zephyr_unmap_phys_guard(got, 0x400000, true), 0);
}

static bool map_guarded(void)
{
	got = k_mem_map_phys_guard(DEVICE, 2 * PAGE, RW | K_MEM_CACHE_NONE, false);
	return got != NULL;
}

static void undo_map_guarded(void)
{
	assert_int_equal(quire_zephyr_unmap_phys_guard(got, 2 * PAGE, false), 0);
}

static bool map_bare(void)
{
	return quire_zephyr_map_phys_bare(&got, RAM_BASE + 5, 0x200000, RW) == 0;
}

static void undo_map_bare(void)
{
	assert_int_equal(quire_zephyr_unmap_phys_bare(got, 0x200000), 0);
}

static bool map_direct(void)
{
	return quire_zephyr_map_phys_bare(&got, RAM_BASE + 0x200000, PAGE, RW | K_MEM_DIRECT_MAP) ==
	       0;
}

static void undo_map_direct(void)
{
	assert_int_equal(quire_zephyr_unmap_phys_bare(got, PAGE), 0);
}

static bool unmap(void)
{
	return quire_zephyr_unmap_phys_guard(was.anonymous, 3 * PAGE, true) == 0;
}

static bool unmap_guarded(void)
{
	return quire_zephyr_unmap_phys_guard(was.physical, 2 * PAGE, false) == 0;
}

static bool unmap_bare(void)
{
	return quire_zephyr_unmap_phys_bare(was.bare, 2 * PAGE) == 0;
}

static bool update(void)
{
	return k_mem_update_flags(was.anonymous + PAGE, PAGE, 0) == 0;
}

static void undo_update(void)
{
	assert_int_equal(k_mem_update_flags(was.anonymous + PAGE, PAGE, RW), 0);
}

/* The image and its partition: other flags for a page on either side, too. */
static bool update_image(void)
{
	return k_mem_update_flags((void *)VM_BASE, 3 * PAGE, K_MEM_PERM_EXEC) == 0;
}

static void undo_update_image(void)
{
	assert_int_equal(k_mem_update_flags((void *)VM_BASE, 3 * PAGE, RW), 0);
}

static struct k_mem_partition added = {VM_BASE + 4 * PAGE, 2 * PAGE, K_MEM_PARTITION_P_RO_U_RO};

static bool add(void)
{
	return k_mem_domain_add_partition(&was.domain, &added) == 0;
}

static void undo_add(void)
{
	assert_int_equal(k_mem_domain_remove_partition(&was.domain, &added), 0);
}

static bool architecture(void)
{
	return arch_mem_map(FREE + PAGE, RAM_BASE, 3 * PAGE, RW) == 0;
}

static void undo_architecture(void)
{
	assert_int_equal(arch_mem_unmap(FREE + PAGE, 3 * PAGE), 0);
}

static bool driver(void)
{
	uintptr_t pages[] = {RAM_BASE, RAM_BASE + 3 * PAGE, RAM_BASE + 4 * PAGE, RAM_BASE + PAGE};

	return sys_mm_drv_map_array(FREE + PAGE, pages, 4, RW) == 0;
}

static void undo_driver(void)
{
	assert_int_equal(sys_mm_drv_unmap_region(FREE + PAGE, 4 * PAGE), 0);
}

static const struct call calls[] = {
	{"map", map, undo_map},
	{"map large", map_large, undo_map_large},
	{"map guarded", map_guarded, undo_map_guarded},
	{"map bare", map_bare, undo_map_bare},
	{"map direct", map_direct, undo_map_direct},
	{"unmap", unmap, NULL},
	{"unmap guarded", unmap_guarded, NULL},
	{"unmap bare", unmap_bare, NULL},
	{"update", update, undo_update},
	{"update image", update_image, undo_update_image},
	{"add a partition", add, undo_add},
	{"architecture", architecture, undo_architecture},
	{"driver", driver, undo_driver},
};

/* -- the failures -- */

/* Make a call of which the n-th of something fails, if `which` is not NULL; returns whether it did what it
   says. */
static bool attempt_with(const struct call *call, unsigned *which, unsigned n)
{
	static struct picture before, after;
	bool done;

	take(&before);
	if (which != NULL)
		*which = n;
	done = call->make();
	rig_fail_space = rig_fail_frames = rig_fail_port = 0;
	if (done && call->undo != NULL)
		call->undo();
	if (!done || call->undo != NULL) {
		take(&after);
		assert_same(&before, &after);
		assert_true(rig_works((void *)(VM_BASE + PAGE), W | U));
	}
	rig_check();
	return done;
}

static bool attempt(const struct call *call)
{
	return attempt_with(call, NULL, 0);
}

static void fail_each(unsigned *which)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		unsigned done = 0;

		for (unsigned n = 1; n < 60; n++) {
			begin(&(struct rig_plan){.mappings = 64, .tables = 24});
			done += attempt_with(&calls[i], which, n);
			end();
		}
		assert_true(done > 0); /* it has been gone through */
	}
}

static void locks_of_the_space(void **state)
{
	(void)state;
	fail_each(&rig_fail_space);
}

static void locks_of_the_frames(void **state)
{
	(void)state;
	fail_each(&rig_fail_frames);
}

static void changes_of_the_port(void **state)
{
	(void)state;
	fail_each(&rig_fail_port);
}

static void descriptors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		unsigned done = 0;

		for (unsigned mappings = 9; mappings < 20; mappings++) {
			begin(&(struct rig_plan){.mappings = mappings, .tables = 24});
			done += attempt(&calls[i]);
			end();
		}
		assert_true(done > 0);
	}
}

static void tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		unsigned done = 0;

		for (unsigned count = 4; count < 16; count++) {
			begin(&(struct rig_plan){.mappings = 64, .tables = count});
			done += attempt(&calls[i]);
			end();
		}
		assert_true(done > 0);
	}
}

/* A machine whose entries cannot say how to cache: what is asked for is taken for what there is. */
static void one_cache_mode(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		begin(&(struct rig_plan){.mappings = 64, .tables = 24, .one_mode = true});
		assert_true(attempt(&calls[i]));
		end();
	}
	begin(&(struct rig_plan){.mappings = 64, .tables = 24, .one_mode = true});
	for (uint32_t mode = 0; mode < 6; mode++) {
		assert_int_equal(k_mem_update_flags(was.anonymous, PAGE, RW | mode), 0);
		got = k_mem_map(PAGE, RW | mode);
		assert_non_null(got);
		k_mem_unmap(got, PAGE);
		assert_int_equal(quire_zephyr_map_phys_bare(&got, DEVICE, 1, RW | mode), 0);
		assert_int_equal(quire_zephyr_unmap_phys_bare(got, 1), 0);
		assert_int_equal(sys_mm_drv_map_page(FREE, DEVICE, mode), 0);
		assert_int_equal(sys_mm_drv_unmap_page(FREE), 0);
	}
	added.attr = K_MEM_PARTITION_P_RO_U_RO_NOCACHE;
	assert_true(attempt(&calls[10]));
	added.attr = K_MEM_PARTITION_P_RO_U_RO;
	assert_int_equal(rig_said(), 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_of_the_space),
		cmocka_unit_test(locks_of_the_frames),
		cmocka_unit_test(changes_of_the_port),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(tables),
		cmocka_unit_test(one_cache_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
