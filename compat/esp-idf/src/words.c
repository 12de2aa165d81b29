/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP-IDF's words and quire's: capabilities, targets, results.
 *
 * ESP-IDF has one set of capabilities, for what addresses can do and what a mapping is for; quire
 * keeps them apart.  WRITE for flash is where that shows: the addresses can, the memory cannot.
 */
#include "machine.h"

static unsigned quire_access(unsigned caps)
{
	unsigned access = 0;

	access |= caps & MMU_MEM_CAP_EXEC ? QUIRE_CAP_EXEC : 0u;
	access |= caps & MMU_MEM_CAP_READ ? QUIRE_CAP_READ : 0u;
	access |= caps & MMU_MEM_CAP_WRITE ? QUIRE_CAP_WRITE : 0u;
	return access;
}

static unsigned quire_widths(unsigned caps)
{
	unsigned widths = 0;

	widths |= caps & MMU_MEM_CAP_32BIT ? QUIRE_CAP_32BIT : 0u;
	widths |= caps & MMU_MEM_CAP_8BIT ? QUIRE_CAP_8BIT : 0u;
	return widths;
}

/* Entries know no permissions: in a window that fetches and reads, code can be read as well. */
static bool code_is_readable(const struct quire_esp *m, unsigned target)
{
	const unsigned both = QUIRE_CAP_EXEC | QUIRE_CAP_READ;

	for (unsigned w = 0; w < m->layout->window_count; w++) {
		const struct quire_window *window = &m->layout->window[w];

		if ((window->caps & both) == both && (window->targets & QUIRE_TARGET_BIT(target)))
			return true;
	}
	return false;
}

struct quire_want quire_esp_want(const struct quire_esp *m, unsigned caps, unsigned target)
{
	unsigned access = quire_access(caps), attr = access ? access : (unsigned)QUIRE_READ;

	if (attr == QUIRE_EXEC && code_is_readable(m, target))
		attr |= QUIRE_READ;
	if (target == QUIRE_FLASH0 && (attr & QUIRE_WRITE))
		attr = (attr & ~(unsigned)QUIRE_WRITE) | QUIRE_READ;
	return (struct quire_want){
		.target = (uint8_t)target,
		.attr = (uint8_t)attr,
		.caps = (uint8_t)(access | quire_widths(caps)),
		.tag = (uint16_t)(caps & ESP_TAG_CAPS),
	};
}

esp_err_t quire_esp_error(int result)
{
	switch (result) {
	case QUIRE_OK:
		return ESP_OK;
	case QUIRE_IDENTICAL:
	case QUIRE_ENCLOSED:
		return ESP_ERR_INVALID_STATE;
	case QUIRE_ESPACE:
	case QUIRE_ETAKEN:
	case QUIRE_EFOREIGN:
	case QUIRE_ECAPS:
	case QUIRE_EUNMAPPED:
	case QUIRE_EINTERIOR:
	case QUIRE_ERESERVED:
		return ESP_ERR_NOT_FOUND;
	case QUIRE_EPOOL:
	case QUIRE_ETABLES:
	case QUIRE_EREFS:
		return ESP_ERR_NO_MEM;
	case QUIRE_EPORT:
		return ESP_FAIL;
	default:
		return ESP_ERR_INVALID_ARG;
	}
}
