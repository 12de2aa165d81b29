/* SPDX-License-Identifier: Apache-2.0 */
/* The PSRAM of the machine. */
#ifndef ESP_PSRAM_H
#define ESP_PSRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* It is ready from the start: ESP_ERR_INVALID_STATE, as on a second call; ESP_ERR_NOT_FOUND if
   there is none. */
esp_err_t esp_psram_init(void);

/* Whether there is any. */
bool esp_psram_is_initialized(void);

/* Bytes, himem's included; 0 if there is none. */
size_t esp_psram_get_size(void);

#ifdef __cplusplus
}
#endif

#endif
