/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images: what the second-stage loader of an ESP chip boots, and what the boot ROM
 * takes the second-stage loader itself for.
 *
 *   0        24                                     e          e' (16-aligned)   e' + 32
 *   +--------+------+--------+------+--------+ ... +---+------+-----------------+
 *   | header | addr | data 0 | addr | data 1 |     | 0 | xor  | SHA-256 of all  |
 *   |        | len  |        | len  |        |     |   |      | that is before  |
 *   +--------+------+--------+------+--------+ ... +---+------+-----------------+
 *
 * A segment whose load address lies in a flash window is not copied anywhere: the loader maps the
 * pages of flash it stands in.  Hence the one unobvious rule: its place in flash and its address
 * must agree modulo the MMU page.
 */
#ifndef IMAGE_APP_H
#define IMAGE_APP_H

#include "image/report.h"
#include "quire/chip.h"

#define IMAGE_APP_SEGMENTS_MAX 16u
#define IMAGE_APP_HEADER_SIZE  24u
#define IMAGE_SEGMENT_HEADER   8u
#define IMAGE_DIGEST_SIZE      32u

/* What the loader does with a segment. */
enum image_segment_kind {
	IMAGE_SEGMENT_PADDING, /* nothing: no bytes, or for no memory (an address below
				  0x10000000, as a rule 0) */
	IMAGE_SEGMENT_LOADED,  /* copies it to RAM */
	IMAGE_SEGMENT_MAPPED   /* maps the flash pages it stands in */
};

/* What a mapped segment is for.  A chip with two buses says it by the address; on one with a single
   bus the segment with the application's description is the data and the other one the code. */
enum image_use { IMAGE_USE_NONE, IMAGE_USE_CODE, IMAGE_USE_DATA };

struct image_segment {
	uint32_t address; /* where the program sees it */
	uint32_t length;  /* bytes */
	uint32_t offset;  /* of the data, from the image's first byte */
	enum image_segment_kind kind;
	enum image_use use; /* of a mapped segment */
	uint8_t window;     /* of a mapped segment: which of the layout's windows */
};

/* esp_app_desc_t, as far as it is of use.  Texts hold printable UTF-8 only: whatever else was there
   has become '?'. */
struct image_description {
	bool present;
	char version[33];
	char project[33];
	char time[17];
	char date[17];
	char idf[33];
	uint32_t secure_version;
	uint8_t elf_sha256[IMAGE_DIGEST_SIZE];
	uint8_t page_shift; /* log2 of the MMU page it was linked for; 0: it does not say */
	uint32_t offset;    /* of the description, from the image's first byte */
};

struct image_app {
	const struct quire_chip *chip;
	struct quire_chip_layout layout; /* for page_size */
	uint32_t page_size;              /* of flash */
	uint64_t base;                   /* offset of the image in the file */
	uint32_t length;                 /* of the image, checksum and digest included */
	uint32_t entry;
	uint8_t spi_mode, spi_speed, spi_size; /* as in the header */
	uint32_t flash_size; /* bytes, as the header says; 0: it says nothing known */
	uint16_t chip_id;
	uint16_t min_revision, max_revision; /* major * 100 + minor */
	bool has_digest;
	uint8_t digest[IMAGE_DIGEST_SIZE];
	uint8_t checksum;
	bool is_loader; /* a second-stage loader: it carries a loader's description */
	char loader_idf[33];
	struct image_description description;
	uint8_t segment_count;
	struct image_segment segment[IMAGE_APP_SEGMENTS_MAX];
};

/* What to expect.  NULL in the place of these means all zero. */
struct image_app_options {
	const struct quire_chip *chip; /* the image must be for it; NULL: as the header says */
	uint32_t page_size;            /* 0: as the description says, else the chip's default */
	bool exact; /* bytes behind the image are none of its business: no warning */
};

/*
 * Read an application image that begins at the view's first byte.  All of it is checked: header,
 * chip, segments' bounds, alignment and windows, MMU entries wanted twice, checksum, digest.
 * Bytes behind the image are allowed (a signature, fill); other ones are warned of.
 * `*out` means something only on success.
 * Cost: linear in the image.
 */
bool image_app_read(const struct image_view *view, const struct image_app_options *options,
		    struct image_app *out, struct image_report *report);

/* One mapping that the loader makes. */
struct image_mapping {
	uint32_t va; /* page-aligned, as the program sees it */
	uint32_t
		data; /* the same entries seen through the window's data side; va if only one bus */
	uint64_t pa;  /* page-aligned, in flash */
	uint32_t size; /* bytes, whole pages */
	enum image_use use;
	uint8_t window;
	uint8_t segment; /* index */
};

/*
 * What the loader maps for segment `index` when the image stands at `flash_offset`, false if the
 * segment is not mapped.  For an image in a flash dump that is app->base; an image in a file of its
 * own has no place yet, and any multiple of the page size will do.
 */
bool image_app_mapping(const struct image_app *app, unsigned index, uint64_t flash_offset,
		       struct image_mapping *out);

/*
 * Which of a layout's flash windows shows an address, and what it is good for there; -1 if none.
 * `use` may be NULL; it is IMAGE_USE_NONE in a window with a single bus.
 */
int image_flash_window(const struct quire_chip_layout *layout, uint32_t address,
		       enum image_use *use);

/* "DIO", "80 MHz": names of header values, "?" if they have none. */
const char *image_spi_mode_name(unsigned mode);
const char *image_spi_speed_name(unsigned speed);

/* The letters of a kind and a use: "mapped", "code". */
const char *image_segment_kind_name(enum image_segment_kind kind);
const char *image_use_name(enum image_use use);

#endif
