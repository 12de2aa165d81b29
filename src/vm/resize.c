/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resize: longer or shorter where it stands.
 *
 * To grow, frames are needed, and how many only the book knows; so it is asked, the frames are taken
 * and zeroed with nothing locked, and it is asked again.  If somebody else was quicker, all begins anew.
 * Where frames can be zeroed through addresses only, that is done under the lock: the pages behind a mapping are
 * no mapping of their own that could be kept from others meanwhile.
 */
#include "vm/private.h"

/* A mapping, and how long it is to be. */
struct resizing {
	struct whole m;
	struct pages now;
	unsigned claim;
	quire_page pages;
	struct quire_frame_list less; /* frames that it has no more */
};

/* -- growing -- */

static bool has_room(struct quire_space *s, const struct resizing *r, quire_page more)
{
	const struct quire_extent *next = extent_at(s, r->m.next);
	quire_page end = (quire_page)(extent_end(extent_at(s, r->m.last)) + more);

	if (more > next->gap)
		return false;
	return !(r->claim & CLAIM_KEEPS_ABOVE) || !is_shown(s, r->m.window, end);
}

/* What the new pages allow, at first and later. */
static void attr_of_more(struct quire_vm *vm, const struct resizing *r, struct order *o)
{
	o->attr = extent_attr(extent_at(vm->config.space, r->m.last));
	o->first_attr = o->attr;
	if (!vm->config.zero)
		o->first_attr = attr_for_zeroing(o->attr);
}

/* Secure tables, ask the port, write the entries and the book. */
static int grow(struct quire_vm *vm, const struct resizing *r, struct order *o, quire_page more)
{
	struct quire_space *s = vm->config.space;
	struct quire_walker *w = walker_of(s, r->m.window);
	const struct quire_extent *last = extent_at(s, r->m.last);
	struct feed feed;
	int err;

	attr_of_more(vm, r, o);
	if (o->first_attr != o->attr &&
	    (targets_can(s, o->targets, o->first_attr) ||
	     window_check(vm, r->m.window, o->targets, o->first_attr, 0)))
		return QUIRE_ECAPS;
	feed = feed_at(vm, &o->supply, r->m.window, r->now.end, more, o->first_attr);
	err = feed_put(vm, o, r->m.window, &feed);
	if (err)
		return err;
	if (!vm->config.zero)
		pages_zero(s, r->m.window, r->now.end, more);
	if (o->first_attr != o->attr)
		quire_walk_allow(w, feed.walk, feed.size, o->attr);
	book_reshape(s, r->m.book, r->m.last, last->start, (quire_page)(last->pages + more));
	pages_count_in(vm, r->claim, more);
	s->generation++;
	return QUIRE_OK;
}

/* -- shrinking -- */

static void book_shrink(struct quire_space *s, const struct resizing *r, quire_page end)
{
	quire_link node = tree_covering(s, r->m.book, (quire_page)(end - 1u));
	struct quire_extent *e = extent_at(s, node);

	if (node != r->m.last)
		parts_drop(s, &r->m, book_next(s, r->m.book, node));
	e->phys |= r->claim & CLAIM_GUARD_ABOVE;
	book_reshape(s, r->m.book, node, e->start,
		     (quire_page)(end + claim_above(r->claim) - e->start));
	s->generation++;
}

static int shrink(struct quire_vm *vm, struct resizing *r)
{
	struct quire_space *s = vm->config.space;
	const struct pages p = {r->m.window, (quire_page)(r->now.first + r->pages), r->now.end};
	int err;

	if (!quire_walk_can_clear(walker_of(s, p.window), walk_address(s, p.window, p.first),
				  pages_bytes(s, p.window, (quire_page)(p.end - p.first))))
		return QUIRE_ETABLES;
	err = pages_take(vm, &p, tree_covering(s, r->m.book, p.first), r->claim, &r->less);
	if (err)
		return err;
	book_shrink(s, r, p.first);
	return QUIRE_OK;
}

/* -- both -- */

/* Find the mapping, and make it shorter, if it is to be; `*more` is by how much it is to be longer. */
static int look(struct quire_vm *vm, quire_va va, struct resizing *r, quire_page *more)
{
	struct quire_space *s = vm->config.space;
	quire_page have;
	int err = claim_find(vm, va, 0, &r->m, &r->now);

	if (err)
		return err;
	r->claim = claim_flags(s, &r->m);
	have = (quire_page)(r->now.end - r->now.first);
	*more = 0;
	if (!(r->claim & CLAIM_ANONYMOUS))
		return QUIRE_ECLAIMED;
	if (r->pages < have)
		return shrink(vm, r);
	*more = (quire_page)(r->pages - have);
	return has_room(s, r, *more) ? QUIRE_OK : QUIRE_ETAKEN;
}

/* Grow it by the pages that have been supplied; `*again`, if that is not what it needs any more. */
static int look_and_grow(struct quire_vm *vm, quire_va va, struct resizing *r, struct order *o,
			 quire_page supplied, bool *again)
{
	quire_page more;
	unsigned claim = r->claim;
	int err = look(vm, va, r, &more);

	if (err)
		return err;
	*again = more != 0 && (more != supplied || r->claim != claim);
	if (more == 0 || *again)
		supplied = 0;
	else
		err = grow(vm, r, o, more);
	if (!err && supplied != 0)
		o->supply = (struct supply){.pa = 0}; /* used */
	return err;
}

/* One attempt; `*again`, if somebody else has resized it meanwhile. */
static int resize_once(struct quire_vm *vm, quire_va va, struct resizing *r, bool *again)
{
	struct quire_vm_want want = {.size = 0};
	struct order o = {.want = &want};
	quire_page more = 0;
	int err = space_enter(vm->config.space, true);

	*again = false;
	if (!err)
		err = vm_leave(vm, look(vm, va, r, &more));
	if (err || more == 0)
		return err;
	o.claim = r->claim;
	want.needs = (uint8_t)((r->claim & CLAIM_NEEDS) >> CLAIM_NEEDS_SHIFT);
	o.targets = targets_of(vm, want.needs);
	err = supply_take(vm, &o, more, &o.supply);
	if (err)
		return err;
	err = space_enter(vm->config.space, true);
	if (!err)
		err = vm_leave(vm, look_and_grow(vm, va, r, &o, more, again));
	supply_give(vm, &o.supply, more);
	return err;
}

int quire_vm_resize(struct quire_vm *vm, quire_va va, quire_size size)
{
	struct resizing r = {.less = {0, 0, 0}};
	bool again;
	int err = vm && vm->config.space ? QUIRE_OK : QUIRE_ENULL;

	if (!err)
		err = range_check(vm, va, size, &r.pages);
	if (err)
		return err;
	do
		err = resize_once(vm, va, &r, &again);
	while (again);
	frames_return(vm, &r.less);
	return err;
}
