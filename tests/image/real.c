/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware made by others: bootloaders, a partition table, programs.  What is known of them was
 * read with other tools and is written down here.
 */
#include "toolkit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct heard heard;

/* A shared file, or the test is skipped. */
static struct image_view open_shared(const char *name)
{
	size_t size = 0;
	uint8_t *bytes = shared_file(name, &size);

	if (bytes == NULL)
		skip();
	heard_begin(&heard);
	return image_view_of_file(bytes, size);
}

/* One loader: its chip, entry, and the load addresses and lengths of its three segments. */
struct loader {
	const char *file, *chip;
	uint32_t entry;
	uint32_t segment[3][2];
};

static const struct loader loaders[] = {
	{"esp32-bootloader.bin",
	 "esp32",
	 0x40080640,
	 {{0x3fff0040, 0x1860}, {0x40078000, 0x3dcc}, {0x40080400, 0xf7c}}},
	{"esp32s2-bootloader.bin",
	 "esp32s2",
	 0x4004a1b4,
	 {{0x3ffe5110, 0x1590}, {0x4004a000, 0xc34}, {0x4004e000, 0x33b0}}},
	{"esp32s3-bootloader.bin",
	 "esp32s3",
	 0x403c8900,
	 {{0x3fce2820, 0x14d0}, {0x403c8700, 0xdcc}, {0x403cb700, 0x2f54}}},
	{"esp32c3-bootloader.bin",
	 "esp32c3",
	 0x403cbf1a,
	 {{0x3fcd5830, 0x153c}, {0x403cbf10, 0xcec}, {0x403ce710, 0x2fcc}}},
	{"esp32c6-bootloader.bin",
	 "esp32c6",
	 0x4086b91a,
	 {{0x40875730, 0x1628}, {0x4086b910, 0xd9c}, {0x4086e610, 0x31e0}}},
	{"esp32p4-v0-bootloader.bin",
	 "esp32p4",
	 0x4ff28eda,
	 {{0x4ff33ce0, 0x1504}, {0x4ff28ed0, 0xf34}, {0x4ff2bbd0, 0x3594}}},
};

static void check_loader(const struct loader *loader)
{
	struct image_view view = open_shared(loader->file);
	struct image_app app;

	if (!image_app_read(&view, NULL, &app, &heard.report))
		fail_msg("%s: %s", loader->file, heard.report.error.text);
	assert_int_equal(heard.report.warnings, 0);
	assert_string_equal(app.chip->name, loader->chip);
	assert_int_equal(app.entry, loader->entry);
	assert_int_equal(app.length, view.size);
	assert_true(app.has_digest);
	assert_true(app.is_loader);
	assert_string_equal(app.loader_idf, "v6.1-beta1-497-g14f663f003e");
	assert_int_equal(app.segment_count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(app.segment[i].address, loader->segment[i][0]);
		assert_int_equal(app.segment[i].length, loader->segment[i][1]);
		assert_int_equal(app.segment[i].kind, IMAGE_SEGMENT_LOADED);
	}
	view_free(&view);
}

static void bootloaders(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof loaders / sizeof loaders[0]; i++)
		check_loader(&loaders[i]);
}

/* Cut at 256 places and turned at 256 bits: never passes. */
static void a_damaged_bootloader(void **state)
{
	struct image_view view = open_shared("esp32s3-bootloader.bin");
	struct image_view whole = view;
	uint8_t *bytes = malloc(view.size);
	struct image_app app;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, view.bytes, view.size);
	view.bytes = bytes;
	for (unsigned i = 0; i < 256; i++) {
		size_t bit = (i * 659u + 240) % (whole.size * 8);

		view.size = whole.size * i / 256;
		assert_false(image_app_read(&view, NULL, &app, &heard.report));
		view.size = whole.size;
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(image_app_read(&view, NULL, &app, &heard.report));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(image_app_read(&view, NULL, &app, &heard.report));
	free(bytes);
	view_free(&whole);
}

static void a_table(void **state)
{
	struct image_view view = open_shared("partitions-md5.bin");
	struct image_table table;

	(void)state;
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_TABLE);
	assert_true(image_table_read(&view, NULL, &table, &heard.report));
	assert_int_equal(heard.report.warnings, 0);
	assert_true(table.has_md5);
	assert_int_equal(table.count, 3);
	assert_string_equal(table.row[0].label, "nvs");
	assert_string_equal(table.row[1].label, "phy_\xd0\xb8\xd0\xbd\xd0\xb8\xd1\x82_");
	assert_string_equal(image_subtype_name(table.row[1].type, table.row[1].subtype), "phy");
	assert_int_equal(table.row[2].offset, 0x10000);
	assert_int_equal(table.row[2].size, 0x100000);
	view_free(&view);
}

/* From the same rows our own builder makes the very same bytes. */
static void the_table_again(void **state)
{
	struct image_view view = open_shared("partitions-md5.bin");
	struct image_table table;
	struct image_buffer out;

	(void)state;
	assert_true(image_table_read(&view, NULL, &table, &heard.report));
	assert_true(image_build_table(&table, NULL, &out, &heard.report));
	assert_int_equal(out.size, view.size);
	assert_memory_equal(out.bytes, view.bytes, out.size);
	image_buffer_free(&out);
	view_free(&view);
}

/* An image from a real program: read back, byte for byte what the program's sections hold. */
static struct image_app image_of(const struct image_elf *elf, const struct quire_chip *chip)
{
	struct image_build_options options = {.chip = chip};
	struct image_buffer out;
	struct image_piece piece;
	struct image_view view;
	struct image_app app;
	unsigned cursor = 0, differ = 0;

	if (!image_build_from_elf(elf, &options, &out, &heard.report))
		fail_msg("%s", heard.report.error.text);
	view = image_view_of_file(out.bytes, out.size);
	assert_true(image_app_read(&view, NULL, &app, &heard.report));
	assert_int_equal(heard.report.warnings, 0);
	image_follows_rules(&out, chip, app.page_size);
	while (image_elf_next(elf, &cursor, &piece))
		for (uint32_t i = 0; i < piece.length; i++)
			differ += image_byte_at(&out, piece.address + i) !=
				  elf->view.bytes[piece.offset + i];
	assert_in_range(differ, 1, 32); /* the digest of the ELF, in the description */
	image_buffer_free(&out);
	return app;
}

static void a_program_for_the_p4(void **state)
{
	struct image_view view = open_shared("esp32p4-hello-world.elf");
	struct image_elf elf;
	struct image_app app;

	(void)state;
	assert_true(image_elf_read(&view, &elf, &heard.report));
	assert_int_equal(elf.machine, IMAGE_MACHINE_RISCV);
	assert_int_equal(elf.entry, 0x4ff2048a);
	assert_ptr_equal(image_elf_chip(&elf, NULL, &heard.report), quire_chip_by_name("esp32p4"));
	app = image_of(&elf, quire_chip_by_name("esp32p4"));
	assert_string_equal(app.description.project, "hello_world");
	assert_string_equal(app.description.idf, "v5.5.2");
	assert_int_equal(app.description.page_shift, 16);
	assert_int_equal(app.segment[0].address, 0x40020020);
	assert_int_equal(app.segment[0].use, IMAGE_USE_DATA);
	assert_int_equal(app.segment[0].length, 0x100 + 0x7898 + 0xc0);
	view_free(&view);
}

static void a_program_for_the_c61(void **state)
{
	struct image_view view = open_shared("esp32c61-hello-world.elf");
	struct image_elf elf;
	struct image_app app;

	(void)state;
	assert_true(image_elf_read(&view, &elf, &heard.report));
	assert_null(image_elf_chip(&elf, NULL, &heard.report));
	says(&heard, "ELF file: its addresses fit several chips (esp32c5, esp32c6, esp32c61, "
		     "esp32h2, esp32h21, esp32h4), so the chip must be given");
	app = image_of(&elf, quire_chip_by_name("esp32c61"));
	assert_string_equal(app.description.project, "hello_world");
	assert_int_equal(app.entry, 0x408002fa);
	assert_int_equal(app.segment[0].address, 0x42010020);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bootloaders),
		cmocka_unit_test(a_damaged_bootloader),
		cmocka_unit_test(a_table),
		cmocka_unit_test(the_table_again),
		cmocka_unit_test(a_program_for_the_p4),
		cmocka_unit_test(a_program_for_the_c61),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
