/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: ticks, and how long to wait.
 *
 * The clock is the machine's.  When every thread waits, it is moved to where the next one is to wake up,
 * so that no test ever waits for time to pass.
 */
#ifndef ZEPHYR_SYS_CLOCK_H
#define ZEPHYR_SYS_CLOCK_H

#include "zephyr/sys/util.h"
#include "zephyr/types.h"

typedef int64_t k_ticks_t;

typedef struct {
	k_ticks_t ticks;
} k_timeout_t;

#define NSEC_PER_USEC 1000U
#define NSEC_PER_MSEC 1000000U
#define NSEC_PER_SEC  1000000000U
#define USEC_PER_MSEC 1000U
#define USEC_PER_SEC  1000000U
#define MSEC_PER_SEC  1000U
#define SEC_PER_MIN   60U

#define K_TICKS_FOREVER ((k_ticks_t)-1)

#define K_TIMEOUT_EQ(a, b) ((a).ticks == (b).ticks)
#define Z_TIMEOUT_TICKS(t) ((k_timeout_t){.ticks = (t)})
#define Z_FOREVER          Z_TIMEOUT_TICKS(K_TICKS_FOREVER)
#define Z_TIMEOUT_NO_WAIT  ((k_timeout_t){0})

#define K_NO_WAIT    Z_TIMEOUT_NO_WAIT
#define K_FOREVER    Z_FOREVER
#define K_TICKS(t)   Z_TIMEOUT_TICKS(t)
#define K_USEC(us)   Z_TIMEOUT_TICKS(k_us_to_ticks_ceil64((uint64_t)MAX(us, 0)))
#define K_MSEC(ms)   Z_TIMEOUT_TICKS(k_ms_to_ticks_ceil64((uint64_t)MAX(ms, 0)))
#define K_SECONDS(s) K_MSEC((int64_t)(s)*1000)
#define K_MINUTES(m) K_SECONDS((int64_t)(m)*60)
#define K_HOURS(h)   K_MINUTES((int64_t)(h)*60)

static inline int64_t k_ms_to_ticks_ceil64(uint64_t ms)
{
	return (int64_t)((ms * CONFIG_SYS_CLOCK_TICKS_PER_SEC + MSEC_PER_SEC - 1) / MSEC_PER_SEC);
}

static inline int64_t k_us_to_ticks_ceil64(uint64_t us)
{
	return (int64_t)((us * CONFIG_SYS_CLOCK_TICKS_PER_SEC + USEC_PER_SEC - 1) / USEC_PER_SEC);
}

static inline uint32_t k_ticks_to_ms_floor32(uint32_t ticks)
{
	return (uint32_t)((uint64_t)ticks * MSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC);
}

static inline uint64_t k_ticks_to_ms_floor64(uint64_t ticks)
{
	return ticks * MSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC;
}

#ifdef __cplusplus
extern "C" {
#endif

int64_t k_uptime_ticks(void);
int64_t k_uptime_get(void);    /* milliseconds */
uint32_t k_cycle_get_32(void); /* nanoseconds */
uint64_t k_cycle_get_64(void);
int sys_clock_hw_cycles_per_sec(void);

static inline uint32_t k_uptime_get_32(void)
{
	return (uint32_t)k_uptime_get();
}

static inline uint32_t k_uptime_seconds(void)
{
	return (uint32_t)(k_uptime_get() / MSEC_PER_SEC);
}

static inline int64_t k_uptime_delta(int64_t *since)
{
	int64_t now = k_uptime_get(), delta = now - *since;

	*since = now;
	return delta;
}

static inline uint32_t k_cyc_to_ns_floor32(uint32_t cycles)
{
	return cycles;
}

static inline uint64_t k_cyc_to_ns_floor64(uint64_t cycles)
{
	return cycles;
}

static inline uint32_t k_cyc_to_us_floor32(uint32_t cycles)
{
	return cycles / NSEC_PER_USEC;
}

static inline uint32_t k_cyc_to_ms_floor32(uint32_t cycles)
{
	return cycles / NSEC_PER_MSEC;
}

#ifdef __cplusplus
}
#endif

#endif
