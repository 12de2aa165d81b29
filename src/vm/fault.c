/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first write to a lazy page.
 *
 * A frame is taken of those promised, zeroed with nothing locked, and put there, if the page of zeros still
 * is.  Somebody else may have been quicker: then the frame was not needed, and becomes a promise again.  Between
 * the two looks it is *flying*: neither promised nor in the tables, and still one of those that lazy
 * pages can count on,
 *
 *	promised + flying >= lazy
 *
 * and equal, but for faults whose page has gone or got a frame meanwhile.  Those see at their
 * landing that there is one too many, and give it back for good.
 *
 * If all promised frames are in the air (each in the hands of a fault, some of the same page), one that is not
 * promised does as well; and if there is none, the access is tried again until one has landed.
 */
#include "fault/private.h"
#include "vm/private.h"

/* A write that needs a frame. */
struct landing {
	struct place at;
	struct supply supply;
	bool promised; /* the frame was */
};

/* Whether a write is right, and met the page of zeros. */
static bool wants_frame(struct quire_vm *vm, const struct quire_fault_raw *raw, struct landing *l)
{
	struct quire_space *s = vm->config.space;
	const struct quire_extent *e;

	if (raw->access != QUIRE_WRITE || fault_is_other(raw) || place_find(s, raw->va, &l->at))
		return false;
	e = extent_at(s, book_covering(s, &s->book[l->at.window], l->at.page));
	return extent_kind(e) == EXTENT_CLAIMED && (extent_claim(e) & CLAIM_LAZY) &&
	       !claim_guards(e, l->at.page) &&
	       fault_judge(extent_attr(e), raw) == QUIRE_FAULT_STALE &&
	       shows_zeros(vm, l->at.window, l->at.page);
}

/* Take a frame for it; none (an empty list) if all are in the air.  The space is locked. */
static int take_off(struct quire_vm *vm, struct landing *l)
{
	const struct quire_frame_want one = {.count = 1};
	int err;

	l->supply = (struct supply){.pa = 0};
	l->promised = vm->promised != 0;
	if (!l->promised) {
		err = quire_frames_take(vm->config.frames, &one, &l->supply.frames);
		return err == QUIRE_ESPACE ? QUIRE_OK : err;
	}
	err = quire_frames_take_promised(vm->config.frames, &l->supply.frames);
	if (!err) {
		vm->promised--;
		vm->flying++;
	}
	return err;
}

static int look(struct quire_vm *vm, const struct quire_fault_raw *raw, struct landing *l,
		bool *wanted)
{
	*wanted = wants_frame(vm, raw, l);
	return *wanted ? take_off(vm, l) : QUIRE_OK;
}

/* Put the frame there.  QUIRE_ETABLES, the port's. */
static int put(struct quire_vm *vm, struct landing *l)
{
	struct quire_space *s = vm->config.space;
	struct quire_walker *w = walker_of(s, l->at.window);
	const struct quire_extent *e =
		extent_at(s, book_covering(s, &s->book[l->at.window], l->at.page));
	struct feed feed = feed_at(vm, &l->supply, l->at.window, l->at.page, 1, extent_attr(e));
	struct quire_walk_source source = feed_source(&feed);
	struct quire_run run;
	int err;

	source.rewind(source.ctx);
	(void)source.next(source.ctx, &run);
	run.small = true;
	if (!quire_walk_can_set(w, &run))
		return QUIRE_ETABLES;
	err = port_prepare(s, l->at.window, QUIRE_CHANGE_MAP, &run);
	if (err)
		return err;
	quire_walk_set(w, &run, QUIRE_SET_ANEW);
	frame_words_mapped(vm->config.frames, l->supply.frames.first, 1,
			   visible_address(s, l->at.window, l->at.page, 0), vm->config.owner,
			   extent_claim(e) & CLAIM_PINNED);
	vm->flying -= l->promised;
	vm->lazy--;
	vm->anonymous++;
	vm->faults++;
	return QUIRE_OK;
}

/* Give a frame back that was not needed, as a promise if there are too few.  The frames' lock's. */
static int give_up(struct quire_vm *vm, struct landing *l)
{
	int err = frames_enter(vm->config.frames, true);

	if (err) /* once more, since there is a frame in hand */
		err = frames_enter(vm->config.frames, true);
	if (err)
		return err;
	frame_list_give(vm->config.frames, &l->supply.frames);
	vm->flying -= l->promised;
	if (l->promised && vm->promised + vm->flying < vm->lazy) {
		vm->promised++;
		vm->config.frames->promised++;
	}
	return frames_leave(vm->config.frames, QUIRE_OK);
}

static int land(struct quire_vm *vm, const struct quire_fault_raw *raw, struct landing *l)
{
	int err = QUIRE_OK, lost;

	if (wants_frame(vm, raw, l)) {
		err = put(vm, l);
		if (!err)
			return QUIRE_OK;
	}
	lost = give_up(vm, l);
	return err ? err : lost;
}

int quire_vm_fault(struct quire_vm *vm, const struct quire_fault_raw *raw)
{
	struct landing l;
	bool wanted = false;
	int err = vm_enter(vm, raw != NULL);

	if (!err)
		err = vm_leave(vm, look(vm, raw, &l, &wanted));
	if (err)
		return err;
	if (!wanted)
		return quire_fault_resolve(vm->config.space, raw);
	if (l.supply.frames.count == 0)
		return QUIRE_OK; /* once more, until one has landed */
	supply_zero(vm, &l.supply);
	err = vm_enter(vm, true);
	if (err) /* once more, since now there is a frame in hand */
		err = vm_enter(vm, true);
	return err ? err : vm_leave(vm, land(vm, raw, &l));
}
