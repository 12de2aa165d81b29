/* SPDX-License-Identifier: Apache-2.0 */
/* Where code and data are placed.  Nothing is paged out, and zero costs nothing, so that most of
   these say nothing. */
#ifndef ZEPHYR_LINKER_SECTIONS_H
#define ZEPHYR_LINKER_SECTIONS_H

#include "zephyr/toolchain.h"

#define __noinit
#define __noinit_named(name)
#define __pinned_noinit
#define __pinned_bss
#define __pinned_data
#define __pinned_rodata
#define __pinned_func
#define __boot_noinit
#define __boot_bss
#define __boot_data
#define __boot_rodata
#define __boot_func
#define __isr
#define __ondemand_func
#define __ondemand_rodata
#define __nocache
#define __ramfunc
#define __syscall_handler

#endif
