/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the keep-list share: slots, their rings and hashes, and dropping (keep.c says
 * what they are for).
 *
 * Functions here neither lock nor check for NULL; the public calls do.
 */
#ifndef QUIRE_KEEP_PRIVATE_H
#define QUIRE_KEEP_PRIVATE_H

#include "lock.h"
#include "quire/keep.h"

/* The heads of the rings, how many there are, and no slot. */
enum { KEPT = 0, USED = 1, HEADS = 2, NONE = 0 };

/* 2^32 divided by the golden ratio: neighbours are spread evenly. */
#define SPREAD        0x9e3779b1u
#define HASH_BITS     32u
#define SMALLEST_PAGE 12u

/* Check that there is a list and that its arguments are there, and lock it. */
static inline int keep_enter(struct quire_keep *k, bool arguments)
{
	if (!k || !arguments)
		return QUIRE_ENULL;
	return lock_enter(&k->lock);
}

/* Unlock and pass a result on. */
static inline int keep_leave(struct quire_keep *k, int result)
{
	return lock_leave(&k->lock, result);
}

static inline struct quire_keep_slot *slot_at(const struct quire_keep *k, unsigned i)
{
	return &k->slot[i];
}

static inline bool is_kept(const struct quire_keep *k, unsigned i)
{
	return i != NONE && slot_at(k, i)->holders == 0;
}

/* The size of a request in whole pages of its memory; 0 if it rounds up to that.  A target that does
   not exist has some page size, and finds nothing. */
static inline quire_size whole_pages(const struct quire_keep *k, const struct quire_want *want)
{
	quire_size mask = k->page_mask[want->target % QUIRE_TARGETS_MAX];

	return (want->size + mask) & ~mask;
}

/* -- rings -- */

static inline void ring_leave(struct quire_keep *k, const struct quire_keep_slot *s)
{
	slot_at(k, s->newer)->older = s->older;
	slot_at(k, s->older)->newer = s->newer;
}

/* As the newest. */
static inline void ring_enter(struct quire_keep *k, unsigned ring, unsigned i)
{
	struct quire_keep_slot *head = slot_at(k, ring);
	struct quire_keep_slot *s = slot_at(k, i);

	s->newer = (uint16_t)ring;
	s->older = head->older;
	slot_at(k, head->older)->newer = (uint16_t)i;
	head->older = (uint16_t)i;
}

/* -- hashes -- */

static inline uint32_t shown_bucket(const struct quire_keep *k, unsigned target, quire_pa pa,
				    quire_size size)
{
	uint32_t first = (uint32_t)(pa >> SMALLEST_PAGE);
	uint32_t pages = (uint32_t)(size >> SMALLEST_PAGE);

	return (first + (pages << 5) + target) * SPREAD >> k->shift;
}

static inline uint32_t place_bucket(const struct quire_keep *k, quire_va va)
{
	return (uint32_t)(va >> SMALLEST_PAGE) * SPREAD >> k->shift;
}

/* The slot whose `va` this is; NONE. */
static inline unsigned find_exactly(const struct quire_keep *k, quire_va va)
{
	unsigned i = k->place[place_bucket(k, va)];

	while (i != NONE && slot_at(k, i)->va != va)
		i = slot_at(k, i)->same_place;
	return i;
}

/* The same address on the other side of its window. */
quire_va keep_other_side(const struct quire_space *space, quire_va va);

/* The slot of the mapping whose first address this is, on either side; NONE. */
static inline unsigned find_mapping(const struct quire_keep *k, quire_va va)
{
	unsigned i;

	if (k->slots == 0)
		return NONE;
	i = find_exactly(k, va);
	return i != NONE ? i : find_exactly(k, keep_other_side(k->space, va));
}

/* -- slots -- */

/*
 * A free slot.  If there is none, at least half of all are in use, and the one that has been for the
 * longest time is forgotten.
 */
unsigned keep_slot_take(struct quire_keep *k);

/* Put a slot that is filled in into both hashes and the ring of those in use. */
void keep_slot_enter(struct quire_keep *k, unsigned i);

/* The list knows nothing of a mapping any more. */
void keep_slot_forget(struct quire_keep *k, unsigned i);

/* -- dropping (drop.c) -- */

/* Which mappings are meant. */
struct pick {
	bool (*meant)(const struct quire_keep_slot *s, const struct pick *pick);
	unsigned target, windows;
	quire_va start; /* virtual or physical */
	quire_size size;
};

/* Those that show some of what is wanted, in a window that a request for it looks at. */
struct pick keep_showing(const struct quire_keep *k, const struct quire_want *want);

/* Those that stand at some of [va, va + size). */
struct pick keep_standing(quire_va va, quire_size size);

/* The windows that a request looks at, a bit each. */
unsigned keep_windows_of(const struct quire_space *space, const struct quire_want *want);

/* Unmap a kept mapping after all. */
int keep_drop(struct quire_keep *k, unsigned i);

/* Drop those that are meant, the oldest first.  Returns the first refusal, if any. */
int keep_drop_picked(struct quire_keep *k, const struct pick *pick, uint32_t *dropped);

/* Drop the least recently used one, if there is any. */
int keep_drop_oldest(struct quire_keep *k, uint32_t *dropped);

/* -- what is no hit (miss.c) -- */

/* As map, and, with `chosen`, as map_at. */
int keep_map_missed(struct quire_keep *k, const quire_va *chosen, const struct quire_want *want,
		    struct quire_got *got);

int keep_reserve_missed(struct quire_keep *k, const struct quire_want *want, quire_va *out);
int keep_reserve_at_missed(struct quire_keep *k, quire_va va, quire_size size, uint16_t tag);

#endif
