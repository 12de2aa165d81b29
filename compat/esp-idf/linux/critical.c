/* SPDX-License-Identifier: Apache-2.0 */
/* Critical sections: spinlocks that let others run while they spin (freertos/portmacro.h). */
#include "board.h"

#include "freertos/FreeRTOS.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* A number for the calling thread that no other has, and that is not a free lock's. */
static uint32_t number_of_thread(void)
{
	static _Atomic uint32_t last;
	static _Thread_local uint32_t mine;

	if (mine == 0)
		mine = atomic_fetch_add(&last, 1) + 1;
	return mine;
}

static bool try_once(portMUX_TYPE *mux, uint32_t me)
{
	uint32_t nobody = portMUX_FREE_VAL;

	if (__atomic_load_n(&mux->owner, __ATOMIC_RELAXED) != me &&
	    !__atomic_compare_exchange_n(&mux->owner, &nobody, me, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	mux->count++;
	return true;
}

void vPortMuxInitialize(portMUX_TYPE *mux)
{
	*mux = (portMUX_TYPE)portMUX_INITIALIZER_UNLOCKED;
}

BaseType_t xPortTryEnterCritical(portMUX_TYPE *mux, BaseType_t timeout)
{
	uint32_t me = number_of_thread();

	while (!try_once(mux, me)) {
		if (timeout == 0)
			return pdFALSE;
		timeout -= timeout > 0;
		sched_yield();
	}
	return pdTRUE;
}

void vPortEnterCritical(portMUX_TYPE *mux)
{
	(void)xPortTryEnterCritical(mux, portMUX_NO_TIMEOUT);
}

void vPortExitCritical(portMUX_TYPE *mux)
{
	configASSERT(__atomic_load_n(&mux->owner, __ATOMIC_RELAXED) == number_of_thread());
	if (--mux->count == 0)
		__atomic_store_n(&mux->owner, portMUX_FREE_VAL, __ATOMIC_RELEASE);
}

void quire_esp_assert_failed(const char *file, int line, const char *function,
			     const char *expression)
{
	fflush(stdout);
	fprintf(stderr, "assert failed: %s in %s, %s:%d\n", expression, function, file, line);
	quire_esp_abort();
}
