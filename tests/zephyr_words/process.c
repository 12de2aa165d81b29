/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the simulated machine cannot show: real bytes moved, real faults of user threads in domains of their
 * own, the program's own variables.  Written against Zephyr's interfaces alone.
 */
#include <mmu.h>
#include <string.h>
#include <zephyr/app_memory/app_memdomain.h>
#include <zephyr/drivers/mm/system_mm.h>
#include <zephyr/kernel.h>
#include <zephyr/kernel/internal/mm.h>
#include <zephyr/sys/device_mmio.h>
#include <zephyr/ztest.h>

#include <kernel_arch_interface.h>

#define PAGE CONFIG_MMU_PAGE_SIZE
#define RW   K_MEM_PERM_RW

#ifndef K_USER_TEXT /* where user mode runs code that the kernel may not: quire's boards */
#define K_USER_TEXT
#endif

K_APPMEM_PARTITION_DEFINE(part_x);
K_APPMEM_PARTITION_DEFINE(part_y);
K_APP_DMEM(part_x) static volatile int x = 1;
K_APP_BMEM(part_y) static volatile int y;
static volatile int mine = 3;

static uint8_t __aligned(PAGE) array[2 * PAGE];
K_MEM_PARTITION_DEFINE(part_array, array, sizeof(array), K_MEM_PARTITION_P_RO_U_RO);

static struct k_mem_domain domain_x, domain_y;
static K_THREAD_STACK_DEFINE(stack, 8192);
static struct k_thread thread;
static unsigned int deaths;

void ztest_post_fatal_error_hook(unsigned int reason, const struct arch_esf *esf)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(esf);
	deaths++;
}

static void *make_domains(void)
{
	struct k_mem_partition *of_x[] = {&part_x, &part_array}, *of_y[] = {&part_y};

	zassert_ok(k_mem_domain_init(&domain_x, 2, of_x));
	zassert_ok(k_mem_domain_init(&domain_y, 1, of_y));
	return NULL;
}

ZTEST_SUITE(words, NULL, make_domains, NULL, NULL, NULL);

/* -- user threads -- */

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

K_USER_TEXT static void write_to(void *at, void *unused1, void *unused2)
{
	ARG_UNUSED(unused1);
	ARG_UNUSED(unused2);
	*(volatile int *)at = 42;
}

K_USER_TEXT static void read_from(void *at, void *unused1, void *unused2)
{
	ARG_UNUSED(unused1);
	ARG_UNUSED(unused2);
	(void)*(volatile int *)at;
}

/* Whether a user thread of a domain can do that. */
static bool can(struct k_mem_domain *domain, k_thread_entry_t what, volatile void *at)
{
	unsigned int before = deaths;

	ztest_set_fault_valid(true);
	k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), what, (void *)(uintptr_t)at,
			NULL, NULL, K_PRIO_PREEMPT(1), K_USER, K_FOREVER);
	zassert_ok(k_mem_domain_add_thread(domain, &thread));
	k_thread_start(&thread);
	k_thread_join(&thread, K_FOREVER);
	ztest_set_fault_valid(false);
	return deaths == before;
}

ZTEST(words, test_user_threads_see_their_domain_only)
{
	skip_if_open();
	zassert_true(can(&domain_x, write_to, &x));
	zassert_equal(x, 42);
	zassert_false(can(&domain_x, write_to, &y));
	zassert_false(can(&domain_x, read_from, &y));
	zassert_true(can(&domain_y, write_to, &y));
	zassert_equal(y, 42);
	zassert_false(can(&domain_y, read_from, &x));
	zassert_false(can(&domain_x, read_from, &mine));
	zassert_false(can(&k_mem_domain_default, read_from, &x));
	x = y = 0; /* the kernel may */
}

ZTEST(words, test_read_only_partitions)
{
	skip_if_open();
	zassert_true(can(&domain_x, read_from, array + PAGE));
	zassert_false(can(&domain_x, write_to, array + PAGE));
	zassert_false(can(&domain_y, read_from, array));
	array[PAGE] = 1; /* its domain does not run */
}

ZTEST(words, test_partitions_come_and_go)
{
	skip_if_open();
	zassert_ok(k_mem_domain_add_partition(&domain_y, &part_x));
	zassert_true(can(&domain_y, read_from, &x));
	zassert_ok(k_mem_domain_remove_partition(&domain_y, &part_x));
	zassert_false(can(&domain_y, read_from, &x));
	zassert_equal(k_mem_domain_remove_partition(&domain_y, &part_x), -ENOENT);
	zassert_equal(k_mem_domain_add_partition(&domain_x, &part_x), -EINVAL);
}

ZTEST(words, test_partitions_of_mapped_memory)
{
	uint8_t *va = k_mem_map(2 * PAGE, RW);
	struct k_mem_partition part = {(uintptr_t)va, PAGE, K_MEM_PARTITION_P_RW_U_RW};

	zassert_false(can(&domain_y, read_from, va));
	zassert_ok(k_mem_domain_add_partition(&domain_y, &part));
	zassert_true(can(&domain_y, write_to, va));
	zassert_equal(*(int *)(void *)va, 42);
	zassert_false(can(&domain_y, read_from, va + PAGE));
	zassert_false(can(&domain_x, read_from, va));
	zassert_ok(k_mem_domain_remove_partition(&domain_y, &part));
	zassert_false(can(&domain_y, read_from, va));
	k_mem_unmap(va, 2 * PAGE);
}

/* -- the program's own memory -- */

ZTEST(words, test_a_variable_is_somewhere)
{
	uintptr_t phys = k_mem_phys_addr(array);
	uint8_t *va;

	zassert_equal_ptr(k_mem_virt_addr(phys), array);
	zassert_true(k_mem_is_page_frame(phys));
	zassert_true(k_mem_page_frame_is_pinned(k_mem_phys_to_page_frame(phys)));
	array[5] = 55;
	k_mem_map_phys_bare(&va, phys + 5, PAGE, RW);
	zassert_equal(*va, 55);
	*va = 66;
	zassert_equal(array[5], 66);
	k_mem_unmap_phys_bare(va, PAGE);
}

static void write_here(void *at, void *unused1, void *unused2)
{
	ARG_UNUSED(unused1);
	ARG_UNUSED(unused2);
	*(volatile uint8_t *)at = 42;
}

ZTEST(words, test_flags_of_a_variable)
{
	unsigned int before = deaths;

	zassert_ok(k_mem_update_flags(array, PAGE, 0));
	zassert_equal(array[0], array[0]);
	ztest_set_fault_valid(true);
	k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), write_here, array, NULL, NULL,
			K_PRIO_PREEMPT(1), 0, K_NO_WAIT);
	k_thread_join(&thread, K_FOREVER);
	ztest_set_fault_valid(false);
	zassert_equal(deaths, before + 1);
	zassert_ok(k_mem_update_flags(array, PAGE, RW));
	array[0] = 1;
}

/* -- drivers -- */

/* Addresses that nobody uses. */
static uint8_t *somewhere(void)
{
	return (uint8_t *)K_MEM_VM_FREE_START + 16 * PAGE;
}

ZTEST(words, test_bytes_are_moved)
{
	uint8_t *from = somewhere(), *to = from + 8 * PAGE, *own = k_mem_map(4 * PAGE, RW);
	uintptr_t phys[4], swapped[2];

	for (int i = 0; i < 4; i++)
		zassert_ok(arch_page_phys_get(own + i * PAGE, &phys[i]));
	memset(own, 1, 4 * PAGE);
	memcpy(own, "first", 6);
	memcpy(own + PAGE, "second", 7);
	swapped[0] = phys[3];
	swapped[1] = phys[2];
	zassert_ok(sys_mm_drv_map_array(from, phys, 2, 0)); /* read-only, and stays so */
	zassert_equal(sys_mm_drv_move_region(from, 2 * PAGE, to, phys[1]), -EINVAL);
	zassert_equal(sys_mm_drv_move_array(from, 2 * PAGE, to, swapped, 1), -EINVAL);
	zassert_equal(sys_mm_drv_move_array(from, 2 * PAGE, own, swapped, 2), -EFAULT);
	zassert_ok(sys_mm_drv_move_array(from, 2 * PAGE, to, swapped, 2));
	zassert_equal(strcmp((char *)to, "first"), 0);
	zassert_equal(strcmp((char *)to + PAGE, "second"), 0);
	zassert_equal(strcmp((char *)own + 3 * PAGE, "first"), 0);
	zassert_equal(sys_mm_drv_page_phys_get(from, NULL), -EFAULT);
	memset(own, 7, PAGE);
	zassert_ok(sys_mm_drv_move_region(to, PAGE, from, phys[0]));
	zassert_equal(strcmp((char *)own, "first"), 0);
	zassert_ok(sys_mm_drv_unmap_page(from));
	zassert_ok(sys_mm_drv_unmap_page(to + PAGE));
	k_mem_unmap(own, 4 * PAGE);
}

struct config {
	DEVICE_MMIO_ROM;
};

struct data {
	DEVICE_MMIO_RAM;
};

ZTEST(words, test_devices_are_mapped)
{
	struct config config = {._mmio = {.phys_addr = k_mem_phys_addr(array) + 16, .size = 32}};
	struct data data = {0};
	struct {
		const void *config;
		void *data;
	} instance = {&config, &data}, *dev = &instance;

	array[16] = 99;
	DEVICE_MMIO_MAP(dev, K_MEM_CACHE_NONE);
	zassert_equal(*(volatile uint8_t *)DEVICE_MMIO_GET(dev), 99);
	*(volatile uint8_t *)DEVICE_MMIO_GET(dev) = 98;
	zassert_equal(array[16], 98);
	k_mem_unmap_phys_bare((uint8_t *)DEVICE_MMIO_GET(dev), 32);
}
