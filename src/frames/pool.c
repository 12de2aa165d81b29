/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of frames, made.
 *
 * The caller's memory is cut into the sets and bits of all banks, then the words of all frames, then the
 * trees: in this order each begins where its type wants it, with nothing in between on machines of
 * 64 bits.
 */
#include "frames/private.h"

#define PAGE_MIN ((quire_size)1 << QUIRE_FRAME_LINK_SHIFT)

/* -- what can be wrong -- */

static int flags_check(const struct quire_frames_config *c)
{
	if (c->bank_count == 0 || c->bank_count > QUIRE_FRAME_BANKS_MAX)
		return QUIRE_EFLAG;
	for (unsigned i = 0; i < c->bank_count; i++)
		if (c->banks[i].target >= QUIRE_TARGETS_MAX ||
		    (c->banks[i].traits & ~(unsigned)QUIRE_FRAME_TRAITS) != 0 ||
		    c->banks[i].rank > QUIRE_FRAME_AVOID)
			return QUIRE_EFLAG;
	return QUIRE_OK;
}

static int pages_check(const struct quire_frames_config *c)
{
	if (c->page < PAGE_MIN || (c->page & (c->page - 1u)) != 0)
		return QUIRE_EALIGN;
	for (unsigned i = 0; i < c->bank_count; i++)
		if (((c->banks[i].base | c->banks[i].size) & (c->page - 1u)) != 0)
			return QUIRE_EALIGN;
	for (unsigned i = 0; i < c->bank_count; i++)
		if (c->banks[i].size == 0)
			return QUIRE_EZERO;
	for (unsigned i = 0; i < c->bank_count; i++)
		if (c->banks[i].base + (c->banks[i].size - 1u) < c->banks[i].base)
			return QUIRE_EWRAP;
	return QUIRE_OK;
}

/* Whether all frames, and their bytes, can be counted. */
static int count_check(const struct quire_frames_config *c)
{
	quire_size bytes = 0;

	for (unsigned i = 0; i < c->bank_count; i++) {
		bytes += c->banks[i].size;
		if (bytes < c->banks[i].size || bytes / c->page > QUIRE_FRAMES_MAX)
			return QUIRE_EBEYOND;
	}
	return QUIRE_OK;
}

static int overlap_check(const struct quire_frames_config *c)
{
	for (unsigned i = 0; i < c->bank_count; i++)
		for (unsigned j = 0; j < i; j++) {
			const struct quire_frame_bank *a = &c->banks[i], *b = &c->banks[j];

			if (a->base - b->base < b->size || b->base - a->base < a->size)
				return QUIRE_ETAKEN;
		}
	return QUIRE_OK;
}

static int config_check(const struct quire_frames_config *c)
{
	int err = flags_check(c);

	if (!err)
		err = pages_check(c);
	if (!err)
		err = count_check(c);
	return err ? err : overlap_check(c);
}

/* -- memory -- */

static uint32_t frames_in(const struct quire_frames_config *c, unsigned bank)
{
	return (uint32_t)(c->banks[bank].size / c->page);
}

static uint32_t leaves_for(uint32_t frames)
{
	uint32_t leaves = 1;

	while (leaves < frame_words(frames))
		leaves *= 2;
	return leaves;
}

quire_size quire_frames_memory_size(const struct quire_frames_config *config)
{
	quire_size size = 0;

	if (!config || !config->banks || config_check(config) != QUIRE_OK)
		return 0;
	for (unsigned i = 0; i < config->bank_count; i++) {
		uint32_t frames = frames_in(config, i);

		size += sizeof(uint64_t) * ((quire_size)frame_words(frames) +
					    2 * (quire_size)frame_set_words(frame_words(frames)));
		size += sizeof(quire_frame_word) * (quire_size)frames;
		size += sizeof(struct quire_frame_node) * 2 * (quire_size)leaves_for(frames);
	}
	return (size + 7u) & ~(quire_size)7u;
}

/* -- init -- */

/* By rank, and among equals by number. */
static void banks_order(struct quire_frames *frames)
{
	unsigned next = 0;

	for (unsigned rank = QUIRE_FRAME_PREFER; rank <= QUIRE_FRAME_AVOID; rank++)
		for (unsigned i = 0; i < frames->bank_count; i++)
			if (frames->bank[i].bank.rank == rank)
				frames->order[next++] = (uint8_t)i;
}

static void banks_make(struct quire_frames *frames, const struct quire_frames_config *c)
{
	for (unsigned i = 0; i < c->bank_count; i++) {
		uint32_t count = frames_in(c, i);

		frames->bank[i] = (struct quire_frame_pool_bank){
			.bank = c->banks[i],
			.first = frames->count,
			.frames = count,
			.free = count,
			.leaves = leaves_for(count),
		};
		frames->count += count;
	}
	frames->free = frames->count;
	banks_order(frames);
}

static void memory_cut(struct quire_frames *frames, void *memory)
{
	uint64_t *bits = memory;
	struct quire_frame_node *node;

	for (unsigned i = 0; i < frames->bank_count; i++) {
		uint32_t words = frame_words(frames->bank[i].frames), set = frame_set_words(words);

		frame_set_init(&frames->bank[i].some, words, bits);
		frame_set_init(&frames->bank[i].stale, words, bits + set);
		frames->bank[i].bits = bits + 2 * (size_t)set;
		bits = frames->bank[i].bits + words;
	}
	frames->word = (quire_frame_word *)(void *)bits;
	node = (struct quire_frame_node *)(void *)(frames->word + frames->count);
	for (unsigned i = 0; i < frames->bank_count; i++) {
		frames->bank[i].node = node;
		node += 2 * (size_t)frames->bank[i].leaves;
	}
}

static void bank_fill(struct quire_frame_pool_bank *b)
{
	uint32_t words = frame_words(b->frames);

	for (uint32_t i = 0; i < words; i++)
		b->bits[i] = 0;
	for (uint32_t i = 0; i < 2 * b->leaves; i++)
		b->node[i] = (struct quire_frame_node){0, 0, 0};
	frame_bits_mark(b, 0, b->frames, true);
}

int quire_frames_init(struct quire_frames *frames, const struct quire_frames_config *config)
{
	int err;

	if (!frames || !config || !config->banks || !config->memory)
		return QUIRE_ENULL;
	err = config_check(config);
	if (err)
		return err;
	if (config->memory_size < quire_frames_memory_size(config))
		return QUIRE_EPOOL;
	*frames = (struct quire_frames){.bank_count = config->bank_count, .lock = config->lock};
	while ((quire_size)1 << frames->page_shift < config->page)
		frames->page_shift++;
	banks_make(frames, config);
	memory_cut(frames, config->memory);
	for (uint32_t i = 0; i < frames->count; i++)
		frames->word[i] = QUIRE_FRAME_FREE;
	for (unsigned i = 0; i < frames->bank_count; i++)
		bank_fill(&frames->bank[i]);
	return QUIRE_OK;
}
