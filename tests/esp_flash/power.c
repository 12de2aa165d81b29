/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cut before every byte of an update of a partition.
 *
 * The update is the plainest that can survive: two slots, each a sector; the older one is erased and
 * gets the new record, its number last.  After each cut the power comes back, everything is read
 * again, and what is there is the old record or the new one, the same through a read as through a
 * mapping; and the next update works.
 */
#include "rig.h"

#include <string.h>

#define TEXT 48u /* bytes; with the number a multiple of 16 */

struct record {
	uint8_t text[TEXT];
	uint32_t number; /* of the update; ~0 is none */
	uint32_t again;  /* ~number */
	uint32_t zero[2];
};

static const esp_partition_t *store;
static const volatile uint8_t *mapped;

static bool valid(const struct record *record)
{
	return record->number == ~record->again && record->zero[0] == 0 && record->zero[1] == 0;
}

/* A slot, which reads the same in both ways. */
static struct record slot(unsigned i)
{
	struct record record;

	assert_int_equal(esp_partition_read(store, i * SECTOR, &record, sizeof(record)), ESP_OK);
	for (size_t n = 0; n < sizeof(record); n++)
		assert_int_equal(mapped[i * SECTOR + n], ((uint8_t *)&record)[n]);
	return record;
}

/* The slot that counts; -1 if neither does. */
static int current(struct record *out)
{
	struct record record[2] = {slot(0), slot(1)};
	int newest = -1;

	for (int i = 0; i < 2; i++)
		if (valid(&record[i]) && (newest < 0 || record[i].number > record[newest].number))
			newest = i;
	if (newest >= 0)
		*out = record[newest];
	return newest;
}

static struct record make(uint32_t number)
{
	struct record record = {.number = number, .again = ~number};

	for (unsigned i = 0; i < TEXT; i++)
		record.text[i] = pattern(number * TEXT + i);
	return record;
}

static esp_err_t update(uint32_t number)
{
	struct record now, next = make(number);
	uint32_t at = current(&now) == 0 ? SECTOR : 0;
	esp_err_t err = esp_partition_erase_range(store, at, SECTOR);

	if (err == ESP_OK)
		err = esp_partition_write(store, at, next.text, TEXT);
	if (err == ESP_OK)
		err = esp_partition_write(store, at + TEXT, &next.number, sizeof(next) - TEXT);
	return err;
}

static void expect_record(uint32_t number)
{
	struct record expect = make(number), now = {0};

	assert_true(current(&now) >= 0);
	assert_memory_equal(&now, &expect, sizeof(now));
}

/* One cut: true if the update was whole all the same. */
static bool cut_at(uint64_t byte, uint32_t number)
{
	struct record now = {0};
	esp_err_t err;

	assert_int_equal(quire_linux_power_cut(quire_esp_linux(), byte, NULL, NULL), QUIRE_OK);
	err = update(number);
	if (err == ESP_OK) {
		quire_linux_power_cut(quire_esp_linux(), UINT64_MAX, NULL, NULL);
		expect_record(number);
		return true;
	}
	assert_int_equal(err, ESP_ERR_FLASH_OP_FAIL);
	assert_false(quire_linux_power(quire_esp_linux()));
	assert_int_equal(esp_partition_erase_range(store, 0, SECTOR), ESP_ERR_FLASH_OP_FAIL);
	assert_int_equal(quire_linux_power_on(quire_esp_linux()), QUIRE_OK);
	esp_partition_unload_all();
	assert_ptr_equal(partition(store->label), store);
	assert_true(current(&now) >= 0);
	expect_record(now.number == number ? number : number - 1);
	return false;
}

/* A write of this many bytes; an erase; a write of the rest: that is all that can be cut. */
static void cut_everywhere(const char *label)
{
	esp_partition_mmap_handle_t handle;
	const void *p;
	uint32_t number = 1;
	uint64_t byte = 0;

	store = partition(label);
	assert_int_equal(
		esp_partition_mmap(store, 0, store->size, ESP_PARTITION_MMAP_DATA, &p, &handle),
		ESP_OK);
	mapped = p;
	assert_int_equal(esp_partition_erase_range(store, 0, 2 * SECTOR), ESP_OK);
	assert_int_equal(update(number), ESP_OK);
	for (;; byte++) {
		if (cut_at(byte, ++number))
			break;
		assert_int_equal(update(number), ESP_OK);
		expect_record(number);
	}
	assert_int_equal(byte, SECTOR + sizeof(struct record));
	esp_partition_munmap(handle);
	check_space();
}

static void test_every_byte_of_an_update(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct quire_esp_options options = options_for("esp32s3");

		options.cache = modes[mode];
		start_with_partitions(&options);
		cut_everywhere("plain");
		stop();
	}
}

static void test_every_byte_of_an_encrypted_update(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");

	(void)state;
	options.flash_key = key;
	options.cache = QUIRE_LINUX_CACHE_STALE;
	start_with_partitions(&options);
	cut_everywhere("secret");
}

#define TEST(name) cmocka_unit_test_teardown(name, stop_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_byte_of_an_update),
		TEST(test_every_byte_of_an_encrypted_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
