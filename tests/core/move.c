/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving: to the best gap, to chosen places that may overlap the old one, and all together towards
 * the start of a window.
 */
#include "core/sketch.h"

static void to_the_best_gap(void **unused)
{
	static const struct {
		const char *before;
		unsigned v, align;
		int result;
		const char *after;
	} cases[] = {
		{"....aa.b..", 4, 0, 0, ".......baa"}, {"....aa.b.", 4, 0, 0, "aa.....b."},
		{".aa.", 1, 0, QUIRE_ESPACE, ".aa."}, /* its own pages are not free yet */
		{"baa..", 1, 0, 0, "b..aa"},           {"b.aa.....", 2, 4, 0, "b...aa..."},
		{"baAa....", 1, 0, 0, "b...aAA."}, /* parts go along */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sketch *s = sketch_open(cases[i].before);
		quire_va to = 1;
		int result = quire_space_move(s->space, VA(cases[i].v), cases[i].align * PAGE, &to);

		assert_int_equal(result, cases[i].result);
		if (i == 4) /* aligned: page 4 is in its own way */
			assert_int_equal(result, 0);
		assert_string_equal(sketch_draw(s), cases[i].after);
		if (result != 0)
			assert_int_equal(to, 1);
		else
			assert_int_equal(quire_space_unmap(s->space, to), 0);
		sketch_close(s);
	}
}

/* Every move of a mapping with parts by any distance, over itself or not: bytes stay in place. */
static void over_itself(void **unused)
{
	(void)unused;
	for (unsigned from = 0; from <= 8; from++)
		for (unsigned to = 0; to <= 8; to++) {
			struct sketch *s = sketch_open("............");
			quire_pa pa;

			assert_int_equal(sketch_map_at(s, from, 4, 20, R, 0, 'a'), 0);
			assert_int_equal(quire_space_protect(s->space, VA(from + 1), PAGE, RW, 0),
					 0);
			assert_int_equal(quire_space_move_at(s->space, XA(from), VA(to)), 0);
			for (unsigned p = 0; p < 12; p++) {
				int result =
					quire_space_to_physical(s->space, VA(p) + 3, &pa, NULL);

				assert_int_equal(result, p - to < 4 ? 0 : QUIRE_EUNMAPPED);
				if (result == 0)
					assert_int_equal(pa, PA(20 + p - to) + 3);
			}
			assert_int_equal(sketch_draw(s)[to + 1], 'A');
			sketch_close(s);
		}
}

static void to_a_chosen_place(void **unused)
{
	struct sketch *s = sketch_open(".aaa.b..:...");
	unsigned prepares;

	(void)unused;
	assert_int_equal(quire_space_move_at(s->space, VA(1), VA(3)), QUIRE_ETAKEN);
	assert_int_equal(quire_space_move_at(s->space, VA(1), VA(6)), QUIRE_ETAKEN);
	assert_int_equal(quire_space_move_at(s->space, VA(1), VA(10)), QUIRE_EFOREIGN);
	assert_int_equal(quire_space_move_at(s->space, VA(1), VA(12)), QUIRE_EFOREIGN);
	assert_int_equal(quire_space_move_at(s->space, VA(1), VA(9) + 1), QUIRE_EALIGN);
	assert_int_equal(quire_space_move_at(s->space, VA(8), VA(9)), QUIRE_ERESERVED);
	assert_int_equal(quire_space_move_at(s->space, VA(2), VA(9)), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_move_at(s->space, VA(0), VA(9)), QUIRE_EUNMAPPED);
	prepares = s->rig.hw[0].prepares;
	assert_int_equal(quire_space_move_at(s->space, VA(1), VA(1)), 0);
	assert_int_equal(s->rig.hw[0].prepares, prepares);
	sketch_is(s, ".aaa.b..:...");
	assert_int_equal(quire_space_move_at(s->space, VA(1), XA(2)), 0);
	assert_int_equal(quire_space_move_at(s->space, VA(2), VA(9)), 0);
	sketch_is(s, ".....b..:aaa");
	sketch_close(s);
}

/* To another window, if that can do what every part does. */
static void to_another_window(void **unused)
{
	struct sketch *s = sketch_plan(8);

	(void)unused;
	s->plan.window[1] = s->plan.window[0];
	s->plan.window[1].base = s->plan.window[1].exec_base = 0x200000;
	s->plan.window[1].walk = 0x10000;
	s->plan.window[1].caps = QUIRE_CAP_READ;
	s->plan.window[1].targets = 1;
	sketch_build(s, "aaA.b...");
	assert_int_equal(quire_space_move_at(s->space, VA(0), 0x200000), QUIRE_ECAPS);
	assert_int_equal(quire_space_protect(s->space, VA(0), 3 * PAGE, R, 0), 0);
	assert_int_equal(quire_space_move_at(s->space, VA(0), 0x205000), 0);
	sketch_is(s, "....b...");
	assert_int_equal(quire_space_protect(s->space, 0x205000, PAGE, RW, 0), QUIRE_ECAPS);
	assert_int_equal(quire_space_move_at(s->space, 0x205000, VA(0)), 0);
	sketch_is(s, "aaa.b...");
	sketch_close(s);
}

/* What compact has proposed, as letters; those in `refuse` are refused. */
struct asked {
	char tags[16];
	unsigned count;
	char refuse;
	quire_va to[16];
};

static int ask(void *ctx, const struct quire_move *move)
{
	struct asked *asked = ctx;

	asked->tags[asked->count] = (char)move->tag;
	asked->to[asked->count++] = move->to;
	assert_true(move->to < move->from);
	return (char)move->tag == asked->refuse;
}

static void compact(void **unused)
{
	static const struct {
		const char *before;
		char refuse;
		const char *asked, *after;
		unsigned moved;
	} cases[] = {
		{"..aa.b..cc", 0, "abc", "aabcc.....", 3},
		{"aabb......", 0, "", "aabb......", 0},
		{"..........", 0, "", "..........", 0},
		{"..aa.b..cc", 'a', "abc", "..aabcc...", 2},
		{"..aa.b..cc", 'b', "abc", "aa...bcc..", 2},
		{"..aa.b..cc", 'c', "abc", "aab.....cc", 2},
		{".a.:.b....", 0, "ab", "a..:b.....", 2},
		{".aAaa.bb..", 0, "ab", "aAAAbb....", 2},
		{"a........b", 0, "b", "ab........", 1},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sketch *s = sketch_open(cases[i].before);
		struct asked asked = {.refuse = cases[i].refuse};
		uint32_t moved = 99;

		assert_int_equal(quire_space_compact(s->space, XA(9), ask, &asked, &moved), 0);
		assert_string_equal(asked.tags, cases[i].asked);
		sketch_is(s, cases[i].after);
		assert_int_equal(moved, cases[i].moved);
		sketch_close(s);
	}
}

/* Mappings with several holders stay; NULL lets everything else move; moved may be NULL. */
static void compact_around_what_stays(void **unused)
{
	struct sketch *s = sketch_open(".a.b.c.d");

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 3, R, 0, 'z'), QUIRE_IDENTICAL);
	assert_int_equal(quire_space_compact(s->space, VA(0), NULL, NULL, NULL), 0);
	sketch_is(s, "a..bcd..");
	assert_int_equal(quire_space_compact(s->space, VA(8), NULL, NULL, NULL), QUIRE_EFOREIGN);
	sketch_close(s);
}

/* Between two moves somebody makes parts of what stands where compact goes on. */
static unsigned locks;

static void split(struct rig *rig)
{
	if (++locks == 4) { /* a stands at 1, and what begins at 2 is next */
		assert_int_equal(quire_space_unmap(&rig->space, VA(1)), 0);
		assert_int_equal(quire_space_move_at(&rig->space, VA(4), VA(1)), 0);
		assert_int_equal(quire_space_protect(&rig->space, VA(2), PAGE, RW, 0), 0);
	}
}

static void compact_under_change(void **unused)
{
	struct sketch *s = sketch_open("..a.bbb...c.");
	uint32_t moved = 99;

	(void)unused;
	assert_int_equal(sketch_map_at(s, 0, 1, 20, R, 0, 'd'), 0);
	locks = 0;
	s->rig.meanwhile = split;
	assert_int_equal(quire_space_compact(s->space, VA(0), NULL, NULL, &moved), 0);
	s->rig.meanwhile = NULL;
	assert_int_equal(moved, 2);
	sketch_is(s, "dbBBc.......");
	sketch_close(s);
}

/* The first refusal of the port ends it; what was moved stays moved, and is counted. */
static void compact_stopped(void **unused)
{
	struct sketch *s = sketch_open(".a.b.c.d");
	uint32_t moved = 99;

	(void)unused;
	s->rig.hw[0].prepare_in = 3;
	s->rig.hw[0].refusal = QUIRE_EPORT;
	assert_int_equal(quire_space_compact(s->space, VA(0), NULL, NULL, &moved), QUIRE_EPORT);
	assert_int_equal(moved, 2);
	sketch_is(s, "ab...c.d");
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_the_best_gap),   cmocka_unit_test(over_itself),
		cmocka_unit_test(to_a_chosen_place), cmocka_unit_test(to_another_window),
		cmocka_unit_test(compact),           cmocka_unit_test(compact_around_what_stays),
		cmocka_unit_test(compact_stopped),   cmocka_unit_test(compact_under_change),
	};

	return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
