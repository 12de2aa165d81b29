/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at a keep-list: what is at an address, as its users may see it, and the counters.
 */
#include "keep/private.h"

/* A mapping as query tells of it; a kept one as the gap it will be. */
static void describe(const struct quire_keep *k, const struct quire_keep_slot *s,
		     struct quire_extent_info *out)
{
	bool exec = s->attr & QUIRE_EXEC;

	*out = (struct quire_extent_info){.va = exec ? s->other : s->va,
					  .exec_va = exec ? s->va : s->other,
					  .size = s->size,
					  .window = s->window,
					  .caps = k->space->window[s->window].caps};
	if (s->holders == 0)
		return;
	out->kind = QUIRE_MAPPED;
	out->pa = s->pa;
	out->target = s->target;
	out->attr = s->attr;
	out->refs = s->holders;
	out->tag = s->tag;
}

static int query(struct quire_keep *k, quire_va va, struct quire_extent_info *out)
{
	unsigned i = find_mapping(k, va);
	int err;

	if (i == NONE) {
		err = quire_space_query(k->space, va, out);
		if (err)
			return err;
		i = find_mapping(k, out->va);
	}
	if (i != NONE)
		describe(k, slot_at(k, i), out);
	return QUIRE_OK;
}

int quire_keep_query(struct quire_keep *keep, quire_va va, struct quire_extent_info *out)
{
	int err = keep_enter(keep, out != NULL);

	return err ? err : keep_leave(keep, query(keep, va, out));
}

bool quire_keep_has(struct quire_keep *keep, quire_va va)
{
	unsigned i;

	if (keep_enter(keep, true))
		return false;
	i = find_mapping(keep, va);
	return keep_leave(keep, is_kept(keep, i));
}

int quire_keep_stats(struct quire_keep *keep, struct quire_keep_stats *out)
{
	int err = keep_enter(keep, out != NULL);

	if (err)
		return err;
	*out = (struct quire_keep_stats){.hits = keep->hits,
					 .misses = keep->misses,
					 .drops = keep->drops,
					 .kept = keep->kept,
					 .tracked = keep->used};
	return keep_leave(keep, QUIRE_OK);
}
