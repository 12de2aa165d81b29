/* SPDX-License-Identifier: Apache-2.0 */
/* FreeRTOS's calls over threads.  Nothing here depends on how fast the host is: what must come is
   waited for, and what must not come is proved by an order of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

static SemaphoreHandle_t began, go, done;

static int open_all(void **state)
{
	(void)state;
	began = xSemaphoreCreateCounting(100, 0);
	go = xSemaphoreCreateCounting(100, 0);
	done = xSemaphoreCreateCounting(100, 0);
	return began && go && done ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	vSemaphoreDelete(began);
	vSemaphoreDelete(go);
	vSemaphoreDelete(done);
	return 0;
}

static void wait_for(SemaphoreHandle_t semaphore)
{
	assert_int_equal(xSemaphoreTake(semaphore, portMAX_DELAY), pdTRUE);
}

/* -- tasks -- */

static struct {
	TaskHandle_t self;
	char name[configMAX_TASK_NAME_LEN];
	UBaseType_t priority;
	BaseType_t core;
} seen;

static void look_around(void *argument)
{
	*(int *)argument += 1;
	seen.self = xTaskGetCurrentTaskHandle();
	strcpy(seen.name, pcTaskGetName(NULL));
	seen.priority = uxTaskPriorityGet(NULL);
	seen.core = xPortGetCoreID();
	xSemaphoreGive(began);
	xSemaphoreTake(go, portMAX_DELAY);
	xSemaphoreGive(done);
	vTaskDelete(NULL);
}

static void test_a_task_knows_itself(void **state)
{
	TaskHandle_t task = NULL;
	int ran = 0;

	(void)state;
	assert_int_equal(uxTaskGetNumberOfTasks(), 0);
	assert_int_equal(
		xTaskCreatePinnedToCore(look_around, "a name of twenty.", 2048, &ran, 7, &task, 1),
		pdPASS);
	wait_for(began);
	assert_int_equal(uxTaskGetNumberOfTasks(), 1);
	assert_int_equal(ran, 1);
	assert_ptr_equal(seen.self, task);
	assert_string_equal(seen.name, "a name of twent");
	assert_string_equal(pcTaskGetName(task), seen.name);
	assert_int_equal(seen.priority, 7);
	assert_int_equal(seen.core, 1);
	assert_int_equal(xTaskGetCoreID(task), 1);
	vTaskPrioritySet(task, 100);
	assert_int_equal(uxTaskPriorityGet(task), configMAX_PRIORITIES - 1);
	xSemaphoreGive(go);
	wait_for(done);
}

static void test_a_static_task_lives_in_the_callers_memory(void **state)
{
	static StaticTask_t room;
	static StackType_t stack[2048];
	TaskHandle_t task;
	int ran = 0;

	(void)state;
	task = xTaskCreateStatic(look_around, NULL, sizeof(stack), &ran, 3, stack, &room);
	assert_ptr_equal(task, &room);
	wait_for(began);
	assert_string_equal(pcTaskGetName(task), "");
	assert_int_equal(xTaskGetCoreID(task), tskNO_AFFINITY);
	xSemaphoreGive(go);
	wait_for(done);
	assert_null(xTaskCreateStatic(look_around, "x", 1024, &ran, 3, NULL, &room));
	assert_null(xTaskCreateStatic(look_around, "x", 1024, &ran, 3, stack, NULL));
}

static void wait_for_ever(void *argument)
{
	xSemaphoreGive(began);
	if (argument == NULL)
		vTaskDelay(portMAX_DELAY);
	else
		xSemaphoreTake(argument, portMAX_DELAY);
	xSemaphoreGive(done);
	vTaskDelete(NULL);
}

static void spin(void *argument)
{
	(void)argument;
	xSemaphoreGive(began);
	for (;;)
		taskYIELD();
}

static void test_others_are_deleted_where_they_wait_or_call(void **state)
{
	TaskHandle_t sleeping, taking, spinning;
	SemaphoreHandle_t never = xSemaphoreCreateBinary();

	(void)state;
	xTaskCreate(wait_for_ever, "sleeping", 1024, NULL, 1, &sleeping);
	xTaskCreate(wait_for_ever, "taking", 1024, never, 1, &taking);
	xTaskCreate(spin, "spinning", 1024, NULL, 1, &spinning);
	for (unsigned i = 0; i < 3; i++)
		wait_for(began);
	vTaskDelete(sleeping);
	vTaskDelete(taking);
	vTaskDelete(spinning);
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	assert_int_equal(uxSemaphoreGetCount(done), 0);
	vSemaphoreDelete(never);
}

static volatile unsigned turns;

static void count_turns(void *argument)
{
	(void)argument;
	for (;;) {
		wait_for(go);
		turns++;
		xSemaphoreGive(done);
	}
}

static void test_a_suspended_task_rests_until_it_is_resumed(void **state)
{
	TaskHandle_t task;

	(void)state;
	turns = 0;
	xTaskCreate(count_turns, "turns", 1024, NULL, 1, &task);
	xSemaphoreGive(go);
	wait_for(done);
	assert_int_equal(turns, 1);
	vTaskSuspend(task);
	xSemaphoreGive(go);
	assert_int_equal(xSemaphoreTake(done, 3), pdFALSE);
	vTaskResume(task);
	wait_for(done);
	assert_int_equal(turns, 2);
	vTaskDelete(task);
}

/* -- time -- */

static void test_delays_are_at_least_as_long(void **state)
{
	int64_t before = esp_timer_get_time();
	TickType_t ticks = xTaskGetTickCount(), previous = ticks;

	(void)state;
	vTaskDelay(2);
	assert_true(esp_timer_get_time() - before >= 20000);
	assert_true(xTaskGetTickCount() - ticks >= 2);
	vTaskDelay(0);
	vTaskDelay(pdMS_TO_TICKS(20));
	assert_int_equal(xTaskDelayUntil(&previous, 1), pdFALSE);
	assert_int_equal(previous, ticks + 1);
	previous = xTaskGetTickCount();
	assert_int_equal(xTaskDelayUntil(&previous, 3), pdTRUE);
	assert_true(xTaskGetTickCount() >= previous);
	assert_int_equal(pdMS_TO_TICKS(1000), configTICK_RATE_HZ);
	assert_int_equal(pdTICKS_TO_MS(5), 50);
	assert_int_equal(portTICK_PERIOD_MS, 10);
}

/* -- semaphores -- */

static void test_counts(void **state)
{
	SemaphoreHandle_t s = xSemaphoreCreateCounting(2, 1);
	StaticSemaphore_t room;

	(void)state;
	assert_int_equal(uxSemaphoreGetCount(s), 1);
	assert_int_equal(xSemaphoreGive(s), pdTRUE);
	assert_int_equal(xSemaphoreGive(s), pdFALSE);
	assert_int_equal(xSemaphoreTake(s, 0), pdTRUE);
	assert_int_equal(xSemaphoreTakeFromISR(s, NULL), pdTRUE);
	assert_int_equal(xSemaphoreTake(s, 0), pdFALSE);
	assert_int_equal(xSemaphoreTake(s, 2), pdFALSE);
	assert_int_equal(xSemaphoreGiveFromISR(s, NULL), pdTRUE);
	vSemaphoreDelete(s);
	assert_null(xSemaphoreCreateCounting(1, 2));
	assert_null(xSemaphoreCreateCounting(0, 0));
	s = xSemaphoreCreateBinaryStatic(&room);
	assert_ptr_equal(s, &room);
	assert_int_equal(xSemaphoreTake(s, 0), pdFALSE);
	assert_int_equal(xSemaphoreGive(s), pdTRUE);
	assert_int_equal(xSemaphoreGive(s), pdFALSE);
	vSemaphoreDelete(s);
	assert_null(xSemaphoreCreateMutexStatic(NULL));
}

static SemaphoreHandle_t mutex;

static void give_what_is_not_mine(void *argument)
{
	*(BaseType_t *)argument = xSemaphoreGive(mutex);
	xSemaphoreGive(done);
	vTaskDelete(NULL);
}

static void test_a_mutex_is_its_holders(void **state)
{
	BaseType_t given = pdTRUE;

	(void)state;
	mutex = xSemaphoreCreateMutex();
	assert_null(xSemaphoreGetMutexHolder(mutex));
	assert_int_equal(xSemaphoreTake(mutex, portMAX_DELAY), pdTRUE);
	assert_ptr_equal(xSemaphoreGetMutexHolder(mutex), xTaskGetCurrentTaskHandle());
	assert_int_equal(xSemaphoreTake(mutex, 1), pdFALSE);
	xTaskCreate(give_what_is_not_mine, "thief", 1024, &given, 1, NULL);
	wait_for(done);
	assert_int_equal(given, pdFALSE);
	assert_int_equal(xSemaphoreGive(mutex), pdTRUE);
	assert_int_equal(xSemaphoreGive(mutex), pdFALSE);
	assert_null(xSemaphoreGetMutexHolder(mutex));
	vSemaphoreDelete(mutex);
}

static void test_a_recursive_mutex_counts(void **state)
{
	SemaphoreHandle_t m = xSemaphoreCreateRecursiveMutex();

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(xSemaphoreTakeRecursive(m, 0), pdTRUE);
	for (unsigned i = 0; i < 3; i++) {
		assert_non_null(xSemaphoreGetMutexHolder(m));
		assert_int_equal(xSemaphoreGiveRecursive(m), pdTRUE);
	}
	assert_null(xSemaphoreGetMutexHolder(m));
	assert_int_equal(xSemaphoreGiveRecursive(m), pdFALSE);
	vSemaphoreDelete(m);
}

/* -- exclusion, in four ways -- */

#define ROUNDS 2000u

static unsigned shared;
static portMUX_TYPE mux = portMUX_INITIALIZER_UNLOCKED;

static void add_under_a_mutex(void)
{
	xSemaphoreTake(mutex, portMAX_DELAY);
	shared++;
	xSemaphoreGive(mutex);
}

static void add_under_a_recursive_mutex(void)
{
	xSemaphoreTakeRecursive(mutex, portMAX_DELAY);
	xSemaphoreTakeRecursive(mutex, portMAX_DELAY);
	shared++;
	xSemaphoreGiveRecursive(mutex);
	xSemaphoreGiveRecursive(mutex);
}

static void add_in_a_critical_section(void)
{
	portENTER_CRITICAL(&mux);
	taskENTER_CRITICAL(&mux);
	shared++;
	taskEXIT_CRITICAL(&mux);
	portEXIT_CRITICAL(&mux);
}

static void add_with_all_suspended(void)
{
	vTaskSuspendAll();
	vTaskSuspendAll();
	shared++;
	xTaskResumeAll();
	xTaskResumeAll();
}

static void add_many(void *argument)
{
	void (*const *add)(void) = argument;

	for (unsigned i = 0; i < ROUNDS; i++)
		(*add)();
	xSemaphoreGive(done);
	vTaskDelete(NULL);
}

static void test_nothing_is_lost_where_one_excludes_others(void **state)
{
	static void (*const ways[])(void) = {add_under_a_mutex, add_under_a_recursive_mutex,
					     add_in_a_critical_section, add_with_all_suspended};

	(void)state;
	mutex = xSemaphoreCreateMutex();
	for (unsigned w = 0; w < 4; w++) {
		void (*way)(void) = ways[w];

		shared = 0;
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(xTaskCreate(add_many, "add", 1024, &way, 1, NULL), pdPASS);
		for (unsigned i = 0; i < 4; i++)
			wait_for(done);
		assert_int_equal(shared, 4 * ROUNDS);
	}
	vSemaphoreDelete(mutex);
	assert_int_equal(xTaskGetSchedulerState(), taskSCHEDULER_RUNNING);
	vTaskSuspendAll();
	assert_int_equal(xTaskGetSchedulerState(), taskSCHEDULER_SUSPENDED);
	xTaskResumeAll();
}

static void hold_the_lock(void *argument)
{
	(void)argument;
	portENTER_CRITICAL(&mux);
	xSemaphoreGive(began);
	wait_for(go);
	portEXIT_CRITICAL(&mux);
	xSemaphoreGive(done);
	vTaskDelete(NULL);
}

static void test_a_critical_section_can_be_tried(void **state)
{
	(void)state;
	portMUX_INITIALIZE(&mux);
	xTaskCreate(hold_the_lock, "hold", 1024, NULL, 1, NULL);
	wait_for(began);
	assert_int_equal(portTRY_ENTER_CRITICAL(&mux, portMUX_TRY_LOCK), pdFALSE);
	assert_int_equal(portTRY_ENTER_CRITICAL(&mux, 10), pdFALSE);
	xSemaphoreGive(go);
	wait_for(done);
	assert_int_equal(portTRY_ENTER_CRITICAL(&mux, portMUX_TRY_LOCK), pdTRUE);
	portEXIT_CRITICAL(&mux);
}

/* -- queues -- */

static void test_items_come_in_order(void **state)
{
	QueueHandle_t q = xQueueCreate(3, sizeof(uint32_t));
	uint32_t item;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++)
		assert_int_equal(xQueueSend(q, &i, 0), pdTRUE);
	item = 9;
	assert_int_equal(xQueueSend(q, &item, 1), errQUEUE_FULL);
	assert_int_equal(uxQueueMessagesWaiting(q), 3);
	assert_int_equal(uxQueueSpacesAvailable(q), 0);
	assert_int_equal(xQueuePeek(q, &item, 0), pdTRUE);
	assert_int_equal(item, 1);
	assert_int_equal(xQueueReceive(q, &item, 0), pdTRUE);
	assert_int_equal(item, 1);
	item = 7;
	assert_int_equal(xQueueSendToFront(q, &item, 0), pdTRUE);
	assert_int_equal(xQueueReceiveFromISR(q, &item, NULL), pdTRUE);
	assert_int_equal(item, 7);
	for (uint32_t i = 2; i <= 3; i++) {
		assert_int_equal(xQueueReceive(q, &item, 0), pdTRUE);
		assert_int_equal(item, i);
	}
	assert_int_equal(xQueueReceive(q, &item, 1), errQUEUE_EMPTY);
	assert_int_equal(xQueueSendFromISR(q, &item, NULL), pdTRUE);
	assert_int_equal(xQueueReset(q), pdPASS);
	assert_int_equal(uxQueueMessagesWaiting(q), 0);
	vQueueDelete(q);
	assert_null(xQueueCreate(0, 4));
}

static void test_a_queue_of_one_is_overwritten(void **state)
{
	static StaticQueue_t room;
	static uint8_t items[4];
	QueueHandle_t q = xQueueCreateStatic(1, 4, items, &room);
	uint32_t item = 5;

	(void)state;
	assert_ptr_equal(q, &room);
	assert_int_equal(xQueueOverwrite(q, &item), pdPASS);
	item = 6;
	assert_int_equal(xQueueOverwrite(q, &item), pdPASS);
	assert_int_equal(xQueueReceive(q, &item, 0), pdTRUE);
	assert_int_equal(item, 6);
	assert_null(xQueueCreateStatic(1, 4, NULL, &room));
	vQueueDelete(q);
}

static QueueHandle_t pipe_queue;

static void send_numbers(void *argument)
{
	for (uint32_t i = 1; i <= ROUNDS; i++)
		xQueueSend(pipe_queue, &i, portMAX_DELAY);
	(void)argument;
	vTaskDelete(NULL);
}

static void test_senders_and_receivers_wait_for_each_other(void **state)
{
	uint64_t sum = 0;
	uint32_t item;

	(void)state;
	pipe_queue = xQueueCreate(2, sizeof(uint32_t));
	for (unsigned i = 0; i < 3; i++)
		xTaskCreate(send_numbers, "send", 1024, NULL, 1, NULL);
	for (unsigned i = 0; i < 3 * ROUNDS; i++) {
		assert_int_equal(xQueueReceive(pipe_queue, &item, portMAX_DELAY), pdTRUE);
		sum += item;
	}
	assert_int_equal(sum, 3ull * ROUNDS * (ROUNDS + 1) / 2);
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	vQueueDelete(pipe_queue);
}

/* -- notifications -- */

static void notify(void *argument)
{
	for (unsigned i = 0; i < 10; i++)
		xTaskNotifyGive((TaskHandle_t)argument);
	vTaskNotifyGiveFromISR((TaskHandle_t)argument, NULL);
	vTaskDelete(NULL);
}

static void test_notifications_are_counted(void **state)
{
	TaskHandle_t me = xTaskGetCurrentTaskHandle();
	unsigned count = 0;

	(void)state;
	assert_int_equal(ulTaskNotifyTake(pdTRUE, 0), 0);
	assert_int_equal(ulTaskNotifyTake(pdTRUE, 1), 0);
	xTaskCreate(notify, "notify", 1024, me, 1, NULL);
	while (count < 11)
		count += ulTaskNotifyTake(count < 5 ? pdTRUE : pdFALSE, portMAX_DELAY) != 0
				 ? (count < 5 ? 11 : 1)
				 : 0;
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	(void)ulTaskNotifyTake(pdTRUE, 0);
	xTaskNotifyGive(me);
	xTaskNotifyGive(me);
	assert_int_equal(ulTaskNotifyTake(pdFALSE, 0), 2);
	assert_int_equal(ulTaskNotifyTake(pdTRUE, 0), 1);
	assert_int_equal(ulTaskNotifyTake(pdTRUE, 0), 0);
}

static void test_notifications_carry_a_number(void **state)
{
	TaskHandle_t me = xTaskGetCurrentTaskHandle();
	uint32_t value = 0;

	(void)state;
	assert_int_equal(xTaskNotifyWait(0, UINT32_MAX, &value, 0), pdFALSE);
	assert_int_equal(xTaskNotify(me, 5, eSetValueWithoutOverwrite), pdPASS);
	assert_int_equal(xTaskNotify(me, 6, eSetValueWithoutOverwrite), pdFAIL);
	assert_int_equal(xTaskNotify(me, 8, eSetBits), pdPASS);
	assert_int_equal(xTaskNotifyAndQuery(me, 0, eNoAction, &value), pdPASS);
	assert_int_equal(value, 13);
	value = 0;
	assert_int_equal(xTaskNotifyWait(0, 1, &value, portMAX_DELAY), pdTRUE);
	assert_int_equal(value, 13);
	assert_int_equal(xTaskNotifyWait(4, 0, &value, 1), pdFALSE);
	assert_int_equal(value, 8);
	assert_int_equal(xTaskNotifyFromISR(me, 1, eSetValueWithOverwrite, NULL), pdPASS);
	assert_int_equal(xTaskNotifyStateClear(NULL), pdTRUE);
	assert_int_equal(xTaskNotifyStateClear(me), pdFALSE);
	assert_int_equal(ulTaskNotifyTake(pdTRUE, 0), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_task_knows_itself),
		TEST(test_a_static_task_lives_in_the_callers_memory),
		TEST(test_others_are_deleted_where_they_wait_or_call),
		TEST(test_a_suspended_task_rests_until_it_is_resumed),
		TEST(test_delays_are_at_least_as_long),
		TEST(test_counts),
		TEST(test_a_mutex_is_its_holders),
		TEST(test_a_recursive_mutex_counts),
		TEST(test_nothing_is_lost_where_one_excludes_others),
		TEST(test_a_critical_section_can_be_tried),
		TEST(test_items_come_in_order),
		TEST(test_a_queue_of_one_is_overwritten),
		TEST(test_senders_and_receivers_wait_for_each_other),
		TEST(test_notifications_are_counted),
		TEST(test_notifications_carry_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
