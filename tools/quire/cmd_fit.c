/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire fit: does it fit beside this firmware, where would it go, and if not, what would help?
 */
#include "fit_change.h"
#include "number.h"
#include "table.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct ink ink;
	bool json;
	uint64_t flash_size;
	struct fit_question q;
};

enum { KEY_APP_OFFSET = 256, KEY_TABLE_OFFSET, KEY_FLASH, KEY_SHORT };

static uint64_t number_option(struct argp_state *state, const char *name, const char *arg)
{
	uint64_t value = 0;

	if (!number_parse(arg, &value) || value > UINT32_MAX)
		argp_error(state, "%s takes a number such as 64K or 0x10000, not '%s'", name, arg);
	return value;
}

static void add_need(struct options *o, const char *arg, struct argp_state *state)
{
	struct sentence why;

	if (o->q.needs == FIT_NEEDS_MAX)
		argp_error(state, "at most %u times --need", FIT_NEEDS_MAX);
	else if (fit_parse(&o->q.need[o->q.needs++], arg, &why) != CLI_OK)
		argp_error(state, "--need %s", why.text);
}

static error_t parse_end(struct options *o, struct argp_state *state)
{
	if (!o->q.path)
		argp_error(state, "an image is missing");
	else if (o->q.needs == 0)
		argp_error(state, "nothing is needed: give at least one --need");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'n':
		add_need(o, arg, state);
		return 0;
	case 'c':
		o->q.options.chip = quire_chip_by_name(arg);
		if (!o->q.options.chip)
			argp_error(state, "there is no chip called '%s'; 'quire chips' lists them",
				   arg);
		return 0;
	case 'p':
		o->q.options.page_size = (uint32_t)number_option(state, "--page-size", arg);
		return 0;
	case 'P':
		o->q.psram_size = number_option(state, "--psram", arg);
		return 0;
	case KEY_FLASH:
		o->q.options.flash_size = number_option(state, "--flash", arg);
		return 0;
	case KEY_APP_OFFSET:
		o->q.options.app_offset = number_option(state, "--app-offset", arg);
		return 0;
	case KEY_TABLE_OFFSET:
		o->q.options.table_offset = (uint32_t)number_option(state, "--table-offset", arg);
		return 0;
	case KEY_SHORT:
		o->q.options.may_be_short = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->q.path)
			argp_error(state, "one image at a time");
		o->q.path = arg;
		return 0;
	case ARGP_KEY_END:
		return parse_end(o, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Where each need goes, or what is short for it. */
static bool print_spots(const struct options *o, struct board *b, const struct fit_room *room,
			const struct fit_spot *spot, bool answer)
{
	static const char *const heading[] = {"need", "pages", "goes to", "window", ""};
	struct table t;

	table_init(&t, heading, "lrlll");
	for (unsigned i = 0; i < o->q.needs; i++) {
		const struct fit_need *n = &o->q.need[i];

		table_cell(&t, "%s", fit_text(n).text);
		table_style(&t, "1");
		if (spot[i].placed) {
			uint64_t at = fit_address(room, n, &spot[i]);

			table_cell(&t, "%" PRIu64, spot[i].size / room->page[spot[i].window]);
			table_cell(&t, "%s-%s", number_address(at).text,
				   number_address(at + spot[i].size).text);
			table_cell(&t, "%s", room->window[spot[i].window].name);
			table_cell(&t, "%s", answer ? "" : "fits");
		} else {
			char text[120];

			fit_short(room, b, o->q.need, o->q.needs, spot, i, text, sizeof text);
			table_cell(&t, "%s", "");
			table_cell(&t, "%s", "nowhere");
			table_style(&t, "31");
			table_cell(&t, "%s", "");
			table_cell(&t, "%s", text);
		}
	}
	return table_print(&t, stdout, 2, &o->ink);
}

/* The needs that changed, as options. */
static void several_words(const struct fit_question *q, const struct fit_change *c, char *text,
			  size_t size)
{
	uint64_t less = 0;
	size_t used = 0;

	for (unsigned i = 0; i < c->needs && used < size; i++) {
		if (c->need[i].size == q->need[i].size)
			continue;
		less += q->need[i].size - c->need[i].size;
		used += (size_t)snprintf(text + used, size - used, "%s--need %s", used ? " " : "",
					 fit_text(&c->need[i]).text);
	}
	if (used < size)
		snprintf(text + used, size - used, ": %s less in all", number_human(less).text);
}

/* One change as words that say what to do. */
static void change_words(const struct fit_question *q, const struct fit_change *c, char *text,
			 size_t size)
{
	const struct fit_need *was = &q->need[c->which], *is = &c->need[c->which];

	switch (c->kind) {
	case FIT_MOVE:
		snprintf(text, size, "--need %s: %s %s", fit_text(is).text,
			 number_human(is->va > was->va ? is->va - was->va : was->va - is->va).text,
			 is->va > was->va ? "higher" : "lower");
		break;
	case FIT_FLOAT:
		snprintf(text, size, "all needs without their addresses");
		break;
	case FIT_PAGE:
		snprintf(text, size, "--page-size %s instead of %s",
			 number_exact(c->page_size).text, number_exact(q->fw->app->page_size).text);
		break;
	case FIT_SHRINK:
		snprintf(text, size, "--need %s: %s less", fit_text(is).text,
			 number_human(was->size - is->size).text);
		break;
	case FIT_SHRINK_SEVERAL:
		several_words(q, c, text, size);
		break;
	case FIT_COMPACT:
		snprintf(text, size,
			 "the firmware linked (or compacted) without holes between its mappings");
		break;
	case FIT_DROP:
		snprintf(text, size, "without %s", fit_text(was).text);
		break;
	}
}

static void print_change(const struct fit_question *q, const struct fit_change *c)
{
	char text[600];

	change_words(q, c, text, sizeof text);
	printf("  %s\n", text);
	for (unsigned i = 0; i < c->needs; i++)
		printf("%s%s at %s", i ? ", " : "    then ", fit_text(&c->need[i]).text,
		       number_address(c->address[i]).text);
	putchar('\n');
}

static void print_changes(const struct fit_question *q, const struct fit_change *change,
			  unsigned count)
{
	if (count == 0) {
		puts("\nNo change of one address, one size or the page size makes it fit.");
		return;
	}
	puts("\nThe smallest change that makes it fit:");
	print_change(q, &change[0]);
	if (count > 1)
		puts("Others that do:");
	for (unsigned i = 1; i < count; i++)
		print_change(q, &change[i]);
}

static json_t *json_of_need(const struct fit_need *need, bool placed, uint64_t address)
{
	json_t *o = json_pack("{s:s, s:b}", "need", fit_text(need).text, "placed", placed);

	if (o && placed &&
	    json_object_set_new(o, "address", json_integer((json_int_t)address)) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *json_of_change(const struct fit_question *q, const struct fit_change *c)
{
	static const char *const kind[] = {"move",           "float",   "page-size", "shrink",
					   "shrink-several", "compact", "drop"};
	json_t *needs = json_array();
	char text[600];

	change_words(q, c, text, sizeof text);
	for (unsigned i = 0; i < c->needs; i++)
		json_array_append_new(needs, json_of_need(&c->need[i], true, c->address[i]));
	return json_pack("{s:s, s:s, s:I, s:o}", "kind", kind[c->kind], "text", text, "page_size",
			 (json_int_t)c->page_size, "needs", needs);
}

static bool print_json(const struct options *o, const struct fit_room *room,
		       const struct fit_spot *spot, bool answer, const struct fit_change *change,
		       unsigned count)
{
	json_t *needs = json_array(), *changes = json_array();

	for (unsigned i = 0; i < o->q.needs; i++)
		json_array_append_new(
			needs,
			json_of_need(&o->q.need[i], spot[i].placed,
				     spot[i].placed ? fit_address(room, &o->q.need[i], &spot[i])
						    : 0));
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(changes, json_of_change(&o->q, &change[i]));
	return json_print(json_pack("{s:s, s:i, s:s, s:b, s:o, s:o}", "format", "quire-fit",
				    "version", JSON_FIT_VERSION, "chip", o->q.fw->chip->name,
				    "fits", answer, "needs", needs, "changes", changes),
			  stdout);
}

/* The answer as one line, and what the memories lack, if that is it. */
static void print_answer(const struct options *o, const struct board *b,
			 const struct fit_room *room, bool fits)
{
	uint64_t sum;
	int target = fit_memory_short(room, o->q.need, o->q.needs, &sum);

	if (o->q.needs == 1)
		printf("%s: %s %s beside %s on %s\n", fits ? "yes" : "no",
		       fit_text(&o->q.need[0]).text, fits ? "fits" : "does not fit", o->q.path,
		       b->chip->title);
	else
		printf("%s: %u needs %s beside %s on %s\n", fits ? "yes" : "no", o->q.needs,
		       fits ? "fit" : "do not all fit", o->q.path, b->chip->title);
	if (target >= 0 && room->memory[target] == 0)
		printf("%s of %s are needed, and there is none.\n", number_exact(sum).text,
		       target ? "PSRAM" : "flash");
	else if (target >= 0)
		printf("%s of %s are needed, and there are %s.\n", number_exact(sum).text,
		       target ? "PSRAM" : "flash", number_exact(room->memory[target]).text);
	putchar('\n');
}

static int answer(struct options *o, struct board *b, struct fit_room *room,
		  struct fit_change *change, struct sentence *why)
{
	struct fit_spot spot[FIT_NEEDS_MAX] = {{0}};
	enum fit_answer fits = fit_solve(room, o->q.need, o->q.needs, spot);
	unsigned count = 0;
	int status;
	bool good = true;

	if (fits == FIT_GAVE_UP)
		return sentence_set(why, CLI_SYSTEM,
				    "no answer: %u placements were tried and many are left",
				    FIT_TRIES_MAX);
	if (fits == FIT_YES) {
		status = fit_prove(o->q.fw, o->q.psram_size, false, o->q.need, o->q.needs, spot,
				   why);
		if (status != CLI_OK)
			return status;
	} else {
		room->tries = FIT_TRIES_FEW;
		fit_changes(&o->q, room, change, &count);
	}
	if (o->json) {
		good = print_json(o, room, spot, fits == FIT_YES, change, count);
	} else {
		print_answer(o, b, room, fits == FIT_YES);
		good = print_spots(o, b, room, spot, fits == FIT_YES);
		if (fits != FIT_YES)
			print_changes(&o->q, change, count);
	}
	return !good ? sentence_memory(why) : fits == FIT_YES ? CLI_OK : CLI_NO;
}

static const struct argp_option argp_options[] = {
	{"need", 'n', "MEMORY:SIZE[@ADDRESS][:ACCESS]", 0,
	 "What is needed: MEMORY is flash or psram, ACCESS some of r, w and x (flash: r, psram: "
	 "rw)",
	 0},
	{"chip", 'c', "CHIP", 0, "The image must be for this chip", 0},
	{"page-size", 'p', "SIZE", 0, "Page size of the MMU (else as the image says)", 0},
	{"psram", 'P', "SIZE", 0, "PSRAM on the board (else all that the chip can have)", 0},
	{"flash", KEY_FLASH, "SIZE", 0, "Flash on the board (else as a dump says, or no limit)", 0},
	{"app-offset", KEY_APP_OFFSET, "OFFSET", 0,
	 "Where in flash an application image or ELF stands (0x10000)", 0},
	{"table-offset", KEY_TABLE_OFFSET, "OFFSET", 0, "Where the partition table stands (0x8000)",
	 0},
	{"short", KEY_SHORT, NULL, 0, "The dump may end before the flash does", 0},
	{"json", 'j', NULL, 0, "Print JSON (see docs/json.md)", 5},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "IMAGE",
	.doc = "Say whether more fits into the address space beside a firmware, where it would go, "
	       "and "
	       "if it does not fit, what the smallest change is that makes it fit.\vExit status: 0 "
	       "it "
	       "fits, 1 it does not, 2 the image is damaged or not one.",
	.children = children,
};

int cmd_fit(int argc, char **argv)
{
	struct options o = {.json = false};
	struct fit_room *room = malloc(sizeof *room);
	struct fit_change *change = calloc(FIT_CHANGES_MAX, sizeof *change);
	struct firmware fw = {0};
	struct board b = {0};
	struct sentence why;
	struct board_parts parts;
	int status;

	why.text[0] = '\0';
	o.q.options.any_flash = true;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0 || !room || !change) {
		free(room);
		free(change);
		return complain(argv[0], sentence_memory(&why), &why);
	}
	status = firmware_read(&fw, o.q.path, &o.q.options, &why);
	if (status == CLI_OK) {
		o.q.fw = &fw;
		if (!o.q.psram_size)
			o.q.psram_size = FIRMWARE_ALL;
		parts = firmware_parts(&fw, o.q.psram_size);
		status = board_open_plain(&b, &parts, &why);
	}
	if (status == CLI_OK)
		status = firmware_boot(&fw, &b, NULL, &why);
	if (status == CLI_OK)
		status = fit_room_take(room, &b, &why);
	if (status == CLI_OK)
		status = answer(&o, &b, room, change, &why);
	board_close(&b);
	firmware_free(&fw);
	free(room);
	free(change);
	return status == CLI_OK || !why.text[0] ? status : complain(argv[0], status, &why);
}
