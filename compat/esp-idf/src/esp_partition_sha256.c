/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a partition, in 32 bytes (esp_partition.h).
 *
 * An application's image is gone through from its header to its end, as esp_app_format.h draws it:
 * every byte goes into the hash, those of segments into the checksum as well.  All of it is read,
 * and none believed that points outside the partition.
 */
#include "crypto.h"
#include "esp_flash.h"
#include "esp_image_format.h"
#include "esp_partition.h"
#include "partition_table.h"

#include <string.h>

#define SECTOR 4096u

/* A partition on its way through the hash. */
struct reader {
	esp_partition_t partition;
	struct quire_esp_sha256 sha;
	uint8_t *buffer; /* SECTOR bytes */
	uint32_t at;
	uint8_t checksum;
};

/* The next `size` bytes, at most a sector, into the buffer and the hash. */
static esp_err_t take(struct reader *r, uint32_t size)
{
	esp_err_t err;

	if (size > r->partition.size - r->at)
		return ESP_ERR_IMAGE_INVALID;
	err = esp_partition_read(&r->partition, r->at, r->buffer, size);
	if (err != ESP_OK)
		return err;
	quire_esp_sha256_add(&r->sha, r->buffer, size);
	r->at += size;
	return ESP_OK;
}

/* The next `size` bytes, however many, into hash and checksum. */
static esp_err_t pass(struct reader *r, uint32_t size)
{
	esp_err_t err = ESP_OK;

	while (size > 0 && err == ESP_OK) {
		uint32_t now = size < SECTOR ? size : SECTOR;

		err = take(r, now);
		for (uint32_t i = 0; i < now && err == ESP_OK; i++)
			r->checksum ^= r->buffer[i];
		size -= now;
	}
	return err;
}

static esp_err_t pass_segment(struct reader *r)
{
	esp_image_segment_header_t header;
	esp_err_t err = take(r, sizeof(header));

	if (err != ESP_OK)
		return err;
	memcpy(&header, r->buffer, sizeof(header));
	if (header.data_len % 4)
		return ESP_ERR_IMAGE_INVALID;
	return pass(r, header.data_len);
}

/* Zeros up to the last byte of a row of 16, and in that the checksum. */
static esp_err_t pass_checksum(struct reader *r)
{
	uint32_t rest = 16 - r->at % 16;
	esp_err_t err = take(r, rest);

	if (err != ESP_OK)
		return err;
	return r->buffer[rest - 1] == r->checksum ? ESP_OK : ESP_ERR_IMAGE_INVALID;
}

static esp_err_t pass_header(struct reader *r, const struct quire_esp *m,
			     esp_image_header_t *header)
{
	esp_err_t err = take(r, sizeof(*header));

	if (err != ESP_OK)
		return err;
	memcpy(header, r->buffer, sizeof(*header));
	if (header->magic != ESP_IMAGE_HEADER_MAGIC || header->segment_count == 0 ||
	    header->segment_count > ESP_IMAGE_MAX_SEGMENTS || header->chip_id != m->chip->image_id)
		return ESP_ERR_IMAGE_INVALID;
	return ESP_OK;
}

/* The hash of an image, which is what is appended if anything is. */
static esp_err_t hash_image(struct reader *r, const struct quire_esp *m,
			    uint8_t sha[QUIRE_ESP_SHA256])
{
	esp_image_header_t header = {0};
	esp_err_t err = pass_header(r, m, &header);

	for (unsigned i = 0; i < header.segment_count && err == ESP_OK; i++)
		err = pass_segment(r);
	if (err == ESP_OK)
		err = pass_checksum(r);
	if (err != ESP_OK)
		return err;
	quire_esp_sha256_end(&r->sha, sha);
	if (header.hash_appended != 1)
		return ESP_OK;
	err = take(r, QUIRE_ESP_SHA256);
	if (err == ESP_OK && memcmp(r->buffer, sha, QUIRE_ESP_SHA256) != 0)
		err = ESP_ERR_IMAGE_INVALID;
	return err;
}

static esp_err_t hash_data(struct reader *r, uint8_t sha[QUIRE_ESP_SHA256])
{
	esp_err_t err = pass(r, r->partition.size);

	if (err == ESP_OK)
		quire_esp_sha256_end(&r->sha, sha);
	return err;
}

/* Callers fill in address, size and type, and whatever they happen to know. */
static struct reader reader_of(const esp_partition_t *partition, uint8_t *buffer)
{
	struct reader r = {
		.partition = *partition, .buffer = buffer, .checksum = ESP_ROM_CHECKSUM_INITIAL};

	r.partition.flash_chip = esp_flash_default_chip;
	quire_esp_sha256_begin(&r.sha);
	return r;
}

esp_err_t esp_partition_get_sha256(const esp_partition_t *partition, uint8_t *sha_256)
{
	struct quire_esp *m = quire_esp_machine();
	uint8_t sha[QUIRE_ESP_SHA256], *buffer;
	struct reader r;
	esp_err_t err;

	if (m == NULL)
		return ESP_FAIL;
	if (partition == NULL || sha_256 == NULL || partition->size == 0)
		return ESP_ERR_INVALID_ARG;
	buffer = quire_esp_allocate(m, SECTOR);
	if (buffer == NULL)
		return ESP_ERR_NO_MEM;
	r = reader_of(partition, buffer);
	r.partition.encrypted = quire_esp_partition_encrypted(
		m, partition->type, partition->subtype, partition->encrypted);
	err = partition->type == ESP_PARTITION_TYPE_APP ? hash_image(&r, m, sha)
							: hash_data(&r, sha);
	if (err == ESP_OK)
		memcpy(sha_256, sha, sizeof(sha));
	quire_esp_release(m, buffer);
	return err;
}

bool esp_partition_check_identity(const esp_partition_t *partition_1,
				  const esp_partition_t *partition_2)
{
	uint8_t sha[2][QUIRE_ESP_SHA256];

	return esp_partition_get_sha256(partition_1, sha[0]) == ESP_OK &&
	       esp_partition_get_sha256(partition_2, sha[1]) == ESP_OK &&
	       memcmp(sha[0], sha[1], sizeof(sha[0])) == 0;
}
