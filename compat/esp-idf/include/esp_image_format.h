/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with an application in flash. */
#ifndef ESP_IMAGE_FORMAT_H
#define ESP_IMAGE_FORMAT_H

#include "esp_app_format.h"
#include "esp_err.h"

#define ESP_ERR_IMAGE_BASE       0x2000
#define ESP_ERR_IMAGE_FLASH_FAIL (ESP_ERR_IMAGE_BASE + 1)
#define ESP_ERR_IMAGE_INVALID    (ESP_ERR_IMAGE_BASE + 2)

#define ESP_IMAGE_HASH_LEN 32

/* The byte that the checksum of an image starts with; the others are combined by XOR. */
#define ESP_ROM_CHECKSUM_INITIAL 0xef

#endif
