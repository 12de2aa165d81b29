/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory map in lines, from the live state.
 *
 * Three rows are held at a time: whether a reservation is somebody's guard is told by what stands
 * before and behind it.  The rows come from quire_space_next(), with a lock for each, so that a slow
 * console holds nobody up.
 */
#include "quire/draw.h"
#include "text/text.h"

enum {
	LINE = 160,
	AMOUNT_WIDTH = 10, /* "1023.9 MiB" */
	KIND_WIDTH = 10,   /* "rwxu wb", "reserved", with two spaces behind it */
	NAME_WIDTH = 14,   /* names up to this length leave what is behind them in line */
};

/* What is under way. */
struct drawing {
	struct quire_space *space;
	const struct quire_draw *draw;
	struct quire_extent_info before, row, behind; /* size 0: none */
	quire_size sum[3];                            /* of a window: free, reserved, mapped */
	unsigned digits;                              /* of its addresses */
	struct text text;
	char line[LINE];
};

/* -- pieces -- */

static void line_begin(struct drawing *d)
{
	text_begin(&d->text, d->line, LINE);
}

static void line_end(struct drawing *d)
{
	d->draw->line(d->draw->ctx, d->line);
}

static const char *name_of(const struct drawing *d, uint16_t tag)
{
	return d->draw->name ? d->draw->name(d->draw->name_ctx, tag) : NULL;
}

/* What a tag is called, from a column on; nothing at all if it is not. */
static void put_name(struct drawing *d, size_t column, uint16_t tag)
{
	const char *name = name_of(d, tag);

	if (!name && tag == 0)
		return;
	text_column(&d->text, column);
	if (name) {
		text_put_most(&d->text, name, TEXT_NAME);
	} else {
		text_put(&d->text, "#");
		text_number(&d->text, tag);
	}
}

static void put_amount(struct drawing *d, quire_size bytes)
{
	size_t length = text_about_length(bytes);

	for (; length < AMOUNT_WIDTH; length++)
		text_put(&d->text, " ");
	text_about(&d->text, bytes);
}

static void put_attr(struct drawing *d, unsigned attr)
{
	static const char *const mode[] = {" wb", " wt", " nc", " io"};

	for (unsigned i = 0; i < 4; i++)
		text_put_most(&d->text, attr >> i & 1u ? &"rwxu"[i] : "-", 1);
	text_put(&d->text, mode[(attr & QUIRE_CACHE_MASK) >> 4]);
}

/* -- rows -- */

/* Whether a row is the mapping that a reservation guards. */
static bool is_guarded(const struct drawing *d, const struct quire_extent_info *row)
{
	return row->size != 0 && row->window == d->row.window && row->kind == QUIRE_MAPPED &&
	       row->tag == d->row.tag && (row->tag != 0 || name_of(d, 0) != NULL);
}

static bool is_memory(const struct drawing *d)
{
	return d->row.kind == QUIRE_MAPPED || d->row.kind == QUIRE_CLAIMED;
}

static void put_kind(struct drawing *d)
{
	if (is_memory(d))
		put_attr(d, d->row.attr);
	else if (d->row.kind == QUIRE_GAP)
		text_put(&d->text, "free");
	else if (is_guarded(d, &d->before) || is_guarded(d, &d->behind))
		text_put(&d->text, "guard");
	else
		text_put(&d->text, "reserved");
}

/* What a mapping shows, and for how many. */
static void put_shown(struct drawing *d)
{
	const char *memory = d->space->memory[d->row.target].name;

	if (d->row.kind == QUIRE_CLAIMED) {
		text_put(&d->text, "= page by page");
		return;
	}
	text_put(&d->text, "= ");
	text_put_most(&d->text, memory ? memory : "memory", TEXT_NAME);
	text_put(&d->text, " ");
	text_hex(&d->text, d->row.pa, d->digits);
	if (d->row.refs > 1) {
		text_put(&d->text, ", ");
		text_number(&d->text, d->row.refs);
		text_put(&d->text, " holders");
	}
}

/* A line up to the kind; returns the column of that. */
static size_t row_begin(struct drawing *d, bool part, quire_va va, quire_size size)
{
	line_begin(d);
	text_put(&d->text, part ? "+ " : "  ");
	text_hex(&d->text, va, d->digits);
	text_put(&d->text, " ");
	put_amount(d, size);
	text_put(&d->text, "  ");
	return d->text.length;
}

/* One of a claim's guards. */
static void draw_guard(struct drawing *d, quire_va va, quire_size size)
{
	size_t column = row_begin(d, false, va, size);

	d->sum[QUIRE_RESERVED] += size;
	text_put(&d->text, "guard");
	put_name(d, column + KIND_WIDTH, d->row.tag);
	line_end(d);
}

static void draw_row(struct drawing *d)
{
	size_t column = row_begin(d, d->row.part, d->row.va, d->row.size);

	d->sum[is_memory(d) ? QUIRE_MAPPED : d->row.kind] += d->row.size;
	put_kind(d);
	if (d->row.kind != QUIRE_GAP)
		put_name(d, column + KIND_WIDTH, d->row.tag);
	if (is_memory(d)) {
		text_column(&d->text, column + KIND_WIDTH + NAME_WIDTH);
		put_shown(d);
	}
	line_end(d);
}

/* A claim in up to three lines: its guards have lines of their own. */
static void draw_claim(struct drawing *d)
{
	unsigned guards = d->row.guards;
	quire_size page = (quire_size)1 << d->space->book[d->row.window].page_shift;
	quire_va first = d->row.va;
	quire_size size = d->row.size;

	if (guards & 1u) {
		draw_guard(d, first, page);
		d->row.va += page;
		d->row.size -= page;
	}
	if (guards & 2u)
		d->row.size -= page;
	if (d->row.size != 0)
		draw_row(d);
	if (guards & 2u)
		draw_guard(d, first + (size - page), page);
	d->row.va = first;
	d->row.size = size;
}

/* -- windows -- */

/* "window ram 0x80000000..0x88000000, 128 MiB, code from 0x40000000" */
static void draw_head(struct drawing *d)
{
	const struct quire_window *w = &d->space->window[d->row.window];

	d->digits = text_hex_digits((uint64_t)w->base + (w->size - 1));
	line_begin(d);
	text_put(&d->text, "window ");
	text_put_most(&d->text, w->name ? w->name : "", TEXT_NAME);
	text_put(&d->text, w->name ? " " : "");
	text_range(&d->text, w->base, w->size);
	text_put(&d->text, ", ");
	text_about(&d->text, w->size);
	if (w->exec_base != w->base) {
		text_put(&d->text, ", code from ");
		text_hex(&d->text, w->exec_base, 1);
	}
	line_end(d);
}

/* "  mapped 1.2 MiB, reserved 72 KiB, free 14.7 MiB", what there is of it */
static void draw_sums(struct drawing *d)
{
	static const struct {
		const char *name;
		enum quire_kind kind;
	} sum[] = {{"mapped ", QUIRE_MAPPED}, {"reserved ", QUIRE_RESERVED}, {"free ", QUIRE_GAP}};

	line_begin(d);
	for (unsigned i = 0; i < 3; i++) {
		if (d->sum[sum[i].kind] == 0)
			continue;
		text_put(&d->text, d->text.length == 0 ? "  " : ", ");
		text_put(&d->text, sum[i].name);
		text_about(&d->text, d->sum[sum[i].kind]);
	}
	line_end(d);
}

/* Draw the row in the middle, with the head of its window if it is the first, and the sums behind the
   last of several. */
static void draw_middle(struct drawing *d)
{
	bool first = d->before.size == 0 || d->before.window != d->row.window;
	bool last = d->behind.size == 0 || d->behind.window != d->row.window;

	if (d->row.size == 0)
		return;
	if (first) {
		for (unsigned i = 0; i < 3; i++)
			d->sum[i] = 0;
		draw_head(d);
	}
	if (d->row.kind == QUIRE_CLAIMED)
		draw_claim(d);
	else
		draw_row(d);
	if (last && !first)
		draw_sums(d);
}

int quire_draw_map(struct quire_space *space, const struct quire_draw *draw)
{
	struct drawing d = {.space = space, .draw = draw};
	struct quire_cursor cursor = {0};
	int err = QUIRE_OK;

	if (!space || !draw || !draw->line)
		return QUIRE_ENULL;
	while (!err) {
		d.before = d.row;
		d.row = d.behind;
		d.behind.size = 0;
		err = quire_space_next(space, &cursor, &d.behind);
		if (!err || err == QUIRE_EUNMAPPED)
			draw_middle(&d);
	}
	return err == QUIRE_EUNMAPPED ? QUIRE_OK : err;
}
