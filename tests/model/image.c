/* SPDX-License-Identifier: Apache-2.0 */
#include "model/image.h"

#include <stdlib.h>
#include <string.h>

/* One piece of memory that belongs to the state. */
struct piece {
	const char *what;
	void *at;
	size_t size;
};

#define PIECES_MAX (2u + 4u * RIG_WALKERS)
#define MODEL_MAX  (1u + 3u * QUIRE_WINDOWS_MAX)

/* The pieces of the space: itself, its book, and the tables and pools of its walkers. */
static unsigned space_pieces(struct rig *rig, struct piece *p)
{
	unsigned count = 0;

	p[count++] = (struct piece){"the space", &rig->space, sizeof(rig->space)};
	p[count++] = (struct piece){"the book's memory", rig->config.memory,
				    (size_t)rig->config.memory_size};
	for (unsigned n = 0; n < rig->config.walker_count; n++) {
		struct hardware *hw = &rig->hw[n];
		struct quire_table_pool *pool = &rig->walker[n].pool;

		p[count++] =
			(struct piece){"the tables", hw->tables, hw->entries * sizeof(*hw->tables)};
		p[count++] = (struct piece){"a walker", &rig->walker[n], sizeof(rig->walker[n])};
		p[count++] = (struct piece){"a pool's slots", rig->slots[n],
					    pool->count * sizeof(*rig->slots[n])};
		p[count++] = (struct piece){"what waits for a flush", hw->broken,
					    hw->entries * sizeof(*hw->broken)};
	}
	return count;
}

static unsigned model_pieces(struct rig *rig, struct piece *p)
{
	struct model *m = &rig->model;
	unsigned count = 0;

	p[count++] = (struct piece){"the model", m, sizeof(*m)};
	for (unsigned n = 0; n < m->window_count; n++) {
		struct model_window *w = &m->window[n];
		size_t words = w->pages / 64 + 1;

		p[count++] = (struct piece){"pages", w->page, w->pages * sizeof(*w->page)};
		p[count++] = (struct piece){"heads", w->head, words * sizeof(*w->head)};
		p[count++] = (struct piece){"used", w->used, words * sizeof(*w->used)};
	}
	return count;
}

static size_t sum(const struct piece *p, unsigned count)
{
	size_t size = 0;

	for (unsigned i = 0; i < count; i++)
		size += p[i].size;
	return size;
}

bool image_open(struct image *image, struct rig *rig)
{
	struct piece p[PIECES_MAX], m[MODEL_MAX];

	image->size = sum(p, space_pieces(rig, p));
	image->room = image->size + sum(m, model_pieces(rig, m));
	image->bytes = malloc(image->room);
	return image->bytes != NULL;
}

void image_close(struct image *image)
{
	free(image->bytes);
}

void image_take(struct image *image, struct rig *rig)
{
	struct piece p[PIECES_MAX + MODEL_MAX];
	unsigned count = space_pieces(rig, p);
	unsigned char *to = image->bytes;

	count += model_pieces(rig, p + count);
	for (unsigned i = 0; i < count; to += p[i++].size)
		memcpy(to, p[i].at, p[i].size);
}

void image_put(const struct image *image, struct rig *rig)
{
	struct piece p[PIECES_MAX + MODEL_MAX];
	unsigned count = space_pieces(rig, p);
	const unsigned char *from = image->bytes;

	count += model_pieces(rig, p + count);
	for (unsigned i = 0; i < count; from += p[i++].size)
		memcpy(p[i].at, from, p[i].size);
}

/* Overwrite what is not state, in the rig, with what the image has. */
static void mask(const struct image *image, struct rig *rig)
{
	const unsigned char *from = image->bytes;
	struct quire_space then;
	size_t offset;

	memcpy(&then, from, sizeof(then));
	rig->space.searches = then.searches;
	from += sizeof(then);
	offset = (size_t)((unsigned char *)rig->space.book - (unsigned char *)rig->config.memory);
	for (unsigned n = 0; n < rig->config.window_count; n++) {
		struct quire_book book;

		memcpy(&book, from + offset + n * sizeof(book), sizeof(book));
		rig->space.book[n].last_hit = book.last_hit;
	}
	from += rig->config.memory_size;
	for (unsigned n = 0; n < rig->config.walker_count; n++) {
		struct quire_walker walker;

		from += rig->hw[n].entries * sizeof(*rig->hw[n].tables);
		memcpy(&walker, from, sizeof(walker));
		rig->walker[n].counts = walker.counts;
		from += sizeof(walker) + walker.pool.count * sizeof(*rig->slots[n]) +
			rig->hw[n].entries * sizeof(*rig->hw[n].broken);
	}
}

const char *image_differs(const struct image *image, struct rig *rig)
{
	struct piece p[PIECES_MAX];
	unsigned count = space_pieces(rig, p);
	const unsigned char *from = image->bytes;

	mask(image, rig);
	for (unsigned i = 0; i < count; from += p[i++].size)
		if (memcmp(p[i].at, from, p[i].size) != 0)
			return p[i].what;
	return NULL;
}
