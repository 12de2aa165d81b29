/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of logging, and which are shown. */
#ifndef ESP_LOG_LEVEL_H
#define ESP_LOG_LEVEL_H

#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
	ESP_LOG_NONE = 0,
	ESP_LOG_ERROR = 1,
	ESP_LOG_WARN = 2,
	ESP_LOG_INFO = 3,
	ESP_LOG_DEBUG = 4,
	ESP_LOG_VERBOSE = 5,
	ESP_LOG_MAX = 6,
} esp_log_level_t;

/* What is compiled in.  A file may define it before it includes anything. */
#ifndef LOG_LOCAL_LEVEL
#define LOG_LOCAL_LEVEL CONFIG_LOG_MAXIMUM_LEVEL
#endif

/*
 * Show messages of `tag` up to a level from now on; of every tag, forgetting what was said of
 * single ones, if it is "*".  The environment variable QUIRE_LOG (none, error, warn, info, debug,
 * verbose) says how it begins: info if it is not set.  NULL and levels that do not exist are
 * ignored; so is the call if there is no memory.  Safe from any thread; linear in the tags named.
 */
void esp_log_level_set(const char *tag, esp_log_level_t level);

/* The level of a tag; of those not named with NULL or "*". */
esp_log_level_t esp_log_level_get(const char *tag);

#ifdef __cplusplus
}
#endif

#endif
