/* SPDX-License-Identifier: Apache-2.0 */
/* mmap fails when nothing may fail any more, and kernel mappings run out before that. */
#include "helpers.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define RW     (QUIRE_READ | QUIRE_WRITE)
#define WINDOW ((quire_va)0x3c000000)

static struct faulty_system faulty;

static struct quire_linux *open_faulty(void)
{
	struct quire_linux_options options = {
		.flash_size = MIB(1), .psram_size = MIB(4), .system = &faulty.system};

	faulty_system_init(&faulty);
	watch_faults(&options);
	return open_chip("esp32s3", &options);
}

/* The next `count` calls of mmap but `skip` fail. */
static void fail_maps(unsigned skip, unsigned count)
{
	faulty.fail_map = faulty.maps + skip + 1;
	faulty.failing = count;
}

static int map_psram(struct quire_linux *machine, quire_va va, quire_pa pa, quire_size size)
{
	struct quire_want want = {.pa = pa, .size = size, .target = QUIRE_PSRAM0, .attr = RW};
	struct quire_got got;

	return quire_space_map_at(quire_linux_space(machine), va, &want, &got);
}

static struct quire_linux_counts counts_of(struct quire_linux *machine)
{
	struct quire_linux_counts counts;

	assert_int_equal(quire_linux_counts(machine, &counts), QUIRE_OK);
	return counts;
}

/* The large mmap fails and the small ones do not: nobody notices but the counters. */
static void test_page_by_page(void **state)
{
	struct quire_linux *machine = open_faulty();
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	fill(machine, QUIRE_PSRAM0, 8);
	fail_maps(0, 1);
	assert_int_equal(map_psram(machine, WINDOW, 0, MIB(1)), QUIRE_OK);
	assert_int_equal(mismatches(WINDOW, MIB(1), QUIRE_PSRAM0, 0, 8), 0);
	assert_int_equal(mismatches(other_side(machine, WINDOW), MIB(1), QUIRE_PSRAM0, 0, 8), 0);
	assert_int_equal(counts_of(machine).retries, 1);
	assert_int_equal(counts_of(machine).failures, 0);
	assert_int_equal(counts_of(machine).mappings, 4);
	assert_false(quire_linux_trouble(machine, why));
	assert_string_equal(why, "");
	assert_int_equal(map_psram(machine, WINDOW + MIB(1), MIB(1), MIB(1)), QUIRE_OK);
	close_chip(machine);
}

/* Pages that fail even alone have no access, say so in the report, and make the next change fail;
   by then they are mended. */
static void test_lost(void **state)
{
	struct quire_linux *machine = open_faulty();
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	fill(machine, QUIRE_PSRAM0, 8);
	fail_maps(0, 4 + 1 + 6); /* both sides at once, then both of the first page and more */
	assert_int_equal(map_psram(machine, WINDOW, 0, KIB(256)), QUIRE_OK);
	assert_true(quire_linux_trouble(machine, why));
	assert_non_null(strstr(why, "esp32s3: mmap failed in the middle of a change and "));
	assert_non_null(strstr(why, "Cannot allocate memory"));
	assert_in_range(counts_of(machine).failures, 1, 4);
	assert_true(read_faults(WINDOW));
	assert_true(last_fault.lost);
	assert_non_null(strstr(last_text, "its entry is valid, but the host could not map it"));
	assert_false(read_faults(WINDOW + KIB(192)));

	assert_int_equal(map_psram(machine, WINDOW + MIB(1), MIB(1), KIB(64)), QUIRE_EPORT);
	quire_linux_refusal(machine, why);
	assert_non_null(strstr(why, "all pages are right again now"));
	assert_false(quire_linux_trouble(machine, why));
	assert_int_equal(mismatches(WINDOW, KIB(256), QUIRE_PSRAM0, 0, 8), 0);
	assert_int_equal(mismatches(other_side(machine, WINDOW), KIB(256), QUIRE_PSRAM0, 0, 8), 0);
	assert_int_equal(map_psram(machine, WINDOW + MIB(1), MIB(1), KIB(64)), QUIRE_OK);
	assert_int_equal(counts_of(machine).mappings, 2 * 4);
	close_chip(machine);
}

/* As long as they cannot be mended, every change but unmap is refused. */
static void test_stays_lost(void **state)
{
	struct quire_linux *machine = open_faulty();
	struct quire_space *space = quire_linux_space(machine);
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	assert_int_equal(map_psram(machine, WINDOW + MIB(1), MIB(1), KIB(64)), QUIRE_OK);
	fail_maps(0, 1000);
	assert_int_equal(map_psram(machine, WINDOW, 0, KIB(128)), QUIRE_OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(map_psram(machine, WINDOW + MIB(2), MIB(2), KIB(64)), QUIRE_EPORT);
		assert_true(quire_linux_trouble(machine, why));
		assert_non_null(strstr(why, "2 pages do not show what their entries say"));
	}
	faulty.fail_map = 0;
	assert_int_equal(quire_space_unmap(space, WINDOW), QUIRE_OK);
	assert_false(quire_linux_trouble(machine, why));
	assert_int_equal(quire_space_unmap(space, WINDOW + MIB(1)), QUIRE_OK);
	assert_int_equal(map_psram(machine, WINDOW + MIB(2), MIB(2), KIB(64)), QUIRE_EPORT);
	assert_int_equal(map_psram(machine, WINDOW + MIB(2), MIB(2), KIB(64)), QUIRE_OK);
	close_chip(machine);
}

static unsigned count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned lines = 0;
	int c;

	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

/* With few kernel mappings allowed, maps are refused before anything happens; unmapping goes on. */
static void test_limit(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1), .psram_size = MIB(16)};
	struct quire_linux *machine;
	char why[QUIRE_LINUX_TEXT];
	unsigned mapped = 0;
	int result;

	(void)state;
	options.kernel_mappings = count_mappings() + 128 + 64;
	watch_faults(&options);
	machine = open_chip("esp32s3", &options);
	while (mapped < 256 && (result = map_psram(machine, WINDOW + 2 * mapped * KIB(64),
						   mapped * KIB(64), KIB(64))) == QUIRE_OK)
		mapped++;
	assert_int_equal(result, QUIRE_EPORT);
	assert_in_range(mapped, 8, 16);
	quire_linux_refusal(machine, why);
	assert_non_null(strstr(why, "4 more kernel mappings"));
	assert_non_null(strstr(why, "/proc/sys/vm/max_map_count"));
	assert_true(read_faults(WINDOW + 2 * mapped * KIB(64)));
	assert_int_equal(quire_space_check(quire_linux_space(machine), NULL), QUIRE_OK);
	for (unsigned i = 0; i < mapped; i++)
		assert_int_equal(
			quire_space_unmap(quire_linux_space(machine), WINDOW + 2 * i * KIB(64)),
			QUIRE_OK);
	assert_int_equal(map_psram(machine, WINDOW, 0, KIB(64)), QUIRE_OK);
	close_chip(machine);
}

/* With the host's limit, mappings are counted once for thousands of changes. */
static void test_census(void **state)
{
	struct quire_linux *machine = open_faulty();

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		assert_int_equal(map_psram(machine, WINDOW, 0, KIB(64)), QUIRE_OK);
		assert_int_equal(quire_space_unmap(quire_linux_space(machine), WINDOW), QUIRE_OK);
	}
	assert_int_equal(counts_of(machine).censuses, 1);
	assert_int_equal(counts_of(machine).changes, 8000);
	close_chip(machine);
}

/* The port itself refuses what lies beyond a memory, whoever asks. */
static void test_beyond(void **state)
{
	struct quire_linux *machine = open_faulty();
	struct quire_walker *walker = &quire_linux_space(machine)->walker[0];
	struct quire_change change = {.kind = QUIRE_CHANGE_MAP,
				      .walk = 0,
				      .size = KIB(128),
				      .pa = MIB(4) - KIB(64),
				      .target = QUIRE_PSRAM0,
				      .attr = RW};
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	assert_int_equal(walker->port->prepare(walker->port_ctx, &change), QUIRE_EBEYOND);
	quire_linux_refusal(machine, why);
	assert_string_equal(why,
			    "esp32s3: 128 KiB at 0x3f0000 are asked for, and psram0 has 4 MiB");
	change.target = QUIRE_RAM;
	assert_int_equal(walker->port->prepare(walker->port_ctx, &change), QUIRE_ETARGET);
	assert_int_equal(map_psram(machine, WINDOW, MIB(4), KIB(64)), QUIRE_EBEYOND);
	close_chip(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_page_by_page, close_all),
		cmocka_unit_test_teardown(test_lost, close_all),
		cmocka_unit_test_teardown(test_stays_lost, close_all),
		cmocka_unit_test_teardown(test_limit, close_all),
		cmocka_unit_test_teardown(test_census, close_all),
		cmocka_unit_test_teardown(test_beyond, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
