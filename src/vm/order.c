/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked for: a request, checked and turned into pages.
 *
 * All that is looked at here stays as it is while the space lives (windows, memories, banks), so no
 * lock is held.  A mapping of frames must be able to show every bank that they may come from, whichever
 * they come from in the end: what is asked is then the same on an empty pool and on a full one.
 */
#include "vm/private.h"

/* -- windows and memories -- */

unsigned targets_of(const struct quire_vm *vm, unsigned needs)
{
	const struct quire_frames *frames = vm->config.frames;
	unsigned targets = 0;

	for (unsigned i = 0; i < frames->bank_count; i++)
		if ((frames->bank[i].bank.traits & needs) == needs)
			targets |= QUIRE_TARGET_BIT(frames->bank[i].bank.target);
	return targets;
}

int targets_can(const struct quire_space *s, unsigned targets, unsigned attr)
{
	for (unsigned t = 0; t < s->memory_count; t++)
		if ((targets & QUIRE_TARGET_BIT(t)) && !memory_can(s, t, attr))
			return QUIRE_ECAPS;
	return QUIRE_OK;
}

int window_check(const struct quire_vm *vm, unsigned window, unsigned targets, unsigned attr,
		 unsigned caps)
{
	const struct quire_space *s = vm->config.space;
	int result = QUIRE_OK;

	if (s->book[window].page_shift != vm->config.frames->page_shift)
		return QUIRE_ECAPS;
	for (unsigned t = 0; t < s->memory_count; t++)
		if ((targets & QUIRE_TARGET_BIT(t)) && !window_can(s, window, t, attr, caps)) {
			result = window_refusal(s, window, t, attr, caps);
			if (result == QUIRE_ECAPS)
				return result;
		}
	return result;
}

int order_window_check(const struct quire_vm *vm, const struct order *o, unsigned window)
{
	int err = window_check(vm, window, o->targets, o->attr, o->want->caps);

	if (err || o->first_attr == o->attr)
		return err;
	return window_check(vm, window, o->targets, o->first_attr, 0);
}

/* Whether any window can, or the one chosen.  QUIRE_ECAPS, or QUIRE_EMODE if that is all that one lacks. */
static int windows_check(const struct quire_vm *vm, struct order *o, bool anywhere)
{
	int result = QUIRE_ECAPS;

	if (!anywhere)
		return order_window_check(vm, o, o->at.window);
	for (unsigned i = 0; i < vm->config.space->window_count; i++) {
		int err = order_window_check(vm, o, i);

		o->first = i;
		if (!err)
			return QUIRE_OK;
		if (result == QUIRE_ECAPS)
			result = err;
	}
	return result;
}

/* -- size, flags -- */

int size_check(const struct quire_vm *vm, quire_size size, quire_page *out)
{
	quire_size page = vm_page(vm), pages;

	if (size == 0)
		return QUIRE_EZERO;
	if (size + (page - 1) < size)
		return QUIRE_EROUND;
	pages = (size + (page - 1)) >> vm->config.frames->page_shift;
	if (pages > QUIRE_PAGES_MAX - 2u)
		return QUIRE_EROUND;
	*out = (quire_page)pages;
	return QUIRE_OK;
}

static int align_check(const struct quire_vm *vm, const struct quire_vm_want *want, quire_pa pa,
		       const quire_va *va)
{
	quire_size align = want->align > vm_page(vm) ? want->align : vm_page(vm);

	if (!is_power_of_two(want->align) || (pa & (vm_page(vm) - 1)) != 0 ||
	    (va && (*va & (align - 1)) != 0))
		return QUIRE_EALIGN;
	if (pa + (want->size - 1) < pa || (va && *va + (want->size - 1) < *va))
		return QUIRE_EWRAP;
	return QUIRE_OK;
}

/* Whether flags that mean something together do. */
static bool anonymous_flags_fit(const struct quire_vm *vm, const struct quire_vm_want *want)
{
	const unsigned not_lazy = QUIRE_VM_UNINIT | QUIRE_VM_PIN | QUIRE_VM_RUN | QUIRE_VM_LARGE;

	if ((want->needs & ~(unsigned)QUIRE_FRAME_TRAITS) != 0 ||
	    (want->attr & QUIRE_CACHE_MASK) == QUIRE_DEVICE_IO ||
	    (want->attr & QUIRE_ACCESS_MASK) == 0)
		return false;
	if ((want->flags & QUIRE_VM_UNINIT) && (want->attr & QUIRE_USER))
		return false;
	return !(want->flags & QUIRE_VM_LAZY) ||
	       (vm->zero_page.count != 0 && !(want->flags & not_lazy) && want->needs == 0);
}

static int kind_check(const struct quire_vm_want *want, bool flags_fit)
{
	unsigned attr = want->attr & ~(unsigned)QUIRE_EXEC; /* that comes after all flags */
	int err = attr_check(attr, want->caps, 0);

	if (err || !flags_fit)
		return QUIRE_EFLAG;
	return attr_check(want->attr, want->caps, want->flags & QUIRE_VM_WX ? QUIRE_WX : 0);
}

/* What the book will say of it. */
static unsigned claim_of(const struct quire_vm *vm, const struct quire_vm_want *want,
			 bool anonymous)
{
	unsigned claim = 0;

	if (want->flags & QUIRE_VM_GUARD_BELOW)
		claim |= CLAIM_GUARD_BELOW;
	if (want->flags & QUIRE_VM_GUARD_ABOVE)
		claim |= vm_shares_guards(vm) ? CLAIM_KEEPS_ABOVE : CLAIM_GUARD_ABOVE;
	if (!anonymous)
		return claim;
	claim |= CLAIM_ANONYMOUS | (unsigned)want->needs << CLAIM_NEEDS_SHIFT;
	if (want->flags & QUIRE_VM_LAZY)
		claim |= CLAIM_LAZY;
	if (want->flags & QUIRE_VM_PIN)
		claim |= CLAIM_PINNED;
	return claim;
}

/* -- large pages -- */

/* The largest page of a window that [pa, pa + size) has room for, where that stands at such addresses. */
static quire_size largest_leaf(const struct quire_space *s, unsigned window, quire_pa pa,
			       quire_size size)
{
	const struct quire_mmu *mmu = walker_of(s, window)->mmu;
	quire_size largest = quire_mmu_page_size(mmu);

	for (unsigned i = 0; i < mmu->levels; i++) {
		const struct quire_level *l = &mmu->level[i];

		for (unsigned c = 0; l->leaf && c <= l->cluster; c += l->cluster ? l->cluster : 1) {
			quire_size leaf = (quire_size)1 << (l->shift + c);
			quire_size before = (0 - pa) & (leaf - 1);

			if (leaf > largest && before < size && size - before >= leaf)
				largest = leaf;
		}
	}
	return largest;
}

/* Align for that.  Memory that stands anywhere is shown by large pages if the addresses are as far from
   a multiple of them as it is. */
static void order_enlarge(const struct quire_vm *vm, struct order *o, unsigned window)
{
	const struct quire_space *s = vm->config.space;
	quire_size align = o->want->align, page = vm_page(vm);
	quire_size leaf = largest_leaf(s, window, o->supply.pa, o->pages * page);

	o->frame_align = leaf;
	if (leaf <= align || (align > page && (o->supply.pa & (align - 1)) != 0))
		return;
	o->align = leaf / page;
	o->phase = (o->supply.pa & (leaf - 1)) / page;
}

/* -- the whole -- */

/* Where it goes, if that is chosen: the pages and the guards are in one window.  QUIRE_EFOREIGN. */
static int place_check(const struct quire_vm *vm, struct order *o, const quire_va *va)
{
	const struct quire_space *s = vm->config.space;
	quire_size behind = (quire_size)o->pages + claim_above(o->claim);
	int err = va ? place_find(s, *va, &o->at) : QUIRE_OK;

	if (err || !va)
		return err;
	if (o->at.page < claim_below(o->claim) ||
	    behind > (quire_size)s->book[o->at.window].pages - o->at.page)
		return QUIRE_EFOREIGN;
	return QUIRE_OK;
}

/* What can be said once it is known what is to be shown. */
static int order_check(const struct quire_vm *vm, struct order *o, const quire_va *va)
{
	const struct quire_space *s = vm->config.space;
	int err = targets_can(s, o->targets, o->attr | o->first_attr);

	if (!err)
		err = place_check(vm, o, va);
	if (!err)
		err = windows_check(vm, o, !va);
	if (err)
		return err;
	o->align = o->want->align >> vm->config.frames->page_shift;
	o->phase = 0;
	o->frame_align = 0;
	if (o->want->flags & QUIRE_VM_LARGE)
		order_enlarge(vm, o, va ? o->at.window : o->first);
	return QUIRE_OK;
}

int order_anonymous(struct quire_vm *vm, const struct quire_vm_want *want, const quire_va *va,
		    struct order *out)
{
	bool through = !vm->config.zero && !(want->flags & QUIRE_VM_UNINIT);
	int err = size_check(vm, want->size, &out->pages);

	if (!err)
		err = align_check(vm, want, 0, va);
	if (!err)
		err = kind_check(want, anonymous_flags_fit(vm, want));
	if (err)
		return err;
	out->want = want;
	out->claim = claim_of(vm, want, true);
	out->targets = targets_of(vm, want->needs);
	out->attr = out->first_attr = want->attr;
	if (through)
		out->first_attr = attr_for_zeroing(want->attr);
	out->supply = (struct supply){.pa = 0};
	return order_check(vm, out, va);
}

/* Whether a memory has these bytes.  QUIRE_ETARGET, QUIRE_EBEYOND. */
static int physical_check(const struct quire_vm *vm, unsigned target, quire_pa pa, quire_page pages)
{
	const struct quire_space *s = vm->config.space;
	quire_size offset, room;

	if (target >= s->memory_count || s->memory[target].size == 0)
		return QUIRE_ETARGET;
	offset = pa - s->memory[target].base;
	room = s->memory[target].size;
	return offset < room && pages <= (room - offset) / vm_page(vm) ? QUIRE_OK : QUIRE_EBEYOND;
}

int order_physical(struct quire_vm *vm, const struct quire_vm_want *want, unsigned target,
		   quire_pa pa, const quire_va *va, struct order *out)
{
	bool fits = !(want->flags & (QUIRE_VM_LAZY | QUIRE_VM_RUN)) && want->needs == 0;
	int err = size_check(vm, want->size, &out->pages);

	if (!err)
		err = align_check(vm, want, pa, va);
	if (!err)
		err = physical_check(vm, target, pa, out->pages);
	if (!err)
		err = kind_check(want, fits);
	if (err)
		return err;
	out->want = want;
	out->claim = claim_of(vm, want, false);
	out->targets = QUIRE_TARGET_BIT(target);
	out->attr = out->first_attr = want->attr;
	out->supply = (struct supply){.pa = pa, .target = (uint8_t)target};
	return order_check(vm, out, va);
}
