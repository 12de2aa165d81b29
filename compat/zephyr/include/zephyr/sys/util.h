/* SPDX-License-Identifier: Apache-2.0 */
/* Small sums and comparisons that everybody needs. */
#ifndef ZEPHYR_SYS_UTIL_H
#define ZEPHYR_SYS_UTIL_H

#include "zephyr/sys/util_macro.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

#define POINTER_TO_UINT(pointer) ((uintptr_t)(pointer))
#define UINT_TO_POINTER(value)   ((void *)(uintptr_t)(value))
#define POINTER_TO_INT(pointer)  ((intptr_t)(pointer))
#define INT_TO_POINTER(value)    ((void *)(intptr_t)(value))

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#define ARRAY_FOR_EACH(array, i) for (size_t i = 0; (i) < ARRAY_SIZE(array); (i)++)
#define ARRAY_FOR_EACH_PTR(array, p)                                                               \
	for (__typeof__(*(array)) *p = (array); (size_t)((p) - (array)) < ARRAY_SIZE(array); (p)++)
#define IS_ARRAY_ELEMENT(array, p)                                                                 \
	((p) && POINTER_TO_UINT(array) <= POINTER_TO_UINT(p) &&                                    \
	 POINTER_TO_UINT(p) < POINTER_TO_UINT(&(array)[ARRAY_SIZE(array)]) &&                      \
	 (POINTER_TO_UINT(p) - POINTER_TO_UINT(array)) % sizeof((array)[0]) == 0)
#ifndef CONTAINER_OF
#define CONTAINER_OF(p, type, field) ((type *)(((char *)(p)) - offsetof(type, field)))
#endif
#define SIZEOF_FIELD(type, member) sizeof(((type *)0)->member)

/* To multiples of align, which need not be a power of two. */
#ifndef ROUND_UP
#define ROUND_UP(x, align)                                                                         \
	((((unsigned long)(x) + ((unsigned long)(align)-1)) / (unsigned long)(align)) *            \
	 (unsigned long)(align))
#endif
#define ROUND_DOWN(x, align)                                                                       \
	(((unsigned long)(x) / (unsigned long)(align)) * (unsigned long)(align))
#define WB_UP(x)               ROUND_UP(x, sizeof(void *))
#define WB_DN(x)               ROUND_DOWN(x, sizeof(void *))
#define IS_ALIGNED(p, align)   (((uintptr_t)(p)) % (align) == 0)
#define DIV_ROUND_UP(n, d)     (((n) + (d)-1) / (d))
#define ceiling_fraction(n, d) DIV_ROUND_UP(n, d)

#ifndef MAX
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef MIN
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef CLAMP
#define CLAMP(value, low, high) (((value) <= (low)) ? (low) : MIN(value, high))
#endif
#define IN_RANGE(value, least, most) ((value) >= (least) && (value) <= (most))

#define KB(x) ((x) << 10)
#define MB(x) (KB(x) << 10)
#define GB(x) (MB(x) << 10)

static inline bool is_power_of_two(unsigned int x)
{
	return x != 0 && (x & (x - 1)) == 0;
}
#define IS_POWER_OF_TWO(x) (((x) != 0) && (((x) & ((x)-1)) == 0))

#endif
