/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images from ELF files: which pieces make one run.
 *
 * A header has room for 16 segments, and a loader maps one of code and one of data, so pieces are
 * joined where that changes nothing: in RAM if only alignment is between them; in flash, where
 * whole pages become visible anyway, if what is between them is less than a page.
 */
#include "image/app_parts.h"
#include "image/bytes.h"
#include "image/runs.h"

#include <stdlib.h>
#include <string.h>

#define RAM_GAP_MAX 16u

/* The pieces of a file, sorted, and what is needed to tell them apart. */
struct pieces {
	struct image_piece *piece; /* malloc'd */
	unsigned count;
	struct quire_chip_layout layout;
	uint32_t page;
};

static int by_address(const void *a, const void *b)
{
	const struct image_piece *one = a, *other = b;

	return (one->address > other->address) - (one->address < other->address);
}

static bool collect(const struct image_elf *elf, struct pieces *pieces, struct image_report *report)
{
	struct image_piece piece;
	unsigned cursor = 0, room = 1;

	while (image_elf_next(elf, &cursor, &piece))
		room++;
	pieces->piece = calloc(room, sizeof *pieces->piece);
	if (pieces->piece == NULL)
		return image_fail(report, IMAGE_FAULT_MEMORY, 0, "image: no memory for %u pieces",
				  room);
	cursor = 0;
	while (image_elf_next(elf, &cursor, &pieces->piece[pieces->count]))
		pieces->count++;
	qsort(pieces->piece, pieces->count, sizeof *pieces->piece, by_address);
	return true;
}

static uint32_t end_of(const struct image_piece *piece)
{
	return piece->address + piece->length;
}

static bool check_overlaps(const struct pieces *pieces, struct image_report *report)
{
	for (unsigned i = 1; i < pieces->count; i++) {
		const struct image_piece *a = &pieces->piece[i - 1], *b = &pieces->piece[i];
		char name_a[33], name_b[33];

		if (b->address >= end_of(a))
			continue;
		image_copy_text(name_a, (const uint8_t *)a->name, sizeof name_a - 1);
		image_copy_text(name_b, (const uint8_t *)b->name, sizeof name_b - 1);
		return image_fail(
			report, IMAGE_FAULT_OVERLAP, b->offset,
			"section %s: address 0x%08x (contents at offset 0x%x), expected at "
			"or behind 0x%08x, the end of %s",
			name_b, b->address, b->offset, end_of(a), name_a);
	}
	return true;
}

/* A program was linked for one page size, and has no other. */
static bool check_page_size(const struct image_description *says, uint32_t wanted,
			    struct image_report *report)
{
	if (wanted == 0 || !says->present || says->page_shift == 0 ||
	    (says->page_shift < 32 && wanted == 1u << says->page_shift))
		return true;
	return image_fail(report, IMAGE_FAULT_VALUE, says->offset + IMAGE_DESCRIPTION_PAGE,
			  "page size: 0x%x, but the description at offset 0x%x says 2^%u", wanted,
			  says->offset, says->page_shift);
}

static bool choose_layout(const struct image_elf *elf, const struct image_build_options *options,
			  struct pieces *pieces, struct image_report *report)
{
	struct image_app chosen = {.chip = options->chip};

	image_elf_description(elf, &chosen.description);
	if (!check_page_size(&chosen.description, options->page_size, report))
		return false;
	if (!image_layout_choose(&chosen, options->page_size, report))
		return false;
	pieces->layout = chosen.layout;
	pieces->page = chosen.page_size;
	return true;
}

static bool is_mapped(const struct pieces *pieces, const struct image_piece *piece)
{
	return image_flash_window(&pieces->layout, piece->address, NULL) >= 0;
}

static bool joins(const struct pieces *pieces, const struct image_run *run,
		  const struct image_piece *piece)
{
	uint32_t gap = piece->address - (run->address + run->length);

	if (run->mapped != is_mapped(pieces, piece))
		return false;
	return run->mapped ? run->execute == piece->execute && gap < pieces->page
			   : gap < RAM_GAP_MAX;
}

/* Which addresses each run covers, in their order. */
static void span_runs(const struct pieces *pieces, struct image_runs *runs)
{
	struct image_run *run = NULL;

	for (unsigned i = 0; i < pieces->count; i++) {
		const struct image_piece *piece = &pieces->piece[i];

		if (run == NULL || !joins(pieces, run, piece)) {
			run = &runs->run[runs->count++];
			run->address = piece->address & ~3u;
			run->mapped = is_mapped(pieces, piece);
			run->execute = piece->execute;
		}
		run->length = end_of(piece) - run->address;
	}
}

static bool check_size(const struct image_runs *runs, struct image_report *report)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < runs->count; i++)
		size += runs->run[i].length;
	return image_runs_check_size(size, report);
}

/* The digest of the whole ELF goes into the description, so that a core dump or a log can be traced
   back to the file with the symbols. */
static void describe(const struct image_elf *elf, struct image_run *run)
{
	if (!run->mapped || run->length < IMAGE_DESCRIPTION_SIZE ||
	    image_get32(run->bytes) != IMAGE_DESCRIPTION_MAGIC)
		return;
	run->described = true;
	image_sha256(elf->view.bytes, elf->view.size, run->bytes + IMAGE_DESCRIPTION_DIGEST);
}

/* Give each run its bytes. */
static bool fill_runs(const struct image_elf *elf, const struct pieces *pieces,
		      struct image_runs *runs, struct image_report *report)
{
	const struct image_piece *next = pieces->piece, *end = next + pieces->count;

	for (unsigned i = 0; i < runs->count; i++) {
		struct image_run *run = &runs->run[i];
		uint32_t length = run->length;

		run->length = (length + 3) & ~3u;
		run->bytes = calloc(1, run->length);
		if (run->bytes == NULL)
			return image_fail(report, IMAGE_FAULT_MEMORY, 0,
					  "image: no memory for 0x%x bytes", run->length);
		for (; next < end && next->address - run->address < length; next++)
			memcpy(run->bytes + (next->address - run->address),
			       elf->view.bytes + next->offset, next->length);
		describe(elf, run);
	}
	return true;
}

static bool make_runs(const struct image_elf *elf, const struct pieces *pieces,
		      struct image_runs *runs, struct image_report *report)
{
	runs->entry = elf->entry;
	runs->run = calloc((size_t)pieces->count + 1, sizeof *runs->run);
	if (runs->run == NULL)
		return image_fail(report, IMAGE_FAULT_MEMORY, 0, "image: no memory for %u runs",
				  pieces->count);
	span_runs(pieces, runs);
	return check_size(runs, report) && fill_runs(elf, pieces, runs, report);
}

bool image_build_from_elf(const struct image_elf *elf, const struct image_build_options *options,
			  struct image_buffer *out, struct image_report *report)
{
	struct pieces pieces = {0};
	struct image_runs runs = {0};
	bool done;

	done = choose_layout(elf, options, &pieces, report) && collect(elf, &pieces, report) &&
	       check_overlaps(&pieces, report) && make_runs(elf, &pieces, &runs, report) &&
	       image_assemble(&runs, pieces.page, options, out, report);
	image_runs_free(&runs);
	free(pieces.piece);
	return done;
}
