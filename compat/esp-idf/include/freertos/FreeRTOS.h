/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FreeRTOS, as far as applications of the memory interfaces use it, over the host's threads.
 *
 * A task is a thread.  Tasks run at the same time on as many processors as the host has, whatever
 * core they are pinned to; priorities are remembered and change nothing.  So programs that are
 * right on a chip with two cores are right here, and those that count on priorities to exclude
 * each other are not.
 *
 * Calls "from an interrupt" are ordinary calls that do not wait.
 */
#ifndef INC_FREERTOS_H
#define INC_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

#include "sdkconfig.h"

#define pdFALSE ((BaseType_t)0)
#define pdTRUE  ((BaseType_t)1)
#define pdFAIL  pdFALSE
#define pdPASS  pdTRUE

#define errQUEUE_EMPTY                        ((BaseType_t)0)
#define errQUEUE_FULL                         ((BaseType_t)0)
#define errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY (-1)

#define configTICK_RATE_HZ      CONFIG_FREERTOS_HZ
#define configMAX_PRIORITIES    25
#define configMAX_TASK_NAME_LEN CONFIG_FREERTOS_MAX_TASK_NAME_LEN
#define configNUMBER_OF_CORES   CONFIG_FREERTOS_NUMBER_OF_CORES
#define portNUM_PROCESSORS      CONFIG_FREERTOS_NUMBER_OF_CORES
/* Bytes, as all depths of stacks.  What is asked for comes on top of what the host needs. */
#define configMINIMAL_STACK_SIZE 1024
#define configSTACK_DEPTH_TYPE   uint32_t

#define configSUPPORT_STATIC_ALLOCATION  1
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configUSE_MUTEXES                1
#define configUSE_RECURSIVE_MUTEXES      1
#define configUSE_COUNTING_SEMAPHORES    1

#define configASSERT(x)                                                                            \
	do {                                                                                       \
		if (!(x))                                                                          \
			quire_esp_assert_failed(__FILE__, __LINE__, __func__, #x);                 \
	} while (0)

#include "freertos/portmacro.h"

#define pdMS_TO_TICKS(ms)    ((TickType_t)((uint64_t)(ms)*configTICK_RATE_HZ / 1000u))
#define pdTICKS_TO_MS(ticks) ((TickType_t)((uint64_t)(ticks)*1000u / configTICK_RATE_HZ))

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a task, a queue or a semaphore that the caller supplies.  Contents are ours. */
typedef struct {
	uint64_t room[24];
} StaticQueue_t;
typedef StaticQueue_t StaticSemaphore_t;
typedef struct {
	uint64_t room[24];
} StaticTask_t;

/* Say on stderr what did not hold, and abort. */
void quire_esp_assert_failed(const char *file, int line, const char *function,
			     const char *expression) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif
