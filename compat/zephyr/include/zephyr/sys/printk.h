/* SPDX-License-Identifier: Apache-2.0 */
/* Text to wherever the machine says things, from threads, traps and user mode. */
#ifndef ZEPHYR_SYS_PRINTK_H
#define ZEPHYR_SYS_PRINTK_H

#include <stdarg.h>
#include <stddef.h>

#include "zephyr/toolchain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Conversions: d i u x X o c s p %, with the flags - 0 + # and space, widths, precisions (of texts and
   numbers) and the lengths hh h l ll z j t. */
#ifdef CONFIG_PRINTK
void __printf_like(1, 2) printk(const char *fmt, ...);
void __printf_like(1, 0) vprintk(const char *fmt, va_list ap);
#else
static inline void __printf_like(1, 2) printk(const char *fmt, ...)
{
	(void)fmt;
}
static inline void __printf_like(1, 0) vprintk(const char *fmt, va_list ap)
{
	(void)fmt;
	(void)ap;
}
#endif

/* Into str, which gets at most size characters with the 0; the length of the whole is returned. */
int __printf_like(3, 4) snprintk(char *str, size_t size, const char *fmt, ...);
int __printf_like(3, 0) vsnprintk(char *str, size_t size, const char *fmt, va_list ap);

/* The characters themselves: a call that user mode may make. */
void k_str_out(char *c, size_t n);

#ifdef __cplusplus
}
#endif

#endif
