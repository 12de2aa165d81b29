/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP32-C5, -C6, -C61, -H2, -H21 and -H4: one window at one address.
 *
 * Data and instructions share 0x42000000, and the table stands behind a pair of registers: the
 * entry's number goes to INDEX, its value to CONTENT.  Two kinds of entry:
 *
 *   with PSRAM       C5 C61 H4    512 entries   valid 0x400, PSRAM 0x200, page 0..511
 *   without          C6 H2 H21    256 entries   valid 0x200, page 0..255
 *
 * All entries of C6 and H2 are here.  ESP-IDF manages the lower half of them only, because of the
 * mask it uses; the hardware translates all 256.  Their value field has a ninth bit, which ESP-IDF
 * does not let anyone use: physical pages end at 256.
 *
 * Pages of 8 KiB are in the hardware of all but C5; of these, ESP-IDF can be built with them for
 * H21 and H4.
 */
#include "family.h"

#define INDEX(base)   ((base) + 0x380u)
#define CONTENT(base) ((base) + 0x37cu)
#define BASE          0x60002000u
#define BASE_H4       0x60098000u

/* clang-format off */
#define ENTRY_FLASH        {.valid = 0x200, .value = 0x1ff, .targets = FLASH}
#define ENTRY_FLASH_PSRAM  {.valid = 0x400, .value = 0x1ff, .select = {0, 0x200}, \
			    .targets = FLASH | PSRAM}
#define WINDOW_FLASH       {"external", 0x42000000, 0x42000000, 0, 256, CAPS_CODE_RODATA, FLASH, 0}
#define WINDOW_FLASH_PSRAM {"external", 0x42000000, 0x42000000, 0, 512, CAPS_ALL, \
			    FLASH | PSRAM, 0}
/* clang-format on */

const struct quire_chip quire_chip_esp32c5 = {
	.name = "esp32c5",
	.title = "ESP32-C5",
	.image_id = 23,
	.cores = 1,
	.psram = true,
	.flash_max = 32 * MIB,
	.psram_max = 32 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = CONTENT(BASE),
		 .index = INDEX(BASE),
		 .entries = 512,
		 .page_shift = {PAGE_64K},
		 .entry = ENTRY_FLASH_PSRAM}},
	.window_count = 1,
	.window = {WINDOW_FLASH_PSRAM},
	.bootloader_offset = 0x2000,
	.cache_line = 32,
	.cache_writeback = true,
};

const struct quire_chip quire_chip_esp32c6 = {
	.name = "esp32c6",
	.title = "ESP32-C6",
	.image_id = 13,
	.cores = 1,
	.flash_max = 16 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = CONTENT(BASE),
		 .index = INDEX(BASE),
		 .entries = 256,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K, PAGE_8K},
		 .entry = ENTRY_FLASH}},
	.window_count = 1,
	.window = {WINDOW_FLASH},
	.bootloader_offset = 0,
	.cache_line = 32,
};

const struct quire_chip quire_chip_esp32c61 = {
	.name = "esp32c61",
	.title = "ESP32-C61",
	.image_id = 20,
	.cores = 1,
	.psram = true,
	.flash_max = 32 * MIB,
	.psram_max = 32 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = CONTENT(BASE),
		 .index = INDEX(BASE),
		 .entries = 512,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K, PAGE_8K},
		 .entry = ENTRY_FLASH_PSRAM}},
	.window_count = 1,
	.window = {WINDOW_FLASH_PSRAM},
	.bootloader_offset = 0,
	.cache_line = 32,
	.cache_writeback = true,
};

const struct quire_chip quire_chip_esp32h2 = {
	.name = "esp32h2",
	.title = "ESP32-H2",
	.image_id = 16,
	.cores = 1,
	.flash_max = 16 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = CONTENT(BASE),
		 .index = INDEX(BASE),
		 .entries = 256,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K, PAGE_8K},
		 .entry = ENTRY_FLASH}},
	.window_count = 1,
	.window = {WINDOW_FLASH},
	.bootloader_offset = 0,
	.cache_line = 32,
};

const struct quire_chip quire_chip_esp32h21 = {
	.name = "esp32h21",
	.title = "ESP32-H21",
	.image_id = 25,
	.cores = 1,
	.flash_max = 16 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = CONTENT(BASE),
		 .index = INDEX(BASE),
		 .entries = 256,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K, PAGE_8K},
		 .entry = ENTRY_FLASH}},
	.window_count = 1,
	.window = {WINDOW_FLASH},
	.bootloader_offset = 0,
	.cache_line = 32,
};

/* ESP-IDF marks its own numbers of this chip as not yet verified. */
const struct quire_chip quire_chip_esp32h4 = {
	.name = "esp32h4",
	.title = "ESP32-H4",
	.image_id = 28,
	.cores = 2,
	.psram = true,
	.flash_max = 32 * MIB,
	.psram_max = 32 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = CONTENT(BASE_H4),
		 .index = INDEX(BASE_H4),
		 .entries = 512,
		 .page_shift = {PAGE_64K, PAGE_32K, PAGE_16K, PAGE_8K},
		 .entry = ENTRY_FLASH_PSRAM}},
	.window_count = 1,
	.window = {WINDOW_FLASH_PSRAM},
	.bootloader_offset = 0x2000,
	.cache_line = 32,
	.cache_writeback = true,
};
