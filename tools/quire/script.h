/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts: verbs for a simulated chip, one a line.  The language is described in docs/script.md.
 *
 *   chip esp32s3 flash 16M psram 8M
 *   map assets flash+0x110000 1M r at 0x3D000000
 *   expect QUIRE_ETAKEN map other flash+0 64K r at 0x3D010000
 *
 * The parser takes one line and knows nothing of chips or spaces; it can be fed anything.
 */
#ifndef QUIRE_TOOL_SCRIPT_H
#define QUIRE_TOOL_SCRIPT_H

#include "cli.h"

#define SCRIPT_NAME       32u
#define SCRIPT_WORD       256u
#define SCRIPT_LINE_WORDS 40u
#define SCRIPT_KEEPS      8u

enum script_verb {
	SCRIPT_NOTHING, /* an empty line */
	SCRIPT_CHIP,
	SCRIPT_BOOT,
	SCRIPT_MAP,
	SCRIPT_RESERVE,
	SCRIPT_RELEASE,
	SCRIPT_PROTECT,
	SCRIPT_MOVE,
	SCRIPT_RESIZE,
	SCRIPT_UNMAP,
	SCRIPT_UNMAP_PART,
	SCRIPT_COMPACT,
	SCRIPT_READ,
	SCRIPT_WRITE,
	SCRIPT_FILL,
	SCRIPT_COMPARE,
	SCRIPT_TRANSLATE,
	SCRIPT_ALIASES,
	SCRIPT_QUERY,
	SCRIPT_LARGEST,
	SCRIPT_SHOW,
	SCRIPT_CHECK,
	SCRIPT_ECHO
};

/* An address, a name, or a place in a physical memory; each with "+OFFSET". */
enum script_where { SCRIPT_NOWHERE, SCRIPT_ADDRESS, SCRIPT_NAMED, SCRIPT_PHYSICAL };
struct script_location {
	enum script_where kind;
	char name[SCRIPT_NAME];
	uint8_t target;
	uint64_t offset; /* of an address: all of it */
};

/* What a range is filled or compared with. */
enum script_with { SCRIPT_WITH_NOTHING, SCRIPT_WITH_SEED, SCRIPT_WITH_BYTE, SCRIPT_WITH_LOCATION };

struct script_command {
	enum script_verb verb;
	bool expects;
	int expected; /* a result of quire, if expects */
	char name[SCRIPT_NAME];
	char word[SCRIPT_WORD]; /* a chip, a file, a text, what "is" is followed by */
	struct script_location where;
	struct script_location other; /* behind at, to, with or is */
	uint8_t target;
	uint8_t attr;
	uint64_t size;
	uint64_t align;
	uint64_t page, flash, psram; /* of chip and boot */
	bool shared, wx;
	bool has_is;
	uint64_t is; /* a size */
	enum script_with with;
	uint32_t seed;
	uint8_t bytes[SCRIPT_WORD];
	size_t byte_count;
	char keep[SCRIPT_KEEPS][SCRIPT_NAME];
	unsigned keeps;
};

/*
 * Parse one line, which need not be terminated at `end`.  Status; `why` names the word that is
 * wrong.  Pure.
 */
int script_parse(const char *line, const char *end, struct script_command *out,
		 struct sentence *why);

/* The name of a verb as it is written. */
const char *script_verb_name(enum script_verb verb);

#endif
