/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of memory a pointer points to.
 *
 * External memory is what stands in the chip's windows; everything else that is not NULL counts as
 * internal, be it a stack, a variable, or the heap's.  What is mapped there is asked at the moment.
 */
#ifndef ESP_MEMORY_UTILS_H
#define ESP_MEMORY_UTILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_attr.h"

#ifdef __cplusplus
extern "C" {
#endif

bool esp_ptr_internal(const void *p);
bool esp_ptr_external_ram(const void *p); /* PSRAM is mapped there */
bool esp_ptr_in_drom(const void *p);      /* flash is, to be read as data */

/* What may be done there: internal memory everything but execution. */
bool esp_ptr_dma_capable(const void *p);
bool esp_ptr_byte_accessible(const void *p);
bool esp_ptr_executable(const void *p);

static inline bool esp_ptr_word_aligned(const void *p)
{
	return ((uintptr_t)p & 3u) == 0;
}

#ifdef __cplusplus
}
#endif

#endif
