/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Create, switch, destroy: what each space sees, what comes back, and every way in which it fails.
 */
#include <string.h>

#include "space/private.h" /* before `m` is everybody's */

#include "address_space/machine.h"

static struct machine before;

static int setup(void **state)
{
	(void)state;
	machine_init(true);
	return 0;
}

/* -- begin -- */

static void expect_init(int expected, struct quire_address_spaces all)
{
	assert_int_equal(quire_address_spaces_init(&all), expected);
}

static void test_init(void **state)
{
	static struct quire_mmu flat;
	struct quire_address_spaces all = m.all;
	struct quire_address_range two[2] = {m.shared[0], m.shared[1]};
	struct quire_walker walker = {.mmu = &flat};
	struct quire_space one = {.walker = &walker};

	(void)state;
	assert_int_equal(quire_address_spaces_init(NULL), QUIRE_ENULL);
	all.contexts = NULL;
	expect_init(QUIRE_ENULL, all);
	all = m.all;
	all.cpu = NULL;
	expect_init(QUIRE_ENULL, all);
	flat = quire_mmu_sv39;
	flat.levels = 1;
	all = m.all;
	all.kernel = &one;
	expect_init(QUIRE_EFLAG, all);
	all = m.all;
	all.shared = NULL;
	expect_init(QUIRE_ENULL, all);
	all = m.all;
	all.shared = two;
	two[1].size = 0;
	expect_init(QUIRE_EZERO, all);
	two[1].size = LARGE;
	expect_init(QUIRE_EALIGN, all);
	two[1] = (struct quire_address_range){KERNEL + PAGE, SHARED_SIZE};
	expect_init(QUIRE_EALIGN, all);
	two[1].walk = 0x7fc0000000;
	expect_init(QUIRE_EBEYOND, all);
	two[1].walk = 0xffffffffc0000000;
	expect_init(QUIRE_EBEYOND, all);
	/* Three tables are made, and of the seven four are left: two and three more are too many. */
	assert_int_equal(m.kernel_walker.pool.free, ROOM - 4);
	two[0] = (struct quire_address_range){0, SHARED_SIZE};
	two[1] = (struct quire_address_range){SHARED_SIZE, 3 * (quire_size)0x40000000};
	expect_init(QUIRE_ETABLES, all);
	assert_int_equal(m.kernel_walker.pool.free, ROOM - 4);
	m.fail_lock = m.locks + 1;
	expect_init(QUIRE_EAGAIN, all);
	expect_init(QUIRE_OK, m.all); /* once more does nothing */
	assert_int_equal(m.kernel_walker.pool.free, ROOM - 4);
}

/* -- what is seen -- */

/* The kernel's part is the same everywhere, also what is mapped later; the others are their own. */
static void test_isolated(void **state)
{
	(void)state;
	machine_map(&m.kernel, KERNEL, RAM, PAGE);
	assert_int_equal(machine_create(0), QUIRE_OK);
	assert_int_equal(machine_create(1), QUIRE_OK);
	machine_map(&m.space[0].space, USER, RAM + 0x10000, PAGE);
	machine_map(&m.space[1].space, USER, RAM + 0x20000, PAGE);
	machine_map(&m.space[1].space, USER + LARGE, RAM + LARGE, LARGE);
	machine_map(&m.kernel, KERNEL + LARGE, RAM + 0x30000, PAGE);
	assert_int_equal(machine_switch(0, 0), QUIRE_OK);
	assert_int_equal(machine_switch(1, 1), QUIRE_OK);
	machine_map(&m.kernel, KERNEL + 2 * LARGE, RAM + 4 * LARGE, LARGE);
	machine_map(&m.kernel, DEVICES + PAGE, RAM + 0x50000, PAGE);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		assert_true(machine_look(cpu, KERNEL + 8) == RAM + 8);
		assert_true(machine_look(cpu, KERNEL + LARGE) == RAM + 0x30000);
		assert_true(machine_look(cpu, DEVICES + PAGE) == RAM + 0x50000);
		assert_true(machine_look(cpu, KERNEL + 3 * LARGE - 1) == RAM + 5 * LARGE - 1);
	}
	assert_true(machine_look(0, USER) == RAM + 0x10000);
	assert_true(machine_look(1, USER) == RAM + 0x20000);
	assert_true(machine_look(0, USER + LARGE) == 0);
	assert_true(machine_look(1, USER + LARGE) == RAM + LARGE);
	/* And what the kernel takes away is gone everywhere. */
	assert_int_equal(quire_space_unmap(&m.kernel, KERNEL), QUIRE_OK);
	assert_true(machine_look(0, KERNEL) == 0 && machine_look(1, KERNEL) == 0);
	assert_int_equal(machine_switch(1, 0), QUIRE_OK);
	assert_true(machine_look(1, USER) == RAM + 0x10000);
	assert_int_equal(machine_switch(1, -1), QUIRE_OK);
	assert_true(machine_look(1, USER) == 0 && machine_look(1, KERNEL + LARGE) != 0);
	assert_int_equal(quire_space_check(&m.kernel, NULL), QUIRE_OK);
	assert_int_equal(quire_space_check(&m.space[0].space, NULL), QUIRE_OK);
	assert_int_equal(m.full, 0);
}

/* Everything comes back: parts, shares, reservations, large pages, and the kernel's entries go. */
static void test_destroy(void **state)
{
	struct quire_space *s = &m.space[0].space;
	const struct quire_want again = {.pa = RAM + LARGE, .size = PAGE, .attr = QUIRE_READ};
	struct quire_got got;

	(void)state;
	assert_int_equal(machine_create(0), QUIRE_OK);
	assert_false(machine_clean(0));
	machine_map(s, USER, RAM, 5 * PAGE);
	assert_int_equal(quire_space_protect(s, USER + PAGE, PAGE, QUIRE_READ, 0), QUIRE_OK);
	machine_map(s, USER + LARGE, RAM + LARGE, LARGE + 3 * PAGE);
	machine_map(s, USER + 0x10000000, RAM + 0x10000000, PAGE);
	assert_int_equal(quire_space_map(s, &again, &got), QUIRE_ENCLOSED);
	assert_int_equal(quire_space_reserve_at(s, USER + 0x20000000, PAGE, 0), QUIRE_OK);
	assert_int_equal(machine_switch(0, 0), QUIRE_OK);
	assert_int_equal(machine_destroy(0), QUIRE_EREFERENCED);
	assert_true(machine_look(0, USER + PAGE) == RAM + PAGE);
	assert_int_equal(quire_space_check(s, NULL), QUIRE_OK);
	assert_int_equal(machine_switch(0, -1), QUIRE_OK);
	assert_int_equal(machine_destroy(0), QUIRE_OK);
	assert_int_equal(m.space[0].walker.pool.free, ROOM - 1);
	assert_true(machine_clean(0));
	/* The memory makes another one. */
	assert_int_equal(machine_create(0), QUIRE_OK);
	machine_map(s, USER + PAGE, RAM, PAGE);
	assert_int_equal(machine_switch(0, 0), QUIRE_OK);
	assert_true(machine_look(0, USER) == 0 && machine_look(0, USER + PAGE) == RAM);
}

/* Claims are another's, who must give them up first. */
static void test_claims_stay(void **state)
{
	struct quire_space *s = &m.space[0].space;
	const struct quire_want want = {.attr = RW};
	struct place at;
	struct whole claim;

	(void)state;
	assert_int_equal(machine_create(0), QUIRE_OK);
	machine_map(s, USER, RAM, PAGE);
	extent_new(s, s->book, s->book->end, 7, 3, EXTENT_CLAIMED, &want, CLAIM_GUARDS);
	assert_int_equal(machine_destroy(0), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_check(s, NULL), QUIRE_OK);
	assert_int_equal(claim_find_whole(s, USER + 8 * PAGE, &claim, &at), QUIRE_OK);
	parts_drop(s, &claim, claim.head);
	assert_int_equal(machine_destroy(0), QUIRE_OK);
	assert_true(machine_clean(0));
}

/* Where the kernel has a root of its own, nothing is shared and the root is empty. */
static void test_two_roots(void **state)
{
	(void)state;
	machine_init(false);
	assert_int_equal(machine_create(0), QUIRE_OK);
	assert_true(machine_clean(0));
	machine_map(&m.kernel, KERNEL, RAM, PAGE);
	machine_map(&m.space[0].space, USER, RAM, PAGE);
	assert_int_equal(machine_switch(0, 0), QUIRE_OK);
	assert_true(machine_look(0, USER) == RAM && machine_look(0, KERNEL) == 0);
	assert_int_equal(machine_switch(0, -1), QUIRE_OK);
	assert_int_equal(machine_destroy(0), QUIRE_OK);
	assert_true(machine_clean(0));
}

/* Without ASIDs a space and the kernel's root have one number between them. */
static void test_no_numbers(void **state)
{
	const struct quire_lock lock = m.contexts.lock;

	(void)state;
	assert_int_equal(quire_contexts_init(&m.contexts, 0, CPUS, m.cpu, NULL, &lock), QUIRE_OK);
	for (unsigned s = 0; s < 2; s++) {
		assert_int_equal(machine_create(s), QUIRE_OK);
		machine_map(&m.space[s].space, USER, RAM + s * PAGE, PAGE);
	}
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(machine_switch(0, (int)(n % 2)), QUIRE_OK);
		assert_true(machine_look(0, USER) == RAM + n % 2 * PAGE);
		if (n < 2)
			continue;
		assert_int_equal(machine_switch(0, -1), QUIRE_OK);
		assert_true(machine_look(0, USER) == 0);
	}
	assert_int_equal(m.full, 0); /* what is global stays */
	assert_int_equal(machine_destroy(0), QUIRE_OK);
	assert_true(machine_clean(0) && machine_look(0, USER) == 0);
}

/* -- failures -- */

static void test_errors(void **state)
{
	struct quire_mmu other = quire_mmu_sv39;
	struct quire_window window = {.base = KERNEL - PAGE,
				      .exec_base = KERNEL - PAGE,
				      .walk = KERNEL - PAGE,
				      .size = 2 * PAGE};
	struct quire_space_config config = {.windows = &window, .window_count = 1};
	struct quire_walker walker = m.tree[0].walker;
	struct quire_address_space *out = &m.space[0];

	(void)state;
	assert_int_equal(quire_address_space_create(NULL, out, &config, &walker), QUIRE_ENULL);
	assert_int_equal(quire_address_space_create(&m.all, NULL, &config, &walker), QUIRE_ENULL);
	assert_int_equal(quire_address_space_create(&m.all, out, NULL, &walker), QUIRE_ENULL);
	assert_int_equal(quire_address_space_create(&m.all, out, &config, NULL), QUIRE_ENULL);
	assert_int_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_ETAKEN);
	window.walk = KERNEL + SHARED_SIZE - PAGE;
	assert_int_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_ETAKEN);
	window.walk = DEVICES + 0x40000000 - PAGE;
	assert_int_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_ETAKEN);
	window.walk = DEVICES - USER_SIZE;
	window.size = KERNEL - USER + PAGE;
	assert_int_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_ETAKEN);
	window.size = PAGE / 2;
	assert_int_not_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_OK);
	assert_true(machine_clean(0));
	walker.mmu = &other;
	assert_int_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_EFLAG);
	walker.mmu = NULL;
	assert_int_equal(quire_address_space_create(&m.all, out, &config, &walker), QUIRE_ENULL);
	assert_int_equal(quire_address_space_switch(NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_address_space_leave(NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_address_space_leave(&m.all, CPUS), QUIRE_EFLAG);
	assert_int_equal(quire_address_space_destroy(NULL), QUIRE_ENULL);
	assert_int_equal(machine_create(0), QUIRE_OK);
	assert_int_equal(quire_address_space_switch(out, CPUS), QUIRE_EFLAG);
	assert_true(m.running[0] == -1 && !m.cpu[0].running);
}

/* Nothing but the counters of the test itself has changed, and what the book looked at last. */
static void expect_unchanged(void)
{
	const quire_link *hit = &m.space[0].space.book->last_hit;

	before.locks = m.locks;
	before.fail_lock = m.fail_lock;
	before.fail_prepare = m.fail_prepare;
	before.here = m.here;
	before.space[0].space.searches = m.space[0].space.searches;
	memcpy((char *)&before + ((const char *)hit - (const char *)&m), hit, sizeof(*hit));
	assert_memory_equal(&before, &m, sizeof(m));
}

/* A lock that fails, of each of those that a call takes; the port, at each of its questions. */
static void test_failures(void **state)
{
	struct quire_space *s = &m.space[0].space;

	(void)state;
	m.fail_lock = m.locks + 1;
	assert_int_equal(machine_create(0), QUIRE_EAGAIN);
	assert_true(machine_clean(0));
	assert_int_equal(machine_create(0), QUIRE_OK);
	machine_map(s, USER, RAM, 5 * PAGE);
	machine_map(s, USER + LARGE, RAM + LARGE, LARGE);
	machine_map(s, USER + 0x10000000, RAM + 0x10000000, PAGE);
	assert_int_equal(machine_switch(0, 0), QUIRE_OK);
	before = m;
	m.fail_lock = m.locks + 1;
	assert_int_equal(machine_switch(1, 0), QUIRE_EAGAIN);
	expect_unchanged();
	m.fail_lock = m.locks + 1;
	assert_int_equal(machine_switch(0, -1), QUIRE_EAGAIN);
	expect_unchanged();
	assert_int_equal(machine_destroy(0), QUIRE_EREFERENCED);
	expect_unchanged();
	assert_int_equal(machine_switch(0, -1), QUIRE_OK);
	before = m;
	for (unsigned n = 1; n <= 2; n++) {
		m.fail_lock = m.locks + n;
		assert_int_equal(machine_destroy(0), QUIRE_EAGAIN);
		expect_unchanged();
	}
	for (unsigned n = 1; n <= 3; n++) {
		m.fail_prepare = n;
		assert_int_equal(machine_destroy(0), QUIRE_EPORT);
		expect_unchanged();
	}
	m.fail_prepare = 4;
	assert_int_equal(machine_destroy(0), QUIRE_OK);
	assert_int_equal(m.fail_prepare, 1);
	assert_true(machine_clean(0));
	assert_int_equal(m.space[0].walker.pool.free, ROOM - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_init, setup),
		cmocka_unit_test_setup(test_isolated, setup),
		cmocka_unit_test_setup(test_destroy, setup),
		cmocka_unit_test_setup(test_claims_stay, setup),
		cmocka_unit_test_setup(test_two_roots, setup),
		cmocka_unit_test_setup(test_no_numbers, setup),
		cmocka_unit_test_setup(test_errors, setup),
		cmocka_unit_test_setup(test_failures, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
