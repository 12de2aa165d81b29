/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stacks that threads run on.
 *
 * A stack that is part of the program (K_THREAD_STACK_DEFINE) is mapped a second time, between guards, and
 * that is where its thread runs: who runs over its end meets a page that is not there, instead of
 * another variable.  A machine can have a window for that in front of all others, which leaves the
 * kernel's addresses as Zephyr would have them.  A stack from k_thread_stack_alloc() is memory of k_mem_map(),
 * which has guards already.  Where the program's memory has no physical address, or no addresses are left,
 * the thread runs on the memory itself.
 *
 * User mode's part of a stack is user mode's only while its thread runs.
 */
#include "kernel.h"
#include "words.h"

#define STACK_ATTR (QUIRE_READ | QUIRE_WRITE)

/* The page is the machine's: the program may have been compiled for another one than this was. */
static size_t in_pages(size_t size)
{
	return ROUND_UP(size, quire_zephyr_map.page);
}

/* K_THREAD_STACK_RESERVED, K_THREAD_STACK_LEN() */
static size_t reserved(void)
{
	return in_pages(CONFIG_PRIVILEGED_STACK_SIZE);
}

static size_t length(size_t size)
{
	return in_pages(size + QUIRE_ZEPHYR_STACK_MORE) + reserved();
}

/* Whether it is the program's own memory, and where that is. */
static bool of_program(uintptr_t address, uintptr_t *phys)
{
	if (zephyr_machine.phys_of != NULL)
		return zephyr_machine.phys_of(address, phys);
	*phys = quire_zephyr_phys_of(address);
	return address >= quire_zephyr_map.image_start && address < quire_zephyr_map.image_end;
}

/* Where stack memory is seen between guards; 0 if it cannot be. */
static uintptr_t guarded(uintptr_t stack, size_t size)
{
	struct quire_vm_want want = {.size = size,
				     .attr = STACK_ATTR,
				     .flags = QUIRE_VM_GUARDS,
				     .tag = ZEPHYR_TAG_MACHINE};
	uintptr_t phys;
	quire_va va = 0;
	int result;

	if (stack % quire_zephyr_map.page != 0 || !of_program(stack, &phys))
		return 0;
	result = quire_vm_map_physical(zephyr_machine.vm, QUIRE_RAM, phys, &want, &va);
	return zephyr_keep(result, va, size) < 0 ? 0 : (uintptr_t)va;
}

bool z_stack_make(struct k_thread *thread, k_thread_stack_t *stack, size_t size)
{
	size_t whole = length(size);
	uintptr_t start = 0;

#ifdef CONFIG_THREAD_STACK_MEM_MAPPED
	start = guarded((uintptr_t)stack, whole);
#endif
	thread->stack_obj = stack;
	thread->stack_reserved = reserved();
	thread->stack_info.mapped.addr = (void *)start;
	thread->stack_info.mapped.sz = whole;
	thread->stack_info.start = (start != 0 ? start : (uintptr_t)stack) + thread->stack_reserved;
	thread->stack_info.size = whole - thread->stack_reserved;
	return size != 0;
}

void z_stack_drop(struct k_thread *thread)
{
	if (thread->stack_info.mapped.addr != NULL)
		(void)quire_vm_unmap(zephyr_machine.vm, (uintptr_t)thread->stack_info.mapped.addr,
				     thread->stack_info.mapped.sz);
	thread->stack_info.mapped.addr = NULL;
}

/* What is in no window of the space everybody may touch (a Linux process without an image). */
void z_stack_show(struct k_thread *thread, bool to_user)
{
	int result;

	if (!thread->user)
		return;
	result = quire_vm_protect(zephyr_machine.vm, thread->stack_info.start,
				  in_pages(thread->stack_info.size),
				  STACK_ATTR | (to_user ? QUIRE_USER : 0u), 0);
	if (result < 0 && result != QUIRE_EFOREIGN)
		printk("The stack of %s could not be %s it: %s\n", thread->name,
		       to_user ? "given to" : "taken from", quire_error_text(result));
}

bool z_stack_phys(uintptr_t address, uintptr_t *phys)
{
	for (const struct k_thread *t = z_kernel.all; t != NULL; t = t->others) {
		uintptr_t offset = address - (uintptr_t)t->stack_info.mapped.addr;

		if (t->stack_info.mapped.addr != NULL && offset < t->stack_info.mapped.sz)
			return of_program((uintptr_t)t->stack_obj + offset, phys);
	}
	return false;
}

/* Below what the thread may use of its stack, and not further than a page: the guard, or the stack for
   calls. */
bool z_stack_overflown(const struct k_thread *thread, uintptr_t address)
{
	uintptr_t start = thread->stack_info.start;
	size_t below = thread->stack_reserved + quire_zephyr_map.page;

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
	return (k_thread_stack_t *)k_mem_map(length(size), K_MEM_PERM_RW);
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
