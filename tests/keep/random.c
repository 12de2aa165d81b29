/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls on keep-lists of several kinds, each answer compared with that of a model in which
 * nothing is ever kept.
 *
 * Results, holders, tags and errors must be the model's.  A new address need not be the one that the
 * model would choose (a kept mapping stands where it stood), but it must be one that the model could
 * have given.  After each call everything that is in use is where the model has it, the hardware
 * shows it there, byte for byte as far as pages can tell, and what the space holds besides is kept
 * and no more than may be.  A call that says it was a hit has not touched the hardware or searched
 * the book.  One call in eight meets a port or a lock that fails; then nothing may have changed.
 *
 * QUIRE_TEST_OPS sets the number of calls for each kind: 40,000, a tenth in builds with a sanitizer
 * or without optimisation.  QUIRE_TEST_SEED sets another seed than the fixed one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/rig.h"
#include "quire/keep.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define OPS 4000u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OPS 4000u
#endif
#endif
#ifndef OPS
#define OPS 40000u
#endif

#define REFUSED    (-1000) /* by the port */
#define NO_SPACE   (-1001) /* by the space's lock */
#define NO_KEEP    (-1002) /* by the list's */
#define POPULAR    14u     /* requests that come again and again */
#define KIB(n)     ((quire_size)(n) << 10)
#define MIB(n)     ((quire_size)(n) << 20)
#define FLASH      QUIRE_TARGET_BIT(0)
#define PSRAM      QUIRE_TARGET_BIT(1)
#define ALL        QUIRE_CAP_MASK
#define ONLY_READ  (QUIRE_CAP_READ | QUIRE_CAP_8BIT | QUIRE_CAP_32BIT)
#define READ_WRITE (QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_32BIT)
#define ONLY_EXEC  (QUIRE_CAP_EXEC | QUIRE_CAP_32BIT)

struct kind {
	struct rig_plan plan;
	uint32_t slots;
	uint32_t live; /* mappings to have in use, about */
	bool scarce;   /* tables may run out, of which the model knows nothing */
};

#define WINDOW(base_, exec_, walk_, size_, caps_, targets_)                                        \
	{                                                                                          \
		.name = "window", .base = base_, .exec_base = exec_, .walk = walk_, .size = size_, \
		.caps = caps_, .targets = targets_                                                 \
	}
#define ALIKE                                                                                      \
	{                                                                                          \
		WINDOW(0x3c000000, 0x42000000, 0, MIB(2), ALL, FLASH | PSRAM)                      \
	}
#define TWO_MEMORIES                                                                               \
	{                                                                                          \
		{.name = "flash", .size = MIB(4), .caps = ALL},                                    \
		{                                                                                  \
			.name = "psram", .base = 0x100000, .size = MIB(4), .caps = ALL             \
		}                                                                                  \
	}

static const struct kind kinds[] = {
	{.plan = {.name = "one window on two buses",
		  .mmu = {RIG_CACHED(16, 5)},
		  .window = ALIKE,
		  .memory = TWO_MEMORIES,
		  .mappings = 40},
	 .slots = 8,
	 .live = 6},
	{.plan = {.name = "few descriptors",
		  .mmu = {RIG_TABLE(16, 5)},
		  .window = ALIKE,
		  .memory = TWO_MEMORIES,
		  .mappings = 7},
	 .slots = 16,
	 .live = 4},
	{.plan = {.name = "full of mappings that stay",
		  .mmu = {RIG_TABLE(16, 6)},
		  .window = {WINDOW(0x3c000000, 0x42000000, 0, MIB(4), ALL, FLASH | PSRAM)},
		  .memory = TWO_MEMORIES,
		  .mappings = 40},
	 .slots = 3,
	 .live = 16},
	{.plan = {.name = "windows that differ",
		  .mmu = {RIG_TABLE(16, 6)},
		  .window = {WINDOW(0x3f000000, 0x3f000000, 0, MIB(1), ONLY_READ, FLASH | PSRAM),
			     WINDOW(0x40080000, 0x40080000, MIB(1), KIB(512), ONLY_EXEC,
				    FLASH | PSRAM),
			     WINDOW(0x3f800000, 0x3f800000, MIB(2), MIB(1), READ_WRITE,
				    FLASH | PSRAM),
			     WINDOW(0x50000000, 0x58000000, MIB(3), KIB(512), ALL, PSRAM)},
		  .memory = TWO_MEMORIES,
		  .mappings = 64},
	 .slots = 12,
	 .live = 8},
	{.plan = {.name = "page tables",
		  .mmu = {RIG_TREE(0)},
		  .window = {WINDOW(0x40000000, 0x80000000, 0x10000000, KIB(128), ALL,
				    FLASH | PSRAM)},
		  .memory = TWO_MEMORIES,
		  .mappings = 40,
		  .tables = 8},
	 .slots = 8,
	 .live = 6},
	{.plan = {.name = "page tables that run out",
		  .mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP)},
		  .window = {WINDOW(0x40000000, 0x40000000, 0x10000000, MIB(16), ALL,
				    FLASH | PSRAM)},
		  .memory = TWO_MEMORIES,
		  .mappings = 60,
		  .tables = 4},
	 .slots = 8,
	 .live = 6,
	 .scarce = true},
	{.plan = {.name = "one slot",
		  .mmu = {RIG_TABLE(16, 5)},
		  .window = ALIKE,
		  .memory = TWO_MEMORIES,
		  .mappings = 40},
	 .slots = 1,
	 .live = 3},
	{.plan = {.name = "no slot",
		  .mmu = {RIG_TABLE(16, 5)},
		  .window = ALIKE,
		  .memory = TWO_MEMORIES,
		  .mappings = 40},
	 .slots = 0,
	 .live = 6},
};

static struct world {
	const struct kind *kind;
	struct rig rig;
	struct quire_keep keep;
	void *memory;
	struct quire_want popular[POPULAR];
	uint64_t random;
	bool keep_fails;
	uint32_t live; /* mappings in use */
	uint32_t hits; /* that were proved */
} w;

static uint32_t below(uint32_t n)
{
	return rig_below(&w.random, n);
}

static bool chance(uint32_t one_in)
{
	return below(one_in) == 0;
}

static int keep_lock(void *ctx)
{
	(void)ctx;
	return w.keep_fails ? NO_KEEP : 0;
}

/* -- choosing -- */

static quire_size page_size(void)
{
	return (quire_size)1 << w.rig.model.window[0].shift;
}

/* An address, mostly the first of a page, seldom foreign. */
static quire_va choose_address(void)
{
	const struct model_window *window = &w.rig.model.window[below(w.rig.model.window_count)];
	uint32_t pages = window->pages < 64 ? window->pages : 64;
	quire_va va = ((quire_va)below(pages) << window->shift) +
		      (chance(3) ? window->is.exec_base : window->is.base);

	if (chance(20))
		va += 1 + below(200);
	return chance(40) ? 0x1000 : va;
}

/* Of one to four pages, from this one on or the next. */
static struct quire_want random_want(uint32_t page)
{
	static const uint8_t attrs[] = {QUIRE_READ,
					QUIRE_READ,
					QUIRE_READ,
					QUIRE_EXEC,
					QUIRE_READ | QUIRE_WRITE,
					QUIRE_READ | QUIRE_EXEC,
					QUIRE_WRITE,
					0};
	unsigned target = below(2);
	struct quire_want want = {.target = (uint8_t)target,
				  .attr = attrs[below(sizeof(attrs))],
				  .tag = (uint16_t)below(2)};

	want.pa = w.rig.model.memory[target].base + (page + below(2)) * page_size();
	want.size = below(4) * page_size() + 1 + below((uint32_t)page_size());
	if (chance(6))
		want.align = page_size() << below(3);
	if (chance(8))
		want.caps = chance(2) ? QUIRE_CAP_32BIT : QUIRE_CAP_8BIT;
	if (chance(8))
		want.attr |= QUIRE_UNCACHED;
	return want;
}

/* What some kept mapping shows; false if none was met. */
static bool kept_want(struct quire_want *want)
{
	struct quire_extent_info row;

	for (unsigned i = 0; i < 12; i++) {
		if (quire_space_query(&w.rig.space, choose_address(), &row) ||
		    !quire_keep_has(&w.keep, row.va))
			continue;
		*want = (struct quire_want){.pa = row.pa,
					    .size = row.size,
					    .target = row.target,
					    .attr = row.attr,
					    .tag = row.tag};
		return true;
	}
	return false;
}

/* Often one that has been made before; now and then one with a flag, or one that is wrong. */
static struct quire_want choose_want(void)
{
	struct quire_want want = chance(8) ? random_want(below(40)) : w.popular[below(POPULAR)];

	if (chance(3) && kept_want(&want))
		return want;
	if (chance(5))
		want.flags = (uint8_t)below(8);
	switch (below(200)) {
	case 0:
		want.size = 0;
		break;
	case 1:
		want.size = ~(quire_size)0;
		break;
	case 2:
		want.pa += 1 + below(100);
		break;
	case 3:
		want.target = (uint8_t)(2 + below(250));
		break;
	case 4:
		want.align = 3;
		break;
	case 5:
		want.attr |= 0x40;
		break;
	case 6:
		want.flags |= 0x10;
		break;
	case 7:
		want.attr |= QUIRE_WRITE | QUIRE_EXEC;
		break;
	case 8:
		want.size = MIB(1);
		break;
	case 9:
		want.pa += MIB(8);
		break;
	default:
		break;
	}
	return want;
}

/* The first address of something in use, or kept, on either side; any address if there is none. */
static quire_va choose_known(void)
{
	struct quire_extent_info row;
	quire_va va = choose_address();

	for (unsigned i = 0; i < 8; i++) {
		if (quire_space_query(&w.rig.space, choose_address(), &row) == 0 &&
		    row.kind != QUIRE_GAP)
			return chance(3) ? row.exec_va : row.va;
	}
	return va;
}

/* -- one call -- */

/* Let something fail at the n-th step of the next call. */
static void spoil(void)
{
	for (unsigned n = 0; n < w.rig.config.walker_count; n++) {
		w.rig.hw[n].prepare_in = chance(16) ? 1 + below(3) : 0;
		w.rig.hw[n].refusal = REFUSED;
	}
	w.rig.lock_in = chance(16) ? 1 + below(5) : 0;
	w.rig.lock_error = NO_SPACE;
	w.keep_fails = chance(100);
}

static void mend(void)
{
	for (unsigned n = 0; n < w.rig.config.walker_count; n++)
		w.rig.hw[n].prepare_in = 0;
	w.rig.lock_in = 0;
	w.keep_fails = false;
}

/* Whether the answer came from what was made to fail: the model would not know. */
static bool was_spoilt(int result)
{
	return result == REFUSED || result == NO_SPACE || result == NO_KEEP;
}

/* The model has made a mapping; give it the address that the list gave, if it could have had that. */
static void place_as(const struct quire_want *want, const struct quire_got *modelled,
		     const struct quire_got *got)
{
	const quire_va side = want->attr & QUIRE_EXEC ? got->va : 0;
	struct quire_want there = *want;
	struct quire_extent_info row;
	struct quire_got at;

	assert_int_equal(got->va, got->mapping);
	assert_int_equal(model_unmap(&w.rig.model, modelled->mapping), 0);
	there.align = 0;
	there.flags = (uint8_t)((want->flags | QUIRE_SHARED) & ~QUIRE_TELL);
	assert_int_equal(model_map_at(&w.rig.model, got->va, &there, &at), 0);
	assert_int_equal(at.va, got->va);
	assert_int_equal(model_query(&w.rig.model, got->va, &row), 0);
	if (want->align != 0)
		assert_int_equal(row.va & (want->align - 1), 0);
	assert_true(side == 0 || side == row.exec_va);
}

static const struct quire_got poison = {.va = 0x5a5a5a, .mapping = 0xa5a5a5};

/* Compare an answer; tables that ran out are believed if nothing is kept any more. */
static bool answer_is_final(int result)
{
	struct quire_keep_stats stats;

	if (result != QUIRE_ETABLES || !w.kind->scarce)
		return was_spoilt(result);
	assert_int_equal(quire_keep_stats(&w.keep, &stats), 0);
	assert_int_equal(stats.kept, 0);
	return true;
}

static void check_map(int result, const struct quire_want *want, const quire_va *va,
		      const struct quire_got *got)
{
	struct quire_got modelled = poison;
	int expected;

	if (result < 0)
		assert_memory_equal(got, &poison, sizeof(poison));
	if (answer_is_final(result))
		return;
	expected = va ? model_map_at(&w.rig.model, *va, want, &modelled)
		      : model_map(&w.rig.model, want, &modelled);
	assert_int_equal(result, expected);
	if (result == QUIRE_OK && !va)
		place_as(want, &modelled, got);
	else
		assert_memory_equal(got, &modelled, sizeof(modelled));
}

/* What the hardware and the book have had to do so far. */
static uint64_t work_done(void)
{
	uint64_t work = w.rig.space.searches;

	for (unsigned n = 0; n < w.rig.config.walker_count; n++)
		work += (uint64_t)w.rig.hw[n].writes + w.rig.hw[n].flushes + w.rig.hw[n].prepares;
	return work;
}

static void do_map(void)
{
	struct quire_want want = choose_want();
	struct quire_got got = poison;
	uint32_t hits = w.keep.hits;
	uint64_t work = work_done();
	int result;

	spoil();
	result = quire_keep_map(&w.keep, &want, &got);
	mend();
	if (w.keep.hits != hits) {
		assert_int_equal(result, 0);
		assert_true(work == work_done());
		w.hits++;
	}
	check_map(result, &want, NULL, &got);
}

static void do_map_at(void)
{
	struct quire_want want = choose_want();
	quire_va va = chance(2) ? choose_known() : choose_address();
	struct quire_alias_cursor cursor = {0};
	struct quire_got got = poison;
	int result;

	/* The same where it was, if that is kept. */
	if (chance(2) && kept_want(&want) &&
	    quire_space_to_virtual(&w.rig.space, want.target, want.pa, &cursor, &va))
		fail();
	spoil();
	result = quire_keep_map_at(&w.keep, va, &want, &got);
	mend();
	check_map(result, &want, &va, &got);
}

static void do_unmap(void)
{
	quire_va va = chance(5) ? choose_address() : choose_known();
	int result;

	spoil();
	result = quire_keep_unmap(&w.keep, va);
	mend();
	if (!was_spoilt(result))
		assert_int_equal(result, model_unmap(&w.rig.model, va));
}

/* Only what is nobody else's, and has this tag. */
static void do_unmap_sole(void)
{
	quire_va va = chance(5) ? choose_address() : choose_known();
	uint16_t tag = (uint16_t)below(3);
	struct quire_extent_info row;
	bool others;
	int result;

	others = model_query(&w.rig.model, va, &row) == 0 && row.kind == QUIRE_MAPPED &&
		 (va == row.va || va == row.exec_va) && (row.refs != 1 || (tag & ~row.tag));
	spoil();
	result = quire_keep_unmap_sole(&w.keep, va, tag);
	mend();
	if (!was_spoilt(result))
		assert_int_equal(result,
				 others ? QUIRE_EREFERENCED : model_unmap(&w.rig.model, va));
}

static void do_tag(void)
{
	quire_va va = chance(5) ? choose_address() : choose_known();
	uint16_t tag = (uint16_t)below(3);
	int result;

	spoil();
	result = quire_keep_tag(&w.keep, va, tag);
	mend();
	if (!was_spoilt(result))
		assert_int_equal(result, model_tag(&w.rig.model, va, tag));
}

static void do_reserve(void)
{
	struct quire_want want = choose_want();
	quire_va va = 0x77, modelled = 0x77;
	int result, expected;

	want.pa = 0;
	spoil();
	result = quire_keep_reserve(&w.keep, &want, &va);
	mend();
	if (result < 0)
		assert_int_equal(va, 0x77);
	if (was_spoilt(result))
		return;
	expected = model_reserve(&w.rig.model, &want, &modelled);
	assert_int_equal(result, expected);
	if (result < 0)
		return;
	assert_int_equal(model_release(&w.rig.model, modelled), 0);
	assert_int_equal(model_reserve_at(&w.rig.model, va, want.size, want.tag), 0);
}

static void do_reserve_at(void)
{
	quire_va va = chance(2) ? choose_known() : choose_address();
	quire_size size = below(4) * page_size() + below(3);
	int result;

	spoil();
	result = quire_keep_reserve_at(&w.keep, va, size, 9);
	mend();
	if (!was_spoilt(result))
		assert_int_equal(result, model_reserve_at(&w.rig.model, va, size, 9));
}

/* Reservations are given back through the space itself; so what is kept stays out of this. */
static void do_release(void)
{
	quire_va va = choose_known();
	struct quire_extent_info row;

	if (model_query(&w.rig.model, va, &row) == 0 && row.kind == QUIRE_RESERVED)
		assert_int_equal(quire_space_release(&w.rig.space, va),
				 model_release(&w.rig.model, va));
}

static void do_drop(void)
{
	const struct model_window *window = &w.rig.model.window[0];
	unsigned target = below(2);
	quire_pa pa = w.rig.model.memory[target].base + (below(45) << window->shift);
	uint32_t before = w.keep.kept, dropped = 0;
	bool all = chance(3);
	int result;

	spoil();
	result = all ? quire_keep_drop_all(&w.keep, &dropped)
		     : quire_keep_drop(&w.keep, target, pa, 2 * page_size(), &dropped);
	mend();
	if (result != NO_KEEP)
		assert_int_equal(w.keep.kept, before - dropped);
	if (result == 0 && all)
		assert_int_equal(w.keep.kept, 0);
}

/* A gap may come in pieces where something is kept. */
static void do_query(void)
{
	quire_va va = chance(2) ? choose_known() : choose_address();
	struct quire_extent_info row, modelled;
	int result = quire_keep_query(&w.keep, va, &row);

	assert_int_equal(result, model_query(&w.rig.model, va, &modelled));
	if (result < 0)
		return;
	assert_int_equal(row.kind, modelled.kind);
	if (row.kind == QUIRE_GAP) {
		assert_true(row.va >= modelled.va);
		assert_true(row.va + row.size <= modelled.va + modelled.size);
		modelled.size = row.size;
		modelled.exec_va += row.va - modelled.va;
		modelled.va = row.va;
	}
	assert_null(rig_row_difference(&row, &modelled));
}

/* What the model has free, and nothing is dropped for it. */
static void do_largest_free(void)
{
	struct quire_want want = choose_want();
	struct quire_keep_stats before, after;
	quire_size size = 0x77, modelled = 0x77;
	int result;

	assert_int_equal(quire_keep_stats(&w.keep, &before), 0);
	spoil();
	result = quire_keep_largest_free(&w.keep, want.target, want.attr, want.caps, &size);
	mend();
	assert_int_equal(quire_keep_stats(&w.keep, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	if (result < 0)
		assert_true(size == 0x77);
	if (was_spoilt(result))
		return;
	assert_int_equal(result, model_largest_free(&w.rig.model, want.target, want.attr, want.caps,
						    &modelled));
	assert_true(size == modelled);
}

static void do_something(void)
{
	uint32_t n = below(100);

	if (n < 3)
		do_drop();
	else if (n < 6)
		do_tag();
	else if (n < 8)
		do_reserve();
	else if (n < 10)
		do_reserve_at();
	else if (n < 14)
		do_release();
	else if (n < 22)
		do_query();
	else if (n < 25)
		do_largest_free();
	else if (n < 30)
		do_map_at();
	else if (below(2 * w.kind->live) < w.live)
		chance(3) ? do_unmap_sole() : do_unmap();
	else
		do_map();
}

/* -- comparing all of it -- */

/* One row of the space: the model has it too, or it is kept. */
static bool row_is_kept(const struct quire_extent_info *row)
{
	struct quire_extent_info modelled, shown;
	const char *other;

	assert_int_equal(model_query(&w.rig.model, row->va, &modelled), 0);
	if (modelled.kind == QUIRE_GAP) {
		assert_int_equal(row->kind, QUIRE_MAPPED);
		assert_true(quire_keep_has(&w.keep, row->va));
		assert_true(quire_keep_has(&w.keep, row->exec_va));
		assert_int_equal(quire_keep_query(&w.keep, row->va, &shown), 0);
		assert_int_equal(shown.kind, QUIRE_GAP);
		return true;
	}
	other = rig_row_difference(row, &modelled);
	if (other)
		fail_msg("at 0x%llx: other %s", (unsigned long long)row->va, other);
	assert_false(quire_keep_has(&w.keep, row->va));
	return false;
}

static void compare_maps(void)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info row;
	uint32_t kept = 0, used = 0;

	w.live = 0;
	while (quire_space_next(&w.rig.space, &cursor, &row) == 0) {
		bool is_kept = row.kind != QUIRE_GAP && row_is_kept(&row);

		kept += is_kept;
		used += row.kind != QUIRE_GAP && !is_kept;
		w.live += row.kind == QUIRE_MAPPED && !is_kept;
	}
	assert_int_equal(used, w.rig.model.extents);
	assert_int_equal(kept, w.keep.kept);
	assert_true(kept <= w.kind->slots);
}

/* Every page in use, as the CPU sees it. */
static void compare_pages(void)
{
	for (unsigned n = 0; n < w.rig.model.window_count; n++) {
		const struct model_window *window = &w.rig.model.window[n];

		for (uint32_t i = 0; i < window->pages; i++) {
			quire_va walk = window->is.walk + ((quire_va)i << window->shift);
			struct quire_decoded modelled, seen;

			model_entry(&w.rig.model, window->is.walker, walk, &modelled);
			if (modelled.kind != QUIRE_ENTRY_LEAF)
				continue;
			hardware_access(&w.rig.hw[window->is.walker], walk, &seen);
			assert_true(hardware_same(&seen, &modelled));
		}
	}
}

static void compare(void)
{
	const char *what = "nothing said";
	int result = quire_keep_check(&w.keep, &what);

	if (result)
		fail_msg("quire_keep_check: %s", what);
	what = rig_check(&w.rig);
	if (what)
		fail_msg("%s", what);
	compare_maps();
	compare_pages();
}

/* -- running -- */

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

static void start(const struct kind *kind)
{
	quire_size size = quire_keep_memory_size(kind->slots);
	struct quire_keep_config config = {
		.slots = kind->slots, .memory_size = size, .lock = {.lock = keep_lock}};

	memset(&w, 0, sizeof(w));
	w.kind = kind;
	w.random = number_from("QUIRE_TEST_SEED", 0x5eed0 + (uint64_t)(kind - kinds));
	assert_int_equal(rig_open(&w.rig, &kind->plan), 0);
	w.memory = malloc((size_t)size + 1);
	assert_non_null(w.memory);
	config.space = &w.rig.space;
	config.memory = w.memory;
	assert_int_equal(quire_keep_init(&w.keep, &config), 0);
	for (unsigned i = 0; i < POPULAR; i++)
		w.popular[i] = random_want(3 * i);
}

/* Take everything away; then nothing may be left anywhere. */
static void finish(void)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info row;
	const char *wrong;

	assert_int_equal(quire_keep_drop_all(&w.keep, NULL), 0);
	compare();
	while (quire_space_next(&w.rig.space, &cursor, &row) == 0)
		for (; row.kind != QUIRE_GAP && row.refs > 0; row.refs--) {
			bool mapped = row.kind == QUIRE_MAPPED;

			assert_int_equal(mapped ? quire_keep_unmap(&w.keep, row.va)
						: quire_space_release(&w.rig.space, row.va),
					 0);
			assert_int_equal(mapped ? model_unmap(&w.rig.model, row.va)
						: model_release(&w.rig.model, row.va),
					 0);
		}
	assert_int_equal(quire_keep_drop_all(&w.keep, NULL), 0);
	compare();
	wrong = rig_is_pristine(&w.rig);
	if (wrong)
		fail_msg("%s", wrong);
	free(w.memory);
	rig_close(&w.rig);
}

static void agrees_with_model(void **test)
{
	const struct kind *kind = *test;
	uint32_t ops = (uint32_t)number_from("QUIRE_TEST_OPS", OPS);

	start(kind);
	for (uint32_t i = 0; i < ops; i++) {
		do_something();
		compare();
	}
	print_message("%s: %u calls, %u hits, %u misses, %u drops\n", kind->plan.name,
		      (unsigned)ops, (unsigned)w.keep.hits, (unsigned)w.keep.misses,
		      (unsigned)w.keep.drops);
	if (kind->slots != 0)
		assert_true(w.hits > ops / 200);
	finish();
}

int main(void)
{
	struct CMUnitTest tests[sizeof(kinds) / sizeof(kinds[0])];
	size_t count = 0;

	for (; count < sizeof(kinds) / sizeof(kinds[0]); count++)
		tests[count] = (struct CMUnitTest){
			.name = kinds[count].plan.name,
			.test_func = agrees_with_model,
			.initial_state = (void *)(uintptr_t)&kinds[count],
		};
	return _cmocka_run_group_tests("keep", tests, count, NULL, NULL);
}
