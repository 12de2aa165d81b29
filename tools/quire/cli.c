/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences, names and colour: the small things that make all verbs speak alike.
 *
 * Colour is used when standard output is a terminal that can show it and NO_COLOR is not set;
 * --color overrides both.  Names come out of files, so they are cleaned before a terminal sees
 * them: an escape sequence in a partition's label is a label, not a command.
 */
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sentence_set(struct sentence *why, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	return status;
}

int sentence_memory(struct sentence *why)
{
	return sentence_set(why, CLI_SYSTEM, "out of memory");
}

int complain(const char *verb, int status, const struct sentence *why)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s.\n", verb, why->text);
	return status;
}

/* Bytes of the UTF-8 character at `s`, 0 if it is broken or a control character. */
static size_t character(const unsigned char *s)
{
	static const unsigned char smallest[5] = {0, 0, 0x80, 0x08, 0x10};
	size_t bytes = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

	if (bytes == 0 || s[0] > 0xF4 || s[0] < 0x20 || s[0] == 0x7F)
		return 0;
	for (size_t i = 1; i < bytes; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	/* C1 controls, overlong forms, surrogates and beyond U+10FFFF. */
	if ((s[0] == 0xC2 && s[1] < 0xA0) || (s[0] == 0xE0 && s[1] < 0xA0) ||
	    (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
	    (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return smallest[bytes] ? bytes : bytes == 1 ? 1 : 0;
}

void name_clean(char *name)
{
	unsigned char *s = (unsigned char *)name;

	while (*s) {
		size_t bytes = character(s);

		if (bytes == 0) {
			*s = '?';
			bytes = 1;
		}
		s += bytes;
	}
}

size_t name_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

bool ink_choose(struct ink *ink, const char *when, FILE *out)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	const char *depth = getenv("COLORTERM");
	bool terminal = isatty(fileno(out)) == 1 && !(term && strcmp(term, "dumb") == 0);

	if (strcmp(when, "always") == 0)
		ink->colour = true;
	else if (strcmp(when, "never") == 0)
		ink->colour = false;
	else if (strcmp(when, "auto") == 0)
		ink->colour = terminal && !(none && *none);
	else
		return false;
	ink->rgb = depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0);
	return true;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct ink *ink = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		ink_choose(ink, "auto", stdout);
		return 0;
	case 'C':
		if (!ink_choose(ink, arg ? arg : "always", stdout))
			argp_error(state, "--color is 'auto', 'always' or 'never', not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{"color", 'C', "WHEN", OPTION_ARG_OPTIONAL,
	 "Colour the output: 'auto' (the default: on a terminal, unless NO_COLOR is set), "
	 "'always' or 'never'",
	 10},
	{"colour", 0, NULL, OPTION_ALIAS, NULL, 10},
	{0},
};

const struct argp cli_common_argp = {.options = common_options, .parser = parse_common};
