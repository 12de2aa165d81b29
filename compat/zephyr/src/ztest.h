/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the test harness share: what has been found out so far. */
#ifndef QUIRE_ZEPHYR_ZTEST_H
#define QUIRE_ZEPHYR_ZTEST_H

#include "kernel.h"
#include "zephyr/ztest.h"

/* How a test ends itself. */
enum z_ztest_end { Z_ZTEST_FAIL, Z_ZTEST_PASS, Z_ZTEST_SKIP, Z_ZTEST_EXPECT_FAIL, Z_ZTEST_RETURN };

struct z_ztest_state {
	enum ztest_phase phase;
	enum ztest_result result;
	bool expectation_failed;
	bool failed; /* anything, ever */
	const struct ztest_suite_node *suite;
	const struct ztest_unit_test *test;
	void *fixture;
	struct k_thread thread;
	uint32_t suites, tests, passed, failures, skipped;
	struct k_thread *fault_valid; /* the thread of which one is expected */
	struct k_thread *assert_valid;
};
extern struct z_ztest_state z_ztest;

/* Lists that the linker makes; either end is NULL if there is nothing. */
extern const struct ztest_suite_node *const __start_quire_ztest_suites[] __attribute__((weak));
extern const struct ztest_suite_node *const __stop_quire_ztest_suites[] __attribute__((weak));
extern const struct ztest_unit_test *const __start_quire_ztest_tests[] __attribute__((weak));
extern const struct ztest_unit_test *const __stop_quire_ztest_tests[] __attribute__((weak));
extern const struct ztest_test_rule *const __start_quire_ztest_rules[] __attribute__((weak));
extern const struct ztest_test_rule *const __stop_quire_ztest_rules[] __attribute__((weak));
extern const struct ztest_expected_result_entry *const __start_quire_ztest_expected[]
	__attribute__((weak));
extern const struct ztest_expected_result_entry *const __stop_quire_ztest_expected[]
	__attribute__((weak));

/* The suite, the test of a suite, that comes next in the order of names; NULL before the first and behind
   the last. */
const struct ztest_suite_node *z_ztest_next_suite(const struct ztest_suite_node *after);
const struct ztest_unit_test *z_ztest_next_test(const struct ztest_suite_node *suite,
						const struct ztest_unit_test *after);

/* Say which tests nobody would ever run: those whose name another has, or whose suite is not there.  False if
   there are any. */
bool z_ztest_names_are_good(void);

/* What the arguments of the program say.  `test` NULL: whether anything of the suite is wanted. */
bool z_ztest_wanted(const char *suite, const char *test);

/* Say what is wrong with the arguments; true if nothing is and tests are to run.  Otherwise the status that the
   program ends with is in `*status`. */
bool z_ztest_arguments(int *status);

void z_ztest_summary(void);

/* The test that runs has failed, and everything ends here: say what has been found out. */
void z_ztest_give_up(void);

#endif
