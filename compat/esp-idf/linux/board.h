/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board that a Linux process makes, as the files of this directory share it.
 *
 * There is one at a time: the windows stand at fixed addresses.  It is made by start.c from the
 * options that environment.c reads, its flash gets the table of table.c, and main.c runs an
 * application on it.
 */
#ifndef QUIRE_ESP_BOARD_H
#define QUIRE_ESP_BOARD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "machine.h"
#include "quire_esp.h"

#define QUIRE_ESP_KIB 1024u
#define QUIRE_ESP_MIB (1024u * 1024u)

/* A sentence for `why`, which may be NULL; returns false. */
bool quire_esp_why(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -- table.c -- */

#define QUIRE_ESP_TABLE_OFFSET 0x8000u
#define QUIRE_ESP_TABLE_SIZE   0xc00u

/* The table of a flash of this size, at least 1 MiB, as quire_esp.h shows it; the rest of `out` is
   0xff. */
void quire_esp_default_table(uint32_t flash_size, uint8_t out[QUIRE_ESP_TABLE_SIZE]);

#endif
