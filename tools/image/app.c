/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images: the header, and what seals the image.
 *
 * The order of the checks is that of growing trust: first what tells where things are (so that
 * nothing outside the bytes is touched), then checksum and digest (so that a flipped bit is called
 * that, and not a misplaced segment), and only then what the contents mean.
 */
#include "image/app_parts.h"
#include "image/bytes.h"

#include <string.h>

enum header_field {
	AT_MAGIC = 0,
	AT_SEGMENTS = 1,
	AT_SPI_MODE = 2,
	AT_SPI_SPEED_SIZE = 3,
	AT_ENTRY = 4,
	AT_CHIP = 12,
	AT_MIN_REVISION = 15,
	AT_MAX_REVISION = 17,
	AT_DIGEST = 23
};

static const char *const mode_names[] = {"QIO", "QOUT", "DIO", "DOUT", "FAST_READ", "SLOW_READ"};

const char *image_spi_mode_name(unsigned mode)
{
	return mode < sizeof mode_names / sizeof mode_names[0] ? mode_names[mode] : "?";
}

const char *image_spi_speed_name(unsigned speed)
{
	switch (speed) {
	case 0:
		return "1/2";
	case 1:
		return "1/3";
	case 2:
		return "1/4";
	case 15:
		return "1/1";
	default:
		return "?";
	}
}

/* What speaks against the SPI fields.  The ROM reads them and the loader corrects them, so an
   image with odd ones still runs. */
static void check_spi(const struct image_app *app, struct image_report *report)
{
	if (image_spi_mode_name(app->spi_mode)[0] == '?')
		image_warn(report, IMAGE_FAULT_VALUE, app->base + AT_SPI_MODE,
			   "header: SPI mode %u at offset 0x%llx is none of 0 to 5", app->spi_mode,
			   (unsigned long long)app->base + AT_SPI_MODE);
	if (image_spi_speed_name(app->spi_speed)[0] == '?')
		image_warn(report, IMAGE_FAULT_VALUE, app->base + AT_SPI_SPEED_SIZE,
			   "header: SPI speed %u at offset 0x%llx is none of 0, 1, 2 and 15",
			   app->spi_speed, (unsigned long long)app->base + AT_SPI_SPEED_SIZE);
	if (app->flash_size == 0)
		image_warn(report, IMAGE_FAULT_VALUE, app->base + AT_SPI_SPEED_SIZE,
			   "header: flash size code %u at offset 0x%llx is none of 0 to 7",
			   app->spi_size, (unsigned long long)app->base + AT_SPI_SPEED_SIZE);
}

static bool check_chip(struct image_app *app, const struct quire_chip *wanted,
		       struct image_report *report)
{
	unsigned long long at = app->base + AT_CHIP;

	app->chip = quire_chip_by_image_id(app->chip_id);
	if (app->chip == NULL)
		return image_fail(report, IMAGE_FAULT_CHIP, at,
				  "header: chip id 0x%x at offset 0x%llx is of no known chip",
				  app->chip_id, at);
	if (wanted != NULL && app->chip != wanted)
		return image_fail(report, IMAGE_FAULT_CHIP, at,
				  "header: chip id 0x%x (%s) at offset 0x%llx, expected 0x%x (%s)",
				  app->chip_id, app->chip->name, at, wanted->image_id,
				  wanted->name);
	return true;
}

static bool check_revisions(const struct image_app *app, struct image_report *report)
{
	unsigned long long at = app->base + AT_MIN_REVISION;

	if (app->max_revision != 0 && app->min_revision > app->max_revision)
		return image_fail(report, IMAGE_FAULT_VALUE, at,
				  "header: minimum chip revision %u.%02u at offset 0x%llx is above "
				  "the maximum, %u.%02u",
				  app->min_revision / 100u, app->min_revision % 100u, at,
				  app->max_revision / 100u, app->max_revision % 100u);
	return true;
}

static void take_header(const struct image_view *view, struct image_app *app)
{
	const uint8_t *header = view->bytes;

	memset(app, 0, sizeof *app);
	app->base = view->base;
	app->segment_count = header[AT_SEGMENTS];
	app->spi_mode = header[AT_SPI_MODE];
	app->spi_speed = header[AT_SPI_SPEED_SIZE] & 15;
	app->spi_size = header[AT_SPI_SPEED_SIZE] >> 4;
	app->flash_size = app->spi_size < 8 ? 0x100000u << app->spi_size : 0;
	app->entry = image_get32(header + AT_ENTRY);
	app->chip_id = image_get16(header + AT_CHIP);
	app->min_revision = image_get16(header + AT_MIN_REVISION);
	app->max_revision = image_get16(header + AT_MAX_REVISION);
	app->has_digest = header[AT_DIGEST] == 1;
}

static bool read_header(const struct image_view *view, const struct image_app_options *options,
			struct image_app *app, struct image_report *report)
{
	unsigned long long base = view->base;

	if (view->size > 0 && view->bytes[AT_MAGIC] != IMAGE_APP_MAGIC)
		return image_fail(report, IMAGE_FAULT_MAGIC, base,
				  "header: magic 0x%02x at offset 0x%llx, expected 0x%02x",
				  view->bytes[AT_MAGIC], base, IMAGE_APP_MAGIC);
	if (view->size < IMAGE_APP_HEADER_SIZE)
		return image_fail(report, IMAGE_FAULT_TRUNCATED, base,
				  "header: %u bytes at offset 0x%llx run past the end of %s "
				  "(0x%llx bytes)",
				  IMAGE_APP_HEADER_SIZE, base, view->whole,
				  (unsigned long long)view->size);
	take_header(view, app);
	if (app->segment_count == 0 || app->segment_count > IMAGE_APP_SEGMENTS_MAX)
		return image_fail(report, IMAGE_FAULT_VALUE, base + AT_SEGMENTS,
				  "header: segment count %u at offset 0x%llx, expected 1 to %u",
				  app->segment_count, base + AT_SEGMENTS, IMAGE_APP_SEGMENTS_MAX);
	if (view->bytes[AT_DIGEST] > 1)
		return image_fail(report, IMAGE_FAULT_VALUE, base + AT_DIGEST,
				  "header: digest flag 0x%02x at offset 0x%llx, expected 0 or 1",
				  view->bytes[AT_DIGEST], base + AT_DIGEST);
	return check_chip(app, options->chip, report) && check_revisions(app, report);
}

static uint8_t xor_of_segments(const struct image_view *view, const struct image_app *app)
{
	uint8_t sum = IMAGE_CHECKSUM_SEED;

	for (unsigned i = 0; i < app->segment_count; i++)
		for (uint32_t k = 0; k < app->segment[i].length; k++)
			sum ^= view->bytes[app->segment[i].offset + k];
	return sum;
}

/* The checksum is the last byte of the block of 16 that the segments end in. */
static bool check_checksum(const struct image_view *view, struct image_app *app, uint32_t end,
			   struct image_report *report)
{
	uint32_t at = end | 15u;
	unsigned long long file_at = app->base + at;
	uint8_t sum;

	if (!image_has(view, at, 1))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, file_at,
				  "checksum: its byte at offset 0x%llx is past the end of %s "
				  "(0x%llx bytes)",
				  file_at, view->whole, (unsigned long long)view->size);
	sum = xor_of_segments(view, app);
	app->checksum = view->bytes[at];
	if (app->checksum != sum)
		return image_fail(report, IMAGE_FAULT_CHECKSUM, file_at,
				  "checksum: 0x%02x at offset 0x%llx, but the segments' bytes "
				  "give 0x%02x",
				  app->checksum, file_at, sum);
	app->length = at + 1;
	return true;
}

static bool check_digest(const struct image_view *view, struct image_app *app,
			 struct image_report *report)
{
	unsigned long long at = app->base + app->length;
	uint8_t digest[IMAGE_DIGEST_SIZE];

	if (!image_has(view, app->length, IMAGE_DIGEST_SIZE))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, at,
				  "SHA-256: %u bytes at offset 0x%llx run past the end of %s "
				  "(0x%llx bytes)",
				  IMAGE_DIGEST_SIZE, at, view->whole,
				  (unsigned long long)view->size);
	image_sha256(view->bytes, app->length, digest);
	memcpy(app->digest, view->bytes + app->length, IMAGE_DIGEST_SIZE);
	if (memcmp(app->digest, digest, IMAGE_DIGEST_SIZE) != 0)
		return image_fail(report, IMAGE_FAULT_CHECKSUM, at,
				  "SHA-256: %02x%02x%02x%02x... at offset 0x%llx, but the 0x%x "
				  "bytes before it give %02x%02x%02x%02x...",
				  app->digest[0], app->digest[1], app->digest[2], app->digest[3],
				  at, app->length, digest[0], digest[1], digest[2], digest[3]);
	app->length += IMAGE_DIGEST_SIZE;
	return true;
}

/* Fill and a signature's sector may follow an image; other bytes are warned of, once. */
static void check_rest(const struct image_view *view, const struct image_app *app,
		       struct image_report *report)
{
	const uint64_t sector = ((uint64_t)app->length + 0xfff) & ~(uint64_t)0xfff;
	const uint8_t *rest = view->bytes + app->length;
	size_t size = view->size - app->length;

	if (image_is_filled(rest, size, 0xff) || image_is_filled(rest, size, 0))
		return;
	if (image_has(view, sector, 0x1000) && view->bytes[sector] == 0xe7)
		return;
	image_warn(report, IMAGE_FAULT_VALUE, app->base + app->length,
		   "end: 0x%llx bytes at offset 0x%llx belong to no part of the image",
		   (unsigned long long)size, (unsigned long long)app->base + app->length);
}

static void check_entry(const struct image_app *app, struct image_report *report)
{
	for (unsigned i = 0; i < app->segment_count; i++) {
		const struct image_segment *segment = &app->segment[i];

		if (segment->kind != IMAGE_SEGMENT_PADDING && app->entry >= segment->address &&
		    app->entry - segment->address < segment->length)
			return;
	}
	image_warn(report, IMAGE_FAULT_VALUE, app->base + AT_ENTRY,
		   "header: entry 0x%08x at offset 0x%llx lies in no segment", app->entry,
		   (unsigned long long)app->base + AT_ENTRY);
}

/* Everything that can be odd in an image that has nothing wrong. */
static void check_oddities(const struct image_view *view, const struct image_app_options *options,
			   const struct image_app *app, struct image_report *report)
{
	check_spi(app, report);
	check_entry(app, report);
	if (!app->has_digest)
		image_warn(report, IMAGE_FAULT_VALUE, app->base + AT_DIGEST,
			   "header: digest flag 0 at offset 0x%llx: only the checksum speaks for "
			   "the contents",
			   (unsigned long long)app->base + AT_DIGEST);
	if (!options->exact)
		check_rest(view, app, report);
}

bool image_app_read(const struct image_view *view, const struct image_app_options *options,
		    struct image_app *out, struct image_report *report)
{
	static const struct image_app_options none;
	uint32_t end;

	if (options == NULL)
		options = &none;
	if (!read_header(view, options, out, report) ||
	    !image_segments_read(view, out, &end, report) ||
	    !check_checksum(view, out, end, report) ||
	    (out->has_digest && !check_digest(view, out, report)))
		return false;
	image_descriptions_find(view, out);
	if (!image_layout_choose(out, options->page_size, report) ||
	    !image_segments_place(out, report))
		return false;
	check_oddities(view, options, out, report);
	return true;
}
