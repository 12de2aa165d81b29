/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every verb of the command line shares: exit statuses, and errors as sentences.
 *
 * A function that can fail for a reason the user should hear takes a `struct sentence`, puts one
 * sentence into it and returns the exit status that goes with it; only the verbs print.  So the
 * same code serves the terminal, the tests and the fuzzer.
 */
#ifndef QUIRE_TOOL_CLI_H
#define QUIRE_TOOL_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_status {
	CLI_OK = 0,
	CLI_NO = 1,     /* asked and answered: it does not fit, it differs */
	CLI_BAD = 2,    /* the input cannot be used */
	CLI_USAGE = 64, /* the command line cannot be used: EX_USAGE, as argp has it */
	CLI_SYSTEM = 71 /* memory, files, the host: EX_OSERR */
};

struct sentence {
	char text[600];
};

/* Put a sentence (without its full stop) and hand the status back.  Returns `status`. */
int sentence_set(struct sentence *why, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "out of memory", CLI_SYSTEM. */
int sentence_memory(struct sentence *why);

/* Print "quire VERB: sentence." to stderr.  Returns `status`. */
int complain(const char *verb, int status, const struct sentence *why);

/* Make a name that came from a file safe to print: control bytes and broken UTF-8 become '?'. */
void name_clean(char *name);

/* Characters that a UTF-8 string takes on a terminal. */
size_t name_width(const char *text);

/* Whether, and how, to use colour. */
struct ink {
	bool colour;
	bool rgb; /* 24-bit colour; else the 256-colour palette */
};

/* Options that all verbs have; `--color` fills in the `struct ink` that is the child's input. */
extern const struct argp cli_common_argp;

/* Colour as `when` says ("auto", "always", "never"); false for another word. */
bool ink_choose(struct ink *ink, const char *when, FILE *out);

/* One verb: its own main(), argv[0] being "quire VERB". */
int cmd_chips(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_fit(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_demo(int argc, char **argv);

#endif
