/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that map, write, resize and unmap, all in one space, and fault on the same lazy pages.  Each
 * keeps its name in its pages, so a frame that two have, or that is zeroed while somebody has it, shows.
 * Afterwards everything is back.
 */
#include <pthread.h>
#include <string.h>

#include "quire/port/riscv.h"
#include "vm/rig.h"

#define THREADS 4u
#define ROUNDS  2000u
#define SHARED  24u /* lazy pages that all of them write to */

static struct rig rig;
static pthread_mutex_t space_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t frames_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t failure_mutex = PTHREAD_MUTEX_INITIALIZER;
static int failed_at; /* the line of the first thing wrong */
static pthread_barrier_t barrier;
static quire_va shared;
static const uint8_t *zeros; /* the page that lazy pages share */

static int mutex_lock(void *ctx)
{
	return -pthread_mutex_lock(ctx);
}

static void mutex_unlock(void *ctx)
{
	(void)pthread_mutex_unlock(ctx);
}

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	(void)ctx;
	memset(rig_ram(pa), 0, (size_t)size);
}

/* -- what one of them does -- */

/* cmocka's assertions are for the first thread only. */
static void expect_at(bool holds, int line)
{
	if (holds)
		return;
	(void)pthread_mutex_lock(&failure_mutex);
	if (failed_at == 0)
		failed_at = line;
	(void)pthread_mutex_unlock(&failure_mutex);
}

#define expect(holds) expect_at(holds, __LINE__)

static uint8_t *byte_at(quire_va va)
{
	static uint8_t nowhere[PAGE];
	quire_pa pa = 0;
	int err = quire_space_to_physical(&rig.space, va, &pa, NULL);

	expect(err == 0);
	return err ? nowhere : rig_ram(pa);
}

static void fault(quire_va va)
{
	const struct quire_fault_raw raw = {.va = va, .access = W};

	do /* 0 may mean: once more */
		expect(quire_vm_fault(&rig.vm, &raw) == 0);
	while (byte_at(va) == zeros);
}

/* Write a name into pages that were zero. */
static void sign(quire_va va, unsigned pages, bool lazy, uint8_t name)
{
	for (unsigned i = 0; i < pages; i++) {
		uint8_t *byte;

		if (lazy)
			fault(va + i * PAGE);
		byte = byte_at(va + i * PAGE);
		expect((byte[0] | byte[PAGE - 1]) == 0);
		byte[0] = byte[PAGE - 1] = name;
	}
}

static void signed_by(quire_va va, unsigned pages, uint8_t name)
{
	for (unsigned i = 0; i < pages; i++) {
		const uint8_t *byte = byte_at(va + i * PAGE);

		expect(byte[0] == name && byte[PAGE - 1] == name);
	}
}

static void work(uint8_t name, unsigned round)
{
	const unsigned pages = 1 + (round + name) % 5, flags = round % 3 ? 0 : QUIRE_VM_LAZY;
	struct quire_vm_want want = rig_want(pages, RW, GUARDS | flags);
	unsigned more = pages + 2, less = pages / 2 + 1;
	quire_va va;
	int err = quire_vm_map(&rig.vm, &want, &va);

	if (err) {
		expect(err == QUIRE_ESPACE);
		return;
	}
	sign(va, pages, flags != 0, name);
	expect(quire_vm_protect(&rig.vm, va, PAGE, R, 0) == 0);
	err = quire_vm_resize(&rig.vm, va, (quire_size)more * PAGE);
	if (!err)
		expect(quire_vm_protect(&rig.vm, va, (quire_size)more * PAGE, RW, 0) == 0);
	else
		expect(err == QUIRE_ETAKEN || err == QUIRE_ESPACE);
	if (!err)
		sign(va + pages * PAGE, 2, flags != 0, name);
	signed_by(va, err ? pages : more, name);
	expect(quire_vm_resize(&rig.vm, va, (quire_size)less * PAGE) == 0);
	signed_by(va, less, name);
	expect(quire_vm_unmap(&rig.vm, va, (quire_size)less * PAGE) == 0);
}

static void *run(void *arg)
{
	const uint8_t name = *(const uint8_t *)arg;

	for (unsigned round = 0; round < ROUNDS; round++) {
		work(name, round);
		if (round % 64 == 0) { /* all at once */
			pthread_barrier_wait(&barrier);
			for (unsigned i = 0; i < SHARED; i++)
				fault(shared + i * PAGE);
			pthread_barrier_wait(&barrier);
			if (name == 1) {
				expect(quire_vm_unmap(&rig.vm, shared, SHARED * PAGE) == 0);
				expect(rig_map(&rig, SHARED, RW, GUARDS | QUIRE_VM_LAZY) == 0);
				shared = rig.got;
			}
			pthread_barrier_wait(&barrier);
		}
	}
	return NULL;
}

static void threads(void **state)
{
	static const uint8_t names[THREADS] = {1, 2, 3, 4};
	struct rig_plan plan = rig_plan(&quire_mmu_sv39);
	pthread_t thread[THREADS];

	(void)state;
	plan.pages = 160;
	plan.frames_b = 60;
	rig_start(&rig, &plan);
	rig.space.lock = (struct quire_lock){mutex_lock, mutex_unlock, &space_mutex};
	rig.own_frames.lock = (struct quire_lock){mutex_lock, mutex_unlock, &frames_mutex};
	rig.vm.config.zero = zero;
	assert_int_equal(rig_map(&rig, SHARED, RW, GUARDS | QUIRE_VM_LAZY), 0);
	shared = rig.got;
	zeros = byte_at(shared);
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, run, (void *)(uintptr_t)&names[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(failed_at, 0);
	assert_int_equal(rig.vm.flying, 0);
	rig_check(&rig);
	assert_int_equal(quire_vm_unmap(&rig.vm, shared, SHARED * PAGE), 0);
	rig_stop(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(threads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
