/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: exact to the byte, explained, and survived.
 */
#include "suite.h"

#include "quire/error.h"

#define PAGE t->page

static bool explain(struct target *t, unsigned access, quire_va va, struct quire_fault *fault)
{
	struct quire_fault_raw raw;

	NEED(suite_fault_raw(t, access, va, 1, &raw));
	NEED(SAME(raw.va, va));
	return RESULT(quire_fault_explain(t->space, &raw, fault), QUIRE_OK);
}

/* Each of many bytes of a page, for a missing page and for one that may not be written. */
static void exact(struct target *t)
{
	quire_va va = t->arena + 2 * PAGE;

	MUST(RESULT(suite_map(t, va, t->frames, PAGE, QUIRE_READ), QUIRE_OK));
	for (quire_size at = 0; at < PAGE; at += at < 8 || at + 9 > PAGE ? 1 : 37) {
		MUST(suite_faults_at(t, QUIRE_WRITE, va + at));
		MUST(suite_faults_at(t, QUIRE_READ, va + PAGE + at));
		MUST(suite_faults_at(t, QUIRE_WRITE, va - PAGE + at));
	}
	MUST(suite_shows(t, va, t->frames, QUIRE_READ));
}

/* An access half of which is not there: where it began, or the first byte that is missing. */
static void across_the_end(struct target *t)
{
	quire_va va = t->arena + 2 * PAGE, at = va + PAGE - 2;
	struct quire_fault_raw raw;
	struct quire_fault fault;

	MUST(RESULT(suite_map(t, va, t->frames, PAGE, RW), QUIRE_OK));
	MUST(suite_fault_raw(t, QUIRE_READ, at, 4, &raw));
	if (raw.cause == QUIRE_CAUSE_ALIGN) {
		suite_note("misaligned accesses are refused as such");
		MUST(SAME(raw.va, at));
		return;
	}
	MUST(OK(raw.va == at || raw.va == va + PAGE));
	MUST(RESULT(quire_fault_explain(t->space, &raw, &fault), QUIRE_OK));
	MUST(OK(fault.kind == QUIRE_FAULT_UNMAPPED || raw.va == at));
	t->poke(t, t->frames + PAGE - 4, 0x11223344);
	MUST(suite_fault_raw(t, QUIRE_WRITE, at, 4, &raw));
	MUST(SAME(t->peek(t, t->frames + PAGE - 4), 0x11223344));
}

/* Everything that the record says. */
static void explained(struct target *t)
{
	quire_va low = t->arena + 10 * PAGE, high = t->arena + 20 * PAGE;
	struct quire_fault f;

	MUST(RESULT(suite_map(t, low, t->frames, 2 * PAGE, RW), QUIRE_OK));
	MUST(RESULT(suite_map(t, high, t->frames + 4 * PAGE, PAGE, QUIRE_READ), QUIRE_OK));
	MUST(explain(t, QUIRE_READ, low + 3 * PAGE + 5, &f));
	MUST(SAME(f.kind, QUIRE_FAULT_UNMAPPED));
	MUST(SAME(f.allowed, 0));
	MUST(SAME(f.below.mapping.va, low));
	MUST(SAME(f.below.distance, PAGE + 5 + 1));
	MUST(SAME(f.above.mapping.va, high));
	MUST(SAME(f.above.distance, high - (low + 3 * PAGE + 5)));
	MUST(SAME(f.here.kind, QUIRE_GAP));
	MUST(SAME(f.into, PAGE + 5));
	MUST(explain(t, QUIRE_WRITE, high + 9, &f));
	MUST(SAME(f.kind, QUIRE_FAULT_DENIED));
	MUST(SAME(f.allowed, QUIRE_READ));
	MUST(SAME(f.into, 9));
	MUST(SAME(f.here.va, high));
	MUST(SAME(f.here.pa, t->frames + 4 * PAGE));
	MUST(SAME(f.below.mapping.va, low));
}

/* The sentence says the address, in hexadecimal, and more. */
static void told(struct target *t)
{
	char text[QUIRE_FAULT_TEXT], shorter[16];
	struct quire_fault f;
	size_t length;

	MUST(RESULT(suite_map(t, t->arena, t->frames, PAGE, QUIRE_READ), QUIRE_OK));
	MUST(explain(t, QUIRE_WRITE, t->arena + 0x123, &f));
	length = quire_fault_text(&f, text, sizeof(text));
	MUST(OK(length > 20 && length < sizeof(text)));
	MUST(SAME(text[length], 0));
	board_print("# %s\n", text);
	MUST(SAME(quire_fault_text(&f, shorter, sizeof(shorter)), length));
	MUST(SAME(shorter[15], 0));
}

/* All sizes, and a probe that faults changes nothing. */
static void probes(struct target *t)
{
	struct quire_fault_raw raw;
	uint64_t value = 0;

	MUST(RESULT(suite_map(t, t->arena, t->frames, PAGE, RW), QUIRE_OK));
	t->poke(t, t->frames + 16, 0x44332211);
	for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
		uint64_t wanted = 0x44332211 & (((uint64_t)1 << bytes * 8) - 1);

		MUST(OK(t->touch(t, QUIRE_READ, t->arena + 16, bytes, &value, &raw)));
		MUST(SAME(value, wanted));
		value = 0x8877665544332211u;
		MUST(OK(t->touch(t, QUIRE_WRITE, t->arena + 24, bytes, &value, &raw)));
		MUST(SAME(t->peek(t, t->frames + 24) & (uint32_t)(((uint64_t)1 << bytes * 8) - 1),
			  wanted));
		value = 0x5a5a;
		MUST(OK(!t->touch(t, QUIRE_READ, t->arena + PAGE, bytes, &value, &raw)));
		MUST(SAME(value, 0x5a5a));
		MUST(OK(!t->touch(t, QUIRE_WRITE, t->arena + PAGE, bytes, &value, &raw)));
	}
}

/* resolve() says of each fault why it would come again. */
static void resolved(struct target *t)
{
	quire_va va = t->arena;
	struct quire_fault_raw raw;

	MUST(RESULT(suite_map(t, va, t->frames, PAGE, QUIRE_READ), QUIRE_OK));
	MUST(RESULT(quire_space_reserve_at(t->space, va + 2 * PAGE, PAGE, 1), QUIRE_OK));
	MUST(suite_fault_raw(t, QUIRE_WRITE, va, 4, &raw));
	raw.access = QUIRE_WRITE;
	MUST(RESULT(quire_fault_resolve(t->space, &raw), QUIRE_ECAPS));
	raw.access = QUIRE_READ;
	MUST(RESULT(quire_fault_resolve(t->space, &raw), QUIRE_OK));
	raw.va = va + PAGE;
	MUST(RESULT(quire_fault_resolve(t->space, &raw), QUIRE_EUNMAPPED));
	raw.va = va + 2 * PAGE;
	MUST(RESULT(quire_fault_resolve(t->space, &raw), QUIRE_ERESERVED));
}

static const struct suite_test tests[] = {
	{"faults are exact to the byte", exact, NULL, 0},
	{"an access across the end", across_the_end, NULL, 0},
	{"a fault explained", explained, NULL, 0},
	{"a fault told", told, NULL, 0},
	{"probes", probes, NULL, 0},
	{"what can be resolved", resolved, NULL, 0},
};

const struct suite_list suite_faults = {tests, SUITE_COUNT(tests)};
