/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash with real rules: every byte over every other, sectors, and the power cut before every byte
 * of a sequence, with what is left compared to the last bit.
 */
#include "helpers.h"

#include "quire/port/flash.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR QUIRE_LINUX_SECTOR
#define RW     (QUIRE_READ | QUIRE_WRITE)

static struct quire_linux *open_flash(const char *name, quire_size size)
{
	struct quire_linux_options options = {.flash_size = size};

	return open_chip(name, &options);
}

static struct quire_linux_flash_counts counts_of(struct quire_linux *machine)
{
	struct quire_linux_flash_counts counts;

	assert_int_equal(quire_linux_flash_counts(machine, &counts), QUIRE_OK);
	return counts;
}

static void expect_flash(struct quire_linux *machine, quire_pa pa, const uint8_t *expected,
			 size_t size)
{
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	assert_int_equal(quire_linux_read(machine, QUIRE_FLASH0, pa, bytes, size), QUIRE_OK);
	assert_memory_equal(bytes, expected, size);
	free(bytes);
}

/* Each of 256 bytes programmed over each of 256. */
static void test_every_byte(void **state)
{
	static uint8_t old[65536], given[65536], expected[65536];
	struct quire_linux *machine = open_flash("esp32c3", MIB(1));
	uint64_t refused = 0;

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		old[i] = (uint8_t)(i >> 8);
		given[i] = (uint8_t)i;
		for (unsigned bit = 0; bit < 8; bit++)
			if ((old[i] >> bit & 1) == 1 && (given[i] >> bit & 1) == 1)
				expected[i] |= (uint8_t)(1u << bit);
		refused += expected[i] != given[i];
	}
	assert_int_equal(quire_linux_write(machine, QUIRE_FLASH0, KIB(64), old, 65536), QUIRE_OK);
	assert_int_equal(quire_linux_flash_program(machine, KIB(64), given, 65536), QUIRE_OK);
	expect_flash(machine, KIB(64), expected, 65536);
	assert_int_equal(counts_of(machine).refused, refused);
	assert_int_equal(counts_of(machine).bytes, 65536);
	assert_int_equal(counts_of(machine).programs, 1);
	assert_int_equal(counts_of(machine).sectors, 0);
	close_chip(machine);
}

/* What is around a program or an erase stays as it is, whatever the place and the length. */
static void test_edges(void **state)
{
	static const quire_pa place[] = {0, 1, SECTOR - 1, SECTOR, 5 * SECTOR - 3, MIB(1) - 9000};
	static const size_t size[] = {0, 1, 2, SECTOR - 1, SECTOR, SECTOR + 1, 9000};
	static uint8_t given[9000], expected[16384], all[MIB(1)];
	struct quire_linux *machine = open_flash("esp32s3", MIB(1));

	(void)state;
	memset(given, 0x3c, sizeof(given));
	for (unsigned i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		for (unsigned j = 0; j < sizeof(size) / sizeof(size[0]); j++) {
			fill(machine, QUIRE_FLASH0, i);
			quire_linux_read(machine, QUIRE_FLASH0, 0, all, sizeof(all));
			for (size_t k = 0; k < size[j]; k++)
				all[place[i] + k] &= 0x3c;
			assert_int_equal(
				quire_linux_flash_program(machine, place[i], given, size[j]),
				QUIRE_OK);
			expect_flash(machine, 0, all, sizeof(all));
		}
	memset(expected, 0xff, sizeof(expected));
	memset(all + 3 * SECTOR, 0xff, 2 * SECTOR);
	assert_int_equal(quire_linux_flash_erase(machine, 3 * SECTOR, 2 * SECTOR), QUIRE_OK);
	expect_flash(machine, 0, all, sizeof(all));
	assert_int_equal(counts_of(machine).sectors, 2);
	assert_int_equal(quire_linux_flash_erase(machine, 0, 0), QUIRE_OK);
	assert_int_equal(quire_linux_flash_erase(machine, 0, MIB(1)), QUIRE_OK);
	assert_int_equal(counts_of(machine).sectors, 2 + MIB(1) / SECTOR);
	expect_flash(machine, MIB(1) - sizeof(expected), expected, sizeof(expected));
	close_chip(machine);
}

static void test_errors(void **state)
{
	struct quire_linux_options options = {.flash_file = QUIRE_LINUX_FILE_READ};
	struct quire_linux *machine = open_flash("esp32c3", MIB(1));
	struct quire_linux_flash_counts counts;
	uint8_t bytes[4] = {0};
	char path[64];

	(void)state;
	assert_int_equal(quire_linux_flash_program(NULL, 0, bytes, 4), QUIRE_ENULL);
	assert_int_equal(quire_linux_flash_program(machine, 0, NULL, 4), QUIRE_ENULL);
	assert_int_equal(quire_linux_flash_erase(NULL, 0, SECTOR), QUIRE_ENULL);
	assert_int_equal(quire_linux_power_cut(NULL, 0, NULL, NULL), QUIRE_ENULL);
	assert_int_equal(quire_linux_power_on(NULL), QUIRE_ENULL);
	assert_false(quire_linux_power(NULL));
	assert_int_equal(quire_linux_flash_counts(NULL, &counts), QUIRE_ENULL);
	assert_int_equal(quire_linux_flash_counts(machine, NULL), QUIRE_ENULL);
	assert_int_equal(quire_linux_flash_program(machine, MIB(1) - 3, bytes, 4), QUIRE_EBEYOND);
	assert_int_equal(quire_linux_flash_program(machine, (quire_pa)-2, bytes, 4), QUIRE_EBEYOND);
	assert_int_equal(quire_linux_flash_program(machine, MIB(1), bytes, 0), QUIRE_OK);
	assert_int_equal(quire_linux_flash_erase(machine, MIB(1), SECTOR), QUIRE_EBEYOND);
	assert_int_equal(quire_linux_flash_erase(machine, 2, MIB(2)), QUIRE_EBEYOND);
	assert_int_equal(quire_linux_flash_erase(machine, 2, SECTOR), QUIRE_EALIGN);
	assert_int_equal(quire_linux_flash_erase(machine, SECTOR, SECTOR + 2), QUIRE_EALIGN);
	counts = counts_of(machine);
	assert_int_equal(counts.bytes + counts.sectors + counts.refused, 0);
	close_chip(machine);

	make_file(path, MIB(1));
	options.flash_path = path;
	machine = open_chip("esp32c3", &options);
	assert_int_equal(quire_linux_flash_program(machine, 0, bytes, 4), QUIRE_ECAPS);
	assert_int_equal(quire_linux_flash_program(machine, MIB(1), bytes, 4), QUIRE_EBEYOND);
	assert_int_equal(quire_linux_flash_erase(machine, 1, SECTOR), QUIRE_ECAPS);
	unlink(path);
	close_chip(machine);
}

/* -- power cuts -- */

/* A sequence of operations, of which some begin and end anywhere. */
static const struct step {
	quire_pa pa;
	size_t size;
	uint8_t value; /* of all bytes; 0xff: erase */
} sequence[] = {
	{2 * SECTOR - 40, 90, 0x0f}, {0, 1, 0x80},
	{SECTOR, 2 * SECTOR, 0xff},  {SECTOR + 7, 300, 0x3c},
	{SECTOR + 100, 60, 0xc5},    {3 * SECTOR, SECTOR, 0xff},
};

#define STEPS (sizeof(sequence) / sizeof(sequence[0]))
#define SPACE (4 * SECTOR)

static int take_step(struct quire_linux *machine, const struct step *step)
{
	uint8_t bytes[512];

	if (step->value == 0xff)
		return quire_linux_flash_erase(machine, step->pa, step->size);
	memset(bytes, step->value, sizeof(bytes));
	return quire_linux_flash_program(machine, step->pa, bytes, step->size);
}

/* What the first `count` bytes of the sequence leave behind, the next one torn; the number of bytes
   that there are. */
static uint64_t expect_after(uint8_t flash[SPACE], uint64_t count)
{
	uint64_t done = 0;

	for (unsigned s = 0; s < STEPS; s++)
		for (size_t i = 0; i < sequence[s].size; i++, done++) {
			uint8_t *byte = &flash[sequence[s].pa + i];
			uint8_t after =
				sequence[s].value == 0xff ? 0xff : *byte & sequence[s].value;

			if (done < count)
				*byte = after;
			else if (done == count)
				*byte = (uint8_t)((*byte & 0xaa) | (after & 0x55));
		}
	return done;
}

static unsigned cuts;

static void count_cut(void *ctx)
{
	cuts++;
	assert_false(quire_linux_power(ctx));
}

/* Take the whole sequence; how many steps were taken to their end. */
static unsigned take_all(struct quire_linux *machine)
{
	unsigned taken = 0;

	for (unsigned s = 0; s < STEPS; s++) {
		int result = take_step(machine, &sequence[s]);

		assert_true(result == QUIRE_OK || result == QUIRE_EPORT);
		assert_int_equal(result == QUIRE_OK, quire_linux_power(machine));
		taken += result == QUIRE_OK;
	}
	return taken;
}

static void test_cut_everywhere(void **state)
{
	static uint8_t start[SPACE], flash[SPACE];
	struct quire_linux *machine = open_flash("esp32c3", MIB(1));
	uint64_t total;

	(void)state;
	for (unsigned i = 0; i < SPACE; i++)
		start[i] = (uint8_t)(i * 37 ^ i >> 5);
	memcpy(flash, start, SPACE);
	total = expect_after(flash, UINT64_MAX);
	assert_int_equal(total, 90 + 1 + 2 * SECTOR + 300 + 60 + SECTOR);
	for (uint64_t at = 0; at <= total; at++) {
		struct quire_linux_flash_counts before = counts_of(machine);

		memcpy(flash, start, SPACE);
		expect_after(flash, at);
		quire_linux_write(machine, QUIRE_FLASH0, 0, start, SPACE);
		cuts = 0;
		assert_int_equal(quire_linux_power_cut(machine, at, count_cut, machine), QUIRE_OK);
		assert_int_equal(take_all(machine) == STEPS, at == total);
		expect_flash(machine, 0, flash, SPACE);
		assert_int_equal(counts_of(machine).bytes - before.bytes, at);
		assert_int_equal(cuts, at < total);
		assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
		assert_true(quire_linux_power(machine));
	}
	assert_int_equal(quire_linux_flash_erase(machine, 0, SECTOR), QUIRE_EPORT);
	assert_int_equal(cuts, 1); /* the last cut was still to come */
	assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
	assert_int_equal(take_all(machine), STEPS);
	close_chip(machine);
}

/* A cut that was taken back never comes. */
static void test_taken_back(void **state)
{
	struct quire_linux *machine = open_flash("esp32c3", MIB(1));

	(void)state;
	cuts = 0;
	assert_int_equal(quire_linux_power_cut(machine, 4, count_cut, machine), QUIRE_OK);
	assert_int_equal(quire_linux_flash_program(machine, 0, "\0\0\0\0", 4), QUIRE_OK);
	assert_int_equal(quire_linux_power_cut(machine, UINT64_MAX, NULL, NULL), QUIRE_OK);
	assert_int_equal(quire_linux_flash_erase(machine, 0, MIB(1)), QUIRE_OK);
	assert_int_equal(cuts, 0);
	close_chip(machine);
}

/* Nothing is changed without power, not even by an operation on no bytes; the file gets what the
   flash holds, and the physical side works. */
static void test_off(void **state)
{
	struct quire_linux_options options = {.flash_file = QUIRE_LINUX_FILE_COPY};
	static uint8_t flash[KIB(64)], file[KIB(64)];
	struct quire_linux *machine;
	char path[64];
	int fd;

	(void)state;
	make_file(path, sizeof(flash));
	options.flash_path = path;
	machine = open_chip("esp32c3", &options);
	memset(flash, 0x5a, sizeof(flash));
	memset(flash, 0x00, 20);
	flash[20] = 0x5a & 0xaa;
	assert_int_equal(quire_linux_power_cut(machine, 20, NULL, NULL), QUIRE_OK);
	assert_int_equal(quire_linux_flash_program(machine, 0, (uint8_t[30]){0}, 30), QUIRE_EPORT);
	assert_int_equal(quire_linux_flash_program(machine, 100, "\0", 1), QUIRE_EPORT);
	assert_int_equal(quire_linux_flash_program(machine, 100, "", 0), QUIRE_EPORT);
	assert_int_equal(quire_linux_flash_erase(machine, 0, SECTOR), QUIRE_EPORT);
	expect_flash(machine, 0, flash, sizeof(flash));
	assert_int_equal(quire_linux_write(machine, QUIRE_FLASH0, 999, "x", 1), QUIRE_OK);
	flash[999] = 'x';
	assert_int_equal(quire_linux_sync(machine), QUIRE_OK);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, file, sizeof(file)), sizeof(file));
	close(fd);
	assert_memory_equal(file, flash, sizeof(flash));
	unlink(path);

	assert_int_equal(quire_linux_power_cut(machine, 1, NULL, NULL), QUIRE_OK);
	assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
	assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
	assert_int_equal(quire_linux_flash_program(machine, 100, "\0\0", 2), QUIRE_EPORT);
	flash[100] = 0;
	flash[101] = 0x5a & 0xaa;
	expect_flash(machine, 0, flash, sizeof(flash));
	close_chip(machine);
}

static sigjmp_buf escape;

static void leave(void *ctx)
{
	(void)ctx;
	siglongjmp(escape, 1);
}

static void repair(void *ctx)
{
	assert_int_equal(quire_linux_power_on(ctx), QUIRE_OK);
	assert_int_equal(quire_linux_flash_erase(ctx, 0, SECTOR), QUIRE_OK);
}

/* Whoever waits for the cut may leave, and may use everything. */
static void test_callback(void **state)
{
	struct quire_linux *machine = open_flash("esp32c3", MIB(1));
	static uint8_t erased[SECTOR];

	(void)state;
	memset(erased, 0xff, SECTOR);
	assert_int_equal(quire_linux_power_cut(machine, 2, leave, NULL), QUIRE_OK);
	if (sigsetjmp(escape, 0) == 0) {
		quire_linux_flash_program(machine, 0, "abcd", 4);
		fail_msg("there was no cut");
	}
	assert_false(quire_linux_power(machine));
	assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
	assert_int_equal(quire_linux_power_cut(machine, 3, repair, machine), QUIRE_OK);
	assert_int_equal(quire_linux_flash_program(machine, 0, "abcd", 4), QUIRE_EPORT);
	assert_true(quire_linux_power(machine));
	expect_flash(machine, 0, erased, SECTOR);
	close_chip(machine);
}

/* When the power is back the cache holds what the memories do, on every chip with PSRAM. */
static void test_power_on(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);
		struct quire_linux_options options = {.flash_size = MIB(1),
						      .psram_size = chip->psram ? MIB(1) : 0,
						      .cache = QUIRE_LINUX_CACHE_STALE};
		struct quire_linux *machine = open_chip(chip->name, &options);
		quire_va flash = map_pages(machine, QUIRE_FLASH0, 0, KIB(64), QUIRE_READ, 0);
		quire_va ram =
			chip->psram ? map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0) : 0;

		assert_int_equal(quire_linux_flash_program(machine, 0, "a", 1), QUIRE_OK);
		assert_int_equal(quire_linux_power_cut(machine, 0, NULL, NULL), QUIRE_OK);
		assert_int_equal(quire_linux_flash_erase(machine, SECTOR, SECTOR), QUIRE_EPORT);
		assert_int_equal(*at(flash), 0xff);
		if (chip->psram)
			*at(ram + 5) = 5;
		assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
		assert_int_equal(*at(flash), 'a');
		if (chip->psram)
			assert_int_equal(*at(ram + 5), 0);
		close_chip(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_every_byte, close_all),
		cmocka_unit_test_teardown(test_edges, close_all),
		cmocka_unit_test_teardown(test_errors, close_all),
		cmocka_unit_test_teardown(test_cut_everywhere, close_all),
		cmocka_unit_test_teardown(test_taken_back, close_all),
		cmocka_unit_test_teardown(test_off, close_all),
		cmocka_unit_test_teardown(test_callback, close_all),
		cmocka_unit_test_teardown(test_power_on, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
