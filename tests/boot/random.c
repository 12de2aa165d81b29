/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images at random, beside the same parts put into another space one after the other by the verbs
 * that there are for one: if all of those work the image does, and the maps are alike; if one does
 * not, nothing is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/image.h"
#include "quire/boot.h"

#define PAGE   0x1000u
#define PARTS  6u
#define IMAGES 4000u

static const struct rig_plan plan = {
	.name = "a board",
	.mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP | QUIRE_MMU_BREAK_BEFORE_MAKE), RIG_TABLE(12, 5)},
	.window = {{.name = "low",
		    .base = 0x10000000,
		    .exec_base = 0x10000000,
		    .walk = 0x10000000,
		    .size = 0x400000,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 1},
		   {.name = "sides",
		    .base = 0x10400000,
		    .exec_base = 0x20000000,
		    .walker = 1,
		    .size = 32 * PAGE,
		    .caps = QUIRE_CAP_MASK & ~(unsigned)QUIRE_CAP_USER,
		    .targets = 3}},
	.memory = {{.name = "ram", .base = 0x10000000, .size = 0x410000, .caps = QUIRE_CAP_MASK},
		   {.name = "rom",
		    .base = 0x10400000,
		    .size = 0x20000,
		    .caps = QUIRE_CAP_READ | QUIRE_CAP_EXEC}},
	.mappings = 24,
	.tables = 6,
};

static struct rig rig, twin;
static uint64_t state;

/* A page of one of the places where parts come together. */
static quire_va somewhere(void)
{
	static const quire_va place[] = {0x10000000, 0x10000000, 0x101f8000,
					 0x103f8000, 0x10400000, 0x20000000};

	return place[rig_below(&state, 6)] + rig_below(&state, 16) * PAGE;
}

static void part_choose(struct quire_boot_part *part)
{
	static const uint8_t attr[] = {QUIRE_READ, QUIRE_READ | QUIRE_EXEC,
				       QUIRE_READ | QUIRE_WRITE, QUIRE_READ | QUIRE_USER, 7};
	unsigned odd = rig_below(&state, 24);

	*part = (struct quire_boot_part){.name = "part", .start = somewhere()};
	part->end = part->start + rig_below(&state, odd == 0 ? 0x300000 : 0x3001);
	part->attr = attr[rig_below(&state, odd == 1 ? 5 : 3)];
	if (odd == 2 || odd == 3)
		part->attr = QUIRE_READ | QUIRE_USER;
	part->target = odd > 3 && odd < 7;
	part->flags = (uint8_t)rig_below(&state, 64);
	if (odd != 7)
		part->flags &= (uint8_t)~QUIRE_BOOT_WX;
	if (odd == 8)
		part->start += 0x800;
}

/* Put one part in; anything but 0 is a failure. */
static int part_put(const struct quire_boot *image, unsigned i)
{
	const struct quire_boot_part *p = &image->parts[i];
	quire_va offset = p->flags & QUIRE_BOOT_FIXED ? 0 : image->offset;
	struct quire_want want = {.pa = p->start - offset,
				  .size = p->end - p->start,
				  .target = p->target,
				  .attr = p->attr,
				  .tag = (uint16_t)(image->first_tag + i)};
	struct quire_got got;

	if (p->end < p->start)
		return QUIRE_EFLAG;
	if (p->end == p->start)
		return 0;
	if (p->flags & QUIRE_BOOT_RESERVE)
		return quire_space_reserve_at(&twin.space, p->start, want.size, want.tag);
	want.flags = (p->flags & QUIRE_BOOT_SHARED ? QUIRE_SHARED : 0) |
		     (p->flags & QUIRE_BOOT_WX ? QUIRE_WX : 0);
	return quire_space_map_at(&twin.space, p->start, &want, &got);
}

/* Reserve the page of a window that a byte is in, if it is free. */
static int guard_put(const struct quire_boot *image, unsigned i, quire_va byte)
{
	struct quire_extent_info there;
	int err = quire_space_query(&twin.space, byte, &there);

	if (err == QUIRE_EFOREIGN)
		return 0;
	if (there.kind == QUIRE_MAPPED)
		return QUIRE_ETAKEN;
	if (there.kind == QUIRE_RESERVED)
		return 0;
	return quire_space_reserve_at(&twin.space, byte & ~(quire_va)(PAGE - 1), PAGE,
				      (uint16_t)(image->first_tag + i));
}

static int put_all(const struct quire_boot *image, unsigned *culprit)
{
	int err = 0;

	for (*culprit = 0; *culprit < image->count; ++*culprit) {
		err = part_put(image, *culprit);
		if (err)
			return err;
	}
	for (*culprit = 0; *culprit < image->count; ++*culprit) {
		const struct quire_boot_part *p = &image->parts[*culprit];

		if (p->start == p->end)
			continue;
		if (p->flags & QUIRE_BOOT_GUARD_BELOW)
			err = guard_put(image, *culprit, p->start - 1);
		if (!err && (p->flags & QUIRE_BOOT_GUARD_ABOVE))
			err = guard_put(image, *culprit,
					(p->end + PAGE - 1) & ~(quire_va)(PAGE - 1));
		if (err)
			return err;
	}
	return 0;
}

static void maps_are_alike(void)
{
	struct quire_cursor a = {0}, b = {0};
	struct quire_extent_info row, other;
	int err;

	do {
		err = quire_space_next(&rig.space, &a, &row);
		assert_int_equal(quire_space_next(&twin.space, &b, &other), err);
		if (!err)
			assert_null(rig_row_difference(&row, &other));
	} while (!err);
	assert_null(rig_check(&rig));
}

/* Some images want more than there is; the one call and the many run out at other moments. */
static bool is_shortage(int err)
{
	return err == QUIRE_EPOOL || err == QUIRE_ETABLES;
}

/* A few mappings that are there before, in both spaces; false if there was not enough for them. */
static bool furnish(void)
{
	bool enough = true;

	for (unsigned i = rig_below(&state, 3); i > 0; i--) {
		const struct quire_want want = {.pa = 0x10000000 + rig_below(&state, 16) * PAGE,
						.size = PAGE,
						.attr = QUIRE_READ,
						.flags = QUIRE_SHARED};
		quire_va va = somewhere();
		struct quire_got got;
		int err = quire_space_map_at(&rig.space, va, &want, &got);

		assert_int_equal(quire_space_map_at(&twin.space, va, &want, &got), err);
		enough = enough && !is_shortage(err);
	}
	return enough;
}

/* What an image takes that works is enough for it, and one descriptor or table less is not. */
static void takes_what_it_needs(const struct quire_boot *image, uint64_t seed, uint32_t mappings,
				uint32_t tables)
{
	struct rig_plan exact = plan;
	unsigned culprit;

	for (unsigned less = 0; less < 3; less++) {
		exact.mappings = mappings - (less == 1);
		exact.tables = tables - (less == 2 && tables != 0);
		state = seed;
		assert_int_equal(rig_open(&rig, &exact) | rig_open(&twin, &exact), 0);
		if (furnish())
			assert_int_equal(quire_boot_map(&rig.space, image, &culprit),
					 exact.mappings < mappings ? QUIRE_EPOOL
					 : exact.tables < tables   ? QUIRE_ETABLES
								   : 0);
		rig_close(&rig);
		rig_close(&twin);
	}
}

static int one_image(uint64_t seed)
{
	struct quire_boot_part parts[PARTS];
	struct quire_boot image = {parts, 0, 0, 100};
	unsigned culprit = 0, expected_culprit;
	uint32_t mappings, tables;
	struct image before;
	int result, expected;

	state = seed;
	assert_int_equal(rig_open(&rig, &plan) | rig_open(&twin, &plan), 0);
	assert_true(image_open(&before, &rig));
	(void)furnish();
	image.count = (uint8_t)(1 + rig_below(&state, PARTS));
	image.offset = rig_below(&state, 3) ? 0 : (quire_va)0 - rig_below(&state, 8) * PAGE;
	for (unsigned i = 0; i < image.count; i++)
		part_choose(&parts[i]);
	image_take(&before, &rig);
	result = quire_boot_map(&rig.space, &image, &culprit);
	expected = put_all(&image, &expected_culprit);
	if (result == 0) {
		assert_int_equal(expected, 0);
		maps_are_alike();
	} else {
		assert_null(image_differs(&before, &rig));
		assert_int_not_equal(expected, 0);
		if (!is_shortage(result) && !is_shortage(expected))
			assert_int_equal(culprit, expected_culprit);
	}
	mappings = plan.mappings - rig.space.free_count;
	tables = plan.tables - rig.walker[0].pool.free;
	image_close(&before);
	rig_close(&rig);
	rig_close(&twin);
	if (result == 0)
		takes_what_it_needs(&image, seed, mappings, tables);
	return result;
}

static void test_images(void **unused)
{
	unsigned worked = 0, failed[128] = {0};

	(void)unused;
	for (unsigned i = 0; i < IMAGES; i++) {
		int result = one_image((i + 1) * UINT64_C(0x9e3779b97f4a7c15));

		worked += result == 0;
		failed[-result & 127]++;
	}
	print_message("%u of %u worked\n", worked, IMAGES);
	assert_true(worked > IMAGES / 20);
	assert_true(failed[-QUIRE_EOVERLAP] && failed[-QUIRE_ETAKEN] && failed[-QUIRE_EWX] &&
		    failed[-QUIRE_ECAPS] && failed[-QUIRE_EALIGN] && failed[-QUIRE_EBEYOND]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_images)};

	return cmocka_run_group_tests_name("boot_random", tests, NULL, NULL);
}
