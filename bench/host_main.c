/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench16 and bench32: `bench32 time|lookup|fragment|count [--quick]` prints rows.  Meant for
 * bench/run, which knows which of them to call and what to make of what they print.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"

uint64_t host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double host_median(double *value, unsigned count)
{
	qsort(value, count, sizeof *value, compare);
	return value[count / 2];
}

void host_row(const char *workload, const char *measure, const char *who, uint32_t n, double value)
{
	printf("host%u\t%s\t%s\t%s\t%u\t%.4g\n", (unsigned)QUIRE_WIDTH, workload, measure, who,
	       (unsigned)n, value);
	fflush(stdout);
}

int host_fail(const char *what, const char *who, uint32_t n)
{
	fprintf(stderr, "bench: %s: %s failed at %u mappings\n", who, what, (unsigned)n);
	return 1;
}

const uint32_t *host_counts(const struct host_options *options)
{
	static const uint32_t quick[] = {16, 64, 0};
#if QUIRE_WIDTH == 16
	static const uint32_t all[] = {16, 64, 256, 512, 1024, 2048, 0};
#else
	static const uint32_t all[] = {16, 64, 256, 1024, 4096, 16384, 65536, 0};
#endif

	return options->quick ? quick : all;
}

/* Churn in small helpings until the picture is steady. */
static void warm_up(struct host_player *player)
{
	uint64_t end = host_now() + 2000000000u;
	uint32_t left = 2 * player->churn.count;

	while (left > 0 && host_now() < end) {
		uint32_t pairs = left < 64 ? left : 64;

		bench_churn_run(&player->churn, pairs, player->who, player->self);
		left -= pairs;
	}
}

bool host_player_open(struct host_player *player, const struct bench_contestant *who,
		      uint32_t count, bool writes)
{
	struct bench_arena arena = bench_churn_arena(count, writes);

	player->who = who;
	player->memory[0] = malloc(who->need(&arena));
	player->memory[1] = malloc(bench_churn_need(count));
	player->self = NULL;
	if (player->memory[0] != NULL && player->memory[1] != NULL)
		player->self = who->open(&arena, player->memory[0]);
	if (player->self == NULL) {
		host_player_close(player);
		return false;
	}
	bench_churn_open(&player->churn, count, player->memory[1]);
	bench_churn_fill(&player->churn, who, player->self);
	warm_up(player);
	return true;
}

void host_player_close(struct host_player *player)
{
	free(player->memory[0]);
	free(player->memory[1]);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct host_options *options);
	} measurements[] = {{"time", host_time},
			    {"lookup", host_lookup},
			    {"fragment", host_fragment},
			    {"count", host_count}};
	struct host_options options = {.quick = argc == 3 && strcmp(argv[2], "--quick") == 0};

	for (unsigned i = 0; i < sizeof measurements / sizeof *measurements; i++)
		if (argc > 1 && argc == 2 + options.quick &&
		    strcmp(argv[1], measurements[i].name) == 0)
			return measurements[i].run(&options);
	fprintf(stderr, "usage: %s time|lookup|fragment|count [--quick]\n", argv[0]);
	return 2;
}
