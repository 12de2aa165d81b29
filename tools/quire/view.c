/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking a view: a snapshot of the space, then everything that the eye needs and the space does not
 * know: names, classes, shades, and one letter for each name.
 */
#include "view.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * Hues that stay apart for most kinds of colour vision, and in print: orange code, blue data,
 * violet PSRAM.  Shades tell neighbours of one class apart.
 */
static const struct {
	const char *name;
	uint32_t rgb[VIEW_SHADES];
	uint8_t terminal[VIEW_SHADES];
} palette[VIEW_CLASSES] = {
	[VIEW_GAP] = {"free", {0xF3F4F6, 0xF3F4F6, 0xF3F4F6, 0xF3F4F6}, {236, 236, 236, 236}},
	[VIEW_RESERVED] = {"reserved",
			   {0xC9CDD3, 0xB8BDC5, 0xC9CDD3, 0xB8BDC5},
			   {246, 244, 246, 244}},
	[VIEW_CODE] = {"flash, code",
		       {0xE8833A, 0xF2A65E, 0xD96C22, 0xF7BE85},
		       {208, 215, 202, 216}},
	[VIEW_DATA] = {"flash, data", {0x4C8FD6, 0x5FB3A1, 0x7FB2E8, 0x3F74B5}, {68, 73, 110, 61}},
	[VIEW_PSRAM] = {"PSRAM, data",
			{0x9B6BC9, 0xB690DB, 0x8452B5, 0xC9ADE6},
			{134, 140, 97, 182}},
	[VIEW_XRAM] = {"PSRAM, code",
		       {0xD65C8A, 0xE587A9, 0xC24173, 0xEEA9C2},
		       {168, 175, 161, 218}},
	[VIEW_OTHER] = {"other", {0x8A9A5B, 0xA5B37C, 0x748447, 0xBDC89B}, {107, 144, 65, 150}},
};

uint32_t view_rgb(enum view_class class, unsigned shade)
{
	return palette[class].rgb[shade % VIEW_SHADES];
}

unsigned view_colour_256(enum view_class class, unsigned shade)
{
	return palette[class].terminal[shade % VIEW_SHADES];
}

const char *view_class_name(enum view_class class)
{
	return palette[class].name;
}

const char *view_name(const struct view_extent *e)
{
	if (e->kind == QUIRE_GAP)
		return "free";
	if (e->name[0])
		return e->name;
	return e->kind == QUIRE_RESERVED ? "reserved" : "mapped";
}

static enum view_class class_of(const struct quire_extent_info *row)
{
	if (row->kind == QUIRE_GAP)
		return VIEW_GAP;
	if (row->kind == QUIRE_RESERVED)
		return VIEW_RESERVED;
	if (row->target == QUIRE_FLASH0)
		return row->attr & QUIRE_EXEC ? VIEW_CODE : VIEW_DATA;
	if (row->target == QUIRE_PSRAM0)
		return row->attr & QUIRE_EXEC ? VIEW_XRAM : VIEW_PSRAM;
	return VIEW_OTHER;
}

static void take_extent(struct view_extent *e, const struct board *b,
			const struct quire_extent_info *row)
{
	memset(e, 0, sizeof *e);
	snprintf(e->name, sizeof e->name, "%s",
		 row->kind == QUIRE_GAP ? "" : board_name_of(b, row->tag));
	e->va = row->va;
	e->exec_va = row->exec_va;
	e->size = row->size;
	e->pa = row->kind == QUIRE_MAPPED ? row->pa : 0;
	e->kind = row->kind;
	e->class = class_of(row);
	e->window = row->window;
	e->target = row->kind == QUIRE_MAPPED ? row->target : 0;
	e->attr = row->kind == QUIRE_MAPPED ? row->attr : 0;
	e->caps = row->caps;
	e->refs = row->refs;
	e->part = row->part;
}

/* Whether two rows are one thing under one name. */
static bool same_thing(const struct view_extent *a, const struct view_extent *b)
{
	return a->kind == b->kind && a->class == b->class &&
	       strcmp(view_name(a), view_name(b)) == 0;
}

static bool symbol_taken(const struct view *v, uint32_t before, char symbol)
{
	for (uint32_t i = 0; i < before; i++)
		if (v->extent[i].symbol == symbol)
			return true;
	return false;
}

/* A letter of the name that nobody has, small before capital; else any letter or digit. */
static char choose_symbol(const struct view *v, uint32_t index)
{
	static const char others[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (int capital = 0; capital < 2; capital++) {
		for (const char *c = view_name(&v->extent[index]); *c; c++) {
			char letter = (char)(capital ? toupper((unsigned char)*c)
						     : tolower((unsigned char)*c));

			if (strchr(others, letter) && !symbol_taken(v, index, letter))
				return letter;
		}
	}
	for (const char *c = others; *c; c++)
		if (!symbol_taken(v, index, *c))
			return *c;
	return '#';
}

/* Same thing, same symbol and shade; else a new symbol and the next shade of its class. */
static void choose_look(struct view *v, uint32_t index, unsigned *shades)
{
	struct view_extent *e = &v->extent[index];

	for (uint32_t i = 0; i < index; i++) {
		if (e->kind != QUIRE_GAP && same_thing(&v->extent[i], e)) {
			e->symbol = v->extent[i].symbol;
			e->shade = v->extent[i].shade;
			return;
		}
	}
	e->symbol = e->kind == QUIRE_GAP ? '.' : e->kind == QUIRE_RESERVED ? ':' : '\0';
	e->shade = (uint8_t)(shades[e->class]++ % VIEW_SHADES);
	if (e->symbol == '\0')
		e->symbol = choose_symbol(v, index);
}

static void take_window(struct view *v, const struct board *b, unsigned index)
{
	const struct quire_window *from = &b->layout->window[index];
	struct view_window *w = &v->window[index];

	snprintf(w->name, sizeof w->name, "%s", from->name ? from->name : "window");
	w->base = from->base;
	w->exec_base = from->exec_base;
	w->size = from->size;
	w->page_size = board_page_size(b, index);
	w->caps = from->caps;
	w->targets = from->targets;
	for (uint32_t i = 0; i < v->extents; i++) {
		if (v->extent[i].window != index)
			continue;
		if (w->rows++ == 0)
			w->first = i;
		if (v->extent[i].kind != QUIRE_GAP)
			w->used += (uint32_t)(v->extent[i].size / w->page_size);
		if (v->extent[i].kind == QUIRE_MAPPED)
			v->entries_used += (uint32_t)(v->extent[i].size / w->page_size);
	}
	v->entries += (uint32_t)(w->size / w->page_size);
}

static void take_largest(struct view *v, struct board *b)
{
	static const uint8_t uses[] = {QUIRE_READ, QUIRE_READ | QUIRE_WRITE, QUIRE_EXEC};
	quire_size size;

	for (unsigned t = 0; t < v->memories; t++) {
		if (v->memory[t].size == 0)
			continue;
		for (unsigned u = 0; u < sizeof uses; u++) {
			if ((t == QUIRE_FLASH0 && uses[u] & QUIRE_WRITE) ||
			    quire_space_largest_free(b->space, t, uses[u], board_caps_for(uses[u]),
						     &size) < 0)
				continue;
			v->largest[v->largests++] =
				(struct view_largest){(uint8_t)t, uses[u], size};
		}
	}
}

/* The rows of the space; tries again if it grew in between. */
static int take_rows(struct view *v, struct board *b, struct sentence *why)
{
	struct quire_extent_info *rows = NULL;
	uint32_t room = 64, count = 0;
	int result;

	for (;;) {
		struct quire_extent_info *more = realloc(rows, room * sizeof *rows);

		if (!more) {
			free(rows);
			return sentence_memory(why);
		}
		rows = more;
		result = quire_space_snapshot(b->space, rows, room, &count);
		if (result < 0 || count <= room)
			break;
		room = count + 16;
	}
	v->extent = result < 0 ? NULL : calloc(count + 1, sizeof *v->extent);
	if (v->extent) {
		v->extents = count;
		for (uint32_t i = 0; i < count; i++)
			take_extent(&v->extent[i], b, &rows[i]);
	}
	free(rows);
	if (result < 0)
		return sentence_set(why, CLI_SYSTEM, "no map could be taken: %s",
				    quire_error_text(result));
	return v->extent ? CLI_OK : sentence_memory(why);
}

int view_take(struct view *v, struct board *b, struct sentence *why)
{
	unsigned shades[VIEW_CLASSES] = {0};
	int status;

	memset(v, 0, sizeof *v);
	snprintf(v->chip, sizeof v->chip, "%s", b->chip->name);
	snprintf(v->title, sizeof v->title, "%s", b->chip->title);
	status = take_rows(v, b, why);
	if (status != CLI_OK)
		return status;
	v->memories = 2;
	for (unsigned t = 0; t < v->memories; t++) {
		snprintf(v->memory[t].name, sizeof v->memory[t].name, "%s",
			 b->layout->memory[t].name ? b->layout->memory[t].name : "memory");
		v->memory[t].size = b->layout->memory[t].size;
	}
	v->windows = b->layout->window_count;
	for (unsigned w = 0; w < v->windows; w++)
		take_window(v, b, w);
	for (uint32_t i = 0; i < v->extents; i++)
		choose_look(v, i, shades);
	take_largest(v, b);
	return CLI_OK;
}

bool view_add_region(struct view *v, unsigned target, uint64_t pa, uint64_t size, const char *name)
{
	struct view_region *more = realloc(v->region, (v->regions + 1) * sizeof *more);

	if (!more)
		return false;
	v->region = more;
	more[v->regions] = (struct view_region){.target = (uint8_t)target, .pa = pa, .size = size};
	snprintf(more[v->regions].name, sizeof more[v->regions].name, "%s", name);
	name_clean(more[v->regions].name);
	v->regions++;
	return true;
}

void view_free(struct view *v)
{
	free(v->extent);
	free(v->region);
	memset(v, 0, sizeof *v);
}
