/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings are real: bytes, permissions, faults, and memory that comes lazily. */
#include "rig.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct quire_linux_ram *machine;
static struct quire_space *space;

static int set_up(void **state)
{
	struct quire_linux_ram_options options;

	(void)state;
	(void)signal(SIGSEGV, SIG_DFL);
	rig_options(&options);
	options.executable = true;
	machine = rig_open(&options);
	space = quire_linux_ram_space(machine);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	quire_linux_ram_close(machine);
	return 0;
}

static void test_bytes_are_those_of_the_bank(void **state)
{
	quire_va a = rig_map(space, RAM_BASE + PAGE, 2 * PAGE, QUIRE_READ | QUIRE_WRITE);
	quire_va b = rig_map(space, TOP_BASE, PAGE, QUIRE_READ | QUIRE_WRITE);
	uint8_t *seen = quire_linux_ram_at(machine, RAM_BASE + PAGE);

	(void)state;
	assert_int_equal(a, VM_BASE + VM_SIZE - 2 * PAGE);
	assert_int_equal(b, VM_BASE + VM_SIZE - 3 * PAGE);
	memset((void *)(uintptr_t)a, 0x5a, 2 * PAGE);
	assert_int_equal(seen[0], 0x5a);
	assert_int_equal(seen[2 * PAGE - 1], 0x5a);
	assert_int_equal(seen[2 * PAGE], 0);
	*(uint8_t *)quire_linux_ram_at(machine, TOP_BASE + 7) = 9;
	assert_int_equal(((uint8_t *)(uintptr_t)b)[7], 9);
	assert_null(quire_linux_ram_at(machine, RAM_BASE - 1));
	assert_null(quire_linux_ram_at(machine, RAM_BASE + RAM_SIZE));
	assert_null(quire_linux_ram_at(NULL, RAM_BASE));
}

static void test_two_mappings_show_the_same_page(void **state)
{
	quire_va a = rig_map(space, RAM_BASE, PAGE, QUIRE_READ | QUIRE_WRITE);
	quire_va b = rig_map(space, RAM_BASE, 4 * PAGE, QUIRE_READ);

	(void)state;
	assert_true(a != b);
	assert_true(rig_writes(a + 5, 77));
	assert_int_equal(*(volatile uint8_t *)(uintptr_t)(b + 5), 77);
	assert_false(rig_writes(b + 5, 1));
	assert_int_equal(rig_fault.raw.va, b + 5);
	assert_int_equal(rig_fault.raw.access, QUIRE_WRITE);
	assert_false(rig_fault.raw.user);
	assert_false(rig_fault.foreign);
	assert_true(rig_fault.pc != 0 && rig_fault.stack != 0);
}

static void test_every_attribute_is_the_hosts_protection(void **state)
{
	(void)state;
	for (unsigned attr = 0; attr < 16; attr++) {
		quire_va va = rig_map(space, RAM_BASE, PAGE, attr);

		/* what may be written may be read, on this host */
		assert_int_equal(rig_reads(va),
				 (attr & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC)) != 0);
		assert_int_equal(rig_writes(va, 1), (attr & QUIRE_WRITE) != 0);
		assert_int_equal(quire_space_unmap(space, va), QUIRE_OK);
		assert_false(rig_reads(va));
	}
}

static void test_protect_and_unmap_are_seen_at_once(void **state)
{
	quire_va va = rig_map(space, RAM_BASE, 4 * PAGE, QUIRE_READ | QUIRE_WRITE);

	(void)state;
	assert_int_equal(quire_space_protect(space, va + PAGE, PAGE, QUIRE_READ, 0), QUIRE_OK);
	assert_true(rig_writes(va, 1));
	assert_false(rig_writes(va + PAGE, 1));
	assert_true(rig_reads(va + PAGE));
	assert_true(rig_writes(va + 2 * PAGE, 1));
	assert_int_equal(quire_space_unmap(space, va), QUIRE_OK);
	for (unsigned i = 0; i < 4; i++)
		assert_false(rig_reads(va + i * PAGE));
}

#if defined(__x86_64__)
static void test_code_runs(void **state)
{
	static const uint8_t code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3}; /* return 42 */
	quire_va va = rig_map(space, RAM_BASE, PAGE, QUIRE_READ | QUIRE_EXEC);
	union {
		uintptr_t va;
		int (*function)(void);
	} run = {(uintptr_t)va};

	(void)state;
	memcpy(quire_linux_ram_at(machine, RAM_BASE), code, sizeof(code));
	assert_int_equal(run.function(), 42);
}
#endif

/* -- with frames -- */

static struct quire_frames frames;
static struct quire_vm vm;
static uint64_t words[1024];

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	(void)ctx;
	memset(quire_linux_ram_at(machine, pa), 0, (size_t)size);
}

static int mend(void *ctx, const struct quire_linux_ram_fault *fault)
{
	if (quire_vm_fault(&vm, &fault->raw) == 0)
		return QUIRE_LINUX_RETRY;
	return rig_on_fault(ctx, fault);
}

static void make_vm(void)
{
	const struct quire_frame_bank bank = {.name = "ram",
					      .base = RAM_BASE,
					      .size = RAM_SIZE,
					      .target = QUIRE_RAM,
					      .rank = QUIRE_FRAME_NORMAL};
	const struct quire_frames_config pool = {.banks = &bank,
						 .bank_count = 1,
						 .page = PAGE,
						 .memory = words,
						 .memory_size = sizeof(words)};
	const struct quire_vm_config config = {
		.space = space, .frames = &frames, .lazy = true, .zero = zero};

	assert_int_equal(quire_frames_init(&frames, &pool), QUIRE_OK);
	assert_int_equal(quire_vm_init(&vm, &config), QUIRE_OK);
}

static int set_up_vm(void **state)
{
	struct quire_linux_ram_options options;

	(void)state;
	rig_options(&options);
	options.on_fault = mend;
	machine = rig_open(&options);
	space = quire_linux_ram_space(machine);
	make_vm();
	return 0;
}

static void test_lazy_memory_comes_when_it_is_written(void **state)
{
	struct quire_vm_want want = {.size = 8 * PAGE,
				     .attr = QUIRE_READ | QUIRE_WRITE,
				     .flags = QUIRE_VM_GUARDS | QUIRE_VM_LAZY};
	struct quire_vm_stats stats;
	const char *what = NULL;
	quire_va va = 0;

	(void)state;
	assert_int_equal(quire_vm_map(&vm, &want, &va), QUIRE_OK);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(*(volatile uint8_t *)(uintptr_t)(va + i * PAGE), 0);
	assert_int_equal(quire_vm_stats(&vm, &stats), QUIRE_OK);
	assert_int_equal(stats.lazy, 8 * PAGE);
	for (unsigned i = 0; i < 8; i += 2)
		*(volatile uint8_t *)(uintptr_t)(va + i * PAGE) = (uint8_t)(i + 1);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(*(volatile uint8_t *)(uintptr_t)(va + i * PAGE),
				 i % 2 == 0 ? i + 1 : 0);
	assert_int_equal(quire_vm_stats(&vm, &stats), QUIRE_OK);
	assert_int_equal(stats.lazy, 4 * PAGE);
	assert_int_equal(stats.faults, 4);
	assert_false(rig_writes(va - 1, 1));
	assert_false(rig_writes(va + 8 * PAGE, 1));
	assert_int_equal(quire_vm_check(&vm, &what), QUIRE_OK);
	assert_int_equal(quire_vm_unmap(&vm, va, 8 * PAGE), QUIRE_OK);
}

/* -- a fault that nobody takes -- */

static void test_a_fault_that_nobody_takes_is_told_and_kills(void **state)
{
	int ends[2], status = 0;
	char text[512] = "";
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		*(volatile uint8_t *)(uintptr_t)(VM_BASE + PAGE) = 1;
		_exit(0);
	}
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_non_null(strstr(text, "write to 0x30001000: "));
}

/* cmocka has handlers of its own, installed before each function of a test. */
#define WITH(begin, test)                                                                          \
	static void in_##test(void **state)                                                        \
	{                                                                                          \
		(void)begin(state);                                                                \
		test(state);                                                                       \
		(void)tear_down(state);                                                            \
	}
WITH(set_up, test_bytes_are_those_of_the_bank)
WITH(set_up, test_two_mappings_show_the_same_page)
WITH(set_up, test_every_attribute_is_the_hosts_protection)
WITH(set_up, test_protect_and_unmap_are_seen_at_once)
#if defined(__x86_64__)
WITH(set_up, test_code_runs)
#endif
WITH(set_up_vm, test_lazy_memory_comes_when_it_is_written)
WITH(set_up, test_a_fault_that_nobody_takes_is_told_and_kills)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_test_bytes_are_those_of_the_bank),
		cmocka_unit_test(in_test_two_mappings_show_the_same_page),
		cmocka_unit_test(in_test_every_attribute_is_the_hosts_protection),
		cmocka_unit_test(in_test_protect_and_unmap_are_seen_at_once),
#if defined(__x86_64__)
		cmocka_unit_test(in_test_code_runs),
#endif
		cmocka_unit_test(in_test_lazy_memory_comes_when_it_is_written),
		cmocka_unit_test(in_test_a_fault_that_nobody_takes_is_told_and_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
