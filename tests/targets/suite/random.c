/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations against a model that is an array: for each page of a stretch of the arena which
 * frame it shows, what it allows, and where its mapping begins.
 *
 * What each call must return is told by the model before it is made.  After each, pages inside the
 * range, at its ends and anywhere else are touched: each frame holds its number, and what is written
 * through a page is looked for in the frame.  So every translation that is checked is one that the
 * machine made.
 */
#include "suite.h"

#include "quire/error.h"

#define PAGES 4096u
#define NONE  0xffffffffu

enum { FREE, RESERVED, MAPPED };

static struct {
	uint32_t head[PAGES];  /* the first page of its mapping or reservation */
	uint32_t frame[PAGES]; /* NONE: none */
	uint8_t attr[PAGES];
	uint8_t kind[PAGES];
	uint8_t shown[8192]; /* how often a frame is shown */
	uint32_t pages, frames;
	uint32_t large; /* pages of the next larger page, or of a cluster; 0: none that fits */
	uint32_t checked;
} m;

/* What an operation is about. */
struct job {
	uint32_t page, count, frame;
	uint8_t attr;
};

/* -- the model -- */

static void show(uint32_t page, uint32_t frame)
{
	if (m.frame[page] != NONE)
		m.shown[m.frame[page]]--;
	m.frame[page] = frame;
	if (frame != NONE)
		m.shown[frame]++;
}

static void model_set(uint32_t page, uint32_t count, uint32_t frame, uint8_t attr, uint32_t head)
{
	for (uint32_t i = 0; i < count; i++) {
		show(page + i, frame + i);
		m.attr[page + i] = attr;
		m.kind[page + i] = MAPPED;
		m.head[page + i] = head;
	}
}

static void model_clear(uint32_t page, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		show(page + i, NONE);
		m.kind[page + i] = FREE;
	}
}

static bool all_free(uint32_t page, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (m.kind[page + i] != FREE)
			return false;
	}
	return true;
}

static uint32_t length_from(uint32_t page)
{
	uint32_t n = 1;

	while (page + n < m.pages && m.kind[page + n] == m.kind[page] &&
	       m.head[page + n] == m.head[page])
		n++;
	return n;
}

/* -- what to do -- */

static uint8_t random_attr(const struct target *t)
{
	static const uint8_t attr[] = {RW, RW, RW, QUIRE_READ, QUIRE_READ, RX, 0};
	uint8_t a = attr[suite_random_below(sizeof(attr))];

	return a == RX && !(t->facts & TARGET_EXEC) ? QUIRE_READ : a;
}

static struct job random_range(const struct target *t)
{
	struct job j = {.attr = random_attr(t)};
	uint32_t kind = suite_random_below(10), step = 1;

	j.count = 1 + suite_random_below(kind < 7 ? 8 : 64);
	if (kind == 9 && m.large) {
		step = m.large;
		j.count = m.large + (suite_random_below(2) ? suite_random_below(m.large) : 0);
	}
	j.page = suite_random_below((m.pages - j.count) / step + 1) * step;
	j.frame = suite_random_below((m.frames - j.count) / step + 1) * step;
	return j;
}

/* A page that is mapped, or NONE. */
static uint32_t random_mapped(void)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t page = suite_random_below(m.pages);

		if (m.kind[page] == MAPPED)
			return page;
	}
	return NONE;
}

static quire_va va_of(const struct target *t, uint32_t page)
{
	return t->arena + page * t->page;
}

static quire_pa pa_of(const struct target *t, uint32_t frame)
{
	return t->frames + frame * t->page;
}

/* -- looking -- */

static bool page_right(struct target *t, uint32_t page)
{
	if (page >= m.pages)
		return true;
	m.checked++;
	if (m.kind[page] != MAPPED)
		return suite_faults_at(t, page & 1 ? QUIRE_READ : QUIRE_WRITE, va_of(t, page) + 5);
	return suite_shows(t, va_of(t, page), pa_of(t, m.frame[page]), m.attr[page]);
}

static bool looks_right(struct target *t, const struct job *j)
{
	NEED(page_right(t, j->page + suite_random_below(j->count)));
	NEED(page_right(t, j->page - 1));
	NEED(page_right(t, j->page + j->count));
	return page_right(t, suite_random_below(m.pages));
}

/* -- the operations: each does it to both -- */

static bool op_map(struct target *t, struct job *j)
{
	int result;

	*j = random_range(t);
	result = suite_map(t, va_of(t, j->page), pa_of(t, j->frame), j->count * t->page, j->attr);
	if (result > 0) { /* the same is there already: it has one holder more */
		NEED(OK(m.kind[j->page] == MAPPED && m.frame[j->page] == j->frame));
		return RESULT(quire_space_unmap(t->space, va_of(t, m.head[j->page])), QUIRE_OK);
	}
	if (!all_free(j->page, j->count))
		return RESULT(result, QUIRE_ETAKEN);
	model_set(j->page, j->count, j->frame, j->attr, j->page);
	return RESULT(result, QUIRE_OK);
}

static bool op_unmap(struct target *t, struct job *j)
{
	uint32_t page = suite_random_below(m.pages);
	int result;

	*j = (struct job){.page = m.kind[page] == FREE ? page : m.head[page], .count = 1};
	if (m.kind[j->page] == RESERVED) {
		j->count = length_from(j->page);
		model_clear(j->page, j->count);
		return RESULT(quire_space_release(t->space, va_of(t, j->page)), QUIRE_OK);
	}
	result = quire_space_unmap(t->space, va_of(t, j->page));
	if (m.kind[j->page] == FREE)
		return RESULT(result, QUIRE_EUNMAPPED);
	j->count = length_from(j->page);
	model_clear(j->page, j->count);
	return RESULT(result, QUIRE_OK);
}

/* A piece of a mapping; nothing if there is none. */
static bool random_piece(struct job *j)
{
	uint32_t page = random_mapped(), rest;

	if (page == NONE)
		return false;
	j->page = suite_random_below(3) ? page : m.head[page];
	rest = length_from(j->page);
	j->count = suite_random_below(3) ? 1 + suite_random_below(rest) : rest;
	return true;
}

static bool op_protect(struct target *t, struct job *j)
{
	if (!random_piece(j))
		return true;
	j->attr = random_attr(t);
	for (uint32_t i = 0; i < j->count; i++)
		m.attr[j->page + i] = j->attr;
	return RESULT(
		quire_space_protect(t->space, va_of(t, j->page), j->count * t->page, j->attr, 0),
		QUIRE_OK);
}

static bool op_cut(struct target *t, struct job *j)
{
	uint32_t behind, rest;

	if (!random_piece(j))
		return true;
	behind = j->page + j->count;
	rest = behind < m.pages && m.kind[behind] == MAPPED && m.head[behind] == m.head[j->page]
		       ? length_from(behind)
		       : 0;
	for (uint32_t i = 0; i < rest; i++)
		m.head[behind + i] = behind;
	model_clear(j->page, j->count);
	return RESULT(quire_space_unmap_part(t->space, va_of(t, j->page), j->count * t->page),
		      QUIRE_OK);
}

/* Whether [to, to + count) is free, or the mapping's own. */
static bool free_for(uint32_t to, uint32_t count, uint32_t head)
{
	for (uint32_t i = to; i < to + count; i++) {
		if (m.kind[i] != FREE && !(m.kind[i] == MAPPED && m.head[i] == head))
			return false;
	}
	return true;
}

static void model_move(uint32_t from, uint32_t to, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++) {
		uint32_t i = to < from ? k : count - 1 - k;
		uint32_t frame = m.frame[from + i];
		uint8_t attr = m.attr[from + i];

		model_clear(from + i, 1);
		model_set(to + i, 1, frame, attr, to);
	}
}

static bool op_move(struct target *t, struct job *j)
{
	uint32_t page = random_mapped(), to, from;
	int result;

	if (page == NONE)
		return true;
	from = m.head[page];
	*j = (struct job){.page = from, .count = length_from(from)};
	to = suite_random_below(m.pages - j->count + 1);
	if (m.large && suite_random_below(2))
		to = to / m.large * m.large;
	result = quire_space_move_at(t->space, va_of(t, from), va_of(t, to));
	if (!free_for(to, j->count, from))
		return RESULT(result, QUIRE_ETAKEN);
	model_move(from, to, j->count);
	NEED(page_right(t, from));
	j->page = to;
	return RESULT(result, QUIRE_OK);
}

static bool op_resize(struct target *t, struct job *j)
{
	uint32_t page = random_mapped(), now, last, wanted;
	bool shown = false;
	int result;

	if (page == NONE)
		return true;
	*j = (struct job){.page = m.head[page], .count = 1 + suite_random_below(40)};
	now = length_from(j->page);
	last = j->page + now - 1;
	wanted = j->count;
	if (j->page + wanted > m.pages)
		return true;
	result = quire_space_resize(t->space, va_of(t, j->page), wanted * t->page);
	if (wanted <= now) {
		model_clear(j->page + wanted, now - wanted);
		return RESULT(result, QUIRE_OK);
	}
	if (m.frame[last] + 1 + (wanted - now) > m.frames)
		return RESULT(result, QUIRE_EBEYOND);
	for (uint32_t i = 1; i <= wanted - now; i++)
		shown |= m.shown[m.frame[last] + i] != 0;
	if (shown)
		return RESULT(result, QUIRE_EOVERLAP);
	if (!all_free(last + 1, wanted - now))
		return RESULT(result, QUIRE_ETAKEN);
	model_set(last + 1, wanted - now, m.frame[last] + 1, m.attr[last], j->page);
	return RESULT(result, QUIRE_OK);
}

static bool op_switch(struct target *t, struct job *j)
{
	uint32_t page = random_mapped();
	struct quire_want want = {.target = (uint8_t)t->frames_target, .flags = QUIRE_SHARED};

	if (page == NONE)
		return true;
	*j = (struct job){.page = m.head[page], .attr = random_attr(t)};
	j->count = length_from(j->page);
	if (j->count > m.frames)
		return true;
	j->frame = suite_random_below(m.frames - j->count + 1);
	want.pa = pa_of(t, j->frame);
	want.attr = j->attr;
	model_set(j->page, j->count, j->frame, j->attr, j->page);
	return RESULT(quire_space_switch(t->space, va_of(t, j->page), &want), QUIRE_OK);
}

static bool op_reserve(struct target *t, struct job *j)
{
	int result;

	*j = random_range(t);
	result = quire_space_reserve_at(t->space, va_of(t, j->page), j->count * t->page, 3);
	if (!all_free(j->page, j->count))
		return RESULT(result, QUIRE_ETAKEN);
	for (uint32_t i = 0; i < j->count; i++) {
		m.kind[j->page + i] = RESERVED;
		m.head[j->page + i] = j->page;
	}
	return RESULT(result, QUIRE_OK);
}

/* -- all together -- */

typedef bool (*operation)(struct target *t, struct job *j);

static operation choose(void)
{
	static const struct {
		uint8_t below;
		operation op;
	} often[] = {{40, op_map},  {58, op_unmap},  {76, op_protect}, {84, op_cut},
		     {90, op_move}, {94, op_resize}, {98, op_switch},  {100, op_reserve}};
	uint32_t at = suite_random_below(100);
	unsigned i = 0;

	while (at >= often[i].below)
		i++;
	return often[i].op;
}

static void begin(const struct target *t)
{
	const struct quire_mmu *mmu = t->mmu;
	unsigned last = mmu->levels - 1u;
	uint32_t up = mmu->levels > 1 && mmu->level[last - 1].leaf
			      ? 1u << (mmu->level[last - 1].shift - mmu->level[last].shift)
			      : 0;

	m.pages = t->arena_size / t->page < PAGES ? (uint32_t)(t->arena_size / t->page) : PAGES;
	m.frames = (uint32_t)(t->frames_size / t->page);
	m.frames = m.frames < sizeof(m.shown) ? m.frames : sizeof(m.shown);
	m.large = up && up * 2 <= m.frames && up * 4 <= m.pages ? up
		  : mmu->level[last].cluster                    ? 1u << mmu->level[last].cluster
								: 0;
	m.checked = 0;
	for (uint32_t i = 0; i < m.pages; i++) {
		m.kind[i] = FREE;
		m.frame[i] = NONE;
	}
	for (uint32_t i = 0; i < sizeof(m.shown); i++)
		m.shown[i] = 0;
}

static void random_operations(struct target *t)
{
	begin(t);
	for (uint32_t n = 0; n < t->operations; n++) {
		struct job j = {.page = 0, .count = 1};
		bool right =
			choose()(t, &j) && looks_right(t, &j) && (n % 8192 != 0 || suite_proved(t));

		if (!right) {
			board_print("# operation %u, page %u, %u pages, frame %u, attr %x\n",
				    (uint64_t)n, (uint64_t)j.page, (uint64_t)j.count,
				    (uint64_t)j.frame, (uint64_t)j.attr);
			return;
		}
	}
	for (uint32_t page = 0; page < m.pages; page++)
		MUST(page_right(t, page));
	board_print("# %u operations, %u pages touched\n", (uint64_t)t->operations,
		    (uint64_t)m.checked);
}

static const struct suite_test tests[] = {
	{"random operations", random_operations, NULL, 1u << 1 | 1u << 3},
};

const struct suite_list suite_random = {tests, SUITE_COUNT(tests)};
