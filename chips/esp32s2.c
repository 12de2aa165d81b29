/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP32-S2: one table of six buses with 64 entries each, any of which shows flash or PSRAM.
 *
 * The data buses have their entries in the opposite order of their addresses.  DRAM1 and DRAM0 are
 * neighbours and can do the same, so they are one window here, and the entries are numbered by
 * address; `block` leads from this order to the hardware's:
 *
 *   our block     0        1        2        3         4        5
 *   bus           IBUS0    IBUS1    IBUS2    DBUS2     DBUS1    DBUS0
 *   address       IRAM0    IRAM1    DROM0    DPORT     DRAM1    DRAM0
 *   hardware's    0        1        2        5         4        3
 */
#include "family.h"

const struct quire_chip quire_chip_esp32s2 = {
	.name = "esp32s2",
	.title = "ESP32-S2",
	.image_id = 2,
	.cores = 1,
	.psram = true,
	.flash_max = 1024 * MIB,
	.psram_max = 1024 * MIB,
	.mmu_count = 1,
	.mmu = {{.name = "mmu",
		 .table = 0x61801000,
		 .entries = 384,
		 .page_shift = {PAGE_64K},
		 .block_entries = 64,
		 .block = {0, 1, 2, 5, 4, 3},
		 .entry = {.invalid = 0x4000,
			   .value = 0x3fff,
			   .select = {0x8000, 0x10000},
			   .targets = FLASH | PSRAM}}},
	.window_count = 4,
	.window = {{"IRAM0", 0x40080000, 0x40080000, 8, 56, CAPS_CODE, FLASH | PSRAM, 0},
		   {"DROM0", 0x3f000000, 0x3f000000, 128, 64, CAPS_RODATA, FLASH | PSRAM, 0},
		   {"DPORT", 0x3f500000, 0x3f500000, 208, 48, CAPS_DATA_WORDS, FLASH | PSRAM, 0},
		   {"DRAM", 0x3f800000, 0x3f800000, 256, 120, CAPS_DATA, FLASH | PSRAM, 0}},
	.hole_count = 4,
	.hole = {{0x3f400000, 0x3f500000, "peripherals (16 entries)"},
		 {0x3ff80000, 0x40000000, "internal RAM (8 entries)"},
		 {0x40000000, 0x40080000, "ROM and internal RAM (8 entries)"},
		 {0x40400000, 0x40800000, "IRAM1: left alone, as in ESP-IDF (64 entries)"}},
	.bootloader_offset = 0x1000,
	.cache_line = 32, /* 16 or 32 as configured */
	.cache_writeback = true,
};
