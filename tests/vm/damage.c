/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check() finds what is wrong: one thing after the other is damaged, behind everybody's back, and put
 * right again.
 */
#include <string.h>

#include "frames/private.h"
#include "quire/port/riscv.h"
#include "space/private.h"
#include "vm/rig.h"

static struct rig rig;
static quire_va plain, lazy, others;

static void start(unsigned guarding)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct quire_vm_want want = rig_want(2, R, 0);

	plan.guarding = (uint8_t)guarding;
	rig_start(&rig, &plan);
	assert_int_equal(rig_map(&rig, 4, RW, GUARDS), 0);
	plain = rig.got;
	assert_int_equal(rig_map(&rig, 4, RW, GUARDS | QUIRE_VM_LAZY), 0);
	lazy = rig.got;
	rig_write(&rig, lazy + PAGE, 1);
	assert_int_equal(
		quire_vm_map_physical(&rig.vm, TARGET_A, RAM_A + 500 * PAGE, &want, &others), 0);
	rig_check(&rig);
}

static void must_find(const char *what)
{
	const char *found = "nothing";

	assert_int_equal(quire_vm_check(&rig.vm, &found), QUIRE_ECORRUPT);
	assert_string_equal(found, what);
	assert_int_equal(quire_vm_check(&rig.vm, NULL), QUIRE_ECORRUPT);
}

static quire_pa behind(quire_va va)
{
	quire_pa pa = 0;

	assert_int_equal(quire_space_to_physical(&rig.space, va, &pa, NULL), 0);
	return pa;
}

/* A page's entry as it would be with other contents. */
static void entry_set(quire_va va, quire_pa pa, unsigned attr)
{
	const struct quire_run run = {
		.walk = va, .size = PAGE, .pa = pa, .attr = (uint8_t)attr, .small = true};

	quire_walk_set(&rig.walker, &run, QUIRE_SET_ANEW);
}

static void entries(void **state)
{
	quire_pa pa;

	(void)state;
	start(QUIRE_VM_GUARDS_OWN);
	pa = behind(plain);
	quire_walk_clear(&rig.walker, plain, PAGE);
	must_find("a page of a mapping is not in the tables");
	entry_set(plain, pa, R);
	must_find("a page does not allow what its mapping does");
	entry_set(plain, pa, RW | U);
	must_find("a page does not allow what its mapping does");
	entry_set(plain, RAM_A + 300 * PAGE, RW);
	must_find("a page is not a frame");
	entry_set(plain, behind(plain + PAGE), RW);
	must_find("a frame's word names another page");
	entry_set(plain, pa, RW);
	rig_check(&rig);
	entry_set(plain - PAGE, pa, RW);
	must_find("a guard shows something");
	quire_walk_clear(&rig.walker, plain - PAGE, PAGE);
	entry_set(plain + 4 * PAGE, pa, RW);
	must_find("a guard shows something");
	quire_walk_clear(&rig.walker, plain + 4 * PAGE, PAGE);
	pa = behind(lazy);
	entry_set(lazy, pa, RW); /* the page of zeros, to be written to */
	must_find("a page does not allow what its mapping does");
	entry_set(lazy, pa, R);
	pa = behind(others);
	entry_set(others + PAGE, pa + 2 * PAGE, R);
	must_find("a page does not go on where the one before ends");
	entry_set(others + PAGE, pa + PAGE, R);
	rig_check(&rig);
	rig_free(&rig);
}

static void words(void **state)
{
	quire_frame_word *word, kept;

	(void)state;
	start(QUIRE_VM_GUARDS_OWN);
	word = &rig.frames->word[frame_of(rig.frames, behind(plain))];
	kept = *word;
	*word = kept ^ (quire_frame_word)PAGE;
	must_find("a frame's word names another page");
	*word = kept ^ (quire_frame_word)1 << QUIRE_FRAME_OWNER_SHIFT;
	must_find("a page's frame is somebody else's");
	*word = QUIRE_FRAME_BUSY;
	must_find("a page's frame is not in use");
	*word = kept;
	rig_check(&rig);
	/* A frame that nobody has. */
	word = &rig.frames->word[0];
	kept = *word;
	*word = (quire_frame_word)(plain + PAGE) | QUIRE_FRAME_MAPPED;
	must_find("a frame is not seen where its word says");
	*word = (quire_frame_word)rig_va(&rig, 0) | QUIRE_FRAME_MAPPED;
	must_find("a frame is not seen where its word says");
	*word = kept;
	word = &rig.frames->word[rig.vm.zero_page.first];
	kept = *word;
	*word = QUIRE_FRAME_BUSY;
	must_find("the page of zeros is no more");
	*word = kept;
	rig_check(&rig);
	rig_free(&rig);
}

static void counts(void **state)
{
	static const struct {
		uint32_t *count;
		const char *what;
	} all[] = {
		{&rig.vm.mappings, "the number of mappings"},
		{&rig.vm.anonymous, "the count of pages with frames"},
		{&rig.vm.lazy, "the count of lazy pages"},
		{&rig.vm.physical, "the count of pages of others"},
		{&rig.vm.guards, "the count of guards"},
		{&rig.vm.promised, "promises are not what lazy pages need"},
	};

	(void)state;
	start(QUIRE_VM_GUARDS_OWN);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		++*all[i].count;
		must_find(all[i].what);
		--*all[i].count;
	}
	rig.frames->promised--;
	must_find("frames promised are promised no more");
	rig.frames->promised++;
	/* What is wrong with the space, or with the pool, is found too. */
	rig.space.free_count--;
	assert_int_equal(quire_vm_check(&rig.vm, NULL), QUIRE_ECORRUPT);
	rig.space.free_count++;
	rig.frames->free--;
	assert_int_equal(quire_vm_check(&rig.vm, NULL), QUIRE_ECORRUPT);
	rig.frames->free++;
	rig_check(&rig);
	rig_free(&rig);
}

/* Two frames that are seen in each other's places are both seen once, and still wrong. */
static void swapped(void **state)
{
	quire_pa a, b;

	(void)state;
	start(QUIRE_VM_GUARDS_OWN);
	a = behind(plain);
	b = behind(plain + PAGE);
	entry_set(plain, b, RW);
	entry_set(plain + PAGE, a, RW);
	must_find("a frame's word names another page");
	entry_set(plain, a, RW);
	entry_set(plain + PAGE, b, RW);
	rig_check(&rig);
	rig_free(&rig);
}

static void a_shared_guard(void **state)
{
	struct quire_want want = {.pa = RAM_A + 600 * PAGE, .size = PAGE, .attr = R};
	struct quire_got got;
	quire_link node;

	(void)state;
	start(QUIRE_VM_GUARDS_SHARED);
	assert_int_equal(rig_map_at(&rig, rig_va(&rig, 5), 1, RW, QUIRE_VM_GUARD_ABOVE), 0);
	assert_int_equal(rig_map_at(&rig, rig_va(&rig, 7), 1, RW, 0), 0);
	rig_check(&rig);
	/* The space may map there; that is not ours to judge. */
	assert_int_equal(quire_space_map_at(&rig.space, rig_va(&rig, 6), &want, &got), 0);
	rig_check(&rig);
	assert_int_equal(quire_space_unmap(&rig.space, got.mapping), 0);
	node = tree_covering(&rig.space, &rig.space.book[0], 7);
	assert_int_equal(rig_map_at(&rig, rig_va(&rig, 8), 1, RW, 0), 0);
	rig_check(&rig);
	extent_at(&rig.space, node)->phys |= CLAIM_KEEPS_ABOVE;
	must_find("a mapping has lost the guard that it shares");
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),        cmocka_unit_test(words),
		cmocka_unit_test(counts),         cmocka_unit_test(swapped),
		cmocka_unit_test(a_shared_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
