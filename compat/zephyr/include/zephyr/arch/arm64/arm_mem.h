/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64's kinds of memory, in the bits of K_MEM_CACHE_*: device memory (the first is K_MEM_CACHE_NONE), and
 * memory that is not cached.  On other machines they mean the nearest there is.
 */
#ifndef ZEPHYR_ARCH_ARM64_ARM_MEM_H
#define ZEPHYR_ARCH_ARM64_ARM_MEM_H

#define K_MEM_ARM_DEVICE_nGnRnE 2
#define K_MEM_ARM_DEVICE_nGnRE  3
#define K_MEM_ARM_DEVICE_GRE    4
#define K_MEM_ARM_NORMAL_NC     5

#endif
