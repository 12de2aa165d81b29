/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting right what a trap handler can put right without a word to anybody: a mark that the
 * hardware does not set itself, and a fault that is none any more.
 */
#include "fault/private.h"

static int resolve(struct quire_space *s, const struct quire_fault_raw *raw)
{
	struct place at;
	unsigned attr = 0;
	int err;

	if (!fault_is_access(raw->access))
		return QUIRE_EFLAG;
	if (fault_is_other(raw))
		return QUIRE_EPORT;
	err = place_find(s, raw->va, &at);
	if (!err)
		err = fault_attr(s, &at, book_covering(s, &s->book[at.window], at.page), &attr);
	if (err)
		return err;
	if (fault_judge(attr, raw) != QUIRE_FAULT_STALE || fault_is_kernels(s, &at, attr, raw))
		return QUIRE_ECAPS;
	return quire_walk_mark(walker_of(s, at.window), walk_address(s, at.window, at.page),
			       fault_marks(raw->access))
		       ? QUIRE_OK
		       : QUIRE_ECORRUPT;
}

int quire_fault_resolve(struct quire_space *space, const struct quire_fault_raw *raw)
{
	int err = space_enter(space, raw != NULL);

	return err ? err : space_leave(space, resolve(space, raw));
}
