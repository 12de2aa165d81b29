/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole runs: what a program prints and how it ends, for every way to end, to be configured, and to be told
 * what to run.  A run that fails must be seen to fail.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char output[65536];

/* The status of a command line; `output` has what it said. */
static int run(const char *command)
{
	char line[1024];
	size_t length;
	FILE *pipe;
	int status;

	snprintf(line, sizeof(line), "%s 2>&1", command);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	length = fread(output, 1, sizeof(output) - 1, pipe);
	output[length] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void said(const char *text)
{
	if (strstr(output, text) == NULL)
		fail_msg("\"%s\" is not in\n%s", text, output);
}

static void did_not_say(const char *text)
{
	if (strstr(output, text) != NULL)
		fail_msg("\"%s\" is in\n%s", text, output);
}

static void test_a_run_that_is_fine(void **state)
{
	(void)state;
	assert_int_equal(run(ENDING " fine"), 0);
	said("Running TESTSUITE fine\n");
	said("START - test_a_fixture\n");
	said(" PASS - test_a_fixture in ");
	said(" PASS - test_b_pass in ");
	said(" SKIP - test_c_skip in ");
	said("Assumption failed at ");
	said(" SKIP - test_d_assume in ");
	said(" PASS - test_f_is_to_fail in ");
	said(" PASS - test_g_is_to_be_skipped in ");
	said("[setup]\n");
	said("[after 2]\n");
	said("[teardown 8, 7 rules]\n");
	said("TESTSUITE fine succeeded.\n");
	said("SUITE PASS - [fine]: pass = 5, fail = 0, skip = 2, total = 7\n");
	said("1 suites, 7 tests: 5 passed, 0 failed, 2 skipped\n");
	said("PROJECT EXECUTION SUCCESSFUL\n");
	did_not_say("never");
}

static void test_failures_fail_the_run(void **state)
{
	static const char *const names[] = {"test_assert",           "test_assert_in_user_mode",
					    "test_expect",           "test_fail",
					    "test_fail_in_a_thread", "test_was_to_fail"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char command[512], line[128];

		snprintf(command, sizeof(command), ENDING " bad.%s", names[i]);
		assert_int_equal(run(command), 1);
		snprintf(line, sizeof(line), " FAIL - %s in ", names[i]);
		said(line);
		said("1 suites, 1 tests: 0 passed, 1 failed, 0 skipped\n");
		said("PROJECT EXECUTION FAILED\n");
		did_not_say("never");
	}
	assert_int_equal(run(ENDING " bad"), 1);
	said("    a message with a number, 42\n");
	said("ending.c:");
	said("    from user mode\n");
	said("[after two expectations]\n");
	said("TESTSUITE bad failed.\n");
	said("1 suites, 6 tests: 0 passed, 6 failed, 0 skipped\n");
}

static void test_what_ends_a_program_fails_it(void **state)
{
	static const struct {
		const char *name, *line;
	} ends[] = {
		{"test_fault", "E: write to (nil) in kernel mode"},
		{"test_fault_in_user_mode", "E: write to (nil) in user mode"},
		{"test_panic", "FATAL ERROR 4: Kernel panic"},
		{"test_assertion", "ASSERTION FAIL [1 == 2]"},
		{"test_essential", "cannot do without"},
		{"test_fault_in_a_fault", "in the handler of another"},
		{"test_deadlock", "nothing is left that could wake one up"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char command[512];

		snprintf(command, sizeof(command), ENDING " end.%s", ends[i].name);
		assert_int_equal(run(command), 1);
		if (strstr(ends[i].line, "(nil)") == NULL)
			said(ends[i].line);
		said("Halting system\n");
		did_not_say("SUCCESSFUL");
	}
	assert_int_equal(run(ENDING " end.test_fault"), 1);
	said("1 suites, 1 tests: 0 passed, 1 failed, 0 skipped\n");
}

static void test_suites_that_do_not_begin(void **state)
{
	(void)state;
	assert_int_equal(run(ENDING " unset"), 1);
	said(" FAIL - test_never in ");
	did_not_say("\nnever");
	assert_int_equal(run(ENDING " doubtful"), 1);
	said("    a doubt\n");
	said("[after a doubt]\n");
	said(" FAIL - test_never in ");
	said("PROJECT EXECUTION FAILED\n");
	did_not_say("\nnever");
	assert_int_equal(run(ENDING " unwanted"), 0);
	said(" SKIP - test_never in ");
	said("SUITE SKIP - [unwanted]");
	assert_int_equal(run(ENDING " unrun"), 1);
	said("Test suite 'unrun' did not run");
	said("There was nothing to run");
	assert_int_equal(run(NOTHING), 1);
	said("There was nothing to run");
}

static void test_arguments_choose(void **state)
{
	(void)state;
	assert_int_equal(run(ENDING " -list"), 0);
	said("bad.test_assert\n");
	said("fine.test_a_fixture\n");
	did_not_say("START");
	assert_int_equal(run(ENDING " fine::test_a_fixture 'fine.test_c*'"), 0);
	said("1 suites, 2 tests: 1 passed, 0 failed, 1 skipped\n");
	assert_int_equal(run(ENDING " 'unw*' fine.test_a_fixture"), 0);
	said("2 suites, 2 tests: 1 passed, 0 failed, 1 skipped\n");
	assert_int_equal(run(ENDING " fine.test_z"), 2);
	said("There is no test \"fine.test_z\"");
	assert_int_equal(run(ENDING " -list fine"), 2);
	said("-list stands alone.\n");
	assert_int_equal(run(ENDING " fine nobody"), 2);
	said("There is no test \"nobody\"");
	assert_int_equal(run(ENDING), 1);
}

static void test_main_may_end_before_its_threads(void **state)
{
	(void)state;
	assert_int_equal(run(ENDING_MAIN), 7);
	assert_string_equal(output, "main 0\nat exit\nlater\n");
}

/* Whatever the program's handler of fatal errors does: it may return, as it may for any thread. */
static void test_a_main_that_does_not_return_is_no_success(void **state)
{
	static const char *const ends[] = {ENDING_FAULT, ENDING_FAULT " oops",
					   ENDING_FAULT " abort", ENDING_SETUP};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(run(ends[i]), 1);
		said("A thread that the system cannot do without, main, has ended.\n");
		said("Halting system\n");
		did_not_say("never");
		did_not_say("SUCCESSFUL");
	}
}

static void test_names_that_hide_a_test_are_refused(void **state)
{
	static const char *const commands[] = {NAMES, NAMES " -list", NAMES " names.test_a"};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(run(commands[i]), 1);
		said("There are two tests \"names.test_a\", and one would never run.\n");
		said("There are two suites \"names\", and one would never run.\n");
		said("There is no suite for the test \"nobodys.test_b\", which would never run.\n");
		did_not_say("START");
	}
}

/* -- configuration -- */

static void test_the_environment_says_how_large(void **state)
{
	(void)state;
	assert_int_equal(run(IMAGE), 0);
	said("RAM 16384 KiB at 0x50000000, VM 8192 KiB at 0x50000000\n");
	assert_int_equal(run("QUIRE_ZEPHYR_RAM_SIZE=4M QUIRE_ZEPHYR_RAM_BASE=0x80000000 "
			     "QUIRE_ZEPHYR_VM_BASE=0x60000000 QUIRE_ZEPHYR_VM_SIZE=2048K " IMAGE),
			 0);
	said("RAM 4096 KiB at 0x80000000, VM 2048 KiB at 0x60000000\n");
	assert_int_equal(run("QUIRE_ZEPHYR_RAM_SIZE= QUIRE_ZEPHYR_VM_SIZE=512M " IMAGE), 0);
	said("RAM 16384 KiB at 0x50000000, VM 524288 KiB");
	assert_int_equal(run("QUIRE_ZEPHYR_VM_BASE=0x200000000 QUIRE_ZEPHYR_VM_SIZE=1G " IMAGE), 0);
	assert_int_equal(run("QUIRE_ZEPHYR_RAM_BASE=0 " IMAGE), 0);
	assert_int_equal(run("QUIRE_ZEPHYR_VM_BASE=0x70000000 " IMAGE), 0);
	assert_int_equal(run("QUIRE_ZEPHYR_VM_SIZE=1G " IMAGE), 0);
	assert_int_equal(run("QUIRE_ZEPHYR_RAM_SIZE=1G " IMAGE), 0);
	assert_int_equal(run("QUIRE_ZEPHYR_VM_BASE=0x40000000 QUIRE_ZEPHYR_VM_SIZE=2G " IMAGE), 0);
}

static void test_what_cannot_be_meant_is_refused_in_one_sentence(void **state)
{
	static const struct {
		const char *setting, *sentence;
	} wrong[] = {
		{"RAM_SIZE=many", "QUIRE_ZEPHYR_RAM_SIZE is \"many\"; expected is a number"},
		{"RAM_SIZE=16X", "QUIRE_ZEPHYR_RAM_SIZE is \"16X\""},
		{"RAM_SIZE=-1", "QUIRE_ZEPHYR_RAM_SIZE is \"-1\""},
		{"RAM_SIZE=0", "expected is a multiple of the page"},
		{"RAM_SIZE=5000", "expected is a multiple of the page"},
		{"RAM_SIZE=99999999999999999999", "QUIRE_ZEPHYR_RAM_SIZE is"},
		{"RAM_SIZE=17179869184G", "QUIRE_ZEPHYR_RAM_SIZE is"},
		{"RAM_SIZE=8K", "the program's variables take"},
		{"VM_SIZE=32K", "the program's variables take"},
		{"RAM_BASE=0x", "QUIRE_ZEPHYR_RAM_BASE is \"0x\""},
		{"RAM_BASE=123", "QUIRE_ZEPHYR_RAM_BASE is \"123\""},
		{"VM_BASE=0", "QUIRE_ZEPHYR_VM_BASE is \"0\""},
		{"VM_BASE=0x400000000000", "run past"},
		{"VM_SIZE=1K", "QUIRE_ZEPHYR_VM_SIZE is \"1K\""},
		{"PAGE_SIZE=8K", "the program was compiled for pages of 0x1000"},
		{"PAGE_SIZE=5K", "QUIRE_ZEPHYR_PAGE_SIZE is \"5K\""},
		{"PAGE_SIZE=1M", "QUIRE_ZEPHYR_PAGE_SIZE is \"1M\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char command[512];

		snprintf(command, sizeof(command), "QUIRE_ZEPHYR_%s %s", wrong[i].setting, IMAGE);
		assert_int_equal(run(command), 2);
		assert_int_equal(strncmp(output, "quire: ", 7), 0);
		assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
		said(wrong[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_run_that_is_fine),
		cmocka_unit_test(test_failures_fail_the_run),
		cmocka_unit_test(test_what_ends_a_program_fails_it),
		cmocka_unit_test(test_suites_that_do_not_begin),
		cmocka_unit_test(test_arguments_choose),
		cmocka_unit_test(test_main_may_end_before_its_threads),
		cmocka_unit_test(test_a_main_that_does_not_return_is_no_success),
		cmocka_unit_test(test_names_that_hide_a_test_are_refused),
		cmocka_unit_test(test_the_environment_says_how_large),
		cmocka_unit_test(test_what_cannot_be_meant_is_refused_in_one_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
