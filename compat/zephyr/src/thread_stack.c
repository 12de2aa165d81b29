/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stacks that threads run on.
 *
 * A stack that is part of the program (K_THREAD_STACK_DEFINE) is mapped a second time, between guards, and
 * that is where its thread runs: who runs over its end meets a page that is not there, instead of
 * another variable.  One from k_thread_stack_alloc() is memory of k_mem_map(), which has guards already.
 * Where the program's memory has no physical address, or no addresses are left, the thread runs on the
 * memory itself.
 *
 * User mode's part of a stack is user mode's only while its thread runs.
 */
#include "kernel.h"

#define STACK_FLAGS (K_MEM_PERM_RW | K_MEM_CACHE_WB)

static bool in_window(uintptr_t address)
{
	return address - quire_zephyr_map.vm_base < quire_zephyr_map.vm_size;
}

/* Whether it is the program's own memory, and where that is. */
static bool of_program(uintptr_t address, uintptr_t *phys)
{
	if (zephyr_machine.phys_of != NULL)
		return zephyr_machine.phys_of(address, phys);
	*phys = quire_zephyr_phys_of(address);
	return address >= quire_zephyr_map.image_start && address < quire_zephyr_map.image_end;
}

bool z_stack_make(struct k_thread *thread, k_thread_stack_t *stack, size_t size)
{
	uintptr_t base = (uintptr_t)stack, phys;
	size_t whole = size + K_THREAD_STACK_RESERVED;

	thread->stack_obj = stack;
	thread->stack_reserved = K_THREAD_STACK_RESERVED;
	thread->stack_info.start = base;
	thread->stack_info.mapped.addr = NULL;
#ifdef CONFIG_THREAD_STACK_MEM_MAPPED
	if (base % CONFIG_MMU_PAGE_SIZE == 0 && of_program(base, &phys)) {
		whole = Z_STACK_PAGES(whole);
		thread->stack_info.mapped.addr =
			k_mem_map_phys_guard(phys, whole, STACK_FLAGS, false);
		thread->stack_info.mapped.sz = whole;
	}
#endif
	if (thread->stack_info.mapped.addr != NULL)
		thread->stack_info.start = (uintptr_t)thread->stack_info.mapped.addr;
	thread->stack_info.start += thread->stack_reserved;
	thread->stack_info.size = whole - thread->stack_reserved;
	return size >= 64;
}

void z_stack_drop(struct k_thread *thread)
{
	if (thread->stack_info.mapped.addr != NULL)
		k_mem_unmap_phys_guard(thread->stack_info.mapped.addr, thread->stack_info.mapped.sz,
				       false);
	thread->stack_info.mapped.addr = NULL;
}

/* Whole pages of it: those that begin in it, since a stack begins a page. */
void z_stack_show(struct k_thread *thread, bool to_user)
{
	uintptr_t start = thread->stack_info.start;
	size_t size = Z_STACK_PAGES(thread->stack_info.size);
	uintptr_t phys;

	if (!thread->user || (!in_window(start) && !of_program(start, &phys)))
		return;
	if (k_mem_update_flags((void *)start, size,
			       STACK_FLAGS | (to_user ? K_MEM_PERM_USER : 0)) != 0)
		printk("The stack of %s could not be %s.\n", thread->name,
		       to_user ? "given to it" : "taken from it");
}

/* Below what the thread may use of its stack, and not further than a page: the guard, or the stack for
   calls. */
bool z_stack_overflown(const struct k_thread *thread, uintptr_t address)
{
	uintptr_t start = thread->stack_info.start;
	size_t below = thread->stack_reserved + CONFIG_MMU_PAGE_SIZE;

	return thread->stack_info.size != 0 && address < start && start - address <= below;
}

struct quire_arch_stack z_stack_of_kernel(const struct k_thread *thread)
{
	return (struct quire_arch_stack){thread->stack_info.start - thread->stack_reserved,
					 thread->stack_reserved};
}

struct quire_arch_stack z_stack_of_user(const struct k_thread *thread)
{
	return (struct quire_arch_stack){thread->stack_info.start, thread->stack_info.size};
}

k_thread_stack_t *k_thread_stack_alloc(size_t size, int flags)
{
	(void)flags;
	return (k_thread_stack_t *)k_mem_map(K_THREAD_STACK_LEN(size), K_MEM_PERM_RW);
}

static bool in_use(const k_thread_stack_t *stack)
{
	for (const struct k_thread *t = z_kernel.all; t != NULL; t = t->others)
		if (t->stack_obj == stack)
			return true;
	return false;
}

int k_thread_stack_free(k_thread_stack_t *stack)
{
	struct quire_vm_info info;

	if (quire_vm_info(zephyr_machine.vm, (uintptr_t)stack, &info) < 0 || !info.anonymous ||
	    info.va != (uintptr_t)stack)
		return -EINVAL;
	if (in_use(stack))
		return -EBUSY;
	k_mem_unmap(stack, (size_t)info.size);
	return 0;
}
