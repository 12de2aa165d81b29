/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workloads of virtual memory.
 *
 * Mappings all of one size leave holes that fit the next one, so a search ends at the hole that was
 * made, wherever it is: that is the kindest case, and `one` and `64` are that.  `mixed` is not: single
 * pages settle in holes, and who wants 64 must get past them.  `last` is a buffer that comes and goes
 * under all others.  Each is run as it is by default, zeroed, and `uninit`.
 *
 * 16 MiB of RAM go with 8 MiB of addresses, and 1 GiB with 1 GiB.
 */
#include "vm_workload.h"

#include <stdlib.h>

#define SEED 20260701u
#define MIB  256u /* pages */

static const uint32_t one_small[] = {1, 4, 16, 64, 170, 340, 680, 0};
static const uint32_t one_large[] = {1024, 4096, 16384, 65536, 0};
static const uint32_t long_small[] = {1, 4, 16, 31, 0};
static const uint32_t long_large[] = {1024, 3971, 0};
static const uint32_t mixed_small[] = {1, 4, 16, 64, 128, 0};
static const uint32_t mixed_large[] = {1024, 4096, 16384, 0};

#define BOTH(name, sizes, last, zero, count)                                                       \
	{name, sizes, last, zero, 8 * MIB, 16 * MIB, count##_small},                               \
	{                                                                                          \
		name, sizes, last, zero, 1024 * MIB, 1024 * MIB, count##_large                     \
	}

const struct vm_workload vm_workloads[] = {
	BOTH("one", VM_SIZES_ONE, false, true, one),
	BOTH("one-last", VM_SIZES_ONE, true, true, one),
	BOTH("64", VM_SIZES_64, false, true, long),
	BOTH("64-last", VM_SIZES_64, true, true, long),
	BOTH("mixed", VM_SIZES_MIXED, false, true, mixed),
	BOTH("one-uninit", VM_SIZES_ONE, false, false, one),
	BOTH("one-last-uninit", VM_SIZES_ONE, true, false, one),
	BOTH("64-uninit", VM_SIZES_64, false, false, long),
	BOTH("64-last-uninit", VM_SIZES_64, true, false, long),
	BOTH("mixed-uninit", VM_SIZES_MIXED, false, false, mixed),
	{NULL, VM_SIZES_ONE, false, false, 0, 0, NULL},
};

static uint32_t size_next(struct vm_player *p)
{
	if (p->workload->sizes == VM_SIZES_MIXED)
		return bench_size(&p->random, BENCH_SIZES_MIXED);
	return (uint32_t)p->workload->sizes;
}

void vm_player_plan(struct vm_player *p, uint32_t pairs)
{
	for (uint32_t i = 0; i < pairs; i++) {
		p->script[i].victim =
			p->workload->last ? p->count - 1 : bench_random_below(&p->random, p->count);
		p->script[i].pages = size_next(p);
	}
}

/* Twice as many pairs as there are mappings, so that the picture is steady; slow ones are spared. */
static bool warm_up(struct vm_player *p)
{
	uint32_t left = 2 * p->count < 40000 ? 2 * p->count : 40000;

	while (left > 0) {
		uint32_t pairs = left < VM_SCRIPT ? left : VM_SCRIPT;

		vm_player_plan(p, pairs);
		for (uint32_t i = 0; i < pairs; i++)
			if (!vm_player_pair(p, i))
				return false;
		left -= pairs;
	}
	return true;
}

static bool fill(struct vm_player *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		p->live[i].pages = size_next(p);
		p->live[i].va = p->who->map(p->self, p->live[i].pages);
		if (p->live[i].va == 0)
			return false;
	}
	return true;
}

bool vm_player_open(struct vm_player *p, const struct vm_contestant *who,
		    const struct vm_workload *workload, uint32_t count, uint8_t *ram)
{
	struct vm_arena arena = {.pages = workload->window,
				 .frames = workload->frames,
				 .mappings = count + 1,
				 .ram = workload->zero ? ram : NULL};

	p->who = who;
	p->workload = workload;
	p->count = count;
	p->refused = 0;
	bench_random_seed(&p->random, SEED + count);
	p->live = calloc(count, sizeof *p->live);
	p->self = who->open(&arena);
	if (p->live && p->self && fill(p) && warm_up(p))
		return true;
	vm_player_close(p);
	return false;
}

void vm_player_close(struct vm_player *p)
{
	if (p->self)
		p->who->close(p->self);
	free(p->live);
}
