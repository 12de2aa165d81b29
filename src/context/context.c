/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASIDs, handed out in ascending order until there are no more, and then all over again.
 *
 * A number is never given back while its generation lasts, not even by a context that ends: some CPU
 * may remember translations under it.  So what is free is simply what lies at `next` and above, but for
 * numbers that running contexts took along from the generation before.  There are at most as many of
 * those as CPUs, and fewer CPUs than numbers, so a new generation always has one to give.
 *
 *   used  .1111111110010100000    . ASID 0, never given
 *                   ^next `--'-- kept by what ran when the generation began
 */
#include "context/private.h"

static uint32_t asid_of(const struct quire_contexts *all, const struct quire_context *context)
{
	return (uint32_t)context->id & (((uint32_t)1 << all->bits) - 1u);
}

static bool is_current(const struct quire_contexts *all, const struct quire_context *context)
{
	return context->id >> all->bits == all->generation;
}

static bool is_used(const struct quire_contexts *all, uint32_t asid)
{
	return all->used[asid / 32] >> asid % 32 & 1u;
}

/* Take a number for a context, in this generation. */
static void number_take(struct quire_contexts *all, struct quire_context *context, uint32_t asid)
{
	all->used[asid / 32] |= (uint32_t)1 << asid % 32;
	context->id = all->generation << all->bits | asid;
}

/* Pass by the numbers that were kept; false if there are no others. */
static bool number_left(struct quire_contexts *all)
{
	while (all->next >> all->bits == 0 && is_used(all, all->next))
		all->next++;
	return all->next >> all->bits == 0;
}

/* A new generation: what runs now is of it, and every CPU has to forget the old one. */
static void generation_begin(struct quire_contexts *all)
{
	all->generation++;
	all->next = 1;
	for (size_t i = 0; i < QUIRE_CONTEXT_WORDS(all->bits); i++)
		all->used[i] = 0;
	for (unsigned i = 0; i < all->cpus; i++) {
		struct quire_context *running = all->cpu[i].running;

		all->cpu[i].flush = true;
		if (running)
			number_take(all, running, asid_of(all, running));
	}
}

/* See to it that a context has a number of this generation.  (One that has none does not run.) */
static void number_give(struct quire_contexts *all, struct quire_context *context)
{
	if (is_current(all, context))
		return;
	if (!number_left(all)) {
		all->rollovers++;
		generation_begin(all);
		number_left(all);
	}
	number_take(all, context, all->next++);
}

void context_use(struct quire_contexts *all, unsigned cpu, struct quire_context *context,
		 struct quire_context_load *load)
{
	struct quire_context_cpu *here = &all->cpu[cpu];

	if (all->bits == 0) {
		context->id = all->generation;
		here->flush = here->flush || here->running != context;
	} else {
		number_give(all, context);
	}
	*load = (struct quire_context_load){context->root, asid_of(all, context), here->flush};
	here->running = context;
	here->flush = false;
}

bool context_runs(const struct quire_contexts *all, const struct quire_context *context)
{
	for (unsigned i = 0; i < all->cpus; i++)
		if (all->cpu[i].running == context)
			return true;
	return false;
}

/* -- check -- */

/* What is wrong with what a CPU runs; NULL if nothing is. */
static const char *wrong_with_running(const struct quire_contexts *all, unsigned cpu)
{
	const struct quire_context *running = all->cpu[cpu].running;

	if (!running)
		return NULL;
	if (!is_current(all, running))
		return "a running context is of an old generation";
	if (all->bits == 0)
		return NULL;
	if (asid_of(all, running) == 0 || !is_used(all, asid_of(all, running)))
		return "a running context has an ASID that is not given out";
	for (unsigned i = 0; i < cpu; i++) {
		const struct quire_context *other = all->cpu[i].running;

		if (other && other != running && asid_of(all, other) == asid_of(all, running))
			return "two running contexts have one ASID";
	}
	return NULL;
}

/* What is wrong with the numbers; NULL if nothing is. */
static const char *wrong_with_numbers(const struct quire_contexts *all)
{
	uint32_t kept = 0;

	if (all->next == 0 || is_used(all, 0))
		return "ASID 0 is given out";
	for (uint32_t asid = 1; asid >> all->bits == 0; asid++) {
		if (asid < all->next && !is_used(all, asid))
			return "an ASID was passed by";
		kept += asid >= all->next && is_used(all, asid);
	}
	return kept > all->cpus ? "more ASIDs were kept than there are CPUs" : NULL;
}

static int check(const struct quire_contexts *all, const char **what)
{
	const char *wrong = all->bits == 0 ? NULL : wrong_with_numbers(all);

	for (unsigned i = 0; i < all->cpus && !wrong; i++)
		wrong = wrong_with_running(all, i);
	if (wrong && what)
		*what = wrong;
	return wrong ? QUIRE_ECORRUPT : QUIRE_OK;
}

/* -- public -- */

int quire_contexts_init(struct quire_contexts *all, unsigned bits, unsigned cpus,
			struct quire_context_cpu *cpu, uint32_t *used,
			const struct quire_lock *lock)
{
	if (!all || !cpu || (!used && bits != 0))
		return QUIRE_ENULL;
	if (bits > QUIRE_CONTEXT_BITS_MAX || cpus == 0 || cpus > UINT16_MAX ||
	    (bits != 0 && cpus >= ((uint32_t)1 << bits) - 1u))
		return QUIRE_EFLAG;
	*all = (struct quire_contexts){.cpu = cpu,
				       .used = used,
				       .cpus = (uint16_t)cpus,
				       .bits = (uint8_t)bits,
				       .generation = 1,
				       .next = 1};
	if (lock)
		all->lock = *lock;
	for (unsigned i = 0; i < cpus; i++)
		cpu[i] = (struct quire_context_cpu){.running = NULL};
	for (size_t i = 0; bits != 0 && i < QUIRE_CONTEXT_WORDS(bits); i++)
		used[i] = 0;
	return QUIRE_OK;
}

int quire_context_use(struct quire_contexts *all, unsigned cpu, struct quire_context *context,
		      struct quire_context_load *load)
{
	int err = all && context && load ? lock_enter(&all->lock) : QUIRE_ENULL;

	if (err)
		return err;
	if (cpu >= all->cpus)
		return lock_leave(&all->lock, QUIRE_EFLAG);
	context_use(all, cpu, context, load);
	return lock_leave(&all->lock, QUIRE_OK);
}

int quire_context_leave(struct quire_contexts *all, unsigned cpu)
{
	int err = all ? lock_enter(&all->lock) : QUIRE_ENULL;

	if (err)
		return err;
	if (cpu >= all->cpus)
		return lock_leave(&all->lock, QUIRE_EFLAG);
	all->cpu[cpu].running = NULL;
	return lock_leave(&all->lock, QUIRE_OK);
}

uint32_t quire_context_asid(const struct quire_contexts *all, const struct quire_context *context)
{
	uint32_t asid;
	int err = lock_enter(&all->lock);

	asid = context->id ? asid_of(all, context) : QUIRE_CONTEXT_NONE;
	if (err)
		return asid;
	if (!is_current(all, context) || (all->bits == 0 && !context_runs(all, context)))
		asid = QUIRE_CONTEXT_NONE;
	lock_leave(&all->lock, QUIRE_OK);
	return asid;
}

int quire_context_end(struct quire_contexts *all, struct quire_context *context)
{
	int err = all && context ? lock_enter(&all->lock) : QUIRE_ENULL;

	if (err)
		return err;
	if (context_runs(all, context))
		return lock_leave(&all->lock, QUIRE_EREFERENCED);
	context->id = 0;
	return lock_leave(&all->lock, QUIRE_OK);
}

int quire_contexts_check(struct quire_contexts *all, const char **what)
{
	int err = all ? lock_enter(&all->lock) : QUIRE_ENULL;

	return err ? err : lock_leave(&all->lock, check(all, what));
}
