/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP32-S3, -C2 and -C3: one window at two addresses.
 *
 * The table is plain words at 0x600c5000.  Data is read at 0x3c000000, instructions are fetched at
 * 0x42000000, and the same entries serve both: a page mapped once is seen on both sides.
 */
#include "family.h"

#define TABLE 0x600c5000u

const struct quire_chip quire_chip_esp32s3 = {
	.name = "esp32s3",
	.title = "ESP32-S3",
	.image_id = 9,
	.cores = 2,
	.psram = true,
	.flash_max = 1024 * MIB,
	.psram_max = 1024 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = TABLE,
		 .entries = 512,
		 .page_shift = {PAGE_64K},
		 .entry = {.invalid = 0x4000,
			   .value = 0x3fff,
			   .select = {0, 0x8000},
			   .targets = FLASH | PSRAM}}},
	.window_count = 1,
	.window = {{"external", 0x3c000000, 0x42000000, 0, 512, CAPS_ALL, FLASH | PSRAM, 0}},
	.bootloader_offset = 0,
	.cache_line = 32, /* 16, 32 or 64 as configured */
	.cache_writeback = true,
};

const struct quire_chip quire_chip_esp32c2 = {
	.name = "esp32c2",
	.title = "ESP32-C2",
	.image_id = 12,
	.cores = 1,
	.flash_max = 4 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = TABLE,
		 .entries = 64,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K},
		 .entry = {.invalid = 0x40, .value = 0x3f, .targets = FLASH}}},
	.window_count = 1,
	.window = {{"external", 0x3c000000, 0x42000000, 0, 64, CAPS_CODE_RODATA, FLASH, 0}},
	.bootloader_offset = 0,
	.cache_line = 32,
};

const struct quire_chip quire_chip_esp32c3 = {
	.name = "esp32c3",
	.title = "ESP32-C3",
	.image_id = 5,
	.cores = 1,
	.flash_max = 16 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = TABLE,
		 .entries = 128,
		 .page_shift = {PAGE_64K},
		 .entry = {.invalid = 0x100, .value = 0xff, .targets = FLASH}}},
	.window_count = 1,
	.window = {{"external", 0x3c000000, 0x42000000, 0, 128, CAPS_CODE_RODATA, FLASH, 0}},
	.bootloader_offset = 0,
	.cache_line = 32,
};
