/* SPDX-License-Identifier: Apache-2.0 */
/* What can be opened and what cannot, each with a sentence; every call of the host failing in turn. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rig.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static void refused(const struct quire_linux_ram_options *options, int error, const char *about)
{
	struct quire_linux_ram *machine = NULL;
	char why[QUIRE_LINUX_TEXT] = "";

	assert_int_equal(quire_linux_ram_open(&machine, options, why), error);
	assert_null(machine);
	if (strstr(why, about) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", about, why);
	assert_int_equal(quire_linux_ram_open(&machine, options, NULL), error);
}

static void test_options_that_cannot_be(void **state)
{
	struct quire_linux_ram_options good, o;
	struct quire_linux_ram_bank banks[2];
	struct quire_linux_ram_window window;
	struct quire_linux_ram *machine = NULL;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	rig_options(&good);
	assert_int_equal(quire_linux_ram_open(NULL, &good, why), QUIRE_ENULL);
	assert_int_equal(quire_linux_ram_open(&machine, NULL, why), QUIRE_ENULL);
	o = good, o.bank = NULL;
	refused(&o, QUIRE_ENULL, "needed");
	o = good, o.page_size = 6000;
	refused(&o, QUIRE_EALIGN, "power of two");
	o = good, o.page_size = 1024;
	refused(&o, QUIRE_EALIGN, "this host cannot map less than 4 KiB");
	o = good, o.host_page = 65536, o.page_size = 16384;
	refused(&o, QUIRE_EALIGN, "64 KiB");
	o = good, o.bank_count = 0;
	refused(&o, QUIRE_EFLAG, "0 banks");
	o = good, o.window_count = QUIRE_WINDOWS_MAX + 1;
	refused(&o, QUIRE_EFLAG, "windows");
	memcpy(banks, good.bank, sizeof(banks));
	o = good, o.bank = banks;
	banks[1].target = banks[0].target;
	refused(&o, QUIRE_EFLAG, "which is another");
	banks[1].target = QUIRE_TARGETS_MAX;
	refused(&o, QUIRE_EFLAG, "does not exist");
	banks[1].target = TOP, banks[1].size = 100;
	refused(&o, QUIRE_EALIGN, "\"top\" is 100 bytes");
	banks[1].size = 0;
	refused(&o, QUIRE_EALIGN, "\"top\"");
	window = *good.window;
	o = good, o.window = &window;
	window.base += 1;
	refused(&o, QUIRE_EALIGN, "\"vm\"");
	window = *good.window, window.caps = 0xff;
	refused(&o, QUIRE_EFLAG, "no space can be made");
	o = good, o.mappings = (uint32_t)QUIRE_EXTENTS_MAX + 1;
	refused(&o, QUIRE_EPOOL, "book");
}

static void test_addresses_that_are_in_use_stay_in_use(void **state)
{
	struct quire_linux_ram_options options;
	uint8_t *there = mmap((void *)(uintptr_t)(VM_BASE + PAGE), PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)state;
	assert_true(there != MAP_FAILED);
	*there = 3;
	rig_options(&options);
	refused(&options, QUIRE_ETAKEN, "0x30000000-0x30100000");
	assert_int_equal(*there, 3);
	munmap(there, PAGE);
	quire_linux_ram_close(rig_open(&options));
}

static unsigned descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

/* Each of them, alone: nothing is left of what had been done. */
static void test_every_call_of_the_host_fails_in_turn(void **state)
{
	struct quire_linux_ram_options options;
	struct quire_linux_ram *machine = NULL;
	char why[QUIRE_LINUX_TEXT];
	unsigned before, calls;

	(void)state;
	rig_options(&options);
	machine = rig_open(&options);
	calls = rig_host.calls;
	assert_true(calls >= 8);
	quire_linux_ram_close(machine);
	before = descriptors();
	for (unsigned n = 1; n <= calls; n++) {
		int result;

		machine = NULL;
		why[0] = '\0';
		rig_host = (struct rig_host){.fail_at = n};
		result = quire_linux_ram_open(&machine, &options, why);
		assert_true(result == QUIRE_EPORT || result == QUIRE_EPOOL);
		assert_null(machine);
		assert_true(strlen(why) > 10);
		assert_int_equal(descriptors(), before);
	}
	rig_host = (struct rig_host){0};
	quire_linux_ram_close(rig_open(&options)); /* the addresses are free again */
}

static void test_many_can_be_open_but_not_any_number(void **state)
{
	struct quire_linux_ram *machine[17] = {NULL};
	struct quire_linux_ram_options options;
	struct quire_linux_ram_window window;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	rig_options(&options);
	window = *options.window;
	options.window = &window;
	for (unsigned i = 0; i < 16; i++) {
		window.base = VM_BASE + i * VM_SIZE;
		machine[i] = rig_open(&options);
	}
	window.base = VM_BASE + 16 * VM_SIZE;
	assert_int_equal(quire_linux_ram_open(&machine[16], &options, why), QUIRE_EPORT);
	assert_non_null(strstr(why, "16 machines"));
	/* a fault finds its own */
	assert_false(rig_reads(VM_BASE + 3 * VM_SIZE));
	assert_ptr_equal(rig_fault.machine, machine[3]);
	for (unsigned i = 0; i < 16; i++)
		quire_linux_ram_close(machine[i]);
	quire_linux_ram_close(NULL);
}

static void test_larger_pages(void **state)
{
	struct quire_linux_ram_options options;
	struct quire_linux_ram *machine;
	quire_va va;

	(void)state;
	rig_options(&options);
	options.page_size = 4 * PAGE;
	machine = rig_open(&options);
	va = rig_map(quire_linux_ram_space(machine), RAM_BASE + 4 * PAGE, PAGE,
		     QUIRE_READ | QUIRE_WRITE);
	assert_int_equal(va, VM_BASE + VM_SIZE - 4 * PAGE);
	assert_true(rig_writes(va + 4 * PAGE - 1, 9));
	assert_int_equal(*(uint8_t *)quire_linux_ram_at(machine, RAM_BASE + 8 * PAGE - 1), 9);
	quire_linux_ram_close(machine);
}

static void test_nothing_is_asked_of_a_null(void **state)
{
	struct quire_linux_ram_counts counts;
	uint8_t count;

	(void)state;
	assert_null(quire_linux_ram_space(NULL));
	assert_null(quire_linux_ram_memories(NULL, &count));
	assert_int_equal(quire_linux_ram_counts(NULL, &counts), QUIRE_ENULL);
	assert_int_equal(quire_linux_ram_view(NULL, true), QUIRE_ENULL);
	assert_false(quire_linux_ram_is_user(NULL));
	quire_linux_ram_refusal(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_that_cannot_be),
		cmocka_unit_test(test_addresses_that_are_in_use_stay_in_use),
		cmocka_unit_test(test_every_call_of_the_host_fails_in_turn),
		cmocka_unit_test(test_many_can_be_open_but_not_any_number),
		cmocka_unit_test(test_larger_pages),
		cmocka_unit_test(test_nothing_is_asked_of_a_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
