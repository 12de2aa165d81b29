/* SPDX-License-Identifier: Apache-2.0 */
/* Macros that count, join and choose. */
#ifndef ZEPHYR_SYS_UTIL_MACRO_H
#define ZEPHYR_SYS_UTIL_MACRO_H

#include "zephyr/toolchain.h"

#ifndef BIT
#define BIT(n) (1UL << (n))
#endif
#define BIT64(n)               (1ULL << (n))
#define BIT_MASK(n)            (BIT(n) - 1UL)
#define BIT64_MASK(n)          (BIT64(n) - 1ULL)
#define IS_BIT_SET(value, bit) (((value) >> (bit)) & 0x1)
#define WRITE_BIT(variable, bit, set)                                                              \
	((variable) = (set) ? ((variable) | BIT(bit)) : ((variable) & ~BIT(bit)))
#define GENMASK(high, low)                                                                         \
	(((~0UL) - (1UL << (low)) + 1) & (~0UL >> (sizeof(long) * 8 - 1 - (high))))
#define LSB_GET(value)          ((value) & -(value))
#define FIELD_GET(mask, value)  (((value) & (mask)) / LSB_GET(mask))
#define FIELD_PREP(mask, value) (((value)*LSB_GET(mask)) & (mask))

/* 1 if a switch of the configuration is defined as 1, else 0; usable in #if and in C. */
#define IS_ENABLED(option)                      QUIRE_ZEPHYR_ENABLED1(option)
#define QUIRE_ZEPHYR_ENABLED1(v)                QUIRE_ZEPHYR_ENABLED2(QUIRE_ZEPHYR_ONE_##v)
#define QUIRE_ZEPHYR_ENABLED2(v)                QUIRE_ZEPHYR_SECOND(v 1, 0, 0)
#define QUIRE_ZEPHYR_ONE_1                      0,
#define QUIRE_ZEPHYR_SECOND(first, second, ...) second

/* COND_CODE_1(flag, (then), (otherwise)): the one or the other in brackets, as flag is 1 or not. */
#define COND_CODE_1(flag, yes, no)             QUIRE_ZEPHYR_COND1(flag, yes, no)
#define QUIRE_ZEPHYR_COND1(flag, yes, no)      QUIRE_ZEPHYR_COND2(QUIRE_ZEPHYR_ONE_##flag, yes, no)
#define QUIRE_ZEPHYR_COND2(v, yes, no)         QUIRE_ZEPHYR_COND3(v yes, no, 0)
#define QUIRE_ZEPHYR_COND3(first, second, ...) QUIRE_ZEPHYR_BARE second
#define QUIRE_ZEPHYR_BARE(...)                 __VA_ARGS__
#define IF_ENABLED(flag, code)                 COND_CODE_1(flag, code, ())
#define IF_DISABLED(flag, code)                COND_CODE_1(flag, (), code)

#define CONCAT(a, b)                                             _CONCAT(a, b)
#define NUM_VA_ARGS_LESS_1(...)                                  QUIRE_ZEPHYR_COUNT(__VA_ARGS__, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0)
#define QUIRE_ZEPHYR_COUNT(a, b, c, d, e, f, g, h, i, j, n, ...) n
#define EMPTY

#endif
