/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the tool as a user does, and making the files to run it on.
 */
#ifndef TESTS_CLI_TOOL_H
#define TESTS_CLI_TOOL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "image/build.h"

/* What a run printed, and how it ended. */
struct outcome {
	int status;
	char *out; /* standard output */
	char *err; /* standard error */
};

/* Make a directory for this program's files and work in it; removed by tool_leave. */
int tool_enter(void **state);
int tool_leave(void **state);

/* Run a shell command in which "quire" is the tool.  outcome_free() it. */
struct outcome run(const char *format, ...) __attribute__((format(printf, 1, 2)));
void outcome_free(struct outcome *o);

/* Run it, and assert the status and, unless NULL, all of what is printed on either stream. */
void expect(int status, const char *out, const char *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Run it, and assert that its standard output is golden/NAME.  With QUIRE_UPDATE_GOLDEN set, write
   that file instead. */
void expect_golden(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where data of others may be, "" if there is none: QUIRE_TEST_DATA, or beside the project. */
const char *tool_data(void);

/* Write a file into the directory of this program. */
void write_file(const char *name, const void *bytes, size_t size);

/* An application image of a chip, with so many bytes of code and constants, written as `name`. */
void make_app(const char *name, const char *chip, uint32_t page_size, uint32_t code,
	      uint32_t rodata);

/* A small flash dump of a chip: loader, table, that application, 1 MiB "data" partition. */
struct image_buffer make_dump(const char *name, const char *chip);

#endif
