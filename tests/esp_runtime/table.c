/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of a flash that nobody brought, read by two readers that know nothing of its writer:
 * the tool's, which proves every rule and the MD5, and esp_partition.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "esp_partition.h"
#include "image/partition.h"
#include "quire_esp.h"

#define MIB (1u << 20)

static void start(const char *chip, uint32_t flash_size, const uint8_t *key)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	quire_esp_defaults(&options, chip);
	options.flash_size = flash_size;
	options.flash_32bit = true;
	options.flash_key = key;
	if (!quire_esp_start(&options, why))
		fail_msg("%s", why);
}

static int stop(void **state)
{
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	return quire_esp_stop(why) ? 0 : -1;
}

static struct image_table read_table(uint32_t flash_size)
{
	struct image_table_options options = {.flash_size = flash_size};
	static uint8_t bytes[IMAGE_TABLE_SIZE];
	struct image_report report = {0};
	struct image_table table;
	struct image_view view;

	assert_int_equal(quire_linux_read(quire_esp_linux(), QUIRE_FLASH0, IMAGE_TABLE_OFFSET,
					  bytes, sizeof(bytes)),
			 QUIRE_OK);
	view = image_view_of_file(bytes, sizeof(bytes));
	if (!image_table_read(&view, &options, &table, &report))
		fail_msg("%s", report.error.text);
	assert_int_equal(report.warnings, 0);
	assert_true(table.has_md5);
	return table;
}

static const struct image_partition *find(const struct image_table *table, const char *label,
					  unsigned type, unsigned subtype)
{
	const struct image_partition *p = image_partition_by_label(table, label);

	assert_non_null(p);
	assert_int_equal(p->type, type);
	assert_int_equal(p->subtype, subtype);
	return p;
}

static void check_storage(const struct image_table *table, uint32_t flash_size)
{
	const struct image_partition *p = find(table, "storage1", IMAGE_TYPE_DATA, 0x81);

	assert_true(p->size >= 512 * 1024);
	assert_int_equal(p->offset % 65536, 0);
	assert_int_equal(p->offset + p->size, flash_size);
}

static void check_ota(const struct image_table *table, bool ota)
{
	if (ota) {
		find(table, "otadata", IMAGE_TYPE_DATA, IMAGE_DATA_OTA);
		assert_true(find(table, "ota_0", IMAGE_TYPE_APP, IMAGE_APP_OTA_0)->size >= MIB);
		assert_true(find(table, "ota_1", IMAGE_TYPE_APP, IMAGE_APP_OTA_0 + 1)->size >= MIB);
	} else {
		assert_null(image_partition_by_label(table, "otadata"));
		assert_null(image_partition_by_label(table, "ota_0"));
	}
}

static void test_every_size_has_its_table(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 4, 8, 16, 32};
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t size = sizes[i] * MIB;
		struct image_table table;

		start("esp32s3", size, NULL);
		table = read_table(size);
		find(&table, "nvs", IMAGE_TYPE_DATA, IMAGE_DATA_NVS);
		find(&table, "phy_init", IMAGE_TYPE_DATA, 1);
		find(&table, "factory", IMAGE_TYPE_APP, IMAGE_APP_FACTORY);
		check_ota(&table, size >= 4 * MIB);
		check_storage(&table, size);
		assert_true(quire_esp_stop(why));
	}
}

static void test_esp_partition_says_the_same(void **state)
{
	struct image_table table;
	esp_partition_iterator_t it;
	unsigned count = 0;

	(void)state;
	start("esp32c3", 8 * MIB, NULL);
	table = read_table(8 * MIB);
	it = esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL);
	for (; it != NULL; it = esp_partition_next(it), count++) {
		const esp_partition_t *p = esp_partition_get(it);
		const struct image_partition *row = image_partition_by_label(&table, p->label);

		assert_non_null(row);
		assert_int_equal(p->type, row->type);
		assert_int_equal(p->subtype, row->subtype);
		assert_int_equal(p->address, row->offset);
		assert_int_equal(p->size, row->size);
		assert_false(p->encrypted);
	}
	assert_int_equal(count, table.count);
}

/* The rest of such a flash is erased, and a chip with small pages gets the same table. */
static void test_the_rest_is_erased(void **state)
{
	static uint8_t flash[1 << 20];

	(void)state;
	start("esp32c2", MIB, NULL);
	assert_int_equal(quire_linux_read(quire_esp_linux(), QUIRE_FLASH0, 0, flash, MIB),
			 QUIRE_OK);
	for (uint32_t i = 0; i < MIB; i++)
		if ((i < 0x8000 || i >= 0x8c00) && flash[i] != 0xff)
			fail_msg("byte 0x%x is 0x%02x", i, flash[i]);
}

static void test_a_blank_flash_has_no_table(void **state)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];
	uint8_t bytes[32];

	(void)state;
	quire_esp_defaults(&options, "esp32s3");
	options.flash_blank = true;
	assert_true(quire_esp_start(&options, why));
	assert_int_equal(quire_linux_read(quire_esp_linux(), QUIRE_FLASH0, IMAGE_TABLE_OFFSET,
					  bytes, sizeof(bytes)),
			 QUIRE_OK);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0xff);
	assert_null(
		esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL));
}

/* On an encrypted flash it is encrypted, and found all the same. */
static void test_an_encrypted_flash_has_an_encrypted_table(void **state)
{
	static const uint8_t key[QUIRE_ESP_KEY] = {1, 2, 3};
	const esp_partition_t *p;
	uint8_t bytes[2];

	(void)state;
	start("esp32s3", 4 * MIB, key);
	assert_int_equal(quire_linux_read(quire_esp_linux(), QUIRE_FLASH0, IMAGE_TABLE_OFFSET,
					  bytes, sizeof(bytes)),
			 QUIRE_OK);
	assert_false(bytes[0] == 0xaa && bytes[1] == 0x50);
	p = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY,
				     "storage1");
	assert_non_null(p);
	assert_int_equal(p->address, 0x310000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_every_size_has_its_table, stop),
		cmocka_unit_test_teardown(test_esp_partition_says_the_same, stop),
		cmocka_unit_test_teardown(test_the_rest_is_erased, stop),
		cmocka_unit_test_teardown(test_a_blank_flash_has_no_table, stop),
		cmocka_unit_test_teardown(test_an_encrypted_flash_has_an_encrypted_table, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
