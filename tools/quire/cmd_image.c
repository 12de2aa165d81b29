/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire image: which of its four words is meant.
 */
#include "cmd_image.h"

#include <string.h>

static const struct word {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} words[] = {
	{"app", cmd_image_app, "an application image from an ELF"},
	{"table", cmd_image_table, "a partition table from CSV text"},
	{"flash", cmd_image_flash, "a flash image from parts"},
	{"show", cmd_image_show, "what is in an image, a dump, a table or an ELF"},
};
#define WORDS (sizeof words / sizeof words[0])

void image_print_warning(void *ctx, const struct image_error *warning)
{
	fprintf(stderr, "%s: warning: %s.\n", (const char *)ctx, warning->text);
}

int image_found(const char *path, const struct image_report *report, struct sentence *why)
{
	int status = report->error.fault == IMAGE_FAULT_MEMORY ? CLI_SYSTEM : CLI_BAD;

	if (report->error.fault == IMAGE_FAULT_TEXT)
		return sentence_set(why, status, "%s:%llu: %s", path,
				    (unsigned long long)report->error.offset, report->error.text);
	return sentence_set(why, status, "%s: %s", path, report->error.text);
}

static void print_help(FILE *out)
{
	fputs("Usage: quire image WORD [OPTION...] ARG...\n"
	      "Build and inspect the images that chips boot.\n\n",
	      out);
	for (size_t i = 0; i < WORDS; i++)
		fprintf(out, "  %-6s %s\n", words[i].name, words[i].help);
	fputs("\n'quire image WORD --help' explains one.\n", out);
}

int cmd_image(int argc, char **argv)
{
	char name[32];

	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
		print_help(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, argv[1]) != 0)
			continue;
		snprintf(name, sizeof name, "quire image %s", words[i].name);
		argv[1] = name;
		return words[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "quire image: '%s' is none of app, table, flash and show.\n", argv[1]);
	return CLI_USAGE;
}
