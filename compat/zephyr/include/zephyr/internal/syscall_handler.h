/* SPDX-License-Identifier: Apache-2.0 */
/* What code that serves system calls asks for, under its other name. */
#include "zephyr/syscall.h"
