/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight threads, all verbs, one space.
 *
 * Six threads own a memory each and map, change, move and unmap what is theirs; each knows exactly
 * what it has, so every answer about that is known too, however the calls of the others fall
 * between.  They also borrow a page that all of them share.  The seventh compacts the window over
 * and over, and is allowed to move only what is its own; the eighth looks at everything.  In the
 * end what is left is taken away, and nothing may remain.  ThreadSanitizer watches.
 *
 * QUIRE_TEST_OPS sets the number of calls of each thread: 20,000, a tenth with a sanitizer.
 */
#include "core/sketch.h"

#include <pthread.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLS 2000u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CALLS 2000u
#endif
#endif
#ifndef CALLS
#define CALLS 20000u
#endif

#define OWNERS    6u
#define COMPACTOR 6u
#define SHARED    7u /* the memory of the shared page; and the number of the thread that looks */
#define OWNED     6u /* mappings an owner has at most */
#define SLOT      8u /* pages of its memory that one mapping may grow to */
#define WINDOW    250u

static struct sketch *sketch;
static struct quire_space *space;
static pthread_mutex_t space_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t failure_mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *failure; /* the first thing wrong */
static unsigned calls;

static int lock(void *ctx)
{
	return pthread_mutex_lock(ctx) == 0 ? 0 : QUIRE_EPORT;
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

/* cmocka's assertions are for the first thread only. */
static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	pthread_mutex_lock(&failure_mutex);
	if (failure == NULL)
		failure = what;
	pthread_mutex_unlock(&failure_mutex);
}

/* One mapping of an owner; 0 pages: none. */
struct owned {
	quire_va va;
	unsigned pages;
	bool parted;
};

struct owner {
	unsigned number; /* its memory and its tag */
	uint64_t state;
	struct owned has[OWNED];
};

static void own(struct owner *o, unsigned slot)
{
	struct quire_want want = {
		.pa = (quire_pa)slot * SLOT * PAGE,
		.size = (1 + rig_below(&o->state, 4)) * PAGE,
		.align = (quire_size)PAGE << rig_below(&o->state, 3),
		.attr = R,
		.target = (uint8_t)o->number,
		.tag = (uint16_t)o->number,
	};
	struct quire_got got;
	int result = quire_space_map(space, &want, &got);

	expect(result == 0 || result == QUIRE_ESPACE || result == QUIRE_EPOOL, "map");
	if (result == 0)
		o->has[slot] = (struct owned){got.va, (unsigned)(want.size / PAGE), false};
}

static void disown(struct owned *m)
{
	expect(quire_space_unmap(space, m->va) == 0, "unmap");
	m->pages = 0;
}

static void protect(struct owner *o, struct owned *m)
{
	unsigned from = rig_below(&o->state, m->pages);
	unsigned count = 1 + rig_below(&o->state, m->pages - from);
	unsigned attr = rig_below(&o->state, 2) ? R : RW;
	int result = quire_space_protect(space, m->va + from * PAGE, count * PAGE, attr, 0);

	expect(result == 0 || result == QUIRE_EPOOL, "protect");
	m->parted = true;
}

static void resize(struct owner *o, struct owned *m)
{
	unsigned pages = 1 + rig_below(&o->state, SLOT);
	int result = quire_space_resize(space, m->va, pages * PAGE);

	expect(result == 0 || (result == QUIRE_ETAKEN && pages > m->pages), "resize");
	if (result == 0)
		m->pages = pages;
}

static void move(struct owner *o, struct owned *m)
{
	quire_va to = VA(rig_below(&o->state, WINDOW));
	int result;

	if (rig_below(&o->state, 2)) {
		result = quire_space_move(space, m->va, 0, &to);
		expect(result == 0 || result == QUIRE_ESPACE, "move");
	} else {
		result = quire_space_move_at(space, m->va, to);
		expect(result == 0 || result == QUIRE_ETAKEN || result == QUIRE_EFOREIGN,
		       "move_at");
	}
	if (result == 0)
		m->va = to;
}

/* Cut off the last page. */
static void cut(struct owned *m)
{
	quire_va last = m->va + (m->pages - 1) * PAGE;

	if (m->pages > 1) {
		expect(quire_space_unmap_part(space, last, PAGE) == 0, "unmap_part");
		m->pages--;
	}
}

/* Show nothing for a moment, under another name, and then the same pages again. */
static void hide_and_show(const struct owner *o, unsigned slot, struct owned *m)
{
	struct quire_want want = {.pa = (quire_pa)slot * SLOT * PAGE,
				  .attr = R,
				  .target = (uint8_t)o->number,
				  .tag = (uint16_t)o->number};
	struct quire_extent_info info;
	quire_pa pa;

	expect(quire_space_switch(space, m->va, NULL) == 0, "switch to nothing");
	expect(quire_space_tag(space, m->va, (uint16_t)(o->number + 100)) == 0, "tag");
	expect(quire_space_to_physical(space, m->va, &pa, NULL) == QUIRE_EUNMAPPED, "hidden");
	expect(quire_space_query(space, m->va, &info) == 0 && info.kind == QUIRE_RESERVED &&
		       info.tag == o->number + 100 && info.size == m->pages * PAGE,
	       "what is hidden");
	expect(quire_space_switch(space, m->va, &want) == 0, "switch");
	expect(quire_space_sync(space, m->va, m->pages * PAGE, QUIRE_SYNC_MASK) == 0, "sync");
	m->parted = false;
}

/* Everything an owner can be told about what it has. */
static void look(const struct owner *o, unsigned slot)
{
	const struct owned *m = &o->has[slot];
	unsigned page = m->pages / 2, target = 99;
	struct quire_extent_info info;
	quire_pa pa = 0, wanted = (quire_pa)(slot * SLOT + page) * PAGE + 3;
	struct quire_alias_cursor cursor = {0};
	quire_va va = m->va + page * PAGE + 3, seen = 0;

	expect(quire_space_to_physical(space, va, &pa, &target) == 0 && pa == wanted &&
		       target == o->number,
	       "to_physical");
	expect(quire_space_to_virtual(space, target, wanted, &cursor, &seen) == 0 && seen == va,
	       "to_virtual");
	expect(quire_space_query(space, va, &info) == 0 && info.kind == QUIRE_MAPPED &&
		       info.tag == o->number && info.refs == 1 && va - info.va < info.size,
	       "query");
	expect(m->parted || info.size == m->pages * PAGE, "the size of a mapping");
}

/* Borrow the page that everybody shares, and give it back. */
static void borrow(void)
{
	struct quire_want want = {.size = PAGE, .attr = R, .target = SHARED};
	struct quire_got got;

	expect(quire_space_map(space, &want, &got) == QUIRE_IDENTICAL, "a shared map");
	expect(quire_space_unmap(space, got.mapping) == 0, "a shared unmap");
}

static void *owner(void *argument)
{
	struct owner *o = argument;

	for (unsigned i = 0; i < calls; i++) {
		unsigned slot = rig_below(&o->state, OWNED), what = rig_below(&o->state, 9);
		struct owned *m = &o->has[slot];

		if (what == 0)
			borrow();
		else if (m->pages == 0)
			own(o, slot);
		else if (what == 1)
			disown(m);
		else if (what == 2)
			protect(o, m);
		else if (what == 3)
			resize(o, m);
		else if (what == 4)
			move(o, m);
		else if (what == 5)
			cut(m);
		else if (what == 6)
			hide_and_show(o, slot, m);
		else
			look(o, slot);
	}
	return NULL;
}

/* Only one's own may be moved. */
static int ask(void *ctx, const struct quire_move *wanted)
{
	(void)ctx;
	return wanted->tag != COMPACTOR;
}

/* Its mappings move without its knowing where to; only it moves them, so it can look them up. */
static void *compactor(void *argument)
{
	struct owner *o = argument;

	for (unsigned i = 0; i < calls / 4; i++) {
		unsigned slot = rig_below(&o->state, OWNED);
		struct owned *m = &o->has[slot];
		struct quire_alias_cursor cursor = {0};

		if (m->pages == 0)
			own(o, slot);
		else
			expect(quire_space_to_virtual(space, COMPACTOR,
						      (quire_pa)slot * SLOT * PAGE, &cursor,
						      &m->va) == 0,
			       "to_virtual of what was moved");
		if (m->pages != 0 && i % 3 == 0)
			disown(m);
		if (i % 8 == 0)
			expect(quire_space_compact(space, VA(0), ask, NULL, NULL) == 0, "compact");
	}
	for (unsigned slot = 0; slot < OWNED; slot++)
		o->has[slot].pages = 0;
	return NULL;
}

static void check_rows(void)
{
	static struct quire_extent_info rows[512];
	uint32_t count = 0;
	quire_size sum = 0;
	int result = quire_space_snapshot(space, rows, 512, &count);

	expect(result == 0 || result == QUIRE_EAGAIN, "snapshot");
	for (uint32_t i = 0; i < count && result == 0; i++)
		sum += rows[i].size;
	expect(result != 0 || sum == WINDOW * PAGE, "a snapshot of two moments");
}

static void *looker(void *argument)
{
	struct owner *o = argument;

	for (unsigned i = 0; i < calls / 8; i++) {
		struct quire_cursor cursor = {0};
		struct quire_extent_info info;
		quire_size size;
		unsigned caps = 0;
		int result;

		expect(quire_space_find_caps(space, SHARED, 0, &caps) == 0 && caps == R,
		       "find_caps");
		expect(quire_space_largest_free(space, rig_below(&o->state, 8), R, 0, &size) == 0 &&
			       size < WINDOW * PAGE,
		       "largest_free");
		do
			result = quire_space_next(space, &cursor, &info);
		while (result == 0);
		expect(result == QUIRE_EUNMAPPED, "next");
		if (i % 8 == 0)
			check_rows();
		if (i % 64 == 0)
			expect(quire_space_check(space, NULL) == 0, "check");
	}
	return NULL;
}

static void open_space(void)
{
	struct quire_want want = {.size = PAGE, .attr = R, .target = SHARED, .tag = 's'};

	sketch = sketch_plan(WINDOW);
	sketch->plan.mappings = 100;
	sketch->plan.window[0].targets = 0xff;
	for (unsigned t = 0; t < 8; t++)
		sketch->plan.memory[t] =
			(struct quire_memory){.size = OWNED * SLOT * PAGE, .caps = QUIRE_CAP_MASK};
	assert_int_equal(rig_open(&sketch->rig, &sketch->plan), 0);
	space = sketch->space;
	sketch->rig.hw[0].asked = true; /* all syncs are */
	sketch->rig.config.lock = (struct quire_lock){lock, unlock, &space_mutex};
	assert_int_equal(quire_space_init(space, &sketch->rig.config), 0);
	assert_int_equal(quire_space_map(space, &want, &sketch->got), 0);
}

/* Take away what the owners have left, and what the compactor has, wherever it is. */
static void take_all_away(struct owner *owners)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info info;

	for (unsigned t = 0; t < OWNERS; t++)
		for (unsigned slot = 0; slot < OWNED; slot++)
			if (owners[t].has[slot].pages != 0)
				disown(&owners[t].has[slot]);
	assert_null(failure);
	while (quire_space_next(space, &cursor, &info) == 0)
		if (info.kind != QUIRE_GAP) {
			assert_true(info.tag == COMPACTOR || info.tag == 's');
			assert_int_equal(info.refs, 1);
			assert_int_equal(quire_space_unmap(space, info.va), 0);
		}
	assert_null(rig_is_pristine(&sketch->rig));
}

static void eight_threads(void **unused)
{
	const char *text = getenv("QUIRE_TEST_OPS");
	static struct owner owners[8];
	pthread_t thread[8];

	(void)unused;
	calls = text != NULL ? (unsigned)strtoul(text, NULL, 0) : CALLS;
	open_space();
	for (unsigned t = 0; t < 8; t++) {
		owners[t] = (struct owner){.number = t, .state = t + 1};
		assert_int_equal(pthread_create(&thread[t], NULL,
						t < OWNERS       ? owner
						: t == COMPACTOR ? compactor
								 : looker,
						&owners[t]),
				 0);
	}
	for (unsigned t = 0; t < 8; t++)
		assert_int_equal(pthread_join(thread[t], NULL), 0);
	if (failure != NULL)
		fail_msg("%s", failure);
	assert_int_equal(quire_space_check(space, NULL), 0);
	take_all_away(owners);
	sketch_close(sketch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(eight_threads)};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
