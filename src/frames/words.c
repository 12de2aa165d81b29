/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One word a frame, and lists that are kept in them.
 *
 * A frame is in a list, or in the tables, or nobody's: never two of these at once.  So one field
 * does for the next frame of the list and for the address, and frames that are on their way from
 * the pool to the tables need no memory but that.  The word of the last frame of a list names frame
 * 0: where a list ends its count says.
 */
#include "frames/private.h"

/* From a word that names a frame to one that names the next. */
#define WORD_NEXT ((quire_frame_word)1 << QUIRE_FRAME_LINK_SHIFT)

static quire_frame_word word_linked(uint32_t next)
{
	return (quire_frame_word)next << QUIRE_FRAME_LINK_SHIFT | QUIRE_FRAME_BUSY;
}

/* -- numbers -- */

uint32_t frame_of(const struct quire_frames *frames, quire_pa pa)
{
	for (unsigned i = 0; i < frames->bank_count; i++) {
		const struct quire_frame_pool_bank *b = &frames->bank[i];
		quire_pa offset = pa - b->bank.base;

		if (offset < b->bank.size)
			return b->first + (uint32_t)(offset >> frames->page_shift);
	}
	return NO_FRAME;
}

unsigned frame_bank(const struct quire_frames *frames, uint32_t frame)
{
	unsigned i = 0;

	while (frame - frames->bank[i].first >= frames->bank[i].frames)
		i++;
	return i;
}

quire_pa frame_pa(const struct quire_frames *frames, uint32_t frame)
{
	const struct quire_frame_pool_bank *b = &frames->bank[frame_bank(frames, frame)];

	return b->bank.base + ((quire_pa)(frame - b->first) << frames->page_shift);
}

/* -- words -- */

void frame_words_mapped(struct quire_frames *frames, uint32_t first, uint32_t count, quire_va va,
			unsigned owner, bool pinned)
{
	quire_frame_word word = (quire_frame_word)va |
				(quire_frame_word)owner << QUIRE_FRAME_OWNER_SHIFT |
				QUIRE_FRAME_MAPPED | (pinned ? QUIRE_FRAME_PINNED : 0u);

	for (uint32_t i = 0; i < count; i++) {
		frames->word[first + i] = word;
		word += (quire_frame_word)1 << frames->page_shift;
	}
}

void frame_word_shared(struct quire_frames *frames, uint32_t frame, unsigned owner)
{
	frames->word[frame] = (quire_frame_word)owner << QUIRE_FRAME_OWNER_SHIFT |
			      QUIRE_FRAME_SHARED | QUIRE_FRAME_PINNED;
}

/* -- lists -- */

void frame_list_append_run(struct quire_frames *frames, struct quire_frame_list *list,
			   uint32_t first, uint32_t count)
{
	uint32_t last = first + count - 1u;
	quire_frame_word next = word_linked(first);

	for (uint32_t i = first; i < last; i++)
		frames->word[i] = next += WORD_NEXT;
	frames->word[last] = word_linked(0);
	if (list->count != 0)
		frames->word[list->last] = word_linked(first);
	else
		list->first = first;
	list->last = last;
	list->count += count;
}

void frame_list_append(struct quire_frames *frames, struct quire_frame_list *list, uint32_t frame)
{
	frame_list_append_run(frames, list, frame, 1);
}

void frame_list_join(struct quire_frames *frames, struct quire_frame_list *list,
		     struct quire_frame_list *more)
{
	if (list->count == 0) {
		*list = *more;
	} else if (more->count != 0) {
		frames->word[list->last] = word_linked(more->first);
		list->last = more->last;
		list->count += more->count;
	}
	*more = (struct quire_frame_list){0, 0, 0};
}

uint32_t frame_list_next(const struct quire_frames *frames, struct quire_frame_list *rest)
{
	uint32_t frame = rest->first;

	if (rest->count == 0)
		return NO_FRAME;
	rest->first = frame_link(frames, frame);
	rest->count--;
	return frame;
}

bool frame_list_next_frames(const struct quire_frames *frames, struct quire_frame_list *rest,
			    uint32_t *first, uint32_t *count)
{
	const struct quire_frame_pool_bank *b;
	const quire_frame_word *word;
	quire_frame_word next;
	uint32_t most, n = 1;

	if (rest->count == 0)
		return false;
	word = frames->word + rest->first;
	next = word_linked(rest->first + 1u);
	b = &frames->bank[frame_bank(frames, rest->first)];
	most = b->frames - (rest->first - b->first);
	most = most < rest->count ? most : rest->count;
	for (; n < most && word[n - 1u] == next; n++)
		next += WORD_NEXT;
	*first = rest->first;
	*count = n;
	rest->first = frame_link(frames, *first + n - 1u);
	rest->count -= n;
	return true;
}

bool frame_list_next_run(const struct quire_frames *frames, struct quire_frame_list *rest,
			 struct quire_frame_run *run)
{
	uint32_t first, count;

	if (!frame_list_next_frames(frames, rest, &first, &count))
		return false;
	run->pa = frame_pa(frames, first);
	run->size = (quire_size)count << frames->page_shift;
	run->target = frames->bank[frame_bank(frames, first)].bank.target;
	return true;
}

/* A frame that comes twice would come again and again, and so would the last one: if that comes at
   the end and not before, no frame does. */
bool frame_list_sound(const struct quire_frames *frames, const struct quire_frame_list *list)
{
	uint32_t frame = list->first;

	for (uint32_t i = 0; i < list->count; i++) {
		if (frame >= frames->count ||
		    (frame_flags(frames, frame) & (QUIRE_FRAME_FREE | QUIRE_FRAME_BUSY)) !=
			    QUIRE_FRAME_BUSY)
			return false;
		if ((frame == list->last) != (i + 1u == list->count))
			return false;
		frame = frame_link(frames, frame);
	}
	return true;
}
