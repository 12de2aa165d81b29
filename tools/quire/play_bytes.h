/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of scripts that touch bytes: read, write, fill, compare.
 */
#ifndef QUIRE_TOOL_PLAY_BYTES_H
#define QUIRE_TOOL_PLAY_BYTES_H

#include "play.h"

/* Where a location is in the address space; a physical one is left alone (0). */
int play_address(struct player *p, const struct script_location *l, quire_va *out,
		 struct sentence *why);

/* What quire returned: QUIRE_EUNMAPPED where a load or a store would fault. */
int play_bytes(struct player *p, const struct script_command *c, struct sentence *why, int *status);

#endif
