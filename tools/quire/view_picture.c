/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map as a picture for the terminal: one cell a page, 64 pages a row, one letter and one colour
 * for each thing.  Without colour the letters alone still make the picture.
 *
 *   0x3C000000  rrrttttttt......................................................
 */
#include "number.h"
#include "view.h"

#include <inttypes.h>
#include <string.h>

#define ROW_PAGES 64u

static void paint(FILE *out, const struct ink *ink, const struct view_extent *e)
{
	uint32_t rgb = view_rgb(e->class, e->shade);

	if (e->kind == QUIRE_GAP)
		fputs("\033[0;2m", out);
	else if (ink->rgb)
		fprintf(out, "\033[0;38;2;20;20;20;48;2;%u;%u;%um", rgb >> 16, rgb >> 8 & 255,
			rgb & 255);
	else
		fprintf(out, "\033[0;38;5;16;48;5;%um", view_colour_256(e->class, e->shade));
}

/* The extent of this window that holds an offset in it. */
static const struct view_extent *extent_at(const struct view *v, const struct view_window *w,
					   uint64_t va)
{
	for (uint32_t i = w->first; i < w->first + w->rows; i++)
		if (va - v->extent[i].va < v->extent[i].size)
			return &v->extent[i];
	return NULL;
}

static void print_row(const struct view *v, const struct view_window *w, uint64_t offset, FILE *out,
		      const struct ink *ink)
{
	const struct view_extent *last = NULL;

	fprintf(out, "  %s  ", number_address(w->base + offset).text);
	for (unsigned i = 0; i < ROW_PAGES && offset < w->size; i++, offset += w->page_size) {
		const struct view_extent *e = extent_at(v, w, w->base + offset);

		if (ink->colour && e && e != last)
			paint(out, ink, e);
		last = e;
		fputc(e ? e->symbol : '?', out);
	}
	fputs(ink->colour ? "\033[0m\n" : "\n", out);
}

static void print_window(const struct view *v, const struct view_window *w, FILE *out,
			 const struct ink *ink)
{
	uint32_t pages = (uint32_t)(w->size / w->page_size);

	fprintf(out, "%s, %" PRIu32 " pages of %s", w->name, pages,
		number_human(w->page_size).text);
	if (w->exec_base != w->base)
		fprintf(out, ", code side at %s", number_address(w->exec_base).text);
	if (w->used == 0) {
		fputs(", all free\n", out);
		return;
	}
	fprintf(out, ", %" PRIu32 " free\n", pages - w->used);
	for (uint64_t offset = 0; offset < w->size; offset += (uint64_t)ROW_PAGES * w->page_size)
		print_row(v, w, offset, out, ink);
}

/* Whether a symbol has been explained already. */
static bool explained(const struct view *v, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (v->extent[i].symbol == v->extent[index].symbol)
			return true;
	return false;
}

static uint64_t size_of_symbol(const struct view *v, char symbol)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < v->extents; i++)
		if (v->extent[i].symbol == symbol)
			size += v->extent[i].size;
	return size;
}

static void print_legend(const struct view *v, FILE *out, const struct ink *ink)
{
	size_t column = 0;

	for (uint32_t i = 0; i < v->extents; i++) {
		const struct view_extent *e = &v->extent[i];
		struct number_text size = number_human(size_of_symbol(v, e->symbol));
		size_t width = name_width(view_name(e)) + strlen(size.text) + 6;

		if (explained(v, i))
			continue;
		if (column > 0 && column + width > 76) {
			fputc('\n', out);
			column = 0;
		}
		fputs(column == 0 ? "  " : "   ", out);
		if (ink->colour)
			paint(out, ink, e);
		fprintf(out, "%c", e->symbol);
		fprintf(out, "%s %s, %s", ink->colour ? "\033[0m" : "", view_name(e), size.text);
		column += width;
	}
	fputc('\n', out);
}

void view_print_picture(const struct view *v, FILE *out, const struct ink *ink)
{
	for (unsigned i = 0; i < v->windows; i++)
		print_window(v, &v->window[i], out, ink);
	fputc('\n', out);
	print_legend(v, out, ink);
}
