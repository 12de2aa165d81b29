/* SPDX-License-Identifier: Apache-2.0 */
/*
 * used: what has been done through the pages of a mapping, as the MMU's marks tell.
 *
 * The book knows nothing of marks; it only says which entries are meant.  Holders do not matter: a
 * mark is about pages, whoever uses them.
 */
#include "space/private.h"

static int used_range(struct quire_space *s, quire_va va, quire_size size, unsigned clear,
		      unsigned *used)
{
	struct range r;
	int err = range_find(s, va, size, &r);
	unsigned found;

	if (err && err != QUIRE_EREFERENCED)
		return err;
	if (clear & ~(unsigned)QUIRE_USED_MASK)
		return QUIRE_EFLAG;
	found = quire_walk_used(walker_of(s, r.window), walk_address(s, r.window, r.start),
				(quire_size)(r.end - r.start) << r.book->page_shift, clear);
	if (used)
		*used = found;
	return QUIRE_OK;
}

int quire_space_used(struct quire_space *space, quire_va va, quire_size size, unsigned clear,
		     unsigned *used)
{
	int err = space_enter(space, true);

	return err ? err : space_leave(space, used_range(space, va, size, clear, used));
}
