/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a few CPUs can do with a few contexts, in any order, as long as one likes.
 *
 * Generations are counted without end, but only two kinds of number matter, of this generation and of
 * an older one.  So there are finitely many states.  All that can be reached are visited, breadth first,
 * each once; a switch is two steps, and the other CPUs may do anything between them.  With three of
 * each that is too much, and only the first states are visited, from a point shortly before the
 * numbers run out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "context/cpus.h"

#define MOST    3u /* CPUs, and contexts */
#define SLOT    8u /* ASIDs */
#define CURRENT 0x80u

/* A state, packed: what tells it from others. */
struct packed_cpu {
	uint8_t tlb[SLOT]; /* 2 * context + stale */
	uint8_t running;
	uint8_t loaded;
	uint8_t asid;
	uint8_t next; /* of a switch: the context from 1 on */
	uint8_t next_asid;
	uint8_t flags; /* 1: it has yet to flush; 2: so does the switch */
};

struct packed {
	struct packed_cpu cpu[MOST];
	uint8_t asid[MOST]; /* of each context, and CURRENT; 0: none of this generation */
	uint8_t next;
	uint8_t used;
};

/* All states met, in the order in which they were, and where to find them. */
static struct {
	struct packed *state;
	uint32_t *bucket; /* state + 1; 0: empty */
	uint32_t count, room, mask;
} met;

static struct cpus m;

static void pack_cpu(const struct cpu *c, const struct quire_context_cpu *state,
		     struct packed_cpu *p)
{
	for (unsigned n = 0; n < SLOT; n++)
		p->tlb[n] =
			c->tlb[n].context ? (uint8_t)(2 * c->tlb[n].context + c->tlb[n].stale) : 0;
	p->running = state->running ? (uint8_t)(state->running->root >> 12) : 0;
	p->loaded = c->loaded;
	p->asid = (uint8_t)c->asid;
	p->next = c->switching ? (uint8_t)(c->load.root >> 12) : 0;
	p->next_asid = c->switching ? (uint8_t)c->load.asid : 0;
	p->flags = (uint8_t)(state->flush | (c->switching && c->load.flush) << 1);
}

static struct packed pack(void)
{
	struct packed p;

	memset(&p, 0, sizeof(p));
	for (unsigned i = 0; i < m.cpus; i++)
		pack_cpu(&m.cpu[i], &m.state[i], &p.cpu[i]);
	for (unsigned i = 0; i < m.contexts; i++)
		if (m.context[i].id >> m.bits == m.all.generation)
			p.asid[i] = (uint8_t)(CURRENT | (m.context[i].id & ((1u << m.bits) - 1)));
	p.next = (uint8_t)m.all.next;
	p.used = (uint8_t)m.used[0];
	return p;
}

static void unpack_cpu(const struct packed_cpu *p, struct cpu *c, struct quire_context_cpu *state)
{
	for (unsigned n = 0; n < SLOT; n++)
		c->tlb[n] = (struct seen){p->tlb[n] / 2, p->tlb[n] & 1};
	state->running = p->running ? &m.context[p->running - 1] : NULL;
	state->flush = p->flags & 1;
	c->loaded = p->loaded;
	c->asid = p->asid;
	c->switching = p->next != 0;
	c->load.root = 0x1000u * (quire_pa)p->next;
	c->load.asid = p->next_asid;
	c->load.flush = p->flags >> 1;
}

/* The generation is always the second; what is older is of the first. */
static void unpack(const struct packed *p)
{
	for (unsigned i = 0; i < m.cpus; i++)
		unpack_cpu(&p->cpu[i], &m.cpu[i], &m.state[i]);
	for (unsigned i = 0; i < m.contexts; i++)
		m.context[i].id = p->asid[i] ? (uint64_t)2 << m.bits | (p->asid[i] & ~CURRENT)
					     : (uint64_t)1 << m.bits;
	m.all.generation = 2;
	m.all.next = p->next;
	m.all.rollovers = UINT32_MAX / CPUS;
	m.flushes = 0;
	m.used[0] = p->used;
}

static uint32_t hash(const struct packed *p)
{
	const unsigned char *byte = (const unsigned char *)p;
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < sizeof(*p); i++)
		h = (h ^ byte[i]) * 1099511628211u;
	return (uint32_t)(h ^ h >> 29);
}

/* Keep the present state if it is new and there is room. */
static void meet(void)
{
	struct packed p = pack();
	uint32_t at = hash(&p) & met.mask;

	if (m.wrong)
		fail_msg("%s: %u bits, %u CPUs, after %u states", m.wrong, m.bits, m.cpus,
			 met.count);
	while (met.bucket[at] != 0) {
		if (memcmp(&met.state[met.bucket[at] - 1], &p, sizeof(p)) == 0)
			return;
		at = (at + 1) & met.mask;
	}
	if (met.count == met.room)
		return;
	met.state[met.count++] = p;
	met.bucket[at] = met.count;
}

static void steps_of_cpu(uint32_t from, unsigned cpu)
{
	if (m.cpu[cpu].switching) {
		cpus_load(&m, cpu);
		meet();
		return;
	}
	cpus_leave(&m, cpu);
	meet();
	for (unsigned c = 0; c < m.contexts; c++) {
		unpack(&met.state[from]);
		cpus_use(&m, cpu, c);
		meet();
	}
}

static void steps(uint32_t from)
{
	for (unsigned i = 0; i < m.cpus; i++) {
		unpack(&met.state[from]);
		steps_of_cpu(from, i);
	}
	for (unsigned c = 0; c < m.contexts; c++) {
		unpack(&met.state[from]);
		cpus_change(&m, c);
		meet();
		unpack(&met.state[from]);
		cpus_end(&m, c);
		meet();
	}
}

/* From a state in which `spent` numbers are gone; returns how many were visited. */
static uint32_t visit(unsigned bits, unsigned cpus, unsigned contexts, bool early, unsigned spent,
		      uint32_t room)
{
	uint32_t at;

	met.room = room;
	met.mask = 1;
	while (met.mask < 2 * room)
		met.mask *= 2;
	met.state = malloc(room * sizeof(*met.state));
	met.bucket = calloc(met.mask, sizeof(*met.bucket));
	assert_true(met.state && met.bucket);
	met.mask--;
	met.count = 0;
	cpus_init(&m, bits, cpus, contexts);
	m.early = early;
	while (m.all.next <= spent) {
		cpus_switch(&m, 0, 0);
		cpus_leave(&m, 0);
		cpus_end(&m, 0);
	}
	meet();
	for (at = 0; at < met.count; at++)
		steps(at);
	free(met.state);
	free(met.bucket);
	print_message("%u bits, %u CPUs, %u contexts: %u states\n", bits, cpus, contexts, at);
	return at;
}

#define ROOM 2000000u /* states, all in all */
#define SOME 200000u

static void test_all(void **state)
{
	(void)state;
	assert_true(visit(0, 2, 3, false, 0, ROOM) < ROOM);
	assert_true(visit(2, 1, 3, false, 0, ROOM) < ROOM);
	assert_true(visit(2, 2, 2, false, 0, ROOM) < ROOM);
	assert_true(visit(2, 2, 2, true, 0, ROOM) < ROOM);
}

static void test_first(void **state)
{
	(void)state;
	visit(2, 2, 3, true, 0, SOME);
	visit(3, 3, 3, false, 5, SOME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all),
					   cmocka_unit_test(test_first)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
