/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with a flash chip. */
#ifndef ESP_FLASH_ERR_H
#define ESP_FLASH_ERR_H

#include <stdbool.h>

#include "esp_err.h"

#define ESP_ERR_FLASH_OP_FAIL          (ESP_ERR_FLASH_BASE + 1)
#define ESP_ERR_FLASH_OP_TIMEOUT       (ESP_ERR_FLASH_BASE + 2)
#define ESP_ERR_FLASH_NOT_INITIALISED  (ESP_ERR_FLASH_BASE + 3)
#define ESP_ERR_FLASH_UNSUPPORTED_HOST (ESP_ERR_FLASH_BASE + 4)
#define ESP_ERR_FLASH_UNSUPPORTED_CHIP (ESP_ERR_FLASH_BASE + 5)
#define ESP_ERR_FLASH_PROTECTED        (ESP_ERR_FLASH_BASE + 6)
#define ESP_ERR_FLASH_SIZE_NOT_MATCH   (ESP_ERR_FLASH_BASE + 7)
#define ESP_ERR_FLASH_NO_RESPONSE      (ESP_ERR_FLASH_BASE + 8)

#endif
