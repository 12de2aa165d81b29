/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script parser, a line at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/error.h"
#include "quire/types.h"
#include "script.h"

static int parse(const char *line, struct script_command *c, struct sentence *why)
{
	return script_parse(line, line + strlen(line), c, why);
}

static void empty_lines_are_nothing(void **state)
{
	static const char *const lines[] = {"", "   ", "# words", "  # map", "\t\r"};
	struct script_command c;
	struct sentence why;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		assert_int_equal(parse(lines[i], &c, &why), CLI_OK);
		assert_int_equal(c.verb, SCRIPT_NOTHING);
	}
}

static void verbs_are_read(void **state)
{
	struct script_command c;
	struct sentence why;

	(void)state;
	assert_int_equal(parse("chip esp32s3 flash 16M psram 8M page 64K", &c, &why), CLI_OK);
	assert_true(c.verb == SCRIPT_CHIP && c.flash == 16u << 20 && c.psram == 8u << 20);
	assert_string_equal(c.word, "esp32s3");
	assert_int_equal(
		parse("map assets flash+0x110000 1M rx at 0x3D000000 align 64K shared wx # x", &c,
		      &why),
		CLI_OK);
	assert_true(c.verb == SCRIPT_MAP && c.where.kind == SCRIPT_PHYSICAL);
	assert_true(c.where.offset == 0x110000 && c.size == 1u << 20 && c.shared && c.wx);
	assert_true(c.other.kind == SCRIPT_ADDRESS && c.other.offset == 0x3D000000);
	assert_int_equal(c.attr, QUIRE_READ | QUIRE_EXEC);
	assert_int_equal(parse("expect QUIRE_ESPACE move assets+64K to heap", &c, &why), CLI_OK);
	assert_true(c.expects && c.expected == QUIRE_ESPACE && c.verb == SCRIPT_MOVE);
	assert_true(c.where.kind == SCRIPT_NAMED && c.where.offset == 65536);
	assert_int_equal(parse("expect QUIRE_ENCLOSED check", &c, &why), CLI_OK);
	assert_int_equal(c.expected, QUIRE_ENCLOSED);
	assert_int_equal(parse("write heap \"a\\x41\\\"\\n\" 00 fF \"\"", &c, &why), CLI_OK);
	assert_int_equal(c.byte_count, 6);
	assert_memory_equal(c.bytes, "aA\"\n\0\xff", 6);
	assert_int_equal(parse("compare psram+4 64K with heap", &c, &why), CLI_OK);
	assert_int_equal(c.with, SCRIPT_WITH_LOCATION);
	assert_int_equal(parse("fill 0x3C000000 64K with byte 0x5a", &c, &why), CLI_OK);
	assert_true(c.with == SCRIPT_WITH_BYTE && c.seed == 0x5a);
	assert_int_equal(parse("protect heap 64K none", &c, &why), CLI_OK);
	assert_int_equal(c.attr, 0);
	assert_int_equal(parse("compact heap keep a keep b", &c, &why), CLI_OK);
	assert_int_equal(c.keeps, 2);
}

/* Each wrong line has its sentence. */
static void wrong_lines_are_named(void **state)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{"bogus", "there is no verb 'bogus'"},
		{"map", "a name for it is missing after 'map'"},
		{"map 1x flash 1M r",
		 "'1x' is not a name: a letter, then letters, digits, '_', '-' or "
		 "'.', fewer than 32, and not a memory"},
		{"map flash flash 1M r",
		 "'flash' is not a name: a letter, then letters, digits, '_', "
		 "'-' or '.', fewer than 32, and not a memory"},
		{"map a heap 1M r", "'heap' is not a place in a memory such as flash+0x10000"},
		{"map a flash many r", "'many' is not a number such as 64K or 0x10000"},
		{"map a flash 1M q", "'q' is not an access: some of r, w and x, or none"},
		{"map a flash 1M r at flash", "'flash' is not an address or the name of a mapping"},
		{"map a flash 1M r with x", "'map' does not take 'with'"},
		{"map a flash 1M r at", "something is missing after 'at'"},
		{"map a flash+x 1M r", "'x' is not an offset"},
		{"unmap 0xffffffffffffffff+1", "'0xffffffffffffffff+1' is beyond all addresses"},
		{"reserve a rom 1M", "'rom' is not a memory: flash or psram"},
		{"expect", "the name of a result is missing after 'expect'"},
		{"expect NO check", "'NO' is not a result such as QUIRE_ESPACE"},
		{"expect QUIRE_ESPACE", "a verb is missing after 'expect'"},
		{"fill a 64K", "'fill' needs 'with' and what"},
		{"fill a 64K with byte 256", "after 'byte' comes a number of at most 255"},
		{"fill a 64K with seed", "after 'seed' comes a number of at most 32 bits"},
		{"write a 0g", "'0g' is not a byte of two hexadecimal digits"},
		{"write a 123", "'123' is not a byte of two hexadecimal digits"},
		{"write a \"x", "the text that begins with a quotation mark has no end"},
		{"write a \"\\q\"", "after a backslash comes one of n, t, \\, \" and xHH"},
		{"query a is odd", "'odd' is none of free, reserved and mapped"},
		{"translate a is 0x100",
		 "'0x100' is not a place in a memory such as flash+0x10000"},
		{"check now", "'check' does not take 'now'"},
	};
	struct script_command c;
	struct sentence why;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(parse(wrong[i].line, &c, &why), CLI_BAD);
		assert_string_equal(why.text, wrong[i].says);
	}
}

/* Lines of any length and with any bytes are refused or read, never read past. */
static void long_lines_are_refused(void **state)
{
	static char line[5000];
	struct script_command c;
	struct sentence why;

	(void)state;
	memset(line, 'a', sizeof line);
	assert_int_equal(script_parse(line, line + sizeof line, &c, &why), CLI_BAD);
	assert_string_equal(why.text, "the line is longer than 2007 characters");
	assert_int_equal(script_parse(line, line + 1500, &c, &why), CLI_BAD);
	for (size_t i = 0; i < 200; i += 2)
		memcpy(line + i, "a ", 2);
	assert_int_equal(script_parse(line, line + 200, &c, &why), CLI_BAD);
	assert_string_equal(why.text, "more than 40 words in a line");
	memcpy(line, "check\0", 6);
	assert_int_equal(script_parse(line, line + 6, &c, &why), CLI_BAD);
	assert_string_equal(why.text, "the line has a zero byte in it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_lines_are_nothing),
		cmocka_unit_test(verbs_are_read),
		cmocka_unit_test(wrong_lines_are_named),
		cmocka_unit_test(long_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
