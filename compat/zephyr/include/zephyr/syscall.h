/* SPDX-License-Identifier: Apache-2.0 */
/* What code that serves system calls asks for. */
#ifndef ZEPHYR_SYSCALL_H
#define ZEPHYR_SYSCALL_H

#include "zephyr/toolchain.h"

#define K_SYSCALL_MEMORY(ptr, size, write) arch_buffer_validate(ptr, size, write)
#define K_SYSCALL_MEMORY_READ(ptr, size)   K_SYSCALL_MEMORY(ptr, size, 0)
#define K_SYSCALL_MEMORY_WRITE(ptr, size)  K_SYSCALL_MEMORY(ptr, size, 1)
#define K_OOPS(expression)                                                                         \
	do {                                                                                       \
		if (expression)                                                                    \
			z_oops(3);                                                                 \
	} while (0)

#ifdef __cplusplus
extern "C" {
#endif
int arch_buffer_validate(const void *addr, size_t size, int write);
void z_oops(unsigned int reason);
#ifdef __cplusplus
}
#endif

#endif
