/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nanoseconds a question: the mapping at an address, virtual to physical, physical to virtual, and
 * whether physical pages are taken, asked about random mappings and about the same one again and
 * again.
 *
 * The conflict check has no call of its own; it is measured as a whole `map` that is refused
 * because its pages overlap a mapping, and one that is answered with the mapping that has them
 * already.
 */
#include "host.h"

#include <stdlib.h>

#define QUESTIONS 4096u
#define COUNT_MAX 16384u

enum kind { QUERY, TRANSLATE, REVERSE, OVERLAP, ENCLOSED, KINDS };

static const char *const measure[KINDS][2] = {
	{"query.random.ns", "query.repeated.ns"},
	{"translate.random.ns", "translate.repeated.ns"},
	{"reverse.random.ns", "reverse.repeated.ns"},
	{"overlap.random.ns", "overlap.repeated.ns"},
	{"enclosed.random.ns", "enclosed.repeated.ns"},
};

struct questions {
	const struct bench_contestant *who;
	void *self;
	const struct bench_live *live[QUESTIONS];
	quire_va va[QUESTIONS];
	quire_pa pa[QUESTIONS];
	unsigned wrong; /* answers that are not what the workload knows */
};

static bool has(const struct bench_contestant *who, enum kind kind)
{
	switch (kind) {
	case QUERY:
		return who->query != NULL;
	case TRANSLATE:
		return who->translate != NULL;
	case REVERSE:
		return who->reverse != NULL;
	case OVERLAP:
		return who->reverse != NULL;
	default: /* only quire shares */
		return who == &bench_quire;
	}
}

static void ask_query(struct questions *q)
{
	for (unsigned i = 0; i < QUESTIONS; i++)
		q->wrong += q->who->query(q->self, q->va[i]) < 0;
}

static void ask_translate(struct questions *q)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		quire_pa pa = 0;

		q->who->translate(q->self, q->va[i], &pa);
		q->wrong += pa != q->pa[i];
	}
}

static void ask_reverse(struct questions *q)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		quire_va va = 0;

		q->who->reverse(q->self, q->pa[i], &va);
		q->wrong += va != q->va[i];
	}
}

/* One page more than the mapping has: not inside it. */
static void ask_overlap(struct questions *q)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		quire_va va;

		q->wrong += q->who->map(q->self, q->live[i]->pa, q->live[i]->size + BENCH_PAGE,
					&va) >= 0;
	}
}

static void ask_enclosed(struct questions *q)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		quire_va va = 0;

		q->who->map(q->self, q->live[i]->pa, q->live[i]->size, &va);
		q->wrong += va != q->live[i]->va;
	}
}

/* Give back the references that ask_enclosed took. */
static void give_back(struct questions *q)
{
	for (unsigned i = 0; i < QUESTIONS; i++)
		q->who->unmap(q->self, q->live[i]->va, q->live[i]->size);
}

static double turn(struct questions *q, enum kind kind)
{
	static void (*const ask[KINDS])(struct questions *) = {
		ask_query, ask_translate, ask_reverse, ask_overlap, ask_enclosed};
	uint64_t ns = 0, asked = 0;

	while (ns < HOST_ROUND_NS) {
		uint64_t start = host_now();

		ask[kind](q);
		ns += host_now() - start;
		asked += QUESTIONS;
		if (kind == ENCLOSED)
			give_back(q);
	}
	return (double)ns / (double)asked;
}

/* Random pages of random mappings, or the first of them every time. */
static void choose(struct questions *q, struct bench_churn *churn, bool repeated)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		const struct bench_live *live;
		quire_size offset;

		do
			live = &churn->live[bench_random_below(&churn->random, churn->count)];
		while (live->size == 0);
		offset = bench_random_below(&churn->random,
					    (uint32_t)(live->size >> BENCH_PAGE_SHIFT)) *
			 BENCH_PAGE;
		q->live[i] = repeated && i > 0 ? q->live[0] : live;
		q->va[i] = repeated && i > 0 ? q->va[0] : live->va + offset;
		q->pa[i] = repeated && i > 0 ? q->pa[0] : live->pa + offset;
	}
}

/* All questions in turn, a round at a time, so that a bad moment of the machine meets all of them.
 */
static void ask_all(struct host_player *player, uint32_t n, unsigned rounds)
{
	static struct questions q[2]; /* random, repeated */
	static double ns[KINDS][2][HOST_ROUNDS];

	for (unsigned i = 0; i < 2; i++) {
		q[i] = (struct questions){.who = player->who, .self = player->self};
		choose(&q[i], &player->churn, i == 1);
	}
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			for (unsigned i = 0; i < 2 && has(player->who, kind); i++)
				ns[kind][i][round] = turn(&q[i], kind);
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (unsigned i = 0; i < 2 && has(player->who, kind); i++)
			host_row("lookup", measure[kind][i], player->who->name, n,
				 host_median(ns[kind][i], rounds));
	host_row("lookup", "wrong", player->who->name, n, q[0].wrong + q[1].wrong);
}

static int lookup_at(const struct bench_contestant *who, uint32_t n,
		     const struct host_options *options)
{
	static struct host_player player;
	unsigned rounds = host_rounds(options);

	if (!host_player_open(&player, who, n, true))
		return host_fail("opening", who->name, n);
	ask_all(&player, n, who->linear && n > 4096 ? HOST_ROUNDS_QUICK : rounds);
	host_player_close(&player);
	return 0;
}

/* What one more mapping costs in memory: entries aside, all that a space is made of. */
static void print_memory(uint32_t n)
{
	struct bench_arena more = {.pages = n, .memory_pages = n, .mappings = n};
	struct bench_arena less = more;

	less.mappings = 0;
	host_row("memory", "bytes", bench_quire.name, n,
		 (double)(bench_quire.need(&more) - bench_quire.need(&less)) / n);
}

int host_lookup(const struct host_options *options)
{
	static const struct bench_contestant *const who[] = {&bench_quire, &bench_list};
	int result = 0;

	print_memory(1000);
	for (const uint32_t *n = host_counts(options); *n != 0 && *n <= COUNT_MAX; n++)
		for (unsigned i = 0; i < 2 && result == 0; i++)
			result = lookup_at(who[i], *n, options);
	return result;
}
