/* SPDX-License-Identifier: Apache-2.0 */
/* A bench for himem: each test on each chip that has PSRAM. */
#ifndef ESP_HIMEM_BENCH_H
#define ESP_HIMEM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "esp_himem.h"
#include "quire/quire.h"
#include "quire_esp.h"

#define MIB (1024u * 1024u)

/* The machine that runs: its options, and bytes of a block. */
extern struct quire_esp_options options;
extern size_t block;

/* The chips with PSRAM, NULL at the end. */
extern const char *const chips[];

/* What an empty environment gives for a chip, to be changed before start(). */
void choose(const char *chip);
void start(void);

/* Look whether all is sound, and end the machine. */
void stop(void);

/* Run a test on a machine of its own for every chip. */
void on_every_chip(void (*test)(void));

/* Allocate so many blocks, and fail the test if that fails. */
esp_himem_handle_t ram(size_t blocks);
esp_himem_rangehandle_t range(size_t blocks);

/* Map so many blocks from block `from` on at block `at` of a range. */
uint8_t *map(esp_himem_handle_t handle, esp_himem_rangehandle_t to, size_t from, size_t at,
	     size_t blocks);

void unmap(esp_himem_rangehandle_t from, void *at, size_t blocks);
void free_both(esp_himem_handle_t handle, esp_himem_rangehandle_t to);

/* Whether a load, a store there would work. */
bool readable(const void *at);
bool writable(const void *at);

#endif
