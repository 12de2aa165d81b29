/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof: every byte through ordinary pointers, against bytes that never went through the
 * space.  What the chip fetches instructions from is read on its instruction side as well.
 */
#include "demo.h"
#include "number.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK (1u << 20)

/* A pointer to an address of the chip: the Linux port has put real memory there. */
static void *pointer(quire_va va)
{
	return (void *)(uintptr_t)va;
}

/* Compare [va, va + size) with `wanted`; false and the first address that differs. */
static bool same(quire_va va, const uint8_t *wanted, quire_size size, struct progress *p,
		 uint64_t *done, quire_va *differs)
{
	const uint8_t *is = pointer(va);

	for (quire_size at = 0; at < size; at += CHUNK) {
		size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;

		if (memcmp(is + at, wanted + at, n) != 0) {
			while (is[at] == wanted[at])
				at++;
			*differs = va + at;
			return false;
		}
		*done += n;
		progress_at(p, *done);
	}
	return true;
}

static int differs_at(const char *name, const char *side, quire_va va, struct sentence *why)
{
	return sentence_set(why, CLI_NO, "%s differs from the file on the %s side at %s", name,
			    side, number_address(va).text);
}

static int prove_extent(struct board *b, const struct quire_extent_info *row, const uint8_t *file,
			struct progress *p, struct demo_counts *c, struct sentence *why)
{
	const char *name = board_name_of(b, row->tag);
	uint64_t done = c->data_bytes + c->code_bytes;
	quire_va at;

	c->mappings++;
	c->pages += (unsigned)(row->size / board_page_size(b, row->window));
	if (row->target != QUIRE_FLASH0)
		return CLI_OK;
	if (row->attr & QUIRE_READ) {
		if (!same(row->va, file + row->pa, row->size, p, &done, &at))
			return differs_at(name, "data", at, why);
		c->data_bytes += row->size;
	}
	if (row->attr & QUIRE_EXEC) {
		if (!same(row->exec_va, file + row->pa, row->size, p, &done, &at))
			return differs_at(name, "instruction", at, why);
		c->code_bytes += row->size;
	}
	return CLI_OK;
}

int demo_prove_flash(struct board *b, const uint8_t *file, struct demo_counts *counts,
		     struct sentence *why)
{
	struct quire_cursor cursor = {0, 0};
	struct quire_extent_info row;
	struct progress p;
	int status = CLI_OK;

	progress_begin(&p, "comparing", DEMO_FLASH);
	while (status == CLI_OK && quire_space_next(b->space, &cursor, &row) >= 0)
		if (row.kind == QUIRE_MAPPED)
			status = prove_extent(b, &row, file, &p, counts, why);
	progress_end(&p);
	return status;
}

/* The pattern is read back through the pointer, then from behind it. */
static int prove_chunk(struct board *b, quire_va va, uint64_t at, uint8_t *wanted, uint8_t *behind,
		       struct sentence *why)
{
	image_pattern(DEMO_SEED + 1, at, wanted, CHUNK);
	if (memcmp(pointer(va + at), wanted, CHUNK) != 0)
		return sentence_set(why, CLI_NO,
				    "PSRAM reads back other bytes than were written in "
				    "the MiB at %s",
				    number_address(va + at).text);
	if (quire_linux_read(b->machine, QUIRE_PSRAM0, at, behind, CHUNK) < 0 ||
	    memcmp(behind, wanted, CHUNK) != 0)
		return sentence_set(why, CLI_NO,
				    "what was written at %s did not reach the PSRAM at 0x%llx",
				    number_address(va + at).text, (unsigned long long)at);
	return CLI_OK;
}

int demo_prove_psram(struct board *b, quire_va va, struct demo_counts *counts, struct sentence *why)
{
	uint8_t *wanted = malloc(2 * CHUNK);
	struct progress p;
	int status = wanted ? CLI_OK : sentence_memory(why);

	progress_begin(&p, "PSRAM", 2ull * DEMO_PSRAM);
	/* All of it is written before any of it is read: an alias inside it would show. */
	for (uint64_t at = 0; status == CLI_OK && at < DEMO_PSRAM; at += CHUNK) {
		image_pattern(DEMO_SEED + 1, at, pointer(va + at), CHUNK);
		progress_at(&p, at);
	}
	for (uint64_t at = 0; status == CLI_OK && at < DEMO_PSRAM; at += CHUNK) {
		status = prove_chunk(b, va, at, wanted, wanted + CHUNK, why);
		if (status == CLI_OK)
			counts->psram_bytes += CHUNK;
		progress_at(&p, DEMO_PSRAM + at);
	}
	progress_end(&p);
	free(wanted);
	return status;
}
