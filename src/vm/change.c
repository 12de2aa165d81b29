/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unmap, protect, resize: what happens to a mapping that is there.
 *
 * All of them go by the tables, for the book does not know which frames there are.  Nothing is ever taken
 * down to be put up again: a page that stays keeps its entry, its frame and what is in it.
 */
#include "vm/private.h"

int claim_find(struct quire_vm *vm, quire_va va, quire_page pages, struct whole *m, struct pages *p)
{
	struct quire_space *s = vm->config.space;
	struct place at;
	int err = claim_find_whole(s, va, m, &at);

	if (err)
		return err;
	*p = whole_pages(s, m);
	if (at.page < p->first || at.page >= p->end || pages > (quire_page)(p->end - at.page))
		return QUIRE_EUNMAPPED;
	if (at.page != p->first || at.offset != 0 ||
	    (pages != 0 && pages != (quire_page)(p->end - p->first)))
		return QUIRE_EINTERIOR;
	return extent_refs(extent_at(s, m->head)) > 1 ? QUIRE_EREFERENCED : QUIRE_OK;
}

int range_check(const struct quire_vm *vm, quire_va va, quire_size size, quire_page *pages)
{
	int err = size_check(vm, size, pages);

	if (!err && (va & (vm_page(vm) - 1)) != 0)
		err = QUIRE_EALIGN;
	if (!err && va + (size - 1) < va)
		err = QUIRE_EWRAP;
	return err;
}

int pages_take(struct quire_vm *vm, const struct pages *p, quire_link node, unsigned claim,
	       struct quire_frame_list *list)
{
	struct quire_space *s = vm->config.space;
	int err = shown_ask(s, p, QUIRE_CHANGE_UNMAP, 0);

	if (!err)
		err = frames_collect(vm, p, claim, list);
	if (err)
		return err;
	write_back(s, p->window, node, p->first, p->end);
	quire_walk_clear(walker_of(s, p->window), walk_address(s, p->window, p->first),
			 pages_bytes(s, p->window, (quire_page)(p->end - p->first)));
	return QUIRE_OK;
}

/* -- unmap -- */

/* `list` gets the frames to be given back. */
static int unmap(struct quire_vm *vm, quire_va va, quire_size size, struct quire_frame_list *list)
{
	struct quire_space *s = vm->config.space;
	struct whole m;
	struct pages p;
	quire_page pages;
	unsigned claim;
	int err = range_check(vm, va, size, &pages);

	if (!err)
		err = claim_find(vm, va, pages, &m, &p);
	if (err)
		return err;
	claim = claim_flags(s, &m);
	err = pages_take(vm, &p, m.head, claim, list);
	if (err)
		return err;
	parts_drop(s, &m, m.head);
	s->generation++;
	vm->mappings--;
	vm->guards -= (uint32_t)claim_below(claim) + claim_above(claim);
	return QUIRE_OK;
}

int quire_vm_unmap(struct quire_vm *vm, quire_va va, quire_size size)
{
	struct quire_frame_list list = {0, 0, 0};
	int err = vm_enter(vm, true);

	if (err)
		return err;
	err = vm_leave(vm, unmap(vm, va, size, &list));
	frames_return(vm, &list);
	return err;
}

/* -- protect -- */

/* Whether a claim's window, and all memory that it may show, can do what is asked of it now. */
static int attr_fits(struct quire_vm *vm, const struct range *r, unsigned attr, unsigned flags)
{
	struct quire_space *s = vm->config.space;
	const struct quire_extent *e = extent_at(s, r->node);
	unsigned claim = extent_claim(e), targets = QUIRE_TARGET_BIT(extent_target(e));
	int err = flags & ~(unsigned)QUIRE_VM_WX ? QUIRE_EFLAG
						 : attr_check(attr, 0, flags ? QUIRE_WX : 0);

	if (claim & CLAIM_ANONYMOUS)
		targets = targets_of(vm, (claim & CLAIM_NEEDS) >> CLAIM_NEEDS_SHIFT);
	if (!err)
		err = targets_can(s, targets, attr);
	return err ? err : window_check(vm, r->window, targets, attr, 0);
}

bool shows_zeros(struct quire_vm *vm, unsigned window, quire_page page)
{
	struct quire_decoded leaf;

	leaf_at(vm->config.space, window, page, &leaf);
	return leaf.kind == QUIRE_ENTRY_LEAF && vm_is_zero_page(vm, leaf.pa);
}

/* Let pages allow that.  The page of zeros is never written to, whatever its claim allows. */
static void pages_allow(struct quire_vm *vm, const struct pages *p, unsigned claim, unsigned attr)
{
	struct quire_space *s = vm->config.space;
	quire_page from = p->first, to = p->end;
	bool mixed = (claim & CLAIM_LAZY) && (attr & QUIRE_WRITE);

	for (; from < p->end; from = to) {
		bool zeros = mixed && shows_zeros(vm, p->window, from);

		if (mixed)
			for (to = (quire_page)(from + 1u); to < p->end; to++)
				if (shows_zeros(vm, p->window, to) != zeros)
					break;
		quire_walk_allow(walker_of(s, p->window), walk_address(s, p->window, from),
				 pages_bytes(s, p->window, (quire_page)(to - from)),
				 attr & ~(zeros ? (unsigned)QUIRE_WRITE : 0u));
	}
}

static int protect(struct quire_vm *vm, quire_va va, quire_size size, unsigned attr, unsigned flags)
{
	struct quire_space *s = vm->config.space;
	struct pages p;
	struct range r;
	int err = claim_range_find(s, va, size, &r);

	if (!err && extent_refs(extent_at(s, r.node)) > 1)
		err = QUIRE_EREFERENCED;
	if (!err)
		err = attr_fits(vm, &r, attr, flags);
	if (err || range_has(s, &r, attr))
		return err;
	range_trim(s, &r, attr);
	p = (struct pages){r.window, r.start, r.end};
	claim_range_widen(s, &r);
	if (range_cuts(s, &r, attr) > s->free_count)
		return QUIRE_EPOOL;
	if (!quire_walk_can_clear(walker_of(s, p.window), walk_address(s, p.window, p.first),
				  pages_bytes(s, p.window, (quire_page)(p.end - p.first))))
		return QUIRE_ETABLES;
	err = shown_ask(s, &p, QUIRE_CHANGE_PROTECT, attr);
	if (err)
		return err;
	if (!may_dirty(attr)) /* nobody would look for what is dirty here when the entries go */
		write_back(s, p.window, r.node, p.first, p.end);
	pages_allow(vm, &p, extent_claim(extent_at(s, r.node)), attr);
	range_set_attr(s, &r, attr);
	return QUIRE_OK;
}

int quire_vm_protect(struct quire_vm *vm, quire_va va, quire_size size, unsigned attr,
		     unsigned flags)
{
	struct quire_space *space;
	struct place at;
	quire_link node;
	int err = vm_enter(vm, true);

	if (err)
		return err;
	space = vm->config.space;
	node = place_find(space, va, &at) ? NONE
					  : tree_covering(space, &space->book[at.window], at.page);
	if (extent_kind(extent_at(space, node)) == EXTENT_CLAIMED)
		return vm_leave(vm, protect(vm, va, size, attr, flags));
	(void)vm_leave(vm, QUIRE_OK);
	if (flags & ~(unsigned)QUIRE_VM_WX)
		flags = ~0u; /* a flag that there is not, and that it calls so in its turn */
	else if (flags != 0)
		flags = QUIRE_WX;
	return quire_space_protect(space, va, size, attr, flags);
}
