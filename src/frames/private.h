/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames, from inside: for the files of this directory, and for src/vm, which puts frames at
 * addresses and writes so into their words.
 *
 * Who may touch a word: the one who has the frame's list, without any lock; of a frame that is in
 * no list, whoever holds the pool's lock.  So a frame goes from a list into the tables by one
 * store, which nobody needs to be kept from (it is BUSY before, and whoever looks sees the one or
 * the other), and from the tables into a list with the lock held, since a pin of it may be under
 * way.
 */
#ifndef QUIRE_FRAMES_PRIVATE_H
#define QUIRE_FRAMES_PRIVATE_H

#include "lock.h"
#include "quire/frames.h"

#define NO_FRAME   (~(uint32_t)0)
#define FRAME_BITS 64u /* frames in a word of bits */

/* -- locking: frames_enter() first looks whether there is a pool and all else that is needed -- */

static inline int frames_enter(const struct quire_frames *frames, bool pointers)
{
	return frames && pointers ? lock_enter(&frames->lock) : QUIRE_ENULL;
}

static inline int frames_leave(const struct quire_frames *frames, int result)
{
	return lock_leave(&frames->lock, result);
}

/* -- words.c: words, and lists in them -- */

/* The number of the frame that a byte is in; NO_FRAME if it is in no bank. */
uint32_t frame_of(const struct quire_frames *frames, quire_pa pa);

/* Where a frame begins, and the bank that it is in. */
quire_pa frame_pa(const struct quire_frames *frames, uint32_t frame);
unsigned frame_bank(const struct quire_frames *frames, uint32_t frame);

/* What its word says. */
static inline unsigned frame_flags(const struct quire_frames *frames, uint32_t frame)
{
	return (unsigned)frames->word[frame] & QUIRE_FRAME_FLAGS;
}

static inline unsigned frame_owner(const struct quire_frames *frames, uint32_t frame)
{
	return (unsigned)(frames->word[frame] >> QUIRE_FRAME_OWNER_SHIFT) & 15u;
}

/* Where it is mapped, if it is; whether that is QUIRE_FRAME_MAPPED says. */
static inline quire_va frame_va(const struct quire_frames *frames, uint32_t frame)
{
	return (quire_va)(frames->word[frame] >> QUIRE_FRAME_LINK_SHIFT << QUIRE_FRAME_LINK_SHIFT);
}

/* The next one of its list, if it is in one and not the last. */
static inline uint32_t frame_link(const struct quire_frames *frames, uint32_t frame)
{
	return (uint32_t)(frames->word[frame] >> QUIRE_FRAME_LINK_SHIFT);
}

/* Say that frames of a list, `count` side by side, are mapped, at a multiple of the page and what
   follows; from then on they are in no list. */
void frame_words_mapped(struct quire_frames *frames, uint32_t first, uint32_t count, quire_va va,
			unsigned owner, bool pinned);

/* Say that a frame of a list is seen at several addresses: it stays where it is. */
void frame_word_shared(struct quire_frames *frames, uint32_t frame, unsigned owner);

/* Put a frame that is in no list, and no longer in the tables, behind a list; as many frames that
   lie side by side; and one list behind another one, which is empty then. */
void frame_list_append(struct quire_frames *frames, struct quire_frame_list *list, uint32_t frame);
void frame_list_append_run(struct quire_frames *frames, struct quire_frame_list *list,
			   uint32_t first, uint32_t count);
void frame_list_join(struct quire_frames *frames, struct quire_frame_list *list,
		     struct quire_frame_list *more);

/* Take the first frame off a list; NO_FRAME if it is empty.  Its word stays as it is. */
uint32_t frame_list_next(const struct quire_frames *frames, struct quire_frame_list *rest);

/* Take those off that lie side by side at its start, in one bank; their words stay as they are, so
   that a copy of a list can be gone through, and what is mapped on the way be noted after the fact.
   False if it is empty.  The first as numbers, the second as addresses. */
bool frame_list_next_frames(const struct quire_frames *frames, struct quire_frame_list *rest,
			    uint32_t *first, uint32_t *count);
bool frame_list_next_run(const struct quire_frames *frames, struct quire_frame_list *rest,
			 struct quire_frame_run *run);

/* Whether it is a list of frames that were taken, each once.  Cost: linear in it. */
bool frame_list_sound(const struct quire_frames *frames, const struct quire_frame_list *list);

/* -- set.c: sets of numbers below `numbers`, which is not 0 -- */

/* Words of memory for one; make it there, empty. */
uint32_t frame_set_words(uint32_t numbers);
void frame_set_init(struct quire_frame_set *set, uint32_t numbers, uint64_t *words);

void frame_set_add(struct quire_frame_set *set, uint32_t number);
void frame_set_remove(struct quire_frame_set *set, uint32_t number);
bool frame_set_has(const struct quire_frame_set *set, uint32_t number);

/* The least member from `from` on; NO_FRAME if there is none. */
uint32_t frame_set_next(const struct quire_frame_set *set, uint32_t from);

/* Whether its levels agree with each other. */
bool frame_set_sound(const struct quire_frame_set *set, uint32_t numbers);

/* -- tree.c: what is free; frames are counted from the start of the bank -- */

/* What is free in one word, and in two halves of `size` frames each. */
struct quire_frame_node frame_node_of_word(uint64_t bits);
struct quire_frame_node frame_node_of_halves(const struct quire_frame_node *left,
					     const struct quire_frame_node *right, uint32_t size);

/* Number of the lowest bit that is set; there is one. */
unsigned frame_bits_lowest(uint64_t bits);

/* Set or clear bits. */
void frame_bits_mark(struct quire_frame_pool_bank *b, uint32_t first, uint32_t count, bool free);

/* One word of bits has changed, to what it is. */
void frame_word_note(struct quire_frame_pool_bank *b, uint32_t word);

/* The first free frame from `from` on; NO_FRAME if there is none.  A few steps, and the tree is not
   looked at. */
uint32_t frame_bits_next(const struct quire_frame_pool_bank *b, uint32_t from);

/* Make the tree agree with the bits, which is what the three below want.  Cost: linear in the words that
   have changed since, and a path for each run of those. */
void frame_tree_catch_up(struct quire_frame_pool_bank *b);

/* The first frame from `from` on with which `count` free ones begin; NO_FRAME if there is none.
   Cost: one way up and one down. */
uint32_t frame_tree_find(const struct quire_frame_pool_bank *b, uint32_t from, uint32_t count);

/* The first frame from `from`, which is free, on that is not: b->frames if all are.  Cost: one way
   up. */
uint32_t frame_tree_end(const struct quire_frame_pool_bank *b, uint32_t from);

/* As find, among frames `phase` + n * `unit`, a power of two.  Cost: up to two searches for each
   run that is long enough but lies badly, or for each such frame, whichever is fewer. */
uint32_t frame_tree_find_aligned(const struct quire_frame_pool_bank *b, uint32_t from,
				 uint32_t count, uint64_t phase, uint64_t unit);

/* -- frames.c -- */

/* quire_frames_give() for who holds the lock, and knows that the list is sound; it is empty then. */
void frame_list_give(struct quire_frames *frames, struct quire_frame_list *list);

/* -- pool.c -- */

/* Words of bits of so many frames. */
static inline uint32_t frame_words(uint32_t frames)
{
	return frames / FRAME_BITS + (frames % FRAME_BITS != 0);
}

#endif
