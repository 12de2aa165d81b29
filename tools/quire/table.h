/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tidy columns: rows are collected first, so that every column is as wide as it must be and no
 * wider.  Columns whose cells are all empty are left out, heading and all.
 */
#ifndef QUIRE_TOOL_TABLE_H
#define QUIRE_TOOL_TABLE_H

#include "cli.h"

#define TABLE_COLUMNS_MAX 12u

struct table {
	const char *const *heading;
	const char *align; /* one 'l' or 'r' a column */
	unsigned columns;
	char **cell; /* rows times columns */
	const char **style;
	size_t cells;
	size_t room;
	bool failed; /* out of memory: print nothing and say so */
};

/* A table with these headings; `align` has one letter a column.  Both must outlive the table. */
void table_init(struct table *t, const char *const *heading, const char *align);

/* The next cell, left to right, then the next row. */
void table_cell(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empty cells to the end of the row. */
void table_end_row(struct table *t);

/* Print the last cell with this SGR parameter ("1", "2", "38;5;208"). */
void table_style(struct table *t, const char *sgr);

/* Print with `indent` spaces before each row, then free.  False if memory ran out on the way. */
bool table_print(struct table *t, FILE *out, unsigned indent, const struct ink *ink);

#endif
