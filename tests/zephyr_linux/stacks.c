/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks: where threads run, and what is left of them. */
#include <zephyr/ztest.h>

#include "quire_zephyr.h"

#define STACK 3000

K_THREAD_STACK_DEFINE(stack, STACK);
K_KERNEL_STACK_DEFINE(kernel_stack, STACK);
static struct k_thread thread;
static uintptr_t ran_at;
static uintptr_t phys_seen;
static volatile char *seen;

static void note(void *a, void *b, void *c)
{
	volatile char here = 42;

	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	ran_at = (uintptr_t)&here;
	phys_seen = k_mem_phys_addr((void *)(uintptr_t)&here);
	seen = (volatile char *)k_mem_virt_addr(phys_seen);
	here = *seen == 42 ? 43 : 0;
	ran_at = *seen == 43 ? ran_at : 0;
}

static void run_on(k_thread_stack_t *where, size_t size)
{
	k_thread_create(&thread, where, size, note, NULL, NULL, NULL, 1, 0, K_NO_WAIT);
	zassert_true(thread.stack_info.size >= size);
	zassert_ok(k_thread_join(&thread, K_FOREVER));
}

ZTEST_SUITE(stacks, NULL, NULL, NULL, NULL, NULL);

/* The same bytes, at two addresses. */
ZTEST(stacks, test_a_thread_runs_between_guards_on_the_memory_of_its_stack)
{
	run_on(stack, K_THREAD_STACK_SIZEOF(stack));
	zassert_true(ran_at - (uintptr_t)stack >= sizeof(stack), "not where it was defined");
	zassert_true((uintptr_t)seen - (uintptr_t)stack < sizeof(stack), "and yet there");
	run_on(kernel_stack, K_KERNEL_STACK_SIZEOF(kernel_stack));
	zassert_true((uintptr_t)seen - (uintptr_t)kernel_stack < sizeof(kernel_stack));
	run_on(stack, 10);
	zassert_true((uintptr_t)seen - (uintptr_t)stack < sizeof(stack));
}

ZTEST(stacks, test_stacks_from_the_heap_of_pages)
{
	size_t memory = k_mem_free_get();
	k_thread_stack_t *made = k_thread_stack_alloc(STACK, 0);

	zassert_not_null(made);
	zassert_true(k_mem_free_get() < memory);
	k_thread_create(&thread, made, STACK, note, NULL, NULL, NULL, 1, 0, K_FOREVER);
	zassert_equal(k_thread_stack_free(made), -EBUSY);
	k_thread_abort(&thread);
	zassert_equal(k_thread_stack_free(made + CONFIG_MMU_PAGE_SIZE), -EINVAL);
	zassert_equal(k_thread_stack_free(stack), -EINVAL);
	zassert_ok(k_thread_stack_free(made));
	zassert_equal(k_thread_stack_free(made), -EINVAL);
	zassert_equal(k_mem_free_get(), memory);
	zassert_is_null(k_thread_stack_alloc((size_t)1 << 40, 0));
}

ZTEST(stacks, test_unused_space_is_counted)
{
	size_t unused = 0;

	memset(stack, 0, sizeof(stack));
	k_thread_create(&thread, stack, STACK, note, NULL, NULL, NULL, 1, 0, K_FOREVER);
	zassert_ok(k_thread_stack_space_get(&thread, &unused));
	zassert_true(unused > STACK / 2);
	k_thread_abort(&thread);
}

ZTEST(stacks, test_a_stack_of_nothing_is_refused)
{
	ztest_set_fault_valid(true);
	k_thread_create(&thread, stack, 0, note, NULL, NULL, NULL, 1, 0, K_NO_WAIT);
	ztest_test_fail();
}
