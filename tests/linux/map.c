/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping: the same bytes through every pointer, one mmap for each side, and protection. */
#include "helpers.h"

#include <string.h>
#include <unistd.h>

#define RW (QUIRE_READ | QUIRE_WRITE)
#define RX (QUIRE_READ | QUIRE_EXEC)

static struct quire_linux *open_s3(void)
{
	struct quire_linux_options options = {.flash_size = MIB(4), .psram_size = MIB(8)};

	watch_faults(&options);
	return open_chip("esp32s3", &options);
}

static struct quire_linux_counts counts_of(struct quire_linux *machine)
{
	struct quire_linux_counts counts;

	assert_int_equal(quire_linux_counts(machine, &counts), QUIRE_OK);
	return counts;
}

static void check(struct quire_linux *machine)
{
	const char *what = "";

	if (quire_space_check(quire_linux_space(machine), &what) < 0)
		fail_msg("%s", what);
}

/* A store through one pointer, seen by the other, by the physical side, and the other way round. */
static void test_one_memory(void **state)
{
	struct quire_linux *machine = open_s3();
	quire_va va = map_pages(machine, QUIRE_PSRAM0, KIB(128), KIB(192), RW, 0);
	quire_va code = other_side(machine, va);
	uint8_t byte = 0;

	(void)state;
	assert_in_range(va, 0x3c000000, 0x3dffffff);
	assert_int_equal(code - va, 0x42000000 - 0x3c000000);
	*at(va + 70000) = 0x77;
	assert_int_equal(*at(code + 70000), 0x77);
	assert_int_equal(quire_linux_read(machine, QUIRE_PSRAM0, KIB(128) + 70000, &byte, 1),
			 QUIRE_OK);
	assert_int_equal(byte, 0x77);
	assert_int_equal(quire_linux_write(machine, QUIRE_PSRAM0, KIB(128) + 70001, "A", 1),
			 QUIRE_OK);
	assert_int_equal(*at(va + 70001), 'A');
	assert_int_equal(*at(code + 70001), 'A');
	assert_int_equal(quire_linux_write(machine, QUIRE_PSRAM0, MIB(8) - 1, "AB", 2),
			 QUIRE_EBEYOND);
	check(machine);
	close_chip(machine);
}

/* Two aliases of one physical page are one page. */
static void test_aliases(void **state)
{
	struct quire_linux *machine = open_s3();
	quire_va a = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	quire_va b = map_pages(machine, QUIRE_PSRAM0, 0, KIB(128), QUIRE_READ, QUIRE_SHARED);

	(void)state;
	assert_int_not_equal(a, b);
	*at(a + 5) = 0x31;
	assert_int_equal(*at(b + 5), 0x31);
	assert_true(write_faults(b + 5));
	assert_false(write_faults(a + 5));
	assert_int_equal(quire_space_unmap(quire_linux_space(machine), a), QUIRE_OK);
	assert_true(read_faults(a));
	assert_int_equal(*at(b + 5), 1);
	check(machine);
	close_chip(machine);
}

static void test_move(void **state)
{
	struct quire_linux *machine = open_s3();
	quire_va va = map_pages_at(machine, 0x3c400000, QUIRE_PSRAM0, MIB(1), MIB(1), RW, 0);

	(void)state;
	fill(machine, QUIRE_PSRAM0, 9);
	assert_int_equal(va, 0x3c400000);
	assert_int_equal(quire_space_move_at(quire_linux_space(machine), va, 0x3c480000), QUIRE_OK);
	assert_int_equal(mismatches(0x3c480000, MIB(1), QUIRE_PSRAM0, MIB(1), 9), 0);
	assert_int_equal(mismatches(0x42480000, MIB(1), QUIRE_PSRAM0, MIB(1), 9), 0);
	assert_true(read_faults(0x3c400000));
	assert_true(read_faults(0x3c47ffff));
	assert_false(write_faults(0x3c480000));
	check(machine);
	close_chip(machine);
}

/* The bytes of a memory outlive all mappings of it. */
static void test_bytes_stay(void **state)
{
	struct quire_linux *machine = open_s3();
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);

	(void)state;
	*at(va + 9) = 0x99;
	assert_int_equal(quire_space_unmap(quire_linux_space(machine), va), QUIRE_OK);
	va = map_pages_at(machine, 0x3d000000, QUIRE_PSRAM0, 0, KIB(64), QUIRE_READ, 0);
	assert_int_equal(*at(va + 9), 0x99);
	close_chip(machine);
}

/* 32 MiB in one call: one mmap for each side, and one for each to take it away. */
static void test_whole_window(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(32)};
	struct quire_linux *machine = open_chip("esp32s3", &options);
	struct quire_linux_counts before = counts_of(machine), after;
	quire_va va;

	(void)state;
	assert_int_equal(before.mappings, 2);
	fill(machine, QUIRE_FLASH0, 3);
	va = map_pages(machine, QUIRE_FLASH0, 0, MIB(32), QUIRE_READ, 0);
	after = counts_of(machine);
	assert_int_equal(va, 0x3c000000);
	assert_int_equal(after.maps - before.maps, 2);
	assert_int_equal(after.unmaps, before.unmaps);
	assert_int_equal(after.changes - before.changes, 1);
	assert_int_equal(after.mappings, 2);
	assert_int_equal(mismatches(0x3c000000, MIB(32), QUIRE_FLASH0, 0, 3), 0);
	assert_int_equal(mismatches(0x42000000, MIB(32), QUIRE_FLASH0, 0, 3), 0);
	assert_int_equal(quire_space_unmap(quire_linux_space(machine), va), QUIRE_OK);
	assert_int_equal(counts_of(machine).unmaps - after.unmaps, 2);
	assert_int_equal(counts_of(machine).mappings, 2);
	close_chip(machine);
}

/* The count of kernel mappings is exact while pages come and go in every second place. */
static void test_mapping_count(void **state)
{
	struct quire_linux *machine = open_s3();
	struct quire_space *space = quire_linux_space(machine);

	(void)state;
	for (unsigned i = 1; i < 64; i += 2)
		map_pages_at(machine, 0x3c000000 + i * KIB(64), QUIRE_PSRAM0, i * KIB(64), KIB(64),
			     RW, 0);
	assert_int_equal(counts_of(machine).mappings, 2 * 65);
	for (unsigned i = 2; i < 64; i += 2)
		map_pages_at(machine, 0x3c000000 + i * KIB(64), QUIRE_PSRAM0, i * KIB(64), KIB(64),
			     RW, 0);
	assert_int_equal(counts_of(machine).mappings, 2 * 3);
	for (unsigned i = 1; i < 64; i++)
		assert_int_equal(quire_space_unmap(space, 0x3c000000 + i * KIB(64)), QUIRE_OK);
	assert_int_equal(counts_of(machine).mappings, 2);
	close_chip(machine);
}

/* Attributes become protection, in whole mappings and in parts. */
static void test_protection(void **state)
{
	struct quire_linux *machine = open_s3();
	struct quire_space *space = quire_linux_space(machine);
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(256), RW, 0);
	quire_va code = other_side(machine, va);

	(void)state;
	assert_false(write_faults(va));
	assert_true(write_faults(code));
	assert_int_equal(quire_space_protect(space, va + KIB(64), KIB(64), QUIRE_READ, 0),
			 QUIRE_OK);
	assert_false(write_faults(va + KIB(64) - 1));
	assert_true(write_faults(va + KIB(64)));
	assert_true(write_faults(va + KIB(128) - 1));
	assert_false(read_faults(va + KIB(64)));
	assert_false(write_faults(va + KIB(128)));
	assert_int_equal(quire_space_protect(space, va, KIB(64), 0, 0), QUIRE_OK);
	assert_true(read_faults(va));
	assert_true(read_faults(code));
	assert_false(read_faults(va + KIB(64)));
	assert_int_equal(quire_space_protect(space, va, KIB(256), RW, 0), QUIRE_OK);
	assert_false(write_faults(va));
	assert_false(write_faults(va + KIB(64)));
	check(machine);
	close_chip(machine);
}

/* A mapping that was moved keeps the protection of its parts. */
static void test_move_parts(void **state)
{
	struct quire_linux *machine = open_s3();
	struct quire_space *space = quire_linux_space(machine);
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(256), RW, 0);
	quire_va to = 0x3d000000;

	(void)state;
	fill(machine, QUIRE_PSRAM0, 4);
	assert_int_equal(quire_space_protect(space, va + KIB(64), KIB(64), QUIRE_READ, 0),
			 QUIRE_OK);
	assert_int_equal(quire_space_move_at(space, va, to), QUIRE_OK);
	assert_int_equal(mismatches(to, KIB(256), QUIRE_PSRAM0, 0, 4), 0);
	assert_false(write_faults(to));
	assert_true(write_faults(to + KIB(64)));
	assert_false(write_faults(to + KIB(128)));
	check(machine);
	close_chip(machine);
}

/* Code that may only be executed is seen on the instruction side alone. */
static void test_code(void **state)
{
	struct quire_linux *machine = open_s3();
	quire_va code = map_pages(machine, QUIRE_FLASH0, MIB(1), KIB(64), QUIRE_EXEC, 0);

	(void)state;
	fill(machine, QUIRE_FLASH0, 5);
	assert_in_range(code, 0x42000000, 0x43ffffff);
	assert_int_equal(mismatches(code, KIB(64), QUIRE_FLASH0, MIB(1), 5), 0);
	assert_true(read_faults(other_side(machine, code)));
	assert_true(fetch_faults(code));
	close_chip(machine);
}

/* Flash is never written: the space refuses the mapping, and the port would not let it happen. */
static void test_flash(void **state)
{
	struct quire_linux *machine = open_s3();
	struct quire_walker *walker = quire_linux_space(machine)->walker;
	struct quire_want want = {.size = KIB(64), .target = QUIRE_FLASH0, .attr = RW};
	struct quire_change change = {.size = KIB(64), .target = QUIRE_FLASH0, .attr = RW};
	struct quire_run run = {.size = KIB(64), .target = QUIRE_FLASH0, .attr = RW};
	struct quire_got got;

	(void)state;
	assert_int_equal(quire_space_map(quire_linux_space(machine), &want, &got), QUIRE_ECAPS);
	assert_int_equal(walker->port->prepare(walker->port_ctx, &change), QUIRE_OK);
	quire_walk_set(walker, &run, QUIRE_SET_FRESH);
	assert_false(read_faults(0x3c000000));
	assert_true(write_faults(0x3c000000));
	assert_non_null(strstr(last_text, "allows read, write, but flash cannot be written"));
	close_chip(machine);
}

#if defined(__x86_64__)
/* With the option, the host executes what a mapping lets be executed: here, `mov eax, 42; ret`. */
static void test_executable(void **state)
{
	static const uint8_t code[] = {0xb8, 42, 0, 0, 0, 0xc3};
	struct quire_linux_options options = {.flash_size = MIB(1), .executable = true};
	struct quire_linux *machine = open_chip("esp32s3", &options);
	quire_va va = map_pages(machine, QUIRE_FLASH0, 0, KIB(64), RX, 0);

	(void)state;
	assert_int_equal(quire_linux_write(machine, QUIRE_FLASH0, 16, code, sizeof(code)),
			 QUIRE_OK);
	assert_int_equal(((int (*)(void))(uintptr_t)(va + 16))(), 42);
	close_chip(machine);
}
#endif

/* Two MMUs with pages of 64 and 32 KiB, and a window for code apart from that for data. */
static void test_esp32(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(4), .psram_size = MIB(4)};
	struct quire_linux *machine = open_chip("esp32", &options);
	quire_va code, data, ram;

	(void)state;
	fill(machine, QUIRE_FLASH0, 6);
	fill(machine, QUIRE_PSRAM0, 7);
	code = map_pages(machine, QUIRE_FLASH0, KIB(64), KIB(128), QUIRE_EXEC, 0);
	data = map_pages(machine, QUIRE_FLASH0, KIB(64), KIB(128), QUIRE_READ, 0);
	ram = map_pages(machine, QUIRE_PSRAM0, KIB(32), KIB(32), RW, 0);
	assert_in_range(code, 0x400d0000, 0x403fffff);
	assert_in_range(data, 0x3f400000, 0x3f7fffff);
	assert_in_range(ram, 0x3f800000, 0x3fbfffff);
	assert_int_equal(mismatches(code, KIB(128), QUIRE_FLASH0, KIB(64), 6), 0);
	assert_int_equal(mismatches(data, KIB(128), QUIRE_FLASH0, KIB(64), 6), 0);
	assert_int_equal(mismatches(ram, KIB(32), QUIRE_PSRAM0, KIB(32), 7), 0);
	check(machine);
	close_chip(machine);
}

/* Two MMUs, one for each memory. */
static void test_esp32p4(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(16), .psram_size = MIB(32)};
	struct quire_linux *machine = open_chip("esp32p4", &options);
	quire_va flash, ram;

	(void)state;
	fill(machine, QUIRE_FLASH0, 1);
	fill(machine, QUIRE_PSRAM0, 2);
	flash = map_pages(machine, QUIRE_FLASH0, 0, MIB(16), RX, 0);
	ram = map_pages(machine, QUIRE_PSRAM0, 0, MIB(32), RW, 0);
	assert_in_range(flash, 0x40000000, 0x43ffffff);
	assert_in_range(ram, 0x48000000, 0x4bffffff);
	assert_int_equal(mismatches(flash, MIB(16), QUIRE_FLASH0, 0, 1), 0);
	assert_int_equal(mismatches(ram, MIB(32), QUIRE_PSRAM0, 0, 2), 0);
	check(machine);
	close_chip(machine);
}

/* The read-only file itself: its bytes, unchanged by anything. */
static void test_file(void **state)
{
	struct quire_linux_options options = {0};
	struct quire_linux *machine;
	char path[64];
	quire_va va;

	(void)state;
	make_file(path, MIB(1));
	options.flash_path = path;
	watch_faults(&options);
	machine = open_chip("esp32c3", &options);
	va = map_pages(machine, QUIRE_FLASH0, KIB(64), KIB(64), RX, 0);
	assert_int_equal(*at(va), 0x5a);
	assert_int_equal(*at(other_side(machine, va) + 65535), 0x5a);
	assert_true(write_faults(other_side(machine, va)));
	close_chip(machine);
	assert_int_equal(quire_linux_peek(va, path, 1), QUIRE_EUNMAPPED);
	unlink(path);
}

/* Looking without falling, at both ends of a mapping. */
static void test_peek(void **state)
{
	struct quire_linux *machine = open_s3();
	quire_va va = map_pages_at(machine, 0x3c100000, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	uint32_t word = 1;

	(void)state;
	assert_int_equal(quire_linux_poke(va + 100, "abcd", 4), QUIRE_OK);
	assert_int_equal(quire_linux_peek(va + 100, &word, 4), QUIRE_OK);
	assert_memory_equal(&word, "abcd", 4);
	assert_int_equal(quire_linux_peek(other_side(machine, va) + 100, &word, 4), QUIRE_OK);
	assert_int_equal(quire_linux_poke(other_side(machine, va), "abcd", 4), QUIRE_EUNMAPPED);
	assert_int_equal(quire_linux_peek(va - 4, &word, 4), QUIRE_EUNMAPPED);
	assert_int_equal(quire_linux_peek(va - 2, &word, 4), QUIRE_EUNMAPPED);
	assert_int_equal(quire_linux_peek(va + KIB(64) - 2, &word, 4), QUIRE_EUNMAPPED);
	assert_int_equal(quire_linux_peek(va + KIB(64) - 4, &word, 4), QUIRE_OK);
	assert_int_equal(quire_linux_peek(va, &word, 0), QUIRE_OK);
	close_chip(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_one_memory, close_all),
		cmocka_unit_test_teardown(test_aliases, close_all),
		cmocka_unit_test_teardown(test_move, close_all),
		cmocka_unit_test_teardown(test_bytes_stay, close_all),
		cmocka_unit_test_teardown(test_whole_window, close_all),
		cmocka_unit_test_teardown(test_mapping_count, close_all),
		cmocka_unit_test_teardown(test_protection, close_all),
		cmocka_unit_test_teardown(test_move_parts, close_all),
		cmocka_unit_test_teardown(test_code, close_all),
		cmocka_unit_test_teardown(test_flash, close_all),
#if defined(__x86_64__)
		cmocka_unit_test_teardown(test_executable, close_all),
#endif
		cmocka_unit_test_teardown(test_esp32, close_all),
		cmocka_unit_test_teardown(test_esp32p4, close_all),
		cmocka_unit_test_teardown(test_file, close_all),
		cmocka_unit_test_teardown(test_peek, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
