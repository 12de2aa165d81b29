/* SPDX-License-Identifier: Apache-2.0 */
/* The types and the critical sections of this port of FreeRTOS. */
#ifndef PORTMACRO_H
#define PORTMACRO_H

#include <stdbool.h>
#include <stdint.h>

#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef uint32_t TickType_t;
typedef uint8_t StackType_t;

#define portBASE_TYPE      int
#define portSTACK_TYPE     uint8_t
#define portMAX_DELAY      ((TickType_t)0xffffffffu)
#define portTICK_PERIOD_MS ((TickType_t)(1000 / CONFIG_FREERTOS_HZ))

/*
 * A spinlock, as many times as its holder likes.  Interrupts are not masked, since there are none;
 * whoever waits lets others run.
 */
typedef struct {
	uint32_t owner;
	uint32_t count;
} portMUX_TYPE;

#define portMUX_FREE_VAL 0xb33fffffu
#define portMUX_INITIALIZER_UNLOCKED                                                               \
	{                                                                                          \
		portMUX_FREE_VAL, 0                                                                \
	}
#define portMUX_NO_TIMEOUT (-1)
#define portMUX_TRY_LOCK   0

void vPortMuxInitialize(portMUX_TYPE *mux);
void vPortEnterCritical(portMUX_TYPE *mux);
void vPortExitCritical(portMUX_TYPE *mux);

/* Try for `timeout` attempts, one for 0, for ever if negative; pdTRUE or pdFALSE. */
BaseType_t xPortTryEnterCritical(portMUX_TYPE *mux, BaseType_t timeout);

/* The core that the calling task is pinned to, 0 if none; and whether this is an interrupt: no. */
BaseType_t xPortGetCoreID(void);
BaseType_t xPortInIsrContext(void);

#define portMUX_INITIALIZE(mux)              vPortMuxInitialize(mux)
#define spinlock_initialize(mux)             vPortMuxInitialize(mux)
#define portENTER_CRITICAL(mux)              vPortEnterCritical(mux)
#define portEXIT_CRITICAL(mux)               vPortExitCritical(mux)
#define portENTER_CRITICAL_ISR(mux)          vPortEnterCritical(mux)
#define portEXIT_CRITICAL_ISR(mux)           vPortExitCritical(mux)
#define portENTER_CRITICAL_SAFE(mux)         vPortEnterCritical(mux)
#define portEXIT_CRITICAL_SAFE(mux)          vPortExitCritical(mux)
#define portTRY_ENTER_CRITICAL(mux, timeout) xPortTryEnterCritical(mux, timeout)
#define taskENTER_CRITICAL(mux)              vPortEnterCritical(mux)
#define taskEXIT_CRITICAL(mux)               vPortExitCritical(mux)
#define taskENTER_CRITICAL_ISR(mux)          vPortEnterCritical(mux)
#define taskEXIT_CRITICAL_ISR(mux)           vPortExitCritical(mux)

/* Let others run; there is no switch to be asked for from an interrupt. */
void vPortYield(void);
#define portYIELD()               vPortYield()
#define portYIELD_FROM_ISR(...)   ((void)0)
#define portEND_SWITCHING_ISR(sw) ((void)(sw))

#ifdef __cplusplus
}
#endif

#endif
