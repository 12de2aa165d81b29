/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main job, in two halves: making the flash image, and proving what was mapped of it.
 */
#ifndef QUIRE_TOOL_DEMO_H
#define QUIRE_TOOL_DEMO_H

#include "firmware.h"
#include "place.h"

enum {
	DEMO_FLASH = 16 << 20,
	DEMO_PSRAM = 8 << 20,
	DEMO_TABLE = 0x8000,
	DEMO_APP = 0x10000,
	DEMO_APP_PARTITION = 0x2f0000,
	DEMO_ASSETS = 0x400000,
	DEMO_ASSETS_SIZE = 12 << 20,
	DEMO_CODE_SIZE = 1400 << 10,
	DEMO_RODATA_SIZE = 360 << 10,
	DEMO_RAM_SIZE = 96 << 10,
	DEMO_SEED = 20
};
#define DEMO_ASSETS_AT 0x3D000000u

/* A whole flash image in memory.  Status; free it with image_buffer_free. */
int demo_make(struct image_buffer *flash, struct sentence *why);

/* What was checked, counted. */
struct demo_counts {
	uint64_t data_bytes;  /* read through the data side and compared with the file */
	uint64_t code_bytes;  /* through the instruction side */
	uint64_t psram_bytes; /* written through pointers, read back, and found in the memory */
	unsigned mappings;
	unsigned pages;
	unsigned refusals; /* that were asked for and came */
};

/* Compare every flash mapping with the file's bytes, through pointers.  Status. */
int demo_prove_flash(struct board *b, const uint8_t *file, struct demo_counts *counts,
		     struct sentence *why);

/* Write a pattern through the PSRAM mapping at `va`, read it back, and look for it in the memory.
 */
int demo_prove_psram(struct board *b, quire_va va, struct demo_counts *counts,
		     struct sentence *why);

#endif
