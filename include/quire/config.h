/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Widths.
 *
 * quire keeps its book in indices, not pointers, and this is the one place that says how wide
 * they are.  A table MMU (64 to 2,048 entries) is served by 16 bits: 26 bytes a mapping.  A page
 * table needs 32: 40 bytes a mapping.  The code is the same; only the types below change.
 * Everything that is linked together must be compiled with one value of QUIRE_WIDTH.
 */
#ifndef QUIRE_CONFIG_H
#define QUIRE_CONFIG_H

#include <stdint.h>

/* 1 if the compiler has __builtin_clz and the processor an instruction for it. */
#ifndef QUIRE_HAVE_CLZ
#define QUIRE_HAVE_CLZ 0
#endif

#ifndef QUIRE_WIDTH
#define QUIRE_WIDTH 32
#endif

#if QUIRE_WIDTH == 16
typedef uint16_t
	quire_page; /* a page number inside one window or one memory, or a count of pages */
typedef uint16_t quire_link;  /* an extent, as an index into the pool; 0 is "none" */
typedef uint32_t quire_va;    /* a virtual address, bytes */
typedef uint32_t quire_pa;    /* a physical address inside one memory, bytes */
typedef uint32_t quire_size;  /* a number of bytes */
typedef uint32_t quire_entry; /* one entry of a table, as the MMU reads it */
typedef uint32_t quire_key;   /* two page numbers side by side: what the trees are ordered by */
#define QUIRE_LINK_BITS 16
#elif QUIRE_WIDTH == 32
typedef uint32_t quire_page;
typedef uint32_t quire_link;
typedef uint64_t quire_va;
typedef uint64_t quire_pa;
typedef uint64_t quire_size;
typedef uint64_t quire_entry;
typedef uint64_t quire_key;
#define QUIRE_LINK_BITS 24 /* the other 8 bits of each link word carry attributes */
#else
#error "QUIRE_WIDTH is 16 or 32"
#endif

#define QUIRE_WINDOWS_MAX 8u /* windows in one space */
#define QUIRE_TARGETS_MAX 8u /* physical memories in one space */
/* Levels of one MMU's tables; 1 leaves page tables out of the build. */
#ifndef QUIRE_LEVELS_MAX
#define QUIRE_LEVELS_MAX 5u
#endif

/* The largest window and the largest memory, in pages: the numbers above must still be counted. */
#define QUIRE_PAGES_MAX ((quire_page)((quire_page) ~(quire_page)0 - 1u))
/* The most extents a space can have. */
#define QUIRE_EXTENTS_MAX ((((quire_size)1) << QUIRE_LINK_BITS) - 1u)

#endif
