/* SPDX-License-Identifier: Apache-2.0 */
/* Suites and tests (ztest.h).  They are found by sections, whose names the linker knows. */
#ifndef ZEPHYR_ZTEST_TEST_H
#define ZEPHYR_ZTEST_TEST_H

#include "zephyr/app_memory/app_memdomain.h"
#include "zephyr/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ztest_phase {
	TEST_PHASE_SETUP,
	TEST_PHASE_BEFORE,
	TEST_PHASE_TEST,
	TEST_PHASE_AFTER,
	TEST_PHASE_TEARDOWN,
	TEST_PHASE_FRAMEWORK
};

enum ztest_result {
	ZTEST_RESULT_PENDING,
	ZTEST_RESULT_PASS,
	ZTEST_RESULT_FAIL,
	ZTEST_RESULT_SKIP,
	ZTEST_RESULT_SUITE_SKIP,
	ZTEST_RESULT_SUITE_FAIL
};

enum ztest_expected_result { ZTEST_EXPECTED_RESULT_FAIL, ZTEST_EXPECTED_RESULT_SKIP };

struct ztest_suite_stats {
	uint32_t run_count;
	uint32_t skip_count;
	uint32_t fail_count;
};

struct ztest_unit_test_stats {
	uint32_t run_count;
	uint32_t skip_count;
	uint32_t fail_count;
	uint32_t pass_count;
	uint32_t duration_worst_ms;
};

struct ztest_unit_test {
	const char *test_suite_name;
	const char *name;
	void (*test)(void *fixture);
	uint32_t thread_options;
	struct ztest_unit_test_stats *stats;
};

typedef void *(*ztest_suite_setup_t)(void);
typedef void (*ztest_suite_before_t)(void *fixture);
typedef void (*ztest_suite_after_t)(void *fixture);
typedef void (*ztest_suite_teardown_t)(void *fixture);
typedef bool (*ztest_suite_predicate_t)(const void *global_state);
typedef void (*ztest_rule_cb)(const struct ztest_unit_test *test, void *fixture);

struct ztest_suite_node {
	const char *name;
	ztest_suite_setup_t setup;
	ztest_suite_before_t before;
	ztest_suite_after_t after;
	ztest_suite_teardown_t teardown;
	ztest_suite_predicate_t predicate;
	struct ztest_suite_stats *stats;
};

struct ztest_test_rule {
	ztest_rule_cb before_each;
	ztest_rule_cb after_each;
};

struct ztest_expected_result_entry {
	const char *test_suite_name;
	const char *test_name;
	enum ztest_expected_result expected_result;
};

#define Z_ZTEST_LISTED(list, type, name)                                                           \
	__attribute__((__used__, __section__(#list))) static const type *const name##_listed = &name

/*
 * A suite.  It runs if `predicate` says so (NULL: once); `setup` once before its tests, what it returns is
 * their fixture; `before` and `after` around each, in its thread and in the runner's.
 */
#define ZTEST_SUITE(suite, predicate, setup, before, after, teardown)                              \
	static struct ztest_suite_stats z_ztest_stats_##suite;                                     \
	static const struct ztest_suite_node z_ztest_suite_##suite = {                             \
		#suite, setup, before, after, teardown, predicate, &z_ztest_stats_##suite};        \
	Z_ZTEST_LISTED(quire_ztest_suites, struct ztest_suite_node, z_ztest_suite_##suite)

#define Z_ZTEST_ADD(suite, fn, call, options)                                                      \
	static struct ztest_unit_test_stats z_ztest_stats_##suite##__##fn;                         \
	static const struct ztest_unit_test z_ztest_test_##suite##__##fn = {                       \
		#suite, #fn, call, options, &z_ztest_stats_##suite##__##fn};                       \
	Z_ZTEST_LISTED(quire_ztest_tests, struct ztest_unit_test, z_ztest_test_##suite##__##fn)

#define Z_ZTEST(suite, fn, options)                                                                \
	static void z_ztest_body_##suite##__##fn(void);                                            \
	static void z_ztest_call_##suite##__##fn(void *fixture)                                    \
	{                                                                                          \
		(void)fixture;                                                                     \
		z_ztest_body_##suite##__##fn();                                                    \
	}                                                                                          \
	Z_ZTEST_ADD(suite, fn, z_ztest_call_##suite##__##fn, options);                             \
	static void z_ztest_body_##suite##__##fn(void)

#define Z_ZTEST_F(suite, fn, options)                                                              \
	static void z_ztest_body_##suite##__##fn(struct suite##_fixture *fixture);                 \
	static void z_ztest_call_##suite##__##fn(void *fixture)                                    \
	{                                                                                          \
		z_ztest_body_##suite##__##fn((struct suite##_fixture *)fixture);                   \
	}                                                                                          \
	Z_ZTEST_ADD(suite, fn, z_ztest_call_##suite##__##fn, options);                             \
	static void z_ztest_body_##suite##__##fn(struct suite##_fixture *fixture)

#ifdef CONFIG_USERSPACE
#define Z_ZTEST_USER_OPTION K_USER
#else
#define Z_ZTEST_USER_OPTION 0
#endif

#define ZTEST(suite, fn)        Z_ZTEST(suite, fn, 0)
#define ZTEST_USER(suite, fn)   Z_ZTEST(suite, fn, Z_ZTEST_USER_OPTION)
#define ZTEST_F(suite, fn)      Z_ZTEST_F(suite, fn, 0)
#define ZTEST_USER_F(suite, fn) Z_ZTEST_F(suite, fn, Z_ZTEST_USER_OPTION)

/* Called before and after every test of all suites. */
#define ZTEST_RULE(name, before_each_fn, after_each_fn)                                            \
	static const struct ztest_test_rule z_ztest_rule_##name = {before_each_fn, after_each_fn}; \
	Z_ZTEST_LISTED(quire_ztest_rules, struct ztest_test_rule, z_ztest_rule_##name)

#define Z_ZTEST_EXPECT(suite, fn, result)                                                          \
	static const struct ztest_expected_result_entry z_ztest_expect_##suite##__##fn = {         \
		#suite, #fn, result};                                                              \
	Z_ZTEST_LISTED(quire_ztest_expected, struct ztest_expected_result_entry,                   \
		       z_ztest_expect_##suite##__##fn)
#define ZTEST_EXPECT_FAIL(suite, fn) Z_ZTEST_EXPECT(suite, fn, ZTEST_EXPECTED_RESULT_FAIL)
#define ZTEST_EXPECT_SKIP(suite, fn) Z_ZTEST_EXPECT(suite, fn, ZTEST_EXPECTED_RESULT_SKIP)

/* Variables that tests in user mode may touch. */
#define ZTEST_BMEM    K_APP_BMEM(ztest_mem_partition)
#define ZTEST_DMEM    K_APP_DMEM(ztest_mem_partition)
#define ZTEST_SECTION K_APP_DMEM_SECTION(ztest_mem_partition)
#ifdef CONFIG_USERSPACE
extern struct k_mem_partition ztest_mem_partition;
#ifndef QUIRE_ZEPHYR_LIBRARY
/* The program's, since pages are as large as it says; each of its files has it, and one is taken. */
#pragma weak ztest_mem_partition
#pragma weak ztest_mem_partition_behind
K_APPMEM_PARTITION_DEFINE(ztest_mem_partition);
#endif
#endif

/* End the test that runs. */
void ztest_test_fail(void);              /* [user] */
void ztest_test_pass(void);              /* [user] */
void ztest_test_skip(void);              /* [user] */
void ztest_test_expect_fail(void);       /* [user] it fails when it ends */
void ztest_skip_failed_assumption(void); /* [user] */

/* Run suites: what the arguments of the program say if test_main() is the library's. */
void ztest_run_all(const void *state, bool shuffle, int suite_iter, int case_iter);
int ztest_run_test_suites(const void *state, bool shuffle, int suite_iter, int case_iter);
void ztest_verify_all_test_suites_ran(void);
int z_ztest_run_test_suite(const char *name, bool shuffle, int suite_iter, int case_iter,
			   void *param);
#define ztest_run_test_suite(suite, shuffle, suite_iter, case_iter, param)                         \
	z_ztest_run_test_suite(STRINGIFY(suite), shuffle, suite_iter, case_iter, param)
#define ztest_run_all_compat(state) ztest_run_all(state, false, 1, 1)

/* There is one CPU. */
static inline void ztest_simple_1cpu_before(void *data)
{
	(void)data;
}

static inline void ztest_simple_1cpu_after(void *data)
{
	(void)data;
}

#ifdef __cplusplus
}
#endif

#include "zephyr/ztest_assert.h"
#include "zephyr/ztest_error_hook.h"

#endif
