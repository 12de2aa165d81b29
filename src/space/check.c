/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: prove the whole structure.
 *
 * The extents are walked in address order, and each is looked for in every tree it should hang
 * in; then the nodes of each tree are counted, so that nothing hangs there that should not.
 * Last, every entry of every table is compared with what the book says.
 */
#include "space/private.h"
#include "walk/private.h"

/* A proof in progress: the first thing found wrong stops it. */
struct proof {
	struct quire_space *s;
	const char *wrong;
	uint32_t extents;                   /* seen in address order, window ends included */
	uint32_t gaps;                      /* of one window */
	uint32_t mapped[QUIRE_TARGETS_MAX]; /* of one window */
};

/* The extent that covers a page or comes next, without the shortcut that lookups take. */
static quire_link at_or_behind(struct quire_space *s, const struct quire_book *b, quire_page page)
{
	quire_link found = tree_covering(s, b, page);

	return found != NONE ? found : tree_behind(s, b, page);
}

static void must(struct proof *p, bool holds, const char *otherwise)
{
	if (!holds && !p->wrong)
		p->wrong = otherwise;
}

/* -- the book -- */

/* Whether the search that should find a mapping by its physical pages comes to it. */
static bool mapping_is_hung(struct quire_space *s, struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	quire_key key = tree_physical_key(e);
	quire_page end = (quire_page)(e->phys + e->pages);

	if (key == 0)
		return tree_physical(s, b, extent_target(e), end) == node;
	return tree_physical_after(s, b, extent_target(e), key - 1u, end) == node;
}

/* A claim's flags: guards stand at the ends of the whole, and what is before a part is of the same. */
static void claim_check(struct proof *p, struct quire_book *b, const struct quire_extent *e)
{
	const struct quire_extent *before;

	must(p, (e->phys & ~(quire_page)CLAIM_FLAG_MASK) == 0, "a claim has a flag there is not");
	if (!extent_is_part(e) || p->wrong)
		return;
	before = extent_at(p->s, tree_covering(p->s, b, (quire_page)(e->start - 1u)));
	must(p, !(extent_claim(e) & CLAIM_GUARD_BELOW), "a guard stands inside a claim");
	must(p, extent_kind(before) == EXTENT_CLAIMED, "a part of a claim has lost it");
	must(p, !(extent_claim(before) & CLAIM_GUARD_ABOVE), "a guard stands inside a claim");
	must(p, ((extent_claim(e) ^ extent_claim(before)) & ~(unsigned)CLAIM_GUARDS) == 0,
	     "the parts of a claim contradict each other");
}

/* One extent: its fields, its gap, and its place in the trees. */
static void extent_check(struct proof *p, struct quire_book *b, quire_link node,
			 quire_page free_from)
{
	const struct quire_extent *e = extent_at(p->s, node);
	bool is_end = extent_kind(e) == EXTENT_END;

	must(p, extent_kind(e) != EXTENT_FREE, "a free descriptor stands in the map");
	must(p, is_end == (node == b->end), "a window does not end where it should");
	must(p, e->pages != 0 && e->start >= free_from, "extents overlap");
	must(p, e->gap == (quire_page)(e->start - free_from), "a gap is not what is free");
	must(p, is_end || (extent_end(e) > e->start && extent_end(e) <= b->pages),
	     "an extent leaves its window");
	must(p, is_end || extent_refs(e) != 0, "an extent has no reference");
	must(p, !extent_is_part(e) || e->gap == 0, "a part has lost its mapping");
	p->extents++;
	if (p->wrong)
		return;
	if (e->gap != 0) {
		p->gaps++;
		must(p, tree_gap_hangs(p->s, b, node), "a gap is not in its tree");
	}
	if (extent_kind(e) == EXTENT_CLAIMED)
		claim_check(p, b, e);
	if (extent_kind(e) == EXTENT_MAPPED) {
		p->mapped[extent_target(e)]++;
		must(p, mapping_is_hung(p->s, b, node), "a mapping is not in its physical tree");
	}
}

static void gap_tree_count(struct proof *p, struct quire_book *b)
{
	quire_link node = b->classes ? tree_gap(p->s, b, 1) : NONE;
	uint32_t count = 0;

	while (node != NONE && count <= p->gaps) {
		count++;
		node = tree_gap_after(p->s, b, node, 1);
	}
	must(p, count == p->gaps, "the gap tree holds what is no gap");
	for (unsigned c = 0; c < QUIRE_GAP_CLASSES; c++)
		must(p, (b->by_gap[c] != NONE) == (b->classes >> c & 1u),
		     "the summary of gap classes is wrong");
}

/* Whether a node of the physical tree reaches at least as far as its children. */
static bool stands_high_enough(const struct quire_space *s, const struct quire_extent *e)
{
	for (unsigned side = 0; side < 2; side++) {
		quire_link child = link_get(e, QUIRE_BY_PHYSICAL, side);
		const struct quire_extent *c = extent_at(s, child);

		if (child != NONE &&
		    (quire_size)c->phys + c->pages > (quire_size)e->phys + e->pages)
			return false;
	}
	return true;
}

static void physical_tree_count(struct proof *p, struct quire_book *b, unsigned target)
{
	quire_link node = tree_physical(p->s, b, target, 1);
	uint32_t count = 0;

	while (node != NONE && count <= p->mapped[target]) {
		const struct quire_extent *e = extent_at(p->s, node);

		must(p, stands_high_enough(p->s, e), "the physical tree is out of order");
		must(p, extent_target(e) == target, "a mapping hangs in another memory's tree");
		count++;
		node = tree_physical_after(p->s, b, target, tree_physical_key(e), 1);
	}
	must(p, count == p->mapped[target], "the physical tree holds what is not mapped");
}

static void book_check(struct proof *p, struct quire_book *b)
{
	quire_page free_from = 0;
	quire_link node;

	p->gaps = 0;
	for (unsigned t = 0; t < QUIRE_TARGETS_MAX; t++)
		p->mapped[t] = 0;
	do {
		node = at_or_behind(p->s, b, free_from);
		extent_check(p, b, node, free_from);
		free_from = extent_end(extent_at(p->s, node));
	} while (node != b->end && !p->wrong);
	gap_tree_count(p, b);
	for (unsigned t = 0; t < p->s->memory_count; t++)
		physical_tree_count(p, b, t);
}

/* Every descriptor is either in the map or free. */
static void pool_check(struct proof *p)
{
	uint32_t count = 0;
	quire_link node = p->s->free;

	while (node != NONE && count <= p->s->free_count) {
		must(p, extent_kind(extent_at(p->s, node)) == EXTENT_FREE,
		     "a descriptor in the pool is in use");
		count++;
		node = link_get(extent_at(p->s, node), QUIRE_BY_ADDRESS, 0);
	}
	must(p, count == p->s->free_count, "the pool of descriptors miscounts");
	must(p, p->extents + count + 1 == p->s->extent_count, "a descriptor is lost");
}

/* -- the tables -- */

/* Whether a leaf is as large as alignment and length of its extent allow. */
static bool leaf_is_whole(struct quire_space *s, unsigned window, const struct quire_extent *e,
			  quire_va walk, const struct quire_decoded *leaf)
{
	struct quire_run hull = run_of(s, window, e, e->start, e->pages, e->start);

	return leaf->shift == walk_leaf_shift(walker_of(s, window), &hull, walk);
}

/* Whether a leaf shows what the book says for this page. */
static bool leaf_agrees(struct quire_space *s, unsigned window, const struct quire_extent *e,
			quire_page page, const struct quire_decoded *leaf)
{
	struct quire_run run = run_of(s, window, e, page, 1, page);
	const struct quire_mmu *mmu = walker_of(s, window)->mmu;
	unsigned level = quire_mmu_last_level(mmu);
	quire_size inside = run.walk & (((quire_size)1 << leaf->shift) - 1);
	struct quire_decoded wanted;

	mmu->format->decode(mmu, level, mmu->format->leaf(mmu, level, run.target, run.pa, run.attr),
			    &wanted);
	return leaf->kind == wanted.kind && leaf->pa + inside == wanted.pa &&
	       leaf->target == wanted.target && leaf->attr == wanted.attr;
}

/* Whether a leaf shows no more than a claim allows, cached as that says. */
static bool leaf_is_allowed(struct quire_space *s, unsigned window, const struct quire_extent *e,
			    const struct quire_decoded *leaf)
{
	const struct quire_mmu *mmu = walker_of(s, window)->mmu;
	unsigned level = quire_mmu_last_level(mmu);
	struct quire_decoded most;
	quire_entry entry = mmu->format->leaf(mmu, level, leaf->target, leaf->pa, extent_attr(e));

	mmu->format->decode(mmu, level, entry, &most);
	return (leaf->attr & ~(unsigned)most.attr & QUIRE_ACCESS_MASK) == 0 &&
	       ((leaf->attr ^ most.attr) & QUIRE_CACHE_MASK) == 0;
}

/* A page of a claim: its leaf, if there is one, is for a page that is no guard. */
static void claimed_leaf_check(struct proof *p, unsigned window, const struct quire_extent *e,
			       quire_page page, const struct quire_decoded *leaf)
{
	if (leaf->kind == QUIRE_ENTRY_INVALID)
		return;
	must(p, !claim_guards(e, page), "an entry maps a guard");
	must(p, leaf_is_allowed(p->s, window, e, leaf), "an entry allows more than its claim");
}

/* Compare the entries for [from, to) with an extent, or with nothing. */
static void entries_check(struct proof *p, unsigned window, const struct quire_extent *e,
			  quire_page from, quire_page to)
{
	struct quire_book *b = &p->s->book[window];
	struct quire_walker *w = walker_of(p->s, window);
	quire_size page = from;

	while (page < to && !p->wrong) {
		quire_va walk = walk_address(p->s, window, (quire_page)page);
		struct quire_decoded leaf;
		quire_size covers;

		quire_walk_get(w, walk, &leaf);
		covers = (quire_size)1 << leaf.shift;
		if (e && extent_kind(e) == EXTENT_CLAIMED) {
			claimed_leaf_check(p, window, e, page, &leaf);
		} else if (e) {
			must(p, leaf_agrees(p->s, window, e, (quire_page)page, &leaf),
			     "an entry does not say what the book says");
			must(p, leaf_is_whole(p->s, window, e, walk, &leaf),
			     "a page is not as large as it could be");
		} else {
			must(p, leaf.kind == QUIRE_ENTRY_INVALID, "an entry maps what is free");
		}
		page += (covers - (walk & (covers - 1))) >> b->page_shift;
	}
}

static void tables_check(struct proof *p, unsigned window)
{
	struct quire_book *b = &p->s->book[window];
	quire_page from = 0;

	while (from < b->pages && !p->wrong) {
		const struct quire_extent *e = extent_at(p->s, at_or_behind(p->s, b, from));

		if (e->gap != 0)
			entries_check(p, window, NULL, (quire_page)(e->start - e->gap), e->start);
		if (extent_kind(e) != EXTENT_END)
			entries_check(p, window, extent_kind(e) == EXTENT_RESERVED ? NULL : e,
				      e->start, extent_end(e));
		from = extent_end(e);
	}
}

/* A walker's pool of tables counts what it has. */
static void tables_pool_check(struct proof *p, const struct quire_table_pool *pool)
{
	uint32_t count = 0;

	for (uint32_t i = pool->first_free; i < pool->count && count <= pool->free; count++)
		i = pool->slots[i].next_or_used;
	must(p, count == pool->free, "the pool of tables miscounts");
}

/* -- public -- */

static int check(struct quire_space *s, const char **what)
{
	struct proof p = {.s = s};
	uint32_t searches = s->searches;
	const struct quire_extent *none = extent_at(s, NONE);

	must(&p, none->phys == 0 && none->pages == 0 && none->gap == 0,
	     "what stands for no extent shows something");
	for (unsigned i = 0; i < s->window_count && !p.wrong; i++)
		book_check(&p, &s->book[i]);
	if (!p.wrong)
		pool_check(&p);
	for (unsigned i = 0; i < s->window_count && !p.wrong; i++)
		tables_check(&p, i);
	for (unsigned i = 0; i < s->walker_count && !p.wrong; i++)
		tables_pool_check(&p, &s->walker[i].pool);
	s->searches = searches;
	if (p.wrong && what)
		*what = p.wrong;
	return p.wrong ? QUIRE_ECORRUPT : QUIRE_OK;
}

int quire_space_check(struct quire_space *space, const char **what)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, check(space, what));
}
