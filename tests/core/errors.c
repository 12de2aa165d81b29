/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every listed error of every verb, once alone and, where two apply, in the order of the list.
 *
 * The map is "aaAA..::bb......": a mapping with a part, a reservation, a mapping with two holders.
 * One call is wrong in one way (or two) and must say so, and change nothing: the drawing, the
 * number of the space's changes and the outputs stay as they were.
 */
#include "core/sketch.h"

#include <string.h>

#include "model/image.h"
#include "model/ops.h"

#define DRAWING "aaAA..::bb......"
#define MAX     (~(quire_size)0)
#define TOP     ((quire_va)0 - PAGE)
#define FAR     ((quire_va)0x900000)

/* A row names what differs from a good request, and so overrides it: that is meant. */
#pragma GCC diagnostic ignored "-Woverride-init"

struct wrong {
	int result;
	struct op op;
};

#define WANT(...) .want = {.pa = PA(50), .size = PAGE, .attr = R, __VA_ARGS__}
#define MAP(...)                                                                                   \
	{                                                                                          \
		.verb = OP_MAP, WANT(__VA_ARGS__)                                                  \
	}
#define MAP_AT(va_, ...)                                                                           \
	{                                                                                          \
		.verb = OP_MAP_AT, .va = va_, WANT(__VA_ARGS__)                                    \
	}
#define RESERVE(...)                                                                               \
	{                                                                                          \
		.verb = OP_RESERVE, WANT(__VA_ARGS__)                                              \
	}
#define ON(verb_, va_, ...)                                                                        \
	{                                                                                          \
		.verb = verb_, .va = va_, WANT(__VA_ARGS__)                                        \
	}
#define TO(va_, to_)                                                                               \
	{                                                                                          \
		.verb = OP_MOVE_AT, .va = va_, .to = to_                                           \
	}

static const struct wrong wrongs[] = {
	/* what is wanted */
	{QUIRE_EZERO, MAP(.size = 0)},
	{QUIRE_EROUND, MAP(.size = MAX)},
	{QUIRE_EROUND, MAP(.size = MAX - PAGE + 2)},
	{QUIRE_EBEYOND, MAP(.pa = PA(0), .size = PAGES0 * PAGE + 1)},
	{QUIRE_EALIGN, MAP(.pa = PA(50) + 1)},
	{QUIRE_EALIGN, MAP(.align = 3 * PAGE)},
	{QUIRE_EALIGN, MAP(.align = MAX)},
	{QUIRE_EWRAP, MAP(.pa = (quire_pa)0 - PAGE, .size = 2 * PAGE)},
	{QUIRE_ETARGET, MAP(.target = 2)},
	{QUIRE_ETARGET, MAP(.target = 255)},
	{QUIRE_EBEYOND, MAP(.pa = PA(PAGES0))},
	{QUIRE_EBEYOND, MAP(.pa = PA(PAGES0 - 1), .size = PAGE + 1)},
	{QUIRE_EBEYOND, MAP(.pa = PA(0) - PAGE)},
	{QUIRE_EBEYOND, MAP(.pa = (quire_pa)0 - PAGE)},
	{QUIRE_EFLAG, MAP(.attr = 0x40)},
	{QUIRE_EFLAG, MAP(.caps = 0x40)},
	{QUIRE_EFLAG, MAP(.flags = 0x08)},
	{QUIRE_EWX, MAP(.attr = RW | X)},
	{QUIRE_ECAPS, MAP(.target = 1, .pa = 0, .attr = X)},
	{QUIRE_ECAPS, MAP(.target = 1, .pa = 0, .attr = R | QUIRE_USER)},
	{QUIRE_ECAPS, MAP(.caps = QUIRE_CAP_32BIT)},
	{QUIRE_ECAPS, MAP(.attr = R | QUIRE_CACHE_WT, .caps = QUIRE_CAP_32BIT)},
	{QUIRE_EMODE, MAP(.attr = R | QUIRE_CACHE_WT)},
	{QUIRE_EMODE, MAP(.pa = PA(1), .attr = R | QUIRE_CACHE_WT)},
	{QUIRE_EOVERLAP, MAP(.pa = PA(1), .size = 5 * PAGE)},
	{QUIRE_ESPACE, MAP(.size = 7 * PAGE)},
	{QUIRE_ESPACE, MAP(.size = 60 * PAGE)},
	{QUIRE_ESPACE, MAP(.size = 4 * PAGE, .align = 8 * PAGE)},
	{QUIRE_ESPACE, MAP(.align = MAX / 2 + 1)},
	/* the first of two */
	{QUIRE_EZERO, MAP(.size = 0, .pa = 1)},
	{QUIRE_EROUND, MAP(.size = MAX, .pa = 1)},
	{QUIRE_EALIGN, MAP(.pa = PA(50) + 1, .target = 9)},
	{QUIRE_EWRAP, MAP(.pa = (quire_pa)0 - PAGE, .size = 2 * PAGE, .target = 9)},
	{QUIRE_ETARGET, MAP(.target = 9, .attr = 0xff)},
	{QUIRE_EBEYOND, MAP(.pa = PA(PAGES0), .attr = 0xff)},
	{QUIRE_EFLAG, MAP(.attr = 0xff, .flags = 0)},
	{QUIRE_EWX, MAP(.attr = RW | X, .caps = QUIRE_CAP_32BIT)},
	{QUIRE_ECAPS, MAP(.pa = PA(1), .caps = QUIRE_CAP_32BIT)},
	{QUIRE_EOVERLAP, MAP(.pa = PA(1), .size = 9 * PAGE)},
	/* at an address */
	{QUIRE_EZERO, MAP_AT(VA(4), .size = 0)},
	{QUIRE_EROUND, MAP_AT(VA(4), .size = MAX)},
	{QUIRE_EALIGN, MAP_AT(VA(4) + 1, .size = PAGE)},
	{QUIRE_EALIGN, MAP_AT(VA(5), .align = 2 * PAGE)},
	{QUIRE_EALIGN, MAP_AT(VA(4), .pa = PA(50) + 8)},
	{QUIRE_EALIGN, MAP_AT(VA(4), .align = 5)},
	{QUIRE_EWRAP, MAP_AT(TOP, .size = 2 * PAGE)},
	{QUIRE_EWRAP, MAP_AT(VA(4), .pa = (quire_pa)0 - PAGE, .size = 2 * PAGE)},
	{QUIRE_ETARGET, MAP_AT(VA(4), .target = 2)},
	{QUIRE_EBEYOND, MAP_AT(VA(4), .pa = PA(PAGES0))},
	{QUIRE_EFLAG, MAP_AT(VA(4), .flags = 0x80)},
	{QUIRE_EWX, MAP_AT(VA(4), .attr = RW | X)},
	{QUIRE_EFOREIGN, MAP_AT(FAR, .size = PAGE)},
	{QUIRE_EFOREIGN, MAP_AT(VA(15), .size = 2 * PAGE)},
	{QUIRE_EFOREIGN, MAP_AT(VA(0) - PAGE, .size = PAGE)},
	{QUIRE_EFOREIGN, MAP_AT(XA(16), .size = PAGE)},
	{QUIRE_ECAPS, MAP_AT(VA(4), .caps = QUIRE_CAP_32BIT)},
	{QUIRE_ECAPS, MAP_AT(0x200000, .attr = RW)},
	{QUIRE_ECAPS, MAP_AT(0x200000, .target = 1, .pa = 0)},
	{QUIRE_ECAPS, MAP_AT(0x200000, .attr = RW | QUIRE_CACHE_WT)},
	{QUIRE_EMODE, MAP_AT(VA(0), .attr = R | QUIRE_CACHE_WT)},
	{QUIRE_EOVERLAP, MAP_AT(VA(4), .pa = PA(8))},
	{QUIRE_EOVERLAP, MAP_AT(VA(6), .pa = PA(8))}, /* before ETAKEN */
	{QUIRE_ETAKEN, MAP_AT(VA(5), .size = 2 * PAGE)},
	{QUIRE_ETAKEN, MAP_AT(VA(7), .size = PAGE)},
	{QUIRE_ETAKEN, MAP_AT(VA(8), .pa = PA(9), .flags = QUIRE_SHARED)},
	/* reserve */
	{QUIRE_EZERO, RESERVE(.size = 0)},
	{QUIRE_EROUND, RESERVE(.size = MAX)},
	{QUIRE_EALIGN, RESERVE(.align = 6)},
	{QUIRE_ETARGET, RESERVE(.target = 2)},
	{QUIRE_EFLAG, RESERVE(.attr = 0x80)},
	{QUIRE_EWX, RESERVE(.attr = RW | X)},
	{QUIRE_ECAPS, RESERVE(.target = 1, .attr = X)},
	{QUIRE_ECAPS, RESERVE(.caps = QUIRE_CAP_32BIT)},
	{QUIRE_EMODE, RESERVE(.attr = R | QUIRE_CACHE_WT, .size = 100 * PAGE)},
	{QUIRE_ESPACE, RESERVE(.size = 6 * PAGE + 1, .pa = 1)},
	{QUIRE_EZERO, ON(OP_RESERVE_AT, VA(4), .size = 0)},
	{QUIRE_EROUND, ON(OP_RESERVE_AT, VA(4), .size = MAX)},
	{QUIRE_EALIGN, ON(OP_RESERVE_AT, VA(4) + 4, .size = PAGE)},
	{QUIRE_EWRAP, ON(OP_RESERVE_AT, TOP, .size = PAGE + 1)},
	{QUIRE_EFOREIGN, ON(OP_RESERVE_AT, FAR, .size = PAGE)},
	{QUIRE_EFOREIGN, ON(OP_RESERVE_AT, VA(15), .size = PAGE + 1)},
	{QUIRE_ETAKEN, ON(OP_RESERVE_AT, VA(4), .size = 3 * PAGE)},
	{QUIRE_ETAKEN, ON(OP_RESERVE_AT, VA(3), .size = PAGE)},
	{QUIRE_EFOREIGN, ON(OP_RELEASE, FAR, .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_RELEASE, VA(4), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_RELEASE, VA(7), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_RELEASE, VA(6) + 1, .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_RELEASE, VA(1), .size = 0)},
	{QUIRE_ERESERVED, ON(OP_RELEASE, VA(0), .size = 0)},
	/* protect */
	{QUIRE_EZERO, ON(OP_PROTECT, VA(0), .size = 0)},
	{QUIRE_EROUND, ON(OP_PROTECT, VA(0), .size = MAX)},
	{QUIRE_EALIGN, ON(OP_PROTECT, VA(0) + 1, .size = PAGE)},
	{QUIRE_EWRAP, ON(OP_PROTECT, TOP, .size = 2 * PAGE)},
	{QUIRE_EFOREIGN, ON(OP_PROTECT, FAR, .size = PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_PROTECT, VA(4), .size = PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_PROTECT, VA(0), .size = 5 * PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_PROTECT, VA(8), .size = 3 * PAGE)}, /* before EREFERENCED */
	{QUIRE_ERESERVED, ON(OP_PROTECT, VA(6), .size = PAGE)},
	{QUIRE_EREFERENCED, ON(OP_PROTECT, VA(9), .size = PAGE, .attr = 0xff)},
	{QUIRE_EFLAG, ON(OP_PROTECT, VA(0), .attr = 0x40)},
	{QUIRE_EFLAG, ON(OP_PROTECT, VA(0), .flags = QUIRE_SHARED)},
	{QUIRE_EWX, ON(OP_PROTECT, VA(0), .attr = RW | X)},
	{QUIRE_ECAPS, ON(OP_PROTECT, 0x203000, .attr = RW)},
	{QUIRE_ECAPS, ON(OP_PROTECT, 0x203000, .attr = RW | QUIRE_CACHE_WT)},
	{QUIRE_EMODE, ON(OP_PROTECT, VA(0), .attr = R | QUIRE_CACHE_WT)},
	/* move */
	{QUIRE_EFOREIGN, ON(OP_MOVE, FAR, .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_MOVE, VA(5), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_MOVE, VA(2), .size = 0)},
	{QUIRE_ERESERVED, ON(OP_MOVE, VA(6), .size = 0)},
	{QUIRE_EREFERENCED, ON(OP_MOVE, VA(8), .align = 3)},
	{QUIRE_EALIGN, ON(OP_MOVE, VA(0), .align = 3)},
	{QUIRE_ESPACE, ON(OP_MOVE, 0x203000, .align = 0)},
	{QUIRE_EFOREIGN, TO(FAR, VA(4))},
	{QUIRE_EUNMAPPED, TO(VA(5), FAR)},
	{QUIRE_EINTERIOR, TO(VA(3), FAR)},
	{QUIRE_ERESERVED, TO(VA(6), FAR)},
	{QUIRE_EREFERENCED, TO(VA(8), FAR)},
	{QUIRE_EALIGN, TO(VA(0), FAR + 1)},
	{QUIRE_EWRAP, TO(VA(0), TOP)},
	{QUIRE_EFOREIGN, TO(VA(0), FAR)},
	{QUIRE_EFOREIGN, TO(VA(0), VA(13))},
	{QUIRE_ECAPS, TO(VA(0), 0x200000)},
	{QUIRE_ETAKEN, TO(VA(0), VA(4))},
	{QUIRE_ETAKEN, TO(VA(0), VA(8))},
	/* resize */
	{QUIRE_EZERO, ON(OP_RESIZE, VA(0), .size = 0)},
	{QUIRE_EROUND, ON(OP_RESIZE, VA(0), .size = MAX)},
	{QUIRE_EWRAP, ON(OP_RESIZE, TOP, .size = 2 * PAGE)},
	{QUIRE_EFOREIGN, ON(OP_RESIZE, FAR, .size = PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_RESIZE, VA(4), .size = PAGE)},
	{QUIRE_EINTERIOR, ON(OP_RESIZE, VA(1), .size = PAGE)},
	{QUIRE_EREFERENCED, ON(OP_RESIZE, VA(8), .size = PAGE)},
	{QUIRE_EBEYOND, ON(OP_RESIZE, VA(0), .size = (PAGES0 + 1) * PAGE)},
	{QUIRE_EOVERLAP, ON(OP_RESIZE, VA(0), .size = 9 * PAGE)},
	{QUIRE_ETAKEN, ON(OP_RESIZE, VA(0), .size = 7 * PAGE)},
	{QUIRE_ETAKEN, ON(OP_RESIZE, VA(6), .size = 3 * PAGE)},
	{QUIRE_ETAKEN, ON(OP_RESIZE, VA(6), .size = 64 * PAGE)},
	/* unmap */
	{QUIRE_EFOREIGN, ON(OP_UNMAP, FAR, .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_UNMAP, VA(15), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_UNMAP, VA(2), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_UNMAP, XA(0) + 1, .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_UNMAP, VA(7), .size = 0)},
	{QUIRE_ERESERVED, ON(OP_UNMAP, VA(6), .size = 0)},
	{QUIRE_EZERO, ON(OP_UNMAP_PART, VA(0), .size = 0)},
	{QUIRE_EROUND, ON(OP_UNMAP_PART, VA(0), .size = MAX)},
	{QUIRE_EALIGN, ON(OP_UNMAP_PART, VA(0) + 1, .size = PAGE)},
	{QUIRE_EWRAP, ON(OP_UNMAP_PART, TOP, .size = 2 * PAGE)},
	{QUIRE_EFOREIGN, ON(OP_UNMAP_PART, FAR, .size = PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_UNMAP_PART, VA(4), .size = PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_UNMAP_PART, VA(1), .size = 4 * PAGE)},
	{QUIRE_EUNMAPPED, ON(OP_UNMAP_PART, VA(0), .size = 64 * PAGE)},
	{QUIRE_ERESERVED, ON(OP_UNMAP_PART, VA(6), .size = PAGE)},
	{QUIRE_EREFERENCED, ON(OP_UNMAP_PART, VA(8), .size = PAGE)},
	/* switch, tag, sync */
	{QUIRE_EFOREIGN, ON(OP_SWITCH, FAR, .pa = 1)},
	{QUIRE_EUNMAPPED, ON(OP_SWITCH, VA(4), .pa = 1)},
	{QUIRE_EINTERIOR, ON(OP_SWITCH, VA(1), .pa = 1)},
	{QUIRE_EINTERIOR, ON(OP_SWITCH, VA(2), .pa = 1)},
	{QUIRE_EINTERIOR, ON(OP_SWITCH, XA(7), .pa = 1)},
	{QUIRE_EREFERENCED, ON(OP_SWITCH, VA(8), .pa = 1)},
	{QUIRE_EALIGN, ON(OP_SWITCH, VA(0), .pa = PA(50) + 1, .target = 9)},
	{QUIRE_EALIGN, ON(OP_SWITCH, VA(6), .pa = MAX)},
	{QUIRE_EWRAP, ON(OP_SWITCH, VA(0), .pa = (quire_pa)0 - 2 * PAGE, .target = 9)},
	{QUIRE_ETARGET, ON(OP_SWITCH, VA(0), .target = 2, .attr = 0xff)},
	{QUIRE_ETARGET, ON(OP_SWITCH, VA(6), .target = 255)},
	{QUIRE_EBEYOND, ON(OP_SWITCH, VA(0), .pa = PA(PAGES0 - 3), .attr = 0xff)},
	{QUIRE_EBEYOND, ON(OP_SWITCH, VA(6), .pa = PA(0) - PAGE)},
	{QUIRE_EFLAG, ON(OP_SWITCH, VA(0), .attr = 0x40)},
	{QUIRE_EFLAG, ON(OP_SWITCH, VA(0), .caps = 0x40)},
	{QUIRE_EFLAG, ON(OP_SWITCH, VA(0), .attr = RW | X, .flags = 0x08)},
	{QUIRE_EWX, ON(OP_SWITCH, VA(0), .attr = RW | X, .caps = QUIRE_CAP_32BIT)},
	{QUIRE_ECAPS, ON(OP_SWITCH, VA(0), .target = 1, .pa = 0, .attr = X)},
	{QUIRE_ECAPS, ON(OP_SWITCH, VA(0), .pa = PA(6), .caps = QUIRE_CAP_32BIT)},
	{QUIRE_ECAPS, ON(OP_SWITCH, 0x203000, .attr = RW)},
	{QUIRE_ECAPS, ON(OP_SWITCH, 0x200000, .target = 1, .pa = 0)},
	{QUIRE_ECAPS, ON(OP_SWITCH, 0x203000, .attr = RW | QUIRE_CACHE_WT)},
	{QUIRE_EMODE, ON(OP_SWITCH, VA(0), .pa = PA(5), .attr = R | QUIRE_CACHE_WT)},
	{QUIRE_EOVERLAP, ON(OP_SWITCH, VA(0), .pa = PA(5))},
	{QUIRE_EOVERLAP, ON(OP_SWITCH, VA(6), .pa = PA(3))},
	{QUIRE_EOVERLAP, ON(OP_SWITCH, VA(0), .pa = PA(187))}, /* the other window's page */
	{QUIRE_EOVERLAP, ON(OP_SWITCH, 0x203000, .pa = PA(9))},
	{QUIRE_EFOREIGN, ON(OP_HIDE, FAR, .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_HIDE, VA(5), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_HIDE, VA(3), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_HIDE, VA(0) + 1, .size = 0)},
	{QUIRE_EREFERENCED, ON(OP_HIDE, VA(8), .size = 0)},
	{QUIRE_EFOREIGN, ON(OP_TAG, FAR, .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_TAG, VA(4), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_TAG, VA(2), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_TAG, VA(7), .size = 0)},
	{QUIRE_EINTERIOR, ON(OP_TAG, VA(8) + 1, .size = 0)},
	{QUIRE_EZERO, ON(OP_SYNC, FAR, .size = 0)},
	{QUIRE_EFLAG, ON(OP_SYNC, TOP, .size = 2 * PAGE)},
	{QUIRE_EFLAG, ON(OP_SYNC, FAR, .flags = QUIRE_SYNC_MASK + 1)},
	{QUIRE_EWRAP, ON(OP_SYNC, TOP, .size = PAGE + 1, .flags = QUIRE_SYNC_MASK)},
	{QUIRE_EFOREIGN, ON(OP_SYNC, FAR, .flags = QUIRE_SYNC_WRITE_BACK)},
	{QUIRE_EFOREIGN, ON(OP_SYNC, VA(15) + 1, .flags = QUIRE_SYNC_WRITE_BACK)},
	{QUIRE_EFOREIGN, ON(OP_SYNC, XA(0), .size = 16 * PAGE + 1, .flags = QUIRE_SYNC_INVALIDATE)},
	/* looking */
	{QUIRE_EFOREIGN, ON(OP_QUERY, FAR, .size = 0)},
	{QUIRE_EFOREIGN, ON(OP_TO_PHYSICAL, VA(16), .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_TO_PHYSICAL, VA(4), .size = 0)},
	{QUIRE_EUNMAPPED, ON(OP_TO_PHYSICAL, VA(6), .size = 0)},
	{QUIRE_ETARGET, ON(OP_ALIASES, 0, .target = 2)},
	{QUIRE_EBEYOND, ON(OP_ALIASES, 0, .pa = PA(PAGES0))},
	{QUIRE_EBEYOND, ON(OP_ALIASES, 0, .pa = PA(0) - 1)},
	{QUIRE_EUNMAPPED, ON(OP_ALIASES, 0, .pa = PA(50))},
	{QUIRE_ETARGET, ON(OP_FIND_CAPS, 0, .target = 200)},
	{QUIRE_EBEYOND, ON(OP_FIND_CAPS, 0, .pa = PA(PAGES0))},
	{QUIRE_EUNMAPPED, ON(OP_FIND_CAPS, 0, .pa = PA(50))},
	{QUIRE_ETARGET, ON(OP_LARGEST, 0, .target = 2)},
	{QUIRE_EFLAG, ON(OP_LARGEST, 0, .attr = 0x40)},
	{QUIRE_EFLAG, ON(OP_LARGEST, 0, .caps = 0x40)},
	{QUIRE_EFOREIGN, ON(OP_COMPACT, FAR, .size = 0)},
};

/* The drawn window cannot do 32-bit access, and nobody write-through; beside it one that only reads, and one page is left. */
static struct sketch *open_wrong(void)
{
	struct sketch *s = sketch_plan(sizeof(DRAWING) - 1);
	struct quire_want want = {.pa = PA(190), .size = PAGE, .attr = R};
	struct quire_window *w = &s->plan.window[1];

	s->plan.window[0].caps = QUIRE_CAP_MASK & ~QUIRE_CAP_32BIT;
	s->plan.mmu[0].missing_modes = 1u << (QUIRE_CACHE_WT >> 4);
	*w = s->plan.window[0];
	w->base = w->exec_base = 0x200000;
	w->walk = 0x40000;
	w->size = 4 * PAGE;
	w->caps = QUIRE_CAP_READ;
	w->targets = 1;
	sketch_build(s, DRAWING);
	assert_int_equal(sketch_map_at(s, 8, 2, 8, R, 0, 'z'), QUIRE_IDENTICAL);
	assert_int_equal(quire_space_map_at(s->space, 0x203000, &want, &s->got), 0);
	assert_int_equal(quire_space_reserve_at(s->space, 0x200000, 3 * PAGE, 0), 0);
	return s;
}

static void every_error(void **unused)
{
	struct sketch *s = open_wrong();
	struct image image;

	(void)unused;
	assert_true(image_open(&image, &s->rig));
	image_take(&image, &s->rig);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const char *outputs = op_alone(&s->rig, &wrongs[i].op);

		if (s->rig.result != wrongs[i].result) {
			op_print(stderr, &wrongs[i].op);
			fail_msg("%s, expected %s", quire_error_name(s->rig.result),
				 quire_error_name(wrongs[i].result));
		}
		assert_null(outputs);
		assert_null(image_differs(&image, &s->rig));
	}
	image_close(&image);
	sketch_close(s);
}

/* All of these calls were given a NULL they cannot use. */
static void all_null(const int *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (results[i] != QUIRE_ENULL)
			fail_msg("call %zu: %s", i, quire_error_name(results[i]));
}

static void nulls_for_verbs(void **unused)
{
	struct sketch *s = open_wrong();
	struct quire_space *n = NULL;
	struct quire_want want = {.pa = PA(50), .size = PAGE, .attr = R};
	struct quire_got got;
	quire_va va;
	uint32_t count;
	const int results[] = {
		quire_space_map(n, &want, &got),
		quire_space_map(s->space, NULL, &got),
		quire_space_map(s->space, &want, NULL),
		quire_space_map_at(n, VA(4), &want, &got),
		quire_space_map_at(s->space, VA(4), NULL, &got),
		quire_space_map_at(s->space, VA(4), &want, NULL),
		quire_space_reserve(n, &want, &va),
		quire_space_reserve(s->space, NULL, &va),
		quire_space_reserve(s->space, &want, NULL),
		quire_space_reserve_at(n, VA(4), PAGE, 0),
		quire_space_release(n, VA(6)),
		quire_space_protect(n, VA(0), PAGE, R, 0),
		quire_space_move(n, VA(0), 0, &va),
		quire_space_move(s->space, VA(0), 0, NULL),
		quire_space_move_at(n, VA(0), VA(10)),
		quire_space_resize(n, VA(0), PAGE),
		quire_space_unmap(n, VA(0)),
		quire_space_unmap_part(n, VA(0), PAGE),
		quire_space_switch(n, VA(0), &want),
		quire_space_switch(n, VA(0), NULL),
		quire_space_tag(n, VA(0), 0),
		quire_space_sync(n, VA(0), PAGE, QUIRE_SYNC_MASK),
		quire_space_compact(n, VA(0), NULL, NULL, &count),
		quire_space_init(n, &s->rig.config),
		quire_space_init(s->space, NULL),
	};

	(void)unused;
	all_null(results, sizeof(results) / sizeof(results[0]));
	sketch_is(s, DRAWING);
	sketch_close(s);
}

static void nulls_for_looks(void **unused)
{
	struct sketch *s = open_wrong();
	struct quire_space *n = NULL;
	struct quire_extent_info info;
	struct quire_space_stats stats;
	struct quire_cursor cursor = {0};
	struct quire_alias_cursor alias = {0};
	quire_va va;
	quire_pa pa;
	quire_size size;
	unsigned caps;
	uint32_t count;
	const int results[] = {
		quire_space_query(n, VA(0), &info),
		quire_space_query(s->space, VA(0), NULL),
		quire_space_to_physical(n, VA(0), &pa, NULL),
		quire_space_to_physical(s->space, VA(0), NULL, NULL),
		quire_space_to_virtual(n, 0, PA(0), &alias, &va),
		quire_space_to_virtual(s->space, 0, PA(0), NULL, &va),
		quire_space_to_virtual(s->space, 0, PA(0), &alias, NULL),
		quire_space_find_caps(n, 0, PA(0), &caps),
		quire_space_find_caps(s->space, 0, PA(0), NULL),
		quire_space_largest_free(n, 0, R, 0, &size),
		quire_space_largest_free(s->space, 0, R, 0, NULL),
		quire_space_next(n, &cursor, &info),
		quire_space_next(s->space, NULL, &info),
		quire_space_next(s->space, &cursor, NULL),
		quire_space_snapshot(n, &info, 1, &count),
		quire_space_snapshot(s->space, NULL, 1, &count),
		quire_space_snapshot(s->space, &info, 1, NULL),
		quire_space_stats(n, &stats),
		quire_space_stats(s->space, NULL),
		quire_space_check(n, NULL),
	};

	(void)unused;
	all_null(results, sizeof(results) / sizeof(results[0]));
	sketch_is(s, DRAWING);
	sketch_close(s);
}

static void names_and_texts(void **unused)
{
	static const int all[] = {
		QUIRE_OK,       QUIRE_IDENTICAL,   QUIRE_ENCLOSED, QUIRE_EWX,       QUIRE_EUNMAPPED,
		QUIRE_EPORT,    QUIRE_EBEYOND,     QUIRE_EAGAIN,   QUIRE_EPOOL,     QUIRE_ECAPS,
		QUIRE_ENULL,    QUIRE_EREFERENCED, QUIRE_EOVERLAP, QUIRE_ETARGET,   QUIRE_ERESERVED,
		QUIRE_EFLAG,    QUIRE_ETABLES,     QUIRE_ESPACE,   QUIRE_EINTERIOR, QUIRE_EREFS,
		QUIRE_EALIGN,   QUIRE_EWRAP,       QUIRE_EZERO,    QUIRE_EROUND,    QUIRE_ETAKEN,
		QUIRE_EFOREIGN, QUIRE_ECORRUPT,    QUIRE_EMODE,    QUIRE_ECLAIMED,
	};
	unsigned known = 0;

	(void)unused;
	assert_string_equal(quire_error_name(QUIRE_ESPACE), "QUIRE_ESPACE");
	assert_string_equal(quire_error_name(QUIRE_IDENTICAL), "QUIRE_IDENTICAL");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *text = quire_error_text(all[i]);

		assert_memory_equal(quire_error_name(all[i]), "QUIRE_", 6);
		assert_in_range(strlen(text), 2, 100);
		assert_int_not_equal(text[strlen(text) - 1], '.');
		for (size_t j = 0; j < i; j++) { /* no two alike */
			assert_string_not_equal(text, quire_error_text(all[j]));
			assert_string_not_equal(quire_error_name(all[i]), quire_error_name(all[j]));
		}
	}
	for (int number = -200; number < 200; number++) {
		bool unknown = strcmp(quire_error_name(number), "?") == 0;

		assert_int_equal(unknown, strcmp(quire_error_text(number), "unknown result") == 0);
		known += !unknown;
	}
	assert_int_equal(known, sizeof(all) / sizeof(all[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error),
		cmocka_unit_test(nulls_for_verbs),
		cmocka_unit_test(nulls_for_looks),
		cmocka_unit_test(names_and_texts),
	};

	return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
