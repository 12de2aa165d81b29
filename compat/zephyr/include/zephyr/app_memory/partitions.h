/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions that Zephyr's own parts have.  The C library's is none here: on Linux it is the host's, on
   boards it has no variables. */
#ifndef ZEPHYR_APP_MEMORY_PARTITIONS_H
#define ZEPHYR_APP_MEMORY_PARTITIONS_H

#include "zephyr/app_memory/app_memdomain.h"

#ifdef CONFIG_USERSPACE
extern struct k_mem_partition z_malloc_partition; /* an arena's, where a program defines one */
extern struct k_mem_partition z_libc_partition;
#define Z_MALLOC_PARTITION_EXISTS 0
#define Z_LIBC_PARTITION_EXISTS   0
#endif

#endif
