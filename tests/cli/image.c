/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire image: from parts to a dump that maps, and what `show` says of each.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

static const char csv[] = "nvs, data, nvs, 0x9000, 24K\nfactory, app, factory, 64K, 1M\n";

static void a_flash_is_built_from_parts(void **state)
{
	struct image_buffer dump = make_dump("given.bin", "esp32c3");

	(void)state;
	write_file("boot.bin", dump.bytes, 0x8000);
	image_buffer_free(&dump);
	make_app("app.bin", "esp32c3", 0, 50000, 20000);
	write_file("parts.csv", csv, sizeof csv - 1);
	expect(0, "table.bin: 2 partitions\n", "", "quire image table parts.csv -o table.bin");
	expect(0, "flash.bin: 4 MiB with 3 parts\n", "",
	       "quire image flash -o flash.bin --size 4M 0x0=boot.bin 0x8000=table.bin "
	       "0x10000=app.bin");
	expect(0, NULL, "", "quire map flash.bin");
	expect(0, NULL, "", "cat flash.bin | quire map -");
	expect_golden("show-table.txt", "quire image show table.bin");
	expect_golden("show-app.txt", "quire image show app.bin");
	expect(0, NULL, "", "quire image show flash.bin | grep -q second-stage");
	expect(0, "", "",
	       "quire image flash -o - --size 4M 0x0=boot.bin 0x8000=table.bin "
	       "0x10000=app.bin | cmp - flash.bin");
}

static void wrong_parts_are_refused(void **state)
{
	static const char wrong[] = "nvs, data, nvs, 0x9000, 24K\nlogs, data, what, , 1M\n";
	struct outcome o;

	(void)state;
	write_file("a.bin", "0123456789", 10);
	write_file("wrong.csv", wrong, sizeof wrong - 1);
	o = run("quire image table wrong.csv -o never.bin");
	assert_int_equal(o.status, 2);
	assert_int_equal(strncmp(o.err, "quire image table: wrong.csv:2: ", 32), 0);
	outcome_free(&o);
	expect(2, "", NULL, "quire image flash -o never.bin --size 1M 0=a.bin 4=a.bin");
	expect(2, "", NULL, "quire image flash -o never.bin --size 1M 0xffffc=a.bin");
	expect(2, "", "quire image flash: b.bin: No such file or directory.\n",
	       "quire image flash -o never.bin --size 1M 0=b.bin");
	expect(64, "", NULL, "quire image flash -o never.bin --size 1M a.bin");
	expect(64, "", NULL, "quire image flash -o never.bin 0=a.bin");
	expect(64, "", NULL, "quire image app -o never.bin");
	expect(64, "", NULL, "quire image app a.bin");
	expect(2, "", NULL, "quire image app a.bin -o never.bin");
	expect(2, "", NULL, "quire image show a.bin");
	expect(64, "", NULL, "quire image app a.bin -o never.bin --mode warp");
	expect(64, "", NULL, "quire image app a.bin -o never.bin --speed 80");
	expect(64, "", NULL, "quire image app a.bin -o never.bin --min-revision one");
	expect(0, NULL, NULL, "test ! -e never.bin && test ! -e never.bin.part");
	expect(71, "", NULL, "quire image flash -o no/dir.bin --size 1M 0=a.bin");
}

static void elfs_of_others_become_images(void **state)
{
	static const struct {
		const char *file, *chip;
	} elfs[] = {{"esp32p4-hello-world.elf", "esp32p4"},
		    {"esp32c61-hello-world.elf", "esp32c61"}};
	const char *data = tool_data();

	(void)state;
	if (!*data) {
		print_message("there is no firmware of others: skipped\n");
		skip();
	}
	for (size_t i = 0; i < 2; i++) {
		expect(0, NULL, "",
		       "quire image app '%s/%s' --chip %s -o app.bin --mode dio --speed 1/1 "
		       "--flash-size 8M --min-revision 0.1",
		       data, elfs[i].file, elfs[i].chip);
		expect(0, NULL, "", "quire image show app.bin | grep -q 'DIO, .*8 MiB'");
		expect(0, NULL, "", "quire image show '%s/%s'", data, elfs[i].file);
		expect(0, NULL, "", "quire map app.bin | grep -q text");
	}
	expect(0, NULL, NULL, "quire image show '%s/partitions-md5.bin'", data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flash_is_built_from_parts),
		cmocka_unit_test(wrong_parts_are_refused),
		cmocka_unit_test(elfs_of_others_become_images),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
