/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board: one chip with its memories and a live space, on either of two grounds.
 *
 * A *plain* board keeps the MMU's entries in ordinary arrays.  It has no bytes behind its
 * addresses, so any chip works on any host, and several at once: enough to draw a map or to see
 * whether something fits.  A *live* board is the Linux port: real bytes at the chip's addresses.
 * Names of mappings live here; the space carries only their number, as its tag.
 */
#ifndef QUIRE_TOOL_BOARD_H
#define QUIRE_TOOL_BOARD_H

#include "cli.h"
#include "quire/chip.h"
#include "quire/port/linux.h"
#include "quire/quire.h"

#define BOARD_NAME 40u /* bytes of a mapping's name, NUL included; longer ones are cut */

struct board {
	const struct quire_chip *chip;
	const struct quire_chip_layout *layout; /* memories have their real sizes in it */
	struct quire_space *space;
	struct quire_linux *machine; /* NULL on a plain board */
	struct board_plain *plain;   /* NULL on a live one */
	char (*name)[BOARD_NAME];
	unsigned names;
};

/* What stands on the board. */
struct board_parts {
	const struct quire_chip *chip;
	uint32_t page_size; /* 0: the chip's default */
	uint64_t flash_size;
	uint64_t psram_size;
	const char *flash_path; /* live boards: the file that flash is; NULL: erased flash */
};

/* Open a board.  On failure `why` says why, nothing is left open, and the status is returned. */
int board_open_plain(struct board *b, const struct board_parts *parts, struct sentence *why);
int board_open_live(struct board *b, const struct board_parts *parts, struct sentence *why);

/* Close it; a board that is all zero is closed already. */
void board_close(struct board *b);

/* Keep a name; its tag, or 0 (no name) when memory or tags have run out. */
uint16_t board_name(struct board *b, const char *name);

/* The name that goes with a tag; "" for 0 and for foreign ones. */
const char *board_name_of(const struct board *b, unsigned tag);

/* Bytes of a page of the window with this index. */
uint32_t board_page_size(const struct board *b, unsigned window);

/* The window that an address of either side is in, or -1. */
int board_window_at(const struct board *b, quire_va va);

/*
 * What a window must be capable of beyond access, for a use that did not choose its address: data
 * has bytes in it, which some windows cannot read or write.
 */
uint8_t board_caps_for(unsigned attr);

/* The target called `name` ("flash", "flash0", "psram"), or -1. */
int board_target(const char *name);

#endif
