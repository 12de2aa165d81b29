/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool and its model side by side.  Each call is made in both, and results and outputs are
 * compared; what the caller gets is a list and, for the model, the numbers in it.
 */
#ifndef PAIR_H
#define PAIR_H

#include "model.h"
#include "yard.h"

struct pair {
	struct yard yard;
	struct model model;
	uint32_t *scratch; /* numbers, room for all frames */
};

/* Frames that were taken. */
struct hand {
	struct quire_frame_list list;
	uint32_t *frame; /* allocated: list.count numbers */
};

void pair_open(struct pair *p, const struct quire_frame_bank *banks, unsigned count,
	       quire_size page);
void pair_close(struct pair *p);

int pair_take(struct pair *p, const struct quire_frame_want *want, struct hand *out);
int pair_take_promised(struct pair *p, struct hand *out);
int pair_promise(struct pair *p, uint32_t count);
int pair_unpromise(struct pair *p, uint32_t count);
int pair_reserve(struct pair *p, quire_pa pa, quire_size size);
int pair_hold(struct pair *p, quire_pa pa, quire_size size, quire_va va, unsigned owner);
int pair_list_of(struct pair *p, quire_pa pa, quire_size size, struct hand *out);
int pair_pin(struct pair *p, quire_pa pa, quire_size size, bool pinned);
void pair_give(struct pair *p, struct hand *hand);

/* Map the frames of a hand, one page after the other; and make a list of them again. */
void pair_map(struct pair *p, struct hand *hand, quire_va va, unsigned owner, bool pinned);
void pair_unmap(struct pair *p, struct hand *hand);

/* Link the frames of a hand anew, in another order. */
void pair_shuffle(struct pair *p, struct hand *hand, uint64_t *state);

/* Counts; then every frame, and the proof. */
void pair_compare_counts(struct pair *p);
void pair_compare(struct pair *p);

#endif
