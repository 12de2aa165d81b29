/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() of an application: the machine is started, app_main() runs as the task "main", and the
 * process ends when it and all other tasks have ended.  The status is 0, or 1 and a sentence on
 * stderr if the machine could not be started or the flash not be written back.
 *
 * It stands in an object of its own, so a program that has a main() does not get this one.
 */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>

extern void app_main(void);

static void main_task(void *argument)
{
	(void)argument;
	app_main();
	vTaskDelete(NULL);
}

int main(void)
{
	char why[QUIRE_LINUX_TEXT];

	/* As on a serial port: what has been said before a crash has been seen. */
	(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (quire_esp_machine() == NULL)
		return EXIT_FAILURE;
	if (xTaskCreatePinnedToCore(main_task, "main", CONFIG_ESP_MAIN_TASK_STACK_SIZE, NULL, 1,
				    NULL, 0) != pdPASS) {
		fprintf(stderr, "quire: the host has no thread for app_main()\n");
		return EXIT_FAILURE;
	}
	quire_esp_tasks_join();
	if (!quire_esp_stop(why)) {
		fprintf(stderr, "quire: %s\n", why);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
