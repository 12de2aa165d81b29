/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the map: what is there as of one moment, and nothing that is only kept. */
#define _GNU_SOURCE
#include "rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The dump as a string, to be freed. */
static char *dump(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks(stream), ESP_OK);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void expect_dump(const char *expected)
{
	char *text = dump();

	assert_string_equal(text, expected);
	free(text);
}

static const char head[] =
	"mapped blocks:\n"
	"ID    Vaddr Start   Vaddr End     Block Size   Caps   Paddr Start   Paddr End     "
	"Target  Use\n";

static const char titles[] = "Bus ID       Start        Free Head    End          Caps   "
			     "Max Slot Size\n";

static void one_window_with_everything_in_it(void **state)
{
	const void *block;
	char expected[2000];

	(void)state;
	start("esp32s3");
	map_ok(0x110000, 0x8000, FLASH, RODATA, 0);
	map_ok(0x200000, 0x30000, FLASH, CODE, 0);
	unmap_ok(map_ok(0x300000, 0x10000, FLASH, RODATA, 0)); /* kept */
	assert_int_equal(esp_mmu_map_virt(0x3d000000, 0x500000, 0x20000, PSRAM, DATA, 0, NULL),
			 ESP_OK);
	assert_int_equal(esp_mmu_map_reserve_block_with_caps(0x20000, CODE, FLASH, &block), ESP_OK);
	snprintf(
		expected, sizeof(expected),
		"region 0:\n%s"
		"external     0x3c000000   0x3c030000   0x3e000000   0x1f   0xfe0000\n"
		"%s"
		"0     0x3c030000    0x3c040000    0x10000      0x12   0x110000      0x120000      "
		"flash0  map\n"
		"1     0x3c040000    0x3c070000    0x30000      0x9    0x200000      0x230000      "
		"flash0  map\n"
		"2     0x3c080000    0x3c0a0000    0x20000      0x9    -             -             "
		"-       reserved\n"
		"3     0x3d000000    0x3d020000    0x20000      0x16   0x500000      0x520000      "
		"psram0  map\n"
		"\n",
		titles, head);
	expect_dump(expected);
}

static void several_windows(void **state)
{
	char expected[2000];

	(void)state;
	start("esp32");
	map_ok(0x110000, 0x8000, FLASH, RODATA, 0);
	map_ok(0x110000, 0x8000, FLASH, CODE, 0);
	snprintf(
		expected, sizeof(expected),
		"region 0:\n%s"
		"IRAM0        0x400d0000   0x400f0000   0x40400000   0x9    0x300000\n"
		"%s"
		"0     0x400f0000    0x40100000    0x10000      0x9    0x110000      0x120000      "
		"flash0  map\n"
		"\n"
		"region 1:\n%s"
		"DROM0        0x3f400000   0x3f410000   0x3f800000   0x1a   0x3e0000\n"
		"%s"
		"0     0x3f410000    0x3f420000    0x10000      0x12   0x110000      0x120000      "
		"flash0  map\n"
		"\n"
		"region 2:\n%s"
		"DRAM1        0x3f800000   0x3f800000   0x3fc00000   0x1e   0x400000\n"
		"%s"
		"\n",
		titles, head, titles, head, titles, head);
	expect_dump(expected);
}

/* Every chip says the same as before when all is unmapped. */
static void the_text_of_a_chip_does_not_remember(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		char *before, *after;

		start(facts[i].name);
		before = dump();
		for (unsigned n = 0; n < 30; n++)
			unmap_ok(map_ok(n * PAGE, (1 + n % 4) * PAGE, FLASH, n % 2 ? CODE : RODATA,
					0));
		after = dump();
		assert_string_equal(after, before);
		free(before);
		free(after);
		stop();
	}
}

static void errors(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_mmu_map_dump_mapped_blocks(NULL), ESP_ERR_INVALID_ARG);
	if (full == NULL)
		skip();
	setbuf(full, NULL);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks(full), ESP_FAIL);
	fclose(full);
}

static void the_private_one_goes_to_standard_output(void **state)
{
	char text[100] = "";
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);

	(void)state;
	start("esp32s3");
	assert_non_null(file);
	fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks_private(), ESP_OK);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
	rewind(file);
	assert_non_null(fgets(text, sizeof(text), file));
	assert_string_equal(text, "region 0:\n");
	fclose(file);
}

/* Another thread moves one block of ten pages to and fro: it is there once, or not at all. */
static atomic_bool done;

static void *to_and_fro(void *unused)
{
	(void)unused;
	for (unsigned i = 0; !atomic_load(&done); i++) {
		void *p = NULL;

		if (esp_mmu_map_virt(i % 2 ? 0x3c400000 : 0x3d400000, MIB(1), 10 * PAGE, FLASH,
				     RODATA, 0, &p) != ESP_OK ||
		    esp_mmu_unmap(p) != ESP_OK)
			return "refused";
	}
	return NULL;
}

static void it_is_of_one_moment(void **state)
{
	pthread_t thread;
	void *wrong;

	(void)state;
	start("esp32s3");
	atomic_store(&done, false);
	assert_int_equal(pthread_create(&thread, NULL, to_and_fro, NULL), 0);
	for (unsigned i = 0; i < 500; i++) {
		char *text = dump();
		const char *block = strstr(text, " 0xa0000 ");

		assert_true(block == NULL || strstr(block + 1, " 0xa0000 ") == NULL);
		assert_int_equal(strstr(text, "0x1fd0000\n") != NULL, block == NULL);
		free(text);
	}
	atomic_store(&done, true);
	pthread_join(thread, &wrong);
	assert_null(wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(one_window_with_everything_in_it),        TEST(several_windows),
		TEST(the_text_of_a_chip_does_not_remember),    TEST(errors),
		TEST(the_private_one_goes_to_standard_output), TEST(it_is_of_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
