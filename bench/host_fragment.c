/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragmentation: how full a window gets.
 *
 *   first failure   The level of used pages starts at half the window and rises slowly, by a page
 *                   every few requests; below the level a mapping is made, at or above it a random
 *                   one is removed.  How full is the window when a request is first refused?
 *   held at 90 %    The level stays at nine tenths.  What share of the requests is refused?
 *                   (A refused request is followed by the removal of a random mapping.)
 *   compaction      No level at all: requests until the free pages themselves run out.  A refused
 *                   request compacts the window and asks again.  How many are still refused
 * although there are pages enough?
 */
#include "host.h"

#include <stdlib.h>

#include "quire/space.h"

struct piece {
	quire_va va;
	quire_size size;
	uint32_t slot;
};

/* A window being filled, and what is in it. */
struct game {
	const struct bench_contestant *who;
	struct bench_arena arena;
	enum bench_sizes sizes;
	struct bench_random random;
	void *memory;
	void *self;
	uint32_t used; /* pages */
	uint32_t live;
	struct piece *piece;
	uint32_t *slot; /* slot[live] and on are free */
};

static bool game_open(struct game *g, const struct bench_contestant *who, uint32_t pages,
		      enum bench_sizes sizes)
{
	*g = (struct game){.who = who, .sizes = sizes};
	g->arena = (struct bench_arena){
		.pages = pages, .memory_pages = pages * bench_size_max(sizes), .mappings = pages};
	g->memory = malloc(who->need(&g->arena));
	g->piece = malloc(pages * sizeof *g->piece);
	g->slot = malloc(pages * sizeof *g->slot);
	return g->memory != NULL && g->piece != NULL && g->slot != NULL;
}

static void game_close(struct game *g)
{
	free(g->memory);
	free(g->piece);
	free(g->slot);
}

/* Begin with an empty window. */
static bool game_start(struct game *g, uint32_t seed)
{
	bench_random_seed(&g->random, seed);
	g->self = g->who->open(&g->arena, g->memory);
	g->used = 0;
	g->live = 0;
	for (uint32_t i = 0; i < g->arena.pages; i++)
		g->slot[i] = i;
	return g->self != NULL;
}

static int make(struct game *g, uint32_t pages)
{
	struct piece *p = &g->piece[g->live];
	int result;

	p->slot = g->slot[g->live];
	p->size = pages * BENCH_PAGE;
	result = g->who->map(g->self, (quire_pa)p->slot * bench_size_max(g->sizes) * BENCH_PAGE,
			     p->size, &p->va);
	if (result >= 0) {
		g->live++;
		g->used += pages;
	}
	return result;
}

static void drop(struct game *g)
{
	struct piece *p = &g->piece[bench_random_below(&g->random, g->live)];

	g->who->unmap(g->self, p->va, p->size);
	g->used -= (uint32_t)(p->size >> BENCH_PAGE_SHIFT);
	g->slot[--g->live] = p->slot;
	*p = g->piece[g->live];
}

/* How full the window is when the first request fails. */
static double first_failure(struct game *g, uint32_t steps_a_page)
{
	uint32_t level = g->arena.pages / 2;

	for (uint32_t step = 1;; step++) {
		if (step % steps_a_page == 0)
			level++;
		if (g->live > 0 && g->used >= level)
			drop(g);
		else if (make(g, bench_size(&g->random, g->sizes)) < 0)
			return (double)g->used / g->arena.pages;
	}
}

/* The share of requests refused in `steps` steps at nine tenths, after as many to get there. */
static double held(struct game *g, uint32_t steps)
{
	uint32_t level = g->arena.pages / 10 * 9, asked = 0, refused = 0;

	for (uint32_t step = 0; step < 2 * steps; step++) {
		if (step == steps)
			asked = refused = 0;
		if (g->used >= level) {
			drop(g);
			continue;
		}
		asked++;
		if (make(g, bench_size(&g->random, g->sizes)) < 0) {
			refused++;
			drop(g);
		}
	}
	return (double)refused / asked;
}

/* compact() tells of a move: keep up with it. */
static int moved(void *ctx, const struct quire_move *move)
{
	struct game *g = ctx;

	for (uint32_t i = 0; i < g->live; i++)
		if (g->piece[i].va == move->from) {
			g->piece[i].va = move->to;
			return 0;
		}
	return -1;
}

/* Requests refused although compaction had left pages enough; *compactions counts the calls. */
static double compacted(struct game *g, uint32_t steps, double *compactions)
{
	double refused = 0;

	while (steps-- > 0) {
		uint32_t pages = bench_size(&g->random, g->sizes);

		if (pages > g->arena.pages - g->used) {
			drop(g);
			continue;
		}
		if (make(g, pages) >= 0)
			continue;
		++*compactions;
		quire_space_compact(bench_quire_space(g->self), BENCH_WINDOW_BASE, moved, g, NULL);
		refused += make(g, pages) < 0;
	}
	return refused;
}

struct task {
	const char *workload;
	enum bench_sizes sizes;
	uint32_t pages;
	uint32_t seeds;
	uint32_t steps_a_page; /* first failure */
	uint32_t held;         /* steps */
	uint32_t compacted;    /* steps; 0: only measured in small windows */
};

static int run_task(const struct task *task, const struct bench_contestant *who)
{
	struct game g;
	double sum[4] = {0};
	int result = game_open(&g, who, task->pages, task->sizes) ? 0 : 1;

	for (uint32_t seed = 0; seed < task->seeds && result == 0; seed++) {
		if (!game_start(&g, seed))
			result = 1;
		else
			sum[0] += first_failure(&g, task->steps_a_page);
		if (result == 0 && game_start(&g, seed))
			sum[1] += held(&g, task->held);
		if (result == 0 && who == &bench_quire && task->compacted > 0 &&
		    game_start(&g, seed))
			sum[2] += compacted(&g, task->compacted, &sum[3]);
	}
	game_close(&g);
	if (result != 0)
		return host_fail(task->workload, who->name, task->pages);
	host_row(task->workload, "first-failure", who->name, task->pages, sum[0] / task->seeds);
	host_row(task->workload, "held-refused", who->name, task->pages, sum[1] / task->seeds);
	if (who != &bench_quire || task->compacted == 0)
		return 0;
	host_row(task->workload, "compact-refused", who->name, task->pages, sum[2]);
	host_row(task->workload, "compactions", who->name, task->pages, sum[3]);
	return 0;
}

int host_fragment(const struct host_options *options)
{
	static const struct task tasks[] = {
		{"sizes-1-16", BENCH_SIZES_POWER, 512, 200, 8, 10000, 1000},
		{"sizes-1-64", BENCH_SIZES_MIXED, 512, 200, 8, 10000, 1000},
#if QUIRE_WIDTH == 32
		{"sizes-1-16", BENCH_SIZES_POWER, 65536, 10, 2, 50000, 0},
		{"sizes-1-64", BENCH_SIZES_MIXED, 65536, 10, 2, 50000, 0},
#endif
	};
	static const struct bench_contestant *const who[] = {&bench_quire, &bench_bitmap};
	int result = 0;

	for (unsigned i = 0; i < sizeof tasks / sizeof *tasks; i++) {
		struct task task = tasks[i];

		if (options->quick) {
			task.seeds = 1;
			task.held /= 20;
		}
		for (unsigned k = 0; k < 2 && result == 0; k++)
			result = run_task(&task, who[k]);
	}
	return result;
}
