/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of results, and what the check macros say.
 *
 * The names are those of the interfaces that are here and of the bases that applications compare
 * with; a number that is in no list has no name.
 */
#include "board.h"
#include "esp_image_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	esp_err_t code;
	const char *name;
} named[] = {
#define NAMED(code)                                                                                \
	{                                                                                          \
		code, #code                                                                        \
	}
	NAMED(ESP_FAIL),
	NAMED(ESP_OK),
	NAMED(ESP_ERR_NO_MEM),
	NAMED(ESP_ERR_INVALID_ARG),
	NAMED(ESP_ERR_INVALID_STATE),
	NAMED(ESP_ERR_INVALID_SIZE),
	NAMED(ESP_ERR_NOT_FOUND),
	NAMED(ESP_ERR_NOT_SUPPORTED),
	NAMED(ESP_ERR_TIMEOUT),
	NAMED(ESP_ERR_INVALID_RESPONSE),
	NAMED(ESP_ERR_INVALID_CRC),
	NAMED(ESP_ERR_INVALID_VERSION),
	NAMED(ESP_ERR_INVALID_MAC),
	NAMED(ESP_ERR_NOT_FINISHED),
	NAMED(ESP_ERR_NOT_ALLOWED),
	NAMED(ESP_ERR_IMAGE_BASE),
	NAMED(ESP_ERR_IMAGE_FLASH_FAIL),
	NAMED(ESP_ERR_IMAGE_INVALID),
	NAMED(ESP_ERR_WIFI_BASE),
	NAMED(ESP_ERR_MESH_BASE),
	NAMED(ESP_ERR_FLASH_BASE),
	{ESP_ERR_FLASH_BASE + 1, "ESP_ERR_FLASH_OP_FAIL"},
	{ESP_ERR_FLASH_BASE + 2, "ESP_ERR_FLASH_OP_TIMEOUT"},
	{ESP_ERR_FLASH_BASE + 3, "ESP_ERR_FLASH_NOT_INITIALISED"},
	{ESP_ERR_FLASH_BASE + 4, "ESP_ERR_FLASH_UNSUPPORTED_HOST"},
	{ESP_ERR_FLASH_BASE + 5, "ESP_ERR_FLASH_UNSUPPORTED_CHIP"},
	{ESP_ERR_FLASH_BASE + 6, "ESP_ERR_FLASH_PROTECTED"},
	NAMED(ESP_ERR_HW_CRYPTO_BASE),
	NAMED(ESP_ERR_MEMPROT_BASE),
#undef NAMED
};

/* NULL if it has none. */
static const char *name_of(esp_err_t code)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (named[i].code == code)
			return named[i].name;
	return NULL;
}

const char *esp_err_to_name(esp_err_t code)
{
	const char *name = name_of(code);

	return name != NULL ? name : "UNKNOWN ERROR";
}

const char *esp_err_to_name_r(esp_err_t code, char *buf, size_t buflen)
{
	const char *name = name_of(code);

	if (buflen == 0)
		return buf;
	if (name != NULL)
		snprintf(buf, buflen, "%s", name);
	else
		snprintf(buf, buflen, "Unknown error 0x%x(%s)", (unsigned)code,
			 strerrordesc_np(code) != NULL ? strerrordesc_np(code) : "no host error");
	return buf;
}

static void tell(const char *what, esp_err_t rc, const char *file, int line, const char *function,
		 const char *expression)
{
	fflush(stdout);
	fprintf(stderr, "%s: esp_err_t 0x%x (%s) from \"%s\" in %s, %s:%d\n", what, (unsigned)rc,
		esp_err_to_name(rc), expression, function, file, line);
}

void _esp_error_check_failed(esp_err_t rc, const char *file, int line, const char *function,
			     const char *expression)
{
	tell("ESP_ERROR_CHECK failed", rc, file, line, function, expression);
	quire_esp_abort();
}

void _esp_error_check_failed_without_abort(esp_err_t rc, const char *file, int line,
					   const char *function, const char *expression)
{
	tell("ESP_ERROR_CHECK_WITHOUT_ABORT failed", rc, file, line, function, expression);
}
