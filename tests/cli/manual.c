/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual: a page a verb, each without a warning from groff, and each option of a verb in its
 * page.
 */
#include "tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *page, *verb;
} pages[] = {
	{"quire", NULL},
	{"quire-chips", "chips"},
	{"quire-map", "map"},
	{"quire-fit", "fit"},
	{"quire-run", "run"},
	{"quire-image", "image app"},
	{"quire-image", "image table"},
	{"quire-image", "image flash"},
	{"quire-image", "image show"},
	{"quire-demo", "demo"},
};

static void pages_are_clean(void **state)
{
	const char *source = getenv("QUIRE_TEST_SOURCE");

	(void)state;
	if (system("command -v groff >/dev/null") != 0) {
		print_message("groff is not installed: the manual is not tested\n");
		skip();
	}
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		expect(0, "", "", "groff -man -Tutf8 -ww -z '%s/docs/man/%s.1'", source,
		       pages[i].page);
}

/* The long options that --help shows must all be in the page, hyphens escaped as roff wants. */
static void every_option_is_described(void **state)
{
	const char *source = getenv("QUIRE_TEST_SOURCE");
	unsigned options = 0;

	(void)state;
	for (size_t i = 1; i < sizeof pages / sizeof pages[0]; i++) {
		struct outcome help = run("quire %s --help", pages[i].verb);
		struct outcome page =
			run("sed 's/\\\\-/-/g' '%s/docs/man/%s.1'", source, pages[i].page);

		for (const char *s = help.out; (s = strstr(s, " --")); s++) {
			char option[64];
			size_t n = 3;

			while (isalnum((unsigned char)s[n]) || s[n] == '-')
				n++;
			snprintf(option, sizeof option, "%.*s", (int)(n - 1), s + 1);
			if (!strstr(page.out, option))
				fail_msg("%s.1 does not know %s of 'quire %s'", pages[i].page,
					 option, pages[i].verb);
			options++;
		}
		outcome_free(&help);
		outcome_free(&page);
	}
	assert_true(options > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_clean),
		cmocka_unit_test(every_option_is_described),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
