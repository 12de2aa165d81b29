/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain mappings: physical memory at chosen addresses, of which any pages can go again.
 *
 * They are the space's own mappings (quire_space_map_at), not claims: that has verbs for parts of them.
 * All calls want the lock held; results are quire's.
 */
#ifndef QUIRE_ZEPHYR_PLAIN_H
#define QUIRE_ZEPHYR_PLAIN_H

#include "words.h"

/* Pages of a plain mapping, side by side, virtually and physically, that allow the same. */
struct zephyr_plain {
	uintptr_t va, phys;
	size_t size;
	uint8_t attr;
	uint8_t target;
};

/* Map; QUIRE_ETAKEN if some of the addresses are in use.  `attr` is an attribute of quire's. */
int zephyr_plain_map(const struct zephyr_plain *p, enum zephyr_tag tag);

/* The memory and the attribute for flags: QUIRE_EBEYOND if there is no such memory. */
int zephyr_plain_want(struct zephyr_plain *p, uint32_t flags);

/* The pages at va, at most `size` bytes.  QUIRE_EUNMAPPED if nothing plain is there, as QUIRE_ECLAIMED if
   somebody else's is. */
int zephyr_plain_at(uintptr_t va, size_t size, struct zephyr_plain *out);

/* Whether all of the range is plain; whether nothing is there at all. */
int zephyr_plain_all(uintptr_t va, size_t size);
int zephyr_plain_none(uintptr_t va, size_t size);

/* Unmap a range, all of which is plain. */
int zephyr_plain_unmap(uintptr_t va, size_t size);

#endif
