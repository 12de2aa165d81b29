/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words: memories, windows, capabilities, attributes.
 *
 * A *memory* is a run of physical addresses of one kind; mappings name it by its *target* number.
 * A *window* is a run of virtual addresses that can all do the same things and may show the same
 * memories.  A *capability* is what a window's addresses can do; an *attribute* is what one
 * mapping does.  The distinction matters: a flash window may be able to execute, and a font in
 * it does not.
 */
#ifndef QUIRE_TYPES_H
#define QUIRE_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "quire/config.h"

/* Targets that every port agrees on; a board may use the rest up to QUIRE_TARGETS_MAX as it likes.
 */
enum quire_target { QUIRE_FLASH0 = 0, QUIRE_PSRAM0 = 1, QUIRE_RAM = 2, QUIRE_DEVICE = 3 };

/* Attributes of a mapping: what it allows, and how it is cached. */
enum quire_attr {
	QUIRE_READ = 0x01,
	QUIRE_WRITE = 0x02,
	QUIRE_EXEC = 0x04,
	QUIRE_USER = 0x08,
	QUIRE_CACHE_WB = 0x00,  /* write-back: the default */
	QUIRE_CACHE_WT = 0x10,  /* write-through */
	QUIRE_UNCACHED = 0x20,  /* normal memory, not cached */
	QUIRE_DEVICE_IO = 0x30, /* device memory: ordered, not cached */
	QUIRE_ACCESS_MASK = 0x0f,
	QUIRE_CACHE_MASK = 0x30,
	QUIRE_ATTR_MASK = 0x3f,
};

/* Capabilities of a window or a memory.  The first three have the values of the attributes. */
enum quire_cap {
	QUIRE_CAP_READ = 0x01,
	QUIRE_CAP_WRITE = 0x02,
	QUIRE_CAP_EXEC = 0x04,
	QUIRE_CAP_USER = 0x08,
	QUIRE_CAP_8BIT = 0x10,  /* byte access works */
	QUIRE_CAP_32BIT = 0x20, /* aligned 32-bit access works */
	QUIRE_CAP_MASK = 0x3f,
};

/* Flags of a request. */
enum quire_flag {
	QUIRE_SHARED = 0x01, /* an overlap is allowed: what cannot be lent gets an alias */
	QUIRE_WX = 0x02,     /* write and execute together is meant */
	QUIRE_TELL = 0x04,   /* of a mapping that could be lent, only tell where it is */
	QUIRE_FLAG_MASK = 0x07,
};

/* One physical memory: target t of a space is memories[t]; size 0 means there is none. */
struct quire_memory {
	const char *name;
	quire_pa base;   /* address of its first byte as the MMU's entries name it */
	quire_size size; /* bytes, a multiple of every page size it is mapped with */
	uint8_t caps;    /* what may be done with it at all */
	uint8_t mode;    /* cache mode it has of itself, QUIRE_CACHE_WB for RAM: the one in which
			    an MMU whose entries cannot say how to cache will map it */
};

/* At which end of the gap that is chosen a mapping is put. */
enum quire_place {
	QUIRE_PLACE_LOW,  /* at its start: mappings grow upwards */
	QUIRE_PLACE_HIGH, /* at its end: mappings grow down from the top of the window */
	/* At the end of the highest gap that is large enough, however well a lower one would fit: first
	   fit from the top down, so that a mapping that goes and comes again gets the address it had, if
	   nothing above has become free (Zephyr's rule).  The other two choose the smallest gap. */
	QUIRE_PLACE_FIRST_HIGH,
};

/*
 * One window.  `walk` is the address of its first byte as the tables number it (a table MMU:
 * entry number times page size), `base` is where the program sees it, and `exec_base` where it
 * fetches instructions from the same entries; equal to `base` where there is only one bus.
 */
struct quire_window {
	const char *name;
	quire_va base;
	quire_va exec_base;
	quire_va walk;
	quire_size size; /* bytes, a multiple of the page size */
	uint8_t caps;
	uint8_t targets; /* bit t: may show memory t */
	uint8_t walker;  /* which of the space's walkers translates it */
	uint8_t place;   /* enum quire_place */
};

#define QUIRE_TARGET_BIT(target) (1u << (target))

#endif
