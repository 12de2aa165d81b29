/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash dumps: everything a chip boots from, in one file, offset 0 of the file being offset 0 of
 * flash.  Reading one means doing what the chip does: find the second-stage loader at the place
 * where this chip's ROM looks for it, read the partition table, ask otadata which application is to
 * run, and check that application inside its partition.
 *
 * Where the real loader would quietly fall back to another application because the chosen one is
 * damaged, this one says what is damaged.
 */
#ifndef IMAGE_FLASH_H
#define IMAGE_FLASH_H

#include "image/app.h"
#include "image/partition.h"

/* One of the two entries of otadata. */
struct image_ota_entry {
	uint32_t sequence; /* 0xffffffff: never written */
	uint32_t state;    /* 2 valid, 3 invalid, 4 aborted, 0xffffffff undefined, ... */
	bool valid;        /* the CRC matches, and the state does not forbid it */
};

/* Why an application was chosen. */
enum image_choice {
	IMAGE_CHOICE_FACTORY_NO_OTADATA, /* the table has no otadata */
	IMAGE_CHOICE_FACTORY_BLANK,      /* otadata has no valid entry */
	IMAGE_CHOICE_OTA,                /* the entry with the higher sequence number */
	IMAGE_CHOICE_OTA_0               /* neither a valid entry nor a factory application */
};

struct image_flash_options {
	const struct quire_chip *chip; /* the dump must be for it; NULL: as its loader says */
	uint32_t table_offset;         /* 0: IMAGE_TABLE_OFFSET */
	uint32_t page_size;            /* as for image_app_options */
	bool may_be_short; /* the file may end before the flash does, if the application is whole:
			      partitions that are cut off are warned of */
};

struct image_flash {
	const struct quire_chip *chip;
	uint64_t size; /* of the flash: of the file, or as the loader's header says if that is more
			  and may_be_short is set */
	struct image_app loader;
	uint32_t table_offset;
	struct image_table table;
	bool has_otadata;
	struct image_ota_entry ota[2];
	int ota_entry; /* which of them decided; -1: none */
	enum image_choice choice;
	const struct image_partition *app_partition; /* into `table` of this very struct */
	struct image_app app;
};

/*
 * Read a whole dump.  `out` is large (some 10 KiB), and must not be copied: app_partition points
 * into it.  `options` may be NULL.  Cost: linear in the loader and the application.
 */
bool image_flash_read(const struct image_view *view, const struct image_flash_options *options,
		      struct image_flash *out, struct image_report *report);

/* "otadata entry 1 has the higher sequence number": the choice as words. */
const char *image_choice_text(const struct image_flash *flash);

#endif
