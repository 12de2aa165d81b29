/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assert() of the C library calls, in place of its own: the flash is written back before the
 * process ends, as after a failed ESP_ERROR_CHECK().
 *
 * It stands in an object of its own, so a program that brings this function does not get this one.
 */
#undef NDEBUG /* which takes the declaration away */
#include <assert.h>

#include "board.h"

#include "freertos/FreeRTOS.h"

void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
	quire_esp_assert_failed(file, (int)line, function != NULL ? function : "?", assertion);
}
