/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things go: best fit, ties, alignments, windows in order, and what is left; and first fit from the
 * top, where that is asked for.
 */
#include "core/sketch.h"

#include <string.h>

/* One request on one drawn map. */
struct fit {
	const char *before;
	unsigned pages;
	unsigned align; /* pages; 0: none asked for */
	int result;
	const char *after;
};

static const struct fit fits[] = {
	/* an empty window: its start */
	{"........", 1, 0, 0, "z......."},
	{"........", 8, 0, 0, "zzzzzzzz"},
	{"........", 9, 0, QUIRE_ESPACE, "........"},
	/* the smallest gap that fits, not the first */
	{"....a..b...", 2, 0, 0, "....azzb..."},
	{"....a..b...", 3, 0, 0, "....a..bzzz"},
	{"....a..b...", 4, 0, 0, "zzzza..b..."},
	{"....a..b...", 5, 0, QUIRE_ESPACE, "....a..b..."},
	/* the lowest of equals */
	{"..a..b..c..", 2, 0, 0, "zza..b..c.."},
	{"...a..b..c.", 2, 0, 0, "...azzb..c."},
	{"a..b..c....", 1, 0, 0, "az.b..c...."},
	/* exact fits at both ends and between reservations */
	{":.::..:...", 1, 0, 0, ":z::..:..."},
	{"aaaa....", 4, 0, 0, "aaaazzzz"},
	{".aaaaaaa", 1, 0, 0, "zaaaaaaa"},
	{"aaaaaaaa", 1, 0, QUIRE_ESPACE, "aaaaaaaa"},
	/* sizes on both sides of a power of two */
	{".......a........b", 7, 0, 0, "zzzzzzza........b"},
	{".......a........b", 8, 0, 0, ".......azzzzzzzzb"},
	{"........a.......b", 5, 0, 0, "........azzzzz..b"},
	/* aligned: a smaller gap at the wrong phase is passed over */
	{".a.b....", 1, 2, 0, "za.b...."},
	{"aa.b.c..", 1, 4, 0, "aa.bzc.."},
	{"a.bc....", 1, 2, 0, "a.bcz..."},
	{"a...b.......", 2, 4, 0, "a...b...zz.."},
	{"a...b......", 4, 4, QUIRE_ESPACE, "a...b......"},
	{"a....b", 2, 2, 0, "a.zz.b"},
	{"a..b", 2, 2, QUIRE_ESPACE, "a..b"},
	{"a.......", 1, 8, QUIRE_ESPACE, "a......."},
	{".......a........", 8, 8, 0, ".......azzzzzzzz"},
	{"........", 1, 256, 0, "z......."},
	/* fifteen gaps at the wrong phase, and the sixteenth fits: it is still looked at */
	{"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.pp.q...", 1, 2, 0, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.ppzq..."},
	/* sixteen of them: now the first gap that fits at any phase, not the seventeenth */
	{"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.qq.r...", 1, 2, 0,
	 "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.qq.rz.."},
	/* sixteen of them, and none that fits at any phase: the rest */
	{"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.qq.", 1, 2, 0, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.qqz"},
};

/* The same where mappings are put at the highest place there is. */
static const struct fit first_fits[] = {
	/* an empty window: its end */
	{"........", 1, 0, 0, ".......z"},
	{"........", 8, 0, 0, "zzzzzzzz"},
	{"........", 9, 0, QUIRE_ESPACE, "........"},
	/* the highest that is large enough, though another fits better, and the end of it */
	{"..a.b....", 1, 0, 0, "..a.b...z"},
	{"..a....", 2, 0, 0, "..a..zz"},
	{"....a..b.cc", 1, 0, 0, "....a..bzcc"},
	{"....a..b.cc", 2, 0, 0, "....azzb.cc"},
	{"....a..b.cc", 3, 0, 0, ".zzza..b.cc"},
	{"....a..b.cc", 5, 0, QUIRE_ESPACE, "....a..b.cc"},
	/* exact fits at both ends and between reservations */
	{":.::..:...", 3, 0, 0, ":.::..:zzz"},
	{":.::..:::", 1, 0, 0, ":.::.z:::"},
	{".aaaaaaa", 1, 0, 0, "zaaaaaaa"},
	{"aaaaaaaa", 1, 0, QUIRE_ESPACE, "aaaaaaaa"},
	/* sizes on both sides of a power of two: no gap is passed over */
	{"a.......b......c", 7, 0, 0, "azzzzzzzb......c"},
	{"........a.......b", 7, 0, 0, "........azzzzzzzb"},
	{"........a.......b", 8, 0, 0, "zzzzzzzza.......b"},
	/* aligned: the highest place that is */
	{"........", 3, 4, 0, "....zzz."},
	{"a.b.c...", 1, 2, 0, "a.b.c.z."},
	{"....a.bb.c", 1, 4, 0, "....a.bbzc"},
	{"....a.b..c.", 2, 2, 0, "..zza.b..c."},
	{"a.b..c.....d", 4, 4, QUIRE_ESPACE, "a.b..c.....d"},
	{"a..b", 2, 2, QUIRE_ESPACE, "a..b"},
	{"a.......", 1, 8, QUIRE_ESPACE, "a......."},
	{"........", 1, 256, 0, "z......."},
	/* any number of gaps at the wrong phase are passed by, on the way down */
	{"..a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.", 1, 2, 0,
	 "z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r."},
};

static struct sketch *fit_open(const char *drawing, enum quire_place place)
{
	struct sketch *s = sketch_plan((unsigned)strlen(drawing));

	s->plan.window[0].place = (uint8_t)place;
	sketch_build(s, drawing);
	return s;
}

static void fit_one(const struct fit *f, enum quire_place place)
{
	struct sketch *s = fit_open(f->before, place);
	struct quire_want want = {.pa = PA(100),
				  .size = f->pages * PAGE,
				  .attr = R,
				  .tag = 'z',
				  .align = f->align * PAGE};
	struct quire_got got = {1, 2};
	int result = quire_space_map(s->space, &want, &got);

	if (result != f->result)
		fail_msg("%s + %u: %s", f->before, f->pages, quire_error_name(result));
	sketch_is(s, f->after);
	if (result != 0)
		assert_true(got.va == 1 && got.mapping == 2);
	sketch_close(s);
}

static void best_fit(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		fit_one(&fits[i], QUIRE_PLACE_LOW);
}

static void first_fit(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(first_fits) / sizeof(first_fits[0]); i++)
		fit_one(&first_fits[i], QUIRE_PLACE_FIRST_HIGH);
}

/* From the top down, one below the other, as Zephyr gives its addresses out; and what goes and comes
   again is where it was. */
static void first_fit_again(void **unused)
{
	static const unsigned sizes[] = {1, 3, 2, 1, 5, 4, 1, 2};
	struct sketch *s = fit_open("....................", QUIRE_PLACE_FIRST_HIGH);
	quire_va va[8], top = VA(20);

	(void)unused;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(sketch_map(s, sizes[i], 10 * i, R, 0, (char)('a' + i)), 0);
		top -= sizes[i] * PAGE;
		va[i] = s->got.va;
		assert_int_equal(va[i], top);
	}
	sketch_is(s, ".hhgffffeeeeedccbbba");
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(quire_space_unmap(s->space, va[i]), 0);
		assert_int_equal(sketch_map(s, sizes[i], 10 * i, R, 0, (char)('a' + i)), 0);
		assert_int_equal(s->got.va, va[i]);
	}
	sketch_is(s, ".hhgffffeeeeedccbbba");
	/* A hole is filled from its end, and only by what fits. */
	assert_int_equal(quire_space_unmap(s->space, va[4]), 0);
	assert_int_equal(quire_space_unmap(s->space, va[1]), 0);
	assert_int_equal(sketch_map(s, 4, 100, R, 0, 'x'), 0);
	assert_int_equal(sketch_map(s, 2, 110, R, 0, 'y'), 0);
	assert_int_equal(sketch_map(s, 1, 120, R, 0, 'z'), 0);
	sketch_is(s, ".hhgffff.xxxxdcczyya");
	/* Moved, it goes where it would be mapped; all slide towards the end. */
	assert_int_equal(quire_space_unmap(s->space, va[0]), 0);
	assert_int_equal(quire_space_move(s->space, va[6], 0, &top), 0);
	assert_int_equal(top, VA(19));
	sketch_is(s, ".hh.ffff.xxxxdcczyyg");
	assert_int_equal(quire_space_compact(s->space, VA(0), NULL, NULL, NULL), 0);
	sketch_is(s, "...hhffffxxxxdcczyyg");
	sketch_close(s);
}

/* Reservations follow the same rule as mappings. */
static void reserve_fits_alike(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		struct sketch *s = sketch_open(fits[i].before);
		struct quire_want want = {.size = fits[i].pages * PAGE - 5,
					  .attr = R,
					  .tag = 'z',
					  .align = fits[i].align * PAGE};
		quire_va va = 1;

		assert_int_equal(quire_space_reserve(s->space, &want, &va), fits[i].result);
		sketch_is(s, fits[i].after);
		assert_true(fits[i].result == 0 || va == 1);
		sketch_close(s);
	}
}

/* The alignment is that of addresses, not of page numbers: this window begins one page off. */
static void phase_of_the_window(void **unused)
{
	struct sketch *s = sketch_plan(8);
	struct quire_want want = {
		.pa = PA(0), .size = PAGE, .attr = R, .tag = 'z', .align = 4 * PAGE};
	struct quire_got got;

	(void)unused;
	s->plan.window[0].base += PAGE;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	assert_int_equal(quire_space_map(s->space, &want, &got), 0);
	assert_int_equal(got.va, VA(4));
	sketch_is(s, "...z....");
	sketch_close(s);
}

/* Two more windows: one that only reads, one for the other memory. */
static struct sketch *three_windows(void)
{
	struct sketch *s = sketch_plan(4);

	s->plan.window[0].caps = QUIRE_CAP_READ | QUIRE_CAP_8BIT;
	s->plan.window[0].targets = 1;
	s->plan.window[1] = s->plan.window[0];
	s->plan.window[1].base = s->plan.window[1].exec_base = 0x200000;
	s->plan.window[1].walk = 0x10000;
	s->plan.window[1].caps = QUIRE_CAP_MASK;
	s->plan.window[2] = s->plan.window[1];
	s->plan.window[2].base = s->plan.window[2].exec_base = 0x300000;
	s->plan.window[2].walk = 0x20000;
	s->plan.window[2].targets = 3;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	return s;
}

static void windows_in_order(void **unused)
{
	struct sketch *s = three_windows();
	struct quire_want want = {.pa = PA(50), .size = PAGE, .attr = R};
	struct quire_got got;

	(void)unused;
	assert_int_equal(sketch_map(s, 2, 0, R, 0, 'a'), 0);
	assert_int_equal(s->got.va, VA(0));
	assert_int_equal(sketch_map(s, 3, 2, R, 0, 'b'), 0); /* no room in the first */
	assert_int_equal(s->got.va, 0x200000);
	assert_int_equal(sketch_map(s, 1, 5, RW, 0, 'c'), 0); /* cannot be written in the first */
	assert_int_equal(s->got.va, 0x203000);
	assert_int_equal(sketch_map(s, 2, 6, R, 0, 'd'),
			 0); /* a better fit in the first than ... */
	assert_int_equal(s->got.va, VA(2));
	want.caps = QUIRE_CAP_32BIT;
	assert_int_equal(quire_space_map(s->space, &want, &got), 0);
	assert_int_equal(got.va, 0x300000);
	want.pa = 0;
	want.caps = 0;
	want.target = 1;
	assert_int_equal(quire_space_map(s->space, &want, &got), 0);
	assert_int_equal(got.va, 0x301000);
	assert_int_equal(sketch_map(s, 3, 60, R, 0, 'e'), QUIRE_ESPACE);
	sketch_close(s);
}

static quire_size largest(struct sketch *s, unsigned target, unsigned attr, unsigned caps)
{
	quire_size size = 1;

	assert_int_equal(quire_space_largest_free(s->space, target, attr, caps, &size), 0);
	return size;
}

static void largest_free(void **unused)
{
	struct sketch *s = three_windows();

	(void)unused;
	assert_int_equal(largest(s, 0, R, 0), 4 * PAGE);
	assert_int_equal(sketch_map_at(s, 1, 1, 0, R, 0, 'a'), 0);
	assert_int_equal(largest(s, 0, R, QUIRE_CAP_8BIT), 4 * PAGE);
	assert_int_equal(quire_space_reserve_at(s->space, 0x200000, 3 * PAGE, 0), 0);
	assert_int_equal(quire_space_reserve_at(s->space, 0x303000, PAGE, 0), 0);
	assert_int_equal(largest(s, 0, R, 0), 3 * PAGE);
	assert_int_equal(quire_space_reserve_at(s->space, 0x301000, PAGE, 0), 0);
	assert_int_equal(largest(s, 0, R, 0), 2 * PAGE);
	assert_int_equal(largest(s, 0, RW, 0), PAGE);
	assert_int_equal(largest(s, 1, RW, 0), PAGE);
	assert_int_equal(largest(s, 1, RX, 0), 0); /* memory one cannot execute */
	sketch_close(s);
	s = sketch_open("aaaa");
	assert_int_equal(largest(s, 0, R, 0), 0);
	sketch_close(s);
	s = fit_open("aaaa", QUIRE_PLACE_FIRST_HIGH);
	assert_int_equal(largest(s, 0, R, 0), 0);
	sketch_close(s);
	s = fit_open("..a...b.c..d..", QUIRE_PLACE_FIRST_HIGH);
	assert_int_equal(largest(s, 0, R, 0), 3 * PAGE);
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_fit),
		cmocka_unit_test(reserve_fits_alike),
		cmocka_unit_test(first_fit),
		cmocka_unit_test(first_fit_again),
		cmocka_unit_test(phase_of_the_window),
		cmocka_unit_test(windows_in_order),
		cmocka_unit_test(largest_free),
	};

	return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
