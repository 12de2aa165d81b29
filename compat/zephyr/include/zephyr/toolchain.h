/* SPDX-License-Identifier: Apache-2.0 */
/* What compilers say in their own ways, gcc's and clang's here. */
#ifndef ZEPHYR_TOOLCHAIN_H
#define ZEPHYR_TOOLCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zephyr/autoconf.h"

#ifdef __cplusplus
#define BUILD_ASSERT(condition, ...) static_assert(condition, "" __VA_ARGS__)
#else
#define BUILD_ASSERT(condition, ...) _Static_assert(condition, "" __VA_ARGS__)
#endif

/* The C library of the host has some of these as well. */
#undef __aligned
#undef __packed
#undef __used
#undef __unused
#undef __weak
#undef __deprecated
#undef __noinline
#undef __always_inline
#undef __section
#undef __maybe_unused
#define __aligned(bytes)         __attribute__((__aligned__(bytes)))
#define __packed                 __attribute__((__packed__))
#define __used                   __attribute__((__used__))
#define __unused                 __attribute__((__unused__))
#define __maybe_unused           __attribute__((__unused__))
#define __weak                   __attribute__((__weak__))
#define __deprecated             __attribute__((__deprecated__))
#define __noinline               __attribute__((__noinline__))
#define __always_inline          inline __attribute__((__always_inline__))
#define __section(name)          __attribute__((__section__(name)))
#define __may_alias              __attribute__((__may_alias__))
#define __attribute_nonnull(...) __attribute__((__nonnull__(__VA_ARGS__)))
#ifndef __printf_like
#define __printf_like(format, first) __attribute__((__format__(__printf__, format, first)))
#endif
#ifndef __fallthrough
#define __fallthrough __attribute__((__fallthrough__))
#endif
#ifndef __attribute_const__
#define __attribute_const__ __attribute__((__const__))
#endif
#define ALWAYS_INLINE                 inline __attribute__((__always_inline__))
#define FUNC_NORETURN                 __attribute__((__noreturn__))
#define FUNC_ALIAS(real, alias, type) type alias() __attribute__((__alias__(#real)))
#define CODE_UNREACHABLE              __builtin_unreachable()
#define TOOLCHAIN_HAS_C_AUTO_TYPE     1
#ifndef likely
#define likely(condition)   (__builtin_expect((bool)!!(condition), true) != 0L)
#define unlikely(condition) (__builtin_expect((bool)!!(condition), false) != 0L)
#endif
#define POPCOUNT(value)      __builtin_popcount(value)
#define ARG_UNUSED(argument) (void)(argument)
#define compiler_barrier()   __asm__ volatile("" ::: "memory")

#ifndef STRINGIFY
#define Z_STRINGIFY(text) #text
#define STRINGIFY(text)   Z_STRINGIFY(text)
#endif
#define _DO_CONCAT(a, b) a##b
#define _CONCAT(a, b)    _DO_CONCAT(a, b)

/* Sections that the linker scripts of Zephyr gather. */
#define ___in_section(a, b, c)                                                                     \
	__attribute__((__section__("." Z_STRINGIFY(a) "." Z_STRINGIFY(b) "." Z_STRINGIFY(c))))
#define __in_section(a, b, c)     ___in_section(a, b, c)
#define __in_section_unique(name) ___in_section(name, __FILE__, __COUNTER__)

/* A call that user mode may make is an ordinary function here: it finds its way by itself. */
#define __syscall

#endif
