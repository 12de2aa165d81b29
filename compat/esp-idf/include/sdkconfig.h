/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: what a project's menu would have written.
 *
 * A chip is chosen with -DCONFIG_IDF_TARGET_ESP32C6=1, say; esp32s3 if none is.  That makes it the
 * chip that the program runs as, too, unless QUIRE_CHIP names another when it runs: constants of
 * this file are then those of the chip that it was compiled for.  -DCONFIG_MMU_PAGE_SIZE=0x8000
 * chooses the page size likewise, and QUIRE_MMU_PAGE_SIZE may name no other.  Most values that are
 * set on the command line stay as they are.
 */
#ifndef SDKCONFIG_H
#define SDKCONFIG_H

#if defined CONFIG_IDF_TARGET_ESP32 || defined CONFIG_IDF_TARGET_ESP32S2 ||                        \
	defined CONFIG_IDF_TARGET_ESP32S3 || defined CONFIG_IDF_TARGET_ESP32C2 ||                  \
	defined CONFIG_IDF_TARGET_ESP32C3 || defined CONFIG_IDF_TARGET_ESP32C5 ||                  \
	defined CONFIG_IDF_TARGET_ESP32C6 || defined CONFIG_IDF_TARGET_ESP32C61 ||                 \
	defined CONFIG_IDF_TARGET_ESP32H2 || defined CONFIG_IDF_TARGET_ESP32H21 ||                 \
	defined CONFIG_IDF_TARGET_ESP32H4 || defined CONFIG_IDF_TARGET_ESP32P4 ||                  \
	defined CONFIG_IDF_TARGET_ESP32S31
#define QUIRE_ESP_TARGET_CHOSEN 1
#else
#define CONFIG_IDF_TARGET_ESP32S3 1
#endif

#if defined CONFIG_IDF_TARGET_ESP32
#define CONFIG_IDF_TARGET                 "esp32"
#define CONFIG_IDF_TARGET_ARCH_XTENSA     1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0000
#define CONFIG_FREERTOS_NUMBER_OF_CORES   2
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x1000
#define CONFIG_SPIRAM                     1
#define CONFIG_SPIRAM_BANKSWITCH_ENABLE   1
#define CONFIG_SPIRAM_BANKSWITCH_RESERVE  8
#elif defined CONFIG_IDF_TARGET_ESP32S2
#define CONFIG_IDF_TARGET                         "esp32s2"
#define CONFIG_IDF_TARGET_ARCH_XTENSA             1
#define CONFIG_IDF_FIRMWARE_CHIP_ID               0x0002
#define CONFIG_FREERTOS_NUMBER_OF_CORES           1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH         0x1000
#define CONFIG_SPIRAM                             1
#define CONFIG_ESP32S2_INSTRUCTION_CACHE_LINE_32B 1
#define CONFIG_ESP32S2_DATA_CACHE_LINE_32B        1
#elif defined CONFIG_IDF_TARGET_ESP32S3
#define CONFIG_IDF_TARGET                          "esp32s3"
#define CONFIG_IDF_TARGET_ARCH_XTENSA              1
#define CONFIG_IDF_FIRMWARE_CHIP_ID                0x0009
#define CONFIG_FREERTOS_NUMBER_OF_CORES            2
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH          0x0
#define CONFIG_SPIRAM                              1
#define CONFIG_ESP32S3_INSTRUCTION_CACHE_LINE_32B  1
#define CONFIG_ESP32S3_INSTRUCTION_CACHE_LINE_SIZE 32
#define CONFIG_ESP32S3_DATA_CACHE_LINE_32B         1
#define CONFIG_ESP32S3_DATA_CACHE_LINE_SIZE        32
#elif defined CONFIG_IDF_TARGET_ESP32C2
#define CONFIG_IDF_TARGET                 "esp32c2"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x000c
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x0
#elif defined CONFIG_IDF_TARGET_ESP32C3
#define CONFIG_IDF_TARGET                 "esp32c3"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0005
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x0
#elif defined CONFIG_IDF_TARGET_ESP32C5
#define CONFIG_IDF_TARGET                 "esp32c5"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0017
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x2000
#define CONFIG_SPIRAM                     1
#elif defined CONFIG_IDF_TARGET_ESP32C6
#define CONFIG_IDF_TARGET                 "esp32c6"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x000d
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x0
#elif defined CONFIG_IDF_TARGET_ESP32C61
#define CONFIG_IDF_TARGET                 "esp32c61"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0014
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x0
#define CONFIG_SPIRAM                     1
#elif defined CONFIG_IDF_TARGET_ESP32H2
#define CONFIG_IDF_TARGET                 "esp32h2"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0010
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x0
#elif defined CONFIG_IDF_TARGET_ESP32H21
#define CONFIG_IDF_TARGET                 "esp32h21"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0019
#define CONFIG_FREERTOS_NUMBER_OF_CORES   1
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x0
#elif defined CONFIG_IDF_TARGET_ESP32H4
#define CONFIG_IDF_TARGET                 "esp32h4"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x001c
#define CONFIG_FREERTOS_NUMBER_OF_CORES   2
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x2000
#define CONFIG_SPIRAM                     1
#elif defined CONFIG_IDF_TARGET_ESP32P4
#define CONFIG_IDF_TARGET                 "esp32p4"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0012
#define CONFIG_FREERTOS_NUMBER_OF_CORES   2
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x2000
#define CONFIG_SPIRAM                     1
#define CONFIG_CACHE_L2_CACHE_512KB       1
#define CONFIG_CACHE_L2_CACHE_LINE_128B   1
#define CONFIG_CACHE_L2_CACHE_LINE_SIZE   128
#define CONFIG_CACHE_L1_CACHE_LINE_SIZE   64
#elif defined CONFIG_IDF_TARGET_ESP32S31
#define CONFIG_IDF_TARGET                 "esp32s31"
#define CONFIG_IDF_TARGET_ARCH_RISCV      1
#define CONFIG_IDF_FIRMWARE_CHIP_ID       0x0020
#define CONFIG_FREERTOS_NUMBER_OF_CORES   2
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x2000
#define CONFIG_SPIRAM                     1
#endif

#if CONFIG_FREERTOS_NUMBER_OF_CORES == 1
#define CONFIG_FREERTOS_UNICORE 1
#endif

/* Memory.  malloc() is the host's; PSRAM is had through esp_heap_caps.h. */
#ifdef CONFIG_SPIRAM
#define CONFIG_SPIRAM_BOOT_INIT      1
#define CONFIG_SPIRAM_USE_CAPS_ALLOC 1
#endif
#ifndef CONFIG_MMU_PAGE_SIZE
#define CONFIG_MMU_PAGE_SIZE 0x10000
#endif
#if CONFIG_MMU_PAGE_SIZE == 0x10000
#define CONFIG_MMU_PAGE_SIZE_64KB 1
#define CONFIG_MMU_PAGE_MODE      "64KB"
#elif CONFIG_MMU_PAGE_SIZE == 0x8000
#define CONFIG_MMU_PAGE_SIZE_32KB 1
#define CONFIG_MMU_PAGE_MODE      "32KB"
#elif CONFIG_MMU_PAGE_SIZE == 0x4000
#define CONFIG_MMU_PAGE_SIZE_16KB 1
#define CONFIG_MMU_PAGE_MODE      "16KB"
#elif CONFIG_MMU_PAGE_SIZE == 0x2000
#define CONFIG_MMU_PAGE_SIZE_8KB 1
#define CONFIG_MMU_PAGE_MODE     "8KB"
#endif

/* Flash. */
#ifndef CONFIG_ESPTOOLPY_FLASHSIZE
#define CONFIG_ESPTOOLPY_FLASHSIZE     "4MB"
#define CONFIG_ESPTOOLPY_FLASHSIZE_4MB 1
#endif
#ifndef CONFIG_PARTITION_TABLE_OFFSET
#define CONFIG_PARTITION_TABLE_OFFSET 0x8000
#endif

/* Tasks.  The library counts in these ticks, so another rate is not for the command line. */
#define CONFIG_FREERTOS_HZ                100
#define CONFIG_FREERTOS_MAX_TASK_NAME_LEN 16
#define CONFIG_ESP_MAIN_TASK_STACK_SIZE   3584

/* Logging: everything is compiled in, and QUIRE_LOG says what is shown. */
#ifndef CONFIG_LOG_DEFAULT_LEVEL
#define CONFIG_LOG_DEFAULT_LEVEL 3
#endif
#ifndef CONFIG_LOG_MAXIMUM_LEVEL
#define CONFIG_LOG_MAXIMUM_LEVEL 5
#endif

/* The library finds the chip that was chosen, and the page size, by these names; all files of a
   program say the same, and the library itself says nothing. */
#if !defined __ASSEMBLER__ && !defined QUIRE_ESP_LIBRARY
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#ifdef QUIRE_ESP_TARGET_CHOSEN
extern const char quire_esp_compiled_for[] __attribute__((weak));
const char quire_esp_compiled_for[] = CONFIG_IDF_TARGET;
#endif
extern const uint32_t quire_esp_compiled_page[] __attribute__((weak));
const uint32_t quire_esp_compiled_page[] = {CONFIG_MMU_PAGE_SIZE};
#ifdef __cplusplus
}
#endif
#endif

#endif
