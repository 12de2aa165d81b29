/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking: what is here, what is behind it, where can this be seen, what fits, and the whole map.
 *
 * Each call holds the lock for one search, or one a window; the ones that return many rows come
 * back for each of them.
 */
#include "space/private.h"

enum { SNAPSHOT_STEP = 16, SNAPSHOT_ATTEMPTS = 64 };

/* -- rows -- */

static void row_place(const struct quire_space *s, unsigned window, quire_page start,
		      quire_page pages, struct quire_extent_info *out)
{
	*out = (struct quire_extent_info){
		.va = visible_address(s, window, start, 0),
		.exec_va = visible_address(s, window, start, QUIRE_EXEC),
		.size = (quire_size)pages << s->book[window].page_shift,
		.window = (uint8_t)window,
		.caps = s->window[window].caps,
	};
}

void gap_describe(const struct quire_space *s, unsigned window, quire_link node,
		  struct quire_extent_info *out)
{
	const struct quire_extent *e = extent_at(s, node);

	row_place(s, window, (quire_page)(e->start - e->gap), e->gap, out);
}

void extent_describe(const struct quire_space *s, unsigned window, quire_link node,
		     struct quire_extent_info *out)
{
	const struct quire_extent *e = extent_at(s, node);

	row_place(s, window, e->start, e->pages, out);
	out->kind = QUIRE_RESERVED;
	out->refs = (uint16_t)extent_refs(e);
	out->tag = (uint16_t)extent_tag(e);
	out->part = extent_is_part(e);
	out->attr = (uint8_t)extent_attr(e);
	if (extent_kind(e) == EXTENT_CLAIMED) {
		out->kind = QUIRE_CLAIMED;
		out->guards = (uint8_t)(extent_claim(e) & CLAIM_GUARDS);
	}
	if (extent_kind(e) != EXTENT_MAPPED)
		return;
	out->kind = QUIRE_MAPPED;
	out->target = (uint8_t)extent_target(e);
	out->pa = physical_address(s, window, out->target, e->phys);
}

/* The row that covers a page; returns the page behind it. */
static quire_page row_at(struct quire_space *s, unsigned window, quire_page page,
			 struct quire_extent_info *out)
{
	quire_link node = book_at_or_behind(s, &s->book[window], page);
	const struct quire_extent *e = extent_at(s, node);

	if (page < e->start) {
		gap_describe(s, window, node, out);
		return e->start;
	}
	extent_describe(s, window, node, out);
	return extent_end(e);
}

int row_next(struct quire_space *s, struct quire_cursor *cursor, struct quire_extent_info *out)
{
	while (cursor->window < s->window_count && cursor->page >= s->book[cursor->window].pages) {
		cursor->window++;
		cursor->page = 0;
	}
	if (cursor->window >= s->window_count)
		return QUIRE_EUNMAPPED;
	cursor->page = row_at(s, cursor->window, cursor->page, out);
	return QUIRE_OK;
}

/* -- one address -- */

static int query(struct quire_space *s, quire_va va, struct quire_extent_info *out)
{
	struct place at;
	int err = place_find(s, va, &at);

	if (!err)
		row_at(s, at.window, at.page, out);
	return err;
}

/* Whether a window may show a memory, and that has a byte of this address. */
static bool shows_byte(const struct quire_space *s, unsigned window, unsigned target, quire_pa pa)
{
	const struct quire_memory *m = &s->memory[target];

	return (s->window[window].targets & QUIRE_TARGET_BIT(target)) && pa - m->base < m->size;
}

unsigned leaf_target(const struct quire_space *s, unsigned window, const struct quire_decoded *leaf)
{
	if (leaf->target < s->memory_count && shows_byte(s, window, leaf->target, leaf->pa))
		return leaf->target;
	for (unsigned t = 0; t < s->memory_count; t++)
		if (shows_byte(s, window, t, leaf->pa))
			return t;
	return leaf->target;
}

/* The same for a page of a claim, which only the tables know. */
static int claim_to_physical(const struct quire_space *s, const struct place *at, quire_pa *out_pa,
			     unsigned *out_target)
{
	quire_va walk = walk_address(s, at->window, at->page) + at->offset;
	struct quire_decoded leaf;

	leaf_at(s, at->window, at->page, &leaf);
	if (leaf.kind != QUIRE_ENTRY_LEAF)
		return QUIRE_EUNMAPPED;
	*out_pa = leaf.pa + (walk & (((quire_size)1 << leaf.shift) - 1));
	if (out_target)
		*out_target = leaf_target(s, at->window, &leaf);
	return QUIRE_OK;
}

static int to_physical(struct quire_space *s, quire_va va, quire_pa *out_pa, unsigned *out_target)
{
	struct place at;
	int err = place_find(s, va, &at);
	const struct quire_extent *e;
	quire_link node;

	if (err)
		return err;
	node = book_covering(s, &s->book[at.window], at.page);
	e = extent_at(s, node);
	if (extent_kind(e) == EXTENT_CLAIMED)
		return claim_to_physical(s, &at, out_pa, out_target);
	if (node == NONE || extent_kind(e) != EXTENT_MAPPED)
		return QUIRE_EUNMAPPED;
	*out_pa = physical_address(s, at.window, extent_target(e),
				   (quire_page)(e->phys + (at.page - e->start))) +
		  at.offset;
	if (out_target)
		*out_target = extent_target(e);
	return QUIRE_OK;
}

/* -- one physical byte -- */

static int physical_check(const struct quire_space *s, unsigned target, quire_pa pa)
{
	if (target >= s->memory_count || s->memory[target].size == 0)
		return QUIRE_ETARGET;
	return pa - s->memory[target].base < s->memory[target].size ? QUIRE_OK : QUIRE_EBEYOND;
}

/* The next extent in a window that shows a physical page, after the cursor; NONE. */
static quire_link alias_in(struct quire_space *s, unsigned window, unsigned target, quire_page phys,
			   const struct quire_alias_cursor *cursor)
{
	const struct quire_book *b = &s->book[window];
	quire_page end = (quire_page)(phys + 1u);
	quire_link node = cursor->started && cursor->window == window
				  ? tree_physical_after(s, b, target, cursor->after, end)
				  : tree_physical(s, b, target, end);

	return node != NONE && extent_at(s, node)->phys <= phys ? node : NONE;
}

/* The next extent in any window that shows byte `offset` of a memory. */
static quire_link alias_next(struct quire_space *s, unsigned target, quire_size offset,
			     struct quire_alias_cursor *cursor)
{
	for (unsigned i = cursor->window; i < s->window_count; i++) {
		quire_page phys = (quire_page)(offset >> s->book[i].page_shift);
		quire_link node = NONE;

		if (s->window[i].targets & QUIRE_TARGET_BIT(target))
			node = alias_in(s, i, target, phys, cursor);
		if (node != NONE) {
			cursor->window = (uint8_t)i;
			cursor->started = true;
			cursor->after = tree_physical_key(extent_at(s, node));
			return node;
		}
	}
	return NONE;
}

static int to_virtual(struct quire_space *s, unsigned target, quire_pa pa,
		      struct quire_alias_cursor *cursor, quire_va *out)
{
	int err = physical_check(s, target, pa);
	const struct quire_extent *e;
	quire_size offset;
	quire_link node;
	unsigned access;

	if (err)
		return err;
	offset = pa - s->memory[target].base;
	node = alias_next(s, target, offset, cursor);
	if (node == NONE)
		return QUIRE_EUNMAPPED;
	e = extent_at(s, node);
	access = extent_attr(e) & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC);
	*out = visible_address(s, cursor->window, e->start, access == QUIRE_EXEC ? QUIRE_EXEC : 0) +
	       (offset - ((quire_size)e->phys << s->book[cursor->window].page_shift));
	return QUIRE_OK;
}

/* Add what one more alias allows.  QUIRE_EUNMAPPED when there is no more. */
static int caps_step(struct quire_space *s, unsigned target, quire_pa pa,
		     struct quire_alias_cursor *cursor, unsigned *caps)
{
	int err = physical_check(s, target, pa);
	quire_link node;

	if (err)
		return err;
	node = alias_next(s, target, pa - s->memory[target].base, cursor);
	if (node == NONE)
		return QUIRE_EUNMAPPED;
	*caps |= extent_attr(extent_at(s, node)) & QUIRE_ACCESS_MASK;
	return QUIRE_OK;
}

static int largest_free(struct quire_space *s, unsigned target, unsigned attr, unsigned caps,
			quire_size *out)
{
	quire_size largest = 0;

	if (target >= s->memory_count || s->memory[target].size == 0)
		return QUIRE_ETARGET;
	if (attr_check(attr, caps, QUIRE_WX))
		return QUIRE_EFLAG;
	for (unsigned i = 0; i < s->window_count; i++) {
		quire_link node = NONE;
		quire_size size;

		if (window_can(s, i, target, attr, caps) && memory_can(s, target, attr))
			node = tree_largest_gap(s, &s->book[i]);
		size = node == NONE ? 0
				    : (quire_size)extent_at(s, node)->gap << s->book[i].page_shift;
		largest = size > largest ? size : largest;
	}
	*out = largest;
	return QUIRE_OK;
}

/* -- the whole map -- */

/* Up to SNAPSHOT_STEP rows more.  QUIRE_EUNMAPPED at the end, QUIRE_EAGAIN if the map has changed.
 */
static int snapshot_step(struct quire_space *s, struct quire_cursor *cursor, uint32_t *generation,
			 struct quire_extent_info *rows, uint32_t room, uint32_t *count)
{
	struct quire_extent_info row;
	int err = QUIRE_OK;

	if (*count == 0)
		*generation = s->generation;
	if (*generation != s->generation)
		return QUIRE_EAGAIN;
	for (unsigned i = 0; i < SNAPSHOT_STEP && !err; i++) {
		err = row_next(s, cursor, &row);
		if (!err && *count < room)
			rows[*count] = row;
		*count += !err;
	}
	return err;
}

/* One attempt at a snapshot. */
static int snapshot(struct quire_space *s, struct quire_extent_info *rows, uint32_t room,
		    uint32_t *count)
{
	struct quire_cursor cursor = {0};
	uint32_t generation = 0;
	int err;

	*count = 0;
	do {
		err = space_enter(s, true);
		if (!err)
			err = space_leave(
				s, snapshot_step(s, &cursor, &generation, rows, room, count));
	} while (!err);
	return err;
}

/* -- public -- */

int quire_space_query(struct quire_space *space, quire_va va, struct quire_extent_info *out)
{
	int err = space_enter(space, out != NULL);

	return err ? err : space_leave(space, query(space, va, out));
}

int quire_space_to_physical(struct quire_space *space, quire_va va, quire_pa *out_pa,
			    unsigned *out_target)
{
	int err = space_enter(space, out_pa != 0);

	return err ? err : space_leave(space, to_physical(space, va, out_pa, out_target));
}

int quire_space_to_virtual(struct quire_space *space, unsigned target, quire_pa pa,
			   struct quire_alias_cursor *cursor, quire_va *out)
{
	int err = space_enter(space, cursor && out);

	return err ? err : space_leave(space, to_virtual(space, target, pa, cursor, out));
}

int quire_space_find_caps(struct quire_space *space, unsigned target, quire_pa pa, unsigned *out)
{
	struct quire_alias_cursor cursor = {0};
	unsigned caps = 0;
	int err;

	do {
		err = space_enter(space, out != NULL);
		if (!err)
			err = space_leave(space, caps_step(space, target, pa, &cursor, &caps));
	} while (!err);
	if (err != QUIRE_EUNMAPPED || !cursor.started)
		return err;
	*out = caps;
	return QUIRE_OK;
}

int quire_space_largest_free(struct quire_space *space, unsigned target, unsigned attr,
			     unsigned caps, quire_size *out)
{
	int err = space_enter(space, out != NULL);

	return err ? err : space_leave(space, largest_free(space, target, attr, caps, out));
}

int quire_space_next(struct quire_space *space, struct quire_cursor *cursor,
		     struct quire_extent_info *out)
{
	int err = space_enter(space, cursor && out);

	return err ? err : space_leave(space, row_next(space, cursor, out));
}

int quire_space_snapshot(struct quire_space *space, struct quire_extent_info *rows, uint32_t room,
			 uint32_t *count)
{
	uint32_t n = 0;
	int err = QUIRE_EAGAIN;

	if (!space || !count || (!rows && room != 0))
		return QUIRE_ENULL;
	for (unsigned i = 0; err == QUIRE_EAGAIN && i < SNAPSHOT_ATTEMPTS; i++)
		err = snapshot(space, rows, room, &n);
	if (err != QUIRE_EUNMAPPED)
		return err;
	*count = n;
	return QUIRE_OK;
}

int quire_space_stats(struct quire_space *space, struct quire_space_stats *out)
{
	int err = space_enter(space, out != NULL);

	if (err)
		return err;
	*out = (struct quire_space_stats){
		.searches = space->searches,
		.mappings = space->extent_count - 1u - space->window_count - space->free_count,
		.descriptors_free = space->free_count,
		.generation = space->generation,
	};
	return space_leave(space, QUIRE_OK);
}
