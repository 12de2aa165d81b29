/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vm.h promises, sentence by sentence.
 */
#include "vm/rig.h"

#include <string.h>

#include "quire/port/aarch64.h"
#include "quire/port/riscv.h"
#include "quire/port/x86.h"

static struct rig rig;

static struct rig *start(struct rig_plan plan)
{
	rig_start(&rig, &plan);
	return &rig;
}

static struct rig *usual(void)
{
	return start(rig_plan(&quire_mmu_sv39));
}

static quire_va map(struct rig *r, unsigned pages, unsigned attr, unsigned flags)
{
	assert_int_equal(rig_map(r, pages, attr, flags), 0);
	return r->got;
}

static int unmap(struct rig *r, quire_va va, unsigned pages)
{
	return quire_vm_unmap(&r->vm, va, (quire_size)pages * PAGE);
}

/* -- placing -- */

static void from_the_top_down_between_guards(void **state)
{
	struct rig *r = usual();
	quire_va first, second;

	(void)state;
	first = map(r, 3, RW, GUARDS);
	assert_true(first == rig_va(r, 64 - 4));
	second = map(r, 1, RW, GUARDS);
	assert_true(second == first - 3 * PAGE);
	rig_must_fault(r, first - 1, R);
	rig_must_fault(r, first + 3 * PAGE, R);
	rig_must_fault(r, second - 1, R);
	rig_must_fault(r, second + PAGE, R);
	assert_true(rig_all(r, first, 3 * PAGE, 0));
	rig_write(r, first, 1);
	rig_write(r, first + 3 * PAGE - 1, 2);
	assert_int_equal(rig_read(r, first), 1);
	assert_true(rig_stats(r).mappings == 2 && rig_stats(r).anonymous == 4 * PAGE &&
		    rig_stats(r).guards == 4 * PAGE);
	rig_check(r);
	assert_int_equal(unmap(r, first, 3), 0);
	rig_must_fault(r, first, R);
	assert_true(map(r, 3, R, GUARDS) == first); /* the same address again */
	assert_true(rig_all(r, first, 3 * PAGE, 0));
	assert_int_equal(unmap(r, first, 3), 0);
	assert_int_equal(unmap(r, second, 1), 0);
	rig_stop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_top_down_between_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
