/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <stdlib.h>
#include <string.h>

void pair_open(struct pair *p, const struct quire_frame_bank *banks, unsigned count,
	       quire_size page)
{
	yard_open(&p->yard, banks, count, page);
	model_open(&p->model, banks, count, page);
	p->scratch = malloc(p->model.frames * sizeof(*p->scratch));
	assert_non_null(p->scratch);
}

void pair_close(struct pair *p)
{
	free(p->scratch);
	model_close(&p->model);
	yard_close(&p->yard);
}

/* The list names the frames that the model has taken, and its runs are what lies side by side. */
static void list_compare(struct pair *p, const struct quire_frame_list *list, const uint32_t *frame)
{
	const struct model *m = &p->model;
	struct quire_frame_list rest = *list;
	struct quire_frame_run run;
	uint32_t n = 0;

	while (frame_list_next_run(&p->yard.frames, &rest, &run)) {
		uint64_t pa = run.pa;

		assert_true(n == 0 || m->frame[frame[n - 1]].pa + m->page != pa ||
			    m->frame[frame[n - 1]].bank != m->frame[frame[n]].bank);
		assert_int_equal(run.target, m->bank[m->frame[frame[n]].bank].target);
		for (; pa < (uint64_t)run.pa + run.size; pa += m->page, n++) {
			assert_true(n < list->count && m->frame[frame[n]].pa == pa);
			assert_int_equal(m->frame[frame[n]].bank,
					 m->frame[frame[n - (n > 0 && pa > run.pa)]].bank);
		}
	}
	assert_int_equal(n, list->count);
	assert_int_equal(list->first, frame[0]);
	assert_int_equal(list->last, frame[n - 1]);
	assert_true(frame_list_sound(&p->yard.frames, list));
}

/* The numbers in scratch are what was taken, if anything was. */
static int taken(struct pair *p, int result, int expected, const struct quire_frame_list *list,
		 struct hand *out)
{
	assert_int_equal(result, expected);
	if (result != 0) {
		assert_int_equal(list->count, 0xabcd);
		return result;
	}
	list_compare(p, list, p->scratch);
	out->list = *list;
	out->frame = malloc(list->count * sizeof(*out->frame));
	assert_non_null(out->frame);
	memcpy(out->frame, p->scratch, list->count * sizeof(*out->frame));
	return 0;
}

static const struct quire_frame_list unwritten = {0xabcd, 0xabcd, 0xabcd};

int pair_take(struct pair *p, const struct quire_frame_want *want, struct hand *out)
{
	struct quire_frame_list list = unwritten;
	int result = quire_frames_take(&p->yard.frames, want, &list);

	return taken(p, result, model_take(&p->model, want, p->scratch), &list, out);
}

int pair_take_promised(struct pair *p, struct hand *out)
{
	struct quire_frame_list list = unwritten;
	int result = quire_frames_take_promised(&p->yard.frames, &list);

	return taken(p, result, model_take_promised(&p->model, p->scratch), &list, out);
}

int pair_list_of(struct pair *p, quire_pa pa, quire_size size, struct hand *out)
{
	struct quire_frame_list list = unwritten;
	int result = quire_frames_list_of(&p->yard.frames, pa, size, &list);
	uint32_t count = 0;
	int expected = model_list_of(&p->model, pa, size, p->scratch, &count);

	assert_true(result != 0 || list.count == count);
	return taken(p, result, expected, &list, out);
}

int pair_promise(struct pair *p, uint32_t count)
{
	int result = quire_frames_promise(&p->yard.frames, count);

	assert_int_equal(result, model_promise(&p->model, count));
	return result;
}

int pair_unpromise(struct pair *p, uint32_t count)
{
	int result = quire_frames_unpromise(&p->yard.frames, count);

	assert_int_equal(result, model_unpromise(&p->model, count));
	return result;
}

int pair_reserve(struct pair *p, quire_pa pa, quire_size size)
{
	int result = quire_frames_reserve(&p->yard.frames, pa, size);

	assert_int_equal(result, model_reserve(&p->model, pa, size));
	return result;
}

int pair_hold(struct pair *p, quire_pa pa, quire_size size, quire_va va, unsigned owner)
{
	int result = quire_frames_hold(&p->yard.frames, pa, size, va, owner);

	assert_int_equal(result, model_hold(&p->model, pa, size, va, owner));
	return result;
}

int pair_pin(struct pair *p, quire_pa pa, quire_size size, bool pinned)
{
	int result = quire_frames_pin(&p->yard.frames, pa, size, pinned);

	assert_int_equal(result, model_pin(&p->model, pa, size, pinned));
	return result;
}

void pair_give(struct pair *p, struct hand *hand)
{
	for (uint32_t i = 0; i < hand->list.count; i++)
		p->model.frame[hand->frame[i]].flags = QUIRE_FRAME_FREE;
	assert_int_equal(quire_frames_give(&p->yard.frames, &hand->list), 0);
	assert_int_equal(hand->list.count, 0);
	free(hand->frame);
	hand->frame = NULL;
}

void pair_map(struct pair *p, struct hand *hand, quire_va va, unsigned owner, bool pinned)
{
	struct quire_frame_list rest = hand->list;

	for (uint32_t i = 0; i < hand->list.count; i++) {
		uint32_t frame = frame_list_next(&p->yard.frames, &rest);
		struct model_frame *f = &p->model.frame[frame];

		assert_int_equal(frame, hand->frame[i]);
		f->flags = QUIRE_FRAME_MAPPED | (pinned ? QUIRE_FRAME_PINNED : 0u);
		f->va = va + i * p->model.page;
		f->owner = owner;
		frame_words_mapped(&p->yard.frames, frame, 1, (quire_va)f->va, owner, pinned);
	}
	assert_true(frame_list_next(&p->yard.frames, &rest) == NO_FRAME);
}

/* In two lists, which are joined then. */
void pair_unmap(struct pair *p, struct hand *hand)
{
	struct quire_frame_list more = {0, 0, 0};
	uint32_t count = hand->list.count;

	hand->list = more;
	for (uint32_t i = 0; i < count; i++) {
		p->model.frame[hand->frame[i]].flags = QUIRE_FRAME_BUSY;
		frame_list_append(&p->yard.frames, i < count / 2 ? &hand->list : &more,
				  hand->frame[i]);
	}
	frame_list_join(&p->yard.frames, &hand->list, &more);
	assert_int_equal(more.count, 0);
	list_compare(p, &hand->list, hand->frame);
}

void pair_shuffle(struct pair *p, struct hand *hand, uint64_t *state)
{
	for (uint32_t i = hand->list.count; i > 1; i--) {
		uint32_t j = yard_random(state, i), swapped = hand->frame[j];

		hand->frame[j] = hand->frame[i - 1];
		hand->frame[i - 1] = swapped;
	}
	pair_unmap(p, hand);
}

/* -- compare -- */

static void stats_equal(const struct quire_frames_stats *a, const struct quire_frames_stats *b)
{
	assert_int_equal(a->frames, b->frames);
	assert_int_equal(a->free, b->free);
	assert_int_equal(a->promised, b->promised);
	assert_int_equal(a->reserved, b->reserved);
	assert_int_equal(a->in_use, b->in_use);
	assert_int_equal(a->longest, b->longest);
}

void pair_compare_counts(struct pair *p)
{
	struct quire_frames_stats s, expected = model_stats(&p->model, p->model.banks);

	assert_int_equal(quire_frames_stats(&p->yard.frames, &s), 0);
	stats_equal(&s, &expected);
	assert_true(quire_frames_free(&p->yard.frames) == (s.free - s.promised) * p->model.page);
	for (unsigned i = 0; i < p->model.banks; i++) {
		expected = model_stats(&p->model, i);
		assert_int_equal(quire_frames_bank_stats(&p->yard.frames, i, &s), 0);
		stats_equal(&s, &expected);
	}
}

void pair_compare(struct pair *p)
{
	pair_compare_counts(p);
	for (uint32_t i = 0; i < p->model.frames; i++) {
		const struct model_frame *f = &p->model.frame[i];
		bool mapped = (f->flags & QUIRE_FRAME_MAPPED) != 0;
		struct quire_frame_info info;

		assert_int_equal(quire_frames_info(&p->yard.frames,
						   (quire_pa)(f->pa + p->model.page - 1), &info),
				 0);
		assert_true(info.pa == f->pa && info.flags == f->flags && info.bank == f->bank);
		assert_true(info.va == (mapped ? f->va : 0));
		assert_true(info.owner == (mapped ? f->owner : 0));
		assert_int_equal(info.target, p->model.bank[f->bank].target);
	}
	yard_check(&p->yard);
}
