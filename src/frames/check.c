/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames, counted and proved.
 *
 * Every frame's state is known twice, by its word and by its bit, and every count could be had by
 * counting.  check() does that: first the banks, so that what comes after stays inside of the
 * memory, then bit against word, then the tree against the bits, from the leaves up.
 */
#include "frames/private.h"

/* -- stats -- */

static void bank_add(struct quire_frame_pool_bank *b, struct quire_frames_stats *out)
{
	frame_tree_catch_up(b);
	out->frames += b->frames;
	out->free += b->free;
	out->reserved += b->reserved;
	out->in_use += b->frames - b->free - b->reserved;
	if (b->node[1].longest > out->longest)
		out->longest = b->node[1].longest;
}

static void stats(struct quire_frames *frames, struct quire_frames_stats *out)
{
	*out = (struct quire_frames_stats){.promised = frames->promised};
	for (unsigned i = 0; i < frames->bank_count; i++)
		bank_add(&frames->bank[i], out);
}

static int bank_stats(struct quire_frames *frames, unsigned bank, struct quire_frames_stats *out)
{
	if (bank >= frames->bank_count)
		return QUIRE_EBEYOND;
	*out = (struct quire_frames_stats){.promised = 0};
	bank_add(&frames->bank[bank], out);
	return QUIRE_OK;
}

/* -- check: each finds the first thing wrong, or NULL -- */

static const char *banks_wrong(const struct quire_frames *frames)
{
	uint32_t first = 0;
	unsigned met = 0;

	if (frames->bank_count == 0 || frames->bank_count > QUIRE_FRAME_BANKS_MAX ||
	    frames->page_shift < QUIRE_FRAME_LINK_SHIFT ||
	    frames->page_shift >= sizeof(quire_size) * 8)
		return "the number of banks or the page";
	for (unsigned i = 0; i < frames->bank_count; i++) {
		const struct quire_frame_pool_bank *b = &frames->bank[i];
		uint32_t words = frame_words(b->frames);

		if (b->first != first || b->frames != b->bank.size >> frames->page_shift)
			return "the frames of a bank";
		if (b->leaves < words || b->leaves >= 2 * words ||
		    (b->leaves & (b->leaves - 1u)) != 0)
			return "the height of a bank's tree";
		if (frames->order[i] < frames->bank_count)
			met |= 1u << frames->order[i];
		if (i > 0 &&
		    frames->bank[frames->order[i - 1] % QUIRE_FRAME_BANKS_MAX].bank.rank >
			    frames->bank[frames->order[i] % QUIRE_FRAME_BANKS_MAX].bank.rank)
			return "the order of the banks";
		first += b->frames;
	}
	if (met != (1u << frames->bank_count) - 1u)
		return "the order of the banks";
	return first == frames->count ? NULL : "the number of frames";
}

/* What a word that is not free says is one thing, and can be. */
static const char *word_wrong(const struct quire_frames *frames, uint32_t frame)
{
	unsigned state = frame_flags(frames, frame) & (QUIRE_FRAME_RESERVED | QUIRE_FRAME_MAPPED |
						       QUIRE_FRAME_BUSY | QUIRE_FRAME_SHARED);
	quire_va page = (quire_va)1 << frames->page_shift;

	if (state == 0 || (state & (state - 1u)) != 0 || (frames->word[frame] & 0x80u) != 0)
		return "a word says no use of its frame, or two";
	if (state == QUIRE_FRAME_MAPPED && (frame_va(frames, frame) & (page - 1u)) != 0)
		return "a word's address is not that of a page";
	if (state == QUIRE_FRAME_BUSY && frame_link(frames, frame) >= frames->count)
		return "a word's list goes on beyond the frames";
	return NULL;
}

/* Bits and words of a bank, and its counts. */
static const char *bank_wrong(const struct quire_frames *frames,
			      const struct quire_frame_pool_bank *b)
{
	uint32_t free = 0, reserved = 0;

	for (uint32_t i = 0; i < b->frames; i++) {
		unsigned flags = frame_flags(frames, b->first + i);
		bool bit = (b->bits[i / FRAME_BITS] >> i % FRAME_BITS & 1u) != 0;
		const char *wrong = NULL;

		if (bit != ((flags & QUIRE_FRAME_FREE) != 0))
			return "a bit and its word do not agree";
		if (!bit)
			wrong = word_wrong(frames, b->first + i);
		if (wrong)
			return wrong;
		free += bit;
		reserved += !bit && (flags & QUIRE_FRAME_RESERVED) != 0;
	}
	if (b->frames % FRAME_BITS != 0 &&
	    b->bits[b->frames / FRAME_BITS] >> b->frames % FRAME_BITS != 0)
		return "frames are free behind the end of a bank";
	return free == b->free && reserved == b->reserved ? NULL : "the counts of a bank";
}

static bool node_is(const struct quire_frame_node *a, struct quire_frame_node b)
{
	return a->prefix == b.prefix && a->suffix == b.suffix && a->longest == b.longest;
}

static const char *sets_wrong(const struct quire_frame_pool_bank *b)
{
	uint32_t words = frame_words(b->frames);

	if (!frame_set_sound(&b->some, words) || !frame_set_sound(&b->stale, words))
		return "the levels of a set";
	for (uint32_t i = 0; i < words; i++)
		if (frame_set_has(&b->some, i) != (b->bits[i] != 0))
			return "which words have free frames";
	return NULL;
}

static const char *tree_wrong(struct quire_frame_pool_bank *b)
{
	uint32_t words = frame_words(b->frames);
	uint32_t size = FRAME_BITS;

	frame_tree_catch_up(b);
	for (uint32_t i = 0; i < b->leaves; i++)
		if (!node_is(&b->node[b->leaves + i],
			     frame_node_of_word(i < words ? b->bits[i] : 0)))
			return "a leaf of a tree";
	for (uint32_t level = b->leaves / 2; level != 0; level /= 2, size *= 2)
		for (uint32_t i = level; i < 2 * level; i++)
			if (!node_is(&b->node[i], frame_node_of_halves(&b->node[2 * i],
								       &b->node[2 * i + 1], size)))
				return "a node of a tree";
	return NULL;
}

static const char *frames_wrong(struct quire_frames *frames)
{
	const char *wrong = banks_wrong(frames);
	uint32_t free = 0;

	for (unsigned i = 0; !wrong && i < frames->bank_count; i++) {
		wrong = bank_wrong(frames, &frames->bank[i]);
		if (!wrong)
			wrong = sets_wrong(&frames->bank[i]);
		if (!wrong)
			wrong = tree_wrong(&frames->bank[i]);
		free += frames->bank[i].free;
	}
	if (!wrong && free != frames->free)
		wrong = "the number of free frames";
	if (!wrong && frames->promised > frames->free)
		wrong = "more is promised than is free";
	return wrong;
}

/* -- public -- */

int quire_frames_stats(struct quire_frames *frames, struct quire_frames_stats *out)
{
	int err = frames_enter(frames, out != NULL);

	if (err)
		return err;
	stats(frames, out);
	return frames_leave(frames, QUIRE_OK);
}

int quire_frames_bank_stats(struct quire_frames *frames, unsigned bank,
			    struct quire_frames_stats *out)
{
	int err = frames_enter(frames, out != NULL);

	return err ? err : frames_leave(frames, bank_stats(frames, bank, out));
}

quire_size quire_frames_free(struct quire_frames *frames)
{
	quire_size free;

	if (frames_enter(frames, true) != QUIRE_OK)
		return 0;
	free = (quire_size)(frames->free - frames->promised) << frames->page_shift;
	frames_leave(frames, QUIRE_OK);
	return free;
}

int quire_frames_check(struct quire_frames *frames, const char **what)
{
	const char *wrong;
	int err = frames_enter(frames, true);

	if (err)
		return err;
	wrong = frames_wrong(frames);
	if (wrong && what)
		*what = wrong;
	return frames_leave(frames, wrong ? QUIRE_ECORRUPT : QUIRE_OK);
}
