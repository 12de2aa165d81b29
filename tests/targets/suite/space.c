/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mappings as a program sees them: the right bytes, from the first to the last, and not one more.
 */
#include "suite.h"

#include "quire/error.h"

#define PAGE t->page

/* Every byte of one page; of a page larger than 4 KiB every 61st. */
static void every_byte(struct target *t)
{
	quire_size step = PAGE > 4096 ? 61 : 1;

	for (quire_size at = 4; at < PAGE; at += 4)
		t->poke(t, t->frames + PAGE + at, (uint32_t)at * 0x01000193u);
	MUST(RESULT(suite_map(t, t->arena, t->frames + PAGE, PAGE, RW), QUIRE_OK));
	for (quire_size at = 4; at < PAGE; at += step) {
		struct quire_fault_raw raw;
		uint64_t value = 0x100;

		MUST(OK(t->touch(t, QUIRE_READ, t->arena + at, 1, &value, &raw)));
		MUST(SAME(value, (uint32_t)(at & ~3u) * 0x01000193u >> (at & 3) * 8 & 0xff));
		value = at & 0xff;
		MUST(OK(t->touch(t, QUIRE_WRITE, t->arena + at, 1, &value, &raw)));
		MUST(SAME(t->peek(t, t->frames + PAGE + (at & ~(quire_size)3)) >> (at & 3) * 8 &
				  0xff,
			  at & 0xff));
	}
}

static void many_pages(struct target *t)
{
	quire_size pages = 40;

	for (quire_size i = 0; i < pages; i++)
		MUST(RESULT(
			suite_map(t, t->arena + i * PAGE, t->frames + (pages - i) * PAGE, PAGE, RW),
			QUIRE_OK));
	for (quire_size i = 0; i < pages; i++)
		MUST(suite_shows(t, t->arena + i * PAGE, t->frames + (pages - i) * PAGE, RW));
	for (quire_size i = 0; i < pages; i += 2)
		MUST(RESULT(quire_space_unmap(t->space, t->arena + i * PAGE), QUIRE_OK));
	for (quire_size i = 0; i < pages; i++)
		MUST(i % 2 ? suite_shows(t, t->arena + i * PAGE, t->frames + (pages - i) * PAGE, RW)
			   : suite_faults_at(t, QUIRE_READ, t->arena + i * PAGE));
}

/* Pages that follow one another in a mapping follow one another in memory, across tables too. */
static void one_long_run(struct target *t)
{
	quire_size pages = 600 < t->frames_size / PAGE ? 600 : t->frames_size / PAGE - 1;

	if (pages * PAGE > t->arena_size)
		pages = t->arena_size / PAGE;
	MUST(RESULT(suite_map(t, t->arena, t->frames + PAGE, (pages - 1) * PAGE, RW), QUIRE_OK));
	for (quire_size i = 0; i + 1 < pages; i++)
		MUST(suite_shows(t, t->arena + i * PAGE, t->frames + (i + 1) * PAGE, RW));
	MUST(RESULT(quire_space_unmap(t->space, t->arena), QUIRE_OK));
	for (quire_size i = 0; i + 1 < pages; i++)
		MUST(suite_faults_at(t, QUIRE_READ, t->arena + i * PAGE + i % PAGE));
}

/* A translation that was used is forgotten when its page is unmapped, and when it shows another. */
static void unmap_is_seen(struct target *t)
{
	for (unsigned i = 0; i < 8; i++) {
		MUST(RESULT(suite_map(t, t->arena, t->frames + i * PAGE, PAGE, RW), QUIRE_OK));
		MUST(suite_shows(t, t->arena, t->frames + i * PAGE, RW));
		MUST(RESULT(quire_space_unmap(t->space, t->arena), QUIRE_OK));
		MUST(suite_faults_at(t, QUIRE_READ, t->arena));
		MUST(suite_faults_at(t, QUIRE_WRITE, t->arena + PAGE - 1));
	}
}

/* The same for more pages than are flushed one by one. */
static void unmap_of_many_is_seen(struct target *t)
{
	quire_size pages = t->frames_size / PAGE < 520 ? t->frames_size / PAGE - 1 : 520;

	for (unsigned round = 0; round < 2; round++) {
		MUST(RESULT(suite_map(t, t->arena, t->frames + round * PAGE, pages * PAGE, RW),
			    QUIRE_OK));
		for (quire_size i = 0; i < pages; i++)
			MUST(suite_shows(t, t->arena + i * PAGE, t->frames + (i + round) * PAGE,
					 RW));
		MUST(RESULT(quire_space_unmap(t->space, t->arena), QUIRE_OK));
		for (quire_size i = 0; i < pages; i++)
			MUST(suite_faults_at(t, QUIRE_READ, t->arena + i * PAGE));
	}
}

static void switch_is_seen(struct target *t)
{
	struct quire_want want = {
		.target = (uint8_t)t->frames_target, .attr = RW, .flags = QUIRE_SHARED};

	MUST(RESULT(suite_map(t, t->arena, t->frames, 4 * PAGE, RW), QUIRE_OK));
	for (unsigned i = 1; i < 6; i++) {
		want.pa = t->frames + i * PAGE;
		MUST(RESULT(quire_space_switch(t->space, t->arena, &want), QUIRE_OK));
		for (unsigned k = 0; k < 4; k++)
			MUST(suite_shows(t, t->arena + k * PAGE, want.pa + k * PAGE, RW));
	}
	MUST(RESULT(quire_space_switch(t->space, t->arena, NULL), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_READ, t->arena + PAGE));
}

static void move_and_resize(struct target *t)
{
	quire_va to = t->arena + 16 * PAGE;

	MUST(RESULT(suite_map(t, t->arena, t->frames, 4 * PAGE, RW), QUIRE_OK));
	MUST(suite_shows(t, t->arena + PAGE, t->frames + PAGE, RW));
	MUST(RESULT(quire_space_move_at(t->space, t->arena, to), QUIRE_OK));
	for (unsigned k = 0; k < 4; k++) {
		MUST(suite_shows(t, to + k * PAGE, t->frames + k * PAGE, RW));
		MUST(suite_faults_at(t, QUIRE_READ, t->arena + k * PAGE));
	}
	MUST(RESULT(quire_space_move_at(t->space, to, to - 2 * PAGE), QUIRE_OK));
	for (unsigned k = 0; k < 4; k++)
		MUST(suite_shows(t, to + k * PAGE - 2 * PAGE, t->frames + k * PAGE, RW));
	MUST(suite_faults_at(t, QUIRE_READ, to + 2 * PAGE));
	to -= 2 * PAGE;
	MUST(RESULT(quire_space_resize(t->space, to, PAGE), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_READ, to + PAGE));
	MUST(RESULT(quire_space_resize(t->space, to, 3 * PAGE), QUIRE_OK));
	MUST(suite_shows(t, to + 2 * PAGE, t->frames + 2 * PAGE, RW));
	MUST(suite_faults_at(t, QUIRE_READ, to + 3 * PAGE));
}

/* Reserved pages before and behind: the byte before the first, and the one behind the last. */
static void guards(struct target *t)
{
	quire_va va = t->arena + 5 * PAGE;
	struct quire_fault_raw raw;
	struct quire_fault fault;

	MUST(RESULT(quire_space_reserve_at(t->space, va - PAGE, PAGE, 7), QUIRE_OK));
	MUST(RESULT(suite_map(t, va, t->frames, 3 * PAGE, RW), QUIRE_OK));
	MUST(RESULT(quire_space_reserve_at(t->space, va + 3 * PAGE, PAGE, 7), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_WRITE, va - 1));
	MUST(suite_faults_at(t, QUIRE_WRITE, va + 3 * PAGE));
	MUST(suite_shows(t, va, t->frames, RW));
	MUST(suite_fault_raw(t, QUIRE_READ, va + 3 * PAGE - 1 + 1, 1, &raw));
	MUST(RESULT(quire_fault_explain(t->space, &raw, &fault), QUIRE_OK));
	MUST(SAME(fault.kind, QUIRE_FAULT_GUARD));
	MUST(SAME(fault.below.distance, 1));
	MUST(SAME(fault.below.mapping.va, va));
	MUST(SAME(fault.allowed, 0));
	MUST(RESULT(suite_map(t, va - PAGE, t->frames, PAGE, RW), QUIRE_ETAKEN));
	MUST(suite_faults_at(t, QUIRE_READ, va - PAGE));
}

static void aliases(struct target *t)
{
	quire_va a = t->arena, b = t->arena + 9 * PAGE, c = t->arena + 20 * PAGE;
	struct quire_want want = {.pa = t->frames, .target = (uint8_t)t->frames_target, .attr = RW};
	struct quire_got got;

	want.size = 2 * PAGE;
	MUST(RESULT(suite_map(t, a, t->frames, 2 * PAGE, RW), QUIRE_OK));
	MUST(RESULT(quire_space_map_at(t->space, b, &want, &got), QUIRE_EOVERLAP));
	MUST(RESULT(suite_map(t, b, t->frames, 2 * PAGE, RW), QUIRE_OK));
	MUST(RESULT(suite_map(t, c, t->frames + PAGE, PAGE, QUIRE_READ), QUIRE_OK));
	MUST(suite_writes(t, 0, a + PAGE + 12, 0x1234567));
	MUST(suite_reads(t, 0, b + PAGE + 12, 0x1234567));
	MUST(suite_reads(t, 0, c + 12, 0x1234567));
	MUST(suite_writes(t, 0, b + PAGE + 12, 0x7654321));
	MUST(suite_reads(t, 0, a + PAGE + 12, 0x7654321));
	MUST(suite_reads(t, 0, c + 12, 0x7654321));
	MUST(suite_faults_at(t, QUIRE_WRITE, c + 12));
	MUST(RESULT(quire_space_unmap(t->space, a), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_READ, a + PAGE));
	MUST(suite_reads(t, 0, b + PAGE + 12, 0x7654321));
	MUST(suite_shows(t, b, t->frames, RW));
}

static void refusals(struct target *t)
{
	quire_va end = t->arena + t->arena_size;
	uint32_t tables = t->walker ? t->walker->pool.free : 0;

	MUST(RESULT(suite_map(t, t->arena + 1, t->frames, PAGE, RW), QUIRE_EALIGN));
	MUST(RESULT(suite_map(t, t->arena, t->frames + 1, PAGE, RW), QUIRE_EALIGN));
	MUST(RESULT(suite_map(t, t->arena, t->frames, 0, RW), QUIRE_EZERO));
	MUST(RESULT(suite_map(t, end - PAGE, t->frames, 2 * PAGE, RW), QUIRE_EFOREIGN));
	MUST(RESULT(suite_map(t, t->arena, t->frames, PAGE, 0x40), QUIRE_EFLAG));
	MUST(RESULT(quire_space_unmap(t->space, t->arena), QUIRE_EUNMAPPED));
	if (t->walker)
		MUST(SAME(t->walker->pool.free, tables));
	MUST(RESULT(suite_map(t, end - PAGE, t->frames, PAGE, RW), QUIRE_OK));
	MUST(suite_shows(t, end - PAGE, t->frames, RW));
	MUST(OK(suite_fault_raw(t, QUIRE_READ, end - PAGE - 1, 1, &(struct quire_fault_raw){0})));
}

static const struct suite_test tests[] = {
	{"every byte of a page", every_byte, NULL, 0},
	{"pages in any order", many_pages, NULL, 0},
	{"a long run of pages", one_long_run, NULL, 0},
	{"an unmap is seen at once", unmap_is_seen, NULL, 1u << 1},
	{"an unmap of many pages is seen at once", unmap_of_many_is_seen, NULL, 1u << 3},
	{"a switch is seen at once", switch_is_seen, NULL, 1u << 1},
	{"move and resize", move_and_resize, NULL, 0},
	{"guards, first byte and last", guards, NULL, 0},
	{"aliases", aliases, NULL, 0},
	{"refusals change nothing", refusals, NULL, 0},
};

const struct suite_list suite_space = {tests, SUITE_COUNT(tests)};
