/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script parser.  A line becomes words, the first word a verb, and each verb has a pattern of
 * operands and a set of options that may follow them; one function reads one operand.
 *
 * Letters of a pattern:   n new name   v place in the address space   l that, or in a memory
 *                         p place in a memory   s size   a access   m memory   w word   b bytes
 */
#include "script.h"
#include "number.h"
#include "place.h"

#include <ctype.h>
#include <string.h>

#include "quire/error.h"
#include "quire/types.h"

struct words {
	char text[2048]; /* the words, each terminated */
	char *word[SCRIPT_LINE_WORDS];
	bool quoted[SCRIPT_LINE_WORDS];
	unsigned count;
	unsigned at;
};

static const struct grammar {
	const char *name;
	enum script_verb verb;
	const char *operands;
	const char *options; /* words, each between spaces */
} grammars[] = {
	{"chip", SCRIPT_CHIP, "w", " page flash psram "},
	{"boot", SCRIPT_BOOT, "w", " chip page flash psram "},
	{"map", SCRIPT_MAP, "npsa", " at align shared wx "},
	{"reserve", SCRIPT_RESERVE, "nms", " at align for "},
	{"release", SCRIPT_RELEASE, "v", " "},
	{"protect", SCRIPT_PROTECT, "vsa", " wx "},
	{"move", SCRIPT_MOVE, "v", " to align "},
	{"resize", SCRIPT_RESIZE, "vs", " "},
	{"unmap", SCRIPT_UNMAP, "v", " "},
	{"unmap-part", SCRIPT_UNMAP_PART, "vs", " "},
	{"compact", SCRIPT_COMPACT, "v", " keep "},
	{"read", SCRIPT_READ, "ls", " "},
	{"write", SCRIPT_WRITE, "lb", " "},
	{"fill", SCRIPT_FILL, "ls", " with "},
	{"compare", SCRIPT_COMPARE, "ls", " with "},
	{"translate", SCRIPT_TRANSLATE, "v", " is "},
	{"aliases", SCRIPT_ALIASES, "p", " is "},
	{"query", SCRIPT_QUERY, "v", " is "},
	{"largest", SCRIPT_LARGEST, "ma", " is "},
	{"show", SCRIPT_SHOW, "", " picture "},
	{"check", SCRIPT_CHECK, "", " "},
	{"echo", SCRIPT_ECHO, "w", " "},
};
#define GRAMMARS (sizeof grammars / sizeof grammars[0])

const char *script_verb_name(enum script_verb verb)
{
	for (size_t i = 0; i < GRAMMARS; i++)
		if (grammars[i].verb == verb)
			return grammars[i].name;
	return "nothing";
}

/* The character behind a backslash; NULL if the escape is not one. */
static const char *unescape(const char *s, const char *end, char *out)
{
	static const char from[] = "nt\\\"", to[] = "\n\t\\\"";
	const char *known;
	uint64_t value;
	char hex[5] = "0x";

	if (s == end)
		return NULL;
	known = *s ? strchr(from, *s) : NULL;
	if (known) {
		*out = to[known - from];
		return s + 1;
	}
	if (*s != 'x' || end - s < 3)
		return NULL;
	hex[2] = s[1];
	hex[3] = s[2];
	if (!isxdigit((unsigned char)hex[2]) || !isxdigit((unsigned char)hex[3]) ||
	    !number_parse(hex, &value))
		return NULL;
	*out = (char)value;
	return s + 3;
}

/* One word at `s`, which is not a blank; NULL with a sentence if it is malformed. */
static const char *split_word(const char *s, const char *end, char **to, bool *quoted,
			      struct sentence *why)
{
	*quoted = *s == '"';
	if (!*quoted) {
		while (s < end && !isspace((unsigned char)*s) && *s != '#')
			*(*to)++ = *s++;
		return s;
	}
	for (s++; s < end && *s != '"';) {
		if (*s == '\\') {
			s = unescape(s + 1, end, (*to)++);
			if (!s) {
				sentence_set(why, CLI_BAD,
					     "after a backslash comes one of n, t, \\, \" and xHH");
				return NULL;
			}
		} else {
			*(*to)++ = *s++;
		}
	}
	if (s == end) {
		sentence_set(why, CLI_BAD, "the text that begins with a quotation mark has no end");
		return NULL;
	}
	return s + 1;
}

static int split(struct words *w, const char *s, const char *end, struct sentence *why)
{
	char *to = w->text;

	memset(w->word, 0, sizeof w->word);
	w->count = w->at = 0;
	if ((size_t)(end - s) >= sizeof w->text - SCRIPT_LINE_WORDS)
		return sentence_set(why, CLI_BAD, "the line is longer than %zu characters",
				    sizeof w->text - SCRIPT_LINE_WORDS - 1);
	if (memchr(s, '\0', (size_t)(end - s)))
		return sentence_set(why, CLI_BAD, "the line has a zero byte in it");
	for (;;) {
		while (s < end && isspace((unsigned char)*s))
			s++;
		if (s == end || *s == '#')
			return CLI_OK;
		if (w->count == SCRIPT_LINE_WORDS)
			return sentence_set(why, CLI_BAD, "more than %u words in a line",
					    SCRIPT_LINE_WORDS);
		w->word[w->count] = to;
		s = split_word(s, end, &to, &w->quoted[w->count], why);
		if (!s)
			return CLI_BAD;
		*to++ = '\0';
		w->count++;
	}
}

static const char *next(struct words *w)
{
	return w->at < w->count ? w->word[w->at++] : NULL;
}

/* Whether a text may name a mapping: a letter, then letters, digits, '_', '-' and '.'. */
static bool is_name(const char *s, size_t length)
{
	if (length == 0 || length >= SCRIPT_NAME || !isalpha((unsigned char)*s))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_-.", s[i]))
			return false;
	return true;
}

static int read_location(const char *word, const char *letters, struct script_location *out,
			 struct sentence *why)
{
	const char *plus = strchr(word, '+');
	size_t length = plus ? (size_t)(plus - word) : strlen(word);
	uint64_t offset = 0;
	int target;

	memset(out, 0, sizeof *out);
	if (plus && !number_parse(plus + 1, &offset))
		return sentence_set(why, CLI_BAD, "'%.80s' is not an offset", plus + 1);
	if (number_parse_part(word, word + length, &out->offset)) {
		out->kind = SCRIPT_ADDRESS;
		if (out->offset + offset < offset)
			return sentence_set(why, CLI_BAD, "'%.80s' is beyond all addresses", word);
		out->offset += offset;
	} else if (is_name(word, length)) {
		memcpy(out->name, word, length);
		out->offset = offset;
		target = board_target(out->name);
		out->kind = target < 0 ? SCRIPT_NAMED : SCRIPT_PHYSICAL;
		out->target = target < 0 ? 0 : (uint8_t)target;
	}
	if (out->kind == SCRIPT_PHYSICAL ? !strpbrk(letters, "lp") : strcmp(letters, "p") == 0)
		out->kind = SCRIPT_NOWHERE;
	if (out->kind == SCRIPT_NOWHERE)
		return sentence_set(why, CLI_BAD, "'%.80s' is not %s", word,
				    *letters == 'p' ? "a place in a memory such as flash+0x10000"
				    : *letters == 'v'
					    ? "an address or the name of a mapping"
					    : "an address, a name or a place in a memory");
	return CLI_OK;
}

static int read_size(const char *word, uint64_t *out, struct sentence *why)
{
	if (number_parse(word, out))
		return CLI_OK;
	return sentence_set(why, CLI_BAD, "'%.80s' is not a number such as 64K or 0x10000", word);
}

static int read_memory(const char *word, uint8_t *out, struct sentence *why)
{
	int target = board_target(word);

	if (target < 0)
		return sentence_set(why, CLI_BAD, "'%.80s' is not a memory: flash or psram", word);
	*out = (uint8_t)target;
	return CLI_OK;
}

static int read_access(const char *word, uint8_t *out, struct sentence *why)
{
	*out = 0;
	if (strcmp(word, "none") == 0 || access_parse(word, out))
		return CLI_OK;
	return sentence_set(why, CLI_BAD, "'%.80s' is not an access: some of r, w and x, or none",
			    word);
}

/* Texts in quotation marks, and bytes in hexadecimal, to the end of the line. */
static int read_bytes(struct words *w, struct script_command *c, struct sentence *why)
{
	const char *word;

	w->at--;
	while ((word = next(w))) {
		size_t length = strlen(word);
		uint64_t byte;

		if (!w->quoted[w->at - 1]) {
			char hex[5] = "0x";

			if (length != 2 || !isxdigit((unsigned char)word[0]) ||
			    !isxdigit((unsigned char)word[1]))
				return sentence_set(
					why, CLI_BAD,
					"'%.80s' is not a byte of two hexadecimal digits", word);
			memcpy(hex + 2, word, 2);
			number_parse(hex, &byte);
			length = 1;
			if (c->byte_count < sizeof c->bytes)
				c->bytes[c->byte_count] = (uint8_t)byte;
		} else if (c->byte_count + length <= sizeof c->bytes) {
			memcpy(c->bytes + c->byte_count, word, length);
		}
		if (c->byte_count + length > sizeof c->bytes)
			return sentence_set(why, CLI_BAD, "more than %zu bytes", sizeof c->bytes);
		c->byte_count += length;
	}
	return CLI_OK;
}

static int read_name(const char *word, char out[SCRIPT_NAME], struct sentence *why)
{
	if (!is_name(word, strlen(word)) || board_target(word) >= 0)
		return sentence_set(
			why, CLI_BAD,
			"'%.80s' is not a name: a letter, then letters, digits, '_', '-' or "
			"'.', fewer than %u, and not a memory",
			word, SCRIPT_NAME);
	strcpy(out, word);
	return CLI_OK;
}

static int read_word(const char *word, char out[SCRIPT_WORD], struct sentence *why)
{
	if (strlen(word) >= SCRIPT_WORD)
		return sentence_set(why, CLI_BAD, "a word of more than %u characters",
				    SCRIPT_WORD - 1);
	strcpy(out, word);
	return CLI_OK;
}

static int read_operand(char letter, struct words *w, struct script_command *c,
			struct sentence *why)
{
	static const char *const missing[128] = {['n'] = "a name for it",
						 ['v'] = "an address",
						 ['l'] = "an address or a place",
						 ['p'] = "a place in a memory",
						 ['s'] = "a size",
						 ['a'] = "an access such as rw",
						 ['m'] = "a memory",
						 ['w'] = "a word",
						 ['b'] = "the bytes"};
	const char letters[2] = {letter, '\0'};
	const char *word = next(w);

	if (!word)
		return sentence_set(why, CLI_BAD, "%s is missing after '%s'",
				    missing[(unsigned char)letter], w->word[w->count - 1]);
	switch (letter) {
	case 'n':
		return read_name(word, c->name, why);
	case 's':
		return read_size(word, &c->size, why);
	case 'a':
		return read_access(word, &c->attr, why);
	case 'm':
		return read_memory(word, &c->target, why);
	case 'w':
		return read_word(word, c->word, why);
	case 'b':
		return read_bytes(w, c, why);
	default:
		return read_location(word, letters, &c->where, why);
	}
}

/* "with seed 7", "with byte 0xff", "with flash+0x10000". */
static int read_with(const char *word, struct words *w, struct script_command *c,
		     struct sentence *why)
{
	bool seed = strcmp(word, "seed") == 0;
	uint64_t value;
	const char *number;

	if (!seed && strcmp(word, "byte") != 0) {
		c->with = SCRIPT_WITH_LOCATION;
		return read_location(word, "l", &c->other, why);
	}
	number = next(w);
	if (!number || !number_parse(number, &value) || value > (seed ? UINT32_MAX : 255u))
		return sentence_set(why, CLI_BAD, "after '%s' comes a number of at most %s", word,
				    seed ? "32 bits" : "255");
	c->with = seed ? SCRIPT_WITH_SEED : SCRIPT_WITH_BYTE;
	c->seed = (uint32_t)value;
	return CLI_OK;
}

/* What "is" is followed by depends on the verb. */
static int read_is(const char *word, struct script_command *c, struct sentence *why)
{
	c->has_is = true;
	switch (c->verb) {
	case SCRIPT_TRANSLATE:
		return read_location(word, "p", &c->other, why);
	case SCRIPT_ALIASES:
	case SCRIPT_LARGEST:
		return read_size(word, &c->is, why);
	default:
		if (strcmp(word, "free") != 0 && strcmp(word, "reserved") != 0 &&
		    strcmp(word, "mapped") != 0)
			return sentence_set(why, CLI_BAD,
					    "'%.80s' is none of free, reserved and mapped", word);
		return read_word(word, c->word, why);
	}
}

static int read_keep(const char *word, struct script_command *c, struct sentence *why)
{
	if (c->keeps == SCRIPT_KEEPS)
		return sentence_set(why, CLI_BAD, "more than %u times keep", SCRIPT_KEEPS);
	return read_name(word, c->keep[c->keeps++], why);
}

/* The option's name has been read; its value follows. */
static int read_option(const char *option, struct words *w, struct script_command *c,
		       struct sentence *why)
{
	const char *word;

	if (strcmp(option, "shared") == 0 || strcmp(option, "wx") == 0 ||
	    strcmp(option, "picture") == 0) {
		c->shared |= *option == 's';
		c->wx |= *option == 'w';
		if (*option == 'p')
			strcpy(c->word, option);
		return CLI_OK;
	}
	word = next(w);
	if (!word)
		return sentence_set(why, CLI_BAD, "something is missing after '%s'", option);
	if (strcmp(option, "at") == 0 || strcmp(option, "to") == 0)
		return read_location(word, "v", &c->other, why);
	if (strcmp(option, "with") == 0)
		return read_with(word, w, c, why);
	if (strcmp(option, "is") == 0)
		return read_is(word, c, why);
	if (strcmp(option, "keep") == 0)
		return read_keep(word, c, why);
	if (strcmp(option, "for") == 0)
		return read_access(word, &c->attr, why);
	if (strcmp(option, "chip") == 0)
		return read_name(word, c->name, why);
	return read_size(word,
			 strcmp(option, "align") == 0   ? &c->align
			 : strcmp(option, "page") == 0  ? &c->page
			 : strcmp(option, "flash") == 0 ? &c->flash
							: &c->psram,
			 why);
}

/* Whether a word is among those of a list, each of which stands between spaces. */
static bool is_option(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *s = list; length > 0 && (s = strstr(s, word)); s++)
		if (s > list && s[-1] == ' ' && s[length] == ' ')
			return true;
	return false;
}

static int read_expect(struct words *w, struct script_command *c, struct sentence *why)
{
	static const int positive[] = {QUIRE_OK, QUIRE_IDENTICAL, QUIRE_ENCLOSED};
	const char *word = next(w);

	if (!word)
		return sentence_set(why, CLI_BAD, "the name of a result is missing after 'expect'");
	c->expects = true;
	for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++)
		if (strcmp(quire_error_name(positive[i]), word) == 0) {
			c->expected = positive[i];
			return CLI_OK;
		}
	for (c->expected = -1; c->expected > -200; c->expected--)
		if (strcmp(quire_error_name(c->expected), word) == 0)
			return CLI_OK;
	return sentence_set(why, CLI_BAD, "'%.80s' is not a result such as QUIRE_ESPACE", word);
}

static int parse_words(struct words *w, struct script_command *c, struct sentence *why)
{
	const char *word = next(w);
	const struct grammar *g = NULL;
	int status = CLI_OK;

	if (word && strcmp(word, "expect") == 0) {
		status = read_expect(w, c, why);
		word = next(w);
		if (status == CLI_OK && !word)
			return sentence_set(why, CLI_BAD, "a verb is missing after 'expect'");
	}
	if (status != CLI_OK || !word)
		return status;
	for (size_t i = 0; i < GRAMMARS && !g; i++)
		if (strcmp(grammars[i].name, word) == 0)
			g = &grammars[i];
	if (!g)
		return sentence_set(why, CLI_BAD, "there is no verb '%.80s'", word);
	c->verb = g->verb;
	for (const char *letter = g->operands; *letter && status == CLI_OK; letter++)
		status = read_operand(*letter, w, c, why);
	while (status == CLI_OK && (word = next(w))) {
		if (!is_option(g->options, word))
			return sentence_set(why, CLI_BAD, "'%s' does not take '%.80s'", g->name,
					    word);
		status = read_option(word, w, c, why);
	}
	if (status == CLI_OK && (c->verb == SCRIPT_FILL || c->verb == SCRIPT_COMPARE) &&
	    c->with == SCRIPT_WITH_NOTHING)
		return sentence_set(why, CLI_BAD, "'%s' needs 'with' and what", g->name);
	return status;
}

int script_parse(const char *line, const char *end, struct script_command *out,
		 struct sentence *why)
{
	struct words words;
	int status;

	memset(out, 0, sizeof *out);
	status = split(&words, line, end, why);
	return status == CLI_OK ? parse_words(&words, out, why) : status;
}
