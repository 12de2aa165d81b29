/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever can fail is made to fail.
 *
 * In random sequences, each call is first made with the port refusing its n-th question, for every
 * n there is, then with the space's lock failing so, then with the pool's: the refusal comes back
 * as it is, and pool, places and tables are what they were, bit for bit.  Then the same for init and
 * close, and what happens where even the way back is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

static const struct yard_plan plan = {
	.pages = 16, .psram = 40, .banks = 36, .places = 14, .first_bank = 2};

static struct yard yard;
static uint32_t fired;

/* -- in calls -- */

/* Make a call with its n-th use of something failing; nothing may have happened. */
static void fails(struct yard_fault *fault, uint32_t n, const struct call *call,
		  const struct yard_image *before)
{
	static struct call now;

	now = *call;
	yard_fail(fault, n, 1);
	call_pool(&yard, &now);
	assert_int_equal(fault->fired, 1);
	yard_fail(fault, 0, 0);
	assert_int_equal(now.result, REFUSAL);
	now.result = call->result;
	assert_memory_equal(&now, call, sizeof(now)); /* outputs too */
	yard_unchanged(&yard, before);
	yard_check(&yard);
	fired++;
}

/* All that a call can fail by.  One that is right asks port and space once for each switch. */
static void fails_each_time(const struct call *call, bool right)
{
	bool switches = right && (call->kind == SHOW || call->kind == HIDE);
	struct yard_image before = {0};

	yard_image_take(&yard, &before);
	fails(&yard.pool_lock, 1, call, &before);
	for (uint32_t n = 1; switches && n <= call->count; n++) {
		fails(&yard.port_fault, n, call, &before);
		fails(&yard.space_lock, n, call, &before);
	}
	yard_image_free(&before);
}

static void every_refusal_of_port_and_locks(void **unused)
{
	static struct call call, should;
	static struct model model, after;
	uint64_t state = 5;

	(void)unused;
	yard_open(&yard, &plan);
	model_init(&model, plan.banks, plan.places);
	for (uint32_t i = 0; i < 30000; i++) {
		call_choose(&model, &state, &call);
		should = call;
		after = model;
		call_model(&after, &should);
		fails_each_time(&call, should.result == 0);
		yard_fail(&yard.port_fault, call.count + 1, 1); /* one more than there are */
		call_pool(&yard, &call);
		assert_int_equal(yard.port_fault.fired, 0);
		yard_fail(&yard.port_fault, 0, 0);
		call_compare(&call, &should);
		model = after;
	}
	assert_true(fired > 30000);
	yard_close(&yard);
}

/* -- in init and close -- */

static void init_fails_at_each_lock_and_leaves_nothing(bool anywhere)
{
	struct yard_plan bare = plan;
	struct yard_image before = {0};
	struct quire_bank_config config;
	uint32_t n = 0;
	int result;

	bare.banks = 0;
	yard_open(&yard, &bare);
	yard.plan = plan;
	yard.plan.anywhere = anywhere;
	config = yard_config(&yard);
	config.memory = malloc((size_t)config.memory_size);
	yard_image_take(&yard, &before);
	do {
		yard_unchanged(&yard, &before);
		yard_fail(&yard.space_lock, ++n, 1);
		result = quire_bank_init(&yard.pool, &config);
		assert_int_equal(result, yard.space_lock.fired != 0 ? REFUSAL : 0);
		yard_fail(&yard.space_lock, 0, 0);
	} while (result != 0);
	assert_true(n == plan.places + 1 + (anywhere ? 4 : 0)); /* three windows, and the end */
	yard_check(&yard);
	yard_image_free(&before);
	yard.config = config;
}

static void close_fails_at_each_lock_and_leaves_all(void)
{
	struct yard_image before = {0};

	yard_image_take(&yard, &before);
	for (uint32_t n = 1; n <= plan.places; n++) {
		yard_fail(&yard.space_lock, n, 1);
		assert_int_equal(quire_bank_close(&yard.pool), REFUSAL);
		yard_fail(&yard.space_lock, 0, 0);
		yard_unchanged(&yard, &before);
		yard_check(&yard);
	}
	yard_image_free(&before);
	assert_int_equal(quire_bank_close(&yard.pool), 0);
	yard_close(&yard);
}

static void init_and_close_at_chosen_places(void **unused)
{
	(void)unused;
	init_fails_at_each_lock_and_leaves_nothing(false);
	close_fails_at_each_lock_and_leaves_all();
}

static void init_and_close_anywhere(void **unused)
{
	(void)unused;
	init_fails_at_each_lock_and_leaves_nothing(true);
	close_fails_at_each_lock_and_leaves_all();
}

static void init_without_enough_descriptors_leaves_nothing(void **unused)
{
	(void)unused;
	for (uint32_t n = 0; n < plan.places; n++) {
		struct yard_plan bare = plan;
		struct yard_image before = {0};
		struct quire_bank_config config;

		bare.banks = 0;
		bare.mappings = n != 0 ? n : 1;
		yard_open(&yard, &bare);
		yard.plan = plan;
		config = yard_config(&yard);
		config.memory = malloc((size_t)config.memory_size);
		yard_image_take(&yard, &before);
		assert_int_equal(quire_bank_init(&yard.pool, &config), QUIRE_EPOOL);
		yard_unchanged(&yard, &before);
		yard_check(&yard);
		yard_image_free(&before);
		free(config.memory);
		yard_close(&yard);
	}
}

/* -- where the way back is refused too -- */

/* Three banks, and a range of three places. */
static void open_three(quire_bank bank[3])
{
	quire_bank place;

	yard_open(&yard, &plan);
	assert_int_equal(quire_bank_take(&yard.pool, bank, 3), 0);
	assert_int_equal(quire_bank_range_take(&yard.pool, 3, &place, NULL), 0);
	assert_int_equal(place, 0);
}

static void seen_are(int first, int second, int third)
{
	yard_check(&yard);
	assert_int_equal(yard_read(&yard, YARD_DATA), first);
	assert_int_equal(yard_read(&yard, YARD_DATA + PAGE), second);
	assert_int_equal(yard_read(&yard, YARD_DATA + 2 * PAGE), third);
}

static void what_cannot_be_hidden_again_stays_shown(void **unused)
{
	quire_bank bank[3];

	(void)unused;
	open_three(bank);
	yard_fail(&yard.port_fault, 3, 2); /* the third show, and hiding the second again */
	assert_int_equal(quire_bank_show(&yard.pool, bank, 3, 0, 0, NULL), REFUSAL);
	seen_are(-1, 1, -1);
	assert_int_equal(quire_bank_give(&yard.pool, bank, 3), QUIRE_EREFERENCED);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 3, 0, 0, NULL), QUIRE_ETAKEN);
	assert_int_equal(quire_bank_hide(&yard.pool, 1, 1), 0);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 3, 0, 0, NULL), 0);
	seen_are(0, 1, 2);
	yard_close(&yard);
}

static void what_cannot_be_shown_again_stays_hidden(void **unused)
{
	quire_bank bank[3];

	(void)unused;
	open_three(bank);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 3, 0, QUIRE_READ, NULL), 0);
	yard_fail(&yard.port_fault, 3, 2); /* the third hide, and showing the first again */
	assert_int_equal(quire_bank_hide(&yard.pool, 0, 3), REFUSAL);
	seen_are(-1, 1, 2);
	assert_false(yard_writable(&yard, YARD_DATA + PAGE));
	assert_int_equal(quire_bank_hide(&yard.pool, 0, 3), QUIRE_EUNMAPPED);
	assert_int_equal(quire_bank_show(&yard.pool, bank, 1, 0, 0, NULL), 0);
	assert_int_equal(quire_bank_hide(&yard.pool, 0, 3), 0);
	seen_are(-1, -1, -1);
	yard_close(&yard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_of_port_and_locks),
		cmocka_unit_test(init_and_close_at_chosen_places),
		cmocka_unit_test(init_and_close_anywhere),
		cmocka_unit_test(init_without_enough_descriptors_leaves_nothing),
		cmocka_unit_test(what_cannot_be_hidden_again_stays_shown),
		cmocka_unit_test(what_cannot_be_shown_again_stays_hidden),
	};

	return cmocka_run_group_tests_name("bank faults", tests, NULL, NULL);
}
