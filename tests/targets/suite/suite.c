/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the list, and what its tests share.
 */
#include "suite.h"

#include "quire/error.h"

static struct {
	bool failed;
	uint32_t random;
} suite;

/* -- saying what is wrong -- */

bool suite_failed(void)
{
	return suite.failed;
}

void suite_note(const char *text)
{
	board_print("# %s\n", text);
}

bool suite_check(bool ok, const char *what, const char *file, unsigned line)
{
	if (!ok) {
		suite.failed = true;
		board_print("# %s:%u: not so: %s\n", file, (uint64_t)line, what);
	}
	return ok;
}

bool suite_same(uint64_t got, uint64_t wanted, const char *what, const char *file, unsigned line)
{
	if (got != wanted) {
		suite.failed = true;
		board_print("# %s:%u: %s is %x, and should be %x\n", file, (uint64_t)line, what,
			    got, wanted);
	}
	return got == wanted;
}

bool suite_result(int got, int wanted, const char *what, const char *file, unsigned line)
{
	if (got != wanted) {
		suite.failed = true;
		board_print("# %s:%u: %s is %s, and should be %s\n", file, (uint64_t)line, what,
			    quire_error_name(got), quire_error_name(wanted));
	}
	return got == wanted;
}

/* -- random numbers: xorshift -- */

uint32_t suite_random_number(void)
{
	suite.random ^= suite.random << 13;
	suite.random ^= suite.random >> 17;
	suite.random ^= suite.random << 5;
	return suite.random;
}

uint32_t suite_random_below(uint32_t n)
{
	return suite_random_number() % n;
}

/* -- frames -- */

uint32_t suite_number(const struct target *t, quire_pa frame)
{
	return 0x51000000u + (uint32_t)((frame - t->frames) / t->page);
}

void suite_number_frames(struct target *t)
{
	for (quire_size at = 0; at < t->frames_size; at += t->page)
		t->poke(t, t->frames + at, suite_number(t, t->frames + at));
}

int suite_map(struct target *t, quire_va va, quire_pa pa, quire_size size, unsigned attr)
{
	const struct quire_want want = {.pa = pa,
					.size = size,
					.target = (uint8_t)t->frames_target,
					.attr = (uint8_t)attr,
					.flags = QUIRE_SHARED};
	struct quire_got got;

	return quire_space_map_at(t->space, va, &want, &got);
}

int suite_map_big(struct target *t, quire_va va, quire_pa pa, quire_size size, unsigned attr)
{
	const struct quire_want want = {.pa = pa,
					.size = size,
					.target = (uint8_t)t->big_target,
					.attr = (uint8_t)attr,
					.flags = QUIRE_SHARED};
	struct quire_got got;

	return quire_space_map_at(t->space, va, &want, &got);
}

/* -- touching -- */

static void print_raw(const char *what, quire_va va, const struct quire_fault_raw *raw)
{
	board_print("# %s %x: fault at %x, access %u, cause %u%s\n", what, (uint64_t)va,
		    (uint64_t)raw->va, (uint64_t)raw->access, (uint64_t)raw->cause,
		    raw->user ? ", user" : "");
}

bool suite_reads(struct target *t, unsigned how, quire_va va, uint32_t wanted)
{
	struct quire_fault_raw raw = {.va = 0};
	uint64_t value = 0;

	if (!t->touch(t, QUIRE_READ | how, va, 4, &value, &raw)) {
		print_raw("reading", va, &raw);
		return OK(!"a read that should work faulted");
	}
	if (value != wanted)
		board_print("# reading %x\n", (uint64_t)va);
	return SAME(value, wanted);
}

bool suite_writes(struct target *t, unsigned how, quire_va va, uint32_t word)
{
	struct quire_fault_raw raw = {.va = 0};
	uint64_t value = word;

	if (t->touch(t, QUIRE_WRITE | how, va, 4, &value, &raw))
		return true;
	print_raw("writing", va, &raw);
	return OK(!"a write that should work faulted");
}

bool suite_fault_raw(struct target *t, unsigned access, quire_va va, unsigned bytes,
		     struct quire_fault_raw *raw)
{
	uint64_t value = 0;

	*raw = (struct quire_fault_raw){.va = 0};
	if (!t->touch(t, access, va, bytes, &value, raw))
		return true;
	board_print("# access %x at %x gives %x\n", (uint64_t)access, (uint64_t)va, value);
	return OK(!"an access that should fault did not");
}

bool suite_faults_at(struct target *t, unsigned access, quire_va va)
{
	struct quire_fault_raw raw;

	NEED(suite_fault_raw(t, access, va, access & QUIRE_EXEC ? 4 : 1, &raw));
	NEED(SAME(raw.va, va));
	NEED(raw.access == 0 || SAME(raw.access, access & ~(unsigned)QUIRE_USER));
	return SAME(raw.user, (access & QUIRE_USER) != 0);
}

bool suite_shows(struct target *t, quire_va va, quire_pa frame, unsigned attr)
{
	uint32_t tag = suite_random_number();

	if (attr & QUIRE_READ)
		NEED(suite_reads(t, 0, va, suite_number(t, frame)));
	else if (!(attr & QUIRE_ACCESS_MASK))
		NEED(suite_faults_at(t, QUIRE_READ, va + 1));
	if (!(attr & QUIRE_WRITE))
		return suite_faults_at(t, QUIRE_WRITE, va + 8);
	NEED(suite_writes(t, 0, va + 8, tag));
	return SAME(t->peek(t, frame + 8), tag);
}

void suite_leaf(struct target *t, quire_va va, struct quire_decoded *leaf)
{
	quire_walk_get(t->walker, va - t->arena + t->walk, leaf);
}

/* How many entries a leaf of this size is: several if it is a cluster. */
static uint32_t entries_of(const struct target *t, const struct quire_decoded *leaf)
{
	for (unsigned level = 0; level < t->mmu->levels; level++) {
		const struct quire_level *l = &t->mmu->level[level];

		if (leaf->cluster && l->leaf && l->shift + l->cluster == leaf->shift)
			return 1u << l->cluster;
	}
	return 1;
}

uint32_t suite_leaves(struct target *t, quire_va va, quire_size size, uint32_t *translations)
{
	uint32_t leaves = 0, count = 0;
	quire_va end = va + size;

	while (va < end) {
		struct quire_decoded leaf;
		quire_size span;

		suite_leaf(t, va, &leaf);
		span = (quire_size)1 << leaf.shift;
		if (leaf.kind == QUIRE_ENTRY_LEAF) {
			leaves += entries_of(t, &leaf);
			count++;
		}
		va += span - (va & (span - 1));
	}
	if (translations)
		*translations = count;
	return leaves;
}

bool suite_proved(struct target *t)
{
	const char *what = "";

	if (quire_space_check(t->space, &what) == QUIRE_OK)
		return true;
	suite_note(what);
	return OK(!"the space is not in order");
}

/* -- reasons -- */

const char *suite_needs_tables(const struct target *t)
{
	return (t->facts & TARGET_WALKS) && t->mmu->levels > 1 ? NULL : "one level of tables";
}

const char *suite_needs_user(const struct target *t)
{
	return t->facts & TARGET_USER ? NULL : "no user mode";
}

const char *suite_needs_exec(const struct target *t)
{
	return t->facts & TARGET_EXEC ? NULL : "no code is run";
}

/* -- running -- */

static void remove_all(struct target *t)
{
	quire_va va = t->arena;

	while (va < t->arena + t->arena_size) {
		struct quire_extent_info info;

		if (quire_space_query(t->space, va, &info) != QUIRE_OK)
			return;
		if (info.kind == QUIRE_MAPPED) {
			while (info.refs > 1 && quire_space_unmap(t->space, info.va) == QUIRE_OK)
				info.refs--;
			OK(quire_space_unmap(t->space, info.va) == QUIRE_OK);
			quire_space_query(t->space, va, &info);
		} else if (info.kind == QUIRE_RESERVED) {
			OK(quire_space_release(t->space, info.va) == QUIRE_OK);
		}
		va = info.va + info.size;
	}
}

static void run_one(struct target *t, const struct suite_test *test)
{
	uint32_t tables = t->walker ? t->walker->pool.free : 0;
	const char *complaint;

	suite.failed = false;
	suite.random = 0x2545f491u;
	test->run(t);
	remove_all(t);
	if (t->walker)
		SAME(t->walker->pool.free, tables);
	suite_proved(t);
	complaint = t->complaint ? t->complaint(t) : NULL;
	if (complaint) {
		suite_note(complaint);
		suite.failed = true;
	}
}

/* The tests of a list, or their number if `number` is NULL. */
static unsigned run_list(struct target *t, const struct suite_list *list, unsigned seed,
			 unsigned *number)
{
	unsigned failed = 0, count = 0;

	for (unsigned i = 0; i < list->count; i++) {
		const struct suite_test *test = &list->test[i];
		const char *reason = test->cannot ? test->cannot(t) : NULL;

		if (seed != 0 && !(test->seeds & 1u << seed))
			continue;
		count++;
		if (!number)
			continue;
		++*number;
		if (reason) {
			board_print("ok %u - %s # SKIP %s\n", (uint64_t)*number, test->name,
				    reason);
			continue;
		}
		run_one(t, test);
		failed += suite.failed;
		board_print("%s %u - %s\n", suite.failed ? "not ok" : "ok", (uint64_t)*number,
			    test->name);
	}
	return number ? failed : count;
}

unsigned suite_run(struct target *t, const struct suite_list *const *lists, unsigned count,
		   unsigned seed)
{
	unsigned planned = 0, failed = 0, number = 0;

	for (unsigned i = 0; i < count; i++)
		planned += run_list(t, lists[i], seed, NULL);
	board_print("1..%u\n# %s\n", (uint64_t)planned, t->name);
	suite_number_frames(t);
	for (unsigned i = 0; i < count; i++)
		failed += run_list(t, lists[i], seed, &number);
	return failed;
}
