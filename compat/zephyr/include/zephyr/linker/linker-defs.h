/* SPDX-License-Identifier: Apache-2.0 */
/* What a linker script of Zephyr's says of the program; here the machine does. */
#ifndef ZEPHYR_LINKER_LINKER_DEFS_H
#define ZEPHYR_LINKER_LINKER_DEFS_H

#include "quire_zephyr.h"

#define z_mapped_start ((char *)quire_zephyr_map.image_start)
#define z_mapped_end   ((char *)quire_zephyr_map.image_end)
#define z_mapped_size  ((size_t)(quire_zephyr_map.image_end - quire_zephyr_map.image_start))

#endif
