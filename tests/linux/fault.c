/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: what the report says, who gets it, and that nothing else is disturbed. */
#include "helpers.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RW (QUIRE_READ | QUIRE_WRITE)

static struct quire_linux *open_watched(const char *name)
{
	struct quire_linux_options options = {.flash_size = MIB(1)};

	options.psram_size = quire_chip_by_name(name)->psram ? MIB(1) : 0;
	watch_faults(&options);
	return open_chip(name, &options);
}

static void expect_text(const char *words)
{
	if (strstr(last_text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", last_text, words);
}

static void expect_access(enum quire_linux_access access)
{
#if defined(__x86_64__) || defined(__aarch64__)
	assert_int_equal(last_fault.access, access);
#else
	(void)access;
#endif
}

/* Nothing was ever there, and nothing is near. */
static void test_nothing(void **state)
{
	struct quire_linux *machine = open_watched("esp32s3");

	(void)state;
	assert_true(read_faults(0x3c123456));
	assert_int_equal(last_fault.va, 0x3c123456);
	assert_ptr_equal(last_fault.machine, machine);
	assert_int_equal(last_fault.signal, SIGSEGV);
	assert_false(last_fault.mapped);
	assert_int_equal(last_fault.below.size, 0);
	assert_int_equal(last_fault.above.size, 0);
	expect_access(QUIRE_LINUX_ACCESS_READ);
	expect_text("at 0x3c123456, in window \"external\" of esp32s3 (data side): nothing is "
		    "mapped there");
	expect_text("never mapped since the chip was opened");
	expect_text("nearest mapping below: none");
	expect_text("nearest mapping above: none\n");
	assert_true(write_faults(0x43ffffff));
	expect_access(QUIRE_LINUX_ACCESS_WRITE);
	expect_text("(instruction side)");
	assert_true(fetch_faults(0x42000000));
	expect_access(QUIRE_LINUX_ACCESS_FETCH);
	close_chip(machine);
}

static void *unmap_in_thread(void *argument)
{
	quire_va va = 0x3c200000;

	prctl(PR_SET_NAME, "janitor");
	quire_linux_label("cleaning up after lunch");
	if (quire_space_unmap(quire_linux_space(argument), va) != QUIRE_OK)
		return NULL;
	quire_linux_label(NULL);
	return argument;
}

/* The use of a stale pointer names the one who took the page away. */
static void test_who(void **state)
{
	struct quire_linux *machine = open_watched("esp32s3");
	struct quire_linux_who mapper, unmapper;
	pthread_t thread;
	void *done = NULL;

	(void)state;
	quire_linux_label("setting the table");
	map_pages_at(machine, 0x3c200000, QUIRE_PSRAM0, 0, KIB(128), RW, 0);
	quire_linux_label(NULL);
	assert_int_equal(quire_linux_history(machine, 0x4221ffff, &mapper, &unmapper), QUIRE_OK);
	assert_string_equal(mapper.label, "setting the table");
	assert_int_equal(mapper.thread, getpid());
	assert_int_equal(mapper.change, 1);
	assert_int_equal(unmapper.change, 0);
	pthread_create(&thread, NULL, unmap_in_thread, machine);
	pthread_join(thread, &done);
	assert_ptr_equal(done, machine);

	assert_true(read_faults(0x3c210000));
	assert_string_equal(last_fault.unmapper.name, "janitor");
	assert_string_equal(last_fault.unmapper.label, "cleaning up after lunch");
	assert_int_not_equal(last_fault.unmapper.thread, getpid());
	assert_int_equal(last_fault.unmapper.change, 2);
	assert_string_equal(last_fault.mapper.label, "setting the table");
	expect_text("unmapped by thread \"janitor\" (");
	expect_text("), change 2, \"cleaning up after lunch\"\n");
	expect_text("mapped before by thread \"");
	expect_text("), change 1, \"setting the table\"\n");
	assert_int_equal(quire_linux_history(machine, 0x3c220000, &mapper, &unmapper), QUIRE_OK);
	assert_int_equal(mapper.change, 0);
	assert_int_equal(quire_linux_history(machine, 0x3e000000, NULL, NULL), QUIRE_EFOREIGN);
	close_chip(machine);
}

static void test_long_label(void **state)
{
	struct quire_linux *machine = open_watched("esp32c3");
	struct quire_linux_who who;

	(void)state;
	quire_linux_label("a label that is much longer than there is room for");
	map_pages_at(machine, 0x3c000000, QUIRE_FLASH0, 0, KIB(64), QUIRE_READ, 0);
	quire_linux_label(NULL);
	assert_int_equal(quire_linux_history(machine, 0x3c000000, &who, NULL), QUIRE_OK);
	assert_string_equal(who.label, "a label that is much longer tha");
	close_chip(machine);
}

/* The runs on both sides of the fault, in bytes, on the side of the fault. */
static void test_near(void **state)
{
	struct quire_linux *machine = open_watched("esp32s3");

	(void)state;
	map_pages_at(machine, 0x3c000000, QUIRE_FLASH0, KIB(64), KIB(192), QUIRE_READ, 0);
	map_pages_at(machine, 0x3c100000, QUIRE_PSRAM0, KIB(128), KIB(64), RW, 0);
	map_pages_at(machine, 0x3c180000, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	assert_true(read_faults(0x42030010));
	assert_int_equal(last_fault.below.va, 0x42000000);
	assert_int_equal(last_fault.below.size, KIB(192));
	assert_int_equal(last_fault.below.pa, KIB(64));
	assert_int_equal(last_fault.above.va, 0x42100000);
	assert_int_equal(last_fault.above.target, QUIRE_PSRAM0);
	expect_text("below: 0x42000000-0x42030000, flash0 from 0x10000, ends 17 bytes lower");
	expect_text("above: 0x42100000-0x42110000, psram0 from 0x20000, begins 851952 bytes "
		    "higher");
	close_chip(machine);
}

static void test_wrong_access(void **state)
{
	struct quire_linux *machine = open_watched("esp32s3");

	(void)state;
	quire_linux_label("the owner");
	map_pages_at(machine, 0x3c000000, QUIRE_PSRAM0, 0, KIB(64), QUIRE_READ, 0);
	map_pages_at(machine, 0x3c010000, QUIRE_PSRAM0, KIB(64), KIB(64), RW, 0);
	map_pages_at(machine, 0x3c020000, QUIRE_FLASH0, KIB(64), KIB(64), QUIRE_READ | QUIRE_EXEC,
		     0);
	quire_linux_label(NULL);
	assert_true(write_faults(0x3c000123));
	assert_true(last_fault.mapped);
	expect_text("write at 0x3c000123");
	expect_text("it shows psram0 from 0x123, and the mapping allows read\n");
	expect_text("mapped by thread");
	expect_text("\"the owner\"");
	assert_true(write_faults(0x42010000));
	expect_text("allows read, write, but the instruction side cannot be written");
	assert_true(fetch_faults(0x42020000));
	expect_text("allows read, execute, but not execution by the host");
	close_chip(machine);
}

/* Addresses that the chip has no use for are explained too, if nothing else of the process is
   there. */
static void test_hole(void **state)
{
	struct quire_linux *machine = open_watched("esp32p4");

	(void)state;
	map_pages_at(machine, 0x43ff0000, QUIRE_FLASH0, 0, KIB(64), QUIRE_READ, 0);
	assert_true(read_faults(0x44000000));
	assert_non_null(last_fault.hole);
	expect_text("read at 0x44000000, which esp32p4 cannot use: ");
	expect_text("below: 0x43ff0000-0x44000000, flash0 from 0x0, ends 1 byte lower");
	close_chip(machine);
}

/* A flash file that becomes shorter behind our back. */
static void test_truncated_file(void **state)
{
	struct quire_linux_options options = {0};
	struct quire_linux *machine;
	char path[64];

	(void)state;
	make_file(path, KIB(128));
	options.flash_path = path;
	watch_faults(&options);
	machine = open_chip("esp32c3", &options);
	map_pages_at(machine, 0x3c000000, QUIRE_FLASH0, 0, KIB(128), QUIRE_READ, 0);
	assert_false(read_faults(0x3c010000));
	assert_int_equal(truncate(path, 65536), 0);
	assert_false(read_faults(0x3c000000));
	assert_true(read_faults(0x3c010000));
	assert_int_equal(last_fault.signal, SIGBUS);
	expect_text("flash0 from 0x10000, and the file behind that has become shorter");
	close_chip(machine);
	unlink(path);
}

/* With two chips open, each fault goes to the right one. */
static void test_two_chips(void **state)
{
	struct quire_linux *a = open_watched("esp32"), *b = open_watched("esp32s3");

	(void)state;
	assert_true(read_faults(0x3f400000));
	assert_ptr_equal(last_fault.machine, a);
	expect_text("\"DROM0\" of esp32:");
	assert_true(read_faults(0x3c000000));
	assert_ptr_equal(last_fault.machine, b);
	close_chip(a);
	assert_true(read_faults(0x3c000000));
	assert_ptr_equal(last_fault.machine, b);
	close_chip(b);
}

static int map_and_retry(void *ctx, const struct quire_linux_fault *fault)
{
	(void)fault;
	mprotect((void *)0x3c000000, 65536, PROT_READ);
	++*(unsigned *)ctx;
	return QUIRE_LINUX_RETRY;
}

/* A callback may mend the cause. */
static void test_retry(void **state)
{
	unsigned calls = 0;
	struct quire_linux_options options = {
		.flash_size = MIB(1), .on_fault = map_and_retry, .on_fault_ctx = &calls};
	struct quire_linux *machine = open_chip("esp32s3", &options);

	(void)state;
	assert_int_equal(*at(0x3c000010), 0);
	assert_int_equal(calls, 1);
	close_chip(machine);
}

/* What a child prints on stderr and dies of. */
static int run_child(void (*body)(void), char *output, size_t room)
{
	int pipes[2], status = 0;
	size_t length = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		body();
		_exit(0);
	}
	close(pipes[1]);
	while (length < room - 1 && (got = read(pipes[0], output + length, room - 1 - length)) > 0)
		length += (size_t)got;
	output[length] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void open_and_touch(void)
{
	static const struct quire_linux_options options = {.flash_size = MIB(1)};
	struct quire_linux *machine = NULL;

	if (quire_linux_open(&machine, quire_chip_by_name("esp32s3"), &options, NULL) == QUIRE_OK)
		*at(0x3c000040) = 7;
}

/* Without a callback: the report on stderr, then death by the signal. */
static void test_default(void **state)
{
	char output[4096];
	int status = run_child(open_and_touch, output, sizeof(output));

	(void)state;
	assert_non_null(strstr(output, "at 0x3c000040, in window \"external\" of esp32s3"));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void say_and_leave(int number)
{
	static const char text[] = "the handler from before\n";

	(void)number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(4);
	_exit(3);
}

static void chained(void)
{
	signal(SIGSEGV, say_and_leave);
	open_and_touch();
}

/* The handler from before runs after the report. */
static void test_chain(void **state)
{
	char output[4096];
	int status = run_child(chained, output, sizeof(output));
	const char *report = strstr(output, "quire: ");
	const char *before = strstr(output, "the handler from before");

	(void)state;
	assert_non_null(report);
	assert_non_null(before);
	assert_true(report < before);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static void touch_elsewhere(void)
{
	signal(SIGSEGV, say_and_leave);
	open_chip("esp32s3", &(struct quire_linux_options){.flash_size = MIB(1)});
	*at(0x1000) = 1;
}

/* A fault that is not ours goes to the handler from before without a word. */
static void test_not_ours(void **state)
{
	char output[4096];
	int status = run_child(touch_elsewhere, output, sizeof(output));

	(void)state;
	assert_null(strstr(output, "quire: "));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static void sent_by_kill(void)
{
	open_chip("esp32s3", &(struct quire_linux_options){.flash_size = MIB(1)});
	raise(SIGSEGV);
}

/* A signal that a process sent kills as ever. */
static void test_kill(void **state)
{
	char output[4096];
	int status = run_child(sent_by_kill, output, sizeof(output));

	(void)state;
	assert_null(strstr(output, "quire: "));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	open_chip("esp32s3", &(struct quire_linux_options){.flash_size = MIB(1)});
	raise(SIGSEGV);
	*at(0x3c000000) = 1;
}

/* An ignored signal is ignored when sent, and kills when an access caused it. */
static void test_ignored(void **state)
{
	char output[4096];
	int status = run_child(ignored, output, sizeof(output));

	(void)state;
	assert_non_null(strstr(output, "at 0x3c000000"));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static struct sigaction ours;

/* A handler in front of ours that hands everything on. */
static void in_front(int number, siginfo_t *info, void *context)
{
	ours.sa_sigaction(number, info, context);
}

static void circle(void)
{
	struct quire_linux_options options = {.flash_size = MIB(1)};
	struct sigaction front = {.sa_flags = SA_SIGINFO | SA_NODEFER};

	open_chip("esp32s3", &options);
	sigaction(SIGSEGV, NULL, &ours);
	front.sa_sigaction = in_front;
	sigaction(SIGSEGV, &front, NULL);
	open_chip("esp32", &options);
	*at(0x3c000000) = 1;
}

/* A handler in front of ours that is behind it as well makes no endless circle. */
static void test_circle(void **state)
{
	char output[16384];
	int status = run_child(circle, output, sizeof(output));

	(void)state;
	assert_non_null(strstr(output, "at 0x3c000000"));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* The handler from before is back after the last close, and one put in front stays. */
static void test_restored(void **state)
{
	struct sigaction before, after;
	struct quire_linux *a, *b;

	(void)state;
	sigaction(SIGSEGV, NULL, &before);
	a = open_watched("esp32");
	b = open_watched("esp32s3");
	sigaction(SIGSEGV, NULL, &after);
	assert_ptr_not_equal(after.sa_handler, before.sa_handler);
	close_chip(a);
	assert_true(read_faults(0x3c000000));
	close_chip(b);
	sigaction(SIGSEGV, NULL, &after);
	assert_ptr_equal(after.sa_handler, before.sa_handler);

	a = open_watched("esp32");
	signal(SIGSEGV, say_and_leave);
	close_chip(a);
	sigaction(SIGSEGV, NULL, &after);
	assert_ptr_equal(after.sa_handler, say_and_leave);
	sigaction(SIGSEGV, &before, NULL);
}

/* True if the report was made on the thread's own fault stack. */
static void *fault_in_thread(void *argument)
{
	stack_t stack, again;

	if (quire_linux_fault_stack() != QUIRE_OK || sigaltstack(NULL, &stack) != 0 ||
	    (stack.ss_flags & SS_DISABLE) != 0 || !read_faults(0x3c000000))
		return NULL;
	if (quire_linux_fault_stack() != QUIRE_OK || sigaltstack(NULL, &again) != 0 ||
	    again.ss_sp != stack.ss_sp)
		return NULL;
	return last_stack - (uintptr_t)stack.ss_sp < stack.ss_size ? argument : NULL;
}

/* A thread gets a stack for its reports once, and it goes with the thread. */
static void test_stack(void **state)
{
	struct quire_linux *machine = open_watched("esp32s3");
	pthread_t thread;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		void *done = NULL;

		assert_int_equal(pthread_create(&thread, NULL, fault_in_thread, machine), 0);
		assert_int_equal(pthread_join(thread, &done), 0);
		assert_ptr_equal(done, machine);
	}
	close_chip(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_nothing, close_all),
		cmocka_unit_test_teardown(test_who, close_all),
		cmocka_unit_test_teardown(test_long_label, close_all),
		cmocka_unit_test_teardown(test_near, close_all),
		cmocka_unit_test_teardown(test_wrong_access, close_all),
		cmocka_unit_test_teardown(test_hole, close_all),
		cmocka_unit_test_teardown(test_truncated_file, close_all),
		cmocka_unit_test_teardown(test_two_chips, close_all),
		cmocka_unit_test_teardown(test_retry, close_all),
		cmocka_unit_test_teardown(test_default, close_all),
		cmocka_unit_test_teardown(test_chain, close_all),
		cmocka_unit_test_teardown(test_not_ours, close_all),
		cmocka_unit_test_teardown(test_kill, close_all),
		cmocka_unit_test_teardown(test_ignored, close_all),
		cmocka_unit_test_teardown(test_circle, close_all),
		cmocka_unit_test_teardown(test_restored, close_all),
		cmocka_unit_test_teardown(test_stack, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
