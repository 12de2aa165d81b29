/* SPDX-License-Identifier: Apache-2.0 */
/* himem under the path it has for the ESP32; here it is one interface for every chip. */
#ifndef ESP32_HIMEM_H
#define ESP32_HIMEM_H

#include "esp_himem.h"

#endif
