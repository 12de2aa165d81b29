/* SPDX-License-Identifier: Apache-2.0 */
/* What the chip that the program is compiled for can do, as far as these interfaces go. */
#ifndef SOC_CAPS_H
#define SOC_CAPS_H

#include "sdkconfig.h"

#define SOC_CPU_CORES_NUM CONFIG_FREERTOS_NUMBER_OF_CORES

#ifdef CONFIG_SPIRAM
#define SOC_SPIRAM_SUPPORTED 1
#endif

#define SOC_FLASH_ENC_SUPPORTED 1

/* Windows, and MMUs. */
#if defined CONFIG_IDF_TARGET_ESP32
#define SOC_MMU_LINEAR_ADDRESS_REGION_NUM 3
#elif defined CONFIG_IDF_TARGET_ESP32S2
#define SOC_MMU_LINEAR_ADDRESS_REGION_NUM 5
#elif defined CONFIG_IDF_TARGET_ESP32P4 || defined CONFIG_IDF_TARGET_ESP32S31
#define SOC_MMU_LINEAR_ADDRESS_REGION_NUM 2
#else
#define SOC_MMU_LINEAR_ADDRESS_REGION_NUM 1
#endif
#if defined CONFIG_IDF_TARGET_ESP32P4 || defined CONFIG_IDF_TARGET_ESP32S31
#define SOC_MMU_PERIPH_NUM         2
#define SOC_MMU_PER_EXT_MEM_TARGET 1
#else
#define SOC_MMU_PERIPH_NUM 1
#endif

/* Pages. */
#define SOC_MMU_PAGE_SIZE CONFIG_MMU_PAGE_SIZE
#if defined CONFIG_IDF_TARGET_ESP32C2 || defined CONFIG_IDF_TARGET_ESP32C6 ||                      \
	defined CONFIG_IDF_TARGET_ESP32C61 || defined CONFIG_IDF_TARGET_ESP32H2 ||                 \
	defined CONFIG_IDF_TARGET_ESP32H21 || defined CONFIG_IDF_TARGET_ESP32H4 ||                 \
	defined CONFIG_IDF_TARGET_ESP32S31
#define SOC_MMU_PAGE_SIZE_CONFIGURABLE 1
#endif

/* Data and instructions at the same addresses. */
#if !defined CONFIG_IDF_TARGET_ESP32 && !defined CONFIG_IDF_TARGET_ESP32S2 &&                      \
	!defined CONFIG_IDF_TARGET_ESP32S3 && !defined CONFIG_IDF_TARGET_ESP32C2 &&                \
	!defined CONFIG_IDF_TARGET_ESP32C3
#define SOC_MMU_DI_VADDR_SHARED 1
#endif

/* The cache. */
#if defined CONFIG_SPIRAM && !defined CONFIG_IDF_TARGET_ESP32
#define SOC_CACHE_WRITEBACK_SUPPORTED 1
#endif
#if !defined CONFIG_IDF_TARGET_ESP32 && !defined CONFIG_IDF_TARGET_ESP32S2
#define SOC_CACHE_FREEZE_SUPPORTED 1
#endif
#ifdef CONFIG_IDF_TARGET_ESP32P4
#define SOC_CACHE_INTERNAL_MEM_VIA_L1CACHE 1
#endif

#endif
