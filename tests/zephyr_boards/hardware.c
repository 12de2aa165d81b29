/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a real MMU and real devices can show: registers behind mappings, RAM beyond what is managed,
 * cache modes, and code.  Written against Zephyr's interfaces; each board says where its device is.
 */
#include <string.h>
#include <zephyr/kernel.h>
#include <zephyr/kernel/mm.h>
#include <zephyr/sys/device_mmio.h>
#include <zephyr/ztest.h>

#include <mmu.h>

#define PAGE  CONFIG_MMU_PAGE_SIZE
#define STACK 4096

/* A register that can be read, and the bits of it that are known. */
#if defined CONFIG_RISCV
#define DEVICE   0x10000000u /* NS16550: the transmitter is empty */
#define REGISTER 5
#define KNOWN    0x60u
#define VALUE    0x60u
#define CODE     0x02a00513, 0x00008067 /* li a0, 42; ret */
#elif defined CONFIG_ARM64
#define DEVICE   0x09000000u /* PL011: FR */
#define REGISTER 0x18
#define KNOWN    0x20u /* the transmitter is not full */
#define VALUE    0
#define CODE     0x52800540, 0xd65f03c0 /* mov w0, #42; ret */
#else
#define DEVICE   0xfee00000u /* local APIC: version */
#define REGISTER 0x30
#define KNOWN    0xffu
#define VALUE    0x14u
#define CODE     0x00002ab8, 0x0000c300 /* mov $42, %eax; ret */
#endif

ZTEST_SUITE(hardware, NULL, NULL, NULL, NULL, NULL);

/* -- devices -- */

static uint32_t known_of(mm_reg_t device)
{
#ifdef CONFIG_RISCV
	return *(volatile uint8_t *)(device + REGISTER) & KNOWN;
#else
	return *(volatile uint32_t *)(device + REGISTER) & KNOWN;
#endif
}

ZTEST(hardware, test_registers_behind_a_mapping)
{
	static const uint32_t modes[] = {K_MEM_CACHE_NONE, 0};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		mm_reg_t device;

		device_map(&device, DEVICE, 0x100, modes[i]);
		zassert_not_equal(device, DEVICE);
		zassert_equal(known_of(device), VALUE);
		k_mem_unmap_phys_bare((uint8_t *)device, 0x100);
	}
	zassert_equal(known_of(DEVICE), VALUE, "where the board itself has mapped it");
}

ZTEST(hardware, test_registers_are_gone_when_unmapped)
{
	mm_reg_t device;

	device_map(&device, DEVICE, 0x100, K_MEM_CACHE_NONE);
	zassert_equal(known_of(device), VALUE);
	k_mem_unmap_phys_bare((uint8_t *)device, 0x100);
	ztest_set_fault_valid(true);
	(void)known_of(device);
	zassert_unreachable();
}

/* -- RAM that nobody manages -- */

ZTEST(hardware, test_ram_beyond_what_is_managed)
{
	uintptr_t phys = (uintptr_t)K_MEM_VIRT_RAM_END + 0x1000000;
	uint8_t *direct, *window;

	k_mem_map_phys_bare(&direct, phys, 2 * PAGE, K_MEM_PERM_RW | K_MEM_DIRECT_MAP);
	zassert_equal((uintptr_t)direct, phys);
	k_mem_map_phys_bare(&window, phys + PAGE, PAGE, 0);
	zassert_not_equal((uintptr_t)window, phys + PAGE);
	strcpy((char *)direct + PAGE, "seen twice");
	zassert_str_equal((char *)window, "seen twice");
	zassert_equal(quire_zephyr_map_phys_bare(&window, phys, PAGE, K_MEM_DIRECT_MAP), -EEXIST);
	k_mem_unmap_phys_bare(window, PAGE);
	k_mem_unmap_phys_bare(direct, 2 * PAGE);
}

/* -- cache modes -- */

ZTEST(hardware, test_cache_modes_keep_what_is_there)
{
	static const uint32_t modes[] = {K_MEM_CACHE_WT, K_MEM_CACHE_NONE, K_MEM_CACHE_WB};
	uint8_t *va = k_mem_map(4 * PAGE, K_MEM_PERM_RW);

	zassert_not_null(va);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		memset(va, 0x31 + (int)i, 4 * PAGE);
		zassert_ok(k_mem_update_flags(va + PAGE, 2 * PAGE, K_MEM_PERM_RW | modes[i]));
		for (size_t at = 0; at < 4 * PAGE; at++)
			zassert_equal(va[at], 0x31 + i);
	}
	k_mem_unmap(va, 4 * PAGE);
}

/* -- code -- */

static const uint32_t code[] = {CODE};

static void *code_page(uint32_t flags)
{
	void *va = k_mem_map(PAGE, K_MEM_PERM_RW);

	zassert_not_null(va);
	memcpy(va, code, sizeof(code));
	zassert_ok(k_mem_update_flags(va, PAGE, flags));
	return va;
}

static int call(void *at)
{
	return ((int (*)(void))(uintptr_t)at)();
}

ZTEST(hardware, test_the_kernel_runs_what_may_be_run)
{
	void *va = code_page(K_MEM_PERM_EXEC);

	zassert_equal(call(va), 42);
	k_mem_unmap(va, PAGE);
}

ZTEST(hardware, test_the_kernel_does_not_run_data)
{
	void *va = code_page(0);

	ztest_set_fault_valid(true);
	(void)call(va);
	zassert_unreachable();
}

static struct k_thread thread;
static K_THREAD_STACK_DEFINE(stack, STACK);

static void call_it(void *at, void *result, void *unused)
{
	ARG_UNUSED(unused);
	ztest_set_fault_valid(true);
	*(int *)result = call(at);
	ztest_set_fault_valid(false);
}

static int called_by_user(void *at)
{
	int *result = k_mem_map(PAGE, K_MEM_PERM_RW | K_MEM_PERM_USER), value;

	zassert_not_null(result);
	k_thread_create(&thread, stack, STACK, call_it, at, result, NULL, 0, K_USER, K_NO_WAIT);
	zassert_ok(k_thread_join(&thread, K_FOREVER));
	value = *result;
	k_mem_unmap(result, PAGE);
	return value;
}

ZTEST(hardware, test_user_mode_runs_its_own_code_alone)
{
	void *kernels = code_page(K_MEM_PERM_EXEC);
	void *users = code_page(K_MEM_PERM_EXEC | K_MEM_PERM_USER);
	void *data = code_page(K_MEM_PERM_USER);

	zassert_equal(called_by_user(users), 42);
	zassert_equal(called_by_user(kernels), 0);
	zassert_equal(called_by_user(data), 0);
	k_mem_unmap(kernels, PAGE);
	k_mem_unmap(users, PAGE);
	k_mem_unmap(data, PAGE);
}
