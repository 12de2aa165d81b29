/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a heap. */
#ifndef MULTI_HEAP_H
#define MULTI_HEAP_H

#include <stddef.h>

/* Bytes, and numbers of blocks. */
typedef struct {
	size_t total_free_bytes;
	size_t total_allocated_bytes;
	size_t largest_free_block;
	size_t minimum_free_bytes; /* the least there ever were */
	size_t allocated_blocks;
	size_t free_blocks;
	size_t total_blocks;
} multi_heap_info_t;

#endif
