/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes, through the address space as a program would see them or straight from a memory, a buffer
 * at a time.  An access that would fault is a result, not a signal.
 */
#include "play_bytes.h"
#include "image/build.h"
#include "number.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define CHUNK 65536u

/* A location with its address worked out. */
struct bytes_at {
	bool physical;
	unsigned target;
	uint64_t at;
};

static int locate(struct player *p, const struct script_location *l, struct bytes_at *out,
		  struct sentence *why)
{
	quire_va va = 0;
	int status = CLI_OK;

	out->physical = l->kind == SCRIPT_PHYSICAL;
	out->target = l->target;
	out->at = l->offset;
	if (!out->physical) {
		status = play_address(p, l, &va, why);
		out->at = va;
	}
	return status;
}

/* Only windows are played with: other addresses of this process are none of a script's business. */
static int get(struct player *p, const struct bytes_at *from, uint64_t offset, void *to,
	       size_t size)
{
	if (from->physical)
		return quire_linux_read(p->board.machine, from->target, from->at + offset, to,
					size);
	if (board_window_at(&p->board, from->at + offset) < 0 ||
	    board_window_at(&p->board, from->at + offset + size - 1) < 0)
		return QUIRE_EFOREIGN;
	return quire_linux_peek(from->at + offset, to, size);
}

static int put(struct player *p, const struct bytes_at *to, uint64_t offset, const void *from,
	       size_t size)
{
	if (to->physical)
		return quire_linux_write(p->board.machine, to->target, to->at + offset, from, size);
	if (board_window_at(&p->board, to->at + offset) < 0 ||
	    board_window_at(&p->board, to->at + offset + size - 1) < 0)
		return QUIRE_EFOREIGN;
	return quire_linux_poke(to->at + offset, from, size);
}

static void print_line(FILE *out, uint64_t at, const uint8_t *bytes, size_t count)
{
	fprintf(out, "%s ", number_address(at).text);
	for (size_t i = 0; i < 16; i++) {
		if (i == 8)
			fputc(' ', out);
		if (i < count)
			fprintf(out, " %02x", bytes[i]);
		else
			fputs("   ", out);
	}
	fputs("  ", out);
	for (size_t i = 0; i < count; i++)
		fputc(bytes[i] < 127 && isprint(bytes[i]) ? bytes[i] : '.', out);
	fputc('\n', out);
}

static int read_bytes(struct player *p, const struct script_command *c, const struct bytes_at *from)
{
	uint8_t line[16];

	for (uint64_t done = 0; done < c->size; done += sizeof line) {
		size_t n = c->size - done < sizeof line ? (size_t)(c->size - done) : sizeof line;
		int result = get(p, from, done, line, n);

		if (result < 0)
			return result;
		print_line(p->out, from->at + done, line, n);
	}
	return QUIRE_OK;
}

/* `n` bytes of what a range is filled or compared with, from `offset` on. */
static int make(struct player *p, const struct script_command *c, const struct bytes_at *other,
		uint64_t offset, uint8_t *to, size_t n)
{
	if (c->with == SCRIPT_WITH_LOCATION)
		return get(p, other, offset, to, n);
	if (c->with == SCRIPT_WITH_SEED)
		image_pattern(c->seed, offset, to, n);
	else
		memset(to, (int)c->seed, n);
	return QUIRE_OK;
}

static int differ(const uint8_t *is, const uint8_t *wanted, size_t n, uint64_t at,
		  struct sentence *why)
{
	size_t i = 0;

	while (i + 1 < n && is[i] == wanted[i])
		i++;
	return sentence_set(why, CLI_NO, "the byte at %s is 0x%02x, not 0x%02x",
			    number_address(at + i).text, is[i], wanted[i]);
}

static int fill_or_compare(struct player *p, const struct script_command *c,
			   const struct bytes_at *at, const struct bytes_at *other,
			   struct sentence *why, int *status)
{
	static uint8_t is[CHUNK], wanted[CHUNK];

	for (uint64_t done = 0; done < c->size && *status == CLI_OK; done += CHUNK) {
		size_t n = c->size - done < CHUNK ? (size_t)(c->size - done) : CHUNK;
		int result = make(p, c, other, done, wanted, n);

		if (result >= 0)
			result = c->verb == SCRIPT_FILL ? put(p, at, done, wanted, n)
							: get(p, at, done, is, n);
		if (result < 0)
			return result;
		if (c->verb == SCRIPT_COMPARE && memcmp(is, wanted, n) != 0)
			*status = differ(is, wanted, n, at->at + done, why);
		p->bytes += c->verb == SCRIPT_COMPARE ? n : 0;
	}
	p->compared += c->verb == SCRIPT_COMPARE;
	return QUIRE_OK;
}

int play_bytes(struct player *p, const struct script_command *c, struct sentence *why, int *status)
{
	struct bytes_at at, other;

	*status = locate(p, &c->where, &at, why);
	if (*status == CLI_OK)
		*status = locate(p, &c->other, &other, why);
	if (*status != CLI_OK)
		return QUIRE_OK;
	if (c->verb == SCRIPT_READ)
		return read_bytes(p, c, &at);
	if (c->verb == SCRIPT_WRITE)
		return put(p, &at, 0, c->bytes, c->byte_count);
	return fill_or_compare(p, c, &at, &other, why, status);
}
