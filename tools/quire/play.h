/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Playing scripts on a live board.
 */
#ifndef QUIRE_TOOL_PLAY_H
#define QUIRE_TOOL_PLAY_H

#include "board.h"
#include "script.h"

#define PLAY_NAMES 256u

struct player {
	struct board board; /* chip NULL: none yet */
	struct ink ink;
	FILE *out;
	const char *path; /* of the script: files are looked for beside it */
	bool verbose;
	struct {
		char name[SCRIPT_NAME];
		quire_va va;
	} given[PLAY_NAMES]; /* names of mappings that were shared, not made */
	unsigned names;
	unsigned verbs, expected, compared; /* what was done */
	uint64_t bytes;                     /* that were compared */
};

/* Play one command.  Status: CLI_NO when it was refused or did what was not expected. */
int play(struct player *p, const struct script_command *c, struct sentence *why);

/* Play a whole script: `size` bytes.  On failure `line` is where. */
int play_all(struct player *p, const char *text, size_t size, unsigned *line, struct sentence *why);

void play_end(struct player *p);

#endif
