/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portable tests: a list, and what they share.
 *
 * What is printed is TAP: a plan, a line a test, and lines that begin with # to say more.  A test
 * fails at the first thing that is not as it should be; everything it mapped is unmapped behind it,
 * and the pools must be as full as before.
 */
#ifndef SUITE_H
#define SUITE_H

#include "common/print.h"
#include "target.h"

struct suite_test {
	const char *name;
	void (*run)(struct target *t);
	/* Why this machine cannot run it, or NULL: it can.  NULL: all can. */
	const char *(*cannot)(const struct target *t);
	unsigned seeds; /* which seeded faults it finds: bit n for number n */
};

/* A list of tests. */
struct suite_list {
	const struct suite_test *test;
	unsigned count;
};

extern const struct suite_list suite_space, suite_large, suite_access, suite_faults, suite_tables,
	suite_vm, suite_random;

/*
 * Run lists of tests; returns how many failed.  With `seed` not 0, only those that are to find that
 * fault.
 */
unsigned suite_run(struct target *t, const struct suite_list *const *lists, unsigned count,
		   unsigned seed);

/* All of the portable ones. */
#define SUITE_PORTABLE                                                                             \
	&suite_space, &suite_large, &suite_access, &suite_faults, &suite_tables, &suite_vm,        \
		&suite_random

#define SUITE_COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* -- saying what is wrong -- */

/* Notes a failure of the running test, unless `ok`; returns `ok`. */
bool suite_check(bool ok, const char *what, const char *file, unsigned line);
/* The same for two numbers that should be alike. */
bool suite_same(uint64_t got, uint64_t wanted, const char *what, const char *file, unsigned line);
/* The same for a result. */
bool suite_result(int got, int wanted, const char *what, const char *file, unsigned line);
/* A line of diagnosis. */
void suite_note(const char *text);
bool suite_failed(void);

#define OK(condition)        suite_check((condition), #condition, __FILE__, __LINE__)
#define SAME(got, wanted)    suite_same((uint64_t)(got), (uint64_t)(wanted), #got, __FILE__, __LINE__)
#define RESULT(call, wanted) suite_result((call), (wanted), #call, __FILE__, __LINE__)
/* In a test: leave it if one of the above fails. */
#define MUST(test)                                                                                 \
	do {                                                                                       \
		if (!(test))                                                                       \
			return;                                                                    \
	} while (0)
/* In a helper that returns whether all is well. */
#define NEED(test)                                                                                 \
	do {                                                                                       \
		if (!(test))                                                                       \
			return false;                                                              \
	} while (0)

/* -- touching -- */

#define RW   (QUIRE_READ | QUIRE_WRITE)
#define RX   (QUIRE_READ | QUIRE_EXEC)
#define USER QUIRE_USER

/* The number that the suite has put into the first word of a frame. */
uint32_t suite_number(const struct target *t, quire_pa frame);
/* Number all frames. */
void suite_number_frames(struct target *t);

/* Map `size` bytes of frames from `pa` on at `va`, aliases allowed. */
int suite_map(struct target *t, quire_va va, quire_pa pa, quire_size size, unsigned attr);
/* The same of the memory that is as large as can be. */
int suite_map_big(struct target *t, quire_va va, quire_pa pa, quire_size size, unsigned attr);

/* Reads 4 bytes, and expects this there.  `how` is 0 or QUIRE_USER. */
bool suite_reads(struct target *t, unsigned how, quire_va va, uint32_t wanted);
/* Writes 4 bytes; expects it to work. */
bool suite_writes(struct target *t, unsigned how, quire_va va, uint32_t word);
/* Expects a fault at exactly this byte, of this access. */
bool suite_faults_at(struct target *t, unsigned access, quire_va va);
/* The same, of `bytes` bytes; the fault is kept. */
bool suite_fault_raw(struct target *t, unsigned access, quire_va va, unsigned bytes,
		     struct quire_fault_raw *raw);
/* A page of a mapping shows a frame, and allows exactly `attr` (kernel's access only). */
bool suite_shows(struct target *t, quire_va va, quire_pa frame, unsigned attr);

/* The leaf that translates an address of the arena. */
void suite_leaf(struct target *t, quire_va va, struct quire_decoded *leaf);
/* Leaves in a range of the arena; a cluster counts as one in `*translations` (may be NULL). */
uint32_t suite_leaves(struct target *t, quire_va va, quire_size size, uint32_t *translations);

/* As few entries as can show a range: worked out from alignments alone. */
uint32_t suite_fewest(const struct quire_mmu *mmu, quire_va va, quire_pa pa, quire_size size);

/* The whole book is proved. */
bool suite_proved(struct target *t);

/* A random number; the seed is fixed. */
uint32_t suite_random_number(void);
uint32_t suite_random_below(uint32_t n);

/* -- reasons -- */

const char *suite_needs_tables(const struct target *t);
const char *suite_needs_user(const struct target *t);
const char *suite_needs_exec(const struct target *t);

#endif
