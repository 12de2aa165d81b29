/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the Linux port share: opening a chip, mapping, patterns that tell every page
 * from every other, and looking at an address that may fault.
 */
#ifndef QUIRE_TESTS_LINUX_HELPERS_H
#define QUIRE_TESTS_LINUX_HELPERS_H

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/linux.h"

#define KIB(n) ((quire_size)(n) << 10)
#define MIB(n) ((quire_size)(n) << 20)

/* Open a chip by name, or fail the test with the sentence. */
struct quire_linux *open_chip(const char *name, const struct quire_linux_options *options);

/* Close it; and, as the teardown of a test, whatever is still open. */
void close_chip(struct quire_linux *machine);
int close_all(void **state);

/* Expect that it cannot be opened: this result, and all of these words in the sentence (a list that
   ends with NULL). */
void expect_refusal(const char *name, const struct quire_linux_options *options, int result, ...);

/* Map without a chosen address, or at one; the address, or the test fails. */
quire_va map_pages(struct quire_linux *machine, unsigned target, quire_pa pa, quire_size size,
		   unsigned attr, unsigned flags);
quire_va map_pages_at(struct quire_linux *machine, quire_va va, unsigned target, quire_pa pa,
		      quire_size size, unsigned attr, unsigned flags);

/* The 32-bit word of the pattern at `pa`, and a memory full of it. */
uint32_t pattern(unsigned target, quire_pa pa, unsigned seed);
void fill(struct quire_linux *machine, unsigned target, unsigned seed);

/* Whether [va, va + size) holds the pattern from `pa` on; counts the words that do not. */
size_t mismatches(quire_va va, quire_size size, unsigned target, quire_pa pa, unsigned seed);

/* The other side of an address. */
quire_va other_side(struct quire_linux *machine, quire_va va);

/* The pointer at an address. */
volatile uint8_t *at(quire_va va);

/*
 * Read, write or fetch at an address.  True if it faulted: then `last_fault` and `last_text` say
 * how it was reported.  The chip must have been opened with watch_faults().
 */
void watch_faults(struct quire_linux_options *options);
bool read_faults(quire_va va);
bool write_faults(quire_va va);
bool fetch_faults(quire_va va);
extern struct quire_linux_fault last_fault;
extern char last_text[QUIRE_LINUX_TEXT];
extern uintptr_t last_stack; /* where the handler's stack was */

/* A temporary file of a size, filled with bytes that are not 0xff; the caller unlinks it. */
void make_file(char path[64], quire_size size);

/* System calls that can be made to fail: the n-th from now on (1 is the next), `failing` in a row.
 */
struct faulty_system {
	struct quire_linux_system system;
	unsigned maps, memfds, resizes, allocations;                 /* calls so far */
	unsigned fail_map, fail_memfd, fail_resize, fail_allocation; /* 0: none */
	unsigned failing;
};
void faulty_system_init(struct faulty_system *faulty);

#endif
