/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts: every line of any file is parsed, and what came out is looked at all over, since a text
 * without its end would only be seen by whoever reads it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "place.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All texts end inside their arrays, all counts are within theirs. */
static void look(const struct script_command *c)
{
	bool good = memchr(c->name, 0, sizeof c->name) && memchr(c->word, 0, sizeof c->word) &&
		    memchr(c->where.name, 0, sizeof c->where.name) &&
		    memchr(c->other.name, 0, sizeof c->other.name) &&
		    c->byte_count <= sizeof c->bytes && c->keeps <= SCRIPT_KEEPS &&
		    c->where.target < 2 && c->other.target < 2;

	for (unsigned i = 0; good && i < c->keeps; i++)
		good = memchr(c->keep[i], 0, sizeof c->keep[i]) != NULL;
	if (!good)
		abort();
}

/* The same line as a need and as a place, which the command line reads from its arguments. */
static void try_arguments(const char *line, size_t size)
{
	char text[256];
	struct fit_need need, again;
	struct place place;
	struct sentence why;

	if (size >= sizeof text)
		return;
	memcpy(text, line, size);
	text[size] = '\0';
	(void)place_parse(&place, text, &why);
	(void)place_parse_psram(&place, text, &why);
	if (fit_parse(&need, text, &why) == CLI_OK &&
	    (fit_parse(&again, fit_text(&need).text, &why) != CLI_OK || again.size != need.size ||
	     again.attr != need.attr || again.target != need.target ||
	     (need.fixed && again.va != need.va)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size;
	struct script_command command;
	struct sentence why;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		if (script_parse(text, stop, &command, &why) == CLI_OK)
			look(&command);
		else if (!memchr(why.text, 0, sizeof why.text))
			abort();
		try_arguments(text, (size_t)(stop - text));
		text = stop + 1;
	}
	return 0;
}
