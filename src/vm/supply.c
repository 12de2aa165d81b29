/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pages show, on its way into the tables and out again.
 *
 * Frames come as a list that is kept in their own words, so a mapping of any size is made with no memory
 * but theirs: the list is gone through once to zero it, once to ask, once to write the entries, and
 * once more for the words, each of which then says its address instead of the next frame.  On the way
 * back the tables are gone through, and the words become a list again.
 */
#include "vm/private.h"

/* -- taking and giving back -- */

void supply_zero(struct quire_vm *vm, const struct supply *supply)
{
	struct quire_frame_list rest = supply->frames;
	struct quire_frame_run run;

	while (frame_list_next_run(vm->config.frames, &rest, &run))
		vm->config.zero(vm->config.zero_ctx, run.pa, run.size);
}

/* Promises, and the page that all of them show until then. */
static int promises_take(struct quire_vm *vm, quire_page pages, struct supply *out)
{
	const struct quire_frames *frames = vm->config.frames;
	unsigned bank = frame_bank(frames, vm->zero_page.first);
	int err = quire_frames_promise(vm->config.frames, pages);

	if (!err)
		*out = (struct supply){.pa = vm_zero_pa(vm),
				       .target = frames->bank[bank].bank.target,
				       .repeated = true,
				       .promised = true};
	return err;
}

int supply_take(struct quire_vm *vm, const struct order *o, quire_page pages, struct supply *out)
{
	struct quire_frame_want want = {
		.count = pages,
		.align = o->frame_align,
		.needs = o->want->needs,
		.run = o->want->flags & QUIRE_VM_RUN,
	};
	int err;

	if (o->claim & CLAIM_LAZY)
		return promises_take(vm, pages, out);
	*out = (struct supply){.pa = 0};
	err = quire_frames_take(vm->config.frames, &want, &out->frames);
	if (!err && vm->config.zero && !(o->want->flags & QUIRE_VM_UNINIT))
		supply_zero(vm, out);
	return err;
}

void supply_give(struct quire_vm *vm, struct supply *supply, quire_page pages)
{
	if (supply->promised)
		(void)quire_frames_unpromise(vm->config.frames, pages);
	frames_return(vm, &supply->frames);
}

void pages_zero(const struct quire_space *s, unsigned window, quire_page first, quire_page pages)
{
	uintptr_t va = (uintptr_t)visible_address(s, window, first, 0);
	volatile uintptr_t *word = (volatile uintptr_t *)va;
	quire_size words = pages_bytes(s, window, pages) / sizeof(*word);

	while (words-- > 0)
		*word++ = 0;
}

/* -- as a source -- */

static void feed_rewind(void *ctx)
{
	struct feed *f = ctx;

	f->rest = f->supply->frames;
	f->done = 0;
}

static bool feed_next(void *ctx, struct quire_run *run)
{
	struct feed *f = ctx;
	struct quire_frame_run frames = {
		.pa = f->supply->pa,
		.size = f->supply->repeated ? f->page : f->size,
		.target = f->supply->target,
	};

	if (f->done == f->size)
		return false;
	if (f->supply->frames.count != 0)
		(void)frame_list_next_run(f->pool, &f->rest, &frames);
	*run = (struct quire_run){
		.walk = f->walk + f->done,
		.size = frames.size,
		.pa = frames.pa,
		.target = frames.target,
		.attr = f->attr,
		.small = f->supply->repeated,
	};
	f->done += frames.size;
	return true;
}

struct feed feed_at(const struct quire_vm *vm, const struct supply *supply, unsigned window,
		    quire_page first, quire_page pages, unsigned attr)
{
	const struct quire_space *s = vm->config.space;
	unsigned less = supply->repeated ? QUIRE_WRITE : 0u;

	return (struct feed){
		.pool = vm->config.frames,
		.supply = supply,
		.walk = walk_address(s, window, first),
		.size = pages_bytes(s, window, pages),
		.page = page_size(&s->book[window]),
		.attr = (uint8_t)(attr & ~less),
		.rest = supply->frames,
	};
}

struct quire_walk_source feed_source(struct feed *feed)
{
	return (struct quire_walk_source){feed_rewind, feed_next, feed};
}

/* Ask the port for each run of it. */
static int feed_ask(struct quire_space *s, unsigned window, struct feed *feed,
		    enum quire_change_kind kind, unsigned attr)
{
	struct quire_run run;
	int err = QUIRE_OK;

	if (!walker_of(s, window)->port->prepare)
		return QUIRE_OK;
	feed_rewind(feed);
	while (!err && feed_next(feed, &run)) {
		run.attr = (uint8_t)attr;
		err = port_prepare(s, window, kind, &run);
	}
	return err;
}

/* Write the entries; say in the words of frames where they are. */
static void feed_commit(struct quire_vm *vm, unsigned window, struct feed *feed, bool pinned)
{
	struct quire_space *s = vm->config.space;
	struct quire_walk_source source = feed_source(feed);
	struct quire_frame_list rest = feed->supply->frames;
	quire_va va = s->window[window].base + (feed->walk - s->window[window].walk);
	uint32_t first, count;

	quire_walk_set_all(walker_of(s, window), feed->walk, feed->size, &source);
	while (frame_list_next_frames(feed->pool, &rest, &first, &count)) {
		frame_words_mapped(vm->config.frames, first, count, va, vm->config.owner, pinned);
		va += count * feed->page;
	}
}

int feed_put(struct quire_vm *vm, const struct order *o, unsigned window, struct feed *feed)
{
	struct quire_space *s = vm->config.space;
	struct quire_walk_source source = feed_source(feed);
	int err;

	if (!quire_walk_can_set_all(walker_of(s, window), feed->walk, feed->size, &source))
		return QUIRE_ETABLES;
	err = feed_ask(s, window, feed, QUIRE_CHANGE_MAP, feed->attr);
	if (!err && o->first_attr != o->attr)
		err = feed_ask(s, window, feed, QUIRE_CHANGE_PROTECT, o->attr);
	if (!err)
		feed_commit(vm, window, feed, o->claim & CLAIM_PINNED);
	return err;
}

/* -- what is shown -- */

/* A question for each run. */
struct question {
	struct quire_space *s;
	unsigned window;
	enum quire_change_kind kind;
	unsigned attr;
	int err;
};

static void question_run(void *ctx, const struct quire_run *run)
{
	struct question *q = ctx;
	struct quire_run asked = *run;

	asked.attr = (uint8_t)(q->kind == QUIRE_CHANGE_UNMAP ? run->attr : q->attr);
	if (!q->err)
		q->err = port_prepare(q->s, q->window, q->kind, &asked);
}

int shown_ask(struct quire_space *s, const struct pages *p, enum quire_change_kind kind,
	      unsigned attr)
{
	struct quire_walker *w = walker_of(s, p->window);
	struct question q = {.s = s, .window = p->window, .kind = kind, .attr = attr};
	const struct quire_walk_visitor visitor = {question_run, &q};

	if (w->port->prepare)
		quire_walk_each(w, walk_address(s, p->window, p->first),
				pages_bytes(s, p->window, (quire_page)(p->end - p->first)),
				&visitor);
	return q.err;
}

/* Frames that leave the tables. */
struct leaving {
	struct quire_vm *vm;
	struct quire_frame_list list;
	bool lazy;
	uint32_t shared; /* pages that showed the page of zeros */
};

/* Frames side by side, maybe of two banks that are. */
static void frames_leave_tables(struct leaving *l, quire_pa pa, quire_size size)
{
	struct quire_frames *frames = l->vm->config.frames;

	while (size != 0) {
		uint32_t first = frame_of(frames, pa);
		quire_size count = size >> frames->page_shift;
		const struct quire_frame_pool_bank *b;

		if (first == NO_FRAME) /* damage */
			return;
		b = &frames->bank[frame_bank(frames, first)];
		if (count > b->first + b->frames - first)
			count = b->first + b->frames - first;
		frame_list_append_run(frames, &l->list, first, (uint32_t)count);
		pa += count << frames->page_shift;
		size -= count << frames->page_shift;
	}
}

static void leaving_run(void *ctx, const struct quire_run *run)
{
	struct leaving *l = ctx;
	quire_size page = vm_page(l->vm);

	if (!l->lazy) {
		frames_leave_tables(l, run->pa, run->size);
		return;
	}
	for (quire_size done = 0; done < run->size; done += page)
		if (vm_is_zero_page(l->vm, run->pa + done))
			l->shared++;
		else
			frames_leave_tables(l, run->pa + done, page);
}

/* Take back promises that no page needs any more.  (Some may be frames by now, in the hands of faults:
   those give them back themselves.) */
static void promises_trim(struct quire_vm *vm)
{
	uint32_t have = vm->promised + vm->flying;
	uint32_t less = have > vm->lazy ? have - vm->lazy : 0;

	if (less > vm->promised)
		less = vm->promised;
	vm->promised -= less;
	vm->config.frames->promised -= less;
}

int frames_collect(struct quire_vm *vm, const struct pages *p, unsigned claim,
		   struct quire_frame_list *list)
{
	struct quire_space *s = vm->config.space;
	quire_page pages = (quire_page)(p->end - p->first);
	struct leaving l = {.vm = vm, .lazy = claim & CLAIM_LAZY};
	const struct quire_walk_visitor visitor = {leaving_run, &l};
	int err;

	*list = l.list;
	if (!(claim & CLAIM_ANONYMOUS)) {
		vm->physical -= pages;
		return QUIRE_OK;
	}
	err = frames_enter(vm->config.frames, true);
	if (err)
		return err;
	quire_walk_each(walker_of(s, p->window), walk_address(s, p->window, p->first),
			pages_bytes(s, p->window, pages), &visitor);
	vm->anonymous -= l.list.count;
	vm->lazy -= l.shared;
	promises_trim(vm);
	*list = l.list;
	return frames_leave(vm->config.frames, QUIRE_OK);
}

void frames_return(struct quire_vm *vm, struct quire_frame_list *list)
{
	struct quire_frames *frames = vm->config.frames;

	if (list->count == 0 || (frames_enter(frames, true) && frames_enter(frames, true)))
		return;
	frame_list_give(frames, list);
	(void)frames_leave(frames, QUIRE_OK);
}
