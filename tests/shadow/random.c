/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every chip, three spaces beside the kernel's, and any verbs in any of them between switches; each
 * switch is refused at every question before it is let happen.  QUIRE_TEST_SEED runs one seed again.
 */
#include <stdlib.h>
#include <string.h>

#include "shadow/rig.h"

#define ROUNDS 1000u

static struct rig r;
static uint64_t state;

static unsigned below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

/* Few pages and few places, so that spaces often say the same. */
static struct quire_want any_want(const struct quire_window *w, quire_size page)
{
	static const uint8_t attrs[] = {
		QUIRE_READ, RW, RW, RW | QUIRE_UNCACHED, QUIRE_READ | QUIRE_EXEC, QUIRE_EXEC, 0};
	struct quire_want want = {.pa = below(8) * page,
				  .size = (1 + below(4)) * page,
				  .target = (uint8_t)below(2),
				  .attr = attrs[below(sizeof(attrs))],
				  .flags = QUIRE_SHARED};

	if (!(w->targets & QUIRE_TARGET_BIT(want.target)))
		want.target ^= 1;
	return want;
}

static void any_verb(unsigned s)
{
	struct quire_window w = rig_window(&r, s, below(r.layout.window_count));
	quire_size page = (quire_size)1 << r.layout.mmu[w.walker].level[0].shift;
	quire_va va = w.base + below(8) * page;
	struct quire_want want = any_want(&w, page);
	struct quire_extent_info info;
	struct quire_got got;

	if (va - w.base >= w.size || quire_space_query(&r.space[s], va, &info) != QUIRE_OK)
		return;
	rig_fail_in = below(8) == 0;
	if (info.kind != QUIRE_MAPPED)
		(void)quire_space_map_at(&r.space[s], va, &want, &got);
	else if (below(3) == 0)
		(void)quire_space_unmap(&r.space[s], info.va);
	else if (below(3) == 0)
		(void)quire_space_unmap_part(&r.space[s], va, page);
	else if (below(2) == 0)
		(void)quire_space_protect(&r.space[s], va, page, want.attr, 0);
	else if (below(2) == 0)
		(void)quire_space_switch(&r.space[s], info.va, &want);
	else if (below(2) == 0)
		(void)quire_space_move_at(&r.space[s], info.va, w.base + below(8) * page);
	else
		(void)quire_space_sync(&r.space[s], va, page, 1 + below(3));
	rig_fail_in = 0;
}

static uint32_t prepares(void)
{
	uint32_t sum = 0;

	for (unsigned n = 0; n < r.walkers; n++)
		sum += r.watch[n].prepares;
	return sum;
}

/* Refused at each question, the lock first; then it happens, and asks no more than that. */
static void any_switch(void)
{
	int to = (int)below(SPACES);
	uint32_t before, n = 0;

	r.fail_lock = r.locks + 1;
	assert_int_equal(rig_switch(&r, to, NULL), QUIRE_EAGAIN);
	r.fail_lock = 0;
	do {
		rig_fail_in = ++n;
		before = prepares();
	} while (rig_switch(&r, to, NULL) == QUIRE_EPORT);
	rig_fail_in = 0;
	assert_int_equal(prepares() - before, n - 1);
	rig_check(&r);
}

static void run(const struct quire_chip *chip, unsigned flags, unsigned rounds)
{
	rig_init(&r, chip, 0, flags);
	for (unsigned i = 0; i < rounds; i++) {
		for (unsigned n = below(6); n > 0; n--)
			any_verb(below(SPACES));
		if (below(2))
			rig_use(&r);
		any_switch();
	}
	for (unsigned s = 0; s < SPACES; s++)
		assert_int_equal(quire_space_check(&r.space[s], NULL), QUIRE_OK);
}

static void test_chips(void **unused)
{
	const char *seed = getenv("QUIRE_TEST_SEED");

	(void)unused;
	state = seed ? strtoull(seed, NULL, 0) : 1;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		print_message("%s, seed %llu\n", quire_chip_at(c)->name, (unsigned long long)state);
		run(quire_chip_at(c), 0, ROUNDS);
	}
}

/* Other habits than any chip has. */
static void test_flags(void **unused)
{
	(void)unused;
	state = 1;
	run(quire_chip_by_name("esp32s3"), QUIRE_MMU_BREAK_BEFORE_MAKE, ROUNDS);
	run(quire_chip_by_name("esp32"), QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_WRITE_BACK_FIRST,
	    ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_chips),
					   cmocka_unit_test(test_flags)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
