/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP32: the first of the family, and the odd one.
 *
 * Each CPU has a table of its own, and both must say the same.  The first 256 words are 64 KiB
 * flash pages on four buses; words 1152 to 1279 are 32 KiB PSRAM pages.  These are two MMUs that
 * happen to stand in one table, and are described as two: the second one's entry 0 is word 1152.
 *
 *   word  0       64       128      192      256          1152         1280
 *         | DROM0 | IRAM0  | IRAM1  | IROM0  |  (unused)  |   DRAM1    |
 *           data    code     unused   unused                PSRAM
 *
 * Code and data are different entries here: a page that is to be both read and executed is mapped
 * twice.  IRAM1 and IROM0 are left alone, as in ESP-IDF since release 5.
 */
#include "family.h"

#define PRO_TABLE 0x3ff10000u
#define APP_TABLE 0x3ff12000u
#define PSRAM_AT  (1152u * 4u)

const struct quire_chip quire_chip_esp32 = {
	.name = "esp32",
	.title = "ESP32",
	.image_id = 0,
	.cores = 2,
	.psram = true,
	.flash_max = 16 * MIB,
	.psram_max = 8 * MIB,
	.mmu_count = 2,
	.mmu = {{.name = "flash mmu",
		 .table = PRO_TABLE,
		 .table_second = APP_TABLE,
		 .entries = 256,
		 .page_shift = {PAGE_64K},
		 .entry = {.invalid = 0x100, .value = 0xff, .targets = FLASH}},
		{.name = "psram mmu",
		 .table = PRO_TABLE + PSRAM_AT,
		 .table_second = APP_TABLE + PSRAM_AT,
		 .entries = 128,
		 .page_shift = {PAGE_32K},
		 .entry = {.invalid = 0x100, .value = 0xff, .targets = PSRAM}}},
	.window_count = 3,
	.window = {{"IRAM0", 0x400d0000, 0x400d0000, 64 + 13, 51, CAPS_CODE, FLASH, 0},
		   {"DROM0", 0x3f400000, 0x3f400000, 0, 64, CAPS_RODATA, FLASH, 0},
		   {"DRAM1", 0x3f800000, 0x3f800000, 0, 128, CAPS_DATA, PSRAM, 1}},
	.hole_count = 2,
	.hole = {{0x40000000, 0x400d0000, "ROM and internal RAM (13 entries)"},
		 {0x40400000, 0x40c00000,
		  "IRAM1 and IROM0: left alone, as in ESP-IDF (128 entries)"}},
	.bootloader_offset = 0x1000,
	.cache_line = 32,        /* ESP-IDF reports 4, the unit that software may assume */
	.cache_writeback = true, /* by reading other lines: there is no operation for it */
};
