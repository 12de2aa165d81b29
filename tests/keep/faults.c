/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every question to the port and every lock made to fail, one after the other, in calls that have
 * much to do.  Either the call then says so, and all that anybody can see is as it was, or it gets by
 * without and does what it always does.
 */
#include <string.h>

#include "keep/desk.h"

#define REFUSED  (-1000) /* by the port */
#define NO_SPACE (-1001) /* by the space's lock */

enum culprit { PORT, SPACE_LOCK, LIST_LOCK, CULPRITS };

static const int error_of[CULPRITS] = {REFUSED, NO_SPACE, DESK_NO_LOCK};

/* What everybody can see: kept mappings are nothing. */
static void look(struct desk *d, char out[64])
{
	strcpy(out, desk_draw(d));
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = '.';
}

/* a and c in use, c by two; b, e, f kept, in this order; the window of nine pages is full. */
static struct desk *full_desk(void)
{
	struct desk *d = desk_plan(9);

	d->s->plan.mappings = 5;
	desk_build(d, 3);
	assert_int_equal(desk_map_at(d, 0, 1, 0, R, 0, 'a'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 3, 1, 30, R, 0, 'c'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 3, 1, 30, R, 0, 'c'), QUIRE_IDENTICAL);
	assert_int_equal(desk_map_at(d, 1, 2, 10, R, 0, 'b'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 4, 2, 40, R, 0, 'e'), QUIRE_OK);
	assert_int_equal(desk_map_at(d, 6, 3, 50, R, 0, 'f'), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 1), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 4), QUIRE_OK);
	assert_int_equal(desk_unmap(d, 6), QUIRE_OK);
	desk_is(d, "aBBcEEFFF");
	return d;
}

/* -- calls -- */

static int map_elsewhere(struct desk *d)
{
	return desk_map(d, 4, 60, R, 0, 'n');
}
static int map_kept(struct desk *d)
{
	return desk_map(d, 2, 40, R, 0, 'e');
}
static int map_inside_kept(struct desk *d)
{
	return desk_map(d, 1, 51, R, 0, 'n');
}
static int map_over_kept(struct desk *d)
{
	return desk_map(d, 3, 49, R, QUIRE_SHARED, 'n');
}
static int map_alias(struct desk *d)
{
	return desk_map(d, 2, 29, R, QUIRE_SHARED, 'n');
}
static int map_shared(struct desk *d)
{
	return desk_map(d, 1, 30, R, 0, 'n');
}
static int map_in_vain(struct desk *d)
{
	return desk_map(d, 8, 60, R, 0, 'n');
}
static int map_on_top(struct desk *d)
{
	return desk_map_at(d, 5, 3, 60, R, 0, 'n');
}
static int reserve(struct desk *d)
{
	struct quire_want want = desk_want(4, 0, R, 0, 'n');
	quire_va va;

	return quire_keep_reserve(&d->keep, &want, &va);
}
static int reserve_on_top(struct desk *d)
{
	return quire_keep_reserve_at(&d->keep, VA(5), 3 * PAGE, 'n');
}
static int unmap_last(struct desk *d)
{
	return desk_unmap(d, 0);
}
static int unmap_one_of_two(struct desk *d)
{
	return desk_unmap(d, 3);
}
static int unmap_inside_kept(struct desk *d)
{
	return desk_unmap(d, 5);
}
static int tag(struct desk *d)
{
	return quire_keep_tag(&d->keep, VA(0), 'z');
}
static int tag_inside_kept(struct desk *d)
{
	return quire_keep_tag(&d->keep, VA(5), 'z');
}
static int query_inside_kept(struct desk *d)
{
	struct quire_extent_info row;

	return quire_keep_query(&d->keep, VA(5), &row);
}
static int drop(struct desk *d)
{
	return quire_keep_drop(&d->keep, 0, PA(11), 40 * PAGE, NULL);
}
static int drop_all(struct desk *d)
{
	return quire_keep_drop_all(&d->keep, NULL);
}

struct call {
	int (*make)(struct desk *d);
	int result;
	const char *seen; /* afterwards */
};

static const struct call calls[] = {
	{map_elsewhere, QUIRE_OK, "a..cnnnn."},
	{map_kept, QUIRE_OK, "a..cee..."},
	{map_inside_kept, QUIRE_OK, "a..c..n.."},
	{map_over_kept, QUIRE_OK, "a..c..nnn"},
	{map_alias, QUIRE_OK, "annc....."},
	{map_shared, QUIRE_IDENTICAL, "a..c....."},
	{map_in_vain, QUIRE_ESPACE, "a..c....."},
	{map_on_top, QUIRE_OK, "a..c.nnn."},
	{reserve, QUIRE_OK, "a..cnnnn."},
	{reserve_on_top, QUIRE_OK, "a..c.nnn."},
	{unmap_last, QUIRE_OK, "...c....."},
	{unmap_one_of_two, QUIRE_OK, "a..c....."},
	{unmap_inside_kept, QUIRE_EUNMAPPED, "a..c....."},
	{tag, QUIRE_OK, "z..c....."},
	{tag_inside_kept, QUIRE_EUNMAPPED, "a..c....."},
	{query_inside_kept, QUIRE_OK, "a..c....."},
	{drop, QUIRE_OK, "a..c....."},
	{drop_all, QUIRE_OK, "a..c....."},
};

static unsigned *counter_of(struct desk *d, enum culprit culprit)
{
	d->rig->hw[0].refusal = REFUSED;
	d->rig->lock_error = NO_SPACE;
	return culprit == PORT         ? &d->rig->hw[0].prepare_in
	       : culprit == SPACE_LOCK ? &d->rig->lock_in
				       : &d->lock_in;
}

/* The call with its n-th step failing.  False if it had no such step. */
static bool fails_at(const struct call *call, enum culprit culprit, unsigned n)
{
	struct desk *d = full_desk();
	unsigned *counter = counter_of(d, culprit);
	unsigned refs = sketch_refs(d->s, 3);
	char before[64], after[64];
	bool reached;
	int result;

	look(d, before);
	*counter = n;
	result = call->make(d);
	reached = *counter == 0;
	*counter = 0;
	look(d, after);
	desk_check(d);
	if (result == error_of[culprit]) {
		assert_true(reached);
		assert_string_equal(after, before);
		assert_int_equal(sketch_refs(d->s, 3), refs);
	} else {
		assert_int_equal(result, call->result);
		assert_string_equal(after, call->seen);
	}
	/* What is left can be had, used, and given back. */
	assert_int_equal(quire_keep_drop_all(&d->keep, NULL), QUIRE_OK);
	assert_int_equal(desk_stats(d).kept, 0);
	desk_close(d);
	return reached;
}

static void every_step_fails(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (unsigned culprit = 0; culprit < CULPRITS; culprit++)
			for (unsigned n = 1; fails_at(&calls[i], (enum culprit)culprit, n); n++)
				failures++;
	print_message("%u steps failed\n", failures);
	assert_true(failures > 80);
}

/* The others are dropped all the same, and what was refused stays kept and is still a hit. */
static void a_refused_drop_does_not_stop_the_others(void **state)
{
	struct desk *d = full_desk();
	uint32_t dropped;

	(void)state;
	counter_of(d, PORT);
	d->rig->hw[0].prepare_in = 2;
	assert_int_equal(quire_keep_drop_all(&d->keep, &dropped), REFUSED);
	assert_int_equal(dropped, 2);
	desk_is(d, "a..cEE...");
	assert_int_equal(desk_map(d, 2, 40, R, 0, 'e'), QUIRE_OK);
	assert_int_equal(desk_stats(d).hits, 1);
	desk_close(d);
}

/* There is no room to keep it, so it is unmapped; if even that is refused, it stays mapped. */
static void no_room_to_keep(void **state)
{
	struct desk *d = full_desk();

	(void)state;
	counter_of(d, PORT);
	d->rig->hw[0].prepare_in = 1;
	assert_int_equal(desk_unmap(d, 0), QUIRE_OK);
	desk_is(d, ".BBcEEFFF");
	desk_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_fails),
		cmocka_unit_test(a_refused_drop_does_not_stop_the_others),
		cmocka_unit_test(no_room_to_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
