/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts at random: many shapes, each some hundred thousand steps of all CPUs, half-done switches
 * and changes of tables included.  QUIRE_TEST_SEED runs one seed again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "context/cpus.h"

#define STEPS 100000u

static uint32_t below(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

static void step(struct cpus *m, uint64_t *state)
{
	unsigned cpu = below(state, m->cpus), context = below(state, m->contexts);
	unsigned what = below(state, 16);

	if (m->cpu[cpu].switching && what < 12)
		cpus_load(m, cpu);
	else if (what < 5 && !m->cpu[cpu].switching)
		cpus_use(m, cpu, context);
	else if (what < 9 && !m->cpu[cpu].switching)
		cpus_switch(m, cpu, context);
	else if (what < 10 && !m->cpu[cpu].switching)
		cpus_leave(m, cpu);
	else if (what < 14)
		cpus_change(m, context);
	else
		cpus_end(m, context);
}

static void run(unsigned bits, unsigned cpus, unsigned contexts, uint64_t seed)
{
	static struct cpus m;
	uint64_t state = seed;

	cpus_init(&m, bits, cpus, contexts);
	m.early = bits != 0 && seed % 2 == 0;
	for (unsigned i = 0; i < STEPS; i++) {
		step(&m, &state);
		if (m.wrong)
			fail_msg("%s: step %u of seed %llu, %u bits, %u CPUs, %u contexts", m.wrong,
				 i, (unsigned long long)seed, bits, cpus, contexts);
	}
	if (bits != 0 && contexts >> bits != 0)
		assert_true(m.all.rollovers > 100);
}

static void test_random(void **state)
{
	const char *seed = getenv("QUIRE_TEST_SEED");
	uint64_t first = seed ? strtoull(seed, NULL, 0) : 1;

	(void)state;
	for (uint64_t s = first; s < first + (seed ? 1 : 3); s++) {
		run(0, 3, 5, s);
		run(2, 1, 3, s);
		run(2, 2, 5, s);
		run(3, 3, 12, s);
		run(3, 4, 9, s);
		run(4, 2, 40, s);
		run(5, 4, 40, s);
		run(6, 4, 40, s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
