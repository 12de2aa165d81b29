/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A million calls at random, against arrays.
 *
 * The model is what a reader of vm.h would draw: for each page of the windows what is there and whose
 * it is, and for each page of a mapping what it allows, whether it has a frame, and the byte that was
 * written to its two ends.  It finds places by trying every address, from the top.  Which frames there
 * are is asked of the pool frame by frame; all else the model knows by itself.  Each call's result is
 * known beforehand; after it every page that it touched is looked at as the CPU sees it: what it allows,
 * and all its bytes.
 */
#include <string.h>

#include "quire/port/aarch64.h"
#include "quire/port/riscv.h"
#include "quire/port/x86.h"
#include "vm/rig.h"

#define WINDOWS 2u
#define MOST    280u /* pages of a window */
#define LIVE    40u  /* mappings */
#define OTHERS  24u  /* pages of memory behind the frames of the first bank, which are nobody's */
#define PATTERN 0x5c

enum what { FREE, RESERVED, GUARD, SHOWN };

struct cell {
	uint8_t what;
	int16_t of; /* index of the mapping */
};

struct page {
	uint8_t attr;
	bool own;     /* it has a frame of its own */
	bool unknown; /* nobody knows what is in it */
	uint8_t ends; /* the byte at its first and last address */
};

struct mapping {
	unsigned pages; /* 0: there is none */
	unsigned window, first, flags;
	bool anonymous;
	unsigned target;
	quire_pa pa;
	uint16_t tag;
	uint8_t needs;
	struct page page[MOST];
};

static struct rig rig;
static struct cell cells[WINDOWS][MOST];
static unsigned window_pages[WINDOWS];
static struct mapping mappings[LIVE];
static struct quire_frame_list outside; /* somebody else's frames */
static uint64_t state_now;
static unsigned long made[8], refused;

static unsigned dice(unsigned sides)
{
	state_now ^= state_now << 13;
	state_now ^= state_now >> 7;
	state_now ^= state_now << 17;
	return (unsigned)(state_now >> 24) % sides;
}

static bool shares(void)
{
	return rig.plan.guarding == QUIRE_VM_GUARDS_SHARED;
}

static quire_va address(unsigned window, unsigned page)
{
	return (window ? RIG_WINDOW_2 : RIG_WINDOW) + (quire_va)page * PAGE;
}

static unsigned below_of(unsigned flags)
{
	return flags & QUIRE_VM_GUARD_BELOW ? 1 : 0;
}

static unsigned above_of(unsigned flags)
{
	return (flags & QUIRE_VM_GUARD_ABOVE) && !shares() ? 1 : 0;
}

/* -- frames, one by one -- */

struct supply {
	unsigned free, dma, run, run_dma; /* how many; the longest runs */
};

static struct supply supply_now(void)
{
	const quire_pa base[2] = {RAM_A, RAM_B};
	const unsigned count[2] = {rig.plan.frames_a, rig.plan.frames_b};
	struct supply s = {0, 0, 0, 0};

	for (unsigned b = 0; b < 2; b++) {
		unsigned run = 0;

		for (unsigned i = 0; i < count[b]; i++) {
			struct quire_frame_info info;

			assert_int_equal(quire_frames_info(rig.frames, base[b] + i * PAGE, &info),
					 0);
			run = info.flags & QUIRE_FRAME_FREE ? run + 1 : 0;
			s.free += run != 0;
			s.dma += b == 0 && run != 0;
			s.run = run > s.run ? run : s.run;
			s.run_dma = b == 0 && run > s.run_dma ? run : s.run_dma;
		}
	}
	return s;
}

static unsigned lazy_pages(void)
{
	unsigned count = 0;

	for (unsigned m = 0; m < LIVE; m++)
		for (unsigned i = 0; i < mappings[m].pages; i++)
			count += mappings[m].anonymous && !mappings[m].page[i].own;
	return count;
}

static bool frames_for(const struct quire_vm_want *want, unsigned pages)
{
	struct supply s = supply_now();
	bool dma = want->needs & QUIRE_FRAME_DMA;

	if (pages > s.free - lazy_pages())
		return false;
	if (want->flags & QUIRE_VM_RUN)
		return pages <= (dma ? s.run_dma : s.run);
	return !dma || pages <= s.dma;
}

/* -- places -- */

static bool is_free(unsigned window, unsigned start, unsigned pages)
{
	for (unsigned i = start; i < start + pages; i++)
		if (i >= window_pages[window] || cells[window][i].what != FREE)
			return false;
	return true;
}

/* With shared guards: whether a place lacks one above, or takes one away below. */
static bool is_wrong_above(unsigned window, unsigned end, unsigned flags)
{
	return shares() && (flags & QUIRE_VM_GUARD_ABOVE) && end < window_pages[window] &&
	       cells[window][end].what == SHOWN;
}

static bool is_wrong_below(unsigned window, unsigned start, unsigned flags)
{
	const struct cell *c = start ? &cells[window][start - 1] : NULL;

	return shares() && !(flags & QUIRE_VM_GUARD_BELOW) && c && c->what == SHOWN &&
	       (mappings[c->of].flags & QUIRE_VM_GUARD_ABOVE);
}

/* The highest place for so many pages, of which the one after `lead` is aligned; -1. */
static int highest(unsigned window, unsigned pages, unsigned lead, quire_size align)
{
	quire_size mask = align > PAGE ? align - 1 : PAGE - 1;

	for (int start = (int)window_pages[window] - (int)pages; start >= 0; start--)
		if ((address(window, (unsigned)start + lead) & mask) == 0 &&
		    is_free(window, (unsigned)start, pages))
			return start;
	return -1;
}

/* Where a mapping goes in a window: its first page, behind the guard; -1. */
static int place_in(unsigned window, const struct quire_vm_want *want, unsigned pages)
{
	unsigned before = 0, behind = 0, below = below_of(want->flags);
	unsigned own = pages + below + above_of(want->flags);

	for (;;) {
		int start = highest(window, own + before + behind, below + before, want->align);
		bool under, over;

		if (start < 0)
			return -1;
		start += (int)before;
		under = is_wrong_below(window, (unsigned)start, want->flags);
		over = is_wrong_above(window, (unsigned)start + own, want->flags);
		if (!under && !over)
			return start + (int)below;
		before |= under;
		behind |= over;
	}
}

static bool window_does(unsigned window, unsigned attr)
{
	return window == 0 ? true : rig.plan.pages_2 != 0 && !(attr & (X | U));
}

static bool place(const struct quire_vm_want *want, unsigned pages, unsigned *window,
		  unsigned *first)
{
	for (*window = 0; *window < WINDOWS; ++*window) {
		int at = window_does(*window, want->attr) ? place_in(*window, want, pages) : -1;

		if (at >= 0) {
			*first = (unsigned)at;
			return true;
		}
	}
	return false;
}

/* -- looking -- */

static const uint8_t zeros[PAGE];

static void page_is(const struct mapping *m, unsigned i)
{
	const struct page *p = &m->page[i];
	quire_va va = address(m->window, m->first + i);
	unsigned attr = p->attr & ~(m->anonymous && !p->own ? (unsigned)W : 0u);
	uint8_t *byte = NULL;

	for (unsigned kind = R; kind <= (R | W | X | U); kind++)
		assert_int_equal(rig_access(&rig, va, kind, NULL) == QUIRE_SIM_OK,
				 (attr & kind) == kind);
	assert_int_equal(rig_access(&rig, va, R, &byte), QUIRE_SIM_OK);
	if (m->target == TARGET_DEVICE || p->unknown)
		return;
	if (!m->anonymous) {
		assert_ptr_equal(byte, rig_ram(m->pa + (quire_pa)i * PAGE));
		return;
	}
	assert_int_equal(byte[0], p->ends);
	assert_int_equal(byte[PAGE - 1], p->ends);
	assert_memory_equal(byte + 1, zeros, PAGE - 2);
}

static void mapping_is(const struct mapping *m)
{
	for (unsigned i = 0; i < m->pages; i++)
		page_is(m, i);
	if (m->flags & QUIRE_VM_GUARD_BELOW)
		rig_must_fault(&rig, address(m->window, m->first) - 1, R);
	if (m->flags & QUIRE_VM_GUARD_ABOVE)
		rig_must_fault(&rig, address(m->window, m->first + m->pages), R);
}

static void all_is(void)
{
	struct quire_vm_stats stats = rig_stats(&rig);
	unsigned anonymous = 0, physical = 0, count = 0, guards = 0;

	for (unsigned m = 0; m < LIVE; m++) {
		const struct mapping *one = &mappings[m];

		if (one->pages == 0)
			continue;
		mapping_is(one);
		count++;
		for (unsigned i = 0; i < one->pages; i++)
			anonymous += one->anonymous && one->page[i].own;
		physical += one->anonymous ? 0 : one->pages;
	}
	for (unsigned w = 0; w < WINDOWS; w++)
		for (unsigned i = 0; i < window_pages[w]; i++) {
			guards += cells[w][i].what == GUARD;
			if (cells[w][i].what != SHOWN)
				rig_must_fault(&rig, address(w, i) + PAGE / 2, R);
		}
	assert_int_equal(stats.mappings, count);
	assert_true(stats.anonymous == (quire_size)anonymous * PAGE);
	assert_true(stats.lazy == (quire_size)lazy_pages() * PAGE);
	assert_true(stats.physical == (quire_size)physical * PAGE);
	assert_true(stats.guards == (quire_size)guards * PAGE);
	assert_int_equal(rig_frames(&rig).promised, lazy_pages());
	assert_int_equal(rig_frames(&rig).in_use, anonymous + outside.count + rig.plan.lazy);
	for (unsigned i = 0; i < OTHERS; i++)
		assert_int_equal(*rig_ram(RAM_A + (quire_pa)(rig.plan.frames_a + i) * PAGE),
				 PATTERN);
	rig_check(&rig);
}

/* -- map -- */

static struct mapping *unused(void)
{
	for (unsigned m = 0; m < LIVE; m++)
		if (mappings[m].pages == 0)
			return &mappings[m];
	return NULL;
}

static struct mapping *any(void)
{
	struct mapping *m = &mappings[dice(LIVE)];

	return m->pages ? m : NULL;
}

static void mark(const struct mapping *m, uint8_t shown, uint8_t guard)
{
	int16_t of = (int16_t)(m - mappings);

	for (unsigned i = 0; i < m->pages; i++)
		cells[m->window][m->first + i] = (struct cell){shown, of};
	if (below_of(m->flags))
		cells[m->window][m->first - 1] = (struct cell){guard, of};
	if (above_of(m->flags))
		cells[m->window][m->first + m->pages] = (struct cell){guard, of};
}

static unsigned any_attr(unsigned target)
{
	static const uint8_t access[] = {R, RW, RW, RW, R | X, R | U, RW | U, R | X | U};
	bool modes = rig.plan.mmu->missing_modes == 0;

	if (target == TARGET_DEVICE)
		return (dice(2) ? RW : R) | QUIRE_DEVICE_IO;
	return access[dice(8)] | (modes && dice(4) == 0 ? QUIRE_UNCACHED : 0u);
}

static struct quire_vm_want any_want(unsigned target)
{
	struct quire_vm_want want = rig_want(1 + dice(dice(8) ? 9 : 60), any_attr(target), 0);

	want.size -= dice(PAGE);
	want.tag = (uint16_t)dice(1000);
	want.align = dice(5) == 0 ? (quire_size)PAGE << dice(5) : 0;
	want.flags = (uint8_t)(dice(3) ? GUARDS : dice(4) * QUIRE_VM_GUARD_BELOW);
	return want;
}

static void anonymous_flags(struct quire_vm_want *want)
{
	if (dice(3) == 0) {
		want->flags |= QUIRE_VM_LAZY;
		return;
	}
	want->flags |= dice(5) == 0 ? QUIRE_VM_PIN : 0;
	want->flags |= dice(6) == 0 ? QUIRE_VM_RUN : 0;
	want->flags |= dice(6) == 0 && !(want->attr & U) ? QUIRE_VM_UNINIT : 0;
	want->needs = dice(6) == 0 ? QUIRE_FRAME_DMA : 0;
}

static void mapped(struct mapping *m, const struct quire_vm_want *want, bool anonymous,
		   unsigned window, unsigned first)
{
	m->pages = (unsigned)((want->size + PAGE - 1) / PAGE);
	m->window = window;
	m->first = first;
	m->flags = want->flags;
	m->anonymous = anonymous;
	m->tag = want->tag;
	m->needs = want->needs;
	for (unsigned i = 0; i < m->pages; i++)
		m->page[i] = (struct page){
			.attr = want->attr,
			.own = !(want->flags & QUIRE_VM_LAZY),
			.unknown = want->flags & QUIRE_VM_UNINIT,
		};
	mark(m, SHOWN, GUARD);
	mapping_is(m);
	made[0]++;
}

/* What a call that finds its own place will say. */
static int expect_map(const struct quire_vm_want *want, bool anonymous, unsigned *window,
		      unsigned *first)
{
	unsigned pages = (unsigned)((want->size + PAGE - 1) / PAGE);
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(&rig.space, &stats), 0);
	if (anonymous && !frames_for(want, pages))
		return QUIRE_ESPACE;
	if (!place(want, pages, window, first))
		return QUIRE_ESPACE;
	return stats.descriptors_free == 0 ? QUIRE_EPOOL : QUIRE_OK;
}

static void op_map(void)
{
	struct quire_vm_want want = any_want(TARGET_A);
	struct mapping *m = unused();
	unsigned window = 0, first = 0;
	quire_va va = 0;
	int expected;

	if (!m)
		return;
	anonymous_flags(&want);
	expected = expect_map(&want, true, &window, &first);
	assert_int_equal(quire_vm_map(&rig.vm, &want, &va), expected);
	refused += expected != 0;
	if (expected)
		return;
	assert_true(va == address(window, first));
	m->target = TARGET_A;
	mapped(m, &want, true, window, first);
}

static void op_map_physical(void)
{
	unsigned target = dice(2) ? TARGET_DEVICE : TARGET_A, page;
	struct quire_vm_want want = any_want(target);
	struct mapping *m = unused();
	unsigned window = 0, first = 0;
	quire_va va = 0;
	quire_pa pa;
	int expected;

	if (!m)
		return;
	if (target == TARGET_A && want.size > OTHERS * PAGE)
		want.size = PAGE;
	page = target == TARGET_A
		       ? rig.plan.frames_a + dice(OTHERS - (unsigned)((want.size - 1) / PAGE))
		       : dice(100);
	pa = (target == TARGET_A ? RAM_A : DEVICE) + (quire_pa)page * PAGE;
	expected = expect_map(&want, false, &window, &first);
	assert_int_equal(quire_vm_map_physical(&rig.vm, target, pa, &want, &va), expected);
	refused += expected != 0;
	if (expected)
		return;
	assert_true(va == address(window, first));
	m->target = target;
	m->pa = pa;
	mapped(m, &want, false, window, first);
}

/* At an address: the order of errors is that of the header. */
static int expect_map_at(const struct quire_vm_want *want, unsigned window, unsigned first)
{
	unsigned pages = (unsigned)((want->size + PAGE - 1) / PAGE);
	unsigned below = below_of(want->flags), above = above_of(want->flags);
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(&rig.space, &stats), 0);
	if (first < below || first + pages + above > window_pages[window])
		return QUIRE_EFOREIGN;
	if (!window_does(window, want->attr))
		return QUIRE_ECAPS;
	if (!frames_for(want, pages))
		return QUIRE_ESPACE;
	if (!is_free(window, first - below, pages + below + above) ||
	    is_wrong_below(window, first - below, want->flags) ||
	    is_wrong_above(window, first + pages, want->flags))
		return QUIRE_ETAKEN;
	return stats.descriptors_free == 0 ? QUIRE_EPOOL : QUIRE_OK;
}

static void op_map_at(void)
{
	struct quire_vm_want want = any_want(TARGET_A);
	struct mapping *m = unused();
	unsigned window = dice(6) == 0 && window_pages[1] ? 1 : 0;
	unsigned first = dice(window_pages[window]);
	int expected;

	if (!m)
		return;
	want.align = 0;
	anonymous_flags(&want);
	expected = expect_map_at(&want, window, first);
	assert_int_equal(quire_vm_map_at(&rig.vm, address(window, first), &want), expected);
	refused += expected != 0;
	if (expected)
		return;
	m->target = TARGET_A;
	mapped(m, &want, true, window, first);
	made[1]++;
}

/* -- unmap -- */

static void unmapped(struct mapping *m)
{
	mark(m, FREE, FREE);
	for (unsigned i = 0; i < m->pages; i++)
		rig_must_fault(&rig, address(m->window, m->first + i), R);
	m->pages = 0;
	made[2]++;
}

static void op_unmap(void)
{
	struct mapping *m = any();

	if (!m)
		return;
	assert_int_equal(quire_vm_unmap(&rig.vm, address(m->window, m->first),
					(quire_size)m->pages * PAGE - dice(PAGE)),
			 0);
	unmapped(m);
}

/* Somewhere, of any size: right by chance only. */
static void op_unmap_wild(void)
{
	unsigned window = dice(6) == 0 && window_pages[1] ? 1 : 0, expected_pages = 1 + dice(6);
	unsigned page = dice(window_pages[window]);
	const struct cell *c = &cells[window][page];
	struct mapping *m = c->what == SHOWN || c->what == GUARD ? &mappings[c->of] : NULL;
	int expected = QUIRE_OK, result;

	if (c->what == FREE || c->what == GUARD)
		expected = QUIRE_EUNMAPPED;
	else if (c->what == RESERVED)
		expected = QUIRE_ECLAIMED;
	else if (page + expected_pages > m->first + m->pages)
		expected = QUIRE_EUNMAPPED;
	else if (page != m->first || expected_pages != m->pages)
		expected = QUIRE_EINTERIOR;
	result = quire_vm_unmap(&rig.vm, address(window, page), (quire_size)expected_pages * PAGE);
	assert_int_equal(result, expected);
	refused += expected != 0;
	if (!expected)
		unmapped(m);
}

/* -- protect, resize -- */

static void op_protect(void)
{
	struct mapping *m = any();
	struct quire_space_stats stats;
	unsigned from, count, attr;
	int expected = QUIRE_OK, result;

	if (!m)
		return;
	from = dice(m->pages);
	count = 1 + dice(m->pages - from);
	attr = any_attr(m->target);
	if (!window_does(m->window, attr))
		expected = QUIRE_ECAPS;
	assert_int_equal(quire_space_stats(&rig.space, &stats), 0);
	result = quire_vm_protect(&rig.vm, address(m->window, m->first + from),
				  (quire_size)count * PAGE - dice(PAGE), attr, 0);
	if (result == QUIRE_EPOOL && !expected && stats.descriptors_free < 2)
		return;
	assert_int_equal(result, expected);
	refused += expected != 0;
	for (unsigned i = from; !expected && i < from + count; i++)
		m->page[i].attr = (uint8_t)attr;
	mapping_is(m);
	made[3]++;
}

static int expect_resize(const struct mapping *m, unsigned pages)
{
	const struct quire_vm_want want = {.needs = m->needs};
	unsigned above = above_of(m->flags), end = m->first + m->pages + above;
	unsigned more = pages > m->pages ? pages - m->pages : 0;

	if (!m->anonymous)
		return QUIRE_ECLAIMED;
	if (more == 0)
		return QUIRE_OK;
	if (!is_free(m->window, end, more) || is_wrong_above(m->window, end + more, m->flags))
		return QUIRE_ETAKEN;
	return frames_for(&want, more) ? QUIRE_OK : QUIRE_ESPACE;
}

static void op_resize(void)
{
	struct mapping *m = any();
	unsigned pages, had;
	int expected;

	if (!m)
		return;
	had = m->pages;
	pages = 1 + dice(had + 6);
	expected = expect_resize(m, pages);
	assert_int_equal(quire_vm_resize(&rig.vm, address(m->window, m->first),
					 (quire_size)pages * PAGE - dice(PAGE)),
			 expected);
	refused += expected != 0;
	if (expected)
		return;
	mark(m, FREE, FREE);
	m->pages = pages;
	mark(m, SHOWN, GUARD);
	for (unsigned i = had; i < pages; i++)
		m->page[i] = (struct page){.attr = m->page[had - 1].attr,
					   .own = !(m->flags & QUIRE_VM_LAZY)};
	for (unsigned i = pages; i < had; i++)
		rig_must_fault(&rig, address(m->window, m->first + i), R);
	mapping_is(m);
	made[4]++;
}

/* -- bytes, and what is asked -- */

static void op_write(void)
{
	struct mapping *m = any();
	struct quire_fault_raw raw = {.access = W};
	unsigned i;
	struct page *p;

	if (!m || !m->anonymous)
		return;
	i = dice(m->pages);
	p = &m->page[i];
	raw.va = address(m->window, m->first + i) + dice(PAGE);
	raw.user = dice(2);
	if (!(p->attr & W) || (raw.user && !(p->attr & U))) {
		assert_int_equal(quire_vm_fault(&rig.vm, &raw), QUIRE_ECAPS);
		refused++;
		return;
	}
	if (rig_access(&rig, raw.va, W, NULL) != QUIRE_SIM_OK) {
		assert_false(p->own);
		assert_int_equal(quire_vm_fault(&rig.vm, &raw), 0);
		made[5]++;
	}
	p->own = true;
	p->ends = (uint8_t)(1 + dice(255));
	rig_write(&rig, raw.va - raw.va % PAGE, p->ends);
	rig_write(&rig, raw.va - raw.va % PAGE + PAGE - 1, p->ends);
	page_is(m, i);
}

static void op_fault_wild(void)
{
	unsigned window = dice(6) == 0 && window_pages[1] ? 1 : 0;
	unsigned page = dice(window_pages[window]);
	const struct cell *c = &cells[window][page];
	const struct quire_fault_raw raw = {.va = address(window, page), .access = R};
	int expected = QUIRE_OK;

	if (c->what == FREE)
		expected = QUIRE_EUNMAPPED;
	else if (c->what != SHOWN)
		expected = QUIRE_ERESERVED;
	assert_int_equal(quire_vm_fault(&rig.vm, &raw), expected);
	refused += expected != 0;
}

static void op_info(void)
{
	unsigned window = dice(6) == 0 && window_pages[1] ? 1 : 0;
	unsigned page = dice(window_pages[window]);
	const struct cell *c = &cells[window][page];
	const struct mapping *m = &mappings[c->of];
	struct quire_vm_info info;
	int result = quire_vm_info(&rig.vm, address(window, page) + dice(PAGE), &info);

	if (c->what == FREE || c->what == RESERVED) {
		assert_int_equal(result, c->what == FREE ? QUIRE_EUNMAPPED : QUIRE_ECLAIMED);
		return;
	}
	assert_int_equal(result, 0);
	assert_true(info.va == address(m->window, m->first));
	assert_true(info.size == (quire_size)m->pages * PAGE);
	assert_int_equal(info.tag, m->tag);
	assert_int_equal(info.anonymous, m->anonymous);
	assert_int_equal(info.flags,
			 m->flags & (GUARDS | QUIRE_VM_LAZY | (m->anonymous ? QUIRE_VM_PIN : 0)));
	if (c->what == SHOWN)
		assert_int_equal(info.attr, m->page[page - m->first].attr);
}

/* -- others -- */

static void op_reserve(void)
{
	unsigned page = dice(window_pages[0]);
	struct cell *c = &cells[0][page];
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(&rig.space, &stats), 0);
	if (c->what == RESERVED) {
		if (shares() && page + 1 == window_pages[0])
			return;
		assert_int_equal(quire_space_release(&rig.space, address(0, page)), 0);
		c->what = FREE;
	} else if (c->what == FREE && dice(3) == 0 && stats.descriptors_free != 0) {
		assert_int_equal(quire_space_reserve_at(&rig.space, address(0, page), PAGE, 0), 0);
		c->what = RESERVED;
	}
}

/* Somebody else takes frames and gives them back, so that what is free is scattered. */
static void op_outside(void)
{
	const struct quire_frame_want want = {.count = 1 + dice(4)};
	struct quire_frame_list list;

	if (dice(2) && outside.count != 0) {
		assert_int_equal(quire_frames_give(rig.frames, &outside), 0);
		outside.count = 0;
	} else if (outside.count == 0 && quire_frames_take(rig.frames, &want, &list) == QUIRE_OK) {
		outside = list;
	}
}

/* -- all of it -- */

static void (*const ops[])(void) = {
	op_map,    op_map,        op_map,    op_map_at,  op_map_at,     op_map_physical, op_unmap,
	op_unmap,  op_unmap,      op_unmap,  op_unmap,   op_unmap_wild, op_protect,      op_protect,
	op_resize, op_resize,     op_resize, op_write,   op_write,      op_write,        op_write,
	op_write,  op_fault_wild, op_info,   op_reserve, op_outside,
};

static void begin(const struct rig_plan *plan)
{
	rig_start(&rig, plan);
	memset(cells, 0, sizeof(cells));
	memset(mappings, 0, sizeof(mappings));
	window_pages[0] = plan->pages;
	window_pages[1] = plan->pages_2;
	outside = (struct quire_frame_list){0, 0, 0};
	for (unsigned w = 0; shares() && w < WINDOWS; w++)
		if (window_pages[w] != 0)
			cells[w][window_pages[w] - 1].what = RESERVED;
	memset(rig_ram(RAM_A + (quire_pa)plan->frames_a * PAGE), PATTERN, OTHERS * PAGE);
}

static void end(void)
{
	all_is();
	for (unsigned m = 0; m < LIVE; m++)
		if (mappings[m].pages != 0)
			assert_int_equal(
				quire_vm_unmap(&rig.vm,
					       address(mappings[m].window, mappings[m].first),
					       (quire_size)mappings[m].pages * PAGE),
				0);
	for (unsigned i = 0; i < window_pages[0]; i++)
		if (cells[0][i].what == RESERVED && !(shares() && i + 1 == window_pages[0]))
			assert_int_equal(quire_space_release(&rig.space, address(0, i)), 0);
	if (outside.count != 0)
		assert_int_equal(quire_frames_give(rig.frames, &outside), 0);
	rig_stop(&rig);
}

static void play(const struct quire_mmu *mmu, unsigned guarding, unsigned long calls)
{
	struct rig_plan plan = rig_plan(mmu);

	plan.frames_a = 20 + dice(60);
	plan.frames_b = 40 + dice(120);
	plan.pages = 60 + dice(MOST - 60);
	plan.pages_2 = 8 + dice(24);
	plan.mappings = dice(4) == 0 ? 20 : 200;
	plan.guarding = (uint8_t)guarding;
	plan.tables = 24;
	begin(&plan);
	for (unsigned long i = 0; i < calls; i++) {
		ops[dice(sizeof(ops) / sizeof(ops[0]))]();
		if (i % 256 == 0)
			all_is();
	}
	end();
}

static void many_calls(const struct quire_mmu *mmu, unsigned long calls)
{
	state_now = 0x9e3779b97f4a7c15;
	memset(made, 0, sizeof(made));
	refused = 0;
	for (unsigned long round = 0; round < calls / 5000; round++)
		play(mmu, round % 2, 5000);
	print_message(
		"%s: %lu maps, %lu chosen, %lu unmaps, %lu protects, %lu resizes, %lu frames by "
		"fault, %lu refused\n",
		mmu->name, made[0], made[1], made[2], made[3], made[4], made[5], refused);
	for (unsigned i = 0; i < 6; i++)
		assert_true(made[i] > calls / 1000);
}

static void sv39(void **state)
{
	(void)state;
	many_calls(&quire_mmu_sv39, CALLS);
}

static void aarch64(void **state)
{
	(void)state;
	many_calls(&quire_mmu_a64_4k_39, CALLS);
}

static void x86(void **state)
{
	(void)state;
	many_calls(&quire_mmu_x86_64, CALLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sv39),
		cmocka_unit_test(aarch64),
		cmocka_unit_test(x86),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
