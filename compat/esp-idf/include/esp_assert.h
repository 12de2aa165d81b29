/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions that the compiler checks. */
#ifndef ESP_ASSERT_H
#define ESP_ASSERT_H

#include <assert.h>

/* A condition that must hold when the file is compiled, and the sentence if it does not. */
#ifdef __cplusplus
#define ESP_STATIC_ASSERT static_assert
#else
#define ESP_STATIC_ASSERT _Static_assert
#endif

/* The same if the compiler can tell; otherwise nothing (in C++, when it runs). */
#ifdef __cplusplus
#define TRY_STATIC_ASSERT(condition, text) assert((condition) && #text)
#else
#define TRY_STATIC_ASSERT(condition, text)                                                         \
	do {                                                                                       \
		ESP_STATIC_ASSERT(                                                                 \
			__builtin_choose_expr(__builtin_constant_p(condition), (condition), 1),    \
			#text);                                                                    \
	} while (0)
#endif

#endif
