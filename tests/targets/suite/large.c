/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large pages: taken at every level at which a leaf may stand, split when a part of one changes, and
 * joined again when all of it is alike.  Only a part of a page of gigabytes is memory here, the
 * frames; the entries are all there.
 */
#include "suite.h"

#include "quire/error.h"

#define PAGE t->page

static quire_size size_at(const struct target *t, unsigned level)
{
	return (quire_size)1 << t->mmu->level[level].shift;
}

/* Whether a leaf of this level fits into the arena (once aligned) and the memory. */
static bool fits(const struct target *t, unsigned level)
{
	quire_size size = size_at(t, level);

	return t->mmu->level[level].leaf && t->big_size / size >= 1 && t->arena_size / size >= 3 &&
	       (t->frames & ~(size - 1)) + size <= t->big_size;
}

/* The first address of the arena that is a multiple of `size`. */
static quire_va aligned(const struct target *t, quire_size size)
{
	return (t->arena + size - 1) & ~(size - 1);
}

/* Frames `n` pages from the first, as a large page at `va` shows them that begins at `pa`. */
static bool shows_frames(struct target *t, quire_va va, quire_pa pa, unsigned n, unsigned attr)
{
	quire_pa frame = t->frames + n * PAGE;

	return suite_shows(t, va + (frame - pa), frame, attr);
}

static void every_level(struct target *t)
{
	for (unsigned level = 0; level < t->mmu->levels; level++) {
		quire_size size = size_at(t, level);
		quire_pa pa = t->frames & ~(size - 1);
		quire_va va = aligned(t, size);
		struct quire_decoded leaf;

		if (!fits(t, level))
			continue;
		MUST(RESULT(suite_map_big(t, va, pa, size, RW), QUIRE_OK));
		MUST(SAME(suite_leaves(t, va, size, NULL), 1));
		suite_leaf(t, va + size / 2, &leaf);
		MUST(SAME(leaf.shift, t->mmu->level[level].shift));
		MUST(shows_frames(t, va, pa, 0, RW));
		MUST(shows_frames(t, va, pa, size > PAGE ? 33 : 0, RW));
		MUST(RESULT(quire_space_unmap(t->space, va), QUIRE_OK));
		MUST(suite_faults_at(t, QUIRE_READ, va + (t->frames - pa)));
	}
}

/* As few entries as there can be: at each level, from the top, what is aligned in both. */
uint32_t suite_fewest(const struct quire_mmu *mmu, quire_va va, quire_pa pa, quire_size size)
{
	quire_va left = va, left_end = va, right = va, right_end = va + size;
	uint32_t count = 0;

	/* What is left to be tiled is [left, left_end) and [right, right_end). */
	for (unsigned level = 0; level < mmu->levels; level++) {
		quire_size s = (quire_size)1 << mmu->level[level].shift;
		quire_va first, last;

		if (!mmu->level[level].leaf || ((va - pa) & (s - 1)) != 0)
			continue;
		if (left == left_end) { /* nothing was tiled so far: all is in `right` */
			first = (right + s - 1) & ~(s - 1);
			last = right_end & ~(s - 1);
			if (first >= last)
				continue;
			count += (uint32_t)((last - first) / s);
			left = right;
			left_end = first;
			right = last;
			if (left == left_end && right == right_end)
				return count;
			continue;
		}
		first = (left + s - 1) & ~(s - 1);
		if (first < left_end) {
			count += (uint32_t)((left_end - first) / s);
			left_end = first;
		}
		last = right_end & ~(s - 1);
		if (last > right) {
			count += (uint32_t)((last - right) / s);
			right = last;
		}
	}
	return count;
}

/* Tables that stand in a range: what the pool has given out. */
static bool direct(struct target *t, quire_pa pa, quire_size size, quire_va va)
{
	uint32_t tables = t->walker->pool.free, entries = t->walker->counts.entries, leaves;

	NEED(RESULT(suite_map_big(t, va, pa, size, RW), QUIRE_OK));
	tables -= t->walker->pool.free;
	entries = t->walker->counts.entries - entries;
	leaves = suite_leaves(t, va, size, NULL);
	NEED(SAME(leaves, suite_fewest(t->mmu, va, pa, size)));
	NEED(SAME(entries, leaves + tables));
	if (pa <= t->frames && t->frames + 2 * PAGE <= pa + size)
		NEED(shows_frames(t, va, pa, 1, RW));
	return RESULT(quire_space_unmap(t->space, va), QUIRE_OK);
}

/* All of memory at its place, and at others, whole and in part, with the fewest entries. */
static void direct_map(struct target *t)
{
	quire_size most = 0;

	for (unsigned level = 0; level < t->mmu->levels; level++) {
		quire_size size = size_at(t, level);
		quire_pa pa = t->frames & ~(size - 1);
		quire_va va = aligned(t, size);

		if (!fits(t, level))
			continue;
		most = size > most ? size : most;
		/* two of this size if there are, less a little at the ends */
		size *= t->big_size - pa >= 2 * size ? 2 : 1;
		MUST(direct(t, pa, size, va));
		MUST(direct(t, pa + PAGE, size - PAGE, va + PAGE));
		MUST(direct(t, pa, size - PAGE, va));
		if (size > 8 * PAGE)
			MUST(direct(t, pa + 3 * PAGE, size - 7 * PAGE, va + 3 * PAGE));
	}
	MUST(OK(most > 0));
	MUST(direct(t, t->frames, t->frames_size, aligned(t, t->frames_size)));
	MUST(direct(t, t->frames, t->frames_size - PAGE, t->arena));
	MUST(direct(t, t->frames + PAGE, t->frames_size - PAGE, t->arena));
	MUST(direct(t, t->frames, t->frames_size - PAGE, t->arena + PAGE));
}

/* The lowest level above the last at which there are large pages. */
static bool large_level(const struct target *t, unsigned *level)
{
	for (unsigned l = t->mmu->levels - 1u; l-- > 0;) {
		if (fits(t, l)) {
			*level = l;
			return true;
		}
	}
	return false;
}

static const char *needs_large(const struct target *t)
{
	unsigned level;
	const char *reason = suite_needs_tables(t);

	return reason ? reason : large_level(t, &level) ? NULL : "no large pages fit";
}

/* A page in the middle of a large one changes and changes back. */
static bool split_at(struct target *t, unsigned level, unsigned attr)
{
	quire_size size = size_at(t, level);
	quire_pa pa = t->frames & ~(size - 1);
	quire_va va = aligned(t, size), page = va + (t->frames - pa) + 5 * PAGE;
	uint32_t tables;
	struct quire_decoded leaf;

	NEED(RESULT(suite_map_big(t, va, pa, size, RW), QUIRE_OK));
	tables = t->walker->pool.free;
	NEED(shows_frames(t, va, pa, 5, RW));
	NEED(RESULT(quire_space_protect(t->space, page, PAGE, attr, 0), QUIRE_OK));
	NEED(OK(t->walker->pool.free < tables));
	suite_leaf(t, page, &leaf);
	NEED(SAME((quire_size)1 << leaf.shift, PAGE));
	NEED(shows_frames(t, va, pa, 4, RW));
	NEED(shows_frames(t, va, pa, 5, attr));
	NEED(shows_frames(t, va, pa, 6, RW));
	NEED(suite_proved(t));
	NEED(RESULT(quire_space_protect(t->space, page, PAGE, RW, 0), QUIRE_OK));
	suite_leaf(t, page, &leaf);
	NEED(SAME(leaf.shift, t->mmu->level[level].shift));
	NEED(SAME(t->walker->pool.free, tables));
	for (unsigned i = 4; i < 7; i++)
		NEED(shows_frames(t, va, pa, i, RW));
	return RESULT(quire_space_unmap(t->space, va), QUIRE_OK);
}

static void split_and_join(struct target *t)
{
	for (unsigned level = 0; level + 1u < t->mmu->levels; level++) {
		if (!fits(t, level))
			continue;
		MUST(split_at(t, level, QUIRE_READ));
		MUST(split_at(t, level, 0));
	}
}

/* Page after page changes; with the last one all is alike again. */
static void join_page_by_page(struct target *t)
{
	unsigned level = 0;
	quire_size size, span;
	quire_pa pa;
	quire_va va;
	struct quire_decoded leaf;
	uint32_t tables;

	MUST(OK(large_level(t, &level)));
	size = size_at(t, level);
	pa = t->frames & ~(size - 1);
	va = aligned(t, size);
	span = size / PAGE > 64 ? size / 16 : PAGE;
	MUST(RESULT(suite_map_big(t, va, pa, size, RW), QUIRE_OK));
	tables = t->walker->pool.free;
	for (quire_size at = 0; at < size; at += span) {
		MUST(RESULT(quire_space_protect(t->space, va + at, span, QUIRE_READ, 0), QUIRE_OK));
		suite_leaf(t, va, &leaf);
		MUST(SAME(leaf.shift == t->mmu->level[level].shift, at + span == size));
	}
	MUST(SAME(t->walker->pool.free, tables));
	MUST(shows_frames(t, va, pa, 1, QUIRE_READ));
}

/* What is cut out of a large page is gone, and nothing else. */
static void hole(struct target *t)
{
	unsigned level = 0;
	quire_size size;
	quire_pa pa;
	quire_va va, page;

	MUST(OK(large_level(t, &level)));
	size = size_at(t, level);
	pa = t->frames & ~(size - 1);
	va = aligned(t, size);
	page = va + (t->frames - pa) + 3 * PAGE;
	MUST(RESULT(suite_map_big(t, va, pa, size, RW), QUIRE_OK));
	MUST(shows_frames(t, va, pa, 3, RW));
	MUST(RESULT(quire_space_unmap_part(t->space, page, 2 * PAGE), QUIRE_OK));
	MUST(shows_frames(t, va, pa, 2, RW));
	MUST(suite_faults_at(t, QUIRE_READ, page));
	MUST(suite_faults_at(t, QUIRE_WRITE, page + 2 * PAGE - 1));
	MUST(shows_frames(t, va, pa, 5, RW));
	MUST(RESULT(suite_map(t, page, t->frames, 2 * PAGE, QUIRE_READ), QUIRE_OK));
	MUST(suite_shows(t, page, t->frames, QUIRE_READ));
}

/* Clusters: taken where they fit, left when one page differs, taken again. */
static bool cluster_at_last(struct target *t)
{
	const struct quire_level *last = &t->mmu->level[t->mmu->levels - 1];
	quire_size size = (quire_size)1 << (last->shift + last->cluster);
	quire_va va = aligned(t, size);
	quire_pa pa = (t->frames + size - 1) & ~(size - 1);
	struct quire_decoded leaf;
	uint32_t translations = 0;

	NEED(RESULT(suite_map(t, va, pa, 3 * size, RW), QUIRE_OK));
	NEED(SAME(suite_leaves(t, va, 3 * size, &translations), 3 * size / PAGE));
	NEED(SAME(translations, 3));
	for (quire_size at = 0; at < 3 * size; at += PAGE)
		NEED(suite_shows(t, va + at, pa + at, RW));
	NEED(RESULT(quire_space_protect(t->space, va + size + PAGE, PAGE, QUIRE_READ, 0),
		    QUIRE_OK));
	suite_leaves(t, va, 3 * size, &translations);
	NEED(SAME(translations, 2 + size / PAGE));
	for (quire_size at = 0; at < 3 * size; at += PAGE)
		NEED(suite_shows(t, va + at, pa + at, at == size + PAGE ? QUIRE_READ : RW));
	NEED(RESULT(quire_space_protect(t->space, va + size + PAGE, PAGE, RW, 0), QUIRE_OK));
	suite_leaves(t, va, 3 * size, &translations);
	NEED(SAME(translations, 3));
	NEED(RESULT(quire_space_unmap_part(t->space, va + 2 * size - PAGE, PAGE), QUIRE_OK));
	NEED(suite_faults_at(t, QUIRE_READ, va + 2 * size - PAGE));
	NEED(suite_shows(t, va + 2 * size - 2 * PAGE, pa + 2 * size - 2 * PAGE, RW));
	suite_leaf(t, va + size, &leaf);
	NEED(SAME(leaf.cluster, 0));
	suite_leaf(t, va, &leaf);
	return SAME(leaf.cluster, 1);
}

static void clusters(struct target *t)
{
	const struct quire_level *last = &t->mmu->level[t->mmu->levels - 1];
	quire_size size = (quire_size)1 << (last->shift + last->cluster);

	MUST(cluster_at_last(t));
	/* out of step by a page: none */
	MUST(RESULT(suite_map(t, aligned(t, size) + 8 * size, t->frames + PAGE, 2 * size, RW),
		    QUIRE_OK));
	for (quire_size at = 0; at < 2 * size; at += PAGE) {
		struct quire_decoded leaf;

		suite_leaf(t, aligned(t, size) + 8 * size + at, &leaf);
		MUST(SAME(leaf.cluster, 0));
	}
}

static const char *needs_clusters(const struct target *t)
{
	const char *reason = suite_needs_tables(t);

	return reason                                      ? reason
	       : t->mmu->level[t->mmu->levels - 1].cluster ? NULL
							   : "the machine has no clusters";
}

static const struct suite_test tests[] = {
	{"a page of every size", every_level, suite_needs_tables, 1u << 1},
	{"direct map with the fewest entries", direct_map, suite_needs_tables, 0},
	{"split a large page and join it", split_and_join, needs_large, 1u << 1},
	{"join page by page", join_page_by_page, needs_large, 0},
	{"a hole in a large page", hole, needs_large, 1u << 1},
	{"clusters", clusters, needs_clusters, 0},
};

const struct suite_list suite_large = {tests, SUITE_COUNT(tests)};
