/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: what is refused and in which words, that nothing is ever replaced, and that nothing is
   left behind. */
#include "helpers.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct quire_linux_options plain = {.flash_size = MIB(1)};

static unsigned count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned lines = 0;
	int c;

	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static unsigned count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

static void test_null(void **state)
{
	struct quire_linux *machine = NULL;
	const struct quire_chip *chip = quire_chip_by_name("esp32s3");
	char why[QUIRE_LINUX_TEXT] = "";

	(void)state;
	assert_int_equal(quire_linux_open(NULL, chip, &plain, why), QUIRE_ENULL);
	assert_int_equal(quire_linux_open(&machine, NULL, &plain, NULL), QUIRE_ENULL);
	assert_int_equal(quire_linux_open(&machine, chip, NULL, why), QUIRE_ENULL);
	assert_non_null(strstr(why, "are needed"));
	quire_linux_close(NULL);
	assert_null(quire_linux_space(NULL));
	assert_null(quire_linux_chip(NULL));
	assert_null(quire_linux_layout(NULL));
	assert_int_equal(quire_linux_counts(NULL, NULL), QUIRE_ENULL);
	assert_false(quire_linux_trouble(NULL, NULL));
	assert_int_equal(quire_linux_history(NULL, 0, NULL, NULL), QUIRE_ENULL);
	quire_linux_refusal(NULL, NULL);
	assert_int_equal(quire_linux_read(NULL, 0, 0, why, 1), QUIRE_ENULL);
	assert_int_equal(quire_linux_write(NULL, 0, 0, why, 1), QUIRE_ENULL);
	assert_int_equal(quire_linux_sync(NULL), QUIRE_ENULL);
	assert_int_equal(quire_linux_peek(0, NULL, 1), QUIRE_ENULL);
	assert_int_equal(quire_linux_poke(0, NULL, 1), QUIRE_ENULL);
}

/* The defaults: 4 MiB of erased flash, no PSRAM. */
static void test_defaults(void **state)
{
	struct quire_linux_options options = {0};
	struct quire_linux *machine = open_chip("esp32s3", &options);
	uint8_t byte = 0;

	(void)state;
	assert_string_equal(quire_linux_chip(machine)->name, "esp32s3");
	assert_int_equal(quire_linux_layout(machine)->memory[QUIRE_FLASH0].size, MIB(4));
	assert_int_equal(quire_linux_layout(machine)->memory[QUIRE_PSRAM0].size, 0);
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, MIB(4) - 1, &byte, 1), QUIRE_OK);
	assert_int_equal(byte, 0xff);
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, MIB(4), &byte, 1), QUIRE_EBEYOND);
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, MIB(4) - 1, &byte, 2),
			 QUIRE_EBEYOND);
	assert_int_equal(quire_linux_read(machine, QUIRE_PSRAM0, 0, &byte, 1), QUIRE_ETARGET);
	assert_int_equal(quire_linux_read(machine, QUIRE_RAM, 0, &byte, 1), QUIRE_ETARGET);
	assert_int_equal(quire_linux_sync(machine), QUIRE_ECAPS);
	close_chip(machine);
}

/* An occupied byte in the middle of a window is named, and still there afterwards. */
static void test_occupied(void **state)
{
	char *page = mmap((void *)0x42345000, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)state;
	assert_ptr_equal(page, (void *)0x42345000);
	strcpy(page, "mine");
	expect_refusal("esp32s3", &plain, QUIRE_ETAKEN, "esp32s3", "\"external\"",
		       "instruction addresses 0x42000000-0x44000000", "0x42345000-0x42346000",
		       "a mapping without a name", NULL);
	assert_string_equal(page, "mine");
	munmap(page, 4096);
	close_chip(open_chip("esp32s3", &plain));
}

/* A file's mapping is named by its path. */
static void test_occupied_by_file(void **state)
{
	char path[64];
	FILE *file;
	void *page;

	(void)state;
	make_file(path, 4096);
	file = fopen(path, "r");
	page = mmap((void *)0x3dfff000, 4096, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE,
		    fileno(file), 0);
	assert_ptr_equal(page, (void *)0x3dfff000);
	expect_refusal("esp32s3", &plain, QUIRE_ETAKEN, "data addresses 0x3c000000-0x3e000000",
		       path, NULL);
	munmap(page, 4096);
	fclose(file);
	unlink(path);
}

/* Each pair of families, in one process: those that collide are refused, and the first of them
   keeps working. */
static void check_pair(const char *first, const char *second, bool together)
{
	struct quire_linux_options options = {.flash_size = MIB(1)};
	struct quire_linux *a = open_chip(first, &options), *b = NULL;
	char why[QUIRE_LINUX_TEXT] = "", words[64];
	quire_va va;

	fill(a, QUIRE_FLASH0, 1);
	if (together) {
		b = open_chip(second, &options);
		fill(b, QUIRE_FLASH0, 2);
		va = map_pages(b, QUIRE_FLASH0, 0, MIB(1), QUIRE_READ, 0);
		assert_int_equal(mismatches(va, MIB(1), QUIRE_FLASH0, 0, 2), 0);
	} else {
		snprintf(words, sizeof(words), "in use by the windows of an open %s at 0x", first);
		assert_int_equal(quire_linux_open(&b, quire_chip_by_name(second), &options, why),
				 QUIRE_ETAKEN);
		assert_non_null(strstr(why, words));
		assert_memory_equal(why, second, strlen(second));
	}
	va = map_pages(a, QUIRE_FLASH0, 0, MIB(1), QUIRE_READ, 0);
	assert_int_equal(mismatches(va, MIB(1), QUIRE_FLASH0, 0, 1), 0);
	if (together)
		close_chip(b);
	assert_int_equal(mismatches(va, MIB(1), QUIRE_FLASH0, 0, 1), 0);
	close_chip(a);
}

static void test_pairs(void **state)
{
	(void)state;
	check_pair("esp32s3", "esp32c3", false);
	check_pair("esp32s3", "esp32s3", false);
	check_pair("esp32s3", "esp32p4", false);
	check_pair("esp32p4", "esp32s31", false);
	check_pair("esp32c6", "esp32c5", false);
	check_pair("esp32", "esp32s3", true);
	check_pair("esp32s3", "esp32", true);
	check_pair("esp32s2", "esp32c5", true);
	check_pair("esp32", "esp32s2", false);
}

/* A host with larger pages than the chip's. */
static void test_host_page(void **state)
{
	struct quire_linux_options options = {
		.flash_size = MIB(1), .page_size = 16384, .host_page = 65536};

	(void)state;
	expect_refusal("esp32c2", &options, QUIRE_EALIGN, "esp32c2", "16 KiB", "64 KiB",
		       "this host cannot map less", NULL);
	options.host_page = 16384;
	close_chip(open_chip("esp32c2", &options));
	options.page_size = 0;
	options.host_page = 65536;
	expect_refusal("esp32", &options, QUIRE_EALIGN, "psram mmu", "32 KiB", NULL);
	close_chip(open_chip("esp32c3", &options));
}

static void test_sizes(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(32)};

	(void)state;
	expect_refusal("esp32c3", &options, QUIRE_EBEYOND, "esp32c3", "flash of 32 MiB", "16 MiB",
		       NULL);
	options.flash_size = KIB(96);
	expect_refusal("esp32c3", &options, QUIRE_EALIGN, "96 KiB", "64 KiB", NULL);
	options.flash_size = MIB(1);
	options.psram_size = MIB(2);
	expect_refusal("esp32c3", &options, QUIRE_ETARGET, "esp32c3 has no PSRAM", "2 MiB", NULL);
	options.psram_size = MIB(16);
	expect_refusal("esp32", &options, QUIRE_EBEYOND, "psram of 16 MiB", "8 MiB", NULL);
	options.psram_size = KIB(16);
	expect_refusal("esp32", &options, QUIRE_EALIGN, "psram of 16 KiB", "32 KiB", NULL);
	options.psram_size = 0;
	options.page_size = 8192;
	expect_refusal("esp32s3", &options, QUIRE_EALIGN, "esp32s3 has no pages of 8 KiB", NULL);
	options.page_size = 0;
	options.psram_page_size = 65536;
	expect_refusal("esp32s3", &options, QUIRE_EALIGN, "esp32s3 has one MMU", NULL);
	options.psram_page_size = 131072;
	expect_refusal("esp32s31", &options, QUIRE_EALIGN, "128 KiB for PSRAM", NULL);
}

/* The book is as large as was asked for, within reason. */
static void test_book(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1), .mappings = 0xffffffff};
	struct quire_want want = {.size = KIB(64), .attr = QUIRE_READ};
	struct quire_linux *machine;
	struct quire_got got;

	(void)state;
	expect_refusal("esp32s3", &options, QUIRE_EPOOL, "book of 4294967295 mappings", NULL);
	options.mappings = 2;
	machine = open_chip("esp32s3", &options);
	assert_int_equal(quire_space_map(quire_linux_space(machine), &want, &got), QUIRE_OK);
	want.pa = KIB(64);
	assert_int_equal(quire_space_map(quire_linux_space(machine), &want, &got), QUIRE_OK);
	want.pa = KIB(128);
	assert_int_equal(quire_space_map(quire_linux_space(machine), &want, &got), QUIRE_EPOOL);
	close_chip(machine);
}

/* A kernel that takes MAP_FIXED_NOREPLACE for a hint gives other addresses: a refusal too. */
static void *map_elsewhere(void *ctx, void *address, size_t size, int protection, int flags, int fd,
			   off_t offset)
{
	(void)ctx;
	(void)address;
	return mmap(NULL, size, protection, flags & ~MAP_FIXED_NOREPLACE, fd, offset);
}

static void test_old_kernel(void **state)
{
	struct quire_linux_system system = {.map = map_elsewhere};
	struct quire_linux_options options = {.flash_size = MIB(1), .system = &system};
	unsigned before;

	(void)state;
	expect_refusal("esp32s3", &options, QUIRE_ETAKEN, "in use by something that", NULL);
	before = count_lines("/proc/self/maps");
	expect_refusal("esp32s3", &options, QUIRE_ETAKEN, "in use by something that", NULL);
	assert_int_equal(count_lines("/proc/self/maps"), before);
}

static void test_files(void **state)
{
	struct quire_linux_options options = {.flash_path = "/nonexistent/flash.bin"};
	char path[64];
	uint8_t byte = 0;
	struct quire_linux *machine;

	(void)state;
	expect_refusal("esp32s3", &options, QUIRE_EPORT, "/nonexistent/flash.bin", "No such file",
		       NULL);
	options.flash_path = "/tmp";
	expect_refusal("esp32s3", &options, QUIRE_EPORT, "\"/tmp\" is no regular file", NULL);

	options.flash_path = path;
	make_file(path, 0);
	expect_refusal("esp32s3", &options, QUIRE_EALIGN, path, "is empty", NULL);
	unlink(path);

	make_file(path, 100000);
	expect_refusal("esp32s3", &options, QUIRE_EALIGN, path, "100000 bytes", "64 KiB",
		       "34464 bytes past", "padded", NULL);
	options.flash_size = KIB(128);
	expect_refusal("esp32s3", &options, QUIRE_EBEYOND, "less than the flash of 128 KiB", NULL);
	options.flash_size = KIB(64);
	expect_refusal("esp32s3", &options, QUIRE_EBEYOND, "more than the flash of 64 KiB", NULL);
	options.flash_file = QUIRE_LINUX_FILE_COPY;
	expect_refusal("esp32s3", &options, QUIRE_EBEYOND, "more than the flash of 64 KiB", NULL);
	options.flash_size = 0;
	machine = open_chip("esp32s3", &options);
	assert_int_equal(quire_linux_layout(machine)->memory[QUIRE_FLASH0].size, KIB(128));
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, 99999, &byte, 1), QUIRE_OK);
	assert_int_equal(byte, 0x5a);
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, 100000, &byte, 1), QUIRE_OK);
	assert_int_equal(byte, 0xff);
	close_chip(machine);
	assert_int_equal(truncate(path, (off_t)MIB(17)), 0);
	expect_refusal("esp32c3", &options, QUIRE_EBEYOND, path, "17 MiB",
		       "16 MiB that esp32c3 can address", NULL);
	unlink(path);
}

/* A copy is written back only when asked, and a read-only file never. */
static void test_sync(void **state)
{
	struct quire_linux_options options = {.flash_file = QUIRE_LINUX_FILE_COPY};
	struct quire_linux *machine;
	char path[64];
	char text[8] = "";
	FILE *file;

	(void)state;
	make_file(path, KIB(64));
	options.flash_path = path;
	machine = open_chip("esp32c3", &options);
	assert_int_equal(quire_linux_write(machine, QUIRE_FLASH0, 4096, "written", 8), QUIRE_OK);
	file = fopen(path, "r");
	fseek(file, 4096, SEEK_SET);
	assert_int_equal(fread(text, 1, 8, file), 8);
	assert_memory_equal(text, "ZZZZZZZZ", 8);
	assert_int_equal(quire_linux_sync(machine), QUIRE_OK);
	rewind(file);
	fseek(file, 4096, SEEK_SET);
	assert_int_equal(fread(text, 1, 8, file), 8);
	assert_string_equal(text, "written");
	fclose(file);
	close_chip(machine);

	options.flash_file = QUIRE_LINUX_FILE_READ;
	machine = open_chip("esp32c3", &options);
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, 4096, text, 8), QUIRE_OK);
	assert_string_equal(text, "written");
	assert_int_equal(quire_linux_write(machine, QUIRE_FLASH0, 0, "x", 1), QUIRE_ECAPS);
	assert_int_equal(quire_linux_sync(machine), QUIRE_ECAPS);
	unlink(path);
	close_chip(machine);

	options.flash_file = QUIRE_LINUX_FILE_COPY;
	make_file(path, KIB(64));
	machine = open_chip("esp32c3", &options);
	unlink(path);
	assert_int_equal(quire_linux_sync(machine), QUIRE_EPORT);
	close_chip(machine);
}

/* Every system call and allocation of open fails once: each is reported, and neither a descriptor
   nor a mapping is left. */
static void fail_each(unsigned *fail, const unsigned *calls, struct faulty_system *faulty,
		      int result, const char *word)
{
	struct quire_linux_options options = {
		.flash_size = MIB(1), .psram_size = MIB(1), .system = &faulty->system};
	unsigned descriptors = count_descriptors();
	unsigned n = 0, total, before = *calls;

	close_chip(open_chip("esp32s3", &options));
	total = *calls - before;
	assert_true(total > 0);
	while (++n <= total) {
		unsigned mappings = count_lines("/proc/self/maps");

		*fail = *calls + n;
		expect_refusal("esp32s3", &options, result, word, NULL);
		assert_int_equal(count_descriptors(), descriptors);
		assert_in_range(count_lines("/proc/self/maps"), 1, mappings + 1);
	}
	*fail = 0;
	close_chip(open_chip("esp32s3", &options));
}

static void test_failures(void **state)
{
	struct faulty_system faulty;

	(void)state;
	faulty_system_init(&faulty);
	fail_each(&faulty.fail_memfd, &faulty.memfds, &faulty, QUIRE_EPORT, "Too many open files");
	fail_each(&faulty.fail_resize, &faulty.resizes, &faulty, QUIRE_EPORT, "No space left");
	fail_each(&faulty.fail_map, &faulty.maps, &faulty, QUIRE_EPORT,
		  "cannot reserve window \"external\"");
}

static void test_no_memory(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1)};
	struct faulty_system faulty;
	char path[64];
	unsigned total;

	(void)state;
	faulty_system_init(&faulty);
	make_file(path, MIB(1));
	options.flash_path = path;
	options.system = &faulty.system;
	close_chip(open_chip("esp32p4", &options));
	total = faulty.allocations;
	for (unsigned n = 1; n <= total; n++) {
		faulty.fail_allocation = faulty.allocations + n;
		expect_refusal("esp32p4", &options, QUIRE_EPOOL, "no memory for", NULL);
	}
	unlink(path);
}

/* The addresses are free again after close, as often as one likes. */
static void test_again(void **state)
{
	unsigned before, descriptors;

	(void)state;
	close_chip(open_chip("esp32s3", &plain));
	before = count_lines("/proc/self/maps");
	descriptors = count_descriptors();
	for (unsigned i = 0; i < 200; i++) {
		struct quire_linux *machine = open_chip("esp32s3", &plain);

		map_pages(machine, QUIRE_FLASH0, 0, KIB(64) * (i % 16 + 1), QUIRE_READ, 0);
		close_chip(machine);
	}
	assert_in_range(count_lines("/proc/self/maps"), before, before + 2);
	assert_int_equal(count_descriptors(), descriptors);
}

/* Code of the chip's may be executed by the host only if asked for. */
static void test_executable_needs_permission(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1), .executable = true};
	struct faulty_system faulty;

	(void)state;
	close_chip(open_chip("esp32s3", &options));
	faulty_system_init(&faulty);
	options.system = &faulty.system;
	faulty.fail_map = 1;
	expect_refusal("esp32s3", &options, QUIRE_EPORT, "does not let flash0 be executed", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_null, close_all),
		cmocka_unit_test_teardown(test_defaults, close_all),
		cmocka_unit_test_teardown(test_occupied, close_all),
		cmocka_unit_test_teardown(test_occupied_by_file, close_all),
		cmocka_unit_test_teardown(test_pairs, close_all),
		cmocka_unit_test_teardown(test_host_page, close_all),
		cmocka_unit_test_teardown(test_sizes, close_all),
		cmocka_unit_test_teardown(test_book, close_all),
		cmocka_unit_test_teardown(test_old_kernel, close_all),
		cmocka_unit_test_teardown(test_files, close_all),
		cmocka_unit_test_teardown(test_sync, close_all),
		cmocka_unit_test_teardown(test_failures, close_all),
		cmocka_unit_test_teardown(test_no_memory, close_all),
		cmocka_unit_test_teardown(test_again, close_all),
		cmocka_unit_test_teardown(test_executable_needs_permission, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
