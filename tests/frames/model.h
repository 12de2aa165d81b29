/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of frames as an array: what each frame is, and nothing else.  Every question is answered
 * by looking at all of them, one after the other.
 */
#ifndef MODEL_H
#define MODEL_H

#include "quire/error.h"
#include "quire/frames.h"

struct model_frame {
	uint64_t pa, va;
	unsigned bank, owner;
	unsigned flags; /* enum quire_frame_flag */
};

struct model {
	const struct quire_frame_bank *bank;
	unsigned banks;
	uint64_t page;
	uint32_t frames, promised;
	struct model_frame *frame;
};

void model_open(struct model *m, const struct quire_frame_bank *banks, unsigned count,
		uint64_t page);
void model_close(struct model *m);

/* As the calls of the same names; lists are arrays of numbers with room for all frames. */
int model_take(struct model *m, const struct quire_frame_want *want, uint32_t *list);
int model_take_promised(struct model *m, uint32_t *list);
int model_promise(struct model *m, uint32_t count);
int model_unpromise(struct model *m, uint32_t count);
int model_reserve(struct model *m, uint64_t pa, uint64_t size);
int model_hold(struct model *m, uint64_t pa, uint64_t size, uint64_t va, unsigned owner);
int model_list_of(struct model *m, uint64_t pa, uint64_t size, uint32_t *list, uint32_t *count);
int model_pin(struct model *m, uint64_t pa, uint64_t size, bool pinned);

/* Of a bank, or of all if there is no such one. */
struct quire_frames_stats model_stats(const struct model *m, unsigned bank);

#endif
