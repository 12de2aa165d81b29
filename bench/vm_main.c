/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_vm: pairs of map and unmap of RAM between guards, beside the bitmap of vm_bitmap.c.
 *
 *   time [--quick]   nanoseconds: contestants take turns of a millisecond, the median is printed, and
 *                    what an empty pair costs is taken off both
 *   count [--quick]  instructions, for callgrind
 *   check [N]        N operations (a million) on both and on an array: do they give the same addresses?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "vm_check.h"
#include "vm_workload.h"

#define ROUND_NS 1000000u
#define ROUNDS   31u
#define PLAYERS  4u
#define QUICK    64u /* mappings up to which --quick goes */

static const struct vm_contestant *const contestants[PLAYERS] = {&vm_nothing, &vm_bitmap, &vm_quire,
								 &vm_zephyr};

static int fail(const char *what, const char *who, uint32_t n)
{
	fprintf(stderr, "bench_vm: %s failed: %s, %u live\n", what, who, (unsigned)n);
	return 1;
}

/* -- the one that does nothing -- */

static void *nothing_open(const struct vm_arena *arena)
{
	static char self;

	(void)arena;
	return &self;
}

static void nothing_close(void *self)
{
	(void)self;
}

static uint64_t nothing_map(void *self, uint32_t pages)
{
	(void)self;
	return VM_BASE + pages;
}

static bool nothing_unmap(void *self, uint64_t va, uint32_t pages)
{
	(void)self, (void)va, (void)pages;
	return true;
}

static uint64_t nothing_free(void *self)
{
	(void)self;
	return 0;
}

static uint64_t nothing_shows(void *self, uint64_t va)
{
	(void)self;
	return va;
}

const struct vm_contestant vm_nothing = {"nothing",     nothing_open, nothing_close, nothing_map,
					 nothing_unmap, nothing_free, nothing_shows};

/* -- time -- */

/* The thread's own time: not that in which others had the processor. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One turn: nanoseconds a pair, less than 0 if one failed. */
static double turn(struct vm_player *p)
{
	uint64_t ns = 0, pairs = 0;
	uint32_t count = 16;

	while (ns < ROUND_NS) {
		uint64_t start;
		bool good = true;

		vm_player_plan(p, count);
		start = now();
		for (uint32_t i = 0; i < count; i++)
			good = vm_player_pair(p, i) && good;
		ns += now() - start;
		pairs += count;
		if (!good)
			return -1;
		if (ns < ROUND_NS / 8)
			count = VM_SCRIPT;
	}
	return (double)ns / (double)pairs;
}

/* The same for the question how much is free. */
static double turn_free(struct vm_player *p)
{
	uint64_t start = now(), ns = 0, calls = 0;

	while (ns < ROUND_NS) {
		for (uint32_t i = 0; i < VM_SCRIPT; i++)
			(void)p->who->free(p->self); /* by a pointer: it is called */
		ns = now() - start;
		calls += VM_SCRIPT;
	}
	return (double)ns / (double)calls;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(const char *workload, const char *measure, const char *who, uint32_t n,
		double value)
{
	printf("hostvm\t%s\t%s\t%s\t%u\t%.5g\n", workload, measure, who, (unsigned)n, value);
	fflush(stdout);
}

/* Everybody in turns, so that whatever else the machine is doing meets all. */
static int play(struct vm_player *player, const char *measure, double (*take)(struct vm_player *),
		unsigned rounds)
{
	double ns[PLAYERS][ROUNDS];

	for (unsigned i = 0; i < rounds; i++)
		for (unsigned k = 0; k < PLAYERS; k++) {
			ns[k][i] = take(&player[k]);
			if (ns[k][i] < 0)
				return fail("a pair", player[k].who->name, player[k].count);
		}
	for (unsigned k = 0; k < PLAYERS; k++) {
		qsort(ns[k], rounds, sizeof ns[k][0], by_size);
		if (k > 0)
			row(player[k].workload->name, measure, player[k].who->name, player[k].count,
			    ns[k][rounds / 2] - ns[0][rounds / 2]);
	}
	return 0;
}

static int time_at(struct vm_player *player, bool quick)
{
	unsigned rounds = quick ? 3 : ROUNDS;
	int result = play(player, "pair.ns", turn, rounds);

	for (unsigned k = 1; k < PLAYERS; k++)
		row(player[k].workload->name, "refused", player[k].who->name, player[k].count,
		    player[k].refused);
	if (result == 0)
		result = play(player, "free.ns", turn_free, rounds);
	return result;
}

/* -- instructions -- */

static int count_at(struct vm_player *player, bool quick)
{
	static char name[100]; /* callgrind keeps the pointer */
	uint32_t pairs = quick ? 100 : 1000;

	for (unsigned k = 0; k < PLAYERS; k++) {
		struct vm_player *p = &player[k];

		vm_player_plan(p, pairs);
		CALLGRIND_START_INSTRUMENTATION;
		CALLGRIND_ZERO_STATS;
		for (uint32_t i = 0; i < pairs; i++) {
			CALLGRIND_TOGGLE_COLLECT;
			vm_player_pair(p, i);
			CALLGRIND_TOGGLE_COLLECT;
		}
		snprintf(name, sizeof name, "%s/pair/%s/%u/%u", p->workload->name, p->who->name,
			 (unsigned)p->count, (unsigned)pairs);
		CALLGRIND_DUMP_STATS_AT(name);
		CALLGRIND_STOP_INSTRUMENTATION;
	}
	return 0;
}

/* -- all -- */

/* RAM for all that are going to be measured; touched, so that nobody meets a page for the first time. */
static uint8_t *ram_new(bool quick)
{
	uint32_t most = 1;
	uint8_t *ram;

	for (const struct vm_workload *w = vm_workloads; w->name; w++)
		if (w->zero && w->frames > most && (!quick || w->count[0] <= QUICK))
			most = w->frames;
	ram = malloc((size_t)most * VM_PAGE);
	if (ram)
		memset(ram, 1, (size_t)most * VM_PAGE);
	return ram;
}

static int measure(const struct vm_workload *w, uint32_t n, uint8_t *ram,
		   int (*at)(struct vm_player *, bool), bool quick)
{
	static struct vm_player player[PLAYERS];
	unsigned open = 0;
	int result = 0;

	while (open < PLAYERS && vm_player_open(&player[open], contestants[open], w, n, ram))
		open++;
	if (open == PLAYERS)
		result = at(player, quick);
	else
		result = fail("opening", contestants[open]->name, n);
	while (open > 0)
		vm_player_close(&player[--open]);
	return result;
}

/* Instructions are those of managing alone: of what is not zeroed. */
static int measure_all(int (*at)(struct vm_player *, bool), bool zeroed, bool quick)
{
	uint8_t *ram = zeroed ? ram_new(quick) : NULL;
	int result = ram || !zeroed ? 0 : fail("memory", "all", 0);

	for (const struct vm_workload *w = vm_workloads; w->name; w++)
		for (const uint32_t *n = w->count; *n != 0 && result == 0; n++)
			if ((zeroed || !w->zero) && (!quick || *n <= QUICK))
				result = measure(w, *n, ram, at, quick);
	free(ram);
	return result;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool quick = argc == 3 && strcmp(argv[2], "--quick") == 0;

	if (strcmp(what, "check") == 0 && argc <= 3)
		return vm_check(argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 0) : 1000000u);
	if (argc == 2 + quick && strcmp(what, "time") == 0)
		return measure_all(time_at, true, quick);
	if (argc == 2 + quick && strcmp(what, "count") == 0)
		return measure_all(count_at, false, quick);
	fprintf(stderr, "usage: %s time|count [--quick] | check [N]\n", argv[0]);
	return 2;
}
