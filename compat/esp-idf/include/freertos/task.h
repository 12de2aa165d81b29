/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks.
 *
 * A process with main() from the library ends when app_main() and all tasks have ended.  A task
 * ends itself by vTaskDelete(NULL), and others by vTaskDelete(): at their next call of FreeRTOS
 * (tasks, queues, semaphores, notifications), or where they wait in one, so that they never leave a
 * lock or half a change of the library behind.  It does not take effect in calls of esp_... and
 * spi_flash_..., which are finished first, even if they wait for the mmap lock; nor in the host's:
 * a task that makes no calls but these needs a taskYIELD() in its loop to be ended by others.
 */
#ifndef INC_TASK_H
#define INC_TASK_H

#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tskTaskControlBlock *TaskHandle_t;
typedef void (*TaskFunction_t)(void *argument);

typedef enum {
	eNoAction,
	eSetBits,
	eIncrement,
	eSetValueWithOverwrite,
	eSetValueWithoutOverwrite,
} eNotifyAction;

#define tskNO_AFFINITY   ((BaseType_t)0x7fffffff)
#define tskIDLE_PRIORITY ((UBaseType_t)0)

#define taskSCHEDULER_NOT_STARTED ((BaseType_t)1)
#define taskSCHEDULER_RUNNING     ((BaseType_t)2)
#define taskSCHEDULER_SUSPENDED   ((BaseType_t)0)

#define taskYIELD() vPortYield()

/*
 * Start a task.  `name` is cut to 15 characters, and NULL is none; `depth` is in bytes; `handle`,
 * which may be NULL, is set before the task runs.
 * pdPASS, or errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY if the host has no thread.
 */
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t function, const char *name,
				   configSTACK_DEPTH_TYPE depth, void *argument,
				   UBaseType_t priority, TaskHandle_t *handle, BaseType_t core);
BaseType_t xTaskCreate(TaskFunction_t function, const char *name, configSTACK_DEPTH_TYPE depth,
		       void *argument, UBaseType_t priority, TaskHandle_t *handle);

/* The same in memory of the caller's.  The stack is the host's all the same; NULL if `stack` or
   `task` is, or as above. */
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t function, const char *name,
					   uint32_t depth, void *argument, UBaseType_t priority,
					   StackType_t *stack, StaticTask_t *task, BaseType_t core);
TaskHandle_t xTaskCreateStatic(TaskFunction_t function, const char *name, uint32_t depth,
			       void *argument, UBaseType_t priority, StackType_t *stack,
			       StaticTask_t *task);

/* End a task, NULL for the calling one, which this does not return to. */
void vTaskDelete(TaskHandle_t task);

/* Let a task rest where vTaskDelete() would end it; and go on. */
void vTaskSuspend(TaskHandle_t task);
void vTaskResume(TaskHandle_t task);

/* Wait for at least so many ticks; or until so many after `*previous`, which moves there: pdFALSE
   if that was in the past. */
void vTaskDelay(TickType_t ticks);
BaseType_t xTaskDelayUntil(TickType_t *previous, TickType_t ticks);
#define vTaskDelayUntil(previous, ticks) ((void)xTaskDelayUntil(previous, ticks))

/* Ticks since the program began. */
TickType_t xTaskGetTickCount(void);
TickType_t xTaskGetTickCountFromISR(void);

/* Who is running, also for threads that are no tasks; and what is known of a task, NULL for the
   calling one. */
TaskHandle_t xTaskGetCurrentTaskHandle(void);
char *pcTaskGetName(TaskHandle_t task);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority);
BaseType_t xTaskGetCoreID(TaskHandle_t task); /* tskNO_AFFINITY: any */
UBaseType_t uxTaskGetNumberOfTasks(void);     /* created and not ended; app_main() is one */
BaseType_t xTaskGetSchedulerState(void);

/* Between these two no other task is between them: that, and not the end of all other tasks'
   progress, is what holds on a chip with two cores as well.  They nest. */
void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);

/*
 * A task's notification: a number, and whether it has news.
 * Notify does `action` with the number; pdFAIL only if it is eSetValueWithoutOverwrite and there
 * is news already.  Take waits until the number is not 0, gives it, and makes it 0 or one less.
 * Wait clears bits, waits for news, gives the number in `*value` (may be NULL), and clears bits:
 * pdFALSE if none came.
 */
BaseType_t xTaskGenericNotify(TaskHandle_t task, uint32_t value, eNotifyAction action,
			      uint32_t *before);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks);
BaseType_t xTaskNotifyWait(uint32_t clear_before, uint32_t clear_after, uint32_t *value,
			   TickType_t ticks);
BaseType_t xTaskNotifyStateClear(TaskHandle_t task);

#define xTaskNotify(task, value, action) xTaskGenericNotify(task, value, action, NULL)
#define xTaskNotifyAndQuery(task, value, action, before)                                           \
	xTaskGenericNotify(task, value, action, before)
#define xTaskNotifyGive(task) xTaskGenericNotify(task, 0, eIncrement, NULL)
#define xTaskNotifyFromISR(task, value, action, woken)                                             \
	quire_esp_notify_from_isr(task, value, action, woken)
#define vTaskNotifyGiveFromISR(task, woken)                                                        \
	((void)quire_esp_notify_from_isr(task, 0, eIncrement, woken))

/* As notify; `*woken` (may be NULL) is left alone, since no switch is needed. */
BaseType_t quire_esp_notify_from_isr(TaskHandle_t task, uint32_t value, eNotifyAction action,
				     BaseType_t *woken);

#ifdef __cplusplus
}
#endif

#endif
