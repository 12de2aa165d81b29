/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call and every error, in the order of the header: each call is wrong in the way that is
 * looked for and in every way that is looked for later, if both can be.  Nothing may have changed,
 * and no output been written.
 */
#include "yard.h"

#include <string.h>

#define A       0x80000000u /* 16 frames */
#define B       0x80010000u /* 8 frames that follow */
#define BEYOND  0x80018000u
#define NOBODY  0xabcdu
#define NOWHERE 0x1000u

static const struct quire_frame_bank banks[] = {
	{"a", A, 16 * PAGE, 2, QUIRE_FRAME_DMA, QUIRE_FRAME_NORMAL},
	{"b", B, 8 * PAGE, 1, 0, QUIRE_FRAME_AVOID},
};

static struct yard yard;
static struct yard_image before;
static struct quire_frame_list taken;

/* Of bank a, frames 0 and 1 are reserved, 2 and 3 held, 4 and 5 taken; of the 18 that are free, 12
   are promised. */
static int open_it(void **unused)
{
	const struct quire_frame_want two = {.count = 2};

	(void)unused;
	yard_open(&yard, banks, 2, PAGE);
	assert_int_equal(quire_frames_reserve(&yard.frames, A, 2 * PAGE), 0);
	assert_int_equal(quire_frames_hold(&yard.frames, A + 2 * PAGE, 2 * PAGE, 0x40000000, 3), 0);
	assert_int_equal(quire_frames_take(&yard.frames, &two, &taken), 0);
	assert_int_equal(quire_frames_promise(&yard.frames, 12), 0);
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

/* -- init -- */

static int try_init(struct quire_frames_config *c, quire_size page)
{
	static struct quire_frames frames, untouched;
	int result;

	c->page = page;
	memset(&frames, 0xee, sizeof(frames));
	untouched = frames;
	assert_int_equal(quire_frames_memory_size(c), 0);
	result = quire_frames_init(&frames, c);
	assert_memory_equal(&frames, &untouched, sizeof(frames));
	return result;
}

static void init(void **unused)
{
	struct quire_frame_bank b[3] = {
		{"wrong", 0x80000001, 0, QUIRE_TARGETS_MAX, 4, 3},
		{"empty", 0x80000000, 0, 0, 0, 0},
		{"far", (quire_pa) ~(quire_pa)0 - 0xfff, 2 * PAGE, 0, 0, 0}};
	static uint64_t memory[4];
	struct quire_frames_config c = {.banks = b, .bank_count = 3, .memory = memory};
	struct quire_frames frames;

	(void)unused;
	assert_int_equal(quire_frames_init(NULL, &c), QUIRE_ENULL);
	assert_int_equal(quire_frames_init(&frames, NULL), QUIRE_ENULL);
	c.banks = NULL;
	assert_int_equal(try_init(&c, 5), QUIRE_ENULL);
	c.banks = b;
	c.memory = NULL;
	assert_int_equal(try_init(&c, 5), QUIRE_ENULL);
	c.memory = memory;
	assert_int_equal(quire_frames_memory_size(NULL), 0);
	c.bank_count = 0;
	assert_int_equal(try_init(&c, 5), QUIRE_EFLAG);
	c.bank_count = QUIRE_FRAME_BANKS_MAX + 1;
	assert_int_equal(try_init(&c, 5), QUIRE_EFLAG);
	c.bank_count = 3;
	assert_int_equal(try_init(&c, 5), QUIRE_EFLAG);
	b[0].target = 0;
	assert_int_equal(try_init(&c, 5), QUIRE_EFLAG);
	b[0].traits = 3;
	assert_int_equal(try_init(&c, 5), QUIRE_EFLAG);
	b[0].rank = 2;
	assert_int_equal(try_init(&c, 5), QUIRE_EALIGN);
	assert_int_equal(try_init(&c, 0), QUIRE_EALIGN);
	assert_int_equal(try_init(&c, 2048), QUIRE_EALIGN);
	assert_int_equal(try_init(&c, 3 * PAGE), QUIRE_EALIGN);
	assert_int_equal(try_init(&c, PAGE), QUIRE_EALIGN);
	b[0].base = 0x80000000;
	b[0].size = 100;
	assert_int_equal(try_init(&c, PAGE), QUIRE_EALIGN);
	b[0].size = 2 * PAGE;
	assert_int_equal(try_init(&c, PAGE), QUIRE_EZERO);
	b[1].size = 2 * PAGE;
	assert_int_equal(try_init(&c, PAGE), QUIRE_EWRAP);
	b[2].size = PAGE;
	b[2].base -= PAGE;
	assert_int_equal(try_init(&c, PAGE), QUIRE_ETAKEN);
	b[1].base -= PAGE;
	assert_int_equal(try_init(&c, PAGE), QUIRE_ETAKEN);
	b[1].base += 2 * PAGE;
	assert_int_equal(try_init(&c, PAGE), QUIRE_ETAKEN);
	b[1].base += PAGE;
	c.memory_size = quire_frames_memory_size(&c);
	assert_true(c.memory_size > 0);
	c.memory_size--;
	assert_int_equal(quire_frames_init(&frames, &c), QUIRE_EPOOL);
}

/* More frames than there are numbers, or more bytes than can be counted; which of the two there can
   be depends on the widths. */
static void too_many_frames(void **unused)
{
	struct quire_frame_bank b[2] = {{"low", 0, 0, 0, 0, 0}, {"high", 0, PAGE, 0, 0, 0}};
	static uint64_t memory[4];
	struct quire_frames_config c = {
		.banks = b, .bank_count = 2, .page = PAGE, .memory = memory};

	(void)unused;
	if (sizeof(quire_size) > 4) {
		b[0].size = (quire_size)((uint64_t)QUIRE_FRAMES_MAX << 12);
		assert_int_equal(try_init(&c, PAGE), QUIRE_EBEYOND);
		b[1].base = b[0].size;
		b[0].size -= PAGE;
		assert_true(quire_frames_memory_size(&c) > 0);
		b[0].size = ~(quire_size)0 - 0xfff;
		assert_int_equal(try_init(&c, PAGE), QUIRE_EBEYOND);
	} else {
		b[0].size = ~(quire_size)0 - 0xfff;
		b[1].base = b[0].size;
		assert_int_equal(try_init(&c, PAGE), QUIRE_EBEYOND);
	}
}

/* -- take, give, promises -- */

static int try_take(struct quire_frame_want want)
{
	struct quire_frame_list list = {NOBODY, NOBODY, NOBODY};
	int result = quire_frames_take(&yard.frames, &want, &list);

	assert_true(list.first == NOBODY && list.last == NOBODY && list.count == NOBODY);
	return result;
}

static void take(void **unused)
{
	const struct quire_frame_want one = {.count = 0};
	struct quire_frame_list list;

	(void)unused;
	assert_int_equal(quire_frames_take(NULL, &one, &list), QUIRE_ENULL);
	assert_int_equal(quire_frames_take(&yard.frames, NULL, &list), QUIRE_ENULL);
	assert_int_equal(quire_frames_take(&yard.frames, &one, NULL), QUIRE_ENULL);
	assert_int_equal(try_take((struct quire_frame_want){0, 3, 4, true}), QUIRE_EZERO);
	assert_int_equal(try_take((struct quire_frame_want){99, 3, 4, true}), QUIRE_EALIGN);
	assert_int_equal(try_take((struct quire_frame_want){99, 4, 4, true}), QUIRE_EFLAG);
	assert_int_equal(try_take((struct quire_frame_want){99, 4, 3, true}), QUIRE_ESPACE);
	assert_int_equal(try_take((struct quire_frame_want){.count = UINT32_MAX}), QUIRE_ESPACE);
	assert_int_equal(try_take((struct quire_frame_want){.count = 7}), QUIRE_ESPACE);
	assert_int_equal(try_take((struct quire_frame_want){.count = 1, .needs = 2}), QUIRE_ESPACE);
	assert_int_equal(try_take((struct quire_frame_want){6, 0x10000, 1, true}), QUIRE_ESPACE);
}

static void give(void **unused)
{
	struct quire_frame_list free_one = {.first = 6, .last = 6, .count = 1};
	struct quire_frame_list reserved = {.first = 0, .last = 0, .count = 1};
	struct quire_frame_list mapped = {.first = 3, .last = 3, .count = 1};
	struct quire_frame_list beyond = {.first = 24, .last = 24, .count = 1};
	struct quire_frame_list shorter = {taken.first, taken.last, 1};
	struct quire_frame_list other = {taken.first, taken.first, 2};
	struct quire_frame_list longer = {taken.first, taken.last, 3};
	struct quire_frame_list empty = {NOBODY, NOBODY, 0};

	(void)unused;
	assert_int_equal(quire_frames_give(NULL, &free_one), QUIRE_ENULL);
	assert_int_equal(quire_frames_give(&yard.frames, NULL), QUIRE_ENULL);
	assert_int_equal(quire_frames_give(&yard.frames, &free_one), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_give(&yard.frames, &reserved), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_give(&yard.frames, &mapped), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_give(&yard.frames, &beyond), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_give(&yard.frames, &shorter), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_give(&yard.frames, &other), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_give(&yard.frames, &longer), QUIRE_EUNMAPPED);
	assert_int_equal(longer.count, 3);
	assert_int_equal(quire_frames_give(&yard.frames, &empty), 0);
}

/* A list that comes back to a frame it had: no frame is given back twice. */
static void a_list_in_a_circle(void **unused)
{
	struct quire_frame_list circle = {taken.first, taken.last, 4};
	quire_frame_word *last = &yard.frames.word[taken.last], was = *last;

	(void)unused;
	*last = (quire_frame_word)taken.first << QUIRE_FRAME_LINK_SHIFT | QUIRE_FRAME_BUSY;
	assert_int_equal(quire_frames_give(&yard.frames, &circle), QUIRE_EUNMAPPED);
	circle = (struct quire_frame_list){taken.first, taken.first, 3};
	assert_int_equal(quire_frames_give(&yard.frames, &circle), QUIRE_EUNMAPPED);
	*last = was;
}

static void promises(void **unused)
{
	struct quire_frame_list list;

	(void)unused;
	assert_int_equal(quire_frames_promise(NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_frames_promise(&yard.frames, 0), QUIRE_EZERO);
	assert_int_equal(quire_frames_promise(&yard.frames, 7), QUIRE_ESPACE);
	assert_int_equal(quire_frames_promise(&yard.frames, UINT32_MAX), QUIRE_ESPACE);
	assert_int_equal(quire_frames_unpromise(NULL, 0), QUIRE_ENULL);
	assert_int_equal(quire_frames_unpromise(&yard.frames, 0), QUIRE_EZERO);
	assert_int_equal(quire_frames_unpromise(&yard.frames, 13), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_take_promised(NULL, &list), QUIRE_ENULL);
	assert_int_equal(quire_frames_take_promised(&yard.frames, NULL), QUIRE_ENULL);
	assert_int_equal(quire_frames_unpromise(&yard.frames, 12), 0);
	assert_int_equal(quire_frames_take_promised(&yard.frames, &list), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_promise(&yard.frames, 12), 0);
}

/* -- ranges -- */

static void reserve(void **unused)
{
	struct quire_frames *f = &yard.frames;

	(void)unused;
	assert_int_equal(quire_frames_reserve(NULL, 1, 0), QUIRE_ENULL);
	assert_int_equal(quire_frames_reserve(f, NOWHERE, 0), QUIRE_EZERO);
	assert_int_equal(quire_frames_reserve(f, NOWHERE, ~(quire_size)0), QUIRE_EWRAP);
	assert_int_equal(quire_frames_reserve(f, NOWHERE, 1), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_reserve(f, A - 1, 2), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_reserve(f, B + 7 * PAGE, PAGE + 1), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_reserve(f, BEYOND, 1), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_reserve(f, B - 1, 2), QUIRE_EBEYOND);
	for (unsigned i = 0; i < 6; i++) /* reserved, held, taken */
		assert_int_equal(quire_frames_reserve(f, A + i * PAGE, 11 * PAGE - i * PAGE),
				 QUIRE_ETAKEN);
	assert_int_equal(quire_frames_reserve(f, A + 6 * PAGE - 1, 2), QUIRE_ETAKEN);
	assert_int_equal(quire_frames_reserve(f, A + 6 * PAGE + 1, 6 * PAGE), QUIRE_ESPACE);
}

static void hold(void **unused)
{
	struct quire_frames *f = &yard.frames;
	const quire_va far = (quire_va)(UINTPTR_MAX & (quire_va) ~(quire_va)0) - 0xfff;

	(void)unused;
	assert_int_equal(quire_frames_hold(NULL, 1, 0, 0, 0), QUIRE_ENULL);
	assert_int_equal(quire_frames_hold(f, NOWHERE + 1, 0, 1, 16), QUIRE_EZERO);
	assert_int_equal(quire_frames_hold(f, NOWHERE + 1, ~(quire_size)0, 0, 16), QUIRE_EALIGN);
	assert_int_equal(quire_frames_hold(f, NOWHERE, ~(quire_size)0, 1, 16), QUIRE_EALIGN);
	assert_int_equal(quire_frames_hold(f, NOWHERE, ~(quire_size)0, far, 16), QUIRE_EFLAG);
	assert_int_equal(quire_frames_hold(f, NOWHERE, ~(quire_size)0, 0, 0), QUIRE_EWRAP);
	assert_int_equal(quire_frames_hold(f, NOWHERE, 2 * PAGE, far, 0), QUIRE_EWRAP);
	assert_int_equal(quire_frames_hold(f, NOWHERE, PAGE, far, 0), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_hold(f, A + 15 * PAGE, PAGE + 1, far - PAGE, 0),
			 QUIRE_EBEYOND);
	assert_int_equal(quire_frames_hold(f, A + 5 * PAGE, 7 * PAGE, 0, 15), QUIRE_ETAKEN);
	assert_int_equal(quire_frames_hold(f, A + 6 * PAGE, 6 * PAGE + 1, 0, 15), QUIRE_ESPACE);
}

static int try_list_of(quire_pa pa, quire_size size)
{
	struct quire_frame_list list = {NOBODY, NOBODY, NOBODY};
	int result = quire_frames_list_of(&yard.frames, pa, size, &list);

	assert_true(list.first == NOBODY && list.last == NOBODY && list.count == NOBODY);
	return result;
}

static void list_of(void **unused)
{
	struct quire_frame_list list;

	(void)unused;
	assert_int_equal(quire_frames_list_of(NULL, 1, 0, &list), QUIRE_ENULL);
	assert_int_equal(quire_frames_list_of(&yard.frames, 1, 0, NULL), QUIRE_ENULL);
	assert_int_equal(try_list_of(1, 0), QUIRE_EZERO);
	assert_int_equal(try_list_of(1, ~(quire_size)0), QUIRE_EALIGN);
	assert_int_equal(try_list_of(NOWHERE, ~(quire_size)0), QUIRE_EWRAP);
	assert_int_equal(try_list_of(NOWHERE, 1), QUIRE_EBEYOND);
	assert_int_equal(try_list_of(A + 15 * PAGE, PAGE + 1), QUIRE_EBEYOND);
	assert_int_equal(try_list_of(A + 3 * PAGE, PAGE + 1), QUIRE_EUNMAPPED); /* taken */
	assert_int_equal(try_list_of(A + 6 * PAGE, PAGE), QUIRE_EUNMAPPED);     /* free */
	assert_int_equal(quire_frames_pin(&yard.frames, A + 2 * PAGE, PAGE, false), 0);
	assert_int_equal(try_list_of(A + PAGE, 3 * PAGE), QUIRE_EUNMAPPED); /* not pinned */
	assert_int_equal(quire_frames_pin(&yard.frames, A + 2 * PAGE, PAGE, true), 0);
}

static void pin(void **unused)
{
	struct quire_frames *f = &yard.frames;

	(void)unused;
	assert_int_equal(quire_frames_pin(NULL, 1, 0, true), QUIRE_ENULL);
	assert_int_equal(quire_frames_pin(f, 1, 0, true), QUIRE_EZERO);
	assert_int_equal(quire_frames_pin(f, 1, ~(quire_size)0, true), QUIRE_EALIGN);
	assert_int_equal(quire_frames_pin(f, NOWHERE, ~(quire_size)0, true), QUIRE_EWRAP);
	assert_int_equal(quire_frames_pin(f, NOWHERE, 1, true), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_pin(f, A + PAGE, 2 * PAGE, false), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_pin(f, A + 3 * PAGE, 2 * PAGE, false), QUIRE_EUNMAPPED);
	assert_int_equal(quire_frames_pin(f, B, 1, false), QUIRE_EUNMAPPED);
}

/* -- what is known -- */

static void info_stats_and_check(void **unused)
{
	struct quire_frame_info info = {.pa = NOBODY};
	struct quire_frames_stats stats = {.frames = NOBODY};

	(void)unused;
	assert_int_equal(quire_frames_info(NULL, A, &info), QUIRE_ENULL);
	assert_int_equal(quire_frames_info(&yard.frames, A, NULL), QUIRE_ENULL);
	assert_int_equal(quire_frames_info(&yard.frames, A - 1, &info), QUIRE_EBEYOND);
	assert_int_equal(quire_frames_info(&yard.frames, BEYOND, &info), QUIRE_EBEYOND);
	assert_true(info.pa == NOBODY);
	assert_int_equal(quire_frames_stats(NULL, &stats), QUIRE_ENULL);
	assert_int_equal(quire_frames_stats(&yard.frames, NULL), QUIRE_ENULL);
	assert_int_equal(quire_frames_bank_stats(NULL, 0, &stats), QUIRE_ENULL);
	assert_int_equal(quire_frames_bank_stats(&yard.frames, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_frames_bank_stats(&yard.frames, 2, &stats), QUIRE_EBEYOND);
	assert_int_equal(stats.frames, NOBODY);
	assert_true(quire_frames_free(NULL) == 0);
	assert_int_equal(quire_frames_check(NULL, NULL), QUIRE_ENULL);
	assert_int_equal(quire_frames_check(&yard.frames, NULL), 0);
}

#define REFUSED(function) cmocka_unit_test_setup_teardown(function, open_it, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init),
		cmocka_unit_test(too_many_frames),
		REFUSED(take),
		REFUSED(give),
		REFUSED(a_list_in_a_circle),
		REFUSED(promises),
		REFUSED(reserve),
		REFUSED(hold),
		REFUSED(list_of),
		REFUSED(pin),
		REFUSED(info_stats_and_check),
	};

	return cmocka_run_group_tests_name("frames errors", tests, NULL, NULL);
}
