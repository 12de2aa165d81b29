/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Still at it": one line on stderr, redrawn, for work that has taken a second already.  Silent
 * when stderr is not a terminal, and gone when the work is done.
 */
#ifndef QUIRE_TOOL_PROGRESS_H
#define QUIRE_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	const char *what;
	uint64_t total;
	struct timespec begun;
	struct timespec drawn;
	bool terminal;
	bool shown;
};

void progress_begin(struct progress *p, const char *what, uint64_t total);
void progress_at(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

#endif
