/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map as plain data: what a space looked like at one moment, with names, classes and symbols,
 * ready to be drawn as text, as a picture, as JSON or as SVG.  The renderers know nothing of
 * spaces, and the tests can draw maps that no chip has.
 */
#ifndef QUIRE_TOOL_VIEW_H
#define QUIRE_TOOL_VIEW_H

#include "board.h"

/* What an extent is to the eye: each class has a hue, and a few shades of it. */
enum view_class {
	VIEW_GAP,
	VIEW_RESERVED,
	VIEW_CODE,  /* flash that executes */
	VIEW_DATA,  /* flash that is read */
	VIEW_PSRAM, /* PSRAM that is data */
	VIEW_XRAM,  /* PSRAM that executes */
	VIEW_OTHER,
	VIEW_CLASSES
};
#define VIEW_SHADES 4u

struct view_window {
	char name[BOARD_NAME];
	uint64_t base;
	uint64_t exec_base;
	uint64_t size;
	uint32_t page_size;
	uint32_t used;  /* pages */
	uint32_t first; /* of its rows in view.extent */
	uint32_t rows;
	uint8_t caps;
	uint8_t targets;
};

struct view_extent {
	char name[BOARD_NAME];
	uint64_t va;
	uint64_t exec_va;
	uint64_t size;
	uint64_t pa;
	enum quire_kind kind;
	enum view_class class;
	uint8_t shade;
	uint8_t window;
	uint8_t target;
	uint8_t attr;
	uint8_t caps;
	uint16_t refs;
	bool part;
	char symbol; /* one character, the same for the same name */
};

/* A physical memory, and the regions of it that have names. */
struct view_memory {
	char name[BOARD_NAME];
	uint64_t size;
};
struct view_region {
	char name[BOARD_NAME];
	uint8_t target;
	uint64_t pa;
	uint64_t size;
};

/* The largest free block for one kind of use. */
struct view_largest {
	uint8_t target;
	uint8_t attr;
	uint64_t size;
};

struct view {
	char chip[BOARD_NAME];  /* "esp32s3" */
	char title[BOARD_NAME]; /* "ESP32-S3" */
	char subject[200];      /* what was mapped: a file, in words */
	struct view_window window[QUIRE_WINDOWS_MAX];
	unsigned windows;
	struct view_extent *extent; /* windows in order, gaps included */
	uint32_t extents;
	struct view_memory memory[QUIRE_TARGETS_MAX];
	unsigned memories;
	struct view_region *region;
	unsigned regions;
	struct view_largest largest[16];
	unsigned largests;
	uint32_t entries_used;
	uint32_t entries;
};

/* Take a view of the board.  Status; view_free() it in either case. */
int view_take(struct view *v, struct board *b, struct sentence *why);

/* Name a region of a physical memory; false if memory ran out. */
bool view_add_region(struct view *v, unsigned target, uint64_t pa, uint64_t size, const char *name);
void view_free(struct view *v);

/* The extent's name, or what else to call it: "free", "reserved", "mapped". */
const char *view_name(const struct view_extent *e);

/* The colour of a class and shade as 0xRRGGBB, and as one of the 256 of a terminal. */
uint32_t view_rgb(enum view_class class, unsigned shade);
unsigned view_colour_256(enum view_class class, unsigned shade);

/* What a class is called in a legend. */
const char *view_class_name(enum view_class class);

/* The renderers. */
bool view_print_tables(const struct view *v, FILE *out, const struct ink *ink);
void view_print_picture(const struct view *v, FILE *out, const struct ink *ink);
bool view_print_svg(const struct view *v, FILE *out); /* false: out of memory */

#endif
