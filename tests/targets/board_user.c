/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What user mode runs: one access, and back to the kernel.  It is run where the kernel shows it to user
 * mode, so it must not refer to anything but its argument (-fno-jump-tables).
 */
#include "board_host.h"

#if defined(__riscv)
#define CALL() __asm__ volatile("ecall" ::: "memory")
#elif defined(__x86_64__)
#define CALL() __asm__ volatile("int $0x80" ::: "memory")
#else
#define CALL() __asm__ volatile("svc #0" ::: "memory")
#endif

void board_user_code(struct board_order *order)
{
	volatile void *va = (volatile void *)order->va;

	if (order->access & QUIRE_WRITE) {
		if (order->bytes == 1)
			*(volatile uint8_t *)va = (uint8_t)order->value;
		else
			*(volatile uint32_t *)va = (uint32_t)order->value;
	} else if (order->bytes == 1) {
		order->value = *(volatile uint8_t *)va;
	} else {
		order->value = *(volatile uint32_t *)va;
	}
	for (;;)
		CALL();
}
