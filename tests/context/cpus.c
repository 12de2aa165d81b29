/* SPDX-License-Identifier: Apache-2.0 */
#include "context/cpus.h"

#include <string.h>

static void expect(struct cpus *m, bool holds, const char *what)
{
	if (!holds && !m->wrong)
		m->wrong = what;
}

/* All CPUs translate for what they have loaded; those that run it must find what is true. */
static void everybody_looks(struct cpus *m)
{
	const char *what = NULL;

	for (unsigned i = 0; i < m->cpus; i++) {
		struct cpu *c = &m->cpu[i];
		struct seen *seen = &c->tlb[c->asid];

		if (c->loaded == 0)
			continue;
		if (seen->context == 0)
			*seen = (struct seen){c->loaded, false};
		if (c->switching)
			continue; /* in the middle of a switch, nothing of a user's is touched */
		expect(m, seen->context == c->loaded, "another context's translation was met");
		expect(m, !seen->stale, "a translation from before a change was met");
	}
	expect(m, quire_contexts_check(&m->all, &what) == QUIRE_OK, what);
	expect(m, m->flushes <= m->all.rollovers * m->cpus || m->bits == 0,
	       "more flushes of everything than CPUs in each generation");
}

void cpus_init(struct cpus *m, unsigned bits, unsigned cpus, unsigned contexts)
{
	memset(m, 0, sizeof(*m));
	m->bits = bits;
	m->cpus = cpus;
	m->contexts = contexts;
	expect(m, quire_contexts_init(&m->all, bits, cpus, m->state, m->used, NULL) == QUIRE_OK,
	       "init");
	for (unsigned i = 0; i < contexts; i++)
		m->context[i].root = 0x1000u * (i + 1);
}

void cpus_use(struct cpus *m, unsigned cpu, unsigned context)
{
	struct cpu *c = &m->cpu[cpu];

	expect(m, quire_context_use(&m->all, cpu, &m->context[context], &c->load) == QUIRE_OK,
	       "use");
	expect(m, c->load.root == m->context[context].root, "the root of another");
	expect(m, c->load.asid >> m->bits == 0 && (c->load.asid != 0) == (m->bits != 0),
	       "the ASID");
	c->switching = true;
	everybody_looks(m);
}

static void flush(struct cpus *m, struct cpu *c)
{
	everybody_looks(m);
	memset(c->tlb, 0, sizeof(c->tlb));
	m->flushes++;
	everybody_looks(m);
}

void cpus_load(struct cpus *m, unsigned cpu)
{
	struct cpu *c = &m->cpu[cpu];

	if (c->load.flush && m->early)
		flush(m, c);
	c->loaded = (uint8_t)(c->load.root >> 12);
	c->asid = c->load.asid;
	if (c->load.flush && !m->early)
		flush(m, c);
	c->switching = false;
	everybody_looks(m);
}

void cpus_switch(struct cpus *m, unsigned cpu, unsigned context)
{
	cpus_use(m, cpu, context);
	cpus_load(m, cpu);
}

void cpus_leave(struct cpus *m, unsigned cpu)
{
	m->cpu[cpu].loaded = 0;
	m->cpu[cpu].asid = 0;
	expect(m, quire_context_leave(&m->all, cpu) == QUIRE_OK, "leave");
	everybody_looks(m);
}

void cpus_change(struct cpus *m, unsigned context)
{
	uint32_t asid;

	for (unsigned i = 0; i < m->cpus; i++)
		for (unsigned n = 0; n < ASIDS; n++)
			if (m->cpu[i].tlb[n].context == context + 1)
				m->cpu[i].tlb[n].stale = true;
	asid = quire_context_asid(&m->all, &m->context[context]);
	for (unsigned i = 0; i < m->cpus && asid != QUIRE_CONTEXT_NONE; i++)
		m->cpu[i].tlb[asid].context = 0;
	everybody_looks(m);
}

bool cpus_end(struct cpus *m, unsigned context)
{
	bool runs = false;
	int result;

	for (unsigned i = 0; i < m->cpus; i++)
		runs |= m->cpu[i].switching ? m->cpu[i].load.root == m->context[context].root
					    : m->cpu[i].loaded == context + 1;
	result = quire_context_end(&m->all, &m->context[context]);
	expect(m, result == (runs ? QUIRE_EREFERENCED : QUIRE_OK), "end");
	if (result == QUIRE_OK)
		expect(m, quire_context_asid(&m->all, &m->context[context]) == QUIRE_CONTEXT_NONE,
		       "a context has an ASID after its end");
	everybody_looks(m);
	return result == QUIRE_OK;
}
