/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware made by others, each on its chip: put into flash, mapped, and gone through where it is.
 * What is known of it (segments, lengths) was read with other tools.
 */
#define _POSIX_C_SOURCE 200809L
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "esp_image_format.h"
#include "quire/chip.h"

/* A shared file, or the test is skipped. */
static uint8_t *open_shared(const char *name, size_t *size)
{
	const char *set = getenv("QUIRE_SHARED_DATA");
	uint8_t *bytes;
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", set != NULL ? set : QUIRE_SHARED_DATA, name);
	file = fopen(path, "rb");
	if (file == NULL) {
		print_message("%s is not here (QUIRE_SHARED_DATA says where): skipped\n", name);
		skip();
	}
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*size = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

struct loader {
	const char *file, *chip;
	uint32_t length[3];
};

static const struct loader loaders[] = {
	{"esp32-bootloader.bin", "esp32", {0x1860, 0x3dcc, 0xf7c}},
	{"esp32s2-bootloader.bin", "esp32s2", {0x1590, 0xc34, 0x33b0}},
	{"esp32s3-bootloader.bin", "esp32s3", {0x14d0, 0xdcc, 0x2f54}},
	{"esp32c3-bootloader.bin", "esp32c3", {0x153c, 0xcec, 0x2fcc}},
	{"esp32c6-bootloader.bin", "esp32c6", {0x1628, 0xd9c, 0x31e0}},
	{"esp32p4-v0-bootloader.bin", "esp32p4", {0x1504, 0xf34, 0x3594}},
};

/* Checksum and hash, byte by byte through the mapping; returns the image's size. */
static uint32_t check_through_map(const uint8_t *image, const struct loader *loader)
{
	uint8_t checksum = ESP_ROM_CHECKSUM_INITIAL, sha[QUIRE_ESP_SHA256];
	uint32_t at = sizeof(esp_image_header_t);
	struct quire_esp_sha256 hash;

	assert_int_equal(image[0], ESP_IMAGE_HEADER_MAGIC);
	assert_int_equal(image[1], 3);
	for (unsigned i = 0; i < 3; i++) {
		esp_image_segment_header_t segment;

		memcpy(&segment, image + at, sizeof(segment));
		at += sizeof(segment);
		assert_int_equal(segment.data_len, loader->length[i]);
		for (uint32_t end = at + segment.data_len; at < end; at++)
			checksum ^= image[at];
	}
	at += 15 - at % 16;
	assert_int_equal(image[at++], checksum);
	quire_esp_sha256_begin(&hash);
	quire_esp_sha256_add(&hash, image, at);
	quire_esp_sha256_end(&hash, sha);
	assert_memory_equal(sha, image + at, sizeof(sha));
	return at + (uint32_t)sizeof(sha);
}

/* Everything that the interfaces say of a loader that stands at `at` in flash. */
static void check_loader(const struct loader *loader, uint32_t at, const uint8_t *bytes,
			 size_t size)
{
	const esp_partition_t *boot;
	esp_partition_mmap_handle_t handle;
	const void *image;
	uint8_t sha[32];
	uint32_t end;

	assert_int_equal(esp_partition_register_external(NULL, at, KIB(64), "boot",
							 ESP_PARTITION_TYPE_APP,
							 ESP_PARTITION_SUBTYPE_APP_TEST, &boot),
			 ESP_OK);
	assert_int_equal(esp_partition_erase_range(boot, 0, boot->size), ESP_OK);
	assert_int_equal(
		esp_partition_mmap(boot, 0, size, ESP_PARTITION_MMAP_DATA, &image, &handle),
		ESP_OK);
	assert_int_equal(((const volatile uint8_t *)image)[0], 0xff);
	assert_int_equal(esp_partition_write(boot, 0, bytes, size), ESP_OK);
	assert_memory_equal(image, bytes, size);
	end = check_through_map(image, loader);
	assert_in_range(end, 1, size);
	assert_int_equal(esp_partition_get_sha256(boot, sha), ESP_OK);
	assert_memory_equal(sha, bytes + end - 32, 32);
	esp_partition_munmap(handle);
}

static void test_loader(void **state)
{
	const struct loader *loader = *state;
	struct quire_esp_options options = options_for(loader->chip);
	size_t size = 0;
	uint8_t *bytes = open_shared(loader->file, &size);

	for (unsigned mode = 0; mode < MODES; mode++) {
		options.cache = modes[mode];
		start_with_partitions(&options);
		check_loader(loader, MIB(2) + 0x2000, bytes, size); /* no page begins there */
		stop();
	}
	free(bytes);
}

/* On another chip it is no application. */
static void test_loader_of_another_chip(void **state)
{
	struct quire_esp_options options = options_for("esp32c6");
	size_t size = 0;
	uint8_t *bytes = open_shared("esp32s3-bootloader.bin", &size), sha[32];

	(void)state;
	start_with_partitions(&options);
	poke_flash(partition("app")->address, bytes, (uint32_t)size);
	free(bytes);
	assert_int_equal(esp_partition_get_sha256(partition("app"), sha), ESP_ERR_IMAGE_INVALID);
}

/* A table with an MD5, as ESP-IDF's tools make it. */
static void test_partition_table(void **state)
{
	struct quire_esp_options options = options_for("esp32");
	size_t size = 0;
	uint8_t *bytes = open_shared("partitions-md5.bin", &size);
	esp_partition_iterator_t it;
	unsigned rows = 0;

	(void)state;
	options.flash_blank = true;
	options.flash_size = MIB(16);
	start_with(&options);
	assert_in_range(size, 64, 0x1000);
	poke_flash(0x8000, bytes, (uint32_t)size);
	for (it = esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL);
	     it != NULL; it = esp_partition_next(it)) {
		const esp_partition_t *p = esp_partition_get(it);
		const uint8_t *row = bytes + 32 * rows++;

		assert_int_equal(p->type, row[2]);
		assert_int_equal(p->subtype, row[3]);
		assert_int_equal(p->address >> 8, row[5] | row[6] << 8);
		assert_memory_equal(p->label, row + 12, strnlen(p->label, 16));
	}
	assert_true(rows > 1);
	assert_int_equal(bytes[32 * rows], 0xeb);
	free(bytes);
}

#define LOADER(i)                                                                                  \
	{                                                                                          \
		loaders[i].file, test_loader, NULL, stop_all, (void *)(uintptr_t)&loaders[i]       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADER(0),
		LOADER(1),
		LOADER(2),
		LOADER(3),
		LOADER(4),
		LOADER(5),
		cmocka_unit_test_teardown(test_loader_of_another_chip, stop_all),
		cmocka_unit_test_teardown(test_partition_table, stop_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
