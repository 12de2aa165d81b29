/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire_keep_check finds what it is for: each kind of damage, done to a sound list one at a time.
 */
#include <string.h>

#include "keep/desk.h"
#include "keep/private.h"

static struct quire_keep_slot *kept_slot(struct quire_keep *k)
{
	return slot_at(k, slot_at(k, KEPT)->older);
}

static struct quire_keep_slot *used_slot(struct quire_keep *k)
{
	return slot_at(k, slot_at(k, USED)->older);
}

static void other_pa(struct quire_keep *k)
{
	kept_slot(k)->pa += PAGE;
}
static void other_size(struct quire_keep *k)
{
	kept_slot(k)->size += PAGE;
}
static void other_va(struct quire_keep *k)
{
	kept_slot(k)->va += PAGE;
}
static void other_side_of_it(struct quire_keep *k)
{
	kept_slot(k)->other += PAGE;
}
static void other_tag(struct quire_keep *k)
{
	kept_slot(k)->tag++;
}
static void other_target(struct quire_keep *k)
{
	kept_slot(k)->target = 1;
}
static void other_attr(struct quire_keep *k)
{
	kept_slot(k)->attr = RW;
}
static void other_window(struct quire_keep *k)
{
	kept_slot(k)->window = 1;
}
static void other_holders(struct quire_keep *k)
{
	used_slot(k)->holders = 2;
}
static void kept_with_holders(struct quire_keep *k)
{
	kept_slot(k)->holders = 1;
}
static void used_without(struct quire_keep *k)
{
	used_slot(k)->holders = 0;
}
static void too_many(struct quire_keep *k)
{
	k->kept = k->slots + 1;
}
static void one_kept_less(struct quire_keep *k)
{
	k->kept--;
}
static void one_used_more(struct quire_keep *k)
{
	k->used++;
}
static void broken_ring(struct quire_keep *k)
{
	kept_slot(k)->newer = slot_at(k, USED)->older;
}
static void ring_out_of_bounds(struct quire_keep *k)
{
	kept_slot(k)->older = UINT16_MAX;
}
static void ring_without_its_head(struct quire_keep *k)
{
	unsigned i = slot_at(k, KEPT)->older;

	slot_at(k, i)->older = slot_at(k, i)->newer = (uint16_t)i;
}
static void lost_slot(struct quire_keep *k)
{
	k->free = slot_at(k, k->free)->older;
}
static void free_slot_in_use(struct quire_keep *k)
{
	k->free = slot_at(k, USED)->older;
}
static void free_slots_in_a_circle(struct quire_keep *k)
{
	slot_at(k, k->free)->older = k->free;
}
static void out_of_the_shown(struct quire_keep *k)
{
	for (unsigned b = 0; b < 1u << (HASH_BITS - k->shift); b++)
		k->shown[b] = NONE;
}
static void out_of_the_places(struct quire_keep *k)
{
	for (unsigned b = 0; b < 1u << (HASH_BITS - k->shift); b++)
		k->place[b] = NONE;
}
static void shown_in_a_circle(struct quire_keep *k)
{
	unsigned i = slot_at(k, KEPT)->older;

	slot_at(k, i)->same_shown = (uint16_t)i;
}
static void places_in_a_circle(struct quire_keep *k)
{
	unsigned i = slot_at(k, KEPT)->older;

	slot_at(k, i)->same_place = (uint16_t)i;
}
static void bucket_out_of_bounds(struct quire_keep *k)
{
	k->shown[0] = UINT16_MAX;
}
static void place_out_of_bounds(struct quire_keep *k)
{
	k->place[0] = UINT16_MAX;
}

static void (*const damages[])(struct quire_keep *) = {
	other_pa,
	other_size,
	other_va,
	other_side_of_it,
	other_tag,
	other_target,
	other_attr,
	other_window,
	other_holders,
	kept_with_holders,
	used_without,
	too_many,
	one_kept_less,
	one_used_more,
	broken_ring,
	ring_out_of_bounds,
	ring_without_its_head,
	lost_slot,
	free_slot_in_use,
	free_slots_in_a_circle,
	out_of_the_shown,
	out_of_the_places,
	shown_in_a_circle,
	places_in_a_circle,
	bucket_out_of_bounds,
	place_out_of_bounds,
};

static void every_damage_is_found(void **state)
{
	static struct quire_keep list;
	static uint8_t memory[16384];

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct desk *d = desk_open(16, 4);
		size_t size = (size_t)quire_keep_memory_size(4);
		const char *what = NULL;

		desk_pair(d, 2, 0, 'a');
		desk_pair(d, 1, 4, 'b');
		assert_int_equal(desk_map(d, 2, 8, R, 0, 'c'), QUIRE_OK);
		desk_check(d);
		assert_in_range(size, 1, sizeof(memory));
		list = d->keep;
		memcpy(memory, d->memory, size);
		damages[i](&d->keep);
		assert_int_equal(quire_keep_check(&d->keep, NULL), QUIRE_ECORRUPT);
		assert_int_equal(quire_keep_check(&d->keep, &what), QUIRE_ECORRUPT);
		assert_non_null(what);
		d->keep = list;
		memcpy(d->memory, memory, size);
		desk_close(d);
	}
}

/* Behind the list's back. */
static void a_change_in_the_space_is_found(void **state)
{
	struct desk *d = desk_open(16, 4);

	(void)state;
	desk_pair(d, 2, 0, 'a');
	assert_int_equal(quire_space_unmap_part(d->space, VA(1), PAGE), QUIRE_OK);
	assert_int_equal(quire_keep_check(&d->keep, NULL), QUIRE_ECORRUPT);
	assert_int_equal(quire_space_resize(d->space, VA(0), 2 * PAGE), QUIRE_OK);
	assert_int_equal(quire_space_protect(d->space, VA(1), PAGE, RW, 0), QUIRE_OK);
	assert_int_equal(quire_keep_check(&d->keep, NULL), QUIRE_ECORRUPT);
	assert_int_equal(quire_space_protect(d->space, VA(1), PAGE, R, 0), QUIRE_OK);
	desk_close(d);
}

static void a_lock_that_fails_is_no_damage(void **state)
{
	struct desk *d = desk_open(16, 4);
	const char *what = "as it was";

	(void)state;
	desk_pair(d, 2, 0, 'a');
	d->rig->lock_error = -7;
	d->rig->lock_in = 1;
	assert_int_equal(quire_keep_check(&d->keep, &what), -7);
	assert_string_equal(what, "as it was");
	desk_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_damage_is_found),
		cmocka_unit_test(a_change_in_the_space_is_found),
		cmocka_unit_test(a_lock_that_fails_is_no_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
