/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread stacks between guards.
 *
 * The stack's own pages may be scattered if it was mapped (k_mem_map()); what is seen again is one
 * physical run, so that such a stack is only taken if its frames happen to be one.  Stacks that are
 * variables always are, and k_mem_map() has put guards around the others already.
 */
#include "stack.h"

#include "kernel_arch_interface.h"
#include "words.h"

/* The physical run that a stack is; false if it is none. */
static bool run_of(void *stack, size_t size, uintptr_t *phys)
{
	uintptr_t page;

	if (arch_page_phys_get(stack, phys) < 0)
		*phys = K_MEM_PHYS_ADDR((uintptr_t)stack);
	for (size_t i = quire_zephyr_map.page; i < size; i += quire_zephyr_map.page)
		if (arch_page_phys_get((char *)stack + i, &page) == 0 && page != *phys + i)
			return false;
	return true;
}

void *z_thread_stack_map(void *stack, size_t size, uint32_t flags)
{
	uintptr_t phys;

	if (!run_of(stack, size, &phys)) {
		printk("z_thread_stack_map: the stack at %p is not one physical run\n", stack);
		return NULL;
	}
	return k_mem_map_phys_guard(phys, size, flags | K_MEM_PERM_RW, false);
}

void z_thread_stack_unmap(void *mapped, size_t size)
{
	k_mem_unmap_phys_guard(mapped, size, false);
}
