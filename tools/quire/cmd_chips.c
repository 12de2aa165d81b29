/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire chips: what the family can map, a row a window, and what it cannot.
 */
#include "number.h"
#include "table.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct ink ink;
	bool json;
	const struct quire_chip *chip; /* NULL: all */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->chip)
			argp_error(state, "one chip at a time");
		o->chip = quire_chip_by_name(arg);
		if (!o->chip)
			argp_error(state,
				   "there is no chip called '%s'; 'quire chips' lists them all",
				   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* "64 KiB, 32 KiB": the page sizes of an MMU, default first. */
static void page_sizes(const struct quire_chip_mmu *mmu, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (unsigned i = 0; i < QUIRE_CHIP_PAGE_SIZES_MAX && mmu->page_shift[i]; i++)
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "",
						 number_exact(1ull << mmu->page_shift[i]).text);
}

static const char *shows(unsigned targets)
{
	bool flash = targets & QUIRE_TARGET_BIT(QUIRE_FLASH0);
	bool psram = targets & QUIRE_TARGET_BIT(QUIRE_PSRAM0);

	return flash && psram ? "flash psram" : flash ? "flash" : psram ? "psram" : "nothing";
}

static void row_of_window(struct table *t, const struct quire_chip *chip,
			  const struct quire_chip_layout *layout, unsigned index)
{
	const struct quire_window *w = &layout->window[index];
	const struct quire_chip_mmu *mmu = &chip->mmu[w->walker];
	char pages[64];

	page_sizes(mmu, pages, sizeof pages);
	table_cell(t, "%s", index == 0 ? chip->name : "");
	table_style(t, "1");
	table_cell(t, "%s", w->name);
	table_cell(t, "%s-%s", number_address(w->base).text,
		   number_address(w->base + w->size).text);
	table_cell(t, "%s", w->exec_base != w->base ? number_address(w->exec_base).text : "");
	table_cell(t, "%s", number_human(w->size).text);
	table_cell(t, "%s%s", number_access(w->caps).text,
		   w->caps & QUIRE_CAP_8BIT ? "" : " 32-bit");
	table_cell(t, "%s", shows(w->targets));
	table_cell(t, "%" PRIu64, (uint64_t)w->size / quire_mmu_page_size(&layout->mmu[w->walker]));
	table_cell(t, "%s", pages);
}

static bool print_windows(const struct options *o)
{
	static const char *const heading[] = {"chip", "window", "addresses", "code at",   "size",
					      "can",  "shows",  "entries",   "page sizes"};
	struct table t;

	table_init(&t, heading, "llllrllrl");
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);
		struct quire_chip_layout layout;

		if ((o->chip && o->chip != chip) || quire_chip_layout(chip, 0, &layout) < 0)
			continue;
		for (unsigned w = 0; w < layout.window_count; w++)
			row_of_window(&t, chip, &layout, w);
	}
	return table_print(&t, stdout, 0, &o->ink);
}

static unsigned count_holes(const struct options *o)
{
	unsigned count = 0;

	for (unsigned i = 0; i < quire_chip_count(); i++)
		if (!o->chip || o->chip == quire_chip_at(i))
			count += quire_chip_at(i)->hole_count;
	return count;
}

static bool print_holes(const struct options *o)
{
	static const char *const heading[] = {"chip", "unavailable", "size", "why"};
	struct table t;

	if (count_holes(o) == 0)
		return true;
	putchar('\n');
	table_init(&t, heading, "llrl");
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);

		if (o->chip && o->chip != chip)
			continue;
		for (unsigned h = 0; h < chip->hole_count; h++) {
			const struct quire_chip_hole *hole = &chip->hole[h];

			table_cell(&t, "%s", h == 0 ? chip->name : "");
			table_style(&t, "1");
			table_cell(&t, "%s-%s", number_address(hole->start).text,
				   number_address(hole->end).text);
			table_cell(&t, "%s", number_human(hole->end - hole->start).text);
			table_cell(&t, "%s", hole->why);
		}
	}
	return table_print(&t, stdout, 0, &o->ink);
}

static bool print_facts(const struct options *o)
{
	static const char *const heading[] = {"chip",        "image id",           "cores",
					      "flash up to", "PSRAM up to",        "loader at",
					      "cache line",  "entries in hardware"};
	struct table t;

	putchar('\n');
	table_init(&t, heading, "lrrrrrrr");
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);
		unsigned entries = 0;

		if (o->chip && o->chip != chip)
			continue;
		for (unsigned m = 0; m < chip->mmu_count; m++)
			entries += chip->mmu[m].entries;
		table_cell(&t, "%s", chip->name);
		table_style(&t, "1");
		table_cell(&t, "%u", chip->image_id);
		table_cell(&t, "%u", chip->cores);
		table_cell(&t, "%s", number_human(chip->flash_max).text);
		table_cell(&t, "%s", chip->psram ? number_human(chip->psram_max).text : "none");
		table_cell(&t, "0x%" PRIX32, chip->bootloader_offset);
		table_cell(&t, "%u B%s", chip->cache_line,
			   chip->cache_writeback ? "" : ", no write-back");
		table_cell(&t, "%u", entries);
	}
	return table_print(&t, stdout, 0, &o->ink);
}

static json_t *json_of_mmu(const struct quire_chip_mmu *mmu)
{
	json_t *sizes = json_array();

	for (unsigned i = 0; i < QUIRE_CHIP_PAGE_SIZES_MAX && mmu->page_shift[i]; i++)
		json_array_append_new(sizes, json_integer((json_int_t)1 << mmu->page_shift[i]));
	return json_pack("{s:s, s:i, s:o}", "name", mmu->name, "entries", mmu->entries,
			 "page_sizes", sizes);
}

static json_t *json_of_windows(const struct quire_chip_layout *layout)
{
	json_t *windows = json_array();

	for (unsigned i = 0; i < layout->window_count; i++) {
		const struct quire_window *w = &layout->window[i];
		json_t *memories = json_array();

		for (unsigned m = 0; m < 2; m++)
			if (w->targets & QUIRE_TARGET_BIT(m))
				json_array_append_new(memories,
						      json_string(layout->memory[m].name));
		json_array_append_new(windows,
				      json_pack("{s:s, s:I, s:I, s:I, s:o, s:b, s:o, s:i}", "name",
						w->name, "address", (json_int_t)w->base,
						"code_address", (json_int_t)w->exec_base, "size",
						(json_int_t)w->size, "can", json_access(w->caps),
						"bytes", (w->caps & QUIRE_CAP_8BIT) != 0,
						"memories", memories, "mmu", w->walker));
	}
	return windows;
}

static json_t *json_of_chip(const struct quire_chip *chip)
{
	struct quire_chip_layout layout;
	json_t *mmus = json_array(), *holes = json_array();

	if (quire_chip_layout(chip, 0, &layout) < 0)
		layout.window_count = 0;
	for (unsigned i = 0; i < chip->mmu_count; i++)
		json_array_append_new(mmus, json_of_mmu(&chip->mmu[i]));
	for (unsigned i = 0; i < chip->hole_count; i++)
		json_array_append_new(holes, json_pack("{s:I, s:I, s:s}", "start",
						       (json_int_t)chip->hole[i].start, "end",
						       (json_int_t)chip->hole[i].end, "why",
						       chip->hole[i].why));
	return json_pack("{s:s, s:s, s:i, s:i, s:b, s:I, s:I, s:I, s:i, s:b, s:o, s:o, s:o}",
			 "name", chip->name, "title", chip->title, "image_id", chip->image_id,
			 "cores", chip->cores, "psram", chip->psram, "flash_max",
			 (json_int_t)chip->flash_max, "psram_max", (json_int_t)chip->psram_max,
			 "loader_offset", (json_int_t)chip->bootloader_offset, "cache_line",
			 chip->cache_line, "cache_writeback", chip->cache_writeback, "mmus", mmus,
			 "windows", json_of_windows(&layout), "unavailable", holes);
}

static bool print_json(const struct options *o)
{
	json_t *chips = json_array();

	for (unsigned i = 0; i < quire_chip_count(); i++)
		if (!o->chip || o->chip == quire_chip_at(i))
			json_array_append_new(chips, json_of_chip(quire_chip_at(i)));
	return json_print(json_pack("{s:s, s:i, s:o}", "format", "quire-chips", "version",
				    JSON_CHIPS_VERSION, "chips", chips),
			  stdout);
}

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "Print JSON (see docs/json.md)", 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[CHIP]",
	.doc = "Show the chips that quire knows: their windows, page sizes and entries, and the "
	       "addresses that cannot be used.",
	.children = children,
};

int cmd_chips(int argc, char **argv)
{
	struct options o = {.json = false};
	struct sentence why;
	bool good;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	if (o.json)
		good = print_json(&o);
	else
		good = print_windows(&o) && print_facts(&o) && print_holes(&o);
	return good ? CLI_OK : complain(argv[0], sentence_memory(&why), &why);
}
