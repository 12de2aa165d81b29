/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an extent shows and what it is called, while its addresses stay: switch, tag, sync; and that
 * every verb writes back what may be dirty before it goes, these pages and no others.
 */
#include "core/sketch.h"

#include <string.h>

#include "model/ops.h"

static int switch_to(struct sketch *s, unsigned v, unsigned p, unsigned attr, unsigned flags,
		     char tag)
{
	struct quire_want want = {
		.pa = PA(p), .attr = (uint8_t)attr, .flags = (uint8_t)flags, .tag = (uint8_t)tag};

	return quire_space_switch(s->space, VA(v), &want);
}

/* Pages [v, v + n) show physical pages from p on, in the tables and in the book. */
static void shows(struct sketch *s, unsigned v, unsigned n, unsigned p, unsigned attr)
{
	struct quire_decoded leaf;
	quire_pa pa;

	for (unsigned i = 0; i < n; i++) {
		hardware_access(&s->rig.hw[0], (quire_va)(v + i) * PAGE, &leaf);
		assert_int_equal(leaf.kind, QUIRE_ENTRY_LEAF);
		assert_int_equal(leaf.pa, PA(p + i));
		assert_int_equal(leaf.attr, attr);
		assert_int_equal(quire_space_to_physical(s->space, VA(v + i), &pa, NULL), 0);
		assert_int_equal(pa, PA(p + i));
	}
}

static struct quire_space_stats stats_of(struct sketch *s)
{
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(s->space, &stats), 0);
	return stats;
}

/* A mapping in parts becomes one in one piece; what the TLB knew of it is forgotten. */
static void switched_in_place(void **unused)
{
	struct sketch *s = sketch_open(".aaAa.bb");
	uint32_t generation = stats_of(s).generation;

	(void)unused;
	shows(s, 1, 2, 1, R);
	assert_int_equal(switch_to(s, 1, 20, RW, 0, 'n'), 0);
	sketch_is(s, ".nnnn.bb");
	shows(s, 1, 4, 20, RW);
	assert_int_equal(stats_of(s).mappings, 2);
	assert_true(stats_of(s).generation > generation);
	generation = stats_of(s).generation;
	assert_int_equal(sketch_refs(s, 1), 1);
	assert_int_equal(switch_to(s, 1, 40, X, 0, 'x'), 0);
	shows(s, 1, 4, 40, X);
	assert_true(stats_of(s).generation > generation);
	assert_int_equal(quire_space_unmap(s->space, XA(1)), 0);
	sketch_is(s, "......bb");
	sketch_close(s);
}

/* A window used for one bank after the other: reserved, shown, hidden, without a free descriptor. */
static void a_window_for_many_banks(void **unused)
{
	struct sketch *s = sketch_plan(4);

	(void)unused;
	s->plan.mappings = 1;
	sketch_build(s, ".::.");
	assert_int_equal(stats_of(s).descriptors_free, 0);
	for (unsigned bank = 0; bank < 60; bank += 2) {
		assert_int_equal(switch_to(s, 1, bank, RW, 0, 'b'), 0);
		shows(s, 1, 2, bank, RW);
		sketch_is(s, ".bb.");
		if (bank % 3 == 0) {
			assert_int_equal(quire_space_switch(s->space, VA(1), NULL), 0);
			assert_int_equal(quire_space_release(s->space, VA(0)), QUIRE_EUNMAPPED);
		}
	}
	assert_int_equal(quire_space_unmap(s->space, VA(1)), 0);
	assert_null(rig_is_pristine(&s->rig));
	sketch_close(s);
}

/* Hidden, it is a reservation with the tag it had; hiding it again does nothing at all. */
static void hidden(void **unused)
{
	struct sketch *s = sketch_open("aAAa.");
	struct quire_extent_info info;
	struct quire_decoded leaf;
	uint32_t generation;
	unsigned flushes;

	(void)unused;
	assert_int_equal(quire_space_switch(s->space, XA(0), NULL), 0);
	assert_int_equal(quire_space_query(s->space, VA(0), &info), 0);
	assert_int_equal(info.kind, QUIRE_RESERVED);
	assert_int_equal(info.size, 4 * PAGE);
	assert_int_equal(info.tag, 'a');
	assert_false(info.part);
	hardware_walk(&s->rig.hw[0], 0, &leaf);
	assert_int_equal(leaf.kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(sketch_map(s, 1, 2, R, 0, 'n'), 0); /* its pages are free to be shown */
	generation = stats_of(s).generation;
	flushes = s->rig.hw[0].flushes;
	assert_int_equal(quire_space_switch(s->space, VA(0), NULL), 0);
	assert_int_equal(stats_of(s).generation, generation);
	assert_int_equal(s->rig.hw[0].flushes, flushes);
	assert_int_equal(quire_space_release(s->space, VA(0)), 0);
	sketch_close(s);
}

/* Others that show these pages are in the way, unless that is meant; the extent itself never is. */
static void in_the_way(void **unused)
{
	struct sketch *s = sketch_open("aAAa.bb.::");

	(void)unused;
	assert_int_equal(switch_to(s, 0, 2, R, 0, 'n'), QUIRE_EOVERLAP); /* 5 is shown by b */
	assert_int_equal(switch_to(s, 0, 1, R, 0, 'n'), 0);
	shows(s, 0, 4, 1, R);
	assert_int_equal(switch_to(s, 0, 0, R, 0, 'n'), 0);
	assert_int_equal(switch_to(s, 0, 0, RW, 0, 'n'), 0);
	assert_int_equal(switch_to(s, 8, 3, R, 0, 'm'), QUIRE_EOVERLAP);
	assert_int_equal(switch_to(s, 8, 3, R, QUIRE_SHARED, 'm'), 0);
	assert_int_equal(switch_to(s, 0, 1, R, 0, 'n'),
			 QUIRE_EOVERLAP); /* m shows some of it too */
	sketch_is(s, "nnnn.bb.mm");
	shows(s, 8, 2, 3, R);
	shows(s, 0, 4, 0, RW);
	sketch_close(s);
}

/* In another window too, if that can do what is asked. */
static void in_the_way_elsewhere(void **unused)
{
	struct sketch *s = sketch_plan(4);
	struct quire_window *w = &s->plan.window[1];
	struct quire_want want = {.pa = PA(10), .size = PAGE, .attr = R};

	(void)unused;
	*w = s->plan.window[0];
	w->base = w->exec_base = 0x200000;
	w->walk = 0x10000;
	w->caps = QUIRE_CAP_READ;
	sketch_build(s, "::..");
	assert_int_equal(quire_space_map_at(s->space, 0x200000, &want, &s->got), 0);
	assert_int_equal(switch_to(s, 0, 9, R, 0, 'n'), QUIRE_EOVERLAP);
	assert_int_equal(switch_to(s, 0, 9, RW, 0, 'n'), 0);
	sketch_close(s);
}

/* A tag is changed for all parts and all holders. */
static void tagged(void **unused)
{
	struct sketch *s = sketch_open("aAa:.bb");
	struct quire_extent_info info;
	uint32_t generation = stats_of(s).generation;

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 6, R, 0, 'z'), QUIRE_ENCLOSED);
	assert_int_equal(quire_space_tag(s->space, VA(0), 0xa55a), 0);
	for (unsigned v = 0; v < 3; v++) {
		assert_int_equal(quire_space_query(s->space, VA(v), &info), 0);
		assert_int_equal(info.tag, 0xa55a);
		assert_int_equal(info.attr, v == 1 ? RW : R);
	}
	assert_int_equal(quire_space_tag(s->space, VA(0), 'n'), 0);
	assert_int_equal(quire_space_tag(s->space, VA(3), 'r'), 0);
	assert_int_equal(quire_space_tag(s->space, XA(5), 'm'), 0);
	assert_true(stats_of(s).generation > generation);
	assert_int_equal(sketch_refs(s, 5), 2);
	sketch_is(s, "nNNr.mm");
	sketch_close(s);
}

/* Any bytes of a window, as the tables number them, on either side, mapped or not. */
static void synced(void **unused)
{
	static const struct {
		quire_va va;
		quire_size size;
		unsigned how;
		quire_va walk;
	} calls[] = {
		{VA(0), PAGE, QUIRE_SYNC_WRITE_BACK, 0x8000},
		{VA(1) + 7, 1, QUIRE_SYNC_INVALIDATE, 0x9007},
		{XA(3) + 1, 4 * PAGE, QUIRE_SYNC_MASK, 0xb001},
		{VA(0), 8 * PAGE, QUIRE_SYNC_MASK, 0x8000},
		{VA(7) + PAGE - 1, 1, QUIRE_SYNC_WRITE_BACK, 0xffff},
	};
	struct sketch *s = sketch_plan(8);
	struct hardware *hw = &s->rig.hw[0];
	uint32_t generation;

	(void)unused;
	s->plan.window[0].walk = 0x8000;
	sketch_build(s, ".aA..::.");
	generation = stats_of(s).generation;
	hw->asked = true;
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_int_equal(
			quire_space_sync(s->space, calls[i].va, calls[i].size, calls[i].how), 0);
		assert_int_equal(hw->syncs, i + 1);
		assert_int_equal(hw->sync.walk, calls[i].walk);
		assert_int_equal(hw->sync.size, calls[i].size);
		assert_int_equal(hw->sync.how, calls[i].how);
		assert_int_equal(s->rig.walker[0].counts.syncs, i + 1);
	}
	assert_int_equal(stats_of(s).generation, generation);
	sketch_close(s);
}

/* -- what goes is written back -------------------------------------------------------------------
 */

#define GO(drawing_, verb_, v, n, pages_, ...)                                                     \
	{                                                                                          \
		.drawing = drawing_, .pages = pages_,                                              \
		.op = {.verb = verb_,                                                              \
		       .va = VA(v),                                                                \
		       .want = {.size = (n)*PAGE, __VA_ARGS__} }                                   \
	}
#define MOVE_TO(drawing_, v, to_, pages_)                                                          \
	{                                                                                          \
		.drawing = drawing_, .pages = pages_,                                              \
		.op = {.verb = OP_MOVE_AT,                                                         \
		       .va = VA(v),                                                                \
		       .to = VA(to_) }                                                             \
	}

/* What each call must write back of a map: bit n for page n. */
static const struct going {
	const char *drawing;
	struct op op;
	unsigned pages;
} goings[] = {
	GO("aAAa....", OP_UNMAP, 0, 0, 0x06),
	GO("aaaa....", OP_UNMAP, 0, 0, 0),
	GO("aAaA....", OP_UNMAP, 0, 0, 0x0a),
	GO("aAAa....", OP_UNMAP_PART, 0, 2, 0x02),
	GO("aAAa....", OP_UNMAP_PART, 2, 1, 0x04),
	GO("aAAA....", OP_UNMAP_PART, 2, 1, 0x04),
	GO("aAAa....", OP_UNMAP_PART, 3, 1, 0),
	GO("aAAa....", OP_RESIZE, 0, 1, 0x06),
	GO("aAAa....", OP_RESIZE, 0, 2, 0x04),
	GO("aAAa....", OP_RESIZE, 0, 3, 0),
	GO("aAAa....", OP_RESIZE, 0, 6, 0),
	GO("::::....", OP_RESIZE, 0, 1, 0),
	GO("::::....", OP_RELEASE, 0, 0, 0),
	GO("aAAa....", OP_MOVE, 0, 0, 0x06),
	MOVE_TO("aAAa....", 0, 1, 0x06),
	MOVE_TO("....aAAa", 4, 3, 0x60),
	MOVE_TO("aAAa....", 0, 4, 0x06),
	MOVE_TO("aAAa....", 0, 0, 0),
	GO("..aA.bB:", OP_COMPACT, 0, 0, 0x48, .tag = 4),
	GO("aA..bB::", OP_COMPACT, 0, 0, 0x20, .tag = 4),
	GO("aAAa....", OP_SWITCH, 0, 0, 0x06, .pa = PA(50), .attr = RW),
	GO("::::....", OP_SWITCH, 0, 0, 0, .pa = PA(50), .attr = RW),
	GO("aAAa....", OP_HIDE, 0, 0, 0x06),
	GO("::::....", OP_HIDE, 0, 0, 0),
	GO("aAAa....", OP_TAG, 0, 0, 0, .tag = 'n'),
	/* what will not be looked for later must be written back now */
	GO("aAAa....", OP_PROTECT, 0, 4, 0x06, .attr = R),
	GO("aAAa....", OP_PROTECT, 2, 2, 0x04, .attr = R),
	GO("aAAa....", OP_PROTECT, 0, 4, 0x06, .attr = RW | QUIRE_UNCACHED),
	GO("aAAa....", OP_PROTECT, 0, 4, 0x06, .attr = RW | QUIRE_CACHE_WT),
	GO("aAAa....", OP_PROTECT, 0, 4, 0, .attr = RW),
	GO("aAAa....", OP_PROTECT, 1, 2, 0, .attr = QUIRE_WRITE),
};

/* Make one of these calls on a machine, and compare.  The hardware complains of what comes late. */
static void go(const struct going *g, unsigned flags)
{
	struct sketch *s = sketch_plan((unsigned)strlen(g->drawing));
	struct hardware *hw = &s->rig.hw[0];
	struct page_set pages = {0};

	for (unsigned v = 0; v < 8 && flags != 0; v++)
		if (g->pages >> v & 1)
			page_set_add(&pages, (quire_va)v * PAGE);
	s->plan.mmu[0].flags = (uint8_t)flags;
	sketch_build(s, g->drawing);
	hw->prepare_in = 1; /* refused, it writes nothing back; some need not ask */
	hw->refusal = -5;
	(void)op_alone(&s->rig, &g->op);
	assert_int_equal(hw->syncs, 0);
	hw->prepare_in = 0;
	if (s->rig.result == -5)
		(void)op_alone(&s->rig, &g->op);
	assert_int_equal(s->rig.result, 0);
	if (hw->written.count != pages.count || hw->written.sum != pages.sum) {
		op_print(stderr, &g->op);
		fail_msg("\"%s\": %u pages written back, not these %u", g->drawing,
			 (unsigned)hw->written.count, (unsigned)pages.count);
	}
	assert_int_equal(hw->syncs != 0, flags != 0 && g->pages != 0);
	sketch_close(s);
}

static void written_back(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(goings) / sizeof(goings[0]); i++)
		go(&goings[i], QUIRE_MMU_WRITE_BACK_FIRST);
}

/* Where the cache can find its memory later, nobody asks it to hurry. */
static void not_written_back(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(goings) / sizeof(goings[0]); i++)
		go(&goings[i], 0);
}

/* Write-through and uncached pages are never dirty, and the pages of other holders stay. */
static void never_dirty(void **unused)
{
	struct sketch *s = sketch_plan(8);
	struct hardware *hw = &s->rig.hw[0];

	(void)unused;
	s->plan.mmu[0].flags = QUIRE_MMU_WRITE_BACK_FIRST;
	sketch_build(s, "........");
	for (unsigned i = 1; i < 4; i++) {
		unsigned attr = RW | i << 4;

		assert_int_equal(sketch_map_at(s, 0, 2, 0, attr, 0, 'a'), 0);
		assert_int_equal(switch_to(s, 0, 8, attr, 0, 'a'), 0);
		assert_int_equal(quire_space_unmap_part(s->space, VA(0), PAGE), 0);
		assert_int_equal(quire_space_unmap(s->space, VA(1)), 0);
	}
	assert_int_equal(sketch_map_at(s, 0, 2, 0, RW, 0, 'a'), 0);
	assert_int_equal(sketch_map(s, 1, 1, RW, 0, 'a'), QUIRE_ENCLOSED);
	assert_int_equal(quire_space_unmap(s->space, VA(0)), 0);
	assert_int_equal(hw->syncs, 0);
	assert_int_equal(quire_space_unmap(s->space, VA(0)), 0);
	assert_int_equal(hw->syncs, 1);
	sketch_close(s);
}

/* A port without a cache is not asked, by whomever. */
static void no_cache(void **unused)
{
	struct sketch *s = sketch_plan(8);
	struct quire_port port = hardware_port;

	(void)unused;
	port.sync = NULL;
	s->plan.mmu[0].flags = QUIRE_MMU_WRITE_BACK_FIRST;
	sketch_build(s, "aA......");
	s->rig.walker[0].port = &port;
	assert_int_equal(quire_space_sync(s->space, VA(0), PAGE, QUIRE_SYNC_MASK), 0);
	assert_int_equal(quire_space_sync(s->space, VA(0), 0, QUIRE_SYNC_MASK), QUIRE_EZERO);
	assert_int_equal(quire_space_unmap(s->space, VA(0)), 0);
	assert_int_equal(s->rig.walker[0].counts.syncs, 0);
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switched_in_place),
		cmocka_unit_test(a_window_for_many_banks),
		cmocka_unit_test(hidden),
		cmocka_unit_test(in_the_way),
		cmocka_unit_test(in_the_way_elsewhere),
		cmocka_unit_test(tagged),
		cmocka_unit_test(synced),
		cmocka_unit_test(written_back),
		cmocka_unit_test(not_written_back),
		cmocka_unit_test(never_dirty),
		cmocka_unit_test(no_cache),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
