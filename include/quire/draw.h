/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory map, drawn in plain text from the live state: for a console at boot and for a fault
 * report, where there is no printf.
 *
 *   window ram 0x80000000 .. 0x88000000
 *   0x80000000   16 KiB  reserved  firmware
 *   0x80004000   24 KiB  r-x wb    text      = ram 0x80004000
 *   0x8000a000    4 KiB  guard     stack
 *   ...
 *   0x8000c000  127.9 MiB  free
 *
 * A line a row of the map; rows that continue the one above (parts) are marked.  Addresses are as
 * wide as the window's end needs.
 */
#ifndef QUIRE_DRAW_H
#define QUIRE_DRAW_H

#include "quire/query.h"

struct quire_draw {
	/* Takes a line, without an end of line. */
	void (*line)(void *ctx, const char *text);
	void *ctx;
	/* What a tag is called; NULL, or a NULL result, for the number alone. */
	const char *(*name)(void *ctx, uint16_t tag);
	void *name_ctx;
};

/*
 * Draw all windows.  QUIRE_ENULL, or the lock's error (lines drawn until then stay drawn).
 * The lock is held for one row at a time.  Stack: one line (160 bytes).  Cost: as quire_space_next.
 */
int quire_draw_map(struct quire_space *space, const struct quire_draw *draw);

#endif
