/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench of virtual memory: whether its contestants do the same.
 */
#ifndef BENCH_VM_CHECK_H
#define BENCH_VM_CHECK_H

#include <stdint.h>

/* So many random operations on the bitmap, on quire and on an array of pages.  0, or 1 and a line that
   says what is not the same. */
int vm_check(uint32_t operations);

#endif
