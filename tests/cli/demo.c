/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire demo, the main job: what it prints, what it leaves behind, and that it can fail.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void it_ends_with_good(void **state)
{
	struct outcome o = run("quire demo");

	(void)state;
	assert_int_equal(o.status, 0);
	assert_string_equal(o.err, "");
	assert_string_equal(o.out + strlen(o.out) - 6, "\ngood\n");
	assert_null(strchr(o.out, '\033'));
	assert_non_null(strstr(o.out, "  0x3D000000  aaaaaaaa"));
	outcome_free(&o);
	expect(0, NULL, "", "quire demo --color=always | tail -1 | grep -q good");
}

static void the_temporary_file_is_gone(void **state)
{
	(void)state;
	expect(0, "0\n", "", "mkdir t; TMPDIR=$PWD/t quire demo >/dev/null; ls t | wc -l");
	expect(1, "\nBAD\n", NULL, "TMPDIR=/no/such quire demo");
}

/* The kept image is a firmware like any other. */
static void the_image_is_a_firmware(void **state)
{
	(void)state;
	expect(0, NULL, "", "quire demo --keep demo.bin");
	expect(0, "16777216\n", "", "stat -c %%s demo.bin");
	expect(0, NULL, "", "quire map demo.bin --psram 8M --at assets=0x3D000000");
	expect(0, NULL, "", "quire demo --keep again.bin && cmp demo.bin again.bin");
}

static void it_can_be_bad(void **state)
{
	struct outcome o = run("quire demo --at 0x3C000000");

	(void)state;
	assert_int_equal(o.status, 1);
	assert_string_equal(o.out + strlen(o.out) - 5, "\nBAD\n");
	assert_non_null(strstr(o.err, "text is at 0x3C000000-0x3C160000 (QUIRE_ETAKEN)"));
	outcome_free(&o);
	expect(64, "", NULL, "quire demo --at here");
	expect(64, "", NULL, "quire demo something");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_with_good),
		cmocka_unit_test(the_temporary_file_is_gone),
		cmocka_unit_test(the_image_is_a_firmware),
		cmocka_unit_test(it_can_be_bad),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
