/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map as tables: windows, extents and gaps, and what still fits.
 *
 * Ranges are given as start-end, the end being the first address behind, as linker scripts and
 * datasheets do.
 */
#include "number.h"
#include "table.h"
#include "view.h"

#include <inttypes.h>

/* "r-x" for capabilities, then "32-bit only" where bytes cannot be read. */
static void cell_caps(struct table *t, unsigned caps)
{
	table_cell(t, "%s%s", number_access(caps).text,
		   caps & QUIRE_CAP_8BIT    ? ""
		   : caps & QUIRE_CAP_32BIT ? " (32-bit)"
					    : "");
}

static void cell_targets(struct table *t, const struct view *v, unsigned targets)
{
	char text[64] = "";
	size_t used = 0;

	for (unsigned i = 0; i < v->memories; i++)
		if (targets & QUIRE_TARGET_BIT(i) && used < sizeof text)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
						 used ? " " : "", v->memory[i].name);
	table_cell(t, "%s", text);
}

static bool print_windows(const struct view *v, FILE *out, const struct ink *ink)
{
	static const char *const heading[] = {"window", "addresses", "code at", "size", "page",
					      "used",   "of",        "can",     "shows"};
	struct table t;

	table_init(&t, heading, "lllrrrrll");
	for (unsigned i = 0; i < v->windows; i++) {
		const struct view_window *w = &v->window[i];

		table_cell(&t, "%s", w->name);
		table_cell(&t, "%s-%s", number_address(w->base).text,
			   number_address(w->base + w->size).text);
		table_cell(&t, "%s",
			   w->exec_base != w->base ? number_address(w->exec_base).text : "");
		table_cell(&t, "%s", number_human(w->size).text);
		table_cell(&t, "%s", number_human(w->page_size).text);
		table_cell(&t, "%" PRIu32, w->used);
		table_cell(&t, "%" PRIu32, (uint32_t)(w->size / w->page_size));
		cell_caps(&t, w->caps);
		cell_targets(&t, v, w->targets);
	}
	return table_print(&t, out, 0, ink);
}

static void row_of_extent(struct table *t, const struct view *v, const struct view_extent *e)
{
	const char *dim = e->kind == QUIRE_GAP ? "2" : NULL;

	table_cell(t, "%c", e->symbol);
	table_cell(t, "%s-%s", number_address(e->va).text, number_address(e->va + e->size).text);
	table_style(t, dim);
	table_cell(t, "%s", e->exec_va != e->va ? number_address(e->exec_va).text : "");
	table_style(t, dim);
	table_cell(t, "%s", number_human(e->size).text);
	table_style(t, dim);
	table_cell(t, "%" PRIu64, e->size / v->window[e->window].page_size);
	table_style(t, dim);
	if (e->kind == QUIRE_MAPPED) {
		table_cell(t, "%s", v->memory[e->target].name);
		table_cell(t, "%s-%s", number_address(e->pa).text,
			   number_address(e->pa + e->size).text);
		table_cell(t, "%s", number_access(e->attr).text);
	} else {
		for (unsigned i = 0; i < 3; i++)
			table_cell(t, "%s", "");
	}
	if (e->refs > 1)
		table_cell(t, "%s%s (%u holders)", e->part ? "+ " : "", view_name(e), e->refs);
	else
		table_cell(t, "%s%s", e->part ? "+ " : "", view_name(e));
	table_style(t, dim ? dim : "1");
}

static bool print_extents(const struct view *v, FILE *out, const struct ink *ink)
{
	static const char *const heading[] = {"",       "addresses", "code at", "size", "pages",
					      "memory", "offset",    "may",     "what"};
	struct table t;

	table_init(&t, heading, "lllrrllll");
	for (uint32_t i = 0; i < v->extents; i++)
		row_of_extent(&t, v, &v->extent[i]);
	return table_print(&t, out, 0, ink);
}

static bool print_largest(const struct view *v, FILE *out, const struct ink *ink)
{
	static const char *const heading[] = {"largest free block", "for", "size", "bytes"};
	struct table t;

	table_init(&t, heading, "llrr");
	for (unsigned i = 0; i < v->largests; i++) {
		const struct view_largest *l = &v->largest[i];

		table_cell(&t, "%s", v->memory[l->target].name);
		table_cell(&t, "%s", number_access(l->attr).text);
		table_cell(&t, "%s", l->size ? number_human(l->size).text : "none");
		table_cell(&t, "%s", number_grouped(l->size).text);
	}
	return table_print(&t, out, 0, ink);
}

bool view_print_tables(const struct view *v, FILE *out, const struct ink *ink)
{
	bool good = print_windows(v, out, ink);

	fputc('\n', out);
	good = print_extents(v, out, ink) && good;
	if (v->largests) {
		fputc('\n', out);
		good = print_largest(v, out, ink) && good;
	}
	fprintf(out, "\n%" PRIu32 " of %" PRIu32 " entries used.\n", v->entries_used, v->entries);
	return good;
}
