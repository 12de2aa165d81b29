/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images: the header, the seals, and what stands around them.  Each rule is broken in
 * turn, with the seals made right again where the rule is not about them.
 */
#include "toolkit.h"

#include <stdio.h>
#include <string.h>

static struct made made;

/* Read the image; whether that went as expected. */
static struct image_app reads(struct heard *heard)
{
	struct image_view view = view_of(&made, made.size);
	struct image_app app;

	heard_begin(heard);
	if (!image_app_read(&view, NULL, &app, &heard->report))
		fail_msg("%s", heard->report.error.text);
	view_free(&view);
	return app;
}

static void refused_as(const struct image_app_options *options, const char *sentence)
{
	struct image_view view = view_of(&made, made.size);
	struct image_app app;
	struct heard heard;

	heard_begin(&heard);
	assert_false(image_app_read(&view, options, &app, &heard.report));
	says(&heard, sentence);
	view_free(&view);
}

static void refused(const char *sentence)
{
	refused_as(NULL, sentence);
}

/* Change a byte of a fresh small image, and make its seals right again. */
static void small_with(size_t at, unsigned value)
{
	app_small(&made);
	made.bytes[at] = (uint8_t)value;
	app_reseal(&made);
}

static void a_good_image(void **state)
{
	struct heard heard;
	struct image_app app;

	(void)state;
	app_small(&made);
	app = reads(&heard);
	assert_int_equal(heard.report.warnings, 0);
	assert_string_equal(app.chip->name, "esp32s3");
	assert_int_equal(app.page_size, 0x10000);
	assert_int_equal(app.base, 0);
	assert_int_equal(app.length, SMALL_SIZE);
	assert_int_equal(app.entry, 0x40378004);
	assert_int_equal(app.spi_mode, 2);
	assert_int_equal(app.spi_speed, 15);
	assert_int_equal(app.flash_size, 0x400000);
	assert_int_equal(app.max_revision, 0xffff);
	assert_true(app.has_digest);
	assert_memory_equal(app.digest, made.bytes + SMALL_CHECKSUM + 1, 32);
	assert_int_equal(app.checksum, made.bytes[SMALL_CHECKSUM]);
	assert_int_equal(app.segment_count, 2);
	assert_int_equal(app.segment[0].offset, 0x20);
	assert_int_equal(app.segment[0].kind, IMAGE_SEGMENT_MAPPED);
	assert_int_equal(app.segment[0].use, IMAGE_USE_DATA);
	assert_int_equal(app.segment[1].kind, IMAGE_SEGMENT_LOADED);
}

static void its_description(void **state)
{
	struct heard heard;
	struct image_app app;

	(void)state;
	app_small(&made);
	app = reads(&heard);
	assert_true(app.description.present);
	assert_string_equal(app.description.version, "v1.2-3-gabcdef0");
	assert_string_equal(app.description.project, "lamp");
	assert_string_equal(app.description.time, "12:34:56");
	assert_string_equal(app.description.date, "Mar  5 2026");
	assert_string_equal(app.description.idf, "v5.5.2");
	assert_int_equal(app.description.page_shift, 16);
	assert_int_equal(app.description.offset, 0x20);
	assert_false(app.is_loader);
}

/* Whatever bytes stand there, what is shown is printable. */
static void a_description_with_odd_bytes(void **state)
{
	struct heard heard;
	struct image_app app;

	(void)state;
	app_small(&made);
	memcpy(made.bytes + 0x20 + 48, "\x1b[2J\xc3\xa4\xff\xc2\x9b\xed\xa0\x80\xe2\x82\xac", 16);
	memset(made.bytes + 0x20 + 16, 'v', 32);
	app_reseal(&made);
	app = reads(&heard);
	assert_string_equal(app.description.project, "?[2J\xc3\xa4??????\xe2\x82\xac");
	assert_string_equal(app.description.version, "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv");
}

static void a_loader(void **state)
{
	struct heard heard;
	struct image_app app;
	uint8_t *data;

	(void)state;
	app_begin(&made, 9, 0x40378004);
	data = app_segment(&made, 0x40378000, 80);
	data[0] = 0x50;
	memcpy(data + 8, "v6.1", 5);
	app_seal(&made);
	app = reads(&heard);
	assert_int_equal(heard.report.warnings, 0);
	assert_true(app.is_loader);
	assert_string_equal(app.loader_idf, "v6.1");
	assert_false(app.description.present);
}

static void magic(void **state)
{
	(void)state;
	small_with(0, 0xe8);
	refused("header: magic 0xe8 at offset 0x0, expected 0xe9");
}

static void nothing_at_all(void **state)
{
	(void)state;
	made.size = 0;
	refused("header: 24 bytes at offset 0x0 run past the end of the file (0x0 bytes)");
}

static void segment_count(void **state)
{
	(void)state;
	app_small(&made);
	made.bytes[1] = 0;
	refused("header: segment count 0 at offset 0x1, expected 1 to 16");
	made.bytes[1] = 17;
	refused("header: segment count 17 at offset 0x1, expected 1 to 16");
}

static void chip(void **state)
{
	struct image_app_options expect = {.chip = quire_chip_by_name("esp32c3")};

	(void)state;
	small_with(12, 0xf7);
	refused("header: chip id 0xf7 at offset 0xc is of no known chip");
	app_small(&made);
	refused_as(&expect, "header: chip id 0x9 (esp32s3) at offset 0xc, expected 0x5 (esp32c3)");
}

static void revisions(void **state)
{
	struct heard heard;
	struct image_app app;

	(void)state;
	app_small(&made);
	put16(made.bytes + 15, 205);
	put16(made.bytes + 17, 199);
	app_reseal(&made);
	refused("header: minimum chip revision 2.05 at offset 0xf is above the maximum, 1.99");
	put16(made.bytes + 17, 0); /* as written before there was a maximum */
	app_reseal(&made);
	app = reads(&heard);
	assert_int_equal(app.min_revision, 205);
	assert_int_equal(heard.report.warnings, 0);
}

static void digest_flag(void **state)
{
	(void)state;
	app_small(&made);
	made.bytes[23] = 2;
	refused("header: digest flag 0x02 at offset 0x17, expected 0 or 1");
}

static void checksum(void **state)
{
	char sentence[120];

	(void)state;
	app_small(&made);
	made.bytes[SMALL_CHECKSUM] ^= 0x40;
	snprintf(sentence, sizeof sentence,
		 "checksum: 0x%02x at offset 0x15f, but the segments' bytes give 0x%02x",
		 made.bytes[SMALL_CHECKSUM], made.bytes[SMALL_CHECKSUM] ^ 0x40);
	refused(sentence);
}

static void digest(void **state)
{
	const uint8_t *at = made.bytes + SMALL_CHECKSUM + 1;
	char sentence[160];

	(void)state;
	app_small(&made);
	made.bytes[SMALL_CHECKSUM + 1] ^= 0x80;
	snprintf(sentence, sizeof sentence,
		 "SHA-256: %02x%02x%02x%02x... at offset 0x160, but the 0x160 bytes before it give "
		 "%02x%02x%02x%02x...",
		 at[0], at[1], at[2], at[3], at[0] ^ 0x80, at[1], at[2], at[3]);
	refused(sentence);
}

static void no_digest(void **state)
{
	struct heard heard;
	struct image_app app;

	(void)state;
	app_begin(&made, 9, 0x40378004);
	made.bytes[23] = 0;
	app_segment(&made, 0x40378000, 0x20);
	app_seal(&made);
	app = reads(&heard);
	assert_false(app.has_digest);
	assert_int_equal(app.length, made.size);
	assert_int_equal(heard.report.warnings, 1);
	warns(&heard,
	      "header: digest flag 0 at offset 0x17: only the checksum speaks for the contents");
}

static void cut_off_seals(void **state)
{
	(void)state;
	app_small(&made);
	made.size = SMALL_CHECKSUM;
	refused("checksum: its byte at offset 0x15f is past the end of the file (0x15f bytes)");
	made.size = SMALL_SIZE - 1;
	refused("SHA-256: 32 bytes at offset 0x160 run past the end of the file (0x17f bytes)");
}

static void spi_speeds(void **state)
{
	(void)state;
	assert_string_equal(image_spi_speed_name(0), "1/2");
	assert_string_equal(image_spi_speed_name(1), "1/3");
	assert_string_equal(image_spi_speed_name(2), "1/4");
	assert_string_equal(image_spi_speed_name(15), "1/1");
	assert_string_equal(image_spi_speed_name(14), "?");
}

static void odd_spi_fields(void **state)
{
	struct heard heard;

	(void)state;
	small_with(2, 6);
	reads(&heard);
	warns(&heard, "header: SPI mode 6 at offset 0x2 is none of 0 to 5");
	small_with(3, 0x23);
	reads(&heard);
	warns(&heard, "header: SPI speed 3 at offset 0x3 is none of 0, 1, 2 and 15");
	small_with(3, 0x8f);
	assert_int_equal(reads(&heard).flash_size, 0);
	warns(&heard, "header: flash size code 8 at offset 0x3 is none of 0 to 7");
	assert_int_equal(heard.report.warnings, 1);
}

static void entry_outside(void **state)
{
	struct heard heard;

	(void)state;
	app_small(&made);
	put32(made.bytes + 4, 0x40378020);
	app_reseal(&made);
	reads(&heard);
	warns(&heard, "header: entry 0x40378020 at offset 0x4 lies in no segment");
}

/* Fill and signatures may follow; other bytes are told of, but not inside a partition. */
static void bytes_behind(void **state)
{
	struct image_app_options exact = {.exact = true};
	struct image_view view;
	struct image_app app;
	struct heard heard;

	(void)state;
	app_small(&made);
	memset(made.bytes + SMALL_SIZE, 0xff, 0x2000 - SMALL_SIZE);
	made.size = 0x2000;
	reads(&heard);
	assert_int_equal(heard.report.warnings, 0);
	made.bytes[0x1000] = 0xe7;
	reads(&heard);
	assert_int_equal(heard.report.warnings, 0);
	made.bytes[0x1000] = 0xe6;
	assert_int_equal(reads(&heard).length, SMALL_SIZE);
	warns(&heard, "end: 0x1e80 bytes at offset 0x180 belong to no part of the image");
	heard_begin(&heard);
	view = view_of(&made, made.size);
	assert_true(image_app_read(&view, &exact, &app, &heard.report));
	assert_int_equal(heard.report.warnings, 0);
	view_free(&view);
}

/* In a larger file, offsets are of that file, and its part has a name. */
static void inside_another_file(void **state)
{
	struct image_view view;
	struct image_app app;
	struct heard heard;

	(void)state;
	app_small(&made);
	view = view_of(&made, 0x140);
	view.base = 0x20000;
	view.whole = "partition \"ota_0\"";
	heard_begin(&heard);
	assert_false(image_app_read(&view, NULL, &app, &heard.report));
	says(&heard, "segment 1: length 0x20 at offset 0x20134 runs past the end of partition "
		     "\"ota_0\" (0x140 bytes)");
	assert_int_equal(heard.report.error.offset, 0x20134);
	assert_int_equal(heard.report.error.fault, IMAGE_FAULT_TRUNCATED);
	view_free(&view);
}

static void cut_off_everywhere(void **state)
{
	(void)state;
	app_small(&made);
	for (size_t size = 0; size < SMALL_SIZE; size++) {
		struct image_view view = view_of(&made, size);
		struct image_app app;
		struct heard heard;

		heard_begin(&heard);
		assert_false(image_app_read(&view, NULL, &app, &heard.report));
		assert_int_equal(heard.report.error.fault, IMAGE_FAULT_TRUNCATED);
		view_free(&view);
	}
}

/* Every bit is covered by the digest, except the one that says that there is a digest: with that
   one off the image reads, and two warnings tell of it. */
static void any_bit_turned(void **state)
{
	(void)state;
	app_small(&made);
	for (size_t bit = 0; bit < SMALL_SIZE * 8; bit++) {
		struct image_view view;
		struct image_app app;
		struct heard heard;

		made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		view = view_of(&made, made.size);
		heard_begin(&heard);
		if (bit == 23 * 8) {
			assert_true(image_app_read(&view, NULL, &app, &heard.report));
			assert_int_equal(heard.report.warnings, 2);
		} else {
			assert_false(image_app_read(&view, NULL, &app, &heard.report));
			assert_true(strlen(heard.report.error.text) > 20);
		}
		view_free(&view);
		made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void kinds(void **state)
{
	struct image_view view;

	(void)state;
	app_small(&made);
	view = view_of(&made, made.size);
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_APP);
	assert_string_equal(image_kind_name(IMAGE_KIND_APP), "application image");
	view.size = SMALL_SEGMENT_1; /* cut off, and still what it was */
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_APP);
	view.size = 0;
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_UNKNOWN);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_image),
		cmocka_unit_test(its_description),
		cmocka_unit_test(a_description_with_odd_bytes),
		cmocka_unit_test(a_loader),
		cmocka_unit_test(magic),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(segment_count),
		cmocka_unit_test(chip),
		cmocka_unit_test(revisions),
		cmocka_unit_test(digest_flag),
		cmocka_unit_test(checksum),
		cmocka_unit_test(digest),
		cmocka_unit_test(no_digest),
		cmocka_unit_test(cut_off_seals),
		cmocka_unit_test(spi_speeds),
		cmocka_unit_test(odd_spi_fields),
		cmocka_unit_test(entry_outside),
		cmocka_unit_test(bytes_behind),
		cmocka_unit_test(inside_another_file),
		cmocka_unit_test(cut_off_everywhere),
		cmocka_unit_test(any_bit_turned),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
