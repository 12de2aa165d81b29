/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers, from the host's kernel. */
#ifndef ESP_RANDOM_H
#define ESP_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 32 random bits; and a buffer full.  Safe from any thread. */
uint32_t esp_random(void);
void esp_fill_random(void *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
