/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire chips, and what all verbs share: help, versions, colour, usage.
 */
#include "tool.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void the_family_is_shown(void **state)
{
	(void)state;
	expect_golden("chips.txt", "quire chips");
	expect_golden("chips-esp32.txt", "quire chips esp32");
	expect_golden("chips-esp32.txt", "quire chips ESP32");
	expect(64, "", NULL, "quire chips esp33");
	expect(64, "", NULL, "quire chips esp32 esp32s2");
}

static void the_family_is_json(void **state)
{
	struct outcome o = run("quire chips --json");
	json_error_t error;
	json_t *json = json_loads(o.out, 0, &error), *chips = json_object_get(json, "chips");

	(void)state;
	assert_int_equal(o.status, 0);
	assert_string_equal(json_string_value(json_object_get(json, "format")), "quire-chips");
	assert_int_equal(json_array_size(chips), quire_chip_count());
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);
		json_t *c = json_array_get(chips, i), *w = json_object_get(c, "windows");
		struct quire_chip_layout layout;

		assert_int_equal(quire_chip_layout(chip, 0, &layout), 0);
		assert_string_equal(json_string_value(json_object_get(c, "name")), chip->name);
		assert_int_equal(json_array_size(w), layout.window_count);
		for (unsigned k = 0; k < layout.window_count; k++)
			assert_int_equal(
				json_integer_value(json_object_get(json_array_get(w, k), "size")),
				layout.window[k].size);
	}
	json_decref(json);
	outcome_free(&o);
}

static void usage_is_explained(void **state)
{
	static const char *const verbs[] = {"chips",       "map",         "fit",
					    "run",         "image app",   "demo",
					    "image table", "image flash", "image show"};
	struct outcome o;

	(void)state;
	expect(64, "", NULL, "quire");
	expect(64, "", "quire: there is no verb 'mop'; 'quire --help' lists them.\n", "quire mop");
	expect(64, "", "quire: there is no verb 'mop'; 'quire --help' lists them.\n",
	       "quire help mop");
	expect(0, "quire 0.1.0\n", "", "quire --version");
	expect(64, "", "quire image: 'x' is none of app, table, flash and show.\n",
	       "quire image x");
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		o = run("quire %s --help", verbs[i]);
		assert_int_equal(o.status, 0);
		assert_non_null(strstr(o.out, "Usage: quire "));
		outcome_free(&o);
		expect(64, "", NULL, "quire %s --no-such-option", verbs[i]);
	}
	o = run("quire help map");
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.out, "Usage: quire map"));
	outcome_free(&o);
}

static bool coloured(const char *command)
{
	struct outcome o = run("%s", command);
	bool colour = strchr(o.out, '\033') != NULL;

	assert_int_equal(o.status, 0);
	outcome_free(&o);
	return colour;
}

static void colour_is_for_terminals(void **state)
{
	const char *tool = getenv("QUIRE_TEST_TOOL");
	char command[2048];

	(void)state;
	assert_false(coloured("quire chips"));
	assert_true(coloured("quire chips --color=always"));
	assert_true(coloured("NO_COLOR=1 quire chips --colour"));
	assert_false(coloured("quire chips --color=never"));
	expect(64, "", NULL, "quire chips --color=maybe");
	if (system("command -v script >/dev/null") != 0) {
		print_message("script(1) is not installed: terminals are not tested\n");
		skip();
	}
	snprintf(command, sizeof command, "script -qec '%s chips' /dev/null </dev/null", tool);
	setenv("TERM", "xterm-256color", 1);
	assert_true(coloured(command));
	setenv("NO_COLOR", "1", 1);
	assert_false(coloured(command));
	setenv("NO_COLOR", "", 1);
	assert_true(coloured(command));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(coloured(command));
}

/* A full disk is an error, not a success with half the output. */
static void lost_output_is_noticed(void **state)
{
	(void)state;
	expect(71, "", "quire: the output could not be written: No space left on device.\n",
	       "quire chips >/dev/full");
	expect(71, "", NULL, "quire --version >/dev/full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_family_is_shown),    cmocka_unit_test(the_family_is_json),
		cmocka_unit_test(usage_is_explained),     cmocka_unit_test(colour_is_for_terminals),
		cmocka_unit_test(lost_output_is_noticed),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
