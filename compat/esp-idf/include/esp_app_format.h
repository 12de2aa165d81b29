/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application in flash.
 *
 *   +--------+---------+------+---------+------+-----+---------------+----------+
 *   | header | segment | data | segment | data | ... | 0 .. checksum | SHA-256  |
 *   +--------+---------+------+---------+------+-----+---------------+----------+
 *     24       8                                       to a multiple   32, if
 *                                                      of 16           hash_appended
 */
#ifndef ESP_APP_FORMAT_H
#define ESP_APP_FORMAT_H

#include <stdint.h>

#include "esp_assert.h"

#define ESP_IMAGE_HEADER_MAGIC 0xe9
#define ESP_IMAGE_MAX_SEGMENTS 16

/* The chip that an image is for. */
typedef enum {
	ESP_CHIP_ID_ESP32 = 0x0000,
	ESP_CHIP_ID_ESP32S2 = 0x0002,
	ESP_CHIP_ID_ESP32C3 = 0x0005,
	ESP_CHIP_ID_ESP32S3 = 0x0009,
	ESP_CHIP_ID_ESP32C2 = 0x000c,
	ESP_CHIP_ID_ESP32C6 = 0x000d,
	ESP_CHIP_ID_ESP32H2 = 0x0010,
	ESP_CHIP_ID_ESP32P4 = 0x0012,
	ESP_CHIP_ID_ESP32C61 = 0x0014,
	ESP_CHIP_ID_ESP32C5 = 0x0017,
	ESP_CHIP_ID_ESP32H21 = 0x0019,
	ESP_CHIP_ID_ESP32H4 = 0x001c,
	ESP_CHIP_ID_ESP32S31 = 0x0020,
	ESP_CHIP_ID_INVALID = 0xffff,
} esp_chip_id_t;

typedef struct {
	uint8_t magic;
	uint8_t segment_count;
	uint8_t spi_mode;
	uint8_t spi_speed : 4;
	uint8_t spi_size : 4;
	uint32_t entry_addr;
	uint8_t wp_pin;
	uint8_t spi_pin_drv[3];
	uint16_t chip_id; /* esp_chip_id_t */
	uint8_t min_chip_rev;
	uint16_t min_chip_rev_full;
	uint16_t max_chip_rev_full;
	uint8_t reserved[4];
	uint8_t hash_appended; /* 1: a SHA-256 of all before it stands at the end */
} __attribute__((packed)) esp_image_header_t;

ESP_STATIC_ASSERT(sizeof(esp_image_header_t) == 24, "as it stands in flash");

typedef struct {
	uint32_t load_addr;
	uint32_t data_len; /* a multiple of 4 */
} esp_image_segment_header_t;

#endif
