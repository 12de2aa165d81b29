/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire fit: answers, and suggestions that are followed.
 */
#include "tool.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Ask; `needs` is a list of --need options.  The answer as JSON. */
static json_t *ask(const char *file, const char *needs, int status)
{
	struct outcome o = run("quire fit %s --json %s", file, needs);
	json_error_t error;
	json_t *json;

	if (o.status != status)
		fail_msg("quire fit %s %s: status %d, not %d: %s%s", file, needs, o.status, status,
			 o.out, o.err);
	json = json_loads(o.out, 0, &error);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "format")), "quire-fit");
	assert_int_equal(json_is_true(json_object_get(json, "fits")), status == 0);
	outcome_free(&o);
	return json;
}

/* Do what a change says, and see that it fits. */
static void follow(const char *file, json_t *change)
{
	char options[2048];
	size_t used, i;
	json_t *need;

	used = (size_t)snprintf(options, sizeof options, "--page-size %lld",
				json_integer_value(json_object_get(change, "page_size")));
	json_array_foreach(json_object_get(change, "needs"), i, need) used +=
		(size_t)snprintf(options + used, sizeof options - used, " --need %s",
				 json_string_value(json_object_get(need, "need")));
	json_decref(ask(file, options, 0));
}

/* Ask what does not fit; follow every suggestion but relinking, which is not ours to do. */
static const char *first_kind(const char *file, const char *needs)
{
	static char kind[16];
	json_t *answer = ask(file, needs, 1), *changes = json_object_get(answer, "changes"),
	       *change;
	size_t i;

	*kind = '\0';
	json_array_foreach(changes, i, change)
	{
		const char *is = json_string_value(json_object_get(change, "kind"));

		if (i == 0)
			snprintf(kind, sizeof kind, "%s", is);
		if (strcmp(is, "compact") != 0)
			follow(file, change);
	}
	json_decref(answer);
	return kind;
}

static void suggestions_hold(void **state)
{
	struct image_buffer dump = make_dump("s3.bin", "esp32s3");

	(void)state;
	image_buffer_free(&dump);
	make_app("c6.bin", "esp32c6", 65536, 200000, 100000);
	make_app("esp32.bin", "esp32", 0, 200000, 100000);
	make_app("s2.bin", "esp32s2", 0, 200000, 100000);
	make_app("p4.bin", "esp32p4", 0, 200000, 100000);
	json_decref(ask("s3.bin", "--need flash:3M@0x3D000000 --need psram:8M", 0));
	assert_string_equal(first_kind("s3.bin", "--need flash:3M@0x3C000000 --need psram:8M"),
			    "move");
	assert_string_equal(first_kind("s3.bin", "--need flash:3M@0x3D000010"), "move");
	assert_string_equal(first_kind("s3.bin", "--need flash:3M@0x43F00000:x"), "move");
	assert_string_equal(
		first_kind("s3.bin", "--need psram:16M@0x3D000000 --need psram:16M@0x3C100000"),
		"shrink");
	assert_string_equal(first_kind("s3.bin", "--need psram:40M"), "shrink");
	assert_string_equal(
		first_kind("s3.bin", "--need flash:1M@0x3D000000 --need flash:1M@0x3D000000"),
		"move");
	assert_string_equal(first_kind("s3.bin", "--need flash:5M --need psram:1M"), "shrink");
	assert_string_equal(first_kind("c6.bin", "--page-size 32K --need flash:12M"), "page-size");
	assert_string_equal(first_kind("c6.bin", "--need flash:1M --need psram:1M"), "drop");
	assert_string_equal(first_kind("c6.bin", "--need psram:1M"), "");
	assert_string_equal(first_kind("esp32.bin", "--need flash:3M:x --need flash:4M"),
			    "shrink-several");
	assert_string_equal(first_kind("s3.bin",
				       "--need psram:20M@0x3D000000 --need flash:3M@0x3D000000 "
				       "--need flash:1M"),
			    "float");
	assert_string_equal(first_kind("s2.bin", "--need psram:8M"), "shrink");
	assert_string_equal(first_kind("p4.bin", "--need psram:1M@0x44000000"), "move");
}

/* Of all addresses at which it would fit, the one suggested is the nearest. */
static void the_nearest_address_is_suggested(void **state)
{
	struct image_buffer dump = make_dump("s3.bin", "esp32s3");
	const long long wanted = 0x3C000000;
	json_t *answer = ask("s3.bin", "--need flash:3M@0x3C000000 --need psram:26M", 1);
	json_t *change = json_array_get(json_object_get(answer, "changes"), 0);
	long long found = json_integer_value(
		json_object_get(json_array_get(json_object_get(change, "needs"), 0), "address"));

	(void)state;
	image_buffer_free(&dump);
	assert_string_equal(json_string_value(json_object_get(change, "kind")), "move");
	for (long long at = wanted; at < found; at += 0x10000) {
		char needs[200];

		snprintf(needs, sizeof needs, "--need flash:3M@0x%llx --need psram:26M", at);
		json_decref(ask("s3.bin", needs, 1));
	}
	json_decref(answer);
}

static void answers_are_readable(void **state)
{
	struct image_buffer dump = make_dump("s3.bin", "esp32s3");

	(void)state;
	image_buffer_free(&dump);
	expect_golden("fit-yes.txt", "quire fit s3.bin --need flash:3M@0x3D000000 --need psram:8M");
	expect_golden("fit-no.txt",
		      "quire fit s3.bin --need flash:3M@0x3C000000 --need psram:8M@0x3D800000 "
		      "--need flash:64K:x");
	expect(64, "", NULL, "quire fit s3.bin");
	expect(64, "", NULL, "quire fit s3.bin --need rom:1M");
	expect(64, "", NULL, "quire fit --need flash:1M");
	expect(2, "", "quire fit: no.bin: No such file or directory.\n",
	       "quire fit no.bin --need flash:1M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suggestions_hold),
		cmocka_unit_test(the_nearest_address_is_suggested),
		cmocka_unit_test(answers_are_readable),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
