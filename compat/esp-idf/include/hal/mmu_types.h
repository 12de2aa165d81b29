/* SPDX-License-Identifier: Apache-2.0 */
/* The words of ESP-IDF's MMU driver, with ESP-IDF's values. */
#ifndef HAL_MMU_TYPES_H
#define HAL_MMU_TYPES_H

#include "esp_bit_defs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What addresses can do. */
typedef enum {
	MMU_MEM_CAP_EXEC = BIT(0),
	MMU_MEM_CAP_READ = BIT(1),
	MMU_MEM_CAP_WRITE = BIT(2),
	MMU_MEM_CAP_32BIT = BIT(3),
	MMU_MEM_CAP_8BIT = BIT(4),
} mmu_mem_caps_t;

typedef enum {
	MMU_PAGE_8KB = 0x2000,
	MMU_PAGE_16KB = 0x4000,
	MMU_PAGE_32KB = 0x8000,
	MMU_PAGE_64KB = 0x10000,
	MMU_PAGE_128KB = 0x20000,
	MMU_PAGE_256KB = 0x40000,
} mmu_page_size_t;

#define MMU_PAGE_SIZE_MIN MMU_PAGE_8KB
#define MMU_PAGE_SIZE_MAX MMU_PAGE_256KB

/* The bus on which an address is used. */
typedef enum {
	MMU_VADDR_DATA = BIT(0),
	MMU_VADDR_INSTRUCTION = BIT(1),
} mmu_vaddr_t;

/* A physical memory. */
typedef enum {
	MMU_TARGET_FLASH0 = BIT(0),
	MMU_TARGET_PSRAM0 = BIT(1),
} mmu_target_t;

/* A core's table. */
typedef enum {
	MMU_TABLE_CORE0,
	MMU_TABLE_CORE1,
} mmu_table_id_t;

#ifdef __cplusplus
}
#endif

#endif
