/* SPDX-License-Identifier: Apache-2.0 */
/* Memory management, where it was until 2023. */
#ifndef ZEPHYR_SYS_MEM_MANAGE_H
#define ZEPHYR_SYS_MEM_MANAGE_H

#include "zephyr/kernel/mm.h"

#endif
