/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configurations of the random comparison: what the space is, what is done to it, and how often
 * the expensive proofs are made.
 */
#ifndef CORE_PLANS_H
#define CORE_PLANS_H

#include "model/ops.h"

struct random_plan {
	struct rig_plan plan;
	struct op_mix mix;
	uint64_t seed;
	uint32_t check_every;   /* calls between the core's own checks */
	uint32_t compare_every; /* between comparisons of the map */
	uint32_t verify_every;  /* between comparisons of every page */
};

extern const struct random_plan random_plans[];
extern const size_t random_plan_count;

#endif
