/* SPDX-License-Identifier: Apache-2.0 */
/* The system as a whole: its end, its beginning, its memory. */
#ifndef ESP_SYSTEM_H
#define ESP_SYSTEM_H

#include <stdint.h>

#include "esp_attr.h"
#include "esp_bit_defs.h"
#include "esp_err.h"
#include "esp_idf_version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
	ESP_RST_UNKNOWN,
	ESP_RST_POWERON,
	ESP_RST_EXT,
	ESP_RST_SW,
	ESP_RST_PANIC,
	ESP_RST_INT_WDT,
	ESP_RST_TASK_WDT,
	ESP_RST_WDT,
	ESP_RST_DEEPSLEEP,
	ESP_RST_BROWNOUT,
	ESP_RST_SDIO,
	ESP_RST_USB,
	ESP_RST_JTAG,
	ESP_RST_EFUSE,
	ESP_RST_PWR_GLITCH,
	ESP_RST_CPU_LOCKUP,
} esp_reset_reason_t;

typedef void (*shutdown_handler_t)(void);

/*
 * Call `handler` when esp_restart() is called, the last one first.
 * ESP_ERR_INVALID_STATE (it is registered already), ESP_ERR_NO_MEM (eight are).
 */
esp_err_t esp_register_shutdown_handler(shutdown_handler_t handler);

/* ESP_ERR_INVALID_STATE if it is not registered. */
esp_err_t esp_unregister_shutdown_handler(shutdown_handler_t handler);

/*
 * Restart.  A process that restarted itself would be hard to stop, so this one ends, with status 98
 * (QUIRE_ESP_RESTART), after the flash has been written back if that was asked for: whoever started
 * it can do so again.
 */
void esp_restart(void) __attribute__((noreturn));

/* ESP_RST_POWERON: a process is started once. */
esp_reset_reason_t esp_reset_reason(void);

/* Say why on stderr, and abort. */
void esp_system_abort(const char *details) __attribute__((noreturn));

/* Bytes free of internal memory and PSRAM's heap together, the least that were, and of internal
   memory alone.  See esp_heap_caps.h. */
uint32_t esp_get_free_heap_size(void);
uint32_t esp_get_minimum_free_heap_size(void);
uint32_t esp_get_free_internal_heap_size(void);

#ifdef __cplusplus
}
#endif

#endif
