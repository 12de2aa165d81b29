/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions that variables are put into where they are defined.
 *
 *	K_APPMEM_PARTITION_DEFINE(part);
 *	K_APP_DMEM(part) int counter = 7;
 *	K_APP_BMEM(part) uint8_t buffer[64];
 *
 * Each partition is a section of its own that begins a page and has the rest of its last page to
 * itself; the linker says where it is, by the names that it makes for sections (no script of Zephyr's
 * is needed), and z_mem_manage_init() writes that into the partition.
 */
#ifndef ZEPHYR_APP_MEMORY_APP_MEMDOMAIN_H
#define ZEPHYR_APP_MEMORY_APP_MEMDOMAIN_H

#include "zephyr/app_memory/mem_domain.h"

#ifdef CONFIG_USERSPACE

#define K_APP_DMEM_SECTION(id) data_smem_##id##_data
#define K_APP_BMEM_SECTION(id) data_smem_##id##_data
#define K_APP_DMEM(id)         __attribute__((__section__(Z_STRINGIFY(data_smem_##id##_data))))
#define K_APP_BMEM(id)         __attribute__((__section__(Z_STRINGIFY(data_smem_##id##_data))))

/* Where a partition and its variables are, for z_mem_manage_init(): distances from the words themselves, so
   that nothing is left to be written when the program is loaded. */
struct z_app_region {
	int64_t partition, start, end;
};

/* The placeholder begins the section's page, and is there if nothing else is; the variable keeps what comes
   after the last partition, which is what is zero at first, off its page. */
#define K_APPMEM_PARTITION_DEFINE(name)                                                            \
	extern char __start_data_smem_##name##_data[];                                             \
	extern char __stop_data_smem_##name##_data[];                                              \
	__asm__(".pushsection data_smem_" #name "_data,\"aw\"\n\t.balign " STRINGIFY(              \
		CONFIG_MMU_PAGE_SIZE) "\n" #name "_placeholder:\n\t.byte 0\n\t.popsection\n\t");   \
	__attribute__((                                                                            \
		__used__,                                                                          \
		__aligned__(CONFIG_MMU_PAGE_SIZE))) char name##_behind[CONFIG_MMU_PAGE_SIZE];      \
	__asm__(".pushsection quire_app_regions,\"a\"\n\t.balign 8\n\t.quad " #name                \
		" - .\n\t.quad __start_data_smem_" #name                                           \
		"_data - .\n\t.quad __stop_data_smem_" #name "_data - .\n\t.popsection\n\t");      \
	struct k_mem_partition name = {(uintptr_t)__start_data_smem_##name##_data, 0,              \
				       K_MEM_PARTITION_P_RW_U_RW}

#else
#define K_APP_DMEM(id)
#define K_APP_BMEM(id)
#define K_APPMEM_PARTITION_DEFINE(name) extern char name##_is_not_needed
#endif

#define K_APP_DMEM_SECTION_NAME(id) Z_STRINGIFY(data_smem_##id##_data)
#define K_APP_PMEM(id)              K_APP_DMEM(id)

#endif
