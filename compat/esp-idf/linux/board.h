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

/* The chip that the application was compiled for (sdkconfig.h), or esp32s3. */
const char *quire_esp_default_chip(void);

/* Microseconds since the program began. */
int64_t quire_esp_microseconds(void);

/* End the process with a status, whatever other threads do: the flash is written back if that was
   asked for, and output flushed. */
void quire_esp_end(int status) __attribute__((noreturn));

/* Write the flash back if there is a machine and that was asked for; false, and a sentence on
   stderr, if it could not be.  Any thread, also while others write. */
bool quire_esp_save(void);

/* abort(), and the flash is as after any other end. */
void quire_esp_abort(void) __attribute__((noreturn));

/* The level of logging that a word means; false if none. */
bool quire_esp_log_level(const char *text, unsigned *out);

/* Of what free() calls, which may be before a sanitizer is ready to be told of it. */
#define QUIRE_ESP_EARLY __attribute__((no_sanitize("address"), no_sanitize("thread")))

/* The heaps' memory goes with the machine; and whether a pointer is in one of them, which takes no
   lock. */
void quire_esp_heap_stop(struct quire_esp *m);
bool quire_esp_heap_has(const void *ptr);

/* free() and realloc() of what is in none (free.c). */
void quire_esp_host_free(void *ptr);
void *quire_esp_host_realloc(void *ptr, size_t size);

/* The longest run of addresses that PSRAM's heap could have now. */
quire_size quire_esp_heap_window(const struct quire_esp *m);

/* -- table.c -- */

#define QUIRE_ESP_TABLE_OFFSET 0x8000u
#define QUIRE_ESP_TABLE_SIZE   0xc00u

/* The table of a flash of this size, at least 1 MiB, as quire_esp.h shows it; the rest of `out` is
   0xff. */
void quire_esp_default_table(uint32_t flash_size, uint8_t out[QUIRE_ESP_TABLE_SIZE]);

#endif
