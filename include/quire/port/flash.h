/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash chip of a simulated machine, with the rules of a real one.
 *
 * Programming turns ones into zeros and never a zero into a one; only erasing does that, a sector
 * at a time.  Neither is atomic: power can fail before any byte, and what was done stays done.
 * Bytes are counted as they are programmed or erased, so that a test can cut the power before each
 * of them in turn:
 *
 *     program 0x1000  a b c d | e f    erase 0x2000  ff ff ff ff ...
 *                     0 1 2 3   4 5                   6  7  8  9
 *                             ^ cut before byte 4: a b c d are there, e has lost some of the bits
 *                               that it was to lose, f none; and all is refused until the power is
 *                               back
 *
 * Of the byte at the cut, those of bits 0, 2, 4 and 6 that were to change have changed, and no
 * others: the same each time, so that a test can expect it to the bit.
 *
 * These calls change the memory, not the cache: mappings see it when they are synchronised, and the
 * bytes that were there until then, with QUIRE_LINUX_CACHE_POISON too.  A chip has its cache off while
 * it programs and erases, so that bytes beside those written are never seen as anything else.  They
 * are safe from any thread, take as long as copying does, and hold the space's lock meanwhile.
 * quire_linux_read(), quire_linux_write() and quire_linux_sync() need no power: they are how a test
 * looks at what is left, mends it, and keeps it.
 */
#ifndef QUIRE_PORT_FLASH_H
#define QUIRE_PORT_FLASH_H

#include "quire/port/linux.h"

#define QUIRE_LINUX_SECTOR 4096u

/*
 * Program `size` bytes at `pa`: each byte becomes what it was AND what is given.
 * QUIRE_ENULL, QUIRE_ETARGET (no flash), QUIRE_EBEYOND, QUIRE_ECAPS (the file was opened with
 * QUIRE_LINUX_FILE_READ), QUIRE_EPORT (the power is off, or failed on the way, or the host did).
 */
int quire_linux_flash_program(struct quire_linux *machine, quire_pa pa, const void *bytes,
			      size_t size);

/* Erase whole sectors.  As program, and before QUIRE_EPORT: QUIRE_EALIGN (not whole sectors). */
int quire_linux_flash_erase(struct quire_linux *machine, quire_pa pa, quire_size size);

/*
 * Cut the power before the byte that is number `at` from now on, 0 being the next one; UINT64_MAX
 * takes that back.  `cut`, which may be NULL, is called when it happens, once, by the thread whose
 * operation was cut short, without a lock, with the flash as it is from then on; it may end the
 * process, leave by siglongjmp(), or give the power back.  QUIRE_ENULL.
 */
int quire_linux_power_cut(struct quire_linux *machine, uint64_t at, void (*cut)(void *ctx),
			  void *ctx);

/* Whether there is power; and give it back, if there is none: the cache comes up with what the
   memory holds, and what was not written back is lost (PSRAM keeps its bytes; a real one may not).
   QUIRE_ENULL, QUIRE_EPORT (the host cannot read a memory). */
bool quire_linux_power(struct quire_linux *machine);
int quire_linux_power_on(struct quire_linux *machine);

/* What the flash has been through since open.  QUIRE_ENULL. */
struct quire_linux_flash_counts {
	uint64_t bytes;    /* programmed or erased: what a cut counts */
	uint64_t programs; /* to their end */
	uint64_t sectors;  /* erased to their end */
	uint64_t refused;  /* bytes in which zeros were to become ones */
};
int quire_linux_flash_counts(struct quire_linux *machine, struct quire_linux_flash_counts *out);

#endif
