/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything that is shared text (link.ld).
 *
 * A compiler calls these four of its own accord, in shared text as in the kernel's; each has its own,
 * since neither may run the other's.
 */
#ifndef ZEPHYR_BOARD_NAMES_H
#define ZEPHYR_BOARD_NAMES_H

#ifndef __ASSEMBLER__
void *memset(void *to, int value, __SIZE_TYPE__ size) __asm__("zephyr_shared_memset");
void *memcpy(void *__restrict to, const void *__restrict from,
	     __SIZE_TYPE__ size) __asm__("zephyr_shared_memcpy");
void *memmove(void *to, const void *from, __SIZE_TYPE__ size) __asm__("zephyr_shared_memmove");
int memcmp(const void *a, const void *b, __SIZE_TYPE__ size) __asm__("zephyr_shared_memcmp");
#endif

#endif
