/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tasks and queues share: one lock, and waiting.
 *
 * All of it is one monitor: a lock for every task, queue and semaphore there is, and a condition
 * for each thing that can be waited for.  A call enters, looks, waits while it must, and leaves.
 * Entering and waiting are where a task that has been deleted ends and one that has been suspended
 * rests; so it never does while it holds anything else of the library's.
 */
#ifndef QUIRE_ESP_KERNEL_H
#define QUIRE_ESP_KERNEL_H

#include "board.h"

#include <pthread.h>
#include <time.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

/* Until when to wait. */
struct quire_esp_deadline {
	bool never;
	struct timespec at; /* CLOCK_MONOTONIC */
};

struct quire_esp_deadline quire_esp_deadline(TickType_t ticks);

/* Into the monitor and out of it.  Enter may not return. */
void quire_esp_kernel_enter(void);
void quire_esp_kernel_leave(void);

/* Wait for a condition, or for no reason; false if the time is up.  May not return. */
bool quire_esp_kernel_wait(pthread_cond_t *on, const struct quire_esp_deadline *until);

/* A condition that measures time as deadlines do. */
void quire_esp_condition_init(pthread_cond_t *condition);

/* Wait until all tasks have ended; for main(). */
void quire_esp_tasks_join(void);

#endif
