/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every descriptor, table, frame, promise, question to the port and lock made to fail, one after the other,
 * in every call that may want one.  Either the call then says so, and the world is as it was, bit
 * for bit: book, tables, words, counts and what is in the pages; or it gets by without, and does what it
 * always does.  Afterwards the same call works, and everything can be given back.
 */
#include <stdlib.h>
#include <string.h>

#include "quire/port/aarch64.h"
#include "quire/port/riscv.h"
#include "quire/port/x86.h"
#include "space/private.h"
#include "vm/rig.h"
#include "walk/private.h"

#define PAGES 4096u
#define ROWS  64u

enum culprit { DESCRIPTORS, TABLES, FRAMES, PORT, SPACE_LOCK, FRAMES_LOCK, CULPRITS };

static const int error_of[CULPRITS] = {QUIRE_EPOOL, QUIRE_ETABLES, QUIRE_ESPACE,
				       RIG_REFUSED, RIG_NO_SPACE,  RIG_NO_FRAMES};

/* What stands there, and where. */
static struct rig rig;
static quire_va plain, lazy, device, large, parted;
static const struct rig_plan *plan_now;
static struct quire_frame_list gaps[16], between[16];
static uint8_t through_memory[(PAGES + 1u) * PAGE];

/* -- the world -- */

static struct rig_plan plan_of(const struct quire_mmu *mmu, bool through, unsigned guarding)
{
	struct rig_plan plan = rig_plan(mmu);

	plan.pages = PAGES;
	plan.frames_a = 64;
	plan.frames_b = 1800;
	plan.guarding = (uint8_t)guarding;
	plan.as_it_is = true;
	plan.through = through;
	plan.lazy = !through;
	if (through)
		plan.base = ((uintptr_t)through_memory + PAGE - 1u) & ~(uintptr_t)(PAGE - 1u);
	return plan;
}

static quire_va must_map(unsigned pages, unsigned attr, unsigned flags)
{
	assert_int_equal(rig_map(&rig, pages, attr, flags), 0);
	return rig.got;
}

static void stamp(quire_va va, unsigned pages, uint8_t first)
{
	for (unsigned i = 0; i < pages; i++)
		rig_write(&rig, va + i * PAGE + 5u, (uint8_t)(first + i % 100u));
}

static void stamps_stand(quire_va va, unsigned pages, uint8_t first)
{
	for (unsigned i = 0; i < pages; i++)
		assert_int_equal(rig_read(&rig, va + i * PAGE + 5u), (uint8_t)(first + i % 100u));
}

/* No two of the first free frames lie side by side, so that what is mapped is several runs. */
static void scatter(void)
{
	const struct quire_frame_want one = {.count = 1};
	struct quire_frame_list gap;

	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(quire_frames_take(rig.frames, &one, &gap), 0);
		assert_int_equal(quire_frames_take(rig.frames, &one, &between[i]), 0);
		gaps[i] = gap;
	}
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(quire_frames_give(rig.frames, &gaps[i]), 0);
}

static void gather(void)
{
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(quire_frames_give(rig.frames, &between[i]), 0);
}

static void world_start(void)
{
	struct quire_vm_want want = rig_want(2, RW, 0);

	rig_start(&rig, plan_now);
	want.attr |= QUIRE_DEVICE_IO;
	scatter();
	plain = must_map(4, RW, GUARDS);
	stamp(plain, 4, 1);
	lazy = 0;
	if (plan_now->lazy) {
		lazy = must_map(6, RW | U, GUARDS | QUIRE_VM_LAZY);
		stamp(lazy + 2 * PAGE, 1, 50);
	}
	assert_int_equal(quire_vm_map_physical(&rig.vm, TARGET_DEVICE, DEVICE, &want, &device), 0);
	large = must_map(512, RW, GUARDS | QUIRE_VM_LARGE);
	stamp(large, 512, 100);
	parted = rig_va(&rig, 300);
	assert_int_equal(rig_map_at(&rig, parted, 9, RW, GUARDS), 0);
	stamp(parted, 9, 30);
	assert_int_equal(quire_vm_protect(&rig.vm, parted + 2 * PAGE, 3 * PAGE, R, 0), 0);
}

/* What everybody can see. */
struct world {
	struct quire_extent_info rows[ROWS];
	uint32_t count;
	struct quire_vm vm;
	struct quire_frames_stats frames;
	struct quire_table_pool pool;
	struct quire_table_slot slots[RIG_TABLES_MAX];
	quire_va got;
	uint8_t tables[(RIG_TABLES_MAX + 1u) * 4096u];
	uint8_t words[RIG_FRAMES_MAX * 32u];
};

static struct world before, after;

static void record(struct world *w)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(quire_space_snapshot(&rig.space, w->rows, ROWS, &w->count), 0);
	assert_true(w->count <= ROWS);
	w->vm = rig.vm;
	w->frames = rig_frames(&rig);
	w->pool = rig.walker.pool;
	memcpy(w->slots, rig.slots, sizeof(w->slots));
	w->got = rig.got;
	memcpy(w->tables, rig.tables, (plan_now->tables + 1u) * 4096u);
	assert_true(rig.words_size <= sizeof(w->words));
	memcpy(w->words, rig.words, rig.words_size);
}

static void same_rows(void)
{
	assert_int_equal(after.count, before.count);
	for (uint32_t i = 0; i < after.count; i++) {
		const struct quire_extent_info *a = &after.rows[i], *b = &before.rows[i];

		assert_true(a->va == b->va && a->size == b->size && a->kind == b->kind &&
			    a->attr == b->attr && a->part == b->part && a->refs == b->refs &&
			    a->tag == b->tag && a->guards == b->guards);
	}
}

static void same_world(void)
{
	record(&after);
	same_rows();
	assert_memory_equal(&after.vm, &before.vm, sizeof(after.vm));
	assert_memory_equal(&after.frames, &before.frames, sizeof(after.frames));
	assert_memory_equal(&after.pool, &before.pool, sizeof(after.pool));
	assert_memory_equal(after.slots, before.slots, sizeof(after.slots));
	assert_memory_equal(after.tables, before.tables, sizeof(after.tables));
	assert_memory_equal(after.words, before.words, sizeof(after.words));
	assert_true(after.got == before.got);
	stamps_stand(plain, 4, 1);
	stamps_stand(large, 512, 100);
	stamps_stand(parted, 9, 30);
	if (lazy) {
		stamps_stand(lazy + 2 * PAGE, 1, 50);
		assert_true(rig_all(&rig, lazy, 2 * PAGE, 0));
	}
}

/* -- calls -- */

static int map_some(void)
{
	return rig_map(&rig, 5, RW, GUARDS);
}
static int map_many(void)
{
	return rig_map(&rig, 900, R, GUARDS | QUIRE_VM_PIN);
}
static int map_run(void)
{
	return rig_map(&rig, 8, RW, QUIRE_VM_RUN | QUIRE_VM_UNINIT);
}
static int map_lazy(void)
{
	return rig_map(&rig, 700, RW, GUARDS | QUIRE_VM_LAZY);
}
static int map_chosen(void)
{
	struct quire_vm_want want = rig_want(3, RW | X, GUARDS | QUIRE_VM_WX);

	return quire_vm_map_at(&rig.vm, rig_va(&rig, 100), &want);
}
static int map_device(void)
{
	struct quire_vm_want want = rig_want(600, R, GUARDS);
	quire_va va = 0;

	want.attr |= QUIRE_DEVICE_IO;
	return quire_vm_map_physical(&rig.vm, TARGET_DEVICE, DEVICE + PAGE, &want, &va);
}
static int map_device_chosen(void)
{
	struct quire_vm_want want = rig_want(1, R, 0);

	want.attr |= QUIRE_DEVICE_IO;
	return quire_vm_map_physical_at(&rig.vm, rig_va(&rig, 100), TARGET_DEVICE, DEVICE, &want);
}
static int unmap_plain(void)
{
	return quire_vm_unmap(&rig.vm, plain, 4 * PAGE);
}
static int unmap_lazy(void)
{
	return quire_vm_unmap(&rig.vm, lazy, 6 * PAGE);
}
static int unmap_device(void)
{
	return quire_vm_unmap(&rig.vm, device, 2 * PAGE);
}
static int unmap_large(void)
{
	return quire_vm_unmap(&rig.vm, large, 512 * PAGE);
}
static int unmap_parted(void)
{
	return quire_vm_unmap(&rig.vm, parted, 9 * PAGE);
}
static int protect_middle(void)
{
	return quire_vm_protect(&rig.vm, plain + PAGE, PAGE, R, 0);
}
static int protect_lazy(void)
{
	return quire_vm_protect(&rig.vm, lazy, 4 * PAGE, R, 0);
}
static int protect_lazy_user(void)
{
	return quire_vm_protect(&rig.vm, lazy + PAGE, 3 * PAGE, RW, 0);
}
static int protect_large(void)
{
	return quire_vm_protect(&rig.vm, large + 7 * PAGE, 3 * PAGE, R, 0);
}
static int protect_back(void)
{
	return quire_vm_protect(&rig.vm, parted, 9 * PAGE, RW, 0);
}
static int grow(void)
{
	return quire_vm_resize(&rig.vm, parted, 11 * PAGE);
}
static int grow_much(void)
{
	return quire_vm_resize(&rig.vm, parted, 700 * PAGE);
}
static int shrink_plain(void)
{
	return quire_vm_resize(&rig.vm, plain, PAGE);
}
static int shrink_parted(void)
{
	return quire_vm_resize(&rig.vm, parted, 3 * PAGE);
}
static int shrink_large(void)
{
	return quire_vm_resize(&rig.vm, large, 500 * PAGE);
}
static int shrink_lazy(void)
{
	return quire_vm_resize(&rig.vm, lazy, PAGE);
}
static int fault(void)
{
	const struct quire_fault_raw raw = {.va = lazy + 3 * PAGE, .access = W};

	return quire_vm_fault(&rig.vm, &raw);
}
static int fault_for_nothing(void)
{
	const struct quire_fault_raw raw = {.va = plain, .access = W};

	return quire_vm_fault(&rig.vm, &raw);
}
static int ask(void)
{
	struct quire_vm_info info;
	struct quire_vm_stats stats;
	int err = quire_vm_info(&rig.vm, plain, &info);

	return err ? err : quire_vm_stats(&rig.vm, &stats);
}
static int prove(void)
{
	return quire_vm_check(&rig.vm, NULL);
}

struct call {
	int (*make)(void);
	bool lazy; /* it needs the lazy mapping */
};

static const struct call calls[] = {
	{map_some, false},          {map_many, false},     {map_run, false},
	{map_lazy, true},           {map_chosen, false},   {map_device, false},
	{map_device_chosen, false}, {unmap_plain, false},  {unmap_lazy, true},
	{unmap_device, false},      {unmap_large, false},  {unmap_parted, false},
	{protect_middle, false},    {protect_lazy, true},  {protect_lazy_user, true},
	{protect_large, false},     {protect_back, false}, {grow, false},
	{grow_much, false},         {shrink_plain, false}, {shrink_parted, false},
	{shrink_large, false},      {shrink_lazy, true},   {fault, true},
	{fault_for_nothing, false}, {ask, false},          {prove, false},
};

/* -- want -- */

/* Leave so many of something; what is taken away is kept here. */
static struct {
	quire_link descriptors;
	struct quire_frame_list frames;
	quire_pa tables[RIG_TABLES_MAX];
	unsigned table_count;
} away;

static void starve(enum culprit culprit, unsigned left)
{
	const struct quire_frame_want all = {.count = rig_frames(&rig).free -
						      rig_frames(&rig).promised - left};
	struct quire_table_pool *pool = &rig.walker.pool;

	memset(&away, 0, sizeof(away));
	if (culprit == DESCRIPTORS)
		while (rig.space.free_count > left) {
			quire_link node = extent_take(&rig.space);

			extent_at(&rig.space, node)->start = away.descriptors;
			away.descriptors = node;
		}
	if (culprit == TABLES)
		while (pool->free > left)
			away.tables[away.table_count++] = table_take(pool);
	if (culprit == FRAMES && all.count != 0)
		assert_int_equal(quire_frames_take(rig.frames, &all, &away.frames), 0);
}

static void feed(void)
{
	while (away.descriptors != NONE) {
		quire_link node = away.descriptors;

		away.descriptors = extent_at(&rig.space, node)->start;
		extent_give(&rig.space, node);
	}
	while (away.table_count != 0)
		table_give(&rig.walker.pool, away.tables[--away.table_count]);
	if (away.frames.count != 0)
		assert_int_equal(quire_frames_give(rig.frames, &away.frames), 0);
}

/* Let the n-th step of a kind fail: n is what is left, or counts the questions. */
static void arrange(enum culprit culprit, unsigned n)
{
	if (culprit <= FRAMES)
		starve(culprit, n);
	else if (culprit == PORT)
		quire_sim_fail_prepare(&rig.sim, n + 1, RIG_REFUSED);
}

static void arrange_lock(enum culprit culprit, unsigned n)
{
	rig.fail_space = culprit == SPACE_LOCK ? n + 1 : 0;
	rig.fail_frames = culprit == FRAMES_LOCK ? n + 1 : 0;
}

static void unmap_all(void)
{
	struct quire_cursor cursor = {0, 0};
	struct quire_extent_info row;

	while (quire_space_next(&rig.space, &cursor, &row) == 0) {
		struct quire_vm_info info;

		if (row.kind != QUIRE_CLAIMED || row.part)
			continue;
		assert_int_equal(quire_vm_info(&rig.vm, row.va, &info), 0);
		assert_int_equal(quire_vm_unmap(&rig.vm, info.va, info.size), 0);
	}
}

/* The call with its n-th step failing; whether it had one. */
static bool fails_at(const struct call *call, enum culprit culprit, unsigned n)
{
	bool failed, refused;
	int result;

	world_start();
	arrange(culprit, n);
	record(&before);
	arrange_lock(culprit, n);
	result = call->make();
	failed = result != 0;
	refused = culprit == PORT && rig.sim.fail_in == 0;
	assert_true(failed || !refused); /* no is no, whatever is asked afterwards */
	rig.fail_space = rig.fail_frames = 0;
	quire_sim_fail_prepare(&rig.sim, 0, 0);
	if (failed) {
		if (result != error_of[culprit])
			print_message("call %u, culprit %u, step %u\n", (unsigned)(call - calls),
				      (unsigned)culprit, n);
		assert_int_equal(result, error_of[culprit]);
		same_world();
		feed();
		rig_check(&rig);
		assert_int_equal(call->make(), 0);
	}
	feed();
	rig_check(&rig);
	unmap_all();
	gather();
	rig_stop(&rig);
	return failed;
}

static unsigned every_step(const struct rig_plan *plan)
{
	unsigned failures = 0;

	plan_now = plan;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].lazy && !plan->lazy)
			continue;
		for (unsigned culprit = 0; culprit < CULPRITS; culprit++) {
			unsigned n = 0, fine = 0;

			if (calls[i].make == prove && culprit <= FRAMES)
				continue; /* it would see that some are away */
			/* Some succeed at once and some only with a failure they can stand. */
			for (; fine < 3 && n < 12; n++) {
				bool failed = fails_at(&calls[i], (enum culprit)culprit, n);

				failures += failed;
				fine = failed ? 0 : fine + 1;
			}
		}
	}
	return failures;
}

static void every_step_fails(void **state)
{
	static const struct quire_mmu *const mmus[] = {&quire_mmu_sv39, &quire_mmu_a64_4k_39,
						       &quire_mmu_x86_64};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		for (unsigned guarding = 0; guarding < 2; guarding++)
			for (unsigned through = 0; through < 2; through++) {
				const struct rig_plan plan =
					plan_of(mmus[i], through != 0, guarding);
				unsigned failures = every_step(&plan);

				print_message("%s: %u steps failed\n", plan.mmu->name, failures);
				assert_true(failures > 40);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
