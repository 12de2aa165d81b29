/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ESP32-S3 as a process, at the chip's own addresses, and two spaces on shadows of its one table:
 * what the tests of shadows that need real addresses start from.
 */
#ifndef QUIRE_TESTS_SHADOW_S3_H
#define QUIRE_TESTS_SHADOW_S3_H

#include "linux/helpers.h"
#include "quire/shadow.h"

#define PAGE   0x10000u
#define SPACES 2u
#define BASE   0x3c000000u
#define PAGES  24u /* of PSRAM, and of the addresses that random mappings use */

extern struct quire_linux *machine;
extern struct quire_shadow_table table;
extern struct quire_shadow shadow[SPACES];
extern struct quire_space space[SPACES];

/* Open the chip, its PSRAM full of the pattern of seed 1; the spaces are empty, and none is shown. */
void s3_start(const struct quire_linux_options *options);

#endif
