/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Five address spaces on two CPUs with three ASIDs, at random: made, filled, run, changed while they run
 * on either CPU, taken apart; the kernel maps and unmaps beside them.  After each step both CPUs look
 * at everything, and must find what the books say.  QUIRE_TEST_SEED runs one seed again.
 */
#include <stdlib.h>

#include "address_space/machine.h"

#define STEPS 20000u
#define SPOTS 24u

static uint64_t state;

static unsigned below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

/* The addresses in a window that matter: small pages, and large ones. */
static quire_va spot(quire_va base, unsigned n)
{
	return n < 16 ? base + n * PAGE : base + (n - 15) * LARGE;
}

static void any_change(struct quire_space *s, quire_va base)
{
	unsigned n = below(SPOTS);
	const struct quire_want want = {.pa = RAM + below(32) * LARGE + (n < 16) * below(9) * PAGE,
					.size = n < 16 ? (1 + below(4)) * PAGE : LARGE,
					.attr = below(2) ? RW : QUIRE_READ,
					.flags = QUIRE_SHARED};
	struct quire_extent_info info;
	struct quire_got got;

	assert_int_equal(quire_space_query(s, spot(base, n), &info), QUIRE_OK);
	if (info.kind != QUIRE_MAPPED)
		(void)quire_space_map_at(s, spot(base, n), &want, &got);
	else if (below(2))
		(void)quire_space_unmap(s, info.va);
	else if (below(2))
		(void)quire_space_unmap_part(s, spot(base, n), PAGE);
	else
		(void)quire_space_protect(s, spot(base, n), PAGE, want.attr, 0);
}

static void any_step(void)
{
	unsigned s = below(SPACES), what = below(16);

	m.here = below(CPUS);
	if (what < 2) {
		any_change(&m.kernel, KERNEL);
	} else if (!m.made[s]) {
		assert_true(machine_clean(s));
		assert_int_equal(machine_create(s), QUIRE_OK);
	} else if (what < 9) {
		any_change(&m.space[s].space, USER);
	} else if (what < 14) {
		assert_int_equal(machine_switch(m.here, (int)s), QUIRE_OK);
	} else if (what < 15) {
		assert_int_equal(machine_switch(m.here, -1), QUIRE_OK);
	} else {
		bool runs = m.running[0] == (int)s || m.running[1] == (int)s;

		assert_int_equal(machine_destroy(s), runs ? QUIRE_EREFERENCED : QUIRE_OK);
		if (!runs)
			assert_int_equal(m.space[s].walker.pool.free, ROOM - 1);
	}
}

static quire_pa expected(struct quire_space *s, quire_va va)
{
	quire_pa pa = 0;
	int result = quire_space_to_physical(s, va, &pa, NULL);

	assert_true(result == QUIRE_OK || result == QUIRE_EUNMAPPED);
	return result == QUIRE_OK ? pa : 0;
}

static void everybody_looks(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		for (unsigned n = 0; n < SPOTS; n++) {
			quire_va va = spot(USER, n);

			assert_true(machine_look(cpu, spot(KERNEL, n)) ==
				    expected(&m.kernel, spot(KERNEL, n)));
			if (m.running[cpu] >= 0)
				assert_true(machine_look(cpu, va) ==
					    expected(&m.space[m.running[cpu]].space, va));
			else
				assert_true(machine_look(cpu, va) == 0);
		}
	}
}

static void test_random(void **unused)
{
	const char *seed = getenv("QUIRE_TEST_SEED");

	(void)unused;
	state = seed ? strtoull(seed, NULL, 0) : 1;
	print_message("seed %llu\n", (unsigned long long)state);
	machine_init(true);
	for (unsigned i = 0; i < STEPS; i++) {
		any_step();
		everybody_looks();
		if (i % 64 == 0) {
			assert_int_equal(quire_contexts_check(&m.contexts, NULL), QUIRE_OK);
			assert_int_equal(quire_space_check(&m.kernel, NULL), QUIRE_OK);
		}
	}
	assert_true(m.contexts.rollovers > 100);
	assert_true(m.full <= m.contexts.rollovers * CPUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
