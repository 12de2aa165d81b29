/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The solver against brute force: small windows, random gaps, every placement tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fit.h"

#define PAGE    0x10000u
#define PAGES   12u
#define WINDOWS 2u

static uint32_t seed = 20;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* The truth: which pages are free. */
struct truth {
	bool used[WINDOWS][PAGES];
};

static void make_windows(struct fit_room *room)
{
	memset(room, 0, sizeof *room);
	room->windows = WINDOWS;
	for (unsigned w = 0; w < WINDOWS; w++) {
		room->page[w] = PAGE;
		room->window[w] = (struct quire_window){
			.name = w ? "b" : "a",
			.base = 0x10000000u * (w + 1),
			.exec_base = 0x40000000u + 0x10000000u * (w + 1),
			.size = PAGES * PAGE,
			.caps = QUIRE_CAP_8BIT | QUIRE_CAP_READ |
				(w ? QUIRE_CAP_WRITE : QUIRE_CAP_EXEC),
			.targets = w ? 3 : 1,
		};
	}
	room->memory[0] = room->memory[1] = 1u << 30;
}

static void make_gaps(struct fit_room *room, struct truth *truth)
{
	for (unsigned w = 0; w < WINDOWS; w++) {
		for (unsigned p = 0; p < PAGES; p++)
			truth->used[w][p] = any(4) == 0;
		for (unsigned p = 0, q; p < PAGES; p = q + 1) {
			for (q = p; q < PAGES && !truth->used[w][q]; q++)
				;
			if (q > p)
				room->gap[room->gaps++] =
					(struct fit_gap){room->window[w].base + p * PAGE,
							 (q - p) * PAGE, (uint8_t)w};
		}
	}
}

static void make_need(struct fit_need *n)
{
	unsigned w = any(WINDOWS);

	memset(n, 0, sizeof *n);
	n->target = (uint8_t)(any(3) == 0);
	n->attr = any(4) == 0 ? QUIRE_EXEC : n->target ? QUIRE_READ | QUIRE_WRITE : QUIRE_READ;
	n->size = (1 + any(5)) * PAGE - any(2) * 100;
	n->fixed = any(4) == 0;
	n->va = (any(2) ? 0x10000000u : 0x50000000u) + w * 0x10000000u + any(PAGES) * PAGE +
		(any(10) == 0 ? 0x100 : 0);
}

static bool brute(const struct fit_room *room, struct truth *t, const struct fit_need *need,
		  unsigned needs);

/* Whether a need can stand at page p of window w, and the rest somewhere. */
static bool brute_at(const struct fit_room *room, struct truth *t, const struct fit_need *need,
		     unsigned needs, unsigned w, unsigned p)
{
	unsigned pages = (unsigned)((need->size + PAGE - 1) / PAGE);
	uint64_t base = room->window[w].base + p * PAGE,
		 exec = room->window[w].exec_base + p * PAGE;
	bool good;

	if ((need->fixed && need->va != base && need->va != exec) || p + pages > PAGES ||
	    !(room->window[w].targets & 1u << need->target) || need->attr & ~room->window[w].caps)
		return false;
	for (unsigned i = 0; i < pages; i++)
		if (t->used[w][p + i])
			return false;
	for (unsigned i = 0; i < pages; i++)
		t->used[w][p + i] = true;
	good = brute(room, t, need + 1, needs - 1);
	for (unsigned i = 0; i < pages; i++)
		t->used[w][p + i] = false;
	return good;
}

static bool brute(const struct fit_room *room, struct truth *t, const struct fit_need *need,
		  unsigned needs)
{
	if (needs == 0)
		return true;
	for (unsigned w = 0; w < WINDOWS; w++)
		for (unsigned p = 0; p < PAGES; p++)
			if (brute_at(room, t, need, needs, w, p))
				return true;
	return false;
}

/* Every spot is free, suits its need, and overlaps no other. */
static void assert_spots(const struct fit_room *room, struct truth t, const struct fit_need *need,
			 unsigned needs, const struct fit_spot *spot)
{
	for (unsigned i = 0; i < needs; i++) {
		unsigned w = spot[i].window;
		uint64_t p = (spot[i].va - room->window[w].base) / PAGE;

		assert_true(spot[i].placed && spot[i].size >= need[i].size);
		assert_true(fit_window_serves(room, w, &need[i]));
		if (need[i].fixed)
			assert_int_equal(fit_address(room, &need[i], &spot[i]), need[i].va);
		for (uint64_t k = 0; k < spot[i].size / PAGE; k++) {
			assert_true(p + k < PAGES && !t.used[w][p + k]);
			t.used[w][p + k] = true;
		}
	}
}

static void the_solver_finds_what_there_is(void **state)
{
	static struct fit_room room;
	unsigned yes = 0, no = 0;

	(void)state;
	for (unsigned round = 0; round < 30000; round++) {
		struct fit_need need[5];
		struct fit_spot spot[FIT_NEEDS_MAX];
		unsigned needs = 1 + any(5);
		struct truth truth;
		enum fit_answer answer;

		make_windows(&room);
		make_gaps(&room, &truth);
		for (unsigned i = 0; i < needs; i++)
			make_need(&need[i]);
		answer = fit_solve(&room, need, needs, spot);
		assert_int_equal(answer, brute(&room, &truth, need, needs) ? FIT_YES : FIT_NO);
		if (answer == FIT_YES)
			assert_spots(&room, truth, need, needs, spot);
		yes += answer == FIT_YES;
		no += answer == FIT_NO;
	}
	assert_true(yes > 1000 && no > 1000);
}

static void sums_are_limited(void **state)
{
	static struct fit_room room;
	struct fit_need need[2] = {{.size = PAGE, .attr = QUIRE_READ},
				   {.size = 2 * PAGE, .attr = QUIRE_READ}};
	struct fit_spot spot[2];
	struct truth truth;
	uint64_t sum;

	(void)state;
	make_windows(&room);
	memset(&truth, 0, sizeof truth);
	room.gap[room.gaps++] = (struct fit_gap){room.window[0].base, PAGES * PAGE, 0};
	room.memory[0] = 3 * PAGE;
	assert_int_equal(fit_solve(&room, need, 2, spot), FIT_YES);
	assert_int_equal(fit_memory_short(&room, need, 2, &sum), -1);
	room.memory[0] = 3 * PAGE - 1;
	assert_int_equal(fit_solve(&room, need, 2, spot), FIT_NO);
	assert_int_equal(fit_memory_short(&room, need, 2, &sum), 0);
	assert_int_equal(sum, 3 * PAGE);
}

static void needs_are_read_and_written(void **state)
{
	static const char *const good[] = {"flash:12M@0x3D000000", "psram:8M", "flash:64K:rx",
					   "psram:100K@0x3C000000:r"};
	static const char *const bad[] = {"",
					  "flash",
					  "flash:",
					  "rom:1M",
					  "flash:0",
					  "flash:1M@",
					  "flash:1M@x",
					  "flash:1M:",
					  "flash:1M:rq",
					  "flash:1M:rr",
					  "flash:1M@0x100000000",
					  "flash:8G",
					  "flash:1M:r@0x1000"};
	struct fit_need need;
	struct sentence why;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(fit_parse(&need, good[i], &why), CLI_OK);
		assert_string_equal(fit_text(&need).text, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (fit_parse(&need, bad[i], &why) != CLI_USAGE)
			fail_msg("'%s' was read as a need", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_solver_finds_what_there_is),
		cmocka_unit_test(sums_are_limited),
		cmocka_unit_test(needs_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
