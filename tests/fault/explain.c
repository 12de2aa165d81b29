/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What explain() says about every address worth asking, beside what a map of pages says that is
 * searched page by page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/rig.h"
#include "quire/fault.h"

#define PAGE  0x1000u
#define PAGES 32u

/* Two windows: one that is seen at two places, and one below both. */
static const struct rig_plan plan = {
	.name = "two windows",
	.mmu = {RIG_TABLE(12, 5), RIG_TABLE(12, 5)},
	.window = {{.name = "both",
		    .base = 0x80000,
		    .exec_base = 0x40000,
		    .size = PAGES * PAGE,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 1},
		   {.name = "low",
		    .base = 0x10000,
		    .exec_base = 0x10000,
		    .walker = 1,
		    .size = PAGES * PAGE,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 1}},
	.memory = {{.name = "ram", .size = 0x80000, .caps = QUIRE_CAP_MASK}},
	.mappings = 64,
};

/* One page as the test remembers it: the extent that it belongs to, by its first page. */
struct page {
	enum quire_kind kind;
	unsigned first, attr;
};

static struct rig rig;
static struct page map[2][PAGES];
static uint64_t state;

static void forget_all(void)
{
	memset(map, 0, sizeof(map));
	assert_int_equal(rig_open(&rig, &plan), 0);
}

static void remember(unsigned window, unsigned first, unsigned pages, enum quire_kind kind,
		     unsigned attr)
{
	for (unsigned i = first; i < first + pages; i++)
		map[window][i] = (struct page){kind, first, attr};
}

static void put_mapping(unsigned window, unsigned first, unsigned pages, unsigned attr)
{
	const struct quire_want want = {.pa = 0,
					.size = pages * PAGE,
					.attr = (uint8_t)attr,
					.flags = QUIRE_SHARED | QUIRE_WX,
					.tag = 7};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&rig.space, plan.window[window].base + first * PAGE,
					    &want, &got),
			 0);
	remember(window, first, pages, QUIRE_MAPPED, attr);
}

static void put_reservation(unsigned window, unsigned first, unsigned pages)
{
	assert_int_equal(quire_space_reserve_at(&rig.space, plan.window[window].base + first * PAGE,
						pages * PAGE, 0),
			 0);
	remember(window, first, pages, QUIRE_RESERVED, 0);
}

/* -- the answer, page by page -- */

/* Which window an address is in, and its page: false if in none. */
static bool find(quire_va va, unsigned *window, unsigned *page, quire_va *base)
{
	for (*window = 0; *window < 2; ++*window)
		for (unsigned side = 0; side < 2; side++) {
			const struct quire_window *w = &plan.window[*window];

			*base = side ? w->exec_base : w->base;
			*page = (unsigned)((va - *base) / PAGE);
			if (va >= *base && va - *base < w->size)
				return true;
		}
	return false;
}

/* The distance from an address to the nearest mapped byte on one side in [base, base + window). */
static quire_size nearest(unsigned window, quire_va base, quire_va va, bool below,
			  const struct page *but)
{
	quire_size best = 0;

	for (unsigned i = 0; i < PAGES; i++) {
		const struct page *p = &map[window][i];
		quire_va first = base + i * PAGE, last = first + PAGE - 1;
		quire_size distance = below ? va - last : first - va;

		if (p->kind != QUIRE_MAPPED || (below ? last >= va : first <= va) ||
		    (but && but->first == p->first && but->kind == p->kind))
			continue;
		if (best == 0 || distance < best)
			best = distance;
	}
	return best;
}

static quire_size least(quire_size a, quire_size b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static quire_size expected_near(quire_va va, bool below)
{
	quire_size best = 0;
	unsigned window, page;
	quire_va base;

	if (find(va, &window, &page, &base))
		return nearest(window, base, va, below, &map[window][page]);
	for (unsigned w = 0; w < 2; w++) {
		best = least(best, nearest(w, plan.window[w].base, va, below, NULL));
		best = least(best, nearest(w, plan.window[w].exec_base, va, below, NULL));
	}
	return best;
}

static enum quire_fault_kind expected_kind(const struct quire_fault_raw *raw, const struct page *p)
{
	if (raw->cause == QUIRE_CAUSE_ALIGN || raw->cause == QUIRE_CAUSE_BUS)
		return QUIRE_FAULT_OTHER;
	if (!p)
		return QUIRE_FAULT_FOREIGN;
	if (p->kind == QUIRE_GAP)
		return QUIRE_FAULT_UNMAPPED;
	if (p->kind == QUIRE_RESERVED)
		return QUIRE_FAULT_GUARD;
	if ((p->attr & (raw->access ? raw->access : 7u)) == 0)
		return QUIRE_FAULT_DENIED;
	if (raw->user && (p->attr & QUIRE_USER) == 0)
		return QUIRE_FAULT_USER;
	if (raw->access == QUIRE_EXEC && !raw->user && (p->attr & QUIRE_USER) != 0 &&
	    (raw->cause == QUIRE_CAUSE_DENIED || raw->cause == QUIRE_CAUSE_UNKNOWN))
		return QUIRE_FAULT_KERNEL;
	return QUIRE_FAULT_STALE;
}

/* The first byte of the gap, reservation or mapping at a page. */
static quire_va expected_first(unsigned window, unsigned page, quire_va base)
{
	unsigned first = page;

	if (map[window][page].kind != QUIRE_GAP)
		return base + map[window][page].first * PAGE;
	while (first > 0 && map[window][first - 1].kind == QUIRE_GAP)
		first--;
	return base + first * PAGE;
}

static void near_is_right(const struct quire_fault_near *near, quire_va va, bool below)
{
	const struct quire_extent_info *m = &near->mapping;
	struct quire_extent_info there;
	quire_va byte = below ? va - near->distance : va + near->distance;
	quire_size expected = expected_near(va, below);

	assert_int_equal(m->size != 0, expected != 0);
	if (expected == 0)
		return;
	assert_true(near->distance == expected);
	assert_int_equal(quire_space_query(&rig.space, byte, &there), 0);
	assert_true(there.va == m->va && there.size == m->size && there.kind == QUIRE_MAPPED);
	assert_null(rig_row_difference(&there, m));
}

static void ask(const struct quire_fault_raw *raw)
{
	struct quire_fault fault;
	unsigned window, page;
	quire_va base;
	bool inside = find(raw->va, &window, &page, &base);
	const struct page *p = inside ? &map[window][page] : NULL;

	memset(&fault, 0xa5, sizeof(fault));
	assert_int_equal(quire_fault_explain(&rig.space, raw, &fault), 0);
	assert_int_equal(fault.kind, expected_kind(raw, p));
	assert_true(fault.raw.va == raw->va && fault.raw.access == raw->access);
	assert_null(fault.name);
	near_is_right(&fault.below, raw->va, true);
	near_is_right(&fault.above, raw->va, false);
	assert_int_equal(fault.here.size != 0, inside);
	if (!inside)
		return;
	assert_int_equal(fault.here.kind, p->kind);
	assert_int_equal(fault.allowed, p->attr & QUIRE_ACCESS_MASK);
	assert_true(raw->va - fault.into == expected_first(window, page, base));
	assert_true(fault.into < fault.here.size);
}

/* An address, each access, from both modes, and each cause now and then. */
static void ask_about(quire_va va)
{
	static const uint8_t access[] = {0, QUIRE_READ, QUIRE_WRITE, QUIRE_EXEC};

	for (unsigned a = 0; a < 4; a++)
		for (unsigned user = 0; user < 2; user++) {
			struct quire_fault_raw raw = {.va = va,
						      .access = access[a],
						      .cause = (uint8_t)rig_below(&state, 6),
						      .user = user != 0};

			ask(&raw);
		}
}

/* The first, second and last byte of each page, and addresses before and behind each window. */
static void ask_everywhere(void)
{
	static const quire_va far[] = {0,       8,       0xffff,  0x30000,     0x3ffff,
				       0x60000, 0x7ffff, 0xa0000, (quire_va)-1};

	for (unsigned w = 0; w < 2; w++)
		for (unsigned i = 0; i < PAGES; i++) {
			ask_about(plan.window[w].base + i * PAGE);
			ask_about(plan.window[w].exec_base + i * PAGE + 1);
			ask_about(plan.window[w].base + i * PAGE + PAGE - 1);
			ask_about(plan.window[w].exec_base + i * PAGE + PAGE - 1);
		}
	for (unsigned i = 0; i < sizeof(far) / sizeof(*far); i++)
		ask_about(far[i]);
}

/* -- maps -- */

static void test_empty(void **unused)
{
	(void)unused;
	forget_all();
	ask_everywhere();
	rig_close(&rig);
}

/* Fill both windows from left to right with runs of anything. */
static void fill(void)
{
	for (unsigned w = 0; w < 2; w++)
		for (unsigned at = 0; at < PAGES;) {
			unsigned pages = 1 + rig_below(&state, 4), what = rig_below(&state, 4);

			pages = pages < PAGES - at ? pages : PAGES - at;
			if (what == 0)
				put_reservation(w, at, pages);
			else if (what < 3)
				put_mapping(w, at, pages, rig_below(&state, 16));
			at += pages;
		}
}

static void test_random(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		state = seed * 0x9e3779b97f4a7c15;
		forget_all();
		fill();
		ask_everywhere();
		rig_close(&rig);
	}
}

/* Parts of a mapping are near one another, each with its own access. */
static void test_parts(void **unused)
{
	struct quire_fault_raw raw = {.va = 0x12010, .access = QUIRE_WRITE};
	struct quire_fault fault;

	(void)unused;
	forget_all();
	put_mapping(1, 1, 4, QUIRE_READ | QUIRE_WRITE);
	assert_int_equal(quire_space_protect(&rig.space, 0x12000, PAGE, QUIRE_READ, 0), 0);
	assert_int_equal(quire_fault_explain(&rig.space, &raw, &fault), 0);
	assert_int_equal(fault.kind, QUIRE_FAULT_DENIED);
	assert_true(fault.into == 0x10 && fault.here.size == PAGE && fault.here.part);
	assert_true(fault.below.distance == 0x11 && fault.below.mapping.va == 0x11000);
	assert_true(fault.above.distance == 0xff0 && fault.above.mapping.va == 0x13000);
	assert_int_equal(fault.above.mapping.size, 2 * PAGE);
	rig_close(&rig);
}

static void test_errors(void **unused)
{
	struct quire_fault_raw raw = {.va = 0x12010, .access = QUIRE_READ | QUIRE_WRITE};
	struct quire_fault fault, before;

	(void)unused;
	forget_all();
	memset(&fault, 0x5a, sizeof(fault));
	before = fault;
	assert_int_equal(quire_fault_explain(&rig.space, &raw, &fault), QUIRE_EFLAG);
	raw.access = QUIRE_USER;
	assert_int_equal(quire_fault_explain(&rig.space, &raw, &fault), QUIRE_EFLAG);
	assert_int_equal(quire_fault_explain(NULL, &raw, &fault), QUIRE_ENULL);
	assert_int_equal(quire_fault_explain(&rig.space, NULL, &fault), QUIRE_ENULL);
	assert_int_equal(quire_fault_explain(&rig.space, &raw, NULL), QUIRE_ENULL);
	raw.access = QUIRE_READ;
	rig.lock_in = 1;
	rig.lock_error = -1234;
	assert_int_equal(quire_fault_explain(&rig.space, &raw, &fault), -1234);
	assert_memory_equal(&fault, &before, sizeof(fault));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests_name("fault_explain", tests, NULL, NULL);
}
