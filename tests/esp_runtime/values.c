/* SPDX-License-Identifier: Apache-2.0 */
/* What sdkconfig.h and soc_caps.h say of one chip, CHIP, as a record (values.h). */
#include "values.h"

#include "sdkconfig.h"
#include "soc/soc_caps.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

#ifdef SOC_SPIRAM_SUPPORTED
#define PSRAM true
#else
#define PSRAM false
#endif
#ifdef SOC_CACHE_WRITEBACK_SUPPORTED
#define WRITEBACK true
#else
#define WRITEBACK false
#endif
#ifdef SOC_MMU_DI_VADDR_SHARED
#define ONE_BUS true
#else
#define ONE_BUS false
#endif
#ifdef SOC_MMU_PAGE_SIZE_CONFIGURABLE
#define PAGES true
#else
#define PAGES false
#endif
#ifdef CONFIG_FREERTOS_UNICORE
#define UNICORE true
#else
#define UNICORE false
#endif
#if defined CONFIG_CACHE_L2_CACHE_LINE_SIZE
#define LINE CONFIG_CACHE_L2_CACHE_LINE_SIZE
#elif defined CONFIG_ESP32S3_DATA_CACHE_LINE_SIZE
#define LINE CONFIG_ESP32S3_DATA_CACHE_LINE_SIZE
#else
#define LINE 0
#endif
#if defined CONFIG_IDF_TARGET_ARCH_XTENSA && !defined CONFIG_IDF_TARGET_ARCH_RISCV
#define XTENSA true
#elif defined CONFIG_IDF_TARGET_ARCH_RISCV && !defined CONFIG_IDF_TARGET_ARCH_XTENSA
#define XTENSA false
#else
#error "one architecture"
#endif

extern const struct values JOIN(values_, CHIP);
const struct values JOIN(values_, CHIP) = {
	.target = CONFIG_IDF_TARGET,
	.id = CONFIG_IDF_FIRMWARE_CHIP_ID,
	.cores = CONFIG_FREERTOS_NUMBER_OF_CORES,
	.soc_cores = SOC_CPU_CORES_NUM,
	.unicore = UNICORE,
	.xtensa = XTENSA,
	.loader = CONFIG_BOOTLOADER_OFFSET_IN_FLASH,
	.page_size = CONFIG_MMU_PAGE_SIZE,
	.soc_page_size = SOC_MMU_PAGE_SIZE,
	.pages = PAGES,
	.mmus = SOC_MMU_PERIPH_NUM,
	.psram = PSRAM,
	.writeback = WRITEBACK,
	.one_bus = ONE_BUS,
	.line = LINE,
};
