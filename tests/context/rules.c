/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of contexts, one by one, with the numbers worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/context.h"

static struct quire_contexts all;
static struct quire_context_cpu cpu[4];
static uint32_t used[QUIRE_CONTEXT_WORDS(16)];
static struct quire_context context[8];
static unsigned locks, fail_at; /* the lock that fails; 0: none */

static int lock(void *ctx)
{
	(void)ctx;
	return ++locks == fail_at ? QUIRE_EPORT : 0;
}

static void unlock(void *ctx)
{
	(void)ctx;
}

static const struct quire_lock locked = {lock, unlock, NULL};

static int setup(void **state)
{
	(void)state;
	locks = fail_at = 0;
	for (unsigned i = 0; i < 8; i++)
		context[i] = (struct quire_context){.root = 0x1000u * (i + 1)};
	return 0;
}

static void init(unsigned bits, unsigned cpus)
{
	assert_int_equal(quire_contexts_init(&all, bits, cpus, cpu, used, &locked), QUIRE_OK);
}

static void check(void)
{
	const char *what = "";

	if (quire_contexts_check(&all, &what) != QUIRE_OK)
		fail_msg("%s", what);
}

/* What a CPU has to load: the ASID, and whether to flush. */
static void expect_use(unsigned n, unsigned which, uint32_t asid, bool flush)
{
	struct quire_context_load load = {0};

	assert_int_equal(quire_context_use(&all, n, &context[which], &load), QUIRE_OK);
	assert_true(load.root == context[which].root);
	assert_int_equal(load.asid, asid);
	assert_int_equal(load.flush, flush);
	check();
}

static void test_init(void **state)
{
	(void)state;
	assert_int_equal(quire_contexts_init(NULL, 4, 1, cpu, used, NULL), QUIRE_ENULL);
	assert_int_equal(quire_contexts_init(&all, 4, 1, NULL, used, NULL), QUIRE_ENULL);
	assert_int_equal(quire_contexts_init(&all, 4, 1, cpu, NULL, NULL), QUIRE_ENULL);
	assert_int_equal(quire_contexts_init(&all, 17, 1, cpu, used, NULL), QUIRE_EFLAG);
	assert_int_equal(quire_contexts_init(&all, 4, 0, cpu, used, NULL), QUIRE_EFLAG);
	assert_int_equal(quire_contexts_init(&all, 0, 65536, cpu, NULL, NULL), QUIRE_EFLAG);
	assert_int_equal(quire_contexts_init(&all, 1, 1, cpu, used, NULL), QUIRE_EFLAG);
	assert_int_equal(quire_contexts_init(&all, 2, 3, cpu, used, NULL), QUIRE_EFLAG);
	assert_int_equal(quire_contexts_init(&all, 2, 2, cpu, used, NULL), QUIRE_OK);
	assert_int_equal(quire_contexts_init(&all, 16, 4, cpu, used, NULL), QUIRE_OK);
	assert_int_equal(quire_contexts_init(&all, 0, 4, cpu, NULL, NULL), QUIRE_OK);
}

static void test_errors(void **state)
{
	struct quire_context_load load = {7, 7, true};

	(void)state;
	init(4, 2);
	assert_int_equal(quire_context_use(NULL, 0, &context[0], &load), QUIRE_ENULL);
	assert_int_equal(quire_context_use(&all, 0, NULL, &load), QUIRE_ENULL);
	assert_int_equal(quire_context_use(&all, 0, &context[0], NULL), QUIRE_ENULL);
	assert_int_equal(quire_context_use(&all, 2, &context[0], &load), QUIRE_EFLAG);
	assert_int_equal(quire_context_leave(NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_context_leave(&all, 2), QUIRE_EFLAG);
	assert_int_equal(quire_context_end(NULL, &context[0]), QUIRE_ENULL);
	assert_int_equal(quire_context_end(&all, NULL), QUIRE_ENULL);
	assert_int_equal(quire_contexts_check(NULL, NULL), QUIRE_ENULL);
	assert_true(load.root == 7 && load.asid == 7 && context[0].id == 0);
}

/* Every call with a lock that fails: nothing has changed, and the result is the lock's. */
static void test_lock_fails(void **state)
{
	struct quire_context_load load = {7, 7, true};
	struct quire_contexts before;

	(void)state;
	init(4, 2);
	expect_use(0, 0, 1, false);
	expect_use(0, 1, 2, false);
	before = all;
	fail_at = ++locks;
	locks--;
	assert_int_equal(quire_context_use(&all, 1, &context[2], &load), QUIRE_EPORT);
	locks--;
	assert_int_equal(quire_context_leave(&all, 0), QUIRE_EPORT);
	locks--;
	assert_int_equal(quire_context_end(&all, &context[0]), QUIRE_EPORT);
	locks--;
	assert_int_equal(quire_contexts_check(&all, NULL), QUIRE_EPORT);
	locks--;
	assert_int_equal(quire_context_asid(&all, &context[0]), 1);
	assert_int_equal(locks, fail_at);
	fail_at = 0;
	assert_memory_equal(&before, &all, sizeof(all));
	assert_true(load.root == 7 && cpu[0].running == &context[1] && !cpu[1].running);
	assert_true(context[0].id != 0 && context[2].id == 0);
}

/* Three numbers, and what runs keeps its own into the next generation. */
static void test_generations(void **state)
{
	(void)state;
	init(2, 2);
	expect_use(0, 0, 1, false);
	expect_use(0, 1, 2, false);
	expect_use(0, 0, 1, false); /* the same again */
	expect_use(1, 2, 3, false);
	assert_int_equal(all.rollovers, 0);
	/* 0 runs with 1, and 2 with 3: what is left is 2. */
	expect_use(0, 3, 2, true);
	assert_int_equal(all.rollovers, 1);
	expect_use(1, 2, 3, true); /* the same, and the other CPU forgets too, once */
	expect_use(1, 2, 3, false);
	expect_use(1, 0, 1, false); /* ran when the generation began: still 1 */
	/* 3 runs with 2, 0 with 1: 1 gets the third. */
	expect_use(0, 1, 3, true);
	assert_int_equal(all.rollovers, 2);
	assert_int_equal(quire_context_asid(&all, &context[0]), 1);
	assert_int_equal(quire_context_asid(&all, &context[1]), 3);
	assert_int_equal(quire_context_asid(&all, &context[2]), QUIRE_CONTEXT_NONE);
	assert_int_equal(quire_context_asid(&all, &context[3]), 2);
	assert_int_equal(quire_context_asid(&all, &context[4]), QUIRE_CONTEXT_NONE);
}

/* One context on two CPUs has one number, through a change of generations too. */
static void test_on_two_cpus(void **state)
{
	(void)state;
	init(2, 2);
	expect_use(0, 0, 1, false);
	expect_use(1, 0, 1, false);
	expect_use(0, 1, 2, false);
	expect_use(0, 2, 3, false);
	expect_use(0, 0, 1, false);
	expect_use(0, 3, 2, true);
	expect_use(0, 4, 3, false);
	expect_use(1, 0, 1, true);
}

static void test_end(void **state)
{
	(void)state;
	init(2, 2);
	expect_use(0, 0, 1, false);
	assert_int_equal(quire_context_end(&all, &context[0]), QUIRE_EREFERENCED);
	expect_use(0, 1, 2, false);
	assert_int_equal(quire_context_end(&all, &context[0]), QUIRE_OK);
	assert_true(context[0].id == 0);
	assert_int_equal(quire_context_asid(&all, &context[0]), QUIRE_CONTEXT_NONE);
	expect_use(1, 0, 3, false); /* a new one: 1 stays taken */
	expect_use(1, 2, 1, true);
	assert_int_equal(quire_context_end(&all, &context[2]), QUIRE_EREFERENCED);
	assert_int_equal(quire_context_leave(&all, 1), QUIRE_OK);
	assert_int_equal(quire_context_end(&all, &context[2]), QUIRE_OK);
	assert_int_equal(quire_context_end(&all, &context[7]), QUIRE_OK);
	check();
}

/* Without ASIDs every switch to another forgets everything. */
static void test_no_asids(void **state)
{
	(void)state;
	init(0, 2);
	expect_use(0, 0, 0, true);
	expect_use(0, 0, 0, false);
	expect_use(0, 1, 0, true);
	assert_int_equal(quire_context_asid(&all, &context[0]), QUIRE_CONTEXT_NONE);
	assert_int_equal(quire_context_asid(&all, &context[1]), 0);
	assert_int_equal(quire_context_leave(&all, 0), QUIRE_OK);
	assert_int_equal(quire_context_asid(&all, &context[1]), QUIRE_CONTEXT_NONE);
	expect_use(0, 1, 0, true);
	assert_int_equal(all.rollovers, 0);
}

/* All 65,535 numbers, each once, then a new generation. */
static void test_sixteen_bits(void **state)
{
	static struct quire_context many[65536];
	struct quire_context_load load;

	(void)state;
	init(16, 1);
	for (uint32_t i = 0; i < 65535; i++) {
		many[i].id = 0;
		assert_int_equal(quire_context_use(&all, 0, &many[i], &load), QUIRE_OK);
		assert_int_equal(load.asid, i + 1);
		assert_false(load.flush);
	}
	check();
	many[65535].id = 0;
	assert_int_equal(quire_context_use(&all, 0, &many[65535], &load), QUIRE_OK);
	assert_true(load.asid == 1 && load.flush && all.rollovers == 1);
	check();
}

static void expect_corrupt(const char *what)
{
	const char *said = "";

	assert_int_equal(quire_contexts_check(&all, &said), QUIRE_ECORRUPT);
	assert_string_equal(said, what);
	assert_int_equal(quire_contexts_check(&all, NULL), QUIRE_ECORRUPT);
	init(3, 3);
	context[0].id = context[1].id = 0;
	expect_use(0, 0, 1, false);
	expect_use(1, 1, 2, false);
}

static void test_check(void **state)
{
	(void)state;
	init(3, 3);
	expect_use(0, 0, 1, false);
	expect_use(1, 1, 2, false);
	check();
	context[0].id = 0;
	expect_corrupt("a running context is of an old generation");
	context[0].id = all.generation << 3;
	expect_corrupt("a running context has an ASID that is not given out");
	context[0].id = all.generation << 3 | 5;
	expect_corrupt("a running context has an ASID that is not given out");
	context[0].id = context[1].id;
	expect_corrupt("two running contexts have one ASID");
	used[0] |= 1;
	expect_corrupt("ASID 0 is given out");
	used[0] &= ~(uint32_t)2;
	expect_corrupt("an ASID was passed by");
	used[0] |= 0xf0;
	expect_corrupt("more ASIDs were kept than there are CPUs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_init, setup),
		cmocka_unit_test_setup(test_errors, setup),
		cmocka_unit_test_setup(test_lock_fails, setup),
		cmocka_unit_test_setup(test_generations, setup),
		cmocka_unit_test_setup(test_on_two_cpus, setup),
		cmocka_unit_test_setup(test_end, setup),
		cmocka_unit_test_setup(test_no_asids, setup),
		cmocka_unit_test_setup(test_sixteen_bits, setup),
		cmocka_unit_test_setup(test_check, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
