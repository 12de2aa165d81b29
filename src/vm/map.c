/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map, map_at, and the same for memory of others.
 *
 * Frames are taken, and zeroed, before the space is locked; then come place, descriptor, tables and
 * port, and only then is anything written.  What was taken in vain goes back.
 *
 * Where nobody can zero RAM but through addresses, the mapping comes into being as the kernel's own, to be
 * read and written, with two holders, so that no other verb takes it; it is zeroed with nothing locked,
 * and gets the access that was asked for, and its one holder, at the end.  Both are asked of the port
 * beforehand.
 */
#include "vm/private.h"

/* What the book is told of a claim. */
static void claim_new(struct quire_vm *vm, const struct order *o, const struct spot *spot)
{
	struct quire_space *s = vm->config.space;
	struct quire_book *b = &s->book[spot->window];
	unsigned target = 0;
	struct quire_want want = {.attr = (uint8_t)o->first_attr, .tag = o->want->tag};
	quire_link node;

	while (!(o->targets >> target & 1u))
		target++;
	want.target = (uint8_t)target;
	node = extent_new(s, b, spot->next, spot->start, spot->pages, EXTENT_CLAIMED, &want,
			  (quire_page)o->claim);
	if (o->first_attr != o->attr)
		extent_set_refs(extent_at(s, node), 2);
}

static void count_in(struct quire_vm *vm, const struct order *o)
{
	vm->mappings++;
	vm->guards += (uint32_t)claim_below(o->claim) + claim_above(o->claim);
	pages_count_in(vm, o->claim, o->pages);
}

/* Secure a place, a descriptor and tables, ask the port; then do it.  The space is locked. */
static int order_place(struct quire_vm *vm, const struct order *o, bool anywhere, struct spot *spot)
{
	struct quire_space *s = vm->config.space;
	struct feed feed;
	int err = order_spot(vm, o, anywhere, spot);

	if (err)
		return err;
	if (s->free_count == 0)
		return QUIRE_EPOOL;
	feed = feed_at(vm, &o->supply, spot->window,
		       (quire_page)(spot->start + claim_below(o->claim)), o->pages, o->first_attr);
	err = feed_put(vm, o, spot->window, &feed);
	if (err)
		return err;
	claim_new(vm, o, spot);
	count_in(vm, o);
	return QUIRE_OK;
}

/* Zero a mapping through its addresses, and let it allow what it is to allow. */
static int order_finish(struct quire_vm *vm, const struct order *o, const struct spot *spot)
{
	struct quire_space *s = vm->config.space;
	quire_page first = (quire_page)(spot->start + claim_below(o->claim));
	struct quire_extent *e;
	int err;

	pages_zero(s, spot->window, first, o->pages);
	if (o->first_attr == o->attr)
		return QUIRE_OK;
	err = space_enter(s, true);
	if (err) /* once more, since now there is something to finish */
		err = space_enter(s, true);
	if (err)
		return err;
	e = extent_at(s, tree_covering(s, &s->book[spot->window], first));
	quire_walk_allow(walker_of(s, spot->window), walk_address(s, spot->window, first),
			 pages_bytes(s, spot->window, o->pages), o->attr);
	byte_set(e, BYTE_ATTR, o->attr);
	extent_set_refs(e, 1);
	s->generation++;
	return space_leave(s, QUIRE_OK);
}

/* Put what has been ordered somewhere; `*va` gets where. */
static int order_map(struct quire_vm *vm, struct order *o, bool anywhere, quire_va *va)
{
	bool own = o->claim & CLAIM_ANONYMOUS;
	struct spot spot;
	int err = own ? supply_take(vm, o, o->pages, &o->supply) : QUIRE_OK;

	if (err)
		return err;
	err = space_enter(vm->config.space, true);
	if (!err)
		err = vm_leave(vm, order_place(vm, o, anywhere, &spot));
	if (err) {
		supply_give(vm, &o->supply, o->pages);
		return err;
	}
	if (own && !vm->config.zero && !(o->want->flags & QUIRE_VM_UNINIT))
		err = order_finish(vm, o, &spot);
	*va = visible_address(vm->config.space, spot.window,
			      (quire_page)(spot.start + claim_below(o->claim)), o->attr);
	return err;
}

static bool is_open(const struct quire_vm *vm, bool arguments)
{
	return vm && vm->config.space && arguments;
}

/* -- public -- */

int quire_vm_map(struct quire_vm *vm, const struct quire_vm_want *want, quire_va *va)
{
	struct order o;
	int err = is_open(vm, want && va) ? order_anonymous(vm, want, NULL, &o) : QUIRE_ENULL;

	return err ? err : order_map(vm, &o, true, va);
}

int quire_vm_map_at(struct quire_vm *vm, quire_va va, const struct quire_vm_want *want)
{
	struct order o;
	int err = is_open(vm, want != NULL) ? order_anonymous(vm, want, &va, &o) : QUIRE_ENULL;

	return err ? err : order_map(vm, &o, false, &va);
}

int quire_vm_map_physical(struct quire_vm *vm, unsigned target, quire_pa pa,
			  const struct quire_vm_want *want, quire_va *va)
{
	struct order o;
	int err = is_open(vm, want && va) ? order_physical(vm, want, target, pa, NULL, &o)
					  : QUIRE_ENULL;

	return err ? err : order_map(vm, &o, true, va);
}

int quire_vm_map_physical_at(struct quire_vm *vm, quire_va va, unsigned target, quire_pa pa,
			     const struct quire_vm_want *want)
{
	struct order o;
	int err = is_open(vm, want != NULL) ? order_physical(vm, want, target, pa, &va, &o)
					    : QUIRE_ENULL;

	return err ? err : order_map(vm, &o, false, &va);
}
