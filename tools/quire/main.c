/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire: the command line.  The first word is a verb; each verb is a program of its own in a file
 * of its own, with its own options.
 */
#include "cli.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "quire/version.h"

const char *argp_program_version = "quire " QUIRE_VERSION;

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"chips", cmd_chips, "the chips, their windows, page sizes and entries"},
	{"map", cmd_map, "check a firmware file and show what its chip would map"},
	{"fit", cmd_fit, "whether more fits beside a firmware, and what would make it fit"},
	{"run", cmd_run, "replay a script of verbs on a simulated chip with real bytes"},
	{"image", cmd_image, "build and inspect application images, tables and flash images"},
	{"demo", cmd_demo, "make a flash image, boot it, map it and prove every byte of it"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static void print_help(FILE *out)
{
	fputs("Usage: quire VERB [OPTION...] [ARG...]\n"
	      "Virtual memory for small systems: what a chip's MMU maps, and what it could.\n\n",
	      out);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-7s %s\n", verbs[i].name, verbs[i].help);
	fputs("\n'quire VERB --help' explains a verb, 'man quire-VERB' at length.\n"
	      "Exit status: 0 yes, 1 the answer is no, 2 the input is bad, 64 wrong usage.\n",
	      out);
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* What was printed must have arrived: a full disk is not a success. */
static int finish(int status)
{
	struct sentence why;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	return complain("quire",
			sentence_set(&why, CLI_SYSTEM, "the output could not be written: %s",
				     strerror(errno ? errno : EIO)),
			&why);
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	char name[32];

	snprintf(name, sizeof name, "quire %s", verb->name);
	argv[0] = name;
	return finish(verb->run(argc, argv));
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(argp_program_version);
		return finish(CLI_OK);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc < 3)) {
		print_help(stdout);
		return finish(CLI_OK);
	}
	if (strcmp(argv[1], "help") == 0 && (verb = find_verb(argv[2]))) {
		char option[] = "--help", name[] = "";
		char *help[] = {name, option, NULL};

		return run_verb(verb, 2, help);
	}
	verb = find_verb(strcmp(argv[1], "help") == 0 ? argv[2] : argv[1]);
	if (!verb) {
		fprintf(stderr, "quire: there is no verb '%s'; 'quire --help' lists them.\n",
			strcmp(argv[1], "help") == 0 ? argv[2] : argv[1]);
		return CLI_USAGE;
	}
	return run_verb(verb, argc - 1, argv + 1);
}
