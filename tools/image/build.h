/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back: images from ELF files, partition tables from text, flash images from parts.
 *
 * Whatever is built here is read again by the readers before it is handed out, so that a rule that
 * the readers know cannot be broken by the builders.  Buffers come from malloc and belong to the
 * caller; on failure there is none.
 */
#ifndef IMAGE_BUILD_H
#define IMAGE_BUILD_H

#include "image/elf.h"
#include "image/flash.h"

/* What goes into an image's header.  Zero is a fair choice for everything but the chip. */
struct image_build_options {
	const struct quire_chip *chip; /* must not be NULL (image_elf_chip finds it) */
	uint32_t page_size;            /* 0: as the description says, else the chip's default */
	uint8_t spi_mode;              /* 0 QIO, 1 QOUT, 2 DIO, 3 DOUT */
	uint8_t spi_speed;             /* the header's code: 0 half, 1 third, 2 quarter, 15 full */
	uint32_t flash_size;           /* bytes, a power of two from 1 MiB to 128 MiB; 0: 4 MiB */
	uint16_t min_revision;         /* major * 100 + minor */
	uint16_t max_revision;         /* 0: any */
	bool no_digest;                /* leave the SHA-256 out */
};

/*
 * An application image from an ELF.  Pieces that adjoin become one segment; what the loader copies
 * to RAM fills the space before what it maps, so that each mapped segment lands at the offset that
 * its address asks for; where RAM contents run out, an empty segment fills it.  The application's
 * description comes first, and the ELF's own SHA-256 is written into it.
 * At most 16 segments: IMAGE_FAULT_LIMIT.  A page size that is asked for must be the description's.
 */
bool image_build_from_elf(const struct image_elf *elf, const struct image_build_options *options,
			  struct image_buffer *out, struct image_report *report);

/* A made-up program: pattern instead of code, but an image in every other respect. */
struct image_synthetic {
	uint32_t code_size;   /* bytes of mapped code, 0: none */
	uint32_t rodata_size; /* bytes of mapped constants, the description included; 0: none */
	uint32_t ram_size;    /* bytes that are loaded to RAM, 0: none (not all can be 0) */
	uint32_t seed;        /* of the pattern */
	bool loader;          /* a second-stage loader: RAM only, with a loader's description */
	const char *project;  /* in the description; NULL: "synthetic" */
	const char *version;  /* NULL: "1" */
};

/*
 * Sizes are rounded up to 4; rodata to at least the 256 bytes of the description, RAM of a loader
 * to at least the 80 of its own.  Contents are image_pattern from byte 0 on: code of `seed`, rodata
 * of seed + 1, RAM of seed + 2, with the descriptions over its beginning.  Program and description
 * are placed as ESP-IDF places them; the entry is the first byte of the code, or else of what there
 * is.
 */
bool image_build_synthetic(const struct image_synthetic *what,
			   const struct image_build_options *options, struct image_buffer *out,
			   struct image_report *report);

/* The pattern: `size` bytes from byte number `from` on of the stream that belongs to `seed`. */
void image_pattern(uint32_t seed, uint64_t from, void *out, size_t size);

/*
 * Rows from text in ESP-IDF's CSV form: name, type, subtype, offset, size, flags; numbers decimal,
 * 0x..., or with K or M; an empty offset means the next place that fits; # begins a comment.
 * Errors name the line.  `text` need not be terminated.
 */
bool image_table_from_csv(const char *text, size_t size, const struct image_table_options *options,
			  struct image_table *out, struct image_report *report);

/* The bytes of a table, IMAGE_TABLE_SIZE of them, MD5 row included. */
bool image_build_table(const struct image_table *table, const struct image_table_options *options,
		       struct image_buffer *out, struct image_report *report);

/* One of otadata's two entries: what a chip writes to boot application (sequence - 1) % n. */
#define IMAGE_OTA_ENTRY_SIZE   32u
#define IMAGE_OTA_ENTRY_STRIDE 0x1000u /* the second entry has a sector of its own */
void image_build_ota_entry(uint32_t sequence, uint32_t state, uint8_t out[IMAGE_OTA_ENTRY_SIZE]);

/* One part of a flash image. */
struct image_part {
	const char *name; /* for messages: a file's name, a partition's label */
	uint64_t offset;
	const uint8_t *bytes;
	size_t size;
};

/*
 * A flash image of `flash_size` bytes from parts in any order, 0xff between them.
 * Parts must not overlap or end behind it.
 */
bool image_build_flash(const struct image_part *parts, unsigned count, uint64_t flash_size,
		       struct image_buffer *out, struct image_report *report);

#endif
