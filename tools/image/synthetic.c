/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made-up programs: what a compiler would have made, were there one for the target.
 *
 * Addresses are chosen as ESP-IDF's linker scripts choose them: code at the bottom of the window,
 * constants behind it or at the bottom of their own window, both 32 bytes into a page, which is
 * where an image's header and the first segment's end put the first byte.
 */
#include "image/app_parts.h"
#include "image/bytes.h"
#include "image/internal_ram.h"
#include "image/runs.h"

#include <stdlib.h>
#include <string.h>

#define INTO_PAGE (IMAGE_APP_HEADER_SIZE + IMAGE_SEGMENT_HEADER)

/* A number that looks random, another one for each input. */
static uint64_t scramble(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void image_pattern(uint32_t seed, uint64_t from, void *out, size_t size)
{
	uint8_t *bytes = out;
	uint64_t word = scramble((uint64_t)seed << 32 ^ from / 8);

	for (size_t i = 0; i < size; i++) {
		if ((from + i) % 8 == 0)
			word = scramble((uint64_t)seed << 32 ^ (from + i) / 8);
		bytes[i] = (uint8_t)(word >> (from + i) % 8 * 8);
	}
}

/* Add a run of pattern; false if there is no memory. */
static bool add_run(struct image_runs *runs, uint32_t address, uint32_t length, uint32_t seed,
		    struct image_report *report)
{
	struct image_run *run = &runs->run[runs->count];

	run->address = address;
	run->length = (length + 3) & ~3u;
	run->bytes = malloc(run->length);
	if (run->bytes == NULL) {
		image_fail(report, IMAGE_FAULT_MEMORY, 0, "image: no memory for 0x%x bytes",
			   length);
		return false;
	}
	image_pattern(seed, 0, run->bytes, run->length);
	runs->count++;
	return true;
}

/* The first flash window for a use; NULL if there is none. */
static const struct quire_window *window_for(const struct quire_chip_layout *layout, unsigned cap)
{
	for (unsigned i = 0; i < layout->window_count; i++)
		if ((layout->window[i].targets & QUIRE_TARGET_BIT(QUIRE_FLASH0)) &&
		    (layout->window[i].caps & cap))
			return &layout->window[i];
	return NULL;
}

static uint32_t pages_up(uint64_t bytes, uint32_t page)
{
	return (uint32_t)((bytes + page - 1) / page * page);
}

static void put_text(uint8_t *at, size_t room, const char *text)
{
	size_t length = strlen(text);

	memcpy(at, text, length < room ? length : room);
}

static void describe_application(const struct image_synthetic *what, uint32_t page, uint8_t *at)
{
	memset(at, 0, IMAGE_DESCRIPTION_SIZE);
	image_put32(at, IMAGE_DESCRIPTION_MAGIC);
	put_text(at + 16, 32, what->version != NULL ? what->version : "1");
	put_text(at + 48, 32, what->project != NULL ? what->project : "synthetic");
	put_text(at + 80, 16, "00:00:00");
	put_text(at + 96, 16, "Jan  1 2026");
	put_text(at + 112, 32, "none");
	while (1u << at[IMAGE_DESCRIPTION_PAGE] < page)
		at[IMAGE_DESCRIPTION_PAGE]++;
}

static void describe_loader(uint8_t *at)
{
	memset(at, 0, IMAGE_LOADER_SIZE);
	at[0] = IMAGE_LOADER_MAGIC;
	put_text(at + 8, 32, "none");
}

static uint32_t at_least(uint32_t size, uint32_t least)
{
	return size != 0 && size < least ? least : size;
}

/* Code and constants; where one window serves both, the constants begin on the page after. */
static bool add_mapped(const struct image_synthetic *what, const struct quire_chip_layout *layout,
		       struct image_runs *runs, struct image_report *report)
{
	const struct quire_window *code = window_for(layout, QUIRE_CAP_EXEC);
	const struct quire_window *data = window_for(layout, QUIRE_CAP_READ);
	const uint32_t page = image_flash_page_size(layout);
	uint32_t rodata = at_least(what->rodata_size, IMAGE_DESCRIPTION_SIZE), above = 0;

	if (what->code_size != 0) {
		if (!add_run(runs, (uint32_t)code->exec_base + INTO_PAGE, what->code_size,
			     what->seed, report))
			return false;
		runs->run[runs->count - 1].mapped = true;
		if (code == data)
			above = pages_up((uint64_t)what->code_size + INTO_PAGE, page);
	}
	if (rodata == 0)
		return true;
	if (!add_run(runs, (uint32_t)data->base + above + INTO_PAGE, rodata, what->seed + 1,
		     report))
		return false;
	runs->run[runs->count - 1].mapped = runs->run[runs->count - 1].described = true;
	describe_application(what, page, runs->run[runs->count - 1].bytes);
	return true;
}

static bool add_ram(const struct image_synthetic *what, const struct quire_chip *chip,
		    struct image_runs *runs, struct image_report *report)
{
	uint32_t size = at_least(what->ram_size, what->loader ? IMAGE_LOADER_SIZE : 4);

	if (size == 0)
		return true;
	if (image_ram_for_programs(chip) == 0)
		return image_fail(report, IMAGE_FAULT_CHIP, 0,
				  "image: no internal memory of %s is known", chip->name);
	if (!add_run(runs, image_ram_for_programs(chip), size, what->seed + 2, report))
		return false;
	if (what->loader)
		describe_loader(runs->run[runs->count - 1].bytes);
	return true;
}

static bool check_request(const struct image_synthetic *what, struct image_report *report)
{
	if (what->code_size == 0 && what->rodata_size == 0 && what->ram_size == 0)
		return image_fail(
			report, IMAGE_FAULT_VALUE, 0,
			"image: code, constants and RAM contents all have size 0, expected "
			"one of them to have more");
	if (what->loader && (what->code_size != 0 || what->rodata_size != 0))
		return image_fail(
			report, IMAGE_FAULT_VALUE, 0,
			"image: a loader with 0x%x bytes of code and 0x%x of constants in "
			"flash, expected RAM contents only",
			what->code_size, what->rodata_size);
	return image_runs_check_size((uint64_t)what->code_size + what->rodata_size + what->ram_size,
				     report);
}

bool image_build_synthetic(const struct image_synthetic *what,
			   const struct image_build_options *options, struct image_buffer *out,
			   struct image_report *report)
{
	struct image_run run[3] = {{0}};
	struct image_runs runs = {.run = run};
	struct image_app chosen = {.chip = options->chip};
	bool done;

	done = check_request(what, report) &&
	       image_layout_choose(&chosen, options->page_size, report) &&
	       add_mapped(what, &chosen.layout, &runs, report) &&
	       add_ram(what, options->chip, &runs, report);
	if (done) {
		runs.entry = runs.run[0].address;
		done = image_assemble(&runs, chosen.page_size, options, out, report);
	}
	for (unsigned i = 0; i < runs.count; i++)
		free(run[i].bytes);
	return done;
}
