/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests say is so.
 *
 * zassert_*: if not, the test has failed and ends.  zassume_*: then it is skipped.  zexpect_*: then it has
 * failed, and goes on.  The arguments behind the values are a message as printf() takes them.
 */
#ifndef ZEPHYR_ZTEST_ASSERT_H
#define ZEPHYR_ZTEST_ASSERT_H

#include "zephyr/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

enum z_ztest_severity { Z_ZTEST_ASSERT, Z_ZTEST_ASSUME, Z_ZTEST_EXPECT };

/* Says that something is not as it should be, and does what the severity wants.  A message follows if
   `told`; it may be NULL. */
bool z_ztest_not_so(enum z_ztest_severity severity, const char *what, const char *file, int line,
		    const char *function, int told, ...);

#ifdef __cplusplus
}
#endif

/* Whether there are arguments is seen by their text. */
#define Z_ZTEST_CHECK(severity, condition, what, ...)                                              \
	((condition) ? true                                                                        \
		     : z_ztest_not_so(severity, what, __FILE__, __LINE__, __func__,                \
				      sizeof("" #__VA_ARGS__) > 1, ##__VA_ARGS__))

#define zassert(cond, default_msg, ...)                                                            \
	((void)Z_ZTEST_CHECK(Z_ZTEST_ASSERT, cond, default_msg, ##__VA_ARGS__))
#define zassume(cond, default_msg, ...)                                                            \
	((void)Z_ZTEST_CHECK(Z_ZTEST_ASSUME, cond, default_msg, ##__VA_ARGS__))
#define zexpect(cond, default_msg, ...)                                                            \
	((void)Z_ZTEST_CHECK(Z_ZTEST_EXPECT, cond, default_msg, ##__VA_ARGS__))

#define zassert_true(cond, ...)      zassert((cond), #cond " is false", ##__VA_ARGS__)
#define zassert_false(cond, ...)     zassert(!(cond), #cond " is true", ##__VA_ARGS__)
#define zassert_ok(cond, ...)        zassert(!(cond), #cond " is non-zero", ##__VA_ARGS__)
#define zassert_not_ok(cond, ...)    zassert(!!(cond), #cond " is zero", ##__VA_ARGS__)
#define zassert_is_null(ptr, ...)    zassert((ptr) == NULL, #ptr " is not NULL", ##__VA_ARGS__)
#define zassert_not_null(ptr, ...)   zassert((ptr) != NULL, #ptr " is NULL", ##__VA_ARGS__)
#define zassert_equal(a, b, ...)     zassert((a) == (b), #a " not equal to " #b, ##__VA_ARGS__)
#define zassert_not_equal(a, b, ...) zassert((a) != (b), #a " equal to " #b, ##__VA_ARGS__)
#define zassert_equal_ptr(a, b, ...)                                                               \
	zassert((const void *)(a) == (const void *)(b), #a " not equal to " #b, ##__VA_ARGS__)
#define zassert_within(a, b, d, ...)                                                               \
	zassert((a) >= ((b) - (d)) && (a) <= ((b) + (d)), #a " not within " #b " +/- " #d,         \
		##__VA_ARGS__)
#define zassert_between_inclusive(a, l, u, ...)                                                    \
	zassert((a) >= (l) && (a) <= (u), #a " not between " #l " and " #u " inclusive",           \
		##__VA_ARGS__)
#define zassert_mem_equal(a, b, n, ...)                                                            \
	zassert(memcmp(a, b, n) == 0, #a " not equal to " #b, ##__VA_ARGS__)
#define zassert_mem_equal__(a, b, n, ...)                                                          \
	zassert(memcmp(a, b, n) == 0, #a " not equal to " #b, ##__VA_ARGS__)
#define zassert_str_equal(a, b, ...)                                                               \
	zassert(strcmp(a, b) == 0, #a " not equal to " #b, ##__VA_ARGS__)

#define zassume_true(cond, ...)      zassume((cond), #cond " is false", ##__VA_ARGS__)
#define zassume_false(cond, ...)     zassume(!(cond), #cond " is true", ##__VA_ARGS__)
#define zassume_ok(cond, ...)        zassume(!(cond), #cond " is non-zero", ##__VA_ARGS__)
#define zassume_not_ok(cond, ...)    zassume(!!(cond), #cond " is zero", ##__VA_ARGS__)
#define zassume_is_null(ptr, ...)    zassume((ptr) == NULL, #ptr " is not NULL", ##__VA_ARGS__)
#define zassume_not_null(ptr, ...)   zassume((ptr) != NULL, #ptr " is NULL", ##__VA_ARGS__)
#define zassume_equal(a, b, ...)     zassume((a) == (b), #a " not equal to " #b, ##__VA_ARGS__)
#define zassume_not_equal(a, b, ...) zassume((a) != (b), #a " equal to " #b, ##__VA_ARGS__)
#define zassume_equal_ptr(a, b, ...)                                                               \
	zassume((const void *)(a) == (const void *)(b), #a " not equal to " #b, ##__VA_ARGS__)
#define zassume_within(a, b, d, ...)                                                               \
	zassume((a) >= ((b) - (d)) && (a) <= ((b) + (d)), #a " not within " #b " +/- " #d,         \
		##__VA_ARGS__)
#define zassume_between_inclusive(a, l, u, ...)                                                    \
	zassume((a) >= (l) && (a) <= (u), #a " not between " #l " and " #u " inclusive",           \
		##__VA_ARGS__)
#define zassume_mem_equal(a, b, n, ...)                                                            \
	zassume(memcmp(a, b, n) == 0, #a " not equal to " #b, ##__VA_ARGS__)
#define zassume_mem_equal__(a, b, n, ...)                                                          \
	zassume(memcmp(a, b, n) == 0, #a " not equal to " #b, ##__VA_ARGS__)
#define zassume_str_equal(a, b, ...)                                                               \
	zassume(strcmp(a, b) == 0, #a " not equal to " #b, ##__VA_ARGS__)

#define zexpect_true(cond, ...)      zexpect((cond), #cond " is false", ##__VA_ARGS__)
#define zexpect_false(cond, ...)     zexpect(!(cond), #cond " is true", ##__VA_ARGS__)
#define zexpect_ok(cond, ...)        zexpect(!(cond), #cond " is non-zero", ##__VA_ARGS__)
#define zexpect_not_ok(cond, ...)    zexpect(!!(cond), #cond " is zero", ##__VA_ARGS__)
#define zexpect_is_null(ptr, ...)    zexpect((ptr) == NULL, #ptr " is not NULL", ##__VA_ARGS__)
#define zexpect_not_null(ptr, ...)   zexpect((ptr) != NULL, #ptr " is NULL", ##__VA_ARGS__)
#define zexpect_equal(a, b, ...)     zexpect((a) == (b), #a " not equal to " #b, ##__VA_ARGS__)
#define zexpect_not_equal(a, b, ...) zexpect((a) != (b), #a " equal to " #b, ##__VA_ARGS__)
#define zexpect_equal_ptr(a, b, ...)                                                               \
	zexpect((const void *)(a) == (const void *)(b), #a " not equal to " #b, ##__VA_ARGS__)
#define zexpect_within(a, b, d, ...)                                                               \
	zexpect((a) >= ((b) - (d)) && (a) <= ((b) + (d)), #a " not within " #b " +/- " #d,         \
		##__VA_ARGS__)
#define zexpect_between_inclusive(a, l, u, ...)                                                    \
	zexpect((a) >= (l) && (a) <= (u), #a " not between " #l " and " #u " inclusive",           \
		##__VA_ARGS__)
#define zexpect_mem_equal(a, b, n, ...)                                                            \
	zexpect(memcmp(a, b, n) == 0, #a " not equal to " #b, ##__VA_ARGS__)
#define zexpect_mem_equal__(a, b, n, ...)                                                          \
	zexpect(memcmp(a, b, n) == 0, #a " not equal to " #b, ##__VA_ARGS__)
#define zexpect_str_equal(a, b, ...)                                                               \
	zexpect(strcmp(a, b) == 0, #a " not equal to " #b, ##__VA_ARGS__)

#define zassert_unreachable(...) zassert(false, "Reached unreachable code", ##__VA_ARGS__)

/* Of calls that return 0 or a negative error. */
#define zassert_success(expr, ...) zassert((expr) == 0, #expr " succeeds", ##__VA_ARGS__)

#endif
