/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do they give the same addresses?
 *
 * From the top down, first fit, a guard on either side: that leaves no choice, so the bitmap, quire and
 * an array in which pages are simply counted must agree on every address, on every refusal and on what
 * is free.  And a table must show RAM at every page of a mapping, nothing at any other, and no
 * frame twice.
 *
 * The window fills up and empties again in turns, so that searches meet few holes and many; RAM ends
 * before the window does in every other run.
 */
#include "vm_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "vm.h"

#define PAGES   2048u
#define LIVE    (PAGES / (VM_GUARDS + 1u) + 1u)
#define LARGEST 70u
#define RUN     50000u /* operations before all is torn down */
#define LOOK    1000u  /* between looks at the tables */

#define PLAYERS 3u

static const struct vm_contestant *const who[PLAYERS] = {&vm_bitmap, &vm_quire, &vm_zephyr};

/* What there should be. */
static struct {
	bool used[PAGES];   /* by a mapping or its guards */
	bool mapped[PAGES]; /* by a mapping */
	uint32_t free;      /* frames */
	uint32_t live;
	struct {
		uint32_t page, pages; /* without guards */
	} mapping[LIVE];
	struct bench_random random;
	uint32_t frames;
	void *self[PLAYERS];
} all;

static bool differ(const char *what, unsigned k, uint64_t should, uint64_t is)
{
	fprintf(stderr, "bench_vm: %s: %s should be %llx and is %llx\n", who[k]->name, what,
		(unsigned long long)should, (unsigned long long)is);
	return false;
}

static uint64_t address(uint32_t page)
{
	return VM_BASE + (uint64_t)page * VM_PAGE;
}

/* -- the array -- */

/* The first page of the highest hole's last `pages` pages; PAGES if there is no hole so large. */
static uint32_t hole(uint32_t pages)
{
	uint32_t length = 0;

	for (uint32_t page = PAGES; page-- > 0;) {
		length = all.used[page] ? 0 : length + 1;
		if (length == pages)
			return page;
	}
	return PAGES;
}

static void mark(uint32_t page, uint32_t pages, bool on)
{
	for (uint32_t i = 0; i < pages + VM_GUARDS; i++)
		all.used[page - 1 + i] = on;
	for (uint32_t i = 0; i < pages; i++)
		all.mapped[page + i] = on;
}

/* -- operations on all -- */

static bool map_one(void)
{
	uint32_t pages = 1 + bench_random_below(&all.random, LARGEST) *
				     (bench_random_below(&all.random, 3) == 0);
	uint32_t page = pages <= all.free ? hole(pages + VM_GUARDS) : PAGES;
	uint64_t should = page == PAGES ? 0 : address(page + 1);

	for (unsigned k = 0; k < PLAYERS; k++) {
		uint64_t is = who[k]->map(all.self[k], pages);

		if (is != should)
			return differ("an address", k, should, is);
	}
	if (page == PAGES)
		return true;
	mark(page + 1, pages, true);
	all.mapping[all.live].page = page + 1;
	all.mapping[all.live++].pages = pages;
	all.free -= pages;
	return true;
}

static bool unmap_one(void)
{
	uint32_t i = bench_random_below(&all.random, all.live);
	uint32_t page = all.mapping[i].page, pages = all.mapping[i].pages;

	for (unsigned k = 0; k < PLAYERS; k++)
		if (!who[k]->unmap(all.self[k], address(page), pages))
			return differ("the result of an unmap", k, true, false);
	mark(page, pages, false);
	all.mapping[i] = all.mapping[--all.live];
	all.free += pages;
	return true;
}

/* -- looking -- */

static bool look_at_free(void)
{
	for (unsigned k = 0; k < PLAYERS; k++) {
		uint64_t is = who[k]->free(all.self[k]);

		if (is != (uint64_t)all.free * VM_PAGE)
			return differ("what is free", k, (uint64_t)all.free * VM_PAGE, is);
	}
	return true;
}

static bool look_at_table(unsigned k)
{
	static bool seen[PAGES];

	memset(seen, 0, sizeof seen);
	for (uint32_t page = 0; page < PAGES; page++) {
		uint64_t pa = who[k]->shows(all.self[k], address(page));
		uint64_t frame = (pa - VM_RAM) / VM_PAGE;

		if ((pa != 0) != all.mapped[page])
			return differ("whether a page is mapped", k, all.mapped[page], pa);
		if (pa != 0 && (frame >= all.frames || seen[frame]))
			return differ("a frame", k, 0, pa);
		if (pa != 0)
			seen[frame] = true;
	}
	return true;
}

static bool step(uint32_t i)
{
	bool growing = i / 4000 % 2 == 0;
	bool map = all.live == 0 ||
		   (all.live < LIVE && bench_random_below(&all.random, 16) < (growing ? 9u : 7u));

	if (!(map ? map_one() : unmap_one()) || !look_at_free())
		return false;
	for (unsigned k = 0; k < PLAYERS && i % LOOK == 0; k++)
		if (!look_at_table(k))
			return false;
	return true;
}

/* -- a run: everybody begins anew -- */

static bool run(uint32_t seed, uint32_t operations)
{
	struct vm_arena arena = {.pages = PAGES, .frames = PAGES, .mappings = LIVE};
	bool good = true;

	memset(&all, 0, sizeof all);
	bench_random_seed(&all.random, seed);
	if (seed % 2 != 0)
		arena.frames = PAGES / 2;
	all.frames = all.free = arena.frames;
	for (unsigned k = 0; k < PLAYERS; k++) {
		all.self[k] = who[k]->open(&arena);
		if (!all.self[k])
			good = differ("the beginning", k, true, false);
	}
	for (uint32_t i = 0; i < operations && good; i++)
		good = step(i);
	while (all.live > 0 && good)
		good = unmap_one() && look_at_free();
	for (unsigned k = 0; k < PLAYERS; k++) {
		good = good && look_at_table(k);
		if (all.self[k])
			who[k]->close(all.self[k]);
	}
	if (!good)
		fprintf(stderr, "bench_vm: in run %u\n", (unsigned)seed);
	return good;
}

int vm_check(uint32_t operations)
{
	uint32_t seed = 0;

	for (uint32_t left = operations; left > 0;) {
		uint32_t now = left < RUN ? left : RUN;

		if (!run(seed++, now))
			return 1;
		left -= now;
	}
	return 0;
}
