/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of ESP-IDF's MMU and cache interfaces share: starting a chip, patterns that tell
 * every byte of flash and PSRAM from every other, and what ESP-IDF documents of each chip.  The
 * latter is written down here a second time, on purpose: not a number of it comes from the code
 * that is tested.
 */
#ifndef QUIRE_TESTS_ESP_MMU_RIG_H
#define QUIRE_TESTS_ESP_MMU_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "esp_cache.h"
#include "esp_mmu_map.h"
#include "esp_private/esp_mmu_map_private.h"
#include "quire_esp.h"

#define KIB(n) ((uint32_t)(n) << 10)
#define MIB(n) ((uint32_t)(n) << 20)
#define PAGE   KIB(64) /* of all chips, at their defaults */

#define FLASH  MMU_TARGET_FLASH0
#define PSRAM  MMU_TARGET_PSRAM0
#define SHARED ((int)ESP_MMU_MMAP_FLAG_PADDR_SHARED)

#define CAPS(n) ((mmu_mem_caps_t)(n))
#define X       1
#define R       2
#define W       4
#define WORDS   8
#define BYTES   16
#define RODATA  CAPS(R | BYTES)
#define CODE    CAPS(X | WORDS)
#define DATA    CAPS(R | W | BYTES)

/* Where a request may land: addresses, or the error; a list for each chip that ends with start 0
   and err 0. */
struct way {
	unsigned caps;
	mmu_target_t target;
	uint32_t start, end;
	esp_err_t err;
};

struct facts {
	const char *name;
	bool psram;      /* the chip can have it */
	bool psram_maps; /* esp_mmu_map() shows it */
	uint32_t line;   /* of flash and PSRAM, for esp_cache_msync() */
	uint32_t internal_line;
	struct way ways[12];
};

#define CHIPS 13
extern const struct facts facts[CHIPS];

/* The machine as quire_esp_defaults() has it, or with options; 4 MiB of flash; the test fails if it
   does not start. */
void start(const char *chip);
void start_with(const struct quire_esp_options *options);
struct quire_esp_options options_for(const char *chip);

/* End it; also as the teardown of a test. */
void stop(void);
int stop_all(void **state);

/* Have the machine's next `count` calls of mmap, or all allocations of memory, fail. */
void fail_maps(struct quire_esp_options *options); /* before start */
void fail_next_maps(unsigned count);
void fail_allocations(bool fail);

/* The pattern's byte, and bytes of it put into a memory, mapped or not. */
uint8_t pattern(unsigned target, uint32_t pa);
void fill(mmu_target_t target, uint32_t pa, uint32_t size);

/* Fail the test if [p, p + size) does not show the pattern from `pa` on. */
void expect_bytes(const volatile void *p, mmu_target_t target, uint32_t pa, uint32_t size);

/* Map, and fail the test if that is not the result. */
void *map_ok(uint32_t pa, uint32_t size, mmu_target_t target, unsigned caps, int flags);
void unmap_ok(void *p);

/* A pointer of a number. */
void *at(uint32_t va);
uint32_t number(const volatile void *p);

/* Bytes of the largest gap for these capabilities. */
size_t largest(unsigned caps, mmu_target_t target);

/* Check the book, the tables and the keep-list's effects on both. */
void check_space(void);

#endif
