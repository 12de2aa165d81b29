/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map as a picture for a document.
 *
 *    labels        windows                       memories       labels
 *   rodata ----- +---------+                    +---------+ ---- factory
 *   text   ----- |#########|~~~~~~ bands ~~~~~~~|#########|
 *   free   ----- |         |                    |         | ---- assets
 *                +---------+                    +---------+
 *
 * Windows and memories are bars to scale; what is mapped is joined to what it shows by a band.  A
 * page of 64 KiB in a window of 32 MiB is a hair's breadth, so labels do not stand in the bars but
 * beside them: each wants to be level with its block, and they are pushed apart until none touches
 * another, with a line from each to its block.
 */
#include "number.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 1200,
	MARGIN = 36,
	TITLE = 84,   /* height of the title */
	HEADING = 44, /* above each bar */
	BAR = 110,    /* width of a bar */
	LEFT = 372,   /* left edge of the windows */
	RIGHT = 742,  /* left edge of the memories */
	LINE = 34,    /* height of a label */
	LEGEND = 64,
	BARS_LEAST = 560 /* height for the bars, more if there are many labels */
};

struct label {
	double want; /* where its block's middle is */
	double y;    /* where it stands: the middle */
	char head[80];
	char detail[120];
	uint32_t rgb;
	bool faint;
};

struct bar {
	double y, height; /* without its heading */
	uint64_t base, size;
};

struct drawing {
	const struct view *v;
	FILE *out;
	struct bar window[QUIRE_WINDOWS_MAX];
	struct bar memory[QUIRE_TARGETS_MAX];
	struct label *left, *right;
	unsigned lefts, rights;
	double bottom; /* of the bars' area */
};

/* Text with the five characters that XML reserves written out. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

static void put_label_text(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	put_text(out, text);
	fputs("</text>\n", out);
}

/* How tall each bar is: its share of the room, but never too thin to see. */
static void share(struct bar *bar, unsigned count, double room)
{
	const double least = 46;
	double total = 0, spare = room;

	for (unsigned i = 0; i < count; i++)
		total += (double)bar[i].size;
	for (unsigned i = 0; i < count; i++) {
		bar[i].height = total > 0 ? room * (double)bar[i].size / total : 0;
		if (bar[i].size > 0 && bar[i].height < least)
			bar[i].height = least;
		spare -= bar[i].height;
	}
	/* What the thin ones were given is taken from the tall ones. */
	for (unsigned i = 0; i < count && spare < 0; i++) {
		double give = bar[i].height - 2 * least;

		if (give > 0) {
			give = give < -spare ? give : -spare;
			bar[i].height -= give;
			spare += give;
		}
	}
}

static void stack(struct bar *bar, unsigned count, double top)
{
	for (unsigned i = 0; i < count; i++) {
		if (bar[i].size == 0)
			continue;
		bar[i].y = top + HEADING;
		top = bar[i].y + bar[i].height;
	}
}

static unsigned count_shown(const struct bar *bar, unsigned count)
{
	unsigned shown = 0;

	for (unsigned i = 0; i < count; i++)
		shown += bar[i].size > 0;
	return shown;
}

static double place(const struct bar *bar, uint64_t address)
{
	return bar->y + bar->height * (double)(address - bar->base) / (double)bar->size;
}

/* A label beside [start, start + size) of a bar. */
static struct label *add_label(struct label *list, unsigned *count, const struct bar *bar,
			       uint64_t start, uint64_t size)
{
	struct label *l = &list[(*count)++];

	memset(l, 0, sizeof *l);
	l->want = (place(bar, start) + place(bar, start + size)) / 2;
	return l;
}

static void label_extent(struct drawing *d, const struct view_extent *e)
{
	struct label *l = add_label(d->left, &d->lefts, &d->window[e->window], e->va, e->size);

	l->faint = e->kind == QUIRE_GAP;
	l->rgb = view_rgb(e->class, e->shade);
	if (e->kind == QUIRE_MAPPED)
		snprintf(l->head, sizeof l->head, "%s \u00b7 %s \u00b7 %s", view_name(e),
			 number_human(e->size).text, number_access(e->attr).text);
	else
		snprintf(l->head, sizeof l->head, "%s \u00b7 %s", view_name(e),
			 number_human(e->size).text);
	snprintf(l->detail, sizeof l->detail, "%s-%s%s%s", number_address(e->va).text,
		 number_address(e->va + e->size).text, e->exec_va != e->va ? " \u00b7 code " : "",
		 e->exec_va != e->va ? number_address(e->exec_va).text : "");
}

/* The first extent that shows some of a range, for its colour. */
static const struct view_extent *shown_by(const struct view *v, unsigned target, uint64_t pa,
					  uint64_t size)
{
	for (uint32_t i = 0; i < v->extents; i++) {
		const struct view_extent *e = &v->extent[i];

		if (e->kind == QUIRE_MAPPED && e->target == target && e->pa < pa + size &&
		    pa < e->pa + e->size)
			return e;
	}
	return NULL;
}

/* Whether a named region already stands for these bytes: the last page may reach behind it. */
static bool has_region(const struct view *v, unsigned target, uint64_t pa)
{
	for (unsigned i = 0; i < v->regions; i++) {
		const struct view_region *r = &v->region[i];

		if (r->target == target && pa - r->pa < r->size)
			return true;
	}
	return false;
}

static void label_physical(struct drawing *d, unsigned target, uint64_t pa, uint64_t size,
			   const char *name)
{
	const struct view_extent *e = shown_by(d->v, target, pa, size);
	struct label *l = add_label(d->right, &d->rights, &d->memory[target], pa, size);

	l->faint = !e;
	l->rgb = e ? view_rgb(e->class, e->shade) : 0xD6DAE0;
	snprintf(l->head, sizeof l->head, "%s \u00b7 %s", name, number_human(size).text);
	snprintf(l->detail, sizeof l->detail, "%s-%s%s", number_address(pa).text,
		 number_address(pa + size).text, e ? "" : " \u00b7 not mapped");
}

static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a, *y = b;

	return x->want < y->want ? -1 : x->want > y->want;
}

/* Labels that touch each other stand together as a block, centred on what its members want. */
struct block {
	unsigned first, count;
	double wants; /* the sum of the places that would suit the block's first label */
};

/* Where a block's first label stands, inside [top, bottom]. */
static double block_start(const struct block *b, double top, double bottom)
{
	double start = b->wants / b->count;
	double last = bottom - LINE / 2.0 - (b->count - 1) * (double)LINE;

	if (start > last)
		start = last;
	return start < top + LINE / 2.0 ? top + LINE / 2.0 : start;
}

/*
 * Push labels apart: each becomes a block of one, and a block that would touch the one before it is
 * joined to it, until none does.  What results is the least movement in the sense of squares.
 * False if there is no memory.
 */
static bool spread(struct label *list, unsigned count, double top, double bottom)
{
	struct block *block = calloc(count + 1, sizeof *block);
	unsigned blocks = 0;

	if (!block)
		return false;
	qsort(list, count, sizeof *list, compare_labels);
	for (unsigned i = 0; i < count; i++) {
		block[blocks++] = (struct block){i, 1, list[i].want};
		while (blocks > 1) {
			struct block *a = &block[blocks - 2], *b = &block[blocks - 1];

			if (block_start(b, top, bottom) - block_start(a, top, bottom) >=
			    a->count * (double)LINE)
				break;
			a->wants += b->wants - b->count * (double)a->count * LINE;
			a->count += b->count;
			blocks--;
		}
	}
	for (unsigned b = 0; b < blocks; b++)
		for (unsigned k = 0; k < block[b].count; k++)
			list[block[b].first + k].y =
				block_start(&block[b], top, bottom) + k * (double)LINE;
	free(block);
	return true;
}

static void draw_label(struct drawing *d, const struct label *l, bool left)
{
	double edge = left ? LEFT : RIGHT + BAR;
	double sign = left ? -1 : 1, x = edge + sign * 30;

	fprintf(d->out, "<path class=\"lead\" d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f\"/>\n",
		edge, l->want, edge + sign * 16, l->want, x - sign * 16, l->y, x, l->y);
	fprintf(d->out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"4\" height=\"26\" fill=\"#%06" PRIX32 "\"/>\n",
		left ? x - 6 : x + 2, l->y - 13, l->rgb);
	x += sign * 14;
	put_label_text(d->out, x, l->y - 2,
		       left ? (l->faint ? "head e faint" : "head e")
			    : (l->faint ? "head faint" : "head"),
		       l->head);
	put_label_text(d->out, x, l->y + 12, left ? "mono e" : "mono", l->detail);
}

static void draw_block(struct drawing *d, double x, const struct bar *bar, uint64_t start,
		       uint64_t size, const char *attributes)
{
	double y = place(bar, start), height = place(bar, start + size) - y;

	fprintf(d->out, "<rect x=\"%.1f\" y=\"%.2f\" width=\"%d\" height=\"%.2f\" %s/>\n", x, y,
		BAR, height < 1.5 ? 1.5 : height, attributes);
}

static void draw_extent(struct drawing *d, const struct view_extent *e)
{
	char attributes[64];

	if (e->kind == QUIRE_GAP)
		return;
	if (e->kind == QUIRE_RESERVED)
		snprintf(attributes, sizeof attributes, "fill=\"url(#hatch)\"");
	else
		snprintf(attributes, sizeof attributes, "fill=\"#%06" PRIX32 "\"",
			 view_rgb(e->class, e->shade));
	draw_block(d, LEFT, &d->window[e->window], e->va, e->size, attributes);
	if (e->kind == QUIRE_MAPPED)
		draw_block(d, RIGHT, &d->memory[e->target], e->pa, e->size, attributes);
}

/* The band that joins what is mapped to what it shows. */
static void draw_band(struct drawing *d, const struct view_extent *e)
{
	const struct bar *w = &d->window[e->window], *m = &d->memory[e->target];
	double x0 = LEFT + BAR, x1 = RIGHT, mid = (x0 + x1) / 2;
	double a0 = place(w, e->va), a1 = place(w, e->va + e->size);
	double b0 = place(m, e->pa), b1 = place(m, e->pa + e->size);

	if (a1 - a0 < 1.5)
		a1 = a0 + 1.5;
	if (b1 - b0 < 1.5)
		b1 = b0 + 1.5;
	fprintf(d->out,
		"<path fill=\"#%06" PRIX32
		"\" fill-opacity=\"0.28\" d=\"M%.1f %.2f C%.1f %.2f %.1f "
		"%.2f %.1f %.2f L%.1f %.2f C%.1f %.2f %.1f %.2f %.1f %.2f Z\"/>\n",
		view_rgb(e->class, e->shade), x0, a0, mid, a0, mid, b0, x1, b0, x1, b1, mid, b1,
		mid, a1, x0, a1);
}

static void draw_bar(struct drawing *d, double x, const struct bar *bar, const char *head,
		     const char *detail)
{
	put_label_text(d->out, x, bar->y - 21, "bar", head);
	put_label_text(d->out, x, bar->y - 7, "mono", detail);
	fprintf(d->out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" class=\"frame\"/>\n", x,
		bar->y, BAR, bar->height);
}

static void outline(struct drawing *d, double x, const struct bar *bar)
{
	fprintf(d->out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" class=\"edge\"/>\n", x,
		bar->y, BAR, bar->height);
}

/* Bars' sizes, then their places; the height of the drawing follows from the labels. */
static void lay_out(struct drawing *d)
{
	const struct view *v = d->v;
	unsigned labels_left = v->extents + v->windows, labels_right = v->regions;
	double room = BARS_LEAST, need;

	for (unsigned i = 0; i < v->windows; i++)
		d->window[i] = (struct bar){.base = v->window[i].base, .size = v->window[i].size};
	for (unsigned i = 0; i < v->memories; i++)
		d->memory[i] = (struct bar){.base = 0, .size = v->memory[i].size};
	for (uint32_t i = 0; i < v->extents; i++)
		labels_right += v->extent[i].kind == QUIRE_MAPPED;
	need = (labels_left > labels_right ? labels_left : labels_right) * (double)LINE;
	if (room < need)
		room = need;
	share(d->window, v->windows, room - count_shown(d->window, v->windows) * HEADING);
	share(d->memory, v->memories, room - count_shown(d->memory, v->memories) * HEADING);
	stack(d->window, v->windows, TITLE);
	stack(d->memory, v->memories, TITLE);
	d->bottom = TITLE + room;
	for (unsigned i = 0; i < v->windows; i++)
		if (d->window[i].y + d->window[i].height > d->bottom)
			d->bottom = d->window[i].y + d->window[i].height;
}

static bool make_labels(struct drawing *d)
{
	const struct view *v = d->v;

	d->left = calloc(v->extents + 1, sizeof *d->left);
	d->right = calloc(v->regions + v->extents + 1, sizeof *d->right);
	if (!d->left || !d->right)
		return false;
	for (uint32_t i = 0; i < v->extents; i++)
		label_extent(d, &v->extent[i]);
	for (unsigned i = 0; i < v->regions; i++)
		label_physical(d, v->region[i].target, v->region[i].pa, v->region[i].size,
			       v->region[i].name);
	for (uint32_t i = 0; i < v->extents; i++) {
		const struct view_extent *e = &v->extent[i];

		if (e->kind == QUIRE_MAPPED && !has_region(v, e->target, e->pa))
			label_physical(d, e->target, e->pa, e->size, view_name(e));
	}
	return spread(d->left, d->lefts, TITLE + HEADING / 2.0, d->bottom + LINE / 2.0) &&
	       spread(d->right, d->rights, TITLE + HEADING / 2.0, d->bottom + LINE / 2.0);
}

static void draw_head(struct drawing *d, double height)
{
	fprintf(d->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
		"height=\"%.0f\">\n<title>",
		WIDTH, height, WIDTH, height);
	put_text(d->out, d->v->title);
	fputs(" address space</title>\n<style>\n"
	      "text { font-family: 'DejaVu Sans', 'Segoe UI', Helvetica, sans-serif; fill: "
	      "#20242b; }\n"
	      ".title { font-size: 22px; font-weight: bold; }\n"
	      ".sub { font-size: 13px; fill: #5b6470; }\n"
	      ".bar { font-size: 14px; font-weight: bold; }\n"
	      ".head { font-size: 13px; }\n"
	      ".faint { fill: #6b7480; }\n"
	      ".mono { font-family: 'DejaVu Sans Mono', Consolas, monospace; font-size: 10.5px; "
	      "fill: "
	      "#5b6470; }\n"
	      ".e { text-anchor: end; }\n"
	      ".frame { fill: #f3f4f6; }\n"
	      ".edge { fill: none; stroke: #3a414b; stroke-width: 1.2; }\n"
	      ".swatch { stroke: #3a414b; stroke-width: 0.6; }\n"
	      ".part { fill: #d6dae0; stroke: #ffffff; stroke-width: 0.6; }\n"
	      ".lead { fill: none; stroke: #9aa2ad; stroke-width: 0.8; }\n"
	      "</style>\n"
	      "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
	      "patternUnits=\"userSpaceOnUse\" "
	      "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#e3e6ea\"/>"
	      "<rect width=\"2\" height=\"6\" fill=\"#aab1bb\"/></pattern></defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      d->out);
	fprintf(d->out, "<text x=\"%d\" y=\"44\" class=\"title\">", MARGIN);
	put_text(d->out, d->v->title);
	fputs(": the address space</text>\n", d->out);
	put_label_text(d->out, MARGIN, 66, "sub", d->v->subject);
}

static void draw_bars(struct drawing *d)
{
	const struct view *v = d->v;
	char head[96], detail[96];

	for (unsigned i = 0; i < v->windows; i++) {
		const struct view_window *w = &v->window[i];

		snprintf(head, sizeof head, "%s \u00b7 %s", w->name, number_human(w->size).text);
		snprintf(detail, sizeof detail, "%" PRIu32 " of %" PRIu64 " \u00d7 %s", w->used,
			 w->size / w->page_size, number_exact(w->page_size).text);
		draw_bar(d, LEFT, &d->window[i], head, detail);
	}
	for (unsigned i = 0; i < v->memories; i++) {
		if (v->memory[i].size == 0)
			continue;
		draw_bar(d, RIGHT, &d->memory[i], v->memory[i].name,
			 number_human(v->memory[i].size).text);
	}
	for (unsigned i = 0; i < v->regions; i++)
		draw_block(d, RIGHT, &d->memory[v->region[i].target], v->region[i].pa,
			   v->region[i].size, "class=\"part\"");
	for (uint32_t i = 0; i < v->extents; i++)
		if (v->extent[i].kind == QUIRE_MAPPED)
			draw_band(d, &v->extent[i]);
	for (uint32_t i = 0; i < v->extents; i++)
		draw_extent(d, &v->extent[i]);
	for (unsigned i = 0; i < v->windows; i++)
		outline(d, LEFT, &d->window[i]);
	for (unsigned i = 0; i < v->memories; i++)
		if (v->memory[i].size > 0)
			outline(d, RIGHT, &d->memory[i]);
}

/* The shades of a class that the map uses, as bits; a gap is always explained. */
static unsigned shades_used(const struct view *v, enum view_class class)
{
	unsigned used = class == VIEW_GAP;

	for (uint32_t i = 0; i < v->extents; i++)
		if (v->extent[i].class == class)
			used |= class == VIEW_GAP ? 1 : 1u << v->extent[i].shade;
	return used;
}

static double draw_swatch(struct drawing *d, double x, double y, enum view_class class,
			  unsigned shades)
{
	for (unsigned s = 0; s < VIEW_SHADES; s++) {
		if (!(shades & 1u << s))
			continue;
		if (class == VIEW_RESERVED)
			fprintf(d->out,
				"<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"16\" "
				"fill=\"url(#hatch)\" class=\"swatch\"/>\n",
				x, y - 13);
		else
			fprintf(d->out,
				"<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"16\" "
				"fill=\"#%06" PRIX32 "\" class=\"swatch\"/>\n",
				x, y - 13, view_rgb(class, s));
		x += 20;
	}
	return x;
}

static void draw_legend(struct drawing *d, double y)
{
	double x = MARGIN;

	for (unsigned c = 0; c < VIEW_CLASSES; c++) {
		unsigned shades = shades_used(d->v, c);

		if (!shades)
			continue;
		x = draw_swatch(d, x, y, c, shades);
		put_label_text(d->out, x + 4, y, "head", view_class_name(c));
		x += 30 + 8.0 * (double)strlen(view_class_name(c));
	}
	put_label_text(d->out, WIDTH - MARGIN, y, "sub e",
		       "bars to scale, each side to its own; addresses grow downwards");
}

bool view_print_svg(const struct view *v, FILE *out)
{
	struct drawing d = {.v = v, .out = out};
	double height;
	bool good;

	lay_out(&d);
	height = d.bottom + LEGEND + LINE / 2.0;
	good = make_labels(&d);
	if (good) {
		draw_head(&d, height);
		draw_bars(&d);
		for (unsigned i = 0; i < d.lefts; i++)
			draw_label(&d, &d.left[i], true);
		for (unsigned i = 0; i < d.rights; i++)
			draw_label(&d, &d.right[i], false);
		draw_legend(&d, height - 26);
		fputs("</svg>\n", out);
	}
	free(d.left);
	free(d.right);
	return good;
}
