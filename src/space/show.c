/* SPDX-License-Identifier: Apache-2.0 */
/*
 * switch, tag and sync: what an extent shows, what it is called, and whether cache and memory agree
 * about it.  Addresses stay as they are in all three.
 */
#include "space/private.h"

/* -- switch -- */

/* All that can be wrong with what an extent is to show. */
static int shown_check(struct quire_space *s, const struct whole *m, const struct quire_want *want,
		       const struct quire_run *run)
{
	int err;

	if ((want->pa & (page_size(m->book) - 1)) != 0)
		return QUIRE_EALIGN;
	if (want->pa + (run->size - 1) < want->pa)
		return QUIRE_EWRAP;
	err = want_check_physical(s, m->book, want, m->pages);
	if (!err)
		err = want_check_kind(s, want);
	if (err)
		return err;
	if (!window_can(s, m->window, want->target, want->attr, want->caps))
		return window_refusal(s, m->window, want->target, want->attr, want->caps);
	return !(want->flags & QUIRE_SHARED) && others_show(s, m, run, want->caps) ? QUIRE_EOVERLAP
										   : QUIRE_OK;
}

/* The book's side: the parts of `m` become one extent that shows this. */
static void extents_switch(struct quire_space *s, const struct whole *m, enum extent_kind kind,
			   unsigned target, quire_page phys, unsigned attr)
{
	if (m->last != m->head) {
		parts_drop(s, m, book_next(s, m->book, m->head));
		book_reshape(s, m->book, m->head, m->start, m->pages);
	}
	book_show(s, m->book, m->head, kind, target, phys);
	byte_set(extent_at(s, m->head), BYTE_ATTR, attr);
	s->generation++;
}

static bool is_mapped(struct quire_space *s, const struct whole *m)
{
	return extent_kind(extent_at(s, m->head)) == EXTENT_MAPPED;
}

/* From now on the extent shows nothing. */
static int hide(struct quire_space *s, const struct whole *m)
{
	struct quire_run run =
		run_of(s, m->window, extent_at(s, m->head), m->start, m->pages, m->start);
	int err;

	if (!is_mapped(s, m))
		return QUIRE_OK;
	err = port_prepare(s, m->window, QUIRE_CHANGE_UNMAP, &run);
	if (err)
		return err;
	write_back(s, m->window, m->head, m->start, (quire_page)(m->start + m->pages));
	quire_walk_clear(walker_of(s, m->window), run.walk, run.size);
	extents_switch(s, m, EXTENT_RESERVED, 0, 0, 0);
	return QUIRE_OK;
}

/* From now on it shows what is wanted. */
static int show(struct quire_space *s, const struct whole *m, const struct quire_want *want)
{
	struct quire_walker *w = walker_of(s, m->window);
	struct quire_run run = run_wanted(s, m->window, m->start, m->pages, want);
	quire_page phys;
	int err = shown_check(s, m, want, &run);

	if (err)
		return err;
	if (!quire_walk_can_set(w, &run))
		return QUIRE_ETABLES;
	err = port_prepare(s, m->window, QUIRE_CHANGE_MAP, &run);
	if (err)
		return err;
	phys = physical_page(s, m->window, want->target, want->pa);
	write_back(s, m->window, m->head, m->start, (quire_page)(m->start + m->pages));
	quire_walk_set(w, &run, is_mapped(s, m) ? QUIRE_SET_ANEW : QUIRE_SET_FRESH);
	extents_switch(s, m, EXTENT_MAPPED, want->target, phys, want->attr);
	extent_set_tag(extent_at(s, m->head), want->tag);
	return QUIRE_OK;
}

static int switch_to(struct quire_space *s, quire_va va, const struct quire_want *want)
{
	struct whole m;
	int err = whole_find(s, va, &m);

	if (err)
		return err;
	if (extent_kind(extent_at(s, m.head)) == EXTENT_CLAIMED)
		return QUIRE_ECLAIMED;
	if (extent_refs(extent_at(s, m.head)) > 1)
		return QUIRE_EREFERENCED;
	return want ? show(s, &m, want) : hide(s, &m);
}

/* -- tag -- */

static int tag_all(struct quire_space *s, quire_va va, unsigned tag)
{
	struct whole m;
	int err = whole_find(s, va, &m);

	if (err)
		return err;
	for (quire_link node = m.head; node != m.next; node = part_next(s, &m, node))
		extent_set_tag(extent_at(s, node), tag);
	s->generation++;
	return QUIRE_OK;
}

/* -- sync -- */

static int sync_range(struct quire_space *s, quire_va va, quire_size size, unsigned how)
{
	struct place at;
	int err;

	if (size == 0)
		return QUIRE_EZERO;
	if (how == 0 || (how & ~(unsigned)QUIRE_SYNC_MASK))
		return QUIRE_EFLAG;
	if (va + (size - 1) < va)
		return QUIRE_EWRAP;
	err = place_find(s, va, &at);
	if (err || leaves_window(s, &at, size))
		return QUIRE_EFOREIGN;
	quire_walk_sync(walker_of(s, at.window), walk_address(s, at.window, at.page) + at.offset,
			size, how);
	return QUIRE_OK;
}

/* -- public -- */

int quire_space_switch(struct quire_space *space, quire_va va, const struct quire_want *want)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, switch_to(space, va, want));
}

int quire_space_tag(struct quire_space *space, quire_va va, uint16_t tag)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, tag_all(space, va, tag));
}

int quire_space_sync(struct quire_space *space, quire_va va, quire_size size, unsigned how)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, sync_range(space, va, size, how));
}
