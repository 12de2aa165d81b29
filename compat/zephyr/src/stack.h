/* SPDX-License-Identifier: Apache-2.0 */
/* Thread stacks that are mapped between guards (CONFIG_THREAD_STACK_MEM_MAPPED). */
#ifndef QUIRE_ZEPHYR_STACK_H
#define QUIRE_ZEPHYR_STACK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where a stack is used that was defined at `stack`, as a variable or by k_mem_map(): the same pages, seen
 * again between two guards.  `size` and `stack` are multiples of the page, `flags` K_MEM_PERM_* beyond
 * reading and writing.  NULL, and a sentence, if that cannot be.
 */
void *z_thread_stack_map(void *stack, size_t size, uint32_t flags);

/* Give it back. */
void z_thread_stack_unmap(void *mapped, size_t size);

#endif
