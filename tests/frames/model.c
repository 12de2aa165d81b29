/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <assert.h>
#include <stdlib.h>

void model_open(struct model *m, const struct quire_frame_bank *banks, unsigned count,
		uint64_t page)
{
	*m = (struct model){.bank = banks, .banks = count, .page = page};
	for (unsigned i = 0; i < count; i++)
		m->frames += (uint32_t)(banks[i].size / page);
	m->frame = calloc(m->frames, sizeof(*m->frame));
	assert(m->frame);
	for (unsigned i = 0, n = 0; i < count; i++)
		for (uint64_t at = 0; at < banks[i].size; at += page, n++)
			m->frame[n] = (struct model_frame){
				.pa = banks[i].base + at, .bank = i, .flags = QUIRE_FRAME_FREE};
}

void model_close(struct model *m)
{
	free(m->frame);
}

static bool is_free(const struct model *m, uint32_t i)
{
	return m->frame[i].flags == QUIRE_FRAME_FREE;
}

static uint32_t free_frames(const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->frames; i++)
		n += is_free(m, i);
	return n;
}

/* -- take -- */

/* Whether `count` free frames of one bank begin with one at a multiple of `align`. */
static bool fits(const struct model *m, uint32_t at, uint64_t count, uint64_t align)
{
	if (align > m->page && m->frame[at].pa % align != 0)
		return false;
	for (uint64_t i = at; i < at + count; i++)
		if (i >= m->frames || m->frame[i].bank != m->frame[at].bank ||
		    !is_free(m, (uint32_t)i))
			return false;
	return true;
}

static uint32_t grab(struct model *m, uint32_t at, uint32_t count, uint32_t *list)
{
	for (uint32_t i = 0; i < count; i++) {
		m->frame[at + i].flags = QUIRE_FRAME_BUSY;
		list[i] = at + i;
	}
	return count;
}

/* Take pieces of `piece` frames until there are none or so many are not wanted, in the order of
   ranks. */
static uint32_t grab_all(struct model *m, const struct quire_frame_want *want, uint64_t piece,
			 uint64_t align, uint32_t have, uint32_t *list)
{
	for (unsigned rank = 0; rank < 3; rank++)
		for (uint32_t i = 0; i < m->frames; i++) {
			const struct quire_frame_bank *b = &m->bank[m->frame[i].bank];

			if (b->rank != rank || (b->traits & want->needs) != want->needs)
				continue;
			if (want->count - have >= piece && fits(m, i, piece, align))
				have += grab(m, i, (uint32_t)piece, list + have);
		}
	return have;
}

static uint32_t suitable(const struct model *m, unsigned needs)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->frames; i++)
		n += is_free(m, i) && (m->bank[m->frame[i].bank].traits & needs) == needs;
	return n;
}

int model_take(struct model *m, const struct quire_frame_want *want, uint32_t *list)
{
	uint64_t piece = want->align > m->page ? want->align / m->page : 1;
	uint32_t have = 0;

	if (want->count == 0)
		return QUIRE_EZERO;
	if (want->align & (want->align - 1))
		return QUIRE_EALIGN;
	if (want->needs > QUIRE_FRAME_TRAITS)
		return QUIRE_EFLAG;
	if (want->count > free_frames(m) - m->promised || want->count > suitable(m, want->needs))
		return QUIRE_ESPACE;
	if (want->run)
		return grab_all(m, want, want->count, want->align, 0, list) ? 0 : QUIRE_ESPACE;
	if (piece > 1)
		have = grab_all(m, want, piece, want->align, 0, list);
	have = grab_all(m, want, 1, 0, have, list);
	assert(have == want->count);
	return 0;
}

int model_promise(struct model *m, uint32_t count)
{
	if (count == 0)
		return QUIRE_EZERO;
	if (count > free_frames(m) - m->promised)
		return QUIRE_ESPACE;
	m->promised += count;
	return 0;
}

int model_unpromise(struct model *m, uint32_t count)
{
	if (count == 0)
		return QUIRE_EZERO;
	if (count > m->promised)
		return QUIRE_EBEYOND;
	m->promised -= count;
	return 0;
}

int model_take_promised(struct model *m, uint32_t *list)
{
	const struct quire_frame_want one = {.count = 1};

	if (m->promised == 0)
		return QUIRE_EBEYOND;
	m->promised--;
	return model_take(m, &one, list);
}

/* -- ranges -- */

/* The first frame of those that some of the bytes are in; their number, 0 if not all are in one
   bank. */
static uint32_t touched(const struct model *m, uint64_t pa, uint64_t size, uint32_t *first)
{
	uint64_t last = pa + size - 1;
	uint32_t from = m->frames, to = m->frames;

	for (uint32_t i = 0; i < m->frames; i++) {
		if (pa / m->page == m->frame[i].pa / m->page)
			from = i;
		if (last / m->page == m->frame[i].pa / m->page)
			to = i;
	}
	if (from == m->frames || to == m->frames || m->frame[from].bank != m->frame[to].bank)
		return 0;
	*first = from;
	return to - from + 1;
}

static int find_free(const struct model *m, uint64_t pa, uint64_t size, uint32_t *first,
		     uint32_t *count)
{
	*count = touched(m, pa, size, first);
	if (*count == 0)
		return QUIRE_EBEYOND;
	for (uint32_t i = 0; i < *count; i++)
		if (!is_free(m, *first + i))
			return QUIRE_ETAKEN;
	return *count > free_frames(m) - m->promised ? QUIRE_ESPACE : 0;
}

int model_reserve(struct model *m, uint64_t pa, uint64_t size)
{
	uint32_t first, count;
	int err = size ? find_free(m, pa, size, &first, &count) : QUIRE_EZERO;

	for (uint32_t i = 0; !err && i < count; i++)
		m->frame[first + i].flags = QUIRE_FRAME_RESERVED;
	return err;
}

int model_hold(struct model *m, uint64_t pa, uint64_t size, uint64_t va, unsigned owner)
{
	uint32_t first, count;
	int err;

	if (size == 0)
		return QUIRE_EZERO;
	if ((pa | va) % m->page)
		return QUIRE_EALIGN;
	if (owner > 15)
		return QUIRE_EFLAG;
	err = find_free(m, pa, size, &first, &count);
	for (uint32_t i = 0; !err && i < count; i++) {
		struct model_frame *f = &m->frame[first + i];

		f->flags = QUIRE_FRAME_MAPPED | QUIRE_FRAME_PINNED;
		f->va = va + i * m->page;
		f->owner = owner;
	}
	return err;
}

int model_list_of(struct model *m, uint64_t pa, uint64_t size, uint32_t *list, uint32_t *count)
{
	uint32_t first;

	if (size == 0)
		return QUIRE_EZERO;
	if (pa % m->page)
		return QUIRE_EALIGN;
	*count = touched(m, pa, size, &first);
	if (*count == 0)
		return QUIRE_EBEYOND;
	for (uint32_t i = 0; i < *count; i++)
		if (m->frame[first + i].flags != QUIRE_FRAME_RESERVED &&
		    m->frame[first + i].flags != (QUIRE_FRAME_MAPPED | QUIRE_FRAME_PINNED))
			return QUIRE_EUNMAPPED;
	grab(m, first, *count, list);
	return 0;
}

int model_pin(struct model *m, uint64_t pa, uint64_t size, bool pinned)
{
	uint32_t first, count;

	if (size == 0)
		return QUIRE_EZERO;
	if (pa % m->page)
		return QUIRE_EALIGN;
	count = touched(m, pa, size, &first);
	if (count == 0)
		return QUIRE_EBEYOND;
	for (uint32_t i = 0; i < count; i++)
		if (!(m->frame[first + i].flags & QUIRE_FRAME_MAPPED))
			return QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < count; i++)
		m->frame[first + i].flags = QUIRE_FRAME_MAPPED | (pinned ? QUIRE_FRAME_PINNED : 0u);
	return 0;
}

/* -- stats -- */

struct quire_frames_stats model_stats(const struct model *m, unsigned bank)
{
	struct quire_frames_stats s = {.promised = bank < m->banks ? 0 : m->promised};
	uint32_t run = 0;

	for (uint32_t i = 0; i < m->frames; i++) {
		const struct model_frame *f = &m->frame[i];

		if (bank < m->banks && f->bank != bank)
			continue;
		if (i > 0 && f->bank != f[-1].bank)
			run = 0;
		run = is_free(m, i) ? run + 1 : 0;
		s.longest = run > s.longest ? run : s.longest;
		s.frames++;
		s.free += is_free(m, i);
		s.reserved += f->flags == QUIRE_FRAME_RESERVED;
	}
	s.in_use = s.frames - s.free - s.reserved;
	return s;
}
