/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of banks, made, given up and proved.
 *
 * Making one only looks at the space until it is clear that it can be; then the places are reserved
 * one by one, and given back if one of them cannot be.
 */
#include "bank/private.h"

#include "space/private.h"

/* -- init -- */

quire_size quire_bank_memory_size(uint32_t banks, uint32_t places)
{
	quire_size size;

	if (banks == 0 || banks > QUIRE_BANK_MAX || places == 0 || places > QUIRE_BANK_MAX)
		return 0;
	size = sizeof(uint32_t) *
	       ((quire_size)words_for(banks) + words_for(words_for(banks)) + 2 * words_for(places));
	size += sizeof(quire_bank) * ((quire_size)banks + places) + places;
	return (size + 7u) & ~(quire_size)7u;
}

/* Cut the caller's memory into the tables, and make all banks and places free. */
static void tables_make(struct quire_bank_pool *p, const struct quire_bank_config *c)
{
	uint32_t words = words_for(c->banks);
	uint32_t *next = c->memory;

	p->free = next;
	p->free_words = p->free + words;
	p->in_range = p->free_words + words_for(words);
	p->begins = p->in_range + words_for(c->places);
	next = p->begins + words_for(c->places);
	while (next != c->memory)
		*--next = 0;
	p->shown_at = (quire_bank *)(p->begins + words_for(c->places));
	p->shows = p->shown_at + c->banks;
	p->allows = (uint8_t *)(p->shows + c->places);
	for (uint32_t i = 0; i < c->banks; i++) {
		p->shown_at[i] = NONE_SUCH;
		bank_mark_free(p, i);
	}
	for (uint32_t i = 0; i < c->places; i++) {
		p->shows[i] = NONE_SUCH;
		p->allows[i] = 0;
	}
}

/* What is asked for, as a request to the space. */
static struct quire_want want_of(const struct quire_bank_config *c)
{
	return (struct quire_want){
		.pa = c->pa, .target = c->target, .attr = c->attr, .caps = c->caps, .tag = c->tag};
}

/* What can be said before a window is known. */
static int config_check(const struct quire_bank_config *c)
{
	const struct quire_space *s = c->space;
	struct quire_want want = want_of(c);
	quire_size size = quire_bank_memory_size(c->banks, c->places);

	if (size == 0)
		return QUIRE_EFLAG;
	if (c->memory_size < size)
		return QUIRE_EPOOL;
	if (c->target >= s->memory_count || s->memory[c->target].size == 0)
		return QUIRE_ETARGET;
	return want_check_kind(s, &want);
}

/* Whether a window's pages are what places and banks are to be. */
static int window_check(const struct quire_bank_config *c, unsigned window)
{
	const struct quire_book *b = &c->space->book[window];
	struct quire_want want = want_of(c);

	if (!window_can(c->space, window, c->target, c->attr, c->caps))
		return window_refusal(c->space, window, c->target, c->attr, c->caps);
	if (((c->pa | c->va) & (page_size(b) - 1)) != 0)
		return QUIRE_EALIGN;
	return want_check_physical(c->space, b, &want, (quire_page)c->banks);
}

/* A window that will do.  Of what is wrong with all of them, the most telling is the result. */
static int window_any(const struct quire_bank_config *c)
{
	int err = QUIRE_ECAPS;

	for (unsigned w = 0; w < c->space->window_count; w++) {
		int now = window_check(c, w);

		if (now != QUIRE_ECAPS)
			err = now;
		if (!now)
			return QUIRE_OK;
	}
	return err;
}

/* The first such window with a gap for all places, and the smallest gap in it that fits. */
static int gap_find(const struct quire_bank_config *c, unsigned *window, quire_va *va)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info row;
	quire_size best = 0;
	int err;

	while ((err = quire_space_next(c->space, &cursor, &row)) == QUIRE_OK) {
		unsigned shift = c->space->book[row.window].page_shift;

		if (best != 0 && (row.window != *window || row.size >= best))
			continue;
		if (row.kind != QUIRE_GAP || row.size >> shift < c->places ||
		    window_check(c, row.window) != QUIRE_OK)
			continue;
		best = row.size;
		*window = row.window;
		*va = row.va;
	}
	if (err != QUIRE_EUNMAPPED)
		return err;
	return best != 0 ? QUIRE_OK : QUIRE_ESPACE;
}

/* A window for the places, and the address of the first. */
static int window_choose(const struct quire_bank_config *c, unsigned *window, quire_va *va)
{
	struct place at;
	quire_page pages;
	int err;

	if (c->va == 0) {
		err = window_any(c);
		return err ? err : gap_find(c, window, va);
	}
	err = place_find(c->space, c->va, &at);
	if (err)
		return err;
	*window = at.window;
	*va = c->va;
	err = window_check(c, at.window);
	if (err)
		return err;
	pages = (quire_page)(c->space->book[at.window].pages - at.page);
	return c->places > pages ? QUIRE_EFOREIGN : QUIRE_OK;
}

/* Reserve all places, or none. */
static int places_reserve(const struct quire_bank_pool *p)
{
	for (uint32_t i = 0; i < p->places; i++) {
		int err = quire_space_reserve_at(p->space, address_of(p, i), bank_size(p), p->tag);

		if (!err)
			continue;
		while (i-- > 0)
			(void)quire_space_release(p->space, address_of(p, i));
		return err;
	}
	return QUIRE_OK;
}

int quire_bank_init(struct quire_bank_pool *pool, const struct quire_bank_config *config)
{
	struct quire_bank_pool made;
	unsigned window = 0;
	quire_va va = 0;
	int err;

	if (!pool || !config || !config->space || !config->memory)
		return QUIRE_ENULL;
	err = config_check(config);
	if (!err)
		err = window_choose(config, &window, &va);
	if (err)
		return err;
	made = (struct quire_bank_pool){
		.space = config->space,
		.lock = config->lock,
		.pa = config->pa,
		.va = va,
		.banks = config->banks,
		.places = config->places,
		.places_free = config->places,
		.tag = config->tag,
		.page_shift = config->space->book[window].page_shift,
		.target = config->target,
		.attr = config->attr,
		.caps = config->caps,
	};
	err = places_reserve(&made);
	if (err)
		return err;
	tables_make(&made, config);
	*pool = made;
	return QUIRE_OK;
}

/* -- close -- */

static int places_release(const struct quire_bank_pool *p)
{
	for (uint32_t i = 0; i < p->places; i++) {
		int err = quire_space_release(p->space, address_of(p, i));

		if (!err)
			continue;
		while (i-- > 0)
			(void)quire_space_reserve_at(p->space, address_of(p, i), bank_size(p),
						     p->tag);
		return err;
	}
	return QUIRE_OK;
}

int quire_bank_close(struct quire_bank_pool *pool)
{
	int err;

	if (!pool || !pool->space)
		return QUIRE_ENULL;
	if (pool->banks_free != pool->banks || pool->places_free != pool->places)
		return QUIRE_EREFERENCED;
	err = places_release(pool);
	if (!err)
		*pool = (struct quire_bank_pool){0};
	return err;
}

/* -- check -- */

static uint32_t bits_count(const uint32_t *bits, uint32_t end)
{
	uint32_t count = 0;

	for (uint32_t i = bit_next(bits, 0, end, true); i < end;
	     i = bit_next(bits, i + 1, end, true))
		count++;
	return count;
}

/* What is wrong with the bitmaps; NULL if nothing is. */
static const char *bits_wrong(const struct quire_bank_pool *p)
{
	uint32_t words = words_for(p->banks);

	if (bits_count(p->free, p->banks) != p->banks_free ||
	    bits_count(p->free, words * WORD) != p->banks_free)
		return "banks: another number is free than is counted";
	for (uint32_t i = 0; i < words; i++)
		if (bit_get(p->free_words, i) != (p->free[i] != 0))
			return "banks: the summary does not say where the free ones are";
	if (bits_count(p->in_range, p->places) != p->places - p->places_free)
		return "places: another number is free than is counted";
	for (uint32_t i = 0; i < p->places; i++) {
		bool before = i > 0 && bit_get(p->in_range, i - 1);

		if (!bit_get(p->in_range, i) && bit_get(p->begins, i))
			return "places: a range begins at a free place";
		if (bit_get(p->in_range, i) && !before && !bit_get(p->begins, i))
			return "places: a range has no beginning";
	}
	return NULL;
}

/* What is wrong with who is shown where. */
static const char *notes_wrong(const struct quire_bank_pool *p)
{
	uint32_t shown = 0;

	for (uint32_t b = 0; b < p->banks; b++) {
		uint32_t place = p->shown_at[b];

		if (place == NONE_SUCH)
			continue;
		if (bit_get(p->free, b))
			return "banks: a free one is shown";
		if (place >= p->places || p->shows[place] != b)
			return "banks: one is shown at a place that shows another";
		shown++;
	}
	if (shown != p->banks_shown)
		return "banks: another number is shown than is counted";
	for (uint32_t i = 0; i < p->places; i++) {
		if (p->shows[i] == NONE_SUCH)
			continue;
		if (!bit_get(p->in_range, i))
			return "places: a free one shows a bank";
		if (p->shows[i] >= p->banks || p->shown_at[p->shows[i]] != i)
			return "places: one shows a bank that is elsewhere";
	}
	return NULL;
}

/* What is wrong with a place in the space. */
static const char *place_wrong(const struct quire_bank_pool *p, uint32_t place,
			       const struct quire_extent_info *row)
{
	quire_pa pa = p->pa + ((quire_pa)p->shows[place] << p->page_shift);

	if (row->va != address_of(p, place) || row->size != bank_size(p))
		return "space: a place is not one page";
	if (p->shows[place] == NONE_SUCH)
		return row->kind == QUIRE_RESERVED ? NULL : "space: a place that shows nothing";
	if (row->kind != QUIRE_MAPPED || row->target != p->target || row->pa != pa)
		return "space: a place does not show its bank";
	return row->attr == p->allows[place] ? NULL : "space: a place allows something else";
}

static int check(const struct quire_bank_pool *p, const char **what)
{
	*what = bits_wrong(p);
	if (!*what)
		*what = notes_wrong(p);
	for (uint32_t i = 0; i < p->places && !*what; i++) {
		struct quire_extent_info row;
		int err = quire_space_query(p->space, address_of(p, i), &row);

		if (err)
			return err;
		*what = place_wrong(p, i, &row);
	}
	return *what ? QUIRE_ECORRUPT : QUIRE_OK;
}

int quire_bank_check(struct quire_bank_pool *pool, const char **what)
{
	const char *found = NULL;
	int err = pool_enter(pool, true);

	if (err)
		return err;
	err = check(pool, &found);
	if (found && what)
		*what = found;
	return pool_leave(pool, err);
}
