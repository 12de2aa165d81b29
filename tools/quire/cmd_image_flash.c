/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire image flash: a flash image from parts, 0xff between them.
 */
#include "cmd_image.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 64u

struct options {
	struct ink ink;
	const char *out;
	uint64_t size;
	unsigned parts;
	struct image_part part[PARTS_MAX];
	uint8_t *bytes[PARTS_MAX];
};

/* OFFSET=FILE. */
static void add_part(struct options *o, const char *arg, struct argp_state *state)
{
	const char *equals = strchr(arg, '=');
	struct image_part *part = &o->part[o->parts];

	if (o->parts == PARTS_MAX)
		argp_error(state, "at most %u parts", PARTS_MAX);
	else if (!equals || !equals[1] || !number_parse_part(arg, equals, &part->offset))
		argp_error(state, "'%s': expected OFFSET=FILE", arg);
	else
		o->part[o->parts++].name = equals + 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case 's':
		if (!number_parse(arg, &o->size) || o->size == 0 || o->size > 1u << 30)
			argp_error(state, "--size takes a size up to 1G, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		add_part(o, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (!o->out || !o->size || !o->parts)
			argp_error(state, !o->out    ? "-o is missing"
					  : !o->size ? "--size is missing"
						     : "there are no parts");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{"output", 'o', "FILE", 0, "Write the flash image here ('-' for standard output)", 0},
	{"size", 's', "SIZE", 0, "Size of the flash: 16M", 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "OFFSET=FILE...",
	.doc = "Make a flash image from parts: '0x0=boot.bin 0x8000=table.bin 0x10000=app.bin'.",
	.children = children,
};

int cmd_image_flash(int argc, char **argv)
{
	struct options o = {.out = NULL};
	struct image_report report = {.warn = image_print_warning, .ctx = argv[0]};
	struct image_buffer flash = {NULL, 0};
	struct sentence why;
	int status = CLI_OK;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	for (unsigned i = 0; i < o.parts && status == CLI_OK; i++) {
		status = file_read(o.part[i].name, &o.bytes[i], &o.part[i].size, &why);
		o.part[i].bytes = o.bytes[i];
	}
	if (status == CLI_OK && !image_build_flash(o.part, o.parts, o.size, &flash, &report))
		status = image_found(o.out, &report, &why);
	if (status == CLI_OK)
		status = file_write(o.out, flash.bytes, flash.size, &why);
	if (status == CLI_OK && strcmp(o.out, "-") != 0)
		printf("%s: %s with %u part%s\n", o.out, number_human(o.size).text, o.parts,
		       o.parts == 1 ? "" : "s");
	for (unsigned i = 0; i < o.parts; i++)
		free(o.bytes[i]);
	image_buffer_free(&flash);
	return status == CLI_OK ? status : complain(argv[0], status, &why);
}
