/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real pointers: guards that fault at their first and last byte, lazy pages that a signal handler puts
 * right, and memory that is zeroed through its own addresses, before anybody else could see it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "quire/port/linux_ram.h"
#include "quire/vm.h"

#define PAGE   4096u
#define RAM    0x80000000u
#define WINDOW 0x90000000u
#define FRAMES 64u
#define RW     (QUIRE_READ | QUIRE_WRITE)

static struct quire_linux_ram *machine;
static struct quire_frames frames;
static struct quire_vm vm;
static void *words;
static sigjmp_buf after_fault;
static unsigned mended, reported;

static int on_fault(void *ctx, const struct quire_linux_ram_fault *fault)
{
	(void)ctx;
	if (quire_vm_fault(&vm, &fault->raw) == QUIRE_OK) {
		mended++;
		return QUIRE_LINUX_RETRY;
	}
	reported++;
	siglongjmp(after_fault, 1);
}

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	(void)ctx;
	memset(quire_linux_ram_at(machine, pa), 0, (size_t)size);
}

static void start(bool through)
{
	static const struct quire_linux_ram_bank ram = {"ram", RAM, FRAMES * PAGE, QUIRE_RAM};
	static const struct quire_linux_ram_window window = {
		"vm",
		WINDOW,
		256 * PAGE,
		QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_USER,
		QUIRE_PLACE_FIRST_HIGH,
		false};
	const struct quire_linux_ram_options options = {.bank = &ram,
							.bank_count = 1,
							.window = &window,
							.window_count = 1,
							.page_size = PAGE,
							.on_fault = on_fault};
	const struct quire_frame_bank bank = {
		.name = "ram", .base = RAM, .size = FRAMES * PAGE, .target = QUIRE_RAM};
	struct quire_frames_config pool = {.banks = &bank, .bank_count = 1, .page = PAGE};
	struct quire_vm_config config = {
		.frames = &frames, .lazy = !through, .zero = through ? NULL : zero};

	assert_int_equal(quire_linux_ram_open(&machine, &options, NULL), 0);
	memset(quire_linux_ram_at(machine, RAM), 0xa5, FRAMES * PAGE);
	pool.memory_size = quire_frames_memory_size(&pool);
	pool.memory = words = malloc((size_t)pool.memory_size);
	assert_non_null(words);
	assert_int_equal(quire_frames_init(&frames, &pool), 0);
	config.space = quire_linux_ram_space(machine);
	assert_int_equal(quire_vm_init(&vm, &config), 0);
	mended = reported = 0;
}

static void stop(void)
{
	const char *what = "nothing said";

	if (quire_vm_check(&vm, &what))
		fail_msg("%s", what);
	assert_int_equal(quire_vm_close(&vm), 0);
	assert_true(quire_frames_free(&frames) == FRAMES * PAGE);
	quire_linux_ram_close(machine);
	free(words);
}

static volatile uint8_t *map(unsigned pages, unsigned attr, unsigned flags)
{
	const struct quire_vm_want want = {.size = (quire_size)pages * PAGE,
					   .attr = (uint8_t)attr,
					   .flags = (uint8_t)(QUIRE_VM_GUARDS | flags)};
	quire_va va = 0;

	assert_int_equal(quire_vm_map(&vm, &want, &va), 0);
	return (volatile uint8_t *)(uintptr_t)va;
}

static void unmap(volatile uint8_t *p, unsigned pages)
{
	assert_int_equal(quire_vm_unmap(&vm, (uintptr_t)p, (quire_size)pages * PAGE), 0);
}

static bool faults(volatile uint8_t *byte, bool write)
{
	if (sigsetjmp(after_fault, 1) != 0)
		return true;
	if (write)
		*byte = 1;
	else
		(void)*byte;
	return false;
}

static bool are_zero(const volatile uint8_t *byte, size_t size)
{
	while (size-- > 0)
		if (*byte++ != 0)
			return false;
	return true;
}

static void guards_fault_from_the_first_byte_to_the_last(void **state)
{
	volatile uint8_t *p, *q;

	(void)state;
	start(false);
	p = map(3, RW, 0);
	assert_true(are_zero(p, 3 * PAGE));
	assert_true(faults(p - 1, true) && faults(p - PAGE, true) && faults(p - 1, false));
	assert_true(faults(p + 3 * PAGE, true) && faults(p + 4 * PAGE - 1, true));
	assert_false(faults(p, true) || faults(p + 3 * PAGE - 1, true));
	assert_int_equal(reported, 5);
	assert_int_equal(quire_vm_protect(&vm, (uintptr_t)p + PAGE, PAGE, QUIRE_READ, 0), 0);
	assert_true(faults(p + PAGE, true) && faults(p + 2 * PAGE - 1, true));
	assert_false(faults(p + PAGE, false) || faults(p + PAGE - 1, true) ||
		     faults(p + 2 * PAGE, true));
	unmap(p, 3);
	assert_true(faults(p, false));
	q = map(3, QUIRE_READ, 0);
	assert_ptr_equal(q, p);
	assert_true(are_zero(q, 3 * PAGE));
	assert_true(faults(q, true));
	unmap(q, 3);
	stop();
}

static void lazy_pages_come_when_written(void **state)
{
	volatile uint8_t *p;
	struct quire_vm_stats stats;

	(void)state;
	start(false);
	p = map(FRAMES - 1, RW, QUIRE_VM_LAZY);
	assert_true(quire_frames_free(&frames) == 0);
	assert_true(are_zero(p, (FRAMES - 1) * PAGE));
	assert_int_equal(mended, 0);
	for (unsigned i = 0; i < FRAMES - 1; i += 2)
		p[i * PAGE + i] = (uint8_t)(i + 1);
	assert_int_equal(mended, FRAMES / 2);
	for (unsigned i = 0; i < FRAMES - 1; i++) {
		assert_int_equal(p[i * PAGE + i], i % 2 ? 0 : i + 1);
		assert_int_equal(p[i * PAGE + i + 1], 0);
	}
	assert_int_equal(quire_vm_stats(&vm, &stats), 0);
	assert_int_equal(stats.faults, mended);
	for (unsigned i = 1; i < FRAMES - 1; i += 2) /* to the last frame */
		p[i * PAGE] = 9;
	assert_int_equal(reported, 0);
	unmap(p, FRAMES - 1);
	stop();
}

static void zeroed_before_anybody_sees_it(void **state)
{
	static const uint8_t attrs[] = {RW, QUIRE_READ, RW | QUIRE_USER, QUIRE_READ | QUIRE_USER};

	(void)state;
	start(true);
	for (unsigned i = 0; i < sizeof(attrs); i++) {
		volatile uint8_t *p = map(FRAMES, attrs[i], 0);

		assert_true(are_zero(p, FRAMES * PAGE));
		assert_int_equal(faults(p, true), !(attrs[i] & QUIRE_WRITE));
		assert_int_equal(quire_vm_resize(&vm, (uintptr_t)p, PAGE), 0);
		assert_false(faults(p, false));
		assert_true(faults(p + PAGE, false));
		memset(quire_linux_ram_at(machine, RAM + PAGE), 0x5a, (FRAMES - 1) * PAGE);
		assert_int_equal(quire_vm_resize(&vm, (uintptr_t)p, FRAMES * PAGE), 0);
		assert_true(are_zero(p + 1, FRAMES * PAGE - 1));
		unmap(p, FRAMES);
		memset(quire_linux_ram_at(machine, RAM), 0xa5, FRAMES * PAGE);
	}
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards_fault_from_the_first_byte_to_the_last),
		cmocka_unit_test(lazy_pages_come_when_written),
		cmocka_unit_test(zeroed_before_anybody_sees_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
