/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire run: play a script.
 */
#include "firmware.h"
#include "number.h"
#include "play.h"

#include <stdlib.h>
#include <string.h>

struct options {
	struct ink ink;
	const char *path;
	bool verbose;
	bool quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one script at a time");
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "a script is missing ('-' for standard input)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_sum(const struct player *p)
{
	printf("%u verb%s played", p->verbs, p->verbs == 1 ? "" : "s");
	if (p->expected)
		printf(", %u result%s as expected", p->expected, p->expected == 1 ? "" : "s");
	if (p->compared)
		printf(", %s bytes compared", number_grouped(p->bytes).text);
	puts(".");
}

static const struct argp_option argp_options[] = {
	{"verbose", 'v', NULL, 0, "Print the result of each verb", 0},
	{"quiet", 'q', NULL, 0, "Print nothing at the end", 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "SCRIPT",
	.doc = "Play a script of verbs on a simulated chip with real bytes (see "
	       "docs/script.md).\vExit "
	       "status: 0 all went as the script says, 1 something did not, 2 the script is wrong.",
	.children = children,
};

int cmd_run(int argc, char **argv)
{
	struct options o = {.verbose = false};
	struct player *p = calloc(1, sizeof *p);
	struct sentence why, full;
	uint8_t *text = NULL;
	size_t size = 0;
	unsigned line = 0;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0 || !p) {
		free(p);
		return complain(argv[0], sentence_memory(&why), &why);
	}
	p->out = stdout;
	p->ink = o.ink;
	p->path = o.path;
	p->verbose = o.verbose;
	status = file_read(o.path, &text, &size, &why);
	if (status != CLI_OK) {
		complain(argv[0], status, &why);
	} else {
		status = play_all(p, (const char *)text, size, &line, &why);
		if (status != CLI_OK) {
			sentence_set(&full, status, "%.100s:%u: %.480s", o.path, line, why.text);
			complain(argv[0], status, &full);
		} else if (!o.quiet) {
			print_sum(p);
		}
	}
	play_end(p);
	free(text);
	free(p);
	return status;
}
