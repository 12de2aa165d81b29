/* SPDX-License-Identifier: Apache-2.0 */
/* What tests print, in the shape that scripts look for. */
#ifndef ZEPHYR_TC_UTIL_H
#define ZEPHYR_TC_UTIL_H

#include "zephyr/kernel.h"
#include "zephyr/sys/printk.h"

#define PRINT                printk
#define PRINT_DATA(fmt, ...) PRINT(fmt, ##__VA_ARGS__)
#define PRINT_LINE                                                                                 \
	PRINT_DATA("====================================================================="         \
		   "==========\n")

#define TC_PASS  0
#define TC_FAIL  1
#define TC_SKIP  2
#define TC_FLAKY 3

#define FAIL "FAIL"
#define PASS "PASS"

#define TC_PRINT(fmt, ...) PRINT_DATA(fmt, ##__VA_ARGS__)
#define TC_ERROR(fmt, ...)                                                                         \
	do {                                                                                       \
		PRINT_DATA(FAIL " - %s@%d. ", __FILE__, __LINE__);                                 \
		PRINT_DATA(fmt, ##__VA_ARGS__);                                                    \
	} while (0)
#define TC_START(name) PRINT_DATA("START - %s\n", name)
#define TC_SUITE_START(name)                                                                       \
	do {                                                                                       \
		PRINT_DATA("Running TESTSUITE %s\n", name);                                        \
		PRINT_LINE;                                                                        \
	} while (0)
#define TC_SUITE_END(name, result)                                                                 \
	PRINT_DATA("TESTSUITE %s %s.\n", name, (result) == TC_PASS ? "succeeded" : "failed")
#define TC_END_RESULT(result) ((void)(result))

/* The last line: what the program's status will be, unless it is halted. */
void z_tc_end_report(int result);
#define TC_END_REPORT(result) z_tc_end_report(result)
#define TC_END_POST(result)   ((void)(result))

#endif
