/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that cannot go on: why, who hears of it, and that everybody else goes on. */
#include <zephyr/ztest.h>

#define STACK 2048

K_THREAD_STACK_DEFINE(stack, STACK);
K_THREAD_STACK_DEFINE(other_stack, STACK);
static struct k_thread thread, another;
static bool handler_yields, other_ran;
static unsigned int reason_seen;
static struct arch_esf esf_seen;
static int fatal_errors;
static uint8_t __aligned(CONFIG_MMU_PAGE_SIZE) page[CONFIG_MMU_PAGE_SIZE];

void ztest_post_fatal_error_hook(unsigned int reason, const struct arch_esf *esf)
{
	zassert_true(k_is_in_isr());
	reason_seen = reason;
	fatal_errors++;
	if (esf != NULL)
		esf_seen = *esf;
	if (handler_yields) {
		k_thread_start(&another);
		k_yield();
		zassert_false(other_ran);
	}
	k_thread_abort(k_current_get()); /* comes back, as from an interrupt */
}

/* Where a profiler or a sanitizer is in the program, user mode may touch all of its variables. */
extern void __gcov_exit(void) __attribute__((weak));
extern void __asan_init(void) __attribute__((weak));

static void skip_if_open(void)
{
	if (__gcov_exit != NULL || __asan_init != NULL) {
		TC_PRINT("user mode may touch the program's variables here\n");
		ztest_test_skip();
	}
}

/* Through a pointer of which nobody knows what it is. */
static void write_nowhere(void)
{
	volatile int *volatile nowhere = (volatile int *)(uintptr_t)16;

	*nowhere = 1;
}

ZTEST_SUITE(faults, NULL, NULL, NULL, NULL, NULL);

/* Let a thread do what kills it; why it died. */
static unsigned int killed(k_thread_entry_t entry, void *parameter, uint32_t options)
{
	int before = fatal_errors;

	ztest_set_fault_valid(true);
	k_thread_create(&thread, stack, STACK, entry, parameter, NULL, NULL, 1, options, K_NO_WAIT);
	zassert_ok(k_thread_join(&thread, K_FOREVER));
	zassert_equal(fatal_errors, before + 1);
	return reason_seen;
}

static void write_to(void *at, void *b, void *c)
{
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	*(volatile uint8_t *)at = 1;
}

static void read_from(void *at, void *b, void *c)
{
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	(void)*(volatile uint8_t *)at;
}

static void jump_to(void *at, void *b, void *c)
{
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	((void (*)(void))at)();
}

ZTEST(faults, test_accesses_in_the_kernel)
{
	uint8_t *reader;

	zassert_equal(killed(write_to, NULL, 0), K_ERR_CPU_EXCEPTION);
	zassert_equal(esf_seen.address, 0);
	zassert_false(esf_seen.user);
	k_mem_map_phys_bare(&reader, k_mem_phys_addr(page), sizeof(page), 0);
	zassert_equal(killed(write_to, reader + 5, 0), K_ERR_CPU_EXCEPTION);
	zassert_equal(esf_seen.address, (uintptr_t)reader + 5);
	zassert_true(esf_seen.pc != 0 && esf_seen.sp != 0);
	zassert_equal(killed(jump_to, reader, 0), K_ERR_CPU_EXCEPTION);
	k_mem_unmap_phys_bare(reader, sizeof(page));
	zassert_equal(killed(read_from, reader, 0), K_ERR_CPU_EXCEPTION);
}

ZTEST(faults, test_accesses_in_user_mode)
{
	uint8_t *kernel, *user;

	k_mem_map_phys_bare(&kernel, k_mem_phys_addr(page), sizeof(page), K_MEM_PERM_RW);
	k_mem_map_phys_bare(&user, k_mem_phys_addr(page), sizeof(page), K_MEM_PERM_USER);
	zassert_equal(killed(read_from, kernel, K_USER), K_ERR_CPU_EXCEPTION);
	zassert_true(esf_seen.user);
	zassert_equal(killed(write_to, user, K_USER), K_ERR_CPU_EXCEPTION);
	zassert_equal(killed(read_from, NULL, K_USER), K_ERR_CPU_EXCEPTION);
	zassert_equal(page[0], 0);
	k_mem_unmap_phys_bare(kernel, sizeof(page));
	k_mem_unmap_phys_bare(user, sizeof(page));
}

static void illegal(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	__builtin_trap();
}

static void oops(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	k_oops();
}

static void panic(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	k_panic();
}

ZTEST(faults, test_instructions_oopses_and_panics)
{
	zassert_equal(killed(illegal, NULL, 0), K_ERR_CPU_EXCEPTION);
	zassert_equal(killed(illegal, NULL, K_USER), K_ERR_CPU_EXCEPTION);
	zassert_equal(killed(oops, NULL, 0), K_ERR_KERNEL_OOPS);
	zassert_equal(killed(oops, NULL, K_USER), K_ERR_KERNEL_OOPS);
	zassert_equal(killed(panic, NULL, 0), K_ERR_KERNEL_PANIC);
	zassert_equal(killed(panic, NULL, K_USER), K_ERR_KERNEL_OOPS, "no panic of user mode's");
}

static int dive(volatile const char *from)
{
	volatile char here[200];

	here[0] = *from;
	here[199] = here[0];
	return here[0] == *from ? dive(here) + here[199] : 0; /* it always is */
}

static void overflow(void *a, void *b, void *c)
{
	volatile char start = 0;

	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	(void)dive(&start);
}

ZTEST(faults, test_a_stack_that_runs_out)
{
	for (int i = 0; i < 20; i++) {
		zassert_equal(killed(overflow, NULL, 0), K_ERR_STACK_CHK_FAIL);
		zassert_equal(killed(overflow, NULL, K_USER), K_ERR_STACK_CHK_FAIL);
	}
}

/* A thousand of them leave nothing behind: no memory, no addresses, no thread. */
ZTEST(faults, test_a_thousand_faults_cost_nothing)
{
	size_t memory = k_mem_free_get();
	void *first = k_mem_map(CONFIG_MMU_PAGE_SIZE, K_MEM_PERM_RW);

	k_mem_unmap(first, CONFIG_MMU_PAGE_SIZE);
	for (int i = 0; i < 1000; i++)
		zassert_equal(killed(write_to, first, i % 2 == 0 ? 0 : K_USER),
			      K_ERR_CPU_EXCEPTION);
	zassert_equal(k_mem_free_get(), memory);
	zassert_equal_ptr(k_mem_map(CONFIG_MMU_PAGE_SIZE, K_MEM_PERM_RW), first);
	k_mem_unmap(first, CONFIG_MMU_PAGE_SIZE);
}

/* However often: a fault that ended its thread is not the same one again, though it is at the same place. */
ZTEST(faults, test_a_thousand_overflows_are_overflows)
{
	for (int i = 0; i < 1100; i++)
		zassert_equal(killed(overflow, NULL, 0), K_ERR_STACK_CHK_FAIL, "number %d", i);
}

/* -- in the handler -- */

static void run_meanwhile(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	zassert_false(k_is_in_isr());
	other_ran = true;
	k_msleep(1);
}

/* Nobody else runs as if he were the handler. */
ZTEST(faults, test_a_handler_that_yields_goes_on)
{
	handler_yields = true;
	other_ran = false;
	k_thread_create(&another, other_stack, STACK, run_meanwhile, NULL, NULL, NULL, 1, 0,
			K_FOREVER);
	zassert_equal(killed(write_to, (void *)16, 0), K_ERR_CPU_EXCEPTION);
	handler_yields = false;
	zassert_ok(k_thread_join(&another, K_FOREVER));
	zassert_true(other_ran);
}

/* -- of the test itself -- */

ZTEST(faults, test_an_expected_fault_ends_the_test_well)
{
	ztest_set_fault_valid(true);
	write_nowhere();
	ztest_test_fail();
}

ZTEST(faults, test_an_expected_assertion_ends_the_test_well)
{
	ztest_set_assert_valid(true);
	__ASSERT(1 == 2, "%s", "they are not");
	ztest_test_fail();
}

ZTEST_USER(faults, test_an_expected_assertion_of_user_mode)
{
	ztest_set_assert_valid(true);
	__ASSERT_NO_MSG(1 == 2);
	ztest_test_fail();
}

ZTEST_USER(faults, test_an_expected_fault_of_user_mode)
{
	skip_if_open();
	ztest_set_fault_valid(true);
	page[0] = 1;
	ztest_test_fail();
}
