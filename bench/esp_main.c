/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of esp_mmu_map() and esp_mmu_unmap() of one page, among so many live blocks.
 *
 *   again    the same page each time, which the keep-list has
 *   rotate   pages in turn, more of them than the keep-list holds: every map is a miss, and every
 *            unmap drops another one
 *   none     the same page each time, with a keep-list that keeps nothing
 *
 * Each on two machines: `table`, whose entries are a plain array, so that the manager alone is
 * measured; and `linux`, whose entries are mmap() calls.  Beside them, in turns of a millisecond, the
 * list of esp_list.c.  `time` prints nanoseconds, the median of the turns; `count` is for callgrind
 * and dumps instructions.  What an empty pair costs is taken off both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "esp.h"
#include "esp_mmu_map.h"
#include "quire_esp.h"

#define ROTATE    64u /* pages in turn: four times what is kept */
#define SLOTS     16u /* QUIRE_KEEP's default */
#define ROUND_NS  1000000u
#define ROUNDS    31u
#define FLASH_MIB 64u
#define CAPS      (MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT | MMU_MEM_CAP_32BIT)

struct player {
	const char *name;
	int (*map)(uint32_t pa, size_t size, void **out);
	int (*unmap)(void *ptr);
	uint32_t pages; /* in turn */
};

static int map_quire(uint32_t pa, size_t size, void **out)
{
	return esp_mmu_map(pa, size, MMU_TARGET_FLASH0, CAPS, 0, out);
}

static int unmap_quire(void *ptr)
{
	return esp_mmu_unmap(ptr);
}

static int map_nothing(uint32_t pa, size_t size, void **out)
{
	(void)pa;
	(void)size;
	(void)out;
	return 0;
}

static int unmap_nothing(void *ptr)
{
	(void)ptr;
	return 0;
}

static const struct player list = {"list", esp_list_map, esp_list_unmap, 1};
static const struct player nothing = {"nothing", map_nothing, unmap_nothing, 1};

static uint32_t live_counts[] = {8, 32, 128, 500, 0};

static int fail(const char *what, const char *who, uint32_t n)
{
	fprintf(stderr, "bench_esp: %s failed: %s, %u live\n", what, who, (unsigned)n);
	return 1;
}

/* -- the live blocks -- */

static void *block[ESP_PAGES];

/* Physical pages at random, with those of the pairs (the last ROTATE) left out. */
static bool fill(const struct player *p, uint32_t n)
{
	uint32_t page = 1;

	for (uint32_t i = 0; i < n; i++) {
		page = (page * 5 + 3) % 512; /* of period 512: each comes once */
		if (p->map(page * ESP_PAGE, ESP_PAGE, &block[i]) != 0)
			return false;
	}
	return true;
}

static bool clear(const struct player *p, uint32_t n)
{
	bool good = true;

	for (uint32_t i = 0; i < n; i++)
		good = p->unmap(block[i]) == 0 && good;
	return good;
}

/* -- pairs -- */

static uint32_t turn_page;

static inline uint32_t next_pa(const struct player *p)
{
	if (++turn_page >= p->pages)
		turn_page = 0;
	return (512 + turn_page) * ESP_PAGE;
}

static bool pair(const struct player *p)
{
	void *ptr = NULL;

	return p->map(next_pa(p), ESP_PAGE, &ptr) == 0 && p->unmap(ptr) == 0;
}

/* The thread's own time: not that in which others had the processor. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One turn: nanoseconds a pair, less than 0 if one failed. */
static double turn(const struct player *p)
{
	uint64_t start = now(), ns = 0, pairs = 0;

	while (ns < ROUND_NS) {
		for (uint32_t i = 0; i < 256; i++)
			if (!pair(p))
				return -1;
		pairs += 256;
		ns = now() - start;
	}
	return (double)ns / (double)pairs;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(const char *place, const char *workload, const char *measure, const char *who,
		uint32_t n, double value)
{
	printf("%s\t%s\t%s\t%s\t%u\t%.1f\n", place, workload, measure, who, (unsigned)n, value);
}

/* In turns, so that whatever else the machine is doing meets all; what an empty pair costs is taken
   off. */
static int time_beside_list(const char *place, const char *workload, const struct player *p,
			    uint32_t n, unsigned rounds)
{
	const struct player *who[] = {&nothing, p, &list};
	double ns[3][ROUNDS];

	for (unsigned i = 0; i < rounds; i++)
		for (unsigned k = 0; k < 3; k++) {
			ns[k][i] = turn(who[k]);
			if (ns[k][i] < 0)
				return fail("a pair", workload, n);
		}
	for (unsigned k = 0; k < 3; k++) {
		qsort(ns[k], rounds, sizeof ns[k][0], by_size);
		if (k > 0)
			row(place, workload, "pair.ns", who[k]->name, n,
			    ns[k][rounds / 2] - ns[0][rounds / 2]);
	}
	return 0;
}

static int count_pairs(const char *workload, const struct player *p, uint32_t n, uint32_t pairs)
{
	static char name[100]; /* callgrind keeps the pointer */

	for (uint32_t i = 0; i < 2 * p->pages; i++)
		if (!pair(p))
			return fail("a pair", workload, n);
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
	for (uint32_t i = 0; i < pairs; i++) {
		CALLGRIND_TOGGLE_COLLECT;
		pair(p);
		CALLGRIND_TOGGLE_COLLECT;
	}
	snprintf(name, sizeof name, "%s/pair/%s/%u/%u", workload, p->name, (unsigned)n,
		 (unsigned)pairs);
	CALLGRIND_DUMP_STATS_AT(name);
	CALLGRIND_STOP_INSTRUMENTATION;
	return 0;
}

/* -- machines -- */

static const struct workload {
	const char *name;
	uint32_t pages;
	uint32_t slots;
} workloads[] = {{"again", 1, SLOTS}, {"rotate", ROTATE, SLOTS}, {"none", 1, 0}};

static bool start_machine(uint32_t slots)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	quire_esp_defaults(&options, "esp32s3");
	options.flash_size = FLASH_MIB << 20;
	options.flash_blank = true;
	options.cache = QUIRE_LINUX_CACHE_NONE;
	options.keep = slots;
	options.psram_size = 0;
	if (quire_esp_start(&options, why))
		return true;
	fprintf(stderr, "bench_esp: %s\n", why);
	return false;
}

/* One measurement: live blocks are made, pairs run among them, and all is taken away. */
static int measure(const char *place, const struct workload *w, uint32_t n, bool count,
		   unsigned rounds)
{
	struct player p = {"quire", map_quire, unmap_quire, w->pages};
	int result;

	if (!fill(&p, n))
		return fail("filling", w->name, n);
	result = count ? count_pairs(w->name, &p, n, rounds)
		       : time_beside_list(place, w->name, &p, n, rounds);
	if (result == 0 && !clear(&p, n))
		result = fail("clearing", w->name, n);
	return result;
}

static int measure_at(bool plain, const struct workload *w, uint32_t n, bool count, unsigned rounds)
{
	char why[QUIRE_LINUX_TEXT];
	int result;

	if (!start_machine(w->slots))
		return 1;
	if (plain && !esp_table_open(w->slots))
		return fail("the table", w->name, n);
	result = measure(plain ? "table" : "linux", w, n, count, rounds);
	if (plain)
		esp_table_close();
	if (!quire_esp_stop(why))
		result = fail(why, w->name, n);
	return result;
}

static int with_list(bool plain, uint32_t n, bool count, unsigned rounds)
{
	int result = 0;

	esp_list_open();
	if (!fill(&list, n))
		return fail("filling", "list", n);
	if (count && plain)
		result = count_pairs("again", &list, n, rounds) |
			 count_pairs("again", &nothing, n, rounds) |
			 count_pairs("rotate", &nothing, n, rounds) |
			 count_pairs("none", &nothing, n, rounds);
	for (unsigned i = 0; i < sizeof workloads / sizeof *workloads && result == 0; i++)
		result = measure_at(plain, &workloads[i], n, count, rounds);
	esp_list_close();
	return result;
}

int main(int argc, char **argv)
{
	bool quick = argc == 3 && strcmp(argv[2], "--quick") == 0;
	bool count = argc > 1 && strcmp(argv[1], "count") == 0;
	int result = 0;

	if (argc != 2 + quick || (!count && strcmp(argv[1], "time") != 0)) {
		fprintf(stderr, "usage: %s time|count [--quick]\n", argv[0]);
		return 2;
	}
	if (quick)
		live_counts[2] = 0;
	for (unsigned i = 0; live_counts[i] != 0 && result == 0; i++) {
		result = with_list(true, live_counts[i], count, count ? 1000 : quick ? 3 : ROUNDS);
		if (!count && result == 0)
			result = with_list(false, live_counts[i], false, quick ? 3 : ROUNDS);
	}
	return result;
}
