/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zephyr's words and quire's: flags and attributes, physical addresses and memories, results.
 */
#ifndef QUIRE_ZEPHYR_WORDS_H
#define QUIRE_ZEPHYR_WORDS_H

#if defined __has_include && __has_include(<errno.h>)
#include <errno.h>
#endif
#ifndef ENOENT
#define EPERM         1
#define ENOENT        2
#define ENOMEM        12
#define EFAULT        14
#define EBUSY         16
#define EEXIST        17
#define EINVAL        22
#define ENOSPC        28
#define EADDRNOTAVAIL 99
#endif

#include "machine.h"
#include "zephyr/kernel/mm.h"
#include "zephyr/sys/printk.h"

/* What the program was compiled for (zephyr/autoconf.h), or `otherwise`, if none of its files included a
   header. */
enum zephyr_chosen { ZEPHYR_CHOSEN_PAGE, ZEPHYR_CHOSEN_RESERVE, ZEPHYR_CHOSEN_WX };
size_t zephyr_chosen(enum zephyr_chosen what, size_t otherwise);

/* What flags of K_MEM_* allow, as an attribute of a mapping of memory `target`; caching is as that memory
   can best be (zephyr_mode). */
unsigned zephyr_attr(uint32_t flags, unsigned target);

/* The same attribute with the memory's own cache mode: for machines whose entries cannot say more. */
static inline unsigned zephyr_own_mode(unsigned attr, unsigned target)
{
	return (attr & ~(unsigned)QUIRE_CACHE_MASK) | zephyr_machine.memory[target].mode;
}

/* Whether it is meant that a mapping may be both written to and run. */
static inline bool zephyr_is_wx(unsigned attr)
{
	return (attr & (QUIRE_WRITE | QUIRE_EXEC)) == (QUIRE_WRITE | QUIRE_EXEC);
}

/* The memory that has all of these bytes; QUIRE_TARGETS_MAX if there is none. */
unsigned zephyr_target(uintptr_t phys, size_t size);

/* A range of whole pages, not empty, that does not wrap around (but may end with the last address). */
bool zephyr_is_range(uintptr_t start, size_t size);

/* A result of quire's as an errno, negative: EFAULT where nothing is mapped, ENOMEM for what has run out,
   EINVAL for the rest. */
int zephyr_errno(int result);

/* -- mm.c: what others change memory with -- */

/* A claim for others' memory that is as wanted but for flags and rights, anywhere or, if that is fixed, at
   `va`. A result of quire's. */
struct zephyr_physical {
	uintptr_t va, phys;
	size_t size;
	uint32_t flags;   /* K_MEM_* */
	uint8_t vm_flags; /* enum quire_vm_flag */
	enum zephyr_tag tag;
	bool fixed;
};
int zephyr_map_physical(struct zephyr_physical *p);

/* What was to be unmapped: what the caller said, and the pages that are meant. */
struct zephyr_unmap {
	uintptr_t addr;
	size_t size;
	uintptr_t first;
	size_t pages; /* bytes */
};

/* unmap_text.c: say why that was not unmapped. */
void zephyr_tell_unmap(const char *call, const struct zephyr_unmap *u, int result);

/* What quire_vm has mapped (result 0) stays, unless it took what switches between domains need. */
int zephyr_keep(int result, quire_va va, size_t size);

/* Change what pages allow, of any mappings, all of them or none.  A result of quire's; the lock is held. */
int zephyr_allow(uintptr_t va, size_t size, uint32_t flags);

/* -- domain.c: what domains keep for themselves; the lock is held -- */

/* Whether the descriptors and tables that switches need are still there.  To be asked after whatever
   took some; what took them is given back if not. */
bool zephyr_domain_has_room(void);

/* The same for what may have taken nothing. */
struct zephyr_room {
	uint32_t descriptors, tables;
};
struct zephyr_room zephyr_domain_room(void);
bool zephyr_domain_has_room_since(const struct zephyr_room *before);

/* [va, va + size) is about to change, or to go: take back what the running domain was given there; and
   give it again. */
void zephyr_domain_pause(uintptr_t va, size_t size);
void zephyr_domain_resume(void);

/* Begin: the default domain and the partitions of variables. */
void zephyr_domain_start(void);

#endif
