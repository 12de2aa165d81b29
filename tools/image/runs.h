/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the builders: runs, which are what an image will hold before it is decided in which
 * segments and where.
 */
#ifndef IMAGE_RUNS_H
#define IMAGE_RUNS_H

#include "image/build.h"

/* Contents for one stretch of addresses. */
struct image_run {
	uint32_t address; /* a multiple of 4, as the length */
	uint32_t length;
	uint8_t *bytes; /* malloc'd */
	bool mapped;    /* in a flash window */
	bool execute;
	bool described; /* mapped, and begins with the application's description */
};

struct image_runs {
	struct image_run *run; /* malloc'd */
	unsigned count;
	uint32_t entry;
};

void image_runs_free(struct image_runs *runs);

/* Whether contents of so many bytes can be in an image at all; ask before gathering them. */
bool image_runs_check_size(uint64_t bytes, struct image_report *report);

/*
 * Make the image, for a chip's page size.  Runs that are mapped get segments at the offsets that their addresses ask for;
 * the others fill the space between.  The result has been read back.
 */
bool image_assemble(const struct image_runs *runs, uint32_t page,
		    const struct image_build_options *options, struct image_buffer *out,
		    struct image_report *report);

#endif
