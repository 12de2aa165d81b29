/* SPDX-License-Identifier: Apache-2.0 */
/* The time since the start. */
#ifndef ESP_TIMER_H
#define ESP_TIMER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Microseconds since the program began; never goes back.  Safe anywhere. */
int64_t esp_timer_get_time(void);

#ifdef __cplusplus
}
#endif

#endif
