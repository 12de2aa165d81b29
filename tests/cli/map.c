/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire map: images of all chips, as text, JSON and SVG; firmware made by others.
 */
#include "tool.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_int_t integer(json_t *o, const char *key)
{
	json_t *value = json_object_get(o, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static json_t *map_json(const char *command)
{
	struct outcome o = run("%s", command);
	json_error_t error;
	json_t *json;

	assert_string_equal(o.err, "");
	assert_int_equal(o.status, 0);
	json = json_loads(o.out, 0, &error);
	assert_non_null(json);
	outcome_free(&o);
	return json;
}

/* The extents fill each window without a hole, and the entries add up. */
static void assert_complete(json_t *map)
{
	json_t *extents = json_object_get(map, "extents"),
	       *windows = json_object_get(map, "windows");
	json_int_t used = 0;
	size_t at = 0, w;
	json_t *window;

	json_array_foreach(windows, w, window)
	{
		json_int_t va = integer(window, "address"), end = va + integer(window, "size");

		while (va < end) {
			json_t *e = json_array_get(extents, at++);

			assert_non_null(e);
			assert_int_equal(integer(e, "address"), va);
			va += integer(e, "size");
			if (strcmp(json_string_value(json_object_get(e, "kind")), "mapped") == 0)
				used += integer(e, "size") / integer(window, "page_size");
		}
		assert_int_equal(va, end);
	}
	assert_int_equal(at, json_array_size(extents));
	assert_int_equal(used, integer(json_object_get(map, "entries"), "used"));
}

static void dumps_are_mapped(void **state)
{
	struct image_buffer dump = make_dump("flash.bin", "esp32s3");

	(void)state;
	image_buffer_free(&dump);
	expect_golden("map-esp32s3.txt",
		      "quire map flash.bin --at nvs=any --at 0x9000+4K=0x3D009000 --no-picture");
	expect_golden(
		"map-esp32s3-full.txt",
		"quire map flash.bin --at data=0x3D000000 --psram 2M --at 0x200000+64K=any:rx");
	make_app("app.bin", "esp32", 0, 100000, 50000);
	expect_golden("map-esp32-app.txt", "quire map app.bin --no-picture");
}

/* Every chip, every page size, as an application of its own. */
static void every_chip_is_mapped(void **state)
{
	unsigned maps = 0;

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);

		for (unsigned p = 0; p < QUIRE_CHIP_PAGE_SIZES_MAX && chip->mmu[0].page_shift[p];
		     p++) {
			uint32_t page = 1u << chip->mmu[0].page_shift[p];
			char command[200];
			json_t *map;

			make_app("app.bin", chip->name, page, 100000, 50000);
			snprintf(command, sizeof command,
				 "quire map app.bin --json --page-size %" PRIu32, page);
			map = map_json(command);
			assert_string_equal(json_string_value(json_object_get(map, "format")),
					    "quire-map");
			assert_int_equal(integer(map, "version"), 1);
			assert_string_equal(json_string_value(json_object_get(map, "chip")),
					    chip->name);
			assert_complete(map);
			assert_true(integer(json_object_get(map, "entries"), "used") >=
				    (json_int_t)(150000 / page));
			json_decref(map);
			maps++;
		}
	}
	assert_true(maps >= 30);
}

static void pictures_are_written(void **state)
{
	struct image_buffer dump = make_dump("flash.bin", "esp32s2");

	(void)state;
	image_buffer_free(&dump);
	expect(0, NULL, "", "quire map flash.bin --psram 2M --svg a.svg");
	expect(0, "", "", "quire map flash.bin --psram 2M --svg - >b.svg && cmp a.svg b.svg");
	expect(71, NULL, "quire map: no/such/dir.svg.part: No such file or directory.\n",
	       "quire map flash.bin --svg no/such/dir.svg");
	if (system("command -v xmllint >/dev/null") != 0) {
		print_message("xmllint is not installed: only our own check of SVG was made\n");
		skip();
	}
	expect(0, "", "", "xmllint --noout a.svg");
}

/* "The answer is no": a sentence, status 1. */
static void refusals_are_explained(void **state)
{
	struct image_buffer dump = make_dump("flash.bin", "esp32s3");

	(void)state;
	image_buffer_free(&dump);
	expect(1, "",
	       "quire map: data cannot be mapped at 0x3C000000-0x3C100000: text is at "
	       "0x3C000000-0x3C020000 (QUIRE_ETAKEN).\n",
	       "quire map flash.bin --at data=0x3C000000");
	expect(1, "",
	       "quire map: psram of 48M does not fit: the largest free block for it has 32576K "
	       "(QUIRE_ESPACE).\n",
	       "quire map flash.bin --psram 48M");
	expect(1, "", NULL, "quire map flash.bin --at data=0x50000000");
	expect(1, "", NULL, "quire map flash.bin --at data=0x3D000100");
	expect(2, "", "quire map: flash.bin: there is no partition 'nothing'.\n",
	       "quire map flash.bin --at nothing=any");
	expect(2, "", "quire map: '0x400000=any': the flash ends at 0x400000.\n",
	       "quire map flash.bin --at 0x400000=any");
	expect(64, "", NULL, "quire map flash.bin --at data");
	expect(64, "", NULL, "quire map flash.bin --page-size much");
	expect(64, "", NULL, "quire map");
	expect(64, "", NULL, "quire map flash.bin flash.bin");
	expect(64, "", NULL, "quire map flash.bin --chip esp8266");
}

static void firmware_of_others_is_mapped(void **state)
{
	static const struct {
		const char *file, *options;
		int used;
	} files[] = {
		{"esp32-bootloader.bin", "", 0},
		{"esp32c3-bootloader.bin", "", 0},
		{"esp32c6-bootloader.bin", "", 0},
		{"esp32p4-v0-bootloader.bin", "", 0},
		{"esp32s2-bootloader.bin", "", 0},
		{"esp32s3-bootloader.bin", "", 0},
		{"esp32p4-hello-world.elf", "", 3},
		{"esp32c61-hello-world.elf", "--chip esp32c61", 2},
	};
	const char *data = tool_data();

	(void)state;
	if (!*data) {
		print_message("there is no firmware of others: skipped\n");
		skip();
	}
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char command[2048];
		json_t *map;

		snprintf(command, sizeof command, "quire map '%s/%s' --json %s", data,
			 files[i].file, files[i].options);
		map = map_json(command);
		assert_complete(map);
		assert_true(integer(json_object_get(map, "entries"), "used") >= files[i].used);
		json_decref(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dumps_are_mapped),
		cmocka_unit_test(every_chip_is_mapped),
		cmocka_unit_test(pictures_are_written),
		cmocka_unit_test(refusals_are_explained),
		cmocka_unit_test(firmware_of_others_is_mapped),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
