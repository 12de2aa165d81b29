/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time, chance, the chip, and the end: what stands around an application and needs a few lines each
 * of the host.
 */
#include "board.h"
#include "esp_chip_info.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_psram.h"
#include "esp_random.h"
#include "esp_rom_sys.h"
#include "esp_system.h"
#include "esp_timer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* -- time -- */

static struct timespec began;

__attribute__((constructor)) static void begin(void)
{
	clock_gettime(CLOCK_MONOTONIC, &began);
}

int64_t quire_esp_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - began.tv_sec) * 1000000 +
	       (now.tv_nsec - began.tv_nsec) / 1000;
}

int64_t esp_timer_get_time(void)
{
	return quire_esp_microseconds();
}

void esp_rom_delay_us(uint32_t us)
{
	struct timespec left = {us / 1000000, (long)(us % 1000000) * 1000};

	while (nanosleep(&left, &left) != 0)
		continue;
}

/* -- chance -- */

void esp_fill_random(void *buf, size_t len)
{
	char *at = buf;

	while (len > 0) {
		ssize_t done = getrandom(at, len, 0);

		if (done > 0) {
			at += done;
			len -= (size_t)done;
		}
	}
}

uint32_t esp_random(void)
{
	uint32_t value;

	esp_fill_random(&value, sizeof(value));
	return value;
}

/* -- the chip -- */

void esp_chip_info(esp_chip_info_t *out_info)
{
	const struct quire_esp *m = quire_esp_machine();

	*out_info = (esp_chip_info_t){0};
	if (m == NULL)
		return;
	/* Models have the numbers of image headers; the first chip's 0 came later. */
	out_info->model = m->chip->image_id == 0 ? CHIP_ESP32 : (esp_chip_model_t)m->chip->image_id;
	out_info->cores = m->chip->cores;
	out_info->features = esp_psram_is_initialized() ? CHIP_FEATURE_EMB_PSRAM : 0;
}

const char *esp_get_idf_version(void)
{
	return "v6.1.0-quire";
}

size_t esp_psram_get_size(void)
{
	const struct quire_esp *m = quire_esp_machine();

	return m != NULL ? (size_t)m->layout->memory[QUIRE_PSRAM0].size : 0;
}

bool esp_psram_is_initialized(void)
{
	return esp_psram_get_size() != 0;
}

esp_err_t esp_psram_init(void)
{
	return esp_psram_is_initialized() ? ESP_ERR_INVALID_STATE : ESP_ERR_NOT_FOUND;
}

/* -- memory, in short -- */

uint32_t esp_get_free_heap_size(void)
{
	return (uint32_t)heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
}

uint32_t esp_get_minimum_free_heap_size(void)
{
	return (uint32_t)heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT);
}

uint32_t esp_get_free_internal_heap_size(void)
{
	return (uint32_t)heap_caps_get_free_size(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
}

/* -- the end -- */

#define HANDLERS 8u

static pthread_mutex_t handlers_lock = PTHREAD_MUTEX_INITIALIZER;
static shutdown_handler_t handlers[HANDLERS];
static unsigned handler_count;

/* The place of a handler, `handler_count` if it has none; with the lock held. */
static unsigned place_of(shutdown_handler_t handler)
{
	unsigned i = 0;

	while (i < handler_count && handlers[i] != handler)
		i++;
	return i;
}

esp_err_t esp_register_shutdown_handler(shutdown_handler_t handler)
{
	esp_err_t result = ESP_OK;

	pthread_mutex_lock(&handlers_lock);
	if (place_of(handler) != handler_count)
		result = ESP_ERR_INVALID_STATE;
	else if (handler_count == HANDLERS)
		result = ESP_ERR_NO_MEM;
	else
		handlers[handler_count++] = handler;
	pthread_mutex_unlock(&handlers_lock);
	return result;
}

esp_err_t esp_unregister_shutdown_handler(shutdown_handler_t handler)
{
	esp_err_t result = ESP_ERR_INVALID_STATE;
	unsigned i;

	pthread_mutex_lock(&handlers_lock);
	i = place_of(handler);
	if (i != handler_count) {
		for (handler_count--; i < handler_count; i++)
			handlers[i] = handlers[i + 1];
		result = ESP_OK;
	}
	pthread_mutex_unlock(&handlers_lock);
	return result;
}

static shutdown_handler_t last_handler(void)
{
	shutdown_handler_t handler;

	pthread_mutex_lock(&handlers_lock);
	handler = handler_count > 0 ? handlers[--handler_count] : NULL;
	pthread_mutex_unlock(&handlers_lock);
	return handler;
}

void esp_restart(void)
{
	shutdown_handler_t handler;

	while ((handler = last_handler()) != NULL)
		handler();
	quire_esp_end(QUIRE_ESP_RESTART);
}

esp_reset_reason_t esp_reset_reason(void)
{
	return ESP_RST_POWERON;
}

void esp_system_abort(const char *details)
{
	fflush(stdout);
	fprintf(stderr, "abort: %s\n", details != NULL ? details : "no reason given");
	quire_esp_abort();
}
