/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images: segments, their bounds, their windows and the MMU entries they want.
 */
#include "toolkit.h"

#include <stdio.h>
#include <string.h>

static struct made made;

static bool read_with(const struct image_app_options *options, struct image_app *app,
		      struct heard *heard)
{
	struct image_view view = view_of(&made, made.size);
	bool done;

	heard_begin(heard);
	done = image_app_read(&view, options, app, &heard->report);
	view_free(&view);
	return done;
}

static void refused(const char *sentence)
{
	struct image_app app;
	struct heard heard;

	assert_false(read_with(NULL, &app, &heard));
	says(&heard, sentence);
}

static struct image_app reads(struct heard *heard)
{
	struct image_app app;

	if (!read_with(NULL, &app, heard))
		fail_msg("%s", heard->report.error.text);
	return app;
}

/* A fresh small image with one word changed and the seals right. */
static void small_with(size_t at, uint32_t word)
{
	app_small(&made);
	put32(made.bytes + at, word);
}

static void past_the_end(void **state)
{
	(void)state;
	small_with(SMALL_SEGMENT_1 + 4, 0x4400);
	refused("segment 1: length 0x4400 at offset 0x134 runs past the end of the file (0x180 "
		"bytes)");
	small_with(SMALL_SEGMENT_1 + 4, 0xfffffffc);
	refused("segment 1: length 0xfffffffc at offset 0x134 runs past the end of the file (0x180 "
		"bytes)");
	app_small(&made);
	made.size = SMALL_SEGMENT_1 + 7;
	refused("segment 1: its header at offset 0x130 runs past the end of the file (0x137 "
		"bytes)");
}

static void length_not_whole_words(void **state)
{
	(void)state;
	small_with(SMALL_SEGMENT_0 + 4, 0x111);
	refused("segment 0: length 0x111 at offset 0x1c, expected a multiple of 4");
}

static void too_long_for_the_loader(void **state)
{
	static uint8_t large[0x1000100];
	struct image_view view = image_view_of_file(large, sizeof large);
	struct image_app app;
	struct heard heard;

	(void)state;
	app_small(&made);
	memcpy(large, made.bytes, 0x20);
	put32(large + SMALL_SEGMENT_0 + 4, 0x1000000);
	heard_begin(&heard);
	assert_false(image_app_read(&view, NULL, &app, &heard.report));
	says(&heard,
	     "segment 0: length 0x1000000 at offset 0x1c, expected less than 0x1000000, the "
	     "most that the loader takes");
}

static void around_the_address_space(void **state)
{
	(void)state;
	small_with(SMALL_SEGMENT_1, 0xfffffff0);
	refused("segment 1: load address 0xfffffff0 at offset 0x130, and 0x20 bytes from there run "
		"past the end of the address space");
}

static void misplaced_modulo_the_page(void **state)
{
	(void)state;
	small_with(SMALL_SEGMENT_0, 0x3c000024);
	app_reseal(&made);
	refused("segment 0: load address 0x3c000024 at offset 0x18, expected one that is 0x20 "
		"modulo the page (0x10000) as its data's offset 0x20");
}

/* The same, where the image stands at an odd place of a larger file. */
static void misplaced_by_the_file(void **state)
{
	struct image_view view;
	struct image_app app;
	struct heard heard;

	(void)state;
	app_small(&made);
	view = view_of(&made, made.size);
	view.base = 0x11000;
	heard_begin(&heard);
	assert_false(image_app_read(&view, NULL, &app, &heard.report));
	says(&heard, "segment 0: load address 0x3c000020 at offset 0x11018, expected one that is "
		     "0x1020 modulo the page (0x10000) as its data's offset 0x11020");
	view_free(&view);
}

static void past_what_entries_can_name(void **state)
{
	struct image_view view;
	struct image_app app;
	struct heard heard;

	(void)state;
	app_begin(&made, 5, 0x3c000020); /* C3: 256 pages of 64 KiB */
	app_segment(&made, 0x3c000020, 0x20);
	app_seal(&made);
	view = view_of(&made, made.size);
	view.base = 0x1000000;
	heard_begin(&heard);
	assert_false(image_app_read(&view, NULL, &app, &heard.report));
	says(&heard,
	     "segment 0: its data, 0x1000020 to 0x1000040, are behind the 0x1000000 bytes of "
	     "flash that esp32c3 can map");
	view.base = 0xff0000;
	assert_true(image_app_read(&view, NULL, &app, &heard.report));
	view_free(&view);
}

static void past_its_window(void **state)
{
	struct quire_chip_layout layout;
	char sentence[160];

	(void)state;
	assert_int_equal(quire_chip_layout(quire_chip_by_name("esp32s3"), 0, &layout), 0);
	app_begin(&made, 9, 0x40378000);
	app_segment(&made, 0x40378000, 0xffc8);
	app_segment(&made, 0x3dfffff0, 0x20);
	app_seal(&made);
	snprintf(sentence, sizeof sentence,
		 "segment 1: length 0x20 at offset 0xffec runs past the end of window %s (0x10 "
		 "bytes "
		 "behind address 0x3dfffff0)",
		 layout.window[0].name);
	refused(sentence);
}

/* Code and data sides of one window share their entries. */
static void two_want_one_entry(void **state)
{
	(void)state;
	app_begin(&made, 9, 0x42000024);
	app_segment(&made, 0x3c000020, 0x20);
	app_segment(&made, 0x40378000, 0x10020 - 0x40 - 16);
	app_segment(&made, 0x42000020, 0x20);
	app_seal(&made);
	refused("segment 2: load address 0x42000020 at offset 0x10018 needs MMU entry 0 for flash "
		"page 0x10000, and segment 0 needs it for 0x0");
}

/* Two segments in one page of flash may show through one entry. */
static void two_share_one_entry(void **state)
{
	struct image_app app;
	struct heard heard;

	(void)state;
	app_begin(&made, 9, 0x42000048);
	app_segment(&made, 0x3c000020, 0x20);
	app_segment(&made, 0x42000048, 0x20);
	app_seal(&made);
	app = reads(&heard);
	assert_int_equal(heard.report.warnings, 0);
	assert_int_equal(app.segment[0].use, IMAGE_USE_DATA);
	assert_int_equal(app.segment[1].use, IMAGE_USE_CODE);
}

static void more_than_the_loader_maps(void **state)
{
	struct heard heard;

	(void)state;
	app_begin(&made, 9, 0x3c000020);
	app_segment(&made, 0x3c000020, 0x20);
	app_segment(&made, 0x3c000048, 0x20);
	app_seal(&made);
	reads(&heard);
	assert_int_equal(heard.report.warnings, 1);
	warns(&heard, "segments: 2 are mapped as data, and the loader maps 1");
	app_begin(&made, 13, 0x42000020); /* C6: one bus */
	app_segment(&made, 0x42000020, 0x20);
	app_segment(&made, 0x42000048, 0x20);
	app_segment(&made, 0x42000070, 0x20);
	app_seal(&made);
	reads(&heard);
	assert_int_equal(heard.report.warnings, 1);
	warns(&heard, "segments: 3 are mapped, and the loader maps 2");
}

static void padding(void **state)
{
	struct image_app app;
	struct heard heard;

	(void)state;
	app_begin(&made, 9, 0x40378000);
	app_segment(&made, 0, 0x20);
	app_segment(&made, 0x3c000000, 0);
	app_segment(&made, 0x40378000, 0x20);
	app_seal(&made);
	app = reads(&heard);
	assert_int_equal(app.segment[0].kind, IMAGE_SEGMENT_PADDING);
	assert_int_equal(app.segment[1].kind, IMAGE_SEGMENT_PADDING);
	assert_int_equal(app.segment[2].kind, IMAGE_SEGMENT_LOADED);
	assert_int_equal(heard.report.warnings, 0);
}

static void page_sizes(void **state)
{
	struct image_app_options options = {.page_size = 0x8000};
	struct image_app app;
	struct heard heard;

	(void)state;
	app_begin(&made, 12, 0x3c000020); /* C2: 16, 32, 64 KiB */
	app_describe(app_segment(&made, 0x3c000020, 0x110), 14);
	app_seal(&made);
	assert_int_equal(reads(&heard).page_size, 0x4000);
	assert_true(read_with(&options, &app, &heard));
	assert_int_equal(app.page_size, 0x8000);
	options.page_size = 0x2000;
	assert_false(read_with(&options, &app, &heard));
	says(&heard, "page size: 0x2000 is none of esp32c2's");
	made.bytes[0x20 + 180] = 13;
	app_reseal(&made);
	refused("description: MMU page of 2^13 bytes at offset 0xd4 is none of esp32c2's");
	made.bytes[0x20 + 180] = 200;
	app_reseal(&made);
	refused("description: MMU page of 2^200 bytes at offset 0xd4 is none of esp32c2's");
}

static void what_is_mapped(void **state)
{
	struct image_mapping map;
	struct image_app app;
	struct heard heard;

	(void)state;
	app_begin(&made, 9, 0x42010024);
	app_describe(app_segment(&made, 0x3c000020, 0x110), 16);
	app_segment(&made, 0x40378000, 0x10020 - 0x20 - 0x110 - 16);
	app_segment(&made, 0x42010020, 0x10000);
	app_seal(&made);
	app = reads(&heard);
	assert_true(image_app_mapping(&app, 0, 0x110000, &map));
	assert_int_equal(map.va, 0x3c000000);
	assert_int_equal(map.data, 0x3c000000);
	assert_int_equal(map.pa, 0x110000);
	assert_int_equal(map.size, 0x10000);
	assert_int_equal(map.use, IMAGE_USE_DATA);
	assert_false(image_app_mapping(&app, 1, 0x110000, &map));
	assert_true(image_app_mapping(&app, 2, 0x110000, &map));
	assert_int_equal(map.va, 0x42010000);
	assert_int_equal(map.data, 0x3c010000);
	assert_int_equal(map.pa, 0x120000);
	assert_int_equal(map.size, 0x20000);
	assert_int_equal(map.use, IMAGE_USE_CODE);
	assert_int_equal(map.segment, 2);
	assert_false(image_app_mapping(&app, 3, 0x110000, &map));
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(image_segment_kind_name(IMAGE_SEGMENT_MAPPED), "mapped");
	assert_string_equal(image_use_name(IMAGE_USE_CODE), "code");
	assert_string_equal(image_spi_mode_name(2), "DIO");
	assert_string_equal(image_spi_mode_name(6), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(past_the_end),
		cmocka_unit_test(length_not_whole_words),
		cmocka_unit_test(too_long_for_the_loader),
		cmocka_unit_test(around_the_address_space),
		cmocka_unit_test(misplaced_modulo_the_page),
		cmocka_unit_test(misplaced_by_the_file),
		cmocka_unit_test(past_what_entries_can_name),
		cmocka_unit_test(past_its_window),
		cmocka_unit_test(two_want_one_entry),
		cmocka_unit_test(two_share_one_entry),
		cmocka_unit_test(more_than_the_loader_maps),
		cmocka_unit_test(padding),
		cmocka_unit_test(page_sizes),
		cmocka_unit_test(what_is_mapped),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
