/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own state, as far as programs look at it. */
#ifndef ZEPHYR_KERNEL_STRUCTS_H
#define ZEPHYR_KERNEL_STRUCTS_H

#include "zephyr/kernel/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k_thread *z_current_get(void);
#define _current (z_current_get())

#ifdef __cplusplus
}
#endif

#endif
