/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire image table: a partition table from text.
 */
#include "cmd_image.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>

struct options {
	struct ink ink;
	const char *path;
	const char *out;
	struct image_table_options table;
};

enum { KEY_FLASH = 256, KEY_OFFSET };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t value = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case KEY_FLASH:
	case KEY_OFFSET:
		if (!number_parse(arg, &value) || value > UINT32_MAX)
			argp_error(state, "'%s' is not a number such as 16M or 0x8000", arg);
		if (key == KEY_FLASH)
			o->table.flash_size = value;
		else
			o->table.table_offset = (uint32_t)value;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one CSV file at a time");
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path || !o->out)
			argp_error(state, o->path ? "-o is missing" : "a CSV file is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int build(const struct options *o, const uint8_t *text, size_t size,
		 struct image_report *report, struct sentence *why)
{
	struct image_table *table = calloc(1, sizeof *table);
	struct image_buffer bytes = {NULL, 0};
	int status = table ? CLI_OK : sentence_memory(why);

	if (status == CLI_OK &&
	    (!image_table_from_csv((const char *)text, size, &o->table, table, report) ||
	     !image_build_table(table, &o->table, &bytes, report)))
		status = image_found(o->path, report, why);
	if (status == CLI_OK)
		status = file_write(o->out, bytes.bytes, bytes.size, why);
	if (table != NULL && status == CLI_OK && strcmp(o->out, "-") != 0)
		printf("%s: %u partitions\n", o->out, table->count);
	image_buffer_free(&bytes);
	free(table);
	return status;
}

static const struct argp_option argp_options[] = {
	{"output", 'o', "FILE", 0, "Write the table here ('-' for standard output)", 0},
	{"flash-size", KEY_FLASH, "SIZE", 0, "Partitions must end before this", 0},
	{"table-offset", KEY_OFFSET, "OFFSET", 0, "Where in flash the table will stand (0x8000)",
	 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "CSV",
	.doc = "Make a partition table from lines of 'name, type, subtype, offset, size, flags'.",
	.children = children,
};

int cmd_image_table(int argc, char **argv)
{
	struct options o = {.path = NULL};
	struct image_report report = {.warn = image_print_warning, .ctx = argv[0]};
	struct sentence why;
	uint8_t *text = NULL;
	size_t size = 0;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	status = file_read(o.path, &text, &size, &why);
	if (status == CLI_OK)
		status = build(&o, text, size, &report, &why);
	free(text);
	return status == CLI_OK ? status : complain(argv[0], status, &why);
}
