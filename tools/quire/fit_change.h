/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest change that makes needs fit that do not.
 *
 * What counts as small, in this order: a change that costs nothing but an address; then another
 * page size; then less memory; then a firmware linked without holes; then doing without a need.
 * Among addresses the nearest, among sizes the least that is given up.  Every change is solved, and
 * then tried on a board with the firmware in place, before it is suggested.
 */
#ifndef QUIRE_TOOL_FIT_CHANGE_H
#define QUIRE_TOOL_FIT_CHANGE_H

#include "firmware.h"
#include "fit.h"

enum fit_change_kind {
	FIT_MOVE,           /* need `which` at another address */
	FIT_FLOAT,          /* no need at a fixed address */
	FIT_PAGE,           /* another page size */
	FIT_SHRINK,         /* need `which` smaller */
	FIT_SHRINK_SEVERAL, /* several needs smaller, where one would not do */
	FIT_COMPACT,        /* the firmware's own mappings without holes between them */
	FIT_DROP            /* without need `which` */
};

struct fit_change {
	enum fit_change_kind kind;
	unsigned which;
	uint32_t page_size;
	unsigned needs; /* the needs after the change */
	struct fit_need need[FIT_NEEDS_MAX];
	struct fit_spot spot[FIT_NEEDS_MAX];
	uint64_t address[FIT_NEEDS_MAX]; /* where each goes, as fit_address says */
};

#define FIT_CHANGES_MAX (FIT_NEEDS_MAX + FIT_NEEDS_MAX + FIT_NEEDS_MAX + 8u)

/* The question: a firmware, the memories beside it, and the needs. */
struct fit_question {
	const struct firmware *fw;
	const char *path;
	struct firmware_options options; /* to read the firmware anew with another page size */
	uint64_t psram_size;
	unsigned needs;
	struct fit_need need[FIT_NEEDS_MAX];
};

/*
 * Reserve solved needs on a board that the firmware was booted on, compacted first if asked, and
 * with the library's own verbs: the proof that an answer is true.  Status; CLI_NO if it is not.
 */
int fit_prove(const struct firmware *fw, uint64_t psram_size, bool compact,
	      const struct fit_need *need, unsigned needs, const struct fit_spot *spot,
	      struct sentence *why);

/* Fill in up to FIT_CHANGES_MAX changes, smallest first.  `*count` of them. */
void fit_changes(const struct fit_question *q, const struct fit_room *room,
		 struct fit_change *change, unsigned *count);

#endif
