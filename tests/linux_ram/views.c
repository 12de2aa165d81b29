/* SPDX-License-Identifier: Apache-2.0 */
/* The two views: every page is what its attributes say in each, however often they change. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rig.h"

#include <string.h>
#include <sys/mman.h>

static struct quire_linux_ram *machine;
static struct quire_space *space;

static int set_up(void **state)
{
	struct quire_linux_ram_options options;

	(void)state;
	rig_options(&options);
	machine = rig_open(&options);
	space = quire_linux_ram_space(machine);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	quire_linux_ram_close(machine);
	return 0;
}

static void assert_page(quire_va va, unsigned attr, bool user)
{
	bool visible = !user || (attr & QUIRE_USER) != 0;

	assert_int_equal(rig_reads(va), visible && (attr & (QUIRE_READ | QUIRE_WRITE)) != 0);
	assert_int_equal(quire_linux_ram_view(machine, user), QUIRE_OK); /* a fault left it */
	assert_int_equal(rig_writes(va, 1), visible && (attr & QUIRE_WRITE) != 0);
	assert_int_equal(quire_linux_ram_view(machine, user), QUIRE_OK);
}

/* All orders of three pages with all attributes, side by side. */
static void test_each_page_is_as_its_attributes_say(void **state)
{
	static const unsigned attrs[] = {QUIRE_READ, QUIRE_READ | QUIRE_WRITE,
					 QUIRE_READ | QUIRE_USER,
					 QUIRE_READ | QUIRE_WRITE | QUIRE_USER, 0 /* not mapped */};
	quire_va base = VM_BASE + 16 * PAGE;

	(void)state;
	for (unsigned n = 0; n < 125; n++) {
		const unsigned attr[3] = {attrs[n % 5], attrs[n / 5 % 5], attrs[n / 25]};

		for (unsigned i = 0; i < 3; i++) {
			struct quire_want want = {.pa = RAM_BASE + i * PAGE,
						  .size = PAGE,
						  .target = QUIRE_RAM,
						  .attr = (uint8_t)attr[i],
						  .flags = QUIRE_SHARED};
			struct quire_got got;

			if (attr[i] != 0)
				assert_int_equal(
					quire_space_map_at(space, base + i * PAGE, &want, &got),
					QUIRE_OK);
		}
		for (unsigned turn = 0; turn < 4; turn++) {
			assert_int_equal(quire_linux_ram_view(machine, turn % 2 == 0), QUIRE_OK);
			assert_int_equal(quire_linux_ram_is_user(machine), turn % 2 == 0);
			for (unsigned i = 0; i < 3; i++)
				assert_page(base + i * PAGE, attr[i], turn % 2 == 0);
		}
		assert_int_equal(quire_linux_ram_view(machine, false), QUIRE_OK);
		for (unsigned i = 0; i < 3; i++)
			if (attr[i] != 0)
				assert_int_equal(quire_space_unmap(space, base + i * PAGE),
						 QUIRE_OK);
	}
}

static void test_a_fault_of_user_mode_says_so_and_is_handled_in_the_kernel(void **state)
{
	quire_va va = rig_map(space, RAM_BASE, PAGE, QUIRE_READ | QUIRE_WRITE);

	(void)state;
	assert_int_equal(quire_linux_ram_view(machine, true), QUIRE_OK);
	assert_false(rig_writes(va, 1));
	assert_true(rig_fault.raw.user);
	assert_false(quire_linux_ram_is_user(machine));
	assert_true(rig_writes(va, 1));
}

/* What is mapped while user mode looks is as it should be too. */
static void test_changes_in_the_user_view(void **state)
{
	quire_va kernel, user;

	(void)state;
	assert_int_equal(quire_linux_ram_view(machine, true), QUIRE_OK);
	kernel = rig_map(space, RAM_BASE, PAGE, QUIRE_READ);
	user = rig_map(space, RAM_BASE + PAGE, PAGE, QUIRE_READ | QUIRE_USER);
	assert_true(rig_reads(user));
	assert_false(rig_reads(kernel));
	assert_true(rig_reads(kernel)); /* the kernel's view by now */
	assert_int_equal(quire_linux_ram_view(machine, true), QUIRE_OK);
	assert_int_equal(quire_space_protect(space, kernel, PAGE, QUIRE_READ | QUIRE_USER, 0),
			 QUIRE_OK);
	assert_int_equal(quire_space_protect(space, user, PAGE, QUIRE_READ, 0), QUIRE_OK);
	assert_true(rig_reads(kernel));
	assert_false(rig_reads(user));
}

static void test_a_view_costs_a_call_for_each_run(void **state)
{
	struct quire_linux_ram_counts before, after;

	(void)state;
	(void)rig_map(space, RAM_BASE, 8 * PAGE, QUIRE_READ);
	(void)rig_map(space, RAM_BASE + 8 * PAGE, 4 * PAGE, QUIRE_READ | QUIRE_USER);
	(void)rig_map(space, RAM_BASE + 12 * PAGE, 4 * PAGE, QUIRE_READ | QUIRE_WRITE);
	assert_int_equal(quire_linux_ram_counts(machine, &before), QUIRE_OK);
	assert_int_equal(quire_linux_ram_view(machine, true), QUIRE_OK);
	assert_int_equal(quire_linux_ram_view(machine, true), QUIRE_OK);
	assert_int_equal(quire_linux_ram_counts(machine, &after), QUIRE_OK);
	assert_int_equal(after.protects - before.protects, 2);
	assert_int_equal(after.views - before.views, 1);
}

/* A view that fails half way is the old one. */
static void test_a_view_that_fails_changes_nothing(void **state)
{
	quire_va va[4];
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		va[i] = rig_map(space, RAM_BASE + i * 2 * PAGE, PAGE,
				QUIRE_READ | (i % 2 == 0 ? 0 : QUIRE_USER | QUIRE_WRITE));
	for (unsigned direction = 0; direction < 2; direction++) {
		for (unsigned n = 1; n <= 2; n++) {
			rig_host = (struct rig_host){.fail_at = n};
			assert_int_equal(quire_linux_ram_view(machine, direction == 0),
					 QUIRE_EPORT);
			rig_host = (struct rig_host){0};
			assert_int_equal(quire_linux_ram_is_user(machine), direction == 1);
			quire_linux_ram_refusal(machine, why);
			assert_non_null(strstr(why, "view"));
		}
		for (unsigned i = 0; direction == 0 && i < 4; i++)
			assert_true(rig_reads(va[i]));
		assert_int_equal(quire_linux_ram_view(machine, direction == 0), QUIRE_OK);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_true(rig_reads(va[i]));
}

/* -- adopted addresses -- */

static void test_what_the_caller_has_there_stays_until_it_is_mapped(void **state)
{
	uint8_t *own =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct quire_linux_ram_options options;
	struct quire_linux_ram_window windows[2];
	struct quire_want want = {.pa = RAM_BASE,
				  .size = 2 * PAGE,
				  .target = QUIRE_RAM,
				  .attr = QUIRE_READ | QUIRE_WRITE};
	struct quire_got got;

	(void)state;
	assert_true(own != MAP_FAILED);
	memset(own, 0x77, 4 * PAGE);
	rig_options(&options);
	windows[0] = *options.window;
	windows[1] = (struct quire_linux_ram_window){"own",          (uintptr_t)own,  4 * PAGE,
						     QUIRE_CAP_MASK, QUIRE_PLACE_LOW, true};
	options.window = windows;
	options.window_count = 2;
	machine = rig_open(&options);
	space = quire_linux_ram_space(machine);
	assert_int_equal(own[PAGE], 0x77);
	memcpy(quire_linux_ram_at(machine, RAM_BASE), own, 2 * PAGE);
	assert_int_equal(quire_space_map_at(space, (uintptr_t)own, &want, &got), QUIRE_OK);
	assert_int_equal(own[5], 0x77);
	own[5] = 1;
	assert_int_equal(*(uint8_t *)quire_linux_ram_at(machine, RAM_BASE + 5), 1);
	assert_int_equal(quire_linux_ram_view(machine, true), QUIRE_OK);
	assert_true(rig_reads((uintptr_t)own + 2 * PAGE)); /* not mapped: still the caller's */
	assert_false(rig_reads((uintptr_t)own));
	quire_linux_ram_close(machine);
	assert_int_equal(own[5], 1); /* as they are */
	munmap(own, 4 * PAGE);
}

/* cmocka has handlers of its own, installed before each function of a test. */
#define WITH(begin, test)                                                                          \
	static void in_##test(void **state)                                                        \
	{                                                                                          \
		(void)begin(state);                                                                \
		test(state);                                                                       \
		(void)tear_down(state);                                                            \
	}
WITH(set_up, test_each_page_is_as_its_attributes_say)
WITH(set_up, test_a_fault_of_user_mode_says_so_and_is_handled_in_the_kernel)
WITH(set_up, test_changes_in_the_user_view)
WITH(set_up, test_a_view_costs_a_call_for_each_run)
WITH(set_up, test_a_view_that_fails_changes_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_test_each_page_is_as_its_attributes_say),
		cmocka_unit_test(in_test_a_fault_of_user_mode_says_so_and_is_handled_in_the_kernel),
		cmocka_unit_test(in_test_changes_in_the_user_view),
		cmocka_unit_test(in_test_a_view_costs_a_call_for_each_run),
		cmocka_unit_test(in_test_a_view_that_fails_changes_nothing),
		cmocka_unit_test(test_what_the_caller_has_there_stays_until_it_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
