/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that end in every way there is; runs.c looks at what becomes of the program. */
#include <zephyr/ztest.h>

/* Through a pointer of which nobody knows what it is. */
static void write_nowhere(void)
{
	volatile int *volatile nowhere = (volatile int *)(uintptr_t)16;

	*nowhere = 1;
}

struct fine_fixture {
	int number;
};

static struct fine_fixture the_fixture;
static int rules, order;
K_THREAD_STACK_DEFINE(stack, 512);
static struct k_thread thread;

static void rule_before(const struct ztest_unit_test *test, void *fixture)
{
	ARG_UNUSED(test);
	ARG_UNUSED(fixture);
	rules++;
}

ZTEST_RULE(counting, rule_before, NULL);

static void *fine_setup(void)
{
	printk("[setup]\n");
	the_fixture.number = 1;
	return &the_fixture;
}

static void fine_before(void *fixture)
{
	((struct fine_fixture *)fixture)->number++;
}

static void fine_after(void *fixture)
{
	printk("[after %d]\n", ((struct fine_fixture *)fixture)->number);
}

static void fine_teardown(void *fixture)
{
	printk("[teardown %d, %d rules]\n", ((struct fine_fixture *)fixture)->number, rules);
}

ZTEST_SUITE(fine, NULL, fine_setup, fine_before, fine_after, fine_teardown);

ZTEST_F(fine, test_a_fixture)
{
	zassert_equal(fixture->number, 2);
	order = 1;
}

ZTEST(fine, test_b_pass)
{
	zassert_equal(order, 1, "in the order of their names");
	ztest_test_pass();
	printk("never\n");
}

ZTEST(fine, test_c_skip)
{
	ztest_test_skip();
	printk("never\n");
}

ZTEST(fine, test_d_assume)
{
	zassume_true(1 == 2, NULL);
	printk("never\n");
}

ZTEST(fine, test_e_all_of_them)
{
	int x = 5;

	zassert_true(x == 5);
	zassert_false(x == 4, "x is %d", x);
	zassert_ok(0);
	zassert_not_ok(-5);
	zassert_is_null(NULL);
	zassert_not_null(&x);
	zassert_equal(x, 5, NULL);
	zassert_not_equal(x, 4);
	zassert_equal_ptr(&x, &x);
	zassert_within(x, 6, 1);
	zassert_between_inclusive(x, 5, 6);
	zassert_mem_equal("abc", "abd", 2);
	zassert_str_equal("abc", "abc");
	zexpect_equal(x, 5);
	zassume_equal(x, 5);
	zassert(x > 4, "x is large");
}

ZTEST_EXPECT_FAIL(fine, test_f_is_to_fail);
ZTEST(fine, test_f_is_to_fail)
{
	zassert_true(false);
}

ZTEST_EXPECT_SKIP(fine, test_g_is_to_be_skipped);
ZTEST(fine, test_g_is_to_be_skipped)
{
	ztest_test_skip();
}

/* -- what fails -- */

ZTEST_SUITE(bad, NULL, NULL, NULL, NULL, NULL);

ZTEST(bad, test_assert)
{
	zassert_equal(1, 2, "a message with a number, %d", 42);
	printk("never\n");
}

ZTEST_USER(bad, test_assert_in_user_mode)
{
	zassert_equal(1, 2, "from user mode");
	printk("never\n");
}

ZTEST(bad, test_expect)
{
	zexpect_true(false, "one");
	zexpect_true(false, "two");
	printk("[after two expectations]\n");
}

ZTEST(bad, test_fail)
{
	ztest_test_fail();
}

static void fail_there(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	zassert_true(false, "in another thread");
}

ZTEST(bad, test_fail_in_a_thread)
{
	k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), fail_there, NULL, NULL, NULL,
			1, 0, K_NO_WAIT);
	k_thread_join(&thread, K_FOREVER);
	printk("never\n");
}

ZTEST_EXPECT_FAIL(bad, test_was_to_fail);
ZTEST(bad, test_was_to_fail)
{
}

/* -- what ends the program -- */

ZTEST_SUITE(end, NULL, NULL, NULL, NULL, NULL);

ZTEST(end, test_fault)
{
	write_nowhere();
}

ZTEST_USER(end, test_fault_in_user_mode)
{
	write_nowhere();
}

ZTEST(end, test_panic)
{
	k_panic();
}

ZTEST(end, test_assertion)
{
	__ASSERT(1 == 2, "number %d", 42);
}

ZTEST(end, test_deadlock)
{
	struct k_sem sem;

	zassert_ok(k_sem_init(&sem, 0, 1));
	(void)k_sem_take(&sem, K_FOREVER);
}

static void end_now(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
}

ZTEST(end, test_essential)
{
	k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), end_now, NULL, NULL, NULL, 1,
			K_ESSENTIAL, K_NO_WAIT);
	k_thread_join(&thread, K_FOREVER);
}

ZTEST(end, test_fault_in_a_fault)
{
	ztest_set_fault_valid(true);
	write_nowhere();
}

void ztest_post_fatal_error_hook(unsigned int reason, const struct arch_esf *esf)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(esf);
	write_nowhere();
}

/* -- setup -- */

static void *bad_setup(void)
{
	zassert_true(false, "no setup");
	return NULL;
}

ZTEST_SUITE(unset, NULL, bad_setup, NULL, NULL, NULL);
ZTEST(unset, test_never)
{
	printk("never\n");
}

/* It goes on, and a skip does not make that good. */
static void *doubtful_setup(void)
{
	zexpect_true(false, "a doubt");
	printk("[after a doubt]\n");
	ztest_test_skip();
	return NULL;
}

ZTEST_SUITE(doubtful, NULL, doubtful_setup, NULL, NULL, NULL);
ZTEST(doubtful, test_never)
{
	printk("never\n");
}

static void *skip_setup(void)
{
	ztest_test_skip();
	return NULL;
}

ZTEST_SUITE(unwanted, NULL, skip_setup, NULL, NULL, NULL);
ZTEST(unwanted, test_never)
{
	printk("never\n");
}

static bool never(const void *state)
{
	ARG_UNUSED(state);
	return false;
}

ZTEST_SUITE(unrun, never, NULL, NULL, NULL, NULL);
ZTEST(unrun, test_never)
{
	printk("never\n");
}
