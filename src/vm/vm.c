/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beginning and ending, and what can be asked about what is mapped.
 */
#include "vm/private.h"

/* -- beginning -- */

static int config_check(const struct quire_vm_config *c)
{
	const struct quire_space *s = c->space;
	const struct quire_frames *frames = c->frames;
	bool fits = false;

	if (c->owner > 15u || c->guarding > QUIRE_VM_GUARDS_SHARED || (c->lazy && !c->zero))
		return QUIRE_EFLAG;
	for (unsigned i = 0; i < s->window_count; i++)
		fits = fits || s->book[i].page_shift == frames->page_shift;
	if (!fits)
		return QUIRE_EALIGN;
	for (unsigned i = 0; i < frames->bank_count; i++) {
		const struct quire_frame_bank *b = &frames->bank[i].bank;
		quire_size offset;

		if (b->target >= s->memory_count)
			return QUIRE_ETARGET;
		offset = b->base - s->memory[b->target].base;
		if (offset >= s->memory[b->target].size ||
		    b->size > s->memory[b->target].size - offset)
			return QUIRE_EBEYOND;
	}
	return QUIRE_OK;
}

/* The last page of a window. */
static quire_va last_page(const struct quire_space *s, unsigned window)
{
	return visible_address(s, window, (quire_page)(s->book[window].pages - 1u), 0);
}

/* Keep the last page of each window free: the guard of what is mapped highest. */
static int windows_keep(struct quire_vm *vm)
{
	struct quire_space *s = vm->config.space;

	for (unsigned i = 0; i < s->window_count; i++) {
		int err;

		if (s->book[i].page_shift != vm->config.frames->page_shift)
			continue;
		err = quire_space_reserve_at(s, last_page(s, i), page_size(&s->book[i]), 0);
		if (err && err != QUIRE_ETAKEN)
			return err;
		if (!err)
			vm->kept |= (uint8_t)(1u << i);
	}
	return QUIRE_OK;
}

static int windows_release(struct quire_vm *vm)
{
	const struct quire_space *s = vm->config.space;

	for (unsigned i = 0; i < s->window_count; i++)
		if (vm->kept >> i & 1u) {
			int err = quire_space_release(vm->config.space, last_page(s, i));

			if (err)
				return err;
			vm->kept &= (uint8_t) ~(1u << i);
		}
	return QUIRE_OK;
}

/* The frame that lazy pages share. */
static int zero_page_take(struct quire_vm *vm)
{
	const struct quire_frame_want want = {.count = 1};
	struct quire_frames *frames = vm->config.frames;
	struct supply supply = {.pa = 0};
	int err = quire_frames_take(frames, &want, &supply.frames);

	if (err)
		return err;
	supply_zero(vm, &supply);
	frame_word_shared(frames, supply.frames.first, vm->config.owner);
	vm->zero_page = supply.frames;
	return QUIRE_OK;
}

/* The frame as a list again, and back. */
static int zero_page_give(struct quire_vm *vm)
{
	struct quire_frames *frames = vm->config.frames;
	struct quire_frame_list list = {0, 0, 0};
	int err;

	if (vm->zero_page.count == 0)
		return QUIRE_OK;
	err = frames_enter(frames, true);
	if (err)
		return err;
	frame_list_append(frames, &list, vm->zero_page.first);
	vm->zero_page.count = 0;
	frame_list_give(frames, &list);
	return frames_leave(frames, QUIRE_OK);
}

int quire_vm_init(struct quire_vm *vm, const struct quire_vm_config *config)
{
	int err;

	if (!vm || !config || !config->space || !config->frames)
		return QUIRE_ENULL;
	err = config_check(config);
	if (err)
		return err;
	*vm = (struct quire_vm){.config = *config};
	if (config->guarding == QUIRE_VM_GUARDS_SHARED)
		err = windows_keep(vm);
	if (!err && config->lazy)
		err = zero_page_take(vm);
	if (err) {
		(void)windows_release(vm);
		vm->config.space = NULL;
	}
	return err;
}

int quire_vm_close(struct quire_vm *vm)
{
	int err = vm_enter(vm, true);

	if (err)
		return err;
	err = vm_leave(vm, vm->mappings != 0 ? QUIRE_EREFERENCED : QUIRE_OK);
	if (!err)
		err = windows_release(vm);
	if (!err)
		err = zero_page_give(vm);
	if (!err)
		vm->config.space = NULL;
	return err;
}

/* -- asking -- */

static int info(struct quire_vm *vm, quire_va va, struct quire_vm_info *out)
{
	struct quire_space *s = vm->config.space;
	const struct quire_extent *here;
	struct pages pages;
	struct whole m;
	struct place at;
	unsigned claim;
	int err = claim_find_whole(s, va, &m, &at);

	if (err)
		return err;
	claim = claim_flags(s, &m);
	pages = whole_pages(s, &m);
	here = extent_at(s, book_covering(s, m.book, at.page));
	*out = (struct quire_vm_info){
		.va = visible_address(s, m.window, pages.first, 0),
		.size = pages_bytes(s, m.window, (quire_page)(pages.end - pages.first)),
		.attr = (uint8_t)extent_attr(here),
		.anonymous = claim & CLAIM_ANONYMOUS,
		.tag = (uint16_t)extent_tag(here),
	};
	out->flags =
		(uint8_t)((claim & CLAIM_GUARD_BELOW ? QUIRE_VM_GUARD_BELOW : 0) |
			  (claim & (CLAIM_GUARD_ABOVE | CLAIM_KEEPS_ABOVE) ? QUIRE_VM_GUARD_ABOVE
									   : 0) |
			  (claim & CLAIM_LAZY ? QUIRE_VM_LAZY : 0) |
			  (claim & CLAIM_PINNED ? QUIRE_VM_PIN : 0));
	return QUIRE_OK;
}

int quire_vm_info(struct quire_vm *vm, quire_va va, struct quire_vm_info *out)
{
	int err = vm_enter(vm, out != NULL);

	return err ? err : vm_leave(vm, info(vm, va, out));
}

int quire_vm_stats(struct quire_vm *vm, struct quire_vm_stats *out)
{
	int err = vm_enter(vm, out != NULL);
	unsigned shift;

	if (err)
		return err;
	shift = vm->config.frames->page_shift;
	*out = (struct quire_vm_stats){
		.mappings = vm->mappings,
		.anonymous = (quire_size)vm->anonymous << shift,
		.lazy = (quire_size)vm->lazy << shift,
		.physical = (quire_size)vm->physical << shift,
		.guards = (quire_size)vm->guards << shift,
		.faults = vm->faults,
	};
	return vm_leave(vm, QUIRE_OK);
}
