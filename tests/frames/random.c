/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls against the model, in pools of several shapes.  After each call results, outputs and
 * counts are compared; after some, every frame, and the pool proves itself.
 *
 * QUIRE_TEST_OPS sets the number of calls for each shape.
 */
#include <stdlib.h>

#include "pair.h"

#define HANDS 40u

#define DMA   QUIRE_FRAME_DMA
#define POWER QUIRE_FRAME_POWER_DOWN

static const struct shape {
	unsigned count;
	struct quire_frame_bank bank[QUIRE_FRAME_BANKS_MAX];
	quire_size page;
} shapes[] = {
	{1, {{"one frame", 0x80000000, PAGE, 2, 0, 0}}, PAGE},
	{1, {{"sixty-five", 0x80003000, 65 * PAGE, 2, DMA, 0}}, PAGE},
	{1, {{"a word", 0x80000000, 64 * PAGE, 2, 0, 0}}, PAGE},
	{1, {{"three words and more", 0x4003f000, 215 * PAGE, 2, DMA, 1}}, PAGE},
	{2,
	 {{"above", 0x50000000, 40 * PAGE, 2, DMA, 2},
	  {"below", 0x20000000, 50 * PAGE, 1, POWER, 0}},
	 PAGE},
	{4,
	 {{"a", 0x40000000, 70 * PAGE, 2, 0, 1},
	  {"beside a", 0x40046000, 33 * PAGE, 2, DMA, 1},
	  {"single", 0x90001000, PAGE, 3, DMA | POWER, 2},
	  {"first", 0x10005000, 128 * PAGE, 1, POWER, 0}},
	 PAGE},
	{2,
	 {{"large pages", 0, 100 * 4 * PAGE, 0, 0, 1},
	  {"to the end", 0xfff00000, 0x100000, 7, DMA, 1}},
	 4 * PAGE},
	{8,
	 {{"0", 0x10000000, 3 * PAGE, 0, 0, 0},
	  {"1", 0x10010000, 5 * PAGE, 1, DMA, 1},
	  {"2", 0x10020000, 7 * PAGE, 2, POWER, 2},
	  {"3", 0x10030000, 9 * PAGE, 3, 3, 2},
	  {"4", 0x10040000, 11 * PAGE, 4, 0, 1},
	  {"5", 0x10050000, 13 * PAGE, 5, DMA, 0},
	  {"6", 0x10060000, 16 * PAGE, 6, POWER, 2},
	  {"7", 0x10070000, PAGE, 7, 3, 0}},
	 PAGE},
};

enum {
	TAKE,
	RUN,
	GIVE,
	MAP,
	UNMAP,
	SHUFFLE,
	PROMISE,
	UNPROMISE,
	PROMISED,
	RESERVE,
	HOLD,
	LIST,
	PIN,
	KINDS
};

struct run {
	struct pair pair;
	uint64_t state;
	uint32_t hands;
	struct hand hand[HANDS];
	bool mapped[HANDS];
	bool growing; /* more is taken than given, or the other way round: until that is refused */
	uint32_t done[KINDS], refused[KINDS];
};

static uint32_t below(struct run *r, uint32_t limit)
{
	return yard_random(&r->state, limit);
}

/* Small numbers most of the time, and sometimes around what there is. */
static uint32_t some_count(struct run *r)
{
	static const uint8_t most[] = {1, 2, 3, 8, 20, 64, 130};

	if (below(r, 16) == 0)
		return below(r, r->pair.model.frames + 3);
	return below(r, most[below(r, sizeof(most))] + 1u);
}

static struct quire_frame_want some_want(struct run *r, bool run)
{
	static const quire_size align[] = {0,        1,         PAGE,      2 * PAGE,    4 * PAGE,
					   8 * PAGE, 16 * PAGE, 64 * PAGE, 0x80000000u, 3 * PAGE};

	return (struct quire_frame_want){
		.count = some_count(r),
		.align = align[below(r, 3) == 0 ? below(r, 10) : below(r, 3)],
		.needs =
			(uint8_t)(below(r, 3) == 0 ? below(r, 4) : 0) | (below(r, 64) == 0 ? 8 : 0),
		.run = run,
	};
}

/* A byte that is in a frame most of the time, and a size. */
static quire_pa some_pa(struct run *r, quire_size *size)
{
	const struct model *m = &r->pair.model;
	uint64_t pa = m->frame[below(r, m->frames)].pa;

	if (below(r, 64) == 0)
		pa = yard_bits(&r->state) >> 34 << 12;
	if (below(r, 16) == 0)
		pa += below(r, (uint32_t)m->page);
	*size = (quire_size)(m->page * below(r, below(r, 8) == 0 ? 70 : 4));
	if (below(r, 8) == 0)
		*size += below(r, (uint32_t)m->page);
	if (*size != 0 && (quire_pa)(pa + *size - 1) < (quire_pa)pa)
		*size = 1;
	return (quire_pa)pa;
}

static int keep(struct run *r, int result)
{
	if (result == 0)
		r->mapped[r->hands++] = false;
	return result;
}

/* One that is, or is not, mapped; HANDS if there is none. */
static uint32_t some_hand(struct run *r, bool mapped)
{
	uint32_t from = r->hands ? below(r, r->hands) : 0;

	for (uint32_t i = 0; i < r->hands; i++)
		if (r->mapped[(from + i) % r->hands] == mapped)
			return (from + i) % r->hands;
	return HANDS;
}

static void drop(struct run *r, uint32_t hand)
{
	r->hands--;
	r->hand[hand] = r->hand[r->hands];
	r->mapped[hand] = r->mapped[r->hands];
}

/* Whether frames of a mapped hand may have been made a list again (list_of of pinned ones): then
   the hand is not one any more. */
static bool still_mapped(const struct run *r, const struct hand *hand)
{
	for (uint32_t i = 0; i < hand->list.count; i++)
		if (!(r->pair.model.frame[hand->frame[i]].flags & QUIRE_FRAME_MAPPED))
			return false;
	return true;
}

static int with_hand(struct run *r, unsigned kind)
{
	uint32_t n = some_hand(r, kind == UNMAP);
	struct hand *hand = &r->hand[n];

	if (n == HANDS)
		return QUIRE_EUNMAPPED;
	if (kind == GIVE) {
		pair_give(&r->pair, hand);
		drop(r, n);
	} else if (kind == MAP) {
		pair_map(&r->pair, hand, 0x40000000u + below(r, 256) * r->pair.yard.config.page,
			 below(r, 16), below(r, 2));
		r->mapped[n] = true;
	} else if (kind == UNMAP) {
		assert_true(still_mapped(r, hand));
		pair_unmap(&r->pair, hand);
		r->mapped[n] = false;
	} else {
		pair_shuffle(&r->pair, hand, &r->state);
	}
	return 0;
}

/* Pins, and lists of what is reserved or held by no hand. */
static bool in_a_hand(const struct run *r, quire_pa pa, quire_size size)
{
	for (uint32_t i = 0; i < r->hands; i++)
		for (uint32_t j = 0; j < r->hand[i].list.count; j++) {
			uint64_t at = r->pair.model.frame[r->hand[i].frame[j]].pa;

			if (at + r->pair.model.page > pa && at < (uint64_t)pa + size)
				return true;
		}
	return false;
}

static int with_range(struct run *r, unsigned kind)
{
	struct pair *p = &r->pair;
	quire_size size;
	quire_pa pa = some_pa(r, &size);

	if (kind == RESERVE)
		return pair_reserve(p, pa, size);
	if (kind == HOLD)
		return pair_hold(p, pa, size, below(r, 500) * p->yard.config.page, below(r, 17));
	if (kind == PIN)
		return pair_pin(p, pa, size, below(r, 2));
	for (unsigned i = 0; i < 8 && in_a_hand(r, pa, size); i++)
		pa = some_pa(r, &size);
	if (in_a_hand(r, pa, size) || r->hands == HANDS)
		return QUIRE_ETAKEN;
	return keep(r, pair_list_of(p, pa, size, &r->hand[r->hands]));
}

static int one_call(struct run *r, unsigned kind)
{
	struct pair *p = &r->pair;
	struct hand *next = &r->hand[r->hands];
	struct quire_frame_want want;

	switch (kind) {
	case TAKE:
	case RUN:
		want = some_want(r, kind == RUN);
		return r->hands == HANDS ? QUIRE_ESPACE : keep(r, pair_take(p, &want, next));
	case PROMISED:
		return r->hands == HANDS ? QUIRE_ESPACE : keep(r, pair_take_promised(p, next));
	case PROMISE:
		return pair_promise(p, below(r, 4) == 0 ? some_count(r) : below(r, 4));
	case UNPROMISE:
		return pair_unpromise(p, below(r, 2) ? p->model.promised : below(r, 8));
	case GIVE:
	case MAP:
	case UNMAP:
	case SHUFFLE:
		return with_hand(r, kind);
	default:
		return with_range(r, kind);
	}
}

/* Weighted, so that the pool fills and empties in turn. */
static unsigned some_kind(struct run *r)
{
	if (below(r, 3) != 0)
		return below(r, KINDS);
	return r->growing ? (below(r, 2) ? TAKE : RUN) : (below(r, 4) ? GIVE : UNMAP);
}

static void run(struct run *r, const struct shape *shape, uint64_t seed, uint32_t calls)
{
	r->state = seed;
	r->hands = 0;
	pair_open(&r->pair, shape->bank, shape->count, shape->page);
	for (uint32_t i = 0; i < calls; i++) {
		unsigned kind = some_kind(r);

		if (one_call(r, kind) == 0) {
			r->done[kind]++;
		} else {
			r->refused[kind]++;
			if (below(r, 16) == 0)
				r->growing = kind == GIVE || kind == UNMAP;
		}
		pair_compare_counts(&r->pair);
		if (i % 32 == 0)
			pair_compare(&r->pair);
	}
	pair_compare(&r->pair);
	for (uint32_t i = 0; i < r->hands; i++)
		free(r->hand[i].frame);
	pair_close(&r->pair);
}

static void pool_and_model_agree(void **unused)
{
	static struct run all;
	const char *ops = getenv("QUIRE_TEST_OPS");
	uint32_t calls = ops != NULL ? (uint32_t)strtoul(ops, NULL, 10) : 125000;

	(void)unused;
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		run(&all, &shapes[i], i + 1, calls);
	for (unsigned kind = 0; kind < KINDS && calls >= 5000; kind++) {
		print_message("kind %2u: %u done, %u refused\n", kind, all.done[kind],
			      all.refused[kind]);
		assert_true(all.done[kind] > calls / 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(pool_and_model_agree)};

	return cmocka_run_group_tests_name("frames random", tests, NULL, NULL);
}
