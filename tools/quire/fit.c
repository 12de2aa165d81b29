/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The solver.  Gaps are carved as needs are placed: a gap becomes what is before and what is behind
 * the need.  The search keeps its state in one array of gaps and undoes its last carving when it
 * turns back; its depth is the number of needs.
 */
#include "fit.h"
#include "number.h"
#include "place.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* MEMORY:, and what is behind it. */
static const char *parse_memory(struct fit_need *need, const char *text)
{
	const char *colon = strchr(text, ':');
	char name[16];
	int target;

	if (!colon || (size_t)(colon - text) >= sizeof name)
		return NULL;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	target = board_target(name);
	if (target < 0)
		return NULL;
	need->target = (uint8_t)target;
	need->attr = target == QUIRE_PSRAM0 ? QUIRE_READ | QUIRE_WRITE : QUIRE_READ;
	return colon + 1;
}

int fit_parse(struct fit_need *need, const char *text, struct sentence *why)
{
	const char *size, *at, *access, *end = text + strlen(text);

	memset(need, 0, sizeof *need);
	size = parse_memory(need, text);
	if (!size)
		return sentence_set(
			why, CLI_USAGE,
			"'%s': expected flash: or psram:, SIZE, and perhaps @ADDRESS and "
			":ACCESS",
			text);
	access = strchr(size, ':');
	at = memchr(size, '@', (size_t)((access ? access : end) - size));
	if (access && !access_parse(access + 1, &need->attr))
		return sentence_set(why, CLI_USAGE,
				    "'%s': the access is some of r, w and x, not '%s'", text,
				    access + 1);
	if (!number_parse_part(size,
			       at       ? at
			       : access ? access
					: end,
			       &need->size) ||
	    need->size == 0 || need->size > 1ull << 32)
		return sentence_set(why, CLI_USAGE, "'%s': '%.*s' is not a size such as 12M", text,
				    (int)((at       ? at
					   : access ? access
						    : end) -
					  size),
				    size);
	if (at &&
	    (!number_parse_part(at + 1, access ? access : end, &need->va) || need->va > UINT32_MAX))
		return sentence_set(why, CLI_USAGE, "'%s': '%.*s' is not a 32-bit address", text,
				    (int)((access ? access : end) - at - 1), at + 1);
	need->fixed = at != NULL;
	return CLI_OK;
}

struct fit_text fit_text(const struct fit_need *need)
{
	uint8_t usual = need->target == QUIRE_PSRAM0 ? QUIRE_READ | QUIRE_WRITE : QUIRE_READ;
	struct fit_text t;
	int n = snprintf(t.text, sizeof t.text, "%s:%s",
			 need->target == QUIRE_PSRAM0 ? "psram" : "flash",
			 number_exact(need->size).text);

	if (need->fixed)
		n += snprintf(t.text + n, sizeof t.text - (size_t)n, "@%s",
			      number_address(need->va).text);
	if (need->attr != usual)
		snprintf(t.text + n, sizeof t.text - (size_t)n, ":%s%s%s",
			 need->attr & QUIRE_READ ? "r" : "", need->attr & QUIRE_WRITE ? "w" : "",
			 need->attr & QUIRE_EXEC ? "x" : "");
	return t;
}

int fit_room_take(struct fit_room *room, struct board *b, struct sentence *why)
{
	struct quire_cursor cursor = {0, 0};
	struct quire_extent_info row;

	memset(room, 0, sizeof *room);
	room->windows = b->layout->window_count;
	room->memory[QUIRE_FLASH0] = b->layout->memory[QUIRE_FLASH0].size;
	room->memory[QUIRE_PSRAM0] = b->layout->memory[QUIRE_PSRAM0].size;
	for (unsigned i = 0; i < room->windows; i++) {
		room->window[i] = b->layout->window[i];
		room->page[i] = board_page_size(b, i);
	}
	while (quire_space_next(b->space, &cursor, &row) >= 0) {
		if (row.kind != QUIRE_GAP)
			continue;
		if (room->gaps == FIT_GAPS_MAX)
			return sentence_set(why, CLI_BAD, "more than %u gaps", FIT_GAPS_MAX);
		room->gap[room->gaps++] = (struct fit_gap){row.va, row.size, row.window};
	}
	return CLI_OK;
}

bool fit_window_serves(const struct fit_room *room, unsigned window, const struct fit_need *need)
{
	const struct quire_window *w = &room->window[window];

	uint8_t caps = need->attr | (need->fixed ? 0 : board_caps_for(need->attr));

	return w->targets & QUIRE_TARGET_BIT(need->target) && (caps & ~w->caps) == 0;
}

static uint64_t round_up(uint64_t size, uint32_t page)
{
	return (size + page - 1) / page * page;
}

/* Take [va, va + size) out of gap `g`, which holds it. */
static void carve(struct fit_room *room, unsigned g, uint64_t va, uint64_t size)
{
	struct fit_gap *gap = &room->gap[g];
	uint64_t end = gap->va + gap->size;

	gap->size = va - gap->va;
	if (end > va + size && room->gaps < FIT_GAPS_MAX)
		room->gap[room->gaps++] = (struct fit_gap){va + size, end - va - size, gap->window};
}

/* The window an address is in, on either side, and the address on the data side; -1 if none. */
static int data_side(const struct fit_room *room, uint64_t *va)
{
	for (unsigned i = 0; i < room->windows; i++) {
		const struct quire_window *w = &room->window[i];

		if (*va - w->base < w->size)
			return (int)i;
		if (*va - w->exec_base < w->size) {
			*va = *va - w->exec_base + w->base;
			return (int)i;
		}
	}
	return -1;
}

static bool place_fixed(struct fit_room *room, const struct fit_need *need, struct fit_spot *spot)
{
	uint64_t va = need->va;
	int window = data_side(room, &va);
	uint64_t size;

	if (window < 0 || va % room->page[window] != 0 ||
	    !fit_window_serves(room, (unsigned)window, need))
		return false;
	size = round_up(need->size, room->page[window]);
	for (unsigned g = 0; g < room->gaps; g++) {
		const struct fit_gap *gap = &room->gap[g];

		if (gap->window != window || va < gap->va || va - gap->va > gap->size ||
		    size > gap->size - (va - gap->va))
			continue;
		carve(room, g, va, size);
		*spot = (struct fit_spot){va, size, (uint8_t)window, true};
		return true;
	}
	return false;
}

struct search {
	struct fit_room room;
	const struct fit_need *need;
	struct fit_spot *spot;
	unsigned order[FIT_NEEDS_MAX]; /* of the needs without an address */
	unsigned count;
	unsigned tries;
};

/*
 * The next gap to try for a need, after gap `last` (or FIT_GAPS_MAX): in order of window, size and
 * address.  Gaps of the same size in the same window are alike, so one of them is enough.
 */
static unsigned next_gap(const struct search *s, const struct fit_need *need, unsigned last)
{
	unsigned best = FIT_GAPS_MAX;

	for (unsigned g = 0; g < s->room.gaps; g++) {
		const struct fit_gap *a = &s->room.gap[g], *b = &s->room.gap[best % FIT_GAPS_MAX];

		if (!fit_window_serves(&s->room, a->window, need) ||
		    a->size < round_up(need->size, s->room.page[a->window]))
			continue;
		if (last < FIT_GAPS_MAX) {
			const struct fit_gap *l = &s->room.gap[last];

			if (a->window < l->window || (a->window == l->window && a->size <= l->size))
				continue;
		}
		if (best == FIT_GAPS_MAX || a->window < b->window ||
		    (a->window == b->window &&
		     (a->size < b->size || (a->size == b->size && a->va < b->va))))
			best = g;
	}
	return best;
}

/*
 * One step of the search: put need number `at` into the first gap after `last`.  False if there is
 * none.  The need goes to the gap's start, so that undoing it is giving its pages back there.
 */
static bool step(struct search *s, unsigned at, unsigned last)
{
	unsigned which = s->order[at];
	const struct fit_need *need = &s->need[which];
	unsigned g = next_gap(s, need, last);
	uint64_t size;

	if (g == FIT_GAPS_MAX)
		return false;
	size = round_up(need->size, s->room.page[s->room.gap[g].window]);
	s->spot[which] = (struct fit_spot){s->room.gap[g].va, size, s->room.gap[g].window, true};
	s->room.gap[g].va += size;
	s->room.gap[g].size -= size;
	return true;
}

static unsigned undo(struct search *s, unsigned at)
{
	struct fit_spot *spot = &s->spot[s->order[at]];
	unsigned g = 0;

	while (s->room.gap[g].window != spot->window || s->room.gap[g].va != spot->va + spot->size)
		g++;
	s->room.gap[g].va -= spot->size;
	s->room.gap[g].size += spot->size;
	spot->placed = false;
	return g;
}

/* Depth first, without recursion: `at` needs are placed. */
static enum fit_answer search_all(struct search *s)
{
	unsigned at = 0, last = FIT_GAPS_MAX;

	while (at < s->count) {
		if (++s->tries > (s->room.tries ? s->room.tries : FIT_TRIES_MAX))
			return FIT_GAVE_UP;
		if (step(s, at, last)) {
			last = FIT_GAPS_MAX;
			at++;
		} else if (at == 0) {
			return FIT_NO;
		} else {
			last = undo(s, --at);
		}
	}
	return FIT_YES;
}

/* When not all can be placed: as many as go one after the other, for the report. */
static void place_some(struct search *s)
{
	for (unsigned at = 0; at < s->count; at++)
		step(s, at, FIT_GAPS_MAX);
}

static void sort_by_size(struct search *s)
{
	for (unsigned i = 1; i < s->count; i++)
		for (unsigned k = i;
		     k > 0 && s->need[s->order[k]].size > s->need[s->order[k - 1]].size; k--) {
			unsigned swap = s->order[k];

			s->order[k] = s->order[k - 1];
			s->order[k - 1] = swap;
		}
}

int fit_memory_short(const struct fit_room *room, const struct fit_need *need, unsigned needs,
		     uint64_t *sum)
{
	for (int target = 0; target < 2; target++) {
		*sum = 0;
		for (unsigned i = 0; i < needs; i++)
			*sum += need[i].target == target ? need[i].size : 0;
		if (*sum > room->memory[target])
			return target;
	}
	return -1;
}

enum fit_answer fit_solve(const struct fit_room *room, const struct fit_need *need, unsigned needs,
			  struct fit_spot *spot)
{
	struct fit_spot all[FIT_NEEDS_MAX] = {{0}};
	struct search *s = malloc(sizeof *s);
	enum fit_answer answer = FIT_YES;
	uint64_t sum;

	if (!s)
		return FIT_GAVE_UP;
	memset(s, 0, sizeof *s);
	s->room = *room;
	s->need = need;
	s->spot = all;
	for (unsigned i = 0; i < needs; i++) {
		if (!need[i].fixed)
			s->order[s->count++] = i;
		else if (!place_fixed(&s->room, &need[i], &all[i]))
			answer = FIT_NO;
	}
	sort_by_size(s);
	if (s->count > 0) {
		enum fit_answer rest = search_all(s);

		if (rest == FIT_NO)
			place_some(s);
		answer = answer == FIT_NO ? FIT_NO : rest;
	}
	memcpy(spot, all, needs * sizeof *spot);
	if (fit_memory_short(room, need, needs, &sum) >= 0)
		answer = FIT_NO;
	free(s);
	return answer;
}

uint64_t fit_address(const struct fit_room *room, const struct fit_need *need,
		     const struct fit_spot *spot)
{
	const struct quire_window *w = &room->window[spot->window];
	bool exec = need->fixed ? need->va - w->base >= w->size : (need->attr & QUIRE_EXEC) != 0;

	return exec ? spot->va - w->base + w->exec_base : spot->va;
}

/* The pages that are free for a need, in all and in one piece. */
static void measure(const struct fit_room *room, const struct fit_need *need, unsigned needs,
		    const struct fit_spot *spot, unsigned which, uint64_t *total, uint64_t *largest)
{
	struct fit_room *left = malloc(sizeof *left);

	*total = *largest = 0;
	if (!left)
		return;
	*left = *room;
	for (unsigned i = 0; i < needs; i++)
		for (unsigned g = 0; i != which && spot[i].placed && g < left->gaps; g++)
			if (left->gap[g].window == spot[i].window &&
			    spot[i].va >= left->gap[g].va &&
			    spot[i].va - left->gap[g].va < left->gap[g].size) {
				carve(left, g, spot[i].va, spot[i].size);
				break;
			}
	for (unsigned g = 0; g < left->gaps; g++) {
		if (!fit_window_serves(left, left->gap[g].window, &need[which]))
			continue;
		*total += left->gap[g].size;
		if (left->gap[g].size > *largest)
			*largest = left->gap[g].size;
	}
	free(left);
}

/* Who has the addresses that a need wants: another need, or what the board has mapped there. */
static void short_taken(struct board *b, const struct fit_need *need, unsigned needs,
			const struct fit_spot *spot, uint64_t va, uint64_t end, char *text,
			size_t size)
{
	struct quire_extent_info row;
	quire_va at = va;

	for (unsigned i = 0; i < needs; i++)
		if (spot[i].placed && need[i].fixed && spot[i].va < end &&
		    va < spot[i].va + spot[i].size) {
			snprintf(text, size, "%s is in the way", fit_text(&need[i]).text);
			return;
		}
	while (at < end && quire_space_query(b->space, at, &row) >= 0) {
		if (row.kind != QUIRE_GAP) {
			snprintf(text, size, "%s is in the way, at %s-%s",
				 *board_name_of(b, row.tag) ? board_name_of(b, row.tag)
							    : "a mapping",
				 number_address(row.va).text,
				 number_address(row.va + row.size).text);
			return;
		}
		at = row.va + row.size;
	}
	snprintf(text, size, "something is in the way");
}

static void short_fixed(const struct fit_room *room, struct board *b, const struct fit_need *needed,
			unsigned needs, const struct fit_spot *spot, unsigned which, char *text,
			size_t size)
{
	const struct fit_need *need = &needed[which];
	uint64_t va = need->va, end, bytes;
	int window = data_side(room, &va);

	if (window < 0) {
		snprintf(text, size, "that address is in no window");
		return;
	}
	if (!fit_window_serves(room, (unsigned)window, need)) {
		snprintf(text, size, "window %s cannot show %s with %s", room->window[window].name,
			 need->target == QUIRE_PSRAM0 ? "PSRAM" : "flash",
			 number_access(need->attr).text);
		return;
	}
	if (va % room->page[window] != 0) {
		snprintf(text, size, "the address is not a multiple of the page, %s",
			 number_exact(room->page[window]).text);
		return;
	}
	end = room->window[window].base + room->window[window].size;
	bytes = round_up(need->size, room->page[window]);
	if (bytes > end - va)
		snprintf(text, size, "the window ends %s too early",
			 number_exact(bytes - (end - va)).text);
	else
		short_taken(b, needed, needs, spot, va, va + bytes, text, size);
}

void fit_short(const struct fit_room *room, struct board *b, const struct fit_need *need,
	       unsigned needs, const struct fit_spot *spot, unsigned which, char *text, size_t size)
{
	uint64_t total, largest;
	bool any = false;

	if (need[which].fixed) {
		short_fixed(room, b, need, needs, spot, which, text, size);
		return;
	}
	for (unsigned w = 0; w < room->windows; w++)
		any |= fit_window_serves(room, w, &need[which]);
	if (!any) {
		snprintf(text, size, "no window of this chip can show %s with %s",
			 need[which].target == QUIRE_PSRAM0 ? "PSRAM" : "flash",
			 number_access(need[which].attr).text);
		return;
	}
	measure(room, need, needs, spot, which, &total, &largest);
	if (total == 0)
		snprintf(text, size, "nothing is free for it");
	else
		snprintf(text, size, "%s are free for it, %s of them in one piece",
			 number_exact(total).text, number_exact(largest).text);
}
