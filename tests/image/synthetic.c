/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made-up programs: images in every respect, with contents that can be foretold.
 */
#include "toolkit.h"

#include <string.h>

static struct image_buffer out;
static struct image_app app;
static struct heard heard;

static void made_of(const struct image_synthetic *what, const struct image_build_options *options)
{
	struct image_view view;

	heard_begin(&heard);
	if (!image_build_synthetic(what, options, &out, &heard.report))
		fail_msg("%s: %s", options->chip->name, heard.report.error.text);
	view = image_view_of_file(out.bytes, out.size);
	assert_true(image_app_read(&view, NULL, &app, &heard.report));
	assert_int_equal(heard.report.warnings, 0);
	image_follows_rules(&out, options->chip, app.page_size);
}

static void refused(const struct image_synthetic *what, const char *sentence)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32s3")};

	heard_begin(&heard);
	assert_false(image_build_synthetic(what, &options, &out, &heard.report));
	says(&heard, sentence);
}

/* A stretch of the program, as loaded, is a stretch of the pattern. */
static void is_pattern(uint32_t address, uint32_t from, uint32_t size, uint32_t seed)
{
	uint8_t byte;

	for (uint32_t i = from; i < size; i++) {
		image_pattern(seed, i, &byte, 1);
		if (image_byte_at(&out, address + i) != byte)
			fail_msg("byte %u at 0x%x", i, address + i);
	}
}

static void every_chip_and_page(void **state)
{
	struct image_synthetic what = {
		.code_size = 0x12344, .rodata_size = 0x2345, .ram_size = 0x1234, .seed = 77};

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++)
		for (unsigned k = 0; k < QUIRE_CHIP_PAGE_SIZES_MAX; k++) {
			const struct quire_chip *chip = quire_chip_at(i);
			struct image_build_options options = {.chip = chip};
			uint32_t code = 0;

			if (chip->mmu[0].page_shift[k] == 0)
				break;
			options.page_size = 1u << chip->mmu[0].page_shift[k];
			made_of(&what, &options);
			assert_int_equal(app.page_size, options.page_size);
			assert_int_equal(1u << app.description.page_shift, options.page_size);
			for (unsigned s = 0; s < app.segment_count; s++)
				if (app.segment[s].use == IMAGE_USE_CODE)
					code = app.segment[s].address;
			assert_int_equal(code, app.entry);
			is_pattern(code, 0, 0x12344, 77);
			is_pattern(app.segment[0].address, 256, 0x2345, 78);
			image_buffer_free(&out);
		}
}

static void described(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32s3")};
	struct image_synthetic what = {.code_size = 4,
				       .rodata_size = 1,
				       .project = "a name of more than 32 bytes, cut to that",
				       .version = "7"};

	(void)state;
	made_of(&what, &options);
	assert_string_equal(app.description.project, "a name of more than 32 bytes, cu");
	assert_string_equal(app.description.version, "7");
	assert_int_equal(app.segment[0].address, 0x3c010020);
	assert_int_equal(app.segment[0].length, 256);
	image_buffer_free(&out);
	what = (struct image_synthetic){.rodata_size = 0x100};
	made_of(&what, &options);
	assert_string_equal(app.description.project, "synthetic");
	assert_int_equal(app.segment[0].address, 0x3c000020);
	image_buffer_free(&out);
}

static void only_code(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};
	struct image_synthetic what = {.code_size = 0x1000};

	(void)state;
	made_of(&what, &options);
	assert_int_equal(app.segment_count, 1);
	assert_int_equal(app.segment[0].use, IMAGE_USE_CODE);
	assert_false(app.description.present);
	image_buffer_free(&out);
}

static void loaders(void **state)
{
	struct image_synthetic what = {.ram_size = 0x1000, .seed = 5, .loader = true};

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		struct image_build_options options = {.chip = quire_chip_at(i)};

		made_of(&what, &options);
		assert_true(app.is_loader);
		assert_int_equal(app.segment_count, 1);
		assert_int_equal(app.segment[0].kind, IMAGE_SEGMENT_LOADED);
		is_pattern(app.segment[0].address, 80, 0x1000, 7);
		image_buffer_free(&out);
	}
}

static void the_pattern_is_one_stream(void **state)
{
	uint8_t whole[64], part[64];

	(void)state;
	image_pattern(1, 1000, whole, sizeof whole);
	for (unsigned from = 0; from < 20; from++) {
		image_pattern(1, 1000 + from, part, sizeof part - from);
		assert_memory_equal(whole + from, part, sizeof part - from);
	}
	image_pattern(2, 1000, part, sizeof part);
	assert_memory_not_equal(whole, part, sizeof part);
}

static void refusals(void **state)
{
	struct image_synthetic what = {0};

	(void)state;
	refused(&what, "image: code, constants and RAM contents all have size 0, expected one of "
		       "them to have more");
	what.loader = true;
	what.code_size = 0x20;
	refused(&what, "image: a loader with 0x20 bytes of code and 0x0 of constants in flash, "
		       "expected RAM contents only");
	what.loader = false;
	what.code_size = 0x1000000;
	refused(&what, "segment 0: length 0x1000000 at offset 0x1c, expected less than 0x1000000, "
		       "the most that the loader takes");
	what.rodata_size = 0x7000004;
	refused(&what,
		"image: 0x8000004 bytes of contents, expected at most 0x8000000, the largest "
		"flash");
}

/* A program that is larger than the window is no program. */
static void larger_than_the_window(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c2"),
					      .page_size = 0x4000};
	struct image_synthetic what = {.code_size = 0x100000};

	(void)state;
	heard_begin(&heard);
	assert_false(image_build_synthetic(&what, &options, &out, &heard.report));
	assert_int_equal(heard.report.error.fault, IMAGE_FAULT_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_chip_and_page),
		cmocka_unit_test(described),
		cmocka_unit_test(only_code),
		cmocka_unit_test(loaders),
		cmocka_unit_test(the_pattern_is_one_stream),
		cmocka_unit_test(refusals),
		cmocka_unit_test(larger_than_the_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
