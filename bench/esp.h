/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench of ESP-IDF's interface: what its programs share.
 */
#ifndef BENCH_ESP_H
#define BENCH_ESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The window of an esp32s3. */
#define ESP_PAGE  0x10000u
#define ESP_PAGES 512u
#define ESP_BASE  0x3c000000u

/* The yardstick, esp_list.c: map and unmap return 0, or less. */
void esp_list_open(void);
void esp_list_close(void);
int esp_list_map(uint32_t pa, size_t size, void **out);
int esp_list_unmap(void *ptr);

/* Put a plain array in the place of the board's entries, which are mmap() calls, with a keep-list of
   so many slots: the manager alone (esp_table.c).  False: no memory. */
bool esp_table_open(uint32_t slots);
void esp_table_close(void);

#endif
