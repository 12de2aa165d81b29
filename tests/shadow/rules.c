/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a switch does, with the numbers worked out by hand: on an ESP32-S3, whose 512 entries of 64 KiB
 * are seen from 0x3c000000 on and whose cache writes back; the kernel has the first 128.
 */
#include <string.h>

#include "shadow/rig.h"

#define PAGE 0x10000u
#define USER 0x3c800000u /* the first page that is not the kernel's */

static struct rig r;

static int setup(void **state)
{
	(void)state;
	rig_init(&r, quire_chip_by_name("esp32s3"), 0, 0);
	return 0;
}

static void map(unsigned space, quire_va va, unsigned pa_page, unsigned pages, unsigned attr)
{
	const struct quire_want want = {.pa = (quire_pa)pa_page * PAGE,
					.size = (quire_size)pages * PAGE,
					.target = QUIRE_PSRAM0,
					.attr = (uint8_t)attr,
					.flags = QUIRE_SHARED};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&r.space[space], va, &want, &got), QUIRE_OK);
}

/* A switch that writes, asks, writes back and flushes so often. */
static void expect_switch(int to, uint32_t entries, uint32_t runs, uint32_t asked, uint32_t syncs,
			  uint32_t flushes)
{
	const struct watch before = r.watch[0];
	const struct watch *w = &r.watch[0];
	uint32_t written = 99;

	assert_int_equal(rig_switch(&r, to, &written), QUIRE_OK);
	assert_int_equal(written, entries);
	assert_int_equal(w->entries - before.entries, entries);
	assert_int_equal(w->writes - before.writes, runs);
	assert_int_equal(w->prepares - before.prepares, asked);
	assert_int_equal(w->syncs - before.syncs, syncs);
	assert_int_equal(w->flushes - before.flushes, flushes);
	rig_check(&r);
}

static void test_errors(void **state)
{
	struct quire_mmu deep = {.levels = 2};
	struct quire_shadow_table table;
	struct quire_shadow shadow, two[2];
	const struct quire_port *port = &quire_sim_port;
	uint32_t written = 5;

	(void)state;
	assert_int_equal(quire_shadow_table_init(NULL, &deep, port, NULL, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_shadow_table_init(&table, NULL, port, NULL, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_shadow_table_init(&table, &deep, NULL, NULL, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_shadow_table_init(&table, &deep, port, NULL, 0, NULL), QUIRE_EFLAG);
	assert_int_equal(quire_shadow_init(NULL, &table, &deep), QUIRE_ENULL);
	assert_int_equal(quire_shadow_init(&shadow, NULL, &deep), QUIRE_ENULL);
	assert_int_equal(quire_shadow_init(&shadow, &table, NULL), QUIRE_ENULL);
	assert_int_equal(quire_shadow_switch(NULL, 1, &written), QUIRE_ENULL);
	assert_int_equal(quire_shadow_switch(r.shadow[1], 0, &written), QUIRE_EFLAG);
	two[0] = two[1] = r.shadow[1][0];
	assert_int_equal(quire_shadow_switch(two, 2, &written), QUIRE_EFLAG);
	assert_int_equal(quire_shadow_hide(NULL, 1, &written), QUIRE_ENULL);
	assert_int_equal(quire_shadow_hide(r.table, 0, &written), QUIRE_EFLAG);
	assert_int_equal(written, 5);
	assert_int_equal(quire_shadow_memory_size(NULL), 0);
	assert_int_equal(quire_shadow_memory_size(r.watch[0].mmu), 512 * (sizeof(quire_entry) + 2));
}

/* Two spaces that have most of it alike, beside a kernel that has its own. */
static void test_difference(void **state)
{
	(void)state;
	map(0, 0x3c000000, 100, 20, RW);
	map(1, USER, 0, 16, RW);
	map(2, USER, 0, 5, RW);
	map(2, USER + 5 * PAGE, 32, 2, RW);
	map(2, USER + 7 * PAGE, 7, 8, RW);
	/* From nothing: one run of 16 pages, all fresh. */
	expect_switch(1, 16, 1, 1, 0, 1);
	rig_use(&r);
	/* Pages 5 and 6 show others, 15 goes: two stretches. */
	expect_switch(2, 3, 2, 2, 2, 2);
	expect_switch(2, 0, 0, 0, 0, 0);
	expect_switch(1, 3, 2, 2, 1, 2);
	expect_switch(0, 16, 1, 1, 1, 1);
	expect_switch(0, 0, 0, 0, 0, 0);
}

/* What goes in several pieces is written in one, and asked about piece by piece. */
static void test_runs(void **state)
{
	(void)state;
	map(1, USER, 0, 2, RW);
	map(1, USER + 2 * PAGE, 40, 2, QUIRE_READ);
	map(1, USER + 6 * PAGE, 50, 2, QUIRE_READ);
	expect_switch(1, 6, 3, 3, 0, 2);
	expect_switch(2, 6, 2, 3, 1, 2);
	map(2, USER, 2, 4, QUIRE_READ);
	expect_switch(1, 6, 3, 3, 0, 2);
}

/* The same page, allowed another thing: no entry of the chip's differs, and the port is told. */
static void test_rights(void **state)
{
	(void)state;
	map(1, USER, 0, 4, RW);
	map(2, USER, 0, 4, QUIRE_READ);
	expect_switch(1, 4, 1, 1, 0, 1);
	rig_use(&r);
	expect_switch(2, 4, 1, 1, 1, 1);
	expect_switch(1, 4, 1, 1, 0, 1);
	assert_int_equal(quire_space_protect(&r.space[2], USER, 4 * PAGE, RW, 0), QUIRE_OK);
	rig_use(&r);
	expect_switch(2, 0, 0, 0, 0, 0);
}

/* A space that is not seen changes as it likes, and nobody else notices. */
static void test_unseen(void **state)
{
	const struct watch *w = &r.watch[0];
	uint32_t asked;

	(void)state;
	map(1, USER, 0, 4, RW);
	expect_switch(2, 0, 0, 0, 0, 0);
	asked = w->prepares;
	map(1, USER + 4 * PAGE, 9, 1, RW);
	assert_int_equal(quire_space_unmap_part(&r.space[1], USER, PAGE), QUIRE_OK);
	assert_int_equal(w->prepares, asked);
	assert_int_equal(w->entries + w->flushes + w->syncs, 0);
	map(2, USER, 9, 1, RW);
	assert_int_equal(w->prepares, asked + 1);
	assert_int_equal(w->entries, 1);
	rig_check(&r);
	/* It is refused when it is to be seen. */
	rig_fail_in = 2;
	assert_int_equal(rig_switch(&r, 1, NULL), QUIRE_EPORT);
	rig_check(&r);
	expect_switch(1, 5, 3, 3, 1, 1);
}

/* A sync in a space that is not seen is about what it has in common with the one that is. */
static void test_sync(void **state)
{
	const struct watch *w = &r.watch[0];
	struct quire_space *unseen = &r.space[2];

	(void)state;
	map(1, USER, 0, 3, RW);
	map(2, USER, 0, 1, RW);
	map(2, USER + PAGE, 8, 1, RW);
	map(2, USER + 2 * PAGE, 2, 1, RW);
	assert_int_equal(quire_space_sync(unseen, USER, PAGE, QUIRE_SYNC_WRITE_BACK), QUIRE_OK);
	assert_int_equal(w->syncs, 0);
	expect_switch(1, 3, 1, 1, 0, 1);
	rig_use(&r);
	assert_int_equal(
		quire_space_sync(unseen, USER + 100, 3 * PAGE - 200, QUIRE_SYNC_WRITE_BACK),
		QUIRE_OK);
	assert_int_equal(w->syncs, 2);
	assert_true(!w->dirty[128] && w->dirty[129] && !w->dirty[130]);
	assert_int_equal(quire_space_sync(&r.space[1], USER, 3 * PAGE, QUIRE_SYNC_WRITE_BACK),
			 QUIRE_OK);
	assert_int_equal(w->syncs, 3);
	assert_false(w->dirty[129]);
}

/* One lock for all, taken once a switch. */
static void test_lock(void **state)
{
	unsigned locks = r.locks;
	uint32_t written;

	(void)state;
	map(1, USER, 0, 3, RW);
	locks = r.locks;
	assert_int_equal(quire_shadow_switch(r.shadow[1], 1, NULL), QUIRE_OK);
	assert_int_equal(r.locks, locks + 1);
	r.fail_lock = r.locks + 1;
	assert_int_equal(quire_shadow_hide(r.table, 1, &written), QUIRE_EAGAIN);
	assert_ptr_equal(r.table[0].seen, &r.shadow[1][0]);
	assert_int_equal(quire_shadow_hide(r.table, 1, NULL), QUIRE_OK);
	assert_null(r.table[0].seen);
}

/* On a machine that breaks before it makes, what was valid is written twice and flushed between. */
static void test_break(void **state)
{
	(void)state;
	rig_init(&r, quire_chip_by_name("esp32s3"), 0, QUIRE_MMU_BREAK_BEFORE_MAKE);
	map(1, USER, 0, 3, RW);
	map(2, USER + PAGE, 9, 1, RW);
	assert_int_equal(rig_switch(&r, 1, NULL), QUIRE_OK);
	assert_int_equal(rig_switch(&r, 2, NULL), QUIRE_OK);
	assert_int_equal(r.table[0].entries, 3 + 3 + 3);
	assert_int_equal(r.watch[0].sim.counts.violations, 0);
	rig_check(&r);
}

/* A port that has no say, and a machine whose cache and memory always agree. */
static void test_bare_port(void **state)
{
	struct quire_port bare = *r.table[0].port;
	struct quire_decoded seen;

	(void)state;
	bare.prepare = NULL;
	bare.sync = NULL;
	r.table[0].port = &bare;
	map(1, USER, 0, 3, RW);
	map(2, USER + PAGE, 9, 1, RW);
	assert_int_equal(quire_shadow_switch(r.shadow[1], 1, NULL), QUIRE_OK);
	assert_int_equal(quire_space_sync(&r.space[1], USER, PAGE, QUIRE_SYNC_WRITE_BACK),
			 QUIRE_OK);
	assert_int_equal(quire_shadow_switch(r.shadow[2], 1, NULL), QUIRE_OK);
	assert_int_equal(r.watch[0].prepares + r.watch[0].syncs, 0);
	assert_int_equal(r.table[0].syncs, 0);
	quire_walk_get(&r.walker[0][0], 129 * PAGE, &seen);
	assert_true(seen.kind == QUIRE_ENTRY_LEAF && seen.pa == 9 * PAGE);
	quire_walk_get(&r.walker[0][0], 128 * PAGE, &seen);
	assert_int_equal(seen.kind, QUIRE_ENTRY_INVALID);
	/* A walk of a space's own tables is one of its shadow. */
	quire_walk_get(&r.walker[1][0], 130 * PAGE, &seen);
	assert_true(seen.kind == QUIRE_ENTRY_LEAF && seen.pa == 2 * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_errors, setup),
		cmocka_unit_test_setup(test_difference, setup),
		cmocka_unit_test_setup(test_runs, setup),
		cmocka_unit_test_setup(test_rights, setup),
		cmocka_unit_test_setup(test_unseen, setup),
		cmocka_unit_test_setup(test_sync, setup),
		cmocka_unit_test_setup(test_lock, setup),
		cmocka_unit_test_setup(test_break, setup),
		cmocka_unit_test_setup(test_bare_port, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
