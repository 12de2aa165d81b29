/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues and semaphores (kernel.h, freertos/queue.h, freertos/semphr.h).
 *
 * A semaphore is a queue of items without bytes: giving puts one in, taking takes one out.  A mutex
 * also knows its holder, and a recursive one how often.
 */
#include "kernel.h"

#include "freertos/queue.h"
#include "freertos/semphr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct QueueDefinition {
	pthread_cond_t changed;
	uint8_t *items; /* a ring */
	UBaseType_t length;
	UBaseType_t size; /* bytes of an item; 0: a semaphore */
	UBaseType_t first;
	UBaseType_t count;
	UBaseType_t depth; /* how often the holder has it */
	TaskHandle_t holder;
	bool mutex;
	bool owned; /* its memory is ours */
};

_Static_assert(sizeof(struct QueueDefinition) <= sizeof(StaticQueue_t), "StaticQueue_t is small");

/* -- beginning and end -- */

static QueueHandle_t open_queue(QueueHandle_t queue, UBaseType_t length, UBaseType_t size,
				uint8_t *items)
{
	*queue = (struct QueueDefinition){.length = length, .size = size, .items = items};
	quire_esp_condition_init(&queue->changed);
	return queue;
}

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t size, uint8_t *items,
				 StaticQueue_t *queue)
{
	if (queue == NULL || length == 0 || (size != 0 && items == NULL))
		return NULL;
	return open_queue((void *)queue, length, size, items);
}

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size)
{
	QueueHandle_t queue = NULL;

	if (length != 0)
		queue = calloc(1, sizeof(*queue) + (size_t)length * size);
	if (queue == NULL)
		return NULL;
	open_queue(queue, length, size, (uint8_t *)(queue + 1));
	queue->owned = true;
	return queue;
}

void vQueueDelete(QueueHandle_t queue)
{
	if (queue == NULL)
		return;
	pthread_cond_destroy(&queue->changed);
	if (queue->owned)
		free(queue);
}

/* -- the ring -- */

static uint8_t *place(QueueHandle_t queue, UBaseType_t number)
{
	return queue->items + (size_t)((queue->first + number) % queue->length) * queue->size;
}

static void copy(void *to, const void *from, size_t size)
{
	if (size != 0)
		memcpy(to, from, size);
}

static void put_back(QueueHandle_t queue, const void *item)
{
	copy(place(queue, queue->count), item, queue->size);
	queue->count++;
}

static void put_front(QueueHandle_t queue, const void *item)
{
	queue->first = (queue->first + queue->length - 1) % queue->length;
	copy(place(queue, 0), item, queue->size);
	queue->count++;
}

static void drop_first(QueueHandle_t queue)
{
	queue->first = (queue->first + 1) % queue->length;
	queue->count--;
}

/* -- waiting -- */

/* In the monitor: wait for an item, or for room; whether there is. */
static bool wait_for_item(QueueHandle_t queue, TickType_t ticks)
{
	struct quire_esp_deadline until;

	if (queue->count != 0 || ticks == 0)
		return queue->count != 0;
	until = quire_esp_deadline(ticks);
	while (queue->count == 0 && quire_esp_kernel_wait(&queue->changed, &until))
		continue;
	return queue->count != 0;
}

static bool wait_for_room(QueueHandle_t queue, TickType_t ticks)
{
	struct quire_esp_deadline until;

	if (queue->count < queue->length || ticks == 0)
		return queue->count < queue->length;
	until = quire_esp_deadline(ticks);
	while (queue->count == queue->length && quire_esp_kernel_wait(&queue->changed, &until))
		continue;
	return queue->count < queue->length;
}

static BaseType_t send(QueueHandle_t queue, const void *item, TickType_t ticks,
		       void (*put)(QueueHandle_t queue, const void *item))
{
	bool room;

	quire_esp_kernel_enter();
	room = wait_for_room(queue, ticks);
	if (room) {
		put(queue, item);
		pthread_cond_broadcast(&queue->changed);
	}
	quire_esp_kernel_leave();
	return room ? pdTRUE : errQUEUE_FULL;
}

BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *item, TickType_t ticks)
{
	return send(queue, item, ticks, put_back);
}

BaseType_t xQueueSendToFront(QueueHandle_t queue, const void *item, TickType_t ticks)
{
	return send(queue, item, ticks, put_front);
}

BaseType_t xQueueSendToBackFromISR(QueueHandle_t queue, const void *item, BaseType_t *woken)
{
	(void)woken;
	return xQueueSendToBack(queue, item, 0);
}

BaseType_t xQueueOverwrite(QueueHandle_t queue, const void *item)
{
	quire_esp_kernel_enter();
	if (queue->count == queue->length)
		drop_first(queue);
	put_back(queue, item);
	pthread_cond_broadcast(&queue->changed);
	quire_esp_kernel_leave();
	return pdPASS;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks)
{
	bool some;

	quire_esp_kernel_enter();
	some = wait_for_item(queue, ticks);
	if (some) {
		copy(item, place(queue, 0), queue->size);
		drop_first(queue);
		pthread_cond_broadcast(&queue->changed);
	}
	quire_esp_kernel_leave();
	return some ? pdTRUE : errQUEUE_EMPTY;
}

BaseType_t xQueueReceiveFromISR(QueueHandle_t queue, void *item, BaseType_t *woken)
{
	(void)woken;
	return xQueueReceive(queue, item, 0);
}

BaseType_t xQueuePeek(QueueHandle_t queue, void *item, TickType_t ticks)
{
	bool some;

	quire_esp_kernel_enter();
	some = wait_for_item(queue, ticks);
	if (some)
		copy(item, place(queue, 0), queue->size);
	quire_esp_kernel_leave();
	return some ? pdTRUE : errQUEUE_EMPTY;
}

BaseType_t xQueueReset(QueueHandle_t queue)
{
	quire_esp_kernel_enter();
	queue->first = 0;
	queue->count = 0;
	pthread_cond_broadcast(&queue->changed);
	quire_esp_kernel_leave();
	return pdPASS;
}

UBaseType_t uxQueueMessagesWaiting(QueueHandle_t queue)
{
	UBaseType_t count;

	quire_esp_kernel_enter();
	count = queue->count;
	quire_esp_kernel_leave();
	return count;
}

UBaseType_t uxQueueSpacesAvailable(QueueHandle_t queue)
{
	return queue->length - uxQueueMessagesWaiting(queue);
}

/* -- semaphores -- */

/* With `count` to be taken; `queue` may be NULL. */
static SemaphoreHandle_t with_count(QueueHandle_t queue, UBaseType_t count, bool mutex)
{
	if (queue != NULL) {
		queue->count = count;
		queue->mutex = mutex;
	}
	return queue;
}

SemaphoreHandle_t xSemaphoreCreateBinary(void)
{
	return xQueueCreate(1, 0);
}

SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t most, UBaseType_t initial)
{
	return initial > most ? NULL : with_count(xQueueCreate(most, 0), initial, false);
}

SemaphoreHandle_t xSemaphoreCreateMutex(void)
{
	return with_count(xQueueCreate(1, 0), 1, true);
}

SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void)
{
	return xSemaphoreCreateMutex();
}

SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *semaphore)
{
	return xQueueCreateStatic(1, 0, NULL, semaphore);
}

SemaphoreHandle_t xSemaphoreCreateCountingStatic(UBaseType_t most, UBaseType_t initial,
						 StaticSemaphore_t *semaphore)
{
	if (initial > most)
		return NULL;
	return with_count(xQueueCreateStatic(most, 0, NULL, semaphore), initial, false);
}

SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t *semaphore)
{
	return with_count(xQueueCreateStatic(1, 0, NULL, semaphore), 1, true);
}

SemaphoreHandle_t xSemaphoreCreateRecursiveMutexStatic(StaticSemaphore_t *semaphore)
{
	return xSemaphoreCreateMutexStatic(semaphore);
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore)
{
	vQueueDelete(semaphore);
}

/* In the monitor: take one, which the caller may hold already. */
static bool take(SemaphoreHandle_t semaphore, TickType_t ticks, bool again)
{
	TaskHandle_t task = xTaskGetCurrentTaskHandle();

	if (again && semaphore->holder == task) {
		semaphore->depth++;
		return true;
	}
	if (!wait_for_item(semaphore, ticks))
		return false;
	semaphore->count--;
	if (semaphore->mutex) {
		semaphore->holder = task;
		semaphore->depth = 1;
	}
	return true;
}

static bool give(SemaphoreHandle_t semaphore)
{
	if (semaphore->count == semaphore->length ||
	    (semaphore->mutex && semaphore->holder != xTaskGetCurrentTaskHandle()))
		return false;
	if (semaphore->mutex && --semaphore->depth != 0)
		return true;
	semaphore->holder = NULL;
	semaphore->count++;
	pthread_cond_broadcast(&semaphore->changed);
	return true;
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks)
{
	bool good;

	quire_esp_kernel_enter();
	good = take(semaphore, ticks, false);
	quire_esp_kernel_leave();
	return good ? pdTRUE : pdFALSE;
}

BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks)
{
	bool good;

	quire_esp_kernel_enter();
	good = take(mutex, ticks, true);
	quire_esp_kernel_leave();
	return good ? pdTRUE : pdFALSE;
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore)
{
	bool good;

	quire_esp_kernel_enter();
	good = give(semaphore);
	quire_esp_kernel_leave();
	return good ? pdTRUE : pdFALSE;
}

BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex)
{
	return xSemaphoreGive(mutex);
}

BaseType_t xSemaphoreTakeFromISR(SemaphoreHandle_t semaphore, BaseType_t *woken)
{
	(void)woken;
	return xSemaphoreTake(semaphore, 0);
}

BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t *woken)
{
	(void)woken;
	return xSemaphoreGive(semaphore);
}

TaskHandle_t xSemaphoreGetMutexHolder(SemaphoreHandle_t mutex)
{
	TaskHandle_t holder;

	quire_esp_kernel_enter();
	holder = mutex->holder;
	quire_esp_kernel_leave();
	return holder;
}
