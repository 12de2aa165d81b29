/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this directory share (rig.h). */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "esp_log.h"

const char *const chips[CHIPS] = {"esp32s3", "esp32", "esp32s2", "esp32p4", "esp32c6"};
const enum quire_linux_cache modes[MODES] = {QUIRE_LINUX_CACHE_NONE, QUIRE_LINUX_CACHE_STALE,
					     QUIRE_LINUX_CACHE_POISON};

const uint8_t key[QUIRE_ESP_KEY] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3,
				    2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5};

struct quire_esp_options options_for(const char *chip)
{
	struct quire_esp_options options;

	quire_esp_defaults(&options, chip);
	options.flash_size = MIB(4);
	options.psram_size = 0;
	options.psram_heap = 0;
	options.boot_text = options.boot_rodata = 0;
	return options;
}

void start_with(const struct quire_esp_options *options)
{
	char why[QUIRE_LINUX_TEXT] = "";

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

	if (quire_esp_linux() != NULL && !quire_esp_stop(why))
		fail_msg("%s", why);
}

int stop_all(void **state)
{
	(void)state;
	stop();
	return 0;
}

uint8_t pattern(uint32_t address)
{
	uint32_t mixed = (address + 1) * 2654435761u;

	return (uint8_t)(mixed >> 24 ^ mixed >> 11);
}

void poke_flash(uint32_t address, const void *bytes, uint32_t size)
{
	assert_int_equal(quire_linux_write(quire_esp_linux(), QUIRE_FLASH0, address, bytes, size),
			 QUIRE_OK);
}

void peek_flash(uint32_t address, void *bytes, uint32_t size)
{
	assert_int_equal(quire_linux_read(quire_esp_linux(), QUIRE_FLASH0, address, bytes, size),
			 QUIRE_OK);
}

void fill(uint32_t address, uint32_t size)
{
	uint8_t bytes[SECTOR];

	for (uint32_t done = 0; done < size; done += SECTOR) {
		for (uint32_t i = 0; i < SECTOR; i++)
			bytes[i] = pattern(address + done + i);
		poke_flash(address + done, bytes, size - done < SECTOR ? size - done : SECTOR);
	}
}

void check_space(void)
{
	const char *what = NULL;

	if (quire_space_check(quire_esp_space(), &what) != QUIRE_OK)
		fail_msg("%s", what);
}

bool readable(const volatile void *p)
{
	uint8_t byte;

	return quire_linux_peek((uintptr_t)p, &byte, 1) == QUIRE_OK;
}

void expect_pattern(const volatile void *p, uint32_t address, uint32_t size)
{
	const volatile uint8_t *bytes = p;

	assert_true(readable(p));
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i] != pattern(address + i))
			fail_msg("byte %u of flash at 0x%x is 0x%02x through %p, not 0x%02x",
				 (unsigned)i, (unsigned)address, bytes[i],
				 (const void *)(uintptr_t)p, pattern(address + i));
}

const void *map_ok(uint32_t address, uint32_t size, spi_flash_mmap_flag_t flags,
		   spi_flash_mmap_handle_t *handle)
{
	const void *p = NULL;

	*handle = 0;
	assert_int_equal(spi_flash_mmap(address, size, flags, &p, handle), ESP_OK);
	assert_non_null(p);
	assert_int_not_equal(*handle, 0);
	return p;
}

/* -- tables -- */

static void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void table_begin(struct table *table)
{
	memset(table->bytes, 0xff, sizeof(table->bytes));
	table->rows = 0;
}

void table_row(struct table *table, unsigned type, unsigned subtype, uint32_t address,
	       uint32_t size, const char *label, uint32_t flags)
{
	uint8_t *row = table->bytes + 32 * table->rows++;

	memset(row, 0, 32);
	row[0] = 0xaa;
	row[1] = 0x50;
	row[2] = (uint8_t)type;
	row[3] = (uint8_t)subtype;
	put32(row + 4, address);
	put32(row + 8, size);
	memcpy(row + 12, label, strlen(label) < 16 ? strlen(label) : 16);
	put32(row + 28, flags);
}

void table_seal(struct table *table)
{
	uint8_t *row = table->bytes + 32 * table->rows;

	memset(row, 0xff, 16);
	row[0] = row[1] = 0xeb;
	quire_esp_md5(table->bytes, 32 * table->rows, row + 16);
}

void table_write(const struct table *table)
{
	poke_flash(0x8000, table->bytes, sizeof(table->bytes));
}

void start_with_partitions(struct quire_esp_options *options)
{
	struct table table;

	options->flash_blank = true;
	start_with(options);
	table_begin(&table);
	table_row(&table, 0, 0x10, 0x10000, MIB(1), "app", 0);
	table_row(&table, 1, 0x81, PLAIN_AT, KIB(128), "plain", 0);
	table_row(&table, 1, 0x82, LOCKED_AT, KIB(128), "locked", READONLY);
	table_row(&table, 1, 0x06, SECRET_AT, KIB(64), "secret", ENCRYPTED);
	table_seal(&table);
	if (options->flash_key != NULL)
		quire_esp_xts_encrypt(options->flash_key, 0x8000, table.bytes, sizeof(table.bytes));
	table_write(&table);
}

const esp_partition_t *partition(const char *label)
{
	const esp_partition_t *found =
		esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);

	assert_non_null(found);
	return found;
}

/* -- what is logged -- */

static unsigned messages;
static char last_message[512];

static int hear(const char *format, va_list arguments)
{
	int length = vsnprintf(last_message, sizeof(last_message), format, arguments);

	messages++;
	return length;
}

void listen(void)
{
	esp_log_set_vprintf(hear);
	messages = 0;
}

unsigned logged(void)
{
	unsigned count = messages;

	messages = 0;
	return count;
}

bool last_says(const char *text)
{
	return strstr(last_message, text) != NULL;
}
