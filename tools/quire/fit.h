/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a set of needs fits into what is free, and what would make it fit.
 *
 * The solver works on plain numbers: windows, gaps, needs.  Needs with an address take it or fail;
 * the others are tried in every gap that may hold them, largest need first, tightest gap first, so
 * that a place is found whenever there is one.  (That is exact because pages are the only
 * alignment: what fits into a gap fits at its start.)  Two needs never share anything.
 */
#ifndef QUIRE_TOOL_FIT_H
#define QUIRE_TOOL_FIT_H

#include "board.h"

#define FIT_NEEDS_MAX 16u
#define FIT_GAPS_MAX  2200u
#define FIT_TRIES_MAX 200000u /* placements that one search may try before it gives up */
#define FIT_TRIES_FEW 5000u   /* the same where one search of thousands may fail */

/* MEMORY:SIZE[@ADDRESS][:ACCESS] */
struct fit_need {
	uint8_t target;
	uint8_t attr;
	bool fixed;
	uint64_t size;
	uint64_t va; /* either side of a window */
};

struct fit_gap {
	uint64_t va; /* data side */
	uint64_t size;
	uint8_t window;
};

/* What is free. */
struct fit_room {
	unsigned tries; /* at most so many; 0: FIT_TRIES_MAX */
	struct quire_window window[QUIRE_WINDOWS_MAX];
	uint32_t page[QUIRE_WINDOWS_MAX];
	unsigned windows;
	struct fit_gap gap[FIT_GAPS_MAX];
	unsigned gaps;
	uint64_t memory[2]; /* bytes of flash and of PSRAM: the needs' sums must not exceed them */
};

/* Where a need goes: on the side that its address or its access asks for. */
struct fit_spot {
	uint64_t va;   /* data side */
	uint64_t size; /* whole pages */
	uint8_t window;
	bool placed;
};

enum fit_answer { FIT_YES, FIT_NO, FIT_GAVE_UP };

/* Parse a need.  Status. */
int fit_parse(struct fit_need *need, const char *text, struct sentence *why);

/* The need as text that fit_parse reads. */
struct fit_text {
	char text[80];
} fit_text(const struct fit_need *need);

/* What is free on a board. */
int fit_room_take(struct fit_room *room, struct board *b, struct sentence *why);

/* Whether a window can do what the need asks at all. */
bool fit_window_serves(const struct fit_room *room, unsigned window, const struct fit_need *need);

/*
 * Place all needs.  `spot` has one for each; those that could be placed before the answer was no
 * say where (needs with an address first).  Deterministic.
 */
enum fit_answer fit_solve(const struct fit_room *room, const struct fit_need *need, unsigned needs,
			  struct fit_spot *spot);

/* The address the user would use: the instruction side if the need executes or was asked for there.
 */
uint64_t fit_address(const struct fit_room *room, const struct fit_need *need,
		     const struct fit_spot *spot);

/*
 * What is short for one need, as words, after the others that were placed have taken their places.
 * The board is the one that the room was taken from: it knows what is in the way.
 */
void fit_short(const struct fit_room *room, struct board *b, const struct fit_need *need,
	       unsigned needs, const struct fit_spot *spot, unsigned which, char *text,
	       size_t size);

/* Which memory the needs' sum exceeds: a target, or -1. */
int fit_memory_short(const struct fit_room *room, const struct fit_need *need, unsigned needs,
		     uint64_t *sum);

#endif
