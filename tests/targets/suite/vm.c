/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual memory (vm.h) as a program sees it: memory of its own that is zero and lies between guards,
 * whatever was in its frames before and wherever they are.
 *
 * A few of the target's frames become a pool, and a vm over the target's space hands them out in the
 * arena.  Both are made anew for each test and must be whole again behind it; frames get their
 * numbers back, which the other tests look for.
 */
#include "suite.h"

#include "quire/error.h"
#include "quire/vm.h"

#define PAGE   t->page
#define FRAMES 16u
#define FIRST  3u  /* number of the first frame of the pool */
#define OTHERS 40u /* and of one that is not in it */
#define DIRT   0xd1270000u

static struct quire_frames frames;
static struct quire_vm vm;
static uint64_t memory[256]; /* of the pool */
static bool is_open;

/* -- before and behind each test -- */

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	struct target *t = ctx;

	for (quire_size at = 0; at < size; at += 4)
		t->poke(t, pa + at, 0);
}

static void start(struct target *t, unsigned guarding)
{
	const struct quire_frame_bank bank = {.name = "frames",
					      .base = t->frames + FIRST * PAGE,
					      .size = FRAMES * PAGE,
					      .target = (uint8_t)t->frames_target};
	const struct quire_frames_config pool = {.banks = &bank,
						 .bank_count = 1,
						 .page = PAGE,
						 .memory = memory,
						 .memory_size = sizeof(memory)};
	const struct quire_vm_config config = {.space = t->space,
					       .frames = &frames,
					       .guarding = (uint8_t)guarding,
					       .lazy = true,
					       .zero = zero,
					       .zero_ctx = t};

	is_open = RESULT(quire_frames_init(&frames, &pool), QUIRE_OK) &&
		  RESULT(quire_vm_init(&vm, &config), QUIRE_OK);
}

static void unmap_all(struct target *t)
{
	quire_va va = t->arena;

	while (va < t->arena + t->arena_size) {
		struct quire_extent_info row;
		struct quire_vm_info info;

		MUST(RESULT(quire_space_query(t->space, va, &row), QUIRE_OK));
		if (row.kind == QUIRE_CLAIMED &&
		    RESULT(quire_vm_info(&vm, row.va, &info), QUIRE_OK)) {
			RESULT(quire_vm_unmap(&vm, info.va, info.size), QUIRE_OK);
			quire_space_query(t->space, va, &row);
		}
		va = row.va + row.size;
	}
}

static void proved(void)
{
	const char *what = "";

	if (!RESULT(quire_vm_check(&vm, &what), QUIRE_OK))
		suite_note(what);
}

static void end(struct target *t)
{
	proved();
	unmap_all(t);
	proved();
	RESULT(quire_vm_close(&vm), QUIRE_OK);
	SAME(quire_frames_free(&frames), FRAMES * PAGE);
	for (unsigned i = FIRST; i < FIRST + FRAMES; i++)
		t->poke(t, t->frames + i * PAGE, suite_number(t, t->frames + i * PAGE));
}

/* A test `name` that has a pool and a vm while `body` runs. */
#define WITH_VM(name, guarding, body)                                                              \
	static void name(struct target *t)                                                         \
	{                                                                                          \
		start(t, guarding);                                                                \
		if (!is_open)                                                                      \
			return;                                                                    \
		body(t);                                                                           \
		end(t);                                                                            \
	}

/* -- what tests share -- */

/* Frames that can be had. */
static quire_size left(const struct target *t)
{
	return quire_frames_free(&frames) / PAGE;
}

static int map(struct target *t, quire_size pages, unsigned attr, unsigned flags, quire_va *va)
{
	const struct quire_vm_want want = {
		.size = pages * PAGE, .attr = (uint8_t)attr, .flags = (uint8_t)flags};

	return quire_vm_map(&vm, &want, va);
}

static int map_at(struct target *t, quire_va va, quire_size pages, unsigned flags)
{
	const struct quire_vm_want want = {
		.size = pages * PAGE, .attr = RW, .flags = (uint8_t)flags};

	return quire_vm_map_at(&vm, va, &want);
}

/* The frame behind an address. */
static quire_pa behind(struct target *t, quire_va va)
{
	quire_pa pa = 0;

	RESULT(quire_space_to_physical(t->space, va, &pa, NULL), QUIRE_OK);
	return pa;
}

/* Every word of a page; of a page larger than 4 KiB every 61st, and the last. */
static bool page_is(struct target *t, unsigned how, quire_va va, uint32_t word)
{
	quire_size step = PAGE > 4096 ? 4 * 61 : 4;

	for (quire_size at = 0; at < PAGE; at += step)
		NEED(suite_reads(t, how, va + at, word));
	return suite_reads(t, how, va + PAGE - 4, word);
}

/* The first byte and the last of the pages on either side. */
static bool between_guards(struct target *t, quire_va va, quire_size pages)
{
	quire_va ends[] = {va - PAGE, va - 1, va + pages * PAGE, va + (pages + 1) * PAGE - 1};
	struct quire_fault_raw raw;
	struct quire_fault fault;

	for (unsigned i = 0; i < SUITE_COUNT(ends); i++) {
		NEED(suite_faults_at(t, QUIRE_READ, ends[i]));
		NEED(suite_faults_at(t, QUIRE_WRITE, ends[i]));
		NEED(suite_fault_raw(t, QUIRE_WRITE, ends[i], 1, &raw));
		raw.access = QUIRE_WRITE;
		NEED(RESULT(quire_vm_fault(&vm, &raw), QUIRE_ERESERVED));
		NEED(RESULT(quire_fault_explain(t->space, &raw, &fault), QUIRE_OK));
		NEED(SAME(fault.kind, QUIRE_FAULT_GUARD));
	}
	return true;
}

/* A write that faults, and what vm says to it. */
static bool write_faults(struct target *t, unsigned how, quire_va va, int wanted)
{
	struct quire_fault_raw raw;

	NEED(suite_fault_raw(t, QUIRE_WRITE | how, va, 4, &raw));
	NEED(SAME(raw.va, va));
	NEED(SAME(raw.user, how != 0));
	raw.access = QUIRE_WRITE;
	return RESULT(quire_vm_fault(&vm, &raw), wanted);
}

/* The first write to a lazy page: it faults, and works once the page has got a frame. */
static bool first_write(struct target *t, unsigned how, quire_va va, uint32_t word)
{
	NEED(write_faults(t, how, va, QUIRE_OK));
	t->walker->port->flush(t->walker->port_ctx, (va & ~(PAGE - 1)) - t->arena + t->walk, PAGE,
			       0);
	return suite_writes(t, how, va, word) && SAME(t->peek(t, behind(t, va)), word);
}

static bool lazy_pages_are(struct target *t, quire_size pages)
{
	struct quire_vm_stats stats;

	NEED(RESULT(quire_vm_stats(&vm, &stats), QUIRE_OK));
	return SAME(stats.lazy, pages * PAGE);
}

/* -- the tests -- */

static void guards_body(struct target *t)
{
	const struct quire_vm_want want = {
		.size = 2 * PAGE, .attr = QUIRE_READ, .flags = QUIRE_VM_GUARDS};
	quire_va va, others;

	MUST(RESULT(map(t, 3, RW, QUIRE_VM_GUARDS, &va), QUIRE_OK));
	MUST(between_guards(t, va, 3));
	for (unsigned i = 0; i < 3; i++) {
		MUST(suite_writes(t, 0, va + i * PAGE, DIRT + i));
		MUST(suite_writes(t, 0, va + (i + 1) * PAGE - 4, DIRT + i));
		MUST(SAME(t->peek(t, behind(t, va + i * PAGE)), DIRT + i));
	}
	MUST(RESULT(quire_vm_map_physical(&vm, t->frames_target, t->frames + OTHERS * PAGE, &want,
					  &others),
		    QUIRE_OK));
	MUST(between_guards(t, others, 2));
	for (unsigned i = 0; i < 2; i++)
		MUST(suite_shows(t, others + i * PAGE, t->frames + (OTHERS + i) * PAGE,
				 QUIRE_READ));
	MUST(RESULT(quire_vm_unmap(&vm, others, 2 * PAGE), QUIRE_OK));
	MUST(RESULT(quire_vm_unmap(&vm, va, 3 * PAGE), QUIRE_OK));
	for (unsigned i = 0; i < 3; i++)
		MUST(suite_faults_at(t, QUIRE_READ, va + i * PAGE));
	MUST(suite_faults_at(t, QUIRE_READ, others));
	for (unsigned i = 0; i < 2; i++)
		MUST(SAME(t->peek(t, t->frames + (OTHERS + i) * PAGE),
			  suite_number(t, t->frames + (OTHERS + i) * PAGE)));
}

/* What others have left in a frame is not seen, unless that was asked for. */
static void zeroed_body(struct target *t)
{
	quire_size all = left(t);
	quire_va va;

	for (unsigned round = 0; round < 2; round++) {
		MUST(RESULT(map(t, all - round, RW, 0, &va), QUIRE_OK));
		for (quire_size i = 0; i < all - round; i++) {
			MUST(page_is(t, 0, va + i * PAGE, 0));
			for (quire_size at = 0; at < PAGE; at += 4)
				t->poke(t, behind(t, va + i * PAGE) + at, DIRT);
			MUST(page_is(t, 0, va + i * PAGE, DIRT));
		}
		MUST(RESULT(quire_vm_unmap(&vm, va, (all - round) * PAGE), QUIRE_OK));
	}
	MUST(RESULT(map(t, 1, RW, QUIRE_VM_UNINIT, &va), QUIRE_OK));
	MUST(page_is(t, 0, va, DIRT));
}

/* Every second frame of the pool as one mapping, of which the middle is protected. */
static void scattered_body(struct target *t)
{
	quire_va single[FRAMES], va;
	quire_size pages = left(t) / 2, all = 2 * pages;

	for (unsigned i = 0; i < all; i++)
		MUST(RESULT(map(t, 1, RW, 0, &single[i]), QUIRE_OK));
	MUST(left(t) == 0 || RESULT(map(t, 1, RW, 0, &va), QUIRE_OK));
	for (unsigned i = 0; i < all; i += 2)
		MUST(RESULT(quire_vm_unmap(&vm, single[i], PAGE), QUIRE_OK));
	MUST(RESULT(map(t, pages, RW, QUIRE_VM_GUARDS, &va), QUIRE_OK));
	for (unsigned i = 0; i < pages; i++) {
		MUST(SAME(behind(t, va + i * PAGE), behind(t, va) + 2 * i * PAGE));
		MUST(suite_writes(t, 0, va + i * PAGE, DIRT + i));
	}
	MUST(RESULT(quire_vm_protect(&vm, va + PAGE, (pages - 2) * PAGE, QUIRE_READ, 0), QUIRE_OK));
	for (unsigned i = 0; i < pages; i++) {
		bool written = i == 0 || i + 1 == pages;

		MUST(suite_reads(t, 0, va + i * PAGE, DIRT + i));
		MUST(SAME(behind(t, va + i * PAGE), behind(t, va) + 2 * i * PAGE));
		MUST(written ? suite_writes(t, 0, va + i * PAGE + 8, i)
			     : write_faults(t, 0, va + i * PAGE + 8, QUIRE_ECAPS));
	}
	MUST(RESULT(quire_vm_protect(&vm, va, pages * PAGE, RW, 0), QUIRE_OK));
	for (unsigned i = 0; i < pages; i++) {
		MUST(suite_reads(t, 0, va + i * PAGE, DIRT + i));
		MUST(suite_writes(t, 0, va + i * PAGE + 8, i));
	}
	MUST(between_guards(t, va, pages));
}

/* All pages are one frame, until the first write to each. */
static void lazy_body(struct target *t)
{
	quire_va va;
	quire_pa shared;

	MUST(RESULT(map(t, 8, RW, QUIRE_VM_LAZY | QUIRE_VM_GUARDS, &va), QUIRE_OK));
	shared = behind(t, va);
	for (unsigned i = 0; i < 8; i++) {
		MUST(page_is(t, 0, va + i * PAGE, 0));
		MUST(SAME(behind(t, va + i * PAGE), shared));
	}
	MUST(lazy_pages_are(t, 8));
	for (unsigned i = 1; i < 8; i += 2) {
		quire_va at = va + i * PAGE;

		MUST(first_write(t, 0, at + PAGE - 4, DIRT + i));
		MUST(OK(behind(t, at) != shared));
		MUST(suite_writes(t, 0, at + PAGE - 4, 0));
		MUST(page_is(t, 0, at, 0));
		MUST(suite_writes(t, 0, at, DIRT + i));
	}
	MUST(lazy_pages_are(t, 4));
	for (unsigned i = 0; i < 8; i++) {
		MUST(suite_reads(t, 0, va + i * PAGE, i % 2 ? DIRT + i : 0));
		MUST(SAME(behind(t, va + i * PAGE) == shared, i % 2 == 0));
	}
	MUST(page_is(t, 0, va, 0));
	MUST(between_guards(t, va, 8));
	MUST(RESULT(quire_vm_unmap(&vm, va, 8 * PAGE), QUIRE_OK));
	MUST(SAME(left(t), FRAMES - 1));
}

/* Pages that may only be read stay one frame; in user mode, where there is one. */
static void read_only_body(struct target *t)
{
	unsigned how = t->facts & TARGET_USER ? USER : 0;
	quire_va va;
	quire_pa shared;

	MUST(RESULT(map(t, 4, QUIRE_READ | how, QUIRE_VM_LAZY, &va), QUIRE_OK));
	shared = behind(t, va);
	for (unsigned i = 0; i < 4; i++) {
		MUST(suite_reads(t, how, va + i * PAGE, 0));
		MUST(write_faults(t, how, va + i * PAGE, QUIRE_ECAPS));
		MUST(SAME(behind(t, va + i * PAGE), shared));
	}
	MUST(RESULT(quire_vm_protect(&vm, va, 4 * PAGE, RW | how, 0), QUIRE_OK));
	MUST(suite_reads(t, how, va, 0));
	MUST(first_write(t, how, va + 2 * PAGE, DIRT));
	MUST(lazy_pages_are(t, 3));
	MUST(RESULT(quire_vm_protect(&vm, va, 4 * PAGE, QUIRE_READ | how, 0), QUIRE_OK));
	for (unsigned i = 0; i < 4; i++) {
		MUST(suite_reads(t, how, va + i * PAGE, i == 2 ? DIRT : 0));
		MUST(write_faults(t, how, va + i * PAGE, QUIRE_ECAPS));
		MUST(SAME(behind(t, va + i * PAGE) == shared, i != 2));
	}
	MUST(lazy_pages_are(t, 3));
}

/* Lazy pages have been promised frames: others get what is left, to the last one. */
static void promises_body(struct target *t)
{
	quire_size all = left(t);
	quire_va lazy, va, none;

	MUST(SAME(all, FRAMES - 1));
	MUST(RESULT(map(t, all + 1, RW, QUIRE_VM_LAZY, &none), QUIRE_ESPACE));
	MUST(RESULT(map(t, all - 3, RW, QUIRE_VM_LAZY, &lazy), QUIRE_OK));
	MUST(SAME(left(t), 3));
	MUST(RESULT(map(t, 4, RW, 0, &none), QUIRE_ESPACE));
	MUST(RESULT(map(t, 3, RW, 0, &va), QUIRE_OK));
	MUST(SAME(left(t), 0));
	MUST(RESULT(map(t, 1, RW, 0, &none), QUIRE_ESPACE));
	MUST(RESULT(map(t, 1, RW, QUIRE_VM_LAZY, &none), QUIRE_ESPACE));
	for (quire_size i = 0; i < all - 3; i++)
		MUST(first_write(t, 0, lazy + i * PAGE, DIRT + (uint32_t)i));
	MUST(lazy_pages_are(t, 0));
	for (quire_size i = 0; i < 3; i++)
		MUST(suite_writes(t, 0, va + i * PAGE, (uint32_t)i));
	for (quire_size i = 0; i < all - 3; i++)
		MUST(suite_reads(t, 0, lazy + i * PAGE, DIRT + (uint32_t)i));
	MUST(RESULT(quire_vm_unmap(&vm, va, 3 * PAGE), QUIRE_OK));
	MUST(SAME(left(t), 3));
}

/* One page between two mappings is the guard of both. */
static void shared_guards_body(struct target *t)
{
	quire_va a = t->arena + 4 * PAGE, b = a + 3 * PAGE;
	quire_va last = t->arena + t->arena_size - PAGE;

	MUST(RESULT(map_at(t, a, 2, QUIRE_VM_GUARDS), QUIRE_OK));
	MUST(RESULT(map_at(t, a + 2 * PAGE, 1, 0), QUIRE_ETAKEN));
	MUST(RESULT(map_at(t, b, 2, QUIRE_VM_GUARDS), QUIRE_OK));
	MUST(suite_writes(t, 0, a + 2 * PAGE - 4, DIRT));
	MUST(suite_writes(t, 0, b, DIRT));
	for (unsigned i = 0; i < 2; i++) {
		quire_va va = i ? b : a;

		MUST(suite_faults_at(t, QUIRE_WRITE, va - PAGE));
		MUST(suite_faults_at(t, QUIRE_WRITE, va - 1));
		MUST(suite_faults_at(t, QUIRE_WRITE, va + 2 * PAGE));
		MUST(suite_faults_at(t, QUIRE_READ, va + 3 * PAGE - 1));
	}
	MUST(RESULT(quire_vm_unmap(&vm, b, 2 * PAGE), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_READ, b));
	MUST(RESULT(map_at(t, a + 2 * PAGE, 1, 0), QUIRE_ETAKEN));
	MUST(suite_faults_at(t, QUIRE_WRITE, a + 2 * PAGE));
	MUST(suite_reads(t, 0, a + 2 * PAGE - 4, DIRT));
	MUST(RESULT(map_at(t, last, 1, QUIRE_VM_GUARD_BELOW), QUIRE_ETAKEN));
	MUST(RESULT(map_at(t, last - PAGE, 1, QUIRE_VM_GUARDS), QUIRE_OK));
	MUST(suite_writes(t, 0, last - 4, DIRT));
	MUST(suite_faults_at(t, QUIRE_WRITE, last));
}

static void resize_body(struct target *t)
{
	quire_va va;

	for (unsigned i = FIRST; i < FIRST + FRAMES; i++)
		t->poke(t, t->frames + i * PAGE + PAGE - 4, DIRT);
	MUST(RESULT(map(t, 2, RW, QUIRE_VM_GUARDS, &va), QUIRE_OK));
	for (unsigned i = 0; i < 2; i++)
		MUST(suite_writes(t, 0, va + i * PAGE, DIRT + i));
	MUST(suite_faults_at(t, QUIRE_WRITE, va + 2 * PAGE));
	MUST(RESULT(quire_vm_resize(&vm, va, 6 * PAGE), QUIRE_OK));
	for (unsigned i = 0; i < 2; i++)
		MUST(suite_reads(t, 0, va + i * PAGE, DIRT + i));
	for (unsigned i = 2; i < 6; i++) {
		MUST(page_is(t, 0, va + i * PAGE, 0));
		MUST(suite_writes(t, 0, va + i * PAGE, DIRT + i));
	}
	MUST(between_guards(t, va, 6));
	MUST(RESULT(quire_vm_resize(&vm, va, PAGE), QUIRE_OK));
	MUST(suite_reads(t, 0, va, DIRT));
	MUST(between_guards(t, va, 1));
	for (unsigned i = 2; i < 6; i++)
		MUST(suite_faults_at(t, QUIRE_READ, va + i * PAGE));
	MUST(SAME(left(t), FRAMES - 2));
}

WITH_VM(guards, QUIRE_VM_GUARDS_OWN, guards_body)
WITH_VM(zeroed, QUIRE_VM_GUARDS_OWN, zeroed_body)
WITH_VM(scattered, QUIRE_VM_GUARDS_OWN, scattered_body)
WITH_VM(lazy_pages, QUIRE_VM_GUARDS_OWN, lazy_body)
WITH_VM(read_only, QUIRE_VM_GUARDS_OWN, read_only_body)
WITH_VM(promises, QUIRE_VM_GUARDS_OWN, promises_body)
WITH_VM(shared_guards, QUIRE_VM_GUARDS_SHARED, shared_guards_body)
WITH_VM(resize, QUIRE_VM_GUARDS_OWN, resize_body)

static const struct suite_test tests[] = {
	{"memory between guards", guards, suite_needs_tables, 0},
	{"memory is zero, whoever had it", zeroed, suite_needs_tables, 0},
	{"protect scattered frames", scattered, suite_needs_tables, 0},
	{"lazy pages get frames when written", lazy_pages, suite_needs_tables, 0},
	{"lazy pages that are only read", read_only, suite_needs_tables, 0},
	{"promised frames, and the last ones", promises, suite_needs_tables, 0},
	{"neighbours share a guard", shared_guards, suite_needs_tables, 0},
	{"memory grows and shrinks", resize, suite_needs_tables, 0},
};

const struct suite_list suite_vm = {tests, SUITE_COUNT(tests)};
