/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sketch.h"

#include <ctype.h>
#include <string.h>

static struct sketch sketch;

struct sketch *sketch_plan(unsigned pages)
{
	sketch = (struct sketch){.plan = {
					 .name = "sketch",
					 .mmu = {RIG_TABLE(12, 8)},
					 .window = {{.name = "sketch",
						     .base = VA(0),
						     .exec_base = XA(0),
						     .size = (quire_size)pages * PAGE,
						     .caps = QUIRE_CAP_MASK,
						     .targets = 3}},
					 .memory = {{.name = "zero",
						     .base = PA(0),
						     .size = PAGES0 * PAGE,
						     .caps = QUIRE_CAP_MASK},
						    {.name = "one",
						     .size = PAGES1 * PAGE,
						     .caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE}},
					 .mappings = 64,
				 }};
	sketch.space = &sketch.rig.space;
	return &sketch;
}

/* How many characters from `from` on are like it. */
static unsigned run_length(const char *from)
{
	unsigned n = 1;

	while (from[n] == *from)
		n++;
	return n;
}

/* How many pages a mapping drawn from `from` on has, its parts included. */
static unsigned mapping_length(const char *from)
{
	unsigned n = 1;

	while (tolower((unsigned char)from[n]) == *from)
		n++;
	return n;
}

void sketch_build(struct sketch *s, const char *drawing)
{
	assert_int_equal(rig_open(&s->rig, &s->plan), 0);
	for (const char *c = drawing; *c != '\0'; c += run_length(c)) {
		unsigned v = (unsigned)(c - drawing), n = run_length(c);

		if (*c == ':')
			assert_int_equal(quire_space_reserve_at(s->space, VA(v), n * PAGE, ':'), 0);
		else if (islower((unsigned char)*c) &&
			 (v == 0 || tolower((unsigned char)c[-1]) != *c))
			assert_int_equal(sketch_map_at(s, v, mapping_length(c), v, R, 0, *c), 0);
		else if (isupper((unsigned char)*c))
			assert_int_equal(quire_space_protect(s->space, VA(v), n * PAGE, RW, 0), 0);
	}
}

struct sketch *sketch_open(const char *drawing)
{
	struct sketch *s = sketch_plan((unsigned)strlen(drawing));

	sketch_build(s, drawing);
	return s;
}

void sketch_close(struct sketch *s)
{
	const char *wrong = rig_check(&s->rig);

	rig_close(&s->rig);
	if (wrong != NULL)
		fail_msg("%s", wrong);
}

const char *sketch_draw(struct sketch *s)
{
	static char drawing[256];
	struct quire_extent_info row;
	struct quire_cursor cursor = {0};
	size_t at = 0;

	while (quire_space_next(s->space, &cursor, &row) == 0 && row.window == 0) {
		char c = row.kind == QUIRE_GAP ? '.' : (char)row.tag;

		assert_in_range(at + row.size / PAGE, 1, sizeof(drawing) - 1);
		memset(drawing + at, row.part ? toupper((unsigned char)c) : c, row.size / PAGE);
		at += row.size / PAGE;
	}
	drawing[at] = '\0';
	return drawing;
}

static struct quire_want want_of(unsigned n, unsigned p, unsigned attr, unsigned flags, char tag)
{
	return (struct quire_want){.pa = PA(p),
				   .size = n * PAGE,
				   .attr = (uint8_t)attr,
				   .flags = (uint8_t)flags,
				   .tag = (uint8_t)tag};
}

int sketch_map(struct sketch *s, unsigned n, unsigned p, unsigned attr, unsigned flags, char tag)
{
	struct quire_want want = want_of(n, p, attr, flags, tag);

	return quire_space_map(s->space, &want, &s->got);
}

int sketch_map_at(struct sketch *s, unsigned v, unsigned n, unsigned p, unsigned attr,
		  unsigned flags, char tag)
{
	struct quire_want want = want_of(n, p, attr, flags, tag);

	return quire_space_map_at(s->space, VA(v), &want, &s->got);
}

unsigned sketch_refs(struct sketch *s, unsigned page)
{
	struct quire_extent_info info;

	assert_int_equal(quire_space_query(s->space, VA(page), &info), 0);
	return info.refs;
}
