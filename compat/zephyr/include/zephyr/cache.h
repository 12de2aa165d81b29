/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache and memory.  Whatever is seen through several mappings at once agrees on all machines there are
 * here (their data caches are physical), and memory that is to be executed is made known where it is mapped so; these calls
 * are for programs that do more than they must.
 */
#ifndef ZEPHYR_CACHE_H
#define ZEPHYR_CACHE_H

#include <stddef.h>

#include "zephyr/toolchain.h"

#define QUIRE_ZEPHYR_CACHE_CALL(name)                                                              \
	static inline int sys_cache_##name##_all(void)                                             \
	{                                                                                          \
		__sync_synchronize();                                                              \
		return 0;                                                                          \
	}                                                                                          \
	static inline int sys_cache_##name##_range(void *addr, size_t size)                        \
	{                                                                                          \
		(void)addr;                                                                        \
		(void)size;                                                                        \
		__sync_synchronize();                                                              \
		return 0;                                                                          \
	}
QUIRE_ZEPHYR_CACHE_CALL(data_flush)
QUIRE_ZEPHYR_CACHE_CALL(data_invd)
QUIRE_ZEPHYR_CACHE_CALL(data_flush_and_invd)

/* Instructions that have been written, about to be run. */
static inline int sys_cache_instr_invd_range(void *addr, size_t size)
{
	__builtin___clear_cache((char *)addr, (char *)addr + size);
	return 0;
}

static inline int sys_cache_instr_flush_range(void *addr, size_t size)
{
	return sys_cache_instr_invd_range(addr, size);
}

static inline void sys_cache_data_enable(void)
{
}

static inline void sys_cache_data_disable(void)
{
}

#endif
