/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks over threads (kernel.h, freertos/task.h). */
#include "kernel.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the host's own functions want of a stack, printf() of all things. */
#define HOST_STACK (256u * 1024u)

struct tskTaskControlBlock {
	TaskFunction_t function;
	void *argument;
	pthread_cond_t wake;     /* delays and notifications */
	pthread_cond_t *waiting; /* what it waits for, NULL: nothing */
	uint32_t value;
	UBaseType_t priority;
	BaseType_t core;
	bool news;
	bool deleted;
	bool suspended;
	bool owned; /* its memory is ours */
	char name[configMAX_TASK_NAME_LEN];
};

_Static_assert(sizeof(struct tskTaskControlBlock) <= sizeof(StaticTask_t), "StaticTask_t is small");

static pthread_mutex_t kernel = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static UBaseType_t task_count;

/* The thread that ended last, which the next one joins. */
static pthread_t last;
static bool last_is_there;

/* The calling thread's; of its own making if it is no task. */
static _Thread_local TaskHandle_t current;
static _Thread_local struct tskTaskControlBlock stranger;

static TaskHandle_t self(void)
{
	if (current == NULL) {
		quire_esp_condition_init(&stranger.wake);
		stranger.core = tskNO_AFFINITY;
		(void)pthread_getname_np(pthread_self(), stranger.name, sizeof(stranger.name));
		current = &stranger;
	}
	return current;
}

static TaskHandle_t named(TaskHandle_t task)
{
	return task != NULL ? task : self();
}

/* -- the monitor -- */

void quire_esp_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct quire_esp_deadline quire_esp_deadline(TickType_t ticks)
{
	struct quire_esp_deadline deadline = {.never = ticks == portMAX_DELAY};
	uint64_t ns = (uint64_t)ticks * (1000000000u / CONFIG_FREERTOS_HZ);

	clock_gettime(CLOCK_MONOTONIC, &deadline.at);
	ns += (uint64_t)deadline.at.tv_nsec;
	deadline.at.tv_sec += (time_t)(ns / 1000000000u);
	deadline.at.tv_nsec = (long)(ns % 1000000000u);
	return deadline;
}

/* What others have decided about the calling task. */
static void obey(TaskHandle_t task)
{
	while (task->suspended && !task->deleted)
		pthread_cond_wait(&task->wake, &kernel);
	if (task->deleted) {
		pthread_mutex_unlock(&kernel);
		pthread_exit(NULL);
	}
}

void quire_esp_kernel_enter(void)
{
	TaskHandle_t task = self();

	pthread_mutex_lock(&kernel);
	obey(task);
}

void quire_esp_kernel_leave(void)
{
	pthread_mutex_unlock(&kernel);
}

bool quire_esp_kernel_wait(pthread_cond_t *on, const struct quire_esp_deadline *until)
{
	TaskHandle_t task = self();
	int error = 0;

	task->waiting = on;
	if (until->never)
		pthread_cond_wait(on, &kernel);
	else
		error = pthread_cond_timedwait(on, &kernel, &until->at);
	task->waiting = NULL;
	obey(task);
	return error != ETIMEDOUT;
}

/* Let a task look at what has been decided about it. */
static void rouse(TaskHandle_t task)
{
	pthread_cond_broadcast(&task->wake);
	if (task->waiting != NULL)
		pthread_cond_broadcast(task->waiting);
}

/* -- beginning and end -- */

/* A task is no more; with the lock held. */
static void forget(TaskHandle_t task)
{
	pthread_cond_destroy(&task->wake);
	if (task->owned)
		free(task);
	task_count--;
	pthread_cond_broadcast(&ended);
}

/* Wait for the very end of the thread that ended last. */
static void join_last(void)
{
	pthread_t thread;
	bool there;

	pthread_mutex_lock(&kernel);
	thread = last;
	there = last_is_there;
	last_is_there = false;
	pthread_mutex_unlock(&kernel);
	if (there)
		pthread_join(thread, NULL);
}

/* The end of a task's thread, which sees to it that at most one thread is left to be joined. */
static void end(void *argument)
{
	bool there;
	pthread_t before;

	pthread_mutex_lock(&kernel);
	before = last;
	there = last_is_there;
	last = pthread_self();
	last_is_there = true;
	forget(argument);
	pthread_mutex_unlock(&kernel);
	if (there)
		pthread_join(before, NULL);
}

static void join_at_exit(void)
{
	(void)atexit(join_last);
}

static void *run(void *argument)
{
	TaskHandle_t task = argument;

	current = task;
	(void)pthread_setname_np(pthread_self(), task->name);
	(void)quire_linux_fault_stack();
	pthread_cleanup_push(end, task);
	task->function(task->argument);
	fprintf(stderr,
		"task \"%s\" returned from its function; expected is vTaskDelete(NULL) at its "
		"end\n",
		task->name);
	pthread_cleanup_pop(1);
	return NULL;
}

/* The thread of a task, which is counted already. */
static bool start_thread(TaskHandle_t task, uint32_t depth)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	(void)pthread_once(&once, join_at_exit);
	if (pthread_attr_init(&attributes) != 0)
		return false;
	error = pthread_attr_setstacksize(&attributes, HOST_STACK + (size_t)depth / 4096 * 4096);
	if (error == 0)
		error = pthread_create(&thread, &attributes, run, task);
	pthread_attr_destroy(&attributes);
	return error == 0;
}

/* Fill in a task, and start it: its handle is known before it runs. */
static bool begin(TaskHandle_t task, const char *name, uint32_t depth, TaskHandle_t *handle)
{
	if (name != NULL)
		snprintf(task->name, sizeof(task->name), "%s", name);
	quire_esp_condition_init(&task->wake);
	pthread_mutex_lock(&kernel); /* and not `enter`, which would lose the memory */
	task_count++;
	pthread_mutex_unlock(&kernel);
	if (handle != NULL)
		*handle = task;
	if (start_thread(task, depth))
		return true;
	if (handle != NULL)
		*handle = NULL;
	pthread_mutex_lock(&kernel);
	forget(task);
	pthread_mutex_unlock(&kernel);
	return false;
}

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t function, const char *name,
				   configSTACK_DEPTH_TYPE depth, void *argument,
				   UBaseType_t priority, TaskHandle_t *handle, BaseType_t core)
{
	TaskHandle_t task = calloc(1, sizeof(*task));

	if (task == NULL)
		return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
	*task = (struct tskTaskControlBlock){.function = function,
					     .argument = argument,
					     .priority = priority,
					     .core = core,
					     .owned = true};
	return begin(task, name, depth, handle) ? pdPASS : errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
}

BaseType_t xTaskCreate(TaskFunction_t function, const char *name, configSTACK_DEPTH_TYPE depth,
		       void *argument, UBaseType_t priority, TaskHandle_t *handle)
{
	return xTaskCreatePinnedToCore(function, name, depth, argument, priority, handle,
				       tskNO_AFFINITY);
}

TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t function, const char *name,
					   uint32_t depth, void *argument, UBaseType_t priority,
					   StackType_t *stack, StaticTask_t *task, BaseType_t core)
{
	TaskHandle_t made = (void *)task;

	if (stack == NULL || task == NULL)
		return NULL;
	*made = (struct tskTaskControlBlock){
		.function = function, .argument = argument, .priority = priority, .core = core};
	return begin(made, name, depth, NULL) ? made : NULL;
}

TaskHandle_t xTaskCreateStatic(TaskFunction_t function, const char *name, uint32_t depth,
			       void *argument, UBaseType_t priority, StackType_t *stack,
			       StaticTask_t *task)
{
	return xTaskCreateStaticPinnedToCore(function, name, depth, argument, priority, stack, task,
					     tskNO_AFFINITY);
}

void vTaskDelete(TaskHandle_t task)
{
	quire_esp_kernel_enter();
	task = named(task);
	task->deleted = true;
	if (task == self())
		obey(task);
	rouse(task);
	quire_esp_kernel_leave();
}

void vTaskSuspend(TaskHandle_t task)
{
	quire_esp_kernel_enter();
	task = named(task);
	task->suspended = true;
	if (task == self())
		obey(task);
	else
		rouse(task);
	quire_esp_kernel_leave();
}

void vTaskResume(TaskHandle_t task)
{
	quire_esp_kernel_enter();
	task->suspended = false;
	rouse(task);
	quire_esp_kernel_leave();
}

void quire_esp_tasks_join(void)
{
	pthread_mutex_lock(&kernel);
	while (task_count != 0)
		pthread_cond_wait(&ended, &kernel);
	pthread_mutex_unlock(&kernel);
	join_last();
}

/* -- time -- */

TickType_t xTaskGetTickCount(void)
{
	return (TickType_t)((uint64_t)quire_esp_microseconds() * CONFIG_FREERTOS_HZ / 1000000u);
}

TickType_t xTaskGetTickCountFromISR(void)
{
	return xTaskGetTickCount();
}

void vTaskDelay(TickType_t ticks)
{
	struct quire_esp_deadline until = quire_esp_deadline(ticks);

	quire_esp_kernel_enter();
	while (ticks != 0 && quire_esp_kernel_wait(&self()->wake, &until))
		continue;
	quire_esp_kernel_leave();
	if (ticks == 0)
		vPortYield();
}

BaseType_t xTaskDelayUntil(TickType_t *previous, TickType_t ticks)
{
	TickType_t now = xTaskGetTickCount(), gone = now - *previous;

	*previous += ticks;
	if (gone >= ticks)
		return pdFALSE;
	vTaskDelay(ticks - gone);
	return pdTRUE;
}

/* -- who is who -- */

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return self();
}

char *pcTaskGetName(TaskHandle_t task)
{
	return named(task)->name;
}

UBaseType_t uxTaskPriorityGet(TaskHandle_t task)
{
	UBaseType_t priority;

	quire_esp_kernel_enter();
	priority = named(task)->priority;
	quire_esp_kernel_leave();
	return priority;
}

void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority)
{
	quire_esp_kernel_enter();
	named(task)->priority =
		priority < configMAX_PRIORITIES ? priority : configMAX_PRIORITIES - 1;
	quire_esp_kernel_leave();
}

BaseType_t xTaskGetCoreID(TaskHandle_t task)
{
	return named(task)->core;
}

BaseType_t xPortGetCoreID(void)
{
	BaseType_t core = self()->core;

	return core == tskNO_AFFINITY ? 0 : core;
}

BaseType_t xPortInIsrContext(void)
{
	return pdFALSE;
}

UBaseType_t uxTaskGetNumberOfTasks(void)
{
	UBaseType_t count;

	quire_esp_kernel_enter();
	count = task_count;
	quire_esp_kernel_leave();
	return count;
}

/* -- all others -- */

/* The holder of the scheduler, and how often. */
static pthread_cond_t resumed = PTHREAD_COND_INITIALIZER;
static TaskHandle_t suspender;
static unsigned suspensions;

void vTaskSuspendAll(void)
{
	static const struct quire_esp_deadline never = {.never = true};

	quire_esp_kernel_enter();
	while (suspender != NULL && suspender != self())
		(void)quire_esp_kernel_wait(&resumed, &never);
	suspender = self();
	suspensions++;
	quire_esp_kernel_leave();
}

BaseType_t xTaskResumeAll(void)
{
	quire_esp_kernel_enter();
	if (suspender == self() && --suspensions == 0) {
		suspender = NULL;
		pthread_cond_broadcast(&resumed);
	}
	quire_esp_kernel_leave();
	return pdFALSE;
}

BaseType_t xTaskGetSchedulerState(void)
{
	BaseType_t state;

	quire_esp_kernel_enter();
	state = suspender == self() ? taskSCHEDULER_SUSPENDED : taskSCHEDULER_RUNNING;
	quire_esp_kernel_leave();
	return state;
}

void vPortYield(void)
{
	quire_esp_kernel_enter();
	quire_esp_kernel_leave();
	sched_yield();
}

/* -- notifications -- */

/* Whether the number may be changed as `action` says. */
static bool act(TaskHandle_t task, uint32_t value, eNotifyAction action)
{
	switch (action) {
	case eSetBits:
		task->value |= value;
		break;
	case eIncrement:
		task->value++;
		break;
	case eSetValueWithOverwrite:
		task->value = value;
		break;
	case eSetValueWithoutOverwrite:
		if (task->news)
			return false;
		task->value = value;
		break;
	case eNoAction:
		break;
	}
	return true;
}

BaseType_t xTaskGenericNotify(TaskHandle_t task, uint32_t value, eNotifyAction action,
			      uint32_t *before)
{
	bool good;

	quire_esp_kernel_enter();
	if (before != NULL)
		*before = task->value;
	good = act(task, value, action);
	task->news = true;
	pthread_cond_broadcast(&task->wake);
	quire_esp_kernel_leave();
	return good ? pdPASS : pdFAIL;
}

BaseType_t quire_esp_notify_from_isr(TaskHandle_t task, uint32_t value, eNotifyAction action,
				     BaseType_t *woken)
{
	(void)woken;
	return xTaskGenericNotify(task, value, action, NULL);
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks)
{
	struct quire_esp_deadline until = quire_esp_deadline(ticks);
	TaskHandle_t task = self();
	uint32_t value;

	quire_esp_kernel_enter();
	while (task->value == 0 && ticks != 0 && quire_esp_kernel_wait(&task->wake, &until))
		continue;
	value = task->value;
	if (value != 0)
		task->value = clear ? 0 : value - 1;
	task->news = false;
	quire_esp_kernel_leave();
	return value;
}

BaseType_t xTaskNotifyWait(uint32_t clear_before, uint32_t clear_after, uint32_t *value,
			   TickType_t ticks)
{
	struct quire_esp_deadline until = quire_esp_deadline(ticks);
	TaskHandle_t task = self();
	bool news;

	quire_esp_kernel_enter();
	if (!task->news)
		task->value &= ~clear_before;
	while (!task->news && ticks != 0 && quire_esp_kernel_wait(&task->wake, &until))
		continue;
	news = task->news;
	if (value != NULL)
		*value = task->value;
	if (news)
		task->value &= ~clear_after;
	task->news = false;
	quire_esp_kernel_leave();
	return news ? pdTRUE : pdFALSE;
}

BaseType_t xTaskNotifyStateClear(TaskHandle_t task)
{
	bool news;

	quire_esp_kernel_enter();
	task = named(task);
	news = task->news;
	task->news = false;
	quire_esp_kernel_leave();
	return news ? pdTRUE : pdFALSE;
}
