/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only looking: query, next, snapshot, both translations, capabilities, counters; and that looking
 * costs what it says and changes nothing.
 */
#include "core/sketch.h"

#include <string.h>

/* Every page of a map is described by the row it belongs to, on both sides and at any byte. */
static void query(void **unused)
{
	const char *drawing = "..aaAa:.bb";
	struct sketch *s = sketch_open(drawing);
	struct quire_extent_info info, exec_info;

	(void)unused;
	for (unsigned p = 0; p < 10; p++) {
		assert_int_equal(quire_space_query(s->space, VA(p) + PAGE - 1, &info), 0);
		assert_int_equal(quire_space_query(s->space, XA(p), &exec_info), 0);
		assert_null(rig_row_difference(&info, &exec_info));
		assert_int_equal(info.exec_va - info.va, XA(0) - VA(0));
		assert_int_equal(info.caps, QUIRE_CAP_MASK);
		assert_int_equal(info.window, 0);
		assert_in_range(p, (info.va - VA(0)) / PAGE,
				(info.va + info.size - 1 - VA(0)) / PAGE);
		assert_int_equal(info.kind, drawing[p] == '.'   ? QUIRE_GAP
					    : drawing[p] == ':' ? QUIRE_RESERVED
								: QUIRE_MAPPED);
		assert_int_equal(info.refs, info.kind == QUIRE_GAP ? 0 : 1);
		assert_int_equal(info.part, p == 4 || p == 5);
	}
	assert_int_equal(quire_space_query(s->space, VA(10), &info), QUIRE_EFOREIGN);
	assert_int_equal(quire_space_query(s->space, VA(0) - 1, &info), QUIRE_EFOREIGN);
	assert_int_equal(quire_space_query(s->space, XA(10), &info), QUIRE_EFOREIGN);
	sketch_close(s);
}

/* A second window that ends where addresses end. */
static struct sketch *two_windows(const char *drawing)
{
	struct sketch *s = sketch_plan((unsigned)strlen(drawing));
	struct quire_window *w = &s->plan.window[1];

	*w = s->plan.window[0];
	w->size = 4 * PAGE;
	w->base = w->exec_base = (quire_va)0 - 4 * PAGE;
	w->walk = 0x80000;
	sketch_build(s, drawing);
	return s;
}

static void next(void **unused)
{
	static const struct {
		unsigned window, first, pages;
		enum quire_kind kind;
	} rows[] = {
		{0, 0, 2, QUIRE_GAP},      {0, 2, 2, QUIRE_MAPPED}, {0, 4, 1, QUIRE_MAPPED},
		{0, 5, 1, QUIRE_RESERVED}, {0, 6, 2, QUIRE_GAP},    {1, 0, 4, QUIRE_GAP},
	};
	struct sketch *s = two_windows("..aaA:..");
	struct quire_cursor cursor = {0};
	struct quire_extent_info info;

	(void)unused;
	for (size_t i = 0; i < 6; i++) {
		quire_va base = s->plan.window[rows[i].window].base;

		assert_int_equal(quire_space_next(s->space, &cursor, &info), 0);
		assert_int_equal(info.window, rows[i].window);
		assert_int_equal(info.va, base + rows[i].first * PAGE);
		assert_int_equal(info.size, rows[i].pages * PAGE);
		assert_int_equal(info.kind, rows[i].kind);
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(quire_space_next(s->space, &cursor, &info), QUIRE_EUNMAPPED);
	/* a change behind or before the cursor does not lead it astray */
	cursor = (struct quire_cursor){0};
	assert_int_equal(quire_space_next(s->space, &cursor, &info), 0);
	assert_int_equal(quire_space_next(s->space, &cursor, &info), 0);
	assert_int_equal(quire_space_unmap(s->space, VA(2)), 0);
	assert_int_equal(quire_space_next(s->space, &cursor, &info), 0);
	assert_int_equal(info.kind, QUIRE_GAP);
	assert_int_equal(info.va + info.size, VA(5));
	sketch_close(s);
}

static void top_of_the_address_space(void **unused)
{
	struct sketch *s = two_windows("........");
	quire_va top = (quire_va)0 - PAGE;
	struct quire_extent_info info;
	struct quire_want want = {.pa = PA(3), .size = PAGE, .attr = R, .tag = 't'};
	quire_pa pa;
	unsigned target;

	(void)unused;
	assert_int_equal(quire_space_map_at(s->space, top, &want, &s->got), 0);
	assert_int_equal(s->got.va, top);
	assert_int_equal(quire_space_to_physical(s->space, (quire_va)0 - 1, &pa, &target), 0);
	assert_int_equal(pa, PA(3) + PAGE - 1);
	assert_int_equal(target, 0);
	assert_int_equal(quire_space_query(s->space, (quire_va)0 - 1, &info), 0);
	assert_int_equal(info.va, top);
	assert_int_equal(quire_space_protect(s->space, top, PAGE, RW, 0), 0);
	assert_int_equal(quire_space_protect(s->space, top, PAGE + 1, RW, 0), QUIRE_EWRAP);
	assert_int_equal(quire_space_resize(s->space, top, 2 * PAGE), QUIRE_EWRAP);
	assert_int_equal(quire_space_reserve_at(s->space, top - PAGE, 3 * PAGE, 0), QUIRE_EWRAP);
	want.pa = PA(10);
	want.size = 2 * PAGE;
	assert_int_equal(quire_space_map_at(s->space, top, &want, &s->got), QUIRE_EWRAP);
	assert_int_equal(quire_space_move_at(s->space, top, VA(7)), 0);
	assert_int_equal(quire_space_map_at(s->space, top - PAGE, &want, &s->got), 0);
	assert_int_equal(quire_space_unmap_part(s->space, top, PAGE), 0);
	assert_int_equal(quire_space_resize(s->space, top - PAGE, 2 * PAGE), 0);
	sketch_close(s);
}

static void snapshot(void **unused)
{
	struct sketch *s = two_windows("..aaA:..");
	struct quire_extent_info rows[8], one;
	struct quire_cursor cursor = {0};
	uint32_t count = 99;

	(void)unused;
	memset(rows, 0xa5, sizeof(rows));
	assert_int_equal(quire_space_snapshot(s->space, NULL, 0, &count), 0);
	assert_int_equal(count, 6);
	assert_int_equal(quire_space_snapshot(s->space, rows, 3, &count), 0);
	assert_int_equal(count, 6);
	assert_int_equal(rows[3].tag, 0xa5a5); /* not written */
	assert_int_equal(quire_space_snapshot(s->space, rows, 8, &count), 0);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(quire_space_next(s->space, &cursor, &one), 0);
		assert_null(rig_row_difference(&one, &rows[i]));
	}
	sketch_close(s);
}

#define ROWS "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s."

/* Somebody changes the map each time the lock is free, or only the first few times. */
static unsigned changes_left;

static void change(struct rig *rig)
{
	struct quire_extent_info info;
	unsigned attr;

	if (changes_left == 0)
		return;
	changes_left--;
	assert_int_equal(quire_space_query(&rig->space, VA(36), &info), 0);
	attr = info.attr == R ? RW : R;
	assert_int_equal(quire_space_protect(&rig->space, VA(36), PAGE, attr, 0), 0);
}

static void snapshot_under_change(void **unused)
{
	struct sketch *s = sketch_open(ROWS);
	static struct quire_extent_info rows[64];
	uint32_t count = 99;

	(void)unused;
	s->rig.meanwhile = change;
	changes_left = 1000;
	assert_int_equal(quire_space_snapshot(s->space, rows, 64, &count), QUIRE_EAGAIN);
	assert_int_equal(count, 99);
	changes_left = 20;
	assert_int_equal(quire_space_snapshot(s->space, rows, 64, &count), 0);
	assert_int_equal(changes_left, 0);
	assert_int_equal(count, 38);
	for (unsigned i = 0; i < 38; i++)
		assert_int_equal(rows[i].va, VA(i));
	assert_int_equal(rows[36].attr, R);
	s->rig.meanwhile = NULL;
	s->rig.lock_in = 2; /* the lock fails between two steps */
	s->rig.lock_error = -77;
	assert_int_equal(quire_space_snapshot(s->space, rows, 64, &count), -77);
	sketch_close(s);
}

/* The lock fails while find_caps goes from alias to alias. */
static void find_caps_without_lock(void **unused)
{
	struct sketch *s = sketch_open("a...");
	unsigned caps = 99;

	(void)unused;
	assert_int_equal(sketch_map(s, 1, 0, RW, QUIRE_SHARED, 'b'), 0);
	s->rig.lock_in = 2;
	s->rig.lock_error = -77;
	assert_int_equal(quire_space_find_caps(s->space, 0, PA(0), &caps), -77);
	assert_int_equal(caps, 99);
	sketch_close(s);
}

/* All aliases of a byte: by physical start, then address; the side that can be used. */
static void aliases(void **unused)
{
	struct sketch *s = sketch_open("................");
	/* in the order in which they come */
	static const struct {
		unsigned v, n, p, attr;
		quire_va shows;
	} maps[] = {
		{11, 3, 28, 0, VA(13) + 7},
		{3, 2, 29, R, VA(4) + 7},
		{5, 2, 29, X, XA(6) + 7},
		{7, 2, 29, RX | QUIRE_USER, VA(8) + 7},
		{1, 1, 30, R | QUIRE_UNCACHED, VA(1) + 7},
		{9, 2, 30, RW, VA(9) + 7},
	};
	struct quire_alias_cursor cursor = {0}, end;
	unsigned caps = 0;
	quire_va va = 1;

	(void)unused;
	for (unsigned i = 6; i-- > 0;)
		assert_int_equal(sketch_map_at(s, maps[i].v, maps[i].n, maps[i].p, maps[i].attr,
					       QUIRE_SHARED, 'a'),
				 0);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(quire_space_to_virtual(s->space, 0, PA(30) + 7, &cursor, &va), 0);
		assert_int_equal(va, maps[i].shows);
	}
	for (unsigned i = 0; i < 3; i++) {
		end = cursor;
		assert_int_equal(quire_space_to_virtual(s->space, 0, PA(30) + 7, &cursor, &va),
				 QUIRE_EUNMAPPED);
		assert_memory_equal(&end, &cursor, sizeof(end));
	}
	assert_int_equal(va, maps[5].shows);
	assert_int_equal(quire_space_find_caps(s->space, 0, PA(30), &caps), 0);
	assert_int_equal(caps, RW | X | QUIRE_USER);
	assert_int_equal(quire_space_find_caps(s->space, 0, PA(28), &caps), 0);
	assert_int_equal(caps, 0); /* mapped, and may not be touched */
	assert_int_equal(quire_space_find_caps(s->space, 0, PA(32), &caps), QUIRE_EUNMAPPED);
	sketch_close(s);
}

/* A mapping that goes while its aliases are enumerated does not disturb the rest. */
static void aliases_under_change(void **unused)
{
	struct sketch *s = sketch_open("........");
	struct quire_alias_cursor cursor = {0};
	quire_va va;

	(void)unused;
	for (unsigned v = 0; v < 8; v += 2)
		assert_int_equal(sketch_map_at(s, v, 1, 5, R, QUIRE_SHARED, 'a'), 0);
	for (unsigned v = 0; v < 8; v += 2) {
		assert_int_equal(quire_space_to_virtual(s->space, 0, PA(5), &cursor, &va), 0);
		assert_int_equal(va, VA(v));
		assert_int_equal(quire_space_unmap(s->space, va), 0);
	}
	assert_int_equal(quire_space_to_virtual(s->space, 0, PA(5), &cursor, &va), QUIRE_EUNMAPPED);
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query),
		cmocka_unit_test(next),
		cmocka_unit_test(top_of_the_address_space),
		cmocka_unit_test(snapshot),
		cmocka_unit_test(aliases),
		cmocka_unit_test(snapshot_under_change),
		cmocka_unit_test(find_caps_without_lock),
		cmocka_unit_test(aliases_under_change),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}
