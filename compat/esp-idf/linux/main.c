/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() of an application: the machine is started, app_main() runs as the task "main", and the
 * process ends when it and all other tasks have ended.  The status is 0, or 1 and a sentence on
 * stderr if the machine could not be started or the flash not be written back.
 *
 * Most applications never end by themselves.  SIGINT and SIGTERM end them as a reset does a chip,
 * with what is in the flash: the handler asks a thread that waits for it, which can do what a
 * handler must not.  The status is 128 and the signal's number.  A second one finds the default
 * action; a signal that is ignored when the process starts stays ignored.
 *
 * It stands in an object of its own, so a program that has a main() does not get this one.
 */
#include "kernel.h"

#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

extern void app_main(void);

/* Posted by the handler, and by main() when nobody needs to wait any more. */
static sem_t asked;
static _Atomic int asked_by;

static void ask(int number)
{
	atomic_store(&asked_by, number);
	(void)sem_post(&asked);
}

static void *wait_for_signal(void *unused)
{
	(void)unused;
	while (sem_wait(&asked) != 0)
		continue;
	if (atomic_load(&asked_by) != 0)
		quire_esp_end(128 + atomic_load(&asked_by));
	return NULL;
}

static void take_signal(int number)
{
	struct sigaction action = {.sa_handler = ask, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	struct sigaction before;

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
		(void)sigaction(number, &action, NULL);
}

/* False if the host has no thread for it: signals then do what they always do. */
static bool watch_signals(pthread_t *watcher)
{
	if (sem_init(&asked, 0, 0) != 0 ||
	    pthread_create(watcher, NULL, wait_for_signal, NULL) != 0)
		return false;
	take_signal(SIGINT);
	take_signal(SIGTERM);
	return true;
}

static void end_watch(pthread_t watcher)
{
	(void)sem_post(&asked);
	pthread_join(watcher, NULL);
}

static void main_task(void *argument)
{
	(void)argument;
	app_main();
	vTaskDelete(NULL);
}

int main(void)
{
	char why[QUIRE_LINUX_TEXT];
	pthread_t watcher;
	bool watched;

	/* As on a serial port: what has been said before a crash has been seen. */
	(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (quire_esp_machine() == NULL)
		return EXIT_FAILURE;
	watched = watch_signals(&watcher);
	if (xTaskCreatePinnedToCore(main_task, "main", CONFIG_ESP_MAIN_TASK_STACK_SIZE, NULL, 1,
				    NULL, 0) != pdPASS) {
		fprintf(stderr, "quire: the host has no thread for app_main()\n");
		return EXIT_FAILURE;
	}
	quire_esp_tasks_join();
	if (watched)
		end_watch(watcher);
	if (!quire_esp_stop(why)) {
		fprintf(stderr, "quire: %s\n", why);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
