/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call and every error, in the order of the header: each call is wrong in the way that is
 * looked for and in every way that is looked for later, if both can be.  Nothing may have changed,
 * and no output been written.
 */
#include <stdlib.h>

#include "yard.h"

#define NOBODY 0xabcdu /* what outputs hold before */

static const struct yard_plan plan = {
	.pages = 16, .psram = 40, .banks = 10, .places = 8, .first_bank = 5};

static struct yard yard;
static struct yard_image before;

/* Banks 0 to 5 are owned, 0 and 1 are shown at places 0 and 1; ranges are 0..2 and 3..5. */
static int open_it(void **unused)
{
	quire_bank bank[6], place;

	(void)unused;
	yard_open(&yard, &plan);
	assert_int_equal(quire_bank_take(&yard.pool, bank, 6), 0);
	assert_int_equal(quire_bank_range_take(&yard.pool, 3, &place, NULL), 0);
	assert_int_equal(quire_bank_range_take(&yard.pool, 3, &place, NULL), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 2, 0, 0, NULL), 0);
	yard_image_take(&yard, &before);
	return 0;
}

static int close_it(void **unused)
{
	(void)unused;
	yard_unchanged(&yard, &before);
	yard_check(&yard);
	yard_image_free(&before);
	yard_close(&yard);
	return 0;
}

static void take(void **unused)
{
	quire_bank bank[11] = {NOBODY};

	(void)unused;
	assert_int_equal(quire_bank_take(NULL, bank, 0), QUIRE_ENULL);
	assert_int_equal(quire_bank_take(&yard.pool, NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_bank_take(&yard.pool, bank, 0), QUIRE_EZERO);
	assert_int_equal(quire_bank_take(&yard.pool, bank, 5), QUIRE_ESPACE);
	assert_int_equal(quire_bank_take(&yard.pool, bank, UINT32_MAX), QUIRE_ESPACE);
	assert_int_equal(bank[0], NOBODY);
}

static void give(void **unused)
{
	const quire_bank beyond[] = {0, 9, 10}, shown[] = {2, 9, 1}, nobodys[] = {2, 3, 9},
			 twice[] = {5, 2, 3, 5};

	(void)unused;
	assert_int_equal(quire_bank_give(NULL, beyond, 0), QUIRE_ENULL);
	assert_int_equal(quire_bank_give(&yard.pool, NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_bank_give(&yard.pool, beyond, 0), QUIRE_EZERO);
	assert_int_equal(quire_bank_give(&yard.pool, beyond, 3), QUIRE_EBEYOND);
	assert_int_equal(quire_bank_give(&yard.pool, shown, 3), QUIRE_EREFERENCED);
	assert_int_equal(quire_bank_give(&yard.pool, nobodys, 3), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_give(&yard.pool, twice, 4), QUIRE_EUNMAPPED);
}

static void range_take(void **unused)
{
	quire_bank first = NOBODY;
	quire_va va = NOBODY;

	(void)unused;
	assert_int_equal(quire_bank_range_take(NULL, 0, &first, &va), QUIRE_ENULL);
	assert_int_equal(quire_bank_range_take(&yard.pool, 0, NULL, &va), QUIRE_ENULL);
	assert_int_equal(quire_bank_range_take(&yard.pool, 0, &first, &va), QUIRE_EZERO);
	assert_int_equal(quire_bank_range_take(&yard.pool, 3, &first, &va), QUIRE_ESPACE);
	assert_int_equal(quire_bank_range_take(&yard.pool, UINT32_MAX, &first, &va), QUIRE_ESPACE);
	assert_true(first == NOBODY && va == NOBODY);
}

static void range_give(void **unused)
{
	(void)unused;
	assert_int_equal(quire_bank_range_give(NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_bank_range_give(&yard.pool, 1), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_range_give(&yard.pool, 6), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_range_give(&yard.pool, 8), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_range_give(&yard.pool, 0xffff), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_range_give(&yard.pool, 0), QUIRE_EREFERENCED);
}

static int show(const quire_bank *banks, uint32_t count, quire_bank place, unsigned attr)
{
	quire_va va = NOBODY;
	int result = quire_bank_show(&yard.pool, banks, count, place, attr, &va);

	assert_true(va == NOBODY);
	return result;
}

static void show_is_refused(void **unused)
{
	const quire_bank all_wrong[] = {10, 9, 0, 0}, nobodys[] = {0, 9, 9}, shown[] = {2, 0, 3},
			 twice[] = {4, 5, 4}, good[] = {2, 3, 4, 5};

	(void)unused;
	assert_int_equal(quire_bank_show(NULL, all_wrong, 0, 6, 4, NULL), QUIRE_ENULL);
	assert_int_equal(quire_bank_show(&yard.pool, NULL, 0, 6, 4, NULL), QUIRE_ENULL);
	assert_int_equal(show(all_wrong, 0, 6, QUIRE_EXEC), QUIRE_EZERO);
	assert_int_equal(show(all_wrong, 4, 6, QUIRE_EXEC), QUIRE_EFLAG);
	assert_int_equal(show(all_wrong, 4, 6, 0), QUIRE_EUNMAPPED);
	assert_int_equal(show(all_wrong, 4, 8, 0), QUIRE_EUNMAPPED);
	assert_int_equal(show(all_wrong, 4, 0xffff, 0), QUIRE_EUNMAPPED);
	assert_int_equal(show(all_wrong, 4, 0, 0), QUIRE_EBEYOND);
	assert_int_equal(show(good, 4, 3, 0), QUIRE_EBEYOND); /* the range ends */
	assert_int_equal(show(good, UINT32_MAX, 3, 0), QUIRE_EBEYOND);
	assert_int_equal(show(all_wrong, 3, 0, 0), QUIRE_EBEYOND); /* no such bank */
	assert_int_equal(show(nobodys, 3, 0, 0), QUIRE_EUNMAPPED);
	assert_int_equal(show(shown, 3, 0, 0), QUIRE_ETAKEN);
	assert_int_equal(show(good, 2, 1, 0), QUIRE_ETAKEN);
	assert_int_equal(show(shown, 3, 3, 0), QUIRE_EREFERENCED);
	assert_int_equal(show(twice, 3, 3, 0), QUIRE_EREFERENCED);
}

static void hide(void **unused)
{
	(void)unused;
	assert_int_equal(quire_bank_hide(NULL, 6, 0), QUIRE_ENULL);
	assert_int_equal(quire_bank_hide(&yard.pool, 6, 0), QUIRE_EZERO);
	assert_int_equal(quire_bank_hide(&yard.pool, 6, 9), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_hide(&yard.pool, 8, 1), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_hide(&yard.pool, 0xffff, UINT32_MAX), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_hide(&yard.pool, 1, 3), QUIRE_EBEYOND);
	assert_int_equal(quire_bank_hide(&yard.pool, 0, UINT32_MAX), QUIRE_EBEYOND);
	assert_int_equal(quire_bank_hide(&yard.pool, 0, 3), QUIRE_EUNMAPPED);
}

static void stats_and_check(void **unused)
{
	struct quire_bank_stats stats;
	const char *what;

	(void)unused;
	assert_int_equal(quire_bank_stats(NULL, &stats), QUIRE_ENULL);
	assert_int_equal(quire_bank_stats(&yard.pool, NULL), QUIRE_ENULL);
	assert_int_equal(quire_bank_check(NULL, &what), QUIRE_ENULL);
	assert_int_equal(quire_bank_check(&yard.pool, NULL), 0);
	yard_fail(&yard.space_lock, 3, 1); /* it cannot look at the third place */
	assert_int_equal(quire_bank_check(&yard.pool, &what), REFUSAL);
	assert_int_equal(quire_bank_close(NULL), QUIRE_ENULL);
	assert_int_equal(quire_bank_close(&yard.pool), QUIRE_EREFERENCED);
}

/* Each thing made wrong behind the pool's back is found, and named. */
static void damaged(const char *expected)
{
	const char *what = "nothing";

	assert_int_equal(quire_bank_check(&yard.pool, NULL), QUIRE_ECORRUPT);
	assert_int_equal(quire_bank_check(&yard.pool, &what), QUIRE_ECORRUPT);
	assert_string_equal(what, expected);
}

static void check_finds_damaged_bitmaps(void **unused)
{
	struct quire_bank_pool *p = &yard.pool;
	struct quire_bank_pool good = *p;

	(void)unused;
	p->banks_free++;
	damaged("banks: another number is free than is counted");
	*p = good;
	p->free[0] |= 1u << 20; /* behind the last */
	damaged("banks: another number is free than is counted");
	p->free[0] &= ~(1u << 20);
	p->free_words[0] = 0;
	damaged("banks: the summary does not say where the free ones are");
	p->free_words[0] = 1;
	p->places_free--;
	damaged("places: another number is free than is counted");
	*p = good;
	p->begins[0] |= 1u << 7;
	damaged("places: a range begins at a free place");
	p->begins[0] = 1u << 3;
	damaged("places: a range has no beginning");
	p->begins[0] = 1u << 3 | 1u;
}

static void check_finds_notes_that_disagree(void **unused)
{
	struct quire_bank_pool *p = &yard.pool;
	struct quire_bank_pool good = *p;

	(void)unused;
	p->free[0] ^= 1u << 1 | 1u << 9;
	damaged("banks: a free one is shown");
	p->free[0] ^= 1u << 1 | 1u << 9;
	p->shown_at[1] = 2;
	damaged("banks: one is shown at a place that shows another");
	p->shown_at[1] = 1;
	p->banks_shown++;
	damaged("banks: another number is shown than is counted");
	*p = good;
	p->shows[4] = 1;
	damaged("places: one shows a bank that is elsewhere");
	p->shows[4] = 0xffff;
	p->shows[7] = 1;
	damaged("places: a free one shows a bank");
	p->shows[7] = 0xffff;
}

static void check_finds_a_space_that_was_changed(void **unused)
{
	struct quire_bank_pool *p = &yard.pool;
	const quire_va place = YARD_DATA + 5 * PAGE;
	const struct quire_want other = {
		.pa = YARD_PSRAM, .target = QUIRE_PSRAM0, .attr = RW, .flags = QUIRE_SHARED};
	const struct quire_want own = {.pa = YARD_PSRAM + 5 * PAGE,
				       .target = QUIRE_PSRAM0,
				       .attr = RW,
				       .caps = QUIRE_CAP_8BIT,
				       .tag = YARD_TAG};

	(void)unused;
	p->allows[0] = QUIRE_READ;
	damaged("space: a place allows something else");
	p->allows[0] = RW;
	assert_int_equal(quire_space_switch(&yard.space, YARD_DATA, &other), 0);
	damaged("space: a place does not show its bank");
	assert_int_equal(quire_space_switch(&yard.space, YARD_DATA, NULL), 0);
	damaged("space: a place does not show its bank");
	assert_int_equal(quire_space_switch(&yard.space, YARD_DATA, &own), 0);
	assert_int_equal(quire_space_switch(&yard.space, place, &other), 0);
	damaged("space: a place that shows nothing");
	assert_int_equal(quire_space_switch(&yard.space, place, NULL), 0);
	assert_int_equal(quire_space_release(&yard.space, place), 0);
	damaged("space: a place that shows nothing");
	assert_int_equal(quire_space_release(&yard.space, place + PAGE), 0);
	assert_int_equal(quire_space_reserve_at(&yard.space, place, 2 * PAGE, YARD_TAG), 0);
	damaged("space: a place is not one page");
	assert_int_equal(quire_space_release(&yard.space, place), 0);
	assert_int_equal(quire_space_reserve_at(&yard.space, place, PAGE, YARD_TAG), 0);
	assert_int_equal(quire_space_reserve_at(&yard.space, place + PAGE, PAGE, YARD_TAG), 0);
}

/* -- init -- */

static struct quire_bank_pool made;

static int init(const struct quire_bank_config *config)
{
	int result = quire_bank_init(&made, config);

	assert_null(made.space);
	yard_unchanged(&yard, &before);
	return result;
}

/* A good configuration beside the pool that is there, in memory of its own. */
static struct quire_bank_config fresh(void)
{
	struct quire_bank_config config = yard_config(&yard);

	config.va = YARD_DATA + 8 * PAGE;
	config.places = 4;
	config.memory = calloc(1, (size_t)config.memory_size);
	return config;
}

static void init_is_refused_for_counts_and_memory(void **unused)
{
	struct quire_bank_config good = fresh(), c = good;

	(void)unused;
	assert_int_equal(quire_bank_init(NULL, &c), QUIRE_ENULL);
	assert_int_equal(init(NULL), QUIRE_ENULL);
	c.space = NULL;
	assert_int_equal(init(&c), QUIRE_ENULL);
	c = good;
	c.memory = NULL;
	assert_int_equal(init(&c), QUIRE_ENULL);
	c = good;
	c.banks = 0;
	c.memory_size = 0;
	assert_int_equal(init(&c), QUIRE_EFLAG);
	c.banks = QUIRE_BANK_MAX + 1;
	assert_int_equal(init(&c), QUIRE_EFLAG);
	c = good;
	c.places = 0;
	assert_int_equal(init(&c), QUIRE_EFLAG);
	c.places = QUIRE_BANK_MAX + 1;
	assert_int_equal(init(&c), QUIRE_EFLAG);
	c = good;
	c.memory_size = quire_bank_memory_size(c.banks, c.places) - 1;
	c.target = 9;
	assert_int_equal(init(&c), QUIRE_EPOOL);
	free(good.memory);
}

static void init_is_refused_for_what_is_shown(void **unused)
{
	struct quire_bank_config good = fresh(), c = good;

	(void)unused;
	c.target = 2;
	c.attr = 0x80;
	assert_int_equal(init(&c), QUIRE_ETARGET);
	c.target = 255;
	assert_int_equal(init(&c), QUIRE_ETARGET);
	c.target = QUIRE_PSRAM0;
	c.va = 0x1234567;
	assert_int_equal(init(&c), QUIRE_EFLAG);
	c.attr = RW;
	c.caps = 0x80;
	assert_int_equal(init(&c), QUIRE_EFLAG);
	c.caps = 0;
	c.attr = RW | QUIRE_EXEC;
	assert_int_equal(init(&c), QUIRE_EWX);
	c.attr = QUIRE_EXEC; /* psram cannot */
	assert_int_equal(init(&c), QUIRE_ECAPS);
	c = good;
	c.pa += PAGE * 31;
	assert_int_equal(init(&c), QUIRE_EBEYOND);
	c.pa = 0;
	assert_int_equal(init(&c), QUIRE_EBEYOND);
	c = good;
	c.banks = 36;
	assert_int_equal(init(&c), QUIRE_EPOOL); /* the memory is for fewer */
	free(good.memory);
}

static void init_is_refused_for_places(void **unused)
{
	struct quire_bank_config good = fresh(), c = good;

	(void)unused;
	c.va = 0x1234567;
	c.pa = 1;
	assert_int_equal(init(&c), QUIRE_EFOREIGN);
	c.va = YARD_WORDS + 1; /* no bytes there */
	assert_int_equal(init(&c), QUIRE_ECAPS);
	c.va = YARD_CODE;
	assert_int_equal(init(&c), QUIRE_ECAPS);
	c.va = 0;
	c.caps = QUIRE_CAP_USER;
	assert_int_equal(init(&c), QUIRE_ECAPS);
	c = good;
	c.va++;
	assert_int_equal(init(&c), QUIRE_EALIGN);
	c.va = 0;
	c.pa++;
	assert_int_equal(init(&c), QUIRE_EALIGN);
	c = good;
	c.va += 5 * PAGE;
	assert_int_equal(init(&c), QUIRE_EFOREIGN); /* the last is outside */
	c.va = good.va - PAGE;
	assert_int_equal(init(&c), QUIRE_ETAKEN);
	c.va = 0;
	c.places = 9;
	c.banks = 1;
	assert_int_equal(init(&c), QUIRE_ESPACE);
	c.places = QUIRE_BANK_MAX;
	c.memory_size = quire_bank_memory_size(1, QUIRE_BANK_MAX);
	assert_int_equal(init(&c), QUIRE_ESPACE); /* before the memory is touched */
	free(good.memory);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_it, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(take),
		TEST(give),
		TEST(range_take),
		TEST(range_give),
		TEST(show_is_refused),
		TEST(hide),
		TEST(stats_and_check),
		TEST(check_finds_damaged_bitmaps),
		TEST(check_finds_notes_that_disagree),
		TEST(check_finds_a_space_that_was_changed),
		TEST(init_is_refused_for_counts_and_memory),
		TEST(init_is_refused_for_what_is_shown),
		TEST(init_is_refused_for_places),
	};

	return cmocka_run_group_tests_name("bank errors", tests, NULL, NULL);
}
