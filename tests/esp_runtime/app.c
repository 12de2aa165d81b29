/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application as ESP-IDF's users write them, compiled with the command line of README.md and
 * nothing else: it stores words in a partition, maps it, reads them back through the map, and lets
 * two tasks talk to each other.  It prints "all good" if everything was as on a chip.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_check.h"
#include "esp_chip_info.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_partition.h"
#include "esp_psram.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "sdkconfig.h"
#include "spi_flash_mmap.h"

static const char *TAG = "app";

#define WORDS 64

static QueueHandle_t numbers;
static SemaphoreHandle_t done;

static void sender(void *argument)
{
	for (uint32_t i = 1; i <= *(const uint32_t *)argument; i++)
		xQueueSend(numbers, &i, portMAX_DELAY);
	vTaskDelete(NULL);
}

static void receiver(void *argument)
{
	uint32_t *sum = argument, number;

	while (xQueueReceive(numbers, &number, pdMS_TO_TICKS(5000)) == pdTRUE && number != 10)
		*sum += number;
	xSemaphoreGive(done);
	vTaskDelete(NULL);
}

static esp_err_t check_tasks(void)
{
	static uint32_t last = 10, sum;

	numbers = xQueueCreate(4, sizeof(uint32_t));
	done = xSemaphoreCreateBinary();
	ESP_RETURN_ON_FALSE(numbers && done, ESP_ERR_NO_MEM, TAG, "no queue");
	xTaskCreate(receiver, "receiver", 2048, &sum, 5, NULL);
	xTaskCreatePinnedToCore(sender, "sender", 2048, &last, 5, NULL, 0);
	ESP_RETURN_ON_FALSE(xSemaphoreTake(done, pdMS_TO_TICKS(20000)) == pdTRUE, ESP_ERR_TIMEOUT,
			    TAG, "the receiver did not finish");
	ESP_LOGI(TAG, "the sum is %" PRIu32, sum);
	vTaskDelay(1);
	vSemaphoreDelete(done);
	vQueueDelete(numbers);
	return sum == 45 ? ESP_OK : ESP_FAIL;
}

static esp_err_t check_partition(void)
{
	const esp_partition_t *partition = esp_partition_find_first(
		ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "storage1");
	esp_partition_mmap_handle_t handle;
	const void *mapped = NULL;
	uint32_t words[WORDS];
	esp_err_t ret = ESP_OK;

	ESP_RETURN_ON_FALSE(partition, ESP_ERR_NOT_FOUND, TAG, "no storage1");
	for (uint32_t i = 0; i < WORDS; i++)
		words[i] = i * 2654435761u;
	ESP_RETURN_ON_ERROR(esp_partition_erase_range(partition, 0, 4096), TAG, "erase");
	ESP_RETURN_ON_ERROR(esp_partition_write(partition, 0, words, sizeof(words)), TAG, "write");
	ESP_RETURN_ON_ERROR(esp_partition_mmap(partition, 0, partition->size,
					       ESP_PARTITION_MMAP_DATA, &mapped, &handle),
			    TAG, "mmap");
	ESP_GOTO_ON_FALSE(memcmp(mapped, words, sizeof(words)) == 0, ESP_FAIL, out, TAG,
			  "the map shows something else");
out:
	esp_partition_munmap(handle);
	return ret;
}

static esp_err_t check_memory(size_t size, uint32_t caps)
{
	char *memory = heap_caps_malloc(size, caps);

	ESP_RETURN_ON_FALSE(memory, ESP_ERR_NO_MEM, TAG, "no memory with 0x%" PRIx32, caps);
	memset(memory, 1, size);
	free(memory);
	return ESP_OK;
}

static esp_err_t check_heap(void)
{
	ESP_RETURN_ON_ERROR(check_memory(1000, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT), TAG,
			    "internal");
	if (esp_psram_is_initialized())
		ESP_RETURN_ON_ERROR(check_memory(100000, MALLOC_CAP_SPIRAM), TAG, "PSRAM");
	return heap_caps_check_integrity_all(true) ? ESP_OK : ESP_FAIL;
}

void app_main(void)
{
	esp_chip_info_t chip;

	esp_chip_info(&chip);
	printf("%s: model %d, %d core(s), %" PRIu32 " bytes free\n", CONFIG_IDF_TARGET,
	       (int)chip.model, chip.cores, esp_get_free_heap_size());
	ESP_ERROR_CHECK(check_tasks());
	ESP_ERROR_CHECK(check_partition());
	ESP_ERROR_CHECK(check_heap());
	ESP_LOGI(TAG, "ready after %" PRId64 " us", esp_timer_get_time());
	printf("all good\n");
}
