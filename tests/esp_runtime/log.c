/* SPDX-License-Identifier: Apache-2.0 */
/* What is logged, to whom and in which form; names of results; and what stands around them. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "esp_check.h"
#include "esp_flash_err.h"
#include "esp_idf_version.h"
#include "esp_log.h"
#include "esp_random.h"
#include "esp_rom_sys.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

static char said[4096];
static size_t length;

static int listen_to(const char *format, va_list arguments)
{
	int more = vsnprintf(said + length, sizeof(said) - length, format, arguments);

	length += (size_t)more;
	return more;
}

static int begin(void **state)
{
	(void)state;
	length = 0;
	said[0] = '\0';
	esp_log_level_set("*", ESP_LOG_INFO);
	(void)esp_log_set_vprintf(listen_to);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return esp_log_set_vprintf(NULL) == listen_to ? 0 : -1;
}

static void test_a_line_has_letter_time_tag_and_text(void **state)
{
	uint32_t time, before = esp_log_timestamp();
	char letter, tag[16], text[32];

	(void)state;
	ESP_LOGW("tag", "%d and %s", 5, "six");
	assert_int_equal(
		sscanf(said, "%c (%" SCNu32 ") %15[^:]: %31[^\n]", &letter, &time, tag, text), 4);
	assert_int_equal(letter, 'W');
	assert_true(time >= before);
	assert_true(time <= esp_log_timestamp());
	assert_string_equal(tag, "tag");
	assert_string_equal(text, "5 and six");
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void all_levels(const char *tag)
{
	ESP_LOGE(tag, "e");
	ESP_LOGW(tag, "w");
	ESP_LOGI(tag, "i");
	ESP_LOGD(tag, "d");
	ESP_LOGV(tag, "v");
}

/* The letters of what was said. */
static void expect(const char *letters)
{
	size_t at = 0;

	for (const char *line = said; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_int_equal(*line, letters[at++]);
	assert_int_equal(at, strlen(letters));
	length = 0;
	said[0] = '\0';
}

static void test_levels_are_those_of_the_tag_or_of_all(void **state)
{
	(void)state;
	all_levels("a");
	expect("EWI");
	esp_log_level_set("a", ESP_LOG_VERBOSE);
	all_levels("a");
	all_levels("b");
	expect("EWIDVEWI");
	esp_log_level_set("a", ESP_LOG_NONE);
	all_levels("a");
	expect("");
	assert_int_equal(esp_log_level_get("a"), ESP_LOG_NONE);
	assert_int_equal(esp_log_level_get("b"), ESP_LOG_INFO);
	esp_log_level_set("*", ESP_LOG_ERROR);
	all_levels("a");
	expect("E");
	assert_int_equal(esp_log_level_get("*"), ESP_LOG_ERROR);
	assert_int_equal(esp_log_level_get(NULL), ESP_LOG_ERROR);
	esp_log_level_set("*", (esp_log_level_t)6);
	esp_log_level_set(NULL, ESP_LOG_INFO);
	all_levels("a");
	expect("E");
}

static void test_early_and_dram_are_the_same(void **state)
{
	(void)state;
	ESP_EARLY_LOGE("t", "1");
	ESP_DRAM_LOGW("t", "2");
	ESP_EARLY_LOGD("t", "3");
	ESP_LOG_LEVEL(ESP_LOG_INFO, "t", "4 %d", 4);
	ESP_LOG_LEVEL_LOCAL(ESP_LOG_DEBUG, "t", "5");
	expect("EWI");
	esp_log_write(ESP_LOG_INFO, "t", "plain %d\n", 1);
	esp_log_write(ESP_LOG_DEBUG, "t", "hidden\n");
	assert_string_equal(said, "plain 1\n");
}

static void test_long_lines_are_whole(void **state)
{
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ESP_LOGI("long", "%s", text);
	assert_non_null(strstr(said, text));
	assert_int_equal(said[length - 1], '\n');
}

static void test_bytes_are_shown_sixteen_a_line(void **state)
{
	uint8_t bytes[20];
	char address[32];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)('A' + i);
	ESP_LOG_BUFFER_HEX("t", bytes, sizeof(bytes));
	assert_non_null(strstr(said, "t: 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50\n"));
	assert_non_null(strstr(said, "t: 51 52 53 54\n"));
	ESP_LOG_BUFFER_CHAR("t", bytes, sizeof(bytes));
	assert_non_null(strstr(said, "t: ABCDEFGHIJKLMNOP\n"));
	assert_non_null(strstr(said, "t: QRST\n"));
	ESP_LOG_BUFFER_HEXDUMP("t", bytes, sizeof(bytes), ESP_LOG_WARN);
	snprintf(address, sizeof(address), "t: %p ", (void *)(bytes + 16));
	assert_non_null(strstr(said, address));
	assert_non_null(strstr(said, "|ABCDEFGHIJKLMNOP|\n"));
	length = 0;
	said[0] = '\0';
	ESP_LOG_BUFFER_HEX_LEVEL("t", bytes, 1, ESP_LOG_DEBUG);
	ESP_LOG_BUFFER_HEX("t", bytes, 0);
	assert_string_equal(said, "");
}

/* -- QUIRE_LOG, in a child: it is read once -- */

static void test_the_environment_says_how_it_begins(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		setenv("QUIRE_LOG", "debug", 1);
		execl("/proc/self/exe", "log", "level", (char *)NULL);
		_exit(100);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ESP_LOG_DEBUG);
}

/* -- esp_check.h -- */

static esp_err_t fails(esp_err_t with)
{
	esp_err_t ret = ESP_OK;

	ESP_RETURN_ON_ERROR(with == ESP_FAIL ? with : ESP_OK, "c", "first");
	ESP_RETURN_ON_FALSE(with != ESP_ERR_NO_MEM, ESP_ERR_NO_MEM, "c", "second %d", 2);
	ESP_GOTO_ON_ERROR(with == ESP_ERR_TIMEOUT ? with : ESP_OK, out, "c", "third");
	ESP_GOTO_ON_FALSE(with != ESP_ERR_INVALID_ARG, with, out, "c", "fourth");
	return 12345;
out:
	return ret;
}

static void test_checks_leave_with_the_error_and_a_line(void **state)
{
	(void)state;
	assert_int_equal(fails(ESP_OK), 12345);
	assert_string_equal(said, "");
	assert_int_equal(fails(ESP_FAIL), ESP_FAIL);
	assert_int_equal(fails(ESP_ERR_NO_MEM), ESP_ERR_NO_MEM);
	assert_int_equal(fails(ESP_ERR_TIMEOUT), ESP_ERR_TIMEOUT);
	assert_int_equal(fails(ESP_ERR_INVALID_ARG), ESP_ERR_INVALID_ARG);
	assert_non_null(strstr(said, "fails("));
	assert_non_null(strstr(said, "second 2\n"));
	expect("EEEE");
}

static void test_an_error_check_aborts_and_says_where(void **state)
{
	char text[512] = "";
	int ends[2], status;
	ssize_t got;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		if (ESP_ERROR_CHECK_WITHOUT_ABORT(ESP_ERR_NOT_FOUND) == ESP_ERR_NOT_FOUND)
			ESP_ERROR_CHECK(ESP_ERR_NO_MEM);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	got = read(ends[0], text, sizeof(text) - 1);
	assert_true(got > 0);
	close(ends[0]);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(text, "ESP_ERR_NOT_FOUND"));
	assert_non_null(strstr(text, "ESP_ERR_NO_MEM"));
	assert_non_null(strstr(text, "log.c"));
}

/* -- esp_err.h -- */

static void test_results_have_names(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(esp_err_to_name(ESP_OK), "ESP_OK");
	assert_string_equal(esp_err_to_name(ESP_FAIL), "ESP_FAIL");
	assert_string_equal(esp_err_to_name(0x10d), "ESP_ERR_NOT_ALLOWED");
	assert_string_equal(esp_err_to_name(ESP_ERR_FLASH_OP_FAIL), "ESP_ERR_FLASH_OP_FAIL");
	assert_string_equal(esp_err_to_name(0x6002), "ESP_ERR_FLASH_OP_TIMEOUT");
	assert_string_equal(esp_err_to_name(77777), "UNKNOWN ERROR");
	assert_string_equal(esp_err_to_name_r(ESP_ERR_TIMEOUT, text, sizeof(text)),
			    "ESP_ERR_TIMEOUT");
	assert_string_equal(esp_err_to_name_r(ESP_ERR_TIMEOUT, text, 8), "ESP_ERR");
	assert_non_null(strstr(esp_err_to_name_r(77777, text, sizeof(text)), "0x12fd1"));
	assert_null(esp_err_to_name_r(ESP_OK, NULL, 0));
}

/* -- the rest -- */

static unsigned called;

static void first(void)
{
	called = called * 10 + 1;
}

static void second(void)
{
	called = called * 10 + 2;
}

static void say_order(void)
{
	char digit = (char)('0' + called % 10);

	if (write(STDERR_FILENO, &digit, 1) != 1)
		_exit(1);
}

static void test_shutdown_handlers_run_backwards(void **state)
{
	char text[8] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(esp_unregister_shutdown_handler(first), ESP_ERR_INVALID_STATE);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		(void)esp_register_shutdown_handler(say_order);
		(void)esp_register_shutdown_handler(first);
		if (esp_register_shutdown_handler(first) != ESP_ERR_INVALID_STATE)
			_exit(1);
		(void)esp_register_shutdown_handler(second);
		(void)esp_unregister_shutdown_handler(second);
		esp_restart();
	}
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(read(ends[0], text, sizeof(text)), 1);
	close(ends[0]);
	assert_int_equal(text[0], '1');
	assert_int_equal(WEXITSTATUS(status), 98);
	assert_int_equal(esp_reset_reason(), ESP_RST_POWERON);
}

static void test_time_and_chance(void **state)
{
	int64_t before = esp_timer_get_time();
	uint8_t bytes[64] = {0};
	unsigned zeros = 0;

	(void)state;
	esp_rom_delay_us(3000);
	assert_true(esp_timer_get_time() - before >= 3000);
	assert_int_equal(strlen(esp_log_system_timestamp()), 12);
	esp_fill_random(bytes, sizeof(bytes));
	for (unsigned i = 0; i < sizeof(bytes); i++)
		zeros += bytes[i] == 0;
	assert_true(zeros < 16);
	assert_false(esp_random() == esp_random() && esp_random() == esp_random());
	assert_true(ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(6, 1, 0));
	assert_non_null(strstr(esp_get_idf_version(), "v6.1"));
}

/* -- threads -- */

static void talk(void *argument)
{
	for (unsigned i = 0; i < 200; i++) {
		ESP_LOGI(argument, "%u", i);
		ESP_LOGD(argument, "%u", i);
		esp_log_level_set(argument, i % 2 ? ESP_LOG_INFO : ESP_LOG_DEBUG);
	}
	vTaskDelete(NULL);
}

static unsigned lines_seen, broken;

static int count_lines(const char *format, va_list arguments)
{
	char line[128];
	int size = vsnprintf(line, sizeof(line), format, arguments);

	__atomic_add_fetch(&lines_seen, 1, __ATOMIC_RELAXED);
	if (line[size - 1] != '\n' || strchr(line, '\n') != line + size - 1)
		__atomic_add_fetch(&broken, 1, __ATOMIC_RELAXED);
	return size;
}

static void test_four_tasks_talk_in_whole_lines(void **state)
{
	static char names[4][8] = {"one", "two", "three", "four"};

	(void)state;
	(void)esp_log_set_vprintf(count_lines);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(xTaskCreate(talk, names[i], 2048, names[i], 1, NULL), pdPASS);
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	(void)esp_log_set_vprintf(listen_to);
	assert_true(lines_seen >= 4 * 200);
	assert_true(lines_seen <= 4 * 400);
	assert_int_equal(broken, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_line_has_letter_time_tag_and_text),
		TEST(test_levels_are_those_of_the_tag_or_of_all),
		TEST(test_early_and_dram_are_the_same),
		TEST(test_long_lines_are_whole),
		TEST(test_bytes_are_shown_sixteen_a_line),
		TEST(test_the_environment_says_how_it_begins),
		TEST(test_checks_leave_with_the_error_and_a_line),
		TEST(test_an_error_check_aborts_and_says_where),
		TEST(test_results_have_names),
		TEST(test_shutdown_handlers_run_backwards),
		TEST(test_time_and_chance),
		TEST(test_four_tasks_talk_in_whole_lines),
	};

	if (argc == 2 && strcmp(argv[1], "level") == 0)
		return (int)esp_log_level_get(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
