/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tests there are, in which order, and which of them are wanted.
 *
 * They come in the order of their names, as in Zephyr, whatever order the linker has put them in; no
 * memory is needed for that: the next one is looked for each time.
 */
#include "ztest.h"

#include <string.h>

const struct ztest_suite_node *z_ztest_next_suite(const struct ztest_suite_node *after)
{
	const struct ztest_suite_node *best = NULL;
	size_t count = Z_LIST_COUNT(quire_ztest_suites);

	for (size_t i = 0; i < count; i++) {
		const struct ztest_suite_node *suite = __start_quire_ztest_suites[i];

		if ((after == NULL || strcmp(suite->name, after->name) > 0) &&
		    (best == NULL || strcmp(suite->name, best->name) < 0))
			best = suite;
	}
	return best;
}

const struct ztest_unit_test *z_ztest_next_test(const struct ztest_suite_node *suite,
						const struct ztest_unit_test *after)
{
	const struct ztest_unit_test *best = NULL;
	size_t count = Z_LIST_COUNT(quire_ztest_tests);

	for (size_t i = 0; i < count; i++) {
		const struct ztest_unit_test *test = __start_quire_ztest_tests[i];

		if (strcmp(test->test_suite_name, suite->name) == 0 &&
		    (after == NULL || strcmp(test->name, after->name) > 0) &&
		    (best == NULL || strcmp(test->name, best->name) < 0))
			best = test;
	}
	return best;
}

/* -- names -- */

static bool suite_is_good(const struct ztest_suite_node *suite)
{
	size_t count = Z_LIST_COUNT(quire_ztest_suites);

	for (size_t i = 0; i < count; i++) {
		const struct ztest_suite_node *other = __start_quire_ztest_suites[i];

		if (other == suite)
			return true;
		if (strcmp(other->name, suite->name) == 0) {
			printk("There are two suites \"%s\", and one would never run.\n",
			       suite->name);
			return false;
		}
	}
	return true;
}

static bool has_suite(const struct ztest_unit_test *test)
{
	size_t count = Z_LIST_COUNT(quire_ztest_suites);

	for (size_t i = 0; i < count; i++)
		if (strcmp(__start_quire_ztest_suites[i]->name, test->test_suite_name) == 0)
			return true;
	printk("There is no suite for the test \"%s.%s\", which would never run.\n",
	       test->test_suite_name, test->name);
	return false;
}

static bool test_is_good(const struct ztest_unit_test *test)
{
	size_t count = Z_LIST_COUNT(quire_ztest_tests);

	for (size_t i = 0; i < count; i++) {
		const struct ztest_unit_test *other = __start_quire_ztest_tests[i];

		if (other == test)
			return has_suite(test);
		if (strcmp(other->name, test->name) == 0 &&
		    strcmp(other->test_suite_name, test->test_suite_name) == 0) {
			printk("There are two tests \"%s.%s\", and one would never run.\n",
			       test->test_suite_name, test->name);
			return false;
		}
	}
	return true;
}

bool z_ztest_names_are_good(void)
{
	size_t suites = Z_LIST_COUNT(quire_ztest_suites), tests = Z_LIST_COUNT(quire_ztest_tests);
	bool good = true;

	for (size_t i = 0; i < suites; i++)
		good = suite_is_good(__start_quire_ztest_suites[i]) && good;
	for (size_t i = 0; i < tests; i++)
		good = test_is_good(__start_quire_ztest_tests[i]) && good;
	return good;
}

/* -- arguments -- */

/* Whether `name` is the first `length` characters of a pattern, in which a star stands for anything that
   is left. */
static bool matches(const char *name, const char *pattern, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (pattern[i] == '*')
			return true;
		if (name[i] != pattern[i])
			return false;
	}
	return name[length] == '\0';
}

/* suite, suite.test, suite::test */
static bool pattern_wants(const char *pattern, const char *suite, const char *test)
{
	size_t length = strcspn(pattern, ".:");
	const char *rest = pattern + length;

	if (!matches(suite, pattern, length))
		return false;
	rest += strspn(rest, ".:");
	return test == NULL || *rest == '\0' || matches(test, rest, strlen(rest));
}

bool z_ztest_wanted(const char *suite, const char *test)
{
	struct quire_arch_arguments arguments = quire_arch_arguments();

	for (int i = 1; i < arguments.count; i++)
		if (pattern_wants(arguments.text[i], suite, test))
			return true;
	return arguments.count <= 1;
}

static bool names_something(const char *pattern)
{
	const struct ztest_suite_node *suite = z_ztest_next_suite(NULL);

	for (; suite != NULL; suite = z_ztest_next_suite(suite)) {
		const struct ztest_unit_test *test = z_ztest_next_test(suite, NULL);

		for (; test != NULL; test = z_ztest_next_test(suite, test))
			if (pattern_wants(pattern, suite->name, test->name))
				return true;
	}
	return false;
}

static void list(void)
{
	const struct ztest_suite_node *suite = z_ztest_next_suite(NULL);

	for (; suite != NULL; suite = z_ztest_next_suite(suite)) {
		const struct ztest_unit_test *test = z_ztest_next_test(suite, NULL);

		for (; test != NULL; test = z_ztest_next_test(suite, test))
			printk("%s.%s\n", suite->name, test->name);
	}
}

static bool is_list(const char *argument)
{
	return strcmp(argument, "-list") == 0 || strcmp(argument, "--list") == 0;
}

bool z_ztest_arguments(int *status)
{
	struct quire_arch_arguments arguments = quire_arch_arguments();

	if (arguments.count >= 2 && is_list(arguments.text[1])) {
		if (arguments.count == 2)
			list();
		else
			printk("%s stands alone.\n", arguments.text[1]);
		*status = arguments.count == 2 ? 0 : 2;
		return false;
	}
	for (int i = 1; i < arguments.count; i++)
		if (!names_something(arguments.text[i])) {
			printk("There is no test \"%s\"; -list says which there are.\n",
			       arguments.text[i]);
			*status = 2;
			return false;
		}
	return true;
}
