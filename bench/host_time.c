/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nanoseconds a pair.
 *
 * All contestants are opened side by side on the same N and take turns, a millisecond at a time, so
 * that whatever else the machine is doing meets all of them; the median of the turns is printed.
 * Only the pairs are timed, not their planning.
 */
#include "host.h"

#define PLAYERS_MAX 5u

/* One turn: nanoseconds a pair. */
static double turn(struct host_player *p)
{
	uint64_t ns = 0, pairs = 0;
	uint32_t count = p->who->linear ? 4 : BENCH_SCRIPT;

	while (ns < HOST_ROUND_NS) {
		uint64_t start;

		bench_churn_plan(&p->churn, count);
		start = host_now();
		for (uint32_t i = 0; i < count; i++) {
			bench_churn_unmap(&p->churn, i, p->who, p->self);
			bench_churn_map(&p->churn, i, p->who, p->self);
		}
		ns += host_now() - start;
		pairs += count;
		if (ns < HOST_ROUND_NS / 8 && count < BENCH_SCRIPT)
			count *= 2;
	}
	return (double)ns / (double)pairs;
}

static void play(struct host_player *player, unsigned players, unsigned rounds, uint32_t n)
{
	double ns[PLAYERS_MAX][HOST_ROUNDS];

	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < players; i++)
			ns[i][round] = turn(&player[i]);
	for (unsigned i = 0; i < players; i++) {
		host_row("churn", "pair.ns", player[i].who->name, n, host_median(ns[i], rounds));
		host_row("churn", "refused", player[i].who->name, n, player[i].churn.refused);
	}
}

static int time_at(uint32_t n, const struct host_options *options)
{
	const struct bench_contestant *who[PLAYERS_MAX] = {
		&bench_quire, bench_quire_mutex(), &bench_list, &bench_bitmap, &bench_array};
	static struct host_player player[PLAYERS_MAX];
	unsigned open = 0;
	int result = 0;

	while (open < PLAYERS_MAX && host_player_open(&player[open], who[open], n, true))
		open++;
	if (open == PLAYERS_MAX)
		play(player, open, host_rounds(options), n);
	else
		result = host_fail("opening", who[open]->name, n);
	while (open > 0)
		host_player_close(&player[--open]);
	return result;
}

int host_time(const struct host_options *options)
{
	int result = 0;

	for (const uint32_t *n = host_counts(options); *n != 0 && result == 0; n++)
		result = time_at(*n, options);
	return result;
}
