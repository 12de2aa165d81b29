/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a chip, and what its record says about images, registers and caches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "quire/chip.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name, *title, *shouted;
	unsigned id, cores, mmus;
	uint32_t loader;
	uint32_t table, second, index;
	unsigned line;
	bool psram, writeback;
} facts[] = {
	{"esp32", "ESP32", "Esp32", 0, 2, 2, 0x1000, 0x3ff10000, 0x3ff12000, 0, 32, true, true},
	{"esp32s2", "ESP32-S2", "esp32-S2", 2, 1, 1, 0x1000, 0x61801000, 0, 0, 32, true, true},
	{"esp32s3", "ESP32-S3", "ESP32s3", 9, 2, 1, 0, 0x600c5000, 0, 0, 32, true, true},
	{"esp32c2", "ESP32-C2", "esp32-c2", 12, 1, 1, 0, 0x600c5000, 0, 0, 32, false, false},
	{"esp32c3", "ESP32-C3", "eSP32C3", 5, 1, 1, 0, 0x600c5000, 0, 0, 32, false, false},
	{"esp32c5", "ESP32-C5", "ESP32C5", 23, 1, 1, 0x2000, 0x6000237c, 0, 0x60002380, 32, true,
	 true},
	{"esp32c6", "ESP32-C6", "ESP32C6", 13, 1, 1, 0, 0x6000237c, 0, 0x60002380, 32, false,
	 false},
	{"esp32c61", "ESP32-C61", "ESP32C61", 20, 1, 1, 0, 0x6000237c, 0, 0x60002380, 32, true,
	 true},
	{"esp32h2", "ESP32-H2", "ESP32H2", 16, 1, 1, 0, 0x6000237c, 0, 0x60002380, 32, false,
	 false},
	{"esp32h21", "ESP32-H21", "ESP32H21", 25, 1, 1, 0, 0x6000237c, 0, 0x60002380, 32, false,
	 false},
	{"esp32h4", "ESP32-H4", "ESP32H4", 28, 2, 1, 0x2000, 0x6009837c, 0, 0x60098380, 32, true,
	 true},
	{"esp32p4", "ESP32-P4", "ESP32P4", 18, 2, 2, 0x2000, 0x5008c37c, 0, 0x5008c380, 128, true,
	 true},
	{"esp32s31", "ESP32-S31", "ESP32S31", 32, 2, 2, 0x2000, 0x2050037c, 0, 0x20500380, 64, true,
	 true},
};

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(quire_chip_count(), COUNT(facts));
	for (unsigned i = 0; i < COUNT(facts); i++) {
		const struct quire_chip *chip = quire_chip_at(i);

		assert_string_equal(chip->name, facts[i].name);
		assert_string_equal(chip->title, facts[i].title);
		assert_ptr_equal(quire_chip_by_name(facts[i].name), chip);
		assert_ptr_equal(quire_chip_by_name(facts[i].title), chip);
		assert_ptr_equal(quire_chip_by_name(facts[i].shouted), chip);
		assert_ptr_equal(quire_chip_by_image_id(facts[i].id), chip);
	}
}

static void test_find_nothing(void **state)
{
	static const char *const names[] = {"",         "esp32s",   "esp32s33", "esp32-",
					    "esp-32s3", "esp32 s3", "esp8266",  " esp32"};

	(void)state;
	assert_null(quire_chip_at(13));
	assert_null(quire_chip_at(~0u));
	assert_null(quire_chip_by_name(NULL));
	for (unsigned i = 0; i < COUNT(names); i++)
		assert_null(quire_chip_by_name(names[i]));
	assert_null(quire_chip_by_image_id(1));
	assert_null(quire_chip_by_image_id(0xffff));
	assert_null(quire_chip_by_image_id(0x10000));
}

static void test_records(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(facts); i++) {
		const struct quire_chip *chip = quire_chip_at(i);

		assert_int_equal(chip->cores, facts[i].cores);
		assert_int_equal(chip->mmu_count, facts[i].mmus);
		assert_int_equal(chip->bootloader_offset, facts[i].loader);
		assert_int_equal(chip->mmu[0].table, facts[i].table);
		assert_int_equal(chip->mmu[0].table_second, facts[i].second);
		assert_int_equal(chip->mmu[0].index, facts[i].index);
		assert_int_equal(chip->cache_line, facts[i].line);
		assert_int_equal(chip->psram, facts[i].psram);
		assert_int_equal(chip->psram_max != 0, facts[i].psram);
		assert_int_equal(chip->cache_writeback, facts[i].writeback);
	}
}

/* The second MMUs: ESP32's stands 1,152 words into the same tables. */
static void test_second_mmus(void **state)
{
	(void)state;
	assert_int_equal(quire_chip_by_name("esp32")->mmu[1].table, 0x3ff11200);
	assert_int_equal(quire_chip_by_name("esp32")->mmu[1].table_second, 0x3ff13200);
	assert_int_equal(quire_chip_by_name("esp32p4")->mmu[1].table, 0x5008e37c);
	assert_int_equal(quire_chip_by_name("esp32p4")->mmu[1].index, 0x5008e380);
	assert_int_equal(quire_chip_by_name("esp32s31")->mmu[1].table, 0x2050237c);
	assert_int_equal(quire_chip_by_name("esp32s31")->mmu[1].index, 0x20502380);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_nothing),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_second_mmus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
