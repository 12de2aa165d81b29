/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing a machine: what the environment means, what it cannot mean, and what happens then.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "esp_chip_info.h"
#include "esp_mmu_map.h"
#include "esp_psram.h"
#include "quire_esp.h"
#include "sdkconfig.h"

#include "../../compat/esp-idf/src/machine.h"

static const char *const variables[] = {
	"QUIRE_CHIP",          "QUIRE_FLASH",      "QUIRE_FLASH_WRITE", "QUIRE_FLASH_SIZE",
	"QUIRE_FLASH_KEY",     "QUIRE_PSRAM_SIZE", "QUIRE_PSRAM_HEAP",  "QUIRE_HIMEM_RESERVE",
	"QUIRE_MMU_PAGE_SIZE", "QUIRE_CACHE",      "QUIRE_KEEP",        "QUIRE_POWER_CUT",
	"QUIRE_LOG",
};

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static int clean(void **state)
{
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	return quire_esp_stop(why) ? 0 : -1;
}

static struct quire_esp_options read_environment(void)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	if (!quire_esp_environment(&options, why))
		fail_msg("%s", why);
	return options;
}

static void test_an_empty_environment_gives_the_defaults(void **state)
{
	struct quire_esp_options defaults, options = read_environment();

	(void)state;
	quire_esp_defaults(&defaults, NULL);
	assert_string_equal(options.chip, "esp32s3");
	assert_string_equal(options.chip, defaults.chip);
	assert_null(options.flash_path);
	assert_null(options.flash_key);
	assert_int_equal(options.psram_size, 8 << 20);
	assert_int_equal(options.himem_reserve, 8);
	assert_int_equal(options.keep, 16);
	assert_int_equal(options.cache, QUIRE_LINUX_CACHE_STALE);
	assert_true(options.power_cut == QUIRE_ESP_NEVER);
	assert_int_equal(options.boot_text, defaults.boot_text);
	assert_int_equal(options.psram_heap, UINT32_MAX);
}

/* A variable that is set to nothing is not set. */
static void test_empty_variables_are_not_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		setenv(variables[i], "", 1);
	test_an_empty_environment_gives_the_defaults(state);
}

static void test_every_variable_is_read(void **state)
{
	struct quire_esp_options options;

	(void)state;
	setenv("QUIRE_CHIP", "ESP32-P4", 1);
	setenv("QUIRE_FLASH", "some/file", 1);
	setenv("QUIRE_FLASH_WRITE", "1", 1);
	setenv("QUIRE_FLASH_SIZE", "0x200000", 1);
	setenv("QUIRE_FLASH_KEY", KEY, 1);
	setenv("QUIRE_PSRAM_SIZE", "32M", 1);
	setenv("QUIRE_PSRAM_HEAP", "128k", 1);
	setenv("QUIRE_HIMEM_RESERVE", "62", 1);
	setenv("QUIRE_MMU_PAGE_SIZE", "65536", 1);
	setenv("QUIRE_CACHE", "poison", 1);
	setenv("QUIRE_KEEP", "4096", 1);
	setenv("QUIRE_POWER_CUT", "12345678901", 1);
	setenv("QUIRE_LOG", "debug", 1);
	options = read_environment();
	assert_string_equal(options.chip, "ESP32-P4");
	assert_string_equal(options.flash_path, "some/file");
	assert_true(options.flash_write);
	assert_int_equal(options.flash_size, 2 << 20);
	for (unsigned i = 0; i < QUIRE_ESP_KEY; i++)
		assert_int_equal(options.flash_key[i], i);
	assert_int_equal(options.psram_size, 32 << 20);
	assert_int_equal(options.psram_heap, 128 << 10);
	assert_int_equal(options.himem_reserve, 62);
	assert_int_equal(options.page_size, 65536);
	assert_int_equal(options.cache, QUIRE_LINUX_CACHE_POISON);
	assert_int_equal(options.keep, 4096);
	assert_true(options.power_cut == 12345678901u);
}

/* The sentence names the variable, what was found and what is expected; outputs stay. */
static void test_what_cannot_be_meant_is_refused(void **state)
{
	static const struct {
		const char *name, *value;
	} wrong[] = {
		{"QUIRE_CHIP", "esp8266"},
		{"QUIRE_CHIP", "linux"},
		{"QUIRE_FLASH_WRITE", "yes"},
		{"QUIRE_FLASH_WRITE", "2"},
		{"QUIRE_FLASH_SIZE", "4G"},
		{"QUIRE_FLASH_SIZE", "-1"},
		{"QUIRE_FLASH_SIZE", "4MM"},
		{"QUIRE_FLASH_SIZE", "0x"},
		{"QUIRE_FLASH_SIZE", "4096M"},
		{"QUIRE_FLASH_SIZE", " 4M"},
		{"QUIRE_PSRAM_SIZE", "big"},
		{"QUIRE_PSRAM_HEAP", "1.5M"},
		{"QUIRE_PSRAM_HEAP", "99999999999999999999"},
		{"QUIRE_HIMEM_RESERVE", "0"},
		{"QUIRE_HIMEM_RESERVE", "63"},
		{"QUIRE_MMU_PAGE_SIZE", "a"},
		{"QUIRE_CACHE", "warm"},
		{"QUIRE_CACHE", "Stale"},
		{"QUIRE_KEEP", "4097"},
		{"QUIRE_KEEP", "8K"},
		{"QUIRE_POWER_CUT", "never"},
		{"QUIRE_POWER_CUT", "18446744073709551615"},
		{"QUIRE_LOG", "loud"},
		{"QUIRE_FLASH_KEY", "00"},
		{"QUIRE_FLASH_KEY", KEY "0"},
		{"QUIRE_FLASH_KEY", "g" KEY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct quire_esp_options options = {.keep = 77};
		char why[QUIRE_LINUX_TEXT] = "";

		setenv(wrong[i].name, wrong[i].value, 1);
		if (quire_esp_environment(&options, why))
			fail_msg("%s=%s was accepted", wrong[i].name, wrong[i].value);
		assert_non_null(strstr(why, wrong[i].name));
		assert_non_null(strstr(why, "expected"));
		if (strcmp(wrong[i].name, "QUIRE_FLASH_KEY") != 0) /* which is a secret */
			assert_non_null(strstr(why, wrong[i].value));
		assert_null(strchr(why, '\n'));
		assert_int_equal(options.keep, 77);
		assert_false(quire_esp_environment(&options, NULL));
		unsetenv(wrong[i].name);
	}
}

static void test_what_cannot_be_meant_together_is_refused(void **state)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	setenv("QUIRE_FLASH_WRITE", "1", 1);
	assert_false(quire_esp_environment(&options, why));
	assert_non_null(strstr(why, "QUIRE_FLASH is not set"));
	unsetenv("QUIRE_FLASH_WRITE");
	setenv("QUIRE_FLASH_KEY", KEY, 1);
	setenv("QUIRE_CACHE", "none", 1);
	assert_false(quire_esp_environment(&options, why));
	assert_non_null(strstr(why, "QUIRE_CACHE"));
	assert_non_null(strstr(why, "QUIRE_FLASH_KEY"));
}

/* The program's constants mean pages of 64 KiB. */
static void test_no_other_page_size_than_the_compiled_one(void **state)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	setenv("QUIRE_MMU_PAGE_SIZE", "32K", 1);
	setenv("QUIRE_CHIP", "esp32c6", 1);
	assert_false(quire_esp_environment(&options, why));
	assert_non_null(strstr(why, "QUIRE_MMU_PAGE_SIZE is 32768"));
	assert_non_null(strstr(why, "expected are the 65536"));
	assert_non_null(strstr(why, "-DCONFIG_MMU_PAGE_SIZE=0x8000"));
	setenv("QUIRE_MMU_PAGE_SIZE", "64K", 1);
	assert_int_equal(read_environment().page_size, 65536);
}

/* -- starting -- */

static void test_the_first_call_starts_what_the_environment_says(void **state)
{
	esp_chip_info_t info;

	(void)state;
	setenv("QUIRE_CHIP", "esp32c5", 1);
	setenv("QUIRE_PSRAM_SIZE", "4M", 1);
	assert_null(quire_esp_linux());
	assert_null(quire_esp_space());
	assert_int_equal(esp_psram_get_size(), 4 << 20);
	esp_chip_info(&info);
	assert_int_equal(info.model, CHIP_ESP32C5);
	assert_int_equal(info.cores, 1);
	assert_int_equal(info.features, CHIP_FEATURE_EMB_PSRAM);
	assert_string_equal(quire_linux_chip(quire_esp_linux())->name, "esp32c5");
}

static void test_every_chip_starts_and_stops_as_itself(void **state)
{
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);
		struct quire_esp_options options;
		esp_chip_info_t info;

		quire_esp_defaults(&options, chip->name);
		assert_int_equal(options.psram_size, chip->psram ? 8 << 20 : 0);
		if (!quire_esp_start(&options, why))
			fail_msg("%s: %s", chip->name, why);
		assert_ptr_equal(quire_linux_chip(quire_esp_linux()), chip);
		esp_chip_info(&info);
		assert_int_equal(info.model, chip->image_id == 0 ? 1 : chip->image_id);
		assert_int_equal(info.cores, chip->cores);
		assert_false(quire_esp_start(&options, why));
		assert_non_null(strstr(why, "runs already"));
		assert_true(quire_esp_stop(why));
		assert_null(quire_esp_linux());
		assert_true(quire_esp_stop(why));
	}
}

static void refuses(const struct quire_esp_options *options, const char *words)
{
	char why[QUIRE_LINUX_TEXT] = "";

	if (quire_esp_start(options, why))
		fail_msg("started, but expected was: %s", words);
	if (strstr(why, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, words);
	assert_null(quire_esp_linux());
}

static void test_what_cannot_be_started_is_refused_and_leaves_nothing(void **state)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	assert_false(quire_esp_start(NULL, why));
	quire_esp_defaults(&options, "esp32s3");
	options.chip = "esp9";
	refuses(&options, "esp9");
	quire_esp_defaults(&options, "esp32s3");
	options.psram_heap = options.psram_size + 65536;
	refuses(&options, "QUIRE_PSRAM_HEAP is 8454144 bytes; expected are at most the 8388608 of");
	options.psram_heap = 100;
	refuses(&options, "QUIRE_PSRAM_HEAP is 100 bytes; expected is a multiple");
	quire_esp_defaults(&options, "esp32s2");
	options.psram_size = 16 << 20;
	options.psram_heap = (7 << 20) + 65536; /* of 7.5 MiB, and himem wants 512 KiB */
	refuses(&options, "QUIRE_PSRAM_HEAP is 7405568 bytes; expected are at most 7340032");
	quire_esp_defaults(&options, "esp32c3");
	options.psram_size = 1 << 20;
	refuses(&options, "no PSRAM");
	quire_esp_defaults(&options, "esp32s3");
	options.flash_size = 512 << 10;
	refuses(&options, "QUIRE_FLASH_SIZE is 524288 bytes; expected is at least 1 MiB");
	options.flash_size = 0;
	options.keep = QUIRE_KEEP_MAX + 1;
	refuses(&options, "keep-list");
	options.keep = 0;
	options.flash_write = true;
	refuses(&options, "no file");
	options.flash_write = false;
	options.flash_path = "/nowhere/at/all";
	refuses(&options, "/nowhere/at/all");
	options.flash_path = NULL;
	options.page_size = 4096;
	refuses(&options, "pages");
	options.page_size = 0;
	options.boot_text = 1u << 30;
	refuses(&options, "code");
	options.boot_text = 0;
	assert_true(quire_esp_start(&options, why));
}

/* A sentence on stderr, once, and every call says that there is no machine. */
static void without_a_machine(void)
{
	mmu_mem_caps_t caps;
	size_t size;

	setenv("QUIRE_CHIP", "esp8266", 1);
	for (unsigned i = 0; i < 3; i++) {
		if (quire_esp_machine() != NULL)
			_exit(1);
		if (esp_mmu_paddr_find_caps(0, &caps) == ESP_OK)
			_exit(2);
		if (esp_mmu_map_get_max_consecutive_free_block_size(
			    MMU_MEM_CAP_READ, MMU_TARGET_FLASH0, &size) == ESP_OK)
			_exit(3);
	}
	_exit(0);
}

static void test_without_a_machine_there_is_one_sentence_and_errors(void **state)
{
	char text[2048] = "";
	size_t length = 0;
	ssize_t got;
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		without_a_machine();
	}
	close(ends[1]);
	while ((got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_non_null(strstr(text, "QUIRE_CHIP is \"esp8266\""));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_an_empty_environment_gives_the_defaults, clean),
		cmocka_unit_test_teardown(test_empty_variables_are_not_set, clean),
		cmocka_unit_test_teardown(test_every_variable_is_read, clean),
		cmocka_unit_test_teardown(test_what_cannot_be_meant_is_refused, clean),
		cmocka_unit_test_teardown(test_no_other_page_size_than_the_compiled_one, clean),
		cmocka_unit_test_teardown(test_what_cannot_be_meant_together_is_refused, clean),
		cmocka_unit_test_teardown(test_the_first_call_starts_what_the_environment_says,
					  clean),
		cmocka_unit_test_teardown(test_every_chip_starts_and_stops_as_itself, clean),
		cmocka_unit_test_teardown(test_what_cannot_be_started_is_refused_and_leaves_nothing,
					  clean),
		cmocka_unit_test_teardown(test_without_a_machine_there_is_one_sentence_and_errors,
					  clean),
	};

	(void)clean(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
