/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging: "I (1234) tag: text" on standard output, the number being milliseconds since the start.
 *
 * A message is written whole, whatever other threads write.  Messages are printf's, and checked as
 * such by the compiler; a uint32_t is PRIu32's here and not %lu's.
 */
#ifndef ESP_LOG_H
#define ESP_LOG_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_log_level.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int (*vprintf_like_t)(const char *format, va_list arguments);

/* Let messages go through `func` from now on; returns what they went through before.  It may be
   called by several threads at once.  NULL for vprintf. */
vprintf_like_t esp_log_set_vprintf(vprintf_like_t func);

/* Milliseconds since the program began; the same for all. */
uint32_t esp_log_timestamp(void);
uint32_t esp_log_early_timestamp(void);

/* The time of day as "HH:MM:SS.mmm"; a buffer of the calling thread's. */
char *esp_log_system_timestamp(void);

/* Write text if `level` is shown of `tag`: as it is, without the letter, time and tag that the
   macros below put in front and the newline behind. */
void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list arguments);

/* What the macros call: the whole line. */
void quire_esp_log_line(esp_log_level_t level, const char *tag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Bytes, 16 a line: as hexadecimal numbers, as characters, or both with their addresses. */
void esp_log_buffer_hex_internal(const char *tag, const void *buffer, uint16_t length,
				 esp_log_level_t level);
void esp_log_buffer_char_internal(const char *tag, const void *buffer, uint16_t length,
				  esp_log_level_t level);
void esp_log_buffer_hexdump_internal(const char *tag, const void *buffer, uint16_t length,
				     esp_log_level_t level);

#define ESP_LOG_LEVEL(level, tag, ...) quire_esp_log_line(level, tag, __VA_ARGS__)

#define ESP_LOG_LEVEL_LOCAL(level, tag, ...)                                                       \
	do {                                                                                       \
		if (LOG_LOCAL_LEVEL >= (level))                                                    \
			ESP_LOG_LEVEL(level, tag, __VA_ARGS__);                                    \
	} while (0)

#define ESP_LOGE(tag, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_ERROR, tag, __VA_ARGS__)
#define ESP_LOGW(tag, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_WARN, tag, __VA_ARGS__)
#define ESP_LOGI(tag, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_INFO, tag, __VA_ARGS__)
#define ESP_LOGD(tag, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_DEBUG, tag, __VA_ARGS__)
#define ESP_LOGV(tag, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_VERBOSE, tag, __VA_ARGS__)

/* There is no time here that is too early, and no memory that may be away. */
#define ESP_EARLY_LOGE ESP_LOGE
#define ESP_EARLY_LOGW ESP_LOGW
#define ESP_EARLY_LOGI ESP_LOGI
#define ESP_EARLY_LOGD ESP_LOGD
#define ESP_EARLY_LOGV ESP_LOGV
#define ESP_DRAM_LOGE  ESP_LOGE
#define ESP_DRAM_LOGW  ESP_LOGW
#define ESP_DRAM_LOGI  ESP_LOGI
#define ESP_DRAM_LOGD  ESP_LOGD
#define ESP_DRAM_LOGV  ESP_LOGV

#define ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, length, level)                                       \
	do {                                                                                       \
		if (LOG_LOCAL_LEVEL >= (level))                                                    \
			esp_log_buffer_hex_internal(tag, buffer, (uint16_t)(length), level);       \
	} while (0)

#define ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, length, level)                                      \
	do {                                                                                       \
		if (LOG_LOCAL_LEVEL >= (level))                                                    \
			esp_log_buffer_char_internal(tag, buffer, (uint16_t)(length), level);      \
	} while (0)

#define ESP_LOG_BUFFER_HEXDUMP(tag, buffer, length, level)                                         \
	do {                                                                                       \
		if (LOG_LOCAL_LEVEL >= (level))                                                    \
			esp_log_buffer_hexdump_internal(tag, buffer, (uint16_t)(length), level);   \
	} while (0)

#define ESP_LOG_BUFFER_HEX(tag, buffer, length)                                                    \
	ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, length, ESP_LOG_INFO)
#define ESP_LOG_BUFFER_CHAR(tag, buffer, length)                                                   \
	ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, length, ESP_LOG_INFO)

#ifdef __cplusplus
}
#endif

#endif
