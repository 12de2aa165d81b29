/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handler in front of what a signal has: how fault.c and ram_fault.c put theirs there and take it away.
 * A header of its own, since <signal.h> shows these types to files that ask for POSIX, and not all do.
 */
#ifndef QUIRE_LINUX_SIGNALS_H
#define QUIRE_LINUX_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

typedef void quire_linux_handler(int number, siginfo_t *info, void *context);

/* Put a handler in front, unless it is there already; `*previous` gets what was there before.  A second
   fault inside it (in a callback, say) must kill rather than wait: hence SA_NODEFER.  False: errno says
   why. */
bool quire_linux_signal_take(int number, quire_linux_handler *handler, struct sigaction *previous);

/* Take it away again, unless somebody else has stepped before it. */
void quire_linux_signal_give(int number, quire_linux_handler *handler,
			     const struct sigaction *previous);

#endif
