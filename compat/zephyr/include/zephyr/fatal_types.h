/* SPDX-License-Identifier: Apache-2.0 */
/* Why a thread cannot go on. */
#ifndef ZEPHYR_FATAL_TYPES_H
#define ZEPHYR_FATAL_TYPES_H

enum k_fatal_error_reason {
	K_ERR_CPU_EXCEPTION, /* an access that nothing allows, an instruction that does not exist */
	K_ERR_SPURIOUS_IRQ,  /* an interrupt that nobody waits for */
	K_ERR_STACK_CHK_FAIL,  /* the stack has run out */
	K_ERR_KERNEL_OOPS,     /* k_oops(): this thread is in trouble */
	K_ERR_KERNEL_PANIC,    /* k_panic(): the system is */
	K_ERR_ARCH_START = 16, /* a machine's own reasons */
};

#endif
