/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the smallest change.  Each kind of change has a function that looks for its best
 * instance; what it finds is proved on a real board and only then kept.
 */
#include "fit_change.h"
#include "number.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

int fit_prove(const struct firmware *fw, uint64_t psram_size, bool compact,
	      const struct fit_need *need, unsigned needs, const struct fit_spot *spot,
	      struct sentence *why)
{
	struct board_parts parts = firmware_parts(fw, psram_size);
	struct board b;
	int status = board_open_plain(&b, &parts, why);

	if (status != CLI_OK)
		return status;
	status = firmware_boot(fw, &b, NULL, why);
	for (unsigned w = 0; status == CLI_OK && compact && w < b.layout->window_count; w++)
		if (quire_space_compact(b.space, b.layout->window[w].base, NULL, NULL, NULL) < 0)
			status = sentence_set(why, CLI_NO, "compacting failed");
	for (unsigned i = 0; status == CLI_OK && i < needs; i++) {
		int result = quire_space_reserve_at(b.space, spot[i].va, need[i].size, 0);

		if (result < 0)
			status = sentence_set(why, CLI_NO, "%s at %s: %s", fit_text(&need[i]).text,
					      number_address(spot[i].va).text,
					      quire_error_text(result));
	}
	board_close(&b);
	return status;
}

struct hunt {
	const struct fit_question *q;
	const struct fit_room *room;
	struct fit_change *change;
	unsigned count;
};

/* Solve a changed set of needs in a room; keep it if it is solved and proved. */
static bool keep(struct hunt *h, const struct firmware *fw, const struct fit_room *room,
		 struct fit_change *c)
{
	struct sentence why;

	if (h->count == FIT_CHANGES_MAX || fit_solve(room, c->need, c->needs, c->spot) != FIT_YES ||
	    fit_prove(fw, h->q->psram_size, c->kind == FIT_COMPACT, c->need, c->needs, c->spot,
		      &why) != CLI_OK)
		return false;
	for (unsigned i = 0; i < c->needs; i++)
		c->address[i] = fit_address(room, &c->need[i], &c->spot[i]);
	h->change[h->count++] = *c;
	return true;
}

static struct fit_change unchanged(const struct hunt *h, enum fit_change_kind kind, unsigned which)
{
	struct fit_change c = {.kind = kind,
			       .which = which,
			       .page_size = h->q->fw->app->page_size,
			       .needs = h->q->needs};

	memcpy(c.need, h->q->need, sizeof c.need);
	return c;
}

/* Whether the needs fit as they are in `c`, without a proof. */
static bool solves(const struct hunt *h, struct fit_change *c)
{
	return fit_solve(h->room, c->need, c->needs, c->spot) == FIT_YES;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

/* All page addresses of the windows that serve a need, nearest to `va` first; malloc'd. */
struct candidate {
	uint64_t va;
	uint64_t away;
};

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->away != y->away)
		return x->away < y->away ? -1 : 1;
	return x->va < y->va ? -1 : x->va > y->va;
}

static struct candidate *candidates(const struct fit_room *room, const struct fit_need *need,
				    size_t *count)
{
	struct candidate *list;
	size_t room_for = 0, n = 0;

	for (unsigned w = 0; w < room->windows; w++)
		room_for += room->window[w].size / room->page[w];
	list = malloc((room_for + 1) * sizeof *list);
	for (unsigned w = 0; list && w < room->windows; w++) {
		const struct quire_window *win = &room->window[w];
		/* Stay on the side that the user named. */
		bool exec = need->va - win->base >= win->size && win->exec_base != win->base &&
			    (need->va - win->exec_base < win->size || need->attr & QUIRE_EXEC);
		uint64_t base = exec ? win->exec_base : win->base;

		if (!fit_window_serves(room, w, need))
			continue;
		for (uint64_t o = 0; o < win->size; o += room->page[w])
			list[n++] = (struct candidate){base + o, distance(base + o, need->va)};
	}
	if (list)
		qsort(list, n, sizeof *list, compare_candidates);
	*count = n;
	return list;
}

/* The nearest address for one need at which all fit. */
static void hunt_move(struct hunt *h, unsigned which)
{
	struct fit_change c = unchanged(h, FIT_MOVE, which);
	struct progress p;
	struct candidate *list;
	size_t count;

	if (!c.need[which].fixed)
		return;
	list = candidates(h->room, &c.need[which], &count);
	progress_begin(&p, "looking for an address", count);
	for (size_t i = 0; list && i < count; i++) {
		progress_at(&p, i);
		c.need[which].va = list[i].va;
		if (solves(h, &c)) {
			keep(h, h->q->fw, h->room, &c);
			break;
		}
	}
	progress_end(&p);
	free(list);
}

/* With two addresses or more: none of them fixed. */
static void hunt_float(struct hunt *h)
{
	struct fit_change c = unchanged(h, FIT_FLOAT, 0);
	unsigned fixed = 0;

	for (unsigned i = 0; i < c.needs; i++) {
		fixed += c.need[i].fixed;
		c.need[i].fixed = false;
	}
	if (fixed > 1)
		keep(h, h->q->fw, h->room, &c);
}

/* Another page size, if the firmware can be mapped with it. */
static void hunt_page(struct hunt *h, uint32_t page_size)
{
	struct fit_change c = unchanged(h, FIT_PAGE, 0);
	struct firmware_options options = h->q->options;
	struct fit_room *room = malloc(sizeof *room);
	struct firmware fw = {0};
	struct board b = {0};
	struct board_parts parts;
	struct sentence why;

	options.page_size = page_size;
	options.warn = NULL;
	c.page_size = page_size;
	if (room && firmware_read(&fw, h->q->path, &options, &why) == CLI_OK) {
		parts = firmware_parts(&fw, h->q->psram_size);
		if (board_open_plain(&b, &parts, &why) == CLI_OK &&
		    firmware_boot(&fw, &b, NULL, &why) == CLI_OK &&
		    fit_room_take(room, &b, &why) == CLI_OK)
			keep(h, &fw, room, &c);
	}
	board_close(&b);
	firmware_free(&fw);
	free(room);
}

/* The nearest page size first. */
static void hunt_pages(struct hunt *h)
{
	const struct quire_chip *chip = h->q->fw->chip;
	uint32_t now = h->q->fw->app->page_size;

	for (unsigned steps = 1; steps < 8; steps++)
		for (unsigned i = 0; i < QUIRE_CHIP_PAGE_SIZES_MAX && chip->mmu[0].page_shift[i];
		     i++)
			if (1u << chip->mmu[0].page_shift[i] == now << steps ||
			    1u << chip->mmu[0].page_shift[i] == now >> steps)
				hunt_page(h, 1u << chip->mmu[0].page_shift[i]);
}

/* Bytes of the smallest page that a need can be mapped with. */
static uint64_t page_of(const struct hunt *h, const struct fit_need *need)
{
	uint64_t page = UINT32_MAX;

	for (unsigned w = 0; w < h->room->windows; w++)
		if (fit_window_serves(h->room, w, need) && h->room->page[w] < page)
			page = h->room->page[w];
	return page;
}

/* Make one need as large as it can be beside the others, up to what was asked; false if not even a
   page of it fits. */
static bool grow(struct hunt *h, unsigned which, struct fit_change *c)
{
	uint64_t page = page_of(h, &c->need[which]), asked = h->q->need[which].size, low = 0, high;

	c->need[which].size = asked;
	if (solves(h, c))
		return true;
	high = (asked + page - 1) / page;
	/* `low` pages fit (or low is 0), `high` do not. */
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		c->need[which].size = middle * page;
		if (solves(h, c))
			low = middle;
		else
			high = middle;
	}
	c->need[which].size = low * page;
	return low > 0;
}

/* The largest size of one need with which all fit. */
static bool shrink(struct hunt *h, unsigned which, struct fit_change *c)
{
	*c = unchanged(h, FIT_SHRINK, which);
	return grow(h, which, c);
}

/* Bytes that all needs together give up. */
static uint64_t given_up_in_all(const struct hunt *h, const struct fit_change *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < c->needs; i++)
		sum += h->q->need[i].size - c->need[i].size;
	return sum;
}

/*
 * All needs down to a page, then each as large as it can be again, in turn, beginning with `first`.
 * What results cannot be larger in any one need; the best of all beginnings is taken.
 */
static bool shrink_several(struct hunt *h, unsigned first, struct fit_change *c)
{
	*c = unchanged(h, FIT_SHRINK_SEVERAL, first);
	for (unsigned i = 0; i < c->needs; i++) {
		uint64_t page = page_of(h, &c->need[i]);

		if (c->need[i].size > page)
			c->need[i].size = page;
	}
	if (!solves(h, c))
		return false;
	for (unsigned i = 0; i < c->needs; i++)
		if (!grow(h, (first + i) % c->needs, c))
			return false;
	return true;
}

static void hunt_shrink_several(struct hunt *h)
{
	struct fit_change best, c;
	bool found = false;

	for (unsigned first = 0; first < h->q->needs; first++)
		if (shrink_several(h, first, &c) &&
		    (!found || given_up_in_all(h, &c) < given_up_in_all(h, &best))) {
			best = c;
			found = true;
		}
	if (found)
		keep(h, h->q->fw, h->room, &best);
}

static uint64_t given_up(const struct hunt *h, const struct fit_change *c)
{
	return h->q->need[c->which].size - c->need[c->which].size;
}

/* Every need that can be made smaller, the least given up first. */
static void hunt_shrink(struct hunt *h)
{
	struct fit_change found[FIT_NEEDS_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < h->q->needs; i++)
		if (shrink(h, i, &found[count]))
			count++;
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k > 0 && given_up(h, &found[k]) < given_up(h, &found[k - 1]);
		     k--) {
			struct fit_change swap = found[k];

			found[k] = found[k - 1];
			found[k - 1] = swap;
		}
	for (unsigned i = 0; i < count; i++)
		keep(h, h->q->fw, h->room, &found[i]);
}

static void hunt_compact(struct hunt *h)
{
	struct fit_change c = unchanged(h, FIT_COMPACT, 0);
	struct board_parts parts = firmware_parts(h->q->fw, h->q->psram_size);
	struct fit_room *room = malloc(sizeof *room);
	struct board b = {0};
	struct sentence why;
	uint32_t moved = 0, all = 0;

	if (room && board_open_plain(&b, &parts, &why) == CLI_OK &&
	    firmware_boot(h->q->fw, &b, NULL, &why) == CLI_OK) {
		for (unsigned w = 0; w < b.layout->window_count; w++) {
			if (quire_space_compact(b.space, b.layout->window[w].base, NULL, NULL,
						&moved) >= 0)
				all += moved;
		}
		if (all > 0 && fit_room_take(room, &b, &why) == CLI_OK)
			keep(h, h->q->fw, room, &c);
	}
	board_close(&b);
	free(room);
}

static void hunt_drop(struct hunt *h, unsigned which)
{
	struct fit_change c = unchanged(h, FIT_DROP, which);

	memmove(&c.need[which], &c.need[which + 1], (c.needs - which - 1) * sizeof c.need[0]);
	c.needs--;
	if (c.needs > 0)
		keep(h, h->q->fw, h->room, &c);
}

/* Moves came in the order of the needs: put the shortest first. */
static void sort_moves(struct hunt *h)
{
	for (unsigned i = 1; i < h->count; i++)
		for (unsigned k = i; k > 0; k--) {
			struct fit_change *a = &h->change[k - 1], *b = &h->change[k], swap;

			if (distance(a->need[a->which].va, h->q->need[a->which].va) <=
			    distance(b->need[b->which].va, h->q->need[b->which].va))
				break;
			swap = *a;
			*a = *b;
			*b = swap;
		}
}

void fit_changes(const struct fit_question *q, const struct fit_room *room,
		 struct fit_change *change, unsigned *count)
{
	struct hunt h = {.q = q, .room = room, .change = change};

	for (unsigned i = 0; i < q->needs; i++)
		hunt_move(&h, i);
	sort_moves(&h);
	hunt_float(&h);
	hunt_pages(&h);
	hunt_shrink(&h);
	hunt_compact(&h);
	if (h.count == 0)
		hunt_shrink_several(&h);
	if (h.count == 0)
		for (unsigned i = 0; i < q->needs; i++)
			hunt_drop(&h, i);
	*count = h.count;
}
