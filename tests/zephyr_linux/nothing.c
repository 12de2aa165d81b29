/* SPDX-License-Identifier: Apache-2.0 */
/* A program without a test. */
#include <zephyr/ztest.h>

ZTEST_SUITE(nothing, NULL, NULL, NULL, NULL, NULL);
