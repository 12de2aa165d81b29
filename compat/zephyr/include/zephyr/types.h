/* SPDX-License-Identifier: Apache-2.0 */
/* Types, under the name of Zephyr's header. */
#ifndef ZEPHYR_TYPES_H
#define ZEPHYR_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zephyr/autoconf.h"

#if defined __linux__ || __has_include(<sys/types.h>)
#include <sys/types.h> /* ssize_t */
#else
typedef intptr_t ssize_t;
#endif

/* What needs the strictest alignment there is. */
typedef union {
	long long thelonglong;
	long double thelongdouble;
	uintmax_t theuintmax_t;
	size_t thesize_t;
	uintptr_t theuintptr_t;
	ptrdiff_t theptrdiff_t;
	void *thepvoid;
	void (*thepfunc)(void);
} z_max_align_t;

#endif
