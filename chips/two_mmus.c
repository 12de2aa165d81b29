/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP32-P4 and -S31: an MMU for flash and another one for PSRAM, each with 1,024 entries, a window
 * and a pair of registers of its own.  Data and instructions share the addresses.
 *
 *   flash   valid 0x1000, page 0..2047
 *   PSRAM   valid 0x0800, always with 0x400 (the memory), page 0..1023
 *
 * S31 differs in the addresses and in the page sizes, which its MMUs choose independently.  Its
 * window grows with the page: at 256 KiB the flash window reaches the PSRAM window.  ESP-IDF marks
 * S31's numbers as not yet verified; its headers name both 10 and 11 bits for the flash page, and
 * the 11 of P4, whose MMU it shares, are taken here.
 */
#include "family.h"

#define INDEX(base)   ((base) + 0x380u)
#define CONTENT(base) ((base) + 0x37cu)

/* clang-format off */
#define ENTRY_FLASH {.valid = 0x1000, .value = 0x7ff, .targets = FLASH}
#define ENTRY_PSRAM {.valid = 0x800, .value = 0x3ff, .select = {0, 0x400}, .targets = PSRAM}
/* clang-format on */

const struct quire_chip quire_chip_esp32p4 = {
	.name = "esp32p4",
	.title = "ESP32-P4",
	.image_id = 18,
	.cores = 2,
	.psram = true,
	.flash_max = 128 * MIB,
	.psram_max = 64 * MIB,
	.mmu_count = 2,
	.mmu = {{.name = "flash mmu",
		 .table = CONTENT(0x5008c000),
		 .index = INDEX(0x5008c000),
		 .entries = 1024,
		 .page_shift = {PAGE_64K},
		 .entry = ENTRY_FLASH},
		{.name = "psram mmu",
		 .table = CONTENT(0x5008e000),
		 .index = INDEX(0x5008e000),
		 .entries = 1024,
		 .page_shift = {PAGE_64K},
		 .entry = ENTRY_PSRAM}},
	.window_count = 2,
	.window = {{"flash", 0x40000000, 0x40000000, 0, 1024, CAPS_ALL, FLASH, 0},
		   {"psram", 0x48000000, 0x48000000, 0, 1024, CAPS_ALL, PSRAM, 1}},
	.hole_count = 1,
	.hole = {{0x44000000, 0x48000000, "no entries behind it, although the cache accepts it"}},
	.bootloader_offset = 0x2000,
	.cache_line = 128, /* 64 or 128 as configured: 128 is whole lines in both */
	.cache_writeback = true,
};

const struct quire_chip quire_chip_esp32s31 = {
	.name = "esp32s31",
	.title = "ESP32-S31",
	.image_id = 32,
	.cores = 2,
	.psram = true,
	.flash_max = 128 * MIB,
	.psram_max = 64 * MIB,
	.mmu_count = 2,
	.mmu = {{.name = "flash mmu",
		 .table = CONTENT(0x20500000),
		 .index = INDEX(0x20500000),
		 .entries = 1024,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_128K, PAGE_256K},
		 .entry = ENTRY_FLASH},
		{.name = "psram mmu",
		 .table = CONTENT(0x20502000),
		 .index = INDEX(0x20502000),
		 .entries = 1024,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K, PAGE_8K},
		 .entry = ENTRY_PSRAM}},
	.window_count = 2,
	.window = {{"flash", 0x40000000, 0x40000000, 0, 1024, CAPS_ALL, FLASH, 0},
		   {"psram", 0x50000000, 0x50000000, 0, 1024, CAPS_ALL, PSRAM, 1}},
	.hole_count = 1,
	.hole = {{0x44000000, 0x50000000, "beyond the last entry of flash; larger pages reach on"}},
	.bootloader_offset = 0x2000,
	.cache_line = 64,
	.cache_writeback = true,
};
