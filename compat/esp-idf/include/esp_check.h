/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that leave the function, with a message of level error: "function(line): text".
 *
 * RETURN_ON_... return; GOTO_ON_... set the caller's `ret` and go to a label.  ..._ISR do the same
 * in interrupts, which are ordinary threads here.
 */
#ifndef ESP_CHECK_H
#define ESP_CHECK_H

#include <assert.h>

#include "esp_err.h"
#include "esp_log.h"

#define QUIRE_ESP_CHECK_SAY(tag, format, ...)                                                      \
	ESP_LOGE(tag, "%s(%d): " format, __func__, __LINE__, ##__VA_ARGS__)

#define ESP_RETURN_ON_ERROR(x, log_tag, format, ...)                                               \
	do {                                                                                       \
		esp_err_t err_rc_ = (x);                                                           \
		if (err_rc_ != ESP_OK) {                                                           \
			QUIRE_ESP_CHECK_SAY(log_tag, format, ##__VA_ARGS__);                       \
			return err_rc_;                                                            \
		}                                                                                  \
	} while (0)

#define ESP_RETURN_VOID_ON_ERROR(x, log_tag, format, ...)                                          \
	do {                                                                                       \
		if ((x) != ESP_OK) {                                                               \
			QUIRE_ESP_CHECK_SAY(log_tag, format, ##__VA_ARGS__);                       \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#define ESP_RETURN_ON_FALSE(a, err_code, log_tag, format, ...)                                     \
	do {                                                                                       \
		if (!(a)) {                                                                        \
			QUIRE_ESP_CHECK_SAY(log_tag, format, ##__VA_ARGS__);                       \
			return err_code;                                                           \
		}                                                                                  \
	} while (0)

#define ESP_RETURN_VOID_ON_FALSE(a, log_tag, format, ...)                                          \
	do {                                                                                       \
		if (!(a)) {                                                                        \
			QUIRE_ESP_CHECK_SAY(log_tag, format, ##__VA_ARGS__);                       \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#define ESP_GOTO_ON_ERROR(x, goto_tag, log_tag, format, ...)                                       \
	do {                                                                                       \
		esp_err_t err_rc_ = (x);                                                           \
		if (err_rc_ != ESP_OK) {                                                           \
			QUIRE_ESP_CHECK_SAY(log_tag, format, ##__VA_ARGS__);                       \
			ret = err_rc_;                                                             \
			goto goto_tag;                                                             \
		}                                                                                  \
	} while (0)

#define ESP_GOTO_ON_FALSE(a, err_code, goto_tag, log_tag, format, ...)                             \
	do {                                                                                       \
		if (!(a)) {                                                                        \
			QUIRE_ESP_CHECK_SAY(log_tag, format, ##__VA_ARGS__);                       \
			ret = err_code;                                                            \
			goto goto_tag;                                                             \
		}                                                                                  \
	} while (0)

#define ESP_RETURN_ON_ERROR_ISR      ESP_RETURN_ON_ERROR
#define ESP_RETURN_VOID_ON_ERROR_ISR ESP_RETURN_VOID_ON_ERROR
#define ESP_RETURN_ON_FALSE_ISR      ESP_RETURN_ON_FALSE
#define ESP_RETURN_VOID_ON_FALSE_ISR ESP_RETURN_VOID_ON_FALSE
#define ESP_GOTO_ON_ERROR_ISR        ESP_GOTO_ON_ERROR
#define ESP_GOTO_ON_FALSE_ISR        ESP_GOTO_ON_FALSE

#endif
