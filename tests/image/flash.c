/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash dumps: loader, table, otadata and application, for every chip.
 */
#include "toolkit.h"

#include <string.h>

#define DUMP_SIZE 0x50000u

static uint8_t dump[DUMP_SIZE];
static size_t dump_size;
static struct made made;
static struct image_flash flash;
static struct heard heard;

static void place(uint32_t offset)
{
	assert_true(offset + made.size <= DUMP_SIZE);
	memcpy(dump + offset, made.bytes, made.size);
}

static void place_loader(const struct quire_chip *chip)
{
	app_begin(&made, chip->image_id, 0x3fff0000);
	app_segment(&made, 0x3fff0000, 0x60)[0] = 0x50;
	app_seal(&made);
	place(chip->bootloader_offset);
}

static void place_app(const struct quire_chip *chip, uint32_t offset, uint32_t length)
{
	app_begin(&made, chip->image_id, 0x3fff0000);
	app_segment(&made, 0x3fff0000, length);
	app_seal(&made);
	place(offset);
}

/* factory at 0x10000, ota_0 at 0x20000, ota_1 at 0x30000, otadata at 0xd000. */
static void place_table(void)
{
	made.size = 0;
	table_row(&made, 1, 2, 0x9000, 0x4000, "nvs");
	table_row(&made, 1, 0, 0xd000, 0x2000, "otadata");
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_row(&made, 0, 0x10, 0x20000, 0x10000, "ota_0");
	table_row(&made, 0, 0x11, 0x30000, 0x10000, "ota_1");
	table_row(&made, 1, 0x82, 0x40000, 0x10000, "storage");
	table_md5(&made);
	table_end(&made);
	place(0x8000);
}

static void make_dump(const char *chip_name)
{
	const struct quire_chip *chip = quire_chip_by_name(chip_name);

	assert_non_null(chip);
	memset(dump, 0xff, sizeof dump);
	dump_size = sizeof dump;
	place_loader(chip);
	place_table();
	place_app(chip, 0x10000, 0x40);
	place_app(chip, 0x20000, 0x80);
	place_app(chip, 0x30000, 0xc0);
}

/* Written down, not computed: the CRCs of sequence numbers 1, 2, 3 and 4 as chips write them. */
static void place_ota(unsigned entry, uint32_t sequence, uint32_t state)
{
	static const uint32_t crc[] = {0, 0x4743989a, 0x55f63774, 0xed4a5011, 0x709d68a8};
	uint8_t *at = dump + 0xd000 + entry * 0x1000;

	put32(at, sequence);
	put32(at + 24, state);
	put32(at + 28, crc[sequence]);
}

static bool read_dump(const struct image_flash_options *options)
{
	struct image_view view = image_view_of_file(dump, dump_size);

	heard_begin(&heard);
	return image_flash_read(&view, options, &flash, &heard.report);
}

static void refused(const char *sentence)
{
	assert_false(read_dump(NULL));
	says(&heard, sentence);
}

static void boots(const char *label, enum image_choice choice)
{
	if (!read_dump(NULL))
		fail_msg("%s", heard.report.error.text);
	assert_string_equal(flash.app_partition->label, label);
	assert_int_equal(flash.choice, choice);
	assert_int_equal(flash.app.base, flash.app_partition->offset);
}

static void every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		struct image_view view = image_view_of_file(dump, sizeof dump);

		make_dump(quire_chip_at(i)->name);
		boots("factory", IMAGE_CHOICE_FACTORY_BLANK);
		assert_int_equal(heard.report.warnings, 0);
		assert_ptr_equal(flash.chip, quire_chip_at(i));
		assert_int_equal(flash.loader.base, quire_chip_at(i)->bootloader_offset);
		assert_int_equal(flash.size, sizeof dump);
		assert_int_equal(flash.table.count, 6);
		assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_FLASH);
	}
}

static void otadata_decides(void **state)
{
	(void)state;
	make_dump("esp32s3");
	place_ota(0, 1, 0xffffffff);
	boots("ota_0", IMAGE_CHOICE_OTA);
	assert_int_equal(flash.ota_entry, 0);
	assert_string_equal(image_choice_text(&flash),
			    "otadata's first entry is valid and the newer");
	place_ota(1, 2, 2);
	boots("ota_1", IMAGE_CHOICE_OTA);
	assert_int_equal(flash.ota_entry, 1);
	assert_int_equal(flash.ota[1].sequence, 2);
	assert_string_equal(image_choice_text(&flash),
			    "otadata's second entry is valid and the newer");
	place_ota(0, 3, 0);
	boots("ota_0", IMAGE_CHOICE_OTA);
	place_ota(0, 2, 0);
	boots("ota_1", IMAGE_CHOICE_OTA);
	assert_int_equal(flash.ota_entry, 0);
}

static void invalid_entries_do_not(void **state)
{
	(void)state;
	make_dump("esp32s3");
	place_ota(0, 1, 2);
	place_ota(1, 4, 3);
	boots("ota_0", IMAGE_CHOICE_OTA);
	assert_false(flash.ota[1].valid);
	place_ota(1, 4, 4);
	boots("ota_0", IMAGE_CHOICE_OTA);
	place_ota(1, 4, 2);
	dump[0xe000 + 28] ^= 1;
	boots("ota_0", IMAGE_CHOICE_OTA);
	dump[0xd000 + 31] ^= 0x80;
	boots("factory", IMAGE_CHOICE_FACTORY_BLANK);
	assert_string_equal(image_choice_text(&flash), "otadata has no valid entry");
	put32(dump + 0xd000, 0);
	boots("factory", IMAGE_CHOICE_FACTORY_BLANK);
}

/* What the builder writes is what the CRCs above say. */
static void built_entries(void **state)
{
	uint8_t entry[IMAGE_OTA_ENTRY_SIZE];

	(void)state;
	make_dump("esp32s3");
	for (uint32_t sequence = 1; sequence < 5; sequence++) {
		memset(dump + 0xd000, 0xff, 32);
		place_ota(0, sequence, 2);
		image_build_ota_entry(sequence, 2, entry);
		assert_memory_equal(entry, dump + 0xd000, sizeof entry);
	}
}

static void without_factory(void **state)
{
	(void)state;
	make_dump("esp32c6");
	made.size = 0;
	table_row(&made, 1, 0, 0xd000, 0x2000, "otadata");
	table_row(&made, 0, 0x10, 0x20000, 0x10000, "ota_0");
	table_row(&made, 0, 0x12, 0x30000, 0x10000, "ota_2");
	table_md5(&made);
	table_end(&made);
	place(0x8000);
	boots("ota_0", IMAGE_CHOICE_OTA_0);
	assert_string_equal(image_choice_text(&flash), "there is no factory application");
	place_ota(0, 4, 2);
	refused("otadata: sequence 4 of entry 0 asks for ota_1, which the partition table at "
		"offset "
		"0x8000 has not");
}

static void without_otadata(void **state)
{
	(void)state;
	make_dump("esp32c3");
	made.size = 0;
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_md5(&made);
	table_end(&made);
	place(0x8000);
	boots("factory", IMAGE_CHOICE_FACTORY_NO_OTADATA);
	assert_string_equal(image_choice_text(&flash), "the table has no otadata");
	made.size = 0;
	table_row(&made, 1, 2, 0x10000, 0x10000, "nvs");
	table_md5(&made);
	table_end(&made);
	place(0x8000);
	refused("partition table: neither a factory nor an ota_0 application at offset 0x8000, "
		"expected one to boot");
}

static void the_loader(void **state)
{
	struct image_flash_options c3 = {.chip = quire_chip_by_name("esp32c3")};

	(void)state;
	make_dump("esp32s3");
	dump[0] = 0;
	refused("loader: no image header for a chip that looks for it there at offsets 0x0, 0x1000 "
		"and 0x2000");
	make_dump("esp32s3");
	assert_false(read_dump(&c3));
	says(&heard, "header: chip id 0x9 (esp32s3) at offset 0xc, expected 0x5 (esp32c3)");
	put32(dump + 28, 0x9000);
	refused("segment 0: length 0x9000 at offset 0x1c runs past the end of the space before the "
		"partition table (0x8000 bytes)");
	make_dump("esp32");
	dump[0x1040] ^= 1;
	assert_false(read_dump(NULL));
	assert_int_equal(heard.report.error.fault, IMAGE_FAULT_CHECKSUM);
}

static void the_table(void **state)
{
	struct image_flash_options options = {.table_offset = 0x1000};

	(void)state;
	make_dump("esp32s3");
	dump[0x8000] = 0;
	refused("row 0: bytes 00 50 at offset 0x8000, expected aa 50 (a partition), eb eb (the "
		"MD5) "
		"or 32 times ff (the end)");
	make_dump("esp32");
	assert_false(read_dump(&options));
	says(&heard, "partition table: offset 0x1000, expected one behind the loader's, 0x1000");
	dump_size = 0x8fff;
	refused("partition table: its sector at offset 0x8000 runs past the end of the file "
		"(0x8fff "
		"bytes)");
}

static void a_table_elsewhere(void **state)
{
	struct image_flash_options options = {.table_offset = 0x9000};

	(void)state;
	make_dump("esp32s3");
	memset(dump + 0x8000, 0xff, 0x1000);
	made.size = 0;
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_md5(&made);
	table_end(&made);
	place(0x9000);
	assert_true(read_dump(&options));
	assert_int_equal(flash.table_offset, 0x9000);
	assert_int_equal(flash.table.row[0].row_offset, 0x9000);
}

static void the_application(void **state)
{
	(void)state;
	make_dump("esp32s3");
	put32(dump + 0x1001c, 0x10000);
	refused("segment 0: length 0x10000 at offset 0x1001c runs past the end of partition "
		"\"factory\" (0x10000 bytes)");
	make_dump("esp32s3");
	put16(dump + 0x1000c, 5);
	refused("header: chip id 0x5 (esp32c3) at offset 0x1000c, expected 0x9 (esp32s3)");
	memset(dump + 0x10000, 0xff, 0x10000);
	refused("header: magic 0xff at offset 0x10000, expected 0xe9");
}

static void a_short_dump(void **state)
{
	struct image_flash_options may = {.may_be_short = true};

	(void)state;
	make_dump("esp32s3");
	dump_size = 0x48000;
	refused("partition \"storage\": ends at 0x50000 (row at offset 0x80a0), behind the end of "
		"flash at 0x48000");
	assert_true(read_dump(&may));
	assert_int_equal(flash.size, 0x400000);
	assert_int_equal(heard.report.warnings, 1);
	warns(&heard,
	      "partition \"storage\": ends at 0x50000 (row at offset 0x80a0), behind the end "
	      "of the file (0x48000 bytes)");
	dump_size = 0x10100; /* the application is whole */
	assert_true(read_dump(&may));
	dump_size = 0x10040;
	assert_false(read_dump(&may));
	says(&heard, "segment 0: length 0x40 at offset 0x1001c runs past the end of the file (0x40 "
		     "bytes)");
	dump_size = 0x10000;
	assert_false(read_dump(&may));
	says(&heard, "partition \"factory\": begins at 0x10000 (row at offset 0x8040), behind the "
		     "end of the file (0x10000 bytes)");
	dump_size = 0xefff;
	assert_false(read_dump(&may));
	says(&heard,
	     "partition \"otadata\": otadata at 0xd000 (row at offset 0x8020) runs past the "
	     "end of the file (0xefff bytes)");
}

/* Cut anywhere: refused, and never a byte read behind the end. */
static void cut_off_everywhere(void **state)
{
	(void)state;
	make_dump("esp32p4");
	memcpy(made.bytes, dump, sizeof made.bytes);
	for (size_t size = 0; size < sizeof made.bytes; size += size < 0x8200 ? 61 : 4099) {
		struct image_view view;

		made.size = sizeof made.bytes;
		view = view_of(&made, size);
		heard_begin(&heard);
		assert_false(image_flash_read(&view, NULL, &flash, &heard.report));
		assert_true(strlen(heard.report.error.text) > 20);
		view_free(&view);
	}
}

/* Every bit of what decides: loader, table, application. */
static void any_bit_turned(void **state)
{
	static const struct {
		uint32_t start, end;
	} parts[] = {{0, 0xb0}, {0x8000, 0x80e0}, {0x10000, 0x10090}};

	(void)state;
	make_dump("esp32s3");
	for (unsigned part = 0; part < 3; part++)
		for (uint32_t bit = parts[part].start * 8; bit < parts[part].end * 8; bit++) {
			dump[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (read_dump(NULL))
				assert_true(heard.report.warnings > 0);
			dump[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	assert_true(read_dump(NULL));
	assert_int_equal(heard.report.warnings, 0);
}

/* What a damaged dump is still taken for. */
static void kinds(void **state)
{
	struct image_view view = image_view_of_file(dump, sizeof dump);

	(void)state;
	make_dump("esp32s3");
	dump[0x8000] = 0;
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_FLASH);
	make_dump("esp32s3");
	dump[0] = 0;
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_FLASH);
	make_dump("esp32");
	memset(dump + 0x8000, 0xff, 0x1000);
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_FLASH);
	put32(dump + 0x101c, 0x20000000);
	memset(dump + 0x1000, 0xff, 0x100);
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_UNKNOWN);
}

/* A large application with what looks like a table in the usual place is no dump. */
static void a_table_by_chance(void **state)
{
	struct image_view view;

	(void)state;
	app_begin(&made, 9, 0x40378000);
	app_segment(&made, 0x40378000, 0x10000);
	made.bytes[0x8000] = 0xaa;
	made.bytes[0x8001] = 0x50;
	app_seal(&made);
	view = image_view_of_file(made.bytes, made.size);
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_APP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_chip),
		cmocka_unit_test(otadata_decides),
		cmocka_unit_test(invalid_entries_do_not),
		cmocka_unit_test(built_entries),
		cmocka_unit_test(without_factory),
		cmocka_unit_test(without_otadata),
		cmocka_unit_test(the_loader),
		cmocka_unit_test(the_table),
		cmocka_unit_test(a_table_elsewhere),
		cmocka_unit_test(the_application),
		cmocka_unit_test(a_short_dump),
		cmocka_unit_test(cut_off_everywhere),
		cmocka_unit_test(any_bit_turned),
		cmocka_unit_test(kinds),
		cmocka_unit_test(a_table_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
