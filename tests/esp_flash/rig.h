/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of ESP-IDF's flash interfaces share: a chip with flash in which every byte can be
 * told from every other, tables made byte by byte, and counting what is logged.
 */
#ifndef QUIRE_TESTS_ESP_FLASH_RIG_H
#define QUIRE_TESTS_ESP_FLASH_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "esp_flash.h"
#include "esp_mmu_map.h"
#include "esp_partition.h"
#include "esp_private/flash_mmap.h"
#include "quire/port/flash.h"
#include "quire_esp.h"
#include "spi_flash_mmap.h"

#define KIB(n) ((uint32_t)(n) << 10)
#define MIB(n) ((uint32_t)(n) << 20)
#define PAGE   KIB(64) /* of all chips, at their defaults */
#define SECTOR 4096u

#define DATA       SPI_FLASH_MMAP_FLAG_DATA
#define INST       SPI_FLASH_MMAP_FLAG_INST
#define BLOCKS     SPI_FLASH_MMAP_FLAG_BLOCKS_WRITE
#define BOTH(a, b) ((spi_flash_mmap_flag_t)((a) | (b)))

/* The chips on which what differs between them is tried: two tables, many windows, one bus, two
   MMUs. */
#define CHIPS 5
extern const char *const chips[CHIPS];
#define MODES 3
extern const enum quire_linux_cache modes[MODES];

/* A machine with the default table; stop ends it, and is fine as a teardown. */
struct quire_esp_options options_for(const char *chip);
void start_with(const struct quire_esp_options *options);
void start(const char *chip);
void stop(void);
int stop_all(void **state);

extern const uint8_t key[QUIRE_ESP_KEY];

/* The byte that fill() puts at an address of flash, and bytes of it. */
uint8_t pattern(uint32_t address);
void fill(uint32_t address, uint32_t size);

/* Flash as it is, beside all interfaces; and the book, which must be sound. */
void poke_flash(uint32_t address, const void *bytes, uint32_t size);
void peek_flash(uint32_t address, void *bytes, uint32_t size);
void check_space(void);

/* Fail the test if [p, p + size) does not show the pattern from `address` on; or cannot be read. */
void expect_pattern(const volatile void *p, uint32_t address, uint32_t size);

/* Whether a load from `p` works. */
bool readable(const volatile void *p);

/* Map, and fail the test if that does not work. */
const void *map_ok(uint32_t address, uint32_t size, spi_flash_mmap_flag_t flags,
		   spi_flash_mmap_handle_t *handle);

/* A partition table in the making. */
struct table {
	uint8_t bytes[0xc00];
	unsigned rows;
};
enum { ENCRYPTED = 1, READONLY = 2 };
void table_begin(struct table *table);
void table_row(struct table *table, unsigned type, unsigned subtype, uint32_t address,
	       uint32_t size, const char *label, uint32_t flags);
void table_seal(struct table *table); /* MD5 */
void table_write(const struct table *table);

/* Start with these partitions: "plain" and "locked" (read-only) of 128 KiB from 0x110000 on, "secret"
   (encrypted, if the machine is) of 64 KiB behind them, and the application "app" before. */
#define PLAIN_AT  0x110000u
#define LOCKED_AT 0x130000u
#define SECRET_AT 0x150000u
void start_with_partitions(struct quire_esp_options *options);
const esp_partition_t *partition(const char *label);

/* Messages logged since the last call, and whether the last one had `text` in it. */
unsigned logged(void);
bool last_says(const char *text);
void listen(void);

/* Malloc fails once, `after` calls from now; only in programs linked with --wrap=malloc. */
void fail_malloc(int after);

#endif
