/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames that are named by address: what the hardware or a boot image has, pins, and what is known
 * of one frame.
 *
 * A range lies in one bank.  Frames of two banks that happen to lie side by side have little else
 * in common, and no piece of hardware is in both.
 */
#include "frames/private.h"

/* Frames of one bank, counted from its start. */
struct range {
	struct quire_frame_pool_bank *b;
	uint32_t first, count;
};

/* The frames that bytes [pa, pa + size) are in. */
static int range_find(struct quire_frames *frames, quire_pa pa, quire_size size, struct range *out)
{
	quire_pa last = pa + (size - 1u);
	uint32_t begin, end;

	if (last < pa)
		return QUIRE_EWRAP;
	begin = frame_of(frames, pa);
	end = frame_of(frames, last);
	if (begin == NO_FRAME || end == NO_FRAME ||
	    frame_bank(frames, begin) != frame_bank(frames, end))
		return QUIRE_EBEYOND;
	out->b = &frames->bank[frame_bank(frames, begin)];
	out->first = begin - out->b->first;
	out->count = end - begin + 1u;
	return QUIRE_OK;
}

static bool is_page(const struct quire_frames *frames, uint64_t address)
{
	return (address & (((uint64_t)1 << frames->page_shift) - 1u)) == 0;
}

/* -- reserve, hold -- */

static bool range_is_free(const struct range *r)
{
	frame_tree_catch_up(r->b);
	return (r->b->bits[r->first / FRAME_BITS] >> r->first % FRAME_BITS & 1u) != 0 &&
	       frame_tree_end(r->b, r->first) - r->first >= r->count;
}

/* Frames that are free, and not promised. */
static int range_find_free(struct quire_frames *frames, quire_pa pa, quire_size size,
			   struct range *out)
{
	int err = range_find(frames, pa, size, out);

	if (err)
		return err;
	if (!range_is_free(out))
		return QUIRE_ETAKEN;
	return out->count > frames->free - frames->promised ? QUIRE_ESPACE : QUIRE_OK;
}

/* Nobody gets them any more; their words are the caller's to write. */
static void range_take(struct quire_frames *frames, const struct range *r)
{
	frame_bits_mark(r->b, r->first, r->count, false);
	r->b->free -= r->count;
	frames->free -= r->count;
}

static int reserve(struct quire_frames *frames, quire_pa pa, quire_size size)
{
	struct range r;
	int err = size == 0 ? QUIRE_EZERO : range_find_free(frames, pa, size, &r);

	if (err)
		return err;
	range_take(frames, &r);
	r.b->reserved += r.count;
	for (uint32_t i = 0; i < r.count; i++)
		frames->word[r.b->first + r.first + i] = QUIRE_FRAME_RESERVED;
	return QUIRE_OK;
}

/* Whether all bytes have an address that a word can hold. */
static bool addresses_fit(quire_va va, quire_size size)
{
	quire_va last = va + (size - 1u);

	return last >= va && (uintptr_t)last == last;
}

static int hold(struct quire_frames *frames, quire_pa pa, quire_size size, quire_va va,
		unsigned owner)
{
	struct range r;
	int err;

	if (size == 0)
		return QUIRE_EZERO;
	if (!is_page(frames, pa) || !is_page(frames, va))
		return QUIRE_EALIGN;
	if (owner > 15u)
		return QUIRE_EFLAG;
	if (!addresses_fit(va, size))
		return QUIRE_EWRAP;
	err = range_find_free(frames, pa, size, &r);
	if (err)
		return err;
	range_take(frames, &r);
	frame_words_mapped(frames, r.b->first + r.first, r.count, va, owner, true);
	return QUIRE_OK;
}

/* -- lists, pins -- */

/* Frames that begin with one and have all their bytes, as list_of and pin want them. */
static int range_find_pages(struct quire_frames *frames, quire_pa pa, quire_size size,
			    struct range *out)
{
	if (size == 0)
		return QUIRE_EZERO;
	if (!is_page(frames, pa))
		return QUIRE_EALIGN;
	return range_find(frames, pa, size, out);
}

/* Whether all of them have all the flags. */
static bool range_has(const struct quire_frames *frames, const struct range *r, unsigned flags)
{
	for (uint32_t i = 0; i < r->count; i++)
		if ((frame_flags(frames, r->b->first + r->first + i) & flags) != flags)
			return false;
	return true;
}

/* How many are reserved; NO_FRAME if one is neither reserved nor held. */
static uint32_t range_reserved(const struct quire_frames *frames, const struct range *r)
{
	const unsigned held = QUIRE_FRAME_MAPPED | QUIRE_FRAME_PINNED;
	uint32_t reserved = 0;

	for (uint32_t i = 0; i < r->count; i++) {
		unsigned flags = frame_flags(frames, r->b->first + r->first + i);

		if ((flags & QUIRE_FRAME_FREE) != 0 ||
		    ((flags & QUIRE_FRAME_RESERVED) == 0 && (flags & held) != held))
			return NO_FRAME;
		reserved += (flags & QUIRE_FRAME_RESERVED) != 0;
	}
	return reserved;
}

static int list_of(struct quire_frames *frames, quire_pa pa, quire_size size,
		   struct quire_frame_list *out)
{
	struct quire_frame_list list = {0, 0, 0};
	uint32_t reserved;
	struct range r;
	int err = range_find_pages(frames, pa, size, &r);

	if (err)
		return err;
	reserved = range_reserved(frames, &r);
	if (reserved == NO_FRAME)
		return QUIRE_EUNMAPPED;
	r.b->reserved -= reserved;
	frame_list_append_run(frames, &list, r.b->first + r.first, r.count);
	*out = list;
	return QUIRE_OK;
}

static int pin(struct quire_frames *frames, quire_pa pa, quire_size size, bool pinned)
{
	struct range r;
	int err = range_find_pages(frames, pa, size, &r);

	if (err)
		return err;
	if (!range_has(frames, &r, QUIRE_FRAME_MAPPED))
		return QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < r.count; i++) {
		quire_frame_word *word = &frames->word[r.b->first + r.first + i];

		*word &= ~(quire_frame_word)QUIRE_FRAME_PINNED;
		*word |= pinned ? QUIRE_FRAME_PINNED : 0u;
	}
	return QUIRE_OK;
}

/* -- info -- */

static int info(const struct quire_frames *frames, quire_pa pa, struct quire_frame_info *out)
{
	uint32_t frame = frame_of(frames, pa);
	unsigned bank, flags;

	if (frame == NO_FRAME)
		return QUIRE_EBEYOND;
	bank = frame_bank(frames, frame);
	flags = frame_flags(frames, frame);
	if ((flags & QUIRE_FRAME_FREE) != 0)
		flags = QUIRE_FRAME_FREE;
	*out = (struct quire_frame_info){
		.pa = frame_pa(frames, frame),
		.va = (flags & QUIRE_FRAME_MAPPED) != 0 ? frame_va(frames, frame) : 0,
		.flags = (uint8_t)flags,
		.owner = (uint8_t)(flags == QUIRE_FRAME_FREE ? 0 : frame_owner(frames, frame)),
		.bank = (uint8_t)bank,
		.target = frames->bank[bank].bank.target,
	};
	return QUIRE_OK;
}

/* -- public -- */

int quire_frames_reserve(struct quire_frames *frames, quire_pa pa, quire_size size)
{
	int err = frames_enter(frames, true);

	return err ? err : frames_leave(frames, reserve(frames, pa, size));
}

int quire_frames_hold(struct quire_frames *frames, quire_pa pa, quire_size size, quire_va va,
		      unsigned owner)
{
	int err = frames_enter(frames, true);

	return err ? err : frames_leave(frames, hold(frames, pa, size, va, owner));
}

int quire_frames_list_of(struct quire_frames *frames, quire_pa pa, quire_size size,
			 struct quire_frame_list *out)
{
	int err = frames_enter(frames, out != NULL);

	return err ? err : frames_leave(frames, list_of(frames, pa, size, out));
}

int quire_frames_pin(struct quire_frames *frames, quire_pa pa, quire_size size, bool pinned)
{
	int err = frames_enter(frames, true);

	return err ? err : frames_leave(frames, pin(frames, pa, size, pinned));
}

int quire_frames_info(struct quire_frames *frames, quire_pa pa, struct quire_frame_info *out)
{
	int err = frames_enter(frames, out != NULL);

	return err ? err : frames_leave(frames, info(frames, pa, out));
}
