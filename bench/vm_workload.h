/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench of virtual memory: the workloads.  So many live mappings; again and again one of them is
 * unmapped and another one mapped.
 */
#ifndef BENCH_VM_WORKLOAD_H
#define BENCH_VM_WORKLOAD_H

#include "bench.h"
#include "vm.h"

enum vm_sizes {
	VM_SIZES_MIXED, /* nine single pages for each 64 */
	VM_SIZES_ONE = 1,
	VM_SIZES_64 = 64,
};

/* What is measured at one count of live mappings. */
struct vm_workload {
	const char *name;
	enum vm_sizes sizes;
	bool last;             /* the victim is the mapping made last; otherwise any, at random */
	bool zero;             /* everybody zeroes */
	uint32_t window;       /* pages */
	uint32_t frames;       /* pages of RAM */
	const uint32_t *count; /* of live mappings, ended by 0 */
};

extern const struct vm_workload vm_workloads[]; /* ended by one without a name */

struct vm_live {
	uint64_t va; /* 0: there was no room for it */
	uint32_t pages;
};

#define VM_SCRIPT 1024u /* pairs planned at a time */

/* One contestant at work.  Pairs are planned before they are run. */
struct vm_player {
	const struct vm_contestant *who;
	void *self;
	const struct vm_workload *workload;
	struct bench_random random;
	struct vm_live *live;
	uint32_t count;
	uint32_t refused;
	struct {
		uint32_t victim, pages;
	} script[VM_SCRIPT];
};

/* The RAM that everybody's frames are in is one.  False: no memory, or no room for the first mappings. */
bool vm_player_open(struct vm_player *p, const struct vm_contestant *who,
		    const struct vm_workload *workload, uint32_t count, uint8_t *ram);
void vm_player_close(struct vm_player *p);

void vm_player_plan(struct vm_player *p, uint32_t pairs);

/* One planned pair.  False if the unmap failed. */
static inline bool vm_player_pair(struct vm_player *p, uint32_t i)
{
	struct vm_live *live = &p->live[p->script[i].victim];

	if (live->va != 0 && !p->who->unmap(p->self, live->va, live->pages))
		return false;
	live->pages = p->script[i].pages;
	live->va = p->who->map(p->self, live->pages);
	p->refused += live->va == 0;
	return true;
}

#endif
