/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demand paging: memory whose pages need not be in RAM.
 *
 * Not there yet: CONFIG_DEMAND_PAGING is off, and then this file declares types alone.  The calls are
 * declared where they will be, so that who turns it on is told by the linker what is missing.
 */
#ifndef ZEPHYR_KERNEL_MM_DEMAND_PAGING_H
#define ZEPHYR_KERNEL_MM_DEMAND_PAGING_H

#include "zephyr/kernel/mm.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

#ifndef CONFIG_DEMAND_PAGING_TIMING_HISTOGRAM_NUM_BINS
#define CONFIG_DEMAND_PAGING_TIMING_HISTOGRAM_NUM_BINS 10
#endif

#ifndef _ASMLANGUAGE

#ifdef __cplusplus
extern "C" {
#endif

/* What paging has done: faults that needed a page brought in, frames that were taken from others. */
struct k_mem_paging_stats_t {
	struct {
		unsigned long cnt;
		unsigned long irq_locked;
		unsigned long irq_unlocked;
#ifndef CONFIG_DEMAND_PAGING_ALLOW_IRQ
		unsigned long in_isr;
#endif
	} pagefaults;
	struct {
		unsigned long clean;
		unsigned long dirty;
	} eviction;
};

/* How often something took how long: counts[i] times no longer than bounds[i]. */
struct k_mem_paging_histogram_t {
	unsigned long counts[CONFIG_DEMAND_PAGING_TIMING_HISTOGRAM_NUM_BINS];
	unsigned long bounds[CONFIG_DEMAND_PAGING_TIMING_HISTOGRAM_NUM_BINS];
};

#ifdef CONFIG_DEMAND_PAGING
struct k_thread;

int k_mem_page_out(void *addr, size_t size);
void k_mem_page_in(void *addr, size_t size);
void k_mem_pin(void *addr, size_t size);
void k_mem_unpin(void *addr, size_t size);

__syscall void k_mem_paging_stats_get(struct k_mem_paging_stats_t *stats);
__syscall void k_mem_paging_thread_stats_get(struct k_thread *thread,
					     struct k_mem_paging_stats_t *stats);
__syscall void k_mem_paging_histogram_eviction_get(struct k_mem_paging_histogram_t *hist);
__syscall void
k_mem_paging_histogram_backing_store_page_in_get(struct k_mem_paging_histogram_t *hist);
__syscall void
k_mem_paging_histogram_backing_store_page_out_get(struct k_mem_paging_histogram_t *hist);
#endif

#ifdef __cplusplus
}
#endif

#endif /* _ASMLANGUAGE */

#endif
