/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts without their lock, for those who hold it for longer than one call.
 */
#ifndef QUIRE_CONTEXT_PRIVATE_H
#define QUIRE_CONTEXT_PRIVATE_H

#include "lock.h"
#include "quire/context.h"

/* As quire_context_use(), with the lock held and all arguments right. */
void context_use(struct quire_contexts *all, unsigned cpu, struct quire_context *context,
		 struct quire_context_load *load);

/* Whether a CPU runs it. */
bool context_runs(const struct quire_contexts *all, const struct quire_context *context);

#endif
