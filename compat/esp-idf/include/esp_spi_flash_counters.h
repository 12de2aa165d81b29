/* SPDX-License-Identifier: Apache-2.0 */
/* What the flash has been asked for. */
#ifndef ESP_SPI_FLASH_COUNTERS_H
#define ESP_SPI_FLASH_COUNTERS_H

#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Calls of one kind that reached the flash. */
typedef struct {
	uint32_t count;
	uint32_t time; /* microseconds; 0 on a machine whose flash takes no time of its own */
	uint32_t bytes;
} esp_flash_counter_t;

typedef struct {
	esp_flash_counter_t read;
	esp_flash_counter_t write;
	esp_flash_counter_t erase;
} esp_flash_counters_t;

typedef esp_flash_counter_t spi_flash_counter_t;
typedef esp_flash_counters_t spi_flash_counters_t;

/* Zero the counters; print them; look at them.  Thread-safe; constant cost. */
void esp_flash_reset_counters(void);
void esp_flash_dump_counters(void);
const esp_flash_counters_t *esp_flash_get_counters(void);

#define spi_flash_reset_counters esp_flash_reset_counters
#define spi_flash_dump_counters  esp_flash_dump_counters
#define spi_flash_get_counters   esp_flash_get_counters

#ifdef __cplusplus
}
#endif

#endif
