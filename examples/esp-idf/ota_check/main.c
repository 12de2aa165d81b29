/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application received over the air, written so that power may fail, and checked in place.
 *
 * It is written in two steps: first everything behind its first 16 bytes, then these.  Whatever has
 * no whole beginning, or does not agree with its checksum and its hash, is no application, and is
 * received again.  The check goes through the image where it is, mapped:
 *
 *     header | segment | data | segment | data | 0 .. checksum | SHA-256
 *
 * Here the "network" is a function that makes the bytes; the hash came with them.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "esp_app_format.h"
#include "esp_err.h"
#include "esp_image_format.h"
#include "esp_partition.h"

#define SEGMENTS 2
#define BYTES    3000u /* of each segment */
#define FIRST    16u   /* bytes that are written last */

#define PART   (sizeof(esp_image_segment_header_t) + BYTES)
#define SUMMED ((sizeof(esp_image_header_t) + SEGMENTS * PART + 16) / 16 * 16)
#define IMAGE  (SUMMED + ESP_IMAGE_HASH_LEN)

static const uint8_t hash[ESP_IMAGE_HASH_LEN] = {
	0x9c, 0x3d, 0xce, 0xdb, 0x97, 0xf0, 0x84, 0xef, 0x54, 0x86, 0x75,
	0x0c, 0x85, 0xf8, 0x5c, 0x93, 0x82, 0x57, 0x1c, 0x3c, 0x83, 0xab,
	0x20, 0x9f, 0x1e, 0xf2, 0x76, 0x32, 0xd6, 0x97, 0x13, 0xf4,
};

/* What is received. */
static void receive(uint8_t *image)
{
	const esp_image_header_t header = {.magic = ESP_IMAGE_HEADER_MAGIC,
					   .segment_count = SEGMENTS,
					   .entry_addr = 0x40380000,
					   .chip_id = ESP_CHIP_ID_ESP32S3,
					   .hash_appended = 1};
	uint8_t checksum = ESP_ROM_CHECKSUM_INITIAL;
	uint32_t noise = 1;

	memset(image, 0, IMAGE);
	memcpy(image, &header, sizeof(header));
	for (unsigned i = 0; i < SEGMENTS; i++) {
		const esp_image_segment_header_t segment = {0x40380000 + i * 0x10000, BYTES};
		uint8_t *at = image + sizeof(header) + i * PART;

		memcpy(at, &segment, sizeof(segment));
		for (unsigned n = 0; n < BYTES; n++) {
			noise = noise * 1664525u + 1013904223u;
			at[sizeof(segment) + n] = (uint8_t)(noise >> 24);
			checksum ^= (uint8_t)(noise >> 24);
		}
	}
	image[SUMMED - 1] = checksum;
	memcpy(image + SUMMED, hash, sizeof(hash));
}

static void install(const esp_partition_t *ota)
{
	static uint8_t image[IMAGE];
	size_t sectors = (IMAGE + ota->erase_size - 1) / ota->erase_size;

	printf("receiving %u bytes for \"%s\"\n", (unsigned)IMAGE, ota->label);
	receive(image);
	ESP_ERROR_CHECK(esp_partition_erase_range(ota, 0, sectors * ota->erase_size));
	ESP_ERROR_CHECK(esp_partition_write(ota, FIRST, image + FIRST, IMAGE - FIRST));
	ESP_ERROR_CHECK(esp_partition_write(ota, 0, image, FIRST));
}

/* Go through an image; returns what is wrong with it, or NULL and where the checksum ends. */
static const char *check_segments(const uint8_t *image, uint32_t room, uint32_t *end)
{
	const esp_image_header_t *header = (const void *)image;
	uint8_t checksum = ESP_ROM_CHECKSUM_INITIAL;
	uint32_t at = sizeof(*header);

	if (header->magic != ESP_IMAGE_HEADER_MAGIC)
		return "no application";
	if (header->segment_count == 0 || header->segment_count > ESP_IMAGE_MAX_SEGMENTS)
		return "no such number of segments";
	for (unsigned i = 0; i < header->segment_count; i++) {
		esp_image_segment_header_t segment;

		if (room - at < sizeof(segment))
			return "a segment beyond the partition";
		memcpy(&segment, image + at, sizeof(segment));
		at += sizeof(segment);
		if (segment.data_len > room - at)
			return "a segment longer than the partition";
		printf("  segment %u: %" PRIu32 " bytes for 0x%08" PRIx32 "\n", i, segment.data_len,
		       segment.load_addr);
		for (uint32_t stop = at + segment.data_len; at < stop; at++)
			checksum ^= image[at];
	}
	at += 15 - at % 16;
	if (at >= room || image[at] != checksum)
		return "a wrong checksum";
	*end = at + 1;
	return NULL;
}

/* The same, and the hash. */
static const char *check(const esp_partition_t *ota, const uint8_t *image)
{
	uint8_t sha[ESP_IMAGE_HASH_LEN];
	uint32_t end = 0;
	const char *wrong = check_segments(image, ota->size, &end);

	if (wrong != NULL)
		return wrong;
	if (esp_partition_get_sha256(ota, sha) != ESP_OK)
		return "a wrong hash";
	if (end > ota->size - sizeof(sha) || memcmp(image + end, sha, sizeof(sha)) != 0)
		return "another hash behind it";
	return NULL;
}

void app_main(void)
{
	const esp_partition_t *ota = esp_partition_find_first(
		ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0, NULL);
	esp_partition_mmap_handle_t handle;
	const void *image;
	const char *wrong;

	if (ota == NULL) {
		printf("there is no partition for it\n");
		return;
	}
	ESP_ERROR_CHECK(
		esp_partition_mmap(ota, 0, ota->size, ESP_PARTITION_MMAP_DATA, &image, &handle));
	wrong = check(ota, image);
	if (wrong != NULL) {
		printf("in \"%s\" is %s\n", ota->label, wrong);
		install(ota);
		wrong = check(ota, image);
	}
	esp_partition_munmap(handle);
	printf("in \"%s\" is %s\n", ota->label,
	       wrong == NULL ? "an application, and whole" : wrong);
}
