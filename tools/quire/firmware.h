/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware file, whatever its form, made ready to boot.
 *
 * A flash dump says everything.  An application image says everything but its place in flash, and
 * an ELF not even its layout there: an image is built from it first.  For both, the place is
 * 0x10000 unless the user knows better.  After firmware_read they are all the same: an application
 * at an offset of some flash.
 */
#ifndef QUIRE_TOOL_FIRMWARE_H
#define QUIRE_TOOL_FIRMWARE_H

#include "board.h"
#include "image/build.h"
#include "image/kind.h"
#include "view.h"

#define FIRMWARE_APP_OFFSET 0x10000u /* where applications without a partition table are put */

struct firmware {
	const char *path;
	enum image_kind kind;
	uint8_t *bytes; /* the file */
	size_t size;
	struct image_buffer built;   /* from an ELF */
	struct image_flash *flash;   /* of a dump; NULL for the others */
	const struct image_app *app; /* in flash, or own */
	struct image_app own;
	uint64_t app_at; /* offset of the application in flash */
	uint64_t flash_size;
	const struct quire_chip *chip;
	unsigned warnings;
};

/* What the user says about the file; all zero is "find out". */
struct firmware_options {
	const struct quire_chip *chip;
	uint32_t page_size;
	uint32_t table_offset;
	uint64_t app_offset; /* where an application alone stands; 0: FIRMWARE_APP_OFFSET */
	uint64_t flash_size; /* 0: as the file says */
	bool any_flash;      /* an application does not limit flash: all that the chip reaches */
	bool may_be_short;
	void (*warn)(void *ctx, const struct image_error *warning);
	void *warn_ctx;
};

/* Read and check the whole file.  firmware_free() in either case. */
int firmware_read(struct firmware *fw, const char *path, const struct firmware_options *options,
		  struct sentence *why);
void firmware_free(struct firmware *fw);

#define FIRMWARE_ALL ((uint64_t)1 << 62) /* as much memory as the chip can map */

/* The board that this firmware runs on, with so much PSRAM. */
struct board_parts firmware_parts(const struct firmware *fw, uint64_t psram_size);

/* Map what the second-stage loader would map.  `*mapped` (may be NULL) gets the number. */
int firmware_boot(const struct firmware *fw, struct board *b, unsigned *mapped,
		  struct sentence *why);

/* Name the regions of flash: loader, table, partitions. */
bool firmware_regions(const struct firmware *fw, struct view *v);

/* "ESP32-S3, flash dump of 16 MiB, application hello 1.0 at 0x00010000". */
void firmware_describe(const struct firmware *fw, char *text, size_t size);

/* Read a whole file into memory from malloc.  "-" is standard input.  A NUL follows the bytes. */
int file_read(const char *path, uint8_t **bytes, size_t *size, struct sentence *why);

/* Write a whole file, over an old one only once all of it could be written.  "-" is standard
   output. */
int file_write(const char *path, const void *bytes, size_t size, struct sentence *why);

#endif
