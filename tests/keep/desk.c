/* SPDX-License-Identifier: Apache-2.0 */
#include "keep/desk.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct desk desk;

static int lock(void *ctx)
{
	struct desk *d = ctx;

	if (d->lock_in != 0 && --d->lock_in == 0)
		return DESK_NO_LOCK;
	if (d->locked++ != 0)
		abort(); /* locked twice: no test can go on from there */
	return 0;
}

static void unlock(void *ctx)
{
	struct desk *d = ctx;

	if (d->locked-- != 1)
		abort();
}

struct desk *desk_plan(unsigned pages)
{
	desk = (struct desk){.s = sketch_plan(pages)};
	desk.rig = &desk.s->rig;
	desk.space = desk.s->space;
	return &desk;
}

void desk_build(struct desk *d, uint32_t slots)
{
	quire_size size = quire_keep_memory_size(slots);
	struct quire_keep_config config = {.space = d->space,
					   .slots = slots,
					   .memory = malloc((size_t)size + 1),
					   .memory_size = size,
					   .lock = {lock, unlock, d}};

	sketch_build(d->s, "");
	assert_non_null(config.memory);
	d->memory = config.memory;
	assert_int_equal(quire_keep_init(&d->keep, &config), 0);
}

struct desk *desk_open(unsigned pages, uint32_t slots)
{
	struct desk *d = desk_plan(pages);

	desk_build(d, slots);
	return d;
}

void desk_check(struct desk *d)
{
	const char *what = "nothing said";
	const char *wrong = quire_keep_check(&d->keep, &what) ? what : rig_check(d->rig);

	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(d->locked, 0);
}

void desk_close(struct desk *d)
{
	desk_check(d);
	free(d->memory);
	sketch_close(d->s);
}

const char *desk_draw(struct desk *d)
{
	static char drawing[256];
	size_t length;

	strcpy(drawing, sketch_draw(d->s));
	length = strlen(drawing);
	for (size_t i = 0; i < length; i++) {
		struct quire_extent_info row;

		assert_int_equal(quire_space_query(d->space, VA(i), &row), 0);
		if (quire_keep_has(&d->keep, row.va))
			drawing[i] = (char)toupper((unsigned char)drawing[i]);
	}
	return drawing;
}

struct quire_want desk_want(unsigned n, unsigned p, unsigned attr, unsigned flags, char tag)
{
	return (struct quire_want){.pa = PA(p),
				   .size = n * PAGE,
				   .attr = (uint8_t)attr,
				   .flags = (uint8_t)flags,
				   .tag = (uint8_t)tag};
}

int desk_map(struct desk *d, unsigned n, unsigned p, unsigned attr, unsigned flags, char tag)
{
	struct quire_want want = desk_want(n, p, attr, flags, tag);

	return quire_keep_map(&d->keep, &want, &d->got);
}

int desk_map_at(struct desk *d, unsigned v, unsigned n, unsigned p, unsigned attr, unsigned flags,
		char tag)
{
	struct quire_want want = desk_want(n, p, attr, flags, tag);

	return quire_keep_map_at(&d->keep, VA(v), &want, &d->got);
}

int desk_unmap(struct desk *d, unsigned v)
{
	return quire_keep_unmap(&d->keep, VA(v));
}

void desk_pair(struct desk *d, unsigned n, unsigned p, char tag)
{
	assert_int_equal(desk_map(d, n, p, R, 0, tag), QUIRE_OK);
	assert_int_equal(quire_keep_unmap(&d->keep, d->got.mapping), QUIRE_OK);
}

uint64_t desk_work(struct desk *d)
{
	const struct quire_walk_counts *c = &d->rig->walker[0].counts;
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(d->space, &stats), 0);
	return (uint64_t)stats.searches + stats.generation + c->entries + c->runs + c->reads +
	       c->flushes + c->syncs + d->rig->hw[0].prepares;
}

struct quire_keep_stats desk_stats(struct desk *d)
{
	struct quire_keep_stats stats;

	assert_int_equal(quire_keep_stats(&d->keep, &stats), 0);
	return stats;
}
