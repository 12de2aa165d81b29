/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images: from runs of contents to bytes.
 *
 *   header | ram  | MAPPED data ............. | ram  | MAPPED code ........... | ram | 0 xor | SHA
 *          |<- to where the address asks ->|         |<- the same ->|          |rest |
 *
 * A mapped segment's data must stand at an offset that equals its address modulo the page, so
 * before each there is a stretch to fill.  It is filled with what has to be in the image anyway:
 * the beginning of the RAM contents, cut to length.  Where those are used up, a segment for address
 * 0, which the loader skips, takes their place.
 */
#include "image/app_parts.h"
#include "image/bytes.h"
#include "image/runs.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_SIZE_MAX 0x8000000u

/* An image in the making.  `bytes` has room for the worst case. */
struct writer {
	uint8_t *bytes;
	uint32_t at;
	unsigned segments;
	bool full; /* one more segment was wanted than the header can count */
	uint8_t checksum;
	uint32_t page;
	const struct image_runs *runs;
	unsigned ram;      /* index of the next RAM run */
	uint32_t ram_used; /* bytes of it that are in the image already */
};

void image_runs_free(struct image_runs *runs)
{
	for (unsigned i = 0; i < runs->count; i++)
		free(runs->run[i].bytes);
	free(runs->run);
	*runs = (struct image_runs){0};
}

bool image_runs_check_size(uint64_t bytes, struct image_report *report)
{
	if (bytes <= RUNS_SIZE_MAX)
		return true;
	return image_fail(report, IMAGE_FAULT_LIMIT, 0,
			  "image: 0x%llx bytes of contents, expected at most 0x%x, the largest "
			  "flash",
			  (unsigned long long)bytes, RUNS_SIZE_MAX);
}

/* The most bytes that an image of these runs can take: before each there may be empty space. */
static size_t room_for(const struct image_runs *runs, uint32_t page)
{
	size_t room = IMAGE_APP_HEADER_SIZE + 16 + IMAGE_DIGEST_SIZE +
		      IMAGE_APP_SEGMENTS_MAX * IMAGE_SEGMENT_HEADER;

	for (unsigned i = 0; i < runs->count; i++)
		room += (size_t)runs->run[i].length + page + IMAGE_SEGMENT_HEADER;
	return room;
}

static void add_segment(struct writer *writer, uint32_t address, const uint8_t *bytes,
			uint32_t length)
{
	uint8_t *at = writer->bytes + writer->at;

	if (writer->segments == IMAGE_APP_SEGMENTS_MAX) {
		writer->full = true;
		return;
	}
	image_put32(at, address);
	image_put32(at + 4, length);
	if (bytes != NULL)
		memcpy(at + IMAGE_SEGMENT_HEADER, bytes, length);
	for (uint32_t i = 0; bytes != NULL && i < length; i++)
		writer->checksum ^= bytes[i];
	writer->at += IMAGE_SEGMENT_HEADER + length;
	writer->segments++;
}

/* The next run for RAM that has bytes left; NULL if all are in the image. */
static const struct image_run *next_ram(struct writer *writer)
{
	const struct image_runs *runs = writer->runs;

	while (writer->ram < runs->count && (runs->run[writer->ram].mapped ||
					     writer->ram_used == runs->run[writer->ram].length)) {
		writer->ram++;
		writer->ram_used = 0;
	}
	return writer->ram < runs->count ? &runs->run[writer->ram] : NULL;
}

/* Add at most `most` bytes of RAM contents as one segment; false if there are none left. */
static bool add_ram(struct writer *writer, uint32_t most)
{
	const struct image_run *run = next_ram(writer);
	uint32_t used = writer->ram_used, left;

	if (run == NULL)
		return false;
	left = run->length - used < most ? run->length - used : most;
	writer->ram_used += left;
	add_segment(writer, run->address + used, run->bytes + used, left);
	return true;
}

/* How many bytes must stand between here and the header of a segment for this address.  A stretch
   must have room for a header of its own and for some data. */
static uint32_t gap_before(const struct writer *writer, uint32_t address)
{
	uint32_t gap = (address - (writer->at + IMAGE_SEGMENT_HEADER)) & (writer->page - 1);

	return gap == 0 || gap > IMAGE_SEGMENT_HEADER ? gap : gap + writer->page;
}

static void add_mapped(struct writer *writer, const struct image_run *run)
{
	uint32_t gap;

	while (!writer->full && (gap = gap_before(writer, run->address)) != 0)
		if (!add_ram(writer, gap - IMAGE_SEGMENT_HEADER))
			add_segment(writer, 0, NULL, gap - IMAGE_SEGMENT_HEADER);
	add_segment(writer, run->address, run->bytes, run->length);
}

/* The run with the description goes first, the others follow in their order. */
static void add_all(struct writer *writer)
{
	const struct image_runs *runs = writer->runs;

	for (unsigned i = 0; i < runs->count; i++)
		if (runs->run[i].described)
			add_mapped(writer, &runs->run[i]);
	for (unsigned i = 0; i < runs->count; i++)
		if (runs->run[i].mapped && !runs->run[i].described)
			add_mapped(writer, &runs->run[i]);
	while (add_ram(writer, UINT32_MAX))
		;
}

static unsigned size_code(uint32_t flash_size)
{
	unsigned code = 0;

	while (code < 7 && 0x100000u << code < flash_size)
		code++;
	return code;
}

static void write_header(const struct writer *writer, const struct image_build_options *options)
{
	uint8_t *header = writer->bytes;
	uint32_t flash_size = options->flash_size ? options->flash_size : 0x400000;

	header[0] = IMAGE_APP_MAGIC;
	header[1] = (uint8_t)writer->segments;
	header[2] = options->spi_mode;
	header[3] = (uint8_t)(size_code(flash_size) << 4 | (options->spi_speed & 15));
	image_put32(header + 4, writer->runs->entry);
	header[8] = 0xee; /* write protection is no pin's business */
	image_put16(header + 12, options->chip->image_id);
	header[14] = (uint8_t)(options->min_revision / 100); /* as loaders before 4.4 want it */
	image_put16(header + 15, options->min_revision);
	image_put16(header + 17, options->max_revision ? options->max_revision : UINT16_MAX);
	header[23] = !options->no_digest;
}

static void seal(struct writer *writer, bool digest)
{
	writer->at |= 15;
	writer->bytes[writer->at++] = writer->checksum;
	if (!digest)
		return;
	image_sha256(writer->bytes, writer->at, writer->bytes + writer->at);
	writer->at += IMAGE_DIGEST_SIZE;
}

/* The header names sizes by powers of two, 1 MiB to 128 MiB. */
static bool check_flash_size(uint32_t size, struct image_report *report)
{
	if (size == 0 || 0x100000u << size_code(size) == size)
		return true;
	return image_fail(report, IMAGE_FAULT_VALUE, 3,
			  "flash size: 0x%x, expected a power of two from 0x100000 to 0x8000000",
			  size);
}

static bool write_all(struct writer *writer, const struct image_build_options *options,
		      struct image_report *report)
{
	add_all(writer);
	if (writer->full)
		return image_fail(report, IMAGE_FAULT_LIMIT, 1,
				  "image: %u runs of contents and the space between them need more "
				  "than %u segments",
				  writer->runs->count, IMAGE_APP_SEGMENTS_MAX);
	write_header(writer, options);
	seal(writer, !options->no_digest);
	return true;
}

static bool read_back(const struct writer *writer, const struct image_build_options *options,
		      struct image_report *report)
{
	struct image_app_options expect = {.chip = options->chip, .page_size = writer->page};
	struct image_view view = image_view_of_file(writer->bytes, writer->at);
	struct image_app app;

	view.whole = "the image";
	return image_app_read(&view, &expect, &app, report);
}

bool image_assemble(const struct image_runs *runs, uint32_t page,
		    const struct image_build_options *options, struct image_buffer *out,
		    struct image_report *report)
{
	struct writer writer = {.runs = runs, .checksum = IMAGE_CHECKSUM_SEED, .page = page};
	size_t room = room_for(runs, page);

	if (!check_flash_size(options->flash_size, report))
		return false;
	writer.at = IMAGE_APP_HEADER_SIZE;
	writer.bytes = calloc(1, room);
	if (writer.bytes == NULL)
		return image_fail(report, IMAGE_FAULT_MEMORY, 0,
				  "image: no memory for 0x%llx bytes", (unsigned long long)room);
	if (!write_all(&writer, options, report) || !read_back(&writer, options, report)) {
		free(writer.bytes);
		return false;
	}
	*out = (struct image_buffer){.bytes = writer.bytes, .size = writer.at};
	return true;
}
