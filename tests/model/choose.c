/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing what to do next, at random but not blindly: enough calls succeed that the space stays
 * about as full as the mix says, and enough fail, each in its own way.
 */
#include "model/ops.h"

#include <string.h>

static bool chance(uint64_t *state, uint32_t of, uint32_t parts)
{
	return rig_below(state, parts) < of;
}

/* A window, a page in it, and the row around that page. */
struct pick {
	const struct model_window *w;
	uint32_t page;
	uint32_t start;
	uint32_t end;
};

/* A row of this kind, near a random page; any row if there is none nearby. */
static struct pick pick_row(struct rig *rig, uint64_t *state, enum quire_kind kind)
{
	struct pick p;

	p.w = &rig->model.window[rig_below(state, rig->model.window_count)];
	p.page = rig_below(state, p.w->pages);
	for (unsigned hops = 0; hops < 8 && p.w->page[p.page].kind != kind; hops++) {
		p.page = model_row_end(p.w, p.page);
		if (p.page == p.w->pages)
			p.page = 0;
	}
	p.start = model_row_start(p.w, p.page);
	p.end = model_row_end(p.w, p.page);
	return p;
}

/* The first page of the mapping that a row is part of. */
static uint32_t first_of(const struct pick *p)
{
	uint32_t first = p->start;
	uint32_t mapping = p->w->page[first].mapping;

	while (mapping != 0 && first > 0 && p->w->page[first - 1].mapping == mapping)
		first = model_row_start(p->w, first - 1);
	return first;
}

/* Either side's address of a page. */
static quire_va address(const struct pick *p, uint32_t page, uint64_t *state)
{
	return (chance(state, 1, 4) ? p->w->is.exec_base : p->w->is.base) +
	       ((quire_va)page << p->w->shift);
}

/* Pages: half of the time one or two, rarely as many as `most`. */
static uint32_t some_pages(uint64_t *state, uint32_t most)
{
	uint32_t limit = 2;

	while (limit < most && chance(state, 1, 2))
		limit *= 2;
	return 1 + rig_below(state, limit < most ? limit : most);
}

/* A size in bytes of so many pages, often less by a part of the last. */
static quire_size bytes_of(uint32_t pages, unsigned shift, uint64_t *state)
{
	quire_size size = (quire_size)pages << shift;

	return chance(state, 1, 4) ? size - rig_below(state, 1u << shift) : size;
}

static uint8_t some_attr(uint64_t *state)
{
	static const uint8_t usual[] = {
		QUIRE_READ,
		QUIRE_READ | QUIRE_WRITE,
		QUIRE_READ | QUIRE_EXEC,
		QUIRE_EXEC,
		QUIRE_READ | QUIRE_UNCACHED,
		QUIRE_READ | QUIRE_WRITE | QUIRE_USER,
		0,
		QUIRE_READ | QUIRE_WRITE | QUIRE_CACHE_WT,
	};
	uint32_t i = rig_below(state, 16);

	return usual[i < 8 ? i : i % 3];
}

/* A memory that exists. */
static uint8_t some_target(const struct rig *rig, uint64_t *state)
{
	uint8_t target;

	do
		target = (uint8_t)rig_below(state, rig->model.memory_count);
	while (rig->model.memory[target].size == 0);
	return target;
}

/* Page size that counts for a target. */
static unsigned shift_for(const struct rig *rig, unsigned target)
{
	for (unsigned i = 0; i < rig->model.window_count; i++)
		if (rig->model.window[i].is.targets & QUIRE_TARGET_BIT(target))
			return rig->model.window[i].shift;
	return rig->model.window[0].shift;
}

/* Ask for pages at or near those of an existing mapping. */
static void want_again(struct rig *rig, struct quire_want *want, uint32_t *pages, uint64_t *state)
{
	struct pick p = pick_row(rig, state, QUIRE_MAPPED);
	const struct model_page *page = &p.w->page[p.start];
	uint32_t shift_by;

	if (page->kind != QUIRE_MAPPED)
		return;
	want->target = page->target;
	want->attr = page->attr;
	*pages = chance(state, 1, 2) ? p.end - p.start : some_pages(state, p.end - p.start);
	shift_by = chance(state, 1, 2) ? 0 : rig_below(state, p.end - p.start);
	want->pa = rig->model.memory[page->target].base +
		   ((quire_pa)(page->phys + shift_by) << p.w->shift);
}

/* Give a long mapping the alignment that large leaves need, on both sides. */
static void want_large(const struct rig *rig, struct quire_want *want, unsigned shift)
{
	quire_size large = (quire_size)512 << shift;
	quire_pa base = rig->model.memory[want->target].base;

	want->pa = base + (want->pa - base) / large * large;
	want->align = large;
}

/* Give a mapping an alignment of 16 pages on both sides, as clusters need. */
static void want_phase(const struct rig *rig, struct quire_want *want, unsigned shift)
{
	quire_size small = (quire_size)16 << shift;
	quire_pa base = rig->model.memory[want->target].base;

	want->pa = base + (want->pa - base) / small * small;
	want->align = small;
}

/* Everything a map wants. */
static void choose_want(struct rig *rig, const struct op_mix *mix, uint64_t *state,
			struct quire_want *want)
{
	uint32_t pages = some_pages(state, mix->size), of;
	unsigned shift;

	if (mix->size >= 512 && chance(state, 1, 8)) /* large leaves, and a little more */
		pages = 512 * (1 + rig_below(state, mix->size / 512)) + rig_below(state, 2);
	want->target = some_target(rig, state);
	want->attr = some_attr(state);
	shift = shift_for(rig, want->target);
	of = (uint32_t)(rig->model.memory[want->target].size >> shift);
	want->pa = rig->model.memory[want->target].base +
		   ((quire_pa)rig_below(state, of > pages ? of - pages + 1 : of) << shift);
	if (chance(state, mix->again, 16))
		want_again(rig, want, &pages, state);
	want->size = bytes_of(pages, shift, state);
	want->flags = chance(state, mix->shared, 16) ? QUIRE_SHARED : 0;
	if (chance(state, 1, 8))
		want->flags |= QUIRE_TELL;
	if (chance(state, 1, 16))
		want->flags |= QUIRE_WX;
	if (chance(state, 1, 32))
		want->attr = (uint8_t)rig_below(state, QUIRE_ATTR_MASK + 1);
	if (chance(state, 1, 16))
		want->caps = (uint8_t)(1u << rig_below(state, 6));
	if (mix->align != 0 && chance(state, 1, 2))
		want->align = (quire_size)1 << (shift + rig_below(state, mix->align + 1));
	if (pages >= 512 && chance(state, 3, 4))
		want_large(rig, want, shift);
	else if (mix->size >= 512 && chance(state, 1, 2)) /* the same phase on both sides */
		want_phase(rig, want, shift);
	want->tag = (uint16_t)rig_random(state);
}

/* Spoil one argument. */
static void spoil(struct rig *rig, struct op *op, uint64_t *state)
{
	const struct quire_memory *memory = &rig->model.memory[op->want.target % 8];

	switch (rig_below(state, 12)) {
	case 0:
		op->want.size = 0;
		break;
	case 1:
		op->want.size = (quire_size)0 - rig_below(state, 5000);
		break;
	case 2:
		op->want.pa += 1 + rig_below(state, 5000);
		break;
	case 3:
		op->want.pa = memory->base + memory->size - rig_below(state, 3) * 0x1000;
		break;
	case 4:
		op->want.align = rig_random(state);
		break;
	case 5:
		op->want.target = (uint8_t)rig_below(state, 256);
		break;
	case 6:
		op->want.attr = (uint8_t)rig_random(state);
		break;
	case 7:
		op->want.flags = (uint8_t)rig_random(state);
		break;
	case 8:
		op->want.caps = (uint8_t)rig_random(state);
		break;
	case 9:
		op->va += 1 + rig_below(state, 0x20000);
		break;
	case 10:
		op->va = rig_random(state);
		break;
	default:
		op->to += rig_below(state, 0x20000);
		break;
	}
}

/* Put something somewhere. */
static void choose_new(struct rig *rig, const struct op_mix *mix, uint64_t *state, struct op *op)
{
	bool reserve = chance(state, 1, 8);

	choose_want(rig, mix, state, &op->want);
	op->verb = reserve ? OP_RESERVE : OP_MAP;
	if (chance(state, mix->fixed, 16)) {
		struct pick p = pick_row(rig, state, QUIRE_GAP);

		op->verb = reserve ? OP_RESERVE_AT : OP_MAP_AT;
		op->va = address(&p, p.start + rig_below(state, p.end - p.start), state);
		if (chance(state, 3, 4))
			op->want.align = 0;
	}
}

/* Let a mapping or a reservation show something else, or nothing, or call it something else. */
static void choose_switch(struct rig *rig, const struct op_mix *mix, uint64_t *state, struct op *op)
{
	static const enum verb verbs[] = {OP_SWITCH, OP_SWITCH, OP_SWITCH, OP_HIDE, OP_TAG};
	struct pick p = pick_row(rig, state, chance(state, 1, 2) ? QUIRE_MAPPED : QUIRE_RESERVED);
	const struct quire_memory *memory;
	uint32_t first = first_of(&p), of, pages = p.end - first;

	choose_want(rig, mix, state, &op->want);
	op->verb = verbs[rig_below(state, 5)];
	op->va = address(&p, first, state);
	if (chance(state, 1, 4)) /* mostly what fits is wanted; a quarter is left as it came */
		return;
	memory = &rig->model.memory[op->want.target];
	of = (uint32_t)(memory->size >> p.w->shift);
	op->want.pa = memory->base +
		      ((quire_pa)rig_below(state, of > pages ? of - pages + 1 : 1) << p.w->shift);
	if (chance(state, 1, 3) &&
	    p.w->page[first].kind == QUIRE_MAPPED) { /* or what was near it */
		op->want.target = p.w->page[first].target;
		op->want.pa =
			rig->model.memory[op->want.target].base +
			((quire_pa)(p.w->page[first].phys + rig_below(state, 3)) << p.w->shift);
	}
}

/* Change a mapping or a part of one. */
static void choose_change(struct rig *rig, const struct op_mix *mix, uint64_t *state, struct op *op)
{
	static const enum verb whole[] = {OP_MOVE, OP_MOVE_AT, OP_RESIZE, OP_RESIZE};
	struct pick p = pick_row(rig, state, QUIRE_MAPPED), to = pick_row(rig, state, QUIRE_GAP);
	uint32_t first = first_of(&p), from = p.start + rig_below(state, p.end - p.start);

	op->want.attr = some_attr(state);
	op->want.flags = chance(state, 1, 8) ? QUIRE_WX : 0;
	if (chance(state, mix->partial, 16)) {
		op->verb = chance(state, 1, 3) ? OP_UNMAP_PART : OP_PROTECT;
		op->va = address(&p, from, state);
		op->want.size = bytes_of(some_pages(state, p.end - from), p.w->shift, state);
		if (chance(state, 1, 4)) { /* across parts */
			op->va = address(&p, first, state);
			op->want.size = (quire_size)(from - first + 1) << p.w->shift;
		}
		return;
	}
	op->verb = whole[rig_below(state, 4)];
	op->va = address(&p, first, state);
	op->to = address(&to, to.start, state);
	if (chance(state, 1, 2)) /* close by, so that it overlaps where it was */
		op->to = op->va + ((quire_va)rig_below(state, 8) << p.w->shift) -
			 ((quire_va)4 << p.w->shift);
	op->want.size = bytes_of(chance(state, 1, 2) ? p.end - first + rig_below(state, 4)
						     : some_pages(state, p.end - first),
				 p.w->shift, state);
	if (mix->align != 0 && chance(state, 1, 2))
		op->want.align = (quire_size)1 << (p.w->shift + rig_below(state, mix->align + 1));
}

/* Take something away. */
static void choose_end(struct rig *rig, uint64_t *state, struct op *op)
{
	bool reserved = chance(state, 1, 8);
	struct pick p = pick_row(rig, state, reserved ? QUIRE_RESERVED : QUIRE_MAPPED);

	op->verb = p.w->page[p.start].kind == QUIRE_RESERVED ? OP_RELEASE : OP_UNMAP;
	if (chance(state, 1, 64))
		op->verb = reserved ? OP_UNMAP : OP_RELEASE;
	op->va = address(&p, first_of(&p), state);
}

/* Only look. */
static void choose_look(struct rig *rig, uint64_t *state, struct op *op)
{
	static const enum verb looks[] = {OP_QUERY,     OP_TO_PHYSICAL, OP_ALIASES,
					  OP_FIND_CAPS, OP_LARGEST,     OP_SYNC};
	struct pick p = pick_row(rig, state, QUIRE_MAPPED);
	uint32_t page = p.start + rig_below(state, p.end - p.start);

	op->verb = looks[rig_below(state, 6)];
	op->va = address(&p, page, state) + rig_below(state, 1u << p.w->shift);
	op->want.target = p.w->page[page].target;
	op->want.attr = some_attr(state);
	op->want.pa = rig->model.memory[op->want.target].base +
		      ((quire_pa)p.w->page[page].phys << p.w->shift) +
		      rig_below(state, 1u << p.w->shift);
	if (op->verb == OP_SYNC) {
		op->want.size = bytes_of(some_pages(state, p.w->pages), p.w->shift, state);
		op->want.flags = (uint8_t)rig_below(state, QUIRE_SYNC_MASK + 2);
	}
}

void op_choose(struct rig *rig, const struct op_mix *mix, uint64_t *state, struct op *op)
{
	uint32_t kind = rig_below(state, 16);
	uint32_t full = rig->model.extents > mix->live ? 10 : 6;

	memset(op, 0, sizeof(*op));
	if (mix->compact_in != 0 && chance(state, 1, mix->compact_in)) {
		struct pick p = pick_row(rig, state, QUIRE_MAPPED);

		op->verb = OP_COMPACT;
		op->va = address(&p, p.page, state);
		op->want.tag = (uint16_t)rig_below(state, 6);
	} else if (kind < 3) {
		choose_look(rig, state, op);
	} else if (kind < 6 && chance(state, 1, 4)) {
		choose_switch(rig, mix, state, op);
	} else if (kind < 6) {
		choose_change(rig, mix, state, op);
	} else if (rig_below(state, 16) < full) {
		choose_end(rig, state, op);
	} else {
		choose_new(rig, mix, state, op);
	}
	if (chance(state, mix->wrong, 256))
		spoil(rig, op, state);
}
