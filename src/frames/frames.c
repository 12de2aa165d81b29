/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames, taken and given back.
 *
 * Whether there are enough is known before the first one is taken, from counts and the tree, so
 * nothing is ever undone.  Frames are handled a word of bits at a time.
 */
#include "frames/private.h"

static void count_free(struct quire_frames *frames, struct quire_frame_pool_bank *b, uint32_t less,
		       uint32_t more)
{
	b->free = b->free - less + more;
	frames->free = frames->free - less + more;
}

/* -- take -- */

static bool bank_suits(const struct quire_frame_pool_bank *b, unsigned needs)
{
	return (b->bank.traits & needs) == needs;
}

static int want_check(const struct quire_frames *frames, const struct quire_frame_want *want)
{
	uint32_t free = 0;

	if (want->count == 0)
		return QUIRE_EZERO;
	if ((want->align & (want->align - 1u)) != 0)
		return QUIRE_EALIGN;
	if ((want->needs & ~(unsigned)QUIRE_FRAME_TRAITS) != 0)
		return QUIRE_EFLAG;
	for (unsigned i = 0; i < frames->bank_count; i++)
		if (bank_suits(&frames->bank[i], want->needs))
			free += frames->bank[i].free;
	if (want->count > free || want->count > frames->free - frames->promised)
		return QUIRE_ESPACE;
	return QUIRE_OK;
}

/* Frames [first, first + count) of a bank, which are free. */
static void run_take(struct quire_frames *frames, struct quire_frame_pool_bank *b, uint32_t first,
		     uint32_t count, struct quire_frame_list *list)
{
	frame_bits_mark(b, first, count, false);
	frame_list_append_run(frames, list, b->first + first, count);
	count_free(frames, b, count, 0);
}

/* The lowest free frames of one word of bits, up to `most`; how many. */
static uint32_t word_take(struct quire_frames *frames, struct quire_frame_pool_bank *b,
			  uint32_t word, uint32_t most, struct quire_frame_list *list)
{
	uint64_t bits = b->bits[word];
	uint32_t taken = 0;

	while (bits != 0 && taken < most) {
		uint32_t first = frame_bits_lowest(bits), rest = most - taken;
		uint64_t behind = ~(bits >> first);
		uint32_t run = behind != 0 ? frame_bits_lowest(behind) : FRAME_BITS;

		run = run < rest ? run : rest;
		bits &= ~(~(uint64_t)0 >> (FRAME_BITS - run) << first);
		frame_list_append_run(frames, list, b->first + word * FRAME_BITS + first, run);
		taken += run;
	}
	b->bits[word] = bits;
	frame_word_note(b, word);
	count_free(frames, b, taken, 0);
	return taken;
}

/* The lowest free frames of a bank, up to `most`; how many. */
static uint32_t lowest_take(struct quire_frames *frames, struct quire_frame_pool_bank *b,
			    uint32_t most, struct quire_frame_list *list)
{
	uint32_t taken = 0, at = 0;

	while (taken < most && (at = frame_bits_next(b, at)) != NO_FRAME) {
		taken += word_take(frames, b, at / FRAME_BITS, most - taken, list);
		at = (at / FRAME_BITS + 1u) * FRAME_BITS;
	}
	return taken;
}

/* An alignment, in frames of one bank: `phase` is the first of its frames that has it. */
struct grid {
	uint64_t phase, unit;
};

static struct grid grid_of(const struct quire_frames *frames, const struct quire_frame_pool_bank *b,
			   quire_size align)
{
	uint64_t unit = (uint64_t)align >> frames->page_shift;
	uint64_t first = (uint64_t)b->bank.base >> frames->page_shift;

	unit = unit != 0 ? unit : 1u;
	return (struct grid){.phase = (0u - first) & (unit - 1u), .unit = unit};
}

/* Aligned blocks of a bank, as many frames as fit into `most`; how many. */
static uint32_t blocks_take(struct quire_frames *frames, struct quire_frame_pool_bank *b,
			    uint32_t most, quire_size align, struct quire_frame_list *list)
{
	struct grid grid = grid_of(frames, b, align);
	uint32_t taken = 0, at = 0;

	frame_tree_catch_up(b); /* what is taken from here on lies below where the search goes on */
	while (most - taken >= grid.unit) {
		uint32_t block = (uint32_t)grid.unit;

		at = frame_tree_find_aligned(b, at, block, grid.phase, grid.unit);
		if (at == NO_FRAME)
			break;
		run_take(frames, b, at, block, list);
		taken += block;
		at += block;
	}
	return taken;
}

static void scattered_take(struct quire_frames *frames, const struct quire_frame_want *want,
			   struct quire_frame_list *list)
{
	bool blocks = want->align >> frames->page_shift > 1u;

	for (unsigned i = blocks ? 0 : frames->bank_count; i < frames->bank_count; i++) {
		struct quire_frame_pool_bank *b = &frames->bank[frames->order[i]];

		if (bank_suits(b, want->needs))
			blocks_take(frames, b, want->count - list->count, want->align, list);
	}
	for (unsigned i = 0; i < frames->bank_count; i++) {
		struct quire_frame_pool_bank *b = &frames->bank[frames->order[i]];

		if (bank_suits(b, want->needs))
			lowest_take(frames, b, want->count - list->count, list);
	}
}

/* One run in the first bank that has one. */
static int one_run_take(struct quire_frames *frames, const struct quire_frame_want *want,
			struct quire_frame_list *list)
{
	for (unsigned i = 0; i < frames->bank_count; i++) {
		struct quire_frame_pool_bank *b = &frames->bank[frames->order[i]];
		struct grid grid = grid_of(frames, b, want->align);
		uint32_t first;

		if (!bank_suits(b, want->needs))
			continue;
		frame_tree_catch_up(b);
		first = frame_tree_find_aligned(b, 0, want->count, grid.phase, grid.unit);
		if (first == NO_FRAME)
			continue;
		run_take(frames, b, first, want->count, list);
		return QUIRE_OK;
	}
	return QUIRE_ESPACE;
}

static int take(struct quire_frames *frames, const struct quire_frame_want *want,
		struct quire_frame_list *out)
{
	struct quire_frame_list list = {0, 0, 0};
	int err = want_check(frames, want);

	if (!err && want->run)
		err = one_run_take(frames, want, &list);
	else if (!err)
		scattered_take(frames, want, &list);
	if (!err)
		*out = list;
	return err;
}

/* -- give -- */

void frame_list_give(struct quire_frames *frames, struct quire_frame_list *list)
{
	uint32_t first, count;

	while (frame_list_next_frames(frames, list, &first, &count)) {
		struct quire_frame_pool_bank *b = &frames->bank[frame_bank(frames, first)];

		for (uint32_t i = 0; i < count; i++)
			frames->word[first + i] = QUIRE_FRAME_FREE;
		frame_bits_mark(b, first - b->first, count, true);
		count_free(frames, b, 0, count);
	}
	*list = (struct quire_frame_list){0, 0, 0};
}

static int give(struct quire_frames *frames, struct quire_frame_list *list)
{
	if (!frame_list_sound(frames, list))
		return QUIRE_EUNMAPPED;
	frame_list_give(frames, list);
	return QUIRE_OK;
}

/* -- promises -- */

static int promise(struct quire_frames *frames, uint32_t count)
{
	if (count == 0)
		return QUIRE_EZERO;
	if (count > frames->free - frames->promised)
		return QUIRE_ESPACE;
	frames->promised += count;
	return QUIRE_OK;
}

static int unpromise(struct quire_frames *frames, uint32_t count)
{
	if (count == 0)
		return QUIRE_EZERO;
	if (count > frames->promised)
		return QUIRE_EBEYOND;
	frames->promised -= count;
	return QUIRE_OK;
}

/* There is one free, since one is promised. */
static int take_promised(struct quire_frames *frames, struct quire_frame_list *out)
{
	const struct quire_frame_want one = {.count = 1};

	if (frames->promised == 0)
		return QUIRE_EBEYOND;
	frames->promised--;
	return take(frames, &one, out);
}

/* -- public -- */

int quire_frames_take(struct quire_frames *frames, const struct quire_frame_want *want,
		      struct quire_frame_list *out)
{
	int err = frames_enter(frames, want && out);

	return err ? err : frames_leave(frames, take(frames, want, out));
}

int quire_frames_give(struct quire_frames *frames, struct quire_frame_list *list)
{
	int err = frames_enter(frames, list != NULL);

	return err ? err : frames_leave(frames, give(frames, list));
}

int quire_frames_promise(struct quire_frames *frames, uint32_t count)
{
	int err = frames_enter(frames, true);

	return err ? err : frames_leave(frames, promise(frames, count));
}

int quire_frames_unpromise(struct quire_frames *frames, uint32_t count)
{
	int err = frames_enter(frames, true);

	return err ? err : frames_leave(frames, unpromise(frames, count));
}

int quire_frames_take_promised(struct quire_frames *frames, struct quire_frame_list *out)
{
	int err = frames_enter(frames, out != NULL);

	return err ? err : frames_leave(frames, take_promised(frames, out));
}
