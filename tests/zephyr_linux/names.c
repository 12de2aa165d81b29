/* SPDX-License-Identifier: Apache-2.0 */
/* Half of a program in which names hide tests; names_too.c is the other. */
#include <zephyr/ztest.h>

ZTEST_SUITE(names, NULL, NULL, NULL, NULL, NULL);
ZTEST(names, test_a)
{
}
