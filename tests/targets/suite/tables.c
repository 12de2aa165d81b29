/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of tables: refused at every point at which it can run out, with nothing changed, and full
 * again in the end.
 */
#include "suite.h"

#include "quire/error.h"

#define PAGE t->page
#define ROWS 16u

/* What there was before a call that is to change nothing. */
static struct {
	struct quire_extent_info row[ROWS];
	uint32_t rows;
	uint32_t entries; /* written so far */
	uint32_t free;
} before;

static void note(struct target *t)
{
	before.rows = 0;
	quire_space_snapshot(t->space, before.row, ROWS, &before.rows);
	before.entries = t->walker->counts.entries;
	before.free = t->walker->pool.free;
}

static bool row_same(const struct quire_extent_info *a, const struct quire_extent_info *b)
{
	return SAME(a->va, b->va) && SAME(a->size, b->size) && SAME(a->pa, b->pa) &&
	       SAME(a->kind, b->kind) && SAME(a->attr, b->attr) && SAME(a->part, b->part) &&
	       SAME(a->refs, b->refs) && SAME(a->tag, b->tag);
}

static bool nothing_changed(struct target *t)
{
	struct quire_extent_info row[ROWS];
	uint32_t rows = 0;

	NEED(RESULT(quire_space_snapshot(t->space, row, ROWS, &rows), QUIRE_OK));
	NEED(SAME(rows, before.rows));
	for (uint32_t i = 0; i < rows && i < ROWS; i++)
		NEED(row_same(&row[i], &before.row[i]));
	NEED(SAME(t->walker->counts.entries, before.entries));
	return SAME(t->walker->pool.free, before.free);
}

/* The calls that take tables, each on the mapping that `prepare` made. */
enum call { MAP, MAP_UNALIGNED, PROTECT, CUT, MOVE, RESIZE, CALLS };

static quire_size large(const struct target *t)
{
	return (quire_size)1 << t->mmu->level[t->mmu->levels - 2].shift;
}

/* The second address of the arena at which a table of the last level begins. */
static quire_va place(const struct target *t)
{
	return ((t->arena + large(t) - 1) & ~(large(t) - 1)) + large(t);
}

static quire_pa memory(const struct target *t)
{
	return t->frames & ~(large(t) - 1);
}

static int prepare(struct target *t, enum call call)
{
	if (call == PROTECT || call == CUT)
		return suite_map_big(t, place(t), memory(t), large(t), RW);
	if (call == MOVE || call == RESIZE)
		return suite_map_big(t, place(t), memory(t) + PAGE, 4 * PAGE, RW);
	return QUIRE_OK;
}

static int make_call(struct target *t, enum call call)
{
	quire_va va = place(t);

	switch (call) {
	case MAP:
		return suite_map_big(t, va - PAGE, memory(t), 2 * PAGE, RW);
	case MAP_UNALIGNED:
		return suite_map_big(t, va - PAGE, memory(t), large(t) + 2 * PAGE, RW);
	case PROTECT:
		return quire_space_protect(t->space, va + 3 * PAGE, PAGE, QUIRE_READ, 0);
	case CUT:
		return quire_space_unmap_part(t->space, va + 3 * PAGE, PAGE);
	case MOVE:
		return quire_space_move_at(t->space, va, va + large(t) - 2 * PAGE);
	default:
		return quire_space_resize(t->space, va, large(t) + PAGE);
	}
}

static quire_va result_at(const struct target *t, enum call call)
{
	return call == MAP || call == MAP_UNALIGNED ? place(t) - PAGE
	       : call == MOVE                       ? place(t) + large(t) - 2 * PAGE
						    : place(t);
}

/* With `left` tables in the pool: done, or refused with nothing changed. */
static bool with(struct target *t, enum call call, uint32_t left, bool *done)
{
	struct quire_table_pool *pool = &t->walker->pool;
	uint32_t hidden;
	int result;

	NEED(RESULT(prepare(t, call), QUIRE_OK));
	hidden = pool->free - left;
	pool->free = left;
	note(t);
	result = make_call(t, call);
	*done = result == QUIRE_OK;
	if (!*done)
		*done = !RESULT(result, QUIRE_ETABLES) || !nothing_changed(t);
	pool->free += hidden;
	NEED(!suite_failed());
	NEED(suite_proved(t));
	if (result != QUIRE_OK) /* and it works once there are tables */
		NEED(RESULT(make_call(t, call), QUIRE_OK));
	NEED(suite_proved(t));
	if (call == CUT)
		NEED(RESULT(quire_space_unmap(t->space, place(t) + 4 * PAGE), QUIRE_OK));
	return RESULT(quire_space_unmap(t->space, result_at(t, call)), QUIRE_OK);
}

static void exhaustion(struct target *t)
{
	uint32_t full = t->walker->pool.free;

	for (enum call call = MAP; call < CALLS; call++) {
		unsigned refused = 0;
		bool done = false;

		for (uint32_t left = 0; !done && left < 24; left++) {
			MUST(with(t, call, left, &done));
			MUST(SAME(t->walker->pool.free, full));
			refused += !done;
		}
		MUST(OK(done));
		MUST(OK(refused > 0 || call == RESIZE));
	}
}

/* Maps and unmaps of all kinds: as many tables as before, and each of them empty. */
static void returned(struct target *t)
{
	uint32_t full = t->walker->pool.free;
	quire_size step = large(t) + PAGE;

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 6; i++)
			MUST(RESULT(suite_map_big(t, t->arena + i * 2 * step, memory(t),
						  step - (i & 1) * PAGE, RW),
				    QUIRE_OK));
		MUST(OK(t->walker->pool.free < full));
		for (unsigned i = 0; i < 6; i++)
			MUST(RESULT(quire_space_unmap(t->space,
						      t->arena + (round ? i : 5 - i) * 2 * step),
				    QUIRE_OK));
		MUST(SAME(t->walker->pool.free, full));
	}
}

/* Free tables hold nothing, or the next to use one would map what nobody asked for. */
static void empty_when_free(struct target *t)
{
	struct quire_table_pool *pool = &t->walker->pool;
	unsigned entries = 1u << t->mmu->level[t->mmu->levels - 1].bits;
	uint32_t at;

	returned(t);
	at = pool->first_free;
	for (unsigned n = 0; n < 12 && n < pool->free; n++) {
		for (unsigned i = 0; i < entries; i++)
			MUST(SAME(t->walker->port->read(
					  t->walker->port_ctx,
					  pool->base + (quire_pa)at * pool->table_bytes, i),
				  t->mmu->invalid));
		at = pool->slots[at].next_or_used;
	}
}

static const struct suite_test tests[] = {
	{"tables run out at every point", exhaustion, suite_needs_tables, 0},
	{"tables come back", returned, suite_needs_tables, 0},
	{"free tables are empty", empty_when_free, suite_needs_tables, 0},
};

const struct suite_list suite_tables = {tests, SUITE_COUNT(tests)};
