/* SPDX-License-Identifier: Apache-2.0 */
/* Whether flash is encrypted. */
#ifndef ESP_FLASH_ENCRYPT_H
#define ESP_FLASH_ENCRYPT_H

#include <stdbool.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True if what the cache reads is decrypted on its way.  From anywhere; constant cost. */
bool esp_flash_encryption_enabled(void);

#ifdef __cplusplus
}
#endif

#endif
