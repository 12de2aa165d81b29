/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions on the host, counted by callgrind.
 *
 * Counting is switched on around each single call and off again, and the sum is dumped under a name
 * that says what it is of: workload/measure/contestant/N/calls.  bench/run turns the dumps into
 * rows and takes off what an empty function costs.  Run by hand, outside valgrind, it counts
 * nothing.
 */
#include <stdio.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "host.h"

#define COUNT_PAIRS 2000u
#define COUNT_QUICK 50u
#define LINEAR_MAX  4096u /* beyond it, only those that are not linear */

enum op { OP_MAP, OP_UNMAP, OP_QUERY, OP_TRANSLATE, OP_REVERSE, OP_OVERLAP, OPS };

static const char *const op_name[OPS] = {"map",       "unmap",   "query",
					 "translate", "reverse", "overlap"};

static void dump(const char *workload, enum op op, const char *who, uint32_t n, uint32_t calls)
{
	static char name[100]; /* callgrind keeps the pointer */

	snprintf(name, sizeof name, "%s/%s/%s/%u/%u", workload, op_name[op], who, (unsigned)n,
		 (unsigned)calls);
	CALLGRIND_DUMP_STATS_AT(name);
}

static void count_pairs(struct host_player *p, enum op op, uint32_t pairs)
{
	uint32_t left = pairs;

	CALLGRIND_ZERO_STATS;
	while (left > 0) {
		uint32_t now = left < BENCH_SCRIPT ? left : BENCH_SCRIPT;

		bench_churn_plan(&p->churn, now);
		for (uint32_t i = 0; i < now; i++) {
			if (op == OP_UNMAP)
				CALLGRIND_TOGGLE_COLLECT;
			bench_churn_unmap(&p->churn, i, p->who, p->self);
			CALLGRIND_TOGGLE_COLLECT;
			bench_churn_map(&p->churn, i, p->who, p->self);
			if (op == OP_MAP)
				CALLGRIND_TOGGLE_COLLECT;
		}
		left -= now;
	}
	dump("churn", op, p->who->name, p->churn.count, pairs);
}

static int ask(struct host_player *p, enum op op, const struct bench_live *live)
{
	quire_va va;
	quire_pa pa;

	switch (op) {
	case OP_QUERY:
		return p->who->query(p->self, live->va);
	case OP_TRANSLATE:
		return p->who->translate(p->self, live->va, &pa);
	case OP_REVERSE:
		return p->who->reverse(p->self, live->pa, &va);
	default:
		return p->who->map(p->self, live->pa, live->size + BENCH_PAGE, &va);
	}
}

static void count_questions(struct host_player *p, enum op op, uint32_t calls)
{
	CALLGRIND_ZERO_STATS;
	for (uint32_t i = 0; i < calls; i++) {
		uint32_t k = bench_random_below(&p->churn.random, p->churn.count);

		CALLGRIND_TOGGLE_COLLECT;
		ask(p, op, &p->churn.live[k]);
		CALLGRIND_TOGGLE_COLLECT;
	}
	dump("lookup", op, p->who->name, p->churn.count, calls);
}

static int count_one(const struct bench_contestant *who, uint32_t n, uint32_t calls)
{
	static struct host_player player;

	if (!host_player_open(&player, who, n, false))
		return host_fail("opening", who->name, n);
	CALLGRIND_START_INSTRUMENTATION;
	count_pairs(&player, OP_MAP, calls);
	count_pairs(&player, OP_UNMAP, calls);
	for (unsigned op = OP_QUERY; op < OPS; op++)
		if (who->query != NULL)
			count_questions(&player, op, calls);
	CALLGRIND_STOP_INSTRUMENTATION;
	host_player_close(&player);
	return 0;
}

int host_count(const struct host_options *options)
{
	static const struct bench_contestant *const who[] = {&bench_quire, &bench_list,
							     &bench_bitmap, &bench_nothing};
	uint32_t calls = options->quick ? COUNT_QUICK : COUNT_PAIRS;
	int result = 0;

	for (const uint32_t *n = host_counts(options); *n != 0; n++)
		for (unsigned i = 0; i < 4 && result == 0; i++)
			if (!who[i]->linear || *n <= LINEAR_MAX)
				result = count_one(who[i], *n,
						   who[i]->linear ? calls / 10 + 1 : calls);
	return result;
}
