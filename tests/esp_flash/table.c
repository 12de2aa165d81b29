/* SPDX-License-Identifier: Apache-2.0 */
/* The partition table: what is found in a good one, and how a damaged one is told of. */
#include "rig.h"

#include <string.h>

#define ANY_TYPE    ESP_PARTITION_TYPE_ANY
#define ANY_SUBTYPE ESP_PARTITION_SUBTYPE_ANY

static struct table table;

static int begin(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");

	(void)state;
	options.flash_blank = true;
	start_with(&options);
	listen();
	table_begin(&table);
	table_row(&table, 1, 2, 0x9000, 0x6000, "nvs", 0);
	table_row(&table, 0, 0x10, 0x10000, MIB(1), "ota_0", 0);
	table_row(&table, 1, 0x82, 0x110000, MIB(1), "sixteen_letters_", READONLY);
	table_row(&table, 0x40, 0x7f, 0x210000, KIB(64), "own", ENCRYPTED);
	table_seal(&table);
	return 0;
}

static esp_err_t find(const char *label, const esp_partition_t **out)
{
	return esp_partition_find_first_err(ANY_TYPE, ANY_SUBTYPE, label, out);
}

static void test_rows(void **state)
{
	const esp_partition_t *p;

	(void)state;
	table_write(&table);
	p = partition("ota_0");
	assert_ptr_equal(p->flash_chip, esp_flash_default_chip);
	assert_int_equal(p->type, ESP_PARTITION_TYPE_APP);
	assert_int_equal(p->subtype, ESP_PARTITION_SUBTYPE_OTA(0));
	assert_int_equal(p->address, 0x10000);
	assert_int_equal(p->size, MIB(1));
	assert_int_equal(p->erase_size, SECTOR);
	assert_false(p->readonly);
	assert_true(partition("sixteen_letters_")->readonly);
	assert_int_equal(partition("own")->type, 0x40);
	assert_int_equal(partition("own")->subtype, 0x7f);
	assert_false(partition("own")->encrypted); /* nothing is, on this machine */
	assert_int_equal(logged(), 0);
}

/* Application, OTA data and keys always; others by their flag. */
static void test_what_is_encrypted(void **state)
{
	static const struct {
		unsigned type, subtype;
		uint32_t flags;
		bool encrypted;
	} rows[] = {
		{0, 0x10, 0, true},      {1, 0, 0, true},     {1, 4, 0, true},
		{2, 0, 0, true},         {3, 0, 0, true},     {1, 2, 0, false},
		{1, 2, ENCRYPTED, true}, {0x40, 0, 0, false}, {0x40, 4, 0, false},
		{1, 0x81, 0, false},
	};
	struct quire_esp_options options = options_for("esp32s3");
	esp_partition_iterator_t it;
	unsigned i = 0;

	(void)state;
	stop();
	options.flash_key = key;
	options.cache = QUIRE_LINUX_CACHE_STALE;
	start_with_partitions(&options);
	esp_partition_unload_all();
	table_begin(&table);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		table_row(&table, rows[i].type, rows[i].subtype, 0x10000 * (i + 1), 0x10000, "x",
			  rows[i].flags);
	table_seal(&table);
	quire_linux_flash_erase(quire_esp_linux(), 0x8000, SECTOR);
	for (unsigned at = 0; at < sizeof(table.bytes); at += 16)
		assert_int_equal(esp_flash_write_encrypted(NULL, 0x8000 + at, table.bytes + at, 16),
				 ESP_OK);
	it = esp_partition_find(ANY_TYPE, ANY_SUBTYPE, NULL);
	for (i = 0; it != NULL; i++) {
		if (esp_partition_get(it)->encrypted != rows[i].encrypted)
			fail_msg("row %u", i);
		it = esp_partition_next(it);
	}
	assert_int_equal(i, sizeof(rows) / sizeof(rows[0]));
}

static void expect_damaged(esp_err_t err, const char *says)
{
	const esp_partition_t *p = (const void *)&table;

	table_write(&table);
	assert_int_equal(find(NULL, &p), err);
	assert_null(p);
	assert_int_equal(logged(), 1);
	if (!last_says(says))
		fail_msg("the sentence does not say \"%s\"", says);
	assert_null(esp_partition_find(ANY_TYPE, ANY_SUBTYPE, NULL));
	assert_null(esp_partition_find_first(ANY_TYPE, ANY_SUBTYPE, NULL));
	assert_int_equal(esp_partition_register_external(NULL, 0x20000, SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE, &p),
			 err);
	assert_true(esp_partition_is_flash_region_writable(0x110000, 1));
	assert_int_equal(logged(), 0); /* once is enough */
}

static void test_blank_flash(void **state)
{
	(void)state;
	table_begin(&table);
	expect_damaged(ESP_ERR_NOT_FOUND, "0xffff, expected 0x50aa");
}

static void test_no_md5(void **state)
{
	(void)state;
	memset(table.bytes + 32 * table.rows, 0xff, 32);
	expect_damaged(ESP_ERR_NOT_FOUND, "4 rows and no MD5");
}

static void test_full_of_rows(void **state)
{
	(void)state;
	table_begin(&table);
	while (table.rows < 0xc00 / 32)
		table_row(&table, 1, 2, 0x10000, SECTOR, "x", 0);
	expect_damaged(ESP_ERR_NOT_FOUND, "full of 96 rows");
}

/* The most that fits. */
static void test_95_rows(void **state)
{
	esp_partition_iterator_t it;
	unsigned count = 0;

	(void)state;
	table_begin(&table);
	while (table.rows < 0xc00 / 32 - 1)
		table_row(&table, 1, 2, 0x10000 + table.rows * SECTOR, SECTOR, "x", 0);
	table_seal(&table);
	table_write(&table);
	for (it = esp_partition_find(ANY_TYPE, ANY_SUBTYPE, NULL); it != NULL;
	     it = esp_partition_next(it))
		assert_int_equal(esp_partition_get(it)->address, 0x10000 + count++ * SECTOR);
	assert_int_equal(count, 95);
}

/* Whatever bit of the rows flips, the MD5 or the row's magic tells. */
static void test_every_byte_is_guarded(void **state)
{
	const esp_partition_t *p;

	(void)state;
	for (unsigned i = 0; i < 32 * table.rows + 32; i++) {
		if (i >= 32 * table.rows + 2 && i < 32 * table.rows + 16)
			continue; /* filling, which says nothing */
		table.bytes[i] ^= 0x04;
		table_write(&table);
		assert_int_not_equal(find(NULL, &p), ESP_OK);
		assert_null(p);
		table.bytes[i] ^= 0x04;
	}
	table_write(&table);
	assert_int_equal(find(NULL, &p), ESP_OK);
}

static void test_md5_is_wrong(void **state)
{
	(void)state;
	table.bytes[8] ^= 1;
	expect_damaged(ESP_ERR_INVALID_STATE, "damaged: the MD5 of its 4 rows");
	table.bytes[8] ^= 1;
	table_write(&table); /* mended: the next call reads it */
	partition("nvs");
}

static void test_beyond_the_flash(void **state)
{
	(void)state;
	table_row(&table, 1, 2, MIB(4) - SECTOR, 2 * SECTOR, "long", 0);
	table_seal(&table);
	expect_damaged(ESP_ERR_INVALID_SIZE, "row 4 of the partition table, \"long\"");
}

static void test_size_that_wraps(void **state)
{
	(void)state;
	table_row(&table, 1, 2, 0x20000, 0xfffff000, "wraps", 0);
	table_seal(&table);
	expect_damaged(ESP_ERR_INVALID_SIZE, "\"wraps\", ends at 0x10001f000");
}

static void test_power_is_off(void **state)
{
	const esp_partition_t *p;

	(void)state;
	table_write(&table);
	quire_linux_power_cut(quire_esp_linux(), 0, NULL, NULL);
	assert_int_equal(esp_flash_erase_region(NULL, MIB(3), SECTOR), ESP_ERR_FLASH_OP_FAIL);
	logged();
	esp_partition_unload_all();
	assert_int_equal(find(NULL, &p), ESP_ERR_FLASH_OP_FAIL);
	assert_int_equal(logged(), 1);
	assert_int_equal(quire_linux_power_on(quire_esp_linux()), QUIRE_OK);
	assert_int_equal(find(NULL, &p), ESP_OK);
}

static void test_no_memory(void **state)
{
	const esp_partition_t *p;
	int i;

	(void)state;
	table_write(&table);
	for (i = 0;; i++) {
		fail_malloc(i);
		if (find("own", &p) == ESP_OK)
			break;
		assert_int_equal(find("own", &p), ESP_OK); /* half a table is none */
		esp_partition_unload_all();
	}
	fail_malloc(-1);
	assert_true(i >= 2); /* what is unloaded is not allocated again */
}

/* Rows that are as they were have the records they had; others go, and can still be looked at. */
static void test_reload(void **state)
{
	const esp_partition_t *nvs, *own;
	esp_partition_iterator_t it;

	(void)state;
	table_write(&table);
	nvs = partition("nvs");
	own = partition("own");
	it = esp_partition_find(ANY_TYPE, ANY_SUBTYPE, NULL);
	table_begin(&table);
	table_row(&table, 1, 1, 0xf000, SECTOR, "first", 0);
	table_row(&table, 1, 2, 0x9000, 0x6000, "nvs", 0);
	table_seal(&table);
	table_write(&table);
	assert_ptr_equal(partition("own"), own); /* not yet */
	esp_partition_unload_all();
	assert_ptr_equal(partition("nvs"), nvs);
	assert_null(esp_partition_find_first(ANY_TYPE, ANY_SUBTYPE, "own"));
	assert_string_equal(own->label, "own");
	assert_ptr_equal(esp_partition_find_first(ANY_TYPE, ANY_SUBTYPE, NULL), partition("first"));
	for (unsigned i = 0; i < 4; i++) {
		assert_non_null(esp_partition_get(it));
		it = esp_partition_next(it);
	}
	assert_null(it);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, stop_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_what_is_encrypted),
		TEST(test_blank_flash),
		TEST(test_no_md5),
		TEST(test_full_of_rows),
		TEST(test_95_rows),
		TEST(test_every_byte_is_guarded),
		TEST(test_md5_is_wrong),
		TEST(test_beyond_the_flash),
		TEST(test_size_that_wraps),
		TEST(test_power_is_off),
		TEST(test_no_memory),
		TEST(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
