/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workloads: random numbers, sizes, churn and the checkerboard.
 *
 * Physical pages are handed out in slots as long as the largest request, half as many again as
 * there are live mappings; a new mapping takes a random free slot and starts anywhere in it that
 * leaves room.  So requests never overlap, and physical order has nothing to do with the virtual.
 */
#include "bench.h"

#define SLOT_PAGES 16u
#define SEED       20260701u

void bench_random_seed(struct bench_random *r, uint32_t seed)
{
	r->state = ((uint64_t)seed << 32 | 0x9e3779b9u) ^ 0x2545f4914f6cdd1dull;
	for (unsigned i = 0; i < 16; i++)
		bench_random_below(r, 2);
}

uint32_t bench_random_below(struct bench_random *r, uint32_t limit)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (uint32_t)((r->state >> 32) * limit >> 32);
}

/* 1 to 16 with weights 1/s, in units of 1/720720, which all of them divide. */
static uint32_t size_power(struct bench_random *r)
{
	const uint32_t unit = 720720u, sum = 2436559u;
	uint32_t left = bench_random_below(r, sum);
	uint32_t size = 1;

	while (left >= unit / size)
		left -= unit / size++;
	return size;
}

uint32_t bench_size(struct bench_random *r, enum bench_sizes sizes)
{
	if (sizes == BENCH_SIZES_MIXED)
		return bench_random_below(r, 10) == 0 ? 64 : 1;
	return size_power(r);
}

uint32_t bench_size_max(enum bench_sizes sizes)
{
	return sizes == BENCH_SIZES_MIXED ? 64 : 16;
}

uint32_t bench_entry_count(const struct bench_arena *arena)
{
	uint32_t count = 1;

	while (count < arena->pages)
		count *= 2;
	return count;
}

/* Twice the mean size of 4.73 pages, for each mapping. */
struct bench_arena bench_churn_arena(uint32_t count, bool writes)
{
	return (struct bench_arena){.pages = (uint32_t)((uint64_t)count * 947u / 100u),
				    .memory_pages = SLOT_PAGES * (count + count / 2),
				    .mappings = count + 1,
				    .writes = writes};
}

size_t bench_churn_need(uint32_t count)
{
	return count * sizeof(struct bench_live) + (count / 2) * sizeof(uint32_t);
}

/* A random order of the slots: the first `count` are taken, the rest are spare. */
static void shuffle(struct bench_churn *churn)
{
	for (uint32_t i = 0; i < churn->count; i++)
		churn->live[i] = (struct bench_live){.slot = i};
	for (uint32_t i = 0; i < churn->spares; i++)
		churn->spare[i] = churn->count + i;
	for (uint32_t i = 0; i < 2 * churn->count; i++) {
		struct bench_live *a =
			&churn->live[bench_random_below(&churn->random, churn->count)];
		uint32_t *b = &churn->spare[bench_random_below(&churn->random, churn->spares)];
		uint32_t slot = a->slot;

		a->slot = *b;
		*b = slot;
	}
}

void bench_churn_open(struct bench_churn *churn, uint32_t count, void *memory)
{
	bench_random_seed(&churn->random, SEED + count);
	churn->count = count;
	churn->spares = count / 2;
	churn->refused = 0;
	churn->live = memory;
	churn->spare = (uint32_t *)(churn->live + count);
	shuffle(churn);
}

/* A request in a slot: anywhere that leaves room. */
static void choose(struct bench_churn *churn, uint32_t slot, struct bench_pair *out)
{
	uint32_t pages = bench_size(&churn->random, BENCH_SIZES_POWER);
	uint32_t first = bench_random_below(&churn->random, SLOT_PAGES + 1 - pages);

	out->pa = ((quire_pa)slot * SLOT_PAGES + first) * BENCH_PAGE;
	out->size = pages * BENCH_PAGE;
}

void bench_churn_plan(struct bench_churn *churn, uint32_t pairs)
{
	for (uint32_t i = 0; i < pairs; i++) {
		struct bench_pair *pair = &churn->script[i];
		uint32_t victim = bench_random_below(&churn->random, churn->count);
		uint32_t *spare = &churn->spare[bench_random_below(&churn->random, churn->spares)];
		uint32_t slot = *spare;

		*spare = churn->live[victim].slot;
		churn->live[victim].slot = slot;
		pair->victim = victim;
		choose(churn, slot, pair);
	}
}

int bench_churn_unmap(struct bench_churn *churn, uint32_t i, const struct bench_contestant *who,
		      void *self)
{
	struct bench_live *live = &churn->live[churn->script[i].victim];

	return live->size == 0 ? 0 : who->unmap(self, live->va, live->size);
}

int bench_churn_map(struct bench_churn *churn, uint32_t i, const struct bench_contestant *who,
		    void *self)
{
	const struct bench_pair *pair = &churn->script[i];
	struct bench_live *live = &churn->live[pair->victim];
	int result = who->map(self, pair->pa, pair->size, &live->va);

	live->pa = pair->pa;
	live->size = result < 0 ? 0 : pair->size;
	churn->refused += result < 0;
	return result;
}

void bench_churn_run(struct bench_churn *churn, uint32_t pairs, const struct bench_contestant *who,
		     void *self)
{
	while (pairs > 0) {
		uint32_t count = pairs < BENCH_SCRIPT ? pairs : BENCH_SCRIPT;

		bench_churn_plan(churn, count);
		for (uint32_t i = 0; i < count; i++) {
			bench_churn_unmap(churn, i, who, self);
			bench_churn_map(churn, i, who, self);
		}
		pairs -= count;
	}
}

void bench_churn_fill(struct bench_churn *churn, const struct bench_contestant *who, void *self)
{
	for (uint32_t i = 0; i < churn->count; i++) {
		churn->script[0].victim = i;
		choose(churn, churn->live[i].slot, &churn->script[0]);
		bench_churn_map(churn, 0, who, self);
	}
}

struct bench_arena bench_board_arena(uint32_t count, bool writes)
{
	return (struct bench_arena){.pages = 2 * count,
				    .memory_pages = 2 * count,
				    .mappings = 2 * count,
				    .writes = writes};
}

int bench_board_fill(uint32_t count, const struct bench_contestant *who, void *self)
{
	int result = 0;

	for (uint32_t page = 0; page < 2 * count && result >= 0; page++)
		result = who->map_at(self, BENCH_WINDOW_BASE + page * BENCH_PAGE, page * BENCH_PAGE,
				     BENCH_PAGE);
	for (uint32_t k = 0; k < count && result >= 0; k++)
		result = who->unmap(self, bench_board_va(k) + BENCH_PAGE, BENCH_PAGE);
	return result;
}
