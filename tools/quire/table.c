/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people.  Widths are counted in characters, not bytes, and styles are kept beside the
 * text so that colour never changes a column's width.
 */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void table_init(struct table *t, const char *const *heading, const char *align)
{
	memset(t, 0, sizeof *t);
	t->heading = heading;
	t->align = align;
	t->columns = (unsigned)strlen(align);
}

static bool grow(struct table *t)
{
	size_t room = t->room ? 2 * t->room : 16 * t->columns;
	char **cell = realloc(t->cell, room * sizeof *cell);
	const char **style;

	if (!cell)
		return false;
	t->cell = cell;
	style = realloc(t->style, room * sizeof *style);
	if (!style)
		return false;
	t->style = style;
	t->room = room;
	return true;
}

void table_cell(struct table *t, const char *format, ...)
{
	va_list args;
	char text[256];

	if (t->failed || (t->cells == t->room && !grow(t))) {
		t->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	t->style[t->cells] = NULL;
	t->cell[t->cells] = strdup(text);
	if (t->cell[t->cells])
		t->cells++;
	else
		t->failed = true;
}

void table_end_row(struct table *t)
{
	while (!t->failed && t->cells % t->columns != 0)
		table_cell(t, "%s", "");
}

void table_style(struct table *t, const char *sgr)
{
	if (t->cells > 0)
		t->style[t->cells - 1] = sgr;
}

/* The width of each column; 0 for one that has no text. */
static void measure(const struct table *t, size_t *width)
{
	for (unsigned c = 0; c < t->columns; c++) {
		width[c] = 0;
		for (size_t i = c; i < t->cells; i += t->columns)
			if (name_width(t->cell[i]) > width[c])
				width[c] = name_width(t->cell[i]);
		if (width[c] > 0 && name_width(t->heading[c]) > width[c])
			width[c] = name_width(t->heading[c]);
	}
}

static void spaces(FILE *out, size_t count)
{
	fprintf(out, "%*s", (int)count, "");
}

/* One row.  Spaces are held back until something follows them, so that no line ends in one. */
static void print_row(const struct table *t, FILE *out, char *const *cell, const char **style,
		      const size_t *width, size_t indent)
{
	size_t held = indent;

	for (unsigned c = 0; c < t->columns; c++) {
		size_t pad = width[c] > name_width(cell[c]) ? width[c] - name_width(cell[c]) : 0;

		if (width[c] == 0)
			continue;
		if (t->align[c] == 'r')
			held += pad;
		if (*cell[c]) {
			spaces(out, held);
			held = 0;
			if (style && style[c])
				fprintf(out, "\033[%sm%s\033[0m", style[c], cell[c]);
			else
				fputs(cell[c], out);
		}
		held += 2 + (t->align[c] == 'r' ? 0 : pad);
	}
	fputc('\n', out);
}

bool table_print(struct table *t, FILE *out, unsigned indent, const struct ink *ink)
{
	size_t width[TABLE_COLUMNS_MAX];
	const char *dim[TABLE_COLUMNS_MAX];
	char *heading[TABLE_COLUMNS_MAX];
	bool good = !t->failed;

	if (good) {
		measure(t, width);
		for (unsigned c = 0; c < t->columns; c++) {
			heading[c] = (char *)(uintptr_t)t->heading[c];
			dim[c] = "1";
		}
		print_row(t, out, heading, ink->colour ? dim : NULL, width, indent);
		for (size_t i = 0; i + t->columns <= t->cells; i += t->columns)
			print_row(t, out, t->cell + i, ink->colour ? t->style + i : NULL, width,
				  indent);
	}
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t->style);
	memset(t, 0, sizeof *t);
	return good;
}
