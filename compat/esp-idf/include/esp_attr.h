/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where code and data are placed.  On a chip these choose a section; a process has one kind of
 * memory, so that they say nothing, but for alignment and the like.
 */
#ifndef ESP_ATTR_H
#define ESP_ATTR_H

#include <stdint.h>

#define IRAM_ATTR
#define DRAM_ATTR
#define IRAM_DATA_ATTR
#define IRAM_BSS_ATTR
#define TCM_IRAM_ATTR
#define TCM_DRAM_ATTR
#define COREDUMP_IRAM_ATTR
#define COREDUMP_DRAM_ATTR
#define RTC_IRAM_ATTR
#define RTC_DATA_ATTR
#define RTC_NOINIT_ATTR
#define RTC_RODATA_ATTR
#define RTC_SLOW_ATTR
#define RTC_FAST_ATTR
#define EXT_RAM_BSS_ATTR
#define EXT_RAM_NOINIT_ATTR
#define __NOINIT_ATTR

/* A string, and a variable, that can be used while flash cannot. */
#define DRAM_STR(text) (text)

#define FORCE_INLINE_ATTR      static inline __attribute__((always_inline))
#define NOINLINE_ATTR          __attribute__((noinline))
#define WORD_ALIGNED_ATTR      __attribute__((aligned(4)))
#define DMA_ATTR               WORD_ALIGNED_ATTR
#define DMA_ALIGNED_ATTR       WORD_ALIGNED_ATTR
#define PACKED_ATTR            __attribute__((packed))
#define IDF_DEPRECATED(reason) __attribute__((deprecated(reason)))

/* The operators that let values of an enumeration be joined in C++ as they can be in C. */
#ifdef __cplusplus
#define FLAG_ATTR_IMPL(TYPE, INT_TYPE)                                                             \
	constexpr TYPE operator~(TYPE a)                                                           \
	{                                                                                          \
		return (TYPE) ~(INT_TYPE)a;                                                        \
	}                                                                                          \
	constexpr TYPE operator|(TYPE a, TYPE b)                                                   \
	{                                                                                          \
		return (TYPE)((INT_TYPE)a | (INT_TYPE)b);                                          \
	}                                                                                          \
	constexpr TYPE operator&(TYPE a, TYPE b)                                                   \
	{                                                                                          \
		return (TYPE)((INT_TYPE)a & (INT_TYPE)b);                                          \
	}                                                                                          \
	constexpr TYPE operator^(TYPE a, TYPE b)                                                   \
	{                                                                                          \
		return (TYPE)((INT_TYPE)a ^ (INT_TYPE)b);                                          \
	}                                                                                          \
	constexpr TYPE operator>>(TYPE a, int b)                                                   \
	{                                                                                          \
		return (TYPE)((INT_TYPE)a >> b);                                                   \
	}                                                                                          \
	constexpr TYPE operator<<(TYPE a, int b)                                                   \
	{                                                                                          \
		return (TYPE)((INT_TYPE)a << b);                                                   \
	}                                                                                          \
	inline TYPE &operator|=(TYPE &a, TYPE b)                                                   \
	{                                                                                          \
		return a = a | b;                                                                  \
	}                                                                                          \
	inline TYPE &operator&=(TYPE &a, TYPE b)                                                   \
	{                                                                                          \
		return a = a & b;                                                                  \
	}                                                                                          \
	inline TYPE &operator^=(TYPE &a, TYPE b)                                                   \
	{                                                                                          \
		return a = a ^ b;                                                                  \
	}                                                                                          \
	inline TYPE &operator>>=(TYPE &a, int b)                                                   \
	{                                                                                          \
		return a = a >> b;                                                                 \
	}                                                                                          \
	inline TYPE &operator<<=(TYPE &a, int b)                                                   \
	{                                                                                          \
		return a = a << b;                                                                 \
	}
#define FLAG_ATTR_U32(TYPE) FLAG_ATTR_IMPL(TYPE, uint32_t)
#define FLAG_ATTR           FLAG_ATTR_U32
#else
#define FLAG_ATTR(TYPE)
#define FLAG_ATTR_U32(TYPE)
#endif

#endif
