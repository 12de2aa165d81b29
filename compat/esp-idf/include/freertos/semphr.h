/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semaphores: queues whose items are empty.  A mutex is given back by whoever took it, a recursive
 * one as often as it was taken; priorities are not inherited, as they mean nothing here.
 */
#ifndef SEMAPHORE_H
#define SEMAPHORE_H

#include "freertos/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef QueueHandle_t SemaphoreHandle_t;

/* NULL if there is no memory, or counts that make no sense.  A binary semaphore begins taken, a
   mutex free.  Static: in memory of the caller's. */
SemaphoreHandle_t xSemaphoreCreateBinary(void);
SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t most, UBaseType_t initial);
SemaphoreHandle_t xSemaphoreCreateMutex(void);
SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void);
SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *semaphore);
SemaphoreHandle_t xSemaphoreCreateCountingStatic(UBaseType_t most, UBaseType_t initial,
						 StaticSemaphore_t *semaphore);
SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t *semaphore);
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexStatic(StaticSemaphore_t *semaphore);

void vSemaphoreDelete(SemaphoreHandle_t semaphore);

/* Take one, waiting for it; pdTRUE or pdFALSE. */
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks);
BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks);

/* Give one; pdFALSE if all are there, or it is a mutex of somebody else's. */
BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore);
BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex);

/* Without waiting; `woken` (may be NULL) is left alone. */
BaseType_t xSemaphoreTakeFromISR(SemaphoreHandle_t semaphore, BaseType_t *woken);
BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t *woken);

/* Who holds a mutex, NULL if nobody; and how many there are to be taken. */
TaskHandle_t xSemaphoreGetMutexHolder(SemaphoreHandle_t mutex);
#define uxSemaphoreGetCount(semaphore) uxQueueMessagesWaiting(semaphore)

#ifdef __cplusplus
}
#endif

#endif
