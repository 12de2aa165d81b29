/* SPDX-License-Identifier: Apache-2.0 */
/* What applications use of the ROM. */
#ifndef ESP_ROM_SYS_H
#define ESP_ROM_SYS_H

#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define esp_rom_printf printf

/* Wait for at least so many microseconds. */
void esp_rom_delay_us(uint32_t us);

#ifdef __cplusplus
}
#endif

#endif
