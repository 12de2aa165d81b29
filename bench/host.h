/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host's measuring programs share: opening a contestant on a workload, timing, medians,
 * rows.  bench16 and bench32 are the same program for the two widths.
 */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include "bench.h"

struct host_options {
	bool quick; /* a few small sizes and few repetitions: to see that everything runs */
};

/* One measurement of each kind; prints rows, returns 0 or prints why not and returns 1. */
int host_time(const struct host_options *options);
int host_lookup(const struct host_options *options);
int host_fragment(const struct host_options *options);
int host_count(const struct host_options *options);

/* A contestant at work on churn. */
struct host_player {
	const struct bench_contestant *who;
	void *self;
	void *memory[2];
	struct bench_churn churn;
};

/* Open `who` for `count` live mappings, fill, and churn until the picture is steady: two pairs a
   mapping, or two seconds.  False if it cannot be opened. */
bool host_player_open(struct host_player *player, const struct bench_contestant *who,
		      uint32_t count, bool writes);
void host_player_close(struct host_player *player);

/* The live mapping counts of this width, ended by 0. */
const uint32_t *host_counts(const struct host_options *options);

/* Nanoseconds that this thread has run: not those in which others had the processor. */
uint64_t host_now(void);

/* The median; sorts the values. */
double host_median(double *value, unsigned count);

/* where (host16, rv32-O2, ...), workload, measure, contestant, N, value. */
void host_row(const char *workload, const char *measure, const char *who, uint32_t n, double value);
int host_fail(const char *what, const char *who, uint32_t n);

#define HOST_ROUNDS       31u
#define HOST_ROUNDS_QUICK 3u
#define HOST_ROUND_NS     1000000u /* a round runs for at least a millisecond */

static inline unsigned host_rounds(const struct host_options *options)
{
	return options->quick ? HOST_ROUNDS_QUICK : HOST_ROUNDS;
}

#endif
