/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a mapping goes: its pages, its own guards, and the guards that neighbours share.
 *
 * Guards of its own are part of what is looked for.  With shared guards the page behind a mapping is its
 * guard too, whoever has it, and it must not show anything: neither when the mapping is made nor later.
 * So two things are looked at on a spot: what is right behind it, if the mapping wants a guard there,
 * and what ends right before it, if it has none of its own to offer.  If they do not fit, a
 * spot with one page more on that side does.  (It passes by gaps that are exactly long enough.)
 */
#include "vm/private.h"

/* Sides of a spot. */
enum side { BELOW = 1, ABOVE = 2 };

bool is_shown(struct quire_space *s, unsigned window, quire_page page)
{
	struct quire_book *b = &s->book[window];
	quire_link node = page < b->pages ? tree_covering(s, b, page) : NONE;
	const struct quire_extent *e = extent_at(s, node);

	if (node == NONE || extent_kind(e) == EXTENT_RESERVED)
		return false;
	return extent_kind(e) == EXTENT_MAPPED || !claim_guards(e, page);
}

/* Whether what ends before a page shares its guard. */
static bool is_kept(struct quire_space *s, unsigned window, quire_page page)
{
	struct quire_book *b = &s->book[window];
	quire_link node = page != 0 ? tree_covering(s, b, (quire_page)(page - 1u)) : NONE;
	const struct quire_extent *e = extent_at(s, node);

	return node != NONE && extent_kind(e) == EXTENT_CLAIMED &&
	       (extent_claim(e) & CLAIM_KEEPS_ABOVE);
}

/* On which sides a spot lacks a guard, or would take one away (enum side). */
static unsigned sides_wrong(struct quire_vm *vm, const struct order *o, const struct spot *spot)
{
	struct quire_space *s = vm->config.space;
	unsigned wrong = 0;

	if (!vm_shares_guards(vm))
		return 0;
	if (!(o->claim & CLAIM_GUARD_BELOW) && is_kept(s, spot->window, spot->start))
		wrong |= BELOW;
	if ((o->claim & CLAIM_KEEPS_ABOVE) &&
	    is_shown(s, spot->window, (quire_page)(spot->start + spot->pages)))
		wrong |= ABOVE;
	return wrong;
}

/* A spot in a window with a page to spare on some sides. */
static bool spot_wide(struct quire_vm *vm, const struct order *o, unsigned window, unsigned spare,
		      struct spot *out)
{
	struct quire_space *s = vm->config.space;
	quire_page before = spare & BELOW ? 1 : 0, behind = spare & ABOVE ? 1 : 0;
	quire_page own = (quire_page)(o->pages + claim_below(o->claim) + claim_above(o->claim));
	quire_page all = (quire_page)(own + before + behind);
	quire_size align = o->align ? o->align : 1;
	quire_page lead = (quire_page)(claim_below(o->claim) + before + (align - o->phase));
	quire_page start;

	if (all < own || all > s->book[window].pages)
		return false;
	out->next = place_fit(s, window, all, lead, align, &start);
	out->window = window;
	out->start = (quire_page)(start + before);
	out->pages = own;
	return out->next != NONE;
}

static bool spot_in(struct quire_vm *vm, const struct order *o, unsigned window, struct spot *out)
{
	unsigned spare = 0, wrong = 0;

	do {
		spare |= wrong;
		if (!spot_wide(vm, o, window, spare, out))
			return false;
		wrong = sides_wrong(vm, o, out);
	} while ((wrong & ~spare) != 0);
	return wrong == 0;
}

static int spot_chosen(struct quire_vm *vm, const struct order *o, struct spot *out)
{
	struct place at = o->at;
	quire_page pages = (quire_page)(o->pages + claim_below(o->claim) + claim_above(o->claim));
	int err;

	at.page = (quire_page)(at.page - claim_below(o->claim));
	err = spot_at(vm->config.space, &at, pages, out);
	if (err)
		return err;
	return sides_wrong(vm, o, out) ? QUIRE_ETAKEN : QUIRE_OK;
}

int order_spot(struct quire_vm *vm, const struct order *o, bool anywhere, struct spot *out)
{
	if (!anywhere)
		return spot_chosen(vm, o, out);
	for (unsigned i = o->first; i < vm->config.space->window_count; i++)
		if ((i == o->first || !order_window_check(vm, o, i)) && spot_in(vm, o, i, out))
			return QUIRE_OK;
	return QUIRE_ESPACE;
}
