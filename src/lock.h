/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's lock, as the public calls of every part take and give it: around the whole of a call,
 * and never below it.
 */
#ifndef QUIRE_LOCK_H
#define QUIRE_LOCK_H

#include "quire/space.h"

/* Take a lock, if there is one.  The lock's own error. */
static inline int lock_enter(const struct quire_lock *lock)
{
	return lock->lock ? lock->lock(lock->ctx) : QUIRE_OK;
}

/* Give it back, and pass a result on. */
static inline int lock_leave(const struct quire_lock *lock, int result)
{
	if (lock->unlock)
		lock->unlock(lock->ctx);
	return result;
}

#endif
