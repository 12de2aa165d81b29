/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <string.h>

void model_init(struct model *model, uint32_t banks, uint32_t places)
{
	assert_true(banks <= MODEL_BANKS && places <= MODEL_PLACES);
	memset(model, 0, sizeof(*model));
	model->banks = banks;
	model->places = places;
	for (uint32_t i = 0; i < banks; i++)
		model->shown_at[i] = NOT_SHOWN;
	for (uint32_t i = 0; i < places; i++)
		model->shows[i] = NOT_SHOWN;
}

/* -- the calls, by arrays -- */

static bool listed_before(const struct call *call, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (call->bank[i] == call->bank[n])
			return true;
	return false;
}

static int take(struct model *m, struct call *call)
{
	uint32_t left = 0, n = 0;

	if (call->count == 0)
		return QUIRE_EZERO;
	for (uint32_t i = 0; i < m->banks; i++)
		left += !m->owned[i];
	if (left < call->count)
		return QUIRE_ESPACE;
	for (uint32_t i = 0; i < m->banks && n < call->count; i++)
		if (!m->owned[i]) {
			m->owned[i] = true;
			call->bank[n++] = (quire_bank)i;
		}
	return 0;
}

static int give(struct model *m, const struct call *call)
{
	if (call->count == 0)
		return QUIRE_EZERO;
	for (uint32_t i = 0; i < call->count; i++)
		if (call->bank[i] >= m->banks)
			return QUIRE_EBEYOND;
	for (uint32_t i = 0; i < call->count; i++)
		if (m->shown_at[call->bank[i]] != NOT_SHOWN)
			return QUIRE_EREFERENCED;
	for (uint32_t i = 0; i < call->count; i++)
		if (!m->owned[call->bank[i]] || listed_before(call, i))
			return QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < call->count; i++)
		m->owned[call->bank[i]] = false;
	return 0;
}

static bool places_free(const struct model *m, uint32_t from, uint32_t count)
{
	for (uint32_t i = from; i < from + count; i++)
		if (i >= m->places || m->range[i] != 0)
			return false;
	return true;
}

static int range_take(struct model *m, struct call *call)
{
	if (call->count == 0)
		return QUIRE_EZERO;
	for (uint32_t from = 0; from < m->places; from++) {
		if (!places_free(m, from, call->count))
			continue;
		m->ranges++;
		for (uint32_t i = 0; i < call->count; i++)
			m->range[from + i] = m->ranges;
		call->place = (quire_bank)from;
		call->va = YARD_DATA + from * PAGE;
		return 0;
	}
	return QUIRE_ESPACE;
}

static int range_give(struct model *m, const struct call *call)
{
	uint32_t place = call->place, range;

	if (place >= m->places || m->range[place] == 0 ||
	    (place > 0 && m->range[place - 1] == m->range[place]))
		return QUIRE_EUNMAPPED;
	range = m->range[place];
	for (uint32_t i = 0; i < m->places; i++)
		if (m->range[i] == range && m->shows[i] != NOT_SHOWN)
			return QUIRE_EREFERENCED;
	for (uint32_t i = 0; i < m->places; i++)
		if (m->range[i] == range)
			m->range[i] = 0;
	return 0;
}

/* Whether all places of a call are in one range. */
static int in_range(const struct model *m, const struct call *call)
{
	if (call->place >= m->places || m->range[call->place] == 0)
		return QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < call->count; i++)
		if (call->place + i >= m->places ||
		    m->range[call->place + i] != m->range[call->place])
			return QUIRE_EBEYOND;
	return 0;
}

static int show_error(const struct model *m, const struct call *call)
{
	int err = call->count == 0 ? QUIRE_EZERO : call->attr & ~RW ? QUIRE_EFLAG : 0;

	if (err == 0)
		err = in_range(m, call);
	for (uint32_t i = 0; i < call->count && err == 0; i++)
		if (call->bank[i] >= m->banks)
			err = QUIRE_EBEYOND;
	for (uint32_t i = 0; i < call->count && err == 0; i++)
		if (!m->owned[call->bank[i]])
			err = QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < call->count && err == 0; i++)
		if (m->shows[call->place + i] != NOT_SHOWN)
			err = QUIRE_ETAKEN;
	for (uint32_t i = 0; i < call->count && err == 0; i++)
		if (m->shown_at[call->bank[i]] != NOT_SHOWN || listed_before(call, i))
			err = QUIRE_EREFERENCED;
	return err;
}

static int show(struct model *m, struct call *call)
{
	int err = show_error(m, call);

	if (err != 0)
		return err;
	for (uint32_t i = 0; i < call->count; i++) {
		m->shows[call->place + i] = call->bank[i];
		m->shown_at[call->bank[i]] = (int)(call->place + i);
		m->attr[call->place + i] = call->attr != 0 ? call->attr : RW;
	}
	call->va = YARD_DATA + call->place * PAGE;
	return 0;
}

static int hide(struct model *m, const struct call *call)
{
	int err = call->count == 0 ? QUIRE_EZERO : in_range(m, call);

	for (uint32_t i = 0; i < call->count && err == 0; i++)
		if (m->shows[call->place + i] == NOT_SHOWN)
			err = QUIRE_EUNMAPPED;
	for (uint32_t i = 0; i < call->count && err == 0; i++) {
		m->shown_at[m->shows[call->place + i]] = NOT_SHOWN;
		m->shows[call->place + i] = NOT_SHOWN;
	}
	return err;
}

void call_model(struct model *m, struct call *call)
{
	switch (call->kind) {
	case TAKE:
		call->result = take(m, call);
		break;
	case GIVE:
		call->result = give(m, call);
		break;
	case RANGE_TAKE:
		call->result = range_take(m, call);
		break;
	case RANGE_GIVE:
		call->result = range_give(m, call);
		break;
	case SHOW:
		call->result = show(m, call);
		break;
	default:
		call->result = hide(m, call);
	}
}

void call_pool(struct yard *yard, struct call *c)
{
	struct quire_bank_pool *pool = &yard->pool;

	switch (c->kind) {
	case TAKE:
		c->result = quire_bank_take(pool, c->bank, c->count);
		break;
	case GIVE:
		c->result = quire_bank_give(pool, c->bank, c->count);
		break;
	case RANGE_TAKE:
		c->result = quire_bank_range_take(pool, c->count, &c->place, &c->va);
		break;
	case RANGE_GIVE:
		c->result = quire_bank_range_give(pool, c->place);
		break;
	case SHOW:
		c->result = quire_bank_show(pool, c->bank, c->count, c->place, c->attr, &c->va);
		break;
	default:
		c->result = quire_bank_hide(pool, c->place, c->count);
	}
}

/* -- choosing -- */

/* A random bank that is owned or not, shown or not; any if there seems to be none. */
static quire_bank bank_like(const struct model *m, uint64_t *state, bool owned, bool shown)
{
	quire_bank bank = 0;

	for (unsigned try = 0; try < 20; try++) {
		bank = (quire_bank)yard_random(state, m->banks);
		if (m->owned[bank] == owned && (m->shown_at[bank] != NOT_SHOWN) == shown)
			break;
	}
	return bank;
}

static quire_bank place_like(const struct model *m, uint64_t *state, bool in_range, bool shown)
{
	quire_bank place = 0;

	for (unsigned try = 0; try < 20; try++) {
		place = (quire_bank)yard_random(state, m->places);
		if ((m->range[place] != 0) == in_range && (m->shows[place] != NOT_SHOWN) == shown)
			break;
	}
	return place;
}

static quire_bank range_like(const struct model *m, uint64_t *state)
{
	quire_bank place = place_like(m, state, true, yard_random(state, 4) == 0);

	while (place > 0 && m->range[place] != 0 && m->range[place - 1] == m->range[place])
		place--;
	return place;
}

/* How many: mostly a few, sometimes none, sometimes all there are and more. */
static uint32_t count_like(uint64_t *state, uint32_t all)
{
	uint32_t dice = yard_random(state, 40);

	return dice == 0   ? 0
	       : dice == 1 ? all + yard_random(state, 3) - 1
			   : 1 + yard_random(state, dice < 10 ? 12 : 4);
}

void call_choose(const struct model *m, uint64_t *state, struct call *call)
{
	bool wrong = yard_random(state, 8) == 0;

	memset(call, 0, sizeof(*call));
	call->kind = (enum call_kind)yard_random(state, CALLS);
	call->count = count_like(state, call->kind == RANGE_TAKE ? m->places : m->banks);
	call->place = call->kind == RANGE_GIVE ? range_like(m, state)
					       : place_like(m, state, true, call->kind == HIDE);
	if (yard_random(state, 16) == 0)
		call->place = (quire_bank)yard_random(state, m->places + 3);
	for (uint32_t i = 0; i < call->count; i++) {
		call->bank[i] = bank_like(m, state, true, false);
		if (wrong && yard_random(state, 4) == 0)
			call->bank[i] = (quire_bank)yard_random(state, m->banks + 2);
	}
	call->attr = yard_random(state, 3) == 0 ? QUIRE_READ : 0;
	if (yard_random(state, 50) == 0)
		call->attr = QUIRE_READ | QUIRE_EXEC;
}

/* -- comparing -- */

void call_compare(const struct call *pool, const struct call *model)
{
	if (pool->result != model->result)
		fail_msg("call %d: %s, and the model says %s", pool->kind,
			 quire_error_name(pool->result), quire_error_name(model->result));
	assert_memory_equal(pool->bank, model->bank, sizeof(pool->bank));
	assert_int_equal(pool->place, model->place);
	assert_true(pool->va == model->va);
}

static void compare_place(struct yard *yard, const struct model *m, uint32_t place)
{
	quire_va va = YARD_DATA + place * PAGE;

	assert_int_equal(yard_read(yard, va), m->shows[place]);
	if (m->shows[place] != NOT_SHOWN)
		assert_int_equal(yard_writable(yard, va), (m->attr[place] & QUIRE_WRITE) != 0);
}

void model_compare(struct yard *yard, const struct model *m)
{
	struct quire_bank_stats want = {.banks = m->banks, .places = m->places}, has;
	uint32_t run = 0;

	for (uint32_t i = 0; i < m->banks; i++) {
		want.banks_free += !m->owned[i];
		want.banks_shown += m->shown_at[i] != NOT_SHOWN;
	}
	for (uint32_t i = 0; i < m->places; i++) {
		want.places_free += m->range[i] == 0;
		run = m->range[i] == 0 ? run + 1 : 0;
		want.longest = run > want.longest ? run : want.longest;
		compare_place(yard, m, i);
	}
	assert_int_equal(quire_bank_stats(&yard->pool, &has), 0);
	assert_int_equal(has.banks, want.banks);
	assert_int_equal(has.banks_free, want.banks_free);
	assert_int_equal(has.banks_shown, want.banks_shown);
	assert_int_equal(has.places, want.places);
	assert_int_equal(has.places_free, want.places_free);
	assert_int_equal(has.longest, want.longest);
}
