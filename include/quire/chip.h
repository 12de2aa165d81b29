/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ESP32 family as data: one const record a chip, enough to make a space for any of its page
 * sizes and to check an image against it.  The records live in chips/; nothing else knows a chip by
 * name.  docs/chips.md is the same as a table for people.
 *
 * A chip has one MMU, or two; an MMU is an array of entries; a window is a run of them, seen at one
 * address, or at two where data and instructions have buses of their own:
 *
 *            first                 entries of the MMU
 *     +--------+----------------------------+---------+
 *     |        |##########window############|         |
 *     +--------+----------------------------+---------+
 *               ^ base                        each entry shows one page of flash or PSRAM
 *               ^ exec_base
 *
 * Sources of the numbers: the chips' technical reference manuals and ESP-IDF's SoC headers
 * (ext_mem_defs.h, mmu_ll.h, soc_caps.h), release 6.
 */
#ifndef QUIRE_CHIP_H
#define QUIRE_CHIP_H

#include "quire/mmu.h"
#include "quire/types.h"

#define QUIRE_CHIP_WALKERS_MAX    2u
#define QUIRE_CHIP_WINDOWS_MAX    4u
#define QUIRE_CHIP_PAGE_SIZES_MAX 4u
#define QUIRE_CHIP_HOLES_MAX      4u
#define QUIRE_CHIP_BLOCKS_MAX     6u

/*
 * Which bits of an entry mean what.  A valid entry has all of `valid` and none of `invalid`; an
 * empty one is `invalid` and nothing else.  The number of the physical page stands in `value`, from
 * bit 0 on, and `select` names the memory.
 */
struct quire_chip_entry {
	uint32_t valid;
	uint32_t invalid;
	uint32_t value;
	uint32_t select[2]; /* flash0, psram0 */
	uint8_t targets;    /* bit t: an entry can show memory t */
};

/* One MMU of a chip: an array of entries somewhere on its bus. */
struct quire_chip_mmu {
	const char *name; /* "mmu", "flash mmu", "psram mmu" */
	uint32_t table;   /* register address of entry 0, or of the CONTENT register if indexed */
	uint32_t table_second; /* of the other CPU's copy (ESP32), else 0 */
	uint32_t index;        /* of the INDEX register, 0 where entries are plain words */
	uint16_t entries;      /* all that the hardware has */
	uint8_t page_shift[QUIRE_CHIP_PAGE_SIZES_MAX]; /* log2, default first; 0 ends the list */
	/* Where neighbouring addresses are not neighbouring entries (ESP32-S2): the hardware's
	   block of `block_entries` entries for each such block of ours.  0: they are. */
	uint8_t block_entries;
	uint8_t block[QUIRE_CHIP_BLOCKS_MAX];
	struct quire_chip_entry entry;
};

/* A run of entries, and where their pages are seen. */
struct quire_chip_window {
	const char *name;
	uint32_t base;
	uint32_t exec_base; /* equal to base where there is one bus */
	uint16_t first;
	uint16_t entries;
	uint8_t caps;
	uint8_t targets;
	uint8_t mmu;
};

/* Addresses that one might expect to be usable and that are not, at the default page size. */
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
	uint32_t flash_max; /* bytes that entries can name at the default page size */
	uint32_t psram_max; /* 0: no PSRAM */
	uint8_t mmu_count;
	struct quire_chip_mmu mmu[QUIRE_CHIP_WALKERS_MAX];
	uint8_t window_count;
	struct quire_chip_window window[QUIRE_CHIP_WINDOWS_MAX];
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

/* The entries of every MMU of the family; `detail` of the MMU is a struct quire_chip_entry.
   A leaf that allows no access is written as an invalid entry that keeps the page's number. */
extern const struct quire_format quire_chip_format;

/* The number of chips, and each of them in the family's order; NULL beyond the end. */
unsigned quire_chip_count(void);
const struct quire_chip *quire_chip_at(unsigned index);

/* A chip by its name or its title, in any case ("esp32s3", "ESP32-S3"), or by its id in image
   headers; NULL if none. */
const struct quire_chip *quire_chip_by_name(const char *name);
const struct quire_chip *quire_chip_by_image_id(unsigned id);

/*
 * Fill in windows, MMUs and memories for a page size, 0 for each MMU's default.  On a chip with two
 * MMUs the size is that of the first one, flash; PSRAM has the same where it can, else its default
 * (esp32: 64 KiB flash, 32 KiB PSRAM).
 * QUIRE_ENULL, QUIRE_EALIGN (the chip has no such page size).  Pure.
 */
int quire_chip_layout(const struct quire_chip *chip, uint32_t page_size,
		      struct quire_chip_layout *out);

/* The same with a page size for each MMU of its own: page_size[chip->mmu_count], each 0 for the
   default. */
int quire_chip_layout_each(const struct quire_chip *chip, const uint32_t *page_size,
			   struct quire_chip_layout *out);

/* The hardware's number of the entry that tables call `index`: what is multiplied by four, or
   written to the INDEX register. */
unsigned quire_chip_entry_number(const struct quire_chip_mmu *mmu, unsigned index);

#endif
