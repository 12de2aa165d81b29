/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esp_partition.h: finding, the bytes, mapping, copying, hashing, adding; every result of each.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "esp_image_format.h"

#define ANY_TYPE    ESP_PARTITION_TYPE_ANY
#define ANY_SUBTYPE ESP_PARTITION_SUBTYPE_ANY

static const esp_partition_t *app, *plain, *locked, *secret;
static uint8_t buffer[4 * SECTOR];

static void begin_with(struct quire_esp_options *options)
{
	start_with_partitions(options);
	listen();
	app = partition("app");
	plain = partition("plain");
	locked = partition("locked");
	secret = partition("secret");
}

static int begin(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");

	(void)state;
	begin_with(&options);
	return 0;
}

static int begin_encrypted(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");

	(void)state;
	options.flash_key = key;
	options.cache = QUIRE_LINUX_CACHE_POISON;
	begin_with(&options);
	return 0;
}

/* A copy of a partition on a chip that is not there. */
static esp_partition_t elsewhere(const esp_partition_t *partition)
{
	static esp_flash_t other = {.size = MIB(8)};
	esp_partition_t copy = *partition;

	copy.flash_chip = &other;
	return copy;
}

/* -- finding -- */

static unsigned count_of(esp_partition_type_t type, esp_partition_subtype_t subtype,
			 const char *label)
{
	esp_partition_iterator_t it = esp_partition_find(type, subtype, label);
	unsigned count = 0;

	for (; it != NULL; it = esp_partition_next(it))
		count++;
	return count;
}

static void test_find(void **state)
{
	esp_partition_iterator_t it = (void *)buffer;
	char label[] = "plain";

	(void)state;
	assert_int_equal(count_of(ANY_TYPE, ANY_SUBTYPE, NULL), 4);
	assert_int_equal(count_of(ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE, NULL), 3);
	assert_int_equal(count_of(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_FAT, NULL),
			 1);
	assert_int_equal(count_of(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_DATA_FAT, NULL), 0);
	assert_int_equal(count_of(ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE, "plain"), 1);
	assert_int_equal(count_of(ESP_PARTITION_TYPE_APP, ANY_SUBTYPE, "plain"), 0);
	assert_int_equal(count_of(ANY_TYPE, ANY_SUBTYPE, "a label of more than 16 letters"), 0);
	assert_int_equal(
		esp_partition_find_err(ANY_TYPE, ESP_PARTITION_SUBTYPE_DATA_FAT, NULL, &it),
		ESP_ERR_INVALID_ARG);
	assert_null(it);
	assert_int_equal(esp_partition_find_err(ANY_TYPE, ANY_SUBTYPE, "none", &it),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_partition_find_err(ANY_TYPE, ANY_SUBTYPE, NULL, NULL),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_find_first_err(ANY_TYPE, ANY_SUBTYPE, NULL, NULL),
			 ESP_ERR_INVALID_ARG);
	/* The caller's label may go. */
	it = esp_partition_find(ANY_TYPE, ANY_SUBTYPE, label);
	memset(label, 'x', sizeof(label));
	assert_ptr_equal(esp_partition_get(it), plain);
	assert_null(esp_partition_next(it));
}

static void test_iterators(void **state)
{
	esp_partition_iterator_t it;

	(void)state;
	assert_null(esp_partition_get(NULL));
	assert_null(esp_partition_next(NULL));
	esp_partition_iterator_release(NULL);
	it = esp_partition_find(ANY_TYPE, ANY_SUBTYPE, NULL);
	assert_ptr_equal(esp_partition_get(it), app);
	it = esp_partition_next(it);
	esp_partition_unload_all();
	assert_ptr_equal(esp_partition_get(it), plain);
	it = esp_partition_next(it);
	assert_string_equal(esp_partition_get(it)->label, "locked");
	esp_partition_iterator_release(it);
}

static void test_no_memory_for_an_iterator(void **state)
{
	esp_partition_iterator_t it;

	(void)state;
	fail_malloc(0);
	assert_int_equal(esp_partition_find_err(ANY_TYPE, ANY_SUBTYPE, NULL, &it), ESP_ERR_NO_MEM);
	assert_null(it);
}

static void test_verify(void **state)
{
	const esp_partition_t *found = plain;
	esp_partition_t copy = *plain;

	(void)state;
	assert_ptr_equal(esp_partition_verify(&copy), plain);
	copy.label[0] = 0;
	assert_ptr_equal(esp_partition_verify(&copy), plain);
	copy.size += SECTOR;
	assert_null(esp_partition_verify(&copy));
	copy = *plain;
	copy.address += SECTOR;
	assert_null(esp_partition_verify(&copy));
	copy = *plain;
	copy.encrypted = true;
	assert_int_equal(esp_partition_verify_err(&copy, &found), ESP_ERR_NOT_FOUND);
	assert_null(found);
	copy = elsewhere(plain);
	assert_null(esp_partition_verify(&copy));
	assert_null(esp_partition_verify(NULL));
	assert_int_equal(esp_partition_verify_err(NULL, &found), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_verify_err(plain, NULL), ESP_ERR_INVALID_ARG);
}

/* -- the bytes -- */

typedef esp_err_t read_fn(const esp_partition_t *, size_t, void *, size_t);
typedef esp_err_t write_fn(const esp_partition_t *, size_t, const void *, size_t);

static void test_read_arguments(void **state)
{
	static read_fn *const reads[] = {esp_partition_read, esp_partition_read_raw};
	esp_partition_t other = elsewhere(plain);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		read_fn *f = reads[i];

		assert_int_equal(f(NULL, 0, buffer, 1), ESP_ERR_INVALID_ARG);
		assert_int_equal(f(plain, 0, NULL, 1), ESP_ERR_INVALID_ARG);
		assert_int_equal(f(plain, plain->size + 1, buffer, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(f(plain, plain->size, buffer, 1), ESP_ERR_INVALID_SIZE);
		assert_int_equal(f(plain, 2, buffer, SIZE_MAX), ESP_ERR_INVALID_SIZE);
		assert_int_equal(f(plain, 2, buffer, SIZE_MAX - 1), ESP_ERR_INVALID_SIZE);
		assert_int_equal(f(plain, plain->size, buffer, 0), ESP_OK);
		assert_int_equal(f(&other, 0, buffer, 1), ESP_ERR_FLASH_NOT_INITIALISED);
	}
	other.encrypted = true;
	assert_int_equal(esp_partition_read(&other, 0, buffer, 1), ESP_ERR_NOT_SUPPORTED);
	assert_int_equal(esp_partition_read(&other, other.size + 1, buffer, 1),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_read(&other, 0, NULL, 1), ESP_ERR_INVALID_ARG);
}

static void test_write_arguments(void **state)
{
	static write_fn *const writes[] = {esp_partition_write, esp_partition_write_raw};
	esp_partition_t other = elsewhere(plain);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		write_fn *f = writes[i];

		assert_int_equal(f(NULL, 0, buffer, 1), ESP_ERR_INVALID_ARG);
		assert_int_equal(f(plain, 0, NULL, 1), ESP_ERR_INVALID_ARG);
		assert_int_equal(f(locked, locked->size + 1, buffer, 1), ESP_ERR_NOT_ALLOWED);
		assert_int_equal(f(plain, plain->size + 1, buffer, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(f(plain, plain->size, buffer, 1), ESP_ERR_INVALID_SIZE);
		assert_int_equal(f(plain, 2, buffer, SIZE_MAX), ESP_ERR_INVALID_SIZE);
		assert_int_equal(f(plain, 2, buffer, SIZE_MAX - 1), ESP_ERR_INVALID_SIZE);
		assert_int_equal(f(&other, 0, buffer, 1), ESP_ERR_FLASH_NOT_INITIALISED);
	}
	other.encrypted = true;
	assert_int_equal(esp_partition_write(&other, 0, buffer, 16), ESP_ERR_NOT_SUPPORTED);
	other.readonly = true;
	assert_int_equal(esp_partition_write(&other, 0, buffer, 16), ESP_ERR_NOT_ALLOWED);
}

static void test_erase_arguments(void **state)
{
	esp_partition_t other = elsewhere(plain);

	(void)state;
	assert_int_equal(esp_partition_erase_range(NULL, 0, SECTOR), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_erase_range(locked, 1, 1), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_partition_erase_range(plain, plain->size + 1, 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_erase_range(plain, plain->size, SECTOR),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_erase_range(plain, SECTOR, SIZE_MAX - SECTOR + 1),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_erase_range(plain, 1, SECTOR + 1), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_erase_range(plain, 1, SECTOR), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_erase_range(plain, SECTOR, 0), ESP_OK);
	assert_int_equal(esp_partition_erase_range(&other, 0, SECTOR),
			 ESP_ERR_FLASH_NOT_INITIALISED);
	assert_int_equal(esp_partition_get_main_flash_sector_size(), SECTOR);
}

static void test_bytes(void **state)
{
	uint8_t there[300];

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		buffer[i] = pattern(i);
	assert_int_equal(esp_partition_write(plain, 4000, buffer, 300), ESP_OK);
	peek_flash(PLAIN_AT + 4000, there, 300);
	assert_memory_equal(there, buffer, 300);
	memset(there, 0, sizeof(there));
	assert_int_equal(esp_partition_read(plain, 4001, there, 299), ESP_OK);
	assert_memory_equal(there, buffer + 1, 299);
	assert_int_equal(esp_partition_erase_range(plain, 0, SECTOR), ESP_OK);
	assert_int_equal(esp_partition_read_raw(plain, 4095, there, 2), ESP_OK);
	assert_int_equal(there[0], 0xff);
	assert_int_equal(there[1], buffer[96]);
}

/* Nothing of it has changed. */
static void test_read_only_refuses(void **state)
{
	uint8_t before, after;

	(void)state;
	poke_flash(LOCKED_AT, "\x55", 1);
	peek_flash(LOCKED_AT, &before, 1);
	assert_int_equal(esp_partition_write(locked, 0, buffer, 1), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_partition_write_raw(locked, 0, buffer, 1), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_partition_erase_range(locked, 0, SECTOR), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_partition_copy(locked, 0, plain, 0, 16), ESP_ERR_NOT_ALLOWED);
	assert_int_equal(esp_partition_read(locked, 0, &after, 1), ESP_OK);
	assert_int_equal(after, before);
}

/* -- encrypted -- */

static void test_encrypted_partition(void **state)
{
	uint8_t there[96];
	const uint8_t *p;
	const void *mapped;
	esp_partition_mmap_handle_t handle;

	(void)state;
	assert_true(secret->encrypted);
	assert_true(app->encrypted);
	assert_false(plain->encrypted);
	for (unsigned i = 0; i < 96; i++)
		buffer[i] = pattern(i);
	assert_int_equal(
		esp_partition_mmap(secret, 8, 200, ESP_PARTITION_MMAP_DATA, &mapped, &handle),
		ESP_OK);
	p = (const uint8_t *)mapped - 8;
	assert_int_equal(esp_partition_write(secret, 8, buffer, 16), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_write(secret, 16, buffer, 8), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_write(secret, 16, buffer, 96), ESP_OK);
	assert_memory_equal(p + 16, buffer, 96);
	assert_int_equal(esp_partition_read(secret, 16, there, 96), ESP_OK);
	assert_memory_equal(there, buffer, 96);
	assert_int_equal(esp_partition_read_raw(secret, 16, there, 96), ESP_OK);
	assert_memory_not_equal(there, buffer, 16);
	quire_esp_xts_decrypt(key, SECRET_AT + 16, there, 96);
	assert_memory_equal(there, buffer, 96);
	esp_partition_munmap(handle);
	/* Unencrypted beside it: plain for the chip's reader, nonsense through the cache. */
	assert_int_equal(esp_partition_write(plain, 0, buffer, 96), ESP_OK);
	assert_int_equal(esp_partition_read(plain, 0, there, 96), ESP_OK);
	assert_memory_equal(there, buffer, 96);
	assert_int_equal(
		esp_partition_mmap(plain, 0, 96, ESP_PARTITION_MMAP_DATA, &mapped, &handle),
		ESP_OK);
	quire_esp_xts_decrypt(key, PLAIN_AT, there, 96);
	assert_memory_equal(mapped, there, 96);
	esp_partition_munmap(handle);
}

/* What a file system does: the same few pages, again and again, at the price of a copy. */
static void test_encrypted_reads_write_no_entry(void **state)
{
	struct quire_space *space = quire_esp_space();
	uint32_t entries;

	(void)state;
	assert_int_equal(esp_partition_read(secret, 0, buffer, 16), ESP_OK);
	entries = space->walker[0].counts.entries;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(esp_partition_read(secret, i * 16, buffer, 16), ESP_OK);
	assert_int_equal(space->walker[0].counts.entries, entries);
}

/* -- mapping -- */

static void test_mmap_arguments(void **state)
{
	esp_partition_t other = elsewhere(plain);
	esp_partition_mmap_handle_t handle = 3;
	const void *p = &p;

	(void)state;
	assert_int_equal(esp_partition_mmap(NULL, 0, 1, ESP_PARTITION_MMAP_DATA, &p, &handle),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_mmap(plain, 0, 1, ESP_PARTITION_MMAP_DATA, NULL, &handle),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_mmap(plain, 0, 1, ESP_PARTITION_MMAP_DATA, &p, NULL),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(
		esp_partition_mmap(plain, plain->size + 1, 1, ESP_PARTITION_MMAP_DATA, &p, &handle),
		ESP_ERR_INVALID_ARG);
	assert_int_equal(
		esp_partition_mmap(plain, plain->size, 1, ESP_PARTITION_MMAP_DATA, &p, &handle),
		ESP_ERR_INVALID_SIZE);
	assert_int_equal(
		esp_partition_mmap(plain, 2, SIZE_MAX, ESP_PARTITION_MMAP_DATA, &p, &handle),
		ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_mmap(&other, 0, 1, ESP_PARTITION_MMAP_DATA, &p, &handle),
			 ESP_ERR_NOT_SUPPORTED);
	assert_int_equal(
		esp_partition_mmap(&other, 0, other.size + 1, ESP_PARTITION_MMAP_DATA, &p, &handle),
		ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_mmap(plain, 5, 0, ESP_PARTITION_MMAP_DATA, &p, &handle),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(
		esp_partition_mmap(plain, 0, 1, (esp_partition_mmap_flag_t)16, &p, &handle),
		ESP_ERR_INVALID_ARG);
	assert_ptr_equal(p, &p);
	assert_int_equal(handle, 3);
}

static void test_mmap_of_any_bytes(void **state)
{
	static const uint32_t offset[] = {0, 1, 4095, 65535, 65536, 70001};
	static const uint32_t size[] = {1, 2, 4097, 60000};

	(void)state;
	for (unsigned chip = 0; chip < CHIPS; chip++) {
		struct quire_esp_options options = options_for(chips[chip]);

		stop();
		begin_with(&options);
		fill(PLAIN_AT, plain->size);
		for (unsigned i = 0; i < 24; i++) {
			esp_partition_mmap_handle_t handle;
			const void *p;
			uint32_t at = offset[i % 6];

			assert_int_equal(esp_partition_mmap(plain, at, size[i / 6],
							    i % 2 ? ESP_PARTITION_MMAP_DATA
								  : ESP_PARTITION_MMAP_BLOCKS_WRITE,
							    &p, &handle),
					 ESP_OK);
			expect_pattern(p, PLAIN_AT + at, size[i / 6]);
			esp_partition_munmap(handle);
		}
		check_space();
	}
}

/* Two partitions in one page: either order of release. */
static void test_neighbours_share_a_page(void **state)
{
	esp_partition_mmap_handle_t handle[2];
	const void *p[2];

	(void)state;
	fill(PLAIN_AT, KIB(256));
	assert_int_equal(esp_partition_register_external(NULL, MIB(3), SECTOR, "a",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 NULL),
			 ESP_OK);
	assert_int_equal(esp_partition_register_external(NULL, MIB(3) + SECTOR, SECTOR, "b",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 NULL),
			 ESP_OK);
	fill(MIB(3), 2 * SECTOR);
	for (unsigned first = 0; first < 2; first++) {
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(esp_partition_mmap(partition(i == 0 ? "a" : "b"), 0,
							    SECTOR, ESP_PARTITION_MMAP_DATA, &p[i],
							    &handle[i]),
					 ESP_OK);
		assert_ptr_equal(p[1], (const uint8_t *)p[0] + SECTOR);
		esp_partition_munmap(handle[first]);
		expect_pattern(p[1 - first], MIB(3) + (1 - first) * SECTOR, SECTOR);
		esp_partition_munmap(handle[1 - first]);
	}
}

/* -- copying -- */

static void test_copy_arguments(void **state)
{
	esp_partition_t other = elsewhere(plain), overlapping = *plain;

	(void)state;
	overlapping.address += SECTOR;
	assert_int_equal(esp_partition_copy(NULL, 0, plain, 0, 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_copy(plain, 0, NULL, 0, 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_copy(plain, 0, plain, SECTOR, 1), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_copy(plain, 0, app, app->size + 1, 1), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_copy(plain, plain->size + 1, app, 0, 1),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_copy(app, 0, &other, 0, 1), ESP_ERR_NOT_SUPPORTED);
	assert_int_equal(esp_partition_copy(plain, 0, app, 0, plain->size + 1),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_copy(app, 0, plain, 1, plain->size), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_copy(app, 1, plain, 0, 16), ESP_ERR_INVALID_ARG); /* erase */
	/* What would be erased before it is read: upstream, the source is gone. */
	assert_int_equal(esp_partition_copy(&overlapping, 0, plain, SECTOR, SECTOR),
			 ESP_ERR_INVALID_ARG);
	fail_malloc(0);
	assert_int_equal(esp_partition_copy(plain, 0, app, 0, 16), ESP_ERR_NO_MEM);
	fail_malloc(-1);
}

static void expect_copied(const esp_partition_t *p, uint32_t at, uint32_t address, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++) {
		uint8_t byte;

		peek_flash(p->address + at + i, &byte, 1);
		if (byte != pattern(address + i))
			fail_msg("byte %u", (unsigned)i);
	}
}

static void test_copy(void **state)
{
	uint8_t byte;

	(void)state;
	fill(0x10000, MIB(1));
	fill(PLAIN_AT, plain->size);
	/* From an odd offset, with a tail: whole sectors are erased for it. */
	assert_int_equal(esp_partition_copy(plain, SECTOR, app, 0x1234, 3 * SECTOR + 5), ESP_OK);
	expect_copied(plain, SECTOR, 0x11234, 3 * SECTOR + 5);
	expect_copied(plain, 0, PLAIN_AT, SECTOR);
	peek_flash(PLAIN_AT + 4 * SECTOR + 5, &byte, 1);
	assert_int_equal(byte, 0xff);
	expect_copied(plain, 5 * SECTOR, PLAIN_AT + 5 * SECTOR, SECTOR);
	/* All of it. */
	assert_int_equal(esp_partition_copy(plain, 0, app, app->size - SECTOR, SIZE_MAX), ESP_OK);
	expect_copied(plain, 0, 0x10000 + MIB(1) - SECTOR, SECTOR);
	peek_flash(PLAIN_AT + plain->size - 1, &byte, 1);
	assert_int_equal(byte, 0xff);
	assert_int_equal(esp_partition_copy(app, 0, plain, 0, 0), ESP_OK);
}

/* Upstream, a source inside a page is never copied where all pages would be needed. */
static void test_copy_with_no_free_page(void **state)
{
	struct quire_esp_options options = options_for("esp32");
	spi_flash_mmap_handle_t all, other;
	const void *p;

	(void)state;
	stop();
	begin_with(&options);
	fill(0x10000, MIB(1));
	map_ok(0, MIB(2), DATA, &all);
	assert_int_equal(spi_flash_mmap_pages((const int[]){1, 0}, 2, DATA, &p, &other), ESP_OK);
	map_ok(MIB(2), MIB(2) - 2 * PAGE, DATA, &other);
	assert_int_equal(spi_flash_mmap_get_free_pages(DATA), 0);
	assert_int_equal(esp_partition_copy(plain, 0, app, 0x234, 2 * SECTOR), ESP_OK);
	expect_copied(plain, 0, 0x10234, 2 * SECTOR);
}

static void test_copy_into_encrypted(void **state)
{
	uint8_t there[2 * SECTOR];

	(void)state;
	fill(PLAIN_AT, KIB(64));
	assert_int_equal(esp_partition_copy(secret, 0, plain, 3, 2 * SECTOR), ESP_OK);
	assert_int_equal(esp_partition_read(secret, 0, there, sizeof(there)), ESP_OK);
	for (uint32_t i = 0; i < sizeof(there); i++)
		assert_int_equal(there[i], pattern(PLAIN_AT + 3 + i));
	assert_int_equal(esp_partition_copy(plain, 0, secret, 0, SECTOR), ESP_OK);
	assert_int_equal(esp_partition_read_raw(plain, 0, there, SECTOR), ESP_OK);
	assert_int_equal(there[0], pattern(PLAIN_AT + 3));
	/* A tail that cannot be written is found out before anything is erased. */
	assert_int_equal(esp_partition_copy(secret, 0, plain, 0, 17), ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_read(secret, 0, there, 1), ESP_OK);
	assert_int_equal(there[0], pattern(PLAIN_AT + 3));
}

/* -- hashing -- */

static void sha_of(const void *bytes, size_t size, uint8_t out[QUIRE_ESP_SHA256])
{
	struct quire_esp_sha256 sha;

	quire_esp_sha256_begin(&sha);
	quire_esp_sha256_add(&sha, bytes, size);
	quire_esp_sha256_end(&sha, out);
}

static void test_hash_of_data(void **state)
{
	uint8_t sha[32] = {0}, expect[32], *bytes = malloc(plain->size);
	esp_partition_t least = {.type = plain->type, .address = plain->address};

	(void)state;
	fill(PLAIN_AT, plain->size);
	peek_flash(PLAIN_AT, bytes, plain->size);
	sha_of(bytes, plain->size, expect);
	free(bytes);
	assert_int_equal(esp_partition_get_sha256(plain, sha), ESP_OK);
	assert_memory_equal(sha, expect, 32);
	assert_int_equal(esp_partition_get_sha256(&least, sha), ESP_ERR_INVALID_ARG); /* size 0 */
	least.size = plain->size;
	memset(sha, 0, sizeof(sha));
	assert_int_equal(esp_partition_get_sha256(&least, sha), ESP_OK);
	assert_memory_equal(sha, expect, 32);
	assert_int_equal(esp_partition_get_sha256(NULL, sha), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_get_sha256(plain, NULL), ESP_ERR_INVALID_ARG);
	fail_malloc(0);
	assert_int_equal(esp_partition_get_sha256(plain, sha), ESP_ERR_NO_MEM);
	fail_malloc(-1);
}

/* An image of two segments, with or without its hash; returns its size. */
static uint32_t make_image(uint8_t *out, bool hashed)
{
	static const uint32_t length[] = {5000, 24};
	esp_image_header_t header = {.magic = ESP_IMAGE_HEADER_MAGIC,
				     .segment_count = 2,
				     .chip_id = ESP_CHIP_ID_ESP32S3,
				     .hash_appended = hashed};
	uint8_t checksum = ESP_ROM_CHECKSUM_INITIAL;
	uint32_t at = sizeof(header);

	memcpy(out, &header, sizeof(header));
	for (unsigned i = 0; i < 2; i++) {
		esp_image_segment_header_t segment = {0x3fc90000, length[i]};

		memcpy(out + at, &segment, sizeof(segment));
		at += sizeof(segment);
		for (uint32_t end = at + length[i]; at < end; at++)
			checksum ^= out[at] = pattern(at);
	}
	while (at % 16 != 15)
		out[at++] = 0;
	out[at++] = checksum;
	if (hashed) {
		sha_of(out, at, out + at);
		at += QUIRE_ESP_SHA256;
	}
	return at;
}

static esp_err_t hash_of(const uint8_t *image, uint32_t size, uint8_t sha[32])
{
	poke_flash(app->address, image, size);
	memset(sha, 0, 32);
	return esp_partition_get_sha256(app, sha);
}

static void test_hash_of_an_application(void **state)
{
	uint8_t image[8192], sha[32], expect[32];
	uint32_t size = make_image(image, true);

	(void)state;
	assert_int_equal(hash_of(image, size, sha), ESP_OK);
	assert_memory_equal(sha, image + size - 32, 32);
	size = make_image(image, false);
	assert_int_equal(hash_of(image, size, sha), ESP_OK);
	sha_of(image, size, expect);
	assert_memory_equal(sha, expect, 32);
}

static void test_damaged_application(void **state)
{
	static const uint16_t damage[] = {
		0,    /* magic */
		1,    /* segments */
		12,   /* chip */
		28,   /* length of a segment: no multiple of 4 */
		31,   /* the same: beyond the partition */
		2000, /* data */
	};
	uint8_t image[8192], sha[32];
	uint32_t size = make_image(image, true);

	(void)state;
	for (unsigned i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		image[damage[i]] ^= 0x21;
		assert_int_equal(hash_of(image, size, sha), ESP_ERR_IMAGE_INVALID);
		image[damage[i]] ^= 0x21;
	}
	image[size - 33] ^= 1; /* the checksum */
	assert_int_equal(hash_of(image, size, sha), ESP_ERR_IMAGE_INVALID);
	image[size - 33] ^= 1;
	image[size - 1] ^= 1; /* the hash */
	assert_int_equal(hash_of(image, size, sha), ESP_ERR_IMAGE_INVALID);
	image[size - 1] ^= 1;
	image[1] = 0;
	assert_int_equal(hash_of(image, size, sha), ESP_ERR_IMAGE_INVALID);
	image[1] = 2;
	assert_int_equal(hash_of(image, size, sha), ESP_OK);
}

/* At the very end, one byte short. */
static void test_application_that_just_fits(void **state)
{
	uint8_t image[8192], sha[32];
	uint32_t size = make_image(image, true);
	esp_partition_t fits = *app;

	(void)state;
	poke_flash(app->address, image, size);
	fits.size = size;
	assert_int_equal(esp_partition_get_sha256(&fits, sha), ESP_OK);
	for (fits.size = size - 1; fits.size > 0; fits.size -= fits.size > 5000 ? 1 : 50)
		assert_int_equal(esp_partition_get_sha256(&fits, sha), ESP_ERR_IMAGE_INVALID);
}

static void test_identity(void **state)
{
	(void)state;
	fill(PLAIN_AT, plain->size);
	assert_false(esp_partition_check_identity(plain, locked));
	quire_linux_flash_counts(quire_esp_linux(), NULL);
	for (uint32_t at = 0; at < plain->size; at += sizeof(buffer)) {
		peek_flash(PLAIN_AT + at, buffer, sizeof(buffer));
		poke_flash(LOCKED_AT + at, buffer, sizeof(buffer));
	}
	assert_true(esp_partition_check_identity(plain, locked));
	assert_false(esp_partition_check_identity(plain, app)); /* which is no application */
	assert_false(esp_partition_check_identity(NULL, plain));
}

static void test_hash_of_encrypted(void **state)
{
	uint8_t image[8192], sha[32], expect[32];
	uint32_t size = make_image(image, true);

	(void)state;
	assert_int_equal(esp_partition_write(app, 0, image, size), ESP_OK);
	assert_int_equal(esp_partition_get_sha256(app, sha), ESP_OK);
	assert_memory_equal(sha, image + size - 32, 32);
	assert_int_equal(esp_partition_erase_range(plain, 0, plain->size), ESP_OK);
	uint8_t *bytes = malloc(plain->size);
	memset(bytes, 0xff, plain->size);
	sha_of(bytes, plain->size, expect);
	free(bytes);
	assert_int_equal(esp_partition_get_sha256(plain, sha), ESP_OK);
	assert_memory_equal(sha, expect, 32);
}

/* -- adding -- */

static void test_register(void **state)
{
	esp_partition_t other = elsewhere(plain);
	const esp_partition_t *added = plain;

	(void)state;
	assert_int_equal(esp_partition_register_external(other.flash_chip, 0, SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_ERR_FLASH_NOT_INITIALISED);
	assert_null(added);
	assert_int_equal(esp_partition_register_external(NULL, MIB(3), SECTOR, NULL,
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_register_external(NULL, MIB(4), SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_register_external(NULL, SECTOR, SIZE_MAX - SECTOR + 1, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_ERR_INVALID_SIZE);
	assert_int_equal(esp_partition_register_external(NULL, PLAIN_AT - SECTOR, 2 * SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_ERR_INVALID_ARG);
	assert_null(added);
	fail_malloc(0);
	assert_int_equal(esp_partition_register_external(NULL, MIB(3), SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_ERR_NO_MEM);
	fail_malloc(-1);
	assert_int_equal(esp_partition_register_external(esp_flash_default_chip, MIB(3), SECTOR,
							 "a label that is much too long",
							 ESP_PARTITION_TYPE_DATA,
							 ESP_PARTITION_SUBTYPE_DATA_SPIFFS, &added),
			 ESP_OK);
	assert_string_equal(added->label, "a label that is ");
	assert_ptr_equal(partition("a label that is "), added);
	assert_int_equal(added->erase_size, SECTOR);
	assert_int_equal(esp_partition_write(added, 0, buffer, 16), ESP_OK);
}

static void test_deregister(void **state)
{
	const esp_partition_t *added;

	(void)state;
	assert_int_equal(esp_partition_register_external(NULL, MIB(3), SECTOR, "x",
							 ESP_PARTITION_TYPE_DATA, ANY_SUBTYPE,
							 &added),
			 ESP_OK);
	assert_int_equal(esp_partition_deregister_external(plain), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_partition_deregister_external(NULL), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_partition_deregister_external(added), ESP_OK);
	assert_int_equal(esp_partition_deregister_external(added), ESP_ERR_NOT_FOUND);
	assert_string_equal(added->label, "x"); /* it may be looked at */
	assert_null(esp_partition_find_first(ANY_TYPE, ANY_SUBTYPE, "x"));
}

static void test_regions(void **state)
{
	(void)state;
	assert_true(esp_partition_is_flash_region_writable(LOCKED_AT - 16, 16));
	assert_false(esp_partition_is_flash_region_writable(LOCKED_AT - 16, 17));
	assert_false(esp_partition_is_flash_region_writable(SECRET_AT - 1, 1));
	assert_true(esp_partition_is_flash_region_writable(SECRET_AT, 1));
	assert_false(esp_partition_is_flash_region_writable(0, MIB(4)));
	assert_false(esp_partition_main_flash_region_safe(0x8fff, 1));
	assert_true(esp_partition_main_flash_region_safe(0x9000, 1));
}

#define TEST(name)   cmocka_unit_test_setup_teardown(name, begin, stop_all)
#define CIPHER(name) cmocka_unit_test_setup_teardown(name, begin_encrypted, stop_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find),
		TEST(test_iterators),
		TEST(test_no_memory_for_an_iterator),
		TEST(test_verify),
		TEST(test_read_arguments),
		TEST(test_write_arguments),
		TEST(test_erase_arguments),
		TEST(test_bytes),
		TEST(test_read_only_refuses),
		CIPHER(test_encrypted_partition),
		CIPHER(test_encrypted_reads_write_no_entry),
		TEST(test_mmap_arguments),
		TEST(test_mmap_of_any_bytes),
		TEST(test_neighbours_share_a_page),
		TEST(test_copy_arguments),
		TEST(test_copy),
		TEST(test_copy_with_no_free_page),
		CIPHER(test_copy_into_encrypted),
		TEST(test_hash_of_data),
		TEST(test_hash_of_an_application),
		TEST(test_damaged_application),
		TEST(test_application_that_just_fits),
		TEST(test_identity),
		CIPHER(test_hash_of_encrypted),
		TEST(test_register),
		TEST(test_deregister),
		TEST(test_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
