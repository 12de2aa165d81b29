/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions: what a caller has promised, looked at if CONFIG_ASSERT is on.
 *
 * A broken promise is printed with its place, and is the end of the thread (user mode) or of the system;
 * a program may say what happens instead by defining assert_post_action().
 */
#ifndef ZEPHYR_SYS___ASSERT_H
#define ZEPHYR_SYS___ASSERT_H

#include <stdbool.h>

#include "zephyr/sys/printk.h"
#include "zephyr/toolchain.h"

#ifdef __cplusplus
extern "C" {
#endif

void __printf_like(1, 2) assert_print(const char *fmt, ...);
#ifdef CONFIG_ASSERT_NO_FILE_INFO
void assert_post_action(void);
#define QUIRE_ZEPHYR_ASSERT_END() assert_post_action()
#else
void assert_post_action(const char *file, unsigned int line);
#define QUIRE_ZEPHYR_ASSERT_END() assert_post_action(__FILE__, __LINE__)
#endif

#ifdef __cplusplus
}
#endif

#ifdef CONFIG_ASSERT
#define __ASSERT_ON              CONFIG_ASSERT_LEVEL
#define __ASSERT_PRINT(fmt, ...) assert_print(fmt, ##__VA_ARGS__)
#define __ASSERT_LOC(test)                                                                         \
	assert_print("ASSERTION FAIL [%s] @ %s:%d\n", Z_STRINGIFY(test), __FILE__, __LINE__)
#define __ASSERT_MSG_INFO(fmt, ...) assert_print("\t" fmt "\n", ##__VA_ARGS__)
#define __ASSERT_POST_ACTION()      QUIRE_ZEPHYR_ASSERT_END()
#define __ASSERT_NO_MSG(test)                                                                      \
	do {                                                                                       \
		if (!(test)) {                                                                     \
			__ASSERT_LOC(test);                                                        \
			__ASSERT_POST_ACTION();                                                    \
		}                                                                                  \
	} while (false)
#define __ASSERT(test, fmt, ...)                                                                   \
	do {                                                                                       \
		if (!(test)) {                                                                     \
			__ASSERT_LOC(test);                                                        \
			__ASSERT_MSG_INFO(fmt, ##__VA_ARGS__);                                     \
			__ASSERT_POST_ACTION();                                                    \
		}                                                                                  \
	} while (false)
#define __ASSERT_EVAL(expr1, expr2, test, fmt, ...)                                                \
	do {                                                                                       \
		expr2;                                                                             \
		__ASSERT(test, fmt, ##__VA_ARGS__);                                                \
	} while (false)
#else
#define __ASSERT_ON 0
#define __ASSERT(test, fmt, ...)                                                                   \
	do {                                                                                       \
	} while (false)
#define __ASSERT_NO_MSG(test)                                                                      \
	do {                                                                                       \
	} while (false)
#define __ASSERT_EVAL(expr1, expr2, test, fmt, ...) expr1
#define __ASSERT_POST_ACTION()                                                                     \
	do {                                                                                       \
	} while (false)
#endif

#endif
