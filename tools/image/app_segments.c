/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images: the segments.
 *
 * First their bounds, which is all that is needed to read checksum and digest; then, when the
 * chip's windows are known, what the loader will do with each, and whether it can.  A mapped
 * segment needs MMU entries, and an entry shows one flash page, so two segments that want the same
 * entry must want the same page of it.
 */
#include "image/app_parts.h"
#include "image/bytes.h"

#include <stdio.h>

const char *image_segment_kind_name(enum image_segment_kind kind)
{
	static const char *const names[] = {"padding", "loaded", "mapped"};

	return (unsigned)kind < 3 ? names[kind] : "?";
}

const char *image_use_name(enum image_use use)
{
	static const char *const names[] = {"", "code", "data"};

	return (unsigned)use < 3 ? names[use] : "?";
}

/* One segment's header at `at`: what it says, and whether that is possible. */
static bool read_segment(const struct image_view *view, struct image_app *app, unsigned index,
			 uint32_t at, struct image_report *report)
{
	struct image_segment *segment = &app->segment[index];
	unsigned long long length_at = view->base + at + 4;

	if (!image_has(view, at, IMAGE_SEGMENT_HEADER))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, view->base + at,
				  "segment %u: its header at offset 0x%llx runs past the end of %s "
				  "(0x%llx bytes)",
				  index, (unsigned long long)view->base + at, view->whole,
				  (unsigned long long)view->size);
	segment->address = image_get32(view->bytes + at);
	segment->length = image_get32(view->bytes + at + 4);
	segment->offset = at + IMAGE_SEGMENT_HEADER;
	if (!image_has(view, segment->offset, segment->length))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, length_at,
				  "segment %u: length 0x%x at offset 0x%llx runs past the end of "
				  "%s (0x%llx bytes)",
				  index, segment->length, length_at, view->whole,
				  (unsigned long long)view->size);
	if (segment->length % 4 != 0)
		return image_fail(report, IMAGE_FAULT_ALIGNMENT, length_at,
				  "segment %u: length 0x%x at offset 0x%llx, expected a multiple "
				  "of 4",
				  index, segment->length, length_at);
	if (segment->length >= IMAGE_SEGMENT_LENGTH_MAX)
		return image_fail(report, IMAGE_FAULT_LIMIT, length_at,
				  "segment %u: length 0x%x at offset 0x%llx, expected less than "
				  "0x%x, the most that the loader takes",
				  index, segment->length, length_at, IMAGE_SEGMENT_LENGTH_MAX);
	if (segment->length > UINT32_MAX - segment->address)
		return image_fail(
			report, IMAGE_FAULT_VALUE, view->base + at,
			"segment %u: load address 0x%08x at offset 0x%llx, and 0x%x bytes "
			"from there run past the end of the address space",
			index, segment->address, (unsigned long long)view->base + at,
			segment->length);
	return true;
}

bool image_segments_read(const struct image_view *view, struct image_app *app, uint32_t *end,
			 struct image_report *report)
{
	uint32_t at = IMAGE_APP_HEADER_SIZE;

	for (unsigned i = 0; i < app->segment_count; i++) {
		if (!read_segment(view, app, i, at, report))
			return false;
		at = app->segment[i].offset + app->segment[i].length;
	}
	*end = at;
	return true;
}

uint32_t image_flash_page_size(const struct quire_chip_layout *layout)
{
	for (unsigned i = 0; i < layout->window_count; i++)
		if (layout->window[i].targets & QUIRE_TARGET_BIT(QUIRE_FLASH0))
			return (uint32_t)quire_mmu_page_size(
				&layout->mmu[layout->window[i].walker]);
	return 0;
}

bool image_layout_choose(struct image_app *app, uint32_t wanted, struct image_report *report)
{
	const struct image_description *says = &app->description;
	unsigned long long at = app->base + says->offset + IMAGE_DESCRIPTION_PAGE;

	if (says->present && says->page_shift != 0 && wanted == 0) {
		wanted = says->page_shift < 32 ? 1u << says->page_shift : UINT32_MAX;
		if (quire_chip_layout(app->chip, wanted, &app->layout) < 0)
			return image_fail(report, IMAGE_FAULT_VALUE, at,
					  "description: MMU page of 2^%u bytes at offset 0x%llx is "
					  "none of %s's",
					  says->page_shift, at, app->chip->name);
	}
	if (quire_chip_layout(app->chip, wanted, &app->layout) < 0)
		return image_fail(report, IMAGE_FAULT_VALUE, app->base,
				  "page size: 0x%x is none of %s's", wanted, app->chip->name);
	app->page_size = image_flash_page_size(&app->layout);
	return true;
}

/* What addresses at one side of a window are for. */
static enum image_use use_of(const struct quire_window *window, bool data_side)
{
	if (!(window->caps & QUIRE_CAP_EXEC))
		return IMAGE_USE_DATA;
	if (!(window->caps & QUIRE_CAP_READ))
		return IMAGE_USE_CODE;
	if (window->base == window->exec_base)
		return IMAGE_USE_NONE;
	return data_side ? IMAGE_USE_DATA : IMAGE_USE_CODE;
}

int image_flash_window(const struct quire_chip_layout *layout, uint32_t address,
		       enum image_use *use)
{
	for (unsigned i = 0; i < layout->window_count; i++) {
		const struct quire_window *window = &layout->window[i];
		bool data = address >= window->base && address - window->base < window->size;
		bool code =
			address >= window->exec_base && address - window->exec_base < window->size;

		if (!(window->targets & QUIRE_TARGET_BIT(QUIRE_FLASH0)) || (!data && !code))
			continue;
		if (use != NULL)
			*use = use_of(window, data);
		return (int)i;
	}
	return -1;
}

/* How far into its window a segment begins. */
static uint32_t into_window(const struct quire_window *window, uint32_t address)
{
	if (address >= window->base && address - window->base < window->size)
		return (uint32_t)(address - window->base);
	return (uint32_t)(address - window->exec_base);
}

static bool check_mapped(const struct image_app *app, unsigned index, struct image_report *report)
{
	const struct image_segment *segment = &app->segment[index];
	const struct quire_window *window = &app->layout.window[segment->window];
	uint32_t into = into_window(window, segment->address);
	uint64_t flash = app->base + segment->offset;
	unsigned long long at = flash - IMAGE_SEGMENT_HEADER;

	if (segment->length > window->size - into)
		return image_fail(report, IMAGE_FAULT_VALUE, at + 4,
				  "segment %u: length 0x%x at offset 0x%llx runs past the end of "
				  "window %s (0x%llx bytes behind address 0x%08x)",
				  index, segment->length, at + 4, window->name,
				  (unsigned long long)window->size - into, segment->address);
	if (flash + segment->length > app->layout.memory[QUIRE_FLASH0].size)
		return image_fail(
			report, IMAGE_FAULT_LIMIT, at,
			"segment %u: its data, 0x%llx to 0x%llx, are behind the 0x%llx bytes "
			"of flash that %s can map",
			index, (unsigned long long)flash,
			(unsigned long long)flash + segment->length,
			(unsigned long long)app->layout.memory[QUIRE_FLASH0].size, app->chip->name);
	if ((segment->address ^ flash) % app->page_size != 0)
		return image_fail(report, IMAGE_FAULT_ALIGNMENT, at,
				  "segment %u: load address 0x%08x at offset 0x%llx, expected one "
				  "that is 0x%llx modulo the page (0x%x) as its data's offset "
				  "0x%llx",
				  index, segment->address, at,
				  (unsigned long long)(flash % app->page_size), app->page_size,
				  (unsigned long long)flash);
	return true;
}

/* The entries of one mapping, counted in pages from the walker's first, and the flash page of the
   first. */
struct entries {
	uint64_t first, last, flash;
	uint8_t walker;
};

static struct entries entries_of(const struct image_app *app, const struct image_segment *segment)
{
	const struct quire_window *window = &app->layout.window[segment->window];
	uint64_t walk = window->walk + into_window(window, segment->address);

	return (struct entries){
		.first = walk / app->page_size,
		.last = (walk + segment->length - 1) / app->page_size,
		.flash = (app->base + segment->offset) / app->page_size,
		.walker = window->walker,
	};
}

/* Whether two mapped segments can be mapped at once. */
static bool check_pair(const struct image_app *app, unsigned i, unsigned j,
		       struct image_report *report)
{
	struct entries a = entries_of(app, &app->segment[i]);
	struct entries b = entries_of(app, &app->segment[j]);
	uint64_t shared = a.first > b.first ? a.first : b.first;
	unsigned long long at = app->base + app->segment[j].offset - IMAGE_SEGMENT_HEADER;

	if (a.walker != b.walker || a.last < b.first || b.last < a.first ||
	    a.first - a.flash == b.first - b.flash)
		return true;
	return image_fail(report, IMAGE_FAULT_OVERLAP, at,
			  "segment %u: load address 0x%08x at offset 0x%llx needs MMU entry %llu "
			  "for flash page 0x%llx, and segment %u needs it for 0x%llx",
			  j, app->segment[j].address, at, (unsigned long long)shared,
			  (unsigned long long)(b.flash + shared - b.first) * app->page_size, i,
			  (unsigned long long)(a.flash + shared - a.first) * app->page_size);
}

static bool check_pairs(const struct image_app *app, struct image_report *report)
{
	for (unsigned j = 1; j < app->segment_count; j++)
		for (unsigned i = 0; i < j; i++)
			if (app->segment[i].kind == IMAGE_SEGMENT_MAPPED &&
			    app->segment[j].kind == IMAGE_SEGMENT_MAPPED &&
			    !check_pair(app, i, j, report))
				return false;
	return true;
}

/* On a single bus the address does not say what a mapped segment is for. */
static enum image_use use_by_contents(const struct image_app *app, unsigned index)
{
	const struct image_description *says = &app->description;

	if (says->present && says->offset == app->segment[index].offset)
		return IMAGE_USE_DATA;
	return IMAGE_USE_CODE;
}

static void classify(struct image_app *app, unsigned index)
{
	struct image_segment *segment = &app->segment[index];
	int window = image_flash_window(&app->layout, segment->address, &segment->use);

	if (segment->address < IMAGE_ADDRESS_LOADED || segment->length == 0) {
		segment->kind = IMAGE_SEGMENT_PADDING;
		segment->use = IMAGE_USE_NONE;
	} else if (window < 0) {
		segment->kind = IMAGE_SEGMENT_LOADED;
	} else {
		segment->kind = IMAGE_SEGMENT_MAPPED;
		segment->window = (uint8_t)window;
		if (segment->use == IMAGE_USE_NONE)
			segment->use = use_by_contents(app, index);
	}
}

/* The loader keeps one mapping for each bus, or two where there is only one bus. */
static void count_mapped(const struct image_app *app, struct image_report *report)
{
	static const unsigned most[] = {2, 1, 1};
	unsigned count[] = {0, 0, 0};
	enum image_use side;

	for (unsigned i = 0; i < app->segment_count; i++) {
		if (app->segment[i].kind != IMAGE_SEGMENT_MAPPED)
			continue;
		image_flash_window(&app->layout, app->segment[i].address, &side);
		count[side]++;
	}
	for (unsigned i = 0; i < 3; i++)
		if (count[i] > most[i])
			image_warn(report, IMAGE_FAULT_LIMIT, app->base + 1,
				   "segments: %u are mapped%s%s, and the loader maps %u", count[i],
				   i ? " as " : "", image_use_name((enum image_use)i), most[i]);
}

bool image_segments_place(struct image_app *app, struct image_report *report)
{
	for (unsigned i = 0; i < app->segment_count; i++) {
		classify(app, i);
		if (app->segment[i].kind == IMAGE_SEGMENT_MAPPED && !check_mapped(app, i, report))
			return false;
	}
	count_mapped(app, report);
	return check_pairs(app, report);
}

bool image_app_mapping(const struct image_app *app, unsigned index, uint64_t flash_offset,
		       struct image_mapping *out)
{
	const uint32_t page = app->page_size;
	const struct image_segment *segment;
	const struct quire_window *window;
	uint32_t head;

	if (index >= app->segment_count || app->segment[index].kind != IMAGE_SEGMENT_MAPPED)
		return false;
	segment = &app->segment[index];
	window = &app->layout.window[segment->window];
	head = segment->address & (page - 1);
	*out = (struct image_mapping){
		.va = segment->address - head,
		.data = (uint32_t)window->base + into_window(window, segment->address) - head,
		.pa = flash_offset + segment->offset - head,
		.size = (head + segment->length + page - 1) & ~(page - 1),
		.use = segment->use,
		.window = segment->window,
		.segment = (uint8_t)index,
	};
	return true;
}
