/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Banks.
 *
 * The book of the space knows what each place shows: every place is a reservation of one page of
 * its own, made when the pool is, and showing and hiding are one switch of it each.  So addresses
 * can never be lost between two banks, and the core's rules about physical conflicts and about
 * writing back hold here without another word.
 *
 * What is kept beside it is who owns what:
 *
 *     free_words  |1|0|            a bit for each word below that is not zero
 *     free        |0110..|0000|    a bit a bank
 *     in_range    |1111011.|       a bit a place, in a range
 *     begins      |1001010.|       a bit a place, where a range starts
 *     shown_at    bank -> place    shows    place -> bank, or NONE_SUCH
 *
 * A sorted chain of free banks would find the lowest as fast and cost a search for each one given
 * back; a bitmap takes both in a step and is an eighth of a byte for a bank.  The words of the
 * bitmap that have a free bank are marked in a second one, so that a take looks at a word for each
 * 1,024 banks besides those it hands out.  Places are few; their bitmaps are searched directly.
 *
 * Several banks are switched one by one, since each asks the port, and undone one by one if one of
 * them is refused.
 */
#include "bank/private.h"

/* -- bits -- */

uint32_t bit_lowest(uint32_t word)
{
#if QUIRE_HAVE_CLZ
	return (uint32_t)__builtin_ctz(word);
#else
	uint32_t n = 0;

	for (; !(word & 1u); word >>= 1)
		n++;
	return n;
#endif
}

uint32_t bit_next(const uint32_t *bits, uint32_t from, uint32_t end, bool value)
{
	while (from < end) {
		uint32_t word = (value ? bits[from / WORD] : ~bits[from / WORD]) >> from % WORD;

		if (word != 0) {
			from += bit_lowest(word);
			return from < end ? from : end;
		}
		from = (from / WORD + 1) * WORD;
	}
	return end;
}

/* -- banks -- */

static int banks_take(struct quire_bank_pool *p, quire_bank *banks, uint32_t count)
{
	uint32_t word = 0;

	if (count == 0)
		return QUIRE_EZERO;
	if (count > p->banks_free)
		return QUIRE_ESPACE;
	for (uint32_t i = 0; i < count; i++) {
		word = bit_next(p->free_words, word, words_for(p->banks), true);
		banks[i] = (quire_bank)(word * WORD + bit_lowest(p->free[word]));
		bank_mark_owned(p, banks[i]);
	}
	return QUIRE_OK;
}

/* Whether all of a list are banks. */
static bool banks_exist(const struct quire_bank_pool *p, const quire_bank *banks, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (banks[i] >= p->banks)
			return false;
	return true;
}

static bool any_shown(const struct quire_bank_pool *p, const quire_bank *banks, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (p->shown_at[banks[i]] != NONE_SUCH)
			return true;
	return false;
}

/* A bank that is in the list twice is free when it is met again. */
static int banks_give(struct quire_bank_pool *p, const quire_bank *banks, uint32_t count)
{
	if (count == 0)
		return QUIRE_EZERO;
	if (!banks_exist(p, banks, count))
		return QUIRE_EBEYOND;
	if (any_shown(p, banks, count))
		return QUIRE_EREFERENCED;
	for (uint32_t i = 0; i < count; i++) {
		if (bit_get(p->free, banks[i])) {
			while (i-- > 0)
				bank_mark_owned(p, banks[i]);
			return QUIRE_EUNMAPPED;
		}
		bank_mark_free(p, banks[i]);
	}
	return QUIRE_OK;
}

/* -- ranges -- */

/* The lowest run of `count` free places, which is not more than there are; p->places if none. */
static uint32_t run_find(const struct quire_bank_pool *p, uint32_t count)
{
	uint32_t from = bit_next(p->in_range, 0, p->places, false);

	while (from + count <= p->places) {
		uint32_t end = bit_next(p->in_range, from, from + count, true);

		if (end == from + count)
			return from;
		from = bit_next(p->in_range, end, p->places, false);
	}
	return p->places;
}

static uint32_t run_longest(const struct quire_bank_pool *p)
{
	uint32_t longest = 0;
	uint32_t from = bit_next(p->in_range, 0, p->places, false);

	while (from < p->places) {
		uint32_t end = bit_next(p->in_range, from, p->places, true);

		longest = end - from > longest ? end - from : longest;
		from = bit_next(p->in_range, end, p->places, false);
	}
	return longest;
}

static int range_take(struct quire_bank_pool *p, uint32_t count, quire_bank *first, quire_va *va)
{
	uint32_t from;

	if (count == 0)
		return QUIRE_EZERO;
	if (count > p->places_free)
		return QUIRE_ESPACE;
	from = run_find(p, count);
	if (from == p->places)
		return QUIRE_ESPACE;
	for (uint32_t i = 0; i < count; i++)
		bit_set(p->in_range, from + i);
	bit_set(p->begins, from);
	p->places_free -= count;
	*first = (quire_bank)from;
	if (va)
		*va = address_of(p, from);
	return QUIRE_OK;
}

/* The place behind the range that a place is in. */
static uint32_t range_end(const struct quire_bank_pool *p, uint32_t place)
{
	uint32_t end = bit_next(p->in_range, place, p->places, false);

	return bit_next(p->begins, place + 1, end, true);
}

static int range_give(struct quire_bank_pool *p, uint32_t first)
{
	uint32_t end;

	if (first >= p->places || !bit_get(p->begins, first))
		return QUIRE_EUNMAPPED;
	end = range_end(p, first);
	for (uint32_t i = first; i < end; i++)
		if (p->shows[i] != NONE_SUCH)
			return QUIRE_EREFERENCED;
	for (uint32_t i = first; i < end; i++)
		bit_clear(p->in_range, i);
	bit_clear(p->begins, first);
	p->places_free += end - first;
	return QUIRE_OK;
}

/* Whether `count` places from `place` on are in one range.  QUIRE_EUNMAPPED, QUIRE_EBEYOND. */
static int range_reaches(const struct quire_bank_pool *p, uint32_t place, uint32_t count)
{
	if (place >= p->places || !bit_get(p->in_range, place))
		return QUIRE_EUNMAPPED;
	return count > range_end(p, place) - place ? QUIRE_EBEYOND : QUIRE_OK;
}

/* -- what is shown -- */

static void note_shown(struct quire_bank_pool *p, uint32_t bank, uint32_t place, unsigned attr)
{
	p->shown_at[bank] = (quire_bank)place;
	p->shows[place] = (quire_bank)bank;
	p->allows[place] = (uint8_t)attr;
	p->banks_shown++;
}

static void note_hidden(struct quire_bank_pool *p, uint32_t place)
{
	p->shown_at[p->shows[place]] = NONE_SUCH;
	p->shows[place] = NONE_SUCH;
	p->allows[place] = 0;
	p->banks_shown--;
}

/* What the space is to show at a place; the notes say which bank, and how. */
static int space_show(struct quire_bank_pool *p, uint32_t place)
{
	const struct quire_want want = {
		.pa = p->pa + ((quire_pa)p->shows[place] << p->page_shift),
		.target = p->target,
		.attr = p->allows[place],
		.caps = p->caps,
		.tag = p->tag,
	};

	return quire_space_switch(p->space, address_of(p, place), &want);
}

static int space_hide(struct quire_bank_pool *p, uint32_t place)
{
	return quire_space_switch(p->space, address_of(p, place), NULL);
}

/* -- show -- */

static int show_check(const struct quire_bank_pool *p, const quire_bank *banks, uint32_t count,
		      uint32_t place, unsigned attr)
{
	int err;

	if (count == 0)
		return QUIRE_EZERO;
	if (attr & ~(unsigned)p->attr)
		return QUIRE_EFLAG;
	err = range_reaches(p, place, count);
	if (err)
		return err;
	if (!banks_exist(p, banks, count))
		return QUIRE_EBEYOND;
	for (uint32_t i = 0; i < count; i++)
		if (bit_get(p->free, banks[i]))
			return QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < count; i++)
		if (p->shows[place + i] != NONE_SUCH)
			return QUIRE_ETAKEN;
	return QUIRE_OK;
}

/* Note all banks as shown, or none: one that is in the list twice is shown when it is met again. */
static int show_note(struct quire_bank_pool *p, const quire_bank *banks, uint32_t count,
		     uint32_t place, unsigned attr)
{
	for (uint32_t i = 0; i < count; i++) {
		if (p->shown_at[banks[i]] != NONE_SUCH) {
			while (i-- > 0)
				note_hidden(p, place + i);
			return QUIRE_EREFERENCED;
		}
		note_shown(p, banks[i], place + i, attr);
	}
	return QUIRE_OK;
}

/* Make the space show what is noted for places [place, end); if that fails, take it back, and the
   notes with it. */
static int show_noted(struct quire_bank_pool *p, uint32_t place, uint32_t end)
{
	for (uint32_t i = place; i < end; i++) {
		int err = space_show(p, i);

		if (!err)
			continue;
		for (uint32_t j = end; j-- > place;)
			if (j >= i || space_hide(p, j) == QUIRE_OK)
				note_hidden(p, j);
		return err;
	}
	return QUIRE_OK;
}

static int show(struct quire_bank_pool *p, const quire_bank *banks, uint32_t count, uint32_t place,
		unsigned attr, quire_va *va)
{
	int err = show_check(p, banks, count, place, attr);

	if (!err)
		err = show_note(p, banks, count, place, attr ? attr : p->attr);
	if (!err)
		err = show_noted(p, place, place + count);
	if (!err && va)
		*va = address_of(p, place);
	return err;
}

/* -- hide -- */

static int hide_check(const struct quire_bank_pool *p, uint32_t place, uint32_t count)
{
	int err;

	if (count == 0)
		return QUIRE_EZERO;
	err = range_reaches(p, place, count);
	if (err)
		return err;
	for (uint32_t i = 0; i < count; i++)
		if (p->shows[place + i] == NONE_SUCH)
			return QUIRE_EUNMAPPED;
	return QUIRE_OK;
}

static int hide(struct quire_bank_pool *p, uint32_t place, uint32_t count)
{
	int err = hide_check(p, place, count);
	uint32_t done = 0;

	while (!err && done < count) {
		err = space_hide(p, place + done);
		done += !err;
	}
	for (uint32_t i = place; i < place + done; i++)
		if (!err || space_show(p, i) != QUIRE_OK)
			note_hidden(p, i);
	return err;
}

/* -- stats -- */

static void stats(const struct quire_bank_pool *p, struct quire_bank_stats *out)
{
	*out = (struct quire_bank_stats){
		.banks = p->banks,
		.banks_free = p->banks_free,
		.banks_shown = p->banks_shown,
		.places = p->places,
		.places_free = p->places_free,
		.longest = run_longest(p),
		.bank_size = bank_size(p),
		.va = p->va,
	};
}

/* -- public -- */

int quire_bank_take(struct quire_bank_pool *pool, quire_bank *banks, uint32_t count)
{
	int err = pool_enter(pool, banks != NULL);

	return err ? err : pool_leave(pool, banks_take(pool, banks, count));
}

int quire_bank_give(struct quire_bank_pool *pool, const quire_bank *banks, uint32_t count)
{
	int err = pool_enter(pool, banks != NULL);

	return err ? err : pool_leave(pool, banks_give(pool, banks, count));
}

int quire_bank_range_take(struct quire_bank_pool *pool, uint32_t count, quire_bank *first,
			  quire_va *va)
{
	int err = pool_enter(pool, first != NULL);

	return err ? err : pool_leave(pool, range_take(pool, count, first, va));
}

int quire_bank_range_give(struct quire_bank_pool *pool, quire_bank first)
{
	int err = pool_enter(pool, true);

	return err ? err : pool_leave(pool, range_give(pool, first));
}

int quire_bank_show(struct quire_bank_pool *pool, const quire_bank *banks, uint32_t count,
		    quire_bank place, unsigned attr, quire_va *va)
{
	int err = pool_enter(pool, banks != NULL);

	return err ? err : pool_leave(pool, show(pool, banks, count, place, attr, va));
}

int quire_bank_hide(struct quire_bank_pool *pool, quire_bank place, uint32_t count)
{
	int err = pool_enter(pool, true);

	return err ? err : pool_leave(pool, hide(pool, place, count));
}

int quire_bank_stats(struct quire_bank_pool *pool, struct quire_bank_stats *out)
{
	int err = pool_enter(pool, out != NULL);

	if (err)
		return err;
	stats(pool, out);
	return pool_leave(pool, QUIRE_OK);
}
