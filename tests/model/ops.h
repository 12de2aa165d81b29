/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs as data: one call with all its arguments, made on the space and on the model, the answers
 * compared.  A sequence of them can be replayed, shortened and printed.
 */
#ifndef MODEL_OPS_H
#define MODEL_OPS_H

#include <stdio.h>

#include "model/rig.h"

enum verb {
	OP_MAP,
	OP_MAP_AT,
	OP_RESERVE,
	OP_RESERVE_AT,
	OP_RELEASE,
	OP_PROTECT,
	OP_MOVE,
	OP_MOVE_AT,
	OP_RESIZE,
	OP_UNMAP,
	OP_UNMAP_PART,
	OP_SWITCH,
	OP_HIDE, /* switch to nothing */
	OP_TAG,
	OP_COMPACT,
	OP_QUERY,
	OP_TO_PHYSICAL,
	OP_ALIASES,
	OP_FIND_CAPS,
	OP_LARGEST,
	OP_SYNC,
	OP_VERBS
};

/* One call.  `want` holds whatever of size, align, pa, target, attr, caps, flags and tag the verb
 * takes, sync's `how` in flags; compact refuses to move mappings whose tag ends in the two bits of want.tag, unless that
 * is more than 3. */
struct op {
	enum verb verb;
	struct quire_want want;
	quire_va va;
	quire_va to;
};

/* Do it on both sides; NULL, or a sentence about how the answers differ.  If tables are scarce, a
 * call that finds none is not made on the model. */
const char *op_apply(struct rig *rig, const struct op *op);

/* Make the call on the space alone.  NULL if its outputs are untouched (which is right if it
 * failed), else a sentence; the result stands in rig->result. */
const char *op_alone(struct rig *rig, const struct op *op);

/* As a line of a script, with the model's page numbers. */
void op_print(FILE *out, const struct op *op);

/*
 * Replay a sequence that ends in a difference on fresh rigs, leave out what is not needed for one,
 * and print the rest.  Tries for at most `budget` applied operations.
 */
void ops_shrink_and_print(FILE *out, const struct rig_plan *plan, const struct op *ops,
			  uint32_t count, uint64_t budget);

/* What a random sequence is made of. */
struct op_mix {
	uint32_t live;       /* extents to have, about */
	uint32_t size;       /* pages of a mapping: mostly far fewer, at most this */
	uint32_t align;      /* log2 of the largest alignment, in pages */
	uint8_t fixed;       /* of 16: maps at a chosen address */
	uint8_t shared;      /* of 16: maps that say SHARED */
	uint8_t again;       /* of 16: maps of pages that may be mapped already */
	uint8_t partial;     /* of 16: of the changes of a mapping, those of a part */
	uint8_t wrong;       /* of 256: an argument spoilt */
	uint16_t compact_in; /* one of so many */
};

/* The next operation of a random sequence. */
void op_choose(struct rig *rig, const struct op_mix *mix, uint64_t *state, struct op *op);

#endif
