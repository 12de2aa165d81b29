/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vm.h promises, sentence by sentence.
 */
#include "vm/rig.h"

#include <string.h>

#include "quire/port/aarch64.h"
#include "quire/port/riscv.h"
#include "quire/port/x86.h"

static struct rig rig;

static struct rig *start(struct rig_plan plan)
{
	rig_start(&rig, &plan);
	return &rig;
}

static struct rig *usual(void)
{
	return start(rig_plan(&quire_mmu_sv39));
}

static quire_va map(struct rig *r, unsigned pages, unsigned attr, unsigned flags)
{
	assert_int_equal(rig_map(r, pages, attr, flags), 0);
	return r->got;
}

static int unmap(struct rig *r, quire_va va, unsigned pages)
{
	return quire_vm_unmap(&r->vm, va, (quire_size)pages * PAGE);
}

/* -- placing -- */

static void from_the_top_down_between_guards(void **state)
{
	struct rig *r = usual();
	quire_va first, second;

	(void)state;
	first = map(r, 3, RW, GUARDS);
	assert_true(first == rig_va(r, 64 - 4));
	second = map(r, 1, RW, GUARDS);
	assert_true(second == first - 3 * PAGE);
	rig_must_fault(r, first - 1, R);
	rig_must_fault(r, first + 3 * PAGE, R);
	rig_must_fault(r, second - 1, R);
	rig_must_fault(r, second + PAGE, R);
	assert_true(rig_all(r, first, 3 * PAGE, 0));
	rig_write(r, first, 1);
	rig_write(r, first + 3 * PAGE - 1, 2);
	assert_int_equal(rig_read(r, first), 1);
	assert_true(rig_stats(r).mappings == 2 && rig_stats(r).anonymous == 4 * PAGE &&
		    rig_stats(r).guards == 4 * PAGE);
	rig_check(r);
	assert_int_equal(unmap(r, first, 3), 0);
	rig_must_fault(r, first, R);
	assert_true(map(r, 3, R, GUARDS) == first); /* the same address again */
	assert_true(rig_all(r, first, 3 * PAGE, 0));
	assert_int_equal(unmap(r, first, 3), 0);
	assert_int_equal(unmap(r, second, 1), 0);
	rig_stop(r);
}

static void at_a_chosen_address(void **state)
{
	struct rig *r = usual();
	struct quire_vm_want want = rig_want(2, RW, GUARDS);

	(void)state;
	want.align = 16 * PAGE;
	assert_int_equal(quire_vm_map_at(&r->vm, rig_va(r, 8), &want), QUIRE_EALIGN);
	assert_int_equal(quire_vm_map_at(&r->vm, rig_va(r, 16) + 1, &want), QUIRE_EALIGN);
	assert_int_equal(quire_vm_map_at(&r->vm, rig_va(r, 16), &want), 0);
	rig_must_fault(r, rig_va(r, 16) - 1, R);
	rig_must_fault(r, rig_va(r, 18), R);
	assert_int_equal(rig_map_at(r, rig_va(r, 18), 1, RW, 0), QUIRE_ETAKEN); /* its guard */
	assert_int_equal(rig_map_at(r, rig_va(r, 19), 1, RW, 0), 0);
	assert_int_equal(rig_map_at(r, rig_va(r, 21), 1, RW, GUARDS), 0);
	assert_int_equal(rig_map_at(r, rig_va(r, 0), 1, RW, GUARDS), QUIRE_EFOREIGN);
	assert_int_equal(rig_map_at(r, rig_va(r, 63), 1, RW, GUARDS), QUIRE_EFOREIGN);
	assert_int_equal(rig_map_at(r, rig_va(r, 63), 1, RW, QUIRE_VM_GUARD_BELOW), 0);
	assert_int_equal(rig_map_at(r, rig_va(r, 64), 1, RW, 0), QUIRE_EFOREIGN);
	rig_check(r);
	assert_int_equal(unmap(r, rig_va(r, 16), 2), 0);
	assert_int_equal(unmap(r, rig_va(r, 19), 1), 0);
	assert_int_equal(unmap(r, rig_va(r, 21), 1), 0);
	assert_int_equal(unmap(r, rig_va(r, 63), 1), 0);
	rig_stop(r);
}

static void the_first_page_is_aligned(void **state)
{
	struct rig *r = usual();
	struct quire_vm_want want = rig_want(3, RW, GUARDS);
	quire_va va;

	(void)state;
	want.align = 8 * PAGE;
	assert_int_equal(quire_vm_map(&r->vm, &want, &va), 0);
	assert_true(va == rig_va(r, 56));
	assert_int_equal(unmap(r, va, 3), 0);
	rig_stop(r);
}

/* -- guards that are shared -- */

static void neighbours_share_the_page_between(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct quire_vm_info info;
	struct rig *r;
	quire_va a, b, c;

	(void)state;
	plan.guarding = QUIRE_VM_GUARDS_SHARED;
	r = start(plan);
	a = map(r, 2, RW, GUARDS);
	assert_true(a == rig_va(r, 61)); /* the last page is its guard */
	b = map(r, 2, RW, GUARDS);
	assert_true(b == a - 3 * PAGE); /* and one page lies between two */
	rig_must_fault(r, a - 1, R);
	rig_must_fault(r, a + 2 * PAGE, R);
	assert_int_equal(quire_vm_info(&r->vm, b, &info), 0);
	assert_int_equal(info.flags, GUARDS);
	/* Without a guard of its own a mapping keeps away from one that shares its. */
	assert_int_equal(unmap(r, a, 2), 0);
	assert_int_equal(rig_map_at(r, b + 2 * PAGE, 1, RW, 0), QUIRE_ETAKEN);
	assert_int_equal(rig_map_at(r, b + 3 * PAGE, 1, RW, 0), 0);
	assert_int_equal(rig_map_at(r, b + 4 * PAGE, 1, RW, QUIRE_VM_GUARD_BELOW), QUIRE_ETAKEN);
	assert_int_equal(unmap(r, b + 3 * PAGE, 1), 0);
	/* b's guard above is free, and wanted; the gap from there on is as long as this. */
	c = map(r, 3, RW, 0);
	assert_true(c != b + 2 * PAGE);
	rig_check(r);
	/* A mapping that wants one above does not go right below c, which shows something. */
	assert_int_equal(rig_map_at(r, c - PAGE, 1, RW, GUARDS), QUIRE_ETAKEN);
	assert_int_equal(rig_map_at(r, c - PAGE, 1, RW, QUIRE_VM_GUARD_BELOW), 0);
	assert_int_equal(unmap(r, c - PAGE, 1), 0);
	a = map(r, 1, RW, GUARDS);
	assert_true(a == b + 4 * PAGE); /* right before the last page */
	rig_check(r);
	/* b may grow up to a's guard, and up to the last page. */
	assert_int_equal(quire_vm_resize(&r->vm, b, 3 * PAGE), 0);
	assert_int_equal(quire_vm_resize(&r->vm, b, 4 * PAGE), QUIRE_ETAKEN);
	assert_int_equal(unmap(r, a, 1), 0);
	assert_int_equal(rig_map_at(r, b + 4 * PAGE, 1, RW, 0), 0);
	assert_int_equal(quire_vm_resize(&r->vm, b, 4 * PAGE), QUIRE_ETAKEN);
	assert_int_equal(unmap(r, b + 4 * PAGE, 1), 0);
	assert_int_equal(quire_vm_resize(&r->vm, b, 5 * PAGE), 0);
	assert_int_equal(quire_vm_resize(&r->vm, b, 6 * PAGE), QUIRE_ETAKEN);
	rig_check(r);
	assert_int_equal(unmap(r, b, 5), 0);
	assert_int_equal(unmap(r, c, 3), 0);
	rig_stop(r);
}

/* -- exhaustion -- */

static void to_the_last_frame_and_back(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct rig *r;
	quire_va va[64];
	unsigned count;

	(void)state;
	plan.pages = 400;
	r = start(plan);
	for (unsigned round = 0; round < 3; round++) {
		const quire_size all = (16 + 24 - 1) * (quire_size)PAGE; /* one is the zero page */

		assert_true(quire_frames_free(r->frames) == all);
		for (count = 0; rig_map(r, 1 + count % 3, RW, GUARDS) == 0; count++) {
			va[count] = r->got;
			rig_write(r, r->got + PAGE - 1, 0xff);
		}
		assert_int_equal(rig_map(r, 1 + count % 3, RW, GUARDS), QUIRE_ESPACE);
		while (rig_map(r, 1, RW, GUARDS | QUIRE_VM_LAZY) == 0)
			va[count++] = r->got;
		assert_true(quire_frames_free(r->frames) == 0);
		assert_int_equal(rig_map(r, 1, R, 0), QUIRE_ESPACE);
		rig_check(r);
		while (count-- != 0) {
			struct quire_vm_info info;

			assert_int_equal(quire_vm_info(&r->vm, va[count], &info), 0);
			assert_int_equal(quire_vm_unmap(&r->vm, info.va, info.size), 0);
		}
		assert_true(quire_frames_free(r->frames) == all);
		/* In one mapping too, and not one page more. */
		assert_int_equal(rig_map(r, 40, RW, GUARDS), QUIRE_ESPACE);
		assert_int_equal(rig_map(r, 39, RW, GUARDS), 0);
		assert_true(rig_all(r, r->got, 39 * PAGE, 0));
		assert_int_equal(unmap(r, r->got, 39), 0);
	}
	rig_stop(r);
}

static void addresses_to_the_last_page(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct rig *r;
	quire_va va[32];
	unsigned count = 0;

	(void)state;
	plan.pages = 29;
	r = start(plan);
	while (rig_map(r, 1, RW, GUARDS) == 0)
		va[count++] = r->got;
	assert_int_equal(count, 9); /* three pages each; two are left */
	assert_int_equal(rig_map(r, 3, RW, 0), QUIRE_ESPACE);
	assert_int_equal(rig_map(r, 2, RW, 0), 0);
	assert_true(r->got == rig_va(r, 0));
	assert_int_equal(rig_frames(r).in_use, 9 + 2 + 1);
	assert_int_equal(unmap(r, r->got, 2), 0);
	while (count-- != 0)
		assert_int_equal(unmap(r, va[count], 1), 0);
	rig_stop(r);
}

/* -- frames -- */

static void scattered_frames_in_one_mapping(void **state)
{
	struct rig *r = usual();
	quire_va va[13], big;

	(void)state;
	for (unsigned i = 0; i < 13; i++)
		va[i] = map(r, 3, RW, 0);
	for (unsigned i = 0; i < 13; i += 2)
		assert_int_equal(unmap(r, va[i], 3), 0);
	assert_int_equal(rig_map(r, 21, RW, QUIRE_VM_RUN), QUIRE_ESPACE);
	big = map(r, 21, RW, GUARDS);
	for (unsigned i = 0; i < 21 * PAGE; i += PAGE / 2) {
		assert_int_equal(rig_read(r, big + i), 0);
		rig_write(r, big + i, (uint8_t)(i / PAGE + 1));
	}
	/* Other access: the frames stay, and what is in them. */
	assert_int_equal(quire_vm_protect(&r->vm, big, 21 * PAGE, R, 0), 0);
	assert_int_equal(quire_vm_protect(&r->vm, big + 3 * PAGE, 4 * PAGE, R | X, 0), 0);
	for (unsigned i = 0; i < 21 * PAGE; i += PAGE / 2)
		assert_int_equal(rig_read(r, big + i), i / PAGE + 1);
	rig_must_fault(r, big, W);
	assert_int_equal(rig_access(r, big + 4 * PAGE, X, NULL), QUIRE_SIM_OK);
	rig_check(r);
	assert_int_equal(unmap(r, big, 21), 0);
	for (unsigned i = 1; i < 13; i += 2)
		assert_int_equal(unmap(r, va[i], 3), 0);
	rig_stop(r);
}

/* Frames side by side of two banks are one leaf's, maybe, and still go back to where they belong. */
static void banks_side_by_side(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_a64_4k_39);
	struct rig *r;

	(void)state;
	plan.adjacent = true;
	plan.lazy = false;
	r = start(plan);
	for (unsigned round = 0; round < 3; round++) {
		quire_va va = map(r, 40, RW, 0);

		assert_true(rig_all(r, va, 40 * PAGE, 0));
		for (unsigned i = 0; i < 40; i++)
			rig_write(r, va + i * PAGE, 1);
		rig_check(r);
		assert_int_equal(unmap(r, va, 40), 0);
		rig_check(r);
		assert_int_equal(rig_frames(r).free, 40);
	}
	rig_stop(r);
}

static void a_run_is_one_run(void **state)
{
	struct rig *r = usual();
	quire_pa first, pa;
	quire_va va;
	struct quire_vm_want want = rig_want(10, RW, QUIRE_VM_RUN | QUIRE_VM_PIN);
	struct quire_frame_info info;

	(void)state;
	want.needs = QUIRE_FRAME_DMA;
	assert_int_equal(quire_vm_map(&r->vm, &want, &va), 0);
	assert_int_equal(quire_space_to_physical(&r->space, va, &first, NULL), 0);
	assert_true(first >= RAM_A && first + 10 * PAGE <= RAM_A + 16 * PAGE);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(quire_space_to_physical(&r->space, va + i * PAGE, &pa, NULL), 0);
		assert_true(pa == first + i * PAGE);
		assert_int_equal(quire_frames_info(r->frames, pa, &info), 0);
		assert_int_equal(info.flags, QUIRE_FRAME_MAPPED | QUIRE_FRAME_PINNED);
		assert_true(info.va == va + i * PAGE);
	}
	want.size = 7 * PAGE; /* six are left there */
	assert_int_equal(quire_vm_map(&r->vm, &want, &va), QUIRE_ESPACE);
	want.flags = 0;
	assert_int_equal(quire_vm_map(&r->vm, &want, &pa), QUIRE_ESPACE);
	assert_int_equal(unmap(r, va, 10), 0);
	rig_stop(r);
}

/* What was needed once is needed later. */
static void needs_are_remembered(void **state)
{
	struct rig *r = usual();
	struct quire_vm_want want = rig_want(10, R, 0);
	quire_va dma, any = map(r, 2, R, 0);
	quire_pa pa;

	(void)state;
	want.needs = QUIRE_FRAME_DMA;
	dma = rig_va(r, 10);
	assert_int_equal(quire_vm_map_at(&r->vm, dma, &want), 0);
	assert_int_equal(quire_vm_resize(&r->vm, dma, 17 * PAGE), QUIRE_ESPACE);
	assert_int_equal(quire_vm_resize(&r->vm, dma, 16 * PAGE), 0);
	assert_int_equal(quire_space_to_physical(&r->space, dma + 15 * PAGE, &pa, NULL), 0);
	assert_true(pa < RAM_A + 16 * PAGE);
	/* The other bank's memory does not execute: only who may be there is refused. */
	r->space.memory[TARGET_B].caps &= (uint8_t)~QUIRE_CAP_EXEC;
	assert_int_equal(quire_vm_protect(&r->vm, dma, PAGE, R | X, 0), 0);
	assert_int_equal(quire_vm_protect(&r->vm, any, PAGE, R | X, 0), QUIRE_ECAPS);
	assert_int_equal(rig_map(r, 1, R | X, 0), QUIRE_ECAPS);
	rig_check(r);
	assert_int_equal(unmap(r, dma, 16), 0);
	want.attr = R | X;
	assert_int_equal(quire_vm_map(&r->vm, &want, &dma), 0);
	assert_int_equal(unmap(r, dma, 10), 0);
	assert_int_equal(unmap(r, any, 2), 0);
	rig_stop(r);
}

/* A device that stands off a multiple is shown at addresses that do so too. */
static void device_in_large_pages(struct rig *r)
{
	struct quire_vm_want want;
	struct quire_decoded leaf;
	quire_va device;

	want = rig_want(724, RW | QUIRE_DEVICE_IO, GUARDS | QUIRE_VM_LARGE);
	assert_int_equal(
		quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE + 300 * PAGE, &want, &device),
		0);
	assert_true(device % (512 * PAGE) == 300 * PAGE);
	quire_walk_get(&r->walker, device + 212 * PAGE, &leaf);
	assert_int_equal(leaf.shift, 21);
	rig_check(r);
	assert_int_equal(unmap(r, device, 724), 0);
	/* Not if it is to stand at a multiple of something that its memory does not. */
	want.align = 8 * PAGE;
	assert_int_equal(
		quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE + 300 * PAGE, &want, &device),
		0);
	assert_true(device % (8 * PAGE) == 0);
	assert_int_equal(unmap(r, device, 724), 0);
	want.align = 4 * PAGE; /* 300 is one of that */
	assert_int_equal(
		quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE + 300 * PAGE, &want, &device),
		0);
	assert_true(device % (512 * PAGE) == 300 * PAGE);
	assert_int_equal(unmap(r, device, 724), 0);
	want.align = 1024 * PAGE; /* more than the large page */
	assert_int_equal(
		quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE + 300 * PAGE, &want, &device),
		0);
	assert_true(device % (1024 * PAGE) == 0);
	assert_int_equal(unmap(r, device, 724), 0);
}

/* Large pages as the window has them that it goes to. */
static void large_in_the_second_window(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct quire_decoded leaf;
	struct rig *r;

	(void)state;
	plan.pages_2 = 1024;
	plan.frames_b = 1200;
	r = start(plan);
	r->space.window[0].caps &= (uint8_t)~QUIRE_CAP_WRITE;
	assert_int_equal(rig_map(r, 512, RW, QUIRE_VM_LARGE), 0);
	assert_true(r->got == RIG_WINDOW_2 + 512 * PAGE);
	quire_walk_get(&r->walker, r->got, &leaf);
	assert_int_equal(leaf.shift, 21);
	assert_int_equal(unmap(r, r->got, 512), 0);
	rig_stop(r);
}

static void large_pages_are_large(void **state)
{
	static const struct quire_mmu *const mmus[] = {&quire_mmu_sv39, &quire_mmu_a64_4k_39,
						       &quire_mmu_x86_64};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig_plan plan = rig_plan(mmus[i]);
		struct quire_vm_want want;
		struct quire_decoded leaf;
		struct rig *r;
		quire_va va, device;

		plan.pages = 4096;
		plan.frames_b = 2000;
		r = start(plan);
		assert_int_equal(rig_map(r, 3, RW, GUARDS), 0); /* so that nothing is aligned */
		device = r->got;
		va = map(r, 1024 + 20, RW, GUARDS | QUIRE_VM_LARGE);
		assert_true(va % (512 * PAGE) == 0);
		for (unsigned n = 0; n < 2; n++) {
			quire_walk_get(&r->walker, va + n * 512 * PAGE, &leaf);
			assert_int_equal(leaf.shift, 21);
		}
		quire_walk_get(&r->walker, va + 1024 * PAGE, &leaf); /* the rest, as it comes */
		assert_int_equal(leaf.shift, 12);
		rig_must_fault(r, va - 1, R);
		rig_must_fault(r, va + 1044 * PAGE, R);
		assert_true(rig_all(r, va, 1044 * PAGE, 0));
		rig_check(r);
		/* A part of it becomes small pages, and what is in it stays. */
		rig_write(r, va + 100 * PAGE, 9);
		assert_int_equal(quire_vm_protect(&r->vm, va + 99 * PAGE, 3 * PAGE, R, 0), 0);
		assert_int_equal(rig_read(r, va + 100 * PAGE), 9);
		rig_must_fault(r, va + 100 * PAGE, W);
		rig_check(r);
		assert_int_equal(unmap(r, device, 3), 0);
		device_in_large_pages(r);
		want = rig_want(600, RW, QUIRE_VM_LARGE);
		want.align = 1024 * PAGE; /* more than is needed for large pages */
		assert_int_equal(quire_vm_map(&r->vm, &want, &device), 0);
		assert_true(device % (1024 * PAGE) == 0);
		assert_int_equal(unmap(r, device, 600), 0);
		assert_int_equal(unmap(r, va, 1044), 0);
		rig_stop(r);
	}
}

static void freed_frames_are_zero_again(void **state)
{
	struct rig *r = usual();

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		quire_va va = map(r, 39, round % 2 ? R : RW, QUIRE_VM_GUARD_BELOW);

		assert_true(rig_all(r, va, 39 * PAGE, 0));
		if (round % 2 == 0)
			for (unsigned i = 0; i < 39; i++)
				memset(rig_behind(r, va + i * PAGE), 0xee, PAGE);
		assert_int_equal(unmap(r, va, 39), 0);
	}
	rig_stop(r);
}

static void uninit_is_not_zeroed_and_never_the_users(void **state)
{
	struct rig *r = usual();
	unsigned zeroed = r->zeroed;
	quire_va va;

	(void)state;
	va = map(r, 4, RW, QUIRE_VM_UNINIT);
	assert_int_equal(r->zeroed, zeroed);
	assert_true(rig_all(r, va, 4 * PAGE, 0xa5));
	assert_int_equal(rig_map(r, 1, RW | U, QUIRE_VM_UNINIT), QUIRE_EFLAG);
	assert_int_equal(unmap(r, va, 4), 0);
	rig_stop(r);
}

static void memory_of_others_is_left_alone(void **state)
{
	struct rig *r = usual();
	struct quire_vm_want want = rig_want(3, RW, GUARDS);
	quire_va a, b;
	struct quire_vm_info info;

	(void)state;
	memset(rig_ram(RAM_A + 100 * PAGE), 0x77, 3 * PAGE);
	assert_int_equal(quire_vm_map_physical(&r->vm, TARGET_A, RAM_A + 100 * PAGE, &want, &a), 0);
	assert_true(rig_all(r, a, 3 * PAGE, 0x77));
	want.flags = 0; /* twice is all right */
	assert_int_equal(
		quire_vm_map_physical_at(&r->vm, rig_va(r, 5), TARGET_A, RAM_A + 101 * PAGE, &want),
		0);
	b = rig_va(r, 5);
	rig_write(r, b, 1);
	assert_int_equal(rig_read(r, a + PAGE), 1);
	assert_int_equal(quire_vm_info(&r->vm, b, &info), 0);
	assert_false(info.anonymous);
	assert_true(rig_stats(r).physical == 6 * PAGE && rig_frames(r).in_use == 1);
	assert_int_equal(quire_vm_resize(&r->vm, a, 4 * PAGE), QUIRE_ECLAIMED);
	rig_check(r);
	assert_int_equal(unmap(r, a, 3), 0);
	assert_int_equal(unmap(r, b, 3), 0);
	assert_int_equal(*rig_ram(RAM_A + 101 * PAGE), 1);
	assert_int_equal(rig_frames(r).in_use, 1);
	rig_stop(r);
}

/* -- errors, in their order -- */

struct wrong {
	struct quire_vm_want want;
	int error, error_at, error_physical;
};

static const struct wrong wrongs[] = {
	{{.size = 0, .attr = RW, .align = 3}, QUIRE_EZERO, QUIRE_EZERO, QUIRE_EZERO},
	{{.size = ~(quire_size)0, .attr = RW, .align = 3},
	 QUIRE_EROUND,
	 QUIRE_EROUND,
	 QUIRE_EROUND},
	{{.size = (quire_size)PAGE << 32, .attr = RW}, QUIRE_EROUND, QUIRE_EROUND, QUIRE_EROUND},
	{{.size = 1, .attr = 0x40, .align = 3}, QUIRE_EALIGN, QUIRE_EALIGN, QUIRE_EALIGN},
	{{.size = 1, .attr = 0x40 | W | X}, QUIRE_EFLAG, QUIRE_EFLAG, QUIRE_EFLAG},
	{{.size = 1, .attr = RW | X, .caps = 0x40}, QUIRE_EFLAG, QUIRE_EFLAG, QUIRE_EFLAG},
	{{.size = 1, .attr = RW | X, .needs = 4}, QUIRE_EFLAG, QUIRE_EFLAG, QUIRE_EFLAG},
	{{.size = 1, .attr = RW, .needs = QUIRE_FRAME_DMA}, 0, 0, QUIRE_EFLAG},
	{{.size = 1, .attr = RW | U, .flags = QUIRE_VM_UNINIT}, QUIRE_EFLAG, QUIRE_EFLAG, 0},
	{{.size = 1, .attr = RW, .flags = QUIRE_VM_LAZY | QUIRE_VM_UNINIT},
	 QUIRE_EFLAG,
	 QUIRE_EFLAG,
	 QUIRE_EFLAG},
	{{.size = 1, .attr = RW, .flags = QUIRE_VM_LAZY | QUIRE_VM_PIN},
	 QUIRE_EFLAG,
	 QUIRE_EFLAG,
	 QUIRE_EFLAG},
	{{.size = 1, .attr = RW, .flags = QUIRE_VM_LAZY | QUIRE_VM_RUN},
	 QUIRE_EFLAG,
	 QUIRE_EFLAG,
	 QUIRE_EFLAG},
	{{.size = 1, .attr = RW, .flags = QUIRE_VM_LAZY | QUIRE_VM_LARGE},
	 QUIRE_EFLAG,
	 QUIRE_EFLAG,
	 QUIRE_EFLAG},
	{{.size = 1, .attr = RW, .needs = 1, .flags = QUIRE_VM_LAZY},
	 QUIRE_EFLAG,
	 QUIRE_EFLAG,
	 QUIRE_EFLAG},
	{{.size = 1, .attr = RW, .flags = QUIRE_VM_RUN}, 0, 0, QUIRE_EFLAG},
	{{.size = 1, .attr = RW | QUIRE_DEVICE_IO}, QUIRE_EFLAG, QUIRE_EFLAG, QUIRE_EMODE},
	{{.size = 1, .attr = 0}, QUIRE_EFLAG, QUIRE_EFLAG, 0},
	{{.size = 1, .attr = RW | X}, QUIRE_EWX, QUIRE_EWX, QUIRE_EWX},
	{{.size = 1, .attr = RW | X, .flags = QUIRE_VM_WX}, 0, 0, 0},
	{{.size = 1, .attr = RW, .caps = QUIRE_CAP_32BIT}, QUIRE_ECAPS, QUIRE_ECAPS, QUIRE_ECAPS},
	{{.size = 1, .attr = RW | QUIRE_UNCACHED}, QUIRE_EMODE, QUIRE_EMODE, QUIRE_EMODE},
	{{.size = 65 * PAGE, .attr = R}, QUIRE_ESPACE, QUIRE_EFOREIGN, QUIRE_ESPACE},
	{{.size = 63 * PAGE, .attr = R, .flags = GUARDS},
	 QUIRE_ESPACE,
	 QUIRE_EFOREIGN,
	 QUIRE_ESPACE},
	{{.size = 10 * PAGE, .attr = R, .needs = QUIRE_FRAME_POWER_DOWN},
	 QUIRE_ESPACE,
	 QUIRE_ESPACE,
	 QUIRE_EFLAG},
};

static void errors_of_map(void **state)
{
	struct rig *r = usual();

	(void)state;
	for (unsigned i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		quire_va va = 1, at = rig_va(r, 30);
		quire_pa pa = RAM_A + 100 * PAGE;
		int err = quire_vm_map(&r->vm, &wrongs[i].want, &va);

		if (err != wrongs[i].error)
			print_message("row %u\n", i);
		assert_int_equal(err, wrongs[i].error);
		if (!err)
			assert_int_equal(unmap(r, va, 1), 0);
		else
			assert_true(va == 1);
		err = quire_vm_map_at(&r->vm, at, &wrongs[i].want);
		assert_int_equal(err, wrongs[i].error_at);
		if (!err)
			assert_int_equal(unmap(r, at, 1), 0);
		err = quire_vm_map_physical(&r->vm, TARGET_A, pa, &wrongs[i].want, &va);
		assert_int_equal(err, wrongs[i].error_physical);
		if (!err)
			assert_int_equal(unmap(r, va, 1), 0);
	}
	rig_stop(r);
}

static void errors_of_physical_maps(void **state)
{
	struct rig *r = usual();
	struct quire_vm_want want = rig_want(2, RW | X, 0);
	quire_va va;

	(void)state;
	assert_int_equal(quire_vm_map_physical(&r->vm, 0, RAM_A + 1, &want, &va), QUIRE_EALIGN);
	assert_int_equal(quire_vm_map_physical(&r->vm, 9, ~(quire_pa)(PAGE - 1), &want, &va),
			 QUIRE_EWRAP);
	assert_int_equal(quire_vm_map_physical(&r->vm, 3, RAM_A, &want, &va), QUIRE_ETARGET);
	assert_int_equal(quire_vm_map_physical(&r->vm, 0, RAM_A - PAGE, &want, &va), QUIRE_EBEYOND);
	assert_int_equal(quire_vm_map_physical(&r->vm, 0, RAM_B, &want, &va), QUIRE_EBEYOND);
	assert_int_equal(
		quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE + 1023 * PAGE, &want, &va),
		QUIRE_EBEYOND);
	assert_int_equal(quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE, &want, &va),
			 QUIRE_EWX);
	want.attr = R | X | QUIRE_DEVICE_IO;
	assert_int_equal(quire_vm_map_physical(&r->vm, TARGET_DEVICE, DEVICE, &want, &va),
			 QUIRE_ECAPS);
	assert_int_equal(quire_vm_map_physical_at(&r->vm, 0x1000, TARGET_DEVICE, DEVICE, &want),
			 QUIRE_ECAPS);
	want.attr = R | QUIRE_DEVICE_IO;
	assert_int_equal(quire_vm_map_physical_at(&r->vm, 0x1000, TARGET_DEVICE, DEVICE, &want),
			 QUIRE_EFOREIGN);
	rig_stop(r);
}

static void errors_of_the_others(void **state)
{
	struct rig *r = usual();
	struct quire_vm_info info;
	const struct quire_want plain = {.pa = RAM_A + 200 * PAGE, .size = 2 * PAGE, .attr = RW};
	struct quire_got got;
	quire_va va = map(r, 3, RW, GUARDS), off = va - 1;

	(void)state;
	assert_int_equal(unmap(r, va, 0), QUIRE_EZERO);
	assert_int_equal(quire_vm_unmap(&r->vm, off, ~(quire_size)0), QUIRE_EROUND);
	assert_int_equal(unmap(r, off, 3), QUIRE_EALIGN);
	assert_int_equal(quire_vm_unmap(&r->vm, ~(quire_va)(PAGE - 1), 2 * PAGE), QUIRE_EWRAP);
	assert_int_equal(unmap(r, 0x5000, 1), QUIRE_EFOREIGN);
	assert_int_equal(unmap(r, rig_va(r, 3), 1), QUIRE_EUNMAPPED);
	assert_int_equal(unmap(r, va - PAGE, 3), QUIRE_EUNMAPPED);
	assert_int_equal(unmap(r, va - PAGE, 1), QUIRE_EUNMAPPED);
	assert_int_equal(unmap(r, va, 4), QUIRE_EUNMAPPED);
	assert_int_equal(unmap(r, va, 2), QUIRE_EINTERIOR);
	assert_int_equal(unmap(r, va + PAGE, 2), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_map_at(&r->space, rig_va(r, 3), &plain, &got), 0);
	assert_int_equal(unmap(r, rig_va(r, 3), 2), QUIRE_ECLAIMED);
	assert_int_equal(quire_space_unmap(&r->space, va), QUIRE_EINTERIOR);
	assert_int_equal(quire_space_unmap(&r->space, va - PAGE), QUIRE_ECLAIMED);
	assert_int_equal(quire_vm_info(&r->vm, 0x5000, &info), QUIRE_EFOREIGN);
	assert_int_equal(quire_vm_info(&r->vm, rig_va(r, 9), &info), QUIRE_EUNMAPPED);
	assert_int_equal(quire_vm_info(&r->vm, rig_va(r, 3), &info), QUIRE_ECLAIMED);
	assert_int_equal(quire_vm_info(&r->vm, off, &info), 0); /* a guard is its mapping's */
	assert_true(info.va == va && info.size == 3 * PAGE);
	assert_int_equal(quire_vm_resize(&r->vm, va, 0), QUIRE_EZERO);
	assert_int_equal(quire_vm_resize(&r->vm, va, ~(quire_size)0), QUIRE_EROUND);
	assert_int_equal(quire_vm_resize(&r->vm, off, PAGE), QUIRE_EALIGN);
	assert_int_equal(quire_vm_resize(&r->vm, ~(quire_va)(PAGE - 1), 2 * PAGE), QUIRE_EWRAP);
	assert_int_equal(quire_vm_resize(&r->vm, 0x5000, PAGE), QUIRE_EFOREIGN);
	assert_int_equal(quire_vm_resize(&r->vm, rig_va(r, 9), PAGE), QUIRE_EUNMAPPED);
	assert_int_equal(quire_vm_resize(&r->vm, va - PAGE, PAGE), QUIRE_EUNMAPPED);
	assert_int_equal(quire_vm_resize(&r->vm, va + 3 * PAGE, PAGE), QUIRE_EUNMAPPED);
	assert_int_equal(quire_vm_resize(&r->vm, rig_va(r, 3), PAGE), QUIRE_ECLAIMED);
	assert_int_equal(quire_vm_resize(&r->vm, va + PAGE, PAGE), QUIRE_EINTERIOR);
	assert_int_equal(quire_vm_resize(&r->vm, va, 4 * PAGE), QUIRE_ETAKEN);
	assert_int_equal(quire_vm_protect(&r->vm, va, 4 * PAGE, R, 0), QUIRE_EUNMAPPED);
	assert_int_equal(quire_vm_protect(&r->vm, va - PAGE, 2 * PAGE, R, 0), QUIRE_EUNMAPPED);
	assert_int_equal(quire_vm_protect(&r->vm, va, PAGE, R, QUIRE_VM_PIN), QUIRE_EFLAG);
	assert_int_equal(quire_vm_protect(&r->vm, va, PAGE, 0x80, 0), QUIRE_EFLAG);
	assert_int_equal(quire_vm_protect(&r->vm, va, PAGE, RW | X, 0), QUIRE_EWX);
	assert_int_equal(quire_vm_protect(&r->vm, va, PAGE, RW | X, QUIRE_VM_WX), 0);
	assert_int_equal(quire_vm_protect(&r->vm, va, PAGE, RW | QUIRE_UNCACHED, 0), QUIRE_EMODE);
	/* What the space has mapped is the space's to protect. */
	assert_int_equal(quire_vm_protect(&r->vm, rig_va(r, 3), PAGE, R, 0), 0);
	assert_int_equal(quire_vm_protect(&r->vm, rig_va(r, 3), PAGE, RW | X, QUIRE_VM_WX), 0);
	assert_int_equal(quire_vm_protect(&r->vm, rig_va(r, 3), PAGE, RW | X, 0), QUIRE_EWX);
	assert_int_equal(quire_vm_protect(&r->vm, rig_va(r, 3), PAGE, R, QUIRE_VM_PIN),
			 QUIRE_EFLAG);
	assert_int_equal(quire_vm_protect(&r->vm, rig_va(r, 9), PAGE, R, 0), QUIRE_EUNMAPPED);
	assert_int_equal(quire_space_unmap(&r->space, rig_va(r, 3)), 0);
	assert_int_equal(quire_vm_close(&r->vm), QUIRE_EREFERENCED);
	assert_int_equal(unmap(r, va, 3), 0);
	rig_stop(r);
}

static void null_and_not_open(void **state)
{
	struct rig *r = usual();
	struct quire_vm closed = {.mappings = 0};
	struct quire_vm_want want = rig_want(1, RW, 0);
	struct quire_fault_raw raw = {.access = W};
	struct quire_vm_config config = r->vm.config;
	quire_va va;

	(void)state;
	assert_int_equal(quire_vm_init(NULL, &config), QUIRE_ENULL);
	assert_int_equal(quire_vm_init(&closed, NULL), QUIRE_ENULL);
	config.space = NULL;
	assert_int_equal(quire_vm_init(&closed, &config), QUIRE_ENULL);
	assert_int_equal(quire_vm_map(&closed, &want, &va), QUIRE_ENULL);
	assert_int_equal(quire_vm_map(&r->vm, NULL, &va), QUIRE_ENULL);
	assert_int_equal(quire_vm_map(&r->vm, &want, NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_map_at(NULL, rig_va(r, 1), &want), QUIRE_ENULL);
	assert_int_equal(quire_vm_map_at(&r->vm, rig_va(r, 1), NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_map_physical(&r->vm, 0, RAM_A, NULL, &va), QUIRE_ENULL);
	assert_int_equal(quire_vm_map_physical_at(&r->vm, va, 0, RAM_A, NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_unmap(&closed, va, 1), QUIRE_ENULL);
	assert_int_equal(quire_vm_protect(&closed, va, 1, R, 0), QUIRE_ENULL);
	assert_int_equal(quire_vm_resize(&closed, va, 1), QUIRE_ENULL);
	assert_int_equal(quire_vm_resize(NULL, va, 1), QUIRE_ENULL);
	assert_int_equal(quire_vm_fault(&r->vm, NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_fault(&closed, &raw), QUIRE_ENULL);
	assert_int_equal(quire_vm_info(&r->vm, va, NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_stats(&r->vm, NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_check(NULL, NULL), QUIRE_ENULL);
	assert_int_equal(quire_vm_close(&closed), QUIRE_ENULL);
	rig_stop(r);
}

static void errors_of_init(void **state)
{
	struct rig *r = usual();
	struct quire_vm_config good = r->vm.config, config = good;
	struct quire_vm other;
	struct quire_frame_bank bank = {.base = RAM_A, .size = PAGE, .target = 7};
	uint64_t words[64];
	struct quire_frames frames;
	struct quire_frames_config pool = {.banks = &bank,
					   .bank_count = 1,
					   .page = PAGE,
					   .memory = words,
					   .memory_size = sizeof(words)};
	const struct quire_frame_want all = {.count = 39};
	struct quire_frame_list list;

	(void)state;
	config.owner = 16;
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_EFLAG);
	config = good;
	config.guarding = 2;
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_EFLAG);
	config = good;
	config.zero = NULL;
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_EFLAG);
	config = good;
	config.frames = &frames;
	assert_int_equal(quire_frames_init(&frames, &pool), 0);
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_ETARGET);
	bank.target = TARGET_B;
	assert_int_equal(quire_frames_init(&frames, &pool), 0);
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_EBEYOND);
	bank.size = 0x10000;
	pool.page = 0x10000;
	assert_int_equal(quire_frames_init(&frames, &pool), 0);
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_EALIGN);
	/* Nothing is left reserved if no frame is left for the zero page. */
	config = good;
	config.guarding = QUIRE_VM_GUARDS_SHARED;
	assert_int_equal(quire_frames_take(r->frames, &all, &list), 0);
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_ESPACE);
	assert_int_equal(rig_map_at(r, rig_va(r, 63), 1, RW, 0), QUIRE_ESPACE);
	assert_int_equal(quire_frames_give(r->frames, &list), 0);
	assert_int_equal(rig_map_at(r, rig_va(r, 63), 1, RW, 0), 0);
	/* A last page that is in use stays so. */
	config.owner = 3;
	assert_int_equal(quire_vm_init(&other, &config), 0);
	assert_int_equal(quire_vm_close(&other), 0);
	assert_int_equal(unmap(r, rig_va(r, 63), 1), 0);
	rig_stop(r);
}

static void no_descriptor_for_the_last_page(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	const struct quire_want want = {.pa = RAM_A + 200 * PAGE, .size = PAGE, .attr = R};
	struct quire_vm_config config;
	struct quire_vm other;
	struct quire_got got;
	struct rig *r;

	(void)state;
	plan.mappings = 1;
	plan.pages_2 = 4;
	r = start(plan);
	config = r->vm.config;
	config.guarding = QUIRE_VM_GUARDS_SHARED;
	/* There are two windows, so a second one is wanted; the first page is not kept. */
	assert_int_equal(quire_vm_init(&other, &config), QUIRE_EPOOL);
	assert_int_equal(quire_space_map_at(&r->space, rig_va(r, 63), &want, &got), 0);
	assert_int_equal(quire_space_unmap(&r->space, got.mapping), 0);
	assert_int_equal(rig_frames(r).in_use, 1);
	rig_stop(r);
}

/* What could not be given back is, the next time. */
static void closing_can_be_tried_again(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct rig *r;

	(void)state;
	plan.guarding = QUIRE_VM_GUARDS_SHARED;
	plan.pages_2 = 4;
	r = start(plan);
	for (unsigned n = 1; n <= 3; n++) { /* to look, and for each window */
		r->fail_space = n > 2 ? 2 : n;
		assert_int_equal(quire_vm_close(&r->vm), RIG_NO_SPACE);
		r->fail_space = 0;
	}
	r->fail_frames = 1;
	assert_int_equal(quire_vm_close(&r->vm), RIG_NO_FRAMES);
	rig_stop(r);
}

/* -- lazy -- */

static int write_fault(struct rig *r, quire_va va, bool user)
{
	const struct quire_fault_raw raw = {.va = va, .access = W, .user = user};

	return quire_vm_fault(&r->vm, &raw);
}

static void lazy_pages_get_frames_when_written(void **state)
{
	static const struct quire_mmu *const mmus[] = {&quire_mmu_sv39, &quire_mmu_a64_4k_39,
						       &quire_mmu_x86_64};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = start(rig_plan(mmus[i]));
		struct quire_vm_info info;
		quire_va va = map(r, 30, RW, GUARDS | QUIRE_VM_LAZY);
		uint32_t in_use = rig_frames(r).in_use;

		assert_true(rig_frames(r).promised == 30 && in_use == 1);
		assert_true(quire_frames_free(r->frames) == 9 * PAGE);
		assert_int_equal(rig_map(r, 10, RW, 0), QUIRE_ESPACE);
		assert_true(rig_all(r, va, 30 * PAGE, 0));
		rig_must_fault(r, va + 7 * PAGE, W);
		assert_int_equal(write_fault(r, va + 7 * PAGE + 9, true), QUIRE_ECAPS);
		assert_int_equal(write_fault(r, va - 1, false), QUIRE_ERESERVED);
		rig_write(r, va + 7 * PAGE + 9, 5);
		assert_int_equal(rig_read(r, va + 7 * PAGE + 9), 5);
		assert_int_equal(rig_read(r, va + 8 * PAGE + 9), 0);
		assert_int_equal(rig_read(r, va + 6 * PAGE + 9), 0);
		assert_int_equal(write_fault(r, va + 7 * PAGE, false), 0); /* it is right by now */
		assert_true(rig_stats(r).lazy == 29 * PAGE && rig_stats(r).anonymous == PAGE &&
			    rig_stats(r).faults == 1);
		assert_true(rig_frames(r).promised == 29 && rig_frames(r).in_use == 2);
		rig_check(r);
		/* Read only, and back: what is shared stays unwritable. */
		assert_int_equal(quire_vm_protect(&r->vm, va, 30 * PAGE, R, 0), 0);
		rig_must_fault(r, va + 7 * PAGE, W);
		assert_int_equal(write_fault(r, va, false), QUIRE_ECAPS);
		assert_int_equal(quire_vm_protect(&r->vm, va + 5 * PAGE, 5 * PAGE, RW, 0), 0);
		rig_must_fault(r, va + 6 * PAGE, W);
		assert_int_equal(rig_access(r, va + 7 * PAGE, W, NULL), QUIRE_SIM_OK);
		assert_int_equal(write_fault(r, va + 4 * PAGE, false), QUIRE_ECAPS);
		rig_write(r, va + 6 * PAGE, 1);
		rig_check(r);
		assert_int_equal(quire_vm_info(&r->vm, va + 6 * PAGE, &info), 0);
		assert_int_equal(info.flags, GUARDS | QUIRE_VM_LAZY);
		assert_int_equal(info.attr, RW);
		/* Longer and shorter. */
		assert_int_equal(quire_vm_resize(&r->vm, va, 7 * PAGE), 0);
		assert_true(rig_frames(r).promised == 6 && rig_frames(r).in_use == 2);
		assert_int_equal(quire_vm_resize(&r->vm, va, 20 * PAGE), 0);
		assert_true(rig_frames(r).promised == 19 && rig_frames(r).in_use == 2);
		assert_true(rig_all(r, va + 7 * PAGE, 13 * PAGE, 0));
		rig_check(r);
		assert_int_equal(unmap(r, va, 20), 0);
		rig_stop(r);
	}
}

/* Whoever else faults while a frame is being zeroed. */
static quire_va second_fault;
static void (*meanwhile)(struct rig *r);

static void on_zero(struct rig *r, quire_pa pa, quire_size size)
{
	void (*now)(struct rig * r) = meanwhile;

	(void)pa;
	(void)size;
	meanwhile = NULL;
	if (now)
		now(r);
}

static void fault_too(struct rig *r)
{
	assert_int_equal(write_fault(r, second_fault, false), 0);
	*rig_behind(r, second_fault) = 77;
}

static void fault_too_and_fail(struct rig *r)
{
	fault_too(r);
	r->fail_frames = 1; /* the lock, when the other frame is given back */
}

static void fault_in_vain(struct rig *r)
{
	assert_int_equal(write_fault(r, second_fault, false), 0);
	rig_must_fault(r, second_fault, W); /* once more */
}

static void unmap_meanwhile(struct rig *r)
{
	struct quire_vm_info info;

	assert_int_equal(quire_vm_info(&r->vm, second_fault, &info), 0);
	assert_int_equal(quire_vm_unmap(&r->vm, info.va, info.size), 0);
}

static void two_faults_on_one_page(void **state)
{
	struct rig *r = usual();
	quire_va va = map(r, 2, RW, QUIRE_VM_LAZY);

	(void)state;
	r->on_zero = on_zero;
	second_fault = va;
	meanwhile = fault_too;
	assert_int_equal(write_fault(r, va, false), 0);
	assert_int_equal(rig_read(r, va), 77); /* the frame that was there first stays */
	assert_true(rig_frames(r).promised == 1 && rig_frames(r).in_use == 2);
	rig_check(r);
	second_fault = va + PAGE;
	meanwhile = fault_too_and_fail;
	assert_int_equal(write_fault(r, va + PAGE, false), 0);
	assert_int_equal(r->fail_frames, 0);
	assert_true(rig_frames(r).promised == 0 && rig_frames(r).in_use == 3);
	rig_check(r);
	assert_int_equal(unmap(r, va, 2), 0);
	rig_stop(r);
}

static void the_last_frame_is_in_the_air(void **state)
{
	struct rig *r = usual();
	quire_va all, va;

	(void)state;
	all = map(r, 38, RW, 0);
	va = map(r, 1, RW, QUIRE_VM_LAZY);
	r->on_zero = on_zero;
	second_fault = va;
	meanwhile = fault_in_vain;
	assert_int_equal(write_fault(r, va, false), 0);
	rig_write(r, va, 3);
	rig_check(r);
	assert_int_equal(unmap(r, all, 38), 0);
	assert_int_equal(unmap(r, va, 1), 0);
	/* With one to spare that is not promised, nobody waits. */
	all = map(r, 37, RW, 0);
	second_fault = va = map(r, 1, RW, QUIRE_VM_LAZY);
	meanwhile = fault_too;
	assert_int_equal(write_fault(r, va, false), 0);
	assert_int_equal(rig_read(r, va), 77);
	assert_true(rig_frames(r).promised == 0 && rig_frames(r).in_use == 37 + 1 + 1);
	rig_check(r);
	assert_int_equal(unmap(r, all, 37), 0);
	assert_int_equal(unmap(r, va, 1), 0);
	rig_stop(r);
}

static void the_page_goes_while_its_frame_comes(void **state)
{
	struct rig *r = usual();
	quire_va va = map(r, 3, RW, QUIRE_VM_LAZY), other = map(r, 2, RW, QUIRE_VM_LAZY);

	(void)state;
	r->on_zero = on_zero;
	second_fault = va;
	meanwhile = unmap_meanwhile;
	assert_int_equal(write_fault(r, va + PAGE, false), 0);
	rig_must_fault(r, va + PAGE, R);
	assert_true(rig_frames(r).promised == 2 && rig_frames(r).in_use == 1);
	rig_check(r);
	rig_write(r, other, 1);
	rig_write(r, other + PAGE, 1);
	assert_int_equal(unmap(r, other, 2), 0);
	/* The last promise of all is in the air. */
	va = map(r, 1, RW, QUIRE_VM_LAZY);
	second_fault = va;
	meanwhile = unmap_meanwhile;
	assert_int_equal(write_fault(r, va, false), 0);
	assert_true(rig_frames(r).promised == 0 && rig_frames(r).in_use == 1);
	rig_stop(r);
}

static void grow_meanwhile(struct rig *r)
{
	assert_int_equal(quire_vm_resize(&r->vm, second_fault, 3 * PAGE), 0);
}

static void shrink_meanwhile(struct rig *r)
{
	assert_int_equal(quire_vm_resize(&r->vm, second_fault, PAGE), 0);
}

static void two_resize_one_mapping(void **state)
{
	struct rig *r = usual();
	quire_va va = rig_va(r, 10);

	(void)state;
	assert_int_equal(rig_map_at(r, va, 2, RW, GUARDS), 0);
	r->on_zero = on_zero;
	second_fault = va;
	meanwhile = grow_meanwhile;
	assert_int_equal(quire_vm_resize(&r->vm, va, 5 * PAGE), 0);
	assert_true(rig_stats(r).anonymous == 5 * PAGE);
	rig_check(r);
	meanwhile = shrink_meanwhile;
	assert_int_equal(quire_vm_resize(&r->vm, va, 7 * PAGE), 0);
	assert_true(rig_stats(r).anonymous == 7 * PAGE);
	rig_check(r);
	meanwhile = unmap_meanwhile;
	assert_int_equal(quire_vm_resize(&r->vm, va, 9 * PAGE), QUIRE_EUNMAPPED);
	assert_int_equal(rig_frames(r).in_use, 1);
	rig_stop(r);
}

/* -- several -- */

static void two_spaces_share_frames(void **state)
{
	static struct rig second;
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct rig *r = start(plan);
	quire_va a, b;
	quire_pa pa;
	struct quire_frame_info info;

	(void)state;
	plan.pool = r->frames;
	plan.owner = 5;
	rig_start(&second, &plan);
	r->own_frames.lock.ctx = r;
	a = map(r, 10, RW, GUARDS);
	assert_int_equal(rig_map(&second, 10, RW, GUARDS), 0);
	b = second.got;
	assert_true(a == b);
	rig_write(r, a, 1);
	rig_write(&second, b, 2);
	assert_int_equal(rig_read(r, a), 1);
	assert_int_equal(quire_space_to_physical(&second.space, b, &pa, NULL), 0);
	assert_int_equal(quire_frames_info(r->frames, pa, &info), 0);
	assert_int_equal(info.owner, 5);
	assert_int_equal(rig_map(&second, 10, RW, GUARDS | QUIRE_VM_LAZY), 0);
	assert_int_equal(rig_frames(r).in_use, 10 + 10 + 2);
	rig_check(r);
	rig_check(&second);
	assert_int_equal(rig_map(r, 9, RW, 0), QUIRE_ESPACE);
	assert_int_equal(unmap(&second, second.got, 10), 0);
	assert_int_equal(unmap(&second, b, 10), 0);
	rig_stop(&second);
	assert_int_equal(unmap(r, a, 10), 0);
	rig_stop(r);
}

/* -- zeroing through the addresses -- */

static uint8_t through[65 * PAGE];

static quire_va through_start(struct rig_plan *plan)
{
	plan->base = ((uintptr_t)through + PAGE - 1u) & ~(uintptr_t)(PAGE - 1u);
	plan->through = true;
	plan->lazy = false;
	memset(through, 0xa5, sizeof(through));
	return plan->base;
}

static bool bytes_are(quire_va va, size_t size, uint8_t value)
{
	const uint8_t *byte = (const uint8_t *)(uintptr_t)va;

	while (size-- > 0)
		if (*byte++ != value)
			return false;
	return true;
}

/* There is no RAM behind the tables here: the addresses are this program's, and their bytes tell. */
static void zeroed_through_its_addresses(void **state)
{
	static const uint8_t attrs[] = {R, RW, RW | U, R | X, R | U};
	struct rig_plan plan = rig_plan(&quire_mmu_a64_4k_39);
	quire_va base = through_start(&plan);
	struct rig *r = start(plan);
	uint32_t flushes = r->walker.counts.flushes;

	(void)state;
	for (unsigned i = 0; i < sizeof(attrs); i++) {
		quire_va va;

		assert_int_equal(rig_map_at(r, base + 10 * PAGE, 5, attrs[i], GUARDS), 0);
		va = r->got;
		/* The port has been asked about the access in between, and about the other one. */
		assert_int_equal(r->sim.change.kind,
				 attrs[i] == RW ? QUIRE_CHANGE_MAP : QUIRE_CHANGE_PROTECT);
		assert_int_equal(r->sim.change.attr, attrs[i]);
		assert_true(bytes_are(va, 5 * PAGE, 0));
		assert_true(bytes_are(va - 10 * PAGE, 10 * PAGE, 0xa5));
		assert_true(bytes_are(va + 5 * PAGE, 49 * PAGE, 0xa5));
		for (unsigned kind = R; kind <= (R | W | X | U); kind++)
			assert_int_equal(rig_access(r, va, kind, NULL) == QUIRE_SIM_OK,
					 (attrs[i] & kind) == kind);
		rig_check(r);
		memset((void *)(uintptr_t)va, 0xa5, 5 * PAGE);
		assert_int_equal(quire_vm_resize(&r->vm, va, 7 * PAGE), 0);
		assert_int_equal(r->sim.change.kind,
				 attrs[i] == RW ? QUIRE_CHANGE_MAP : QUIRE_CHANGE_PROTECT);
		assert_true(bytes_are(va, 5 * PAGE, 0xa5));
		assert_true(bytes_are(va + 5 * PAGE, 2 * PAGE, 0));
		assert_true(bytes_are(va + 7 * PAGE, PAGE, 0xa5));
		rig_check(r);
		memset((void *)(uintptr_t)va, 0xa5, 7 * PAGE);
		assert_int_equal(unmap(r, va, 7), 0);
	}
	assert_true(r->walker.counts.flushes > flushes);
	/* Nobody zeroes what is not to be. */
	assert_int_equal(rig_map(r, 3, RW, QUIRE_VM_UNINIT), 0);
	assert_true(bytes_are(base, 64 * PAGE, 0xa5));
	assert_int_equal(rig_map(r, 3, RW, QUIRE_VM_LAZY), QUIRE_EFLAG);
	assert_int_equal(unmap(r, r->got, 3), 0);
	rig_stop(r);
}

/* While it is being zeroed it is the kernel's alone, and nobody can touch the mapping: seen from inside
   of the lock that ends it. */
static int seen_refs, seen_unmap, seen_protect;

static int spying_lock(void *ctx)
{
	struct rig *r = ctx;
	struct quire_extent_info row;

	if (r->space_locks++ == 1) { /* the second time: to finish */
		r->space.lock.lock = NULL;
		r->space.lock.unlock = NULL;
		assert_int_equal(quire_space_query(&r->space, r->got, &row), 0);
		seen_refs = row.refs;
		assert_int_equal(row.attr, RW);
		assert_int_equal(rig_access(r, r->got, U | R, NULL), QUIRE_SIM_FORBIDDEN);
		assert_int_equal(rig_access(r, r->got, RW, NULL), QUIRE_SIM_OK);
		seen_unmap = unmap(r, r->got, 2);
		seen_protect = quire_vm_protect(&r->vm, r->got, PAGE, R, 0);
		assert_int_equal(quire_vm_check(&r->vm, NULL), 0);
		r->space.lock.lock = spying_lock;
	}
	return 0;
}

static void nobody_meets_it_before_it_is_zero(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	quire_va base = through_start(&plan);
	struct rig *r = start(plan);
	const struct quire_lock lock = r->space.lock;

	(void)state;
	r->space_locks = 0;
	r->space.lock.lock = spying_lock;
	r->space.lock.unlock = NULL;
	assert_int_equal(rig_map_at(r, base + PAGE, 2, R | U, 0), 0);
	r->space.lock = lock;
	assert_int_equal(seen_refs, 2);
	assert_int_equal(seen_unmap, QUIRE_EREFERENCED);
	assert_int_equal(seen_protect, QUIRE_EREFERENCED);
	assert_int_equal(rig_access(r, r->got, U | R, NULL), QUIRE_SIM_OK);
	assert_int_equal(unmap(r, r->got, 2), 0);
	rig_stop(r);
}

static void what_cannot_be_written_cannot_be_zeroed(void **state)
{
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	struct rig *r;

	(void)state;
	(void)through_start(&plan);
	r = start(plan);
	r->space.window[0].caps &= (uint8_t)~QUIRE_CAP_WRITE;
	assert_int_equal(rig_map(r, 2, R, 0), QUIRE_ECAPS);
	assert_int_equal(rig_map_at(r, rig_va(r, 5), 2, R, QUIRE_VM_UNINIT), 0);
	assert_int_equal(quire_vm_resize(&r->vm, r->got, 3 * PAGE), QUIRE_ECAPS);
	assert_int_equal(unmap(r, r->got, 2), 0);
	rig_stop(r);
}

/* -- caches that find memory by address -- */

/* What has been written back, while its entries stood. */
static struct {
	quire_va walk;
	quire_size size;
	unsigned calls;
} synced;

static void spying_sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	const struct quire_sim *sim = ctx;

	assert_int_equal(how, QUIRE_SYNC_WRITE_BACK);
	for (quire_size i = 0; i < size; i += PAGE)
		assert_int_equal(quire_sim_translate(sim, walk + i, RW, NULL, NULL), QUIRE_SIM_OK);
	synced.walk = walk;
	synced.size = size;
	synced.calls++;
}

static void synced_is(quire_va va, unsigned pages, unsigned calls)
{
	assert_int_equal(synced.calls, calls);
	assert_true(calls == 0 || (synced.walk == va && synced.size == (quire_size)pages * PAGE));
	synced.calls = 0;
}

static void dirty_lines_are_written_back_first(void **state)
{
	struct quire_mmu mmu = quire_mmu_sv39;
	struct quire_port port = quire_sim_port;
	struct rig *r;
	quire_va va;

	(void)state;
	mmu.flags |= QUIRE_MMU_WRITE_BACK_FIRST;
	r = start(rig_plan(&mmu));
	port.sync = spying_sync;
	r->walker.port = &port;
	va = map(r, 5, RW, GUARDS);
	assert_int_equal(quire_vm_protect(&r->vm, va + PAGE, 2 * PAGE, R, 0), 0);
	synced_is(va + PAGE, 2, 1);
	assert_int_equal(quire_vm_protect(&r->vm, va + PAGE, PAGE, R | X, 0), 0);
	synced_is(0, 0, 0);
	assert_int_equal(quire_vm_protect(&r->vm, va + PAGE, 2 * PAGE, RW, 0), 0);
	synced_is(0, 0, 0);
	assert_int_equal(quire_vm_resize(&r->vm, va, 3 * PAGE), 0);
	synced_is(va + 3 * PAGE, 2, 1);
	assert_int_equal(unmap(r, va, 3), 0);
	synced_is(va, 3, 1);
	va = map(r, 5, R, GUARDS);
	assert_int_equal(unmap(r, va, 5), 0);
	synced_is(0, 0, 0);
	rig_stop(r);
}

/* What is so already is left alone: nobody is asked about it, and nothing is written. */
static void protect_does_no_more_than_it_must(void **state)
{
	struct rig *r = usual();
	quire_va va = map(r, 6, RW, GUARDS);
	uint32_t entries, prepares;

	(void)state;
	assert_int_equal(quire_vm_protect(&r->vm, va, 2 * PAGE, R, 0), 0);
	assert_int_equal(quire_vm_protect(&r->vm, va + 5 * PAGE, PAGE, R, 0), 0);
	entries = r->walker.counts.entries;
	assert_int_equal(quire_vm_protect(&r->vm, va, 6 * PAGE, R, 0), 0);
	assert_true(r->sim.change.walk == va + 2 * PAGE && r->sim.change.size == 3 * PAGE);
	assert_int_equal(r->walker.counts.entries, entries + 3);
	prepares = r->sim.counts.prepares;
	assert_int_equal(quire_vm_protect(&r->vm, va, 6 * PAGE, R, 0), 0);
	assert_int_equal(r->sim.counts.prepares, prepares);
	assert_int_equal(r->walker.counts.entries, entries + 3);
	rig_check(r);
	assert_int_equal(unmap(r, va, 6), 0);
	rig_stop(r);
}

/* One walk and one flush at most: none to map where invalid entries are not cached, one to unmap. */
static void few_flushes(void **state)
{
	struct rig *r = start(rig_plan(&quire_mmu_x86_64));
	uint32_t flushes;
	quire_va va;

	(void)state;
	r->port.prepare = NULL; /* nor is anybody asked */
	va = map(r, 3, RW, GUARDS);
	flushes = r->walker.counts.flushes;
	assert_int_equal(flushes, 0);
	assert_int_equal(unmap(r, va, 3), 0);
	assert_int_equal(r->walker.counts.flushes, 1);
	va = map(r, 30, RW, GUARDS | QUIRE_VM_LAZY);
	rig_write(r, va + 3 * PAGE, 1);
	assert_int_equal(r->walker.counts.flushes, 2);
	assert_int_equal(quire_vm_protect(&r->vm, va, 30 * PAGE, R, 0), 0);
	assert_int_equal(r->walker.counts.flushes, 3);
	assert_int_equal(unmap(r, va, 30), 0);
	assert_int_equal(r->walker.counts.flushes, 4);
	rig_stop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_top_down_between_guards),
		cmocka_unit_test(at_a_chosen_address),
		cmocka_unit_test(the_first_page_is_aligned),
		cmocka_unit_test(neighbours_share_the_page_between),
		cmocka_unit_test(to_the_last_frame_and_back),
		cmocka_unit_test(addresses_to_the_last_page),
		cmocka_unit_test(scattered_frames_in_one_mapping),
		cmocka_unit_test(banks_side_by_side),
		cmocka_unit_test(a_run_is_one_run),
		cmocka_unit_test(needs_are_remembered),
		cmocka_unit_test(large_in_the_second_window),
		cmocka_unit_test(large_pages_are_large),
		cmocka_unit_test(freed_frames_are_zero_again),
		cmocka_unit_test(uninit_is_not_zeroed_and_never_the_users),
		cmocka_unit_test(memory_of_others_is_left_alone),
		cmocka_unit_test(errors_of_map),
		cmocka_unit_test(errors_of_physical_maps),
		cmocka_unit_test(errors_of_the_others),
		cmocka_unit_test(null_and_not_open),
		cmocka_unit_test(errors_of_init),
		cmocka_unit_test(no_descriptor_for_the_last_page),
		cmocka_unit_test(closing_can_be_tried_again),
		cmocka_unit_test(lazy_pages_get_frames_when_written),
		cmocka_unit_test(two_faults_on_one_page),
		cmocka_unit_test(the_last_frame_is_in_the_air),
		cmocka_unit_test(the_page_goes_while_its_frame_comes),
		cmocka_unit_test(two_resize_one_mapping),
		cmocka_unit_test(two_spaces_share_frames),
		cmocka_unit_test(zeroed_through_its_addresses),
		cmocka_unit_test(dirty_lines_are_written_back_first),
		cmocka_unit_test(protect_does_no_more_than_it_must),
		cmocka_unit_test(few_flushes),
		cmocka_unit_test(nobody_meets_it_before_it_is_zero),
		cmocka_unit_test(what_cannot_be_written_cannot_be_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
