/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLB: what it keeps, what makes it forget, and what it accuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "toy.h"

#define RW    (QUIRE_READ | QUIRE_WRITE)
#define FAULT ((quire_pa) ~(quire_pa)0)

static struct toy toy;

/* Entry `index` of table `n` becomes a leaf. */
static void leaf(unsigned n, unsigned index, quire_pa pa)
{
	toy_write(&toy, n, index, toy_leaf(pa, 0, RW));
}

static void test_stale_until_flush(void **state)
{
	const struct quire_sim_tlb *first;

	(void)state;
	toy_init(&toy, 1, 0);
	leaf(0, 3, 0x7000);
	assert_true(toy_read(&toy, 0x3000) == 0x7000);
	leaf(0, 3, 0x9000);
	assert_true(toy_read(&toy, 0x3004) == 0x7004);
	assert_int_equal(quire_sim_stale(&toy.sim, &first), 1);
	assert_true(first->index == 3 && first->what.pa == 0x7000);
	toy_flush(&toy, 0x3000, TOY_PAGE);
	assert_int_equal(quire_sim_stale(&toy.sim, &first), 0);
	assert_null(first);
	assert_true(toy_read(&toy, 0x3004) == 0x9004);
	toy_write(&toy, 0, 3, 0);
	assert_true(toy_read(&toy, 0x3000) == 0x9000);
	toy_flush(&toy, 0x3000, TOY_PAGE);
	assert_true(toy_read(&toy, 0x3000) == FAULT);
}

/* Less permission is as stale as another page. */
static void test_stale_permission(void **state)
{
	(void)state;
	toy_init(&toy, 1, 0);
	leaf(0, 0, 0x7000);
	assert_int_equal(toy_fault(&toy, 0, QUIRE_WRITE), QUIRE_SIM_OK);
	toy_write(&toy, 0, 0, toy_leaf(0x7000, 0, QUIRE_READ));
	assert_int_equal(toy_fault(&toy, 0, QUIRE_WRITE), QUIRE_SIM_OK);
	assert_int_equal(quire_sim_stale(&toy.sim, NULL), 1);
	toy_flush(&toy, 0, TOY_PAGE);
	assert_int_equal(toy_fault(&toy, 0, QUIRE_WRITE), QUIRE_SIM_FORBIDDEN);
}

/* An entry found invalid is kept only where the architecture says that it may be. */
static void test_invalid_is_cached(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags <= QUIRE_MMU_FLUSH_ON_MAP; flags++) {
		toy_init(&toy, 2, flags);
		assert_true(toy_read(&toy, 0x12000) == FAULT);
		toy_write(&toy, 0, 1, toy_table(toy_at(1)));
		leaf(1, 2, 0x5000);
		if (flags) {
			assert_true(toy_read(&toy, 0x12000) == FAULT);
			assert_true(toy_read(&toy, 0x1f000) == FAULT); /* the same root entry */
			assert_int_equal(quire_sim_stale(&toy.sim, NULL), 1);
			toy_flush(&toy, 0x12000, TOY_PAGE);
		}
		assert_int_equal(quire_sim_stale(&toy.sim, NULL), 0);
		assert_true(toy_read(&toy, 0x12000) == 0x5000);
	}
}

/* A table that was cached is followed after it was freed and used for something else. */
static void test_freed_table(void **state)
{
	(void)state;
	toy_init(&toy, 3, 0);
	toy_write(&toy, 0, 0, toy_table(toy_at(1)));
	toy_write(&toy, 1, 0, toy_table(toy_at(2)));
	leaf(2, 0, 0x5000);
	assert_true(toy_read(&toy, 0) == 0x5000);
	toy_write(&toy, 0, 0, 0); /* both tables freed, and one used again elsewhere */
	leaf(2, 1, 0x6000);
	assert_true(toy_read(&toy, 0x1000) == 0x6000);
	assert_int_equal(quire_sim_translate(&toy.sim, 0x1000, QUIRE_READ, NULL, NULL),
			 QUIRE_SIM_UNMAPPED);
	/* The two leaves and the two tables on their way. */
	assert_int_equal(quire_sim_stale(&toy.sim, NULL), 4);
	toy_flush(&toy, 0x8000, TOY_PAGE); /* any page below the tables will do for these */
	assert_int_equal(toy.sim.counts.flushed, 2);
	toy_flush(&toy, 0, TOY_LARGE);
	assert_int_equal(toy.sim.counts.flushed, 4);
	assert_int_equal(quire_sim_stale(&toy.sim, NULL), 0);
	assert_true(toy_read(&toy, 0x1000) == FAULT);
}

/* The walk starts where the TLB leaves off. */
static void test_counts(void **state)
{
	(void)state;
	toy_init(&toy, 3, 0);
	toy_write(&toy, 0, 0, toy_table(toy_at(1)));
	toy_write(&toy, 1, 0, toy_table(toy_at(2)));
	quire_sim_port.write(&toy.sim, toy_at(2), 4, toy_leaf(0x5000, 0, RW), 3, TOY_PAGE);
	assert_int_equal(toy.sim.counts.runs, 3);
	assert_int_equal(toy.sim.counts.entries, 5);
	assert_true(toy_read(&toy, 0x4000) == 0x5000);
	assert_int_equal(toy.sim.counts.walk_reads, 3);
	assert_true(toy_read(&toy, 0x6000) == 0x7000);
	assert_int_equal(toy.sim.counts.walk_reads, 4);
	assert_true(toy_read(&toy, 0x6fff) == 0x7fff);
	assert_int_equal(toy.sim.counts.walk_reads, 4);
	assert_int_equal(toy.sim.counts.walks, 2);
	assert_int_equal(toy.sim.counts.hits, 1);
	assert_int_equal(quire_sim_port.read(&toy.sim, toy_at(2), 5), toy_leaf(0x6000, 0, RW));
	assert_int_equal(toy.sim.counts.reads, 1);
}

static void test_flush_kinds(void **state)
{
	(void)state;
	toy_init(&toy, 2, 0);
	toy_flush(&toy, 0x3000, TOY_PAGE);
	toy_flush(&toy, 0x3000, 1);
	toy_flush(&toy, 0x3000, 2 * TOY_PAGE);
	toy_flush(&toy, 0, TOY_HUGE - TOY_PAGE);
	toy_flush(&toy, 0, TOY_HUGE);
	toy_flush(&toy, 0, (quire_size) ~(quire_size)0);
	assert_int_equal(toy.sim.counts.flush_page, 2);
	assert_int_equal(toy.sim.counts.flush_range, 2);
	assert_int_equal(toy.sim.counts.flush_all, 2);
}

/* A flush drops what it touches, and nothing else. */
static void test_flush_reach(void **state)
{
	(void)state;
	toy_init(&toy, 2, 0);
	toy_write(&toy, 0, 0, toy_table(toy_at(1)));
	leaf(0, 1, 0x10000);
	quire_sim_port.write(&toy.sim, toy_at(1), 0, toy_leaf(0, 0, RW), 4, TOY_PAGE);
	for (unsigned page = 0; page < 4; page++)
		(void)toy_read(&toy, page * TOY_PAGE);
	(void)toy_read(&toy, 0x18000);
	toy_flush(&toy, 0x4000, TOY_PAGE); /* the table's span, none of the pages */
	assert_int_equal(toy.sim.counts.flushed, 1);
	toy_flush(&toy, 0x1000, 2 * TOY_PAGE);
	assert_int_equal(toy.sim.counts.flushed, 3);
	toy_flush(&toy, 0x20000, TOY_LARGE); /* next to the large page */
	assert_int_equal(toy.sim.counts.flushed, 3);
	toy_flush(&toy, 0x1f000, TOY_PAGE); /* a part of it is enough */
	assert_int_equal(toy.sim.counts.flushed, 4);
	toy_flush(&toy, 0xfff, 1);
	assert_int_equal(toy.sim.counts.flushed, 5);
	toy_flush(&toy, 0, TOY_HUGE);
	assert_int_equal(toy.sim.counts.flushed, 6);
}

/* The oldest entry goes first; without a TLB every access walks. */
static void test_replacement(void **state)
{
	(void)state;
	toy_init(&toy, 1, 0);
	quire_sim_port.write(&toy.sim, toy_at(0), 0, toy_leaf(0, 0, RW), 16, TOY_PAGE);
	for (unsigned page = 0; page < TOY_TLB + 1; page++)
		(void)toy_read(&toy, page * TOY_PAGE);
	assert_int_equal(toy.sim.counts.hits, 0);
	(void)toy_read(&toy, 1 * TOY_PAGE);
	assert_int_equal(toy.sim.counts.hits, 1);
	(void)toy_read(&toy, 0);
	assert_int_equal(toy.sim.counts.hits, 1);
	(void)toy_read(&toy, 1 * TOY_PAGE);
	assert_int_equal(toy.sim.counts.hits, 1);
	toy.sim.config.tlb_entries = 0;
	(void)toy_read(&toy, 0);
	(void)toy_read(&toy, 0);
	assert_int_equal(toy.sim.counts.hits, 1);
}

static void test_break_before_make(void **state)
{
	(void)state;
	toy_init(&toy, 2, QUIRE_MMU_BREAK_BEFORE_MAKE);
	leaf(0, 0, 0x10000);
	(void)toy_read(&toy, 0);
	toy_write(&toy, 0, 0, 0);
	toy_flush(&toy, 0, TOY_LARGE);
	toy_write(&toy, 0, 0, toy_table(toy_at(1))); /* by the book */
	toy_write(&toy, 0, 0, toy_table(toy_at(1))); /* no change at all */
	assert_int_equal(toy.sim.counts.violations, 0);
	leaf(0, 0, 0x20000);
	assert_int_equal(toy.sim.counts.violations, 1);
	assert_int_equal(toy.sim.first.wrong, QUIRE_SIM_NO_BREAK);
	assert_true(toy.sim.first.table == toy_at(0) && toy.sim.first.index == 0);
	assert_true(toy.sim.first.before == toy_table(toy_at(1)));
	assert_true(toy.sim.first.after == toy_leaf(0x20000, 0, RW));
}

static void test_made_before_flush(void **state)
{
	(void)state;
	toy_init(&toy, 1, QUIRE_MMU_BREAK_BEFORE_MAKE);
	leaf(0, 5, 0x1000);
	toy_write(&toy, 0, 5, 0);
	leaf(0, 5, 0x2000); /* nobody has seen the first one */
	assert_int_equal(toy.sim.counts.violations, 0);
	(void)toy_read(&toy, 0x5000);
	toy_write(&toy, 0, 5, 0);
	leaf(0, 6, 0x3000); /* another entry */
	assert_int_equal(toy.sim.counts.violations, 0);
	leaf(0, 5, 0x4000);
	assert_int_equal(toy.sim.counts.violations, 1);
	assert_int_equal(toy.sim.first.wrong, QUIRE_SIM_NO_FLUSH);
	leaf(0, 6, 0x5000);
	assert_int_equal(toy.sim.counts.violations, 2);
	assert_int_equal(toy.sim.first.wrong, QUIRE_SIM_NO_FLUSH);
}

/* An invalid entry that was cached is no reason: it was never made. */
static void test_invalid_may_be_made(void **state)
{
	(void)state;
	toy_init(&toy, 1, QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_FLUSH_ON_MAP);
	assert_true(toy_read(&toy, 0x5000) == FAULT);
	assert_true(toy.tlb[0].used);
	leaf(0, 5, 0x1000);
	assert_int_equal(toy.sim.counts.violations, 0);
}

#if QUIRE_WIDTH == 32
/* Bits that do not fit the table's words are not there, for the rule either. */
static void test_narrow_words(void **state)
{
	(void)state;
	toy_init(&toy, 1, QUIRE_MMU_BREAK_BEFORE_MAKE);
	leaf(0, 5, 0x1000);
	toy_write(&toy, 0, 5, toy_leaf(0x1000, 0, RW) | (quire_entry)1 << 32);
	assert_int_equal(toy.sim.counts.violations, 0);
	toy_write(&toy, 0, 5, toy_leaf(0x2000, 0, RW) | (quire_entry)1 << 32);
	assert_int_equal(toy.sim.counts.violations, 1);
	assert_true(toy.sim.first.after == toy_leaf(0x2000, 0, RW));
}
#endif

/* Other machines may replace what they like. */
static void test_no_rule_no_violation(void **state)
{
	(void)state;
	toy_init(&toy, 1, QUIRE_MMU_FLUSH_ON_MAP);
	leaf(0, 5, 0x1000);
	(void)toy_read(&toy, 0x5000);
	leaf(0, 5, 0x2000);
	assert_int_equal(toy.sim.counts.violations, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stale_until_flush),
		cmocka_unit_test(test_stale_permission),
		cmocka_unit_test(test_invalid_is_cached),
		cmocka_unit_test(test_freed_table),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_flush_kinds),
		cmocka_unit_test(test_flush_reach),
		cmocka_unit_test(test_replacement),
		cmocka_unit_test(test_break_before_make),
		cmocka_unit_test(test_made_before_flush),
		cmocka_unit_test(test_no_rule_no_violation),
		cmocka_unit_test(test_invalid_may_be_made),
#if QUIRE_WIDTH == 32
		cmocka_unit_test(test_narrow_words),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
