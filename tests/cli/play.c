/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire run: what scripts do, and how they fail.
 */
#include "tool.h"

#include <string.h>

static void play(int status, const char *out, const char *err, const char *script)
{
	write_file("s.quire", script, strlen(script));
	expect(status, out, err, "quire run s.quire");
}

static void verbs_reach_the_bytes(void **state)
{
	(void)state;
	play(0,
	     "0x3D000000  01 02 03 61 62 63 00 00                           ...abc..\n"
	     "0x3D000004 is psram+0x4\n"
	     "psram+0x0 is at 0x3D000000\n"
	     "0x3D000000 is mapped: 0x3D000000-0x3D010000 rw-, 1 holder, heap\n"
	     "said\n"
	     "10 verbs played.\n",
	     "",
	     "chip esp32s3 psram 8M\n"
	     "map heap psram 64K rw at 0x3D000000\n"
	     "map big psram+64K 4032K rw at 0x3D010000\n"
	     "unmap big # a remark\n"
	     "write heap 01 02 03 \"abc\"\n"
	     "read heap 8\n"
	     "translate heap+4\n"
	     "aliases psram\n"
	     "query heap\n"
	     "echo said\n");
}

static void failures_name_the_line(void **state)
{
	static const char head[] = "chip esp32s3 psram 8M\nmap a psram 64K rw at 0x3C000000\n";
	static const struct {
		const char *line, *says;
		int status;
	} failures[] = {
		{"unmap 0x3D000000",
		 "unmap gave QUIRE_EUNMAPPED: nothing is mapped or reserved there", 1},
		{"expect QUIRE_ETAKEN unmap 0x3D000000",
		 "unmap gave QUIRE_EUNMAPPED, not QUIRE_ETAKEN", 1},
		{"expect QUIRE_ESPACE check", "check gave QUIRE_OK, not QUIRE_ESPACE", 1},
		{"translate a is psram+4", "0x3C000000 is psram+0x0, not psram+0x4", 1},
		{"query a is free", "0x3C000000 is mapped, not free", 1},
		{"aliases psram is 2", "psram+0x0 has 1 addresses, not 2", 1},
		{"largest psram rw is 8M", "the largest free block has 32704K, not 8M", 1},
		{"compare a 64K with byte 1", "the byte at 0x3C000000 is 0x00, not 0x01", 1},
		{"read 0x3D000000 4", NULL, 1},
		{"read 0x1000 4", NULL, 1},
		{"unmap b", "nothing is called 'b'", 2},
		{"chip esp32s9", "there is no chip called 'esp32s9'", 2},
		{"chip esp32c3 psram 8M", "ESP32-C3 has no PSRAM", 2},
		{"chip esp32c3 page 32K", "ESP32-C3 has no pages of 32K", 2},
		{"boot no.bin", "no.bin: No such file or directory", 2},
		{"expect QUIRE_EZERO chip esp32", "'expect' is for verbs on a chip, not for 'chip'",
		 2},
		{"word", "there is no verb 'word'", 2},
	};
	char script[400], sentence[400];

	(void)state;
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		snprintf(script, sizeof script, "%s%s\n", head, failures[i].line);
		snprintf(sentence, sizeof sentence, "quire run: s.quire:3: %s.\n",
			 failures[i].says ? failures[i].says : "");
		play(failures[i].status, NULL, failures[i].says ? sentence : NULL, script);
	}
	play(2, "", "quire run: s.quire:1: there is no chip yet: begin with 'chip' or 'boot'.\n",
	     "check");
	expect(2, "", "quire run: none.quire: No such file or directory.\n",
	       "quire run none.quire");
	expect(64, "", NULL, "quire run");
}

static void firmware_is_booted(void **state)
{
	struct image_buffer dump = make_dump("flash.bin", "esp32s3");

	(void)state;
	image_buffer_free(&dump);
	play(0, NULL, "",
	     "boot flash.bin psram 2M\n"
	     "query text is mapped\n"
	     "compare rodata 64K with flash+0x10000\n"
	     "map data flash+0x200000 1M r\n"
	     "compare data 1M with byte 0xff\n"
	     "expect QUIRE_EUNMAPPED write data 00\n"
	     "expect QUIRE_ENCLOSED map again flash+0x210000 64K r\n"
	     "expect QUIRE_EREFERENCED move data\n"
	     "unmap data\n"
	     "move data\n"
	     "check\n");
	expect(0, "", "", "quire run --quiet - <s.quire");
	expect(0, NULL, "", "quire run --verbose s.quire | grep -q '^map: QUIRE_ENCLOSED$'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_reach_the_bytes),
		cmocka_unit_test(failures_name_the_line),
		cmocka_unit_test(firmware_is_booted),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
