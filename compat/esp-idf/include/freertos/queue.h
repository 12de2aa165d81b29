/* SPDX-License-Identifier: Apache-2.0 */
/* Queues: items of one size, copied in and out, in order. */
#ifndef QUEUE_H
#define QUEUE_H

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct QueueDefinition *QueueHandle_t;

/* A queue for `length` items of `size` bytes; NULL if there is no memory or length is 0.  Static:
   in memory of the caller's. */
QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size);
QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t size, uint8_t *items,
				 StaticQueue_t *queue);

/* Nobody may use it or wait for it any more. */
void vQueueDelete(QueueHandle_t queue);

/* Put an item behind the others, or before them, waiting for room; pdTRUE, or errQUEUE_FULL.
   Overwrite is for queues of one item, and does not wait. */
BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *item, TickType_t ticks);
BaseType_t xQueueSendToFront(QueueHandle_t queue, const void *item, TickType_t ticks);
BaseType_t xQueueOverwrite(QueueHandle_t queue, const void *item);
#define xQueueSend(queue, item, ticks) xQueueSendToBack(queue, item, ticks)

/* Get the first item, or look at it, waiting for one; pdTRUE, or errQUEUE_EMPTY. */
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks);
BaseType_t xQueuePeek(QueueHandle_t queue, void *item, TickType_t ticks);

/* Forget all items; pdPASS. */
BaseType_t xQueueReset(QueueHandle_t queue);

UBaseType_t uxQueueMessagesWaiting(QueueHandle_t queue);
UBaseType_t uxQueueSpacesAvailable(QueueHandle_t queue);

/* Without waiting; `woken` (may be NULL) is left alone. */
BaseType_t xQueueSendToBackFromISR(QueueHandle_t queue, const void *item, BaseType_t *woken);
BaseType_t xQueueReceiveFromISR(QueueHandle_t queue, void *item, BaseType_t *woken);
#define xQueueSendFromISR(queue, item, woken) xQueueSendToBackFromISR(queue, item, woken)
#define uxQueueMessagesWaitingFromISR(queue)  uxQueueMessagesWaiting(queue)

#ifdef __cplusplus
}
#endif

#endif
