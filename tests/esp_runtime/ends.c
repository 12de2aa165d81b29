/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application that writes to flash and then ends in the way that HOW says, as applications do;
 * ends.sh looks at what is in the flash afterwards.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp_err.h"
#include "esp_flash.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

static SemaphoreHandle_t reads;

/* Waits in a call of the C library, which holds a lock there. */
static void read_input(void *argument)
{
	char line[16];

	xSemaphoreGive(reads);
	if (fgets(line, sizeof(line), stdin) != NULL)
		fputs(line, stdout);
	(void)argument;
	vTaskDelete(NULL);
}

static void wait_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		vTaskDelay(1);
}

static void begin_reading(void)
{
	reads = xSemaphoreCreateBinary();
	xTaskCreate(read_input, "reader", 2048, NULL, 1, NULL);
	xSemaphoreTake(reads, portMAX_DELAY);
	vTaskDelay(10);
}

static void end_as(const char *how)
{
	int wrong = 1;

	if (strcmp(how, "exit") == 0)
		exit(3);
	if (strcmp(how, "check") == 0)
		ESP_ERROR_CHECK(ESP_FAIL);
	if (strcmp(how, "assert") == 0)
		assert(wrong == 0);
	if (strcmp(how, "configassert") == 0)
		configASSERT(wrong == 0);
	if (strcmp(how, "abort") == 0)
		esp_system_abort("as asked");
	if (strcmp(how, "restart") == 0)
		esp_restart();
	if (strcmp(how, "int") == 0)
		kill(getpid(), SIGINT);
	if (strcmp(how, "term") == 0)
		kill(getpid(), SIGTERM);
	if (strcmp(how, "return") != 0)
		wait_for_ever(NULL);
}

void app_main(void)
{
	if (getenv("READING") != NULL)
		begin_reading();
	ESP_ERROR_CHECK(esp_flash_erase_region(NULL, 0, 4096));
	ESP_ERROR_CHECK(esp_flash_write(NULL, "abcdefgh", 0, 8));
	puts("written");
	end_as(getenv("HOW"));
}
