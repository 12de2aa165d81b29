/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory map, drawn in plain text from the live state: for a console at boot and for a fault
 * report, where there is no printf.
 *
 *   window ram 0x80000000..0x88000000, 128 MiB
 *     0x80000000     16 KiB  reserved  firmware
 *     0x80004000     24 KiB  r-x- wb   text          = ram 0x80004000, 2 holders
 *     0x8000a000      4 KiB  guard     stack
 *     0x8000b000      4 KiB  rw-- wb   stack         = ram 0x8000b000
 *   + 0x8000c000      4 KiB  r--- wb   stack         = ram 0x8000c000
 *     0x8000d000  127.9 MiB  free
 *     mapped 32 KiB, reserved 20 KiB, free 127.9 MiB
 *
 * A line a row of the map; rows that continue the one above (parts) are marked with a plus.  A
 * mapping says what it allows (read, write, execute, user) and how it is cached: write-back,
 * write-through, nc (not cached), io (device).  A reservation that has the tag of the mapping beside it
 * is its guard.  Claims (vm.h) are drawn as mappings, "page by page", and their guards in lines of their
 * own, which count as reserved.  A window in more than one row is summed up.  Addresses are as wide as the window's
 * end needs.  Amounts that have no short exact form are rounded down.
 */
#ifndef QUIRE_DRAW_H
#define QUIRE_DRAW_H

#include "quire/query.h"

struct quire_draw {
	/* Takes a line, without an end of line. */
	void (*line)(void *ctx, const char *text);
	void *ctx;
	/* What a tag is called; NULL, or a NULL result, for the number alone (none for 0). */
	const char *(*name)(void *ctx, uint16_t tag);
	void *name_ctx;
};

/*
 * Draw all windows.  QUIRE_ENULL, or the lock's error (lines drawn until then stay drawn).
 * The lock is held for one row at a time, and not while a line is taken.  Stack: a line (160 bytes) and
 * three rows.  Cost: as quire_space_next.
 */
int quire_draw_map(struct quire_space *space, const struct quire_draw *draw);

#endif
