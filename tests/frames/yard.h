/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of frames with a lock that can fail, and a picture of all that it is made of. */
#ifndef YARD_H
#define YARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frames/private.h"
#include "quire/error.h"
#include "quire/frames.h"

#define PAGE    ((quire_size)4096)
#define REFUSAL (-77) /* what the lock says when it fails */

struct yard {
	struct quire_frames frames;
	struct quire_frames_config config;
	void *memory;
	uint32_t locked; /* how deep: never more than 1 */
	uint32_t locks;  /* how often */
	bool refuse;     /* the lock fails */
};

struct yard_image {
	struct quire_frames frames;
	void *memory;
};

/* The configuration alone, with memory; and a pool of it. */
void yard_configure(struct yard *yard, const struct quire_frame_bank *banks, unsigned count,
		    quire_size page);
void yard_open(struct yard *yard, const struct quire_frame_bank *banks, unsigned count,
	       quire_size page);
void yard_close(struct yard *yard);

/* That it is sound, and that nobody holds the lock. */
void yard_check(struct yard *yard);

void yard_image_take(struct yard *yard, struct yard_image *image);
void yard_unchanged(const struct yard *yard, const struct yard_image *image);
void yard_image_put_back(struct yard *yard, const struct yard_image *image);
void yard_image_free(struct yard_image *image);

/* Below `limit`, which is not 0; and a number with all of its bits by chance. */
uint64_t yard_bits(uint64_t *state);
uint32_t yard_random(uint64_t *state, uint32_t limit);

#endif
