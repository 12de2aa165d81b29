/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of both kinds, as an application uses it that may run under valgrind: the C library's
 * through its own functions, and the heaps' through heap_caps_free() and heap_caps_realloc(), which
 * take both.  With PLAIN the C library's functions are used for all of it, which is not for valgrind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_err.h"
#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#define TASKS 8

#ifdef PLAIN
#define heap_caps_free                    free
#define heap_caps_realloc(at, size, caps) realloc(at, size)
#endif

/* realloc(), or the end. */
static char *grown(char *at, size_t size)
{
	char *more = realloc(at, size);

	if (more == NULL)
		abort();
	return more;
}

static void use_the_hosts(void)
{
	char *at = malloc(10), *line = NULL;
	FILE *file = tmpfile();
	size_t size = 0;

	strcpy(at, "nine char");
	at = grown(at, 100000);
	fputs(at, file);
	free(at);
	rewind(file);
	if (getline(&line, &size, file) != 9)
		abort();
	fclose(file);
	free(line);
	at = calloc(3, 5);
	at = grown(at, 40);
	free(at);
	free(strdup("again"));
	free(aligned_alloc(256, 512));
	free(NULL);
}

static void use_both(uint32_t caps)
{
	char *ours = heap_caps_malloc(100, caps), *hosts = malloc(10);

	if (ours == NULL || hosts == NULL)
		abort();
	strcpy(ours, "ours");
	strcpy(hosts, "hosts");
	ours = heap_caps_realloc(ours, 4000, caps);
	hosts = heap_caps_realloc(hosts, 200, MALLOC_CAP_8BIT);
	if (strcmp(ours, "ours") != 0 || strcmp(hosts, "hosts") != 0)
		abort();
	heap_caps_free(ours);
	heap_caps_free(hosts);
	heap_caps_free(NULL);
}

static void one_task(void *argument)
{
	use_both(argument != NULL ? MALLOC_CAP_INTERNAL : MALLOC_CAP_SPIRAM);
	use_the_hosts();
	vTaskDelete(NULL);
}

void app_main(void)
{
	use_the_hosts();
	for (int i = 0; i < TASKS; i++)
		if (xTaskCreate(one_task, "one", 2048, i % 2 ? "" : NULL, 1, NULL) != pdPASS)
			abort();
	while (uxTaskGetNumberOfTasks() > 1)
		vTaskDelay(1);
	if (heap_caps_get_free_size(0) != heap_caps_get_total_size(0))
		abort();
	puts("all good");
}
