/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The player: one function a verb of the space, each of which returns what quire returned.  One
 * place compares that with what was expected.
 */
#include "play.h"
#include "firmware.h"
#include "number.h"
#include "play_bytes.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where the mapping of this name begins: the first extent with its tag, or where it was shared. */
static bool find_name(struct player *p, const char *name, quire_va *out)
{
	struct quire_cursor cursor = {0, 0};
	struct quire_extent_info row;

	while (quire_space_next(p->board.space, &cursor, &row) >= 0)
		if (row.kind != QUIRE_GAP && strcmp(board_name_of(&p->board, row.tag), name) == 0) {
			*out = row.va;
			return true;
		}
	for (unsigned i = p->names; i-- > 0;)
		if (strcmp(p->given[i].name, name) == 0) {
			*out = p->given[i].va;
			return true;
		}
	return false;
}

int play_address(struct player *p, const struct script_location *l, quire_va *out,
		 struct sentence *why)
{
	*out = 0;
	if (l->kind == SCRIPT_NAMED && !find_name(p, l->name, out))
		return sentence_set(why, CLI_BAD, "nothing is called '%s'", l->name);
	*out += l->offset;
	return CLI_OK;
}

static int open_chip(struct player *p, const struct script_command *c, struct sentence *why)
{
	struct board_parts parts = {.chip = quire_chip_by_name(c->word),
				    .page_size = (uint32_t)c->page,
				    .flash_size = c->flash ? c->flash : 4u << 20,
				    .psram_size = c->psram};

	if (!parts.chip)
		return sentence_set(why, CLI_BAD, "there is no chip called '%s'", c->word);
	if (c->page > UINT32_MAX)
		return sentence_set(why, CLI_BAD, "no chip has pages of %s",
				    number_exact(c->page).text);
	play_end(p);
	return board_open_live(&p->board, &parts, why);
}

/* A file's name is relative to the script's directory. */
static void beside_script(const struct player *p, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(p->path, '/');

	if (*name == '/' || !slash)
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%.*s%s", (int)(slash - p->path + 1), p->path, name);
}

/* The flash of a live board gets the firmware's bytes. */
static int program(struct player *p, const struct firmware *fw, struct sentence *why)
{
	const uint8_t *bytes = fw->built.bytes ? fw->built.bytes : fw->bytes;
	size_t size = fw->built.bytes ? fw->built.size : fw->size;
	uint64_t at = fw->flash ? 0 : fw->app_at;
	int result;

	if (size > fw->flash_size - at)
		size = (size_t)(fw->flash_size - at);
	result = quire_linux_write(p->board.machine, QUIRE_FLASH0, at, bytes, size);
	return result < 0 ? sentence_set(why, CLI_SYSTEM, "the flash could not be filled: %s",
					 quire_error_text(result))
			  : CLI_OK;
}

static int boot(struct player *p, const struct script_command *c, struct sentence *why)
{
	struct firmware_options options = {.page_size = (uint32_t)c->page, .flash_size = c->flash};
	struct board_parts parts;
	struct firmware fw;
	char path[4096];
	int status;

	if (*c->name && !(options.chip = quire_chip_by_name(c->name)))
		return sentence_set(why, CLI_BAD, "there is no chip called '%s'", c->name);
	beside_script(p, c->word, path, sizeof path);
	play_end(p);
	status = firmware_read(&fw, path, &options, why);
	if (status == CLI_OK) {
		parts = firmware_parts(&fw, c->psram);
		status = board_open_live(&p->board, &parts, why);
	}
	if (status == CLI_OK)
		status = program(p, &fw, why);
	if (status == CLI_OK)
		status = firmware_boot(&fw, &p->board, NULL, why);
	firmware_free(&fw);
	return status;
}

static void remember(struct player *p, const char *name, quire_va va)
{
	unsigned at = 0;

	while (at < p->names && strcmp(p->given[at].name, name) != 0)
		at++;
	if (at == PLAY_NAMES)
		return;
	strcpy(p->given[at].name, name);
	p->given[at].va = va;
	p->names += at == p->names;
}

static int map(struct player *p, const struct script_command *c, quire_va at)
{
	struct quire_want want = {
		.pa = c->where.offset,
		.size = c->size,
		.align = c->align,
		.target = c->where.target,
		.attr = c->attr,
		.flags = (uint8_t)((c->shared ? QUIRE_SHARED : 0) | (c->wx ? QUIRE_WX : 0)),
		.tag = board_name(&p->board, c->name),
	};
	struct quire_got got = {0, 0};
	int result = c->other.kind == SCRIPT_NOWHERE
			     ? quire_space_map(p->board.space, &want, &got)
			     : quire_space_map_at(p->board.space, at, &want, &got);

	if (result >= 0)
		remember(p, c->name, got.va);
	return result;
}

static int reserve(struct player *p, const struct script_command *c, quire_va at)
{
	struct quire_want want = {
		.size = c->size,
		.align = c->align,
		.target = c->target,
		.attr = c->attr,
		.tag = board_name(&p->board, c->name),
	};
	quire_va va = 0;

	if (c->other.kind != SCRIPT_NOWHERE)
		return quire_space_reserve_at(p->board.space, at, c->size, want.tag);
	return quire_space_reserve(p->board.space, &want, &va);
}

struct keeping {
	const struct player *p;
	const struct script_command *c;
};

static int ask_keep(void *ctx, const struct quire_move *move)
{
	const struct keeping *k = ctx;

	for (unsigned i = 0; i < k->c->keeps; i++)
		if (strcmp(k->c->keep[i], board_name_of(&k->p->board, move->tag)) == 0)
			return 1;
	return 0;
}

static int compact(struct player *p, const struct script_command *c, quire_va va)
{
	struct keeping keeping = {p, c};
	uint32_t moved = 0;
	int result = quire_space_compact(p->board.space, va, ask_keep, &keeping, &moved);

	if (p->verbose)
		fprintf(p->out, "  %" PRIu32 " moved\n", moved);
	return result;
}

static int translate(struct player *p, const struct script_command *c, quire_va va,
		     struct sentence *why, int *status)
{
	static const char *const memory[] = {"flash", "psram"};
	unsigned target = 0;
	quire_pa pa = 0;
	int result = quire_space_to_physical(p->board.space, va, &pa, &target);

	if (result < 0)
		return result;
	if (!c->has_is)
		fprintf(p->out, "%s is %s+0x%" PRIX64 "\n", number_address(va).text,
			memory[target % 2], (uint64_t)pa);
	else if (pa != c->other.offset || target != c->other.target)
		*status = sentence_set(why, CLI_NO, "%s is %s+0x%" PRIX64 ", not %s+0x%" PRIX64,
				       number_address(va).text, memory[target % 2], (uint64_t)pa,
				       memory[c->other.target % 2], c->other.offset);
	return result;
}

static int aliases(struct player *p, const struct script_command *c, struct sentence *why,
		   int *status)
{
	struct quire_alias_cursor cursor = {0};
	uint64_t count = 0;
	quire_va va;
	int result;

	while ((result = quire_space_to_virtual(p->board.space, c->where.target, c->where.offset,
						&cursor, &va)) >= 0) {
		count++;
		if (!c->has_is)
			fprintf(p->out, "%s+0x%" PRIX64 " is at %s\n", c->where.name,
				c->where.offset, number_address(va).text);
	}
	if (c->has_is && count != c->is)
		*status = sentence_set(why, CLI_NO,
				       "%s+0x%" PRIX64 " has %" PRIu64 " addresses, not %" PRIu64,
				       c->where.name, c->where.offset, count, c->is);
	/* "No more" is the end of the list, and an error only if there was none at all. */
	return result == QUIRE_EUNMAPPED && (count > 0 || c->has_is) ? QUIRE_OK : result;
}

static int query(struct player *p, const struct script_command *c, quire_va va,
		 struct sentence *why, int *status)
{
	static const char *const kind[] = {"free", "reserved", "mapped", "claimed"};
	struct quire_extent_info row;
	int result = quire_space_query(p->board.space, va, &row);

	if (result < 0)
		return result;
	if (c->has_is) {
		if (strcmp(kind[row.kind], c->word) != 0)
			*status = sentence_set(why, CLI_NO, "%s is %s, not %s",
					       number_address(va).text, kind[row.kind], c->word);
		return result;
	}
	fprintf(p->out, "%s is %s: %s-%s", number_address(va).text, kind[row.kind],
		number_address(row.va).text, number_address(row.va + row.size).text);
	if (row.kind == QUIRE_MAPPED)
		fprintf(p->out, " %s, %u holder%s", number_access(row.attr).text, row.refs,
			row.refs == 1 ? "" : "s");
	if (row.kind != QUIRE_GAP)
		fprintf(p->out, ", %s", board_name_of(&p->board, row.tag));
	fputc('\n', p->out);
	return result;
}

static int largest(struct player *p, const struct script_command *c, struct sentence *why,
		   int *status)
{
	quire_size size = 0;
	int result = quire_space_largest_free(p->board.space, c->target, c->attr, 0, &size);

	if (result < 0)
		return result;
	if (!c->has_is)
		fprintf(p->out, "%s\n", number_exact(size).text);
	else if (size != c->is)
		*status = sentence_set(why, CLI_NO, "the largest free block has %s, not %s",
				       number_exact(size).text, number_exact(c->is).text);
	return result;
}

static int show(struct player *p, const struct script_command *c, struct sentence *why)
{
	struct view v;
	int status = view_take(&v, &p->board, why);

	if (status == CLI_OK && *c->word)
		view_print_picture(&v, p->out, &p->ink);
	else if (status == CLI_OK && !view_print_tables(&v, p->out, &p->ink))
		status = sentence_memory(why);
	view_free(&v);
	return status;
}

static int check(struct player *p, struct sentence *why, int *status)
{
	const char *what = NULL;
	int result = quire_space_check(p->board.space, &what);

	if (result < 0)
		*status = sentence_set(why, CLI_NO, "the space is damaged: %s",
				       what ? what : quire_error_text(result));
	return result;
}

/* The verbs that change the space. */
static int play_change(struct player *p, const struct script_command *c, quire_va va,
		       quire_va other)
{
	struct quire_space *space = p->board.space;
	quire_va moved;

	switch (c->verb) {
	case SCRIPT_MAP:
		return map(p, c, other);
	case SCRIPT_RESERVE:
		return reserve(p, c, other);
	case SCRIPT_RELEASE:
		return quire_space_release(space, va);
	case SCRIPT_PROTECT:
		return quire_space_protect(space, va, c->size, c->attr, c->wx ? QUIRE_WX : 0);
	case SCRIPT_MOVE:
		return c->other.kind == SCRIPT_NOWHERE
			       ? quire_space_move(space, va, c->align, &moved)
			       : quire_space_move_at(space, va, other);
	case SCRIPT_RESIZE:
		return quire_space_resize(space, va, c->size);
	case SCRIPT_UNMAP:
		return quire_space_unmap(space, va);
	case SCRIPT_UNMAP_PART:
		return quire_space_unmap_part(space, va, c->size);
	default:
		return compact(p, c, va);
	}
}

/* Any verb that needs a chip; what quire returned, and a status for anything else that went wrong.
 */
static int play_verb(struct player *p, const struct script_command *c, struct sentence *why,
		     int *status)
{
	quire_va va = 0, other = 0;

	if (c->where.kind != SCRIPT_PHYSICAL)
		*status = play_address(p, &c->where, &va, why);
	if (*status == CLI_OK && c->other.kind != SCRIPT_PHYSICAL)
		*status = play_address(p, &c->other, &other, why);
	if (*status != CLI_OK)
		return QUIRE_OK;
	switch (c->verb) {
	case SCRIPT_READ:
	case SCRIPT_WRITE:
	case SCRIPT_FILL:
	case SCRIPT_COMPARE:
		return play_bytes(p, c, why, status);
	case SCRIPT_TRANSLATE:
		return translate(p, c, va, why, status);
	case SCRIPT_ALIASES:
		return aliases(p, c, why, status);
	case SCRIPT_QUERY:
		return query(p, c, va, why, status);
	case SCRIPT_LARGEST:
		return largest(p, c, why, status);
	case SCRIPT_SHOW:
		*status = show(p, c, why);
		return QUIRE_OK;
	case SCRIPT_CHECK:
		return check(p, why, status);
	default:
		return play_change(p, c, va, other);
	}
}

/* Whether the result is what was expected; without an expectation, anything but an error is. */
static int judge(struct player *p, const struct script_command *c, int result, struct sentence *why)
{
	char refusal[QUIRE_LINUX_TEXT];

	p->expected += c->expects;
	if (c->expects && result != c->expected)
		return sentence_set(why, CLI_NO, "%s gave %s, not %s", script_verb_name(c->verb),
				    quire_error_name(result), quire_error_name(c->expected));
	if (!c->expects && result < 0) {
		refusal[0] = '\0';
		if (result == QUIRE_EPORT || result == QUIRE_EBEYOND)
			quire_linux_refusal(p->board.machine, refusal);
		return sentence_set(why, CLI_NO, "%s gave %s: %s%s%.300s",
				    script_verb_name(c->verb), quire_error_name(result),
				    quire_error_text(result), refusal[0] ? ": " : "", refusal);
	}
	return CLI_OK;
}

int play(struct player *p, const struct script_command *c, struct sentence *why)
{
	int status = CLI_OK, result;

	if (c->verb == SCRIPT_NOTHING)
		return CLI_OK;
	p->verbs++;
	if (c->verb == SCRIPT_ECHO) {
		fprintf(p->out, "%s\n", c->word);
		return CLI_OK;
	}
	if (c->expects && (c->verb == SCRIPT_CHIP || c->verb == SCRIPT_BOOT))
		return sentence_set(why, CLI_BAD, "'expect' is for verbs on a chip, not for '%s'",
				    script_verb_name(c->verb));
	if (c->verb == SCRIPT_CHIP)
		return open_chip(p, c, why);
	if (c->verb == SCRIPT_BOOT)
		return boot(p, c, why);
	if (!p->board.chip)
		return sentence_set(why, CLI_BAD,
				    "there is no chip yet: begin with 'chip' or 'boot'");
	result = play_verb(p, c, why, &status);
	if (status != CLI_OK)
		return status;
	if (p->verbose)
		fprintf(p->out, "%s: %s\n", script_verb_name(c->verb), quire_error_name(result));
	return judge(p, c, result, why);
}

int play_all(struct player *p, const char *text, size_t size, unsigned *line, struct sentence *why)
{
	const char *end = text + size;
	int status = CLI_OK;

	*line = 0;
	while (status == CLI_OK && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		struct script_command c;

		(*line)++;
		status = script_parse(text, stop ? stop : end, &c, why);
		if (status == CLI_OK)
			status = play(p, &c, why);
		text = stop ? stop + 1 : end;
	}
	return status;
}

void play_end(struct player *p)
{
	board_close(&p->board);
	p->names = 0;
}
