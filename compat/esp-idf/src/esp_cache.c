/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache and memory, in ESP-IDF's words.
 *
 * Which addresses are cached is known from the machine's windows; the work is quire_space_sync().
 * Memory outside of all windows stands for the chip's internal memory, which ESP32-P4 caches too:
 * there sizes and addresses are checked as on the chip, and nothing is left to do.
 *
 * The critical section is one of FreeRTOS, which a thread may enter again.
 */
#include "machine.h"

#include <stdatomic.h>

#include "esp_cache.h"
#include "esp_private/esp_cache_esp32_private.h"
#include "esp_private/esp_cache_private.h"
#include "freertos/FreeRTOS.h"

#define ESP32   0 /* image_id */
#define ESP32P4 18

#define CAP_SPIRAM 0x400u /* MALLOC_CAP_SPIRAM */

#define BOTH_DIRECTIONS (ESP_CACHE_MSYNC_FLAG_DIR_C2M | ESP_CACHE_MSYNC_FLAG_DIR_M2C)
#define BOTH_TYPES      (ESP_CACHE_MSYNC_FLAG_TYPE_DATA | ESP_CACHE_MSYNC_FLAG_TYPE_INST)

/* -- what is cached, and in which lines -- */

enum level { UNCACHED, EXTERNAL, INTERNAL };

/* The unit for software.  The lines of ESP32 are longer; it can do nothing with one of them. */
static size_t line_of(const struct quire_esp *m, enum level level)
{
	switch (level) {
	case EXTERNAL:
		return m->chip->image_id == ESP32 ? 4 : m->chip->cache_line;
	case INTERNAL:
		return m->chip->image_id == ESP32P4 ? 64 : 0;
	default:
		return 0;
	}
}

/* How many bytes from `va` on are in the window that has it, on either side; 0 if none has. */
static quire_size left_in_window(const struct quire_esp *m, quire_va va)
{
	for (unsigned i = 0; i < m->layout->window_count; i++) {
		const struct quire_window *w = &m->layout->window[i];

		if (va - w->base < w->size)
			return w->size - (va - w->base);
		if (va - w->exec_base < w->size)
			return w->size - (va - w->exec_base);
	}
	return 0;
}

/* Windows may follow each other without a gap. */
static bool all_external(const struct quire_esp *m, quire_va va, quire_size size)
{
	quire_size left = left_in_window(m, va);

	while (left != 0 && left < size) {
		va += left;
		size -= left;
		left = left_in_window(m, va);
	}
	return left != 0;
}

static bool meets(quire_va va, quire_size size, quire_va start, quire_va end)
{
	return va < end && va + size > start;
}

/* Whether nothing of it is a window's, or what the chip has between windows. */
static bool all_internal(const struct quire_esp *m, quire_va va, quire_size size)
{
	quire_size bytes = size != 0 ? size : 1;

	for (unsigned i = 0; i < m->layout->window_count; i++) {
		const struct quire_window *w = &m->layout->window[i];

		if (meets(va, bytes, w->base, w->base + w->size) ||
		    meets(va, bytes, w->exec_base, w->exec_base + w->size))
			return false;
	}
	for (unsigned i = 0; i < m->chip->hole_count; i++)
		if (meets(va, bytes, m->chip->hole[i].start, m->chip->hole[i].end))
			return false;
	return true;
}

static enum level level_of(const struct quire_esp *m, quire_va va, quire_size size)
{
	if (all_external(m, va, size))
		return EXTERNAL;
	if (line_of(m, INTERNAL) != 0 && all_internal(m, va, size))
		return INTERNAL;
	return UNCACHED;
}

/* -- msync -- */

static bool has_all(int flags, unsigned bits)
{
	return ((unsigned)flags & bits) == bits;
}

static esp_err_t check(const struct quire_esp *m, uintptr_t va, size_t size, int flags,
		       enum level *level)
{
	bool unaligned = has_all(flags, ESP_CACHE_MSYNC_FLAG_UNALIGNED);

	if (va == 0 || va + size < va || (va <= UINT32_MAX && size > UINT32_MAX - va) ||
	    has_all(flags, BOTH_DIRECTIONS) || has_all(flags, BOTH_TYPES))
		return ESP_ERR_INVALID_ARG;
	*level = level_of(m, va, size);
	if (*level == UNCACHED)
		return ESP_ERR_NOT_SUPPORTED;
	if (!unaligned && ((va | size) % line_of(m, *level)) != 0)
		return ESP_ERR_INVALID_ARG;
	if (has_all(flags, ESP_CACHE_MSYNC_FLAG_DIR_M2C))
		return unaligned ? ESP_ERR_INVALID_ARG : ESP_OK;
	return has_all(flags, ESP_CACHE_MSYNC_FLAG_TYPE_INST) ? ESP_ERR_INVALID_ARG : ESP_OK;
}

static unsigned how_to(const struct quire_esp *m, int flags)
{
	if (has_all(flags, ESP_CACHE_MSYNC_FLAG_DIR_M2C))
		return m->chip->image_id == ESP32 ? QUIRE_SYNC_MASK : QUIRE_SYNC_INVALIDATE;
	return has_all(flags, ESP_CACHE_MSYNC_FLAG_INVALIDATE) ? QUIRE_SYNC_MASK
							       : QUIRE_SYNC_WRITE_BACK;
}

/* All of it is in windows; one at a time. */
static void sync_windows(struct quire_esp *m, quire_va va, quire_size size, unsigned how)
{
	while (size != 0) {
		quire_size left = left_in_window(m, va);
		quire_size part = left < size ? left : size;

		(void)quire_space_sync(m->space, va, part, how);
		va += part;
		size -= part;
	}
}

esp_err_t esp_cache_msync(void *addr, size_t size, int flags)
{
	struct quire_esp *m = quire_esp_machine();
	enum level level;
	esp_err_t err;

	if (m == NULL)
		return ESP_FAIL;
	err = check(m, (uintptr_t)addr, size, flags, &level);
	if (err != ESP_OK || level == INTERNAL)
		return err;
	esp_cache_sync_ops_enter_critical_section();
	sync_windows(m, (uintptr_t)addr, size, how_to(m, flags));
	esp_cache_sync_ops_exit_critical_section();
	return ESP_OK;
}

/* -- lines -- */

size_t esp_cache_get_line_size_by_addr(const void *addr)
{
	struct quire_esp *m = quire_esp_machine();

	return addr == NULL || m == NULL ? 0 : line_of(m, level_of(m, (uintptr_t)addr, 1));
}

esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment)
{
	struct quire_esp *m = quire_esp_machine();

	if (out_alignment == NULL)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	*out_alignment = line_of(m, heap_caps & CAP_SPIRAM ? EXTERNAL : INTERNAL);
	return ESP_OK;
}

/* -- suspending and freezing -- */

static atomic_uint suspended, frozen, interrupts_disabled;
static portMUX_TYPE section = portMUX_INITIALIZER_UNLOCKED;
static _Thread_local uint32_t critical; /* how often the calling thread is inside */

static void less(atomic_uint *count)
{
	unsigned now = atomic_load(count);

	while (now != 0 && !atomic_compare_exchange_weak(count, &now, now - 1))
		continue;
}

void esp_cache_suspend_ext_mem_cache(void)
{
	atomic_fetch_add(&suspended, 1);
}

void esp_cache_resume_ext_mem_cache(void)
{
	less(&suspended);
}

void esp_cache_freeze_ext_mem_cache(void)
{
	atomic_fetch_add(&frozen, 1);
}

void esp_cache_unfreeze_ext_mem_cache(void)
{
	less(&frozen);
}

void esp_cache_freeze_caches_disable_interrupts(void)
{
	atomic_fetch_add(&interrupts_disabled, 1);
	atomic_fetch_add(&frozen, 1);
}

void esp_cache_unfreeze_caches_enable_interrupts(void)
{
	less(&frozen);
	less(&interrupts_disabled);
}

void esp_cache_sync_ops_enter_critical_section(void)
{
	portENTER_CRITICAL(&section);
	critical++;
}

void esp_cache_sync_ops_exit_critical_section(void)
{
	if (critical == 0)
		return;
	critical--;
	portEXIT_CRITICAL(&section);
}

void quire_esp_cache_depth(struct quire_esp_cache_depth *out)
{
	*out = (struct quire_esp_cache_depth){
		.suspended = atomic_load(&suspended),
		.frozen = atomic_load(&frozen),
		.interrupts_disabled = atomic_load(&interrupts_disabled),
		.critical = critical,
	};
}

/* -- ESP32's way -- */

static void (*_Atomic write_back_psram)(void);

void cache_register_writeback(cache_driver_t *func)
{
	atomic_store(&write_back_psram, func != NULL ? func->cache_writeback_psram : NULL);
}

void cache_sync(void)
{
	struct quire_esp *m = quire_esp_machine();
	void (*write_back)(void) = atomic_load(&write_back_psram);

	if (m == NULL)
		return;
	if (write_back != NULL)
		write_back();
	for (unsigned i = 0; i < m->layout->window_count; i++)
		(void)quire_space_sync(m->space, m->layout->window[i].base,
				       m->layout->window[i].size, QUIRE_SYNC_MASK);
}
