/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a space: check the description, lay out the book in the caller's memory, open every
 * window.
 *
 *   memory   | book 0 | book 1 | ... | extent 0 | extent 1 | ...
 *                                      not used, as 0 means none
 */
#include "space/private.h"

quire_size quire_space_memory_size(const struct quire_space_config *config, uint32_t mappings)
{
	quire_size extents;

	if (!config || mappings > QUIRE_EXTENTS_MAX) /* before the sum: it may wrap */
		return 0;
	extents = (quire_size)mappings + config->window_count + 1u;
	if (extents > QUIRE_EXTENTS_MAX)
		return 0;
	return config->window_count * sizeof(struct quire_book) +
	       extents * sizeof(struct quire_extent);
}

/* -- checking the description -- */

static int counts_check(const struct quire_space_config *c)
{
	if (c->window_count == 0 || c->window_count > QUIRE_WINDOWS_MAX || c->memory_count == 0 ||
	    c->memory_count > QUIRE_TARGETS_MAX || c->walker_count == 0)
		return QUIRE_EFLAG;
	return QUIRE_OK;
}

/* Bytes that a walker's tables span; 0 for all that the address type can name. */
static quire_size span_of(const struct quire_mmu *mmu)
{
	unsigned bits = mmu->level[0].shift + mmu->level[0].bits;

	return bits < 8 * sizeof(quire_size) ? (quire_size)1 << bits : 0;
}

static int range_check(quire_va start, quire_size size)
{
	return start + (size - 1) < start ? QUIRE_EWRAP : QUIRE_OK;
}

static int memory_check(const struct quire_memory *m, const struct quire_mmu *mmu)
{
	quire_size page = quire_mmu_page_size(mmu);
	quire_pa last = m->base + (m->size - 1);

	if ((m->caps & ~(unsigned)QUIRE_CAP_MASK) || (m->mode & ~(unsigned)QUIRE_CACHE_MASK))
		return QUIRE_EFLAG;
	if (((m->base | m->size) & (page - 1)) != 0)
		return QUIRE_EALIGN;
	if (range_check(m->base, m->size))
		return QUIRE_EWRAP;
	if ((mmu->pa_bits < 8 * sizeof(quire_pa) && last >> mmu->pa_bits != 0) ||
	    m->size / page > QUIRE_PAGES_MAX)
		return QUIRE_EBEYOND;
	return QUIRE_OK;
}

/* Whether a level's clusters are inside its tables, and their size can be counted. */
static bool cluster_is_sound(const struct quire_mmu *mmu, const struct quire_level *l)
{
	return l->cluster == 0 || (l->leaf && mmu->levels > 1 && l->cluster <= l->bits &&
				   l->shift + l->cluster < 8 * (int)sizeof(quire_size));
}

/* Whether the levels of an MMU are as mmu.h wants them: leaves at the last, and at all from the first. */
static bool levels_are_sound(const struct quire_mmu *mmu)
{
	bool leaf = false;

	if (mmu->levels == 0 || mmu->levels > QUIRE_LEVELS_MAX)
		return false;
	for (unsigned i = 0; i < mmu->levels; i++) {
		if ((leaf && !mmu->level[i].leaf) || !cluster_is_sound(mmu, &mmu->level[i]))
			return false;
		leaf = mmu->level[i].leaf;
	}
	return leaf;
}

static int window_check(const struct quire_space_config *c, const struct quire_window *w)
{
	const struct quire_mmu *mmu;
	quire_size page, span;

	if (w->walker >= c->walker_count || (w->targets >> c->memory_count) != 0 ||
	    (w->caps & ~(unsigned)QUIRE_CAP_MASK) || w->place > QUIRE_PLACE_FIRST_HIGH)
		return QUIRE_EFLAG;
	mmu = c->walkers[w->walker].mmu;
	if (!levels_are_sound(mmu))
		return QUIRE_EFLAG;
	page = quire_mmu_page_size(mmu);
	span = span_of(mmu);
	if (w->size == 0 || ((w->base | w->exec_base | w->walk | w->size) & (page - 1)) != 0)
		return QUIRE_EALIGN;
	if (range_check(w->base, w->size) || range_check(w->exec_base, w->size) ||
	    range_check(w->walk, w->size))
		return QUIRE_EWRAP;
	if ((span != 0 && w->walk + (w->size - 1) >= span) || w->size / page > QUIRE_PAGES_MAX)
		return QUIRE_EBEYOND;
	return QUIRE_OK;
}

/* The memories that a window may show, as its MMU sees them. */
static int window_memories_check(const struct quire_space_config *c, const struct quire_window *w)
{
	for (unsigned t = 0; t < c->memory_count; t++)
		if ((w->targets & QUIRE_TARGET_BIT(t)) && c->memories[t].size != 0) {
			int err = memory_check(&c->memories[t], c->walkers[w->walker].mmu);

			if (err)
				return err;
		}
	return QUIRE_OK;
}

static bool ranges_meet(quire_va a, quire_size a_size, quire_va b, quire_size b_size)
{
	return a - b < b_size || b - a < a_size;
}

/* Two windows: no address in both, no entry in both, and one page size for a memory that both show.
 */
static int windows_check(const struct quire_space_config *c, const struct quire_window *a,
			 const struct quire_window *b)
{
	quire_size page_a = quire_mmu_page_size(c->walkers[a->walker].mmu);
	quire_size page_b = quire_mmu_page_size(c->walkers[b->walker].mmu);

	if (ranges_meet(a->base, a->size, b->base, b->size) ||
	    ranges_meet(a->base, a->size, b->exec_base, b->size) ||
	    ranges_meet(a->exec_base, a->size, b->base, b->size) ||
	    ranges_meet(a->exec_base, a->size, b->exec_base, b->size) ||
	    (a->walker == b->walker && ranges_meet(a->walk, a->size, b->walk, b->size)))
		return QUIRE_ETAKEN;
	return (a->targets & b->targets) && page_a != page_b ? QUIRE_EALIGN : QUIRE_OK;
}

static int config_check(const struct quire_space_config *c)
{
	int err = counts_check(c);

	for (unsigned i = 0; !err && i < c->window_count; i++) {
		err = window_check(c, &c->windows[i]);
		if (!err)
			err = window_memories_check(c, &c->windows[i]);
		for (unsigned j = 0; !err && j < i; j++)
			err = windows_check(c, &c->windows[j], &c->windows[i]);
	}
	return err;
}

/* -- laying it out -- */

/* Divide the caller's memory into books and extents. */
static void layout(struct quire_space *s, const struct quire_space_config *c)
{
	quire_size books = c->window_count * sizeof(struct quire_book);
	quire_size count;

	count = (c->memory_size - books) / sizeof(struct quire_extent);
	s->book = c->memory;
	s->extent = (struct quire_extent *)(void *)(s->book + c->window_count);
	s->extent_count = (uint32_t)(count < QUIRE_EXTENTS_MAX ? count : QUIRE_EXTENTS_MAX);
	s->extent[0] = (struct quire_extent){0};
	for (uint32_t i = s->extent_count - 1; i > 0; i--)
		extent_give(s, (quire_link)i);
}

static uint8_t bits_of(quire_size n)
{
	uint8_t bits = 1;

	while (n >>= 1)
		bits++;
	return bits;
}

static void window_open(struct quire_space *s, unsigned window)
{
	struct quire_book *b = &s->book[window];
	const struct quire_mmu *mmu = walker_of(s, window)->mmu;
	unsigned shift = mmu->level[quire_mmu_last_level(mmu)].shift;

	*b = (struct quire_book){.highest_first =
					 s->window[window].place == QUIRE_PLACE_FIRST_HIGH};
	for (unsigned t = 0; t < s->memory_count; t++)
		b->phys_bits[t] = bits_of(s->memory[t].size >> shift);
	book_init(s, b, (quire_page)(s->window[window].size >> shift), shift);
}

int quire_space_init(struct quire_space *space, const struct quire_space_config *config)
{
	int err;

	if (!space || !config || !config->windows || !config->memories || !config->walkers ||
	    !config->memory)
		return QUIRE_ENULL;
	err = config_check(config);
	if (err)
		return err;
	if (config->memory_size < quire_space_memory_size(config, 0))
		return QUIRE_EPOOL;
	*space = (struct quire_space){
		.walker = config->walkers,
		.lock = config->lock,
		.window_count = config->window_count,
		.memory_count = config->memory_count,
		.walker_count = config->walker_count,
	};
	for (unsigned i = 0; i < config->window_count; i++)
		space->window[i] = config->windows[i];
	for (unsigned i = 0; i < config->memory_count; i++)
		space->memory[i] = config->memories[i];
	layout(space, config);
	for (unsigned i = 0; i < config->window_count; i++)
		window_open(space, i);
	return QUIRE_OK;
}
