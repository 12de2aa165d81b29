/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bank pool ought to do, by arrays and loops; and random calls, half of them wrong in some
 * way, to compare it with.
 */
#ifndef BANK_MODEL_H
#define BANK_MODEL_H

#include "yard.h"

#define MODEL_BANKS  100u
#define MODEL_PLACES 70u
#define NOT_SHOWN    (-1)

enum call_kind { TAKE, GIVE, RANGE_TAKE, RANGE_GIVE, SHOW, HIDE, CALLS };

/* One call with its arguments; and what came of it. */
struct call {
	enum call_kind kind;
	uint32_t count;
	quire_bank bank[MODEL_BANKS + 2]; /* given, shown; or taken */
	quire_bank place;                 /* of range_give, show, hide; or taken */
	unsigned attr;
	quire_va va;
	int result;
};

struct model {
	uint32_t banks, places;
	bool owned[MODEL_BANKS];
	int shown_at[MODEL_BANKS];
	uint32_t range[MODEL_PLACES]; /* number of the range a place is in; 0: none */
	int shows[MODEL_PLACES];
	unsigned attr[MODEL_PLACES];
	uint32_t ranges; /* handed out so far */
};

void model_init(struct model *model, uint32_t banks, uint32_t places);

/* A random call, more often right than wrong. */
void call_choose(const struct model *model, uint64_t *state, struct call *call);

/* Make it: on the pool, on the model. */
void call_pool(struct yard *yard, struct call *call);
void call_model(struct model *model, struct call *call);

/* Fail unless both had the same result and the same outputs. */
void call_compare(const struct call *pool, const struct call *model);

/* Fail unless pool, space and model agree about everything. */
void model_compare(struct yard *yard, const struct model *model);

#endif
