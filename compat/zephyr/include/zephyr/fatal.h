/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when a thread cannot go on.
 *
 * Something is said, then k_sys_fatal_error_handler() decides.  If it returns, the thread is aborted and
 * the system stays up, unless the reason is a panic: then the system halts.  The one in here halts.
 */
#ifndef ZEPHYR_FATAL_H
#define ZEPHYR_FATAL_H

#include "zephyr/fatal_types.h"
#include "zephyr/toolchain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is known of an exception; NULL for a reason that is no exception. */
struct arch_esf {
	uintptr_t pc;
	uintptr_t sp;
	uintptr_t address; /* of a fault */
	uint8_t access;    /* QUIRE_READ, QUIRE_WRITE, QUIRE_EXEC, or 0 */
	bool user;
};
typedef struct arch_esf z_arch_esf_t;

/* End everything; the exit status is 1. */
FUNC_NORETURN void k_fatal_halt(unsigned int reason);

/* The program may define its own.  Called as in an interrupt: nothing may wait. */
void k_sys_fatal_error_handler(unsigned int reason, const struct arch_esf *esf);

/* Returns only where the handler let it and the thread is to be aborted by an exception's end. */
void z_fatal_error(unsigned int reason, const struct arch_esf *esf);

#ifdef __cplusplus
}
#endif

#endif
