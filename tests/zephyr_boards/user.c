/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode, as Zephyr's tests see it: what it may and may not touch, its calls, domains, and threads that
 * take turns while they are in the middle of calls.  Written against Zephyr's interfaces alone.
 */
#include <string.h>
#include <zephyr/app_memory/app_memdomain.h>
#include <zephyr/kernel.h>
#include <zephyr/kernel/internal/mm.h>
#include <zephyr/kernel/mm.h>
#include <zephyr/ztest.h>

#define PAGE  CONFIG_MMU_PAGE_SIZE
#define STACK 4096

K_APPMEM_PARTITION_DEFINE(own_partition);
K_APPMEM_PARTITION_DEFINE(other_partition);
K_APP_DMEM(own_partition) static volatile int own = 7;
K_APP_DMEM(other_partition) static volatile int other = 8;
K_APP_BMEM(own_partition) static volatile int rounds[2];
K_APP_BMEM(own_partition) static struct k_sem ping, pong;

static volatile int kernels = 5;
static const int constants[] = {6};
static struct k_mem_domain domain;
static struct k_thread thread[2];
static K_THREAD_STACK_ARRAY_DEFINE(stacks, 2, STACK);

static void *setup(void)
{
	struct k_mem_partition *parts[] = {&own_partition, &ztest_mem_partition};

	zassert_ok(k_mem_domain_init(&domain, 2, parts));
	return NULL;
}

static void before(void *unused)
{
	ARG_UNUSED(unused);
	k_sem_init(&ping, 0, 1);
	k_sem_init(&pong, 0, 1);
	rounds[0] = rounds[1] = 0;
}

ZTEST_SUITE(user, NULL, setup, before, NULL, NULL);

/* -- what any user thread may -- */

ZTEST_USER(user, test_calls_and_constants)
{
	char text[40];

	zassert_true(k_is_user_context());
	zassert_equal(*(const volatile int *)constants, 6);
	snprintk(text, sizeof(text), "%d %s", constants[0], "text");
	zassert_equal(strcmp(text, "6 text"), 0);
	k_yield();
	zassert_not_null(k_current_get());
	zassert_true(k_uptime_get() >= 0);
	k_msleep(5);
	printk("said in user mode\n");
}

ZTEST_USER(user, test_does_not_read_the_kernels_variables)
{
	ztest_set_fault_valid(true);
	zassert_equal(kernels, 5);
	zassert_unreachable();
}

ZTEST_USER(user, test_does_not_write_constants)
{
	ztest_set_fault_valid(true);
	*(volatile int *)(uintptr_t)constants = 1;
	zassert_unreachable();
}

ZTEST_USER(user, test_does_not_run_data)
{
	static const uint32_t code[4];

	ztest_set_fault_valid(true);
	((void (*)(void))(uintptr_t)code)();
	zassert_unreachable();
}

ZTEST_USER(user, test_does_not_reach_a_partition_that_is_not_its_own)
{
	ztest_set_fault_valid(true);
	zassert_equal(other, 8);
	zassert_unreachable();
}

static int deep(int level)
{
	volatile char room[256];

	room[0] = (char)level;
	if (level != 0)
		room[1] = (char)deep(level - 1);
	return room[0] + room[1];
}

ZTEST_USER(user, test_its_stack_ends)
{
	ztest_set_fault_valid(true);
	zassert_not_equal(deep(1000000), -1000);
	zassert_unreachable();
}

ZTEST(user, test_the_kernels_stack_ends)
{
	zassert_false(k_is_user_context());
	ztest_set_fault_valid(true);
	zassert_not_equal(deep(1000000), -1000);
	zassert_unreachable();
}

ZTEST_USER(user, test_is_not_privileged)
{
	ztest_set_fault_valid(true);
#if defined CONFIG_RISCV
	__asm__ volatile("csrw satp, zero");
#elif defined CONFIG_ARM64
	__asm__ volatile("msr ttbr0_el1, xzr");
#else
	__asm__ volatile("cli");
#endif
	zassert_unreachable();
}

/* A stack between guards is seen at two addresses, and has one physical. */
ZTEST(user, test_a_variable_on_the_stack_has_a_physical_address)
{
	volatile uint32_t variable = 0x1234;
	uint8_t *seen;

	k_mem_map_phys_bare(&seen, k_mem_phys_addr((void *)(uintptr_t)&variable), sizeof(variable),
			    0);
	zassert_equal(*(volatile uint32_t *)(void *)seen, 0x1234);
	variable = 0x5678;
	zassert_equal(*(volatile uint32_t *)(void *)seen, 0x5678);
	k_mem_unmap_phys_bare(seen, sizeof(variable));
}

/* -- domains -- */

static void run(k_thread_entry_t entry, struct k_mem_domain *in, void *argument)
{
	k_thread_create(&thread[0], stacks[0], STACK, entry, argument, NULL, NULL, 0, K_USER,
			K_FOREVER);
	if (in)
		zassert_ok(k_mem_domain_add_thread(in, &thread[0]));
	k_thread_start(&thread[0]);
	zassert_ok(k_thread_join(&thread[0], K_FOREVER));
}

static void count(void *dies, void *unused, void *unused2)
{
	ARG_UNUSED(unused);
	ARG_UNUSED(unused2);
	ztest_set_fault_valid(dies != NULL);
	own++;
	rounds[0]++;
}

ZTEST(user, test_a_domain_gives_and_nothing_more)
{
	int was = own;

	run(count, &domain, NULL);
	zassert_equal(own, was + 1);
	zassert_equal(rounds[0], 1);
	run(count, NULL, &domain);
	zassert_equal(own, was + 1);
	zassert_equal(rounds[0], 1);
}

/* -- turns -- */

#define ROUNDS 200

/* Each waits in the middle of a call while the other is in user mode, or in a call of its own. */
static void play(void *index, void *take, void *give)
{
	for (int i = 0; i < ROUNDS; i++) {
		k_sem_take(take, K_FOREVER);
		rounds[(uintptr_t)index]++;
		zassert_equal(rounds[0] - rounds[1], (uintptr_t)index == 0 ? 1 : 0);
		k_sem_give(give);
		k_yield();
	}
}

ZTEST(user, test_two_take_turns)
{
	for (uintptr_t i = 0; i < 2; i++) {
		k_thread_create(&thread[i], stacks[i], STACK, play, (void *)i, i ? &pong : &ping,
				i ? &ping : &pong, 0, K_USER, K_FOREVER);
		zassert_ok(k_mem_domain_add_thread(&domain, &thread[i]));
		k_thread_start(&thread[i]);
	}
	k_sem_give(&ping);
	zassert_ok(k_thread_join(&thread[0], K_FOREVER));
	zassert_ok(k_thread_join(&thread[1], K_FOREVER));
	zassert_equal(rounds[0], ROUNDS);
	zassert_equal(rounds[1], ROUNDS);
}

/* -- into user mode, and no way back -- */

static void dropped(void *page, void *unused, void *unused3)
{
	ARG_UNUSED(unused);
	ARG_UNUSED(unused3);
	*(volatile char *)page = k_is_user_context() ? 1 : 2;
}

static void drop(void *page, void *unused, void *unused3)
{
	ARG_UNUSED(unused);
	ARG_UNUSED(unused3);
	kernels++;
	k_thread_user_mode_enter(dropped, page, NULL, NULL);
}

ZTEST(user, test_a_thread_leaves_the_kernel)
{
	char *page = k_mem_map(PAGE, K_MEM_PERM_RW | K_MEM_PERM_USER);

	zassert_not_null(page);
	k_thread_create(&thread[0], stacks[0], STACK, drop, page, NULL, NULL, 0, 0, K_NO_WAIT);
	zassert_ok(k_thread_join(&thread[0], K_FOREVER));
	zassert_equal(page[0], 1);
	zassert_equal(kernels, 6);
	k_mem_unmap(page, PAGE);
}
