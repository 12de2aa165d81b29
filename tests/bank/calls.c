/* SPDX-License-Identifier: Apache-2.0 */
/* What each call does, rule by rule. */
#include <stdlib.h>

#include "yard.h"

static const struct yard_plan small = {
	.pages = 32, .psram = 64, .banks = 40, .places = 8, .first_bank = 3};

static struct yard yard;

static int open_small(void **unused)
{
	(void)unused;
	yard_open(&yard, &small);
	return 0;
}

static int close_it(void **unused)
{
	(void)unused;
	yard_check(&yard);
	yard_close(&yard);
	return 0;
}

static struct quire_bank_stats stats(void)
{
	struct quire_bank_stats s;

	assert_int_equal(quire_bank_stats(&yard.pool, &s), 0);
	return s;
}

static quire_bank range(uint32_t count)
{
	quire_bank first;

	assert_int_equal(quire_bank_range_take(&yard.pool, count, &first, NULL), 0);
	return first;
}

/* -- banks -- */

static void the_lowest_free_banks_are_taken(void **unused)
{
	quire_bank bank[8], again[4];
	const quire_bank back[] = {5, 1, 4};

	(void)unused;
	assert_int_equal(quire_bank_take(&yard.pool, bank, 8), 0);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(bank[i], i);
	assert_int_equal(quire_bank_give(&yard.pool, back, 3), 0);
	assert_int_equal(quire_bank_take(&yard.pool, again, 4), 0);
	assert_int_equal(again[0], 1);
	assert_int_equal(again[1], 4);
	assert_int_equal(again[2], 5);
	assert_int_equal(again[3], 8);
}

static void banks_can_be_taken_to_the_last_and_given_back(void **unused)
{
	quire_bank bank[40], more = 99;

	(void)unused;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 40; i++)
			assert_int_equal(quire_bank_take(&yard.pool, &bank[i], 1), 0);
		assert_int_equal(stats().banks_free, 0);
		assert_int_equal(quire_bank_take(&yard.pool, &more, 1), QUIRE_ESPACE);
		assert_int_equal(more, 99);
		assert_int_equal(quire_bank_give(&yard.pool, bank, 40), 0);
		assert_int_equal(stats().banks_free, 40);
	}
}

/* -- ranges -- */

static void the_lowest_run_that_fits_is_taken(void **unused)
{
	quire_bank a = range(2), b = range(3), c = range(2);
	quire_bank first;
	quire_va va;

	(void)unused;
	assert_true(a == 0 && b == 2 && c == 5);
	assert_int_equal(quire_bank_range_give(&yard.pool, a), 0);
	assert_int_equal(quire_bank_range_give(&yard.pool, c), 0);
	assert_int_equal(stats().longest, 3);
	assert_int_equal(quire_bank_range_take(&yard.pool, 3, &first, &va), 0);
	assert_int_equal(first, 5);
	assert_true(va == YARD_DATA + 5 * PAGE);
	assert_int_equal(range(1), 0);
	assert_int_equal(quire_bank_range_take(&yard.pool, 2, &first, &va), QUIRE_ESPACE);
	assert_int_equal(stats().places_free, 1);
	assert_int_equal(stats().longest, 1);
}

static void ranges_side_by_side_are_given_back_one_by_one(void **unused)
{
	quire_bank a = range(3), b = range(3);

	(void)unused;
	assert_int_equal(quire_bank_range_give(&yard.pool, b), 0);
	assert_int_equal(stats().places_free, 5);
	assert_int_equal(quire_bank_range_give(&yard.pool, a), 0);
	assert_int_equal(stats().longest, 8);
}

/* -- showing -- */

static void banks_are_seen_at_their_places_in_the_order_of_the_list(void **unused)
{
	quire_bank bank[40], place;
	const quire_bank list[] = {31, 7, 12};
	quire_va va;

	(void)unused;
	assert_int_equal(quire_bank_take(&yard.pool, bank, 40), 0);
	place = range(4);
	assert_int_equal(quire_bank_show(&yard.pool, list, 3, (quire_bank)(place + 1), 0, &va), 0);
	assert_true(va == YARD_DATA + PAGE);
	assert_int_equal(yard_read(&yard, YARD_DATA), -1);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(yard_read(&yard, va + i * PAGE), list[i]);
		assert_true(yard_writable(&yard, va + i * PAGE));
	}
	assert_int_equal(stats().banks_shown, 3);
	assert_int_equal(quire_bank_hide(&yard.pool, (quire_bank)(place + 2), 1), 0);
	assert_int_equal(yard_read(&yard, va), 31);
	assert_int_equal(yard_read(&yard, va + PAGE), -1);
	assert_int_equal(yard_read(&yard, va + 2 * PAGE), 12);
}

static void a_bank_can_be_shown_for_reading_only(void **unused)
{
	quire_bank bank[2];
	quire_va va;

	(void)unused;
	assert_int_equal(quire_bank_take(&yard.pool, bank, 2), 0);
	range(2);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 1, 0, QUIRE_READ, &va), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank + 1, 1, 1, 0, NULL), 0);
	assert_false(yard_writable(&yard, va));
	assert_true(yard_writable(&yard, va + PAGE));
}

static void a_bank_is_shown_at_one_place_only(void **unused)
{
	quire_bank bank[3], twice[] = {0, 1, 0};

	(void)unused;
	assert_int_equal(quire_bank_take(&yard.pool, bank, 3), 0);
	range(4);
	range(4);
	assert_int_equal(quire_bank_show(&yard.pool, twice, 3, 0, 0, NULL), QUIRE_EREFERENCED);
	assert_int_equal(stats().banks_shown, 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 1, 0, 0, NULL), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 2, 5, 0, NULL), QUIRE_EREFERENCED);
	assert_int_equal(yard_read(&yard, YARD_DATA + 6 * PAGE), -1);
	assert_int_equal(quire_bank_hide(&yard.pool, 0, 1), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 2, 5, 0, NULL), 0);
	assert_int_equal(yard_read(&yard, YARD_DATA), -1);
	assert_int_equal(yard_read(&yard, YARD_DATA + 5 * PAGE), 0);
}

static void a_bank_that_others_show_is_not_shown(void **unused)
{
	const struct quire_want want = {.pa = YARD_PSRAM + 4 * PAGE,
					.size = PAGE,
					.target = QUIRE_PSRAM0,
					.attr = RW,
					.caps = QUIRE_CAP_8BIT};
	quire_bank bank[2];
	struct quire_got got;

	(void)unused;
	assert_int_equal(quire_bank_take(&yard.pool, bank, 2), 0);
	range(2);
	assert_int_equal(quire_space_map(&yard.space, &want, &got), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 2, 0, 0, NULL), QUIRE_EOVERLAP);
	assert_int_equal(stats().banks_shown, 0);
	assert_int_equal(yard_read(&yard, YARD_DATA), -1);
	assert_int_equal(quire_space_unmap(&yard.space, got.mapping), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 2, 0, 0, NULL), 0);
}

static void the_addresses_stay_reserved_between_two_banks(void **unused)
{
	const struct quire_want want = {
		.pa = YARD_PSRAM, .size = PAGE, .target = QUIRE_PSRAM0, .attr = RW};
	struct quire_extent_info row;
	struct quire_got got;
	quire_bank bank;

	(void)unused;
	assert_int_equal(quire_bank_take(&yard.pool, &bank, 1), 0);
	range(8);
	for (quire_bank place = 0; place < 8; place++) {
		quire_va va = YARD_DATA + place * PAGE;

		assert_int_equal(quire_space_map_at(&yard.space, va, &want, &got), QUIRE_ETAKEN);
		assert_int_equal(quire_bank_show(&yard.pool, &bank, 1, place, 0, NULL), 0);
		assert_int_equal(quire_space_query(&yard.space, va, &row), 0);
		assert_int_equal(row.tag, YARD_TAG);
		assert_int_equal(quire_bank_hide(&yard.pool, place, 1), 0);
		assert_int_equal(quire_space_query(&yard.space, va, &row), 0);
		assert_true(row.kind == QUIRE_RESERVED && row.tag == YARD_TAG);
	}
}

/* -- writing back -- */

static void what_was_written_is_written_back_before_a_bank_leaves(void **unused)
{
	struct yard_plan plan = small;
	quire_bank bank[3];

	(void)unused;
	yard_close(&yard);
	plan.mmu_flags = QUIRE_MMU_WRITE_BACK_FIRST;
	yard_open(&yard, &plan);
	assert_int_equal(quire_bank_take(&yard.pool, bank, 3), 0);
	range(3);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 2, 0, 0, NULL), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank + 2, 1, 2, QUIRE_READ, NULL), 0);
	assert_int_equal(yard.syncs, 0);
	assert_int_equal(quire_bank_hide(&yard.pool, 0, 3), 0);
	assert_int_equal(yard.syncs, 2); /* what cannot have been written is not written back */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(yard.sync[i].how, QUIRE_SYNC_WRITE_BACK);
		assert_true(yard.sync[i].alive);
		assert_true(yard.sync[i].size == PAGE);
		assert_true(yard.sync[i].walk == yard.sync[0].walk + i * PAGE);
	}
}

/* -- making and closing -- */

static void places_are_found_where_the_space_would_put_them(void **unused)
{
	struct yard_plan plan = {.pages = 32, .psram = 64};
	struct quire_bank_config config;
	quire_va expected;

	(void)unused;
	yard_close(&yard);
	yard_open(&yard, &plan);
	/* Gaps of 3, 9, 5, 8 and 3 pages: the one of 5 is the smallest that holds 4. */
	assert_int_equal(quire_space_reserve_at(&yard.space, YARD_DATA + 3 * PAGE, PAGE, 0), 0);
	assert_int_equal(quire_space_reserve_at(&yard.space, YARD_DATA + 13 * PAGE, PAGE, 0), 0);
	assert_int_equal(quire_space_reserve_at(&yard.space, YARD_DATA + 19 * PAGE, PAGE, 0), 0);
	assert_int_equal(quire_space_reserve_at(&yard.space, YARD_DATA + 28 * PAGE, PAGE, 0), 0);
	yard.plan = (struct yard_plan){.banks = 5, .places = 4, .anywhere = true};
	config = yard.config = yard_config(&yard);
	config.memory = yard.config.memory = malloc((size_t)config.memory_size);
	assert_int_equal(quire_bank_init(&yard.pool, &config), 0);
	expected = YARD_DATA + 14 * PAGE;
	assert_true(stats().va == expected);
	assert_true(stats().bank_size == PAGE);
	yard_check(&yard);
}

static void closing_gives_the_addresses_back(void **unused)
{
	struct quire_space_stats before, after;
	quire_bank bank, first;

	(void)unused;
	assert_int_equal(quire_space_stats(&yard.space, &before), 0);
	assert_int_equal(before.mappings, 8);
	assert_int_equal(quire_bank_take(&yard.pool, &bank, 1), 0);
	assert_int_equal(quire_bank_close(&yard.pool), QUIRE_EREFERENCED);
	assert_int_equal(quire_bank_give(&yard.pool, &bank, 1), 0);
	first = range(1);
	assert_int_equal(quire_bank_close(&yard.pool), QUIRE_EREFERENCED);
	assert_int_equal(quire_bank_range_give(&yard.pool, first), 0);
	assert_int_equal(quire_bank_close(&yard.pool), 0);
	assert_int_equal(quire_space_stats(&yard.space, &after), 0);
	assert_int_equal(after.mappings, 0);
	assert_int_equal(quire_bank_take(&yard.pool, &bank, 1), QUIRE_ENULL);
	assert_int_equal(quire_bank_close(&yard.pool), QUIRE_ENULL);
	assert_int_equal(quire_bank_init(&yard.pool, &yard.config), 0);
}

/* -- the largest -- */

static void the_largest_pool_is_used_to_the_last_bank_and_place(void **unused)
{
	const struct yard_plan plan = {.pages = QUIRE_BANK_MAX,
				       .psram = QUIRE_BANK_MAX,
				       .banks = QUIRE_BANK_MAX,
				       .places = QUIRE_BANK_MAX - 16,
				       .mappings = QUIRE_BANK_MAX - 8}; /* 16 bits have no more */
	quire_bank *bank = malloc(QUIRE_BANK_MAX * sizeof(*bank));
	quire_bank first, last = QUIRE_BANK_MAX - 1, more;

	(void)unused;
	yard_close(&yard);
	yard_open(&yard, &plan);
	assert_int_equal(quire_bank_take(&yard.pool, bank, QUIRE_BANK_MAX), 0);
	for (uint32_t i = 0; i < QUIRE_BANK_MAX; i++)
		assert_int_equal(bank[i], i);
	assert_int_equal(quire_bank_take(&yard.pool, &more, 1), QUIRE_ESPACE);
	assert_int_equal(quire_bank_range_take(&yard.pool, plan.places, &first, NULL), 0);
	assert_int_equal(
		quire_bank_show(&yard.pool, &last, 1, (quire_bank)(plan.places - 1), 0, NULL), 0);
	assert_int_equal(yard_read(&yard, YARD_DATA + (plan.places - 1) * PAGE), last);
	yard_check(&yard);
	assert_int_equal(quire_bank_hide(&yard.pool, (quire_bank)(plan.places - 1), 1), 0);
	assert_int_equal(quire_bank_range_give(&yard.pool, first), 0);
	assert_int_equal(quire_bank_give(&yard.pool, &last, 1), 0);
	assert_int_equal(quire_bank_take(&yard.pool, &more, 1), 0);
	assert_int_equal(more, last);
	assert_int_equal(quire_bank_give(&yard.pool, bank, QUIRE_BANK_MAX), 0);
	assert_int_equal(quire_bank_close(&yard.pool), 0);
	free(bank);
}

static void memory_is_some_two_bytes_a_bank_and_three_a_place(void **unused)
{
	(void)unused;
	assert_true(quire_bank_memory_size(0, 1) == 0);
	assert_true(quire_bank_memory_size(1, 0) == 0);
	assert_true(quire_bank_memory_size(QUIRE_BANK_MAX + 1, 1) == 0);
	assert_true(quire_bank_memory_size(1, QUIRE_BANK_MAX + 1) == 0);
	assert_true(quire_bank_memory_size(1, 1) >= 2 + 3 + 16);
	assert_true(quire_bank_memory_size(136, 8) <= 136 * 9 / 4 + 8 * 13 / 4 + 32);
	assert_true(quire_bank_memory_size(QUIRE_BANK_MAX, QUIRE_BANK_MAX) <=
		    QUIRE_BANK_MAX * 11u / 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_small, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_free_banks_are_taken),
		TEST(banks_can_be_taken_to_the_last_and_given_back),
		TEST(the_lowest_run_that_fits_is_taken),
		TEST(ranges_side_by_side_are_given_back_one_by_one),
		TEST(banks_are_seen_at_their_places_in_the_order_of_the_list),
		TEST(a_bank_can_be_shown_for_reading_only),
		TEST(a_bank_is_shown_at_one_place_only),
		TEST(a_bank_that_others_show_is_not_shown),
		TEST(the_addresses_stay_reserved_between_two_banks),
		TEST(what_was_written_is_written_back_before_a_bank_leaves),
		TEST(places_are_found_where_the_space_would_put_them),
		TEST(closing_gives_the_addresses_back),
		TEST(the_largest_pool_is_used_to_the_last_bank_and_place),
		cmocka_unit_test(memory_is_some_two_bytes_a_bank_and_three_a_place),
	};

	return cmocka_run_group_tests_name("bank calls", tests, NULL, NULL);
}
