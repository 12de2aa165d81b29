/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress: drawn for the first time after a second, then ten times a second at most.
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

static double since(const struct timespec *then, const struct timespec *now)
{
	return (double)(now->tv_sec - then->tv_sec) + (double)(now->tv_nsec - then->tv_nsec) / 1e9;
}

void progress_begin(struct progress *p, const char *what, uint64_t total)
{
	p->what = what;
	p->total = total ? total : 1;
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->shown = false;
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
	p->drawn = p->begun;
}

void progress_at(struct progress *p, uint64_t done)
{
	struct timespec now;
	unsigned percent =
		(unsigned)(done >= p->total ? 100 : 100.0 * (double)done / (double)p->total);

	if (!p->terminal)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (since(&p->begun, &now) < 1.0 || (p->shown && since(&p->drawn, &now) < 0.1))
		return;
	fprintf(stderr, "\r%s: %3u %% ", p->what, percent);
	fflush(stderr);
	p->drawn = now;
	p->shown = true;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
