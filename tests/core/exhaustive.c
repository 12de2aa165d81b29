/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sequences of calls on a window of six pages.
 *
 * Twice: up to six calls from an alphabet chosen by hand (maps that overlap, fit or enclose each
 * other, at any and at chosen addresses, parts cut and protected, moves onto themselves, mappings
 * that show something else or nothing, and their ends), and up to three from one with every argument that six pages allow.  The sequences form a
 * tree that is walked depth first with a copy of the whole state at each level.  A call that fails
 * is proved to have changed nothing, bit for bit, so what would follow it has been seen without it,
 * and is not repeated.  The hand-made alphabet is also run, with a call or two less, on trees of two
 * levels whose large pages are four pages and whose clusters two, and both where mappings are put at the
 * highest place there is.
 *
 * QUIRE_TEST_DEPTH adds that many calls to both (a negative number takes some off); it is -1 by
 * itself in builds with a sanitizer or without optimisation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/image.h"
#include "model/ops.h"

#define DEPTH_MAX 8u
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define DEEPER -1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DEEPER -1
#endif
#endif
#ifndef DEEPER
#define DEEPER 0
#endif

#define BASE    0x10000
#define AT(n)   (BASE + (n)*0x1000)
#define SIZE(n) ((n)*0x1000)
#define R       QUIRE_READ
#define RW      (QUIRE_READ | QUIRE_WRITE)

#define MAP(n, p, attr_, flags_)                                                                   \
	{                                                                                          \
		.verb = OP_MAP, .want = {                                                          \
			.size = SIZE(n),                                                           \
			.pa = SIZE(p),                                                             \
			.attr = attr_,                                                             \
			.flags = flags_,                                                           \
			.tag = p                                                                   \
		}                                                                                  \
	}
#define MAP_AT(v, n, p, attr_, flags_)                                                             \
	{                                                                                          \
		.verb = OP_MAP_AT, .va = AT(v), .want = {                                          \
			.size = SIZE(n),                                                           \
			.pa = SIZE(p),                                                             \
			.attr = attr_,                                                             \
			.flags = flags_,                                                           \
			.tag = p                                                                   \
		}                                                                                  \
	}
#define PART(verb_, v, n, attr_)                                                                   \
	{                                                                                          \
		.verb = verb_, .va = AT(v), .want = {.size = SIZE(n), .attr = attr_ }              \
	}
#define SWITCH(v, p, attr_, flags_)                                                                \
	{                                                                                          \
		.verb = OP_SWITCH, .va = AT(v), .want = {                                          \
			.pa = SIZE(p),                                                             \
			.attr = attr_,                                                             \
			.flags = flags_,                                                           \
			.tag = p                                                                   \
		}                                                                                  \
	}
#define ON(verb_, v, to_)                                                                          \
	{                                                                                          \
		.verb = verb_, .va = AT(v), .to = AT(to_), .want = {.tag = 2 }                     \
	}

static const struct op chosen[] = {
	MAP(1, 0, R, 0),
	MAP(2, 0, R, 0),
	MAP(3, 1, RW, 0),
	MAP(6, 0, R, 0),
	MAP(2, 4, R, 0),
	MAP(2, 0, R, QUIRE_SHARED),
	MAP(1, 3, RW, QUIRE_SHARED),
	MAP_AT(0, 1, 7, R, 0),
	MAP_AT(1, 3, 0, R, 0),
	MAP_AT(3, 2, 1, RW, QUIRE_SHARED),
	MAP_AT(5, 1, 5, R, 0),
	PART(OP_RESERVE_AT, 2, 1, 0),
	PART(OP_RESERVE, 0, 2, R),
	ON(OP_RELEASE, 0, 0),
	ON(OP_RELEASE, 2, 0),
	PART(OP_PROTECT, 0, 1, RW),
	PART(OP_PROTECT, 1, 1, RW),
	PART(OP_PROTECT, 2, 2, R),
	PART(OP_PROTECT, 4, 1, R | QUIRE_UNCACHED),
	PART(OP_UNMAP_PART, 0, 1, 0),
	PART(OP_UNMAP_PART, 1, 1, 0),
	PART(OP_UNMAP_PART, 2, 2, 0),
	PART(OP_UNMAP_PART, 4, 1, 0),
	ON(OP_UNMAP, 0, 0),
	ON(OP_UNMAP, 1, 0),
	ON(OP_UNMAP, 2, 0),
	ON(OP_UNMAP, 3, 0),
	ON(OP_MOVE, 0, 0),
	ON(OP_MOVE, 3, 0),
	ON(OP_MOVE_AT, 0, 1),
	ON(OP_MOVE_AT, 1, 3),
	ON(OP_MOVE_AT, 2, 0),
	PART(OP_RESIZE, 0, 1, 0),
	PART(OP_RESIZE, 0, 4, 0),
	PART(OP_RESIZE, 2, 3, 0),
	SWITCH(0, 3, RW, 0),
	SWITCH(1, 0, R, QUIRE_SHARED),
	ON(OP_HIDE, 0, 0),
	ON(OP_COMPACT, 0, 0),
};

#define CHOSEN (sizeof(chosen) / sizeof(chosen[0]))

#define SMALL_TREE(flags_, detail_)                                                                \
	{                                                                                          \
		.name = "small tree", .format = &hardware_format, .detail = detail_,               \
		.level = {{14, 2, true, 0}, {12, 2, true, 1}}, .levels = 2, .flags = flags_,       \
		.pa_bits = 32                                                                      \
	}

static struct rig_plan plan = {
	.name = "six pages",
	.window = {{.name = "six",
		    .base = BASE,
		    .exec_base = BASE,
		    .size = SIZE(6),
		    .caps = QUIRE_CAP_MASK,
		    .targets = 1}},
	.memory = {{.name = "eight", .size = SIZE(8), .caps = QUIRE_CAP_MASK}},
	.mappings = 5,
	.tables = 3,
};

static const struct quire_mmu flat = RIG_CACHED(12, 3);
static const struct quire_mmu runs = SMALL_TREE(QUIRE_MMU_BREAK_BEFORE_MAKE, NULL);
static const struct quire_mmu alike = SMALL_TREE(QUIRE_MMU_FLUSH_ON_MAP, HARDWARE_ALIKE);

/* The walk: where it stands, and what it has seen. */
struct walk {
	struct rig rig;
	struct image image[DEPTH_MAX + 1];
	size_t letter[DEPTH_MAX + 1];
	unsigned level;
	uint64_t calls;
	uint64_t changes;
	const struct op *alphabet;
	size_t letters;
};

/* Make the call and prove that it did, or did not, do what it says. */
static const char *make(struct walk *w, const struct op *op, bool *changed)
{
	uint32_t generation = w->rig.space.generation;
	const char *wrong = op_apply(&w->rig, op);

	w->calls++;
	*changed = wrong == NULL && image_differs(&w->image[w->level], &w->rig) != NULL;
	w->changes += *changed;
	if (*changed && w->rig.space.generation == generation)
		wrong = "a change that was not counted";
	if (wrong == NULL && *changed)
		wrong = rig_verify(&w->rig);
	return wrong;
}

static void report(struct walk *w)
{
	for (unsigned i = 0; i <= w->level; i++)
		op_print(stderr, &w->alphabet[w->letter[i]]);
}

/* All sequences of up to `depth` calls; the counter of each level stands in letter[level]. */
static const char *walk(struct walk *w, unsigned depth)
{
	const char *wrong = NULL;
	bool changed;

	image_take(&w->image[0], &w->rig);
	w->letter[0] = 0;
	while (wrong == NULL) {
		if (w->letter[w->level] == w->letters) {
			if (w->level-- == 0)
				return NULL;
			image_put(&w->image[w->level], &w->rig);
			w->letter[w->level]++;
			continue;
		}
		wrong = make(w, &w->alphabet[w->letter[w->level]], &changed);
		if (wrong != NULL)
			break;
		if (changed && w->level + 1 < depth) {
			image_take(&w->image[++w->level], &w->rig);
			w->letter[w->level] = 0;
			continue;
		}
		if (changed)
			image_put(&w->image[w->level], &w->rig);
		w->letter[w->level]++;
	}
	return wrong;
}

static void sequences(const struct quire_mmu *mmu, enum quire_place place,
		      const struct op *alphabet, size_t letters, unsigned depth)
{
	const char *text = getenv("QUIRE_TEST_DEPTH");
	static struct walk w;
	const char *wrong;

	w = (struct walk){.alphabet = alphabet, .letters = letters};
	depth += (unsigned)(text != NULL ? strtol(text, NULL, 0) : DEEPER);
	assert_in_range(depth, 1, DEPTH_MAX);
	plan.mmu[0] = *mmu;
	plan.window[0].place = (uint8_t)place;
	assert_int_equal(rig_open(&w.rig, &plan), 0);
	for (unsigned i = 0; i <= depth; i++)
		assert_true(image_open(&w.image[i], &w.rig));
	wrong = walk(&w, depth);
	if (wrong != NULL)
		report(&w);
	print_message("%zu calls, sequences of up to %u: %llu calls made, %llu of them changed "
		      "something\n",
		      letters, depth, (unsigned long long)w.calls, (unsigned long long)w.changes);
	for (unsigned i = 0; i <= depth; i++)
		image_close(&w.image[i]);
	rig_close(&w.rig);
	if (wrong != NULL)
		fail_msg("%s", wrong);
}

static void chosen_calls(void **unused)
{
	(void)unused;
	sequences(&flat, QUIRE_PLACE_LOW, chosen, CHOSEN, 6);
}

static void chosen_calls_on_trees(void **unused)
{
	(void)unused;
	sequences(&runs, QUIRE_PLACE_LOW, chosen, CHOSEN, 5);
	sequences(&alike, QUIRE_PLACE_LOW, chosen, CHOSEN, 4);
}

static void chosen_calls_from_the_top(void **unused)
{
	(void)unused;
	sequences(&flat, QUIRE_PLACE_FIRST_HIGH, chosen, CHOSEN, 5);
	sequences(&runs, QUIRE_PLACE_FIRST_HIGH, chosen, CHOSEN, 4);
}

/* -- every argument ------------------------------------------------------------------------------
 */

#define EVERY_MAX 512u

static struct op every[EVERY_MAX];
static size_t every_count;

static void add(struct op op)
{
	assert_in_range(every_count, 0, EVERY_MAX - 1);
	every[every_count++] = op;
}

/* Maps of n pages from page p on, anywhere and at each place. */
static void add_maps(unsigned n, unsigned p)
{
	for (unsigned flags = 0; flags <= QUIRE_SHARED; flags++) {
		add((struct op)MAP(n, p, R, (uint8_t)flags));
		for (unsigned v = 0; v + n <= 6; v++)
			add((struct op)MAP_AT(v, n, p, R, (uint8_t)flags));
	}
}

/* What can be done to n pages from page v on. */
static void add_ranges(unsigned v, unsigned n)
{
	add((struct op)PART(OP_RESIZE, v, n, 0));
	if (v + n > 6)
		return;
	add((struct op)PART(OP_RESERVE_AT, v, n, 0));
	add((struct op)PART(OP_UNMAP_PART, v, n, 0));
	add((struct op)PART(OP_PROTECT, v, n, R));
	add((struct op)PART(OP_PROTECT, v, n, RW));
}

static void every_call(void **unused)
{
	(void)unused;
	for (unsigned n = 1; n <= 6; n++) {
		for (unsigned p = 0; p + n <= 8; p += 2)
			add_maps(n, p);
		for (unsigned v = 0; v < 6; v++)
			add_ranges(v, n);
		add((struct op)PART(OP_RESERVE, 0, n, R));
	}
	for (unsigned v = 0; v < 6; v++) {
		add((struct op)ON(OP_RELEASE, v, 0));
		add((struct op)ON(OP_UNMAP, v, 0));
		add((struct op)ON(OP_MOVE, v, 0));
		add((struct op)ON(OP_HIDE, v, 0));
		add((struct op)ON(OP_TAG, v, 0));
		for (unsigned p = 0; p < 8; p += 3)
			add((struct op)SWITCH(v, p, RW, QUIRE_SHARED * (v % 2)));
		for (unsigned to = 0; to < 6; to++)
			add((struct op)ON(OP_MOVE_AT, v, to));
	}
	add((struct op)ON(OP_COMPACT, 0, 0));
	sequences(&flat, QUIRE_PLACE_LOW, every, every_count, 3);
	sequences(&flat, QUIRE_PLACE_FIRST_HIGH, every, every_count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_calls),
		cmocka_unit_test(chosen_calls_on_trees),
		cmocka_unit_test(chosen_calls_from_the_top),
		cmocka_unit_test(every_call),
	};

	return cmocka_run_group_tests_name("exhaustive", tests, NULL, NULL);
}
