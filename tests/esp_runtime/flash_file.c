/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash file: a copy, written back only when that is asked for, also when the power is cut or
 * the application restarts.  What ends the process happens in a child.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "esp_partition.h"
#include "esp_system.h"
#include "quire_esp.h"

#define SIZE (1u << 20)
#define AT   0x80000u /* of storage1 in a flash of 1 MiB */

static char path[] = "/tmp/quire_flash_XXXXXX";
static char said[2048];

/* A file with the default table, as a machine without one makes it. */
static int make_file(void **state)
{
	static uint8_t flash[SIZE];
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];
	FILE *file = fopen(path, "wb");

	(void)state;
	quire_esp_defaults(&options, "esp32c3");
	options.flash_size = SIZE;
	if (file == NULL || !quire_esp_start(&options, why))
		return -1;
	if (quire_linux_read(quire_esp_linux(), QUIRE_FLASH0, 0, flash, SIZE) != QUIRE_OK ||
	    fwrite(flash, SIZE, 1, file) != 1 || fclose(file) != 0)
		return -1;
	return quire_esp_stop(why) ? 0 : -1;
}

static void read_file(uint32_t at, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fread(bytes, size, 1, file), 1);
	assert_int_equal(fgetc(file) == EOF, at + size == SIZE);
	fclose(file);
}

/* An application's work, in the machine of the environment. */
static void write_something(void)
{
	const esp_partition_t *p = esp_partition_find_first(ESP_PARTITION_TYPE_DATA,
							    ESP_PARTITION_SUBTYPE_ANY, "storage1");

	if (p == NULL || p->address != AT || esp_partition_write(p, 0, "abcdefgh", 8) != ESP_OK)
		_exit(70);
}

static void end_well(void)
{
	char why[QUIRE_LINUX_TEXT];

	write_something();
	_exit(quire_esp_stop(why) ? 0 : 71);
}

static void end_by_restart(void)
{
	write_something();
	esp_restart();
}

/* Run it in a child, with QUIRE_FLASH set; the status, and what it said on stderr. */
static int run(void (*what)(void))
{
	size_t length = 0;
	ssize_t got;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		setenv("QUIRE_CHIP", "esp32c3", 1);
		setenv("QUIRE_FLASH", path, 1);
		dup2(ends[1], STDERR_FILENO);
		what();
		_exit(72);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + length, sizeof(said) - 1 - length)) > 0)
		length += (size_t)got;
	said[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(const char *bytes)
{
	uint8_t found[8];

	read_file(AT, found, sizeof(found));
	assert_memory_equal(found, bytes, sizeof(found));
}

#define ERASED "\xff\xff\xff\xff\xff\xff\xff\xff"

static void test_the_file_stays_as_it_is(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(run(end_well), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	expect(ERASED);
}

static void test_it_is_written_when_asked(void **state)
{
	uint8_t row[2];

	(void)state;
	setenv("QUIRE_FLASH_WRITE", "1", 1);
	assert_int_equal(run(end_well), 0);
	expect("abcdefgh");
	read_file(0x8000, row, 2);
	assert_int_equal(row[0], 0xaa);
	assert_int_equal(row[1], 0x50);
}

static void test_a_restart_ends_with_a_status_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(run(end_by_restart), QUIRE_ESP_RESTART);
	expect(ERASED);
	setenv("QUIRE_FLASH_WRITE", "1", 1);
	assert_int_equal(run(end_by_restart), QUIRE_ESP_RESTART);
	expect("abcdefgh");
}

/* Before each byte of eight in turn: what was before it is there, what comes after is not. */
static void test_a_power_cut_leaves_what_was_written(void **state)
{
	setenv("QUIRE_FLASH_WRITE", "1", 1);
	for (unsigned at = 0; at < 8; at++) {
		char number[8], words[32];
		uint8_t found[8];

		assert_int_equal(make_file(state), 0);
		snprintf(number, sizeof(number), "%u", at);
		snprintf(words, sizeof(words), "before byte %u ", at);
		setenv("QUIRE_POWER_CUT", number, 1);
		assert_int_equal(run(end_well), QUIRE_ESP_POWER_CUT);
		assert_non_null(strstr(said, words));
		read_file(AT, found, sizeof(found));
		assert_memory_equal(found, "abcdefgh", at);
		assert_int_equal(found[at] & (uint8_t) "abcdefgh"[at], (uint8_t) "abcdefgh"[at]);
		for (unsigned i = at + 1; i < 8; i++)
			assert_int_equal(found[i], 0xff);
	}
	setenv("QUIRE_POWER_CUT", "8", 1);
	assert_int_equal(make_file(state), 0);
	assert_int_equal(run(end_well), 0);
	expect("abcdefgh");
}

static void test_a_power_cut_does_not_write_the_file_unasked(void **state)
{
	(void)state;
	setenv("QUIRE_POWER_CUT", "4", 1);
	assert_int_equal(run(end_well), QUIRE_ESP_POWER_CUT);
	expect(ERASED);
}

/* A file that has gone cannot be written: a sentence, and a status that is not success. */
static void remove_it(void)
{
	char why[QUIRE_LINUX_TEXT];

	write_something();
	if (unlink(path) != 0)
		_exit(73);
	if (quire_esp_stop(why))
		_exit(74);
	fprintf(stderr, "%s\n", why);
	_exit(0);
}

static void test_a_file_that_cannot_be_written_is_said(void **state)
{
	(void)state;
	setenv("QUIRE_FLASH_WRITE", "1", 1);
	assert_int_equal(run(remove_it), 0);
	assert_non_null(strstr(said, path));
	assert_non_null(strstr(said, "No such file"));
}

static int clean(void **state)
{
	(void)state;
	unsetenv("QUIRE_FLASH_WRITE");
	unsetenv("QUIRE_POWER_CUT");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_file_stays_as_it_is, make_file, clean),
		cmocka_unit_test_setup_teardown(test_it_is_written_when_asked, make_file, clean),
		cmocka_unit_test_setup_teardown(test_a_restart_ends_with_a_status_of_its_own,
						make_file, clean),
		cmocka_unit_test_setup_teardown(test_a_power_cut_leaves_what_was_written, make_file,
						clean),
		cmocka_unit_test_setup_teardown(test_a_power_cut_does_not_write_the_file_unasked,
						make_file, clean),
		cmocka_unit_test_setup_teardown(test_a_file_that_cannot_be_written_is_said,
						make_file, clean),
	};
	int fd = mkstemp(path), failures;

	if (fd < 0 || close(fd) != 0)
		return 1;
	failures = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failures;
}
