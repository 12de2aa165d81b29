/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "esp_log.h"

#define NF ESP_ERR_NOT_FOUND
#define NS ESP_ERR_NOT_SUPPORTED

/* Chips whose one window can do everything: data and code at these addresses. */
#define ALL_WAYS(data, data_end, code, code_end)                                                   \
	{                                                                                          \
		{R | BYTES, FLASH, data, data_end, 0}, {R | W | BYTES, FLASH, data, data_end, 0},  \
			{X | WORDS, FLASH, code, code_end, 0}, {X | R, FLASH, code, code_end, 0},  \
			{0, FLASH, data, data_end, 0}, {R | BYTES, PSRAM, data, data_end, 0},      \
			{R | W | BYTES, PSRAM, data, data_end, 0}, {W, PSRAM, data, data_end, 0},  \
			{X | WORDS, PSRAM, code, code_end, 0},                                     \
		{                                                                                  \
			X | R | WORDS, PSRAM, code, code_end, 0                                    \
		}                                                                                  \
	}

/* And those whose window cannot be written and that have no PSRAM. */
#define FLASH_WAYS(data, data_end, code, code_end)                                                 \
	{                                                                                          \
		{R | BYTES, FLASH, data, data_end, 0}, {R | W | BYTES, FLASH, 0, 0, NF},           \
			{X | WORDS, FLASH, code, code_end, 0}, {X | R, FLASH, code, code_end, 0},  \
			{0, FLASH, data, data_end, 0}, {R | BYTES, PSRAM, 0, 0, NS},               \
		{                                                                                  \
			X | WORDS, PSRAM, 0, 0, NS                                                 \
		}                                                                                  \
	}

const struct facts facts[CHIPS] = {
	{"esp32",
	 true,
	 false,
	 4,
	 0,
	 {{R | BYTES, FLASH, 0x3f400000, 0x3f800000, 0},
	  {R | WORDS, FLASH, 0x3f400000, 0x3f800000, 0},
	  {R | W, FLASH, 0, 0, NF},
	  {X | WORDS, FLASH, 0x400d0000, 0x40400000, 0},
	  {X, FLASH, 0x400d0000, 0x40400000, 0},
	  {X | R, FLASH, 0, 0, NF},
	  {0, FLASH, 0x3f400000, 0x3f800000, 0},
	  {WORDS, FLASH, 0x3f400000, 0x3f800000, 0},
	  {R | W | BYTES, PSRAM, 0, 0, NS}}},
	{"esp32s2",
	 true,
	 true,
	 32,
	 0,
	 {{R | BYTES, FLASH, 0x3f000000, 0x3f400000, 0},
	  {R | W, FLASH, 0x3f500000, 0x3f800000, 0},
	  {R | W | BYTES, FLASH, 0x3f800000, 0x3ff80000, 0},
	  {X | WORDS, FLASH, 0x40080000, 0x40400000, 0},
	  {X | R, FLASH, 0, 0, NF},
	  {0, FLASH, 0x3f000000, 0x3f400000, 0},
	  {R, PSRAM, 0x3f000000, 0x3f400000, 0},
	  {R | W | WORDS, PSRAM, 0x3f500000, 0x3f800000, 0},
	  {W | BYTES, PSRAM, 0x3f800000, 0x3ff80000, 0},
	  {X, PSRAM, 0x40080000, 0x40400000, 0}}},
	{"esp32s3", true, true, 32, 0, ALL_WAYS(0x3c000000, 0x3e000000, 0x42000000, 0x44000000)},
	{"esp32c2", false, false, 32, 0,
	 FLASH_WAYS(0x3c000000, 0x3c400000, 0x42000000, 0x42400000)},
	{"esp32c3", false, false, 32, 0,
	 FLASH_WAYS(0x3c000000, 0x3c800000, 0x42000000, 0x42800000)},
	{"esp32c5", true, true, 32, 0, ALL_WAYS(0x42000000, 0x44000000, 0x42000000, 0x44000000)},
	{"esp32c6", false, false, 32, 0,
	 FLASH_WAYS(0x42000000, 0x43000000, 0x42000000, 0x43000000)},
	{"esp32c61", true, true, 32, 0, ALL_WAYS(0x42000000, 0x44000000, 0x42000000, 0x44000000)},
	{"esp32h2", false, false, 32, 0,
	 FLASH_WAYS(0x42000000, 0x43000000, 0x42000000, 0x43000000)},
	{"esp32h21", false, false, 32, 0,
	 FLASH_WAYS(0x42000000, 0x43000000, 0x42000000, 0x43000000)},
	{"esp32h4", true, true, 32, 0, ALL_WAYS(0x42000000, 0x44000000, 0x42000000, 0x44000000)},
	{"esp32p4",
	 true,
	 true,
	 128,
	 64,
	 {{R | BYTES, FLASH, 0x40000000, 0x44000000, 0},
	  {R | W | BYTES, FLASH, 0x40000000, 0x44000000, 0},
	  {X | WORDS, FLASH, 0x40000000, 0x44000000, 0},
	  {X | R, FLASH, 0x40000000, 0x44000000, 0},
	  {0, FLASH, 0x40000000, 0x44000000, 0},
	  {R | BYTES, PSRAM, 0x48000000, 0x4c000000, 0},
	  {R | W | BYTES, PSRAM, 0x48000000, 0x4c000000, 0},
	  {X | WORDS, PSRAM, 0x48000000, 0x4c000000, 0}}},
	{"esp32s31",
	 true,
	 true,
	 64,
	 0,
	 {{R | BYTES, FLASH, 0x40000000, 0x44000000, 0},
	  {R | W | BYTES, FLASH, 0x40000000, 0x44000000, 0},
	  {X | WORDS, FLASH, 0x40000000, 0x44000000, 0},
	  {X | R, FLASH, 0x40000000, 0x44000000, 0},
	  {0, FLASH, 0x40000000, 0x44000000, 0},
	  {R | BYTES, PSRAM, 0x50000000, 0x54000000, 0},
	  {R | W | BYTES, PSRAM, 0x50000000, 0x54000000, 0},
	  {X | WORDS, PSRAM, 0x50000000, 0x54000000, 0}}},
};

/* -- machines -- */

struct quire_esp_options options_for(const char *chip)
{
	struct quire_esp_options options;

	quire_esp_defaults(&options, chip);
	options.flash_size = MIB(4);
	return options;
}

void start_with(const struct quire_esp_options *options)
{
	char why[QUIRE_LINUX_TEXT] = "";

	esp_log_level_set("mmap", ESP_LOG_NONE);
	if (!quire_esp_start(options, why))
		fail_msg("%s: %s", options->chip, why);
}

void start(const char *chip)
{
	struct quire_esp_options options = options_for(chip);

	start_with(&options);
}

void stop(void)
{
	char why[QUIRE_LINUX_TEXT] = "";

	fail_next_maps(0);
	fail_allocations(false);
	if (!quire_esp_stop(why))
		fail_msg("%s", why);
}

int stop_all(void **state)
{
	(void)state;
	stop();
	return 0;
}

/* -- failures -- */

static unsigned failing;

static void *map_or_fail(void *ctx, void *address, size_t size, int protection, int flags, int fd,
			 off_t offset)
{
	(void)ctx;
	if (failing != 0 && fd >= 0) {
		failing--;
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return mmap(address, size, protection, flags, fd, offset);
}

static bool no_memory;

static void *allocate_or_fail(void *ctx, size_t size)
{
	(void)ctx;
	return no_memory ? NULL : malloc(size);
}

void fail_allocations(bool fail)
{
	no_memory = fail;
}

void fail_maps(struct quire_esp_options *options)
{
	static const struct quire_linux_system system = {.map = map_or_fail,
							 .allocate = allocate_or_fail};

	options->system = &system;
}

void fail_next_maps(unsigned count)
{
	failing = count;
}

/* -- bytes -- */

static unsigned quire_target(mmu_target_t target)
{
	return target == PSRAM ? QUIRE_PSRAM0 : QUIRE_FLASH0;
}

uint8_t pattern(unsigned target, uint32_t pa)
{
	uint32_t word = (pa >> 2) * 2654435761u + target * 40503u + 7;

	return (uint8_t)(word >> (8 * (pa & 3u)));
}

void fill(mmu_target_t target, uint32_t pa, uint32_t size)
{
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = pattern(target, pa + i);
	assert_int_equal(
		quire_linux_write(quire_esp_linux(), quire_target(target), pa, bytes, size), 0);
	free(bytes);
}

void expect_bytes(const volatile void *p, mmu_target_t target, uint32_t pa, uint32_t size)
{
	const volatile uint8_t *byte = p;

	for (uint32_t i = 0; i < size; i += i % 251 + 1)
		if (byte[i] != pattern(target, pa + i))
			fail_msg("%p shows %02x where byte 0x%x, %02x, is expected",
				 (const void *)((uintptr_t)p + i), byte[i], pa + i,
				 pattern(target, pa + i));
}

/* -- short words -- */

void *at(uint32_t va)
{
	return (void *)(uintptr_t)va;
}

uint32_t number(const volatile void *p)
{
	assert_true((uintptr_t)p <= UINT32_MAX);
	return (uint32_t)(uintptr_t)p;
}

void *map_ok(uint32_t pa, uint32_t size, mmu_target_t target, unsigned caps, int flags)
{
	void *p = NULL;
	esp_err_t err = esp_mmu_map(pa, size, target, CAPS(caps), flags, &p);

	if (err != ESP_OK)
		fail_msg("mapping 0x%x bytes from 0x%x on: 0x%x", size, pa, (unsigned)err);
	assert_non_null(p);
	return p;
}

void unmap_ok(void *p)
{
	assert_int_equal(esp_mmu_unmap(p), ESP_OK);
}

size_t largest(unsigned caps, mmu_target_t target)
{
	size_t size = 1;

	assert_int_equal(esp_mmu_map_get_max_consecutive_free_block_size(CAPS(caps), target, &size),
			 ESP_OK);
	return size;
}

void check_space(void)
{
	const char *what = "";

	if (quire_space_check(quire_esp_space(), &what) < 0)
		fail_msg("%s", what);
}
