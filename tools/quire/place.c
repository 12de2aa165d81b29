/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places, parsed, found and mapped.  When an address cannot be had, the sentence says who has it.
 */
#include "place.h"
#include "number.h"

#include <inttypes.h>
#include <string.h>

bool access_parse(const char *text, uint8_t *attr)
{
	static const char letters[] = "rwx";
	uint8_t bits = 0;

	for (; *text; text++) {
		const char *letter = strchr(letters, *text);

		if (!letter || bits & 1u << (letter - letters))
			return false;
		bits |= (uint8_t)(1u << (letter - letters));
	}
	*attr = bits;
	return bits != 0;
}

/* The part behind '=': an address or "any", and the access. */
static int parse_where(struct place *p, const char *where, struct sentence *why)
{
	const char *colon = strchr(where, ':');
	const char *end = colon ? colon : where + strlen(where);

	if (colon && !access_parse(colon + 1, &p->attr))
		return sentence_set(why, CLI_USAGE,
				    "'%s': the access is some of r, w and x, not '%s'", p->text,
				    colon + 1);
	p->fixed = !(end - where == 3 && memcmp(where, "any", 3) == 0);
	if (p->fixed && !number_parse_part(where, end, &p->va))
		return sentence_set(why, CLI_USAGE, "'%s': '%.*s' is neither an address nor 'any'",
				    p->text, (int)(end - where), where);
	return CLI_OK;
}

/* The part before '=': OFFSET, OFFSET+SIZE or a label. */
static int parse_what(struct place *p, const char *what, const char *end, struct sentence *why)
{
	const char *plus = memchr(what, '+', (size_t)(end - what));

	if (number_parse_part(what, plus ? plus : end, &p->offset)) {
		if (plus && (!number_parse_part(plus + 1, end, &p->size) || p->size == 0))
			return sentence_set(why, CLI_USAGE, "'%s': '%.*s' is not a size", p->text,
					    (int)(end - plus - 1), plus + 1);
		return CLI_OK;
	}
	if (end == what || (size_t)(end - what) >= sizeof p->name)
		return sentence_set(why, CLI_USAGE, "'%s': no partition has such a name", p->text);
	memcpy(p->name, what, (size_t)(end - what));
	return CLI_OK;
}

int place_parse(struct place *p, const char *text, struct sentence *why)
{
	const char *equals = strchr(text, '=');
	int status;

	memset(p, 0, sizeof *p);
	p->text = text;
	p->attr = QUIRE_READ;
	if (!equals)
		return sentence_set(why, CLI_USAGE,
				    "'%s': expected PARTITION=ADDRESS or OFFSET[+SIZE]=ADDRESS",
				    text);
	status = parse_what(p, text, equals, why);
	return status == CLI_OK ? parse_where(p, equals + 1, why) : status;
}

int place_parse_psram(struct place *p, const char *text, struct sentence *why)
{
	const char *at = strchr(text, '@');

	memset(p, 0, sizeof *p);
	p->text = text;
	p->attr = QUIRE_READ | QUIRE_WRITE;
	p->fixed = at != NULL;
	snprintf(p->name, sizeof p->name, "psram");
	if (!number_parse_part(text, at ? at : text + strlen(text), &p->size) ||
	    (at && !number_parse(at + 1, &p->va)))
		return sentence_set(why, CLI_USAGE, "'%s': expected SIZE or SIZE@ADDRESS", text);
	return CLI_OK;
}

static const struct image_partition *partition_at(const struct firmware *fw, uint64_t offset)
{
	for (unsigned i = 0; i < fw->flash->table.count; i++) {
		const struct image_partition *p = &fw->flash->table.row[i];

		if (offset - p->offset < p->size)
			return p;
	}
	return NULL;
}

static int resolve_label(struct place *p, const struct firmware *fw, struct sentence *why)
{
	const struct image_partition *row;

	if (!fw->flash)
		return sentence_set(why, CLI_BAD,
				    "%s: there is no partition table, so no partition '%s'",
				    fw->path, p->name);
	row = image_partition_by_label(&fw->flash->table, p->name);
	if (!row)
		return sentence_set(why, CLI_BAD, "%s: there is no partition '%s'", fw->path,
				    p->name);
	p->offset = row->offset;
	p->size = row->size;
	return CLI_OK;
}

int place_resolve(struct place *p, const struct firmware *fw, struct sentence *why)
{
	const struct image_partition *row;

	if (p->name[0])
		return resolve_label(p, fw, why);
	row = fw->flash ? partition_at(fw, p->offset) : NULL;
	snprintf(p->name, sizeof p->name, "%s", row ? row->label : "");
	if (!row)
		snprintf(p->name, sizeof p->name, "flash+0x%" PRIX64, p->offset);
	if (p->size == 0)
		p->size = (row ? row->offset + row->size : fw->flash_size) - p->offset;
	if (p->offset >= fw->flash_size || p->size > fw->flash_size - p->offset)
		return sentence_set(why, CLI_BAD, "'%s': the flash ends at 0x%" PRIX64, p->text,
				    fw->flash_size);
	return CLI_OK;
}

/* The first extent that stands in [va, va + size). */
static bool in_the_way(struct board *b, quire_va va, quire_size size,
		       struct quire_extent_info *found)
{
	quire_va end = va + size;

	while (va < end) {
		if (quire_space_query(b->space, va, found) < 0)
			return false;
		if (found->kind != QUIRE_GAP)
			return true;
		/* The side that `va` is on: advance by what is left of the gap. */
		va += found->size -
		      (va - (va - found->va < found->size ? found->va : found->exec_va));
	}
	return false;
}

static int refuse_address(const struct place *p, struct board *b, int result, struct sentence *why)
{
	struct quire_extent_info other;

	if (result == QUIRE_ETAKEN && in_the_way(b, p->va, p->size, &other))
		return sentence_set(
			why, CLI_NO, "%s cannot be mapped at %s-%s: %s is at %s-%s (QUIRE_ETAKEN)",
			p->name, number_address(p->va).text, number_address(p->va + p->size).text,
			*board_name_of(b, other.tag) ? board_name_of(b, other.tag)
						     : "another mapping",
			number_address(other.va).text, number_address(other.va + other.size).text);
	return sentence_set(why, CLI_NO, "%s cannot be mapped at %s: %s (%s)", p->name,
			    number_address(p->va).text, quire_error_text(result),
			    quire_error_name(result));
}

/* Bytes of a page of the first window that shows a memory. */
static uint32_t page_for(const struct board *b, unsigned target)
{
	for (unsigned i = 0; i < b->layout->window_count; i++)
		if (b->layout->window[i].targets & QUIRE_TARGET_BIT(target))
			return board_page_size(b, i);
	return 1;
}

/*
 * What stands inside a page is mapped with all of its page, and the address is that of the byte
 * asked for; a fixed address must therefore be as far into a page as the byte is.
 */
int place_map(const struct place *p, unsigned target, struct board *b, quire_va *va,
	      struct sentence *why)
{
	uint64_t into = p->offset % page_for(b, target);
	struct quire_want want = {.pa = p->offset - into,
				  .size = p->size + into,
				  .target = (uint8_t)target,
				  .attr = p->attr,
				  .caps = p->fixed ? 0 : board_caps_for(p->attr),
				  .flags = QUIRE_SHARED,
				  .tag = board_name(b, p->name)};
	quire_size largest = 0;
	struct quire_got got;
	int result = p->fixed ? quire_space_map_at(b->space, p->va - into, &want, &got)
			      : quire_space_map(b->space, &want, &got);

	if (result >= 0) {
		if (va)
			*va = got.va + into;
		return CLI_OK;
	}
	if (p->fixed)
		return refuse_address(p, b, result, why);
	if (result == QUIRE_ESPACE &&
	    quire_space_largest_free(b->space, target, p->attr, want.caps, &largest) >= 0)
		return sentence_set(why, CLI_NO,
				    "%s of %s does not fit: the largest free block for it has %s "
				    "(QUIRE_ESPACE)",
				    p->name, number_exact(p->size).text,
				    number_exact(largest).text);
	return sentence_set(why, CLI_NO, "%s cannot be mapped: %s (%s)", p->name,
			    quire_error_text(result), quire_error_name(result));
}
