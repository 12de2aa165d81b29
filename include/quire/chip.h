/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ESP32 family as data: one const record a chip and page size, enough to make a space and to
 * check an image against it.  The records live in chips/; nothing else knows a chip by name.
 *
 * Sources of the numbers: the chips' technical reference manuals and ESP-IDF's SoC headers
 * (ext_mem_defs.h, mmu_ll.h, soc_caps.h), release 6.
 */
#ifndef QUIRE_CHIP_H
#define QUIRE_CHIP_H

#include "quire/mmu.h"
#include "quire/types.h"

#define QUIRE_CHIP_WALKERS_MAX    2u
#define QUIRE_CHIP_PAGE_SIZES_MAX 4u
#define QUIRE_CHIP_HOLES_MAX      4u

/* One MMU of a chip: an array of entries somewhere on its bus. */
struct quire_chip_mmu {
	const char *name; /* "mmu", "flash mmu", "psram mmu" */
	uint32_t table;   /* register address of entry 0, or of the CONTENT register if indexed */
	uint32_t table_second; /* of the other CPU's copy (ESP32), else 0 */
	uint32_t index;        /* of the INDEX register, 0 where entries are plain words */
	uint16_t entries;      /* all that the hardware has */
	uint8_t page_shift[QUIRE_CHIP_PAGE_SIZES_MAX]; /* log2, default first; 0 ends the list */
};

/* Addresses that one might expect to be usable and that are not. */
struct quire_chip_hole {
	uint32_t start;
	uint32_t end; /* exclusive */
	const char *why;
};

struct quire_chip {
	const char *name;  /* "esp32s3" */
	const char *title; /* "ESP32-S3" */
	uint16_t image_id; /* chip id in the extended image header */
	uint8_t cores;
	bool psram;
	uint32_t flash_max; /* bytes that entries can name */
	uint32_t psram_max;
	uint8_t mmu_count;
	struct quire_chip_mmu mmu[QUIRE_CHIP_WALKERS_MAX];
	uint8_t hole_count;
	struct quire_chip_hole hole[QUIRE_CHIP_HOLES_MAX];
	uint32_t bootloader_offset; /* where the second-stage loader stands in flash */
	uint8_t cache_line;         /* bytes: the unit of synchronisation */
	bool cache_writeback;       /* whether dirty lines must be written back */
};

/* All that a space needs, for one page size of one chip.  Pages of each walker may differ. */
struct quire_chip_layout {
	uint8_t window_count;
	uint8_t walker_count;
	struct quire_window window[QUIRE_WINDOWS_MAX];
	struct quire_mmu mmu[QUIRE_CHIP_WALKERS_MAX]; /* one a walker, in order */
	struct quire_memory memory[2]; /* flash0, psram0: largest that the entries can name */
};

/* The number of chips, and each of them in the family's order; NULL beyond the end. */
unsigned quire_chip_count(void);
const struct quire_chip *quire_chip_at(unsigned index);

/* A chip by its name (any case, with or without the dash) or by its id in image headers; NULL if
 * none. */
const struct quire_chip *quire_chip_by_name(const char *name);
const struct quire_chip *quire_chip_by_image_id(unsigned id);

/*
 * Fill in windows, MMUs and memories for a page size, 0 for each MMU's default.  On a chip with two
 * page sizes at once (esp32: 64 KiB flash, 32 KiB PSRAM) the size is that of flash.
 * QUIRE_ENULL, QUIRE_EALIGN (the chip has no such page size).  Pure.
 */
int quire_chip_layout(const struct quire_chip *chip, uint32_t page_size,
		      struct quire_chip_layout *out);

#endif
