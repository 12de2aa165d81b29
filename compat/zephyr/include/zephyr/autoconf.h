/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: what Kconfig would have written.
 *
 * Every number can be set on the command line, -DCONFIG_MMU_PAGE_SIZE=0x4000, and every switch turned on
 * (-DCONFIG_X=1) or off (-DCONFIG_X=0, after which it is not defined).  A project that has a Kconfig says
 * -DQUIRE_ZEPHYR_KCONFIG='"autoconf.h"': that file is included first, switches are as it says, and only
 * numbers that it leaves out are added.
 *
 * On Linux, where memory is (the addresses and sizes of RAM and of the kernel's virtual memory) is
 * chosen when the program starts, unless it is configured: then these are expressions, good for
 * everything but #if and static arrays.  The page size is always a number, and the program runs with the
 * one that it was compiled for.
 */
#ifndef ZEPHYR_AUTOCONF_H
#define ZEPHYR_AUTOCONF_H

#ifdef QUIRE_ZEPHYR_KCONFIG
#include QUIRE_ZEPHYR_KCONFIG
#else

/* Switches. */
#ifndef CONFIG_ASSERT
#define CONFIG_ASSERT 1
#endif
#ifndef CONFIG_USERSPACE
#define CONFIG_USERSPACE 1
#endif
#ifndef CONFIG_KERNEL_DIRECT_MAP
#define CONFIG_KERNEL_DIRECT_MAP 1
#endif
#ifndef CONFIG_EXECUTE_XOR_WRITE
#define CONFIG_EXECUTE_XOR_WRITE 1
#endif
#ifndef CONFIG_THREAD_STACK_MEM_MAPPED
#define CONFIG_THREAD_STACK_MEM_MAPPED 1
#endif
#ifndef CONFIG_PRINTK
#define CONFIG_PRINTK 1
#endif
#ifndef CONFIG_ZTEST
#define CONFIG_ZTEST 1
#endif

/* The processor, where it is not a process's. */
#ifndef __linux__
#if defined __riscv && !defined CONFIG_RISCV
#define CONFIG_RISCV 1
#elif defined __aarch64__ && !defined CONFIG_ARM64
#define CONFIG_ARM64 1
#elif defined __x86_64__ && !defined CONFIG_X86
#define CONFIG_X86    1
#define CONFIG_X86_64 1
#endif
#endif

#endif /* no Kconfig */

/* What is so in any case. */
#ifndef CONFIG_MMU
#define CONFIG_MMU 1
#endif
#ifndef CONFIG_KERNEL_VM_SUPPORT
#define CONFIG_KERNEL_VM_SUPPORT 1
#endif
#ifndef CONFIG_CPU_HAS_MMU
#define CONFIG_CPU_HAS_MMU 1
#endif
#ifndef CONFIG_MULTITHREADING
#define CONFIG_MULTITHREADING 1
#endif
#ifndef CONFIG_ARCH_MEM_DOMAIN_SYNCHRONOUS_API
#define CONFIG_ARCH_MEM_DOMAIN_SYNCHRONOUS_API 1
#endif
#ifndef CONFIG_ARCH_MEM_DOMAIN_SUPPORTS_DEINIT
#define CONFIG_ARCH_MEM_DOMAIN_SUPPORTS_DEINIT 1
#endif
#ifndef CONFIG_ARCH_SUPPORTS_MEM_MAPPED_STACKS
#define CONFIG_ARCH_SUPPORTS_MEM_MAPPED_STACKS 1
#endif
#if defined __LP64__ && !defined CONFIG_64BIT
#define CONFIG_64BIT 1
#endif

/* Switches that are off. */
#if defined CONFIG_ASSERT && !CONFIG_ASSERT
#undef CONFIG_ASSERT
#endif
#if defined CONFIG_USERSPACE && !CONFIG_USERSPACE
#undef CONFIG_USERSPACE
#endif
#if defined CONFIG_KERNEL_DIRECT_MAP && !CONFIG_KERNEL_DIRECT_MAP
#undef CONFIG_KERNEL_DIRECT_MAP
#endif
#if defined CONFIG_EXECUTE_XOR_WRITE && !CONFIG_EXECUTE_XOR_WRITE
#undef CONFIG_EXECUTE_XOR_WRITE
#endif
#if defined CONFIG_THREAD_STACK_MEM_MAPPED && !CONFIG_THREAD_STACK_MEM_MAPPED
#undef CONFIG_THREAD_STACK_MEM_MAPPED
#endif
#if defined CONFIG_PRINTK && !CONFIG_PRINTK
#undef CONFIG_PRINTK
#endif
#if defined CONFIG_ZTEST && !CONFIG_ZTEST
#undef CONFIG_ZTEST
#endif
#if defined CONFIG_DEMAND_PAGING && !CONFIG_DEMAND_PAGING
#undef CONFIG_DEMAND_PAGING
#endif

/* Numbers. */
#ifndef CONFIG_MMU_PAGE_SIZE
#define CONFIG_MMU_PAGE_SIZE 0x1000
#endif
#ifndef CONFIG_MAX_DOMAIN_PARTITIONS
#define CONFIG_MAX_DOMAIN_PARTITIONS 16
#elif CONFIG_MAX_DOMAIN_PARTITIONS > 16
#error "domains have places for 16 partitions (CONFIG_MAX_DOMAIN_PARTITIONS)"
#endif
#ifndef CONFIG_ASSERT_LEVEL
#define CONFIG_ASSERT_LEVEL 2
#endif
#ifndef CONFIG_DEMAND_PAGING_PAGE_FRAMES_RESERVE
#define CONFIG_DEMAND_PAGING_PAGE_FRAMES_RESERVE 0
#endif
#ifndef CONFIG_MP_MAX_NUM_CPUS
#define CONFIG_MP_MAX_NUM_CPUS 1
#endif
#ifndef CONFIG_NUM_PREEMPT_PRIORITIES
#define CONFIG_NUM_PREEMPT_PRIORITIES 15
#endif
#ifndef CONFIG_NUM_COOP_PRIORITIES
#define CONFIG_NUM_COOP_PRIORITIES 16
#endif
#ifndef CONFIG_MAIN_THREAD_PRIORITY
#define CONFIG_MAIN_THREAD_PRIORITY 0
#endif
#ifndef CONFIG_MAIN_STACK_SIZE
#define CONFIG_MAIN_STACK_SIZE 65536
#endif
#ifndef CONFIG_ZTEST_STACK_SIZE
#define CONFIG_ZTEST_STACK_SIZE 65536
#endif
#ifndef CONFIG_SYS_CLOCK_TICKS_PER_SEC
#define CONFIG_SYS_CLOCK_TICKS_PER_SEC 1000
#endif

/* Where memory is.  SRAM_SIZE is in KiB, the others in bytes. */
#ifdef CONFIG_KERNEL_VM_BASE
#define QUIRE_ZEPHYR_MAP_CONFIGURED 1
#ifndef CONFIG_KERNEL_VM_SIZE
#define CONFIG_KERNEL_VM_SIZE 0x800000
#endif
#ifndef CONFIG_KERNEL_VM_OFFSET
#define CONFIG_KERNEL_VM_OFFSET 0
#endif
#ifndef CONFIG_SRAM_OFFSET
#define CONFIG_SRAM_OFFSET 0
#endif
#if !defined CONFIG_SRAM_BASE_ADDRESS || !defined CONFIG_SRAM_SIZE
#error "CONFIG_KERNEL_VM_BASE needs CONFIG_SRAM_BASE_ADDRESS and CONFIG_SRAM_SIZE (in KiB) as well"
#endif
#else
#ifndef __ASSEMBLER__
#include "quire_zephyr.h"
#endif
#define CONFIG_KERNEL_VM_BASE    (quire_zephyr_map.vm_base)
#define CONFIG_KERNEL_VM_SIZE    (quire_zephyr_map.vm_size)
#define CONFIG_KERNEL_VM_OFFSET  (quire_zephyr_map.vm_offset)
#define CONFIG_SRAM_BASE_ADDRESS (quire_zephyr_map.ram_base)
#define CONFIG_SRAM_SIZE         (quire_zephyr_map.ram_size / 1024)
#define CONFIG_SRAM_OFFSET       (quire_zephyr_map.ram_offset)
#endif

/* The library finds what was chosen of these by this name: the page size, the pages that k_mem_free_get()
   keeps back, whether a partition may be both written to and run.  All files of a program say the same, and the
   library itself says nothing. */
#if !defined __ASSEMBLER__ && !defined QUIRE_ZEPHYR_LIBRARY
#include <stddef.h>
#ifdef CONFIG_EXECUTE_XOR_WRITE
#define QUIRE_ZEPHYR_WX 0
#else
#define QUIRE_ZEPHYR_WX 1
#endif
#ifdef __cplusplus
extern "C" {
#endif
extern const size_t quire_zephyr_compiled_page[] __attribute__((weak));
const size_t quire_zephyr_compiled_page[] = {
	CONFIG_MMU_PAGE_SIZE, CONFIG_DEMAND_PAGING_PAGE_FRAMES_RESERVE, QUIRE_ZEPHYR_WX};
#ifdef __cplusplus
}
#endif
#endif

#endif
