/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire image app: an application image from an ELF.
 */
#include "cmd_image.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct options {
	struct ink ink;
	const char *path;
	const char *out;
	struct image_build_options build;
};

enum { KEY_MODE = 256, KEY_SPEED, KEY_FLASH_SIZE, KEY_MIN, KEY_MAX, KEY_NO_DIGEST };

static uint32_t size_option(struct argp_state *state, const char *name, const char *arg)
{
	uint64_t value = 0;

	if (!number_parse(arg, &value) || value > UINT32_MAX)
		argp_error(state, "%s takes a size such as 64K, not '%s'", name, arg);
	return (uint32_t)value;
}

static uint8_t mode_option(struct argp_state *state, const char *arg)
{
	for (uint8_t mode = 0; mode < 4; mode++)
		if (strcasecmp(arg, image_spi_mode_name(mode)) == 0)
			return mode;
	argp_error(state, "--mode is qio, qout, dio or dout, not '%s'", arg);
	return 0;
}

/* The code of a speed that is given as the header has it: a fraction of the flash clock. */
static uint8_t speed_option(struct argp_state *state, const char *arg)
{
	for (unsigned code = 0; code < 16; code++)
		if (strcmp(arg, image_spi_speed_name(code)) == 0 && *arg != '?')
			return (uint8_t)code;
	argp_error(state, "--speed is 1/1, 1/2, 1/3 or 1/4, not '%s'", arg);
	return 0;
}

/* "1.3": major * 100 + minor. */
static uint16_t revision_option(struct argp_state *state, const char *name, const char *arg)
{
	unsigned major = 0, minor = 0;
	char rest;

	if (sscanf(arg, "%3u.%2u%c", &major, &minor, &rest) != 2 || major > 655)
		argp_error(state, "%s takes a revision such as 1.0, not '%s'", name, arg);
	return (uint16_t)(major * 100 + minor);
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
	case 'c':
		o->build.chip = quire_chip_by_name(arg);
		if (!o->build.chip)
			argp_error(state, "there is no chip called '%s'; 'quire chips' lists them",
				   arg);
		return 0;
	case 'p':
		o->build.page_size = size_option(state, "--page-size", arg);
		return 0;
	case KEY_MODE:
		o->build.spi_mode = mode_option(state, arg);
		return 0;
	case KEY_SPEED:
		o->build.spi_speed = speed_option(state, arg);
		return 0;
	case KEY_FLASH_SIZE:
		o->build.flash_size = size_option(state, "--flash-size", arg);
		return 0;
	case KEY_MIN:
		o->build.min_revision = revision_option(state, "--min-revision", arg);
		return 0;
	case KEY_MAX:
		o->build.max_revision = revision_option(state, "--max-revision", arg);
		return 0;
	case KEY_NO_DIGEST:
		o->build.no_digest = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one ELF at a time");
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path || !o->out)
			argp_error(state, o->path ? "-o is missing" : "an ELF is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int build(struct options *o, const uint8_t *bytes, size_t size, struct image_buffer *image,
		 struct image_report *report, struct sentence *why)
{
	struct image_view view = image_view_of_file(bytes, size);
	struct image_elf elf;

	if (!image_elf_read(&view, &elf, report))
		return image_found(o->path, report, why);
	o->build.chip = image_elf_chip(&elf, o->build.chip, report);
	if (!o->build.chip || !image_build_from_elf(&elf, &o->build, image, report))
		return image_found(o->path, report, why);
	return file_write(o->out, image->bytes, image->size, why);
}

static const struct argp_option argp_options[] = {
	{"output", 'o', "FILE", 0, "Write the image here ('-' for standard output)", 0},
	{"chip", 'c', "CHIP", 0, "For this chip; needed where the ELF may be for several", 0},
	{"page-size", 'p', "SIZE", 0, "Page size of the MMU (else as the ELF says)", 0},
	{"mode", KEY_MODE, "MODE", 0, "How the flash is read: qio, qout, dio or dout (qio)", 0},
	{"speed", KEY_SPEED, "FRACTION", 0,
	 "Flash clock: 1/1, 1/2, 1/3 or 1/4 of the fastest (1/2)", 0},
	{"flash-size", KEY_FLASH_SIZE, "SIZE", 0, "Size of the flash (4M)", 0},
	{"min-revision", KEY_MIN, "MAJOR.MINOR", 0, "Oldest chip revision (any)", 0},
	{"max-revision", KEY_MAX, "MAJOR.MINOR", 0, "Newest chip revision (any)", 0},
	{"no-digest", KEY_NO_DIGEST, NULL, 0, "Leave the SHA-256 out", 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "ELF",
	.doc = "Make an application image from an ELF: what a chip's loader boots.",
	.children = children,
};

int cmd_image_app(int argc, char **argv)
{
	struct options o = {.path = NULL};
	struct image_buffer image = {NULL, 0};
	struct image_report report = {.warn = image_print_warning, .ctx = argv[0]};
	struct sentence why;
	uint8_t *bytes = NULL;
	size_t size = 0;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	status = file_read(o.path, &bytes, &size, &why);
	if (status == CLI_OK)
		status = build(&o, bytes, size, &image, &report, &why);
	if (status == CLI_OK && strcmp(o.out, "-") != 0)
		printf("%s: %s bytes for %s\n", o.out, number_grouped(image.size).text,
		       o.build.chip->title);
	image_buffer_free(&image);
	free(bytes);
	return status == CLI_OK ? status : complain(argv[0], status, &why);
}
