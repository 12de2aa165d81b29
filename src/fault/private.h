/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What explaining and resolving a fault share: when an access is all right.
 */
#ifndef QUIRE_FAULT_PRIVATE_H
#define QUIRE_FAULT_PRIVATE_H

#include "quire/fault.h"
#include "space/private.h"

static inline bool fault_is_access(unsigned access)
{
	return access == QUIRE_READ || access == QUIRE_WRITE || access == QUIRE_EXEC;
}

/* Whether the processor says that the translation is not to blame. */
static inline bool fault_is_other(const struct quire_fault_raw *raw)
{
	return raw->cause == QUIRE_CAUSE_ALIGN || raw->cause == QUIRE_CAUSE_BUS;
}

/* The marks that a leaf must have for an access. */
static inline unsigned fault_marks(unsigned access)
{
	return access == QUIRE_WRITE ? QUIRE_ACCESSED | QUIRE_DIRTY : QUIRE_ACCESSED;
}

/* What a place allows, which extent `node` (NONE: a gap) covers: the attributes of a mapping, or, in a claim,
   of the leaf.  QUIRE_EUNMAPPED, QUIRE_ERESERVED (a claim's guard too). */
int fault_attr(struct quire_space *s, const struct place *at, quire_link node, unsigned *attr);

/* What is wrong with an access through a mapping that allows `attr`; STALE if nothing is. */
enum quire_fault_kind fault_judge(unsigned attr, const struct quire_fault_raw *raw);

/* Whether an access that is all right was refused for being the kernel's: it would run what user mode
   may run, the leaf is there and marked, and the machine lets nobody do that. */
bool fault_is_kernels(struct quire_space *s, const struct place *at, unsigned attr,
		      const struct quire_fault_raw *raw);

#endif
