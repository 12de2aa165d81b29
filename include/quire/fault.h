/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults, explained: what an access that went wrong met, and what would have been right.
 *
 * A processor says little (an address, what was tried); the book knows the rest.  A port hands over
 * what the processor said as quire_fault_raw; quire_fault_resolve() puts right what only needs that;
 * quire_fault_explain() says everything there is to say about the others, as data, and
 * quire_fault_text() as a sentence or two.
 */
#ifndef QUIRE_FAULT_H
#define QUIRE_FAULT_H

#include "quire/query.h"

/* What the processor says of the cause. */
enum quire_fault_cause {
	QUIRE_CAUSE_UNKNOWN, /* it does not say (RISC-V) */
	QUIRE_CAUSE_MISSING, /* no valid entry */
	QUIRE_CAUSE_DENIED,  /* an entry that does not allow this */
	QUIRE_CAUSE_MARK,    /* a mark was to be set that the hardware does not set (access flag) */
	QUIRE_CAUSE_ALIGN, /* not a translation's fault: a misaligned access, or one to memory of a
				kind that does not take it */
	QUIRE_CAUSE_BUS,   /* nor this: the memory behind it answered with an error */
};

struct quire_fault_raw {
	quire_va va;    /* exact to the byte, where the processor is */
	uint8_t access; /* QUIRE_READ, QUIRE_WRITE or QUIRE_EXEC; 0 if it does not say */
	uint8_t cause;  /* enum quire_fault_cause */
	bool user;      /* tried in user mode */
};

/* What was wrong. */
enum quire_fault_kind {
	QUIRE_FAULT_FOREIGN,  /* the address is in no window of the space */
	QUIRE_FAULT_UNMAPPED, /* nothing is there, or a page of a claim has no entry */
	QUIRE_FAULT_GUARD,  /* the addresses are reserved: a guard, if a mapping is beside them; or
				 a claim's guard */
	QUIRE_FAULT_DENIED, /* a mapping is there and does not allow this */
	QUIRE_FAULT_USER,   /* it allows this, and not to user mode */
	QUIRE_FAULT_KERNEL, /* the kernel tried to run what user mode may run, and its machine does
				 not let it (no QUIRE_MMU_KERNEL_RUNS_USER) */
	QUIRE_FAULT_MARK,   /* all is well once the page is marked as used: resolve() does that */
	QUIRE_FAULT_STALE,  /* all is well now: the processor knew an older entry, or the change was
				 on its way; try again after a flush */
	QUIRE_FAULT_OTHER,  /* not about translation: misaligned, or the memory's own error */
};

/*
 * A mapping or claim (without guards) near the address, or a part of one, on one side: size 0 if there is
 * none in its window (for a foreign address, in all windows).
 */
struct quire_fault_near {
	struct quire_extent_info mapping;
	quire_size distance; /* bytes from its nearest byte: 1 is right beside it */
};

struct quire_fault {
	struct quire_fault_raw raw;
	enum quire_fault_kind kind;
	/* The gap, reservation or mapping at the address; of a claim one guard, or all but the guards;
	   size 0 if foreign. */
	struct quire_extent_info here;
	quire_size into;  /* bytes from its start */
	unsigned allowed; /* access attributes that work here: 0 if nothing is mapped */
	struct quire_fault_near below, above;
	/* What a tag is called, for quire_fault_text; a NULL result is the number alone.  explain
	   leaves it NULL: whoever knows names puts them in. */
	const char *(*name)(void *ctx, uint16_t tag);
	void *name_ctx;
};

/*
 * What an access met.  The raw fault is taken as it is; nothing is changed.  One that only needs a
 * mark, or that was stale, is said to be so.
 * QUIRE_EFLAG   raw->access is not 0 and not one of the three
 * Safe in a trap if the space's lock is.  Cost: up to four searches, one more for each reservation
 * on the way to the nearest mapping, and one walk of the tables (two for user mode's code in the kernel);
 * for a foreign address two searches for each side of each window.
 */
int quire_fault_explain(struct quire_space *space, const struct quire_fault_raw *raw,
			struct quire_fault *out);

/*
 * Put right what can be put right: set the mark that a leaf lacks, or see that the mapping allows
 * the access by now.  0 if the access should be tried again, after this CPU has forgotten the
 * translation of that page: quire_cpu.flush_pages, with `tables` if other CPUs' new entries are left to
 * fault (quire_tables.lazy_fresh), since what faulted may be a table that was not there before.
 *
 * `space` must be the one that this CPU translates for, or the kernel's.  Of another the answer is the
 * book's as well: 0, if all is in order there, and the access faults again, for ever.
 *
 * (Who gets the same fault at once again has met something that no mapping says: RISC-V's
 * SUM and PMP, x86's SMAP and SMEP, PAN and PXN of Arm.)  An error says why it would fail again, with
 * nothing changed:
 * QUIRE_EFLAG     raw->access is none of the three
 * QUIRE_EFOREIGN
 * QUIRE_EUNMAPPED nothing is there, or a page of a claim has no entry
 * QUIRE_ERESERVED the addresses are reserved, or a claim's guard
 * QUIRE_ECAPS     the mapping does not allow it, or not to user mode, or not to the kernel; in a claim
 *                 that is what the entry allows, which may be less than the claim
 * QUIRE_EPORT     it is not about translation
 * QUIRE_ECORRUPT  the book has a mapping there, and the tables do not
 * Safe in a trap if the space's lock is.  Cost: one search, and one walk of the tables (two for
 * user mode's code in the kernel).
 */
int quire_fault_resolve(struct quire_space *space, const struct quire_fault_raw *raw);

#define QUIRE_FAULT_TEXT 320u /* bytes that any of the texts fits into; names are cut for that */

/*
 * A fault in words, ended by 0, cut off at `room` bytes: what was tried where, what is there, how far
 * it is to the nearest mapping, what would have been allowed.  Returns the length of the whole.
 * Pure, but for the call of `name`.
 *
 *	write to 0x80041ff8 in user mode: the page is reserved, 8 bytes below "stack"
 *	0x80042000..0x80046000 (read, write)
 */
size_t quire_fault_text(const struct quire_fault *fault, char *text, size_t room);

#endif
