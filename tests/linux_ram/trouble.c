/* SPDX-License-Identifier: Apache-2.0 */
/* A host that has no more kernel mappings, and one that fails in the middle of a change. */
#include "rig.h"

#include <string.h>

static struct quire_linux_ram *machine;
static struct quire_space *space;
static struct quire_linux_ram_options options;

static void open_machine(void)
{
	machine = rig_open(&options);
	space = quire_linux_ram_space(machine);
}

static int map_one(quire_pa pa, quire_va *va)
{
	struct quire_want want = {.pa = pa,
				  .size = 2 * PAGE,
				  .target = QUIRE_RAM,
				  .attr = QUIRE_READ | QUIRE_WRITE,
				  .flags = QUIRE_SHARED};
	struct quire_got got;
	int result = quire_space_map(space, &want, &got);

	*va = got.va;
	return result;
}

static void test_a_change_without_room_is_refused(void **state)
{
	char why[QUIRE_LINUX_TEXT];
	quire_va va;

	(void)state;
	rig_options(&options);
	options.kernel_mappings = 1; /* that the process may have: it has more */
	open_machine();
	assert_int_equal(map_one(RAM_BASE, &va), QUIRE_EPORT);
	quire_linux_ram_refusal(machine, why);
	assert_non_null(strstr(why, "kernel mappings"));
	quire_linux_ram_close(machine);
}

/* So many as there are, and then no more; what goes makes room. */
static void test_room_is_counted(void **state)
{
	struct quire_linux_ram_counts counts;
	quire_va va[64];
	unsigned n = 0;

	(void)state;
	rig_options(&options);
	options.kernel_mappings = 200; /* 128 are kept, and the process has some dozens */
	open_machine();
	while (n < 60 && map_one(RAM_BASE + n * PAGE, &va[n]) == QUIRE_OK)
		n++;
	assert_true(n > 4 && n < 60);
	for (unsigned i = 0; i < 5; i++) /* side by side, so that the holes are one */
		assert_int_equal(quire_space_unmap(space, va[i]), QUIRE_OK);
	assert_int_equal(map_one(RAM_BASE + 61 * PAGE, &va[0]), QUIRE_OK);
	assert_int_equal(quire_linux_ram_counts(machine, &counts), QUIRE_OK);
	assert_true(counts.censuses > 0 && counts.censuses <= n + 3);
	quire_linux_ram_close(machine);
}

/* Both pages are lost, or one; the next changes are refused until they are there. */
static void test_lost_pages_come_back(void **state)
{
	struct quire_linux_ram_counts counts;
	char why[QUIRE_LINUX_TEXT];
	quire_va a, b;

	(void)state;
	rig_options(&options);
	open_machine();
	rig_host = (struct rig_host){.fail_at = 1, .for_ever = true};
	assert_int_equal(map_one(RAM_BASE, &a), QUIRE_OK);
	assert_int_equal(map_one(RAM_BASE + 8 * PAGE, &b), QUIRE_EPORT);
	rig_host = (struct rig_host){0};
	assert_int_equal(quire_linux_ram_counts(machine, &counts), QUIRE_OK);
	assert_int_equal(counts.failures, 4);
	quire_linux_ram_refusal(machine, why);
	assert_non_null(strstr(why, "2 pages"));
	assert_int_equal(map_one(RAM_BASE + 8 * PAGE, &b), QUIRE_EPORT); /* told once more */
	assert_true(rig_writes(a, 5) && rig_writes(a + PAGE, 6));
	assert_int_equal(map_one(RAM_BASE + 8 * PAGE, &b), QUIRE_OK);
	assert_true(rig_writes(b, 7));
	quire_linux_ram_close(machine);
}

static void test_pages_are_tried_one_by_one(void **state)
{
	quire_va a;

	(void)state;
	rig_options(&options);
	open_machine();
	rig_host = (struct rig_host){.fail_at = 1}; /* the run; then each page works */
	assert_int_equal(map_one(RAM_BASE, &a), QUIRE_OK);
	assert_true(rig_writes(a, 5) && rig_writes(a + PAGE, 6));
	assert_int_equal(*(uint8_t *)quire_linux_ram_at(machine, RAM_BASE + PAGE), 6);
	assert_int_equal(quire_space_unmap(space, a), QUIRE_OK);
	quire_linux_ram_close(machine);
}

static void test_what_is_lost_can_be_given_up(void **state)
{
	quire_va a;

	(void)state;
	rig_options(&options);
	open_machine();
	rig_host = (struct rig_host){.fail_at = 1, .for_ever = true};
	assert_int_equal(map_one(RAM_BASE, &a), QUIRE_OK);
	rig_host = (struct rig_host){0};
	assert_int_equal(quire_space_unmap(space, a), QUIRE_OK);
	assert_int_equal(map_one(RAM_BASE, &a), QUIRE_OK);
	assert_true(rig_writes(a, 5));
	quire_linux_ram_close(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_without_room_is_refused),
		cmocka_unit_test(test_room_is_counted),
		cmocka_unit_test(test_lost_pages_come_back),
		cmocka_unit_test(test_pages_are_tried_one_by_one),
		cmocka_unit_test(test_what_is_lost_can_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
