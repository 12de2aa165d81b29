/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From linker-script symbols to a mapped image, in one call.
 *
 * A boot image is a list of parts, each with the addresses between two symbols and what it may do:
 * text read and execute, rodata read, data and bss read and write, stacks between guards, devices.
 * quire_boot_map() puts all of them into a space, or none.
 *
 *	static const struct quire_boot_part parts[] = {
 *		QUIRE_BOOT_TEXT("text", text_start, text_end),
 *		QUIRE_BOOT_RODATA("rodata", rodata_start, rodata_end),
 *		QUIRE_BOOT_DATA("data", data_start, bss_end),
 *		QUIRE_BOOT_STACK("stack", stack_start, stack_end),
 *		QUIRE_BOOT_DEVICE("uart", 0x10000000, 0x1000),
 *	};
 *	struct quire_boot image = {parts, 5, 0, 1};
 *	err = quire_boot_map(&space, &image, &culprit);
 */
#ifndef QUIRE_BOOT_H
#define QUIRE_BOOT_H

#include "quire/query.h"

/* What a part is, beyond its attributes. */
enum quire_boot_flag {
	QUIRE_BOOT_GUARD_BELOW = 0x01, /* the page before it is reserved: nothing will be there */
	QUIRE_BOOT_GUARD_ABOVE = 0x02,
	QUIRE_BOOT_FIXED = 0x04, /* its addresses do not move with the image (a device): pa = va */
	QUIRE_BOOT_RESERVE = 0x08, /* addresses only: they are kept free, nothing is mapped */
	QUIRE_BOOT_SHARED = 0x10,  /* its memory may be shown elsewhere too, as with QUIRE_SHARED */
	QUIRE_BOOT_WX = 0x20,      /* write and execute together is meant, as with QUIRE_WX */
	QUIRE_BOOT_FLAG_MASK = 0x3f,
};

/*
 * One part: the bytes of [start, end).  Both are the program's addresses, as symbols have them; `start`
 * is a multiple of the page, `end` is rounded up.  An empty part is left out.  No part can reach to the
 * end of quire_va, where `end` would be 0.
 */
struct quire_boot_part {
	const char *name;
	quire_va start;
	quire_va end;
	uint8_t attr;   /* enum quire_attr */
	uint8_t target; /* which memory */
	uint8_t flags;  /* enum quire_boot_flag */
};

/* The image: where it runs and where it is. */
struct quire_boot {
	const struct quire_boot_part *parts;
	uint8_t count;
	quire_va offset;    /* program's address minus physical address; 0 for 1:1 */
	uint16_t first_tag; /* part i gets this tag plus i, and its guards too: quire_boot_name() */
};

/* A symbol of the linker script, or a variable, as an address: where the program runs. */
#define QUIRE_BOOT_ADDRESS(symbol) ((quire_va)(uintptr_t)(symbol))

/* The usual parts, for initialisers.  The address of a symbol as an integer is no constant expression
   to every compiler: an array of them inside a function is one for all. */
#define QUIRE_BOOT_PART(name_, start_, end_, attr_, target_, flags_)                               \
	((struct quire_boot_part){name_, QUIRE_BOOT_ADDRESS(start_), QUIRE_BOOT_ADDRESS(end_),     \
				  attr_, target_, flags_})
#define QUIRE_BOOT_TEXT(name, start, end)                                                          \
	QUIRE_BOOT_PART(name, start, end, QUIRE_READ | QUIRE_EXEC, QUIRE_RAM, 0)
#define QUIRE_BOOT_RODATA(name, start, end)                                                        \
	QUIRE_BOOT_PART(name, start, end, QUIRE_READ, QUIRE_RAM, 0)
#define QUIRE_BOOT_DATA(name, start, end)                                                          \
	QUIRE_BOOT_PART(name, start, end, QUIRE_READ | QUIRE_WRITE, QUIRE_RAM, 0)
#define QUIRE_BOOT_STACK(name, start, end)                                                         \
	QUIRE_BOOT_PART(name, start, end, QUIRE_READ | QUIRE_WRITE, QUIRE_RAM,                     \
			QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE)
#define QUIRE_BOOT_DEVICE(name, start, size)                                                       \
	((struct quire_boot_part){                                                                 \
		name, QUIRE_BOOT_ADDRESS(start), QUIRE_BOOT_ADDRESS(start) + (size),               \
		QUIRE_READ | QUIRE_WRITE | QUIRE_DEVICE_IO, QUIRE_DEVICE, QUIRE_BOOT_FIXED})

/*
 * Map all parts and reserve all guards, or change nothing: not a bit of book or tables.
 *
 * Each part becomes a mapping of its own (or a reservation), with one holder; nothing is shared with a
 * mapping that exists.  Memory that is shown already, or by a part before, is refused as in map, unless
 * the part says SHARED: so a direct map of all memory is made after the image, or the image says so.
 *
 * A guard is the page of a window right beside the part; where no window has one, nothing can be mapped
 * and nothing is reserved.  A page that is reserved already, by another guard or otherwise, is a guard
 * as it is; so two stacks may share the page between them.
 *
 * Part after part, then guard after guard:
 * QUIRE_EFLAG     count is 0, a part has a flag that does not exist, or ends before it starts
 * QUIRE_EROUND    a part's size rounds up to 0
 * QUIRE_EALIGN    a part's start, or its physical address, is not a multiple of the page
 * QUIRE_EFOREIGN  a part is not inside one window
 * QUIRE_EWRAP, ETARGET, EBEYOND, EFLAG, EWX, ECAPS, EMODE, EOVERLAP as in map_at
 * QUIRE_ETAKEN    a part's addresses are in use, or another part's; a guard's page is mapped
 * QUIRE_EPOOL     fewer descriptors are left than parts and guards need
 * QUIRE_ETABLES, or the port's, which is asked for each part before the first is mapped.
 * `*culprit` (may be NULL) gets the number of the part, on failure only.
 * Cost: map_at for each part, two searches for each guard, and a comparison of each part and guard
 * with each other one; no memory but the space's.
 */
int quire_boot_map(struct quire_space *space, const struct quire_boot *image, unsigned *culprit);

/* The name of the part that has a tag, or NULL.  Constant cost. */
const char *quire_boot_name(const struct quire_boot *image, uint16_t tag);

#endif
