/* SPDX-License-Identifier: Apache-2.0 */
/* esp_memory_utils.h: the space knows. */
#include "board.h"

#include "esp_memory_utils.h"

/* What stands at a pointer; false if no window does. */
static bool look(const void *p, struct quire_extent_info *out)
{
	struct quire_esp *m = quire_esp_machine();
	int result;

	if (m == NULL)
		return false;
	quire_esp_lock(m);
	result = quire_keep_query(&m->keep, (uintptr_t)p, out);
	quire_esp_unlock(m);
	return result == QUIRE_OK;
}

/* Whether a pointer is on a window's instruction side. */
static bool on_exec_side(const void *p, const struct quire_extent_info *info)
{
	return (uintptr_t)p - info->exec_va < info->size;
}

static bool shows(const void *p, unsigned target, struct quire_extent_info *out)
{
	return look(p, out) && out->kind == QUIRE_MAPPED && out->target == target;
}

bool esp_ptr_internal(const void *p)
{
	struct quire_extent_info info;

	return p != NULL && !look(p, &info);
}

bool esp_ptr_external_ram(const void *p)
{
	struct quire_extent_info info;

	return shows(p, QUIRE_PSRAM0, &info);
}

bool esp_ptr_in_drom(const void *p)
{
	struct quire_extent_info info;

	return shows(p, QUIRE_FLASH0, &info) && (info.caps & QUIRE_CAP_READ) != 0 &&
	       (uintptr_t)p - info.va < info.size;
}

bool esp_ptr_dma_capable(const void *p)
{
	return esp_ptr_internal(p);
}

bool esp_ptr_byte_accessible(const void *p)
{
	struct quire_extent_info info;

	if (!look(p, &info))
		return p != NULL;
	return (info.caps & QUIRE_CAP_8BIT) != 0 && (uintptr_t)p - info.va < info.size;
}

bool esp_ptr_executable(const void *p)
{
	struct quire_extent_info info;

	return look(p, &info) && info.kind == QUIRE_MAPPED && (info.caps & QUIRE_CAP_EXEC) != 0 &&
	       on_exec_side(p, &info);
}
