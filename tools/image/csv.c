/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition tables from text, in the form that ESP-IDF projects keep them:
 *
 *   # name,  type, subtype, offset, size, flags
 *   nvs,     data, nvs,     0x9000, 24K,
 *   factory, app,  factory, ,       1M,
 *
 * An empty offset means: behind the partition above, at the next multiple that the type asks for.
 */
#include "image/build.h"
#include "image/bytes.h"
#include "image/partition_parts.h"

#include <ctype.h>
#include <string.h>

enum field { NAME, TYPE, SUBTYPE, OFFSET, SIZE, FLAGS, FIELDS };

static const char *const field_names[FIELDS] = {"name",   "type", "subtype",
						"offset", "size", "flags"};

#define FIELD_MAX 47u

/* One line, cut into fields without the space around them. */
struct line {
	unsigned number;
	unsigned fields;
	char field[FIELDS][FIELD_MAX + 1];
};

static bool fail_field(const struct line *line, enum field field, const char *expected,
		       struct image_report *report)
{
	char shown[FIELD_MAX + 1];

	image_copy_text(shown, (const uint8_t *)line->field[field], FIELD_MAX);
	return image_fail(report, IMAGE_FAULT_TEXT, line->number, "line %u: %s \"%s\", expected %s",
			  line->number, field_names[field], shown, expected);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Take one field from `text`, without the space around it; false if it is too long. */
static bool take_field(const char *text, size_t size, char out[FIELD_MAX + 1])
{
	while (size > 0 && is_space(text[0])) {
		text++;
		size--;
	}
	while (size > 0 && is_space(text[size - 1]))
		size--;
	if (size > FIELD_MAX || memchr(text, 0, size) != NULL)
		return false;
	memcpy(out, text, size);
	out[size] = 0;
	return true;
}

/* Cut a line at its commas. */
static bool split(const char *text, size_t size, struct line *line, struct image_report *report)
{
	size_t from = 0;

	for (size_t at = 0; at <= size; at++) {
		if (at < size && text[at] != ',')
			continue;
		if (line->fields == FIELDS)
			return image_fail(report, IMAGE_FAULT_TEXT, line->number,
					  "line %u: more than %d fields, expected name, type, "
					  "subtype, offset, size, flags",
					  line->number, FIELDS);
		if (!take_field(text + from, at - from, line->field[line->fields]))
			return image_fail(report, IMAGE_FAULT_TEXT, line->number,
					  "line %u: %s is not text of at most %u bytes",
					  line->number, field_names[line->fields], FIELD_MAX);
		line->fields++;
		from = at + 1;
	}
	if (line->fields < FLAGS)
		return image_fail(report, IMAGE_FAULT_TEXT, line->number,
				  "line %u: %u fields, expected name, type, subtype, offset, size "
				  "and perhaps flags",
				  line->number, line->fields);
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A number: decimal or 0x..., with K or M behind it; false if it is none or needs over 32 bits. */
static bool parse_number(const char *text, uint32_t *out)
{
	int base = text[0] == '0' && tolower((unsigned char)text[1]) == 'x' ? 16 : 10;
	const char *at = base == 16 ? text + 2 : text;
	uint64_t value = 0;

	if (digit_of(*at) >= base)
		return false;
	for (; digit_of(*at) < base && value <= UINT32_MAX; at++)
		value = value * (unsigned)base + (unsigned)digit_of(*at);
	if (tolower((unsigned char)*at) == 'k' || tolower((unsigned char)*at) == 'm')
		value <<= tolower((unsigned char)*at++) == 'k' ? 10 : 20;
	if (*at != 0 || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool parse_name(const struct line *line, struct image_partition *row,
		       struct image_report *report)
{
	const char *name = line->field[NAME];

	if (name[0] == 0 || strlen(name) > IMAGE_LABEL_MAX ||
	    !image_copy_text(row->label, (const uint8_t *)name, IMAGE_LABEL_MAX))
		return fail_field(line, NAME, "1 to 16 bytes of printable UTF-8", report);
	return true;
}

static bool parse_kind(const struct line *line, struct image_partition *row,
		       struct image_report *report)
{
	int type = image_type_by_name(line->field[TYPE]);
	uint32_t number = (uint32_t)type;
	int subtype;

	if (type < 0 && (!parse_number(line->field[TYPE], &number) || number > 0xfe))
		return fail_field(line, TYPE,
				  "app, data, bootloader, partition_table or a number up to 0xfe",
				  report);
	row->type = (uint8_t)number;
	subtype = image_subtype_by_name(number, line->field[SUBTYPE]);
	number = (uint32_t)subtype;
	if (line->field[SUBTYPE][0] == 0)
		number = row->type == IMAGE_TYPE_DATA ? IMAGE_DATA_UNDEFINED : 0;
	else if (subtype < 0 && (!parse_number(line->field[SUBTYPE], &number) || number > 0xfe))
		return fail_field(line, SUBTYPE,
				  "a name that goes with the type, or a number up to 0xfe", report);
	row->subtype = (uint8_t)number;
	return true;
}

/* `*next` is where the partition above ended; it becomes where this one ends. */
static bool parse_place(const struct line *line, uint64_t *next, struct image_partition *row,
			struct image_report *report)
{
	const uint64_t alignment = image_partition_alignment(row->type);
	const uint64_t automatic = (*next + alignment - 1) / alignment * alignment;

	row->offset = (uint32_t)automatic;
	if (line->field[OFFSET][0] == 0 &&
	    (image_partition_may_be_low(row->type) || automatic > UINT32_MAX))
		return fail_field(line, OFFSET, "a number, since no place follows by itself",
				  report);
	if (line->field[OFFSET][0] != 0 && !parse_number(line->field[OFFSET], &row->offset))
		return fail_field(line, OFFSET, "a number such as 0x10000, 64K or 1M, or nothing",
				  report);
	if (!parse_number(line->field[SIZE], &row->size))
		return fail_field(line, SIZE, "a number such as 0x10000, 64K or 1M", report);
	if (!image_partition_may_be_low(row->type))
		*next = (uint64_t)row->offset + row->size;
	return true;
}

/* Flags are words with colons between them. */
static bool parse_flags(const struct line *line, struct image_partition *row,
			struct image_report *report)
{
	const char *at = line->field[FLAGS];

	while (*at != 0) {
		size_t length = strcspn(at, ":");

		if (length == 9 && memcmp(at, "encrypted", 9) == 0)
			row->flags |= IMAGE_PARTITION_ENCRYPTED;
		else if (length == 8 && memcmp(at, "readonly", 8) == 0)
			row->flags |= IMAGE_PARTITION_READONLY;
		else
			return fail_field(line, FLAGS,
					  "encrypted, readonly, both with a colon between, or "
					  "nothing",
					  report);
		at += length + (at[length] == ':');
	}
	return true;
}

static bool parse_line(const char *text, size_t size, unsigned number, uint64_t *next,
		       struct image_table *table, struct image_report *report)
{
	struct image_partition *row = &table->row[table->count];
	struct line line = {.number = number};

	if (table->count == IMAGE_PARTITIONS_MAX - 1)
		return image_fail(report, IMAGE_FAULT_LIMIT, number,
				  "line %u: one partition more than the %u that a table holds",
				  number, IMAGE_PARTITIONS_MAX - 1);
	if (!split(text, size, &line, report) || !parse_name(&line, row, report) ||
	    !parse_kind(&line, row, report) || !parse_place(&line, next, row, report) ||
	    !parse_flags(&line, row, report))
		return false;
	row->line = number;
	table->count++;
	return true;
}

/* Whether there is nothing on a line, or a comment. */
static bool is_empty(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size && is_space(text[at]))
		at++;
	return at == size || text[at] == '#';
}

bool image_table_from_csv(const char *text, size_t size, const struct image_table_options *options,
			  struct image_table *out, struct image_report *report)
{
	static const struct image_table_options none;
	uint64_t next;
	unsigned number = 0;

	memset(out, 0, sizeof *out);
	if (options == NULL)
		options = &none;
	next = image_table_end(options);
	for (size_t from = 0; from < size;) {
		const char *end = memchr(text + from, '\n', size - from);
		size_t length = end != NULL ? (size_t)(end - (text + from)) : size - from;

		number++;
		if (!is_empty(text + from, length) &&
		    !parse_line(text + from, length, number, &next, out, report))
			return false;
		from += length + 1;
	}
	if (out->count == 0)
		return image_fail(
			report, IMAGE_FAULT_ABSENT, number,
			"partition table: no partitions in %u lines, expected one at least",
			number);
	return image_table_check(out, options, report);
}
