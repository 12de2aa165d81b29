/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application images from ELF files, and flash images from parts.
 */
#include "toolkit.h"

#include <nettle/sha2.h>
#include <string.h>

static struct made made;
static struct elf_writer writer;
static struct image_elf elf;
static struct image_buffer out;
static struct heard heard;

static bool build(const struct image_build_options *options)
{
	struct image_view view = image_view_of_file(made.bytes, made.size);

	heard_begin(&heard);
	if (!image_elf_read(&view, &elf, &heard.report))
		fail_msg("%s", heard.report.error.text);
	return image_build_from_elf(&elf, options, &out, &heard.report);
}

static struct image_app built(const struct image_build_options *options)
{
	struct image_view view;
	struct image_app app;

	if (!build(options))
		fail_msg("%s", heard.report.error.text);
	view = image_view_of_file(out.bytes, out.size);
	assert_true(image_app_read(&view, NULL, &app, &heard.report));
	assert_int_equal(heard.report.warnings, 0);
	image_follows_rules(&out, options->chip, app.page_size);
	return app;
}

static void refused(const struct image_build_options *options, const char *sentence)
{
	assert_false(build(options));
	says(&heard, sentence);
}

/* All pieces' bytes are there where the program expects them, but for the digest that the builder
   has to put into the description. */
static void all_is_there(uint32_t description)
{
	struct image_piece piece;
	unsigned cursor = 0;

	while (image_elf_next(&elf, &cursor, &piece))
		for (uint32_t i = 0; i < piece.length; i++) {
			uint32_t address = piece.address + i;

			if (description != 0 && address - description >= 144 &&
			    address - description < 144 + 32)
				continue;
			if (image_byte_at(&out, address) != elf.view.bytes[piece.offset + i])
				fail_msg("%s: byte at 0x%x", piece.name, address);
		}
}

/* Every chip, with all its page sizes and some sizes of contents. */
static void every_chip_and_page(void **state)
{
	static const uint32_t sizes[][3] = {
		{0x400, 0x1000, 0x1000},
		{0x8, 0x10004, 0xff00},
		{0xfff8, 0x8, 0x4},
		{0x5554, 0xffe0, 0x100},
	};

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++)
		for (unsigned k = 0; k < 4 * QUIRE_CHIP_PAGE_SIZES_MAX; k++) {
			const struct quire_chip *chip = quire_chip_at(i);
			struct image_build_options options = {.chip = chip};
			unsigned shift = chip->mmu[0].page_shift[k / 4];
			struct image_app app;

			if (shift == 0)
				break;
			elf_program(&made, chip, 1u << shift, sizes[k % 4][0], sizes[k % 4][1],
				    sizes[k % 4][2]);
			app = built(&options);
			assert_int_equal(app.page_size, 1u << shift);
			assert_true(app.description.present);
			assert_int_equal(app.description.offset, 0x20);
			assert_int_equal(app.segment[0].use, IMAGE_USE_DATA);
			all_is_there(app.segment[0].address);
			image_buffer_free(&out);
		}
}

static void header(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c3"),
					      .spi_mode = 2,
					      .spi_speed = 15,
					      .flash_size = 0x1000000,
					      .min_revision = 3,
					      .max_revision = 199};
	uint8_t expected[] = {0xe9, 0, 2, 0x4f, 4, 0,   0x38, 0x40, 0xee, 0, 0, 0,
			      5,    0, 0, 3,    0, 199, 0,    0,    0,    0, 0, 1};

	(void)state;
	elf_program(&made, options.chip, 0x10000, 0x400, 0x1000, 0x1000);
	assert_int_equal(built(&options).flash_size, 0x1000000);
	expected[1] = out.bytes[1]; /* how many segments is tested elsewhere */
	assert_memory_equal(out.bytes, expected, sizeof expected);
	image_buffer_free(&out);
	options.flash_size = 0x300000;
	refused(&options, "flash size: 0x300000, expected a power of two from 0x100000 to "
			  "0x8000000");
}

static void digest_of_the_elf(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32s3")};
	struct image_app app;
	struct sha256_ctx sha;
	uint8_t digest[32];

	(void)state;
	elf_program(&made, options.chip, 0x10000, 0x400, 0x1000, 0x1000);
	app = built(&options);
	sha256_init(&sha);
	sha256_update(&sha, made.size, made.bytes);
	sha256_digest(&sha, 32, digest);
	assert_memory_equal(app.description.elf_sha256, digest, 32);
	image_buffer_free(&out);
}

static void without_a_digest(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32s3"),
					      .no_digest = true};

	(void)state;
	elf_program(&made, options.chip, 0x10000, 0x400, 0x1000, 0x1000);
	assert_true(build(&options));
	image_follows_rules(&out, options.chip, 0x10000);
	assert_int_equal(out.size % 16, 0);
	image_buffer_free(&out);
}

/* Adjoining contents become one segment, also across alignment. */
static void joining(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c3")};
	struct image_app app;

	(void)state;
	elf_begin(&writer, &made, 243, 0x40380000);
	elf_section(&writer, "d", 1, ELF_ALLOC, 0x403800a2, 0x21); /* 0x2 behind c: joined */
	elf_section(&writer, "a", 1, ELF_ALLOC | ELF_EXEC, 0x40380000, 0x21);
	elf_section(&writer, "b", 1, ELF_ALLOC, 0x40380024, 0x20);
	elf_section(&writer, "c", 1, ELF_ALLOC, 0x40380080, 0x20); /* 0x3c behind b: not */
	elf_section(&writer, "e", 1, ELF_ALLOC, 0x403800d3, 0x5);  /* 0x10 behind d: not */
	elf_end(&writer);
	app = built(&options);
	assert_int_equal(app.segment_count, 3);
	assert_int_equal(app.segment[0].address, 0x40380000);
	assert_int_equal(app.segment[0].length, 0x44);
	assert_int_equal(app.segment[1].address, 0x40380080);
	assert_int_equal(app.segment[1].length, 0x44);
	assert_int_equal(app.segment[2].address, 0x403800d0); /* to whole words on both sides */
	assert_int_equal(app.segment[2].length, 0x8);
	all_is_there(0);
	image_buffer_free(&out);
}

/* Where RAM contents are used up, segments for address 0 fill the space. */
static void padding(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};
	struct image_app app;

	(void)state;
	elf_begin(&writer, &made, 243, 0x42000040);
	elf_section(&writer, "code", 1, ELF_ALLOC | ELF_EXEC, 0x42000040, 0x20);
	elf_section(&writer, "data", 1, ELF_ALLOC, 0x42010100, 0x20);
	elf_end(&writer);
	app = built(&options);
	assert_int_equal(app.segment_count, 4);
	assert_int_equal(app.segment[0].kind, IMAGE_SEGMENT_PADDING);
	assert_int_equal(app.segment[0].length, 0x18);
	assert_int_equal(app.segment[1].offset, 0x40);
	assert_int_equal(app.segment[2].length, 0x98 - 0x8);
	assert_int_equal(app.segment[3].offset, 0x100);
	image_buffer_free(&out);
}

/* A stretch too short for a header and a word becomes one that is a page longer. */
static void a_stretch_too_short(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};
	struct image_app app;

	(void)state;
	for (uint32_t gap = 4; gap <= 12; gap += 4) {
		elf_begin(&writer, &made, 243, 0x42000020 + gap);
		elf_section(&writer, "code", 1, ELF_ALLOC | ELF_EXEC, 0x42000020 + gap, 0x20);
		elf_end(&writer);
		app = built(&options);
		assert_int_equal(app.segment_count, 2);
		assert_int_equal(app.segment[1].offset, 0x20 + gap + (gap <= 8 ? 0x10000 : 0));
		image_buffer_free(&out);
	}
}

static void too_many_segments(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};

	(void)state;
	for (unsigned count = 16; count <= 17; count++) {
		elf_begin(&writer, &made, 243, 0x40800000);
		for (unsigned i = 0; i < count; i++)
			elf_section(&writer, "r", 1, ELF_ALLOC, 0x40800000 + i * 0x100, 0x20);
		elf_end(&writer);
		if (count == 16) {
			assert_int_equal(built(&options).segment_count, 16);
			image_buffer_free(&out);
		} else {
			refused(&options, "image: 17 runs of contents and the space between them "
					  "need more than 16 segments");
		}
	}
	elf_begin(&writer, &made, 243, 0x40800000);
	for (unsigned i = 0; i < 15; i++)
		elf_section(&writer, "r", 1, ELF_ALLOC, 0x40800000 + i * 0x100, 0x20);
	elf_section(&writer, "code", 1, ELF_ALLOC | ELF_EXEC, 0x42000080, 0x20);
	elf_end(&writer);
	refused(&options, "image: 16 runs of contents and the space between them need more than 16 "
			  "segments");
}

/* Sections may share their contents in the file, so that a small one tells of more than flash. */
static void too_much(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};

	(void)state;
	elf_begin(&writer, &made, 243, 0x50000000);
	elf_section(&writer, "r", 1, ELF_ALLOC, 0x50000000, 0x34000);
	for (unsigned i = 1; i < 631; i++) {
		elf_section(&writer, "r", 8, ELF_ALLOC, 0x50000000 + i * 0x34000, 0x34000);
		writer.header[i + 1][1] = 1;
		writer.header[i + 1][4] = writer.header[1][4];
	}
	elf_end(&writer);
	refused(&options, "image: 0x802c000 bytes of contents, expected at most 0x8000000, the "
			  "largest flash");
}

static void overlapping_contents(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};

	(void)state;
	elf_begin(&writer, &made, 243, 0x40800000);
	elf_section(&writer, ".one", 1, ELF_ALLOC, 0x40800000, 0x21);
	elf_section(&writer, ".two", 1, ELF_ALLOC, 0x40800020, 0x20);
	elf_end(&writer);
	refused(&options, "section .two: address 0x40800020 (contents at offset 0x55), expected at "
			  "or behind 0x40800021, the end of .one");
}

/* Code and constants in one page want one entry for two flash pages: no image can be made. */
static void one_page_for_two(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c6")};

	(void)state;
	elf_begin(&writer, &made, 243, 0x42000020);
	elf_section(&writer, "code", 1, ELF_ALLOC | ELF_EXEC, 0x42000020, 0x10000);
	elf_section(&writer, "data", 1, ELF_ALLOC, 0x42010100, 0x20);
	elf_end(&writer);
	assert_int_equal(built(&options).segment_count, 3); /* the same page of both: one entry */
	image_buffer_free(&out);
	elf_begin(&writer, &made, 243, 0x42000020);
	elf_section(&writer, "code", 1, ELF_ALLOC | ELF_EXEC, 0x42000020, 0x20);
	app_describe(elf_section(&writer, "data", 1, ELF_ALLOC, 0x42000040, 0x100), 16);
	elf_end(&writer);
	assert_false(build(&options));
	assert_int_equal(heard.report.error.fault, IMAGE_FAULT_OVERLAP);
}

static void page_sizes_that_cannot_be(void **state)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32c2"),
					      .page_size = 0x8000};

	(void)state;
	elf_program(&made, options.chip, 0x4000, 0x400, 0x1000, 0x1000);
	refused(&options, "page size: 0x8000, but the description at offset 0x1474 says 2^14");
	options.page_size = 0x4000;
	assert_int_equal(built(&options).page_size, 0x4000);
	image_buffer_free(&out);
	elf_program(&made, options.chip, 1, 0x400, 0x1000, 0x1000); /* does not say */
	options.page_size = 0x2000;
	refused(&options, "page size: 0x2000 is none of esp32c2's");
	options.page_size = 0;
	elf_program(&made, options.chip, 0x2000, 0x400, 0x1000, 0x1000);
	refused(&options,
		"description: MMU page of 2^13 bytes at offset 0x1528 is none of esp32c2's");
}

static void flash_from_parts(void **state)
{
	static const uint8_t a[] = {1, 2, 3, 4}, b[] = {5, 6};
	struct image_part parts[] = {{"b.bin", 0x20, b, 2}, {"a.bin", 0, a, 4}, {"c.bin", 1, a, 0}};

	(void)state;
	heard_begin(&heard);
	assert_true(image_build_flash(parts, 3, 0x40, &out, &heard.report));
	assert_int_equal(out.size, 0x40);
	for (unsigned i = 0; i < 0x40; i++)
		assert_int_equal(out.bytes[i], i < 4 ? i + 1 : i / 2 == 0x10 ? i - 0x20 + 5 : 0xff);
	image_buffer_free(&out);
}

static void flash_refused(void **state)
{
	static const uint8_t bytes[16];
	struct image_part parts[] = {{"a.bin", 0x20, bytes, 16}, {"b.bin", 0x28, bytes, 16}};

	(void)state;
	heard_begin(&heard);
	assert_false(image_build_flash(parts, 2, 0x40, &out, &heard.report));
	says(&heard, "b.bin: 0x28 to 0x38 overlaps a.bin, 0x20 to 0x30");
	parts[1].offset = 0x31;
	assert_false(image_build_flash(parts, 2, 0x40, &out, &heard.report));
	says(&heard, "b.bin: 0x10 bytes at offset 0x31 run past the end of flash (0x40 bytes)");
	parts[1].offset = UINT64_MAX;
	assert_false(image_build_flash(parts, 2, 0x40, &out, &heard.report));
	says(&heard,
	     "b.bin: 0x10 bytes at offset 0xffffffffffffffff run past the end of flash (0x40 "
	     "bytes)");
	assert_false(image_build_flash(parts, 0, 0, &out, &heard.report));
	says(&heard, "flash size: 0x0, expected 1 to 0xffffffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_chip_and_page),
		cmocka_unit_test(header),
		cmocka_unit_test(digest_of_the_elf),
		cmocka_unit_test(without_a_digest),
		cmocka_unit_test(joining),
		cmocka_unit_test(padding),
		cmocka_unit_test(a_stretch_too_short),
		cmocka_unit_test(too_many_segments),
		cmocka_unit_test(too_much),
		cmocka_unit_test(overlapping_contents),
		cmocka_unit_test(one_page_for_two),
		cmocka_unit_test(page_sizes_that_cannot_be),
		cmocka_unit_test(flash_from_parts),
		cmocka_unit_test(flash_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
