/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a space: what is refused, in which words, and how much memory it takes.
 */
#include "core/sketch.h"

#include <stdlib.h>
#include <string.h>

/* A plan that is fine; each case spoils one thing. */
typedef void (*spoil_fn)(struct rig_plan *plan);

static struct rig_plan good(void)
{
	struct sketch *s = sketch_plan(8);

	s->plan.window[1] = s->plan.window[0];
	s->plan.window[1].base = 0x200000;
	s->plan.window[1].exec_base = 0x900000;
	s->plan.window[1].walk = 0x20000;
	return s->plan;
}

static void fine(struct rig_plan *p)
{
	(void)p;
}
static void window_cap(struct rig_plan *p)
{
	p->window[1].caps = 0x40;
}
static void window_target(struct rig_plan *p)
{
	p->window[1].targets = 4;
}
static void window_walker(struct rig_plan *p)
{
	p->window[1].walker = 1;
}
static void memory_cap(struct rig_plan *p)
{
	p->memory[1].caps = 0x80;
}
static void memory_mode(struct rig_plan *p)
{
	p->memory[1].mode = QUIRE_WRITE;
}
static void window_place(struct rig_plan *p)
{
	p->window[1].place = QUIRE_PLACE_FIRST_HIGH + 1;
}
static void flat_cluster(struct rig_plan *p)
{
	p->mmu[0].level[0].cluster = 1;
}
static void wide_cluster(struct rig_plan *p)
{
	p->mmu[0].levels = 2;
	p->mmu[0].level[0] = (struct quire_level){20, 8, true, 0};
	p->mmu[0].level[1] = (struct quire_level){12, 8, true, 9};
}
static void window_size(struct rig_plan *p)
{
	p->window[1].size += 1;
}
static void window_base(struct rig_plan *p)
{
	p->window[1].base += 0x800;
}
static void window_exec(struct rig_plan *p)
{
	p->window[1].exec_base += 1;
}
static void window_walk(struct rig_plan *p)
{
	p->window[1].walk += 0x10;
}
static void memory_size(struct rig_plan *p)
{
	p->memory[0].size -= 1;
}
static void memory_base(struct rig_plan *p)
{
	p->memory[0].base += 0x10;
}
static void window_beyond(struct rig_plan *p)
{
	p->window[1].walk = 0xfb000; /* 256 entries of 4 KiB: 5 pages are left */
}
static void memory_beyond(struct rig_plan *p)
{
	p->mmu[0].pa_bits = 17; /* 128 KiB, and memory 0 starts at 256 KiB */
}
static void window_wraps(struct rig_plan *p)
{
	p->window[1].base = (quire_va)0 - 0x7000;
}
static void exec_wraps(struct rig_plan *p)
{
	p->window[1].exec_base = (quire_va)0 - 0x1000;
}
static void memory_wraps(struct rig_plan *p)
{
	p->memory[0].base = (quire_pa)0 - 0x1000;
}
static void same_base(struct rig_plan *p)
{
	p->window[1].base = p->window[0].base + 7 * PAGE;
}
static void base_in_exec(struct rig_plan *p)
{
	p->window[1].base = p->window[0].exec_base - 7 * PAGE;
}
static void same_exec(struct rig_plan *p)
{
	p->window[1].exec_base = p->window[0].exec_base;
}
static void same_entries(struct rig_plan *p)
{
	p->window[1].walk = 7 * PAGE;
}
static void top(struct rig_plan *p)
{
	p->window[1].base = (quire_va)0 - 8 * PAGE;
	p->window[1].walk = 0xf8000;
}
static void adjacent(struct rig_plan *p)
{
	p->window[1].base = p->window[0].base + 8 * PAGE;
	p->window[1].walk = 8 * PAGE;
}

static void no_window(struct rig_plan *p)
{
	p->window[0].base += 1; /* the first is wrong already: the second is not looked at */
}
static void no_leaf(struct rig_plan *p)
{
	p->mmu[0].level[0].leaf = false;
}
static void unseen_memory(struct rig_plan *p)
{
	p->memory[3] = p->memory[0]; /* that no window may show it is no error */
}
static void hole(struct rig_plan *p)
{
	p->mmu[0] = (struct quire_mmu)RIG_TREE(0);
	p->mmu[0].level[0].leaf = true;
	p->mmu[0].level[1].leaf = false;
	p->tables = 8;
}
static void two_page_sizes(struct rig_plan *p)
{
	p->mmu[1] = (struct quire_mmu)RIG_TABLE(13, 8);
	p->window[1].walker = 1;
}
static void too_many_pages(struct rig_plan *p)
{
	p->memory[0].size = ((quire_size)QUIRE_PAGES_MAX + 1) * PAGE;
	p->mmu[0].pa_bits = 64;
}

static void refusals(void **unused)
{
	static const struct {
		spoil_fn spoil;
		int result;
	} cases[] = {
		{fine, 0},
		{top, 0},
		{adjacent, 0},
		{window_cap, QUIRE_EFLAG},
		{window_target, QUIRE_EFLAG},
		{window_walker, QUIRE_EFLAG},
		{memory_cap, QUIRE_EFLAG},
		{memory_mode, QUIRE_EFLAG},
		{window_place, QUIRE_EFLAG},
		{flat_cluster, QUIRE_EFLAG},
		{wide_cluster, QUIRE_EFLAG},
		{window_size, QUIRE_EALIGN},
		{window_base, QUIRE_EALIGN},
		{window_exec, QUIRE_EALIGN},
		{window_walk, QUIRE_EALIGN},
		{memory_size, QUIRE_EALIGN},
		{memory_base, QUIRE_EALIGN},
		{window_beyond, QUIRE_EBEYOND},
		{memory_beyond, QUIRE_EBEYOND},
		{window_wraps, QUIRE_EWRAP},
		{exec_wraps, QUIRE_EWRAP},
		{memory_wraps, QUIRE_EWRAP},
		{same_base, QUIRE_ETAKEN},
		{base_in_exec, QUIRE_ETAKEN},
		{same_exec, QUIRE_ETAKEN},
		{same_entries, QUIRE_ETAKEN},
		{no_window, QUIRE_EALIGN},
		{no_leaf, QUIRE_EFLAG},
		{hole, QUIRE_EFLAG},
		{unseen_memory, 0},
		{two_page_sizes, QUIRE_EALIGN},
		{too_many_pages, QUIRE_EBEYOND},
	};
	static struct rig rig;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig_plan plan = good();
		int result;

		cases[i].spoil(&plan);
		result = rig_open(&rig, &plan);
		if (result != cases[i].result)
			fail_msg("case %zu: %s", i, quire_error_name(result));
		rig_close(&rig);
	}
}

/* Numbers of windows, memories and walkers at and beyond their limits. */
static void counts(void **unused)
{
	struct rig_plan plan = good();
	static struct rig rig;
	struct quire_space space;

	(void)unused;
	assert_int_equal(rig_open(&rig, &plan), 0);
	for (unsigned i = 0; i < 5; i++) {
		struct quire_space_config c = rig.config;

		if (i == 0)
			c.window_count = 0;
		if (i == 1)
			c.window_count = QUIRE_WINDOWS_MAX + 1;
		if (i == 2)
			c.memory_count = 0;
		if (i == 3)
			c.memory_count = QUIRE_TARGETS_MAX + 1;
		if (i == 4)
			c.walker_count = 0;
		assert_int_equal(quire_space_init(&space, &c), QUIRE_EFLAG);
	}
	for (unsigned i = 0; i < 4; i++) {
		struct quire_space_config c = rig.config;

		if (i == 0)
			c.windows = NULL;
		if (i == 1)
			c.memories = NULL;
		if (i == 2)
			c.walkers = NULL;
		if (i == 3)
			c.memory = NULL;
		assert_int_equal(quire_space_init(&space, &c), QUIRE_ENULL);
	}
	rig_close(&rig);
}

/* Descriptions for which there could be no tables; walkers are not used before they are checked. */
static void impossible_mmus(void **unused)
{
	static const struct {
		uint8_t levels;
		struct quire_level first;
		quire_va walk;
		quire_size size;
		int result;
	} cases[] = {
		{1, {12, 8, true, 0}, 0, 0x8000, 0},
		{0, {12, 8, true, 0}, 0, 0x8000, QUIRE_EFLAG},
		{QUIRE_LEVELS_MAX + 1, {12, 8, true, 0}, 0, 0x8000, QUIRE_EFLAG},
		{1, {12, 8, true, 0}, 0, 0, QUIRE_EALIGN},
		{1, {12, 8, true, 0}, 0xf9000, 0x8000, QUIRE_EBEYOND},
		{1, {12, 8 * sizeof(quire_va) - 12, true, 0}, (quire_va)0 - 0x8000, 0x8000, 0},
		{1,
		 {12, 8 * sizeof(quire_va) - 12, true, 0},
		 (quire_va)0 - 0x7000,
		 0x8000,
		 QUIRE_EWRAP},
	};
	struct rig_plan plan = good();
	static struct rig rig;

	(void)unused;
	assert_int_equal(rig_open(&rig, &plan), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct quire_space_config c = rig.config;
		struct quire_space space;
		struct quire_mmu mmu = plan.mmu[0];
		struct quire_window window = plan.window[0];
		struct quire_walker walker = rig.walker[0];

		mmu.levels = cases[i].levels;
		mmu.level[0] = cases[i].first;
		window.walk = cases[i].walk;
		window.size = cases[i].size;
		walker.mmu = &mmu;
		c.walkers = &walker;
		c.windows = &window;
		c.window_count = 1;
		assert_int_equal(quire_space_init(&space, &c), cases[i].result);
	}
	rig_close(&rig);
}

/* The largest configuration there is: eight windows, eight memories, and all of them used. */
static void eight_of_each(void **unused)
{
	struct sketch *s = sketch_plan(4);

	(void)unused;
	for (unsigned i = 0; i < 8; i++) {
		s->plan.window[i] = s->plan.window[0];
		s->plan.window[i].base = s->plan.window[i].exec_base = 0x100000 * (i + 1);
		s->plan.window[i].walk = i * 4 * PAGE;
		s->plan.window[i].targets = (uint8_t)(1u << (7 - i));
		s->plan.memory[i] = s->plan.memory[0];
	}
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	for (unsigned i = 0; i < 8; i++) {
		struct quire_want want = {.pa = PA(i), .size = PAGE, .attr = R};

		want.target = (uint8_t)i;
		assert_int_equal(quire_space_map(s->space, &want, &s->got), 0);
		assert_int_equal(s->got.va, 0x100000 * (8 - i));
	}
	sketch_close(s);
}

/* As many mappings fit as were asked for; with one byte less there is one less. */
static void memory_for_mappings(void **unused)
{
	(void)unused;
	for (uint32_t n = 0; n < 20; n++)
		for (unsigned less = 0; less <= 1; less++) {
			struct sketch *s = sketch_plan(64);
			struct quire_space_stats stats;
			uint32_t count = 0;

			s->plan.mappings = n;
			assert_int_equal(rig_open(&s->rig, &s->plan), 0);
			assert_int_equal(s->rig.capacity, n);
			s->rig.config.memory_size -= less;
			if (n == 0 && less == 1) {
				assert_int_equal(quire_space_init(s->space, &s->rig.config),
						 QUIRE_EPOOL);
				rig_close(&s->rig);
				continue;
			}
			assert_int_equal(quire_space_init(s->space, &s->rig.config), 0);
			while (sketch_map(s, 1, 2 * count, R, 0, 'a') == 0)
				count++;
			assert_int_equal(count, n - less);
			assert_int_equal(quire_space_stats(s->space, &stats), 0);
			assert_int_equal(stats.mappings, count);
			sketch_close(s);
		}
}

/* 26 or 40 bytes a mapping, and a limit. */
static void memory_size_of_many(void **unused)
{
	struct rig_plan plan = good();
	static struct rig rig;
	quire_size each = QUIRE_WIDTH == 16 ? 26 : 40;

	(void)unused;
	assert_int_equal(rig_open(&rig, &plan), 0);
	assert_int_equal(quire_space_memory_size(&rig.config, 1001) -
				 quire_space_memory_size(&rig.config, 1000),
			 each);
	assert_true(quire_space_memory_size(&rig.config, (uint32_t)QUIRE_EXTENTS_MAX - 10) != 0);
	assert_int_equal(quire_space_memory_size(&rig.config, (uint32_t)QUIRE_EXTENTS_MAX), 0);
	assert_int_equal(quire_space_memory_size(&rig.config, 0xffffffff), 0);
	assert_int_equal(quire_space_memory_size(NULL, 10), 0);
	rig_close(&rig);
}

/* A space without a lock and with a port that is never asked. */
static void without_lock_or_prepare(void **unused)
{
	static struct quire_port port;
	struct sketch *s = sketch_plan(8);

	(void)unused;
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	port = hardware_port;
	port.prepare = NULL;
	s->rig.walker[0].port = &port;
	s->rig.config.lock = (struct quire_lock){0};
	assert_int_equal(quire_space_init(s->space, &s->rig.config), 0);
	assert_int_equal(sketch_map(s, 2, 3, R, 0, 'a'), 0);
	assert_int_equal(quire_space_protect(s->space, VA(0), PAGE, RW, 0), 0);
	assert_int_equal(quire_space_move_at(s->space, VA(0), VA(1)), 0);
	sketch_is(s, ".aA.....");
	assert_int_equal(quire_space_unmap(s->space, VA(1)), 0);
	assert_int_equal(s->rig.hw[0].prepares, 0);
	sketch_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(counts),
		cmocka_unit_test(impossible_mmus),
		cmocka_unit_test(eight_of_each),
		cmocka_unit_test(memory_for_mappings),
		cmocka_unit_test(memory_size_of_many),
		cmocka_unit_test(without_lock_or_prepare),
	};

	return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
