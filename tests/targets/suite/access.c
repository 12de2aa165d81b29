/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a page allows: read, write, execute, to whom, and how it is cached; and the marks that
 * accesses leave.
 */
#include "suite.h"

#include "quire/error.h"

#define PAGE t->page

static void protect(struct target *t)
{
	static const uint8_t attr[] = {QUIRE_READ, RW, QUIRE_READ, 0, RW, 0, QUIRE_READ};

	MUST(RESULT(suite_map(t, t->arena, t->frames, 5 * PAGE, RW), QUIRE_OK));
	for (unsigned i = 0; i < sizeof(attr); i++) {
		MUST(suite_shows(t, t->arena + 2 * PAGE, t->frames + 2 * PAGE,
				 i == 0 ? RW : attr[i - 1]));
		MUST(RESULT(quire_space_protect(t->space, t->arena + 2 * PAGE, PAGE, attr[i], 0),
			    QUIRE_OK));
		MUST(suite_shows(t, t->arena + 2 * PAGE, t->frames + 2 * PAGE, attr[i]));
		MUST(suite_shows(t, t->arena + PAGE, t->frames + PAGE, RW));
		MUST(suite_shows(t, t->arena + 3 * PAGE, t->frames + 3 * PAGE, RW));
	}
}

/* Put the answer into a frame. */
static void write_code(struct target *t, quire_pa pa)
{
	for (unsigned i = 0; i < t->code_words; i++)
		t->poke(t, pa + 4 * i, t->code[i]);
}

static bool answers(struct target *t, quire_va va)
{
	struct quire_fault_raw raw = {.va = 0};
	uint64_t value = 0;

	if (!t->touch(t, QUIRE_EXEC, va, 4, &value, &raw)) {
		board_print("# running %x: fault at %x\n", (uint64_t)va, (uint64_t)raw.va);
		return OK(!"code that may be run faulted");
	}
	return SAME(value, TARGET_ANSWER);
}

/* Write or execute; both only when asked for in so many words. */
static void write_or_execute(struct target *t)
{
	quire_va va = t->arena + 3 * PAGE;
	struct quire_want want = {.pa = t->frames,
				  .target = (uint8_t)t->frames_target,
				  .attr = RW | QUIRE_EXEC,
				  .flags = QUIRE_WX};
	struct quire_got got;

	want.size = PAGE;
	write_code(t, t->frames);
	MUST(RESULT(suite_map(t, va, t->frames, PAGE, RW | QUIRE_EXEC), QUIRE_EWX));
	MUST(RESULT(suite_map(t, va, t->frames, PAGE, RW), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_EXEC, va));
	MUST(RESULT(quire_space_protect(t->space, va, PAGE, RW | QUIRE_EXEC, 0), QUIRE_EWX));
	MUST(suite_faults_at(t, QUIRE_EXEC, va));
	MUST(RESULT(quire_space_protect(t->space, va, PAGE, RX, 0), QUIRE_OK));
	MUST(answers(t, va));
	MUST(suite_faults_at(t, QUIRE_WRITE, va));
	MUST(suite_reads(t, 0, va, t->code[0]));
	MUST(RESULT(quire_space_protect(t->space, va, PAGE, QUIRE_READ, 0), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_EXEC, va));
	MUST(RESULT(quire_space_unmap(t->space, va), QUIRE_OK));
	MUST(RESULT(quire_space_map_at(t->space, va, &want, &got), QUIRE_OK));
	MUST(answers(t, va));
	MUST(suite_writes(t, 0, va + PAGE - 4, 1));
	t->poke(t, t->frames, suite_number(t, t->frames));
}

/* What is the kernel's is not user mode's; what is user mode's is so as far as it says. */
static void user_and_kernel(struct target *t)
{
	quire_va k = t->arena, u = t->arena + 2 * PAGE;
	struct quire_fault_raw raw;
	struct quire_fault fault;

	MUST(RESULT(suite_map(t, k, t->frames, PAGE, RW), QUIRE_OK));
	MUST(RESULT(suite_map(t, u, t->frames + PAGE, 2 * PAGE, RW | USER), QUIRE_OK));
	MUST(suite_writes(t, USER, u + 16, 0xabcdef));
	MUST(suite_reads(t, USER, u + 16, 0xabcdef));
	MUST(SAME(t->peek(t, t->frames + PAGE + 16), 0xabcdef));
	MUST(suite_shows(t, k, t->frames, RW));
	MUST(suite_faults_at(t, QUIRE_READ | USER, k + 3));
	MUST(suite_faults_at(t, QUIRE_WRITE | USER, k + PAGE - 1));
	MUST(suite_fault_raw(t, QUIRE_READ | USER, k + 3, 1, &raw));
	MUST(RESULT(quire_fault_explain(t->space, &raw, &fault), QUIRE_OK));
	MUST(SAME(fault.kind, QUIRE_FAULT_USER));
	MUST(RESULT(quire_space_protect(t->space, u, PAGE, QUIRE_READ | USER, 0), QUIRE_OK));
	MUST(suite_reads(t, USER, u + 16, 0xabcdef));
	MUST(suite_faults_at(t, QUIRE_WRITE | USER, u + 16));
	MUST(suite_writes(t, USER, u + PAGE + 16, 0xfedcba));
	MUST(RESULT(quire_space_protect(t->space, u, PAGE, RW, 0), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_READ | USER, u + 16));
	MUST(suite_reads(t, 0, u + 16, 0xabcdef));
	MUST(RESULT(quire_space_unmap(t->space, u), QUIRE_OK));
	MUST(suite_faults_at(t, QUIRE_READ | USER, u + PAGE));
}

/* Each cache mode is in the entry, and the page works; or it is refused, with nothing done. */
static void cache_modes(struct target *t)
{
	static const uint8_t mode[] = {QUIRE_CACHE_WB, QUIRE_CACHE_WT, QUIRE_UNCACHED,
				       QUIRE_DEVICE_IO};
	unsigned missing = t->mmu->missing_modes;

	for (unsigned i = 0; i < sizeof(mode); i++) {
		quire_va va = t->arena + i * PAGE;
		struct quire_decoded leaf;

		if (missing & 1u << i) {
			MUST(RESULT(suite_map(t, va, t->frames, PAGE, RW | mode[i]), QUIRE_EMODE));
			MUST(suite_faults_at(t, QUIRE_READ, va));
			continue;
		}
		MUST(RESULT(suite_map(t, va, t->frames, PAGE, RW | mode[i]), QUIRE_OK));
		MUST(suite_shows(t, va, t->frames, RW));
		if (t->facts & TARGET_WALKS) {
			suite_leaf(t, va, &leaf);
			MUST(SAME(leaf.attr, RW | mode[i]));
		}
		MUST(RESULT(quire_space_unmap(t->space, va), QUIRE_OK));
	}
}

/* Modes that differ are different entries. */
static void cache_modes_differ(struct target *t)
{
	quire_entry seen[4];
	unsigned count = 0, last = t->mmu->levels - 1u;

	for (unsigned mode = 0; mode <= QUIRE_CACHE_MASK; mode += QUIRE_CACHE_WT) {
		quire_entry entry;

		if (t->mmu->missing_modes & 1u << (mode >> 4))
			continue;
		entry = t->mmu->format->leaf(t->mmu, last, t->frames_target, t->frames, RW | mode);
		for (unsigned i = 0; i < count; i++)
			MUST(OK(seen[i] != entry));
		seen[count++] = entry;
	}
	MUST(OK(count > 0));
}

static bool used_is(struct target *t, quire_va va, quire_size size, unsigned clear, unsigned wanted)
{
	unsigned used = 0;

	NEED(RESULT(quire_space_used(t->space, va, size, clear, &used), QUIRE_OK));
	return SAME(used, wanted);
}

/* Marks come back after they were cleared: by the hardware, or through a fault. */
static void marks(struct target *t)
{
	const unsigned both = QUIRE_ACCESSED | QUIRE_DIRTY;
	quire_va va = t->arena + 4 * PAGE;

	MUST(RESULT(suite_map(t, va, t->frames, 3 * PAGE, RW), QUIRE_OK));
	MUST(used_is(t, va, 3 * PAGE, 0, both));
	for (unsigned round = 0; round < 3; round++) {
		MUST(suite_writes(t, 0, va + PAGE + 8, round));
		MUST(used_is(t, va, 3 * PAGE, both, both));
		MUST(used_is(t, va, 3 * PAGE, 0, 0));
		MUST(suite_reads(t, 0, va + PAGE, suite_number(t, t->frames + PAGE)));
		MUST(used_is(t, va, PAGE, 0, 0));
		MUST(used_is(t, va + PAGE, PAGE, 0, QUIRE_ACCESSED));
		MUST(used_is(t, va + 2 * PAGE, PAGE, 0, 0));
		MUST(suite_writes(t, 0, va + PAGE + 8, round + 0x100));
		MUST(used_is(t, va + PAGE, PAGE, QUIRE_DIRTY, both));
		MUST(used_is(t, va, 3 * PAGE, 0, QUIRE_ACCESSED));
		MUST(suite_writes(t, 0, va + PAGE + 8, round + 0x200));
		MUST(SAME(t->peek(t, t->frames + PAGE + 8), round + 0x200));
		MUST(used_is(t, va + PAGE, PAGE, 0, both));
	}
}

static const char *needs_marks(const struct target *t)
{
	return t->facts & TARGET_MARKS ? NULL : "accesses leave no marks";
}

static const struct suite_test tests[] = {
	{"protect", protect, NULL, 1u << 1},
	{"write or execute", write_or_execute, suite_needs_exec, 0},
	{"user and kernel", user_and_kernel, suite_needs_user, 0},
	{"cache modes", cache_modes, NULL, 0},
	{"cache modes differ in the entry", cache_modes_differ, suite_needs_tables, 0},
	{"marks", marks, needs_marks, 1u << 1},
};

const struct suite_list suite_access = {tests, SUITE_COUNT(tests)};
