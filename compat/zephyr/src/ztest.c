/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner of tests.
 *
 * Each test is a thread, made anew on the same stack, so that whatever becomes of it, the runner goes
 * on.  What comes of it is noted when the test says so, and otherwise when it ends: who comes to its end
 * has passed, and so has who was aborted, since a fault that was not expected does not end with that.
 *
 * Nothing in here is user mode's but the few functions that a test calls, which tell the kernel.
 */
#include "ztest.h"

#include <string.h>

#ifndef CONFIG_ZTEST_THREAD_PRIORITY
#define CONFIG_ZTEST_THREAD_PRIORITY (-1)
#endif

/* The stack of tests begins a page of the machine's, which may be larger than that of this file; then some
   of its memory is not used. */
#ifdef __linux__
#define PAGE_MOST 65536
#else
#define PAGE_MOST CONFIG_MMU_PAGE_SIZE
#endif
#define STACK_MEMORY                                                                               \
	((K_THREAD_STACK_LEN(CONFIG_ZTEST_STACK_SIZE) + PAGE_MOST - 1) / PAGE_MOST * PAGE_MOST +   \
	 PAGE_MOST - CONFIG_MMU_PAGE_SIZE)
struct z_thread_stack_element __aligned(CONFIG_MMU_PAGE_SIZE) ztest_thread_stack[STACK_MEMORY];

struct z_ztest_state z_ztest = {.phase = TEST_PHASE_FRAMEWORK};

static const char *phase_name(void)
{
	static const char *const name[] = {"setup", "before",   "test",
					   "after", "teardown", "framework"};

	return name[z_ztest.phase];
}

/* -- what tests call -- */

static void end_thread(void)
{
	k_thread_abort(&z_ztest.thread);
	if (!k_is_in_isr())
		k_thread_abort(k_current_get());
}

static void out_of_place(const char *what)
{
	printk(" ERROR: cannot %s in test phase '%s()', bailing\n", what, phase_name());
	z_ztest.failed = true;
}

static void end_fail(void)
{
	if (z_ztest.phase == TEST_PHASE_SETUP) {
		printk(" at %s function\n", phase_name());
		z_ztest.result = ZTEST_RESULT_SUITE_FAIL;
	} else if (z_ztest.phase == TEST_PHASE_BEFORE || z_ztest.phase == TEST_PHASE_TEST) {
		printk(" at %s function\n", phase_name());
		z_ztest.result = ZTEST_RESULT_FAIL;
		end_thread();
	} else {
		out_of_place("fail");
	}
}

static void end_pass(void)
{
	if (z_ztest.phase != TEST_PHASE_TEST) {
		out_of_place("pass");
		return;
	}
	z_ztest.result = ZTEST_RESULT_PASS;
	end_thread();
}

static void end_skip(void)
{
	if (z_ztest.phase == TEST_PHASE_SETUP) {
		if (z_ztest.result != ZTEST_RESULT_SUITE_FAIL)
			z_ztest.result = ZTEST_RESULT_SUITE_SKIP;
	} else if (z_ztest.phase == TEST_PHASE_BEFORE || z_ztest.phase == TEST_PHASE_TEST) {
		z_ztest.result = ZTEST_RESULT_SKIP;
		end_thread();
	} else {
		out_of_place("skip");
	}
}

/* It goes on, and has failed when it ends; all of a suite has whose setup that was. */
static void end_later(void)
{
	z_ztest.expectation_failed = true;
	if (z_ztest.phase == TEST_PHASE_SETUP)
		z_ztest.result = ZTEST_RESULT_SUITE_FAIL;
	else if (z_ztest.phase > TEST_PHASE_TEST)
		out_of_place("fail");
}

static void end(enum z_ztest_end how)
{
	if (k_is_user_context()) {
		(void)z_ask(Z_CALL_ZTEST_END, how, 0, 0, 0);
		return;
	}
	switch (how) {
	case Z_ZTEST_FAIL:
		end_fail();
		break;
	case Z_ZTEST_PASS:
		end_pass();
		break;
	case Z_ZTEST_SKIP:
		end_skip();
		break;
	case Z_ZTEST_EXPECT_FAIL:
		end_later();
		break;
	default: /* it has returned */
		if (z_ztest.result == ZTEST_RESULT_PENDING)
			z_ztest.result = ZTEST_RESULT_PASS;
		break;
	}
}

intptr_t z_ztest_call_end(const uintptr_t *a)
{
	end((enum z_ztest_end)a[0]);
	return 0;
}

void ztest_test_fail(void)
{
	end(Z_ZTEST_FAIL);
}

void ztest_test_pass(void)
{
	end(Z_ZTEST_PASS);
}

void ztest_test_skip(void)
{
	end(Z_ZTEST_SKIP);
}

void ztest_test_expect_fail(void)
{
	end(Z_ZTEST_EXPECT_FAIL);
}

void ztest_skip_failed_assumption(void)
{
	end(Z_ZTEST_SKIP);
}

bool z_ztest_not_so(enum z_ztest_severity severity, const char *what, const char *file, int line,
		    const char *function, int told, ...)
{
	const char *message = NULL;
	va_list arguments;

	printk("\n    %s failed at %s:%d: %s: %s\n",
	       severity == Z_ZTEST_ASSERT   ? "Assertion"
	       : severity == Z_ZTEST_ASSUME ? "Assumption"
					    : "Expectation",
	       file, line, function, what);
	va_start(arguments, told);
	if (told)
		message = va_arg(arguments, const char *);
	if (message != NULL) {
		printk("    ");
		vprintk(message, arguments);
		printk("\n");
	}
	va_end(arguments);
	end(severity == Z_ZTEST_ASSERT   ? Z_ZTEST_FAIL
	    : severity == Z_ZTEST_ASSUME ? Z_ZTEST_SKIP
					 : Z_ZTEST_EXPECT_FAIL);
	return false;
}

/* -- a test -- */

static void run_rules(bool before)
{
	size_t count = Z_LIST_COUNT(quire_ztest_rules);

	for (size_t i = 0; i < count; i++) {
		const struct ztest_test_rule *rule = __start_quire_ztest_rules[i];
		ztest_rule_cb call = before ? rule->before_each : rule->after_each;

		if (call != NULL)
			call(z_ztest.test, z_ztest.fixture);
	}
}

/* In the mode that the test wants. */
static void run_body(void *test, void *fixture, void *unused)
{
	(void)unused;
	((const struct ztest_unit_test *)test)->test(fixture);
	end(Z_ZTEST_RETURN);
}

static void run_thread(void *test, void *fixture, void *unused)
{
	run_rules(true);
	if (z_ztest.suite->before != NULL)
		z_ztest.suite->before(fixture);
	z_ztest.phase = TEST_PHASE_TEST;
	if ((z_ztest.test->thread_options & K_USER) != 0)
		k_thread_user_mode_enter(run_body, test, fixture, unused);
	run_body(test, fixture, unused);
}

static void start_thread(void)
{
	uintptr_t stack = ROUND_UP((uintptr_t)ztest_thread_stack, quire_zephyr_map.page);

	z_ztest.phase = TEST_PHASE_BEFORE;
	(void)k_thread_create(&z_ztest.thread, (k_thread_stack_t *)stack, CONFIG_ZTEST_STACK_SIZE,
			      run_thread, (void *)(uintptr_t)z_ztest.test, z_ztest.fixture, NULL,
			      CONFIG_ZTEST_THREAD_PRIORITY, K_INHERIT_PERMS, K_FOREVER);
	(void)k_thread_name_set(&z_ztest.thread, z_ztest.test->name);
	k_thread_start(&z_ztest.thread);
	(void)k_thread_join(&z_ztest.thread, K_FOREVER);
	z_ztest.phase = TEST_PHASE_AFTER;
	if (z_ztest.suite->after != NULL)
		z_ztest.suite->after(z_ztest.fixture);
	run_rules(false);
}

/* What came of it, as the test was expected to end. */
static int final_result(void)
{
	size_t count = Z_LIST_COUNT(quire_ztest_expected);
	int result = TC_PASS;

	if (z_ztest.result == ZTEST_RESULT_FAIL || z_ztest.result == ZTEST_RESULT_SUITE_FAIL ||
	    z_ztest.expectation_failed)
		result = TC_FAIL;
	else if (z_ztest.result == ZTEST_RESULT_SKIP || z_ztest.result == ZTEST_RESULT_SUITE_SKIP)
		result = TC_SKIP;
	for (size_t i = 0; i < count; i++) {
		const struct ztest_expected_result_entry *e = __start_quire_ztest_expected[i];
		int wanted = e->expected_result == ZTEST_EXPECTED_RESULT_FAIL ? TC_FAIL : TC_SKIP;

		if (strcmp(e->test_suite_name, z_ztest.test->test_suite_name) == 0 &&
		    strcmp(e->test_name, z_ztest.test->name) == 0)
			return result == wanted ? TC_PASS : TC_FAIL;
	}
	return result;
}

static void count_result(int result, uint32_t ms)
{
	static const char *const word[] = {"PASS", "FAIL", "SKIP"};
	struct ztest_unit_test_stats *stats = z_ztest.test->stats;

	printk(" %s - %s in %u.%03u seconds\n", word[result], z_ztest.test->name,
	       (unsigned)(ms / 1000), (unsigned)(ms % 1000));
	PRINT_LINE;
	stats->run_count++;
	stats->pass_count += result == TC_PASS;
	stats->fail_count += result == TC_FAIL;
	stats->skip_count += result == TC_SKIP;
	if (ms > stats->duration_worst_ms)
		stats->duration_worst_ms = ms;
	z_ztest.failed |= result == TC_FAIL;
}

static int run_test(const struct ztest_unit_test *test)
{
	bool suite_ended = z_ztest.result == ZTEST_RESULT_SUITE_FAIL ||
			   z_ztest.result == ZTEST_RESULT_SUITE_SKIP;
	int64_t since = k_uptime_get();
	int result;

	z_ztest.test = test;
	z_ztest.expectation_failed = false;
	z_ztest.fault_valid = z_ztest.assert_valid = NULL;
	TC_START(test->name);
	if (!suite_ended) {
		z_ztest.result = ZTEST_RESULT_PENDING;
		start_thread();
	}
	z_ztest.phase = TEST_PHASE_FRAMEWORK;
	result = final_result();
	count_result(result, (uint32_t)(k_uptime_get() - since));
	return result;
}

/* -- a suite -- */

static int run_suite(const struct ztest_suite_node *suite, int case_iter)
{
	const struct ztest_unit_test *test = z_ztest_next_test(suite, NULL);
	int failures = 0;

	z_ztest.suite = suite;
	z_ztest.result = ZTEST_RESULT_PENDING;
	z_ztest.fixture = NULL;
	TC_SUITE_START(suite->name);
	z_ztest.phase = TEST_PHASE_SETUP;
	if (suite->setup != NULL)
		z_ztest.fixture = suite->setup();
	for (; test != NULL; test = z_ztest_next_test(suite, test))
		for (int i = 0; i < case_iter && z_ztest_wanted(suite->name, test->name); i++)
			failures += run_test(test) == TC_FAIL;
	z_ztest.phase = TEST_PHASE_TEARDOWN;
	if (suite->teardown != NULL)
		suite->teardown(z_ztest.fixture);
	z_ztest.phase = TEST_PHASE_FRAMEWORK;
	suite->stats->run_count++;
	suite->stats->fail_count += failures != 0;
	TC_SUITE_END(suite->name, failures != 0 ? TC_FAIL : TC_PASS);
	return failures;
}

int z_ztest_run_test_suite(const char *name, bool shuffle, int suite_iter, int case_iter,
			   void *param)
{
	const struct ztest_suite_node *suite = z_ztest_next_suite(NULL);
	int failures = 0;

	(void)shuffle;
	(void)param;
	while (suite != NULL && strcmp(suite->name, name) != 0)
		suite = z_ztest_next_suite(suite);
	if (suite == NULL) {
		printk("There is no suite \"%s\".\n", name);
		z_ztest.failed = true;
		return -1;
	}
	for (int i = 0; i < suite_iter; i++)
		failures += run_suite(suite, case_iter);
	return failures;
}

/* Without a predicate a suite runs in one call of these; with one, whenever it says so. */
int ztest_run_test_suites(const void *state, bool shuffle, int suite_iter, int case_iter)
{
	const struct ztest_suite_node *suite = z_ztest_next_suite(NULL);
	int count = 0;

	(void)shuffle;
	for (; suite != NULL; suite = z_ztest_next_suite(suite)) {
		bool run = suite->predicate != NULL ? suite->predicate(state)
						    : suite->stats->run_count == 0;

		if (!z_ztest_wanted(suite->name, NULL) || z_ztest_next_test(suite, NULL) == NULL)
			continue;
		if (!run) {
			suite->stats->skip_count++;
			continue;
		}
		for (int i = 0; i < suite_iter; i++)
			(void)run_suite(suite, case_iter);
		count++;
	}
	return count;
}

void ztest_run_all(const void *state, bool shuffle, int suite_iter, int case_iter)
{
	(void)ztest_run_test_suites(state, shuffle, suite_iter, case_iter);
}

void ztest_verify_all_test_suites_ran(void)
{
	const struct ztest_suite_node *suite = z_ztest_next_suite(NULL);

	for (; suite != NULL; suite = z_ztest_next_suite(suite))
		if (suite->stats->run_count == 0 && z_ztest_wanted(suite->name, NULL)) {
			printk("ERROR: Test suite '%s' did not run.\n", suite->name);
			z_ztest.failed = true;
		}
}

/* -- the end -- */

static void summarise(const struct ztest_suite_node *suite)
{
	const struct ztest_unit_test *test = z_ztest_next_test(suite, NULL);
	uint32_t total = 0, failed = 0, skipped = 0;

	for (; test != NULL; test = z_ztest_next_test(suite, test)) {
		total += test->stats->run_count != 0;
		failed += test->stats->fail_count != 0;
		skipped += test->stats->fail_count == 0 && test->stats->skip_count != 0;
	}
	z_ztest.suites++;
	z_ztest.tests += total;
	z_ztest.failures += failed;
	z_ztest.skipped += skipped;
	z_ztest.passed += total - failed - skipped;
	printk("SUITE %s - [%s]: pass = %u, fail = %u, skip = %u, total = %u\n",
	       failed != 0        ? "FAIL"
	       : skipped == total ? "SKIP"
				  : "PASS",
	       suite->name, total - failed - skipped, failed, skipped, total);
	for (test = z_ztest_next_test(suite, NULL); test != NULL;
	     test = z_ztest_next_test(suite, test))
		if (test->stats->run_count != 0)
			printk(" - %s - [%s.%s]\n",
			       test->stats->fail_count != 0   ? "FAIL"
			       : test->stats->skip_count != 0 ? "SKIP"
							      : "PASS",
			       suite->name, test->name);
}

void z_ztest_summary(void)
{
	const struct ztest_suite_node *suite = z_ztest_next_suite(NULL);

	printk("\n------ TESTSUITE SUMMARY START ------\n\n");
	for (; suite != NULL; suite = z_ztest_next_suite(suite))
		if (suite->stats->run_count != 0 || suite == z_ztest.suite)
			summarise(suite);
	printk("\n------ TESTSUITE SUMMARY END ------\n\n");
	printk("%u suites, %u tests: %u passed, %u failed, %u skipped\n", z_ztest.suites,
	       z_ztest.tests, z_ztest.passed, z_ztest.failures, z_ztest.skipped);
}

void z_ztest_give_up(void)
{
	if (z_ztest.test != NULL && z_ztest.phase != TEST_PHASE_FRAMEWORK)
		count_result(TC_FAIL, 0);
	z_ztest_summary();
	z_tc_end_report(TC_FAIL);
}

void z_tc_end_report(int result)
{
	PRINT_LINE;
	printk("PROJECT EXECUTION %s\n", result == TC_PASS ? "SUCCESSFUL" : "FAILED");
}
