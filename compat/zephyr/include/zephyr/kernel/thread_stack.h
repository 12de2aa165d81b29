/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks.
 *
 * A stack is whole pages of the program's memory, and what is asked for is what a thread can use at
 * least.  In front of it stands what the machine needs: on a board, the stack for calls of user mode
 * (CONFIG_PRIVILEGED_STACK_SIZE).  In a Linux process all code is a host's code, which is larger than a
 * small processor's, and the host's own functions run here too: every stack gets QUIRE_ZEPHYR_STACK_MORE
 * on top.
 *
 * With CONFIG_THREAD_STACK_MEM_MAPPED a thread runs on a second mapping of it, between guards.
 */
#ifndef ZEPHYR_KERNEL_THREAD_STACK_H
#define ZEPHYR_KERNEL_THREAD_STACK_H

#include "zephyr/sys/util.h"
#include "zephyr/toolchain.h"

#ifdef __linux__
#define QUIRE_ZEPHYR_STACK_MORE 32768
#ifndef CONFIG_PRIVILEGED_STACK_SIZE
#define CONFIG_PRIVILEGED_STACK_SIZE 0
#endif
#else
#define QUIRE_ZEPHYR_STACK_MORE 0
#ifndef CONFIG_PRIVILEGED_STACK_SIZE
#define CONFIG_PRIVILEGED_STACK_SIZE 8192
#endif
#endif
#ifndef CONFIG_TEST_EXTRA_STACK_SIZE
#define CONFIG_TEST_EXTRA_STACK_SIZE 0
#endif

#define ARCH_STACK_PTR_ALIGN 16

struct __packed z_thread_stack_element {
	char data;
};
typedef struct z_thread_stack_element k_thread_stack_t;

#define Z_STACK_PAGES(size)                                                                        \
	(((size) + CONFIG_MMU_PAGE_SIZE - 1) / CONFIG_MMU_PAGE_SIZE * CONFIG_MMU_PAGE_SIZE)

#define K_KERNEL_STACK_RESERVED ((size_t)0)
#define K_THREAD_STACK_RESERVED ((size_t)Z_STACK_PAGES(CONFIG_PRIVILEGED_STACK_SIZE))
#define K_THREAD_STACK_LEN(size)                                                                   \
	(Z_STACK_PAGES((size) + QUIRE_ZEPHYR_STACK_MORE) + K_THREAD_STACK_RESERVED)
#define K_KERNEL_STACK_LEN(size) K_THREAD_STACK_LEN(size)

#define K_THREAD_STACK_DECLARE(sym, size)                                                          \
	extern struct z_thread_stack_element sym[K_THREAD_STACK_LEN(size)]
#define K_THREAD_STACK_ARRAY_DECLARE(sym, nmemb, size)                                             \
	extern struct z_thread_stack_element sym[nmemb][K_THREAD_STACK_LEN(size)]
#define K_THREAD_STACK_DEFINE(sym, size)                                                           \
	struct z_thread_stack_element __aligned(CONFIG_MMU_PAGE_SIZE) sym[K_THREAD_STACK_LEN(size)]
#define K_THREAD_STACK_ARRAY_DEFINE(sym, nmemb, size)                                              \
	struct z_thread_stack_element __aligned(CONFIG_MMU_PAGE_SIZE)                              \
		sym[nmemb][K_THREAD_STACK_LEN(size)]
#define K_THREAD_STACK_MEMBER(sym, size)                                                           \
	struct z_thread_stack_element __aligned(CONFIG_MMU_PAGE_SIZE) sym[K_THREAD_STACK_LEN(size)]
#define K_THREAD_PINNED_STACK_DEFINE(sym, size) K_THREAD_STACK_DEFINE(sym, size)
#define K_THREAD_PINNED_STACK_ARRAY_DEFINE(sym, nmemb, size)                                       \
	K_THREAD_STACK_ARRAY_DEFINE(sym, nmemb, size)

#define K_KERNEL_STACK_DECLARE(sym, size) K_THREAD_STACK_DECLARE(sym, size)
#define K_KERNEL_STACK_ARRAY_DECLARE(sym, nmemb, size)                                             \
	K_THREAD_STACK_ARRAY_DECLARE(sym, nmemb, size)
#define K_KERNEL_STACK_DEFINE(sym, size)              K_THREAD_STACK_DEFINE(sym, size)
#define K_KERNEL_STACK_ARRAY_DEFINE(sym, nmemb, size) K_THREAD_STACK_ARRAY_DEFINE(sym, nmemb, size)
#define K_KERNEL_STACK_MEMBER(sym, size)              K_THREAD_STACK_MEMBER(sym, size)

/* What may be asked for of it. */
#define K_THREAD_STACK_SIZEOF(sym) (sizeof(sym) - K_THREAD_STACK_RESERVED - QUIRE_ZEPHYR_STACK_MORE)
#define K_KERNEL_STACK_SIZEOF(sym) K_THREAD_STACK_SIZEOF(sym)

static inline char *K_THREAD_STACK_BUFFER(k_thread_stack_t *sym)
{
	return (char *)sym + K_THREAD_STACK_RESERVED;
}

static inline char *K_KERNEL_STACK_BUFFER(k_thread_stack_t *sym)
{
	return (char *)sym + K_THREAD_STACK_RESERVED;
}

#endif
